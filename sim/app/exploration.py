"""The runs of a scenario that a page has changed, a first few and then more, beside the base.

Every number is that of `sim.run` and `sim.compare` under the same seed: run r is the same run,
however runs are cut into blocks.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from threading import Event, Lock
from typing import NamedTuple

import numpy as np

from sim.engines.memory import bytes_a_run, bytes_of_counts, sizes_of
from sim.engines.run import EnsembleRun
from sim.results.ensemble import Ensemble, join
from sim.scenario.arrays.numbers import arrays_of
from sim.scenario.schema import Scenario
from sim.studies.compare.changes import OutcomeChange
from sim.studies.compare.compare import shortened
from sim.studies.compare.evaluate import outcome_change

PIECE = 1000
"""Runs that are asked of the engine at once. It stops between its blocks, which are the larger the
more runs it is asked for."""


class Stopped(Exception):  # noqa: N818 (nothing is wrong)
    """The runs are not wanted any more."""


def stopper(stop: Event) -> Callable[[int, int], None]:
    """What a study calls with its progress; it raises `Stopped` once that is asked for."""

    def look(_: int, __: int) -> None:
        if stop.is_set():
            raise Stopped

    return look


class Found(NamedTuple):
    """What so many runs of a changed scenario show.

    Attributes
    ----------
    ensemble : Ensemble
        Of the changed scenario.
    base : Ensemble
        The same runs of the base.
    changes : dict of str to OutcomeChange, or None
        How the changed scenario differs from the base, run by run, as in a comparison: its
        ``size`` at the end and, where both have thresholds, its ``success``. None if they are the
        same scenario, or cannot be compared.
    """

    ensemble: Ensemble
    base: Ensemble
    changes: dict[str, OutcomeChange] | None


class Blocks:
    """Blocks of runs of base scenarios, kept for the next comparison; the last used stay longest.

    Threads may share it.

    Parameters
    ----------
    most_bytes : float
        Memory that blocks may take up together.
    """

    def __init__(self, most_bytes: float) -> None:
        self._most_bytes, self._bytes = most_bytes, 0
        self._kept: OrderedDict[tuple[str, int, int, int], tuple[Ensemble, int]] = OrderedDict()
        self._lock = Lock()

    @property
    def n_bytes(self) -> int:
        """Memory that the blocks take up, as estimated."""
        return self._bytes

    def get(self, scenario: Scenario, seed: int, numbers: range, stop: Event) -> Ensemble:
        """The runs of a scenario with some numbers: as they are kept, or else anew.

        Raises
        ------
        Stopped
        """
        kept = self._find(scenario, seed, numbers)
        if kept is not None:
            return kept
        found = block_of(scenario, seed, numbers, stop)
        self._keep(found)
        return found

    def first(self, scenario: Scenario, seed: int, sizes: Sequence[int], stop: Event) -> Ensemble:
        """As many runs as the last of some sizes, from blocks that end at each of them.

        Raises
        ------
        Stopped
        """
        blocks = [self.get(scenario, seed, numbers, stop) for numbers in ranges(sizes)]
        if len(blocks) == 1:
            return blocks[0]
        kept = self._find(scenario, seed, range(sizes[-1]))
        if kept is not None:
            return kept
        found = join(blocks, lazily=True)
        self._keep(found)
        return found

    def _find(self, scenario: Scenario, seed: int, numbers: range) -> Ensemble | None:
        key = (scenario.digest, seed, numbers.start, len(numbers))
        with self._lock:
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key][0]

    def _keep(self, found: Ensemble) -> None:
        key = (found.scenario.digest, found.seed, found.first_run, found.n_runs)
        size = bytes_of_block(found.scenario, found.n_runs)
        with self._lock:
            if size <= self._most_bytes and key not in self._kept:
                self._kept[key] = found, size
                self._bytes += size
            while self._bytes > self._most_bytes:
                _, (_, dropped) = self._kept.popitem(last=False)
                self._bytes -= dropped


def bytes_of_block(scenario: Scenario, n_runs: int) -> int:
    """Memory that a block of runs takes up, with the counts of each of its pieces."""
    return n_runs * bytes_a_run(scenario) + ceil(n_runs / PIECE) * _bytes_of_piece(scenario)


def runs_within(scenario: Scenario, n_bytes: float) -> int:
    """As many runs of a scenario as some memory holds.

    Examples
    --------
    >>> from sim.scenario.load import load_scenario
    >>> paris = load_scenario("paris_2025")
    >>> n_runs = runs_within(paris, 100e6)
    >>> 5000 < n_runs < 20000, bytes_of_block(paris, n_runs) <= 100e6, runs_within(paris, 1e3)
    (True, True, 0)
    """
    a_piece = _bytes_of_piece(scenario)
    a_run = bytes_a_run(scenario) + a_piece / PIECE
    return max(0, int((n_bytes - a_piece) / a_run))


def _bytes_of_piece(scenario: Scenario) -> int:
    """Memory for the counts of one piece; sums over pieces are made of few of them."""
    sizes = sizes_of(arrays_of(scenario))
    return bytes_of_counts(sizes, workers=1) - bytes_of_counts(sizes, workers=0)


def block_of(scenario: Scenario, seed: int, numbers: range, stop: Event) -> Ensemble:
    """The runs of a scenario with some numbers.

    Raises
    ------
    Stopped
        Asked for meanwhile; no more than the parts that threads have begun are finished.
    """
    look, pieces = stopper(stop), []
    for first in range(numbers.start, numbers.stop, PIECE):
        look(first, numbers.stop)
        n_runs = min(PIECE, numbers.stop - first)
        work = EnsembleRun(scenario, n_runs, seed, first_run=first)
        work.run(look)
        found = work.done()
        assert found is not None
        pieces.append(found)
    return join(pieces, lazily=True)


@dataclass(frozen=True)
class Exploration:
    """A scenario beside its base, to be run.

    Attributes
    ----------
    base, changed : Scenario
    seed : int
    sizes : tuple of int
        Numbers of runs at which something is shown, ascending.
    """

    base: Scenario
    changed: Scenario
    seed: int
    sizes: tuple[int, ...]

    def steps(self, kept: Blocks, stop: Event) -> Iterator[Found]:
        """Yield what the first runs show, then what more of them do.

        Parameters
        ----------
        kept : Blocks
        stop : Event
            Set when nobody waits for the rest.

        Raises
        ------
        Stopped

        Examples
        --------
        >>> import sim
        >>> base = sim.load_scenario("paris_2025")
        >>> more = base.with_value("conditions.us_backing.level", 0.8)
        >>> work = Exploration(base, more, seed=1, sizes=(20, 50))
        >>> found = [*work.steps(Blocks(1e8), Event())]
        >>> [(each.ensemble.n_runs, each.changes["size"].low > 0) for each in found]
        [(20, True), (50, True)]
        """
        is_base = self.changed.digest == self.base.digest
        pair = None if is_base else comparable(self.base, self.changed)
        blocks, pairs = list[Ensemble](), list[tuple[Ensemble, Ensemble]]()
        for place, numbers in enumerate(ranges(self.sizes), start=1):
            base = kept.first(self.base, self.seed, self.sizes[:place], stop)
            if is_base:
                yield Found(base, base, None)
                continue
            blocks.append(block_of(self.changed, self.seed, numbers, stop))
            if pair is not None:
                block = blocks[-1]
                if pair[1] is not self.changed:
                    block = block_of(pair[1], self.seed, numbers, stop)
                pairs.append((kept.get(pair[0], self.seed, numbers, stop), block))
            yield Found(join(blocks, lazily=True), base, _changes(pairs) if pairs else None)


def _changes(pairs: Sequence[tuple[Ensemble, Ensemble]]) -> dict[str, OutcomeChange]:
    """Outcomes of the same runs of two scenarios, compared; blocks of the base come first."""
    base, changed = zip(*pairs, strict=True)
    found = {
        "size": (np.concatenate([each.size[:, -1] for each in side]) for side in (base, changed))
    }
    if base[0].scenario.success is not None and changed[0].scenario.success is not None:
        found["success"] = (
            np.concatenate([each.success_day >= 0 for each in side]) for side in (base, changed)
        )
    return {
        name: outcome_change(name, *(each.astype(np.float64) for each in values))
        for name, values in found.items()
    }


def comparable(base: Scenario, changed: Scenario) -> tuple[Scenario, Scenario] | None:
    """Both scenarios over the days that both have; None if one cannot be cut to them."""
    n_days = min(base.days, changed.days)
    try:
        return shortened(base, n_days), shortened(changed, n_days)
    except ValueError:  # its random numbers would be others
        return None


def ranges(sizes: Sequence[int]) -> Iterator[range]:
    """Run numbers from 0 to each size, without those before."""
    for begin, end in zip((0, *sizes), sizes, strict=False):
        yield range(begin, end)


def sizes_within(wanted: Sequence[int], most: int) -> tuple[int, ...]:
    """The numbers of runs that are wanted, none above a limit.

    Examples
    --------
    >>> sizes_within((200, 1000, 5000), 3000), sizes_within((200, 1000), 50)
    ((200, 1000, 3000), (50,))
    """
    return tuple(dict.fromkeys(min(each, most) for each in wanted))
