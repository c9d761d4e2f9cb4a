"""A study as plain data that can be read back: what a folder of results is made from."""

from __future__ import annotations

from typing import Any

import yaml

from sim.scenario.files.tree import scalar
from sim.studies.design.study import Study
from sim.studies.design.varied import ABSENT, PRESENT, SCENARIO, Option, Varied

SCENARIO_FILE = "scenario.yaml"
SCENARIOS_FOLDER = "scenarios"


def study_form(study: Study) -> dict[str, Any]:
    """The study with every default written out, beside its scenarios in files of their own."""
    effort = study.effort
    how_long: dict[str, Any] = {"runs": effort.runs}
    if effort.precision is not None:
        how_long = {
            "precision": effort.precision,
            "precision_of": effort.of,
            "most_runs": effort.runs,
        }
    design: dict[str, Any] = {"design": study.design.kind}
    if study.design.kind != "grid":
        design |= {"points": study.design.n_points, "design_seed": study.design.seed}
    return {
        "scenario": SCENARIO_FILE,
        "vary": {each.path: _varied_form(each) for each in study.varied},
        **design,
        **how_long,
        "seed": study.seed,
        "outcomes": list(study.outcomes),
        "days": list(study.days),
        "common_luck": study.common_luck,
        "keep": study.keep,
    }


def _varied_form(varied: Varied) -> Any:
    if varied.written:
        return varied.written
    if varied.path == SCENARIO:
        return [f"{SCENARIOS_FOLDER}/{label}.yaml" for label in varied.labels]
    values = [_option_form(varied.path, option) for option in varied.options]
    return values if varied.spacing == "linear" else {"values": values, "spacing": varied.spacing}


def _option_form(path: str, option: Option) -> Any:
    if option.is_number_at(path):
        return option.label
    if option == Option(PRESENT, {}):
        return PRESENT
    if option == Option(ABSENT, {path: None}):
        return ABSENT
    return {"label": option.label, "set": option.changes}


class _Dumper(yaml.SafeDumper):
    """Writes text so that it is read back as text: PyYAML takes 1e3 for a word, and we do not."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = None if isinstance(scalar(text), str) else "'"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def yaml_text(form: Any, in_a_line: bool = False) -> str:
    r"""Plain data as the text of a study file.

    Examples
    --------
    >>> yaml_text({"label": "1e3", "value": 1e3}, in_a_line=True)
    "{label: '1e3', value: 1000.0}\n"
    """
    width = 10**6 if in_a_line else 100
    text = yaml.dump(
        form,
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=width,
        default_flow_style=in_a_line,
    )
    return str(text)
