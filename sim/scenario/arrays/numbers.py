"""A scenario as the arrays that the rules and the engines read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import nan, prod
from typing import Any

import numpy as np

from sim.core.draws import stable_key, stable_keys
from sim.core.layout import Goals, Inputs, Reals, Structure
from sim.core.rules.pledges import FORCE_UNIT
from sim.core.stages import OUTSIDE, STAGES
from sim.scenario.arrays.calendar import event_arrays
from sim.scenario.arrays.kept import KeptArrays, keep, kept_arrays
from sim.scenario.arrays.quorums import quorum_arrays
from sim.scenario.arrays.random import (
    RandomInput,
    RandomInputs,
    drawn_values,
    median,
    random_input,
)
from sim.scenario.arrays.slots import columns_of, input_layout, slots_of
from sim.scenario.arrays.ties import group_arrays, tie_arrays
from sim.scenario.distribution import Distribution, upper_end
from sim.scenario.events import event_keys
from sim.scenario.parts import Success
from sim.scenario.schema import Scenario


@dataclass(frozen=True, eq=False)
class Arrays:
    """One scenario for the engines; its arrays are read-only, as many runs share them.

    Attributes
    ----------
    structure : Structure
    vector : ndarray, shape (n_inputs,)
        The flat inputs; a drawn one is not a number until a run draws it.
    inputs : Inputs
        Views into `vector`.
    drawn : RandomInputs
    force_top : ndarray, shape (n_kinds + 1,), force units
        Most that each kind, and all together, can come to.
    has_capacity : bool
        Whether any nation may have something to give.
    slots : dict of str to int
        Where each number lies in the flat inputs, by the key of its draws; empty until asked for.
    """

    structure: Structure
    vector: Reals
    inputs: Inputs
    drawn: RandomInputs
    force_top: Reals
    has_capacity: bool
    slots: dict[str, int] = field(default_factory=dict)


def input_views(vector: Reals, shapes: Iterable[tuple[int, ...]]) -> Inputs:
    """Return the parts of flat inputs, which lie one behind another, as views."""
    begin, parts = 0, []
    for shape in shapes:
        end = begin + prod(shape)
        parts.append(vector[begin:end].reshape(shape))
        begin = end
    return Inputs(*parts)


def inputs_at_medians(scenario: Scenario) -> Inputs:
    """Return a scenario's inputs, those that are drawn at the medians of their distributions."""
    arrays = arrays_of(scenario)
    vector = arrays.vector.copy()
    for each in arrays.drawn:
        vector[each.slot] = median(each.distribution)
    return input_views(vector, (part.shape for part in arrays.inputs))


def stage_chances(scenario: Scenario) -> Reals:
    """Return the cumulative chance of each initial stage, shape (n_nations, 7).

    A nation whose stage the initial law draws counts as outside until then.
    """
    outside = {STAGES[OUTSIDE]: 1.0}
    given = (outside if nation.is_by_law else nation.stage for nation in scenario.nations)
    chance = [stages.get(stage, 0.0) for stages in given for stage in STAGES]
    cumulative = np.cumsum(np.array(chance).reshape(-1, len(STAGES)), axis=1)
    cumulative /= cumulative[:, -1:]
    reached = cumulative >= cumulative[:, -1:]
    cumulative[reached] = 1.0
    return cumulative


def start_pledges(scenario: Scenario) -> Reals:
    """Return the pledges stated for day 0, shape (n_nations, n_kinds), units."""
    pledges = np.full((len(scenario.nations), len(scenario.contributions)), np.nan)
    for row, nation in zip(pledges, scenario.nations, strict=True):
        if nation.pledge is not None:
            row[:] = [nation.pledge.get(kind, 0.0) for kind in scenario.contributions]
    return pledges


def goals_of(scenario: Scenario) -> Goals:
    """Return what the scenario calls success."""
    success = scenario.success
    is_set = int(success is not None)
    success = success or Success(hold=1)
    least = [success.conditions.get(name, -1.0) for name in scenario.conditions]
    most = [success.at_most.get(name, 2.0) for name in scenario.conditions]
    members = [nation.id in success.members for nation in scenario.nations]
    return Goals(
        is_set=is_set,
        public_size=-1 if success.public_size is None else success.public_size,
        requirement_share=_least(success.requirement_share),
        groups_covered=_least(success.groups_covered),
        kinds_covered=_least(success.kinds_covered),
        capacity_public=_least(success.capacity_public),
        members=np.array(members, dtype=np.int64),
        conditions=np.array(least, dtype=np.float64),
        at_most=np.array(most, dtype=np.float64),
        hold=success.hold,
    )


def _least(share: float | None) -> float:
    return -1.0 if share is None else share


