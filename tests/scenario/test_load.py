from __future__ import annotations

import datetime
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sim.scenario.behaviour import Behaviour, Decline
from sim.scenario.distribution import Distribution
from sim.scenario.events import EVENT_MODELS
from sim.scenario.files.catalogue import shipped_behaviours, shipped_scenarios
from sim.scenario.load import ScenarioError, load_scenario, scenario_from_dict
from sim.store.scenarios import write_scenario


def nation(scenario, name):
    return next(n for n in scenario.nations if n.id == name)


def small(**parts):
    return {"days": 30, "nations": ["GBR", "FRA", "POL"], **parts}


def test_only_days_and_nations_must_be_given():
    scenario = scenario_from_dict({"days": 30, "nations": ["GBR"]})
    only = scenario.nations[0]
    assert (only.id, only.name, only.stage) == ("GBR", "GBR", {"initial": 1.0})
    assert (only.stake, only.support, only.capability, only.threshold) == (0.5, 0.5, 0.5, 0.0)
    assert scenario.ties.base == scenario.ties.leaders == 1.0
    assert (scenario.events, scenario.conditions, scenario.success) == ((), {}, None)
    assert scenario.behaviour.declare is not None
    assert scenario.memory.convened == 5.0


def test_every_nation_has_a_number_for_every_condition_and_kind(paris):
    scenario = load_scenario(paris)
    for each in scenario.nations:
        assert list(each.reliance) == list(each.sensitivity) == ["us_backing", "acceptability"]
        assert list(each.capacity) == ["ground", "air"]
    assert scenario.conditions["us_backing"].responds == {
        "force": 1.5,
        "public_share": 0.0,
        "acceptability": 0.0,
    }


def test_a_table_gives_nested_columns_blanks_and_distributions(paris):
    scenario = load_scenario(paris)
    assert [n.id for n in scenario.nations] == ["GBR", "FRA", "POL", "EST", "LVA"]
    assert nation(scenario, "GBR").name == "United Kingdom"
    assert nation(scenario, "GBR").reliance == {"us_backing": 0.5, "acceptability": 0.2}
    assert nation(scenario, "EST").capacity == {"ground": 0.5, "air": 0.0}
    assert nation(scenario, "GBR").stage == {"talks": 1.0}


def test_changes_to_all_nations_come_before_those_to_single_ones(paris):
    scenario = load_scenario(paris)
    assert nation(scenario, "GBR").support == Distribution("beta", (2.0, 2.0), 0, 1)
    assert nation(scenario, "POL").stake == Distribution("uniform", (0.4, 1.0), 0, 1)
    assert nation(scenario, "POL").stage == {"talks": 0.6, "willing": 0.4}


def test_calendar_dates_become_days_from_the_start(paris):
    scenario = load_scenario(paris)
    assert scenario.start == datetime.date(2025, 3, 10)
    assert [event.date for event in scenario.events] == [1, 2, 4, 10, 22, 40, 60, -8, 9, 10, 11, 12]
    assert scenario.events[6].collapses == 144
    assert {event.kind for event in scenario.events} == set(EVENT_MODELS)


def test_a_behaviour_is_a_name_with_changes_and_exits_by_stage(paris):
    plain = load_scenario(paris, ["behaviour=reasoned"]).behaviour
    changed = load_scenario(paris).behaviour
    assert changed.declare.rate == 0.03
    assert changed.declare.peers == plain.declare.peers
    assert {move.prospects for move in (changed.decline.talks, changed.decline.outside)} == {-3.0}
    assert changed.decline.talks.rate == plain.decline.talks.rate
    assert changed.withdraw == plain.withdraw


def test_a_move_that_a_behaviour_does_not_name_does_not_happen():
    behaviour = scenario_from_dict(small(behaviour={"declare": {"rate": 0.1}})).behaviour
    assert behaviour.engage is None
    assert behaviour.withdraw.public is None
    removed = scenario_from_dict(small(behaviour={"from": "reasoned", "withdraw": None}))
    assert removed.behaviour.withdraw.deployed is None
    assert removed.behaviour.decline.talks is not None


