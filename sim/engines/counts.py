"""Counts of an ensemble, from what the compiled kernel counted and noted."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.core.kernel.simulate import Noted, Sums
from sim.core.kernel.world import Worlds
from sim.core.stages import N_STAGES
from sim.engines.memory import Sizes
from sim.results.records import N_BINS


def counts_by_day(
    changes: NDArray[np.integer], day_axis: int = 0, out_axis: int = 0
) -> NDArray[np.int64]:
    """Return runs by bin and day, from arrivals minus departures by bin and day.

    Parameters
    ----------
    changes : ndarray
    day_axis, out_axis : int
        Which axis runs over days, and which one of the result does.
    """
    by_day = np.moveaxis(changes, day_axis, 0)
    shape = [*by_day.shape[1:]]
    shape.insert(out_axis, len(by_day))
    counts = np.empty(shape, dtype=np.int64)
    # Day by day: a cumulative sum over any axis but the last strides through memory.
    now = np.zeros(by_day.shape[1:], dtype=np.int64)
    for change, out in zip(by_day, np.moveaxis(counts, out_axis, 0), strict=True):
        now += change
        out[...] = now
    return counts


def counts_of_bins(bins: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return how many runs are in each bin, from the bin of each run on the last axis.

    Examples
    --------
    >>> counts_of_bins(np.array([[0, 2, 0], [1, 1, 1]]))[:, :3].tolist()
    [[2, 0, 1], [0, 3, 0]]
    """
    *shape, _ = bins.shape
    first = N_BINS * np.arange(np.prod(shape, dtype=np.int64)).reshape(*shape, 1)
    counts = np.bincount((first + bins).ravel(), minlength=N_BINS * first.size)
    return counts.reshape(*shape, N_BINS)


def noted_conditions(noted: Sequence[Noted]) -> NDArray[np.int64]:
    """Return runs by day, condition and bin, from the notes of each thread."""
    found = [each.condition[:, :, : each.n_runs[0]] for each in noted]
    return counts_of_bins(np.concatenate(found, axis=-1))


def noted_levels(noted: Sequence[Noted], levels: int | slice) -> NDArray[np.int64]:
    """Return runs by day, level and bin, from the notes of each thread; one level has no axis."""
    found = []
    for each in noted:
        n_runs, n_records = int(each.n_runs[0]), each.changed_on.shape[1]
        is_noted = np.arange(n_records) < each.n_changed[:n_runs, None]
        # One run after another: what is noted holds until the next day of a change, or the end.
        days = each.changed_on[:n_runs] + n_records * np.arange(n_runs)[:, None]
        lasts = np.diff(days[is_noted], append=n_records * n_runs)
        bins = each.level[:n_runs, :, levels][is_noted].repeat(lasts, axis=0)
        found.append(bins.reshape(n_runs, n_records, *bins.shape[1:]))
    return counts_of_bins(np.moveaxis(np.concatenate(found), 0, -1))


def binned_counts(sums: Sequence[Sums], sizes: Sizes) -> dict[str, Any]:
    """Return the fields of `Records` on bins, to be made when they are first asked for.

    Parameters
    ----------
    sums : sequence of Sums
        Of each thread; if runs were not only noted, those of the first are the sums of all.
    sizes : Sizes
    """
    of_force, of_capacity = slice(sizes.n_kinds + 1), sizes.n_kinds + 1
    change, condition = sums[0].level_change, sums[0].condition
    if len(condition) > 0:
        conditions = partial(condition.astype, np.int64)
        force = partial(counts_by_day, change[of_force], 1)
        capacity = partial(counts_by_day, change[of_capacity])
    else:
        noted = [each.noted for each in sums]
        conditions = partial(noted_conditions, noted)
        force = partial(noted_levels, noted, of_force)
        capacity = partial(noted_levels, noted, of_capacity)
    return {
        "condition_counts": conditions,
        "force_counts": force,
        "capacity_public_counts": capacity if sizes.has_capacity else None,
    }


def stage_counts(worlds: Worlds, sizes: Sizes, by_stage: bool) -> dict[str, Any]:
    """Return the fields of `Records` on stages, to be made when they are first asked for."""
    by_day, by_nation = (sizes.n_records, N_STAGES), (sizes.n_nations, N_STAGES)
    if by_stage:
        moves = worlds.moved.reshape(sizes.n_records, *by_nation)
        return {"stage_counts": partial(counts_by_day, moves)}
    n_public = sizes.n_records * sizes.n_nations
    public = worlds.moved[:n_public].reshape(sizes.n_records, sizes.n_nations)
    at_end = worlds.moved[n_public + 1 :]
    return {
        "public_counts": partial(counts_by_day, public),
        "stage_day_counts": partial(counts_by_day, worlds.moved_by_day.reshape(by_day)),
        "stage_end_counts": partial(at_end.reshape(by_nation).astype, np.int64),
    }
