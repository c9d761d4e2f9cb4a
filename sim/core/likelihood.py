"""How likely a nation's record is under the hazards of the model, and the exact gradient of that.

A record tells when a nation became public, when it refused, and a day by which it was in talks. Its
stages before are hidden: outside, talks, willing and left. The forward algorithm adds up all ways
that lead to the record, day by day, with the hazards of the engines [Rabiner1989]_
[Jackson2011]_; the backward algorithm gives the derivative of the sum to the log of every hazard.
Both are for one nation, one disposition and one climate; the callers add up over dispositions.

Given the features of every day, nations are independent within a climate. Within a day risks
compete: a nation moves with chance ``1 - exp(-h)``, h the sum of both hazards, and forward with
chance ``f / h`` of that.

Eight climates go through the days side by side, in the lanes of a vector register, so every row of
the tables below has eight numbers.
"""

from __future__ import annotations

from typing import NamedTuple

from sim.core.compiled import compiled, index, inlined, widest_vectors
from sim.core.elementary import exp_within, log, logistic
from sim.core.layout import Integers, Reals
from sim.core.stages import EXIT, FORWARD, LEFT, OUTSIDE, TALKS, WILLING

HIDDEN = (OUTSIDE, TALKS, WILLING, LEFT)
"""Stages that a record seldom tells, in the order of their places here."""

N_HIDDEN = len(HIDDEN)

HIDDEN_MOVES = (
    (OUTSIDE, FORWARD),
    (TALKS, FORWARD),
    (WILLING, FORWARD),
    (LEFT, FORWARD),
    (OUTSIDE, EXIT),
    (TALKS, EXIT),
    (WILLING, EXIT),
)
"""Moves out of the hidden stages: stage and side, in the order of every array here."""

N_MOVES = len(HIDDEN_MOVES)
ENGAGE, RESOLVE, DECLARE, RETURN, REFUSE, DECLINE, BACK_OUT = range(N_MOVES)
"""Places of the hidden moves; the last three are exits, from outside, talks and willing."""

IN_PLAY_BY, REFUSED_FIRST, REFUSED_LAST, PUBLIC_FIRST, PUBLIC_LAST = range(5)
"""Columns of a record, in days: by when it was in talks, and between which days it refused and
became public. `NOT_RECORDED` where the record tells nothing."""

NOT_RECORDED = -1

LANES = 8
"""Climates that go through the days together."""

# Rows of the table of a day, eight numbers each, one a climate. All that a day needs stands in one
# array, at constant distances: only so does the compiler make vectors of the lanes.
FACTOR = 0
CHANCE = FACTOR + N_MOVES
STAY = CHANCE + 2 * N_HIDDEN
MEAN = STAY + N_HIDDEN
EXITED = MEAN + N_HIDDEN - 1
NAMED = EXITED + 1
DERIVATIVE = NAMED + 1
SLOPE = DERIVATIVE + 2 * N_HIDDEN
N_ROWS = SLOPE + N_MOVES
DAY = N_ROWS * LANES

TINY = 1e-4
LARGEST = 700.0
LEAST_CHANCE = 1e-300


class Exposure(NamedTuple):
    """What N nations are exposed to on days 0 to T, without what is hidden.

    Attributes
    ----------
    hazards : ndarray, shape (7, N, T + 1), per day
        Of the moves in `HIDDEN_MOVES`, for a disposition and a climate of 0; those of day 0 are
        not read.
    in_play : ndarray, shape (N,)
        Log-odds of starting in talks or further, likewise.
    start : ndarray, shape (N, 4)
        Chances of the hidden stages on day 0; the first is below 0 for a nation that the initial
        law puts somewhere.
    willing_share : ndarray, shape (1,)
        Share of those in play that are willing on day 0.
    record : ndarray, shape (N, 5)
    reported : ndarray, shape (T + 1,)
        Chance that an exit of the day, before a public word, is in the record.
    """

    hazards: Reals
    in_play: Reals
    start: Reals
    willing_share: Reals
    record: Integers
    reported: Reals


