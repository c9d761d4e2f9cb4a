"""The set of levers that together gain most: greedy search, its pairs, and what a best set could.

Nothing here knows the model. The search is a generator that asks for the gains of sets in some runs
and is told them, so that it can be tried on any function of sets and luck.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import sqrt
from typing import NamedTuple

import numpy as np

from sim.core.layout import Reals
from sim.results.estimates import Mean, mean_of
from sim.studies.keystone.ranks import bonferroni

LeverSet = tuple[int, ...]

HALVINGS = 3
"""How often the runs are halved for the first look at candidates."""

LEAST_RUNS = 64
"""Runs of the first look, at least."""

A_LOOK = 4
"""Candidates that are looked at together before it is asked whether any other is worth a look."""


class Ask(NamedTuple):
    """Sets whose gains in some runs are wanted, as an array of shape (n_runs, n_sets)."""

    sets: tuple[LeverSet, ...]
    first_run: int
    n_runs: int


Gains = dict[LeverSet, Reals]
"""What sets gain over nobody in the runs 0, 1, ..., as far as it is known."""


class SetStep(NamedTuple):
    """A lever that was added to a set.

    Attributes
    ----------
    lever : int
    gain : Mean
        What it adds to the set before it, in runs that had no part in choosing it.
    total : Mean
        What the set with it gains over nobody, in the same runs.
    chosen_with : float
        What it seemed to add in the runs by which it was chosen, which flatters the chosen.
    n_measured, n_skipped, n_dropped : int
        Candidates that were looked at; those that were not, as they could not gain as much by what
        they gained before, if returns diminish; and those that were dropped before all runs.
    ties : tuple of int
        Candidates that were measured to the end and are not told apart from it.
    """

    lever: int
    gain: Mean
    total: Mean
    chosen_with: float
    n_measured: int
    n_skipped: int
    n_dropped: int
    ties: tuple[int, ...]


class Interaction(NamedTuple):
    """What two levers gain together, and beyond what each gains alone."""

    pair: tuple[int, int]
    together: Mean
    beyond: Mean


class Returns(NamedTuple):
    """Whether a lever gains less when others are pulled as well.

    Attributes
    ----------
    n_tested : int
        Pairs of gains of a lever, added to a set and to a larger one.
    rejected : tuple of (lever, set)
        Where the second is larger, by an interval that allows for the number of tests.
    losses : tuple of int
        Levers whose gain, alone or added to a set, is below 0 by such an interval.
    """

    n_tested: int
    rejected: tuple[tuple[int, LeverSet], ...]
    losses: tuple[int, ...]


class Bound(NamedTuple):
    """The most that any set of so many levers can gain, if returns diminish.

    Attributes
    ----------
    most : float
        By the estimated gains.
    high : float
        With their errors added: Bonferroni's bound for the gains that it is made of.
    after : int
        Size of the set from which it was found.
    """

    most: float
    high: float
    after: int


@dataclass(frozen=True)
class SetSearch:
    """What a greedy search found.

    Attributes
    ----------
    candidates : tuple of int
    steps : tuple of SetStep
    interactions : tuple of Interaction
        Of each pair of the set.
    returns : Returns
    bound : Bound or None
        None where diminishing returns are rejected.
    """

    candidates: tuple[int, ...]
    steps: tuple[SetStep, ...]
    interactions: tuple[Interaction, ...]
    returns: Returns
    bound: Bound | None

    @property
    def chosen(self) -> tuple[int, ...]:
        """The levers of the set, in the order in which they were added."""
        return tuple(step.lever for step in self.steps)


def n_pairs(count: int) -> float:
    """How many pairs there are of so many: comparisons of each with whichever is the best."""
    return count * (count - 1) / 2


def added(base: LeverSet, lever: int) -> LeverSet:
    """A set with another lever; sets are in ascending order."""
    return tuple(sorted((*base, lever)))


def measured(known: Gains, sets: Iterable[LeverSet], n_runs: int) -> Generator[Ask, Reals, None]:
    """Ask for what is not known of sets in the first runs, and note it."""
    missing: dict[int, list[LeverSet]] = {}
    for each in dict.fromkeys(sets):
        there = len(known.get(each, ()))
        if there < n_runs:
            missing.setdefault(there, []).append(each)
    for there, some in missing.items():
        found = yield Ask(tuple(some), there, n_runs - there)
        for each, column in zip(some, found.T, strict=True):
            known[each] = np.concatenate([known.get(each, column[:0]), column])


class Margin:
    """Intervals of mean gains that hold together.

    Parameters
    ----------
    unit : float
        Usual size of a gain in one run where it is not 0. One such gain is added to each variance:
        a gain that was 0 in all of n runs is then known within some 3 / n, and not for certain.
    """

    def __init__(self, unit: float) -> None:
        self.unit = unit

    def error(self, gains: Reals) -> float:
        """Standard error of a mean gain."""
        n_runs = len(gains)
        return sqrt((float(gains.var()) + self.unit**2 / n_runs) / n_runs)

    def high(self, gains: Reals, z: float) -> float:
        """Upper end of the interval of a mean gain."""
        return float(gains.mean()) + z * self.error(gains)

    def low(self, gains: Reals, z: float) -> float:
        """Lower end."""
        return float(gains.mean()) - z * self.error(gains)


def usual_size(gains: Mapping[LeverSet, Reals]) -> float:
    """Root mean square of the gains that are not 0; 1 where all are.

    Examples
    --------
    >>> usual_size({(0,): np.array([0.0, 2.0, -2.0, 0.0])})
    2.0
    """
    values = np.concatenate(list(gains.values()))
    there = values[values != 0]
    return float(np.sqrt((there**2).mean())) if there.size else 1.0


def set_search(known: Gains, n_levers: int, n_runs: int) -> Generator[Ask, Reals, SetSearch]:
    """Add one lever at a time, always the one that gains most.

    Parameters
    ----------
    known : dict of set to ndarray, shape (n_runs,)
        Gains of all single candidates, and of other sets as far as they are known; those that are
        asked for are noted in it.
    n_levers : int
        How many levers the set is to have.
    n_runs : int

    Yields
    ------
    Ask
        Of runs from 0 on, by which levers are chosen, and at last of as many new ones, in which the
        gains of the chosen set are measured.

    Returns
    -------
    SetSearch

    Notes
    -----
    Greedy search finds at least 1 - 1/e of the best where returns diminish and no lever does harm
    [NemhauserWolseyFisher1978]_. Candidates come up in the order of what they gained when they
    were last measured. As that is the most they can gain now if returns diminish, those behind are
    skipped as soon as nobody among them could be the best: lazy evaluation [Minoux1978]_, CELF
    [Leskovec2007]_. Those that are looked at get an eighth of the runs, then twice as many, and so
    on; on the way are dropped, as in successive halving [JamiesonTalwalkar2016]_, those that are
    below the best by their paired interval. Intervals allow by Bonferroni's inequality for the
    number of candidates and looks, and for all pairs of candidates where each is compared with
    whichever is the best.
    """
    candidates = tuple(sorted(each[0] for each in known if len(each) == 1))
    margin = Margin(usual_size({(i,): known[i,] for i in candidates}))
    known[()] = np.zeros(n_runs)
    before = {i: known[i,] for i in candidates}  # gains when they were last measured
    bounds = [bound_of((), known, before, n_levers, margin)]
    alone = {i: float(known[i,].mean()) for i in candidates}
    first = max(candidates, key=lambda i: (alone[i], -i))
    z = bonferroni(n_pairs(len(candidates)))
    ties = tuple(
        i for i in candidates if i != first and may_be_above(known[i,], known[first,], margin, z)
    )
    chosen, choices = [first], [Choice(alone[first], len(candidates), 0, 0, ties)]
    gains, rises = list(before.items()), list[tuple[int, LeverSet, Reals]]()
    while len(chosen) < n_levers:
        base = tuple(sorted(chosen))
        before = {i: gain for i, gain in before.items() if i not in base}
        now: dict[int, Reals] = {}
        alive = yield from best_addition(known, base, before, now, margin)
        best = max(alive, key=lambda i: (float(now[i].mean()), -i))
        n_skipped, n_dropped = len(before) - len(now), len(now) - len(alive)
        ties = tuple(i for i in alive if i != best)
        choices.append(Choice(float(now[best].mean()), len(now), n_skipped, n_dropped, ties))
        chosen.append(best)
        for i, gain in now.items():
            n_both = min(len(gain), len(before[i]))
            rises.append((i, base, gain[:n_both] - before[i][:n_both]))
        gains += now.items()
        before |= now
        bounds.append(bound_of(base, known, before, n_levers, margin))
    z = bonferroni(len(rises))
    rejected = tuple((i, base) for i, base, rise in rises if margin.low(rise, z) > 0)
    z = bonferroni(len(gains))
    losses = tuple(dict.fromkeys(i for i, gain in gains if margin.high(gain, z) < 0))
    bound = None
    if not rejected:  # with losses, only the empty set is sure to be part of a better one
        bound = min(bounds[:1] if losses else bounds)
    steps, interactions = yield from measured_anew(chosen, choices, n_runs)
    returns = Returns(len(rises), rejected, losses)
    return SetSearch(candidates, steps, interactions, returns, bound)


class Choice(NamedTuple):
    """How a lever was chosen; see `SetStep`."""

    chosen_with: float
    n_measured: int
    n_skipped: int
    n_dropped: int
    ties: tuple[int, ...]


def best_addition(
    known: Gains,
    base: LeverSet,
    before: Mapping[int, Reals],
    now: dict[int, Reals],
    margin: Margin,
) -> Generator[Ask, Reals, list[int]]:
    """Measure what candidates add to a set, until the best is clear or there are no more runs.

    Parameters
    ----------
    known : dict of set to gains
    base : tuple of int
    before : mapping of candidate to ndarray
        What each added when it was last measured.
    now : dict of candidate to ndarray
        Filled with what those add now that were looked at, in as many runs as they got.
    margin : Margin

    Returns
    -------
    list of int
        Candidates that may be the best, measured in all runs.
    """
    n_runs = len(known[base])
    looks = [max(LEAST_RUNS, n_runs >> halving) for halving in range(HALVINGS, 0, -1)]
    looks = [*(n for n in dict.fromkeys(looks) if n < n_runs), n_runs]
    z = bonferroni(len(before) * len(looks))

    def look_at(some: Sequence[int], upto: int) -> Generator[Ask, Reals, None]:
        yield from measured(known, [added(base, i) for i in some], upto)
        for i in some:
            with_it = known[added(base, i)]
            now[i] = with_it - known[base][: len(with_it)]

    waiting = sorted(before, key=lambda i: (-margin.high(before[i], z), i))
    while waiting:
        bar = max((margin.low(gain, z) for gain in now.values()), default=-np.inf)
        some = [i for i in waiting[:A_LOOK] if margin.high(before[i], z) >= bar]
        if not some:
            break
        yield from look_at(some, looks[0])
        waiting = waiting[len(some) :]
    alive, z = sorted(now), bonferroni(n_pairs(len(before)) * len(looks))
    for upto in looks:
        yield from look_at(alive, n_runs if len(alive) == 1 else upto)
        best = max(alive, key=lambda i: float(now[i].mean()))
        alive = [i for i in alive if i == best or may_be_above(now[i], now[best], margin, z)]
    return alive


def may_be_above(gain: Reals, best: Reals, margin: Margin, z: float) -> bool:
    """Whether a gain may be above the best, by the interval of their paired difference."""
    n_runs = min(len(gain), len(best))
    return margin.high(gain[:n_runs] - best[:n_runs], z) >= 0


def measured_anew(
    chosen: Sequence[int], choices: Sequence[Choice], n_runs: int
) -> Generator[Ask, Reals, tuple[tuple[SetStep, ...], tuple[Interaction, ...]]]:
    """Gains of a chosen set step by step, and of its pairs, in runs that did not choose it."""
    chain = [tuple(sorted(chosen[: end + 1])) for end in range(len(chosen))]
    pairs = list(combinations(sorted(chosen), 2))
    asked = tuple(dict.fromkeys([*chain, *((i,) for i in chosen), *pairs]))
    found = yield Ask(asked, n_runs, n_runs)
    gains = dict(zip(asked, found.T, strict=True))
    total, steps = np.zeros(n_runs), list[SetStep]()
    for lever, each, choice in zip(chosen, chain, choices, strict=True):
        gain, total = gains[each] - total, gains[each]
        steps.append(SetStep(lever, mean_of(gain), mean_of(total), *choice))
    return tuple(steps), tuple(interaction(pair, gains) for pair in pairs)


def interaction(pair: LeverSet, gains: Mapping[LeverSet, Reals]) -> Interaction:
    """What a pair gains, and what of it is beyond the gains of its two levers."""
    one, other = pair
    beyond = gains[pair] - gains[one,] - gains[other,]
    return Interaction((one, other), mean_of(gains[pair]), mean_of(beyond))


def bound_of(
    base: LeverSet, known: Gains, adds: Mapping[int, Reals], n_levers: int, margin: Margin
) -> Bound:
    """The most that a set can gain: what a set gains, and the largest gains that can be added.

    Parameters
    ----------
    base : tuple of int
        A set, the gains of which are known.
    known : dict of set to gains
    adds : mapping of lever to ndarray
        What each other lever adds to it, or added to a smaller set.
    n_levers : int
        Size of the sets that are bounded.
    margin : Margin

    Notes
    -----
    The online bound of [Leskovec2007]_: the best set adds to this one at most the sum of what its
    levers add one by one. It needs diminishing returns; and, unless this is the empty set, that no
    lever does harm.
    """
    z = bonferroni(len(adds) + 1)
    largest = sorted((float(gain.mean()) for gain in adds.values()), reverse=True)[:n_levers]
    highest = sorted((margin.high(gain, z) for gain in adds.values()), reverse=True)[:n_levers]
    own, own_high = (float(known[base].mean()), margin.high(known[base], z)) if base else (0.0, 0.0)
    return Bound(own + sum(largest), own_high + sum(highest), len(base))


class Pair(NamedTuple):
    """A pair of levers among all pairs.

    Attributes
    ----------
    interaction : Interaction
    is_tied : bool
        Whether it is not told apart from the best pair, by an interval that allows for all pairs.
    """

    interaction: Interaction
    is_tied: bool


def all_pairs(known: Gains, n_runs: int) -> Generator[Ask, Reals, tuple[Pair, ...]]:
    """Measure every pair of candidates, and put first those that gain most together.

    Parameters
    ----------
    known : dict of set to ndarray, shape (n_runs,)
        Gains of all single candidates; those of the pairs are added.
    n_runs : int
    """
    candidates = sorted(each[0] for each in known if len(each) == 1)
    pairs = list(combinations(candidates, 2))
    margin = Margin(usual_size({(i,): known[i,] for i in candidates}))
    yield from measured(known, pairs, n_runs)
    pairs.sort(key=lambda pair: (-float(known[pair].mean()), pair))
    z = bonferroni(n_pairs(len(pairs)))
    best = known[pairs[0]]
    return tuple(
        Pair(interaction(pair, known), may_be_above(known[pair], best, margin, z)) for pair in pairs
    )
