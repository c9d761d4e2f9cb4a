"""The index of each number of a scenario in the flat inputs, under the key of its draws.

This is the one table of places: `sim.scenario.arrays.numbers` writes the flat inputs through it,
and `Parameter.slots` reads it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import accumulate
from typing import Any

from sim.core.stages import (
    EXIT_MOVES,
    FEATURES,
    FORWARD_MOVES,
    N_FEATURES,
    N_STAGES,
    N_TRAITS,
    STAGES,
    Traits,
)
from sim.scenario.behaviour import Behaviour, Move
from sim.scenario.events import event_keys
from sim.scenario.fields import Number
from sim.scenario.joint_draws import JointStages
from sim.scenario.quorums import quorum_terms

Written = tuple[int, Number, str]
"""Slot of a number in the flat inputs, the number, and the key of its draws."""


def input_shapes(scenario: Any) -> dict[str, tuple[int, ...]]:
    """Return the shape of every part of the inputs, in the order of `sim.core.layout.Inputs`."""
    n, c = len(scenario.nations), len(scenario.conditions)
    k, e = len(scenario.contributions), len(scenario.events)
    return {
        **dict.fromkeys(("stake", "support", "bond", "capability", "threshold"), (n,)),
        **dict.fromkeys(("reliance", "sensitivity"), (c, n)),
        "capacity": (n, k),
        **dict.fromkeys(("level", "start", "speed", "volatility"), (c,)),
        **dict.fromkeys(("to_force", "to_public_share"), (c,)),
        "response": (c, c),
        **dict.fromkeys(("weight", "cost", "aversion", "spread"), (k,)),
        "commitment": (6,),
        "memory": (4,),
        "tempo": (1,),
        "rate": (N_STAGES, 2),
        "coefficient": (N_STAGES, 2, N_FEATURES),
        "initial": (2 + N_TRAITS,),
        "event_date": (e,),
        "event": (e, 2),
        "quorum": (len(quorum_terms(scenario)),),
        "given_climate": (1,),
        **dict.fromkeys(("given_disposition", "given_stage"), (n,)),
    }


def input_begins(scenario: Any) -> dict[str, int]:
    """Return the index in the flat inputs at which each part begins."""
    shapes = input_shapes(scenario)
    ends = accumulate(map(math.prod, shapes.values()), initial=0)
    return dict(zip(shapes, ends, strict=False))  # each begins where the one before it ends


def slots_of(scenario: Any) -> dict[str, int]:
    """Return the index in the flat inputs of every number of a scenario, by key."""
    return {key: slot for slot, _, key in written_numbers(scenario)}


def written_numbers(scenario: Any) -> Iterator[Written]:
    """Yield every number of a scenario that the flat inputs hold."""
    begin = input_begins(scenario)
    for number, nation in enumerate(scenario.nations):
        yield from _nation_numbers(begin, number, nation, scenario)
    yield from _condition_numbers(begin, scenario)
    for kind, (name, contribution) in enumerate(scenario.contributions.items()):
        for field in ("weight", "cost", "aversion", "spread"):
            yield begin[field] + kind, getattr(contribution, field), f"contributions.{name}.{field}"
    for part, fields in (
        ("commitment", ("requirement", "value", "scale", "convexity", "token", "demand")),
        ("memory", ("momentum", "defection", "convened", "fatigue")),
    ):
        for index, field in enumerate(fields):
            yield begin[part] + index, getattr(getattr(scenario, part), field), f"{part}.{field}"
    yield begin["tempo"], scenario.tempo, "tempo"
    yield begin["given_climate"], _or_nan(scenario.climate), "climate"
    for stage, side, path, move in moves_by_stage(scenario.behaviour):
        row = 2 * stage + side
        yield begin["rate"] + row, move.rate, f"{path}.rate"
        for index, feature in enumerate(FEATURES, begin["coefficient"] + row * N_FEATURES):
            yield index, getattr(move, feature), f"{path}.{feature}"
    yield from _law_numbers(begin, scenario.behaviour)
    yield from _event_numbers(begin, scenario)
    for index, term in enumerate(quorum_terms(scenario), begin["quorum"]):
        yield index, term.least, term.key


def _law_numbers(begin: dict[str, int], behaviour: Behaviour) -> Iterator[Written]:
    """Yield the numbers of the initial law, if the behaviour names one."""
    law = behaviour.initial
    if law is None:
        return
    for index, field in enumerate(("odds", *Traits._fields), begin["initial"]):
        yield index, getattr(law.talks, field), f"behaviour.initial.talks.{field}"
    share = begin["initial"] + 1 + N_TRAITS
    yield share, law.willing.share, "behaviour.initial.willing.share"


def _event_numbers(begin: dict[str, int], scenario: Any) -> Iterator[Written]:
    """Yield the numbers of all events, and the dates that are drawn."""
    keys = event_keys(scenario.events)
    for row, (event, key) in enumerate(zip(scenario.events, keys, strict=True)):
        if (drawn := event.drawn_date) is not None:
            yield begin["event_date"] + row, drawn, f"{key}.date"
        for index, field in enumerate(event.numbers, begin["event"] + 2 * row):
            yield index, getattr(event, field), f"{key}.{field}"


def _nation_numbers(
    begin: dict[str, int], number: int, nation: Any, scenario: Any
) -> Iterator[Written]:
    """Yield the numbers of one nation."""
    path, n_nations = f"nations.{nation.id}", len(scenario.nations)
    for field in ("stake", "support", "bond", "capability", "threshold"):
        yield begin[field] + number, getattr(nation, field), f"{path}.{field}"
    disposition = _or_nan(nation.disposition)
    yield begin["given_disposition"] + number, disposition, f"{path}.disposition"
    stage = nation.stage.number if isinstance(nation.stage, JointStages) else math.nan
    yield begin["given_stage"] + number, stage, f"{path}.stage"
    for row, name in enumerate(scenario.conditions):
        for field in ("reliance", "sensitivity"):
            value = getattr(nation, field).get(name, 0.0)
            yield begin[field] + row * n_nations + number, value, f"{path}.{field}.{name}"
    first = begin["capacity"] + number * len(scenario.contributions)
    for index, name in enumerate(scenario.contributions, first):
        yield index, nation.capacity.get(name, 0.0), f"{path}.capacity.{name}"


def _condition_numbers(begin: dict[str, int], scenario: Any) -> Iterator[Written]:
    """Yield the numbers of all conditions."""
    n_conditions = len(scenario.conditions)
    for number, (name, condition) in enumerate(scenario.conditions.items()):
        path = f"conditions.{name}"
        for field in ("level", "speed", "volatility"):
            yield begin[field] + number, getattr(condition, field), f"{path}.{field}"
        yield begin["start"] + number, _or_nan(condition.start), f"{path}.start"
        responds = condition.responds
        for other in ("force", "public_share"):
            slot = begin[f"to_{other}"] + number
            yield slot, responds.get(other, 0.0), f"{path}.responds.{other}"
        first = begin["response"] + number * n_conditions
        for slot, other in enumerate(scenario.conditions, first):
            yield slot, responds.get(other, 0.0), f"{path}.responds.{other}"


def _or_nan(number: Number | None) -> Number:
    """A number that may be given, as the flat inputs have it."""
    return math.nan if number is None else number


def moves_by_stage(behaviour: Behaviour) -> list[tuple[int, int, str, Move]]:
    """Return (stage, 0 forward or 1 exit, path, move) for every move that is named."""
    found: list[tuple[int, int, str, Move]] = []
    for stage, name in enumerate(FORWARD_MOVES):
        move = getattr(behaviour, "return_" if name == "return" else name) if name else None
        if move is not None:
            found.append((stage, 0, f"behaviour.{name}", move))
    for stage, name in enumerate(EXIT_MOVES):
        move = getattr(getattr(behaviour, name), STAGES[stage]) if name else None
        if move is not None:
            found.append((stage, 1, f"behaviour.{name}.{STAGES[stage]}", move))
    return found
