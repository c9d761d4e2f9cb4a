"""How broad a coalition is, by day: shares of groups, kinds of contribution and capacity."""

from __future__ import annotations

from sim.scenario.parts import BREADTH, NO_CAPACITY, NO_GROUPS, NO_KINDS
from sim.scenario.schema import Scenario


def why_undefined(name: str, scenario: Scenario) -> str:
    """Why a scenario has no such share; empty if it has one.

    Parameters
    ----------
    name : str
        One of `sim.scenario.parts.BREADTH`.
    """
    if name == "groups_covered":
        return "" if scenario.ties.groups else NO_GROUPS
    if name == "kinds_covered":
        return "" if scenario.contributions else NO_KINDS
    return "" if scenario.has_capacity else NO_CAPACITY


def defined_shares(scenario: Scenario) -> tuple[str, ...]:
    """The shares that a scenario has."""
    return tuple(name for name in BREADTH if not why_undefined(name, scenario))


def n_parts(name: str, scenario: Scenario) -> int:
    """Groups or kinds of which a share is counted; 0 for a share of capacity."""
    if name == "groups_covered":
        return len(scenario.ties.groups)
    return len(scenario.contributions) if name == "kinds_covered" else 0
