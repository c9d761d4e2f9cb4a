"""Labels and units of the numbers of a scenario, for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from sim.scenario.addresses import Keys, Place
from sim.scenario.behaviour import EXIT_MOVES, INITIAL
from sim.scenario.drawn_date import parameter_name
from sim.scenario.events import event_identity, event_ordinals
from sim.scenario.files.nations import ALL
from sim.scenario.parts import FORCE_UNITS

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario

BELOW = {
    "reliance": "reliance on {}",
    "sensitivity": "sensitivity to {}",
    "capacity": "{} capacity",
    "pledge": "{} pledge",
    "responds": "response to {}",
    "stage": "chance to start {}",
}
"""Labels of fields that hold a number for each condition, kind or stage."""


QUORUM_COUNTS = {
    "public": "public nations",
    "share": "share of nations",
    "at_least": "share of {}",
    "lag": "days until in force",
}
"""What the numbers of a quorum count, in words."""


def label_of(scenario: Scenario, keys: Keys) -> str:
    """Return the label of a number: whose it is, and what it is."""
    section, *rest = keys
    if section == "days":
        return "length of the run"
    if section in ("commitment", "memory", "tempo", "climate"):
        words = field_words(scenario, keys if section in ("tempo", "climate") else rest)
        return f"memory of {words}" if section == "memory" else words
    if section == "success":
        most = " at most" if rest[0] == "at_most" else ""
        return f"success: {display_name(scenario, str(rest[-1]))}{most}"
    if keys[:2] == ("ties", "dyads"):
        return f"tie of {' and '.join(scenario.ties.dyads[int(keys[2])][:2])}"
    if "quorum" in (section, *rest[1:2]):
        return _quorum_label(scenario, keys)
    owner, rest = owner_words(scenario, keys)
    return f"{owner}: {field_words(scenario, rest)}"


def _quorum_label(scenario: Scenario, keys: Keys) -> str:
    """Return whose quorum a number is of, and what it counts: ``share of ground capacity``."""
    owner, quorum, below = "quorum", cast("Any", scenario.quorum), keys[1:]
    if keys[0] == "nations":
        owner = f"{owner_words(scenario, keys)[0]}: quorum"
        quorums = scenario.nations[0 if keys[1] == ALL else int(keys[1])].quorum
        quorum, below = quorums[int(keys[3])], keys[4:]
        owner += f" {int(keys[3]) + 1}" if len(quorums) > 1 else ""
    field, _, kind = (quorum.weight or "").partition(".")
    weight = field_words(scenario, (field, kind) if kind else (field,))
    words = QUORUM_COUNTS[str(below[0])].format(weight)
    if len(below) == 3:  # a parameter of a distribution
        words += f", {parameter_name(str(below[1]), int(below[2]))}"
    return f"{owner}, {words}"


def owner_words(scenario: Scenario, keys: Keys) -> tuple[str, list[str | int]]:
    """Return whose a number is, and the keys below that."""
    section, name, *rest = keys
    match section:
        case "nations":
            words = "all nations" if name == ALL else scenario.nations[int(name)].id
        case "events":
            words = event_words(scenario, int(name))
        case "behaviour":
            words = str(name).removesuffix("_")
            if name in EXIT_MOVES:
                words += f" from {rest.pop(0)}"
            elif name == INITIAL:
                words = f"initial law, {rest.pop(0)}"
        case "ties" if name == "groups":
            words = f"group {rest.pop(0)}"
        case "ties":
            words, rest = "ties", [name]
        case _:
            words = display_name(scenario, str(name))
    return words, rest


def field_words(scenario: Scenario, keys: Sequence[str | int]) -> str:
    """Return what a number is of its owner, such as ``reliance on US backing``."""
    field, *rest = keys
    if field in BELOW and rest:
        words = BELOW[str(field)].format(display_name(scenario, str(rest.pop(0))))
    else:
        words = str(field).replace("_", " ")
    if len(rest) == 2 and isinstance(rest[1], int):  # a parameter of a distribution
        words += f", {parameter_name(str(rest[0]), rest[1])}"
    return words


def display_name(scenario: Scenario, key: str) -> str:
    """Return what people call a condition or kind, or anything else that has a key."""
    if key in scenario.conditions:
        return scenario.condition_name(key)
    is_kind = key in scenario.contributions
    return scenario.contribution_name(key) if is_kind else key.replace("_", " ")


def event_words(scenario: Scenario, number: int) -> str:
    """Return what people call an event, or what it is about."""
    event, identities = scenario.events[number], list(map(event_identity, scenario.events))
    ordinal = event_ordinals(identities)[number]
    subject = identities[number].subject
    words = scenario.event_name(event)
    if not words and subject in scenario.conditions:
        words = f"{event.kind} to {scenario.condition_name(subject)}"
    words = words or " of ".join(part for part in (event.kind, subject) if part)
    return f"{words} ({ordinal + 1})" if ordinal and not event.name else words


def unit_of(scenario: Scenario, place: Place) -> str:
    """Return the unit of a number, in the scenario's own words for units and force."""
    unit = place.type.about.unit
    if unit == "units" and place.keys[-1] in scenario.contributions:
        return scenario.contributions[str(place.keys[-1])].unit or unit
    return scenario.force_unit if unit == FORCE_UNITS else unit
