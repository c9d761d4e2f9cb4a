"""Values from Python, NumPy, pandas and xarray mean what a file would say, in every place."""

from __future__ import annotations

import datetime
from collections import deque
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import sim
from sim.core.stages import NO_DAY
from sim.scenario.load import ScenarioError, scenario_from_dict

WRITTEN: dict[str, Any] = {
    "start": "2025-03-10",
    "days": 30,
    "nations": ["GBR", "FRA", "DEU"],
    "leaders": ["GBR", "FRA"],
    "conditions": {"backing": {"level": 0.5}},
    "events": [
        {"date": "2025-03-20", "meeting": "first", "participants": ["GBR", "FRA"]},
        {"date": 12, "deal": "truce", "probability": 0.5, "collapses": "2025-03-28"},
        {"date": 3, "signal": "backing", "shift": 1, "days": 5},
    ],
    "success": {"public_size": 2, "hold": 3},
}
SCENARIO = scenario_from_dict(WRITTEN)

DATES = [
    datetime.date(2025, 3, 20),
    datetime.datetime(2025, 3, 20),  # noqa: DTZ001
    datetime.datetime(2025, 3, 20, tzinfo=datetime.UTC),
    np.datetime64("2025-03-20"),
    np.datetime64("2025-03-20T00:00:00.000000000"),
    pd.Timestamp("2025-03-20"),
    pd.date_range("2025-03-20", periods=1)[0],
    np.array("2025-03-20", dtype="datetime64[s]"),
    xr.DataArray(np.datetime64("2025-03-20", "ns")),
]
LISTS = [
    ("GBR", "FRA"),
    np.array(["GBR", "FRA"]),
    pd.Series(["GBR", "FRA"]),
    pd.Index(["GBR", "FRA"]),
    pd.Categorical(["GBR", "FRA"]),
    xr.DataArray(["GBR", "FRA"]),
    deque(["GBR", "FRA"]),
    {"GBR": 1, "FRA": 2}.keys(),
]
TWENTY = [20.0, np.int8(20), np.uint64(20), np.float32(20), np.array(20), Decimal(20), Fraction(20)]


def of_each(values: list[Any]) -> Any:
    return pytest.mark.parametrize("value", values, ids=lambda value: type(value).__name__)


def every_way(path: str, value: Any) -> list[sim.scenario.schema.Scenario]:  # type: ignore[name-defined]
    """The scenario with a value at a path, changed in every way that Python has."""
    study = sim.sweep(SCENARIO, {path: [value]}, runs=1).study
    return [
        scenario_from_dict(WRITTEN, set={path: value}),
        SCENARIO.with_changes({path: value}),
        SCENARIO.with_value(path, value),
        study.scenario_at(study.point(0)),
    ]


@of_each(DATES)
def test_dates_are_dates_whatever_their_type(value) -> None:
    written = {**WRITTEN, "events": [{**WRITTEN["events"][0], "date": value}]}
    assert [event.date for event in scenario_from_dict(written).events] == [10]
    for found in every_way("events.first.date", value):
        assert found.events[0].date == 10
        assert found == SCENARIO
    moved = {"start": value, "events.first.date": 2, "events.truce.collapses": 18}
    for found in (scenario_from_dict(WRITTEN, set=moved), SCENARIO.with_changes(moved)):
        assert found.start == datetime.date(2025, 3, 20)


@pytest.mark.parametrize(
    "value",
    [np.datetime64("2025-03-20T12:00"), pd.Timestamp("2025-03-20 06:30"), pd.NaT],
)
def test_a_time_of_day_and_a_missing_date_are_no_date(value) -> None:
    with pytest.raises(ScenarioError, match=r"date: .* must be a calendar date such as"):
        SCENARIO.with_changes({"events.first.date": value})


@of_each(LISTS)
def test_lists_are_lists_whatever_their_type(value) -> None:
    assert scenario_from_dict({**WRITTEN, "leaders": value}) == SCENARIO
    named = {"days": 30, "nations": value}
    assert [nation.id for nation in scenario_from_dict(named).nations] == ["GBR", "FRA"]
    for found in every_way("events.first.participants", value):
        assert found == SCENARIO


def test_tables_of_ties_and_parameters_of_distributions_may_be_arrays() -> None:
    drawn = {"nations.*.stake": {"uniform": np.array([0.2, 0.8])}}
    assert SCENARIO.with_changes(drawn) == SCENARIO.with_changes(
        {"nations.*.stake": {"uniform": [0.2, 0.8]}}
    )
    dyads = np.array([["GBR", "FRA", 2.0], ["FRA", "DEU", 3.0]], dtype=object)
    found = SCENARIO.with_changes({"ties.dyads": dyads})
    assert found.ties.dyads == (("GBR", "FRA", 2.0), ("FRA", "DEU", 3.0))


@of_each(TWENTY)
@pytest.mark.parametrize("path", ["days", "success.hold", "events.2.days", "events.first.date"])
def test_whole_numbers_may_have_a_point(path: str, value) -> None:
    for found in every_way(path, value):
        number = found.parameter(path).value
        assert (number, type(number)) == (20, int)
    assert len({found.digest for found in every_way(path, value)}) == 1


