"""Tables to figures, each of an ensemble, a comparison, a sweep, stored or not, or a trace.

The functions can be had from here by name, ``sim.plots.fan_chart(ensemble)``; each returns the
Axes. All take

ax : Axes, optional
    Where to draw; by default a new figure, which has small print as well. Size, typeface and all
    other settings of a figure that is given stay its own.
look : Theme
    Colours, sizes of type and the size of a new figure: `LIGHT`, `DARK`, or either ``.sized()``.
plain : bool
    Leave out the title, the small print and the labels of events, for a journal that has them in
    its caption.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from sim.plots.catalogue import FIGURES, DrawingError, drawer, import_drawing

_HOMES = MappingProxyType(
    {
        "DARK": ("sim.plots.theme", "DARK"),
        "LIGHT": ("sim.plots.theme", "LIGHT"),
        "Look": ("sim.plots.theme", "Theme"),
        "Theme": ("sim.plots.theme", "Theme"),
        "save_figure": ("sim.plots.sheet", "save_figure"),
    }
)

__all__ = ["DrawingError", *_HOMES, *FIGURES]  # noqa: PLE0604 (they are strings)


def __getattr__(name: str) -> Any:
    """Public name, imported on first use: Matplotlib takes a while."""
    if name in FIGURES:
        return drawer(name)
    if name not in _HOMES:
        raise AttributeError(f"module 'sim.plots' has no attribute {name!r}")
    module, found = _HOMES[name]
    return getattr(import_drawing(module), found)


def __dir__() -> list[str]:
    """Public names, loaded or not."""
    return sorted({*globals(), *__all__})
