"""Inputs of a sensitivity analysis: numbers and their ranges, groups of them, and joint draws."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any, NamedTuple

from sim.results.format import LONGEST_NAME, cut
from sim.scenario.addresses import find_place
from sim.scenario.distribution import Distribution
from sim.scenario.effects.inert import inert_parts
from sim.scenario.files.errors import Problem, ScenarioError
from sim.scenario.files.suggestions import suggestion
from sim.scenario.files.tree import Node, plain, tree_from
from sim.scenario.files.variants import path_of, path_steps
from sim.scenario.joint_draws import DRAWS, JointDate, JointNumber
from sim.scenario.labels import label_of
from sim.scenario.paths import Parameter
from sim.scenario.schema import Scenario
from sim.studies.design.checks import written_fields
from sim.studies.design.study import varied_form
from sim.studies.design.values import INPUTS_FILE, SCENARIO, StudyError, Varied, rejection
from sim.studies.design.vary import varied_from, vary_node
from sim.studies.sensitivity.draws import part_paths
from sim.studies.sensitivity.ranges import Rule, rule_of

ALL = "all"
STAR = "*"
NOT_IN_ALL = ("days", "success", "ties", "start")
"""Sections without inputs of ``all``: they say what is asked, or are the same in all runs."""

BY_FIELD = {"nations": 2, "events": -1, "contributions": 2}
"""Sections whose numbers of one field go together, and where the field's name begins."""

PART_LABELS = {
    "fitted": "fitted numbers of the behaviour",
    "judged": "judged numbers of the behaviour",
}
"""Of parts of joint draws that come with the behaviour."""

MOST_INPUTS, MOST_NUMBERS = 1000, 20_000
"""Inputs, and numbers in all of them together."""


class Asked(NamedTuple):
    """An input as it is stored.

    Attributes
    ----------
    name : str
    members : mapping of path to values
        As a study file has values; None for a number that keeps its distribution.
    part : str
        Of the joint draws, if it is one; then there are no members.
    """

    name: str
    members: Mapping[str, Any]
    part: str = ""


class Input(NamedTuple):
    """An input.

    Attributes
    ----------
    name, label, range : str
        As it was asked for, in words, and what it takes.
    members : tuple of Varied
        Its numbers, which are independent of each other.
    part : str
        Of the joint draws, if it is one.
    """

    name: str
    label: str
    range: str
    members: tuple[Varied, ...]
    part: str = ""

    @property
    def width(self) -> int:
        """Number of coordinates."""
        return max(1, len(self.members))

    @property
    def has_ends(self) -> bool:
        """True if it has a low and a high end: it is of numbers, in ascending order."""
        return bool(self.members) and all(
            each.is_number and list(each.labels) == sorted(each.labels, key=float)
            for each in self.members
        )


def asked_inputs(
    scenario: Scenario, asked: Sequence[str] | Mapping[str, Any], given: Sequence[Varied] = ()
) -> list[Asked]:
    """The inputs that texts, or values by path, ask for.

    Parameters
    ----------
    scenario : Scenario
    asked : sequence of str, or mapping of path to values
        Texts ``PATH=VALUES``, with values as those of a sweep over random points; a path or a
        pattern alone, for default ranges; ``draws`` or ``all``. Values of a mapping are as those of
        a study file; None for the default range.
    given : sequence of Varied
        Further inputs, of a study.

    Notes
    -----
    A pattern leaves out the numbers that are asked for by themselves; ``all`` leaves out whatever
    else is asked for.

    Raises
    ------
    StudyError, ScenarioError
    """
    known = {each.path: each for each in scenario.parameters()}
    entries = [*(asked.items() if isinstance(asked, Mapping) else map(_text_entry, asked))]
    of_entry: list[list[Asked]] = [[] for _ in entries]
    of_study = [Asked(each.path, {each.path: varied_form(each)}) for each in given]
    ranks = [_rank(name, values, known) for name, values in entries]
    for rank in (ALONE, PATTERN, EVERYTHING):
        taken = _taken(scenario, chain(of_study, *of_entry), known) if rank in ranks else set()
        for place, (name, values) in enumerate(entries):
            if ranks[place] == rank:
                of_entry[place] = _found(scenario, name, values, known, taken)
    found = [*of_study, *chain(*of_entry)]
    if not found:
        raise _wrong("", "there is no input: nothing in the scenario has a default range")
    return found


