"""A changed scenario as a variant file, and the command that repeats its runs exactly."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from sim.app.changes import Changes, changed_by, edits_of_events
from sim.app.opened import IN_MEMORY, Given
from sim.scenario.files.errors import ScenarioError
from sim.scenario.files.tree import plain
from sim.scenario.files.variants import ABSENT, changes_from, path_of, path_steps
from sim.scenario.full import yaml_text
from sim.scenario.load import scenario_from_dict
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
ONE_LINE = "In one command: a file cannot say all of it"
SAVE_FIRST = (
    "Save the result first: the scenario draws numbers by a table, and the folder of the result "
    "holds both"
)


def result_name(given: Given, digest: str, seed: int, runs: int) -> str:
    """Name of a folder for runs of a changed scenario, which no other runs have.

    Examples
    --------
    >>> result_name(Given("my folder/small.yaml"), "528a47e6670", 7, 60)
    'small-528a47e6-60-7'
    """
    return f"{stem_of(given)}-{digest[:8]}-{runs}-{seed}"


def stem_of(given: Given) -> str:
    """What names of files about a scenario begin with."""
    return "scenario" if given.place == IN_MEMORY else Path(given.place).stem.replace(" ", "_")


def shared(
    given: Given,
    scenario: Scenario,
    changes: Changes,
    seed: int,
    runs: int,
    out: Path = Path("results"),
) -> Shared:
    """A changed scenario as a file and as commands, each of which is checked to be the same.

    Parameters
    ----------
    given : Given
        How the command line gives the scenario.
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
    >>> given = Given("paris_2025")
    >>> changes = Changes({"commitment.requirement": 20})
    >>> found = shared(given, given.load(), changes, seed=1, runs=5000)
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
    digest = changed.digest
    if digest == scenario.digest and _gives(given, digest):
        command = given.command(numbers)
        return Shared("", "", command, command, digest, AS_OPENED)
    title = f"{scenario.title or stem_of(given)}, changed"
    in_one = given.changed(_sets(changes))
    line = in_one.command(numbers) if not changes.announcements and _gives(in_one, digest) else ""
    variant = _variant(given, changes)
    if variant is not None:
        variant = {"base": given.place, "title": title, **variant}
    if variant is None or _digest_of(variant) != digest:
        if changed.draws is not None:  # which stand in a table
            saved = out / result_name(given, digest, seed, runs) / SCENARIO_FILE
            command = line or Given(saved.as_posix()).command(numbers)
            return Shared("", "", command, line, digest, ONE_LINE if line else SAVE_FIRST)
        variant = {**changed.full(), "title": title}  # longer, and surely the same
    file = f"{stem_of(given)}_changed.yaml"
    command = Given(file).command(numbers)
    return Shared(file, yaml_text(variant), command, line, digest, WITH_FILE)


def _variant(given: Given, changes: Changes) -> dict[str, Any] | None:
    """What a variant file says of all that was changed, before and on the page; None if it cannot.

    Numbers alone are merged: anything else that was set before, and draws, a file would have to
    say in other words.
    """
    if given.place == IN_MEMORY or given.parameters is not None:
        return None
    before = {path: plain(node) for path, node in changes_from(given.changes).items()}
    if not all(type(value) in (int, float) for value in before.values()):
        return None
    return variant_of(replace(changes, numbers={**before, **changes.numbers}))


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


def _gives(given: Given, digest: str) -> bool:
    """True if what the command line gives is the scenario of that digest, as files now stand."""
    try:
        return given.place != IN_MEMORY and given.load().digest == digest
    except ScenarioError:
        return False


def _digest_of(variant: dict[str, Any]) -> str:
    """Digest of a variant file; empty if it would be refused."""
    try:
        return scenario_from_dict(variant).digest
    except ScenarioError:
        return ""


def _sets(changes: Changes) -> list[str]:
    """Numbers and events that are left out as options --set have them."""
    texts = [f"{path}={json.dumps(value)}" for path, value in changes.numbers.items()]
    return texts + [f"{path}={ABSENT}" for path in reversed(changes.left_out)]
