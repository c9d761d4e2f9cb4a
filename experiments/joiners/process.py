"""The likelihood of bindings under the hazards of the model, its gradient, and forecasts from it.

A nation is bound in a quarter with chance ``1 - exp(-h)``, the complementary log-log law of the
model, with ``ln h`` linear in its features. What is hidden is the climate of a treaty, what nations
of a region have in common about it, and the disposition of a nation to it, all standard normal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.polynomial.hermite_e import hermegauss
from scipy.optimize import minimize
from scipy.special import logsumexp

from experiments.joiners.panel import FEATURES, Treaty
from sim.core.layout import Integers, Reals

HIDDEN = ("climate", "local", "disposition")
"""Spreads of what a treaty, a region and a nation have of their own, on the log hazard."""

N_DISPOSITIONS = 5
LOCAL = np.linspace(-3.0, 3.0, 21)
CLIMATES = np.linspace(-5.0, 5.0, 81)
"""In forecasts."""

NEAR = np.linspace(-3.6, 3.6, 7)
"""Climates of a fit: standard deviations of their posterior from its mean."""

EVERYWHERE = np.linspace(-10.0, 10.0, 201)
"""Where those are looked for."""

SPAN = float(np.ptp(NEAR))
MOST_PLACINGS = 10

TINY = 1e-300
LEAST_CHANCE = 1e-12
PRIOR_SD = 5.0
"""Of all coefficients but the log rate: wide, so that the treaties speak."""


class Parameters(NamedTuple):
    """Coefficients of the log hazard per quarter.

    Attributes
    ----------
    table : ndarray, shape (2, F)
        Unsigned and signed, by `FEATURES`, and ceremonies last where they are used.
    spread : ndarray, shape (3,), of `HIDDEN`
    """

    table: Reals
    spread: Reals


@dataclass(frozen=True)
class Specification:
    """Which numbers are fitted, and which coefficients each moves.

    Attributes
    ----------
    names : tuple of str, length K
    loadings : ndarray, shape (K, 2, F)
        Of those that are no spreads.
    spreads : ndarray, shape (K, 3)
    ceremonies : bool
        Whether quarters with a mass day have a coefficient.
    """

    names: tuple[str, ...]
    loadings: Reals
    spreads: Reals
    ceremonies: bool = False

    def parameters(self, values: Reals) -> Parameters:
        """Coefficients for values, shape (K,)."""
        return Parameters(np.tensordot(values, self.loadings, 1), values @ self.spreads)

    @property
    def minds_signature(self) -> bool:
        """Whether signatories have numbers of their own."""
        return bool((self.loadings[:, 0] != self.loadings[:, 1]).any())


def specification(
    features: Sequence[str] = (),
    hidden: Sequence[str] = HIDDEN,
    signature: bool = False,
    ceremonies: bool = False,
    apart: bool = False,
) -> Specification:
    """Return a specification.

    Parameters
    ----------
    features : sequence of str
        Of `FEATURES`, beside the constant.
    hidden : sequence of str
        Of `HIDDEN`.
    signature : bool
        Whether signatories have a rate of their own.
    ceremonies : bool
        Whether quarters with a mass day have a coefficient.
    apart : bool
        Whether signatories have coefficients of their own, not only a rate.
    """
    columns = (*FEATURES, *(("mass",) if ceremonies else ()))
    moved = [("rate", "constant", (0, 1))]
    if signature:
        moved.append(("signed", "constant", (1,)))
    for name in (*features, *columns[len(FEATURES) :]):
        if apart:
            moved += [(f"{name}, unsigned", name, (0,)), (f"{name}, signed", name, (1,))]
        else:
            moved.append((name, name, (0, 1)))
    names = (*(name for name, _, _ in moved), *hidden)
    loadings = np.zeros((len(names), 2, len(columns)))
    spreads = np.zeros((len(names), len(HIDDEN)))
    for row, (_, column, states) in zip(loadings, moved, strict=False):
        row[list(states), columns.index(column)] = 1.0
    for place, name in enumerate(hidden, len(moved)):
        spreads[place, HIDDEN.index(name)] = 1.0
    return Specification(names, loadings, spreads, ceremonies)


def features_of(treaty: Treaty, ceremonies: bool) -> Reals:
    """Features by quarter and region, with ceremonies in a last column if asked for."""
    if not ceremonies:
        return treaty.features
    mass = np.broadcast_to(treaty.mass[:, None, None], (*treaty.features.shape[:2], 1))
    return np.concatenate([treaty.features, mass], axis=2)


class Nodes(NamedTuple):
    """Values of what is hidden but the climate, with chances: V local ones, R dispositions."""

    local: Reals
    local_chance: Reals
    disposition: Reals
    chance: Reals


def nodes_of(spec: Specification) -> Nodes:
    """Return the nodes that a specification needs."""
    local = LOCAL if "local" in spec.names else np.zeros(1)
    density = np.exp(-0.5 * local**2)
    disposition, chance = hermegauss(N_DISPOSITIONS if "disposition" in spec.names else 1)
    return Nodes(local, density / density.sum(), disposition, chance / chance.sum())


class Value(NamedTuple):
    """The log-likelihood of a treaty.

    Attributes
    ----------
    total : float
    posterior : ndarray, shape (Q,), of the climates
    table, spread : ndarray, derivatives as in `Parameters`
    """

    total: float
    posterior: Reals
    table: Reals
    spread: Reals


def log_likelihood(  # noqa: PLR0915 (forward, coupling, backward: one read)
    treaty: Treaty,
    features: Reals,
    parameters: Parameters,
    climate: Reals,
    nodes: Nodes,
    with_gradient: bool = True,
) -> Value:
    """Return the log-likelihood of a treaty, and its derivatives.

    Parameters
    ----------
    treaty : Treaty
    features : ndarray, shape (T, G, F), from `features_of`
    parameters : Parameters
    climate : ndarray, shape (Q,)
        Equally spaced climates that cover what the treaty tells.
    nodes : Nodes
    with_gradient : bool
    """
    region, bound = treaty.region, treaty.bound
    hazard = np.exp(np.clip(features @ parameters.table.T, -50.0, 20.0))
    before = np.zeros((treaty.quarters + 1, *hazard.shape[1:]))
    np.cumsum(hazard, axis=0, out=before[1:])
    signed = np.minimum(treaty.signed, treaty.ends)
    state = (treaty.signed <= treaty.ends).astype(int)
    passed = before[signed, region, 0] - before[treaty.enters, region, 0]
    passed += before[treaty.ends, region, 1] - before[signed, region, 1]
    quarter, where, of_state = treaty.ends[bound], region[bound], state[bound]
    at_end = hazard[quarter, where, of_state]

    # Nations, climates, local ones, dispositions: shapes (N, Q, V, R).
    effects = np.meshgrid(climate, nodes.local, nodes.disposition, indexing="ij")
    factor = np.exp(np.tensordot(parameters.spread, np.array(effects), 1))
    chance = np.exp(-passed[:, None, None, None] * factor) * nodes.chance
    last = at_end[:, None, None, None] * factor
    chance[bound] *= -np.expm1(-last)
    of_nation = np.maximum(chance.sum(axis=3), TINY)
    starts = np.flatnonzero(np.diff(region, prepend=-1))
    of_region = np.add.reduceat(np.log(of_nation), starts, axis=0) + np.log(nodes.local_chance)
    given_climate = logsumexp(of_region, axis=2)
    log_weight = np.log((climate[1] - climate[0]) / np.sqrt(2.0 * np.pi)) - 0.5 * climate**2
    joint = log_weight + given_climate.sum(axis=0)
    total = float(logsumexp(joint))
    posterior = np.exp(joint - total)
    table, spread = np.zeros_like(parameters.table), np.zeros(len(HIDDEN))
    if not with_gradient:
        return Value(total, posterior, table, spread)

    of_local = posterior[:, None] * np.exp(of_region - given_climate[:, :, None])
    sizes = np.diff(starts, append=region.size)
    weight = chance * (np.repeat(of_local, sizes, axis=0) / of_nation)[:, :, :, None]
    weight *= factor
    of_passed = -weight.sum(axis=(1, 2, 3))
    slope = -np.tensordot(passed, weight, 1)
    weight[bound] *= at_end[:, None, None, None] / np.expm1(np.clip(last, TINY, 700.0))
    of_last = weight[bound].sum(axis=(1, 2, 3))
    slope += weight[bound].sum(axis=0)
    spread = np.array([(slope * each).sum() for each in effects])
    change = np.zeros_like(before)
    np.add.at(change, (treaty.enters, region, 0), of_passed)
    np.add.at(change, (signed, region, 0), -of_passed)
    np.add.at(change, (signed, region, 1), of_passed)
    np.add.at(change, (treaty.ends, region, 1), -of_passed)
    of_hazard = np.cumsum(change, axis=0)[:-1] * hazard
    np.add.at(of_hazard, (quarter, where, of_state), of_last)
    table = np.einsum("tgs,tgf->sf", of_hazard, features)
    return Value(total, posterior, table, spread)


class Fit(NamedTuple):
    """The values of a maximum a posteriori.

    Attributes
    ----------
    specification : Specification
    values : ndarray, shape (K,)
    covariance : ndarray, shape (K, K)
        The inverse of the curvature of the log posterior; NaN where it was not asked for.
    log_likelihood : float
        Of the treaties at these values; the prior is not in it.
    """

    specification: Specification
    values: Reals
    covariance: Reals
    log_likelihood: float

    @property
    def errors(self) -> Reals:
        """Standard errors."""
        return np.sqrt(np.diag(self.covariance))

    def of(self, name: str) -> tuple[float, float]:
        """A value and its standard error."""
        place = self.specification.names.index(name)
        return float(self.values[place]), float(self.errors[place])


def start_of(spec: Specification) -> Reals:
    """Where a search starts."""
    at = {"rate": -5.5, "climate": 0.8, "local": 0.8, "disposition": 0.5}
    return np.array([at.get(name, 0.0) for name in spec.names])


def fit(  # noqa: PLR0915 (a search whose nodes follow it)
    treaties: Sequence[Treaty],
    spec: Specification,
    start: Reals | None = None,
    with_covariance: bool = False,
    free: Sequence[int] | None = None,
    prior_sd: float = PRIOR_SD,
) -> Fit:
    """Fit a specification to treaties, by maximum a posteriori with wide priors.

    Parameters
    ----------
    treaties : sequence of Treaty
    spec : Specification
    start : ndarray, optional, shape (K,)
    with_covariance : bool
    free : sequence of int, optional
        Places of the parameters that are fitted; the others keep their start. All by default.
    prior_sd : float
        Of all parameters but the log rate, whose prior is flat.

    Notes
    -----
    The climates of each treaty follow what it tells: they are placed anew where its posterior has
    moved. Were they kept in place, no coefficient could move that the climates make up for.
    """
    begin = start_of(spec) if start is None else start
    chosen = list(range(begin.size)) if free is None else list(free)
    precision = np.where(np.array(spec.names) == "rate", 0.0, 1.0 / prior_sd**2)
    features = [features_of(each, spec.ceremonies) for each in treaties]
    nodes = nodes_of(spec)
    climates, stays = [EVERYWHERE for _ in treaties], False

    def value_of(place: int, parameters: Parameters) -> Value:
        treaty, table = treaties[place], features[place]
        if stays:
            return log_likelihood(treaty, table, parameters, climates[place], nodes)
        for _ in range(MOST_PLACINGS):
            climate = climates[place]
            is_near = climate.size == NEAR.size
            found = log_likelihood(treaty, table, parameters, climate, nodes, is_near)
            centre = found.posterior @ climate
            spread = np.sqrt(found.posterior @ (climate - centre) ** 2)
            if is_near:
                scale = np.ptp(climate) / SPAN
                if abs(centre - climate.mean()) < 0.5 * scale and 0.8 < spread / scale < 1.25:
                    break
                if abs(centre - climate.mean()) > 2.0 * scale:
                    climates[place] = EVERYWHERE
                    continue
            spread = max(float(spread), 0.3 * float(climate[1] - climate[0]))
            climates[place] = centre + spread * NEAR
        return found

    def objective(at: Reals) -> tuple[float, Reals]:
        values = begin.copy()
        values[chosen] = at
        parameters = spec.parameters(values)
        found = [value_of(place, parameters) for place in range(len(treaties))]
        table = np.sum([each.table for each in found], axis=0)
        spread = np.sum([each.spread for each in found], axis=0)
        slope = np.tensordot(spec.loadings, table, 2) + spec.spreads @ spread
        total = sum(each.total for each in found)
        slope = precision * values - slope
        return 0.5 * float(precision @ values**2) - total, slope[chosen]

    options = {"gtol": 0.3 if free is None else 0.01, "ftol": 1e-8}
    found = minimize(objective, begin[chosen], jac=True, method="L-BFGS-B", options=options)
    values = begin.copy()
    values[chosen] = found.x
    # A spread and minus the same are the same law.
    values = np.where(spec.spreads.any(axis=1), np.abs(values), values)
    covariance = np.full((values.size, values.size), np.nan)
    if with_covariance:
        objective(values[chosen])
        stays = True  # to place climates anew would be noise in differences
        steps = 1e-3 * np.eye(len(chosen))
        at = values[chosen]
        rows = [(objective(at + each)[1] - objective(at - each)[1]) / 2e-3 for each in steps]
        curvature = 0.5 * (np.array(rows) + np.array(rows).T)
        covariance[np.ix_(chosen, chosen)] = np.linalg.inv(curvature)
    penalty = 0.5 * float(precision @ values**2)
    return Fit(spec, values, covariance, penalty - float(found.fun))


class Forecast(NamedTuple):
    """One-step-ahead forecasts of a treaty by cell: groups of nations alike, in a quarter.

    Attributes
    ----------
    quarter, region, signed : ndarray of int, shape (C,)
    at_risk, bound : ndarray of int, shape (C,)
    chance : ndarray, shape (C,)
        Of each being bound in the quarter, given the treaty's past.
    """

    quarter: Integers
    region: Integers
    signed: Integers
    at_risk: Integers
    bound: Integers
    chance: Reals


def forecast(  # noqa: PLR0915 (a filter: one read)
    treaty: Treaty, spec: Specification, values: Reals
) -> Forecast:
    """Return forecasts of each quarter from those before it.

    What is hidden is filtered: it starts standard normal, and what happens to all nations in a
    quarter updates the climate; within it, what a region has in common; within that, dispositions.
    """
    parameters, nodes = spec.parameters(values), nodes_of(spec)
    hazard = np.exp(features_of(treaty, spec.ceremonies) @ parameters.table.T)
    never = treaty.quarters + 1
    signed = np.where(treaty.signed <= treaty.ends, treaty.signed, never)
    if not spec.minds_signature:
        signed = np.full_like(signed, never)
    groups, member = np.unique(
        np.stack([treaty.region, treaty.enters, signed]), axis=1, return_inverse=True
    )
    region, enters, signs = groups
    bound = np.zeros((treaty.quarters + 1, region.size), dtype=int)
    np.add.at(bound, (treaty.ends, member.ravel()), 1)
    open_before = bound[::-1].cumsum(axis=0)[::-1]
    effects = np.meshgrid(CLIMATES, nodes.local, nodes.disposition, indexing="ij")
    factor = np.exp(np.tensordot(parameters.spread, np.array(effects), 1))
    log_weight = -0.5 * CLIMATES**2
    n_regions = hazard.shape[1]
    of_local = np.tile(np.log(nodes.local_chance), (n_regions, CLIMATES.size, 1))
    passed, rows = np.zeros(region.size), []
    for quarter in range(treaty.quarters):
        present = np.flatnonzero((enters <= quarter) & (open_before[quarter] > 0))
        if not present.size:
            continue
        at_risk, n_bound = open_before[quarter, present], bound[quarter, present]
        where, state = region[present], (signs[present] <= quarter).astype(int)
        today = hazard[quarter, where, state]
        active = np.flatnonzero(log_weight > log_weight.max() - 20.0)
        weight = np.exp(log_weight[active] - logsumexp(log_weight[active]))
        acting = factor[active]
        survived = nodes.chance * np.exp(-passed[present, None, None, None] * acting)
        moving = -np.expm1(-today[:, None, None, None] * acting)
        p = (survived * moving).sum(axis=3) / np.maximum(survived.sum(axis=3), TINY)
        p = np.clip(p, LEAST_CHANCE, 1.0 - LEAST_CHANCE)
        local = of_local[:, active]
        local = np.exp(local - logsumexp(local, axis=2, keepdims=True))
        expected = (p * local[where]).sum(axis=2) @ weight
        rows.append(np.stack([np.full(present.size, quarter), where, state, at_risk, n_bound]))
        rows[-1] = np.vstack([rows[-1], expected])
        gain = n_bound[:, None, None] * np.log(p)
        gain += (at_risk - n_bound)[:, None, None] * np.log1p(-p)
        of_regions = np.zeros((n_regions, active.size, nodes.local.size))
        np.add.at(of_regions, where, gain)
        update = np.log(np.maximum((local * np.exp(of_regions)).sum(axis=2), TINY)).sum(axis=0)
        of_local[:, active] += of_regions
        kept = np.full(CLIMATES.size, -np.inf)
        kept[active] = log_weight[active] + update
        log_weight = kept
        passed[present] += today
    table = np.concatenate(rows, axis=1)
    return Forecast(*(each.astype(int) for each in table[:5]), table[5])


def log_loss(forecast: Forecast) -> float:
    """Sum of the log losses of all nation-quarters."""
    stay = forecast.at_risk - forecast.bound
    return -float(forecast.bound @ np.log(forecast.chance) + stay @ np.log1p(-forecast.chance))
