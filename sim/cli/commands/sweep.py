"""``willing sweep``: a scenario at every point of a design, kept part by part."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.cli.errors import Failure, WrongInput, reason_of
from sim.cli.options import (
    Decorator,
    NumberPath,
    OneOf,
    ScenarioArgument,
    WholeNumber,
    as_text,
    changes_option,
    output_options,
    seed_option,
    workers_option,
)
from sim.cli.output import Output, draw_figures, finish, output_of, print_written
from sim.cli.progress import Progress, notify_compiling
from sim.cli.signals import HungUp, exit_status, stop_in_force

if TYPE_CHECKING:
    from sim.scenario.files.tree import Node
    from sim.studies.design.study import Study
    from sim.studies.sweep.result import Sweep

EPILOG = """\b
Examples:
  willing sweep paris_2025 --vary conditions.us_backing.level=0.05:0.95:10 --runs 100
  willing sweep paris_2025 --vary days=180,360 --vary commitment.value=300,900 --out results/longer
  willing sweep paris_2025 --vary commitment.value=9:999 --design sobol --points 16 --out results/16
"""

MOST_RUNS, MOST_POINTS = 1_000_000, 1_000_000


class Above(click.types.FloatParamType):
    """A number above 0."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """The number; an error of the user's where it is none."""
        try:
            number = float(value)
        except ValueError:
            number = 0.0
        if not 0 < number < 1e12:
            self.fail(f"{value!r} must be a number above 0", param, ctx)
        return number


def _number_option(name: str, most: int, text: str) -> Decorator[Any]:
    return click.option(name, type=WholeNumber(1, most), metavar="N", help=text)


@click.command(epilog=EPILOG)
@click.argument("scenario", type=ScenarioArgument())
@click.option(
    "--vary",
    type=NumberPath(),
    multiple=True,
    metavar="PATH=VALUES",
    help="What to vary: LOW:HIGH:STEPS, LOW:HIGH:STEPS:log, VALUE,VALUE,..., present,absent; with "
    "lhs or sobol LOW:HIGH or a distribution. May be given many times.",
)
@changes_option
@click.option(
    "--design",
    type=OneOf(["grid", "lhs", "sobol"]),
    help="Every combination, a Latin hypercube or a Sobol sequence.  [default: grid]",
)
@_number_option("--points", MOST_POINTS, "Of lhs or sobol.")
@click.option("--design-seed", type=WholeNumber(0, 2**64 - 1), metavar="N", help="Of lhs or sobol.")
@_number_option("--runs", MOST_RUNS, "Runs of each point.  [default: 1000]")
@click.option(
    "--precision",
    type=Above(),
    metavar="X",
    help="Instead of --runs: run each point until half the width of the 95 % interval is X.",
)
@click.option(
    "--precision-of", metavar="OUTCOME", help="The outcome for it.  [default: success, or size]"
)
@_number_option("--most-runs", MOST_RUNS, "Of a point, whatever its precision.  [default: 100000]")
@seed_option("Seed of the runs, the same at every point.  [default: 0]", default=None)
@click.option(
    "--outcome",
    multiple=True,
    metavar="NAME",
    help="What to keep of each point, e.g. size@90, 'size>=20', public.POL; may be given many "
    "times.  [default: success, sizes, force, conditions]",
)
@click.option(
    "--day",
    type=WholeNumber(0, 36_500),
    multiple=True,
    metavar="N",
    help="Keep the distribution of size on this day too; may be given many times.",
)
@click.option("--own-luck", is_flag=True, help="Give each point runs of its own.")
@click.option(
    "--keep",
    type=OneOf(["summary", "runs"]),
    help="runs keeps the outcomes of single runs as well.  [default: summary]",
)
@workers_option
@click.option("--dask", metavar="ADDRESS", help="Run on the Dask cluster with this scheduler.")
@output_options("sweep", out="Folder to write.  [default: results/sweep_NAME]")
def sweep(scenario: str, **options: Any) -> None:
    """Run SCENARIO at every point of a design; keep each point's outcomes with their errors.

    SCENARIO is the name of a shipped scenario, the path of a scenario file, or a study file, which
    says what to vary; options go before what it says. A sweep that was stopped, by whatever, goes
    on where it was when the same command is given again.
    """
    from sim.studies.sweep.blocks import n_blocks  # heavy

    output = output_of(options, Path("results") / f"sweep_{Path(scenario).stem}")
    if options["dask"] is not None and options["workers"] is not None:
        raise WrongInput("--workers: the threads of this machine do nothing with --dask")
    study = asked_study(scenario, options)

    def kept() -> str:
        done = _n_finished(output.folder)
        if not done:
            return "no block of points is finished."
        return (
            f"{done:,} of {n_blocks(study):,} blocks of points are finished, and kept in "
            f"{output.folder}; the same command goes on from there."
        )

    try:
        found = run_study(study, output, options["workers"], options["dask"])
    except KeyboardInterrupt as stop:
        stop_in_force().waits = True
        if not isinstance(stop, HungUp):
            with suppress(OSError):  # the terminal may have gone
                click.echo(f"Stopped: {kept()}", err=True)
        click.get_current_context().exit(exit_status(stop))
    finish(
        output,
        "sweep",
        draw=(lambda folder: draw_figures(found, folder)) if output.figures else None,
        show=lambda: print_sweep(found, output),
        kept=kept(),
        failure=_failures(found) if found.problems else None,
    )


