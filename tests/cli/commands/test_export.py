"""``willing export``: each kind of result as files that other programs read."""

from __future__ import annotations

import json
import sys
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner, Result

import sim
from sim.cli.group import willing
from sim.scenario.load import scenario_from_dict
from tests.results.synthetic import small_ensemble, small_scenario


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("small.yaml").write_text(small_scenario().to_yaml(), encoding="utf-8")


@pytest.fixture
def stored() -> str:
    """A stored ensemble."""
    small_ensemble(20).save("stored")
    return "stored"


def export(*words: str) -> Result:
    """Call it."""
    return CliRunner().invoke(willing, ["export", *words])


def files_in(folder: str) -> dict[str, bytes]:
    """Every file below a folder."""
    items = [item for item in Path(folder).rglob("*") if item.is_file()]
    return {str(item): item.read_bytes() for item in items}


def test_csv_files_hold_the_tables_of_an_ensemble_and_leave_it_as_it_is(stored: str) -> None:
    before = files_in(stored)
    done = export(stored, "--to", "csv")
    assert done.exit_code == 0, done.output
    assert "stored_csv/nations.csv: 140 rows" in done.stdout
    assert files_in(stored) == before
    ensemble = small_ensemble(20)
    runs = pd.read_csv("stored_csv/runs.csv")
    pd.testing.assert_frame_equal(runs, ensemble.runs_table(), check_dtype=False)
    nations = pd.read_csv("stored_csv/nations.csv")
    expected = ensemble.nations_table().astype({"nation": object, "stage": object})
    pd.testing.assert_frame_equal(nations, expected, check_dtype=False)
    days = pd.read_csv("stored_csv/days.csv")
    assert days["date"][3] == "2025-03-13"
    assert "values" not in days


def test_a_workbook_has_a_sheet_for_each_table(stored: str) -> None:
    assert export(stored, "--to", "xlsx").exit_code == 0
    with zipfile.ZipFile("stored.xlsx") as book:
        names = book.read("xl/workbook.xml").decode()
    assert [f'name="{name}"' in names for name in ("runs", "nations", "days", "stages")] == [
        True
    ] * 4


def test_inputs_are_added_when_asked_for_and_only_to_single_runs(stored: str) -> None:
    assert export(stored, "--to", "csv", "--inputs", "--table", "runs").exit_code == 0
    assert [item.name for item in Path("stored_csv").iterdir()] == ["runs.csv"]
    assert "input.climate" in pd.read_csv("stored_csv/runs.csv")
    scenario = sim.load_scenario("small.yaml")
    sim.sweep(scenario, {"days": [20, 30]}, runs=2, out="swept")
    done = export("swept", "--to", "csv", "--inputs")
    assert done.exit_code == 2
    assert "--inputs: it is for a result of willing run" in done.stderr


def test_an_ensemble_of_counts_has_no_runs_and_says_what_it_has() -> None:
    small_ensemble(20, keep="summary").save("counts")
    assert export("counts", "--to", "csv").exit_code == 0
    assert sorted(item.name for item in Path("counts_csv").iterdir()) == ["days.csv", "stages.csv"]
    done = export("counts", "--to", "csv", "--table", "runs")
    assert done.exit_code == 2
    assert "no table runs; there are days, stages" in done.stderr


def test_a_sweep_is_one_table_of_points_with_inputs_outcomes_and_intervals() -> None:
    varied: dict[str, Any] = {"days": [20, 30], "conditions.us_backing.level": [0.2, 0.8]}
    found = sim.sweep(sim.load_scenario("small.yaml"), varied, runs=3, out="swept")
    assert export("swept", "--to", "csv").exit_code == 0
    assert [item.name for item in Path("swept_csv").iterdir()] == ["points.csv"]
    points = pd.read_csv("swept_csv/points.csv")
    expected = found.points_table()
    assert {*varied, "size", "size.low", "size.high", "problem"} <= set(points)
    pd.testing.assert_frame_equal(
        points.drop(columns="problem"), expected.drop(columns="problem"), check_dtype=False
    )


