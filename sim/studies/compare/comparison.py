"""A comparison: scenarios with common random numbers, and how they differ."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, cast

from sim.results.format import LONGEST_NAME, counted, cut, first_of
from sim.scenario.schema import Scenario
from sim.studies.compare import tables
from sim.studies.compare.changes import Difference

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Comparison:
    """Scenarios run under the same seed and run numbers, and how each differs from the first.

    Attributes
    ----------
    scenarios : tuple of Scenario
        As they were given; the first is the base.
    labels : tuple of str
        Name of each scenario.
    seed, n_runs : int
        Run r of every scenario has the same random numbers.
    n_days : int
        Last day that all scenarios reach; the comparison covers days 0 to n_days.
    differences : tuple of Difference
        One for each scenario but the base, in their order.
    command : str or None
        The command that made it, for the provenance.
    """

    scenarios: tuple[Scenario, ...]
    labels: tuple[str, ...]
    seed: int
    n_runs: int
    n_days: int
    differences: tuple[Difference, ...]
    command: str | None = None

    @property
    def base(self) -> Scenario:
        """The scenario that the others are compared with."""
        return self.scenarios[0]

    def difference(self, label: str) -> Difference:
        """How one scenario differs from the base.

        Raises
        ------
        KeyError
            No other scenario has that label; the message lists the labels.
        """
        for found in self.differences:
            if found.label == label:
                return found
        raise KeyError(f"no scenario {label!r} beside the base; there are {self.labels[1:]}")

    def is_same(self, label: str) -> bool:
        """True if a scenario is the base under another name: every difference is 0."""
        return self.scenarios[self.labels.index(label)].digest == self.base.digest

    def date(self, day: int) -> date | None:
        """Calendar date of a day by the calendar of the base; None where it has none."""
        start = self.base.start
        return None if start is None else start + timedelta(days=int(day))

    def outcomes_table(self) -> pd.DataFrame:
        """One row a scenario but the base and outcome; see `OutcomeChange`."""
        return cast("pd.DataFrame", tables.outcomes_table(self.differences).to_pandas())

    def days_table(self) -> pd.DataFrame:
        """One row a scenario but the base, size and day; see `SizeByDay`."""
        table = tables.days_table(self.differences).drop_columns(["values", "runs"])
        return cast("pd.DataFrame", table.to_pandas())

    def nations_table(self) -> pd.DataFrame:
        """One row a scenario but the base and nation, the largest change first."""
        return cast("pd.DataFrame", tables.nations_table(self.differences).to_pandas())

    def save(self, folder: str | Path, overwrite: bool = False) -> None:
        """Write a folder, completely or not at all; see `sim.studies.compare.stored`."""
        from sim.studies.compare.stored import save_comparison

        save_comparison(self, folder, overwrite)

    def _repr_html_(self) -> str:
        """The tables that `willing compare` prints, for notebooks."""
        from sim.report.comparison import comparison_html

        return comparison_html(self)

    def __repr__(self) -> str:
        others = first_of(map(repr, self.labels[1:]))
        base = cut(self.labels[0], LONGEST_NAME)
        sizes = f"{counted(self.n_runs, 'run')}, {counted(self.n_days, 'day')}"
        return f"<Comparison of {others} with {base!r}: {sizes}, seed {self.seed}>"
