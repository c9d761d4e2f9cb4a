"""An exact sampler of the posterior of the seven histories, to hold the importance draws against.

Metropolis-Hastings with two kinds of proposals: from a t law, which leaps, and a random walk, which
also goes where that law has little mass. Both have the centre and shape of a pilot, which itself
begins with those of the normal approximation. They do not change on the way, so chains are exact.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from scipy.stats import multivariate_t, norm, rankdata

from experiments.calibration_checks.kept import Row, go_on, read
from experiments.calibration_checks.simulated import past_of
from sim.calibration.calibrate import specification_for
from sim.calibration.fit import Posterior, fit
from sim.calibration.importance import DEGREES_OF_FREEDOM
from sim.calibration.likelihood import coalition_of
from sim.calibration.parameters import RATE_COLUMN, place_of
from sim.core.layout import Reals
from sim.scenario.files.posterior import part

CHAINS, STEPS = 4, 100
"""Chains, and steps of a block; blocks are kept one by one."""

PILOT_BLOCKS, BLOCKS = (5, 15), 36
"""Blocks of each chain of the pilot, after each stage, and of the sampler itself."""

KEPT = 5
"""Every fifth step is kept."""

WARM_UP = 2
"""Blocks of each chain that are left out."""

LEAPS = 3
"""Every third step is a walk, the others leaps."""

CANDIDATES = 250
"""Of a fit, as many as `sim.calibrate` takes."""

BEGIN = 2.0
"""How far off the mode chains begin, in standard deviations."""

WALK = 2.38
"""Of a random walk in K dimensions, times standard deviations over the root of K."""


class Real(NamedTuple):
    """The posterior of the seven histories, and what `sim.calibration.fit` finds of it.

    Attributes
    ----------
    posterior : Posterior
    mode : ndarray, shape (K,)
    covariance : ndarray, shape (K, K)
    draws : ndarray, shape (n, K)
        By importance resampling.
    pareto_k, effective_draws : float
    """

    posterior: Posterior
    mode: Reals
    covariance: Reals
    draws: Reals
    pareto_k: float
    effective_draws: float


@cache
def real(quick: bool = False) -> Real:
    """The fit to the seven histories as `sim.calibrate` makes it, from one start; it is kept."""
    past = past_of(quick)
    specification, _ = specification_for(past)
    names = specification.names
    posterior = Posterior(specification, tuple(coalition_of(each) for each in past.values()))

    def rows_of(*_: object) -> list[Row]:
        options = {"candidates": 25, "draws": 25} if quick else {"candidates": CANDIDATES}
        found = fit(specification, posterior.coalitions, starts=1, **options)
        kinds = ["mode", *["covariance"] * len(names), *["draw"] * len(found.draws)]
        table = np.vstack([found.mode, found.covariance, found.draws])
        return [
            {"kind": kind, **dict(zip(names, (f"{each:.8g}" for each in numbers), strict=True))}
            | {"pareto_k": f"{found.pareto_k:.3f}", "effective": f"{found.effective_draws:.1f}"}
            for kind, numbers in zip(kinds, table, strict=True)
        ]

    rows = go_on("fit", [{"of": "seven histories"}], rows_of, quick)

    def numbers(kind: str) -> Reals:
        return np.array([[float(row[n]) for n in names] for row in rows if row["kind"] == kind])

    return Real(
        posterior,
        numbers("mode")[0],
        numbers("covariance"),
        numbers("draw"),
        float(rows[0]["pareto_k"]),
        float(rows[0]["effective"]),
    )


def chains(quick: bool = False) -> list[Row]:
    """Steps of the chains that are kept, a row each, after a pilot that gives their proposals."""
    found = real(quick)
    names = found.posterior.specification.names
    centre, shape = found.mode, found.covariance
    for blocks in () if quick else PILOT_BLOCKS:
        pilot = metropolis("pilot", found, centre, shape, blocks, quick)
        late = [row for row in pilot if int(row["block"]) >= WARM_UP]
        steps = np.array([[float(row[name]) for name in names] for row in late])
        centre, shape = steps.mean(axis=0), np.cov(steps.T)
    return metropolis("chains", found, centre, shape, 1 if quick else BLOCKS, quick)


def metropolis(
    file: str, found: Real, centre: Reals, shape: Reals, blocks: int, quick: bool
) -> list[Row]:
    """Steps of the chains with proposals of this centre and shape."""
    posterior, specification = found.posterior, found.posterior.specification
    names = specification.names
    law = multivariate_t(centre, shape, df=DEGREES_OF_FREEDOM)
    root = np.linalg.cholesky(shape)

    def rows_of(key: Row, before: list[Row]) -> list[Row]:
        chain = int(key["chain"])
        random = np.random.default_rng([3, int(file == "chains"), chain, int(key["block"])])
        mine = [row for row in before if row["chain"] == key["chain"]]
        if mine:
            now = np.array([float(mine[-1][name]) for name in names])
        else:
            now = centre + BEGIN * root @ random.standard_normal(centre.size)
        log_now, rows = posterior(now), []
        for step in range(4 if quick else STEPS):
            if step % LEAPS == 0:
                walk = WALK / np.sqrt(centre.size) * root
                tried, log_ratio = now + walk @ random.standard_normal(centre.size), 0.0
            else:
                tried = law.rvs(random_state=random)
                log_ratio = float(law.logpdf(now) - law.logpdf(tried))
            log_tried = posterior(tried)
            if np.log(random.random()) < log_tried - log_now + log_ratio:
                now, log_now = tried, log_tried
            if step % KEPT == KEPT - 1:
                numbers = {name: f"{each:.6f}" for name, each in zip(names, now, strict=True)}
                rows.append(numbers | {"log_posterior": f"{log_now:.4f}"})
        return rows

    keys = [{"chain": str(c), "block": str(b)} for b in range(blocks) for c in range(CHAINS)]
    return go_on(file, keys, rows_of, quick)


def after_warm_up() -> Reals:
    """The steps that are kept after the warm-up, shape (CHAINS, n, K), as far as all chains are."""
    rows = [row for row in read("chains") if int(row["block"]) >= WARM_UP]
    names = real().posterior.specification.names
    by_chain = [
        [[float(row[name]) for name in names] for row in rows if row["chain"] == str(chain)]
        for chain in range(CHAINS)
    ]
    n = min(map(len, by_chain))
    return np.array([chain[:n] for chain in by_chain])


def shipped_draws() -> Reals:
    """The joint draws of the fitted numbers that come with the shipped behaviour, shape (n, K)."""
    cells, columns = part("fitted"), []
    for each in real().posterior.specification.parameters:
        path = next(iter(each.on))
        values = np.array(cells[f"behaviour.{path}"])
        columns.append(np.log(values) if place_of(path)[1] == RATE_COLUMN else values)
    return np.column_stack(columns)


def r_hat(chains: Reals) -> float:
    """How much wider all chains are than each half of one; 1 once they agree.

    Of normal scores of the ranks, by halves of chains (Vehtari et al. 2021).

    Parameters
    ----------
    chains : ndarray, shape (n_chains, n_steps)
    """
    n = chains.shape[1] // 2
    halves = np.concatenate([chains[:, :n], chains[:, -n:]])
    ranks = rankdata(halves).reshape(halves.shape)
    scores = norm.ppf((ranks - 0.375) / (halves.size + 0.25))
    within, between = scores.var(axis=1, ddof=1).mean(), scores.mean(axis=1).var(ddof=1)
    return float(np.sqrt((n - 1) / n + between / within))


def effective_draws(chains: Reals) -> float:
    """Effective number of draws of a number, from several chains.

    Parameters
    ----------
    chains : ndarray, shape (n_chains, n_steps)

    Notes
    -----
    Autocorrelations are added up in pairs while their sums fall and are above 0 (Geyer 1992), with
    the variance between chains counted in (Gelman et al. 2013, section 11.5).
    """
    n_chains, n_steps = chains.shape
    centred = chains - chains.mean(axis=1, keepdims=True)
    spectrum = np.abs(np.fft.rfft(centred, 2 * n_steps)) ** 2
    covariance = np.fft.irfft(spectrum)[:, :n_steps].mean(axis=0) / n_steps
    within = covariance[0] * n_steps / (n_steps - 1)
    between = chains.mean(axis=1).var(ddof=1) if n_chains > 1 else 0.0
    total = covariance[0] + between
    correlation = 1.0 - (within - covariance * n_steps / (n_steps - 1)) / total
    correlation[0] = 1.0
    pairs = correlation[: n_steps // 2 * 2].reshape(-1, 2).sum(axis=1)
    end = int(np.argmax(pairs < 0.0)) if (pairs < 0.0).any() else pairs.size
    falling = np.minimum.accumulate(pairs[:end])
    return float(n_chains * n_steps / max(2.0 * falling.sum() - 1.0, 1e-12))