ALONE, PATTERN, EVERYTHING = range(3)
"""What is asked for, the most particular first."""


def _rank(name: str, values: Any, known: Mapping[str, Parameter]) -> int:
    """How particular an entry is."""
    if values is not None or name in known or name == DRAWS:
        return ALONE
    return EVERYTHING if name == ALL else PATTERN


def _taken(scenario: Scenario, found: Iterable[Asked], known: Mapping[str, Parameter]) -> set[str]:
    """Fields and parts of the draws of some inputs."""
    tree = tree_from(scenario.full())
    return {
        field
        for each in found
        for field in _fields(scenario, tree, each.part, _members_of(scenario, each, known), known)
    }


def _found(
    scenario: Scenario,
    name: str,
    values: Any,
    known: Mapping[str, Parameter],
    taken: set[str],
) -> list[Asked]:
    """The inputs that one entry asks for, without what others have taken."""
    if values is not None:
        node = values if isinstance(values, Node) else tree_from(values, INPUTS_FILE)
        varied = _varied(scenario, name, node)
        return [Asked(varied.path, {varied.path: varied_form(varied)})]
    if name == DRAWS:
        return [*_draw_inputs(scenario)]
    if name in known:
        return [_with_defaults(scenario, name, known)]
    free = {
        path: each
        for path, each in known.items()
        if taken.isdisjoint(begin for field in each.fields for begin in _beginnings(field))
    }
    if name != ALL:
        pattern = path_steps(name)
        fitting = {path for path in known if _matches(pattern, path_steps(path))}
        if fitting and fitting.isdisjoint(free):
            raise _wrong(name, "all numbers that fit it are inputs by themselves")
        return [_with_defaults(scenario, name, free)]
    return [each for each in _all_inputs(scenario, free) if f"{DRAWS}.{each.part}" not in taken]


def _beginnings(field: str) -> list[str]:
    """The parts that a field is in, the whole first, and the field itself."""
    steps = path_steps(field)
    return [path_of(steps[:end]) for end in range(1, len(steps) + 1)]


def _text_entry(text: str) -> tuple[str, Node | None]:
    """Path and values of a text; None without values."""
    if not text.strip():
        raise _wrong("", f"{text!r} must be a path with or without values, {DRAWS} or {ALL}")
    if "=" not in text:
        return text.strip(), None
    try:
        return vary_node(text)
    except StudyError as error:
        raise as_input_error(error) from None


def as_input_error(error: ScenarioError) -> StudyError:
    """An error of varied paths, or of values that were set, as one of inputs."""
    return StudyError(
        replace(each, file=INPUTS_FILE, path=each.path.removeprefix("vary."))
        for each in error.problems
    )


def _wrong(path: str, message: str) -> StudyError:
    return StudyError([Problem(INPUTS_FILE, None, path, message)])


def _varied(scenario: Scenario, path: str, node: Node) -> Varied:
    """What an input takes at a path, which the scenario may have."""
    if path == SCENARIO:
        raise _wrong(path, "is no input; whole scenarios are compared by `willing compare`")
    varied = _read_values(scenario, path, node)
    reason = rejection(scenario, varied)
    if reason:
        raise _wrong(path, reason)
    if varied.distribution is None and len(varied.options) < 2:
        raise _wrong(path, "one value alone is no input; give a range or several values")
    return varied


def _read_values(scenario: Scenario, path: str, node: Node) -> Varied:
    """Values at a path as a study has them, of random points unless they are listed."""
    has_steps = isinstance(node.value, dict) and ("steps" in node.value or "values" in node.value)
    try:
        return varied_from(path, node, scenario, "grid" if has_steps else "sobol", {})
    except StudyError as error:
        raise as_input_error(error) from None


# Defaults


