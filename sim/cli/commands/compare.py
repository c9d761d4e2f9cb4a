"""``willing compare``: scenarios under the same luck, and how they differ."""

from __future__ import annotations

import json
import shlex
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from sim.cli.main import HungUp, exit_status, stop_in_force
from sim.cli.terminal.arguments import (
    MOST_SEED,
    Place,
    ScenarioArgument,
    WholeNumber,
    changes_option,
)
from sim.cli.terminal.compare_blocks import compare_in_blocks
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
from sim.cli.terminal.told import figures_in, printed_until_stopped, say_written

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario
    from sim.studies.compare.compare import Comparing
    from sim.studies.compare.comparison import Comparison

EPILOG = """\b
Examples:
  willing compare paris_2025 paris_2025_us_backstop
  willing compare paris_2025 paris_2025_us_backstop paris_2025_us_withdraws --out results/washington
"""

MOST_RUNS = 10**9
LONGEST_STEM = 60
"""Letters of a scenario's name in that of a folder of several."""


class Output(NamedTuple):
    """Where a comparison goes and how it is told."""

    folder: Path
    overwrite: bool
    figures: bool
    as_json: bool
    quiet: bool


@click.command(epilog=EPILOG)
@click.argument("scenarios", metavar="SCENARIO SCENARIO...", nargs=-1, type=ScenarioArgument())
@click.option(
    "--runs",
    type=WholeNumber(1, MOST_RUNS),
    metavar="N",
    default=1000,
    show_default=True,
    help="Number of runs of each scenario.",
)
@click.option(
    "--seed",
    type=WholeNumber(0, MOST_SEED),
    metavar="N",
    default=0,
    show_default=True,
    help="Seed: the luck that all scenarios share, run by run.",
)
@click.option(
    "--workers",
    type=WholeNumber(1, 1024),
    metavar="N",
    help="Threads; by default as many as there are processors. Results do not depend on it.",
)
@changes_option
@click.option(
    "--out",
    type=Place(),
    metavar="DIR",
    help="Folder to write.  [default: results/compare_NAME_NAME]",
)
@click.option("--no-figures", is_flag=True, help="Draw no figures.")
@click.option("--json", "as_json", is_flag=True, help="Print the comparison as one JSON object.")
@click.option("--quiet", is_flag=True, help="Print no tables, notes or progress.")
@click.option("--force", is_flag=True, help="Replace an earlier comparison in the folder.")
def compare(scenarios: tuple[str, ...], changes: tuple[str, ...], **options: Any) -> None:
    """Compare scenarios under the same luck: the others with the first.

    Each SCENARIO is the name of a shipped scenario or the path of a scenario file. All are run
    under the same seed and run numbers, and compared run by run; --set changes all of them.
    """
    from sim.store.folder import expanded

    check_out(options["out"])
    check_scenarios(scenarios)
    changes = as_text("--set", changes)
    labels = labels_of(scenarios)
    comparing = to_compare(scenarios, labels, changes, options)
    stems = (Path(scenario).stem[:LONGEST_STEM] for scenario in scenarios)  # as the system has them
    default = Path("results") / "_".join(["compare", *stems])
    output = Output(
        expanded(options["out"] or default),
        options["force"],
        not options["no_figures"],
        options["as_json"],
        options["quiet"],
    )
    answer = stop_in_force()
    answer.waits = True  # until the end of the process, but for the runs and what is printed
    try:
        comparison, stop = make_comparison(comparing, output, (scenarios, changes))
    except OSError as error:
        raise Failure(f"{reason_of(error, str(output.folder))}; nothing was kept") from error
    if not isinstance(stop, HungUp):  # there is nobody to read it
        stop = told_until_stopped(comparison, output, stop)
    if stop is not None:
        _say_what_was_kept(comparison, comparing.n_runs, output)
        click.get_current_context().exit(exit_status(stop))
    exit_if_undrawn()


def check_scenarios(scenarios: tuple[str, ...]) -> None:
    """Refuse what cannot be compared: fewer than two scenarios, or one given twice.

    Raises
    ------
    WrongInput
    ScenarioError
        There is none of some name.
    """
    from sim.scenario.files.catalogue import find_named, shipped_scenarios

    if len(scenarios) < 2:
        given = f"{scenarios[0]} alone" if scenarios else "none"
        raise WrongInput(f"it takes two scenarios or more to compare, and there is {given}")
    seen: dict[str, str] = {}
    shipped = shipped_scenarios()
    for scenario in scenarios:
        place = str(Path(find_named(scenario, shipped, "scenario")).resolve())
        if place in seen:
            other = seen[place]
            same = f"{scenario} is given twice" if other == scenario else f"{other} is {scenario}"
            raise WrongInput(f"{same}: a scenario is not compared with itself")
        seen[place] = scenario


