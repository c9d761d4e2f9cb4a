"""A scenario built from a tree as it is written: base, changes, short forms, checks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar, cast

from pydantic import BaseModel

from sim.core.stages import STAGES
from sim.scenario.addresses import find_place
from sim.scenario.behaviour import DEFAULT_BEHAVIOUR, EXIT_MOVES, INITIAL, REASONED
from sim.scenario.checks.limits import limit_findings
from sim.scenario.checks.models import validated
from sim.scenario.checks.references import listed, mapping, reference_findings
from sim.scenario.draw_columns import with_columns
from sim.scenario.fields import DrawsTable
from sim.scenario.files.bases import over_bases, place_of
from sim.scenario.files.catalogue import Folder, find_file, scenario_folder
from sim.scenario.files.errors import Finding, Problem, ScenarioError, Steps
from sim.scenario.files.nations import NationEdit, listed_nations, with_quorums, with_stages
from sim.scenario.files.posterior import PARTS, part, posterior_table, shipped_numbers
from sim.scenario.files.shorthand import written_out
from sim.scenario.files.suggestions import unknown
from sim.scenario.files.tables import DrawTable, joint_table
from sim.scenario.files.tree import Node, Source, as_mapping, plain, quoted
from sim.scenario.files.trimming import without_late_events
from sim.scenario.files.variants import (
    SET_FILE,
    VARIANT_KEYS,
    changed_paths,
    changes_from,
    path_steps,
    with_change,
)
from sim.scenario.joint_draws import DRAWS, POSTERIOR, WEIGHT, JointDraws
from sim.scenario.parts import COALITION, KEYED_BY, MOST_CONDITIONS, MOST_KINDS

Changes = Mapping[str, object] | Sequence[str]
Model = TypeVar("Model", bound=BaseModel)

LOADING_NOTES = "loading_notes"
"""Where a scenario keeps what was noted when it was built: no field, so equality ignores it."""


REMOVED = "removed_nations"
"""Where a scenario with a record keeps the ids of nations that a variant has removed."""

RECORD = "record"
"""Key of a file that names the record of a history, and where a scenario keeps its path: no field,
so neither its full form nor its digest has it."""

FITTED_NOTE = (
    f"behaviour: the numbers of {DEFAULT_BEHAVIOUR} are now fitted to past coalitions; those that "
    f"had this name before, set by judgement, are {REASONED}"
)

NO_POSTERIOR = (
    f"the behaviour of the scenario has none of the fitted numbers that {POSTERIOR} draws, which "
    f"are those of {DEFAULT_BEHAVIOUR} (behaviour: {DEFAULT_BEHAVIOUR})"
)

LAW_PATHS = (("behaviour",), ("behaviour", "from"), ("behaviour", INITIAL))
"""Paths of changes that may take the initial law away."""


def build(
    model: type[Model], root: Node, folder: str, changes: Changes, problems: list[Problem]
) -> Model:
    """The scenario of a tree as it is written.

    Parameters
    ----------
    model : type
        `sim.scenario.schema.Scenario`, which imports this module.
    root : Node
        A mapping, as a file holds it.
    folder : str
        Folder to which paths are relative where no file says which.
    changes : mapping of path to value, or sequence of "PATH=VALUE"
    problems : list of Problem
        Problems found so far; more are added.

    Raises
    ------
    ScenarioError
        With every problem.
    """
    home, written = root.file, root

    def folder_of(node: Node) -> str:  # of the file that holds a node
        if node.file == SET_FILE:
            return ""
        return str(Path(node.file).parent) if node.file else folder

    keys = [*model.model_fields, *VARIANT_KEYS, RECORD]
    root, edits, removed, above, notes = over_bases(root, keys, folder_of, problems)
    root = root.at({key: value for key, value in root.value.items() if value.value is not None})
    record = root.value.get(RECORD)
    root = root.at({key: value for key, value in root.value.items() if key != RECORD})
    if record is not None and not (isinstance(record.value, str) and record.value):
        problems.append(record.problem((RECORD,), f"{quoted(record)} must be the path of a record"))
    root = _with_nations(root, folder_of, edits, removed, problems)
    root, idle = _with_changes(root, changes, problems)
    notes += _fitted_notes(root)
    root, tables = _without_draws(root, keys, folder_of, problems)
    root, findings, found = written_out(root, folder_of)
    problems += found
    root, late = without_late_events(root, above)
    data = _filled(plain(root))
    scenario, wrong = validated(model, data, root)
    # Nations that could not be read are a problem already, not also missing.
    findings += [each for each in wrong if not (problems and each.steps == ("nations",))]
    findings += [*reference_findings(data, removed), *limit_findings(data)]
    problems += _located(findings, root)
    left_out = changed_paths(as_mapping(changes)), removed
    scenario, found = _with_draws(scenario, tables, left_out, data, root)
    problems += found
    late += _unused_values(scenario, tables, root, above)
    if not problems:
        problems += _unknown_names(model, written, folder, idle)
    if problems or scenario is None:  # by file, the scenario's own first, then by line
        raise ScenarioError(
            sorted(problems, key=lambda each: (each.file != home, each.file, each.line or 0))
        )
    if notes or late:
        scenario.__dict__[LOADING_NOTES] = (*notes, *late)
    if record is not None:
        scenario.__dict__ |= {
            RECORD: find_file(record.value, folder_of(record)),
            REMOVED: frozenset(removed),
        }
    return scenario


def _with_nations(
    root: Node,
    folder: Folder,
    edits: list[NationEdit],
    removed: Mapping[str, str],
    problems: list[Problem],
) -> Node:
    """The tree with its nations as a list; what is wrong with them is added to the problems."""
    if "nations" not in root.value:
        return root
    try:
        nations, found = listed_nations(root, folder, edits, removed)
    except ScenarioError as error:  # the checks pass over nations that cannot be read
        nations, found = root.value["nations"].at(None), error.problems
    problems += found
    return root.at({**root.value, "nations": nations})


def _fitted_notes(root: Node) -> Iterator[str]:
    """A note where a user names the behaviour whose numbers are no longer what they were."""
    named = root.value.get("behaviour")
    if named is not None and isinstance(named.value, dict):
        named = named.get("from")
    if named is None or named.value != DEFAULT_BEHAVIOUR or named.file in ("", SET_FILE):
        return
    if not Path(named.file).resolve().is_relative_to(scenario_folder()):
        yield FITTED_NOTE


def _without_draws(
    root: Node, keys: list[str], folder: Folder, problems: list[Problem]
) -> tuple[Node, list[DrawTable]]:
    """The tree without its joint draws, and the tables of them that can be read."""
    named = root.value.get(DRAWS)
    if named is None:
        return root, []
    root = root.at({key: value for key, value in root.value.items() if key != DRAWS})
    tables, several = [], named.value
    if isinstance(several, list) and not (several and all(each.value for each in several)):
        problems.append(named.problem((DRAWS,), f"a list of draws {DrawsTable().must}"))
        several = []
    for each in several if isinstance(several, list) else [named]:
        try:
            tables.append(_draw_table(each, keys, folder, problems))
        except ScenarioError as error:
            problems += error.problems
    return root, [table for table in tables if table is not None]


def _draw_table(
    named: Node, keys: list[str], folder: Folder, problems: list[Problem]
) -> DrawTable | None:
    """The table of joint draws that a value names, or holds in memory; None for what is neither."""
    if named.value is None:
        return None
    if isinstance(named.value, DrawTable):
        return named.value
    if named.value == POSTERIOR:
        return posterior_table(named)
    if isinstance(named.value, JointDraws):
        columns = {**named.value.columns, WEIGHT: named.value.weights}
        return DrawTable("", None, [], columns, named)
    source = named
    if isinstance(named.value, dict):
        for key in [key for key in named.value if key not in ("table", "sha256")]:
            message = unknown("key", key, ("table", "sha256"))
            problems.append(named.value[key].problem((DRAWS, key), message))
        source = named.get("table") or named
    if not isinstance(source.value, str) or not source.value:
        problems.append(named.problem((DRAWS,), f"{quoted(named)} {DrawsTable().must}"))
        return None
    path = find_file(source.value, folder(source))
    return joint_table(path, source, [*keys, WEIGHT], named.text_of("sha256"))


def _with_draws(
    scenario: Model | None,
    tables: Sequence[DrawTable],
    left_out: tuple[list[str], Mapping[str, str]],
    data: dict[str, Any],
    root: Node,
) -> tuple[Model | None, list[Problem]]:
    """A scenario with the joint draws of some tables, and what is wrong with them.

    The numbers of nations and contributions must fit the others whatever is drawn.
    """
    if not tables or scenario is None:
        return scenario, []
    kept, problems = _of_unchanged(tables, scenario)
    if problems:
        return scenario, problems
    drawn: Any
    drawn, problems = with_columns(cast("Any", scenario), kept, *left_out)
    if problems or drawn.draws is None:
        return drawn, problems
    before = list(limit_findings(data))
    for path, values in drawn.draws.columns.items():
        is_limited = path_steps(path)[0] in ("nations", "contributions")
        place = find_place(drawn, path) if is_limited else None
        if place is not None:
            keys, owner = place.keys, cast("Any", data)
            for key in keys[:-1]:
                owner = owner[key]
            owner[keys[-1]] = max(values, key=abs)
    problems = []
    for steps, message in limit_findings(data):
        if (steps, message) not in before:
            path = _path_text(steps, root)
            table = next((each for each in kept if path in each.columns), kept[0])
            problems.append(Problem(table.file, table.header, path, message))
    return drawn, problems


def _of_unchanged(
    tables: Sequence[DrawTable], scenario: Any
) -> tuple[list[DrawTable], list[Problem]]:
    """Tables, that of the posterior with the numbers alone that a scenario leaves as they ship.

    It has none that other tables have.
    """
    of_others = [each for each in tables if each.named is None or each.named.value != POSTERIOR]
    others = {path for each in of_others for path in each.columns}
    kept, problems = of_others, list[Problem]()
    for number, table in enumerate(each for each in tables if each not in of_others):
        assert table.named is not None
        if number:
            problems.append(table.named.problem((DRAWS,), f"{POSTERIOR} is given twice"))
        columns: dict[str, Sequence[Any]] = {}
        for path, shipped in shipped_numbers().items():
            place = find_place(scenario, path)
            is_shipped = place is not None and (place.owner or 0.0) == shipped
            if is_shipped and path not in others:
                columns[path] = table.columns[path]
        fitted = part(PARTS[0]).keys()
        if fitted & columns.keys():
            kept.append(table._replace(columns=columns))
        elif not fitted & others:
            problems.append(table.named.problem((DRAWS,), NO_POSTERIOR))
    return kept, problems


def _unused_values(
    scenario: Any, tables: Sequence[DrawTable], root: Node, above: dict[Source, set[Source]]
) -> Iterator[str]:
    """Notes on values of a variant in whose place each run takes those of its base's draws."""
    if scenario is None or scenario.draws is None:
        return
    named: dict[Source, list[DrawTable]] = {}
    for table in tables:
        if table.named is not None and table.named.value != POSTERIOR:
            named.setdefault(table.named.source, []).append(table)
    if not any(sources & named.keys() for sources in above.values()):
        return
    for path in scenario.draws.columns:
        place = find_place(scenario, path)
        keys: Steps = ("nations", path_steps(path)[1], "stage") if place is None else place.keys
        node: Node | None = root
        for step in keys:
            node = _below(node, step)
        below = set() if node is None else above.get(node.source, set()) & named.keys()
        if node is not None and below:
            found = named[below.pop()]
            table = next((each for each in found if path in each.columns), found[0])
            draws = f"joint draws of {table.file}" if table.file else "joint draws"
            said = f"what {place_of(node)} says of it has no effect"
            yield f"{path}: each run takes it from the {draws}, so that {said}"


