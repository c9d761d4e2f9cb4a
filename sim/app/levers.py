"""The numbers and events of a scenario as levers of a page: named, bounded and in groups.

All of them come from `Scenario.parameters` and the events of the scenario; none is listed by hand.
"""

from __future__ import annotations

from math import floor, log10
from types import MappingProxyType
from typing import Any

from sim.results.format import day_text
from sim.results.format import number as number_text
from sim.scenario.addresses import event_steps
from sim.scenario.distribution import PARAMETERS, Distribution
from sim.scenario.drawn_date import DrawnDate
from sim.scenario.files.variants import path_of, path_steps
from sim.scenario.joint_draws import JointDate, JointNumber
from sim.scenario.labels import event_words
from sim.scenario.parts import Nation
from sim.scenario.paths import Parameter
from sim.scenario.schema import Scenario

FIRST_GROUPS = ("conditions", "commitment", "success", "events", "contributions", "ties")
"""Sections of a scenario that a page shows first; the others follow, the largest last."""

RUN = "run"
"""Group of the numbers that stand in no section: days, tempo and climate."""

STEPS_OF_SLIDER = 100

FULL_RANGE = 1.0
"""A number whose bounds lie so far apart has a slider over all of them; others one around what the
scenario has, and the box beside it takes all that is allowed."""

DRAWN_DAY = "a day that is drawn"
TOGETHER = "Drawn together with other numbers, by a table: only a file can change it."
STAGES_TOGETHER = "The chances of stages add up to 1: only a file can change them."
EXCLUSIVE = MappingProxyType({"reliance": "sensitivity", "sensitivity": "reliance"})
"""A nation either relies on a condition or is pressed by it."""

IN_LIST = "Only a file can change it."


def groups_of(scenario: Scenario) -> list[dict[str, Any]]:
    """The groups of levers, each with its parts, and those with their levers; ready for JSON.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    list of dict
        A group has ``name``, ``title`` and ``parts``; a part ``name``, ``title``, ``levers`` and,
        if it is of an event, ``event``, if of a nation, ``nation``.

    Examples
    --------
    >>> from sim.scenario.load import load_scenario
    >>> first = groups_of(load_scenario("paris_2025"))[0]
    >>> first["title"], [part["title"] for part in first["parts"]]
    ('Conditions', ['US backing', 'acceptability to Ukraine'])
    >>> lever = first["parts"][0]["levers"][0]
    >>> lever["path"], lever["label"], lever["value"], lever["slider"]
    ('conditions.us_backing.level', 'level', 0.35, {'low': 0.01, 'high': 0.99, 'step': 0.01})
    """
    groups: dict[str, dict[str, dict[str, Any]]] = {}
    for event in events_of(scenario):
        part = {"name": event["path"], "title": event["title"], "event": event, "levers": []}
        groups.setdefault("events", {})[event["path"]] = part
    announced = _announced(scenario)
    for nation in scenario.nations:
        name = path_of(("nations", nation.id))
        groups.setdefault("nations", {})[name] = {
            "name": name,
            "title": nation.name or nation.id,
            "nation": {"id": nation.id, "announces": announced.get(nation.id)},
            "levers": [],
        }
    for parameter in scenario.parameters():
        group, name, title = _part_of(scenario, parameter)
        part = {"name": name, "title": title, "levers": []}
        parts = groups.setdefault(group, {})
        parts.setdefault(name, part)["levers"].append(lever_of(scenario, parameter))
    return [
        {"name": name, "title": name.replace("_", " ").capitalize(), "parts": [*parts.values()]}
        for name, parts in sorted(groups.items(), key=_place_of_group)
    ]


def _place_of_group(group: tuple[str, dict[str, dict[str, Any]]]) -> tuple[int, int]:
    """Where a group stands: in the order of `FIRST_GROUPS`, then by its size."""
    name, parts = group
    is_first = name in FIRST_GROUPS
    place = FIRST_GROUPS.index(name) if is_first else len(FIRST_GROUPS)
    return place, 0 if is_first else sum(len(part["levers"]) for part in parts.values())


def events_of(scenario: Scenario) -> list[dict[str, Any]]:
    """The events of a scenario: path, title, kind, when, and who takes part."""
    found = []
    for number, (event, steps) in enumerate(
        zip(scenario.events, event_steps(scenario), strict=True)
    ):
        nations = getattr(event, event.nations) if event.nations else ()
        found.append(
            {
                "path": path_of(("events", *steps)),
                "title": event_words(scenario, number),
                "kind": event.kind,
                "when": when_text(scenario, event.date),
                "nations": "all" if nations == "all" else list(nations),
            }
        )
    return found


def when_text(scenario: Scenario, date: int | DrawnDate) -> str:
    """When an event takes place, in words.

    Examples
    --------
    >>> from sim.scenario.load import load_scenario
    >>> when_text(load_scenario("paris_2025"), -8)
    '2 Mar 2025'
    """
    return DRAWN_DAY if isinstance(date, DrawnDate) else day_text(scenario.start, date)


def _announced(scenario: Scenario) -> dict[str, int | None]:
    """For each nation that an event of the scenario puts in public, the day of the first."""
    found: dict[str, int | None] = {}
    for event in scenario.events:
        if event.kind == "move" and getattr(event, "to", "") == "public":
            for nation in getattr(event, event.nations):
                found.setdefault(nation, event.date if isinstance(event.date, int) else None)
    return found


