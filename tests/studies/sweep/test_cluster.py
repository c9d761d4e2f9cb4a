"""A sweep on a Dask cluster: the bytes of one on threads, though workers die."""

from __future__ import annotations

import logging
import os
import pickle
import random
import signal
import socket
import sys
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dask
import pytest
from distributed import Client, LocalCluster

import sim.studies.cluster as module
from sim.store import code
from sim.studies.cluster import ClusterError, Finished, run_on_cluster, run_packed
from sim.studies.design.study import Study
from sim.studies.sweep import blocks
from sim.studies.sweep.blocks import BlockWork
from sim.studies.sweep.sweep import sweep
from tests.studies.sweep.folders import bytes_in
from tests.studies.sweep.made_up import made_up, study_of

PATIENCE = 60
POINTS_A_BLOCK = 3
SMALL_BLOCKS = f"""
from sim.studies.sweep import blocks

blocks.points_a_block = lambda _: {POINTS_A_BLOCK}
"""
LEVELS = "conditions.condition_0.level"


def local_cluster(folder: Path, n_workers: int, **options: Any) -> LocalCluster:
    """A cluster on this machine that says nothing."""
    return LocalCluster(
        n_workers=n_workers,
        threads_per_worker=1,
        dashboard_address=":0",
        silence_logs=logging.CRITICAL,
        local_directory=str(folder),
        host="127.0.0.1",
        protocol="tcp",
        **options,
    )


@pytest.fixture(scope="module")
def processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCluster]:
    """Two worker processes that cut studies into small blocks."""
    folder = tmp_path_factory.mktemp("dask")
    (folder / "small_blocks.py").write_text(SMALL_BLOCKS)
    settings = {
        "distributed.scheduler.allowed-failures": 1,
        "distributed.comm.timeouts.connect": "3s",  # to a worker that has died
    }
    preload = str(folder / "small_blocks.py")
    with (
        dask.config.set(settings),
        local_cluster(folder, 2, processes=True, preload=preload) as cluster,
    ):
        yield cluster


@pytest.fixture(scope="module")
def nobody(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCluster]:
    """A scheduler without workers."""
    with local_cluster(tmp_path_factory.mktemp("dask"), 0, processes=False) as cluster:
        yield cluster


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "points_a_block", lambda _: POINTS_A_BLOCK)


def some_study(n_levels: int = 12, runs: int = 20, **keys: Any) -> Study:
    """A study of some blocks, one of whose points fails."""
    levels = [*(n / n_levels for n in range(1, n_levels)), 1]
    return study_of({LEVELS: levels, "events.0": ["present", "absent"]}, runs=runs, **keys)


