"""The page in a browser: every control, and numbers that are those of ``willing run``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sim.results.format import percent
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
from tests.browser import WIDTHS, opened, overflow, overlaps, violations
from tests.cli.tracing import SMALL

if TYPE_CHECKING:
    from playwright.sync_api import Browser


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


@pytest.mark.parametrize(
    ("width", "dark"),
    [
        pytest.param(width, dark, marks=[pytest.mark.slow] * ((width, dark) != (360, True)))
        for width in WIDTHS
        for dark in (False, True)
    ],
)
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


CUT = """() => {
    const found = [];
    for (const chart of document.querySelectorAll(".chart svg")) {
        const frame = chart.getBoundingClientRect();
        for (const each of chart.querySelectorAll("text")) {
            const box = each.getBoundingClientRect();
            const isCut = box.left < frame.left - 1 || box.right > frame.right + 1;
            if (isCut) found.push(`${each.textContent} is cut`);
        }
    }
    for (const tile of document.querySelectorAll(".tile")) {
        if (tile.scrollWidth > tile.clientWidth + 1) found.push(`${tile.textContent} is cut`);
    }
    for (const name of document.querySelectorAll("#nation-rows th")) {
        const range = document.createRange();
        range.selectNodeContents(name);
        const isCut = range.getBoundingClientRect().right > name.getBoundingClientRect().right + 1;
        if (isCut) found.push(`${name.textContent} is on its bar`);
    }
    return found;
}"""
"""Texts of figures, tiles and rows that are cut."""


@pytest.mark.slow
@pytest.mark.parametrize("width", [*WIDTHS, 759, 761, 1179, 1181])
def test_no_text_lies_on_another(chromium: Browser, page_client: Client, width: int) -> None:
    fragment = "#set=conditions.backing.level%3D0.4&nation=POL"
    with at(chromium, page_client, fragment, width=width) as page:
        assert page.evaluate(CUT) == []
        assert overlaps(page) == []


@pytest.mark.slow
@pytest.mark.parametrize("width", [360, 420, 760, 800, 960, 961, 1000, 1180, 1440, 1900, 2560])
def test_nothing_of_the_main_scenario_lies_on_anything_else(
    chromium: Browser, paris_client: Client, width: int
) -> None:
    fragment = "#set=conditions.us_backing.level%3D0.6&nation=MKD"
    with at(chromium, paris_client, fragment, width=width) as page:
        page.locator("#why p").first.wait_for()
        for group in page.locator("#groups details").all()[:4]:
            group.evaluate("each => each.open = true")
        assert page.evaluate(CUT) == []
        assert overlaps(page) == []
        assert overflow(page) == []


def test_an_event_that_is_left_out_changes_the_answer(
    chromium: Browser, page_client: Client
) -> None:
    with at(chromium, page_client) as page:
        page.locator("#groups summary", has_text="Events").click()
        box = page.get_by_role("checkbox", name="defence ministers")
        assert box.is_checked()
        assert "12 Mar 2025" in page.locator("label", has=box).inner_text()
        box.uncheck()
        assert "without=events.defence_ministers" in wait_for_address(page, "without")
        assert page.locator("summary .badge:visible").inner_text() == "1 changed"
        page.get_by_role("button", name="Numbers of defence ministers").click()
        set_slider(page.get_by_role("slider", name="date", exact=True), 8)
        assert "18 Mar 2025" in page.locator("label", has=box).inner_text()
        ready(page)


@pytest.mark.slow
def test_a_nation_announces_on_a_day(chromium: Browser, page_client: Client) -> None:
    with at(chromium, page_client) as page:
        page.locator("#groups summary", has_text="Nations").click()
        page.locator("#groups").get_by_role("button", name="Poland", exact=True).click()
        page.get_by_role("checkbox", name="Announces that it takes part").check()
        set_slider(page.get_by_role("slider", name="Day on which Poland announces"), 5)
        assert "announces=POL%3D5" in wait_for_address(page, "POL%3D5")
        ready(page)
        page.locator("#day").fill("6")
        row = page.locator("#nation-rows tr", has_text="Poland")
        assert text(row.locator("td").last) == "100 %"


@pytest.mark.slow
def test_the_search_finds_levers_by_their_words(chromium: Browser, page_client: Client) -> None:
    with at(chromium, page_client) as page:
        search = page.get_by_role("searchbox", name="Find a lever by its name")
        search.fill("poland stake")
        assert text(page.locator("#search-said")) == "1 lever found"
        set_slider(page.locator("#results").get_by_role("slider", name="stake"), 0.5)
        assert "nations.POL.stake%3D0.5" in wait_for_address(page, "stake")
        search.fill("a")
        said = text(page.locator("#search-said"))
        shown = page.locator("#results").locator(".lever, .switch:not(.lever .switch)").count()
        found, more = (int(each) for each in re.findall(r"\d+", said))
        assert (shown, found - more) == (40, 40)
        search.fill("nothing has this name")
        assert text(page.locator("#search-said")) == "0 levers found"
        search.press("Escape")
        assert page.locator("#groups").is_visible()
        assert page.locator("#results").is_hidden()
        ready(page)


@pytest.mark.slow
def test_a_box_takes_what_lies_beyond_its_slider_and_gives_it_back(
    chromium: Browser, page_client: Client
) -> None:
    with at(chromium, page_client) as page:
        page.get_by_role("searchbox").fill("declare rate")
        box = page.get_by_label("rate, number").first
        box.fill("0.7")
        box.press("Enter")
        assert "behaviour.declare.rate%3D0.7" in wait_for_address(page, "rate")
        slider = page.locator("#results").get_by_role("slider", name="rate").first
        assert slider.input_value() == "0.7"
        page.get_by_role("button", name="Reset rate").first.click()
        assert box.input_value() == "0.2"
        assert text(page.locator("#changed")) == "as it was opened"
        ready(page)


def test_what_is_impossible_is_one_message_and_can_be_undone(
    chromium: Browser, page_client: Client
) -> None:
    with at(chromium, page_client, quiet=False) as page:
        page.get_by_role("searchbox").fill("declare rate")
        box = page.get_by_label("rate, number").first
        box.fill("-5")
        box.press("Enter")
        message = page.get_by_role("alert")
        message.wait_for()
        assert "behaviour.declare.rate: -5 must be" in message.inner_text()
        page.get_by_role("button", name="Undo").click()
        message.wait_for(state="hidden")
        ready(page)


def test_keys_move_sliders_and_lead_over_the_map(chromium: Browser, page_client: Client) -> None:
    with at(chromium, page_client) as page:
        slider = lever(page, "level")
        slider.focus()
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("ArrowLeft")
        assert page.get_by_label("level, number", exact=True).first.input_value() == "0.58"
        tiles = page.locator("#map button")
        assert [each.get_attribute("tabindex") for each in tiles.all()].count("0") == 1
        page.locator("#map button[tabindex='0']").focus()
        seen = set()
        for key in ("ArrowUp", "ArrowLeft", "ArrowDown", "ArrowRight", "ArrowRight", "ArrowRight"):
            page.keyboard.press(key)
            seen.add(page.evaluate("() => document.activeElement.textContent"))
        assert len(seen) >= 3
        page.keyboard.press("Enter")
        page.locator("#nation").wait_for()
        page.locator("#why p").first.wait_for()
        page.get_by_role("button", name="Close the nation").press("Enter")
        page.locator("#nation").wait_for(state="hidden")
        ready(page)


@pytest.mark.slow
def test_every_control_can_be_reached_and_shows_that_it_is(
    chromium: Browser, page_client: Client
) -> None:
    with at(chromium, page_client) as page:
        reached: list[str] = []
        for _ in range(60):
            page.keyboard.press("Tab")
            found = page.evaluate(
                """() => {
                    const each = document.activeElement;
                    const name = each.id || each.getAttribute("aria-label") || each.textContent;
                    return [name.trim(), getComputedStyle(each).outlineStyle];
                }"""
            )
            if page.evaluate("() => document.activeElement === document.body"):
                break  # beyond the last control
            reached.append(found[0])
            assert found[1] != "none", found
        for name in ("skip", "scenario", "seed", "share-open", "theme", "search", "play", "day"):
            assert name in reached
        page.locator("#skip").press("Enter")
        assert page.evaluate("() => document.activeElement.id") == "answer"


@pytest.mark.slow
def test_days_are_dragged_and_played(chromium: Browser, page_client: Client) -> None:
    with at(chromium, page_client) as page:
        assert text(page.locator("#date")) == "19 Apr 2025"
        page.locator("#day").fill("0")
        assert text(page.locator("#fan-read")).startswith("10 Mar 2025: median 2,")
        fan = page.locator("#fan svg")
        size = fan.bounding_box()
        assert size is not None
        fan.click(position={"x": size["width"] / 2, "y": 60})
        assert 15 <= int(page.locator("#day").input_value()) <= 25
        page.get_by_role("button", name="Play the days").click()
        page.locator("#play[aria-pressed=true]").wait_for()
        page.locator("#play[aria-pressed=false]").wait_for(timeout=20_000)
        assert text(page.locator("#date")) == "19 Apr 2025"


@pytest.mark.slow
def test_figures_can_be_read_as_tables(chromium: Browser, page_client: Client) -> None:
    with at(chromium, page_client) as page:
        for name, columns in (("fan", 4), ("histogram", 2)):
            page.locator(f"#{name}-table summary").click()
            rows = page.locator(f"#{name}-rows tr")
            rows.first.wait_for()
            assert rows.first.locator("th, td").count() == columns
        assert "Public size by day. On 19 Apr 2025" in str(
            page.locator("#fan svg").get_attribute("aria-label")
        )
        assert text(page.locator("#spoken")).endswith("%.")


@pytest.mark.slow
def test_a_scenario_is_held_and_compared_with(chromium: Browser, page_client: Client) -> None:
    with at(chromium, page_client) as page:
        hold = page.locator("#hold")
        assert hold.is_disabled()
        set_slider(lever(page, "level"), 0.45)
        page.locator("#difference").wait_for()
        hold.click()
        page.locator("#difference").wait_for(state="hidden")  # nothing differs from what is held
        assert "held-set=conditions.backing.level%3D0.45" in wait_for_address(page, "held-set")
        page.get_by_role("button", name="Reset", exact=True).first.click()
        page.locator("#difference").wait_for()
        ready(page)
        assert text(page.locator("#base-name")) == "as it was held"
        assert "Difference in the chance of success" in text(page.locator("#difference"))
        hold.click()
        page.locator("#difference").wait_for(state="hidden")
        assert hold.is_disabled()


@pytest.mark.slow
def test_light_and_dark_can_be_chosen(chromium: Browser, page_client: Client) -> None:
    with at(chromium, page_client) as page:
        colour = "() => getComputedStyle(document.body).color"
        light = page.evaluate(colour)
        page.get_by_role("button", name="Light or dark").click()
        assert page.evaluate(colour) != light
        page.get_by_role("button", name="Light or dark").click()
        assert page.evaluate(colour) == light


@pytest.mark.slow
def test_a_result_and_a_report_are_saved(chromium: Browser, page_client: Client) -> None:
    with at(chromium, page_client) as page:
        page.get_by_role("button", name="Share and save").click()
        page.get_by_role("button", name="Save the result").click()
        said = page.locator("#share-said")
        said.get_by_text("Saved in").wait_for()
        place = text(said).removeprefix("Saved in ").partition(":")[0]
        assert (Path(place) / "provenance.json").is_file()
        with page.expect_download() as download:
            page.get_by_role("button", name="Save the report").click()
        report = Path(download.value.path()).read_text(encoding="utf-8")
        assert text(page.locator("#chance")) in " ".join(report.split())
        page.keyboard.press("Escape")
        page.locator("#share[open]").wait_for(state="detached")


@pytest.mark.slow
def test_what_is_shared_is_copied_and_downloaded(chromium: Browser, page_client: Client) -> None:
    with at(chromium, page_client, "#set=conditions.backing.level%3D0.4") as page:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.get_by_role("button", name="Share and save").click()
        page.locator("#share[open]").wait_for()
        said = page.locator("#share-said")
        yaml = page.locator("#share-yaml").inner_text()
        for name, place in (("yaml", "yaml"), ("command", "command"), ("line", "line")):
            page.locator(f"#copy-{name}").click()
            said.get_by_text("Copied.").wait_for()
            copied = page.evaluate("() => navigator.clipboard.readText()")
            assert copied.strip() == page.locator(f"#share-{place}").inner_text().strip()
        page.locator("#copy-link").click()
        page.wait_for_function(
            "async (url) => await navigator.clipboard.readText() === url", arg=page.url
        )
        with page.expect_download() as download:
            page.locator("#save-yaml").click()
        assert download.value.suggested_filename == "small_changed.yaml"
        assert Path(download.value.path()).read_text(encoding="utf-8").strip() == yaml.strip()
        page.locator("#share-close").click()
        page.locator("#share").wait_for(state="hidden")


@pytest.mark.slow
def test_a_nation_is_chosen_in_the_list_and_a_day_is_dragged_in_the_figure(
    chromium: Browser, page_client: Client
) -> None:
    with at(chromium, page_client) as page:
        page.locator("#nation-rows").get_by_role("button", name="Poland").click()
        assert text(page.locator("#nation-name")) == "Poland"
        assert page.locator("#map [aria-pressed=true]").inner_text() == "POL"
        page.locator("#nation-close").click()
        page.locator("#nation").wait_for(state="hidden")
        fan = page.locator("#fan svg")
        fan.scroll_into_view_if_needed()
        size = fan.bounding_box()
        assert size is not None
        page.mouse.move(size["x"] + 0.9 * size["width"], size["y"] + 60)
        page.mouse.down()
        days = []
        for share in (0.7, 0.5, 0.3):
            page.mouse.move(size["x"] + share * size["width"], size["y"] + 60)
            days.append(int(page.locator("#day").input_value()))
        page.mouse.up()
        assert days == sorted(days, reverse=True)
        assert 5 < days[-1] < days[0] < 35
        assert f"day={days[-1]}" in wait_for_address(page, "day=")


@pytest.mark.slow
def test_names_that_are_markup_stay_text(chromium: Browser, tmp_path: Path) -> None:
    name = "<img src=x onerror=alert(1)>"
    hostile = SMALL.replace("name: Poland", f'name: "{name}"').replace(
        "title: A small coalition", f'title: "{name} \\u202e {"w" * 300}"'
    )
    (tmp_path / "hostile.yaml").write_text(hostile, encoding="utf-8")
    with (
        served(tmp_path, "hostile.yaml", sizes=RUNS) as client,
        at(chromium, client, "#nation=POL", width=360) as page,
    ):
        page.locator("#why p").first.wait_for()
        assert text(page.locator("#nation-name")) == name
        assert page.locator("img").count() == 0
        assert overflow(page) == []


@pytest.mark.slow
def test_a_scenario_without_success_shows_its_size(chromium: Browser, tmp_path: Path) -> None:
    (tmp_path / "plain.yaml").write_text("days: 5\nnations: [GBR, FRA]\n", encoding="utf-8")
    with (
        served(tmp_path, "plain.yaml", sizes=RUNS) as client,
        at(chromium, client, dark=True) as page,
    ):
        assert text(page.locator("#chance-label")) == "public nations at the end, on average"
        assert page.locator("#interval-bar").is_hidden()
        assert text(page.locator("#date")) == "day 5"
        assert violations(page) == []


@pytest.mark.slow
def test_without_the_token_the_page_says_what_is_needed(
    chromium: Browser, page_client: Client
) -> None:
    with opened(chromium, f"http://{page_client.host}/", quiet=False) as page:
        assert "Open the address that `willing app` printed" in page.inner_text("body")


@pytest.mark.slow
def test_a_finger_chooses_a_nation(chromium: Browser, page_client: Client) -> None:
    context = chromium.new_context(has_touch=True, viewport={"width": 360, "height": 740})
    try:
        page = context.new_page()
        page.goto(page_client.serving.address)
        ready(page)
        page.locator("#map button", has_text="POL").tap()
        page.locator("#nation").wait_for()
        lever(page, "level").tap()
        page.wait_for_url(re.compile("backing.level"))
        page.locator("#nation").scroll_into_view_if_needed()
        page.locator("#mini.shown").wait_for()
        assert text(page.locator("#mini-number")) == text(page.locator("#chance"))
    finally:
        context.close()
