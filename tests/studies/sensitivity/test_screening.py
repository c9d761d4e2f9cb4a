"""Elementary effects are those of Morris, as SALib finds them, and tell luck apart."""

from __future__ import annotations

import numpy as np
import pytest

from sim.studies.sensitivity.designs import (
    MEAN_DISTANCE,
    MORRIS,
    Reals,
    rows_of,
    shares_at,
)
from sim.studies.sensitivity.draws import DrawPart
from sim.studies.sensitivity.screening import Screening, screening, screening_means


def screened(values_at: object, widths: list[int], n_rows: int = 8, n_lucks: int = 4) -> Screening:
    """Elementary effects of a function of points and lucks."""
    blocks = []
    for block in range(16):
        rows = rows_of(MORRIS, widths, n_rows, 0, block)
        points = shares_at(MORRIS, rows, widths)
        lucks = block * n_lucks + np.arange(n_lucks)
        values = values_at(points.reshape(-1, sum(widths)), lucks)  # type: ignore[operator]
        blocks.append(screening_means(values.reshape(*points.shape[:2], -1), rows, widths))
    return screening(blocks)


def bent(points: Reals, lucks: Reals) -> Reals:
    return np.asarray(
        (points[:, :1] + 3.0 * points[:, 1:2] * points[:, 2:3] - points[:, 2:3]) + 0.0 * lucks
    )


def test_effects_are_those_of_salib() -> None:
    analysis = pytest.importorskip("SALib.analyze.morris")
    points = np.concatenate(
        [shares_at(MORRIS, rows_of(MORRIS, [1] * 3, 8, 0, b), [1] * 3) for b in range(16)]
    ).reshape(-1, 3)
    names = ["a", "b", "c"]
    problem = {"num_vars": 3, "names": names, "bounds": [[0.125, 0.875]] * 3}
    scaled = {"num_vars": 3, "names": names, "bounds": [[0, 1]] * 3, "groups": None}
    values = bent(points, np.zeros(1))[:, 0]
    theirs = analysis.analyze(problem | scaled, points, values, num_levels=4, scaled=False, seed=1)
    ours = screened(bent, [1] * 3)
    # SALib divides by a step of p / (2 (p - 1)) = 2/3 of a grid from 0 to 1; ours is 1/2.
    scale = (2.0 / 3.0) / 0.5
    assert ours.effect.estimate / scale == pytest.approx(np.asarray(theirs["mu"]), abs=1e-9)
    assert ours.size.estimate / scale == pytest.approx(np.asarray(theirs["mu_star"]), abs=1e-9)
    assert ours.spread.estimate / scale == pytest.approx(np.asarray(theirs["sigma"]), rel=0.02)


def test_a_straight_line_has_its_slopes_and_no_spread() -> None:
    found = screened(lambda x, w: 2.0 * x[:, :1] - x[:, 1:2] + np.sin(w), [1, 1])
    assert found.effect.estimate == pytest.approx([2.0, -1.0])
    assert found.size.estimate == pytest.approx([2.0, 1.0])
    assert found.spread.estimate == pytest.approx([0.0, 0.0], abs=1e-7)
    assert found.leads.low[0] == pytest.approx(1.0)


def test_what_luck_turns_round_has_a_size_and_no_effect_on_the_mean() -> None:
    def outcome(x: Reals, lucks: Reals) -> Reals:
        return np.asarray(x[:, :1] * np.where(lucks % 2 == 0, 1.0, -1.0) + 0.0 * x[:, 1:])

    found = screened(outcome, [1, 1])
    assert found.size.estimate == pytest.approx([1.0, 0.0])
    assert found.effect.estimate == pytest.approx([0.0, 0.0], abs=1e-12)
    assert found.spread.estimate == pytest.approx([0.0, 0.0])


def test_numbers_of_a_group_step_together() -> None:
    found = screened(lambda x, w: x.sum(axis=1)[:, None] + 0.0 * w, [3, 1])
    assert found.effect.estimate == pytest.approx([3.0, 1.0])


def test_lines_of_a_table_that_four_levels_would_miss_are_found() -> None:
    """Only lines 40 to 60 of 100 are different; two lines differ in 2 x 0.2 x 0.8 of all pairs."""
    lines = np.arange(100.0)
    part = DrawPart(("number",), lines[:, None], (lines + 1.0) / 100.0)
    has_ends, widths, blocks = [False, True], [1, 1], []
    for block in range(16):
        rows = rows_of(MORRIS, widths, 64, 0, block, has_ends)
        line = part.at(shares_at(MORRIS, rows, widths)[:, :, 0].ravel())[:, 0]
        values = ((line >= 40) & (line < 60)).astype(float).reshape(64, 3, 1)
        means = screening_means(np.repeat(values, 2, axis=2), rows, widths, has_ends)
        blocks.append(means)
    found, share = screening(blocks), 2.0 * 0.2 * 0.8
    error = np.sqrt(share * (1.0 - share) / (16 * 64)) / MEAN_DISTANCE
    assert found.size.estimate[0] == pytest.approx(share / MEAN_DISTANCE, abs=4.5 * error)
    assert found.size.estimate[1] == 0.0
    assert np.isnan(found.effect.estimate[0])
    assert found.spread.estimate[0] == pytest.approx(np.sqrt(share) / MEAN_DISTANCE, rel=0.2)


def test_a_number_without_a_low_and_high_has_the_size_of_one_that_has_them() -> None:
    has_ends, widths = [False, True], [1, 1]
    rows = rows_of(MORRIS, widths, 4096, 0, 0, has_ends)
    points = shares_at(MORRIS, rows, widths)
    values = points.sum(axis=2)[:, :, None].repeat(2, axis=2)
    means = screening_means(values, rows, widths, has_ends)
    error = np.sqrt((1.0 / 6.0 - 1.0 / 9.0) / 4096) / MEAN_DISTANCE
    assert means["size"][0] == pytest.approx(1.0, abs=4.5 * error)
    assert means["size"][1] == pytest.approx(1.0)


def test_the_largest_is_set_against_every_other_input() -> None:
    noisy = np.where(np.arange(16) % 2 == 0, 3.8, -2.2)  # 0.8 on average
    blocks = [
        {
            "mean": np.asarray(0.0),
            "effect": np.zeros(3),
            "size": np.array([1.0, 0.9, third]),
            "square": np.ones(3),
        }
        for third in noisy
    ]
    leads = screening(blocks).leads
    assert leads.estimate == pytest.approx([0.1, 0.2])
    assert leads.low[0] == pytest.approx(0.1)
    assert leads.low[1] < 0
