"""What is kept of paired runs is what the runs hold, whatever the blocks."""

from __future__ import annotations

import numpy as np
import pytest

from sim.core.stages import DEPLOYED, PUBLIC
from sim.results.records import SIZE_MEASURES
from sim.scenario.load import scenario_from_dict
from sim.studies.compare.paired_counts import days_until_public, in_both
from tests.results.synthetic import small_scenario
from tests.studies.compare.scenarios import gathered_in, made_up_runs, paired, rows_of


@pytest.fixture
def scenarios() -> list:
    """Two scenarios with six nations in common, in another order."""
    base = small_scenario(7, 30)
    form = base.full()
    nations = [form["nations"][place] for place in (5, 0, 1, 2, 3, 4)]
    other = {**form, "nations": [*nations, {**form["nations"][6], "id": "ELSE"}]}
    return [base, scenario_from_dict(other)]


def test_what_is_kept_is_what_the_runs_hold(scenarios: list) -> None:
    base, other = (made_up_runs(scenario, 50) for scenario in scenarios)
    found = paired(base, other)
    counted = found.paired[0]
    for place, name in enumerate(SIZE_MEASURES):
        sizes = getattr(base, name).astype(int), getattr(other, name).astype(int)
        assert (found.alone[1].size_sums[place] == sizes[1].sum(axis=0)).all()
        for day in (0, 7, 30):
            differences = sizes[1][:, day] - sizes[0][:, day]
            counts = counted.differences[place, day]
            expected = [(differences == value).sum() for value in range(-7, 8)]
            assert counts.tolist() == expected
    for row, nation in enumerate(base.nations[:6]):
        there = other.nations.index(nation)
        was = np.isin(base.stage[:, row], range(PUBLIC, DEPLOYED + 1))
        now = np.isin(other.stage[:, there], range(PUBLIC, DEPLOYED + 1))
        assert counted.gained[row] == (~was & now).sum()
        assert counted.lost[row] == (was & ~now).sum()
        days = (
            days_until_public(rows_of(other))[:, there] - days_until_public(rows_of(base))[:, row]
        )
        assert counted.squares[row] == (days**2).sum()


def test_days_until_public_are_the_days_at_whose_end_a_nation_has_not_been_public_yet() -> None:
    """The area under the curve of not yet being public: with nobody leaving, from the stages."""
    ensemble = made_up_runs(small_scenario(7, 30), 40)
    days = days_until_public(rows_of(ensemble))
    first = ensemble.first_day[:, :, PUBLIC : DEPLOYED + 1].astype(int)
    for run, nation in np.ndindex(days.shape):
        reached = [day for day in first[run, nation] if day >= 0]
        not_yet = [day for day in range(31) if not reached or day < min(reached)]
        assert days[run, nation] == len(not_yet)


@pytest.mark.parametrize("sizes", [[10, 20, 5], [1, 34]])
def test_blocks_add_up_to_what_their_runs_hold_together(scenarios: list, sizes: list[int]) -> None:
    found = gathered_in(sizes, scenarios)
    assert found.n_runs == 35
    blocks, first = [], 0
    for size in sizes:
        blocks.append(paired(*(made_up_runs(each, size, first) for each in scenarios)))
        first += size
    for name in ("differences", "gained", "lost", "squares"):
        parts = [getattr(block.paired[0], name) for block in blocks]
        assert (getattr(found.paired[0], name) == sum(parts)).all()
    for name, values in found.alone[1].outcomes.items():
        parts = [block.alone[1].outcomes[name][0] for block in blocks]
        assert np.concatenate(values).tolist() == np.concatenate(parts).tolist()


def test_names_in_both_are_found_in_the_order_of_the_first() -> None:
    assert in_both(["a", "b", "c"], ["c", "d", "a"]) == ([0, 2], [2, 0])
    assert in_both(["a"], ["b"]) == ([], [])
