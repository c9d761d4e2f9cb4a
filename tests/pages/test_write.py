"""A page of results: what is on it, that it stands by itself, and that nothing in it is hostile."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given

import sim
from sim.pages.kinds import PAGES, part_of
from sim.pages.sources import opened_sources
from sim.pages.write import report_html
from sim.results.ensemble import Ensemble
from sim.scenario.load import scenario_from_dict
from sim.store.folder import ResultsError, foreign_files, is_report
from sim.store.kinds import KINDS
from tests.pages.made_up import Reader, results
from tests.report.test_hostile_texts import HOSTILE, STEERING
from tests.report.test_html import ensembles
from tests.results.synthetic import made_up, small_ensemble, small_scenario

ALL = {**ensembles(), **results()}
EVERY = pytest.mark.parametrize("name", list(ALL))


@cache
def page_of(name: str) -> str:
    """The page of one of them."""
    return report_html(ALL[name])


LOADING = {"src", "srcset", "action", "formaction", "data", "poster", "ping", "background"}


@EVERY
def test_every_kind_of_result_makes_a_sound_page(name: str) -> None:
    page = Reader(page_of(name))
    assert len(page.of("h1")) == 1
    assert page.of("html")[0]["lang"] == "en"
    assert "How to repeat it" in page.text
    assert "What the model cannot tell" in page.text


@EVERY
def test_a_page_asks_nothing_of_any_network(name: str) -> None:
    page = Reader(page_of(name))
    assert not LOADING & {attribute for _, found in page.elements for attribute in found}
    assert not page.of("link") + page.of("iframe") + page.of("img") + page.of("object")
    targets = [found["href"] for _, found in page.elements if "href" in found]
    assert all(each.startswith(("#", "data:image/png;base64,")) for each in targets)
    [policy] = [each for each in page.of("meta") if each.get("http-equiv")]
    assert policy["content"].startswith("default-src 'none'; style-src 'sha256-")
    # Styles in place and handlers would need a weaker policy.
    assert not [found for _, found in page.elements if "style" in found]
    assert not [each for _, found in page.elements for each in found if each.startswith("on")]


@EVERY
def test_ids_are_unique_and_links_within_the_page_lead_somewhere(name: str) -> None:
    page = Reader(page_of(name))
    ids = [found["id"] for _, found in page.elements if "id" in found]
    assert len(set(ids)) == len(ids)
    inside = {found["href"][1:] for _, found in page.elements if found.get("href", "")[:1] == "#"}
    assert inside <= set(ids)


@EVERY
def test_each_figure_has_a_text_with_numbers_and_each_table_has_headings(name: str) -> None:
    page = Reader(page_of(name))
    drawn = [each for each in page.of("svg") if each.get("aria-hidden") != "true"]
    for each in drawn:
        assert each["role"] == "img"
        assert re.search(r"\d", each["aria-label"]), each["aria-label"]
    assert len(page.of("table")) == len(page.of("thead"))
    assert all(each["scope"] in ("row", "col") for each in page.of("th"))


@pytest.mark.parametrize("name", ["usual", "comparison", "sweep"])
def test_the_same_result_makes_the_same_page(name: str) -> None:
    assert report_html(ALL[name]) == page_of(name)


def test_another_process_makes_the_same_bytes(tmp_path: Path) -> None:
    small_ensemble().save(tmp_path / "result")
    found = []
    for seed in ("1", "2"):
        file = tmp_path / f"{seed}.html"
        words = ["report", str(tmp_path / "result"), "--out", str(file)]
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run([sys.executable, "-m", "sim", *words], check=True, env=environment)
        found.append(file.read_bytes())
    assert found[0] == found[1]
    assert found[0].decode() == report_html(tmp_path / "result")


def test_the_answer_stands_on_top_with_its_interval() -> None:
    page = Reader(report_html(small_ensemble()))
    found = small_ensemble().summary().success
    assert found is not None
    chance = found.chance
    said = (
        f"In {100 * chance.chance:.1f} % of 200 runs (95 % interval {100 * chance.low:.1f} to "
        f"{100 * chance.high:.1f} %) the coalition reaches every threshold"
    )
    assert said in page.text
    assert page.text.index(said) < page.text.index("Chance of being public")


def test_every_nation_is_listed_and_opens_its_chances() -> None:
    ensemble = small_ensemble()
    page = Reader(report_html(ensemble))
    for nation in ensemble.scenario.nations:
        assert f"{nation.id} {nation.name}" in page.text
    labels = [each.get("aria-label", "") for each in page.of("svg")]
    opened = [each for each in labels if "chance of being public by day" in each]
    assert len(opened) == len(ensemble.nations)
    public = ensemble.records.runs_public(-1)[0] / ensemble.n_runs
    assert any(f"{100 * public:.0f} % on 9 Apr 2025." in each for each in opened)


def test_of_thousands_of_nations_those_that_come_first_are_listed() -> None:
    page = page_of("a thousand nations")
    assert page.count('<th scope="row"><details>') == 100
    assert "and 700 more, later or less likely, in the tables of the result" in page
    assert len(page) < 700_000


@pytest.mark.slow
def test_the_page_of_paris_has_at_most_500_kilobytes() -> None:
    page = report_html(sim.run(sim.load_scenario("paris_2025"), runs=1000))
    assert len(page.encode()) <= 500_000


def test_several_results_stand_in_sections_of_their_own() -> None:
    found = results()
    page = Reader(report_html([found["ensemble"], found["comparison"], found["trace"]]))
    assert len(page.of("h1")) == 1
    headings = ("Who joins when", "One run, day by day", "What would change it", "Assumptions")
    places = [page.text.rindex(each) for each in headings]
    assert places == sorted(places)
    assert "us_backing.level=0.9, compared with Small test" in page.text


def test_a_result_of_another_scenario_is_marked_as_such() -> None:
    other = made_up(small_scenario(5), 20)
    said = "This is of another scenario than the head of the page"
    assert said in report_html([small_ensemble(), other])
    assert said not in report_html([small_ensemble(), small_ensemble()])


def test_the_stored_result_gives_how_to_repeat_it(tmp_path: Path) -> None:
    ensemble = small_ensemble()
    ensemble.command = "willing run small.yaml --runs 200 --set nations.N01.stake=0.2"
    ensemble.save(tmp_path / "result")
    page = Reader(report_html(tmp_path / "result"))
    assert ensemble.command in page.text
    assert ensemble.scenario.digest in page.text
    assert page.text.count("days.parquet") == 1
    assert "provenance.json" in page.text
    # What is not stored has no checksums, and no other difference.
    assert "provenance.json" not in Reader(report_html(ensemble)).text


def test_a_page_names_the_command_that_made_its_first_result() -> None:
    ensemble = made_up(small_scenario(), 5)
    assert "Report of willing run" in Reader(report_html(ensemble)).text
    ensemble.command = "willing forecast small --as-of 2025-03-10"
    assert "Report of willing forecast" in Reader(report_html(ensemble)).text


def test_a_stored_trace_is_told_as_one_in_memory(tmp_path: Path) -> None:
    from click.testing import CliRunner

    from sim.cli.group import willing

    file = tmp_path / "small.yaml"
    file.write_text(small_scenario().to_yaml(), encoding="utf-8")
    words = ["trace", str(file), "--seed", "1", "--run", "2", "--out", str(tmp_path / "trace")]
    assert CliRunner().invoke(willing, words).exit_code == 0
    stored, traced = (
        part_of(opened_sources(each)[0].result)
        for each in (tmp_path / "trace", sim.trace(small_scenario(), seed=1, run=2))
    )
    assert replace(stored, scenarios=()) == replace(traced, scenarios=())


def named(text: str) -> Ensemble:
    """An ensemble of a scenario in which all that people may name has this name."""
    form = {
        "title": text,
        "description": text,
        "sources": [text],
        "days": 3,
        "nations": [{"id": "GBR", "name": text[:150]}, "FRA"],
        "conditions": {"backing": {"level": 0.5, "name": text[:60]}},
        "contributions": {"ground": {"name": text[:60], "unit": text[:60]}},
        "events": [{"date": 2, "meeting": text[:150]}],
        "success": {"public_size": 1, "backing": 0.4, "hold": 1},
    }
    ensemble = made_up(scenario_from_dict(form), 5)
    ensemble.command = f"willing run {text}"
    return ensemble


TAGS = {tag for tag, _ in Reader(report_html(named("x"))).elements}


@given(text=HOSTILE)
def test_texts_of_others_stay_text(text: str) -> None:
    html = report_html(named(text))
    page = Reader(html)
    assert {tag for tag, _ in page.elements} == TAGS
    assert not [each for _, found in page.elements for each in found if each.startswith("on")]
    assert not STEERING & set(html)


@pytest.mark.parametrize("kind", ["comparison", "sweep"])
def test_texts_of_others_in_figures_stay_text(kind: str) -> None:
    bad = '</text></svg><script>alert(1)</script>" style="}body{display:none}'
    scenario = scenario_from_dict(
        {
            "title": bad,
            "days": 3,
            "nations": [{"id": "GBR", "name": bad}, "FRA"],
            "conditions": {"backing": {"level": 0.5, "name": bad[:60]}},
            "success": {"public_size": 1, "hold": 1},
        }
    )
    result = {
        "comparison": lambda: sim.compare(scenario, with_=["conditions.backing.level=0.9"], runs=3),
        "sweep": lambda: sim.sweep(scenario, {"conditions.backing.level": [0.2, 0.9]}, runs=3),
    }[kind]()
    page = Reader(report_html(result))
    assert len(page.of("script")) == 1
    assert len(page.of("style")) == 1
    [style] = re.findall("<style>(.*?)</style>", report_html(result), re.DOTALL)
    assert "display:none}body" not in style.replace(" ", "")
    assert "body{display:none" not in style.replace(" ", "")


def test_a_half_of_a_surrogate_pair_is_written(tmp_path: Path) -> None:
    ensemble = small_ensemble()
    ensemble.command = "willing run res\udcff.yaml"
    file = sim.write_report(ensemble, tmp_path / "page.html")
    assert "res\\udcff.yaml" in file.read_text(encoding="utf-8")
    ensemble.command = None


def test_a_page_replaces_a_page_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    sim.write_report(small_ensemble(), file)
    sim.write_report(small_ensemble(), str(file))
    file.write_text("<!DOCTYPE html><p>My own.</p>", encoding="utf-8")
    with pytest.raises(ResultsError, match="no page of willing report"):
        sim.write_report(small_ensemble(), file)
    assert "My own." in file.read_text(encoding="utf-8")
    sim.write_report(small_ensemble(), file, overwrite=True)
    assert is_report(file)
    with pytest.raises(ResultsError, match="is a folder"):
        sim.write_report(small_ensemble(), tmp_path, overwrite=True)


def test_the_page_in_a_result_is_no_foreign_file_and_another_is(tmp_path: Path) -> None:
    place = tmp_path / "result"
    small_ensemble().save(place)
    sim.write_report(place, place / "report.html")
    assert foreign_files(place, [each.name for each in place.glob("*.*")][:0]) != ["report.html"]
    small_ensemble().save(place, overwrite=True)
    (place / "report.html").write_text("mine", encoding="utf-8")
    with pytest.raises(ResultsError, match=r"report\.html"):
        small_ensemble().save(place, overwrite=True)
    assert isinstance(sim.load_results(place), Ensemble)


def test_what_is_no_result_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="int is no result that a page can show; it shows Trace"):
        report_html(3)
    with pytest.raises(ValueError, match="there is none"):
        report_html([])
    with pytest.raises(ResultsError, match="no folder"):
        report_html(tmp_path / "missing")


def test_every_kind_that_is_stored_has_a_page() -> None:
    shown = {name.removeprefix("Told") for name in PAGES}
    assert {kind.result for kind in KINDS} == shown


@pytest.mark.parametrize("name", ["sensitivity", "comparison"])
def test_the_answer_is_said_once(name: str) -> None:
    text = Reader(page_of(name)).text
    for sentence in part_of(ALL[name]).answer:
        assert text.count(" ".join(sentence.split())) == 1
