"""Folders of other sweeps, and of somebody else: refused, or thrown away with care."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from sim.store.code import code_digest, made_by
from sim.store.folder import ResultsError
from sim.studies.design.file import load_study
from sim.studies.sweep import blocks, resume
from sim.studies.sweep.folder import load_sweep
from sim.studies.sweep.sweep import sweep
from tests.studies.sweep.folders import PARTS, VARY, bytes_in, run_into, stopped_after
from tests.studies.sweep.made_up import made_up, study_of


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two points a block, so three blocks."""
    monkeypatch.setattr(blocks, "points_a_block", lambda _: 2)


OTHER_STUDIES: list[tuple[dict[str, Any], str]] = [
    ({"seed": 1}, "seed was 0 and is 1"),
    ({"runs": 6}, "runs was 5 and is 6"),
    ({"outcomes": ["size"]}, "outcomes was [success, size, "),
    ({"keep": "runs"}, "keep was summary and is runs"),
    ({"days": [3]}, "days was [] and is [3]"),
    ({"common_luck": False}, "common_luck was true and is false"),
    ({"design": "lhs", "points": 4}, "design was grid and is lhs, it has no points"),
    (
        {"runs": None, "precision": 0.5},
        "it has runs, which this study has not, it has no precision",
    ),
    ({"set": {"days": 13}}, "the digest of scenario.yaml was "),
    ({"set": {"title": "Other"}}, "the title or other text of scenario.yaml differs"),
]


@pytest.mark.parametrize(("keys", "said"), OTHER_STUDIES)
def test_the_folder_of_another_study_is_refused_with_what_differs(
    tmp_path: Path, keys: dict[str, Any], said: str
) -> None:
    before = run_into(tmp_path / "out")
    with pytest.raises(ResultsError) as refused:
        run_into(tmp_path / "out", **keys)
    message = f"{tmp_path / 'out'} holds another sweep: {said}"
    assert str(refused.value).startswith(message)
    assert str(refused.value).endswith("or throw away what is there (--force)")
    assert bytes_in(tmp_path / "out") == before
    assert run_into(tmp_path / "out", overwrite=True, **keys) == run_into(tmp_path / "new", **keys)


@pytest.mark.parametrize(
    ("vary", "said"),
    [
        ({**VARY, "days": [12, 13]}, "it has no vary.days"),
        ({"events.0": VARY["events.0"]}, "it has vary.conditions.condition_0.level, which this"),
        ({**VARY, "events.0": ["absent"]}, "vary.events.0 was [present, absent] and is [absent]"),
        (dict(reversed(VARY.items())), "its text differs, or its paths are in"),
        (
            {**VARY, "conditions.condition_0.level": [n / 1000 for n in range(1, 900)]},
            "vary.conditions.condition_0.level was [0.2, 0.4, 0.6] and is [0.001, 0.002,",
        ),
    ],
)  # fmt: skip
def test_what_is_varied_otherwise_is_named(tmp_path: Path, vary: dict[str, Any], said: str) -> None:
    run_into(tmp_path / "out")
    with pytest.raises(ResultsError) as refused:
        sweep(study_of(vary), out=tmp_path / "out")
    assert said in str(refused.value)
    assert len(str(refused.value)) < 600


