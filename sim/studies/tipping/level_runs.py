"""Runs of a scenario, each at a level of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.core.kernel.simulate import RandomValues
from sim.core.stages import DEPLOYED, PUBLIC
from sim.engines.block_runner import BlockRunner, RunBlock
from sim.engines.memory import checked_arrays
from sim.scenario.schema import Scenario
from sim.studies.tipping.levels import Levels

Reals = NDArray[np.float64]
Truths = NDArray[np.bool_]
Read = Callable[[RunBlock], Truths]
"""Something that is true or not of runs, shape (n_runs,) or (n_runs, width)."""


class LevelRuns:
    """Runs of a scenario at levels of a path, in the memory of one thread.

    Parameters
    ----------
    scenario : Scenario
    levels : Levels
        Of a path of the scenario.
    """

    def __init__(self, scenario: Scenario, levels: Levels) -> None:
        self.scenario, self.levels = scenario, levels
        self._runner: BlockRunner | None = None
        self._done: tuple[Any, dict[float, Truths]] = (None, {})

    def read(self, seed: int, first_run: int, values: Reals, what: Read) -> Truths:
        """What is read of the runs first_run, first_run + 1, ..., each at a level of its own.

        Every run has the random numbers of its seed and number at whatever level: it is, bit for
        bit, the run of the scenario with that level.

        Parameters
        ----------
        seed, first_run : int
        values : ndarray, shape (n_runs,)
            The level of each run.
        what : callable of RunBlock

        Returns
        -------
        ndarray of bool, shape (n_runs,) or (n_runs, width)
        """
        if self.levels.slots:
            ends = {"uniform": [self.levels.low, self.levels.high]}
            runner = self._runner or self._runner_of(ends)
            slots = np.array(self.levels.slots, dtype=np.int64)
            given = RandomValues(slots, np.repeat(values[:, None], len(slots), axis=1))
            vector = runner.arrays.vector
            blocks = runner.blocks(vector, seed, first_run, len(values), given)
            return np.concatenate([what(block) for block in blocks])
        # Each level is a scenario, of which all runs are made at once and kept for the next call.
        which = (seed, first_run, len(values), what)
        if self._done[0] != which:
            self._done = (which, {})
        done = self._done[1]
        for value in np.unique(values).tolist():
            if value not in done:
                runner = self._runner_of(value)
                blocks = runner.blocks(runner.arrays.vector, seed, first_run, len(values))
                done[value] = np.concatenate([what(block) for block in blocks])
        return np.stack([done[value][run] for run, value in enumerate(values.tolist())])

    def _runner_of(self, value: object) -> BlockRunner:
        """A runner of the scenario with a value at the path, or with numbers drawn there."""
        arrays = checked_arrays(self.scenario.with_value(self.levels.path, value))
        self._runner = None  # frees its memory before the next is laid out
        self._runner = BlockRunner(arrays, counts=False)
        return self._runner


def is_public(block: RunBlock) -> Truths:
    """Which nations are public, pledged or deployed at the end, shape (n_runs, n_nations)."""
    return np.asarray((block.stage >= PUBLIC) & (block.stage <= DEPLOYED))
