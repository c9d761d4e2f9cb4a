"""Arrays that a scenario keeps, and hands on to one that differs from it in a number."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

from sim.engines.block_runner import same_structure
from sim.scenario.arrays.kept import kept_arrays
from sim.scenario.arrays.numbers import Arrays, arrays_of
from sim.scenario.load import load_scenario
from sim.scenario.schema import Scenario
from tests.scenario.unchecked import LeftToAllChecksError, without_all_checks


@pytest.fixture
def scenario() -> Scenario:
    found = load_scenario("paris_2025")
    arrays_of(found)
    return found


def are_same(arrays: Arrays, other: Arrays) -> bool:
    """Whether all of them are the same to the bit."""
    bits = [[each.vector.tobytes(), each.force_top.tobytes()] for each in (arrays, other)]
    has_capacity = arrays.has_capacity == other.has_capacity
    return bits[0] == bits[1] and has_capacity and same_structure(arrays, other)


def of_a_stranger(scenario: Scenario) -> Arrays:
    """Arrays of a copy, which has none."""
    return arrays_of(pickle.loads(pickle.dumps(scenario)))


def test_a_scenario_is_turned_into_arrays_once(scenario):
    assert arrays_of(scenario) is arrays_of(scenario)


def test_every_number_is_written_as_if_all_were_written_anew(scenario):
    """Of changes that go through all checks, nothing is handed on."""
    n_handed_on = 0
    for place, parameter in enumerate(scenario.parameters()):
        for value in (0.25, 1.0, 3)[place % 3 :: 2]:
            try:
                with without_all_checks():
                    changed = scenario.with_value(parameter.path, value)
            except LeftToAllChecksError:
                continue
            n_handed_on += kept_arrays(changed) is not None
            assert are_same(arrays_of(changed), of_a_stranger(changed)), parameter.path
    assert n_handed_on > 500


def test_changes_add_up_along_a_chain(scenario):
    changed = scenario.with_value("nations.*.stake", 0.3).with_value("nations.POL.stake", 0.7)
    changed = arrays_of(changed) and changed.with_changes({"tempo": 2.0, "nations.FRA.bond": 0.1})
    kept = kept_arrays(changed)
    assert kept is not None
    assert len(kept.numbers) == 2
    assert are_same(arrays_of(changed), of_a_stranger(changed))


@pytest.mark.parametrize("path", ["ties.base", "nations.DEU.support", "days"])
def test_what_changes_more_than_a_number_is_written_anew(path, scenario):
    random = scenario.with_value("nations.DEU.support", {"uniform": [0.2, 0.4]})
    arrays_of(random)
    value = {"ties.base": 2.0, "nations.DEU.support": 0.3, "days": 90}[path]
    changed = random.with_value(path, value)
    assert kept_arrays(changed) is None
    assert are_same(arrays_of(changed), of_a_stranger(changed))


def test_copies_do_not_take_arrays_over(scenario):
    copies = [copy.copy(scenario), copy.deepcopy(scenario), pickle.loads(pickle.dumps(scenario))]
    for other in [*copies, scenario.model_copy(update={"days": 3})]:
        assert kept_arrays(other) is None
    assert copies[0] == scenario
    assert len(pickle.dumps(scenario)) < 2 * len(pickle.dumps(load_scenario("paris_2025")))
    assert np.array_equal(arrays_of(copies[1]).vector, arrays_of(scenario).vector, equal_nan=True)


def test_kept_arrays_are_read_only(scenario):
    for each in (scenario, scenario.with_value("tempo", 2.0)):
        arrays = arrays_of(each)
        parts = [arrays.vector, arrays.force_top, *arrays.inputs, *parts_of(arrays.structure)]
        assert len(parts) > 30
        assert not any(part.flags.writeable for part in parts)


def parts_of(record: object) -> list[np.ndarray]:
    """All arrays of a record of records."""
    if isinstance(record, tuple):
        return [part for each in record for part in parts_of(each)]
    return [record] if isinstance(record, np.ndarray) else []
