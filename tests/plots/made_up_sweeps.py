"""Made-up sweeps: points with numbers of our choosing, without any model behind them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import sim
from sim.scenario.schema import Scenario
from sim.studies.design.file import study_from
from sim.studies.design.study import Point
from sim.studies.sweep.points import PointRecord, PointRuns, failed, recorded
from sim.studies.sweep.result import Sweep
from sim.studies.sweep.tables import points_table

BACKING, ACCEPTABILITY = "conditions.backing.level", "conditions.acceptability.level"
REQUIREMENT, MEETING = "commitment.requirement", "events.second_meeting"
N_NATIONS = 10
LONG = "a_condition_with_a_name_that_is_as_long_as_any_may_be_in_a_file"

Values = Mapping[str, Any]
Chance = Callable[[Values], float]


@cache
def base() -> Scenario:
    """The scenario that is varied: backing .4, acceptability .6, requirement 15, ten nations."""
    return sim.load_scenario(Path(__file__).with_name("small.yaml"))


def steps(low: float, high: float, n_steps: int, **more: str) -> dict[str, Any]:
    """A range of values."""
    return {"range": [low, high], "steps": n_steps, **more}


def mean_of_numbers(values: Values) -> float:
    """A chance that rises with every number: their mean, if they lie from 0 to 1."""
    numbers = [x for x in values.values() if not isinstance(x, str)]
    return float(np.clip(np.mean(numbers or [0.5]), 0, 1))


def made_up_sweep(
    vary: dict[str, Any],
    chance: Chance = mean_of_numbers,
    *,
    cannot: Callable[[Values], bool] = lambda _: False,
    is_missing: Callable[[int], bool] = lambda _: False,
    runs_at: Callable[[Values], int] | None = None,
    **keys: Any,
) -> Sweep:
    """A sweep whose success has a chosen chance at each point, to the nearest run.

    Public size has two humps: nine nations where there is success and two where there is none, one
    more in every second run.

    Parameters
    ----------
    vary : dict
    chance : callable of the values of a point, by path
    cannot : callable of the values of a point
        Whether it could not be run.
    is_missing : callable of the number of a point
        Whether it is not done yet.
    runs_at : callable of the values of a point, optional
        Its number of runs; by default that of the study.
    **keys
        Other keys of a study; ``scenario`` may be a Scenario.
    """
    scenario = keys.pop("scenario", base())
    defaults = {"runs": 200, "outcomes": ["success", "size"], "seed": 7}
    study = study_from({"vary": vary, **defaults, **keys}, scenario=scenario)
    records = []
    for number in range(study.n_points):
        point = study.point(number)
        values = dict(zip(study.paths, point.labels, strict=True))
        if is_missing(number):
            continue
        if cannot(values):
            records.append(failed(study, point, "level: 2 must be above 0 and below 1"))
        else:
            n_runs = study.effort.runs if runs_at is None else runs_at(values)
            records.append(_record(study, point, chance(values), n_runs))
    return Sweep(study, points_table(study, 0, records))


def _record(study: Any, point: Point, chance: float, n_runs: int) -> PointRecord:
    success = np.arange(n_runs) < round(chance * n_runs)
    size = np.where(success, 9, 2) + np.arange(n_runs) % 2
    known = {"success": success, "size": size, "size>=5": size >= 5}
    values = np.stack([known[name].astype(float) for name in study.outcomes], axis=1)
    counts = np.bincount(size, minlength=N_NATIONS + 1)
    counts = np.stack([counts] * (len(study.days) + 1))
    return recorded(study, point, study.base_outcomes, [PointRuns(values, counts)])


def square(n_steps: int = 9, **more: Any) -> Sweep:
    """A grid of two conditions whose chance is even on a diagonal."""
    levels = steps(0.1, 0.9, n_steps)
    return made_up_sweep({BACKING: levels, ACCEPTABILITY: levels}, **more)


def many_names(n_names: int) -> list[dict[str, Any]]:
    """Categories with names that are long, the first of which is the base scenario."""
    others = [
        {"label": f"number {place} with a name that goes on and on", "set": {REQUIREMENT: place}}
        for place in range(1, n_names)
    ]
    return [{"label": "as it is", "set": {}}, *others]


def long_names() -> Scenario:
    """The scenario with conditions that have the longest names, and a long title."""
    full = base().full()
    for form in ("conditions", "success"):
        names = {"backing": LONG, "acceptability": f"{LONG[:-1]}2"}
        full[form] = {names.get(name, name): value for name, value in full[form].items()}
    for condition in full["conditions"].values():
        condition["responds"] = {}
    full |= {"events": [], "title": "A title that goes on " * 12}
    for nation in full["nations"]:
        nation |= {"reliance": {}, "sensitivity": {}}
    return sim.scenario.load.scenario_from_dict(full)


def hypercube(n_points: int = 64, **more: Any) -> Sweep:
    """A Latin hypercube of three paths, one of them with two categories."""
    vary: dict[str, Any] = {
        BACKING: {"range": [0.1, 0.9]},
        REQUIREMENT: {"range": [1, 100], "spacing": "log"},
    }
    vary[MEETING] = ["present", "absent"]
    return made_up_sweep(vary, lambda v: v[BACKING], design="lhs", points=n_points, **more)
