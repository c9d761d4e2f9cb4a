"""Run a study in jobs: in threads or on a cluster, in memory or in a folder."""

from __future__ import annotations

import threading
from collections.abc import Generator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from sim.engines.batch import Progress
from sim.engines.request import whole
from sim.engines.threads import OrderedThreads, available_workers
from sim.studies.cluster import client_of, run_on_cluster
from sim.studies.jobs.folder import JobsFolder
from sim.studies.jobs.study import Columns, Job, JobStudy, Result, evaluated

if TYPE_CHECKING:
    from distributed import Client


def run_study(
    study: JobStudy[Any, Result],
    out: str | Path | None = None,
    workers: int | None = None,
    dask: str | Client | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Result:
    """Do what a study asks for.

    Parameters
    ----------
    study : JobStudy
    out : str or Path, optional
        Folder, in which each job is stored as soon as it is done: the same call goes on from there.
    workers : int, optional
        Threads; as many as there are processors by default. The result does not depend on it.
    dask : str or distributed.Client, optional
        Address of a Dask scheduler, or a client of one, to do the jobs instead.
    overwrite : bool
        Replace an earlier study in the folder.
    progress : callable of (runs, runs of all jobs), optional
        The second number is an estimate.

    Raises
    ------
    ResultsError
        The folder holds something else, or another process is at work there.
    ClusterError
        The cluster cannot be used.
    """
    n_workers = available_workers() if workers is None else whole("workers", workers)
    if n_workers < 1:
        raise ValueError(f"workers: {n_workers} must be at least 1")
    study.problem()
    with ExitStack() as opened:
        folder = None
        if out is not None:
            folder = opened.enter_context(JobsFolder(out, study).locked(overwrite))
        runner = opened.enter_context(JobRunner(study, n_workers, dask, progress, folder))
        result = evaluated(study.steps(), runner.results)
        if folder is not None:
            folder.finish(study.tables(result))
    return result


class JobRunner:
    """Does the jobs of a study, round by round, within a ``with`` statement.

    The cluster is looked for when there is a job to do, and one client does all rounds.

    Parameters
    ----------
    study : JobStudy
    workers : int
    dask : str or distributed.Client, optional
    progress : callable of (runs, runs of all jobs), optional
    folder : JobsFolder, optional
        Locked; what is in it is not done again.
    """

    def __init__(
        self,
        study: JobStudy[Any, Any],
        workers: int,
        dask: str | Client | None = None,
        progress: Progress | None = None,
        folder: JobsFolder | None = None,
    ) -> None:
        self.study, self.workers, self.dask = study, workers, dask
        self.progress, self.folder = progress, folder
        self._memories = list[Any]()
        self._client: Client | None = None
        self._opened = ExitStack()
        self._n_done = self._n_asked = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    def results(self, jobs: Sequence[Job]) -> list[Columns]:
        """Columns of a round of jobs, in their order."""
        self._n_asked += sum(job.n_runs for job in jobs)
        found: dict[int, Columns] = {}
        numbers = [self.folder.add(job) for job in jobs] if self.folder is not None else []
        for place, number in enumerate(numbers):
            stored = self.folder.found(number) if self.folder is not None else None
            if stored is not None:
                found[place] = stored
                self._tell(jobs[place])
        todo = [place for place in range(len(jobs)) if place not in found]
        with closing(self._run([jobs[place] for place in todo])) as done:
            for index, columns in done:
                place = todo[index]
                if self.folder is not None:
                    self.folder.write(numbers[place], columns)
                found[place] = columns
                self._tell(jobs[place])
        return [found[place] for place in range(len(jobs))]

    def _run(self, jobs: list[Job]) -> Generator[tuple[int, Columns]]:
        """Places of jobs with their columns, as they are done."""
        if not jobs:
            return
        if self.dask is not None:
            if self._client is None:
                self._client = self._opened.enter_context(client_of(self.dask))
            yield from run_on_cluster(JobWork(self.study), jobs, self._client)
            return
        n_workers = min(self.workers, len(jobs))
        while len(self._memories) < n_workers:
            self._memories.append(self.study.new_memory())
        threads = OrderedThreads(self._memories[:n_workers])
        with closing(threads.results(self.study.run, jobs, ahead=n_workers)) as found:
            yield from enumerate(found)

    def _tell(self, job: Job) -> None:
        self._n_done += job.n_runs
        if self.progress is not None:
            self.progress(self._n_done, max(self._n_asked, self.study.n_expected()))


class JobWork:
    """The jobs of a study as the work of a cluster; each thread has a memory of its own."""

    def __init__(self, study: JobStudy[Any, Any]) -> None:
        self.study, self.name = study, f"{study.kind.noun}-{study.scenario.digest[:12]}"
        self._own = threading.local()

    def run(self, job: Job) -> Columns:
        """A job."""
        if not hasattr(self._own, "memory"):
            self._own.memory = self.study.new_memory()
        return self.study.run(self._own.memory, job)

    def __getstate__(self) -> dict[str, Any]:
        return {"study": self.study, "name": self.name}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._own = threading.local()
