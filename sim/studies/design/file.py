"""Studies from files and from Python dicts."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sim.scenario.files.catalogue import (
    behaviour_folder,
    find_named,
    scenario_folder,
    shipped_scenarios,
)
from sim.scenario.files.errors import Problem, ScenarioError
from sim.scenario.files.reach import reading_within
from sim.scenario.files.suggestions import closest, closest_of, suggestion
from sim.scenario.files.tree import Node, plain, quoted, tree_from
from sim.scenario.files.variants import SET_FILE
from sim.scenario.files.yaml import read_document
from sim.scenario.load import load_scenario
from sim.scenario.schema import Scenario
from sim.store.scenarios import load_stored_scenario
from sim.studies.design.checks import name_errors, size_errors, together_errors, value_errors
from sim.studies.design.outcomes import OutcomeError, default_outcomes, find_outcomes
from sim.studies.design.sampling import DESIGNS, MOST_POINTS, is_power_of_two
from sim.studies.design.study import Design, Effort, Study
from sim.studies.design.values import SCENARIO, StudyError, Varied
from sim.studies.design.vary import varied_from

__all__ = ["StudyError", "is_study_file", "load_study", "study_from"]

MOST_COUNTS = 2_000_000
"""Numbers of a point's distributions of size: its days times one more than its nations."""

KEYS = (
    *("made_by", "scenario", "set", "vary", "design", "points", "design_seed", "runs", "precision"),
    *("precision_of", "most_runs", "seed", "outcomes", "days", "common_luck", "keep"),
)
MOST_RUNS, MOST_SEED = 1_000_000, 2**64 - 1
DEFAULT_RUNS, DEFAULT_MOST_RUNS = 1000, 100_000
NOT_IN_GRID = MappingProxyType(
    {
        "points": "belongs to the designs lhs and sobol; a grid has one for each combination",
        "design_seed": "belongs to the designs lhs and sobol; a grid is not random",
    }
)
"""Keys of a study that a grid does not take, and why."""
MAPPING = "must be a mapping of paths to their values"
INSTEAD = MappingProxyType(
    {"precision": ("runs",), "runs": ("precision", "precision_of", "most_runs")}
)
"""Keys of a study file that a key of the command line replaces."""

Load = Callable[[str, dict[str, Any]], Scenario]
"""What reads a scenario file, with the changes of the study."""


def is_study_file(path: str | os.PathLike[str]) -> bool:
    """True if a file is a study: a mapping with a key ``vary`` or ``scenario``.

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


def load_study(
    path: str | os.PathLike[str],
    changes: Mapping[str, Node] | None = None,
    *,
    within: str | os.PathLike[str] | None = None,
    stored: bool = False,
) -> Study:
    """The study in a file.

    Parameters
    ----------
    path : str or path
    changes : mapping of key to Node, optional
        Values from the command line, which replace those of the file; a ``set`` is added to that
        of the file.
    within : str or path, optional
        The only folder, besides those of the package, from which files are read; see
        `sim.load_scenario`.
    stored : bool
        It lies in the folder of a sweep, beside its scenarios, which earlier versions may have
        written.

    Raises
    ------
    StudyError, ScenarioError
        With every problem that was found, each with its line.
    """
    with reading_within(within, scenario_folder(), behaviour_folder()):
        root, problems = read_document(os.fspath(path))
        if isinstance(root.value, dict):
            root = root.at(_overridden(root.value, changes or {}))
        return _StudyReader(root, None, problems, stored).study()


def _overridden(written: dict[str, Node], changes: Mapping[str, Node]) -> dict[str, Node]:
    """Keys of a study file with some replaced, and without those that the new ones exclude.

    A precision replaces the file's number of runs, and a number of runs its precision.
    """
    before, more = written.get("set"), changes.get("set")
    if before is not None and more is not None and isinstance(before.value, dict):
        changes = {**changes, "set": before.at(before.value | more.value)}
    dropped = {key for given, keys in INSTEAD.items() if given in changes for key in keys}
    if "design" in changes and changes["design"].value == "grid":
        dropped |= {"points", "design_seed"}
    return {**{key: node for key, node in written.items() if key not in dropped}, **changes}


def study_from(written: Node | Mapping[str, Any], scenario: Scenario | None = None) -> Study:
    """The study that a tree, or plain dicts and lists, describe.

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
    return _StudyReader(root, scenario, []).study()


