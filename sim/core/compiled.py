"""The decorators that compile the model's functions, and the folder their machine code lives in.

Numba's disk cache notices a change in the file of a compiled function, not in the files of the
functions it calls, and then runs stale code. The cache folder is therefore named after a digest
of every source file of ``sim.core``: change one and all of it is compiled afresh.
"""

from __future__ import annotations

import functools
import hashlib
import os
import pickle
import re
import secrets
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import FunctionType
from typing import Any, NamedTuple, TypeVar, cast

import numba
import numpy as np
from numba.core import types
from numba.core.caching import NullCache
from numba.core.compiler import CompileResult
from numba.core.event import Listener, register
from numba.core.serialize import dumps
from numba.extending import intrinsic

from sim.core.compiling import COMPILING
from sim.core.dispatchers import CompiledFunction, WrittenOut
from sim.core.fused import fma

Function = TypeVar("Function", bound=Callable[..., Any])

LEAST_FREE_BYTES = 64 * 2**20
KEPT_FOLDERS = 6
KEPT_SECONDS = 3600.0
_CHECKSUM_BYTES = 16
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
_WRITABLE = "can be written to by others"

_OPTIONS = {"error_model": "numpy", "nogil": True, "_nrt": False}
"""How Numba compiles: division by zero gives an infinity, as in NumPy; other threads run meanwhile;
and there is no runtime. Compiled code here allocates nothing, and without the runtime arrays are
not reference-counted at every call, which doubles the speed of a run."""


def compiled(function: Function) -> Function:
    """The function, compiled on its first call and kept on disk for the next process.

    IEEE arithmetic as written: nothing is reassociated, contracted or approximated, and division
    by zero gives an infinity. Releases the interpreter lock. With ``NUMBA_DISABLE_JIT=1`` the
    function runs as plain Python and gives the same bits.
    """
    # Without this, Numba would merge whatever an inlined function calls into it as well.
    return _compile(function, forceinline=False)


def inlined(function: Function) -> Function:
    """As `compiled`, for small scalar functions: always merged into the compiled caller."""
    return _compile(function, forceinline=True)


def written_out(function: Function) -> Function:
    """As `inlined`, for functions that return parts of arrays or records, as compiled ones cannot.

    Numba writes it out in its caller before it compiles that.
    """
    options = {**_OPTIONS, "inline": "always"}
    return function if numba.config.DISABLE_JIT else cast(Function, WrittenOut(function, options))


def in_python(rule: Function) -> Function:
    """A rule, and those that it calls, as the plain Python functions that they were written as.

    On Python's own numbers they give the same bits, except that to divide by 0 is an error.
    """
    function = getattr(rule, "py_func", rule)
    called = {
        name: in_python(value)
        for name, value in getattr(function, "__globals__", {}).items()
        if hasattr(value, "py_func") and name in function.__code__.co_names
    }
    if called:
        module, of_keywords = {**function.__globals__, **called}, function.__kwdefaults__
        function = FunctionType(function.__code__, module, argdefs=function.__defaults__)
        function.__kwdefaults__ = of_keywords
    return cast(Function, function)


def _widen(_: Any) -> Any:
    """Type and generate code for `widest_vectors`: attributes on the function it is in."""

    def generate(context: Any, builder: Any, _signature: Any, _arguments: Any) -> Any:
        set.add(builder.function.attributes, '"prefer-vector-width"="512"')
        builder.function.attributes.add("noinline")
        # What finds no register is kept on the stack: let no vector lie across two cache lines.
        builder.function.attributes.alignstack = 64
        return context.get_dummy_value()

    return types.void(), generate


widest_vectors: Callable[[], None]
widest_vectors = (lambda: None) if numba.config.DISABLE_JIT else intrinsic(_widen)
"""Called first in a compiled function, asks for the widest vectors that the processor has, and for
a stack that begins at a cache line.

The compiler holds back from 512 bits on processors that have them, for the sake of code that only
now and then uses them; a loop that does nothing else is a quarter faster with them."""