def test_a_behaviour_file_is_found_beside_the_file_that_names_it(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "bold.yaml").write_text("title: Bold\ndeclare: {rate: 0.5}\n")
    (tmp_path / "in" / "base.yaml").write_text("days: 9\nnations: [A]\nbehaviour: bold.yaml\n")
    (tmp_path / "variant.yaml").write_text("base: in/base.yaml\nbehaviour: {pledge: {rate: 0.2}}\n")
    behaviour = load_scenario(tmp_path / "variant.yaml").behaviour
    assert (behaviour.declare.rate, behaviour.pledge.rate) == (0.5, 0.2)


def test_a_variant_lists_only_what_differs(paris):
    variant = paris.with_name("variant.yaml")
    variant.write_text(
        "base: paris.yaml\n"
        "title: Another\n"
        "nations: {set: {GBR: {stake: 0.1}, '*': {capability: 0.7}}}\n"
        "conditions: {us_backing: {level: {uniform: [0.1, 0.9]}}, acceptability: {speed: 0.5}}\n"
        "add_events: [{date: 2025-05-01, shock: us_backing, jump: -2}]\n"
        "success: {hold: 7, us_backing: null}\n"
    )
    base, changed = load_scenario(paris), load_scenario(variant)
    assert changed.title == "Another"
    assert nation(changed, "GBR").stake == 0.1
    assert nation(changed, "POL").capability == 0.7
    assert nation(changed, "POL").stake == nation(base, "POL").stake
    assert changed.conditions["us_backing"].speed == 0.05
    assert changed.conditions["acceptability"].level == 0.6
    assert changed.events[:-1] == base.events
    assert changed.events[-1].date == 52
    assert (changed.success.hold, changed.success.conditions) == (7, {})


@pytest.mark.parametrize("nations", ["[A, B]", "n.csv", "{list: [A, B]}", "{table: n.csv}"])
def test_a_variant_changes_nations_in_whatever_form_the_base_lists_them(tmp_path, nations):
    (tmp_path / "n.csv").write_text("id\nA\nB\n")
    (tmp_path / "base.yaml").write_text(f"days: 9\nnations: {nations}\n")
    (tmp_path / "v.yaml").write_text("base: base.yaml\nnations: {set: {A: {stake: 1}}}\n")
    assert [n.stake for n in load_scenario(tmp_path / "v.yaml").nations] == [1.0, 0.5]


def test_dispositions_are_given_in_a_table_and_left_out_where_its_cell_is_blank(tmp_path):
    table = 'id,disposition\nA,-1.2\nB,\nC,"{normal: [0, 1]}"\n'
    (tmp_path / "n.csv").write_text(table, encoding="utf-8")
    found = scenario_from_dict({"days": 3, "nations": "n.csv", "climate": 0.8}, folder=tmp_path)
    fixed, blank, drawn = (nation.disposition for nation in found.nations)
    assert (found.climate, fixed, blank) == (0.8, -1.2, None)
    assert drawn == Distribution("normal", (0.0, 1.0), -10.0, 10.0)


def test_a_table_in_a_variant_takes_the_place_of_a_list_and_keeps_the_changes(tmp_path):
    (tmp_path / "n.csv").write_text("id\nA\nC\n")
    (tmp_path / "base.yaml").write_text("days: 9\nnations: {list: [A], set: {A: {stake: 1}}}\n")
    (tmp_path / "v.yaml").write_text("base: base.yaml\nnations: {table: n.csv}\n")
    assert [n.stake for n in load_scenario(tmp_path / "v.yaml").nations] == [1.0, 0.5]


