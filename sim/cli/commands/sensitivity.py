"""``willing sensitivity``: which inputs an outcome hangs on, and how much of it is chance.

Of a stored sweep it says the same by the distribution of the outcome over points, or in which part
of the ranges the outcome is reached, without any run.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.cli.errors import WrongInput
from sim.cli.options import (
    MOST_SEED,
    Choice,
    NumberPath,
    RealNumber,
    ScenarioArgument,
    changes_option,
    dask_option,
    number_option,
    output_options,
    parameters_option,
    utf8_texts,
    workers_option,
)
from sim.cli.output import (
    Output,
    command_line,
    draw_figures,
    finish,
    output_of,
    print_notes,
    print_result,
    store,
)
from sim.cli.parts import PartsKept, check_workers, run_in_parts
from sim.scenario.files.catalogue import shipped_scenarios
from sim.store.folder import expanded
from sim.store.kinds import SENSITIVITY, SWEEP_ANALYSIS

if TYPE_CHECKING:
    from sim.cli.progress import Progress
    from sim.scenario.schema import Scenario
    from sim.studies.design.study import Study
    from sim.studies.sensitivity.result import Sensitivity
    from sim.studies.sensitivity.study import SensitivityStudy
    from sim.studies.sensitivity.sweep_analysis import SweepAnalysis

EPILOG = """\b
Examples:
  willing sensitivity paris_2025 --inputs conditions.us_backing.level=0.1:0.9 --inputs draws
  willing sensitivity paris_2025 --outcome success --outcome size --points 20000
  willing sensitivity paris_2025 --method morris --out results/screened
  willing sensitivity results/sweep_paris_2025 --discover
