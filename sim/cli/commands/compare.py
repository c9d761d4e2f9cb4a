"""``willing compare``: scenarios with common random numbers, and how they differ."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.cli.errors import WrongInput, readable
from sim.cli.options import (
    ChangeOrFile,
    ScenarioArgument,
    changes_option,
    nations_option,
    output_options,
    runs_options,
    utf8_texts,
    workers_option,
)
from sim.cli.output import (
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
from sim.scenario.files.catalogue import find_named, shipped_scenarios
from sim.store.kinds import COMPARISON

if TYPE_CHECKING:
    from sim.studies.compare.comparison import Comparison

EPILOG = """\b
Examples:
  willing compare paris_2025 paris_2025_us_backstop
  willing compare paris_2025 --with conditions.us_backing.level=0.8 --with my_variant.yaml
  willing compare paris_2025 paris_2025_us_backstop paris_2025_us_withdraws --out results/washington
"""

LONGEST_STEM = 60
"""Most characters of a scenario's name in the default name of the folder."""


@click.command(epilog=EPILOG)
@click.argument("scenarios", metavar="SCENARIO SCENARIO...", nargs=-1, type=ScenarioArgument())
@click.option(
    "--with",
    "others",
    type=ChangeOrFile(),
    multiple=True,
    callback=utf8_texts,
    metavar="PATH=VALUE|FILE",
    help="Also compare the first SCENARIO with a value changed, or with a variant file applied; "
    "may be given many times.",
)
@runs_options(
    "Number of runs of each scenario.",
    "Seed of the random numbers that all scenarios share, run by run.",
)
@workers_option
@changes_option
@nations_option("those that differ most")
@output_options(COMPARISON, out="Folder to write.  [default: results/compare_NAME_NAME]")
def compare(
    scenarios: tuple[str, ...], changes: tuple[str, ...], others: tuple[str, ...], **options: Any
) -> None:
    """Compare scenarios with common random numbers: the others with the first.

    Each SCENARIO is the name of a shipped scenario or the path of a scenario file. All are run
    under the same seed and run numbers, and compared run by run; --set changes all of them. With
    --with one SCENARIO is enough.
    """
    # Here, so that help and completion load nothing heavy.
    from sim.report.comparison import comparison_blocks
    from sim.report.json import comparison_json
    from sim.scenario.effects.notes import joint_notes
    from sim.scenario.load import load_scenario
    from sim.studies.compare.compare import ComparisonRun, new_label
    from sim.studies.compare.others import label_of, other_scenario
    from sim.studies.compare.stored import write_comparison

    names = [Path(scenario).stem[:LONGEST_STEM] for scenario in scenarios]  # as the system has them
    names += [re.sub("[^A-Za-z0-9_.=-]+", "_", label_of(each))[:LONGEST_STEM] for each in others]
    output = output_of(COMPARISON, options, Path("results") / "_".join(["compare", *names]))
    check_scenarios(scenarios, len(others))
    labels = labels_of(scenarios)
    loaded = {
        label: load_scenario(scenario, set=changes)
        for label, scenario in zip(labels, scenarios, strict=True)
    }
    for other in others:
        label = new_label(readable(label_of(other)), loaded)
        loaded[label] = other_scenario(scenarios[0], other, changes, "--with")
    ids = dict.fromkeys(nation.id for each in loaded.values() for nation in each.nations)
    listed = nations_listed(options["nations"], list(ids))
    try:
        work = ComparisonRun(loaded, options["runs"], options["seed"], options["workers"])
    except (MemoryError, ValueError) as error:
        raise WrongInput(str(error)) from error

    notes = joint_notes({label: scenario.notes for label, scenario in loaded.items()})
    print_notes(notes, output.quiet)

    def recorded(n_runs: int) -> str:
        """The command as provenance records it."""
        asked = {"with": tuple(map(named_plainly, others)), "set": changes}
        return command_line("compare", *scenarios, runs=n_runs, seed=options["seed"], **asked)

    def write(part: Path | None) -> tuple[Comparison, KeyboardInterrupt | None]:
        with Progress(output.quiet) as progress:
            comparison, stop = run_until_stopped(work, progress)
        # After a stop, the runs that are there.
        comparison = replace(comparison, command=recorded(comparison.n_runs))
        if part is not None:
            write_comparison(comparison, part, command)
        return comparison, stop

    command = recorded(options["runs"])
    comparison, stop = store(output, write, command, list(loaded.values()))
    finish(
        output,
        draw=partial(draw_figures, comparison),
        show=lambda: print_result(
            output,
            lambda: comparison_blocks(comparison, listed),
            lambda: comparison_json(comparison),
            has_more=False,
        ),
        kept=f"{comparison.n_runs:,} of {options['runs']:,} runs of each scenario were finished"
        f"{output.kept_in}.",
        stop=stop,
    )


def named_plainly(other: str) -> str:
    """What is given to --with, a file without its folder."""
    from sim.studies.compare.others import is_variant_file  # heavy

    return readable(Path(other).name) if is_variant_file(other) else other


def check_scenarios(scenarios: tuple[str, ...], n_others: int = 0) -> None:
    """Refuse what cannot be compared: fewer than two scenarios, or one given twice.

    Parameters
    ----------
    scenarios : tuple of str
    n_others : int
        Number of scenarios that are made from the first.

    Raises
    ------
    WrongInput
    ScenarioError
        A scenario does not exist.
    """
    if not scenarios and n_others:
        raise WrongInput("--with: it needs a SCENARIO that it changes")
    if len(scenarios) + n_others < 2:
        given = f"{scenarios[0]} alone" if scenarios else "none"
        raise WrongInput(f"it takes two scenarios or more to compare, and there is {given}")
    seen: dict[str, str] = {}
    shipped = shipped_scenarios()
    for scenario in scenarios:
        place = os.path.realpath(find_named(scenario, shipped, "scenario"))
        if place in seen:
            other = seen[place]
            same = f"{scenario} is given twice" if other == scenario else f"{other} is {scenario}"
            raise WrongInput(f"{same}: a scenario is not compared with itself")
        seen[place] = scenario


def labels_of(scenarios: tuple[str, ...]) -> tuple[str, ...]:
    """The label of each scenario: the stem of its file, with a number if that is taken.

    Examples
    --------
    >>> labels_of(("paris_2025", "mine/paris_2025.yaml", "other.yaml"))
    ('paris_2025', 'paris_2025_2', 'other')
    """
    found: list[str] = []
    for scenario in scenarios:
        stem = readable(Path(scenario).stem) or "scenario"
        names = [stem, *(f"{stem}_{number}" for number in range(2, len(scenarios) + 1))]
        found.append(next(name for name in names if name not in found))
    return tuple(found)
