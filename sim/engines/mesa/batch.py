"""Ensembles of the Mesa model, recorded as the batch engine records its own."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.core.rules.pledges import FORCE_UNIT
from sim.core.stages import DEPLOYED, N_STAGES, PUBLIC
from sim.engines.batch import Progress
from sim.engines.block_runner import as_records, new_rows
from sim.engines.memory import Sizes, check_memory, checked_arrays, sizes_of
from sim.engines.mesa.agents import Nation
from sim.engines.mesa.model import CoalitionModel
from sim.engines.request import Request
from sim.results.records import N_BINS, Records, RunRecords, counts_stages
from sim.scenario.arrays.numbers import Arrays
from sim.scenario.parts import BREADTH
from sim.scenario.schema import Scenario


def simulate_with_mesa(
    scenario: Scenario,
    request: Request,
    nation_class: type[Nation] | None = None,
    progress: Progress | None = None,
) -> Records:
    """Run an ensemble, one Mesa model after another.

    Parameters
    ----------
    scenario : Scenario
    request : Request
        Its number of workers is not used: agents are Python objects.
    nation_class : type, optional
        A subclass of `Nation`.
    progress : callable of (runs done, all runs), optional

    Returns
    -------
    Records
        For `Nation` itself, the same bits as the batch engine's.
    """
    nation_class = checked_nation_class(nation_class)
    arrays = checked_arrays(scenario)
    recorder = EnsembleRecorder(arrays, request)
    for index in range(request.n_runs):
        run = request.first_run + index
        model = EnsembleModel(scenario, request.seed, run, nation_class, arrays)
        model.run_to_end()
        recorder.add(index, model)
        if progress is not None:
            progress(index + 1, request.n_runs)
    return recorder.records()


def checked_nation_class(nation_class: object) -> type[Nation]:
    """Return the class of nations, `Nation` by default; ValueError if it is not a subclass."""
    if nation_class is None:
        return Nation
    if not (isinstance(nation_class, type) and issubclass(nation_class, Nation)):
        raise ValueError(f"nation_class: {nation_class!r} must be a subclass of sim.Nation")
    return nation_class


class EnsembleModel(CoalitionModel):
    """A run of which only the logbook is read, which is that of `CoalitionModel`."""

    collects = False


class EnsembleRecorder:
    """Counts over runs, and rows of single runs where they are kept."""

    def __init__(self, arrays: Arrays, request: Request) -> None:
        self.sizes: Sizes = sizes_of(arrays)
        n_records, n_nations, n_conditions, n_kinds, n_groups, has_capacity, _ = self.sizes
        self.by_stage = counts_stages(n_records - 1, n_nations, request.stage_counts)
        check_memory(self.sizes, workers=1, by_stage=self.by_stage)
        self.force_top = arrays.force_top
        rows = new_rows(request.n_runs if request.keeps_runs else 0, self.sizes)
        self.rows = as_records(rows, self.sizes) if request.keeps_runs else None
        self.size = np.zeros((3, n_records, n_nations + 1), dtype=np.int64)
        by_stage = (n_records, n_nations, N_STAGES)
        self.stage = np.zeros(by_stage if self.by_stage else 0, dtype=np.int64)
        self.public = np.zeros((n_records, n_nations), dtype=np.int64)
        self.by_day = np.zeros((n_records, N_STAGES), dtype=np.int64)
        self.end = np.zeros((n_nations, N_STAGES), dtype=np.int64)
        self.condition = np.zeros((n_records, n_conditions, N_BINS), dtype=np.int64)
        self.force = np.zeros((n_records, n_kinds + 1, N_BINS), dtype=np.int64)
        self.success = np.zeros(n_records + 1, dtype=np.int64)
        self.quorum = np.zeros(n_records + 1, dtype=np.int64)
        self.groups = np.zeros((n_records, n_groups + 1), dtype=np.int64) if n_groups else None
        self.kinds = np.zeros((n_records, n_kinds + 1), dtype=np.int64) if n_kinds else None
        self.capacity = np.zeros((n_records, N_BINS), dtype=np.int64) if has_capacity else None

    def add(self, index: int, model: CoalitionModel) -> None:
        """Count a run that has ended."""
        log = model.logbook
        count_values(self.size.transpose(1, 0, 2), log.size.T)
        self._add_stages(log.stage)
        count_values(self.condition, bins_of(log.conditions, float(N_BINS)))
        count_values(self.force, bins_of(log.force, N_BINS / self.force_top))
        self.success[log.success_day] += 1
        self.quorum[log.quorum_day] += 1
        days = np.arange(self.sizes.n_records)
        if self.groups is not None:
            self.groups[days, log.groups_covered] += 1
        if self.kinds is not None:
            self.kinds[days, log.kinds_covered] += 1
        if self.capacity is not None:
            self.capacity[days, bins_of(np.nan_to_num(log.capacity_public), float(N_BINS))] += 1
        if self.rows is not None:
            write_row(self.rows, index, model)

    def _add_stages(self, stages: NDArray[np.int8]) -> None:
        """Count the stages of all days, by all that they are counted by."""
        if self.by_stage:
            count_values(self.stage, stages)
            return
        self.public += (stages >= PUBLIC) & (stages <= DEPLOYED)
        self.end[np.arange(self.sizes.n_nations), stages[-1]] += 1
        for day, stages_of_day in enumerate(stages):
            self.by_day[day] += np.bincount(stages_of_day, minlength=N_STAGES)

    def records(self) -> Records:
        """Return the records of the ensemble."""
        return Records(
            runs=self.rows,
            size_counts=self.size,
            stage_counts=self.stage if self.by_stage else None,
            public_counts=None if self.by_stage else self.public,
            stage_day_counts=None if self.by_stage else self.by_day,
            stage_end_counts=None if self.by_stage else self.end,
            condition_counts=self.condition,
            force_counts=self.force,
            force_top=self.force_top,
            success_counts=self.success,
            quorum_counts=self.quorum if self.sizes.has_quorum else None,
            groups_covered_counts=self.groups,
            kinds_covered_counts=self.kinds,
            capacity_public_counts=self.capacity,
        )


def count_values(counts: NDArray[np.int64], values: NDArray[np.integer]) -> None:
    """Add one for each value: counts of shape (n, m, n_values), values of shape (n, m)."""
    first, second = np.indices(values.shape)
    counts[first, second, values] += 1


def bins_of(values: NDArray[np.float64], scale: NDArray[np.float64] | float) -> NDArray[np.int64]:
    """Return the bin of each value, the last for all that is above."""
    return np.minimum((values * scale).astype(np.int64), N_BINS - 1)


def write_row(rows: RunRecords, index: int, model: CoalitionModel) -> None:
    """Write the row of one run."""
    log = model.logbook
    rows.size[index], rows.private_size[index], rows.firm_size[index] = log.size
    rows.stage[index] = log.days[-1].stages
    rows.first_day[index] = log.first_day
    rows.refusal_day[index] = log.refusal_day
    rows.exit_day[index] = log.exit_day
    rows.conditions[index] = model.conditions
    rows.force[index] = model.force * FORCE_UNIT
    rows.success_day[index] = log.success_day
    if rows.quorum_day is not None:
        rows.quorum_day[index] = log.quorum_day
    for name in BREADTH:
        by_day = getattr(rows, name)
        if by_day is not None:
            by_day[index] = getattr(log, name)
    for nation in model.nations:
        rows.pledge[index, nation.index] = nation.pledge * FORCE_UNIT
