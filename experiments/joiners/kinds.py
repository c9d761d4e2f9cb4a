"""How far peers and momentum differ between treaties, and between kinds of commitment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from experiments.joiners.panel import FOLDER, Treaty
from experiments.joiners.process import Fit, fit
from sim.calibration.fit import Fit as CoalitionFit
from sim.calibration.fit import fit as fit_coalitions
from sim.calibration.history import load_history
from sim.calibration.likelihood import coalition_of, coefficients_of
from sim.calibration.parameters import Specification
from sim.calibration.specifications import HISTORIES, tied
from sim.core.layout import Reals
from sim.scenario.arrays.numbers import inputs_at_medians

LED = {"AIIB founders": "aiib_2014", "G7 declaration": "g7_2023"}
"""Quick joining with leaders: name, and the file of its history in this folder."""

WIDE = 20.0
"""Standard deviation of the priors of peers and momentum where each family or coalition speaks for
itself."""

SPREADS = np.linspace(0.0, 15.0, 601)


class Estimate(NamedTuple):
    """Peers and momentum of one family of treaties, or of one coalition.

    Attributes
    ----------
    group : str
        ``bindings`` of a family, ``signatories`` of a treaty, or ``led``, a coalition with leaders.
    name : str
    joined : int
    peers, peers_error : float
        With all ties: shares of the region and of all together.
    momentum, momentum_error : float
    """

    group: str
    name: str
    joined: int
    peers: float
    peers_error: float
    momentum: float
    momentum_error: float


class Population(NamedTuple):
    """A normal law of coefficients over kinds.

    Attributes
    ----------
    mean, mean_error : float
    spread : float
        Standard deviation between kinds: the posterior mean under a half-normal prior.
    predictive : float
        Standard deviation for a new kind: its own, and what is not known of the mean.
    """

    mean: float
    mean_error: float
    spread: float
    predictive: float


def of_families(panel: Sequence[Treaty], pooled: Fit, group: str) -> list[Estimate]:
    """Estimates of each family by itself; all else is as in all treaties together.

    A family needs no rate of its own: its climates are its level.

    Parameters
    ----------
    panel : sequence of Treaty
    pooled : Fit
        To all of them.
    group : str
        ``bindings``, or ``signatories`` for the coefficients of those.
    """
    spec, ending = pooled.specification, ", signed" if group == "signatories" else ""
    peers = [spec.names.index(f"{name}{ending}") for name in ("region", "everyone")]
    momentum = f"momentum{ending}"
    free = [*peers, spec.names.index(momentum)]
    found = []
    for family in sorted({each.family for each in panel}):
        treaties = [each for each in panel if each.family == family]
        mine = fit(treaties, spec, pooled.values, True, free, WIDE)
        error = np.sqrt(mine.covariance[np.ix_(peers, peers)].sum())
        joined = sum(int(each.bound.sum()) for each in treaties)
        total = float(mine.values[peers].sum())
        found.append(Estimate(group, family, joined, total, float(error), *mine.of(momentum)))
    return found


def of_led(name: str, quick: bool = False) -> tuple[Estimate, CoalitionFit]:
    """Estimates of a coalition with leaders, by the likelihood and the priors of the histories."""
    history = load_history(FOLDER / f"{name}.yaml")
    base = coefficients_of(inputs_at_medians(history.scenario))
    parameters = (
        *(each for each in HISTORIES if each.name != "momentum to decline"),
        tied("hurry", 1.0, 2.0, ["resolve.tempo", "declare.tempo"], "a deadline may hurry"),
        tied("peers", 0.0, WIDE, ["resolve.peers", "declare.peers"], "wide"),
        tied("momentum", 0.0, WIDE, ["resolve.momentum", "declare.momentum"], "wide"),
    )
    spec = Specification(base, parameters)
    coalition = coalition_of(history)
    found = fit_coalitions(spec, [coalition], starts=1 if quick else 2, candidates=0)
    joined = int((coalition.seen.published <= coalition.days).sum())
    peers, momentum = spec.names.index("peers"), spec.names.index("momentum")
    errors = found.standard_errors
    return (
        Estimate(
            "led",
            name,
            joined,
            float(found.mode[peers]),
            float(errors[peers]),
            float(found.mode[momentum]),
            float(errors[momentum]),
        ),
        found,
    )


def population(values: Reals, errors: Reals, prior_spread: float) -> Population:
    """Return the normal law that estimates with errors come from.

    Parameters
    ----------
    values, errors : ndarray, shape (K,)
    prior_spread : float
        Scale of the half-normal prior of the standard deviation between kinds; that of their mean
        is flat.

    Notes
    -----
    Exact for the mean, on a grid for the spread.
    """
    variance = errors**2 + SPREADS[:, None] ** 2
    precision = (1.0 / variance).sum(axis=1)
    mean = (values / variance).sum(axis=1) / precision
    log_weight = -0.5 * (np.log(variance) + (values - mean[:, None]) ** 2 / variance).sum(axis=1)
    log_weight += -0.5 * np.log(precision) - 0.5 * (SPREADS / prior_spread) ** 2
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    centre = float(weight @ mean)
    of_mean = weight @ (1.0 / precision + (mean - centre) ** 2)
    return Population(
        centre,
        float(np.sqrt(of_mean)),
        float(weight @ SPREADS),
        float(np.sqrt(of_mean + weight @ SPREADS**2)),
    )
