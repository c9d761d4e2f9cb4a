"""What memory an ensemble takes beside its runs, and whether there is as much."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from sim.core.stages import N_STAGES
from sim.results.records import N_BINS


class Sizes(NamedTuple):
    """How long the axes are."""

    n_records: int
    n_nations: int
    n_conditions: int
    n_kinds: int


def bytes_of_counts(sizes: Sizes, workers: int) -> int:
    """Memory for the counts by day: a table of 32-bit numbers a thread, and their sums twice.

    Examples
    --------
    >>> bytes_of_counts(Sizes(181, 37, 2, 4), workers=2) < 40e6
    True
    """
    a_day = sizes.n_nations * N_STAGES + 3 * (sizes.n_nations + 1)
    a_day += (sizes.n_kinds + 1 + sizes.n_conditions) * N_BINS
    return sizes.n_records * a_day * (4 * workers + 16)


def free_bytes() -> int | None:
    """Memory that is free for us; where the system does not say, all of it, or None.

    Memory that only caches files counts as free.
    """
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        return next(1024 * int(line.split()[1]) for line in lines if line.startswith("MemAvail"))
    except (OSError, StopIteration):
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None


def check_memory(sizes: Sizes, workers: int) -> None:
    """Refuse an ensemble whose counts no memory holds, before the system ends the process.

    Raises
    ------
    MemoryError
    """
    needed, free = bytes_of_counts(sizes, workers), free_bytes()
    if free is not None and needed > free:
        raise MemoryError(
            f"{sizes.n_nations:,} nations over {sizes.n_records - 1:,} days need "
            f"{needed / 1e9:,.1f} GB of memory for counts by day, and {free / 1e9:,.1f} GB is free:"
            " ask for fewer days, nations or workers"
        )
