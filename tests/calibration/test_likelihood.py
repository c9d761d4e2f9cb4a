"""The likelihood of a whole coalition: against simulation, against sums that must be 1."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from scipy.stats import chi2

import sim
from sim.calibration.likelihood import (
    CLIMATE,
    COLUMNS,
    Coefficients,
    ImpossibleRecordError,
    Value,
    coalition_of,
    coefficients_of,
    log_likelihood,
    quadrature,
)
from sim.calibration.poisson_binomial import log_chance_of_number
from sim.calibration.record import Entry
from sim.calibration.replay import seen_along
from sim.core.likelihood import HIDDEN_MOVES
from sim.core.stages import FORWARD, Features
from sim.scenario.arrays.numbers import arrays_of
from sim.scenario.schema import Scenario
from tests.calibration.made_up import BEHAVIOUR, count, entry, history, scenario

FINE = quadrature(48, 12)
"""So fine that what it leaves out cannot be seen."""


def value(of: Scenario, entries: Sequence[Entry], reported: float = 0.0, **options: Any) -> Value:
    coefficients = coefficients_of(arrays_of(of).inputs)
    coalition = coalition_of(history(of, entries), reported=reported)
    return log_likelihood(coalition, coefficients, **{"nodes": FINE, **options})


def chance(of: Scenario, entries: Sequence[Entry], reported: float = 0.0) -> float:
    return math.exp(value(of, entries, reported, with_gradient=False).log_likelihood)


def public_days(nations: int, days: int) -> Iterator[tuple[int, ...]]:
    """All ways to become public, by nation: a day, or -1 for never."""
    return itertools.product((-1, *range(1, days + 1)), repeat=nations)


def announcements(days: Sequence[int]) -> list[Entry]:
    return [entry(f"N{n:02}", "public", int(day)) for n, day in enumerate(days) if day > 0]


def test_chances_of_all_records_add_up_to_1() -> None:
    of = scenario(2, 4)
    total = sum(chance(of, announcements(days)) for days in public_days(2, 4))
    assert total == pytest.approx(1.0, abs=1e-12)


def test_chances_of_all_records_with_refusals_add_up_to_1() -> None:
    without_return = {name: move for name, move in BEHAVIOUR.items() if name != "return"}
    of = scenario(2, 3, without_return)
    single = [("public", day) for day in (-1, 1, 2, 3)] + [("refused", day) for day in (1, 2, 3)]
    total = sum(
        chance(
            of, [entry(f"N0{n}", event, day) for n, (event, day) in enumerate(pair) if day > 0], 0.7
        )
        for pair in itertools.product(single, repeat=2)
    )
    assert total == pytest.approx(1.0, abs=1e-12)


def test_an_interval_has_the_chance_of_its_days_where_nobody_sees_them() -> None:
    unseen = {**BEHAVIOUR, "engage": {"rate": 0.05}, "declare": {"rate": 0.2, "convened": 1.0}}
    unseen["resolve"] = {"rate": 0.15, "climate": 0.6}
    unseen["decline"] = {"talks": {"rate": 0.05}}
    of = scenario(2, 4, unseen)
    within = chance(of, [entry("N00", "public", 2, 4), entry("N01", "public", 1)])
    days = [
        chance(of, [entry("N00", "public", day), entry("N01", "public", 1)]) for day in (2, 3, 4)
    ]
    assert within == pytest.approx(sum(days), rel=1e-12)


def test_a_count_of_unnamed_splits_the_chance_of_a_record() -> None:
    of = scenario(3, 4)
    record = announcements((4, -1, 2))
    by_number = [chance(of, [*record, count(2, n, n)]) for n in range(3)]
    assert sum(by_number) == pytest.approx(chance(of, record), rel=1e-12)
    in_range = chance(of, [*record, count(2, 0, 2)])
    assert in_range == pytest.approx(sum(by_number) / 3.0, rel=1e-12)


@pytest.mark.parametrize(
    ("day", "least"),
    [(2, 3), (2, 40), (0, 4)],
    ids=["one of them is public by then", "more than there are", "on day 0"],
)
def test_a_count_of_more_than_can_be_willing_is_refused(day: int, least: int) -> None:
    record = [*announcements((4, -1, 2)), count(day, least, least + 5)]
    with pytest.raises(ImpossibleRecordError, match=f"unnamed members on day {day} .* cannot"):
        value(scenario(3, 4), record)


def test_of_several_counts_of_unnamed_members_the_last_that_is_known_is_read() -> None:
    of, record = scenario(3, 4), announcements((4, -1, 2))
    first, last, late = count(1, 1, 1), count(3, 0, 1), count(9, 2, 2)
    assert chance(of, [*record, last, first, late]) == chance(of, [*record, last])
    several = history(of, [*record, first, last])
    for day, known in ((1, [first]), (2, [first]), (3, [last])):
        alone = coalition_of(history(of, [*record, *known]), until=day).until(day).seen
        found = coalition_of(several, until=day).until(day).seen
        assert found.unnamed_day == alone.unnamed_day
        assert np.array_equal(found.unnamed, alone.unnamed)


@pytest.mark.parametrize("n_events", [1, 4])
def test_the_number_of_independent_events_by_enumeration(n_events: int) -> None:
    draw = np.random.default_rng(n_events)
    chances, number = draw.random((2, n_events)), draw.random(3)
    found, slope = log_chance_of_number(chances, number)

    def enumerated(case: Any) -> float:
        return sum(
            number[sum(happens)]
            * math.prod(p if yes else 1.0 - p for p, yes in zip(case, happens, strict=True))
            for happens in itertools.product((0, 1), repeat=n_events)
            if sum(happens) < number.size
        )

    for case, log_chance, slopes in zip(chances, found, slope, strict=True):
        assert math.exp(log_chance) == pytest.approx(enumerated(case), rel=1e-12)
        for event in range(n_events):
            step = np.eye(n_events)[event] * 1e-6
            wanted = math.log(enumerated(case + step)) - math.log(enumerated(case - step))
            assert slopes[event] == pytest.approx(wanted / 2e-6, rel=1e-6)


def test_the_gradient_is_that_of_differences() -> None:
    of = scenario(4, 5)
    entries = [
        entry("N00", "public", 3),
        entry("N01", "public", 2, 4),
        entry("N02", "refused", 2),
        entry("N03", "endorsed", 3),
        count(2, 1, 2),
    ]
    coalition = coalition_of(history(of, entries), reported=0.6)
    at = coefficients_of(arrays_of(of).inputs)
    found = log_likelihood(coalition, at, FINE)

    def moved(row: int, column: int, step: float) -> float:
        table = at.table.copy()
        table[row, column] += step
        return log_likelihood(coalition, at._replace(table=table), FINE, False).log_likelihood

    for row, column in np.ndindex(at.table.shape):
        slope = (moved(row, column, 1e-5) - moved(row, column, -1e-5)) / 2e-5
        assert found.table[row, column] == pytest.approx(slope, rel=1e-5, abs=1e-6)
    up, down = (at._replace(willing_share=at.willing_share + step) for step in (1e-6, -1e-6))
    slope = sum(
        sign * log_likelihood(coalition, each, FINE, False).log_likelihood
        for sign, each in ((1, up), (-1, down))
    )
    assert found.willing_share == pytest.approx(slope / 2e-6, rel=1e-5)


def test_the_climate_posterior_is_a_law_that_moves_with_the_record() -> None:
    of = scenario(6, 5)
    few, many = announcements((5, -1, -1, -1, -1, -1)), announcements((1, 1, 2, 1, 2, 1))
    means = []
    for entries in (few, many):
        posterior = value(of, entries).climate_posterior
        assert posterior.sum() == pytest.approx(1.0)
        means.append(posterior @ FINE.climate)
    assert means[0] < means[1]


def test_default_nodes_are_fine_enough_for_a_shipped_history() -> None:
    past = sim.calibration.history.load_history("histories/libya_2011")
    coalition = coalition_of(past)
    coefficients = coefficients_of(arrays_of(past.scenario).inputs)
    default = log_likelihood(coalition, coefficients, with_gradient=False).log_likelihood
    fine = log_likelihood(coalition, coefficients, quadrature(96, 16), False).log_likelihood
    assert default == pytest.approx(fine, abs=0.02)


def test_a_record_that_cannot_be_is_refused() -> None:
    of = scenario(2, 4, {**BEHAVIOUR, "declare": {"rate": 0.0}})
    with pytest.raises(ValueError, match=r"the record of N00 in .* cannot happen"):
        value(of, announcements((2, -1)))


def test_of_refusals_and_days_in_talks_the_first_of_each_is_read() -> None:
    def found(*entries: Entry) -> float:
        return chance(scenario(2, 5), entries, reported=0.5)

    refused, back = entry("N00", "refused", 2), entry("N00", "endorsed", 3)
    assert found(refused, back, entry("N00", "refused", 5)) == found(refused, back)
    assert found(refused, back) < found(refused)
    before = entry("N00", "endorsed", 1)
    assert found(before, refused, back) == found(before, refused)


def test_features_are_those_of_the_engines_on_a_day() -> None:
    of = scenario(3, 5)
    seen = seen_along(history(of, announcements((2, -1, -1))))
    convened, peers, momentum, listed = (
        Features._fields.index(name) for name in ("convened", "peers", "momentum", "listed")
    )
    fade = math.exp(-1.0 / of.memory.convened)
    assert seen.talks[1, 3, convened] == pytest.approx(fade)
    assert seen.willing[2, 3, convened] == pytest.approx(0.0)
    assert (seen.willing[2, 3, listed], seen.willing[3, 3, listed]) == (1.0, 0.0)
    # A list takes the place of the meeting for those who are willing, and for nobody else.
    assert seen.willing[2, 4, convened] == seen.talks[2, 4, convened] == pytest.approx(fade**2)
    # The word of day 2 is seen from day 3 on; ties to the leader weigh double.
    assert seen.talks[3, 2:4, peers] == pytest.approx([2.0 / 4.0, 3.0 / 4.0])
    assert seen.talks[3, 2:4, momentum] == pytest.approx(
        [0.0, math.exp(-1.0 / of.memory.momentum) / 4.0]
    )


def test_coefficients_have_a_row_for_each_hidden_move() -> None:
    found = coefficients_of(arrays_of(scenario()).inputs)
    row = [stage_side[1] == FORWARD for stage_side in HIDDEN_MOVES].index(True)
    assert found.table.shape == (len(HIDDEN_MOVES) + 1, len(COLUMNS))
    assert found.table[row, 0] == pytest.approx(math.log(0.05))
    assert found.table[-1, CLIMATE] == 1.0
    assert found == Coefficients(found.table, 0.3)


@pytest.mark.slow
def test_records_happen_as_often_in_runs_of_the_batch_engine() -> None:
    of, runs = scenario(3, 4), 400_000
    records = sim.run(of, runs=runs, seed=3).records.runs
    assert records is not None
    found = np.unique(np.array(records.first_day)[:, 1:, 3], axis=0, return_counts=True)
    times = {tuple(days): number for days, number in zip(found[0].tolist(), found[1], strict=True)}
    distance, cells = 0.0, 0
    for days in public_days(3, 4):
        expected = runs * chance(of, announcements(days))
        distance += (times.get(days, 0) - expected) ** 2 / expected
        cells += 1
    assert chi2.sf(distance, cells - 1) > 1e-4


@pytest.mark.slow
def test_counts_and_refusals_happen_as_often_in_runs_of_the_batch_engine() -> None:
    without_return = {name: move for name, move in BEHAVIOUR.items() if name != "return"}
    of, runs, day = scenario(3, 4, without_return), 400_000, 2
    records = sim.run(of, runs=runs, seed=4).records.runs
    assert records is not None
    first = np.array(records.first_day)[:, 1:]
    willing, public = first[:, :, 2], first[:, :, 3]
    left = np.array(records.refusal_day)[:, 1:]
    unnamed = (willing >= 0) & (willing <= day) & ~((public >= 0) & (public <= day))
    unnamed &= ~((left >= 0) & (left <= day))
    pattern = np.column_stack([public, left, unnamed.sum(axis=1)])
    found = np.unique(pattern, axis=0, return_counts=True)
    order = np.argsort(-found[1])[:60]
    distance = 0.0
    for row, number in zip(found[0][order].tolist(), found[1][order], strict=True):
        refusals = [entry(f"N0{n}", "refused", d) for n, d in enumerate(row[3:6]) if d > 0]
        entries = [*announcements(row[:3]), *refusals, count(day, row[6], row[6])]
        expected = runs * chance(of, entries, reported=1.0)
        distance += (number - expected) ** 2 / expected
    assert chi2.sf(distance, len(order)) > 1e-4
