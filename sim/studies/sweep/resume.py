"""Whether the sweep in a folder is the one that is asked for, and if not, what differs."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Any

from sim._version import __version__
from sim.results.format import cut
from sim.scenario.files.tree import plain
from sim.scenario.files.yaml import parse
from sim.scenario.load import ScenarioError, scenario_from_dict
from sim.studies.design.study import Study
from sim.studies.design.writing import SCENARIO_FILE, SCENARIOS_FOLDER, study_form, yaml_text

STUDY_FILE = "study.yaml"
MADE_BY = "made_by"
SHAPING = ("numpy", "pyarrow", "scipy")
"""Packages whose version may change a bit of a part: of the design, the tables or their files."""

MOST_SHOWN, LONGEST_SHOWN = 3, 80


def study_files(study: Study) -> dict[str, str]:
    """Texts of the files that say what is run, by their names in the folder."""
    form = {MADE_BY: made_by(), **study_form(study)}
    texts = {STUDY_FILE: yaml_text(form), SCENARIO_FILE: study.scenario.to_yaml()}
    return texts | {
        f"{SCENARIOS_FOLDER}/{name}.yaml": each.to_yaml() for name, each in study.scenarios.items()
    }


def made_by() -> dict[str, str]:
    """Versions of everything that shapes the parts of a sweep."""
    return {"willing": __version__, **{name: version(name) for name in SHAPING}}


def difference(place: Path, study: Study, texts: dict[str, str]) -> str:
    """In what the sweep in a folder is another one; empty if it is the same.

    Parameters
    ----------
    place : Path
        The folder.
    study : Study
    texts : mapping of file to text
        From `study_files`.
    """
    for file, text in texts.items():
        there = (place / file).read_bytes() if (place / file).is_file() else b""
        if there != text.encode():
            return _difference(file, there.decode(errors="replace"), text, study)
    return ""


def _difference(file: str, there: str, text: str, study: Study) -> str:
    """What of a file is not as it should be, in words."""
    before = _form(there)
    if before is None:
        return f"its {file} cannot be read"
    if file != STUDY_FILE:
        return _other_scenario(file, before, study)
    one, other = _flat(before), _flat(_form(text) or {})
    said = [_changed(key, one, other) for key in {**one, **other}]
    differing = [each for each in said if each]
    if not differing:
        return "it is written otherwise, or its paths are in another order"
    more = len(differing) - MOST_SHOWN
    return ", ".join(differing[:MOST_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _form(text: str) -> dict[str, Any] | None:
    """What the text of a file holds; None for what is no mapping."""
    try:
        found = plain(parse(text, "")[0])
    except ScenarioError:
        return None
    return found if isinstance(found, dict) else None


def _changed(key: str, before: dict[str, Any], now: dict[str, Any]) -> str:
    """What became of a key of a study; empty if nothing did."""
    if key not in now:
        return f"it has {key}, which this one has not"
    if key not in before:
        return f"it has no {key}"
    if before[key] == now[key]:
        return ""
    was, has_become = (cut(_in_a_line(each[key]), LONGEST_SHOWN) for each in (before, now))
    return f"{key} was {was} and is {has_become}"


def _in_a_line(value: Any) -> str:
    """A value as a study file has it."""
    if isinstance(value, str):
        return value
    return yaml_text(value, in_a_line=True).strip().removesuffix("...").strip()


def _flat(form: dict[str, Any]) -> dict[str, Any]:
    """Keys of a study with what is varied under each path of its own."""
    flat: dict[str, Any] = {}
    for key, value in form.items():
        nested = key in ("vary", MADE_BY) and isinstance(value, dict)
        flat |= {f"{key}.{inner}": v for inner, v in value.items()} if nested else {key: value}
    return flat


def _other_scenario(file: str, before: dict[str, Any], study: Study) -> str:
    """In what a scenario of the folder is another one."""
    now = study.scenarios[Path(file).stem] if Path(file).parent.name else study.scenario
    try:
        digest = scenario_from_dict(before).digest[:12]
    except ScenarioError:
        return f"its {file} is no scenario"
    if digest == now.digest[:12]:
        return f"the words of {file} differ"
    return f"the digest of {file} was {digest} and is {now.digest[:12]}"
