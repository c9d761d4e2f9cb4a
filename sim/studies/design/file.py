"""Study files, and Python's own dicts, read into studies and written out again."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sim.scenario.addresses import find_place, full_form_fields
from sim.scenario.distribution import looks_like_distribution
from sim.scenario.events import event_identity, find_events
from sim.scenario.files.catalogue import find_named, shipped_scenarios
from sim.scenario.files.errors import Problem, ScenarioError
from sim.scenario.files.nations import ALL
from sim.scenario.files.suggestions import closest, closest_of, suggestion
from sim.scenario.files.tree import Node, plain, quoted, tree_from
from sim.scenario.files.variants import SET_FILE, path_steps, with_change
from sim.scenario.files.yaml import read_document
from sim.scenario.load import load_scenario
from sim.scenario.schema import Scenario
from sim.studies.design.outcomes import OutcomeError, asked_outcomes, default_outcomes, is_column
from sim.studies.design.sampling import (
    DESIGNS,
    MOST_DRAWN,
    MOST_POINTS,
    MOST_SOBOL_VARIED,
    is_power_of_two,
    n_points_of,
)
from sim.studies.design.study import Design, Effort, Study
from sim.studies.design.values import (
    MOST_TRIED,
    SCENARIO,
    StudyError,
    Varied,
    rejection,
    some_options,
    varied_from,
)

__all__ = ["StudyError", "is_study_file", "load_study", "study_from"]

MOST_COUNTS = 2_000_000
"""Numbers of a point's distributions of size: its days times one more than its nations."""

MOST_VALUES = 50_000_000
"""Runs of a point times outcomes: all of them are in memory at once."""

KEYS = (
    *("made_by", "scenario", "set", "vary", "design", "points", "design_seed", "runs", "precision"),
    *("precision_of", "most_runs", "seed", "outcomes", "days", "common_luck", "keep"),
)
MOST_RUNS, MOST_SEED = 1_000_000, 2**64 - 1
DEFAULT_RUNS, DEFAULT_MOST_RUNS = 1000, 100_000
ONLY_DRAWN = MappingProxyType(
    {
        "points": "belongs to the designs lhs and sobol; a grid has its own",
        "design_seed": "belongs to the designs lhs and sobol; a grid draws nothing",
    }
)
"""Keys of a study that go with no grid."""
MAPPING = "must be a mapping of paths to their values"
INSTEAD = MappingProxyType(
    {"precision": ("runs",), "runs": ("precision", "precision_of", "most_runs")}
)
"""Keys of a study file that go when the command line gives another."""


def is_study_file(path: str | os.PathLike[str]) -> bool:
    """Whether a file is a study: a mapping that says what to vary, or which scenario.

    Raises
    ------
    ScenarioError
        It cannot be read.
    """
    try:
        named = find_named(os.fspath(path), shipped_scenarios(), "scenario")
    except ScenarioError:
        return False
    root, _ = read_document(named)
    keys = list(root.value) if isinstance(root.value, dict) else []
    return any(key in ("vary", "scenario") or closest_of(key, ("vary",)) for key in keys)


def load_study(path: str | os.PathLike[str], changes: Mapping[str, Node] | None = None) -> Study:
    """The study in a file.

    Parameters
    ----------
    path : str or path
    changes : mapping of key to Node, optional
        Put in the place of what the file says, as the command line does; a ``set`` is added to the
        file's.

    Raises
    ------
    StudyError, ScenarioError
        With every problem that was found, each with its line.
    """
    root, problems = read_document(os.fspath(path))
    if isinstance(root.value, dict):
        root = root.at(_changed(root.value, changes or {}))
    return _Reader(root, None, problems).study()


def _changed(written: dict[str, Node], changes: Mapping[str, Node]) -> dict[str, Node]:
    """Keys of a study file with others in their place, and without those that do not go with them.

    Whoever asks for a precision takes back the file's number of runs, and the other way round.
    """
    before, more = written.get("set"), changes.get("set")
    if before is not None and more is not None and isinstance(before.value, dict):
        changes = {**changes, "set": before.at(before.value | more.value)}
    dropped = {key for given, keys in INSTEAD.items() if given in changes for key in keys}
    if "design" in changes and changes["design"].value == "grid":
        dropped |= {"points", "design_seed"}
    return {**{key: node for key, node in written.items() if key not in dropped}, **changes}


