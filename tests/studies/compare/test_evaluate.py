"""From paired runs to differences: against the same worked out from the runs themselves."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ttest_1samp

from sim.studies.compare.evaluate import evaluated
from sim.studies.compare.paired_counts import days_until_public
from tests.results.synthetic import small_scenario
from tests.studies.compare.scenarios import made_up_runs, paired, rows_of


@pytest.mark.parametrize("n_runs", [2, 6, 50])
def test_days_have_the_interval_and_the_test_of_student_over_the_runs(n_runs: int) -> None:
    """Few runs, so that a variance over n in place of n - 1 would show."""
    base = small_scenario(7, 30)
    other = base.with_changes({"nations.N02.stake": 0.9})
    ensembles = [made_up_runs(each, n_runs) for each in (base, other)]
    [found] = evaluated(paired(*ensembles), (base, other), ("base", "other"))
    was, now = (days_until_public(rows_of(each)) for each in ensembles)
    n_checked = 0
    for nation in found.nations:
        place = ensembles[0].nations.index(nation.nation)
        days = (now - was)[:, place].astype(float)
        assert nation.days == pytest.approx(days.mean(), rel=1e-12)
        if np.ptp(days) == 0:
            continue
        test = ttest_1samp(days, 0.0)
        ends = test.confidence_interval(0.95)
        assert (nation.days_low, nation.days_high) == pytest.approx(tuple(ends), rel=1e-9)
        assert nation.days_p_value == pytest.approx(test.pvalue, rel=1e-9)
        n_checked += 1
    assert n_checked >= 2


def test_one_scenario_under_two_names_differs_in_nothing_and_that_is_known() -> None:
    """From the runs alone the interval of a chance would have a width."""
    base = small_scenario(7, 30)
    twin = base.with_changes({"title": "Under another name"})
    runs = made_up_runs(base, 6)
    [found] = evaluated(paired(runs, runs), (base, twin), ("base", "twin"))
    ends = [(each.low, each.high, each.days_low, each.days_high) for each in found.nations]
    assert ends == [(0, 0, 0, 0)] * 7
