"""A comparison on disk comes back value for value, and what is none is refused in plain words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import sim
from sim.cli.group import willing
from sim.results.ensemble import Ensemble
from sim.store.files import fingerprint
from sim.store.folder import MARKER, ResultsError, check_free
from sim.store.kinds import COMPARISON, KINDS, TRACE
from sim.store.open import open_result
from sim.studies.compare.comparison import Comparison
from sim.studies.compare.stored import FORMER_NAMES
from tests.results.synthetic import small_ensemble
from tests.studies.compare.scenarios import made_up_comparison, without_chance
from tests.studies.compare.test_compare import same


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A comparison of three scenarios."""
    made_up_comparison(n_others=2).save(tmp_path / "compared")
    return tmp_path / "compared"


def changed(folder: Path, **fields: Any) -> None:
    """Write other fields into a provenance."""
    found = json.loads((folder / MARKER).read_text(encoding="utf-8"))
    (folder / MARKER).write_text(json.dumps(found | fields), encoding="utf-8")


@pytest.mark.parametrize("n_runs", [1, 200])
def test_it_comes_back_value_for_value(tmp_path: Path, n_runs: int) -> None:
    before = made_up_comparison(n_others=2, n_runs=n_runs)
    before.save(tmp_path / "compared")
    after = sim.load_comparison(tmp_path / "compared")
    assert same(after, before)
    for name in ("scenarios", "labels", "seed", "n_runs", "n_days"):
        assert getattr(after, name) == getattr(before, name)
    for size in after.differences[0].sizes:
        assert (size.counts.dtype, size.base.dtype) == (np.int64, np.float64)
    assert after.days_table().equals(before.days_table())
    after.save(tmp_path / "again")
    for item in sorted((tmp_path / "compared").iterdir()):
        assert (tmp_path / "again" / item.name).read_bytes() == item.read_bytes()


def test_one_with_nations_of_one_scenario_alone_and_another_length_comes_back(
    tmp_path: Path,
) -> None:
    other = without_chance(12, nations=["AAA", "DDD"])
    before = sim.compare({"a": without_chance(10), "b": other}, runs=3)
    before.save(tmp_path / "compared")
    after = sim.load_comparison(tmp_path / "compared")
    assert same(after, before)
    assert (after.n_days, after.scenarios[1].days) == (10, 12)


def test_a_folder_of_layout_1_is_read_with_its_former_columns(folder: Path) -> None:
    expected = sim.load_comparison(folder).differences[0]
    for name in ("outcomes", "nations"):
        table = pq.read_table(folder / f"{name}.parquet")
        former = {new: old for old, new in FORMER_NAMES.items()}
        table = table.rename_columns([former.get(each, each) for each in table.column_names])
        if name == "outcomes":
            known = table["fewer_runs_known"].to_pylist()
            ends = pa.array([1.0 if each else np.nan for each in known], from_pandas=False)
            table = table.drop_columns("fewer_runs_known")
            table = table.append_column("fewer_low", ends).append_column("fewer_high", ends)
        with (folder / f"{name}.parquet").open("wb") as stream:
            pq.write_table(table, stream)
    sums = {name: fingerprint(folder / name) for name in ("outcomes.parquet", "nations.parquet")}
    files = json.loads((folder / MARKER).read_text(encoding="utf-8"))["files"]
    changed(folder, schema=1, files=files | sums)
    found = sim.load_comparison(folder).differences[0]
    assert repr(found.outcomes) == repr(expected.outcomes)
    assert repr(found.nations) == repr(expected.nations)


def test_the_folder_holds_scenarios_by_place_and_label_and_says_how_to_make_it_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = sorted(item.name for item in folder.iterdir())
    assert names == [
        *("days.parquet", "nations.parquet", "outcomes.parquet", "provenance.json"),
        "scenario_1_as_it_is.yaml",
        "scenario_2_backing_announced_1.yaml",
        "scenario_3_backing_announced_2.yaml",
    ]
    found = json.loads((folder / MARKER).read_text(encoding="utf-8"))
    comparison = made_up_comparison(n_others=2)
    assert found["kind"] == COMPARISON.name == "willing.comparison"
    assert [each["digest"] for each in found["scenarios"]] == [
        scenario.digest for scenario in comparison.scenarios
    ]
    assert set(found["files"]) == set(names) - {MARKER}
    monkeypatch.chdir(folder)
    again = eval(found["command"], {"sim": sim})
    assert isinstance(again, Comparison)
    assert (again.labels, again.n_runs, again.seed) == (comparison.labels, 200, 0)


def test_hostile_labels_make_harmless_files(tmp_path: Path) -> None:
    labels = ["../../out", "a/b\\c:d?", "中国", ".", "x" * 200]
    scenarios = {label: without_chance(5 + place) for place, label in enumerate(labels)}
    sim.compare(scenarios, runs=2).save(tmp_path / "compared")
    assert [item.name for item in tmp_path.iterdir()] == ["compared"]
    assert list(sim.load_comparison(tmp_path / "compared").labels) == labels


