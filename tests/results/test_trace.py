"""What a trace says of hazards, in tables, lists and files."""

from __future__ import annotations

import json
from math import exp, log
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

import sim
from sim.core.stages import EXIT, FEATURES, FORWARD
from sim.results.format import json_ready
from sim.results.trace import TERMS, Trace
from sim.scenario.load import scenario_from_dict
from sim.store.ensembles import load_results
from sim.store.folder import MARKER, ResultsError, check_free
from sim.store.traces import TraceText, json_text, trace_as_dict, write_trace
from tests.results.synthetic import small_ensemble

TOLD = TraceText("A story.", ("GBR",), "willing trace scenario.yaml")


def a_trace(**changes: Any) -> Trace:
    """Two nations that decide and declare at known rates; a third is pledged without a deal."""
    form = {
        "title": "Three",
        "start": "2025-03-10",
        "days": 9,
        "nations": [
            {"id": "GBR", "stage": "willing", "stake": 0.9, "support": 0.7},
            {"id": "FRA", "stage": "talks", "stake": 0.4},
            {"id": "POL", "stage": "pledged", "capacity": {"ground": 2.0}},
        ],
        "contributions": {"ground": {}},
        "events": [
            {"date": 2, "meeting": "first", "weight": 0.5},
            {"date": 4, "move": "FRA", "to": "willing"},
        ],
        "behaviour": {
            "from": None,
            "declare": {"rate": 0.02, "stake": 2.0, "support": 1.0, "convened": 3.0},
            "deploy": {"rate": 0.5},
            "withdraw": {"pledged": {"rate": 1e-9}},
        },
    }
    return sim.trace(scenario_from_dict({**form, **changes}), seed=3, run=2)


def test_terms_are_the_logarithm_of_the_rate_and_coefficient_times_feature() -> None:
    terms = a_trace().terms("GBR", 1, FORWARD)
    assert list(terms) == ["rate", *FEATURES]
    assert terms["rate"] == log(0.02)
    assert terms["stake"] == pytest.approx(2.0 * 0.4)
    assert terms["support"] == pytest.approx(0.2)
    assert sum(terms.values()) == pytest.approx(log(0.02) + 1.0)


def test_a_meeting_shows_in_the_terms_and_fades() -> None:
    terms = [a_trace().terms("GBR", day, FORWARD)["convened"] for day in (1, 2, 3)]
    assert terms == [0.0, 1.5, pytest.approx(1.5 * exp(-1 / 5))]


def test_a_move_that_is_not_open_has_no_terms_and_a_status_that_says_why() -> None:
    trace = a_trace()
    pol, fra, gbr = (trace.index_of(name) for name in ("POL", "FRA", "GBR"))
    assert trace.status(gbr, 1, FORWARD) == "open"
    assert trace.status(gbr, 1, EXIT) == "not named"
    assert trace.status(fra, 3, FORWARD) == "not named"
    assert trace.status(fra, 4, FORWARD) == "held"
    assert trace.status(fra, 5, FORWARD) == "open"
    assert trace.status(pol, 5, FORWARD) == "no deal"
    assert trace.status(pol, 5, EXIT) == "open"
    assert trace.status(gbr, 0, FORWARD) == "not told"
    assert trace.terms("POL", 5, FORWARD) == {}
    assert trace.terms("GBR", 0, FORWARD) == {}
    left = a_trace(events=[{"date": 1, "move": "POL", "to": "left"}])
    assert left.status(pol, 2, EXIT) == "no move"
    assert (trace.hazards[1:, pol, FORWARD] == 0.0).all()


def test_the_hazard_table_has_a_row_a_day_and_side_and_a_column_a_term() -> None:
    trace = a_trace()
    table = trace.hazard_table("FRA")
    assert len(table) == 2 * trace.n_days
    assert table.side.tolist() == ["forward", "exit"] * trace.n_days
    assert table.day.tolist() == sorted(table.day)
    assert table.date.iloc[0] == "2025-03-11"
    assert list(table.columns)[-len(TERMS) :] == list(TERMS)
    shown = table[table.status == "open"]
    assert (shown.hazard > 0.0).all()
    assert np.allclose(np.exp(shown[list(TERMS)].sum(axis=1)), shown.hazard, rtol=1e-12)
    assert table[table.status != "open"][list(TERMS)].isna().all(axis=None)


def test_hazards_accumulate_from_the_day_a_stage_is_entered() -> None:
    trace = a_trace()
    table = trace.hazard_table("FRA").query("side == 'forward' and day >= 4")
    visit = next(visit for visit in trace.visits[trace.index_of("FRA")] if visit.day == 4)
    stay = table[table.stage == "willing"]
    assert visit.first_day == 4
    assert len(stay) >= 2
    assert (stay.threshold == visit.thresholds[0]).all()
    assert np.allclose(stay.accumulated, stay.hazard.cumsum(), rtol=1e-12)


def test_a_nation_that_is_not_there_is_named_with_one_that_is() -> None:
    with pytest.raises(ValueError, match="unknown nation 'GRB'; did you mean 'GBR'"):
        a_trace().hazard_table("GRB")


def test_days_have_no_dates_without_a_calendar() -> None:
    trace = a_trace(start=None)
    assert trace.date(3) is None
    assert trace.hazard_table("GBR").date.isna().all()
    assert {note["date"] for note in trace.event_log()} == {None}


