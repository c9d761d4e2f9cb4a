"""Colours that mean something can be told apart, by people with any kind of colour vision too."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from numpy.typing import NDArray

from sim.plots.theme import THEMES, Theme, is_dark

LEAST_DISTANCE = 12.0
"""In CIELAB; 2 is about the least that can be seen side by side."""

VISION = {
    "all colours": np.eye(3),
    "no red": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "no green": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "no blue": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
"""What becomes of linear sRGB, after [Machado2009], severity 1."""

TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)


def linear(colour: Any) -> NDArray[np.float64]:
    """Light of the three primaries."""
    part = np.array(to_rgb(colour))
    return np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)


def lab(colour: Any, vision: str) -> NDArray[np.float64]:
    """CIELAB as somebody sees a colour."""
    seen = np.clip(np.array(VISION[vision]) @ linear(colour), 0, 1)
    share = TO_XYZ @ seen / TO_XYZ.sum(axis=1)
    root = np.where(share > 0.008856, np.cbrt(share), 7.787 * share + 16 / 116)
    lightness = 116 * root[1] - 16
    return np.array([lightness, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


def contrast(one: str, other: str) -> float:
    """Contrast of two colours, 1 to 21, after [WCAG2023]."""
    low, high = sorted(float(TO_XYZ[1] @ linear(colour)) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("look", THEMES.values(), ids=THEMES)
def test_stages_and_series_can_be_told_apart(look: Theme, vision: str) -> None:
    for colours in (tuple(look.stages.values()), look.series):
        for one, other in combinations(colours, 2):
            distance = np.linalg.norm(lab(one, vision) - lab(other, vision))
            assert distance >= LEAST_DISTANCE, (one, other)


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("look", THEMES.values(), ids=THEMES)
def test_chances_go_one_way_in_lightness(look: Theme, vision: str) -> None:
    shades: list[Any] = [look.chance_colours()(share) for share in np.linspace(0, 1, 11)]
    lightness = np.array([lab(shade, vision)[0] for shade in shades])
    steps = np.diff(lightness) * (-1 if is_dark(look.ink) else 1)
    assert (steps > 2).all()


@pytest.mark.parametrize("look", THEMES.values(), ids=THEMES)
def test_letters_stand_out_from_the_ground(look: Theme) -> None:
    assert contrast(look.ink, look.paper) >= 7
    assert contrast(look.faint, look.paper) >= 4.5
