"""Pages in a browser: read by everyone, at any width, by keyboard, without scripts, on paper."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import sim
from sim.scenario.load import scenario_from_dict
from tests.browser import WIDTHS, opened, overflow, overlaps, violations
from tests.pages.made_up import results
from tests.results.synthetic import made_up, small_ensemble, small_scenario

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PAGES = ("ensemble", "comparison", "sweep", "trace", "calibration", "all", "long names")
EACH = pytest.mark.parametrize(
    "name",
    [
        # The page of all has what the others have.
        pytest.param(name, marks=[pytest.mark.slow] * (name not in ("all", "long names")))
        for name in PAGES
    ],
)
NATIONS = "#joins > .scrolled > table"


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Addresses of pages of each kind, of all together, and of one with very long words."""
    folder, found = tmp_path_factory.mktemp("pages"), dict(results())
    found["all"] = list(found.values())
    word = "Llanfairpwllgwyngyll" * 9
    scenario = small_scenario().full()
    scenario |= {"title": word * 3, "description": word}
    for nation in scenario["nations"]:
        nation["name"] = word
    found["long names"] = made_up(scenario_from_dict(scenario), 20)
    return {name: sim.write_report(found[name], folder / f"{name}.html").as_uri() for name in PAGES}


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@EACH
def test_nothing_on_a_page_keeps_people_out(
    chromium: Browser, addresses: dict[str, str], name: str, dark: bool
) -> None:
    with opened(chromium, addresses[name], dark=dark) as page:
        page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
        assert violations(page) == []


@pytest.mark.parametrize("width", WIDTHS)
@EACH
def test_no_page_is_wider_than_the_window_and_no_text_lies_on_another(
    chromium: Browser, addresses: dict[str, str], name: str, width: int
) -> None:
    with opened(chromium, addresses[name], width=width) as page:
        assert overflow(page) == []
        assert overlaps(page) == []
        page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
        assert overflow(page) == []


def test_a_page_makes_no_request(chromium: Browser, addresses: dict[str, str]) -> None:
    asked: list[str] = []
    with opened(chromium, "about:blank") as page:
        page.on("request", lambda request: asked.append(request.url))
        page.goto(addresses["all"])
        page.wait_for_load_state("networkidle")
    assert asked == [addresses["all"]]


def test_dark_and_light_differ_and_paper_is_light(
    chromium: Browser, addresses: dict[str, str]
) -> None:
    def paper(page: Page) -> str:
        return str(
            page.evaluate("getComputedStyle(document.documentElement).backgroundColor.toString()")
        )

    with opened(chromium, addresses["sweep"]) as page:
        light = paper(page)
    with opened(chromium, addresses["sweep"], dark=True) as page:
        assert paper(page) != light
        page.emulate_media(media="print")
        ink = page.evaluate("getComputedStyle(document.body).color.toString()")
        assert ink == "rgb(34, 34, 34)"


def column(page: Page, number: int) -> list[str]:
    """Cells of a column of the table of nations, from the first row down."""
    rows = page.locator(f"{NATIONS} > tbody > tr")
    return [row.locator("> *").nth(number).inner_text() for row in rows.all()]


def test_a_table_is_sorted_by_keyboard_and_says_so(
    chromium: Browser, addresses: dict[str, str]
) -> None:
    with opened(chromium, addresses["ensemble"]) as page:
        headings = page.locator(f"{NATIONS} > thead th")
        labels = headings.all_inner_texts()
        last = labels.index("9 Apr 2025")
        before = column(page, last)
        button = headings.nth(last).locator("button")
        button.focus()
        page.keyboard.press("Enter")
        assert headings.nth(last).get_attribute("aria-sort") == "descending"
        found = [float(re.sub("[^0-9.]", "", cell)) for cell in column(page, last)]
        assert found == sorted(found, reverse=True)
        page.keyboard.press("Space")
        assert headings.nth(last).get_attribute("aria-sort") == "ascending"
        found = [float(re.sub("[^0-9.]", "", cell)) for cell in column(page, last)]
        assert found == sorted(found)
        assert sorted(column(page, last)) == sorted(before)
        # One heading at a time; names go by the alphabet.
        headings.nth(0).locator("button").click()
        assert page.locator(f"{NATIONS} > thead th[aria-sort]").count() == 1
        assert column(page, 0) == sorted(column(page, 0))


