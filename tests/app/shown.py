"""The live page in a browser, for tests: how it is opened, read and moved."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from sim.cli.group import willing
from sim.results.format import digits_of
from tests.app.served import Client
from tests.browser import opened

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

RUNS = (50, 200)
"""Numbers of runs at which the page shows something."""


@contextmanager
def at(
    chromium: Browser, client: Client, fragment: str = "", is_ready: bool = True, **window: Any
) -> Iterator[Page]:
    """The page with the last runs of its state shown."""
    with opened(chromium, client.serving.address + fragment, **window) as page:
        if is_ready:
            ready(page)
        yield page


def ready(page: Page) -> None:
    """Wait until the last runs of the present state are shown."""
    page.locator("body:not(.running)").wait_for()
    page.locator("#runs").get_by_text(f"{RUNS[-1]} runs").wait_for()


def text(place: Locator) -> str:
    """Text of a place with plain blanks."""
    return " ".join(place.inner_text().split())


def printed(folder: Path, command: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What a command prints as JSON, called where the server was started."""
    monkeypatch.chdir(folder)
    words = [*shlex.split(command)[1:], "--json", "--no-figures", "--force"]
    result = CliRunner().invoke(willing, words)
    assert result.exit_code == 0, result.output
    return dict(json.loads(result.stdout))


def written(chance: dict[str, float], name: str) -> str:
    """A chance, or an end of its interval, to as many digits as the interval calls for."""
    digits = digits_of(100 * chance["low"], 100 * chance["high"])
    return f"{100 * chance[name]:.{digits}f} %"


def lever(page: Page, label: str) -> Locator:
    return page.get_by_role("slider", name=label, exact=True).first


def set_slider(slider: Locator, value: float) -> None:
    """Move a slider as a person does, and let it go."""
    slider.fill(str(value))


def wait_for_address(page: Page, part: str) -> str:
    page.wait_for_url(lambda address: part in address)
    return page.url