def _below(node: Node | None, step: str | int) -> Node | None:
    """What stands at a key of a tree, or at the number or id of a nation; None if nothing does."""
    if node is None or not isinstance(node.value, list):
        return None if node is None else node.get("return" if step == "return_" else str(step))
    named = (each for each in node.value if each.text_of("id") == step)
    return node.value[step] if isinstance(step, int) else next(named, None)


def _with_changes(root: Node, changes: Changes, problems: list[Problem]) -> tuple[Node, list[str]]:
    """The tree with values changed by their paths, and the paths whose removal may change nothing.

    Those that cannot be changed are problems.
    """
    idle: list[str] = []
    try:
        parsed = changes_from(changes)
    except ScenarioError as error:
        problems += error.problems
        return root, idle
    for path, value in parsed.items():
        before = root
        try:
            root = with_change(root, path, value)
        except ScenarioError as error:
            problems += error.problems
        if value.value is None and (path.startswith("behaviour.") or plain(root) == plain(before)):
            idle.append(path)
    nations = root.get("nations")
    if nations is None or not isinstance(nations.value, list):
        return root, idle
    written = [with_quorums(with_stages(nation)) for nation in nations.value]
    if any(path_steps(path) in LAW_PATHS for path in parsed):
        written = [_without_law_stage(nation) for nation in written]
    return root.at({**root.value, "nations": nations.at(written)}), idle


