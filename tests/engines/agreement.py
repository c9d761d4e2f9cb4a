"""Which arrays of two ensembles differ, to the last bit."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import fields

from numpy.typing import NDArray

from sim.results.records import Records


def arrays_in(records: Records) -> Iterator[tuple[str, NDArray]]:
    """Every array of the records under its name, those of single runs included."""
    for field in fields(records):
        # An ensemble without counts by stage raises AttributeError for them.
        if field.name != "runs" and getattr(records, field.name, None) is not None:
            yield field.name, getattr(records, field.name)
    if records.runs is not None:
        for name, rows in records.runs.kept().items():
            yield f"runs.{name}", rows


def differing(one: Records, other: Records) -> list[str]:
    """Names of the arrays that differ in type, shape or any bit, or that only one has."""
    left, right = dict(arrays_in(one)), dict(arrays_in(other))
    return [
        name
        for name in {**left, **right}
        if name not in left or name not in right or not same_bits(left[name], right[name])
    ]


def same_bits(one: NDArray, other: NDArray) -> bool:
    """Whether two arrays are the same in type, shape and every bit."""
    same_form = one.dtype == other.dtype and one.shape == other.shape
    return same_form and one.tobytes() == other.tobytes()


def digest(records: Records) -> str:
    """SHA-256, in hexadecimal, of every array with its name, type and shape."""
    found = hashlib.sha256()
    for name, array in arrays_in(records):
        found.update(f"{name} {array.dtype} {array.shape}\n".encode())
        found.update(array.tobytes())
    return found.hexdigest()
