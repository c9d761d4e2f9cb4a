"""A result written part by part, each whole or absent, so that a stopped one can be resumed.

    PLAN.yaml         what is run, and what began it; other files of the plan beside it
    parts/            part-000000.parquet and so on
    OTHERS/           the same names: other tables of each part, where there are any
    TABLES            made of all parts, where the kind has any
    provenance.json   written last
    .checksums        until then: the checksum of each part, noted before the part is written
    .earlier/         a result that this one replaces, kept until this one is whole

A stopped result has some of its parts and no provenance. Resuming it runs the other parts, and
those whose checksum is another, and ends with the same bytes.

A result that is to be replaced is moved aside once the first part of the new one is there, and
removed once the new one is whole. A process may be killed at any moment: a list of the new files,
written after the last file has moved, says that all have. Whoever comes next moves them back if no
new part is there.
"""

from __future__ import annotations

import errno
import json
import logging
import os
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, ClassVar, Self

import filelock
import pyarrow as pa

from sim.store.files import file_bytes, fingerprint_of, is_fingerprint, text_of
from sim.store.folder import (
    FIGURES,
    MARKER,
    PARTS,
    ResultsError,
    absolute,
    atomic_file,
    edited_texts,
    ensure_folder,
    files_in,
    foreign_files,
    own_folder,
)
from sim.store.kinds import Kind
from sim.store.manifest import manifest_text, read_json
from sim.store.parquet import DAMAGE, Most, OtherSchemaError, read_table
from sim.store.unfinished import REPLACED, beside, is_unfinished, remove, remove_if_abandoned

LOG = logging.getLogger(__name__)

LOCK, CHECKSUMS, EARLIER = ".lock", ".checksums", ".earlier"
NEW_FILES = ".new-files.json"
"""In `EARLIER`: names of the files of the plan that replaces it, once all files have moved."""

MOST_SHOWN = 3

_PART = re.compile(r"part-\d{6}\.parquet")
_CHECKSUM = re.compile(r"([0-9a-f]{64}) (\d{1,18}) (\S+)")

