"""What runs of a scenario show of each stylised fact, with Monte Carlo intervals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import sim
from sim.core.stages import DEPLOYED, LEFT, PUBLIC
from sim.results.drawn_inputs import run_inputs
from sim.results.estimates import Z_95, chance
from sim.scenario.behaviour import MOVES
from sim.scenario.events import Meeting, PublishedList, Trigger

SIZES = (10, 12, 15, 20)
"""Named nations at which the coalition may be said to be launched."""

SUMMITS = ("leaders_call", "ukraine_recovery_conference")
"""Meetings at which it may be said to be launched, by label."""

REACH = 3
"""Days on either side of a meeting that count as near it."""

DAYS = (30, 90, 180)
"""Days on which pledged nations are set against named ones."""

LARGEST = (2, 5, 10)
"""How many of the largest nations the share of the force is asked of."""

OUTER = (0.05, 0.95)

Reals = NDArray[np.float64]
Days = NDArray[np.int64]


class Sample(NamedTuple):
    """A quantity as a finite number of runs gives it.

    Attributes
    ----------
    estimate, low, high : float
        Mean over runs, or ratio of means, with its 95 % Monte Carlo interval; NaN where no run
        has the quantity.
    q05, q95 : float
        Range that holds 90 % of the runs that have the quantity.
    n_runs : int
        How many have it.
    """

    estimate: float
    low: float
    high: float
    q05: float
    q95: float
    n_runs: int


NOTHING = Sample(*[float("nan")] * 5, 0)


class Pair(NamedTuple):
    """A scenario's runs, and the same runs with the effect of meetings switched off."""

    shown: sim.Ensemble
    control: sim.Ensemble


def run_pair(name: str, runs: int, seed: int) -> Pair:
    """Run a scenario as it stands, and its control under the same luck."""
    scenario = sim.load_scenario(name)
    control = scenario.with_changes(without_convened(scenario))
    return Pair(*(sim.run(each, runs=runs, seed=seed) for each in (scenario, control)))


def without_convened(scenario: Any) -> dict[str, float]:
    """Changes that set every coefficient of `convened` to 0.

    Examples
    --------
    >>> sorted(without_convened(sim.load_scenario("paris_2025")))[:2]
    ['behaviour.declare.convened', 'behaviour.engage.convened']
    """
    found = {}
    moves = {move: scenario.full()["behaviour"][move] for move in MOVES}
    for move, given in moves.items():
        sets = {"": given} if "rate" in given else given
        for stage, numbers in sets.items():
            if isinstance(numbers, dict) and numbers.get("convened"):
                path = ".".join(part for part in ("behaviour", move, stage, "convened") if part)
                found[path] = 0.0
    return found


# Estimates ---------------------------------------------------------------------------------------


def mean_of(values: Any) -> Sample:
    """Mean over runs.

    Parameters
    ----------
    values : array_like, shape (n_runs,)
    """
    values = np.asarray(values, dtype=np.float64)
    if values.size == 0:
        return NOTHING
    error = values.std(ddof=1) / np.sqrt(values.size) if values.size > 1 else float("nan")
    mean, half = float(values.mean()), float(Z_95 * error)
    low, high = (float(end) for end in np.quantile(values, OUTER))
    return Sample(mean, mean - half, mean + half, low, high, values.size)


def ratio_of(over: Any, under: Any, scale: float = 1.0) -> Sample:
    """Ratio of the means of two quantities of the same runs, times a number.

    The error is that of the ratio estimator [Cochran1977]_, chapter 6, on the log scale, so that
    the interval stays above 0. If the first is 0 in every run the upper end is Wilson's, with the
    sum of the second for the number of cases.

    Parameters
    ----------
    over, under : array_like, shape (n_runs,)
    """
    over, under = (np.asarray(each, dtype=np.float64) for each in (over, under))
    has = under > 0
    if not has.any():
        return NOTHING
    low, high = (float(end) for end in np.quantile(scale * over[has] / under[has], OUTER))
    if not over.any():
        most = scale * chance(0, round(under.sum())).high
        return Sample(0.0, 0.0, most, low, high, int(has.sum()))
    ratio = scale * float(over.mean() / under.mean())
    half = log_half_width(over / over.mean() - under / under.mean())
    return Sample(ratio, ratio * np.exp(-half), ratio * np.exp(half), low, high, int(has.sum()))


