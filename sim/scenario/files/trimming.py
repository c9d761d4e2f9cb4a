"""Events after the last day of a run that is cut short."""

from __future__ import annotations

from collections.abc import Mapping

from sim.scenario.files.bases import event_text
from sim.scenario.files.tree import Node
from sim.scenario.files.variants import SET_FILE

MOST_NAMED = 5
"""Events that a note names."""


def without_late_events(root: Node, ranks: Mapping[str, int]) -> tuple[Node, list[str]]:
    """A scenario without the events after its last day, and a note on them.

    Only a run that is cut short loses events: the number of days is changed by its path, or by a
    variant of the file that has the events. Otherwise a late event is likely a wrong date, and
    stays for the checks. A deal that collapses later does not collapse.

    Parameters
    ----------
    root : Node
        A mapping with the dates of events as numbers of days.
    ranks : mapping of file to int
        Files in the order in which they are merged.
    """
    days, events = root.get("days"), root.get("events")
    if days is None or events is None or not _is_day(days) or days.value < 1:
        return root, []
    if not isinstance(events.value, list):
        return root, []

    def rank(node: Node) -> int:
        return len(ranks) if node.file == SET_FILE else ranks.get(node.file, len(ranks))

    def is_late(day: Node | None) -> bool:
        return (
            day is not None and _is_day(day) and day.value > days.value and rank(day) < rank(days)
        )

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
    note = f"the run ends on day {days.value}, so what comes later is left out: {named}{more}"
    return root.at({**root.value, "events": events.at(kept)}), [note]


def _is_day(node: Node) -> bool:
    return isinstance(node.value, int) and not isinstance(node.value, bool)
