"""The rules that a run applies day by day, as the plain Python functions that they are written as.

On Python's own numbers they give the bits of the compiled ones, and sooner: to call compiled code
takes longer than their few sums do.
"""

from __future__ import annotations

import math

from sim.core.compiled import in_python
from sim.core.rules import (
    breadth,
    conditions,
    hazard,
    influence,
    moves,
    pledges,
    prospects,
    quorum,
    success,
)
from sim.core.stages import N_STAGES

is_covered = in_python(breadth.is_covered)
share_covered = in_python(breadth.share_covered)
answer_to_coalition = in_python(conditions.answer_to_coalition)
answer_to_other = in_python(conditions.answer_to_other)
next_log_odds = in_python(conditions.next_log_odds)
target = in_python(conditions.target)
crossing_time = in_python(hazard.crossing_time)
remaining_after = in_python(hazard.remaining_after)
faded = in_python(influence.faded)
remembered = in_python(influence.remembered)
peers = in_python(influence.peers)
first_move = in_python(moves.first_move)
is_firm = in_python(moves.is_firm)
is_private = in_python(moves.is_private)
is_public = in_python(moves.is_public)
takes_part = in_python(moves.takes_part)
adequacy = in_python(pledges.adequacy)
is_barred = in_python(quorum.is_barred)
quorum_holds = in_python(quorum.quorum_holds)
days_held = in_python(success.days_held)
is_within = in_python(success.is_within)

# Python has a fused multiply-add from 3.13 on. What stands in before takes longer than the call.
pressure_with, prospects_with = prospects.pressure_with, prospects.prospects_with
if hasattr(math, "fma"):
    pressure_with, prospects_with = in_python(pressure_with), in_python(prospects_with)

IS_PUBLIC = tuple(map(is_public, range(N_STAGES)))
"""By stage, whether nations there count in the public size."""
