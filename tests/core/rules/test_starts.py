"""The stage that a nation starts in."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.core.rules.starts import initial_stage
from sim.core.stages import STAGES, TALKS, WILLING
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
