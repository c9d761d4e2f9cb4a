"""Figures of sweeps: what they show and what they refuse."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from matplotlib.collections import QuadMesh
from matplotlib.colors import to_rgba
from matplotlib.contour import ContourSet
from matplotlib.text import Text

from sim.plots.catalogue import DrawingError
from sim.plots.sheet import figure_of
from sim.plots.sweep.maps import condition_map, outcome_multiples
from sim.plots.sweep.outcome_lines import outcome_lines
from sim.plots.sweep.outcome_scatter import outcome_scatter
from sim.plots.sweep.size_strip import size_strip
from sim.plots.theme import DARK, LIGHT, SMALL
from tests.plots.made_up_sweeps import (
    ACCEPTABILITY,
    BACKING,
    MEETING,
    REQUIREMENT,
    hypercube,
    made_up_sweep,
    square,
    steps,
)
from tests.plots.swept_parts import cells, edges, even_line, legend, line, mesh, small_print

# Condition maps


def test_a_map_has_the_number_of_every_point_in_its_place() -> None:
    sweep = made_up_sweep({BACKING: [0.8, 0.2, 0.5], ACCEPTABILITY: [0.1, 0.9]})
    axes = condition_map(sweep)
    x, y = edges(axes)
    assert x.tolist() == pytest.approx([0.05, 0.35, 0.65, 0.95])
    assert y.tolist() == pytest.approx([-0.3, 0.5, 1.3])
    # Backing .2, .5, .8 to the right; acceptability .1 below, .9 above: their means.
    assert cells(axes) == pytest.approx(np.array([[0.15, 0.3, 0.45], [0.55, 0.7, 0.85]]))
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("backing: level", "acceptability: level")


def test_the_line_of_even_chances_is_where_they_are_and_says_so() -> None:
    axes = condition_map(square())
    points = even_line(axes)
    assert points.sum(axis=1) == pytest.approx(1.0, abs=1e-9)
    assert np.ptp(points[:, 0]) > 0.5
    assert "50 %" in [text.get_text() for text in axes.texts]
    assert legend(axes) == ["even chance", "its 95 % interval", "base scenario's values"]


def test_dashed_lines_are_where_the_ends_of_the_interval_are_even() -> None:
    sweep = made_up_sweep(
        {BACKING: steps(0.1, 0.9, 81), ACCEPTABILITY: [0.4, 0.6]}, lambda v: v[BACKING]
    )
    axes = condition_map(sweep)
    drawn = [each.get_xdata() for each in axes.lines if each.get_linestyle() == "--"]
    levels = sweep.column(BACKING)[::2]
    expected = [
        float(np.interp(0.5, sweep.column(f"success.{end}")[::2], levels))
        for end in ("high", "low")
    ]
    assert sorted(float(np.mean(x)) for x in drawn) == pytest.approx(expected, abs=1e-6)
    assert expected[0] < 0.45 < 0.55 < expected[1]
    assert "Dashed: where the ends of the 95 % interval are even" in small_print(axes)


def test_a_map_without_a_line_of_even_chances_says_why() -> None:
    never = condition_map(square(chance=lambda _: 0.2))
    assert "Success is never as likely as not." in small_print(never)
    assert "Dashed" not in small_print(never)
    always = condition_map(square(chance=lambda _: 0.9))
    assert "Success is always more likely than not." in small_print(always)
    single = condition_map(made_up_sweep({BACKING: [0.2, 0.9], ACCEPTABILITY: [0.5]}))
    assert "No line can be drawn where the chance is even." in small_print(single)
    few = condition_map(square(chance=lambda v: 0.25 + 0.5 * (v[BACKING] > 0.5), runs=4))
    assert "At every point the 95 % interval holds 50 %." in small_print(few)


def test_a_cross_marks_the_base_scenario_or_the_small_print_says_where_it_is() -> None:
    cross = line(condition_map(square()), "base scenario's values")
    assert (cross.get_xdata(), cross.get_ydata()) == ([0.4], [0.6])
    beside = made_up_sweep({BACKING: [0.6, 0.7], ACCEPTABILITY: [0.6, 0.7]})
    axes = condition_map(beside)
    assert "base scenario's values" not in legend(axes)
    assert "Off the axes: the base scenario, backing: level 0.4." in small_print(axes)


def test_points_that_could_not_be_run_are_hatched_and_those_not_done_are_blank() -> None:
    sweep = square(
        5, cannot=lambda v: v[BACKING] == 0.1, is_missing=lambda number: number in (12, 13)
    )
    axes = condition_map(sweep)
    assert np.isnan(cells(axes)[:, 0]).all()
    assert np.argwhere(np.isnan(cells(axes)[:, 1:])).tolist() == [[2, 1], [3, 1]]
    assert axes.patches[0].get_hatch() == "////"
    ground = next(each for each in axes.collections if isinstance(each, QuadMesh))
    holes = np.ma.getmaskarray(ground.get_array())  # where hatching is not covered
    assert [holes[:, column].all() for column in range(5)] == [True] + [False] * 4
    assert not holes[:, 1:].any()
    said = small_print(axes)
    assert "5 points could not be run (hatched): level: 2 must be above 0 and below 1." in said
    assert "23 of 25 points done" in said
    assert "2 points of those drawn not done yet." in said


def test_on_a_log_axis_cells_and_lines_lie_by_ratio() -> None:
    sweep = made_up_sweep(
        {REQUIREMENT: steps(1, 10_000, 5, spacing="log"), ACCEPTABILITY: [0.4, 0.6]},
        lambda v: np.log10(v[REQUIREMENT]) / 4 + 0.125,
    )
    axes = condition_map(sweep)
    assert axes.get_xscale() == "log"
    assert edges(axes)[0] == pytest.approx(10 ** np.arange(-0.5, 5))
    assert even_line(axes)[:, 0] == pytest.approx(10**1.5)
    assert [label.get_text() for label in axes.get_xticklabels()][:2] == ["1", "10"]


@pytest.mark.parametrize("spacing", [("log", "log"), ("log", "linear"), ("linear", "log")])
def test_the_line_of_even_chances_has_a_gap_no_wider_than_its_label(
    spacing: tuple[str, str],
) -> None:
    ends = {"log": (1, 10_000), "linear": (1, 10)}
    vary = {
        path: steps(*ends[kind], 7, spacing=kind)
        for path, kind in zip((REQUIREMENT, "commitment.value"), spacing, strict=True)
    }
    share = {"log": lambda x: np.log10(x) / 4, "linear": lambda x: (x - 1) / 9}

    def chance(values: Any) -> float:
        both = [share[kind](values[path]) for path, kind in zip(vary, spacing, strict=True)]
        return float(np.clip(0.5 + both[0] - both[1], 0, 1))

    axes = condition_map(made_up_sweep(vary, chance))
    [drawn] = [each for each in axes.collections if isinstance(each, ContourSet)]
    pieces = [path.vertices for path in drawn.get_paths()[0]._iter_connected_components()]
    last, first = (axes.transData.transform(piece)[::-1] for piece in pieces)
    diagonal = axes.transData.transform([(1, 1), (ends[spacing[0]][1], ends[spacing[1]][1])])
    assert first[0] == pytest.approx(diagonal[0])
    assert last[-1] == pytest.approx(diagonal[1])
    along = (diagonal[1] - diagonal[0]) / np.hypot(*(diagonal[1] - diagonal[0]))
    label = axes.texts[0]
    width = Text(text=label.get_text(), fontsize=SMALL, figure=label.figure).get_window_extent()
    assert width.width < (last[0] - first[-1]) @ along < width.width + 20
    for end in (first[-1], last[0]):  # on the line, and not beside it
        aside = end - diagonal[0]
        assert abs(aside[0] * along[1] - aside[1] * along[0]) < 0.5


def test_a_mean_has_round_lines_and_its_unit() -> None:
    axes = condition_map(square(), outcome="size")
    assert [text.get_text() for text in axes.texts] == ["4", "5", "6", "7", "8"]
    assert figure_of(axes).axes[1].get_ylabel() == "mean public size (nations)"
    assert axes.get_title(loc="left") == "Mean public size on 9 May 2025"
    assert "Half the width of a 95 % interval is at most" in small_print(axes)


@pytest.mark.parametrize(
    ("outcome", "scale", "unit"), [("success", 100, "points"), ("size", 1, "nations")]
)
def test_the_small_print_has_half_the_width_of_the_widest_interval(
    outcome: str, scale: int, unit: str
) -> None:
    sweep = square()
    halves = (sweep.column(f"{outcome}.high") - sweep.column(f"{outcome}.low")) / 2
    assert halves.max() > 1.5 * halves.min()  # so that it matters which of them is stated
    said = f"Half the width of a 95 % interval is at most {scale * halves.max():.2g} {unit}."
    assert said in small_print(condition_map(sweep, outcome=outcome))


def test_what_is_on_no_axis_is_held_nearest_to_the_base_scenario_and_said() -> None:
    vary = {BACKING: [0.2, 0.8], REQUIREMENT: [5, 14, 40], ACCEPTABILITY: [0.3, 0.7]}
    sweep = made_up_sweep(vary, lambda v: v[BACKING] * (v[REQUIREMENT] == 14))
    axes = condition_map(sweep, across=BACKING, up=ACCEPTABILITY)
    assert cells(axes)[0].tolist() == [0.2, 0.8]
    assert "Held nearest to the base scenario: requirement (force units) at 14." in small_print(
        axes
    )
    swapped = condition_map(sweep, across=ACCEPTABILITY, up=BACKING)
    assert cells(swapped).tolist() == cells(axes).T.tolist()


def test_with_one_run_there_is_no_interval_and_that_is_said() -> None:
    axes = condition_map(square(3, runs=1), outcome="size")
    assert "With one run a point there is no interval." in small_print(axes)


# Multiples


def three(**more: Any) -> Any:
    """A grid of two conditions and three requirements, the base scenario's among them."""
    levels = steps(0.1, 0.9, 5)
    vary = {BACKING: levels, REQUIREMENT: [5, 15, 50], ACCEPTABILITY: levels}
    return made_up_sweep(
        vary, lambda v: v[BACKING] * v[ACCEPTABILITY] ** (v[REQUIREMENT] / 15), **more
    )


