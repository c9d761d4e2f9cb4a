"""The scores of a forecast as blocks and as JSON."""

from __future__ import annotations

from math import isnan
from typing import Any

from sim.calibration.backtest.forecast_scores import ForecastScores
from sim.report.blocks import Block, Note, Table, Text
from sim.results.format import counted, json_ready

JSON_SCHEMA = "willing.score/1"

SCORE_COLUMNS = {
    "method": "",
    "log": "log",
    "brier": "Brier",
    "auc": "AUC",
    "crps": "CRPS",
    "energy": "energy",
    "covered": "80 %",
}

OF_SCORES = (
    "Lower is better, except for the AUC. Log and Brier: of each nation's chance, a mean over "
    "nations; CRPS: of how many join, divided by the number of nations; energy: of who joins, all "
    "nations together; 80 %: "
)

CAVEAT = (
    f"{OF_SCORES}whether the 80 % interval holds the number that joined. The model is scored by "
    "its runs; baselines see the bond and capability of nations, and other coalitions at the same "
    "shares of their days. One coalition tells little of which method is better."
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
    rows = tuple(
        score_cells(row) | {"covered": "yes" if row["covered"] else "no"} for row in found.rows()
    )
    return [
        Text(heading, is_title=True),
        Table("Scores", SCORE_COLUMNS, rows, drop=("energy", "brier")),
        Note(CAVEAT, tight=False),
    ]


def score_cells(row: dict[str, Any]) -> dict[str, str]:
    """A method and its scores as cells; empty where they are not a number."""
    numbers = {
        name: "" if isnan(row[name]) else f"{row[name]:.{digits}f}"
        for name, digits in (("log", 3), ("brier", 3), ("auc", 2), ("crps", 3), ("energy", 2))
    }
    return {"method": row["method"], **numbers}


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