"""

MOST_POINTS, MOST_RUNS = 10_000_000, 1024

OF_SWEEPS = (
    *("scenario", "outcomes", "discover", "at_least"),
    *("out", "no_figures", "print_only", "force", "as_json", "quiet"),
)
"""Parameters that go with the folder of a sweep."""


@click.command(epilog=EPILOG)
@click.argument("scenario", type=ScenarioArgument())
@click.option(
    "--inputs",
    "inputs",
    type=NumberPath(),
    multiple=True,
    callback=utf8_texts,
    metavar="PATH[=VALUES]",
    help="What to vary: PATH=LOW:HIGH or a distribution; a path or pattern alone, such as "
    "nations.*.stake, in default ranges; draws; or all. May be given many times.  [default: all]",
)
@changes_option
@parameters_option
@click.option(
    "--outcome",
    "outcomes",
    multiple=True,
    metavar="NAME",
    help="What is explained, e.g. success, size@90, 'size>=20'; may be given many times.  "
    "[default: success, or size]",
)
@click.option(
    "--method",
    type=Choice(["sobol", "morris"]),
    default="sobol",
    show_default=True,
    help="Split the variance, or screen many inputs by elementary effects.",
)
@click.option(
    "--discover",
    is_flag=True,
    help="Of a stored sweep: in which part of its ranges the outcome is reached (PRIM and CART).",
)
@click.option(
    "--at-least",
    "at_least",
    type=RealNumber(-1e12, 1e12),
    metavar="X",
    help="For --discover: what a point must reach.  [default: 0.5 of a chance]",
)
@number_option("--points", 1, MOST_POINTS, "About how many points.  [default: 10000, morris 2000]")
@number_option("--runs", 2, MOST_RUNS, "Runs of each point: lucks that points share.", default=16)
@number_option("--seed", 0, MOST_SEED, "Seed of the runs.", default=0)
@number_option("--design-seed", 0, MOST_SEED, "Seed of the points.", default=0)
@workers_option
@dask_option
@output_options(
    SENSITIVITY, out="Folder to write.  [default: results/sensitivity_NAME]", printed="result"
)
def sensitivity(
    scenario: str, inputs: tuple[str, ...], changes: tuple[str, ...], **options: Any
) -> None:
    """Say which inputs an outcome of SCENARIO hangs on, and how much of it is chance.

    SCENARIO is the name of a shipped scenario, the path of a scenario file, or a study file, whose
    varied paths are the inputs. Points share the random numbers of their runs, so that what differs
    between them is due to the inputs. An analysis that was stopped goes on where it was when the
    same command is given again. SCENARIO may also be the folder of a stored sweep: no run is made
    of it, and what it tells is written beside it.
    """
    if is_folder(scenario):
        _tell_of_sweep(scenario, options)
        return
    for name in ("discover", "at_least"):
        if is_given(name):
            raise WrongInput(f"--{name.replace('_', '-')}: it is for the folder of a stored sweep")
    output = output_of(SENSITIVITY, options, Path("results") / f"sensitivity_{Path(scenario).stem}")
    check_workers(options)
    study = _study(scenario, inputs, changes, options)
    print_notes(study.scenario.notes, output.quiet)
    _run(output, study, options["workers"], options["dask"])


def is_folder(name: str) -> bool:
    """True if a name is that of a folder, and not of a shipped scenario."""
    return name not in shipped_scenarios() and expanded(name).is_dir()


def is_given(name: str) -> bool:
    """True if an option stands on the command line."""
    source = click.get_current_context().get_parameter_source(name)
    return source is click.core.ParameterSource.COMMANDLINE


def _check_options_of_sweep(folder: str, options: dict[str, Any]) -> None:
    """Refuse options that do not go with the folder of a sweep, or with each other."""
    for option in click.get_current_context().command.params:
        name = str(option.name)
        if name not in OF_SWEEPS and is_given(name):
            raise WrongInput(
                f"{option.opts[0]}: {folder} is a folder, whose points are run already; only "
                f"{', '.join(f'--{each}' for each in map(_spelt, OF_SWEEPS[1:]))} go with it"
            )
    if options["at_least"] is not None and not options["discover"]:
        raise WrongInput("--at-least: it is for --discover")
    if len(options["outcomes"]) > 1:
        raise WrongInput("--outcome: of a stored sweep one at a time is told")


def _tell_of_sweep(folder: str, options: dict[str, Any]) -> None:
    """Store and print what a stored sweep tells of its inputs, or where its outcome is reached."""
    from sim.report import stored_sweep as report  # heavy
    from sim.studies.sensitivity.stored import write_sweep_analysis

    _check_options_of_sweep(folder, options)
    place = expanded(folder).resolve()
    kind = "discovery" if options["discover"] else "sensitivity"
    given = expanded(folder)  # as it was given, but for `.` and `a/..`, which have no place beside
    beside = given.parent if given.name not in ("", "..") else place.parent
    default = beside / f"{kind}_{place.name}"
    output = output_of(SWEEP_ANALYSIS, options, default)
    analysis = _analysis_of_sweep(folder, options)
    recorded = {"outcome": analysis.found.outcome}
    if options["at_least"] is not None:
        recorded["at_least"] = options["at_least"]
    command = command_line("sensitivity", place, **recorded)
    command += " --discover" if options["discover"] else ""
    analysis = replace(analysis, command=command)

    def write(part: Path | None) -> tuple[None, None]:
        if part is not None:
            write_sweep_analysis(analysis, part, report.sweep_analysis_texts(analysis))
        return None, None

    _, stop = store(output, write, command, [analysis.scenario])
    finish(
        output,
        draw=partial(draw_figures, analysis),
        show=lambda: print_result(
            output,
            lambda: report.sweep_analysis_blocks(analysis),
            lambda: report.sweep_analysis_json(analysis),
            has_more=False,
        ),
        kept=f"the analysis is complete{output.kept_in}.",
        stop=stop,
    )


def _analysis_of_sweep(folder: str, options: dict[str, Any]) -> SweepAnalysis:
    """What the points of a sweep tell, or in which part of its ranges the outcome is reached."""
    from sim.studies.sensitivity.given_data import GivenDataError  # heavy
    from sim.studies.sensitivity.sweep_analysis import analyse_sweep

    outcome, is_discovery = next(iter(options["outcomes"]), None), options["discover"]
    try:
        return analyse_sweep(folder, outcome, discover=is_discovery, at_least=options["at_least"])
    except (GivenDataError, ImportError) as error:
        raise WrongInput(f"{folder}: {error}") from error
    except KeyError as error:
        raise WrongInput(f"--outcome: {error.args[0]}") from error


def _spelt(name: str) -> str:
    return {"outcomes": "outcome", "as_json": "json"}.get(name, name.replace("_", "-"))


def _study(
    scenario: str, inputs: tuple[str, ...], changes: tuple[str, ...], options: dict[str, Any]
) -> SensitivityStudy:
    """The study that the options describe."""
    # Here, so that help and completion load nothing heavy.
    from sim.scenario.files.errors import ScenarioError
    from sim.studies.sensitivity.asked import ALL
    from sim.studies.sensitivity.sensitivity import sensitivity_study

    parameters = options["parameters"]
    source = _source(scenario, changes, parameters)
    asked = {name: options[name] for name in ("method", "points", "runs", "seed", "design_seed")}
    recorded: dict[str, Any] = {"inputs": inputs or (ALL,)}
    if parameters is not None:
        recorded["parameters"] = Path(parameters).name
    recorded |= {name: value for name, value in asked.items() if value is not None}
    command = command_line(
        "sensitivity", scenario, **recorded, outcome=options["outcomes"], set=changes
    )
    try:
        return sensitivity_study(
            source, inputs or (ALL,), options["outcomes"] or None, **asked, command=command
        )
    except ScenarioError:
        raise
    except ValueError as error:  # an outcome that there is not, too few points, too much to hold
        text = str(error)
        raise WrongInput(f"--{text}" if text.partition(":")[0] in asked else text) from error


def _source(scenario: str, changes: tuple[str, ...], parameters: str | None) -> Scenario | Study:
    """The scenario or the study file that is named, with changes and joint draws."""
    from sim.scenario.changes import with_parameters
    from sim.scenario.files.tree import Node
    from sim.scenario.files.variants import SET_FILE, changes_from
    from sim.scenario.load import load_scenario
    from sim.studies.design.file import is_study_file, load_study

    if not is_study_file(scenario):
        loaded = load_scenario(scenario, set=changes)
        return loaded if parameters is None else with_parameters(loaded, changes, parameters)
    given = {"set": Node(changes_from(changes), SET_FILE, None)} if changes else {}
    study = load_study(scenario, given)
    if parameters is None:
        return study
    return replace(study, scenario=with_parameters(study.scenario, changes, parameters))


def _run(output: Output, study: SensitivityStudy, workers: int | None, dask: str | None) -> None:
    """Run what is missing in the folder, or all in memory; print the result."""
    from sim.studies.jobs.run import run_study  # heavy

    def run(folder: Path | None, overwrite: bool, progress: Progress) -> Sensitivity:
        return run_study(study, folder, workers, dask, overwrite, progress)

    kept = PartsKept(output, "job/jobs", len(study.jobs))
    found = run_in_parts(kept, "runs", run)
    finish(
        output,
        draw=partial(draw_figures, found),
        show=partial(_print, output, found),
        kept=f"the analysis is complete{output.kept_in}.",
    )


def _print(output: Output, found: Sensitivity) -> None:
    from sim.report.sensitivity import sensitivity_blocks, sensitivity_json  # heavy

    print_result(
        output,
        lambda: sensitivity_blocks(found),
        lambda: sensitivity_json(found),
    )