Fingerprints = dict[str, dict[str, Any]]


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
        self._replaces = False
        self._has_begun = False
        self._sound: Fingerprints | None = None

    @abstractmethod
    def schema(self, table: str, number: int) -> pa.Schema:
        """Columns and metadata of a table of a part."""

    def most(self, table: str, number: int) -> Most | None:  # noqa: ARG002 (for subclasses)
        """The most that a table of a part may hold; None where that is not known."""
        return None

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
        """Parts that are missing, damaged, or unlike their checksum; all of a result replaced."""
        if self._replaces:
            self._sound = {}
            return list(range(self.n_parts))
        recorded, self._sound = self._recorded(), {}
        missing, damaged = [], list[str]()
        for number in range(self.n_parts):
            try:
                found = {
                    self._part_name(number, table): self._checked(number, table, recorded)[1]
                    for table in self.tables
                }
            except ResultsError:
                missing.append(number)
                if os.path.lexists(self.part_file(number)):
                    damaged.append(self._part_name(number))
            else:
                self._sound |= found
        if damaged:
            shown = ", ".join(damaged[:MOST_SHOWN]) + (" ..." if damaged[MOST_SHOWN:] else "")
            n_damaged = "1 part is" if len(damaged) == 1 else f"{len(damaged):,} parts are"
            LOG.warning("%s: %s damaged, to be run again: %s", self.name, n_damaged, shown)
        return missing

    def sound_tables(self, number: int) -> dict[str, pa.Table] | None:
        """The tables of a part, noted as sound; None if it is missing, damaged or to be replaced.

        For a result whose parts are not known beforehand, in place of `missing`.
        """
        if self._sound is None:
            self._sound = {}
        if self._replaces and not self._has_begun:
            return None
        recorded, found = self._recorded(), dict[str, pa.Table]()
        try:
            for table in self.tables:
                found[table], fingerprint = self._checked(number, table, recorded)
                self._sound[self._part_name(number, table)] = fingerprint
        except ResultsError:
            if os.path.lexists(self.part_file(number)):
                LOG.warning(
                    "%s: %s is damaged, to be run again", self.name, self._part_name(number)
                )
            return None
        return found

    def read(self, table: str, number: int) -> pa.Table:
        """A table of a part.

        Raises
        ------
        ResultsError
            It is not there, not whole, not as it was written, or of another plan.
        """
        return self._checked(number, table, self._recorded())[0]

    def read_all(self, table: str, numbers: list[int], verify: bool = True) -> list[pa.Table]:
        """A table of each of some parts, compared with its checksum; raises as `read`."""
        recorded = self._recorded() if verify else {}
        return [self._checked(number, table, recorded)[0] for number in numbers]

    def _checked(
        self, number: int, table: str, recorded: Fingerprints
    ) -> tuple[pa.Table, dict[str, Any]]:
        """A table of a part, and its checksum, which must be the one recorded."""
        file, name = self.part_file(number, table), self._part_name(number, table)
        expected = recorded.get(name)
        try:
            content = file_bytes(file, None if expected is None else expected["bytes"])
            found = fingerprint_of(content)
            if expected not in (None, found):
                raise ResultsError(f"{file} was changed after it was written")
            read = read_table(content, self.most(table, number), self.schema(table, number))
        except ResultsError:
            raise
        except OtherSchemaError:
            raise ResultsError(f"{file} is no part of this {self.kind.noun}") from None
        except (*DAMAGE, MemoryError) as error:
            reason = error.strerror if isinstance(error, OSError) else None
            raise ResultsError(f"{file} cannot be read: {reason or error}") from error
        return read, found

    def _recorded(self) -> Fingerprints:
        """Checksums as they were noted before the files were written, by name.

        Parts that an earlier version of willing wrote before it was stopped have none.
        """
        listed: object = None
        if (self.place / MARKER).is_file():
            with suppress(ResultsError):  # a provenance that is damaged is written anew
                listed = read_json(self.place).get("files")
            listed = listed if isinstance(listed, dict) else {}
            return {name: value for name, value in listed.items() if is_fingerprint(value)}
        try:
            lines = text_of(self.place / CHECKSUMS).splitlines()
        except (OSError, UnicodeError):
            return {}
        found = filter(None, map(_CHECKSUM.fullmatch, lines))
        noted: Fingerprints = {
            each[3]: {"bytes": int(each[2]), "sha256": each[1]} for each in found
        }
        nothing = {"bytes": 0, "sha256": ""}  # what was not noted was not written
        names = (
            self._part_name(part, table) for part in range(self.n_parts) for table in self.tables
        )
        return {**dict.fromkeys(names, nothing), **noted}

    def _part_name(self, number: int, table: str = PARTS) -> str:
        return self.part_file(number, table).relative_to(self.place).as_posix()

    def write_part(self, number: int, tables: dict[str, bytes]) -> None:
        """Store the tables of a part, by their folders; that in `PARTS` last."""
        self._begin()
        assert self._sound is not None
        found = {
            self._part_name(number, name): fingerprint_of(tables[name]) for name in self.tables
        }
        self._sound |= found
        with (self.place / CHECKSUMS).open("ab") as journal:
            journal.write(_journal_text(found).encode())
            journal.flush()
            os.fsync(journal.fileno())
        for table in reversed(self.tables):
            self._write(self.part_file(number, table), tables[table])

    def _begin(self) -> None:
        """Before the first part is written: make room for it, and note what is there already."""
        if self._has_begun:
            return
        if self._sound is None:
            self.missing()
        if self._replaces:
            self._move_aside()
            self._write_plan(reversed(self.plan))  # an earlier result goes by its own until then
        texts = {name: fingerprint_of(text.encode()) for name, text in self.plan.items()}
        # Of parts that nobody has asked for yet, what was noted stays.
        recorded = {} if self._replaces else self._recorded()
        noted = {name: each for name, each in recorded.items() if self._is_part(name)}
        journal = _journal_text({**texts, **noted, **(self._sound or {})})
        self._write(self.place / CHECKSUMS, journal.encode())
        (self.place / MARKER).unlink(missing_ok=True)
        self._has_begun = True

    def finish(self, tables: dict[str, str] | None = None) -> None:
        """Write the provenance, which marks the result as whole, unless it is there already.

        Parameters
        ----------
        tables : dict of str to str, optional
            Texts by name of what is made of all parts, written before it.
        """
        if self._sound is None:
            self.missing()
        names = [
            self._part_name(part, table) for part in range(self.n_parts) for table in self.tables
        ]
        texts = {name: fingerprint_of(text.encode()) for name, text in self.plan.items()}
        # Of parts as they were written: a bit that changed since is found by whoever reads them.
        files = texts | {name: (self._sound or {})[name] for name in names}
        for name, text in (tables or {}).items():
            files[name] = fingerprint_of(text.encode())
            self._write(self.place / name, text.encode())
        content = manifest_text(self.place, self.kind, self.fields(), files).encode()
        file = self.place / MARKER
        if not file.is_file() or file_bytes(file) != content:
            self._write(file, content)
        (self.place / CHECKSUMS).unlink(missing_ok=True)
        self._drop_earlier()
        self._replaces = False

    def _write(self, file: Path, content: bytes) -> None:
        with atomic_file(file) as part:
            part.write_bytes(content)

    def _write_plan(self, names: Iterable[str]) -> None:
        for name in names:
            own_folder((self.place / name).parent)
            self._write(self.place / name, self.plan[name].encode())

    @contextmanager
    def locked(self, overwrite: bool = False) -> Iterator[Self]:
        """Block in which only this process writes the folder, a new one or one begun before.

        Parameters
        ----------
        overwrite : bool
            Replace what is left there of an earlier result of this kind, once there is a part of
            this one.

        Raises
        ------
        ResultsError
            Another process holds it, or it holds anything but what was begun by this plan.
        OSError
            The disk is full, read-only or failed.
        """
        place, own = ensure_folder(self.name), {LOCK, CHECKSUMS, EARLIER}
        for name in (*own, *self.all_tables, *{Path(name).parts[0] for name in self.plan}):
            if (place / name).is_symlink() and name not in self.plan:
                raise ResultsError(
                    f"{self.name}: {name} is a link, and nothing is written where it leads; "
                    "remove it"
                )
        there = (
            item for item in place.iterdir() if item.name not in own and not is_unfinished(item)
        )
        if any(there) and not (place / str(self.kind.plan)).is_file():
            raise ResultsError(
                f"{self.name} is there already, and is no {self.kind.noun}; choose another folder"
            )
        if not (place / LOCK).exists():  # a refused one leaves no lock behind
            self._takes_over(overwrite)
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
            self._clear_unfinished()
            self._settle()
            self._has_begun, self._sound = False, None
            takes_over = self._takes_over(overwrite)
            self._replaces = takes_over and self._holds_parts()
            if takes_over and not self._replaces:
                self._clear()
                self._write_plan(self.plan)
            for table in self.tables:
                (self.place / table).mkdir(exist_ok=True)
            yield self

    def _takes_over(self, overwrite: bool) -> bool:
        """True if what is there gives way to this plan.

        Raises
        ------
        ResultsError
            It must not, or something is there that is no part of a result of this kind.
        """
        said = self.difference()
        if not overwrite and not said:
            return False
        begun, there = self.begun_plan(), self._files()
        if not overwrite and self._holds_parts():
            ways = "or throw away what is there (--force)"
            if not begun:  # --force would be refused
                ways = f"remove this one, or put back the {self.kind.plan} that willing wrote"
            raise ResultsError(
                f"{self.name} holds another {self.kind.noun}: {said}; choose another folder, {ways}"
            )
        own = [MARKER, CHECKSUMS, *begun, *filter(self._is_part, there)] if begun else []
        foreign = [name for name in foreign_files(self.place, {LOCK, *own}) if name in there]
        if foreign:
            raise ResultsError(
                f"{self.name} is not overwritten: move away what is no part of a "
                f"{self.kind.noun}: " + ", ".join(foreign[:MOST_SHOWN])
            )
        edited = edited_texts(self.place, self._recorded())
        if edited:
            raise ResultsError(
                f"{self.name} is not overwritten: {', '.join(edited[:MOST_SHOWN])} was edited "
                "after it was written; move it away, or choose another folder"
            )
        return True

    def _holds_parts(self) -> bool:
        return any(_PART.fullmatch(item.name) for item in self.place.glob(f"{PARTS}/*"))

    def _files(self) -> list[str]:
        """Names of the files in the folder, but for a result that is being replaced."""
        return [name for name in files_in(self.place) if not name.startswith(f"{EARLIER}/")]

    def _is_part(self, name: str) -> bool:
        table, _, file = name.rpartition("/")
        return table in self.all_tables and _PART.fullmatch(file) is not None

    def _clear(self, names: Iterable[str] | None = None) -> None:
        """Remove the files of a result, all or some; an earlier one that was moved aside stays."""
        old = [self.place / name for name in (self._files() if names is None else names)]
        old = [file for file in old if file.name != LOCK]
        for file in old:
            file.unlink(missing_ok=True)
        for above in {file.parent for file in old} - {self.place}:
            with suppress(OSError):  # the user's empty folder in it, say
                above.rmdir()

    def _move_aside(self) -> None:
        """Move the files of a result into a folder of its own; if one is there already, it stays.

        The first file of the plan is copied: it says what the folder holds until the new one does.
        """
        earlier, plan = self.place / EARLIER, next(iter(self.plan))
        if (earlier / NEW_FILES).is_file():
            self._clear([name for name in self._files() if name != plan])
        else:
            own_folder(earlier)
            self._write(earlier / plan, file_bytes(self.place / plan))
            names = {name.partition("/")[0] for name in self._files()} - {LOCK, plan}
            for name in sorted(names, key=lambda name: name != MARKER):
                (self.place / name).replace(earlier / name)
        self._write(earlier / NEW_FILES, json.dumps(list(self.plan)).encode())
        for table in self.tables:
            (self.place / table).mkdir(exist_ok=True)

    def _settle(self) -> None:
        """Put an earlier result back, or remove it, after a process that replaced it was killed."""
        earlier, new = self.place / EARLIER, self.place / EARLIER / NEW_FILES
        first = next(iter(self.plan))
        if not earlier.is_dir():
            return
        has_moved = new.is_file()
        if has_moved and (self.place / MARKER).is_file():
            self._drop_earlier()
            return
        if has_moved and (self._holds_parts() or not self.difference()):
            return  # the new one is resumed, or refused as it is
        if has_moved:
            written = {CHECKSUMS, *json.loads(text_of(new))} - {first}
            self._clear(name for name in self._files() if name in written or self._is_part(name))
            new.unlink()
        for item in sorted(
            earlier.iterdir(), key=lambda item: (item.name != first, item.name == MARKER)
        ):
            if is_unfinished(item):
                remove(item)
                continue
            with suppress(OSError):
                (self.place / item.name).rmdir()  # an empty folder for new parts
            item.replace(self.place / item.name)
        earlier.rmdir()

    def _drop_earlier(self) -> None:
        """Remove the result that was replaced, under a name by which it is never put back."""
        if (self.place / EARLIER).is_dir():
            remove((self.place / EARLIER).replace(beside(self.place / EARLIER[1:], REPLACED)))

    def _clear_unfinished(self) -> None:
        """Remove unfinished files of a process that was killed."""
        above = {(self.place / name).parent for name in self.plan}
        for folder in (*above, *(self.place / name for name in self.tables)):
            for item in folder.glob(".*"):
                if is_unfinished(item):
                    remove(item)
        if not (self.place / FIGURES).is_symlink():
            for item in (self.place / FIGURES).glob(".*"):
                if is_unfinished(item):
                    remove_if_abandoned(item)


def is_replacing(folder: Path) -> bool:
    """True if an earlier result was moved aside there, for one that is not whole yet."""
    return (folder / EARLIER / NEW_FILES).is_file()


def _journal_text(files: Fingerprints) -> str:
    """Lines on files; they begin on a new line, whatever the last one of a killed process is."""
    lines = (f"{each['sha256']} {each['bytes']} {name}\n" for name, each in files.items())
    return "".join(["\n", *lines])
