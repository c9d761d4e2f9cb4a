"""The summary in a notebook: sound as a page, and the same numbers as in a terminal."""

from __future__ import annotations

import re
from functools import cache
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from sim.report.blocks import Note, Table
from sim.report.day_frame import MOST_DAYS, DayFrame, charted_days
from sim.report.ensemble import summary_blocks
from sim.report.size_chart import BOTTOM, COLOUR, HEIGHT, LEFT, RIGHT, TOP, WIDTH, size_chart
from sim.results.ensemble import Ensemble
from sim.results.format import CAVEAT
from sim.scenario.load import scenario_from_dict
from tests.results.synthetic import made_up, small_ensemble, small_scenario

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "</td></svg><script>alert('1')</script>&amp;\"'\x1b[31m\u202e"
PLAIN_TAGS = {
    *("div", "p", "figure", "figcaption"),
    *("table", "caption", "thead", "tbody", "tr", "th", "td"),
    *(f"{SVG}{tag}" for tag in ("svg", "title", "path", "text")),
}


def bare(**more: Any) -> Any:
    """A scenario of which nothing is given that need not be."""
    return scenario_from_dict({"days": 1, "nations": ["GBR"], "behaviour": {}, **more})


@cache
def ensembles() -> dict[str, Ensemble]:
    """Ensembles of all kinds that a notebook may show."""
    return {
        "usual": small_ensemble(),
        "counts only": small_ensemble(keep="summary"),
        "one run": made_up(small_scenario(), 1),
        "no calendar": made_up(small_scenario(dated=False), 5),
        "bare": made_up(bare(), 1),
        "conditions only": made_up(bare(conditions={"backing": {"level": 0.5}}), 3),
        "a thousand nations": made_up(small_scenario(1000), 3),
    }


KINDS = pytest.mark.parametrize("kind", list(ensembles()))


def page(ensemble: Ensemble) -> ElementTree.Element:
    """What a notebook shows, parsed; parsing fails where it is not well formed."""
    return ElementTree.fromstring(ensemble._repr_html_())


def words(element: ElementTree.Element) -> str:
    """All text in an element, on one line."""
    return " ".join(" ".join(element.itertext()).split())


@KINDS
def test_it_is_well_formed_and_needs_nothing_from_outside(kind: str) -> None:
    html = ensembles()[kind]._repr_html_()
    root = ElementTree.fromstring(html)
    assert {element.tag for element in root.iter()} == PLAIN_TAGS
    assert not re.search(r"href|src=|url\(|@import|<style", html)
    assert not re.search(r"\bnan\b|\binf\b|None", html)


@KINDS
def test_its_tables_hold_the_numbers_of_the_summary(kind: str) -> None:
    ensemble = ensembles()[kind]
    blocks = summary_blocks(ensemble.summary())
    expected = [block for block in blocks if isinstance(block, Table)]
    tables = list(page(ensemble).iter("table"))
    assert len(tables) == len(expected)
    for table, block in zip(tables, expected, strict=True):
        columns = [[heading, *block.cells(name)] for name, heading in block.columns.items()]
        cells = [[block.title], *zip(*columns, strict=True)]
        assert words(table) == " ".join(" ".join(" ".join(row) for row in cells).split())


def test_its_numbers_are_those_of_the_runs() -> None:
    ensemble = small_ensemble()
    ends = ensemble.size[:, -1]
    low, median, high = np.quantile(ends, [0.05, 0.5, 0.95], method="inverted_cdf")
    [row] = [row for row in page(ensemble).iter("tr") if row[0].text == "public"]
    assert row[2].text == f"{median:.0f} ({low:.0f} to {high:.0f})"
    share = (ensemble.success_day >= 0).mean()
    assert f"Chance of success: {100 * share:.1f} %" in words(page(ensemble))


def test_a_title_and_names_are_text_whatever_is_in_them() -> None:
    named = [{"id": "GBR", "name": HOSTILE}]
    ensemble = made_up(scenario_from_dict({"days": 3, "title": HOSTILE, "nations": named}), 5)
    ensemble.engine = f"mesa:{HOSTILE}"
    root = page(ensemble)
    assert {element.tag for element in root.iter()} <= PLAIN_TAGS
    assert root[0].text == HOSTILE.replace("\x1b", "?").replace("\u202e", "?")
    assert words(root).count("alert('1')") >= 2


