"""A date that is not known: a day that is drawn once a run."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sim.scenario.distribution import (
    DATES,
    LARGEST,
    LEAST_PROBABILITY,
    PARAMETERS,
    Distribution,
    distribution_from,
)
from sim.scenario.files.suggestions import closest

DATE_KINDS = ("uniform", "triangular", "normal", "lognormal", DATES)
"""Laws that a date may have. Of a lognormal law, the parameters are those of ln(day)."""

FORMS = ", ".join(
    [f"{{{kind}: [{', '.join(PARAMETERS[kind])}]}}" for kind in DATE_KINDS if kind != DATES]
    + ["{dates: [day, ...]}", "{dates: {day: weight, ...}}"]
)


@dataclass(frozen=True, slots=True)
class DrawnDate(Distribution):
    """A law of days; its range reaches half a day beyond the first and the last day allowed.

    The day is ``floor(x + 1/2)`` of a draw ``x``. The ends of a uniform law are widened by half a
    day, so that each day in it is equally likely.

    Attributes
    ----------
    parameters : tuple of float
        In the order of `PARAMETERS`; of the kind ``dates``, each day and its weight in turn.

    Examples
    --------
    >>> date = drawn_date_from({"uniform": [60, 120]}, first=1, last=36500)
    >>> date.first, date.last, date.quantile(0.5), round(61 * date.share_until(60), 9)
    (60, 120, 90, 1.0)
    >>> drawn_date_from({"dates": {"90": 1, "60": 3}}, first=1, last=36500).share_until(60)
    0.75
    """

    def as_dict(self) -> dict[str, Any]:
        """The form in which a file writes it, dates as day numbers."""
        if self.kind == DATES:
            return {DATES: {f"{day:.0f}": weight for day, weight in self._weights()}}
        return {self.kind: list(self.parameters)}

    def kept_from(self, day: int) -> DrawnDate:
        """The same law kept to days from one on."""
        return self if self.low >= day - 0.5 else replace(self, low=day - 0.5)

    @property
    def continuous(self) -> Distribution:
        """The distribution that is rounded to days; of listed days there is none."""
        ends = self.parameters
        if self.kind == "uniform":
            ends = ends[0] - 0.5, ends[1] + 0.5
        return Distribution(self.kind, ends, self.low, self.high)

    @property
    def listed(self) -> list[tuple[int, float]]:
        """The listed days that are allowed, in order, with their weights."""
        days = self.parameters[::2]
        allowed = slice(bisect_right(days, self.low), bisect_left(days, self.high))
        return list(zip(map(int, days[allowed]), self.parameters[1::2][allowed], strict=True))

    def listed_before(self, day: int) -> list[int]:
        """The listed days before one, which an event may not have."""
        return (
            [int(each) for each, _ in self._weights() if each < day] if self.kind == DATES else []
        )

    @property
    def first(self) -> int:
        """The earliest day that it can bring."""
        first = math.ceil(self.low)
        if self.kind == DATES:
            return self.listed[0][0]
        bounded = self.kind in ("uniform", "triangular")
        return max(first, math.floor(self.parameters[0] + 0.5)) if bounded else first

    @property
    def last(self) -> int:
        """The latest day that it can bring."""
        last = math.floor(self.high)
        if self.kind == DATES:
            return self.listed[-1][0]
        bounded = self.kind in ("uniform", "triangular")
        return min(last, math.floor(self.parameters[-1] + 0.5)) if bounded else last

    def probability(self) -> float:
        """Probability that the law, before truncation, lies among the days allowed."""
        if self.kind == DATES:
            return sum(w for _, w in self.listed) / sum(w for _, w in self._weights())
        return self.continuous.probability()

    def share_until(self, day: int) -> float:
        """Probability that the date is this day or an earlier one."""
        if day < self.first:
            return 0.0
        if day >= self.last:
            return 1.0
        return replace(self, high=day + 0.5).probability() / self.probability()

    def quantile(self, share: float) -> int:
        """The earliest day by which a share of the dates has come."""
        low, high = self.first, self.last
        while low < high:
            middle = (low + high) // 2
            if self.share_until(middle) >= share:
                high = middle
            else:
                low = middle + 1
        return low

    def _weights(self) -> list[tuple[float, float]]:
        return list(zip(self.parameters[::2], self.parameters[1::2], strict=True))


def drawn_date_from(written: Mapping[Any, Any], first: int, last: int) -> DrawnDate:
    """The law of a date as a file writes it, with day numbers in place of calendar dates.

    Parameters
    ----------
    written : mapping
        One kind with the list of its parameters; ``dates`` with a list of days, equally likely, or
        with a mapping from days to weights.
    first, last : int
        The days that are allowed.

    Raises
    ------
    ValueError
        It is none, or has no probability on the days allowed.
    """
    kind = next(iter(written), "")
    if len(written) != 1 or kind not in DATE_KINDS:
        close = closest(str(kind), DATE_KINDS)
        raise ValueError(f"must be a day or one law of days out of {FORMS}{close}")
    values = written[kind]
    if kind == DATES:
        parameters = _listed_days(values)
    elif kind == "uniform" and _is_one_day(values):
        parameters = (float(values[0]), float(values[1]))
    else:
        parameters = distribution_from(written).parameters
        if kind == "uniform" and not all(end.is_integer() for end in parameters):
            raise ValueError("must have whole days in {uniform: [low, high]}")
    date = DrawnDate(str(kind), parameters, first - 0.5, last + 0.5)
    if date.probability() < LEAST_PROBABILITY:
        raise ValueError(f"must have probability between day {first} and day {last}")
    return date


def parameter_name(kind: str, number: int) -> str:
    """What a parameter of a distribution is, by its number; of listed days, by the day.

    Examples
    --------
    >>> parameter_name("normal", 0), parameter_name("dates", 60)
    ('mean', 'weight of day 60')
    """
    return f"weight of day {number}" if kind == DATES else PARAMETERS[kind][number]


def _is_one_day(values: Any) -> bool:
    """Whether the ends of a uniform law are one day, which an interval of numbers cannot be."""
    is_pair = isinstance(values, (list, tuple)) and len(values) == 2
    return is_pair and values[0] == values[1] and _as_day(values[0]) is not None


def _as_day(value: Any) -> int | None:
    """The number of a day, as a number or the text of one; None for anything else."""
    if isinstance(value, str):
        sign, digits = value[:1] == "-", value.removeprefix("-")
        value = int(digits) * (-1 if sign else 1) if digits.isdecimal() else None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return int(value) if math.isfinite(value) and value == int(value) else None


def _listed_days(values: Any) -> tuple[float, ...]:
    """Days and weights in turn, by day."""
    form = "{dates: [day, ...]} or {dates: {day: weight, ...}}"
    if isinstance(values, (list, tuple)):
        pairs: list[tuple[Any, Any]] = [(day, 1.0) for day in values]
    else:
        pairs = list(values.items()) if isinstance(values, Mapping) else []
    if not pairs:
        raise ValueError(f"must have the form {form}, with at least one day")
    weights: dict[int, float] = {}
    for written, weight in pairs:
        day = _as_day(written)
        if day is None:
            raise ValueError(f"must have whole days in {form}, not {written}")
        if day in weights:
            raise ValueError(f"has day {day} twice")
        is_number = isinstance(weight, (int, float)) and not isinstance(weight, bool)
        if not is_number or not weight > 0:
            raise ValueError(f"must have a weight above 0 for day {day}")
        if weight > LARGEST:
            raise ValueError(f"must have a weight of at most {LARGEST:g} for day {day}")
        weights[day] = float(weight)
    return tuple(number for day in sorted(weights) for number in (float(day), weights[day]))
