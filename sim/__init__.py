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

from sim._version import __version__

if TYPE_CHECKING:
    from sim.app.explore import LivePage, explore
    from sim.calibration.backtest.backtest import backtest
    from sim.calibration.backtest.folder import load_backtest
    from sim.calibration.backtest.forecast_scores import ForecastScores, score_forecast
    from sim.calibration.backtest.result import Backtest
    from sim.calibration.calibrate import calibrate
    from sim.calibration.calibration import Calibration
    from sim.calibration.forecast import forecast
    from sim.calibration.history import History, load_history
    from sim.calibration.stored import load_calibration
    from sim.engines.mesa.agents import Nation
    from sim.engines.mesa.model import CoalitionModel
    from sim.engines.run import run
    from sim.engines.trace import trace
    from sim.pages.write import write_report
    from sim.results.ensemble import Ensemble
    from sim.results.trace import Trace
    from sim.scenario.load import load_scenario
    from sim.store.ensembles import load_results
    from sim.studies.compare.compare import compare
    from sim.studies.compare.comparison import Comparison
    from sim.studies.compare.stored import load_comparison
    from sim.studies.function import as_function
    from sim.studies.keystone.keystone import keystone, load_keystone
    from sim.studies.keystone.result import Keystone
    from sim.studies.sensitivity.result import Sensitivity
    from sim.studies.sensitivity.sensitivity import load_sensitivity, sensitivity
    from sim.studies.sensitivity.stored import load_sweep_analysis
    from sim.studies.sensitivity.sweep_analysis import SweepAnalysis, analyse_sweep
    from sim.studies.sweep.folder import load_sweep
    from sim.studies.sweep.result import Sweep
    from sim.studies.sweep.sweep import sweep
    from sim.studies.tipping.result import Tipping
    from sim.studies.tipping.tipping import load_tipping, tipping
    from sim.studies.why import Why, why

_HOMES = {
    "load_scenario": "sim.scenario.load",
    "run": "sim.engines.run",
    "trace": "sim.engines.trace",
    "compare": "sim.studies.compare.compare",
    "load_results": "sim.store.ensembles",
    "load_comparison": "sim.studies.compare.stored",
    "Ensemble": "sim.results.ensemble",
    "Trace": "sim.results.trace",
    "Comparison": "sim.studies.compare.comparison",
    "CoalitionModel": "sim.engines.mesa.model",
    "Nation": "sim.engines.mesa.agents",
    "sweep": "sim.studies.sweep.sweep",
    "load_sweep": "sim.studies.sweep.folder",
    "Sweep": "sim.studies.sweep.result",
    "sensitivity": "sim.studies.sensitivity.sensitivity",
    "load_sensitivity": "sim.studies.sensitivity.sensitivity",
    "Sensitivity": "sim.studies.sensitivity.result",
    "analyse_sweep": "sim.studies.sensitivity.sweep_analysis",
    "load_sweep_analysis": "sim.studies.sensitivity.stored",
    "SweepAnalysis": "sim.studies.sensitivity.sweep_analysis",
    "as_function": "sim.studies.function",
    "backtest": "sim.calibration.backtest.backtest",
    "load_backtest": "sim.calibration.backtest.folder",
    "Backtest": "sim.calibration.backtest.result",
    "calibrate": "sim.calibration.calibrate",
    "load_calibration": "sim.calibration.stored",
    "Calibration": "sim.calibration.calibration",
    "forecast": "sim.calibration.forecast",
    "score_forecast": "sim.calibration.backtest.forecast_scores",
    "ForecastScores": "sim.calibration.backtest.forecast_scores",
    "load_history": "sim.calibration.history",
    "History": "sim.calibration.history",
    "explore": "sim.app.explore",
    "LivePage": "sim.app.explore",
    "keystone": "sim.studies.keystone.keystone",
    "load_keystone": "sim.studies.keystone.keystone",
    "Keystone": "sim.studies.keystone.result",
    "tipping": "sim.studies.tipping.tipping",
    "load_tipping": "sim.studies.tipping.tipping",
    "Tipping": "sim.studies.tipping.result",
    "why": "sim.studies.why",
    "Why": "sim.studies.why",
    "write_report": "sim.pages.write",
}

__all__ = [
    "Backtest",
    "Calibration",
    "CoalitionModel",
    "Comparison",
    "Ensemble",
    "ForecastScores",
    "History",
    "LivePage",
    "Keystone",
    "Nation",
    "Sensitivity",
    "Sweep",
    "SweepAnalysis",
    "Tipping",
    "Trace",
    "Why",
    "__version__",
    "analyse_sweep",
    "as_function",
    "backtest",
    "calibrate",
    "compare",
    "explore",
    "forecast",
    "keystone",
    "load_backtest",
    "load_calibration",
    "load_comparison",
    "load_history",
    "load_keystone",
    "load_results",
    "load_scenario",
    "load_sensitivity",
    "load_sweep",
    "load_sweep_analysis",
    "load_tipping",
    "run",
    "score_forecast",
    "sensitivity",
    "sweep",
    "tipping",
    "trace",
    "why",
    "write_report",
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
