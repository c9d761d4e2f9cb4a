"""``willing report``, and ``willing run --report``."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import sim
from sim.cli.group import willing
from sim.store.folder import REPORT, is_report
from tests.results.synthetic import small_ensemble


def call(*words: str, status: int = 0) -> Result:
    result = CliRunner().invoke(willing, list(words))
    assert result.exit_code == status, result.output
    return result


@pytest.fixture
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A result in a working folder of its own."""
    monkeypatch.chdir(tmp_path)
    small_ensemble().save("results/small")
    return tmp_path


def test_the_page_goes_into_the_first_result(stored: Path) -> None:
    said = call("report", "results/small").stdout
    file = Path("results/small", REPORT)
    assert is_report(file)
    assert said == f"Written to {file} ({file.stat().st_size / 1000:,.0f} kB)\n"
    before = file.read_bytes()
    assert call("report", "results/small", "--quiet").output == ""
    assert file.read_bytes() == before
    sim.load_results("results/small")


def test_the_page_is_that_of_the_function(stored: Path) -> None:
    call("report", "results/small", "--out", "one.html")
    sim.write_report("results/small", "other.html")
    assert Path("one.html").read_bytes() == Path("other.html").read_bytes()


def test_json_says_what_was_written(stored: Path) -> None:
    found = json.loads(call("report", "results/small", "--out", "p.html", "--json").stdout)
    assert found == {
        "schema": "willing.report/1",
        "out": "p.html",
        "bytes": Path("p.html").stat().st_size,
        "results": ["results/small"],
    }


def test_a_file_of_somebody_else_is_replaced_only_by_force(stored: Path) -> None:
    Path("mine.html").write_text("mine", encoding="utf-8")
    said = call("report", "results/small", "--out", "mine.html", status=2).stderr
    assert "mine.html is there already and no page of willing report" in said
    assert Path("mine.html").read_text(encoding="utf-8") == "mine"
    call("report", "results/small", "--out", "mine.html", "--force")
    assert is_report(Path("mine.html"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["missing"], "no folder missing"),
        (["paris_2025"], "paris_2025 is a scenario, not a result; run it first"),
        (["results"], "it holds results/small: name one of these"),
        (["results/small", "missing"], "no folder missing"),
        (["results/small", "--out", "-"], "- is standard output, and a file is needed"),
        (["results/small", "--out", "results"], "results is a folder; a page is a file"),
        (["results/small", "--out", "no/p.html"], "cannot write no/p.html: there is no folder"),
        ([], "Missing argument"),
    ],
)
def test_what_cannot_be_is_refused(stored: Path, words: list[str], said: str) -> None:
    assert said in call("report", *words, status=2).stderr
    assert not list(stored.rglob("*.html"))


def test_a_damaged_result_has_no_page(stored: Path) -> None:
    with Path("results/small/days.parquet").open("ab") as file:
        file.write(b"x")
    said = call("report", "results/small", status=2).stderr
    assert "results/small is damaged: days.parquet" in said
    assert not Path("results/small", REPORT).exists()


def test_a_full_disk_leaves_the_earlier_page(stored: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    call("report", "results/small")
    file = Path("results/small", REPORT)
    before = file.read_bytes()

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("pathlib.Path.write_text", full)
    said = call("report", "results/small", status=1).stderr
    assert os.strerror(28) in said
    assert file.read_bytes() == before
    assert [each.name for each in file.parent.glob("*.html")] == [REPORT]


RUN = ("run", "small.yaml", "--runs", "9", "--no-figures")


def test_a_run_writes_its_page_at_once(scenario_file: Path, engine: list[dict[str, Any]]) -> None:
    said = call(*RUN, "--report").stdout
    file = Path("results/small", REPORT)
    assert f"To read in a browser: {file}" in said
    page = file.read_bytes()
    call("report", "results/small")
    assert file.read_bytes() == page
    # The page is no part of the result, which the same command replaces.
    call(*RUN)
    assert not file.exists()


def test_a_result_is_not_given_twice(scenario_file: Path, engine: list[dict[str, Any]]) -> None:
    call(*RUN)
    refused = call("report", "results/small", "./results/small", "--out", "page.html", status=2)
    assert refused.stderr == "Error: ./results/small is given twice\n"
    assert not Path("page.html").exists()


def test_a_run_without_a_folder_has_no_page(
    scenario_file: Path, engine: list[dict[str, Any]]
) -> None:
    for more, said in ((["--print-only"], "--print-only"), (["--json"], "--json without --out")):
        refused = call(*RUN, "--report", *more, status=2).stderr
        assert (
            f"--report: the page goes into the folder of a result, and none is written ({said})"
            in (refused)
        )
    assert engine == []


def test_a_page_that_cannot_be_written_costs_no_runs(
    scenario_file: Path, engine: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("sim.pages.write.write_atomically", full)
    result = call(*RUN, "--report", status=1)
    assert f"Not written: {REPORT}: " in result.stderr
    assert "Written to" in result.stdout
    assert sim.load_results("results/small").n_runs == 9


def test_json_of_a_run_names_its_page(scenario_file: Path, engine: list[dict[str, Any]]) -> None:
    found = json.loads(call(*RUN, "--report", "--json", "--out", "here").stdout)
    assert found["report"] == REPORT
    assert "report" not in json.loads(call(*RUN, "--json", "--out", "there").stdout)
