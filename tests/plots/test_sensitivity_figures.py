"""Figures of a sensitivity analysis: what they show, and that no lettering overlaps."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes

import sim
from sim.plots.catalogue import DrawingError, drawer, figures_of
from sim.plots.files import Order, draw_each
from sim.plots.options import choose_figures
from sim.plots.sheet import figure_of, image_of, new_axes, save_figure
from sim.plots.theme import DARK, LIGHT
from sim.studies.sensitivity.result import Sensitivity
from sim.studies.sensitivity.sensitivity import sensitivity
from sim.studies.sensitivity.variance import VarianceSplit
from tests.plots.lettering import misplaced
from tests.studies.sensitivity.small import LEVEL, SCENARIO

every_kind = pytest.mark.parametrize("kind", figures_of("Sensitivity"))


@cache
def analysed(method: str = "sobol") -> Sensitivity:
    drawn = SCENARIO.with_draws({"commitment.value": [50.0, 200.0]})
    inputs = [f"{LEVEL}=0.1:0.9", "draws", "behaviour.engage", "nations.*.support"]
    return sensitivity(drawn, inputs, ["success", "size"], method=method, points=1000, runs=4)


def split_in(found: Sensitivity, outcome: str) -> VarianceSplit:
    of = found.found[outcome]
    assert isinstance(of, VarianceSplit)
    return of


def rows_of(axes: Axes) -> list[str]:
    return [label.get_text() for label in axes.get_yticklabels()]


def test_inputs_have_rows_from_the_one_that_matters_most_down() -> None:
    found = analysed()
    axes = sim.plots.sensitivity_indices(found)
    shares = split_in(found, "success").shares
    order = found.order("success")
    assert rows_of(axes) == [found.inputs[place].label for place in order]
    dots = [line for line in axes.lines if line.get_marker() == "o"]
    drawn = {line.get_ydata()[0]: line.get_xdata()[0] for line in dots}
    assert drawn == {row: float(shares.estimate[place]) for row, place in enumerate(order)}
    bars = [
        line for line in axes.lines if line.get_marker() == "None" and len(line.get_xdata()) > 1
    ]
    assert [float(shares.low[order[0]]), float(shares.high[order[0]])] in [
        list(line.get_xdata()) for line in bars
    ]


def test_a_tornado_has_both_ends_of_every_input_that_has_any() -> None:
    found = analysed()
    axes = sim.plots.tornado(found, outcome="size")
    ends = split_in(found, "size").ends.estimate
    assert "joint draws" not in rows_of(axes)
    assert len(rows_of(axes)) == 3
    labels = [each.label for each in found.inputs]
    for row, name in enumerate(rows_of(axes)):
        place = labels.index(name)
        drawn = [
            float(line.get_xdata()[0])
            for line in axes.lines
            if line.get_marker() in ("o", "D")
            and any(abs(height - row) < 0.3 for height in line.get_ydata())
        ]
        assert drawn == ends[place].tolist()


def test_parts_of_a_variance_fill_the_bar() -> None:
    found = analysed()
    axes = sim.plots.variance_split(found)
    assert rows_of(axes) == ["success", "public nations"]
    for row, outcome in enumerate(("success", "size")):
        bars = [bar for bar in axes.patches if abs(bar.get_y() + 0.31 - row) < 1e-9]
        widths = [bar.get_width() for bar in bars]
        inputs, luck, both = split_in(found, outcome).parts.estimate
        assert widths == pytest.approx(np.maximum(0.0, [inputs, both, luck]))


def test_of_a_screening_effects_are_drawn_and_nothing_else() -> None:
    found = analysed("morris")
    axes = sim.plots.sensitivity_indices(found)
    assert axes.get_title(loc="left") == "What changes success"
    for kind in ("tornado", "variance_split"):
        with pytest.raises(DrawingError, match="it is a screening by elementary effects, which"):
            drawer(kind)(found)


def test_top_leaves_inputs_out_and_says_how_many() -> None:
    axes = sim.plots.sensitivity_indices(analysed(), top=2)
    assert len(rows_of(axes)) == 2
    assert axes.get_title(loc="left").endswith("(and 2 more)")


def test_an_outcome_that_is_always_the_same_has_no_figure() -> None:
    found = sensitivity(
        SCENARIO.with_changes({"success.public_size": 1}), [LEVEL], points=64, runs=2
    )
    with pytest.raises(DrawingError, match="success is the same in every run"):
        sim.plots.sensitivity_indices(found)


@every_kind
def test_a_figure_takes_axes_that_are_given(kind: str) -> None:
    axes = new_axes(4, 4)
    assert drawer(kind)(analysed(), ax=axes) is axes
    assert len(figure_of(axes).axes) == 1
    assert figure_of(axes).get_supxlabel() == ""


@every_kind
def test_a_low_figure_says_how_much_it_needs(kind: str) -> None:
    if kind != "variance_split":
        with pytest.raises(DrawingError, match="inches of height, and is given 1"):
            drawer(kind)(analysed(), look=LIGHT.sized(height=1))


def test_a_height_that_a_narrow_figure_asks_for_is_enough() -> None:
    with pytest.raises(DrawingError, match=r"it takes [\d.]+ inches .* is given 4:") as refused:
        sim.plots.sensitivity_indices(analysed(), look=LIGHT.sized(3.5, 4))
    asked = float(str(refused.value).split()[2])
    image_of(sim.plots.sensitivity_indices(analysed(), look=LIGHT.sized(3.5, asked)), "png", 50)


@every_kind
@pytest.mark.parametrize("width", [None, 3.5])
@pytest.mark.parametrize("look", [LIGHT, DARK], ids=["light", "dark"])
def test_no_lettering_overlaps(
    kind: str, width: float | None, look: object, tmp_path: Path
) -> None:
    axes = drawer(kind)(analysed(), look=look.sized(width))  # type: ignore[attr-defined]
    save_figure(axes, tmp_path / "figure.png")
    assert misplaced(figure_of(axes)) == []


def test_all_are_drawn_by_default_and_by_name(tmp_path: Path) -> None:
    done = list(draw_each(analysed(), tmp_path, Order()))
    assert [attempt.kind for attempt in done] == list(figures_of("Sensitivity"))
    assert all(attempt.reason is None for attempt in done)
    chosen = choose_figures(analysed(), (), {"outcome": "size", "top": 3})
    assert chosen["tornado"] == {"outcome": "size", "top": 3}
    with pytest.raises(DrawingError, match="--outcome: the analysis has no 'sise'; did you mean"):
        choose_figures(analysed(), (), {"outcome": "sise"})
