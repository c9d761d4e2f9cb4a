"""What a sweep tells of its inputs: made in Python, stored, and opened value for value."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies

import sim
from sim.report.stored_sweep import sweep_analysis_json
from sim.results.estimates import Chance, Interval
from sim.store.files import fingerprint
from sim.store.folder import MARKER, ResultsError
from sim.store.open import open_result
from sim.studies.sensitivity.discovery import Box, Discovered, Limit
from sim.studies.sensitivity.given_data import GivenData, GivenDataError, InputIndex
from sim.studies.sensitivity.stored import as_dict, found_from
from sim.studies.sensitivity.sweep_analysis import SweepAnalysis
from sim.studies.sweep.result import Sweep
from tests.results.synthetic import small_ensemble
from tests.studies.sensitivity.small import LEVEL
from tests.studies.sensitivity.test_given_data import RANGES, REQUIREMENT, made_up_sweep
from tests.studies.sweep.folders import bytes_in

TALKS = "events.talks"


@pytest.fixture(scope="module")
def swept() -> Sweep:
    """A sweep of two numbers and of what is no number."""
    vary = {LEVEL: RANGES[LEVEL], REQUIREMENT: RANGES[REQUIREMENT], TALKS: ["present", "absent"]}
    return made_up_sweep("success", vary=vary)


@pytest.fixture(params=["indices", "box"])
def analysis(request: pytest.FixtureRequest, swept: Sweep) -> SweepAnalysis:
    if request.param == "box":
        pytest.importorskip("ema_workbench")
    return sim.analyse_sweep(swept, discover=request.param == "box")


@pytest.fixture
def folder(tmp_path: Path, analysis: SweepAnalysis) -> Path:
    analysis.save(tmp_path / "told")
    return tmp_path / "told"


def test_it_comes_back_value_for_value(
    tmp_path: Path, analysis: SweepAnalysis, folder: Path
) -> None:
    found = sim.load_sweep_analysis(folder)
    assert found == analysis
    assert repr(found) == repr(analysis)
    assert sweep_analysis_json(found) == sweep_analysis_json(analysis)
    assert found.table().equals(analysis.table())
    found.save(tmp_path / "again")
    assert bytes_in(tmp_path / "again") == bytes_in(folder)
    assert open_result(folder) == analysis


NUMBERS = strategies.floats(-1e9, 1e9)
INTERVALS = strategies.builds(
    lambda *ends: Interval(*map(np.asarray, ends)), NUMBERS, NUMBERS, NUMBERS
)
CHANCES = strategies.builds(Chance, NUMBERS, NUMBERS, NUMBERS, NUMBERS)
ENDS = strategies.none() | NUMBERS
NAMES = strategies.lists(strategies.text(), max_size=3).map(tuple)
LIMITS = strategies.builds(Limit, strategies.text(), ENDS, ENDS, NAMES)
SOME_LIMITS = strategies.lists(LIMITS, max_size=3).map(tuple)
BOXES = strategies.builds(Box, SOME_LIMITS, CHANCES, CHANCES)
INPUTS = strategies.builds(
    InputIndex,
    strategies.text(),
    INTERVALS,
    INTERVALS,
    NUMBERS,
    NUMBERS,
    NUMBERS,
    strategies.none() | INTERVALS,
)
COUNTS = strategies.integers(0, 10**9)
FOUND = strategies.builds(
    GivenData, strategies.text(), COUNTS, strategies.lists(INPUTS, min_size=1).map(tuple), ENDS
) | strategies.builds(
    Discovered,
    strategies.text(),
    NUMBERS,
    NUMBERS,
    COUNTS,
    COUNTS,
    BOXES,
    BOXES,
    strategies.lists(BOXES, max_size=2).map(tuple),
    SOME_LIMITS,
)


@given(FOUND)
def test_whatever_was_found_survives_json_to_the_last_digit(
    found: GivenData | Discovered,
) -> None:
    assert found_from(json.loads(json.dumps(as_dict(found), allow_nan=False))) == found


def test_analyses_of_other_numbers_are_not_equal(analysis: SweepAnalysis) -> None:
    told = as_dict(analysis.found)
    assert found_from(told) == analysis.found
    told["n_points"] += 1
    assert found_from(told) != analysis.found


def test_of_a_stored_sweep_its_name_and_checksum_are_kept(tmp_path: Path) -> None:
    vary = {LEVEL: {"range": [0.1, 0.9]}}
    scenario = made_up_sweep("size", 50, vary=vary).study.scenario
    sim.sweep(
        scenario,
        vary,
        out=tmp_path / "sweep",
        design="lhs",
        points=50,
        runs=4,
        outcomes=["size"],
    )
    found = sim.analyse_sweep(tmp_path / "sweep")
    assert found.sweep_name == "sweep"
    assert found.sweep_sha256 == fingerprint(tmp_path / "sweep" / MARKER)["sha256"]
    assert found.command == "sim.analyse_sweep('sweep', 'size')"
    found.save(tmp_path / "told")
    assert sim.load_sweep_analysis(tmp_path / "told") == found
    (tmp_path / "sweep" / MARKER).unlink()  # as of one that was stopped
    assert sim.analyse_sweep(tmp_path / "sweep").sweep_sha256 is None


def test_what_is_asked_of_a_sweep_is_checked(swept: Sweep) -> None:
    with pytest.raises(ValueError, match="at_least: it goes with discover=True"):
        sim.analyse_sweep(swept, at_least=0.5)
    with pytest.raises(KeyError, match="no outcome 'sucess'; did you mean 'success'"):
        sim.analyse_sweep(swept, "sucess")
    with pytest.raises(GivenDataError, match="50 are needed"):
        sim.analyse_sweep(made_up_sweep("success", 49))


def test_it_answers_for_its_own_outcome_alone(analysis: SweepAnalysis) -> None:
    assert analysis.outcomes == ("success",)
    assert analysis.outcome().name == analysis.outcome("success").name == "success"
    with pytest.raises(KeyError, match="no outcome 'force'; there is success"):
        analysis.outcome("force")


def test_paths_have_names_and_units(analysis: SweepAnalysis) -> None:
    assert (analysis.label(LEVEL), analysis.unit(LEVEL)) == ("us backing: level", "")
    assert (analysis.label(REQUIREMENT), analysis.unit(REQUIREMENT)) == (
        "requirement",
        "force units",
    )
    assert (analysis.label(TALKS), analysis.unit(TALKS)) == (TALKS, "")


def test_values_that_are_no_numbers_keep_their_names(swept: Sweep) -> None:
    pytest.importorskip("ema_workbench")
    found = sim.analyse_sweep(swept, discover=True).found
    assert isinstance(found, Discovered)
    names = {each.path: each.names for each in found.ranges}
    assert names == {LEVEL: (), REQUIREMENT: (), TALKS: ("present", "absent")}


def test_a_notebook_shows_what_the_command_prints(analysis: SweepAnalysis) -> None:
    assert sweep_analysis_json(analysis)["title"] in analysis._repr_html_()


def test_an_earlier_analysis_is_replaced_only_when_asked(
    tmp_path: Path, analysis: SweepAnalysis, folder: Path
) -> None:
    with pytest.raises(ResultsError, match="is there already"):
        analysis.save(folder)
    analysis.save(folder, overwrite=True)
    small_ensemble(5).save(tmp_path / "ensemble")
    with pytest.raises(ResultsError, match="which no sweep analysis replaces"):
        analysis.save(tmp_path / "ensemble", overwrite=True)


# Folders that are refused


def changed(folder: Path, **fields: Any) -> None:
    """Write other fields into a provenance."""
    made = json.loads((folder / MARKER).read_text(encoding="utf-8"))
    (folder / MARKER).write_text(json.dumps(made | fields), encoding="utf-8")


def test_what_is_no_analysis_of_a_sweep_is_refused_in_plain_words(
    tmp_path: Path, folder: Path
) -> None:
    with pytest.raises(ResultsError, match="no folder"):
        sim.load_sweep_analysis(tmp_path / "missing")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ResultsError, match=r"is not a result: it has no provenance\.json"):
        sim.load_sweep_analysis(tmp_path / "empty")
    small_ensemble(5).save(tmp_path / "ensemble")
    with pytest.raises(ResultsError, match="holds an ensemble of `willing run`: open it with sim"):
        sim.load_sweep_analysis(tmp_path / "ensemble")
    with pytest.raises(ResultsError, match=r"open it with sim\.load_sweep_analysis, draw it with"):
        sim.load_results(folder)
    with pytest.raises(ResultsError, match="holds no sweep, but what a stored sweep tells of its"):
        sim.analyse_sweep(folder)
    changed(folder, schema=2)
    with pytest.raises(ResultsError, match="holds results of layout 2, and this version"):
        sim.load_sweep_analysis(folder)


@pytest.mark.parametrize("name", ["analysis.json", "analysis.txt", "scenario.yaml"])
def test_a_file_that_was_changed_is_named(folder: Path, name: str) -> None:
    text = (folder / name).read_text(encoding="utf-8")
    (folder / name).write_text(text.replace("e", "E", 1), encoding="utf-8")
    with pytest.raises(ResultsError, match=f"is damaged: {name} was changed after it was written"):
        sim.load_sweep_analysis(folder)
    (folder / name).unlink()
    with pytest.raises(ResultsError, match=f"is damaged: {name} is missing"):
        sim.load_sweep_analysis(folder)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"digest": "0" * 64}, r"scenario\.yaml has another digest"),
        ({"outcome": "size"}, r"analysis\.json holds another analysis"),
        ({"outcome": 3}, "outcome: 3 must be text"),
        ({"sweep": {"name": "sweep"}}, "must be a mapping with name, n_points and provenance"),
        ({"files": {}}, "must be analysis.json, analysis.txt, inputs.csv, scenario.yaml"),
    ],
)
def test_a_provenance_that_does_not_fit_is_refused(
    folder: Path, fields: dict[str, Any], message: str
) -> None:
    changed(folder, **fields)
    with pytest.raises(ResultsError, match=message):
        sim.load_sweep_analysis(folder)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "3", "{}", "[" * 100_000, '{"inputs": []}', '{"inputs": [3]}', '{"box": {}}'],
    ids=lambda text: text[:16] or "empty",
)
def test_numbers_that_are_none_are_refused_even_unverified(folder: Path, text: str) -> None:
    (folder / "analysis.json").write_text(text, encoding="utf-8")
    made = json.loads((folder / MARKER).read_text(encoding="utf-8"))
    made["files"]["analysis.json"] = fingerprint(folder / "analysis.json")
    changed(folder, files=made["files"])
    with pytest.raises(ResultsError, match=r"analysis\.json holds no analysis"):
        sim.load_sweep_analysis(folder, verify=False)


def test_an_analysis_is_not_taken_for_one_of_the_other_kind(swept: Sweep, tmp_path: Path) -> None:
    pytest.importorskip("ema_workbench")
    for name, is_discovery in (("indices", False), ("box", True)):
        sim.analyse_sweep(swept, discover=is_discovery).save(tmp_path / name)
    folder = tmp_path / "indices"
    (folder / "analysis.json").write_bytes((tmp_path / "box" / "analysis.json").read_bytes())
    made = json.loads((folder / MARKER).read_text(encoding="utf-8"))
    made["files"]["analysis.json"] = fingerprint(folder / "analysis.json")
    changed(folder, files=made["files"])
    with pytest.raises(ResultsError, match=r"analysis\.json holds another analysis"):
        sim.load_sweep_analysis(folder)
