"""What the model cannot tell, as docs/limits.md says it: that file comes with the package."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from sim.pages.blocks import Heading, Listing, PageBlock
from sim.report.blocks import Text

SECTIONS = ("What it is", "What it leaves out", "What the intervals do not cover", "Misuse")
"""Sections of that file which hold for every scenario, in the order of a page."""

_PACKAGE = Path(__file__).resolve().parent
_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")
_ITEM = re.compile(r"(?:\*\*(.+?)\*\*)? ?(.*)")


def limits_file() -> Path:
    """The file: in an installed package, else in the repository."""
    installed = _PACKAGE / "limits.md"
    return installed if installed.is_file() else _PACKAGE.parents[1] / "docs" / "limits.md"


@cache
def limits_blocks() -> tuple[PageBlock, ...]:
    """The sections of the file that hold for every scenario, as blocks.

    Examples
    --------
    >>> [block.text for block in limits_blocks() if isinstance(block, Heading)][1]
    'What it leaves out'
    """
    text = limits_file().read_text(encoding="utf-8")
    parts = (part.partition("\n") for part in text.split("\n## ")[1:])
    sections = {title.strip(): body for title, _, body in parts}
    found: list[PageBlock] = []
    for title in SECTIONS:
        found.append(Heading(title))
        for paragraph in sections[title].strip().split("\n\n"):
            if paragraph.startswith("- "):
                items = [plain(each) for each in re.split(r"\n?^- ", paragraph, flags=re.M)[1:]]
                matched = [_ITEM.fullmatch(item) for item in items]
                pairs = [(each[1] or "", each[2]) for each in matched if each is not None]
                found.append(Listing(tuple(pairs)))
            else:
                found.append(Text(plain(paragraph).replace("*", "")))
    return tuple(found)


def plain(text: str) -> str:
    r"""A text of the docs on one line, without the addresses of its links and marks of code.

    Examples
    --------
    >>> plain("see [the\nmodel](model.md) and `willing run`")
    'see the model and willing run'
    """
    return _LINK.sub(r"\1", " ".join(text.split())).replace("`", "")