def test_each_value_of_the_shortest_path_has_a_map_in_the_same_colours() -> None:
    sweep = three()
    axes = outcome_multiples(sweep)
    panels = axes.child_axes
    assert [panel.get_title(loc="left") for panel in panels] == ["5", "15", "50"]
    values = sweep.column("success").reshape(5, 3, 5)
    for place, panel in enumerate(panels):
        assert cells(panel).tolist() == values[:, place].T.tolist()
        assert (mesh(panel).norm.vmin, mesh(panel).norm.vmax) == (0, 1)
    assert axes.get_title(loc="left") == "Chance of success, by requirement (force units)"
    weights = [panel._left_title.get_fontweight() for panel in panels]
    assert weights == ["normal", "bold", "normal"]
    assert "Bold: as in the base scenario." in small_print(axes)


def test_categories_go_before_numbers_as_panels() -> None:
    vary = {MEETING: ["present", "absent"], BACKING: [0.2, 0.8], ACCEPTABILITY: [0.1, 0.9]}
    panels = outcome_multiples(made_up_sweep(vary)).child_axes
    assert [panel.get_title(loc="left") for panel in panels] == ["present", "absent"]
    by_number = outcome_multiples(made_up_sweep({**vary, REQUIREMENT: [5, 15]}), by=REQUIREMENT)
    assert [panel.get_title(loc="left") for panel in by_number.child_axes] == ["5", "15"]
    assert "event: second meeting at present" in small_print(by_number)


