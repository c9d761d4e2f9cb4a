"""A digest of the source that can move a number: it tells apart code of one version number."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

DECISIVE = ("core", "scenario", "engines", "results", "studies")
"""Folders of the package that decide what a number is; commands, figures and reports show it."""

SUFFIXES = (".py", ".yaml")


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
