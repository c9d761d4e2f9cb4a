"""Scenarios of result folders, also as earlier versions of willing wrote them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatch
from pathlib import Path

from sim.scenario.files.tree import Node, plain
from sim.scenario.files.yaml import read_document
from sim.scenario.full import digest_of
from sim.scenario.joint_draws import DRAWS
from sim.scenario.load import scenario_from_tree
from sim.scenario.parts import FORMER_COALITION
from sim.scenario.schema import Scenario

DRAWS_FILES = f"{DRAWS}-*.csv"
"""Names of files with joint draws, which lie beside the scenario that has them."""


def write_scenario(scenario: Scenario, file: Path) -> None:
    """Write a scenario in full form, and its joint draws beside it."""
    for name, text in scenario_texts(scenario, file.name).items():
        (file.parent / name).write_text(text, encoding="utf-8", newline="\n")


def scenario_texts(scenario: Scenario, file: str) -> dict[str, str]:
    """Texts of the files that hold a scenario, by name: its full form, and its joint draws."""
    texts = {file: scenario.to_yaml()}
    if scenario.draws is not None:
        texts[str(Path(file).with_name(scenario.draws.file).as_posix())] = scenario.draws.text
    return texts


def draws_files(names: Iterable[str]) -> list[str]:
    """Those of some files that hold joint draws."""
    return [name for name in names if fnmatch(name, DRAWS_FILES)]


def load_stored_scenario(file: str | Path, changes: Mapping[str, object] | None = None) -> Scenario:
    """The scenario in a result folder.

    Names that earlier versions had for its fields are read as those of today. Its digest stays the
    one under which it was stored, though its full form may have more fields by now: that digest
    is in the provenance, and in every part of a sweep.

    Parameters
    ----------
    file : str or Path
        In full form, as willing writes it.
    changes : mapping of path to value, optional

    Raises
    ------
    ScenarioError
    """
    root, problems = read_document(str(file))
    scenario = scenario_from_tree(_with_names_of_today(root), "", changes, problems)
    if not changes:
        scenario.__dict__["digest"] = digest_of(plain(root))  # as the cached property keeps it
    return scenario


def _with_names_of_today(root: Node) -> Node:
    """A scenario's tree in which conditions respond to what is called so today."""
    conditions = root.get("conditions")
    if conditions is None or not isinstance(conditions.value, dict):
        return root
    renamed = {}
    for name, condition in conditions.value.items():
        responds = condition.get("responds")
        renamed[name] = condition
        if responds is not None and isinstance(responds.value, dict):
            answers = {FORMER_COALITION.get(key, key): x for key, x in responds.value.items()}
            renamed[name] = condition.at({**condition.value, "responds": responds.at(answers)})
    return root.at({**root.value, "conditions": conditions.at(renamed)})
