"""Blocks of a sweep on a Dask cluster, with the same bytes as in threads."""

from __future__ import annotations

import asyncio
import logging
import pickle
import secrets
import time
import zlib
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any

from sim.engines.batch import Progress
from sim.studies.design.study import Study
from sim.studies.sweep.blocks import SweepPart, points_of, run_block
from sim.studies.sweep.resume import CODE, made_by
from sim.studies.sweep.shared_inputs import SharedInputsCache

if TYPE_CHECKING:
    from distributed import Client, Future, as_completed

LOG = logging.getLogger(__name__)
TIMEOUT_SECONDS = 20
"""Time for an address to answer, and without workers before a warning."""

POLL_SECONDS = 0.02

BLOCKS_AHEAD = 2
"""Blocks per thread of the cluster that are in progress at the same time."""

Versions = dict[str, str]


class ClusterError(RuntimeError):
    """The cluster cannot be used; the message says why."""


def run_on_cluster(
    study: Study, blocks: list[int], dask: str | Client, progress: Progress | None = None
) -> Generator[SweepPart]:
    """Blocks as they are finished, in any order; one whose worker dies is run again.

    Parameters
    ----------
    study : Study
    blocks : list of int
    dask : str or distributed.Client
        Address of a scheduler, such as ``tcp://10.0.0.1:8786``, or a client of one.
    progress : callable of (points done, points), optional

    Yields
    ------
    SweepPart

    Raises
    ------
    ClusterError
        No scheduler answers, workers have other versions, or a block kills them.
    """
    client = _client_of(dask)
    try:
        _check_workers(client)
        yield from _finished_parts(study, blocks, client, progress)
    finally:
        if client is not dask:
            client.close()


# Finding the cluster


def _client_of(dask: str | Client) -> Client:
    """The client itself, or a new one of the scheduler at an address."""
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


# Blocks


def _finished_parts(
    study: Study, blocks: list[int], client: Client, progress: Progress | None
) -> Iterator[SweepPart]:
    from distributed import as_completed  # heavy and optional

    done, of_all = 0, sum(len(points_of(study, block)) for block in blocks)
    futures = _submitted(study, blocks, client)
    n_ahead = max(1, BLOCKS_AHEAD * sum(client.nthreads().values()))
    # A block counts as done once its part is here: the worker that has it may go.
    waiting = as_completed(
        list(islice(futures, n_ahead)), loop=client.loop, with_results=True, raise_errors=False
    )
    try:
        while not waiting.is_empty():
            part = _next_part(waiting, client)
            waiting.update(list(islice(futures, 1)))
            done += part.n_points
            if progress is not None:
                progress(done, of_all)
            yield part
    finally:
        with suppress(OSError, TimeoutError):  # the scheduler may have gone
            client.cancel([*waiting.futures], force=True)


def _submitted(study: Study, blocks: list[int], client: Client) -> Iterator[Future[SweepPart]]:
    """Futures of blocks; each block is submitted when its future is taken."""
    packed = zlib.compress(pickle.dumps(study))
    name = f"willing-{study.digest[:12]}-{secrets.token_hex(4)}"
    for block in blocks:
        key = f"{name}-{block:06d}"
        yield client.submit(run_packed_block, made_by(), packed, block, pure=False, key=key)


def _next_part(waiting: as_completed, client: Client) -> SweepPart:
    """The part that is done next, with a warning if the cluster has no workers left."""
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
    if isinstance(result, SweepPart):
        return result
    # An exception, or the type, the exception and its traceback.
    error: BaseException = result if isinstance(result, BaseException) else result[1]
    if isinstance(error, KilledWorker):
        raise ClusterError(
            "several workers began a block of points, and each of them died (of too little "
            "memory?): see their logs"
        ) from error
    if isinstance(error, CancelledError):
        raise ClusterError("the Dask scheduler stopped, or lost a block of points") from error
    if isinstance(error, ImportError):
        raise ClusterError(f"a worker cannot run willing: {error}") from error
    raise error


def run_packed_block(versions: Versions, packed: bytes, block: int) -> SweepPart:
    """A block of a pickled study, run on a worker.

    Raises
    ------
    ClusterError
        The worker, which may have joined late, has other versions.
    """
    _check_versions("a worker", versions, made_by())
    study, shared = _unpacked(packed)
    return run_block(study, shared, block)


@lru_cache(maxsize=4)
def _unpacked(packed: bytes) -> tuple[Study, SharedInputsCache]:
    """The study that a worker received, with the cache of its shared inputs."""
    study: Study = pickle.loads(zlib.decompress(packed))  # from our own client
    return study, SharedInputsCache(study)
