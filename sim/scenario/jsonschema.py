"""A JSON Schema of scenario files as people write them, for editors."""

from __future__ import annotations

from typing import Any

from sim.core.stages import STAGES
from sim.scenario.behaviour import EXIT_MOVES, INITIAL, MOVES
from sim.scenario.build import RECORD
from sim.scenario.fields import CALENDAR_DATE, date_law_schema, distribution_schema
from sim.scenario.files.nations import ALL
from sim.scenario.files.variants import BOUNDS, VARIANT_KEYS
from sim.scenario.schema import Scenario

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_DATE = {"type": "string", "pattern": f"^{CALENDAR_DATE}$"}
_TEXT = {"type": "string", "minLength": 1}
_NULL = {"type": "null"}


def scenario_json_schema() -> dict[str, Any]:
    """The schema of a scenario file in short or full form, or of a variant with its base.

    It is made from the models, with the short forms beside what they stand for. It describes
    single values; `willing check` also checks that names and numbers fit each other.

    Examples
    --------
    >>> sorted(scenario_json_schema()["properties"])[:3]
    ['add_events', 'add_nations', 'base']
    """
    schema = _simplified(Scenario.model_json_schema(by_alias=True))
    _add_short_forms(schema["$defs"])
    fields = schema["properties"]
    events = fields["events"]
    fields |= {
        "base": {
            **_one_or_more(_TEXT),
            "description": "A scenario file, or a shipped name, that this varies; or several.",
        },
        "add_nations": {
            "anyOf": [_TEXT, {"$ref": "#/$defs/Nations"}],
            "description": "Nations after those of the base: a list or a table.",
        },
        "remove_nations": {
            **_one_or_more(_TEXT),
            "description": "Nations of the base, by id, that go with all that refers to them.",
        },
        "add_events": {**events, "description": "Events after those of the base."},
        "remove_events": {
            **_one_or_more({"anyOf": [_TEXT, {"type": "integer"}]}),
            "description": "Events of the base that go, by their names.",
        },
        "set_events": {
            "type": "object",
            "additionalProperties": {"anyOf": [{"type": "object"}, _NULL]},
            "description": "Changes to events of the base, by their names.",
        },
        RECORD: {
            "anyOf": [_TEXT, _NULL],
            "description": "The record of a past coalition, a CSV file; no part of the runs.",
        },
        "start": {"anyOf": [_DATE, _NULL]},
        "nations": {"anyOf": [_TEXT, {"$ref": "#/$defs/Nations"}, {"$ref": "#/$defs/NationSet"}]},
        "behaviour": {"anyOf": [_TEXT, {"$ref": "#/$defs/Behaviour"}]},
        "events": {"anyOf": [events, _NULL]},
    }
    schema.pop("required")
    needs_level = {"additionalProperties": {"required": ["level"], "type": "object"}}
    needs_members = {
        "additionalProperties": {"anyOf": [{"type": "array"}, {"required": ["members"]}]}
    }
    return {
        "$schema": DIALECT,
        **schema,
        "title": "Scenario of willing",
        "description": "A scenario file: what to simulate, in short or full form.",
        "if": {"required": ["base"]},
        "else": {
            "required": ["days", "nations"],
            "properties": {
                "conditions": needs_level,
                "ties": {"properties": {"groups": needs_members}},
                **dict.fromkeys(VARIANT_KEYS, False),
            },
        },
    }


def _one_or_more(item: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [item, {"type": "array", "items": item, "minItems": 1}]}


