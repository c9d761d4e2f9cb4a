"""Meetings marked along the top of a day axis, with labels that keep clear of each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from matplotlib.axes import Axes

from sim.plots.style import FAINT, LINE_POINTS, SMALL, day_positions, figure_of
from sim.results.wording import cut

if TYPE_CHECKING:
    from sim.results.ensemble import Ensemble

MAX_LINES = 3
"""Lines of labels above the axes; a label that fits on none of them is left out."""

LONGEST_LABEL = 40
MEAN_LETTER = 0.52
"""Mean width of a letter of the typeface, in units of its size."""


class Marks(NamedTuple):
    """What was drawn of the meetings: lines of labels above the axes, and marks without one."""

    n_lines: int
    n_unlabelled: int

    @property
    def note(self) -> str:
        """What the small print says of marks that have no label."""
        if self.n_unlabelled == 0:
            return ""
        return f" Dotted lines: meetings; {self.n_unlabelled} have no room for a label."


def meetings(ensemble: Ensemble) -> list[tuple[int, str]]:
    """Day and label of each meeting from day 0 on, in order of time; labels of a day joined."""
    by_day: dict[int, list[str]] = {}
    for event in sorted(ensemble.scenario.events, key=lambda event: event.date):
        label = getattr(event, "meeting", None)
        if label is not None and 0 <= event.date <= ensemble.n_days:
            by_day.setdefault(event.date, []).append(str(label).replace("_", " "))
    return [(day, cut(", ".join(labels), LONGEST_LABEL)) for day, labels in by_day.items()]


def mark_meetings(axes: Axes, ensemble: Ensemble) -> Marks:
    """Draw a line on the day of each meeting and label as many as there is room for."""
    found = meetings(ensemble)
    shares = [day / ensemble.n_days for day, _ in found]
    widths = [_width_share(axes, label) for _, label in found]
    lines = place_labels(shares, widths, MAX_LINES)
    for (day, label), share, line in zip(found, shares, lines, strict=True):
        axes.axvline(day_positions(ensemble, day), color=FAINT, lw=0.7, ls=":", zorder=0.5)
        if line is not None:
            _label(axes, label, share, line)
    n_lines = max((line + 1 for line in lines if line is not None), default=0)
    return Marks(n_lines, lines.count(None))


def place_labels(shares: list[float], widths: list[float], n_lines: int) -> list[int | None]:
    """Line for each label such that no two on one line overlap; None where none has room.

    A label starts at its mark, or ends at it when it would run over the right edge.

    Parameters
    ----------
    shares : list of float, ascending
        Where the marks are, as shares of the axis.
    widths : list of float
        Widths of the labels, as shares of the axis.
    n_lines : int

    Examples
    --------
    >>> place_labels([0.1, 0.15, 0.5, 0.52], [0.2, 0.2, 0.1, 0.1], 2)
    [0, 1, 0, 1]
    """
    taken: list[list[tuple[float, float]]] = [[] for _ in range(n_lines)]
    chosen: list[int | None] = []
    for share, width in zip(shares, widths, strict=True):
        left = share - width if ends_at_mark(share, width) else share
        free = (
            line
            for line, spans in enumerate(taken)
            if all(left + width <= start or left >= end for start, end in spans)
        )
        line = next(free, None)
        if line is not None:
            taken[line].append((left, left + width))
        chosen.append(line)
    return chosen


def ends_at_mark(share: float, width: float) -> bool:
    """Whether a label must lie to the left of its mark to stay on the axes."""
    return share + width > 1


def _label(axes: Axes, label: str, share: float, line: int) -> None:
    axes.annotate(
        label,
        xy=(share, 1.0),
        xycoords="axes fraction",
        xytext=(0, 3 + line * LINE_POINTS),
        textcoords="offset points",
        ha="right" if ends_at_mark(share, _width_share(axes, label)) else "left",
        va="bottom",
        fontsize=SMALL,
        color=FAINT,
        parse_math=False,
    )


def _width_share(axes: Axes, label: str) -> float:
    """Width of a label and a gap behind it, as a share of the axes' width; slightly generous."""
    width_points = figure_of(axes).get_figwidth() * 72 * axes.get_position().width
    return (len(label) + 2) * MEAN_LETTER * SMALL / width_points
