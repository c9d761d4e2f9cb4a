"""``willing trace``: what it prints, and what it says of wrong input."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import sim
from sim.results.format import printable
from sim.scenario.load import scenario_from_dict
from tests.cli.tracing import SMALL, as_json, traced


@pytest.fixture(autouse=True)
def working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working folder with a scenario."""
    monkeypatch.chdir(tmp_path)
    Path("small.yaml").write_text(SMALL, encoding="utf-8")


# What it prints


def test_it_tells_a_run_from_where_they_stand_to_what_it_came_to() -> None:
    result = traced("small.yaml", "--seed", "1", "--run", "7")
    assert (result.exit_code, result.stderr) == (0, "")
    text = result.stdout
    assert text.startswith(
        "A small coalition\n4 nations, 10 Mar 2025 to 19 Apr 2025, run 7, seed 1"
    )
    for part in (
        "10 Mar 2025 (day 0): stage of each nation",
        "  pledged     1  FRA",
        "  France (FRA) has pledged ground ",
        "12 Mar, day 2: ",
        "  Meeting, defence ministers: all 4 attend",
        "  The plan is put to backing: ",
        "  A list is published, first names: it covers POL, CAN",
        "    hazard ",
        "At the end, 19 Apr 2025 (day 40): ",
        "no forecast of what any government",
    ):
        assert part in text, part


def test_no_line_is_wider_than_the_terminal_it_is_meant_for() -> None:
    for name in ("small.yaml", "paris_2025_peace_deal"):
        for nations in ((), ("--nation", "FRA")):
            lines = traced(name, *nations).stdout.splitlines()
            assert max(map(len, lines)) <= 96, max(lines, key=len)


def test_the_story_of_paris_is_short_enough_to_read() -> None:
    assert len(traced("paris_2025").stdout.splitlines()) < 260  # the initial law takes three


def test_every_move_and_pledge_of_the_run_is_told_on_its_day() -> None:
    told = sim.trace(sim.load_scenario("small.yaml"), seed=2, run=3)
    assert told.moves
    text = traced("small.yaml", "--seed", "2", "--run", "3").stdout
    days = dict(re.findall(r"^(?:\d+ \w+, day )(\d+): .*\n((?:  .*\n)*)", text, re.MULTILINE))
    for move in told.moves:
        nation = told.scenario.nations[move.nation]
        assert f"  {nation.name} ({nation.id}) " in days[str(move.when.day)]
    assert {int(day) for day in days} >= {move.when.day for move in told.moves}


def test_one_nation_is_told_by_itself_with_its_hazards() -> None:
    text = traced("small.yaml", "--nation", "POL").stdout
    assert "Poland (POL) in this run: stake 0.90, " in text
    assert "It starts in the talks, on 10 Mar 2025" in text
    assert "Moves forward\ndate " in text
    assert "  traits" in text
    assert "Canada" not in text
    rows = re.findall(r"^\d+ \w{3} +(\d+)(\*?m?) ", text.split("\nExits")[0], re.MULTILINE)
    days = {int(day): mark for day, mark in rows}
    assert {1, 7, 14} <= set(days)
    assert days[2] == "m"
    moved = {
        move["day"]
        for move in as_json("small.yaml")["events"]
        if move["type"] == "move" and move["nation"] == "POL"
    }
    assert moved
    assert {day for day, mark in days.items() if "*" in mark} == moved


def test_several_nations_are_told_one_after_another_each_once() -> None:
    text = traced("small.yaml", *("--nation", "POL") * 2, "--nation", "GBR").stdout
    assert text.index("Poland (POL) in this run") < text.index("United Kingdom (GBR) in this run")
    assert text.count("Poland (POL) in this run") == 1


def test_a_change_reaches_the_run() -> None:
    days = [note["day"] for note in as_json("small.yaml", "--set", "days=12")["events"]]
    assert max(days) <= 12
    assert "to 22 Mar 2025" in traced("small.yaml", "--set", "days=12").stdout


def test_json_is_one_object_with_every_event_and_the_hazards_asked_for() -> None:
    found = as_json("small.yaml", "--seed", "1", "--nation", "POL", "--nation", "GBR")
    told = sim.trace(sim.load_scenario("small.yaml"), seed=1)
    assert found["schema"] == "willing.trace/1"
    assert found["events"] == told.event_log()
    assert (found["seed"], found["run"], found["n_days"]) == (1, 0, 40)
    assert found["public_size"] == told.size[0, -1]
    assert {row["nation"] for row in found["hazards"]} == {"POL", "GBR"}
    assert len(found["hazards"]) == 2 * 2 * 40
    assert "hazards" not in as_json("small.yaml")


def test_quiet_prints_nothing_and_json_all_the_same() -> None:
    assert traced("small.yaml", "--quiet").output == ""
    assert as_json("small.yaml", "--quiet")["schema"] == "willing.trace/1"


# Scenarios of all sorts


