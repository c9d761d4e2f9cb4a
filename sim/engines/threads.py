"""Jobs done by threads, each with memory of its own; results come in the order of the jobs."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from threading import Event
from typing import Generic, TypeVar

Memory = TypeVar("Memory")
Job = TypeVar("Job")
Result = TypeVar("Result")


def available_workers() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class OrderedThreads(Generic[Memory]):
    """A pool with one thread for each memory; runs, comparisons and sweeps all use it.

    Jobs start in order, and no more start once it is closed. After an interrupt the finished jobs
    are therefore the first ones.

    Parameters
    ----------
    memories : sequence
        Handed to the task together with a job; no two threads have the same one at a time.
    stop : Event, optional
        Set when it is closed, so that long jobs may end early.
    """

    def __init__(self, memories: Sequence[Memory], stop: Event | None = None) -> None:
        self._stop = Event() if stop is None else stop
        self._pool = ThreadPoolExecutor(len(memories))
        self._free: SimpleQueue[Memory] = SimpleQueue()
        for memory in memories:
            self._free.put(memory)

    def results(
        self, task: Callable[[Memory, Job], Result], jobs: Iterable[Job], ahead: int
    ) -> Generator[Result]:
        """Yield the result of a task for each job, in order.

        Parameters
        ----------
        task : callable of (memory, job)
        jobs : iterable
            Taken when they are started.
        ahead : int
            Jobs that are started or wait for a thread before the first of them is yielded. What
            waits is cancelled by an interrupt.
        """

        def work(job: Job) -> Result:
            memory = self._free.get()
            try:
                return task(memory, job)
            finally:  # else a thread that waits for a memory would wait for ever
                self._free.put(memory)

        waiting = deque[Future[Result]]()
        try:
            for job in jobs:
                waiting.append(self._pool.submit(work, job))
                if len(waiting) > ahead:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            self.close()

    def close(self) -> None:
        """Start no more jobs, and wait for those that are under way."""
        self._stop.set()
        self._pool.shutdown(wait=True, cancel_futures=True)
