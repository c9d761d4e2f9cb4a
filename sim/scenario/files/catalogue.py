"""Scenarios and behaviours that come with the package, by name."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from pathlib import Path

from sim.scenario.files.errors import Problem, ScenarioError
from sim.scenario.files.reach import is_in_reach
from sim.scenario.files.suggestions import closest_of, unknown
from sim.scenario.files.tree import Node

_PACKAGE = Path(__file__).resolve().parents[2]
_NOT_SCENARIOS = ("nations",)
Folder = Callable[[Node], str]
"""The folder of the file in which a value is written, to which a path in it is relative."""
SUFFIXES = (".yaml", ".yml")
MOST_BESIDE = 10_000
"""Largest number of entries of a folder that are searched for a file to suggest."""


def scenario_folder() -> Path:
    """The folder of the shipped scenarios: in an installed package, else in the repository."""
    installed = _PACKAGE / "shipped"
    return installed if installed.is_dir() else _PACKAGE.parent / "scenarios"


def behaviour_folder() -> Path:
    """The folder of the shipped behaviours."""
    return _PACKAGE / "scenario" / "behaviours"


def shipped_scenarios() -> dict[str, str]:
    """Paths of the shipped scenarios by name; one in a folder also goes by ``folder/name``."""
    folder = scenario_folder()
    found: dict[str, str] = {}
    for file in sorted(folder.rglob("*.yaml")):
        inside = file.relative_to(folder)
        if inside.parts[0] not in _NOT_SCENARIOS:
            found.setdefault(file.stem, str(file))
            found[inside.with_suffix("").as_posix()] = str(file)
    return found


def shipped_behaviours() -> dict[str, str]:
    """Paths of the shipped behaviours by name.

    Examples
    --------
    >>> "calibrated" in shipped_behaviours()
    True
    """
    return {file.stem: str(file) for file in sorted(behaviour_folder().glob("*.yaml"))}


def find_file(written: str, folder: str = "") -> str:
    """A path that is relative to ``folder``, relative to the current folder."""
    return str(Path(folder) / written)


def find_named(
    written: str, shipped: dict[str, str], what: str, folder: str = "", node: Node | None = None
) -> str:
    """The file meant by a path or by the name of something shipped.

    Parameters
    ----------
    written : str
    shipped : dict of name to path
    what : str
        What is looked for, such as ``scenario``.
    folder : str
        Folder to which a path is relative.
    node : Node, optional
        The value that names it, for the place of a problem.

    Raises
    ------
    ScenarioError
        If it is neither a path nor a known name.
    """
    path = find_file(written, folder)
    if Path(written).suffix or _exists(path):
        return path
    if written in shipped:
        return shipped[written]
    # A path into a folder names a file, unless there is no such folder but a name that is like it.
    is_path = bool(written) and Path(written).name != written
    if is_path and (_exists(str(Path(path).parent)) or not closest_of(written, list(shipped))):
        return path
    message = _unknown(what, written, shipped, path)
    if node is None:
        raise ScenarioError([Problem(written, None, "", message)])
    raise ScenarioError([node.problem((what,), message)])


def _unknown(what: str, written: str, shipped: dict[str, str], path: str) -> str:
    """The message on text that is neither a path nor the name of something shipped."""
    files = {file.stem: file.name for file in files_beside(path) or () if file.suffix in SUFFIXES}
    close = closest_of(written, [*files, *shipped])
    if close in files:
        return f"unknown {what} {written!r}; did you mean '{files[close]}'?"
    # A scenario in a folder has two names; the longer one answers a name with a folder.
    inner = {name.rpartition("/")[2] for name in shipped if "/" in name}
    names = [name for name in shipped if "/" not in name]
    listed = sorted(names, key=lambda name: name in inner)
    if "/" in written:
        listed = [name for name in shipped if "/" in name]
    return unknown(what, written, listed) + " (or write the path of a file)"


def files_beside(path: str) -> list[Path] | None:
    """What the folder of a path holds, sorted; None if that cannot be read."""
    if not is_in_reach(str(Path(path).parent)):
        return None
    try:
        return sorted(islice(Path(path).parent.iterdir(), MOST_BESIDE))
    except (OSError, ValueError):
        return None


def _exists(path: str) -> bool:
    try:
        return is_in_reach(path) and Path(path).exists()
    except (OSError, ValueError):
        return False
