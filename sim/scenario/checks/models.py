"""Checks of single fields: the models' errors as findings in the words of a scenario file."""

from __future__ import annotations

import math
import re
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from sim.core.stages import FEATURES
from sim.scenario.behaviour import INITIAL, MOVES
from sim.scenario.events import EVENT_MODELS, event_kind
from sim.scenario.fields import FieldType, field_types
from sim.scenario.files.errors import Finding, Steps
from sim.scenario.files.shorthand import forms_at
from sim.scenario.files.suggestions import unknown
from sim.scenario.files.tree import Node, quoted, scalar
from sim.scenario.files.variants import VARIANT_KEYS, item_set, without_list

_MUST_BE = {
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "dict_type": "must be a mapping",
    "model_type": "must be a mapping",
    "model_attributes_type": "must be a mapping",
    "bool_type": "must be true or false",
    "date_type": "must be a calendar date such as 2025-03-10",
}
_NUMBER_WITH_COMMAS = re.compile(r"[-+]?[0-9.' ]*(,[0-9]+)+(\.[0-9]*)?")
_NO_KIND = "must have one key that says its kind, out of " + ", ".join(EVENT_MODELS)
Model = TypeVar("Model", bound=BaseModel)


def validated(
    scenario: type[Model], data: dict[str, Any], root: Node
) -> tuple[Model | None, list[Finding]]:
    """The scenario that plain data make, or None and what is wrong with single fields.

    Parameters
    ----------
    scenario : type
        The model of a scenario.
    data : dict
        The tree ``root`` as plain data, with what it leaves out filled in.
    root : Node
        For the text of values in messages.
    """
    try:
        return scenario.model_validate(data), []
    except ValidationError as error:
        errors = error.errors(include_url=False, include_input=False)
    findings = []
    for wrong in errors:
        steps: Steps = wrong["loc"]
        if steps[:1] == ("events",) and len(steps) > 2:
            steps = steps[:2] + steps[3:]  # without the kind, which pydantic puts there
        # So pydantic calls a key that is wrong; one that nobody knows may be written so.
        if steps[-1:] == ("[key]",) and wrong["type"] != "extra_forbidden":
            message = f"{str(steps[-2])[:60]!r} {wrong['msg']}"
            steps = steps[:-1]
        else:
            owner = _model_at(scenario, data, steps[:-1])
            node = root.find(steps)
            message = _message(wrong, steps, owner, node)
            item = item_set(node) if " list" in message else ""
            if item:
                message, steps = without_list(node, steps), (*steps, item)
        if message:
            findings.append(Finding(steps, message))
    return None, findings


def _model_at(
    scenario: type[BaseModel], data: dict[str, Any], steps: Steps
) -> type[BaseModel] | None:
    """The model of the mapping at a path."""
    if len(steps) == 2 and steps[0] == "events":
        return EVENT_MODELS.get(event_kind(data["events"][steps[1]]) or "")
    found = FieldType(model=scenario)
    for step in steps:
        found = found.below(str(step)) or FieldType()
    return found.model


def _message(wrong: Any, steps: Steps, owner: type[BaseModel] | None, node: Node) -> str:
    """One error in words; empty if another error says it already.

    ``owner`` is the model of the part to which the wrong value belongs.
    """
    kind = wrong["type"]
    if kind == "missing":
        field = field_types(owner).get(str(steps[-1])) if owner is not None else None
        marker = field.marker if field is not None else None
        return "is missing" if marker is None else f"is missing; it {marker.must}"
    if kind == "extra_forbidden":
        known = list(owner.model_fields) if owner is not None else []
        if len(steps) == 1:
            known += VARIANT_KEYS
        elif steps[:-1] == ("behaviour",):
            known = [*MOVES, INITIAL, "from"]
        return unknown("key", str(steps[-1]), known) + _key_advice(steps, node)
    if kind in ("union_tag_not_found", "union_tag_invalid"):
        return _wrong_kind(node)
    if kind == "too_long":
        return f"has {len(node.value)} entries; at most {wrong['ctx']['max_length']} are allowed"
    if kind == "too_short":
        is_empty = isinstance(node.value, (list, dict)) and not node.value
        return "is empty; at least one is needed" if is_empty else ""
    allowed = _MUST_BE.get(kind, wrong["msg"])
    if kind in _MUST_BE and forms_at(steps):  # the last of them is not all
        allowed = f"must be {forms_at(steps)}"
    message = f"{quoted(node)} {allowed}"
    if "number" in allowed and isinstance(node.value, str):
        message += _comma_advice(node.value) or _number_meant(node.value)
    return message


def _number_meant(text: str) -> str:
    """What to write where a number is needed and text stands; empty if it is like no number."""
    read = scalar(text)
    if isinstance(read, int | float) and not isinstance(read, bool) and math.isfinite(read):
        return "; it is text, so take the quotation marks away"
    try:  # what Python reads and YAML does not: underscores, digits of other scripts
        number = float(text)
    except ValueError:
        return ""
    return f"; write {number:.15g}" if math.isfinite(number) else ""


def _comma_advice(text: str) -> str:
    """What to write instead of a number with commas; empty for any other text."""
    if not _NUMBER_WITH_COMMAS.fullmatch(text.strip()):
        return ""
    return "; a number has a point for decimals, and nothing between thousands"


def _key_advice(steps: Steps, node: Node) -> str:
    """What is known of an unknown key beside its name.

    In the initial law, a feature that changes from day to day; in ``{stake: 0,5}``, a key 5 that
    has no value.
    """
    key = str(steps[-1])
    if steps[:-1] == ("behaviour", INITIAL, "talks") and key in FEATURES:
        return "; the initial law looks at features that no day changes"
    is_half = key.isdecimal() and node.value is None
    return "; if a number with a comma ends in it, write a point" if is_half else ""


def _wrong_kind(node: Node) -> str:
    """The message on an event of which no kind, or more than one, can be told."""
    if not isinstance(node.value, dict):
        return f"{quoted(node)} must be a mapping with a date and a kind"
    kinds = [key for key in node.value if key in EVENT_MODELS]
    if kinds:
        return f"has {len(kinds)} kinds ({', '.join(kinds)}); an event has one"
    others = {name for model in EVENT_MODELS.values() for name in model.model_fields}
    for key in node.value:
        if key not in others:
            return unknown("key", key, list(EVENT_MODELS)) + f"; an event {_NO_KIND}"
    return _NO_KIND
