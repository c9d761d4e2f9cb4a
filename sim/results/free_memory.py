"""How much memory is free, for what runs and for what only opens results."""

from __future__ import annotations

import os
from pathlib import Path


def free_bytes() -> int | None:
    """Free memory; where the system does not say, all of its memory, or None.

    Memory that only caches files counts as free.
    """
    try:
        with Path("/proc/meminfo").open(encoding="ascii") as lines:
            return next(
                1024 * int(each.split()[1]) for each in lines if each.startswith("MemAvail")
            )
    except (OSError, StopIteration):
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None
