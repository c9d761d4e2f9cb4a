"""Tasks of a study on a Dask cluster, with the same bytes as in threads."""

from __future__ import annotations

import asyncio
import logging
import pickle
import secrets
import time
import zlib
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

from sim.engines.batch import Progress
from sim.store.code import CODE, made_by

if TYPE_CHECKING:
    from distributed import Client, Future, as_completed

LOG = logging.getLogger(__name__)
TIMEOUT_SECONDS = 20
"""Time for an address to answer, and without workers before a warning."""

POLL_SECONDS = 0.02

TASKS_AHEAD = 2
"""Tasks per thread of the cluster that are in progress at the same time."""

Versions = dict[str, str]
Task = TypeVar("Task", contravariant=True)
Result = TypeVar("Result", covariant=True)


class ClusterError(RuntimeError):
    """The cluster cannot be used; the message says why."""


class Work(Protocol[Task, Result]):
    """What the workers of a cluster do; it is pickled once, and each worker unpacks it once.

    Attributes
    ----------
    name : str
        By which the scheduler's pages call its tasks.
    """

    name: str

    def run(self, task: Task, /) -> Result:
        """The result of a task; threads may share the work."""
        ...


class Finished(NamedTuple):
    """A task by its place among all, with its result."""

    place: int
    result: Any


def run_on_cluster(
    work: Work[Task, Result],
    tasks: Sequence[Task],
    dask: str | Client,
    progress: Progress | None = None,
    sizes: Sequence[int] | None = None,
) -> Generator[tuple[int, Result]]:
    """Tasks as they are finished, in any order; one whose worker dies is run again.

    Parameters
    ----------
    work : Work
    tasks : sequence
    dask : str or distributed.Client
        Address of a scheduler, such as ``tcp://10.0.0.1:8786``, or a client of one.
    progress : callable of (done, of all), optional
    sizes : sequence of int, optional
        What each task counts in the progress; 1 by default.

    Yields
    ------
    place : int
        Of the task among all.
    result

    Raises
    ------
    ClusterError
        No scheduler answers, workers have other versions, or a task kills them.
    """
    counted = [1] * len(tasks) if sizes is None else sizes
    with client_of(dask) as client:
        done = 0
        _check_workers(client)
        for place, result in _finished(work, tasks, client):
            done += counted[place]
            if progress is not None:
                progress(done, sum(counted))
            yield place, result


# Finding the cluster


@contextmanager
def client_of(dask: str | Client) -> Generator[Client]:
    """The client itself, or a new one of the scheduler at an address, which is closed at the end.

    Raises
    ------
    ClusterError
        No scheduler answers.
    """
    client = _opened(dask)
    try:
        yield client
    finally:
        if client is not dask:
            client.close()


def _opened(dask: str | Client) -> Client:
    """The client itself, or a new one."""
    try:
        import distributed  # heavy and optional
    except ImportError:
        raise ClusterError(
            "Dask is not installed: python -m pip install 'willing[cluster]'"
        ) from None
    if not isinstance(dask, str):
        return dask
    try:
        found = _identity(dask)  # a client could wait forever for what is no scheduler
        unknown = "something else"
        kind = str(found.get("type", unknown)) if isinstance(found, dict) else unknown
        if "Scheduler" not in kind:
            raise ClusterError(f"{dask} is not a Dask scheduler but a {kind}")
        return distributed.Client(dask, timeout=TIMEOUT_SECONDS, set_as_default=False)
    except (OSError, ValueError, TypeError, MemoryError) as error:
        reason = str(error) or f"no answer within {TIMEOUT_SECONDS} s"
        raise ClusterError(f"no Dask scheduler answers at {dask}: {reason}") from error


def _identity(address: str) -> Any:
    """What the Dask process at an address identifies itself as."""
    from distributed import Security
    from distributed.core import rpc

    async def identity() -> Any:
        arguments = Security().get_connection_args("client")
        async with rpc(address, timeout=TIMEOUT_SECONDS, connection_args=arguments) as remote:
            return await remote.identity()

    def answer() -> Any:
        return asyncio.run(asyncio.wait_for(identity(), TIMEOUT_SECONDS))

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return answer()
    with ThreadPoolExecutor(1) as pool:  # a notebook already runs a loop in this thread
        return pool.submit(answer).result()


