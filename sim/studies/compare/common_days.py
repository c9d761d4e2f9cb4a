"""The days that scenarios of different length have in common."""

from __future__ import annotations

from collections.abc import Iterable

from sim.scenario.events import event_keys
from sim.scenario.schema import Scenario


def common_days(scenarios: Iterable[Scenario]) -> int:
    """Last day that all scenarios reach."""
    return min(scenario.days for scenario in scenarios)


def shortened(scenario: Scenario, days: int) -> Scenario:
    """The first days of a scenario: the same runs, to the last bit, that end sooner.

    Parameters
    ----------
    scenario : Scenario
    days : int, at most those of the scenario

    Raises
    ------
    ValueError
        An event within the days has another of its kind and label, dated after them, before it in
        the file: what is drawn for an event hangs on how many came before it, and would change.

    Examples
    --------
    >>> from sim.scenario.load import scenario_from_dict
    >>> late = {"date": 9, "meeting": "late"}
    >>> scenario = scenario_from_dict({"days": 10, "nations": ["GBR", "FRA"], "events": [late]})
    >>> shortened(scenario, 4).days, shortened(scenario, 4).events
    (4, ())
    """
    if days == scenario.days:
        return scenario
    is_kept = [event.date <= days for event in scenario.events]
    events = tuple(event for event, kept in zip(scenario.events, is_kept, strict=True) if kept)
    fields = {name: getattr(scenario, name) for name in type(scenario).model_fields}
    found = Scenario.model_construct(**{**fields, "days": days, "events": events})
    names = [name for name, kept in zip(event_keys(scenario.events), is_kept, strict=True) if kept]
    for before, after in zip(names, event_keys(found.events), strict=True):
        if before != after:
            _, kind, label = before.rpartition(".")[0].split(".", 2)
            raise ValueError(
                f"scenarios of different length are compared over their first {days} days, and "
                f"one has {kind} {label!r} dated after that before another of the same name: put "
                "them in the order of their dates, or give them names of their own"
            )
    return found