def test_a_worker_that_is_killed_has_its_blocks_done_again_and_no_byte_is_another(
    processes: LocalCluster, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    study, killed, done = some_study(24, 200, keep="runs"), list[int](), list[int]()
    sweep(study, out=tmp_path / "threads", workers=2)
    with Client(processes.scheduler_address, set_as_default=False, timeout=PATIENCE) as client:
        client.wait_for_workers(2, timeout=PATIENCE)
        pids = client.run(os.getpid)
        assert len(set(pids.values())) == 2

    def progress(n_done: int, of_all: int) -> None:
        done.append(n_done)
        if n_done > of_all / 3 and not killed:
            killed.append(min(pids.values()))
            os.kill(killed[0], signal.SIGKILL)  # one of ours: its nanny waits for it

    found = sweep(study, out=tmp_path / "dask", dask=processes.scheduler_address, progress=progress)
    assert killed
    assert done == sorted(done)
    assert done[-1] == study.n_points == found.n_points
    assert len(found.problems) == 2
    assert bytes_in(tmp_path / "dask") == bytes_in(tmp_path / "threads")
    assert capfd.readouterr() == ("", "")


@pytest.mark.slow
def test_a_client_will_do_and_is_left_open(processes: LocalCluster) -> None:
    study = some_study()
    with Client(processes.scheduler_address, set_as_default=False, timeout=PATIENCE) as client:
        client.wait_for_workers(2, timeout=PATIENCE)
        found = sweep(study, dask=client)
        assert client.status == "running"
        assert found.table.equals(sweep(study).table)


def test_a_sweep_that_was_begun_on_threads_may_be_finished_on_a_cluster(
    processes: LocalCluster, tmp_path: Path
) -> None:
    study = some_study()
    sweep(study, out=tmp_path / "out")
    expected = bytes_in(tmp_path / "out")
    for block in (0, 3, 7):
        (tmp_path / "out" / "parts" / f"part-00000{block}.parquet").unlink()
    done: list[tuple[int, int]] = []
    sweep(
        study,
        out=tmp_path / "out",
        dask=processes.scheduler_address,
        progress=lambda *given: done.append(given),
    )
    assert done == [(3, 9), (6, 9), (9, 9)]
    assert bytes_in(tmp_path / "out") == expected


def dies(*_: object) -> None:
    """A block that takes its worker with it."""
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.slow
def test_a_block_that_kills_every_worker_is_told_and_what_is_done_is_kept(
    processes: LocalCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "run_packed", dies)
    with pytest.raises(ClusterError, match="several workers began a piece of the work, and each"):
        sweep(some_study(2), out=tmp_path / "out", dask=processes.scheduler_address)
    assert (tmp_path / "out" / "study.yaml").is_file()
    assert not (tmp_path / "out" / "provenance.json").exists()


def test_a_whole_sweep_needs_no_cluster(tmp_path: Path) -> None:
    study = some_study(2)
    expected = sweep(study, out=tmp_path / "out")
    found = sweep(study, out=tmp_path / "out", dask="tcp://127.0.0.1:1")
    assert found.table.equals(expected.table)


def test_that_nobody_is_left_is_said_and_workers_that_come_later_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "TIMEOUT_SECONDS", 1)
    study = some_study()
    expected = sweep(study).table
    with (
        local_cluster(tmp_path, 1, processes=False) as cluster,
        Client(cluster, set_as_default=False, timeout=PATIENCE) as client,
    ):
        client.wait_for_workers(1, timeout=PATIENCE)

        class Bring(logging.Handler):
            """Whoever reads that there are no workers starts one."""

            def emit(self, record: logging.LogRecord) -> None:
                assert "no workers any more" in record.getMessage()
                cluster.scale(1)

        def progress(done: int, _: int) -> None:
            if done == POINTS_A_BLOCK:
                cluster.scale(0)

        handler = Bring()
        module.LOG.addHandler(handler)
        try:
            found = sweep(study, dask=client, progress=progress)
        finally:
            module.LOG.removeHandler(handler)
    assert found.table.equals(expected)
    assert [record.name for record in caplog.records].count(module.LOG.name) == 1


def test_a_sweep_that_gives_up_leaves_another_of_the_same_study_at_work(
    nobody: LocalCluster,
) -> None:
    """Blocks of the one are not those of the other: to take some back would stop both."""
    study = some_study(2)
    with Client(nobody.scheduler_address, set_as_default=False, timeout=PATIENCE) as client:
        one, other = (list(module._submitted(BlockWork(study), [0, 1], client)) for _ in range(2))
        client.cancel(one, force=True)
        assert [each.status for each in (*one, *other)] == ["cancelled"] * 2 + ["pending"] * 2
        client.cancel(other, force=True)


class Heavy:
    """Work that is hard to compress."""

    name = "heavy"

    def __init__(self) -> None:
        self.content = random.Random(0).randbytes(300_000)

    def run(self, task: int) -> int:
        return task + len(self.content)


def test_work_is_sent_to_the_cluster_once_and_not_with_every_task(nobody: LocalCluster) -> None:
    with Client(nobody.scheduler_address, set_as_default=False, timeout=PATIENCE) as client:
        futures = list(module._submitted(Heavy(), range(20), client))
        until = time.monotonic() + PATIENCE
        while len(known := dict(nobody.scheduler.tasks)) < 21 and time.monotonic() < until:
            time.sleep(0.01)
        sizes = sorted(len(pickle.dumps(each.run_spec)) for each in known.values())
        client.cancel(futures, force=True)
    assert len(sizes) == 21
    assert sizes[-1] > 300_000
    assert sizes[-2] < 5_000


def test_heavy_work_is_done_by_all_workers(processes: LocalCluster) -> None:
    done = dict(run_on_cluster(Heavy(), range(20), processes.scheduler_address))
    assert done == {place: place + 300_000 for place in range(20)}


# Refusals


@pytest.fixture
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TIMEOUT_SECONDS", 0.5)


