"""The elementary functions, in arithmetic that gives the same bits on every machine.

Only ``+ - * /``, square root, the fused multiply-add, selects and bit operations are used, each of
which IEEE 754 fixes to the last bit; a mathematical library's ``exp`` differs between builds. No
function branches, so a loop over any of them is vectorised.

The polynomial coefficients of `exp` and `log` are minimax, from
``experiments/elementary_functions``, which also measures the errors stated here.
"""

from __future__ import annotations

import math

import numpy as np

from sim.core.compiled import inlined
from sim.core.fused import fma

EXP_LOWEST = -708.0
"""`exp` of anything below is ``exp(-708)``."""
EXP_HIGHEST = 709.0
"""`exp` of anything above is ``exp(709)``."""

_LOG2_E = 1.4426950408889634  # 1 / ln(2)
_LN2_HIGH = float.fromhex("0x1.62e42fefa0000p-1")  # leading 37 bits of ln(2): k * this is exact
_LN2_LOW = float.fromhex("0x1.cf79abc9e3b3ap-40")  # the rest of ln(2)

CENTRAL = 0.425
"""Distance from 1/2 up to which a probability lies in the middle part of the normal one."""

_ROUNDER = 1.5 * 2.0**52  # adding it rounds to the nearest whole number, kept in the low bits
_EXPONENT_BIAS = np.uint64(1023)
_MANTISSA_BITS = np.uint64(52)
_MANTISSA = np.uint64(0x000F_FFFF_FFFF_FFFF)
_SQRT_HALF = np.uint64(0x3FE6_A09E_667F_3BCD)  # bits of sqrt(1/2)
_ONE_MINUS_SQRT_HALF = np.uint64(0x0009_5F61_9980_C433)  # bits of 1 minus those of sqrt(1/2)
_TWO_52 = np.uint64(0x4330_0000_0000_0000)  # bits of 2^52
_TWO_52_AND_BIAS = 2.0**52 + 1023.0


@inlined
def exp(x: float) -> float:
    """Exponential of x, within 1.1 ulp for x in [-708, 709]; x is clipped to that interval.

    x = k ln(2) + r with k whole and ``|r| <= ln(2) / 2``, then ``2^k (1 + r + r^2 P(r))``.
    ``exp(0)`` is exactly 1; not a number stays so.

    Examples
    --------
    >>> float(exp(0.0)), round(float(exp(1.0)), 12)
    (1.0, 2.718281828459)
    """
    x = EXP_LOWEST if x < EXP_LOWEST else x
    x = EXP_HIGHEST if x > EXP_HIGHEST else x
    return exp_within(x)


@inlined
def exp_within(x: float) -> float:
    """Exponential of x for x known to lie in [-708, 709]; nonsense outside.

    The same bits as `exp`, a seventh faster.
    """
    rounded = np.float64(fma(x, _LOG2_E, _ROUNDER))
    k = rounded - _ROUNDER
    r = fma(-k, _LN2_LOW, fma(-k, _LN2_HIGH, x))
    r2 = r * r
    r4 = r2 * r2
    p01 = fma(0.16666666666666413, r, 0.5000000000000011)
    p23 = fma(0.008333333333494338, r, 0.041666666666530267)
    p45 = fma(0.00019841269506770345, r, 0.0013888888943598074)
    p67 = fma(2.7557586274415073e-06, r, 2.4801493135750722e-05)
    p89 = fma(2.500006987906806e-08, r, 2.7630234087925977e-07)
    p = fma(fma(p89, r4, fma(p67, r2, p45)), r4, fma(p23, r2, p01))
    scale = np.uint64((rounded.view(np.uint64) + _EXPONENT_BIAS) << _MANTISSA_BITS)
    return (1.0 + fma(r2, p, r)) * scale.view(np.float64)


@inlined
def log(x: float) -> float:
    """Natural logarithm, within 1 ulp for every positive normal number; ``log(1)`` is exactly 0.

    x = 2^k (1 + f) with ``sqrt(1/2) <= 1 + f < sqrt(2)``, then, with ``s = f / (2 + f)``,
    ``log(1 + f) = f - f^2/2 + s (f^2/2 + s^2 Q(s^2))``. Finite nonsense for x <= 0.

    Examples
    --------
    >>> float(log(1.0)), round(float(log(10.0)), 12)
    (0.0, 2.302585092994)
    """
    shifted = np.uint64(np.float64(x).view(np.uint64) + _ONE_MINUS_SQRT_HALF)
    k_bits = np.uint64((shifted >> _MANTISSA_BITS) | _TWO_52)
    k = k_bits.view(np.float64) - _TWO_52_AND_BIAS
    f = np.uint64((shifted & _MANTISSA) + _SQRT_HALF).view(np.float64) - 1.0
    s = f / (2.0 + f)
    z = s * s
    z2 = z * z
    q01 = fma(0.3999999999941637, z, 0.6666666666666734)
    q23 = fma(0.2222219861073741, z, 0.2857142874201593)
    q456 = fma(0.14795475972490585, z2, fma(0.1531409876144135, z, 0.18183562407763604))
    q = fma(q456, z2 * z2, fma(q23, z2, q01))
    half_square = 0.5 * f * f
    small = fma(k, _LN2_LOW, s * fma(z, q, half_square))
    return fma(k, _LN2_HIGH, f - (half_square - small))


