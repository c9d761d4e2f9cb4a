"""What the points of a sweep tell of an outcome: which inputs shift it, or where it is reached."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pyarrow as pa

from sim.results.estimates import Chance, Interval
from sim.results.format import LONGEST_NAME, counted, cut
from sim.scenario.addresses import find_place
from sim.scenario.files.suggestions import closest
from sim.scenario.labels import label_of, unit_of
from sim.scenario.schema import Scenario
from sim.store.files import fingerprint
from sim.store.folder import MARKER, atomic_folder, expanded
from sim.store.kinds import SWEEP_ANALYSIS
from sim.studies.design.outcomes import Outcome, find_outcomes
from sim.studies.sensitivity.discovery import Box, Discovered, discovered
from sim.studies.sensitivity.given_data import GivenData, given_data
from sim.studies.sweep.folder import load_sweep
from sim.studies.sweep.result import Sweep

if TYPE_CHECKING:
    import pandas as pd

Row = dict[str, Any]


@dataclass(frozen=True, repr=False)
class SweepAnalysis:
    """What the points of a sweep tell of an outcome.

    Attributes
    ----------
    scenario : Scenario
        The one that the sweep varies.
    seed : int
        Of the runs of the sweep.
    found : GivenData or Discovered
        How far the outcome shifts with each input, or in which part of the ranges it is reached.
    command : str
        What made it.
    sweep_name : str
        Name of the folder of the sweep; empty of one in memory.
    sweep_sha256 : str or None
        Checksum of the provenance in that folder; None where there is none, as of a sweep that was
        stopped.
    """

    scenario: Scenario
    seed: int
    found: GivenData | Discovered
    command: str
    sweep_name: str = ""
    sweep_sha256: str | None = None

    @property
    def is_discovery(self) -> bool:
        """True if it says where the outcome is reached, and not which inputs shift it."""
        return isinstance(self.found, Discovered)

    @property
    def outcomes(self) -> tuple[str, ...]:
        """The name of its outcome."""
        return (self.found.outcome,)

    def outcome(self, name: str | None = None) -> Outcome:
        """The outcome that it is of.

        Raises
        ------
        KeyError
            Another one is asked for.
        """
        if name not in (None, self.found.outcome):
            there_is = f"; there is {self.found.outcome}"
            raise KeyError(f"no outcome {name!r}{closest(str(name), self.outcomes) or there_is}")
        return find_outcomes(self.outcomes, self.scenario)[0]

    def label(self, path: str) -> str:
        """What people call what is varied; the path itself of what has no name."""
        place = find_place(self.scenario, path)
        return path if place is None else label_of(self.scenario, place.keys)

    def unit(self, path: str) -> str:
        """Unit of what is varied; empty where it has none."""
        place = find_place(self.scenario, path)
        return "" if place is None else unit_of(self.scenario, place)

    def rows(self) -> Iterator[Row]:
        """One row an input, the largest delta first; of a discovery one row a limit of a box."""
        if isinstance(self.found, GivenData):
            return _input_rows(self.found)
        return _limit_rows(self.found)

    def table(self) -> pd.DataFrame:
        """Its rows as a data frame; see docs/results.md for columns."""
        return cast("pd.DataFrame", pa.Table.from_pylist(list(self.rows())).to_pandas())

    def save(self, folder: str | Path, overwrite: bool = False) -> None:
        """Write a folder, completely or not at all; `sim.load_sweep_analysis` opens it.

        Parameters
        ----------
        folder : str or Path
            Must not exist, unless `overwrite`.
        overwrite : bool
            Replace an earlier analysis of a sweep.

        Raises
        ------
        ResultsError
            The folder is taken, or no folder can have that path.
        OSError
            The disk is full, read-only or failed; nothing is left behind.
        """
        from sim.report.stored_sweep import sweep_analysis_texts
        from sim.studies.sensitivity.stored import write_sweep_analysis

        with atomic_folder(folder, overwrite, SWEEP_ANALYSIS) as part:
            write_sweep_analysis(self, part, sweep_analysis_texts(self))

    def _repr_html_(self) -> str:
        """What `willing sensitivity SWEEP` prints, for notebooks."""
        from sim.report.stored_sweep import sweep_analysis_html

        return sweep_analysis_html(self)

    def __repr__(self) -> str:
        title = cut(self.scenario.title, LONGEST_NAME) or "untitled"
        found = self.found
        what = (
            f"at least {found.at_least:g}"
            if isinstance(found, Discovered)
            else counted(len(found.inputs), "input")
        )
        points = counted(found.n_points, "point")
        return f"<SweepAnalysis of {found.outcome} in {title!r}: {what}, {points}>"


def analyse_sweep(
    sweep: Sweep | str | Path,
    outcome: str | None = None,
    *,
    discover: bool = False,
    at_least: float | None = None,
) -> SweepAnalysis:
    """What the points of a sweep tell of an outcome, without any run.

    Parameters
    ----------
    sweep : Sweep, or str or Path
        A sweep, or the folder of a stored one.
    outcome : str, optional
        One of the sweep's; its first by default.
    discover : bool
        Say in which part of the ranges the outcome is reached, and not which inputs shift it.
    at_least : float, optional
        With `discover`: what a point must reach; 0.5 of a chance by default.

    Returns
    -------
    SweepAnalysis
        See `sim.studies.sensitivity.given_data` and `sim.studies.sensitivity.discovery` for what
        is in it.

    Raises
    ------
    GivenDataError
        There are too few points, they are all alike, or `at_least` is needed.
    KeyError
        The sweep has no such outcome.
    ImportError
        For `discover` the EMA Workbench is missing.
    ResultsError
        There is no sweep in the folder, or a file of it is damaged.
    ValueError
        `at_least` is given without `discover`.

    Examples
    --------
    >>> import sim
    >>> vary = {"conditions.us_backing.level": {"range": [0.1, 0.9]}}
    >>> swept = sim.sweep("paris_2025", vary, design="lhs", points=60, runs=8, outcomes=["size"])
    >>> found = sim.analyse_sweep(swept)
    >>> found
    <SweepAnalysis of size in 'Paris, the week of 10 March 2025': 1 input, 60 points>
    >>> list(found.table().columns[:4])
    ['input', 'delta', 'delta.low', 'delta.high']
    """
    if at_least is not None and not discover:
        raise ValueError("at_least: it goes with discover=True")
    name, checksum = "", None
    if not isinstance(sweep, Sweep):
        place = expanded(sweep).resolve()
        sweep, name = load_sweep(sweep), place.name
        if (place / MARKER).is_file():
            checksum = fingerprint(place / MARKER)["sha256"]
    found = discovered(sweep, outcome, at_least) if discover else given_data(sweep, outcome)
    bar = "" if at_least is None else f", at_least={at_least!r}"
    asked = f"{found.outcome!r}{', discover=True' * discover}{bar}"
    command = f"sim.analyse_sweep({repr(name) if name else '...'}, {asked})"
    return SweepAnalysis(sweep.study.scenario, sweep.study.seed, found, command, name, checksum)


def _input_rows(found: GivenData) -> Iterator[Row]:
    for each in found.inputs:
        row: Row = {"input": each.path}
        for name, interval in (("delta", each.delta), ("pawn", each.pawn)):
            row |= _cells(name, interval) | {f"{name}_without": getattr(each, f"{name}_without")}
        yield row | {"p_value": each.p_value} | _cells("lead", each.lead)


def _limit_rows(found: Discovered) -> Iterator[Row]:
    """Of a box without limits, the whole of the ranges, there is one row without a path."""
    boxes: list[tuple[str, Box]] = [("prim", found.box), ("prim, by the other half", found.again)]
    boxes += [(f"tree {number}", leaf) for number, leaf in enumerate(found.leaves, 1)]
    for name, box in boxes:
        for path, low, high, _ in box.limits or ((None, None, None, ()),):
            row: Row = {"box": name, "input": path, "above": low, "below": high}
            yield row | _cells("density", box.density) | _cells("coverage", box.coverage)


def _cells(name: str, of: Interval | Chance | None) -> Row:
    """An estimate and the ends of its interval as cells of three columns."""
    ends: tuple[Any, ...] = (None, None, None)
    if isinstance(of, Chance):
        ends = (of.chance, of.low, of.high)
    elif of is not None:
        ends = tuple(map(float, of))
    return dict(zip((name, f"{name}.low", f"{name}.high"), ends, strict=True))
