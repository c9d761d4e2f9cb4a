"""The chance of each threshold of success by itself, and the requirement by day."""

from __future__ import annotations

import numpy as np
import pytest

import sim
from sim.results.requirement import requirement_by_day, requirement_chances
from sim.results.success import threshold_chances
from sim.scenario.load import scenario_from_dict
from tests.plots.images import fixed_ensemble
from tests.results.synthetic import made_up, small_scenario


def test_each_chance_is_the_share_of_runs_that_meet_it_on_the_last_day() -> None:
    ensemble = fixed_ensemble()
    met = {
        "public_size": ensemble.size[:, -1] >= 7,
        "requirement_share": ensemble.force.sum(axis=1) >= 0.6 * 20,
        "backing": ensemble.conditions[:, 0] >= 0.6,
        "acceptability": ensemble.conditions[:, 1] >= 0.5,
        "success": ensemble.success_day >= 0,
    }
    found = threshold_chances(ensemble)
    assert [row.name for row in found] == list(met)
    for row in found:
        assert row.chance is not None
        assert row.chance.chance == met[row.name].mean()
        assert row.chance.low <= row.chance.chance <= row.chance.high


def test_from_counts_alone_chances_differ_by_the_runs_of_one_bin_at_most() -> None:
    pairs = zip(
        threshold_chances(fixed_ensemble()),
        threshold_chances(fixed_ensemble("summary")),
        strict=True,
    )
    for exact, counted in pairs:
        assert exact.chance is not None
        assert counted.chance is not None
        if exact.name in ("public_size", "success"):
            assert counted == exact
        else:
            measure = "force" if exact.name == "requirement_share" else f"conditions.{exact.name}"
            most = fixed_ensemble().tally(measure).counts[-1].max()
            assert abs(counted.chance.chance - exact.chance.chance) <= most / 600


def test_without_thresholds_there_is_nothing_to_chance() -> None:
    assert threshold_chances(made_up(scenario_from_dict({"days": 3, "nations": ["GBR"]}), 4)) == []


def test_a_share_of_a_requirement_that_is_drawn_is_not_known() -> None:
    changed = small_scenario().with_changes(
        {"commitment.requirement": {"uniform": [10, 50]}, "success.requirement_share": 0.5}
    )
    rows = {row.name: row for row in threshold_chances(made_up(changed, 20))}
    assert rows["requirement_share"].chance is None
    assert rows["public_size"].chance is not None


def test_the_requirement_changes_on_the_day_of_its_event() -> None:
    events = [{"date": 5, "requirement": {"uniform": [10, 50]}}, {"date": 8, "requirement": 7}]
    form = {"days": 9, "nations": ["GBR"], "commitment": {"requirement": 20}, "events": events}
    found = requirement_by_day(scenario_from_dict(form))
    assert found[4].tolist() == [20, 20, 20]
    assert found[5] == pytest.approx([12, 30, 48])
    assert found[8:].tolist() == [[7, 7, 7]] * 2
    assert (np.diff(found, axis=1) >= 0).all()


def test_the_requirement_by_day_is_that_of_runs_whose_events_have_drawn_dates() -> None:
    events = [
        {"date": {"uniform": [2, 11]}, "requirement": 40},
        {"date": {"dates": {"4": 1, "9": 3}}, "requirement": 10},
        {"date": 6, "requirement": {"uniform": [20, 30]}},
    ]
    form = {"days": 12, "nations": ["GBR"], "commitment": {"requirement": 25}, "events": events}
    scenario = scenario_from_dict(form)
    chances, n_runs = requirement_chances(scenario), 400
    found = np.array([sim.CoalitionModel(scenario, seed=2, run=run) for run in range(n_runs)])
    for day in range(13):
        shares = {str(number): share for number, share in chances[day]}
        assert sum(shares.values()) == pytest.approx(1)
        required = np.array([model.requirement for model in found])
        for number in (40.0, 10.0, 25.0):
            share, seen = shares.get(str(number), 0.0), (required == number).sum()
            assert abs(seen - n_runs * share) <= 4.5 * (n_runs * share * (1 - share)) ** 0.5
        for model in found if day < 12 else ():
            model.step()
    # By hand: by day 4 the first is dated in 3 of 10 runs, and the second, which is later in the
    # file and so prevails on one day, in 1 of 4.
    assert dict(chances[4])[40.0] == pytest.approx(0.3 * 0.75)
    assert dict(chances[4])[10.0] == pytest.approx(0.25)
    assert requirement_by_day(scenario)[4].tolist() == [10, 25, 40]


def test_a_share_that_is_just_met_is_met_as_in_the_model() -> None:
    form = {
        "days": 9,
        "nations": [
            {"id": "GBR", "stage": "pledged", "capacity": {"ground": 9}, "pledge": {"ground": 7}}
        ],
        "contributions": {"ground": {}},
        "commitment": {"requirement": 100},
        "behaviour": {},
        "success": {"requirement_share": 0.07, "hold": 1},
    }
    assert 0.07 * 100 > 7
    rows = threshold_chances(sim.run(scenario_from_dict(form), runs=3))
    assert [row.chance.chance for row in rows if row.chance] == [1.0, 1.0]


def test_a_share_of_all_capacity_is_met_by_counts_alone_as_by_runs() -> None:
    nations = [{"id": name, "stage": "public", "capacity": {"ground": 1}} for name in ("A", "B")]
    scenario = scenario_from_dict(
        {
            "days": 3,
            "nations": nations,
            "contributions": {"ground": {}},
            "behaviour": {},
            "success": {"capacity_public": 1, "hold": 1},
        }
    )
    for keep in ("runs", "summary"):
        threshold, *_ = threshold_chances(sim.run(scenario, runs=10, keep=keep))
        assert threshold.chance is not None
        assert threshold.chance.chance == 1.0, keep


def test_a_requirement_that_is_another_in_few_runs_is_random() -> None:
    scenario = scenario_from_dict(
        {
            "days": 8,
            "nations": ["A"],
            "behaviour": {},
            "events": [{"date": {"dates": {8: 97, 9: 3}}, "requirement": 5}],
            "success": {"requirement_share": 1, "hold": 1},
        }
    )
    threshold, *_ = threshold_chances(sim.run(scenario, runs=10))
    assert threshold.chance is None
