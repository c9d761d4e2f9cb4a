"""Day 0: what is drawn, where nations stand, and that nothing is left of the run before."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import sim
from sim.core.draws import INITIAL_LAW, one_uniform, stable_key
from sim.core.kernel.memory import new_worlds
from sim.core.kernel.simulate import simulate_runs
from sim.core.kernel.start import begin, begin_first
from sim.core.kernel.world import LANES, RunKey, world_in
from sim.core.stages import STAGES
from sim.engines.block_runner import new_workspace
from sim.scenario.arrays.numbers import arrays_of
from tests.core.kernel.restless import worlds
from tests.core.kernel.worlds import Story, nation, small
from tests.core.pace import FEW, at_pace


def state(worlds):
    """Every number of a world after a run, bit for bit, but what no later run looks at.

    That is scratch, moves already counted, sizes and force on days on which they did not change,
    and first days at stages that were not visited; those at others are compared as records.
    """
    world = world_in(worlds, 0)
    at = world.at
    whole = np.delete(world.whole, np.s_[at.groups_by_day : at.stage])
    numbers = world.real[: at.noise], whole, world.now, world.shared[::LANES]
    return [each.tobytes() for each in numbers]


@FEW
@given(worlds(), st.integers(0, 2**32))
def test_a_run_does_not_depend_on_the_run_before_it(world, run):
    arrays = arrays_of(world)
    (used, used_sums), (fresh, fresh_sums) = new_workspace(arrays), new_workspace(arrays)
    seed = np.uint64(1)
    simulate_runs(1, used, RunKey(seed, np.uint64(run + 1)), used_sums)
    simulate_runs(1, used, RunKey(seed, np.uint64(run)), used_sums)
    simulate_runs(1, fresh, RunKey(seed, np.uint64(run)), fresh_sums)
    assert state(used) == state(fresh)


@pytest.mark.parametrize(("decline", "alone"), [(0.0, 1), (0.1, 0)])
def test_whether_peers_alone_are_felt_is_found_anew_in_every_run(decline, alone):
    """If it stayed 0 after a run with exits, no bit would change: it would only take longer."""
    behaviour = {"declare": {"rate": 0.1, "peers": 1.0}, "decline": {"willing": {"rate": decline}}}
    story = Story(small([nation("A", "willing")], behaviour=behaviour))
    for left_behind in (0, 1):
        story.world.now.peers_alone = left_behind
        begin(story.world, story.run_key)
        assert story.world.now.peers_alone == alone


@FEW
@given(worlds(), st.integers(0, 2**32))
def test_a_run_begun_from_python_is_the_first_of_its_worlds(world, run):
    arrays = arrays_of(world)
    one, other = new_workspace(arrays).worlds, new_workspace(arrays).worlds
    run_key = RunKey(np.uint64(1), np.uint64(run))
    begin(world_in(one, 0), run_key)
    begin_first(other, run_key)
    assert state(one)[:2] == state(other)[:2]  # the record has parts that only a day writes


def test_the_initial_stage_is_drawn_once_a_run_by_the_chances_given():
    chances = {"talks": 0.6, "willing": 0.3, "left": 0.1}
    runs = at_pace(20_000, 100)
    ensemble = sim.run(small([nation("A", chances)], days=1), runs=runs, seed=3, workers=1)
    observed = [np.sum(ensemble.stage[:, 0] == STAGES.index(stage)) for stage in chances]
    assert sum(observed) == runs
    expected = [runs * chance for chance in chances.values()]
    assert stats.chisquare(observed, expected).pvalue > 1e-5
    assert np.all(ensemble.first_day[np.arange(runs), 0, ensemble.stage[:, 0]] == 0)


@pytest.mark.slow
def test_dispositions_and_the_climate_are_independent_standard_normals():
    world, runs = small(["A", "B"], days=1), at_pace(3_000, 300)
    drawn = np.empty((runs, 3))
    for run in range(runs):
        story = Story(world, seed=1, run=run)
        drawn[run] = *story.part("disposition", 2), story.world.now.climate
    assert all(stats.kstest(column, "norm").pvalue > 1e-5 for column in drawn.T)
    correlation = stats.spearmanr(drawn).statistic
    assert np.all(np.abs(correlation - np.eye(3)) < 4.5 / math.sqrt(runs))


def test_a_climate_and_a_disposition_that_are_given_are_not_drawn():
    free = Story(small(["A", "B"], days=1), seed=1)
    given = Story(small([nation("A", disposition=-1.2), "B"], days=1, climate=0.8), seed=1)
    assert given.world.now.climate == 0.8
    assert free.world.now.climate != 0.8
    assert given.part("disposition", 2)[0] == -1.2
    assert given.part("disposition", 2)[1] == free.part("disposition", 2)[1]


def test_a_stage_in_the_inputs_replaces_the_one_that_is_drawn():
    scenario = small([nation("A", {"talks": 0.5, "willing": 0.5}), nation("B", "talks")])
    arrays = arrays_of(scenario)
    inputs = arrays.inputs._replace(given_stage=np.array([STAGES.index("pledged"), np.nan]))
    world = world_in(new_worlds(arrays.structure, inputs, most=1), 0)
    begin(world, RunKey(np.uint64(1), np.uint64(0)))
    assert world.whole[world.at.stage :][:2].tolist() == [4, 1]
    assert world.now.n_firm == 1


def test_a_condition_starts_at_its_level_unless_a_start_is_given():
    conditions = {"one": {"level": 0.3}, "two": {"level": 0.3, "start": 0.8}}
    assert Story(small(["A"], conditions=conditions)).conditions() == pytest.approx([0.3, 0.8])


def test_a_drawn_level_without_a_start_is_where_the_run_starts():
    world = small(["A"], conditions={"one": {"level": {"uniform": [0.2, 0.9]}}})
    for run in range(3):
        story = Story(world, run=run)
        assert story.conditions() == pytest.approx(list(story.part("level", 1)), rel=1e-14)


def test_a_start_may_be_drawn_apart_from_the_level():
    drawn = {"uniform": [0.2, 0.9]}
    world = small(["A"], conditions={"one": {"level": drawn, "start": drawn, "speed": 0.1}})
    story = Story(world)
    assert story.conditions()[0] != pytest.approx(story.part("level", 1)[0], rel=1e-3)
    assert story.conditions() == pytest.approx(list(story.part("start", 1)), rel=1e-14)


def test_a_nation_that_starts_with_a_stated_pledge_gives_just_that():
    stated = {"ground": 3, "air": 0}
    capacity = {"ground": 9, "air": 9}
    world = small(
        [nation("A", {"pledged": 0.5, "talks": 0.5}, capacity=capacity, pledge=stated)],
        contributions={"ground": {"weight": 2}, "air": {}},
    )
    pledges = {tuple(Story(world, run=run).pledge("A")) for run in range(20)}
    assert pledges == {(6.0, 0.0), (0.0, 0.0)}


def test_those_who_start_public_are_felt_by_their_peers_but_not_as_momentum():
    behaviour = {"resolve": {"rate": 0.01, "peers": 1.0, "momentum": 100.0}}
    world = small([nation("W", "talks"), nation("A", "pledged"), "B"], behaviour=behaviour)
    forward, _ = Story(world).hazards_of_tomorrow("W")
    assert math.log(forward / 0.01) == pytest.approx(0.5, abs=1e-11)


def test_size_counts_against_the_largest_capacity_in_force_units():
    nations = [
        nation("A", capacity={"ground": 4, "air": 2}),
        nation("B", capacity={"ground": 1}),
        nation("C"),
    ]
    kinds = {"ground": {"weight": 0.5}, "air": {"weight": 3}}
    world = small(nations, contributions=kinds, commitment={"scale": 2})
    factors = Story(world).part("size_factor", 3)
    assert factors == pytest.approx([1.0, (0.5 / 8) ** 2, 0.0], rel=1e-14)


def test_the_initial_law_draws_the_stages_that_are_not_given():
    law = {"talks": {"odds": 3, "bond": 2}, "willing": {"share": 0.4}}
    names = [{"id": "A", "bond": 1.0}, {"id": "B", "bond": 0.0}, nation("C", "public")]
    world = small(names, behaviour={"initial": law})
    for run in range(at_pace(200, 40)):
        story = Story(world, seed=5, run=run)
        for place, (name, log_odds) in enumerate((("A", math.log(3) + 1), ("B", math.log(3) - 1))):
            key, chance = stable_key(f"nations.{name}"), 1 / (1 + math.exp(-log_odds))
            draw = one_uniform(np.uint64(5), np.uint64(run), key, INITIAL_LAW, 0)
            expected = "willing" if draw < 0.4 * chance else "talks" if draw < chance else "outside"
            assert story.stages()[place] == expected
        assert story.stages()[2] == "public"
