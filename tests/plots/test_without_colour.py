"""Figures can be read on grey paper: whatever a legend names differs in more than its colour."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb

import sim
from sim.core.stages import STAGES
from sim.plots import trace as hazards
from sim.plots.areas import Area, name_areas, stack_areas
from sim.plots.catalogue import drawer
from sim.plots.sheet import figure_of, new_axes
from sim.plots.theme import DASHES, HATCHES, LIGHT, MARKERS, SERIES, STAGE_HATCHES, THEMES
from sim.results.trace import TERMS
from sim.scenario.load import scenario_from_dict
from tests.plots.images import fixed_ensemble, fixed_trace
from tests.results.synthetic import made_up, small_scenario
from tests.studies.compare.scenarios import made_up_comparison

LEAST_APART = 0.1
"""Of lightness, from 0 to 1, where nothing else tells two things apart."""


def lightness(colour: Any) -> float:
    """Lightness of a colour as a copier sees it."""
    red, green, blue = to_rgb(colour)
    return 0.299 * red + 0.587 * green + 0.114 * blue


def looks(handle: Any) -> tuple[tuple[Any, ...], float]:
    """What of a legend's entry can be seen without colour: its marks, and its lightness."""
    if hasattr(handle, "get_hatch"):
        *colour, opacity = handle.get_facecolor()
        light = 1 - opacity * (1 - lightness(colour))
        return ("area", handle.get_hatch() or ""), light
    dashes = handle._unscaled_dash_pattern
    marks = ("line", dashes, handle.get_marker(), handle.get_linewidth())
    return marks, lightness(handle.get_color())


def alike(axes: Axes) -> list[tuple[str, str]]:
    """Entries of a legend that grey paper does not tell apart."""
    legend = axes.get_legend()
    assert legend is not None
    entries = [
        (text.get_text(), *looks(handle))
        for text, handle in zip(legend.get_texts(), legend.legend_handles, strict=True)
    ]
    return [
        (one[0], two[0])
        for place, one in enumerate(entries)
        for two in entries[place + 1 :]
        if one[1] == two[1] and abs(one[2] - two[2]) < LEAST_APART
    ]


@pytest.mark.parametrize("look", THEMES)
@pytest.mark.parametrize(
    "kind", ["fan_chart", "stage_chart", "force_chart", "conditions_chart", "outcomes"]
)
def test_no_two_entries_of_a_legend_differ_by_colour_alone(kind: str, look: str) -> None:
    assert alike(drawer(kind)(fixed_ensemble(), look=THEMES[look])) == []


def test_nor_those_of_hazards() -> None:
    below = figure_of(sim.plots.hazard_chart(fixed_trace(), "DEU")).axes
    assert [alike(axes) for axes in below if axes.get_legend() is not None] == [[]]


def test_nor_lines_of_a_sweep_nor_scenarios_of_a_comparison() -> None:
    levels = {
        "conditions.us_backing.level": [0.2, 0.5, 0.8],
        "events.first_meeting": ["present", "absent"],
    }
    swept = sim.sweep(small_scenario(), levels, runs=10, workers=1)
    assert alike(sim.plots.outcome_lines(swept)) == []
    for kind in ("size_strip", "outcome_scatter"):
        assert alike(drawer(kind)(swept)) == []
    assert alike(sim.plots.difference_fan(made_up_comparison())) == []
    assert alike(sim.plots.nation_changes(made_up_comparison(10, n_others=4))) == []


def test_marks_are_as_many_as_colours_and_all_differ() -> None:
    for marks in (DASHES, MARKERS, HATCHES):
        assert len(set(marks)) == len(marks) == len(SERIES)
    assert set(STAGE_HATCHES) == set(STAGES)
    assert set(hazards.HATCHES_OF) == set(TERMS[1:])
    assert len(set(hazards.HATCHES_OF.values())) == len(hazards.HATCHES_OF)


def test_areas_carry_their_names_where_they_have_room() -> None:
    axes = new_axes(6, 4)
    x = np.arange(50.0)
    areas = [
        Area("wide", 5 + 0 * x, "#4477AA", ""),
        Area("thin", 0.01 + 0 * x, "#EE8866", "////"),
        Area("a name that is far too long to be written into it " * 3, 4 + 0 * x, "#DDDDDD", ""),
    ]
    stack_areas(axes, x, areas, LIGHT)
    axes.set_ylim(0, 10)
    name_areas(axes, x, areas, LIGHT)
    [text] = axes.texts
    assert text.get_text() == "wide"
    assert 0 < text.get_position()[0] < 49
    assert text.get_position()[1] == 2.5
    assert [area.get_hatch() for area in axes.collections] == ["", "////", ""]


def test_the_lines_of_events_lie_above_areas_and_below_lines() -> None:
    for kind in ("stage_chart", "force_chart"):
        axes = drawer(kind)(fixed_ensemble())
        events = [line for line in axes.lines if len(set(line.get_xdata())) == 1]
        assert len(events) == 5
        areas = max(area.get_zorder() for area in axes.collections)
        assert all(areas < line.get_zorder() < 2 for line in events)
        assert all(line.get_path_effects() for line in events)


def test_where_the_public_size_takes_few_values_the_fan_has_one_band() -> None:
    few = sim.plots.fan_chart(made_up(small_scenario(3), 50))
    assert [band.get_label() for band in few.collections] == ["public: 90 % of runs"]
    many = sim.plots.fan_chart(made_up(small_scenario(30), 50))
    assert [band.get_label() for band in many.collections] == [
        "public: 90 % of runs",
        "public: 50 % of runs",
    ]


def test_the_fan_has_the_size_that_success_needs() -> None:
    axes = sim.plots.fan_chart(fixed_ensemble())
    [line] = [each for each in axes.lines if each.get_label() == "success: at least 7"]
    assert list(line.get_ydata()) == [7, 7]
    assert axes.get_ylim()[1] > 7
    bare = fixed_ensemble().scenario.with_changes({"success": None})
    without = sim.plots.fan_chart(made_up(bare, 5))
    assert not any(str(each.get_label()).startswith("success") for each in without.lines)


def test_ranges_of_conditions_that_overlap_are_lines_like_that_of_the_median() -> None:
    form = {
        "days": 9,
        "nations": ["A"],
        "conditions": {
            "high": {"level": 0.9, "volatility": 0.02},
            "low": {"level": 0.2, "volatility": 0.2},
            "middle": {"level": 0.3, "volatility": 0.2},
        },
        "behaviour": {},
    }
    ensemble = sim.run(scenario_from_dict(form), runs=50)
    apart = sim.plots.conditions_chart(ensemble, names=("high", "low"))
    assert len(apart.collections) == 4
    assert "Bands contain 50 % and 90 %" in figure_of(apart).get_supxlabel()
    mixed = sim.plots.conditions_chart(ensemble)
    assert not mixed.collections
    assert "Thin lines contain 90 %" in figure_of(mixed).get_supxlabel()
    medians = [line for line in mixed.lines if "median, thin: 90 %" in str(line.get_label())]
    assert len({line.get_linestyle() for line in medians}) == 2  # solid, or dashed in some way
    for name, median in zip(("high", "low", "middle"), medians, strict=True):
        ends = [line for line in mixed.lines if line.get_color() == median.get_color()]
        ranges = [line for line in ends if line.get_linewidth() < 1]
        expected = [ensemble.tally(f"conditions.{name}").quantile(end) for end in (0.05, 0.95)]
        assert [list(line.get_ydata()) for line in ranges] == [list(each) for each in expected]
    assert alike(mixed) == []
