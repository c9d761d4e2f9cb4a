"""One coalition left out at a time: fits to the others, and what they forecast of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import NamedTuple, get_args

from sim.calibration.backtest.baselines import Standing, base_rate, hazard_a_day, logistic
from sim.calibration.backtest.case import (
    N_DRAWS,
    STANDINGS,
    START,
    Case,
    fit_without,
    score,
    score_independent,
)
from sim.calibration.backtest.reliability import Booleans, reliability
from sim.calibration.backtest.result import MODEL, Backtest, Forecast, LeftOut
from sim.calibration.backtest.scoreboard import Line, Scoreboard
from sim.calibration.calibrate import (
    CalibrationError,
    Source,
    check_reported,
    checked_coalition,
    named_histories,
    record_digest,
    specification_for,
)
from sim.calibration.fit import NoMaximumError, Progress
from sim.calibration.history import History
from sim.calibration.likelihood import ImpossibleRecordError
from sim.calibration.occasions import course_of
from sim.calibration.outlook import Outlook
from sim.calibration.parameters import Specification
from sim.calibration.replay import Calendar
from sim.core.layout import Reals

COVARIATES = ("bond", "capability")
"""What the model has of each nation, and the baselines are given."""

Baseline = Callable[[Sequence[Standing], Standing], Reals]

BASELINES: Mapping[str, Baseline] = {
    "base rate": base_rate,
    "one hazard a day": hazard_a_day,
    "logistic": logistic,
    "logistic, random intercept": partial(logistic, intercepts=True),
}
"""Forecasts that the model has to beat, by name."""

UPDATED: Mapping[str, Baseline] = {
    "logistic, updated": partial(logistic, updated=True),
    "logistic, random intercept, updated": partial(logistic, updated=True, intercepts=True),
}
"""Those that also see how many are public, and which of a nation's ties: not on day 0."""


class _Scored(NamedTuple):
    """A forecast with its scores, that of the model first, and joint draws of the model."""

    forecast: Forecast
    lines: list[Line]
    draws: Booleans


NO_FORECAST = "no forecast stands before the last day of a coalition"


@dataclass(frozen=True)
class LeaveOneOut:
    """What a back-test does. Get one from `leave_one_out`.

    Attributes
    ----------
    cases : tuple of Case
    specification : Specification
    calendar : {"known", "scheduled", "all"}
        Later events that a forecast is given.
    standings : tuple of str
        When forecasts stand.
    """

    cases: tuple[Case, ...]
    specification: Specification
    calendar: Calendar
    standings: tuple[str, ...]

    def fit(self, place: int, progress: Progress | None = None) -> Reals:
        """Parameters, as fitted to all coalitions but one.

        Raises
        ------
        CalibrationError
            A record cannot happen under the behaviour.
        """
        left_out = self.cases[place].name
        try:
            return fit_without(self.cases, self.specification, [left_out], progress=progress).mode
        except (ImpossibleRecordError, NoMaximumError) as error:
            raise CalibrationError(f"without {left_out}: {error}") from error

    @cached_property
    def n_forecasts(self) -> int:
        """Number of forecasts that stand before the last day, with a nation that is open."""
        return sum(case.has(standing) for case in self.cases for standing in self.standings)

    def result(
        self, fits: Sequence[Reals], command: str = "", progress: Progress | None = None
    ) -> Backtest:
        """What fits forecast, each of the coalition that it has not seen, and its scores.

        Parameters
        ----------
        fits : sequence of ndarray
            Parameters, as fitted without each coalition.
        command : str
            What made it.
        progress : callable of (forecasts done, all of them), optional

        Raises
        ------
        CalibrationError
            A record cannot happen under a fit.
        """
        found: list[_Scored] = []
        for standing in self.standings:
            cases = [case for case in self.cases if case.has(standing)]
            open_nations = {case.name: case.standing(standing, COVARIATES) for case in cases}
            for case in cases:
                parameters = fits[self.cases.index(case)]
                found.append(self._scored(case, standing, open_nations, parameters))
                if progress is not None:
                    progress(len(found), self.n_forecasts)
        by_standing = {
            standing: [each for each in found if each.forecast.standing == standing]
            for standing in dict.fromkeys(each.forecast.standing for each in found)
        }
        names = self.specification.names
        return Backtest(
            tuple(map(_tested, self.cases)),
            {
                case.name: dict(zip(names, map(float, mode), strict=True))
                for case, mode in zip(self.cases, fits, strict=True)
            },
            tuple(each.forecast for each in found),
            Scoreboard(
                (
                    *(each.lines[0] for each in found),
                    *(line for each in found for line in each.lines[1:]),
                )
            ),
            {
                standing: reliability(
                    [each.forecast.chances[MODEL] for each in some],
                    [each.draws for each in some],
                    [each.forecast.joined for each in some],
                )
                for standing, some in by_standing.items()
            },
            self.calendar,
            self.cases[0].reported,
            command,
        )

    def _scored(
        self,
        case: Case,
        standing: str,
        open_nations: Mapping[str, Standing],
        parameters: Reals,
    ) -> _Scored:
        """What the model and the baselines say of a coalition, by what the others taught."""
        outlook, now = self._outlook(case, standing, parameters), open_nations[case.name]
        past = [each for name, each in open_nations.items() if name != case.name]
        chances = dict(baseline_chances(past, now, is_updated=standing != START))
        lines = [Line(MODEL, case.name, standing, score(case, outlook))]
        lines += [
            Line(method, case.name, standing, score_independent(chance, now))
            for method, chance in chances.items()
        ]
        forecast = Forecast(
            case.name,
            standing,
            case.known_day(standing),
            now.nations,
            now.joined,
            {MODEL: outlook.chances, **chances},
        )
        # Coalitions are independent: no two have the seed in common.
        draws = outlook.draws(N_DRAWS, seed=1 + self.cases.index(case))
        return _Scored(forecast, lines, draws)

    def _outlook(self, case: Case, standing: str, parameters: Reals) -> Outlook:
        try:
            courses = [course_of(each.history) for each in self.cases if each is not case]
            return case.outlook(standing, self.specification, parameters, self.calendar, courses)
        except ImpossibleRecordError as error:
            raise CalibrationError(str(error)) from error


