"""Figures: what they show, what they refuse, that files are the same each time."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import sim
from sim.core.stages import STAGES
from sim.plots.catalogue import FIGURES, DrawingError, drawer, figures_of
from sim.plots.ensemble.by_nation import joining_order, nations_by_day
from sim.plots.ensemble.influence import influence
from sim.plots.ensemble.outcomes import outcomes
from sim.plots.ensemble.over_time import (
    MOST_KINDS,
    UPWARDS,
    breadth_chart,
    conditions_chart,
    fan_chart,
    force_chart,
    stacked_kinds,
    stage_chart,
)
from sim.plots.ensemble.tile_map import tile_map, tile_maps
from sim.plots.files import Order, draw_each
from sim.plots.sheet import GIVEN, figure_of, save_figure
from sim.plots.theme import DARK, LIGHT, THEMES, is_dark
from sim.results.estimates import chance_public
from sim.results.joining import public_days
from sim.scenario.load import scenario_from_dict
from tests.plots.images import few_of, fixed_ensemble
from tests.results.synthetic import made_up, small_ensemble, small_scenario

every_kind = pytest.mark.parametrize("kind", few_of(figures_of("Ensemble")))
NEED_RUNS = {"joining_order", "influence"}


def texts(axes: Axes) -> list[str]:
    """Texts on the axes."""
    return [text.get_text() for text in axes.texts]


def legend(axes: Axes) -> list[str]:
    """Labels in the legend."""
    found = axes.get_legend()
    assert found is not None
    return [text.get_text() for text in found.get_texts()]


def heat_map(axes: Axes) -> Any:
    """Chances as drawn, not a number in the empty row."""
    array = axes.images[0].get_array()
    assert array is not None
    return np.ma.filled(array, np.nan)


def line(axes: Axes, label: str) -> Any:
    """Heights of the line of that label."""
    return next(np.asarray(each.get_ydata()) for each in axes.lines if each.get_label() == label)


@every_kind
def test_the_small_print_names_scenario_runs_seed_and_digest(kind: str) -> None:
    ensemble = fixed_ensemble()
    print_ = figure_of(drawer(kind)(ensemble)).get_supxlabel().replace("\n", " ")
    digest = ensemble.scenario.digest[:8]
    assert f"A small test of figures · 600 runs · seed 1 · digest {digest}" in print_


@every_kind
def test_the_small_print_of_chances_and_ranges_says_what_they_rest_on(kind: str) -> None:
    print_ = figure_of(drawer(kind)(fixed_ensemble())).get_supxlabel().replace("\n", " ")
    has_none = kind in ("stage_chart", "influence")  # means, and dependence
    assert (GIVEN in print_) is not has_none


@every_kind
def test_a_figure_is_drawn_into_axes_that_are_given(kind: str) -> None:
    axes = Figure().add_subplot()
    assert drawer(kind)(fixed_ensemble(), ax=axes) is axes
    assert figure_of(axes).get_supxlabel() == ""


@every_kind
@pytest.mark.parametrize("dated", [True, False])
def test_counts_of_a_single_run_and_nation_suffice_or_the_reason_is_given(
    kind: str, dated: bool
) -> None:
    ensemble = made_up(small_scenario(1, 3, dated), 1, keep="summary")
    if kind in NEED_RUNS:
        with pytest.raises(DrawingError, match="it takes single runs, and only counts were kept"):
            drawer(kind)(ensemble)
    else:
        figure_of(drawer(kind)(ensemble)).canvas.draw()


@every_kind
def test_a_figure_has_the_size_that_its_look_asks_for(kind: str) -> None:
    figure = figure_of(drawer(kind)(fixed_ensemble(), look=LIGHT.sized(5.0, 6.5)))
    assert figure.get_size_inches().tolist() == [5.0, 6.5]


@every_kind
def test_a_dark_figure_has_a_dark_ground_and_light_letters(kind: str) -> None:
    figure = figure_of(drawer(kind)(fixed_ensemble(), look=DARK))
    assert is_dark(figure.get_facecolor())
    [title] = [text for axes in figure.axes for text in [axes._left_title] if text.get_text()][:1]  # type: ignore[attr-defined]
    assert not is_dark(title.get_color())


def test_every_figure_can_be_had_by_name_from_the_package() -> None:
    for kind in FIGURES:
        assert getattr(sim.plots, kind) is drawer(kind)
    assert {*FIGURES, "LIGHT", "DARK"} <= set(dir(sim.plots))
    with pytest.raises(AttributeError, match="no attribute 'pie_chart'"):
        _ = sim.plots.pie_chart


@pytest.mark.parametrize("kind", FIGURES)
def test_a_figure_takes_the_options_that_the_catalogue_says(kind: str) -> None:
    result, *options = inspect.signature(drawer(kind)).parameters
    assert result.replace("_", "") == FIGURES[kind].of.lower()
    assert set(options) >= {"ax", "look", *FIGURES[kind].options}
    offered = {name for each in FIGURES.values() for name in each.options}
    assert offered & set(options) == set(FIGURES[kind].options)


# What they show


def test_the_fan_shows_the_medians_of_the_public_and_the_private_size() -> None:
    axes, ensemble = fan_chart(small_ensemble()), small_ensemble()
    for label, size in (
        ("public: median", ensemble.size),
        ("private: median", ensemble.private_size),
    ):
        expected = np.quantile(size, 0.5, axis=0, method="inverted_cdf")
        assert line(axes, label).tolist() == expected.tolist()


def test_the_fan_marks_meetings_and_signals() -> None:
    assert texts(fan_chart(small_ensemble())) == [
        "first meeting",
        "second meeting",
        "third meeting",
    ]
    shown = texts(fan_chart(fixed_ensemble()))
    assert {"first meeting", "signal: backing +1.5", "deal: peace"} <= set(shown)


def test_the_map_of_days_has_a_row_a_nation_with_those_already_public_apart() -> None:
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


@pytest.mark.parametrize("draw", [nations_by_day, joining_order])
def test_past_the_most_rows_nations_are_only_counted(draw: Any) -> None:
    axes = draw(made_up(small_scenario(60), 5), max_rows=20)
    assert len(axes.get_yticklabels()) == 20
    assert f"{60 - 20 - (draw is joining_order) * 2} more" in axes.get_title(loc="left")


def test_a_figure_too_low_for_all_rows_shows_the_first_ones() -> None:
    axes = nations_by_day(made_up(small_scenario(60), 5), look=LIGHT.sized(8, 4))
    assert 10 < len(axes.get_yticklabels()) < 60
    assert "more)" in axes.get_title(loc="left")


def test_the_stage_chart_stacks_the_mean_number_of_nations_at_each_stage() -> None:
    ensemble = fixed_ensemble()
    axes = stage_chart(ensemble)
    assert set(UPWARDS) == set(STAGES)
    assert legend(axes) == ["left", "outside", "talks", "willing", "public", "pledged", "deployed"]
    means = ensemble.records.stage_counts.sum(axis=1) / ensemble.n_runs
    heights = np.cumsum([means[:, STAGES.index(stage)] for stage in UPWARDS], axis=0)
    for area, height in zip(axes.collections, heights, strict=True):
        assert area.get_paths()[0].vertices[:, 1].max() == pytest.approx(height.max())
    assert heights[-1] == pytest.approx(len(ensemble.nations))


def test_force_is_stacked_by_kind_under_the_requirement_as_it_changes() -> None:
    ensemble = fixed_ensemble()
    axes = force_chart(ensemble)
    for entry in ("ground", "air", "90 % of runs", "requirement", "success: 60 % of it"):
        assert entry in legend(axes)
    assert line(axes, "requirement")[[0, 34, 35, 60]].tolist() == [15, 15, 20, 20]
    assert line(axes, "success: 60 % of it")[-1] == pytest.approx(12)
    areas = [each for each in axes.collections if each.get_label() in ensemble.kinds]
    tops = [area.get_paths()[0].vertices[:, 1].max() for area in areas]
    highest = np.cumsum([ensemble.tally(f"force.{kind}").mean() for kind in ensemble.kinds], axis=0)
    assert tops == pytest.approx(highest.max(axis=1))


def test_the_smallest_of_many_kinds_are_drawn_as_one() -> None:
    kinds = {f"kind_{number}": {} for number in range(10)}
    nations = ["GBR", "FRA", "DEU"]
    form = {"days": 9, "nations": nations, "contributions": kinds}
    ensemble = made_up(scenario_from_dict(form), 50)
    stacked = dict(stacked_kinds(ensemble))
    assert len(stacked) == MOST_KINDS
    parts = [ensemble.tally(f"force.{kind}").mean() for kind in kinds]
    assert np.allclose(sum(stacked.values()), sum(parts))
    assert "4 others" in stacked


def test_conditions_show_their_medians_and_what_success_needs() -> None:
    ensemble = fixed_ensemble()
    axes = conditions_chart(ensemble)
    expected = ensemble.tally("conditions.backing").quantile(0.5)
    assert line(axes, "backing: median, thin: 90 % of runs").tolist() == expected.tolist()
    assert line(axes, "success: backing ≥ 0.6").tolist() == [0.6, 0.6]
    only = legend(conditions_chart(ensemble, names=("acceptability",)))
    assert only == ["acceptability: median", "success: acceptability ≥ 0.5"]
    with pytest.raises(ValueError, match="no condition 'weather'"):
        conditions_chart(ensemble, names=("weather",))


def test_a_condition_shows_both_of_its_thresholds() -> None:
    form = {"days": 9, "nations": ["GBR"], "conditions": {"one": {"level": 0.5}}}
    form["success"] = {"one": {"at_least": 0.25, "at_most": 0.75}, "hold": 1}
    axes = conditions_chart(made_up(scenario_from_dict(form), 5))
    assert line(axes, "success: one ≥ 0.25").tolist() == [0.25, 0.25]
    assert line(axes, "success: one ≤ 0.75").tolist() == [0.75, 0.75]


def test_breadth_shows_the_means_and_what_success_needs() -> None:
    form = small_scenario().full()
    form["success"] = {"kinds_covered": 0.5, "hold": 1}
    ensemble = made_up(scenario_from_dict(form))
    axes = breadth_chart(ensemble)
    assert line(axes, "kinds covered").tolist() == ensemble.tally("kinds_covered").mean().tolist()
    assert line(axes, "success: kinds covered ≥ 0.5").tolist() == [0.5, 0.5]
    bare = scenario_from_dict({"days": 9, "nations": ["GBR"]})
    with pytest.raises(DrawingError, match="no groups, kinds of contribution or capacities"):
        breadth_chart(made_up(bare, 5))


def test_equal_thresholds_of_two_conditions_are_dotted_side_by_side() -> None:
    form = {"days": 9, "nations": ["GBR"], "conditions": {"one": {"level": 0.5}}}
    form["conditions"]["two"] = {"level": 0.5}
    form["success"] = {"one": 0.5, "two": 0.5, "hold": 1}
    axes = conditions_chart(made_up(scenario_from_dict(form), 5))
    dotted = [each for each in axes.lines if str(each.get_label()).startswith("success")]
    assert len({each._unscaled_dash_pattern[0] for each in dotted}) == len(dotted)  # type: ignore[attr-defined]


def test_outcomes_show_the_final_size_its_range_and_each_threshold() -> None:
    ensemble = fixed_ensemble()
    axes = outcomes(ensemble)
    counts = np.bincount(ensemble.size[:, -1])
    first = counts.nonzero()[0][0]
    heights = [bar.get_height() for bar in axes.containers[0]]
    assert heights == pytest.approx(counts[first:] / 600)
    low, middle, high = np.quantile(
        ensemble.size[:, -1], [0.05, 0.5, 0.95], method="inverted_cdf"
    ).astype(int)
    assert legend(axes) == [
        f"90 % of runs: {low} to {high}",
        f"median: {middle}",
        "success: at least 7",
    ]
    below = texts(figure_of(axes).axes[1])
    assert below[::2] == [
        *(
            "at least 7 public nations",
            "60 % of the requirement",
            "backing ≥ 0.6",
            "acceptability ≥ 0.5",
        ),
        "success: all, 5 days",
    ]
    met = (ensemble.size[:, -1] >= 7).mean()
    assert below[1].startswith(f"{100 * met:.1f} % (")


def test_many_sizes_share_bars_that_add_up() -> None:
    ensemble = made_up(small_scenario(300), 400)
    axes = outcomes(ensemble)
    bars = axes.containers[0]
    span = int(np.ptp(ensemble.size[:, -1])) + 1
    assert len(bars) <= 60 < span or len(bars) == span
    assert sum(bar.get_height() for bar in bars) == pytest.approx(1)
    step = -(-span // 60)
    assert ("bars of" in axes.get_xlabel()) is (step > 1)


def test_without_thresholds_outcomes_are_the_histogram_alone() -> None:
    ensemble = made_up(small_scenario().with_changes({"success": None}), 20)
    assert len(figure_of(outcomes(ensemble)).axes) == 1


def test_the_tile_map_writes_each_code_and_chance_on_the_day_that_is_asked_for() -> None:
    ensemble = fixed_ensemble()
    axes = tile_map(ensemble, day=20)
    assert "30 Mar 2025" in axes.get_title(loc="left")
    chances = chance_public(ensemble.records.stage_counts)[20]
    shown = texts(axes)
    place = shown.index("DEU")
    assert shown[place + 1] == f"{100 * chances[ensemble.nations.index('DEU')]:.0f} %"
    assert "Else…" in shown
    with pytest.raises(ValueError, match="day: 61 must be from 0 to 60"):
        tile_map(ensemble, day=61)


def test_tile_maps_show_the_days_that_are_asked_for() -> None:
    chosen = texts(tile_maps(fixed_ensemble(), days=[3, 60]))
    assert [text for text in chosen if "2025" in text] == ["13 Mar 2025", "9 May 2025"]
    dates = [text for text in texts(tile_maps(fixed_ensemble())) if "2025" in text]
    assert dates == [
        *("10 Mar 2025", "22 Mar 2025", "3 Apr 2025"),
        *("15 Apr 2025", "27 Apr 2025", "9 May 2025"),
    ]
    with pytest.raises(ValueError, match="at least one"):
        tile_maps(fixed_ensemble(), days=[])


def test_the_order_of_joining_says_how_often_a_nation_never_joins() -> None:
    ensemble = fixed_ensemble()
    axes = joining_order(ensemble)
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert "United Kingdom  GBR" not in names
    chances = [int(text.split()[0].strip("<>")) for text in texts(axes)[: len(names)]]
    assert chances == sorted(chances)
    never = (ensemble.first_day[:, ensemble.nations.index("AUS"), 3:6] < 0).all(axis=1).mean()
    assert texts(axes)[names.index("Australia  AUS")] == f"{100 * never:.0f} %"


def test_an_order_of_joining_ends_at_the_last_rank_that_is_ever_held() -> None:
    ensemble = fixed_ensemble()
    newcomers = (public_days(ensemble) > 0).sum(axis=1)
    left, right, _, _ = joining_order(ensemble).images[0].get_extent()
    assert (left, right) == (-0.5, newcomers.max() + 0.5)


@pytest.mark.parametrize("stage", ["public", "outside"])
def test_where_nobody_goes_public_after_the_start_there_is_no_order(stage: str) -> None:
    nations = [{"id": name, "stage": stage} for name in ("GBR", "FRA")]
    still = scenario_from_dict({"days": 9, "nations": nations, "behaviour": {}})
    with pytest.raises(DrawingError, match="no nation goes public after day 0"):
        joining_order(sim.run(still, runs=5))
    with pytest.raises(DrawingError, match="fewer than two nations"):
        influence(sim.run(still, runs=500))


def test_too_few_runs_do_not_tell_who_follows_whom() -> None:
    with pytest.raises(DrawingError, match="it takes 500 runs or more"):
        influence(small_ensemble())


def test_thresholds_for_which_there_is_no_room_are_counted() -> None:
    names = [f"condition_{number}" for number in range(14)]
    form = {
        "days": 9,
        "nations": ["GBR"],
        "conditions": {name: {"level": 0.5} for name in names},
        "success": {"public_size": 1, "hold": 1, **dict.fromkeys(names, 0.5)},
    }
    figure = figure_of(outcomes(made_up(scenario_from_dict(form), 5)))
    below = texts(figure.axes[1])[::2]
    assert len(below) == 12
    assert below[0] == "at least 1 public nations"
    assert below[-1] == "success: all on one day"
    assert "4 more conditions that success needs are not drawn" in figure.get_supxlabel().replace(
        "\n", " "
    )


# Files


def written(folder: Path) -> list[str]:
    """Names of the files in a folder."""
    return sorted(item.name for item in folder.iterdir())


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_the_same_ensemble_gives_the_same_file(tmp_path: Path, suffix: str) -> None:
    for name in ("one", "two"):
        save_figure(fan_chart(small_ensemble()), tmp_path / f"{name}.{suffix}")
    one, two = (tmp_path / f"{name}.{suffix}" for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()


def test_type_in_a_pdf_stays_type(tmp_path: Path) -> None:
    save_figure(fan_chart(small_ensemble()), tmp_path / "fan.pdf")
    written = (tmp_path / "fan.pdf").read_bytes()
    assert b"/FontFile2" in written
    assert b"/Type3" not in written


def test_the_figures_of_every_result_are_written_and_named(tmp_path: Path) -> None:
    done = list(draw_each(small_ensemble(), tmp_path, Order(dpi=40)))
    assert [each.files for each in done] == [("fan_chart.png",), ("nations_by_day.png",)]
    assert written(tmp_path) == ["fan_chart.png", "nations_by_day.png"]


def test_what_cannot_be_drawn_is_passed_over_with_its_reason(tmp_path: Path) -> None:
    bare = scenario_from_dict({"days": 9, "nations": ["GBR", "FRA"]})
    order = Order(kinds=("force_chart", "conditions_chart", "influence", "fan_chart"))
    done = list(draw_each(made_up(bare, 5, keep="summary"), tmp_path, order))
    assert [attempt.reason for attempt in done] == [
        "the scenario has no contributions",
        "the scenario has no conditions",
        "it takes single runs, and only counts were kept (run with --keep runs)",
        None,
    ]
    assert not any(attempt.is_fault for attempt in done)
    assert written(tmp_path) == ["fan_chart.png"]


def test_stages_have_colours_of_their_own_in_every_look() -> None:
    for look in THEMES.values():
        assert tuple(look.stages) == STAGES
        assert len(set(look.stages.values())) == 7


def test_drawing_leaves_the_window_library_alone() -> None:
    code = "import sys, sim.plots.catalogue as c; [c.drawer(kind) for kind in c.FIGURES]; "
    code += "sys.exit('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@every_kind
def test_odd_names_and_titles_are_drawn_as_they_stand(kind: str, tmp_path: Path) -> None:
    long = "A very long name with $money_in^it and 中国 " * 3
    odd = small_scenario().with_changes({"title": long, "nations.N02.name": long})
    odd = odd.with_changes({"events.0.meeting": "$x^ " * 40})
    n_runs = 500 if kind == "influence" else 5
    save_figure(drawer(kind)(made_up(odd, n_runs)), tmp_path / "odd.png", dpi=40)
