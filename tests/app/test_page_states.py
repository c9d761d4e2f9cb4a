"""States of the page: links, seeds, lengths, what is shared, two pages, frames."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from html import escape
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import pytest

import sim
from sim.app.limits import Limits
from sim.app.opened import Given
from tests.app.served import Client, served
from tests.app.shown import (
    RUNS,
    at,
    lever,
    printed,
    ready,
    set_slider,
    text,
    wait_for_address,
    written,
)
from tests.browser import opened, overflow
from tests.cli.tracing import SMALL

if TYPE_CHECKING:
    from playwright.sync_api import Browser, FrameLocator, Page

LARGE_SEED = 2**64 - 1
"""No number of JavaScript."""

ENOUGH_FOR_FEW = 0.85e6
"""Bytes for more of the small scenario's runs than the first step, and fewer than the last."""


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


@pytest.mark.slow
def test_a_link_of_a_state_holds_no_secret(chromium: Browser, page_client: Client) -> None:
    with at(chromium, page_client) as page:
        key = page_client.cookie.partition("=")[2]
        token = page_client.serving.address.partition("token=")[2]
        assert page.evaluate("() => document.cookie") == ""
        assert page.evaluate("() => history.length") <= 2
        for secret in (key, token):
            assert secret not in page.url
            assert secret not in page.content()


