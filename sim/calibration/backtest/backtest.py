"""How well past coalitions are forecast by what the others taught: `sim.backtest`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from sim.calibration.backtest.case import STANDINGS
from sim.calibration.backtest.folder import BacktestFolder, load_backtest
from sim.calibration.backtest.leave_one_out import LeaveOneOut, leave_one_out
from sim.calibration.backtest.result import Backtest
from sim.calibration.calibrate import Source
from sim.calibration.fit import FIRST_SEARCH, Progress
from sim.calibration.history import History
from sim.calibration.replay import Calendar
from sim.store.folder import MARKER

__all__ = ["backtest", "run_backtest"]

STEPS_A_FORECAST = 10
"""Evaluations of the posterior that a forecast takes, about, where calendars are drawn."""


def backtest(  # noqa: PLR0913 (all that a back-test takes)
    histories: Source | Iterable[Source] | Mapping[str, History] | None = None,
    calendar: Calendar = "known",
    standings: Sequence[str] = STANDINGS,
    reported: float = 0.5,
    out: str | os.PathLike[str] | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Backtest:
    """Forecast each past coalition by a fit to all others, and score that against baselines.

    Parameters
    ----------
    histories : path, name, History, an iterable of these, or mapping of name to History, optional
        At least two scenarios with a record; by default all that are shipped. All have the same
        behaviour. What is fitted is what `sim.calibrate` fits.
    calendar : {"known", "scheduled", "all"}
        Of later events, a forecast is given those that are known of on its day, or all. With
        ``known``, it draws others by what happened in the coalitions that it was fitted to.
    standings : sequence of str
        When forecasts stand: ``start`` (day 0), ``launch`` (the day on which three joiners are
        public, nations that were not so at the start), ``third`` and ``half`` (of the days).
    reported : float
        Chance that an exit before a public word is in the record.
    out : path, optional
        Folder to write. Each fit is kept there as soon as it is finished: the same call goes on
        from there.
    overwrite : bool
        Replace an earlier back-test in the folder.
    progress : callable of (steps, all of them), optional
        An evaluation of the posterior is a step, a forecast ten. All are estimated.

    Returns
    -------
    Backtest

    Raises
    ------
    ScenarioError
        A history is wrong, or has no record.
    CalibrationError
        There are too few histories, they have different behaviours, or an argument is wrong.
    ResultsError
        The folder holds something else, or another process is at work there.
    OSError
        The disk is full, read-only or failed.
    """
    plan = leave_one_out(histories, calendar, standings, reported)
    values = ", ".join(repr(case.name) for case in plan.cases)
    command = (
        f"sim.backtest([{values}], calendar={calendar!r}, standings={list(plan.standings)!r}, "
        f"reported={reported!r})"
    )
    return run_backtest(
        plan,
        command,
        None if out is None else Path(out),
        overwrite,
        progress,
    )


def run_backtest(
    plan: LeaveOneOut,
    command: str,
    out: Path | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Backtest:
    """Do what a plan says, in memory or in a folder; see `backtest`."""
    n_fits = len(plan.cases)
    if out is None:
        steps = _Steps(progress, n_fits, plan.n_forecasts)
        fits = [plan.fit(place, steps.of_fit) for place in range(n_fits)]
        return plan.result(fits, command, steps.of_forecasts)
    with BacktestFolder(out, plan, command).locked(overwrite) as folder:
        missing = folder.missing()
        if not missing and (folder.place / MARKER).is_file():
            return load_backtest(out)
        steps = _Steps(progress, len(missing), plan.n_forecasts)
        for place in missing:
            folder.write(place, plan.fit(place, steps.of_fit))
        found = plan.result(folder.fits(), command, steps.of_forecasts)
        folder.finish_with(found)
    return found


class _Steps:
    """Progress over several fits and forecasts, with an estimate of what the fits will take."""

    def __init__(self, progress: Progress | None, n_fits: int, n_forecasts: int) -> None:
        self.progress, self.n_fits_left = progress, n_fits
        self.of_all_forecasts = n_forecasts * STEPS_A_FORECAST
        self.before = self.now = 0

    def of_fit(self, evaluations: int, expected: int) -> None:
        """Note the evaluations of a fit; the next one begins with its first."""
        if evaluations == 1:
            self.before, self.n_fits_left = self.before + self.now, self.n_fits_left - 1
        self.now = evaluations
        left = max(expected - evaluations, 0) + FIRST_SEARCH * self.n_fits_left
        self._tell(self.before + evaluations, left + self.of_all_forecasts)

    def of_forecasts(self, done: int, of_all: int) -> None:
        """Note the forecasts that are scored."""
        steps = self.before + self.now + done * STEPS_A_FORECAST
        self._tell(steps, (of_all - done) * STEPS_A_FORECAST)

    def _tell(self, done: int, left: int) -> None:
        if self.progress is not None:
            self.progress(done, done + left)
