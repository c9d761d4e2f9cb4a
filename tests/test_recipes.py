"""Every block of the recipes runs, in its order, without a warning; every command of questions."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from sim.cli.group import COMMANDS, willing
from tests.shown_commands import FEW_RUNS, shortened

PAGE = Path(__file__).parents[1] / "docs" / "recipes.md"
SECTION = re.compile(r"^## (.+?)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)

TEXT = PAGE.read_text(encoding="utf-8")
SECTIONS = dict(SECTION.findall(TEXT))
FIRST = BLOCK.search(TEXT)

QUESTIONS = dict(
    re.findall(
        r"^### (.+?)\n(.*?)(?=^##|\Z)",
        (PAGE.parent / "questions.md").read_text(encoding="utf-8"),
        re.MULTILINE | re.DOTALL,
    )
)
SLOW = ("calibrate", "backtest", "sensitivity", "tipping")
NO_ANSWERS = {"plot", "export", "schema", "completion"}
"""Commands that answer no question: they pass on what others have answered."""


def value_of(block: str, names: dict[str, Any]) -> Any:
    """Run a block; what its last line, an expression, comes to."""
    *lines, last = block.rstrip().splitlines()
    exec("\n".join(lines), names)
    return eval(last, names)


def values(section: str) -> list[Any]:
    """What the blocks of a section come to, after the first block of the page."""
    assert FIRST is not None
    names: dict[str, Any] = {}
    value_of(FIRST[1], names)
    return [value_of(block, names) for block in BLOCK.findall(SECTIONS[section])]


def test_the_first_block_gives_a_chance() -> None:
    assert FIRST is not None
    assert 0 < value_of(FIRST[1], {}) < 1


def test_salib_finds_that_backing_matters_most() -> None:
    (found,) = values("SALib: sensitivity indices")
    total, interval = found
    assert total.shape == interval.shape == (3,)
    assert total.argmax() in (0, 1)


@pytest.mark.slow
def test_the_workbench_finds_where_the_coalition_falls_short() -> None:
    box, shape = values("EMA Workbench: when does the coalition fall short?")
    limits, coverage, density = box
    assert density >= 0.9
    assert 0.2 < coverage <= 1
    assert limits.keys() & {"backing", "acceptability"}
    assert shape == (5, 181)


def test_xarray_labels_the_points() -> None:
    (found,) = values("xarray: labelled arrays")
    assert found.ndim == 0
    assert 0.5 < float(found) < 1


@pytest.mark.slow
def test_mesa_runs_what_the_engines_run() -> None:
    (rows,) = values("Mesa's own batch_run")
    import sim

    base = sim.load_scenario("paris_2025")
    for level in (0.2, 0.8):
        scenario = base.with_changes({"conditions.us_backing.level": level})
        sizes = [size for digest, _, size in rows if digest == scenario.digest[:6]]
        np.testing.assert_array_equal(sizes, sim.run(scenario, runs=2, seed=7).size[:, -1])


@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_has_a_recipe(section: str) -> None:
    assert BLOCK.search(SECTIONS[section])


def commands_of(question: str) -> list[str]:
    """The commands under a question."""
    return re.findall(r"^willing .*$", QUESTIONS[question], re.MULTILINE)


def is_slow(question: str) -> bool:
    """True if a command under a question takes seconds, also with few runs."""
    return any(command.split()[1] in SLOW for command in commands_of(question))


@pytest.mark.usefixtures("blank_figures")
@pytest.mark.parametrize(
    "question",
    [pytest.param(each, marks=[pytest.mark.slow] * is_slow(each)) for each in QUESTIONS],
)
def test_the_commands_under_a_question_run(
    question: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    # The live page goes on until Ctrl-C, and opens a browser.
    monkeypatch.setattr("sim.app.serving.Serving.run", lambda serving: serving.close())
    monkeypatch.setattr("webbrowser.open", lambda _: True)
    monkeypatch.setattr("os.nice", lambda _: 0)
    commands = [shortened(command) for command in commands_of(question)]
    if "results/paris_2025" in commands[0]:
        commands.insert(0, ["run", "paris_2025", *FEW_RUNS])
    for words in commands:
        done = CliRunner().invoke(willing, words, catch_exceptions=False)
        assert done.exit_code == 0, done.output


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_has_a_command_its_page_and_its_limits(question: str) -> None:
    assert commands_of(question)
    assert "[limits](" in QUESTIONS[question]
    assert QUESTIONS[question].count("](") >= 2


def test_no_two_commands_of_a_kind_write_to_one_folder() -> None:
    places = []
    for question in QUESTIONS:
        for command in commands_of(question):
            name, subject, *rest = [*command.split()[1:], ""]
            places.append((name, rest[rest.index("--out") + 1] if "--out" in rest else subject))
    assert len(set(places)) == len(places)


def test_every_command_that_answers_a_question_stands_under_one() -> None:
    shown = {command.split()[1] for name in QUESTIONS for command in commands_of(name)}
    assert shown == set(COMMANDS) - NO_ANSWERS
