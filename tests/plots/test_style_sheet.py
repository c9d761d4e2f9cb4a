"""The colours of pages are those of figures, and text on them can be read."""

from __future__ import annotations

import re

import pytest
from matplotlib.colors import to_hex, to_rgb

from sim.plots.style_sheet import N_CHANCES, theme_css
from sim.plots.theme import DARK, LIGHT, Theme

READABLE = 4.5
"""Least contrast of text with its ground [WCAG2023]_."""


def properties(theme: Theme) -> dict[str, str]:
    """The custom properties of a theme, as a page that asks for it by name has them."""
    css = theme_css()
    block = (
        css.partition(':root[data-theme="dark"] {')[2] if theme is DARK else css.partition("}")[0]
    )
    return dict(re.findall(r"--([\w-]+): (#\w+);", block))


def luminance(colour: str) -> float:
    parts = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in to_rgb(colour)]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted(map(luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_colours_are_those_of_the_theme(theme: Theme) -> None:
    found = properties(theme)
    assert found["paper"] == to_hex(theme.paper)
    assert found["public"] == to_hex(theme.public)
    assert found["chance-0"] == to_hex(theme.chances[0])
    assert found[f"chance-{N_CHANCES}"] == to_hex(theme.chances[-1])


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_text_can_be_read_on_every_chance_and_on_paper(theme: Theme) -> None:
    found = properties(theme)
    for percentage in range(N_CHANCES + 1):
        ground, text = (found[f"{part}chance-{percentage}"] for part in ("", "on-"))
        assert contrast(ground, text) >= READABLE, percentage
    for text in ("ink", "faint", "public"):
        assert contrast(found["paper"], found[text]) >= READABLE, text


def test_the_system_decides_unless_a_page_asks_for_light() -> None:
    assert '@media (prefers-color-scheme: dark) {\n:root:not([data-theme="light"])' in theme_css()
