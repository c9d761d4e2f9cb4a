"""Quorums: nations that go public only if enough others are, and what the coalition waits for."""

from __future__ import annotations

import csv
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

import sim
from sim.engines.mesa.model import CoalitionModel
from sim.engines.run import run
from sim.report.trace.run import ending
from sim.report.trace.sentences import stay_text
from sim.scenario.files.errors import ScenarioError
from sim.scenario.load import scenario_from_dict
from tests.engines.agreement import differing
from tests.engines.scenarios_strategy import Form

AT_ONCE = {"declare": {"rate": 100.0}}
"""Whoever is at risk of it goes public on that day."""


def crowd(quorums: list[object], **more: object) -> Form:
    """Nations that are willing, each with the quorum that it waits for."""
    nations = [
        {
            "id": f"N{place:02d}",
            "stage": "willing",
            **({} if quorum is None else {"quorum": quorum}),
        }
        for place, quorum in enumerate(quorums)
    ]
    return {"days": 10, "nations": nations, "behaviour": AT_ONCE, **more}


def sizes(form: Form, runs: int = 1) -> list[int]:
    """The public size by day in the first run, which both engines give."""
    scenario = scenario_from_dict(form)
    compiled, readable = (run(scenario, runs=runs, engine=each) for each in ("batch", "mesa"))
    assert differing(compiled.records, readable.records) == []
    return [int(size) for size in compiled.size[0]]


@pytest.mark.parametrize(
    ("first", "end"), [([0, 1], 100), ([0, 2], 1)], ids=["all of them", "one changed"]
)
def test_the_crowd_of_granovetter_1978_follows_from_quorums_and_from_thresholds(first, end):
    waits = [*first, *range(2, 100)]
    by_quorum = crowd([{"public": least} for least in waits]) | {"days": 101}
    found = sizes(by_quorum, runs=2)
    assert found[:4] == [0, 1, min(2, end), min(3, end)]
    assert found[-1] == end
    by_threshold = {**by_quorum, "behaviour": {"declare": {"rate": 100.0, "peers": 1e6}}}
    by_threshold["nations"] = [
        {"id": nation["id"], "stage": "willing", "threshold": least / 99}
        for nation, least in zip(by_quorum["nations"], waits, strict=True)
    ]
    one, other = (
        run(scenario_from_dict(form), runs=2).records for form in (by_quorum, by_threshold)
    )
    assert differing(one, other) == []


@pytest.mark.parametrize(("n_public", "joins"), [(10, False), (11, True)])
def test_11_of_20_others_are_a_share_of_exactly_55_hundredths(n_public, joins):
    form = crowd([{"share": 0.55}, *[None] * 20])
    for nation in form["nations"][1:]:
        nation["stage"] = "public" if int(nation["id"][1:]) <= n_public else "left"
    assert sizes(form)[1] == n_public + joins


@pytest.mark.parametrize(("weight", "joins"), [(54, False), (55, True)])
def test_whole_numbers_of_weight_meet_their_share_exactly(weight, joins):
    form = crowd([{"weight": "capacity.ground", "at_least": 0.55}, None, None])
    form["contributions"] = {"ground": {}}
    for nation, stage, units in zip(
        form["nations"], ("willing", "public", "left"), (1, weight, 99 - weight), strict=True
    ):
        nation |= {"stage": stage, "capacity": {"ground": units}}
    assert sizes(form)[1] == 1 + joins


def test_the_weight_of_a_nation_counts_in_the_total_but_not_as_an_other():
    quorum = {"weight": "stake", "at_least": 0.5}
    form = crowd([quorum, None, quorum | {"at_least": 0.25}])
    form["nations"][1]["stage"] = "public"
    assert sizes(form)[1:3] == [2, 3]  # one third of the weight, then two thirds


def test_every_number_of_a_quorum_and_every_quorum_must_hold():
    form = crowd([{"public": 2, "share": 0.9}, [{"public": 1}, {"public": 3}], None, None])
    assert sizes(form)[-1] == 2
    form["nations"][0]["quorum"]["share"] = 0.6  # two of the three others
    assert sizes(form)[1:4] == [2, 3, 4]


