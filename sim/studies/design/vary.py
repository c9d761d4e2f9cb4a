"""Values of a path as study files and the option ``--vary`` have them, read and checked."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from sim.results.format import JOINERS, cut
from sim.scenario.addresses import find_place
from sim.scenario.distribution import Distribution, distribution_from, looks_like_distribution
from sim.scenario.fields import Between, Whole, whole_number
from sim.scenario.files.catalogue import find_file, find_named, shipped_behaviours
from sim.scenario.files.errors import Problem, ScenarioError
from sim.scenario.files.suggestions import closest, closest_of, suggestion
from sim.scenario.files.tree import Node, plain, quoted, scalar_node
from sim.scenario.files.variants import ABSENT, SET_FILE, split_change
from sim.scenario.files.yaml import parse_value
from sim.scenario.schema import Scenario
from sim.studies.design.values import (
    LONGEST_PATH,
    NOT_VARIED,
    PRESENT,
    SCENARIO,
    VARY_FILE,
    Option,
    StudyError,
    Varied,
    rejection,
)

OPTION_KEYS = ("label", "set")
"""Keys of a value that has a name, and may change more than one thing."""

RANGE_KEYS = ("range", "steps", "spacing")
VALUES_KEYS = ("values", "spacing")
SPACINGS = ("linear", "log")
MOST_VALUES = 100_000
MOST_WHOLE = 2**53
"""Largest whole number that every column of numbers holds."""

DIGITS = 12
"""Significant digits of the values of a range, as a person would write them."""

FILES = MappingProxyType({"behaviour": "from", "ties": "dyads"})
"""Sections that may name a file, and under which key they do."""


def vary_node(text: str) -> tuple[str, Node]:
    """Path and values from text such as ``conditions.us_backing.level=0.05:0.95:19``.

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
        low, high, *more = value.split(":")
        ends = [scalar_node(end, VARY_FILE, None) for end in (low, high)]
        entries = {"range": Node(ends, VARY_FILE, None)}
        if more and more[0]:
            entries["steps"] = scalar_node(more[0], VARY_FILE, None)
        if len(more) > 1:
            entries["spacing"] = Node(":".join(more[1:]), VARY_FILE, None, more[1])
        return path, Node(entries, VARY_FILE, None, value)
    if any(bracket in value for bracket in "[]{}"):
        message = f"several values need brackets around them all, [{cut(value, LONGEST_PATH)}]"
        raise StudyError([Problem(VARY_FILE, None, path, message)])
    items = [scalar_node(item.strip(), VARY_FILE, None) for item in value.split(",")]
    if not all(item.text for item in items):
        message = f"a value is empty in {cut(value, LONGEST_PATH)!r}"
        raise StudyError([Problem(VARY_FILE, None, path, message)])
    return path, Node(items, VARY_FILE, None, value)


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
    if not all(letter.isprintable() or letter in JOINERS for letter in path):
        raise _wrong(path, node, "a name must have no control characters")  # or steer a terminal
    values = node.value if isinstance(node.value, list) else [node]
    if path in NOT_VARIED and not all(map(_is_named, values)):
        raise _wrong(path, node, NOT_VARIED[path])
    if path == SCENARIO:
        return Varied(path, tuple(Option(label, {}) for label in scenarios))
    bases = tuple(scenarios.values()) or (base,)
    if isinstance(node.value, list):
        return Varied(path, _listed(path, node, bases))
    if isinstance(node.value, dict) and "range" in node.value:
        return _ranged(path, node, design, takes_whole(bases, path))
    if isinstance(node.value, dict) and "values" in node.value:
        _check_keys(path, node, VALUES_KEYS)
        options = _listed(path, node.value["values"], bases)
        spacing = _spacing(path, node, [option.label for option in options])
        return Varied(path, options, spacing=spacing)
    written = plain(node)
    if isinstance(written, dict) and looks_like_distribution(written):
        if design == "grid":
            raise _wrong(path, node, f"{quoted(node)} needs the design lhs or sobol")
        if takes_whole(bases, path):
            message = "draws fractions, and the number must be whole; give a range, LOW:HIGH"
            raise _wrong(path, node, f"{quoted(node)} {message}")
        return Varied(path, distribution=_bounded(path, node, base, written), written=written)
    raise _wrong(
        path,
        node,
        f"{quoted(node)} must be a list of values, {{range: [low, high], steps: number}}, "
        "{values: [...], spacing: linear or log} or, with the design lhs or sobol, a distribution",
    )