class Nodes(NamedTuple):
    """Values of what is hidden: Q climates, a multiple of `LANES`, and R dispositions.

    Attributes
    ----------
    climate, disposition : ndarray, shapes (Q,) and (R,)
    weight : ndarray, shape (R,)
        Chances of the dispositions.
    factor : ndarray, shape (R, 7, Q)
        What each hazard is multiplied by.
    shift : ndarray, shape (R, Q)
        What is added to the log-odds of starting in play.
    """

    climate: Reals
    disposition: Reals
    weight: Reals
    factor: Reals
    shift: Reals


class Room(NamedTuple):
    """Memory for one nation and eight climates.

    Attributes
    ----------
    table : ndarray, shape (R * (T + 1) * DAY,)
        By disposition and day: `FACTOR` of the nodes; `CHANCE` of the hidden stages at the end of
        the day, before and after a recorded refusal; `STAY`, the chances of not moving; `MEAN`,
        the mean share of the day before a move from outside, talks and willing; `EXITED`, the
        chance of an exit; `NAMED`, the chance of having become public as the record says;
        `DERIVATIVE` of the chance of the record to that of each hidden stage at the end of the
        day; `SLOPE`, its derivative to the log of each hazard.
    of_disposition : ndarray, shape (R, LANES)
        Chance of the record for each disposition.
    """

    table: Reals
    of_disposition: Reals


class Gradient(NamedTuple):
    """Derivatives of a weighted sum of log chances of records.

    Attributes
    ----------
    hazards : ndarray, shape (7, N, T + 1), to the log of each hazard
    in_play : ndarray, shape (N,), to the log-odds of starting in play
    willing_share : ndarray, shape (1,), to the share itself
    disposition, climate : ndarray, shape (8,)
        To the coefficients of disposition and climate of the moves, and of the initial law (last).
    """

    hazards: Reals
    in_play: Reals
    willing_share: Reals
    disposition: Reals
    climate: Reals


class Hazards(NamedTuple):
    """Hazards of the hidden moves on a day, per day."""

    engage: float
    resolve: float
    declare: float
    returns: float
    refuse: float
    decline: float
    back_out: float


class Plan(NamedTuple):
    """What a nation's record says about the days to go through.

    Attributes
    ----------
    last : int
        The last day on which what it does bears on the record.
    ends_hidden : float
        1 if it may still be in a hidden stage on the last day, else 0.
    final : int
        0, or 1 if it has refused: the phase in which it may become public.
    """

    last: int
    ends_hidden: float
    final: int


@compiled
def plan_of(exposure: Exposure, nation: int) -> Plan:
    """Return what a nation's record says about the days to go through."""
    n_days = exposure.hazards.shape[2] - 1
    public = exposure.record[nation, PUBLIC_LAST]
    is_open = public == NOT_RECORDED or public > n_days
    refused = exposure.record[nation, REFUSED_LAST] != NOT_RECORDED
    return Plan(n_days if is_open else public, 1.0 if is_open else 0.0, 1 if refused else 0)


@inlined
def within(exposure: Exposure, nation: int, first: int, day: int) -> float:
    """Return 1 if a day is within the interval in columns ``first`` and the next, else 0."""
    after = exposure.record[nation, first] <= day
    return 1.0 if after and day <= exposure.record[nation, first + 1] else 0.0


@inlined
def mean_survival(hazard: float, stay: float) -> float:
    """Return ``(1 - exp(-h)) / h``, the share of a day before a move, given ``exp(-h)``."""
    series = 1.0 - hazard * (0.5 - hazard * (1.0 / 6.0 - hazard / 24.0))
    exact = (1.0 - stay) / (hazard if hazard > TINY else TINY)
    return series if hazard < TINY else exact


@inlined
def slope_of_mean_survival(hazard: float, stay: float, mean: float) -> float:
    """Return the derivative of `mean_survival` to the hazard."""
    series = -0.5 + hazard * (1.0 / 3.0 - hazard * (1.0 / 8.0 - hazard / 30.0))
    exact = (stay - mean) / (hazard if hazard > TINY else TINY)
    return series if hazard < TINY else exact


