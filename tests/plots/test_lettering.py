"""No lettering lies on other lettering or is cut off, at 36 and at 60 nations, at several sizes."""

from __future__ import annotations

from functools import cache

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import sim
from sim.plots.catalogue import DrawingError, drawer, figures_of
from sim.plots.sheet import figure_of, image_of
from sim.plots.theme import LIGHT
from sim.plots.trace import hazard_chart
from sim.results.ensemble import Ensemble
from tests.plots.images import fixed_ensemble, fixed_trace
from tests.plots.lettering import cut_off, misplaced, overlapping
from tests.results.synthetic import made_up, small_scenario

SIZES = {
    "as it comes": (None, None),
    "a column": (3.5, None),
    "a slide": (12.0, 5.0),
    "as small as may be": (3.5, 3.5),
}


@cache
def ensemble_of(n_nations: int) -> Ensemble:
    """Made-up ensemble of so many nations; with those of the first scenario at 37."""
    if n_nations == 37:
        return made_up(sim.load_scenario("paris_2025"), 500)
    return made_up(small_scenario(n_nations, 180), 500)


def test_what_overlaps_and_what_is_cut_off_is_found() -> None:
    figure = Figure()
    FigureCanvasAgg(figure)
    figure.text(0.5, 0.5, "one")
    figure.text(0.51, 0.5, "two")
    figure.text(0.5, 0.9, "apart", rotation=45)
    figure.text(0.98, 0.1, "over the edge")
    assert overlapping(figure) == [("one", "two")]
    assert cut_off(figure) == ["over the edge"]
    assert misplaced(figure) == ["'one' lies on 'two'", "'over the edge' is cut off"]


QUICK = ((37, "as it comes"), (60, "as small as may be"))
CASES = [
    pytest.param(n_nations, size, marks=[pytest.mark.slow] * ((n_nations, size) not in QUICK))
    for n_nations in (36, 37, 60)
    for size in SIZES
]
every_size = pytest.mark.parametrize(
    "size",
    [
        pytest.param(size, marks=[pytest.mark.slow] * (size != "as it comes"))
        for size in list(SIZES)[:3]
    ],
)


@pytest.mark.parametrize(("n_nations", "size"), CASES)
@pytest.mark.parametrize("kind", figures_of("Ensemble"))
def test_no_lettering_overlaps_or_is_cut_off(kind: str, n_nations: int, size: str) -> None:
    try:
        axes = drawer(kind)(ensemble_of(n_nations), look=LIGHT.sized(*SIZES[size]))
        image_of(axes, "svg")
    except DrawingError as reason:
        assert "inches of height" in str(reason)  # noqa: PT017 (either way is right)
        assert SIZES[size][1] is not None
        return
    assert misplaced(figure_of(axes)) == []


@every_size
@pytest.mark.parametrize("kind", figures_of("Ensemble"))
def test_nor_in_a_small_scenario_with_everything_in_it(kind: str, size: str) -> None:
    figure = figure_of(drawer(kind)(fixed_ensemble(), look=LIGHT.sized(*SIZES[size])))
    assert misplaced(figure) == []


@every_size
@pytest.mark.parametrize("side", [0, 1])
def test_nor_in_the_hazards_of_a_nation(side: int, size: str) -> None:
    look = LIGHT.sized(*SIZES[size])
    figure = figure_of(hazard_chart(fixed_trace(), "DEU", look=look, side=side))
    assert misplaced(figure) == []
