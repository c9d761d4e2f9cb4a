"""A calibration as blocks and as JSON."""

from __future__ import annotations

from typing import Any

from sim.calibration.calibration import Calibration
from sim.report.blocks import Block, Note, Table, Text
from sim.results.format import LONGEST_LABEL, counted, cut_apart, json_ready, percent

JSON_SCHEMA = "willing.calibration/1"

CAVEAT = (
    "Prior: mean ± standard deviation; estimate: mode of the posterior ± standard error; of rates "
    "per day and of odds, their natural logarithms. Data: how much the records told, 1 minus "
    "standard error divided by standard deviation of the prior. Pareto k: how unequal the weights "
    "of the draws are, with a warning where too much so; effective draws: as many of equal weight "
    "tell as much. The errors do not include uncertainty about the model, about the records, or "
    "about numbers that were not fitted."
)
"""What the numbers of a calibration do and do not cover."""


def calibration_blocks(calibration: Calibration) -> list[Block]:
    """How the fit went, in one line and what speaks against it; then parameters and coalitions."""
    fit = calibration.fit
    n_nations = sum(each.at_risk for each in calibration.coalitions)
    counts = (
        f"{counted(len(calibration.coalitions), 'coalition')}, {counted(n_nations, 'nation')}, "
        f"{counted(fit.evaluations, 'evaluation')}; Pareto k {fit.pareto_k:.2f}, "
        f"{fit.effective_draws:,.0f} effective draws"
    )
    parameters = tuple(
        {
            "name": row["name"],
            "prior": f"{row['prior_mean']:z.1f} ± {row['prior_sd']:.1f}",
            "estimate": f"{row['mode']:z.2f} ± {row['standard_error']:.2f}",
            "told": percent(max(0.0, row["told"])),
            "why": row["why"],
        }
        for row in calibration.rows()
    )
    names = cut_apart([each.name for each in calibration.coalitions], LONGEST_LABEL)
    coalitions = tuple(
        {
            "name": name,
            "at_risk": f"{each.at_risk:,}",
            "public": f"{each.public:,}",
            "log_likelihood": f"{each.log_likelihood:z,.1f}",
            "climate": f"{each.climate_mean:z.2f} ± {each.climate_sd:.2f}",
        }
        for name, each in zip(names, calibration.coalitions, strict=True)
    )
    of_parameters = {
        "name": "",
        "prior": "prior",
        "estimate": "estimate",
        "told": "data",
        "why": "why this prior",
    }
    of_coalitions = {
        "name": "",
        "at_risk": "at risk",
        "public": "public",
        "log_likelihood": "log-likelihood",
        "climate": "climate",
    }
    return [
        Text(counts, is_title=True),
        *(Note(f"Warning: {text}", tight=False) for text in calibration.warnings()),
        Table("Parameter", of_parameters, parameters, drop=("why",)),
        Table("Coalition", of_coalitions, coalitions, drop=("at_risk", "public")),
        Note(CAVEAT, tight=False),
    ]


def calibration_json(calibration: Calibration) -> dict[str, Any]:
    """What `willing calibrate --json` prints: all but the covariance and the draws."""
    fit = calibration.fit
    found: dict[str, Any] = json_ready(
        {
            "schema": JSON_SCHEMA,
            "n_coalitions": len(calibration.coalitions),
            "n_nations": sum(each.at_risk for each in calibration.coalitions),
            "evaluations": fit.evaluations,
            "pareto_k": fit.pareto_k,
            "effective_draws": fit.effective_draws,
            "log_posterior": fit.log_posterior,
            "starts": fit.starts,
            "seed": calibration.seed,
            "reported": calibration.reported,
            "undated": calibration.undated,
            "candidates": calibration.candidates,
            "draws": len(fit.draws),
            "warnings": list(calibration.warnings()),
            "parameters": calibration.rows(),
            "coalitions": [each._asdict() for each in calibration.coalitions],
        }
    )
    return found
