"""A page as HTML: one file with its styles and its script in it, and nothing from outside."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from sim._version import __version__
from sim.pages.tables import laid_out
from sim.results.format import printable
from sim.store.folder import REPORT_OPENING

TEMPLATES = Path(__file__).parent / "templates"


def rendered(rules: Sequence[str], **content: Any) -> str:
    """The page as text that can be written as UTF-8.

    Parameters
    ----------
    rules : sequence of str
        Style rules of its colours and drawings, before those of every page.
    **content
        What the template `page.html` shows.
    """
    style = "\n".join([*rules, _source("page.css")])
    script = _source("page.js")
    return (
        _environment()
        .get_template("page.html")
        .render(
            opening=Markup(REPORT_OPENING.decode()),
            version=__version__,
            style=Markup(style),
            script=Markup(script),
            style_hash=_hash(style),
            script_hash=_hash(script),
            **content,
        )
    )


@cache
def _environment() -> Environment:
    found = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_clean,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    found.filters["kind"] = lambda block: type(block).__name__
    found.filters["laid_out"] = laid_out
    return found


def _clean(value: object) -> object:
    """Text without letters that could turn its lines round, or that no file can hold."""
    if type(value) is not str:
        return value
    return printable(value).encode("utf-8", "backslashreplace").decode("utf-8")


@cache
def _source(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8").strip()


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return "sha256-" + b64encode(digest).decode("ascii")