def asked_study(scenario: str, options: dict[str, Any]) -> Study:
    """The study that the command line describes, alone or over a study file.

    Raises
    ------
    StudyError, ScenarioError, WrongInput
    """
    from sim.scenario.files.tree import Node, tree_from  # heavy
    from sim.studies.design.file import is_study_file, load_study, study_from

    given = _given(options)
    if is_study_file(scenario):
        return load_study(scenario, given)
    if "vary" not in given:
        raise WrongInput(
            "--vary: say what to vary, such as --vary conditions.us_backing.level=0.05:0.95:10, "
            "or give a study file"
        )
    named = tree_from(scenario)
    return study_from(Node({"scenario": named, **given}, "", None))


def _given(options: dict[str, Any]) -> dict[str, Node]:
    """Keys of a study that the command line gives."""
    from sim.scenario.files.tree import Node, tree_from  # heavy
    from sim.scenario.files.variants import changes_from
    from sim.studies.design.values import VARY_FILE
    from sim.studies.design.vary import vary_node

    given: dict[str, Node] = {}
    varied = dict(map(vary_node, as_text("--vary", options["vary"])))
    if len(varied) < len(options["vary"]):
        raise WrongInput("--vary: a path is given twice")
    if varied:
        given["vary"] = Node(varied, VARY_FILE, None)
    changes = changes_from(options["changes"])
    if changes:
        given["set"] = Node(changes, "--set", None)
    keys = ("design", "points", "design_seed", "runs", "precision", "precision_of", "most_runs")
    for key in (*keys, "seed", "keep"):
        if options[key] is not None:
            given[key] = tree_from(options[key], f"--{key.replace('_', '-')}")
    if options["outcome"]:
        given["outcomes"] = tree_from(list(as_text("--outcome", options["outcome"])), "--outcome")
    if options["day"]:
        given["days"] = tree_from(list(options["day"]), "--day")
    if options["own_luck"]:
        given["common_luck"] = tree_from(False, "--own-luck")
    return given


def run_study(study: Study, output: Output, workers: int | None, dask: str | None) -> Sweep:
    """The sweep of a study, run or gone on with.

    Raises
    ------
    Failure
        The disk, the memory or the cluster gave out; finished blocks are kept.
    """
    from sim.studies.sweep.cluster import ClusterError  # heavy
    from sim.studies.sweep.sweep import sweep as run_sweep

    notify_compiling("batch", output.quiet)
    try:
        with Progress(output.quiet, unit="points") as progress:
            return run_sweep(
                study,
                out=output.folder,
                workers=workers,
                dask=dask,
                overwrite=output.force,
                progress=progress,
            )
    except ClusterError as error:
        reason = f"--dask: {error}"
        cause: Exception = error
    except OSError as error:
        reason, cause = reason_of(error, str(output.folder)), error
    except MemoryError as error:
        reason, cause = ": ".join(part for part in ("out of memory", str(error)) if part), error
    there = _n_finished(output.folder)
    kept = f"finished blocks are kept in {output.folder}"
    raise Failure(f"{reason}; {kept if there else 'no block of points is finished'}") from cause


def _n_finished(folder: Path) -> int:
    """Number of blocks of points that are finished."""
    from sim.store.folder import PARTS  # heavy

    return len(list((folder / PARTS).glob("part-*.parquet")))


def print_sweep(found: Sweep, output: Output) -> None:
    """Print the points, for people or for scripts."""
    from sim.report.json import sweep_json  # heavy
    from sim.report.sweep import sweep_blocks
    from sim.report.text import to_text

    if output.as_json:
        place = {"out": output.folder.as_posix()}
        click.echo(json.dumps({**sweep_json(found), **place}, indent=2, ensure_ascii=False))
    elif not output.quiet:
        click.echo(to_text(sweep_blocks(found)))
        print_written(output.folder, has_more=True)


def _failures(found: Sweep) -> str:
    """What is said of points that could not be run."""
    from sim.report.sweep import point_text  # heavy

    number, reason = next(iter(found.problems.items()))
    point = found.study.point(number)
    at = point_text(found.paths, point.labels)
    n_failed = len(found.problems)
    which = "point" if found.n_points == 1 else "points"
    said = f"{n_failed:,} of {found.n_points:,} {which} could not be run; the first, {at}: {reason}"
    return f"{said}\nThe reasons of all are in the column problem of the parts."
