"""The sheet that a figure stands on: its size and settings, heading, small print and file."""

from __future__ import annotations

import logging
import re
import textwrap
import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import wraps
from inspect import Parameter, signature
from io import BytesIO
from math import ceil
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from sim.plots.catalogue import DrawingError
from sim.plots.fonts import add_typefaces, missing_letters, typefaces_for
from sim.plots.theme import LARGE, LIGHT, LINE_POINTS, MEAN_LETTER, NORMAL, SMALL, Theme
from sim.results.format import counted, cut

if TYPE_CHECKING:
    from sim.results.ensemble import Ensemble
    from sim.scenario.schema import Scenario

HEADING_SHARE = 0.75
"""Of the figure's width, what a heading may take up."""

DPI = 150

GIVEN = "given all numbers that the scenario does not draw"
"""What chances and ranges of an ensemble rest on, as small print says it: also where it draws
numbers, alone or jointly, and where it draws none."""

LEAST_INCHES = 0.7
"""Height of the axes of a figure below which its height is refused."""

WINDOWS = (
    "backend",
    "backend_fallback",
    "interactive",
    "toolbar",
    "webagg.",
    "tk.",
    "figure.hooks",
)
"""Settings of Matplotlib that have to do with windows, which stay the user's."""

_DEFAULTS: dict[Any, Any] = dict(matplotlib.rcParamsDefault)
PLAIN: dict[Any, Any] = {k: v for k, v in _DEFAULTS.items() if not k.startswith(WINDOWS)}
PLAIN |= {"svg.hashsalt": "willing", "pdf.fonttype": 42}
"""Matplotlib's settings as it comes, with files that are the same each time, type in PDF as type
(journals refuse outlines)."""

UNDATED = MappingProxyType({"svg": {"Date": None}, "pdf": {"CreationDate": None}})


def settings(look: Theme) -> AbstractContextManager[None]:
    """Context in which Matplotlib has our settings, whatever the user's are."""
    ours: dict[Any, Any] = PLAIN | look.settings
    return matplotlib.rc_context(ours)


class Sheet(Figure):
    """A figure of its own, drawn and saved under our settings, without any window.

    Attributes
    ----------
    look : Theme
    is_given : bool
        Whether a figure is being drawn into axes of it that were given, without small print.
    type_in_svg : {"path", "none"}
        What letters are in an SVG: outlines, or text, which takes whatever typeface is there.
    """

    is_given = False
    type_in_svg = "path"

    def __init__(self, width: float, height: float, look: Theme = LIGHT) -> None:
        self.look = look
        size = (look.width or width, look.height or height)
        with settings(look):
            super().__init__(figsize=size, layout="constrained", facecolor=look.paper)
            self._agg = FigureCanvasAgg(self)

    def draw(self, renderer: Any) -> None:
        """Draw the figure."""
        with settings(self.look), matplotlib.rc_context({"svg.fonttype": self.type_in_svg}):
            super().draw(renderer)

    def savefig(self, *arguments: Any, **options: Any) -> None:
        """Write the figure into a file."""
        with settings(self.look), matplotlib.rc_context({"svg.fonttype": self.type_in_svg}):
            super().savefig(*arguments, **options)

    def write_png(self, image: BytesIO, dpi: int) -> None:
        """Write the figure as `savefig` does, which draws it twice."""
        before = self.dpi
        self.dpi = dpi
        try:
            self._agg.print_png(image, metadata=UNDATED.get("png"))  # type: ignore[no-untyped-call]
        finally:
            self.dpi = before


