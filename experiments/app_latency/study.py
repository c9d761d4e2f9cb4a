"""How soon a move of a lever is seen on the page of ``willing app``, measured in the browser.

Run ``python experiments/app_latency/study.py``; ``--quick`` makes few moves and writes nothing. It
needs Chromium, and says so where there is none. ``--picture FILE`` stores the picture of README.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.browser import started_chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parents[1]
SIZES = (200, 1000, 5000)
BARS = {200: 200.0, 1000: 400.0}
"""Milliseconds within which 95 % of the moves are to show so many runs."""

MOVES, QUICK_MOVES = 100, 4
MARK_BEGIN, MARK_END = "<!-- numbers: begin -->", "<!-- numbers: end -->"


class Lever(NamedTuple):
    """A lever that is moved: what it is, what the search is asked for, and between which values."""

    name: str
    search: str
    low: float
    high: float


LEVERS = (
    Lever("level of a condition", "US backing level conditions.us_backing.level", 0.2, 0.8),
    Lever("requirement", "commitment.requirement", 15, 45),
    Lever("stake of a nation", "nations.POL.stake", 0.3, 0.9),
    Lever("rate of a move", "behaviour.declare.rate", 0.001, 0.003),
    Lever("date of an event", "events.leaders_call.date", 2, 60),
)

PICTURED = "#set=conditions.us_backing.level%3D0.5&announces=POL%3D12"
"""State of the page in the picture of README."""

MOVE = """async ([value, runs]) => {
    const slider = document.querySelector("#results input[type=range]");
    const wait = () => new Promise(requestAnimationFrame);
    await wait();
    const before = slider.value;
    slider.value = value;
    if (slider.value === before) slider.stepDown();
    const begin = performance.now();
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    const seen = {};
    while (!(runs.at(-1) in seen)) {
        await wait();  // what was put on the page before this is painted now
        const now = performance.now();
        if (now - begin > 30000) throw new Error("no answer");
        for (const each of runs) {
            const mark = performance.getEntriesByName(`shown ${each}`).at(-1);
            if (mark && mark.startTime > begin && !(each in seen)) seen[each] = now - begin;
        }
    }
    return runs.map((each) => seen[each]);
}"""
"""Moves a slider, and says after how many milliseconds each number of runs was painted."""

DRAG = """async ([low, high, moves]) => {
    const slider = document.querySelector("#results input[type=range]");
    const wait = () => new Promise(requestAnimationFrame);
    const seen = new Set();
    let last = 0;
    for (let move = 0; move < moves; move++) {
        const before = slider.value;
        slider.value = low + ((high - low) * move) / moves;
        if (slider.value !== before) {
            last = performance.now();
            slider.dispatchEvent(new Event("input", { bubbles: true }));
        }
        await wait();
        for (const mark of performance.getEntriesByType("mark")) seen.add(mark.startTime);
    }
    for (;;) {
        await wait();
        const mark = performance.getEntriesByName("shown 200").at(-1);
        if (mark && mark.startTime > last) return [seen.size, performance.now() - last];
        if (performance.now() - last > 30000) throw new Error("no answer");
    }
}"""
"""Moves a slider at every frame of the screen: frames shown, and the wait after the last move."""


@contextmanager
def served() -> Iterator[str]:
    """The address of the page, from a process of its own."""
    words = [sys.executable, "-m", "sim", "app", "paris_2025", "--no-browser"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        found = re.search(r"http\S+", process.stdout.readline())
        assert found is not None
        try:
            yield found[0]
        finally:
            process.terminate()


def choose(page: Page, lever: Lever) -> None:
    """Have the slider of a lever as the first of what the search finds."""
    page.locator("#reset").evaluate("each => each.click()")
    page.locator("#search").fill(lever.search)
    page.locator("#results input[type=range]").first.wait_for()
    page.wait_for_timeout(200)
    page.locator("body:not(.running)").wait_for()


def measured(page: Page, lever: Lever, n_moves: int) -> dict[int, np.ndarray]:
    """Milliseconds until each number of runs is painted, by number, of every move.

    Moves come as soon as 1,000 runs of the one before are shown, so that the rest of those is
    stopped; every tenth waits for all runs.
    """
    found: dict[int, list[float]] = {size: [] for size in SIZES}
    values = np.random.default_rng(1).uniform(lever.low, lever.high, n_moves)
    choose(page, lever)
    for number, value in enumerate(values):
        sizes = SIZES if number % 10 == 0 else SIZES[:2]
        for size, wait in zip(sizes, page.evaluate(MOVE, [float(value), sizes]), strict=True):
            found[size].append(wait)
    return {size: np.array(waits) for size, waits in found.items()}


def table_of(found: dict[str, dict[int, np.ndarray]]) -> str:
    """Medians and 95 % quantiles by lever, as a table."""
    lines = [
        "| lever | moves | 200 runs: median, 95 % of moves | 1,000 runs | 5,000 runs: median |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, waits in found.items():
        few, more, all_ = (waits[size] for size in SIZES)
        ends = [f"{np.median(each):.0f}, {np.quantile(each, 0.95):.0f} ms" for each in (few, more)]
        lines.append(f"| {name} | {len(few)} | {ends[0]} | {ends[1]} | {np.median(all_):.0f} ms |")
    return "\n".join(lines)


def store_picture(browser: Browser, address: str, place: Path) -> None:
    """Store a picture of the page with a few changes, in light colours."""
    page = browser.new_page(viewport={"width": 1400, "height": 880}, device_scale_factor=1.5)
    page.goto(address + PICTURED)
    page.locator("#runs").get_by_text("5,000 runs").wait_for()
    page.locator("body:not(.running)").wait_for()
    page.wait_for_timeout(500)
    page.screenshot(path=place)


def main() -> None:
    """Measure, print, and write the table into the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few moves, nothing written")
    parser.add_argument("--picture", type=Path, help="only store a picture of the page here")
    given = parser.parse_args()
    quick = given.quick
    n_moves = QUICK_MOVES if quick else MOVES
    try:
        with started_chromium() as browser, served() as address:
            if given.picture is not None:
                store_picture(browser, address, given.picture)
                return
            page = browser.new_page(viewport={"width": 1400, "height": 900})
            page.goto(address)
            page.locator("#runs").get_by_text("5,000 runs").wait_for()
            measured(page, LEVERS[0], 3)  # what is slow the first time is no move
            found = {lever.name: measured(page, lever, n_moves) for lever in LEVERS}
            choose(page, LEVERS[0])
            n_drag = 2 * n_moves
            shown, wait = page.evaluate(DRAG, [LEVERS[0].low, LEVERS[0].high, n_drag])
    except pytest.skip.Exception as error:
        print(error)
        return
    every = {size: np.concatenate([waits[size] for waits in found.values()]) for size in SIZES}
    text = table_of({**found, "all": every})
    for size, bar in BARS.items():
        share = (every[size] <= bar).mean()
        text += f"\n\n{size:,} runs within {bar:.0f} ms: {100 * share:.1f} % of the moves."
    text += (
        f"\n\nA slider dragged over {n_drag} frames of the screen showed {shown} frames of runs on "
        f"its way, and its last position {wait:.0f} ms after it was let go."
    )
    print(text)
    if not quick:
        place = FOLDER / "README.md"
        before, _, rest = place.read_text(encoding="utf-8").partition(MARK_BEGIN)
        after = rest.partition(MARK_END)[2]
        place.write_text(f"{before}{MARK_BEGIN}\n\n{text}\n\n{MARK_END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
