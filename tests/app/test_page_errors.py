"""The page where something goes wrong: files, a server that is lost, slow or refuses."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.app.served import Client, served
from tests.app.shown import RUNS, at, lever, ready, set_slider, text
from tests.browser import opened
from tests.cli.tracing import SMALL

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Route


def test_a_wrong_file_is_told_with_its_line_and_the_page_goes_on(
    chromium: Browser, page_client: Client
) -> None:
    with at(chromium, page_client, quiet=False) as page:
        choice = page.locator("#scenario")
        choice.select_option("wrong.yaml")
        message = page.get_by_role("alert")
        message.wait_for()
        assert "wrong.yaml:3: tempo: 'fast' must be" in message.inner_text()
        assert choice.input_value() == "small.yaml"
        choice.select_option("burden_sharing")
        message.wait_for(state="hidden")
        page.locator("h1", has_text="Olson").or_(page.locator("h1", has_text="urden")).wait_for()


@pytest.mark.slow
def test_a_lost_server_is_told_and_found_again(chromium: Browser, tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(SMALL, encoding="utf-8")
    with (
        served(tmp_path, sizes=RUNS) as client,
        at(chromium, client, quiet=False) as page,
    ):
        page.context.set_offline(True)
        set_slider(lever(page, "level"), 0.3)
        message = page.get_by_role("alert")
        message.wait_for()
        assert "The server does not answer" in message.inner_text()
        assert page.get_by_role("button", name="Try again").is_visible()
        page.context.set_offline(False)
        message.wait_for(state="hidden")  # by itself, after a moment
        ready(page)
        client.serving.close()
        set_slider(lever(page, "level"), 0.4)
        message.wait_for()
        assert "The server does not answer" in message.inner_text()


@pytest.mark.slow
def test_a_slow_server_is_waited_for(chromium: Browser, page_client: Client) -> None:
    with at(chromium, page_client) as page:
        waits = iter([2.0])

        def slowly(route: Any) -> None:
            page.wait_for_timeout(1000 * next(waits, 0))
            route.continue_()

        page.route("**/api/run", slowly)
        set_slider(lever(page, "level"), 0.3)
        page.locator("body.running").wait_for()
        ready(page)
        assert text(page.locator("#changed")) == "1 change"


@pytest.mark.slow
@pytest.mark.parametrize("path", ["**/api/start", "**/api/scenario*", "**/api/run"])
def test_a_server_that_is_lost_at_first_is_found_by_itself(
    chromium: Browser, page_client: Client, path: str
) -> None:
    with opened(chromium, "about:blank", quiet=False) as page:
        page.context.route(path, lambda route: route.abort())
        page.goto(f"{page_client.serving.address}#set=conditions.backing.level%3D0.4")
        message = page.get_by_role("alert")
        message.wait_for()
        assert "The server does not answer" in message.inner_text()
        assert text(page.locator("#chance")) in ("…", "")  # it has no numbers yet
        page.context.unroute(path)
        ready(page)
        message.wait_for(state="hidden")
        assert text(page.locator("#changed")) == "1 change"


@pytest.mark.slow
@pytest.mark.parametrize("path", ["**/api/start", "**/api/scenario*"])
def test_a_server_that_is_slow_at_first_is_waited_for(
    chromium: Browser, page_client: Client, path: str
) -> None:
    waiting: list[Route] = []

    def hold(route: Route) -> None:
        waiting.append(route)

    with opened(chromium, "about:blank") as page:
        page.context.route(path, hold)
        page.goto(f"{page_client.serving.address}#seed=3")
        page.wait_for_timeout(1500)
        assert len(waiting) == 1  # it is asked once, not again and again
        assert text(page.locator("#chance")) == "…"
        waiting[0].continue_()
        ready(page)
        assert text(page.locator("#runs")) == f"{RUNS[-1]} runs, seed 3"


@pytest.mark.slow
def test_a_change_of_scenario_whose_runs_fail_shows_nothing_of_the_one_before(
    chromium: Browser, page_client: Client
) -> None:
    with at(chromium, page_client, quiet=False) as page:
        refusal = {"status": 413, "json": {"message": "the scenario is too large for a page"}}
        page.route("**/api/run", lambda route: route.fulfill(**refusal))
        page.locator("#scenario").select_option("burden_sharing")
        message = page.get_by_role("alert")
        message.wait_for()
        assert text(message.locator("p")) == "the scenario is too large for a page"
        assert page.locator("#scenario").input_value() == "burden_sharing"
        for place in ("#answer", "#fan", "#map", "#nation-rows"):
            assert page.locator(place).is_hidden(), place
        page.unroute("**/api/run")
        page.locator("#scenario").select_option("small.yaml")
        ready(page)
        message.wait_for(state="hidden")
        assert page.locator("#nation-rows tr", has_text="Poland").is_visible()


@pytest.mark.slow
def test_a_lost_server_is_asked_again_at_once_and_the_message_can_be_closed(
    chromium: Browser, page_client: Client
) -> None:
    with at(chromium, page_client, quiet=False) as page:
        asked: list[str] = []

        def lose(route: Route) -> None:
            asked.append(route.request.url)
            route.abort()

        page.route("**/api/run", lose)
        set_slider(lever(page, "level"), 0.3)
        message = page.get_by_role("alert")
        message.wait_for()
        n_asked = len(asked)
        page.get_by_role("button", name="Try again").click()
        page.wait_for_timeout(300)  # by itself it asks after two seconds
        assert len(asked) == n_asked + 1
        page.get_by_role("button", name="Close the message").click()
        message.wait_for(state="hidden")
        page.unroute("**/api/run")
        ready(page)
