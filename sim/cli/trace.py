"""``willing trace``: one run told day by day, with the reasons of each decision."""

from __future__ import annotations

import errno
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from sim.cli.main import exit_status, raise_if_stopped
from sim.cli.terminal.arguments import Place, ScenarioArgument
from sim.cli.terminal.chosen import Asked, ChosenRun, chosen_run
from sim.cli.terminal.cold import say_if_cold
from sim.cli.terminal.failures import Failure, WrongInput, reason_of
from sim.cli.terminal.progress import Progress

if TYPE_CHECKING:
    from sim.results.traced.store import Told
    from sim.results.traced.trace import Trace

EPILOG = """\b
Examples:
  willing trace paris_2025 --seed 1 --run 7
  willing trace paris_2025 --nation POL --nation DEU --out results/poland_and_germany
  willing trace results/paris_2025 --run 42 --json
"""

MOST_RUN, MOST_SEED = 2**63 - 1, 2**64 - 1


class Output(NamedTuple):
    """Where a trace goes and how it is told."""

    folder: Path | None
    overwrite: bool
    as_json: bool
    quiet: bool


@click.command(epilog=EPILOG)
@click.argument("scenario", type=ScenarioArgument())
@click.option(
    "--seed",
    type=click.IntRange(0, MOST_SEED),
    metavar="N",
    help="Seed of the run.  [default: 0, or that of the result]",
)
@click.option(
    "--run",
    type=click.IntRange(0, MOST_RUN),
    metavar="N",
    help="Number of the run.  [default: 0, or the first of the result]",
)
@click.option(
    "--nation",
    "nations",
    multiple=True,
    metavar="ID",
    help="Tell this nation's part, with its hazards by day; may be given many times.",
)
@click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="PATH=VALUE",
    help="Change a value of the scenario; may be given many times.",
)
@click.option(
    "--out",
    type=Place(),
    metavar="DIR",
    help="Folder to write as well: the story, events and hazards by day, figures of --nation.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with every event.")
@click.option("--quiet", is_flag=True, help="Print no story, notes or progress.")
@click.option("--force", is_flag=True, help="Replace an earlier trace in the folder.")
def trace(
    scenario: str, nations: tuple[str, ...], changes: tuple[str, ...], **options: Any
) -> None:
    """Tell one run of SCENARIO day by day: who moved, what they pledged, and why.

    SCENARIO is the name of a shipped scenario, the path of a scenario file, or a folder that
    `willing run` wrote: then it is the very run that is stored there, with all its luck.
    """
    from sim.results.stored.folder import expanded

    output = Output(
        None if options["out"] is None else expanded(options["out"]),
        options["force"],
        options["as_json"],
        options["quiet"],
    )
    chosen = chosen_run(Asked(scenario, options["seed"], options["run"], changes), output.quiet)
    wanted = known_nations(chosen, nations)
    command = command_line(chosen, wanted, changes)
    if output.folder is None:
        tell(*told_run(chosen, wanted, command, output.quiet), output)
    else:
        write_and_tell(chosen, wanted, command, output)


def known_nations(chosen: ChosenRun, nations: tuple[str, ...]) -> tuple[str, ...]:
    """The nations asked for, each once.

    Raises
    ------
    WrongInput
        The scenario has no nation of that id.
    """
    from sim.scenario.reading.names import unknown

    ids = [nation.id for nation in chosen.scenario.nations]
    for nation in nations:
        if nation not in ids:
            raise WrongInput(f"--nation: {unknown('nation', nation, ids)}")
    return tuple(dict.fromkeys(nations))


def command_line(chosen: ChosenRun, nations: tuple[str, ...], changes: tuple[str, ...]) -> str:
    """Command that tells this run again, without the paths of the machine it ran on."""
    words = ["willing", "trace", chosen.name, "--seed", str(chosen.seed), "--run", str(chosen.run)]
    for nation in nations:
        words += ["--nation", nation]
    for change in changes:
        words += ["--set", change]
    return shlex.join(words)


