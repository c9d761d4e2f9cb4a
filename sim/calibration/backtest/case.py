"""Past coalitions to be forecast: where a forecast stands, what it knows, and how it is scored.

One coalition is left out at a time. A forecast stands at its start, on the day on which three
joiners are public, after a third and after half of its days, and is about who is public by its end.
Joiners are nations that were not public at the start, so leaders that began it do not count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from sim.calibration.backtest.baselines import Standing
from sim.calibration.backtest.scores import Scores, scores
from sim.calibration.fit import Fit, Progress, fit
from sim.calibration.history import History
from sim.calibration.likelihood import Coalition, coalition_of
from sim.calibration.observed import Observed
from sim.calibration.occasions import Course
from sim.calibration.outlook import Outlook, outlook
from sim.calibration.parameters import Specification
from sim.calibration.poisson_binomial import sizes_of_independent
from sim.calibration.replay import Calendar, seen_along
from sim.core.likelihood import NOT_RECORDED, REFUSED_LAST
from sim.core.stages import Features

START, LAUNCH, THIRD, HALF = "start", "launch", "third", "half"
STANDINGS = (START, LAUNCH, THIRD, HALF)
"""When a forecast stands: on day 0, with three joiners public, after a third and half the days."""

TITLES = {
    START: "Day 0",
    LAUNCH: "Three joiners public",
    THIRD: "A third of the days",
    HALF: "Half of the days",
}
"""What tables and figures call them."""

N_AT_LAUNCH = 3
N_DRAWS = 2000
PEERS = Features._fields.index("peers")


@dataclass(frozen=True)
class Case:
    """A past coalition to be forecast.

    Attributes
    ----------
    name : str
    history : History
    extra : mapping
        Extra columns of its nations; see `coalition_of`.
    reported : float
        Chance that an exit before a public word is in the record.
    """

    name: str
    history: History
    extra: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    reported: float = 0.5

    @cached_property
    def coalition(self) -> Coalition:
        """As the likelihood reads it."""
        return coalition_of(self.history, self.reported, extra=self.extra)

    @property
    def seen(self) -> Observed:
        """What its record tells."""
        return self.coalition.seen

    def day_of(self, standing: str) -> int:
        """The day on which a forecast stands; the last day for one that never does."""
        days = self.coalition.days
        public = np.sort(self.seen.published)[:N_AT_LAUNCH]
        launch = min(int(public[-1]), days) if public.size == N_AT_LAUNCH else days
        return {START: 0, LAUNCH: launch, THIRD: days // 3, HALF: days // 2}[standing]

    def has(self, standing: str) -> bool:
        """Whether a forecast stands before the last day, with a nation that is open."""
        is_before = self.day_of(standing) < self.coalition.days
        return is_before and bool(self.open_nations(self.known_day(standing)))

    def known_day(self, standing: str) -> int:
        """The day up to which a forecast knows the record: the start, before the one list."""
        return self.known_by(self.day_of(standing))

    def known_by(self, day: int) -> int:
        """The day up to which a forecast on a day knows the record."""
        return 0 if day < self.seen.one_list_day else day

    def joined(self, nations: Sequence[str], by: int | None = None) -> np.ndarray:
        """Whether each of some nations was public by a day; by default by the last one."""
        end = self.coalition.days if by is None else by
        by_nation = dict(zip(self.seen.nations, self.seen.published, strict=True))
        return np.array([float(by_nation[nation] <= end) for nation in nations])

    def past(self, standing: str) -> Coalition:
        """What was known when a forecast stands, with all later events: for `outlook_of`."""
        day = self.known_day(standing)
        return coalition_of(self.history, self.reported, until=day, extra=self.extra)

    def outlook(
        self,
        standing: str,
        specification: Specification,
        parameters: np.ndarray,
        calendar: Calendar = "all",
        courses: Sequence[Course] | None = None,
    ) -> Outlook:
        """The forecast of a fitted specification; ``courses`` are those of other coalitions."""
        return outlook(
            self.history,
            self.known_day(standing),
            specification.coefficients(parameters),
            reported=self.reported,
            extra=self.extra,
            calendar=calendar,
            courses=courses,
        )

    def open_nations(self, day: int) -> tuple[str, ...]:
        """Nations that are neither known to be public nor known to have refused."""
        known = self.seen.until(day).record
        is_open = (known[:, REFUSED_LAST] == NOT_RECORDED) & (self.seen.published > day)
        is_open &= [not self.history.has_refused(nation, 0) for nation in self.seen.nations]
        return tuple(n for n, yes in zip(self.seen.nations, is_open, strict=True) if yes)

    def standing(self, standing: str, columns: Sequence[str]) -> Standing:
        """The open nations, as the baselines see them."""
        day = self.known_day(standing)
        return self.standing_on(day, columns, self.open_nations(day))

    def standing_on(
        self, day: int, columns: Sequence[str], nations: Sequence[str], by: int | None = None
    ) -> Standing:
        """Some nations on a day, as the baselines see them, and who of them was public by another.

        Parameters
        ----------
        day : int
        columns : sequence of str
            Their covariates.
        nations : sequence of str
        by : int, optional
            The last day by default.
        """
        places = [self.seen.nations.index(nation) for nation in nations]
        seen = seen_along(self.history, until=day).outside[self.seen.places[places]]
        by_name = dict(zip(self.coalition.columns, self.coalition.traits.T, strict=True))
        peers = seen[:, min(day + 1, self.coalition.days), PEERS]
        return Standing(
            tuple(nations),
            np.column_stack([by_name[column] for column in columns])[places],
            float((self.seen.published <= day).sum() / max(1, self.seen.published.size)),
            peers,
            (self.coalition.days if by is None else by) - day,
            self.joined(nations, by),
        )


def fit_without(
    cases: Sequence[Case],
    specification: Specification,
    left_out: Sequence[str],
    start: np.ndarray | None = None,
    progress: Progress | None = None,
) -> Fit:
    """Fit a specification to all but some coalitions.

    Parameters
    ----------
    cases : sequence of Case
    specification : Specification
    left_out : sequence of str
        Names of cases.
    start : ndarray, optional
        Values of the parameters to start from; the means of the priors by default.
    progress : callable of (evaluations, all of them), optional
    """
    coalitions = [case.coalition for case in cases if case.name not in left_out]
    return fit(
        specification,
        coalitions,
        starts=1,
        start=start,
        with_covariance=False,
        progress=progress,
    )


def score(case: Case, forecast: Outlook) -> Scores:
    """Score a forecast of a case."""
    draws = forecast.draws(N_DRAWS)
    return scores(forecast.chances, forecast.sizes(), draws, case.joined(forecast.nations))


def score_independent(chance: np.ndarray, now: Standing) -> Scores:
    """Score chances of nations that join or do not by themselves, as baselines have it."""
    draws = np.random.default_rng(0).random((N_DRAWS, chance.size)) < chance
    return scores(chance, sizes_of_independent(chance), draws, now.joined)
