"""Elementary effects are those of Morris, as SALib finds them, and tell luck apart."""

from __future__ import annotations

import numpy as np
import pytest

from sim.studies.sensitivity.designs import MORRIS, Reals, rows_of, shares_at
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
    assert found.ranks.low[0] == pytest.approx(1.0)


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