def log_half_width(influence: Reals) -> float:
    """Half the width of a 95 % interval on the log scale, from each run's influence on it."""
    return float(Z_95 * influence.std(ddof=1) / np.sqrt(influence.size))


def double_ratio(over: tuple[Reals, Reals], under: tuple[Reals, Reals]) -> Sample:
    """Ratio of two ratios of means, all four of the same runs and so with their luck in common.

    No range over runs is given: single runs have too few cases.
    """
    (top, below), (other_top, other_below) = (
        tuple(np.asarray(each, dtype=np.float64) for each in pair) for pair in (over, under)
    )
    means = [float(each.mean()) for each in (top, below, other_top, other_below)]
    if min(means) <= 0:
        return NOTHING
    ratio = means[0] / means[1] / (means[2] / means[3])
    influence = top / means[0] - below / means[1] - other_top / means[2] + other_below / means[3]
    half = log_half_width(influence)
    ends = ratio * np.exp(-half), ratio * np.exp(half)
    return Sample(ratio, *ends, float("nan"), float("nan"), top.size)


# (a) Unnamed at launch ---------------------------------------------------------------------------


def unnamed_at_launch(ensemble: sim.Ensemble) -> Iterator[tuple[str, Sample]]:
    """Share of the members that are not named, under each definition of the launch.

    Members are the private coalition: nations that have decided, named or not.
    """
    last = ensemble.size[:, -1:]
    for size in SIZES:
        yield f"unnamed_at_{size}", unnamed_on(ensemble, first_reached(ensemble, size))
    yield "unnamed_at_half", unnamed_on(ensemble, first_reached(ensemble, np.maximum(last, 1) / 2))
    for label in SUMMITS:
        day = day_of_meeting(ensemble, label)
        if day is not None:
            yield f"unnamed_at_{label}", unnamed_on(ensemble, np.full(ensemble.n_runs, day))


def first_reached(ensemble: sim.Ensemble, size: Any) -> Days:
    """First day on which the public size is at least `size`, by run; -1 never."""
    reached = ensemble.size >= size
    return np.where(reached.any(axis=1), reached.argmax(axis=1), -1)


def unnamed_on(ensemble: sim.Ensemble, days: Days) -> Sample:
    """Share of the private size that is not public on a day of each run; -1 leaves a run out."""
    private = ensemble.private_size[np.arange(ensemble.n_runs), days]
    runs = np.flatnonzero((days >= 0) & (private > 0))
    named = ensemble.size[runs, days[runs]]
    return mean_of(1.0 - named / private[runs])


def day_of_meeting(ensemble: sim.Ensemble, label: str) -> int | None:
    """Day of the meeting of that label, if the scenario has it within its days."""
    days = [event.date for event in meetings(ensemble) if event.meeting == label]
    return days[0] if days and 0 <= days[0] <= ensemble.n_days else None


def meetings(ensemble: sim.Ensemble) -> list[Meeting]:
    """The scenario's meetings, those before its first day included."""
    return [event for event in ensemble.scenario.events if isinstance(event, Meeting)]


# (b) Bursts at meetings --------------------------------------------------------------------------


def bursts(pair: Pair) -> Iterator[tuple[str, Sample]]:
    """Share of declarations near meetings over the share of days there; the same in the control.

    And near occasions of any kind, where a scenario has others than meetings: those that it draws
    differ from run to run, and a run's declarations are set against its own share of days.
    """
    declared = [declarations(ensemble) for ensemble in pair]
    days_near = {"any": near_meetings(pair.shown, False), "all": near_meetings(pair.shown, True)}
    if any(isinstance(event, PublishedList | Trigger) for event in pair.shown.scenario.events):
        days_near["occasion"] = near_occasions(pair.shown)
    for name, near in days_near.items():
        share = np.broadcast_to(near[..., 1:].mean(axis=-1), pair.shown.n_runs)
        if not share.any():
            continue
        within = [(each * near).sum(axis=1) for each in declared]
        expected = [each.sum(axis=1) * share for each in declared]
        yield f"days_near_{name}", mean_of(share)
        yield f"bursts_{name}", ratio_of(within[0], expected[0])
        yield f"bursts_{name}_control", ratio_of(within[1], expected[1])
        against = double_ratio((within[0], expected[0]), (within[1], expected[1]))
        yield f"bursts_{name}_against_control", against