def test_a_list_or_a_path_of_nations_in_a_variant_replaces_those_of_the_base(tmp_path):
    (tmp_path / "base.yaml").write_text("days: 9\nnations: {list: [A, B], set: {A: {stake: 1}}}\n")
    (tmp_path / "variant.yaml").write_text("base: base.yaml\nnations: [B, C]\n")
    assert [n.id for n in load_scenario(tmp_path / "variant.yaml").nations] == ["B", "C"]


def test_bases_that_go_round_in_a_circle_or_do_not_exist_are_refused(tmp_path):
    def written(name: str, base: str) -> Path:
        (tmp_path / name).write_text(f"base: {base}\ndays: 9\nnations: [A]\n")
        return tmp_path / name

    with pytest.raises(ScenarioError, match=r"self\.yaml:1: base: .*circle"):
        load_scenario(written("self.yaml", "self.yaml"))
    first = written("first.yaml", "second.yaml")
    written("second.yaml", "first.yaml")
    with pytest.raises(ScenarioError, match=r"first\.yaml:1: base: .*circle"):
        load_scenario(first)
    with pytest.raises(ScenarioError, match=r"base: .*sceond\.yaml does not exist; did you mean"):
        load_scenario(written("first.yaml", "sceond.yaml"))


def test_one_value_changes_by_its_path(paris):
    changed = load_scenario(
        paris,
        [
            "conditions.us_backing.level=0.8",
            "nations.POL.stake=0.9",
            "nations.*.reliance.acceptability={uniform: [0, 0.5]}",
            "nations.GBR.stage=willing",
            "events.chiefs.weight=3",
            "events.4.shift=-0.5",
            "behaviour.declare.peers=2.5",
            "behaviour.withdraw.rate=0.5",
            "ties.groups.e5.weight=7",
            "memory.defection.uniform.0=6",
            "leaders=[POL]",
            "success.public_size=2",
            "commitment.requirement=12",
            "title=Paris: changed",
        ],
    )
    assert changed.conditions["us_backing"].level == 0.8
    assert nation(changed, "POL").stake == 0.9
    assert nation(changed, "EST").reliance["acceptability"].kind == "uniform"
    assert nation(changed, "GBR").stage == {"willing": 1.0}
    assert (changed.events[0].weight, changed.events[4].shift) == (3.0, -0.5)
    assert changed.behaviour.declare.peers == 2.5
    assert {changed.behaviour.withdraw.public.rate, changed.behaviour.withdraw.pledged.rate} == {
        0.5
    }
    assert changed.ties.groups["e5"].weight == 7
    assert changed.memory.defection.parameters == (6.0, 20.0)
    assert changed.leaders == ("POL",)
    assert changed.success.public_size == 2
    assert changed.commitment.requirement == 12
    assert changed.title == "Paris: changed"


def test_null_takes_a_value_away(paris):
    changed = load_scenario(paris, {"success": None, "events.0": None, "commitment.value": None})
    assert changed.success is None
    assert len(changed.events) == 11
    assert changed.commitment.value == 100.0


