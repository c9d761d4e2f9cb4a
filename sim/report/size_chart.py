"""A small chart of the coalition's size by day as SVG, for notebooks and pages.

It is written by hand: a figure of Matplotlib takes ten times the bytes, brings styles and links
that would reach the page around it, and has no colours for light and dark grounds.
"""

from __future__ import annotations

from html import escape
from math import ceil

from sim.report.day_frame import DayFrame, ticks
from sim.results.ensemble import Ensemble
from sim.results.estimates import INNER, OUTER
from sim.results.format import day_text

WIDTH, HEIGHT = 640, 220
LEFT, RIGHT, TOP, BOTTOM = 34, 12, 10, 24

COLOUR = "#4477AA"
"""Of the public size, as in every figure; contrast 4.7 with white and 4.0 with a ground of #111."""

LEGEND = (
    "Public size by day, nations: the line is the median, the bands contain 50 % and 90 % of the "
    "runs. Dashed: the median of the private size (public and undisclosed)."
)


def size_chart(ensemble: Ensemble) -> str:
    """SVG of the public size by day: median, ranges of 50 % and 90 % of the runs, private median.

    It takes the colour of the text around it, for light and dark grounds. However many days,
    nations and runs there are, it stays within some 40 kB.
    """
    start, n_days = ensemble.scenario.start, ensemble.n_days
    public, private = ensemble.tally("size"), ensemble.tally("private_size")
    medians = public.quantile(0.5), private.quantile(0.5)
    largest = float(max(public.quantile(OUTER[1]).max(), medians[1].max(), 1.0))
    frame = DayFrame(n_days, largest, WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM)
    pieces = []
    for tick in ticks(largest):
        y = frame.y(tick)
        pieces.append(
            f'<path d="M{LEFT} {y:g}H{WIDTH - RIGHT}" stroke="currentColor" stroke-opacity="0.2"/>'
            f'<text x="{LEFT - 5}" y="{y + 4:g}" text-anchor="end">{tick:,}</text>'
        )
    for ends, opacity in ((OUTER, 0.22), (INNER, 0.3)):
        path = frame.band(public.quantile(ends[0]), public.quantile(ends[1]))
        pieces.append(f'<path d="{path}" fill="{COLOUR}" fill-opacity="{opacity}"/>')
    dashed = 'stroke="currentColor" stroke-width="1.3" stroke-dasharray="5 3"'
    solid = f'stroke="{COLOUR}" stroke-width="2.2"'
    for median, style in ((medians[1], dashed), (medians[0], solid)):
        pieces.append(f'<path d="{frame.steps(median)}" fill="none" {style}/>')
    for day in sorted({ceil(n_days * third / 3) for third in range(4)}):
        anchor = {0: "start", n_days: "end"}.get(day, "middle")
        pieces.append(
            f'<text x="{frame.x(day):g}" y="{HEIGHT - 6}" text-anchor="{anchor}">'
            f"{escape(day_text(start, day))}</text>"
        )
    spreads = {day_text(start, day): public.spread(day) for day in (0, n_days)}
    in_words = "; ".join(
        f"median {spread.median:.0f} (90 % of runs {spread.low:.0f} to {spread.high:.0f}) on {day}"
        for day, spread in spreads.items()
    )
    return (
        f'<svg role="img" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        'xmlns="http://www.w3.org/2000/svg" '
        'style="max-width:100%;height:auto;font:11px sans-serif" fill="currentColor">'
        f"<title>{escape(f'Public size by day: {in_words}')}</title>{''.join(pieces)}</svg>"
    )
