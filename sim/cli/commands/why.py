"""``willing why``: why one nation did or did not join in one run, in three sentences."""

from __future__ import annotations

import json
from typing import Any

import click

from sim.cli.commands.trace import MOST_RUN
from sim.cli.errors import WrongInput
from sim.cli.options import (
    MOST_SEED,
    ScenarioArgument,
    changes_option,
    number_option,
    parameters_option,
)
from sim.cli.output import print_notes
from sim.cli.progress import Progress
from sim.cli.stdout import say, say_json
from sim.report.text import terminal_width, to_text
from sim.scenario.files.suggestions import unknown

EPILOG = """\b
Examples:
  willing why paris_2025 --seed 1 --run 17 --nation POL
  willing why results/paris_2025 --run 17 --nation POL --json
"""


@click.command(epilog=EPILOG)
@click.argument("scenario", type=ScenarioArgument())
@number_option("--seed", 0, MOST_SEED, "Seed of the run.  [default: 0, or that of the result]")
@number_option("--run", 0, MOST_RUN, "Number of the run.  [default: 0, or the first of the result]")
@click.option("--nation", metavar="ID", required=True, help="The nation to explain.")
@changes_option
@parameters_option
@click.option("--json", "as_json", is_flag=True, help="Print the answer as one JSON object.")
@click.option("--quiet", is_flag=True, help="Print no notes or progress.")
def why(scenario: str, nation: str, changes: tuple[str, ...], **options: Any) -> None:
    """Say why one nation did or did not join in one run of SCENARIO.

    Three sentences: what became of it, what held it back most, and the smallest change of one
    number under which the same run, with the same random numbers, ends otherwise for it.

    SCENARIO is the name of a shipped scenario, the path of a scenario file, or a folder written by
    `willing run`.
    """
    # Here, so that help and completion load nothing heavy.
    from sim.cli.run_choice import chosen_run
    from sim.engines.trace import trace
    from sim.report.why import why_as_dict, why_blocks
    from sim.studies.why import why_in

    asked = (options["seed"], options["run"], changes, options["parameters"])
    chosen = chosen_run(scenario, *asked, options["quiet"])
    ids = [each.id for each in chosen.scenario.nations]
    if nation not in ids:
        raise WrongInput(f"--nation: {unknown('nation', nation, ids)}")
    print_notes(chosen.scenario.notes, options["quiet"])
    with Progress(options["quiet"], "days") as progress:
        traced = trace(chosen.scenario, chosen.seed, chosen.run, progress=progress)
    with Progress(options["quiet"], "values") as progress:
        found = why_in(traced, nation, progress)
    if options["as_json"]:
        say_json(json.dumps(why_as_dict(found), ensure_ascii=False, indent=2))
    else:
        say(to_text(why_blocks(found), terminal_width()))
