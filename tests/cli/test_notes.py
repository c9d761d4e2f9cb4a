"""What commands say of a scenario in which something can have no effect."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sim.cli.group import willing
from sim.scenario.load import load_scenario

IDLE = """\
days: 10
nations: [{id: GBR, stage: willing, sensitivity: {opposition: -2}}, FRA]
conditions: {opposition: {level: 0.7}}
success: {opposition: 0.5, hold: 5}
behaviour:
  from: reasoned
  resolve: &none {pressure: 0}
  declare: *none
  pledge: *none
  decline: *none
  withdraw: *none
"""
SENSITIVITY = "nations.GBR.sensitivity.opposition: no move has a coefficient of pressure"
THRESHOLD = "success.opposition: it is always met: nothing moves opposition from 0.7"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("idle.yaml").write_text(IDLE, encoding="utf-8")
    felt = IDLE.partition("behaviour:")[0]
    Path("felt.yaml").write_text(felt, encoding="utf-8")


def result_of(*arguments: str) -> Result:
    found = CliRunner().invoke(willing, arguments)
    assert found.exit_code == 0, found.output
    return found


def test_check_reports_notes_and_still_succeeds():
    lines = result_of("check", "idle.yaml").stdout.splitlines()
    assert lines[1:] == [f"idle.yaml: note: {SENSITIVITY}", f"idle.yaml: note: {THRESHOLD}"]
    full = result_of("check", "idle.yaml", "--full")
    assert "note:" not in full.stdout
    assert f"idle.yaml: note: {SENSITIVITY}" in full.stderr
    (report,) = json.loads(result_of("check", "idle.yaml", "--json").stdout)
    assert report["ok"]
    assert report["notes"] == [SENSITIVITY, THRESHOLD] == list(load_scenario("idle.yaml").notes)


@pytest.mark.parametrize(
    ("command", "printed"),
    [
        (["run", "idle.yaml", "--runs", "5"], [SENSITIVITY, THRESHOLD]),
        (
            ["compare", "idle.yaml", "felt.yaml", "--runs", "5"],
            [f"idle: {SENSITIVITY}", THRESHOLD],
        ),
        (
            ["sweep", "idle.yaml", "--vary", "nations.GBR.sensitivity.opposition=-1,1", "--runs=5"],
            [
                "nations.GBR.sensitivity.opposition is varied, but changes nothing at any point: "
                "no move has a coefficient of pressure",
                THRESHOLD,
            ],
        ),
    ],
)
def test_commands_print_notes_to_standard_error_unless_quiet(command, printed):
    options = ["--no-figures", "--out", "there", "--force"]
    found = result_of(*command, *options, "--json")
    assert [line for line in found.stderr.splitlines() if line.startswith("Note: ")] == [
        f"Note: {note}" for note in printed
    ]
    stored = json.loads(found.stdout)
    if command[0] == "compare":
        assert [each["notes"] for each in stored["scenarios"]] == [
            [SENSITIVITY, THRESHOLD],
            [THRESHOLD],
        ]
    else:
        assert stored["notes"] == printed
    assert result_of(*command, *options, "--quiet").stderr == ""


def test_trace_prints_notes_too():
    assert f"Note: {SENSITIVITY}" in result_of("trace", "idle.yaml").stderr
    assert result_of("trace", "idle.yaml", "--quiet").stderr == ""


def test_a_new_scenario_has_no_notes():
    result_of("new", "started.yaml")
    assert load_scenario("started.yaml").notes == ()
    result_of("new", "variant.yaml", "--base", "paris_2025")
    assert load_scenario("variant.yaml").notes == ()
