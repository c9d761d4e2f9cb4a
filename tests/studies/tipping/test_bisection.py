"""Bisection of all runs at once finds a change of each, and the only one where there is one."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from sim.studies.tipping.bisection import NONE, between, bisect, n_evaluations, n_on_grid


def outcomes_of(patterns: NDArray[np.bool_]):
    """What runs with these outcomes by position answer, and how often they were asked."""
    asked = []

    def holds(positions):
        asked.append(positions)
        return patterns[np.arange(len(patterns)), positions]

    return holds, asked


@given(st.integers(1, 300), st.integers(0, 2**32 - 1), st.booleans())
def test_the_only_change_of_each_run_is_found(last: int, seed: int, rises: bool) -> None:
    thresholds = np.random.default_rng(seed).integers(0, last + 2, size=20)
    patterns = (np.arange(last + 1) >= thresholds[:, None]) == rises
    holds, asked = outcomes_of(patterns)
    found = bisect(holds, 20, last)
    is_inside = (thresholds > 0) & (thresholds <= last)
    assert found.above.tolist() == np.where(is_inside, thresholds, NONE).tolist()
    assert found.below.tolist() == np.where(is_inside, thresholds - 1, NONE).tolist()
    assert found.at_low.tolist() == patterns[:, 0].tolist()
    assert found.at_high.tolist() == patterns[:, -1].tolist()
    assert len(asked) == n_evaluations(last)


@given(st.integers(1, 60), st.integers(0, 2**32 - 1))
def test_whatever_the_runs_do_a_change_that_is_found_is_one(last: int, seed: int) -> None:
    patterns = np.random.default_rng(seed).random((30, last + 1)) < 0.5
    found = bisect(outcomes_of(patterns)[0], 30, last)
    for run, (below, above) in enumerate(zip(found.below, found.above, strict=True)):
        if above == NONE:
            assert below == NONE
            assert patterns[run, 0] == patterns[run, -1]
        else:
            assert 0 <= below < above <= last
            assert patterns[run, below] == patterns[run, 0]
            assert patterns[run, above] != patterns[run, 0]
            assert patterns[run, 0] == patterns[run, -1] or above == below + 1


def test_a_run_that_holds_in_the_middle_alone_is_found_and_bisected() -> None:
    """Success with a condition between two bounds is of this kind."""
    pattern = np.zeros((2, 2561), dtype=bool)
    pattern[0, 1000:1900] = True
    pattern[1, 1281:1290] = True  # too short to be tried
    found = bisect(outcomes_of(pattern)[0], 2, 2560)
    assert found.below[0] < 1000 <= found.above[0] < found.below[0] + 4
    assert found.above[1] == NONE


def test_a_run_that_shows_late_is_known_to_a_sixteenth_of_the_way_at_most() -> None:
    tried = [between(number, 2560) for number in range(12)]
    patterns = np.arange(2561) == np.array(tried)[:, None]  # each holds at one trial alone
    found = bisect(outcomes_of(patterns)[0], 12, 2560)
    assert found.above.tolist() == tried
    assert (found.above - found.below).max() == 160


def test_trials_between_the_ends_cover_them_evenly() -> None:
    tried = sorted([0, *(between(number, 2560) for number in range(12)), 2560])
    assert max(np.diff(tried)) == 320
    assert len(set(tried)) == 14
    assert [between(0, last) for last in (1, 2, 3)] == [0, 1, 1]


@given(st.integers(1, 400), st.integers(2, 41), st.integers(0, 2**32))
def test_the_first_evaluations_are_on_the_grid_whatever_the_outcomes(
    last: int, n_levels: int, seed: int
) -> None:
    grid = np.rint(np.linspace(0, last, min(n_levels, last + 1))).astype(np.int32)
    asked = []

    def at_random(positions):
        asked.append(positions)
        return np.random.default_rng(seed + len(asked)).random(len(positions)) < 0.5

    bisect(at_random, 30, last)
    for positions in asked[: n_on_grid(grid, last)]:
        assert np.isin(positions, grid).all()
