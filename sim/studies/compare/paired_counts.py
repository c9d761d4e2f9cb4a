"""Counts of paired runs of several scenarios, which are added block by block."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.stages import DEPLOYED, PUBLIC
from sim.results.breadth import n_parts
from sim.results.quorum import in_force_days
from sim.results.records import SIZE_MEASURES, RunRecords
from sim.scenario.parts import BREADTH
from sim.scenario.schema import Scenario

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


@dataclass(frozen=True, eq=False)
class PairedRuns:
    """Counts of some runs: of each scenario, the base first, and of each pair with the base."""

    n_runs: int
    alone: tuple[Alone, ...]
    paired: tuple[Paired, ...]

    def __add__(self, other: PairedRuns) -> PairedRuns:
        """Counts of these runs and of later ones; exact, however runs are cut into blocks."""
        return PairedRuns(
            self.n_runs + other.n_runs,
            tuple(
                Alone(
                    {name: (*values, *they.outcomes[name]) for name, values in we.outcomes.items()},
                    *(ours + theirs for ours, theirs in zip(we[1:], they[1:], strict=True)),
                )
                for we, they in zip(self.alone, other.alone, strict=True)
            ),
            tuple(
                Paired(*(ours + theirs for ours, theirs in zip(we, they, strict=True)))
                for we, they in zip(self.paired, other.paired, strict=True)
            ),
        )


def paired_runs(scenarios: Sequence[Scenario], runs: Sequence[RunRecords]) -> PairedRuns:
    """Counts of the same runs of several scenarios.

    Parameters
    ----------
    scenarios : sequence of Scenario
        The base first; of one length in days.
    runs : sequence of RunRecords
        Of each scenario.
    """
    names = [[nation.id for nation in scenario.nations] for scenario in scenarios]
    alone = tuple(
        Alone(
            {name: (values,) for name, values in outcomes_of(scenario, rows).items()},
            np.stack([getattr(rows, name).sum(axis=0, dtype=np.int64) for name in SIZE_MEASURES]),
            public_at_end(rows).sum(axis=0, dtype=np.int64),
            days_until_public(rows).sum(axis=0),
        )
        for scenario, rows in zip(scenarios, runs, strict=True)
    )
    paired = tuple(
        _paired(names[0], runs[0], others, rows)
        for others, rows in zip(names[1:], runs[1:], strict=True)
    )
    return PairedRuns(len(runs[0].stage), alone, paired)


def days_until_public(runs: RunRecords) -> Counts:
    """Days, from day 0 on, at whose end a nation has not been public yet, by run and nation.

    That is the first day on which it is public, pledged or deployed, and n_days + 1 where it never
    is: its mean over runs is the restricted mean of [RoystonParmar2013]_, the area under the curve
    of not yet being public.

    Returns
    -------
    ndarray of int64, shape (n_runs, n_nations)
    """
    days = runs.first_day[:, :, PUBLIC : DEPLOYED + 1].astype(np.int64)
    found: Counts = np.where(days < 0, runs.size.shape[1], days).min(axis=2)
    return found


def public_at_end(runs: RunRecords) -> NDArray[np.bool_]:
    """True where a nation is public, pledged or deployed at the end, (n_runs, n_nations)."""
    return np.asarray((runs.stage >= PUBLIC) & (runs.stage <= DEPLOYED))


def outcomes_of(scenario: Scenario, runs: RunRecords) -> dict[str, Reals]:
    """Outcomes at the end by name, each run by run, shape (n_runs,).

    success (0 or 1, where the scenario sets thresholds), in_force (where it has a quorum), size,
    private_size, firm_size, peak_size, and with contributions force and force.<kind>;
    conditions.<name>; and those of groups_covered, kinds_covered and capacity_public that are
    defined.
    """
    found: dict[str, Reals] = {}
    if scenario.success is not None:
        found["success"] = (runs.success_day >= 0).astype(np.float64)
    if scenario.quorum is not None and runs.quorum_day is not None:
        in_force = in_force_days(runs.quorum_day, scenario.quorum.lag, scenario.days)
        found["in_force"] = (in_force >= 0).astype(np.float64)
    for name in SIZE_MEASURES:
        found[name] = getattr(runs, name)[:, -1].astype(np.float64)
    found["peak_size"] = runs.size.max(axis=1).astype(np.float64)
    if scenario.contributions:
        found["force"] = runs.force.sum(axis=1)
    for index, kind in enumerate(scenario.contributions):
        found[f"force.{kind}"] = runs.force[:, index].copy()
    for index, name in enumerate(scenario.conditions):
        found[f"conditions.{name}"] = runs.conditions[:, index].copy()
    for name in BREADTH:
        by_day = getattr(runs, name)
        if by_day is not None:
            found[name] = by_day[:, -1] / (n_parts(name, scenario) or 1)
    return found


def in_both(base: Sequence[str], other: Sequence[str]) -> tuple[list[int], list[int]]:
    """Indices of the names that both have, in the order of the first.

    Examples
    --------
    >>> in_both(["GBR", "FRA", "POL"], ["POL", "GBR"])
    ([0, 2], [1, 0])
    """
    indices = {name: index for index, name in enumerate(other)}
    common = [index for index, name in enumerate(base) if name in indices]
    return common, [indices[base[index]] for index in common]


def _paired(
    base_names: Sequence[str], base: RunRecords, other_names: Sequence[str], other: RunRecords
) -> Paired:
    in_base, in_other = in_both(base_names, other_names)
    n_values = len(base_names) + len(other_names) + 1
    days = np.arange(base.size.shape[1])
    differences = []
    for name in SIZE_MEASURES:
        # Column 0 stands for minus the base's nations; all days are counted at once.
        values = getattr(other, name).astype(np.int64) - getattr(base, name) + len(base_names)
        counts = np.bincount((values + days * n_values).ravel(), minlength=days.size * n_values)
        differences.append(counts.reshape(days.size, n_values).astype(np.int64, copy=False))
    was, now = public_at_end(base)[:, in_base], public_at_end(other)[:, in_other]
    later = days_until_public(other)[:, in_other] - days_until_public(base)[:, in_base]
    return Paired(
        np.stack(differences),
        (now & ~was).sum(axis=0, dtype=np.int64),
        (was & ~now).sum(axis=0, dtype=np.int64),
        (later**2).sum(axis=0),
    )
