"""Tables of a sensitivity analysis as CSV."""

from __future__ import annotations

from sim.store.csv_files import csv_text
from sim.studies.sensitivity.result import Sensitivity

TABLES = ("inputs.csv", "outcomes.csv")


def tables_of(found: Sensitivity) -> dict[str, str]:
    """The tables of a folder as texts, by name of file."""
    inputs = [row for name in found.outcomes for row in found.input_rows(name)]
    outcomes = [found.outcome_row(name) for name in found.outcomes]
    texts = (csv_text([[*rows[0]], *(row.values() for row in rows)]) for rows in (inputs, outcomes))
    return dict(zip(TABLES, texts, strict=True))
