"""A comparison that is stopped: what stopped it comes back with what was finished."""

from __future__ import annotations

import signal
from typing import Any

import pytest

from sim.cli.signals import Stop, Terminated, run_until_stopped
from sim.studies.compare import compare as module
from sim.studies.compare.compare import ComparisonRun
from tests.studies.compare.scenarios import one_clock


def five_runs() -> ComparisonRun:
    return ComparisonRun({"slow": one_clock(0.1), "fast": one_clock(0.3)}, runs=5)


def test_a_stop_after_the_last_block_is_not_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes while the differences are evaluated, when signals are only noted."""
    answer, evaluate = Stop(), module.evaluated
    monkeypatch.setattr("sim.cli.signals.stop_in_force", lambda: answer)

    def stopped(*given: Any) -> Any:
        answer(signal.SIGTERM, None)
        return evaluate(*given)

    monkeypatch.setattr(module, "evaluated", stopped)
    comparison, stop = run_until_stopped(five_runs(), lambda *_: None)
    assert comparison.n_runs == 5
    assert isinstance(stop, Terminated)


def test_without_a_stop_nothing_comes_back_but_the_comparison() -> None:
    comparison, stop = run_until_stopped(five_runs(), lambda *_: None)
    assert (comparison.n_runs, stop) == (5, None)
