"""Is the rank of the truth uniform around the real data as well? Posterior SBC."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from experiments.calibration_checks.kept import Row, go_on
from experiments.calibration_checks.sampler import after_warm_up, real
from experiments.calibration_checks.simulated import N_RANKED, fit_simulated, past_of, ranked
from sim.calibration.fit import NoMaximumError
from sim.core.layout import Reals


def posterior_ranks(
    replicates: int = 15, n_coalitions: int = 3, n_nations: int = 12, quick: bool = False
) -> list[Row]:
    """Ranks of truths from the posterior of the seven histories among draws given more.

    Parameters from the exact sampler, coalitions that are simulated with them, and a fit to these
    and the seven histories together: if its draws are right, the rank of the parameters among them
    is uniform (Säilynoja et al. 2025).
    """
    past, found = past_of(quick), real(quick)
    exact = found.draws if quick else np.concatenate(list(after_warm_up()))

    def rows_of(key: Row, _: list[Row]) -> list[Row]:
        random, truth = truth_of(key, exact)
        names = random.choice(list(past), n_coalitions, replace=False)
        try:
            fitted = fit_simulated(
                past,
                found.posterior.specification,
                names,
                truth,
                random,
                n_nations,
                draws=N_RANKED,
                known=found.posterior.coalitions,
                start=found.mode,
            )
        except (NoMaximumError, np.linalg.LinAlgError):
            return [{}]  # a row without ranks says that there was no fit
        return [ranked(*fitted)]

    keys = [{"replicate": str(n)} for n in range(replicates)]
    return go_on("posterior_ranks", keys, rows_of, quick)


def truth_of(row: Row, exact: Reals) -> tuple[np.random.Generator, Reals]:
    """Random numbers of a replicate, and the parameters that were drawn first with them."""
    random = np.random.default_rng([4, int(row["replicate"])])
    return random, exact[random.integers(len(exact))]


def places_of_truths(rows: Sequence[Row]) -> Reals:
    """Shares of exact draws below each truth, times `N_RANKED`, shape (n, K): as if it were a rank.

    Truths are few, and by chance some lie low or high in the posterior; their ranks do as well.
    """
    exact = np.concatenate(list(after_warm_up()))
    truths = np.array([truth_of(row, exact)[1] for row in rows])
    return np.asarray(N_RANKED * (exact < truths[:, None]).mean(axis=1))
