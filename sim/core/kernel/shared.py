"""What all nations of a run share, a day on: memories and conditions, of eight runs at once.

They change every day, each by a few operations that wait for one another. So they stand in
`World.shared`, where the numbers of `LANES` runs lie side by side: one vector register.
"""

from __future__ import annotations

from sim.core.addresses import stretch
from sim.core.compiled import compiled, index, inlined, widest_vectors, written_out
from sim.core.elementary import logistic
from sim.core.kernel.world import LANES, World, Worlds, shared_cell
from sim.core.layout import Reals
from sim.core.rules.conditions import (
    answer_to_coalition,
    answer_to_other,
    next_log_odds,
    target,
)
from sim.core.rules.influence import remembered

# The first rows of `World.shared`, literal so that a compiler knows that they differ; those of the
# conditions, whose number differs, follow them.
MOMENTUM = 0  # memory of announcements
DEFECTION = 1  # of exits
MOMENTUM_SHARE = 2  # the same over the number of nations: the features
DEFECTION_SHARE = 3
WENT_PUBLIC = 4  # how many nations, today so far
WENT_OUT = 5  # left after being public
KEEP_MOMENTUM = 6  # what a day leaves of a memory: exp(-1 / memory in days)
KEEP_DEFECTION = 7
N_MEMORY_ROWS = 8


@compiled
def remember_yesterday(shared: Reals, n_nations: int) -> None:
    """Let momentum and defection take in the moves of yesterday; today's count begins.

    Parameters
    ----------
    shared : ndarray of float64
        Of `World`.
    n_nations : int
    """
    widest_vectors()
    for lane in range(LANES):
        momentum = remembered(
            shared[index(MOMENTUM * LANES + lane)],
            shared[index(WENT_PUBLIC * LANES + lane)],
            shared[index(KEEP_MOMENTUM * LANES + lane)],
        )
        defection = remembered(
            shared[index(DEFECTION * LANES + lane)],
            shared[index(WENT_OUT * LANES + lane)],
            shared[index(KEEP_DEFECTION * LANES + lane)],
        )
        shared[index(MOMENTUM * LANES + lane)] = momentum
        shared[index(DEFECTION * LANES + lane)] = defection
        shared[index(MOMENTUM_SHARE * LANES + lane)] = momentum / n_nations
        shared[index(DEFECTION_SHARE * LANES + lane)] = defection / n_nations
        shared[index(WENT_PUBLIC * LANES + lane)] = 0.0
        shared[index(WENT_OUT * LANES + lane)] = 0.0


@inlined
def value_of(condition: int, world: World) -> float:
    """Return the value of a condition today, in [0, 1]."""
    return world.shared[index(shared_cell(world.at.value + condition, world))]


@inlined
def update_answers(world: World) -> None:
    """Write what the coalition, as it is now, adds to tomorrow's targets of the conditions."""
    real, shared, at, now = world.real, world.shared, world.at, world.now
    now.public_share = now.n_public / at.n_nations
    for condition in range(at.n_conditions):
        shared[index(shared_cell(at.from_coalition + condition, world))] = answer_to_coalition(
            real[index(at.to_force + condition)],
            now.adequacy,
            real[index(at.to_public_share + condition)],
            now.public_share,
        )


# The functions below get arrays alone, the rows of all conditions: a row has `LANES` numbers.


@compiled
def add_answers(answers: Reals, responses: Reals, values: Reals, n_conditions: int) -> None:
    """Write what the other conditions, as they were yesterday, add to each condition's target."""
    widest_vectors()
    for condition in range(n_conditions):
        begin = condition * LANES
        for lane in range(LANES):
            answers[index(begin + lane)] = 0.0
        for other in range(n_conditions):
            response = (condition * n_conditions + other) * LANES
            for lane in range(LANES):
                answers[index(begin + lane)] = answer_to_other(
                    answers[index(begin + lane)],
                    responses[index(response + lane)],
                    values[index(other * LANES + lane)],
                )


@compiled
def step_log_odds(
    log_odds: Reals,
    level_odds: Reals,
    from_coalition: Reals,
    from_others: Reals,
    shift: Reals,
    speed: Reals,
    volatility: Reals,
    noise: Reals,
    jump: Reals,
) -> None:
    """Move the log-odds of every condition by one day."""
    widest_vectors()
    for cell in range(log_odds.shape[0]):
        log_odds[index(cell)] = next_log_odds(
            log_odds[index(cell)],
            target(
                level_odds[index(cell)],
                from_coalition[index(cell)],
                from_others[index(cell)],
                shift[index(cell)],
            ),
            speed[index(cell)],
            volatility[index(cell)],
            noise[index(cell)],
            jump[index(cell)],
        )


@compiled
def to_probabilities(values: Reals, log_odds: Reals) -> None:
    """Write the numbers in [0, 1] that have some log-odds."""
    widest_vectors()
    for cell in range(values.shape[0]):
        values[index(cell)] = logistic(log_odds[index(cell)])


@written_out
def rows_of_conditions(part: int, worlds: Worlds) -> Reals:
    """Return a part of `World.shared` with a row for each condition."""
    return stretch(worlds.shared, part * LANES, worlds.at.n_conditions * LANES)


@inlined
def step_conditions(day: int, worlds: Worlds) -> None:
    """Move every condition of every run by one day."""
    at = worlds.at
    if at.n_conditions == 0:
        return
    values = rows_of_conditions(at.value, worlds)  # until the last line, of yesterday
    n_responses = at.n_conditions * at.n_conditions * LANES
    responses = stretch(worlds.shared, at.response_of_run * LANES, n_responses)
    add_answers(rows_of_conditions(at.from_others, worlds), responses, values, at.n_conditions)
    log_odds, jump = rows_of_conditions(at.log_odds, worlds), rows_of_conditions(at.jump, worlds)
    step_log_odds(
        log_odds,
        rows_of_conditions(at.level_odds, worlds),
        rows_of_conditions(at.from_coalition, worlds),
        rows_of_conditions(at.from_others, worlds),
        rows_of_conditions(at.shift, worlds),
        rows_of_conditions(at.speed_of_run, worlds),
        rows_of_conditions(at.volatility_of_run, worlds),
        rows_of_conditions(at.noise_by_day + day * at.n_conditions, worlds),
        jump,
    )
    jump[:] = 0.0
    to_probabilities(values, log_odds)
