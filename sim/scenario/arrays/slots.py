"""The index of each number of a scenario in the flat inputs, under the key of its draws.

This is the one table of places: `sim.scenario.arrays.numbers` writes the flat inputs through it,
and `Parameter.slots` reads it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate
from operator import attrgetter
from typing import Any, NamedTuple

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

NATION_NUMBERS = ("stake", "support", "bond", "capability", "threshold")

_features = attrgetter(*FEATURES)


class Column(NamedTuple):
    """Numbers of the flat inputs whose keys differ in one step.

    Attributes
    ----------
    slots : sequence of int
    numbers : sequence of float or Distribution
    before, after : str
        What the keys have before that step, and after it.
    steps : sequence of str
        That step of each key.
    """

    slots: Sequence[int]
    numbers: Sequence[Number]
    before: str
    steps: Sequence[str]
    after: str = ""

    def key(self, place: int) -> str:
        """Key of the draws of one of the numbers, by its place among them."""
        return f"{self.before}{self.steps[place]}{self.after}"


class InputLayout(NamedTuple):
    """Where the parts of the inputs lie in the flat ones.

    Attributes
    ----------
    shapes : mapping of str to tuple of int
        In the order of `sim.core.layout.Inputs`.
    begins : mapping of str to int
    length : int
        Of the flat inputs.
    """

    shapes: Mapping[str, tuple[int, ...]]
    begins: Mapping[str, int]
    length: int


def input_layout(scenario: Any) -> InputLayout:
    """Return where the parts of a scenario's inputs lie in the flat ones."""
    return _layout(
        len(scenario.nations),
        len(scenario.conditions),
        len(scenario.contributions),
        len(scenario.events),
        len(quorum_terms(scenario)),
    )


@lru_cache(maxsize=16)
def _layout(n: int, c: int, k: int, e: int, q: int) -> InputLayout:
    """The layout for so many nations, conditions, kinds, events and terms of quorums."""
    shapes = {
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
        "quorum": (q,),
        "given_climate": (1,),
        **dict.fromkeys(("given_disposition", "given_stage"), (n,)),
    }
    *begins, length = accumulate(map(math.prod, shapes.values()), initial=0)
    return InputLayout(shapes, dict(zip(shapes, begins, strict=True)), length)


def slots_of(scenario: Any) -> dict[str, int]:
    """Return the index in the flat inputs of every number of a scenario, by key."""
    begin, keys = input_layout(scenario).begins, event_keys(scenario.events)
    return {
        column.key(place): slot
        for column in columns_of(scenario, begin, keys)
        for place, slot in enumerate(column.slots)
    }


def columns_of(scenario: Any, begin: Mapping[str, int], keys: Sequence[str]) -> Iterator[Column]:
    """Yield every number of a scenario that the flat inputs hold.

    Parameters
    ----------
    scenario : Scenario
    begin : mapping of str to int
        From `input_layout`.
    keys : sequence of str
        From `event_keys`, of its events.
    """
    yield from _nation_columns(begin, scenario)
    yield from _condition_columns(begin, scenario.conditions)
    kinds = list(scenario.contributions)
    for field in ("weight", "cost", "aversion", "spread"):
        numbers = [getattr(each, field) for each in scenario.contributions.values()]
        yield _column(begin[field], numbers, "contributions.", kinds, f".{field}")
    for part, fields in (
        ("commitment", ("requirement", "value", "scale", "convexity", "token", "demand")),
        ("memory", ("momentum", "defection", "convened", "fatigue")),
    ):
        yield _column(begin[part], attrgetter(*fields)(getattr(scenario, part)), f"{part}.", fields)
    yield _column(begin["tempo"], [scenario.tempo], "", ["tempo"])
    yield _column(begin["given_climate"], [_or_nan(scenario.climate)], "", ["climate"])
    for stage, side, path, move in moves_by_stage(scenario.behaviour):
        row = 2 * stage + side
        yield _column(begin["rate"] + row, [move.rate], f"{path}.", ["rate"])
        coefficients = begin["coefficient"] + row * N_FEATURES
        yield _column(coefficients, _features(move), f"{path}.", FEATURES)
    law = scenario.behaviour.initial
    if law is not None:
        odds = ("odds", *Traits._fields)
        yield _column(
            begin["initial"], attrgetter(*odds)(law.talks), "behaviour.initial.talks.", odds
        )
        share = begin["initial"] + len(odds)
        yield _column(share, [law.willing.share], "behaviour.initial.willing.", ["share"])
    yield from _event_columns(begin, scenario.events, keys)
    terms = quorum_terms(scenario)
    yield _column(begin["quorum"], [term.least for term in terms], "", [term.key for term in terms])


