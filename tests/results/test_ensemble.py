"""The ensemble's attributes, tables and joining."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sim.core.stages import STAGES
from sim.results.ensemble import Ensemble, join
from sim.scenario.load import scenario_from_dict
from tests.results.synthetic import made_up, same_records, small_ensemble, small_scenario

PER_RUN = (
    *("size", "private_size", "firm_size", "stage", "first_day", "refusal_day", "exit_day"),
    *("pledge", "force", "conditions", "success_day", "kinds_covered"),
)


def test_arrays_have_the_documented_shapes() -> None:
    ensemble = small_ensemble()
    runs, days, nations, kinds = 200, 30, 7, 2
    assert ensemble.size.shape == ensemble.private_size.shape == (runs, days + 1)
    assert ensemble.stage.shape == ensemble.exit_day.shape == (runs, nations)
    assert ensemble.first_day.shape == (runs, nations, len(STAGES))
    assert ensemble.pledge.shape == (runs, nations, kinds)
    assert ensemble.force.shape == (runs, kinds)
    assert ensemble.conditions.shape == (runs, 2)
    assert (ensemble.n_runs, ensemble.n_days, ensemble.keep) == (runs, days, "runs")
    assert ensemble.days.tolist() == list(range(31))
    assert ensemble.kinds == ("ground", "air")
    assert ensemble.condition_names == ("us_backing", "acceptability")
    assert ensemble.nations[:2] == ("N00", "N01")


@pytest.mark.parametrize("name", PER_RUN)
def test_arrays_cannot_be_written_to(name: str) -> None:
    with pytest.raises(ValueError, match="read-only"):
        getattr(small_ensemble(), name)[:] = 0


@pytest.mark.parametrize("name", PER_RUN)
def test_a_summary_ensemble_says_how_to_get_single_runs(name: str) -> None:
    with pytest.raises(AttributeError, match="keep='runs'"):
        getattr(small_ensemble(keep="summary"), name)


@pytest.mark.parametrize("name", ["runs_table", "nations_table"])
def test_tables_of_single_runs_are_refused_to_a_summary_ensemble(name: str) -> None:
    with pytest.raises(AttributeError, match="keep='runs'"):
        getattr(small_ensemble(keep="summary"), name)()


def test_an_unknown_quantity_is_named_with_those_there_are() -> None:
    with pytest.raises(KeyError, match=r"force\.ground"):
        small_ensemble().tally("force.cyber")


def test_the_runs_table_has_a_row_a_run() -> None:
    ensemble = small_ensemble()
    table = ensemble.runs_table()
    assert table["run"].tolist() == list(range(200))
    assert table["size"].tolist() == ensemble.size[:, -1].tolist()
    assert table["peak_size"].tolist() == ensemble.size.max(axis=1).tolist()
    assert table["force"].tolist() == ensemble.force.sum(axis=1).tolist()
    assert table["conditions.us_backing"].tolist() == ensemble.conditions[:, 0].tolist()


def test_the_nations_table_has_a_row_a_run_and_nation() -> None:
    ensemble = small_ensemble()
    row = ensemble.nations_table().iloc[3 * 7 + 2]
    assert (row["run"], row["nation"]) == (3, "N02")
    assert row["stage"] == STAGES[ensemble.stage[3, 2]]
    assert row["first_day.public"] == ensemble.first_day[3, 2, 3]
    assert row["pledge.air"] == ensemble.pledge[3, 2, 1]


def test_the_days_table_is_the_same_with_and_without_single_runs() -> None:
    table = small_ensemble().days_table()
    assert table.equals(small_ensemble(keep="summary").days_table())
    size = table[table["measure"] == "size"]
    assert size["day"].tolist() == list(range(31))
    assert size["mean"].to_numpy() == pytest.approx(small_ensemble().size.mean(axis=0))


def test_days_have_dates_where_the_scenario_has_a_start() -> None:
    assert str(small_ensemble().date(30)) == "2025-04-09"
    assert made_up(small_scenario(dated=False), 2).date(30) is None


@pytest.mark.parametrize("keep", ["runs", "summary"])
@pytest.mark.parametrize("lazily", [False, True])
def test_joined_blocks_hold_the_rows_and_counts_of_both(keep: str, lazily: bool) -> None:
    whole = small_ensemble(keep="runs")
    blocks = [_rows(whole, 0, 80, keep), _rows(whole, 80, 200, keep)]
    joined = join(blocks, lazily)
    assert joined.n_runs == 200
    assert joined.keep == keep
    expected = whole if keep == "runs" else small_ensemble(keep="summary")
    assert same_records(joined.records, expected.records)


def test_blocks_with_a_gap_between_their_runs_are_refused() -> None:
    whole = small_ensemble()
    with pytest.raises(ValueError, match="starts at run 90, not at run 80"):
        join([_rows(whole, 0, 80), _rows(whole, 90, 200)])


def test_blocks_of_another_scenario_are_refused() -> None:
    other = made_up(small_scenario(n_nations=8), 10, first_run=200)
    with pytest.raises(ValueError, match="scenario"):
        join([small_ensemble(), other])


def test_blocks_of_another_seed_are_refused() -> None:
    other = made_up(small_scenario(), 10, seed=1, first_run=200)
    with pytest.raises(ValueError, match="seed"):
        join([small_ensemble(), other])


def _rows(ensemble: Ensemble, start: int, stop: int, keep: str = "runs") -> Ensemble:
    """Ensemble of some of the runs; the counts of the first block make up the difference."""
    runs = ensemble.records.runs
    assert runs is not None
    columns = {name: rows[start:stop] for name, rows in runs.kept().items()}
    share = ensemble.records if start == 0 else _emptied(ensemble)
    success = np.zeros_like(ensemble.records.success_counts)
    days = columns["success_day"]
    np.add.at(success, np.where(days < 0, ensemble.n_days + 1, days), 1)
    kept = replace(runs, **columns) if keep == "runs" else None
    records = replace(share, runs=kept, success_counts=success)
    return Ensemble(ensemble.scenario, records, seed=ensemble.seed, first_run=start)


def _emptied(ensemble: Ensemble) -> Any:
    """The records with every count 0."""
    measured = ("size", "stage", "condition", "force", "kinds_covered")
    names = [f"{name}_counts" for name in measured]
    empty = {name: np.zeros_like(getattr(ensemble.records, name)) for name in names}
    return replace(ensemble.records, **empty)


@pytest.mark.parametrize(
    ("nations", "n_runs", "said"),
    [(["GBR"], 1, "1 run, 1 nation, 1 day, seed 0"), (["GBR", "FRA"], 2, "2 runs, 2 nations, ")],
)
def test_what_python_shows_of_it_says_one_of_what_there_is_one(
    nations: list[str], n_runs: int, said: str
) -> None:
    scenario = scenario_from_dict({"days": 1, "nations": nations, "behaviour": {}})
    assert said in repr(made_up(scenario, n_runs))
