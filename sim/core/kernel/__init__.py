"""The batch engine's compiled loop: many runs of one scenario, a day at a time.

Read `world` and `memory` (what lies where), then `day` (what happens in which order), which leads
to the rest: `events`, `features` and `hazards`, `transitions`, `commitments`. `start` makes day 0,
and `simulate` runs many runs and counts them.

Two habits run through all of it. A local name such as ``real, at = world.real, world.at`` costs
nothing; it only shortens the lines. And every index is made unsigned by `sim.core.compiled.index`.
"""
