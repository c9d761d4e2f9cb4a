"""``willing calibrate``: the behaviour, fitted to past coalitions."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.cli.errors import WrongInput
from sim.cli.options import (
    MOST_SEED,
    Choice,
    ScenarioArgument,
    number_option,
    output_options,
    reported_option,
)
from sim.cli.output import command_line, finish, output_of, print_result, store
from sim.cli.progress import Progress
from sim.cli.signals import raise_if_stopped, stop_in_force
from sim.store.kinds import CALIBRATION

if TYPE_CHECKING:
    from sim.calibration.calibration import Calibration

EPILOG = """\b
Examples:
  willing calibrate histories/libya_2011 histories/f16_2023 --starts 2
  willing calibrate
  willing calibrate --undated last --out results/undated_last --json
"""


@click.command(epilog=EPILOG)
@click.argument("histories", nargs=-1, type=ScenarioArgument())
@number_option("--starts", 1, 1000, "Starts of the search for the best parameters.", default=4)
@number_option("--candidates", 25, 100_000, "Candidates that draws are taken from.", default=250)
@number_option("--draws", 1, 100_000, "Joint draws from the posterior.", default=200)
@reported_option
@click.option(
    "--undated",
    type=Choice(["first", "middle", "last"]),
    default="middle",
    show_default=True,
    metavar="DAY",
    help="Day of an interval on which others saw it: first, middle or last.",
)
@number_option("--seed", 0, MOST_SEED, "Seed of starts and draws.", default=0)
@output_options(
    CALIBRATION, out="Folder to write.  [default: results/calibration]", has_figures=False
)
def calibrate(histories: tuple[str, ...], **options: Any) -> None:
    """Fit the behaviour to past coalitions: the shipped ones, or HISTORIES.

    Each is the name of a shipped history or the path of a scenario file with a record. All must
    have the same behaviour; what is not fitted stays as it is there. The folder has a behaviour
    file, which a scenario can name, and joint draws from the posterior.
    """
    # Here, so that help and completion load nothing heavy.
    from sim.calibration.calibrate import CalibrationError, behaviour_is_common, named_histories
    from sim.calibration.calibrate import calibrate as fit_behaviour
    from sim.calibration.stored import write_calibration
    from sim.report.calibration import calibration_blocks, calibration_json

    output = output_of(CALIBRATION, options, Path("results") / "calibration")
    asked = {
        name: options[name]
        for name in ("starts", "candidates", "draws", "reported", "undated", "seed")
    }
    try:
        named = named_histories(histories or None)
        behaviour_is_common(named)
    except CalibrationError as error:
        raise WrongInput(str(error)) from error
    command = command_line("calibrate", *histories, **asked)

    def write(part: Path | None) -> tuple[Calibration, None]:
        answer = stop_in_force()
        try:
            answer.waits = False
            raise_if_stopped()
            with Progress(output.quiet, "evaluations") as progress:
                found = fit_behaviour(named, **asked, progress=progress)
            found = replace(found, command=command)
            if part is not None:
                write_calibration(found, part)
        except CalibrationError as error:
            raise WrongInput(str(error)) from error
        finally:
            answer.waits = True  # until the folder is in its place, or removed
        return found, None

    found, stop = store(output, write, command, [each.scenario for each in named.values()])
    finish(
        output,
        draw=None,
        show=lambda: print_result(
            output,
            lambda: calibration_blocks(found),
            lambda: calibration_json(found),
            has_more=False,
        ),
        kept=f"the calibration is complete{output.kept_in}.",
        stop=stop,
    )
