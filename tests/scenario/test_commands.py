from __future__ import annotations

import json

from click.testing import CliRunner

from sim.cli.commands.check import check
from sim.cli.commands.schema import schema
from sim.scenario.load import load_scenario


def run(command, *arguments):
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


def test_check_says_that_a_scenario_is_right(paris):
    result = run(check, paris)
    assert result.exit_code == 0
    assert result.stdout.startswith(f"{paris}: ok: 5 nations, 180 days, 2 conditions, 12 events")


def test_check_prints_a_full_form_that_loads_again(paris, tmp_path):
    result = run(check, paris, "--full", "--set", "days=200")
    (tmp_path / "full.yaml").write_text(result.stdout, encoding="utf-8")
    assert load_scenario(tmp_path / "full.yaml") == load_scenario(paris, ["days=200"])


def test_check_lists_the_problems_of_all_files_and_exits_with_2(paris, tmp_path):
    (tmp_path / "wrong.yaml").write_text("days: 0\nnations: [A]\nleaders: [B]\n")
    result = run(check, tmp_path / "wrong.yaml", paris, tmp_path / "missing.yaml")
    assert result.exit_code == 2
    assert "wrong.yaml:1: days: 0 must be" in result.stderr
    assert "wrong.yaml:3: leaders.0: unknown nation 'B'" in result.stderr
    assert "missing.yaml: does not exist" in result.stderr
    assert "paris.yaml: ok" in result.stdout


def test_check_writes_json_for_scripts(paris, tmp_path):
    (tmp_path / "wrong.yaml").write_text("days: 0\nnations: [A]\n")
    result = run(check, paris, tmp_path / "wrong.yaml", "--json", "--full")
    right, wrong = json.loads(result.stdout)
    assert result.exit_code == 2
    assert (right["ok"], right["nations"], right["scenario"]["days"]) == (True, 5, 180)
    assert right["digest"] == load_scenario(paris).digest
    assert wrong["problems"][0]["path"] == "days"
    assert wrong["problems"][0]["line"] == 1


HISTORY = "record: record.csv\nstart: 2011-03-10\ndays: 30\nnations: [FRA, NOR]\n"
RECORD = """\
nation,first,last,event,kind,detail,publisher,confidence
NOR,2011-03-18,2011-03-18,public,air,Will take part,AFP,high
"""


def test_check_reads_the_record_of_a_history(tmp_path):
    (tmp_path / "past.yaml").write_text(HISTORY)
    (tmp_path / "record.csv").write_text(RECORD)
    result = run(check, tmp_path / "past.yaml")
    assert result.exit_code == 0
    assert "record of 1 row;" in result.stdout
    (report,) = json.loads(run(check, tmp_path / "past.yaml", "--json").stdout)
    assert report["record"] == {"file": str(tmp_path / "record.csv"), "rows": 1}


def test_check_lists_the_faults_of_a_record(tmp_path):
    (tmp_path / "past.yaml").write_text(HISTORY)
    (tmp_path / "record.csv").write_text(RECORD.replace("NOR", "NRO"))
    result = run(check, tmp_path / "past.yaml")
    assert result.exit_code == 2
    assert "record.csv:2: nation: unknown nation 'NRO'; did you mean 'NOR'?" in result.stderr
    (tmp_path / "record.csv").unlink()
    result = run(check, tmp_path / "past.yaml")
    assert result.exit_code == 2
    assert "record.csv: does not exist" in result.stderr


def test_check_without_a_file_is_refused():
    assert run(check).exit_code == 2


def test_schema_prints_or_writes_the_schema(tmp_path):
    printed = run(schema)
    written = run(schema, "--out", tmp_path / "s.json")
    assert printed.exit_code == written.exit_code == 0
    assert json.loads(printed.stdout) == json.loads((tmp_path / "s.json").read_text())