def test_dates_are_sorted_as_dates_and_what_is_blank_comes_last(
    chromium: Browser, addresses: dict[str, str]
) -> None:
    with opened(chromium, addresses["ensemble"]) as page:
        headings = page.locator(f"{NATIONS} > thead th")
        place = headings.all_inner_texts().index("even odds by")
        for _ in range(2):
            headings.nth(place).locator("button").click()
            cells = column(page, place)
            n_blank = cells.count("-")
            assert cells[len(cells) - n_blank :] == ["-"] * n_blank
        days = [cell.split(" ")[1:2] + cell.split(" ")[:1] for cell in cells if cell != "-"]
        order = [("Mar", "Apr").index(month) * 31 + int(day) for month, day in days]
        assert order == sorted(order)


def test_a_row_opens_its_chances_by_keyboard(chromium: Browser, addresses: dict[str, str]) -> None:
    with opened(chromium, addresses["ensemble"]) as page:
        row = page.locator(f"{NATIONS} > tbody > tr").nth(3)
        drawing = row.locator(".opened svg").first
        assert not drawing.is_visible()
        row.locator("summary").first.focus()
        page.keyboard.press("Enter")
        assert drawing.is_visible()
        assert "chance of being public by day" in (drawing.get_attribute("aria-label") or "")


def test_without_scripts_all_is_there_and_no_button_promises_more(
    chromium: Browser, addresses: dict[str, str]
) -> None:
    with opened(chromium, addresses["ensemble"], scripts=False) as page:
        assert page.locator("button").count() == 0
        assert page.locator(f"{NATIONS} > tbody > tr").count() == len(small_ensemble().nations)
        row = page.locator(f"{NATIONS} > tbody > tr").nth(0)
        row.locator("summary").first.click()
        assert row.locator(".opened svg").first.is_visible()


def test_where_there_is_room_the_contents_stand_beside(
    chromium: Browser, addresses: dict[str, str]
) -> None:
    for width, is_beside in ((1000, False), (2560, True)):
        with opened(chromium, addresses["ensemble"], width=width) as page:
            contents, results_ = (page.locator(each).bounding_box() for each in ("nav", "main"))
            assert contents is not None
            assert results_ is not None
            assert (contents["x"] + contents["width"] <= results_["x"]) == is_beside


@pytest.fixture
def printed(
    chromium: Browser, addresses: dict[str, str], tmp_path: Path
) -> Iterator[tuple[Page, bytes]]:
    """The page of an ensemble as it is printed, and its PDF."""
    with opened(chromium, addresses["ensemble"]) as page:
        pdf = page.pdf(prefer_css_page_size=True)
        page.emulate_media(media="print")
        yield page, pdf


def test_it_prints_on_a_few_sheets_of_a4(printed: tuple[Page, bytes]) -> None:
    _, pdf = printed
    boxes = set(re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf))
    assert {(round(float(x)), round(float(y))) for x, y in boxes} == {(595, 842)}
    assert 4 <= len(re.findall(rb"/Type /Page\b", pdf)) <= 10


def test_headings_of_tables_can_be_repeated_on_every_sheet(printed: tuple[Page, bytes]) -> None:
    page, _ = printed
    for selector, display in (("thead", "table-header-group"), ("thead button", "contents")):
        shown = page.locator(
            f"{NATIONS} {' > ' if selector == 'thead' else ' '}{selector}"
        ).first.evaluate("(each) => getComputedStyle(each).display")
        assert shown == display  # Chromium repeats no box of its own, such as a button


def test_what_is_folded_is_open_on_paper_but_for_the_file(printed: tuple[Page, bytes]) -> None:
    page, _ = printed
    assert page.locator(".opened svg").first.is_visible()
    assert page.locator("#assumptions details table").first.is_visible()
    assert not page.get_by_text("The scenario file", exact=True).is_visible()
    assert not page.locator("nav").is_visible()
