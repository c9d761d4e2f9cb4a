"""What is varied, what is asked, and what a sweep is, in the words that stand round a figure."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from sim.plots.sheet import title_of
from sim.plots.sweep.grid import LONGEST_REASON, LONGEST_STEP, Axis, Lattice
from sim.results.format import counted, cut, cut_apart, day_text
from sim.studies.design.values import SCENARIO, label_words

if TYPE_CHECKING:
    from sim.studies.design.outcomes import Outcome
    from sim.studies.design.values import Label
    from sim.studies.sweep.result import Sweep

LONGEST_VALUE = 32

THOUSAND, LARGEST_WRITTEN = 1e3, 1e7
"""Numbers between them are written with all their digits before the point."""

SIZES = {
    "size": "public size",
    "private_size": "private size",
    "firm_size": "firm size",
    "peak_size": "largest public size",
    "in_force": "a quorum in force",
}

LENGTHENS = ("days", "start", SCENARIO)
"""Paths that move the last day."""

CAVEAT = (
    "Uncertainty about the numbers that are neither varied nor drawn, and about the model, is not "
    "shown."
)
NO_INTERVAL = "With one run a point there is no interval."
SHARED = "All points use common random numbers, so that their errors are correlated."


def value_text(label: Label, longest: int = LONGEST_VALUE) -> str:
    """A value as it stands on an axis or in a legend.

    Examples
    --------
    >>> value_text(0.30000000000000004), value_text(20), value_text("absent"), value_text(1e4)
    ('0.3', '20', 'absent', '10,000')
    """
    if isinstance(label, int | float) and THOUSAND <= abs(label) < LARGEST_WRITTEN:
        return f"{label:z,.0f}"
    return f"{label:z.4g}" if isinstance(label, float) else cut(label_words(label), longest)


def value_texts(labels: Sequence[Label], longest: int = LONGEST_VALUE) -> list[str]:
    """Values as they stand beside each other, cut so that they still differ.

    Examples
    --------
    >>> value_texts(["the first policy with", "the first policy without"], 16)
    ['the fir…icy with', 'the fir… without']
    """
    return cut_apart([value_text(label, len(str(label))) for label in labels], longest)


def outcome_words(sweep: Sweep, outcome: Outcome, with_day: bool = True) -> str:
    """What an outcome's chance or mean is of.

    Returns
    -------
    str
        Such as ``chance of success`` and ``mean public size on 6 Sep 2025``.
    """
    group, _, name = outcome.quantity.partition(".")
    on = on_day(sweep, outcome.day) if with_day and outcome.at_end else ""
    if outcome.bar is not None:
        least = f"at least {outcome.bar:g}"
        if group == "conditions":
            return f"chance that {_quantity(sweep, outcome)} is {least}{on}"
        return f"chance of {_quantity(sweep, outcome)} of {least}{on}"
    if group == "public":
        return f"chance that {cut(name, LONGEST_STEP)} is public{on}"
    return f"{'chance of' if outcome.is_chance else 'mean'} {_quantity(sweep, outcome)}{on}"


def _quantity(sweep: Sweep, outcome: Outcome) -> str:
    group, _, name = outcome.quantity.partition(".")
    scenario, words = sweep.study.scenario, name
    if name in scenario.conditions and group == "conditions":
        words = scenario.condition_name(name)
    elif name in scenario.contributions and group == "force":
        words = scenario.contribution_name(name)
    if group == "force" and name:
        return f"{cut(words, LONGEST_STEP)} force"
    if group == "conditions":
        return cut(words, LONGEST_STEP)
    return SIZES.get(group, cut(outcome.quantity.replace(".", " ").replace("_", " "), LONGEST_STEP))


def outcome_label(sweep: Sweep, outcome: Outcome) -> str:
    """What an outcome's chance or mean is of, without its day and with its unit."""
    words, unit = outcome_words(sweep, outcome, with_day=False), outcome_unit(sweep, outcome)
    return f"{words} ({unit})" if unit else words


def outcome_unit(sweep: Sweep, outcome: Outcome) -> str:
    """Unit of an outcome's mean; empty for a chance and for a condition."""
    scenario, (group, _, name) = sweep.study.scenario, outcome.quantity.partition(".")
    if group != "force" or outcome.is_chance:
        return outcome.unit
    is_kind = name in scenario.contributions
    return scenario.contribution_unit(name) if is_kind else scenario.force_unit


