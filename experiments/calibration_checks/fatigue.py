"""Does the tenth meeting act as the first? The fit along a grid of the fatigue of meetings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from scipy.interpolate import CubicSpline

from experiments.calibration_checks.kept import Row, go_on
from sim.calibration.calibrate import named_histories
from sim.calibration.fit import fit
from sim.calibration.history import History
from sim.calibration.likelihood import coalition_of, coefficients_of
from sim.calibration.specifications import with_joiners
from sim.core.layout import Reals
from sim.scenario.arrays.numbers import inputs_at_medians
from sim.scenario.events import Meeting, Trigger
from sim.scenario.load import scenario_from_dict

LOG_RATIOS = (-2.5, -1.5, -1.0, -0.7, -0.5, -0.35, -0.2, -0.1, 0.0, 0.1, 0.2, 0.35, 0.5)
"""Natural logarithms of what a meeting weighs against the one before it: ln(1 - fatigue)."""

PRIOR_SD = 0.5
"""Of the logarithm of that ratio, with mean 0: either direction is as likely."""

SETS = {
    "all seven": None,
    "gulf_1990": ("histories/gulf_1990",),
    "isis_2014": ("histories/isis_2014",),
}


def with_ratio(history: History, log_ratio: float) -> History:
    """A history whose meetings and triggers weigh this much of the one before, which may be more.

    For a ratio up to 1 it is the scenario with ``memory.fatigue`` at 1 minus the ratio. The model
    does not allow more, so the weights of the events themselves are changed.
    """
    full = history.scenario.full()
    held = [
        row
        for event, row in zip(history.scenario.events, full["events"], strict=True)
        if isinstance(event, Meeting | Trigger)
    ]
    dates = [e.first_date for e in history.scenario.events if isinstance(e, Meeting | Trigger)]
    for place, number in enumerate(np.argsort(dates, kind="stable")):
        held[number]["weight"] *= float(np.exp(place * log_ratio))
    return History(scenario_from_dict(full), history.entries)


def profile(
    sources: Sequence[str] | None, log_ratios: Iterable[float], name: str, quick: bool = False
) -> list[Row]:
    """Refit at each value, from the mode at the value before: mode and Laplace's evidence."""
    past = named_histories(sources)
    last: dict[str, Reals] = {}

    def rows_of(key: Row, _: list[Row]) -> list[Row]:
        log_ratio = float(key["log_ratio"])
        changed = [with_ratio(each, log_ratio) for each in past.values()]
        base = coefficients_of(inputs_at_medians(changed[0].scenario))
        specification = with_joiners(base)
        coalitions = [coalition_of(each) for each in changed]
        found = fit(specification, coalitions, starts=1, candidates=0, start=last.get("mode"))
        last["mode"] = found.mode
        _, log_determinant = np.linalg.slogdet(found.covariance)
        row = {
            "log_posterior": f"{found.log_posterior:.4f}",
            "log_evidence": f"{found.log_posterior + 0.5 * log_determinant:.4f}",
        }
        row |= {
            each: f"{value:.4f}"
            for each, value in zip(specification.names, found.mode, strict=True)
        }
        return [row]

    keys = [{"coalitions": name, "log_ratio": f"{each:.2f}"} for each in log_ratios]
    return go_on("fatigue", keys, rows_of, quick)


def evidence(rows: Iterable[Row], name: str) -> tuple[Reals, Reals]:
    """The grid of one set of coalitions, rising, and Laplace's log evidence at each value."""
    mine = sorted(
        (float(row["log_ratio"]), float(row["log_evidence"]))
        for row in rows
        if row["coalitions"] == name
    )
    at, log_evidence = np.array(mine).T
    return at, log_evidence


def marginal(
    log_ratios: Reals, log_evidence: Reals, within_model: bool = False
) -> tuple[Reals, Reals]:
    """Values of fatigue, falling, and their chances given the records.

    Parameters
    ----------
    log_ratios, log_evidence : ndarray, shape (n,)
        From `evidence`; between its values the log evidence is a cubic spline.
    within_model : bool
        The prior: uniform on fatigue in [0, 1), which the model allows; else normal on the
        logarithm of the ratio, either way.
    """
    grid = np.linspace(log_ratios[0], log_ratios[-1], 4001)
    log_chance = CubicSpline(log_ratios, log_evidence)(grid)
    if within_model:  # uniform on fatigue: density exp(z) on the logarithm z of the ratio
        log_chance = np.where(grid <= 0.0, log_chance + grid, -np.inf)
    else:
        log_chance = log_chance - 0.5 * (grid / PRIOR_SD) ** 2
    chance = np.exp(log_chance - log_chance.max())
    return 1.0 - np.exp(grid), chance / chance.sum()


def summary(rows: Sequence[Row]) -> list[Row]:
    """Mean, standard deviation and quantiles of fatigue, by what is fitted to and by prior."""
    found = []
    for name in SETS:
        for prior, within_model in (("either way", False), ("uniform on [0, 1)", True)):
            fatigue, chance = marginal(*evidence(rows, name), within_model)
            mean = float(fatigue @ chance)
            cumulative = np.cumsum(chance[::-1])
            low, middle, high = fatigue[::-1][np.searchsorted(cumulative, (0.025, 0.5, 0.975))]
            numbers = {
                "mean": mean,
                "sd": float(np.sqrt((fatigue - mean) ** 2 @ chance)),
                "2.5 %": low,
                "50 %": middle,
                "97.5 %": high,
                "below 0": float(chance[fatigue < 0.0].sum()),
            }
            row = {"fitted to": name, "prior": prior}
            found.append(row | {key: f"{value:.2f}" for key, value in numbers.items()})
    return found


def rows(quick: bool = False) -> list[Row]:
    """The profiles of all sets, from no fatigue either way."""
    found: list[Row] = []
    for name, sources in SETS.items():
        for log_ratios in (sorted(x for x in LOG_RATIOS if x <= 0.0)[::-1], LOG_RATIOS):
            if quick and name != "gulf_1990":
                continue
            found = profile(sources, log_ratios[:2] if quick else log_ratios, name, quick)
    return found
