"""A result written part by part, each whole or absent, so that a stopped one can be resumed.

    PLAN.yaml         what is run, and what began it; other files of the plan beside it
    parts/            part-000000.parquet and so on
    OTHERS/           the same names: other tables of each part, where there are any
    provenance.json   written last

A stopped result has some of its parts and no provenance. Resuming it runs the other parts, and
ends with the same bytes.
"""

from __future__ import annotations

import errno
import os
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, ClassVar, Self

import filelock
import pyarrow as pa

from sim.store.files import fingerprint
from sim.store.folder import (
    FIGURES,
    MARKER,
    PARTS,
    ResultsError,
    absolute,
    atomic_file,
    ensure_folder,
    files_in,
    foreign_files,
)
from sim.store.kinds import Kind
from sim.store.manifest import manifest_text, read_json
from sim.store.parquet import read_table
from sim.store.unfinished import is_unfinished

LOCK = ".lock"
MOST_SHOWN = 3

_PART = re.compile(r"part-\d{6}\.parquet")


class PartsFolder(ABC):
    """A folder of parts; a subclass defines the parts, plan and provenance of each kind.

    Parameters
    ----------
    name : str or Path
        As messages name it.
    kind : Kind
    plan : dict of str to str
        Texts of the files that say what is run, by name; the first is that of the kind.
    n_parts : int
    tables : tuple of str
        Folders with a table of each part: `PARTS`, which says that a part is there, and others.
    """

    all_tables: ClassVar[tuple[str, ...]] = (PARTS,)
    """Folders of tables that any result of the kind may have."""

    def __init__(
        self,
        name: str | Path,
        kind: Kind,
        plan: dict[str, str],
        n_parts: int,
        tables: tuple[str, ...] = (PARTS,),
    ) -> None:
        self.name, self.place = name, absolute(name)
        self.kind, self.plan, self.n_parts, self.tables = kind, plan, n_parts, tables

    @abstractmethod
    def schema(self, table: str, number: int) -> pa.Schema:
        """Columns and metadata of a table of a part."""

    @abstractmethod
    def fields(self) -> dict[str, Any]:
        """What the provenance says beside the fields of every kind."""

    @abstractmethod
    def difference(self) -> str:
        """How the plan in the folder differs from this one, in words; empty if it does not."""

    @abstractmethod
    def begun_plan(self) -> list[str]:
        """Names of the files of the plan begun there; none if that cannot be determined."""

    def part_file(self, number: int, table: str = PARTS) -> Path:
        """File with a table of a part."""
        return self.place / table / f"part-{number:06d}.parquet"

    def missing(self) -> list[int]:
        """Parts that are missing, damaged, or unlike their checksum in the provenance, if any."""
        listed: object = None
        with suppress(ResultsError):  # a provenance that is damaged is written anew
            listed = read_json(self.place).get("files")
        if not isinstance(listed, dict):
            listed = {}
        return [number for number in range(self.n_parts) if not self._has(number, listed)]

    def _has(self, number: int, listed: dict[str, Any]) -> bool:
        for table in self.tables:
            try:
                self.read(table, number)
            except ResultsError:
                return False
            file = self.part_file(number, table)
            name = file.relative_to(self.place).as_posix()
            if listed.get(name) not in (None, fingerprint(file)):
                return False
        return True

    def read(self, table: str, number: int) -> pa.Table:
        """A table of a part.

        Raises
        ------
        ResultsError
            It is not there, not whole, not as it was written, or of another plan.
        """
        file = self.part_file(number, table)
        try:
            found = read_table(file.read_bytes())
        except (pa.ArrowException, OSError) as error:
            reason = error.strerror if isinstance(error, OSError) else None
            raise ResultsError(f"{file} cannot be read: {reason or error}") from error
        if not found.schema.equals(self.schema(table, number), check_metadata=True):
            raise ResultsError(f"{file} is no part of this {self.kind.noun}")
        return found

    def write_part(self, number: int, tables: dict[str, bytes]) -> None:
        """Store the tables of a part, by their folders; that in `PARTS` last."""
        for table in reversed(self.tables):
            self._write(self.part_file(number, table), tables[table])

    def begin(self) -> None:
        """Remove the provenance: the result is no longer marked as whole."""
        (self.place / MARKER).unlink(missing_ok=True)

    def finish(self) -> None:
        """Write the provenance, which marks the result as whole, unless it is there already."""
        files = [self.place / name for name in self.plan]
        for table in self.tables:
            files += [self.part_file(number, table) for number in range(self.n_parts)]
        text = manifest_text(self.place, self.kind, self.fields(), files)
        file = self.place / MARKER
        if not file.is_file() or file.read_bytes() != text.encode():
            self._write(file, text.encode())

    def _write(self, file: Path, content: bytes) -> None:
        with atomic_file(file) as part:
            part.write_bytes(content)

    @contextmanager
    def locked(self, overwrite: bool = False) -> Iterator[Self]:
        """Block in which only this process writes the folder, a new one or one begun before.

        Parameters
        ----------
        overwrite : bool
            Remove what is left there of an earlier result of this kind.

        Raises
        ------
        ResultsError
            Another process holds it, or it holds anything but what was begun by this plan.
        OSError
            The disk is full, read-only or failed.
        """
        place = ensure_folder(self.name)
        there = (item for item in place.iterdir() if item.name != LOCK and not is_unfinished(item))
        if any(there) and not (place / str(self.kind.plan)).is_file():
            raise ResultsError(
                f"{self.name} is there already, and is no {self.kind.noun}; choose another folder"
            )
        # The system releases the lock when this process ends, however it ends. The lock file is
        # never removed: a process waiting on a removed file would hold nothing.
        try:
            lock = filelock.FileLock(place / LOCK, timeout=0).acquire()
        except filelock.Timeout:
            raise ResultsError(
                f"{self.name}: another process is at work on this {self.kind.noun}; wait for it, "
                "or choose another folder"
            ) from None
        except NotImplementedError:
            raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK), str(self.name)) from None
        with lock:
            said = self.difference()
            holds_parts = any(_PART.fullmatch(item.name) for item in self.place.glob(f"{PARTS}/*"))
            if overwrite or (said and not holds_parts):
                self._start_anew()
            elif said:
                raise ResultsError(
                    f"{self.name} holds another {self.kind.noun}: {said}; choose another folder, "
                    "or throw away what is there (--force)"
                )
            self._clear_unfinished()
            for table in self.tables:
                (self.place / table).mkdir(exist_ok=True)
            yield self

    def _start_anew(self) -> None:
        """Remove an earlier result, if there is one, and write the plan of this one.

        The provenance is removed first. A process killed meanwhile leaves the old result with
        fewer parts, or files of two plans without any part; neither can be mistaken for a result.

        Raises
        ------
        ResultsError
            Something is there that is no part of a result of this kind.
        """
        there, begun = files_in(self.place), self.begun_plan()
        own = {LOCK, *([MARKER, *begun, *filter(self._is_part, there)] if begun else [])}
        foreign = foreign_files(self.place, own)
        if foreign:
            raise ResultsError(
                f"{self.name} is not overwritten: move away what is no part of a "
                f"{self.kind.noun}: " + ", ".join(foreign[:MOST_SHOWN])
            )
        self.begin()
        old = [self.place / name for name in there if name not in {LOCK, *self.plan}]
        for file in old:
            file.unlink(missing_ok=True)
        for above in {file.parent for file in old} - {self.place}:
            with suppress(OSError):  # the user's empty folder in it, say
                above.rmdir()
        for name, text in self.plan.items():  # by the first the folder is known
            (self.place / name).parent.mkdir(exist_ok=True)
            self._write(self.place / name, text.encode())

    def _is_part(self, name: str) -> bool:
        table, _, file = name.rpartition("/")
        return table in self.all_tables and _PART.fullmatch(file) is not None

    def _clear_unfinished(self) -> None:
        """Remove unfinished files of a process that was killed."""
        above = {(self.place / name).parent for name in self.plan}
        for folder in (*above, *(self.place / name for name in (*self.tables, FIGURES))):
            for item in folder.glob(".*"):
                if is_unfinished(item) and item.is_file():
                    item.unlink()
