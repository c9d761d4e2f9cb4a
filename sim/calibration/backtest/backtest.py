"""How well past coalitions are forecast by what the others taught: `sim.backtest`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from sim.calibration.backtest.case import STANDINGS
from sim.calibration.backtest.folder import BacktestFolder
from sim.calibration.backtest.leave_one_out import LeaveOneOut, leave_one_out
from sim.calibration.backtest.result import Backtest
from sim.calibration.calibrate import Source
from sim.calibration.fit import FIRST_SEARCH, Progress
from sim.calibration.history import History
from sim.calibration.replay import Calendar

__all__ = ["backtest", "run_backtest"]


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
        When forecasts stand: ``start`` (day 0), ``launch`` (the day on which three nations are
        public), ``third`` and ``half`` (of the days).
    reported : float
        Chance that an exit before a public word is in the record.
    out : path, optional
        Folder to write. Each fit is kept there as soon as it is finished: the same call goes on
        from there.
    overwrite : bool
        Replace an earlier back-test in the folder.
    progress : callable of (evaluations, all of them), optional

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
        counter = _Counter(progress, n_fits)
        return plan.result([plan.fit(place, counter) for place in range(n_fits)], command)
    with BacktestFolder(out, plan, command).locked(overwrite) as folder:
        missing = folder.missing()
        counter = _Counter(progress, len(missing))
        for place in missing:
            folder.write(place, plan.fit(place, counter))
        found = plan.result(folder.fits(), command)
        folder.finish_with(found)
    return found


class _Counter:
    """Evaluations of several fits as those of one, with an estimate of all that there will be."""

    def __init__(self, progress: Progress | None, n_fits: int) -> None:
        self.progress, self.n_left = progress, n_fits
        self.before = self.now = 0

    def __call__(self, evaluations: int, expected: int) -> None:
        if evaluations == 1:  # of the next fit
            self.before, self.n_left = self.before + self.now, self.n_left - 1
        self.now = evaluations
        done = self.before + evaluations
        if self.progress is not None:
            left = max(expected - evaluations, 0) + FIRST_SEARCH * self.n_left
            self.progress(done, done + left)
