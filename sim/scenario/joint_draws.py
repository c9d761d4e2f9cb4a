"""Joint draws: numbers and initial stages of a scenario that each run takes from one line.

What a line holds need not be independent: parameters from a posterior, or how things stood on a
day. A number that is drawn so is a `JointNumber` in the scenario, a date a `JointDate`, and initial
stages are `JointStages`.
"""

from __future__ import annotations

import csv
import hashlib
import io
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sim.core.stages import STAGES
from sim.scenario.distribution import DATES, Distribution
from sim.scenario.drawn_date import DrawnDate
from sim.scenario.read_only import ReadOnlyDict

DRAWS = "draws"
"""The key of a file that names them, the kind of their numbers, and what the choice of a line
depends on beside seed and run. No number has this path."""

POSTERIOR = "posterior"
"""What a file names, in place of a table, to take those that come with the shipped behaviour."""

WEIGHT = "weight"
"""The column that says how often a line is chosen."""


class JointDraws:
    """A table of joint draws: of each run one line is in force.

    Parameters
    ----------
    columns : dict of str to array of float
        By path of a number, or of a nation's ``stage``; stages by their numbers. All of one length.
    weights : sequence of float
        Of each line, at least 0 and not all 0.
    """

    def __init__(self, columns: dict[str, array[float]], weights: Sequence[float]) -> None:
        self.columns, self.weights = columns, array("d", weights)

    @property
    def n_lines(self) -> int:
        """Number of joint draws."""
        return len(self.weights)

    @property
    def stages(self) -> list[str]:
        """Paths of the stages among the columns."""
        return [path for path in self.columns if is_stage(path)]

    @cached_property
    def worth(self) -> float:
        """How many lines of equal weights tell as much: (sum of weights)² / sum of squares."""
        top = max(self.weights)
        shares = [each / top for each in self.weights]
        return sum(shares) ** 2 / sum(each * each for each in shares)

    @cached_property
    def text(self) -> str:
        """The table as CSV, the same for the same content."""
        written = io.StringIO(newline="")
        writer = csv.writer(written, lineterminator="\n")
        columns = [
            [STAGES[int(each)] for each in values] if is_stage(path) else list(map(repr, values))
            for path, values in self.columns.items()
        ]
        is_weighted = any(weight != 1.0 for weight in self.weights)
        writer.writerow([*self.columns, *([WEIGHT] if is_weighted else [])])
        writer.writerows(zip(*columns, *([self.weights] if is_weighted else []), strict=True))
        return written.getvalue()

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the content, in hexadecimal."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def file(self) -> str:
        """Name of the file beside a stored scenario that holds them."""
        return f"{DRAWS}-{self.sha256[:12]}.csv"

    def as_dict(self) -> DrawsForm:
        """What the full form of a scenario has of them."""
        return DrawsForm(self)

    @property
    def summary(self) -> str:
        """How many there are, of what, such as ``500 joint draws of 12 numbers``."""
        n_stages = len(self.stages)
        counts = ((len(self.columns) - n_stages, "number"), (n_stages, "initial stage"))
        parts = [f"{n:,} {noun}" + ("" if n == 1 else "s") for n, noun in counts if n]
        text = f"{self.n_lines:,} joint draw" + ("" if self.n_lines == 1 else "s")
        text += f" of {' and '.join(parts)}"
        is_even = min(self.weights) == max(self.weights)
        return text if is_even else f"{text} (by their weights worth {self.worth:,.1f})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, JointDraws) and self.sha256 == other.sha256

    def __hash__(self) -> int:
        return hash(self.sha256)

    def __repr__(self) -> str:
        return f"<JointDraws: {self.summary}; sha256 {self.sha256[:12]}>"


class DrawsForm(dict[str, Any]):
    """Joint draws in the full form of a scenario: the file beside it that holds them, by content.

    In memory they are there as well, so that a full form is a scenario without any file.
    """

    def __init__(self, draws: JointDraws) -> None:
        super().__init__(table=draws.file, sha256=draws.sha256)
        self.draws = draws

    def __reduce__(self) -> Any:
        return type(self), (self.draws,)


def is_stage(path: str) -> bool:
    """Whether a path of a table is that of a nation's stage on day 0."""
    return path.startswith("nations.") and path.endswith(".stage")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class JointNumber(Distribution):
    """A number that each run takes from its joint draw; its range is that of its column.

    Attributes
    ----------
    draws : JointDraws
    path : str
        Its column.
    under : float, Distribution or None
        What the scenario has there without the draws.
    """

    draws: JointDraws
    path: str
    under: float | Distribution | None = None
    parameters: tuple[float, ...] = field(default=(), init=False)

    @property
    def values(self) -> array[float]:
        """Its values, line by line."""
        return self.draws.columns[self.path]

    def as_dict(self) -> dict[str, list[float]]:
        """Its kind and its range, for people."""
        return {self.kind: [self.low, self.high]}

    def probability(self) -> float:
        """All values lie in its range."""
        return 1.0

    def upper(self) -> float:
        """Largest value."""
        return self.high

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, JointNumber):
            return NotImplemented
        return (self.path, self.under, self.draws) == (other.path, other.under, other.draws)

    def __hash__(self) -> int:
        return hash((self.path, self.draws))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class JointDate(DrawnDate):
    """A date that each run takes from its joint draw; as a law of days, that of its column.

    Attributes
    ----------
    draws : JointDraws
    path : str
        Its column.
    under : DrawnDate
        The law of the date without the draws.
    """

    draws: JointDraws
    path: str
    under: DrawnDate

    @property
    def values(self) -> array[float]:
        """Its days, line by line."""
        return self.draws.columns[self.path]

    def kept_from(self, day: int) -> JointDate:  # noqa: ARG002 (asked of every law)
        """The date itself: a table with a day that is not allowed is refused."""
        return self

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, JointDate):
            return NotImplemented
        return (self.path, self.under, self.draws) == (other.path, other.under, other.draws)

    def __hash__(self) -> int:
        return hash((self.path, self.draws))


def joint_date(draws: JointDraws, path: str, under: DrawnDate) -> JointDate:
    """The date of a column, over the law that a scenario has there."""
    weights: dict[float, float] = {}
    for day, weight in zip(draws.columns[path], draws.weights, strict=True):
        weights[day] = weights.get(day, 0.0) + weight
    listed = [number for day in sorted(weights) if weights[day] for number in (day, weights[day])]
    return JointDate(
        kind=DATES,
        parameters=tuple(listed),
        low=under.low,
        high=under.high,
        draws=draws,
        path=path,
        under=under,
    )


def joint_number(draws: JointDraws, path: str, under: Any) -> JointNumber:
    """The number of a column, over what a scenario has there."""
    values = draws.columns[path]
    return JointNumber(
        kind=DRAWS, low=min(values), high=max(values), draws=draws, path=path, under=under
    )


class JointStages(ReadOnlyDict):
    """Shares of the stages on day 0 in the column of a nation, over those that its file gives."""

    number: JointNumber
    under: dict[str, float]

    def __init__(self, number: JointNumber, under: dict[str, float]) -> None:
        shares = dict.fromkeys(sorted(set(number.values)), 0.0)
        total = sum(number.draws.weights)
        for stage, weight in zip(number.values, number.draws.weights, strict=True):
            shares[stage] += weight / total
        super().__init__({STAGES[int(stage)]: share for stage, share in shares.items() if share})
        self.number, self.under = number, under

    def __reduce__(self) -> Any:
        return type(self), (self.number, self.under)
