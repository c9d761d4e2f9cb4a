"""Files that identify the sweep in a folder, and how that of another study differs."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml

from sim.results.format import cut
from sim.scenario.files.tree import plain, scalar
from sim.scenario.files.yaml import parse, read_document
from sim.scenario.load import ScenarioError, scenario_from_dict
from sim.store.code import CODE, MADE_BY, made_by
from sim.store.scenarios import scenario_texts
from sim.studies.design.study import SCENARIO_FILE, SCENARIOS_FOLDER, Study, study_form

STUDY_FILE = "study.yaml"
MOST_SHOWN, LONGEST_SHOWN = 3, 80


def study_files(study: Study) -> dict[str, str]:
    """Texts of the study and its scenarios, by file name in the folder."""
    form = {MADE_BY: made_by(), **study_form(study)}
    scenarios = {SCENARIO_FILE: study.scenario}
    scenarios |= {f"{SCENARIOS_FOLDER}/{name}.yaml": x for name, x in study.scenarios.items()}
    texts = {STUDY_FILE: _dumped(form, width=100)}
    texts |= {file: each.to_yaml() for file, each in scenarios.items()}
    for file, each in scenarios.items():
        texts |= scenario_texts(each, file)
    return texts


def begun_code(folder: Path) -> str | None:
    """The digest of the code that began the sweep in a folder; None if it does not say."""
    with suppress(ScenarioError):
        study = plain(read_document(str(folder / STUDY_FILE))[0])
        by = study.get(MADE_BY) if isinstance(study, dict) else None
        code = by.get(CODE) if isinstance(by, dict) else None
        return code if isinstance(code, str) else None
    return None


def difference(folder: Path, study: Study, texts: dict[str, str]) -> str:
    """How the study of a folder differs from this one, in words; empty if it does not.

    Parameters
    ----------
    folder : Path
    study : Study
    texts : mapping of file to text
        From `study_files`.
    """
    for file, text in texts.items():
        found = (folder / file).read_bytes() if (folder / file).is_file() else b""
        if found == text.encode():
            continue
        if file.endswith(".csv"):
            return f"its {file} was changed" if found else f"its {file} is missing"
        try:
            before = plain(parse(found.decode(errors="replace"), "")[0])
        except ScenarioError:
            before = None
        if not isinstance(before, dict):
            return f"its {file} cannot be read"
        if file != STUDY_FILE:
            return _scenario_difference(folder, file, before, study)
        return _study_difference(_flat(before), _flat(plain(parse(text, "")[0])))
    return ""


def _study_difference(before: dict[str, Any], now: dict[str, Any]) -> str:
    """How one study differs from another."""
    found = []
    for key in {**before, **now}:
        if key == f"{MADE_BY}.{CODE}" and before.get(key) != now[key]:
            found.append(_code_difference(before.get(key), now[key]))
        elif key not in now:
            found.append(f"it has {key}, which this study has not")
        elif key not in before:
            found.append(f"it has no {key}")
        elif before[key] != now[key]:
            was, has_become = (cut(_on_one_line(x[key]), LONGEST_SHOWN) for x in (before, now))
            found.append(f"{key} was {was} and is {has_become}")
    if not found:
        return "its text differs, or its paths are in another order"
    more = len(found) - MOST_SHOWN
    return ", ".join(found[:MOST_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _code_difference(before: str | None, now: str) -> str:
    """How the code that began a sweep differs from this, though the version may be the same."""
    if before is None:
        return f"it does not say which code began it ({MADE_BY}.{CODE}), and this is {now}"
    return f"other code began it: {MADE_BY}.{CODE} was {before} and is {now}"


def _flat(form: dict[str, Any]) -> dict[str, Any]:
    """Keys of a study, with one for each varied path."""
    flat: dict[str, Any] = {}
    for key, value in form.items():
        nested = key in ("vary", MADE_BY) and isinstance(value, dict)
        flat |= {f"{key}.{inner}": v for inner, v in value.items()} if nested else {key: value}
    return flat


def _scenario_difference(folder: Path, file: str, before: dict[str, Any], study: Study) -> str:
    """How a scenario differs from that of the study."""
    now = study.scenarios[Path(file).stem] if Path(file).parent.name else study.scenario
    try:
        digest = scenario_from_dict(before, (folder / file).parent).digest[:12]
    except ScenarioError:
        return f"its {file} is not a scenario"
    if digest == now.digest[:12]:
        return f"the title or other text of {file} differs"
    return f"the digest of {file} was {digest} and is {now.digest[:12]}"


def _on_one_line(value: Any) -> str:
    """A value as a study file has it."""
    if isinstance(value, str):
        return value
    text = _dumped(value, width=10**6, default_flow_style=True)
    return text.strip().removesuffix("...").strip()


def _dumped(value: Any, **style: Any) -> str:
    text = yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, **style)
    return str(text)


class _Dumper(yaml.SafeDumper):
    """Quotes text such as 1e3, which PyYAML takes for a word and our reader for a number."""


def _quoted_if_needed(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = None if isinstance(scalar(text), str) else "'"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _quoted_if_needed)
