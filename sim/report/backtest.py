"""A back-test as blocks and as JSON."""

from __future__ import annotations

from math import isnan
from typing import Any

from sim.calibration.backtest.case import TITLES
from sim.calibration.backtest.result import MODEL, Backtest
from sim.report.blocks import Block, Note, Table, Text
from sim.report.forecast_scores import OF_SCORES, SCORE_COLUMNS, score_cells
from sim.results.format import counted, json_ready

JSON_SCHEMA = "willing.backtest/1"

COLUMNS = {**SCORE_COLUMNS, "apart": "model minus this, log"}

CAVEAT = (
    "Forecasts stand on day 0, on the day on which three joiners are public, after a third and "
    "after half of the days. Means over coalitions, each left out of the fit that forecasts it. "
    f"{OF_SCORES}in how many coalitions the 80 % interval holds the number that joined. Model "
    "minus this: mean of paired differences, half its 95 % interval by Student's t, and in how "
    "many coalitions the model is better; the interval takes coalitions to be independent, but "
    "their fits overlap, so it may be too narrow. Bins: nations by their chance, with bands of "
    "95 % from joint draws of the model."
)

CALENDARS = {
    "known": "Forecasts knew of later events the scheduled meetings, and drew other occasions from "
    "those of the other coalitions.",
    "scheduled": "Forecasts knew of later events the scheduled meetings alone.",
    "all": "Forecasts were given all later events, as if they had been known; baselines use none.",
}


def backtest_blocks(backtest: Backtest) -> list[Block]:
    """What was forecast, in one line; then scores and reliability by standing."""
    n_nations = sum(each.at_risk for each in backtest.coalitions)
    counts = (
        f"{counted(len(backtest.coalitions), 'coalition')}, {counted(n_nations, 'nation')}, "
        f"{counted(len(backtest.forecasts), 'forecast')}"
    )
    blocks: list[Block] = [Text(counts, is_title=True)]
    rows = list(backtest.mean_rows())
    for standing in backtest.scoreboard.standings:
        cells = tuple(_cells(row) for row in rows if row["standing"] == standing)
        blocks.append(Table(TITLES[standing], COLUMNS, cells, drop=("energy", "brier", "crps")))
        found = backtest.reliability[standing]
        n_within = sum(each.is_within for each in found.bins)
        blocks.append(
            Note(
                f"Reliability: the share that joined is within its band in {n_within} of "
                f"{counted(len(found.bins), 'bin')}; {found.p_text} for all."
            )
        )
    return [*blocks, Note(f"{CAVEAT} {CALENDARS[backtest.calendar]}", tight=False)]


def _cells(row: dict[str, Any]) -> dict[str, str]:
    apart = ""
    if row["method"] != MODEL:
        half = "" if isnan(row["half_interval"]) else f" ± {row['half_interval']:.3f}"
        better = f", better in {row['model_better']} of {row['paired']}"
        apart = f"{row['model_minus']:+.3f}{half}{better}"
    covered = f"{row['covered']} of {row['coalitions']}"
    return {**score_cells(row), "covered": covered, "apart": apart}


def backtest_json(backtest: Backtest) -> dict[str, Any]:
    """What `willing backtest --json` prints: all but the chances of single nations."""
    board = backtest.scoreboard
    found: dict[str, Any] = json_ready(
        {
            "schema": JSON_SCHEMA,
            "n_coalitions": len(backtest.coalitions),
            "n_forecasts": len(backtest.forecasts),
            "calendar": backtest.calendar,
            "reported": backtest.reported,
            "coalitions": [each._asdict() for each in backtest.coalitions],
            "fits": backtest.fits,
            "means": list(backtest.mean_rows()),
            "differences": [
                {
                    "standing": standing,
                    "baseline": method,
                    "score": field,
                    **board.difference(MODEL, method, standing, field)._asdict(),
                }
                for standing in board.standings
                for method in board.methods_at(standing)
                if method != MODEL
                for field in ("log", "brier", "auc", "crps", "energy")
            ],
            "scores": list(board.rows()),
            "reliability": [
                {
                    "standing": standing,
                    "p": each.p,
                    "bins": [{**one._asdict(), "is_within": one.is_within} for one in each.bins],
                }
                for standing, each in backtest.reliability.items()
            ],
        }
    )
    return found