def study_from(written: Node | Mapping[str, Any], scenario: Scenario | None = None) -> Study:
    """The study that a tree, or Python's own dicts and lists, describe.

    Parameters
    ----------
    written : Node or mapping
        What a study file would hold.
    scenario : Scenario, optional
        The scenario, instead of a name or path under ``scenario``.

    Raises
    ------
    StudyError, ScenarioError
    """
    root = written if isinstance(written, Node) else tree_from(written)
    return _Reader(root, scenario, []).study()


class _Reader:
    """Reads one study; collects what is wrong with it."""

    def __init__(self, root: Node, scenario: Scenario | None, problems: list[Problem]) -> None:
        self.root, self.given, self.problems = root, scenario, problems

    def study(self) -> Study:
        self._check_keys()
        design, effort = self._design(), self._effort()
        seed, common_luck = self._whole("seed", 0, 0, MOST_SEED), self._flag("common_luck", True)
        keep = self._choice("keep", ("summary", "runs"))
        base = self._scenario()
        varied, scenarios = self._varied(base, design.kind)
        others = tuple(scenarios.values())
        effort = self._with_goal(effort, base, others)
        outcomes, days = self._outcomes(base, others, effort), self._days(base)
        self.problems += name_errors(varied, self._node("vary"), outcomes)
        n_points = n_points_of(varied, design.kind, design.n_points)
        for key, message in size_errors(design.kind, n_points, len(varied), effort.runs, outcomes):
            self._wrong(self._node(key), key, message)
        if self.problems:
            raise StudyError(self.problems)
        return Study(
            scenario=base,
            varied=tuple(varied),
            design=design,
            effort=effort,
            seed=seed,
            outcomes=outcomes,
            days=days,
            common_luck=common_luck,
            keep=keep,
            scenarios=scenarios,
        )

    # Single keys

    def _wrong(self, node: Node, path: str, message: str) -> None:
        self.problems.append(node.problem((path,) if path else (), message))

    def _check_keys(self) -> None:
        if not isinstance(self.root.value, dict):
            message = f"{quoted(self.root)} must be a mapping with at least scenario and vary"
            raise StudyError([*self.problems, self.root.problem((), message)])
        for key, node in self.root.value.items():
            if key not in KEYS:
                self._wrong(node, key, "unknown key" + suggestion(key, KEYS))

    def _get(self, key: str) -> Node | None:
        node = self.root.get(key)
        return None if node is None or node.value is None else node

    def _node(self, key: str) -> Node:
        """A key's value, or the study where it is not given."""
        return self._get(key) or self.root

    def _whole(self, key: str, default: int, low: int, high: int) -> int:
        node = self._get(key)
        if node is None:
            return default
        value = node.value
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self._wrong(node, key, f"{quoted(node)} must be a whole number from {low} to {high}")
            return default
        return value

    def _choice(self, key: str, known: tuple[str, ...]) -> str:
        node = self._get(key)
        if node is None:
            return known[0]
        if node.value not in known:
            close = closest(str(node.value), known)
            self._wrong(node, key, f"{quoted(node)} must be one of {', '.join(known)}{close}")
            return known[0]
        return str(node.value)

    def _flag(self, key: str, default: bool) -> bool:
        node = self._get(key)
        if node is None:
            return default
        if not isinstance(node.value, bool):
            self._wrong(node, key, f"{quoted(node)} must be true or false")
            return default
        return node.value

    # The scenario, and others in its place

    def _scenario(self) -> Scenario:
        """The base; what else is wrong is told with what is wrong with it."""
        named, fixed = self._get("scenario"), self._fixed()
        try:
            if self.given is not None:
                return self.given.with_changes(fixed) if fixed else self.given
            if named is None or not isinstance(named.value, str):
                message = "must be the path of a scenario file or a shipped name"
                raise StudyError([(named or self.root).problem(("scenario",), message)])
            return _loaded(named, "scenario", fixed)
        except ScenarioError as error:
            if not self.problems:
                raise
            raise StudyError([*self.problems, *error.problems]) from None

    def _fixed(self) -> dict[str, Any]:
        """Changes that are made at every point."""
        changes = self._get("set")
        fixed = {} if changes is None else plain(changes)
        if not isinstance(fixed, dict):
            self._wrong(self._node("set"), "set", f"{quoted(self._node('set'))} {MAPPING}")
            return {}
        return fixed

    def _bases(self, node: Node) -> dict[str, Scenario]:
        """Scenarios that are put in the place of the base, under the names of their files."""
        changes = self._get("set")
        fixed = plain(changes) if changes is not None and isinstance(changes.value, dict) else {}
        found: dict[str, Scenario] = {}
        for each in node.value if isinstance(node.value, list) else []:
            if not isinstance(each.value, str):
                continue
            label = Path(each.value).stem
            if label in found:
                raise StudyError([each.problem(("vary", SCENARIO), f"two are called {label}")])
            found[label] = _loaded(each, f"vary.{SCENARIO}", fixed)
        if not found or len(found) < len(node.value):
            message = f"{quoted(node)} must be a list of scenario files or shipped names"
            raise StudyError([node.problem(("vary", SCENARIO), message)])
        return found

    # What is varied

    def _varied(self, base: Scenario, design: str) -> tuple[list[Varied], dict[str, Scenario]]:
        vary = self._node("vary")
        near = vary is self.root and any(closest_of(key, ("vary",)) for key in self.root.value)
        if near and self.problems:  # an unknown key, which is told
            return [], {}
        if vary is self.root or not isinstance(vary.value, dict) or not vary.value:
            shown_as = "" if vary is self.root else f"{quoted(vary)} "
            self._wrong(vary, "vary", f"{shown_as}{MAPPING}")
            return [], {}
        found, scenarios = list[Varied](), dict[str, Scenario]()
        for path, node in vary.value.items():
            try:
                if path == SCENARIO:
                    scenarios = self._bases(node)
                found.append(varied_from(path, node, base, design, scenarios))
            except ScenarioError as error:
                self.problems += error.problems
        self.problems += together_errors(tuple(scenarios.values()) or (base,), found, vary)
        return found, scenarios

    # The design

    def _design(self) -> Design:
        kind, asked = self._choice("design", DESIGNS), self._get("design")
        points, node = self._whole("points", 0, 1, MOST_POINTS), self._node("points")
        for key, why in ONLY_DRAWN.items():
            given = self._get(key)
            if kind == "grid" and given is not None and (asked is None or asked.value == kind):
                self._wrong(given, key, why)
        if kind != "grid" and node is self.root:
            self._wrong(node, "points", f"must be given for the design {kind}")
        if kind == "sobol" and points and not is_power_of_two(points):
            low = 2 ** (points.bit_length() - 1)
            message = f"{points} must be a power of 2, such as {low} or {2 * low}, for balance"
            self._wrong(node, "points", message)
        return Design(kind, points, self._whole("design_seed", 0, 0, MOST_SEED))

    # Runs and what is asked of them

    def _effort(self) -> Effort:
        """How many runs a point gets; which outcome must be precise is still to be seen."""
        precision = self._get("precision")
        if precision is None:
            for key in ("precision_of", "most_runs"):
                if (node := self._get(key)) is not None:
                    self._wrong(node, key, "goes with a precision, which is not given")
            return Effort(self._whole("runs", DEFAULT_RUNS, 1, MOST_RUNS))
        if (runs := self._get("runs")) is not None:
            self._wrong(runs, "runs", "goes without a precision; most_runs says how many at most")
        width = precision.value
        if isinstance(width, bool) or not isinstance(width, (int, float)) or not 0 < width < 1e12:
            message = f"{quoted(precision)} must be above 0: half the width of an interval"
            self._wrong(precision, "precision", message)
            width = 1.0
        return Effort(self._whole("most_runs", DEFAULT_MOST_RUNS, 1, MOST_RUNS), float(width))

    def _with_goal(self, effort: Effort, base: Scenario, others: tuple[Scenario, ...]) -> Effort:
        """The effort with the outcome that must be precise."""
        if effort.precision is None:
            return effort
        of = self._get("precision_of")
        usual = "success" if all(each.success for each in (base, *others)) else "size"
        named = usual if of is None else str(of.value)
        found, problem = known_outcomes([named], base)
        if len(found) > 1:
            problem = f"{named!r} stands for {len(found)} outcomes; one must be chosen"
        if problem:
            self._wrong(of or self.root, "precision_of", problem)
        return effort._replace(of=found[0] if found else "")

    def _outcomes(
        self, base: Scenario, others: tuple[Scenario, ...], effort: Effort
    ) -> tuple[str, ...]:
        node = self._get("outcomes")
        asked = None if node is None else plain(node)
        if isinstance(asked, str):
            asked = [asked]
        if asked is not None and not isinstance(asked, list):
            self._wrong(self._node("outcomes"), "outcomes", "must be a list of outcomes")
            asked = None
        found, problem = known_outcomes(asked, base, others)
        if problem:
            self._wrong(self._node("outcomes"), "outcomes", problem)
        more = () if not effort.of or effort.of in found else (effort.of,)
        return (*more, *found)

    def _days(self, base: Scenario) -> tuple[int, ...]:
        node = self._get("days")
        found, problem = known_days(None if node is None else plain(node), base)
        if problem:
            self._wrong(self._node("days"), "days", problem)
        return found


