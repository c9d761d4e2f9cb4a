"""How figures look: colours, sizes of type, and the size of the figure, in one record."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from matplotlib.colors import Colormap, LinearSegmentedColormap, to_rgb
from matplotlib.typing import ColorType

SMALL, NORMAL, LARGE = 7.5, 9.0, 12.0
"""Sizes of type, points."""

LINE_POINTS = SMALL * 1.35
"""Height of a line of small type, points."""

MEAN_LETTER = 0.52
"""Mean width of a letter of the typeface, in units of its size."""

STAGE_COLOURS = {
    "outside": "#DDDDDD",
    "talks": "#CCBB44",
    "willing": "#EE8866",
    "public": "#4477AA",
    "pledged": "#228833",
    "deployed": "#0D3560",
    "left": "#AA3377",
}
"""One colour a stage in every figure; tones of the schemes of [Tol2021]_, picked so that they can
be told apart with each kind of colour blindness (measured in tests/plots/test_colours.py)."""

PUBLIC_COLOUR, PRIVATE_COLOUR = STAGE_COLOURS["public"], STAGE_COLOURS["willing"]
INK, FAINT = "#222222", "#6A6A6A"

STAGE_COLOURS_ON_DARK = {
    "outside": "#5A5F66",
    "talks": "#DDCC77",
    "willing": "#EE8866",
    "public": "#77AADD",
    "pledged": "#44BB99",
    "deployed": "#CDE4F7",
    "left": "#CC5599",
}

SERIES = ("#0077BB", "#EE7733", "#009988", "#EE3377", "#66CCEE", "#CC3311", "#444444", "#BBBBBB")
SERIES_ON_DARK = (
    *("#77AADD", "#EE8866", "#44BB99", "#AA4499", "#CCBB44", "#EE6677", "#99DDFF", "#DDDDDD"),
)
"""Colours of contributions, conditions and terms, in their order; later ones share the last."""

Dashes = str | tuple[float, tuple[float, ...]]

DASHES: tuple[Dashes, ...] = (
    "solid",
    (0, (5, 2)),
    (0, (5, 1.5, 1.2, 1.5)),
    (0, (2, 1.2)),
    (0, (9, 2)),
    (0, (5, 1.5, 1.2, 1.5, 1.2, 1.5)),
    (0, (9, 2, 2, 2)),
    (0, (1, 1)),
)
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "h")
HATCHES = ("", "////", "....", "\\\\\\\\", "----", "xxxx", "||||", "oo")
"""What tells things that stand in a row apart where colours do not: on grey paper, say."""

STAGE_HATCHES = MappingProxyType(
    {
        "outside": "",
        "talks": "....",
        "willing": "////",
        "public": "",
        "pledged": "\\\\\\\\",
        "deployed": "xxxx",
        "left": "----",
    }
)
"""Of areas of stages; the two that have none differ most in lightness."""


@dataclass(frozen=True)
class Theme:
    """What a figure is drawn with.

    Attributes
    ----------
    paper, ink, faint, grid : str
        Colours of the ground, of text and axes, of small print, of grid lines.
    stages : mapping of stage to colour
    series : tuple of str
        Colours of things that stand in a row, such as kinds of contribution.
    chances : tuple of str
        From never to always: the colours of a chance of being public, even in lightness.
    width, height : float or None, inches
        Size of the figure; None for what suits it.
    is_plain : bool
        Whether titles, small print and labels of events are left out.
    """

    paper: str
    ink: str
    faint: str
    grid: str
    stages: MappingProxyType[str, str]
    series: tuple[str, ...]
    chances: tuple[str, ...]
    width: float | None = None
    height: float | None = None
    is_plain: bool = False

    @property
    def public(self) -> str:
        """Colour of public size."""
        return self.stages["public"]

    @property
    def private(self) -> str:
        """Colour of what is decided and undisclosed."""
        return self.stages["willing"]

    @property
    def settings(self) -> dict[str, Any]:
        """Settings of Matplotlib (rcParams) that text, axes and legends are made with."""
        ink = self.ink
        return {
            "text.color": ink,
            "text.parse_math": False,
            "grid.color": self.grid,
            "axes.facecolor": "none",
            "axes.edgecolor": ink,
            "axes.labelcolor": ink,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.labelsize": NORMAL,
            "axes.titlesize": LARGE,
            "axes.titlelocation": "left",
            "grid.linewidth": 0.8,
            "xtick.color": ink,
            "xtick.labelsize": SMALL,
            "xtick.labelcolor": ink,
            "ytick.color": ink,
            "ytick.labelsize": SMALL,
            "ytick.labelcolor": ink,
            "legend.frameon": False,
            "legend.fontsize": SMALL,
            "legend.borderaxespad": 0,
        }

    def sized(self, width: float | None = None, height: float | None = None) -> Theme:
        """The same theme at another size, inches."""
        return replace(self, width=width, height=height)

    def series_colour(self, place: int) -> str:
        """Colour of the n-th of a row, from 0."""
        return self.series[min(place, len(self.series) - 1)]

    def chance_colours(self) -> Colormap:
        """Colour map of a chance, from 0 to 1; no chance at all is the ground."""
        colours = LinearSegmentedColormap.from_list("chance", list(self.chances))
        return colours.with_extremes(bad=self.paper)


LIGHT = Theme(
    paper="white",
    ink=INK,
    faint=FAINT,
    grid="#E8E8E8",
    stages=MappingProxyType(STAGE_COLOURS),
    series=SERIES,
    chances=("#EEEEEA", "#BBD0E4", PUBLIC_COLOUR, "#16324F"),
)
"""Ink on white, for journals."""

DARK = Theme(
    paper="#15181C",
    ink="#EDEDED",
    faint="#A5A9AE",
    grid="#30353B",
    stages=MappingProxyType(STAGE_COLOURS_ON_DARK),
    series=SERIES_ON_DARK,
    chances=("#23282E", "#2F5277", "#5B93C7", "#CDE4F7"),
)
"""Light on dark, for slides."""

THEMES = MappingProxyType({"light": LIGHT, "dark": DARK})


def is_dark(colour: ColorType) -> bool:
    """True if light text reads better on a colour than dark text.

    Examples
    --------
    >>> is_dark("#16324F"), is_dark("#F4F4F1")
    (True, False)
    """
    red, green, blue = (_linear(part) for part in to_rgb(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.18


def _linear(part: float) -> float:
    """Light that a part of an sRGB colour stands for [WCAG2023]_."""
    return float(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4)
