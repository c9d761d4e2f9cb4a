"""Screening of many inputs by elementary effects [Morris1991]_."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sim.results.estimates import Interval
from sim.studies.sensitivity.designs import MEAN_DISTANCE, STEP, Reals, Rows
from sim.studies.sensitivity.jackknife import Means, jackknifed
from sim.studies.sensitivity.variance import other_luck


class Screening(NamedTuple):
    """Elementary effects of inputs: changes of the outcome by a step, over the length of the step.

    An input without a low and a high goes from one drawn value to another; in place of the length
    of the step is the mean distance of two numbers drawn from the range of one that has them.

    Attributes
    ----------
    mean : Interval
        Of the outcome of a run.
    effect : Interval of ndarray, shape (n_inputs,)
        Mean, the mu of Morris; NaN for an input that has no low and high.
    size : Interval of ndarray, shape (n_inputs,)
        Mean size under one luck, the mu* of [Campolongo2007]_. Of an outcome that is yes or no it
        is twice the share of runs in which a step of half the range changes it.
    spread : Interval of ndarray, shape (n_inputs,)
        Standard deviation of the effect on the mean over lucks, the sigma of Morris: large if the
        effect hangs on where the other inputs are, or bends. Without a low and a high, the root
        mean square.
    leads : Interval of ndarray, shape (n_inputs - 1,)
        How much larger the largest size is than each other, these from the largest on.
    """

    mean: Interval
    effect: Interval
    size: Interval
    spread: Interval
    leads: Interval


def screening_means(
    values: Reals, rows: Rows, widths: Sequence[int], has_ends: Sequence[bool] | None = None
) -> dict[str, Reals]:
    """What a block tells of elementary effects.

    Parameters
    ----------
    values : ndarray, shape (n_rows, n_inputs + 1, n_lucks)
        Outcomes along the chain of each row.
    rows : Rows
    widths : sequence of int, length n_inputs
        Coordinates of each input, which all step the same way.
    has_ends : sequence of bool, length n_inputs, optional
        Whether each has a low and a high end, as in `rows_of`.
    """
    steps = np.ones(len(widths), dtype=bool) if has_ends is None else np.array(has_ends)
    first = np.cumsum([0, *widths[:-1]])
    goes_up = (rows.other > rows.one)[:, first]
    change = np.empty((*rows.order.shape, values.shape[-1]))
    np.put_along_axis(change, rows.order[:, :, None], np.diff(values, axis=1), axis=1)
    length = np.where(steps, STEP, MEAN_DISTANCE)[:, None]
    effect = np.where(goes_up[:, :, None], change, -change) / length
    return {
        "mean": values.mean(),
        "effect": np.where(steps, effect.mean(axis=(0, 2)), np.nan),
        "size": np.abs(effect).mean(axis=(0, 2)),
        "square": other_luck(effect, effect).mean(axis=0),
    }


def screening(blocks: Sequence[Means]) -> Screening:
    """Elementary effects with intervals over blocks, from `screening_means` of each."""
    stacked = {name: np.stack([block[name] for block in blocks]) for name in blocks[0]}
    order = np.argsort(-stacked["size"].mean(axis=0), kind="stable")

    def estimates(means: Means) -> dict[str, Reals]:
        variance = np.maximum(means["square"] - np.nan_to_num(means["effect"]) ** 2, 0.0)
        return {
            "mean": means["mean"],
            "effect": means["effect"],
            "size": means["size"],
            "spread": np.sqrt(variance),
            "leads": means["size"][..., order[:1]] - means["size"][..., order[1:]],
        }

    return Screening(**jackknifed(stacked, estimates))
