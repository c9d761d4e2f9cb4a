"""What follows a nation that changes its stage: counts, ties, pledges and the record."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import sim
from sim.core.kernel.features import add_to_stale, count_turns
from sim.core.rules.moves import is_firm, is_private, is_public
from sim.core.stages import LEFT, N_STAGES, PUBLIC
from sim.scenario.arrays.numbers import arrays_of
from tests.core.kernel.restless import worlds
from tests.core.kernel.worlds import SURE, Story, nation, small
from tests.core.pace import FEW

runs = st.integers(0, 2**32)


@FEW
@given(worlds(), runs)
def test_the_counts_are_those_of_the_stages_every_day(world, run):
    story, n_nations = Story(world, run=run), len(world.nations)
    for day in range(world.days + 1):
        stages, now = story.go_to(day).part("stage", n_nations), story.world.now
        assert now.n_public == sum(is_public(stage) for stage in stages)
        assert now.n_private == sum(is_private(stage) for stage in stages)
        assert now.n_firm == sum(is_firm(stage) for stage in stages)
        for name, stage in zip(story.places, stages, strict=True):
            assert is_firm(stage) or not any(story.pledge(name))


def check_public_ties(story: Story) -> None:
    """Compare what each nation has of public ties with the sum over those it watches."""
    ties, n_nations = arrays_of(story.scenario).structure.ties, len(story.scenario.nations)
    public = [is_public(stage) for stage in story.part("stage", n_nations)]
    expected = [0] * n_nations
    for peer in range(n_nations):
        for entry in range(ties.start[peer], ties.start[peer + 1]):
            expected[ties.watcher[entry]] += int(ties.extra[entry]) * public[peer]
    count_turns(story.world)
    begin = story.world.at.public_extra
    assert story.world.whole[begin : begin + n_nations].tolist() == expected


@FEW
@given(worlds(), runs)
def test_the_public_ties_of_a_nation_are_the_sum_over_those_it_watches(world, run):
    check_public_ties(Story(world, run=run).go_to(world.days))


def test_so_they_are_if_more_nations_turn_on_a_day_than_wait_to_be_counted():
    names = [f"N{spot}" for spot in range(300)]
    world = small(
        names,
        events=[{"date": 1, "move": names, "to": "public"}],
        ties={"base": 0, "dyads": [["N0", name] for name in names[1:]]},
    )
    check_public_ties(Story(world).go_to(1))


@FEW
@given(worlds(), runs, st.sampled_from((0, 1)))
def test_what_a_move_changes_of_peers_is_all_that_is_written_again(world, run, base):
    """Without a base to ties, that of the watchers; the same as if all were written every day."""
    story, other = (Story(world.with_changes({"ties.base": base}), run=run) for _ in range(2))
    for day in range(1, world.days + 1):
        for octet in range(other.world.at.n_octets):
            add_to_stale(octet, other.world)
        other.world.now.ties_changed = 1
        for row in ("PEERS", "FORWARD_BASE", "EXIT_BASE"):
            found = [
                [each.go_to(day).cell(row, name) for name in each.places] for each in (story, other)
            ]
            assert found[0] == found[1]


@FEW
@given(worlds(), runs)
def test_octets_whose_peers_are_out_of_date_are_listed_once(world, run):
    story = Story(world, run=run)
    for day in range(world.days + 1):
        whole, at = story.go_to(day).world.whole, story.world.at
        has_peers = whole[at.has_peers : at.has_peers + at.n_octets]
        listed = whole[at.stale : at.stale + story.world.now.n_stale]
        assert sorted(listed) == np.flatnonzero(has_peers == 0).tolist()


@FEW
@given(worlds(), runs)
def test_the_record_of_a_run_is_that_of_its_path(world, run):
    """A day has one entry a nation even where events moved it through several stages."""
    story, n_nations = Story(world, run=run), len(world.nations)
    path = [story.go_to(day).part("stage", n_nations) for day in range(world.days + 1)]
    ensemble = sim.run(world, runs=1, first_run=run, workers=1)
    assert ensemble.stage[0].tolist() == path[-1].tolist()
    for measure, counts in (("size", is_public), ("private_size", is_private)):
        sizes = [sum(counts(stage) for stage in stages) for stages in path]
        assert getattr(ensemble, measure)[0].tolist() == sizes
    for spot in range(n_nations):
        for day, stages in enumerate(path):
            assert 0 <= ensemble.first_day[0, spot, stages[spot]] <= day


@FEW
@given(worlds(), runs)
def test_counts_over_runs_are_the_sums_of_what_single_runs_did(world, run):
    ensemble = sim.run(world, runs=3, first_run=run, workers=1)
    stages = np.empty((3, world.days + 1, len(world.nations)), dtype=np.int64)
    forces = np.empty((3, world.days + 1))
    for each in range(3):
        story = Story(world, run=run + each)
        for day in range(world.days + 1):
            stages[each, day] = story.go_to(day).part("stage", len(world.nations))
            forces[each, day] = story.force()[-1]
    for stage in range(N_STAGES):
        counts = ensemble.records.stage_counts[:, :, stage]
        assert np.array_equal(counts, (stages == stage).sum(axis=0))
    counted, top = ensemble.records.force_counts[:, -1], ensemble.records.force_top[-1]
    bins = np.minimum((forces * (counted.shape[1] / top)).astype(int), counted.shape[1] - 1)
    for day in range(world.days + 1):
        assert np.array_equal(counted[day], np.bincount(bins[:, day], minlength=counted.shape[1]))


@FEW
@given(worlds(), runs)
def test_counts_without_stages_are_sums_of_the_counts_by_stage(world, run):
    """By day and nation who is public, by day all stages, by nation the stage at the end."""
    whole, fewer = (
        sim.run(world, runs=3, first_run=run, workers=1, stage_counts=counted).records
        for counted in (True, False)
    )
    by_stage = whole.stage_counts
    assert np.array_equal(fewer.runs_public(), by_stage[:, :, PUBLIC:LEFT].sum(axis=2))
    assert np.array_equal(fewer.stages_by_day(), by_stage.sum(axis=1))
    assert np.array_equal(fewer.stages_at_end(), by_stage[-1])
    for name in ("runs_public", "stages_by_day", "stages_at_end"):
        assert np.array_equal(getattr(whole, name)(), getattr(fewer, name)()), name


def test_moves_beyond_those_that_wait_to_be_counted_are_counted_too():
    """Nine nations that leave and return all the time make 540 moves in one run."""
    behaviour = {"return": SURE, "decline": {"talks": SURE}}
    world = small([nation(f"N{spot}", "left") for spot in range(9)], 60, behaviour=behaviour)
    counts = sim.run(world, runs=2, workers=1).records.stage_counts
    assert np.all(counts[0::2, :, LEFT] == 2)
    assert np.all(counts[1::2, :, LEFT] == 0)
    assert np.all(counts.sum(axis=2) == 2)


@pytest.mark.parametrize(
    ("stage", "refused"), [("outside", True), ("willing", True), ("public", False)]
)
def test_leaving_before_being_public_is_a_refusal_and_after_it_an_exit(stage, refused):
    world = small([nation("A", stage)], events=[{"date": 3, "move": "A", "to": "left"}])
    ensemble = sim.run(world, runs=1, workers=1)
    days = (ensemble.refusal_day[0, 0], ensemble.exit_day[0, 0])
    assert days == ((3, -1) if refused else (-1, 3))


def test_only_the_first_exit_and_the_first_day_at_a_stage_are_written_down():
    moves = [(1, "left"), (2, "public"), (3, "left"), (4, "talks"), (5, "public")]
    events = [{"date": date, "move": "A", "to": to} for date, to in moves]
    ensemble = sim.run(small([nation("A", "public")], events=events), runs=1, workers=1)
    assert ensemble.exit_day[0, 0] == 1
    assert ensemble.first_day[0, 0].tolist() == [-1, 4, -1, 0, -1, -1, 1]
    assert ensemble.stage[0, 0] == PUBLIC
