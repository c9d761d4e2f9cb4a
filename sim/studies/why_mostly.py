"""Why a nation came in, or stayed out, in most runs: what held it back and drew it on, on average.

A few of the runs that ended so are traced; that all runs end by chance makes the first of them as
good a sample as any.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from sim.core.stages import DEPLOYED, PUBLIC
from sim.engines.trace import trace
from sim.results.ensemble import Ensemble
from sim.studies.why import Influence, Why, explained

N_LOOKED_AT = 8
"""Runs that are traced by default."""


@dataclass(frozen=True, eq=False)
class WhyMostly:
    """Why a nation ended as it did in most runs; get one from `why_mostly`.

    Attributes
    ----------
    nation : str
    joined : bool
        True if most runs end with the nation public.
    n_so, n_runs : int
        Runs that end so, of all.
    runs : tuple of Why
        Those that were looked at, without a search for changes.
    influences : tuple of Influence
        Means over those of the runs in which it waited, the lowest first: what held it back most.
    n_waited : int
        How many these are.
    """

    nation: str
    joined: bool
    n_so: int
    n_runs: int
    runs: tuple[Why, ...]
    influences: tuple[Influence, ...]
    n_waited: int


def why_mostly(
    ensemble: Ensemble,
    nation: str,
    n_runs: int = N_LOOKED_AT,
    progress: Callable[[int, int], None] | None = None,
) -> WhyMostly:
    """Why a nation came in, or stayed out, in most runs of an ensemble.

    Parameters
    ----------
    ensemble : Ensemble
        With single runs, of the model's own rules.
    nation : str
        Id of the nation.
    n_runs : int
        The first so many of the runs that ended as most did are traced.
    progress : callable of (runs traced, all runs to be traced), optional

    Returns
    -------
    WhyMostly

    Raises
    ------
    ValueError
        There is no such nation.

    Examples
    --------
    >>> import sim
    >>> found = why_mostly(sim.run("paris_2025", runs=50, seed=1), "HUN", n_runs=2)
    >>> found.joined, len(found.runs), found.influences[0].term < 0
    (False, 2, True)
    """
    if nation not in ensemble.nations:
        raise ValueError(f"nation: there is no {nation!r}")
    at_end = ensemble.stage[:, ensemble.nations.index(nation)]
    is_public = (at_end >= PUBLIC) & (at_end <= DEPLOYED)
    joined = bool(2 * is_public.sum() >= ensemble.n_runs)
    so = np.flatnonzero(is_public == joined)
    chosen, runs = so[:n_runs], list[Why]()
    for run in chosen:
        if progress is not None:
            progress(len(runs), len(chosen))
        number = ensemble.first_run + int(run)
        runs.append(explained(trace(ensemble.scenario, ensemble.seed, number), nation))
    waited = [each for each in runs if each.influences]
    influences = tuple(sorted(_means(waited), key=lambda each: each.term))
    return WhyMostly(nation, joined, len(so), ensemble.n_runs, tuple(runs), influences, len(waited))


def _means(runs: list[Why]) -> Iterator[Influence]:
    """The mean of each influence over runs; one that a run lacks was 0 in it."""
    first: dict[tuple[str, str], Influence] = {}
    sums: dict[tuple[str, str], float] = {}
    for each in runs:
        for influence in each.influences:
            key = (influence.feature, influence.condition)
            first.setdefault(key, influence)
            sums[key] = sums.get(key, 0.0) + influence.term
    for key, influence in first.items():
        yield influence._replace(term=sums[key] / len(runs))
