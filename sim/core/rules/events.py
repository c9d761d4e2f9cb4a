"""What the numbers of an event do: the formulas of `sim.core.event_kinds`, compiled."""

from __future__ import annotations

from sim.core import event_kinds
from sim.core.compiled import inlined

meeting_weight = inlined(event_kinds.meeting_weight)
support_after = inlined(event_kinds.support_after)
requirement_after = inlined(event_kinds.requirement_after)
target_shift = inlined(event_kinds.target_shift)
jump_of = inlined(event_kinds.jump_of)