@inlined
def chance_of_staying(hazard: float) -> float:
    """Return ``exp(-h)``."""
    return exp_within(-(hazard if hazard < LARGEST else LARGEST))


@inlined
def first_day_of(exposure: Exposure, r: int) -> int:
    """Return where the table of day 0 starts for a disposition."""
    return r * exposure.hazards.shape[2] * DAY


@inlined
def hazards_on(exposure: Exposure, nation: int, day: int) -> Hazards:
    """Return the hazards of a nation on a day, for a disposition and a climate of 0."""
    table = exposure.hazards
    return Hazards(
        table[ENGAGE, nation, day],
        table[RESOLVE, nation, day],
        table[DECLARE, nation, day],
        table[RETURN, nation, day],
        table[REFUSE, nation, day],
        table[DECLINE, nation, day],
        table[BACK_OUT, nation, day],
    )


@inlined
def scaled(table: Reals, cell: int, hazards: Hazards) -> Hazards:
    """Return the hazards for the climate of a lane; ``cell`` is the lane's in the day's table."""
    return Hazards(
        hazards.engage * table[index(cell + (FACTOR + ENGAGE) * LANES)],
        hazards.resolve * table[index(cell + (FACTOR + RESOLVE) * LANES)],
        hazards.declare * table[index(cell + (FACTOR + DECLARE) * LANES)],
        hazards.returns * table[index(cell + (FACTOR + RETURN) * LANES)],
        hazards.refuse * table[index(cell + (FACTOR + REFUSE) * LANES)],
        hazards.decline * table[index(cell + (FACTOR + DECLINE) * LANES)],
        hazards.back_out * table[index(cell + (FACTOR + BACK_OUT) * LANES)],
    )


@compiled
def take_nodes(exposure: Exposure, nodes: Nodes, first: int, room: Room) -> None:
    """Write what eight climates and the dispositions do to the hazards into the tables of days."""
    n_days = exposure.hazards.shape[2]
    for r in range(nodes.disposition.size):
        for day in range(n_days):
            today = first_day_of(exposure, r) + day * DAY
            for move in range(N_MOVES):
                for lane in range(LANES):
                    room.table[today + (FACTOR + move) * LANES + lane] = nodes.factor[
                        r, move, first + lane
                    ]


@compiled
def start_hidden(
    exposure: Exposure, nodes: Nodes, nation: int, first: int, r: int, room: Room
) -> None:
    """Write the chances of the hidden stages on day 0."""
    table, share = room.table, exposure.willing_share[0]
    by_law = exposure.start[nation, 0] < 0.0
    for lane in range(LANES):
        cell = first_day_of(exposure, r) + lane
        table[cell + NAMED * LANES] = 0.0
        for place in range(N_HIDDEN):
            table[cell + (CHANCE + place) * LANES] = exposure.start[nation, place]
            table[cell + (CHANCE + N_HIDDEN + place) * LANES] = 0.0
        if by_law:
            chance = logistic(exposure.in_play[nation] + nodes.shift[r, first + lane])
            table[cell + CHANCE * LANES] = 1.0 - chance
            table[cell + (CHANCE + 1) * LANES] = chance * (1.0 - share)
            table[cell + (CHANCE + 2) * LANES] = chance * share
            table[cell + (CHANCE + 3) * LANES] = 0.0


@compiled
def rule_out(table: Reals, start: int, in_play: bool, willing: bool) -> None:
    """Set to 0 what is known not to be, among eight rows: stages before and after a refusal.

    Parameters
    ----------
    table : ndarray
        Chances of the hidden stages, or derivatives to them, from index ``start`` on.
    in_play : bool
        Whether the nation is known to be in talks or further.
    willing : bool
        Whether it is taken to be willing.
    """
    for row in range(2 * N_HIDDEN):
        place = row % N_HIDDEN
        if (in_play and place in (0, 3)) or (willing and place != 2):
            for lane in range(LANES):
                table[start + row * LANES + lane] = 0.0