def test_without_others_or_weight_only_a_quorum_of_nothing_holds():
    for quorum in ({"public": 1}, {"share": 0.1}, {"weight": "stake", "at_least": 0.1}):
        assert sizes(crowd([quorum]))[-1] == 0
    for quorum in ({"public": 0}, {"share": 0}, {"weight": "stake", "at_least": 0}):
        assert sizes(crowd([quorum]))[-1] == 1
    nothing = crowd([{"weight": "stake", "at_least": 0.1}, None])
    for nation in nothing["nations"]:
        nation["stake"] = 0
    assert sizes(nothing)[-1] == 1


def test_a_nation_past_the_move_and_a_dated_move_are_not_barred():
    form = crowd([{"public": 9}, {"public": 9}])
    form["nations"][0]["stage"] = "public"
    form["behaviour"] = AT_ONCE | {"pledge": {"rate": 100.0}}
    form["events"] = [{"date": 3, "move": "N01", "to": "public"}]
    assert sizes(form)[:4] == [1, 1, 1, 2]
    scenario = scenario_from_dict(form)
    assert run(scenario, runs=1).first_day[0, :, 4].tolist() == [1, 4]


def test_a_quorum_bars_the_moves_that_it_names_and_no_others():
    form = crowd([{"public": 1, "moves": ["resolve"]}, {"public": 1, "moves": ["resolve"]}, None])
    form["nations"][0]["stage"] = "talks"
    form["nations"][2]["stage"] = "left"
    form["behaviour"] = AT_ONCE | {"resolve": {"rate": 100.0}}
    scenario = scenario_from_dict(form)
    sizes(form)
    assert run(scenario, runs=1).first_day[0, :, 3].tolist() == [3, 1, -1]


def test_a_quorum_is_not_latched():
    form = crowd([{"public": 1}, None, None])
    form["behaviour"] = {"declare": {"rate": 0.5}}
    form["nations"][1]["stage"], form["nations"][2]["stage"] = "public", "left"
    form["events"] = [{"date": 3, "move": "N01", "to": "left"}]
    found = run(scenario_from_dict(form | {"days": 60}), runs=200)
    days = found.first_day[:, 0, 3]
    assert set(np.unique(days)) == {-1, 1, 2}  # never from the day of the exit on
    sizes(form, runs=5)


def test_the_readable_nation_says_whether_its_quorum_holds():
    model = CoalitionModel(scenario_from_dict(crowd([{"public": 1}, None])))
    waiting, free = model.nations
    assert not waiting.quorum_holds()
    assert not waiting.is_at_risk(0)
    assert free.quorum_holds()
    assert free.is_at_risk(0)
    model.step()
    assert waiting.quorum_holds()
    assert waiting.is_at_risk(0)


# The coalition's quorum


@pytest.mark.parametrize(("lag", "in_force"), [(0, 2), (3, 5), (8, 10), (9, -1)], ids=str)
def test_the_coalitions_quorum_takes_force_after_its_lag_or_not_by_the_end(lag, in_force):
    form = crowd([None, {"public": 1}, {"public": 2}], quorum={"public": 2, "lag": lag})
    assert sizes(form)[:4] == [0, 1, 2, 3]
    found = run(scenario_from_dict(form), runs=2)
    assert found.quorum_day.tolist() == [2, 2]
    assert found.in_force_day.tolist() == [in_force, in_force]
    assert found.summary().quorum.chance.chance == (in_force >= 0)
    assert found.summary().quorum.median_day == (in_force if in_force >= 0 else None)
    assert found.tally("quorum").mean()[:4].tolist() == [0, 0, 1, 1]


def test_the_coalitions_quorum_may_hold_from_the_start_and_bars_what_it_names():
    form = crowd([None, None, None], quorum={"share": 1 / 3})
    form["nations"][0]["stage"] = "public"
    assert run(scenario_from_dict(form), runs=1).quorum_day.tolist() == [0]
    form["quorum"] = {"share": 0.5, "moves": ["declare"]}
    assert sizes(form)[-1] == 1


