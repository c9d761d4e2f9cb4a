"""Joint draws: what a table may hold, what is wrong with one, and what a scenario says of them."""

from __future__ import annotations

import copy
import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import sim
from sim.scenario.files.errors import ScenarioError
from sim.scenario.joint_draws import JointDraws
from sim.scenario.load import load_scenario, scenario_from_dict
from sim.scenario.schema import Scenario
from sim.store.scenarios import load_stored_scenario, write_scenario

FILE = """\
days: 20
nations:
  - {id: FRA, stage: pledged, capacity: {ground: 4}}
  - {id: POL, stage: willing, stake: {uniform: [0, 1]}}
  - {id: CAN, stage: talks}
contributions: {ground: {}}
conditions: {backing: {level: 0.4}, opposition: {level: 0.4}}
events: [{date: 5, shock: backing, jump: -1, name: crash}]
behaviour: {from: reasoned, declare: {rate: 0.1}}
draws: d.csv
"""
TABLE = """\
climate,behaviour.declare.rate,nations.POL.stake,nations.CAN.stage,events.crash.jump,weight
0.5,0.03,0.1,talks,-1,1
-0.5,0.06,0.9,public,-2,2
"""
FREE = FILE.replace("draws: d.csv\n", "")


def written(folder: Path, table: str = TABLE, file: str = FILE) -> Path:
    """The file of a scenario beside its table."""
    (folder / "d.csv").write_text(table, encoding="utf-8")
    (folder / "s.yaml").write_text(file, encoding="utf-8")
    return folder / "s.yaml"


def drawn(folder: Path, table: str = TABLE) -> JointDraws:
    """The joint draws of a scenario that names a table."""
    found = load_scenario(written(folder, table)).draws
    assert found is not None
    return found


@pytest.fixture
def scenario(tmp_path: Path) -> Scenario:
    """A scenario whose file names a table."""
    return load_scenario(written(tmp_path))


@pytest.fixture
def free(tmp_path: Path) -> Scenario:
    """The same scenario without joint draws."""
    return load_scenario(written(tmp_path, file=FREE))


def test_a_number_of_the_table_is_random_and_keeps_to_its_column(scenario):
    rate = scenario.parameter("behaviour.declare.rate")
    assert rate.is_random
    assert (rate.value.low, rate.value.high) == (0.03, 0.06)
    assert scenario.nations[2].stage == pytest.approx({"talks": 1 / 3, "public": 2 / 3})
    assert scenario.draws.summary == (
        "2 joint draws of 4 numbers and 1 initial stage (by their weights worth 1.8)"
    )


def test_a_table_is_looked_for_beside_the_file_that_names_it(tmp_path):
    (tmp_path / "inner").mkdir()
    written(tmp_path)
    (tmp_path / "inner" / "v.yaml").write_text("base: ../s.yaml\ntitle: v\n")
    assert load_scenario(tmp_path / "inner" / "v.yaml").draws == drawn(tmp_path)
    (tmp_path / "inner" / "w.yaml").write_text("base: ../s.yaml\ndraws: null\n")
    assert load_scenario(tmp_path / "inner" / "w.yaml").draws is None


def test_no_table_is_read_outside_the_folder_that_may_be_read(tmp_path):
    (tmp_path / "inner").mkdir()
    (tmp_path / "d.csv").write_text(TABLE)
    (tmp_path / "inner" / "s.yaml").write_text(FILE.replace("d.csv", "../d.csv"))
    with pytest.raises(ScenarioError, match="draws"):
        load_scenario(tmp_path / "inner" / "s.yaml", within=tmp_path / "inner")


def test_the_content_of_the_table_is_in_the_digest_and_its_form_is_not(tmp_path, scenario):
    digest = scenario.digest
    other_form = TABLE.replace("0.5,0.03", "5e-1, 0.030").replace("\n", "\r\n") + "\r\n"
    assert load_scenario(written(tmp_path, other_form)).digest == digest
    for other in (TABLE.replace("0.06", "0.07"), TABLE.replace("public", "willing")):
        assert load_scenario(written(tmp_path, other)).digest != digest
    assert load_scenario(written(tmp_path, TABLE.replace("2\n", "3\n"))).digest != digest
    assert load_scenario(written(tmp_path, file=FREE)).digest != digest


