"""What a few runs at every level tell: which are not monotone, and the level of each nation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import sim
from sim.studies.tipping.bisection import bisect
from sim.studies.tipping.scan import Scan, changes_of, nation_levels, share_of, turns_of
from sim.studies.tipping.thresholds import thresholds_of
from tests.studies.tipping.one_nation import PATH, one_nation
from tests.studies.tipping.test_thresholds import levels_of


def scan_of(fine, rises: bool = True, last: int = 2560) -> Scan:
    """A scan and a bisection of runs whose outcomes at each position of the lattice are given."""
    levels = levels_of(0.0, 1.0, last)
    changes = bisect(lambda at: fine[np.arange(len(fine)), at], len(fine), last)
    holds = fine[:, levels.grid()]
    lowest = thresholds_of(changes_of(turns_of(holds)), rises, levels.on_grid())
    return Scan(holds, lowest, thresholds_of(changes, rises, levels), rises)


def steps(*runs, last: int = 2560):
    """Outcomes by position of runs that hold between pairs of levels."""
    at = np.arange(last + 1) / last
    return np.array([np.any([(a <= at) & (at < b) for a, b in run], axis=0) for run in runs])


def test_a_run_that_turns_once_in_the_common_direction_is_monotone() -> None:
    found = scan_of(steps([(0.3, 2)], [(0, 2)], [(3, 4)], [(0, 0.5)], [(0.2, 0.4), (0.6, 2)]))
    assert found.is_monotone.tolist() == [True, True, True, False, False]
    assert found.not_monotone().mean == 0.4
    mirrored = scan_of(~steps([(0.3, 2)], [(0, 0.5)]), rises=False)
    assert mirrored.is_monotone.tolist() == [True, False]


def test_the_lowest_crossing_counts_and_how_often_it_is_missed_is_told() -> None:
    # 0.1 to 0.2 is not where the first halvings look: they find the crossing at 0.55.
    found = scan_of(steps([(0.3, 2)], [(0.1, 0.2), (0.55, 2)], [(0.2, 0.8)], [(0.9, 2)]))
    assert found.lowest.above.tolist() == [12, 4, 8, 36]
    assert found.found.above.tolist() == [768, 1408, 512, 2304]
    assert found.missed().mean == 0.25
    lowered = found.lowered()
    assert lowered.mean == pytest.approx((0.0875 - 0.55) / 4, abs=1e-3)
    assert lowered.low < lowered.mean < lowered.high


def test_a_scan_agrees_with_bisection_where_all_is_monotone() -> None:
    random = np.random.default_rng(2).uniform(-0.2, 1.2, 300)
    found = scan_of(np.arange(2561) / 2560 >= random[:, None])
    assert found.not_monotone().mean == found.missed().mean == 0
    assert found.not_monotone().high == pytest.approx(1 - 0.025 ** (1 / 300))
    assert found.lowered().mean == 0


def test_a_level_on_the_grid_is_not_taken_for_another() -> None:
    """A run that turns exactly at a level of the grid, at the low end, or never."""
    fine = np.arange(2561) >= np.array([64, 0, 2560, 2561])[:, None]
    assert scan_of(fine).missed().mean == 0


def test_whole_numbers_with_a_coarse_grid_agree_too() -> None:
    fine = np.arange(180) >= np.arange(0, 181, 3)[:, None]
    assert scan_of(fine, last=179).missed().mean == 0


def test_each_nation_has_a_direction_and_a_level_of_its_own() -> None:
    grid = levels_of(0.0, 1.0, 40)
    at = grid.values
    joins = at >= np.array([0.0, 0.3, 0.5, 0.7, 2.0])[:, None]
    found = nation_levels("A", "Aland", turns_of(joins), grid)
    assert (found.rises, found.not_monotone.mean) == (True, 0.0)
    assert found.thresholds.quantile(0.5).level == pytest.approx(0.4875)
    assert (found.thresholds.share_always, found.thresholds.share_never) == (0.2, 0.2)
    leaves = nation_levels("B", "B", turns_of(~joins), grid)
    assert (leaves.rises, leaves.not_monotone.mean) == (False, 0.0)
    assert leaves.thresholds.quantile(0.5).level == pytest.approx(0.4875)
    mixed = joins.copy()
    mixed[1] = (at > 0.2) & (at < 0.6)
    mixed[4] = at < 0.5
    assert nation_levels("C", "C", turns_of(mixed), grid).not_monotone.mean == 0.4


def test_a_share_has_its_exact_interval() -> None:
    found = share_of(np.array([True] + [False] * 19))
    assert (found.mean, round(found.low, 4), round(found.high, 4)) == (0.05, 0.0013, 0.2487)


@pytest.mark.parametrize(("n_again", "is_mostly_monotone"), [(0, True), (2, True), (3, False)])
def test_up_to_one_run_in_twenty_may_turn_again(n_again: int, is_mostly_monotone: bool) -> None:
    found = sim.tipping(one_nation(), PATH, runs=40)
    again = np.arange(41) == 30
    holds = found.scan.holds.copy()
    holds[:n_again] = (np.arange(41) >= 10) & ~again
    made_up = replace(found, scan=replace(found.scan, holds=holds))
    assert made_up.scan.not_monotone().mean == n_again / 40
    assert made_up.is_mostly_monotone == is_mostly_monotone
