"""Which pairs are joined by a line, and which way arrows point."""

from __future__ import annotations

import numpy as np
import pytest

from sim.plots.ensemble.influence import FALSE_SHARE, influence, surest
from sim.plots.sheet import figure_of
from sim.results.following import Followings, followings
from tests.plots.images import fixed_ensemble


def found(excess: list[list[float]], lead_error: float = 1.0) -> Followings:
    """Followings with errors of 1."""
    table = np.array(excess)
    ones = np.ones_like(table)
    return Followings(ones / 9, table, ones, table - table.T, lead_error * ones, 14)


def test_a_pair_is_joined_once_by_the_direction_that_is_ahead() -> None:
    edges, n_sure = surest(found([[0, 9, 0], [6, 0, 0], [0, 0, 0]]), 9)
    assert [(edge.first, edge.second) for edge in edges] == [(0, 1)]
    assert n_sure == 1
    edges, _ = surest(found([[0, 6, 0], [9, 0, 0], [0, 0, 0]]), 9)
    assert [(edge.first, edge.second) for edge in edges] == [(1, 0)]


@pytest.mark.parametrize(("lead_error", "is_directed"), [(1.0, True), (2.0, False)])
def test_a_line_is_an_arrow_where_the_lead_is_sure(lead_error: float, is_directed: bool) -> None:
    [edge], _ = surest(found([[0, 9], [6, 0]], lead_error), 9)
    assert edge.is_directed is is_directed


def test_the_surest_are_kept_and_the_strongest_drawn_last() -> None:
    edges, n_sure = surest(found([[0, 9, 5], [0, 0, 7], [0, 0, 0]]), 2)
    assert [edge.excess for edge in edges] == [7, 9]
    assert n_sure == 3


def test_the_bar_rises_with_the_number_of_pairs() -> None:
    alone = np.zeros((2, 2))
    alone[0, 1] = 2.5
    assert surest(found(alone.tolist()), 9)[1] == 1
    among_many = np.zeros((12, 12))
    among_many[0, 1] = 2.5
    assert surest(found(among_many.tolist()), 9)[1] == 0


def test_between_independent_nations_lines_are_as_rare_as_is_said() -> None:
    n_figures, n_with_lines = 60, 0
    for seed in range(n_figures):
        rng = np.random.default_rng(seed)
        days = rng.geometric(np.linspace(0.01, 0.05, 12), size=(500, 12))
        edges, _ = surest(followings(np.where(days > 120, -1, days), 120), 12)
        n_with_lines += bool(edges)
    # where nothing is true every line is false, so a share FALSE_SHARE of figures may have any
    due = n_figures * FALSE_SHARE
    assert n_with_lines <= due + 4.5 * np.sqrt(due * (1 - FALSE_SHARE))


def test_the_small_print_says_how_many_nations_are_not_on_the_circle() -> None:
    text = figure_of(influence(fixed_ensemble())).get_supxlabel().replace("\n", " ")
    assert "2 nations are not shown: public from the start" in text
