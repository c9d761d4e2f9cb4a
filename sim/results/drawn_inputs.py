"""What was drawn for each run of an ensemble: pure functions of its seed, made when asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.core.draws import DEAL as DEAL_PURPOSE
from sim.core.draws import one_uniform
from sim.core.event_kinds import DEAL
from sim.core.kernel.memory import new_worlds
from sim.core.kernel.start import begin_first
from sim.core.kernel.world import RunKey
from sim.core.layout import Integers, Reals
from sim.scenario.arrays.numbers import Arrays, arrays_of, input_views
from sim.scenario.arrays.random import drawn_values, joint_lines
from sim.scenario.arrays.slots import slots_of
from sim.scenario.drawn_date import DrawnDate

if TYPE_CHECKING:
    from sim.results.ensemble import Ensemble

NEVER = -1


class RunInputs(NamedTuple):
    """What was drawn for some runs.

    Attributes
    ----------
    of_run : dict of ndarray, shape (n_runs,)
        By column: ``climate``; ``deal_day``, the first day on which a deal is signed, -1 never;
        ``draw``, which of the scenario's joint draws the run takes, from 0; and every drawn number
        that is of no nation, by its path; a date as the number of its day.
    of_nation : dict of ndarray, shape (n_runs, n_nations)
        By column: ``stage`` at the start, as a number; ``disposition``; ``support``;
        ``cost_factor.<kind>``; and every other field that is drawn for some nation, such as
        ``capability``.
    """

    of_run: dict[str, np.ndarray]
    of_nation: dict[str, np.ndarray]


def run_inputs(ensemble: Ensemble, start: int = 0, stop: int | None = None) -> RunInputs:
    """What was drawn for runs of an ensemble, the same to the bit as in the runs.

    Parameters
    ----------
    ensemble : Ensemble
    start, stop : int
        Rows of the ensemble; all by default.
    """
    arrays = arrays_of(ensemble.scenario)
    places = range(ensemble.n_runs)[start:stop]
    first_run = ensemble.first_run + places.start
    slots, drawn = drawn_values(arrays.drawn, ensemble.seed, first_run, len(places))
    vectors = np.repeat(arrays.vector[None, :], len(places), axis=0)
    vectors[:, slots] = drawn
    of_run, of_nation = _at_the_start(ensemble, arrays, vectors, first_run)
    if (arrays.structure.events.kind == DEAL).any():
        of_run["deal_day"] = _deal_days(arrays, vectors, ensemble.seed, first_run)
    joint = ensemble.scenario.draws
    if joint is not None:
        of_run["draw"] = joint_lines(joint, ensemble.seed, first_run, len(places))
    by_path = slots_of(ensemble.scenario)
    for each in arrays.drawn:
        _, _, field = each.path.removeprefix("nations.").partition(".")
        if isinstance(each.distribution, DrawnDate):
            of_run[each.path] = vectors[:, each.slot].astype(np.int64)
        elif not each.path.startswith("nations.") or field.startswith("quorum."):
            # Quorums differ from nation to nation in what they ask for, and how many there are.
            of_run[each.path] = vectors[:, each.slot]
        elif field not in ("stage", "support", "disposition"):  # the kernel has those of all
            own = [by_path[f"nations.{nation}.{field}"] for nation in ensemble.nations]
            of_nation[field] = vectors[:, own]
    return RunInputs(of_run, of_nation)


def _at_the_start(
    ensemble: Ensemble, arrays: Arrays, vectors: Reals, first_run: int
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """What the kernel draws on day 0, read from its memory."""
    n_runs, n_nations = len(vectors), len(ensemble.nations)
    climate = np.empty(n_runs)
    stage = np.empty((n_runs, n_nations), dtype=np.int64)
    parts = ("disposition", "support_now", "cost_spread")
    widths = (n_nations, n_nations, n_nations * len(ensemble.kinds))
    real = {part: np.empty((n_runs, width)) for part, width in zip(parts, widths, strict=True)}
    worlds = new_worlds(arrays.structure, arrays.inputs, most=1)
    at, numbers = worlds.at, worlds.real[0]
    for row, vector in enumerate(vectors):
        numbers[: vector.size] = vector
        begin_first(worlds, RunKey(np.uint64(ensemble.seed), np.uint64(first_run + row)))
        climate[row] = worlds.now[0].climate
        stage[row] = worlds.whole[0, at.stage : at.stage + n_nations]
        for part, width in zip(parts, widths, strict=True):
            real[part][row] = numbers[at[part] : at[part] + width]
    costs = real["cost_spread"].reshape(n_runs, len(ensemble.kinds), n_nations)
    of_nation = {
        "stage": stage,
        "disposition": real["disposition"],
        "support": real["support_now"],
        **{f"cost_factor.{kind}": costs[:, index] for index, kind in enumerate(ensemble.kinds)},
    }
    return {"climate": climate}, of_nation


def _deal_days(arrays: Arrays, vectors: Reals, seed: int, first_run: int) -> Integers:
    """First day on which a deal is signed in each run; -1 never."""
    events, n_days = arrays.structure.events, arrays.structure.n_days
    shapes = [part.shape for part in arrays.inputs]
    found = np.full(len(vectors), NEVER, dtype=np.int64)
    for row, vector in enumerate(vectors):
        inputs, run = input_views(vector, shapes), np.uint64(first_run + row)
        for event in np.flatnonzero(events.kind == DEAL):
            number, key = int(events.row[event]), events.key[event]
            is_drawn, chance = events.is_drawn[event], inputs.event[number, 0]
            date = int(inputs.event_date[number] if is_drawn else events.day[event])
            signed = (
                day
                for day in range(max(1, date), min(n_days + 1, int(events.until[event])))
                if one_uniform(np.uint64(seed), run, key, DEAL_PURPOSE, day) < chance
            )
            day = next(signed, NEVER)
            if day >= 0 and (found[row] < 0 or day < found[row]):
                found[row] = day
    return found
