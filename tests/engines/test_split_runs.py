"""A run split at a day and continued from its whole state is the same run."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.core.kernel.day import advance
from sim.core.kernel.memory import (
    NOW_DTYPE,
    REAL_PARTS,
    SHARED_PARTS,
    WHOLE_PARTS,
    length_of,
    new_worlds,
    sizes_of,
)
from sim.core.kernel.start import begin
from sim.core.kernel.world import LANES, RunKey, world_in
from sim.engines.mesa.model import CoalitionModel
from sim.scenario.arrays.numbers import arrays_of, inputs_of_run
from sim.scenario.load import scenario_from_dict
from tests.engines.scenarios_strategy import scenarios
from tests.examples import examples

SEEDS = st.integers(0, 2**32)
SPLITS = st.floats(0.0, 1.0)

REAL_STATE = (
    "cells",  # what is left of both thresholds, coefficients, ties, memories of meetings
    "support_now",
    "disposition",
    "cost_spread",
    "per_cost",
)
SHARED_STATE = tuple(name for name, _ in SHARED_PARTS)
WHOLE_STATE = (
    "stage",
    "visits",
    "held",
    "attends",
    "pledged_on",
    "public_extra",
    "pledge",
    "force",
    "group_public",
    "barred",
    "has_peers",
    "stale",
    "turned",
    "turned_by",
    "public_weight",
    "changed_on",  # the last of these days says whether hazards are those of the day before
)
SO_FAR = ("first_day", "refusal_day", "exit_day")
"""Not state, but the record of the days before, which a first day needs."""


SHAPES = dict(REAL_PARTS + WHOLE_PARTS + SHARED_PARTS)


class Half:
    """A run of the kernel that can stop on any day and hand its state on."""

    def __init__(self, form: dict[str, Any], seed: int, run: int, run_at_first: int) -> None:
        arrays = arrays_of(scenario_from_dict(form))
        self.sizes = sizes_of(arrays.structure)
        self.worlds = new_worlds(arrays.structure, inputs_of_run(arrays, seed, run), most=1)
        self.world = world_in(self.worlds, 0)
        self.run_key = RunKey(np.uint64(seed), np.uint64(run))
        begin(self.world, RunKey(np.uint64(seed), np.uint64(run_at_first)))

    def go_on(self, after: int, until: int) -> Half:
        """Run the days after one until another."""
        for day in range(after + 1, until + 1):
            advance(day, 1, self.worlds, self.run_key)
        return self

    def part(self, name: str) -> np.ndarray:
        """View of a part of the memory."""
        begins = int(self.world.at[name])
        if name in SHARED_STATE:  # a number in every row of eight runs
            in_rows = self.world.shared[begins * LANES :: LANES]
            return in_rows[: length_of(SHAPES[name], self.sizes)]
        flat = self.world.real if name in REAL_STATE else self.world.whole
        return flat[begins : begins + length_of(SHAPES[name], self.sizes)]

    def hand_over(self, other: Half) -> None:
        """Give another all that the days to come depend on."""
        for name in (*REAL_STATE, *WHOLE_STATE, *SHARED_STATE, *SO_FAR):
            other.part(name)[:] = self.part(name)
        for name in NOW_DTYPE.names or ():
            other.world.now[name] = self.world.now[name]

    def end(self) -> list[bytes]:
        """All of its state."""
        parts = [
            self.part(name).tobytes()
            for name in (*REAL_STATE, *WHOLE_STATE, *SHARED_STATE, *SO_FAR)
        ]
        return [*parts, self.world.now.tobytes()]


@settings(derandomize=True, deadline=None, max_examples=examples(100))
@given(scenarios(), SEEDS, SPLITS)
def test_the_compiled_run_goes_on_from_its_state(form, seed, split):
    """The second half began with the dispositions, stages and costs of another run."""
    last = form["days"]
    day = round(split * last)
    whole = Half(form, seed, run=1, run_at_first=1).go_on(0, last)
    first = Half(form, seed, run=1, run_at_first=1).go_on(0, day)
    second = Half(form, seed, run=1, run_at_first=2)
    first.hand_over(second)
    assert second.go_on(day, last).end() == whole.end()


@settings(derandomize=True, deadline=None, max_examples=examples(25))
@given(scenarios(), SEEDS, SPLITS)
def test_the_readable_run_goes_on_from_a_copy(form, seed, split):
    scenario = scenario_from_dict(form)
    whole = CoalitionModel(scenario, seed, run=1)
    first = CoalitionModel(scenario, seed, run=1)
    for _ in range(round(split * scenario.days)):
        first.step()
    second = pickle.loads(pickle.dumps(first))
    for model in (whole, second):
        model.run_to_end()
    assert np.array_equal(whole.logbook.size, second.logbook.size)
    assert np.array_equal(whole.logbook.stage, second.logbook.stage)
    assert np.array_equal(whole.logbook.force, second.logbook.force)
    assert np.array_equal(whole.logbook.conditions, second.logbook.conditions)
    assert np.array_equal(whole.logbook.first_day, second.logbook.first_day)