def _check_workers(client: Client) -> None:
    """Raise if the scheduler cannot import willing, or a worker has other versions."""
    try:
        client.run_on_scheduler(made_by)  # it unpickles every task
    except ImportError as error:
        raise ClusterError(f"the Dask scheduler cannot import willing: {error}") from error
    found = client.run(made_by, on_error="return")
    if not found:
        raise ClusterError("the Dask cluster has no workers yet; start some, or wait for them")
    for address, versions in found.items():
        if isinstance(versions, Exception):
            raise ClusterError(f"the worker at {address} cannot run willing: {versions}")
        _check_versions(f"the worker at {address}", made_by(), versions)


def _check_versions(whose: str, expected: Versions, found: Versions) -> None:
    """Raise if versions differ from those of the client."""
    for name, version in expected.items():
        if found.get(name) != version:
            what = "code with the digest" if name == CODE else name
            raise ClusterError(
                f"{whose} has {what} {found.get(name)}, and the client has {version}: results "
                "could differ"
            )


# Tasks


def _finished(work: Work[Any, Any], tasks: Sequence[Any], client: Client) -> Iterator[Finished]:
    from distributed import as_completed  # heavy and optional

    futures = _submitted(work, tasks, client)
    n_ahead = max(1, TASKS_AHEAD * sum(client.nthreads().values()))
    # A task counts as done once its result is here: the worker that has it may go.
    waiting = as_completed(
        list(islice(futures, n_ahead)), loop=client.loop, with_results=True, raise_errors=False
    )
    try:
        while not waiting.is_empty():
            result = _next_result(waiting, client)
            waiting.update(list(islice(futures, 1)))
            yield result
    finally:
        with suppress(OSError, TimeoutError):  # the scheduler may have gone
            client.cancel([*waiting.futures], force=True)


def _submitted(
    work: Work[Any, Any], tasks: Sequence[Any], client: Client
) -> Iterator[Future[Finished]]:
    """Futures of tasks; each task is submitted when its future is taken.

    The work is a task of its own, whose result workers fetch from each other. The scheduler has it
    too, for workers that come when all who had it have gone.
    """
    name = f"willing-{work.name}-{secrets.token_hex(4)}"
    content = zlib.compress(pickle.dumps(work))
    packed = client.submit(bytes, content, pure=False, key=f"{name}-work")
    for place, task in enumerate(tasks):
        key, given = f"{name}-{place:06d}", (made_by(), packed, place, task)
        yield client.submit(run_packed, *given, pure=False, key=key)


def _next_result(waiting: as_completed, client: Client) -> Finished:
    """The task that is done next, with a warning if the cluster has no workers left."""
    from distributed import CancelledError  # heavy and optional
    from distributed.scheduler import KilledWorker

    since, has_warned = time.monotonic(), False
    while not waiting.has_ready():
        time.sleep(POLL_SECONDS)
        is_long = time.monotonic() - since > TIMEOUT_SECONDS
        if is_long and not has_warned and not client.scheduler_info()["workers"]:
            has_warned = True
            LOG.warning("The Dask cluster has no workers any more; waiting for others ...")
    _, result = next(waiting)
    if isinstance(result, Finished):
        return result
    # An exception, or the type, the exception and its traceback.
    error: BaseException = result if isinstance(result, BaseException) else result[1]
    if isinstance(error, KilledWorker):
        raise ClusterError(
            "several workers began a piece of the work, and each of them died (of too little "
            "memory?): see their logs"
        ) from error
    if isinstance(error, CancelledError):
        raise ClusterError("the Dask scheduler stopped, or lost a piece of the work") from error
    if isinstance(error, ImportError):
        raise ClusterError(f"a worker cannot run willing: {error}") from error
    raise error


def run_packed(versions: Versions, packed: bytes, place: int, task: Any) -> Finished:
    """A task of pickled work, run on a worker.

    Raises
    ------
    ClusterError
        The worker, which may have joined late, has other versions.
    """
    _check_versions("a worker", versions, made_by())
    return Finished(place, _unpacked(packed).run(task))


@lru_cache(maxsize=4)
def _unpacked(packed: bytes) -> Work[Any, Any]:
    """The work that a worker received."""
    work: Work[Any, Any] = pickle.loads(zlib.decompress(packed))  # from our own client
    return work