def _loaded(node: Node, key: str, fixed: dict[str, Any]) -> Scenario:
    """The scenario that a node names: shipped, or in a file beside that of the node.

    Raises
    ------
    ScenarioError
        A file that cannot be read is the problem of whoever names it.
    """
    is_written = bool(node.file) and not node.file.startswith("--")
    folder = str(Path(node.file).parent) if is_written else ""
    path = find_named(node.value, shipped_scenarios(), "scenario", folder, node)
    try:
        return load_scenario(path, set=fixed)
    except ScenarioError as error:
        whole = Problem(path, None, "", error.problems[0].message)
        if is_written and error.problems == [whole]:
            problem = node.problem((key,), f"{path} {whole.message}")
            raise StudyError([problem]) from None
        raise


# Checks of a study as a whole


def together_errors(
    bases: Sequence[Scenario], varied: Sequence[Varied], vary: Node
) -> Iterator[Problem]:
    """What is wrong with paths: they lead nowhere, or two of them to the same field."""
    trees = [tree_from(scenario.full()) for scenario in bases]
    owners, above = dict[tuple[str, ...], str](), dict[tuple[str, ...], tuple[str, ...]]()
    for each in varied:
        if each.path == SCENARIO:
            continue
        node, fields, reasons = vary.value[each.path], set[tuple[str, ...]](), list[str]()
        for scenario, tree in zip(bases, trees, strict=True):
            reason = rejection(scenario, each)
            try:
                fields |= set() if reason else written_fields(scenario, tree, each)
            except ScenarioError as error:  # it names nothing, and is there only as it is
                reason = error.problems[0].message
            reasons += [reason] if reason else []
        if reasons:
            yield Problem(node.file, node.line, f"vary.{each.path}", reasons[0])
            continue
        for steps in sorted(fields):
            begins = (steps[:end] for end in range(1, len(steps) + 1))
            taken = next((begin for begin in begins if begin in owners), above.get(steps))
            if taken is not None:
                both = ".".join(steps if len(steps) > len(taken) else taken)
                message = f"varies {both}, which {owners[taken]} varies already"
                yield Problem(node.file, node.line, f"vary.{each.path}", message)
                break
        for steps in fields:
            owners.setdefault(steps, each.path)
            above |= {steps[:end]: steps for end in range(1, len(steps))}


