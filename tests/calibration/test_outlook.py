"""Chances of going public after a day, against sums over all ways in which it may go on."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest

from sim.calibration.likelihood import (
    ImpossibleRecordError,
    coalition_of,
    coefficients_of,
    log_likelihood,
    quadrature,
)
from sim.calibration.outlook import outlook
from sim.scenario.arrays.numbers import arrays_of
from tests.calibration.made_up import BEHAVIOUR, count, entry, history, scenario

FINE = quadrature(48, 12)

ALONE: dict[str, Any] = {
    **BEHAVIOUR,
    "engage": {"rate": 0.05},
    "resolve": {"rate": 0.15, "climate": 0.6, "convened": 0.7, "disposition": 0.8},
    "declare": {"rate": 0.2, "convened": 1.0, "listed": 2.0},
    "decline": {"talks": {"rate": 0.05, "convened": 0.7}, "willing": {"rate": 0.04}},
}
"""No nation minds what others do."""


def chance(of: Any, days: tuple[int, ...], more: list[Any]) -> float:
    entries = [entry(f"N0{n}", "public", day) for n, day in enumerate(days) if day > 0]
    coalition = coalition_of(history(of, entries + more), reported=0.0)
    try:
        value = log_likelihood(coalition, coefficients_of(arrays_of(of).inputs), FINE, False)
    except ImpossibleRecordError:  # who is public on the day after the count was willing on its day
        return 0.0
    return math.exp(value.log_likelihood)


@pytest.mark.parametrize("more", [[], [count(1, 1, 1)], [count(2, 0, 1)], [count(2, 2, 2)]])
def test_chances_are_those_of_all_ways_on(more: list[Any]) -> None:
    of, day, last = scenario(3, 4, ALONE), 2, 4
    found = outlook(
        history(of, [entry("N00", "public", 1), *more]),
        day,
        coefficients_of(arrays_of(of).inputs),
        FINE,
        reported=0.0,
    )
    ways = {
        later: chance(of, (1, *later), more)
        for later in itertools.product((-1, *range(day + 1, last + 1)), repeat=2)
    }
    total = sum(ways.values())
    by_nation = [sum(p for later, p in ways.items() if later[n] > 0) / total for n in range(2)]
    assert found.nations == ("N01", "N02")
    assert found.chances == pytest.approx(by_nation, rel=1e-9)
    by_size, n_draws = np.zeros(3), 20_000
    drawn = found.draws(n_draws, seed=3)
    for joins in itertools.product((False, True), repeat=2):
        p = sum(p for later, p in ways.items() if tuple(d > 0 for d in later) == joins) / total
        by_size[sum(joins)] += p
        error = 4.5 * np.sqrt(p * (1.0 - p) / n_draws)
        assert (drawn == joins).all(axis=1).mean() == pytest.approx(p, abs=error)
    assert found.sizes() == pytest.approx(by_size, rel=1e-9)


def test_a_nation_that_has_refused_is_not_open() -> None:
    of = scenario(3, 4, ALONE)
    past = history(of, [entry("N00", "refused", 1), entry("N01", "refused", 3)])
    found = outlook(past, 2, coefficients_of(arrays_of(of).inputs))
    assert found.nations == ("N01", "N02")


def test_what_comes_after_the_day_is_not_known() -> None:
    of = scenario(3, 4)
    at = coefficients_of(arrays_of(of).inputs)
    before = [entry("N00", "public", 1)]
    after = [
        entry("N01", "public", 3),
        entry("N02", "refused", 4),
        entry("AAA", "public", 3, in_scenario=False),
    ]
    for known in (before, [*before, count(1, 1, 2)]):
        assert np.array_equal(
            outlook(history(of, known), 2, at).chances,
            outlook(history(of, known + after), 2, at).chances,
        )
    later = [*after, count(3, 0, 1)]
    assert np.array_equal(
        outlook(history(of, before), 2, at).chances,
        outlook(history(of, before + later), 2, at).chances,
    )


def test_what_is_scheduled_has_no_list_that_is_to_come() -> None:
    of = scenario(3, 6, {**ALONE, "declare": {"rate": 0.05, "listed": 4.0}})
    at = coefficients_of(arrays_of(of).inputs)
    of_all, of_day = (
        outlook(history(of, []), 1, at, calendar=calendar) for calendar in ("all", "scheduled")
    )
    listed = of_all.nations.index("N01")
    assert of_all.chances[listed] > of_day.chances[listed] + 0.1
    assert of_all.chances[0] == pytest.approx(of_day.chances[0], abs=1e-12)


def test_before_the_one_list_silence_tells_nothing() -> None:
    """All names come from the list of day 3: on day 2 any nation may have given its word."""
    behaviour = {**ALONE, "declare": {"rate": 0.4, "listed": 2.0}}
    of = scenario(2, 4, behaviour)
    at = coefficients_of(arrays_of(of).inputs)
    found, unconditional = (
        outlook(history(of, entries), day, at, reported=0.0)
        for entries, day in (([entry("N01", "public", 1, 3)], 2), ([], 0))
    )
    assert found.chances == pytest.approx(unconditional.chances, rel=1e-9)
