"""What a page changes in a scenario: numbers, events that are left out, and announcements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from sim.scenario.addresses import event_steps, find_event
from sim.scenario.events import LONGEST_RUN
from sim.scenario.files.errors import Problem, ScenarioError
from sim.scenario.files.suggestions import unknown
from sim.scenario.files.variants import SET_FILE, path_of
from sim.scenario.load import scenario_from_dict
from sim.scenario.schema import Scenario

MOST_CHANGES = 2000
"""Numbers, events and announcements that may differ, each."""

ANNOUNCED_STAGE = "public"


@dataclass(frozen=True)
class Changes:
    """How the scenario on a page differs from the one that was opened.

    Attributes
    ----------
    numbers : mapping of path to number
        Paths are those of the scenario that was opened; see `Scenario.parameter`.
    left_out : tuple of str
        Events that do not take place, by their paths, such as ``events.leaders_call``.
    announcements : mapping of nation to day
        Nations that go public on a day, whatever they would have done.
    """

    numbers: Mapping[str, float | int] = field(default_factory=lambda: MappingProxyType({}))
    left_out: tuple[str, ...] = ()
    announcements: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def of_events(self) -> Changes:
        """The changes of events alone, which make another list of events."""
        return Changes(left_out=self.left_out, announcements=self.announcements)


def changes_from(given: object) -> Changes:
    """The changes that a page sends.

    Parameters
    ----------
    given : object
        What JSON holds: ``numbers``, ``left_out`` and ``announcements``, each of which may be
        missing.

    Raises
    ------
    ValueError
        It has another form; the message says which is expected.

    Examples
    --------
    >>> changes_from({"numbers": {"tempo": 2}, "left_out": ["events.summit"]})
    Changes(numbers={'tempo': 2}, left_out=('events.summit',), announcements={})
    >>> changes_from({"numbers": {"tempo": "fast"}})
    Traceback (most recent call last):
        ...
    ValueError: changes.numbers: it must be an object of path to number
    """
    if not isinstance(given, dict) or given.keys() - {"numbers", "left_out", "announcements"}:
        raise ValueError("changes: it must be an object of numbers, left_out and announcements")
    numbers, days = given.get("numbers", {}), given.get("announcements", {})
    left_out = given.get("left_out", [])
    if not isinstance(numbers, dict) or not all(map(_is_number, numbers.values())):
        raise ValueError("changes.numbers: it must be an object of path to number")
    if not isinstance(left_out, list) or not all(isinstance(each, str) for each in left_out):
        raise ValueError("changes.left_out: it must be a list of paths of events")
    if not isinstance(days, dict) or not all(
        isinstance(day, int) and _is_number(day) and 1 <= day <= LONGEST_RUN
        for day in days.values()
    ):
        raise ValueError("changes.announcements: it must be an object of nation to a day from 1 on")
    if max(len(numbers), len(left_out), len(days)) > MOST_CHANGES:
        raise ValueError(f"changes: there are more than {MOST_CHANGES:,} of a kind")
    return Changes(numbers, tuple(dict.fromkeys(left_out)), days)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def changed_by(scenario: Scenario, changes: Changes) -> Scenario:
    """A scenario as a page has changed it.

    Parameters
    ----------
    scenario : Scenario
        The one that was opened.
    changes : Changes

    Raises
    ------
    ScenarioError
        A path names nothing, or the changed scenario would be wrong.

    Examples
    --------
    >>> from sim.scenario.load import load_scenario
    >>> base = load_scenario("paris_2025")
    >>> found = changed_by(base, Changes({"tempo": 2.0}, ("events.leaders_call",), {"POL": 5}))
    >>> found.tempo, len(found.events) - len(base.events), found.events[-1].move
    (2.0, 0, ('POL',))
    """
    return with_numbers(scenario, with_events(scenario, changes), changes)


def with_events(scenario: Scenario, changes: Changes) -> Scenario:
    """A scenario without the events that are left out, and with the announcements.

    Raises
    ------
    ScenarioError
        A path names no event, or there is no such nation.
    """
    if not changes.left_out and not changes.announcements:
        return scenario
    ids = [nation.id for nation in scenario.nations]
    problems = [
        Problem("", None, f"announcements.{name}", unknown("nation", name, ids))
        for name in changes.announcements
        if name not in ids
    ]
    if problems:
        raise ScenarioError(problems)
    _numbers_of(scenario, changes.left_out)
    return scenario_from_dict({"base": scenario, **edits_of_events(changes)})


def edits_of_events(changes: Changes) -> dict[str, Any]:
    """What a variant file says of the events that are left out and of announcements.

    Examples
    --------
    >>> edits_of_events(Changes(left_out=("events.leaders_call",), announcements={"POL": 5}))
    {'remove_events': ['leaders_call'], 'add_events': [{'date': 5, 'move': 'POL', 'to': 'public'}]}
    """
    edits: dict[str, Any] = {}
    if changes.left_out:
        edits["remove_events"] = [path.removeprefix("events.") for path in changes.left_out]
    if changes.announcements:
        edits["add_events"] = [
            {"date": day, "move": nation, "to": ANNOUNCED_STAGE}
            for nation, day in changes.announcements.items()
        ]
    return edits


def with_numbers(opened: Scenario, with_events: Scenario, changes: Changes) -> Scenario:
    """A scenario with the numbers that a page has changed.

    Parameters
    ----------
    opened : Scenario
        The one that was opened, whose paths the numbers have.
    with_events : Scenario
        The same with the changes of its events: names there may mean other events.
    changes : Changes
        Numbers of events that are left out have no effect.

    Raises
    ------
    ScenarioError
        A path names no number, or the changed scenario would be wrong.
    """
    if with_events is opened or not changes.numbers:
        return with_events.with_changes(changes.numbers)
    left_out = set(_numbers_of(opened, changes.left_out).values())
    kept = [number for number in range(len(opened.events)) if number not in left_out]
    steps = event_steps(with_events)
    numbers = dict[str, float | int]()
    for path, value in changes.numbers.items():
        first, _, rest = opened.parameter(path).fields[0].partition(".")
        if first != "events":
            numbers[path] = value
            continue
        number, _, below = rest.partition(".")
        if int(number) not in left_out:
            event = path_of(("events", *steps[kept.index(int(number))]))
            numbers[f"{event}.{below}"] = value
    return with_events.with_changes(numbers)


def _numbers_of(scenario: Scenario, paths: tuple[str, ...]) -> dict[str, int]:
    """The number of each event that a path names; ScenarioError for a path of none."""
    found = {path: find_event(scenario, path) for path in paths}
    problems = [
        Problem(SET_FILE, None, path, "names no event")
        for path, number in found.items()
        if number is None
    ]
    if problems:
        raise ScenarioError(problems)
    return {path: number for path, number in found.items() if number is not None}
