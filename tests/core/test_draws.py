"""Threefry against its published vectors, and the draws made from it."""

import math
import subprocess
import sys

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sim.core import draws
from sim.core.draws import (
    CLIMATE,
    CONDITION_NOISE,
    DISPOSITION,
    INPUT,
    THRESHOLDS,
    counter,
    exponential,
    fill_condition_noise,
    fill_shares,
    fill_thresholds,
    fill_uniforms,
    one_uniform,
    stable_key,
    threefry2x64,
    thresholds,
    two_normals,
    two_uniforms,
    uniform,
)

ALL_ONES = 2**64 - 1
words = st.integers(0, ALL_ONES).map(np.uint64)
SEED, RUN, KEY = np.uint64(11), np.uint64(5), stable_key("FRA")


@pytest.mark.parametrize(
    ("counters", "keys", "expected"),
    [
        ((0, 0), (0, 0), (0xC2B6E3A8C2C69865, 0x6F81ED42F350084D)),
        ((ALL_ONES,) * 2, (ALL_ONES,) * 2, (0xE02CB7C4D95D277A, 0xD06633D0893B8B68)),
        (
            (0x243F6A8885A308D3, 0x13198A2E03707344),  # digits of pi
            (0xA4093822299F31D0, 0x082EFA98EC4E6C89),
            (0x263C7D30BB0F0AF1, 0x56BE8361D3311526),
        ),
    ],
)
def test_threefry_gives_the_known_answers_of_random123(counters, keys, expected):
    assert threefry2x64(*map(np.uint64, keys + counters)) == expected


def test_the_smallest_and_largest_words_stay_strictly_between_zero_and_one():
    assert uniform(np.uint64(0)) == 2.0**-53
    assert uniform(np.uint64(ALL_ONES)) == 1 - 2.0**-53


