"""Parts of joint draws that are independent of each other, each an input of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sim.results.doubt import draw_classes, shipped_parts
from sim.scenario.joint_draws import JointDraws
from sim.studies.sensitivity.designs import Integers, Reals

JOINT, OTHERS = "joint", "others"
"""Parts beside those that come with the behaviour: all columns, and what is left."""


class DrawPart(NamedTuple):
    """Columns of joint draws that are taken from one line together.

    Attributes
    ----------
    paths : tuple of str
    values : ndarray, shape (n_classes, n_paths)
        Different lines.
    reached : ndarray, shape (n_classes,)
        Share of all weights up to and with each of them.
    """

    paths: tuple[str, ...]
    values: Reals
    reached: Reals

    def at(self, shares: Reals) -> Reals:
        """The lines at some shares between 0 and 1, shape (n, n_paths)."""
        lines = np.searchsorted(self.reached, shares, side="right")
        return np.asarray(self.values[np.minimum(lines, len(self.values) - 1)])


def part_paths(draws: JointDraws) -> dict[str, tuple[str, ...]]:
    """Columns of each part, by its name.

    Numbers of the behaviour that were fitted, those that were judged and all others are tables of
    their own, whose lines were put beside each other at random. Where weights make some lines
    likelier than others, as in a forecast, they are no longer independent, and are one part.
    """
    found = shipped_parts(draws)
    if not found or min(draws.weights) < max(draws.weights):
        return {JOINT: tuple(draws.columns)}
    listed = {path for paths in found.values() for path in paths}
    others = tuple(path for path in draws.columns if path not in listed)
    return found | ({OTHERS: others} if others else {})


def draw_part(draws: JointDraws, paths: Sequence[str]) -> DrawPart:
    """Some columns of joint draws, of which each line counts by its weight."""
    classes: Integers = draw_classes(draws, paths)
    first = np.unique(classes, return_index=True)[1]
    columns = np.array([draws.columns[path] for path in paths])
    reached = np.cumsum(np.bincount(classes, draws.weights))
    return DrawPart(tuple(paths), columns[:, first].T.copy(), reached / reached[-1])
