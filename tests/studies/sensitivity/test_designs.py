"""Points of sensitivity analyses: how many, which, and how they lie."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.studies.sensitivity.designs import (
    LEAST_BLOCKS,
    MORRIS,
    MOST_BLOCKS,
    SOBOL,
    chain_points,
    points_a_row,
    rows_of,
    shares_at,
    size_of,
    takes_other,
)


@given(
    st.sampled_from([SOBOL, MORRIS]),
    st.integers(1, 60),
    st.integers(1, 10**6),
)
def test_a_design_has_about_as_many_points_as_are_asked_for(
    method: str, n_inputs: int, n_points: int
) -> None:
    size = size_of(method, n_inputs, n_points)
    assert LEAST_BLOCKS <= size.n_blocks <= MOST_BLOCKS
    least = LEAST_BLOCKS * points_a_row(method, n_inputs)
    assert least <= size.n_all <= max(1.6 * n_points, least)
    assert size.n_all >= 0.6 * n_points


@pytest.mark.parametrize("n_inputs", range(1, 6))
def test_points_are_mixtures_of_the_two_of_their_row(n_inputs: int) -> None:
    order = np.array([np.random.default_rng(k).permutation(n_inputs) for k in range(4)])
    takes = takes_other(SOBOL, order)
    assert takes.shape == (4, points_a_row(SOBOL, n_inputs), n_inputs)
    chains = np.take_along_axis(takes, chain_points(order)[:, :, None], axis=1)
    assert (chains == takes_other(MORRIS, order)).all()
    for one, of_row in zip(chains, order, strict=True):
        for length in range(n_inputs + 1):
            assert set(np.flatnonzero(one[length])) == set(of_row[:length])
    alone = takes[:, 2 : 2 + n_inputs] if n_inputs > 1 else takes[:, 1:]
    assert (alone == np.eye(n_inputs, dtype=bool)).all()


def test_points_are_those_of_salib_bit_for_bit() -> None:
    sobol = pytest.importorskip("SALib.sample.sobol")
    problem = {"num_vars": 3, "names": ["a", "b", "c"], "bounds": [[0, 1]] * 3}
    seed = np.random.default_rng((7, 2))
    theirs = sobol.sample(problem, 64, calc_second_order=False, seed=seed)
    ours = shares_at(SOBOL, rows_of(SOBOL, [1] * 3, 64, 7, 2), [1] * 3)
    assert (ours[:, [0, 2, 3, 4, 1]].reshape(-1, 3) == theirs).all()


@pytest.mark.parametrize("method", [SOBOL, MORRIS])
def test_coordinates_of_one_input_go_together(method: str) -> None:
    widths = [2, 1, 3]
    rows = rows_of(method, widths, 4, 0, 0)
    assert rows.one.shape == (4, 6)
    points = shares_at(method, rows, widths)
    is_other = np.isclose(points, rows.other[:, None])
    for begin, width in ((0, 2), (3, 3)):
        of_input = is_other[:, :, begin : begin + width]
        assert (of_input.all(axis=2) | ~of_input.any(axis=2)).all()


def test_blocks_and_seeds_have_points_of_their_own() -> None:
    known = [rows_of(SOBOL, [1, 1], 32, seed, block).one for seed in (0, 1) for block in (0, 1)]
    assert len({each.tobytes() for each in known}) == 4
    again = rows_of(SOBOL, [1, 1], 32, 0, 1)
    assert (again.one == known[1]).all()


@pytest.mark.parametrize("n_rows", [4, 64])
def test_every_coordinate_is_evenly_filled(n_rows: int) -> None:
    rows = rows_of(SOBOL, [1] * 3, n_rows, 0, 0)
    for part in (rows.one, rows.other):
        for column in part.T:
            assert sorted((column * n_rows).astype(int)) == list(range(n_rows))


def test_an_input_without_a_low_and_high_goes_from_any_value_to_any_other() -> None:
    widths, has_ends = [1, 2, 1], [True, False, True]
    rows = rows_of(MORRIS, widths, 512, 3, 0, has_ends)
    stepping = rows_of(MORRIS, widths, 512, 3, 0)
    for part, other in ((rows.one, stepping.one), (rows.other, stepping.other)):
        assert (part[:, [0, 3]] == other[:, [0, 3]]).all()
        assert len(np.unique(part[:, 1:3])) == 2 * 512
        counts = np.histogram(part[:, 1:3], bins=8, range=(0.0, 1.0))[0]
        assert np.abs(counts - 128).max() <= 4.5 * np.sqrt(1024 * (1 / 8) * (7 / 8))
    assert (rows.order == stepping.order).all()


def test_a_step_of_a_trajectory_is_half_the_range_of_one_input() -> None:
    widths = [1, 2, 1]
    rows = rows_of(MORRIS, widths, 16, 3, 0)
    points = shares_at(MORRIS, rows, widths)
    assert points.min() == 0.125
    assert points.max() == 0.875
    steps = np.diff(points, axis=1)
    assert (np.abs(steps[steps != 0.0]) == 0.5).all()
    owners = np.repeat(np.arange(3), widths)
    for of_row, order in zip(steps, rows.order, strict=True):
        for step, moved in zip(of_row, order, strict=True):
            assert set(owners[step != 0.0]) == {moved}
            assert len(set(step[step != 0.0])) == 1  # all numbers of an input step the same way
