"""What a page says of a sweep: how far outcomes go, and where odds are even."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim.pages.part import CHANGES, KeyNumber, Part, part_of_blocks
from sim.report.blocks import Note, Text
from sim.report.sweep import (
    EVEN_ODDS,
    estimate_text,
    place_of_point,
    reported_outcomes,
    sweep_blocks,
)
from sim.results.format import counted
from sim.studies.design.outcomes import outcome_label
from sim.studies.sweep.result import Sweep


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