def on_day(sweep: Sweep, day: int | None) -> str:
    """The day of an outcome, None for the last, as it follows on words."""
    start = None if {"start", SCENARIO} & set(sweep.paths) else sweep.study.scenario.start
    if day is None and set(LENGTHENS) & set(sweep.paths):
        return " at the end"
    return f" on {day_text(start, sweep.study.scenario.days if day is None else day)}"


def sweep_line(sweep: Sweep) -> str:
    """What a sweep is: title, points, runs of each, seed, digest."""
    study = sweep.study
    points = counted(study.n_points, "point")
    if not sweep.is_whole:
        points = f"{sweep.n_points:,} of {points} done"
    runs = sweep.column("n_runs")
    low, high = int(runs[runs > 0].min(initial=runs.max())), int(runs.max())
    each = counted(high, "run") if low == high else f"{low:,} to {high:,} runs"
    ends = (f"{each} a point", f"seed {study.seed}", f"study {study.digest[:8]}")
    return " · ".join([title_of(study.scenario), points, *ends])


def caveat(sweep: Sweep) -> str:
    """What intervals and bands leave out."""
    return f"{SHARED} {CAVEAT}" if sweep.study.common_luck and sweep.n_points > 1 else CAVEAT


def amount(sweep: Sweep, outcome: Outcome, value: float) -> str:
    """A difference of an outcome, such as the width of its interval, with its unit."""
    if outcome.is_chance:
        return f"{100 * value:.2g} points"
    return f"{value:.2g} {outcome_unit(sweep, outcome)}".rstrip()


def held_note(lattice: Lattice) -> str:
    """Where the paths that are not drawn are held; empty where every path is drawn."""
    held = [f"{name} at {value_text(label)}" for name, label in lattice.held]
    return f"Held nearest to the base scenario: {', '.join(held)}." if held else ""


def gaps_note(sweep: Sweep, lattice: Lattice, how: str, outcome: Outcome | None = None) -> str:
    """How many of the points drawn could not be run, why the first could not, and how that shows.

    Parameters
    ----------
    sweep : Sweep
    lattice : Lattice
    how : str
        How they are drawn, such as ``hatched``.
    outcome : Outcome, optional
        What is drawn; points that do not have it are counted.
    """
    failed = lattice.rows[lattice.failed(sweep)]
    missing = int((lattice.rows < 0).sum())
    notes = [f"{counted(missing, 'point')} of those drawn not done yet."] if missing else []
    if failed.size:
        reason = cut(str(sweep.table["problem"][int(failed[0])].as_py()), LONGEST_REASON)
        notes.append(f"{counted(failed.size, 'point')} could not be run ({how}): {reason}")
    if outcome is not None:
        is_there = (lattice.rows >= 0) & ~lattice.failed(sweep)
        lacking = int((is_there & np.isnan(lattice.of(sweep.column(outcome.name)))).sum())
        which = "does not" if lacking == 1 else "do not"
        notes += [f"{counted(lacking, 'point')} {which} have it."] if lacking else []
    return " ".join(note if note[-1] in ".…" else f"{note}." for note in notes)


def left_out_note(whole: Axis, shown: Axis) -> str:
    """How many of the values of a path are drawn; empty where all are."""
    if len(shown) == len(whole):
        return ""
    return f"{len(shown)} of {len(whole)} values of {shown.name} are drawn."


def base_note(axes: Sequence[Axis]) -> str:
    """Where the base scenario lies if that is off the axes; empty if it is not, or has no place."""
    outside = [
        f"{axis.name} {value_text(axis.base)}"
        for axis in axes
        if axis.base is not None and not axis.holds(axis.base)
    ]
    return f"Off the axes: the base scenario, {' and '.join(outside)}." if outside else ""


def wrapped(words: str, letters: int) -> list[str]:
    """Words on lines of so many letters, broken behind underscores where a word is longer.

    Examples
    --------
    >>> wrapped("ukrainian_acceptability: level", 16)
    ['ukrainian_', 'acceptability:', 'level']
    >>> wrapped("us_backing: level", 16)
    ['us_backing:', 'level']
    """
    if max(map(len, words.split()), default=0) <= letters:
        return textwrap.wrap(words, letters)
    lines = textwrap.wrap(words.replace("_", "_ "), letters)
    return [line.replace("_ ", "_") for line in lines]
