"""What a ramp shows: where runs turn and turn back, and whether more than lag keeps these apart."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sim.results.estimates import OUTER, Mean, mean_of, rank
from sim.studies.tipping.levels import Levels
from sim.studies.tipping.ramp import Passages, Ramp
from sim.studies.tipping.thresholds import Quantile, Thresholds

Reals = NDArray[np.float64]

LAG_POWER = 2 / 3
"""Power of the speed by which a ramp lags where a branch of states ends [JungGrayRoyMandel1990]_. A
lag that grows faster, as in proportion to the speed, is overestimated by it, and the gap that is
left comes out too small."""


@dataclass(frozen=True, eq=False)
class Loop:
    """Runs of a ramp of one speed.

    Attributes
    ----------
    ramp : Ramp
    up, down : Thresholds
        The level at which each run turns on the way up, and turns back on the way down, on a
        lattice of the steps.
    size : ndarray of int32, shape (n_runs, 2 n_steps + 1), nations
        At the end of the lead and of each step.
    """

    ramp: Ramp
    up: Thresholds
    down: Thresholds
    size: NDArray[np.int32]

    @property
    def n_runs(self) -> int:
        """Number of runs."""
        return len(self.size)

    @property
    def course(self) -> Reals:
        """The level of each column of `size`."""
        return np.concatenate([self.up.levels.values, self.up.levels.values[-2::-1]])

    def gaps(self) -> Reals:
        """The way up minus the way down by run, shape (n_runs,), counted to the ends."""
        return within(self.up) - within(self.down)

    def size_means(self) -> tuple[Reals, Reals, Reals]:
        """Mean size, and the range of 90 % of the runs, by column of `size`."""
        ordered = np.sort(self.size, axis=0)
        low, high = (ordered[rank(q, self.n_runs)].astype(np.float64) for q in OUTER)
        return self.size.mean(axis=0), low, high


@dataclass(frozen=True, eq=False)
class Hysteresis:
    """Ramps of three speeds, the slowest first, under the same luck.

    Attributes
    ----------
    loops : tuple of Loop
    outcome : str
        What is gained and lost.
    """

    loops: tuple[Loop, ...]
    outcome: str

    @property
    def slowest(self) -> Loop:
        """The ramp that tells most."""
        return self.loops[0]

    def quantiles(self, share: float = 0.5) -> list[tuple[Quantile, Quantile]]:
        """By ramp, the levels by which a share of the runs has turned, and has not turned back."""
        return [(each.up.quantile(share), each.down.quantile(share)) for each in self.loops]

    def gap_without_lag(self, power: float = LAG_POWER) -> Mean:
        """Mean gap of a ramp of no speed.

        Notes
        -----
        A line of least squares through the gaps over speed to a power, run by run: the runs of the
        three ramps share their luck, so that the interval is that of the mean of one number a run.
        """
        return mean_of(self._at_no_speed([loop.gaps() for loop in self.loops], power))

    def ends_without_lag(self, power: float = LAG_POWER) -> tuple[Mean, Mean]:
        """Mean levels at which runs turn and turn back, on a ramp of no speed."""
        ups, downs = (
            [within(each.up) for each in self.loops],
            [within(each.down) for each in self.loops],
        )
        return mean_of(self._at_no_speed(ups, power)), mean_of(self._at_no_speed(downs, power))

    def _at_no_speed(self, numbers: list[Reals], power: float) -> Reals:
        speeds = np.array([1 / loop.ramp.days for loop in self.loops]) ** power
        weights = (
            1 / len(speeds)
            - speeds.mean() * (speeds - speeds.mean()) / ((speeds - speeds.mean()) ** 2).sum()
        )
        return np.asarray(weights @ np.stack(numbers))

    def is_more_than_lag(self) -> bool:
        """Whether the gap of a ramp of no speed is above 0 with its interval."""
        return self.gap_without_lag().low > 0


def loop_of(passages: Passages, ramp: Ramp, levels: Levels) -> Loop:
    """Runs of a ramp as thresholds on the lattice of its steps.

    Parameters
    ----------
    passages : Passages
    ramp : Ramp
    levels : Levels
        Of the path.
    """
    steps = step_levels(levels, ramp)
    n, (up, down) = ramp.n_steps, (passages.up, passages.down)
    # On the way up, step k leads from k - 1 to k; on the way down, from n - k + 1 to n - k.
    turned = np.where(up < 0, n + 1, up)
    turned_back = np.where(down < 0, 0, n + 1 - down)
    way_up, way_down = (Thresholds(steps, each - 1, each) for each in (turned, turned_back))
    return Loop(ramp, way_up, way_down, passages.size)


def step_levels(levels: Levels, ramp: Ramp) -> Levels:
    """The lattice of the steps of a ramp."""
    values = levels.at(np.arange(ramp.n_steps + 1) / ramp.n_steps)
    return replace(levels, values=values, is_whole=False)


def within(thresholds: Thresholds) -> Reals:
    """Thresholds by run, shape (n_runs,): between their neighbours, and at the ends if outside."""
    levels, last = thresholds.levels, thresholds.levels.last
    below, above = (np.clip(each, 0, last) for each in (thresholds.below, thresholds.above))
    ends = levels.values[below], levels.values[above]
    return np.sqrt(ends[0] * ends[1]) if levels.spacing == "log" else (ends[0] + ends[1]) / 2
