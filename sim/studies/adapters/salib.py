"""A scenario for SALib: the problem that its samples and analyses take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from sim.studies.adapters.workbench import checked_ranges
from sim.studies.function import ModelFunction


def salib_problem(
    function: ModelFunction, ranges: Mapping[str, tuple[float, float]]
) -> dict[str, Any]:
    """The problem that SALib's samples and analyses take; evaluate a sample with `rows`.

    Parameters
    ----------
    function : ModelFunction
        From `sim.as_function`.
    ranges : mapping of input to (low, high)
        Of every input, since a row of a sample has a number for each. SALib draws fractions: from
        now on `rows` rounds those of an input that takes whole numbers down, and its bounds are
        ``low`` and just below ``high + 1``, so that each whole number has the same chance.

    Raises
    ------
    ValueError
        An input has no range, or one that it cannot have.

    Examples
    --------
    >>> import sim
    >>> model = sim.as_function(sim.load_scenario("paris_2025"), {"value": "commitment.value"})
    >>> salib_problem(model, {"value": (100, 2000)})
    {'num_vars': 1, 'names': ['value'], 'bounds': [[100.0, 2000.0]]}
    """
    given = checked_ranges(function, ranges)
    missing = [name for name in function.inputs if name not in given]
    if missing:
        raise ValueError(f"ranges: {', '.join(missing)} must have one")
    bounds = []
    for name in function.inputs:
        low, high = given[name]
        if function.takes_whole(name):
            function.draw_whole(name, int(low), int(high))
            high = np.nextafter(high + 1, low)
        bounds.append([float(low), float(high)])
    return {"num_vars": len(bounds), "names": list(function.inputs), "bounds": bounds}
