"""A digest of the source that can move a number: it tells apart code of one version number."""

from __future__ import annotations

import functools
import hashlib
from importlib.metadata import version
from pathlib import Path

from sim._version import __version__

DECISIVE = ("calibration", "core", "engines", "results", "scenario", "studies")
"""Folders of the package that decide what a number is; commands, figures and reports show it."""

SUFFIXES = (".csv", ".py", ".yaml")

SHAPING = ("numpy", "pyarrow", "scipy")
"""Packages whose version may change the bytes of a part."""

MADE_BY, CODE = "made_by", "code"
"""Where the plan of a result in parts says what began it, and in it the digest of our code."""


@functools.cache
def code_digest(package: Path | None = None) -> str:
    """Hexadecimal digest of the source files that can move a number, and of their names.

    It does not depend on where the package lies, nor on how its lines end.

    Parameters
    ----------
    package : Path, optional
        Another copy of the package.
    """
    root = Path(__file__).parents[1] if package is None else package
    digest = hashlib.sha256()
    for folder in DECISIVE:
        for file in sorted((root / folder).rglob("*")):
            if file.suffix in SUFFIXES:
                content = file.read_bytes().replace(b"\r\n", b"\n")
                name = file.relative_to(root).as_posix()
                digest.update(f"\n{name} {len(content)}\n".encode())
                digest.update(content)
    return digest.hexdigest()[:16]


def made_by() -> dict[str, str]:
    """Versions of what may change the parts of a result, with the digest of our code."""
    packages = {name: version(name) for name in SHAPING}
    return {"willing": __version__, CODE: code_digest(), **packages}
