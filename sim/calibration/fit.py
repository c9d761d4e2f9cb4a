"""Fitting the model to past coalitions: the most likely parameters, and how far they are in doubt.

Maximum a posteriori from several starts with the exact gradient; the curvature there gives a normal
approximation (Laplace); candidates from wider laws near it, weighted by the true posterior, give
draws (`sim.calibration.importance`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from sim.calibration.importance import mean_near, weighted_candidates
from sim.calibration.likelihood import (
    Coalition,
    ImpossibleRecordError,
    Value,
    log_likelihood,
)
from sim.calibration.parameters import Specification
from sim.core.layout import Reals

NO_MAXIMUM = "the search ended where the posterior has no maximum; try more starts"

STEP = 1e-3
"""Step of the differences of the gradient, in standard deviations of the prior."""

HARDLY = -1e100
"""Log posterior of a candidate under which a record cannot happen."""

LEAST_CURVATURE = 0.1
"""Of directions that a search is scaled by. That of a prior is 1; at a mode few are flatter."""

BETTER = 1e-3
"""A later start replaces the first only if its log posterior is higher by more than this."""

FIRST_SEARCH, LATER_SEARCH = 40, 15
"""Evaluations that a search takes, about: for the time left that a progress bar shows."""

Progress = Callable[[int, int], None]


class NoMaximumError(ValueError):
    """A search ended where the posterior is no hill, so that there is no normal approximation."""


@dataclass(frozen=True)
class Posterior:
    """The log posterior of a specification given past coalitions, up to a constant.

    Attributes
    ----------
    specification : Specification
    coalitions : tuple of Coalition
    """

    specification: Specification
    coalitions: tuple[Coalition, ...]

    def values(self, parameters: Reals, with_gradient: bool = True) -> list[Value]:
        """Log-likelihoods of the coalitions."""
        coefficients = self.specification.coefficients(parameters)

        def value(coalition: Coalition) -> Value:
            return log_likelihood(coalition, coefficients, with_gradient=with_gradient)

        workers = min(len(self.coalitions), os.cpu_count() or 1)
        if workers < 2:
            return [value(each) for each in self.coalitions]
        with ThreadPoolExecutor(workers) as pool:
            return list(pool.map(value, self.coalitions))

    def __call__(self, parameters: Reals) -> float:
        """The log posterior."""
        values = self.values(parameters, with_gradient=False)
        return sum(each.log_likelihood for each in values) + self.log_prior(parameters)

    def with_gradient(self, parameters: Reals) -> tuple[float, Reals]:
        """The log posterior and its gradient, shape (K,)."""
        specification, values = self.specification, self.values(parameters)
        total = sum(each.log_likelihood for each in values) + self.log_prior(parameters)
        slope = sum(map(specification.derivative, values), np.zeros(len(specification.names)))
        return total, slope - (parameters - specification.means) / specification.sds**2

    def log_prior(self, parameters: Reals) -> float:
        """The log density of the priors, up to a constant."""
        distance = (parameters - self.specification.means) / self.specification.sds
        return -0.5 * float(distance @ distance)


@dataclass(frozen=True)
class Fit:
    """What a fit found.

    Attributes
    ----------
    specification : Specification
    coalitions : tuple of str
        Names of the coalitions that it was fitted to.
    mode : ndarray, shape (K,)
        The most likely values of the parameters.
    covariance : ndarray, shape (K, K)
        Of the normal approximation at the mode.
    log_posterior : float
        At the mode.
    draws : ndarray, shape (n_draws, K)
        From the posterior, by importance resampling; empty if none were asked for.
    pareto_k : float
        Shape of the tail of the weights; up to `largest_k` the draws can be relied on.
    effective_draws : float
        How many independent draws the candidates are worth.
    starts : ndarray, shape (n_starts,)
        The log posterior that each start reached.
    evaluations : int
        How often the posterior was evaluated.
    """

    specification: Specification
    coalitions: tuple[str, ...]
    mode: Reals
    covariance: Reals
    log_posterior: float
    draws: Reals
    pareto_k: float
    effective_draws: float
    starts: Reals
    evaluations: int

    @property
    def standard_errors(self) -> Reals:
        """Of the normal approximation, shape (K,)."""
        return np.sqrt(np.diag(self.covariance))


def fit(  # noqa: PLR0913 (all that a fit takes)
    specification: Specification,
    coalitions: Sequence[Coalition],
    starts: int = 4,
    candidates: int = 200,
    draws: int = 200,
    seed: int = 0,
    start: Reals | None = None,
    with_covariance: bool = True,
    progress: Progress | None = None,
) -> Fit:
    """Fit a specification to past coalitions.

    Parameters
    ----------
    specification : Specification
    coalitions : sequence of Coalition
    starts : int
        Starts of the search: the means of the priors, then draws half as wide as the priors.
    candidates, draws : int
        Candidates that are weighted, and draws resampled from them; none if either is 0.
    seed : int
    start : ndarray, optional
        Values of the parameters for the first start, in place of the means of the priors.
    with_covariance : bool
        Without, no candidates are drawn either.
    progress : callable of (evaluations, all of them), optional
        All are estimated until the search is over.

    Returns
    -------
    Fit

    Raises
    ------
    ImpossibleRecordError
        A record cannot happen under some values of the parameters.
    NoMaximumError
        The search did not end on a hill.

    Notes
    -----
    The first start is searched from in standard deviations of the priors. The others go by the
    curvature that was found there, in whose coordinates the posterior is nearly round, so that each
    takes a few evaluations. One that ends higher is searched from again as the first was.
    """
    posterior = Posterior(specification, tuple(coalitions))
    means, sds, random = specification.means, specification.sds, np.random.default_rng(seed)
    counter = _Counted(posterior, progress)
    first = np.zeros(means.size) if start is None else (start - means) / sds
    others = 0.5 * random.standard_normal((starts - 1, means.size))
    candidates = candidates if draws and with_covariance else 0
    of_curvature = 2 * means.size if with_covariance or starts > 1 else 0
    of_candidates = candidates + 2 * means.size if candidates else 0
    counter.expected = FIRST_SEARCH + of_curvature + LATER_SEARCH * (starts - 1) + of_candidates
    mode, value = counter.search(first)
    curvature, reached = np.empty(0), [value]
    if of_curvature:
        curvature = counter.curvature(mode)
        ends = [counter.search_along(other, mode, curvature) for other in others]
        reached += [each for _, each in ends]
        better, highest = min(ends, key=lambda each: each[1], default=(mode, value))
        if highest < value - BETTER:
            mode, value = counter.search(better)
            curvature = counter.curvature(mode)
    covariance = np.full((means.size, means.size), np.nan)
    if with_covariance:
        if np.linalg.eigvalsh(curvature)[0] <= 0.0:
            raise NoMaximumError(NO_MAXIMUM)
        covariance = np.linalg.inv(curvature) * np.outer(sds, sds)
    drawn, pareto_k, effective = np.empty((0, means.size)), float("nan"), float("nan")
    if candidates:
        counter.expected = counter.evaluations + of_candidates
        mean = mean_near(counter.slope, means + sds * mode, covariance)
        found = weighted_candidates(counter.value, mean, covariance, candidates, random)
        drawn = found.points[random.choice(candidates, draws, p=found.weights)]
        pareto_k, effective = found.pareto_k, found.effective
    return Fit(
        specification,
        tuple(each.name for each in coalitions),
        means + sds * mode,
        covariance,
        -value,
        drawn,
        pareto_k,
        effective,
        -np.array(reached),
        counter.evaluations,
    )


class _Counted:
    """A posterior that counts how often it is evaluated, in standard deviations of the priors."""

    def __init__(self, posterior: Posterior, progress: Progress | None = None) -> None:
        self.posterior, self.progress = posterior, progress
        self.evaluations = self.expected = 0

    def _count(self) -> None:
        self.evaluations += 1
        if self.progress is not None:
            self.progress(self.evaluations, max(self.evaluations, self.expected))

    def value(self, parameters: Reals) -> float:
        """The log posterior, of parameters as they are; hardly any where a record cannot happen."""
        try:
            found = self.posterior(parameters)
        except ImpossibleRecordError:
            found = HARDLY
        self._count()
        return found

    def slope(self, parameters: Reals) -> Reals:
        """The gradient of the log posterior; not finite where a record cannot happen."""
        try:
            found = self.posterior.with_gradient(parameters)[1]
        except ImpossibleRecordError:
            found = np.full(parameters.size, np.nan)
        self._count()
        return found

    def in_prior_units(self, distance: Reals) -> tuple[float, Reals]:
        """Minus the log posterior and its gradient, in standard deviations from the prior means."""
        specification = self.posterior.specification
        parameters = specification.means + specification.sds * distance
        value, slope = self.posterior.with_gradient(parameters)
        self._count()
        return -value, -slope * specification.sds

    def search(self, begin: Reals) -> tuple[Reals, float]:
        """The lowest point of `in_prior_units` from a start on, and its value."""
        options = {"ftol": 1e-9, "gtol": 1e-3}
        found = minimize(self.in_prior_units, begin, jac=True, method="L-BFGS-B", options=options)
        return found.x, float(found.fun)

    def search_along(self, begin: Reals, centre: Reals, curvature: Reals) -> tuple[Reals, float]:
        """The same, in coordinates in which a parabola of this curvature is round."""
        stretch, directions = np.linalg.eigh(curvature)
        scale = directions / np.sqrt(np.maximum(stretch, LEAST_CURVATURE))

        def rounded(at: Reals) -> tuple[float, Reals]:
            value, slope = self.in_prior_units(centre + scale @ at)
            return value, scale.T @ slope

        options = {"ftol": 1e-8, "gtol": 5e-3}
        begin = np.linalg.solve(scale, begin - centre)
        found = minimize(rounded, begin, jac=True, method="L-BFGS-B", options=options)
        return centre + scale @ found.x, float(found.fun)

    def curvature(self, distance: Reals) -> Reals:
        """Second derivatives of `in_prior_units`, by differences of its gradient.

        Raises
        ------
        NoMaximumError
            They are not finite.
        """
        rows = []
        for step in np.eye(distance.size) * STEP:
            up, down = (self.in_prior_units(distance + sign * step)[1] for sign in (1.0, -1.0))
            rows.append((up - down) / (2.0 * STEP))
        if not np.isfinite(rows).all():
            raise NoMaximumError(NO_MAXIMUM)
        return np.asarray(0.5 * (np.array(rows) + np.array(rows).T))
