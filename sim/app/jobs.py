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


class Jobs:
    """Jobs of all pages of a server; to be used within its event loop.

    Parameters
    ----------
    most : int
        Jobs at once.
    """

    def __init__(self, most: int) -> None:
        self._most, self._n_running = most, 0
        self._pool = ThreadPoolExecutor(most, thread_name_prefix="willing-app")
        self._of_page: dict[str, Job] = {}

    @property
    def n_running(self) -> int:
        """Jobs that are under way."""
        return self._n_running

    async def results(
        self, page: str, job: Job, work: Callable[[Event], Iterator[Item]]
    ) -> AsyncGenerator[Item]:
        """Yield what a job finds, each step in a thread; it ends early once it is stopped.

        The job of the page before is stopped first: a page waits for one thing at a time.

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
        before, self._of_page[page] = self._of_page.get(page), job
        try:
            if before is not None:
                before.stop.set()
                await before.is_over.wait()
            if job.stop.is_set():
                return
            if self._n_running >= self._most:
                raise TooManyJobs
            self._n_running += 1
            try:
                async for item in self._steps(work(job.stop)):
                    yield item
            except Stopped:
                return
            finally:
                self._n_running -= 1
        finally:
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

    def close(self) -> None:
        """Stop all jobs, and wait for their threads."""
        for job in self._of_page.values():
            job.stop.set()
        self._pool.shutdown(wait=True, cancel_futures=True)
