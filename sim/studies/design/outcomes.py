"""Outcomes of a run that a study can ask for, by name, and how they are read off blocks of runs.

A name is a quantity, a day of it, or a bar that it must reach, which makes a chance of it:
``size``, ``size@90``, ``size>=20``, ``size@90>=20``, ``conditions.us_backing>=0.5``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf, isfinite
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.core.stages import DEPLOYED, PUBLIC
from sim.results.format import LONGEST_NAME, cut
from sim.results.records import SIZE_MEASURES
from sim.scenario.files.suggestions import suggestion

if TYPE_CHECKING:
    from sim.engines.block_runner import RunBlock
    from sim.scenario.schema import Scenario

Reals = NDArray[np.float64]

_NOT_IN_FILES = re.compile(r"[^\w.+-]")
_NAME = re.compile(r"(?P<quantity>[^@<>=]+)(@(?P<day>\d{1,6}))?(>=(?P<bar>[-+.\deE]+))?")
_COMPARED = re.compile(r"(?P<quantity>[^<>=!]+)[<>=!]+(?P<bar>[^<>=!]*)")
"""A bar as it is not written."""

MOST_OUTCOMES = 2000


class OutcomeError(ValueError):
    """There is no such outcome; the message says which there are."""


@dataclass(frozen=True)
class Outcome:
    """One number of each run.

    Attributes
    ----------
    name : str
    quantity : str
        ``success``, ``size``, ``private_size``, ``firm_size``, ``peak_size``, ``force``,
        ``force.<kind>``, ``conditions.<name>`` or ``public.<nation>``.
    place : int
        Of the kind, condition or nation among those of the scenario; -1 where there is none.
    day : int or None
        None for the end of the run.
    bar : float or None
        What the quantity must reach; then the outcome is 1 or 0.
    """

    name: str
    quantity: str
    place: int = -1
    day: int | None = None
    bar: float | None = None

    @property
    def is_chance(self) -> bool:
        """Whether it is 1 or 0 in a run, and its mean a chance."""
        return self.bar is not None or self.quantity.partition(".")[0] in ("success", "public")

    @property
    def unit(self) -> str:
        """Unit of its mean; empty for a chance and for a condition."""
        if self.is_chance or self.quantity.startswith("conditions."):
            return ""
        return "force units" if self.quantity.startswith("force") else "nations"

    def values(self, block: RunBlock) -> Reals:
        """One number a run, shape (n_runs,)."""
        found = self._quantity(block)
        if self.bar is not None:
            found = (found >= self.bar).astype(np.float64)
        return found

    def _quantity(self, block: RunBlock) -> Reals:
        quantity, day = self.quantity.partition(".")[0], -1 if self.day is None else self.day
        if quantity in SIZE_MEASURES:
            return block.size[:, SIZE_MEASURES.index(quantity), day].astype(np.float64)
        if quantity == "peak_size":
            return np.asarray(block.size[:, 0].max(axis=1), dtype=np.float64)
        if quantity == "success":
            return (block.success_day >= 0).astype(np.float64)
        if quantity == "public":
            stage = block.stage[:, self.place]
            return ((stage >= PUBLIC) & (stage <= DEPLOYED)).astype(np.float64)
        if quantity == "conditions":
            return block.conditions[:, self.place].copy()
        return block.force.sum(axis=1) if self.place < 0 else block.force[:, self.place].copy()


def in_file_name(name: str) -> str:
    """The name of an outcome as part of the name of a file.

    Examples
    --------
    >>> in_file_name("size@90>=20"), in_file_name("public.POL")
    ('size_day_90_at_least_20', 'public.POL')
    """
    return _NOT_IN_FILES.sub("_", name.replace("@", "_day_").replace(">=", "_at_least_"))


def default_outcomes(scenario: Scenario, *others: Scenario) -> tuple[str, ...]:
    """Names of the outcomes that are kept unless others are asked for: those that all have.

    Examples
    --------
    >>> from sim.scenario.load import scenario_from_dict
    >>> default_outcomes(scenario_from_dict({"days": 9, "nations": ["GBR"]}))
    ('size', 'private_size', 'firm_size', 'peak_size', 'force')
    """
    success = ("success",) if scenario.success is not None else ()
    sizes = (*SIZE_MEASURES, "peak_size", "force")
    found = (*success, *sizes, *(f"conditions.{name}" for name in scenario.conditions))
    shared = [set(default_outcomes(other)) for other in others]
    return tuple(name for name in found if all(name in names for names in shared))


def asked_outcomes(names: Sequence[str], scenario: Scenario) -> list[Outcome]:
    """Outcomes by their names; ``public.*`` stands for every nation, and so for kinds, conditions.

    Raises
    ------
    OutcomeError
    """
    found: dict[str, Outcome] = {}
    known = _known(scenario)
    for name in names:
        for each in _matching(name, known):
            outcome = _outcome(each, known, scenario)
            found.setdefault(outcome.name, outcome)
    if len(found) > MOST_OUTCOMES:
        raise OutcomeError(f"{len(found)} outcomes; at most {MOST_OUTCOMES} can be asked for")
    if not found:
        raise OutcomeError("no outcome is asked for")
    return list(found.values())


def _known(scenario: Scenario) -> dict[str, int]:
    """Quantities of a scenario, each with its place among its like."""
    plain = ("success", *SIZE_MEASURES, "peak_size", "force")
    known = dict.fromkeys(plain if scenario.success is not None else plain[1:], -1)
    groups: tuple[tuple[str, Any], ...] = (
        ("force", scenario.contributions),
        ("conditions", scenario.conditions),
        ("public", [nation.id for nation in scenario.nations]),
    )
    for group, names in groups:
        known |= {f"{group}.{name}": place for place, name in enumerate(names)}
    return known


def _matching(name: str, known: dict[str, int]) -> list[str]:
    """The names that a name with a star stands for."""
    group, star, rest = name.partition(".*")
    if not star:
        return [name]
    return [f"{each}{rest}" for each in known if each.startswith(f"{group}.")] or [name]


def _outcome(name: str, known: dict[str, int], scenario: Scenario) -> Outcome:
    match = _NAME.fullmatch(name.replace(" ", ""))
    if match is None:
        _refuse_other_bar(name)
    quantity = match["quantity"] if match else name
    if quantity == "success" and scenario.success is None:
        raise OutcomeError("success: the scenario sets no thresholds for it")
    if match is None or quantity not in known:
        raise OutcomeError(f"unknown outcome {_short(name)!r}{suggestion(quantity, list(known))}")
    day = None if match["day"] is None else int(match["day"])
    if day is not None and quantity not in SIZE_MEASURES:
        raise OutcomeError(f"{name}: a day goes with {', '.join(SIZE_MEASURES)} only")
    if day is not None and day > scenario.days:
        raise OutcomeError(f"{name}: day {day} must be at most the last day, {scenario.days}")
    return Outcome(match[0], quantity, known[quantity], day, _bar(name, match["bar"]))


def _refuse_other_bar(name: str) -> None:
    """Refuse a comparison that is none with >= and a number."""
    match = _COMPARED.fullmatch(name.replace(" ", ""))
    if match is not None:
        bar = match["bar"] if match["bar"][-1:].isdigit() else "NUMBER"
        message = "what an outcome must reach is written with >=, as in"
        raise OutcomeError(f"{_short(name)!r}: {message} {_short(match['quantity'] + '>=' + bar)}")


def _short(name: str) -> str:
    """A name as a message shows it."""
    return cut(name, LONGEST_NAME)


def _bar(name: str, text: str | None) -> float | None:
    """What a quantity must reach."""
    try:
        bar = 0.0 if text is None else float(text)
    except ValueError:
        bar = inf
    if not isfinite(bar):
        raise OutcomeError(f"{name}: {text!r} must be a finite number")
    return None if text is None else bar


# Columns of the results, which no varied path may take

FIXED = ("point", "n_runs", "first_run", "problem")
SIZE_COUNTS = "size_counts@"

OF_CHANCE = ("", ".mc_error", ".low", ".high")
OF_MEAN = (*OF_CHANCE, ".q05", ".median", ".q95")
"""What is kept of an outcome, behind its name: its chance or mean with the Monte Carlo error and
95 % interval of that, and the spread over runs."""

_ELSEWHERE = ("run", "public_size")
"""A column of single runs, and a dimension of labelled arrays."""


def is_column(name: str, outcomes: Iterable[str]) -> bool:
    """Whether the results of a sweep have a column of that name whatever is varied.

    Examples
    --------
    >>> [is_column(name, ["size"]) for name in ("point", "size.low", "days")]
    [True, True, False]
    """
    if name in (*FIXED, *_ELSEWHERE) or name.startswith(SIZE_COUNTS):
        return True
    return any(name == f"{outcome}{part}" for outcome in outcomes for part in OF_MEAN)
