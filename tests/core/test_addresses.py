"""Memory by its address: compiled code finds the numbers that Python finds in arrays."""

from __future__ import annotations

import numpy as np
import pytest

from sim.core.addresses import address_of, row_of, stretch
from sim.core.compiled import compiled, in_python, index

N_ROWS, LENGTH = 3, 5


@compiled
def write_by_address(array, rows, begin, length):
    """Write into a part of an array, at a place of it, and into a part of the second row."""
    memory = address_of(array)
    stretch(memory, begin, length)[:] = 1
    memory[index(begin)] = 10
    stretch(row_of(address_of(rows), 1, rows.shape[1]), begin, length)[:] = 100
    return stretch(memory, begin, length).shape[0]


@compiled
def write_in_arrays(array, rows, begin, length):
    """Write into a part of an array, and into a part of the second row, without their addresses."""
    stretch(array, begin, length)[:] = 1
    stretch(row_of(rows, 1, rows.shape[1]), begin, length)[:] = 100
    return stretch(array, begin, length).shape[0]


@pytest.mark.parametrize("kind", [np.float64, np.int64, np.int32])
@pytest.mark.parametrize("write", [write_by_address, write_in_arrays])
@pytest.mark.parametrize(("begin", "length"), [(0, LENGTH), (2, 3), (4, 0)])
def test_compiled_code_writes_where_python_writes(kind, write, begin, length):
    found, expected = (
        (np.arange(LENGTH, dtype=kind), np.arange(N_ROWS * LENGTH, dtype=kind).reshape(N_ROWS, -1))
        for _ in range(2)
    )
    assert write(*found, begin, length) == in_python(write)(*expected, begin, length) == length
    for one, other in zip(found, expected, strict=True):
        assert np.array_equal(one, other)


def test_a_part_is_the_memory_itself():
    array = np.arange(LENGTH)
    part = stretch(address_of(array), 1, 3)
    part[:] = -1
    assert array.tolist() == [0, -1, -1, -1, 4]
