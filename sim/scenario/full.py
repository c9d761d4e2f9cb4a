"""The full form of a scenario: everything written out, for machines, files and digests."""

from __future__ import annotations

import datetime
import hashlib
import json
from typing import Any

from pydantic import BaseModel

from sim.scenario.distribution import Distribution
from sim.scenario.files.tree import scalar
from sim.scenario.joint_draws import JointDate, JointDraws, JointNumber, JointStages
from sim.scenario.parts import DESCRIPTIVE_FIELDS

_NAMED_SECTIONS = ("conditions", "contributions", "events")
_DISPLAY_FIELDS = ("name", "unit")
"""Fields of the members of these sections that are only for people."""

_IF_GIVEN = ("climate", "disposition", "draws")
"""Fields that the full form has only where they are given."""

_BLOCKS = ("nations", "events", "conditions", "contributions", "behaviour", "sources")


def full_form(scenario: BaseModel) -> dict[str, Any]:
    """The full form as plain data that JSON can hold.

    The order of its keys is fixed by the models and, for conditions and contributions, by the
    scenario, so that equal scenarios give equal text.
    """
    full: dict[str, Any] = _plain(scenario)
    conditions = full["conditions"]
    success = full["success"]
    if success is not None:
        least, most = success.pop("conditions"), success.pop("at_most")
        ordered = {
            name: threshold_form(least.get(name), most.get(name))
            for name in conditions
            if name in least or name in most
        }
        thresholds = {key: value for key, value in success.items() if value not in (None, [])}
        hold = thresholds.pop("hold")
        full["success"] = {**thresholds, **ordered, "hold": hold}
    return full


def threshold_form(least: float | None, most: float | None) -> float | dict[str, float]:
    """What success needs of a condition as a file has it: a number is the least value.

    Examples
    --------
    >>> threshold_form(0.5, None), threshold_form(None, 0.4)
    (0.5, {'at_most': 0.4})
    """
    if least is not None and most is None:
        return least
    bounds = {"at_least": least, "at_most": most}
    return {key: value for key, value in bounds.items() if value is not None}


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        fields = type(value).model_fields
        plain = {
            field.alias or name: _plain(getattr(value, name)) for name, field in fields.items()
        }
        return {
            key: item
            for key, item in plain.items()
            if not ((item == "" and key in _DISPLAY_FIELDS) or (item is None and key in _IF_GIVEN))
        }
    if isinstance(
        value, JointDate | JointNumber | JointStages
    ):  # their table is written once, as a whole
        return _plain(value.under)
    if isinstance(value, Distribution | JointDraws):
        return value.as_dict()
    if isinstance(value, dict):
        return {key: _plain(child) for key, child in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(child) for child in value]
    return value.isoformat() if isinstance(value, datetime.date) else value


def digest_of(full: dict[str, Any]) -> str:
    """SHA-256, in hexadecimal, of the full form without the texts that are only for people.

    These are the title, the description, the sources, and the names of conditions, contributions
    and events.

    Examples
    --------
    >>> digest_of({"title": "a", "days": 3}) == digest_of({"title": "b", "days": 3})
    True
    """
    counted = {key: value for key, value in full.items() if key not in DESCRIPTIVE_FIELDS}
    counted |= {key: _unnamed(counted[key]) for key in _NAMED_SECTIONS if key in counted}
    canonical = json.dumps(counted, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _unnamed(members: Any) -> Any:
    """Members of a section without the fields that are only for people."""
    if isinstance(members, dict):
        return {key: _unnamed([member])[0] for key, member in members.items()}
    return [
        {key: value for key, value in each.items() if key not in _DISPLAY_FIELDS}
        for each in members
    ]


def yaml_text(full: dict[str, Any]) -> str:
    """The full form as the text of a scenario file, a line for each nation and event."""
    lines: list[str] = []
    for key, value in full.items():
        if key not in _BLOCKS or not value:
            lines.append(f"{key}: {_flow(value)}")
            continue
        lines.append(f"{key}:")
        if isinstance(value, list):
            lines += [f"  - {_flow(item)}" for item in value]
        else:
            lines += [f"  {_flow(name)}: {_flow(item)}" for name, item in value.items()]
    return "\n".join(lines) + "\n"


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_flow(k)}: {_flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, str):
        is_plain = (  # stands for itself without quotation marks
            value.isascii()
            and value[:1].isalnum()
            and value[-1] != " "
            and all(character.isalnum() or character in "_- " for character in value)
            and isinstance(scalar(value), str)
        )
        return value if is_plain else '"' + "".join(map(_escaped, value)) + '"'
    return json.dumps(value)


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if character == "\n":
        return "\\n"
    if character.isprintable():
        return character
    return f"\\u{ord(character):04x}" if ord(character) < 0x10000 else f"\\U{ord(character):08x}"
