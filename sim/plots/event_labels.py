"""Meetings and signals marked along the top of a day axis, with labels that keep clear."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from matplotlib.axes import Axes

from sim.plots.axes import HasScenario, day_positions
from sim.plots.sheet import figure_of
from sim.plots.theme import LIGHT, LINE_POINTS, MEAN_LETTER, SMALL, Theme
from sim.results.format import cut
from sim.scenario.events import Deal, Signal

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario

MAX_LINES = 3
"""Lines of labels above the axes; a label that fits on none of them is left out."""

LONGEST_LABEL = 40


class EventLabel(NamedTuple):
    """Something dated: a meeting, or what changes the conditions for good."""

    day: int
    label: str
    is_meeting: bool


class EventLines(NamedTuple):
    """What was drawn: lines of labels above the axes, events of each kind, and those unlabelled."""

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


def meetings(scenario: Scenario) -> list[EventLabel]:
    """Meetings from day 0 on, in order of time; those of a day share a label."""
    return _by_day(scenario, ("meeting",))


def signals(scenario: Scenario) -> list[EventLabel]:
    """Signals and peace deals from day 0 on, in order of time; those of a day share a label."""
    return _by_day(scenario, ("signal", "deal"))


def mark_events(axes: Axes, drawn: HasScenario, look: Theme = LIGHT) -> EventLines:
    """Draw a line on the day of each meeting and signal, and label as many as there is room for.

    Signals, which are few and matter most, are given room first.
    """
    scenario = drawn.scenario
    found = [*signals(scenario), *meetings(scenario)]
    for event in found:
        day, style = day_positions(drawn, event.day), (look.ink, 0.9, "--")
        colour, width, dashes = (look.faint, 0.7, ":") if event.is_meeting else style
        axes.axvline(day, color=colour, lw=width, ls=dashes, zorder=0.5)
    labels = [
        (event.day / scenario.days, event.label, look.faint if event.is_meeting else look.ink)
        for event in found
    ]
    n_lines, n_unlabelled = write_labels(axes, labels)
    n_meetings = sum(event.is_meeting for event in found)
    return EventLines(n_lines, n_meetings, len(found) - n_meetings, n_unlabelled)


def write_labels(axes: Axes, labels: Sequence[tuple[float, str, str]]) -> tuple[int, int]:
    """Write labels above the axes where there is room.

    Parameters
    ----------
    axes : Axes
    labels : sequence of (float, str, str)
        Place of each as a share of the axes' width, text and colour; the first are given room
        first.

    Returns
    -------
    n_lines, n_unlabelled : int
        Lines of labels above the axes, and how many labels have no room.
    """
    across = figure_of(axes).get_figwidth() * 72 * axes.get_position().width
    # Of a label and a gap behind it, slightly generous.
    widths = [(len(text) + 2) * MEAN_LETTER * SMALL / across for _, text, _ in labels]
    lines = place_labels([share for share, _, _ in labels], widths, MAX_LINES)
    for (share, text, colour), width, line in zip(labels, widths, lines, strict=True):
        if line is None:
            continue
        axes.annotate(
            text,
            xy=(share, 1.0),
            xycoords="axes fraction",
            xytext=(0, 3 + line * LINE_POINTS),
            textcoords="offset points",
            ha="right" if ends_at_mark(share, width) else "left",
            va="bottom",
            fontsize=SMALL,
            color=colour,
            parse_math=False,
        )
    return max((line + 1 for line in lines if line is not None), default=0), lines.count(None)


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


def _by_day(scenario: Scenario, kinds: tuple[str, ...]) -> list[EventLabel]:
    by_day: dict[int, list[str]] = {}
    for event in sorted(scenario.events, key=lambda event: event.date):
        if event.kind not in kinds or not 0 <= event.date <= scenario.days:
            continue
        words = scenario.event_name(event)
        if isinstance(event, Signal) and not event.name:  # by its condition and shift
            shift = f" {event.shift:+g}" if isinstance(event.shift, int | float) else ""
            words = f"signal: {scenario.condition_name(event.signal)}{shift}"
        elif isinstance(event, Deal):
            words = f"{'deal' if event.probability == 1.0 else 'deal possible'}: {words}"
        by_day.setdefault(event.date, []).append(words)
    return [
        EventLabel(day, cut(", ".join(labels), LONGEST_LABEL), kinds == ("meeting",))
        for day, labels in by_day.items()
    ]
