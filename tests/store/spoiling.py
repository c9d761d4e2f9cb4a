"""Ways to spoil a result folder: bytes, lengths, names, kinds of files, and what texts say."""

from __future__ import annotations

import json
import os
import random
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

ODD: tuple[Any, ...] = (
    *(None, True, -1, 0, 10**30, 1e300, "", "x" * 5000, "\ud800", [], {}, [[]], {"": {}}),
    *("../../../etc/passwd", "/dev/zero", ["scenario.yaml"], {"bytes": 1, "sha256": "0" * 64}),
)
"""Values in place of what a provenance says."""


def spoil(folder: Path, luck: random.Random) -> str:
    """Spoil one thing in a folder; return which, in words."""
    files = sorted(item for item in folder.rglob("*") if item.is_file() and item.name != ".lock")
    ways = [bits, cut, doubled, garbage, emptied, gone, folder_instead, pipe, device, swapped]
    marker = folder / "provenance.json"
    if luck.random() < 0.4:
        with suppress(OSError, ValueError):  # it was spoilt before
            return field(marker, luck)
    way, file = luck.choice(ways), luck.choice(files)
    way(file, luck)
    return f"{way.__name__} {file.relative_to(folder).as_posix()}"


def bits(file: Path, luck: random.Random) -> None:
    """Flip a few bits."""
    content = bytearray(file.read_bytes() or b"x")
    for _ in range(luck.choice([1, 1, 3, 20])):
        content[luck.randrange(len(content))] ^= 1 << luck.randrange(8)
    file.write_bytes(content)


def cut(file: Path, luck: random.Random) -> None:
    """Cut the end off."""
    content = file.read_bytes()
    file.write_bytes(content[: luck.randrange(len(content) + 1)])


def doubled(file: Path, luck: random.Random) -> None:
    """Repeat a piece."""
    content = file.read_bytes()
    place = luck.randrange(len(content) + 1)
    file.write_bytes(content[:place] + content)


def garbage(file: Path, luck: random.Random) -> None:
    """Put random bytes in."""
    content = file.read_bytes()
    place = luck.randrange(len(content) + 1)
    file.write_bytes(content[:place] + luck.randbytes(luck.choice([1, 8, 200])) + content[place:])


def emptied(file: Path, _: random.Random) -> None:
    """Leave nothing in the file."""
    file.write_bytes(b"")


def gone(file: Path, _: random.Random) -> None:
    """Remove the file."""
    file.unlink()


def folder_instead(file: Path, _: random.Random) -> None:
    """Put a folder in its place."""
    file.unlink()
    file.mkdir()


def pipe(file: Path, _: random.Random) -> None:
    """Put a pipe in its place, which nobody writes to."""
    file.unlink()
    os.mkfifo(file)


def device(file: Path, luck: random.Random) -> None:
    """Put a link in its place: to an endless device, to nothing, to itself or to a large file."""
    file.unlink()
    file.symlink_to(luck.choice(["/dev/zero", "/dev/null", "nowhere", file.name, "/proc/kcore"]))


def swapped(file: Path, luck: random.Random) -> None:
    """Put another file of the folder in its place."""
    others = sorted(item for item in file.parent.glob("*.*") if item.is_file())
    shutil.copyfile(luck.choice(others), file.with_name("copy"))
    file.with_name("copy").replace(file)


def field(marker: Path, luck: random.Random) -> str:
    """Put an odd value anywhere in a provenance, or leave a field out."""
    found = json.loads(marker.read_text(encoding="utf-8"))
    place, keys = found, list[str]()
    while isinstance(place, dict | list) and place:
        key = luck.choice(sorted(place) if isinstance(place, dict) else range(len(place)))
        keys.append(str(key))
        inner = place[key]
        if isinstance(inner, dict | list) and inner and luck.random() < 0.7:
            place = inner
            continue
        if luck.random() < 0.2:
            del place[key]
        else:
            place[key] = luck.choice(ODD)
        break
    marker.write_text(json.dumps(found), encoding="utf-8", errors="surrogatepass")
    return f"field {'.'.join(keys)}"
