"""Figures of a back-test: what they show, and that no lettering overlaps."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import sim
from sim.calibration.backtest.case import STANDINGS
from sim.calibration.backtest.reliability import Bin, Reliability
from sim.calibration.backtest.result import MODEL, Backtest, LeftOut
from sim.calibration.backtest.scoreboard import Line, Scoreboard
from sim.calibration.backtest.scores import Scores
from sim.plots.catalogue import DrawingError, drawer, figures_of
from sim.plots.files import Order, draw_each
from sim.plots.sheet import figure_of, new_axes, save_figure
from sim.plots.theme import DARK, LIGHT
from sim.report.backtest import backtest_blocks
from sim.report.text import to_text
from tests.plots.lettering import misplaced

every_kind = pytest.mark.parametrize("kind", figures_of("Backtest"))

METHODS = (MODEL, "base rate", "logistic, random intercept, updated")
BINS = tuple(
    Bin(low / 10, low / 10 + 0.1, 900, low / 10 + 0.05, share, low / 12, min(1.0, low / 10 + 0.3))
    for low, share in zip(range(10), np.linspace(0.02, 1.0, 10).tolist(), strict=True)
)


@cache
def made_up_backtest(n_coalitions: int = 7, standings: tuple[str, ...] = STANDINGS) -> Backtest:
    """Scores that are drawn at random, and chances that are kept but for one bin."""
    random = np.random.default_rng(1)
    names = [f"coalition_{number}" for number in range(n_coalitions)]
    lines = [
        Line(method, name, standing, Scores(float(log), 0.2, 0.7, 0.1, 2.0, covered=True))
        for standing in standings
        for method in METHODS
        if standing != "start" or not method.endswith("updated")
        for name, log in zip(names, random.uniform(0.1, 1.6, n_coalitions), strict=True)
    ]
    off = BINS[2]._replace(joined=0.9)
    return Backtest(
        tuple(LeftOut(name, name, "", "", 90, 60, 20) for name in names),
        {},
        (),
        Scoreboard(tuple(lines)),
        {standing: Reliability((*BINS[:2], off, *BINS[3:]), 0.03) for standing in standings},
        "known",
        0.5,
        "",
    )


def test_each_method_has_a_row_with_its_mean_and_coalitions() -> None:
    found = made_up_backtest()
    axes = sim.plots.scoreboard(found)
    assert [label.get_text() for label in axes.get_yticklabels()] == list(METHODS)
    assert [text.get_text() for text in axes.texts] == ["no forecast"]
    (diamond,) = (
        line for line in axes.lines if line.get_marker() == "D" and line.get_ydata()[0] == 0
    )
    assert diamond.get_xdata()[0] == found.scoreboard.mean(MODEL, "start", "log").mean
    assert diamond.get_color() == LIGHT.public
    dots = next(line for line in axes.lines if line.get_marker() == "o")
    assert sorted(dots.get_xdata()) == sorted(found.scoreboard.of(MODEL, "start", "log").values())
    assert len(figure_of(axes).axes) == 4


def test_figure_and_text_say_that_intervals_take_coalitions_to_be_independent() -> None:
    found = replace(made_up_backtest(), scoreboard=Scoreboard(()), reliability={})
    figure = figure_of(sim.plots.scoreboard(made_up_backtest())).get_supxlabel()
    for said in (figure, to_text(backtest_blocks(found))):
        assert "coalitions to be independent, but their fits overlap" in " ".join(said.split())


def test_shares_outside_their_band_are_crosses() -> None:
    axes = sim.plots.reliability(made_up_backtest())
    markers = [line.get_marker() for line in axes.lines if line.get_marker() in ("o", "X")]
    assert markers == ["o", "o", "X", *["o"] * 7]
    assert axes.get_title(loc="left") == "Day 0 (p = 0.03)"
    assert [text.get_text() for text in axes.texts] == ["900"] * 10


@every_kind
def test_into_given_axes_the_first_standing_is_drawn(kind: str) -> None:
    axes = new_axes(5, 4)
    assert drawer(kind)(made_up_backtest(), ax=axes) is axes
    assert axes.get_title(loc="left").startswith("Day 0")
    assert figure_of(axes).get_suptitle() == ""


@every_kind
@pytest.mark.parametrize(
    "size",
    [
        pytest.param(size, marks=[pytest.mark.slow] * (size[0] is not None))
        for size in ((None, None), (4.0, None), (5.0, 12.0), (12.0, 6.0))
    ],
)
@pytest.mark.parametrize(
    "standings",
    [STANDINGS[:3], *(pytest.param(x, marks=pytest.mark.slow) for x in (STANDINGS, STANDINGS[3:]))],
)
def test_no_lettering_overlaps_or_is_cut_off(
    kind: str, size: tuple[float | None, float | None], standings: tuple[str, ...]
) -> None:
    axes = drawer(kind)(made_up_backtest(7, standings), look=LIGHT.sized(*size))
    assert misplaced(figure_of(axes)) == []


@every_kind
def test_one_coalition_has_no_interval(kind: str, tmp_path: Path) -> None:
    save_figure(drawer(kind)(made_up_backtest(1), look=DARK), tmp_path / "one.png", dpi=40)


@every_kind
def test_a_figure_that_is_too_low_is_refused(kind: str) -> None:
    with pytest.raises(DrawingError, match="inches of height"):
        drawer(kind)(made_up_backtest(), look=LIGHT.sized(8.0, 1.5))


def test_both_come_with_a_back_test(tmp_path: Path) -> None:
    done = list(draw_each(made_up_backtest(), tmp_path, Order(dpi=40)))
    assert [each.files for each in done] == [("scoreboard.png",), ("reliability.png",)]


@every_kind
def test_plain_figures_have_no_heading(kind: str) -> None:
    figure = figure_of(drawer(kind)(made_up_backtest(), plain=True))
    assert figure.get_suptitle() == figure.get_supxlabel() == ""
