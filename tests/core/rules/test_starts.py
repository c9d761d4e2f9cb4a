"""The stage that a nation starts in."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.core.elementary import log
from sim.core.rules.starts import chance_in_play, initial_stage, stage_by_law
from sim.core.stages import OUTSIDE, STAGES, TALKS, WILLING, Traits
from tests.core.pace import ANY

LARGEST_UNIFORM = 1 - 2.0**-53


def test_a_start_of_two_stages_worked_by_hand():
    cumulative = np.array([0.0, 0.6, 1.0, 1.0, 1.0, 1.0, 1.0])
    assert initial_stage(2.0**-53, cumulative) == TALKS
    assert initial_stage(np.nextafter(0.6, 0), cumulative) == TALKS
    assert initial_stage(0.6, cumulative) == WILLING
    assert initial_stage(LARGEST_UNIFORM, cumulative) == WILLING


@pytest.mark.parametrize("stage", range(len(STAGES)))
def test_a_sure_stage_is_drawn_by_every_number(stage):
    cumulative = np.array([0.0] * stage + [1.0] * (len(STAGES) - stage))
    for uniform in (2.0**-53, 0.5, LARGEST_UNIFORM):
        assert initial_stage(uniform, cumulative) == stage


@ANY
@given(st.lists(st.integers(0, 8), min_size=7, max_size=7).filter(any), st.integers(0, 2**20))
def test_each_stage_is_drawn_over_a_stretch_as_long_as_its_chance(weights, step):
    cumulative = np.cumsum(weights) / sum(weights)
    uniform = (step + 0.5) / (2**20 + 1)
    stage = initial_stage(uniform, cumulative)
    below = cumulative[stage - 1] if stage else 0.0
    assert below <= uniform < cumulative[stage]


NEUTRAL = Traits(*(0.0,) * len(Traits._fields))


def test_the_initial_law_worked_by_hand():
    """Odds 1 and a share of 1/4: 1/8 willing, 3/8 in talks, 1/2 outside."""
    chance = chance_in_play(log(1.0), NEUTRAL, NEUTRAL)
    assert chance == 0.5
    assert stage_by_law(np.nextafter(0.125, 0), chance, 0.25) == WILLING
    assert stage_by_law(0.125, chance, 0.25) == TALKS
    assert stage_by_law(np.nextafter(0.5, 0), chance, 0.25) == TALKS
    assert stage_by_law(0.5, chance, 0.25) == OUTSIDE


def test_log_odds_add_up_coefficients_times_fixed_features():
    """Odds 3, times e^(2 * 0.25) of a bond of 3/4, times e^(-1 * 0.5) of a disposition of 1/2."""
    weights = NEUTRAL._replace(bond=2.0, disposition=-1.0, climate=5.0)
    traits = NEUTRAL._replace(bond=0.25, disposition=0.5, stake=0.4)
    assert chance_in_play(log(3.0), weights, traits) == pytest.approx(0.75, rel=1e-15)
    without = chance_in_play(log(3.0), weights._replace(disposition=0.0), traits)
    odds = 3.0 * np.exp(0.5)
    assert without == pytest.approx(odds / (1.0 + odds), rel=1e-15)


@pytest.mark.parametrize("uniform", [2.0**-53, 0.5, LARGEST_UNIFORM])
def test_the_limits_of_the_initial_law_are_certain(uniform):
    sure = chance_in_play(log(1e100), NEUTRAL, NEUTRAL)
    never = chance_in_play(log(1e-100), NEUTRAL, NEUTRAL)
    assert stage_by_law(uniform, sure, 1.0) == WILLING
    assert stage_by_law(uniform, sure, 0.0) == TALKS
    assert stage_by_law(uniform, never, 1.0) == OUTSIDE


SHARES = st.floats(0, 1)


@ANY
@given(st.integers(0, 2**20), *(st.tuples(SHARES, SHARES).map(sorted) for _ in range(3)))
def test_a_higher_feature_chance_or_share_never_lowers_the_stage(step, bonds, shares, odds):
    uniform = (step + 0.5) / (2**20 + 1)
    weights = NEUTRAL._replace(bond=3.0)
    chances = [
        chance_in_play(log(each + 0.1), weights, NEUTRAL._replace(bond=bond))
        for each, bond in zip(odds, bonds, strict=True)
    ]
    assert chances[0] <= chances[1]
    first, second = (
        stage_by_law(uniform, chance, share) for chance, share in zip(chances, shares, strict=True)
    )
    assert first <= second
