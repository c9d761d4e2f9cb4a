"""What a page says of results about past coalitions: calibrations and back-tests."""

from __future__ import annotations

from dataclasses import replace

from sim.calibration.backtest.result import MODEL, Backtest
from sim.calibration.calibration import Calibration
from sim.calibration.importance import largest_k
from sim.pages.part import HISTORY, KeyNumber, Part, part_of_blocks
from sim.report.backtest import CALENDARS, backtest_blocks
from sim.report.backtest import CAVEAT as OF_BACKTEST
from sim.report.calibration import CAVEAT as OF_CALIBRATION
from sim.report.calibration import calibration_blocks
from sim.results.format import counted, first_of


def calibration_part(calibration: Calibration) -> Part:
    """What a page says of a fit to past coalitions."""
    fit, coalitions = calibration.fit, calibration.coalitions
    n_parameters = counted(len(fit.specification.names), "parameter")
    n_nations = sum(each.at_risk for each in coalitions)
    names = first_of(each.title or each.name for each in coalitions)
    warnings = list(calibration.warnings())
    rows = calibration.rows()
    most = max(rows, key=lambda row: row["told"])
    against = "nothing speaks"
    if warnings:
        against = f"{counted(len(warnings), 'warning')} {'speak' + 's' * (len(warnings) == 1)}"
    largest = largest_k(calibration.candidates)
    answer = (
        f"{n_parameters} of the behaviour are fitted to the records of "
        f"{counted(len(coalitions), 'past coalition')}: {names}.",
        f"The records tell most about {most['name']}, {100 * most['told']:.0f} % of what its prior "
        f"leaves open; {against} against relying on the fit.",
    )
    numbers = (
        KeyNumber(
            "nations that could join", f"{n_nations:,}", f"in {len(coalitions):,} coalitions"
        ),
        KeyNumber("effective draws from the posterior", f"{fit.effective_draws:,.0f}"),
        KeyNumber("Pareto k of the draws", f"{fit.pareto_k:.2f}", f"reliable up to {largest:.2f}"),
    )
    return replace(
        part_of_blocks(calibration_blocks(calibration), HISTORY, small_print=(OF_CALIBRATION,)),
        title="Fit to past coalitions",
        answer=answer,
        numbers=numbers,
    )


def backtest_part(backtest: Backtest) -> Part:
    """What a page says of forecasts of coalitions that were left out."""
    board = backtest.scoreboard
    standing = board.standings[0]
    n_coalitions = counted(len(backtest.coalitions), "past coalition")
    answer = [
        f"Each of {n_coalitions} was forecast by a fit to all the others, "
        f"{counted(len(backtest.forecasts), 'forecast')} in all."
    ]
    best = min(
        (method for method in board.methods_at(standing) if method != MODEL),
        key=lambda method: board.mean(method, standing, "log").mean,
        default=None,
    )
    loss = board.mean(MODEL, standing, "log").mean
    numbers = [
        KeyNumber("log loss a nation of the model, on day 0", f"{loss:.3f}", "0.693 is a coin")
    ]
    if best is not None:
        apart = board.difference(MODEL, best, standing, "log")
        answer.append(
            f"On day 0 the log loss of the model is {loss:.3f} a nation, {apart.mean:+.3f} ± "
            f"{apart.half:.3f} compared with the best baseline ({best}); it is better in "
            f"{apart.wins} of {apart.n} coalitions."
        )
        numbers.append(
            KeyNumber(
                f"model minus {best}",
                f"{apart.mean:+.3f}",
                f"95 % interval {apart.mean - apart.half:+.3f} to {apart.mean + apart.half:+.3f}",
            )
        )
    n_covered, n_forecast = board.n_covered(MODEL, standing)
    numbers.append(
        KeyNumber(
            "coalitions whose size is in the 80 % interval", f"{n_covered}", f"of {n_forecast}"
        )
    )
    small_print = (f"{OF_BACKTEST} {CALENDARS[backtest.calendar]}",)
    return replace(
        part_of_blocks(backtest_blocks(backtest), HISTORY, small_print=small_print),
        title="Forecasts of past coalitions",
        answer=tuple(answer),
        numbers=tuple(numbers),
    )