@pytest.mark.parametrize("package", ["willing", "numpy", "pyarrow", "scipy"])
def test_the_folder_of_another_version_is_refused_with_its_name(
    tmp_path: Path, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_into(tmp_path / "out")
    before = made_by()
    monkeypatch.setattr(resume, "made_by", lambda: {**before, package: "99.1"})
    message = f"made_by.{package} was {before[package]} and is 99.1"
    with pytest.raises(ResultsError, match=re.escape(message)):
        run_into(tmp_path / "out")


def by_other_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on, this is other code of the same version."""
    for module in ("store.manifest", "store.code", "studies.sweep.tables"):
        monkeypatch.setattr(f"sim.{module}.code_digest", lambda: "another")


def test_a_stopped_sweep_by_other_code_of_the_same_version_opens_and_is_not_resumed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    run_into(out)
    before = bytes_in(out)
    (out / "provenance.json").unlink()
    for file in out.glob("parts/part-*1.parquet"):
        file.unlink()
    by_other_code(monkeypatch)
    message = f"other code began it: made_by.code was {code_digest()} and is another"
    with pytest.raises(ResultsError, match=message):
        run_into(out)
    assert load_sweep(out).study.n_points
    sweep(study_of(VARY), out=out, overwrite=True)
    assert set(bytes_in(out)) == set(before)
    assert bytes_in(out) != before


def test_a_part_by_other_code_is_no_part_and_is_run_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, other = tmp_path / "out", tmp_path / "other"
    run_into(out)
    before = bytes_in(out)
    with monkeypatch.context() as changed:
        by_other_code(changed)
        run_into(other)
    name = "parts/part-000000.parquet"
    shutil.copy(other / name, out / name)
    with pytest.raises(ResultsError, match="is no part of this sweep"):
        load_sweep(out, verify=False)
    run_into(out)
    assert bytes_in(out) == before


def test_a_folder_that_does_not_name_its_code_opens_and_is_not_resumed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As versions before wrote it, complete or stopped."""
    out = tmp_path / "out"
    with monkeypatch.context() as before:
        before.setattr("sim.studies.sweep.tables.code_digest", lambda: None)
        by = made_by()
        before.setattr(resume, "made_by", lambda: {k: by[k] for k in by if k != "code"})
        run_into(out)
    assert "code" not in (out / "study.yaml").read_text()
    for is_complete in (True, False):
        if not is_complete:
            (out / "provenance.json").unlink()
        assert load_sweep(out).study.n_points
        with pytest.raises(
            ResultsError, match=r"it does not say which code began it \(made_by.code"
        ):
            run_into(out)


def test_a_whole_scenario_that_is_another_is_named(tmp_path: Path) -> None:
    base = made_up()
    names = []
    for name in ("one", "two"):
        names.append(str(tmp_path / f"{name}.yaml"))
        Path(names[-1]).write_text(base.with_changes({"title": name}).to_yaml())
    vary = {"scenario": names, "commitment.value": [1, 2]}
    sweep(study_of(vary), out=tmp_path / "out")
    files = set(bytes_in(tmp_path / "out"))
    assert files >= {"scenarios/one.yaml", "scenarios/two.yaml", "scenario.yaml"}
    assert load_study(tmp_path / "out" / "study.yaml").digest == study_of(vary).digest
    Path(names[1]).write_text(base.with_changes({"days": 13}).to_yaml())
    with pytest.raises(ResultsError, match=r"the digest of scenarios/two.yaml was \w{12} and is"):
        sweep(study_of(vary), out=tmp_path / "out")
    names.pop()
    sweep(study_of(vary | {"scenario": names}), out=tmp_path / "out", overwrite=True)
    assert "scenarios/two.yaml" not in bytes_in(tmp_path / "out")


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"", b"[1, 2]", b"{", b"a: &a [*a]"])
@pytest.mark.parametrize("name", ["study.yaml", "scenario.yaml"])
def test_a_study_that_cannot_be_read_is_refused_in_words(
    tmp_path: Path, name: str, content: bytes
) -> None:
    run_into(tmp_path / "out")
    (tmp_path / "out" / name).write_bytes(content)
    with pytest.raises(ResultsError, match=f"holds another sweep: its {name} cannot be read"):
        run_into(tmp_path / "out")


def test_a_sweep_without_a_finished_block_gives_way_to_another(tmp_path: Path) -> None:
    stopped_after(1, tmp_path / "out")
    assert run_into(tmp_path / "out", seed=1) == run_into(tmp_path / "new", seed=1)


