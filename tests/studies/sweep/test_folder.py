"""The folder of a sweep: the same bytes whoever writes it, and nothing of anybody else's lost."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator
from pathlib import Path

import filelock
import pytest

import sim.store.parts as module
from sim.scenario.load import scenario_from_dict
from sim.store.files import fingerprint
from sim.store.folder import ResultsError
from sim.store.unfinished import is_unfinished
from sim.studies.sweep import blocks
from sim.studies.sweep.blocks import SweepPart
from sim.studies.sweep.folder import SweepFolder, load_sweep
from sim.studies.sweep.sweep import sweep
from tests.studies.sweep.folders import (
    OTHERS,
    PARTS,
    RUNS,
    VARY,
    bytes_in,
    run_into,
    stopped_after,
)
from tests.studies.sweep.made_up import made_up, study_of


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two points a block, so three blocks."""
    monkeypatch.setattr(blocks, "points_a_block", lambda _: 2)


@pytest.mark.parametrize("keep", ["summary", "runs"])
def test_a_folder_is_the_same_whatever_the_number_of_workers(tmp_path: Path, keep: str) -> None:
    found = [
        (sweep(study_of(VARY, keep=keep), out=tmp_path / f"{n}", workers=n), tmp_path / f"{n}")
        for n in (1, 2, 3)
    ]
    one, two, three = (bytes_in(folder) for _, folder in found)
    assert sorted(one) == sorted([*OTHERS, *PARTS, *(RUNS if keep == "runs" else [])])
    assert one == two == three


def test_the_provenance_says_what_made_the_folder(tmp_path: Path) -> None:
    study = study_of(VARY, seed=7)
    sweep(study, out=tmp_path / "out")
    found = json.loads((tmp_path / "out" / "provenance.json").read_text())
    assert (found["kind"], found["schema"], found["seed"]) == ("willing.sweep", 1, 7)
    assert (found["digest"], found["n_points"]) == (study.digest, 6)
    assert found["scenario_digest"] == study.scenario.digest
    assert sorted(found["files"]) == sorted(["scenario.yaml", "study.yaml", *PARTS])
    for name, said in found["files"].items():
        assert fingerprint(tmp_path / "out" / name) == said


@pytest.mark.parametrize("keep", ["summary", "runs"])
@pytest.mark.parametrize("n_points", [1, 2, 3, 4, 5, 6])
def test_a_sweep_that_was_stopped_goes_on_and_ends_with_the_same_bytes(
    tmp_path: Path, n_points: int, keep: str
) -> None:
    expected = run_into(tmp_path / "whole", keep=keep)
    stopped_after(n_points, tmp_path / "out", keep=keep)
    n_kept = (n_points - 1) // 2
    before = bytes_in(tmp_path / "out")
    assert sorted(name for name in before if name.startswith("parts/")) == PARTS[:n_kept]
    assert "provenance.json" not in before
    done: list[tuple[int, int]] = []
    study = study_of(VARY, keep=keep)
    sweep(study, out=tmp_path / "out", progress=lambda *said: done.append(said))
    assert done == [(number + 1, 6 - 2 * n_kept) for number in range(6 - 2 * n_kept)]
    assert bytes_in(tmp_path / "out") == expected


def test_what_is_done_of_a_sweep_can_be_read_before_it_is_whole(tmp_path: Path) -> None:
    stopped_after(1, tmp_path / "none")
    with pytest.raises(ResultsError, match="of which no block is finished yet"):
        load_sweep(tmp_path / "none")
    stopped_after(5, tmp_path / "some")
    found = load_sweep(tmp_path / "some")
    assert (found.n_points, found.is_whole) == (4, False)
    assert found.column("point").tolist() == [0, 1, 2, 3]


def test_a_whole_sweep_that_lost_parts_and_is_stopped_again_is_partly_done(tmp_path: Path) -> None:
    run_into(tmp_path / "out")
    for name in (PARTS[0], PARTS[2]):
        (tmp_path / "out" / name).unlink()
    stopped_after(3, tmp_path / "out")
    found = load_sweep(tmp_path / "out")
    assert found.column("point").tolist() == [0, 1, 2, 3]
    assert not found.is_whole


