"""The fused multiply-add: ``a * b + c`` with one rounding, the same bits on every machine.

IEEE 754 fixes it to the last bit, as it does ``+ - * /``. A processor that has it takes no longer
for it than for a product alone; on others, compiled code calls the C library's. Compilers must not
form it by themselves, on one machine and not on another: it is written out where it is meant.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from typing import Any

from numba.core import types
from numba.extending import lower_builtin, type_callable

Fused = Callable[[float, float, float], float]

TESTS = (
    # Just above and just below halfway between two numbers, by what a rounded product has lost.
    (1.0 + 2.0**-30, 1.0 + 2.0**-30, 2.0**24),
    (1.0 + 2.0**-30, 1.0 - 2.0**-30, 2.0**53 + 2.0),
    # A difference of which a rounded product leaves nothing.
    (1.0 + 2.0**-52, 1.0 + 2.0**-52, -(1.0 + 2.0**-51)),
    # Subnormal results, one of them halfway.
    (2.0**-537, 2.0**-538, 2.0**-1074),
    (2.0**-511 * (1.0 - 2.0**-53), 2.0**-511 * (1.0 + 2.0**-52), -(2.0**-1022)),
    # A product that is too large for a number, but not with what is added.
    (2.0**600, 2.0**424, -(2.0**1023)),
)
"""Arguments that libraries have had wrong, or for which two roundings give another number."""


def exactly(a: float, b: float, c: float) -> float:
    """Return ``a * b + c`` rounded once, by exact arithmetic.

    Examples
    --------
    >>> exactly(1.0 + 2.0**-30, 1.0 - 2.0**-30, -1.0) == -(2.0**-60)
    True
    """
    if not (math.isfinite(a) and math.isfinite(b)):
        return a * b + c
    if not math.isfinite(c):
        return c
    total = Fraction(a) * Fraction(b) + Fraction(c)
    if total == 0:
        return a * b + c  # for the sign of the zero, or of what is too small for any number
    try:
        return float(total)
    except OverflowError:
        return math.inf if total > 0 else -math.inf


def _of_library() -> Fused | None:
    """Return the C library's function if it passes `TESTS`; some libraries have not."""
    with suppress(OSError, AttributeError, TypeError):
        found: Any = ctypes.CDLL(None).fma
        found.argtypes, found.restype = [ctypes.c_double] * 3, ctypes.c_double
        return _passing(found)
    return None


def _passing(function: Fused | None) -> Fused | None:
    """Return a function if it is there and passes `TESTS`."""
    passes = function and all(function(*numbers) == exactly(*numbers) for numbers in TESTS)
    return function if passes else None


_in_python: Fused = _passing(getattr(math, "fma", None)) or _of_library() or exactly


def fma(a: float, b: float, c: float) -> float:
    """``a * b + c`` with one rounding.

    Python has it from 3.13 on. Before, the C library's stands in, or exact arithmetic, which gives
    the same bits.

    Examples
    --------
    >>> fma(1.0 + 2.0**-30, 1.0 - 2.0**-30, -1.0) == -(2.0**-60)
    True
    """
    try:
        return _in_python(a, b, c)
    except (OverflowError, ValueError):  # Python's own, where the result is no finite number
        return exactly(a, b, c)


@type_callable(fma)
def _type_of_fma(_context: Any) -> Any:
    return lambda _a, _b, _c: types.float64


@lower_builtin(fma, types.float64, types.float64, types.float64)
def _code_of_fma(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
    return builder.fma(*arguments)
