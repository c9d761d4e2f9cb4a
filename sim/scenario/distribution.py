"""A number that is drawn once a run instead of being fixed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from sim.scenario.files.suggestions import closest

PARAMETERS: dict[str, tuple[str, ...]] = {
    "uniform": ("low", "high"),
    "normal": ("mean", "sd"),
    "lognormal": ("mu", "sigma"),
    "beta": ("a", "b"),
    "triangular": ("low", "mode", "high"),
}
"""Names of the parameters of each kind of distribution, in the order of a file."""

DATES = "dates"
"""The kind of a law of days that lists them; see `sim.scenario.drawn_date`."""

LARGEST = 1e100
"""Largest magnitude of a parameter; a lognormal's are bounded by 1,000 and a beta's by 1e6."""

LEAST_PROBABILITY = 1e-12
"""Least probability that a distribution must have inside its field's range."""

TAIL = 1e-12
"""Probability of the upper tail that `Distribution.upper` leaves out."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """A distribution, truncated to the closed range ``[low, high]`` of its field.

    Attributes
    ----------
    kind : str
        ``uniform``, ``normal``, ``lognormal`` (parameters of ln x), ``beta`` or ``triangular``.
    parameters : tuple of float
        In the order of `PARAMETERS`.
    low, high : float
        The field's range, to which the distribution is truncated.

    Examples
    --------
    >>> Distribution("uniform", (0.2, 1.4), 0.0, 1.0).upper()
    1.0
    """

    kind: str
    parameters: tuple[float, ...]
    low: float = -math.inf
    high: float = math.inf

    def as_dict(self) -> dict[str, list[float]]:
        """The form in which a file writes it, such as ``{"uniform": [0.0, 1.0]}``."""
        return {self.kind: list(self.parameters)}

    def probability(self) -> float:
        """Probability that the distribution, before truncation, lies in its field's range."""
        if self.low > self.high:
            return 0.0
        if self.kind in ("normal", "lognormal"):
            low, high = _standard(self, self.low), _standard(self, self.high)
            # The smaller tails are subtracted, because they keep more digits.
            return (
                _upper_tail(low) - _upper_tail(high)
                if low > 0
                else _upper_tail(-high) - _upper_tail(-low)
            )
        return _distribution_function(self, self.high) - _distribution_function(self, self.low)

    def upper(self) -> float:
        """Largest possible value; for a tail without an end, its quantile at ``1 - TAIL``."""
        if self.kind in ("uniform", "triangular"):
            return min(self.high, self.parameters[-1])
        if self.kind == "beta":
            return min(self.high, 1.0)
        top = _standard(self, self.high)
        if top <= 0:
            return self.high
        kept = _upper_tail(_standard(self, self.low)) - _upper_tail(top)
        z = _exceeded_with(_upper_tail(top) + TAIL * kept)
        value = self.parameters[0] + self.parameters[1] * z
        if self.kind == "lognormal":
            value = math.exp(min(value, 700.0))
        return min(self.high, max(self.low, value))


def distribution_from(
    written: Mapping[object, object], low: float = -math.inf, high: float = math.inf
) -> Distribution:
    """The distribution that a file writes as one kind with a list of its parameters.

    Raises
    ------
    ValueError
        If the kind is unknown, the parameters are wrong, or it has no probability in the range.

    Examples
    --------
    >>> distribution_from({"normal": [0.5, 0.1]}, 0.0, 1.0).parameters
    (0.5, 0.1)
    """
    if len(written) != 1 or next(iter(written)) not in PARAMETERS:
        forms = ", ".join(f"{{{kind}: [{', '.join(PARAMETERS[kind])}]}}" for kind in PARAMETERS)
        close = closest(str(next(iter(written), "")), tuple(PARAMETERS))
        raise ValueError(f"must be a number or one distribution out of {forms}{close}")
    kind, values = next(iter(written.items()))
    kind = str(kind)
    names = PARAMETERS[kind]
    form = f"{{{kind}: [{', '.join(names)}]}}"
    if not isinstance(values, (list, tuple)) or len(values) != len(names):
        raise ValueError(f"must have the form {form}")
    if not all(isinstance(x, (int, float)) and not isinstance(x, bool) for x in values):
        raise ValueError(f"must have numbers in {form}")
    if not all(abs(x) <= LARGEST for x in values):
        raise ValueError(f"must have numbers of at most {LARGEST:g} in {form}")
    parameters = tuple(float(x) + 0.0 for x in values)
    required = _violated(kind, parameters)
    if required:
        raise ValueError(f"must have {required} in {form}")
    distribution = Distribution(kind, parameters, float(low), float(high))
    if distribution.probability() < LEAST_PROBABILITY:
        raise ValueError(f"must have probability between {low:g} and {high:g}")
    return distribution


