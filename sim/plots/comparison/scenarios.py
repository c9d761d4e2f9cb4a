"""What figures of comparisons share: which scenarios are drawn, their calendar, what they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from sim.plots.sheet import title_of
from sim.results.format import LONGEST_LABEL, alike, counted, cut_apart
from sim.studies.compare.changes import Difference

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario
    from sim.studies.compare.comparison import Comparison


class EventDays(NamedTuple):
    """The days of a comparison, with the events of all of its scenarios, for a day axis."""

    scenario: Scenario


def calendar_of(comparison: Comparison, label: str, only: Sequence[str] = ()) -> EventDays:
    """Days of the base as far as all scenarios reach, with its events and those of another.

    Parameters
    ----------
    comparison : Comparison
    label : str
        Of the other scenario.
    only : sequence of str
        Kinds of events to keep; by default all.
    """
    other = comparison.scenarios[comparison.labels.index(label)]
    events = list(comparison.base.events)
    events += [event for event in other.events if event not in events]
    kept = tuple(event for event in events if not only or event.kind in only)
    update = {"days": comparison.n_days, "events": kept}
    return EventDays(comparison.base.model_copy(update=update))


def chosen(comparison: Comparison, other: str | None, most: int) -> tuple[Difference, ...]:
    """Differences to draw: the one asked for by its label, or the first of all.

    Raises
    ------
    ValueError
        No scenario but the base has that label.
    """
    if other is None:
        return comparison.differences[:most]
    try:
        return (comparison.difference(other),)
    except KeyError as error:
        raise ValueError(f"other: {error.args[0]}") from error


def scenario_name(comparison: Comparison, label: str) -> str:
    """What a scenario is called in headings: by its title where titles tell all of them apart."""
    names = [scenario.title for scenario in comparison.scenarios]
    if not all(names) or len(set(names)) < len(names):
        names = list(comparison.labels)
    return cut_apart(names, LONGEST_LABEL)[comparison.labels.index(label)]


def comparison_line(comparison: Comparison) -> str:
    """What a comparison is: base, runs, seed, digests."""
    digests = ", ".join(scenario.digest[:8] for scenario in comparison.scenarios[:4])
    more = ", …" if len(comparison.scenarios) > 4 else ""
    runs = counted(comparison.n_runs, "run")
    origin = (f"{runs} of each", f"seed {comparison.seed}", f"digests {digests}{more}")
    return " · ".join([f"Base: {title_of(comparison.base)}", *origin])


def left_out(n_more: int) -> str:
    """What the small print says of scenarios that are not drawn."""
    if n_more <= 0:
        return ""
    return f" {counted(n_more, 'scenario')} more {'is' if n_more == 1 else 'are'} not drawn."


def alike_note(comparison: Comparison, is_drawn: bool, of: str = "") -> str:
    """What the small print says of intervals without a width, if such are drawn, and of one run.

    Parameters
    ----------
    comparison : Comparison
    is_drawn : bool
        Whether something is drawn that is alike in all runs.
    of : str
        What it is that has no interval, where other things have one.
    """
    if comparison.n_runs == 1:
        return f" With one run there is no interval{of}."
    if not is_drawn:
        return ""
    runs = counted(comparison.n_runs, "run")
    return f" An interval without width: alike in all {runs}, though {alike(comparison.n_runs)}."
