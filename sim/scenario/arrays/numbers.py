"""A scenario as the arrays that the rules and the engines read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from sim.core.draws import stable_key
from sim.core.layout import Goals, Inputs, Keys, Reals, Structure
from sim.core.rules.pledges import FORCE_UNIT
from sim.core.stages import (
    EXIT_MOVES,
    FEATURES,
    FORWARD_MOVES,
    N_FEATURES,
    N_STAGES,
    STAGES,
)
from sim.scenario.arrays.calendar import event_arrays, event_names
from sim.scenario.arrays.random import RandomInput, drawn_values, median
from sim.scenario.arrays.ties import tie_arrays
from sim.scenario.behaviour import Behaviour, Move
from sim.scenario.distribution import Distribution
from sim.scenario.schema import Nation, Scenario

Number = float | Distribution


@dataclass(frozen=True, eq=False)
class Arrays:
    """One scenario for the engines.

    Attributes
    ----------
    structure : Structure
    vector : ndarray, shape (n_inputs,)
        The flat inputs; a drawn one stands at the median of its distribution.
    inputs : Inputs
        Views into `vector`.
    drawn : tuple of RandomInput
    force_top : ndarray, shape (n_kinds + 1,), force units
        Most that each kind, and all together, can come to.
    """

    structure: Structure
    vector: Reals
    inputs: Inputs
    drawn: tuple[RandomInput, ...]
    force_top: Reals


@dataclass
class Writer:
    """The flat inputs while they are being filled in."""

    vector: Reals
    offsets: dict[str, int]
    inputs: Inputs
    drawn: list[RandomInput] = field(default_factory=list)

    def put(self, part: str, spot: tuple[int, ...], number: Number, path: str) -> None:
        """Write a number, or note that it is drawn."""
        view = getattr(self.inputs, part)
        if isinstance(number, Distribution):
            index = self.offsets[part] + int(np.ravel_multi_index(spot, view.shape))
            self.drawn.append(RandomInput(index, path, stable_key(path), number))
            number = median(number)
        view[spot] = number


def input_shapes(scenario: Scenario) -> dict[str, tuple[int, ...]]:
    """Return the shape of every part of the inputs, in their order."""
    n, c = len(scenario.nations), len(scenario.conditions)
    k, e = len(scenario.contributions), len(scenario.events)
    nation, condition, kind = (n,), (c,), (k,)
    shapes: dict[str, tuple[int, ...]] = dict.fromkeys(Inputs._fields, nation)
    shapes |= dict.fromkeys(("level", "start", "speed", "volatility"), condition)
    shapes |= dict.fromkeys(("to_force", "to_breadth"), condition)
    shapes |= dict.fromkeys(("weight", "cost", "aversion", "spread"), kind)
    shapes |= {"reliance": (c, n), "sensitivity": (c, n), "capacity": (n, k), "response": (c, c)}
    shapes |= {"commitment": (5,), "memory": (3,), "rate": (N_STAGES, 2), "event": (e, 2)}
    shapes["coefficient"] = (N_STAGES, 2, N_FEATURES)
    return shapes


def new_writer(scenario: Scenario) -> Writer:
    """Return flat inputs of the right length, all 0."""
    shapes = input_shapes(scenario)
    lengths = [int(np.prod(shape)) for shape in shapes.values()]
    ends = np.cumsum(lengths)
    vector = np.zeros(int(ends[-1]))
    offsets = dict(zip(shapes, (int(end) for end in ends - lengths), strict=True))
    return Writer(vector, offsets, views(vector, shapes, offsets))


def views(vector: Reals, shapes: dict[str, tuple[int, ...]], offsets: dict[str, int]) -> Inputs:
    """Return the parts of flat inputs under their names."""
    return Inputs(
        **{
            name: vector[offsets[name] : offsets[name] + int(np.prod(shape))].reshape(shape)
            for name, shape in shapes.items()
        }
    )


def write_nation(writer: Writer, spot: int, nation: Nation, scenario: Scenario) -> None:
    """Write the numbers of one nation."""
    path = f"nations.{nation.id}"
    for name in ("stake", "support", "capability", "threshold"):
        writer.put(name, (spot,), getattr(nation, name), f"{path}.{name}")
    for place, condition in enumerate(scenario.conditions):
        for name in ("reliance", "sensitivity"):
            number = getattr(nation, name).get(condition, 0.0)
            writer.put(name, (place, spot), number, f"{path}.{name}.{condition}")
    for place, kind in enumerate(scenario.contributions):
        number = nation.capacity.get(kind, 0.0)
        writer.put("capacity", (spot, place), number, f"{path}.capacity.{kind}")


def write_conditions(writer: Writer, scenario: Scenario) -> None:
    """Write the numbers of all conditions."""
    for spot, (name, condition) in enumerate(scenario.conditions.items()):
        path = f"conditions.{name}"
        for part in ("level", "speed", "volatility"):
            writer.put(part, (spot,), getattr(condition, part), f"{path}.{part}")
        start = float("nan") if condition.start is None else condition.start
        writer.put("start", (spot,), start, f"{path}.start")
        answers = condition.responds
        for answer in ("force", "breadth"):
            number = answers.get(answer, 0.0)
            writer.put(f"to_{answer}", (spot,), number, f"{path}.responds.{answer}")
        for place, other in enumerate(scenario.conditions):
            number = answers.get(other, 0.0)
            writer.put("response", (spot, place), number, f"{path}.responds.{other}")


def write_commitments(writer: Writer, scenario: Scenario) -> None:
    """Write the numbers of contributions, commitment and memory."""
    for spot, (kind, contribution) in enumerate(scenario.contributions.items()):
        for name in ("weight", "cost", "aversion", "spread"):
            number = getattr(contribution, name)
            writer.put(name, (spot,), number, f"contributions.{kind}.{name}")
    for spot, name in enumerate(("requirement", "value", "scale", "convexity", "token")):
        number = getattr(scenario.commitment, name)
        writer.put("commitment", (spot,), number, f"commitment.{name}")
    for spot, name in enumerate(("momentum", "defection", "convened")):
        writer.put("memory", (spot,), getattr(scenario.memory, name), f"memory.{name}")


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


def write_behaviour(writer: Writer, behaviour: Behaviour) -> None:
    """Write rates and coefficients."""
    for stage, side, path, move in moves_by_stage(behaviour):
        writer.put("rate", (stage, side), move.rate, f"{path}.rate")
        for spot, feature in enumerate(FEATURES):
            number = getattr(move, feature)
            writer.put("coefficient", (stage, side, spot), number, f"{path}.{feature}")


def write_events(writer: Writer, scenario: Scenario) -> None:
    """Write the numbers of all events, under names that adding another event does not change."""
    fields = {
        "meeting": ("weight",),
        "proposal": ("gain", "reference"),
        "signal": ("shift",),
        "shock": ("jump",),
        "deal": ("probability",),
        "opinion": ("shift",),
        "requirement": ("requirement",),
    }
    for spot, (event, path) in enumerate(zip(scenario.events, event_names(scenario), strict=True)):
        for place, name in enumerate(fields.get(event.kind, ())):
            writer.put("event", (spot, place), getattr(event, name), f"{path}.{name}")


def stage_chances(scenario: Scenario) -> Reals:
    """Return the cumulative chance of each initial stage, shape (n_nations, 7)."""
    chance = np.array(
        [[nation.stage.get(stage, 0.0) for stage in STAGES] for nation in scenario.nations]
    )
    cumulative = np.cumsum(chance, axis=1)
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
    if success is None:
        return Goals(0, -1, -1.0, np.full(len(scenario.conditions), -1.0), 1)
    return Goals(
        is_set=1,
        public_size=-1 if success.public_size is None else success.public_size,
        requirement_share=-1.0 if success.requirement_share is None else success.requirement_share,
        conditions=np.array(
            [success.conditions.get(name, -1.0) for name in scenario.conditions], dtype=np.float64
        ),
        hold=success.hold,
    )


def upper(number: Number) -> float:
    """Return the most that a number can be."""
    return number.upper() if isinstance(number, Distribution) else number


def force_tops(scenario: Scenario) -> Reals:
    """Return the most force of each kind and in all, 1 where there is none, shape (K + 1,)."""
    tops = [
        upper(contribution.weight)
        * sum(upper(nation.capacity.get(kind, 0.0)) for nation in scenario.nations)
        for kind, contribution in scenario.contributions.items()
    ]
    return np.array([top if top > FORCE_UNIT else 1.0 for top in [*tops, sum(tops)]])


def structure_of(scenario: Scenario) -> Structure:
    """Return what is the same in every run."""
    return Structure(
        n_days=scenario.days,
        nation_key=keys(f"nations.{nation.id}" for nation in scenario.nations),
        condition_key=keys(f"conditions.{name}" for name in scenario.conditions),
        kind_key=keys(f"contributions.{kind}" for kind in scenario.contributions),
        climate_key=stable_key("climate"),
        stage_chance=stage_chances(scenario),
        start_pledge=start_pledges(scenario),
        ties=tie_arrays(scenario),
        events=event_arrays(scenario),
        goals=goals_of(scenario),
    )


def keys(paths: Iterable[str]) -> Keys:
    """Return the stable keys of some paths."""
    return np.array([stable_key(path) for path in paths], dtype=np.uint64)


def arrays_of(scenario: Scenario) -> Arrays:
    """Return a scenario as arrays."""
    writer = new_writer(scenario)
    for spot, nation in enumerate(scenario.nations):
        write_nation(writer, spot, nation, scenario)
    write_conditions(writer, scenario)
    write_commitments(writer, scenario)
    write_behaviour(writer, scenario.behaviour)
    write_events(writer, scenario)
    return Arrays(
        structure=structure_of(scenario),
        vector=writer.vector,
        inputs=writer.inputs,
        drawn=tuple(writer.drawn),
        force_top=force_tops(scenario),
    )


def inputs_of_run(arrays: Arrays, seed: int, run: int) -> Inputs:
    """Return the inputs of one run, drawn numbers included, as views into a vector of its own."""
    vector = arrays.vector.copy()
    spots, value = drawn_values(arrays.drawn, seed, run, 1)
    vector[spots] = value[0]
    begin, parts = 0, []
    for part in arrays.inputs:
        parts.append(vector[begin : begin + part.size].reshape(part.shape))
        begin += part.size
    return Inputs(*parts)
