"""One run of a stored ensemble: its scenario, seed and number, from the provenance alone."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from sim.scenario.schema import Scenario
from sim.store.ensembles import read_provenance
from sim.store.folder import MARKER, expanded
from sim.store.manifest import check_files, versions
from sim.store.scenarios import draws_files, load_stored_scenario

SCENARIO_FILE = "scenario.yaml"


class NotInResultError(ValueError):
    """A result does not have the run that is asked for; the message begins with what is wrong."""


class StoredRun(NamedTuple):
    """A run of a result folder.

    Attributes
    ----------
    scenario : Scenario
    seed, run : int
    nation_class : str
        Module and name of the subclass of `Nation` that made it; empty for the model's own rules.
    note : str
        Says so if other code wrote the result; empty otherwise.
    """

    scenario: Scenario
    seed: int
    run: int
    nation_class: str
    note: str


def is_result(place: str | Path) -> bool:
    """True for a folder that holds a finished result of any kind."""
    try:
        return (expanded(place) / MARKER).is_file()
    except (OSError, ValueError):  # no folder can have that path
        return False


def stored_run(place: str | Path, seed: int | None = None, run: int | None = None) -> StoredRun:
    """A run of a result folder; only its provenance and its scenario are read.

    Parameters
    ----------
    place : str or Path
    seed : None
        The result has its own, so that any other is refused.
    run : int, optional
        By default the first of the result.

    Raises
    ------
    ResultsError
        The folder is no whole result, or its scenario was changed.
    NotInResultError
        A seed is given, or the result does not have that run.
    ScenarioError
    """
    folder, found = read_provenance(place)
    if seed is not None:
        raise NotInResultError(
            f"seed: {place} is a result, whose seed is {found['seed']}: leave it out"
        )
    first, last = found["first_run"], found["first_run"] + found["n_runs"] - 1
    run = first if run is None else run
    if not first <= run <= last:
        there = f"run {first}" if first == last else f"runs {first} to {last}"
        raise NotInResultError(f"run: {run} is not in {place}, which has {there}")
    names = (SCENARIO_FILE, *draws_files(found["files"]))
    check_files(folder, {name: found["files"][name] for name in names}, verify=True)
    scenario = load_stored_scenario(folder / SCENARIO_FILE)
    by, this, note = found["versions"], versions(), ""
    if any(by.get(name, this[name]) != this[name] for name in ("willing", "code")):
        was, now = (f"{x.get('willing')} (code {x.get('code', 'unknown')})" for x in (by, this))
        note = (
            f"the result was written by willing {was}, and this is {now}: the trace may differ "
            "from the stored run."
        )
    nation_class = found["engine"].partition(":")[2]
    return StoredRun(scenario, found["seed"], run, nation_class, note)
