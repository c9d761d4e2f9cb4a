"""The chance of each threshold of success by itself, on the last day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.results.estimates import Chance, chance
from sim.results.requirement import requirement_by_day
from sim.results.tally import Tally

if TYPE_CHECKING:
    from sim.results.ensemble import Ensemble
    from sim.scenario.parts import Success


class Threshold(NamedTuple):
    """One thing that success needs, and how likely it is.

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
    found = [*_of_size(ensemble, success), *_of_force(ensemble, success)]
    for name, least in success.conditions.items():
        met = _met(ensemble, f"conditions.{name}", least, _at_end(ensemble, name))
        found.append(Threshold(name, least, met))
    n_hits = int(ensemble.records.success_counts[:-1].sum())
    return [*found, Threshold("success", success.hold, chance(n_hits, ensemble.n_runs))]


def _of_size(ensemble: Ensemble, success: Success) -> list[Threshold]:
    if success.public_size is None:
        return []
    sizes = None if ensemble.records.runs is None else ensemble.size[:, -1]
    met = _met(ensemble, "size", success.public_size, sizes)
    return [Threshold("public_size", success.public_size, met)]


def _of_force(ensemble: Ensemble, success: Success) -> list[Threshold]:
    share = success.requirement_share
    if share is None:
        return []
    low, requirement, high = requirement_by_day(ensemble.scenario)[-1]
    if low != high:
        return [Threshold("requirement_share", share, None)]
    if ensemble.records.runs is None:
        met = _met(ensemble, "force", share * float(requirement), None)
    else:  # divided, as the model does: a product would round otherwise
        shares = ensemble.force.sum(axis=1) / float(requirement)
        met = chance(int((shares >= share).sum()), ensemble.n_runs)
    return [Threshold("requirement_share", share, met)]


def _at_end(ensemble: Ensemble, condition: str) -> NDArray[np.float64] | None:
    if ensemble.records.runs is None:
        return None
    return ensemble.conditions[:, ensemble.condition_names.index(condition)]


def _met(ensemble: Ensemble, quantity: str, least: float, values: NDArray[Any] | None) -> Chance:
    """Chance that a quantity is at least so much on the last day."""
    if values is not None:
        return chance(int((values >= least).sum()), ensemble.n_runs)
    return chance(_counted_from(ensemble.tally(quantity), least), ensemble.n_runs)


def _counted_from(tally: Tally, least: float) -> int:
    return int(tally.counts[-1][tally.values >= least].sum())