def test_a_whole_sweep_is_not_run_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = run_into(tmp_path / "out")
    times = {file: file.stat().st_mtime_ns for file in (tmp_path / "out").rglob("*")}
    monkeypatch.setattr(module, "atomic_file", lambda file: pytest.fail(f"{file} is written"))
    monkeypatch.setattr("sim.studies.sweep.sweep.run_blocks", lambda *_: pytest.fail("is run"))
    assert run_into(tmp_path / "out") == expected
    parts = [file for file in times if file.suffix]
    assert {file: file.stat().st_mtime_ns for file in parts} == {f: times[f] for f in parts}


def cut(content: bytes) -> bytes:
    return content[:-20]


def flipped(content: bytes) -> bytes:
    """One bit of the numbers is another, deep inside."""
    place = content.index(b"PAR1", 4) // 8 if b"PAR1" in content[4:] else 100
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


DAMAGE = {
    "cut": cut,
    "empty": lambda _: b"",
    "no Parquet": lambda _: b"words",
    "a bit is another": flipped,
    "gone": None,
}


@pytest.mark.parametrize("how", DAMAGE)
@pytest.mark.parametrize("name", [PARTS[0], PARTS[2], RUNS[1]])
def test_a_part_that_is_damaged_is_run_anew(tmp_path: Path, name: str, how: str) -> None:
    expected = run_into(tmp_path / "out", keep="runs")
    change, file = DAMAGE[how], tmp_path / "out" / name
    if change is None:
        file.unlink()
    else:
        file.write_bytes(change(file.read_bytes()))
    with pytest.raises(ResultsError, match="is damaged"):
        load_sweep(tmp_path / "out")
    done: list[int] = []
    sweep(study_of(VARY, keep="runs"), out=tmp_path / "out", progress=lambda n, _: done.append(n))
    assert done == [1, 2]
    assert bytes_in(tmp_path / "out") == expected


def test_a_bit_of_a_part_that_is_another_is_found_if_it_changes_a_number(tmp_path: Path) -> None:
    run_into(tmp_path / "out")
    file = tmp_path / "out" / PARTS[0]
    (tmp_path / "out" / "provenance.json").unlink()
    folder, content, n_found = SweepFolder(tmp_path / "out", study_of(VARY)), file.read_bytes(), 0
    table = folder.read("parts", 0)
    for place in range(0, len(content), 181):
        file.write_bytes(content[:place] + bytes([content[place] ^ 4]) + content[place + 1 :])
        if 0 in folder.missing():
            n_found += 1
        else:
            assert folder.read("parts", 0).equals(table)
    assert n_found > 13


def test_a_part_of_another_study_or_place_is_run_anew(tmp_path: Path) -> None:
    expected, other = run_into(tmp_path / "out"), run_into(tmp_path / "other", seed=1)
    for content in (other[PARTS[0]], expected[PARTS[1]]):
        (tmp_path / "out" / PARTS[0]).write_bytes(content)
        (tmp_path / "out" / "provenance.json").unlink(missing_ok=True)
        with pytest.raises(ResultsError, match=f"{PARTS[0]} is no part of this sweep"):
            load_sweep(tmp_path / "out")
        assert run_into(tmp_path / "out") == expected


def test_parts_of_blocks_of_another_size_are_run_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = run_into(tmp_path / "out")
    for size in (3, 6, 2):
        monkeypatch.setattr(blocks, "points_a_block", lambda _, size=size: size)
        found = sweep(study_of(VARY), out=tmp_path / "out")
        assert found.column("point").tolist() == list(range(6))
    assert {name: expected[name] for name in PARTS} == {
        name: content for name, content in bytes_in(tmp_path / "out").items() if name in PARTS
    }


def test_what_was_left_half_written_is_cleared_and_nothing_else(tmp_path: Path) -> None:
    expected = run_into(tmp_path / "out")
    left = [".study.part-1f.yaml", "parts/.part-000000.part-1a.parquet", "figures/.a.part-0.png"]
    (tmp_path / "out" / "figures").mkdir()
    for name in [*left, ".hidden", "parts/.hidden"]:
        (tmp_path / "out" / name).write_text("half")
    found = run_into(tmp_path / "out")
    assert found == expected | {".hidden": b"half", "parts/.hidden": b"half"}


def test_a_damaged_provenance_is_written_anew(tmp_path: Path) -> None:
    expected = run_into(tmp_path / "out")
    for text in ("{", "[]", '{"kind": "willing.sweep", "files": 3}', ""):
        (tmp_path / "out" / "provenance.json").write_text(text)
        with pytest.raises(ResultsError, match=r"provenance\.json"):
            load_sweep(tmp_path / "out")
        assert run_into(tmp_path / "out") == expected


