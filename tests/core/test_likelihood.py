"""The likelihood of a record against all paths through the hidden stages, one by one."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from sim.core import likelihood
from sim.core.likelihood import (
    DAY,
    HIDDEN,
    HIDDEN_MOVES,
    LANES,
    N_HIDDEN,
    N_MOVES,
    NOT_RECORDED,
    Exposure,
    Gradient,
    Nodes,
    Room,
    add_gradient,
    fill_last_chances,
    fill_log_chances,
    mean_survival,
    slope_of_mean_survival,
)
from sim.core.stages import FORWARD, LEFT, OUTSIDE, TALKS, WILLING
from tests.core.pace import at_pace

DAYS = 4
REPORTED = 0.6
SHARE = 0.3
NONE = NOT_RECORDED

RECORDS = {
    "nothing": (NONE, NONE, NONE, NONE, NONE),
    "public on a day": (NONE, NONE, NONE, 3, 3),
    "public within days": (NONE, NONE, NONE, 2, 4),
    "public within days or later": (NONE, NONE, NONE, 2, 9),
    "in talks from the start": (0, NONE, NONE, NONE, NONE),
    "in talks by a day, then public": (2, NONE, NONE, 4, 4),
    "refused on a day": (NONE, 2, 2, NONE, NONE),
    "refused within days": (NONE, 1, 3, NONE, NONE),
    "in talks, then refused": (1, 2, 3, NONE, NONE),
    "refused, then public": (NONE, 1, 2, 3, 4),
    "refused, then in talks": (3, 1, 2, NONE, NONE),
}
"""By when in talks, between which days refused and became public."""

ROWS = np.array(list(RECORDS.values()), dtype=np.int64)
N = len(ROWS)


@pytest.fixture(scope="module")
def exposure() -> Exposure:
    draw = np.random.default_rng(7)
    start = np.full((N, 4), (-1.0, 0.0, 0.0, 0.0))
    start[1] = (0.2, 0.5, 0.2, 0.1)
    return Exposure(
        hazards=np.exp(draw.normal(-0.7, 0.6, (N_MOVES, N, DAYS + 1))),
        in_play=draw.normal(0.0, 1.0, N),
        start=start,
        willing_share=np.array([SHARE]),
        record=ROWS,
        reported=np.full(DAYS + 1, REPORTED),
    )


@pytest.fixture(scope="module")
def nodes() -> Nodes:
    draw = np.random.default_rng(8)
    return Nodes(
        climate=np.linspace(-1.0, 1.0, LANES),
        disposition=np.array([-0.8, 0.9]),
        weight=np.array([0.4, 0.6]),
        factor=np.exp(draw.normal(0.0, 0.4, (2, N_MOVES, LANES))),
        shift=draw.normal(0.0, 0.4, (2, LANES)),
    )


def room(exposure: Exposure, nodes: Nodes) -> Room:
    tables = nodes.disposition.size * exposure.hazards.shape[2] * DAY
    return Room(np.full(tables, np.nan), np.full((nodes.disposition.size, LANES), np.nan))


def no_gradient(exposure: Exposure) -> Gradient:
    """A gradient to which nothing has been added."""
    lengths = (1, N_MOVES + 1, N_MOVES + 1)
    return Gradient(np.zeros_like(exposure.hazards), np.zeros(N), *map(np.zeros, lengths))


def log_chances(exposure: Exposure, nodes: Nodes, willing_day: int = NONE) -> Any:
    found = np.empty((LANES, N))
    fill_log_chances(exposure, nodes, willing_day, room(exposure, nodes), found)
    return found


Path = tuple[float, tuple[int, ...], int, tuple[int, ...]]
"""Chance, stages at the end of days, day of becoming public (0: never), days of recorded exits."""


def paths(hazards: Any, start: Any, reported: float) -> Iterator[Path]:
    """All paths of a nation through the stages, and what a record shows of them."""

    def go_on(chance: float, stages: tuple[int, ...], refused: tuple[int, ...]) -> Iterator[Path]:
        day, stage = len(stages), stages[-1]
        if day > DAYS:
            yield chance, stages, 0, refused
            return
        by_side = [0.0, 0.0]
        for hazard, (of, side) in zip(hazards[:, day], HIDDEN_MOVES, strict=True):
            if of == stage:
                by_side[side] = hazard
        total = sum(by_side)
        yield from go_on(chance * math.exp(-total), (*stages, stage), refused)
        forward, leave = (chance * (1.0 - math.exp(-total)) * each / total for each in by_side)
        if stage == WILLING:
            yield forward, stages, day, refused
        else:
            yield from go_on(forward, (*stages, TALKS if stage == LEFT else stage + 1), refused)
        if stage != LEFT:
            yield from go_on(leave * (1.0 - reported), (*stages, LEFT), refused)
            yield from go_on(leave * reported, (*stages, LEFT), (*refused, day))

    for stage, chance in zip((OUTSIDE, TALKS, WILLING, LEFT), start, strict=True):
        yield from go_on(chance, (stage,), ())


def fits(path: Path, record: Any, willing_day: int) -> bool:
    """Whether a path shows what a record tells."""
    _, stages, public, refused = path
    in_play_by, refused_first, refused_last, public_first, public_last = record
    if public:
        right = public_first <= public <= public_last
    else:
        right = public_last == NONE or public_last > DAYS
    if refused_last == NONE:
        right &= not refused
    else:
        right &= len(refused) == 1 and refused_first <= refused[0] <= refused_last
    if in_play_by != NONE and in_play_by < len(stages):
        right &= stages[in_play_by] in (TALKS, WILLING)
    if willing_day != NONE:
        right &= willing_day < len(stages) and stages[willing_day] == WILLING
    return bool(right)


def weighted_paths(
    exposure: Exposure, nodes: Nodes, lane: int, nation: int
) -> Iterator[tuple[float, Path]]:
    """All paths of a nation in the climate of a lane, with the weights of the dispositions."""
    for r, weight in enumerate(nodes.weight):
        hazards = exposure.hazards[:, nation] * nodes.factor[r, :, lane, None]
        start = exposure.start[nation]
        if start[0] < 0.0:
            odds = math.exp(exposure.in_play[nation] + nodes.shift[r, lane])
            in_play = odds / (1.0 + odds)
            start = (1.0 - in_play, in_play * (1.0 - SHARE), in_play * SHARE, 0.0)
        for path in paths(hazards, start, REPORTED):
            yield weight, path


def by_paths(exposure: Exposure, nodes: Nodes, lane: int, nation: int, willing_day: int) -> float:
    return sum(
        weight * path[0]
        for weight, path in weighted_paths(exposure, nodes, lane, nation)
        if fits(path, exposure.record[nation], willing_day)
    )


@pytest.mark.parametrize("willing_day", [NONE, 0, 2])
def test_chances_are_those_of_all_paths_added_up(
    exposure: Exposure, nodes: Nodes, willing_day: int
) -> None:
    found = np.exp(log_chances(exposure, nodes, willing_day))
    for nation in range(N):
        wanted = by_paths(exposure, nodes, 3, nation, willing_day)
        assert found[3, nation] == pytest.approx(wanted, rel=1e-12), list(RECORDS)[nation]


@pytest.mark.parametrize("willing_day", [NONE, 2])
def test_stages_at_the_end_are_those_of_all_paths(
    exposure: Exposure, nodes: Nodes, willing_day: int
) -> None:
    found = np.full((LANES, N, nodes.disposition.size, N_HIDDEN + 1), np.nan)
    fill_last_chances(exposure, nodes, willing_day, room(exposure, nodes), found)
    lane = 5
    for nation in range(N):
        wanted = np.zeros(N_HIDDEN + 1)
        for weight, path in weighted_paths(exposure, nodes, lane, nation):
            if fits(path, exposure.record[nation], willing_day):
                is_public = path[2] > 0
                place = N_HIDDEN if is_public else HIDDEN.index(path[1][-1])
                wanted[place] += weight * path[0]
        assert found[lane, nation].sum(axis=0) == pytest.approx(wanted, rel=1e-12, abs=1e-300)


def test_a_record_that_cannot_be_has_the_least_chance(exposure: Exposure, nodes: Nodes) -> None:
    willing_after_public = log_chances(exposure, nodes, willing_day=4)[:, 1]
    assert np.all(willing_after_public < -690.0)


@pytest.mark.parametrize("willing_day", [NONE, 2])
def test_the_gradient_is_that_of_differences(
    exposure: Exposure, nodes: Nodes, willing_day: int
) -> None:
    weight = np.random.default_rng(9).random((LANES, N))
    weight[log_chances(exposure, nodes, willing_day) < -600.0] = 0.0  # cannot be
    gradient = no_gradient(exposure)
    add_gradient(exposure, nodes, willing_day, weight, room(exposure, nodes), gradient)

    def value(**changes: Any) -> float:
        of_nodes = {name: part for name, part in changes.items() if name in Nodes._fields}
        others = {name: part for name, part in changes.items() if name not in of_nodes}
        changed = log_chances(exposure._replace(**others), nodes._replace(**of_nodes), willing_day)
        return float((weight * changed).sum())

    def slope(name: str, step: Any, is_log: bool = False) -> float:
        at = getattr(exposure if name in Exposure._fields else nodes, name)
        if is_log:
            return (value(**{name: at * np.exp(step)}) - value(**{name: at * np.exp(-step)})) / 2e-5
        return (value(**{name: at + step}) - value(**{name: at - step})) / 2e-5

    near = {"rel": 1e-6, "abs": 2e-9}
    draw = np.random.default_rng(10)
    for move in range(0, N_MOVES, at_pace(compiled=1, plain=3)):
        step = np.zeros_like(exposure.hazards)
        step[move] = draw.normal(0.0, 1.0, step[move].shape) * 1e-5
        wanted = slope("hazards", step, True)
        assert (gradient.hazards * step).sum() * 1e5 == pytest.approx(wanted, **near)
        of_move = np.eye(N_MOVES)[move][:, None] * 1e-5
        of_disposition = slope("factor", of_move * nodes.disposition[:, None, None], True)
        assert gradient.disposition[move] == pytest.approx(of_disposition, **near)
        of_climate = slope("factor", of_move * nodes.climate, True)
        assert gradient.climate[move] == pytest.approx(of_climate, **near)
    step = draw.normal(0.0, 1.0, N) * 1e-5
    assert gradient.in_play @ step * 1e5 == pytest.approx(slope("in_play", step), **near)
    assert gradient.willing_share[0] == pytest.approx(slope("willing_share", 1e-5), **near)
    of_disposition = slope("shift", np.tile(nodes.disposition[:, None] * 1e-5, (1, LANES)))
    assert gradient.disposition[-1] == pytest.approx(of_disposition, **near)
    of_climate = slope("shift", np.tile(nodes.climate * 1e-5, (2, 1)))
    assert gradient.climate[-1] == pytest.approx(of_climate, **near)


def test_the_gradient_in_sixteen_climates_is_that_in_eight_and_in_eight_others(
    exposure: Exposure, nodes: Nodes
) -> None:
    others = nodes._replace(
        climate=nodes.climate + 2.0, factor=nodes.factor[:, :, ::-1].copy(), shift=-nodes.shift
    )
    both = nodes._replace(
        climate=np.concatenate([nodes.climate, others.climate]),
        factor=np.concatenate([nodes.factor, others.factor], axis=2),
        shift=np.concatenate([nodes.shift, others.shift], axis=1),
    )
    weight = np.random.default_rng(11).random((2 * LANES, N))
    found, wanted = no_gradient(exposure), no_gradient(exposure)
    add_gradient(exposure, both, NONE, weight, room(exposure, both), found)
    for some, of_some in ((nodes, weight[:LANES]), (others, weight[LANES:])):
        add_gradient(exposure, some, NONE, of_some, room(exposure, some), wanted)
    for one, other in zip(found, wanted, strict=True):
        assert np.array_equal(one, other)


@pytest.mark.parametrize("hazard", [0.0, 1e-12, 0.99e-4, 1.01e-4, 0.3, 40.0])
def test_the_mean_share_of_a_day_and_its_slope(hazard: float) -> None:
    stay = math.exp(-hazard)
    mean = mean_survival(hazard, stay)
    exact = -math.expm1(-hazard) / hazard if hazard else 1.0
    assert mean == pytest.approx(exact, rel=1e-11)
    slope = slope_of_mean_survival(hazard, stay, mean)
    wanted = (math.exp(-hazard) - exact) / hazard if hazard > 0.1 else -0.5 + hazard / 3.0
    assert slope == pytest.approx(wanted, abs=1e-7)


def test_hidden_moves_are_all_that_leave_a_hidden_stage() -> None:
    assert [side for _, side in HIDDEN_MOVES].count(FORWARD) == likelihood.N_HIDDEN
