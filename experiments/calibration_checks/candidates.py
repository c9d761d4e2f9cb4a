"""Candidates of importance sampling against the exact sampler, by how they are found.

Laws around the mode or around the mean, in one round or two, many times.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from experiments.calibration_checks.kept import Row, go_on
from experiments.calibration_checks.sampler import CANDIDATES, after_warm_up, real
from sim.calibration.importance import largest_k, mean_near, weighted_candidates
from sim.core.layout import Reals

EVALUATIONS = 280
"""Of the posterior, in each scheme: 250 candidates, if around the mean of 15 parameters."""


class Scheme(NamedTuple):
    """How candidates are found.

    Attributes
    ----------
    centre : {"mode", "mean"}
        What the law of the first round is around; the mean takes two evaluations a parameter.
    rounds, replicates : int
    """

    centre: str
    rounds: int
    replicates: int


SCHEMES = (
    Scheme("mode", 1, 8),
    Scheme("mean", 1, 8),
    Scheme("mode", 2, 6),
    Scheme("mean", 2, 8),
)


def candidates(quick: bool = False) -> list[Row]:
    """Weighted means and standard deviations of each replicate of each scheme."""
    found = real(quick)
    posterior, names = found.posterior, found.posterior.specification.names
    centres = {"mode": found.mode}

    def rows_of(key: Row, _: list[Row]) -> list[Row]:
        if key["centre"] not in centres:
            slope = lambda at: posterior.with_gradient(at)[1]  # noqa: E731
            centres["mean"] = mean_near(slope, found.mode, found.covariance)
        spent = 2 * len(names) if key["centre"] == "mean" else 0
        of = weighted_candidates(
            posterior,
            centres[key["centre"]],
            found.covariance,
            (60 if quick else EVALUATIONS) - spent,
            np.random.default_rng([6, int(key["replicate"])]),
            int(key["rounds"]),
        )
        weights = {"pareto_k": f"{of.pareto_k:.2f}", "effective": f"{of.effective:.0f}"}
        return [
            {"of": text}
            | dict(zip(names, (f"{each:.4f}" for each in values), strict=True))
            | weights
            for text, values in (("mean", of.mean), ("sd", np.sqrt(np.diag(of.covariance))))
        ]

    keys = [
        {"centre": scheme.centre, "rounds": str(scheme.rounds), "replicate": str(replicate)}
        for scheme in SCHEMES
        for replicate in range(scheme.replicates)
    ]
    return go_on("candidates", keys[-1:] if quick else keys, rows_of, quick)


def against_exact(rows: list[Row]) -> list[Row]:
    """Each scheme against the exact sampler: errors in standard deviations of that."""
    names = real().posterior.specification.names
    exact = np.concatenate(list(after_warm_up()))
    mean, sd = exact.mean(axis=0), exact.std(axis=0)
    found = []
    for scheme in SCHEMES:
        mine = [
            row
            for row in rows
            if (row["centre"], row["rounds"]) == (scheme.centre, str(scheme.rounds))
        ]
        of_means = [row for row in mine if row["of"] == "mean"]
        of_sds = [row for row in mine if row["of"] == "sd"]

        def numbers(of: list[Row]) -> Reals:
            return np.array([[float(row[name]) for name in names] for row in of])

        off, ratio = (numbers(of_means) - mean) / sd, numbers(of_sds) / sd
        narrowest = int(ratio.mean(axis=0).argmin())
        pareto_k = np.array([float(row["pareto_k"]) for row in of_means])
        found.append(
            {
                "first law around": scheme.centre,
                "rounds": str(scheme.rounds),
                "replicates": str(len(off)),
                "Pareto k": f"{np.median(pareto_k):.2f}",
                "of them too large": str((pareto_k > largest_k(CANDIDATES)).sum()),
                "effective": f"{np.mean([float(row['effective']) for row in of_means]):.0f}",
                "error of means": with_error(np.sqrt((off**2).mean(axis=1))),
                "sd / exact": f"{ratio.mean():.2f}",
                "error of that": with_error(np.sqrt(((ratio - 1.0) ** 2).mean(axis=1))),
                "narrowest": f"{names[narrowest]}, {ratio.mean(axis=0)[narrowest]:.2f}",
            }
        )
    return found


def with_error(numbers: Reals, digits: int = 3) -> str:
    """Mean and standard error."""
    error = numbers.std(ddof=1) / np.sqrt(numbers.size)
    return f"{numbers.mean():.{digits}f} ± {error:.{digits}f}"
