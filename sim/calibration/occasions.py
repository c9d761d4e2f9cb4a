"""A law of occasions that nobody has scheduled: votes, ultimatums, lists, shifts of conditions.

A forecast knows the meetings that are on the calendar of its day. What else will ask nations for
their names is drawn from what happened in other coalitions: how often by rates that are uncertain,
and what by whole occasions of theirs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Literal, NamedTuple

import numpy as np
from scipy.special import gammaln, logsumexp

from sim.calibration.history import History, load_history, shipped_histories
from sim.calibration.replay import SCHEDULED
from sim.core.layout import Reals
from sim.scenario.distribution import Distribution
from sim.scenario.events import TEMPO, DatedEvent, PublishedList, Signal, Trigger

LIVELY_DAYS = 14
"""For so long after the start, a meeting or an occasion, the next one is more likely."""

RATES = np.geomspace(0.001, 1.0, 25)
"""Rates a day that a law may have, all as likely beforehand.

The least is one in a thousand days. It hardly bears on what is found: with rates down to 1e-5 the
mean rates of the shipped histories stay within half a percent.
"""

SHAPES = np.geomspace(1.0, 32.0, 6)
"""Shapes of the gamma law by which coalitions differ in their rates, all as likely beforehand."""

STREAM = 1
"""Sets these random numbers apart from others of the same seed and day."""

MOST = 12
"""Occasions that a calendar has at most; more would hardly differ."""

Occasion = tuple[DatedEvent, ...]
"""Events of one day that were not scheduled."""


class Course(NamedTuple):
    """Occasions of a coalition up to a day.

    Attributes
    ----------
    apart : tuple of Occasion
        Those on days without a meeting that is on the calendar.
    at_meetings : tuple of Occasion
        What else happened on each day of such a meeting; empty where nothing did.
    counts, days : tuple of int
        How many occasions apart, on how many days without a meeting: within `LIVELY_DAYS` of the
        start or of the last meeting or occasion, and later.
    last : int
        Day of the last meeting or occasion; 0 without any.
    """

    apart: tuple[Occasion, ...]
    at_meetings: tuple[Occasion, ...]
    counts: tuple[int, int]
    days: tuple[int, int]
    last: int


def course_of(history: History, until: int | None = None) -> Course:
    """Return the occasions of a past coalition.

    Parameters
    ----------
    history : History
    until : int, optional
        The last day that counts; that of the scenario by default.

    Notes
    -----
    An occasion has triggers, lists, and signals that hold for good. Apart from meetings, what asks
    less than half of the nations that could join is left out; so is whatever is drawn at random.
    """
    until = history.scenario.days if until is None else until
    events = [event for event in history.scenario.events if event.drawn_date is None]
    apart, at_meetings = list[Occasion](), list[Occasion]()
    counts, days, last = [0, 0], [0, 0], 0
    for day in range(1, until + 1):
        today = [event for event in events if event.first_date == day]
        occasion = tuple(event for event in today if _is_occasion(event))
        if any(event.kind in SCHEDULED for event in today):
            at_meetings.append(occasion)
            last = day
            continue
        is_late = day - last > LIVELY_DAYS
        days[is_late] += 1
        occasion = tuple(event for event in occasion if asks_most(event, history))
        if occasion:
            apart.append(occasion)
            counts[is_late] += 1
            last = day
    return Course(
        tuple(apart), tuple(at_meetings), (counts[0], counts[1]), (days[0], days[1]), last
    )


def _is_occasion(event: DatedEvent) -> bool:
    """Whether an event may happen elsewhere as it is."""
    if any(isinstance(getattr(event, field), Distribution) for field in event.numbers):
        return False
    return isinstance(event, Trigger | PublishedList | Signal) and not event.lasts


def asks_most(event: DatedEvent, history: History) -> bool:
    """Whether an event is about all nations, or at least half of those that could join."""
    named = getattr(event, event.nations) if event.nations else "all"
    return named == "all" or 2 * len({*named} & {*history.at_risk}) >= len(history.at_risk)


def rates_given(courses: Sequence[Course]) -> Reals:
    """Return how likely the rates of occasions are, given those of some coalitions.

    Parameters
    ----------
    courses : sequence of Course

    Returns
    -------
    ndarray, shape (6, 25, 25)
        Chance of each of `SHAPES`, and of each of `RATES` within `LIVELY_DAYS` of a meeting or an
        occasion, and later. Sums to 1.

    Notes
    -----
    A coalition has these rates times a factor of its own, which has a gamma law of mean 1: so the
    number of its occasions is negative binomial.

    That is the law of a number that could be any on one day, while a day has one occasion or none,
    with the chance ``1 - exp(-rate)`` in `likely_calendars`. The rates are therefore a little low:
    for the shipped histories, 0.058 a day within `LIVELY_DAYS` and 0.0085 later (means), where the
    law of one or none a day would give 0.061 and 0.0086. Its factor would need an integral in place
    of the gamma functions.
    """
    shape, lively, quiet = np.meshgrid(SHAPES, RATES, RATES, indexing="ij")
    log_chance = np.zeros(shape.shape)
    for course in courses:
        n, expected = sum(course.counts), course.days[0] * lively + course.days[1] * quiet
        log_chance += course.counts[0] * np.log(lively) + course.counts[1] * np.log(quiet)
        log_chance += gammaln(shape + n) - gammaln(shape) + shape * np.log(shape)
        log_chance -= (shape + n) * np.log(shape + expected)
    return np.asarray(np.exp(log_chance - logsumexp(log_chance)))


def likely_calendars(
    history: History, day: int, courses: Sequence[Course], n: int, seed: int = 0
) -> list[tuple[DatedEvent, ...]]:
    """Draw what may happen after a day beside the meetings that are on the calendar.

    Parameters
    ----------
    history : History
        Of what it has after the day, only meetings are looked at.
    day : int
    courses : sequence of Course
        Of other coalitions.
    n : int
        Number of calendars.
    seed : int

    Returns
    -------
    list of tuple of DatedEvent, length n
        Triggers, lists and signals in order, dated in days of the history.

    Notes
    -----
    The rates are drawn from `rates_given` all courses and that of the coalition itself up to the
    day, its factor given its own occasions. With m occasions so far, in the record or the calendar,
    the next repeats one of them with the chance m / (m + 1), and otherwise one of another
    coalition, first drawn alike [BlackwellMacQueen1973]_. So does what happens on days of meetings,
    which is often nothing. A signal needs a condition of its name, or the only one.
    """
    random, own = np.random.default_rng([seed, day, STREAM]), course_of(history, day)
    chance = rates_given([*courses, own])
    cells = random.choice(chance.size, n, p=chance.ravel())
    shape, lively, quiet = np.unravel_index(cells, chance.shape)
    rates = np.stack([RATES[lively], RATES[quiet]])
    expected = np.array(own.days) @ rates
    factor = random.gamma(SHAPES[shape] + sum(own.counts)) / (SHAPES[shape] + expected)
    meetings = dict[int, list[DatedEvent]]()
    for event in history.scenario.events:
        if event.kind in SCHEDULED and event.first_date > day:
            meetings.setdefault(event.first_date, []).append(event)
    return [
        tuple(_calendar(history, day, own, courses, meetings, each, random))
        for each in (rates * factor).T
    ]


def _calendar(  # noqa: PLR0913 (what a calendar is drawn from)
    history: History,
    day: int,
    own: Course,
    courses: Sequence[Course],
    meetings: Mapping[int, Sequence[DatedEvent]],
    rates: Reals,
    random: np.random.Generator,
) -> Iterator[DatedEvent]:
    """Draw the events of one calendar."""
    apart, at_meetings, last = [*own.apart], [*own.at_meetings], own.last
    others_apart = [course.apart for course in courses if course.apart]
    others_at_meetings = [course.at_meetings for course in courses if course.at_meetings]
    n_left = MOST
    for date in range(day + 1, history.scenario.days + 1):
        asked: Literal["all"] | tuple[str, ...] = "all"
        if date in meetings:
            found = _next_occasion(at_meetings, others_at_meetings, random)
            asked = _participants(meetings[date])
        elif not n_left:
            continue
        elif random.random() < -np.expm1(-rates[int(date - last > LIVELY_DAYS)]):
            found = _next_occasion(apart, others_apart, random)
            n_left -= 1
        else:
            continue
        last = date
        for event in found:
            yield from _as_here(event, date, asked, history)


def _next_occasion(
    own: list[Occasion], others: Sequence[Sequence[Occasion]], random: np.random.Generator
) -> Occasion:
    """One that has been, or one of another coalition; it is added to those that have been."""
    if not own and not others:
        return ()
    n = len(own)
    if not others or random.random() * (n + 1) < n:
        found = own[random.integers(n)]
    else:
        course = others[int(random.integers(len(others)))]
        found = course[int(random.integers(len(course)))]
    own.append(found)
    return found


def _participants(meetings: Sequence[DatedEvent]) -> Literal["all"] | tuple[str, ...]:
    """Who takes part in the meetings of a day."""
    named = [getattr(meeting, meeting.nations) for meeting in meetings]
    return "all" if "all" in named else tuple(dict.fromkeys(chain.from_iterable(named)))


def _as_here(
    event: DatedEvent, date: int, asked: Literal["all"] | tuple[str, ...], history: History
) -> Iterator[DatedEvent]:
    """An event of a coalition as one of this, for all nations or, if it was for some, those asked.

    A signal needs a condition of its name, or the only one; one of tempo stays one.
    """
    if not isinstance(event, Signal):
        whom = "all" if getattr(event, event.nations) == "all" else asked
        yield event.model_copy(update={"date": date, event.nations: whom})
        return
    conditions = [*history.scenario.conditions]
    is_there = event.signal in (*conditions, TEMPO)
    if is_there or len(conditions) == 1:
        name = event.signal if is_there else conditions[0]
        yield event.model_copy(update={"date": date, "signal": name})


def shipped_courses(history: History) -> list[Course]:
    """Return the occasions of the shipped histories, without that of the same coalition."""
    return [course_of(other) for other in other_histories(history).values()]


def other_histories(history: History) -> dict[str, History]:
    """Return the shipped histories by name, without that of the same coalition.

    It is one with the same first day, or with at least half of the rows of the record.
    """
    shipped = {name: load_history(name) for name in shipped_histories()}
    return {
        name: other
        for name, other in shipped.items()
        if other.scenario.start != history.scenario.start and not shares_record(history, other)
    }


def shares_record(history: History, other: History) -> bool:
    """Whether at least half of the rows of a record are in another."""
    own, others = (
        {(row.nation, row.first, row.last, row.event) for row in each.entries}
        for each in (history, other)
    )
    return bool(own) and 2 * len(own & others) >= len(own)