def _without_law_stage(nation: Node) -> Node:
    """A nation whose stage by the law is not written: the default with a law, and only there."""
    stage = nation.get("stage")
    if stage is None or stage.file == SET_FILE or stage.get(INITIAL) is None:
        return nation
    return nation.at({key: each for key, each in nation.value.items() if key != "stage"})


def _unknown_names(
    model: type[BaseModel], root: Node, folder: str, paths: Iterable[str]
) -> Iterator[Problem]:
    """Problems of paths that no scenario has, though to remove what is there changed nothing.

    A number in the same place shows them, and for a member of a mapping one below it.
    """
    for path in paths:
        for probe in (path, f"{path}.value"):
            try:
                build(model, root, folder, {probe: 0.5}, [])
            except ScenarioError as error:
                found = [p for p in error.problems if p.file == SET_FILE]
                found = [p for p in found if p.message.startswith("unknown")]
                yield from (p for p in found if probe == path or p.path == path)
                if found:
                    break


def _filled(data: dict[str, Any]) -> dict[str, Any]:
    """Plain data in which nations and conditions have a number for every name."""
    conditions, kinds = mapping(data.get("conditions")), mapping(data.get("contributions"))
    if len(conditions) > MOST_CONDITIONS or len(kinds) > MOST_KINDS:
        conditions = kinds = {}
    names = {"conditions": conditions, "contributions": kinds}
    has_law = mapping(data.get("behaviour")).get(INITIAL) is not None
    for nation in listed(data.get("nations")):
        if not isinstance(nation, dict):
            continue
        if "id" in nation:  # a wrong id is one problem, and not also that of a name
            nation.setdefault("name", nation["id"] if isinstance(nation["id"], str) else "unnamed")
        _fill_stages(nation, has_law)
        for field, section in KEYED_BY.items():
            if field != "pledge" or isinstance(nation.get(field), dict):
                nation[field] = _zeros(nation.get(field, {}), names[section])
    for name, condition in conditions.items():
        if isinstance(condition, dict):
            others = [*COALITION, *(other for other in conditions if other != name)]
            condition["responds"] = _zeros(condition.get("responds", {}), others)
    return data