def test_a_full_form_in_memory_is_the_scenario(scenario):
    assert scenario_from_dict(scenario.full()) == scenario
    assert scenario_from_dict(copy.deepcopy(scenario.full())) == scenario
    again = pickle.loads(pickle.dumps(scenario))
    assert (again, again.digest) == (scenario, scenario.digest)


def test_a_full_form_on_disk_is_the_scenario_while_its_table_is_as_it_was(tmp_path, scenario):
    write_scenario(scenario, tmp_path / "full.yaml")
    stored = load_stored_scenario(tmp_path / "full.yaml")
    assert (stored, stored.digest) == (scenario, scenario.digest)
    form = json.loads(json.dumps(scenario.full()))
    assert scenario_from_dict(form, tmp_path) == scenario
    table = tmp_path / form["draws"]["table"]
    table.write_text(table.read_text().replace("0.06", "0.07"))
    with pytest.raises(ScenarioError, match=rf"{table.name}: was changed: its SHA-256 is"):
        load_scenario(tmp_path / "full.yaml")
    table.unlink()
    with pytest.raises(ScenarioError, match=rf"draws: .*{table.name} does not exist"):
        load_scenario(tmp_path / "full.yaml")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("climate", 0.3),
        ("climate", None),
        ("nations.*.stake", 0.3),
        ("nations.POL.stake", {"uniform": [0, 0.5]}),
        ("nations.CAN.stage", "willing"),
        ("nations.CAN.stage", {"talks": 0.5, "willing": 0.5}),
        ("events.shock.backing.0.jump", 1.0),
        ("events.0.jump", 1.0),
        ("events.crash", None),
        ("behaviour.declare", {"rate": 0.5}),
    ],
)
def test_a_value_that_is_set_wins_and_drops_its_column(path: str, value: Any, scenario, free):
    changed = scenario.with_changes({path: value})
    assert len(changed.draws.columns) == len(scenario.draws.columns) - 1
    assert changed.with_changes({"draws": None}) == free.with_changes({path: value})
    assert changed.digest not in (scenario.digest, free.digest)


def test_a_value_of_no_column_leaves_the_draws_as_they_are(scenario):
    changed = scenario.with_changes({"commitment.value": 50, "nations.FRA.stake": 0.2})
    assert changed.draws == scenario.draws
    assert changed.parameter("nations.POL.stake").is_random
    assert scenario.with_changes({"title": "x"}).digest == scenario.digest


def test_without_any_column_there_are_no_draws(tmp_path):
    one = load_scenario(written(tmp_path, "climate\n0.1\n0.2\n"))
    assert one.with_value("climate", 1.0) == load_scenario(written(tmp_path, file=FREE)).with_value(
        "climate", 1.0
    )


def test_a_value_set_while_loading_drops_its_column_too(tmp_path):
    file = written(tmp_path)
    assert load_scenario(file, ["climate=0.3"]) == load_scenario(file).with_value("climate", 0.3)
    assert load_scenario(file, ["draws=absent"]).draws is None


def test_a_nation_that_a_variant_removes_takes_its_columns_along(tmp_path):
    written(tmp_path)
    (tmp_path / "v.yaml").write_text("base: s.yaml\nremove_nations: POL\n")
    draws = load_scenario(tmp_path / "v.yaml").draws
    assert "nations.POL.stake" not in draws.columns
    assert len(draws.columns) == 4


