"""The run that a command is asked to open: of a scenario, or of a stored result."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from sim.cli.errors import WrongInput
from sim.cli.stdout import say
from sim.scenario.changes import with_parameters
from sim.scenario.files.suggestions import closest_of
from sim.scenario.load import load_scenario
from sim.scenario.schema import Scenario
from sim.store.folder import MARKER, ResultsError, expanded
from sim.store.stored_run import SCENARIO_FILE, NotInResultError, stored_run


class ChosenRun(NamedTuple):
    """A scenario, a run of it, and the name of the scenario for the command line."""

    scenario: Scenario
    seed: int
    run: int
    name: str


def chosen_run(
    place: str,
    seed: int | None,
    run: int | None,
    changes: tuple[str, ...],
    parameters: str | None,
    quiet: bool,
) -> ChosenRun:
    """The run asked for, with the scenario and seed of a result folder where it is one.

    Parameters
    ----------
    place : str
        A scenario or a folder.
    seed, run : int or None
    changes : tuple of str
    parameters : str or None
        Joint draws of numbers.
    quiet : bool
        Print no notes.

    Raises
    ------
    WrongInput
        The folder does not have that run, or an option repeats what the folder already fixes.
    ResultsError
        The folder is no whole result, or its scenario was changed.
    ScenarioError
    """
    try:
        is_folder = expanded(place).is_dir()
    except (OSError, ValueError, ResultsError):  # `load_scenario` says what is wrong
        is_folder = False
    if is_folder:
        refuse_changes(place, changes, parameters)
        return _of_result(place, seed, run, quiet)
    _suggest_result(place)
    scenario = load_scenario(place, set=changes)
    if parameters is not None:
        scenario = with_parameters(scenario, changes, parameters)
    return ChosenRun(scenario, seed or 0, run or 0, Path(place).name)


def _suggest_result(place: str) -> None:
    """Refuse a path that does not exist and is close to that of a result.

    Raises
    ------
    WrongInput
    """
    path = Path(place)
    if path.suffix or path.name == place or not path.parent.is_dir():
        return
    near = {folder.parent.name: folder.parent for folder in path.parent.glob(f"*/{MARKER}")}
    close = closest_of(path.name, list(near))
    if close and not path.exists():
        raise WrongInput(f"{place} does not exist; did you mean {near[close].as_posix()}?")


def refuse_changes(place: str, changes: tuple[str, ...], parameters: str | None) -> None:
    """Refuse options that would change the scenario of a result.

    Raises
    ------
    WrongInput
    """
    for option, given in (("--set", changes), ("--parameters", parameters)):
        if given:
            raise WrongInput(f"{option}: {place} is a result, whose scenario cannot be changed")


def _of_result(place: str, seed: int | None, run: int | None, quiet: bool) -> ChosenRun:
    """A run of a result folder."""
    try:
        found = stored_run(place, seed, run)
    except NotInResultError as error:
        raise WrongInput(f"--{error}") from None
    if found.nation_class:
        raise WrongInput(
            f"{place} was made by a subclass of Nation, {found.nation_class}, which the command "
            f"line does not know; in Python: sim.trace(sim.load_scenario('{place}/{SCENARIO_FILE}')"
            f", seed={found.seed}, run={found.run}, "
            f"nation_class={found.nation_class.rpartition('.')[2]})"
        )
    if found.note and not quiet:
        say(f"Note: {found.note}", err=True)
    return ChosenRun(found.scenario, found.seed, found.run, SCENARIO_FILE)
