"""What dates that are drawn come to: when events are likely, and how often one does not happen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sim.scenario.addresses import event_steps
from sim.scenario.files.variants import path_of
from sim.scenario.schema import Scenario


class DrawnEvent(NamedTuple):
    """An event whose date is drawn once a run.

    Attributes
    ----------
    path : str
        Address of the date, as in ``events.peace.date``.
    q05, median, q95 : int, days
        Quantiles of the date.
    never : float
        Share of runs in which the date falls after the last day, so that the event does not happen.
    void : float
        Share of runs in which the date of a deal falls on the day of its collapse or between that
        and the last day, so that the deal is never in force.
    """

    path: str
    q05: int
    median: int
    q95: int
    never: float
    void: float


def drawn_events(scenario: Scenario) -> Iterator[DrawnEvent]:
    """Yield what the law of each date that is drawn comes to, in the order of the file.

    Examples
    --------
    >>> from sim.scenario.load import scenario_from_dict
    >>> peace = {"date": {"uniform": [1, 100]}, "deal": "peace", "collapses": 51}
    >>> form = {"days": 80, "nations": ["GBR"], "events": [peace]}
    >>> [event] = drawn_events(scenario_from_dict(form))
    >>> event.path, event.median, round(event.never, 2), round(event.void, 2)
    ('events.peace.date', 50, 0.2, 0.3)
    """
    for event, steps in zip(scenario.events, event_steps(scenario), strict=True):
        drawn = event.drawn_date
        if drawn is not None:
            q05, median, q95 = map(drawn.quantile, (0.05, 0.5, 0.95))
            by_end = drawn.share_until(scenario.days)
            # Only what something else ends can be over before it begins.
            void = max(0.0, by_end - drawn.share_until(event.ends - 1))
            path = path_of(("events", *steps, "date"))
            yield DrawnEvent(path, q05, median, q95, 1.0 - by_end, void)
