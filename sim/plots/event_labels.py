"""Events marked along the top of a day axis, with labels that keep clear."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from matplotlib import patheffects
from matplotlib.axes import Axes

from sim.core.event_kinds import REOPENS_PLEDGES, in_family
from sim.plots.axes import HasScenario, day_positions
from sim.plots.sheet import figure_of
from sim.plots.theme import LIGHT, LINE_POINTS, MEAN_LETTER, SMALL, Theme
from sim.results.estimates import OUTER
from sim.results.format import cut_apart, display_width
from sim.scenario.events import EVENT_MODELS, DatedEvent, Deal, PlacedNation
from sim.scenario.joint_draws import JointDate

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario

MAX_LINES = 3
"""Lines of labels above the axes; a label that fits on none of them is left out."""

LONGEST_LABEL = 40

BAR, MAX_BARS = 0.035, 6
"""Height of a row of bars of drawn dates, as a share of the axes', and how many rows there are."""

CHANGES = ("shift", "jump")
"""Fields of events by how much something changes."""


MEETINGS = tuple(kind for kind in EVENT_MODELS if in_family(kind, REOPENS_PLEDGES))
"""Kinds of event with dotted lines."""

KINDS = MappingProxyType(
    {
        "signal": "signals and deals",
        "deal": "signals and deals",
        "shock": "shocks",
        "proposal": "proposals",
        "requirement": "new requirements",
        "opinion": "shifts of support",
        "trigger": "triggers",
        "list": "lists of members",
        "move": "set stages",
    }
)
"""What small print calls kinds of events with dashed lines; others go by the key of their kind."""


class EventLabel(NamedTuple):
    """Something dated: a meeting, or what changes the conditions, nations or requirement."""

    day: int
    label: str
    is_meeting: bool


class EventBand(NamedTuple):
    """An event whose date is drawn: 5 %, median and 95 % of the date, in days."""

    first: int
    median: int
    last: int
    label: str
    is_meeting: bool


class EventLines(NamedTuple):
    """What was drawn: lines of labels above the axes, kinds of events, and those unlabelled.

    Attributes
    ----------
    n_lines : int
    kinds : tuple of str
        What the dotted and dashed lines are.
    n_unlabelled : int
    has_bands : bool
        True if there are events whose date is drawn.
    has_joint : bool
        True if there are events whose date is drawn jointly with others: they are not marked.
    """

    n_lines: int
    kinds: tuple[str, ...]
    n_unlabelled: int
    has_bands: bool = False
    has_joint: bool = False

    @property
    def note(self) -> str:
        """What the small print says of the lines and bands; empty where there are none."""
        said = ["dotted: meetings"] * ("meetings" in self.kinds)
        others = [kind for kind in self.kinds if kind != "meetings"]
        said += [f"dashed: {', '.join(others)}"] if others else []
        room = f" ({self.n_unlabelled} without room for a label)" if self.n_unlabelled else ""
        lines = f" Lines, {', '.join(said)}{room}." if said else ""
        bands = " Bars at the top: dates that are drawn once a run, 5 to 95 %, ticks at medians"
        bands += f"{room}." if room and not said else "."
        joint = " Events whose dates are drawn jointly are not marked." if self.has_joint else ""
        return lines + (bands if self.has_bands else "") + joint


def meetings(scenario: Scenario) -> list[EventLabel]:
    """Meetings from day 0 on, in order of time; those of a day share a label."""
    return _by_day(scenario, MEETINGS)


def signals(scenario: Scenario) -> list[EventLabel]:
    """Signals and peace deals from day 0 on, in order of time; those of a day share a label."""
    return _by_day(scenario, ("signal", "deal"))


def other_events(scenario: Scenario) -> list[EventLabel]:
    """Shocks, proposals and all other events from day 0 on; those of a day share a label."""
    kinds = tuple(kind for kind in EVENT_MODELS if kind not in (*MEETINGS, "signal", "deal"))
    return _by_day(scenario, kinds)


def drawn_dates(scenario: Scenario) -> list[EventBand]:
    """Events whose date is drawn and may well be in the run, in the order of their bands.

    Without dates that are drawn jointly: each may be far from its own median, beside the others.
    """
    found = []
    for number, event in enumerate(scenario.events):
        if event.drawn_date is not None and not isinstance(event.date, JointDate):
            first, median, last = map(event.drawn_date.quantile, (OUTER[0], 0.5, OUTER[1]))
            label = f"{_words(scenario, number)} (date drawn)"
            found.append(EventBand(first, median, last, label, event.kind in MEETINGS))
    found = [band for band in found if band.first <= scenario.days and band.last >= 0]
    labels = cut_apart([band.label for band in found], LONGEST_LABEL)
    named = [band._replace(label=label) for band, label in zip(found, labels, strict=True)]
    return sorted(named, key=lambda band: band.first)