@inlined
def logistic(x: float) -> float:
    """``1 / (1 + e^-x)``, the number in [0, 1] whose log-odds are x.

    Examples
    --------
    >>> float(logistic(0.0))
    0.5
    """
    return 1.0 / (1.0 + exp(-x))


@inlined
def log_odds(p: float) -> float:
    """``log(p / (1 - p))`` for p strictly between 0 and 1.

    Examples
    --------
    >>> float(log_odds(0.5))
    0.0
    """
    return log(p / (1.0 - p))


@inlined
def power(x: float, y: float) -> float:
    """Power x^y as ``exp(y log(x))``, for x >= 0 and y >= 0; ``power(0, 0)`` is 1.

    Examples
    --------
    >>> float(power(0.0, 2.0)), float(power(0.0, 0.0)), round(float(power(2.0, 0.5)), 12)
    (0.0, 1.0, 1.414213562373)
    """
    value = exp(y * log(x))
    value = value if x > 0.0 else 0.0
    return 1.0 if y == 0.0 else value


@inlined
def normal_quantile(p: float) -> float:
    """Standard normal quantile, within 5 ulp for p in [2^-53, 1 - 2^-53]; exactly odd about 1/2.

    Wichura's PPND16: one ratio of polynomials of degree 7 for the middle, one for the tails and
    one for the far tails [Wichura1988]_.

    Differs from the source: a ratio ``N(r) / D(r)`` is rearranged to ``N(0) + r A(r) / D(r)``,
    which halves the rounding error, and selects choose the coefficients.

    Examples
    --------
    >>> float(normal_quantile(0.5)), round(float(normal_quantile(0.975)), 12)
    (0.0, 1.95996398454)
    """
    return quantile_of_part(p, is_central(p))


@inlined
def is_central(p: float) -> bool:
    """Whether a probability lies in the middle part of the distribution, as 85 % do."""
    return abs(p - 0.5) <= CENTRAL


@inlined
def quantile_of_part(p: float, middle: bool) -> float:
    """`normal_quantile` of p where `middle` is what `is_central` says of it; nonsense elsewhere.

    With a literal `middle` the compiler drops the other part: the middle takes no logarithm.
    """
    q = p - 0.5
    root = math.sqrt(-log(p if q < 0.0 else 1.0 - p))
    near = root <= 5.0
    r = _pick(middle, near, (0.180625 - q * q, root - 1.6, root - 5.0))
    ratio = _above(middle, near, r) / _below(middle, near, r)
    sign = -1.0 if q < 0.0 else 1.0
    return (q if middle else sign) * (_pick(middle, near, _START) + r * ratio)


# Coefficients of the ratios for the middle, the tails and the far tails, constant first.
_START = (3.3871328727963665, 1.4234371107496835, 6.657904643501103)
_ABOVE = (
    (-10.179205485111815, 1.7077486893198508, 1.4701592778141548),
    (-356.002752528361, 3.3832688422792585, 0.8731604498877554),
    (-4539.164900965688, 2.6660079023625047, 0.19752183481639402),
    (-25931.986104094325, 1.059641556155897, 0.021293289884494065),
    (-65875.29509793955, 0.2201463791568886, 0.001119734834392765),
    (-63878.65511726085, 0.02194437964063419, 2.6169126713786226e-05),
    (-15193.753039787394, 0.0007745435186016953, 2.0103342631872e-07),
)
_BELOW = (
    (1.0, 1.0, 1.0),
    (42.31333070160091, 2.053191626637759, 0.599832206555888),
    (687.1870074920579, 1.6763848301838038, 0.1369298809227358),
    (5394.196021424751, 0.6897673349851, 0.014875361290850615),
    (21213.794301586597, 0.14810397642748008, 0.0007868691311456133),
    (39307.89580009271, 0.015198666563616457, 1.8463183175100548e-05),
    (28729.085735721943, 0.0005475938084995345, 1.421511758316446e-07),
    (5226.495278852854, 1.0507500716444169e-09, 2.0442631033899397e-15),
)


@inlined
def _above(middle: bool, near: bool, r: float) -> float:
    value = _pick(middle, near, _ABOVE[6])
    value = fma(value, r, _pick(middle, near, _ABOVE[5]))
    value = fma(value, r, _pick(middle, near, _ABOVE[4]))
    value = fma(value, r, _pick(middle, near, _ABOVE[3]))
    value = fma(value, r, _pick(middle, near, _ABOVE[2]))
    value = fma(value, r, _pick(middle, near, _ABOVE[1]))
    return fma(value, r, _pick(middle, near, _ABOVE[0]))


@inlined
def _below(middle: bool, near: bool, r: float) -> float:
    value = _pick(middle, near, _BELOW[7])
    value = fma(value, r, _pick(middle, near, _BELOW[6]))
    value = fma(value, r, _pick(middle, near, _BELOW[5]))
    value = fma(value, r, _pick(middle, near, _BELOW[4]))
    value = fma(value, r, _pick(middle, near, _BELOW[3]))
    value = fma(value, r, _pick(middle, near, _BELOW[2]))
    value = fma(value, r, _pick(middle, near, _BELOW[1]))
    return fma(value, r, _pick(middle, near, _BELOW[0]))


@inlined
def _pick(middle: bool, near: bool, values: tuple[float, float, float]) -> float:
    """Return the value for the part of the distribution that p lies in."""
    tail = values[1] if near else values[2]
    return values[0] if middle else tail
