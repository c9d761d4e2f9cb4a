"""What a study varies: a path in the scenario and its values, as files and ``--vary`` say them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.results.format import JOINERS, cut
from sim.scenario.addresses import find_place
from sim.scenario.distribution import Distribution, distribution_from, looks_like_distribution
from sim.scenario.fields import Between
from sim.scenario.files.catalogue import find_file, find_named, shipped_behaviours
from sim.scenario.files.errors import Problem, ScenarioError
from sim.scenario.files.suggestions import closest, closest_of, suggestion
from sim.scenario.files.tree import Node, plain, quoted, scalar_node
from sim.scenario.files.variants import SET_FILE, split_change
from sim.scenario.files.yaml import parse_value

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario

SCENARIO = "scenario"
"""Stands for a path where whole scenarios are put in the place of the base."""

PRESENT, ABSENT = "present", "absent"
"""Values of something that is left as it is, or taken away."""

OPTION_KEYS = ("label", "set")
"""Keys of a value that is given a name, and may change more than one thing."""

MOST_USES = 3
"""Places that a message lists of those that refer to what was taken away."""

_INSIDE = re.compile(r"\.(members|participants)(\.\d+)?$|(?<=\D)(\.\d+)+$")
"""The end of a path that is said of a list's owner: a member of a group, an entry of a list."""

Label = str | float | int
"""A value as it stands in tables and figures: a number, or the name of a category."""


VARY_FILE = "--vary"
RANGE_KEYS = ("range", "steps", "spacing")
VALUES_KEYS = ("values", "spacing")
SPACINGS = ("linear", "log")
MOST_VALUES = 100_000
MOST_WHOLE = 2**53
"""Largest whole number that every column of numbers holds."""

DIGITS = 12
"""Significant digits of the values of a range, as a person would write them."""

FILES = {"behaviour": "from", "ties": "dyads"}
"""Sections that may name a file, and under which key they do."""


MOST_TRIED = 50
"""Categories of one path that are tried; with more, points fail one by one where they do."""

LONGEST_PATH, LONGEST_WORD = 100, 300
"""Letters of a path, and of anything else that was written in one word, that a message shows."""

NOT_VARIED = MappingProxyType(
    {
        "start": "is not varied, as days are counted from it; dates of events are given with --set "
        "or with whole scenarios (scenario=A,B)",
        "base": "is not varied; whole scenarios are given as scenario=A,B",
    }
)
"""Keys of a scenario that would change nothing, or cannot be changed, and what to do instead."""

_LONG_WORD = re.compile(rf"\S{{{LONGEST_WORD},}}")


class Option(NamedTuple):
    """One value that a path may take.

    Attributes
    ----------
    label : str, int or float
    changes : mapping of path to value
        What it takes to have that value in a scenario; null takes away.
    """

    label: Label
    changes: dict[str, Any]

    def is_number_at(self, path: str) -> bool:
        """Whether the value is a number that is put at a path, and nothing else is changed."""
        return not isinstance(self.label, str) and self.changes == {path: self.label}


