"""Both engines against what one would write by hand for one model alone: the toy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

import sim
from experiments.speed.ensembles import KEEPS
from experiments.speed.timing import Effort, Line, Work, in_turn
from experiments.speed.toy import N_DAYS, N_NATIONS, toy
from sim.scenario.schema import Scenario

LOOPS = {
    "numba_loop": "a Numba loop",
    "numpy_at_once": "NumPy, 1,000 runs at once",
    "numba_hard": "a Numba loop written for speed",
    "c_loop": "a C loop",
}
AGENTS = {"mesa_by_hand": "Mesa by hand", "agentpy_by_hand": "agentpy by hand"}
"""Modules in `rivals` and what they are called; those of agents take a hundred times as long."""

BARRED = (LOOPS["numba_loop"], LOOPS["numpy_at_once"])
"""Those that the batch engine is to be faster than."""


class OwnHazard(sim.Nation):
    """A nation with a hazard of its own, which is the built-in one."""

    def forward_hazard(self, features: Any) -> float:
        """Return the built-in hazard."""
        return float(super().forward_hazard(features))


def public_sizes(module: str, runs: int, seed: int = 1) -> NDArray[np.int64]:
    """Public size by run and day from a rival, shape (runs, 181)."""
    rival = import_module(f"experiments.speed.rivals.{module}")
    found: NDArray[np.int64] = rival.public_sizes(runs, seed)
    return found


def why_missing(module: str) -> str | None:
    """Why a rival cannot be measured here; None if it can."""
    try:
        public_sizes(module, 1)
    except ModuleNotFoundError as error:
        return f"{error.name} is not installed"
    except FileNotFoundError:
        return "no C compiler"
    return None


def available(modules: Mapping[str, str], runs: int) -> tuple[dict[str, Work], list[Line]]:
    """What rivals do, by their names, and a line for each that cannot be measured here."""
    works, missing = dict[str, Work](), []
    for module, name in modules.items():
        why = why_missing(module)
        if why is None:
            works[name] = partial(public_sizes, module, runs)
        else:
            missing.append(Line(f"toy: {name}", None, why))
    return works, missing


def disagreement(module: str, runs: int) -> float:
    """Difference of a rival's mean public size at the end from ours, in its standard errors."""
    ours = sim.run(toy(), runs=runs, seed=1, workers=1).size[:, -1]
    theirs = public_sizes(module, runs)[:, -1]
    error = np.sqrt((ours.var(ddof=1) + theirs.var(ddof=1)) / runs)
    return float(abs(ours.mean() - theirs.mean()) / error)


def stepped(scenario: Scenario, runs: int) -> None:
    """Step through runs of the Mesa model, which keeps what every nation saw."""
    for run in range(runs):
        model = sim.CoalitionModel(scenario, seed=1, run=run)
        while model.running:
            model.step()


def loops(effort: Effort) -> Iterator[Line]:
    """The batch engine against loops for the toy alone."""
    scenario, runs = toy(), effort.of(8000)
    rivals, missing = available(LOOPS, runs)
    ours = {
        f"batch engine, `{keep}`": partial(sim.run, scenario, runs=runs, workers=1, keep=keep)
        for keep in KEEPS
    }
    times = in_turn({**ours, **rivals}, effort.of(15))
    for name, found in times.items():
        in_exp = found.per(runs * N_NATIONS * N_DAYS).in_exp()
        yield Line(f"toy: {name}, per nation-day", in_exp, "exp")
    yield from missing
    for name in BARRED:
        for engine in ours:
            yield Line(f"toy: {engine}, over {name}", times[engine].over(times[name]), at_most=1.0)
    present = [module for module, name in LOOPS.items() if name in rivals]
    differences = [disagreement(module, effort.of(20_000, at_least=100)) for module in present]
    yield Line(
        "toy: mean sizes of the loops against ours, largest difference in standard errors",
        max(differences),
        at_most=4.5,
    )


def agents(effort: Effort) -> Iterator[Line]:
    """The Mesa engine against models of agents for the toy alone, and the batch engine."""
    scenario, runs, many = toy(), effort.of(10), effort.of(8000)
    rivals, missing = available(AGENTS, runs)
    mesa_engine = partial(sim.run, scenario, runs=runs, engine="mesa", keep="summary")
    ours: dict[str, Work] = {
        "Mesa engine": mesa_engine,
        "Mesa engine, nations of a subclass": partial(mesa_engine, nation_class=OwnHazard),
        "`CoalitionModel` stepped through": partial(stepped, scenario, runs),
    }
    batch = partial(sim.run, scenario, runs=many, workers=1, keep="summary")
    times = {
        name: found.per(many if name == "batch" else runs)
        for name, found in in_turn({**ours, **rivals, "batch": batch}, effort.of(9)).items()
    }
    for name in ours:
        ratio = times[name].over(times["Mesa by hand"])
        yield Line(f"toy: {name}, over Mesa by hand", ratio, at_most=4.0)
    for name in ("Mesa engine", *rivals):
        ratio = times[name].over(times["batch"])
        yield Line(f"toy: {name}, over the batch engine", ratio)
    yield from missing