def test_a_scenario_in_memory_changes_by_the_same_paths(paris):
    scenario = load_scenario(paris)
    changed = scenario.with_changes({"events.ministers.weight": 9, "nations.*.stake": 0.25})
    assert changed.events[1].weight == 9.0
    assert {n.stake for n in changed.nations} == {0.25}
    assert scenario.events[1].weight == 2.0
    assert scenario.with_changes({}) == scenario


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("nations.POLL.stake=1", "--set: nations.POLL: unknown nation 'POLL'; did you mean 'POL'?"),
        ("nations.POL.stak=1", "--set: nations.POL.stak: unknown key 'stak'; did you mean 'stake'"),
        ("[key]=1", "--set: [key]: unknown key '[key]'; known: title"),
        ("nations.POL.[key]=1", "--set: nations.POL.[key]: unknown key '[key]'; known: id"),
        ("nations.POL.stake=1.7", "--set: nations.POL.stake: 1.7 must be between 0 and 1"),
        ("nations.*.stake=2", "--set: nations.*.stake: 2 must be between 0 and 1"),
        ("nations.*.stage=tlks", "'tlks' must be a stage"),
        ("nations.*.stage={talks: 1, tlks: 0}", "'tlks' must be a stage"),
        ("nations.POL=3", "--set: nations.POL: 3 must be a mapping"),
        (
            "conditons.us_backing.level=1",
            "unknown key 'conditons'; did you mean 'conditions.us_backing.level'",
        ),
        ("conditions.us.level=.5", "--set: conditions.us"),
        ("events.mnisters.weight=1", "did you mean 'ministers'?"),
        ("events.99.weight=1", "unknown event '99'"),
        (
            "events.meeting.weight=1",
            "--set: events.meeting: 'meeting' is a kind of event; write "
            "events.meeting.chiefs.0.weight or events.meeting.ministers.0.weight",
        ),
        ("events.meeting.chiefs.9.weight=1", "write events.meeting.chiefs.0.weight"),
        ("events.shock.acceptability.jump=1", "write events.shock.acceptability.0.jump"),
        ("events.requirement.requirement=1", "write events.requirement.0.requirement"),
        (
            "events.us_backing.name=x",
            "2 events have the label 'us_backing'; write events.proposal.us_backing.0.name or "
            "events.signal.us_backing.0.name",
        ),
        ("leaders.9=GBR", "unknown place in a list '9'"),
        (
            "behaviour.decline.rate=-1",
            "--set: behaviour.decline.rate: -1 must be between 0 and 1e100",
        ),
        ("behaviour=calibratd", "--set: behaviour: unknown behaviour 'calibratd'; did you mean"),
        ("days=1e12", "--set: days: 1e12 must be a whole number between 1 and 36500"),
        ("days=[1", "--set: days: is not valid YAML: the bracket [ is not closed"),
        ("days={a: 1", "--set: days: is not valid YAML: the bracket { is not closed"),
        ("days=[1, {a: 2]", "is not valid YAML: ] stands where { must be closed first"),
        ("days=[1, 2}", "is not valid YAML: } stands where [ must be closed first"),
        ("days=[1]]", "is not valid YAML: ']' stands behind '[1]'"),
        ("days={a: 1} b", "is not valid YAML: 'b' stands behind '{a: 1}'"),
        ("days='a", "is not valid YAML: the quotation mark ' is not closed"),
        ('days=["a, b]', 'is not valid YAML: the quotation mark " is not closed'),
        ("days=[don't, 'b]", "is not valid YAML: the quotation mark ' is not closed"),
        ("days=[@a]", "is not valid YAML: a comma is missing, or a mark such as"),
        (
            "leaders=[GBR, FRA],[POL]",
            "several values need brackets around them all, [[GBR, FRA],[POL]]",
        ),
        ("days=nan", "days: 'nan' must be a whole number between 1 and 36500"),
        ("days", "must have the form PATH=VALUE"),
        ("=3", "must have the form PATH=VALUE"),
        ("a..b=3", "is no path that can be changed"),
        ("base=other.yaml", "is no path that can be changed"),
        ("leaders=[GBR, XXX]", "--set: leaders.1: unknown nation 'XXX'"),
    ],
)
def test_a_wrong_change_is_refused_by_its_path(paris, change, message):
    with pytest.raises(ScenarioError) as error:
        load_scenario(paris, [change])
    assert message in str(error.value)


@pytest.mark.parametrize("changes", ["days=3", b"days=3", 3])
def test_changes_that_are_no_collection_are_refused_in_words(paris, changes):
    message = "changes must be a mapping of path to value or a list of 'PATH=VALUE', not "
    with pytest.raises(TypeError, match=message):
        load_scenario(paris, set=changes)
    with pytest.raises(TypeError, match=message):
        load_scenario(paris).with_changes(changes)