class _StudyReader:
    """Reads one study, and collects its problems."""

    def __init__(
        self,
        root: Node,
        scenario: Scenario | None,
        problems: list[Problem],
        stored: bool = False,
    ) -> None:
        self.root, self.given, self.problems = root, scenario, problems
        self.load = load_stored_scenario if stored else load_scenario

    def study(self) -> Study:
        if not isinstance(self.root.value, dict):
            message = "must be a mapping with at least scenario and vary"
            raise StudyError([*self.problems, self.root.problem((), message)])
        for key, node in self.root.value.items():
            if key not in KEYS:
                self.problems.append(node.problem((key,), "unknown key" + suggestion(key, KEYS)))
        design, effort = self._design(), self._effort()
        seed = self._whole("seed", 0, 0, MOST_SEED)
        common_luck = self._value(
            "common_luck", True, lambda value: isinstance(value, bool), "must be true or false"
        )
        keep = self._choice("keep", ("summary", "runs"))
        fixed = self._value("set", {}, lambda value: isinstance(value, dict), MAPPING)
        base = self._base(fixed)
        varied, scenarios = self._varied(base, design.kind, fixed)
        outcomes, effort = self._outcomes(base, list(scenarios.values()), effort)
        study = Study(
            scenario=base,
            varied=tuple(varied),
            design=design,
            effort=effort,
            seed=seed,
            outcomes=outcomes,
            days=self._days(base),
            common_luck=common_luck,
            keep=keep,
            scenarios=scenarios,
        )
        self.problems += name_errors(study, self._node("vary"))
        for key, message in size_errors(study):
            self._wrong(key, message)
        if self.problems:
            raise StudyError(self.problems)
        return study

    # Single keys

    def _get(self, key: str) -> Node | None:
        node = self.root.get(key)
        return None if node is None or node.value is None else node

    def _node(self, key: str) -> Node:
        """The value of a key, or the whole study if it is not given."""
        return self._get(key) or self.root

    def _wrong(self, key: str, message: str) -> None:
        self.problems.append(self._node(key).problem((key,), message))

    def _value(
        self, key: str, default: Any, is_allowed: Callable[[Any], bool], allowed: str
    ) -> Any:
        """The value of a key; its default if it is not given or not allowed."""
        node = self._get(key)
        if node is None:
            return default
        value = plain(node)
        if is_allowed(value):
            return value
        self._wrong(key, f"{quoted(node)} {allowed}")
        return default

    def _whole(self, key: str, default: int, low: int, high: int) -> int:
        def is_allowed(value: Any) -> bool:
            return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high

        allowed = f"must be a whole number from {low} to {high}"
        return int(self._value(key, default, is_allowed, allowed))

    def _choice(self, key: str, known: tuple[str, ...]) -> str:
        node = self._get(key)
        if node is not None and node.value in known:
            return str(node.value)
        if node is not None:
            close = closest(str(node.value), known)
            self._wrong(key, f"{quoted(node)} must be one of {', '.join(known)}{close}")
        return known[0]

    # The scenario, and those that replace it

    def _base(self, fixed: dict[str, Any]) -> Scenario:
        """The scenario that points change. Its problems are raised with those found before."""
        named = self._node("scenario")
        try:
            if self.given is not None:
                return self.given.with_changes(fixed) if fixed else self.given
            if not isinstance(named.value, str):
                message = "must be the path of a scenario file or a shipped name"
                raise StudyError([named.problem(("scenario",), message)])
            return _loaded(named, "scenario", fixed, self.load)
        except ScenarioError as error:
            found = self._placed(error.problems)
            if not self.problems and found == error.problems:
                raise
            raise StudyError([*self.problems, *found]) from None

    def _placed(self, problems: Iterable[Problem]) -> list[Problem]:
        """Problems, those with a change under ``set`` at the line on which it is written."""
        changes = self._get("set")
        if changes is None or not isinstance(changes.value, dict):
            return list(problems)
        return [_at_change(each, changes) if each.file == SET_FILE else each for each in problems]

    def _varied(
        self, base: Scenario, design: str, fixed: dict[str, Any]
    ) -> tuple[list[Varied], dict[str, Scenario]]:
        """What is varied, and the scenarios that replace the base."""
        vary = self._node("vary")
        near = vary is self.root and any(closest_of(key, ("vary",)) for key in self.root.value)
        if near and self.problems:  # the problem of an unknown key says enough
            return [], {}
        if vary is self.root or not isinstance(vary.value, dict) or not vary.value:
            written = "" if vary is self.root else f"{quoted(vary)} "
            self._wrong("vary", f"{written}{MAPPING}")
            return [], {}
        found, scenarios = list[Varied](), dict[str, Scenario]()
        for path, node in vary.value.items():
            try:
                if path == SCENARIO:
                    scenarios = _loaded_list(node, fixed, self.load)
                found.append(varied_from(path, node, base, design, scenarios))
            except ScenarioError as error:
                is_loaded = path == SCENARIO  # with the changes of the study
                self.problems += self._placed(error.problems) if is_loaded else error.problems
        bases = tuple(scenarios.values()) or (base,)
        problems = list(together_errors(bases, found, vary))
        # A stored study lists the values of a range, whose ends need not be allowed.
        if not (self.problems or self._get("made_by")):
            paths = {problem.path for problem in problems}
            others = [each for each in found if f"vary.{each.path}" not in paths]
            problems += value_errors(bases, others, vary)
        self.problems += problems
        return found, scenarios

    # Which points, how many runs, and what is kept of them

    def _design(self) -> Design:
        kind, named = self._choice("design", DESIGNS), self._get("design")
        points, node = self._whole("points", 0, 1, MOST_POINTS), self._get("points")
        is_grid = kind == "grid" and (named is None or named.value == kind)
        for key, why in NOT_IN_GRID.items():
            if is_grid and self._get(key) is not None:
                self._wrong(key, why)
        if kind != "grid" and node is None:
            self._wrong("points", f"must be given for the design {kind}")
        if kind == "sobol" and points and not is_power_of_two(points):
            low = 2 ** (points.bit_length() - 1)
            message = f"{points} must be a power of 2, such as {low} or {2 * low}, for balance"
            self._wrong("points", message)
        return Design(kind, points, self._whole("design_seed", 0, 0, MOST_SEED))

    def _effort(self) -> Effort:
        """How many runs a point gets; `_outcomes` adds the outcome that must be precise."""
        if self._get("precision") is None:
            for key in ("precision_of", "most_runs"):
                if self._get(key) is not None:
                    self._wrong(key, "needs a precision, which is not given")
            return Effort(self._whole("runs", DEFAULT_RUNS, 1, MOST_RUNS))
        if self._get("runs") is not None:
            self._wrong("runs", "cannot be combined with a precision; most_runs limits the runs")

        def is_allowed(width: Any) -> bool:
            is_number = isinstance(width, (int, float)) and not isinstance(width, bool)
            return is_number and 0 < width < 1e12

        allowed = "must be above 0: half the width of an interval"
        width = float(self._value("precision", 1.0, is_allowed, allowed))
        return Effort(self._whole("most_runs", DEFAULT_MOST_RUNS, 1, MOST_RUNS), width)

    def _outcomes(
        self, base: Scenario, others: list[Scenario], effort: Effort
    ) -> tuple[tuple[str, ...], Effort]:
        """What is kept of each run, and the effort with the outcome that must be precise."""
        if effort.precision is not None:
            of = self._get("precision_of")
            usual = "success" if all(each.success for each in (base, *others)) else "size"
            named = usual if of is None else str(of.value)
            found, problem = known_outcomes([named], base)
            if len(found) > 1:
                problem = f"{named!r} stands for {len(found)} outcomes; one must be chosen"
            if problem:
                self._wrong("precision_of", problem)
            effort = effort._replace(of=found[0] if found else "")
        node = self._get("outcomes")
        names = None if node is None else plain(node)
        if isinstance(names, str):
            names = [names]
        if names is not None and not isinstance(names, list):
            self._wrong("outcomes", "must be a list of outcomes")
            names = None
        found, problem = known_outcomes(names, base, others)
        if problem:
            self._wrong("outcomes", problem)
        more = () if not effort.of or effort.of in found else (effort.of,)
        return (*more, *found), effort

    def _days(self, scenario: Scenario) -> tuple[int, ...]:
        """Days besides the last whose distribution of size is kept, ascending."""
        node = self._get("days")
        if node is None:
            return ()
        listed = plain(node)
        listed = listed if isinstance(listed, list) else [listed]
        for day in listed:
            if isinstance(day, bool) or not isinstance(day, int) or not 0 <= day <= scenario.days:
                self._wrong("days", f"{day!r} must be a day from 0 to {scenario.days}")
                return ()
        days = tuple(sorted(set(listed) - {scenario.days}))
        n_sizes = len(scenario.nations) + 1
        if (len(days) + 1) * n_sizes > MOST_COUNTS:
            message = f"{len(days) + 1} days are too many for so many nations; at most "
            self._wrong("days", f"{message}{MOST_COUNTS // n_sizes} are kept")
            return ()
        return days