@dataclass(frozen=True)
class Varied:
    """A path and its values: a list of them, or a distribution that a design draws from.

    Attributes
    ----------
    path : str
        As for ``--set``, or ``scenario``.
    options : tuple of Option
        Values in the order of the study; empty for a distribution.
    distribution : Distribution or None
        Of the number, or of its logarithm where the spacing is log.
    spacing : {"linear", "log"}
        How the values of a range stand on an axis.
    written : mapping
        What the study says of a distribution or a range.
    """

    path: str
    options: tuple[Option, ...] = ()
    distribution: Distribution | None = None
    spacing: str = "linear"
    written: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def is_number(self) -> bool:
        """Whether every value is a number; else each of them is a category."""
        return all(option.is_number_at(self.path) for option in self.options)

    @property
    def labels(self) -> tuple[Label, ...]:
        """The listed values, in the order of the study."""
        return tuple(option.label for option in self.options)

    def drawn(self, shares: NDArray[np.float64]) -> NDArray[Any]:
        """Places among the options, in equal parts, or quantiles of the distribution.

        Parameters
        ----------
        shares : ndarray, shape (n_points,), between 0 and 1
            Of the probability.

        Returns
        -------
        ndarray of int64 or float64, shape (n_points,)
            For `drawn_option`.
        """
        if self.distribution is None:
            n_options = len(self.options)
            return np.minimum((shares * n_options).astype(np.int64), n_options - 1)
        # Compiled code, which a figure does without.
        from sim.core.inverse import to_lognormal
        from sim.scenario.arrays.random import shape

        values = np.clip(shares, 2.0**-53, 1.0 - 2.0**-53)
        shape(values, self.distribution)
        if self.spacing == "log":
            to_lognormal(values, 0.0, 1.0)  # the same digits on every machine, unlike np.exp
        return values

    def drawn_option(self, drawn: Any) -> Option:
        """The option that one entry of `drawn` stands for."""
        if self.distribution is None:
            return self.options[int(drawn)]
        return Option(float(drawn), {self.path: float(drawn)})


def scenario_with(base: Scenario, changes: Mapping[str, Any]) -> Scenario:
    """A scenario with the changes of some options made.

    Raises
    ------
    ScenarioError
        They are none that a scenario may have. Of what was taken away and is still referred to,
        one problem says where.
    """
    try:
        return base.with_changes(changes)
    except ScenarioError as error:
        removed = [path for path, value in changes.items() if value is None]
        uses = {path: _uses(error, path.rpartition(".")[2]) for path in removed}
        told = {id(problem) for found in uses.values() for problem in found}
        if not told:
            raise
        others = [problem for problem in error.problems if id(problem) not in told]
        missed = [_still_used(path, found) for path, found in uses.items() if found]
        raise ScenarioError([*missed, *others]) from None


def _uses(error: ScenarioError, name: str) -> list[Problem]:
    """Problems of what names something that is not there any more."""
    said = re.compile(f"unknown [a-z ]+ {re.escape(repr(name))}")
    return [problem for problem in error.problems if said.match(problem.message)]


def _still_used(path: str, uses: list[Problem]) -> Problem:
    owners = list(dict.fromkeys(_INSIDE.sub("", problem.path) for problem in uses))
    named = ", ".join(owners[:MOST_USES])
    more = f" and {len(owners) - MOST_USES} more" if len(owners) > MOST_USES else ""
    verb = "refers" if len(owners) == 1 else "refer"
    message = (
        f"cannot be absent: {named}{more} {verb} to it; write a scenario without it and vary whole "
        "scenarios (scenario=A,B)"
    )
    return Problem(uses[0].file, None, path, message)


