"""Options of a command read into a study, alone or over a study file."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from sim.scenario.files.errors import Problem
from sim.scenario.files.tree import Node, tree_from
from sim.scenario.files.variants import SET_FILE, changes_from
from sim.studies.design.file import KEYS, is_study_file, load_study, study_from
from sim.studies.design.study import Study
from sim.studies.design.values import VARY_FILE, StudyError
from sim.studies.design.vary import vary_node

_NAMES = MappingProxyType({"outcomes": "--outcome", "days": "--day", "common_luck": "--own-luck"})
"""Options that are not named after the key of a study that they give."""


def study_from_options(scenario: str, options: Mapping[str, Any]) -> Study:
    """The study that the options of a command describe.

    Parameters
    ----------
    scenario : str
        A study file, whose keys the options override; or a scenario, by path or shipped name.
    options : mapping of str
        By the keys of a study file: ``vary`` and ``set`` are sequences of ``PATH=VALUES`` and
        ``PATH=VALUE``. None or an empty tuple is no value; what is no key is left alone.

    Raises
    ------
    StudyError, ScenarioError
        Each problem names the option that it is in.
    """
    given: dict[str, Node] = {}
    varied = dict(map(vary_node, options["vary"]))
    if len(varied) < len(options["vary"]):
        raise StudyError([Problem(VARY_FILE, None, "", "a path is given twice")])
    for key in KEYS:
        value = options.get(key)
        if value in (None, ()):
            continue
        if key == "vary":
            given[key] = Node(varied, VARY_FILE, None)
        elif key == "set":
            given[key] = Node(changes_from(value), SET_FILE, None)
        else:
            option = _NAMES.get(key, f"--{key.replace('_', '-')}")
            given[key] = tree_from(list(value) if isinstance(value, tuple) else value, option)
    if is_study_file(scenario):
        return load_study(scenario, given)
    if not varied:
        message = (
            "say what to vary, such as --vary conditions.us_backing.level=0.05:0.95:10, or give a "
            "study file"
        )
        raise StudyError([Problem(VARY_FILE, None, "", message)])
    return study_from(Node({"scenario": tree_from(scenario), **given}, "", None))