def test_every_table_says_what_it_is_of_and_what_its_headings_head() -> None:
    root = page(small_ensemble())
    for table in root.iter("table"):
        assert table[0].tag == "caption"
        assert table[0].text
    assert {head.get("scope") for head in root.iter("th")} == {"col", "row"}
    [chart] = root.iter(f"{SVG}svg")
    assert chart.get("role") == "img"
    assert (chart[0].text or "").startswith("Public size by day: median 2 ")


def test_it_says_what_made_it_and_what_its_ranges_leave_out() -> None:
    ensemble = small_ensemble()
    text = words(page(ensemble))
    assert text.startswith("Small test 7 nations, 10 Mar 2025 to 9 Apr 2025, 200 runs, seed 0")
    assert ensemble.scenario.digest[:12] in text
    assert CAVEAT in text


def test_it_is_the_same_whether_single_runs_were_kept_or_not() -> None:
    assert small_ensemble()._repr_html_() == small_ensemble(keep="summary")._repr_html_()


def test_a_summary_alone_is_shown_without_a_chart() -> None:
    ensemble = small_ensemble()
    alone = ElementTree.fromstring(ensemble.summary()._repr_html_())
    assert not list(alone.iter(f"{SVG}svg"))
    assert words(alone) in words(page(ensemble)).replace(
        words(next(page(ensemble).iter("figure"))) + " ", ""
    )


def test_a_large_ensemble_is_shown_in_bounded_length() -> None:
    assert len(made_up(small_scenario(300, 2000), 3)._repr_html_()) < 80_000


def relative_luminance(colour: str) -> float:
    """Lightness of a colour as seen, in the definition of WCAG 2."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("ground", ["#ffffff", "#111111"])
def test_its_one_colour_is_seen_on_light_and_dark_grounds(ground: str) -> None:
    assert set(re.findall(r"#[0-9a-fA-F]{3,6}\b", small_ensemble()._repr_html_())) == {COLOUR}
    darker, lighter = sorted(map(relative_luminance, (ground, COLOUR)))
    assert (lighter + 0.05) / (darker + 0.05) >= 3


def points(path: str) -> list[tuple[float, float]]:
    """Corners of a path of the chart."""
    pairs = [pair.split() for pair in path.strip("MZ").split("L")]
    return [(float(x), float(y)) for x, y in pairs]


def test_the_line_is_the_median_of_every_day() -> None:
    ensemble = small_ensemble()
    root = ElementTree.fromstring(size_chart(ensemble))
    [line] = [path for path in root.iter(f"{SVG}path") if path.get("stroke") == COLOUR]
    corners = points(line.get("d") or "")
    highest = np.quantile(ensemble.size, 0.95, axis=0, method="inverted_cdf").max()
    private = np.quantile(ensemble.private_size, 0.5, axis=0, method="inverted_cdf").max()
    largest = float(max(highest, private))
    frame = DayFrame(ensemble.n_days, largest, WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM)
    median = np.quantile(ensemble.size, 0.5, axis=0, method="inverted_cdf")
    for day, value in enumerate(median):
        before = [y for x, y in corners if x <= frame.x(day)]
        assert before[-1] == frame.y(value), day


def test_a_band_lies_round_the_median_and_inside_the_frame() -> None:
    root = ElementTree.fromstring(size_chart(small_ensemble()))
    bands = [
        points(path.get("d") or "")
        for path in root.iter(f"{SVG}path")
        if path.get("fill") == COLOUR
    ]
    outer, inner = ([y for _, y in band] for band in bands)
    assert min(outer) <= min(inner)
    assert max(outer) >= max(inner)
    assert min(outer) >= 0
    assert max(outer) <= 220


@pytest.mark.parametrize("n_days", [1, 2, MOST_DAYS - 1, MOST_DAYS, 36_500])
def test_the_first_and_the_last_day_are_always_drawn(n_days: int) -> None:
    days = charted_days(n_days)
    assert (days[0], days[-1]) == (0, n_days)
    assert len(days) == min(n_days + 1, MOST_DAYS)
    assert np.all(np.diff(days) > 0)


@pytest.mark.parametrize(("hold", "said"), [(1, "for one day"), (14, "for 14 days running")])
def test_success_says_for_how_long_it_must_hold(hold: int, said: str) -> None:
    summary = made_up(bare(days=20, success={"public_size": 1, "hold": hold}), 20).summary()
    assert Note(f"Success: at least 1 public nation, {said}") in summary_blocks(summary)