def declarations(ensemble: sim.Ensemble) -> Days:
    """Nations that go public for the first time, by run and day; none on day 0."""
    first = first_public(ensemble)
    counts = np.zeros((ensemble.n_runs, ensemble.n_days + 1), dtype=np.int64)
    runs, nations = np.nonzero(first > 0)
    np.add.at(counts, (runs, first[runs, nations]), 1)
    return counts


def first_public(ensemble: sim.Ensemble) -> Days:
    """First day in any public stage, shape (n_runs, n_nations); -1 never."""
    days = ensemble.first_day[:, :, PUBLIC : DEPLOYED + 1].astype(np.int64)
    never = ensemble.n_days + 1
    first = np.where(days < 0, never, days).min(axis=2)
    return np.where(first == never, -1, first)


def near_meetings(ensemble: sim.Ensemble, only_all: bool) -> NDArray[np.bool_]:
    """Whether each day lies within three days of a meeting; day 0 does not count.

    Parameters
    ----------
    only_all : bool
        Whether to look only at meetings of all that take part: the coalition's own.
    """
    held = [m.date for m in meetings(ensemble) if m.participants == "all" or not only_all]
    return near_days(held, ensemble.n_days)


def near_days(held: list[int], n_days: int) -> NDArray[np.bool_]:
    """Whether each day from day 0 on lies within three days of some; day 0 does not count."""
    near = np.zeros(n_days + 1, dtype=np.bool_)
    for day in held:
        near[max(day - REACH, 1) : max(day + REACH + 1, 1)] = True
    return near


def near_occasions(ensemble: sim.Ensemble) -> NDArray[np.bool_]:
    """Whether each day of each run lies within three days of a meeting, list or trigger.

    Returns
    -------
    ndarray of bool, shape (n_runs, n_days + 1)
        A drawn date after the last day says that a run has no such event, and does not count.
    """
    n_days, kinds = ensemble.n_days, ("meeting", "list", "trigger")
    dated = [
        event.date
        for event in ensemble.scenario.events
        if isinstance(event, Meeting | PublishedList | Trigger) and isinstance(event.date, int)
    ]
    near = np.tile(near_days(dated, n_days), (ensemble.n_runs, 1))
    for path, drawn in run_inputs(ensemble).of_run.items():
        if path.startswith(tuple(f"events.{kind}." for kind in kinds)) and path.endswith(".date"):
            runs = np.flatnonzero(drawn <= n_days)
            for day in range(-REACH, REACH + 1):
                near[runs, np.clip(drawn[runs] + day, 0, n_days)] = True
    near[:, 0] = False
    return near


# (c) More willing to join than to name a number --------------------------------------------------


def pledged_of_named(ensemble: sim.Ensemble) -> Iterator[tuple[str, Sample]]:
    """Pledged nations over named ones, on some days and when twelve are named."""
    firm, named = ensemble.firm_size, ensemble.size
    for day in DAYS:
        if day <= ensemble.n_days:
            yield f"pledged_on_day_{day}", ratio_of(firm[:, day], named[:, day])
    days = first_reached(ensemble, 12)
    runs = np.flatnonzero(days >= 0)
    at_launch = (each[runs, days[runs]] for each in (firm, named))
    yield "pledged_at_12", ratio_of(*at_launch)


# (d) Reversals -----------------------------------------------------------------------------------