@of_each([15.0, np.float64(15), np.int16(15)])
def test_a_run_that_is_cut_short_leaves_out_what_comes_later_whatever_the_type(value) -> None:
    for found in (
        scenario_from_dict(WRITTEN, set={"days": value}),
        SCENARIO.with_changes({"days": value}),
    ):
        assert [event.ends for event in found.events][1] == NO_DAY
        assert any("the run ends on day 15, so" in note for note in found.notes)


@pytest.mark.parametrize("path", ["days", "success.hold", "success.public_size", "events.2.days"])
@pytest.mark.parametrize("value", [20.5, np.float64(20.5), True, np.bool_(True), "20", np.nan])
def test_what_is_not_whole_is_refused(path: str, value) -> None:
    with pytest.raises(ScenarioError, match="must be a whole number between"):
        SCENARIO.with_changes({path: value})


def test_a_file_may_write_whole_numbers_with_a_point_and_limits_hold(tmp_path) -> None:
    file = tmp_path / "s.yaml"
    text = "days: 20.0\nnations: [GBR]\nevents:\n  - {date: 5.0, meeting: x}\n"
    file.write_text(text + "success: {public_size: 1.0, hold: 4.0}\n", encoding="utf-8")
    found = sim.load_scenario(file)
    assert (found.days, found.events[0].date, found.success.hold) == (20, 5, 4)
    for change, message in [
        ("events.0.date=25.0", "day 25 must be between day -3650 and day 20"),
        ("success.hold=21.0", "21 must be at most the days of the run, 20"),
        ("success.public_size=2.0", "2 must be at most the number of nations, 1"),
        ("days=20.5", "20.5 must be a whole number"),
    ]:
        with pytest.raises(ScenarioError, match=message):
            sim.load_scenario(file, set=[change])


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"GBR", "FRA"}, "a set is no part of a scenario, as it has no order; write it as a list"),
        (iter(["GBR"]), "write it as a list"),
        (pd.DataFrame({"id": ["GBR"]}), r"a list of its rows is .to_dict\('records'\)"),
        (np.array([("GBR", 1)], dtype=[("id", "U3"), ("n", int)]), "no part of a scenario"),
        (np.timedelta64(20, "ns"), "a timedelta64 is no part of a scenario"),
        (pd.Timedelta(days=20), "a Timedelta is no part of a scenario"),
        (pd.Series([pd.Timedelta(days=20)]), "a Timedelta is no part of a scenario"),
        (b"GBR", "a bytes is no part of a scenario"),
        (1j, "a complex is no part of a scenario"),
    ],
)
def test_what_no_file_can_say_is_refused_with_what_to_write(value, message) -> None:
    with pytest.raises(ScenarioError, match=message):
        SCENARIO.with_changes({"leaders": value})


@of_each([pd.NA, np.ma.masked, np.nan, np.float32("nan"), Decimal("nan")])
def test_what_is_missing_does_not_mean_that_something_is_removed(value) -> None:
    with pytest.raises(ScenarioError, match="nan must be a number between 0 and 1"):
        SCENARIO.with_changes({"nations.GBR.stake": value})
    masked = np.ma.array([20, 25], mask=[False, True])
    with pytest.raises(ScenarioError, match="nan must be finite"):
        sim.sweep(SCENARIO, {"days": masked}, runs=1)


@of_each([range(20, 30, 5), np.arange(20, 30, 5), pd.Series([20, 25]), np.array([20.0, 25.0])])
def test_a_sweep_takes_ranges_arrays_and_series(value) -> None:
    found = sim.sweep(SCENARIO, {"days": value}, runs=2)
    assert found.study.varied[0].labels == (20, 25)
    assert found.table.column("days").to_pylist() == [20, 25]
    assert found.study.digest == sim.sweep(SCENARIO, {"days": [20, 25]}, runs=2).study.digest
    assert not found.problems


def test_a_range_over_whole_numbers_has_whole_values() -> None:
    ends: Any
    for ends in ([10, 20], [10.0, 20.0], np.array([10, 20]), (np.int64(10), np.float64(20))):
        written = {"success.hold": {"range": ends, "steps": 3}}
        assert sim.sweep(SCENARIO, written, runs=1).study.varied[0].labels == (10, 15, 20)
    with pytest.raises(ScenarioError, match=r"13\.3333333333 must be a whole number; choose"):
        sim.sweep(SCENARIO, {"success.hold": {"range": [10, 20], "steps": 4}}, runs=1)


def test_a_series_with_labels_is_a_mapping_of_paths() -> None:
    row = pd.DataFrame({"days": [25], "nations.GBR.stake": [0.25]}).iloc[0]
    expected = SCENARIO.with_changes({"days": 25, "nations.GBR.stake": 0.25})
    assert SCENARIO.with_changes(row) == scenario_from_dict(WRITTEN, set=row) == expected
    assert scenario_from_dict(WRITTEN, set=pd.Series(["days=25", "nations.GBR.stake=0.25"])) == (
        expected
    )
    named = sim.as_function(SCENARIO, pd.Series({"length": "days"}), ["size"], runs=2)
    assert named.inputs == {"length": "days"}
    assert sim.as_function(SCENARIO, pd.Series(["days"]), ["size"], runs=2).inputs == {
        "days": "days"
    }
    vary = pd.Series({"days": range(20, 30, 5)})
    assert sim.sweep(SCENARIO, vary, runs=1).study.varied[0].labels == (20, 25)
