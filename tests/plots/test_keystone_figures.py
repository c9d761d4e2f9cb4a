"""Figures of a keystone study."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

import sim
from sim.plots.catalogue import DrawingError, default_figures, drawer, figures_of
from sim.plots.files import Order, draw_each
from sim.plots.sheet import figure_of
from sim.plots.theme import DARK, LIGHT
from sim.studies.keystone.result import Keystone
from tests.studies.keystone.test_keystone import TRAP
from tests.studies.keystone.test_runs import SCENARIO


@pytest.fixture(scope="module")
def trap() -> Keystone:
    return sim.keystone(TRAP, runs=200, k=2, values="shapley")


@pytest.fixture(scope="module")
def mixed() -> Keystone:
    levers = ["nations", "meetings", "conditions"]
    return sim.keystone(SCENARIO, levers=levers, runs=60, outcome="success")


def labels(figure: Figure, axis: int = 0) -> list[str]:
    return [text.get_text() for text in figure.axes[axis].get_yticklabels()]


def test_effects_have_a_row_a_nation_the_unlikely_ones_apart(trap: Keystone) -> None:
    axes = sim.plots.keystone_effects(trap)
    figure = figure_of(axes)
    assert labels(figure) == [each.name for each in trap.levers]
    assert [text.get_text() for text in figure.axes[0].texts] == ["Chance below 10 %"]
    assert axes.get_xlabel() == "change in other public nations"
    near, far = [np.asarray(line.get_xdata()) for line in axes.lines if line.get_marker() == "o"]
    assert near.tolist() == [each.changes["others"].mean for each in trap.levers[:6]]
    assert far.tolist() == [each.changes["others"].mean for each in trap.levers[6:]]
    legend = axes.get_legend()
    assert legend is not None
    texts = [text.get_text() for text in legend.get_texts()]
    least, most = trap.never_runs or (0, 0)
    runs = f"by {least} to {most} runs of it each"
    assert texts == ["against the base", f"against never being public,\n{runs}"]
    print_ = figure.get_supxlabel().replace("\n", " ")
    assert f"A trap · 200 runs · seed 0 · digest {trap.scenario.digest[:8]}" in print_


def test_where_all_runs_without_a_nation_were_made_no_number_is_given() -> None:
    for share, expected in ((1, ["against the base", "against never being public"]), (0, None)):
        found = sim.keystone(TRAP, runs=60, never_share=share)
        legend = sim.plots.keystone_effects(found).get_legend()
        texts = None if legend is None else [text.get_text() for text in legend.get_texts()]
        assert texts == expected


def test_levers_of_several_kinds_stand_under_headings(mixed: Keystone) -> None:
    figure = figure_of(sim.plots.keystone_effects(mixed, look=DARK))
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert texts[-2:] == ["Meetings, left out", "Conditions, set"]
    assert "points" in figure.axes[1].get_xlabel()
    assert len(figure.axes) == 2  # success is what is ranked, and is not drawn twice
    assert "Without effect, as nothing is left to change: GBR, ESP" in (
        figure.get_supxlabel().replace("\n", " ")
    )


def test_top_draws_the_first_of_each_part(trap: Keystone) -> None:
    figure = figure_of(sim.plots.keystone_effects(trap, top=1))
    assert labels(figure) == ["HUB", "SHY"]
    assert "6 levers more not drawn" in figure.get_supxlabel().replace("\n", " ")
    assert len(labels(figure_of(sim.plots.keystone_values(trap, top=3)))) == 3


def test_sets_have_a_row_a_step_and_the_bound(trap: Keystone) -> None:
    axes = sim.plots.keystone_sets(trap)
    assert trap.sets is not None
    first = trap.sets.steps[0]
    assert labels(figure_of(axes))[0] == f"1. {first.label}"
    legend = axes.get_legend()
    assert legend is not None
    texts = [text.get_text() for text in legend.get_texts()]
    assert texts[:2] == ["what it adds", "together with those above"]
    bound = trap.sets.bound_high
    assert ("no set of 2 does more" in texts) == (bound is not None)


def test_values_are_of_the_others_with_the_whole_beside_them(trap: Keystone) -> None:
    figure = figure_of(sim.plots.keystone_values(trap))
    assert trap.values is not None
    widths = [bar.get_width() for bar in figure.axes[0].patches]
    assert widths == [each.others.mean for each in trap.values.players]
    assert [bar.get_width() for bar in figure.axes[1].patches] == [
        each.value.mean for each in trap.values.players
    ]


def test_what_was_not_asked_for_is_not_drawn(mixed: Keystone, trap: Keystone) -> None:
    assert default_figures(mixed) == ("keystone_effects",)
    assert default_figures(trap) == figures_of("Keystone")
    for name, said in (
        ("keystone_sets", "no set was looked for; `willing keystone --k 3` looks for one"),
        ("keystone_values", "no values were asked for; `willing keystone --values shapley`"),
    ):
        with pytest.raises(DrawingError, match=said):
            drawer(name)(mixed)


@pytest.mark.parametrize("name", ["keystone_effects", "keystone_sets", "keystone_values"])
def test_figures_fit_a_narrow_column_are_plain_and_go_into_axes_that_are_given(
    name: str, trap: Keystone
) -> None:
    draw = drawer(name)
    narrow = figure_of(draw(trap, look=LIGHT.sized(3.5)))
    assert len(narrow.axes) == 1
    plain = draw(trap, plain=True)
    assert figure_of(plain).get_supxlabel() == ""
    figure = Figure()
    axes = figure.add_subplot()
    assert draw(trap, ax=axes) is axes
    with pytest.raises(DrawingError, match="inches of height"):
        draw(trap, look=LIGHT.sized(6.0, 1.0))


def test_all_are_written_into_files(trap: Keystone, tmp_path: Path) -> None:
    done = list(draw_each(trap, tmp_path, Order(formats=("png", "svg"))))
    assert [each.reason for each in done] == [None] * 3
    assert len(list(tmp_path.iterdir())) == 6
