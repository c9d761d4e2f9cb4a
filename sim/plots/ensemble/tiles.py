"""Where each nation's tile lies: roughly where the nation does, with empty seas squeezed out."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from functools import cache
from math import ceil, sqrt
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

TILES = Path(__file__).with_name("tiles.csv")

SEA = 0.4
"""What is left of empty rows and columns between tiles, in tiles."""


class Spot(NamedTuple):
    """Left and upper edge of a tile, in tiles from the upper left corner."""

    x: float
    y: float


@cache
def world() -> MappingProxyType[str, tuple[int, int]]:
    """Column and row of each nation on the map of the world, by ISO 3166 code.

    Europe and the Commonwealth, and who else has been asked into a coalition. Drawn up by hand:
    a neighbour in fact is a neighbour on the map as often as could be.
    """
    with TILES.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        return MappingProxyType({row["id"]: (int(row["column"]), int(row["row"])) for row in rows})


def place_tiles(ids: Sequence[str]) -> list[Spot]:
    """Spot of each nation's tile; no two are the same.

    Nations that are not on the map of the world stand in rows under it, in their order.

    Examples
    --------
    >>> place_tiles(["GBR", "IRL", "somewhere"])
    [Spot(x=1.0, y=0.0), Spot(x=0.0, y=0.0), Spot(x=0.0, y=1.4)]
    """
    taken: dict[tuple[int, int], str] = {}
    for name in ids:  # of two for one place, as of a state and its heir, the first
        if name in world():
            taken.setdefault(world()[name], name)
    places = {name: place for place, name in taken.items()}
    columns = _squeezed({column for column, _ in places.values()})
    rows = _squeezed({row for _, row in places.values()})
    spots = {name: Spot(columns[column], rows[row]) for name, (column, row) in places.items()}
    below = max(rows.values()) + 1 + SEA if rows else 0.0
    rest = [name for name in ids if name not in spots]
    width = max([*(round(x) + 1 for x in columns.values()), ceil(sqrt(1.6 * len(rest)))])
    for place, name in enumerate(rest):
        spots[name] = Spot(float(place % width), below + place // width)
    return [spots[name] for name in ids]


def _squeezed(used: set[int]) -> dict[int, float]:
    """Where each row or column that is used comes to lie."""
    found: dict[int, float] = {}
    at, before = 0.0, None
    for number in sorted(used):
        if before is not None:
            at += 1 if number == before + 1 else 1 + SEA
        found[number] = at
        before = number
    return found
