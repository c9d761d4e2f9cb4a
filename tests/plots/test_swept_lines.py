"""Lines, strips and scatters of sweeps: what they show."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from scipy import stats

import sim
from sim.plots.catalogue import DrawingError
from sim.plots.sheet import figure_of
from sim.plots.sweep.grid import Axis
from sim.plots.sweep.outcome_lines import outcome_lines
from sim.plots.sweep.outcome_scatter import Against, grouped, outcome_scatter
from sim.plots.sweep.size_strip import size_strip
from sim.plots.theme import LIGHT
from sim.scenario.load import scenario_from_dict
from sim.studies.design.file import study_from
from tests.plots.lettering import misplaced
from tests.plots.made_up_sweeps import (
    ACCEPTABILITY,
    BACKING,
    MEETING,
    REQUIREMENT,
    hypercube,
    made_up_sweep,
    many_names,
    square,
    steps,
)
from tests.plots.swept_parts import Reals, cells, edges, legend, line, small_print

# Lines


def test_a_line_has_the_intervals_and_the_spread_of_its_points() -> None:
    sweep = made_up_sweep({BACKING: steps(0.1, 0.9, 9)})
    axes = outcome_lines(sweep, outcome="size")
    assert line(axes, "mean").get_ydata().tolist() == sweep.column("size").tolist()
    bands = {each.get_label(): each.get_paths()[0].vertices[:, 1] for each in axes.collections[:2]}
    for label, low, high in (
        ("95 % interval (Monte Carlo)", "low", "high"),
        ("90 % of runs", "q05", "q95"),
    ):
        drawn = set(bands[label].tolist())
        assert set(sweep.column(f"size.{low}")) | set(sweep.column(f"size.{high}")) == drawn
    assert line(axes, "base scenario").get_xdata() == [0.4, 0.4]


def test_a_chance_has_no_spread_and_reaches_from_0_to_100_percent() -> None:
    axes = outcome_lines(made_up_sweep({BACKING: [0.2, 0.8]}))
    assert legend(axes) == ["95 % interval (Monte Carlo)", "chance", "base scenario"]
    assert axes.get_ylim()[0] < 0 < 1 < axes.get_ylim()[1]


def test_a_second_path_makes_lines() -> None:
    sweep = made_up_sweep({MEETING: ["present", "absent"], BACKING: [0.2, 0.4, 0.6, 0.8]})
    axes = outcome_lines(sweep)
    for place, name in enumerate(("present", "absent")):
        assert (
            line(axes, name).get_ydata().tolist()
            == sweep.column("success")[4 * place :][:4].tolist()
        )
    found = axes.get_legend()
    assert found is not None
    assert found.get_title().get_text() == "event: second meeting"


def test_lines_that_lie_on_each_other_are_said_to() -> None:
    vary = {BACKING: [0.2, 0.4, 0.8], REQUIREMENT: [5, 10, 20]}
    sweep = made_up_sweep(vary, lambda v: v[BACKING] if v[REQUIREMENT] < 20 else 0.1)
    said = small_print(outcome_lines(sweep, across=BACKING, by=REQUIREMENT))
    assert "2 lines lie on each other: 5, 10." in said
    apart = made_up_sweep(vary, lambda v: v[BACKING] * v[REQUIREMENT] / 20)
    assert "on each other" not in small_print(outcome_lines(apart, across=BACKING))


def test_a_mean_has_ticks_of_even_steps() -> None:
    sweep = made_up_sweep({BACKING: [0.1, 0.2]}, lambda v: v[BACKING])
    axes = outcome_lines(sweep, outcome="size")
    for low, high in ((1, 1.9), (1, 2), (0.95, 2.05)):
        axes.set_ylim(low, high)
        step = np.diff(axes.get_yticks())[0]
        assert f"{step:.3e}"[:5] in ("1.000", "2.000", "5.000")


def test_of_many_numbers_five_have_a_line_and_failing_ones_none() -> None:
    levels = steps(0.1, 0.9, 9)
    sweep = square(cannot=lambda v: v[ACCEPTABILITY] in (0.1, 0.9))
    names = legend(outcome_lines(sweep, across=BACKING))
    assert names[:7] == [f"0.{tenth}" for tenth in range(2, 9)]
    vary = {BACKING: levels, ACCEPTABILITY: steps(0.1, 0.9, 17)}
    axes = outcome_lines(made_up_sweep(vary), across=BACKING)
    assert legend(axes)[:-1] == ["0.1", "0.3", "0.5", "0.7", "0.9"]
    assert "5 of 17 values of acceptability: level are drawn." in small_print(axes)


def test_categories_have_rows_with_the_base_scenario_in_bold() -> None:
    sweep = made_up_sweep({REQUIREMENT: many_names(5)}, outcomes=["size"])
    axes = outcome_lines(sweep)
    names = axes.get_yticklabels()
    assert [name.get_text()[:8] for name in names] == [
        "as it is",
        *(f"number {i}" for i in range(1, 5)),
    ]
    assert [name.get_fontweight() for name in names] == ["bold", *["normal"] * 4]
    assert line(axes, "mean").get_xdata().tolist() == sweep.column("size").tolist()
    assert axes.get_ylim()[0] > axes.get_ylim()[1]  # the first on top


@pytest.mark.parametrize("width", [3.5, 7.2])
@pytest.mark.parametrize("draw", [outcome_lines, size_strip])
def test_rows_whose_names_begin_alike_can_be_told_apart(draw: Any, width: float) -> None:
    begin = "Coalition of the Willing, Paris, variant"
    cases = [
        {"label": f"{begin} {end}", "set": {REQUIREMENT: i}}
        for i, end in enumerate(("with backing", "without backing", "as before"), 1)
    ]
    axes = draw(made_up_sweep({"policy": cases}, runs=20), look=LIGHT.sized(width))
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert len(set(names)) == 3


@pytest.mark.parametrize("draw", [outcome_lines, size_strip])
@pytest.mark.parametrize("width", [3.5, 7.2])
def test_rows_of_long_names_leave_room_for_what_they_show(draw: Any, width: float) -> None:
    path = "what_washington_and_the_european_capitals_say_in_the_spring"
    names = ("Washington stays aloof and says that Europe has to carry the whole of it by itself",)
    names += ("Washington is engaged on condition that the Europeans go first and pay for it",)
    names += ("Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen_ohne_Leerzeichen",)
    cases = [{"label": name, "set": {REQUIREMENT: i}} for i, name in enumerate(names, 1)]
    sweep = made_up_sweep({path: cases, MEETING: ["present", "absent"]}, runs=20)
    axes = draw(sweep, look=LIGHT.sized(width))
    assert misplaced(figure_of(axes)) == []
    box = axes.get_window_extent()
    assert box.width / 100 > 0.3 * width
    for bar in figure_of(axes).axes[1:]:
        assert bar.get_window_extent().height > 0.9 * box.height
    assert f"Rows:{path}." in "".join(small_print(axes).split())  # broken where the line ends


def test_a_point_between_gaps_shows_its_interval() -> None:
    sweep = made_up_sweep(
        {BACKING: [0.1, 0.2, 0.3, 0.4, 0.5]}, cannot=lambda v: v[BACKING] in (0.2, 0.4)
    )
    axes = outcome_lines(sweep)
    bars = [path.vertices for path in axes.collections[-1].get_paths()]
    assert [bar[0, 0] for bar in bars] == [0.1, 0.3, 0.5]
    assert [bar[:, 1].tolist() for bar in bars] == [
        [sweep.column("success.low")[i], sweep.column("success.high")[i]] for i in (0, 2, 4)
    ]
    assert line(axes, "could not be run").get_xdata().tolist() == [0.2, 0.4]


def test_points_that_do_not_have_the_outcome_are_counted_in_the_small_print() -> None:
    form = {"days": 3, "nations": ["GBR"], "quorum": {"public": 0}}
    vary = {"days": [3, 4, 5], "quorum": ["present", "absent"]}
    study = study_from({"vary": vary, "runs": 3}, scenario=scenario_from_dict(form))
    axes = outcome_lines(sim.sweep(study), outcome="in_force")
    assert "3 points do not have it." in " ".join(small_print(axes).split())
    assert axes.get_title(loc="left") == "Chance of a quorum in force"


# Strips


def test_a_strip_shows_two_humps_and_the_median() -> None:
    sweep = made_up_sweep({BACKING: [0.1, 0.5, 0.9]})
    axes = size_strip(sweep)
    assert edges(axes)[1].tolist() == [1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5, 9.5, 10.5]
    for column, share in enumerate((0.1, 0.5, 0.9)):
        expected = [(1 - share) / 2] * 2 + [0] * 5 + [share / 2] * 2
        assert cells(axes)[:, column] == pytest.approx(expected)
    assert line(axes, "median of runs").get_ydata().tolist() == [3, 3, 9]


def test_a_strip_of_many_points_marks_only_medians_apart_from_others() -> None:
    def marked(n_steps: int, gaps: tuple[int, ...] = ()) -> list[bool]:
        levels = np.linspace(0.1, 0.9, n_steps).round(6).tolist()
        cannot = [levels[gap] for gap in gaps]
        sweep = made_up_sweep({BACKING: levels}, cannot=lambda v: v[BACKING] in cannot, runs=10)
        every = line(size_strip(sweep), "median of runs").get_markevery()
        return np.asarray(every).tolist()

    assert marked(30) == [True] * 30
    assert marked(31) == [False] * 31
    assert marked(31, (4, 6)) == [place == 5 for place in range(31)]


def test_shares_and_medians_of_a_strip_are_of_each_point_s_own_runs() -> None:
    runs = {0.1: 40, 0.5: 400, 0.9: 20}
    sweep = made_up_sweep({BACKING: list(runs)}, runs_at=lambda v: runs[v[BACKING]])
    assert sweep.column("n_runs").tolist() == list(runs.values())
    axes = size_strip(sweep)
    assert cells(axes).sum(axis=0) == pytest.approx(1.0)
    for column, share in enumerate(runs):
        expected = [(1 - share) / 2] * 2 + [0] * 5 + [share / 2] * 2
        assert cells(axes)[:, column] == pytest.approx(expected)
    assert line(axes, "median of runs").get_ydata().tolist() == [3, 3, 9]
    error = 100 * np.sqrt(0.1 * 0.9 / 20)  # of the point with the fewest runs
    assert f"share of 10 %: {error:.2g} points" in small_print(axes)
    assert "20 to 400 runs a point" in small_print(axes)


def test_a_strip_of_another_day_takes_one_that_was_kept() -> None:
    sweep = made_up_sweep({BACKING: [0.1, 0.9]}, days=[30])
    axes = size_strip(sweep, day=30)
    assert axes.get_title(loc="left") == "Distribution of public size on 9 Apr 2025"
    with pytest.raises(DrawingError, match="day 20 was not kept; there are 30, 60"):
        size_strip(sweep, day=20)


def test_categories_have_a_strip_each() -> None:
    axes = size_strip(
        made_up_sweep({MEETING: ["present", "absent"]}, lambda v: 0.3 * len(v[MEETING]) / 7)
    )
    present, gap, absent = cells(axes)
    assert np.isnan(gap).all()
    assert (present.sum(), absent.sum()) == pytest.approx((1, 1))
    assert present[-1] > absent[-1] > 0
    assert [label.get_text() for label in axes.get_yticklabels()] == ["present", "absent"]


# Scatters


def points_along(axes: Axes) -> list[tuple[Reals, Reals]]:
    """Where the points of each panel stand."""
    found = [line(panel, "a point of the design") for panel in axes.child_axes]
    return [(np.asarray(each.get_xdata()), np.asarray(each.get_ydata())) for each in found]


def test_every_point_stands_in_a_panel_for_each_path() -> None:
    sweep = hypercube()
    axes = outcome_scatter(sweep)
    backing, requirement, meeting = points_along(axes)
    assert backing[0].tolist() == sweep.column(BACKING).tolist()
    assert requirement[0].tolist() == sweep.column(REQUIREMENT).tolist()
    assert all(y.tolist() == sweep.column("success").tolist() for _, y in points_along(axes))
    is_absent = np.array(sweep.table[MEETING].to_pylist()) == "absent"
    assert (np.round(meeting[0]) == is_absent).all()
    scales = [panel.get_xscale() for panel in axes.child_axes]
    assert scales == ["linear", "log", "linear"]


def test_means_of_neighbours_have_student_s_interval_over_points() -> None:
    sweep = hypercube(60)
    panel = outcome_scatter(sweep, across=BACKING).child_axes[0]
    order = np.argsort(sweep.column(BACKING), kind="stable").reshape(6, 10)
    groups = sweep.column("success")[order]
    means = line(panel, "mean of neighbours, 95 % interval")
    assert means.get_ydata() == pytest.approx(groups.mean(axis=1))
    apart = groups.std(axis=1, ddof=1) / np.sqrt(10)
    shared = sweep.column("success.mc_error")[order].mean(axis=1)  # the same luck at every point
    assert sweep.study.common_luck
    half = stats.t.ppf(0.975, 9) * np.hypot(apart, shared)
    bars = [path.vertices[:, 1] for path in panel.collections[-1].get_paths()]
    assert [float(np.ptp(bar)) / 2 for bar in bars] == pytest.approx(half)


def test_a_mean_takes_two_points_and_its_interval_five() -> None:
    """Groups of one point, of two, and so on to six."""
    groups = np.repeat(np.arange(6), np.arange(1, 7))
    against = Against(Axis(BACKING, tuple(range(6)), np.arange(6)), groups / 1.0, groups)
    values = np.linspace(0.1, 0.9, groups.size)
    found = grouped(against, values)
    assert found.x.tolist() == [1, 2, 3, 4, 5]
    assert np.isfinite(found.mean).all()
    assert np.isfinite(found.half).tolist() == [False, False, False, True, True]


def test_of_many_paths_the_twelve_that_tell_most_have_a_panel() -> None:
    nations = ["GBR", "FRA", "DEU", "POL", "EST", "LVA", "NOR", "CAN", "AUS"]
    vary = {f"nations.{i}.stake": {"range": [0, 1]} for i in nations}
    vary |= {f"nations.{i}.support": {"range": [0, 1]} for i in nations[:5]}
    told = "nations.POL.support"
    sweep = made_up_sweep(vary, lambda v: v[told], design="lhs", points=64)
    axes = outcome_scatter(sweep)
    assert len(axes.child_axes) == 12
    assert "POL: support" in [panel.get_xlabel() for panel in axes.child_axes]
    assert "2 paths along which means differ less are left out." in small_print(axes)
