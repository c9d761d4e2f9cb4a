"""Forecasts of one coalition, scored against what came."""

from __future__ import annotations

import datetime
from pathlib import Path

import numpy as np
import pytest

import sim
from sim.calibration.backtest.baselines import base_rate
from sim.calibration.backtest.case import START, Case
from sim.calibration.backtest.leave_one_out import COVARIATES
from sim.calibration.backtest.scores import scores
from sim.results.joining import public_days
from sim.scenario.load import scenario_from_dict
from tests.calibration import made_up
from tests.calibration.made_up import entry, history, scenario

PAST = {
    name: history(scenario(5, 12), [entry("N01", "public", day), entry("N03", "public", 9)])
    for name, day in (("one", 2), ("two", 5))
}
LED = {"id": "LED", "stage": "public"}
OWN = history(
    scenario(6, 12),
    [
        entry("N00", "public", 2),
        entry("N01", "refused", 3),
        entry("N02", "public", 6),
        entry("N03", "public", 11),
    ],
)


@pytest.fixture(scope="module")
def found() -> sim.Ensemble:
    return sim.forecast(OWN, 4, runs=300, n_draws=50, calendar="all", seed=2)


def test_scores_are_those_of_the_runs(found: sim.Ensemble) -> None:
    scored = sim.score_forecast(found, OWN, past=PAST)
    assert scored.nations == ("N02", "N03", "N04", "N05")  # one is public, one has refused
    assert scored.joined.tolist() == [1.0, 1.0, 0.0, 0.0]
    places = [found.nations.index(nation) for nation in scored.nations]
    draws = public_days(found)[:, places] >= 0
    sizes = np.bincount(draws.sum(axis=1), minlength=5) / 300
    assert scored.scores["model"] == scores(draws.mean(axis=0), sizes, draws, scored.joined)
    assert np.array_equal(scored.chances["model"], draws.mean(axis=0))


def test_who_was_open_does_not_depend_on_what_runs_draw() -> None:
    """In a single run a nation that is open may have left, unseen."""
    for seed in range(8):
        alone = sim.forecast(OWN, 4, runs=1, n_draws=20, calendar="all", seed=seed)
        assert sim.score_forecast(alone, OWN, past=PAST).nations == ("N02", "N03", "N04", "N05")


def test_an_earlier_date_has_fewer_joiners_and_lower_chances(found: sim.Ensemble) -> None:
    by_end, by_then = (
        sim.score_forecast(found, OWN, by=date, past=PAST) for date in (None, "2003-01-09")
    )
    assert (by_end.as_of, by_end.by) == (datetime.date(2003, 1, 5), datetime.date(2003, 1, 13))
    assert by_then.by == datetime.date(2003, 1, 9)
    assert by_then.joined.tolist() == [1.0, 0.0, 0.0, 0.0]
    assert (by_then.chances["model"] <= by_end.chances["model"]).all()
    assert by_then.chances["model"].sum() < by_end.chances["model"].sum()
    assert by_then.chances["base rate"][0] < by_end.chances["base rate"][0]


def test_baselines_at_the_start_are_those_of_a_back_test() -> None:
    later = sim.forecast(OWN, 0, runs=20, n_draws=10, calendar="all")
    scored = sim.score_forecast(later, OWN, past=PAST)
    past = [Case(name, each).standing(START, COVARIATES) for name, each in PAST.items()]
    now = Case("own", OWN).standing(START, COVARIATES)
    assert scored.nations == now.nations
    assert np.array_equal(scored.chances["base rate"], base_rate(past, now))
    assert not any("updated" in method for method in scored.scores)


def test_a_forecast_made_before_its_record_ends_is_scored_by_the_later_one() -> None:
    early = history(OWN.scenario, OWN.entries[:2])
    later = sim.forecast(early, 4, runs=50, n_draws=10, calendar="all")
    scored = sim.score_forecast(later, OWN, past=PAST)
    assert scored.nations == ("N02", "N03", "N04", "N05")
    assert scored.joined.tolist() == [1.0, 1.0, 0.0, 0.0]


