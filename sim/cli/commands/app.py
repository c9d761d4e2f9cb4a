"""``willing app``: a live page on this machine."""

from __future__ import annotations

import os
import webbrowser
from pathlib import Path
from threading import Timer
from typing import Any

import click

from sim.cli.errors import Failure, WrongInput, exit_after, reason_of
from sim.cli.options import (
    MOST_SEED,
    PathArgument,
    ScenarioArgument,
    changes_option,
    number_option,
    parameters_option,
)
from sim.cli.stdout import say

EPILOG = """\b
Examples:
  willing app
  willing app my_scenario.yaml --no-browser
  willing app paris_2025 --set conditions.us_backing.level=0.8 --parameters posterior
  willing app results/paris_2025
"""

MOST_PORT = 65_535
MOST_RUNS = 20_000
COMPILING_RUNS = 8
LESS_URGENT = 10

MISSING = "needs Starlette and uvicorn: python -m pip install 'willing[app]'"


@click.command(epilog=EPILOG)
@click.argument("scenario", type=ScenarioArgument(), default="paris_2025")
@number_option("--runs", 1, MOST_RUNS, "Most runs: the page begins with 200.", default=5000)
@number_option("--seed", 0, MOST_SEED, "Seed of the runs.  [default: 0, or that of the result]")
@changes_option
@parameters_option
@click.option(
    "--folder",
    type=PathArgument(),
    metavar="FOLDER",
    help="The only folder from which the page opens scenario files.  [default: that of SCENARIO, "
    "or the present one]",
)
@click.option(
    "--out",
    type=PathArgument(),
    default="results",
    show_default=True,
    metavar="FOLDER",
    help="Folder in which the page saves results.",
)
@number_option("--port", 0, MOST_PORT, "Port; 0 for any that is free.", default=0)
@click.option("--no-browser", is_flag=True, help="Only print the address.")
def app(scenario: str, changes: tuple[str, ...], **options: Any) -> None:
    """Open a live page: move a lever of SCENARIO, and see the distribution move.

    SCENARIO is the name of a shipped scenario, the path of a scenario file, or a folder written by
    `willing run`. The page answers on this machine alone, until Ctrl-C.
    """
    # Here, so that help and completion load nothing heavy, and without the extra.
    try:
        from sim.app.explore import sizes_up_to
        from sim.app.opened import Given, OpenedScenarios
        from sim.app.server import PageServer
        from sim.app.serving import Serving
    except ImportError as error:
        raise WrongInput(f"willing app {MISSING}") from error
    from sim.cli.run_choice import refuse_changes
    from sim.engines.run import run
    from sim.store.stored_run import is_result

    folder, name, seed = chosen(scenario, options["folder"], options["seed"])
    if is_result(scenario):
        refuse_changes(scenario, changes, options["parameters"])
    opened = OpenedScenarios(folder, first=Given(name, changes, options["parameters"]))
    run(opened.open(name).scenario, COMPILING_RUNS, seed)  # says so if it compiles
    pages = PageServer(opened, name, seed, sizes_up_to(options["runs"]), Path(options["out"]))
    try:
        serving = Serving(pages, options["port"])
    except OSError as error:
        raise Failure(f"--port {options['port']}: {reason_of(error)}") from error
    say(f"The page is at {serving.address}\nCtrl-C ends it.")
    if not options["no_browser"]:
        Timer(0.2, webbrowser.open, [serving.address_for_once()]).start()
    if hasattr(
        os, "nice"
    ):  # where processors are short, the browser that shows the runs goes first
        os.nice(LESS_URGENT)
    try:
        serving.run()
    except KeyboardInterrupt as stop:
        raise exit_after(stop, "Stopped.") from None


def chosen(scenario: str, folder: str | None, seed: int | None) -> tuple[Path, str, int]:
    """The folder of files, the scenario's name from there, and the seed.

    Raises
    ------
    WrongInput
        The scenario does not lie in the folder, or a seed is given for a result.
    ResultsError
        The folder is no whole result.
    """
    from sim.scenario.files.catalogue import shipped_scenarios
    from sim.store.stored_run import SCENARIO_FILE, NotInResultError, is_result, stored_run

    if is_result(scenario):
        try:
            seed = stored_run(scenario, seed).seed
        except NotInResultError as error:
            raise WrongInput(f"--{error}") from None
        place = Path(scenario, SCENARIO_FILE)
    elif scenario in shipped_scenarios() and not Path(scenario).exists():
        return Path(folder or "."), scenario, seed or 0
    else:
        place = Path(scenario)
    within = place.parent if folder is None else Path(folder)
    try:
        name = Path(os.path.realpath(place)).relative_to(os.path.realpath(within))
    except ValueError:
        raise WrongInput(f"--folder: {place} is not in {within}") from None
    return within, name.as_posix(), seed or 0
