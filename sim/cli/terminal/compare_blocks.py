"""A long comparison run in blocks, so that Ctrl-C loses the block under way and no more."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sim.cli.main import raise_if_stopped, stop_in_force

if TYPE_CHECKING:
    from sim.studies.compare.compare import Comparing
    from sim.studies.compare.comparison import Comparison
    from sim.studies.compare.paired_counts import Gathered


def compare_in_blocks(
    comparing: Comparing, show: Callable[[int, int], None]
) -> tuple[Comparison, KeyboardInterrupt | None]:
    """Comparison of all runs, or of those in finished blocks and what stopped the others.

    Signals raise in here, and are only noted from its end on, so that none loses what is done.

    Raises
    ------
    KeyboardInterrupt
        Stopped before the first block was finished.
    """
    from sim.studies.compare.compare import blocks, compared

    def shown(done: int, of_all: int) -> None:
        raise_if_stopped()
        show(done, of_all)

    done: Gathered | None = None
    answer, stop = stop_in_force(), None
    try:
        answer.waits = False
        raise_if_stopped()
        for block in blocks(comparing, shown):
            done = block if done is None else done.with_block(block)
        answer.waits = True  # inside the block, so that none falls between the two
    except KeyboardInterrupt as raised:
        answer.waits = True  # the first thing done: another signal may be near
        if done is None:
            raise
        stop = raised
    assert done is not None
    return compared(comparing, done), answer.noted or stop
