"""What a study varies: a path in the scenario, and the values that it takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.scenario.distribution import Distribution

SCENARIO = "scenario"
"""Stands for a path where whole scenarios are put in the place of the base."""

PRESENT, ABSENT = "present", "absent"
"""Values of something that is left as it is, or taken away."""

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
        from sim.scenario.lowering.drawing import shape

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
