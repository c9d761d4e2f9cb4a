"""Every draw of the model: a pure function of (seed, run, key, purpose, day or visit).

The generator is Threefry2x64 with 20 rounds [Salmon2011]_: a keyed bijection of 128-bit blocks,
with no state, so nothing depends on the order in which draws are made. The key is (seed, run);
the counter is (the stable key of a nation, condition or path; the purpose, stage and day).

Seeds, runs, keys and bits are ``numpy.uint64`` throughout. Hand over ``np.uint64(value)``: a plain
``int`` gives the same draw but compiles a second copy of the function, and only fits below 2^63.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from sim.core.compiled import compiled, inlined, widest_vectors
from sim.core.elementary import log, normal_quantile

# Purposes. A new use of chance gets a new number; numbers are never reused.
THRESHOLDS = 1
DISPOSITION = 2
CLIMATE = 3
INITIAL_STAGE = 4
CONDITION_NOISE = 5
PLEDGE_COST = 6
DEAL = 7
INPUT = 8
INITIAL_LAW = 9

_PARITY = np.uint64(0x1BD1_1BDA_A9FC_1A22)  # of the key schedule [Salmon2011]_
_WORD = np.uint64(64)
_DROPPED_BITS = np.uint64(12)
_PURPOSE_SHIFT = np.uint64(48)
_STAGE_SHIFT = np.uint64(40)
_STEP = 2.0**-52
_TWO_52 = np.uint64(0x4330_0000_0000_0000)  # bits of 2^52


def stable_key(text: str) -> np.uint64:
    """The 64-bit key of a name: the same on every machine, whatever else is in the file.

    Examples
    --------
    >>> hex(stable_key("FRA"))
    '0x317e6457d39665c'
    """
    return np.uint64(int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big"))


def stable_keys(texts: Iterable[str]) -> NDArray[np.uint64]:
    """The stable keys of some names.

    Examples
    --------
    >>> bool(stable_keys(["FRA", "POL"])[0] == stable_key("FRA"))
    True
    """
    digests = [hashlib.blake2b(text.encode(), digest_size=8).digest() for text in texts]
    return np.frombuffer(b"".join(digests), dtype=">u8").astype(np.uint64)


@inlined
def threefry2x64(
    key0: np.uint64, key1: np.uint64, counter0: np.uint64, counter1: np.uint64
) -> tuple[np.uint64, np.uint64]:
    """Two words of 64 random bits, Threefry2x64-20 [Salmon2011]_.

    Four rounds of add, rotate and exclusive or, then the next part of the key; five times.
    """
    k0, k1 = np.uint64(key0), np.uint64(key1)
    k2 = k0 ^ k1 ^ _PARITY
    x, y = np.uint64(counter0) + k0, np.uint64(counter1) + k1
    x, y = _four_rounds(x, y, 16, 42, 12, 31)
    x, y = x + k1, y + k2 + np.uint64(1)
    x, y = _four_rounds(x, y, 16, 32, 24, 21)
    x, y = x + k2, y + k0 + np.uint64(2)
    x, y = _four_rounds(x, y, 16, 42, 12, 31)
    x, y = x + k0, y + k1 + np.uint64(3)
    x, y = _four_rounds(x, y, 16, 32, 24, 21)
    x, y = x + k1, y + k2 + np.uint64(4)
    x, y = _four_rounds(x, y, 16, 42, 12, 31)
    return x + k2, y + k0 + np.uint64(5)


@inlined
def uniform(bits: np.uint64) -> float:
    """A number strictly between 0 and 1 from the upper 52 bits: ``(bits // 2^12 + 1/2) / 2^52``.

    With a 53rd bit it could round to 1, and a threshold to 0.

    Examples
    --------
    >>> float(uniform(np.uint64(0))) == 2.0**-53
    True
    """
    return _whole(np.uint64(bits) >> _DROPPED_BITS) * _STEP + 0.5 * _STEP


@inlined
def exponential(bits: np.uint64) -> float:
    """A draw from the exponential distribution of mean 1, always above 0.

    Examples
    --------
    >>> round(float(exponential(np.uint64(2**63))), 6)
    0.693147
    """
    return exponential_quantile(uniform(bits))


@inlined
def exponential_quantile(share: float) -> float:
    """The draw whose probability of being exceeded is a share in (0, 1)."""
    return -log(share)


@inlined
def counter(purpose: int, stage: int, index: int) -> np.uint64:
    """Second counter word: purpose in the upper 16 bits, stage in 8, visit or day in 40.

    Examples
    --------
    >>> hex(counter(THRESHOLDS, 3, 5))
    '0x1030000000005'
    """
    upper = (np.uint64(purpose) << _PURPOSE_SHIFT) | (np.uint64(stage) << _STAGE_SHIFT)
    return upper | np.uint64(index)


@compiled
def thresholds(
    seed: np.uint64, run: np.uint64, nation_key: np.uint64, stage: int, visit: int
) -> tuple[float, float]:
    """The accumulated hazards at which a nation moves forward and exits, on one visit to a stage.

    Both are exponential of mean 1 and independent.
    """
    first, second = threefry2x64(seed, run, nation_key, counter(THRESHOLDS, stage, visit))
    return exponential(first), exponential(second)


@inlined
def two_uniforms(
    seed: np.uint64, run: np.uint64, key: np.uint64, purpose: int, index: int
) -> tuple[float, float]:
    """Two independent numbers strictly between 0 and 1."""
    first, second = threefry2x64(seed, run, key, counter(purpose, 0, index))
    return uniform(first), uniform(second)


@inlined
def one_uniform(seed: np.uint64, run: np.uint64, key: np.uint64, purpose: int, index: int) -> float:
    """The first of `two_uniforms`."""
    first, _ = threefry2x64(seed, run, key, counter(purpose, 0, index))
    return uniform(first)


@compiled
def two_normals(
    seed: np.uint64, run: np.uint64, key: np.uint64, purpose: int, index: int
) -> tuple[float, float]:
    """Two independent standard normal draws."""
    first, second = two_uniforms(seed, run, key, purpose, index)
    return normal_quantile(first), normal_quantile(second)


@compiled
def fill_condition_noise(
    out: NDArray[np.float64], seed: np.uint64, run: np.uint64, key: np.uint64
) -> None:
    """Fill with one condition's standard normal draws for a whole run.

    Parameters
    ----------
    out : ndarray of float64, shape (n_days + 1,)
        ``out[t]`` becomes the draw of day t, the quantile of what `fill_condition_shares` gives;
        there is none on day 0, so ``out[0]`` becomes 0.
    seed, run, key : uint64
        ``key`` is the condition's.
    """
    fill_condition_shares(out, seed, run, key)
    for t in range(out.size):
        out[t] = normal_quantile(out[t])
    out[0] = 0.0


@compiled
def fill_condition_shares(
    out: NDArray[np.float64], seed: np.uint64, run: np.uint64, key: np.uint64
) -> None:
    """Fill with the positions in their distribution of one condition's draws for a whole run.

    Parameters
    ----------
    out : ndarray of float64, shape (n_days + 1,)
        ``out[t]`` becomes that of day t, the ``t % 2``-th of block ``t // 2``.
    seed, run, key : uint64
        ``key`` is the condition's.
    """
    widest_vectors()
    n_blocks = out.size // 2
    for block in range(n_blocks):
        first, second = two_uniforms(seed, run, key, CONDITION_NOISE, block)
        out[2 * block] = first
        out[2 * block + 1] = second
    if out.size % 2 == 1:
        out[out.size - 1] = one_uniform(seed, run, key, CONDITION_NOISE, n_blocks)


@compiled
def fill_shares(
    out: NDArray[np.float64],
    seed: np.uint64,
    run: np.uint64,
    keys: NDArray[np.int64],
    mask: np.uint64,
    purpose: int,
) -> None:
    """Fill with the first of `two_uniforms` for each key of a row, with index 0.

    A function that gets arrays alone, here and in `fill_thresholds`: with more at hand, the
    compiler would have to suppose that what it writes may be what it reads, and draw one by one.

    Parameters
    ----------
    out : ndarray of float64, shape (n,)
    seed, run : uint64
    keys : ndarray of int64, shape (n,)
        The bits of the keys.
    mask : uint64
        Exclusive or with each key; 0 for none.
    purpose : int
    """
    widest_vectors()
    for place in range(out.size):
        key = np.int64(keys[place]).view(np.uint64) ^ mask
        out[place] = one_uniform(seed, run, key, purpose, 0)


@compiled
def fill_thresholds(
    forward: NDArray[np.float64],
    leave: NDArray[np.float64],
    seed: np.uint64,
    run: np.uint64,
    keys: NDArray[np.int64],
    stages: NDArray[np.int64],
    has_exits: bool,
) -> None:
    """Fill with the `thresholds` of a first visit by many nations.

    Parameters
    ----------
    forward, leave : ndarray of float64, shape (n,)
        `leave` becomes some numbers above 0 without `has_exits`.
    seed, run : uint64
    keys : ndarray of int64, shape (n,)
        The bits of the nations' keys.
    stages : ndarray of int64, shape (n,)
    has_exits : bool
    """
    widest_vectors()
    for place in range(forward.size):
        key = np.int64(keys[place]).view(np.uint64)
        first, second = threefry2x64(seed, run, key, counter(THRESHOLDS, stages[place], 0))
        forward[place], leave[place] = uniform(first), uniform(second)
    for place in range(forward.size):
        forward[place] = exponential_quantile(forward[place])
    for place in range(leave.size if has_exits else 0):
        leave[place] = exponential_quantile(leave[place])


@compiled
def fill_uniforms(
    out: NDArray[np.float64], seed: np.uint64, first_run: np.uint64, key: np.uint64
) -> None:
    """Fill with one drawn input's position in its distribution, run by run.

    Parameters
    ----------
    out : ndarray of float64, shape (n_runs,)
        ``out[r]`` becomes a number strictly between 0 and 1, that of run ``first_run + r``.
    seed, first_run, key : uint64
        ``key`` is that of the input's path.
    """
    for r in range(out.size):
        out[r] = one_uniform(seed, np.uint64(first_run) + np.uint64(r), key, INPUT, 0)


@inlined
def _four_rounds(
    x: np.uint64, y: np.uint64, first: int, second: int, third: int, fourth: int
) -> tuple[np.uint64, np.uint64]:
    x, y = _round(x, y, np.uint64(first))
    x, y = _round(x, y, np.uint64(second))
    x, y = _round(x, y, np.uint64(third))
    return _round(x, y, np.uint64(fourth))


@inlined
def _round(x: np.uint64, y: np.uint64, turn: np.uint64) -> tuple[np.uint64, np.uint64]:
    total = x + y
    return total, total ^ ((y << turn) | (y >> (_WORD - turn)))


@inlined
def _whole(value: np.uint64) -> float:
    """A whole number below 2^52 as a float, exactly, by setting the bits."""
    return np.uint64(value | _TWO_52).view(np.float64) - 2.0**52
