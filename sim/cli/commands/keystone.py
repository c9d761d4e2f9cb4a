"""``willing keystone``: whose early announcement changes the coalition most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.cli.errors import WrongInput
from sim.cli.options import (
    Choice,
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
from sim.cli.progress import Progress
from sim.results.format import LONGEST_NAME, cut
from sim.store.kinds import KEYSTONE

if TYPE_CHECKING:
    from sim.studies.keystone.result import Keystone
    from sim.studies.keystone.study import KeystoneStudy

EPILOG = """\b
Examples:
  willing keystone paris_2025
  willing keystone paris_2025 --day 2025-04-10 --k 3 --values shapley --out results/who
  willing keystone paris_2025 --move left
  willing keystone paris_2025 --levers meetings,conditions --level us_backing=0.8 --outcome success
"""

MOST_TOGETHER = 1000


@click.command(epilog=EPILOG)
@click.argument("scenario", type=ScenarioArgument())
@click.option(
    "--day",
    default="1",
    show_default=True,
    metavar="DAY",
    help="Number or date of the day on which a nation announces.",
)
@click.option(
    "--move",
    type=Choice(["talks", "willing", "public", "pledged", "deployed", "left"]),
    default="public",
    show_default=True,
    help="Stage that it is put in; left asks whose departure costs most.",
)
@number_option(
    "--k", 1, MOST_TOGETHER, "Also look for the set of N that together gain most.", default=1
)
@click.option("--pairs", is_flag=True, help="Also measure every pair.")
@click.option(
    "--values",
    type=Choice(["shapley", "banzhaf", "owen"]),
    help="Also give each one's value as a player of a game of all; owen takes groups as blocs.",
)
@click.option(
    "--levers",
    default="nations",
    show_default=True,
    metavar="KINDS",
    help="What is changed, with commas between: nations announce, meetings are left out, "
    "conditions are raised.",
)
@click.option(
    "--level",
    "levels",
    multiple=True,
    callback=utf8_texts,
    metavar="NAME=LEVEL",
    help="What the own level of a condition becomes, e.g. us_backing=0.8; whatever else moves it "
    "stays. May be given many times.  "
    "[default: up by 1 in log-odds]",
)
@click.option(
    "--outcome",
    default="others",
    show_default=True,
    metavar="NAME",
    help="What ranks, sets and values are about: others (public nations beside the one that "
    "announces), size, success, or any outcome of a sweep, e.g. size@90.",
)
@click.option(
    "--feasible",
    type=RealNumber(0, 1),
    default=0.1,
    show_default=True,
    metavar="CHANCE",
    help="Set nations apart whose chance of joining in the base is less.",
)
@click.option(
    "--never-share",
    type=RealNumber(0, 1),
    default=0.06,
    show_default=True,
    metavar="SHARE",
    help="For changes against never going public: of the runs in which a nation does, how many are "
    "also made without it, at least 30; 1 for all, 0 for none.",
)
@runs_options(
    "Number of runs of the base, and of each change.",
    "Seed of the random numbers that all share, run by run.",
)
@workers_option
@dask_option
@changes_option
@parameters_option
@nations_option("the first of each part")
@output_options(KEYSTONE, out="Folder to write.  [default: results/keystone_NAME]")
def keystone(scenario: str, changes: tuple[str, ...], **options: Any) -> None:
    """Find whose early announcement changes the coalition of SCENARIO most.

    SCENARIO is the name of a shipped scenario or the path of a scenario file. Each nation announces
    in runs of its own, under the same luck as the base. Its effect is given on the size with
    itself, on the others only, and on success, against the base and against never going public.
    A study that was stopped goes on where it was when the same command is given again.
    """
    # Here, so that help and completion load nothing heavy.
    from sim.plots.catalogue import DrawingError
    from sim.plots.options import day_of
    from sim.scenario.changes import with_parameters
    from sim.scenario.load import load_scenario
    from sim.studies.design.outcomes import OutcomeError
    from sim.studies.keystone.keystone import study_of
    from sim.studies.keystone.levers import LeverError

    output = output_of(KEYSTONE, options, Path("results") / f"keystone_{Path(scenario).stem}")
    check_workers(options)
    loaded, recorded = load_scenario(scenario, set=changes), dict[str, str]()
    if (parameters := options["parameters"]) is not None:
        recorded["parameters"] = Path(parameters).name
        loaded = with_parameters(loaded, changes, parameters)
    listed = nations_listed(options["nations"], [nation.id for nation in loaded.nations])
    try:
        asked = {
            **{name: options[name] for name in ("move", "k", "pairs", "values", "outcome")},
            **{name: options[name] for name in ("feasible", "never_share", "runs")},
            "day": day_of(loaded, options["day"]),
            "levers": [kind.strip() for kind in options["levers"].split(",")],
            "level": named_levels(options["levels"]),
        }
        command = recorded_command(scenario, asked, options["seed"], recorded, changes)
        study = study_of(asked, loaded, options["seed"], command)
        study.problem()
    except LeverError as error:
        raise WrongInput(f"--{error}" if error.argument else str(error)) from error
    except OutcomeError as error:
        raise WrongInput(f"--outcome: {error}") from error
    except (DrawingError, MemoryError) as error:
        raise WrongInput(str(error)) from error
    print_notes(loaded.notes, output.quiet)
    _run(output, study, options, listed)


def named_level(text: str) -> tuple[str, float]:
    """The condition and the level of ``NAME=LEVEL``.

    Raises
    ------
    WrongInput
        It has another form.

    Examples
    --------
    >>> named_level("us_backing=0.8")
    ('us_backing', 0.8)
    """
    name, _, level = text.partition("=")
    try:
        return name.strip(), float(level)
    except ValueError:
        shown = cut(text, LONGEST_NAME)
        raise WrongInput(f"--level: {shown!r} must have the form NAME=LEVEL") from None


def named_levels(texts: Sequence[str]) -> dict[str, float]:
    """Levels by the name of their condition.

    Raises
    ------
    WrongInput
        One has another form, or a condition is named twice.
    """
    levels: dict[str, float] = {}
    for name, level in map(named_level, texts):
        if name in levels:
            raise WrongInput(f"--level: {cut(name, LONGEST_NAME)!r} is given twice")
        levels[name] = level
    return levels


def recorded_command(
    scenario: str,
    asked: Mapping[str, Any],
    seed: int,
    parameters: Mapping[str, str],
    changes: tuple[str, ...],
) -> str:
    """The command as provenance records it, which makes the same study."""
    options: dict[str, Any] = {"day": asked["day"], "move": asked["move"], "k": asked["k"]}
    if asked["values"]:
        options["values"] = asked["values"]
    options["levers"] = ",".join(asked["levers"])
    options["level"] = tuple(f"{name}={level!r}" for name, level in asked["level"].items())
    options |= {name: asked[name] for name in ("outcome", "feasible", "never_share", "runs")}
    line = command_line("keystone", scenario, **options, seed=seed, **parameters, set=changes)
    return f"{line} --pairs" if asked["pairs"] else line


def _run(
    output: Output,
    study: KeystoneStudy,
    options: Mapping[str, Any],
    nations: tuple[str, ...] | None,
) -> None:
    """Run a study into its folder, or what is missing there, or in memory; print it."""
    from sim.studies.jobs.run import run_study  # heavy

    def run(folder: Path | None, overwrite: bool, progress: Progress) -> Keystone:
        return run_study(study, folder, options["workers"], options["dask"], overwrite, progress)

    kept = PartsKept(output, "job/jobs")
    found = run_in_parts(kept, "runs", run)
    finish(
        output,
        draw=partial(draw_figures, found),
        show=partial(_print, output, found, nations),
        kept=f"the study is complete{output.kept_in}.",
    )


def _print(output: Output, found: Keystone, nations: tuple[str, ...] | None) -> None:
    from sim.report.keystone import keystone_blocks, keystone_json  # heavy

    print_result(
        output,
        lambda: keystone_blocks(found, nations),
        lambda: keystone_json(found),
        has_more=False,
    )
