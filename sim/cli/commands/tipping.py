"""``willing tipping``: the level of a path at which an outcome turns."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.cli.errors import WrongInput
from sim.cli.options import (
    NumberPath,
    RealNumber,
    ScenarioArgument,
    changes_option,
    dask_option,
    nations_option,
    number_option,
    output_options,
    parameters_option,
    runs_options,
    utf8_texts,
    workers_option,
)
from sim.cli.output import (
    Output,
    command_line,
    draw_figures,
    finish,
    nations_listed,
    output_of,
    print_notes,
    print_result,
)
from sim.cli.parts import PartsKept, check_workers, run_in_parts
from sim.store.kinds import TIPPING

if TYPE_CHECKING:
    from sim.cli.progress import Progress
    from sim.scenario.schema import Scenario
    from sim.studies.tipping.result import Tipping
    from sim.studies.tipping.study import TippingStudy

EPILOG = """\b
Examples:
  willing tipping paris_2025 --along conditions.us_backing.level
  willing tipping paris_2025 --along conditions.us_backing.level=0.2:0.8 --sharpen 0.5 --back
  willing tipping paris_2025 --along conditions.us_backing.level --along tempo=0.5:2:log
"""

MOST_SCANNED, MOST_RAMP = 1_000_000, 36_500


@click.command(epilog=EPILOG)
@click.argument("scenario", type=ScenarioArgument())
@click.option(
    "--along",
    type=NumberPath(),
    multiple=True,
    required=True,
    callback=utf8_texts,
    metavar="PATH[=LOW:HIGH]",
    help="What is changed, from LOW to HIGH or LOW:HIGH:log; given twice, the plane of two paths.  "
    "[default: LOW and HIGH of shares, days and public_size are those allowed]",
)
@click.option(
    "--outcome",
    default="success",
    show_default=True,
    metavar="NAME",
    help="What turns: success, or another outcome that is true or not in a run, such as 'size>=20' "
    "or public.POL.",
)
@runs_options("Number of runs whose threshold is found.", "Seed of the runs, at every level.")
@number_option(
    "--scanned",
    1,
    MOST_SCANNED,
    "Of these, runs that are tried at 41 levels, for nations and for how many are not monotone.  "
    "[default: 40]",
)
@click.option(
    "--sharpen",
    type=RealNumber(0, 1),
    metavar="CHANCE",
    help="Make sharp the level at which the chance is this one, such as 0.5, by runs near it.",
)
@click.option(
    "--precision",
    type=RealNumber(0, min_open=True),
    metavar="X",
    help="Sharpen until the 95 % interval is within +/- X.  [default: 0.5 % of the way]",
)
@click.option(
    "--back",
    is_flag=True,
    help="Also raise the level slowly within runs and lower it again: is what is gained kept?",
)
@number_option(
    "--ramp",
    1,
    MOST_RAMP,
    "Days of the slowest way up, for --back.  [default: 4 times the days of the scenario]",
)
@changes_option
@parameters_option
@workers_option
@dask_option
@nations_option("12 that turn first")
@output_options(TIPPING, out="Folder to write.  [default: results/tipping_NAME]")
def tipping(
    scenario: str, along: tuple[str, ...], changes: tuple[str, ...], **options: Any
) -> None:
    """Find the level of a path at which an outcome of SCENARIO turns.

    SCENARIO is the name of a shipped scenario or the path of a scenario file. A run has the same
    luck at every level, so that each turns at a level of its own, which bisection finds: the whole
    curve of the chance, its quantiles, and the level of each nation. A study that was stopped goes
    on where it was when the same command is given again.
    """
    # Here, so that help and completion load nothing heavy.
    from sim.scenario.changes import with_parameters
    from sim.scenario.load import load_scenario

    output = output_of(TIPPING, options, Path("results") / f"tipping_{Path(scenario).stem}")
    check_workers(options)
    loaded = load_scenario(scenario, set=changes)
    if options["parameters"] is not None:
        loaded = with_parameters(loaded, changes, options["parameters"])
    listed = nations_listed(options["nations"], [nation.id for nation in loaded.nations])
    study = _study(scenario, loaded, {**options, "along": along, "set": changes})
    print_notes([*loaded.notes, *study.notes()], output.quiet)
    kept = PartsKept(output, "block of runs/blocks of runs")
    found = run_in_parts(kept, "runs", partial(_run, study, options))
    finish(
        output,
        draw=partial(draw_figures, found),
        show=partial(_print, output, found, listed),
        kept=f"the tipping point is complete{output.kept_in}.",
    )


def _study(name: str, scenario: Scenario, options: dict[str, Any]) -> TippingStudy:
    """The study that the options describe."""
    # Here, so that help and completion load nothing heavy.
    from sim.scenario.files.errors import ScenarioError
    from sim.studies.design.outcomes import OutcomeError
    from sim.studies.tipping.levels import AlongError
    from sim.studies.tipping.tipping import tipping_study

    asked = ("outcome", "runs", "scanned", "sharpen", "precision", "back", "ramp")
    # Only what is given, so that the command on record is short.
    recorded = {key: options[key] for key in asked if options[key] is not None}
    has_back = recorded.pop("back")
    if options["parameters"] is not None:
        recorded["parameters"] = Path(options["parameters"]).name
    command = command_line(
        "tipping",
        name,
        along=options["along"],
        **recorded,
        seed=options["seed"],
        set=options["set"],
    )
    try:
        return tipping_study(
            scenario,
            options["along"],
            **{key: options[key] for key in asked},
            seed=options["seed"],
            command=f"{command} --back" if has_back else command,
        )
    except AlongError as error:
        raise WrongInput(f"--{error}" if error.argument else f"--along: {error}") from error
    except ScenarioError as error:
        raise WrongInput(f"--along: {error}") from error
    except OutcomeError as error:
        raise WrongInput(f"--outcome: {error}") from error
    except MemoryError as error:
        raise WrongInput(str(error)) from error


def _run(
    study: TippingStudy,
    options: dict[str, Any],
    folder: Path | None,
    overwrite: bool,
    progress: Progress,
) -> Tipping:
    """Run a study into a folder, or what is missing there, or in memory."""
    from sim.studies.jobs.run import run_study  # heavy

    workers, dask = options["workers"], options["dask"]
    return run_study(study, folder, workers, dask, overwrite, progress)


def _print(output: Output, found: Tipping, nations: tuple[str, ...] | None) -> None:
    from sim.report.tipping import tipping_blocks, tipping_json  # heavy

    print_result(
        output,
        lambda: tipping_blocks(found, nations),
        lambda: tipping_json(found),
        has_more=False,
    )