def _with_defaults(scenario: Scenario, name: str, known: Mapping[str, Parameter]) -> Asked:
    """Numbers at a path, or at all paths of a pattern, each in its default range."""
    pattern = path_steps(name)
    matching = [each for path, each in known.items() if _matches(pattern, path_steps(path))]
    if not matching:
        if STAR in pattern or any(name.startswith(f"{path}.") for path in known):
            raise _wrong(name, "there is no number that fits it")
        try:
            matching = [scenario.parameter(name)]
        except ScenarioError as error:
            message = error.problems[0].message
            raise _wrong(name, f"{message}{suggestion(name, [ALL, DRAWS])}") from None
    members = _members(scenario, matching)
    if members:
        is_single = len(matching) == 1
        return Asked(matching[0].path if is_single else name, members)
    value = matching[0].value
    if isinstance(value, JointDate | JointNumber):
        message = f"is drawn jointly with other numbers: give {DRAWS}, or a range of its own"
    else:
        what = "they are" if len(matching) > 1 else "it is"
        message = f"has no default range, as {what} 0, not set, or past; give one, PATH=LOW:HIGH"
    raise _wrong(name, message)


def _members(scenario: Scenario, matching: Iterable[Parameter]) -> dict[str, Any]:
    """Default ranges by path, of those that have one."""
    found = {}
    for parameter in matching:
        rule = None if _is_joint(parameter) else rule_of(scenario, parameter)
        if rule is not None:
            found[parameter.path] = rule.written(scenario, parameter)
    return found


def _is_joint(parameter: Parameter) -> bool:
    return isinstance(parameter.value, JointDate | JointNumber)


def _matches(pattern: Sequence[str], steps: Sequence[str]) -> bool:
    """True if steps begin as a pattern says, in which a star stands for one step or several."""
    if not pattern:
        return True
    if pattern[0] == STAR:
        return any(_matches(pattern[1:], steps[n:]) for n in range(1, len(steps) + 1))
    return bool(steps) and steps[0] == pattern[0] and _matches(pattern[1:], steps[1:])


def _all_inputs(scenario: Scenario, known: Mapping[str, Parameter]) -> Iterator[Asked]:
    """All numbers that may have an effect and have a default range, in groups; joint draws."""
    inert = {each.keys for each in inert_parts(scenario)}
    groups: dict[str, list[Parameter]] = {}
    for path, parameter in known.items():
        section, *_ = steps = path_steps(path)
        if section in NOT_IN_ALL or not (parameter.slots or section == "events"):
            continue
        if section == "events" and scenario.events[_event_number(scenario, path)].first_date < 1:
            continue
        name = path
        if section in BY_FIELD:
            name = path_of((section, STAR, *steps[BY_FIELD[section] :]))
        elif section == "behaviour":
            name = path_of(steps[:2])
        groups.setdefault(name, []).append(parameter)
    for name, parameters in groups.items():
        members = _members(scenario, parameters)
        if members and not all(_is_inert(scenario, path, inert) for path in members):
            yield Asked(next(iter(members)) if len(members) == 1 else name, members)
    yield from _draw_inputs(scenario, is_asked=False)


def _event_number(scenario: Scenario, path: str) -> int:
    place = find_place(scenario, path)
    assert place is not None
    return int(place.keys[1])


def _is_inert(scenario: Scenario, path: str, inert: set[tuple[str | int, ...]]) -> bool:
    place = find_place(scenario, path)
    assert place is not None
    return any(place.keys[:end] in inert for end in range(1, len(place.keys) + 1))


def _draw_inputs(scenario: Scenario, is_asked: bool = True) -> Iterator[Asked]:
    """The joint draws, by their parts."""
    if scenario.draws is None:
        if is_asked:
            raise _wrong(DRAWS, "the scenario has no joint draws (--parameters posterior)")
        return
    for part in part_paths(scenario.draws):
        yield Asked(f"{DRAWS}.{part}", {}, part)


# Inputs as they are run


def inputs_of(scenario: Scenario, asked: Sequence[Asked]) -> tuple[Input, ...]:
    """Inputs as they are run.

    Raises
    ------
    StudyError
        Two of them write the same number, or there are too many.
    """
    if len(asked) > MOST_INPUTS:
        raise _wrong("", f"{len(asked):,} inputs; at most {MOST_INPUTS:,} are allowed")
    known = {each.path: each for each in scenario.parameters()}
    found = []
    for each in asked:
        members = _members_of(scenario, each, known)
        found.append(
            Input(
                each.name,
                _label(scenario, each),
                _range_text(scenario, each, members, known),
                members,
                each.part,
            )
        )
    n_numbers = sum(each.width for each in found)
    if n_numbers > MOST_NUMBERS:
        raise _wrong("", f"{n_numbers:,} numbers in all inputs; at most {MOST_NUMBERS:,} are drawn")
    _refuse_shared(scenario, found, known)
    return tuple(found)


