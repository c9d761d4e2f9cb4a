"""A changed scenario as a variant file, and the command that repeats its runs exactly."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any, NamedTuple

from sim.app.changes import Changes, changed_by, edits_of_events
from sim.app.opened import IN_MEMORY
from sim.scenario.files.errors import ScenarioError
from sim.scenario.files.variants import path_of, path_steps
from sim.scenario.full import yaml_text
from sim.scenario.load import load_scenario, scenario_from_dict
from sim.scenario.schema import Scenario
from sim.store.stored_run import SCENARIO_FILE


class Shared(NamedTuple):
    """What somebody else needs to repeat the runs of a page.

    Attributes
    ----------
    file : str
        Name for the variant file; empty where the scenario is as it was opened.
    yaml : str
        What the file holds.
    command : str
        With the file in the folder in which the server was started.
    without_file : str
        The same in one command, without a file; empty where that cannot be.
    digest : str
        Of the changed scenario, which both give.
    how : str
        What the command needs, in words.
    """

    file: str
    yaml: str
    command: str
    without_file: str
    digest: str
    how: str


AS_OPENED = "As it was opened"
WITH_FILE = "With the file in the folder in which the server was started"
SAVE_FIRST = (
    "Save the result first: the scenario draws numbers by a table, and the folder of the result "
    "holds both"
)


def result_name(opened: str, digest: str, seed: int, runs: int) -> str:
    """Name of a folder for runs of a changed scenario, which no other runs have.

    Examples
    --------
    >>> result_name("my folder/small.yaml", "528a47e6670", 7, 60)
    'small-528a47e6-60-7'
    """
    return f"{stem_of(opened)}-{digest[:8]}-{runs}-{seed}"


def stem_of(opened: str) -> str:
    """What names of files about a scenario begin with."""
    return "scenario" if opened == IN_MEMORY else Path(opened).stem.replace(" ", "_")


def shared(
    opened: str,
    scenario: Scenario,
    changes: Changes,
    seed: int,
    runs: int,
    out: Path = Path("results"),
) -> Shared:
    """A changed scenario as a file and as commands, each of which is checked to be the same.

    Parameters
    ----------
    opened : str
        The name or file of the scenario, as `sim.load_scenario` takes it.
    scenario : Scenario
        What was loaded from it.
    changes : Changes
    seed, runs : int
    out : Path
        Folder in which results are saved.

    Raises
    ------
    ScenarioError
        The changed scenario would be wrong.

    Examples
    --------
    >>> base = load_scenario("paris_2025")
    >>> found = shared("paris_2025", base, Changes({"commitment.requirement": 20}), 1, 5000)
    >>> print(found.yaml, end="")
    base: paris_2025
    title: "Paris, the week of 10 March 2025, changed"
    commitment: {requirement: 20}
    >>> found.command
    'willing run paris_2025_changed.yaml --runs 5000 --seed 1'
    >>> found.without_file
    'willing run paris_2025 --set commitment.requirement=20 --runs 5000 --seed 1'
    """
    changed, numbers = changed_by(scenario, changes), f"--runs {runs} --seed {seed}"
    plain = f"willing run {shlex.quote(opened)} {numbers}"
    if changed.digest == scenario.digest and _is_as_loaded(opened, scenario.digest):
        return Shared("", "", plain, plain, changed.digest, AS_OPENED)
    stem = stem_of(opened)
    title = f"{scenario.title or stem}, changed"
    variant = {"base": opened, "title": title, **variant_of(changes)}
    if opened == IN_MEMORY or _digest_of(variant) != changed.digest:
        if changed.draws is not None:
            place = out / result_name(opened, changed.digest, seed, runs) / SCENARIO_FILE
            command = f"willing run {shlex.quote(place.as_posix())} {numbers}"
            return Shared("", "", command, "", changed.digest, SAVE_FIRST)
        variant = {**changed.full(), "title": title}  # longer, and surely the same
    sets = _sets(opened, changes, changed.digest)
    file = f"{stem}_changed.yaml"
    return Shared(
        file,
        yaml_text(variant),
        f"willing run {shlex.quote(file)} {numbers}",
        f"willing run {shlex.quote(opened)} {sets} {numbers}" if sets else "",
        changed.digest,
        WITH_FILE,
    )


def variant_of(changes: Changes) -> dict[str, Any]:
    """What a variant file says of changes, beside its base and title.

    Examples
    --------
    >>> variant_of(Changes({"nations.POL.stake": 0.9, "events.summit.weight": 2}, announcements={}))
    {'nations': {'set': {'POL': {'stake': 0.9}}}, 'set_events': {'summit': {'weight': 2}}}
    """
    tree: dict[str, Any] = {}
    for path, value in changes.numbers.items():
        section, *steps = path_steps(path)
        if section == "events":
            *event, last = steps
            tree.setdefault("set_events", {}).setdefault(path_of(event), {})[last] = value
            continue
        if section == "nations":
            steps = ["set", *steps]
        here, last = tree, section
        for step in steps:
            here = here.setdefault(last, {})
            last = step
        here[last] = value
    return {**tree, **edits_of_events(changes)}


def _is_as_loaded(opened: str, digest: str) -> bool:
    """True if a name or file still gives the scenario of that digest."""
    try:
        return opened != IN_MEMORY and load_scenario(opened).digest == digest
    except ScenarioError:
        return False


def _digest_of(variant: dict[str, Any]) -> str:
    """Digest of a variant file; empty if it would be refused."""
    try:
        return scenario_from_dict(variant).digest
    except ScenarioError:
        return ""


def _sets(opened: str, changes: Changes, digest: str) -> str:
    """Options --set that give the changed scenario; empty where they do not."""
    texts = [f"{path}={json.dumps(value)}" for path, value in changes.numbers.items()]
    texts += [f"{path}=absent" for path in reversed(changes.left_out)]
    if changes.announcements or opened == IN_MEMORY:
        return ""
    try:
        found = load_scenario(opened, set=texts)
    except ScenarioError:
        return ""
    if found.digest != digest:
        return ""
    return " ".join(f"--set {shlex.quote(text)}" for text in texts)
