"""Folders that willing 0.1.0 wrote open today, value for value.

``folders_0_1/`` holds one folder of each kind, and what that version itself read out of them in
``expected.json``.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import sim
from sim.cli.group import willing
from sim.store.folder import ResultsError, check_free
from sim.store.kinds import COMPARISON, RESULT, SWEEP, TRACE
from sim.store.open import kind_in, open_result
from sim.studies.compare.stored import FORMER_NAMES

STORED = Path(__file__).parent / "folders_0_1"
EXPECTED = json.loads((STORED / "expected.json").read_text(encoding="utf-8"))
KIND_OF = {
    "result_runs": RESULT,
    "result_summary": RESULT,
    "comparison": COMPARISON,
    "trace_nation": TRACE,
    "trace_all": TRACE,
}


def digest(array: Any) -> str:
    """Type, shape and the first digits of the SHA-256 of an array's bytes."""
    content = hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()[:16]
    return f"{array.dtype} {list(array.shape)} {content}"


def digests(records: Any) -> dict[str, str]:
    """Digest of each array in records and the records in them."""
    found: dict[str, str] = {}
    for field in fields(records):
        value = getattr(records, field.name)
        if isinstance(value, np.ndarray):
            found[field.name] = digest(value)
        elif value is not None:
            found |= digests(value)
    return found


def check_columns(table: pd.DataFrame, expected: dict[str, list[Any]]) -> None:
    """See that a table holds the columns that it did, number for number."""
    for name, values in expected.items():
        for found, value in zip(table[name].tolist(), values, strict=True):
            assert found == value or (value is None and pd.isna(found)), name


@pytest.mark.parametrize("name", ["result_runs", "result_summary"])
def test_an_ensemble_opens(name: str) -> None:
    expected, found = EXPECTED[name], sim.load_results(STORED / name)
    assert digests(found.records) == expected["records"]
    assert found.scenario.digest == expected["digest"]
    for key in ("seed", "n_runs", "engine", "keep", "command"):
        assert getattr(found, key) == expected[key]


def test_breadth_is_absent_from_what_did_not_count_it() -> None:
    found = sim.load_results(STORED / "result_runs")
    assert found.shares == ()
    assert "kinds_covered" not in found.runs_table()
    assert found.summary().breadth == {}
    with pytest.raises(AttributeError, match="kinds_covered is undefined: the version of willing"):
        _ = found.kinds_covered


def test_a_comparison_opens() -> None:
    expected, found = EXPECTED["comparison"], sim.load_comparison(STORED / "comparison")
    assert list(found.labels) == expected["labels"]
    assert [scenario.digest for scenario in found.scenarios] == expected["digests"]
    for key in ("seed", "n_runs", "n_days", "command"):
        assert getattr(found, key) == expected[key]
    for size in found.differences[0].sizes:
        arrays = expected["sizes"][size.measure]
        assert {key: digest(getattr(size, key)) for key in arrays} == arrays
    outcomes = dict(expected["outcomes"])  # layout 1 had an interval, and other names
    outcomes["fewer_runs_known"] = [low is not None for low in outcomes.pop("fewer_low")]
    del outcomes["fewer_high"]
    check_columns(found.outcomes_table(), outcomes)
    nations = {FORMER_NAMES.get(name, name): x for name, x in expected["nations"].items()}
    check_columns(found.nations_table(), nations)


@pytest.mark.parametrize("name", ["sweep_summary", "sweep_runs"])
def test_a_sweep_opens(name: str) -> None:
    expected, found = EXPECTED[name], sim.load_sweep(STORED / name)
    assert found.is_whole
    assert found.study.digest == expected["digest"]
    assert found.n_points == expected["n_points"]
    assert list(found.paths) == expected["paths"]
    assert list(found.outcomes) == expected["outcomes"]
    assert found.size_counts().tolist() == expected["sizes"]
    check_columns(found.points_table(), expected["points"])
    if "runs" in expected:
        check_columns(found.runs_table(), expected["runs"])


@pytest.mark.parametrize("name", ["sweep_summary", "sweep_runs"])
def test_what_is_done_of_a_sweep_that_was_stopped_opens(tmp_path: Path, name: str) -> None:
    shutil.copytree(STORED / name, tmp_path / name)
    (tmp_path / name / "provenance.json").unlink()
    check_columns(sim.load_sweep(tmp_path / name).points_table(), EXPECTED[name]["points"])


@pytest.mark.parametrize("name", ["trace_nation", "trace_all"])
def test_a_trace_says_what_it_is(name: str) -> None:
    with pytest.raises(ResultsError, match="holds a trace, one run told day by day"):
        sim.load_results(STORED / name)


def test_a_run_of_a_stored_ensemble_is_traced() -> None:
    command = ["trace", str(STORED / "result_runs"), "--run", "7", "--json"]
    done = CliRunner().invoke(willing, command)
    assert done.exit_code == 0
    stored = sim.load_results(STORED / "result_runs").size[7].tolist()
    assert json.loads(done.stdout)["days"]["public_size"] == stored


@pytest.mark.parametrize("name", list(KIND_OF))
def test_a_folder_is_replaced_with_its_figures_but_not_with_files_of_the_users(
    tmp_path: Path, name: str
) -> None:
    folder = tmp_path / name
    shutil.copytree(STORED / name, folder)
    figure = {"comparison": "difference_fan", "trace_nation": "hazard_POL"}.get(name)
    if name != "trace_all":
        (folder / "figures").mkdir()
        (folder / "figures" / f"{figure or 'fan_chart'}.png").touch()
    check_free(folder, overwrite=True, kind=KIND_OF[name])
    (folder / "notes.txt").touch()
    with pytest.raises(ResultsError, match=r"no part of a result: notes\.txt"):
        check_free(folder, overwrite=True, kind=KIND_OF[name])


@pytest.mark.parametrize("name", [*EXPECTED, "trace_all"])
def test_every_kind_is_opened_by_what_the_registry_names(name: str) -> None:
    folder = STORED / name
    kind = kind_in(folder)
    assert kind is not None
    if kind.opened_by is None:
        with pytest.raises(ResultsError, match=f"holds {kind.holds[:20]}"):
            open_result(folder)
    else:
        assert type(open_result(folder)).__name__ == kind.result


def test_there_is_a_folder_of_every_kind_that_there_was() -> None:
    kinds = {kind_in(STORED / name) for name in [*EXPECTED, "trace_all"]}
    assert kinds == {RESULT, TRACE, COMPARISON, SWEEP}


def test_a_sweep_that_was_stopped_is_known_by_its_study(tmp_path: Path) -> None:
    shutil.copytree(STORED / "sweep_runs", tmp_path / "stopped")
    (tmp_path / "stopped" / "provenance.json").unlink()
    assert kind_in(tmp_path / "stopped") == SWEEP
    assert open_result(tmp_path / "stopped").n_points == 4
