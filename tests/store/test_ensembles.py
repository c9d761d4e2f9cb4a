"""What is saved comes back value for value; what is damaged does not come back at all."""

from __future__ import annotations

import errno
import io
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sim.results.ensemble import Ensemble
from sim.scenario.load import scenario_from_dict
from sim.store import ensembles as store
from sim.store.code import code_digest
from sim.store.ensembles import load_results
from sim.store.folder import ResultsError
from sim.store.kinds import RESULT
from tests.results.synthetic import made_up, same_records, small_ensemble, small_scenario


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """Folder of a saved ensemble."""
    small_ensemble().save(tmp_path / "out")
    return tmp_path / "out"


def bare_scenario() -> Any:
    """Scenario without conditions, contributions, calendar or thresholds."""
    return scenario_from_dict({"days": 1, "nations": ["GBR"], "behaviour": {}})


@pytest.mark.parametrize("keep", ["runs", "summary"])
@pytest.mark.parametrize("scenario", [small_scenario, bare_scenario])
def test_an_ensemble_comes_back_value_for_value(
    tmp_path: Path, scenario: Callable[[], Any], keep: str
) -> None:
    ensemble = made_up(scenario(), 40, seed=3, first_run=5, keep=keep)
    ensemble.save(tmp_path / "out")
    loaded = load_results(tmp_path / "out")
    assert same_records(loaded.records, ensemble.records)
    assert loaded.scenario == ensemble.scenario
    assert (loaded.seed, loaded.first_run, loaded.engine) == (3, 5, "batch")
    assert loaded.summary().as_dict() == ensemble.summary().as_dict()


def test_it_comes_back_from_many_row_groups(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "ROWS_A_GROUP", 600)
    small_ensemble().save(tmp_path / "out")
    assert pq.ParquetFile(tmp_path / "out" / "runs.parquet").num_row_groups == 10
    assert same_records(load_results(tmp_path / "out").records, small_ensemble().records)


def test_a_loaded_ensemble_saves_to_the_same_bytes(saved: Path, tmp_path: Path) -> None:
    load_results(saved).save(tmp_path / "again")
    for item in saved.iterdir():
        assert (tmp_path / "again" / item.name).read_bytes() == item.read_bytes(), item.name


def test_a_summary_result_has_no_files_of_single_runs(tmp_path: Path) -> None:
    small_ensemble(keep="summary").save(tmp_path / "out")
    names = sorted(item.name for item in (tmp_path / "out").iterdir())
    assert names == ["days.parquet", "provenance.json", "scenario.yaml", "stages.parquet"]


def test_the_days_file_holds_the_exact_distribution_of_size(saved: Path) -> None:
    rows = pq.read_table(saved / "days.parquet").to_pylist()
    row = next(row for row in rows if row["measure"] == "size" and row["day"] == 12)
    counts = small_ensemble().records.size_counts[0, 12]
    assert dict(zip(row["values"], row["runs"], strict=True)) == {
        float(size): int(runs) for size, runs in enumerate(counts) if runs
    }


def test_the_provenance_names_what_made_it_and_nothing_of_the_machine(saved: Path) -> None:
    found = json.loads((saved / "provenance.json").read_text())
    assert found["digest"] == small_scenario().digest
    assert (found["seed"], found["first_run"], found["n_runs"]) == (0, 0, 200)
    packages = {"numpy", "numba", "mesa", "pyarrow"}
    assert set(found["versions"]) == {"willing", "code", "python", *packages}
    assert found["versions"]["code"] == code_digest()
    assert str(saved.parent) not in (saved / "provenance.json").read_text()
    assert str(Path.home()) not in (saved / "provenance.json").read_text()


def damage_cut(folder: Path) -> None:
    """Cut a file short."""
    data = (folder / "days.parquet").read_bytes()
    (folder / "days.parquet").write_bytes(data[:-20])


