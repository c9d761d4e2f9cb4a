"""Run a sweep, in memory or in a folder."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from sim.engines.batch import Progress
from sim.engines.request import whole
from sim.engines.threads import available_workers
from sim.scenario.files.catalogue import behaviour_folder, scenario_folder
from sim.scenario.files.reach import reading_within
from sim.scenario.files.tree import as_mapping, tree_from
from sim.scenario.load import scenario_of
from sim.scenario.schema import Scenario
from sim.store.parquet import read_table
from sim.studies.cluster import run_on_cluster
from sim.studies.design.file import is_study_file, load_study, study_from
from sim.studies.design.study import Study
from sim.studies.sweep.blocks import BlockWork, SweepPart, n_blocks, points_of, run_blocks
from sim.studies.sweep.folder import SweepFolder
from sim.studies.sweep.result import Sweep

if TYPE_CHECKING:
    from distributed import Client


def sweep(  # noqa: PLR0913 (all that a sweep takes)
    study: Study | Scenario | str | os.PathLike[str],
    vary: Mapping[str, Any] | None = None,
    *,
    out: str | Path | None = None,
    workers: int | None = None,
    dask: str | Client | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
    within: str | os.PathLike[str] | None = None,
    **more: Any,
) -> Sweep:
    """Run a scenario at every point of a design.

    Parameters
    ----------
    study : Study, Scenario, or str or path
        A study, or the scenario to vary, or the file or shipped name of one or the other.
    vary : mapping of path to values, optional
        What to vary if the first argument is a scenario: a list of values,
        ``{"range": [low, high], "steps": number}`` or a distribution, for each path.
    out : str or Path, optional
        Folder for the sweep, which is written part by part; one that was stopped is continued.
    workers : int, optional
        Threads; as many as there are processors by default. Results do not depend on it.
    dask : str or distributed.Client, optional
        Address of a Dask scheduler, or a client of one, to run the blocks. The same results.
    overwrite : bool
        Replace an earlier sweep in the folder.
    progress : callable of (points done, points), optional
    within : str or path, optional
        For files that others wrote: the only folder, besides those of the package, from which the
        study, its scenarios and what they name are read; see `sim.load_scenario`.
    **more
        Other keys of a study file: design, points, runs, precision, seed, outcomes, days, ...

    Returns
    -------
    Sweep
        A point that could not be run is in its `problems`, and does not stop the others.

    Raises
    ------
    StudyError, ScenarioError
        The study cannot be used.
    TypeError
        ``study`` or ``vary`` is something else.
    ResultsError
        The folder holds something else, or another process is using it.

    Examples
    --------
    >>> import sim
    >>> levels = {"conditions.us_backing.level": [0.2, 0.8]}
    >>> found = sim.sweep(sim.load_scenario("paris_2025"), levels, runs=20)
    >>> found.column("size").shape
    (2,)
    """
    with reading_within(within, scenario_folder(), behaviour_folder()):
        chosen = study_from_arguments(study, vary, more)
    workers = _checked_workers(workers)
    if out is None:
        work = SweepRun(chosen, workers, dask)
        work.run(progress)
        found = work.done()
        assert found is not None
        return found
    with SweepFolder(out, chosen).locked(overwrite) as folder:
        missing = folder.missing()
        if missing:
            with closing(_parts(chosen, missing, workers, dask, progress)) as parts:
                for part in parts:
                    folder.write(part)
        folder.finish()
        return folder.sweep()


class SweepRun:
    """A sweep in memory in progress; if it is stopped, `done` covers the blocks so far.

    Parameters
    ----------
    study, workers, dask
        As those of `sweep`.
    """

    def __init__(
        self, study: Study, workers: int | None = None, dask: str | Client | None = None
    ) -> None:
        self.study, self.dask = study, dask
        self.workers = _checked_workers(workers)
        self._parts: list[SweepPart] = []

    def run(self, progress: Progress | None = None) -> None:
        """Run, with progress as in `sweep`; this may be interrupted."""
        todo = range(n_blocks(self.study))
        with closing(_parts(self.study, todo, self.workers, self.dask, progress)) as parts:
            for part in parts:
                self._parts.append(part)

    def done(self) -> Sweep | None:
        """The sweep over the blocks of points that are done; None if there are none."""
        if not self._parts:
            return None
        done = sorted(self._parts)
        points = pa.concat_tables([read_table(part.points) for part in done])
        runs = [read_table(part.runs) for part in done if part.runs is not None]
        return Sweep(self.study, points, pa.concat_tables(runs) if runs else None)


def _checked_workers(workers: int | None) -> int:
    workers = available_workers() if workers is None else whole("workers", workers)
    if workers < 1:
        raise ValueError(f"workers: {workers} must be at least 1")
    return workers


def study_from_arguments(
    study: Study | Scenario | str | os.PathLike[str],
    vary: object,
    more: Mapping[str, Any],
) -> Study:
    """The study that the arguments of `sweep` describe."""
    if isinstance(study, Study):
        if vary is not None or more:
            raise ValueError("a Study already defines what is varied, and how")
        return study
    vary = as_mapping(vary)
    if vary is not None and not isinstance(vary, Mapping):
        kind = type(vary).__name__
        raise TypeError(f"vary: it must be a mapping of paths to their values, not {kind}")
    keys = dict(more) if vary is None else {"vary": dict(vary), **more}
    if isinstance(study, str | os.PathLike) and is_study_file(study):
        return load_study(study, {key: tree_from(value) for key, value in keys.items()})
    return study_from(keys, scenario=scenario_of(study, "study"))


def _parts(
    study: Study,
    blocks: Iterable[int],
    workers: int,
    dask: str | Client | None,
    progress: Progress | None,
) -> Generator[SweepPart]:
    if dask is None:
        yield from run_blocks(study, blocks, workers, progress)
        return
    todo = list(blocks)
    sizes = [len(points_of(study, block)) for block in todo]
    with closing(run_on_cluster(BlockWork(study), todo, dask, progress, sizes)) as found:
        for _, part in found:
            yield part
