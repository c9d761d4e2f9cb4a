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
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numba.core import types
from numba.core.caching import FunctionCache, IndexDataCacheFile
from numba.extending import intrinsic

Function = TypeVar("Function", bound=Callable[..., Any])

LEAST_FREE_BYTES = 64 * 2**20
KEPT_FOLDERS = 6
KEPT_SECONDS = 3600.0

_OPTIONS = {"error_model": "numpy", "nogil": True, "_nrt": False}
"""Compiled code here allocates nothing; without Numba's runtime, arrays are not reference-counted
at every call, which doubles the speed of a run."""


def compiled(function: Function) -> Function:
    """The function, compiled on its first call and kept on disk for the next process.

    IEEE arithmetic as written: nothing is reassociated, contracted or approximated, and division
    by zero gives an infinity. Releases the interpreter lock. With ``NUMBA_DISABLE_JIT=1`` the
    function runs as plain Python and gives the same bits.
    """
    # Said out loud: Numba would hand an inlined caller's wish down to all that it calls.
    return _compile(function, forceinline=False)


def inlined(function: Function) -> Function:
    """As `compiled`, for small scalar functions: always merged into the compiled caller."""
    return _compile(function, forceinline=True)


def _widen(_: Any) -> Any:
    """Type and generate code for `widest_vectors`: two attributes on the function it is in."""

    def generate(context: Any, builder: Any, _signature: Any, _arguments: Any) -> Any:
        set.add(builder.function.attributes, '"prefer-vector-width"="512"')
        builder.function.attributes.add("noinline")
        return context.get_dummy_value()

    return types.void(), generate


def _do_nothing() -> None:
    """Stand in for `widest_vectors` where nothing is compiled."""


widest_vectors: Callable[[], None]
widest_vectors = _do_nothing if numba.config.DISABLE_JIT else intrinsic(_widen)
"""Called first in a compiled function, asks for the widest vectors that the processor has.

The compiler holds back from 512 bits on processors that have them, for the sake of code that only
now and then uses them; a loop that does nothing else is a quarter faster with them."""


def is_warm(last: str = "simulate_block") -> bool:
    """Whether compiled code of this very source is on disk, so that no first call has to wait.

    Parameters
    ----------
    last : str
        Name of the function that is compiled last: the others' code is there before its own, and
        is all there is of a compilation that was broken off. By default the kernel's door.
    """
    folder = cache_folder()
    if folder is None:
        return False
    with suppress(OSError):  # another process may be at it too
        return any(file.stat().st_size for file in folder.rglob(f"*.{last}-*.nbc"))
    return False


@functools.cache
def cache_folder() -> Path | None:
    """Folder of compiled code, made if need be; None where nothing can be written.

    The first that can be written of: ``WILLING_CACHE_DIR``, the platform's cache folder, a
    folder of this user among the temporary ones.
    """
    name = f"numba-{source_digest()}"
    for parent in _candidates():
        folder = parent / name
        if _is_writable(folder):
            with suppress(OSError):  # another process may be at it too
                _remove_unused(parent, folder)
            return folder
    return None


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
    if numba.config.DISABLE_JIT:
        return _wrapping(function)
    folder = cache_folder()
    if folder is None:
        return cast(Function, numba.njit(**_OPTIONS, **options)(function))
    made = numba.njit(**_OPTIONS, **options)(function)
    with _numba_cache_in(folder):
        made._cache = _DamageProofCache(function)
    return cast(Function, made)


class _CheckedFiles(IndexDataCacheFile):  # type: ignore[misc]
    """Numba's files of one function, with a digest behind what is compiled.

    Machine code with a hole in it, as a power cut leaves it, must never run.
    """

    def _dump(self, content: Any) -> bytes:
        """What is written: unpickling ignores whatever stands behind its end."""
        dumped: bytes = super()._dump(content)
        return dumped + _digest(dumped)

    def _load_data(self, name: str) -> Any:
        content = Path(self._data_path(name)).read_bytes()
        dumped, digest = content[:-_DIGEST_BYTES], content[-_DIGEST_BYTES:]
        if digest != _digest(dumped):
            raise ValueError(f"{name} is damaged")
        return pickle.loads(dumped)


class _DamageProofCache(FunctionCache):  # type: ignore[misc]
    """Numba's cache of one function; files that cannot be read count as not being there.

    Whatever unpickling damaged files may raise, the function is then compiled and written anew.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        self._cache_file: _CheckedFiles = _CheckedFiles(
            cache_path=self.cache_path,
            filename_base=self._impl.filename_base,
            source_stamp=self._impl.locator.get_source_stamp(),
        )

    def load_overload(self, signature: Any, target_context: Any) -> Any:
        """What was compiled for the signature; None if nothing that can be read."""
        try:
            return super().load_overload(signature, target_context)
        except Exception:  # noqa: BLE001 (what unpickling raises has no bounds)
            with suppress(OSError):
                Path(self._cache_file._index_path).unlink()
            return None

    def save_overload(self, signature: Any, compiled_code: Any) -> None:
        """Keep what was compiled, where it can be written: the run goes on without."""
        with suppress(OSError):
            super().save_overload(signature, compiled_code)


_DIGEST_BYTES = 16


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=_DIGEST_BYTES).digest()


def _wrapping(function: Function) -> Function:
    """The function with NumPy's warnings off, which compiled code does not give either."""

    @functools.wraps(function)
    def quiet(*arguments: Any) -> Any:
        with np.errstate(all="ignore"):
            return function(*arguments)

    return cast(Function, quiet)


@contextmanager
def _numba_cache_in(folder: Path) -> Iterator[None]:
    """Point Numba's disk cache here while a function is decorated, and only then."""
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(folder)
    try:
        yield
    finally:
        numba.config.CACHE_DIR = before


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


def _is_writable(folder: Path) -> bool:
    """Whether the folder exists or can be made, is this user's own, and has room."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if hasattr(os, "getuid") and folder.stat().st_uid != os.getuid():
            return False
        with tempfile.TemporaryFile(dir=folder):
            pass
        os.utime(folder)
        return shutil.disk_usage(folder).free >= LEAST_FREE_BYTES
    except OSError:
        return False


def _remove_unused(parent: Path, folder: Path) -> None:
    """Delete compiled code of other source but the latest used, and none used within the hour."""
    others = [other for other in parent.glob("numba-*") if other != folder and other.is_dir()]
    last_use = {other: other.stat().st_mtime for other in others}
    oldest = time.time() - KEPT_SECONDS
    for other in sorted(others, key=last_use.__getitem__, reverse=True)[KEPT_FOLDERS:]:
        if last_use[other] < oldest:
            shutil.rmtree(other, ignore_errors=True)


@inlined
def index(place: int) -> np.uint64:
    """The place in an array as an unsigned number.

    For a signed one, compiled code first looks whether it is below 0 and counts from the end,
    which made a run a tenth slower.
    """
    return np.uint64(place)