def test_the_log_tells_of_each_move_what_its_hazard_was_made_of() -> None:
    trace = a_trace(days=400)
    moves = [note for note in trace.event_log() if note.get("cause") == "own decision"]
    assert {note["nation"] for note in moves} == {"GBR", "FRA"}
    for note in moves:
        assert note["move"] == "declare"
        assert (note["from"], note["to"]) == ("willing", "public")
        assert note["hazard"] == pytest.approx(exp(sum(note["terms"].values())))
        assert note["used_before"] < note["threshold"] <= note["used_before"] + note["hazard"]
        used = note["used_before"] + note["hazard"]
        assert note["would_wait_longer"] == pytest.approx(exp(-used))


def test_the_log_is_in_order_of_time_and_has_events_of_all_types() -> None:
    log_ = a_trace().event_log()
    assert [note["day"] for note in log_] == sorted(note["day"] for note in log_)
    assert {note["type"] for note in log_} >= {"event", "move", "pledge"}
    meeting = next(note for note in log_ if note.get("event") == "meeting")
    assert (meeting["date"], meeting["label"]) == ("2025-03-12", "first")
    assert meeting["nations"] == ["GBR", "FRA", "POL"]
    assert meeting["weight"] == 0.5
    pledge = next(note for note in log_ if note["type"] == "pledge")
    assert pledge["reasons"]["capacity"] == {"ground": 2.0}


def test_what_is_no_finite_number_is_null() -> None:
    nested = {"a": [float("nan"), np.inf, 1.5], "b": np.array([1, 2]), "c": (np.float64(2), None)}
    assert json_ready(nested) == {"a": [None, None, 1.5], "b": [1, 2], "c": [2.0, None]}


def test_a_trace_is_json_that_any_reader_takes() -> None:
    trace = a_trace()
    document = json.loads(json_text(trace_as_dict(trace, ("GBR", "POL"))))
    assert document["schema"] == "willing.trace/1"
    assert (document["seed"], document["run"], document["start"]) == (3, 2, "2025-03-10")
    assert document["digest"] == trace.scenario.digest
    assert document["public_size"] == trace.size[0, -1]
    assert document["days"]["public_size"] == trace.size[0].tolist()
    assert document["days"]["force"]["all kinds"] == trace.force[:, -1].tolist()
    assert document["events"] == trace.event_log()
    assert len(document["hazards"]) == 2 * 2 * trace.n_days
    assert "hazards" not in trace_as_dict(trace)


def written(folder: Path, told: TraceText = TOLD) -> Path:
    """A folder that holds a trace."""
    folder.mkdir()
    write_trace(a_trace(), folder, told)
    return folder


def test_a_folder_holds_the_story_the_events_the_hazards_and_what_made_it(tmp_path: Path) -> None:
    folder = written(tmp_path / "out")
    names = sorted(item.name for item in folder.iterdir())
    assert names == ["hazards.parquet", MARKER, "scenario.yaml", "story.txt", "trace.json"]
    assert (folder / "story.txt").read_text() == "A story.\n"
    found = json.loads((folder / MARKER).read_text())
    assert (found["kind"], found["seed"], found["run"]) == ("willing.trace", 3, 2)
    assert set(found["files"]) == set(names) - {MARKER}
    assert str(tmp_path) not in (folder / MARKER).read_text()
    assert sim.load_scenario(folder / "scenario.yaml") == a_trace().scenario


@pytest.mark.parametrize("nations", [("GBR",), ("POL", "GBR"), ()])
def test_hazards_on_disk_are_those_of_the_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nations: tuple[str, ...]
) -> None:
    monkeypatch.setattr("sim.store.traces.ROWS_A_GROUP", 40)
    folder = written(tmp_path / "out", TOLD._replace(nations=nations))
    stored = pq.read_table(folder / "hazards.parquet").to_pandas()
    trace = a_trace()
    assert stored.nation.unique().tolist() == list(nations or trace.nations)
    for nation in nations or trace.nations:
        table, rows = trace.hazard_table(nation), stored[stored.nation == nation]
        for column in table.columns:
            same = table[column].isna().to_numpy() & rows[column].isna().to_numpy()
            same |= table[column].to_numpy() == rows[column].astype(object).to_numpy()
            assert same.all(), column


def test_it_is_told_how_many_hazards_are_on_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.store.traces.ROWS_A_GROUP", 40)
    calls: list[tuple[int, int]] = []
    write_trace(a_trace(), tmp_path, TOLD._replace(nations=()), lambda *done: calls.append(done))
    assert calls == [(2, 3), (3, 3)]


def test_the_same_trace_gives_the_same_bytes(tmp_path: Path) -> None:
    one, other = written(tmp_path / "one"), written(tmp_path / "other")
    assert all((other / item.name).read_bytes() == item.read_bytes() for item in one.iterdir())


def test_a_trace_is_not_loaded_as_an_ensemble_and_that_is_said(tmp_path: Path) -> None:
    folder = written(tmp_path / "out")
    with pytest.raises(ResultsError, match=r"out holds a trace, .* see story\.txt"):
        load_results(folder)


def test_an_earlier_trace_may_be_replaced_with_its_figures(tmp_path: Path) -> None:
    folder = written(tmp_path / "out")
    (folder / "figures").mkdir()
    (folder / "figures" / "hazard_GBR.png").touch()
    check_free(folder, overwrite=True)
    (folder / "figures" / "notes.txt").touch()
    with pytest.raises(ResultsError, match=r"no part of a result: figures/notes\.txt"):
        check_free(folder, overwrite=True)


def test_a_result_of_many_runs_is_replaced_as_before(tmp_path: Path) -> None:
    small_ensemble().save(tmp_path / "out")
    check_free(tmp_path / "out", overwrite=True)
