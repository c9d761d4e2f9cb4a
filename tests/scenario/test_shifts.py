"""What a shift on the log-odds scale does to a level."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from sim.cli.group import willing
from sim.scenario.load import scenario_from_dict
from sim.scenario.shifts import level_shifts

SIGNAL: dict[str, object] = {"date": 1, "signal": "us_backing", "shift": 2}


def shifted(
    level: object,
    events: list[dict[str, object]],
    draws: dict[str, list[float]] | None = None,
    weights: list[float] | None = None,
) -> list[tuple[str, float, float]]:
    """Path, level and shifted level of each shift."""
    scenario = scenario_from_dict(
        {
            "days": 10,
            "nations": ["GBR"],
            "conditions": {"us_backing": {"level": level}},
            "events": events,
        }
    )
    if draws is not None:
        scenario = scenario.with_draws(draws, weights)
    return [(shift.path, shift.before, shift.after) for shift in level_shifts(scenario)]


@given(st.floats(0.001, 0.999), st.floats(-100, 100))
def test_the_odds_are_multiplied_by_e_to_the_shift(level: float, shift: float) -> None:
    [(path, before, after)] = shifted(level, [{"date": 1, "shock": "us_backing", "jump": shift}])
    assert path == "events.shock.us_backing.0.jump"
    assert before == level
    odds = level / (1.0 - level)
    assert after == pytest.approx(1.0 / (1.0 + math.exp(-shift) / odds), rel=1e-9)
    assert 0.0 <= after <= 1.0


def test_a_random_number_is_taken_at_its_median() -> None:
    signal = {"date": 1, "signal": "us_backing", "shift": {"uniform": [1, 3]}, "name": "a word"}
    events = [signal, {"date": 2, "deal": "x"}]
    [(path, before, after)] = shifted({"uniform": [0.2, 0.5]}, events)
    assert path == "events.a word.shift"
    assert (before, round(after, 2)) == (pytest.approx(0.35), 0.8)


def test_check_translates_shifts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shock = "  - {date: 5, shock: us_backing, jump: -2}\n"
    Path("f.yaml").write_text(
        "days: 30\nnations: [{id: GBR, stage: public, reliance: {us_backing: 1}}]\n"
        "conditions: {us_backing: {level: 0.35}}\nevents:\n"
        "  - {date: 4, signal: us_backing, shift: 2}\n" + 9 * shock,
        encoding="utf-8",
    )
    lines = CliRunner().invoke(willing, ["check", "f.yaml"]).stdout.splitlines()
    signal = "f.yaml: events.signal.us_backing.0.shift = 2.00 takes us_backing: 0.35 -> 0.80"
    assert lines[1] == signal
    assert lines[2].endswith(
        "events.shock.us_backing.0.jump = -2.00 takes us_backing: 0.35 -> 0.07"
    )
    assert "f.yaml: and 2 more shifts (--json lists all)" in lines
    [report] = json.loads(CliRunner().invoke(willing, ["check", "f.yaml", "--json"]).stdout)
    assert len(report["shifts"]) == 10
    assert report["shifts"][0]["after"] == pytest.approx(0.799, abs=0.001)


def test_check_says_of_the_first_drawn_dates_when_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    meeting = "  - {date: {uniform: [5, 40]}, meeting: m}\n"
    Path("f.yaml").write_text(f"days: 30\nnations: [GBR]\nevents:\n{meeting * 11}", "utf-8")
    lines = CliRunner().invoke(willing, ["check", "f.yaml"]).stdout.splitlines()
    assert sum("is drawn: day 22 in the median" in line for line in lines) == 8
    assert "f.yaml: and 3 more drawn dates (--json lists all)" in lines
    [report] = json.loads(CliRunner().invoke(willing, ["check", "f.yaml", "--json"]).stdout)
    assert len(report["drawn_dates"]) == 11


def test_a_number_of_joint_draws_is_taken_at_its_median() -> None:
    column = {"conditions.us_backing.level": [0.1, 0.2, 0.9, 0.3, 0.4]}
    assert shifted(0.5, [SIGNAL], column)[0][1] == 0.3
    assert shifted(0.5, [SIGNAL], column, [1, 1, 9, 1, 1])[0][1] == 0.9
