"""Blocks as a piece of a page, for notebooks.

It stands by itself: no scripts, nothing from outside, styles in place. Text and lines take the
colour around them, so that it looks right on light and dark grounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from sim.report.blocks import Block, Figure, Note, Table

_CELL = "padding:.15em .9em .15em 0;background:none;border:0;vertical-align:top;text-align:left"
_HEAD = f"{_CELL};font-weight:600;border-bottom:1px solid currentColor"
_QUIET = "margin:.3em 0;opacity:.8;font-size:.9em;max-width:46em"
_TITLE = "margin:.2em 0;font-size:1.2em;font-weight:600"


def to_html(blocks: Sequence[Block]) -> str:
    """Blocks as one element of a page; all that is in them is text, but for the SVG of figures."""
    pieces = "".join(map(_block_html, blocks))
    return f'<div style="max-width:60em;line-height:1.4">{pieces}</div>'


def _block_html(block: Block) -> str:
    if isinstance(block, Table):
        return _table_html(block)
    if isinstance(block, Figure):
        caption = f'<figcaption style="{_QUIET}">{escape(block.caption)}</figcaption>'
        return f'<figure style="margin:.6em 0">{block.svg}{caption}</figure>'
    if isinstance(block, Note):
        style = _QUIET
    elif block.is_title:
        style = _TITLE
    else:
        style = f"margin:{'.2em' if block.tight else '.8em'} 0 .2em {block.indent / 2:g}em"
    return f'<p style="{style}">{escape(block.text)}</p>'


def _table_html(table: Table) -> str:
    first, *others = table.columns
    heads = [
        f'<th scope="col" style="{_HEAD}">{escape(each)}</th>' for each in table.columns.values()
    ]
    if not table.columns[first]:
        heads[0] = f'<td style="{_HEAD}"></td>'
    rows = (
        f'<tr style="background:none"><th scope="row" style="{_CELL};font-weight:400">'
        f"{escape(row.get(first, ''))}</th>"
        + "".join(f'<td style="{_CELL}">{escape(row.get(each, ""))}</td>' for each in others)
        + "</tr>"
        for row in table.rows
    )
    return (
        '<table style="border-collapse:collapse;margin:.8em 0 .2em;border:0;width:auto">'
        '<caption style="caption-side:top;text-align:left;padding:0;color:inherit;font-weight:600">'
        f"{escape(table.title)}</caption><thead><tr>{''.join(heads)}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table>"
    )