@inlined
def pass_day(
    table: Reals, cell: int, hazards: Hazards, phase: int, entering: float, kept: float
) -> tuple[float, float]:
    """Let a day pass in a phase; return the chances of an exit and of becoming public.

    Parameters
    ----------
    table : ndarray
    cell : int
        The lane's in the day's table.
    hazards : Hazards
        For this climate.
    phase : int
        0, or 1 after a recorded refusal.
    entering : float
        Chance of entering the stage left from the phase before.
    kept : float
        Share of the exits that stay in the phase, as they are not in the record.
    """
    row = cell + (CHANCE + phase * N_HIDDEN) * LANES
    stay_outside = table[index(cell + STAY * LANES)]
    stay_talks = table[index(cell + (STAY + 1) * LANES)]
    stay_willing = table[index(cell + (STAY + 2) * LANES)]
    stay_left = table[index(cell + (STAY + 3) * LANES)]
    outside = table[index(row - DAY)]
    talks = table[index(row - DAY + LANES)]
    willing = table[index(row - DAY + 2 * LANES)]
    left = table[index(row - DAY + 3 * LANES)]
    # Chances, each times the mean share of the day that is left for a hazard to act.
    from_outside = outside * table[index(cell + MEAN * LANES)]
    from_talks = talks * table[index(cell + (MEAN + 1) * LANES)]
    from_willing = willing * table[index(cell + (MEAN + 2) * LANES)]
    exits = (
        from_outside * hazards.refuse
        + from_talks * hazards.decline
        + from_willing * hazards.back_out
    )
    table[index(row)] = outside * stay_outside
    table[index(row + LANES)] = (
        talks * stay_talks + from_outside * hazards.engage + left * (1.0 - stay_left)
    )
    table[index(row + 2 * LANES)] = willing * stay_willing + from_talks * hazards.resolve
    table[index(row + 3 * LANES)] = left * stay_left + kept * exits + entering
    return exits, from_willing * hazards.declare


@compiled
def pass_day_before_refusal(
    table: Reals, today: int, hazards: Hazards, kept: float, named: float
) -> None:
    """Let a day pass in eight climates, for a nation that has not been seen to refuse.

    ``named`` is 1 if a nation that becomes public today does as its record says.
    """
    widest_vectors()
    for lane in range(LANES):
        cell = today + lane
        mine = scaled(table, cell, hazards)
        of_outside, of_talks = mine.engage + mine.refuse, mine.resolve + mine.decline
        of_willing = mine.declare + mine.back_out
        stay_outside, stay_talks = chance_of_staying(of_outside), chance_of_staying(of_talks)
        stay_willing = chance_of_staying(of_willing)
        table[index(cell + STAY * LANES)] = stay_outside
        table[index(cell + (STAY + 1) * LANES)] = stay_talks
        table[index(cell + (STAY + 2) * LANES)] = stay_willing
        table[index(cell + (STAY + 3) * LANES)] = chance_of_staying(mine.returns)
        table[index(cell + MEAN * LANES)] = mean_survival(of_outside, stay_outside)
        table[index(cell + (MEAN + 1) * LANES)] = mean_survival(of_talks, stay_talks)
        table[index(cell + (MEAN + 2) * LANES)] = mean_survival(of_willing, stay_willing)
        exits, public = pass_day(table, cell, mine, 0, 0.0, kept)
        table[index(cell + EXITED * LANES)] = exits
        before = table[index(cell + NAMED * LANES - DAY)]
        table[index(cell + NAMED * LANES)] = before + named * public


@compiled
def pass_day_after_refusal(
    table: Reals, today: int, hazards: Hazards, kept: float, refused: float, named: float
) -> None:
    """Let a day pass in eight climates, for a nation that has been seen to refuse by then.

    ``refused`` is the share of today's exits that are in the record, and are this refusal.
    """
    widest_vectors()
    for lane in range(LANES):
        cell = today + lane
        mine = scaled(table, cell, hazards)
        entering = refused * table[index(cell + EXITED * LANES)]
        _, public = pass_day(table, cell, mine, 1, entering, kept)
        table[index(cell + NAMED * LANES)] += named * public


