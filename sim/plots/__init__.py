"""Tables to figures, each of an ensemble, a comparison, a sweep, stored or not, or a trace.

The functions can be had from here by name, ``sim.plots.fan_chart(ensemble)``; each takes ``ax=``,
and draws a figure of its own without.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.plots.by_nation.influence import influence
    from sim.plots.by_nation.joining_order import joining_order
    from sim.plots.by_nation.nations_by_day import nations_by_day
    from sim.plots.by_nation.tile_map import tile_map, tile_maps
    from sim.plots.compared.fan import difference_fan
    from sim.plots.compared.nations import nation_changes
    from sim.plots.final_outcomes import outcomes
    from sim.plots.hazards import hazard_chart
    from sim.plots.over_time.conditions import conditions_chart
    from sim.plots.over_time.fan import fan_chart
    from sim.plots.over_time.force import force_chart
    from sim.plots.over_time.stages import stage_chart
    from sim.plots.style import DrawingError, save_figure
    from sim.plots.swept.condition_map import condition_map
    from sim.plots.swept.outcome_lines import outcome_lines
    from sim.plots.swept.outcome_multiples import outcome_multiples
    from sim.plots.swept.outcome_scatter import outcome_scatter
    from sim.plots.swept.size_strip import size_strip
    from sim.plots.theme import DARK, LIGHT, Look

__all__ = [
    "DARK",
    "LIGHT",
    "DrawingError",
    "Look",
    "condition_map",
    "conditions_chart",
    "difference_fan",
    "fan_chart",
    "force_chart",
    "hazard_chart",
    "influence",
    "joining_order",
    "nation_changes",
    "nations_by_day",
    "outcome_lines",
    "outcome_multiples",
    "outcome_scatter",
    "outcomes",
    "save_figure",
    "size_strip",
    "stage_chart",
    "tile_map",
    "tile_maps",
]

_HOMES = {
    "DARK": "sim.plots.theme",
    "LIGHT": "sim.plots.theme",
    "Look": "sim.plots.theme",
    "DrawingError": "sim.plots.style",
    "save_figure": "sim.plots.style",
    "hazard_chart": "sim.plots.hazards",
}


def __getattr__(name: str) -> object:
    """Public name, imported on first use."""
    if name not in __all__:
        raise AttributeError(f"module 'sim.plots' has no attribute {name!r}")
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    from sim.plots.gallery import drawer

    return drawer(name)


def __dir__() -> list[str]:
    """Public names, loaded or not."""
    return sorted({*globals(), *__all__})