def force_tops(scenario: Scenario) -> Reals:
    """Return the most force of each kind and in all, 1 where there is none, shape (K + 1,)."""
    tops = [
        upper_end(contribution.weight)
        * added_up(upper_end(nation.capacity.get(kind, 0.0)) for nation in scenario.nations)
        for kind, contribution in scenario.contributions.items()
    ]
    return np.array([top if top > FORCE_UNIT else 1.0 for top in [*tops, added_up(tops)]])


def added_up(numbers: Iterable[float]) -> float:
    """Return the sum, one number after another; that of `sum` is another from Python 3.12 on."""
    total = 0.0
    for number in numbers:
        total += number
    return total


def structure_of(scenario: Scenario, begin: Mapping[str, int], keys: Sequence[str]) -> Structure:
    """Return what is the same in every run; `begin` and `keys` as for `columns_of`."""
    return Structure(
        n_days=scenario.days,
        nation_key=stable_keys(f"nations.{nation.id}" for nation in scenario.nations),
        condition_key=stable_keys(f"conditions.{name}" for name in scenario.conditions),
        kind_key=stable_keys(f"contributions.{kind}" for kind in scenario.contributions),
        climate_key=stable_key("climate"),
        stage_chance=stage_chances(scenario),
        by_law=np.array([nation.is_by_law for nation in scenario.nations], dtype=np.int64),
        start_pledge=start_pledges(scenario),
        ties=tie_arrays(scenario),
        groups=group_arrays(scenario),
        events=event_arrays(scenario, keys),
        goals=goals_of(scenario),
        quorums=quorum_arrays(scenario, begin),
    )


def arrays_of(scenario: Scenario) -> Arrays:
    """Return a scenario as arrays, which it keeps."""
    kept = kept_arrays(scenario)
    if kept is not None and not kept.numbers:
        assert kept.arrays is not None
        return kept.arrays
    arrays = None if kept is None else _with_numbers(kept, scenario)
    arrays = arrays or _new_arrays(scenario)
    keep(scenario, arrays)
    return arrays


def _with_numbers(kept: KeptArrays, scenario: Scenario) -> Arrays | None:
    """The arrays of a scenario that differs in some numbers; None if one has no place in them."""
    before = kept.arrays
    assert before is not None
    if not before.slots:
        before.slots.update(slots_of(scenario))
    if not before.slots.keys() >= kept.numbers.keys():
        return None
    vector = before.vector.copy()
    for key, number in kept.numbers.items():
        vector[before.slots[key]] = number
    make_read_only(vector)
    return replace(
        before,
        vector=vector,
        inputs=input_views(vector, (part.shape for part in before.inputs)),
        force_top=make_read_only(force_tops(scenario)),
        has_capacity=scenario.has_capacity,
    )


def _new_arrays(scenario: Scenario) -> Arrays:
    shapes, begin, length = input_layout(scenario)
    event_texts = event_keys(scenario.events)
    flat: list[Any] = [0.0] * length
    drawn = list[RandomInput]()
    for column in columns_of(scenario, begin, event_texts):
        slots, numbers = column.slots, column.numbers
        if not {float}.issuperset(map(type, numbers)):
            drawn += (
                random_input(slots[place], column.key(place), number)
                for place, number in enumerate(numbers)
                if isinstance(number, Distribution)
            )
            numbers = [nan if isinstance(number, Distribution) else number for number in numbers]
        if isinstance(slots, range):
            flat[slots.start : slots.stop : slots.step] = numbers
        else:
            for slot, number in zip(slots, numbers, strict=True):
                flat[slot] = number
    vector = make_read_only(np.array(flat))
    return Arrays(
        structure=make_read_only(structure_of(scenario, begin, event_texts)),
        vector=vector,
        inputs=input_views(vector, shapes.values()),
        drawn=RandomInputs(drawn),
        force_top=make_read_only(force_tops(scenario)),
        has_capacity=scenario.has_capacity,
    )


def make_read_only(part: Any) -> Any:
    """Make an array, or all arrays of a named tuple, read-only; return it."""
    if isinstance(part, np.ndarray):
        part.setflags(write=False)
    elif isinstance(part, tuple):
        for each in part:
            make_read_only(each)
    return part


def inputs_of_run(arrays: Arrays, seed: int, run: int) -> Inputs:
    """Return the inputs of one run, drawn numbers included: views into a vector of its own.

    They are read-only: a model reads most of them once, so that a later change would not count.
    """
    vector = arrays.vector.copy()
    slots, value = drawn_values(arrays.drawn, seed, run, 1)
    vector[slots] = value[0]
    return input_views(make_read_only(vector), (part.shape for part in arrays.inputs))