def _violated(kind: str, x: tuple[float, ...]) -> str:
    """What the parameters ``x`` must satisfy and do not; empty if they are right."""
    if kind == "uniform":
        return "" if x[0] < x[1] else "low below high"
    if kind == "triangular":
        return "" if x[0] <= x[1] <= x[2] and x[0] < x[2] else "low <= mode <= high, low < high"
    if kind == "normal":
        return "" if x[1] > 0 else "sd above 0"
    if kind == "lognormal":
        right = abs(x[0]) <= 1000 and 0 < x[1] <= 100
        return "" if right else "mu between -1000 and 1000, sigma above 0 and at most 100"
    return "" if all(1e-3 <= p <= 1e6 for p in x) else "a and b between 0.001 and 1e6"


def upper_end(number: float | Distribution) -> float:
    """The largest value that a fixed or random number may take."""
    return number.upper() if isinstance(number, Distribution) else number


def ends_of(number: float | Distribution) -> tuple[float, float]:
    """The ends of the range that a fixed or random number cannot leave.

    Examples
    --------
    >>> ends_of(2), ends_of(Distribution("uniform", (0.2, 1.4), 0.0, 1.0))
    ((2.0, 2.0), (0.2, 1.0))
    """
    if not isinstance(number, Distribution):
        return float(number), float(number)
    low, high = number.low, number.high
    if number.kind in ("uniform", "triangular"):
        low, high = max(low, number.parameters[0]), min(high, number.parameters[-1])
    return low, high


def looks_like_distribution(written: object) -> bool:
    """Whether a mapping is meant as a distribution: one known kind with a list under it.

    Under the kind ``dates`` of a drawn date, there may be a mapping from days, whose names no
    condition or kind can have.
    """
    if not isinstance(written, Mapping) or len(written) != 1:
        return False
    kind, values = next(iter(written.items()))
    if kind == DATES and isinstance(values, Mapping):
        return all(str(day)[:1] in {*"-0123456789"} for day in values)
    return kind in (*PARAMETERS, DATES) and isinstance(values, (list, tuple))


def _standard(distribution: Distribution, x: float) -> float:
    """The standard normal score of x under a normal or lognormal distribution."""
    if distribution.kind == "lognormal":
        if x <= 0:
            return -math.inf
        x = math.log(x)
    return (x - distribution.parameters[0]) / distribution.parameters[1]


def _upper_tail(z: float) -> float:
    """Probability that a standard normal number exceeds z."""
    return 0.5 * math.erfc(z / math.sqrt(2.0))


@lru_cache(maxsize=4096)
def _exceeded_with(probability: float) -> float:
    """The z that a standard normal number exceeds with a probability, by bisection."""
    low, high = -40.0, 40.0
    for _ in range(80):
        middle = 0.5 * (low + high)
        if _upper_tail(middle) > probability:
            low = middle
        else:
            high = middle
    return high


def _distribution_function(distribution: Distribution, x: float) -> float:
    """Probability at or below x of a uniform, triangular or beta distribution."""
    kind, parameters = distribution.kind, distribution.parameters
    bottom, top = (0.0, 1.0) if kind == "beta" else (parameters[0], parameters[-1])
    if x <= bottom:
        return 0.0
    if x >= top:
        return 1.0
    if kind == "uniform":
        return (x - bottom) / (top - bottom)
    if kind == "triangular":
        mode = parameters[1]
        if x <= mode:
            return (x - bottom) / (top - bottom) * ((x - bottom) / (mode - bottom))
        return 1.0 - (top - x) / (top - bottom) * ((top - x) / (top - mode))
    from scipy.special import betainc  # only for a beta: a scenario loads without SciPy

    return float(betainc(parameters[0], parameters[1], x))