@compiled
def fill_chances(
    exposure: Exposure, nodes: Nodes, nation: int, first: int, r: int, willing_day: int, room: Room
) -> None:
    """Write the chance of a nation's record for a disposition, in eight climates.

    The chances of the hidden stages, and of not moving, stay in ``room`` for the derivative.

    Parameters
    ----------
    exposure, nodes
    nation, first, r : int
        Which nation, the first of the climates, which disposition.
    willing_day : int
        If not `NOT_RECORDED`, the chance is that of the record and of being willing at this day's
        end.
    room : Room
    """
    table = room.table
    plan, in_play_by = plan_of(exposure, nation), exposure.record[nation, IN_PLAY_BY]
    start = first_day_of(exposure, r)
    start_hidden(exposure, nodes, nation, first, r, room)
    rule_out(table, start + CHANCE * LANES, in_play_by == 0, willing_day == 0)
    for day in range(1, plan.last + 1):
        hazards, today = hazards_on(exposure, nation, day), start + day * DAY
        named = within(exposure, nation, PUBLIC_FIRST, day) if day > willing_day else 0.0
        reported = exposure.reported[day]
        kept = 1.0 - reported
        pass_day_before_refusal(table, today, hazards, kept, named if plan.final == 0 else 0.0)
        if plan.final == 1:
            refused = reported * within(exposure, nation, REFUSED_FIRST, day)
            pass_day_after_refusal(table, today, hazards, kept, refused, named)
        if day in (in_play_by, willing_day):
            rule_out(table, today + CHANCE * LANES, day == in_play_by, day == willing_day)
    is_possible = 1.0 if willing_day <= plan.last else 0.0
    end = start + plan.last * DAY
    for lane in range(LANES):
        hidden = 0.0
        for place in range(N_HIDDEN):
            hidden += table[end + lane + (CHANCE + plan.final * N_HIDDEN + place) * LANES]
        total = table[end + lane + NAMED * LANES] + plan.ends_hidden * hidden
        room.of_disposition[r, lane] = nodes.weight[r] * total * is_possible


@compiled
def fill_log_chances(
    exposure: Exposure, nodes: Nodes, willing_day: int, room: Room, log_chance: Reals
) -> None:
    """Write the log of the chance of each nation's record, by climate: shape (Q, N).

    With a ``willing_day``, it is that of the record and of being willing at this day's end.
    """
    for first in range(0, nodes.climate.size, LANES):
        take_nodes(exposure, nodes, first, room)
        for nation in range(exposure.in_play.size):
            for r in range(nodes.disposition.size):
                fill_chances(exposure, nodes, nation, first, r, willing_day, room)
            for lane in range(LANES):
                total = LEAST_CHANCE
                for r in range(nodes.disposition.size):
                    total += room.of_disposition[r, lane]
                log_chance[first + lane, nation] = log(total)


@compiled
def fill_last_chances(
    exposure: Exposure, nodes: Nodes, willing_day: int, room: Room, chances: Reals
) -> None:
    """Write the chances of the stages at the end of the last day, given the record.

    Parameters
    ----------
    exposure, nodes, willing_day, room
        As for `fill_log_chances`.
    chances : ndarray, shape (Q, N, R, 5)
        Of the record, the disposition and the stage together: the hidden stages, then public within
        the interval of the record. The hidden ones are 0 where the interval ends by the last day.
    """
    for first in range(0, nodes.climate.size, LANES):
        take_nodes(exposure, nodes, first, room)
        for nation in range(exposure.in_play.size):
            plan = plan_of(exposure, nation)
            for r in range(nodes.disposition.size):
                fill_chances(exposure, nodes, nation, first, r, willing_day, room)
                end, weight = first_day_of(exposure, r) + plan.last * DAY, nodes.weight[r]
                for lane in range(LANES):
                    cell = end + lane
                    for place in range(N_HIDDEN):
                        row = (CHANCE + plan.final * N_HIDDEN + place) * LANES
                        chance = room.table[cell + row] * plan.ends_hidden
                        chances[first + lane, nation, r, place] = weight * chance
                    named = room.table[cell + NAMED * LANES]
                    chances[first + lane, nation, r, N_HIDDEN] = weight * named