def test_a_comparison_and_a_trace_are_exported_too() -> None:
    scenario = sim.load_scenario("small.yaml")
    other = sim.load_scenario("small.yaml", set={"conditions.us_backing.level": 0.8})
    found = sim.compare({"base": scenario, "other": other}, runs=5)
    found.save("compared")
    assert export("compared", "--to", "csv").exit_code == 0
    outcomes = pd.read_csv("compared_csv/outcomes.csv")
    assert outcomes["difference"][0] == pytest.approx(found.differences[0].outcomes[0].difference)
    assert {item.name for item in Path("compared_csv").iterdir()} == {
        *("outcomes.csv", "nations.csv", "days.csv")
    }
    words = ["trace", "small.yaml", "--nation", "N03", "--out", "traced"]
    assert CliRunner().invoke(willing, words).exit_code == 0
    assert export("traced", "--to", "csv").exit_code == 0
    told = json.loads(Path("traced/trace.json").read_text(encoding="utf-8"))
    events = pd.read_csv("traced_csv/events.csv")
    assert events["day"].tolist() == [each["day"] for each in told["events"]]
    days = pd.read_csv("traced_csv/days.csv")
    assert days["public_size"].tolist() == told["days"]["public_size"]
    assert len(pd.read_csv("traced_csv/hazards.csv")) == 60


def exported_events(name: str, **sections: Any) -> tuple[list[str], list[dict[str, Any]]]:
    """Headings of the exported events of a traced run, and the events as the trace has them."""
    scenario = scenario_from_dict({"days": 20, **sections})
    Path(f"{name}.yaml").write_text(scenario.to_yaml(), encoding="utf-8")
    assert CliRunner().invoke(willing, ["trace", f"{name}.yaml", "--out", name]).exit_code == 0
    done = export(name, "--to", "csv", "--table", "events")
    assert done.exit_code == 0, done.output
    told = json.loads(Path(f"{name}/trace.json").read_text(encoding="utf-8"))["events"]
    table = pd.read_csv(f"{name}_csv/events.csv")
    assert len(table) == len(told)
    return list(table.columns), told


def test_the_columns_of_events_do_not_depend_on_what_happened() -> None:
    behaviour = {"from": None, "declare": {"rate": 0}}
    quiet, nothing = exported_events("quiet", nations=["A", "B"], behaviour=behaviour)
    assert nothing == []
    assert quiet[:6] == ["day", "date", "type", "event", "label", "nations"]
    assert export("quiet", "--to", "xlsx").exit_code == 0
    rapid = {"rate": 5.0}
    eventful, told = exported_events(
        "eventful",
        nations=[{"id": "A", "stage": "public", "capacity": {"ground": 5}}, "B", "C"],
        conditions={"backing": {"level": 0.5}},
        contributions={"ground": {"cost": 2}},
        commitment={"value": 400},
        behaviour={
            "from": "reasoned",
            **dict.fromkeys(("engage", "resolve", "declare", "pledge", "deploy"), rapid),
        },
        events=[
            {"date": 1, "move": "C", "to": "talks"},
            {"date": 2, "meeting": "summit"},
            {"date": 3, "list": "names", "covers": ["A", "B"]},
            {"date": 3, "opinion": "B", "shift": 0.2},
            {"date": 4, "shock": "backing", "jump": 1},
            {"date": 5, "signal": "backing", "shift": 1, "days": 4},
            {"date": 6, "proposal": "backing", "gain": 1, "reference": 0.5},
            {"date": 7, "requirement": 20},
            {"date": 8, "deal": "peace", "probability": 0.5},
            {"date": {"uniform": [6, 9]}, "list": "later names"},
        ],
    )
    assert {each["type"] for each in told} == {"event", "move", "pledge"}
    assert {name for each in told for name in each} == set(eventful)
    assert eventful == quiet