def _wrong(path: str, node: Node, message: str) -> StudyError:
    return StudyError([Problem(node.file, node.line, f"vary.{path}", message)])


def takes_whole(bases: Sequence[Scenario], path: str) -> bool:
    """True if a path leads to a number that must be whole."""
    places = [find_place(base, path) for base in bases]
    return any(place is not None and isinstance(place.type.marker, Whole) for place in places)


# Lists


def _is_named(node: Node) -> bool:
    """True if a value has a name; then a path may be any name as well."""
    return isinstance(node.value, dict) and node.value.keys() == set(OPTION_KEYS)


def _listed(path: str, node: Node, bases: tuple[Scenario, ...]) -> tuple[Option, ...]:
    """One option for each value of a list; if one label is a name, all of them are."""
    if isinstance(node.value, list) and len(node.value) > MOST_VALUES:
        message = f"{len(node.value):,} values are too many; at most {MOST_VALUES:,} are allowed"
        raise _wrong(path, node, message)
    if not isinstance(node.value, list) or not node.value:
        raise _wrong(path, node, f"{quoted(node)} must be a list of 1 to {MOST_VALUES:,} values")
    options = tuple(_option_from(path, each, bases) for each in node.value)
    if any(isinstance(option.label, str) for option in options):
        options = tuple(option._replace(label=str(option.label)) for option in options)
    seen = set[object]()
    for option, each in zip(options, node.value, strict=True):
        if option.label in seen:
            form = "{label: ..., set: ...}"
            message = f"{option.label} stands for two different values; write each as {form}"
            same = any(option.changes == other.changes for other in options[: len(seen)])
            raise _wrong(path, each, f"{option.label} is given twice" if same else message)
        seen.add(option.label)
    return options


def _option_from(path: str, node: Node, bases: tuple[Scenario, ...]) -> Option:
    """One value: a number as it is, anything else with the content of the files it names."""
    value = plain(node)
    if value is None and not node.text:
        raise _wrong(path, node, "a value is empty; write absent to remove something")
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        number = _checked_number(path, node, value)
        whole = None if isinstance(number, int) else whole_number(number)
        if whole is not None and takes_whole(bases, path):
            number = whole
        return Option(number, {path: number})
    if _is_named(node):
        return _named_option(path, node, bases[0])
    if value == PRESENT:
        return Option(PRESENT, {})
    if value == ABSENT or value is None:
        return Option(ABSENT, {path: None})
    if message := likely_typo(path, node, bases):
        raise _wrong(path, node, message)
    label = quoted(node).strip("'\"") or "(empty)"
    return Option(label, _written_out(path, node, {path: value}, bases[0]))


def _checked_number(path: str, node: Node, value: float) -> float:
    """A number as tables hold it: finite, whole numbers exact, and 0 without a sign."""
    if not math.isfinite(value):
        raise _wrong(path, node, f"{quoted(node)} must be finite")
    is_whole = isinstance(value, int) and abs(value) <= MOST_WHOLE
    return value if is_whole else float(value) + 0.0


