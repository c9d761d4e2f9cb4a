"""The doors to sweeps, and the questions that a sweep answers."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import sim
from sim.scenario.files.errors import ScenarioError
from sim.store.folder import ResultsError
from sim.store.parquet import parquet_bytes, read_table
from sim.studies.design.values import StudyError
from sim.studies.sweep.folder import load_sweep
from sim.studies.sweep.result import Sweep
from sim.studies.sweep.sweep import sweep
from sim.studies.sweep.tables import points_schema, runs_schema
from tests.studies.sweep.made_up import made_up, study_of

LEVELS = "conditions.condition_0.level"
VARY: dict[str, Any] = {LEVELS: [0.2, 0.4, 1], "events.0": ["present", "absent"]}


@pytest.fixture
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a scenario and a study."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "base.yaml").write_text(made_up().to_yaml(), encoding="utf-8")
    text = f"scenario: base.yaml\nvary: {{{LEVELS}: [0.2, 0.4]}}\nruns: 5\n"
    (tmp_path / "study.yaml").write_text(text, encoding="utf-8")
    return tmp_path


def same(one: Sweep, other: Sweep) -> bool:
    return one.study.digest == other.study.digest and one.table.equals(other.table)


def test_a_study_comes_in_by_any_of_its_forms(in_folder: Path) -> None:
    expected = sweep(study_of({LEVELS: [0.2, 0.4]}))
    vary = {LEVELS: [0.2, 0.4]}
    assert same(sweep(made_up(), vary, runs=5), expected)
    assert same(sweep("base.yaml", vary, runs=5), expected)
    assert same(sweep(in_folder / "base.yaml", vary, runs=5), expected)
    assert same(sweep("study.yaml"), expected)
    assert same(sim.sweep(Path("study.yaml"), runs=5, workers=1), expected)
    assert sweep("study.yaml", runs=6, seed=3).study.effort.runs == 6
    assert sweep("study.yaml", {"ties.base": [1, 2]}).paths == ("ties.base",)
    shipped = sweep("paris_2025", {"commitment.value": [900]}, runs=2)
    assert shipped.study.scenario == sim.load_scenario("paris_2025")


def test_what_is_no_study_is_refused() -> None:
    with pytest.raises(StudyError, match="vary: must be a mapping of paths to their values"):
        sweep(made_up())
    with pytest.raises(ScenarioError, match="unknown scenario 'no_such'"):
        sweep("no_such", {LEVELS: [0.1]})
    with pytest.raises(StudyError, match=r"rnus: unknown key; did you mean 'runs'"):
        sweep(made_up(), {LEVELS: [0.1]}, rnus=3)
    with pytest.raises(ValueError, match="a Study already defines what is varied, and how"):
        sweep(study_of({LEVELS: [0.1]}), runs=3)
    for workers in (0, -1, 1.5, True, "2"):
        with pytest.raises(ValueError, match="workers: "):
            sweep(study_of({LEVELS: [0.1]}), workers=workers)  # type: ignore[arg-type]


def test_in_memory_and_from_a_folder_a_sweep_is_the_same(tmp_path: Path) -> None:
    study = study_of(VARY, keep="runs", days=[3])
    memory = sweep(study, workers=2)
    stored = sweep(study, out=tmp_path / "out")
    loaded = load_sweep(str(tmp_path / "out"))
    for other in (stored, loaded):
        assert same(memory, other)
        assert other.runs_table().equals(memory.runs_table())
        assert other.problems == memory.problems
    assert loaded.study.scenario == study.scenario


def test_a_sweep_answers_by_name(tmp_path: Path) -> None:
    found = sweep(study_of(VARY, days=[3], outcomes=["size", "size>=2"]))
    assert (found.n_points, found.is_whole, len(found.problems)) == (6, True, 2)
    assert (found.paths, found.outcomes) == ((LEVELS, "events.0"), ("size", "size>=2"))
    assert found.column("point").tolist() == list(range(6))
    assert found.column(LEVELS).tolist() == [0.2, 0.2, 0.4, 0.4, 1, 1]
    assert found.column("events.0").tolist() == ["present", "absent"] * 3
    assert found.outcome("size>=2").is_chance
    with pytest.raises(KeyError, match="no outcome 'force'; there are size, size>=2"):
        found.outcome("force")
    with pytest.raises(KeyError, match="no outcome 'sise'; did you mean 'size'"):
        found.outcome("sise")
    with pytest.raises(KeyError, match=r"no column 'sise\.low'; did you mean 'size\.low'"):
        found.column("sise.low")
    with pytest.raises(KeyError, match=r"no column 'size>=2\.q05'"):
        found.column("size>=2.q05")
    assert found.size_counts().shape == (6, 7)
    assert (found.size_counts(12) == found.size_counts()).all()
    assert found.size_counts(3).sum(axis=1).tolist() == [5, 5, 5, 5, 0, 0]
    with pytest.raises(KeyError, match="day 4 was not kept; there are 3, 12"):
        found.size_counts(4)
    with pytest.raises(AttributeError, match="this sweep kept no runs"):
        found.runs_table()


def test_tables_for_people(tmp_path: Path) -> None:
    found = sweep(study_of(VARY, outcomes=["size", "size>=2"], keep="runs"))
    points = found.points_table()
    assert [*points.columns] == [
        *("point", LEVELS, "events.0", "n_runs", "first_run", "problem"),
        *("size", "size.mc_error", "size.low", "size.high", "size.q05", "size.median", "size.q95"),
        *("size>=2", "size>=2.mc_error", "size>=2.low", "size>=2.high"),
    ]
    assert points["problem"].notna().tolist() == [False] * 4 + [True] * 2
    runs = found.runs_table()
    assert [*runs.columns] == ["point", "run", "size", "size>=2"]
    assert len(runs) == 20
    means = runs.groupby("point")["size"].mean().to_numpy()
    assert np.allclose(means, points["size"].to_numpy()[:4])
    assert "<table" in found._repr_html_()
    assert repr(found) == f"<Sweep 'untitled' over {LEVELS}, events.0: 6 points, 2 points failed>"


def test_nations_may_be_more_at_some_points() -> None:
    scenario = made_up(n_events=0).with_changes({"leaders": [], "ties": {}})
    study = study_of({"nations.N05": ["present", "absent"]}, scenario, outcomes=["size"])
    found = sweep(study)
    assert not found.problems
    assert found.size_counts().shape == (2, 7)
    assert [len(row) for row in found.table["size_counts@end"].to_pylist()] == [7, 6]


def test_types_of_columns_follow_from_what_is_varied_not_from_its_points() -> None:
    vary: dict[str, Any] = {
        "days": [12, 13],
        "ties.base": [1, 2.5],
        "nations.N00.stage": ["talks", "willing"],
        "what": [{"label": 1, "set": {}}, {"label": 2, "set": {"commitment.value": 3}}],
    }
    study = study_of(vary, keep="runs")
    types = [pa.int64(), pa.float64(), pa.string(), pa.int64()]
    for block in (0, 1):
        schema = points_schema(study, block, range(5))
        assert [schema.field(path).type for path in vary] == types
    drawn = study_of({"ties.base": {"range": [1, 2]}}, design="lhs", points=2)
    assert points_schema(drawn, 0, range(2)).field("ties.base").type == pa.float64()
    assert runs_schema(study, 0, range(5)).names == ["point", "run", *study.outcomes]


def test_a_table_reads_back_as_it_was_written_names_and_marks_included() -> None:
    study = study_of({"title": ["Łódź", "\U0001f600", "a\nb"], LEVELS: [0.1, 1]}, days=[1])
    found = sweep(study)
    content = parquet_bytes(found.table)
    assert read_table(content).equals(found.table)
    assert read_table(content).schema.equals(found.table.schema, check_metadata=True)
    assert parquet_bytes(read_table(content)) == content


@pytest.mark.parametrize(
    ("name", "message"),
    [("nothing", "nothing does not exist"), ("empty", "empty holds no sweep")],
)
def test_a_folder_without_a_sweep_is_refused(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ResultsError, match=message):
        load_sweep(tmp_path / name)


def test_the_folder_of_another_kind_of_result_is_refused(tmp_path: Path) -> None:
    sweep(study_of({LEVELS: [0.1]}), out=tmp_path / "out")
    file = tmp_path / "out" / "provenance.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "kind": "willing.other"}))
    with pytest.raises(ResultsError, match="out is not a result of willing"):
        load_sweep(tmp_path / "out")
    file.write_text(json.dumps({**json.loads(file.read_text()), "kind": "willing.result"}))
    with pytest.raises(ResultsError, match="out holds an ensemble of `willing run`"):
        load_sweep(tmp_path / "out")


@pytest.mark.parametrize("name", ["study.yaml", "scenario.yaml", "parts/part-000000.parquet"])
def test_a_file_that_was_changed_is_refused_unless_nobody_looks(tmp_path: Path, name: str) -> None:
    expected = sweep(study_of({LEVELS: [0.1]}), out=tmp_path / "out")
    file = tmp_path / "out" / name
    content = file.read_bytes()
    file.write_bytes(content + b"\n# changed\n")
    with pytest.raises(ResultsError, match=f"is damaged: {name} has .* bytes, not"):
        load_sweep(tmp_path / "out")
    if name.endswith(".yaml"):
        assert same(load_sweep(tmp_path / "out", verify=False), expected)
    file.unlink()
    message = "holds no sweep" if name == "study.yaml" else f"is damaged: {name} is missing"
    with pytest.raises(ResultsError, match=message):
        load_sweep(tmp_path / "out")


def test_a_sweep_can_be_pickled() -> None:
    found = sweep(study_of(VARY, keep="runs"))
    again = pickle.loads(pickle.dumps(found))
    assert same(found, again)
    assert again.runs_table().equals(found.runs_table())


def test_the_names_of_sweeps_are_public() -> None:
    assert (sim.sweep, sim.load_sweep, sim.Sweep) == (sweep, load_sweep, Sweep)
