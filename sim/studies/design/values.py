"""What a study varies: paths of a scenario with the values that they take."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic_core import PydanticCustomError

from sim.results.format import cut
from sim.scenario.addresses import find_place
from sim.scenario.distribution import Distribution
from sim.scenario.fields import Marker
from sim.scenario.files.errors import Problem, ScenarioError

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario

SCENARIO = "scenario"
"""Takes the place of a path where whole scenarios replace the base."""

PRESENT = "present"
"""Value for something that is left as it is; beside it, `ABSENT` removes it."""

NOT_VARIED = MappingProxyType(
    {
        "start": "is not varied, as days are counted from it; dates of events are given with --set "
        "or with whole scenarios (scenario=A,B)",
        "base": "is not varied; whole scenarios are given as scenario=A,B",
    }
)
"""Keys of a scenario that would change nothing, or cannot be changed, and what to do instead."""

VARY_FILE, INPUTS_FILE = "--vary", "--inputs"
"""Stand for the file in a problem of a path that an option names."""

MOST_USES = 3
"""References to a removed thing that a message lists."""

MOST_TRIED = 50
"""Categories of one path that are tried; with more, points fail one by one where they do."""

LONGEST_PATH, LONGEST_WORD = 100, 300
"""Characters of a path, and of any other word of the user's, that a message contains."""

_LONG_WORD = re.compile(rf"\S{{{LONGEST_WORD},}}")

_INSIDE = re.compile(r"\.(members|participants)(\.\d+)?$|(?<=\D)(\.\d+)+$")
"""End of the path of a list's entry: a member of a group, an entry of a list."""

_QUOTED_WORD = re.compile(r"'([\w+-][\w.+-]*)'")

Label = str | float | int
"""A value in tables and figures: a number, or the name of a category."""


def label_words(label: Label) -> str:
    """A label in words: a list or mapping as a file would write it, without quotation marks.

    Examples
    --------
    >>> label_words("['GBR', 'FRA']"), label_words("absent"), label_words(0.5)
    ('[GBR, FRA]', 'absent', '0.5')
    """
    text = str(label)
    return _QUOTED_WORD.sub(r"\1", text) if text[:1] in ("[", "{") else text


class Option(NamedTuple):
    """One value that a path may take.

    Attributes
    ----------
    label : str, int or float
    changes : mapping of path to value
        What the value changes in a scenario; None removes what is at the path.
    """

    label: Label
    changes: dict[str, Any]

    def is_number_at(self, path: str) -> bool:
        """True if the value is a number that is put at a path, and nothing else is changed."""
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
        Scale of the axis on which values are plotted.
    written : mapping
        A distribution or a range as the study file has it.
    whole : tuple of int, or None
        Least and greatest of the whole numbers that are drawn: the distribution rounded down.
    """

    path: str
    options: tuple[Option, ...] = ()
    distribution: Distribution | None = None
    spacing: str = "linear"
    written: dict[str, Any] = field(default_factory=dict)
    whole: tuple[int, int] | None = None

    @cached_property
    def is_number(self) -> bool:
        """True if every value is a number; otherwise each of them is a category."""
        return all(option.is_number_at(self.path) for option in self.options)

    @property
    def labels(self) -> tuple[Label, ...]:
        """The listed values, in the order of the study."""
        return tuple(option.label for option in self.options)

    def drawn(self, shares: NDArray[np.float64]) -> NDArray[Any]:
        """Indices of options, all equally likely, or quantiles of the distribution.

        Parameters
        ----------
        shares : ndarray, shape (n_points,), between 0 and 1
            Cumulative probabilities.

        Returns
        -------
        ndarray of int64 or float64, shape (n_points,)
            `drawn_option` turns an entry into an option.
        """
        if self.distribution is None:
            n_options = len(self.options)
            return np.minimum((shares * n_options).astype(np.int64), n_options - 1)
        # Compiled code, which figures can do without.
        from sim.core.inverse import to_lognormal
        from sim.scenario.arrays.random import shape

        values = np.clip(shares, 2.0**-53, 1.0 - 2.0**-53)
        shape(values, self.distribution)
        if self.spacing == "log":
            to_lognormal(values, 0.0, 1.0)  # the same digits on every machine, unlike np.exp
        return values if self.whole is None else np.clip(np.floor(values), *self.whole)

    def drawn_option(self, drawn: Any) -> Option:
        """The option that one entry of `drawn` stands for."""
        if self.distribution is None:
            return self.options[int(drawn)]
        number = float(drawn) if self.whole is None else int(drawn)
        return Option(number, {self.path: number})


def scenario_with(base: Scenario, changes: Mapping[str, Any]) -> Scenario:
    """A scenario with the changes of some options made.

    Raises
    ------
    ScenarioError
        The changed scenario would be wrong. If something was removed that others refer to, one
        problem lists where.
    """
    try:
        return base.with_changes(changes)
    except ScenarioError as error:
        still_used, others = list[Problem](), list(error.problems)
        for path in (path for path, value in changes.items() if value is None):
            unknown = re.compile(f"unknown [a-z ]+ {re.escape(repr(path.rpartition('.')[2]))}")
            uses = [problem for problem in error.problems if unknown.match(problem.message)]
            if uses:
                owners = list(dict.fromkeys(_INSIDE.sub("", problem.path) for problem in uses))
                named = ", ".join(owners[:MOST_USES])
                more = f" and {len(owners) - MOST_USES} more" if len(owners) > MOST_USES else ""
                verb = "refers" if len(owners) == 1 else "refer"
                message = (
                    f"cannot be absent: {named}{more} {verb} to it; write a scenario without it "
                    "and vary whole scenarios (scenario=A,B)"
                )
                still_used.append(Problem(uses[0].file, None, path, message))
                others = [problem for problem in others if problem not in uses]
        if not still_used:
            raise
        raise ScenarioError([*still_used, *others]) from None


class StudyError(ScenarioError):
    """A study cannot be used; ``problems`` says why, without endless words."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        readable = []
        for problem in problems:
            path = cut(problem.path, LONGEST_PATH)
            if problem.file.startswith("--"):  # the option replaces the key of a study file
                is_path = problem.file in (VARY_FILE, INPUTS_FILE)
                path = path.removeprefix("vary.") if is_path else ""
            message = _LONG_WORD.sub(lambda found: cut(found[0], LONGEST_PATH), problem.message)
            readable.append(replace(problem, path=path, message=message))
        super().__init__(readable)


