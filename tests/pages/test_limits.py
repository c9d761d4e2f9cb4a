"""What the model cannot tell is said in one place, which the page reads."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from sim.pages.blocks import Heading, Listing
from sim.pages.limits import SECTIONS, limits_blocks, limits_file
from sim.report.blocks import Text

ROOT = Path(__file__).parents[2]


def test_the_sections_of_the_docs_are_there_word_for_word() -> None:
    text = re.sub(r"[*`]|\]\([^)]*\)|\[", "", (ROOT / "docs" / "limits.md").read_text("utf-8"))
    docs = " ".join(text.split())
    blocks = limits_blocks()
    assert [each.text for each in blocks if isinstance(each, Heading)] == list(SECTIONS)
    for block in blocks:
        if isinstance(block, Text):
            assert block.text in docs
        if isinstance(block, Listing):
            assert len(block.items) > 2
            for strong, words in block.items:
                assert f"{strong} {words}".strip() in docs


def test_the_file_comes_with_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    taken = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert taken["docs/limits.md"] == "sim/pages/limits.md"
    assert limits_file().samefile(ROOT / "docs" / "limits.md")
