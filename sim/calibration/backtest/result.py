"""A back-test: what each method forecast of coalitions that were left out, with its scores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from sim.calibration.backtest.reliability import Reliability
from sim.calibration.backtest.scoreboard import Scoreboard
from sim.calibration.replay import Calendar
from sim.core.layout import Reals
from sim.results.format import counted

if TYPE_CHECKING:
    import pandas as pd

MODEL = "model"
"""The name of the method that is tested; all others are baselines."""


class LeftOut(NamedTuple):
    """A past coalition that was left out once.

    Attributes
    ----------
    name : str
    title : str
        Of its scenario.
    digest, record : str
        SHA-256 of the scenario, and of the content of its record.
    days : int
    at_risk, public : int
        Nations that could join after the first day, and how many of them were public by the last.
    """

    name: str
    title: str
    digest: str
    record: str
    days: int
    at_risk: int
    public: int


class Forecast(NamedTuple):
    """What each method said on a day of a coalition that was left out.

    Attributes
    ----------
    coalition, standing : str
    day : int
        Until whose end the record was known.
    nations : tuple of str
        Those that were open.
    joined : ndarray, shape (N,)
        1 for a nation that was public by the end.
    chances : mapping of method to ndarray, shape (N,)
    """

    coalition: str
    standing: str
    day: int
    nations: tuple[str, ...]
    joined: Reals
    chances: Mapping[str, Reals]


@dataclass(frozen=True)
class Backtest:
    """How well coalitions are forecast by what the others taught. Get one from `sim.backtest`.

    Attributes
    ----------
    coalitions : tuple of LeftOut
    fits : mapping of str to mapping of str to float
        Parameters by name, as fitted without a coalition, by its name.
    forecasts : tuple of Forecast
    scoreboard : Scoreboard
        Scores of the model, then of the baselines.
    reliability : mapping of str to Reliability
        Of the model by standing, pooled over coalitions.
    calendar : {"known", "scheduled", "all"}
        Later events that the model was given.
    reported : float
        Chance that an exit before a public word is in a record.
    command : str
        What made it.
    """

    coalitions: tuple[LeftOut, ...]
    fits: Mapping[str, Mapping[str, float]]
    forecasts: tuple[Forecast, ...]
    scoreboard: Scoreboard
    reliability: Mapping[str, Reliability]
    calendar: Calendar
    reported: float
    command: str

    @property
    def baselines(self) -> tuple[str, ...]:
        """Names of the methods beside the model."""
        return tuple(method for method in self.scoreboard.methods if method != MODEL)

    def chance_rows(self) -> Iterator[dict[str, Any]]:
        """One row a coalition, standing and nation: the chance of joining by each method."""
        for each in self.forecasts:
            for at, nation in enumerate(each.nations):
                yield {
                    "coalition": each.coalition,
                    "standing": each.standing,
                    "day": each.day,
                    "nation": nation,
                    "joined": int(each.joined[at]),
                    **{method: float(chance[at]) for method, chance in each.chances.items()},
                }

    def mean_rows(self) -> Iterator[dict[str, Any]]:
        """One row a standing and method: mean scores, and the log score of the model minus its."""
        board = self.scoreboard
        for standing in board.standings:
            methods = board.methods_at(standing)
            for method in sorted(methods, key=lambda each: board.mean(each, standing, "log").mean):
                apart = board.difference(MODEL, method, standing)
                n_covered, n = board.n_covered(method, standing)
                yield {
                    "standing": standing,
                    "method": method,
                    **{
                        field: board.mean(method, standing, field).mean
                        for field in ("log", "brier", "auc", "crps", "energy")
                    },
                    "covered": n_covered,
                    "coalitions": n,
                    "model_minus": None if method == MODEL else apart.mean,
                    "half_interval": None if method == MODEL else apart.half,
                    "model_better": None if method == MODEL else apart.wins,
                    "paired": None if method == MODEL else apart.n,
                }

    def table(self) -> pd.DataFrame:
        """Mean scores by standing and method; see `mean_rows`."""
        import pandas as pd  # only for those who ask

        return pd.DataFrame(list(self.mean_rows())).set_index(["standing", "method"])

    def __repr__(self) -> str:
        of = counted(len(self.coalitions), "past coalition")
        return f"<Backtest of {of}, {counted(len(self.forecasts), 'forecast')}>"
