"""How likely each nation is to go public by the end, given the record up to a day.

Exact where announcements of other nations do not matter: the climate's posterior from the record,
then the chance of every nation within each climate, by the forward algorithm, and what a count of
unnamed members says of all of them together. Peers stay as they are on the day and momentum fades,
so a behaviour in which they matter is forecast by runs instead.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.calibration.history import History
from sim.calibration.likelihood import (
    LEAST_POSTERIOR,
    Coalition,
    Coefficients,
    Quadrature,
    coalition_of,
    hidden_state,
)
from sim.calibration.occasions import Course, likely_calendars, shipped_courses
from sim.calibration.poisson_binomial import (
    draw_counted,
    sizes_given_number,
    sizes_of_independent,
)
from sim.calibration.replay import Calendar
from sim.core.layout import Reals
from sim.core.likelihood import N_HIDDEN, NOT_RECORDED, PUBLIC_LAST, REFUSED_LAST
from sim.scenario.events import DatedEvent

N_CALENDARS = 50


class Tied(NamedTuple):
    """What a count of unnamed members ties together: M nations, all of the record.

    Attributes
    ----------
    number : ndarray, shape (n + 1,)
        Chance of the count if 0 to n nations were willing on its day.
    willing : ndarray, shape (Q, M)
        Chance of each nation of having been willing on that day, given its own record alone.
    joins : ndarray, shape (2, Q, M)
        Chance of going public for a nation that was not willing on that day, and for one that was;
        0 for nations that are not open.
    is_open : ndarray of bool, shape (M,)
    """

    number: Reals
    willing: Reals
    joins: Reals
    is_open: NDArray[np.bool_]


class Outlook(NamedTuple):
    """Chances of the nations that were open on a day.

    Attributes
    ----------
    nations : tuple of str
        Those at risk that were neither known to be public nor known to have refused.
    climate : ndarray, shape (Q,)
        Chance of each climate, or of each climate and calendar, given the record up to the day.
    chance : ndarray, shape (Q, N)
        Of going public after the day, up to the last one, by climate.
    tied : Tied, optional
        Of a count of unnamed members; without one nations are independent within a climate.
    """

    nations: tuple[str, ...]
    climate: Reals
    chance: Reals
    tied: Tied | None = None

    @property
    def chances(self) -> Reals:
        """Chances of the nations over all climates, shape (N,)."""
        return np.asarray(self.climate @ self.chance)

    def draws(self, n: int, seed: int = 0) -> NDArray[np.bool_]:
        """Joint draws of who goes public, shape (n, N): nations share the climate of a draw."""
        random = np.random.default_rng(seed)
        climate = random.choice(self.climate.size, n, p=self.climate)
        chance = self.chance[climate]
        if self.tied is not None:
            tied = self.tied
            willing = draw_counted(tied.willing, tied.number, climate, random)
            without, with_it = tied.joins[:, climate]
            chance = np.where(willing, with_it, without)[:, tied.is_open]
        return np.asarray(random.random((n, len(self.nations))) < chance)

    def sizes(self) -> Reals:
        """Chances of how many of the nations go public, 0 to N."""
        if self.tied is None:
            return np.asarray(self.climate @ sizes_of_independent(self.chance))
        number, willing, joins, _ = self.tied
        sizes = sizes_given_number(willing, number, joins)
        return np.asarray(self.climate @ sizes)[: len(self.nations) + 1]


def outlook(  # noqa: PLR0913 (all that an outlook takes)
    history: History,
    day: int,
    coefficients: Coefficients,
    nodes: Quadrature | None = None,
    reported: float = 0.5,
    extra: Mapping[str, Mapping[str, float]] | None = None,
    calendar: Calendar = "all",
    courses: Sequence[Course] | None = None,
    n_calendars: int = N_CALENDARS,
    seed: int = 0,
) -> Outlook:
    """Return how likely the open nations are to go public after a day, up to the last one.

    Parameters
    ----------
    history : History
    day : int
        The record is known up to the end of this day.
    coefficients : Coefficients
    nodes : Quadrature, optional
    reported : float
        Chance that an exit before a public word is in the record.
    extra : mapping, optional
        Extra columns; see `coalition_of`.
    calendar : {"all", "known", "scheduled"}
        After the day, all events of the scenario as if they had been known; or only those that are
        scheduled before they happen, with or without drawn calendars of what else may happen.
    courses : sequence of Course, optional
        Occasions of other coalitions, for ``known``; by default of the shipped histories.
    n_calendars, seed : int
        Calendars that are drawn, over which chances are a mean. Each takes some 0.1 s.

    Notes
    -----
    With drawn calendars, each climate comes once a calendar: nations share both.
    """
    calendars: Sequence[tuple[DatedEvent, ...]] = [()]
    if calendar == "known":
        courses = shipped_courses(history) if courses is None else courses
        calendars = likely_calendars(history, day, courses, n_calendars, seed)
    times = Counter(calendars)
    each = [
        outlook_of(
            history,
            day,
            coalition_of(
                history,
                reported,
                until=day,
                extra=extra,
                calendar=calendar,
                occasions=occasions,
            ),
            coefficients,
            nodes,
        )
        for occasions in times
    ]
    return each[0] if len(each) == 1 else _mixed(each, list(times.values()))


def outlook_of(
    history: History,
    day: int,
    past: Coalition,
    coefficients: Coefficients,
    nodes: Quadrature | None = None,
) -> Outlook:
    """Return the outlook with the events that a coalition has seen and will see.

    Parameters
    ----------
    history : History
    day : int
    past : Coalition
        What `coalition_of` returns with ``until=day``, to make it once for many coefficients.
    coefficients : Coefficients
    nodes : Quadrature, optional
    """
    known = past.seen.until(day).record
    found = hidden_state(past.from_day(day), coefficients, nodes)
    is_open = known[:, REFUSED_LAST] == NOT_RECORDED
    is_open &= (known[:, PUBLIC_LAST] == NOT_RECORDED) | (known[:, PUBLIC_LAST] > day)
    is_open &= [not history.has_refused(nation, 0) for nation in past.seen.nations]
    nations = [nation for nation, yes in zip(past.seen.nations, is_open, strict=True) if yes]
    chance = found.stage[..., N_HIDDEN].sum(axis=2)[:, is_open]
    tied = None
    if found.counted is not None:
        joins = found.counted.stage[..., N_HIDDEN].sum(axis=3) * is_open
        tied = Tied(found.counted.number, found.counted.willing, joins, is_open)
    return Outlook(tuple(nations), found.climate, chance, tied)


def _mixed(each: Sequence[Outlook], times: Sequence[int]) -> Outlook:
    """One outlook over calendars, each of which counts so many times; unlikely climates go."""
    likely = each[0].climate > LEAST_POSTERIOR
    climate = np.concatenate([n * one.climate[likely] for one, n in zip(each, times, strict=True)])
    tied = [one.tied for one in each if one.tied is not None]
    return Outlook(
        each[0].nations,
        climate / climate.sum(),
        np.concatenate([one.chance[likely] for one in each]),
        Tied(
            tied[0].number,
            np.concatenate([one.willing[likely] for one in tied]),
            np.concatenate([one.joins[:, likely] for one in tied], axis=1),
            tied[0].is_open,
        )
        if tied
        else None,
    )