@given(words)
def test_a_uniform_is_the_middle_of_one_of_two_to_the_52_equal_parts(word):
    assert uniform(word) == (int(word) // 2**12 + 0.5) / 2**52


@given(words)
def test_an_exponential_draw_is_above_zero_and_finite(word):
    assert 0 < exponential(word) < 37
    assert exponential(word) == pytest.approx(-float(mpmath.log(uniform(word))), rel=1e-14)


def test_a_counter_keeps_purpose_stage_and_index_apart():
    assert counter(0xFFFF, 0, 0) == 0xFFFF_00_0000000000
    assert counter(0, 0xFF, 0) == 0x0000_FF_0000000000
    assert counter(0, 0, 2**40 - 1) == 0x0000_00_FFFFFFFFFF
    assert counter(THRESHOLDS, 3, 5) == (THRESHOLDS << 48) + (3 << 40) + 5


def test_no_two_purposes_share_a_number():
    names = "THRESHOLDS DISPOSITION CLIMATE INITIAL_STAGE CONDITION_NOISE PLEDGE_COST DEAL INPUT"
    assert [getattr(draws, name) for name in names.split()] == [1, 2, 3, 4, 5, 6, 7, 8]


@given(words, words, words, st.integers(0, 6), st.integers(0, 2**40 - 1))
def test_thresholds_are_two_exponentials_of_one_block(seed, run, key, stage, visit):
    address = np.uint64(counter(THRESHOLDS, stage, visit))
    first, second = map(np.uint64, threefry2x64(seed, run, key, address))
    expected = exponential(first), exponential(second)
    assert thresholds(seed, run, key, stage, visit) == expected


@given(words, words, words, st.integers(0, 2**40 - 1))
def test_one_uniform_is_the_first_of_two(seed, run, key, index):
    first, _ = two_uniforms(seed, run, key, CLIMATE, index)
    assert one_uniform(seed, run, key, CLIMATE, index) == first


@pytest.mark.parametrize("n_days", [0, 1, 2, 179, 180])
def test_a_condition_s_noise_is_that_of_each_day_drawn_by_itself(n_days):
    noise = np.full(n_days + 1, np.nan)
    fill_condition_noise(noise, SEED, RUN, KEY)
    for t in range(1, n_days + 1):
        assert noise[t] == two_normals(SEED, RUN, KEY, CONDITION_NOISE, t // 2)[t % 2]
    assert noise[0] == 0.0


def test_a_longer_run_begins_with_the_noise_of_a_shorter_one():
    short, long = np.empty(42), np.empty(101)
    fill_condition_noise(short, SEED, RUN, KEY)
    fill_condition_noise(long, SEED, RUN, KEY)
    assert np.array_equal(short, long[:42])


def test_a_drawn_input_depends_on_the_run_number_and_not_on_where_a_block_begins():
    whole, part = np.empty(100), np.empty(30)
    fill_uniforms(whole, SEED, np.uint64(0), KEY)
    fill_uniforms(part, SEED, np.uint64(50), KEY)
    assert np.array_equal(part, whole[50:80])
    assert whole[7] == one_uniform(SEED, np.uint64(7), KEY, INPUT, 0)


def test_uniforms_of_successive_runs_are_uniform():
    sample = np.empty(20_000)
    fill_uniforms(sample, SEED, np.uint64(0), KEY)
    assert stats.kstest(sample, "uniform").pvalue > 1e-5
    assert abs(np.corrcoef(sample[:-1], sample[1:])[0, 1]) < 4.5 / math.sqrt(sample.size)


def test_normals_of_successive_days_are_normal():
    sample = np.empty(20_001)
    fill_condition_noise(sample, SEED, RUN, KEY)
    assert stats.kstest(sample[1:], "norm").pvalue > 1e-5
    assert abs(np.corrcoef(sample[1:-1], sample[2:])[0, 1]) < 4.5 / math.sqrt(sample.size)


def test_thresholds_are_exponential_and_independent():
    sample = np.array([thresholds(SEED, np.uint64(r), KEY, 2, 0) for r in range(5000)])
    assert stats.kstest(sample[:, 0], "expon").pvalue > 1e-5
    assert stats.kstest(sample[:, 1], "expon").pvalue > 1e-5
    assert abs(stats.spearmanr(sample).statistic) < 4.5 / math.sqrt(len(sample))


def test_each_part_of_the_address_changes_the_draw():
    one = np.uint64(1)
    addresses = [
        (SEED, RUN, KEY, DISPOSITION, 0),
        (SEED + one, RUN, KEY, DISPOSITION, 0),
        (SEED, RUN + one, KEY, DISPOSITION, 0),
        (SEED, RUN, KEY + one, DISPOSITION, 0),
        (SEED, RUN, KEY, CLIMATE, 0),
        (SEED, RUN, KEY, DISPOSITION, 1),
    ]
    assert len({two_normals(*address) for address in addresses}) == len(addresses)


def test_plain_integers_below_2_to_the_63_give_the_same_draws():
    for word in (0, 1, 2**63 - 1):
        assert uniform(word) == uniform(np.uint64(word))
        expected = thresholds(np.uint64(word), np.uint64(word), np.uint64(word), 1, 0)
        assert thresholds(word, word, word, 1, 0) == expected


def test_a_stable_key_is_the_same_everywhere():
    assert stable_key("FRA") == 0x317E6457D39665C
    assert stable_key("Å") != stable_key("A")
    assert isinstance(stable_key("FRA"), np.uint64)


BITS = """
import hashlib
import numpy as np
from sim.core import draws
digest = hashlib.sha256()
noise, inputs = np.empty(181), np.empty(101)
for k in range(10):
    seed, run = np.uint64(2**64 - 1 - k), np.uint64(k * 2**60)
    key = draws.stable_key(str(k))
    draws.fill_condition_noise(noise, seed, run, key)
    draws.fill_uniforms(inputs, seed, run, key)
    digest.update(noise.tobytes() + inputs.tobytes())
    digest.update(np.array(draws.thresholds(seed, run, key, k % 6, k)).tobytes())
print(digest.hexdigest())
"""


@pytest.mark.slow
def test_compiled_or_not_the_draws_are_the_same_and_nothing_warns(child_environment):
    outputs = {
        subprocess.run(
            [sys.executable, "-W", "error", "-c", BITS],
            env={**child_environment, **change},
            capture_output=True,
            check=True,
        ).stdout
        for change in ({}, {"NUMBA_DISABLE_JIT": "1"})
    }
    assert len(outputs) == 1


@pytest.mark.parametrize("has_exits", [False, True])
def test_draws_for_many_nations_are_those_of_each_by_itself(has_exits):
    keys, stages = np.arange(11) * 10**15 - 10**15, np.arange(11) % 7
    forward, leave, shares = np.empty(11), np.empty(11), np.empty(11)
    fill_thresholds(forward, leave, SEED, RUN, keys, stages, has_exits)
    fill_shares(shares, SEED, RUN, keys, KEY, CLIMATE)
    for place, key in enumerate(keys.view(np.uint64)):
        both = thresholds(SEED, RUN, key, stages[place], 0)
        assert forward[place] == both[0]
        assert leave[place] == both[1] if has_exits else leave[place] > 0.0
        assert shares[place] == one_uniform(SEED, RUN, key ^ KEY, CLIMATE, 0)