def test_at_most_twelve_values_have_a_panel_and_the_rest_are_counted() -> None:
    vary = {BACKING: steps(0.1, 0.9, 14), ACCEPTABILITY: steps(0.1, 0.9, 14)}
    sweep = made_up_sweep({**vary, REQUIREMENT: steps(2, 26, 13)}, runs=2)
    axes = outcome_multiples(sweep, outcome="size")
    names = [panel.get_title(loc="left") for panel in axes.child_axes]
    assert (len(names), names[0], names[-1]) == (12, "2", "26")
    assert "12 of 13 values have a panel." in small_print(axes)


# All of them


REFUSED = [
    (condition_map, {}, {BACKING: [0.2, 0.8]}, "it takes two varied numbers"),
    (condition_map, {"across": MEETING}, {MEETING: ["present"], BACKING: [0.2]}, "has categories"),
    (
        condition_map,
        {"across": BACKING, "up": BACKING},
        {BACKING: [0.2], ACCEPTABILITY: [0.5]},
        "both",
    ),
    (outcome_multiples, {}, {BACKING: [0.2, 0.8], ACCEPTABILITY: [0.2, 0.8]}, "three varied paths"),
    (
        outcome_lines,
        {"across": "conditions.else"},
        {BACKING: [0.2]},
        "is not varied; there are cond",
    ),
    (outcome_lines, {"by": BACKING}, {BACKING: [0.2]}, "cannot be both along"),
    (
        outcome_lines,
        {"outcome": "force"},
        {BACKING: [0.2]},
        "no outcome 'force'; there are success",
    ),
    (outcome_scatter, {}, {BACKING: [0.2]}, "nothing has more than one value"),
]


@pytest.mark.parametrize(("draw", "options", "vary", "reason"), REFUSED)
def test_what_cannot_be_drawn_is_refused_with_the_reason(
    draw: Any, options: dict[str, str], vary: dict[str, Any], reason: str
) -> None:
    with pytest.raises(DrawingError, match=reason):
        draw(made_up_sweep(vary), **options)


GRIDS = (condition_map, outcome_multiples, outcome_lines, size_strip)


@pytest.mark.parametrize("draw", GRIDS)
def test_what_takes_a_grid_refuses_another_design(draw: Any) -> None:
    with pytest.raises(DrawingError, match="this design is lhs: see outcome_scatter"):
        draw(hypercube(8))


@pytest.mark.parametrize("draw", [*GRIDS, outcome_scatter])
def test_nothing_but_failures_is_refused_with_the_first_reason(draw: Any) -> None:
    with pytest.raises(DrawingError, match=r"could be run \(level: 2 must be above 0"):
        draw(three(cannot=lambda _: True))


@pytest.mark.parametrize("draw", [*GRIDS, outcome_scatter])
def test_a_figure_goes_into_axes_that_are_given_and_dark_ones_are_dark(draw: Any) -> None:
    sweep = three()
    drawn = draw(sweep, look=DARK)
    assert figure_of(drawn).get_facecolor() == to_rgba(DARK.paper)
    begin = "A small test of figures · 75 points · 200 runs a point · seed 7 · study "
    assert begin + sweep.study.digest[:8] in small_print(drawn)
    assert "about the model, is not shown." in small_print(drawn)
    given = figure_of(draw(sweep, look=LIGHT.sized(6, 6))).add_subplot()
    given.figure.clear()  # type: ignore[union-attr]
    given = given.figure.add_subplot()  # type: ignore[union-attr]
    assert draw(sweep, ax=given) is given
    assert figure_of(given).get_supxlabel() == ""
