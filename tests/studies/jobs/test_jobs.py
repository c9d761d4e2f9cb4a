"""A study in jobs, the smallest there is: stopped, resumed, spoilt, and opened again."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from sim.scenario.load import scenario_from_dict
from sim.scenario.schema import Scenario
from sim.store.folder import ResultsError
from sim.store.kinds import KINDS, Kind
from sim.studies.jobs import folder as folders
from sim.studies.jobs.folder import load_result, plan_of
from sim.studies.jobs.run import run_study
from sim.studies.jobs.study import Column, Columns, Job, JobStudy, Steps
from sim.studies.tipping.levels import AlongError
from tests.studies.sweep.folders import bytes_in

HALVINGS = Kind("test.halvings", "bisection", "a test", "float", "halvings", plan="halvings.json")
SCENARIO = scenario_from_dict({"days": 3, "nations": ["A", "B"]})
N_ROUNDS = 6


@pytest.fixture(autouse=True)
def known_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.store.kinds.KINDS", (*KINDS, HALVINGS))


class Root(JobStudy[list[str], float]):
    """The square root of a number by bisection: three levels a round, one job each."""

    kind: ClassVar[Kind] = HALVINGS

    def __init__(self, square: float, scenario: Scenario = SCENARIO, most: int = 10**6) -> None:
        self.square, self.most, self.n_run = square, most, 0
        self.scenario, self.seed, self.command = scenario, 0, "a test"

    def options(self) -> dict[str, Any]:
        return {"square": self.square}

    def columns(self, job: Job) -> dict[str, Column]:  # noqa: ARG002 (all are alike)
        return {"is_above": Column("bool"), "powers": Column("float64", 2)}

    def new_memory(self) -> list[str]:
        return []

    def run(self, memory: list[str], job: Job) -> Columns:
        if self.n_run == self.most:
            raise KeyboardInterrupt
        self.n_run += 1
        memory.append(job.name)
        level = float(job.given["level"])
        above = np.array([level**2 > self.square])
        return {"is_above": above, "powers": np.array([[level, level**2]])}

    def steps(self) -> Steps[float]:
        low, high = 0.0, max(1.0, self.square)
        for number in range(N_ROUNDS):
            levels = np.linspace(low, high, 5)
            jobs = [Job(f"round {number}", 1, {"level": each}) for each in levels[1:4].tolist()]
            found = yield jobs
            for job, columns in zip(jobs, found, strict=True):
                assert columns["powers"].tolist()[0][0] == job.given["level"]
            n_below = sum(not columns["is_above"][0] for columns in found)
            low, high = levels[n_below], levels[n_below + 1]
        return float(0.5 * (low + high))

    def n_expected(self) -> int:
        return 10

    def tables(self, result: float) -> dict[str, str]:
        return {"root.csv": f"root\n{result!r}\n"}


def opened(folder: Path) -> float:
    def study_of(options: dict[str, Any], scenario: Scenario, *_: object) -> Root:
        return Root(options["square"], scenario)

    return load_result(folder, HALVINGS, study_of, ["root.csv"])


def test_the_result_is_the_same_in_memory_in_a_folder_and_opened_again(tmp_path: Path) -> None:
    done: list[tuple[int, int]] = []
    found = run_study(Root(2.0), workers=1, progress=lambda *given: done.append(given))
    assert found == pytest.approx(2**0.5, abs=2 * 4.0**-N_ROUNDS)
    assert done[0] == (1, 10)
    assert done[-1] == (3 * N_ROUNDS, 3 * N_ROUNDS)
    assert run_study(Root(2.0), tmp_path / "out", workers=2) == found
    assert opened(tmp_path / "out") == found


@pytest.mark.parametrize("most", [0, 1, 4, 10])
def test_a_stopped_study_goes_on_to_the_same_bytes_and_runs_no_job_twice(
    tmp_path: Path, most: int
) -> None:
    run_study(Root(2.0), tmp_path / "whole", workers=1)
    with pytest.raises(KeyboardInterrupt):
        run_study(Root(2.0, most=most), tmp_path / "out", workers=1)
    with pytest.raises(ResultsError, match="holds a bisection that is not finished; the same"):
        opened(tmp_path / "out")
    rest = Root(2.0)
    run_study(rest, tmp_path / "out", workers=1)
    assert rest.n_run == 3 * N_ROUNDS - most
    assert bytes_in(tmp_path / "out") == bytes_in(tmp_path / "whole")
    whole = Root(2.0)
    run_study(whole, tmp_path / "out")
    assert whole.n_run == 0
    assert bytes_in(tmp_path / "out") == bytes_in(tmp_path / "whole")


@pytest.mark.parametrize("is_whole", [True, False])
def test_a_part_that_was_changed_is_run_again_and_those_after_it_are_not(
    tmp_path: Path, is_whole: bool, caplog: pytest.LogCaptureFixture
) -> None:
    run_study(Root(2.0), tmp_path / "whole", workers=1)
    first = Root(2.0, most=10**6 if is_whole else 9)
    with nullcontext() if is_whole else pytest.raises(KeyboardInterrupt):
        run_study(first, tmp_path / "out", workers=1)
    spoilt = tmp_path / "out" / "parts" / "part-000002.parquet"
    spoilt.write_bytes(spoilt.read_bytes()[:-1] + b"?")
    if is_whole:
        with pytest.raises(ResultsError, match=r"part-000002\.parquet was changed after it was"):
            opened(tmp_path / "out")
    rest = Root(2.0)
    run_study(rest, tmp_path / "out", workers=1)
    assert rest.n_run == (1 if is_whole else 1 + 3 * N_ROUNDS - 9)
    assert "part-000002.parquet is damaged, to be run again" in caplog.text
    assert bytes_in(tmp_path / "out") == bytes_in(tmp_path / "whole")


def test_another_study_is_refused_and_replaced_on_demand(tmp_path: Path) -> None:
    run_study(Root(2.0), tmp_path / "out", workers=1)
    said = r"square was 2\.0 and is 3\.0; choose another folder, or throw away"
    with pytest.raises(ResultsError, match=said):
        run_study(Root(3.0), tmp_path / "out")
    assert opened(tmp_path / "out") == run_study(Root(2.0))
    with pytest.raises(KeyboardInterrupt):
        run_study(Root(3.0, most=0), tmp_path / "out", overwrite=True, workers=1)
    assert opened(tmp_path / "out") == run_study(Root(2.0))  # no job of the new one was done
    run_study(Root(3.0), tmp_path / "new", workers=1)
    run_study(Root(3.0), tmp_path / "out", overwrite=True, workers=1)
    assert bytes_in(tmp_path / "out") == bytes_in(tmp_path / "new")


def test_the_same_options_of_another_scenario_are_another_study(tmp_path: Path) -> None:
    run_study(Root(2.0), tmp_path / "out")
    other = scenario_from_dict({"days": 4, "nations": ["A", "B"]})
    said = f"its scenario was {SCENARIO.digest[:12]} and is {other.digest[:12]}"
    with pytest.raises(ResultsError, match=said):
        run_study(Root(2.0, other), tmp_path / "out")


def test_a_study_that_now_asks_for_other_jobs_says_which_version_opens_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_study(Root(2.0), tmp_path / "out")
    monkeypatch.setattr(Root, "steps", lambda _: iter_jobs())
    with pytest.raises(ResultsError, match=r"cannot be evaluated: part-000000\.parquet is"):
        opened(tmp_path / "out")


def test_a_plan_that_is_no_json_is_damage(tmp_path: Path) -> None:
    run_study(Root(2.0), tmp_path / "out")
    (tmp_path / "out" / "halvings.json").write_text("[")
    with pytest.raises(ResultsError, match="damaged"):
        opened(tmp_path / "out")
    assert folders.FIELDS["n_jobs"][0](-1) is False


def iter_jobs() -> Steps[float]:
    yield [Job("another", 1, {"level": 1.0})]
    return 0.0


@pytest.mark.parametrize("key", ["made_by", "options"])
def test_a_plan_without_a_part_of_it_is_damage(
    tmp_path: Path, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_study(Root(2.0), tmp_path / "out", workers=1)
    plan = {name: each for name, each in plan_of(Root(2.0)).items() if name != key}
    monkeypatch.setattr("sim.studies.jobs.folder.plan_in", lambda _: plan)
    with pytest.raises(ResultsError, match=rf"halvings\.json is damaged: '{key}'"):
        opened(tmp_path / "out")


def test_options_that_the_study_refuses_are_damage(tmp_path: Path) -> None:
    """Each study has errors of its own, all of them ValueErrors."""
    run_study(Root(2.0), tmp_path / "out", workers=1)

    def refuse(*_: object) -> Root:
        raise AlongError("0.5 must be below 0.2")

    with pytest.raises(ResultsError, match=r"halvings\.json is damaged: 0\.5 must be below 0\.2"):
        load_result(tmp_path / "out", HALVINGS, refuse, ["root.csv"])


def test_jobs_of_a_cluster_are_those_of_threads(tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    options = {"n_workers": 1, "threads_per_worker": 2, "processes": False}
    with (
        distributed.LocalCluster(
            **options, dashboard_address=":0", local_directory=str(tmp_path), protocol="tcp"
        ) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        assert run_study(Root(2.0), tmp_path / "dask", dask=client) == run_study(Root(2.0))
    run_study(Root(2.0), tmp_path / "threads")
    assert bytes_in(tmp_path / "dask") == bytes_in(tmp_path / "threads")


def test_one_client_does_all_rounds_and_a_whole_study_needs_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    distributed = pytest.importorskip("distributed")
    clients = []

    class Counted(distributed.Client):  # type: ignore[misc, name-defined]
        def __init__(self, *args: Any, **options: Any) -> None:
            clients.append(self)
            super().__init__(*args, **options)

    with distributed.LocalCluster(
        n_workers=1,
        threads_per_worker=2,
        processes=False,
        dashboard_address=":0",
        local_directory=str(tmp_path),
        protocol="tcp",
    ) as cluster:
        monkeypatch.setattr(distributed, "Client", Counted)
        found = run_study(Root(2.0), tmp_path / "out", dask=cluster.scheduler_address)
        assert [each.status for each in clients] == ["closed"]
    assert run_study(Root(2.0), tmp_path / "out", dask="tcp://127.0.0.1:1") == found