def _at_change(problem: Problem, changes: Node) -> Problem:
    """A problem with one of the changes of a study file, with that file and the change's line."""
    wrong = problem.path.split(".")

    def n_shared(key: str) -> int:  # events.1.date is the path of events.chiefs.date too
        return len({*key.split(".")} & {*wrong})

    key = max(changes.value, key=n_shared)
    change = changes.value[key] if n_shared(key) else changes
    if not change.file or change.file.startswith("--"):
        return problem
    below = change.find(tuple(wrong[len(key.split(".")) :]))
    return below.problem(("set", problem.path) if problem.path else ("set",), problem.message)


def _loaded_list(node: Node, fixed: dict[str, Any], load: Load) -> dict[str, Scenario]:
    """Scenarios that replace the base, by the names of their files."""
    found: dict[str, Scenario] = {}
    for each in node.value if isinstance(node.value, list) else []:
        if not isinstance(each.value, str):
            continue
        label = Path(each.value).stem
        if label in found:
            raise StudyError([each.problem(("vary", SCENARIO), f"two have the name {label}")])
        found[label] = _loaded(each, f"vary.{SCENARIO}", fixed, load)
    if not found or len(found) < len(node.value):
        message = f"{quoted(node)} must be a list of scenario files or shipped names"
        raise StudyError([node.problem(("vary", SCENARIO), message)])
    return found


def _loaded(node: Node, key: str, fixed: dict[str, Any], load: Load) -> Scenario:
    """The scenario that a node names: shipped, or in a file in the same folder.

    Raises
    ------
    ScenarioError
        If the file cannot be read, the problem has the line of the study file.
    """
    is_written = bool(node.file) and not node.file.startswith("--")
    folder = str(Path(node.file).parent) if is_written else ""
    path = find_named(node.value, shipped_scenarios(), "scenario", folder, node)
    try:
        return load(path, fixed)
    except ScenarioError as error:
        whole = Problem(path, None, "", error.problems[0].message)
        if is_written and error.problems == [whole]:
            problem = node.problem((key,), f"{path} {whole.message}")
            raise StudyError([problem]) from None
        raise


def known_outcomes(
    names: Sequence[Any] | None, scenario: Scenario, others: Iterable[Scenario] = ()
) -> tuple[tuple[str, ...], str]:
    """Outcomes by their names, by default those that all scenarios have; and what is wrong."""
    if names is None:
        return default_outcomes(scenario, *others), ""
    try:
        return tuple(each.name for each in find_outcomes(list(map(str, names)), scenario)), ""
    except OutcomeError as error:
        return (), str(error)