def _part_of(scenario: Scenario, parameter: Parameter) -> tuple[str, str, str]:
    """The group of a parameter, and the name and title of its part."""
    group, *below = path_steps(parameter.path)
    owner, colon, _ = parameter.label.rpartition(": ")
    if not below:
        return RUN, RUN, ""
    if group == "events":
        number = int(parameter.fields[0].split(".")[1])
        name = path_of(("events", *event_steps(scenario)[number]))
    elif group == "nations":
        name = path_of((group, below[0]))
    else:
        name = f"{group}.{owner}" if colon else group
    return group, name, owner if colon else ""


def lever_of(scenario: Scenario, parameter: Parameter) -> dict[str, Any]:
    """A number as a lever, ready for JSON.

    Parameters
    ----------
    scenario : Scenario
    parameter : Parameter

    Returns
    -------
    dict
        ``value`` is None where the scenario does not set it or draws it; ``drawn`` then says how.
        ``fixed`` says why a page cannot change it; empty where it can.
    """
    value, bounds, is_date = parameter.value, parameter.bounds, _is_date(parameter)
    is_drawn = isinstance(value, Distribution)
    middle = _middle(value) if isinstance(value, Distribution) else value
    return {
        "path": parameter.path,
        "label": parameter.label.rpartition(": ")[2],
        "unit": parameter.unit,
        "help": parameter.help,
        "low": bounds.low,
        "high": bounds.high,
        "open_low": bounds.open_low,
        "open_high": bounds.open_high,
        "whole": bounds.is_whole,
        "value": None if is_drawn else value,
        "drawn": drawn_text(value) if isinstance(value, Distribution) else "",
        "fixed": _why_fixed(scenario, parameter),
        "date": is_date,
        "slider": _slider(parameter, middle, scenario.days if is_date else None),
        "middle": middle,
    }


def _is_date(parameter: Parameter) -> bool:
    steps = path_steps(parameter.path)
    return steps[0] == "events" and steps[-1] in ("date", "collapses")


def _why_fixed(scenario: Scenario, parameter: Parameter) -> str:
    """Why a page cannot change a number by itself; empty where it can."""
    steps = path_steps(parameter.path)
    if isinstance(parameter.value, JointDate | JointNumber):
        return TOGETHER
    if steps[0] == "nations" and "stage" in steps[2:3]:
        return STAGES_TOGETHER
    if steps[0] == "nations" and steps[2] in EXCLUSIVE and parameter.value == 0:
        nation = next(each for each in scenario.nations if each.id == steps[1])
        if getattr(nation, EXCLUSIVE[steps[2]])[steps[3]] != 0:
            return f"0, as the nation has {EXCLUSIVE[steps[2]]} there: only one of them can be set."
    return IN_LIST if steps[:2] == ("ties", "dyads") else ""


def _middle(law: Distribution) -> float | None:
    """A value in the middle of a distribution, where its slider stands; None if none is known."""
    if isinstance(law, JointDate | JointNumber):
        return None
    if isinstance(law, DrawnDate):
        return float(law.quantile(0.5))
    place = {"uniform": sum(law.parameters[:2]) / 2, "beta": None, "lognormal": None}
    found = place.get(law.kind, law.parameters[1 if law.kind == "triangular" else 0])
    return None if found is None else min(law.high, max(law.low, found))


def drawn_text(law: Distribution) -> str:
    """How a number is drawn, in words.

    Examples
    --------
    >>> drawn_text(Distribution("normal", (0.5, 0.1)))
    'normal: mean 0.50, sd 0.10'
    """
    if isinstance(law, JointDate | JointNumber):
        return "by a table"
    if law.kind not in PARAMETERS:
        return "one of several days"
    names = PARAMETERS[law.kind]
    values = zip(names, law.parameters, strict=True)
    return f"{law.kind}: " + ", ".join(f"{name} {number_text(value)}" for name, value in values)


def _slider(parameter: Parameter, value: float | None, n_days: int | None) -> dict[str, float]:
    """The range of a slider and its step: around the value where the bounds lie far apart."""
    bounds = parameter.bounds
    if n_days is not None:
        first = 1 if value is None else min(1, int(value) - 30 if value < 1 else 1)
        last = float(n_days) if value is None else max(float(n_days), float(value))
        return {"low": float(max(bounds.low, first)), "high": last, "step": 1.0}
    if bounds.high - bounds.low <= FULL_RANGE:
        low, high = float(bounds.low), float(bounds.high)
    else:
        at = 0.0 if value is None else float(value)
        reach = max(2 * abs(at), 1.0 if at == 0 else 0.0)
        low = max(float(bounds.low), 0.0 if at > 0 else -reach)
        high = min(float(bounds.high), reach)
        if high <= low:
            high = float(bounds.high)
    step = round_step((high - low) / STEPS_OF_SLIDER)
    step = max(1.0, step) if bounds.is_whole else step
    low += step if bounds.open_low and low == bounds.low else 0.0
    high -= step if bounds.open_high and high == bounds.high else 0.0
    return {"low": low, "high": high, "step": step}


def round_step(least: float) -> float:
    """The smallest of 1, 2 and 5 times a power of ten that is not below a number.

    Examples
    --------
    >>> round_step(0.01), round_step(0.03), round_step(7.0)
    (0.01, 0.05, 10.0)
    """
    power = floor(log10(least))
    for digit in (1, 2, 5):
        step = float(f"{digit}e{power}")
        if step >= least * (1 - 1e-9):
            return step
    return float(f"1e{power + 1}")


def nations_of(scenario: Scenario) -> list[dict[str, str]]:
    """Id and name of each nation, in the order of the scenario."""
    return [{"id": each.id, "name": _name(each)} for each in scenario.nations]


def _name(nation: Nation) -> str:
    return nation.name or nation.id
