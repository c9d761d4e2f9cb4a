"""The memory of a thread: where each part lies."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.core.kernel.memory import (
    REAL_PARTS,
    WHOLE_PARTS,
    aligned_zeros,
    length_of,
    new_world,
    sizes_of,
)
from sim.core.layout import Inputs
from sim.scenario.arrays.numbers import arrays_of
from tests.core.kernel.restless import worlds
from tests.core.kernel.worlds import Story, nation, small
from tests.core.pace import FEW


@FEW
@given(worlds())
def test_no_two_parts_overlap_and_all_lie_inside(world):
    arrays = arrays_of(world)
    memory, sizes = new_world(arrays.structure, arrays.inputs), sizes_of(arrays.structure)
    inputs = [(name, part.size) for name, part in zip(Inputs._fields, arrays.inputs, strict=True)]
    reals = inputs + [(name, length_of(shape, sizes)) for name, shape in REAL_PARTS]
    wholes = [(name, length_of(shape, sizes)) for name, shape in WHOLE_PARTS]
    for parts, flat in ((reals, memory.real), (wholes, memory.whole)):
        ends = 0
        for name, length in parts:
            assert memory.at[name] >= ends, name
            ends = memory.at[name] + length
        assert ends == flat.size


@FEW
@given(worlds())
def test_inputs_and_structure_lie_where_their_names_say(world):
    arrays = arrays_of(world)
    memory = new_world(arrays.structure, arrays.inputs)
    for name, part in zip(Inputs._fields, arrays.inputs, strict=True):
        begin = memory.at[name]
        assert np.array_equal(memory.real[begin : begin + part.size], part.ravel(), equal_nan=True)
    keys = memory.whole[memory.at.nation_key :][: len(world.nations)].view(np.uint64)
    assert np.array_equal(keys, arrays.structure.nation_key)


def test_inputs_are_copied():
    arrays = arrays_of(small(["A"]))
    memory = new_world(arrays.structure, arrays.inputs)
    memory.real[:] = -1.0
    assert arrays.inputs.stake.tolist() == [0.5]


@pytest.mark.parametrize("n_nations", [1, 8, 9])
def test_the_cells_begin_at_a_cache_line_and_come_in_whole_blocks(n_nations):
    story = Story(small([nation(f"N{spot}") for spot in range(n_nations)]))
    first = story.world.real[story.world.at.cells :]
    assert first.ctypes.data % 64 == 0
    assert story.world.at.n_blocks == -(-n_nations // 8)


@FEW
@given(st.integers(1, 100))
def test_aligned_zeros_are_zeros_at_a_cache_line(length):
    zeros = aligned_zeros(length)
    assert zeros.size == length
    assert not zeros.any()
    assert zeros.ctypes.data % 64 == 0


def test_a_shape_is_a_product_of_sizes():
    sizes = {"N": 3, "K": 2}
    assert [length_of(shape, sizes) for shape in ("NK", "N7", "N+", "72")] == [6, 21, 4, 14]
