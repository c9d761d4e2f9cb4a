"""``willing trace``: one run told day by day, with the reasons of each decision."""

from __future__ import annotations

import errno
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from sim.cli.main import exit_status, raise_if_stopped, stop_in_force
from sim.cli.terminal.arguments import (
    MOST_SEED,
    Place,
    ScenarioArgument,
    WholeNumber,
    changes_option,
)
from sim.cli.terminal.failures import (
    Failure,
    WrongInput,
    as_text,
    check_out,
    readable,
    reason_of,
)
from sim.cli.terminal.figures import draw_figures, exit_if_undrawn
from sim.cli.terminal.progress import Progress, notify_compiling
from sim.cli.terminal.run_choice import Asked, ChosenRun, chosen_run
from sim.report.text import WIDEST, terminal_width

if TYPE_CHECKING:
    from sim.results.trace import Trace
    from sim.store.traces import Told

EPILOG = """\b
Examples:
  willing trace paris_2025 --seed 1 --run 7
  willing trace paris_2025 --nation POL --nation DEU --out results/poland_and_germany
  willing trace results/paris_2025 --run 42 --json
"""

MOST_RUN = 2**63 - 1


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
    type=WholeNumber(0, MOST_SEED),
    metavar="N",
    help="Seed of the run.  [default: 0, or that of the result]",
)
@click.option(
    "--run",
    type=WholeNumber(0, MOST_RUN),
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
@changes_option
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
    from sim.store.folder import expanded

    check_out(options["out"])
    changes = as_text("--set", changes)
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
        exit_if_undrawn()


def known_nations(chosen: ChosenRun, nations: tuple[str, ...]) -> tuple[str, ...]:
    """The nations asked for, each once.

    Raises
    ------
    WrongInput
        The scenario has no nation of that id.
    """
    from sim.scenario.files.suggestions import unknown

    ids = [nation.id for nation in chosen.scenario.nations]
    for nation in nations:
        if nation not in ids:
            raise WrongInput(f"--nation: {unknown('nation', nation, ids)}")
    return tuple(dict.fromkeys(nations))


def command_line(chosen: ChosenRun, nations: tuple[str, ...], changes: tuple[str, ...]) -> str:
    """Command that tells this run again, without the paths of the machine it ran on."""
    name = readable(chosen.name)
    words = ["willing", "trace", name, "--seed", str(chosen.seed), "--run", str(chosen.run)]
    for nation in nations:
        words += ["--nation", nation]
    for change in changes:
        words += ["--set", change]
    return shlex.join(words)


def as_wide_as_terminal(found: Trace, told: Told) -> str:
    """The story in lines for the terminal; what is stored is as wide on every one."""
    width = terminal_width()
    return told.story if width == WIDEST else story_of(found, told.nations, width)


def told_run(
    chosen: ChosenRun, nations: tuple[str, ...], command: str, quiet: bool
) -> tuple[Trace, Told]:
    """The trace of the run, and its story: of the whole run, or of the nations asked for."""
    from sim.engines.trace import trace as traced
    from sim.store.traces import Told

    notify_compiling("mesa", quiet)
    with watched(quiet, "days") as progress:
        found = traced(chosen.scenario, chosen.seed, chosen.run, progress=progress)
    return found, Told(story_of(found, nations), nations, command)


def story_of(found: Trace, nations: tuple[str, ...], width: int = WIDEST) -> str:
    """The story of a trace: of the whole run, or of the nations asked for."""
    from sim.report.text import to_text
    from sim.report.trace.nation import nations_blocks
    from sim.report.trace.run import run_blocks

    return to_text(nations_blocks(found, nations) if nations else run_blocks(found), width)


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
    """Write the folder, whole or not at all, then tell the run."""
    answer = stop_in_force()
    try:
        found, told = written(chosen, nations, command, output)
    except OSError as error:
        raise Failure(f"{reason_of(error, str(output.folder))}; nothing was kept") from error
    try:
        answer.waits = False
        raise_if_stopped()
        tell(found, told, output)
        answer.waits = True  # what is to come takes no time
    except OSError as error:
        if error.errno == errno.EPIPE:
            raise
        reason = f"it could not be printed: {reason_of(error, 'standard output')}"
        raise Failure(f"the trace is in {output.folder}, but {reason}") from error
    except KeyboardInterrupt as stop:
        answer.waits = True
        with suppress(OSError):  # the terminal may have gone
            click.echo(f"Stopped: the trace is whole, in {output.folder}.", err=True)
        click.get_current_context().exit(exit_status(stop))


def written(
    chosen: ChosenRun, nations: tuple[str, ...], command: str, output: Output
) -> tuple[Trace, Told]:
    """The trace of the run and its story, once they are in the folder.

    The folder is claimed before the run, so that one that cannot be written to is not found out
    about after it. Signals are only noted from when all is written, or given up, until it is in
    its place, or removed.
    """
    from sim.store.folder import atomic_folder
    from sim.store.kinds import TRACE
    from sim.store.traces import write_trace

    assert output.folder is not None
    with atomic_folder(output.folder, output.overwrite, TRACE) as part:
        try:
            found, told = told_run(chosen, nations, command, output.quiet)
            for nation in nations:
                draw_figures(found, part / "figures", "hazard_chart", nation=nation)
            with watched(output.quiet, "nations") as progress:
                write_trace(found, part, told, progress)
        finally:
            stop_in_force().waits = True
    return found, told


def tell(found: Trace, told: Told, output: Output) -> None:
    """Print the story, for people or for scripts."""
    if output.as_json:
        from sim.store.traces import json_text, trace_as_dict

        place = {} if output.folder is None else {"out": output.folder.as_posix()}
        click.echo(json_text({**trace_as_dict(found, told.nations), **place}))
    elif not output.quiet:
        click.echo(as_wide_as_terminal(found, told))
        if output.folder is not None:
            click.echo(f"\nWritten to {output.folder}")
