"""``willing sweep``: a scenario at every point of a design, kept part by part."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.cli.errors import Failure
from sim.cli.options import (
    MOST_SEED,
    Choice,
    NumberPath,
    RealNumber,
    ScenarioArgument,
    WholeNumber,
    changes_option,
    dask_option,
    number_option,
    output_options,
    utf8_texts,
    workers_option,
)
from sim.cli.output import Output, draw_figures, finish, output_of, print_notes, print_result
from sim.cli.parts import PartsKept, check_workers, reason_in_words, run_in_parts
from sim.cli.progress import Progress
from sim.cli.signals import run_until_stopped
from sim.store.kinds import SWEEP

if TYPE_CHECKING:
    from sim.studies.design.study import Study
    from sim.studies.sweep.result import Sweep

EPILOG = """\b
Examples:
  willing sweep paris_2025 --vary conditions.us_backing.level=0.05:0.95:10 --runs 100
  willing sweep paris_2025 --vary days=180,360 --vary commitment.value=300,900 --out results/longer
  willing sweep paris_2025 --vary commitment.value=9:999 --design sobol --points 16 --out results/16
"""

MOST_RUNS, MOST_POINTS = 1_000_000, 1_000_000

NOT_RESUMABLE = (
    "no folder is written, so that this sweep cannot be resumed if it is stopped; --out DIR writes "
    "one"
)

LONG = 10
"""Blocks of points, of about two seconds each, from which on a sweep had better be resumable."""


@click.command(epilog=EPILOG)
@click.argument("scenario", type=ScenarioArgument())
@click.option(
    "--vary",
    type=NumberPath(),
    multiple=True,
    callback=utf8_texts,
    metavar="PATH=VALUES",
    help="What to vary: LOW:HIGH:STEPS, LOW:HIGH:STEPS:log, VALUE,VALUE,..., present,absent; with "
    "lhs or sobol LOW:HIGH or a distribution. May be given many times.",
)
@changes_option
@click.option(
    "--design",
    type=Choice(["grid", "lhs", "sobol"]),
    help="Every combination, a Latin hypercube or a Sobol sequence.  [default: grid]",
)
@number_option("--points", 1, MOST_POINTS, "Number of points of lhs or sobol.")
@number_option("--design-seed", 0, MOST_SEED, "Seed of lhs or sobol.")
@number_option("--runs", 1, MOST_RUNS, "Runs of each point.  [default: 1000]")
@click.option(
    "--precision",
    type=RealNumber(0, min_open=True),
    metavar="X",
    help="Instead of --runs: run each point until the 95 % interval is within +/- X.",
)
@click.option(
    "--precision-of",
    metavar="OUTCOME",
    help="Outcome for --precision.  [default: success, or size]",
)
@number_option(
    "--most-runs",
    1,
    MOST_RUNS,
    "Upper limit of runs of a point, for --precision.  [default: 100000]",
)
@number_option("--seed", 0, MOST_SEED, "Seed of the runs, the same at every point.  [default: 0]")
@click.option(
    "--outcome",
    "outcomes",
    multiple=True,
    metavar="NAME",
    help="What to keep of each point, e.g. size@90, 'size>=20', public.POL; may be given many "
    "times.  [default: success, sizes, force, conditions]",
)
@click.option(
    "--day",
    "days",
    type=WholeNumber(0, 36_500),
    multiple=True,
    metavar="N",
    help="Keep the distribution of size on this day too; may be given many times.",
)
@click.option(
    "--own-luck",
    "common_luck",
    flag_value=False,
    default=None,
    help="Give each point its own random numbers.",
)
@click.option(
    "--keep",
    type=Choice(["summary", "runs"]),
    help="runs keeps the outcomes of single runs as well.  [default: summary]",
)
@workers_option
@dask_option
@output_options(SWEEP, out="Folder to write.  [default: results/sweep_NAME]")
def sweep(scenario: str, vary: tuple[str, ...], changes: tuple[str, ...], **options: Any) -> None:
    """Run SCENARIO at every point of a design; keep each point's outcomes with their errors.

    SCENARIO is the name of a shipped scenario, the path of a scenario file, or a study file, which
    says what to vary; options override what it says. A sweep that was stopped for any reason goes
    on where it was when the same command is given again.
    """
    from sim.studies.design.options import study_from_options  # help and completion do without

    output = output_of(SWEEP, options, Path("results") / f"sweep_{Path(scenario).stem}")
    check_workers(options)
    options |= {"vary": vary, "set": changes}
    study = study_from_options(scenario, options)
    print_notes(study.notes, output.quiet)
    run = _run_in_folder if output.saves else _run_in_memory
    run(output, study, options["workers"], options["dask"])


def _run_in_memory(output: Output, study: Study, workers: int | None, dask: str | None) -> None:
    """Run a sweep that is only printed; after a stop, print the points that are finished."""
    from sim.studies.cluster import ClusterError
    from sim.studies.sweep.blocks import n_blocks  # heavy
    from sim.studies.sweep.sweep import SweepRun

    if n_blocks(study) >= LONG:
        print_notes([NOT_RESUMABLE], output.quiet)
    try:
        with Progress(output.quiet, unit="points") as progress:
            found, stop = run_until_stopped(SweepRun(study, workers, dask), progress)
    except (ClusterError, OSError, MemoryError) as error:
        lost = "nothing is kept, as no folder is written (--out DIR keeps finished points)"
        raise Failure(f"{reason_in_words(error)}; {lost}") from error
    finish(
        output,
        draw=None,
        show=partial(_print, output, found),
        kept=f"{found.n_points:,} of {study.n_points:,} points were finished{output.kept_in}; with "
        "--out DIR the same command goes on where it was stopped.",
        stop=stop,
        failure=_failure(found, "under problem in the points of --json"),
    )


def _run_in_folder(output: Output, study: Study, workers: int | None, dask: str | None) -> None:
    """Run a sweep block by block into its folder, or what is missing there."""
    from sim.studies.sweep.blocks import n_blocks  # heavy
    from sim.studies.sweep.sweep import sweep as run_sweep

    def run(folder: Path | None, overwrite: bool, progress: Progress) -> Sweep:
        return run_sweep(
            study,
            out=folder,
            workers=workers,
            dask=dask,
            overwrite=overwrite,
            progress=progress,
        )

    kept = PartsKept(output, "block of points/blocks of points", n_blocks(study))
    found = run_in_parts(kept, "points", run)
    finish(
        output,
        draw=partial(draw_figures, found),
        show=partial(_print, output, found),
        kept=kept.sentence(),
        failure=_failure(found, "in the column problem of the parts"),
    )


def _print(output: Output, found: Sweep) -> None:
    """Print a sweep as text or as JSON."""
    from sim.report.json import sweep_json  # heavy
    from sim.report.sweep import sweep_blocks

    print_result(output, lambda: sweep_blocks(found), lambda: sweep_json(found))


def _failure(found: Sweep, place: str) -> str | None:
    """What is said of points that could not be run, if any, and where all their reasons are."""
    from sim.report.sweep import problems_text  # heavy

    return problems_text(found, place) if found.problems else None
