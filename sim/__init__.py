"""Willing: an agent-based simulation of how a coalition of nations forms.

The public names are loaded when they are first used, so that ``import sim`` costs nothing.

Examples
--------
>>> import sim
>>> "load_scenario" in dir(sim)
True
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.engines.agents import Nation
    from sim.engines.model import CoalitionModel
    from sim.engines.run import run
    from sim.engines.traced.tracing import trace
    from sim.results.ensemble import Ensemble
    from sim.results.stored.store import load_results
    from sim.results.traced.trace import Trace
    from sim.scenario.load import load_scenario
    from sim.studies.comparing.compare import compare
    from sim.studies.comparing.comparison import Comparison
    from sim.studies.comparing.stored import load_comparison
    from sim.studies.function import as_function
    from sim.studies.sweeping.door import load_sweep, sweep
    from sim.studies.sweeping.sweep import Sweep

__version__ = "0.1.0"

_HOMES = {
    "load_scenario": "sim.scenario.load",
    "run": "sim.engines.run",
    "trace": "sim.engines.traced.tracing",
    "compare": "sim.studies.comparing.compare",
    "load_results": "sim.results.stored.store",
    "load_comparison": "sim.studies.comparing.stored",
    "Ensemble": "sim.results.ensemble",
    "Trace": "sim.results.traced.trace",
    "Comparison": "sim.studies.comparing.comparison",
    "CoalitionModel": "sim.engines.model",
    "Nation": "sim.engines.agents",
    "sweep": "sim.studies.sweeping.door",
    "load_sweep": "sim.studies.sweeping.door",
    "Sweep": "sim.studies.sweeping.sweep",
    "as_function": "sim.studies.function",
}

__all__ = [
    "CoalitionModel",
    "Comparison",
    "Ensemble",
    "Nation",
    "Sweep",
    "Trace",
    "__version__",
    "as_function",
    "compare",
    "load_comparison",
    "load_results",
    "load_scenario",
    "load_sweep",
    "run",
    "sweep",
    "trace",
]


def __getattr__(name: str) -> object:
    """Public name, imported on first use."""
    if name == "plots":
        return import_module("sim.plots")
    if name not in _HOMES:
        raise AttributeError(f"module 'sim' has no attribute {name!r}")
    value: object = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Public names, loaded or not."""
    return sorted({*globals(), *_HOMES, "plots"})
