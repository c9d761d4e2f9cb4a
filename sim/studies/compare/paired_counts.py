"""What is gathered of scenarios that are run side by side: block by block, little a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.stages import DEPLOYED, PUBLIC
from sim.results.ensemble import Ensemble
from sim.results.joining import public_days
from sim.results.records import SIZE_MEASURES

Reals = NDArray[np.float64]
Counts = NDArray[np.int64]


class Alone(NamedTuple):
    """One scenario by itself.

    Attributes
    ----------
    outcomes : dict of name to tuple of ndarray, shape (n_runs of the block,)
        Outcomes at the end, run by run, one array a block.
    size_sums : ndarray of int64, shape (3, n_days + 1)
        Sum over runs of each of `sim.results.records.SIZE_MEASURES` by day.
    public : ndarray of int64, shape (n_nations,), runs
        Runs in which each nation is public at the end.
    days : ndarray of int64, shape (n_nations,), days
        Sum over runs of the days until each nation is public; see `days_until_public`.
    """

    outcomes: dict[str, tuple[Reals, ...]]
    size_sums: Counts
    public: Counts
    days: Counts


class Paired(NamedTuple):
    """One scenario against the base, run by run.

    Attributes
    ----------
    differences : ndarray of int64, shape (3, n_days + 1, n_values), runs
        Runs by day and by difference in each of `SIZE_MEASURES`, from minus the base's nations on.
    gained, lost : ndarray of int64, shape (n_common,), runs
        Runs in which a nation of both is public at the end in this scenario alone, in the base
        alone.
    squares : ndarray of int64, shape (n_common,), days squared
        Sum over runs of the squared difference in the days until it is public.
    """

    differences: Counts
    gained: Counts
    lost: Counts
    squares: Counts


class Gathered(NamedTuple):
    """All that is kept of some runs: of each scenario, the base first, and of each but the base."""

    n_runs: int
    alone: tuple[Alone, ...]
    paired: tuple[Paired, ...]

    def with_block(self, block: Gathered) -> Gathered:
        """These runs and those that follow on; counts are whole numbers, so blocks change none."""
        return Gathered(
            self.n_runs + block.n_runs,
            tuple(map(_joined, self.alone, block.alone)),
            tuple(
                Paired(*(ours + theirs for ours, theirs in zip(one, other, strict=True)))
                for one, other in zip(self.paired, block.paired, strict=True)
            ),
        )


def gather(ensembles: Sequence[Ensemble]) -> Gathered:
    """What is kept of the same runs of several scenarios, of which single runs are there.

    Parameters
    ----------
    ensembles : sequence of Ensemble
        The base first; of one length in days.
    """
    base = ensembles[0]
    return Gathered(
        base.n_runs,
        tuple(map(_alone, ensembles)),
        tuple(_paired(base, other) for other in ensembles[1:]),
    )


def days_until_public(ensemble: Ensemble) -> Counts:
    """Days, from day 0 on, at whose end a nation has not been public yet, by run and nation.

    That is the first day on which it is public, pledged or deployed, and n_days + 1 where it never
    is: its mean over runs is the restricted mean of [RoystonParmar2013]_, the area under the curve
    of not yet being public.

    Returns
    -------
    ndarray of int64, shape (n_runs, n_nations)
    """
    days = public_days(ensemble)
    return np.where(days < 0, ensemble.n_days + 1, days)


def is_public(ensemble: Ensemble) -> NDArray[np.bool_]:
    """Whether each nation is public, pledged or deployed at the end, (n_runs, n_nations)."""
    return np.asarray((ensemble.stage >= PUBLIC) & (ensemble.stage <= DEPLOYED))


def outcomes_of(ensemble: Ensemble) -> dict[str, Reals]:
    """Outcomes at the end by name, each run by run, shape (n_runs,).

    success (0 or 1, where the scenario sets thresholds), size, private_size, firm_size, peak_size,
    and with contributions force and force.<kind>; conditions.<name>.
    """
    found: dict[str, Reals] = {}
    if ensemble.scenario.success is not None:
        found["success"] = (ensemble.success_day >= 0).astype(np.float64)
    for name in SIZE_MEASURES:
        found[name] = getattr(ensemble, name)[:, -1].astype(np.float64)
    found["peak_size"] = ensemble.size.max(axis=1).astype(np.float64)
    if ensemble.kinds:
        found["force"] = ensemble.force.sum(axis=1)
    for place, kind in enumerate(ensemble.kinds):
        found[f"force.{kind}"] = ensemble.force[:, place].copy()
    for place, name in enumerate(ensemble.condition_names):
        found[f"conditions.{name}"] = ensemble.conditions[:, place].copy()
    return found


def in_both(base: Sequence[str], other: Sequence[str]) -> tuple[list[int], list[int]]:
    """Places of the names that both have, in the order of the first.

    Examples
    --------
    >>> in_both(["GBR", "FRA", "POL"], ["POL", "GBR"])
    ([0, 2], [1, 0])
    """
    places = {name: place for place, name in enumerate(other)}
    common = [place for place, name in enumerate(base) if name in places]
    return common, [places[base[place]] for place in common]


def _alone(ensemble: Ensemble) -> Alone:
    sizes = [getattr(ensemble, name).sum(axis=0, dtype=np.int64) for name in SIZE_MEASURES]
    return Alone(
        {name: (values,) for name, values in outcomes_of(ensemble).items()},
        np.stack(sizes),
        is_public(ensemble).sum(axis=0, dtype=np.int64),
        days_until_public(ensemble).sum(axis=0),
    )


def _paired(base: Ensemble, other: Ensemble) -> Paired:
    here, there = in_both(base.nations, other.nations)
    n_values = len(base.nations) + len(other.nations) + 1
    differences = [
        _counted(getattr(other, name), getattr(base, name), len(base.nations), n_values)
        for name in SIZE_MEASURES
    ]
    was, now = is_public(base)[:, here], is_public(other)[:, there]
    days = days_until_public(other)[:, there] - days_until_public(base)[:, here]
    return Paired(
        np.stack(differences),
        (now & ~was).sum(axis=0, dtype=np.int64),
        (was & ~now).sum(axis=0, dtype=np.int64),
        (days**2).sum(axis=0),
    )


def _counted(
    other: NDArray[np.int16] | NDArray[np.int32],
    base: NDArray[np.int16] | NDArray[np.int32],
    lowest: int,
    n_values: int,
) -> Counts:
    """Runs by day and difference, shape (n_days + 1, n_values); column 0 is minus `lowest`."""
    found = np.empty((base.shape[1], n_values), dtype=np.int64)
    for day, counts in enumerate(found):
        values = other[:, day].astype(np.int64) - base[:, day] + lowest
        counts[:] = np.bincount(values, minlength=n_values)
    return found


def _joined(one: Alone, other: Alone) -> Alone:
    outcomes = {name: (*values, *other.outcomes[name]) for name, values in one.outcomes.items()}
    return Alone(
        outcomes,
        one.size_sums + other.size_sums,
        one.public + other.public,
        one.days + other.days,
    )
