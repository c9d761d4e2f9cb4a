"""The printed summary: short, aligned, and plain about what its intervals leave out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sim.plots.ensemble.over_time import fan_chart
from sim.plots.sheet import figure_of
from sim.report.blocks import Figure, Note, Table, Text
from sim.report.ensemble import summary_blocks
from sim.report.text import filled, terminal_width, to_text
from sim.results.format import display_width, percent
from sim.results.summary import Summary
from sim.scenario.load import scenario_from_dict
from tests.results.synthetic import made_up, small_ensemble, small_scenario


def summary_text(summary: Summary, width: int | None = None) -> str:
    """What `willing run` prints."""
    return to_text(summary_blocks(summary), width)


def test_the_summary_of_a_large_coalition_fits_a_screen() -> None:
    lines = summary_text(made_up(small_scenario(60), 50).summary()).splitlines()
    assert len(lines) <= 40
    assert max(map(len, lines)) <= 100


def test_it_says_what_the_intervals_do_and_do_not_cover() -> None:
    text = " ".join(summary_text(small_ensemble().summary()).split())
    assert "variation from chance" in text
    assert "do not include uncertainty about its other numbers" in text
    assert "Monte Carlo error" in text


def test_dates_are_calendar_dates_where_there_is_a_calendar() -> None:
    assert "10 Mar 2025 to 9 Apr 2025" in summary_text(small_ensemble().summary())
    undated = made_up(small_scenario(dated=False), 5)
    assert "day 0 to day 30" in summary_text(undated.summary())


def test_nations_that_are_public_already_are_named_apart() -> None:
    text = summary_text(small_ensemble().summary())
    assert "Already public: N0" in text
    assert "  N00  Nation 0" not in text


def test_nations_that_are_public_already_stand_in_file_order() -> None:
    summary = small_ensemble().summary()
    first, second, *others = summary.nations
    first = replace(first, public=(*first.public[:-1], 0.5))
    second = replace(second, public=(*second.public[:-1], 0.9))
    text = summary_text(replace(summary, nations=(first, second, *others)))
    assert "Already public: N00, N01\n" in text


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
    columns = {"name": "", "a": "first", "b": "second", "c": "third, of all"}
    row = {"name": "a name of several words", "a": "1" * 10, "b": "2" * 10, "c": "3" * 10}
    table = Table("Names of things", columns, (row,), drop=("a", "c"))
    text = to_text([table], 36)
    assert "2222222222" in text
    assert "1111111111" not in text
    assert text.endswith("  Left out, for want of room: first;\n    third, of all")
    assert max(map(len, text.splitlines())) <= 36
    assert "Left out" not in to_text([table], 96)


def test_a_column_that_fits_stays_beside_a_wider_one_that_does_not() -> None:
    columns = {"name": "", "a": "base", "b": "difference", "c": "over runs"}
    row = {"name": "public nations", "a": "2.7", "b": "+0.13 (0.11 to 0.15)", "c": "1" * 20}
    text = to_text([Table("At the end", columns, (row,), drop=("a", "c"))], 50)
    assert "2.7" in text
    assert text.endswith("Left out, for want of room: over runs")


def test_a_narrow_table_breaks_its_headings_in_two_before_it_leaves_out_a_column() -> None:
    columns = {"name": "", "a": "9 Apr 2025", "b": "even odds by"}
    row = {"name": "POL  Poland", "a": "69 %", "b": "15 Mar 2025"}
    table = Table("Chance of being public", columns, (row,), drop=("a", "b"))
    assert to_text([table], 40).splitlines() == [
        "Chance of being  9 Apr  even",
        "  public         2025   odds by",
        "  POL  Poland    69 %   15 Mar 2025",
    ]


def test_an_id_and_its_name_stay_on_one_line_where_there_is_room() -> None:
    columns = {"name": "", "a": "a", "b": "b"}
    rows = ({"name": "NLD  Netherlands", "a": "1" * 20, "b": "2" * 11},)
    table = Table("Nation", columns, rows, drop=("b",))
    assert "  NLD  Netherlands" in to_text([table], 50).splitlines()[1]
    without_room = Table("Nation", {"name": "", "a": "a"}, rows)
    assert to_text([without_room], 39).splitlines()[1:] == ["  NLD", f"    Netherlands  {'1' * 20}"]


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
    assert filled("a share of 75 % is much", 12).splitlines() == ["a share of", "75 % is much"]


def test_columns_are_aligned() -> None:
    rows = {"name": "long name", "a": "1", "b": "2"}, {"name": "x", "a": "33", "b": "4"}
    for heading, title in (("", "Name"), ("of", "Title")):
        columns = {"name": heading, "a": "a", "b": "b"}
        lines = to_text([Table(title, columns, rows)], 96).splitlines()
        assert lines[-2].index("2") == lines[-1].index("4")


def test_blocks_stand_apart_unless_they_are_tight_and_figures_are_left_out() -> None:
    blocks = [Text("a"), Text("b", tight=True), Note("c"), Figure("<svg/>"), Text("d", indent=2)]
    assert to_text(blocks, 96) == "a\nb\n  c\n\n  d"


def test_columns_stand_below_each_other_where_names_have_wide_letters() -> None:
    names = ("中华人民共和国", "United Kingdom", "日本国", "Cote d\u2019Ivoire")
    rows = tuple({"name": name, "chance": "34 %", "day": "9"} for name in names)
    table = Table("Nations", {"name": "", "chance": "chance", "day": "day"}, rows)
    lines = to_text([table], 60).splitlines()
    at = {display_width(line[: line.index("34 %")]) for line in lines[1:]}
    assert at == {display_width(lines[0][: lines[0].index("chance")])}


def test_text_of_wide_letters_stays_within_its_columns() -> None:
    text = filled("中华人民共和国 and 日本国 are public " * 6, 40)
    assert max(map(display_width, text.splitlines())) <= 40
    assert text.replace("\n", "").replace(" ", "").count("日本国") == 6


@pytest.mark.parametrize("nations", [3, ["AAA", 3], b"AAA", [None]])
def test_another_form_of_nations_is_refused_with_the_forms_there_are(nations: Any) -> None:
    with pytest.raises(
        TypeError, match=r"must be 'all', the id of a nation, or a list of ids such"
    ):
        small_ensemble().summary().text(nations=nations)


@pytest.mark.parametrize(
    ("width", "message"),
    [("80", "width: '80' must be a whole number"), (-3, "width: -3 must be at least 1")],
)
def test_a_width_that_is_none_is_refused(width: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        small_ensemble().summary().text(width=width)
