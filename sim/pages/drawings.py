"""Figures of `sim.plots` as SVG in the colours of the page, for results that have them.

A figure is drawn in the light and in the dark theme. The two files differ in colours alone, so that
one of them, with a variable for each pair of colours, is both.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any

from markupsafe import Markup

from sim.plots.catalogue import FIGURES, DrawingError, default_figures, drawer, import_drawing
from sim.results.format import printable

_TAG = re.compile(r"<[a-zA-Z][^<>]*>")
_STYLE = re.compile(r' style="([^"]*)"')
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}\b|#[0-9a-fA-F]{3}\b")
_ID = re.compile(r' id="([^"]*)"')
_USED = re.compile(r'(?:url\(#|href="#)([^")]+)')
_USE = re.compile(r'(url\(#|href="#)([^")]+)')
_LEFT_OUT = (
    re.compile(r"<metadata>.*?</metadata>", re.DOTALL),
    re.compile(r"<style .*?</style>", re.DOTALL),
    re.compile(r"<!--.*?-->", re.DOTALL),
    re.compile(r"<defs>\s*</defs>"),
)
_PLACES = re.compile(r' (?:d|x|y|points)="[^"]*"')
_LONG = re.compile(r"\d+\.\d{3,}")
_FAMILY = re.compile(r"font-family:[^;\"]*;?")
_FONT = re.compile(r"font: ?(?:[a-z]+ )*([\d.]+px)[^;]*")
_BREAK = re.compile(r"\s*\n\s*")
_SIZE = re.compile(r'<svg [^>]*?width="([\d.]+)pt" height="([\d.]+)pt"[^>]*>')
_DATA = re.compile(r'href="data:image/png;base64,[^"]*"')
LEAST_WIDTH = 620
"""Pixels, below which a figure is scrolled, as its type would be too small to read."""


_DRAWING = Lock()
"""Settings of Matplotlib hold for the whole process: one thread draws at a time."""


class Drawings:
    """The drawings of one page, and the style rules that they share.

    Attributes
    ----------
    pairs : dict of str to (str, str)
        Colours by the name of their variable, light and dark.
    """

    def __init__(self) -> None:
        self.pairs: dict[str, tuple[str, str]] = {}
        self._names: dict[tuple[str, str], str] = {}
        self._classes: dict[str, str] = {}
        self._n_drawn = 0

    @property
    def rules(self) -> str:
        """The rules of all drawings so far."""
        found = [f".{name}{{{style}}}" for style, name in self._classes.items()]
        return "\n".join([".drawn *{stroke-linejoin:round;stroke-linecap:butt}", *found])

    def of(
        self, result: object, words: str, options: Mapping[str, Any] | None = None
    ) -> list[Markup]:
        """The figures that a result comes with, each an element ``svg``.

        Those that cannot be drawn are left out.

        Parameters
        ----------
        result : object
        words : str
            What the text alternative of each says after what it shows.
        options : mapping of str to mapping, optional
            Arguments of single figures.
        """
        found = []
        for kind in default_figures(result):
            try:
                sides = self._both(result, kind, (options or {}).get(kind, {}))
            except DrawingError:
                continue
            shows = FIGURES[kind].shows
            label = f"{shows[0].upper()}{shows[1:]}. {words}"
            found.append(self._one(sides, label))
        return found

    def _both(self, result: object, kind: str, options: Mapping[str, Any]) -> Sequence[str]:
        draw, sheet = drawer(kind), import_drawing("sim.plots.sheet")
        theme = import_drawing("sim.plots.theme")
        with _DRAWING:
            axes = (draw(result, look=look, **options) for look in (theme.LIGHT, theme.DARK))
            images = [sheet.image_of(each, "svg", type_as_text=True)[0] for each in axes]
        return [image.decode("utf-8") for image in images]

    def _one(self, sides: Sequence[str], label: str) -> Markup:
        """One drawing of the light and the dark one."""
        self._n_drawn += 1
        names = (f"d{self._n_drawn}", f"n{self._n_drawn}")
        light, dark = (_cleaned(each, names[0]) for each in sides)
        if _COLOUR.sub("", _DATA.sub("", light)) == _COLOUR.sub("", _DATA.sub("", dark)):
            drawn = self._coloured(light, dark)
        else:  # not only colours differ: both, of which the page shows one
            dark = _cleaned(sides[1], names[1])
            drawn = f'<g class="on-light">{light}</g><g class="on-dark">{dark}</g>'
        # In tags alone: a label may hold anything.
        drawn = _TAG.sub(lambda tag: _STYLE.sub(self._class, tag[0]), drawn)
        found = _SIZE.search(sides[0])
        width, height = (float(each) for each in found.groups()) if found else (576.0, 360.0)
        opening = Markup(
            '<svg class="drawn" role="img" viewBox="0 0 {} {}" width="{}" aria-label="{}">'
        ).format(f"{width:g}", f"{height:g}", f"{4 * width / 3:.0f}", printable(label))
        return opening + Markup(drawn) + Markup("</svg>")

    def _coloured(self, light: str, dark: str) -> str:
        colours = iter(_COLOUR.findall(_DATA.sub("", dark)))
        pieces, end = [], 0
        for place in _DATA.finditer(light):  # raster images stay light
            pieces.append(self._replaced(light[end : place.start()], colours))
            pieces.append(place[0])
            end = place.end()
        pieces.append(self._replaced(light[end:], colours))
        return "".join(pieces)

    def _replaced(self, text: str, colours: Any) -> str:
        return _COLOUR.sub(lambda found: self._variable(found[0], next(colours)), text)

    def _variable(self, light: str, dark: str) -> str:
        if light == dark:
            return light
        if (light, dark) not in self._names:
            name = f"c{len(self._names)}"
            self._names[light, dark] = name
            self.pairs[name] = (light, dark)
        return f"var(--{self._names[light, dark]})"

    def _class(self, found: re.Match[str]) -> str:
        """A class in place of styles of an element, which the page's policy would not apply."""
        style = _FONT.sub(r"font-size:\1", found[1].replace("&quot;", '"'))
        name = self._classes.setdefault(style, f"s{len(self._classes)}")
        return f' class="{name}"'


def _cleaned(svg: str, name: str) -> str:
    """What is in the element ``svg``, in hundredths of a point, with ids that begin with a name."""
    body = svg[svg.index(">", svg.index("<svg ")) + 1 : svg.rindex("</svg>")]
    for left_out in _LEFT_OUT:
        body = left_out.sub("", body)
    body = _BREAK.sub("\n", body)
    tags = [tag.replace("xlink:href", "href") for tag in _TAG.findall(body)]
    used = dict.fromkeys(name for tag in tags for name in _USED.findall(tag))
    names = {each: f"{name}-{place}" for place, each in enumerate(used)}

    def named(tag: str) -> str:
        tag = _FAMILY.sub("", tag)
        tag = _PLACES.sub(lambda at: _LONG.sub(lambda x: f"{round(float(x[0]), 2):g}", at[0]), tag)
        tag = _USE.sub(lambda found: f"{found[1]}{names[found[2]]}", tag)
        return _ID.sub(lambda at: f' id="{names[at[1]]}"' if at[1] in names else "", tag)

    renamed = map(named, tags)
    return _TAG.sub(lambda _: next(renamed), body).strip()
