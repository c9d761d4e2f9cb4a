"""Whatever is damaged in a provenance file, loading says so by name and in one way."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.store.ensembles import load_results
from sim.store.folder import MARKER, ResultsError
from tests.results.synthetic import same_records, small_ensemble


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a saved ensemble, whose provenance is written anew in each test."""
    place = tmp_path_factory.mktemp("saved") / "out"
    small_ensemble(20).save(place)
    return place


@pytest.fixture(scope="module")
def whole(folder: Path) -> str:
    """Provenance as it was written."""
    return (folder / MARKER).read_text(encoding="utf-8")


scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["1", "runs", "\ud800", "../scenario.yaml", "0" * 64])
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=5,
)


def places(document: Any) -> list[tuple[dict[str, Any], str]]:
    """Every mapping in a document with each of its keys."""
    found = [(document, key) for key in document]
    for value in document.values():
        if isinstance(value, dict):
            found += places(value)
    return found


def damage(data: st.DataObject, document: dict[str, Any]) -> None:
    """Take away, add or replace a value somewhere."""
    within, key = data.draw(st.sampled_from(places(document)))
    what = data.draw(st.sampled_from(["replace", "remove", "rename"]))
    if what == "replace":
        within[key] = data.draw(values)
    elif what == "remove":
        del within[key]
    else:
        within[data.draw(st.text(max_size=5))] = within.pop(key)


def told(folder: Path, verify: bool) -> str:
    """What the one documented error says; where there is none, the ensemble is as it was."""
    try:
        found = load_results(folder, verify)
    except ResultsError as error:
        return str(error)
    assert same_records(found.records, small_ensemble(20).records)
    assert type(found.seed) is int
    assert type(found.first_run) is int
    assert isinstance(found.engine, str)
    assert isinstance(found.command, str)
    return f"{MARKER}: no harm was done"


def names_a_file(message: str) -> bool:
    """Whether a message can be printed and names a file of the result."""
    message.encode("utf-8")
    return any(name in message for name in (MARKER, ".parquet", "scenario.yaml"))


@given(data=st.data(), verify=st.booleans())
def test_a_damaged_value_is_told_or_does_no_harm(
    folder: Path, whole: str, data: st.DataObject, verify: bool
) -> None:
    document = json.loads(whole)
    for _ in range(data.draw(st.integers(1, 3))):
        damage(data, document)
    (folder / MARKER).write_text(json.dumps(document), encoding="utf-8")
    assert names_a_file(told(folder, verify))


@given(data=st.data())
def test_damaged_bytes_are_told_or_do_no_harm(
    folder: Path, whole: str, data: st.DataObject
) -> None:
    content = bytearray(whole, "utf-8")
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, min(len(content), start + 40)))
    content[start:end] = data.draw(st.binary(max_size=10))
    (folder / MARKER).write_bytes(bytes(content))
    assert names_a_file(told(folder, True))


def change(*keys: str, to: Any) -> Callable[[dict[str, Any]], None]:
    """A change of one value."""

    def apply(document: dict[str, Any]) -> None:
        for key in keys[:-1]:
            document = document[key]
        document[keys[-1]] = to

    return apply


@pytest.mark.parametrize(
    ("damaging", "said"),
    [
        (change("files", to={}), "files: [] must be days.parquet, nations.parquet"),
        (change("files", to=["days.parquet"]), "files: ['days.parquet'] must be a mapping"),
        (change("files", "days.parquet", to=None), "must be a mapping of files to bytes and"),
        (change("files", "days.parquet", "bytes", to="9"), "must be a mapping of files to"),
        (change("files", "days.parquet", "sha256", to="x"), "must be a mapping of files to"),
        (change("files", "../x", to={"bytes": 1, "sha256": "0" * 64}), "must be days.parquet"),
        (change("seed", to="0"), "seed: '0' must be a whole number below 2**64"),
        (change("seed", to=float("nan")), "seed: nan must be a whole number"),
        (change("seed", to=True), "seed: True must be a whole number"),
        (change("seed", to=2**64), "seed: 18446744073709551616 must be"),
        (change("first_run", to=-1), "first_run: -1 must be"),
        (change("n_runs", to=20.0), "n_runs: 20.0 must be a whole number"),
        (change("keep", to="some"), "keep: 'some' must be runs or summary"),
        (change("keep", to=["runs"]), "keep: ['runs'] must be runs or summary"),
        (change("keep", to="summary"), "must be days.parquet, scenario.yaml, stages.parquet"),
        (change("command", to={}), "command: {} must be text"),
        (change("engine", to="\ud800"), "engine: '\\ud800' must be text"),
        (change("versions", to=[]), "versions: [] must be a mapping"),
        (lambda document: document.pop("digest"), "digest is missing"),
    ],
)
def test_a_field_that_is_not_as_it_was_written_is_told(
    folder: Path, whole: str, damaging: Callable[[dict[str, Any]], None], said: str
) -> None:
    document = json.loads(whole)
    damaging(document)
    (folder / MARKER).write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(ResultsError) as caught:
        load_results(folder)
    assert f"{MARKER} is damaged: " in str(caught.value)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"a":' * 100_000, "NaN", "\ufeff{}", "9" * 5000, '{"kind": 1}']
)
def test_text_that_is_no_provenance_is_told(folder: Path, text: str) -> None:
    (folder / MARKER).write_text(text, encoding="utf-8")
    with pytest.raises(ResultsError, match=r"provenance\.json"):
        load_results(folder)


@pytest.mark.parametrize("schema", [2, 1.5, True, "1", None, [1], float("nan")])
@pytest.mark.parametrize("versions", [None, [], {"willing": 3}, {"willing": "9.9"}])
def test_another_layout_is_told_whatever_else_is_wrong(
    folder: Path, whole: str, schema: Any, versions: Any
) -> None:
    document = {**json.loads(whole), "schema": schema, "versions": versions}
    (folder / MARKER).write_text(json.dumps(document), encoding="utf-8")
    writer = "9.9" if versions == {"willing": "9.9"} else "of an unknown version"
    with pytest.raises(ResultsError, match=f"written by willing {writer}.*{MARKER}"):
        load_results(folder)


def test_a_number_of_runs_that_the_tables_do_not_hold_is_told(folder: Path, whole: str) -> None:
    document = {**json.loads(whole), "n_runs": 21}
    (folder / MARKER).write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(ResultsError, match=r"days\.parquet: runs do not add up to the 21"):
        load_results(folder)


def test_a_provenance_that_is_no_file_is_told(folder: Path) -> None:
    (folder / MARKER).unlink()
    (folder / MARKER).mkdir()
    with pytest.raises(ResultsError, match=MARKER):
        load_results(folder)
    (folder / MARKER).rmdir()


@pytest.mark.parametrize("name", [MARKER, "days.parquet", "scenario.yaml"])
@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir], ids=["pipe", "folder"])
def test_what_stands_in_place_of_a_file_is_said_to_be_none(
    name: str, make: Callable[[Path], None], tmp_path: Path
) -> None:
    small_ensemble(5).save(tmp_path / "out")
    (tmp_path / "out" / name).unlink()
    make(tmp_path / "out" / name)
    with pytest.raises(ResultsError, match=rf"{name}.* is no regular file$"):
        load_results(tmp_path / "out")
