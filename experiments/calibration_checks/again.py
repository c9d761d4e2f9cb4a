"""Simulation-based calibration around the real data (posterior SBC)."""

from __future__ import annotations

import numpy as np

from experiments.calibration_checks.kept import Row, go_on
from experiments.calibration_checks.sampler import after_warm_up, real
from experiments.calibration_checks.simulated import N_RANKED, fit_simulated, past_of, ranked

N_COALITIONS = 7
"""New coalitions a replicate, one thinned from each history."""


def ranks(replicates: int = 20, n_nations: int = 40, quick: bool = False) -> list[Row]:
    """Ranks of truths among draws given the seven histories and new coalitions together.

    Truths are from the exact sampler given the seven histories; new coalitions are simulated with
    them, and the fit is to both.
    """
    found, past = real(quick), past_of(quick)
    specification, known = found.posterior.specification, found.posterior.coalitions
    truths = found.draws if quick else np.concatenate(list(after_warm_up()))

    def rows_of(key: Row, _: list[Row]) -> list[Row]:
        random = np.random.default_rng([6, int(key["replicate"])])
        truth = truths[random.integers(len(truths))]
        names = list(past)[:N_COALITIONS]
        fitted = fit_simulated(
            past,
            specification,
            names,
            truth,
            random,
            n_nations,
            draws=N_RANKED,
            known=known,
            start=found.mode,
        )
        return [ranked(*fitted)]

    keys = [{"replicate": str(number)} for number in range(replicates)]
    return go_on("ranks_again", keys, rows_of, quick)