class Origin(NamedTuple):
    """A stage that a nation may move from today.

    Attributes
    ----------
    chance, stay, mean : float
        Chance of the stage before the day, of not moving today, and `mean_survival`.
    """

    chance: float
    stay: float
    mean: float


@inlined
def pass_back(
    table: Reals, cell: int, hazards: Hazards, phase: int, to_exit: float, to_public: float
) -> None:
    """Pull the derivatives of a phase back over a day, and write those to its log hazards.

    Parameters
    ----------
    table, cell, hazards, phase
        As in `pass_day`.
    to_exit, to_public : float
        Derivative of the chance of the record to that of an exit today, and of becoming public.
    """
    before = cell - DAY + (CHANCE + phase * N_HIDDEN) * LANES
    at = cell + (DERIVATIVE + phase * N_HIDDEN) * LANES
    to_outside, to_talks = table[index(at)], table[index(at + LANES)]
    to_willing, to_left = table[index(at + 2 * LANES)], table[index(at + 3 * LANES)]
    outside, talks = table[index(before)], table[index(before + LANES)]
    willing, left = table[index(before + 2 * LANES)], table[index(before + 3 * LANES)]
    stay_outside = table[index(cell + STAY * LANES)]
    stay_talks = table[index(cell + (STAY + 1) * LANES)]
    stay_willing = table[index(cell + (STAY + 2) * LANES)]
    stay_left = table[index(cell + (STAY + 3) * LANES)]
    stage_outside = Origin(outside, stay_outside, table[index(cell + MEAN * LANES)])
    stage_talks = Origin(talks, stay_talks, table[index(cell + (MEAN + 1) * LANES)])
    stage_willing = Origin(willing, stay_willing, table[index(cell + (MEAN + 2) * LANES)])
    for_outside = pull(stage_outside, hazards.engage, hazards.refuse, to_outside, to_talks, to_exit)
    for_talks = pull(stage_talks, hazards.resolve, hazards.decline, to_talks, to_willing, to_exit)
    for_willing = pull(
        stage_willing, hazards.declare, hazards.back_out, to_willing, to_public, to_exit
    )
    table[index(at - DAY)] = for_outside[0]
    table[index(at - DAY + LANES)] = for_talks[0]
    table[index(at - DAY + 2 * LANES)] = for_willing[0]
    table[index(at - DAY + 3 * LANES)] = to_left * stay_left + to_talks * (1.0 - stay_left)
    of_return = left * hazards.returns * stay_left * (to_talks - to_left)
    slope = cell + SLOPE * LANES
    if phase == 1:  # after the other, whose derivatives are there
        table[index(slope + ENGAGE * LANES)] += for_outside[1]
        table[index(slope + RESOLVE * LANES)] += for_talks[1]
        table[index(slope + DECLARE * LANES)] += for_willing[1]
        table[index(slope + RETURN * LANES)] += of_return
        table[index(slope + REFUSE * LANES)] += for_outside[2]
        table[index(slope + DECLINE * LANES)] += for_talks[2]
        table[index(slope + BACK_OUT * LANES)] += for_willing[2]
    else:
        table[index(slope + ENGAGE * LANES)] = for_outside[1]
        table[index(slope + RESOLVE * LANES)] = for_talks[1]
        table[index(slope + DECLARE * LANES)] = for_willing[1]
        table[index(slope + RETURN * LANES)] = of_return
        table[index(slope + REFUSE * LANES)] = for_outside[2]
        table[index(slope + DECLINE * LANES)] = for_talks[2]
        table[index(slope + BACK_OUT * LANES)] = for_willing[2]


