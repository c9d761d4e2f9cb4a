"""How broad the coalition is: kept up with every move, and recorded on days with a change."""

from __future__ import annotations

from sim.core.compiled import index, inlined
from sim.core.kernel.world import World
from sim.core.rules.breadth import is_covered, share_covered
from sim.core.rules.fixed_point import units_scale, whole_units


@inlined
def prepare_capacity_units(largest: float, world: World) -> None:
    """Write capacities in whole units; `size_factor` still holds them in force units."""
    at, now = world.at, world.now
    scale = units_scale(largest)
    for nation in range(at.n_nations):
        units = whole_units(world.real[index(at.size_factor + nation)], scale)
        world.whole[index(at.capacity_units + nation)] = units
        now.units_of_all += units


@inlined
def add_to_breadth(nation: int, step: int, world: World) -> None:
    """Add a nation that goes public, or with -1 take out one that is no longer so."""
    whole, at, now = world.whole, world.at, world.now
    for entry in range(
        whole[index(at.group_start + nation)], whole[index(at.group_start + nation + 1)]
    ):
        members = at.group_public + whole[index(at.group_of + entry)]
        before = whole[index(members)]
        whole[index(members)] = before + step
        if before == 0 or before + step == 0:
            now.n_groups_covered += step
    now.units_public += step * whole[index(at.capacity_units + nation)]
    now.n_members_public += step * whole[index(at.goal_member + nation)]


@inlined
def update_breadth(world: World) -> None:
    """Write what depends on today's pledges and on the public capacity as they are now."""
    at, now = world.at, world.now
    now.n_kinds_covered = 0
    for kind in range(at.n_kinds):
        if world.whole[index(at.force + kind)] > 0:
            now.n_kinds_covered += 1
    now.capacity_public = share_covered(now.units_public, now.units_of_all)


@inlined
def record_breadth(day: int, world: World) -> None:
    """Write down today's breadth."""
    at, now = world.at, world.now
    world.whole[index(at.groups_by_day + day)] = now.n_groups_covered
    world.whole[index(at.kinds_by_day + day)] = now.n_kinds_covered
    world.real[index(at.capacity_by_day + day)] = now.capacity_public


@inlined
def covers_goals(world: World) -> bool:
    """Return whether the coalition is as broad today as success takes."""
    at, now = world.at, world.now
    if now.n_members_public < now.goal_members:
        return False
    # Of what a scenario has none, a share is not a number: success cannot ask for it then.
    groups = share_covered(now.n_groups_covered, at.n_groups)
    kinds = share_covered(now.n_kinds_covered, at.n_kinds)
    return (
        is_covered(groups, now.goal_groups)
        and is_covered(kinds, now.goal_kinds)
        and is_covered(now.capacity_public, now.goal_capacity)
    )
