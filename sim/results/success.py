"""The chance of each threshold of success by itself, on the last day."""

from __future__ import annotations

from typing import Any, NamedTuple

from numpy.typing import NDArray

from sim.results.ensemble import Ensemble
from sim.results.estimates import Chance, chance
from sim.results.requirement import requirement_by_day


class Threshold(NamedTuple):
    """A threshold of success, and the chance that it is met.

    Attributes
    ----------
    name : str
        ``public_size``, ``requirement_share``, a condition, or ``success`` for all together.
    least : float
        What is needed; for success the number of days for which everything must hold.
    chance : Chance or None
        On the last day; of success, by then. None where the requirement is random, so that the
        force does not determine the share that is met.
    """

    name: str
    least: float
    chance: Chance | None


def threshold_chances(ensemble: Ensemble) -> list[Threshold]:
    """Chance of each threshold on the last day, then that of success; empty where none is set.

    Exact where single runs were kept. From counts alone, conditions and force are known to a bin
    (a thousandth of their scale), and bins whose midpoint is at or above a threshold meet it.
    """
    success = ensemble.scenario.success
    if success is None:
        return []
    has_runs, n_runs = ensemble.keep == "runs", ensemble.n_runs
    found = list[Threshold]()
    if success.public_size is not None:
        sizes = ensemble.size[:, -1] if has_runs else None
        met = _chance_met(ensemble, "size", success.public_size, sizes)
        found.append(Threshold("public_size", success.public_size, met))
    share = success.requirement_share
    if share is not None:
        low, requirement, high = requirement_by_day(ensemble.scenario)[-1]
        shares_met: Chance | None = None
        if low == high and has_runs:
            # Divided, as in the model: a product would round differently.
            shares = ensemble.force.sum(axis=1) / float(requirement)
            shares_met = chance(int((shares >= share).sum()), n_runs)
        elif low == high:
            shares_met = _chance_met(ensemble, "force", share * float(requirement), None)
        found.append(Threshold("requirement_share", share, shares_met))
    for name, least in success.conditions.items():
        index = ensemble.condition_names.index(name)
        values = ensemble.conditions[:, index] if has_runs else None
        met = _chance_met(ensemble, f"conditions.{name}", least, values)
        found.append(Threshold(name, least, met))
    n_hits = int(ensemble.records.success_counts[:-1].sum())
    return [*found, Threshold("success", success.hold, chance(n_hits, n_runs))]


def _chance_met(
    ensemble: Ensemble, quantity: str, least: float, values: NDArray[Any] | None
) -> Chance:
    """Chance that a quantity is at least `least` on the last day, by its values or its counts."""
    if values is not None:
        n_met = (values >= least).sum()
    else:
        tally = ensemble.tally(quantity)
        n_met = tally.counts[-1][tally.values >= least].sum()
    return chance(int(n_met), ensemble.n_runs)