def test_a_group_in_short_is_changed_as_one_written_out():
    short = small(ties={"groups": {"E.U": ["GBR", "FRA"], "one": ["GBR"]}})
    written = {"members": ["GBR", "FRA"], "weight": 3}
    whole = small(ties={"groups": {"E.U": written, "one": ["GBR"]}})
    changes = {'ties.groups."E.U".weight': 3.0}
    assert scenario_from_dict(short, set=changes) == scenario_from_dict(whole)
    fewer = scenario_from_dict(short, set={'ties.groups."E.U".members': np.array(["FRA"])})
    assert fewer.ties.groups["E.U"].members == ("FRA",)
    other = scenario_from_dict(
        short, set={'ties.groups."E.U".0': "FRA", 'ties.groups."E.U".1': None}
    )
    assert other == fewer
    with pytest.raises(ScenarioError, match=r"unknown group 'E'; known: .E\.U., one"):
        scenario_from_dict(short, set={"ties.groups.E.U.weight": 3.0})


def test_two_events_of_one_label_go_by_their_full_addresses():
    events = [{"date": day, "meeting": "weekly"} for day in (1, 8)]
    scenario = scenario_from_dict(small(events=events))
    with pytest.raises(ScenarioError, match=r"'weekly'; write events\.meeting\.weekly\.0"):
        scenario.with_changes({"events.weekly.weight": 2})
    for path in ("events.1.weight", "events.meeting.weekly.1.weight"):
        assert scenario.with_changes({path: 2}).events[1].weight == 2.0


@pytest.mark.parametrize("name", sorted(shipped_scenarios()))
def test_every_shipped_scenario_loads_and_survives_a_round_trip(name, tmp_path):
    scenario = load_scenario(name)
    write_scenario(scenario, tmp_path / "full.yaml")
    assert load_scenario(tmp_path / "full.yaml") == scenario


@pytest.mark.parametrize("name", sorted(shipped_behaviours()))
def test_every_shipped_behaviour_loads(name):
    assert scenario_from_dict(small(behaviour=name)).behaviour.declare is not None


def test_a_name_that_is_not_shipped_is_refused():
    with pytest.raises(ScenarioError, match="unknown scenario 'no_such_scenario'"):
        load_scenario("no_such_scenario")


def test_a_scenario_can_be_loaded_without_importing_arrays():
    code = "import sys, sim; sim.load_scenario; assert 'numpy' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


UNWRITTEN = {"days": 30, "nations": ["GBR", "FRA"]}
REASONED = {**UNWRITTEN, "behaviour": "reasoned"}
CHANGED = {**UNWRITTEN, "behaviour": {"from": "reasoned", "declare": {"rate": 0.5, "peers": 3}}}


@pytest.mark.parametrize("data", [UNWRITTEN, REASONED, CHANGED])
def test_null_by_set_removes_a_move_or_a_coefficient_whoever_wrote_it(data):
    before = scenario_from_dict(data).behaviour

    def behaviour(*changes: str) -> Behaviour:
        found = scenario_from_dict(data, set=changes)
        in_python = scenario_from_dict(data).with_changes(
            dict.fromkeys(change.partition("=")[0] for change in changes)
        )
        if changes[0].endswith("=null"):
            assert found == in_python
        return found.behaviour

    assert behaviour("behaviour.declare=null") == before.model_copy(update={"declare": None})
    assert behaviour("behaviour.decline=null").decline == Decline()
    assert behaviour("behaviour.decline.talks=null").decline.outside == before.decline.outside
    assert behaviour("behaviour.decline.talks=null").decline.talks is None
    assert behaviour("behaviour.declare.peers=null").declare.peers == 0
    assert behaviour("behaviour.declare.adequacy=null") == before
    assert scenario_from_dict(data, set={"behaviour": {"declare": None}}).behaviour.declare is None


