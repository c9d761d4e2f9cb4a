"""What is said of a tipping point: the answer, how sure it is, and bounds without a level."""

from __future__ import annotations

import re
from dataclasses import replace
from math import inf

import numpy as np
import pytest

import sim
from sim.report.blocks import Table
from sim.report.text import to_text
from sim.report.tipping import answer, how_sure, tipping_blocks, tipping_html, tipping_json
from sim.scenario.load import scenario_from_dict
from sim.studies.tipping.result import SharpRoot
from sim.studies.tipping.scan import Scan, changes_of, turns_of
from sim.studies.tipping.thresholds import Thresholds, thresholds_of
from tests.studies.tipping.one_nation import PATH, one_nation

RISES = sim.tipping(one_nation(), PATH, runs=300)
FALLS = sim.tipping(one_nation(-6.0), PATH, runs=300)


def said(found, width: int = 96) -> str:
    return " ".join(to_text(tipping_blocks(found), width).split())


def test_the_answer_has_the_level_of_even_chances_with_its_interval() -> None:
    middle = RISES.quantile(0.5)
    text = answer(RISES)
    assert text.startswith("Along x: level, success is more likely than not from 0.5")
    assert f"({middle.low:.3f} to {middle.high:.3f}) on." in text
    assert "more likely than not up to 0.4" in answer(FALLS)
    at_ends = RISES.chances().share[[0, -1]]
    assert f"{100 * at_ends[0]:.0f} % at 0.01 and {100 * at_ends[1]:.0f} % at 0.99" in text
    assert f"{100 * at_ends[0]:.0f} % at 0.99" in answer(FALLS)


def test_chances_in_tables_are_those_of_the_outcome_whichever_way_it_turns() -> None:
    for found in (RISES, FALLS):
        tables = [each for each in tipping_blocks(found) if isinstance(each, Table)]
        quantiles, curve = tables[:2]
        chances = quantiles.cells("chance")
        assert sorted(chances) == ["10 %", "25 %", "50 %", "75 %", "90 %"]
        assert (chances[0] == "10 %") == found.rises
        shares = [float(cell.strip("<> %")) for cell in curve.cells("chance")]
        assert shares == sorted(shares, reverse=not found.rises)


def test_beyond_an_end_there_is_a_bound_and_no_level() -> None:
    short = sim.tipping(one_nation(), {PATH: (0.05, 0.2)}, runs=100)
    assert answer(short).startswith(
        "Along x: level, success is less likely than not at every level"
    )
    assert "50 % above 0.2" in said(short)
    likely = sim.tipping(one_nation(), {PATH: (0.9, 0.95)}, runs=100)
    assert "more likely than not at every level" in answer(likely)
    assert "50 % 0.9 or below" in said(likely)
    late = one_nation(start="2025-03-10", events=[{"date": 3, "move": "A", "to": "public"}])
    dated = sim.tipping(late, "events.move.A.0.date=1:10", runs=6)
    assert "more likely than not at every level" in answer(dated)
    assert "50 % 11 Mar 2025 or before" in said(dated)


def test_runs_that_turn_more_than_once_are_counted_and_warned_of() -> None:
    assert "each turns once at most, as far as these levels show" in how_sure(RISES)
    assert "0.0 % (0.0 to 8.8) are not monotone" in how_sure(RISES)
    middle = one_nation(success={"x": {"at_least": 0.4, "at_most": 0.7}, "hold": 1})
    text = how_sure(sim.tipping(middle, PATH, runs=20))
    assert "100.0 % (83.2 to 100.0) are not monotone: they turn more than once" in text
    assert "the curve of thresholds is not the chance by level" in text


@pytest.mark.parametrize("rises", [True, False])
def test_where_an_outcome_holds_in_a_band_chances_are_those_of_the_scan(rises: bool) -> None:
    """Success between two bounds; or, the other way round, a nation that is put off by both."""
    band = {"x": {"at_least": 0.4, "at_most": 0.6}, "hold": 1}
    if rises:
        scenario, low, high = one_nation(success=band), "0 %", "0 %"
        turned = "first turns true at 0.40009 (0.39970 to 0.40047) in the median run, and may"
    else:  # at 0.01 it holds in every run, and no more from 0.6 on
        scenario = one_nation(success={"x": {"at_most": 0.6}, "hold": 1})
        low, high = "100 %", "0 %"
        turned = "is more likely than not up to 0.59991"
    found = sim.tipping(scenario, PATH, runs=30)
    text = answer(found)
    assert found.rises == rises
    assert f"success {turned}" in text
    assert f"Its chance is {low} at 0.01 and {high} at 0.99." in text
    assert ("likely" in text) != rises
    assert ("a band that holds" in said(found)) != rises
    tables = [each for each in tipping_blocks(found) if isinstance(each, Table)]
    assert ("first" in tables[0].title or "has turned true" in tables[0].title) == rises
    cells = dict(zip(tables[1].cells("level"), tables[1].cells("chance"), strict=True))
    assert cells["0.5"] == "100 %"
    assert cells["0.745"] == "0 %"


