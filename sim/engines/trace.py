"""One traced run: the Mesa model, and what each nation saw and did in it."""

from __future__ import annotations

import math
import os

import numpy as np

from sim.core.stages import N_FEATURES
from sim.engines.batch import Progress
from sim.engines.memory import Sizes, checked_arrays, free_bytes, sizes_of
from sim.engines.mesa.agents import Nation
from sim.engines.mesa.batch import checked_nation_class
from sim.engines.mesa.traced_model import TracedModel
from sim.engines.request import checked_run
from sim.engines.run import engine_name
from sim.results.breadth import defined_shares, n_parts
from sim.results.trace import Trace
from sim.scenario.load import scenario_of
from sim.scenario.schema import Scenario

BYTES_A_NATION_DAY = 8 * (N_FEATURES + 2 + 2) + 3
"""Features, hazards and thresholds in eight bytes; two stages and whether it was held in one."""


def trace(
    scenario: Scenario | str | os.PathLike[str],
    seed: int = 0,
    run: int = 0,
    nation_class: type[Nation] | None = None,
    progress: Progress | None = None,
) -> Trace:
    """One run of a scenario day by day: the run that `sim.run` has under this seed and number.

    Parameters
    ----------
    scenario : Scenario, or str or path
        A scenario, or the file or shipped name of one.
    seed : int, from 0 to 2**64 - 1
    run : int, from 0 to 2**63 - 1
    nation_class : type, optional
        A subclass of `sim.Nation`.
    progress : callable of (days done, all days), optional

    Returns
    -------
    Trace

    Raises
    ------
    ValueError
        If an argument is out of range or unknown.
    ScenarioError, TypeError
        If there is no such scenario, or it is something else.
    MemoryError
        If there is too little for what every nation sees on every day.

    Examples
    --------
    >>> import sim
    >>> trace = sim.trace(sim.load_scenario("paris_2025"), seed=1, run=7)
    >>> first = trace.moves[0]

    It moved on the day whose hazard reached what was left of its threshold.

    >>> day, nation = first.when.day, first.nation
    >>> bool(trace.hazards[day, nation, first.side] >= trace.remaining[day, nation, first.side])
    True
    """
    scenario = scenario_of(scenario)
    seed, run = checked_run(seed, run)
    nation_class = checked_nation_class(nation_class)
    arrays = checked_arrays(scenario)
    check_memory_for_trace(sizes_of(arrays))
    model = TracedModel(scenario, seed, run, nation_class, arrays)
    in_play = [n.chance_in_play() if n.is_by_law else math.nan for n in model.nations]
    while model.running:
        model.step()
        if progress is not None:
            progress(model.day, scenario.days)
    recorder, logbook = model.recorder, model.logbook
    return Trace(
        scenario=scenario,
        seed=seed,
        run=run,
        engine=engine_name(nation_class),
        rate=model.inputs.rate.copy(),
        coefficient=model.inputs.coefficient.copy(),
        chance_in_play=np.array(in_play),
        stage=logbook.stage,
        considered=recorder.considered,
        held=recorder.held,
        unmet=recorder.unmet,
        features=recorder.features,
        hazards=recorder.hazards,
        remaining=recorder.remaining,
        size=logbook.size,
        conditions=logbook.conditions,
        force=logbook.force,
        requirement=recorder.requirement,
        has_deal=recorder.has_deal,
        visits=tuple(map(tuple, recorder.visits)),
        moves=tuple(sorted(recorder.moves)),
        pledges=tuple(sorted(recorder.pledges, key=lambda pledge: pledge.when)),
        events=tuple(sorted(recorder.events, key=lambda event: event.when)),
        success_day=logbook.success_day,
        quorum_day=logbook.quorum_day,
        shares={
            name: getattr(logbook, name) / (n_parts(name, scenario) or 1)
            for name in defined_shares(scenario)
        },
    )


def check_memory_for_trace(sizes: Sizes) -> None:
    """Refuse a run for which memory cannot hold what every nation sees on every day.

    Raises
    ------
    MemoryError
    """
    needed, free = sizes.n_records * sizes.n_nations * BYTES_A_NATION_DAY, free_bytes()
    if free is not None and needed > free:
        raise MemoryError(
            f"{sizes.n_nations:,} nations over {sizes.n_records - 1:,} days need "
            f"{needed / 1e9:,.1f} GB of memory to be traced, and {free / 1e9:,.1f} GB is free: "
            "ask for fewer days or nations"
        )
