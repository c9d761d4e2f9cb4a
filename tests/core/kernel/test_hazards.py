"""The table of the hazard loop: its rows, its loops, its machine code."""

from __future__ import annotations

import platform
import re
from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.core.compiled import CacheFolders, compiled
from sim.core.kernel import features as row
from sim.core.kernel.features import BLOCK, N_ROWS, ROW, add_peers, cell_index, cells_of
from sim.core.kernel.hazards import (
    FORWARD_ONLY,
    WITH_RARE,
    WITHOUT_RARE,
    find_crossed,
    spend_again,
    spend_forward_only,
    spend_with_rare,
    spend_without_rare,
)
from sim.core.kernel.memory import new_worlds
from sim.core.kernel.shared import DEFECTION_SHARE, MOMENTUM_SHARE
from sim.core.kernel.world import LANES, Worlds, shared_cell, world_in
from sim.core.rules.hazard import CLOSED, PEERS, hazard_of_base
from sim.core.rules.influence import faded
from sim.core.stages import N_DAILY
from sim.scenario.arrays.numbers import arrays_of
from tests.core.kernel.worlds import Story, small
from tests.core.pace import FEW


def has(feature):
    """Whether the code is compiled for a processor with a feature, such as wider registers."""
    chosen = numba.config.CPU_FEATURES
    features = numba.core.codegen.get_host_cpu_features() if chosen is None else chosen
    return f"+{feature}" in features.split(",")


HAS_FMA = has("fma")

LOOPS = {
    "spend_forward_only": FORWARD_ONLY,
    "spend_without_rare": WITHOUT_RARE,
    "spend_with_rare": WITH_RARE,
}
N_BLOCKS = 2
ROWS = [
    *range(row.FORWARD_WEIGHTS, row.FORWARD_WEIGHTS + N_DAILY),
    *range(row.EXIT_WEIGHTS, row.EXIT_WEIGHTS + N_DAILY),
    *(row.FORWARD_STANDING, row.EXIT_STANDING, row.FORWARD_BASE, row.EXIT_BASE),
    *(
        row.FORWARD_REMAINING,
        row.EXIT_REMAINING,
        row.FORWARD_HAZARD,
        row.EXIT_HAZARD,
        row.PEERS,
        row.CONVENED,
        row.LISTED,
    ),
    *(row.PROSPECTS_EARLIER, row.PRESSURE_EARLIER),
    *range(row.RELIANCE, row.RELIANCE + row.N_LAST),
    *range(row.SENSITIVITY, row.SENSITIVITY + row.N_LAST),
]


def table(seed: int) -> np.ndarray:
    """Two blocks of nations with numbers of every kind, on whom no rare feature acts."""
    random = np.random.default_rng(seed)
    cells = random.normal(0.0, 1.5, (N_BLOCKS, N_ROWS, ROW))
    for which in (row.FORWARD_REMAINING, row.EXIT_REMAINING):
        cells[:, which] = random.exponential(1.0, (N_BLOCKS, ROW))
    for which in (row.FORWARD_BASE, row.EXIT_BASE):
        cells[:, which][random.random((N_BLOCKS, ROW)) < 0.5] = CLOSED
    cells[:, row.RELIANCE : row.SENSITIVITY] = random.random((N_BLOCKS, 4, ROW))
    cells[:, row.RELIANCE + row.N_ORDINARY : row.SENSITIVITY] = 0.0
    cells[:, row.CONVENED] = random.random((N_BLOCKS, ROW))
    cells[:, row.LISTED] = 0.0
    cells[:, row.PROSPECTS_EARLIER] = 1.0
    cells[:, row.PRESSURE_EARLIER] = 0.0
    cells[:, row.SENSITIVITY :] = 0.0
    return cells.ravel()


def worlds_of(*tables: np.ndarray, seed: int) -> Worlds:
    """A world for each table, in which conditions and features that all share are the same."""
    nations, names = [f"N{place}" for place in range(N_BLOCKS * ROW)], ("a", "b", "c", "d")
    arrays = arrays_of(small(nations, conditions={name: {"level": 0.5} for name in names}))
    worlds = new_worlds(arrays.structure, arrays.inputs, most=len(tables))
    for lane, cells in enumerate(tables):
        random, world = np.random.default_rng(seed), world_in(worlds, lane)
        for line in (
            MOMENTUM_SHARE,
            DEFECTION_SHARE,
            *(world.at.value + place for place in range(4)),
        ):
            world.shared[shared_cell(line, world)] = random.random()
        world.now.adequacy, world.now.keep_convened = random.random(), 0.8
        world.now.deal, world.now.log_tempo, world.now.has_exits = 0, 0.0, 1
        cells_of(world)[:] = cells
    return worlds


