"""Text of a new scenario file: the starter, or a variant of another scenario."""

from __future__ import annotations

import os
from itertools import count
from pathlib import Path
from typing import Any

from sim.cli.errors import WrongInput
from sim.scenario.files.tree import plain
from sim.scenario.files.yaml import parse
from sim.scenario.full import yaml_text
from sim.scenario.load import load_scenario, scenario_from_dict
from sim.scenario.schema import Scenario
from sim.store.files import text_of

STARTER = Path(__file__).with_name("commands") / "templates" / "starter.yaml"

VARIANT = """\
# A variant for `willing`: it lists only what differs from its base.
# The next line lets an editor that supports YAML schemas check and complete this file as you type.
# First write the schema to the same folder with `willing schema --out scenario.schema.json`.
# yaml-language-server: $schema=scenario.schema.json

{base}{title}
# EVERY NUMBER BELOW IS AN EXAMPLE. Uncomment the lines that you need and change them. Numbers,
# lists and distributions replace those of the base, mappings merge, and null restores a default.
#
{changes}"""


def is_other_file(place: Path) -> bool:
    """True if a file holds something else than a scenario, which a new one must not replace.

    A YAML file that cannot be read, or holds no mapping or list, may be a scenario half written.
    """
    try:
        found = plain(parse(text_of(place), "")[0])
    except (OSError, ValueError, RecursionError):  # ScenarioError is a ValueError
        found = None
    if isinstance(found, dict) and found.keys() & {"nations", "base"}:
        return False
    return isinstance(found, dict | list) or place.suffix not in (".yaml", ".yml")


def starter(title: str | None = None) -> str:
    """Text of the starter scenario, with another title if one is given."""
    text = STARTER.read_text(encoding="utf-8")
    if title is None:
        return text
    first = text.index("\ntitle:") + 1
    return text[:first] + yaml_text({"title": title}) + text[text.index("\n", first) + 1 :]


def variant(base: str, place: Path, title: str | None = None) -> str:
    """Text of a variant of `base` that is to lie at `place`, with some changes as comments.

    Raises
    ------
    ScenarioError
        The base is wrong.
    WrongInput
        The base would be replaced by its variant.
    """
    scenario = load_scenario(base)
    written = _as_written(base, place)
    scenario_from_dict({"base": written}, place.parent)  # refused if it means nothing there
    hold = min(14, scenario.days) if scenario.success is None else scenario.success.hold
    changes: dict[str, Any] = {
        "days": scenario.days,
        "nations": {"set": {scenario.nations[-1].id: {"stake": 0.9}}},
        "conditions": {name: {"level": 0.8} for name in list(scenario.conditions)[:2]},
        "commitment": {"requirement": 20},
        "behaviour": {"declare": {"rate": 0.03}},
        "add_nations": [{"id": _new_id(scenario), "stage": "talks", "stake": 0.6}],
        "add_events": [{"date": min(30, scenario.days), "meeting": "another_meeting"}],
        "success": {"public_size": (len(scenario.nations) + 1) // 2, "hold": hold},
    }
    size = 0 if scenario.success is None else scenario.success.public_size or 0
    if 1 < len(scenario.nations) > size:
        changes["remove_nations"] = [scenario.nations[0].id]
    examples = yaml_text({key: value for key, value in changes.items() if value})
    return VARIANT.format(
        base=yaml_text({"base": written}),
        title=yaml_text({"title": title or f"{scenario.title or Path(base).stem}, changed"}),
        changes="".join(f"# {line}\n" for line in examples.splitlines()),
    )


def _new_id(scenario: Scenario) -> str:
    """An id that no nation has."""
    taken = {nation.id for nation in scenario.nations}
    return next(name for name in (f"NEW{number}" for number in count(1)) if name not in taken)


def _as_written(base: str, place: Path) -> str:
    """A base as a file at `place` names it: shipped ones by name, others from its folder on."""
    file = Path(base)
    if not file.exists():
        return base
    if place.exists() and place.samefile(file):
        raise WrongInput(f"{base} cannot be its own base; choose another FILE")
    inside, folder = (os.path.realpath(path.parent) for path in (file, place))
    try:
        return Path(os.path.relpath(inside, folder), file.name).as_posix()
    except ValueError:  # on another drive
        return Path(inside, file.name).as_posix()
