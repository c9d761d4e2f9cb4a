"""Figures of a tipping point: what they show, and that no lettering overlaps."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from matplotlib.text import Text

import sim
import sim.scenario.load
from sim.plots.catalogue import DrawingError, default_figures, drawer, figures_of
from sim.plots.files import Order, draw_each
from sim.plots.sheet import figure_of, new_axes
from sim.plots.theme import DARK, LIGHT
from sim.studies.tipping.result import Tipping
from tests.plots.lettering import misplaced

PATH = "conditions.backing.level"
OF_ONE = ("response_curve", "nation_levels", "hysteresis_loop")

every_kind = pytest.mark.parametrize("kind", figures_of("Tipping"))


def form(n_nations: int = 12):
    names = ["Bosnia and Herzegovina", *(f"Nation number {n}" for n in range(1, n_nations))]
    return {
        "title": "A coalition in the making",
        "start": "2025-03-10",
        "days": 30,
        "nations": [
            {
                "id": f"N{place}",
                "name": name,
                "stage": "willing",
                "sensitivity": {"backing": -6 if place == 3 else place - 2},
            }
            for place, name in enumerate(names)
        ],
        "conditions": {"backing": {"name": "US backing", "level": 0.5}},
        "behaviour": {
            "from": None,
            "declare": {"rate": 0.03, "pressure": 1, "peers": 1},
            "withdraw": {"public": {"rate": 0.02, "pressure": -1}},
        },
        "events": [{"date": 9, "meeting": "summit"}],
        "success": {"public_size": 6, "hold": 3},
    }


@cache
def tipping_of(kind: str, n_nations: int = 12) -> Tipping:
    """A tipping point that has such a figure."""
    scenario = sim.scenario.load.scenario_from_dict(form(n_nations))
    if kind == "even_chances":
        return sim.tipping(scenario, [PATH, "tempo=0.25:4:log"], runs=24, scanned=8)
    return sim.tipping(scenario, PATH, runs=64, scanned=32, back=True, ramp=40)


def test_the_curve_is_that_of_the_thresholds_with_its_quantiles() -> None:
    found = tipping_of("response_curve")
    axes = sim.plots.response_curve(found)
    assert not found.is_mostly_monotone
    curve = next(line for line in axes.lines if line.get_label() == "runs that have turned")
    assert curve.get_ydata().tolist() == found.chances().share.tolist()
    dots = [line for line in axes.lines if line.get_marker() in ("o", "<", ">")][1:]
    assert [dot.get_ydata()[0] for dot in dots] == [0.1, 0.25, 0.5, 0.75, 0.9]
    crosses = next(line for line in axes.lines if line.get_label() == "scanned runs")
    assert crosses.get_ydata() == pytest.approx(found.scan.holds.mean(axis=0))
    assert axes.get_xlabel() == "US backing: level"
    assert axes.get_title(loc="left") == "Success along US backing: level"
    printed = " ".join(text.get_text() for text in figure_of(axes).findobj(Text))
    assert "runs that have turned, which is not the chance" in " ".join(printed.split())
    once = replace(found, scan=replace(found.scan, holds=np.sort(found.scan.holds, axis=1)))
    assert "chance" in [line.get_label() for line in sim.plots.response_curve(once).lines]


def test_a_plane_in_which_many_runs_turn_again_is_none_of_even_chances() -> None:
    found = tipping_of("even_chances")
    for turns_again, title in (
        (False, "Where the chance of success is even"),
        (True, "Where the median run first turns, success"),
    ):
        holds = np.sort(found.scan.holds, axis=1)
        if turns_again:
            holds[:] = np.arange(holds.shape[1]) % 2 == 1
        axes = sim.plots.even_chances(replace(found, scan=replace(found.scan, holds=holds)))
        assert axes.get_title(loc="left") == title
        assert bool(axes.collections) != turns_again  # shaded: more likely than not


def test_nations_stand_by_their_level_and_one_that_falls_is_hollow() -> None:
    found = tipping_of("nation_levels")
    axes = sim.plots.nation_levels(found)
    names = [label.get_text() for label in axes.get_yticklabels()]
    medians = {
        f"{each.name}  {each.nation}": each.thresholds.quantile(0.5).level for each in found.nations
    }
    levels = [medians[name] for name in names]
    assert levels == sorted(levels)
    marks = [line for line in axes.lines if line.get_marker() in ("o", "<", ">")]
    assert [mark.get_ydata()[0] for mark in marks] == list(range(12))
    hollow = [names[mark.get_ydata()[0]] for mark in marks if mark.get_mfc() == LIGHT.paper]
    falling = [f"{each.name}  {each.nation}" for each in found.nations if not each.rises]
    assert sorted(hollow) == sorted(falling)
    assert falling
    few = sim.plots.nation_levels(found, top=4)
    assert few.get_title(loc="left") == "From which level on nations join (and 8 more)"


def test_the_loop_has_both_ways_of_three_ramps() -> None:
    found = tipping_of("hysteresis_loop")
    axes = sim.plots.hysteresis_loop(found)
    n = found.hysteresis.slowest.ramp.n_steps
    ways = [line for line in axes.lines if len(line.get_xdata()) == n + 1]
    assert len(ways) == 6
    up, down = ways[-2:]
    assert (up.get_label(), down.get_label()) == ("up, 40 days", "down, 40 days")
    assert np.diff(up.get_xdata()).min() > 0 > np.diff(down.get_xdata()).max()
    assert up.get_ydata()[-1] == down.get_ydata()[0]


def test_the_plane_has_a_point_for_each_level_of_the_second_path() -> None:
    found = tipping_of("even_chances")
    axes = sim.plots.even_chances(found)
    assert axes.get_xscale() == "log"
    assert len([line for line in axes.lines if line.get_marker() in ("o", "v", "^")]) == 11
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("tempo", "US backing: level")


def test_what_a_tipping_point_does_not_have_is_refused() -> None:
    plane, curve = tipping_of("even_chances"), tipping_of("response_curve")
    for kind in OF_ONE[:2]:
        with pytest.raises(DrawingError, match="it is of one path"):
            drawer(kind)(plane)
    with pytest.raises(DrawingError, match="run it with --back"):
        drawer("hysteresis_loop")(plane)
    with pytest.raises(DrawingError, match="give --along twice"):
        drawer("even_chances")(curve)
    assert default_figures(plane) == ("even_chances",)
    assert default_figures(curve) == OF_ONE


def test_they_come_with_it(tmp_path: Path) -> None:
    done = list(draw_each(tipping_of("response_curve"), tmp_path, Order(dpi=40)))
    assert [each.files for each in done] == [(f"{kind}.png",) for kind in OF_ONE]


@every_kind
@pytest.mark.parametrize(
    "size",
    [
        pytest.param(size, marks=[pytest.mark.slow] * (size[0] is not None))
        for size in ((None, None), (4.0, None), (5.0, 9.0), (12.0, 6.0))
    ],
)
def test_no_lettering_overlaps_or_is_cut_off(
    kind: str, size: tuple[float | None, float | None]
) -> None:
    axes = drawer(kind)(tipping_of(kind), look=LIGHT.sized(*size))
    assert misplaced(figure_of(axes)) == []


@pytest.mark.slow
@pytest.mark.parametrize("path", ["events.summit.date", "success.public_size", "tempo=0.01:9:log"])
def test_dates_whole_numbers_and_long_ways_have_room(path: str) -> None:
    scenario = sim.scenario.load.scenario_from_dict(form())
    found = sim.tipping(scenario, path, runs=16, scanned=8)
    for kind in OF_ONE[:2]:
        for look in (LIGHT, LIGHT.sized(4.0)):
            assert misplaced(figure_of(drawer(kind)(found, look=look))) == []


@every_kind
def test_into_given_axes_and_plain_there_is_no_small_print(kind: str) -> None:
    axes = new_axes(6, 6, DARK)
    assert drawer(kind)(tipping_of(kind), ax=axes, look=DARK) is axes
    plain = drawer(kind)(tipping_of(kind), plain=True)
    for each in (axes, plain):
        assert figure_of(each).get_supxlabel() == ""
    assert plain.get_title(loc="left") == ""


def test_a_figure_that_is_too_low_for_nations_is_refused() -> None:
    with pytest.raises(DrawingError, match="inches of height"):
        sim.plots.nation_levels(tipping_of("nation_levels"), look=LIGHT.sized(7.0, 1.5))
