"""Outcomes of a run that a study can ask for, by name, and how they are read off blocks of runs.

A name is a quantity, a day of it, or a bar that it must reach, which makes a chance of it:
``size``, ``size@90``, ``size>=20``, ``size@90>=20``, ``conditions.us_backing>=0.5``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from math import inf, isfinite, nan
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.core.stages import DEPLOYED, PUBLIC
from sim.results.breadth import why_undefined
from sim.results.format import LONGEST_NAME, cut
from sim.results.labels import quantity_label
from sim.results.records import SIZE_MEASURES
from sim.scenario.files.suggestions import suggestion

if TYPE_CHECKING:
    from sim.engines.block_runner import RunBlock
    from sim.scenario.schema import Scenario

Reals = NDArray[np.float64]

_NOT_IN_FILES = re.compile(r"[^\w.+-]")
_NAME = re.compile(r"(?P<quantity>[^@<>=]+)(@(?P<day>[0-9]{1,6}))?(>=(?P<bar>[-+.0-9eE]+))?")
_COMPARED = re.compile(r"(?P<quantity>[^<>=!]+)[<>=!]+(?P<bar>[^<>=!]*)")
"""A comparison other than with >= and a number."""

MOST_OUTCOMES = 2000


class OutcomeError(ValueError):
    """There is no such outcome; the message suggests one."""


def _always_defined(_: Scenario) -> str:
    return ""


@dataclass(frozen=True)
class Quantity:
    """A quantity that every run has.

    Attributes
    ----------
    values : callable of (block, index, day) -> ndarray, shape (n_runs,)
        `index` is that of the member; `day` counts from the end where it is negative.
    unit : str
        Of its mean; empty for a chance and for what has none.
    is_chance : bool
        True if it is true or false in a run, so that its mean is a chance.
    at_end : bool
        True if it is the value of one day, by default the last, and not of the whole run.
    has_days : bool
        True if it has a value for each day, as in ``size@90``.
    members : callable of Scenario -> iterable of str, or None
        Names of those that have one each, as in ``conditions.us_backing``.
    undefined : callable of Scenario -> str
        Why a scenario does not have it; empty if it has.
    """

    values: Callable[[RunBlock, int, int], NDArray[Any]]
    unit: str = ""
    is_chance: bool = False
    at_end: bool = True
    has_days: bool = False
    members: Callable[[Scenario], Iterable[str]] | None = None
    undefined: Callable[[Scenario], str] = _always_defined


def _size_on(measure: int) -> Callable[[RunBlock, int, int], NDArray[Any]]:
    return lambda block, _, day: block.size[:, measure, day]


QUANTITIES = MappingProxyType(
    {
        "success": Quantity(
            lambda block, *_: block.success_day >= 0,
            is_chance=True,
            at_end=False,
            undefined=lambda scenario: (
                "" if scenario.success else "the scenario sets no thresholds for it"
            ),
        ),
        "in_force": Quantity(
            lambda block, *_: block.in_force_day >= 0,
            is_chance=True,
            at_end=False,
            undefined=lambda scenario: (
                "" if scenario.quorum else "the coalition of the scenario has no quorum"
            ),
        ),
        **{
            name: Quantity(_size_on(measure), "nations", has_days=True)
            for measure, name in enumerate(SIZE_MEASURES)
        },
        "peak_size": Quantity(
            lambda block, *_: block.size[:, 0].max(axis=1), "nations", at_end=False
        ),
        "groups_covered": Quantity(
            lambda block, _, day: block.groups_covered[:, day] / block.n_groups,
            has_days=True,
            undefined=partial(why_undefined, "groups_covered"),
        ),
        "kinds_covered": Quantity(
            lambda block, _, day: block.kinds_covered[:, day] / block.n_kinds,
            has_days=True,
            undefined=partial(why_undefined, "kinds_covered"),
        ),
        "capacity_public": Quantity(
            lambda block, _, day: block.capacity_public[:, day],
            has_days=True,
            undefined=partial(why_undefined, "capacity_public"),
        ),
        "force": Quantity(lambda block, *_: block.force.sum(axis=1), "force units"),
        "force.": Quantity(
            lambda block, index, _: block.force[:, index],
            "force units",
            members=lambda scenario: scenario.contributions,
        ),
        "conditions.": Quantity(
            lambda block, index, _: block.conditions[:, index],
            members=lambda scenario: scenario.conditions,
        ),
        "public.": Quantity(
            lambda block, index, _: (
                (block.stage[:, index] >= PUBLIC) & (block.stage[:, index] <= DEPLOYED)
            ),
            is_chance=True,
            members=lambda scenario: (nation.id for nation in scenario.nations),
        ),
    }
)
"""Quantities by name, or by the prefix of the names of their members."""


@dataclass(frozen=True)
class Outcome:
    """One number of each run.

    Attributes
    ----------
    name : str
    quantity : str
        A name in `QUANTITIES`, with that of its member if it has members.
    index : int
        Of the kind, condition or nation among those of the scenario; -1 where there is none.
    day : int or None
        None for the end of the run.
    bar : float or None
        What the quantity must reach; then the outcome is 1 or 0.
    is_defined : bool
        False if the scenario does not have it: then it is NaN in every run.
    """

    name: str
    quantity: str
    index: int = -1
    day: int | None = None
    bar: float | None = None
    is_defined: bool = True

    @property
    def _quantity(self) -> Quantity:
        family, dot, _ = self.quantity.partition(".")
        return QUANTITIES[family + dot]

    @cached_property  # asked for several times at every point of a sweep
    def is_chance(self) -> bool:
        """True if it is 1 or 0 in a run, so that its mean is a chance."""
        return self.bar is not None or self._quantity.is_chance

    @property
    def at_end(self) -> bool:
        """True if it is the value of one day, by default the last, and not of the whole run."""
        return self._quantity.at_end

    @property
    def unit(self) -> str:
        """Unit of its mean; empty for a chance and for a condition."""
        return "" if self.is_chance else self._quantity.unit

    def values(self, block: RunBlock) -> Reals:
        """One number a run, shape (n_runs,)."""
        if not self.is_defined:
            return np.full(len(block.size), nan)
        found = self._quantity.values(block, self.index, -1 if self.day is None else self.day)
        if self.bar is not None:
            found = found >= self.bar
        return found.astype(np.float64)


def in_file_name(name: str) -> str:
    """The name of an outcome as part of a file name.

    Examples
    --------
    >>> in_file_name("size@90>=20"), in_file_name("public.POL")
    ('size_day_90_at_least_20', 'public.POL')
    """
    return _NOT_IN_FILES.sub("_", name.replace("@", "_day_").replace(">=", "_at_least_"))


def outcome_label(scenario: Scenario, outcome: Outcome) -> str:
    """What people call an outcome, with its day and the bar that it must reach.

    Examples
    --------
    >>> from sim.scenario.load import scenario_from_dict
    >>> scenario = scenario_from_dict({"days": 9, "nations": ["GBR"]})
    >>> outcome_label(scenario, Outcome("size@3>=1", "size", day=3, bar=1.0))
    'public nations on day 3 >= 1'
    """
    label = quantity_label(outcome.quantity, scenario)
    label += "" if outcome.day is None else f" on day {outcome.day}"
    return label if outcome.bar is None else f"{label} >= {outcome.bar:g}"


def default_outcomes(scenario: Scenario, *others: Scenario) -> tuple[str, ...]:
    """Names of the default outcomes: those that all the scenarios have.

    Examples
    --------
    >>> from sim.scenario.load import scenario_from_dict
    >>> default_outcomes(scenario_from_dict({"days": 9, "nations": ["GBR"]}))
    ('size', 'private_size', 'firm_size', 'peak_size', 'force')
    """
    sizes = (*SIZE_MEASURES, "peak_size", "force")
    firsts = [n for n in ("success", "in_force") if not QUANTITIES[n].undefined(scenario)]
    found = (*firsts, *sizes, *(f"conditions.{name}" for name in scenario.conditions))
    shared = [set(default_outcomes(other)) for other in others]
    return tuple(name for name in found if all(name in names for names in shared))


def find_outcomes(
    names: Sequence[str], scenario: Scenario, also: Sequence[str] = ()
) -> list[Outcome]:
    """Outcomes by their names. ``public.*`` stands for all nations; so do ``force.*`` and others.

    Parameters
    ----------
    names : sequence of str
    scenario : Scenario
    also : sequence of str
        Names that the caller knows beside these: suggested where one is unknown.

    Raises
    ------
    OutcomeError
    """
    known = _known_quantities(scenario)
    found: dict[str, Outcome] = {}
    for name in names:
        group, star, rest = name.partition(".*")
        starred = [f"{each}{rest}" for each in known if each.startswith(f"{group}.")]
        for each in starred if star and starred else [name]:
            outcome = _outcome_from(each, known, scenario, also)
            found.setdefault(outcome.name, outcome)
    if len(found) > MOST_OUTCOMES:
        raise OutcomeError(f"{len(found)} outcomes; at most {MOST_OUTCOMES} can be asked for")
    if not found:
        raise OutcomeError("no outcome is asked for")
    return list(found.values())


def outcomes_at(outcomes: Sequence[Outcome], scenario: Scenario) -> list[Outcome]:
    """Outcomes of a study as one of its scenarios has them; undefined are those it does not have.

    Raises
    ------
    OutcomeError
        The scenario ends before the day of one.
    """
    known = _known_quantities(scenario)
    for each in outcomes:
        check_day(each.name, each.day, scenario.days)
    return [
        replace(each, index=known.get(each.quantity, -1), is_defined=each.quantity in known)
        for each in outcomes
    ]


def _known_quantities(scenario: Scenario) -> dict[str, int]:
    """Quantities that a scenario has: members of one with their index, the others with -1."""
    known: dict[str, int] = {}
    for name, quantity in QUANTITIES.items():
        if quantity.members is not None:
            members = quantity.members(scenario)
            known |= {f"{name}{member}": index for index, member in enumerate(members)}
        elif not quantity.undefined(scenario):
            known[name] = -1
    return known


def _outcome_from(
    name: str, known: dict[str, int], scenario: Scenario, also: Sequence[str]
) -> Outcome:
    spelt, short = name.replace(" ", ""), cut(name, LONGEST_NAME)
    match, other = _NAME.fullmatch(spelt), _COMPARED.fullmatch(spelt)
    if match is None and other is not None:
        bar = other["bar"] if other["bar"][-1:].isdigit() else "NUMBER"
        example = cut(f"{other['quantity']}>={bar}", LONGEST_NAME)
        message = "what an outcome must reach is written with >=, as in"
        raise OutcomeError(f"{short!r}: {message} {example}")
    quantity = match["quantity"] if match else name
    if quantity not in known and quantity in QUANTITIES:
        raise OutcomeError(f"{quantity}: {QUANTITIES[quantity].undefined(scenario)}")
    if match is None or quantity not in known:
        raise OutcomeError(f"unknown outcome {short!r}{suggestion(quantity, [*also, *known])}")
    day = None if match["day"] is None else int(match["day"])
    with_days = [each for each, found in QUANTITIES.items() if found.has_days]
    if day is not None and quantity not in with_days:
        raise OutcomeError(f"{name}: a day goes with {', '.join(with_days)} only")
    check_day(name, day, scenario.days)
    try:
        least = None if match["bar"] is None else float(match["bar"])
    except ValueError:
        least = inf
    if least is not None and not isfinite(least):
        raise OutcomeError(f"{name}: {match['bar']!r} must be a finite number")
    return Outcome(match[0], quantity, known[quantity], day, least)


def check_day(name: str, day: int | None, last_day: int) -> None:
    """Refuse an outcome of a day that a run does not reach.

    Raises
    ------
    OutcomeError
    """
    if day is not None and day > last_day:
        raise OutcomeError(f"{name}: day {day} must be at most the last day, {last_day}")


# Columns of the results, which no varied path may take

FIXED = ("point", "n_runs", "first_run", "problem")
SIZE_COUNTS = "size_counts@"

OF_CHANCE = ("", ".mc_error", ".low", ".high")
OF_MEAN = (*OF_CHANCE, ".q05", ".median", ".q95")
"""Suffixes of the estimates of an outcome: its chance or mean, the Monte Carlo error and 95 %
interval of that, and the spread over runs."""

_ELSEWHERE = ("run", "public_size")
"""A column of single runs, and a dimension of labelled arrays."""


def is_column(name: str, outcomes: Iterable[str]) -> bool:
    """True if the results of every sweep with these outcomes have a column of that name.

    Examples
    --------
    >>> [is_column(name, ["size"]) for name in ("point", "size.low", "days")]
    [True, True, False]
    """
    if name in (*FIXED, *_ELSEWHERE) or name.startswith(SIZE_COUNTS):
        return True
    return any(name == f"{outcome}{part}" for outcome in outcomes for part in OF_MEAN)
