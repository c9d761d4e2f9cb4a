"""What a page says of a tipping point: where an outcome turns, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import isfinite

from sim.pages.part import CHANGES, KeyNumber, Part, part_of_blocks
from sim.report.blocks import Text
from sim.report.ensemble import ALL_NATIONS
from sim.report.tipping import CAVEAT, answer, how_sure, plane_answer, tipping_blocks
from sim.studies.tipping.result import Tipping
from sim.studies.tipping.words import interval_text, outcome_text, path_text


def tipping_part(tipping: Tipping) -> Part:
    """What a page says of a tipping point."""
    blocks = tipping_blocks(tipping, ALL_NATIONS)
    about = next(each.text for each in blocks if isinstance(each, Text) and not each.is_title)
    found = answer(tipping) if tipping.second is None else plane_answer(tipping)
    return replace(
        part_of_blocks(blocks, CHANGES, about, (CAVEAT,)),
        answer=(found, how_sure(tipping)),
        numbers=tuple(_numbers(tipping)) if tipping.second is None else (),
        scenarios=(tipping.scenario,),
    )


def _numbers(tipping: Tipping) -> Iterator[KeyNumber]:
    """The level at which odds are even, and how many runs have no single threshold."""
    even, name = tipping.quantile(0.5), outcome_text(tipping)
    if isfinite(even.level):
        text = interval_text(even, tipping.levels, tipping.scenario)
        what = f"the chance of {name} is even"
        if not tipping.is_mostly_monotone:
            what = f"the median run first turns, {name}"
        value, _, interval = text.partition(" (")
        yield KeyNumber(
            f"{path_text(tipping.levels)}: where {what}",
            value,
            f"95 % interval {interval.rstrip(')')}" if interval else "",  # none of a single run
        )
    share = tipping.scan.not_monotone()
    yield KeyNumber(
        "of the runs tried are not monotone",
        f"{100 * share.mean:.1f} %",
        f"95 % interval {100 * share.low:z.1f} to {100 * share.high:.1f} %",
    )