def written_fields(scenario: Scenario, tree: Node, varied: Varied) -> set[tuple[str, ...]]:
    """Fields of the full form that a path leads to, whether or not a value differs there.

    What replaces or takes away a part stands for all that is in it.

    Raises
    ------
    ScenarioError
        A path names nothing.
    """
    found = set[tuple[str, ...]]()
    options = some_options(varied)[: 1 if varied.is_number else MOST_TRIED]
    for path, value in (change for option in options for change in option.changes.items()):
        place = find_place(scenario, path)
        if place is not None:
            found |= {path_steps(field) for field in full_form_fields(scenario, place.keys)}
            continue
        with_change(tree, path, tree_from(value, SET_FILE))
        for steps in _named_parts(scenario, path):
            found |= set(_inside(steps, value))
    return found


def _named_parts(scenario: Scenario, path: str) -> Iterator[tuple[str, ...]]:
    """The parts that a path names: each nation by its id, an event by its number."""
    section, *rest = path_steps(path)
    if section == "nations" and rest[:1] == [ALL]:
        yield from ((section, nation.id, *rest[1:]) for nation in scenario.nations)
    elif section == "events" and rest:
        (number, *_), taken = find_events(rest, list(map(event_identity, scenario.events)))
        yield (section, str(number), *rest[taken:])
    else:
        yield (section, *rest)


