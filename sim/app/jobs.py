"""Work for pages in threads: one job a page, a few at once, stopped when nobody waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import TypeVar

from sim.app.exploration import Stopped

Item = TypeVar("Item")

_END = object()


class TooManyJobs(Exception):  # noqa: N818 (a refusal)
    """As many jobs are under way as may be at once."""


class Job:
    """A job of one page.

    Attributes
    ----------
    stop : Event
        Set when nobody waits for the job any more.
    """

    def __init__(self) -> None:
        self.stop = Event()
        self.is_over = asyncio.Event()
        self.before: Job | None = None


class Jobs:
    """Jobs of all pages of a server; to be used within its event loop.

    Parameters
    ----------
    most : int
        Jobs at once, beside those that are about to stop.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._running = set[Job]()
        self._of_page: dict[str, Job] = {}
        # A page has at most one job that is about to stop, beside the one that it waits for.
        self._pool = ThreadPoolExecutor(2 * most, thread_name_prefix="willing-app")

    @property
    def n_running(self) -> int:
        """Jobs that are under way or about to stop."""
        return len(self._running)

    async def results(
        self, page: str, job: Job, work: Callable[[Event], Iterator[Item]]
    ) -> AsyncGenerator[Item]:
        """Yield what a job finds, each step in a thread; it ends early once it is stopped.

        The job of the page before is stopped: a page waits for one thing at a time. While that
        finishes what its threads have begun, this one begins.

        Parameters
        ----------
        page : str
            Name of the page.
        job : Job
        work : callable
            Of the event that asks it to stop; it may raise `Stopped`.

        Raises
        ------
        TooManyJobs
        """
        job.before, self._of_page[page] = self._of_page.get(page), job
        try:
            if job.before is not None:
                job.before.stop.set()
                if job.before.before is not None:
                    await job.before.before.is_over.wait()
            if job.stop.is_set():
                return
            if sum(not each.stop.is_set() for each in self._running) >= self._most:
                raise TooManyJobs
            self._running.add(job)
            async for item in self._steps(work(job.stop)):
                yield item
        except Stopped:
            return
        finally:
            self._running.discard(job)
            job.before = None
            job.is_over.set()
            if self._of_page.get(page) is job:
                del self._of_page[page]

    async def _steps(self, steps: Iterator[Item]) -> AsyncGenerator[Item]:
        loop = asyncio.get_running_loop()
        while True:
            item = await loop.run_in_executor(self._pool, next, steps, _END)
            if item is _END:
                return
            yield item  # type: ignore[misc]

    def stop(self) -> None:
        """Stop all jobs; their threads end soon."""
        for job in [*self._running, *self._of_page.values()]:
            job.stop.set()

    def close(self) -> None:
        """Stop all jobs, and wait for their threads."""
        self.stop()
        self._pool.shutdown(wait=True, cancel_futures=True)
