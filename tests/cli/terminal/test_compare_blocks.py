"""A comparison run in blocks: what stopped it comes back with what was finished."""

from __future__ import annotations

import signal
from typing import Any

import pytest

from sim.cli.main import Stop, Terminated
from sim.cli.terminal.compare_blocks import compare_in_blocks
from sim.studies.compare import compare as door
from tests.studies.compare.scenarios import one_clock


def test_a_stop_after_the_last_block_is_not_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes while the differences are evaluated, when signals are only noted."""
    answer, evaluate = Stop(), door.compared
    monkeypatch.setattr("sim.cli.terminal.compare_blocks.stop_in_force", lambda: answer)

    def stopped(*given: Any) -> Any:
        answer(signal.SIGTERM, None)
        return evaluate(*given)

    monkeypatch.setattr(door, "compared", stopped)
    comparing = door.prepared({"slow": one_clock(0.1), "fast": one_clock(0.3)}, runs=5)
    comparison, stop = compare_in_blocks(comparing, lambda *_: None)
    assert comparison.n_runs == 5
    assert isinstance(stop, Terminated)


def test_without_a_stop_nothing_comes_back_but_the_comparison() -> None:
    comparing = door.prepared({"slow": one_clock(0.1), "fast": one_clock(0.3)}, runs=5)
    comparison, stop = compare_in_blocks(comparing, lambda *_: None)
    assert (comparison.n_runs, stop) == (5, None)
