"""Which figures of sweeps there are, which are worth drawing of one, and of which outcome."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from sim.plots.style import DrawingError
from sim.plots.swept.words import LONGEST_REASON
from sim.results.format import cut

if TYPE_CHECKING:
    from sim.plots.swept.grid import Reals
    from sim.studies.design.outcomes import Outcome
    from sim.studies.sweep.result import Sweep

SWEEP_KINDS = MappingProxyType(
    {
        kind: f"sim.plots.swept.{kind}"
        for kind in (
            "condition_map",
            "outcome_multiples",
            "outcome_lines",
            "size_strip",
            "outcome_scatter",
        )
    }
)
"""Module of each figure of a sweep, which holds a function of its name."""

USUAL = ("success", "size")
"""Outcomes that are drawn unless another is asked for, if they are there."""


def suits(sweep: Sweep) -> tuple[str, ...]:
    """Kinds of figures that are worth drawing of a sweep, the most telling first.

    None where no point could be run. The others of `SWEEP_KINDS` may be drawn as well, where they
    can be; those that cannot say why.

    Parameters
    ----------
    sweep : Sweep

    Examples
    --------
    >>> import sim
    >>> levels = {"conditions.us_backing.level": [0.2, 0.8]}
    >>> suits(sim.sweep(sim.load_scenario("paris_2025"), levels, runs=20))
    ('outcome_lines', 'size_strip')
    """
    if len(sweep.problems) == sweep.n_points:
        return ()
    if sweep.study.design.kind != "grid":
        return ("outcome_scatter",)
    several = [each for each in sweep.study.varied if len(each.options) > 1]
    numbers = [each for each in several if _has_numbers(each.labels)]
    maps: list[str] = []
    if len(numbers) >= 2:
        maps = [*(["outcome_multiples"] * (len(several) > 2)), "condition_map"]
    return (*maps, "outcome_lines", "size_strip")


def _has_numbers(labels: tuple[object, ...]) -> bool:
    return not any(isinstance(label, str) for label in labels)


def chosen_outcome(sweep: Sweep, name: str | None) -> Outcome:
    """The outcome of that name; by default success, else public size, else the first.

    Raises
    ------
    DrawingError
        The sweep has none of that name.
    """
    if name is None:
        name = next((each for each in USUAL if each in sweep.outcomes), sweep.outcomes[0])
    if name not in sweep.outcomes:
        raise DrawingError(f"it has no outcome {name!r}; there are {', '.join(sweep.outcomes)}")
    return sweep.outcome(name)


def refuse_nothing(sweep: Sweep, values: Reals) -> None:
    """Refuse to draw where there is not one number.

    Raises
    ------
    DrawingError
        Says why there is none.
    """
    if np.isfinite(values).any():
        return
    if sweep.problems:
        reason = cut(next(iter(sweep.problems.values())), LONGEST_REASON)
        raise DrawingError(f"no point of these could be run ({reason})")
    raise DrawingError("no point of these is done yet")
