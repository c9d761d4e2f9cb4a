"""``willing backtest``: how well past coalitions are forecast by what the others taught."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.cli.errors import WrongInput
from sim.cli.options import Choice, ScenarioArgument, output_options, reported_option
from sim.cli.output import (
    Output,
    command_line,
    draw_figures,
    finish,
    output_of,
    print_result,
)
from sim.cli.parts import PartsKept, run_in_parts
from sim.store.kinds import BACKTEST

if TYPE_CHECKING:
    from sim.calibration.backtest.leave_one_out import LeaveOneOut
    from sim.calibration.backtest.result import Backtest

EPILOG = """\b
Examples:
  willing backtest histories/libya_2011 histories/f16_2023 histories/leopard_2023
  willing backtest
  willing backtest --calendar all --standing start --standing half --out results/given_events
"""

STANDINGS = ("start", "launch", "third", "half")


@click.command(epilog=EPILOG)
@click.argument("histories", nargs=-1, type=ScenarioArgument())
@click.option(
    "--calendar",
    type=Choice(["known", "scheduled", "all"]),
    default="known",
    show_default=True,
    help="Later events that forecasts are given: scheduled meetings, and drawn occasions that are "
    "not scheduled; meetings alone; or all.",
)
@click.option(
    "--standing",
    "standings",
    type=Choice(STANDINGS),
    multiple=True,
    metavar="WHEN",
    help="When forecasts stand: start, launch (three joiners public), third or half of the days; "
    "may be given many times.  [default: all]",
)
@reported_option
@output_options(BACKTEST, out="Folder to write.  [default: results/backtest]")
def backtest(histories: tuple[str, ...], standings: tuple[str, ...], **options: Any) -> None:
    """Leave out one past coalition at a time, and forecast it by a fit to all others.

    Each of HISTORIES is the name of a shipped history or the path of a scenario file with a record;
    by default all that are shipped. All must have the same behaviour. What is fitted is what
    `willing calibrate` fits. Forecasts are scored against baselines that get the same covariates. A
    back-test that was stopped goes on where it was when the same command is given again.
    """
    # Here, so that help and completion load nothing heavy.
    from sim.calibration.backtest.leave_one_out import leave_one_out
    from sim.calibration.calibrate import CalibrationError

    output = output_of(BACKTEST, options, Path("results") / "backtest")
    asked = {name: options[name] for name in ("calendar", "reported")}
    try:
        plan = leave_one_out(histories or None, standings=standings or STANDINGS, **asked)
        command = command_line("backtest", *histories, **asked, standing=plan.standings)
        _run(output, plan, command)
    except CalibrationError as error:
        raise WrongInput(str(error)) from error


def _run(output: Output, plan: LeaveOneOut, command: str) -> None:
    """Run a back-test into its folder, or what is missing there, or in memory; print it."""
    from sim.calibration.backtest.backtest import run_backtest

    kept = PartsKept(output, "fit/fits", len(plan.cases))
    found = run_in_parts(kept, "steps", partial(run_backtest, plan, command))
    finish(
        output,
        draw=partial(draw_figures, found),
        show=partial(_print, output, found),
        kept=f"the back-test is complete{output.kept_in}.",
    )


def _print(output: Output, found: Backtest) -> None:
    from sim.report.backtest import backtest_blocks, backtest_json  # heavy

    print_result(
        output, lambda: backtest_blocks(found), lambda: backtest_json(found), has_more=False
    )
