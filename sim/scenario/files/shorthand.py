"""Short forms of a scenario file written out: dates, behaviours, exits, ids and groups."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from types import MappingProxyType

from sim.scenario.behaviour import DEFAULT_BEHAVIOUR, EXIT_MOVES, INITIAL, MOVES
from sim.scenario.distribution import DATES
from sim.scenario.drawn_date import DATE_KINDS
from sim.scenario.events import LONGEST_RUN
from sim.scenario.fields import CALENDAR_DATE, whole_number
from sim.scenario.files.catalogue import Folder, find_file, find_named, shipped_behaviours
from sim.scenario.files.errors import Finding, Problem, ScenarioError, Steps
from sim.scenario.files.suggestions import unknown
from sim.scenario.files.tables import dyad_table
from sim.scenario.files.tree import Node, is_foreign, quoted, scalar_node
from sim.scenario.files.variants import BOUNDS, by_stage, is_distribution, merged
from sim.scenario.files.yaml import read_document
from sim.scenario.parts import DESCRIPTIVE_FIELDS, SUCCESS_FIELDS

_DATE = re.compile(CALENDAR_DATE)
N_DAYS = MappingProxyType({"normal": 1, "lognormal": 0})
"""How many parameters of a law are days, where not all of them are: those that come first."""

_A_DATE = "must be a calendar date such as 2025-03-10"
_FORMS: Mapping[Steps, str] = MappingProxyType(
    {
        ("nations", "*"): "an id, or a mapping with an id",
        ("nations", "*", "quorum"): "a mapping such as {public: 10}, or a list of them",
        ("nations", "*", "stage"): "a stage, or a mapping from stages to probabilities",
        ("ties", "groups", "*"): "a list of nations, or a mapping with members and a weight",
        ("ties", "dyads"): "a list of [nation, peer, weight], or the path of a table",
        ("ties", "dyads", "*"): "[nation, peer] or [nation, peer, weight]",
        ("behaviour",): "the name of a behaviour, the path of a file, or a mapping of moves",
        **{
            (
                "behaviour",
                move,
            ): f"a mapping with a rate, or one such mapping for each of the stages "
            f"{', '.join(stages)}"
            for move, stages in EXIT_MOVES.items()
        },
    }
)
"""What may be written where a file has short forms; a star stands for any name or number."""


def forms_at(steps: Steps) -> str:
    """All that may be written at a path, in words; empty where there is one form only.

    Examples
    --------
    >>> forms_at(("ties", "groups", "e5"))
    'a list of nations, or a mapping with members and a weight'
    """
    starred = (*steps[:-1], "*")
    if len(steps) > 2 and steps[0] == "nations":
        starred = ("nations", "*", *steps[2:])
    return _FORMS.get(steps, _FORMS.get(starred, "")) if len(steps) > 1 else _FORMS.get(steps, "")


def written_out(root: Node, folder: Folder) -> tuple[Node, list[Finding], list[Problem]]:
    """A scenario's tree with every short form written out.

    Parameters
    ----------
    root : Node
        A mapping, its nations a list.
    folder : callable
        Folder of the file that holds a node, to which a path in it is relative.

    Returns
    -------
    root : Node
    findings : list of Finding
        What is wrong with values of this tree.
    problems : list of Problem
        What is wrong elsewhere, such as in a file of dyads.
    """
    writer = _Writer(folder)
    entries = dict(root.value)
    for key, write in (
        ("start", writer.start),
        ("events", writer.events),
        ("ties", writer.ties),
        ("success", writer.success),
    ):
        if key in entries:
            entries[key] = write(entries[key])
    named = entries.get("behaviour", root.at(DEFAULT_BEHAVIOUR))
    entries["behaviour"] = writer.behaviour(named)
    return root.at(entries), writer.findings, writer.problems


class _Writer:
    """Writes out one scenario and collects what is wrong."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.findings: list[Finding] = []
        self.problems: list[Problem] = []
        self.first_day: datetime.date | None = None
        self.start_is_wrong = False

    def start(self, node: Node) -> Node:
        """A calendar date as a date."""
        if node.value is None:
            return node
        date, message = _calendar_date(node)
        if date is None:
            self.findings.append(Finding(("start",), message))
            self.start_is_wrong = True
            return node
        self.first_day = date
        return node.at(date)

    def events(self, node: Node) -> Node:
        """Events whose dates are day numbers."""
        if not isinstance(node.value, list):
            return node
        events = list(node.value)
        for index, event in enumerate(events):
            if not isinstance(event.value, dict):
                continue
            entries = dict(event.value)
            date, collapses = entries.get("date"), entries.get("collapses")
            if date is not None:
                steps = ("events", index, "date")
                is_law = isinstance(date.value, dict)
                entries["date"] = self._law(date, steps) if is_law else self._day(date, steps)
            if collapses is not None and collapses.value is not None:
                entries["collapses"] = self._day(collapses, ("events", index, "collapses"))
            events[index] = event.at(entries)
        return node.at(events)

    def _law(self, node: Node, steps: Steps) -> Node:
        """A law of days, with the number of each day; what has no form of one as it is."""
        entries = dict(node.value)
        for kind, values in node.value.items():
            if kind not in DATE_KINDS:
                continue
            if isinstance(values.value, list):
                n_days = N_DAYS.get(kind, len(values.value))
                days = [
                    each if isinstance(each.value, int | float) else self._day(each, steps)
                    for each in values.value[:n_days]
                ]
                entries[kind] = values.at([*days, *values.value[n_days:]])
            elif kind == DATES and isinstance(values.value, dict):
                entries[kind] = values.at(self._weights(values, steps))
        return node.at(entries)

    def _weights(self, node: Node, steps: Steps) -> dict[str, Node]:
        """Weights under the numbers of their days."""
        weights: dict[str, Node] = {}
        for written, weight in node.value.items():
            day = self._day(scalar_node(written, node.file, node.line), steps).value
            if str(day) in weights:
                message = f"{written} is day {day}, which has a weight already"
                self.findings.append(Finding(steps, message))
            weights[str(day)] = weight
        return weights

    def _day(self, node: Node, steps: Steps) -> Node:
        """The number of a day, written so or as a calendar date."""
        if isinstance(node.value, int) and not isinstance(node.value, bool):
            return node
        number = whole_number(node.value)
        if number is not None and abs(number) <= LONGEST_RUN:
            return node.at(number)
        date, message = _calendar_date(node)
        if date is None:
            if "must" in message:
                message += " or a day number"
            self.findings.append(Finding(steps, message))
        elif self.first_day is not None:
            return node.at((date - self.first_day).days)
        elif not self.start_is_wrong:
            message = f"{node.text} is a calendar date, so the scenario needs a start date"
            self.findings.append(Finding(steps, message))
        return node.at(1)

    def ties(self, node: Node) -> Node:
        """Ties with a list of dyads, and groups as mappings."""
        if not isinstance(node.value, dict):
            return node
        entries = dict(node.value)
        groups = entries.get("groups")
        if "dyads" in entries:
            entries["dyads"] = self._dyads(entries["dyads"])
        if groups is not None and isinstance(groups.value, dict):
            entries["groups"] = groups.at(
                {
                    name: group.at({"members": group}) if isinstance(group.value, list) else group
                    for name, group in groups.value.items()
                }
            )
        return node.at(entries)

    def _dyads(self, node: Node) -> Node:
        """A list of dyads, each with its weight, from a list or the path of a table."""
        if isinstance(node.value, str) and node.value:
            try:
                node = dyad_table(find_file(node.value, self.folder(node)), node)
            except ScenarioError as error:
                self.problems += error.problems
                return node.at([])
        if not isinstance(node.value, list):
            return node
        dyads = list(node.value)
        for index, dyad in enumerate(dyads):
            if isinstance(dyad.value, list) and len(dyad.value) == 2:
                dyads[index] = dyad.at([*dyad.value, Node(1.0, dyad.file, dyad.line, "1")])
        return node.at(dyads)

    def success(self, node: Node) -> Node:
        """Thresholds with those of the conditions in a mapping of their own."""
        if not isinstance(node.value, dict):
            return node
        entries = {k: v for k, v in node.value.items() if k in SUCCESS_FIELDS}
        least, most = dict[str, Node](), dict[str, Node]()
        for name, given in node.value.items():
            if name in SUCCESS_FIELDS:
                continue
            bounds = given.value if isinstance(given.value, dict) else {}
            if not bounds or is_distribution(given):
                least[name] = given
                continue
            for key, bound in bounds.items():
                if key not in BOUNDS:
                    message = unknown("key", key, BOUNDS)
                    self.findings.append(Finding(("success", "conditions", name, key), message))
                elif bound.value is not None:
                    (least if key == "at_least" else most)[name] = bound
        return node.at({**entries, "conditions": node.at(least), "at_most": node.at(most)})

    def behaviour(self, node: Node) -> Node:
        """A mapping of moves, from a name, a file, a mapping, or a mapping with ``from``."""
        if isinstance(node.value, str):
            return self._behaviour_file(node)
        if not isinstance(node.value, dict):
            return node
        change = node.at({k: v for k, v in node.value.items() if k != "from"})
        origin = node.get("from")
        if origin is None or origin.value is None:
            return _with_exits_by_stage(change)
        if not isinstance(origin.value, str):
            message = f"{quoted(origin)} must be the name of a behaviour or the path of a file"
            self.findings.append(Finding(("behaviour", "from"), message))
            return _with_exits_by_stage(change)
        return _with_exits_by_stage(merged(self._behaviour_file(origin), change, ("behaviour",)))

    def _behaviour_file(self, node: Node) -> Node:
        try:
            path = find_named(
                node.value, shipped_behaviours(), "behaviour", self.folder(node), node
            )
            root, problems = read_document(path, node, ("behaviour",))
        except ScenarioError as error:
            self.problems += error.problems
            return node.at({})
        known = [*MOVES, INITIAL, *DESCRIPTIVE_FIELDS, "from"]
        if not isinstance(root.value, dict) or (root.value and is_foreign(root, known)):
            message = f"must hold moves: {', '.join(MOVES)}"
            self.problems.append(root.problem((), message))
            return node.at({})
        self.problems += problems
        return _with_exits_by_stage(
            root.at({k: v for k, v in root.value.items() if k not in DESCRIPTIVE_FIELDS})
        )


def _with_exits_by_stage(node: Node) -> Node:
    """Moves with the exits by the stage left."""
    entries = dict(node.value)
    for move in EXIT_MOVES:
        if move in entries:
            entries[move] = by_stage(entries[move], move)
            if entries[move].value is None:
                del entries[move]
    if INITIAL in entries:
        entries[INITIAL] = _without_nulls(entries[INITIAL])
    return node.at(entries)


def _without_nulls(node: Node) -> Node:
    """A law without what is null in it, which no base had: that is at its default."""
    if not isinstance(node.value, dict):
        return node
    given = {key: each for key, each in node.value.items() if each.value is not None}
    return node.at({key: _without_nulls(each) for key, each in given.items()})


def _calendar_date(node: Node) -> tuple[datetime.date | None, str]:
    """A date, or what is wrong with it."""
    if not isinstance(node.value, str) or not _DATE.fullmatch(node.value):
        return None, f"{quoted(node)} {_A_DATE}"
    year, month, day = (int(part) for part in node.value.split("-"))
    try:
        return datetime.date(year, month, day), ""
    except ValueError:
        return None, f"{node.value} is not in the calendar"
