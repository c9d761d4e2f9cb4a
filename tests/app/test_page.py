"""The page in a browser: every control, and numbers that are those of ``willing run``."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from sim.cli.group import willing
from sim.results.format import digits_of, percent
from tests.app.served import Client, served
from tests.browser import WIDTHS, opened, overflow, violations
from tests.cli.tracing import SMALL

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

RUNS = (50, 200)


@pytest.fixture(scope="module")
def page_client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A server of the small scenario, for all tests of this module."""
    folder = tmp_path_factory.mktemp("page")
    (folder / "small.yaml").write_text(SMALL, encoding="utf-8")
    (folder / "wrong.yaml").write_text("days: 10\nnations: [GBR]\ntempo: fast\n", encoding="utf-8")
    with served(folder, sizes=RUNS) as client:
        yield client


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


def test_the_first_page_shows_the_numbers_of_willing_run(
    chromium: Browser, page_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = page_client.pages.opened.folder
    told = printed(folder, f"willing run small.yaml --runs {RUNS[-1]} --seed 0", monkeypatch)
    with at(chromium, page_client) as page:
        page.wait_for_url(re.compile(r"http://127\.0\.0\.1:\d+/#scenario=small\.yaml&seed=0$"))
        chance, end = told["success"]["chance"], told["size"]["end"]
        assert text(page.locator("#chance")) == written(chance, "chance")
        low, high = written(chance, "low").removesuffix(" %"), written(chance, "high")
        assert text(page.locator("#interval")) == f"95 % interval {low} to {high}"
        median = f"{end['median']:.0f} nations public at the end in the median run"
        ends = f"{end['low']:.0f} to {end['high']:.0f} in 90 % of the runs"
        assert text(page.locator("#size")) == f"{median}, {ends}"
        assert text(page.locator("#changed")) == "as it was opened"
        assert page.locator("#difference").is_hidden()
        by_name = {each["name"]: each["at_end"]["chance"] for each in told["nations"]}
        rows = page.locator("#nation-rows tr")
        for row in rows.all():
            name, share = text(row.locator("th")), text(row.locator("td").last)
            assert share == percent(by_name[name])
        assert rows.count() == len(by_name)


def test_a_slider_moves_the_answer_and_the_shared_command_repeats_it(
    chromium: Browser, page_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = page_client.pages.opened.folder
    with at(chromium, page_client) as page:
        before = text(page.locator("#chance"))
        set_slider(lever(page, "level"), 0.45)
        page.locator("#difference").wait_for()
        ready(page)
        assert text(page.locator("#chance")) != before
        assert text(page.locator("#changed")) == "1 change"
        assert page.get_by_label("level, number", exact=True).first.input_value() == "0.45"
        assert "set=conditions.backing.level%3D0.45" in wait_for_address(page, "0.45")
        page.get_by_role("button", name="Share and save").click()
        page.locator("#share[open]").wait_for()
        yaml, command, line, digest = (
            page.locator(place).inner_text()
            for place in ("#share-yaml", "#share-command", "#share-line", "#share-digest")
        )
        (folder / page.locator("#share-name").inner_text()).write_text(yaml, encoding="utf-8")
        for each in (command, line):
            told = printed(folder, each.replace(str(folder) + "/", ""), monkeypatch)
            assert told["digest"] == digest
            assert text(page.locator("#chance")) == written(told["success"]["chance"], "chance")


def wait_for_address(page: Page, part: str) -> str:
    page.wait_for_url(lambda address: part in address)
    return page.url


def test_undo_redo_and_reset_go_back_and_forth(chromium: Browser, page_client: Client) -> None:
    with at(chromium, page_client) as page:
        box = page.get_by_label("level, number", exact=True).first
        undo, redo, reset = (page.get_by_role("button", name=n) for n in ("Undo", "Redo", "Reset"))
        assert undo.is_disabled()
        assert redo.is_disabled()
        for value in (0.45, 0.75):
            set_slider(lever(page, "level"), value)
        undo.click()
        assert box.input_value() == "0.45"
        page.keyboard.press("Control+z")
        assert box.input_value() == "0.6"
        assert undo.is_disabled()
        page.keyboard.press("Control+Shift+z")
        redo.click()
        assert box.input_value() == "0.75"
        reset.first.click()
        assert box.input_value() == "0.6"
        ready(page)
        undo.click()
        assert box.input_value() == "0.75"


def test_a_link_opens_the_same_state(chromium: Browser, page_client: Client) -> None:
    fragment = (
        "#scenario=small.yaml&seed=7&set=conditions.backing.level%3D0.4"
        "&without=events.defence_ministers&announces=POL%3D9&day=20&nation=CAN"
    )
    with at(chromium, page_client, fragment) as page:
        assert text(page.locator("#changed")) == "3 changes"
        assert page.locator("#seed").input_value() == "7"
        assert text(page.locator("#date")) == "30 Mar 2025"
        assert text(page.locator("#nation-name")) == "Canada"
        page.locator("#why p").first.wait_for()
        assert "Canada (CAN) is " in text(page.locator("#why"))


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_keeps_people_out_or_reaches_beyond_the_window(
    chromium: Browser, page_client: Client, width: int, dark: bool
) -> None:
    fragment = "#set=conditions.backing.level%3D0.4&nation=POL"
    with at(chromium, page_client, fragment, width=width, dark=dark) as page:
        page.locator("#why p").first.wait_for()
        for group in page.locator("details").all():
            group.evaluate("each => each.open = true")
        for fold in page.locator(".fold[aria-expanded=false]").all()[:8]:
            fold.click()
        assert overflow(page) == []
        assert violations(page) == []
