"""The points of a sweep in plain words, for a terminal."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

import numpy as np

from sim.report.text import table
from sim.report.width import as_wide_as, filled, terminal_width
from sim.results.format import counted, cut, digits_of, number
from sim.studies.design.outcomes import default_outcomes

if TYPE_CHECKING:
    from sim.studies.design.outcomes import Outcome
    from sim.studies.design.varied import Label
    from sim.studies.sweep.result import Sweep

MOST_ROWS = 41
MOST_RANGED = 4
TOLD = ("success", "size", "force")
"""Of the outcomes that are kept by default, those that are told."""

LONGEST_LABEL = 40

NOTE = (
    "In brackets stands the 95 % interval of the Monte Carlo error of a chance or a mean, point by "
    "point, which more runs would shrink. It leaves out doubt about numbers that are not varied, "
    "and about the model."
)
SHARED = (
    "The runs of all points share their luck: differences between points are surer than the "
    "intervals of each suggest."
)


def sweep_text(sweep: Sweep, width: int | None = None) -> str:
    """Lines on a sweep: every point of a short one along one path, else the extremes.

    Parameters
    ----------
    sweep : Sweep
    width : int, optional
        Columns; by default those of the terminal, up to 96.
    """
    with as_wide_as(terminal_width() if width is None else width):
        parts = [_heading(sweep)]
        if len(sweep.paths) == 1 and sweep.n_points <= MOST_ROWS:
            parts.append(_rows(sweep))
        else:
            parts.append(_extremes(sweep))
        notes = [SHARED] if sweep.study.common_luck and sweep.n_points > 1 else []
        return "\n\n".join([*parts, "\n".join(filled(note) for note in [*notes, NOTE])])


def _heading(sweep: Sweep) -> str:
    study, runs = sweep.study, sweep.column("n_runs")
    effort = f"{counted(study.effort.runs, 'run')} each"
    if study.effort.precision is not None:
        done = runs[runs > 0] if (runs > 0).any() else np.zeros(1)
        ends = dict.fromkeys(f"{each:,.0f}" for each in (done.min(), done.max()))
        effort = (
            f"{' to '.join(ends)} runs each, until the interval of "
            f"{study.effort.of} is +/- {study.effort.precision:g} (at most {study.effort.runs:,})"
        )
    lines = [study.scenario.title or "Untitled scenario"] if study.scenario.title else []
    varied = ", ".join(
        f"{each.path} ({counted(len(each.options), 'value')})" if each.options else each.path
        for each in study.varied
    )
    lines.append(f"Varied: {varied}")
    lines.append(f"{counted(sweep.n_points, 'point')}, {effort}, seed {study.seed}")
    lines += _imprecise(sweep)
    if not sweep.is_whole:
        lines.append(f"Not finished: the study has {study.n_points:,} points")
    return "\n".join(filled(line, 0, 2) for line in lines)


def _imprecise(sweep: Sweep) -> list[str]:
    """What is said of points whose most runs left them less precise than the study asks for."""
    n_points, widest = sweep.imprecise()
    if not n_points:
        return []
    effort = sweep.study.effort
    return [
        f"Less precise than that after {effort.runs:,} runs: {n_points:,} of "
        f"{counted(sweep.n_points, 'point')}, the widest +/- {widest:.2g}"
    ]


def _rows(sweep: Sweep) -> str:
    """One row a point."""
    outcomes = _told(sweep)
    header = [sweep.paths[0], *(each.name for each in outcomes)]
    rows = []
    for place, label in enumerate(sweep.table[sweep.paths[0]].to_pylist()):
        cells = [estimate_text(sweep, each, place) for each in outcomes]
        rows.append([label_text(label), *cells])
    return table(header, rows)


def _extremes(sweep: Sweep) -> str:
    """The least and the most that each outcome comes to, and where."""
    lines = []
    for outcome in _told(sweep):
        values = sweep.column(outcome.name)
        if not np.isfinite(values).any():
            continue
        low, high = int(np.nanargmin(values)), int(np.nanargmax(values))
        least, most = (estimate_text(sweep, outcome, place) for place in (low, high))
        if values[low] == values[high]:
            lines.append(filled(f"{outcome.name}: {least} at every point", 0, 2))
            continue
        lines.append(filled(f"{outcome.name}: from {least} to {most}", 0, 2))
        for what, place in (("least", low), ("most", high)):
            n_alike = int((values == values[place]).sum())
            at = "at" if n_alike == 1 else f"at {n_alike:,} points, the first"
            lines.append(filled(f"{what} {at} {_where(sweep, place)}", 2, 4))
    return "\n".join(lines)


def _told(sweep: Sweep) -> list[Outcome]:
    """Outcomes whose extremes are printed."""
    asked = sweep.study.asked
    if sweep.study.outcomes == default_outcomes(
        sweep.study.scenario, *sweep.study.scenarios.values()
    ):
        return [each for each in asked if each.name in TOLD]
    return list(asked[:MOST_RANGED])


def _where(sweep: Sweep, place: int) -> str:
    pairs = ((path, sweep.table[path][place].as_py()) for path in sweep.paths)
    return ", ".join(f"{path}={label_text(label)}" for path, label in pairs)


def label_text(label: Label) -> str:
    """A value that was varied, as it stands in a row.

    Examples
    --------
    >>> label_text(0.30000000000000004), label_text(20), label_text("absent")
    ('0.3', '20', 'absent')
    """
    return f"{label:g}" if isinstance(label, float) else cut(str(label), LONGEST_LABEL)


def estimate_text(sweep: Sweep, outcome: Outcome, place: int) -> str:
    """A chance or mean at one point, with its interval; a dash where there is none."""
    value, low, high = (
        float(sweep.column(f"{outcome.name}{part}")[place]) for part in ("", ".low", ".high")
    )
    if isnan(value):
        return "-"
    if outcome.is_chance:
        return chance_text(value, low, high)
    if isnan(low):
        return number(value)
    digits = digits_of(low, high)
    return f"{value:,.{digits}f} [{low:,.{digits}f} to {high:,.{digits}f}]"


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
    value_text, *ends = (_percentage(each, digits) for each in (value, low, high))
    return f"{value_text} % [{' to '.join(ends)}]"


def _percentage(share: float, digits: int) -> str:
    """A share in percent; what is never or always needs no digits."""
    return f"{100 * share:.0f}" if share in (0.0, 1.0) else f"{100 * share:.{digits}f}"