BARE = {"days": 3, "nations": ["GBR"], "behaviour": {}}
SORTS = {
    "nothing happens": BARE,
    "no calendar": {**BARE, "behaviour": {"engage": {"rate": 5}}},
    "a run of years": {
        **BARE,
        "start": "2025-03-10",
        "days": 800,
        "behaviour": {"engage": {"rate": 0.01}},
    },
    "no conditions but pledges": {
        **BARE,
        "nations": [{"id": "GBR", "stage": "public", "capacity": {"ground": 1}}],
        "contributions": {"ground": {}},
        "behaviour": {"pledge": {"rate": 5}},
    },
    "pledges of nothing": {
        **BARE,
        "nations": [{"id": "GBR", "stage": "public"}],
        "contributions": {"ground": {}},
        "behaviour": {"pledge": {"rate": 5}},
    },
    "pledges without any kind": {
        **BARE,
        "nations": [{"id": "GBR", "stage": "public"}],
        "behaviour": {"pledge": {"rate": 5}},
    },
    "a meeting of nobody": {**BARE, "events": [{"date": 1, "meeting": "x"}]},
    "a move to where it is": {**BARE, "events": [{"date": 1, "move": "GBR", "to": "outside"}]},
    "moved twice on a day": {
        **BARE,
        "events": [{"date": 1, "move": "GBR", "to": stage} for stage in ("pledged", "left")],
    },
    "moved on the last day": {**BARE, "events": [{"date": 3, "move": "GBR", "to": "talks"}]},
    "hazards beyond all limits": {**BARE, "behaviour": {"engage": {"rate": 1, "climate": 1e9}}},
    "many who move at once": {
        "days": 2,
        "nations": [f"N{number}" for number in range(300)],
        "behaviour": {"engage": {"rate": 9}, "decline": {"outside": {"rate": 9}}},
    },
    "long and strange names": {
        "days": 2,
        "title": "A" * 500,
        "nations": [
            {"id": "X" * 64, "name": "\u202e" + "長" * 150},
            {"id": "Y", "name": "[b]{0}%s"},
        ],
        "behaviour": {"engage": {"rate": 9}},
        "conditions": {"c" * 60: {"level": 0.5}, "d" * 60: {"level": 0.5}},
        "events": [{"date": 1, "meeting": "m" * 190}],
    },
}


LONG = ("many who move at once", "a run of years")


@pytest.mark.parametrize(
    "sort", [pytest.param(sort, marks=[pytest.mark.slow] * (sort in LONG)) for sort in SORTS]
)
def test_a_scenario_of_any_sort_is_told_whole(sort: str) -> None:
    form = {"behaviour": {}, **SORTS[sort]}
    form["behaviour"] = {"from": None, **form["behaviour"]}
    scenario = scenario_from_dict(form)
    Path("sort.yaml").write_text(scenario.to_yaml(), encoding="utf-8")
    nation = scenario.nations[0].id
    for options in ([], ["--nation", nation], ["--json", "--nation", nation]):
        result = traced("sort.yaml", *options)
        lines = result.stderr.splitlines()
        assert result.exit_code == 0, result.output
        assert lines == [f"Note: {printable(note)}" for note in scenario.notes]
        assert "nan" not in result.stdout.lower().replace("nation", "")
        assert len(result.stdout.splitlines()) < 400 or "--json" in options
    assert traced("sort.yaml", "--nation", nation, "--out", "out", "--quiet").exit_code == 0
    assert Path(f"out/figures/hazard_{nation}.png").is_file()


def test_what_would_steer_a_terminal_is_not_printed() -> None:
    form = {
        "days": 2,
        "title": "red \u001b[31m title",
        "nations": [{"id": "GBR", "name": "un\u001b]0;x\u0007ited"}],
        "behaviour": {"from": None, "engage": {"rate": 50}},
        "events": [{"date": 1, "meeting": "bell \u0007 here"}],
    }
    Path("odd.yaml").write_text(scenario_from_dict(form).to_yaml(), encoding="utf-8")
    for options in ([], ["--nation", "GBR"]):
        assert not {"\u001b", "\u0007"} & set(traced("odd.yaml", *options).output)


# Wrong input


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Missing argument 'SCENARIO'"),
        ([""], "'SCENARIO': it is empty"),
        (["."], ". is not a result: it has no provenance.json"),
        (["nowhere.yaml"], "does not exist"),
        (["nowhere"], "unknown scenario 'nowhere'"),
        (["~nosuchuser/small.yaml"], "does not exist"),
        (["small.yaml", "--run", "-1"], "--run"),
        (["small.yaml", "--run", "many"], "--run"),
        (["small.yaml", "--run", str(2**63)], "--run"),
        (["small.yaml", "--seed", "-1"], "--seed"),
        (["small.yaml", "--seed", str(2**64)], "--seed"),
        (["small.yaml", "--nation", "pol"], "unknown nation 'pol'; did you mean 'POL'?"),
        (["small.yaml", "--nation", "XX"], "unknown nation 'XX'; known: GBR, FRA, POL, CAN"),
        (["small.yaml", "--nation", ""], "unknown nation ''"),
        (["small.yaml", "--set", "days=0"], "1 problem in the scenario"),
        (["small.yaml", "--set", "nonsense"], "must have the form PATH=VALUE"),
        (["small.yaml", "--out", ""], "'--out': it is empty"),
        (["small.yaml", "--out", "small.yaml"], "small.yaml is a file, not a folder"),
        (["small.yaml", "--out", "a" * 300], "the name is too long"),
        (["small.yaml", "--out", "~nosuchuser/x"], "there is no home folder ~nosuchuser"),
        (["small.yaml", "more"], "more"),
    ],
)
def test_wrong_input_is_2_and_writes_nothing(arguments: list[str], said: str) -> None:
    before = sorted(Path().rglob("*"))
    result = traced(*arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stdout == ""
    assert sorted(Path().rglob("*")) == before


def test_memory_that_would_not_do_is_1(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.engines.trace.free_bytes", lambda: 1)
    result = traced("small.yaml")
    assert result.exit_code == 1
    assert "out of memory" in result.stderr
    assert "4 nations over 40 days" in result.stderr
