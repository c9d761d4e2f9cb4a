"""The numbers of a scenario by their addresses, and the completions of a path.

A path is a number's address: ``conditions.us_backing.level``, ``nations.*.stake`` for all nations,
``events.chiefs_of_defence.weight``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from sim.scenario.addresses import (
    Place,
    address_steps,
    addresses,
    all_paths,
    draw_keys,
    find_place,
    full_form_fields,
)
from sim.scenario.arrays.slots import slots_of
from sim.scenario.changes import changed
from sim.scenario.distribution import Distribution
from sim.scenario.fields import Between, Date, Number, Whole
from sim.scenario.files.errors import Problem, ScenarioError
from sim.scenario.files.suggestions import unknown
from sim.scenario.files.variants import SET_FILE, path_of, path_steps
from sim.scenario.labels import label_of, unit_of

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario


class Bounds(NamedTuple):
    """The range of a number; an open end does not belong to it."""

    low: float
    high: float
    open_low: bool = False
    open_high: bool = False
    is_whole: bool = False

    def some_value(self) -> float:
        """A value in the range: its low end, or the middle where that is left out."""
        return (self.low + self.high) / 2 if self.open_low else self.low


@dataclass(frozen=True)
class Parameter:
    """A number of a scenario; get one from `Scenario.parameter`.

    Attributes
    ----------
    path : str
    value : float, int, Distribution or None
        None where the scenario does not set it, or sets it differently for several nations.
    bounds : Bounds
    unit, label, help : str
        Texts for people; the unit may be empty.
    is_random : bool
        True if a value is drawn once a run.
    slots : tuple of int
        Its indices in the flat inputs; none if they do not hold it, nor for a date, as a fixed one
        does not take the place of one that is drawn there.
    key : str
        What its draws depend on; empty for several numbers, and where nothing is drawn.
    fields : tuple of str
        Its paths in the full form, with ids of nations and numbers of events.
    """

    path: str
    value: Number | int | None
    bounds: Bounds
    unit: str
    label: str
    help: str
    is_random: bool
    slots: tuple[int, ...]
    key: str
    fields: tuple[str, ...]

    def __repr__(self) -> str:
        value = self.value.as_dict() if isinstance(self.value, Distribution) else self.value
        low, high = ("(" if self.bounds.open_low else "[", ")" if self.bounds.open_high else "]")
        bounds = f"{low}{self.bounds.low:g}, {self.bounds.high:g}{high}"
        numbers = "" if len(self.fields) == 1 else f", {len(self.fields):,} numbers"
        return f"<Parameter {self.path}: {value} in {bounds}{numbers}; {self.label}>"


def is_sure(path: str, value: object) -> bool:
    """Whether a value is the chance of a deal that is sure: such a deal needs no draw."""
    return path.endswith(".probability") and value == 1


def parameter(scenario: Scenario, path: object) -> Parameter:
    """A number of a scenario by its address; see `Scenario.parameter`."""
    if not isinstance(path, str):
        example = "conditions.us_backing.level"
        raise TypeError(f"a path must be text, such as {example!r}, not {path!r}")
    place = find_place(scenario, path)
    if place is not None:
        return _parameter(scenario, place, slots_of(scenario))
    problem = Problem(SET_FILE, None, path, "takes no number")
    try:  # with any number, since it is the path that is wrong
        changed(scenario, {path: 0.5})
    except ScenarioError as error:
        problem = error.problems[0]
    below = [each for each in addresses(scenario) if each.startswith(f"{path}.")]
    if path_steps(path)[:1] == ("success",) and below:
        problem = replace(problem, message=f"takes no number; give {' or '.join(below)}")
    _, must_be, allowed = problem.message.partition(" must be ")
    if must_be:
        problem = replace(problem, message=f"takes no number: it must be {allowed}")
    steps = path_steps(path)
    if len(steps) == 2 and steps[0] in ("conditions", "contributions") and not below:
        known = list(getattr(scenario, steps[0]))
        problem = replace(problem, message=unknown(steps[0].removesuffix("s"), steps[1], known))
    raise ScenarioError([problem])


def parameters(scenario: Scenario) -> list[Parameter]:
    """All numbers of a scenario, in the order of its full form."""
    slots = slots_of(scenario)
    places = (find_place(scenario, path) for path in addresses(scenario))
    return [_parameter(scenario, place, slots) for place in places if place is not None]


def _parameter(scenario: Scenario, place: Place, slots: Mapping[str, int]) -> Parameter:
    keys, values = draw_keys(scenario, place.keys), place.values(scenario)
    known = [key for key in keys if key in slots]
    marker = place.type.marker
    is_number = len(known) == len(keys) and not isinstance(marker, Date)
    if isinstance(marker, Between):
        bounds = Bounds(marker.low, marker.high, marker.open_low, marker.open_high)
    else:
        assert isinstance(marker, Whole)
        bounds = Bounds(marker.low, marker.high, is_whole=True)
    return Parameter(
        path=path_of(address_steps(scenario, place.keys)),
        value=values[0] if all(value == values[0] for value in values) else None,
        bounds=bounds,
        unit=unit_of(scenario, place),
        label=label_of(scenario, place.keys),
        help=place.type.about.help,
        is_random=any(isinstance(value, Distribution) for value in values),
        slots=tuple(slots[key] for key in known) if is_number else (),
        key=known[0] if len(keys) == len(known) == 1 else "",
        fields=full_form_fields(scenario, place.keys),
    )


def complete(scenario: Scenario, prefix: str) -> list[tuple[str, str]]:
    """Return the completions of a path, up to its next dot, each with its help.

    Examples
    --------
    >>> from sim.scenario.load import load_scenario
    >>> complete(load_scenario("paris_2025"), "conditions.us_backing.le")
    [('conditions.us_backing.level', 'Level towards which the condition tends')]
    >>> [path for path, _ in complete(load_scenario("paris_2025"), "com")]
    ['commitment.']
    """
    found: dict[str, str] = {}
    for path in all_paths(scenario):
        if not path.startswith(prefix):
            continue
        steps, done = path_steps(path), ""
        for end in range(1, len(steps) + 1):
            done = path_of(steps[:end])
            if len(done) >= len(prefix) and not prefix.endswith(f"{done}."):
                break
        is_whole = done == path
        place = find_place(scenario, path) if is_whole else None
        help_text = place.type.about.help if place is not None else ""
        found.setdefault(done if is_whole else f"{done}.", help_text)
    return list(found.items())