def _column(
    first: int, numbers: Sequence[Number], before: str, steps: Sequence[str], after: str = ""
) -> Column:
    """Numbers that lie one behind another."""
    return Column(range(first, first + len(numbers)), numbers, before, steps, after)


def _nation_columns(begin: Mapping[str, int], scenario: Any) -> Iterator[Column]:
    """Yield each number that nations have, of all nations."""
    nations, n_nations = scenario.nations, len(scenario.nations)
    fields = ("id", *NATION_NUMBERS, "disposition", "stage", "reliance", "sensitivity", "capacity")
    of_all = dict(zip(fields, zip(*map(attrgetter(*fields), nations), strict=True), strict=True))

    def column(first: int, numbers: Sequence[Number], field: str) -> Column:
        return _column(first, numbers, "nations.", of_all["id"], f".{field}")

    for field in NATION_NUMBERS:
        yield column(begin[field], of_all[field], field)
    dispositions = list(map(_or_nan, of_all["disposition"]))
    yield column(begin["given_disposition"], dispositions, "disposition")
    given = [
        stage.number if isinstance(stage, JointStages) else math.nan for stage in of_all["stage"]
    ]
    yield column(begin["given_stage"], given, "stage")
    for field in ("reliance", "sensitivity"):
        for row, name in enumerate(scenario.conditions):
            numbers = [each.get(name, 0.0) for each in of_all[field]]
            yield column(begin[field] + row * n_nations, numbers, f"{field}.{name}")
    n_kinds = len(scenario.contributions)
    for number, kind in enumerate(scenario.contributions, begin["capacity"]):
        slots = range(number, number + n_nations * n_kinds, n_kinds)
        numbers = [each.get(kind, 0.0) for each in of_all["capacity"]]
        yield Column(slots, numbers, "nations.", of_all["id"], f".capacity.{kind}")


def _condition_columns(begin: Mapping[str, int], conditions: Mapping[str, Any]) -> Iterator[Column]:
    """Yield each number that conditions have, of all conditions, and their responses."""
    names, n_conditions = list(conditions), len(conditions)
    for field in ("level", "speed", "volatility", "start"):
        numbers = [_or_nan(getattr(each, field)) for each in conditions.values()]
        yield _column(begin[field], numbers, "conditions.", names, f".{field}")
    for other in ("force", "public_share"):
        numbers = [each.responds.get(other, 0.0) for each in conditions.values()]
        yield _column(begin[f"to_{other}"], numbers, "conditions.", names, f".responds.{other}")
    for number, (name, condition) in enumerate(conditions.items()):
        first = begin["response"] + number * n_conditions
        numbers = [condition.responds.get(other, 0.0) for other in names]
        yield _column(first, numbers, f"conditions.{name}.responds.", names)


def _event_columns(
    begin: Mapping[str, int], events: Sequence[Any], keys: Sequence[str]
) -> Iterator[Column]:
    """Yield the dates that are drawn and the numbers of all events, one event after another."""
    found = list[tuple[int, Number, str]]()
    for row, (event, key) in enumerate(zip(events, keys, strict=True)):
        if (drawn := event.drawn_date) is not None:
            found.append((begin["event_date"] + row, drawn, f"{key}.date"))
        for slot, field in enumerate(event.numbers, begin["event"] + 2 * row):
            found.append((slot, getattr(event, field), f"{key}.{field}"))
    if found:
        slots, numbers, steps = zip(*found, strict=True)
        yield Column(slots, numbers, "", steps)


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