def test_one_number_by_set_leaves_the_rest_of_an_unwritten_behaviour():
    found = scenario_from_dict(UNWRITTEN, set=["behaviour.declare.rate=0.5"])
    assert found == scenario_from_dict(UNWRITTEN).with_value("behaviour.declare.rate", 0.5)
    assert found.behaviour.resolve is not None


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("behaviour.declaer", "unknown key 'declaer'; did you mean 'declare'?"),
        ("behaviour.declare.peeers", "unknown key 'peeers'; did you mean 'peers'?"),
        ("conditions.nope", "unknown condition 'nope'; there are none"),
        ("ties.groups.nope", "unknown group 'nope'; there are none"),
        ("nations.GBR.stakee", "unknown key 'stakee'; did you mean 'stake'?"),
        ("nations.GBR.reliance.nope", "unknown condition 'nope'; there are none"),
        ("memory.momentm", "unknown key 'momentm'; did you mean 'momentum'?"),
        ("success.nope", "unknown condition 'nope'; known: public_size"),
        ("foo", "unknown key 'foo'; known: title"),
    ],
)
def test_null_by_set_is_refused_where_nothing_can_be(path, message):
    for load in (
        lambda: scenario_from_dict(UNWRITTEN, set=[f"{path}=null"]),
        lambda: scenario_from_dict(UNWRITTEN).with_changes({path: None}),
    ):
        with pytest.raises(ScenarioError) as caught:
            load()
        assert str(caught.value).startswith(f"--set: {path}: {message}")


@pytest.mark.parametrize("path", ["memory.momentum", "success", "start", "nations.GBR.stake"])
def test_null_by_set_of_what_is_at_its_default_changes_nothing(path):
    assert scenario_from_dict(UNWRITTEN, set=[f"{path}=null"]) == scenario_from_dict(UNWRITTEN)


