"""The arrays of a scenario, kept with it: most ensembles are of one that was run before.

A scenario that differs from another in a few numbers takes over its arrays; these numbers alone
are then written anew.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

from sim.scenario.addresses import Place, draw_keys

if TYPE_CHECKING:  # the arrays import Numba
    from sim.scenario.arrays.numbers import Arrays
    from sim.scenario.schema import Scenario

_PLACE = "arrays"
"""Where a scenario keeps them: no field, so equality and copies of the fields ignore it."""


class KeptArrays:
    """The arrays of a scenario, or of one with other numbers at some keys.

    Parameters
    ----------
    scenario : Scenario
    arrays : Arrays or None
    numbers : dict of key to float
        What is different in the scenario, by the key of its draws.
    """

    def __init__(
        self,
        scenario: Scenario | None = None,
        arrays: Arrays | None = None,
        numbers: dict[str, float] | None = None,
    ) -> None:
        # Copies of a scenario have all that it keeps, whatever was changed in them.
        self._owner = (lambda: None) if scenario is None else weakref.ref(scenario)
        self.arrays, self.numbers = arrays, numbers or {}

    def belong_to(self, scenario: Scenario) -> bool:
        """Whether they are those of this very scenario."""
        return self._owner() is scenario

    def __reduce__(self) -> Any:  # left out of what is pickled
        return KeptArrays, ()


def kept_arrays(scenario: Scenario) -> KeptArrays | None:
    """What is kept with a scenario, if anything."""
    kept: KeptArrays | None = scenario.__dict__.get(_PLACE)
    return kept if kept is not None and kept.belong_to(scenario) else None


def keep(scenario: Scenario, arrays: Arrays) -> None:
    """Keep the arrays of a scenario with it."""
    scenario.__dict__[_PLACE] = KeptArrays(scenario, arrays)


def take_over(scenario: Scenario, before: Scenario, place: Place, number: float) -> None:
    """Let a scenario take over what is kept with one that has another number at one place.

    Not if that changes more than numbers: ties, a deal that is or is not sure, a drawn number.
    """
    kept = kept_arrays(before)
    scenario.__dict__.pop(_PLACE, None)
    is_number = all(isinstance(value, int | float) for value in place.values(before))
    is_structure = place.keys[0] == "ties" or place.keys[-1] == "probability"
    if kept is not None and is_number and not is_structure:
        numbers = {**kept.numbers, **dict.fromkeys(draw_keys(before, place.keys), number)}
        scenario.__dict__[_PLACE] = KeptArrays(scenario, kept.arrays, numbers)
