"""A comparison as text and as JSON."""

from __future__ import annotations

from dataclasses import asdict
from math import isnan
from typing import TYPE_CHECKING, Any

from sim.report.comparison import CAVEAT, comparison_notes, comparison_parts, heading
from sim.report.text import table
from sim.report.width import as_wide_as, filled, terminal_width

if TYPE_CHECKING:
    from sim.report.ensemble import Part
    from sim.studies.compare.changes import Difference, OutcomeChange
    from sim.studies.compare.comparison import Comparison

JSON_SCHEMA = "willing.comparison/2"


def comparison_text(comparison: Comparison, width: int | None = None) -> str:
    """Lines of a comparison, as wide as the terminal unless a number of columns is given."""
    with as_wide_as(terminal_width() if width is None else width):
        head = "\n".join(filled(line, 0, 2) for line in heading(comparison))
        parts = comparison_parts(comparison)
        below = [filled(CAVEAT)] if any(part.rows for part in parts) else []
        return "\n\n".join([head, *map(_part_text, parts), *below])


def comparison_as_dict(comparison: Comparison) -> dict[str, Any]:
    """A comparison as nested dicts, lists and scalars, ready for JSON; None for what is no number.

    Days are left out: they are in days.parquet.
    """
    named = zip(comparison.labels, comparison.scenarios, strict=True)
    start = comparison.base.start
    return {
        "schema": JSON_SCHEMA,
        "scenarios": [
            {"label": label, "title": scenario.title, "digest": scenario.digest}
            for label, scenario in named
        ],
        "seed": comparison.seed,
        "n_runs": comparison.n_runs,
        "n_days": comparison.n_days,
        "start": None if start is None else start.isoformat(),
        "differences": [
            {"scenario": difference.label, **_as_dict(comparison, difference)}
            for difference in comparison.differences
        ],
        "notes": list(comparison_notes(comparison)),
    }


def _as_dict(comparison: Comparison, difference: Difference) -> dict[str, Any]:
    return {
        "is_same": comparison.is_same(difference.label),
        "outcomes": [_outcome(change) for change in difference.outcomes],
        "nations": [_row(asdict(nation)) for nation in difference.nations],
    }


def _outcome(change: OutcomeChange) -> dict[str, Any]:
    """A row of an outcome; without the factor where it is not known."""
    row = _row(asdict(change))
    return row if change.fewer_runs_known else {**row, "fewer_runs": None}


def _row(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: None if isinstance(value, float) and isnan(value) else value
        for name, value in row.items()
    }


def _part_text(part: Part) -> str:
    """Lines, table, and details indented under them."""
    lines = [filled(line, 0, 2) for line in part.lines]
    if part.rows:
        lines.append(table(part.header, part.rows, part.main))
    return "\n".join([*lines, *(filled(text, 2, 2) for text in part.details)])
