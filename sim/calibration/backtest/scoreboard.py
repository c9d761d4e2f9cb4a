"""Scores of many forecasts: their means over coalitions, and how far apart two methods are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isnan, sqrt
from typing import Any, NamedTuple

import numpy as np
from scipy.stats import t as student

from sim.calibration.backtest.scores import NAN, Scores

LEVEL = 0.95
"""Of intervals of means and differences over coalitions."""

HIGHER_IS_BETTER = ("auc",)

COLUMNS = ("method", "coalition", "standing", *Scores._fields)
"""Columns of a table of scores."""


class Line(NamedTuple):
    """The scores of one forecast.

    Attributes
    ----------
    method : str
        What made it.
    coalition, standing : str
        What it is of, and when it stands.
    scores : Scores
    """

    method: str
    coalition: str
    standing: str
    scores: Scores


class Estimate(NamedTuple):
    """A mean over coalitions, or a mean of paired differences.

    Attributes
    ----------
    mean : float
    half : float
        Half the width of its 95 % interval by Student's t, as if the coalitions were independent;
        not a number for one coalition. They are not: fits that leave out one coalition each have
        the others in common, so that the interval may be too narrow, and the scores alone cannot
        tell by how much [BengioGrandvalet2004]_.
    wins : int
        Coalitions in which the first of two methods is better.
    n : int
        Coalitions that have the score.
    """

    mean: float
    half: float
    wins: int
    n: int


@dataclass(frozen=True)
class Scoreboard:
    """Scores by method, coalition and standing.

    Attributes
    ----------
    lines : tuple of Line
    """

    lines: tuple[Line, ...]

    @cached_property
    def _found(self) -> dict[tuple[str, str], dict[str, Scores]]:
        """Scores by method and standing, then by coalition."""
        found: dict[tuple[str, str], dict[str, Scores]] = {}
        for line in self.lines:
            found.setdefault((line.method, line.standing), {})[line.coalition] = line.scores
        return found

    @property
    def methods(self) -> tuple[str, ...]:
        """Names of the methods, in the order of the lines."""
        return tuple(dict.fromkeys(line.method for line in self.lines))

    @property
    def standings(self) -> tuple[str, ...]:
        """When forecasts stand, in the order of the lines."""
        return tuple(dict.fromkeys(line.standing for line in self.lines))

    def rows(self) -> Iterator[dict[str, Any]]:
        """One row a forecast, with its scores."""
        for line in self.lines:
            names = {"method": line.method, "coalition": line.coalition, "standing": line.standing}
            yield names | line.scores._asdict()

    def methods_at(self, standing: str) -> tuple[str, ...]:
        """Methods with a forecast that stands then."""
        return tuple(method for method in self.methods if (method, standing) in self._found)

    def of(self, method: str, standing: str, field: str) -> dict[str, float]:
        """One score of a method by coalition; coalitions without it are left out."""
        scores = self._found.get((method, standing), {})
        values = {name: float(getattr(each, field)) for name, each in scores.items()}
        return {name: value for name, value in values.items() if not isnan(value)}

    def mean(self, method: str, standing: str, field: str) -> Estimate:
        """The mean of a score over coalitions, with its interval."""
        return _estimate(self.of(method, standing, field).values(), field)

    def n_covered(self, method: str, standing: str) -> tuple[int, int]:
        """In how many coalitions the 80 % interval of size covers what came, and of how many."""
        scores = self._found.get((method, standing), {}).values()
        return sum(each.covered for each in scores), len(scores)

    def difference(self, one: str, other: str, standing: str, field: str = "log") -> Estimate:
        """The mean difference of a score, one method minus another, paired by coalition."""
        mine, others = self.of(one, standing, field), self.of(other, standing, field)
        return _estimate([mine[name] - others[name] for name in mine if name in others], field)


def _estimate(values: Iterable[float], field: str) -> Estimate:
    found = np.array(list(values))
    if found.size == 0:
        return Estimate(NAN, NAN, 0, 0)
    half = NAN
    if found.size > 1:
        quantile = student.ppf(0.5 + 0.5 * LEVEL, found.size - 1)
        half = float(quantile * found.std(ddof=1) / sqrt(found.size))
    is_better = found > 0.0 if field in HIGHER_IS_BETTER else found < 0.0
    return Estimate(float(found.mean()), half, int(is_better.sum()), found.size)


def score_rows(lines: Iterable[Line]) -> list[list[str | float]]:
    """Rows of a table of scores with `COLUMNS`; a score that there is not is blank."""
    rows = []
    for line in lines:
        numbers = ["" if isnan(each) else each for each in line.scores[:-1]]
        covered = "yes" if line.scores.covered else "no"
        rows.append([line.method, line.coalition, line.standing, *numbers, covered])
    return rows


def lines_of(rows: Sequence[Mapping[str, str]]) -> tuple[Line, ...]:
    """Lines of a table of scores, as `score_rows` writes them.

    Raises
    ------
    ValueError
        A column is missing, or a score is no number.
    """
    lines = []
    for row in rows:
        missing = [name for name in COLUMNS if name not in row]
        if missing:
            raise ValueError(f"the table of scores has no column {missing[0]}")
        numbers = {name: float(row[name] or NAN) for name in Scores._fields[:-1]}
        scores = Scores(**numbers, covered=row["covered"] == "yes")
        lines.append(Line(row["method"], row["coalition"], row["standing"], scores))
    return tuple(lines)
