"""The tutorial runs from its first block to its last, and gives what it shows."""

from __future__ import annotations

import doctest
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from sim.cli.group import willing

PAGE = Path(__file__).parents[1] / "docs" / "tutorial.md"
BLOCK = re.compile(
    r'^```(yaml|sh|python)(?: title="([\w.]+)")?\n(.*?)^```', re.MULTILINE | re.DOTALL
)
STATUS = re.compile(r"# ends with status (\d)")
FIGURES = {
    "results/paris_2025/figures": {"fan_chart.png", "influence.png", "tile_maps.png"},
    "results/patrol/figures": {"outcomes.png", "conditions_chart.png"},
    "results/compare_patrol_patrol_backed/figures": {"difference_fan.png", "nation_changes.png"},
    "results/council/figures": {"condition_map.png", "condition_map_size.png", "size_strip.png"},
    "results/west/figures": {"hazard_West.png"},
}


def run_commands(text: str) -> None:
    """Run each line of a block of commands; its status is 0 unless the line says otherwise."""
    for line in text.splitlines():
        said = STATUS.search(line)
        done = CliRunner().invoke(willing, shlex.split(line, comments=True)[1:])
        assert done.exit_code == (int(said[1]) if said else 0), done.output


def run_examples(text: str, names: dict[str, Any]) -> None:
    """Run a block of examples, whose names those of later blocks know."""
    examples = doctest.DocTestParser().get_doctest(text, names, PAGE.name, str(PAGE), 0)
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    assert runner.run(examples, clear_globs=False).failed == 0
    names.update(examples.globs)


@pytest.mark.slow
@pytest.mark.usefixtures("blank_figures")
def test_the_tutorial_gives_what_it_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    blocks = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    assert {kind for kind, _, _ in blocks} == {"yaml", "sh", "python"}
    for kind, title, text in blocks:
        if kind == "yaml":
            Path(title).write_text(text, encoding="utf-8")
        elif kind == "sh":
            run_commands(text)
        else:
            run_examples(text, names)
    for folder, files in FIGURES.items():
        assert files <= {item.name for item in Path(folder).iterdir()}
