"""The colours of figures as a style sheet of pages, light and dark."""

from __future__ import annotations

from collections.abc import Iterator

from matplotlib.colors import to_hex

from sim.plots.theme import DARK, LIGHT, Theme, is_dark

N_CHANCES = 100
"""Colours of chances: one for each whole percentage."""


def theme_css() -> str:
    """Custom properties for every colour of a page, in light and dark.

    A chance of n % has the colour ``--chance-n``, and text on it ``--on-chance-n``.

    Examples
    --------
    >>> print(theme_css()[:26])
    :root {
      --paper: #ffffff
    """
    light, dark = ("\n".join(_properties(theme)) for theme in (LIGHT, DARK))
    by_system = f':root:not([data-theme="light"]) {{\n{dark}\n}}'
    return (
        f":root {{\n{light}\n}}\n"
        f"@media (prefers-color-scheme: dark) {{\n{by_system}\n}}\n"
        f':root[data-theme="dark"] {{\n{dark}\n}}\n'
    )


def _properties(theme: Theme) -> Iterator[str]:
    colours = {
        "paper": theme.paper,
        "ink": theme.ink,
        "faint": theme.faint,
        "grid": theme.grid,
        "public": theme.public,
        "private": theme.private,
        "success": theme.stages["pledged"],
        "out": theme.stages["left"],
    }
    for name, colour in colours.items():
        yield f"  --{name}: {to_hex(colour)};"
    chances = theme.chance_colours()
    for percentage in range(N_CHANCES + 1):
        colour = to_hex(chances(percentage / N_CHANCES))
        text = "#ffffff" if is_dark(colour) else "#000000"
        yield f"  --chance-{percentage}: {colour}; --on-chance-{percentage}: {text};"
    yield f"  color-scheme: {'dark' if theme is DARK else 'light'};"
