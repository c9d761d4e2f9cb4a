"""The fused multiply-add: one rounding, in compiled code, by the C library, by exact arithmetic."""

from __future__ import annotations

import ctypes
import math
import struct
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numba.core import types

from sim.core import fused
from sim.core.compiled import compiled
from sim.core.fused import TESTS, exactly, fma
from tests.core.pace import ANY


@compiled
def in_compiled_code(a: float, b: float, c: float) -> float:
    return fma(a, b, c)


def same(*numbers: float) -> bool:
    """Whether all are the same bits, or not numbers."""
    if any(math.isnan(number) for number in numbers):
        return all(math.isnan(number) for number in numbers)
    return len({struct.pack("<d", number) for number in numbers}) == 1


def near_a_half(high: float, low: float) -> tuple[float, float, float]:
    """Numbers whose product and sum lie next to the middle between two numbers."""
    return 1.0 + high, 1.0 + high, math.ldexp(1.0, 24) + low


anything = st.floats()
halfway = st.builds(
    near_a_half, st.sampled_from([2.0**-30, -(2.0**-30), 2.0**-29]), st.integers(0, 9)
)
cancelling = st.tuples(st.floats(0.5, 2), st.floats(0.5, 2)).map(lambda p: (*p, -(p[0] * p[1])))
subnormal = st.tuples(
    st.floats(2.0**-540, 2.0**-530), st.floats(2.0**-544, 2.0**-534), st.floats(0, 2.0**-1070)
)
zeros = st.tuples(*[st.sampled_from([0.0, -0.0, 1.0, -1.0, math.inf, -math.inf])] * 3)


@ANY
@given(st.tuples(anything, anything, anything) | halfway | cancelling | subnormal | zeros)
@example((2.0**600, 2.0**600, 1.0))
@example((2.0**600, -(2.0**600), 1.0))
@example((2.0**600, 2.0**600, -math.inf))
@example((math.inf, 0.0, 1.0))
def test_all_ways_give_the_same_bits(numbers):
    compiled_code, python = in_compiled_code(*numbers), fma(*map(float, numbers))
    assert same(compiled_code, python, exactly(*numbers))


@ANY
@given(st.floats(-1e100, 1e100), st.floats(-1e100, 1e100), st.floats(-1e200, 1e200))
def test_the_exact_way_is_the_nearest_number(a, b, c):
    total, found = Fraction(a) * Fraction(b) + Fraction(c), exactly(a, b, c)
    error = abs(Fraction(found) - total)
    for neighbour in (math.nextafter(found, -math.inf), math.nextafter(found, math.inf)):
        assert error <= abs(Fraction(neighbour) - total)


def test_compiled_code_gets_the_instruction():
    class Builder:
        def fma(self, *numbers: str) -> tuple[str, ...]:
            return ("fma", *numbers)

    assert fused._type_of_fma(None)(1.0, 2.0, 3.0) == types.float64
    assert fused._code_of_fma(None, Builder(), None, ("a", "b", "c")) == ("fma", "a", "b", "c")


def test_what_python_refuses_is_given_exactly(monkeypatch):
    def refuse(*_: float) -> float:
        raise OverflowError

    monkeypatch.setattr(fused, "_in_python", refuse)
    assert fma(2.0**600, 2.0**600, 1.0) == math.inf


def test_two_roundings_give_other_numbers():
    assert sum(exactly(a, b, c) != a * b + c for a, b, c in TESTS) >= 4


@pytest.mark.parametrize(
    "library",
    [
        lambda a, b, c: float(np.float64(a) * b + c),  # rounds twice
        None,  # has no such function
    ],
)
def test_a_library_that_is_wrong_or_has_none_is_not_used(library, monkeypatch):
    class Library:
        def __init__(self, _: object) -> None:
            if library is not None:
                self.fma = library

    monkeypatch.setattr(ctypes, "CDLL", Library)
    assert fused._of_library() is None


def test_the_library_s_is_used_where_it_is_right(monkeypatch):
    class Library:
        def __init__(self, _: object) -> None:
            self.fma = exactly

    monkeypatch.setattr(ctypes, "CDLL", Library)
    assert fused._of_library()(2.0, 3.0, 1.0) == 7.0
