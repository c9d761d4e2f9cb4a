"""The table of the hazard loop: its rows, its loops, its machine code."""

from __future__ import annotations

import platform
import re

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.core.compiled import CacheFolders, compiled
from sim.core.kernel import features as row
from sim.core.kernel.features import BLOCK, LANES, N_ROWS, LastConditions, cell_index
from sim.core.kernel.hazards import (
    spend_again,
    spend_forward_only,
    spend_with_rare,
    spend_without_rare,
)
from sim.core.rules.influence import faded
from sim.core.stages import N_DAILY, Features
from tests.core.pace import FEW

N_BLOCKS = 2
ROWS = [
    *range(row.FORWARD_WEIGHTS, row.FORWARD_WEIGHTS + N_DAILY),
    *range(row.EXIT_WEIGHTS, row.EXIT_WEIGHTS + N_DAILY),
    *(row.FORWARD_STANDING, row.EXIT_STANDING, row.FORWARD_AT_RISK, row.EXIT_AT_RISK),
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
    cells = random.normal(0.0, 1.5, (N_BLOCKS, N_ROWS, LANES))
    for which in (row.FORWARD_REMAINING, row.EXIT_REMAINING):
        cells[:, which] = random.exponential(1.0, (N_BLOCKS, LANES))
    for which in (row.FORWARD_AT_RISK, row.EXIT_AT_RISK):
        cells[:, which] = random.integers(0, 2, (N_BLOCKS, LANES))
    cells[:, row.RELIANCE : row.SENSITIVITY] = random.random((N_BLOCKS, 4, LANES))
    cells[:, row.RELIANCE + row.N_ORDINARY : row.SENSITIVITY] = 0.0
    cells[:, row.CONVENED] = random.random((N_BLOCKS, LANES))
    cells[:, row.LISTED] = 0.0
    cells[:, row.PROSPECTS_EARLIER] = 1.0
    cells[:, row.PRESSURE_EARLIER] = 0.0
    cells[:, row.SENSITIVITY :] = 0.0
    return cells.ravel()


def today(seed: int, **parts: float) -> tuple[LastConditions, Features]:
    """Conditions and features that are the same for all nations; those not named are 0."""
    random = np.random.default_rng(seed)
    momentum, defection, adequacy = random.random(3)
    shared = Features(*[0.0] * N_DAILY)
    shared = shared._replace(momentum=momentum, defection=defection, adequacy=adequacy)
    return LastConditions(*random.random(4)), shared._replace(**parts)


def test_every_row_of_the_table_has_one_use():
    assert sorted(ROWS) == list(range(N_ROWS))


def test_no_two_cells_share_an_index():
    cells = {cell_index(nation, which) for nation in range(3 * LANES) for which in range(N_ROWS)}
    assert cells == set(range(3 * BLOCK))


@FEW
@given(st.integers(0, 2**32))
def test_both_loops_give_the_same_bits_where_the_rare_features_are_zero(seed):
    full, lean = table(seed), table(seed)
    conditions, shared = today(seed)
    crossed = spend_with_rare(full, N_BLOCKS, conditions, shared, 0.8)
    assert crossed == spend_without_rare(lean, N_BLOCKS, conditions, shared, 0.8)
    assert np.array_equal(full, lean)


@FEW
@given(st.integers(0, 2**32))
def test_the_loop_without_exits_gives_the_same_bits_where_nobody_is_at_risk_of_one(seed):
    full, lean = table(seed), table(seed)
    for cells in (full, lean):
        in_rows = cells.reshape(N_BLOCKS, N_ROWS, LANES)
        in_rows[:, [row.EXIT_AT_RISK, row.EXIT_HAZARD]] = 0.0
    conditions, shared = today(seed)
    crossed = spend_without_rare(full, N_BLOCKS, conditions, shared, 0.8)
    assert crossed == spend_forward_only(lean, N_BLOCKS, conditions, shared, 0.8)
    assert np.array_equal(full, lean)


@FEW
@given(st.integers(0, 2**32))
def test_hazards_spent_again_are_those_of_a_day_on_which_nothing_changed(seed):
    afresh, again = table(seed), table(seed)
    conditions, shared = today(seed)
    for cells in (afresh, again):
        in_rows = cells.reshape(N_BLOCKS, N_ROWS, LANES)
        in_rows[:, row.CONVENED] = 0.0
        in_rows[:, [row.FORWARD_REMAINING, row.EXIT_REMAINING]] += 100.0
        spend_without_rare(cells, N_BLOCKS, conditions, shared, 0.8)
    crossed = spend_without_rare(afresh, N_BLOCKS, conditions, shared, 0.8)
    assert crossed == spend_again(again, N_BLOCKS, 2 * LANES)
    assert np.array_equal(afresh, again)


def test_the_full_loop_feels_what_the_lean_one_leaves_out():
    for which, value in ((row.LISTED, 1.0), (row.PRESSURE_EARLIER, 0.5), (row.RELIANCE + 3, 0.5)):
        full, lean = table(1), table(1)
        for cells in (full, lean):
            cells.reshape(N_BLOCKS, N_ROWS, LANES)[:, which] = value
        conditions, shared = today(1)
        spend_with_rare(full, N_BLOCKS, conditions, shared, 0.8)
        spend_without_rare(lean, N_BLOCKS, conditions, shared, 0.8)
        assert not np.array_equal(full, lean)


@pytest.mark.parametrize("spend", [spend_with_rare, spend_without_rare])
def test_the_loop_says_whether_any_threshold_was_crossed(spend):
    conditions, shared = today(3)
    for crosses in (False, True):
        for which in (row.FORWARD_REMAINING, row.EXIT_REMAINING):
            cells = table(3).reshape(N_BLOCKS, N_ROWS, LANES)
            cells[:, [row.FORWARD_REMAINING, row.EXIT_REMAINING]] = 1e250
            cells[:, [row.FORWARD_AT_RISK, row.EXIT_AT_RISK]] = 1.0
            cells[1, which, 5] = 1e-250 if crosses else 1e250
            said = spend(cells.ravel(), N_BLOCKS, conditions, shared, 0.8)
            assert bool(said) == crosses
            assert (cells[1, which, 5] < 0.0) == crosses


@pytest.mark.parametrize("spend", [spend_with_rare, spend_without_rare])
def test_meetings_fade_after_they_are_felt(spend):
    cells = table(4)
    before = cells.reshape(N_BLOCKS, N_ROWS, LANES)[:, row.CONVENED].copy()
    spend(cells, N_BLOCKS, *today(4), 0.8)
    after = cells.reshape(N_BLOCKS, N_ROWS, LANES)
    assert np.array_equal(after[:, row.CONVENED], [[faded(x, 0.8) for x in r] for r in before])


@pytest.mark.skipif(platform.machine() not in {"x86_64", "AMD64"}, reason="names x86 registers")
@pytest.mark.skipif(numba.config.DISABLE_JIT, reason="nothing is compiled")
@pytest.mark.parametrize(
    ("loop", "least"),
    [
        pytest.param(spend_with_rare, 40, marks=pytest.mark.slow),
        (spend_without_rare, 40),  # two hazards a nation: two exp and eighteen terms
        (spend_forward_only, 20),
    ],
)
def test_the_hot_loop_is_vectorised(loop, least, monkeypatch):
    products = instructions("mul", loop, monkeypatch, table(5), N_BLOCKS, *today(5), 0.8)
    assert not [width for packed, width in products if packed == "s"]
    assert products.count(("p", widest())) >= least


@pytest.mark.skipif(platform.machine() not in {"x86_64", "AMD64"}, reason="names x86 registers")
@pytest.mark.skipif(numba.config.DISABLE_JIT, reason="nothing is compiled")
def test_the_loop_that_spends_again_is_vectorised(monkeypatch):
    found = instructions("sub", spend_again, monkeypatch, table(5), N_BLOCKS, 2 * LANES)
    assert ("p", widest()) in found


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


def has(feature):
    """Whether the code is compiled for a processor with a feature, such as wider registers."""
    chosen = numba.config.CPU_FEATURES
    features = numba.core.codegen.get_host_cpu_features() if chosen is None else chosen
    return f"+{feature}" in features.split(",")
