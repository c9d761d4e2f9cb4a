"""Scenarios that differ from a base by a change of one value, by several, or by a variant file."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from sim.results.format import cut
from sim.scenario.changes import changed
from sim.scenario.files.bases import whole_scenarios
from sim.scenario.files.catalogue import SUFFIXES, find_named, shipped_scenarios
from sim.scenario.files.errors import Problem, ScenarioError
from sim.scenario.files.tree import as_mapping, tree_from
from sim.scenario.files.variants import SET_FILE, VARIANT_KEYS, path_of, path_steps, split_change
from sim.scenario.files.yaml import read_document
from sim.scenario.load import load_scenario, scenario_from_dict
from sim.scenario.schema import Scenario
from sim.studies.compare.stored import LONGEST_LABEL

Other = str | os.PathLike[str] | Mapping[str, object]
"""``PATH=VALUE``, a variant file, or a mapping of path to value."""

LONGEST_VALUE, LONGEST_SHOWN = 40, 100
"""Most characters of a value in a label, and of what is given in a message."""

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
    label = ", ".join(map(_changed_label, changes, changes.values()))[:LONGEST_LABEL]
    return label or "unchanged"


def _changed_label(path: str, value: str) -> str:
    """A change without the section of its path where the rest says enough."""
    steps = path_steps(path)
    short = path_of(steps[1:]) if len(steps) > 2 else path
    return f"{short}={value if len(value) <= LONGEST_VALUE else value[: LONGEST_VALUE - 3] + '...'}"


def as_others(given: object) -> dict[str, Other] | list[Other]:
    """Differences as `sim.compare` takes them: several, by label or not, or a single one.

    Raises
    ------
    TypeError
        One of them is no difference; the message says what it must be.
    """
    given = as_mapping(given)
    if given is None:
        return []
    found: Any
    if isinstance(given, Mapping):
        found = {label: as_mapping(each) for label, each in given.items()}
    elif isinstance(given, str | bytes | os.PathLike | Scenario) or not isinstance(given, Iterable):
        found = [given]
    else:
        found = list(map(as_mapping, given))
    for each in found.values() if isinstance(found, dict) else found:
        if isinstance(each, str | os.PathLike | Mapping):
            continue
        shown = cut(repr(each), LONGEST_SHOWN)
        if isinstance(each, Scenario):
            raise TypeError(
                f"with_: {shown} is a scenario of its own, which is given beside the first, as in "
                "{'first': base, 'other': other}"
            )
        changes = cut(repr(given), LONGEST_SHOWN) if isinstance(found, dict) else "{PATH: VALUE}"
        raise TypeError(
            f"with_: {shown} must be 'PATH=VALUE', the path of a variant, or a mapping of path to "
            f"value, as in with_={{'changed': {changes}}}"
        )
    return found  # type: ignore[no-any-return]


def other_scenario(
    base: Scenario | str | os.PathLike[str],
    other: Other,
    changes: Sequence[str] = (),
    option: str = "",
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
    option : str, optional
        The option that gives it; by default the argument ``with_`` of `sim.compare`.

    Raises
    ------
    ScenarioError
        It says neither, or the scenario would be wrong. What is wrong in no file is wrong in what
        was given, and is named so.
    """
    try:
        return _other_scenario(base, other, changes)
    except ScenarioError as error:
        shown = cut(str(other) if option else repr(other), LONGEST_SHOWN)
        place, problems = f"{option or 'with_'} {shown}", []
        for each in error.problems:
            path = "" if each.path == "base" or each.path.startswith("base.") else each.path
            if each.file in ("", SET_FILE):
                problems.append(replace(each, file=place, path=path))
            elif each.line is None and each.file == other:  # it is no file that can be read
                problems.append(replace(each, file=place, message=f"{other} {each.message}"))
            else:
                problems.append(each)
        raise ScenarioError(problems) from None


def _other_scenario(
    base: Scenario | str | os.PathLike[str], other: Other, changes: Sequence[str]
) -> Scenario:
    if isinstance(other, Mapping):
        return changed(base if isinstance(base, Scenario) else load_scenario(base, changes), other)
    if isinstance(other, str) and not is_variant_file(other):
        if not split_change(other)[0].strip():
            message = "must have the form PATH=VALUE, or be the path of a variant"
            raise ScenarioError([Problem("", None, "", message)])
        if isinstance(base, Scenario):
            return changed(base, [other])
        return load_scenario(base, [*changes, other])
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
    return ScenarioError([Problem("", None, "", message)])
