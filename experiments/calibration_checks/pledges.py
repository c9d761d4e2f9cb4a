"""Pledges after a first word, and exits after it: how many are dated, and the rate they give."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq

from experiments.calibration_checks.kept import Row
from sim.calibration.history import History
from sim.calibration.likelihood import coalition_of
from sim.core.layout import Reals
from sim.core.stages import FORWARD, PUBLIC
from sim.scenario.arrays.numbers import inputs_at_medians

TALKS_ROW = 1
"""Of the features of a coalition: what a nation saw that was in talks, and public later."""

PLEDGES = ("pledged", "deployed")
HALF_WIDTH = 1.92
"""Fall of the log-likelihood at the ends of a 95 % interval of one number."""


class Waiting(NamedTuple):
    """A nation that has given its word and no pledge yet.

    Attributes
    ----------
    factor : ndarray, shape (days,)
        What the rate is multiplied by, on each day from the one after the word on.
    has_pledged : bool
        On the last of these days; else it was not seen to by then.
    """

    factor: Reals
    has_pledged: bool


def waiting(
    history: History, with_features: bool = True, with_undated: bool = False
) -> tuple[list[Waiting], dict[str, int]]:
    """Nations at risk of a pledge after their word, and how many there are of each kind.

    Nations whose first word was a pledge, or of the same day, never wait. Others wait from the day
    after their word until their pledge, or to the last day. Where either is not dated to the day
    they are left out; or, `with_undated`, they wait from the last day on which the word may have
    come, and pledge only where that is dated.
    """
    coalition, days = coalition_of(history), history.scenario.days
    inputs = inputs_at_medians(history.scenario)
    coefficients = inputs.coefficient[PUBLIC, FORWARD]
    found: list[Waiting] = []
    n = dict.fromkeys(("word", "at_once", "dated", "undated", "waiting"), 0)
    for place, nation in enumerate(coalition.seen.nations):
        if coalition.seen.published[place] > days:
            continue
        n["word"] += 1
        word, pledge = history.first(nation, "public"), history.first(nation, PLEDGES)
        day = None if pledge is None or not pledge.is_exact else pledge.last
        if word is None or word.last is None or (day is not None and day <= word.last):
            n["at_once"] += 1
            continue
        has_pledged = day is not None and day <= days
        is_dated = word.is_exact and (day is not None or not history.of(nation, PLEDGES))
        n["undated" if not is_dated else "dated" if has_pledged else "waiting"] += 1
        last = day if has_pledged and day is not None else days
        if (is_dated or with_undated) and word.last < last:
            features = coalition.features[TALKS_ROW][place, word.last + 1 : last + 1, 1:]
            log_factor = features @ coefficients if with_features else np.zeros(len(features))
            found.append(Waiting(np.exp(log_factor), has_pledged))
    return found, n


def log_likelihood(rate: float, of: list[Waiting]) -> float:
    """Of a rate per day, the same for all: exponential waiting, with the factors of each day."""
    total = 0.0
    for each in of:
        hazards = rate * each.factor
        total -= hazards[:-1].sum() if each.has_pledged else hazards.sum()
        total += np.log(-np.expm1(-hazards[-1])) if each.has_pledged else 0.0
    return float(total)


def estimate(of: list[Waiting]) -> tuple[float, float, float]:
    """The most likely rate per day, and the ends of its 95 % interval by the likelihood ratio."""
    grid = np.exp(np.linspace(np.log(1e-6), np.log(10.0), 400))
    values = [log_likelihood(rate, of) for rate in grid]
    best = int(np.argmax(values))

    def above(log_rate: float) -> float:
        return log_likelihood(float(np.exp(log_rate)), of) - values[best] + HALF_WIDTH

    low, high = (
        float(np.exp(brentq(above, np.log(grid[best]), np.log(grid[end])))) for end in (0, -1)
    )
    return float(grid[best]), low, high


def exits(histories: Mapping[str, History]) -> list[Row]:
    """Exits after a public word that are on record, with the days since the word."""
    return [
        {
            "coalition": name,
            "nation": nation,
            "days_after_word": str(left.last - public.last),
            "had_forces": "yes" if history.of(nation, "deployed") else "no",
            "within_history": "yes" if left.last <= history.scenario.days else "no",
        }
        for name, history in histories.items()
        for nation in history.at_risk
        if (left := history.first(nation, "left")) is not None
        and (public := history.first_public(nation)) is not None
        and left.last is not None
        and public.last is not None
    ]


RATES = {"plain": (False, False), "featured": (True, False), "cautious": (True, True)}
"""Columns of rates: with the features of the model, and with those that are not dated."""


def rates(histories: Mapping[str, History]) -> list[Row]:
    """Rates of pledges by coalition and for all of them."""
    rows: list[Row] = []
    together: dict[str, list[Waiting]] = {name: [] for name in RATES}
    total: dict[str, int] = {}
    for coalition, history in histories.items():
        row: Row = {"coalition": coalition}
        for name, options in RATES.items():
            of, n = waiting(history, *options)
            together[name] += of
            row |= {key: str(value) for key, value in n.items()} | rate_columns(name, of)
        total = {key: total.get(key, 0) + value for key, value in n.items()}
        rows.append(row)
    row = {"coalition": "all"} | {key: str(value) for key, value in total.items()}
    for name, of in together.items():
        row |= rate_columns(name, of)
    return [*rows, {column: row[column] for column in rows[0]}]


def rate_columns(name: str, of: list[Waiting]) -> Row:
    """A rate with its interval as columns, blank where no pledge is dated."""
    has_any = any(each.has_pledged for each in of)
    numbers = [f"{each:.5f}" for each in estimate(of)] if has_any else ["", "", ""]
    return dict(zip((name, f"{name}_low", f"{name}_high"), numbers, strict=True))