def on_sheet(draw: Callable[..., Axes]) -> Callable[..., Axes]:
    """Have a function draw under our settings, and into axes of the user's under theirs.

    Colours and sizes of what the function itself draws are those of its `look` in any case. The
    function takes the keyword ``plain`` as well, for a look without words around what is drawn.
    """
    parameters = signature(draw)

    @wraps(draw)
    def drawn(*arguments: Any, plain: bool = False, **options: Any) -> Axes:
        given = parameters.bind(*arguments, **options)
        look, axes = given.arguments.get("look", LIGHT), given.arguments.get("ax")
        if plain:
            look = given.arguments["look"] = replace(look, is_plain=True)
        if axes is None:
            with settings(look):
                axes = draw(*given.args, **given.kwargs)
                add_typefaces(figure_of(axes))
                return axes
        colours: dict[Any, Any] = look.settings
        with matplotlib.rc_context(colours):
            for label in (axes.xaxis.label, axes.yaxis.label):
                label.set(
                    fontsize=look.settings["axes.labelsize"], color=look.ink, parse_math=False
                )
            sheet = figure_of(axes)
            if isinstance(sheet, Sheet):
                sheet.is_given = True
            try:
                return draw(*given.args, **given.kwargs)
            finally:
                if isinstance(sheet, Sheet):
                    sheet.is_given = False

    more = Parameter("plain", Parameter.KEYWORD_ONLY, default=False, annotation="bool")
    known = [*parameters.parameters.values(), more]
    drawn.__signature__ = parameters.replace(parameters=known)  # type: ignore[attr-defined]
    return drawn


def new_axes(width: float, height: float, look: Theme = LIGHT) -> Axes:
    """The axes of a new figure, sized in inches unless the look has a size."""
    with settings(look):
        axes = Sheet(width, height, look).add_subplot()
    axes.tick_params(labelsize=SMALL, colors=look.ink)  # also of ticks that are made later
    return axes


def require_height(look: Theme, inches: float) -> None:
    """Refuse a figure whose given height is too small.

    Raises
    ------
    DrawingError
    """
    if look.height is not None and look.height < inches:
        least = f"{ceil(10 * inches) / 10:.1f}"
        raise DrawingError(
            f"it takes {least} inches of height, and is given {look.height:g}: ask for more, or "
            "leave out the height"
        )


def figure_of(axes: Axes) -> Figure:
    """Figure that the axes belong to."""
    return cast(Figure, axes.get_figure(root=True))


def heading(axes: Axes, text: str, n_lines: int = 0, look: Theme = LIGHT) -> None:
    """Say what the figure shows, above its left edge and above `n_lines` of labels there."""
    write_heading(axes, fitted_heading(figure_of(axes), text), n_lines, look)


def fitted_heading(figure: Figure, text: str) -> str:
    """A heading in lines that leave room at the right of the figure."""
    across = figure.get_figwidth() * 72 * HEADING_SHARE
    return textwrap.fill(text, max(12, int(across / (LARGE * MEAN_LETTER))))


def write_heading(axes: Axes, text: str, n_lines: int, look: Theme) -> None:
    """Write a heading of given lines above the left edge of axes, unless the look is plain."""
    if look.is_plain:
        return
    pad = 6 + n_lines * LINE_POINTS
    axes.set_title(text, loc="left", size=LARGE, color=look.ink, pad=pad, parse_math=False)


def head_figure(axes: Axes, text: str, look: Theme) -> None:
    """Say above all panels of a figure of ours what it shows."""
    figure = figure_of(axes)
    if isinstance(figure, Sheet) and not figure.is_given and not look.is_plain:
        lines = fitted_heading(figure, text)
        figure.suptitle(lines, x=0.01, ha="left", size=LARGE, color=look.ink, parse_math=False)


def say_empty(axes: Axes, text: str, look: Theme) -> None:
    """Say in the middle of axes that there is nothing to draw, and why."""
    letters = int(0.7 * figure_of(axes).get_figwidth() * axes.get_position().width * 72 / NORMAL)
    axes.text(
        0.5,
        0.55,
        textwrap.fill(text, int(letters / MEAN_LETTER)),
        transform=axes.transAxes,
        ha="center",
        va="center",
        size=NORMAL,
        color=look.ink,
        zorder=4,
        parse_math=False,
        bbox={"facecolor": look.paper, "edgecolor": look.faint, "lw": 0.6, "pad": 6},
    )


def title_of(scenario: Scenario) -> str:
    """Title of a scenario in small print."""
    return cut(scenario.title, 80) or "untitled scenario"


def ensemble_line(ensemble: Ensemble) -> str:
    """What an ensemble is: title, runs, seed, digest."""
    scenario, runs = ensemble.scenario, counted(ensemble.n_runs, "run")
    return f"{title_of(scenario)} · {runs} · seed {ensemble.seed} · digest {scenario.digest[:8]}"


