"""The chance of each threshold of success by itself, on the last day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.stages import DEPLOYED, PUBLIC
from sim.results.ensemble import Ensemble
from sim.results.estimates import Chance, chance
from sim.results.requirement import requirement_chances
from sim.scenario.parts import Success


class Threshold(NamedTuple):
    """A threshold of success, and the chance that it is met.

    Attributes
    ----------
    name : str
        ``public_size``, ``requirement_share``, a share of `sim.scenario.parts.BREADTH`,
        ``members``, a condition, or ``success`` for all together.
    bound : float
        What is needed; of members how many, and for success the number of days for which
        everything must hold.
    chance : Chance or None
        On the last day; of success, by then. None where it is not known: of a share of the
        requirement where that is random, of members from counts alone.
    is_most : bool
        True for the greatest value of a condition; else the bound is the least.
    """

    name: str
    bound: float
    chance: Chance | None
    is_most: bool = False


def threshold_chances(ensemble: Ensemble) -> list[Threshold]:
    """Chance of each threshold on the last day, then that of success; empty where none is set.

    Exact where single runs were kept. From counts alone, conditions and force are known to a bin
    (a thousandth of their scale), and bins whose midpoint is at or beyond a threshold meet it.
    """
    success = ensemble.scenario.success
    if success is None:
        return []
    n_hits = int(ensemble.records.success_counts[:-1].sum())
    done = Threshold("success", success.hold, chance(n_hits, ensemble.n_runs))
    return [
        *_coalition_chances(ensemble, success),
        *_condition_chances(ensemble, success),
        done,
    ]


def _coalition_chances(ensemble: Ensemble, success: Success) -> Iterator[Threshold]:
    """Chances of what is needed of the size, the force, the breadth and the members."""
    has_runs, share = ensemble.keep == "runs", success.requirement_share
    if success.public_size is not None:
        sizes = ensemble.size[:, -1] if has_runs else None
        met = _chance_met(ensemble, "size", success.public_size, sizes)
        yield Threshold("public_size", success.public_size, met)
    if share is not None:
        yield Threshold("requirement_share", share, _share_chance(ensemble, share))
    for name in ensemble.shares:
        least = getattr(success, name)
        if least is not None:
            values = getattr(ensemble, name)[:, -1] if has_runs else None
            yield Threshold(name, least, _chance_met(ensemble, name, least, values))
    if success.members:
        met_by_all = _members_chance(ensemble, success.members)
        yield Threshold("members", len(success.members), met_by_all)


def _condition_chances(ensemble: Ensemble, success: Success) -> Iterator[Threshold]:
    for index, name in enumerate(ensemble.condition_names):
        values = ensemble.conditions[:, index] if ensemble.keep == "runs" else None
        for bounds, is_most in ((success.conditions, False), (success.at_most, True)):
            if name in bounds:
                met = _chance_met(ensemble, f"conditions.{name}", bounds[name], values, is_most)
                yield Threshold(name, bounds[name], met, is_most)


def _share_chance(ensemble: Ensemble, share: float) -> Chance | None:
    """Chance that a share of the requirement is met; None if the requirement is random."""
    *_, at_end = requirement_chances(ensemble.scenario)
    requirement = at_end[0][0]
    if any(other != requirement for other, _ in at_end) or not isinstance(requirement, int | float):
        return None
    if ensemble.keep != "runs":
        return _chance_met(ensemble, "force", share * float(requirement), None)
    # Divided, as in the model: a product would round differently.
    shares = ensemble.force.sum(axis=1) / float(requirement)
    return chance(int((shares >= share).sum()), ensemble.n_runs)


def _members_chance(ensemble: Ensemble, members: Sequence[str]) -> Chance | None:
    """Chance that all members of success are public on the last day; None if it is not known."""
    indices = list(map(ensemble.nations.index, members))
    if ensemble.keep == "runs":
        stages = ensemble.stage[:, indices]
        n_met = int(((stages >= PUBLIC) & (stages <= DEPLOYED)).all(axis=1).sum())
    elif len(indices) == 1:
        n_met = int(ensemble.records.runs_public(-1)[indices[0]])
    else:
        return None
    return chance(n_met, ensemble.n_runs)


def _chance_met(
    ensemble: Ensemble,
    quantity: str,
    bound: float,
    values: NDArray[Any] | None,
    is_most: bool = False,
) -> Chance:
    """Chance that a quantity meets a bound on the last day, by its values or its counts."""

    def met(values: NDArray[Any]) -> NDArray[np.bool_]:
        return np.asarray(values <= bound if is_most else values >= bound)

    if values is not None:
        n_met = met(values).sum()
    else:
        tally = ensemble.tally(quantity)
        n_met = tally.counts[-1][met(tally.values)].sum()
    return chance(int(n_met), ensemble.n_runs)