@pytest.mark.parametrize(
    "name",
    [
        *("notes.txt", "study2.yaml", "parts/notes.txt", "parts/mine.parquet", "runs/a.csv"),
        *("figures/mine.txt", "figures/fan_chart.txt", "scenarios/mine.yaml", "deep/er/file"),
        *(".hidden", "parts/part-1.parquet", "parts/part-000000.parquet.bak"),
    ],
)
def test_nothing_is_thrown_away_where_something_of_the_users_is(tmp_path: Path, name: str) -> None:
    run_into(tmp_path / "out", keep="runs")
    file = tmp_path / "out" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("mine")
    before = bytes_in(tmp_path / "out")
    message = f"is not overwritten: move away what is no part of a sweep: {name}"
    with pytest.raises(ResultsError, match=re.escape(message)):
        run_into(tmp_path / "out", overwrite=True, seed=1)
    assert bytes_in(tmp_path / "out") == before
    run_into(tmp_path / "out", keep="runs")  # but it does not stand in the way of going on
    assert bytes_in(tmp_path / "out") == before


def test_a_link_is_thrown_away_and_not_what_it_leads_to(tmp_path: Path) -> None:
    run_into(tmp_path / "out")
    (tmp_path / "kept.parquet").write_text("mine")
    (tmp_path / "out" / PARTS[0]).unlink()
    (tmp_path / "out" / PARTS[0]).symlink_to(tmp_path / "kept.parquet")
    assert run_into(tmp_path / "out", overwrite=True) == run_into(tmp_path / "new")
    assert (tmp_path / "kept.parquet").read_text() == "mine"


def test_figures_of_an_earlier_sweep_are_thrown_away(tmp_path: Path) -> None:
    run_into(tmp_path / "out")
    (tmp_path / "out" / "figures").mkdir()
    for name in ("outcome_lines_size_dark.png", "condition_map_force.svg", "new.pdf"):
        (tmp_path / "out" / "figures" / name).write_text("figure")
    assert run_into(tmp_path / "out", overwrite=True) == run_into(tmp_path / "new")
    assert not (tmp_path / "out" / "figures").exists()


def test_a_folder_that_is_no_sweep_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    for name in ("notes.txt", "scenario.yaml", "parts/part-000000.parquet"):
        folder = tmp_path / name.replace("/", " ")
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_text("mine")
        for overwrite in (False, True):
            with pytest.raises(ResultsError, match="is there already, and is no sweep"):
                run_into(folder, overwrite=overwrite)
        assert bytes_in(folder) == {name: b"mine"}


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("text", ["scenario: mine.yaml\nvary: {days: [1]}\n", "[1]", ""])
def test_a_study_that_somebody_wrote_is_never_written_over(
    tmp_path: Path, overwrite: bool, text: str
) -> None:
    (tmp_path / "study.yaml").write_text(text)
    message = "is not overwritten: move away what is no part of a sweep: study.yaml"
    with pytest.raises(ResultsError, match=re.escape(message)):
        run_into(tmp_path, overwrite=overwrite)
    assert (tmp_path / "study.yaml").read_text() == text


@pytest.mark.parametrize("text", ["", "a: [", "- 1\n", "vary: {days: [8]}\n", "scenario: x.yaml\n"])
def test_a_damaged_study_file_is_no_dead_end(tmp_path: Path, text: str) -> None:
    run_into(tmp_path / "out")
    right = bytes_in(tmp_path / "out")
    study = tmp_path / "out" / "study.yaml"
    study.write_text(text)
    with pytest.raises(ResultsError) as refused:
        run_into(tmp_path / "out")
    end = "choose another folder, remove this one, or put back the study.yaml that willing wrote"
    assert str(refused.value).endswith(end)
    run_into(tmp_path / "other")  # the same study writes the same file
    shutil.copy(tmp_path / "other" / "study.yaml", study)
    run_into(tmp_path / "out")
    assert bytes_in(tmp_path / "out") == right