def _named_option(path: str, node: Node, base: Scenario) -> Option:
    """A value that has a name, and may change more than one thing."""
    value = plain(node)
    label, changes = value["label"], value["set"]
    if isinstance(label, bool) or not isinstance(label, (str, int, float)) or label == "":
        raise _wrong(path, node, f"label {label!r} must be a name or a number")
    if not isinstance(changes, dict):
        raise _wrong(path, node, f"set {changes!r} must be a mapping of paths to values")
    for key in NOT_VARIED:
        if key in changes:
            raise _wrong(path, node, f"{key} {NOT_VARIED[key]}")
    if not isinstance(label, str):
        label = _checked_number(path, node, label)
    return Option(label, _written_out(path, node, changes, base))


def likely_typo(path: str, node: Node, bases: Sequence[Scenario]) -> str:
    """What is wrong with a value that is likely a typing error; empty for any other.

    It is one only if no scenario accepts it. A value that needs a change at another path as well
    is left to the points.
    """
    value, message = plain(node), ""
    if isinstance(value, dict) and any(closest_of(key, OPTION_KEYS) for key in value):
        wrong = next((key for key in value if key not in OPTION_KEYS), None)
        if wrong is None:
            alone = next(iter(value))
            message = f"{alone} alone: a value with a name is {{label: ..., set: {{...}}}}"
        else:
            message = f"unknown key {wrong!r}" + suggestion(wrong, OPTION_KEYS)
    elif isinstance(value, str):
        close = closest(value, (PRESENT, ABSENT))
        message = f"{quoted(node)} is not an allowed value{close}" if close else ""
    if not message:
        is_word = isinstance(value, (str, bool))
        if not is_word or not any(find_place(base, path) for base in bases):
            return ""
    reasons = [rejection(base, Varied(path, (Option("", {path: value}),))) for base in bases]
    return (message or reasons[0]) if all(reasons) else ""


# Values that name a file


def _written_out(path: str, node: Node, changes: dict[str, Any], base: Scenario) -> dict[str, Any]:
    """Changes in which the content of each file replaces its name."""
    found = dict(changes)
    for where, value in changes.items():
        section, _, part = str(where).partition(".")
        key = FILES.get(where)
        try:
            if isinstance(value, str) and where in ("behaviour", "ties.dyads"):
                named: Any = _file_of(section, value, node)
            elif key and isinstance(value, dict) and isinstance(value.get(key), str):
                named = {**value, key: _file_of(section, value[key], node)}
            else:
                continue
            whole = base.with_changes({where: named}).full()[section]
        except ScenarioError as error:
            messages = (
                each.message if each.file in ("", SET_FILE) else str(each)
                for each in error.problems
            )
            raise StudyError(
                Problem(node.file, node.line, f"vary.{path}", message) for message in messages
            ) from None
        found[where] = whole[part] if part else whole
    return found


def _file_of(section: str, written: str, node: Node) -> str:
    """The path, from where the program runs, of a file that a study names."""
    folder = "" if node.file.startswith("--") or not node.file else str(Path(node.file).parent)
    if section == "behaviour":
        return find_named(written, shipped_behaviours(), "behaviour", folder)
    return find_file(written, folder)


# Ranges and distributions


