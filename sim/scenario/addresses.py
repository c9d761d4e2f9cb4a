"""What a path of a scenario leads to, and the path of every number.

For written trees, `sim.scenario.files.variants` decides what a path means.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import BaseModel

from sim.core.stages import STAGES
from sim.scenario.behaviour import INITIAL
from sim.scenario.distribution import LARGEST, Distribution
from sim.scenario.drawn_date import parameter_name
from sim.scenario.events import (
    EVENT_MODELS,
    event_identity,
    event_keys,
    event_ordinals,
    find_events,
    item_index,
)
from sim.scenario.fields import Between, FieldType, Whole, field_types
from sim.scenario.files.nations import ALL
from sim.scenario.files.suggestions import closest_of
from sim.scenario.files.variants import BOUNDS, path_of, path_steps
from sim.scenario.joint_draws import JointDate, JointNumber
from sim.scenario.parts import SUCCESS_FIELDS
from sim.scenario.read_only import ReadOnlyDict

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario

Keys = tuple[str | int, ...]


class Place(NamedTuple):
    """What a path leads to.

    Attributes
    ----------
    keys : tuple
        Attributes, keys and indices that lead to it; ``*`` for every nation.
    owner : object
        What the scenario has there, None if nothing; of all nations, that of the first.
    type : FieldType
    """

    keys: Keys
    owner: Any
    type: FieldType

    def values(self, scenario: Scenario) -> list[Any]:
        """What the scenario has there: one value, or one for each nation."""
        if self.keys[:2] != ("nations", ALL):
            return [self.owner]
        return [value_at(nation, self.keys[2:]) for nation in scenario.nations]


def value_at(owner: Any, keys: Keys) -> Any:
    """What stands at some keys below a part; None if there is nothing."""
    for key in keys:
        owner = _below(owner, key)
    return owner


def _below(owner: Any, key: str | int) -> Any:
    """What stands at a key of a part, mapping or list; None if there is nothing."""
    if isinstance(owner, BaseModel):
        return getattr(owner, str(key))
    if isinstance(owner, tuple):
        return owner[int(key)] if int(key) < len(owner) else None
    return (owner or {}).get(key)


def find_place(scenario: Scenario, path: str) -> Place | None:
    """Return what a path leads to, if that is a number or would be one if the scenario had it."""
    steps = path_steps(path)
    here: Place | None = Place((), scenario, FieldType(model=type(scenario)))
    while steps and here is not None:
        here, taken = _next_place(scenario, here, steps)
        steps = steps[taken:]
    if here is None or not isinstance(here.type.marker, Between | Whole):
        return None
    return here if not isinstance(here.owner, str) and here.keys else None


def _next_place(scenario: Scenario, here: Place, steps: Sequence[str]) -> tuple[Place | None, int]:
    """What the first steps lead to, and how many they are."""
    if here.keys == ("events",):
        return _event_place(scenario, steps)
    if here.type.marker is not None:
        return _distribution_parameter(here, steps), 2
    step = steps[0]
    if here.keys == ("success",) and step not in SUCCESS_FIELDS:  # a condition's threshold
        bound = next(iter(steps[1:2]), "")
        is_whole = bound not in BOUNDS
        if is_whole and here.owner is not None and step in here.owner.at_most:
            return None, 1  # it has more numbers than one
        field = "at_most" if bound == "at_most" else "conditions"
        return _member_place(scenario, _field_place(here, field) or here, step), 2 - is_whole
    return _field_place(here, step) if here.type.model else _member_place(scenario, here, step), 1


def _field_place(here: Place, step: str) -> Place | None:
    found = here.type.below(step)
    if found is None:
        return None
    owner = None if here.owner is None else getattr(here.owner, found.attribute)
    return Place((*here.keys, found.attribute), owner, found)


def find_event(scenario: Scenario, path: str) -> int | None:
    """Return the number of the event that a path leads to; None for what is below it, or none."""
    steps = path_steps(path)
    if steps[:1] != ("events",) or len(steps) < 2:
        return None
    place, taken = _event_place(scenario, steps[1:])
    return int(place.keys[1]) if place is not None and taken == len(steps) - 1 else None


def _event_place(scenario: Scenario, steps: Sequence[str]) -> tuple[Place | None, int]:
    numbers, taken = find_events(steps, [event_identity(event) for event in scenario.events])
    if len(numbers) != 1:
        return None, 1
    event = scenario.events[numbers[0]]
    return Place(("events", numbers[0]), event, FieldType(model=type(event))), taken


def _member_place(scenario: Scenario, here: Place, step: str) -> Place | None:
    """A member of a mapping or list; a stage, kind or threshold need not be given."""
    keys, owner, found = here
    if found.members is None:
        return None
    if keys == ("nations",) and step == ALL:
        return Place((*keys, ALL), owner[0], found.members)
    if isinstance(owner, tuple):
        index = item_index(step, len(owner))
        if keys == ("nations",):
            index = next((number for number, each in enumerate(owner) if each.id == step), None)
        return None if index is None else Place((*keys, index), owner[index], found.members)
    known: Mapping[str, Any] = owner or {}
    possible: dict[Any, Container[str]] = {
        "stage": STAGES,
        "pledge": scenario.contributions,
        "conditions": scenario.conditions,
        "at_most": scenario.conditions,
    }
    is_possible = step in possible.get(keys[-1], known)
    return Place((*keys, step), known.get(step), found.members) if is_possible else None


def _distribution_parameter(here: Place, steps: Sequence[str]) -> Place | None:
    """A parameter of a distribution, such as ``support.normal.0``."""
    keys, owner, found = here
    if not isinstance(owner, Distribution) or len(steps) < 2 or ALL in keys:
        return None
    if isinstance(owner, JointDate | JointNumber):
        return None
    kind, number = steps[0], steps[1]
    written: Any = owner.as_dict()[owner.kind]
    listed = written if isinstance(written, dict) else dict(enumerate(written))
    values = {str(key): value for key, value in listed.items()}
    if kind != owner.kind or number not in values:
        return None
    name = parameter_name(kind, int(number))
    about = replace(found.about, help=f"{found.about.help}: {name}")
    marker = Between(-LARGEST, LARGEST, fixed=True)
    type_ = FieldType(marker=marker, about=about)
    return Place((*keys, kind, int(number)), values[number], type_)


def replaced(owner: Any, keys: Keys, value: Any) -> Any:
    """A copy of a part with another value at some keys below it; the rest is shared."""
    if not keys:
        return value
    key, rest = keys[0], keys[1:]
    if isinstance(owner, BaseModel):
        return owner.model_copy(update={str(key): replaced(getattr(owner, str(key)), rest, value)})
    if isinstance(owner, dict):
        return ReadOnlyDict({**owner, str(key): replaced(owner[key], rest, value)})
    if key == ALL:
        return tuple(replaced(each, rest, value) for each in owner)
    items = list(owner)
    items[int(key)] = replaced(items[int(key)], rest, value)
    return tuple(items)


# Names of what a path leads to


def address_steps(
    scenario: Scenario, keys: Keys, of_events: Sequence[tuple[str, ...]] | None = None
) -> tuple[str, ...]:
    """Return the steps of the address of what stands at some keys.

    ``of_events`` is what `event_steps` returns, for who asks for many addresses.
    """
    steps: Keys = keys
    if keys[0] == "nations" and keys[1] != ALL:
        steps = ("nations", scenario.nations[int(keys[1])].id, *keys[2:])
    elif keys[0] == "events":
        known = event_steps(scenario) if of_events is None else of_events
        steps = ("events", *known[int(keys[1])], *keys[2:])
    elif keys[:2] == ("success", "conditions"):
        has_most = scenario.success is not None and keys[2] in scenario.success.at_most
        steps = ("success", *keys[2:], *(("at_least",) if has_most else ()))
    elif keys[:2] == ("success", "at_most"):
        steps = ("success", *keys[2:], "at_most")
    return tuple("return" if step == "return_" else str(step) for step in steps)


def full_form_fields(scenario: Scenario, keys: Keys) -> tuple[str, ...]:
    """Return where the full form holds what stands at some keys, an event by its number."""
    if keys[0] == "events":
        return (path_of(keys),)
    return tuple(path_of(address_steps(scenario, each)) for each in _single(scenario, keys))


def draw_keys(scenario: Scenario, keys: Keys) -> tuple[str, ...]:
    """Return what the draws of the numbers at some keys depend on."""
    if keys[0] == "events":
        begin = event_keys(scenario.events)[int(keys[1])]
        return (".".join(map(str, (begin, *keys[2:]))),)
    return tuple(".".join(address_steps(scenario, each)) for each in _single(scenario, keys))


def _single(scenario: Scenario, keys: Keys) -> Iterator[Keys]:
    """Keys, those for all nations for each by itself."""
    if ALL not in keys[1:2]:
        yield keys
    else:
        yield from ((keys[0], index, *keys[2:]) for index in range(len(scenario.nations)))


def event_steps(scenario: Scenario) -> list[tuple[str, ...]]:
    """For each event its label or name if no other has it, else kind, subject and ordinal."""
    events = [event_identity(event) for event in scenario.events]
    counts: dict[str, int] = {}
    for event in events:
        for name in {event.name, "" if event.is_list else event.subject}:
            counts[name] = counts.get(name, 0) + 1
    found = list[tuple[str, ...]]()
    labels = [event.label for event in scenario.events]
    for event, label, ordinal in zip(events, labels, event_ordinals(events), strict=True):
        alone = [name for name in (label, event.name) if name and counts[name] == 1]
        alone = [name for name in alone if name not in EVENT_MODELS]
        subject = (event.subject,) if event.subject else ()
        found.append((alone[0],) if alone else (event.kind, *subject, str(ordinal)))
    return found


def addresses(scenario: Scenario) -> Iterator[str]:
    """Yield the path of every number that a scenario has, in the order of its full form."""
    known = event_steps(scenario)
    for keys in _number_keys(scenario, FieldType(model=type(scenario)), ()):
        yield path_of(address_steps(scenario, keys, known))


def _number_keys(owner: Any, found: FieldType, keys: Keys) -> Iterator[Keys]:
    """Yield the keys of every number of a part."""
    if isinstance(found.marker, Between | Whole):
        if not isinstance(owner, str):
            yield keys
    elif isinstance(owner, BaseModel):
        for below in field_types(type(owner)).values():
            child = getattr(owner, below.attribute)
            yield from _number_keys(child, below, (*keys, below.attribute))
    elif keys == ("ties", "dyads"):
        yield from ((*keys, index, 2) for index in range(len(owner)))
    elif found.members is not None and owner is not None:
        for key, child in owner.items() if isinstance(owner, dict) else enumerate(owner):
            if key == INITIAL and keys[-1] == "stage":  # it stands alone: no number to choose
                continue
            yield from _number_keys(child, found.members, (*keys, key))


def closest_path(scenario: Scenario, path: str) -> str:
    """The shortest address with the steps of a path in their order; empty if there is none."""
    known = [path_steps(each) for each in all_paths(scenario)]
    words = list(dict.fromkeys(step for steps in known for step in steps))
    wanted = path_steps(path) or tuple(path.split("."))
    spelt = [step if step in words else closest_of(step, words) for step in wanted]
    if not all(spelt):
        return ""
    found = []
    for steps in known:
        rest = iter(steps)
        if all(step in rest for step in spelt):  # each is looked for behind the one before
            found.append(steps)
    # A condition's threshold is shorter than its level, and seldom meant.
    by_length = sorted(found, key=lambda steps: (steps[0] == "success", len(steps)))
    return path_of(by_length[0]) if by_length else ""


def all_paths(scenario: Scenario) -> Iterator[str]:
    """Every address, those for all nations before those of the first."""
    first = f"nations.{scenario.nations[0].id}."
    found = list(addresses(scenario))
    yield from (f"nations.{ALL}.{p.removeprefix(first)}" for p in found if p.startswith(first))
    yield from found
