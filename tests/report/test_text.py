"""The printed summary: short, aligned, and plain about what its intervals leave out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sim.plots.ensemble.fan_chart import fan_chart
from sim.plots.sheet import figure_of
from sim.report.text import summary_text, table
from sim.report.width import as_wide_as, filled, terminal_width
from sim.results.format import percent
from sim.scenario.load import scenario_from_dict
from tests.results.synthetic import made_up, small_ensemble, small_scenario


def test_the_summary_of_a_large_coalition_fits_a_screen() -> None:
    lines = summary_text(made_up(small_scenario(60), 50).summary()).splitlines()
    assert len(lines) <= 40
    assert max(map(len, lines)) <= 100


def test_it_says_what_the_intervals_do_and_do_not_cover() -> None:
    text = " ".join(summary_text(small_ensemble().summary()).split())
    assert "spread of luck" in text
    assert "leave out doubt about its other numbers" in text
    assert "Monte Carlo error" in text


def test_dates_are_calendar_dates_where_there_is_a_calendar() -> None:
    assert "10 Mar 2025 to 9 Apr 2025" in summary_text(small_ensemble().summary())
    undated = made_up(small_scenario(dated=False), 5)
    assert "day 0 to day 30" in summary_text(undated.summary())


def test_nations_that_are_public_already_are_named_apart() -> None:
    text = summary_text(small_ensemble().summary())
    assert "Public already: N0" in text
    assert "  N00  Nation 0" not in text


def test_nations_that_are_public_already_stand_in_file_order() -> None:
    summary = small_ensemble().summary()
    first, second, *others = summary.nations
    first = replace(first, public=(*first.public[:-1], 0.5))
    second = replace(second, public=(*second.public[:-1], 0.9))
    text = summary_text(replace(summary, nations=(first, second, *others)))
    assert "Public already: N00, N01\n" in text


def test_a_scenario_without_a_title_is_called_the_same_everywhere() -> None:
    ensemble = made_up(scenario_from_dict({"days": 1, "nations": ["GBR"], "behaviour": {}}), 5)
    heading = summary_text(ensemble.summary()).splitlines()[0]
    figure = figure_of(fan_chart(ensemble))
    assert figure.get_supxlabel().startswith(f"{heading} ·")
    assert repr(ensemble).startswith(f"<Ensemble '{heading.split()[0]}'")


def test_a_bare_scenario_with_one_run_has_a_summary() -> None:
    scenario = scenario_from_dict({"days": 1, "nations": ["GBR"], "behaviour": {}})
    text = summary_text(made_up(scenario, 1).summary())
    assert text.startswith("untitled scenario\n")
    assert "1 nation, day 0 to day 1, 1 run, seed 0" in text
    assert "Chance of success" not in text
    assert "force" not in text


@pytest.mark.parametrize("share", [0.0001, 0.004999, 0.996, 0.99999])
def test_a_chance_short_of_certain_is_not_printed_as_certain(share: float) -> None:
    assert percent(share) in {"<1 %", ">99 %"}


@pytest.mark.parametrize("width", [96, 80, 60, 40])
def test_no_line_is_wider_than_it_may_be(width: int) -> None:
    lines = summary_text(made_up(small_scenario(60), 50).summary(), width).splitlines()
    assert max(map(len, lines)) <= width


def test_a_narrow_table_keeps_its_main_column_and_names_what_it_left_out() -> None:
    rows = [["a name of several words", "1111111111", "2222222222", "3333333333"]]
    header = ["Names of things", "first", "second", "third"]
    with as_wide_as(40):
        text = table(header, rows, main=2)
    assert "2222222222" in text
    assert "1111111111" not in text
    assert text.endswith("  Left out, for want of room: first,\n    third")
    assert max(map(len, text.splitlines())) <= 40
    with as_wide_as(96):
        assert "Left out" not in table(header, rows, main=2)


def test_on_a_terminal_the_summary_is_as_wide_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    summary = small_ensemble().summary()
    monkeypatch.setenv("COLUMNS", "50")
    as_a_file = summary_text(summary)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    assert summary_text(summary) == summary_text(summary, 50) != as_a_file
    for columns, width in (("7", 40), ("500", 96)):
        monkeypatch.setenv("COLUMNS", columns)
        assert terminal_width() == width


def test_a_number_keeps_its_percent_sign_on_its_line() -> None:
    with as_wide_as(12):
        assert filled("a share of 75 % is much").splitlines() == ["a share of", "75 % is much"]


def test_columns_are_aligned() -> None:
    lines = table(["Name", "a", "b"], [["long name", "1", "2"], ["x", "33", "4"]]).splitlines()
    assert lines[1].index("2") == lines[2].index("4")