def test_an_empty_folder_will_do(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    assert run_into(tmp_path / "out") == run_into(tmp_path / "deep" / "er")


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(ResultsError, match=r"file is a file, not a folder"):
        run_into(tmp_path / "file")
    with pytest.raises(ResultsError, match=r"cannot write .*file/out: .*file is a file"):
        run_into(tmp_path / "file" / "out")
    assert (tmp_path / "file").read_text() == "mine"


def test_a_folder_that_is_held_in_this_process_is_refused_too(tmp_path: Path) -> None:
    message = "another process is at work on this sweep"
    with (
        SweepFolder(tmp_path / "out", study_of(VARY)).locked(),
        pytest.raises(ResultsError, match=message),
    ):
        run_into(tmp_path / "out")
    run_into(tmp_path / "out")


def test_a_disk_that_cannot_lock_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise NotImplementedError

    monkeypatch.setattr(filelock.FileLock, "acquire", refuse)
    with pytest.raises(OSError, match="No locks available") as refused:
        run_into(tmp_path / "out")
    assert refused.value.errno == errno.ENOLCK


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """A disk that is full after so many files; the list holds how many may still be written."""
    left = [10**9]
    before = Path.write_bytes

    def write(file: Path, content: bytes) -> int:
        if left[0] <= 0:
            before(file, content[: len(content) // 2])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(file))
        left[0] -= 1
        return before(file, content)

    monkeypatch.setattr(Path, "write_bytes", write)
    return left  # type: ignore[return-value]


@pytest.mark.parametrize("n_files", range(7))
def test_a_disk_that_fills_up_leaves_what_is_whole_and_is_gone_on_with(
    tmp_path: Path, n_files: int, full_disk: list[int]
) -> None:
    expected = run_into(tmp_path / "whole", keep="runs")
    full_disk[0] = n_files
    with pytest.raises(OSError, match="No space left on device"):
        run_into(tmp_path / "out", keep="runs")
    there = bytes_in(tmp_path / "out")
    there.pop(".checksums", None)
    assert all(expected[name] == content for name, content in there.items())
    assert not any(is_unfinished(file) for file in (tmp_path / "out").rglob("*"))
    full_disk[0] = 10**9
    assert run_into(tmp_path / "out", keep="runs") == expected


def test_a_sweep_that_ends_between_the_two_files_of_a_block_can_be_read(
    tmp_path: Path, full_disk: list[int]
) -> None:
    full_disk[0] = 5  # the study, its scenario, both files of a block, one of the next
    with pytest.raises(OSError, match="No space left on device"):
        run_into(tmp_path / "out", keep="runs")
    found = load_sweep(tmp_path / "out")
    assert found.column("point").tolist() == [0, 1]
    assert found.runs_table()["point"].unique().tolist() == [0, 1]


def test_a_part_is_there_only_with_its_runs(tmp_path: Path) -> None:
    study = study_of(VARY, keep="runs")
    expected = run_into(tmp_path / "whole", keep="runs")
    with SweepFolder(tmp_path / "out", study).locked() as folder:
        assert folder.missing() == [0, 1, 2]
        part = SweepPart(1, 2, 0, expected[PARTS[1]], expected[RUNS[1]])
        folder.write(part)
        assert folder.missing() == [0, 2]
        (tmp_path / "out" / RUNS[1]).unlink()
        assert folder.missing() == [0, 1, 2]


def test_the_study_in_a_folder_can_be_run_again_into_another(tmp_path: Path) -> None:
    before = run_into(tmp_path / "out", keep="runs")
    sweep(tmp_path / "out" / "study.yaml", out=tmp_path / "again", workers=2)
    again = bytes_in(tmp_path / "again")
    assert again == before


def test_a_study_over_a_scenario_with_every_kind_of_number_survives_its_folder(
    tmp_path: Path,
) -> None:
    scenario = made_up(drawn=0.5, n_events=12, luck=3).with_changes({"title": 'Łódź: "a" #1'})
    study = study_of({"nations.N00.stake": [0.1, 0.7]}, scenario)
    found = sweep(study, out=tmp_path / "out")
    loaded = load_sweep(tmp_path / "out")
    assert loaded.study.scenario == scenario
    assert scenario_from_dict(loaded.study.scenario.full()) == scenario
    assert loaded.study.digest == study.digest
    assert loaded.table.equals(found.table)
