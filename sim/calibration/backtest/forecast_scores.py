"""How good the forecast of one coalition was, once its record is known: `sim.score_forecast`."""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.calibration.backtest.baselines import Standing
from sim.calibration.backtest.case import Case, score_independent
from sim.calibration.backtest.leave_one_out import COVARIATES, baseline_chances
from sim.calibration.backtest.result import MODEL
from sim.calibration.backtest.scores import Scores, scores
from sim.calibration.history import History, load_history
from sim.calibration.occasions import other_histories, shares_record
from sim.calibration.replay import without_drawn_occasions
from sim.core.layout import Reals
from sim.results.ensemble import Ensemble
from sim.results.joining import NEVER, public_days
from sim.store.ensembles import load_results

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ForecastScores", "score_forecast"]


@dataclass(frozen=True)
class ForecastScores:
    """Scores of the forecast of one coalition. Get one from `sim.score_forecast`.

    Attributes
    ----------
    as_of, by : datetime.date
        Date of the forecast, and the later one on which it is scored.
    nations : tuple of str
        Those that the forecast left open.
    joined : ndarray, shape (N,)
        1 for a nation that was public by the later date.
    chances : mapping of method to ndarray, shape (N,)
        Chance of each nation to be public by then, by the model and by each baseline.
    scores : mapping of method to Scores
    """

    as_of: datetime.date
    by: datetime.date
    nations: tuple[str, ...]
    joined: Reals
    chances: Mapping[str, Reals]
    scores: Mapping[str, Scores]

    def rows(self) -> Iterator[dict[str, Any]]:
        """One row a method, with its scores."""
        for method, found in self.scores.items():
            yield {"method": method, **found._asdict()}

    def chance_rows(self) -> Iterator[dict[str, Any]]:
        """One row a nation: whether it joined, and its chance by each method."""
        for at, nation in enumerate(self.nations):
            of_methods = {method: float(chance[at]) for method, chance in self.chances.items()}
            yield {"nation": nation, "joined": int(self.joined[at]), **of_methods}

    def table(self) -> pd.DataFrame:
        """Scores by method; see `Scores`."""
        import pandas as pd  # only for those who ask

        return pd.DataFrame(list(self.rows())).set_index("method")

    def nations_table(self) -> pd.DataFrame:
        """Chances by nation, and whether it joined."""
        import pandas as pd  # only for those who ask

        columns = ["nation", "joined", *self.chances]
        return pd.DataFrame(list(self.chance_rows()), columns=columns).set_index("nation")