def test_a_file_that_is_there_is_replaced_only_with_force(stored: str) -> None:
    Path("out").mkdir()
    Path("out/days.csv").write_text("mine")
    done = export(stored, "--to", "csv", "--out", "out")
    assert done.exit_code == 2
    assert "out/days.csv is there already" in done.stderr
    assert files_in("out") == {"out/days.csv": b"mine"}
    assert export(stored, "--to", "csv", "--out", "out", "--force", "--quiet").output == ""
    assert len(files_in("out")) == 4
    Path("book.xlsx").write_text("mine")
    assert export(stored, "--to", "xlsx", "--out", "book.xlsx").exit_code == 2
    assert Path("book.xlsx").read_text() == "mine"


def test_files_are_not_mixed_with_those_of_a_result(stored: str) -> None:
    for words in (["csv", "--out", stored], ["xlsx", "--out", f"{stored}/book.xlsx"]):
        done = export(stored, "--to", *words)
        assert done.exit_code == 2
        assert "is in the result" in done.stderr


def test_without_the_extra_a_message_says_how_to_install_it(
    stored: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    done = export(stored, "--to", "xlsx")
    assert done.exit_code == 2
    assert "python -m pip install 'willing[excel]'" in done.stderr
    assert not Path("stored.xlsx").exists()


def test_json_says_what_was_written(stored: str) -> None:
    found = json.loads(export(stored, "--to", "csv", "--table", "runs", "--json").stdout)
    assert found == {"schema": "willing.export/1", "out": "stored_csv", "tables": {"runs": 20}}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere", "--to", "csv"], "no folder nowhere"),
        (["small.yaml", "--to", "csv"], "small.yaml is not a folder"),
        (["stored", "--to", "pdf"], "no such name: 'pdf'"),
        (["stored"], "Missing option '--to'"),
        (["stored", "--to", "csv", "--out", "small.yaml"], "small.yaml is a file, not a folder"),
        (["stored", "--to", "xlsx", "--out", "."], "is a folder"),
    ],
)
def test_wrong_input_is_2_and_writes_nothing(stored: str, words: list[str], said: str) -> None:
    before = files_in(".")
    done = export(*words)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr.replace("\n", " ")
    assert files_in(".") == before


def test_force_replaces_workbooks_and_nothing_else(stored: str) -> None:
    Path("mine.yaml").write_text("days: 9\n", encoding="utf-8")
    for out in ("mine.yaml", "mine.xlsx"):
        if out.endswith(".xlsx"):
            Path("mine.yaml").rename(out)
        done = export(stored, "--to", "xlsx", "--out", out, "--force")
        assert done.exit_code == 2
        assert ("ends in .xlsx" in done.stderr) == out.endswith(".yaml")
        assert Path(out).read_text(encoding="utf-8") == "days: 9\n"
    assert export(stored, "--to", "xlsx", "--out", "new.xlsx").exit_code == 0
    assert export(stored, "--to", "xlsx", "--out", "new.xlsx", "--force").exit_code == 0


@pytest.mark.parametrize("out", ["a.csv", "-"])
def test_tables_as_csv_need_a_folder(stored: str, out: str) -> None:
    done = export(stored, "--to", "csv", "--out", out)
    assert (done.exit_code, Path(out).exists()) == (2, False)
    assert "it is a folder for the tables" in done.stderr


@pytest.mark.parametrize(("form", "out"), [("csv", "loop"), ("csv", "loop/x"), ("xlsx", "loop")])
def test_links_that_go_round_in_a_circle_are_refused(stored: str, form: str, out: str) -> None:
    Path("loop").symlink_to("loop")
    done = export(stored, "--to", form, "--out", out)
    assert done.exit_code == 2
    assert done.stderr == f"Error: cannot write {out}: its symbolic links go round in a circle\n"


def test_one_row_is_a_row() -> None:
    small_ensemble(1).save("one")
    done = export("one", "--to", "csv", "--table", "runs")
    assert done.stdout == "one_csv/runs.csv: 1 row\n"