def spent(spend: Any, worlds: Worlds) -> list[tuple[bool, np.ndarray]]:
    """Whether a threshold was crossed in each world, and its table afterwards."""
    n_worlds = len(worlds.now)
    worlds.now.loop = LOOPS[spend.__name__]
    spend(n_worlds, worlds)
    each = [world_in(worlds, lane) for lane in range(n_worlds)]
    return [(bool(world.now.crossed), cells_of(world).copy()) for world in each]


def in_rows(cells: np.ndarray) -> np.ndarray:
    """A table by block, row and lane."""
    return cells.reshape(N_BLOCKS, N_ROWS, ROW)


def assert_same(one: Any, other: Any) -> None:
    """Both crossed or neither did, and their tables are the same bits."""
    assert one[0] == other[0]
    assert np.array_equal(one[1], other[1])


def test_every_row_of_the_table_has_one_use():
    assert sorted(ROWS) == list(range(N_ROWS))


def test_no_two_cells_share_an_index():
    cells = {cell_index(nation, which) for nation in range(3 * ROW) for which in range(N_ROWS)}
    assert cells == set(range(3 * BLOCK))


@FEW
@given(st.integers(0, 2**32))
def test_both_loops_give_the_same_bits_where_the_rare_features_are_zero(seed):
    (full,) = spent(spend_with_rare, worlds_of(table(seed), seed=seed))
    (lean,) = spent(spend_without_rare, worlds_of(table(seed), seed=seed))
    assert_same(full, lean)


@FEW
@given(st.integers(0, 2**32))
def test_the_loop_without_exits_gives_the_same_bits_where_nobody_is_at_risk_of_one(seed):
    cells = table(seed)
    in_rows(cells)[:, row.EXIT_BASE] = CLOSED
    in_rows(cells)[:, row.EXIT_HAZARD] = hazard_of_base(CLOSED)
    (full,) = spent(spend_without_rare, worlds_of(cells, seed=seed))
    (lean,) = spent(spend_forward_only, worlds_of(cells, seed=seed))
    assert_same(full, lean)


