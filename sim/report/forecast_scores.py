"""The scores of a forecast as blocks and as JSON."""

from __future__ import annotations

from math import isnan
from typing import Any

from sim.calibration.backtest.forecast_scores import ForecastScores
from sim.report.blocks import Block, Note, Table, Text
from sim.results.format import counted, json_ready

JSON_SCHEMA = "willing.score/1"

COLUMNS = {
    "method": "",
    "log": "log",
    "brier": "Brier",
    "auc": "AUC",
    "crps": "CRPS",
    "energy": "energy",
    "covered": "80 %",
}

CAVEAT = (
    "Small is good, but for the AUC. Log: loss a nation; CRPS: of how many join, a nation; 80 %: "
    "whether the interval of 80 % has how many joined. The model is scored by its runs; baselines "
    "see the bond and capability of nations, and other coalitions at the same shares of their "
    "days. One coalition tells little of which method is better."
)


def score_blocks(found: ForecastScores) -> list[Block]:
    """What was forecast and what came, in one line; then scores by method."""
    n_joined = int(found.joined.sum())
    heading = (
        f"As of {found.as_of}: {counted(len(found.nations), 'open nation')}, {n_joined} of them "
        f"public by {found.by}"
    )
    if not found.nations:
        return [Text(heading, is_title=True), Text("No nation was open: nothing to score.")]
    rows = tuple(map(_cells, found.rows()))
    return [
        Text(heading, is_title=True),
        Table("Scores", COLUMNS, rows, drop=("energy", "brier")),
        Note(CAVEAT, tight=False),
    ]


def _cells(row: dict[str, Any]) -> dict[str, str]:
    numbers = {
        name: "" if isnan(row[name]) else f"{row[name]:.{digits}f}"
        for name, digits in (("log", 3), ("brier", 3), ("auc", 2), ("crps", 3), ("energy", 2))
    }
    return {"method": row["method"], **numbers, "covered": "yes" if row["covered"] else "no"}


def score_json(found: ForecastScores) -> dict[str, Any]:
    """What `willing score --json` prints: dates, scores by method, chances by nation."""
    ready: dict[str, Any] = json_ready(
        {
            "schema": JSON_SCHEMA,
            "as_of": found.as_of.isoformat(),
            "by": found.by.isoformat(),
            "scores": list(found.rows()),
            "nations": list(found.chance_rows()),
        }
    )
    return ready
