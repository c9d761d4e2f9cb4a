"""What a page says of a comparison: how success and size change, under the same luck."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sim.pages.part import CHANGES, MOST_SENTENCES, KeyNumber, Part, part_of_blocks
from sim.report.blocks import Text
from sim.report.comparison import CAVEAT, comparison_blocks, short_labels, with_interval
from sim.report.ensemble import ALL_NATIONS
from sim.results.format import counted, day_text
from sim.results.labels import quantity_label
from sim.studies.compare.changes import Difference, OutcomeChange
from sim.studies.compare.comparison import Comparison


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
