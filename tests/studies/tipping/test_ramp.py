"""Ramps: their steps, what stays of the scenario, when runs turn, and the loop of a mean field."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest

from sim.engines.run import run
from sim.results.estimates import mean_of
from sim.scenario.load import load_scenario, scenario_from_dict
from sim.studies.design.outcomes import find_outcomes
from sim.studies.tipping.levels import AlongError, levels_from
from sim.studies.tipping.loop import Hysteresis, loop_of, within
from sim.studies.tipping.ramp import (
    Passages,
    Ramp,
    RampRuns,
    bar_of,
    check_ramp,
    ramp_scenario,
    ramps_of,
)
from tests.studies.tipping.mean_field import PATH, branch, ends, mean_field

PARIS = load_scenario("paris_2025")


def test_steps_are_of_even_length_and_the_way_down_mirrors_the_way_up() -> None:
    ramp = Ramp(lead=10, days=7, n_steps=3)
    assert [ramp.step_day(step) for step in range(1, 7)] == [11, 13, 15, 18, 20, 22]
    assert ramp.step_ends() == [10, 12, 14, 17, 19, 21, 24]
    assert ramp.step_of(np.arange(7)).tolist() == [1, 1, 2, 2, 3, 3, 3]


@pytest.mark.parametrize(
    ("path", "low", "high"),
    [(PATH, 0.2, 0.7), ("tempo", 0.5, 2.0), ("commitment.requirement", 10, 60)],
)
def test_events_take_the_path_to_each_level_of_the_way(path: str, low: float, high: float) -> None:
    scenario = mean_field(3, 0.1, 0, 1, 0.4, days=5)
    levels, ramp = levels_from(scenario, path, (low, high)), Ramp(5, 4, 2)
    found = ramp_scenario(scenario, levels, ramp)
    assert (found.days, found.parameter(path).value) == (13, low)
    events = [event for event in found.events if event.date > 5]
    assert [event.date for event in events] == [6, 8, 10, 12]
    middle = float(levels.at(np.array([0.5]))[0])
    course = [low, middle, high, middle, low]
    for event, before, after in zip(events, course, course[1:], strict=False):
        if path == PATH:
            odds = np.log(after / (1 - after)) - np.log(before / (1 - before))
            assert event.shift == pytest.approx(odds)
        elif path == "tempo":
            assert event.shift == pytest.approx(np.log(after / before))
        else:
            assert event.requirement == after


def test_the_condition_has_the_level_of_its_step() -> None:
    scenario = mean_field(2, 0.0, 0, 0, 0.4, days=3)
    levels, ramp = levels_from(scenario, PATH, (0.25, 0.75)), Ramp(3, 4, 2)
    found = run(ramp_scenario(scenario, levels, ramp), runs=1)
    table = found.days_table()
    days = table[table["measure"].str.contains("backing")]["mean"].to_numpy()
    assert days[ramp.step_ends()] == pytest.approx([0.25, 0.5, 0.75, 0.5, 0.25], abs=1e-3)


def test_events_that_were_drawn_too_late_do_not_happen_in_longer_runs() -> None:
    """They would put every nation in the coalition at once."""
    form = {
        "days": 5,
        "nations": [{"id": "A"}, {"id": "B"}],
        "conditions": {"backing": {"level": 0.5}},
        "behaviour": {},
        "events": [{"date": {"dates": [2, 9]}, "move": ["A", "B"], "to": "public"}],
    }
    scenario = scenario_from_dict(form)
    levels, ramp = levels_from(scenario, PATH, (0.2, 0.8)), Ramp(5, 10, 5)
    size = RampRuns(scenario, levels, ramp).passages(0, 0, 64, (0, 1.0), True).size
    alone = run(scenario, runs=64)
    assert (size == alone.size[:, -1:]).all()
    assert set(size[:, 0]) == {0, 2}


def test_the_lead_is_the_scenario_at_the_low_end_to_the_last_bit() -> None:
    levels, ramp = levels_from(PARIS, "conditions.us_backing.level", (0.3, 0.8)), Ramp(180, 20, 20)
    found = RampRuns(PARIS, levels, ramp).passages(3, 5, 40, (0, 15.0), True)
    alone = run(PARIS.with_value(levels.path, 0.3), runs=40, seed=3, first_run=5)
    assert found.size[:, 0].tolist() == alone.size[:, -1].tolist()
    assert (found.up == 0).tolist() == (alone.size[:, -1] >= 15).tolist()


def test_passages_become_levels_between_two_steps() -> None:
    levels = levels_from(PARIS, "conditions.us_backing.level", (0.2, 0.6))
    ramp = Ramp(10, 8, 4)  # at 0.2, 0.3, 0.4, 0.5, 0.6
    up = np.array([0, 1, 3, -1, 2], dtype=np.int32)
    down = np.array([-1, 1, 4, 0, 0], dtype=np.int32)
    loop = loop_of(Passages(up, down, np.zeros((5, 9), dtype=np.int32)), ramp, levels)
    assert within(loop.up) == pytest.approx([0.2, 0.25, 0.45, 0.6, 0.35])
    # Never lost; between 0.6 and 0.5; between 0.3 and 0.2; not held at the top, twice.
    assert within(loop.down) == pytest.approx([0.2, 0.55, 0.25, 0.6, 0.6])
    assert loop.gaps() == pytest.approx([0, -0.3, 0.2, 0, -0.25])
    assert loop.course == pytest.approx([0.2, 0.3, 0.4, 0.5, 0.6, 0.5, 0.4, 0.3, 0.2])
    assert loop.up.quantile(0.9).level == inf
    assert loop.down.quantile(0.1).level == -inf


def test_a_gap_that_shrinks_with_the_speed_is_lag_and_one_that_stays_is_not() -> None:
    """Gaps of known form: a constant, and a lag that grows as the power 2/3 of the speed."""
    levels = levels_from(PARIS, "conditions.us_backing.level", (0.1, 0.9))
    random = np.random.default_rng(1)

    def hysteresis(constant: float, power: float) -> Hysteresis:
        loops = []
        for days in (4000, 2000, 1000):
            gap = constant + 0.3 * (1000 / days) ** power + random.normal(0, 0.01, 100)
            ramp = Ramp(1, days, 100)
            up, down = (np.rint(100 * (0.5 + sign * gap / 1.6)) for sign in (1, -1))
            passages = Passages(
                up.astype(np.int32),
                (101 - down).astype(np.int32),
                np.zeros((100, 201), dtype=np.int32),
            )
            loops.append(loop_of(passages, ramp, levels))
        return Hysteresis(tuple(loops), "size>=1")

    kept = hysteresis(0.1, 2 / 3)
    assert kept.is_more_than_lag()
    assert kept.gap_without_lag().mean == pytest.approx(0.1, abs=0.012)
    for power in (2 / 3, 1.0):
        assert not hysteresis(0.0, power).is_more_than_lag()
    assert hysteresis(0.1, 1.0).gap_without_lag(1.0).mean == pytest.approx(0.1, abs=0.012)


def test_the_mean_of_a_single_run_has_no_interval() -> None:
    assert np.isnan(mean_of(np.array([0.5])).low)


@pytest.mark.parametrize(
    ("path", "said"),
    [("nations.*.stake", "no event moves it"), ("behaviour.declare.rate", "no event moves it")],
)
def test_a_path_that_no_event_moves_has_no_way_back(path: str, said: str) -> None:
    ends_ = (0.1, 0.9)
    with pytest.raises(AlongError, match=said):
        check_ramp(levels_from(PARIS, path, ends_))


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        ("public.POL", "must be success, size>=NUMBER"),
        ("size@90>=20", "must be success, size>=NUMBER"),
        ("conditions.us_backing>=0.5", "must be success, size>=NUMBER"),
    ],
)
def test_only_a_size_is_followed_up_and_down(outcome: str, said: str) -> None:
    with pytest.raises(AlongError, match=said):
        bar_of(find_outcomes([outcome], PARIS)[0], PARIS)


def test_of_success_the_size_that_it_needs_is_followed() -> None:
    assert bar_of(find_outcomes(["success"], PARIS)[0], PARIS) == (0, 20.0)
    assert bar_of(find_outcomes(["firm_size>=7"], PARIS)[0], PARIS) == (2, 7.0)
    without = PARIS.with_changes({"success.public_size": None})
    with pytest.raises(AlongError, match="success has no public_size here"):
        bar_of(find_outcomes(["success"], without)[0], without)


def test_ramps_that_are_too_short_or_too_long_are_refused() -> None:
    with pytest.raises(AlongError, match="ramp: 7 days must be at least 8"):
        ramps_of(PARIS, 7)
    with pytest.raises(AlongError, match="must be at most 18,160, up and as many down"):
        ramps_of(PARIS, 18_161)
    assert ramps_of(PARIS, 8)[-1] == Ramp(180, 2, 2)


# A mean field, of which the loop is known


def loops(scenario, low, high, days, runs):
    levels = levels_from(scenario, PATH, (low, high))
    bar = 0, len(scenario.nations) / 2
    found = [
        loop_of(RampRuns(scenario, levels, ramp).passages(0, 0, runs, bar, True), ramp, levels)
        for ramp in ramps_of(scenario, days)
    ]
    return Hysteresis(tuple(found), f"size>={bar[1]:g}")


def test_without_bistability_the_gap_is_lag() -> None:
    scenario = mean_field(150, 0.05, peers=1.2, pressure=2, low=0.25, days=40)
    found = loops(scenario, 0.25, 0.75, 160, runs=64)
    assert mean_of(found.slowest.gaps()).low > 0  # it lags
    assert not found.is_more_than_lag()


def test_with_bistability_the_gap_is_more_than_lag() -> None:
    scenario = mean_field(150, 0.05, peers=3, pressure=2, low=0.2, days=40)
    found = loops(scenario, 0.2, 0.8, 1600, runs=16)
    assert found.is_more_than_lag()


@pytest.mark.slow
def test_the_ends_of_a_mean_field_are_those_of_its_equation() -> None:
    """Within 0.02 at 2,000 nations; what is left is the time in the talks, and noise."""
    peers, pressure = 3.0, 2.0
    scenario = mean_field(2000, 0.01, peers, pressure, low=0.25, days=200)
    found = loops(scenario, 0.25, 0.75, 8000, runs=8)
    up, down = found.ends_without_lag()
    lost, gained = ends(peers, pressure)
    assert up.mean == pytest.approx(gained, abs=0.02)
    assert down.mean == pytest.approx(lost, abs=0.02)
    gap = found.gap_without_lag()
    assert gap.low < gained - lost < gap.high
    assert found.is_more_than_lag()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("level", "is_upper"),
    [(0.3, False), (0.55, False), (0.59, False), (0.41, True), (0.45, True), (0.7, True)],
)
def test_the_branches_of_a_mean_field_are_those_of_its_equation(
    level: float, is_upper: bool
) -> None:
    """Within 0.02 at 2,000 nations, at levels up to 0.014 from the end of the branch."""
    scenario = mean_field(2000, 0.002, 3.0, 2.0, level, days=6000)
    if is_upper:
        scenario = scenario.with_changes({"nations.*.stage": "public"})
    share = run(scenario, runs=4).size[:, 4000:].mean() / 2000
    assert share == pytest.approx(branch(3.0, 2.0, level, is_upper), abs=0.02)