def test_the_paris_agreement_took_force_on_4_november_2016():
    scenario = sim.load_scenario("classics/paris_agreement_2016")
    for engine in ("batch", "mesa"):
        found = run(scenario, runs=1, engine=engine)
        day, in_force = int(found.quorum_day[0]), int(found.in_force_day[0])
        assert str(found.date(day)) == "2016-10-05"
        assert str(found.date(in_force)) == "2016-11-04"
    # The number of parties was there two weeks before the emissions.
    number = run(scenario.with_value("quorum.at_least", 0), runs=1)
    assert str(number.date(int(number.quorum_day[0]))) == "2016-09-21"


def test_the_events_of_the_paris_agreement_are_the_dates_in_its_table():
    scenario = sim.load_scenario("classics/paris_agreement_2016")
    folder = Path(__file__).parents[2] / "scenarios" / "classics"
    with (folder / "paris_agreement_2016.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    words = {row["id"]: row["note"].split(";")[0].split()[-1] for row in rows}
    end = str(scenario.start + timedelta(days=scenario.days))
    recorded = {name: date for name, date in words.items() if date[:4].isdigit() and date <= end}
    placed = {
        name: str(scenario.start + timedelta(days=event.date))
        for event in scenario.events
        for name in event.move
    }
    assert placed == recorded
    assert len(placed) == 120


# Files, paths, notes


def test_quorums_survive_the_full_form_and_have_addresses():
    form = crowd([{"public": 1}, [{"share": 0.5}, {"weight": "stake", "at_least": 0.2}], None])
    form["quorum"] = {"share": 0.5, "lag": 3}
    scenario = scenario_from_dict(form)
    assert scenario_from_dict(scenario.full()) == scenario
    changed = scenario.with_changes({"nations.N01.quorum.1.at_least": 0.9, "quorum.lag": 4})
    assert changed.nations[1].quorum[1].at_least == 0.9
    assert changed.quorum.lag == 4
    everyone = scenario.parameter("nations.*.quorum.0.public")
    assert everyone.label == "all nations: quorum, public nations"
    number = scenario.parameter("nations.N01.quorum.1.at_least")
    assert number.label == "N01: quorum 2, share of stake"
    assert len(number.slots) == 1
    assert scenario.parameter("quorum.share").label == "quorum, share of nations"
    assert {each.path for each in scenario.parameters()} >= {number.path, "quorum.lag"}


def test_a_path_to_a_quorum_has_its_number():
    scenario = scenario_from_dict(crowd([{"public": 1}, None]))
    with pytest.raises(ScenarioError, match="unknown quorum 'public'"):
        scenario.with_value("nations.N00.quorum.public", 2)


def test_quorums_stand_in_a_column_of_a_table(tmp_path):
    cells = 'id,quorum\nA,{public: 1}\nB,\nC,"[{share: 0.5}, {public: 1}]"\n'
    (tmp_path / "nations.csv").write_text(cells, encoding="utf-8")
    (tmp_path / "s.yaml").write_text("days: 5\nnations: nations.csv\n", encoding="utf-8")
    nations = sim.load_scenario(tmp_path / "s.yaml").nations
    assert [len(nation.quorum) for nation in nations] == [1, 0, 2]
    assert nations[2].quorum[0].share == 0.5


def test_a_number_of_a_quorum_may_be_drawn():
    form = crowd([{"public": {"uniform": [0, 2]}}, None, None])
    form["nations"][1]["stage"] = "public"
    found = run(scenario_from_dict(form | {"days": 1}), runs=400)
    joined = (found.first_day[:, 0, 3] == 1).mean()
    assert 0.4 < joined < 0.6  # one other is public; at most that many are asked for half the time
    sizes(form, runs=5)


@pytest.mark.parametrize(
    ("quorum", "message"),
    [
        ({"share": 1.5}, "share: 1.5 must be between 0 and 1"),
        ({}, "asks for nothing; give public, share, or weight with at_least"),
        ({"weight": "stake"}, "at_least: is missing; a quorum with weight has both"),
        ({"at_least": 0.5}, "weight: is missing; a quorum with at_least has both"),
        ({"weight": "stakes", "at_least": 0.5}, "unknown weight 'stakes'; did you mean 'stake'?"),
        ({"public": 2, "moves": ["decline"]}, "'decline' must be a move forward out of engage"),
        (
            {"public": 2, "moves": ["declare", "declare"]},
            "moves.1: the move 'declare' is listed tw",
        ),
        ({"public": 2, "moves": []}, "moves: is empty; leave it out for declare"),
        ({"publik": 2}, "unknown key 'publik'; did you mean 'public'?"),
        (7, "7 must be a mapping such as {public: 10}, or a list of them"),
    ],
    ids=str,
)
def test_a_wrong_quorum_is_refused(quorum, message):
    with pytest.raises(ScenarioError) as refused:
        scenario_from_dict(crowd([quorum, None]))
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("quorum", "note"),
    [
        ({"public": 2}, "public: it can never be reached with 2 nations in all"),
        ({"share": 0}, "share: 0 is always reached"),
        ({"weight": "bond", "at_least": 0.1}, "bond is 0 for every nation"),
        ({"public": 1, "moves": ["engage"]}, "the behaviour gives no rate to engage"),
    ],
    ids=str,
)
def test_a_quorum_that_changes_nothing_or_bars_for_good_is_noted(quorum, note):
    form = crowd([quorum, None])
    for nation in form["nations"]:
        nation["bond"] = 0
    assert any(note in line for line in scenario_from_dict(form).notes)