@inlined
def pull(
    stage: Origin,
    forward: float,
    leave: float,
    to_stay: float,
    to_next: float,
    to_exit: float,
) -> tuple[float, float, float]:
    """Return derivatives: to the chance of a stage before the day, and to its two log hazards.

    Parameters
    ----------
    stage : Origin
    forward, leave : float
        Its hazards.
    to_stay, to_next, to_exit : float
        Derivatives to the chances of having stayed, of the move forward and of the exit.
    """
    hazard, to_moves = forward + leave, to_next * forward + to_exit * leave
    chance, stay, mean = stage
    # Either hazard lowers the chance of staying, and what is left of the day for both.
    shared = to_moves * slope_of_mean_survival(hazard, stay, mean) - to_stay * stay
    return (
        to_stay * stay + to_moves * mean,
        chance * forward * (shared + to_next * mean),
        chance * leave * (shared + to_exit * mean),
    )


@compiled
def pass_day_back_before_refusal(
    table: Reals, today: int, hazards: Hazards, kept: float, refused: float, to_public: float
) -> None:
    """Pull the derivatives back over a day in which no refusal has been seen yet."""
    widest_vectors()
    for lane in range(LANES):
        cell = today + lane
        to_left = table[index(cell + (DERIVATIVE + 3) * LANES)]
        to_refused = table[index(cell + (DERIVATIVE + N_HIDDEN + 3) * LANES)]
        to_exit = kept * to_left + (refused * to_refused if refused > 0.0 else 0.0)
        pass_back(table, cell, scaled(table, cell, hazards), 0, to_exit, to_public)


@compiled
def pass_day_back_after_refusal(
    table: Reals, today: int, hazards: Hazards, kept: float, to_public: float
) -> None:
    """Pull the derivatives back over a day after a refusal."""
    widest_vectors()
    for lane in range(LANES):
        cell = today + lane
        to_exit = kept * table[index(cell + (DERIVATIVE + N_HIDDEN + 3) * LANES)]
        pass_back(table, cell, scaled(table, cell, hazards), 1, to_exit, to_public)


@compiled
def fill_derivatives(exposure: Exposure, nation: int, r: int, willing_day: int, room: Room) -> None:
    """Write the derivatives of a nation's chance for a disposition, after `fill_chances`."""
    table = room.table
    plan, in_play_by = plan_of(exposure, nation), exposure.record[nation, IN_PLAY_BY]
    start = first_day_of(exposure, r)
    end = start + plan.last * DAY + DERIVATIVE * LANES
    for row in range(2 * N_HIDDEN):
        for lane in range(LANES):
            is_final = row // N_HIDDEN == plan.final
            table[end + row * LANES + lane] = plan.ends_hidden if is_final else 0.0
    for day in range(plan.last, 0, -1):
        today = start + day * DAY
        if day in (in_play_by, willing_day):
            rule_out(table, today + DERIVATIVE * LANES, day == in_play_by, day == willing_day)
        hazards, reported = hazards_on(exposure, nation, day), exposure.reported[day]
        kept = 1.0 - reported
        named = within(exposure, nation, PUBLIC_FIRST, day) if day > willing_day else 0.0
        if plan.final == 0:
            pass_day_back_before_refusal(table, today, hazards, kept, 0.0, named)
        else:
            refused = reported * within(exposure, nation, REFUSED_FIRST, day)
            pass_day_back_before_refusal(table, today, hazards, kept, refused, 0.0)
            pass_day_back_after_refusal(table, today, hazards, kept, named)
    rule_out(table, start + DERIVATIVE * LANES, in_play_by == 0, willing_day == 0)


Eight = tuple[float, float, float, float, float, float, float, float]
"""A number for each of eight climates. A loop that adds them up would take one after another."""


@inlined
def eight_at(reals: Reals, first: int) -> Eight:
    """Return eight neighbours in memory."""
    return (
        reals[index(first)],
        reals[index(first + 1)],
        reals[index(first + 2)],
        reals[index(first + 3)],
        reals[index(first + 4)],
        reals[index(first + 5)],
        reals[index(first + 6)],
        reals[index(first + 7)],
    )