def _inside(steps: tuple[str, ...], value: Any) -> Iterator[tuple[str, ...]]:
    """What a value replaces: of nations and behaviours, what it holds; of others, the whole."""
    is_merged = steps[0] == "behaviour" or (steps[0] == "nations" and len(steps) == 2)
    if not is_merged or not isinstance(value, dict) or looks_like_distribution(value):
        yield steps
        return
    for key, child in value.items():
        yield from _inside((*steps, key), child)


def name_errors(varied: Sequence[Varied], vary: Node, outcomes: Iterable[str]) -> Iterator[Problem]:
    """Paths that would have the name of a column of the results."""
    for each in varied:
        if is_column(each.path, outcomes):
            node = vary.value[each.path]
            message = (
                "is the name of a column of the results; give its values as "
                "{label: ..., set: {...}} under another name"
            )
            yield Problem(node.file, node.line, f"vary.{each.path}", message)


def size_errors(
    design: str, n_points: int, n_varied: int, runs: int, outcomes: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """Keys of a study that ask for more than memory holds, each with what is allowed."""
    if n_points > MOST_POINTS:
        yield "vary", f"{n_points:,} points; at most {MOST_POINTS:,} are allowed"
    if design == "sobol" and n_varied > MOST_SOBOL_VARIED:
        yield "vary", f"{n_varied:,} paths; at most {MOST_SOBOL_VARIED:,} go with sobol"
    if design != "grid" and n_points * n_varied > MOST_DRAWN:
        asked = f"{n_points:,} points of {n_varied:,} paths"
        yield "points", f"{asked}; at most {MOST_DRAWN:,} numbers can be drawn"
    if runs * len(outcomes) > MOST_VALUES:
        asked = f"{runs:,} runs of {len(outcomes):,} outcomes"
        yield "outcomes", f"{asked} a point; at most {MOST_VALUES:,} numbers of one can be held"


def known_outcomes(
    asked: Sequence[Any] | None, scenario: Scenario, others: Iterable[Scenario] = ()
) -> tuple[tuple[str, ...], str]:
    """Outcomes that are asked for, by default the usual ones of all, and what is wrong."""
    if asked is None:
        return default_outcomes(scenario, *others), ""
    try:
        return tuple(each.name for each in asked_outcomes(list(map(str, asked)), scenario)), ""
    except OutcomeError as error:
        return (), str(error)


def known_days(asked: Any, scenario: Scenario) -> tuple[tuple[int, ...], str]:
    """Days that are asked for beside the last, in their order, and what is wrong with them."""
    listed = asked if isinstance(asked, list) else [] if asked is None else [asked]
    for day in listed:
        if isinstance(day, bool) or not isinstance(day, int) or not 0 <= day <= scenario.days:
            return (), f"{day!r} must be a day from 0 to {scenario.days}"
    days = tuple(sorted(set(listed) - {scenario.days}))
    if (len(days) + 1) * (len(scenario.nations) + 1) > MOST_COUNTS:
        most = MOST_COUNTS // (len(scenario.nations) + 1)
        return (), f"{len(days) + 1} days are too many for so many nations; at most {most} are kept"
    return days, ""
