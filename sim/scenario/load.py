"""Scenarios from files, and from Python's own dicts."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from sim.scenario.build import Changes, build
from sim.scenario.changes import with_full_paths
from sim.scenario.files.catalogue import (
    behaviour_folder,
    find_named,
    scenario_folder,
    shipped_scenarios,
)
from sim.scenario.files.errors import Problem, ScenarioError
from sim.scenario.files.reach import reading_within
from sim.scenario.files.tree import Node, as_mapping, tree_from
from sim.scenario.files.variants import SET_FILE
from sim.scenario.files.yaml import read_document
from sim.scenario.schema import Scenario

__all__ = ["Problem", "ScenarioError", "load_scenario", "scenario_from_dict", "scenario_of"]


def load_scenario(
    path_or_name: str | os.PathLike[str],
    set: Changes | None = None,  # noqa: A002
    *,
    within: str | os.PathLike[str] | None = None,
) -> Scenario:
    """The scenario in a file, or a shipped one by its name.

    Parameters
    ----------
    path_or_name : str or path
        A file, or a name without suffix such as ``paris_2025``.
    set : mapping of path to value, or sequence of "PATH=VALUE", optional
        Values that are changed after loading, as by ``--set``.
    within : str or path, optional
        For files that others wrote: the only folder, besides those of the package, from which
        anything is read, be it the scenario, its base, a table, dyads or a behaviour. Links that
        lead out of it are not followed. By default a scenario may name any file. Functions that
        take a path, such as `sim.run`, have no such argument: load the scenario first and give
        them that. `sim.sweep`, which takes study files, has one.

    Raises
    ------
    ScenarioError
        With every problem of the file, and of the files that it names.
    TypeError
        If ``path_or_name`` is neither, or ``set`` is a single text or no collection.
    """
    if not _is_path(path_or_name):
        given = type(path_or_name).__name__
        raise TypeError(f"path_or_name: it must be a shipped name or a path, not {given}")
    with reading_within(within, scenario_folder(), behaviour_folder()):
        path = find_named(os.fspath(path_or_name), shipped_scenarios(), "scenario")
        root, problems = read_document(path)
        return scenario_from_tree(root, "", set, problems)


def _is_path(given: object) -> bool:
    return isinstance(given, str | os.PathLike)


def scenario_of(given: Scenario | str | os.PathLike[str], called: str = "scenario") -> Scenario:
    """The scenario that is given: one in memory, or the file or shipped name of one.

    Parameters
    ----------
    given : Scenario, or str or path
    called : str
        What messages call it.

    Raises
    ------
    ScenarioError
        There is no such scenario, or it is wrong.
    TypeError
        It is something else.
    """
    if isinstance(given, Scenario):
        return given
    if not _is_path(given):
        kind = type(given).__name__
        raise TypeError(f"{called}: it must be a Scenario, a shipped name or a path, not {kind}")
    return load_scenario(given)


def scenario_from_dict(
    data: Mapping[str, Any],
    folder: str | os.PathLike[str] | None = None,
    set: Changes | None = None,  # noqa: A002
) -> Scenario:
    """The scenario that Python dicts, lists and scalars describe, with the same checks.

    Parameters
    ----------
    data : mapping
        What a scenario file would hold, in short or full form. A ``base`` may be a `Scenario` too.
    folder : str or path, optional
        Folder to which paths in it are relative; by default the current one.
    set : mapping of path to value, or sequence of "PATH=VALUE", optional
        Values that are changed.

    Raises
    ------
    ScenarioError
        With every problem; they have no lines.

    Examples
    --------
    >>> scenario = scenario_from_dict({"days": 30, "nations": ["GBR", {"id": "FRA", "stake": 0.9}]})
    >>> [nation.stake for nation in scenario.nations]
    [0.5, 0.9]
    """
    plain: Any = data
    if isinstance(plain, Mapping) and "base" in plain:
        base = plain["base"]
        bases = base if isinstance(base, list | tuple) else [base]
        if any(isinstance(each, Scenario) for each in bases):
            full = [each.full() if isinstance(each, Scenario) else each for each in bases]
            plain = {**plain, "base": full}
    return scenario_from_tree(tree_from(plain), os.fspath(folder or ""), set, [])


def scenario_from_tree(
    root: Node, folder: str, given: Changes | None, problems: list[Problem]
) -> Scenario:
    """The scenario of a tree; the error of a wrong change suggests the full path."""
    changes: Changes = {} if given is None else as_mapping(given)
    try:
        return build(Scenario, root, folder, changes, list(problems))
    except ScenarioError as error:
        if not any(problem.file == SET_FILE for problem in error.problems):
            raise
        try:
            unchanged = build(Scenario, root, folder, {}, list(problems))
        except ScenarioError:
            raise error from None
        raise with_full_paths(unchanged, changes, error) from None
