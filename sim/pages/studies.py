"""What a page says of studies of many runs: comparisons, sweeps and others that have blocks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from sim.pages.part import CHANGES, KeyNumber, Part
from sim.report.blocks import Block, Note, Text
from sim.report.comparison import (
    CAVEAT,
    comparison_blocks,
    short_labels,
    with_interval,
)
from sim.report.ensemble import ALL_NATIONS
from sim.report.sweep import (
    EVEN_ODDS,
    estimate_text,
    place_of_point,
    reported_outcomes,
    sweep_blocks,
)
from sim.results.format import counted, cut, day_text
from sim.results.labels import quantity_label
from sim.studies.compare.changes import Difference, OutcomeChange
from sim.studies.compare.comparison import Comparison
from sim.studies.design.outcomes import outcome_label
from sim.studies.sweep.result import Sweep

LONGEST_TITLE = 200
MOST_SENTENCES = 2


def part_of_blocks(
    blocks: Iterable[Block], place: str, about: str = "", small_print: tuple[str, ...] = ()
) -> Part:
    """What a page says of a result that has blocks, and no more: its first paragraph is the answer.

    Parameters
    ----------
    blocks : iterable of Block
        As a terminal shows them.
    place : str
        The section that they stand in, of `sim.pages.part.PLACES`.
    about : str
        That of their paragraphs which says what was done.
    small_print : tuple of str
        Their notes that say what the numbers cover.
    """
    listed = list(blocks)
    titles = [block.text for block in listed if isinstance(block, Text) and block.is_title]
    texts = [block.text for block in listed if isinstance(block, Text) and not block.is_title]
    kept = tuple(
        block
        for block in listed
        if not (isinstance(block, Text) and (block.is_title or block.text == about))
        and not (isinstance(block, Note) and block.text in small_print)
    )
    return Part(
        title=cut(next(iter(titles), "untitled"), LONGEST_TITLE),
        about=about,
        answer=tuple(text for text in texts if text != about)[:1],
        sections={place: kept},
        small_print=small_print,
    )


# Comparisons


def comparison_part(comparison: Comparison) -> Part:
    """What a page says of a comparison: how success and size change."""
    blocks = comparison_blocks(comparison, ALL_NATIONS)
    about = next(b.text for b in blocks if isinstance(b, Text) and not b.is_title)
    end = day_text(comparison.base.start, comparison.n_days)
    answer = [
        sentence
        for difference in comparison.differences[:MOST_SENTENCES]
        for sentence in _comparison_sentences(comparison, difference, end)
    ]
    n_more = len(comparison.differences) - MOST_SENTENCES
    if n_more > 0:
        answer.append(f"{counted(n_more, 'more scenario')} below.")
    return replace(
        part_of_blocks(blocks, CHANGES, about, (CAVEAT,)),
        answer=tuple(answer),
        numbers=tuple(_comparison_numbers(comparison, end))[:3],
        scenarios=comparison.scenarios,
    )


def _comparison_sentences(
    comparison: Comparison, difference: Difference, end: str
) -> Iterator[str]:
    names = short_labels(comparison)
    label, base = names[difference.label], names[comparison.labels[0]]
    if comparison.is_same(difference.label):
        yield f"{label} is the same scenario as {base}: every difference is 0."
        return
    success, size = difference.outcome("success"), difference.outcome("size")
    runs = counted(difference.n_runs, "run")
    if success is not None:
        yield (
            f"With {label} in place of {base}, success by {end} comes in "
            f"{100 * success.other:.1f} % of {runs} in place of {100 * success.base:.1f} %: "
            f"{_points(success)}."
        )
    if size is not None:
        yield (
            f"On {end} a mean of {size.other:.1f} nations are public in place of {size.base:.1f}: "
            f"{with_interval(size.difference, size.low, size.high)}, 95 % interval in brackets, "
            "under the same luck."
        )


def _points(change: OutcomeChange) -> str:
    """A difference between chances."""
    return (
        f"{with_interval(*(100 * x for x in (change.difference, change.low, change.high)))} points"
    )


def _comparison_numbers(comparison: Comparison, end: str) -> Iterator[KeyNumber]:
    """Of the first other scenario: what it does to success, to the size and to the force."""
    difference = comparison.differences[0]
    for outcome, unit in (("success", " points"), ("size", ""), ("force", "")):
        change = difference.outcome(outcome)
        if change is None:
            continue
        scale = 100 if unit else 1
        text = with_interval(*(scale * x for x in (change.difference, change.low, change.high)))
        value, _, interval = text.partition(" (")
        said = f"95 % interval {interval.rstrip(')')}"
        if change.is_alike:
            said = f"the same in {counted(difference.n_runs, 'run')}"
        label = quantity_label(outcome, comparison.base)
        yield KeyNumber(f"change of {label} by {end}", f"{value}{unit}", said)


# Sweeps


def sweep_part(sweep: Sweep) -> Part:
    """What a page says of a sweep: from where to where its outcomes go, and where odds are even."""
    blocks = sweep_blocks(sweep)
    n_points, n_runs = counted(sweep.n_points, "point"), counted(sweep.study.effort.runs, "run")
    answer, numbers = list[str](), list[KeyNumber]()
    for outcome in reported_outcomes(sweep):
        values = sweep.column(outcome.name)
        if not np.isfinite(values).any():
            continue
        low, high = int(np.nanargmin(values)), int(np.nanargmax(values))
        label = outcome_label(sweep.study.scenario, outcome)
        least, most = (estimate_text(sweep, outcome, index) for index in (low, high))
        if values[low] == values[high]:
            said = f"{label} is {least} at every one of {n_points}."
            number = KeyNumber(f"{label} at every point", _value(least), f"95 % interval: {least}")
        else:
            at = [place_of_point(sweep, index) for index in (low, high)]
            said = f"Over {n_points}, {label} goes from {least} at {at[0]} to {most} at {at[1]}."
            ends = f"{_value(least)} to {_value(most)}"
            number = KeyNumber(f"{label}, least and most", ends, f"95 % intervals: {least}; {most}")
        answer += [] if answer else [f"{said[0].upper()}{said[1:]}"]
        numbers.append(number)
    answer += [f"{b.text}." for b in blocks if isinstance(b, Text) and b.text.startswith(EVEN_ODDS)]
    if not answer:
        answer.append(f"None of {n_points} could be run.")
    last = blocks[-1]
    small_print = (last.text,) if isinstance(last, Note) else ()
    about = f"{n_points}, {n_runs} each, seed {sweep.study.seed}"
    return replace(
        part_of_blocks(blocks, CHANGES, about, small_print),
        answer=tuple(answer),
        numbers=tuple(numbers[:3]),
        scenarios=(sweep.study.scenario,),
    )


def _value(estimate: str) -> str:
    """An estimate without its interval."""
    return estimate.partition(" [")[0]