def test_of_two_paths_the_median_run_first_turns_where_an_outcome_holds_in_a_band() -> None:
    scenario = one_nation(success={"x": {"at_least": 0.4, "at_most": 0.6}, "hold": 1})
    found = sim.tipping(scenario, [PATH, "tempo=1:2"], runs=8, scanned=4)
    text = said(found)
    assert "success first turns true at 0.40009 (0.39970 to 0.40047) with tempo at 1," in text
    assert "more likely than not" not in text
    assert "Where the median run first turns, success" in text
    table = next(each for each in tipping_blocks(found) if isinstance(each, Table))
    assert set(table.cells("high")) == {"0 %"}


def test_how_much_a_missed_crossing_raises_the_mean_level_has_an_interval() -> None:
    """Of the runs half turn at 0.1, back at 0.2, and again at 0.55, which bisection finds."""
    levels = RISES.levels
    at = levels.values[levels.grid()]
    once = np.broadcast_to(at >= 0.55, (10, len(at)))
    holds = np.concatenate([once | ((at >= 0.1) & (at < 0.2)), once])
    lowest = thresholds_of(changes_of(turns_of(holds)), True, levels.on_grid())
    above = np.full(20, np.searchsorted(levels.values, 0.55), dtype=np.int32)
    scan = Scan(holds, lowest, Thresholds(levels, above - 1, above), True)
    text = how_sure(replace(RISES, scan=scan))
    assert (
        "Bisection found another in 50.0 % (27.2 to 72.8), which raises the mean level by " in text
    )
    assert re.search(r"mean level by 0\.2\d? \(0\.1\d? to 0\.3\d?\)\.", text)
    dated = replace(levels, is_date=True)
    assert ") days." in how_sure(replace(RISES, scan=scan, levels=dated))
    assert "raises" not in how_sure(RISES)


@pytest.mark.parametrize(
    ("root", "words"),
    [
        (SharpRoot(0.5, 0.5, 0.49, 0.51, 900, 0.02, True), "0.500 (0.490 to 0.510), by 900 runs"),
        (SharpRoot(0.5, 0.5, 0.4, 0.6, 900, 0.02, True), "which is not within 0.02: more --runs"),
        (SharpRoot(0.5, 0.5, 0.49, 0.51, 900, 0.02, False), "follow no smooth curve"),
        (SharpRoot(0.9, inf, 0.98, inf, 0, 0.02, True), "is 90 % nowhere between the ends"),
    ],
)
def test_a_sharpened_root_is_told_with_what_is_wrong_with_it(root: SharpRoot, words: str) -> None:
    assert words in said(replace(RISES, sharpened=root))
    if words.startswith("is 90"):
        assert words in said(replace(FALLS, sharpened=root))


def test_nations_beyond_the_ends_are_counted_by_what_they_are() -> None:
    form = one_nation().full()
    twin = form["nations"][0]
    form["nations"] += [
        {**twin, "id": "B", "name": "B", "sensitivity": {"x": -6}},
        {**twin, "id": "C", "name": "C", "stage": "public"},
        {**twin, "id": "D", "name": "D", "stage": "left"},
    ]
    found = sim.tipping(scenario_from_dict(form), PATH, "public.A", runs=100)
    text = said(found)
    assert "1 are public in half of the runs at every level, 1 at none" in text
    table = next(
        each
        for each in tipping_blocks(found, ("B", "C"))
        if "Nations" in getattr(each, "title", "")
    )
    assert table.cells("nation") == ["B", "C"]
    assert table.cells("even")[0].startswith("up to 0.")
    assert table.cells("even")[1] == "0.01 or below"


def test_a_level_without_an_interval_says_so() -> None:
    found = sim.tipping(one_nation(), PATH, runs=6, scanned=1)
    assert "nan" not in said(found)
    (nations,) = (
        block for block in tipping_blocks(found) if "Nations" in getattr(block, "title", "")
    )
    assert nations.cells("even") == ["0.733 (no bounds)"]
    assert "50 % 0.514 (at most 0.739)" in said(found)


def test_a_title_cannot_steer_the_terminal() -> None:
    hostile = one_nation(
        title="A\x1b[31m title", conditions={"x": {"level": 0.5, "name": "x" * 60}}
    )
    found = sim.tipping(hostile, PATH, runs=8)
    assert "\x1b" not in to_text(tipping_blocks(found))
    assert "<script>" not in tipping_html(replace(found, outcome="success"))


def test_a_page_and_a_narrow_terminal_have_the_same_words() -> None:
    assert "more likely than not" in RISES._repr_html_()
    assert max(map(len, to_text(tipping_blocks(RISES), 60).splitlines())) <= 60
    assert np.isfinite([each["share"] for each in tipping_json(RISES)["curve"]]).all()
