"""How much memory an ensemble needs, and whether that much is free."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sim.core.stages import N_STAGES
from sim.results.free_memory import free_bytes as free_bytes
from sim.results.records import N_BINS
from sim.scenario.arrays.numbers import Arrays, arrays_of
from sim.scenario.arrays.ties import tie_weights

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario

MOST_IN_TWO_BYTES = 2**15 - 1
"""From this number of days or nations on, rows hold whole numbers of four bytes."""

BYTES_A_TIE, BYTES_A_TIE_OF_WORKER = 56, 16
"""Memory for a tie that differs from the base while ties are listed, and in each thread's world."""

LITTLE_MEMORY = 64 * 2**20
"""Bytes that are taken without asking how many are free, which takes as long as a run or two."""


class Sizes(NamedTuple):
    """How long the axes are."""

    n_records: int
    n_nations: int
    n_conditions: int
    n_kinds: int
    n_groups: int = 0
    has_capacity: bool = False
    has_quorum: bool = False


def sizes_of(arrays: Arrays) -> Sizes:
    """Return how long the axes of an ensemble are."""
    n_nations, n_kinds = arrays.structure.start_pledge.shape
    n_conditions = arrays.structure.condition_key.size
    return Sizes(
        n_records=arrays.structure.n_days + 1,
        n_nations=n_nations,
        n_conditions=n_conditions,
        n_kinds=n_kinds,
        n_groups=arrays.structure.groups.n_groups,
        has_capacity=arrays.has_capacity,
        has_quorum=bool((arrays.structure.quorums.nation < 0).any()),
    )


def bytes_a_run(scenario: Scenario) -> int:
    """Memory that the rows of one run take up: see `sim.results.records.RunRecords`."""
    n_nations, n_kinds = len(scenario.nations), len(scenario.contributions)
    whole_numbers = 3 * (scenario.days + 1) + n_nations * (N_STAGES + 2) + 1
    whole_numbers += int(scenario.quorum is not None)
    n_groups, n_records = len(scenario.ties.groups), scenario.days + 1
    whole_numbers += n_records * (int(n_groups > 0) + int(n_kinds > 0))
    reals = n_nations * n_kinds + n_kinds + len(scenario.conditions)
    reals += n_records if scenario.has_capacity else 0
    width = 2 if max(n_records, n_nations, n_groups) < MOST_IN_TWO_BYTES else 4
    return width * whole_numbers + n_nations + 8 * reals


def bytes_of_counts(sizes: Sizes, workers: int, by_stage: bool = True) -> int:
    """Memory for the counts by day: 32-bit numbers for each thread, and 64-bit sums.

    By day, nation and stage or, if not `by_stage`, by day and nation alone.

    Examples
    --------
    >>> bytes_of_counts(Sizes(181, 37, 2, 4), workers=2) < 40e6
    True
    """
    a_day = sizes.n_nations * (N_STAGES if by_stage else 1) + 3 * (sizes.n_nations + 1)
    a_day += (sizes.n_kinds + 2 + sizes.n_conditions) * N_BINS
    a_day += sizes.n_groups + sizes.n_kinds + 2
    return sizes.n_records * a_day * (4 * workers + 8)


def bytes_of_ties(scenario: Scenario, workers: int = 1) -> int:
    """Memory for the ties of pairs that differ from the base; 0 where it is little.

    A group has as many ties as the square of its size.

    Examples
    --------
    >>> from sim.scenario.load import scenario_from_dict
    >>> nations = [f"N{number}" for number in range(1000)]
    >>> ties = {"groups": {"all": {"members": nations, "weight": 2}}}
    >>> scenario = scenario_from_dict({"days": 1, "nations": nations, "ties": ties})
    >>> bytes_of_ties(scenario) // 999_000
    72
    """
    n_nations, a_pair = len(scenario.nations), BYTES_A_TIE + BYTES_A_TIE_OF_WORKER * workers
    if n_nations**2 * a_pair <= LITTLE_MEMORY:
        return 0
    needed = tie_weights(scenario).n_pairs(n_nations) * a_pair
    return needed if needed > LITTLE_MEMORY else 0


def checked_arrays(scenario: Scenario, workers: int = 1) -> Arrays:
    """Return a scenario as arrays, once it is clear that memory holds its ties.

    Raises
    ------
    MemoryError
    """
    needed = bytes_of_ties(scenario, workers)
    free = free_bytes() if needed else None
    if free is not None and needed > free:
        n_pairs = tie_weights(scenario).n_pairs(len(scenario.nations))
        raise MemoryError(
            f"ties: groups, leaders and dyads make {n_pairs:,} ties that differ from the base, "
            f"which need {needed / 1e9:,.1f} GB of memory, and {free / 1e9:,.1f} GB is free: leave "
            "the largest group out, or divide it"
        )
    return arrays_of(scenario)


def check_memory(sizes: Sizes, workers: int, by_stage: bool = False) -> None:
    """Refuse an ensemble whose counts no memory holds, before the system ends the process.

    Raises
    ------
    MemoryError
    """
    needed = bytes_of_counts(sizes, workers, by_stage)
    free = free_bytes() if needed > LITTLE_MEMORY else None
    if free is not None and needed > free:
        raise MemoryError(
            f"{sizes.n_nations:,} nations over {sizes.n_records - 1:,} days need "
            f"{needed / 1e9:,.1f} GB of memory for counts by day, and {free / 1e9:,.1f} GB is free:"
            " ask for fewer days, nations or workers"
        )