def test_a_value_of_a_variant_that_its_draws_replace_is_noted(tmp_path, scenario):
    variant = """\
base: s.yaml
climate: 3
behaviour: {declare: {rate: 0.9, peers: 2}}
nations: {set: {CAN: {stage: public, stake: 0.1}}}
set_events: {crash: {jump: -3}}
"""
    places = {
        "climate": "v.yaml:2",
        "behaviour.declare.rate": "v.yaml:3",
        "nations.CAN.stage": "v.yaml:4",
        "events.crash.jump": "v.yaml:5",
    }
    file = tmp_path / "v.yaml"
    file.write_text(variant)
    notes = load_scenario(file).loading_notes
    assert [note.partition(": ")[0] for note in notes] == list(places)
    for note, place in zip(notes, places.values(), strict=True):
        assert note.endswith(f"{place} says of it has no effect")
    file.write_text(f"{variant}draws: d.csv\n")
    assert load_scenario(file).loading_notes == ()
    file.write_text(variant.replace("base", "draws: null\nbase"))
    assert load_scenario(file).loading_notes == ()
    [note] = scenario_from_dict({"base": scenario, "climate": 3}).loading_notes
    assert note == (
        "climate: each run takes it from the joint draws, so that what the variant says of it has "
        "no effect"
    )


def test_a_star_is_a_column_of_every_nation(tmp_path):
    found = load_scenario(written(tmp_path, "nations.*.threshold\n0.1\n0.3\n"))
    assert [n.threshold.values.tolist() for n in found.nations] == [[0.1, 0.3]] * 3
    changed = found.with_value("nations.FRA.threshold", 0)
    assert list(changed.draws.columns) == ["nations.POL.threshold", "nations.CAN.threshold"]


def test_notes_know_what_the_table_may_bring(tmp_path):
    idle = FREE.replace("declare: {rate: 0.1}", "declare: {rate: 0, climate: 1}")
    note = "behaviour.declare.climate: the rate of the move is 0"
    (tmp_path / "s.yaml").write_text(idle)
    file = written(tmp_path, "behaviour.declare.rate\n0\n0.1\n", idle + "draws: d.csv\n")
    assert not any("behaviour.declare" in each for each in load_scenario(file).notes)
    never = "nations: [{id: A, stage: outside}]\ndays: 5\nbehaviour: {withdraw: {rate: 0.1}}\n"
    file = written(tmp_path, "nations.A.stage\noutside\npublic\n", never + "draws: d.csv\n")
    unreached = "behaviour.withdraw.public.rate"
    assert not any(unreached in each for each in load_scenario(file).notes)
    free = load_scenario(written(tmp_path, file=never))
    assert any(unreached in each for each in free.notes), (note, free.notes)


# From Python


def test_draws_from_python_are_those_of_a_file(scenario, free):
    table = {
        "climate": [0.5, -0.5],
        "behaviour.declare.rate": [0.03, 0.06],
        "nations.POL.stake": [0.1, 0.9],
        "nations.CAN.stage": ["talks", "public"],
        "events.crash.jump": [-1, -2],
    }
    for given in (table, pd.DataFrame(table)):
        assert free.with_draws(given, weights=[1, 2]) == scenario
    assert scenario.with_draws({"climate": [1.0]}) == free.with_draws({"climate": [1.0]})


@pytest.mark.parametrize(
    ("draws", "weights", "message"),
    [
        ({"climate": [0, 11, 12]}, None,
         "climate: 11 must be between -10 and 10 (draw 1); 1 more cells of the column are wrong"),
        ({"climate": [0, 1], "nations.POL.stake": [0.5]}, None,
         "draws: the columns have different lengths: climate 2, nations.POL.stake 1"),
        ({"climate": [0, 1]}, [1],
         "draws: the columns have different lengths: climate 2, weight 1"),
        ({"climate": 3}, None, "climate: 3 must be a list of values, one for each draw"),
        ({"climate": []}, None, "draws: there are no joint draws"),
        ({}, None, "names no number of the scenario, such as climate or behaviour.declare.rate"),
        ({"climate": [0.5]}, [0], "weight: every weight is 0"),
        ({"climate": [None]}, None, "climate: a blank cell must be a number between -10 and 10"),
    ],
)  # fmt: skip
def test_wrong_draws_from_python_are_refused_in_words(draws, weights, message, free):
    with pytest.raises(ScenarioError) as refused:
        free.with_draws(draws, weights)
    assert message in str(refused.value)


