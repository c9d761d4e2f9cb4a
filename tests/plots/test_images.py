"""Every figure looks as it did when somebody last looked at it."""

from __future__ import annotations

from pathlib import Path

import pytest
from matplotlib.image import imread, imsave
from matplotlib.testing.compare import compare_images

from sim.plots.theme import DARK
from tests.plots.images import ALL, FOLDER, LOOK, few_of, write_image

TOLERANCE = 4.0
"""Root mean square of the difference, out of 255. Another version's edges come to less; a band
left out, another colour or another order of rows comes to more."""

OF_HEAT_MAPS = {"nations_by_day": 13.0, "joining_order": 6.0}
"""Rows may lie a pixel higher or lower in another version, and every edge with them."""


def tolerance(kind: str) -> float:
    """Tolerance for one kind of figure."""
    return OF_HEAT_MAPS.get(kind, TOLERANCE)


def test_there_is_an_image_of_every_figure_and_no_other() -> None:
    assert {file.stem for file in FOLDER.glob("*.png")} == set(ALL)


@pytest.mark.parametrize("kind", ALL)
def test_a_figure_looks_as_it_did(kind: str, tmp_path: Path) -> None:
    drawn = tmp_path / f"{kind}.png"
    write_image(kind, drawn)
    difference = compare_images(str(FOLDER / f"{kind}.png"), str(drawn), tolerance(kind))
    assert difference is None, (
        f"look at it; if it is right: python -m tests.plots.images\n{difference}"
    )


@pytest.mark.parametrize("kind", few_of(ALL))
def test_a_change_of_colours_does_not_go_unseen(kind: str, tmp_path: Path) -> None:
    drawn = tmp_path / f"{kind}.png"
    write_image(kind, drawn, DARK.sized(LOOK.width, LOOK.height))
    assert compare_images(str(FOLDER / f"{kind}.png"), str(drawn), tolerance(kind)) is not None


@pytest.mark.parametrize("kind", OF_HEAT_MAPS)
def test_two_rows_in_each_other_s_place_do_not_go_unseen(kind: str, tmp_path: Path) -> None:
    swapped = tmp_path / f"{kind}.png"
    picture = imread(FOLDER / f"{kind}.png")
    height = picture.shape[0]
    upper, lower = slice(int(0.06 * height), int(0.12 * height)), slice(int(0.4 * height), None)
    rows = picture[upper].copy()
    lower = slice(lower.start, lower.start + rows.shape[0])
    picture[upper], picture[lower] = picture[lower].copy(), rows
    imsave(swapped, picture)
    assert compare_images(str(FOLDER / f"{kind}.png"), str(swapped), tolerance(kind)) is not None
