"""What is fitted to past coalitions: parameters with priors, each moving some coefficients.

Coefficients are linear in the parameters, so that to tie two of them, or to fix one, is to write
another table. A rate enters by its logarithm.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from sim.calibration.likelihood import COLUMNS, Coefficients, Value
from sim.core.layout import Reals
from sim.core.likelihood import HIDDEN_MOVES
from sim.core.stages import EXIT, EXIT_MOVES, FORWARD_MOVES, STAGES, Traits

RATE_COLUMN = 0
RATE = COLUMNS[RATE_COLUMN]


def _move_name(stage: int, side: int) -> str:
    if side == EXIT:
        return f"{EXIT_MOVES[stage]}.{STAGES[stage]}"
    return str(FORWARD_MOVES[stage])


ROWS = (*(_move_name(stage, side) for stage, side in HIDDEN_MOVES), "initial.talks")
"""Names of the rows of coefficients, as a behaviour file names them."""


def place_of(path: str, extra: Sequence[str] = ()) -> tuple[int, int]:
    """Row and column of a coefficient by its path in a behaviour file, such as ``resolve.bond``.

    Parameters
    ----------
    path : str
    extra : sequence of str
        Names of the extra columns.

    Raises
    ------
    ValueError
        There is no such coefficient.
    """
    name, _, column = path.rpartition(".")
    is_law = name == ROWS[-1]
    columns = (*COLUMNS, *extra)
    known = (RATE, *Traits._fields, *extra) if is_law else columns
    column = RATE if is_law and column == "odds" else column
    if name not in ROWS or column not in known:
        raise ValueError(f"unknown coefficient {path!r}")
    return ROWS.index(name), columns.index(column)


@dataclass(frozen=True)
class FittedParameter:
    """A number that is fitted, with its prior and what it moves.

    Attributes
    ----------
    name : str
    mean, sd : float
        Of its normal prior. For a rate, of its natural logarithm (per day).
    on : mapping of str to float
        Coefficients by path (see `place_of`), each with its loading: the coefficient is the
        loading times the parameter.
    why : str
        Where the prior and the loadings come from.
    """

    name: str
    mean: float
    sd: float
    on: Mapping[str, float]
    why: str = ""

    def __post_init__(self) -> None:
        if not self.sd > 0.0:
            raise ValueError(f"{self.name}: the sd of a prior must be above 0, not {self.sd!r}")

    @property
    def moves(self) -> str:
        """What it moves, with loadings other than 1, such as ``resolve.rate; -0.5 resolve.bond``.

        Examples
        --------
        >>> FittedParameter("bond", 0.0, 1.0, {"resolve.bond": 1.0, "declare.bond": 0.5}).moves
        'resolve.bond; 0.5 declare.bond'
        """
        return "; ".join(path if x == 1.0 else f"{x!r} {path}" for path, x in self.on.items())


def loadings_of(moves: str) -> dict[str, float]:
    """Loadings by path, from what `FittedParameter.moves` says.

    Examples
    --------
    >>> loadings_of("resolve.bond; 0.5 declare.bond")
    {'resolve.bond': 1.0, 'declare.bond': 0.5}
    """
    found = {}
    for part in moves.split("; "):
        loading, _, path = part.rpartition(" ")
        found[path] = float(loading) if loading else 1.0
    return found


@dataclass(frozen=True)
class Specification:
    """What is fitted, and what the other coefficients are.

    Attributes
    ----------
    base : Coefficients
        Coefficients that no parameter moves are those.
    parameters : tuple of FittedParameter
    extra : tuple of str
        Names of the extra columns of the coalitions.
    """

    base: Coefficients
    parameters: tuple[FittedParameter, ...]
    extra: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(set(self.names)) < len(self.names):
            raise ValueError("parameters must have different names")
        for each in self.parameters:
            for path in each.on:
                place_of(path, self.extra)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the parameters, in their order."""
        return tuple(each.name for each in self.parameters)

    @cached_property
    def means(self) -> Reals:
        """Means of the priors, shape (K,)."""
        return np.array([each.mean for each in self.parameters])

    @cached_property
    def sds(self) -> Reals:
        """Standard deviations of the priors, shape (K,)."""
        return np.array([each.sd for each in self.parameters])

    @cached_property
    def loadings(self) -> Reals:
        """Loadings of the parameters on the coefficients, shape (K, 8, 17 + E)."""
        n_rows, n_columns = self.base.table.shape
        loadings = np.zeros((len(self.parameters), n_rows, n_columns + len(self.extra)))
        for of_parameter, parameter in zip(loadings, self.parameters, strict=True):
            for path, loading in parameter.on.items():
                of_parameter[place_of(path, self.extra)] = loading
        return loadings

    @cached_property
    def fixed(self) -> Reals:
        """Coefficients with those that a parameter moves set to 0, shape (8, 17 + E)."""
        base = np.pad(self.base.table, ((0, 0), (0, len(self.extra))))
        return np.where(self.loadings.any(axis=0), 0.0, base)

    def coefficients(self, parameters: Reals) -> Coefficients:
        """Coefficients for values of the parameters, shape (K,)."""
        table = self.fixed + np.tensordot(parameters, self.loadings, 1)
        return Coefficients(table, self.base.willing_share)

    def derivative(self, value: Value) -> Reals:
        """Derivative of a log-likelihood to the parameters, shape (K,)."""
        return np.asarray(np.tensordot(self.loadings, value.table, 2))

    def with_prior(self, name: str, mean: float, sd: float) -> Specification:
        """The same with another prior for one parameter; a tiny sd fixes it."""
        if name not in self.names:
            raise ValueError(f"unknown parameter {name!r}; there are {', '.join(self.names)}")
        parameters = (
            FittedParameter(each.name, mean, sd, each.on, each.why) if each.name == name else each
            for each in self.parameters
        )
        return replace(self, parameters=tuple(parameters))

    def without(self, names: Iterable[str]) -> Specification:
        """The same without some parameters: their coefficients are those of the base."""
        left_out = set(names)
        kept = tuple(each for each in self.parameters if each.name not in left_out)
        return replace(self, parameters=kept)
