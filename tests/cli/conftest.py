"""A stand-in for the engine: it is told apart from the model by its speed only."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from sim.results.ensemble import Ensemble, join
from tests.results.synthetic import NOTHING_IDLE, made_up, small_scenario

Run = Callable[..., Ensemble]


@pytest.fixture
def scenario_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Scenario file in a working folder of its own."""
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "small.yaml"
    scenario = small_scenario().with_changes(NOTHING_IDLE)
    file.write_text(scenario.to_yaml(), encoding="utf-8")
    return file


@pytest.fixture
def painted_figures() -> None:
    """Asked for by a test that looks into figures: they are laid out and painted in full."""


@pytest.fixture(autouse=True)
def _blank_figures(request: pytest.FixtureRequest) -> None:
    """Other tests take images as they come."""
    if "painted_figures" not in request.fixturenames:
        request.getfixturevalue("blank_figures")


@pytest.fixture(autouse=True)
def _compiled_in_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test sees does not depend on what was compiled before it."""
    monkeypatch.setattr("sim.core.compiling._write_line", lambda _: None)


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


class StandIn:
    """An ensemble under way whose runs come from a function, block by block."""

    run_block: Run
    a_block = 1000

    def __init__(self, scenario: Any, **options: Any) -> None:
        self.scenario, self.options = scenario, options
        self.blocks: list[Ensemble] = []

    def run(self, progress: Callable[[int, int], None]) -> None:
        """Run all blocks."""
        n_runs = self.options["runs"]
        for first in range(0, n_runs, self.a_block):
            options = {**self.options, "runs": min(self.a_block, n_runs - first)}
            given = {**options, "first_run": first, "progress": progress}
            self.blocks.append(type(self).run_block(self.scenario, **given))

    def done(self) -> Ensemble | None:
        """What has been run."""
        return join(self.blocks) if self.blocks else None


def install(monkeypatch: pytest.MonkeyPatch, run: Run, a_block: int = 1000) -> None:
    """Put a function in the place of the engines, called for so many runs at a time."""
    engines = ModuleType("sim.engines.run")
    members = {"run_block": staticmethod(run), "a_block": a_block}
    engines.EnsembleRun = type("EnsembleRun", (StandIn,), members)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sim.engines.run", engines)