def _ranged(path: str, node: Node, design: str, is_whole: bool) -> Varied:
    """A range: a number of values between two ends, or any number between them."""
    _check_keys(path, node, RANGE_KEYS)
    ends = plain(node.value["range"])
    are_numbers = isinstance(ends, list) and all(
        isinstance(x, (int, float)) and not isinstance(x, bool) and math.isfinite(x) for x in ends
    )
    if not are_numbers or len(ends) != 2 or not ends[0] < ends[1] or max(map(abs, ends)) > 1e100:
        message = f"{quoted(node.value['range'])} must be two numbers, the lower one first"
        raise _wrong(path, node, message)
    low, high = (_checked_number(path, node, end) for end in ends)
    if is_whole:
        low, high = (_checked_whole(path, node, end) for end in (low, high))
    spacing = _spacing(path, node, [low])
    if design != "grid" and "steps" in node.value:
        raise _wrong(path, node, f"steps belong to a grid; with {design} give low and high alone")
    if design != "grid":
        # Whole numbers are the fractions up to the next one, rounded down.
        ends = [low, high + 1 if is_whole else high]
        ends = [math.log(end) for end in ends] if spacing == "log" else ends
        return Varied(
            path,
            distribution=distribution_from({"uniform": ends}),
            spacing=spacing,
            written=plain(node),
            whole=(int(low), int(high)) if is_whole else None,
        )
    steps = plain(node.value["steps"]) if "steps" in node.value else None
    if isinstance(steps, bool) or not isinstance(steps, int) or not 2 <= steps <= MOST_VALUES:
        written = "no steps" if steps is None else repr(steps)
        message = (
            f"{written}: a grid needs a number of values, ends included, from 2 to "
            f"{MOST_VALUES:,}, such as LOW:HIGH:11"
        )
        raise _wrong(path, node, message)
    values = spread_values((low, high), steps, spacing)
    if len(set(values)) < steps:
        raise _wrong(path, node, f"{quoted(node)} has fewer than {steps} different values")
    if is_whole:
        for value in values:
            _checked_whole(path, node, value)
        values = [int(value) for value in values]
    options = tuple(Option(value, {path: value}) for value in values)
    return Varied(path, options, spacing=spacing, written=plain(node))


def _checked_whole(path: str, node: Node, value: float) -> int:
    """An end or a value of a range over whole numbers."""
    number = whole_number(value)
    if number is None:
        advice = "choose the number of steps so that all are, or list the values"
        raise _wrong(path, node, f"{value:.12g} must be a whole number; {advice}")
    return number


def _check_keys(path: str, node: Node, known: tuple[str, ...]) -> None:
    for key in node.value:
        if key not in known:
            raise _wrong(path, node, f"unknown key {key!r}" + suggestion(key, known))


def _spacing(path: str, node: Node, labels: list[Any]) -> str:
    """Scale of the axis on which values are plotted; log is for numbers above 0."""
    spacing = plain(node.value["spacing"]) if "spacing" in node.value else "linear"
    if spacing not in SPACINGS:
        raise _wrong(path, node, f"spacing {spacing!r} must be one of {', '.join(SPACINGS)}")
    for label in labels:
        if spacing == "log" and (isinstance(label, str) or label <= 0):
            raise _wrong(path, node, f"{label} must be a number above 0 for the spacing log")
    return str(spacing)


def spread_values(ends: tuple[float, float], steps: int, spacing: str) -> list[float]:
    """Values from one end to the other, as a person would write them; whole numbers stay whole.

    Examples
    --------
    >>> spread_values((0, 0.9), 4, "linear"), spread_values((1, 5), 3, "linear")
    ([0.0, 0.3, 0.6, 0.9], [1, 3, 5])
    """
    if spacing == "log":
        inner = [float(f"{value:.{DIGITS}g}") for value in np.geomspace(*ends, steps)]
    else:
        step = max((ends[1] - ends[0]) / (steps - 1), 1e-300)
        digits = DIGITS - 1 - math.floor(math.log10(step))
        decimals, tolerance = min(300, max(0, digits)), 1e-12 * max(map(abs, ends))
        exact = [float(value) for value in np.linspace(*ends, steps)]
        short = [round(value, decimals) + 0.0 for value in exact]
        inner = [x if abs(x - y) <= tolerance else y for x, y in zip(short, exact, strict=True)]
    values = [ends[0], *inner[1:-1], ends[1]]
    if all(isinstance(end, int) for end in ends) and all(float(x).is_integer() for x in values):
        return [int(value) for value in values]
    return [float(value) for value in values]


def _bounded(path: str, node: Node, base: Scenario, written: Mapping[Any, Any]) -> Distribution:
    """A distribution cut to the range of its field, if the field may be drawn.

    If it may not be, as a number of days, the points fail, each with that reason.
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