def rejection(scenario: Scenario, varied: Varied) -> str:
    """Why a scenario can take none of the values of a path; empty if it can take one.

    A few values are tried. A path with some values out of range is accepted: the points with them
    fail, each with its reason.
    """
    reason = ""
    options = some_options(varied)
    if varied.is_number:  # where a whole number is needed, a fraction gives the reason
        options.sort(key=lambda option: float(option.label).is_integer())
    for option in options:
        try:
            scenario_with(scenario, option.changes)
        except ScenarioError as error:
            path, message = error.problems[0].path, error.problems[0].message
            is_path_varied = any(f"{each}.".startswith(f"{path}.") for each in option.changes)
            found = message if is_path_varied or not path else f"{path}: {message}"
            reason = reason or found
        else:
            return ""
    return reason


def refused_values(bases: Sequence[Scenario], varied: Varied, is_alone: bool) -> dict[int, str]:
    """Listed values that no point of a study can have, by their index, each with the reason.

    They are numbers that their field takes in none of the scenarios and, if nothing else is varied,
    whatever is refused. What is refused beside some values of another path only is left to the
    points.
    """
    places = [find_place(base, varied.path) for base in bases]
    markers = [None if place is None else place.type.marker for place in places]
    found: dict[int, str] = {}
    for index, option in enumerate(varied.options):
        is_number = option.is_number_at(varied.path)
        is_tried = is_alone and (not is_number or None in markers) and index < MOST_TRIED
        if is_tried or (is_number and not any(_takes(each, option.label) for each in markers)):
            reasons = [rejection(base, replace(varied, options=(option,))) for base in bases]
            if all(reasons):
                found[index] = reasons[0]
    return found


def _takes(marker: Marker | None, value: Label) -> bool:
    """True unless a field surely refuses a value."""
    try:
        return marker is None or marker.checked(value) is not None
    except PydanticCustomError:
        return False


def some_options(varied: Varied) -> list[Option]:
    """A few of the values: of numbers the first two, the middle one and the last two."""
    if varied.distribution is not None:
        return [varied.drawn_option(each) for each in varied.drawn(np.array([0.37, 0.61, 0.5]))]
    if not varied.is_number:
        return list(varied.options[:MOST_TRIED])
    middle = len(varied.options) // 2
    return [*varied.options[:2], *varied.options[middle : middle + 1], *varied.options[-2:]]
