"""The summary of an ensemble as a piece of a page, for notebooks.

It stands by itself: no scripts, nothing from outside, styles in place. Text and lines take the
colour that is around them, so that it looks right on light and dark grounds.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from sim.report.ensemble import Part, heading, summary_parts
from sim.report.size_chart import LEGEND, size_chart
from sim.results.format import CAVEAT, cut

if TYPE_CHECKING:
    from sim.results.ensemble import Ensemble
    from sim.results.summary import Summary

DIGEST_LETTERS = 12
LONGEST_ENGINE = 60

_CELL = "padding:.15em .9em .15em 0;background:none;border:0;vertical-align:top;text-align:left"
_HEAD = f"{_CELL};font-weight:600;border-bottom:1px solid currentColor"
_QUIET = "margin:.3em 0;opacity:.8;font-size:.9em"


def ensemble_html(ensemble: Ensemble) -> str:
    """Title, chart of the size by day, and the numbers that `willing run` prints."""
    chart = f'<figure style="margin:.6em 0">{size_chart(ensemble)}{_caption(LEGEND)}</figure>'
    return summary_html(ensemble.summary(), chart)


def summary_html(summary: Summary, chart: str = "") -> str:
    """The numbers that `willing run` prints, under a chart if there is one."""
    title, what = heading(summary)
    engine = escape(cut(summary.engine, LONGEST_ENGINE))
    digest = escape(summary.digest)
    made_by = f'digest <code title="{digest}">{digest[:DIGEST_LETTERS]}</code>, engine {engine}'
    pieces = [
        f'<p style="margin:.2em 0;font-size:1.2em;font-weight:600">{escape(title)}</p>',
        f'<p style="margin:.2em 0">{escape(what)}; {made_by}</p>',
        chart,
        *map(part_html, summary_parts(summary)),
        f'<p style="{_QUIET};max-width:46em">{escape(CAVEAT)}</p>',
    ]
    return f'<div style="max-width:60em;line-height:1.4">{"".join(pieces)}</div>'


def part_html(part: Part) -> str:
    """Lines, table and details of a part."""
    lines = [f'<p style="margin:.8em 0 .2em">{escape(line)}</p>' for line in part.lines]
    table = [_table(part)] if part.rows else []
    details = [f'<p style="{_QUIET}">{escape(detail)}</p>' for detail in part.details]
    return "".join([*lines, *table, *details])


def _table(part: Part) -> str:
    caption, *columns = map(escape, part.header)
    head = "".join(f'<th scope="col" style="{_HEAD}">{column}</th>' for column in columns)
    return (
        '<table style="border-collapse:collapse;margin:.8em 0 .2em;border:0;width:auto">'
        '<caption style="caption-side:top;text-align:left;padding:0;color:inherit;font-weight:600">'
        f'{caption}</caption><thead><tr><td style="{_HEAD}"></td>{head}</tr></thead>'
        f"<tbody>{''.join(map(_row, part.rows))}</tbody></table>"
    )


def _row(cells: list[str]) -> str:
    name, *values = map(escape, cells)
    data = "".join(f'<td style="{_CELL}">{value}</td>' for value in values)
    return (
        '<tr style="background:none">'
        f'<th scope="row" style="{_CELL};font-weight:400">{name}</th>{data}</tr>'
    )


def _caption(text: str) -> str:
    return f'<figcaption style="{_QUIET};max-width:46em">{escape(text)}</figcaption>'