@pytest.mark.slow
def test_another_seed_gives_the_runs_of_that_seed(
    chromium: Browser, page_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = page_client.pages.opened.folder
    told = printed(folder, f"willing run small.yaml --runs {RUNS[-1]} --seed 5", monkeypatch)
    with at(chromium, page_client) as page:
        seed = page.get_by_label("Seed")
        seed.fill("5")
        seed.press("Tab")
        page.locator("#runs").get_by_text(f"{RUNS[-1]} runs, seed 5").wait_for()
        assert text(page.locator("#chance")) == written(told["success"]["chance"], "chance")
        seed.fill("-1")
        seed.press("Tab")
        assert seed.input_value() == "5"


@pytest.mark.slow
def test_a_seed_that_no_number_of_javascript_holds_is_kept_to_its_last_digit(
    chromium: Browser, page_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = page_client.pages.opened.folder
    with at(chromium, page_client) as page:
        for seed in (2**53 + 1, LARGE_SEED):
            command = f"willing run small.yaml --runs {RUNS[-1]} --seed {seed}"
            told = printed(folder, command, monkeypatch)
            box = page.get_by_label("Seed")
            box.fill(str(seed))
            box.press("Tab")
            page.locator("#runs").get_by_text(f"{RUNS[-1]} runs, seed {seed}").wait_for()
            assert text(page.locator("#chance")) == written(told["success"]["chance"], "chance")
            wait_for_address(page, f"seed={seed}")
        page.reload()
        ready(page)
        assert share(page)["command"].endswith(f"--seed {LARGE_SEED}")


@pytest.mark.slow
def test_two_pages_that_move_at_once_stay_apart(
    chromium: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "small.yaml").write_text(SMALL, encoding="utf-8")
    n_runs = 8000  # so many that the server is at work for both at one time
    with (
        served(tmp_path, sizes=(RUNS[0], n_runs)) as client,
        at(chromium, client, "#seed=1", is_ready=False) as one,
        at(chromium, client, "#seed=2", is_ready=False) as other,
    ):
        moves = ((one, 1, 0.2), (other, 2, 0.9))
        for page, *_ in moves:
            page.locator("#runs").get_by_text("8,000 runs").wait_for()
        for page, _, level in moves:
            set_slider(lever(page, "level"), level)
        for page, seed, level in moves:
            wait_for_address(page, f"seed={seed}&set=conditions.backing.level%3D{level}")
            page.locator("body:not(.running)").wait_for()
            command = f"willing run small.yaml --set conditions.backing.level={level}"
            told = printed(tmp_path, f"{command} --runs {n_runs} --seed {seed}", monkeypatch)
            assert text(page.locator("#runs")) == f"8,000 runs, seed {seed}"
            assert text(page.locator("#chance")) == written(told["success"]["chance"], "chance")


@pytest.mark.slow
@pytest.mark.parametrize("days", [25, 55])
def test_the_lever_of_days_makes_runs_of_another_length(
    chromium: Browser, page_client: Client, monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    folder = page_client.pages.opened.folder
    with at(chromium, page_client) as page:
        page.get_by_role("searchbox").fill("length of the run")
        box = page.locator("#results").get_by_label("length of the run, number")
        box.fill(str(days))
        box.press("Enter")
        page.locator("#difference").wait_for()
        ready(page)
        last = {25: "4 Apr 2025", 55: "4 May 2025"}[days]
        assert text(page.locator("#date")) == last
        assert page.locator("#day").get_attribute("max") == str(days)
        assert last in page.locator("#fan text").all_text_contents()
        assert page.locator(".base-legend").is_hidden()  # an outline would be of other days
        command = f"willing run small.yaml --set days={days} --runs {RUNS[-1]} --seed 0"
        told = printed(folder, command, monkeypatch)
        assert text(page.locator("#chance")) == written(told["success"]["chance"], "chance")
        page.get_by_role("button", name="Undo").click()
        ready(page)
        assert text(page.locator("#date")) == "19 Apr 2025"


@pytest.mark.slow
def test_a_scenario_of_another_length_has_its_own_days(
    chromium: Browser, page_client: Client
) -> None:
    with at(chromium, page_client, "#day=30&nation=POL") as page:
        assert text(page.locator("#date")) == "9 Apr 2025"
        page.locator("#scenario").select_option("burden_sharing")
        page.locator("#map button", has_text="POL").wait_for(state="detached")
        ready(page)
        assert page.locator("#day").get_attribute("max") == "6"
        assert text(page.locator("#date")) == "day 6"
        assert page.locator("#nation").is_hidden()
        assert "day=" not in wait_for_address(page, "scenario=burden_sharing")
    with at(chromium, page_client, "#scenario=burden_sharing&day=30") as page:
        assert text(page.locator("#date")) == "day 6"


@pytest.mark.slow
def test_a_share_under_the_limit_of_memory_repeats_the_runs_that_are_shown(
    chromium: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "small.yaml").write_text(SMALL, encoding="utf-8")
    with (
        served(tmp_path, sizes=RUNS, limits=Limits(a_scenario=ENOUGH_FOR_FEW)) as client,
        at(chromium, client, "#set=conditions.backing.level%3D0.4", is_ready=False) as page,
    ):
        page.locator("#runs").get_by_text("runs, seed 0").wait_for()
        page.locator("body:not(.running)").wait_for()
        n_runs = int(text(page.locator("#runs")).partition(" ")[0])
        assert RUNS[0] < n_runs < RUNS[-1]
        steps = page.locator("#steps").get_attribute("aria-label")
        assert steps == f"{n_runs} of {n_runs} runs"
        shown = share(page)
        assert f"--runs {n_runs} " in shown["line"]
        told = printed(tmp_path, shown["line"].replace(f"{tmp_path}/", ""), monkeypatch)
        assert told["digest"] == shown["digest"]
        assert text(page.locator("#chance")) == written(told["success"]["chance"], "chance")


@pytest.mark.slow
def test_a_share_after_the_file_was_edited_is_of_what_is_shown(
    chromium: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "small.yaml").write_text(SMALL, encoding="utf-8")
    with (
        served(tmp_path, sizes=RUNS) as client,
        at(chromium, client, "#set=conditions.backing.level%3D0.4") as page,
    ):
        edited = SMALL.replace("title: A small coalition", "title: Another\ntempo: 2")
        (tmp_path / "small.yaml").write_text(edited, encoding="utf-8")
        shown = share(page)
        assert shown["line"] == ""  # with the edited file it would be other runs
        assert "small.yaml" not in shown["yaml"]
        (tmp_path / shown["name"]).write_text(shown["yaml"], encoding="utf-8")
        told = printed(tmp_path, shown["command"], monkeypatch)
        assert told["digest"] == shown["digest"]
        assert text(page.locator("#chance")) == written(told["success"]["chance"], "chance")


@pytest.mark.slow
def test_a_scenario_that_is_opened_with_options_says_so_and_shares_them(
    chromium: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "small.yaml").write_text(SMALL, encoding="utf-8")
    (tmp_path / "draws.csv").write_text("climate\n-1\n1\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    first = Given("small.yaml", ("tempo=1.5",), "draws.csv")
    with (
        served(Path(), sizes=RUNS, first=first) as client,
        at(chromium, client, "#set=conditions.backing.level%3D0.4", width=360) as page,
    ):
        assert text(page.locator("#given")) == f"Opened with {first.options}"
        assert overflow(page) == []
        shown = share(page)
        told = printed(tmp_path, shown["command"], monkeypatch)
        assert told["digest"] == shown["digest"]
        assert text(page.locator("#chance")) == written(told["success"]["chance"], "chance")
        page.keyboard.press("Escape")
        page.locator("#scenario").select_option("burden_sharing")
        page.locator("#map button", has_text="POL").wait_for(state="detached")
        assert text(page.locator("#given")) == ""


def share(page: Page) -> dict[str, str]:
    """What the page gives to share, by the names of its places; empty where it is hidden."""
    page.get_by_role("button", name="Share and save").click()
    page.locator("#share[open]").wait_for()
    names = ("name", "yaml", "command", "line", "digest")
    return {name: page.locator(f"#share-{name}").inner_text() for name in names}


@contextmanager
def in_notebook(chromium: Browser, frame: str, folder: Path) -> Iterator[FrameLocator]:
    """A page in a frame, on another site than its own, as most notebooks are."""
    (folder / "notebook.html").write_text(f"<!doctype html>{frame}", encoding="utf-8")
    handler = partial(QuietHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as notebook:
        Thread(target=notebook.serve_forever, daemon=True).start()
        address = f"http://localhost:{notebook.server_port}/notebook.html"
        with opened(chromium, address, quiet=False) as page:
            yield page.frame_locator("iframe")
        notebook.shutdown()


@pytest.mark.slow
def test_a_link_that_is_opened_in_a_frame_has_its_state(chromium: Browser, tmp_path: Path) -> None:
    """No cookie reaches a frame of another site."""
    (tmp_path / "small.yaml").write_text(SMALL, encoding="utf-8")
    with served(tmp_path, sizes=RUNS, in_frames=True) as client:
        state = "#seed=4&set=conditions.backing.level%3D0.4&day=20"
        frame = f'<iframe src="{client.serving.address}{escape(state)}" width="900"></iframe>'
        with in_notebook(chromium, frame, tmp_path) as page:
            page.locator("#runs").get_by_text(f"{RUNS[-1]} runs, seed 4").wait_for()
            assert text(page.locator("#changed")) == "1 change"
            assert text(page.locator("#date")) == "30 Mar 2025"
            page.get_by_role("button", name="Share and save").click()
            page.locator("#share[open]").wait_for()
            # The address of the frame holds the token, and a link without it opens nothing.
            assert page.locator("#copy-link").is_hidden()


@pytest.mark.slow
def test_explore_shows_the_scenario_with_the_seed_runs_and_height_that_are_given(
    chromium: Browser, tmp_path: Path
) -> None:
    (tmp_path / "small.yaml").write_text(SMALL, encoding="utf-8")
    scenario = sim.load_scenario(tmp_path / "small.yaml")
    for given in (scenario, tmp_path / "small.yaml"):
        live = sim.explore(given, seed=LARGE_SEED, runs=300, height=432)
        try:
            frame = live._repr_html_()
            assert "height:432px" in frame
            with in_notebook(chromium, frame, tmp_path) as page:
                page.locator("#runs").get_by_text(f"300 runs, seed {LARGE_SEED}").wait_for()
                assert page.locator("#steps .step").count() == 2  # 200, then 300
                assert text(page.locator("#title")) == "A small coalition"
                chance = sim.run(scenario, 300, LARGE_SEED).summary().success
                assert chance is not None
                assert text(page.locator("#chance")) == written(asdict(chance.chance), "chance")
        finally:
            live.close()


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves files, and says nothing of it."""

    def log_message(self, *_: object) -> None:
        pass