def told_run(
    chosen: ChosenRun, nations: tuple[str, ...], command: str, quiet: bool
) -> tuple[Trace, Told]:
    """The trace of the run, and its story: of the whole run, or of the nations asked for."""
    from sim.cli.story.nation import nations_text
    from sim.cli.story.run import story_text
    from sim.engines.traced.tracing import trace as traced
    from sim.results.traced.store import Told

    say_if_cold("mesa", quiet)
    with watched(quiet, "days") as progress:
        found = traced(chosen.scenario, chosen.seed, chosen.run, progress=progress)
    story = nations_text(found, nations) if nations else story_text(found)
    return found, Told(story, nations, command)


@contextmanager
def watched(quiet: bool, unit: str) -> Iterator[Callable[[int, int], None]]:
    """Progress in some unit, wiped away at the end; a stop that was lost takes effect in it."""
    progress = Progress(quiet, unit)

    def shown(done: int, of_all: int) -> None:
        raise_if_stopped()
        progress(done, of_all)

    try:
        yield shown
    finally:
        progress.close()


def write_and_tell(
    chosen: ChosenRun, nations: tuple[str, ...], command: str, output: Output
) -> None:
    """Write the folder, whole or not at all, then tell the run.

    The folder is claimed before the run, so that one that cannot be written to is not found out
    about after it.
    """
    from sim.results.stored.folder import whole_folder
    from sim.results.traced.store import write_trace

    assert output.folder is not None
    keep_ensemble(output.folder, output.overwrite)
    try:
        with whole_folder(output.folder, output.overwrite) as part:
            found, told = told_run(chosen, nations, command, output.quiet)
            draw(found, nations, part / "figures")
            with watched(output.quiet, "nations") as progress:
                write_trace(found, part, told, progress)
    except OSError as error:
        raise Failure(f"{reason_of(error)}; nothing was kept") from error
    try:
        tell(found, told, output)
    except OSError as error:
        if error.errno == errno.EPIPE:
            raise
        reason = f"it could not be printed: {reason_of(error, 'standard output')}"
        raise Failure(f"the trace is in {output.folder}, but {reason}") from error
    except KeyboardInterrupt as stop:
        click.echo(f"Stopped: the trace is whole, in {output.folder}.", err=True)
        click.get_current_context().exit(exit_status(stop))


def keep_ensemble(folder: Path, overwrite: bool) -> None:
    """Refuse to replace an ensemble by a trace, which may be one of its own runs.

    Raises
    ------
    WrongInput
    """
    from sim.results.stored.folder import ResultsError
    from sim.results.stored.provenance import read_provenance

    if not overwrite:
        return
    try:
        read_provenance(folder)
    except ResultsError:  # none there: what else there is, `whole_folder` judges
        return
    raise WrongInput(
        f"--out: {folder} holds a result of willing run, which no trace replaces; "
        "choose another folder"
    )


def draw(found: Trace, nations: tuple[str, ...], folder: Path) -> None:
    """Draw the hazards of the nations asked for, a figure each."""
    if not nations:
        return
    from sim.plots.hazards import hazard_chart
    from sim.plots.style import save_figure

    folder.mkdir()
    for nation in nations:
        save_figure(hazard_chart(found, nation), folder / f"hazard_{nation}.png")


def tell(found: Trace, told: Told, output: Output) -> None:
    """Print the story, for people or for scripts."""
    if output.as_json:
        from sim.results.traced.store import json_text, trace_as_dict

        place = {} if output.folder is None else {"out": output.folder.as_posix()}
        click.echo(json_text({**trace_as_dict(found, told.nations), **place}))
    elif not output.quiet:
        click.echo(told.story)
        if output.folder is not None:
            click.echo(f"\nWritten to {output.folder}")
