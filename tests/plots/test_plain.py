"""Figures without words around them, with the first rows alone, and with nothing in them."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

import sim
from sim.plots.catalogue import FIGURES, drawer, figures_of
from sim.plots.ensemble.influence import NO_PAIR
from sim.plots.sheet import figure_of
from sim.plots.theme import DARK
from sim.scenario.load import scenario_from_dict
from tests.plots.images import few_of, fixed_ensemble, fixed_trace
from tests.results.synthetic import made_up, small_scenario
from tests.studies.compare.scenarios import made_up_comparison, without_chance

EVENTS = {"first meeting", "second meeting", "signal: backing +1.5", "deal: peace"}


def words_round(figure: Any) -> list[str]:
    """Titles, small print and labels of events."""
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    texts = [text.get_text() for axes in figure.axes for text in axes.texts]
    labels = [text for text in texts if text in EVENTS]
    return [each for each in (*titles, figure.get_supxlabel(), *labels) if each]


@pytest.mark.parametrize("kind", few_of(figures_of("Ensemble")))
def test_a_plain_figure_has_no_words_round_it(kind: str) -> None:
    draw = drawer(kind)
    assert words_round(figure_of(draw(fixed_ensemble()))) != []
    assert words_round(figure_of(draw(fixed_ensemble(), plain=True))) == []
    assert words_round(figure_of(draw(fixed_ensemble(), None, DARK, plain=True))) == []


def test_a_plain_figure_keeps_axes_legend_and_what_tells_panels_apart() -> None:
    usual, plain = (sim.plots.fan_chart(fixed_ensemble(), plain=is_) for is_ in (False, True))
    legends = [
        [text.get_text() for text in axes.get_legend().get_texts()] for axes in (usual, plain)
    ]
    assert legends[0] == legends[1]
    dated = {(each.get_xdata()[0], each.get_linestyle()) for each in usual.lines}
    assert len(usual.lines) - len(plain.lines) == 5  # the days of its events
    assert dated > {(each.get_xdata()[0], each.get_linestyle()) for each in plain.lines}
    assert usual.get_ylabel() == plain.get_ylabel()
    panels = figure_of(sim.plots.difference_fan(made_up_comparison(n_others=2), plain=True)).axes
    assert [panel.get_title(loc="left") for panel in panels] == [
        f"backing announced {place} minus as it is" for place in (1, 2)
    ]
    across = [[line for line in panel.lines if line.get_xdata()[0] == 0.0] for panel in panels]
    assert [len(lines) for lines in across] == [1, 1]  # at 0, and none on the day of an event
    alone = sim.plots.difference_fan(made_up_comparison(), plain=True)
    assert words_round(figure_of(alone)) == []


def test_hazards_and_sweeps_can_be_plain_as_well() -> None:
    assert words_round(figure_of(sim.plots.hazard_chart(fixed_trace(), "DEU", plain=True))) == []
    levels = {"conditions.us_backing.level": [0.2, 0.8], "events.0.weight": [0.5, 1.0]}
    swept = sim.sweep(small_scenario(), levels, runs=5, workers=1)
    for kind in ("condition_map", "outcome_lines", "size_strip", "outcome_scatter"):
        assert words_round(figure_of(drawer(kind)(swept, plain=True))) == []


@pytest.mark.parametrize("kind", FIGURES)
def test_every_figure_says_that_it_can_be_plain(kind: str) -> None:
    assert inspect.signature(drawer(kind)).parameters["plain"].default is False


def test_plain_axes_of_the_user_s_have_no_title() -> None:
    axes = sim.plots.sheet.new_axes(6, 4)
    sim.plots.fan_chart(fixed_ensemble(), ax=axes, plain=True)
    assert axes.get_title(loc="left") == ""


# The first rows


def test_the_nations_that_change_most_can_be_asked_for() -> None:
    comparison = made_up_comparison(40)
    axes = sim.plots.nation_changes(comparison, top=12)
    rows = [label.get_text().split()[-1] for label in axes.get_yticklabels()]
    by_change = sorted(comparison.differences[0].nations, key=lambda each: -abs(each.difference))
    assert set(rows) == {nation.nation for nation in by_change[:12]}
    assert axes.get_title(loc="left").endswith("(and 28 more)")


@pytest.mark.parametrize(("kind", "more"), [("nations_by_day", 15), ("joining_order", 13)])
def test_so_can_the_first_nations_to_come(kind: str, more: int) -> None:
    ensemble = made_up(small_scenario(20), 50)
    whole, few = (drawer(kind)(ensemble, top=top) for top in (None, 5))
    names = [[label.get_text() for label in axes.get_yticklabels()] for axes in (whole, few)]
    assert names[1] == names[0][:5]
    assert few.get_title(loc="left").endswith(f"(and {more} more)")
    with pytest.raises(ValueError, match="top: 0 must be at least 1"):
        drawer(kind)(ensemble, top=0)


# Nothing to draw


def said(axes: Any) -> str:
    """What is written in the axes of a figure."""
    return " ".join(" ".join(text.get_text() for text in axes.texts).split())


def test_where_no_pair_stands_out_the_network_says_so() -> None:
    axes = sim.plots.influence(made_up(small_scenario(), 500))
    assert said(axes) == NO_PAIR
    assert not axes.collections
    assert "2 nations are not shown" in figure_of(axes).get_supxlabel()
    assert NO_PAIR not in said(sim.plots.influence(fixed_ensemble()))


def test_where_nothing_is_pledged_the_force_says_so() -> None:
    form: dict[str, Any] = {"days": 9, "nations": ["GBR", "FRA"], "contributions": {"air": {}}}
    form["behaviour"] = {}
    axes = sim.plots.force_chart(sim.run(scenario_from_dict(form), runs=5))
    assert "No force is pledged in public in any run." in said(axes)
    assert "No force" not in said(sim.plots.force_chart(fixed_ensemble()))


def test_where_nothing_differs_figures_of_comparisons_say_so() -> None:
    base = without_chance(10)
    comparison = sim.compare({"a": base, "b": base.with_changes({"title": "b"})}, runs=5)
    assert "the same on every day of every run" in said(sim.plots.difference_fan(comparison))
    assert "No nation differs" in said(sim.plots.nation_changes(comparison))
    assert "No nation differs" not in said(sim.plots.nation_changes(made_up_comparison()))


def test_where_no_move_is_open_hazards_say_so() -> None:
    still = scenario_from_dict({"days": 9, "nations": ["GBR"], "behaviour": {}})
    axes = sim.plots.hazard_chart(sim.trace(still), "GBR", side=1)
    assert "No exit is open on any day." in said(axes)
    form = {"days": 9, "nations": ["GBR"], "behaviour": {"engage": {"rate": 0.01}}}
    axes = sim.plots.hazard_chart(sim.trace(scenario_from_dict(form)), "GBR")
    assert "the hazard is the base rate" in said(axes) or "No move" in said(axes)
