"""A sensitivity analysis from Python: what it finds, keeps, goes on with and opens."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sim
from sim.report.blocks import Table
from sim.report.sensitivity import sensitivity_blocks, sentence
from sim.results.estimates import Interval
from sim.scenario.load import scenario_from_dict
from sim.store.folder import ResultsError
from sim.studies.design.file import study_from
from sim.studies.design.outcomes import OutcomeError
from sim.studies.jobs.run import run_study
from sim.studies.sensitivity import study as studies
from sim.studies.sensitivity.designs import Size
from sim.studies.sensitivity.points import PointRunner
from sim.studies.sensitivity.result import Sensitivity
from sim.studies.sensitivity.screening import Screening
from sim.studies.sensitivity.sensitivity import (
    DEFAULT_POINTS,
    load_sensitivity,
    sensitivity,
    sensitivity_study,
)
from sim.studies.sensitivity.variance import VarianceSplit
from tests.studies.sensitivity.small import LEVEL, SCENARIO
from tests.studies.sweep.folders import bytes_in

INPUTS = [f"{LEVEL}=0.1:0.9", "behaviour.engage", "commitment.value"]
FEW: dict[str, Any] = {"points": 192, "runs": 4}


def split_in(found: Sensitivity, outcome: str) -> VarianceSplit:
    of = found.found[outcome]
    assert isinstance(of, VarianceSplit)
    return of


@pytest.fixture(scope="module")
def found() -> Sensitivity:
    return sensitivity(SCENARIO, INPUTS, ["success", "size", "force"], points=3000, runs=8)


def test_an_input_matters_where_it_can(found: Sensitivity) -> None:
    success = split_in(found, "success")
    assert found.order("success")[0] == 0
    assert success.leads.low[0] > 0
    # A value of success moves pledges alone, and they neither success nor size.
    assert split_in(found, "size").shares.estimate[2] == 0.0
    assert split_in(found, "force").runs.total.low[2] > 0.0
    assert success.ends.estimate[0, 1] > success.ends.estimate[0, 0] + 0.1


def test_the_split_is_that_of_many_runs_of_single_points() -> None:
    """The variance over runs whose numbers are drawn, and the mean, against an ensemble."""
    drawn = SCENARIO.with_changes({LEVEL: {"uniform": [0.1, 0.9]}})
    only = sensitivity(SCENARIO, [f"{LEVEL}=0.1:0.9"], "size", points=4000, runs=8)
    many = sim.run(drawn, runs=20_000, seed=5, keep="runs").size[:, -1]
    split = split_in(only, "size")
    assert split.mean.low < many.mean() < split.mean.high
    assert split.variance.low < many.var() < split.variance.high


def test_the_result_does_not_depend_on_threads_nor_on_the_size_of_jobs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    few: dict[str, Any] = {"points": 400, "runs": 4}
    study = sensitivity_study(SCENARIO, INPUTS, ["success"], **few)
    one = run_study(study, workers=1)
    monkeypatch.setattr("sim.studies.jobs.study.NATION_DAYS_A_JOB", 1)
    again = sensitivity_study(SCENARIO, INPUTS, ["success"], **few)
    assert len(again.jobs) > len(study.jobs)
    assert all(job.n_runs == again.size.n_points * 4 for job in again.jobs)
    assert run_study(again, workers=3).inputs_table().equals(one.inputs_table())
    assert sum(job.n_runs for job in again.jobs) == again.n_expected()


@pytest.mark.parametrize("method", ["sobol", "morris"])
def test_it_is_stored_and_opened_as_it_was(tmp_path: Path, method: str) -> None:
    options = {**FEW, "method": method, "seed": 2, "design_seed": 3}
    stored = sensitivity(SCENARIO, INPUTS, ["success", "size"], out=tmp_path / "out", **options)
    opened = load_sensitivity(tmp_path / "out")
    assert opened.inputs == stored.inputs
    assert opened.inputs_table().equals(stored.inputs_table())
    assert opened.outcomes_table().equals(stored.outcomes_table())
    assert (tmp_path / "out" / "inputs.csv").is_file()
    assert (opened.study.seed, opened.study.design_seed) == (2, 3)


class Stopped(PointRunner):
    """Is stopped after some jobs."""

    n_left = 0

    def values(self, *given: Any) -> Any:
        if Stopped.n_left == 0:
            raise KeyboardInterrupt
        Stopped.n_left -= 1
        return super().values(*given)


@pytest.mark.parametrize("n_jobs", [0, 3, 15])
def test_a_stopped_analysis_goes_on_to_the_same_bytes(
    tmp_path: Path, n_jobs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(out: str) -> None:
        sensitivity(SCENARIO, INPUTS, "size", out=tmp_path / out, workers=1, **FEW)

    run("whole")
    with monkeypatch.context() as patch:
        patch.setattr(studies, "PointRunner", Stopped)
        Stopped.n_left = n_jobs
        with pytest.raises(KeyboardInterrupt):
            run("out")
    with pytest.raises(ResultsError, match="sensitivity analysis that is not finished; the same"):
        load_sensitivity(tmp_path / "out")
    run("out")
    assert bytes_in(tmp_path / "out") == bytes_in(tmp_path / "whole")


def test_another_range_is_another_analysis(tmp_path: Path) -> None:
    sensitivity(SCENARIO, [f"{LEVEL}=0.1:0.9"], "size", out=tmp_path / "out", **FEW)
    with pytest.raises(ResultsError, match="inputs was"):
        sensitivity(SCENARIO, [f"{LEVEL}=0.2:0.9"], "size", out=tmp_path / "out", **FEW)


def test_paths_of_a_study_are_inputs() -> None:
    study = study_from(
        {"vary": {LEVEL: [0.2, 0.5, 0.8], "events.talks": ["present", "absent"]}, "runs": 5},
        scenario=SCENARIO,
    )
    found = sensitivity(study, outcomes="size", **FEW)
    assert [each.range for each in found.inputs] == ["3 values", "2 values"]
    assert np.isnan(split_in(found, "size").ends.estimate[1]).all()
    more = sensitivity_study(study, ["commitment.value"], **FEW)
    assert len(more.inputs) == 3


def test_success_is_explained_where_there_is_one() -> None:
    assert sensitivity_study(SCENARIO, INPUTS).outcome_names == ["success"]
    bare = SCENARIO.with_changes({"success": None})
    assert sensitivity_study(bare, INPUTS).outcome_names == ["size"]


def test_a_screening_has_effects_of_numbers_and_sizes_of_all() -> None:
    drawn = SCENARIO.with_draws({"commitment.value": [50.0, 200.0]})
    found = sensitivity(drawn, [LEVEL, "draws"], "force", method="morris", **FEW)
    of = found.found["force"]
    assert isinstance(of, Screening)
    assert of.size.estimate[1] > 0
    assert np.isnan(of.effect.estimate[1])
    assert of.effect.estimate[0] > 0
    assert found.is_screening


def test_a_screening_takes_every_line_of_joint_draws() -> None:
    """Four levels would take lines 1, 3, 5 and 7 of eight."""
    drawn = SCENARIO.with_draws({"commitment.value": [float(each) for each in range(50, 58)]})
    study = sensitivity_study(drawn, [LEVEL, "draws"], ["force"], method="morris", **FEW)
    rows = [study.run(study.new_memory(), job)["one"][:, 1] for job in study.jobs]
    assert set((8 * np.concatenate(rows)).astype(int)) == set(range(8))


def test_more_than_any_other_is_said_only_of_what_beats_every_other(found: Sensitivity) -> None:
    of = split_in(found, "size")
    labels = [found.inputs[place].label for place in found.order("size")]

    def said(*low: float) -> str:
        leads = Interval(np.array([0.2, 0.3]), np.array(low), np.array([0.3, 0.9]))
        shares = Interval(of.shares.estimate, np.full(3, 0.01), of.shares.high)
        split = of._replace(leads=leads, shares=shares)
        return sentence(Sensitivity(found.study, {**found.found, "size": split}), "size")

    assert "more than from any other input" in said(0.1, 0.1)
    assert f"whether more comes from {labels[2]} is not clear" in said(0.1, -0.3)
    assert f"whether more comes from {labels[1]} is not clear" in said(-0.1, 0.1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "fast"}, "method: 'fast' must be one of sobol, morris"),
        ({"runs": 1}, "runs: 1 must be a number from 2 to 1,024"),
        ({"points": 0}, "points: 0 must be a number from 1 to 10,000,000"),
        ({"points": 191}, "points: 191 are too few for 3 inputs; at least 192 are needed"),
        ({"points": 10_000_000, "runs": 1024}, "are more outcomes than the"),
    ],
)
def test_what_it_cannot_do_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        sensitivity_study(SCENARIO, INPUTS, **options)


def test_many_inputs_take_more_points_than_there_are_by_default(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(DEFAULT_POINTS, "sobol", 100)
    assert sensitivity_study(SCENARIO, INPUTS).size == Size(16, 2, 6)


def test_an_input_that_changed_nothing_has_no_interval_of_no_width(found: Sensitivity) -> None:
    (table,) = (
        block
        for block in sensitivity_blocks(found)
        if isinstance(block, Table) and block.title.startswith("What public nations hangs")
    )
    shares = dict(zip(table.cells("input"), table.cells("share"), strict=True))
    assert shares["commitment: value"] == "none seen"
    assert not any("(0 to 0)" in share for share in shares.values())


def test_an_outcome_that_there_is_not_is_refused() -> None:
    with pytest.raises(OutcomeError, match="unknown outcome 'sise'; did you mean 'size'"):
        sensitivity_study(SCENARIO, INPUTS, ["sise"])


@pytest.mark.parametrize(
    "scenario",
    [
        {"days": 5, "nations": ["GBR"]},
        {"days": 5, "nations": [{"id": "GBR", "stage": "public"}]},
        {"days": 1, "nations": ["GBR", "FRA"], "quorum": {"public": 1}},
    ],
    ids=["one nation", "all public", "one day, with a quorum"],
)
def test_the_smallest_scenarios_have_an_analysis(scenario: dict[str, Any]) -> None:
    found = sensitivity(scenario_from_dict(scenario), points=960, runs=2)
    assert found.outcomes == ("size",)
    assert len(list(found.input_rows())) == len(found.inputs)


def test_jobs_of_a_cluster_are_those_of_threads(tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    options = {"n_workers": 1, "threads_per_worker": 2, "processes": False}
    with (
        distributed.LocalCluster(
            **options, dashboard_address=":0", local_directory=str(tmp_path), protocol="tcp"
        ) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        sensitivity(SCENARIO, INPUTS, "size", out=tmp_path / "dask", dask=client, **FEW)
    sensitivity(SCENARIO, INPUTS, "size", out=tmp_path / "threads", **FEW)
    assert bytes_in(tmp_path / "dask") == bytes_in(tmp_path / "threads")


def test_an_analysis_says_what_it_is(found: Sensitivity) -> None:
    said = repr(found)
    assert said.startswith("<Sensitivity of success, size, force in 'Small test': 3 inputs, ")
    with pytest.raises(KeyError, match="no outcome 'sise'; did you mean 'size'"):
        found.outcome("sise")
    assert "What success hangs on" in found._repr_html_()
