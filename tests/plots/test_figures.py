"""Figures: what they show, that labels keep apart, that files are the same each time."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.plots.fan import fan_chart
from sim.plots.gallery import write_figures
from sim.plots.marks import ends_at_mark, meetings, place_labels
from sim.plots.nations_by_day import nations_by_day
from sim.plots.style import STAGE_COLOURS, figure_of, save_figure
from tests.results.synthetic import made_up, small_ensemble, small_scenario

shares = st.lists(st.floats(0, 1), max_size=12).map(sorted)


def texts(axes: Axes) -> list[str]:
    """Texts on the axes."""
    return [text.get_text() for text in axes.texts]


def text_boxes(axes: Axes) -> list[Any]:
    """Where the labels of the axes lie once drawn, pixels."""
    figure = figure_of(axes)
    figure.canvas.draw()
    return [text.get_window_extent() for text in (*axes.texts, *axes.get_yticklabels())]


def heat_map(axes: Axes) -> Any:
    """Chances as drawn, not a number in the empty row."""
    array = axes.images[0].get_array()
    assert array is not None
    return np.ma.filled(array, np.nan)


def test_the_fan_shows_the_median_of_the_public_size() -> None:
    axes = fan_chart(small_ensemble())
    line = next(line for line in axes.lines if line.get_label() == "public: median")
    expected = np.quantile(small_ensemble().size, 0.5, axis=0, method="inverted_cdf")
    assert np.asarray(line.get_ydata()).tolist() == expected.tolist()
    assert line.get_color() == STAGE_COLOURS["public"]


def test_the_fan_marks_the_meetings_with_labels_that_do_not_overlap() -> None:
    axes = fan_chart(small_ensemble())
    assert texts(axes) == ["first meeting", "second meeting", "third meeting"]
    boxes = text_boxes(axes)[:3]
    overlaps = [one.overlaps(other) for one in boxes for other in boxes if one is not other]
    assert not any(overlaps)


def test_meetings_before_the_start_are_not_marked_and_those_of_a_day_share_a_label() -> None:
    changed = small_scenario().with_changes({"events.0.date": -3, "events.1.date": 20})
    found = meetings(made_up(changed, 2))
    assert found == [(20, "second meeting, third meeting")]


def test_meetings_without_room_for_a_label_are_counted_in_the_small_print() -> None:
    events = [{"date": day, "meeting": f"meeting number {day}"} for day in range(1, 11)]
    crowded = made_up(small_scenario().with_changes({"events": events}), 2)
    axes = fan_chart(crowded)
    n_unlabelled = len(events) - sum("number" in text for text in texts(axes))
    assert n_unlabelled > 0
    label = figure_of(axes).get_supxlabel()
    assert f"meetings; {n_unlabelled} have no room for a label." in label


@given(shares, st.data())
def test_labels_on_one_line_never_overlap(marks: list[float], data: st.DataObject) -> None:
    widths = [data.draw(st.floats(0.01, 0.6)) for _ in marks]
    lines = place_labels(marks, widths, 3)
    spans: dict[int, list[tuple[float, float]]] = {}
    for mark, width, line in zip(marks, widths, lines, strict=True):
        if line is not None:
            left = mark - width if ends_at_mark(mark, width) else mark
            spans.setdefault(line, []).append((left, left + width))
    for taken in spans.values():
        ends = sorted(taken)
        assert all(one[1] <= two[0] for one, two in pairwise(ends))


def test_the_map_has_a_row_a_nation_with_those_already_public_apart() -> None:
    axes = nations_by_day(small_ensemble())
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert sorted(labels[:2]) == ["Nation 0  N00", "Nation 1  N01"]
    assert len(labels) == 7
    rows = heat_map(axes)
    assert rows.shape == (8, 31)
    assert np.isnan(rows[2]).all()
    assert (rows[:2, 0] == 1).all()


def test_rows_come_in_the_order_in_which_nations_are_likely_to_come_out() -> None:
    rows = heat_map(nations_by_day(small_ensemble()))[3:]
    days = [int(np.argmax(row >= 0.5)) if (row >= 0.5).any() else 99 for row in rows]
    assert days == sorted(days)


@pytest.mark.parametrize("n_nations", [1, 2, 36, 60])
def test_names_do_not_overlap_at_any_number_of_nations(n_nations: int) -> None:
    axes = nations_by_day(made_up(small_scenario(n_nations), 20))
    boxes = text_boxes(axes)
    tops = sorted((box.y0, box.y1) for box in boxes)
    assert all(below[1] <= above[0] + 1 for below, above in pairwise(tops))


def test_past_the_most_rows_nations_are_only_counted() -> None:
    axes = nations_by_day(made_up(small_scenario(60), 5), max_rows=20)
    assert len(axes.get_yticklabels()) == 20
    assert "40 more" in axes.get_title(loc="left")


@pytest.mark.parametrize("draw", [fan_chart, nations_by_day])
def test_the_small_print_names_scenario_runs_and_seed(draw: Any) -> None:
    figure = figure_of(draw(small_ensemble()))
    assert "Small test · 200 runs · seed 0" in figure.get_supxlabel()


@pytest.mark.parametrize("draw", [fan_chart, nations_by_day])
def test_a_figure_is_drawn_into_axes_that_are_given(draw: Any) -> None:
    axes = Figure().add_subplot()
    assert draw(small_ensemble(), ax=axes) is axes


@pytest.mark.parametrize("draw", [fan_chart, nations_by_day])
@pytest.mark.parametrize("dated", [True, False])
def test_a_summary_ensemble_and_a_single_day_suffice(draw: Any, dated: bool) -> None:
    ensemble = made_up(small_scenario(1, 3, dated), 1, keep="summary")
    figure_of(draw(ensemble)).canvas.draw()


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_the_same_ensemble_gives_the_same_file(tmp_path: Path, suffix: str) -> None:
    for name in ("one", "two"):
        save_figure(fan_chart(small_ensemble()), tmp_path / f"{name}.{suffix}")
    one, two = (tmp_path / f"{name}.{suffix}" for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()


def test_every_figure_is_written_and_named(tmp_path: Path) -> None:
    names = write_figures(small_ensemble(), tmp_path / "figures")
    assert names == ["fan_chart.png", "nations_by_day.png"]
    assert sorted(item.name for item in (tmp_path / "figures").iterdir()) == names


def test_stages_have_colours_of_their_own() -> None:
    assert len(set(STAGE_COLOURS.values())) == 7


def test_drawing_leaves_the_window_library_alone() -> None:
    code = "import sys, sim.plots.gallery; sys.exit('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_odd_names_and_titles_are_drawn_as_they_stand(tmp_path: Path) -> None:
    long = "A very long name with $money_in^it and \u4e2d\u56fd " * 3
    odd = small_scenario().with_changes({"title": long, "nations.N02.name": long})
    odd = odd.with_changes({"events.0.meeting": "$x^ " * 40})
    assert write_figures(made_up(odd, 5), tmp_path)
