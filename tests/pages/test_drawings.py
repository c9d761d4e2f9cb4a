"""Figures of Matplotlib on a page: one drawing in two colour schemes, without styles in place."""

from __future__ import annotations

import re

import sim
from sim.pages.drawings import Drawings
from sim.plots.catalogue import default_figures, drawer
from sim.plots.sheet import image_of
from tests.pages.made_up import results


def test_a_figure_is_drawn_once_for_light_and_dark() -> None:
    drawings, sweep = Drawings(), results()["sweep"]
    found = drawings.of(sweep, "5 runs.")
    assert len(found) == len(default_figures(sweep))
    for svg in found:
        assert "on-dark" not in svg
        assert 'role="img"' in svg
        assert ' style="' not in svg
        assert "<style" not in svg
    for light, dark in drawings.pairs.values():
        assert re.fullmatch("#[0-9a-f]{6}", light)
        assert light != dark
    used = {name for svg in found for name in re.findall(r'class="(s\d+)"', svg)}
    assert used
    assert used <= set(re.findall(r"\.(s\d+)\{", drawings.rules))


def test_the_light_drawing_has_every_colour_of_the_figure() -> None:
    drawings, sweep = Drawings(), results()["sweep"]
    [first, *_] = drawings.of(sweep, "5 runs.")
    axes = drawer(default_figures(sweep)[0])(sweep)
    svg = image_of(axes, "svg", type_as_text=True)[0].decode()
    colours = set(re.findall("#[0-9a-f]{6}", svg))
    names = set(re.findall(r"var\(--(c\d+)\)", first + drawings.rules))
    assert colours <= {drawings.pairs[name][0] for name in names} | set(
        re.findall("#[0-9a-f]{6}", first + drawings.rules)
    )


def test_letters_are_text_only_where_that_is_asked_for() -> None:
    axes = sim.plots.outcome_lines(results()["sweep"])
    assert b"<text" in image_of(axes, "svg", type_as_text=True)[0]
    axes = sim.plots.outcome_lines(results()["sweep"])
    assert b"<text" not in image_of(axes, "svg")[0]


def test_ids_of_two_drawings_differ() -> None:
    drawings, sweep = Drawings(), results()["sweep"]
    first, second = (drawings.of(sweep, "5 runs.")[0] for _ in range(2))
    ids = [set(re.findall(' id="([^"]*)"', each)) for each in (first, second)]
    assert ids[0]
    assert not ids[0] & ids[1]