def reversals(ensemble: sim.Ensemble) -> Iterator[tuple[str, Sample]]:
    """How often the named withdraw and those that left come back; each by run as well."""
    named = (first_public(ensemble) >= 0).sum(axis=1)
    out = (ensemble.exit_day >= 0).sum(axis=1)
    left = has_left(ensemble).sum(axis=1)
    back = came_back(ensemble).sum(axis=1)
    yield "withdrew", ratio_of(out, named)
    yield "returned", ratio_of(back, left)
    yield "withdrew_per_run", mean_of(out)
    yield "left_per_run", mean_of(left)
    yield "returned_per_run", mean_of(back)
    yield "runs_with_both", share_of_runs((out > 0) & (back > 0))


def share_of_runs(holds: NDArray[np.bool_]) -> Sample:
    """Share of runs of which something holds, with its Wilson interval [Wilson1927]_."""
    found = chance(int(holds.sum()), holds.size)
    ends = (float(end) for end in np.quantile(holds.astype(np.float64), OUTER))
    return Sample(found.chance, found.low, found.high, *ends, holds.size)


def has_left(ensemble: sim.Ensemble) -> NDArray[np.bool_]:
    """Whether a nation left at least once, shape (n_runs, n_nations)."""
    left: NDArray[np.bool_] = (ensemble.refusal_day >= 0) | (ensemble.exit_day >= 0)
    return left


def came_back(ensemble: sim.Ensemble) -> NDArray[np.bool_]:
    """Whether a nation that left was in another stage later, shape (n_runs, n_nations).

    Read off first days: a nation that came back and was gone again without reaching a stage that
    was new to it, or leaving in another way, is missed. At ten times the shipped rate of return,
    152 of the 172 returns that 55 runs of the first scenario showed day by day were found.
    """
    never = ensemble.n_days + 1
    exits = np.stack([ensemble.refusal_day, ensemble.exit_day]).astype(np.int64)
    gone = np.where(exits < 0, never, exits).min(axis=0)
    new_stage = (ensemble.first_day[:, :, 1:LEFT] > gone[:, :, None]).any(axis=2)
    left_twice = (exits >= 0).all(axis=0)
    back: NDArray[np.bool_] = new_stage | left_twice | (ensemble.stage != LEFT)
    return has_left(ensemble) & back


# (e) The large carry most ------------------------------------------------------------------------


def burden(ensemble: sim.Ensemble) -> Iterator[tuple[str, Sample]]:
    """Share of the force of the largest contributors, and of the nations of largest capacity."""
    pledged = ensemble.pledge.sum(axis=2)
    total, capacity = pledged.sum(axis=1), capacities(ensemble)
    falling = -np.sort(-pledged, axis=1)
    order = np.argsort(-capacity, kind="stable")
    for n in LARGEST:
        yield f"force_{n}", ratio_of(falling[:, :n].sum(axis=1), total)
    for n in LARGEST:
        yield f"capacity_{n}", ratio_of(pledged[:, order[:n]].sum(axis=1), total)
    for n in LARGEST:
        share = float(capacity[order[:n]].sum() / capacity.sum())
        of_force = pledged[:, order[:n]].sum(axis=1)
        yield f"capacity_{n}_over_its_share", ratio_of(of_force, total, 1.0 / share)
    given = total > 0
    concentration = ((pledged[given] / total[given, None]) ** 2).sum(axis=1)
    yield "concentration", mean_of(concentration / ((capacity / capacity.sum()) ** 2).sum())


def capacities(ensemble: sim.Ensemble) -> Reals:
    """Capacity of each nation over all kinds, force units."""
    kinds = ensemble.scenario.contributions
    return np.array(
        [
            sum(float(kinds[kind].weight) * float(most) for kind, most in nation.capacity.items())
            for nation in ensemble.scenario.nations
        ]
    )


def measure(pair: Pair) -> dict[str, Sample]:
    """Every quantity of a scenario, by key."""
    shown = pair.shown
    return {
        **dict(unnamed_at_launch(shown)),
        **dict(bursts(pair)),
        **dict(pledged_of_named(shown)),
        **dict(reversals(shown)),
        **dict(burden(shown)),
    }
