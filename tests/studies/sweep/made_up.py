"""Small studies over made-up scenarios, and what they must come to, worked out another way."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from sim.scenario.load import scenario_from_dict
from sim.scenario.schema import Scenario
from sim.studies.design.file import study_from
from sim.studies.design.study import Study
from tests.engines.scenarios_strategy import Plan, scenario_of

PLAN = Plan(n_nations=6, n_days=12, n_conditions=2, n_kinds=2, n_events=6, drawn=0.0, luck=4)


def made_up(**changes: Any) -> Scenario:
    """A made-up scenario; `changes` are those of its outline."""
    return scenario_from_dict(scenario_of(PLAN._replace(**changes)))


def study_of(vary: dict[str, Any], scenario: Scenario | None = None, **keys: Any) -> Study:
    """A study of a made-up scenario, as if it were stored: some of its points may fail."""
    return study_from(
        {"made_by": {}, "vary": vary, "runs": 5, **keys}, scenario=scenario or made_up()
    )


def numbers_in(form: Any, path: str = "") -> Iterator[tuple[str, float]]:
    """Every number of a full form with the path by which it can be changed."""
    if isinstance(form, bool):
        return
    if isinstance(form, (int, float)):
        yield path, form
    steps: list[tuple[Any, Any]] = []
    if isinstance(form, dict):
        steps = list(form.items())
    if isinstance(form, list):
        steps = list(enumerate(form))
        if path == "nations":
            steps = [(nation["id"], nation) for nation in form]
    for step, child in steps:
        yield from numbers_in(child, f"{path}.{step}" if path else str(step))


def values_near(number: float, luck: random.Random) -> list[float]:
    """A few different values for a field, some that it may have and some that it may not."""
    known = [number, number / 2, number * 1.5 + 0.01, number - 1, number + 1, 0, 1, 0.5, -0.0]
    known += [0.999, 1e-9, -0.3, 2, 3, 7.25, 1e12, 1e300]
    near = [number, number * 0.9, number * 0.75, number * 0.6 + 0.01, number * 0.97]
    if isinstance(number, int):
        near = [number, number + 1, max(0, number - 1), number + 2]
    chosen = luck.choice((known, near, near, near))
    return list(dict.fromkeys(luck.sample(chosen, min(len(chosen), luck.randint(2, 4)))))