@FEW
@given(st.integers(0, 2**32))
def test_where_peers_alone_are_felt_hazards_are_written_with_peers_and_spent_as_they_are(seed):
    cells, stale = table(seed), np.arange(N_BLOCKS * ROW // LANES)
    in_rows(cells)[:, row.FORWARD_WEIGHTS : row.FORWARD_WEIGHTS + N_DAILY] = 0.0
    in_rows(cells)[:, row.FORWARD_WEIGHTS + PEERS] = 2.0
    in_rows(cells)[:, row.CONVENED] = 0.0
    shares = np.random.default_rng(seed).random(N_BLOCKS * ROW)
    alone = cells.copy()
    add_peers(cells, shares, stale, LANES, False)
    add_peers(alone, shares, stale, LANES, True)
    days, crossed = spend_again(alone, N_BLOCKS, ROW, 1)
    ((expected, full),) = spent(spend_forward_only, worlds_of(cells, seed=seed))
    assert (days, crossed) == (1, expected)
    for which in (row.PEERS, row.FORWARD_BASE, row.FORWARD_HAZARD, row.FORWARD_REMAINING):
        assert np.array_equal(in_rows(alone)[:, which], in_rows(full)[:, which])


@FEW
@given(st.integers(0, 2**32), st.sets(st.integers(0, N_BLOCKS * ROW // LANES - 1)))
def test_peers_are_written_in_the_octets_that_are_stale_alone(seed, octets):
    cells, shares = table(seed), np.random.default_rng(seed).random(N_BLOCKS * ROW)
    before = in_rows(cells).copy()
    add_peers(cells, shares, np.array(sorted(octets), dtype=np.int64), LANES, False)
    for nation, share in enumerate(shares):
        block, place = divmod(nation, ROW)
        if nation // LANES in octets:
            assert in_rows(cells)[block, row.PEERS, place] == share
        else:
            assert np.array_equal(in_rows(cells)[block, :, place], before[block, :, place])


@FEW
@given(st.integers(0, 2**32), st.sets(st.integers(0, 4 * ROW - 1)), st.booleans())
def test_octets_in_which_a_threshold_is_crossed_are_found_in_order(seed, nations, leave):
    n_blocks, random = 4, np.random.default_rng(seed)
    cells = random.exponential(1.0, (n_blocks, N_ROWS, ROW))
    for nation in nations:
        which = row.EXIT_REMAINING if leave else row.FORWARD_REMAINING
        cells[nation // ROW, which, nation % ROW] *= -1.0
    octets = np.full(n_blocks * ROW // LANES, -1)
    n_crossed = find_crossed(cells.ravel(), octets, n_blocks, ROW * (1 + leave))
    assert octets[:n_crossed].tolist() == sorted({nation // LANES for nation in nations})


@FEW
@given(st.integers(0, 2**32))
def test_hazards_spent_again_are_those_of_a_day_on_which_nothing_changed(seed):
    cells = table(seed)
    in_rows(cells)[:, row.CONVENED] = 0.0
    in_rows(cells)[:, [row.FORWARD_REMAINING, row.EXIT_REMAINING]] += 100.0
    afresh, again = (worlds_of(cells, seed=seed) for _ in range(2))
    for worlds in (afresh, again):
        spent(spend_without_rare, worlds)
    (expected,) = spent(spend_without_rare, afresh)
    cells = cells_of(world_in(again, 0))
    days, crossed = spend_again(cells, N_BLOCKS, 2 * ROW, 1)
    assert days == 1
    assert_same(expected, (crossed, cells))


@FEW
@given(st.integers(0, 2**32), st.integers(1, 40), st.integers(1, 2))
def test_hazards_are_spent_day_after_day_until_somebody_crosses(seed, at_most, n_moves):
    cells = table(seed)
    in_rows(cells)[:, [row.FORWARD_HAZARD, row.EXIT_HAZARD]] = np.random.default_rng(
        seed
    ).exponential(1e-3, (N_BLOCKS, 2, ROW))
    one_by_one, at_once = cells.copy(), cells.copy()
    days, crossed = 0, False
    while days < at_most and not crossed:
        _, crossed = spend_again(one_by_one, N_BLOCKS, n_moves * ROW, 1)
        days += 1
    assert spend_again(at_once, N_BLOCKS, n_moves * ROW, at_most) == (days, crossed)
    assert np.array_equal(one_by_one, at_once)


@pytest.mark.parametrize(
    "moves", [{"resolve": {"peers": 1}}, {"resolve": {"deal": 1}, "decline": {}}]
)
def test_hazards_that_nothing_changes_are_spent_up_to_the_next_event(moves):
    world = small(
        [{"id": "A", "stage": "talks"}, {"id": "B", "stage": "public"}],
        days=9,
        behaviour={name: {"rate": 1e-9, **felt} for name, felt in moves.items()},
        events=[{"date": 6, "opinion": "all", "shift": 0.1}],
    )
    story = Story(world)
    spent_until = [int(story.go_to(day).world.now.spent_until) for day in range(1, 10)]
    assert spent_until == [1, 5, 5, 5, 5, 6, 9, 9, 9]


@FEW
@given(st.integers(0, 2**32))
@pytest.mark.parametrize(
    "spend",
    [spend_with_rare, spend_without_rare, spend_forward_only],
)
def test_runs_in_step_do_not_see_each_other(spend, seed):
    tables = [table(seed + place) for place in range(3)]
    together = spent(spend, worlds_of(*tables, seed=seed))
    for cells, found in zip(tables, together, strict=True):
        assert_same(found, *spent(spend, worlds_of(cells, seed=seed)))


@pytest.mark.parametrize(
    "spend",
    [spend_with_rare, spend_without_rare, spend_forward_only],
)
def test_a_loop_leaves_the_runs_alone_that_take_another_today(spend):
    worlds = worlds_of(table(1), table(2), seed=1)
    worlds.now.loop = [LOOPS[spend.__name__], -1]
    spend(2, worlds)
    first, second = (cells_of(world_in(worlds, lane)) for lane in range(2))
    assert not np.array_equal(first, table(1))
    assert np.array_equal(second, table(2))


def test_the_full_loop_feels_what_the_lean_one_leaves_out():
    for which, value in ((row.LISTED, 1.0), (row.PRESSURE_EARLIER, 0.5), (row.RELIANCE + 3, 0.5)):
        cells = table(1)
        in_rows(cells)[:, which] = value
        ((_, full),) = spent(spend_with_rare, worlds_of(cells, seed=1))
        ((_, lean),) = spent(spend_without_rare, worlds_of(cells, seed=1))
        assert not np.array_equal(full, lean)


@pytest.mark.parametrize("spend", [spend_with_rare, spend_without_rare])
def test_the_loop_says_whether_any_threshold_was_crossed(spend):
    for crosses in (False, True):
        for which in (row.FORWARD_REMAINING, row.EXIT_REMAINING):
            cells = table(3)
            in_rows(cells)[:, [row.FORWARD_REMAINING, row.EXIT_REMAINING]] = 1e250
            in_rows(cells)[:, [row.FORWARD_BASE, row.EXIT_BASE]] = 0.0
            in_rows(cells)[1, which, 5] = 1e-250 if crosses else 1e250
            ((said, after),) = spent(spend, worlds_of(cells, seed=3))
            assert said == crosses
            assert (in_rows(after)[1, which, 5] < 0.0) == crosses


@pytest.mark.parametrize("spend", [spend_with_rare, spend_without_rare])
def test_meetings_fade_after_they_are_felt(spend):
    cells = table(4)
    ((_, after),) = spent(spend, worlds_of(cells, seed=4))
    felt, left = (in_rows(each)[:, row.CONVENED] for each in (cells, after))
    assert np.array_equal(left, [[faded(x, 0.8) for x in r] for r in felt])


@pytest.mark.skipif(platform.machine() not in {"x86_64", "AMD64"}, reason="names x86 registers")
@pytest.mark.skipif(numba.config.DISABLE_JIT, reason="nothing is compiled")
@pytest.mark.skipif(not HAS_FMA, reason="a fused multiply-add is a call of the C library there")
@pytest.mark.parametrize(
    ("loop", "least"),
    [
        pytest.param(spend_with_rare, 40, marks=pytest.mark.slow),
        (spend_without_rare, 36),  # two hazards a nation: two exp and ten terms
        (spend_forward_only, 18),
    ],
)
def test_the_hot_loop_is_vectorised(loop, least, monkeypatch):
    called = r"(?:mul|fn?m(?:add|sub)\d*)"  # a product, fused with a sum or not
    products = instructions(called, loop, monkeypatch, 1, worlds_of(table(5), seed=5))
    assert not [width for packed, width in products if packed == "s"]
    assert products.count(("p", widest())) >= least


@pytest.mark.skipif(platform.machine() not in {"x86_64", "AMD64"}, reason="names x86 registers")
@pytest.mark.skipif(numba.config.DISABLE_JIT, reason="nothing is compiled")
def test_the_loop_that_spends_again_is_vectorised(monkeypatch):
    found = instructions("sub", spend_again, monkeypatch, table(5), N_BLOCKS, ROW, 1)
    assert ("p", widest()) in found


@pytest.mark.skipif(platform.machine() not in {"x86_64", "AMD64"}, reason="names x86 registers")
@pytest.mark.skipif(numba.config.DISABLE_JIT, reason="nothing is compiled")
@pytest.mark.skipif(not HAS_FMA, reason="a fused multiply-add is a call of the C library there")
def test_the_loop_that_writes_what_follows_from_peers_is_vectorised(monkeypatch):
    shares, octets = np.zeros(N_BLOCKS * ROW), np.arange(N_BLOCKS * ROW // LANES)
    called = r"fn?m(?:add|sub)\d*"
    found = instructions(called, add_peers, monkeypatch, table(5), shares, octets, LANES, True)
    assert found.count(("p", widest())) >= 10


def instructions(name, loop, monkeypatch, *arguments):
    """Instructions of a name: whether each is packed or single, and the width of its registers.

    Compiled afresh: of code from the disk cache the assembly cannot be read.
    """
    monkeypatch.setattr("sim.core.compiled.cache_folders", lambda: CacheFolders((), None, ()))
    fresh = compiled(loop.py_func)
    fresh(*arguments)
    (assembly,) = fresh.inspect_asm().values()
    return re.findall(rf"^\s+v?{name}([sp])d\s.*?%?([xyz])mm", assembly, re.MULTILINE)


def widest():
    """The letter of the widest registers of the processor."""
    return "z" if has("avx512f") else "y" if has("avx") else "x"