def _members_of(
    scenario: Scenario, asked: Asked, known: Mapping[str, Parameter]
) -> tuple[Varied, ...]:
    """The numbers of an input."""
    return tuple(_member(scenario, path, values, known) for path, values in asked.members.items())


def _member(scenario: Scenario, path: str, values: Any, known: Mapping[str, Parameter]) -> Varied:
    if values is not None:
        return _read_values(scenario, path, tree_from(values, INPUTS_FILE))
    distribution = known[path].value
    assert isinstance(distribution, Distribution)
    return Varied(path, distribution=distribution, written=distribution.as_dict())


def _refuse_shared(
    scenario: Scenario, inputs: Sequence[Input], known: Mapping[str, Parameter]
) -> None:
    """Refuse two inputs of one number, or of one part of the draws."""
    owners, above = dict[str, str](), dict[str, str]()
    tree = tree_from(scenario.full())
    for each in inputs:
        fields = _fields(scenario, tree, each.part, each.members, known)
        for field in sorted(fields):
            begins = _beginnings(field)
            owner = next((owners[begin] for begin in begins if begin in owners), above.get(field))
            if owner == each.name:
                raise _wrong(each.name, "is given twice")
            if owner is not None:
                raise _wrong(each.name, f"varies {field}, which {owner} varies already")
        for field in fields:
            owners[field] = each.name
            above |= dict.fromkeys(_beginnings(field)[:-1], each.name)


def _fields(
    scenario: Scenario,
    tree: Node,
    part: str,
    members: Iterable[Varied],
    known: Mapping[str, Parameter],
) -> set[str]:
    """Fields of the full form that an input writes, and its part of the draws."""
    fields = {f"{DRAWS}.{part}"} if part else set[str]()
    for member in members:
        if member.path in known:
            fields |= set(known[member.path].fields)
        else:
            fields |= set(map(path_of, written_fields(scenario, tree, member)))
    return fields


def _label(scenario: Scenario, asked: Asked) -> str:
    """What people call an input."""
    if asked.part in PART_LABELS:
        return PART_LABELS[asked.part]
    if asked.part:
        assert scenario.draws is not None
        columns = part_paths(scenario.draws)[asked.part]
        of_events = all(path.startswith("events.") for path in columns)
        return "drawn occasions" if of_events else "joint draws"
    steps, place = path_steps(asked.name), find_place(scenario, asked.name)
    if place is None:
        if asked.name in asked.members:
            return cut(asked.name, LONGEST_NAME)
        words = " ".join(step.replace("_", " ") for step in steps if step != STAR)
        return ": ".join(words.split(maxsplit=1))
    label = label_of(scenario, place.keys)
    if len(asked.members) > 1:  # of all nations, each its own number
        label = label.replace("all nations", "nations", 1)
    return f"commitment: {label}" if steps[0] == "commitment" else label


def _range_text(
    scenario: Scenario,
    asked: Asked,
    members: Sequence[Varied],
    known: Mapping[str, Parameter],
) -> str:
    """What an input takes, in words."""
    if asked.part:
        assert scenario.draws is not None
        paths = part_paths(scenario.draws)[asked.part]
        return f"{len(paths):,} numbers, drawn jointly"
    if len(members) > 1:
        rules = {_rule_text(scenario, path, known) for path in asked.members}
        text = rules.pop() if len(rules) == 1 else "each by its kind"
        return f"{len(members):,} numbers, {text}"
    return _values_text(members[0])


def _rule_text(scenario: Scenario, path: str, known: Mapping[str, Parameter]) -> str:
    rule: Rule | None = rule_of(scenario, known[path])
    return "" if rule is None else rule.range


def _values_text(varied: Varied) -> str:
    """The values of one path, in words."""
    if varied.distribution is None:
        return f"{len(varied.options)} values"
    written = plain(tree_from(varied.written))
    if "range" not in written:
        kind, values = next(iter(written.items()))
        listed = values.values() if isinstance(values, dict) else values
        return f"{kind} ({', '.join(f'{value:.4g}' for value in listed)})"
    low, high = (f"{end:.3g}" if isinstance(end, float) else f"{end:,}" for end in written["range"])
    return f"{low} to {high}{' (log)' if varied.spacing == 'log' else ''}"