def test_only_an_earlier_comparison_is_replaced(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(ResultsError, match="is there already"):
        made_up_comparison().save(folder)
    (folder / "figures").mkdir()
    (folder / "figures" / "difference_fan.png").touch()
    (folder / "figures" / "nation_changes_dark.pdf").touch()
    made_up_comparison().save(folder, overwrite=True)
    assert len(sim.load_comparison(folder).labels) == 2
    small_ensemble(5).save(tmp_path / "ensemble")
    said = "holds a result of willing run, which no comparison replaces"
    with pytest.raises(ResultsError, match=said):
        made_up_comparison().save(tmp_path / "ensemble", overwrite=True)
    said = "holds a comparison of willing compare, which no result replaces"
    with pytest.raises(ResultsError, match=said):
        small_ensemble(5).save(folder, overwrite=True)
    with pytest.raises(ResultsError, match="which no trace replaces"):
        check_free(folder, overwrite=True, kind=TRACE)
    (folder / "notes.txt").touch()
    with pytest.raises(ResultsError, match=r"move away what is no part of a result: notes\.txt"):
        made_up_comparison().save(folder, overwrite=True)


def test_each_kind_of_folder_is_opened_as_what_it_is(tmp_path: Path, folder: Path) -> None:
    small_ensemble(5).save(tmp_path / "ensemble")
    assert isinstance(open_result(tmp_path / "ensemble"), Ensemble)
    assert isinstance(open_result(str(folder)), Comparison)
    assert [kind for kind in KINDS if kind.opened_by is None] == [TRACE]
    with pytest.raises(ResultsError, match="holds an ensemble of `willing run`: open it with sim"):
        sim.load_comparison(tmp_path / "ensemble")
    with pytest.raises(ResultsError, match=r"a comparison of .*open it with sim\.load_comparison"):
        sim.load_results(folder)
    changed(tmp_path / "ensemble", kind=TRACE.name)
    for door in (open_result, sim.load_comparison, sim.load_results):
        with pytest.raises(ResultsError, match="holds a trace, one run told day by day"):
            door(tmp_path / "ensemble")
    for kind in ("other", ["willing.result"], None):
        changed(folder, kind=kind)
        for door in (open_result, sim.load_comparison):
            with pytest.raises(ResultsError, match="is not a result of willing: see kind in its"):
                door(folder)


@pytest.mark.parametrize("door", [open_result, sim.load_comparison])
def test_what_is_no_result_folder_is_refused_in_plain_words(tmp_path: Path, door: Any) -> None:
    with pytest.raises(ResultsError, match="missing"):
        door(tmp_path / "missing")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ResultsError, match=r"is not a result: it has no provenance\.json"):
        door(tmp_path / "empty")
    (tmp_path / "file").touch()
    with pytest.raises(ResultsError, match="is not a folder"):
        door(tmp_path / "file")


def test_one_that_is_being_written_is_not_loaded(folder: Path) -> None:
    part = folder.rename(folder.with_name(".compared.part-1f0a"))
    with pytest.raises(ResultsError, match="is an unfinished result"):
        sim.load_comparison(part)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (
            {"schema": 99},
            "holds results of layout 99, and this version of willing reads layouts 1 to 2",
        ),
        ({"n_runs": 0}, "n_runs: 0 must be a whole number of at least 1"),
        ({"scenarios": []}, r"scenarios: \[\] must be a list of label, file, title and digest"),
        ({"files": {}}, r"files: \[\] must be scenario_1_as_it_is"),
        ({"seed": None}, "seed: None must be a whole number"),
    ],
)
def test_a_damaged_provenance_is_refused(folder: Path, fields: Any, said: str) -> None:
    changed(folder, **fields)
    with pytest.raises(ResultsError, match=said):
        sim.load_comparison(folder)


@pytest.mark.parametrize("name", ["../scenario.yaml", "/etc/scenario_1_a.yaml", "days.parquet"])
def test_a_provenance_cannot_name_files_elsewhere(folder: Path, name: str) -> None:
    found = json.loads((folder / MARKER).read_text(encoding="utf-8"))
    found["files"][name] = found["files"].pop(found["scenarios"][0]["file"])
    found["scenarios"][0]["file"] = name
    changed(folder, **found)
    with pytest.raises(ResultsError, match="is not the name of a scenario file"):
        sim.load_comparison(folder)


@pytest.mark.parametrize("name", ["outcomes.parquet", "days.parquet", "nations.parquet"])
def test_a_damaged_table_is_refused_by_name(folder: Path, name: str) -> None:
    file = folder / name
    content = file.read_bytes()
    file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(ResultsError, match=f"{name} was changed after it was written"):
        sim.load_comparison(folder)
    with pytest.raises(ResultsError, match=f"is damaged: {name}: "):
        sim.load_comparison(folder, verify=False)
    file.write_bytes(content[:-1])
    with pytest.raises(ResultsError, match=f"{name} has .* bytes, not"):
        sim.load_comparison(folder)
    file.unlink()
    with pytest.raises(ResultsError, match=f"{name} is missing"):
        sim.load_comparison(folder)


def test_a_table_of_other_runs_is_refused(folder: Path) -> None:
    changed(folder, n_runs=199)
    with pytest.raises(ResultsError, match=r"days\.parquet: runs do not add up to the 199"):
        sim.load_comparison(folder)


def test_a_command_of_the_group_opens_no_comparison_as_an_ensemble(folder: Path) -> None:
    from click.testing import CliRunner

    done = CliRunner().invoke(willing, ["trace", str(folder)])
    assert done.exit_code == 2
    assert "holds a comparison of scenarios, and no ensemble" in done.stderr
