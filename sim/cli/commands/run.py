"""``willing run``: an ensemble, its summary, its figures, its tables."""

from __future__ import annotations

import json
import shlex
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.cli.main import HungUp, exit_status, stop_in_force
from sim.cli.terminal.arguments import (
    MOST_SEED,
    OneOf,
    Place,
    ScenarioArgument,
    WholeNumber,
    changes_option,
)
from sim.cli.terminal.blocks import Order, check_memory, run_in_blocks
from sim.cli.terminal.failures import Failure, as_text, check_out, readable, reason_of
from sim.cli.terminal.figures import draw_figures, exit_if_undrawn
from sim.cli.terminal.progress import Progress, notify_compiling
from sim.cli.terminal.told import figures_in, printed_until_stopped, say_written

if TYPE_CHECKING:
    from sim.results.ensemble import Ensemble
    from sim.scenario.schema import Scenario

EPILOG = """\b
Examples:
  willing run paris_2025
  willing run paris_2025 --runs 10000 --set conditions.us_backing.level=0.8 --out results/backed
"""

MOST_RUNS = 10**9


@dataclass(frozen=True)
class Output:
    """Where results go and how they are told."""

    folder: Path
    overwrite: bool
    figures: bool
    as_json: bool
    quiet: bool


@click.command(epilog=EPILOG)
@click.argument("scenario", type=ScenarioArgument())
@click.option(
    "--runs",
    type=WholeNumber(1, MOST_RUNS),
    metavar="N",
    default=1000,
    show_default=True,
    help="Number of runs.",
)
@click.option(
    "--seed",
    type=WholeNumber(0, MOST_SEED),
    metavar="N",
    default=0,
    show_default=True,
    help="Seed: the same seed gives the same results, to the last bit.",
)
@click.option(
    "--engine",
    type=OneOf(["batch", "mesa"]),
    default="batch",
    show_default=True,
    help="batch is fast, mesa readable; results are the same.",
)
@click.option(
    "--workers",
    type=WholeNumber(1, 1024),
    metavar="N",
    help="Threads or processes; by default "
    "as many as there are processors. Results do not depend on it.",
)
@changes_option
@click.option(
    "--out",
    type=Place(),
    metavar="DIR",
    help="Folder to write.  [default: results/NAME-OF-SCENARIO]",
)
@click.option(
    "--keep",
    type=OneOf(["auto", "runs", "summary"]),
    default="auto",
    show_default=True,
    help="Keep single runs, or only counts over all of them; auto keeps runs up to 500 MB.",
)
@click.option("--no-figures", is_flag=True, help="Draw no figures.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON object.")
@click.option("--quiet", is_flag=True, help="Print no summary, notes or progress.")
@click.option("--force", is_flag=True, help="Replace an earlier result in the folder.")
def run(scenario: str, changes: tuple[str, ...], **options: Any) -> None:
    """Run SCENARIO many times; print a summary, and store tables and figures in a folder.

    SCENARIO is the name of a shipped scenario or the path of a scenario file.
    """
    from sim.scenario.load import load_scenario
    from sim.store.folder import expanded

    check_out(options["out"])
    changes = as_text("--set", changes)
    loaded = load_scenario(scenario, set=changes)
    order = Order(**{name: options[name] for name in ("runs", "seed", "engine", "workers", "keep")})
    output = Output(
        expanded(options["out"] or Path("results") / Path(scenario).stem),
        options["force"],
        not options["no_figures"],
        options["as_json"],
        options["quiet"],
    )
    check_memory(loaded, order)
    answer = stop_in_force()
    answer.waits = True  # until the end of the process, but for the runs and what is printed
    try:
        ensemble, stop = make_result(loaded, order, output, (scenario, changes))
    except OSError as error:
        raise Failure(f"{reason_of(error, str(output.folder))}; nothing was kept") from error
    if not isinstance(stop, HungUp):  # there is nobody to read it
        stop = told_until_stopped(ensemble, output, stop)
    if stop is not None:
        _say_what_was_kept(ensemble, order, output)
        click.get_current_context().exit(exit_status(stop))
    exit_if_undrawn()


def make_result(
    scenario: Scenario, order: Order, output: Output, asked: tuple[str, tuple[str, ...]]
) -> tuple[Ensemble, KeyboardInterrupt | None]:
    """Run and store an ensemble; it comes back with what would have stopped it, if anything.

    The folder is claimed before the first run, so that one that cannot be written to is not
    found out about after the last. Finished runs are written whatever comes in the meantime.
    """
    from sim.store.ensembles import write_results
    from sim.store.folder import atomic_folder
    from sim.store.kinds import RESULT

    with atomic_folder(output.folder, output.overwrite, RESULT) as part:
        notify_compiling(order.engine, output.quiet)
        progress = Progress(output.quiet)
        try:
            ensemble, stop = run_in_blocks(scenario, order, progress)
        finally:
            progress.close()
        ensemble.command = command_line(*asked, ensemble)
        if output.figures:
            draw_figures(ensemble, part / "figures")
        write_results(ensemble, part)
    return ensemble, stop or stop_in_force().noted


def told_until_stopped(
    ensemble: Ensemble, output: Output, stop: KeyboardInterrupt | None
) -> KeyboardInterrupt | None:
    """Print the summary; what stopped the command comes back, in here or before."""
    kept = f"the result is in {output.folder}, but its summary could not be printed"
    return printed_until_stopped(lambda: tell(ensemble, output), stop, kept)


def tell(ensemble: Ensemble, output: Output) -> None:
    """Print the summary, for people or for scripts."""
    from sim.report.ensemble import summary_blocks
    from sim.report.json import summary_json
    from sim.report.text import to_text

    if output.as_json:
        place = {"out": output.folder.as_posix(), "figures": figures_in(output.folder)}
        summary = {**summary_json(ensemble.summary()), **place}
        click.echo(json.dumps(summary, indent=2, ensure_ascii=False, allow_nan=False))
    elif not output.quiet:
        click.echo(to_text(summary_blocks(ensemble.summary())))
        say_written(output.folder, has_more=True)


def command_line(scenario: str, changes: tuple[str, ...], ensemble: Ensemble) -> str:
    """Command that makes this ensemble again, without the paths of the machine it ran on.

    Differs from what was typed after an interruption: it asks for the runs that are there.
    """
    words = ["willing", "run", readable(Path(scenario).name)]
    words += ["--runs", str(ensemble.n_runs), "--seed", str(ensemble.seed)]
    words += ["--engine", ensemble.engine, "--keep", ensemble.keep]
    for change in changes:
        words += ["--set", change]
    return shlex.join(words)


def _say_what_was_kept(ensemble: Ensemble, order: Order, output: Output) -> None:
    """Tell whoever stopped the command what there is of it."""
    with suppress(OSError):  # the terminal may have gone
        click.echo(
            f"Stopped: {ensemble.n_runs:,} of {order.runs:,} runs were finished, and are kept in "
            f"{output.folder}.",
            err=True,
        )