def _fill_stages(nation: dict[str, Any], has_law: bool) -> None:
    """Leave a stage that is not given to the initial law; order those that are."""
    if has_law:
        nation.setdefault("stage", {INITIAL: 1.0})
    stages = nation.get("stage")
    if isinstance(stages, dict):  # in their order, without those of probability 0
        ordered = {stage: stages[stage] for stage in STAGES if stage in stages} | stages
        nation["stage"] = {  # what is no stage stays, to be refused
            stage: share
            for stage, share in ordered.items()
            if share is False or share != 0 or stage not in (*STAGES, INITIAL)
        }


def _zeros(given: Any, names: Iterable[str]) -> Any:
    """A mapping with 0 for each name that it leaves out, in the order of the names."""
    if not isinstance(given, dict):
        return given
    return {**{name: given.get(name, 0.0) for name in names}, **given}


def _located(findings: Iterable[Finding], root: Node) -> list[Problem]:
    """Findings as problems with their places, at most one for each path.

    A value that stands for all nations, or for an exit from any stage, is one problem.
    """
    problems: dict[Any, Problem] = {}
    reported: set[Steps] = set()
    for steps, message in (_blamed(*finding, root) for finding in findings):
        if any(steps[:end] in reported for end in range(len(steps) + 1)):
            continue
        reported.add(steps)
        node = root.find(steps)
        shared: Steps = ()  # the path under which one value may stand for many
        if len(steps) > 2 and steps[0] == "nations":
            shared = ("nations", "*", *steps[2:])
        elif len(steps) > 3 and steps[0] == "behaviour" and steps[1] in EXIT_MOVES:
            shared = (*steps[:2], *steps[3:])
        key: Any = steps
        if shared:
            key = (None if node.file == SET_FILE else id(node), node.file, shared, message)
        path = _path_text(shared if key in problems else steps, root)
        problems[key] = Problem(node.file, node.line, path, message)
    return list(problems.values())


def _blamed(steps: Steps, message: str, root: Node) -> Finding:
    """A finding; of a deal's date and collapse that do not fit, on the date if only that is set."""
    date, collapse = root.find((*steps[:2], "date")), root.find(steps)
    is_collapse = steps[:1] == ("events",) and steps[-1] == "collapses"
    if not is_collapse or date.file != SET_FILE or collapse.file == SET_FILE:
        return Finding(steps, message)
    message = f"{quoted(date)} must be before the collapse of the deal, on day {collapse.value}"
    return Finding((*steps[:2], "date"), message)


def _path_text(steps: Steps, root: Node) -> str:
    """A path as people write it: a nation by its id, a threshold directly below success."""
    words = [str(step)[:80] for step in steps]
    if len(steps) > 1 and steps[0] == "nations":
        words[1] = root.find(steps[:2]).text_of("id")[:80] or words[1]
    if steps[:2] == ("success", "conditions"):
        del words[1]
    elif steps[:2] == ("success", "at_most"):
        words = ["success", *words[2:], "at_most"]
    return ".".join(words)
