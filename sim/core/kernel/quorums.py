"""Quorums: what nations wait for before a move forward, and what the coalition waits for."""

from __future__ import annotations

from sim.core.addresses import stretch
from sim.core.compiled import compiled, index, inlined
from sim.core.kernel.transitions import update_standing
from sim.core.kernel.world import World, stage_of
from sim.core.rules.fixed_point import units_scale, whole_units
from sim.core.rules.moves import is_public
from sim.core.rules.quorum import quorum_holds
from sim.core.rules.success import NEVER
from sim.core.stages import PUBLIC_SHARE, PUBLIC_WEIGHT


@compiled
def prepare_weights(world: World) -> None:
    """Write every weight that a quorum counts in fixed point, and its total over all nations."""
    real, whole, at = world.real, world.whole, world.at
    for row in range(at.n_weights):
        first, step = whole[index(at.weight_first + row)], whole[index(at.weight_step + row)]
        largest, total = 0.0, 0
        for nation in range(at.n_nations):
            largest = max(largest, real[index(first + nation * step)])
        scale = units_scale(largest)
        for nation in range(at.n_nations):
            units = whole_units(real[index(first + nation * step)], scale)
            whole[index(at.weight_units + row * at.n_nations + nation)] = units
            total += units
        whole[index(at.weight_total + row)] = total


@inlined
def holds_now(quorum: int, world: World) -> bool:
    """Return whether a quorum holds: a nation's counts the others, the coalition's all nations."""
    whole, at = world.whole, world.at
    nation, kind = whole[index(at.quorum_nation + quorum)], whole[index(at.quorum_kind + quorum)]
    own, n_others = 0, at.n_nations
    if nation >= 0:
        own, n_others = 1 if is_public(stage_of(nation, world)) else 0, at.n_nations - 1
    part, total = world.now.n_public - own, 1
    if kind == PUBLIC_SHARE:
        total = n_others
    elif kind == PUBLIC_WEIGHT:
        row = whole[index(at.quorum_row + quorum)]
        part, total = whole[index(at.public_weight + row)], whole[index(at.weight_total + row)]
        if own == 1:
            part -= whole[index(at.weight_units + row * at.n_nations + nation)]
    return quorum_holds(float(part), float(total), world.real[index(at.quorum + quorum)])


@compiled
def update_barred(world: World) -> None:
    """Write which moves forward every nation's quorums, and the coalition's, keep closed today."""
    whole, at = world.whole, world.at
    stretch(whole, at.barred, at.n_nations)[:] = 0
    of_all = 0
    for quorum in range(at.n_quorums):
        nation, moves = (
            whole[index(at.quorum_nation + quorum)],
            whole[index(at.quorum_moves + quorum)],
        )
        if moves == 0 or holds_now(quorum, world):
            continue
        if nation < 0:
            of_all |= moves
        else:
            whole[index(at.barred + nation)] |= moves
    for nation in range(at.n_nations):
        whole[index(at.barred + nation)] |= of_all
        update_standing(nation, world)
    world.now.hazards_changed = 1


@inlined
def update_quorum_day(day: int, world: World) -> None:
    """Write down the first day at whose end all that the coalition's quorum asks for holds."""
    now, whole, at = world.now, world.whole, world.at
    if now.quorum_day != NEVER:
        return
    for quorum in range(at.n_quorums):
        if whole[index(at.quorum_nation + quorum)] < 0 and not holds_now(quorum, world):
            return
    now.quorum_day = day
