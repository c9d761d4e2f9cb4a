"""Figures of what a sweep tells: what they show, and that no lettering overlaps."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

import sim
from sim.plots.catalogue import DrawingError, default_figures, drawer, figures_of
from sim.plots.files import Order, draw_each
from sim.plots.options import choose_figures
from sim.plots.sheet import figure_of, image_of, new_axes, save_figure
from sim.plots.theme import DARK, LIGHT, Theme
from sim.studies.sensitivity.discovery import Box, Discovered, Limit
from sim.studies.sensitivity.given_data import GivenData
from sim.studies.sensitivity.sweep_analysis import SweepAnalysis
from tests.plots.lettering import misplaced
from tests.studies.sensitivity.small import LEVEL, SCENARIO
from tests.studies.sensitivity.test_given_data import RANGES, REQUIREMENT, made_up_sweep

TALKS = "events.talks"

INDICES, BOX = "sensitivity_indices", "discovery_box"
every_kind = pytest.mark.parametrize("kind", [INDICES, BOX])


@cache
def analysed(kind: str) -> SweepAnalysis:
    vary = {**RANGES, TALKS: ["present", "absent"]}
    swept = made_up_sweep("success", vary=vary)
    if kind == BOX:
        pytest.importorskip("ema_workbench")
    return sim.analyse_sweep(swept, discover=kind == BOX)


def indices_in(analysis: SweepAnalysis) -> GivenData:
    assert isinstance(analysis.found, GivenData)
    return analysis.found


def with_limits(*limits: Limit) -> SweepAnalysis:
    """An analysis whose box has these limits."""
    found = analysed(BOX)
    assert isinstance(found.found, Discovered)
    box = Box(limits, found.found.box.density, found.found.box.coverage)
    told = found.found._replace(box=box)
    return SweepAnalysis(SCENARIO, found.seed, told, "")


def rows_of(axes: Axes) -> list[str]:
    return [label.get_text() for label in axes.get_yticklabels()]


def texts_of(axes: Axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


def filled(axes: Axes) -> list[tuple[float, float]]:
    """From where to where the bar of each row is in the box."""
    bars = [bar for bar in axes.patches if isinstance(bar, Rectangle)]
    return [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in bars[1::2]]


# Indices


def test_inputs_have_rows_from_the_largest_delta_down() -> None:
    analysis = analysed(INDICES)
    axes = sim.plots.sensitivity_indices(analysis)
    inputs = indices_in(analysis).inputs
    assert rows_of(axes) == [analysis.label(each.path) for each in inputs]
    for panel, name in zip(figure_of(axes).axes, ("delta", "pawn"), strict=True):
        dots = [line for line in panel.lines if line.get_marker() == "o" and len(line.get_xdata())]
        drawn = {line.get_ydata()[0]: line.get_xdata()[0] for line in dots}
        expected = {row: float(getattr(each, name).estimate) for row, each in enumerate(inputs)}
        assert drawn == expected
        strokes = [
            float(line.get_xdata()[0])
            for line in panel.lines
            if line.get_marker() == "|" and len(line.get_xdata())
        ]
        assert strokes == [getattr(each, f"{name}_without") for each in inputs]
        bars = [list(line.get_xdata()) for line in panel.lines if line.get_marker() == "None"]
        for each in inputs:
            _, low, high = map(float, getattr(each, name))
            assert [low, high] in bars


def test_what_is_not_clear_is_hollow() -> None:
    analysis = analysed(INDICES)
    axes = sim.plots.sensitivity_indices(analysis)
    dots = [line for line in axes.lines if line.get_marker() == "o" and len(line.get_xdata())]
    is_hollow = [line.get_markerfacecolor() == LIGHT.paper for line in dots]
    assert is_hollow == [not each.is_clear for each in indices_in(analysis).inputs]
    assert True in is_hollow
    assert False in is_hollow


def test_of_one_input_there_is_one_row() -> None:
    one = made_up_sweep("size", 60, vary={LEVEL: RANGES[LEVEL]})
    axes = sim.plots.sensitivity_indices(sim.analyse_sweep(one))
    assert rows_of(axes) == ["us backing: level"]


# The box


def test_a_box_has_its_part_of_the_range_of_each_input() -> None:
    analysis = analysed(BOX)
    found = analysis.found
    assert isinstance(found, Discovered)
    axes = sim.plots.discovery_box(analysis)
    limits = {each.path: each for each in found.box.limits}
    paths = [*limits, *(each.path for each in found.ranges if each.path not in limits)]
    assert rows_of(axes) == [analysis.label(path) for path in paths]
    full = {each.path: each for each in found.ranges}
    for path, (begin, end) in zip(paths, filled(axes), strict=True):
        low, high = full[path].low, full[path].high
        assert low is not None
        assert high is not None
        limit = limits.get(path, Limit(path, None, None))
        if not full[path].names:
            for value, expected in ((limit.low, begin), (limit.high, end)):
                if value is not None:
                    assert low + expected * (high - low) == pytest.approx(value)
        assert (begin == 0, end == 1) == (limit.low is None, limit.high is None)
    assert "49.9 force units" in texts_of(axes)


def test_limits_of_every_kind_are_written() -> None:
    analysis = with_limits(
        Limit(LEVEL, 0.4, 0.42),
        Limit(REQUIREMENT, None, 12.0),
        Limit(TALKS, 1.0, None, ("absent",)),
    )
    axes = sim.plots.discovery_box(analysis)
    assert {"from 0.4 to 0.42", "below 12", "as absent", "present"} <= set(texts_of(axes))
    assert filled(axes)[2] == (0.5, 1.0)
    save = figure_of(axes)
    image_of(axes, "png", 60)
    assert misplaced(save) == []


def test_density_and_coverage_have_intervals_twice() -> None:
    analysis = analysed(BOX)
    found = analysis.found
    assert isinstance(found, Discovered)
    _, shares = figure_of(sim.plots.discovery_box(analysis)).axes
    bars = [list(line.get_xdata()) for line in shares.lines if line.get_marker() == "None"]
    expected = [
        [of.low, of.high] for box in (found.box, found.again) for of in (box.density, box.coverage)
    ]
    assert bars == expected


def test_a_box_without_limits_is_not_drawn() -> None:
    with pytest.raises(DrawingError, match="no part of the ranges stands out for success"):
        sim.plots.discovery_box(with_limits())


# Both


def test_each_analysis_has_its_figure_and_says_why_not_the_other(tmp_path: Path) -> None:
    assert figures_of("SweepAnalysis") == (INDICES, BOX)
    for kind, other in ((INDICES, BOX), (BOX, INDICES)):
        assert default_figures(analysed(kind)) == (kind,)
        [done] = draw_each(analysed(kind), tmp_path, Order(dpi=40))
        assert done.files == (f"{kind}.png",)
        assert choose_figures(analysed(kind), (), {"top": 2}) == {kind: {"top": 2}}
        with pytest.raises(DrawingError, match="it says wh"):
            drawer(other)(analysed(kind))
    with pytest.raises(DrawingError, match="--outcome: the analysis has no 'sise'"):
        choose_figures(analysed(INDICES), (), {"outcome": "sise"})


@every_kind
def test_top_leaves_inputs_out_and_says_how_many(kind: str) -> None:
    axes = drawer(kind)(analysed(kind), top=1)
    assert len(rows_of(axes)) == 1
    figure = figure_of(axes)
    assert "3 more" in axes.get_title(loc="left") + figure.get_suptitle()


@every_kind
def test_a_figure_takes_axes_that_are_given(kind: str) -> None:
    axes = new_axes(5, 5)
    assert drawer(kind)(analysed(kind), ax=axes) is axes
    assert len(figure_of(axes).axes) == 1
    assert figure_of(axes).get_supxlabel() == ""
    assert axes.get_title(loc="left") != ""


@every_kind
def test_a_low_figure_says_how_much_it_needs_and_that_is_enough(kind: str) -> None:
    with pytest.raises(DrawingError, match="inches of height, and is given 1") as refused:
        drawer(kind)(analysed(kind), look=LIGHT.sized(height=1))
    axes = drawer(kind)(
        analysed(kind), look=LIGHT.sized(height=float(str(refused.value).split()[2]))
    )
    image_of(axes, "png", 50)
    assert misplaced(figure_of(axes)) == []


@every_kind
@pytest.mark.parametrize("width", [None, 3.5])
@pytest.mark.parametrize("look", [LIGHT, DARK], ids=["light", "dark"])
def test_no_lettering_overlaps(kind: str, width: float | None, look: Theme, tmp_path: Path) -> None:
    axes = drawer(kind)(analysed(kind), look=look.sized(width))
    save_figure(axes, tmp_path / "figure.png")
    assert misplaced(figure_of(axes)) == []


@every_kind
@pytest.mark.parametrize("width", [None, 3.5])
def test_twelve_inputs_with_long_names_find_room(kind: str, width: float | None) -> None:
    conditions = {f"c{n:02}_{'long_name_' * 5}end"[:60]: {"level": 0.5} for n in range(12)}
    scenario = SCENARIO.with_changes({"title": "A long title " * 8})
    vary = {f"conditions.{name}.level": {"range": [0.1, 0.9]} for name in conditions}
    found = analysed(kind).found
    if isinstance(found, GivenData):
        inputs = [found.inputs[n % 3]._replace(path=path) for n, path in enumerate(vary)]
        told: GivenData | Discovered = found._replace(inputs=tuple(inputs))
    else:
        ranges = tuple(Limit(path, 0.1, 0.9) for path in vary)
        limits = tuple(Limit(path, 0.45, 0.46) for path in vary)
        told = found._replace(box=found.box._replace(limits=limits), ranges=ranges)
    axes = drawer(kind)(SweepAnalysis(scenario, 0, told, ""), look=LIGHT.sized(width))
    image_of(axes, "png", 60)
    assert len(rows_of(axes)) == 12
    assert misplaced(figure_of(axes)) == []


@every_kind
def test_plain_figures_have_no_words_around_them(kind: str) -> None:
    axes = drawer(kind)(analysed(kind), plain=True)
    figure = figure_of(axes)
    assert figure.get_suptitle() + figure.get_supxlabel() + axes.get_title(loc="left") == ""