def mark_events(axes: Axes, drawn: HasScenario, look: Theme = LIGHT) -> EventLines:
    """Draw a line on the day of each event, and label as many as there is room for.

    An event whose date is drawn has a band in place of a line. Signals, which are few and matter
    most, are given room first, and meetings last. A plain figure has neither labels nor small
    print, without which nobody can tell what the lines are: none.
    """
    if look.is_plain:
        return EventLines(0, (), 0)
    scenario = drawn.scenario
    found = [*signals(scenario), *other_events(scenario), *meetings(scenario)]
    for event in found:
        mark_day(axes, day_positions(drawn, event.day), look, is_dotted=event.is_meeting)
    bands = drawn_dates(scenario)
    mark_bands(axes, drawn, bands, look)
    marks: list[EventLabel | EventBand] = [*bands, *found]
    marks.sort(key=lambda mark: mark.is_meeting)
    labels = [
        (
            max(0, mark.day if isinstance(mark, EventLabel) else mark.first) / scenario.days,
            mark.label,
            look.faint if mark.is_meeting else look.ink,
        )
        for mark in marks
    ]
    rows = dict(zip(bands, band_rows(axes, bands, scenario.days), strict=True))
    fixed = [rows[mark] if isinstance(mark, EventBand) else None for mark in marks]
    n_lines, n_unlabelled = write_labels(axes, labels, fixed)
    there = {each.kind for each in scenario.events if fixed_day(each, scenario) is not None}
    others = [kind for kind in (*KINDS, *EVENT_MODELS) if kind in there - {*MEETINGS}]
    words = [KINDS.get(kind, f"{kind} events") for kind in others]
    kinds = tuple(dict.fromkeys(["meetings"] * (not there.isdisjoint(MEETINGS)) + words))
    has_joint = any(isinstance(each.date, JointDate) for each in scenario.events)
    return EventLines(n_lines, kinds, n_unlabelled, bool(bands), has_joint)


def fixed_day(event: DatedEvent, scenario: Scenario) -> int | None:
    """The day of an event from day 0 on; None if it is before, after the run or drawn."""
    is_there = event.drawn_date is None and 0 <= event.first_date <= scenario.days
    return event.first_date if is_there else None


def mark_bands(
    axes: Axes, drawn: HasScenario, bands: Sequence[EventBand], look: Theme = LIGHT
) -> None:
    """Draw a bar over the days of each drawn date, with its median; below a single one a band.

    The rows of bars, from the top down, are those of their labels above the axes, from there up.
    """
    n_days, strip = drawn.scenario.days, axes.get_xaxis_transform()
    for band, row in zip(bands, band_rows(axes, bands, n_days), strict=True):
        first, last = max(0, band.first) - 0.5, min(band.last, n_days) + 0.5
        top = 0.985 - BAR * (row % MAX_BARS)
        colour = look.faint if band.is_meeting else look.ink
        ends = day_positions(drawn, [first, last])
        if len(bands) == 1:  # several would overlap, and hide what lies below them
            axes.axvspan(ends[0], ends[1], facecolor=colour, alpha=0.07, lw=0, zorder=1.4)
        box: dict[str, Any] = {"transform": strip, "color": colour, "lw": 0, "zorder": 1.6}
        axes.fill_between(ends, top - 0.6 * BAR, top, alpha=0.45, **box)
        if 0 <= band.median <= n_days:
            middle = day_positions(drawn, [band.median, band.median])
            line: dict[str, Any] = {"transform": strip, "color": colour, "lw": 1.4, "zorder": 1.7}
            axes.plot(middle, [top - 0.8 * BAR, top + 0.2 * BAR], **line)


