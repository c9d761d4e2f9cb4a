"""Events after the last day of a run that is cut short."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sim.scenario.drawn_date import drawn_date_from
from sim.scenario.events import EARLIEST_DAY, LONGEST_RUN
from sim.scenario.fields import whole_number
from sim.scenario.files.bases import event_text
from sim.scenario.files.tree import Node, Source, plain

MOST_NAMED = 12
"""Events that a note names."""


def without_late_events(
    root: Node, above: Mapping[Source, Collection[Source]]
) -> tuple[Node, list[str]]:
    """A scenario without the events after its last day, and a note on them.

    Only a run that is cut short loses events: the number of days is changed by its path, or by
    another file, which the one that has the event does not build on. Otherwise a late event is
    likely a wrong date, and stays for the checks. One whose date is drawn is late if it is so in
    every run. A deal that collapses later does not collapse.

    Parameters
    ----------
    root : Node
        A mapping with the dates of events as numbers of days.
    above : mapping of Source to collection of Source
        Files and bases without one, each with those that it builds on.
    """
    days, events = root.get("days"), root.get("events")
    last = None if days is None else whole_number(days.value)
    if days is None or events is None or last is None or last < 1:
        return root, []
    if not isinstance(events.value, list):
        return root, []

    def is_late(day: Node | None) -> bool:
        number = None if day is None else _earliest(day)
        if day is None or number is None or number <= last:
            return False
        own = day.source
        return own in above and days.source not in {own, *above[own]}

    kept, late = list[Node](), list[str]()
    for event in events.value:
        if is_late(event.get("date")):
            late.append(event_text(event))
            continue
        if event.get("deal") is not None and is_late(event.get("collapses")):
            late.append(f"the collapse of {event_text(event)}")
            kept.append(event.at({k: v for k, v in event.value.items() if k != "collapses"}))
            continue
        kept.append(event)
    if not late:
        return root, []
    named = ", ".join(late[:MOST_NAMED])
    more = f" and {len(late) - MOST_NAMED} more" if len(late) > MOST_NAMED else ""
    note = f"the run ends on day {last}, so what comes later is left out: {named}{more}"
    return root.at({**root.value, "events": events.at(kept)}), [note]


def _earliest(day: Node) -> int | None:
    """The earliest day that a date, fixed or drawn, may be; None for what is no date."""
    if not isinstance(day.value, dict):
        return whole_number(day.value)
    try:
        return drawn_date_from(plain(day), EARLIEST_DAY, LONGEST_RUN).first
    except ValueError:
        return None
