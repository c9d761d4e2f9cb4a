"""What a page says of a keystone study: who changes most, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sim.pages.part import CHANGES, MOST_SENTENCES, KeyNumber, Part, part_of_blocks
from sim.report.blocks import Text
from sim.report.comparison import with_interval
from sim.report.ensemble import ALL_NATIONS
from sim.report.keystone import CAVEAT, answer_sentences, keystone_blocks
from sim.results.labels import quantity_label
from sim.studies.compare.changes import CHANCES
from sim.studies.keystone.result import Keystone, LeverEffect


def keystone_part(keystone: Keystone) -> Part:
    """What a page says of a keystone study."""
    blocks = keystone_blocks(keystone, ALL_NATIONS)
    kind = keystone.kinds[0]
    ranked = [each for each in keystone.of_kind(kind) if each.rank is not None]
    about = next(each.text for each in blocks if isinstance(each, Text) and not each.is_title)
    return replace(
        part_of_blocks(blocks, CHANGES, about, (CAVEAT,)),
        answer=tuple(answer_sentences(keystone, kind))[:MOST_SENTENCES],
        numbers=tuple(_of_first(keystone, ranked[0], len(ranked))) if ranked else (),
        scenarios=(keystone.scenario,),
    )


def _of_first(keystone: Keystone, first: LeverEffect, n_ranked: int) -> Iterator[KeyNumber]:
    """What the first lever does to the outcome and to success, and how sure its rank is."""
    for outcome in dict.fromkeys((keystone.outcome, "success")):
        if outcome not in first.changes:
            continue
        scale, unit = (100, " points") if outcome in CHANCES else (1, "")
        text = with_interval(*(scale * each for each in first.changes[outcome]))
        value, _, interval = text.partition(" (")
        words = keystone.outcome_name(first.kind)
        if outcome != keystone.outcome:
            words = quantity_label(outcome, keystone.scenario)
        yield KeyNumber(
            f"change of {words} by {first.label}",
            value + unit,
            f"95 % interval {interval.rstrip(')')}" if interval else "",
        )
    low, high = first.rank_low, first.rank_high
    yield KeyNumber(
        f"rank of {first.label}, of {n_ranked}",
        f"{low}" if low == high else f"{low} to {high}",
        "95 % interval, all ranks taken together",
    )
