"""A sensitivity analysis: what its inputs do to each outcome, and what chance does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pyarrow as pa

from sim.results.estimates import Interval
from sim.results.format import LONGEST_NAME, counted, cut, first_of
from sim.scenario.files.suggestions import closest
from sim.scenario.schema import Scenario
from sim.studies.design.outcomes import Outcome
from sim.studies.sensitivity.designs import MORRIS
from sim.studies.sensitivity.inputs import Input
from sim.studies.sensitivity.screening import Screening
from sim.studies.sensitivity.variance import VarianceSplit

if TYPE_CHECKING:
    import pandas as pd

    from sim.studies.sensitivity.study import SensitivityStudy

Found = VarianceSplit | Screening

PARTS = ("inputs", "luck", "both")
"""Parts of a variance, in the order of `VarianceSplit.parts`."""

ENDS = ("at_low", "at_high")


class Sensitivity:
    """What inputs do to the outcomes of a scenario.

    Parameters
    ----------
    study : SensitivityStudy
    found : dict of str to VarianceSplit or Screening
        By outcome.
    """

    def __init__(self, study: SensitivityStudy, found: dict[str, Found]) -> None:
        self.study, self.found = study, found

    @property
    def scenario(self) -> Scenario:
        """The scenario, with its own values where no input takes their place."""
        return self.study.scenario

    @property
    def inputs(self) -> tuple[Input, ...]:
        """What was varied."""
        return self.study.inputs

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Names of the outcomes."""
        return tuple(self.found)

    @property
    def is_screening(self) -> bool:
        """True if it is of elementary effects, and not of variances."""
        return self.study.method == MORRIS

    def outcome(self, name: str | None = None) -> Outcome:
        """An outcome by its name; the first by default.

        Raises
        ------
        KeyError
            There is none of that name; the message lists those there are.
        """
        for each in self.study.outcomes:
            if name in (None, each.name):
                return each
        there_are = f"; there are {', '.join(self.outcomes)}"
        raise KeyError(f"no outcome {name!r}{closest(str(name), self.outcomes) or there_are}")

    def order(self, outcome: str | None = None) -> list[int]:
        """Places of the inputs from the one that matters most to the one that matters least."""
        found = self.found[self.outcome(outcome).name]
        size = found.size if isinstance(found, Screening) else found.shares
        return [int(each) for each in np.argsort(-size.estimate, kind="stable")]

    def input_rows(self, outcome: str | None = None) -> Iterator[dict[str, Any]]:
        """One row an input, those that matter most first; see docs/sensitivity.md for columns."""
        name = self.outcome(outcome).name
        columns = dict(_of_inputs(self.found[name]))
        for place in self.order(name):
            each = self.inputs[place]
            row: dict[str, Any] = {"outcome": name, "input": each.name}
            row |= {"label": each.label, "range": each.range}
            for column, interval in columns.items():
                row |= _cells(column, Interval(*(part[place] for part in interval)))
            yield row

    def outcome_row(self, outcome: str | None = None) -> dict[str, Any]:
        """Mean of an outcome, its variance, and the shares of inputs, luck and both."""
        name = self.outcome(outcome).name
        found = self.found[name]
        row: dict[str, Any] = {"outcome": name, **_cells("mean", found.mean)}
        if isinstance(found, VarianceSplit):
            row |= _cells("variance", found.variance)
            for place, part in enumerate(PARTS):
                row |= _cells(part, Interval(*(each[place] for each in found.parts)))
        return row

    def inputs_table(self) -> pd.DataFrame:
        """One row an outcome and input; see `input_rows`."""
        rows = [row for name in self.outcomes for row in self.input_rows(name)]
        return cast("pd.DataFrame", pa.Table.from_pylist(rows).to_pandas())

    def outcomes_table(self) -> pd.DataFrame:
        """One row an outcome; see `outcome_row`."""
        rows = list(map(self.outcome_row, self.outcomes))
        return cast("pd.DataFrame", pa.Table.from_pylist(rows).to_pandas())

    def _repr_html_(self) -> str:
        """What `willing sensitivity` prints, for notebooks."""
        from sim.report.sensitivity import sensitivity_html

        return sensitivity_html(self)

    def __repr__(self) -> str:
        title = cut(self.scenario.title, LONGEST_NAME) or "untitled"
        size = f"{counted(self.study.size.n_all, 'point')} of {counted(self.study.n_runs, 'run')}"
        inputs = counted(len(self.inputs), "input")
        return f"<Sensitivity of {first_of(self.outcomes)} in {title!r}: {inputs}, {size}>"


def _of_inputs(found: Found) -> Iterator[tuple[str, Interval]]:
    """Numbers of each input, with the names of their columns."""
    if isinstance(found, Screening):
        yield from (("size", found.size), ("effect", found.effect), ("spread", found.spread))
        return
    yield "share", found.shares
    for kind, indices in (("runs", found.runs), ("chance", found.chance)):
        for name, interval in indices._asdict().items():
            yield f"{kind}.{name}", interval
    for end, name in enumerate(ENDS):
        yield name, Interval(*(part[:, end] for part in found.ends))


def _cells(column: str, interval: Interval) -> dict[str, float]:
    """An estimate and the ends of its interval as cells of three columns."""
    names = (column, f"{column}.low", f"{column}.high")
    return dict(zip(names, map(float, interval), strict=True))