def damage_flip(folder: Path) -> None:
    """Change one byte of a file."""
    data = bytearray((folder / "runs.parquet").read_bytes())
    data[len(data) // 2] ^= 1
    (folder / "runs.parquet").write_bytes(data)


def damage_lose(folder: Path) -> None:
    """Lose a file."""
    (folder / "nations.parquet").unlink()


def damage_edit(folder: Path) -> None:
    """Edit the scenario behind the results."""
    text = (folder / "scenario.yaml").read_text()
    (folder / "scenario.yaml").write_text(text.replace("Small test", "Other test"))


@pytest.mark.parametrize("damage", [damage_cut, damage_flip, damage_lose, damage_edit])
def test_a_damaged_result_is_refused(saved: Path, damage: Callable[[Path], None]) -> None:
    damage(saved)
    with pytest.raises(ResultsError, match="is damaged"):
        load_results(saved)


def test_a_file_that_is_no_parquet_is_refused_even_unverified(saved: Path) -> None:
    size = (saved / "days.parquet").stat().st_size
    (saved / "days.parquet").write_bytes(b"x" * size)
    with pytest.raises(ResultsError, match=r"is damaged: days\.parquet"):
        load_results(saved, verify=False)


@pytest.mark.parametrize("error", [NotImplementedError("128 bits"), IndexError("5"), OSError("x")])
def test_whatever_the_reader_says_of_a_table_is_told_with_its_file(
    saved: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(pq, "ParquetFile", fail)
    with pytest.raises(ResultsError, match=r"is damaged: \w+\.parquet: "):
        load_results(saved, verify=False)


@pytest.mark.parametrize(
    ("name", "column", "value"),
    [
        ("days", "day", 3),
        ("days", "values", [1e9]),
        ("days", "values", [-1.0]),
        ("days", "values", [float("nan")]),
        ("days", "runs", [1]),
        ("days", "top", float("nan")),
        ("stages", "outside", -1),
        ("runs", "size_by_day", [1, 2]),
        ("nations", "stage", "elsewhere"),
    ],
)
def test_a_table_that_was_changed_is_told_even_unverified(
    saved: Path, name: str, column: str, value: Any
) -> None:
    file = saved / f"{name}.parquet"
    table = pq.read_table(file)
    kind = table.schema.field(column).type
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    changed = pa.array([value] * table.num_rows, kind)
    changed = changed.dictionary_encode() if name == "nations" else changed
    place = table.column_names.index(column)
    pq.write_table(table.set_column(place, column, changed), file)
    document = json.loads((saved / "provenance.json").read_text())
    document["files"][file.name]["bytes"] = file.stat().st_size
    (saved / "provenance.json").write_text(json.dumps(document))
    with pytest.raises(ResultsError, match=rf"is damaged: {name}\.parquet: "):
        load_results(saved, verify=False)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match=r"no folder .*nowhere"):
        load_results(tmp_path / "nowhere")


def test_a_file_is_no_result(saved: Path) -> None:
    with pytest.raises(ResultsError, match="is not a folder"):
        load_results(saved / "scenario.yaml")


def test_a_folder_without_provenance_is_no_result(saved: Path) -> None:
    (saved / "provenance.json").unlink()
    with pytest.raises(ResultsError, match=r"no provenance\.json"):
        load_results(saved)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"kind": "other"}'])
def test_a_provenance_of_another_kind_is_refused(saved: Path, text: str) -> None:
    (saved / "provenance.json").write_text(text)
    with pytest.raises(ResultsError):
        load_results(saved)


def test_a_result_of_another_layout_says_which_and_who_wrote_it(saved: Path) -> None:
    found = json.loads((saved / "provenance.json").read_text())
    found["schema"] = RESULT.layout + 1
    found["versions"]["willing"] = "9.9"
    (saved / "provenance.json").write_text(json.dumps(found))
    with pytest.raises(ResultsError, match=rf"layout {RESULT.layout + 1}.*willing 9\.9"):
        load_results(saved)


def test_the_leftover_of_a_killed_process_is_never_loaded(saved: Path) -> None:
    leftover = saved.with_name(".out.part-0123abcd")
    shutil.copytree(saved, leftover)
    with pytest.raises(ResultsError, match="unfinished"):
        load_results(leftover)


def test_the_command_is_kept(tmp_path: Path) -> None:
    ensemble = Ensemble(small_scenario(), small_ensemble().records, seed=0, command="willing run x")
    ensemble.save(tmp_path / "out")
    assert load_results(tmp_path / "out").command == "willing run x"


@pytest.mark.parametrize("name", ["provenance.json", "scenario.yaml", "days.parquet"])
def test_a_file_that_may_not_be_read_is_not_called_damaged(
    saved: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    done = io.open

    def refuse(file: Any, *given: Any, **options: Any) -> Any:
        if str(file).endswith(name):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(file))
        return done(file, *given, **options)

    monkeypatch.setattr("io.open", refuse)
    with pytest.raises(ResultsError, match=rf"out.{name} cannot be read: Permission denied$"):
        load_results(saved)
