"""The points of a sweep as blocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isnan

import numpy as np

from sim.report.blocks import Block, Note, Table, Text
from sim.report.comparison import with_interval
from sim.results.format import alike, counted, cut, cut_apart, digits_of, number, percent
from sim.scenario.addresses import find_place
from sim.scenario.labels import label_of, unit_of
from sim.studies.design.outcomes import Outcome, default_outcomes, outcome_label
from sim.studies.design.values import Label, label_words
from sim.studies.sweep.crossing import half_crossings_of
from sim.studies.sweep.paired import PairedDifference, paired_differences
from sim.studies.sweep.result import Sweep

MOST_ROWS = 41
MOST_ACROSS = 12
MOST_RANGED = 4
DEFAULTS = ("success", "in_force", "size", "force")
"""Outcomes that are reported where a study keeps the default ones."""

LONGEST_LABEL, LONGEST_TITLE = 40, 96

EVEN_ODDS = "Even odds:"
"""How the sentence begins that says where a chance crosses one half."""

NOTE = (
    "In brackets: the 95 % interval of the Monte Carlo error of a chance or a mean, point by "
    "point, which more runs would reduce. It does not include uncertainty about numbers that are "
    "not varied, or about the model."
)
SHARED = (
    "The runs of all points share their luck, so differences between points are more precise than "
    "their separate intervals suggest."
)


def sweep_blocks(sweep: Sweep) -> list[Block]:
    """A sweep as blocks.

    Every point if there are few and one path is varied; else the extremes, and of two paths every
    point as well, or a grid of the first outcome.
    """
    is_shared = sweep.study.common_luck and sweep.n_points > 1
    is_short = sweep.n_points <= MOST_ROWS
    found: list[Block] = []
    if len(sweep.paths) > 1 or not is_short:
        found += _extreme_points(sweep)
    if len(sweep.paths) <= 2:
        found += [_points_table(sweep)] if is_short else _grid_table(sweep)
    return [
        *_heading_blocks(sweep),
        *found,
        *_half_crossing(sweep),
        *_differences(sweep),
        Note(f"{SHARED} {NOTE}" if is_shared else NOTE, tight=False),
    ]


def _heading_blocks(sweep: Sweep) -> Iterator[Block]:
    study, runs = sweep.study, sweep.column("n_runs")
    title = cut(study.scenario.title, LONGEST_TITLE)
    if title:
        yield Text(title, is_title=True)
    varied = ", ".join(
        f"{each.path} ({counted(len(each.options), 'value')})" if each.options else each.path
        for each in study.varied
    )
    yield Text(f"Varied: {varied}", tight=bool(title))
    effort = f"{counted(study.effort.runs, 'run')} each"
    if study.effort.precision is not None:
        done = runs[runs > 0] if (runs > 0).any() else np.zeros(1)
        ends = dict.fromkeys(f"{each:,.0f}" for each in (done.min(), done.max()))
        effort = (
            f"{' to '.join(ends)} runs each, until the interval of "
            f"{study.effort.of} is +/- {study.effort.precision:g} (at most {study.effort.runs:,})"
        )
    points = counted(sweep.n_points, "point")
    yield Text(f"{points}, {effort}, seed {study.seed}", tight=True)
    n_imprecise, widest = sweep.imprecise()
    if n_imprecise:
        yield Text(
            f"Less precise than that after {study.effort.runs:,} runs: {n_imprecise:,} of "
            f"{points}, the widest +/- {widest:.2g}",
            tight=True,
        )
    if not sweep.is_whole:
        yield Text(f"Not finished: the study has {counted(study.n_points, 'point')}", tight=True)


def _points_table(sweep: Sweep) -> Table:
    """One row a point: its values, and the outcomes with their intervals.

    Points of a random design are in the order of their values. Those that are equal, as whole
    numbers that are drawn may be, have the same runs if they share their luck: they are one row.
    """
    outcomes = reported_outcomes(sweep)
    labels = [label_texts(sweep.table[path].to_pylist()) for path in sweep.paths]
    names = list(map(", ".join, zip(*labels, strict=True)))
    order = list(range(sweep.n_points))
    if sweep.study.design.kind != "grid":
        values = [sweep.table[path].to_pylist() for path in sweep.paths]
        order.sort(key=lambda index: [(isinstance(x[index], str), x[index]) for x in values])
    rows = list[dict[str, str]]()
    n_equal = list[int]()
    for index in order:
        cells = {each.name: estimate_text(sweep, each, index) for each in outcomes}
        row = {"": names[index], **cells}
        if rows and row == rows[-1] and sweep.study.common_luck:
            n_equal[-1] += 1
        else:
            rows.append(row)
            n_equal.append(1)
    for row, n_points in zip(rows, n_equal, strict=True):
        row[""] += f" ({n_points} equal points)" if n_points > 1 else ""
    columns = {
        "": "",
        **{each.name: outcome_label(sweep.study.scenario, each) for each in outcomes},
    }
    title = ", ".join(path_label(sweep, path) for path in sweep.paths)
    return Table(title, columns, tuple(rows), drop=tuple(reversed([*columns][2:])))


def _grid_table(sweep: Sweep) -> Iterator[Block]:
    """The first outcome at every point of a whole grid over two paths, without its interval."""
    reported, varied = reported_outcomes(sweep), sweep.study.varied
    is_grid = sweep.study.design.kind == "grid" and sweep.is_whole and len(varied) == 2
    if not (is_grid and reported):
        return
    across, down = sorted(varied, key=lambda each: len(each.options))
    if len(across.options) > MOST_ACROSS or len(down.options) > MOST_ROWS:
        return
    outcome = reported[0]
    values = sweep.column(outcome.name).reshape([len(each.options) for each in varied])
    values = values if down is varied[0] else values.T
    names = label_texts(across.labels)
    rows = tuple(
        {"": label, **dict(zip(names, (_value_text(outcome, each) for each in row), strict=True))}
        for label, row in zip(label_texts(down.labels), values, strict=True)
    )
    across_label = path_label(sweep, across.path)
    yield Text(
        f"{outcome_label(sweep.study.scenario, outcome)}; from left to right: {across_label}"
    )
    columns = {"": "", **dict(zip(names, names, strict=True))}
    yield Table(path_label(sweep, down.path), columns, rows, drop=tuple(reversed(names)))


def _value_text(outcome: Outcome, value: float) -> str:
    """A chance or a mean without its interval; a dash where there is none."""
    if isnan(value):
        return "-"
    return percent(value) if outcome.is_chance else number(value)


def _differences(sweep: Sweep) -> Iterator[Block]:
    """Differences from the base, run by run, if events or categories are varied."""
    if sweep.n_points > MOST_ROWS:
        return
    found = paired_differences(sweep)
    if found is None:
        return
    reported = reported_outcomes(sweep)
    labels = [label_texts(sweep.table[path].to_pylist()) for path in sweep.paths]
    names = [", ".join(cells) for cells in zip(*labels, strict=True)]
    rows = tuple(
        {
            "": names[place],
            **{each.name: _difference_text(each, own[each.name]) for each in reported},
        }
        for place, own in found.by_point.items()
    )
    columns = {
        "": "",
        **{each.name: outcome_label(sweep.study.scenario, each) for each in reported},
    }
    title = f"Difference from {names[found.base]}"
    yield Table(title, columns, rows, drop=tuple(reversed([*columns][2:])))
    shown = [own[each.name] for own in found.by_point.values() for each in reported]
    if any(each.n_differ for each in shown):
        yield Note("Run by run, with the same random numbers; in brackets its 95 % interval")
    else:
        n_runs = min(each.n_runs for each in shown)
        yield Note(f"Run by run, with the same random numbers: {alike(n_runs)}")


def _difference_text(outcome: Outcome, found: PairedDifference) -> str:
    """A difference with its interval; of chances in percentage points."""
    if isnan(found.estimate):
        return "-"
    if found.n_differ == 0:
        return f"none in {counted(found.n_runs, 'run')}"
    scale = 100 if outcome.is_chance else 1
    text = with_interval(scale * found.estimate, scale * found.low, scale * found.high)
    return f"{text} points" if outcome.is_chance else text


def _half_crossing(sweep: Sweep) -> Iterator[Block]:
    """Where the first chance that is reported crosses one half, if one number is varied."""
    outcome = next((each for each in reported_outcomes(sweep) if each.is_chance), None)
    found = [] if outcome is None else half_crossings_of(sweep, outcome)
    if outcome is None or not found:
        return
    first, values = found[0], sweep.table[sweep.paths[0]].to_pylist()
    name, label = outcome_label(sweep.study.scenario, outcome), path_label(sweep, sweep.paths[0])
    text = (
        f"{EVEN_ODDS} {name} is 50 % at about {number(first.value)} on {label} "
        f"(95 % interval {_end(first.low, 'below', values)} to "
        f"{_end(first.high, 'above', values)}), on a straight line between the points "
        f"{first.before:g} and {first.after:g}"
    )
    if len(found) > 1:
        text += f"; it crosses one half {len(found)} times, and this is the first"
    yield Text(text)


def _end(value: float | None, side: str, values: list[float]) -> str:
    """An end of an interval; where it lies beyond the points, the last point."""
    if value is not None:
        return number(value)
    return f"{side} {(min if side == 'below' else max)(values):g}"


def path_label(sweep: Sweep, path: str) -> str:
    """What people call a number that is varied, with its unit; the path of anything else."""
    scenario = sweep.study.scenario
    place = find_place(scenario, path)
    if place is None:
        return path
    label, unit = label_of(scenario, place.keys), unit_of(scenario, place)
    return f"{label} ({unit})" if unit else label


def _extreme_points(sweep: Sweep) -> Iterator[Block]:
    """The least and the most of each outcome, and the points at which they occur."""
    is_first = True
    for outcome in reported_outcomes(sweep):
        values = sweep.column(outcome.name)
        if not np.isfinite(values).any():
            continue
        low, high = int(np.nanargmin(values)), int(np.nanargmax(values))
        least, most = (estimate_text(sweep, outcome, index) for index in (low, high))
        varies = values[low] != values[high]
        where = " that has it" if np.isnan(values).any() else ""
        text = f"from {least} to {most}" if varies else f"{least} at every point{where}"
        yield Text(f"{outcome_label(sweep.study.scenario, outcome)}: {text}", tight=not is_first)
        is_first = False
        for what, index in (("least", low), ("most", high)) if varies else ():
            n_alike = int((values == values[index]).sum())
            at = "at" if n_alike == 1 else f"at {n_alike:,} points, the first"
            where = place_of_point(sweep, index)
            yield Text(f"{what} {at} {where}", tight=True, indent=2, hanging=4)


def place_of_point(sweep: Sweep, index: int) -> str:
    """Where a point lies; its categories are cut so that they differ from the others of a path."""
    named = []
    for varied in sweep.study.varied:
        label = sweep.table[varied.path][index].as_py()
        if label in varied.labels and isinstance(label, str):
            label = label_texts(varied.labels)[varied.labels.index(label)]
        named.append(label)
    return point_text(sweep.paths, named)


def reported_outcomes(sweep: Sweep) -> list[Outcome]:
    """The outcomes that are reported: those asked for, or a few of the default ones."""
    asked, study = sweep.study.base_outcomes, sweep.study
    if study.outcomes == default_outcomes(study.scenario, *study.scenarios.values()):
        scenarios = (study.scenario, *study.scenarios.values())
        has_force = any(scenario.contributions for scenario in scenarios)
        return [
            each for each in asked if each.name in DEFAULTS and (has_force or each.name != "force")
        ]
    return list(asked[:MOST_RANGED])


def point_text(paths: tuple[str, ...], labels: tuple[Label, ...] | list[Label]) -> str:
    """Where a point lies: each path with its value.

    Examples
    --------
    >>> point_text(("days", "commitment.value"), (180, 0.30000000000000004))
    'days=180, commitment.value=0.3'
    """
    pairs = zip(paths, label_texts(labels), strict=True)
    return ", ".join(f"{path}={label}" for path, label in pairs)


def problems_text(sweep: Sweep, place: str) -> str:
    """How many points could not be run, why the first could not, and where all reasons are."""
    point, reason = next(iter(sweep.problems.items()))
    at = point_text(sweep.paths, sweep.study.point(point).labels)
    return (
        f"{len(sweep.problems):,} of {counted(sweep.n_points, 'point')} could not be run; the "
        f"first, {at}: {reason}\nThe reasons of all are {place}."
    )


def label_texts(labels: Sequence[Label]) -> list[str]:
    """Values that were varied, each as a short text; those that differ still do.

    Examples
    --------
    >>> label_texts([0.30000000000000004, 20, "absent"])
    ['0.3', '20', 'absent']
    """
    texts = [f"{label:zg}" if isinstance(label, float) else label_words(label) for label in labels]
    return cut_apart(texts, LONGEST_LABEL)


def estimate_text(sweep: Sweep, outcome: Outcome, index: int) -> str:
    """A chance or mean at one point, with its interval; a dash where there is none."""
    value, low, high = (
        float(sweep.column(f"{outcome.name}{part}")[index]) for part in ("", ".low", ".high")
    )
    if isnan(value):
        return "-"
    if outcome.is_chance:
        return chance_text(value, low, high)
    if isnan(low):
        return number(value)
    digits = digits_of(low, high)
    numbers = [f"{each:z,.{digits}f}" for each in (value, low, high)]
    return f"{numbers[0]} [{' to '.join(numbers[1:])}]"


def chance_text(value: float, low: float, high: float) -> str:
    """A chance in percent with its interval, in as many digits as that calls for.

    Examples
    --------
    >>> chance_text(0.144, 0.141, 0.148), chance_text(0.25, 0.218, 0.294)
    ('14.4 % [14.1 to 14.8]', '25 % [22 to 29]')
    >>> chance_text(0.0, 0.0, 0.00019), chance_text(1.0, 0.962, 1.0)
    ('0 % [0 to 0.019]', '100 % [96 to 100]')
    """
    digits = digits_of(100 * low, 100 * high)
    # What is never or always needs no digits.
    value_text, *ends = (
        f"{100 * share:z.0f}" if share in (0.0, 1.0) else f"{100 * share:z.{digits}f}"
        for share in (value, low, high)
    )
    return f"{value_text} % [{' to '.join(ends)}]"
