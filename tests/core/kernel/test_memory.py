"""The memory of a thread: where each part lies."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.core.kernel.memory import (
    REAL_PARTS,
    SHARED_PARTS,
    WHOLE_PARTS,
    aligned_zeros,
    length_of,
    new_worlds,
    sizes_of,
)
from sim.core.kernel.world import LANES, world_in
from sim.core.layout import Inputs
from sim.scenario.arrays.numbers import arrays_of
from tests.core.kernel.restless import worlds
from tests.core.kernel.worlds import RATE, Story, nation, small
from tests.core.pace import FEW


def first_of(arrays):
    """The first world of a thread."""
    return world_in(new_worlds(arrays.structure, arrays.inputs), 0)


@FEW
@given(worlds())
def test_no_two_parts_overlap_and_all_lie_inside(world):
    arrays = arrays_of(world)
    memory, sizes = first_of(arrays), sizes_of(arrays.structure)
    inputs = [(name, part.size) for name, part in zip(Inputs._fields, arrays.inputs, strict=True)]
    reals = inputs + [(name, length_of(shape, sizes)) for name, shape in REAL_PARTS]
    wholes = [(name, length_of(shape, sizes)) for name, shape in WHOLE_PARTS]
    shared = [(name, length_of(shape, sizes)) for name, shape in SHARED_PARTS]
    n_rows = memory.shared.size // LANES
    for parts, total in (
        (reals, memory.real.size),
        (wholes, memory.whole.size),
        (shared, n_rows),
    ):
        ends = 0
        for name, length in parts:
            assert memory.at[name] >= ends, name
            ends = memory.at[name] + length
        assert 0 <= total - ends < LANES


@FEW
@given(worlds())
def test_inputs_and_structure_lie_where_their_names_say(world):
    arrays = arrays_of(world)
    memory = first_of(arrays)
    for name, part in zip(Inputs._fields, arrays.inputs, strict=True):
        begin = memory.at[name]
        assert np.array_equal(memory.real[begin : begin + part.size], part.ravel(), equal_nan=True)
    keys = memory.whole[memory.at.nation_key :][: len(world.nations)].view(np.uint64)
    assert np.array_equal(keys, arrays.structure.nation_key)


def test_inputs_are_copied():
    arrays = arrays_of(small(["A"]))
    memory = first_of(arrays)
    memory.real[:] = -1.0
    assert arrays.inputs.stake.tolist() == [0.5]


@pytest.mark.parametrize("n_nations", [1, 8, 9, 32, 33])
def test_the_cells_begin_at_a_cache_line_and_come_in_pairs_of_blocks(n_nations):
    nations = [nation(f"N{spot}") for spot in range(n_nations)]
    story = Story(small(nations, conditions={"a": {"level": 0.5}}))
    arrays = arrays_of(story.scenario)
    worlds = new_worlds(arrays.structure, arrays.inputs)
    for lane in range(LANES):
        assert worlds.real[lane, worlds.at.cells :].ctypes.data % 64 == 0
    assert story.world.at.n_blocks == 2 * -(-n_nations // 32)
    assert story.world.at.n_octets == -(-n_nations // 8)


@FEW
@given(st.integers(1, 100))
def test_aligned_zeros_are_zeros_at_a_cache_line(length):
    zeros = aligned_zeros(length)
    assert zeros.size == length
    assert not zeros.any()
    assert zeros.ctypes.data % 64 == 0


def test_as_many_runs_are_in_step_as_a_core_keeps_near_itself():
    for n_nations, n_worlds in ((3, LANES), (400, 1)):
        nations = [nation(f"N{spot}") for spot in range(n_nations)]
        arrays = arrays_of(small(nations, conditions={"a": {"level": 0.5}}))
        worlds = new_worlds(arrays.structure, arrays.inputs)
        assert len(worlds.now) == len(worlds.real) == len(worlds.whole)
        assert (len(worlds.now) == LANES) == (n_worlds == LANES)
        assert len(new_worlds(arrays.structure, arrays.inputs, most=1).now) == 1


def test_runs_that_rest_between_moves_are_not_in_step():
    fading = {"resolve": {"rate": RATE, "momentum": 1.0}}
    for parts, in_step in (
        ({}, 1),
        ({"behaviour": {"resolve": {"rate": RATE, "peers": 1.0}}}, 1),
        ({"behaviour": fading}, LANES),
        ({"conditions": {"a": {"level": 0.5}}}, LANES),
    ):
        arrays = arrays_of(small(["A", "B"], **parts))
        assert len(new_worlds(arrays.structure, arrays.inputs).now) == in_step


def test_a_shape_is_a_product_of_sizes():
    sizes = {"N": 3, "K": 2}
    assert [length_of(shape, sizes) for shape in ("NK", "N7", "N+", "72")] == [6, 21, 4, 14]
