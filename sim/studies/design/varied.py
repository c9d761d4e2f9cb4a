"""What a study varies: a path in the scenario, and the values that it takes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.scenario.distribution import Distribution
from sim.scenario.files.errors import Problem, ScenarioError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sim.scenario.schema import Scenario

SCENARIO = "scenario"
"""Stands for a path where whole scenarios are put in the place of the base."""

PRESENT, ABSENT = "present", "absent"
"""Values of something that is left as it is, or taken away."""

OPTION_KEYS = ("label", "set")
"""Keys of a value that is given a name, and may change more than one thing."""

MOST_USES = 3
"""Places that a message lists of those that refer to what was taken away."""

_INSIDE = re.compile(r"\.(members|participants)(\.\d+)?$|(?<=\D)(\.\d+)+$")
"""The end of a path that is said of a list's owner: a member of a group, an entry of a list."""

Label = str | float | int
"""A value as it stands in tables and figures: a number, or the name of a category."""


class Option(NamedTuple):
    """One value that a path may take.

    Attributes
    ----------
    label : str, int or float
    changes : mapping of path to value
        What it takes to have that value in a scenario; null takes away.
    """

    label: Label
    changes: dict[str, Any]

    def is_number_at(self, path: str) -> bool:
        """Whether the value is a number that is put at a path, and nothing else is changed."""
        return not isinstance(self.label, str) and self.changes == {path: self.label}


@dataclass(frozen=True)
class Varied:
    """A path and its values: a list of them, or a distribution that a design draws from.

    Attributes
    ----------
    path : str
        As for ``--set``, or ``scenario``.
    options : tuple of Option
        Values in the order of the study; empty for a distribution.
    distribution : Distribution or None
        Of the number, or of its logarithm where the spacing is log.
    spacing : {"linear", "log"}
        How the values of a range stand on an axis.
    written : mapping
        What the study says of a distribution or a range.
    """

    path: str
    options: tuple[Option, ...] = ()
    distribution: Distribution | None = None
    spacing: str = "linear"
    written: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def is_number(self) -> bool:
        """Whether every value is a number; else each of them is a category."""
        return all(option.is_number_at(self.path) for option in self.options)

    @property
    def labels(self) -> tuple[Label, ...]:
        """The listed values, in the order of the study."""
        return tuple(option.label for option in self.options)

    def drawn(self, shares: NDArray[np.float64]) -> NDArray[Any]:
        """Places among the options, in equal parts, or quantiles of the distribution.

        Parameters
        ----------
        shares : ndarray, shape (n_points,), between 0 and 1
            Of the probability.

        Returns
        -------
        ndarray of int64 or float64, shape (n_points,)
            For `drawn_option`.
        """
        if self.distribution is None:
            n_options = len(self.options)
            return np.minimum((shares * n_options).astype(np.int64), n_options - 1)
        # Compiled code, which a figure does without.
        from sim.core.inverse import to_lognormal
        from sim.scenario.arrays.random import shape

        values = np.clip(shares, 2.0**-53, 1.0 - 2.0**-53)
        shape(values, self.distribution)
        if self.spacing == "log":
            to_lognormal(values, 0.0, 1.0)  # the same digits on every machine, unlike np.exp
        return values

    def drawn_option(self, drawn: Any) -> Option:
        """The option that one entry of `drawn` stands for."""
        if self.distribution is None:
            return self.options[int(drawn)]
        return Option(float(drawn), {self.path: float(drawn)})


def scenario_with(base: Scenario, changes: Mapping[str, Any]) -> Scenario:
    """A scenario with the changes of some options made.

    Raises
    ------
    ScenarioError
        They are none that a scenario may have. Of what was taken away and is still referred to,
        one problem says where.
    """
    try:
        return base.with_changes(changes)
    except ScenarioError as error:
        removed = [path for path, value in changes.items() if value is None]
        uses = {path: _uses(error, path.rpartition(".")[2]) for path in removed}
        told = {id(problem) for found in uses.values() for problem in found}
        if not told:
            raise
        others = [problem for problem in error.problems if id(problem) not in told]
        missed = [_still_used(path, found) for path, found in uses.items() if found]
        raise ScenarioError([*missed, *others]) from None


def _uses(error: ScenarioError, name: str) -> list[Problem]:
    """Problems of what names something that is not there any more."""
    said = re.compile(f"unknown [a-z ]+ {re.escape(repr(name))}")
    return [problem for problem in error.problems if said.match(problem.message)]


def _still_used(path: str, uses: list[Problem]) -> Problem:
    owners = list(dict.fromkeys(_INSIDE.sub("", problem.path) for problem in uses))
    named = ", ".join(owners[:MOST_USES])
    more = f" and {len(owners) - MOST_USES} more" if len(owners) > MOST_USES else ""
    verb = "refers" if len(owners) == 1 else "refer"
    message = (
        f"cannot be absent: {named}{more} {verb} to it; write a scenario without it and vary whole "
        "scenarios (scenario=A,B)"
    )
    return Problem(uses[0].file, None, path, message)