class StudyError(ScenarioError):
    """A study cannot be used; ``problems`` says why."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        super().__init__(map(_as_option, problems))


def _as_option(problem: Problem) -> Problem:
    """A problem with an option of the command line, whose name says what it is about."""
    problem = replace(
        problem, path=cut(problem.path, LONGEST_PATH), message=_without_long_words(problem.message)
    )
    if not problem.file.startswith("--"):
        return problem
    path = problem.path.removeprefix("vary.")
    return replace(problem, path=path if problem.file == "--vary" else "")


def _without_long_words(message: str) -> str:
    """A message with what somebody wrote in it cut short."""
    return _LONG_WORD.sub(lambda found: cut(found[0], LONGEST_PATH), message)


def rejection(scenario: Scenario, varied: Varied) -> str:
    """Why none of the values of a path can be had; empty where one can.

    A few are tried. One that is out of range still leads somewhere: its points fail, each with its
    reason.
    """
    reason = ""
    options = some_options(varied)
    if varied.is_number:  # where a whole number is needed, a broken one is the reason
        options.sort(key=lambda option: float(option.label).is_integer())
    for option in options:
        try:
            scenario_with(scenario, option.changes)
        except ScenarioError as error:
            reason = reason or _reason(error.problems[0], option)
        else:
            return ""
    return reason


def _reason(problem: Problem, option: Option) -> str:
    """What is wrong with a value, and where if that is not the path that is varied."""
    if any(f"{path}.".startswith(f"{problem.path}.") for path in option.changes):
        return problem.message
    return ": ".join(part for part in (problem.path, problem.message) if part)


def some_options(varied: Varied) -> list[Option]:
    """A few of the values: of numbers the outer ones, and some from within."""
    if varied.distribution is not None:
        return [varied.drawn_option(each) for each in varied.drawn(np.array([0.37, 0.61, 0.5]))]
    if not varied.is_number:
        return list(varied.options[:MOST_TRIED])
    middle = len(varied.options) // 2
    return [*varied.options[:2], *varied.options[middle : middle + 1], *varied.options[-2:]]


def likely_typo(path: str, node: Node, bases: Sequence[Scenario]) -> str:
    """What is wrong with a value that is likely a typing error; empty for any other.

    It is one only where no scenario takes it: of a value that needs another path to be changed as
    well, the points show whether they can be run.
    """
    value = plain(node)
    said = ""
    if isinstance(value, dict):
        said = _near_keys(value)
    elif isinstance(value, str):
        close = closest(value, (PRESENT, ABSENT))
        said = f"{quoted(node)} is no value that it can have{close}" if close else ""
    if not said and not isinstance(value, (str, bool)):
        return ""
    if not said and not any(find_place(base, path) for base in bases):
        return ""
    reasons = [rejection(base, Varied(path, (Option("", {path: value}),))) for base in bases]
    return (said or reasons[0]) if all(reasons) else ""


def _near_keys(value: Mapping[str, Any]) -> str:
    """What is wrong with a mapping that was to give a value a name."""
    if not any(closest_of(key, OPTION_KEYS) for key in value):
        return ""
    wrong = next((key for key in value if key not in OPTION_KEYS), None)
    if wrong is None:
        return f"{next(iter(value))} alone: a value with a name is {{label: ..., set: {{...}}}}"
    return f"unknown key {wrong!r}" + suggestion(wrong, OPTION_KEYS)


# Values out of the command line


def vary_node(text: str) -> tuple[str, Node]:
    """Path and values out of a text such as ``conditions.us_backing.level=0.05:0.95:19``.

    Raises
    ------
    StudyError
    """
    path, value = (part.strip() for part in split_change(text))
    if not path or not value:
        form = "PATH=LOW:HIGH:STEPS or PATH=VALUE,VALUE,..."
        message = f"{cut(text, LONGEST_PATH)!r} must have the form {form}"
        raise StudyError([Problem(VARY_FILE, None, "", message)])
    if value[0] in "{[":
        try:
            return path, parse_value(value, VARY_FILE, None)
        except ScenarioError as error:
            problems = [replace(each, path=path) for each in error.problems]
            raise StudyError(problems) from None
    if ":" in value and "," not in value:
        return path, _range_node(value)
    items = [scalar_node(item.strip(), VARY_FILE, None) for item in value.split(",")]
    if not all(item.text for item in items):
        message = f"a value is empty in {cut(value, LONGEST_PATH)!r}"
        raise StudyError([Problem(VARY_FILE, None, path, message)])
    return path, Node(items, VARY_FILE, None, value)


def _range_node(value: str) -> Node:
    """The tree of a range that is written with colons."""
    low, high, *more = value.split(":")
    entries: dict[str, Node] = {
        "range": Node([scalar_node(end, VARY_FILE, None) for end in (low, high)], VARY_FILE, None)
    }
    if more and more[0]:
        entries["steps"] = scalar_node(more[0], VARY_FILE, None)
    if len(more) > 1:
        entries["spacing"] = Node(":".join(more[1:]), VARY_FILE, None, more[1])
    return Node(entries, VARY_FILE, None, value)


# What is varied


def varied_from(
    path: str, node: Node, base: Scenario, design: str, scenarios: dict[str, Scenario]
) -> Varied:
    """What a study varies at one path.

    Parameters
    ----------
    path : str
    node : Node
        A list of values, a range, or a distribution.
    base : Scenario
    design : {"grid", "lhs", "sobol"}
    scenarios : mapping
        Where whole scenarios are varied: by label.

    Raises
    ------
    StudyError
    """
    _check_path(path, node)
    if path == SCENARIO:
        return Varied(path, tuple(Option(label, {}) for label in scenarios))
    bases = tuple(scenarios.values()) or (base,)
    if isinstance(node.value, list):
        return Varied(path, _listed(path, node, bases))
    if isinstance(node.value, dict) and "range" in node.value:
        return _ranged(path, node, design)
    if isinstance(node.value, dict) and "values" in node.value:
        _check_keys(path, node, VALUES_KEYS)
        options, spacing = _listed(path, node.value["values"], bases), _spacing(path, node)
        _check_log(path, node, spacing, [option.label for option in options])
        return Varied(path, options, spacing=spacing)
    written = plain(node)
    if isinstance(written, dict) and looks_like_distribution(written):
        if design == "grid":
            raise _wrong(path, node, f"{quoted(node)} needs the design lhs or sobol")
        return Varied(path, distribution=_in_range(path, node, base, written), written=written)
    raise _wrong(
        path,
        node,
        f"{quoted(node)} must be a list of values, {{range: [low, high], steps: number}} or, with "
        "the design lhs or sobol, a distribution",
    )


def _wrong(path: str, node: Node, message: str) -> StudyError:
    return StudyError([Problem(node.file, node.line, f"vary.{path}", message)])


# Lists


def _check_path(path: str, node: Node) -> None:
    """Refuse what cannot be varied, and a name that could steer a terminal."""
    if not all(letter.isprintable() or letter in JOINERS for letter in path):
        raise _wrong(path, node, "a name must have no control characters")
    values = node.value if isinstance(node.value, list) else [node]
    if path in NOT_VARIED and not all(_is_named(each) for each in values):
        raise _wrong(path, node, NOT_VARIED[path])


def _is_named(node: Node) -> bool:
    """Whether a value is given a name: then what is varied goes by a name as well."""
    return isinstance(node.value, dict) and node.value.keys() == set(OPTION_KEYS)


def _listed(path: str, node: Node, bases: tuple[Scenario, ...]) -> tuple[Option, ...]:
    """One option for each value of a list; beside names, numbers are names as well."""
    if isinstance(node.value, list) and len(node.value) > MOST_VALUES:
        message = f"{len(node.value):,} values are too many; at most {MOST_VALUES:,} are allowed"
        raise _wrong(path, node, message)
    if not isinstance(node.value, list) or not node.value:
        raise _wrong(path, node, f"{quoted(node)} must be a list of 1 to {MOST_VALUES:,} values")
    options = tuple(_option(path, each, bases) for each in node.value)
    if any(isinstance(option.label, str) for option in options):
        options = tuple(option._replace(label=str(option.label)) for option in options)
    seen = set[object]()
    for option, each in zip(options, node.value, strict=True):
        if option.label in seen:
            message = f"{option.label} stands for two values; give each {{label: ..., set: ...}}"
            same = any(option.changes == other.changes for other in options[: len(seen)])
            raise _wrong(path, each, f"{option.label} is given twice" if same else message)
        seen.add(option.label)
    return options


def _option(path: str, node: Node, bases: tuple[Scenario, ...]) -> Option:
    """One value: a number as it is, anything else with all that it stands for written out."""
    value = plain(node)
    if value is None and not node.text:
        raise _wrong(path, node, "a value is empty; absent takes away")
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        number = _number(path, node, value)
        return Option(number, {path: number})
    if _is_named(node):
        return _named_option(path, node, value, bases[0])
    if value == PRESENT:
        return Option(PRESENT, {})
    if value == ABSENT or value is None:
        return Option(ABSENT, {path: None})
    if said := likely_typo(path, node, bases):
        raise _wrong(path, node, said)
    label = quoted(node).strip("'\"") or "(empty)"
    return Option(label, _written_out(path, node, {path: value}, bases[0]))


def _number(path: str, node: Node, value: float) -> float:
    """A number as tables hold it: finite, of no sign where it is 0, and exact if it is whole."""
    if not math.isfinite(value):
        raise _wrong(path, node, f"{quoted(node)} must be finite")
    is_whole = isinstance(value, int) and abs(value) <= MOST_WHOLE
    return value if is_whole else float(value) + 0.0


def _named_option(path: str, node: Node, value: dict[str, Any], base: Scenario) -> Option:
    """A value that is given a name, and may change more than one thing."""
    label, changes = value["label"], value["set"]
    if isinstance(label, bool) or not isinstance(label, (str, int, float)) or label == "":
        raise _wrong(path, node, f"label {label!r} must be a name or a number")
    if not isinstance(changes, dict):
        raise _wrong(path, node, f"set {changes!r} must be a mapping of paths to values")
    for key in NOT_VARIED:
        if key in changes:
            raise _wrong(path, node, f"{key} {NOT_VARIED[key]}")
    if not isinstance(label, str):
        label = _number(path, node, label)
    return Option(label, _written_out(path, node, changes, base))


# Values that name a file


def _written_out(path: str, node: Node, changes: dict[str, Any], base: Scenario) -> dict[str, Any]:
    """Changes that need no other file: what a file holds stands in the place of its name."""
    return {
        where: _content(path, node, where, value, base) if _names_file(where, value) else value
        for where, value in changes.items()
    }


def _names_file(where: str, value: Any) -> bool:
    """Whether a value at a path of the scenario is the name of a file, or has one in it."""
    if isinstance(value, str):
        return where in ("behaviour", "ties.dyads")
    key = FILES.get(where)
    return key is not None and isinstance(value, dict) and isinstance(value.get(key), str)


def _content(path: str, node: Node, where: str, value: Any, base: Scenario) -> Any:
    """What the scenario has at a path when a value with the name of a file is put there."""
    section, _, key = where.partition(".")
    try:
        if isinstance(value, str):
            value = _found(section, value, node)
        else:
            value = {**value, FILES[section]: _found(section, value[FILES[section]], node)}
        whole = base.with_changes({where: value}).full()[section]
    except ScenarioError as error:
        raise StudyError(
            Problem(node.file, node.line, f"vary.{path}", _said(each)) for each in error.problems
        ) from None
    return whole[key] if key else whole


def _found(section: str, written: str, node: Node) -> str:
    """The path, from where the program runs, of a file that a study names."""
    folder = "" if node.file.startswith("--") or not node.file else str(Path(node.file).parent)
    if section == "behaviour":
        return find_named(written, shipped_behaviours(), "behaviour", folder)
    return find_file(written, folder)


def _said(problem: Problem) -> str:
    """A problem in another file as part of a message."""
    if problem.file in ("", SET_FILE):
        return problem.message
    return str(problem)


# Ranges and distributions


def _ranged(path: str, node: Node, design: str) -> Varied:
    """A range: so many values between two ends, or any number between them."""
    _check_keys(path, node, RANGE_KEYS)
    low, high = _ends(path, node)
    spacing = _spacing(path, node)
    _check_log(path, node, spacing, [low])
    if design == "grid":
        return _stepped(path, node, (low, high), spacing)
    if "steps" in node.value:
        raise _wrong(path, node, f"steps belong to a grid; with {design} give low and high alone")
    ends = [math.log(low), math.log(high)] if spacing == "log" else [low, high]
    kept = distribution_from({"uniform": ends})
    return Varied(path, distribution=kept, spacing=spacing, written=plain(node))


def _check_keys(path: str, node: Node, known: tuple[str, ...]) -> None:
    for key in node.value:
        if key not in known:
            raise _wrong(path, node, f"unknown key {key!r}" + suggestion(key, known))


def _check_log(path: str, node: Node, spacing: str, labels: list[Any]) -> None:
    for label in labels:
        if spacing == "log" and (isinstance(label, str) or label <= 0):
            raise _wrong(path, node, f"{label} must be a number above 0 for the spacing log")


def _spacing(path: str, node: Node) -> str:
    """How values stand on an axis."""
    spacing = plain(node.value["spacing"]) if "spacing" in node.value else "linear"
    if spacing not in SPACINGS:
        raise _wrong(path, node, f"spacing {spacing!r} must be one of {', '.join(SPACINGS)}")
    return str(spacing)


def _ends(path: str, node: Node) -> tuple[float, float]:
    """The two ends of a range."""
    ends = plain(node.value["range"])
    numbers = isinstance(ends, list) and len(ends) == 2
    numbers = numbers and all(
        isinstance(x, (int, float)) and not isinstance(x, bool) and math.isfinite(x) for x in ends
    )
    if not numbers or not ends[0] < ends[1] or max(map(abs, ends)) > 1e100:
        shown_as = quoted(node.value["range"])
        raise _wrong(path, node, f"{shown_as} must be two numbers, the lower one first")
    low, high = (_number(path, node, end) for end in ends)
    return low, high


def _stepped(path: str, node: Node, ends: tuple[float, float], spacing: str) -> Varied:
    """A range in steps; whole numbers stay whole."""
    steps = plain(node.value["steps"]) if "steps" in node.value else None
    if isinstance(steps, bool) or not isinstance(steps, int) or not 2 <= steps <= MOST_VALUES:
        shown_as = "no steps" if steps is None else repr(steps)
        message = (
            f"{shown_as}: a grid needs how many values, ends included, from 2 to {MOST_VALUES:,}, "
            "such as LOW:HIGH:11"
        )
        raise _wrong(path, node, message)
    values = _spread(ends, steps, spacing)
    if len(set(values)) < steps:
        raise _wrong(path, node, f"{quoted(node)} has not {steps} different values")
    options = tuple(Option(value, {path: value}) for value in values)
    return Varied(path, options, spacing=spacing, written=plain(node))


def _spread(ends: tuple[float, float], steps: int, spacing: str) -> list[float]:
    """Values from one end to the other, as a person would write them: 0.3, not 0.30000000000004."""
    if spacing == "log":
        inner = [float(f"{value:.{DIGITS}g}") for value in np.geomspace(*ends, steps)]
    else:
        step = max((ends[1] - ends[0]) / (steps - 1), 1e-300)
        digits = DIGITS - 1 - math.floor(math.log10(step))
        inner = [_rounded(float(value), digits, ends) for value in np.linspace(*ends, steps)]
    values = [ends[0], *inner[1:-1], ends[1]]
    if all(isinstance(end, int) for end in ends) and all(float(x).is_integer() for x in values):
        return [int(value) for value in values]
    return [float(value) for value in values]


def _rounded(value: float, digits: int, ends: tuple[float, float]) -> float:
    """A value with so many decimals, unless that would be another one."""
    short = round(value, min(300, max(0, digits))) + 0.0
    return short if abs(short - value) <= 1e-12 * max(map(abs, ends)) else value


def _in_range(path: str, node: Node, base: Scenario, written: Mapping[Any, Any]) -> Distribution:
    """A distribution kept to the range of its field, as far as the field may be drawn.

    A field that may not be drawn, such as a number of days, says so point by point.
    """
    try:
        base.with_changes({path: written})
    except ScenarioError as error:
        try:
            return distribution_from(written)
        except ValueError:
            raise _wrong(path, node, error.problems[0].message) from None
    place = find_place(base, path)
    if place is None or not isinstance(place.type.marker, Between):
        return distribution_from(written)
    return distribution_from(written, place.type.marker.low, place.type.marker.high)
