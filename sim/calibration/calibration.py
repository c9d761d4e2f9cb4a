"""A calibration: what a fit to past coalitions found, as tables and as a folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.calibration.fit import Fit
from sim.calibration.importance import largest_k
from sim.calibration.parameters import RATE_COLUMN, place_of
from sim.calibration.replay import Undated
from sim.core.layout import Reals
from sim.results.format import counted
from sim.scenario.behaviour import Behaviour

if TYPE_CHECKING:
    import pandas as pd

LARGEST_SPREAD = 0.1
"""Of the log posteriors that starts reach: farther apart, they ended on different hills."""

QUANTILES = (("q05", 0.05), ("q50", 0.5), ("q95", 0.95))


class FittedCoalition(NamedTuple):
    """A past coalition that a behaviour was fitted to.

    Attributes
    ----------
    name : str
    title : str
        Of its scenario.
    digest, record : str
        SHA-256 of the scenario, and of the content of its record.
    at_risk, public : int
        Nations that could join after the first day, and how many of them were public by the last.
    log_likelihood : float
        Of its record, at the mode.
    climate_mean, climate_sd : float
        Of its climate given the record, at the mode.
    """

    name: str
    title: str
    digest: str
    record: str
    at_risk: int
    public: int
    log_likelihood: float
    climate_mean: float
    climate_sd: float


@dataclass(frozen=True)
class Calibration:
    """What a fit to past coalitions found. Get one from `sim.calibrate` or `sim.load_calibration`.

    Attributes
    ----------
    fit : Fit
        The parameters with their priors, the mode, the covariance and the draws.
    behaviour : Behaviour
        That of the histories, with the fitted coefficients at the mode, to six digits.
    coalitions : tuple of FittedCoalition
    reported : float
        Chance that an exit before a public word is in a record.
    undated : {"first", "middle", "last"}
        Where in an interval others are taken to have seen that a nation is public.
    seed : int
    candidates : int
        From how many the draws were resampled.
    command : str
        What made it.
    """

    fit: Fit
    behaviour: Behaviour
    coalitions: tuple[FittedCoalition, ...]
    reported: float
    undated: Undated
    seed: int
    candidates: int
    command: str

    def rows(self) -> list[dict[str, Any]]:
        """One row a parameter: prior, estimate, quantiles of the draws, and what it moves.

        Rates and odds are natural logarithms. ``told`` is how much the data told: 1 minus the
        standard error divided by the standard deviation of the prior.
        """
        fit = self.fit
        levels = [level for _, level in QUANTILES]
        quantiles = np.quantile(fit.draws, levels, axis=0).T.tolist()
        found = []
        for place, parameter in enumerate(fit.specification.parameters):
            error = float(fit.standard_errors[place])
            named = zip((name for name, _ in QUANTILES), quantiles[place], strict=True)
            found.append(
                {
                    "name": parameter.name,
                    "prior_mean": parameter.mean,
                    "prior_sd": parameter.sd,
                    "mode": float(fit.mode[place]),
                    "standard_error": error,
                    "told": 1.0 - error / parameter.sd,
                    **dict(named),
                    "moves": parameter.moves,
                    "why": parameter.why,
                }
            )
        return found

    def table(self) -> pd.DataFrame:
        """The parameters, one row each; see `rows`."""
        import pandas as pd  # only for those who ask

        return pd.DataFrame(self.rows()).set_index("name")

    @property
    def joint_draws(self) -> dict[str, Reals]:
        """Joint draws from the posterior, by path of the scenario; rates and odds as they are."""
        specification = self.fit.specification
        paths = list(dict.fromkeys(path for each in specification.parameters for path in each.on))
        tables = np.array([specification.coefficients(draw).table for draw in self.fit.draws])
        found = {}
        for path in paths:
            row, column = place_of(path)
            values = tables[:, row, column]
            found[f"behaviour.{path}"] = np.exp(values) if column == RATE_COLUMN else values
        return found

    def warnings(self) -> Iterator[str]:
        """What speaks against relying on it, a sentence each."""
        largest = largest_k(self.candidates)
        if not self.fit.pareto_k <= largest:
            yield (
                f"Pareto k is {self.fit.pareto_k:.2f}, above {largest:.2f}: the draws may be far "
                "from those of the posterior. Ask for more candidates, or rely on the mode alone."
            )
        spread = float(np.ptp(self.fit.starts))
        if spread > LARGEST_SPREAD:
            yield (
                f"Starts ended {spread:.2f} apart in log posterior, more than {LARGEST_SPREAD}: "
                "there may be a higher mode. Ask for more starts."
            )

    def save(self, folder: str | Path, overwrite: bool = False) -> None:
        """Write a folder, completely or not at all; see `sim.calibration.stored`."""
        from sim.calibration.stored import save_calibration  # reads calibrations as well

        save_calibration(self, folder, overwrite)

    def __repr__(self) -> str:
        fitted = counted(len(self.fit.specification.names), "parameter")
        of = counted(len(self.coalitions), "past coalition")
        return f"<Calibration of {fitted} to {of}: Pareto k {self.fit.pareto_k:.2f}>"
