"""What a sensitivity analysis runs, in jobs: rows of points of a block, each under its lucks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from sim.scenario.schema import Scenario
from sim.store.kinds import SENSITIVITY, Kind
from sim.studies.design.outcomes import Outcome, find_outcomes
from sim.studies.jobs.study import (
    Column,
    Columns,
    Job,
    JobStudy,
    Steps,
    cut_into_jobs,
    joined,
)
from sim.studies.sensitivity.designs import (
    MORRIS,
    Reals,
    Rows,
    Size,
    rows_of,
    shares_at,
    size_of,
    takes_other,
)
from sim.studies.sensitivity.inputs import Asked, Input, inputs_of
from sim.studies.sensitivity.points import PointRunner, Structures, check_ends
from sim.studies.sensitivity.result import Found, Sensitivity
from sim.studies.sensitivity.screening import screening, screening_means
from sim.studies.sensitivity.tables import tables_of
from sim.studies.sensitivity.variance import block_means, variance_split


@dataclass
class SensitivityStudy(JobStudy[PointRunner, Sensitivity]):
    """A sensitivity analysis.

    Attributes
    ----------
    scenario : Scenario
    asked : sequence of Asked
        Inputs.
    outcome_names : sequence of str
    n_points : int
        About how many points are run.
    n_runs : int
        Of each point: lucks, which all points of a block share.
    method : {"sobol", "morris"}
    seed : int
        Of the runs.
    design_seed : int
        Of the points.
    command : str
    """

    kind: ClassVar[Kind] = SENSITIVITY

    scenario: Scenario
    asked: Sequence[Asked]
    outcome_names: Sequence[str]
    n_points: int
    n_runs: int
    method: str
    seed: int
    design_seed: int
    command: str

    def __post_init__(self) -> None:
        self.inputs: tuple[Input, ...] = inputs_of(self.scenario, self.asked)
        self.widths = [each.width for each in self.inputs]
        self.has_ends = [each.has_ends for each in self.inputs]
        self.outcomes: list[Outcome] = find_outcomes(self.outcome_names, self.scenario)
        self.size: Size = size_of(self.method, len(self.inputs), self.n_points)

    def options(self) -> dict[str, Any]:
        """What decides the result beside the scenario, the seed and the code."""
        return {
            "inputs": [each._asdict() for each in self.asked],
            "outcomes": [each.name for each in self.outcomes],
            "points": self.n_points,
            "runs": self.n_runs,
            "method": self.method,
            "design_seed": self.design_seed,
        }

    def columns(self, job: Job) -> dict[str, Column]:  # noqa: ARG002 (all are alike)
        """A row of points: its two ends, the order of its chain, outcomes by point and luck."""
        width, n_values = sum(self.widths), self.size.n_points * self.n_runs
        ends = {"one": Column("float64", width), "other": Column("float64", width)}
        values = {
            each.name: Column("bool" if each.is_chance else "float64", n_values)
            for each in self.outcomes
        }
        return {**ends, "order": Column("int32", len(self.inputs)), **values}

    @cached_property
    def structures(self) -> Structures:
        """The scenario with its inputs drawn, for all threads."""
        return Structures(self.scenario, self.inputs, self.outcomes)

    def new_memory(self) -> PointRunner:
        """What one thread runs points with."""
        return PointRunner(self.structures)

    def run(self, memory: PointRunner, job: Job) -> Columns:
        """Rows of a block."""
        block, (begin, end) = job.given["block"], job.given["rows"]
        whole = rows_of(
            self.method, self.widths, self.size.n_rows, self.design_seed, block, self.has_ends
        )
        rows = Rows(whole.one[begin:end], whole.other[begin:end], whole.order[begin:end])
        shares = shares_at(self.method, rows, self.widths)
        points = shares.reshape(-1, shares.shape[-1])
        values = memory.values(points, self.seed, block * self.n_runs, self.n_runs)
        found: Columns = {
            "one": rows.one,
            "other": rows.other,
            "order": rows.order.astype(np.int32),
        }
        for outcome, of_points in zip(self.outcomes, values, strict=True):
            by_row = of_points.reshape(end - begin, -1)
            found[outcome.name] = by_row.astype(bool) if outcome.is_chance else by_row
        return found

    @cached_property
    def jobs(self) -> list[Job]:
        """All jobs, block by block."""
        of_run = len(self.scenario.nations) * self.scenario.days
        runs_a_row = self.size.n_points * self.n_runs
        pieces = list(cut_into_jobs(self.size.n_rows, runs_a_row * of_run))
        return [
            Job("rows", n_rows * runs_a_row, {"block": block, "rows": [first, first + n_rows]})
            for block in range(self.size.n_blocks)
            for first, n_rows in pieces
        ]

    def steps(self) -> Steps[Sensitivity]:
        """All jobs, and then what they tell."""
        found = yield self.jobs
        of_block: list[list[Columns]] = [[] for _ in range(self.size.n_blocks)]
        for job, columns in zip(self.jobs, found, strict=True):
            of_block[job.given["block"]].append(columns)
        blocks = list(map(joined, of_block))
        return Sensitivity(self, {each.name: self._found(each, blocks) for each in self.outcomes})

    def _found(self, outcome: Outcome, blocks: Sequence[Columns]) -> Found:
        """What blocks tell of an outcome."""
        means = []
        for block in blocks:
            rows = Rows(block["one"], block["other"], block["order"].astype(np.int64))
            values = block[outcome.name].astype(np.float64)
            values = values.reshape(-1, self.size.n_points, self.n_runs)
            if self.method == MORRIS:
                means.append(screening_means(values, rows, self.widths, self.has_ends))
            else:
                means.append(block_means(values, rows, self._along(rows)))
        if self.method == MORRIS:
            return screening(means)
        return variance_split(means)

    def _along(self, rows: Rows) -> Reals:
        """Where in its range each input is at each point; NaN for one without a low and high.

        Of several numbers the mean counts, which is all but normal.
        """
        from scipy.special import ndtr  # a third of a second, which help does without

        widths = np.array(self.widths)
        begins = np.cumsum([0, *widths[:-1]])
        ends = []
        for point in (rows.one, rows.other):
            mean = np.add.reduceat(point, begins, axis=1) / widths
            of_many = ndtr((mean - 0.5) * np.sqrt(12.0 * widths))
            ends.append(np.where(widths > 1, of_many, mean)[:, None])
        along = np.where(takes_other(self.method, rows.order), ends[1], ends[0])
        along[..., np.logical_not(self.has_ends)] = np.nan
        return np.asarray(along)

    def n_expected(self) -> int:
        """All runs."""
        return self.size.n_all * self.n_runs

    def tables(self, result: Sensitivity) -> dict[str, str]:
        """Tables of the folder."""
        return tables_of(result)

    def problem(self) -> None:
        """Refuse ends of inputs that the scenario cannot have together."""
        check_ends(self.scenario, self.inputs)


def study_of(
    options: dict[str, Any], scenario: Scenario, seed: int, command: str
) -> SensitivityStudy:
    """The study that a folder holds."""
    return SensitivityStudy(
        scenario,
        [Asked(**each) for each in options["inputs"]],
        options["outcomes"],
        options["points"],
        options["runs"],
        options["method"],
        seed,
        options["design_seed"],
        command,
    )
