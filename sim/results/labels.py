"""What people call the quantities of a result, in tables and figures; see docs/glossary.md."""

from __future__ import annotations

from types import MappingProxyType

from sim.results.format import cut_apart
from sim.scenario.schema import Scenario

LONGEST_NAME = 28
"""Letters of a name from a scenario, of a nation, a condition or a kind of contribution."""

SIZE_LABELS = MappingProxyType(
    {
        "size": "public",
        "private_size": "private (public and undisclosed)",
        "firm_size": "firm (pledged or deployed)",
    }
)
"""The three sizes of a coalition, each a number of nations."""


SHARE_LABELS = MappingProxyType(
    {
        "groups_covered": "groups covered",
        "kinds_covered": "kinds covered",
        "capacity_public": "capacity public",
    }
)
"""The three shares that say how broad a coalition is."""


def quantity_label(quantity: str, scenario: Scenario) -> str:
    """What people call a quantity, by the name that tables and JSON have for it.

    Examples
    --------
    >>> from sim.scenario.load import scenario_from_dict
    >>> form = {"days": 9, "nations": ["GBR"], "conditions": {"us_backing": {"level": 0.5}}}
    >>> scenario = scenario_from_dict(form)
    >>> [quantity_label(each, scenario) for each in ("size", "force", "conditions.us_backing")]
    ['public nations', 'force, force units', 'us backing']
    >>> quantity_label("public.GBR", scenario), quantity_label("success", scenario)
    ('GBR public', 'success')
    """
    family, _, name = quantity.partition(".")
    if family == "conditions":
        return condition_labels(scenario)[name]
    if family == "public":
        return f"{name} public"
    if family == "force" and name:
        return f"force: {contribution_labels(scenario)[name]}"
    labels = {
        **SIZE_LABELS,
        "size": "public nations",
        "peak_size": "most public on a day",
        "in_force": "quorum in force",
        "force": f"force, {scenario.force_unit}",
    }
    return labels.get(quantity, quantity.replace(".", " ").replace("_", " "))


def condition_labels(scenario: Scenario, longest: int = LONGEST_NAME) -> dict[str, str]:
    """What people call each condition, by its key, cut so that no two become the same."""
    names = [scenario.condition_name(key) for key in scenario.conditions]
    return dict(zip(scenario.conditions, cut_apart(names, longest), strict=True))


def contribution_labels(scenario: Scenario, longest: int = LONGEST_NAME) -> dict[str, str]:
    """What people call each contribution, by its key, cut so that no two become the same."""
    names = [scenario.contribution_name(key) for key in scenario.contributions]
    return dict(zip(scenario.contributions, cut_apart(names, longest), strict=True))
