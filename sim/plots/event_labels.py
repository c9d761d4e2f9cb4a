"""Meetings and signals marked along the top of a day axis, with labels that keep clear."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from matplotlib.axes import Axes

from sim.plots.axes import HasScenario, day_positions
from sim.plots.sheet import figure_of
from sim.plots.theme import LIGHT, LINE_POINTS, MEAN_LETTER, SMALL, Theme
from sim.results.format import cut

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario

MAX_LINES = 3
"""Lines of labels above the axes; a label that fits on none of them is left out."""

LONGEST_LABEL = 40


class Mark(NamedTuple):
    """Something dated: a meeting, or what changes the conditions for good."""

    day: int
    label: str
    is_meeting: bool


class Marks(NamedTuple):
    """What was drawn: lines of labels above the axes, marks of each kind, and those unlabelled."""

    n_lines: int
    n_meetings: int
    n_signals: int
    n_unlabelled: int

    @property
    def note(self) -> str:
        """What the small print says of the lines; empty where there are none."""
        kinds = ["dotted: meetings"] * (self.n_meetings > 0)
        kinds += ["dashed: signals and deals"] * (self.n_signals > 0)
        if not kinds:
            return ""
        room = f" ({self.n_unlabelled} without room for a label)" if self.n_unlabelled else ""
        return f" Lines, {', '.join(kinds)}{room}."


def meetings(scenario: Scenario) -> list[Mark]:
    """Meetings from day 0 on, in order of time; those of a day share a label."""
    found = [
        (event.date, str(getattr(event, "meeting", "")).replace("_", " "))
        for event in scenario.events
        if event.kind == "meeting"
    ]
    return _by_day(found, scenario.days, is_meeting=True)


def signals(scenario: Scenario) -> list[Mark]:
    """Signals and peace deals from day 0 on, in order of time; those of a day share a label."""
    found = [
        (event.date, _signal_label(event))
        for event in scenario.events
        if event.kind in ("signal", "deal")
    ]
    return _by_day(found, scenario.days, is_meeting=False)


def mark_events(axes: Axes, drawn: HasScenario, look: Theme = LIGHT) -> Marks:
    """Draw a line on the day of each meeting and signal, and label as many as there is room for.

    Signals, which are few and matter most, are given room first.
    """
    scenario = drawn.scenario
    found = [*signals(scenario), *meetings(scenario)]
    shares = [mark.day / scenario.days for mark in found]
    widths = [width_share(axes, mark.label) for mark in found]
    lines = place_labels(shares, widths, MAX_LINES)
    for mark, share, line in zip(found, shares, lines, strict=True):
        style, width = (":", 0.7) if mark.is_meeting else ("--", 0.9)
        colour = look.faint if mark.is_meeting else look.ink
        axes.axvline(day_positions(drawn, mark.day), color=colour, lw=width, ls=style, zorder=0.5)
        if line is not None:
            write_label(axes, mark.label, share, line, colour)
    n_lines = max((line + 1 for line in lines if line is not None), default=0)
    n_meetings = sum(mark.is_meeting for mark in found)
    return Marks(n_lines, n_meetings, len(found) - n_meetings, lines.count(None))


def place_labels(shares: list[float], widths: list[float], n_lines: int) -> list[int | None]:
    """Line for each label such that no two on one line overlap; None where none has room.

    A label starts at its mark, or ends at it when it would run over the right edge; one that
    is too wide for either has no room. Labels that come first in the list are placed first.

    Parameters
    ----------
    shares : list of float
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
            if left >= 0 and all(left + width <= start or left >= end for start, end in spans)
        )
        line = next(free, None)
        if line is not None:
            taken[line].append((left, left + width))
        chosen.append(line)
    return chosen


def ends_at_mark(share: float, width: float) -> bool:
    """Whether a label must lie to the left of its mark to stay on the axes."""
    return share + width > 1


def _signal_label(event: Any) -> str:
    """A signal by its condition and shift, a deal by its name."""
    if event.kind == "deal":
        certain = event.probability == 1.0
        return f"{'deal' if certain else 'deal possible'}: {event.deal}".replace("_", " ")
    shift = f" {event.shift:+g}" if isinstance(event.shift, int | float) else ""
    return f"signal: {event.signal}{shift}".replace("_", " ")


def _by_day(found: list[tuple[int, str]], n_days: int, is_meeting: bool) -> list[Mark]:
    by_day: dict[int, list[str]] = {}
    for day, label in sorted(found, key=lambda pair: pair[0]):
        if 0 <= day <= n_days:
            by_day.setdefault(day, []).append(label)
    return [
        Mark(day, cut(", ".join(labels), LONGEST_LABEL), is_meeting)
        for day, labels in by_day.items()
    ]


def write_label(axes: Axes, label: str, share: float, line: int, colour: str) -> None:
    """Write a label above the axes, at a share of their width, on a line from `place_labels`."""
    axes.annotate(
        label,
        xy=(share, 1.0),
        xycoords="axes fraction",
        xytext=(0, 3 + line * LINE_POINTS),
        textcoords="offset points",
        ha="right" if ends_at_mark(share, width_share(axes, label)) else "left",
        va="bottom",
        fontsize=SMALL,
        color=colour,
        parse_math=False,
    )


def width_share(axes: Axes, label: str) -> float:
    """Width of a label and a gap behind it, as a share of the axes' width; slightly generous."""
    width_points = figure_of(axes).get_figwidth() * 72 * axes.get_position().width
    return (len(label) + 2) * MEAN_LETTER * SMALL / width_points
