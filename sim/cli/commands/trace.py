"""``willing trace``: one run day by day, with the reasons of each decision."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from sim.cli.errors import WrongInput
from sim.cli.options import (
    MOST_SEED,
    ScenarioArgument,
    changes_option,
    number_option,
    output_options,
    parameters_option,
)
from sim.cli.output import Output, command_line, draw_figures, finish, output_of, print_notes, store
from sim.cli.progress import Progress
from sim.cli.signals import raise_if_stopped, stop_in_force
from sim.cli.stdout import say, say_json
from sim.report.text import WIDEST, terminal_width, to_text
from sim.scenario.files.suggestions import unknown
from sim.store.kinds import TRACE

if TYPE_CHECKING:
    from sim.results.trace import Trace
    from sim.store.traces import TraceText
    from sim.studies.why import Why

EPILOG = """\b
Examples:
  willing trace paris_2025 --seed 1 --run 7
  willing trace paris_2025 --nation POL --nation DEU --out results/poland_and_germany
  willing trace results/paris_2025 --run 42 --json
"""

MOST_RUN = 2**63 - 1


@click.command(epilog=EPILOG)
@click.argument("scenario", type=ScenarioArgument())
@number_option("--seed", 0, MOST_SEED, "Seed of the run.  [default: 0, or that of the result]")
@number_option("--run", 0, MOST_RUN, "Number of the run.  [default: 0, or the first of the result]")
@click.option(
    "--nation",
    "nations",
    multiple=True,
    metavar="ID",
    help="Show only this nation, with its hazards by day; may be given many times.",
)
@changes_option
@parameters_option
@output_options(
    TRACE,
    out="Also write the story, events, hazards by day and figures of --nation to this folder.",
    is_run=False,
)
def trace(
    scenario: str, nations: tuple[str, ...], changes: tuple[str, ...], **options: Any
) -> None:
    """Show one run of SCENARIO day by day: who moved, what they pledged, and why.

    SCENARIO is the name of a shipped scenario, the path of a scenario file, or a folder written by
    `willing run`, whose stored run is then shown.
    """
    # Here, so that help and completion load nothing heavy.
    from sim.cli.run_choice import chosen_run
    from sim.store.traces import TraceText, write_trace

    output = output_of(TRACE, options, Path())
    parameters = options["parameters"]
    chosen = chosen_run(
        scenario, options["seed"], options["run"], changes, parameters, output.quiet
    )
    ids = [nation.id for nation in chosen.scenario.nations]
    for nation in nations:
        if nation not in ids:
            raise WrongInput(f"--nation: {unknown('nation', nation, ids)}")
    nations = tuple(dict.fromkeys(nations))
    seed, run = chosen.seed, chosen.run
    drawn = {} if parameters is None else {"parameters": Path(parameters).name}
    command = command_line(
        *("trace", chosen.name), **drawn, seed=seed, run=run, nation=nations, set=changes
    )

    print_notes(chosen.scenario.notes, output.quiet)
    answers: list[Why] = []

    def traced() -> tuple[Trace, TraceText]:
        from sim.engines.trace import trace as trace_run  # heaviest, so only once all is right
        from sim.studies.why import is_quick, why_in

        with Progress(output.quiet, "days") as progress:
            found = trace_run(chosen.scenario, seed, run, progress=progress)
        if is_quick(chosen.scenario):
            answers[:] = [why_in(found, nation) for nation in nations]
        return found, TraceText(story_of(found, nations, answers=answers), nations, command)

    if options["out"] is None:
        print_trace(*traced(), output, answers)
        return

    def write(part: Path | None) -> tuple[tuple[Trace, TraceText], None]:
        answer = stop_in_force()
        try:
            answer.waits = False
            raise_if_stopped()
            found, text = traced()
            with Progress(output.quiet, "nations") as progress:
                write_trace(found, cast(Path, part), text, progress)  # --out is given
        finally:
            answer.waits = True  # until the folder is in its place, or removed
        return (found, text), None

    def draw(folder: Path) -> bool:
        hazards = [draw_figures(found, folder, "hazard_chart", nation=each) for each in nations]
        return all(hazards)

    (found, text), stop = store(output, write, command, [chosen.scenario])
    finish(
        output,
        draw=draw if nations else None,
        show=lambda: print_trace(found, text, output, answers, output.folder),
        kept=f"the trace is whole, in {output.folder}.",
        stop=stop,
    )


def story_of(
    found: Trace, nations: tuple[str, ...], width: int = WIDEST, answers: Sequence[Why] = ()
) -> str:
    """The story of a trace: of the whole run, or of the nations asked for."""
    from sim.report.trace.nation import nations_blocks  # heavy
    from sim.report.trace.run import trace_blocks

    blocks = nations_blocks(found, nations, answers) if nations else trace_blocks(found)
    return to_text(blocks, width)


def print_trace(
    found: Trace,
    text: TraceText,
    output: Output,
    answers: Sequence[Why] = (),
    folder: Path | None = None,
) -> None:
    """Print the story as wide as the terminal, or the trace as JSON, and where it is stored."""
    if output.as_json:
        from sim.store.traces import json_text, trace_as_dict  # heavy

        place = {} if folder is None else {"out": folder.as_posix()}
        say_json(json_text({**trace_as_dict(found, text.nations), **place}))
    elif not output.quiet:
        width = terminal_width()
        say(text.story if width == WIDEST else story_of(found, text.nations, width, answers))
        if folder is not None:
            say(f"\nWritten to {folder}")
