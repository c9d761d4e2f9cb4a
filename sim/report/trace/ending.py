"""What a run came to: the size of the coalition, and whether it succeeded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.report.trace.words import days_text, on_day, paragraph
from sim.results.format import number, percent

if TYPE_CHECKING:
    from sim.results.trace import Trace
    from sim.scenario.parts import Success

CAVEAT = (
    "This is one run of many under the scenario's assumptions: no forecast of what any government "
    "will do, nor a statement of what any wants."
)


def ending_text(trace: Trace) -> str:
    """How the run ended, in a few lines."""
    public, private, firm = (int(size[-1]) for size in trace.size)
    sizes = f"{public:,} public"
    sizes += f" ({private:,} with the undisclosed)" if private > public else ""
    sizes += f", {firm:,} pledged or deployed"
    if trace.scenario.contributions:
        force, required = float(trace.force[-1, -1]), float(trace.requirement[-1])
        share = percent(min(force / required, 1e6))
        sizes += f", force {number(force)}: {share} of the {number(required)} required"
    lines = [paragraph(f"At the end, {on_day(trace, trace.n_days)}: {sizes}.", 0, 2)]
    if trace.scenario.success is not None:
        lines.append(paragraph(_success(trace, trace.scenario.success), 0, 2))
    return "\n".join([*lines, paragraph(CAVEAT, 0)])


def _success(trace: Trace, wanted: Success) -> str:
    """Whether and when the run succeeded, or else what was missing."""
    hold = days_text(wanted.hold)
    met = thresholds_met(trace, wanted)
    if trace.success_day >= 0:
        return (
            f"Success from {on_day(trace, trace.success_day)} on: every threshold held for {hold}."
        )
    missing = [text for text, by_day in met if not by_day[-1]]
    together = np.logical_and.reduce([by_day for _, by_day in met])
    longest = days_text(longest_stretch(together))
    held = (
        f"They held together for {longest} at most, and {hold} in a row are needed."
        if together.any()
        else "There was no day on which all held."
    )
    if not missing:
        return f"No success: every threshold is met on the last day. {held}"
    return f"No success: on the last day there is {', '.join(missing)}. {held}"


def thresholds_met(trace: Trace, wanted: Success) -> list[tuple[str, NDArray[np.bool_]]]:
    """Each threshold of success: what is missing on the last day, and the days on which it held."""
    found = []
    if wanted.public_size is not None:
        size = trace.size[0]
        text = f"a public size of {size[-1]:,} (wanted: {wanted.public_size:,})"
        found.append((text, size >= wanted.public_size))
    if wanted.requirement_share is not None:
        share = trace.force[:, -1] / trace.requirement
        text = f"{100 * share[-1]:.1f} % of the force required"
        text += f" (wanted: {100 * wanted.requirement_share:g} %)"
        found.append((text, share >= wanted.requirement_share))
    for place, name in enumerate(trace.scenario.conditions):
        if name in wanted.conditions:
            value, least = trace.conditions[:, place], wanted.conditions[name]
            found.append((f"{name} {value[-1]:.3f} (wanted: {least:g})", value >= least))
    return found


def longest_stretch(holds: NDArray[np.bool_]) -> int:
    """Most days running on which something holds.

    Examples
    --------
    >>> longest_stretch(np.array([True, True, False, True]))
    2
    """
    longest = running = 0
    for is_so in holds:
        running = running + 1 if is_so else 0
        longest = max(longest, running)
    return longest