def labels_of(scenarios: tuple[str, ...]) -> tuple[str, ...]:
    """What each scenario is called: the stem of its file, with a number where that is taken.

    Examples
    --------
    >>> labels_of(("paris_2025", "mine/paris_2025.yaml", "other.yaml"))
    ('paris_2025', 'paris_2025_2', 'other')
    """
    found: list[str] = []
    for scenario in scenarios:
        stem = readable(Path(scenario).stem) or "scenario"
        names = [stem, *(f"{stem}_{place}" for place in range(2, len(scenarios) + 1))]
        found.append(next(name for name in names if name not in found))
    return tuple(found)


def to_compare(
    scenarios: tuple[str, ...],
    labels: tuple[str, ...],
    changes: tuple[str, ...],
    options: dict[str, Any],
) -> Comparing:
    """The scenarios, loaded and checked.

    Raises
    ------
    WrongInput
        There is too little memory, or their lengths in days cannot be made equal.
    ScenarioError
    """
    from sim.scenario.load import load_scenario
    from sim.studies.compare.compare import prepared

    loaded: dict[str, Scenario] = {
        label: load_scenario(scenario, set=changes)
        for label, scenario in zip(labels, scenarios, strict=True)
    }
    try:
        return prepared(loaded, options["runs"], options["seed"], options["workers"])
    except (MemoryError, ValueError) as error:
        raise WrongInput(str(error)) from error


def make_comparison(
    comparing: Comparing, output: Output, asked: tuple[tuple[str, ...], tuple[str, ...]]
) -> tuple[Comparison, KeyboardInterrupt | None]:
    """Run, compare and store; it comes back with what would have stopped it, if anything.

    The folder is claimed before the first run, so that one that cannot be written to is not
    found out about after the last. Finished runs are written whatever comes in the meantime.
    """
    from sim.store.folder import atomic_folder
    from sim.store.kinds import COMPARISON
    from sim.studies.compare.stored import write_comparison

    with atomic_folder(output.folder, output.overwrite, COMPARISON) as part:
        notify_compiling("batch", output.quiet)
        progress = Progress(output.quiet)
        try:
            comparison, stop = compare_in_blocks(comparing, progress)
        finally:
            progress.close()
        comparison = replace(comparison, command=command_line(*asked, comparison))
        if output.figures:
            draw_figures(comparison, part / "figures")
        write_comparison(comparison, part)
    return comparison, stop or stop_in_force().noted


def told_until_stopped(
    comparison: Comparison, output: Output, stop: KeyboardInterrupt | None
) -> KeyboardInterrupt | None:
    """Print the comparison; what stopped the command comes back, in here or before."""
    kept = f"the comparison is in {output.folder}, but it could not be printed"
    return printed_until_stopped(lambda: tell(comparison, output), stop, kept)


def tell(comparison: Comparison, output: Output) -> None:
    """Print the comparison, for people or for scripts."""
    from sim.report.comparison import comparison_blocks
    from sim.report.json import comparison_json
    from sim.report.text import to_text

    if output.as_json:
        place = {"out": output.folder.as_posix(), "figures": figures_in(output.folder)}
        found = {**comparison_json(comparison), **place}
        click.echo(json.dumps(found, indent=2, ensure_ascii=False, allow_nan=False))
    elif not output.quiet:
        click.echo(to_text(comparison_blocks(comparison)))
        say_written(output.folder, has_more=False)


def command_line(
    scenarios: tuple[str, ...], changes: tuple[str, ...], comparison: Comparison
) -> str:
    """Command that makes this comparison again, without the paths of the machine it ran on.

    Differs from what was typed after an interruption: it asks for the runs that are there.
    """
    words = ["willing", "compare", *(readable(Path(scenario).name) for scenario in scenarios)]
    words += ["--runs", str(comparison.n_runs), "--seed", str(comparison.seed)]
    for change in changes:
        words += ["--set", change]
    return shlex.join(words)


def _say_what_was_kept(comparison: Comparison, n_asked: int, output: Output) -> None:
    """Tell whoever stopped the command what there is of it."""
    with suppress(OSError):  # the terminal may have gone
        click.echo(
            f"Stopped: {comparison.n_runs:,} of {n_asked:,} runs of each scenario were finished, "
            f"and are kept in {output.folder}.",
            err=True,
        )
