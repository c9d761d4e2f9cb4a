"""Past coalitions: a scenario, and the record of what its nations did.

A history is an ordinary scenario file with a key ``record``, so it runs like any other.
`docs/histories.md` describes the record and how its events map to stages.
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from sim.calibration.record import JOINING, UNNAMED, Entry, read_record
from sim.scenario.events import ANNOUNCED
from sim.scenario.files.catalogue import shipped_scenarios
from sim.scenario.files.errors import Problem, ScenarioError
from sim.scenario.load import load_scenario
from sim.scenario.schema import Scenario

__all__ = ["Count", "History", "Interval", "load_history", "record_of", "shipped_histories"]


FOLDER = "histories/"
"""Shipped histories are in this folder of the shipped scenarios."""


class Interval(NamedTuple):
    """Days between which something happened, both included; None where nothing bounds it.

    Day 0 is the start of the scenario. Days before it, or after the last day, are kept.
    """

    first: int | None
    last: int | None

    @property
    def is_exact(self) -> bool:
        """True if the day is known."""
        return self.first is not None and self.first == self.last


class Count(NamedTuple):
    """Members that were said to exist on a day and were not named, between two numbers."""

    day: int
    least: int
    most: int


@dataclass(frozen=True)
class History:
    """A past coalition. Get one from `load_history`.

    Attributes
    ----------
    scenario : Scenario
        The nations, with figures of the time, and the calendar.
    entries : tuple of Entry
        The record, in the order of its file.

    Examples
    --------
    >>> libya = load_history("histories/libya_2011")
    >>> libya.first_public("BEL"), libya.scenario.leaders
    (Interval(first=9, last=9), ('FRA', 'GBR', 'USA'))
    """

    scenario: Scenario
    entries: tuple[Entry, ...]

    @property
    def at_risk(self) -> tuple[str, ...]:
        """Ids of the nations that could join: those of the scenario without its leaders."""
        leaders = set(self.scenario.leaders)
        return tuple(each.id for each in self.scenario.nations if each.id not in leaders)

    @property
    def unnamed(self) -> tuple[Count, ...]:
        """Counts of members that were not named, by day."""
        counts = [
            Count(self.day(each.first), *each.number)
            for each in self.entries
            if each.event == UNNAMED and each.first is not None and each.number is not None
        ]
        return tuple(sorted(counts))

    def day(self, date: datetime.date) -> int:
        """Days from the start of the scenario to a date; below 0 before it."""
        assert self.scenario.start is not None
        return (date - self.scenario.start).days

    def of(self, nation: str, events: str | Collection[str] | None = None) -> tuple[Entry, ...]:
        """Rows of a nation, of these events if any are given."""
        wanted = (events,) if isinstance(events, str) else events
        return tuple(
            each
            for each in self.entries
            if each.nation == nation and (wanted is None or each.event in wanted)
        )

    def first(self, nation: str, events: str | Collection[str]) -> Interval | None:
        """When a nation first did one of these; None if it did not, or nothing bounds the day.

        The first of several lies between the earliest of their first days and the earliest of
        their last days. A blank bounds nothing: a row with only a last day, such as "present by
        this report", moves the latest day and not the earliest one.
        """
        rows = self.of(nation, events)
        firsts = [self.day(each.first) for each in rows if each.first is not None]
        lasts = [self.day(each.last) for each in rows if each.last is not None]
        if not firsts and not lasts:
            return None
        return Interval(min(firsts, default=None), min(lasts, default=None))

    def first_public(self, nation: str) -> Interval | None:
        """When it became known that a nation takes part: its first word, pledge or deployment."""
        return self.first(nation, JOINING)

    def refusals(self, nation: str) -> list[Interval]:
        """When a nation refused while it was not public, in order.

        A refusal that a nation reversed later counts. One on a day on which it may have been public
        is a limit on what it gives, and does not.
        """
        public, found = self.first_public(nation), []
        for each in sorted(self.of(nation, "refused"), key=lambda entry: str(entry.first)):
            first, last = (None if d is None else self.day(d) for d in (each.first, each.last))
            soonest = None if public is None else public.first
            if public is None or (last is not None and soonest is not None and last < soonest):
                found.append(Interval(first, last))
        return found

    def first_refused(self, nation: str) -> Interval | None:
        """When a nation first refused while it was not public; None if it did not."""
        return next(iter(self.refusals(nation)), None)

    def has_refused(self, nation: str, day: int) -> bool:
        """Whether a nation had refused by a day, and was not in talks again by then.

        One that starts public never has: what it refuses is a limit on what it gives.
        """
        if self.starts_public(nation):
            return False
        refused = [each.last for each in self.refusals(nation) if each.last is not None]
        endorsed = [self.day(row.last) for row in self.of(nation, "endorsed") if row.last]
        last_refusal = max((last for last in refused if last <= day), default=None)
        last_word = max((last for last in endorsed if last <= day), default=None)
        if last_refusal is None:
            return False
        return last_word is None or last_word <= last_refusal

    def starts_public(self, nation: str) -> bool:
        """Whether a nation is public from the start, by its stage in the scenario."""
        (stage,) = (each.stage for each in self.scenario.nations if each.id == nation)
        return _is_announced(stage)

    def n_public(self, date: datetime.date, *, possibly: bool = False) -> int:
        """Number of nations, leaders and those outside the scenario too, public on a date.

        Exits count against it. By default only nations that were public for certain are counted;
        ``possibly`` counts those within their intervals as well.
        """
        return sum(
            _is_public(self.of(nation), date, possibly)
            for nation in {each.nation for each in self.entries}
        )


def _is_announced(stage: Mapping[str, float]) -> bool:
    """Whether a nation with these chances of its initial stages is public for certain."""
    return {name for name, chance in stage.items() if chance > 0.0} <= {*ANNOUNCED}


def _is_public(rows: Iterable[Entry], date: datetime.date, possibly: bool) -> bool:
    """True if the last thing that a nation did up to a date, joining or leaving, was joining."""
    past: list[tuple[datetime.date, bool]] = []
    for each in rows:
        when = each.first if possibly else each.last
        if when is not None and when <= date and (each.event in JOINING or each.event == "left"):
            past.append((when, each.event in JOINING))
    return bool(past) and max(past)[1]


def shipped_histories() -> tuple[str, ...]:
    """Names of the shipped histories, by year."""
    names = [name for name in shipped_scenarios() if name.startswith(FOLDER)]
    return tuple(sorted(names, key=lambda name: (name[-4:], name)))


def load_history(
    path_or_name: str | os.PathLike[str], record: str | os.PathLike[str] | None = None
) -> History:
    """The history in a scenario file with a record, or a shipped one by its name.

    Parameters
    ----------
    path_or_name : str or path
        A file, or a name without suffix such as ``histories/libya_2011``.
    record : str or path, optional
        File of the record; by default the one that the scenario names.

    Raises
    ------
    ScenarioError
        With every problem of the scenario, or of its record.

    Examples
    --------
    >>> len(load_history("histories/libya_2011").at_risk)
    88
    """
    scenario = load_scenario(path_or_name)
    if scenario.record_file is None and record is None:
        message = "has no key record, so it is no history"
        raise ScenarioError([Problem(os.fspath(path_or_name), None, "", message)])
    return History(scenario, record_of(scenario, record))


def record_of(
    scenario: Scenario, record: str | os.PathLike[str] | None = None
) -> tuple[Entry, ...]:
    """The record that the file of a scenario names, in the order of its rows; empty without one.

    Parameters
    ----------
    scenario : Scenario
    record : str or path, optional
        File of another record.

    Raises
    ------
    ScenarioError
        With every problem.
    """
    path = scenario.record_file if record is None else os.fspath(record)
    if path is None:
        return ()
    if scenario.start is None:
        message = "a record has dates, so its scenario needs a start"
        raise ScenarioError([Problem(path, None, "start", message)])
    removed = scenario.removed_nations
    # One that the scenario leaves out may have started public: its exit is no fault.
    public = {each.id for each in scenario.nations if _is_announced(each.stage)} | removed
    entries = read_record(path, {each.id for each in scenario.nations} | removed, public)
    return tuple(entry for entry in entries if entry.nation not in removed)