@pytest.mark.parametrize(
    "quorum", [{"public": 1}, {"share": 0.5}, {"weight": "stake", "at_least": 0.5}], ids=str
)
def test_a_quorum_of_others_is_noted_where_there_are_none(quorum):
    scenario = scenario_from_dict(crowd([quorum]))
    note = f"nations.N00.quorum.0.{list(quorum)[-1]}: it can never be reached: there is no other"
    assert any(note in line for line in scenario.notes)
    assert (run(scenario, runs=5).size[:, -1] == 0).all()


def test_a_quorum_that_may_hold_and_the_weights_that_it_counts_are_not_noted():
    form = crowd([{"weight": "capacity.ground", "at_least": 0.5}, None])
    form["contributions"] = {"ground": {}}
    for nation in form["nations"]:
        nation["capacity"] = {"ground": 2}
    assert not [note for note in scenario_from_dict(form).notes if "capacity" in note]


# What a trace says


def test_a_trace_says_what_a_nation_waits_for_and_when_the_quorum_holds():
    form = crowd([{"public": 10}, {"share": 0.9}, None, None, None])
    form |= {"quorum": {"public": 3, "lag": 4}, "start": "2025-03-10"}
    trace = sim.trace(scenario_from_dict(form))
    assert trace.status(0, 10, 0) == "no quorum"
    assert trace.quorum_day == 1
    ended = [block.text for block in ending(trace)]
    assert any(
        "The quorum holds from 11 Mar 2025 (day 1) on; in force on" in each for each in ended
    )
    assert "it waits until 10 others are public; 3 are" in stay_text(trace, 0, 0)
    assert "it waits until 90 % of the others is public; 75 % is" in stay_text(trace, 1, 0)


# Storage


@pytest.mark.parametrize("keep", ["runs", "summary"])
def test_what_is_known_of_the_quorum_is_stored_and_read_back(keep, tmp_path):
    form = crowd([None, None, {"public": 1}], quorum={"public": 2, "lag": 3})
    form["behaviour"] = {"declare": {"rate": 0.2}}
    found = run(scenario_from_dict(form), runs=50, keep=keep)
    found.save(tmp_path / "result")
    stored = sim.load_results(tmp_path / "result")
    assert differing(found.records, stored.records) == []
    assert stored.summary() == found.summary()
    assert 0 < stored.summary().quorum.chance.chance < 1
    assert "Chance that the quorum is in force by day 10" in stored.summary().text()