def score_forecast(
    forecast: Ensemble | str | os.PathLike[str],
    history: History | str | os.PathLike[str],
    by: datetime.date | str | None = None,
    past: Mapping[str, History] | None = None,
) -> ForecastScores:
    """Score a forecast against the record of what came, beside baselines.

    Parameters
    ----------
    forecast : Ensemble, or the folder of one
        From `sim.forecast` or `willing forecast`, with its single runs.
    history : History, path or name
        The coalition with its record up to ``by`` at least, such as
        ``sim.load_history("mine.yaml", record="record_of_june.csv")``.
    by : date, or text such as "2011-04-30", optional
        Who was public by then is scored; the last day of the forecast by default.
    past : mapping of name to History, optional
        Other coalitions, which teach the baselines; by default all that are shipped, without this
        one. They are taken at the same shares of their days.

    Returns
    -------
    ForecastScores

    Raises
    ------
    ValueError
        It is no forecast or has no dates, it is of other nations, it starts outside the days of the
        history, the date is not after it, it kept no single runs, or its coalition is among those
        of the past.
    ScenarioError
        The history is wrong, or has no record.

    Notes
    -----
    Scored are the nations that the forecast left open: neither public nor refused by its date, as
    far as its own record told. The chance of a nation is the share of runs in which it goes public
    by the date; the runs are the joint forecast. Scores and baselines are those of `sim.backtest`;
    how many were public on the date of the forecast, updated baselines take from the record that
    is given. One coalition tells little of how good a method is.

    Examples
    --------
    >>> import sim
    >>> libya = sim.load_history("histories/libya_2011")
    >>> found = sim.score_forecast(sim.forecast(libya, "2011-03-20", runs=200, n_draws=99), libya)
    >>> len(found.nations), int(found.joined.sum()), list(found.scores)[:2]
    (76, 4, ['model', 'base rate'])
    """
    ensemble = forecast if isinstance(forecast, Ensemble) else load_results(Path(forecast))
    record = history if isinstance(history, History) else load_history(history)
    if ensemble.keep != "runs":
        raise ValueError("it kept counts alone, and scores need single runs: forecast with fewer")
    as_of, end = _days_scored(ensemble, record, by)
    drawn = ensemble.scenario.draws
    if drawn is None or "climate" not in drawn.columns:
        raise ValueError("it is no forecast: its runs do not start from what a record tells")
    case = Case("this", without_drawn_occasions(record))
    nations = tuple(
        nation
        for nation in ensemble.nations
        if f"nations.{nation}.stage" in drawn.columns and nation in case.seen.nations
    )
    days = public_days(ensemble)[:, [ensemble.nations.index(nation) for nation in nations]]
    draws = (days != NEVER) & (days <= end - as_of)
    now = case.standing_on(case.known_by(as_of), COVARIATES, nations, end)
    others = other_histories(record) if past is None else past
    for name, other in others.items():
        if shares_record(record, other):
            raise ValueError(f"past: {name} has this record, which would teach the baselines")
    taught = list(_others_then(others, as_of, end, record.scenario.days))
    chances = {MODEL: draws.mean(axis=0)}
    chances |= dict(baseline_chances(taught, now, is_updated=as_of > 0)) if nations else {}
    sizes = np.bincount(draws.sum(axis=1), minlength=len(nations) + 1) / ensemble.n_runs
    start = record.scenario.start
    assert start is not None
    return ForecastScores(
        start + datetime.timedelta(days=as_of),
        start + datetime.timedelta(days=end),
        nations,
        now.joined,
        chances,
        {MODEL: scores(chances[MODEL], sizes, draws, now.joined)}
        | {
            method: score_independent(chance, now)
            for method, chance in chances.items()
            if method != MODEL
        },
    )


def _days_scored(
    ensemble: Ensemble, history: History, by: datetime.date | str | None
) -> tuple[int, int]:
    """Days of a history on which a forecast stands, and up to which it is scored."""
    start = ensemble.scenario.start
    if start is None or history.scenario.start is None:
        raise ValueError("forecast and history need a start: records have dates")
    known = {nation.id for nation in history.scenario.nations}
    missing = [nation for nation in ensemble.nations if nation not in known]
    if missing:
        raise ValueError(f"the forecast has {missing[0]}, and the history does not")
    as_of, days = history.day(start), history.scenario.days
    if not 0 <= as_of < days:
        raise ValueError(
            f"the forecast is of {start}, which is not within the {days} days of the history"
        )
    last = min(as_of + ensemble.n_days, days)
    end = last
    if by is not None:
        try:
            date = datetime.date.fromisoformat(by) if isinstance(by, str) else by
        except ValueError:
            raise ValueError(f"by: {by!r} must be a calendar date such as {start}") from None
        end = history.day(date)
        if not as_of < end <= last:
            first, until = (start + datetime.timedelta(days=each) for each in (1, last - as_of))
            raise ValueError(f"by: {date} must lie in {first} to {until}")
    return as_of, end


def _others_then(
    others: Mapping[str, History], as_of: int, by: int, days: int
) -> Iterator[Standing]:
    """Other coalitions at the same shares of their days, where nations are open then."""
    for name, history in others.items():
        case = Case(name, history)
        day = case.known_by(as_of * case.coalition.days // days)
        end = by * case.coalition.days // days
        nations = case.open_nations(day)
        if nations and day < end:
            yield case.standing_on(day, COVARIATES, nations, end)
