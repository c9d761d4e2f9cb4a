"""The checks of pages notice what they are there for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser import opened, overflow, violations

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PAGE = (
    "<!doctype html><html lang='en'><head><title>A page</title>"
    "<meta name='viewport' content='width=device-width'></head>"
    "<body><main><h1>A page</h1>{}</main></body></html>"
)


@pytest.fixture
def write(tmp_path: Path):
    def write_page(body: str) -> str:
        file = tmp_path / "page.html"
        file.write_text(PAGE.format(body), encoding="utf-8")
        return file.as_uri()

    return write_page


def test_a_plain_page_passes_every_check(chromium: Browser, write) -> None:
    with opened(chromium, write("<p>Text.</p>"), width=360) as page:
        assert violations(page) == []
        assert overflow(page) == []


def test_a_picture_without_a_text_is_a_violation(chromium: Browser, write) -> None:
    with opened(chromium, write("<svg role='img' width='9' height='9'></svg>")) as page:
        assert [each.split(" ")[0] for each in violations(page)] == ["svg-img-alt"]


def test_what_is_too_wide_for_the_window_overflows(chromium: Browser, write) -> None:
    with opened(chromium, write("<p style='width: 400px'>Text.</p>"), width=360) as page:
        assert [each[:2] for each in overflow(page)] == ["<p"]


def test_a_message_in_the_console_fails_a_test(chromium: Browser, write) -> None:
    address = write("<script>console.log('a message')</script>")
    with (
        pytest.raises(AssertionError, match="a message"),
        opened(chromium, address) as page,
    ):
        assert page.title() == "A page"


def test_only_this_machine_has_an_address(chromium: Browser, write) -> None:
    failed: list[str] = []
    with opened(chromium, write(""), quiet=False) as page:
        page.on("requestfailed", lambda request: failed.append(str(request.failure)))
        page.evaluate("() => fetch('http://example.org/').catch(() => 0)")
    assert failed == ["net::ERR_NAME_NOT_RESOLVED"]
