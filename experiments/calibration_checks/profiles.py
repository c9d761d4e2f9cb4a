"""Profiles of coefficients that the seven histories tell little of."""

from __future__ import annotations

import numpy as np

from experiments.calibration_checks.kept import Row, go_on
from experiments.calibration_checks.sampler import real
from sim.calibration.fit import fit
from sim.calibration.parameters import FittedParameter, Specification, place_of
from sim.calibration.specifications import tied

FIXED = 1e-6
"""Standard deviation of the prior of a coefficient that is held at a value."""

ADDED = {"momentum on resolve": ["resolve.momentum"], "engage": ["engage.rate"]}
"""Coefficients that are not fitted: what each is on."""

GRIDS = {
    "climate of the start": (0.0, 0.5, 1.0, 1.5, 2.2),
    "climate of deciding": (0.0, 0.2, 0.4, 0.7, 1.1, 1.6, 2.2),
    "momentum to decline": (-6.0, -2.0, 1.0, 4.0, 7.0, 11.0),
    "peers": (-5.0, -3.0, -1.0, 1.0, 3.0),
    "momentum to declare": (-8.0, -4.0, 0.0, 4.0, 8.0),
    "momentum on resolve": (-10.0, -5.0, 0.0, 5.0, 10.0),
    "engage": (-9.0, -7.5, -6.5, -5.5, -4.5, -3.5),
}
"""Values that a coefficient is held at; of rates, natural logarithms."""


def parameter(specification: Specification, name: str) -> FittedParameter | None:
    """The fitted parameter of this name, None for one that is not fitted."""
    return next((each for each in specification.parameters if each.name == name), None)


def profiles(quick: bool = False) -> list[Row]:
    """The highest log posterior with a coefficient held at each value of its grid.

    The likelihood column leaves out the prior of the coefficient itself; those of the others stay,
    since without any prior some of them have no estimate.
    """
    found = real(quick)
    specification, coalitions = found.posterior.specification, found.posterior.coalitions
    last: dict[str, np.ndarray] = {}

    def rows_of(key: Row, _: list[Row]) -> list[Row]:
        name, value = key["coefficient"], float(key["value"])
        prior, start = parameter(specification, name), found.mode
        if prior is None:
            added = tied(name, value, FIXED, ADDED[name], "held")
            held = Specification(specification.base, (*specification.parameters, added))
            start = np.append(start, value)
        else:
            held = specification.with_prior(name, value, FIXED)
            start = np.where(np.array(specification.names) == name, value, start)
        if name in last:
            start = np.where(np.array(held.names) == name, value, last[name])
        options = {"candidates": 0, "with_covariance": False}
        at = fit(held, coalitions, starts=1, start=start, **options)
        last[name] = at.mode
        log_prior = 0.0 if prior is None else -0.5 * ((value - prior.mean) / prior.sd) ** 2
        return [
            {
                "log_likelihood": f"{at.log_posterior:.4f}",
                "log_posterior": f"{at.log_posterior + log_prior:.4f}",
                "held": "" if prior else f"{held.base.table[place_of(ADDED[name][0])]:.3f}",
            }
        ]

    keys = [
        {"coefficient": name, "value": str(value)} for name, grid in GRIDS.items() for value in grid
    ]
    return go_on("profiles", keys[:1] if quick else keys, rows_of, quick)