def band_rows(axes: Axes, bands: Sequence[EventBand], n_days: int) -> list[int]:
    """The row of each drawn date, in which neither its bar nor its label overlaps another's."""
    taken: list[list[tuple[float, float]]] = []
    rows = []
    for band, width in zip(bands, _widths(axes, [band.label for band in bands]), strict=True):
        first, last = max(0, band.first) - 0.5, min(band.last, n_days) + 0.5
        share = max(0, band.first) / n_days
        left = share - width if ends_at_mark(share, width) else share
        begin, end = min(first / n_days, left), max(last / n_days, left + width)
        free = (
            row
            for row, spans in enumerate(taken)
            if all(end <= start or begin >= stop for start, stop in spans)
        )
        row = next(free, len(taken))
        taken[row:] = taken[row:] or [[]]
        taken[row].append((begin, end))
        rows.append(row)
    return rows


def _widths(axes: Axes, texts: Sequence[str]) -> list[float]:
    """Widths of labels and a gap behind each, as shares of the axes', slightly generous."""
    across = figure_of(axes).get_figwidth() * 72 * axes.get_position().width
    return [(display_width(text) + 2) * MEAN_LETTER * SMALL / across for text in texts]


def mark_day(axes: Axes, day: float, look: Theme, *, is_dotted: bool) -> None:
    """Draw a line on a day, above areas, from which a rim sets it off, and below other lines."""
    colour, width, dashes = (look.faint, 0.8, ":") if is_dotted else (look.ink, 0.9, "--")
    rim = patheffects.withStroke(linewidth=width + 1.2, foreground=look.paper, alpha=0.6)
    axes.axvline(day, color=colour, lw=width, ls=dashes, zorder=1.5, path_effects=[rim])


def write_labels(
    axes: Axes,
    labels: Sequence[tuple[float, str, str]],
    rows: Sequence[int | None] = (),
) -> tuple[int, int]:
    """Write labels above the axes where there is room.

    Parameters
    ----------
    axes : Axes
    labels : sequence of (float, str, str)
        Place of each as a share of the axes' width, text and colour; the first are given room
        first.
    rows : sequence of int or None, optional
        Lines that labels must stand on, from the axes up; None for any.

    Returns
    -------
    n_lines, n_unlabelled : int
        Lines of labels above the axes, and how many labels have no room.
    """
    widths = _widths(axes, [text for _, text, _ in labels])
    lines = place_labels([share for share, _, _ in labels], widths, MAX_LINES, rows)
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


def place_labels(
    shares: list[float],
    widths: list[float],
    n_lines: int,
    rows: Sequence[int | None] = (),
) -> list[int | None]:
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
    rows : sequence of int or None, optional
        Lines on which labels must stand; None for any.

    Examples
    --------
    >>> place_labels([0.1, 0.15, 0.5, 0.52], [0.2, 0.2, 0.1, 0.1], 2)
    [0, 1, 0, 1]
    >>> place_labels([0.1, 0.5], [0.2, 0.1], 2, [1, None])
    [1, 0]
    """
    taken: list[list[tuple[float, float]]] = [[] for _ in range(n_lines)]
    chosen: list[int | None] = []
    for share, width, row in zip_longest(shares, widths, rows):
        left = share - width if ends_at_mark(share, width) else share
        free = (
            line
            for line, spans in enumerate(taken)
            if row in (None, line)
            and left >= 0
            and all(left + width <= start or left >= end for start, end in spans)
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
    for number, event in sorted(enumerate(scenario.events), key=lambda each: each[1].first_date):
        day = fixed_day(event, scenario)
        if event.kind in kinds and day is not None:
            by_day.setdefault(day, []).append(_words(scenario, number))
    labels = cut_apart([", ".join(words) for words in by_day.values()], LONGEST_LABEL)
    return [
        EventLabel(day, label, kinds == MEETINGS) for day, label in zip(by_day, labels, strict=True)
    ]


def _words(scenario: Scenario, number: int) -> str:
    """What is written above the line of an event: its name, or what it is about and by how much."""
    event = scenario.events[number]
    words, subject = scenario.event_name(event), getattr(event, event.kind)
    if isinstance(event, Deal):
        return f"{'deal' if event.probability == 1.0 else 'deal possible'}: {words}"
    if words:
        return words
    change = next((getattr(event, name) for name in CHANGES if hasattr(event, name)), None)
    by = f" {change:+g}" if isinstance(change, int | float) else ""
    kind = event.to if isinstance(event, PlacedNation) else event.kind
    if event.of_condition and subject in scenario.conditions:
        subject = scenario.condition_name(subject)
    elif isinstance(subject, tuple):
        subject = ", ".join(subject)
    elif isinstance(subject, int | float):
        subject = f"{subject:g}"
    elif not isinstance(subject, str):  # drawn at random
        return f"{kind}{by}"
    return f"{kind}: {subject}{by}"
