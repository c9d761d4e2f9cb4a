"""Which kinds of results a page can show, and which function says what of each.

A new kind is one entry in `PAGES` and a function from the result to its `Part`. One that has blocks
and figures needs no more than `part_of_blocks`.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from types import MappingProxyType
from typing import cast

from sim.pages.part import Part

PAGES = MappingProxyType(
    {
        "Ensemble": "sim.pages.ensemble:ensemble_part",
        "Comparison": "sim.pages.comparison:comparison_part",
        "Sweep": "sim.pages.sweep:sweep_part",
        "Sensitivity": "sim.pages.sensitivity:sensitivity_part",
        "Keystone": "sim.pages.keystone:keystone_part",
        "Tipping": "sim.pages.tipping:tipping_part",
        "ToldTrace": "sim.pages.trace:trace_part",
        "SweepAnalysis": "sim.pages.sensitivity:sweep_analysis_part",
        "Calibration": "sim.pages.histories:calibration_part",
        "Backtest": "sim.pages.histories:backtest_part",
    }
)
"""Functions that return the `Part` of a result, by the name of its class."""


def part_of(result: object) -> Part:
    """What a page says of a result.

    Raises
    ------
    TypeError
        It is none that a page can show.
    """
    name = type(result).__name__
    if name not in PAGES:
        kinds = ", ".join(each for each in PAGES if not each.startswith("Told"))
        raise TypeError(f"{name} is no result that a page can show; it shows Trace, {kinds}")
    module, function = PAGES[name].split(":")
    return cast("Callable[[object], Part]", getattr(import_module(module), function))(result)
