"""Checks of single fields: the models' errors as findings in the words of a scenario file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from sim.scenario.behaviour import MOVES
from sim.scenario.events import EVENT_MODELS, event_kind
from sim.scenario.fields import FieldType, field_types
from sim.scenario.files.errors import Finding, Steps
from sim.scenario.files.suggestions import unknown
from sim.scenario.files.tree import Node, quoted

_COLLECTIONS = {
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "dict_type": "must be a mapping",
    "model_type": "must be a mapping",
    "model_attributes_type": "must be a mapping",
    "bool_type": "must be true or false",
    "date_type": "must be a calendar date such as 2025-03-10",
}
_NO_KIND = "must have one key that says its kind, out of " + ", ".join(EVENT_MODELS)
Model = TypeVar("Model", bound=BaseModel)
ModelAt = Callable[[Steps], type[BaseModel] | None]


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
        return None, list(_findings(error, partial(_model, scenario, data), root))


def _findings(error: ValidationError, model_at: ModelAt, root: Node) -> Iterator[Finding]:
    for wrong in error.errors(include_url=False, include_input=False):
        loc = wrong["loc"]
        if loc[:1] == ("events",) and len(loc) > 2:
            loc = loc[:2] + loc[3:]
        if loc and loc[-1] == "[key]":
            yield Finding(loc[:-1], f"{str(loc[-2])[:60]!r} {wrong['msg']}")
            continue
        node = root.find(loc)
        message = _message(wrong["type"], wrong, loc, model_at, node)
        if message:
            yield Finding(loc, message)


def _message(kind: str, wrong: Any, steps: Steps, model_at: ModelAt, node: Node) -> str:
    """One error in words; empty if another error says it already."""
    context = wrong.get("ctx", {})
    if kind == "missing":
        return _missing(steps, model_at)
    if kind == "extra_forbidden":
        return unknown("key", str(steps[-1]), _known_keys(steps[:-1], model_at))
    if kind in ("union_tag_not_found", "union_tag_invalid"):
        return _kindless(node)
    if kind == "too_long":
        return f"has {len(node.value)} entries; at most {context['max_length']} are allowed"
    if kind == "too_short":
        is_empty = isinstance(node.value, (list, dict)) and not node.value
        return "is empty; at least one is needed" if is_empty else ""
    allowed = _COLLECTIONS.get(kind, wrong["msg"])
    return f"{quoted(node)} {allowed}{_quoted_number(node, allowed)}"


def _quoted_number(node: Node, allowed: str) -> str:
    """A hint for a number that stands in quotation marks."""
    if not isinstance(node.value, str) or "number" not in allowed:
        return ""
    try:
        float(node.value)
    except ValueError:
        return ""
    return "; it is text, so take the quotation marks away"


def _missing(steps: Steps, model_at: ModelAt) -> str:
    model = model_at(steps[:-1])
    field = field_types(model).get(str(steps[-1])) if model is not None else None
    marker = field.marker if field is not None else None
    return "is missing" if marker is None else f"is missing; it {marker.must}"


def _kindless(node: Node) -> str:
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


def _known_keys(steps: Steps, model_at: ModelAt) -> list[str]:
    """The keys that may stand in the mapping at a path."""
    if steps == ("behaviour",):
        return [*MOVES, "from"]
    model = model_at(steps)
    known = list(model.model_fields) if model is not None else []
    return known if steps else [*known, "base", "add_events"]


def _model(scenario: type[BaseModel], data: dict[str, Any], steps: Steps) -> type[BaseModel] | None:
    """The model of the mapping at a path."""
    if len(steps) == 2 and steps[0] == "events":
        return EVENT_MODELS.get(event_kind(data["events"][steps[1]]) or "")
    found = FieldType(model=scenario)
    for step in steps:
        found = found.below(str(step)) or FieldType()
    return found.model
