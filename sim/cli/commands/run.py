"""``willing run``: an ensemble, its summary, its figures, its tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.cli.errors import WrongInput
from sim.cli.options import (
    Choice,
    ScenarioArgument,
    changes_option,
    nations_option,
    output_options,
    parameters_option,
    runs_options,
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
    store,
)
from sim.cli.progress import Progress
from sim.cli.signals import run_until_stopped
from sim.cli.stdout import say
from sim.store.folder import REPORT
from sim.store.kinds import RESULT

if TYPE_CHECKING:
    from sim.results.ensemble import Ensemble
    from sim.scenario.schema import Scenario

EPILOG = """\b
Examples:
  willing run paris_2025
  willing run paris_2025 --runs 10000 --set conditions.us_backing.level=0.8 --out results/backed
"""

MOST_KEPT_BYTES = 500e6
"""Memory above which ``--keep auto`` gives up the rows of single runs."""

GIVEN_UP = (
    f"these runs need more than {MOST_KEPT_BYTES / 1e6:.0f} MB of memory, so that only counts are "
    "kept, and no tables of runs and nations (runs.parquet, nations.parquet); --keep runs keeps "
    "them"
)

NO_STAGES = (
    "these nations and days are too many to count runs by day, nation and stage, so that "
    "public.parquet, stages_by_day.parquet and stages_at_end.parquet are written in place of "
    "stages.parquet; --stage-counts writes that"
)


@click.command(epilog=EPILOG)
@click.argument("scenario", type=ScenarioArgument())
@runs_options("Number of runs.", "Seed: the same seed gives the same results, to the last bit.")
@click.option(
    "--engine",
    type=Choice(["batch", "mesa"]),
    default="batch",
    show_default=True,
    help="batch is fast, mesa readable; results are the same.",
)
@workers_option
@changes_option
@parameters_option
@click.option(
    "--keep",
    type=Choice(["auto", "runs", "summary"]),
    default="auto",
    show_default=True,
    help="Keep single runs, or only counts over all of them; auto keeps runs up to 500 MB.",
)
@click.option(
    "--stage-counts",
    is_flag=True,
    help="Count runs by day, nation and stage (stages.parquet) even if these are more than 4 "
    "million numbers.",
)
@nations_option("the first to go public")
@click.option(
    "--report", is_flag=True, help=f"Also write a page of the result, {REPORT} in its folder."
)
@output_options(
    RESULT, out="Folder to write.  [default: results/NAME-OF-SCENARIO]", printed="summary"
)
def run(scenario: str, changes: tuple[str, ...], **options: Any) -> None:
    """Run SCENARIO many times; print a summary, and store tables and figures in a folder.

    SCENARIO is the name of a shipped scenario or the path of a scenario file.
    """
    # Here, so that help and completion load nothing heavy.
    from sim.report.blocks import Note
    from sim.report.ensemble import summary_blocks
    from sim.report.json import summary_json
    from sim.results.records import counts_stages
    from sim.scenario.changes import with_parameters
    from sim.scenario.load import load_scenario

    output = output_of(RESULT, options, Path("results") / Path(scenario).stem)
    loaded, drawn = load_scenario(scenario, set=changes), {}
    if (parameters := options["parameters"]) is not None:
        drawn["parameters"] = Path(parameters).name
        loaded = with_parameters(loaded, changes, parameters)
    listed = nations_listed(options["nations"], [nation.id for nation in loaded.nations])
    asked: dict[str, Any] = {name: options[name] for name in ("runs", "seed", "engine", "workers")}
    if options["stage_counts"]:
        asked["stage_counts"] = True
    asked["keep"] = what_to_keep(loaded, options["runs"], options["engine"], options["keep"])
    gives_up = options["keep"] == "auto" and asked["keep"] == "summary"
    if gives_up and not output.quiet:
        say(f"Note: {GIVEN_UP}", err=True)

    by_default = counts_stages(loaded.days, len(loaded.nations))
    if output.saves and not (by_default or options["stage_counts"] or output.quiet):
        say(f"Note: {NO_STAGES}", err=True)
    print_notes(loaded.notes, output.quiet)

    def recorded(n_runs: int, seed: int, engine: str, keep: str) -> str:
        """The command as provenance records it."""
        line = command_line(
            *("run", scenario),
            **drawn,
            runs=n_runs,
            seed=seed,
            engine=engine,
            keep=keep,
            set=changes,
        )
        # Only where it makes a difference, so that other results are what they were without it.
        return f"{line} --stage-counts" if options["stage_counts"] and not by_default else line

    ensemble, stop = stored_runs(loaded, asked, output, recorded)
    finish(
        output,
        draw=partial(draw_figures, ensemble),
        show=lambda: print_result(
            output,
            lambda: [
                *summary_blocks(ensemble.summary(), listed),
                *([Note(GIVEN_UP)] if gives_up else []),
            ],
            lambda: {**summary_json(ensemble.summary()), "notes": list(loaded.notes)},
        ),
        kept=f"{ensemble.n_runs:,} of {options['runs']:,} runs were finished{output.kept_in}.",
        stop=stop,
    )


def stored_runs(
    scenario: Scenario,
    asked: Mapping[str, Any],
    output: Output,
    recorded: Callable[[int, int, str, str], str],
) -> tuple[Ensemble, KeyboardInterrupt | None]:
    """Make runs and store them; the ensemble, and the stop that came until then, if any.

    Parameters
    ----------
    scenario : Scenario
    asked : mapping
        What `EnsembleRun` takes beside the scenario.
    output : Output
    recorded : callable
        The command as provenance records it, of a number of runs, a seed, an engine and what is
        kept.
    """
    from sim.engines.run import EnsembleRun  # heavy
    from sim.store.ensembles import write_results

    command = recorded(*(asked[name] for name in ("runs", "seed", "engine", "keep")))

    def write(part: Path | None) -> tuple[Ensemble, KeyboardInterrupt | None]:
        with Progress(output.quiet) as progress:
            ensemble, stop = run_until_stopped(EnsembleRun(scenario, **asked), progress)
        # After an interruption, the runs that are there.
        about = (ensemble.n_runs, ensemble.seed, ensemble.engine, ensemble.keep)
        ensemble.command = recorded(*about)
        if part is not None:
            write_results(ensemble, part, command)
        return ensemble, stop

    return store(output, write, command, [scenario])


def what_to_keep(scenario: Scenario, runs: int, engine: str, keep: str) -> str:
    """``"runs"`` or ``"summary"``: what was asked for, or under ``"auto"`` what memory allows.

    Raises
    ------
    WrongInput
        Single runs are asked for, and there is too little free memory for their rows.
    """
    from sim.engines import memory  # heavy

    needed, free = runs * memory.bytes_a_run(scenario), memory.free_bytes()
    if keep == "auto":
        return "runs" if needed <= MOST_KEPT_BYTES else "summary"
    needed *= 2 if engine == "mesa" else 1  # its blocks are copied when they are joined
    ties = memory.bytes_of_ties(scenario)
    # If ties alone are too much, fewer runs would not help: the engine says so.
    if keep == "runs" and free is not None and ties <= free < needed + ties:
        needed += ties
        raise WrongInput(
            f"--keep runs: {runs:,} runs of this scenario need {needed / 1e9:,.1f} GB of "
            f"memory, and {free / 1e9:,.1f} GB is free: ask for fewer runs, or for --keep summary"
        )
    return keep