# What is wrong with a table


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("climat\n1\n", "d.csv:1: climat: unknown key 'climat'; did you mean 'climate'?"),
        ("climate,behaviour.declare.rat\n1,1\n",
         "d.csv:1: behaviour.declare.rat: unknown key 'rat'; did you mean 'rate'?"),
        ("climate,nations.POK.stake\n1,1\n", "d.csv:1: nations.POK.stake: unknown nation 'POK'"),
        ("climate,nations.POK.stage\n1,talks\n",
         "d.csv:1: nations.POK.stage: unknown nation 'POK'; did you mean 'POL'?"),
        ("climate,nations.POL.stage\n1,talk\n",
         "d.csv:2: nations.POL.stage: 'talk' must be a stage out of outside"),
        ("climate,nations.POL.stage\n1,initial\n", "d.csv:2: nations.POL.stage: 'initial' must be"),
        ("climate\n1\n\n11\n", "d.csv:4: climate: 11 must be between -10 and 10"),
        ("climate,weight\n1,1\nx,1\n", "d.csv:3: climate: 'x' must be a number between -10 and 10"),
        ("climate,weight\n,1\n", "d.csv:2: climate: a blank cell must be a number between"),
        ("climate,weight\n.nan,1\n", "d.csv:2: climate: .nan must be a number between -10 and 10"),
        ("climate\n{uniform: [0]}\n", "d.csv:2: climate: '{uniform: [0]}' must be a number"),
        ("climate,weight\n1\n", "d.csv:2: has 1 cell; the first line has 2"),
        ("climate,climate\n1,2\n", "d.csv:1: the column 'climate' is given twice"),
        ("nations.POL.stake,nations.*.stake\n0,1\n",
         "d.csv:1: nations.*.stake: nations.POL.stake is given twice, by the column nations.POL"),
        ("events.crash.jump,events.0.jump\n0,1\n",
         "d.csv:1: events.0.jump: events.crash.jump is given twice, by the column events.crash"),
        ("climate,\n1,2\n", "d.csv:1: column 2 has no name"),
        ("climate\n", "d.csv:1: has no joint draws below its first line"),
        ("weight\n1\n", "d.csv:1: names no number of the scenario"),
        ("climate,weight\n1,-1\n", "d.csv:2: weight: -1 must be between 0 and 1e100"),
        ("climate,weight\n1,0\n2,0\n", "d.csv:1: weight: every weight is 0"),
        ("climate;weight\n1;0\n", "its cells are separated by semicolons"),
        ("what,ever\n1,0\n", "d.csv:1: is no table of joint draws: its first line names no"),
        ("days\n20\n", "d.csv:1: days: is the same in all runs, so that it cannot be drawn"),
        ("ties.base\n1\n", "d.csv:1: ties.base: is the same in all runs"),
        ("events.crash.date\n3\n", "d.csv:1: events.crash.date: is the same in all runs"),
        ("behaviour.engage.rate\n3\n", ""),
        ("behaviour.return.rate,title\n3,x\n", "d.csv:1: title: "),
        ("contributions.ground.weight\n1000\n0.1\n", ""),
        ("nations.FRA.capacity.ground,contributions.ground.weight\n1000000,1000\n1000000,1000\n",
         ""),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_table_is_said_with_its_line_and_column(tmp_path, table, message):
    file = written(tmp_path, table)
    if not message:
        assert load_scenario(file).draws is not None
        return
    with pytest.raises(ScenarioError) as refused:
        load_scenario(file)
    assert message in str(refused.value)
    assert len(refused.value.problems) == 1


DRAWN_DATE = FILE.replace("date: 5", "date: {uniform: [2, 9]}")


