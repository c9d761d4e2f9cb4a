"""A headless Chromium for tests of pages: how it is started, and what is asked of a page.

Tests ask for the fixture `chromium` and skip where there is none; `.ci/run` installs one.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")

FLAGS = (
    "--no-sandbox",  # root, in a container, has none
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Nothing but this machine has an address.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)

WIDTHS = (360, 1000, 2560)
"""Pixels: a telephone, a window, a wide screen."""


@contextmanager
def started_chromium() -> Iterator[Browser]:
    """Chromium without a window; skips the test where there is none."""
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        pytest.skip("there is no Chromium on this machine (Debian: apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def opened(
    chromium: Browser,
    address: str,
    *,
    width: int = 1000,
    height: int = 800,
    dark: bool = False,
    scripts: bool = True,
    quiet: bool = True,
) -> Iterator[Page]:
    """A page at an address, in a fresh profile.

    Parameters
    ----------
    chromium : Browser
    address : str
    width, height : int
        Of the window, in pixels.
    dark : bool
        The system asks for dark colours.
    scripts : bool
        False: JavaScript is switched off.
    quiet : bool
        Fail at the end if there was a message in the console or an error in a script.
    """
    context = chromium.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if dark else "light",
        java_script_enabled=scripts,
    )
    said: list[str] = []

    def note(message: ConsoleMessage) -> None:
        said.append(f"{message.type}: {message.text}")

    try:
        page = context.new_page()
        page.on("console", note)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(address)
        yield page
        assert not (quiet and said), said
    finally:
        context.close()


def violations(page: Page) -> list[str]:
    """What axe-core finds that keeps people out of a page: a line for each place."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [
        f"{rule['id']} ({rule['help']}): {node['target']}: {node['html'][:200]}"
        for rule in found
        for node in rule["nodes"]
    ]


def overflow(page: Page) -> list[str]:
    """Elements that reach beyond the right edge of a page that can be scrolled sideways."""
    found: list[str] = page.evaluate(
        """() => {
            const root = document.documentElement;
            if (root.scrollWidth <= root.clientWidth) return [];
            return [...document.querySelectorAll("body *")]
                .filter((each) => each.getBoundingClientRect().right > root.clientWidth + 0.5)
                .map((each) => each.outerHTML.slice(0, 120));
        }"""
    )
    return found


OVERLAPS = """() => {
    const seen = {visibilityProperty: true, opacityProperty: true, contentVisibilityAuto: true};
    const chain = (each) => each === null ? [] : [each, ...chain(each.parentElement)];
    const cut = (box, frame) => ({
        left: Math.max(box.left, frame.left), right: Math.min(box.right, frame.right),
        top: Math.max(box.top, frame.top), bottom: Math.min(box.bottom, frame.bottom),
    });
    // What is seen of a box within the places that scroll.
    const shown = (box, element) => chain(element)
        .filter((each) => each !== document.documentElement && each !== document.body)
        .filter((each) => getComputedStyle(each).overflow !== "visible")
        .reduce((found, each) => cut(found, each.getBoundingClientRect()), box);
    const isAway = ({display, position}) => display === "none" || position === "fixed";
    const isAside = (element) => !element.checkVisibility(seen) || chain(element).some(
        (each) => isAway(getComputedStyle(each)) || each.matches(".unseen, select"));
    const places = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const node = walker.currentNode, element = node.parentElement;
        if (!node.textContent.trim() || isAside(element)) continue;
        const range = document.createRange();
        range.selectNodeContents(node);
        for (const box of range.getClientRects())
            places.push([node.textContent.trim().slice(0, 40), shown(box, element), element]);
    }
    for (const element of document.querySelectorAll("button, input:not([type=range])")) {
        if (isAside(element)) continue;
        const name = element.getAttribute("aria-label") ?? element.id;
        places.push([name, shown(element.getBoundingClientRect(), element), element]);
    }
    const found = [];
    places.forEach(([words, box, element], index) => {
        for (const [other, theirs, another] of places.slice(index + 1)) {
            if (element.contains(another) || another.contains(element)) continue;
            const both = cut(box, theirs);
            if (both.right - both.left > 2 && both.bottom - both.top > 4)
                found.push(`${words} on ${other}`);
        }
    });
    return found;
}"""


def overlaps(page: Page) -> list[str]:
    """Texts, buttons and boxes that lie on each other, of all that can be seen on a page."""
    found: list[str] = page.evaluate(OVERLAPS)
    return found
