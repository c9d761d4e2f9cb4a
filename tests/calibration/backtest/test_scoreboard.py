"""Means and paired differences of scores over coalitions, by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import ttest_rel

from sim.calibration.backtest.scoreboard import COLUMNS, Line, Scoreboard, lines_of, score_rows
from sim.calibration.backtest.scores import NAN, Scores


def line(method: str, coalition: str, log: float, auc: float = 0.5, covered: bool = True) -> Line:
    return Line(method, coalition, "start", Scores(log, 0.2, auc, 0.1, 1.5, covered))


MINE, OTHERS = [0.3, 0.5, 0.4, 0.2], [0.5, 0.4, 0.7, 0.6]
BOARD = Scoreboard(
    tuple(
        line(method, f"c{number}", value, covered=number > 0)
        for method, values in (("model", MINE), ("other", OTHERS))
        for number, value in enumerate(values)
    )
)


def test_a_difference_is_paired_and_has_students_interval() -> None:
    found = BOARD.difference("model", "other", "start")
    interval = ttest_rel(MINE, OTHERS).confidence_interval()
    assert found.mean == pytest.approx(np.mean(np.subtract(MINE, OTHERS)))
    assert (found.mean - found.half, found.mean + found.half) == pytest.approx(tuple(interval))
    assert (found.wins, found.n) == (3, 4)
    assert BOARD.mean("model", "start", "log").mean == pytest.approx(0.35)
    assert BOARD.n_covered("model", "start") == (3, 4)


def test_a_higher_area_under_the_curve_wins() -> None:
    pair = [line("model", "a", 1.0, auc=0.8), line("other", "a", 1.0, auc=0.6)]
    found = Scoreboard(tuple(pair)).difference("model", "other", "start", "auc")
    assert (found.mean, found.wins) == (pytest.approx(0.2), 1)
    assert math.isnan(found.half)


def test_coalitions_without_a_score_are_left_out() -> None:
    lines = [line("model", "a", 1.0, auc=NAN), line("model", "b", 2.0, auc=0.7)]
    board = Scoreboard((*lines, line("other", "b", 1.0)))
    assert board.mean("model", "start", "auc")[:1] == (0.7,)
    assert board.difference("model", "other", "start").n == 1
    assert board.methods_at("half") == ()
    assert math.isnan(board.mean("other", "half", "log").mean)


def test_a_table_of_scores_is_read_as_it_was_written() -> None:
    lines = (line("model", "a", 1 / 3, auc=NAN, covered=False), line("model", "b", 2.0))
    texts = [dict(zip(COLUMNS, map(str, row), strict=True)) for row in score_rows(lines)]
    found = lines_of(texts)
    assert found[1] == lines[1]
    assert repr(found[0]) == repr(lines[0])
    with pytest.raises(ValueError, match="no column energy"):
        lines_of([{name: "1" for name in COLUMNS if name != "energy"}])