def _simplified(value: Any) -> Any:
    """A schema that refers to one schema of distributions and refuses names of a wrong form."""
    if isinstance(value, list):
        return [_simplified(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value == distribution_schema():
        return {"$ref": "#/$defs/Distribution"}
    if value == date_law_schema():
        return {"$ref": "#/$defs/DrawnDate"}
    if len(value.get("patternProperties", {})) == 1:
        value = dict(value)
        pattern, child = value.pop("patternProperties").popitem()
        names = {**value.get("propertyNames", {}), "pattern": pattern}
        value |= {"propertyNames": names, "additionalProperties": child}
    return {key: _simplified(child) for key, child in value.items()}


def _add_short_forms(parts: dict[str, Any]) -> None:
    """Let parts be written short, and be incomplete where a variant changes them."""
    parts["Distribution"] = distribution_schema()
    parts["DrawnDate"] = date_law_schema()
    for part in parts.values():
        part["description"] = str(part.get("description", "")).split("\n\n")[0].replace("\n", " ")

    nation = parts["Nation"]
    names = {"enum": [*STAGES, INITIAL]}
    by_law = {
        "type": "object",
        "properties": {INITIAL: {"const": 1}},
        "required": [INITIAL],
        "additionalProperties": False,
    }
    stages, quorums = nation["properties"]["stage"], nation["properties"]["quorum"]
    nation["properties"] |= {
        "stage": {"anyOf": [names, {**stages, "propertyNames": {"enum": [*STAGES]}}, by_law]},
        "quorum": {"anyOf": [{"$ref": "#/$defs/Quorum"}, quorums]},
    }
    nation["required"] = ["id"]
    change = {**nation, "description": "Changes to a nation."}
    change.pop("required")
    parts["NationChange"] = change
    parts["Nations"] = {
        "type": "array",
        "items": {"anyOf": [nation["properties"]["id"], {"$ref": "#/$defs/Nation"}]},
        "minItems": 1,
    }
    parts["NationSet"] = {
        "type": "object",
        "description": f"A table or list of nations with changes, for all under {ALL!r} or by id.",
        "properties": {
            "table": _TEXT,
            "list": {"$ref": "#/$defs/Nations"},
            "set": {
                "type": "object",
                "additionalProperties": {"$ref": "#/$defs/NationChange"},
            },
        },
        "additionalProperties": False,
    }

    group = parts["Group"]
    parts["Group"] = {"anyOf": [group["properties"]["members"], group, _NULL]}
    group.pop("required")
    ties = parts["Ties"]["properties"]
    ties["dyads"]["items"]["minItems"] = 2  # without its weight
    ties["dyads"] = {"anyOf": [_TEXT, ties["dyads"]]}

    for part in parts.values():
        dates = part.get("properties", {})
        for key in ("date", "collapses"):
            if key in dates:
                dates[key] = {"anyOf": [_DATE, dates[key]]}

    moves = parts["Behaviour"]["properties"]
    for move, model in zip(EXIT_MOVES, ("Decline", "Withdraw"), strict=True):
        by_stage = {"$ref": f"#/$defs/{model}"}
        moves[move] = {"anyOf": [by_stage, {"$ref": "#/$defs/Move"}, _NULL]}
    parts["Behaviour"]["properties"] = {
        "from": {"anyOf": [_TEXT, _NULL], "description": "A behaviour that this one changes."},
        **{name: moves[name] for name in (*MOVES, INITIAL)},
    }
    parts["Move"].pop("required", None)

    success = parts["Success"]  # conditions stand beside the other thresholds
    thresholds = success["properties"].pop("conditions")
    most = success["properties"].pop("at_most")
    least = {**thresholds["additionalProperties"], "description": thresholds["description"]}
    most = {**most["additionalProperties"], "description": most["description"]}
    bounds = {
        "type": "object",
        "properties": {
            key: {"anyOf": [bound, _NULL]} for key, bound in zip(BOUNDS, (least, most), strict=True)
        },
        "additionalProperties": False,
        "minProperties": 1,
    }
    success["additionalProperties"] = {"anyOf": [least, bounds, _NULL]}

    for name in ("Condition", "Contribution"):
        part = parts[name]
        part.pop("required", None)
        parts[name] = {"anyOf": [part, _NULL], "description": part["description"]}
