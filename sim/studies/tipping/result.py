"""What a study of a tipping point found."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from sim.results.format import counted
from sim.scenario.schema import Scenario
from sim.studies.tipping.bisection import Positions
from sim.studies.tipping.levels import Levels
from sim.studies.tipping.loop import Hysteresis
from sim.studies.tipping.scan import NationLevels, Scan
from sim.studies.tipping.thresholds import Curve, Quantile, Thresholds

if TYPE_CHECKING:
    import pandas as pd

SHARES = (0.1, 0.25, 0.5, 0.75, 0.9)
"""Quantiles that tables hold."""

MANY = 0.05
"""Share of runs that are not monotone above which the curve is said to be none of chances."""


class Slice(NamedTuple):
    """Thresholds of runs along the first path, at one level of the second if there is one.

    Attributes
    ----------
    at : float or None
    thresholds : Thresholds
    at_low, at_high : float
        Chances of the outcome at the ends of the first path.
    """

    at: float | None
    thresholds: Thresholds
    at_low: float
    at_high: float


class SharpRoot(NamedTuple):
    """The level at which the chance of the outcome is a given one, by runs near it.

    Attributes
    ----------
    chance : float
    level, low, high : float
        With a 95 % interval; infinite where the root is beyond an end of the path.
    n_runs : int
        Runs near it, each with luck of its own.
    precision : float
        Half the width of the interval that was asked for.
    fits : bool
        False if the chance is no smooth curve near it, so that the interval is not to be trusted.
    """

    chance: float
    level: float
    low: float
    high: float
    n_runs: int
    precision: float
    fits: bool

    @property
    def is_reached(self) -> bool:
        """Whether the interval is as narrow as was asked for."""
        return (self.high - self.low) / 2 <= self.precision


@dataclass(frozen=True, eq=False)
class Tipping:
    """The level of a path at which an outcome turns. Get one from `sim.tipping`.

    Attributes
    ----------
    scenario : Scenario
        What was given; its own value at the path counts for nothing.
    outcome : str
    levels : Levels
        The path, and the levels on it.
    second : Levels or None
        The second path, where the first is gone along at several levels of it.
    rises : bool
        Whether the outcome holds from a level on, or up to one.
    slices : tuple of Slice
        One, or one for each level of the second path.
    scan : Scan
        Of a second path, at a level in its middle.
    nations : tuple of NationLevels
        In the order of the file; none with a second path.
    sharpened : SharpRoot or None
    hysteresis : Hysteresis or None
    seed, n_runs : int
        Runs that were bisected, of each slice.
    n_made : int
        Runs of the model that were made in all.
    command : str
        What made it.
    """

    scenario: Scenario
    outcome: str
    levels: Levels
    second: Levels | None
    rises: bool
    slices: tuple[Slice, ...]
    scan: Scan
    nations: tuple[NationLevels, ...]
    sharpened: SharpRoot | None
    hysteresis: Hysteresis | None
    seed: int
    n_runs: int
    n_made: int
    command: str

    @property
    def thresholds(self) -> Thresholds:
        """The threshold of each run; of a second path, at its low end."""
        return self.slices[0].thresholds

    @property
    def is_mostly_monotone(self) -> bool:
        """Whether the curve of thresholds may be read as the chance by level: few turn again."""
        return self.scan.not_monotone().mean <= MANY

    @cached_property
    def quantiles(self) -> tuple[Quantile, ...]:
        """Levels by which 10, 25, 50, 75 and 90 % of the runs have turned."""
        return tuple(self.thresholds.quantile(share) for share in SHARES)

    def quantile(self, share: float) -> Quantile:
        """The level by which a share of the runs has turned, with its 95 % interval.

        Parameters
        ----------
        share : float, above 0 and below 1
        """
        if not 0 < share < 1:
            raise ValueError(f"share: {share} must be above 0 and below 1")
        return self.thresholds.quantile(share)

    def chances(self, positions: Positions | None = None) -> Curve:
        """The chance of the outcome by level, along one path; see `Thresholds.curve`."""
        curve = self.thresholds.curve(positions)
        if self.rises:
            return curve
        # A share of runs that have turned is one of failures.
        level, share, low, high, band_low, band_high = curve
        return Curve(level, *(1 - each for each in (share, high, low, band_high, band_low)))

    def even(self) -> list[tuple[float, Quantile]]:
        """Of a second path: each level of it, and that of the first at which chances are even."""
        return [
            (each.at, each.thresholds.quantile(0.5)) for each in self.slices if each.at is not None
        ]

    def table(self) -> pd.DataFrame:
        """The chance of the outcome by level, with its interval and band."""
        import pandas as pd  # only for those who ask

        curve = self.chances(self.levels.grid())
        return pd.DataFrame(curve._asdict()).set_index("level")

    def _repr_html_(self) -> str:
        """What `willing tipping` prints, for notebooks."""
        from sim.report.tipping import tipping_html

        return tipping_html(self)

    def __repr__(self) -> str:
        paths = " and ".join(each.path for each in (self.levels, self.second) if each is not None)
        runs = counted(self.n_runs, "run")
        return f"<Tipping of {self.outcome} along {paths}: {runs}, seed {self.seed}>"
