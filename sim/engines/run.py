"""Ensembles of either engine, which can be stopped and keep the runs that are done."""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING

from sim.engines.batch import BatchRun, Progress
from sim.engines.memory import checked_arrays
from sim.engines.request import checked_request
from sim.results.ensemble import Ensemble, join
from sim.scenario.load import scenario_of
from sim.scenario.schema import Scenario

if TYPE_CHECKING:
    from sim.engines.mesa.agents import Nation

ENGINES = ("batch", "mesa")
KEEPS = ("runs", "summary")

NATION_DAYS_OF_MESA = 3e6
"""About a second's work of the Mesa engine, the most that an interrupt can lose."""


def run(  # noqa: PLR0913 (all that a run takes)
    scenario: Scenario | str | os.PathLike[str],
    runs: int = 1000,
    seed: int = 0,
    engine: str = "batch",
    workers: int | None = None,
    nation_class: type[Nation] | None = None,
    keep: str = "runs",
    first_run: int = 0,
    progress: Progress | None = None,
    stage_counts: bool | None = None,
) -> Ensemble:
    """Run a scenario many times.

    Parameters
    ----------
    scenario : Scenario, or str or path
        A scenario, or the file or shipped name of one.
    runs : int, at least 1
    seed : int, from 0 to 2**64 - 1
        Run r under a seed is the same run, whatever the number of runs, workers or engine.
    engine : {"batch", "mesa"}
        The compiled kernel, or the readable Mesa model: the same bits, hundreds of times slower.
    workers : int, optional
        Threads of the batch engine; as many as there are processors by default.
    nation_class : type, optional
        A subclass of `sim.Nation` for the Mesa engine, to try another rule.
    keep : {"runs", "summary"}
        Keep arrays of single runs, or only counts over runs, whose memory does not grow.
    first_run : int
        Number of the first run, to go on where another ensemble ended.
    progress : callable of (runs done, all runs), optional
    stage_counts : bool, optional
        Count runs by day, nation and stage (`Records.stage_counts`), or only by day and nation who
        is public, by day how many nations are in each stage, and by nation the stage at the end. By
        default all three together up to 4 million such numbers.

    Returns
    -------
    Ensemble

    Raises
    ------
    ValueError
        If an argument is out of range or unknown.
    ScenarioError, TypeError
        If there is no such scenario, or it is something else.
    MemoryError
        If there is too little for the counts by day.

    Examples
    --------
    >>> import sim
    >>> ensemble = sim.run(sim.load_scenario("paris_2025"), runs=4, seed=1)
    >>> ensemble.size.shape
    (4, 181)
    """
    work = EnsembleRun(
        scenario, runs, seed, engine, workers, nation_class, keep, first_run, stage_counts
    )
    work.run(progress)
    ensemble = work.done()
    assert ensemble is not None
    return ensemble


class EnsembleRun:
    """An ensemble under way; if it is stopped, it keeps the runs that are done.

    Parameters
    ----------
    scenario, runs, seed, engine, workers, nation_class, keep, first_run, stage_counts
        As those of `run`.

    Raises
    ------
    ValueError, ScenarioError, TypeError, MemoryError
        As `run`.
    """

    def __init__(  # noqa: PLR0913 (those of `run`)
        self,
        scenario: Scenario | str | os.PathLike[str],
        runs: int = 1000,
        seed: int = 0,
        engine: str = "batch",
        workers: int | None = None,
        nation_class: type[Nation] | None = None,
        keep: str = "runs",
        first_run: int = 0,
        stage_counts: bool | None = None,
    ) -> None:
        if keep not in KEEPS:
            raise ValueError(f"keep: {keep!r} must be one of {', '.join(KEEPS)}")
        if engine not in ENGINES:
            raise ValueError(f"engine: {engine!r} must be one of {', '.join(ENGINES)}")
        if nation_class is not None and engine != "mesa":
            raise ValueError("nation_class: only engine='mesa' can run a subclass of Nation")
        self.scenario, self.nation_class = scenario_of(scenario), nation_class
        self.request = checked_request(runs, seed, first_run, workers, keep == "runs", stage_counts)
        self._batch: BatchRun | None = None
        if engine == "batch":
            n_workers = min(self.request.workers, self.request.n_runs)
            self._batch = BatchRun(checked_arrays(self.scenario, n_workers), self.request)
        self._by_mesa: list[Ensemble] = []
        if engine == "mesa":  # heavy: here, so that the pace of the first runs is not off
            import_module("sim.engines.mesa.batch")

    def run(self, progress: Progress | None = None) -> None:
        """Run, with progress as in `run`; it may be interrupted."""
        if self._batch is not None:
            self._batch.run(progress)
            return
        n_runs, nation_days = self.request.n_runs, len(self.scenario.nations) * self.scenario.days
        step = max(1, int(NATION_DAYS_OF_MESA / nation_days))
        for begin in range(0, n_runs, step):
            done = [*self._by_mesa, self._block_of_mesa(begin, min(step, n_runs - begin), progress)]
            # Counts are added up at once, so that memory stays flat where only they are kept.
            self._by_mesa = done if self.request.keeps_runs else [join(done)]

    def done(self) -> Ensemble | None:
        """Return the runs that are done, which are the first ones; None if none is.

        To be called when no more runs are to follow; it may be called again.
        """
        if self._batch is None:
            return join(self._by_mesa) if self._by_mesa else None
        if self._batch.n_done == 0:
            return None
        records = self._batch.records()
        return Ensemble(
            self.scenario, records, seed=self.request.seed, first_run=self.request.first_run
        )

    def _block_of_mesa(self, begin: int, n_runs: int, progress: Progress | None) -> Ensemble:
        from sim.engines.mesa.batch import simulate_with_mesa  # Mesa takes long to import

        def of_all(done: int, _: int) -> None:
            if progress is not None:
                progress(begin + done, self.request.n_runs)

        first_run = self.request.first_run + begin
        block = self.request._replace(first_run=first_run, n_runs=n_runs)
        return Ensemble(
            self.scenario,
            simulate_with_mesa(self.scenario, block, self.nation_class, of_all),
            seed=block.seed,
            first_run=first_run,
            engine=engine_name(self.nation_class),
        )


def engine_name(nation_class: type[Nation] | None) -> str:
    """Return how the provenance names the Mesa engine, its subclass of `Nation` included."""
    if nation_class is None or nation_class.__module__ == "sim.engines.mesa.agents":
        return "mesa"
    return f"mesa:{nation_class.__module__}.{nation_class.__qualname__}"
