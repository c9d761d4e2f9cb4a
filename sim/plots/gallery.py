"""Every figure that can be drawn of a stored result, by name: of an ensemble, of a comparison."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from sim.plots.style import DPI, DrawingError, save_figure
from sim.plots.swept.choice import SWEEP_KINDS
from sim.plots.theme import LIGHT, Look
from sim.store.folder import atomic_file
from sim.store.manifest import COMPARISON_KIND, KIND, SWEEP_KIND
from sim.studies.design.outcomes import in_file_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from sim.results.ensemble import Ensemble
    from sim.studies.compare.comparison import Comparison
    from sim.studies.sweep.result import Sweep

KINDS = MappingProxyType(
    {
        "fan_chart": "sim.plots.over_time.fan",
        "outcomes": "sim.plots.final_outcomes",
        "nations_by_day": "sim.plots.by_nation.nations_by_day",
        "stage_chart": "sim.plots.over_time.stages",
        "force_chart": "sim.plots.over_time.force",
        "conditions_chart": "sim.plots.over_time.conditions",
        "tile_map": "sim.plots.by_nation.tile_map",
        "tile_maps": "sim.plots.by_nation.tile_map",
        "joining_order": "sim.plots.by_nation.joining_order",
        "influence": "sim.plots.by_nation.influence",
    }
)
"""Module of each figure of an ensemble, which holds a function of its name."""

COMPARED_KINDS = MappingProxyType(
    {
        "difference_fan": "sim.plots.compared.fan",
        "nation_changes": "sim.plots.compared.nations",
    }
)
"""The same of a comparison."""

KINDS_OF = MappingProxyType({KIND: KINDS, COMPARISON_KIND: COMPARED_KINDS, SWEEP_KIND: SWEEP_KINDS})
"""Figures that can be drawn of a result, by its kind as in its provenance."""

WITH_EVERY_RESULT = ("fan_chart", "nations_by_day")
WITH_EVERY_COMPARISON = tuple(COMPARED_KINDS)

FORMATS = ("png", "svg", "pdf")


class Order(NamedTuple):
    """What to draw and how.

    Attributes
    ----------
    kinds : sequence of str
        Names out of one of `KINDS_OF`.
    formats : sequence of {"png", "svg", "pdf"}
    look : Look
    suffix : str
        Put behind the name of every file, such as ``_dark``.
    dpi : int
        Of PNG files, dots an inch.
    options : mapping of kind to arguments
        Of single figures, such as ``{"tile_map": {"day": 30}}``.
    """

    kinds: Sequence[str] = tuple(KINDS)
    formats: Sequence[str] = ("png",)
    look: Look = LIGHT
    suffix: str = ""
    dpi: int = DPI
    options: MappingProxyType[str, dict[str, Any]] = MappingProxyType({})


class Attempt(NamedTuple):
    """A figure as written into files of these names, or the reason why it cannot be drawn."""

    kind: str
    files: tuple[str, ...]
    reason: str | None


def drawer(kind: str) -> Callable[..., Axes]:
    """Function that draws a kind of figure.

    Raises
    ------
    KeyError
        There is no such kind.
    """
    homes = {name: home for kinds in KINDS_OF.values() for name, home in kinds.items()}
    return cast("Callable[..., Axes]", getattr(import_module(homes[kind]), kind))


def file_names(order: Order, kind: str) -> list[str]:
    """Files that a figure is written into; an outcome that was asked for is part of their names."""
    outcome = order.options.get(kind, {}).get("outcome")
    stem = kind if outcome is None else f"{kind}_{in_file_name(outcome)}"
    return [f"{stem}{order.suffix}.{form}" for form in order.formats]


def draw_each(
    result: Ensemble | Comparison | Sweep, folder: str | Path, order: Order
) -> Iterator[Attempt]:
    """Draw figures into a folder that exists, one by one, each file whole or not at all.

    Parameters
    ----------
    result : Ensemble, Comparison or Sweep, stored or in memory
    folder : str or Path
    order : Order
        Of kinds that can be drawn of such a result.

    Yields
    ------
    Attempt
        After each kind of figure.
    """
    for kind in order.kinds:
        try:
            axes = drawer(kind)(result, look=order.look, **order.options.get(kind, {}))
            names = file_names(order, kind)
            for name in names:
                with atomic_file(Path(folder) / name) as part:
                    save_figure(axes, part, order.dpi)
        except DrawingError as error:
            yield Attempt(kind, (), str(error))
        else:
            yield Attempt(kind, tuple(names), None)


def write_figures(
    result: Ensemble | Comparison | Sweep,
    folder: str | Path,
    kinds: Sequence[str] = WITH_EVERY_RESULT,
) -> list[str]:
    """Names of the figures that every result comes with, written into a folder.

    Parameters
    ----------
    result : Ensemble, Comparison or Sweep
    folder : str or Path
        Made if need be.
    kinds : sequence of str
        `WITH_EVERY_RESULT` for an ensemble, `WITH_EVERY_COMPARISON` for a comparison, and for
        a sweep what `sim.plots.swept.choice.suits` gives.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    return [name for attempt in draw_each(result, folder, Order(kinds)) for name in attempt.files]