def sum_of_products(left_out: tuple[str, ...] = ()) -> Callable[..., float]:
    """A function that adds the products of two named tuples to a number, field by field.

    Compiled, it is the sum written out, ``fma(a.second, b.second, fma(a.first, b.first, total))``
    and so on: no loop, which would keep the caller from being vectorised.

    Parameters
    ----------
    left_out : tuple of str
        Fields without a product.
    """

    def added(total: float, weights: Any, values: Any) -> float:
        for name in weights._fields:
            if name not in left_out:
                total = fma(getattr(weights, name), getattr(values, name), total)
        return total

    def typed(_: Any, _total: Any, weights: Any, values: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            def field(which: int, place: int) -> Any:
                number = builder.extract_value(arguments[which], place)
                kind = signature.args[which].types[place]
                return context.cast(builder, number, kind, types.float64)

            result = arguments[0]
            for place, name in enumerate(signature.args[1].fields):
                if name not in left_out:
                    result = builder.fma(field(1, place), field(2, place), result)
            return result

        return types.float64(types.float64, weights, values), generate

    return added if numba.config.DISABLE_JIT else cast(Callable[..., float], intrinsic(typed))


class CacheFolders(NamedTuple):
    """Where compiled code is looked for and kept.

    Attributes
    ----------
    searched : tuple of Path
        In this order; all but the last may be read-only, such as one that many users share.
    written : Path or None
        None where nothing can be kept.
    refused : tuple of str
        Which folders are not used, and why: whoever can write to one could have their code run.
    """

    searched: tuple[Path, ...]
    written: Path | None
    refused: tuple[str, ...]


@functools.cache
def cache_folders() -> CacheFolders:
    """Folders of compiled code, made if need be; others than this user and root cannot change them.

    The first that can be written to of: ``WILLING_CACHE_DIR``, the platform's cache folder, a
    folder of this user among the temporary ones. Those before it are read if they are there.
    """
    name = f"numba-{source_digest()}"
    searched, refused = list[Path](), list[str]()
    for parent in _candidates():
        try:
            folder = (parent / name).resolve()
            problem = _unsafe(folder)
            if problem is None:
                for place in (*reversed(folder.parents), folder):
                    place.mkdir(mode=0o700, exist_ok=True)
                problem = _unsafe(folder)
        except (OSError, RuntimeError):  # nothing can be made there; links go round in a circle
            continue
        if problem:
            refused.append(problem)
            continue
        searched.append(folder)
        if _is_writable(folder):
            with suppress(OSError):  # another process may be at it too
                _remove_unused(folder)
            return CacheFolders(tuple(searched), folder, tuple(refused))
    return CacheFolders(tuple(searched), None, tuple(refused))


def source_digest(folder: Path | None = None) -> str:
    """Hexadecimal digest of the source files in ``sim/core``, and of what compiles them.

    Parameters
    ----------
    folder : Path, optional
        Another folder of source files.
    """
    folder = folder or Path(__file__).parent
    digest = hashlib.sha256(f"{sys.version_info[:2]} {numba.__version__}".encode())
    for file in sorted(folder.rglob("*.py")):
        content = file.read_bytes()
        digest.update(f"\n{file.relative_to(folder).as_posix()} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()[:16]


def _compile(function: Function, **options: bool) -> Function:
    if numba.config.DISABLE_JIT:  # compiled code gives no warnings either
        return np.errstate(all="ignore")(function)
    made = CompiledFunction(function, {**_OPTIONS, **options})
    # What a closure holds is not in the key of the cache; nothing in core is one.
    if function.__closure__ is None:
        made._cache = _DiskCache(function)
    return cast(Function, made)


class _CompileListener(Listener):  # type: ignore[misc]
    """Passes on when Numba begins and ends to compile one of the model's functions."""

    def on_start(self, event: Any) -> None:
        if self._is_ours(event):
            COMPILING.begin(_announcement(cache_folders()))

    def on_end(self, event: Any) -> None:
        if self._is_ours(event):
            COMPILING.end()

    def _is_ours(self, event: Any) -> bool:
        return isinstance(event.data["dispatcher"]._cache, _DiskCache)


register("numba:compile", _CompileListener())


def _announcement(folders: CacheFolders) -> str:
    """What users are told when the model is compiled, and why it is not kept where it is not."""
    if folders.written is None:
        reasons = "; ".join(folders.refused) or "no folder can be written to"
        return (
            "Compiling the model: under a minute, and again in each process, as compiled code "
            f"cannot be kept ({reasons}) ..."
        )
    text = "Compiling the model, once for this version and computer: under a minute ..."
    if folders.refused:
        text += f"\nIt is kept in {folders.written.parent}: {'; '.join(folders.refused)}."
    return text


class _DiskCache(NullCache):  # type: ignore[misc]
    """Disk cache of one compiled function; a damaged file counts as absent.

    Numba's own cache runs machine code with a hole in it, as a power cut leaves it, and raises
    what unpickling raises. Its files also depend on where the source lies; these do not, since
    the folder is named after the source itself. There is one file for each combination of argument
    types and processor: a checksum, then the pickled key and machine code. Both name the function
    and its types, and no path: another copy of the same source finds it.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        code, module = function.__code__, function.__module__.rpartition(".")[2]
        self._code = (code.co_code, repr(code.co_consts))
        name = f"{module}.{function.__qualname__}-{code.co_firstlineno}"
        self._stem = re.sub(r"[<>]", "", name)  # of a function within another; Windows forbids them

    def load_overload(self, signature: Any, target_context: Any) -> Any:
        """Load what was compiled for the argument types; None if there is nothing usable.

        Unlike Numba's own cache, without `refresh` of the context: that imports all that compiled
        code might call, of which machine code needs nothing, and Numba does it when it compiles.
        """
        key, name = self._entry(signature, target_context.codegen())
        for folder in cache_folders().searched:
            try:
                stored = _read_safe(folder / name)
                content = stored[_CHECKSUM_BYTES:]
                if stored == _checksum(content) + content:
                    found, parts = pickle.loads(content)
                    if found == key:
                        return CompileResult._rebuild(target_context, *parts)
            except Exception:  # noqa: BLE001 (what unpickling damaged files raises has no bounds)
                continue
        return None

    def save_overload(self, signature: Any, compiled_code: Any) -> None:
        """Store what was compiled; a run goes on without if that is impossible."""
        folder = cache_folders().written
        if folder is None:
            return
        key, name = self._entry(signature, compiled_code.codegen)
        content = dumps((key, compiled_code._reduce()))
        part = (folder / name).with_suffix(f".{secrets.token_hex(8)}")
        with suppress(OSError):
            folder.mkdir(mode=0o700, exist_ok=True)  # another process may have deleted it
            try:
                # Whatever the umask is, nobody else may write to it.
                with os.fdopen(os.open(part, _NEW_FILE, 0o644), "wb") as stream:
                    stream.write(_checksum(content) + content)
                part.replace(folder / name)
            finally:
                part.unlink(missing_ok=True)

    def _entry(self, signature: Any, codegen: Any) -> tuple[Any, str]:
        """Key and file name for argument types, processor and the function itself."""
        key = signature, codegen.magic_tuple(), self._code
        name = hashlib.sha256(repr(key).encode()).hexdigest()[:16]
        return key, f"{self._stem}.{name}.nbc"


def _checksum(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=_CHECKSUM_BYTES).digest()


def _candidates() -> Iterator[Path]:
    chosen = os.environ.get("WILLING_CACHE_DIR")
    if chosen:
        yield Path(chosen).expanduser()
    with suppress(RuntimeError):  # no home folder
        yield _platform_cache() / "willing"
    user = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
    yield Path(tempfile.gettempdir()) / f"willing-{user}"


def _platform_cache() -> Path:
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return Path(local) if local else Path.home() / "AppData" / "Local"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    chosen = os.environ.get("XDG_CACHE_HOME")
    return Path(chosen) if chosen else Path.home() / ".cache"


def _unsafe(folder: Path) -> str | None:
    """Why others could place code in a folder, or move another to its place; None if they cannot.

    Parameters
    ----------
    folder : Path
        Without links in it. What does not exist of it is passed over.
    """
    for place in (folder, *folder.parents):
        try:
            found = place.stat()
        except FileNotFoundError:
            continue
        problem = _access_problem(found)
        # In a sticky folder, such as that of temporary files, others cannot replace what is ours.
        is_sticky = found.st_mode & stat.S_ISVTX and place != folder
        if problem and not (is_sticky and problem == _WRITABLE):
            return f"{place} {problem}"
    return None


def _access_problem(found: os.stat_result) -> str | None:
    """Who else could change a file or folder, if anybody can."""
    if not hasattr(os, "getuid"):  # on Windows, each user's folders are closed to others
        return None
    if found.st_uid not in (0, os.getuid()):
        return "belongs to another user"
    return _WRITABLE if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH) else None


def _read_safe(file: Path) -> bytes:
    """Content of a file that nobody else can change; PermissionError if others can."""
    with file.open("rb") as stream:
        if _access_problem(os.fstat(stream.fileno())):
            raise PermissionError(file)
        return stream.read()


def _is_writable(folder: Path) -> bool:
    """Whether files can be made in a folder, and it has room."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
        os.utime(folder)
        return shutil.disk_usage(folder).free >= LEAST_FREE_BYTES
    except OSError:
        return False


def _remove_unused(folder: Path) -> None:
    """Delete this user's code of other source, but the latest and what was used within the hour."""
    last_use, owner = {}, folder.stat().st_uid
    for other in folder.parent.glob("numba-*"):
        found = other.stat()
        if other != folder and other.is_dir() and found.st_uid == owner:
            last_use[other] = found.st_mtime
    oldest = time.time() - KEPT_SECONDS
    for other in sorted(last_use, key=last_use.__getitem__, reverse=True)[KEPT_FOLDERS:]:
        if last_use[other] < oldest:
            shutil.rmtree(other, ignore_errors=True)


@inlined
def index(position: int) -> np.uint64:
    """The position in an array as an unsigned number; it must not be negative.

    With a signed one, compiled code asks at every access whether it is below 0 and counts from
    the end, as Python does. That made a run a seventh slower.
    """
    return np.uint64(position)
