"""A stand-in for the engine: it is told apart from the model by its speed only."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from sim.results.ensemble import Ensemble
from tests.results.synthetic import made_up, small_scenario

Run = Callable[..., Ensemble]


@pytest.fixture
def scenario_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Scenario file in a working folder of its own."""
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "small.yaml"
    file.write_text(small_scenario().to_yaml(), encoding="utf-8")
    return file


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Puts made-up runs in the engine's place; the list holds what it was called with."""
    calls: list[dict[str, Any]] = []

    def run(scenario: Any, **options: Any) -> Ensemble:
        calls.append(options)
        options["progress"](options["runs"], options["runs"])
        wanted = (options["runs"], options["seed"], options["first_run"], options["keep"])
        return made_up(scenario, *wanted)

    install(monkeypatch, run)
    return calls


def install(monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    """Put a function in the place of the door to the engines."""
    door = ModuleType("sim.engines.run")
    door.run = run  # type: ignore[attr-defined]
    compiled = ModuleType("sim.core.compiled")
    compiled.is_warm = lambda *_: True  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sim.engines.run", door)
    monkeypatch.setitem(sys.modules, "sim.core.compiled", compiled)