def leave_one_out(
    histories: Source | Iterable[Source] | Mapping[str, History] | None = None,
    calendar: Calendar = "known",
    standings: Sequence[str] = STANDINGS,
    reported: float = 0.5,
) -> LeaveOneOut:
    """Return what a back-test does; see `sim.backtest` for parameters and errors."""
    if calendar not in get_args(Calendar):
        known = ", ".join(get_args(Calendar))
        raise CalibrationError(f"calendar: {calendar!r} must be one of {known}")
    unknown = [each for each in standings if each not in STANDINGS]
    if unknown or not standings:
        known = ", ".join(STANDINGS)
        raise CalibrationError(f"standings: {list(standings)!r} must be some of {known}")
    check_reported(reported)
    named = histories if isinstance(histories, Mapping) else named_histories(histories)
    if len(named) < 2:
        raise CalibrationError("a back-test leaves one history out, and needs at least two")
    cases = tuple(Case(name, each, reported=float(reported)) for name, each in named.items())
    for case in cases:
        checked_coalition(case.name, partial(getattr, case, "coalition"))
    specification, _ = specification_for(named)
    in_order = tuple(each for each in STANDINGS if each in standings)
    plan = LeaveOneOut(cases, specification, calendar, in_order)
    if not plan.n_forecasts:
        raise CalibrationError(NO_FORECAST)
    return plan


def baseline_chances(
    past: Sequence[Standing], now: Standing, is_updated: bool
) -> Iterator[tuple[str, Reals]]:
    """Chances by the baselines, where another coalition has taught them something.

    Parameters
    ----------
    past : sequence of Standing
    now : Standing
    is_updated : bool
        Whether those that see who is public are among them.
    """
    methods = {**BASELINES, **UPDATED} if is_updated else BASELINES
    for name, method in methods.items():
        if past:
            yield name, method(past, now)


def _tested(case: Case) -> LeftOut:
    scenario = case.history.scenario
    return LeftOut(
        case.name,
        scenario.title,
        scenario.digest,
        record_digest(case.history),
        case.coalition.days,
        len(case.seen.nations),
        int((case.seen.published <= case.coalition.days).sum()),
    )
