"""What a page says of one run: how it ended, its sizes by day, and its story."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import numpy as np

from sim.pages.blocks import Chart, Story
from sim.pages.charts import Line, Scale, listed_days, with_days
from sim.pages.part import LONGEST_TITLE, RUN, KeyNumber, Part
from sim.pages.sources import ToldTrace
from sim.report.blocks import Table
from sim.report.text import WIDEST
from sim.report.trace.run import CAVEAT
from sim.results.format import counted, cut, day_text

N_HEADING = 2
"""Paragraphs at the beginning of a story that say which run it is, as the page does."""

HANGING = 6
"""Spaces before a line that goes on with an indented paragraph."""

_FIRST_WORD = re.compile(r"(?:>= )?\S+(?: %\S*)?")
"""What is not broken at the beginning of a line; see `sim.report.text.TIED`."""

SIZES_DRAWN = (
    ("private", "private_size", "private (public and undisclosed)"),
    ("firm", "firm_size", "firm (pledged or deployed)"),
    ("public", "public_size", "public"),
)


def trace_part(trace: ToldTrace) -> Part:
    """What a page says of one run."""
    told, n_days = trace.told, trace.told["n_days"]
    start = None if told["start"] is None else date.fromisoformat(told["start"])
    first, last = (day_text(start, day) for day in (0, n_days))
    n_nations = counted(len(told["nations"]), "nation")
    succeeds = told["success_day"]
    ending = (
        f"it succeeds, from {day_text(start, succeeds)} on"
        if succeeds >= 0
        else "it does not succeed"
    )
    if trace.scenario.success is None:
        ending = "the scenario sets no thresholds of success"
    public, private = told["public_size"], told["private_size"]
    answer = (
        f"In run {told['run']} of seed {told['seed']}, {public} of {n_nations} are public on "
        f"{last} ({private} with the undisclosed), and {ending}.",
        "This is one run of many: another run of the same scenario may end otherwise.",
    )
    numbers = (
        KeyNumber(f"nations public on {last}", str(public), f"of {len(told['nations'])}"),
        KeyNumber("with those that have decided in private", str(private)),
        KeyNumber("pledged or deployed", str(told["firm_size"])),
    )
    about = f"{n_nations}, {first} to {last}, run {told['run']}, seed {told['seed']}"
    story = Story(tuple(paragraphs(trace.story)[N_HEADING:]))
    return Part(
        title=cut(told["title"], LONGEST_TITLE) or "untitled scenario",
        about=about,
        answer=answer,
        numbers=numbers,
        sections={RUN: (_sizes(told["days"], start), story)},
        small_print=(CAVEAT,),
        scenarios=(trace.scenario,),
    )


def paragraphs(story: str) -> list[tuple[int, str]]:
    r"""Paragraphs of a story that was broken into lines of `WIDEST` letters, as far as can be told.

    Returns
    -------
    list of (int, str)
        How far each is indented, from 0 to 2, and its text.

    Examples
    --------
    >>> paragraphs("1 Apr, day 2: nobody is public\n  Poland declines\n    hazard 0.1\n      a day")
    [(0, '1 Apr, day 2: nobody is public'), (1, 'Poland declines'), (2, 'hazard 0.1 a day')]
    """
    found, before = list[tuple[int, str]](), ""
    for line in story.splitlines():
        text, indent = line.strip(), len(line) - len(line.lstrip())
        begins = _FIRST_WORD.match(text)
        had_no_room = begins is not None and len(before) + 1 + len(begins[0]) > WIDEST
        # Under a line that begins at the left, one indented by two may be a paragraph of its own.
        is_open = not found or found[-1][0] > 0 or (indent > 0 and text[:1].isupper())
        if text and found and before and (indent >= HANGING or (had_no_room and not is_open)):
            found[-1] = (found[-1][0], f"{found[-1][1]} {text}")
        elif text:
            found.append((min(indent // 2, 2), text))
        before = line if text else ""
    return found


def _sizes(days: dict[str, Any], start: date | None) -> Chart:
    """The three sizes by day in this run."""
    by_day = {key: np.array(days[key], dtype=np.float64) for _, key, _ in SIZES_DRAWN}
    n_days = len(days["public_size"]) - 1
    marks = [Line(mark, by_day[key]) for mark, key, _ in SIZES_DRAWN]
    rows = tuple(
        {"day": day_text(start, day)} | {key: f"{each[day]:.0f}" for key, each in by_day.items()}
        for day in listed_days(n_days)
    )
    columns = {"day": ""} | {key: label for _, key, label in SIZES_DRAWN}
    said = "; ".join(f"{row['public_size']} on {row['day']}" for row in rows[::4])
    words = f"Sizes by day in this run, nations. Public: {said}."
    top = max(1.0, *(float(each.max()) for each in by_day.values()))
    legend = tuple((mark, label) for mark, _, label in SIZES_DRAWN)
    chart = Chart((), "Sizes by day in this run", legend, Table("Day", columns, rows))
    return with_days(chart, marks, start, Scale(top * 1.04, unit="nations"), words)
