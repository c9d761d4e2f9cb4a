"""Figures of comparisons: what they show, what they refuse, and how they look."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from matplotlib.axes import Axes
from matplotlib.legend import Legend
from matplotlib.testing.compare import compare_images
from matplotlib.text import Text

import sim
from sim.plots.catalogue import DrawingError, drawer, figures_of
from sim.plots.comparison.difference_fan import difference_fan
from sim.plots.comparison.nation_changes import nation_changes, ranked_rows
from sim.plots.comparison.scenarios import calendar_of
from sim.plots.files import Order, draw_each
from sim.plots.sheet import figure_of, image_of, save_figure
from sim.plots.theme import DARK, LIGHT, Theme
from sim.scenario.load import scenario_from_dict
from sim.studies.compare.comparison import Comparison
from tests.plots.lettering import misplaced
from tests.plots.test_lettering import SIZES
from tests.studies.compare.scenarios import made_up_comparison, one_clock, put, without_chance

every_kind = pytest.mark.parametrize("kind", figures_of("Comparison"))

BASELINE = Path(__file__).with_name("baseline_compared")
TOLERANCE = 4.0
"""Root mean square of the difference, out of 255; see tests/plots/test_images.py."""

PLACES = {
    "difference_fan": ((0.05, 0.55, 0.9, 0.4), (0.05, 0.05, 0.9, 0.4)),
    "nation_changes": ((0.05, 0.05, 0.42, 0.9), (0.53, 0.05, 0.42, 0.9)),
}
"""Left, lower edge, width and height of axes, where lettering cannot move them."""


def labels(axes: Axes) -> list[str]:
    """Names of the rows, from above."""
    return [text.get_text() for text in axes.get_yticklabels()]


def small_prints(axes: Axes) -> str:
    """What is written under a figure."""
    return figure_of(axes)._supxlabel.get_text().replace("\n", " ")  # type: ignore[attr-defined]


def line(axes: Axes, label: str) -> Any:
    """Heights of a line by its label in the legend."""
    return next(each.get_ydata() for each in axes.lines if each.get_label() == label)


def dots(axes: Axes) -> list[tuple[float, float, bool]]:
    """Where dots are, and whether they are filled."""
    found = [each for each in axes.lines if each.get_marker() == "o"]
    return [
        (float(each.get_xdata()[0]), float(each.get_ydata()[0]),
         each.get_markerfacecolor() == each.get_markeredgecolor())
        for each in found
    ]  # fmt: skip


# What they show


def test_the_fan_shows_the_mean_difference_its_interval_and_the_spread() -> None:
    comparison = made_up_comparison(30)
    axes, size = difference_fan(comparison), comparison.differences[0].size()
    assert line(axes, "mean difference").tolist() == size.interval().estimate.tolist()
    drawn = {each.get_label(): each.get_paths()[0].vertices[:, 1] for each in axes.collections}
    for label, low, high in (
        ("90 % of runs", size.quantile(0.05), size.quantile(0.95)),
        ("50 % of runs", size.quantile(0.25), size.quantile(0.75)),
        ("its 95 % interval", size.interval().low, size.interval().high),
    ):
        assert (drawn[label].min(), drawn[label].max()) == (low.min(), high.max())
    assert axes.get_title(loc="left") == "Public size: backing announced 1 minus as it is"
    legend = axes.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == [
        *("mean difference", "its 95 % interval", "50 % of runs", "90 % of runs")
    ]


def test_a_mean_difference_of_less_than_one_nation_can_be_read_off() -> None:
    nations = [f"N{number}" for number in range(3)]
    outside = scenario_from_dict({"days": 5, "nations": nations, "behaviour": {}})
    one = outside.with_changes({"nations.N0.stage": {"talks": 0.5, "public": 0.5}})
    axes = difference_fan(sim.compare({"outside": outside, "one": one}, runs=40))
    assert 0 < line(axes, "mean difference")[-1] < 1
    assert len([tick for tick in axes.get_yticks() if 0 < tick < 1]) > 2


@pytest.mark.parametrize("n_others", [1, 2])
def test_where_differences_take_few_values_the_fan_has_one_band(n_others: int) -> None:
    panels = figure_of(difference_fan(made_up_comparison(n_others=n_others))).axes
    for panel in panels:
        labels = [band.get_label() for band in panel.collections]
        assert labels == ["90 % of runs", "its 95 % interval"]
    legend = panels[-1].get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == [
        *("mean difference", "its 95 % interval", "90 % of runs")
    ]


def test_of_several_scenarios_each_has_a_panel_of_the_same_scale() -> None:
    comparison = made_up_comparison(n_others=3)
    panels = figure_of(difference_fan(comparison)).axes
    assert [panel.get_title(loc="left") for panel in panels] == [
        f"Public size: backing announced {place} minus as it is" for place in (1, 2, 3)
    ]
    for panel, difference in zip(panels, comparison.differences, strict=True):
        mean = difference.size().interval().estimate
        assert line(panel, "mean difference").tolist() == mean.tolist()
        assert panel.get_ylim() == panels[0].get_ylim()


def test_scenarios_go_by_their_titles_where_these_tell_them_apart() -> None:
    base = without_chance(9, title="As it is")
    pushed = without_chance(9, put("BBB", 3), title="BBB comes early")
    comparison = sim.compare({"a": base, "b": pushed}, runs=3)
    assert difference_fan(comparison).get_title(loc="left") == (
        "Public size: BBB comes early minus As it is"
    )
    assert "BBB comes early minus As it is" in nation_changes(comparison).get_title(loc="left")
    twins = sim.compare(
        {"a": base, "b": without_chance(9, put("BBB", 3), title="As it is")}, runs=3
    )
    assert difference_fan(twins).get_title(loc="left") == "Public size: b minus a"


def test_one_of_several_can_be_asked_for_and_drawn_into_axes() -> None:
    comparison = made_up_comparison(n_others=3)
    one = difference_fan(comparison, other="backing announced 2")
    assert len(figure_of(one).axes) == 1
    assert "backing announced 2" in one.get_title(loc="left")
    assert "not drawn" not in small_prints(one)
    for draw in (difference_fan, nation_changes):
        given = sim.plots.sheet.new_axes(6, 5)
        assert draw(comparison, ax=given, other="backing announced 3") is given
        assert figure_of(given)._supxlabel is None  # type: ignore[attr-defined]
        with pytest.raises(ValueError, match="other: no scenario 'else' beside the base"):
            draw(comparison, other="else")


def test_the_days_carry_the_events_of_both_scenarios_each_once() -> None:
    comparison = made_up_comparison(n_others=2)
    kinds = [event.kind for event in calendar_of(comparison, "backing announced 2").scenario.events]
    assert sorted(kinds) == ["meeting", "meeting", "meeting", "signal"]
    panels = figure_of(difference_fan(comparison)).axes
    said = [{text.get_text() for text in panel.texts} for panel in panels]
    assert "signal: us backing +1" in said[0] & said[1]
    assert "first meeting" in said[0] - said[1]
    assert "dotted: meetings, dashed: signals and deals" in small_prints(panels[0])


def test_of_too_many_scenarios_the_rest_is_counted() -> None:
    comparison = made_up_comparison(n_others=8, n_runs=20)
    assert "2 scenarios more are not drawn" in small_prints(difference_fan(comparison))
    assert len(figure_of(difference_fan(comparison)).axes) == 6
    assert "4 scenarios more are not drawn" in small_prints(nation_changes(comparison))


def test_where_nothing_differs_there_is_a_line_at_0() -> None:
    base = without_chance(10)
    comparison = sim.compare({"a": base, "b": base.with_changes({"title": "b"})}, runs=5)
    axes = difference_fan(comparison)
    assert not line(axes, "mean difference").any()
    assert axes.get_ylim() == (-1, 1)
    assert all(x == 0 for x, _, _ in dots(nation_changes(comparison)))


def test_intervals_without_width_are_said_to_leave_something_open() -> None:
    base, other = without_chance(10), without_chance(10, put("BBB", 3))
    comparison = sim.compare({"a": base, "b": other}, runs=10)
    for draw in (difference_fan, nation_changes):
        said = small_prints(draw(comparison))
        assert "alike in all 10 runs, though up to 31 % of all runs may differ." in said
    twins = sim.compare({"a": base, "b": base.with_changes({"title": "b"})}, runs=10)
    for draw in (difference_fan, nation_changes):
        assert "without width" not in small_prints(draw(twins))  # known, and not from the runs
    assert "without width" not in small_prints(nation_changes(made_up_comparison()))
    clock = one_clock(0.1)
    pushed = clock.with_changes({"events": [put("AAA", 5)]})  # until then they are the same
    late = sim.compare({"a": clock, "b": pushed}, runs=50)
    assert "without width" not in small_prints(difference_fan(late))


def test_with_one_run_it_is_said_what_has_no_interval() -> None:
    comparison = made_up_comparison(n_runs=1)
    assert "With one run there is no interval." in small_prints(difference_fan(comparison))
    assert "With one run there is no interval of days." in small_prints(nation_changes(comparison))


def test_nations_are_ranked_from_the_largest_gain_to_the_largest_loss() -> None:
    comparison = made_up_comparison(12)
    axes = nation_changes(comparison)
    by_name = {nation.nation: nation for nation in comparison.differences[0].nations}
    drawn = [by_name[label.split()[-1]] for label in labels(axes)]
    changes = [nation.difference for nation in drawn]
    assert changes == sorted(changes, reverse=True)
    chances, days = figure_of(axes).axes
    assert dots(chances) == [
        (100 * nation.difference, place, nation.significant_fdr)
        for place, nation in enumerate(drawn)
    ]
    assert dots(days) == [
        (nation.days, place, nation.days_significant_fdr) for place, nation in enumerate(drawn)
    ]
    bars = [each for each in chances.lines if each.get_marker() != "o"][:-1]
    ends = [tuple(map(float, each.get_xdata())) for each in bars]
    assert ends == [(100 * nation.low, 100 * nation.high) for nation in drawn]
    note = small_prints(axes)
    assert "of 12 intervals fewer than 1 would exclude 0" in note
    assert "statistically significant (false discovery rate 5 %)" in note


def test_of_too_many_nations_those_that_change_most_are_kept() -> None:
    comparison = made_up_comparison(40)
    difference = comparison.differences[0]
    axes = nation_changes(comparison, max_rows=9)
    kept = {nation.nation for nation in difference.nations[:9]}
    assert {label.split()[-1] for label in labels(axes)} == kept
    assert axes.get_title(loc="left").endswith("(and 31 more)")
    low = nation_changes(comparison, look=LIGHT.sized(8.0, 3.5))
    assert 3 <= len(labels(low)) < 40
    with pytest.raises(DrawingError, match="inches of height"):
        nation_changes(comparison, look=LIGHT.sized(3.5, 2.5))


def test_scenarios_with_no_nation_in_common_are_left_out_and_named() -> None:
    base = without_chance(9)
    strange = without_chance(9, nations=["XXX", "YYY"])
    others = {f"strange {place}": strange for place in range(1, 6)}
    pushed = without_chance(9, put("BBB", 3))
    comparison = sim.compare({"base": base, **others, "pushed": pushed, "twin": base}, runs=3)
    axes = nation_changes(comparison)
    legend = axes.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["pushed", "twin"]
    assert len(dots(axes)) == 2 * len(labels(axes))
    said = small_prints(axes)
    names = "strange 1, strange 2, strange 3, strange 4, 1 more"
    assert f"Not drawn, with no nation in common with the base: {names}." in said
    assert "more are not drawn" not in said
    with pytest.raises(DrawingError, match="no nation in common"):
        nation_changes(comparison, other="strange 1")


def test_several_scenarios_share_the_rows_in_colours_of_their_own() -> None:
    comparison = made_up_comparison(10, n_others=3)
    axes = nation_changes(comparison)
    rows, n_hidden = ranked_rows(comparison.differences, 80)
    assert n_hidden == 0
    title = axes.get_title(loc="left")
    assert title == "Changes by nation, compared with as it is"
    assert "of 10 intervals of a colour fewer than 1 would" in small_prints(axes)
    one = nation_changes(comparison, other="backing announced 2").get_title(loc="left")
    assert one == "Changes by nation: backing announced 2 minus as it is"
    drawn = dots(axes)
    assert len(drawn) == 30
    for scenario in range(3):
        for place, (row, dot) in enumerate(
            zip(rows, drawn[10 * scenario : 10 * scenario + 10], strict=True)
        ):
            change = row.changes[scenario]
            assert change is not None
            assert dot[0] == 100 * change.difference
            assert abs(dot[1] - place) < 0.5
    legend = axes.get_legend()
    assert legend is not None
    assert len(legend.get_texts()) == 3


def test_nations_of_one_scenario_alone_are_not_drawn_and_without_common_ones_nothing_is() -> None:
    other = without_chance(10, put("DDD", 3), nations=["AAA", "DDD"])
    comparison = sim.compare({"a": without_chance(10), "b": other}, runs=5)
    assert labels(nation_changes(comparison)) == ["AAA"]
    apart = without_chance(10, nations=["DDD", "EEE"])
    with pytest.raises(DrawingError, match="no nation in common"):
        nation_changes(sim.compare({"a": without_chance(10), "b": apart}, runs=5))


def test_dates_and_lengths_are_those_in_common() -> None:
    base = without_chance(6, put("BBB", 2), start="2025-03-10")
    later = without_chance(12, put("BBB", 4), start="2026-03-10")
    axes = difference_fan(sim.compare({"a": base, "b": later}, runs=2))
    low, high = axes.get_xlim()
    assert high - low == 6
    assert len(line(axes, "mean difference")) == 7


# How they are written and how they look


@every_kind
def test_a_figure_that_is_drawn_again_gives_the_same_file(kind: str, tmp_path: Path) -> None:
    comparison = made_up_comparison()
    for name in ("one.svg", "two.svg"):
        save_figure(drawer(kind)(comparison), tmp_path / name)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()


def test_every_comparison_comes_with_both(tmp_path: Path) -> None:
    done = list(draw_each(made_up_comparison(), tmp_path, Order(dpi=40)))
    assert [each.files for each in done] == [("difference_fan.png",), ("nation_changes.png",)]
    order = Order(formats=("svg", "pdf"), look=DARK, suffix="_dark")
    attempts = list(draw_each(made_up_comparison(), tmp_path, order))
    assert [attempt.reason for attempt in attempts] == [None, None]
    for kind in figures_of("Comparison"):
        assert getattr(sim.plots, kind) is drawer(kind)


@every_kind
def test_odd_labels_and_names_are_drawn_as_they_stand(kind: str, tmp_path: Path) -> None:
    long = "A very long name with $money_in^it and 中国 " * 3
    nations = [{"id": "AAA", "name": long}, "BBB"]
    scenarios = {long: without_chance(9, nations=nations, title=long), "$x^": without_chance(9)}
    save_figure(drawer(kind)(sim.compare(scenarios, runs=3)), tmp_path / "odd.png", dpi=40)


@every_kind
@pytest.mark.parametrize("n_runs", [1, 2])
def test_few_runs_are_drawn(kind: str, n_runs: int, tmp_path: Path) -> None:
    comparison = made_up_comparison(n_runs=n_runs)
    save_figure(drawer(kind)(comparison), tmp_path / "few.png", dpi=40)


@pytest.mark.parametrize(
    "size",
    [pytest.param(size, marks=[pytest.mark.slow] * (size != "as it comes")) for size in SIZES],
)
@pytest.mark.parametrize(
    ("n_nations", "n_others"), [pytest.param(36, 1, marks=pytest.mark.slow), (60, 1), (37, 3)]
)
@every_kind
def test_no_lettering_overlaps_or_is_cut_off(
    kind: str, n_nations: int, n_others: int, size: str
) -> None:
    comparison = made_up_comparison(n_nations, n_others)
    try:
        axes = drawer(kind)(comparison, look=LIGHT.sized(*SIZES[size]))
        image_of(axes, "svg")
    except DrawingError as reason:
        assert "inches of height" in str(reason)  # noqa: PT017 (either way is right)
        assert SIZES[size] == (3.5, 3.5) or n_others > 1
        return
    assert misplaced(figure_of(axes)) == []


def pictured() -> Comparison:
    """The comparison that images are of."""
    return made_up_comparison(12, 2)


def write_image(kind: str, file: Path, look: Theme) -> None:
    """Draw a figure without its lettering, its axes in fixed places."""
    figure = figure_of(drawer(kind)(pictured(), look=look.sized(6.0, 5.5)))
    figure.set_layout_engine("none")
    for axes, place in zip(figure.axes, PLACES[kind], strict=True):
        axes.set_position(place)
    for artist in figure.findobj(lambda artist: isinstance(artist, Text | Legend)):
        artist.set_visible(False)
    save_figure(figure.axes[0], file, dpi=60)


@every_kind
def test_a_figure_looks_as_it_did(kind: str, tmp_path: Path) -> None:
    drawn = tmp_path / f"{kind}.png"
    write_image(kind, drawn, LIGHT)
    difference = compare_images(str(BASELINE / f"{kind}.png"), str(drawn), TOLERANCE)
    said = f"look at it; if it is right: python -m tests.plots.test_compared\n{difference}"
    assert difference is None, said


@every_kind
def test_a_change_of_colours_does_not_go_unseen(kind: str, tmp_path: Path) -> None:
    drawn = tmp_path / f"{kind}.png"
    write_image(kind, drawn, DARK)
    assert compare_images(str(BASELINE / f"{kind}.png"), str(drawn), TOLERANCE) is not None


def test_bands_left_out_do_not_go_unseen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Axes, "fill_between", lambda *_, **__: None)
    monkeypatch.setattr("sim.plots.comparison.difference_fan.legend_below", lambda *_: None)
    drawn = tmp_path / "difference_fan.png"
    write_image("difference_fan", drawn, LIGHT)
    before = str(BASELINE / "difference_fan.png")
    assert compare_images(before, str(drawn), TOLERANCE) is not None


if __name__ == "__main__":
    BASELINE.mkdir(exist_ok=True)
    for name in sys.argv[1:] or figures_of("Comparison"):
        write_image(name, BASELINE / f"{name}.png", LIGHT)
