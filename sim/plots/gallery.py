"""Every figure that can be drawn of an ensemble, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from sim.plots.look import LIGHT, Look
from sim.plots.style import DPI, DrawingError, save_figure
from sim.results.stored.folder import whole_file

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from sim.results.ensemble import Ensemble

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
"""Module of each figure, which holds a function of its name."""

WITH_EVERY_RESULT = ("fan_chart", "nations_by_day")

FORMATS = ("png", "svg", "pdf")


class Order(NamedTuple):
    """What to draw and how.

    Attributes
    ----------
    kinds : sequence of str
        Names out of `KINDS`.
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
    return cast("Callable[..., Axes]", getattr(import_module(KINDS[kind]), kind))


def file_names(order: Order, kind: str) -> list[str]:
    """Files that a figure is written into."""
    return [f"{kind}{order.suffix}.{form}" for form in order.formats]


def draw_each(ensemble: Ensemble, folder: str | Path, order: Order) -> Iterator[Attempt]:
    """Draw figures into a folder that exists, one by one, each file whole or not at all.

    Parameters
    ----------
    ensemble : Ensemble, stored or in memory
    folder : str or Path
    order : Order

    Yields
    ------
    Attempt
        After each kind of figure.
    """
    for kind in order.kinds:
        try:
            axes = drawer(kind)(ensemble, look=order.look, **order.options.get(kind, {}))
            names = file_names(order, kind)
            for name in names:
                with whole_file(Path(folder) / name) as part:
                    save_figure(axes, part, order.dpi)
        except DrawingError as error:
            yield Attempt(kind, (), str(error))
        else:
            yield Attempt(kind, tuple(names), None)


def write_figures(ensemble: Ensemble, folder: str | Path) -> list[str]:
    """Names of the figures that every result comes with, written into a folder.

    Parameters
    ----------
    ensemble : Ensemble
    folder : str or Path
        Made if need be.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    order = Order(kinds=WITH_EVERY_RESULT)
    return [name for attempt in draw_each(ensemble, folder, order) for name in attempt.files]
