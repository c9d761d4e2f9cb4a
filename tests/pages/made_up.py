"""Results of every kind that a page shows, and a reader of the page."""

from __future__ import annotations

from functools import cache
from html.parser import HTMLParser

import numpy as np

import sim
from tests.calibration.small_files import small_calibration
from tests.results.synthetic import small_ensemble, small_scenario
from tests.studies.sensitivity.small import LEVEL, SCENARIO

VOID = {"meta", "br", "img", "input", "hr", "link", "path", "rect", "use"}
"""Elements without an end, or written without one."""


class Reader(HTMLParser):
    """A page as a browser sees it: elements, attributes and text; fails where tags do not match."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == [], self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self._open, tag
            assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self._open or self._open[-1] not in ("script", "style"):
            self.words.append(data)

    @property
    def text(self) -> str:
        """All text, on one line."""
        return " ".join(" ".join(self.words).split())

    def of(self, tag: str) -> list[dict[str, str]]:
        """Attributes of all elements of a name."""
        return [attributes for name, attributes in self.elements if name == tag]


@cache
def results() -> dict[str, object]:
    """One result of each kind."""
    scenario = small_scenario()
    swept = {"conditions.us_backing.level": [0.2, 0.5, 0.9]}
    asked = sim.sweep(SCENARIO, {LEVEL: np.linspace(0.1, 0.9, 60).tolist()}, runs=4)
    return {
        "ensemble": small_ensemble(),
        "comparison": sim.compare(scenario, with_=["conditions.us_backing.level=0.9"], runs=20),
        "sweep": sim.sweep(scenario, swept, runs=20),
        "two paths": sim.sweep(scenario, {**swept, "nations.N02.stake": [0.1, 0.5]}, runs=4),
        "keystone": sim.keystone(scenario, runs=20, k=2),
        "sensitivity": sim.sensitivity(scenario, list(swept), points=200),
        "tipping": sim.tipping(
            scenario, next(iter(swept)), "size>=3", runs=100, back=True, ramp=20
        ),
        "plane": sim.tipping(scenario, [*swept, "nations.N02.stake"], "size>=3", runs=8, scanned=4),
        "trace": sim.trace(scenario, seed=1, run=2),
        "sweep analysis": sim.analyse_sweep(asked),
        "calibration": small_calibration(),
    }
