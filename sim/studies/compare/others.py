"""Scenarios that differ from a base by a change of one value, by several, or by a variant file."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from sim.scenario.changes import changed
from sim.scenario.files.bases import whole_scenarios
from sim.scenario.files.catalogue import SUFFIXES, find_named, shipped_scenarios
from sim.scenario.files.errors import Problem, ScenarioError
from sim.scenario.files.tree import tree_from
from sim.scenario.files.variants import VARIANT_KEYS, path_of, path_steps, split_change
from sim.scenario.files.yaml import read_document
from sim.scenario.load import load_scenario, scenario_from_dict
from sim.scenario.schema import Scenario
from sim.studies.compare.stored import LONGEST_LABEL

Other = str | os.PathLike[str] | Mapping[str, object]
"""``PATH=VALUE``, a variant file, or a mapping of path to value."""

WITH = "--with"
"""Stands for the file in a problem with what is asked for."""

LONGEST_VALUE = 40
"""Most characters of a value in a label."""

_KEYS = (*Scenario.model_fields, *VARIANT_KEYS)


def is_variant_file(other: str) -> bool:
    """True if a text is the path or name of a file rather than a change of a value.

    Examples
    --------
    >>> is_variant_file("conditions.us_backing.level=0.8"), is_variant_file("opposition.yaml")
    (False, True)
    """
    if "=" not in other:
        return Path(other).suffix in SUFFIXES or other in shipped_scenarios() or _exists(other)
    return _exists(other)


def _exists(path: str) -> bool:
    try:
        return Path(path).is_file()
    except (OSError, ValueError):
        return False


def label_of(other: Other) -> str:
    """What tells a scenario from its base, in short: what changes, or the name of the file.

    Examples
    --------
    >>> label_of("conditions.us_backing.level=0.8"), label_of("mine/opposition.yaml")
    ('us_backing.level=0.8', 'opposition')
    >>> label_of({"days": 90, "nations.*.stake": 0.9})
    'days=90, *.stake=0.9'
    """
    if isinstance(other, Mapping):
        changes = {str(path): str(value) for path, value in other.items()}
    elif not isinstance(other, str) or is_variant_file(other):
        return Path(other).stem
    else:
        path, value = (part.strip() for part in split_change(other))
        changes = {path: value}
    return ", ".join(map(_changed_label, changes, changes.values()))[:LONGEST_LABEL]


def _changed_label(path: str, value: str) -> str:
    """A change without the section of its path where the rest says enough."""
    steps = path_steps(path)
    short = path_of(steps[1:]) if len(steps) > 2 else path
    return f"{short}={value if len(value) <= LONGEST_VALUE else value[: LONGEST_VALUE - 3] + '...'}"


def other_scenario(
    base: Scenario | str | os.PathLike[str], other: Other, changes: Sequence[str] = ()
) -> Scenario:
    """A scenario that differs from a base.

    Parameters
    ----------
    base : Scenario, or str or path
        A scenario, or the file or shipped name of one.
    other : str, path or mapping
        ``PATH=VALUE``, the path of a variant, or a mapping of path to value. A variant is applied
        over the base, with its own bases as far as the base does not build on them itself.
    changes : sequence of "PATH=VALUE", optional
        Values that are changed as well, as by ``--set``, if the base is a file.

    Raises
    ------
    ScenarioError
        It says neither, or the scenario would be wrong.
    """
    if isinstance(other, str) and not is_variant_file(other) and not split_change(other)[0].strip():
        message = f"{other!r} must have the form PATH=VALUE, or be the path of a variant"
        raise ScenarioError([Problem(WITH, None, "", message)])
    if isinstance(other, Mapping):
        return changed(base if isinstance(base, Scenario) else load_scenario(base, changes), other)
    if isinstance(other, str) and not is_variant_file(other):
        if isinstance(base, Scenario):
            return changed(base, [other])
        return load_scenario(base, [*changes, other])
    given: object = other
    if not isinstance(given, os.PathLike | str):
        message = "must be PATH=VALUE, the path of a variant, or a mapping of path to value"
        raise TypeError(f"with_: {other!r} {message}, as in {{'backed': {{PATH: VALUE}}}}")
    written = os.fspath(other)
    if isinstance(base, Scenario):
        return _varied(base, written)
    stacked = {"base": [os.fspath(base), written]}
    whole = whole_scenarios(tree_from(stacked), _KEYS, lambda node: str(Path(node.file).parent))
    if len(whole) > 1:
        raise _whole(written, whole[-1])
    return scenario_from_dict(stacked, set=changes)


def _varied(base: Scenario, written: str) -> Scenario:
    """A variant file over a scenario in memory."""
    file = find_named(written, shipped_scenarios(), "scenario")
    root, _ = read_document(file)
    if root.get("base") is None:
        stacked = {"base": [base.full(), written]}
        whole = whole_scenarios(tree_from(stacked), _KEYS, lambda node: str(Path(node.file).parent))
        if len(whole) > 1:
            raise _whole(written, whole[-1])
        return scenario_from_dict(stacked)
    named = root.value["base"]
    above = [each.value for each in (named.value if isinstance(named.value, list) else [named])]
    if scenario_from_dict({"base": above}, Path(file).parent).digest != base.digest:
        message = "its base is another scenario; give the base as a file or name, or leave it out"
        raise ScenarioError([named.problem(("base",), message)])
    return load_scenario(file)


def _whole(written: str, file: str) -> ScenarioError:
    """The error of a scenario where a variant is needed."""
    said = "is" if Path(file).stem == Path(written).stem else f"builds on {file}, which is"
    message = f"{written} {said} a whole scenario, no variant of the first: compare the two instead"
    return ScenarioError([Problem(WITH, None, "", message)])