def test_tables_have_a_row_a_method_and_a_nation(found: sim.Ensemble) -> None:
    scored = sim.score_forecast(found, OWN, past=PAST)
    table, nations = scored.table(), scored.nations_table()
    assert list(table.columns) == ["log", "brier", "auc", "crps", "energy", "covered"]
    assert table.index[0] == "model"
    assert "logistic, updated" in table.index
    assert list(nations.index) == list(scored.nations)
    assert list(nations.columns) == ["joined", *table.index]


def test_where_nobody_is_open_there_is_nothing_to_score() -> None:
    done = history(scenario(2, 12), [entry("N00", "public", 1), entry("N01", "public", 1)])
    later = sim.forecast(done, 3, runs=10, n_draws=5, calendar="all")
    scored = sim.score_forecast(later, done, past=PAST)
    assert (scored.nations, list(scored.scores)) == ((), ["model"])
    assert np.isnan(scored.scores["model"].log)
    assert scored.nations_table().empty
    led = history(
        scenario_from_dict({"start": str(made_up.START), "days": 12, "nations": [LED]}), []
    )
    assert sim.score_forecast(sim.forecast(led, 3, runs=10, n_draws=5), led).nations == ()


def test_what_cannot_be_scored_is_refused(found: sim.Ensemble) -> None:
    with pytest.raises(ValueError, match="by: 2003-01-05 must lie in 2003-01-06 to 2003-01-13"):
        sim.score_forecast(found, OWN, by="2003-01-05")
    with pytest.raises(ValueError, match="by: 2003-02-01 must lie in"):
        sim.score_forecast(found, OWN, by=datetime.date(2003, 2, 1))
    with pytest.raises(ValueError, match="by: 'soon' must be a calendar date such as 2003-01-05"):
        sim.score_forecast(found, OWN, by="soon")
    with pytest.raises(ValueError, match="the forecast has N05, and the history does not"):
        sim.score_forecast(found, PAST["one"])
    with pytest.raises(ValueError, match="past: own has this record, which would teach"):
        sim.score_forecast(found, OWN, past={**PAST, "own": OWN})
    counts = sim.run(found.scenario, runs=10, keep="summary")
    with pytest.raises(ValueError, match="counts alone"):
        sim.score_forecast(counts, OWN)
    undated = sim.load_scenario("classics/granovetter_1978")
    with pytest.raises(ValueError, match="need a start"):
        sim.score_forecast(sim.run(undated, runs=5), OWN)
    with pytest.raises(ValueError, match="it is no forecast: its runs do not start from what"):
        sim.score_forecast(sim.run(OWN.scenario, runs=5), OWN)
    late = sim.run(scenario(6, 12), runs=5)
    elsewhere = history(
        OWN.scenario.model_copy(update={"start": datetime.date(2003, 3, 1)}), OWN.entries
    )
    with pytest.raises(ValueError, match="is of 2003-01-01, which is not within"):
        sim.score_forecast(late, elsewhere)


def test_files_are_enough(tmp_path: Path) -> None:
    """A forecast in its folder, a scenario by its name, and a record of its own."""
    record = tmp_path / "record.csv"
    record.write_text(
        "nation,first,last,event,kind,detail,publisher,confidence\n"
        "NOR,2011-03-18,2011-03-18,pledged,air,Made up,nobody,low\n"
        "SWE,2011-03-25,2011-03-25,pledged,air,Made up,nobody,low\n",
        encoding="utf-8",
    )
    libya = sim.load_history("histories/libya_2011", record=record)
    assert len(libya.entries) == 2
    sim.forecast(libya, "2011-03-20", runs=30, n_draws=20).save(tmp_path / "found")
    scored = sim.score_forecast(tmp_path / "found", libya)
    assert scored.joined.sum() == 1.0
    assert "NOR" not in scored.nations
