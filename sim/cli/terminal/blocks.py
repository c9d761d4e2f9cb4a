"""A long ensemble run in blocks, so that Ctrl-C loses the block under way and no more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.cli.main import raise_if_stopped, stop_in_force
from sim.cli.terminal.failures import WrongInput

if TYPE_CHECKING:
    from sim.results.ensemble import Ensemble
    from sim.scenario.schema import Scenario

MAX_KEPT_BYTES = 500e6
"""Memory above which ``keep=auto`` gives up the rows of single runs."""

MOST_IN_TWO_BYTES = 2**15 - 1
"""Days and nations from which on the rows hold numbers of four bytes."""

NATION_DAYS_A_BLOCK = {"batch": 1e8, "mesa": 3e6}
"""About a second's work, which is what Ctrl-C may lose; with shorter blocks runs take longer."""

ShowProgress = Callable[[int, int], None]


@dataclass(frozen=True)
class Order:
    """What to run.

    Attributes
    ----------
    runs, seed : int
    engine : {"batch", "mesa"}
    workers : int or None
    keep : {"auto", "runs", "summary"}
    """

    runs: int
    seed: int
    engine: str = "batch"
    workers: int | None = None
    keep: str = "auto"


def run_in_blocks(
    scenario: Scenario, order: Order, show: ShowProgress
) -> tuple[Ensemble, KeyboardInterrupt | None]:
    """Ensemble of all runs, or of those in finished blocks and what stopped the others.

    Signals raise in here, and are only noted from its end on, so that none loses what is done.

    Raises
    ------
    KeyboardInterrupt
        Stopped before the first block was finished.
    """
    done: list[Ensemble] = []
    answer, stop = stop_in_force(), None
    try:
        answer.waits = False
        raise_if_stopped()
        for block in _blocks(scenario, order, show):
            done = _with_block(done, block)
        answer.waits = True  # inside the block, so that none falls between the two
    except KeyboardInterrupt as raised:
        answer.waits = True  # the first thing done: another signal may be near
        if not done:
            raise
        stop = raised
    return _joined(done), answer.noted or stop


def check_memory(scenario: Scenario, order: Order) -> None:
    """Refuse ``keep="runs"`` for more runs than free memory holds.

    Raises
    ------
    WrongInput
    """
    from sim.engines.memory import free_bytes

    free = free_bytes()
    if order.keep != "runs" or free is None:
        return
    # Blocks are copied when they are joined.
    copies = 1 if order.runs <= runs_a_block(scenario, order.engine) else 2
    needed = copies * order.runs * bytes_a_run(scenario)
    if needed > free:
        raise WrongInput(
            f"--keep runs: {order.runs:,} runs of this scenario need {needed / 1e9:,.1f} GB of "
            f"memory, and {free / 1e9:,.1f} GB is free: ask for fewer runs, or for --keep summary"
        )


def runs_a_block(scenario: Scenario, engine: str) -> int:
    """Number of runs that one block should have."""
    nation_days = len(scenario.nations) * scenario.days
    return max(1, int(NATION_DAYS_A_BLOCK[engine] / nation_days))


def bytes_a_run(scenario: Scenario) -> int:
    """Memory that the rows of one run take up: see `sim.results.records.RunRecords`."""
    n_nations, n_kinds = len(scenario.nations), len(scenario.contributions)
    by_day = 3 * (scenario.days + 1)
    by_nation = n_nations * (7 + 2)
    reals = n_nations * n_kinds + n_kinds + len(scenario.conditions)
    a_number = 2 if max(scenario.days + 1, n_nations) < MOST_IN_TWO_BYTES else 4
    return a_number * (by_day + by_nation + 1) + n_nations + 8 * reals


def what_to_keep(scenario: Scenario, order: Order) -> str:
    """``"runs"`` or ``"summary"``: what was asked for, or under ``"auto"`` what memory allows."""
    if order.keep != "auto":
        return order.keep
    return "runs" if order.runs * bytes_a_run(scenario) <= MAX_KEPT_BYTES else "summary"


def _blocks(scenario: Scenario, order: Order, show: ShowProgress) -> Iterator[Ensemble]:
    from sim.engines.run import run

    size = runs_a_block(scenario, order.engine)
    for first in range(0, order.runs, size):

        def shown(done: int, _: int, first: int = first) -> None:
            raise_if_stopped()
            show(first + done, order.runs)

        yield run(
            scenario,
            runs=min(size, order.runs - first),
            seed=order.seed,
            engine=order.engine,
            workers=order.workers,
            keep=what_to_keep(scenario, order),
            first_run=first,
            progress=shown,
        )


def _with_block(done: list[Ensemble], block: Ensemble) -> list[Ensemble]:
    """Blocks so far; where only counts are kept, added up at once so that memory stays flat."""
    if block.keep == "summary" and done:
        return [_joined([*done, block])]
    return [*done, block]


def _joined(blocks: list[Ensemble]) -> Ensemble:
    from sim.results.ensemble import join

    return blocks[0] if len(blocks) == 1 else join(blocks)