def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.mark.usefixtures("short_patience")
@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("tcp://127.0.0.1:{port}", ""),
        ("127.0.0.1:{port}", ""),
        ("tcp://127.0.0.1:{silent}", "no answer within 0.5 s"),
        ("localhost", "missing port number in address 'localhost'"),
        ("", "missing port number in address ''"),
        ("http://127.0.0.1:{port}", "unknown address scheme 'http'"),
        ("tcp://127.0.0.1:port", "invalid literal for int"),
        ("tls://127.0.0.1:{port}", "TLS"),
    ],
)
def test_an_address_that_does_not_answer_is_refused_soon(address: str, reason: str) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(5)
        address = address.format(port=closed_port(), silent=silent.getsockname()[1])
        began = time.perf_counter()
        with pytest.raises(ClusterError, match="no Dask scheduler answers at") as refused:
            next(run_on_cluster(BlockWork(some_study(2)), [0], address))
    assert time.perf_counter() - began < 5
    assert str(refused.value).startswith(f"no Dask scheduler answers at {address}: ")
    assert reason in str(refused.value)


def test_a_worker_is_no_scheduler(processes: LocalCluster) -> None:
    with Client(processes.scheduler_address, set_as_default=False, timeout=PATIENCE) as client:
        client.wait_for_workers(1, timeout=PATIENCE)
        address = next(iter(client.nthreads()))
    with pytest.raises(ClusterError, match="is not a Dask scheduler but a Worker"):
        next(run_on_cluster(BlockWork(some_study(2)), [0], address))


def test_a_cluster_without_workers_is_refused(nobody: LocalCluster) -> None:
    with pytest.raises(ClusterError, match="the Dask cluster has no workers yet; start some, or"):
        next(run_on_cluster(BlockWork(some_study(2)), [0], nobody.scheduler_address))


@pytest.mark.parametrize("package", ["willing", "code", "numpy", "pyarrow", "scipy"])
def test_workers_of_another_version_are_refused(
    processes: LocalCluster, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = code.made_by()
    if package == "willing":
        monkeypatch.setattr(code, "__version__", "99.1")
    elif package == "code":
        monkeypatch.setattr(code, "code_digest", lambda: "99.1")
    else:
        others = {**here, package: "99.1"}
        monkeypatch.setattr(code, "version", lambda name: others[name])
    what = "code with the digest" if package == "code" else package
    message = f"has {what} {here[package]}, and the client has 99.1: results could differ"
    with pytest.raises(ClusterError, match=message) as refused:
        next(run_on_cluster(BlockWork(some_study(2)), [0], processes.scheduler_address))
    assert "the worker at tcp://127.0.0.1:" in str(refused.value)


@pytest.mark.parametrize("name", ["numpy", "code"])
def test_a_worker_that_comes_later_with_another_version_is_refused_too(name: str) -> None:
    versions = {**module.made_by(), name: "0.1"}
    with pytest.raises(ClusterError, match=rf"a worker has {name} .*, and the client has 0\.1"):
        run_packed(versions, b"", 0, 0)


def test_without_dask_the_way_to_install_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ClusterError, match="Dask is not installed: python -m pip install 'willing"):
        next(run_on_cluster(BlockWork(some_study(2)), [0], "tcp://127.0.0.1:1"))


def test_a_scheduler_that_goes_is_told(tmp_path: Path) -> None:
    with local_cluster(tmp_path / "dask", 1, processes=False) as cluster:

        def progress(*_: int) -> None:
            cluster.close()

        with pytest.raises(ClusterError, match="the Dask scheduler stopped, or lost a piece"):
            sweep(
                some_study(24),
                out=tmp_path / "out",
                dask=cluster.scheduler_address,
                progress=progress,
            )
    assert len([*(tmp_path / "out" / "parts").glob("part-*")]) >= 1


def test_an_error_in_a_block_is_that_of_the_block(
    processes: LocalCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "run_packed", int)
    with pytest.raises(TypeError):
        list(run_on_cluster(BlockWork(some_study(2)), [0], processes.scheduler_address))


def test_a_study_is_unpacked_once_for_all_its_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    study = some_study(runs=3, scenario=made_up(luck=9))
    packed = zlib.compress(pickle.dumps(BlockWork(study)))
    used: list[tuple[Study, object]] = []

    def run_block(study: Study, shared: object, block: int) -> int:
        used.append((study, shared))
        return block

    monkeypatch.setattr(blocks, "run_block", run_block)
    for block in range(4):
        assert run_packed(code.made_by(), packed, block, block) == Finished(block, block)
    assert len({(id(one), id(other)) for one, other in used}) == 1
    assert used[0][0].digest == study.digest