@inlined
def products(a: Eight, b: Eight) -> Eight:
    """Return the products of eight numbers with eight others."""
    return (
        a[0] * b[0],
        a[1] * b[1],
        a[2] * b[2],
        a[3] * b[3],
        a[4] * b[4],
        a[5] * b[5],
        a[6] * b[6],
        a[7] * b[7],
    )


@inlined
def sums(a: Eight, b: Eight) -> Eight:
    """Return the sums of eight numbers with eight others."""
    return (
        a[0] + b[0],
        a[1] + b[1],
        a[2] + b[2],
        a[3] + b[3],
        a[4] + b[4],
        a[5] + b[5],
        a[6] + b[6],
        a[7] + b[7],
    )


@inlined
def total_of(a: Eight) -> float:
    """Return the sum of eight numbers."""
    return ((a[0] + a[4]) + (a[1] + a[5])) + ((a[2] + a[6]) + (a[3] + a[7]))


NOTHING: Eight = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


@compiled
def add_derivatives(
    exposure: Exposure,
    nodes: Nodes,
    nation: int,
    first: int,
    r: int,
    weight: Reals,
    room: Room,
    gradient: Gradient,
) -> None:
    """Add the derivatives of a nation for a disposition, after `fill_derivatives`.

    ``weight`` has those of the chances of the records, by lane.
    """
    widest_vectors()
    table, share = room.table, exposure.willing_share[0]
    start, theta = first_day_of(exposure, r), nodes.disposition[r]
    weights, climates = eight_at(weight, 0), eight_at(nodes.climate, first)
    last = plan_of(exposure, nation).last
    for move in range(N_MOVES):
        of_all_days, cell = NOTHING, start + (SLOPE + move) * LANES
        for day in range(1, last + 1):
            slopes = products(weights, eight_at(table, cell + day * DAY))
            gradient.hazards[move, nation, day] += total_of(slopes)
            of_all_days = sums(of_all_days, slopes)
        gradient.disposition[move] += total_of(of_all_days) * theta
        gradient.climate[move] += total_of(products(of_all_days, climates))
    if exposure.start[nation, 0] >= 0.0:
        return
    for lane in range(LANES):
        chance = logistic(exposure.in_play[nation] + nodes.shift[r, first + lane])
        cell = start + lane + DERIVATIVE * LANES
        to_outside, to_talks, to_willing = (
            table[cell],
            table[cell + LANES],
            table[cell + 2 * LANES],
        )
        gain = (1.0 - share) * to_talks + share * to_willing - to_outside
        slope = weight[lane] * chance * (1.0 - chance) * gain
        gradient.in_play[nation] += slope
        gradient.disposition[N_MOVES] += slope * theta
        gradient.climate[N_MOVES] += slope * nodes.climate[first + lane]
        gradient.willing_share[0] += weight[lane] * chance * (to_willing - to_talks)


@compiled
def add_gradient(
    exposure: Exposure,
    nodes: Nodes,
    willing_day: int,
    weight: Reals,
    room: Room,
    gradient: Gradient,
) -> None:
    """Add the derivatives of the log chances of the records, each times its weight.

    Parameters
    ----------
    weight : ndarray, shape (Q, N)
        By climate and nation.
    gradient : Gradient
        What is added to.
    """
    n_dispositions = nodes.disposition.size
    for first in range(0, nodes.climate.size, LANES):
        take_nodes(exposure, nodes, first, room)
        for nation in range(exposure.in_play.size):
            for r in range(n_dispositions):
                fill_chances(exposure, nodes, nation, first, r, willing_day, room)
            for lane in range(LANES):
                total = LEAST_CHANCE
                for r in range(n_dispositions):
                    total += room.of_disposition[r, lane]
                for r in range(n_dispositions):
                    of_record = weight[first + lane, nation] * nodes.weight[r]
                    room.of_disposition[r, lane] = of_record / total
            for r in range(n_dispositions):
                fill_derivatives(exposure, nation, r, willing_day, room)
                add_derivatives(
                    exposure, nodes, nation, first, r, room.of_disposition[r], room, gradient
                )
