"""The tables of a tipping point, as the folder and other programs have them."""

from __future__ import annotations

from collections.abc import Iterator
from math import isinf
from typing import Any

from sim.store.csv_files import csv_text
from sim.studies.tipping.result import SHARES, Tipping
from sim.studies.tipping.thresholds import Quantile, chance_ends

Row = dict[str, Any]


def table_names(options: dict[str, Any]) -> tuple[str, ...]:
    """Names of the files of a study with these options."""
    names = ["thresholds", "quantiles", "curve", "scan"]
    names += ["nations"] * (len(options.get("along", ())) == 1)
    names += ["loop", "ramps"] * bool(options.get("back"))
    return tuple(f"{name}.csv" for name in names)


def tipping_tables(found: Tipping) -> dict[str, str]:
    """Texts of the tables, by name of file."""
    rows = table_rows(found)
    return {f"{name}.csv": csv_of(each) for name, each in rows.items()}


def table_rows(found: Tipping) -> dict[str, list[Row]]:
    """Rows of each table, by its name."""
    rows = {
        "thresholds": list(threshold_rows(found)),
        "quantiles": list(quantile_rows(found)),
        "curve": list(curve_rows(found)),
        "scan": list(scan_rows(found)),
    }
    if found.second is None:
        rows["nations"] = list(nation_rows(found))
    if found.hysteresis is not None:
        rows |= {"loop": list(loop_rows(found)), "ramps": list(ramp_rows(found))}
    return rows


def csv_of(rows: list[Row]) -> str:
    """Rows as a text of comma-separated values."""
    return csv_text([list(rows[0]), *(list(row.values()) for row in rows)])


def threshold_rows(found: Tipping) -> Iterator[Row]:
    """One row a run (and level of a second path): above which level and at most at which it turns.

    A cell is empty where it turns beyond that end.
    """
    for each in found.slices:
        values = each.thresholds.levels.values.tolist()
        last = each.thresholds.levels.last
        pairs = zip(each.thresholds.below.tolist(), each.thresholds.above.tolist(), strict=True)
        for run, (below, above) in enumerate(pairs):
            yield {
                **_at(found, each.at),
                "run": run,
                "above": None if below < 0 else values[below],
                "at_most": None if above > last else values[above],
            }


def quantile_rows(found: Tipping) -> Iterator[Row]:
    """One row a share: the level by which so many runs have turned, with its interval."""
    for each in found.slices:
        for share in SHARES:
            yield {**_at(found, each.at), **quantile_row(each.thresholds.quantile(share))}


def quantile_row(quantile: Quantile) -> Row:
    """A quantile as cells: none where it is beyond an end, and at which in words."""
    return {
        "share": quantile.share,
        "level": _cell(quantile.level),
        "low": _cell(quantile.low),
        "high": _cell(quantile.high),
        "beyond": beyond(quantile.level),
    }


def beyond(level: float) -> str | None:
    """Beyond which end of the path a level is; None between them.

    Examples
    --------
    >>> beyond(float("inf")), beyond(0.5)
    ('high end', None)
    """
    return None if not isinf(level) else "high end" if level > 0 else "low end"


def curve_rows(found: Tipping) -> Iterator[Row]:
    """One row a level of the grid: the share of runs that have turned."""
    for each in found.slices:
        curve = each.thresholds.curve(found.levels.grid())
        for cells in zip(*(column.tolist() for column in curve), strict=True):
            yield {**_at(found, each.at), **dict(zip(curve._fields, cells, strict=True))}


def scan_rows(found: Tipping) -> Iterator[Row]:
    """One row a level of the grid: in how many scanned runs the outcome holds."""
    scan = found.scan
    counts = scan.holds.sum(axis=0)
    low, high = chance_ends(counts, scan.n_runs)
    levels = found.levels.values[found.levels.grid()]
    columns = (each.tolist() for each in (levels, counts, counts / scan.n_runs, low, high))
    for level, n_holds, share, *ends in zip(*columns, strict=True):
        row = {"level": level, "n_holds": n_holds, "n_runs": scan.n_runs, "share": share}
        yield {**row, "low": ends[0], "high": ends[1]}


def nation_rows(found: Tipping) -> Iterator[Row]:
    """One row a nation: at which level it turns."""
    for nation in found.nations:
        row: Row = {
            "nation": nation.nation,
            "name": nation.name,
            "direction": "rises" if nation.rises else "falls",
            "n_runs": nation.thresholds.n_runs,
            "at_low_end": nation.thresholds.share_always,
            "never": nation.thresholds.share_never,
            "not_monotone": nation.not_monotone.mean,
        }
        for share in (0.25, 0.5, 0.75):
            quantile = nation.thresholds.quantile(share)
            name = f"q{100 * share:.0f}"
            row |= {
                name: _cell(quantile.level),
                f"{name}_low": _cell(quantile.low),
                f"{name}_high": _cell(quantile.high),
            }
        yield {**row, "beyond": beyond(nation.thresholds.quantile(0.5).level)}


def loop_rows(found: Tipping) -> Iterator[Row]:
    """One row a ramp and step: the level, and the size at its end."""
    assert found.hysteresis is not None
    for loop in found.hysteresis.loops:
        columns = (loop.course, *loop.size_means())
        for step, cells in enumerate(zip(*(each.tolist() for each in columns), strict=True)):
            level, mean, low, high = cells
            way = "up" if step <= loop.ramp.n_steps else "down"
            row = {"days": loop.ramp.days, "step": step, "way": way, "level": level}
            yield {**row, "size": mean, "q05": low, "q95": high}


def ramp_rows(found: Tipping) -> Iterator[Row]:
    """One row a ramp and way: the level at which so many runs turn, or turn back."""
    assert found.hysteresis is not None
    for loop in found.hysteresis.loops:
        for way, thresholds in (("up", loop.up), ("down", loop.down)):
            for share in SHARES:
                row = {"days": loop.ramp.days, "way": way}
                yield {**row, **quantile_row(thresholds.quantile(share))}


def _at(found: Tipping, at: float | None) -> Row:
    """The level of the second path as a cell; none without one."""
    return {} if found.second is None else {"second": at}


def _cell(level: float) -> float | None:
    return None if isinf(level) else level
