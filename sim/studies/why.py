"""Why one nation did or did not join in one run, and the smallest change that turns it round.

The change is searched under the luck of the run: one number is changed, and everything else, every
random number included, stays as it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import comb
from os import PathLike, fspath
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.kernel.simulate import RandomValues
from sim.core.stages import (
    DEPLOYED,
    FEATURE_MEANINGS,
    FEATURES,
    FORWARD,
    LEFT,
    N_STAGES,
    PUBLIC,
    WILLING,
)
from sim.engines.batch import Progress
from sim.engines.block_runner import BlockRunner, new_rows
from sim.engines.memory import sizes_of
from sim.engines.trace import trace
from sim.results.labels import condition_labels
from sim.results.trace import NO_QUORUM, OWN_RULE, TERMS, Reals, Trace
from sim.scenario.arrays.numbers import arrays_of, inputs_of_run
from sim.scenario.files.suggestions import unknown
from sim.scenario.files.variants import path_of
from sim.scenario.load import scenario_of
from sim.scenario.paths import Parameter
from sim.scenario.quorums import quorum_terms
from sim.scenario.schema import Scenario
from sim.store.stored_run import is_result, stored_run

STEPS = 100
"""A number in [0, 1] is changed to multiples of one hundredth."""

MOST_QUICK = 50_000
"""Nation-days of a run up to which nobody waits for the search."""

OWN_NUMBERS = ("stake", "support", "bond", "capability")
LABELS = {**FEATURE_MEANINGS, OWN_RULE: "a rule of its own"}
"""What people call a term of a log hazard; the rate and the limits hold nothing back."""

SPLIT = ("prospects", "pressure")
"""Features that are told condition by condition."""


class Influence(NamedTuple):
    """What one feature, or one condition in it, did to a nation's daily hazard of going on.

    Attributes
    ----------
    feature : str
    condition : str
        Key of the condition; empty where the feature is about none.
    label : str
        What people call it.
    term : float
        Mean of the term of the log hazard over the days of the wait; below 0 it held back.
    """

    feature: str
    condition: str
    label: str
    term: float


class Change(NamedTuple):
    """A change of one number under which the run ends otherwise for the nation.

    Attributes
    ----------
    parameter : Parameter
    before, after : float
    day : int
        First day on which the nation is public then; -1 for never.
    """

    parameter: Parameter
    before: float
    after: float
    day: int


@dataclass(frozen=True, eq=False)
class Why:
    """Why a nation did or did not join; get one from `sim.why`.

    Attributes
    ----------
    trace : Trace
        The run.
    nation : str
    joined : bool
        True if it is public, pledged or deployed at the end.
    first_day, day : int
        Day on which it was public for the first time, and on which it became so for the last; -1
        for never.
    gone : int
        Day since which it is public no more; -1 if it joined, or never was.
    waited : int
        Stage in which it waited longest before `day`, or since it was public last, for a move that
        was open or that a quorum kept closed. The influences are means over its days there on
        which the move was open. -1 if it never waited.
    n_waited : int
        Days of that wait on which the move was open.
    barred : tuple of int
        Days before `day`, or since it was public last, on which a quorum kept its next move closed.
    influences : tuple of Influence
        What held it back most comes first.
    change : Change or None
        The smallest change that was found; None if there is none.
    levers : tuple of Parameter
        The numbers that were tried, each over its whole range; none without a search.
    """

    trace: Trace
    nation: str
    joined: bool
    first_day: int
    day: int
    gone: int
    waited: int
    n_waited: int
    barred: tuple[int, ...]
    influences: tuple[Influence, ...]
    change: Change | None
    levers: tuple[Parameter, ...]

    def __repr__(self) -> str:
        joined = "joined" if self.joined else "did not join"
        return f"<Why {self.nation} {joined} in run {self.trace.run}, seed {self.trace.seed}>"


def why(
    scenario: Scenario | str | PathLike[str],
    nation: str,
    seed: int | None = None,
    run: int | None = None,
    progress: Progress | None = None,
) -> Why:
    """Why a nation did or did not join in one run, and the smallest change that turns it round.

    Parameters
    ----------
    scenario : Scenario, or str or path
        A scenario, the file or shipped name of one, or a folder that `willing run` or
        `Ensemble.save` wrote.
    nation : str
        Id of the nation.
    seed, run : int, optional
        As in `sim.trace`: by default 0. A result has its own seed, and its first run by default.
    progress : callable of (values tried, all values), optional

    Returns
    -------
    Why

    Raises
    ------
    ValueError
        No nation has that id, the seed or run is out of range, the result does not have the run,
        or a subclass of `Nation` made it.
    ScenarioError, ResultsError
        There is no such scenario or result.
    TypeError
        ``nation`` is no text, or ``scenario`` is something else.

    Notes
    -----
    Prospects are a product over conditions, so no condition has a share of its own in them. Each is
    given its Shapley value [Shapley1953]_: what it changes in the product, averaged over all
    orders in which the conditions could be taken in. The shares add up to the feature.

    The search changes one number at a time: the level of a condition, or the nation's stake,
    support, bond, capability or reliance. Each takes every multiple of 0.01 in its range, the
    nearest first, so there is no smaller change among them. Changes of two numbers at once may be
    smaller. A number that a quorum weighs is not among them: the total counts it, so that less of
    it would open the way for no good reason.

    Examples
    --------
    >>> import sim
    >>> found = sim.why("paris_2025", "HUN", seed=1, run=17)
    >>> found.joined
    False
    """
    if isinstance(scenario, str | PathLike) and is_result(fspath(scenario)):
        stored = stored_run(fspath(scenario), seed, run)
        if stored.nation_class:
            raise ValueError(
                f"{fspath(scenario)} was made by a subclass of Nation, {stored.nation_class}, "
                "whose rules the search does not know"
            )
        loaded, seed, run = stored.scenario, stored.seed, stored.run
    else:
        loaded = scenario_of(scenario)
    ids = [each.id for each in loaded.nations]
    if not isinstance(nation, str):
        raise TypeError(f"nation: it must be the id of a nation, such as {ids[0]!r}, not {nation}")
    if nation not in ids:
        raise ValueError(unknown("nation", nation, ids))
    seed, run = (0 if each is None else each for each in (seed, run))
    return why_in(trace(loaded, seed, run), nation, progress)


def why_in(traced: Trace, nation: str, progress: Progress | None = None) -> Why:
    """Why a nation did or did not join in a run that is traced already; see `why`.

    Parameters
    ----------
    traced : Trace
        Of the model's own rules: the search does not know a subclass of `Nation`.
    nation : str
    progress : callable of (values tried, all values), optional
    """
    levers = tuple(_levers(traced.scenario, nation))
    found = explained(traced, nation)
    change = _smallest_change(found, levers, progress)
    return replace(found, change=change, levers=levers)


def is_quick(scenario: Scenario) -> bool:
    """True if the search takes a second or so: some hundred runs of a small scenario."""
    return len(scenario.nations) * scenario.days <= MOST_QUICK


def explained(traced: Trace, nation: str) -> Why:
    """What became of a nation and what held it back, without a search: no lever is tried."""
    index = traced.index_of(nation)
    is_public = (traced.stage[:, index] >= PUBLIC) & (traced.stage[:, index] <= DEPLOYED)
    begun = np.flatnonzero(np.diff(is_public, prepend=False) & is_public)
    gone = np.flatnonzero(np.diff(is_public, prepend=False) & ~is_public)
    joined = bool(is_public[-1])
    # What matters is the wait for the last time it went public, or since it was public last.
    since = int(gone[-1]) if len(gone) else 0
    until = int(begun[-1]) if joined else traced.n_days
    waited, days, barred = _longest_wait(traced, index, since, until)
    return Why(
        trace=traced,
        nation=nation,
        joined=joined,
        first_day=int(begun[0]) if len(begun) else -1,
        day=int(begun[-1]) if len(begun) else -1,
        gone=-1 if joined or not len(gone) else int(gone[-1]),
        waited=waited,
        n_waited=len(days),
        barred=barred,
        influences=_influences(traced, index, days) if len(days) else (),
        change=None,
        levers=(),
    )


def _longest_wait(
    traced: Trace, index: int, since: int, until: int
) -> tuple[int, NDArray[np.intp], tuple[int, ...]]:
    """The stage in which a nation waited longest, the open days of the wait, all barred days."""
    is_open = np.asarray(np.isfinite(traced.term_rows(index, FORWARD)).all(axis=1))
    is_barred = np.asarray(traced.status_rows(index, FORWARD) == NO_QUORUM)
    stage = traced.considered[:, index]
    is_waiting = (is_open | is_barred) & ((stage <= WILLING) | (stage == LEFT))
    is_waiting[:since] = is_waiting[until + 1 :] = False
    days = np.flatnonzero(is_waiting)
    if not len(days):
        return -1, days, ()
    waited = int(np.bincount(stage[days]).argmax())
    barred = tuple(map(int, days[is_barred[days]]))
    return waited, days[(stage[days] == waited) & is_open[days]], barred


def _influences(traced: Trace, index: int, days: NDArray[np.intp]) -> tuple[Influence, ...]:
    """Mean terms of the log hazard over some days, by feature and condition, the lowest first."""
    rows = traced.term_rows(index, FORWARD)[days]
    inputs = inputs_of_run(arrays_of(traced.scenario), traced.seed, traced.run)
    stage = int(traced.considered[days[0], index])
    coefficient = dict(zip(FEATURES, traced.coefficient[stage, FORWARD], strict=True))
    found = [
        Influence(name, "", LABELS[name], float(term))
        for name, term in zip(TERMS, rows.mean(axis=0), strict=True)
        if name in LABELS and name not in SPLIT
    ]
    seen, labels = traced.conditions[days], condition_labels(traced.scenario)
    parts = {
        "prospects": shares_of_product(1.0 - inputs.reliance[:, index] * (1.0 - seen)),
        "pressure": inputs.sensitivity[:, index] * (seen - 0.5),
    }
    for feature, shares in parts.items():
        terms = coefficient[feature] * shares.mean(axis=0)
        found += [
            Influence(feature, name, labels[name], float(term))
            for name, term in zip(traced.scenario.conditions, terms, strict=True)
        ]
    return tuple(sorted((each for each in found if each.term), key=lambda each: each.term))


def shares_of_product(factors: Reals) -> Reals:
    """Shapley values of a product's factors: what each adds to the product minus 1.

    Parameters
    ----------
    factors : ndarray, shape (n_rows, n_factors)

    Returns
    -------
    ndarray, shape (n_rows, n_factors)
        Rows add up to the product of the factors, minus 1.

    Notes
    -----
    The value of a factor f is (f - 1) times the mean, over all orders, of the product of the
    factors before it. Subsets of one size are equally likely, so that this is a sum of elementary
    symmetric polynomials of the other factors, which takes n**3 steps and not 2**n [Shapley1953]_.

    Examples
    --------
    One factor of two thirds of a loss and one without any:

    >>> shares_of_product(np.array([[0.5, 1.0], [0.5, 0.5]]))
    array([[-0.5  ,  0.   ],
           [-0.375, -0.375]])
    """
    n_rows, n_factors = factors.shape
    shares = np.empty_like(factors)
    for one in range(n_factors):
        symmetric = np.zeros((n_rows, n_factors))
        symmetric[:, 0] = 1.0
        for other in range(n_factors):
            if other != one:
                symmetric[:, 1:] += symmetric[:, :-1] * factors[:, [other]]
        sizes = [1.0 / (n_factors * comb(n_factors - 1, size)) for size in range(n_factors)]
        shares[:, one] = (factors[:, one] - 1.0) * (symmetric @ np.array(sizes))
    return shares + 0.0  # no -0


def _levers(scenario: Scenario, nation: str) -> Iterator[Parameter]:
    """Numbers in [0, 1] that could turn a nation's decision."""
    member = next(each for each in scenario.nations if each.id == nation)
    for name in scenario.conditions:
        yield scenario.parameter(path_of(("conditions", name, "level")))
    # What quorums weigh counts in their totals: less of its own would only seem to open the way.
    weighed = {term.weight for term in quorum_terms(scenario) if term.moves}
    for field in (field for field in OWN_NUMBERS if field not in weighed):
        yield scenario.parameter(path_of(("nations", nation, field)))
    pressing = {name for name, value in member.sensitivity.items() if value}
    for name in (name for name in member.reliance if name not in pressing):
        yield scenario.parameter(path_of(("nations", nation, "reliance", name)))


