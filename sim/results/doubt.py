"""How much of an ensemble's variation is chance, and how much doubt about numbers that are drawn.

For scenarios with joint draws: runs that take the same draw differ by chance alone, and by what
else they draw at random.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.core.layout import Integers, Reals
from sim.scenario.files.posterior import PARTS, part
from sim.scenario.joint_draws import JointDraws

if TYPE_CHECKING:
    from sim.results.ensemble import Ensemble

LEAST_PAIRS = 400
"""Pairs of runs that share a draw, from which a share is given: its error is then below 0.05."""

N_FOLDS, LEAST_FOLDS = 20, 5
"""Parts of the draws that are left out in turn for the errors of shares; fewer do not tell them."""


class Share(NamedTuple):
    """A share of a variance.

    Attributes
    ----------
    value, error : float
        An estimate from a finite number of runs, which can lie below 0, and its standard error.
    """

    value: float
    error: float


class Doubt(NamedTuple):
    """Where the variance of an outcome over runs comes from.

    Attributes
    ----------
    outcome : str
        ``public_size`` at the end, or ``success``.
    luck : Share
        Of runs with the same draw: chance, and other numbers that the scenario draws at random.
    draws : Share
        Of the joint draws, all that they hold together; in a forecast also what is hidden on its
        day, and occasions that are not scheduled.
    parts : dict of str to Share
        Of the draws that come with the behaviour: ``fitted`` numbers alone, and ``judged`` ones
        alone. Empty without them.
    has_others : bool
        Whether the draws hold other things than these parts.
    """

    outcome: str
    luck: Share
    draws: Share
    parts: dict[str, Share]
    has_others: bool

    @property
    def rest(self) -> float:
        """What the draws do beyond what their parts do alone."""
        return self.draws.value - sum(share.value for share in self.parts.values())


def doubt(ensemble: Ensemble) -> tuple[Doubt, ...]:
    """Return the variance of the public size at the end, and of success, by where it comes from.

    Parameters
    ----------
    ensemble : Ensemble

    Returns
    -------
    tuple of Doubt
        Empty without joint draws, where single runs were not kept, or where too few runs share a
        draw.

    Notes
    -----
    A variance between classes is the mean product of two deviations within a class, as in the
    analysis of variance of a random effect [SearleCasellaMcCulloch1992]_. For the draws as a whole
    a class is the runs with one draw; for the fitted numbers alone, pairs of runs have the same
    fitted numbers and different judged ones. Errors by the jackknife over classes. Where a record
    has made some draws likelier than others, fitted and judged numbers are no longer independent,
    and what each does alone need not add up.
    """
    draws, rows = ensemble.scenario.draws, ensemble.records.runs
    if draws is None or rows is None:
        return ()
    from sim.scenario.arrays.random import joint_lines  # loads Numba

    lines = joint_lines(draws, ensemble.seed, ensemble.first_run, ensemble.n_runs)
    outcomes: dict[str, Reals] = {"public_size": ensemble.size[:, -1].astype(float)}
    if ensemble.scenario.success is not None:
        outcomes["success"] = (ensemble.success_day >= 0).astype(float)
    parts = shipped_parts(draws)
    has_others = bool(parts) and sum(map(len, parts.values())) < len(draws.columns)
    classes = {name: draw_classes(draws, paths)[lines] for name, paths in parts.items()}
    both = np.array([*classes.values()] or [lines])
    together = np.unique(both, axis=1, return_inverse=True)[1].ravel()
    found = []
    for name, values in outcomes.items():
        whole = share_between(values, lines)
        if whole is None:
            continue
        shares = {each: share_between(values, of, together) for each, of in classes.items()}
        known = {each: share for each, share in shares.items() if share is not None}
        luck = Share(1.0 - whole.value, whole.error)
        found.append(Doubt(name, luck, whole, known if known == shares else {}, has_others))
    return tuple(found)


def shipped_parts(draws: JointDraws) -> dict[str, tuple[str, ...]]:
    """Columns of the parts that come with the behaviour, by name of the part.

    None where the draws have other numbers at the paths of a part, as those of a user's own fit.
    """
    found = dict[str, tuple[str, ...]]()
    for name in PARTS:
        shipped = part(name)
        paths = tuple(path for path in shipped if path in draws.columns)
        if not paths or not set(draws.columns[paths[0]]) <= set(shipped[paths[0]]):
            return {}
        found[name] = paths
    return found


def draw_classes(draws: JointDraws, paths: Sequence[str]) -> Integers:
    """Of each line its class, from 0: lines of one class have the same numbers at some paths."""
    columns = np.array([draws.columns[path] for path in paths])
    return np.unique(columns, axis=1, return_inverse=True)[1].ravel()


def share_between(values: Reals, classes: Integers, parts: Integers | None = None) -> Share | None:
    """Return the share of a variance that lies between classes, with its error.

    Parameters
    ----------
    values : ndarray, shape (n,)
    classes : ndarray of int, shape (n,)
        Of each value, the class that it is of, from 0.
    parts : ndarray of int, shape (n,), optional
        Parts of the classes. Two values of one part say nothing: they have more in common than
        the class.

    Returns
    -------
    Share or None
        None where all values are alike, or too few pairs say anything.
    """
    off = values - values.mean()
    n_classes = int(classes.max()) + 1
    products, pairs = _own_pairs(off, classes, classes, n_classes)
    if parts is not None:
        of_parts = _own_pairs(off, parts, classes, n_classes)
        products, pairs = products - of_parts[0], pairs - of_parts[1]
    squares, sizes = np.bincount(classes, off * off, n_classes), np.bincount(classes)
    there = np.flatnonzero(pairs)
    n_folds = min(N_FOLDS, there.size)
    if n_folds < LEAST_FOLDS or pairs.sum() < LEAST_PAIRS or not squares.any():
        return None
    fold = np.zeros(n_classes, dtype=np.int64)
    fold[there] = np.random.default_rng(0).permutation(there.size) % n_folds
    sums = np.array(
        [np.bincount(fold, x, n_folds) for x in (products, pairs, squares, sizes.astype(float))]
    )
    whole, without = _ratio(sums.sum(axis=1)), _ratio(sums.sum(axis=1)[:, None] - sums)
    spread = (n_folds - 1) / n_folds * ((without - without.mean()) ** 2).sum()
    return Share(float(whole), float(np.sqrt(spread)))


def _own_pairs(
    off: Reals, parts: Integers, classes: Integers, n_classes: int
) -> tuple[Reals, Reals]:
    """Sums of products of two values of one part, and how many pairs there are, by class."""
    n_parts = int(parts.max()) + 1
    sums, squares = (np.bincount(parts, x, n_parts) for x in (off, off**2))
    sizes = np.bincount(parts, minlength=n_parts).astype(float)
    of_part = np.zeros(n_parts, dtype=np.int64)
    of_part[parts] = classes
    products = (sums**2 - squares) / 2.0
    pairs = sizes * (sizes - 1.0) / 2.0
    total, number = (
        np.asarray(np.bincount(of_part, each, n_classes), dtype=np.float64)
        for each in (products, pairs)
    )
    return total, number


def _ratio(sums: Reals) -> Reals:
    """Mean product of two values of a class over the mean square, from their sums and numbers."""
    products, pairs, squares, sizes = sums
    return np.asarray((products / pairs) / (squares / sizes))