def test_a_date_that_is_drawn_may_be_drawn_jointly(tmp_path):
    table = "climate,events.crash.date,weight\n0.5,21,1\n0.1,7,3\n-0.5,21.0,2\n"
    scenario = load_scenario(written(tmp_path, table, DRAWN_DATE))
    date = scenario.events[0].drawn_date
    assert (date.first, date.last, date.share_until(20)) == (7, 21, 0.5)
    assert scenario_from_dict(scenario.full()) == scenario
    again = pickle.loads(pickle.dumps(scenario))
    assert (again, again.digest) == (scenario, scenario.digest)
    write_scenario(scenario, tmp_path / "full.yaml")
    stored = load_stored_scenario(tmp_path / "full.yaml")
    assert (stored, stored.digest) == (scenario, scenario.digest)
    alone = scenario.with_changes({"events.crash.date": 4})
    assert (alone.events[0].date, list(alone.draws.columns)) == (4, ["climate"])


@pytest.mark.parametrize("day", ["0", "3.5", "2025-03-01", ""])
def test_a_date_of_the_table_is_a_day_on_which_the_event_may_be(tmp_path, day):
    file = written(tmp_path, f"climate,events.crash.date\n0,3\n0,{day}\n", DRAWN_DATE)
    with pytest.raises(ScenarioError, match=r"d.csv:3: events.crash.date: .* 1 and 36500"):
        load_scenario(file)


def test_every_column_that_is_wrong_is_a_problem_of_its_own(tmp_path):
    file = written(tmp_path, "climate,nations.POL.stake,nope.x\n11,2,1\n-11,0.5,1\n")
    with pytest.raises(ScenarioError) as refused:
        load_scenario(file)
    assert [(each.line, each.path) for each in refused.value.problems] == [
        (1, "nope.x"),
        (2, "climate"),
        (2, "nations.POL.stake"),
    ]
    assert refused.value.problems[1].message.endswith("; 1 more cells of the column are wrong")


def test_numbers_of_the_table_fit_those_of_the_file(tmp_path):
    file = FREE.replace("id: FRA,", "id: FRA, pledge: {ground: 3}, reliance: {backing: 0.5},")
    table = "nations.FRA.capacity.ground\n1\n2\n"
    with pytest.raises(
        ScenarioError, match=r"FRA.pledge.ground: 3 must be at most the capacity, 2"
    ):
        load_scenario(written(tmp_path, table, file + "draws: d.csv\n"))
    load_scenario(written(tmp_path, table + "3\n", file + "draws: d.csv\n"))
    table = "nations.FRA.sensitivity.backing\n0\n-1\n"
    with pytest.raises(ScenarioError, match="backing is relied on as well"):
        load_scenario(written(tmp_path, table, file + "draws: d.csv\n"))
    table = "nations.FRA.capacity.ground,contributions.ground.weight\n1e6,1e3\n"
    file = FREE.replace("{id: CAN", "{id: DEU, capacity: {ground: 1000000}}\n  - {id: CAN")
    for name in ("A", "B", "C", "D"):
        file = file.replace(
            "  - {id: CAN", f"  - {{id: {name}, capacity: {{ground: 1000000}}}}\n  - {{id: CAN"
        )
    with pytest.raises(ScenarioError, match="the capacities of all nations may add up to"):
        load_scenario(written(tmp_path, table, file + "draws: d.csv\n"))


@pytest.mark.parametrize(
    ("draws", "message"),
    [
        (
            "3",
            "draws: 3 must be the path of a table, {table: ..., sha256: ...}, posterior, or a list "
            "of these",
        ),
        ("{tabel: d.csv}", "draws.tabel: unknown key 'tabel'; did you mean 'table'?"),
        ("none.csv", "none.csv does not exist"),
    ],
)
def test_what_names_no_table_is_refused(tmp_path, draws, message):
    with pytest.raises(ScenarioError) as refused:
        load_scenario(written(tmp_path, file=FILE.replace("d.csv", draws)))
    assert message in str(refused.value)


def test_a_table_may_not_be_endless(tmp_path):
    with pytest.raises(ScenarioError, match=r"d.csv:100002: has over 100,000 draws"):
        load_scenario(written(tmp_path, "climate\n" + "1\n" * 100_005))


