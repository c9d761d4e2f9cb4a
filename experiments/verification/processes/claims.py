"""Processes whose laws are known: births, competing clocks, a condition that is drawn back."""

from __future__ import annotations

from collections.abc import Iterator

from matplotlib.axes import Axes

from experiments.verification.evidence import Effort, Evidence
from experiments.verification.processes import births, clocks, conditions

TITLE = "Processes: births, competing risks, a condition drawn back"


def evidence(effort: Effort) -> Iterator[Evidence]:
    """Lines of the table."""
    for part in (births, clocks, conditions):
        yield from part.evidence(effort)


def figures(effort: Effort) -> Iterator[tuple[str, Axes]]:
    """File names and drawn figures."""
    for part in (births, clocks, conditions):
        yield from part.figures(effort)