def _smallest_change(
    found: Why, levers: tuple[Parameter, ...], progress: Progress | None
) -> Change | None:
    """The nearest value of one number under which a nation ends on the other side."""
    traced, index = found.trace, found.trace.index_of(found.nation)
    arrays = arrays_of(traced.scenario)
    runner, rows = BlockRunner(arrays), new_rows(1, sizes_of(arrays))
    inputs = inputs_of_run(arrays, traced.seed, traced.run)
    # Random inputs are those of the run, and none is drawn anew over the number that is changed.
    own = np.concatenate([part.ravel() for part in inputs])
    nothing = RandomValues(np.empty(0, dtype=np.int64), np.empty((1, 0)))
    tries = sorted(
        (
            (lever, step / STEPS)
            for lever in levers
            for step in range(int(lever.bounds.open_low), STEPS + 1 - lever.bounds.open_high)
        ),
        key=lambda each: abs(each[1] - own[each[0].slots[0]]),
    )
    for number, (lever, value) in enumerate(tries):
        if progress is not None:
            progress(number, len(tries))
        slot = lever.slots[0]
        vector = runner.workspace.worlds.real[0, : own.size]
        vector[:] = own
        vector[slot] = value
        runner.fill(rows, traced.seed, traced.run, nothing)
        if (PUBLIC <= rows.stage[0, index] <= DEPLOYED) != found.joined:
            days = rows.first_day.reshape(-1, N_STAGES)[index, PUBLIC : DEPLOYED + 1]
            day = int(min(days[days >= 0], default=-1))
            return Change(lever, float(own[slot]), value, day)
    return None
