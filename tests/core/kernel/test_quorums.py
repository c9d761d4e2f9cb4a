"""What nations and the coalition wait for, a day at a time."""

from __future__ import annotations

import pytest

import sim
from tests.core.kernel.worlds import SURE, Story, nation, small


def move(day, name, to="public"):
    """An event that puts a nation in a stage."""
    return {"date": day, "move": name, "to": to}


def stages_of(world, name, days):
    """A nation's stage on each day, day 0 first."""
    story, place = Story(world), [each.id for each in world.nations].index(name)
    return [story.go_to(day).stages()[place] for day in range(days + 1)]


def waiting(quorum, *others, events=(), **parts):
    """A nation W that declares at once but for its quorum, beside others."""
    names = [nation(name, stage, **given) for name, stage, given in others]
    return small(
        [nation("W", "willing", quorum=quorum, **parts), *names],
        behaviour={"declare": SURE},
        events=list(events),
        contributions={"ground": {}},
    )


TWO = [("A", "talks", {}), ("B", "talks", {})]


@pytest.mark.parametrize(
    ("quorum", "opens"),
    [({"public": 1}, 2), ({"public": 2}, 4), ({"share": 0.5}, 2), ({"share": 0.51}, 4)],
)
def test_a_nation_waits_for_others_and_moves_on_the_day_on_which_they_are_public(quorum, opens):
    world = waiting(quorum, *TWO, events=[move(2, "A"), move(4, "B")])
    assert stages_of(world, "W", 5) == ["willing"] * opens + ["public"] * (6 - opens)


def test_a_weight_counts_the_others_alone_and_a_nation_past_the_move_is_not_asked():
    others = [("A", "talks", {"capacity": {"ground": 55}}), ("B", "talks", {})]
    quorum, own = {"weight": "capacity.ground", "at_least": 0.55}, {"ground": 45}
    world = waiting(quorum, *others, events=[move(3, "A")], capacity=own)
    assert stages_of(world, "W", 4) == ["willing"] * 3 + ["public"] * 2
    world = waiting(quorum | {"at_least": 0.56}, *others, events=[move(3, "A")], capacity=own)
    assert stages_of(world, "W", 4) == ["willing"] * 5
    # A move by an event asks no quorum. Its own weight does not count: it would still wait.
    world = waiting(quorum, *others, events=[move(1, "W"), move(2, "W", "willing")], capacity=own)
    assert stages_of(world, "W", 4) == ["willing", "public", "willing", "willing", "willing"]


def test_a_quorum_opens_a_move_of_a_nation_that_watches_nobody():
    """By a move that nobody's ties tell of, where nothing but peers is felt."""
    world = waiting({"public": 1}, ("A", "willing", {}))
    alone = world.with_changes({"ties.base": 0, "ties.leaders": 0})
    assert stages_of(alone, "W", 3) == ["willing"] * 2 + ["public"] * 2


def test_a_quorum_that_no_longer_holds_bars_again():
    events = [move(1, "A"), move(2, "A", "left"), move(2, "W", "willing"), move(4, "B")]
    world = waiting({"public": 1}, *TWO, events=events)
    assert stages_of(world, "W", 5) == [
        "willing",
        "public",
        "willing",
        "willing",
        "public",
        "public",
    ]


def test_a_quorum_bars_the_moves_that_it_names():
    quorum = {"public": 1, "moves": ["resolve"]}
    names = [nation("W", "talks", quorum=quorum), nation("A", "talks", quorum={"share": 1})]
    world = small(names, behaviour={"resolve": SURE, "declare": SURE}, events=[move(2, "A")])
    assert stages_of(world, "W", 4) == ["talks", "talks", "willing", "public", "public"]


def test_the_coalition_s_quorum_is_dated_and_bars_all_only_if_it_names_moves():
    names = [nation("W", "willing"), nation("A", "talks"), nation("B", "talks")]
    parts = {"behaviour": {"declare": SURE}, "events": [move(2, "A"), move(4, "B")]}
    free = small(names, quorum={"public": 3, "lag": 1}, **parts)
    assert stages_of(free, "W", 2) == ["willing", "public", "public"]
    assert sim.run(free, runs=1, workers=1).runs_table()["quorum_day"].tolist() == [4]
    barred = small(names, quorum={"public": 1, "share": 0.3, "moves": ["declare"]}, **parts)
    assert stages_of(barred, "W", 2) == ["willing", "willing", "public"]
    never = small(names, quorum={"share": 1}, behaviour={})
    assert sim.run(never, runs=1, workers=1).runs_table()["quorum_day"].tolist() == [-1]