def test_a_file_that_is_no_table_is_told_each_column_once(tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("what,ever\n1,2\n", encoding="utf-8")
    with pytest.raises(ScenarioError, match="names none of the columns") as refused:
        scenario_from_dict({"days": 3, "nations": "other.csv"}, tmp_path)
    columns = str(refused.value).partition("none of the columns ")[2].split(", ")
    assert len(columns) == len(set(columns)) > 5


LAW = {"talks": {"odds": 2, "bond": 1.5}, "willing": {"share": 0.25}}
BY_LAW = {
    "days": 30,
    "nations": ["GBR", {"id": "FRA", "stage": "public"}, {"id": "POL", "stage": "initial"}],
    "behaviour": {"from": "reasoned", "initial": LAW},
}


def stages(scenario):
    return [nation.stage for nation in scenario.nations]


def test_the_initial_law_draws_the_stages_that_are_not_given():
    scenario = scenario_from_dict(BY_LAW)
    assert stages(scenario) == [{"initial": 1}, {"public": 1}, {"initial": 1}]
    assert scenario.behaviour.initial.talks.bond == 1.5
    assert scenario.behaviour.initial.talks.climate == 1  # as the shipped behaviour has it
    assert scenario_from_dict(scenario.full()) == scenario
    without_share = scenario_from_dict(BY_LAW, set=["behaviour.initial.willing=null"])
    assert without_share.behaviour.initial.willing.share == 0


def test_blank_stages_of_a_table_are_drawn_by_the_initial_law(tmp_path):
    table = "id,stage.talks,stage.willing\nGBR,,\nFRA,0.5,0.5\n"
    (tmp_path / "n.csv").write_text(table, encoding="utf-8")
    found = scenario_from_dict({**BY_LAW, "nations": "n.csv"}, folder=tmp_path)
    assert stages(found) == [{"initial": 1}, {"talks": 0.5, "willing": 0.5}]
    (tmp_path / "n.csv").write_text("id,stage\nGBR,\nFRA,initial\n", encoding="utf-8")
    found = scenario_from_dict({**BY_LAW, "nations": "n.csv"}, folder=tmp_path)
    assert stages(found) == [{"initial": 1}] * 2


def test_the_initial_law_goes_and_comes_by_set():
    form = {**BY_LAW, "nations": BY_LAW["nations"][:2]}
    scenario = scenario_from_dict(form)
    without = scenario_from_dict(form, set=["behaviour.initial=null"])
    assert stages(without) == [{"outside": 1}, {"public": 1}]
    assert without.behaviour.initial is None
    assert without == scenario.with_changes({"behaviour.initial": None})
    odds = ["behaviour.initial.talks.odds=3"]
    other = scenario_from_dict(form, set=odds)
    assert other == scenario.with_value("behaviour.initial.talks.odds", 3)
    assert other.behaviour.initial.talks.odds == 3
    law = {"behaviour.initial": LAW}
    assert scenario_from_dict({**form, "behaviour": "reasoned"}, set=law) == scenario


def test_the_initial_law_of_a_base_is_changed_key_by_key(tmp_path):
    (tmp_path / "law.yaml").write_text("initial: {talks: {odds: 3, bond: 1}}", encoding="utf-8")
    behaviour = {"from": "law.yaml", "initial": {"talks": {"odds": 4}}}
    found = scenario_from_dict({**BY_LAW, "behaviour": behaviour}, folder=tmp_path)
    assert found.behaviour.initial.talks.odds == 4
    assert found.behaviour.initial.talks.bond == 1
    assert found.behaviour.declare is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"behaviour": {"from": "reasoned", "initial": None}},
            "nations.POL.stage: initial needs an initial law, and the behaviour names none",
        ),
        (
            {"nations": [{"id": "GBR", "stage": {"initial": 0.5, "left": 0.5}}]},
            "nations.GBR.stage: initial stands alone",
        ),
        ({"nations": [{"id": "GBR", "stage": "inital"}]}, "'inital' must be a stage out of"),
        (
            {"nations": [{"id": "GBR", "stage": "inital"}]},
            "did you mean 'initial'?",
        ),
        (
            {"behaviour": {"initial": {"talks": {"odds": 0}}}},
            "behaviour.initial.talks.odds: 0 must be between 1e-300",
        ),
        ({"behaviour": {"initial": {"talks": {}}}}, "behaviour.initial.talks.odds: is missing"),
        ({"behaviour": {"initial": {}}}, "behaviour.initial.talks: is missing"),
        (
            {"behaviour": {"initial": {"talks": {"odds": 1, "peers": 2}}}},
            "the initial law looks at features that no day changes",
        ),
        (
            {"behaviour": {"initial": {**LAW, "willing": {"share": 1.5}}}},
            "behaviour.initial.willing.share: 1.5 must be between 0 and 1",
        ),
        ({"behaviour": {"intial": LAW}}, "unknown key 'intial'; did you mean 'initial'?"),
        (
            {"nations": [{"id": "GBR", "pledge": {"ground": 0}}], "contributions": {"ground": {}}},
            "only if it may start pledged or deployed",
        ),
    ],
)
def test_a_wrong_initial_law_is_refused_in_words(changes, message):
    with pytest.raises(ScenarioError) as caught:
        scenario_from_dict({**BY_LAW, **changes})
    assert message in str(caught.value)


def test_a_law_that_is_set_to_null_leaves_no_stage_to_it():
    text = ["behaviour.initial=null"]
    assert stages(scenario_from_dict(BY_LAW, set=text))[2] == {"outside": 1}
    assert scenario_from_dict(BY_LAW, set=["behaviour.initial=absent"]) == scenario_from_dict(
        BY_LAW, set=text
    )
    assert scenario_from_dict(BY_LAW).with_changes({"behaviour.initial": None}) == (
        scenario_from_dict(BY_LAW, set=text)
    )
    with pytest.raises(ScenarioError, match="initial needs an initial law"):
        scenario_from_dict(BY_LAW, set=[*text, "nations.POL.stage=initial"])
