"""Tables of Parquet files: what comes back, what is refused, how a process ends that read one."""

from __future__ import annotations

import json
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sim.store.ensembles import load_results
from sim.store.files import fingerprint
from sim.store.folder import ResultsError
from sim.store.parquet import Most, parquet_bytes, read_table
from tests.results.synthetic import small_ensemble

N_PROCESSES = 60
"""With tables read from a Python file, up to four in ten were aborted at their end."""


def _content(table: pa.Table) -> bytes:
    stream = BytesIO()
    pq.write_table(table, stream, compression="zstd", write_page_checksum=True)
    return stream.getvalue()


def _wide(table: pa.Table) -> pa.Table:
    for place in range(30):
        table = table.append_column(f"number {place}", [np.arange(3.0)])
    return table


@pytest.fixture
def table() -> pa.Table:
    word = pa.array(["in", "out", "in"]).dictionary_encode()
    sizes = pa.array([[1, 2], [], None], pa.list_(pa.int64()))
    return pa.table({"day": [0, 1, 2], "word": word, "sizes": sizes}).replace_schema_metadata(
        {"made by": "a test"}
    )


def test_a_table_comes_back_with_its_types_and_metadata(table: pa.Table) -> None:
    found = read_table(_content(table))
    assert found.schema.equals(table.schema, check_metadata=False)
    assert found.schema.metadata[b"made by"] == b"a test"
    assert found.to_pydict() == table.to_pydict()


def test_a_file_cut_anywhere_is_refused(table: pa.Table) -> None:
    content = _content(table)
    for end in range(len(content)):
        with pytest.raises((pa.ArrowException, OSError)):
            read_table(content[:end])


def test_a_page_that_is_not_as_it_was_written_is_refused() -> None:
    numbers = np.arange(1000.0)
    content = _content(pa.table({"number": numbers}))
    place = content.index(b"(\xb5/\xfd") + 20  # within the first page, past zstd's own heading
    changed = bytearray(content)
    changed[place] ^= 1
    with pytest.raises((pa.ArrowException, OSError), match=r"(?i)checksum|crc|corrupt"):
        read_table(bytes(changed))


def test_arrow_is_handed_no_object_of_pythons(
    table: pa.Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = []
    opened = pq.ParquetFile

    def seen(source: Any, **options: Any) -> Any:
        sources.append(source)
        return opened(source, **options)

    monkeypatch.setattr(pq, "ParquetFile", seen)
    read_table(_content(table))
    assert [type(source) for source in sources] == [pa.BufferReader]


@pytest.mark.slow
def test_a_process_that_reads_a_table_and_ends_at_once_ends_well(
    table: pa.Table, tmp_path: Path
) -> None:
    file = tmp_path / "table.parquet"
    file.write_bytes(_content(_wide(table)))
    script = (
        "import sys; from pathlib import Path; from sim.store.parquet import read_table; "
        "read_table(Path(sys.argv[1]).read_bytes())"
    )
    command = [sys.executable, "-c", script, str(file)]
    for _ in range(N_PROCESSES):
        ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
        assert (ended.returncode, ended.stderr) == (0, "")


def test_a_small_file_that_asks_for_much_memory_is_refused_before_it_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    content = parquet_bytes(pa.table({"same": np.zeros(3_000_000, dtype=np.int64)}))
    assert len(content) < 20_000
    lists = parquet_bytes(pa.table({"list": [[0] * 900_000, [1]]}))
    assert len(lists) < 20_000
    assert read_table(content, Most(3_000_000)).num_rows == 3_000_000
    assert read_table(lists, Most(2, 500_000)).num_rows == 2
    monkeypatch.setattr(pq.ParquetFile, "read", lambda _: pytest.fail("it is read"))
    with pytest.raises(ValueError, match=r"it has 3,000,000 rows, and at most 7 belong there"):
        read_table(content, Most(7))
    with pytest.raises(ValueError, match=r"has 900,001 values, and at most 20 belong there"):
        read_table(lists, Most(2, 10))
    monkeypatch.setattr("sim.store.parquet.free_bytes", lambda: 1_000_000)
    with pytest.raises(ValueError, match=r"it needs 0\.0 GB, and 0\.0 GB is free"):
        read_table(content)


@pytest.mark.parametrize("name", ["days", "stages", "runs", "nations"])
def test_a_table_with_more_rows_than_the_provenance_allows_is_damaged(
    tmp_path: Path, name: str
) -> None:
    small_ensemble(5).save(tmp_path / "out")
    file = tmp_path / "out" / f"{name}.parquet"
    whole = read_table(file.read_bytes())
    file.write_bytes(parquet_bytes(pa.concat_tables([whole] * 300)))
    marker = tmp_path / "out" / "provenance.json"
    found = json.loads(marker.read_text())
    found["files"][file.name] = fingerprint(file)
    marker.write_text(json.dumps(found))
    with pytest.raises(
        ResultsError, match=rf"{name}\.parquet: it has .* rows, and at most .* belong"
    ):
        load_results(tmp_path / "out")