def small_print(axes: Axes, drawn_from: str, note: str = "", look: Theme = LIGHT) -> None:
    """Say under a figure of ours what it was drawn from, and what else a reader must know."""
    figure = figure_of(axes)
    if not isinstance(figure, Sheet) or figure.is_given or look.is_plain:
        return
    points = figure.get_figwidth() * 72 - 8
    lines = [line for text in (drawn_from, note) for line in fitted(text, points)]
    style: dict[str, Any] = {"size": SMALL, "color": look.faint, "linespacing": 1.3}
    figure.supxlabel("\n".join(lines), x=0.01, ha="left", parse_math=False, **style)


def fitted(text: str, points: float) -> list[str]:
    """Lines of small type that are no wider than so many points, as measured."""
    letters = int(points / (SMALL * MEAN_LETTER))
    figure, families = Figure(dpi=72), typefaces_for(text)
    while True:
        tied = textwrap.wrap(text.replace(" %", "\u00a0%"), letters)
        lines = [line.replace("\u00a0", " ") for line in tied]
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Glyph .* missing")
            texts = [
                Text(
                    text=line,
                    fontsize=SMALL,
                    fontfamily=families,
                    figure=figure,
                    parse_math=False,
                )
                for line in lines
            ]
            boxes = [each.get_window_extent() for each in texts]
        if letters < 12 or all(box.width <= points for box in boxes):
            return lines
        # Down to the length of the longest line, the lines would be the same.
        letters = max(11, max(map(len, lines)) - 1)


def save_figure(axes: Axes, file: str | Path, dpi: int = DPI) -> None:
    """Write the figure that the axes belong to; PNG, SVG or PDF by the suffix.

    The same figure gives the same file: no date and no random identifiers are put in. Type in a
    PDF stays type (journals refuse outlines). Letters that no installed typeface has are drawn as
    boxes, and logged.

    Raises
    ------
    DrawingError
        The figure is too small for what is on it.
    OSError
        The disk is full, read-only or failed.
    """
    file = Path(file)
    image, missing = image_of(axes, file.suffix.lower()[1:], dpi)
    file.write_bytes(image)
    if missing:
        logging.getLogger(__name__).warning(
            "%s: the typeface lacks %s; boxes stand for these letters", file.name, missing
        )


def image_of(
    axes: Axes, form: str, dpi: int = DPI, type_as_text: bool = False
) -> tuple[bytes, str]:
    """A figure as the bytes of a file of a format, and the letters that the typeface lacks.

    Parameters
    ----------
    axes : Axes
    form : {"png", "svg", "pdf"}
    dpi : int
    type_as_text : bool
        Letters in an SVG are text, for pages: outlines take most of its bytes.

    Raises
    ------
    DrawingError
        The figure is too small for what is on it.
    """
    figure, image = figure_of(axes), BytesIO()
    if isinstance(figure, Sheet) and type_as_text:
        figure.type_in_svg = "none"
    with (
        warnings.catch_warnings(record=True) as caught,
        matplotlib.rc_context({name: PLAIN[name] for name in ("svg.hashsalt", "pdf.fonttype")}),
    ):
        warnings.simplefilter("always")
        if isinstance(figure, Sheet) and form == "png":
            figure.write_png(image, dpi)
        else:
            figure.savefig(image, format=form, dpi=dpi, metadata=UNDATED.get(form))
    for each in caught:
        if re.match(r"Glyph \d+ .*missing", str(each.message)):
            continue
        if str(each.message).startswith("constrained_layout not applied"):
            width, height = figure.get_size_inches()
            raise DrawingError(
                f"{width:g} by {height:g} inches are too small for it: ask for more, or leave out "
                "width and height"
            )
        warnings.warn_explicit(each.message, each.category, each.filename, each.lineno)
    if isinstance(figure, Sheet):  # a height that was given may be enough for words alone
        height, place = figure.get_figheight(), axes.get_subplotspec()
        n_rows = 1 if place is None else place.get_gridspec().nrows  # which share what is added
        missing = LEAST_INCHES - axes.get_position().height * height
        require_height(figure.look, height + n_rows * missing)
    with settings(figure.look) if isinstance(figure, Sheet) else nullcontext():
        return image.getvalue(), missing_letters(figure)