def in_a_list(folder, **tables):
    """The joint draws of a scenario that has some tables, each as CSV, in a list."""
    for name, table in tables.items():
        (folder / f"{name}.csv").write_text(table, encoding="utf-8")
    file = folder / "s.yaml"
    names = ", ".join(f"{name}.csv" for name in tables)
    file.write_text(f"days: 9\nnations: [A, B]\ndraws: [{names}]\n", encoding="utf-8")
    return load_scenario(file).draws


def shares(draws, path):
    """How often each number of a column is drawn."""
    weights = np.array(draws.weights) / sum(draws.weights)
    values = np.array(draws.columns[path])
    return {float(each): float(weights[values == each].sum()) for each in np.unique(values)}


def test_short_tables_in_a_list_are_crossed(tmp_path):
    draws = in_a_list(tmp_path, c="climate\n-1\n1\n", t="tempo,weight\n1,9\n2,1\n4,0\n")
    assert draws.n_lines == 6
    assert shares(draws, "climate") == pytest.approx({-1.0: 0.5, 1.0: 0.5})
    assert shares(draws, "tempo") == pytest.approx({1.0: 0.9, 2.0: 0.1, 4.0: 0.0})
    pairs = zip(draws.columns["climate"], draws.columns["tempo"], draws.weights, strict=True)
    assert sorted(pairs) == [(c, t, w) for c in (-1, 1) for t, w in ((1, 9), (2, 1), (4, 0))]


def test_long_tables_in_a_list_keep_their_shares_and_are_independent(tmp_path):
    tables = {
        "c": "climate\n" + "".join(f"{x % 7 - 3}\n" for x in range(700)),
        "t": "tempo,weight\n" + "".join(f"{1 + x % 5},{1 + x % 2}\n" for x in range(70)),
        "s": "nations.A.stake\n" + "".join(f"{x / 10}\n" for x in range(10)),
    }
    draws = in_a_list(tmp_path, **tables)
    assert draws.n_lines == 2048
    paths = ("climate", "tempo", "nations.A.stake")
    assert shares(draws, "climate") == pytest.approx(dict.fromkeys(range(-3, 4), 1 / 7), abs=2e-3)
    assert shares(draws, "tempo") == pytest.approx(dict.fromkeys(range(1, 6), 0.2), abs=2e-3)
    columns = np.array([draws.columns[path] for path in paths])
    assert np.abs(np.corrcoef(columns) - np.eye(3)).max() < 4.5 / np.sqrt(2048)
    assert len(np.unique(columns, axis=1).T) == 7 * 5 * 10
    stored = load_scenario(tmp_path / "s.yaml")
    sim.run(stored, runs=5).save(tmp_path / "result")
    assert load_scenario(tmp_path / "result" / "scenario.yaml").draws == draws


def test_tables_whose_first_lines_weigh_nothing_can_stand_in_a_list(tmp_path):
    draws = in_a_list(tmp_path, c="climate,weight\n1,1\n2,0\n", t="tempo,weight\n1,0\n2,1\n")
    assert shares(draws, "climate") == {1.0: 1.0, 2.0: 0.0}
    assert shares(draws, "tempo") == {1.0: 0.0, 2.0: 1.0}


def test_a_number_may_stand_in_one_table_of_a_list_only(tmp_path):
    with pytest.raises(ScenarioError, match=r"two.csv:1: climate: .* twice, .* of .*one.csv too"):
        in_a_list(tmp_path, one="climate\n1\n2\n", two="climate\n1\n2\n")


@pytest.mark.parametrize("draws", ["[]", "[null]", "[posterior, null]", "[[posterior]]"])
def test_a_list_of_draws_holds_tables(tmp_path, draws):
    file = tmp_path / "s.yaml"
    file.write_text(f"days: 9\nnations: [A]\ndraws: {draws}\n", encoding="utf-8")
    with pytest.raises(ScenarioError, match="must be the path of a table"):
        load_scenario(file)


@pytest.mark.parametrize("draws", [3, ["c.csv"], None])
def test_draws_from_python_that_are_none_are_refused(draws, free):
    with pytest.raises(ScenarioError, match="must be a mapping"):
        free.with_draws(draws)
