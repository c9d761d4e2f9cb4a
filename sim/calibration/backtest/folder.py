"""A back-test on disk: what is forecast, one part a fit, and tables.

backtest.json     histories, parameters and options, with the versions that began it
parts/            part-000000.parquet and so on: the parameters fitted without a coalition
scores.csv        one row a method, coalition and standing
chances.csv       one row a coalition, standing and nation
reliability.csv   one row a standing and bin of chances, of the model
coalitions.csv    one row a coalition
provenance.json   written last

`docs/results.md` describes the columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pyarrow as pa

from sim.calibration.backtest.leave_one_out import LeaveOneOut
from sim.calibration.backtest.reliability import Bin, Reliability
from sim.calibration.backtest.result import Backtest, Forecast, LeftOut
from sim.calibration.backtest.scoreboard import COLUMNS, Scoreboard, lines_of, score_rows
from sim.calibration.calibrate import record_digest
from sim.calibration.replay import Calendar
from sim.core.layout import Reals
from sim.store.code import MADE_BY
from sim.store.csv_files import csv_rows, csv_text
from sim.store.folder import MARKER, PARTS, ResultsError, expanded, reading
from sim.store.kinds import BACKTEST
from sim.store.manifest import (
    HISTORIES,
    NUMBER,
    Fields,
    check_files,
    is_real,
    read_manifest,
    versions,
)
from sim.store.parquet import Most, parquet_bytes, stored_table
from sim.store.parts import PartsFolder
from sim.store.plans import plan_difference, plan_in, plan_text

PLAN = str(BACKTEST.plan)

TABLES = ("scores.csv", "chances.csv", "reliability.csv", "coalitions.csv")

OF_A_CHANCE = ("coalition", "standing", "day", "nation", "joined")
"""Columns of `chances.csv` before those of the methods."""


class BacktestFolder(PartsFolder):
    """The folder of a back-test.

    Parameters
    ----------
    name : str or Path
        As it is called in messages.
    plan : LeaveOneOut
    command : str
        What made it.
    """

    def __init__(self, name: str | Path, plan: LeaveOneOut, command: str) -> None:
        self.told, self.what, self.command = plan_form(plan), plan, command
        super().__init__(name, BACKTEST, {PLAN: plan_text(self.told)}, len(plan.cases))

    def write(self, number: int, parameters: Reals) -> None:
        """Store a fit."""
        names = self.what.specification.names
        columns = [pa.array(names, pa.string()), pa.array(parameters, pa.float64())]
        table = pa.Table.from_arrays(columns, schema=self.schema(PARTS, number))
        self.write_part(number, {PARTS: parquet_bytes(table)})

    def fits(self) -> list[Reals]:
        """Parameters of every fit.

        Raises
        ------
        ResultsError
            A part is missing or damaged.
        """
        found = self.read_all(PARTS, list(range(self.n_parts)))
        return [table["value"].to_numpy() for table in found]

    def schema(self, table: str, number: int) -> pa.Schema:  # noqa: ARG002 (there is one table)
        """Columns of a fit, with the coalition that it leaves out."""
        columns = [("parameter", pa.string()), ("value", pa.float64())]
        return pa.schema(columns, metadata={"left_out": self.what.cases[number].name})

    def most(self, table: str, number: int) -> Most:  # noqa: ARG002 (all parts are alike)
        """The most that a fit may hold."""
        return Most(len(self.what.specification.names))

    def fields(self) -> dict[str, Any]:
        """Entries of the provenance."""
        return {
            "scenarios": self.told["histories"],
            "calendar": self.what.calendar,
            "standings": list(self.what.standings),
            "reported": self.told["reported"],
            "reliability": self.p_values,
            "seed": 0,
            "command": self.command,
        }

    p_values: Mapping[str, float] = {}
    """Of the reliability by standing, once there is a result."""

    def finish_with(self, found: Backtest) -> None:
        """Write the tables and the provenance of a result."""
        self.p_values = {name: each.p for name, each in found.reliability.items()}
        self.finish(tables_of(found))

    def difference(self) -> str:
        """How the plan of the folder differs from this one; empty if it does not."""
        words = {"histories": _other_histories}
        return plan_difference(self.place / PLAN, self.told, words)

    def begun_plan(self) -> list[str]:
        """Files of the back-test, whichever it is, that the folder holds."""
        if not plan_in(self.place / PLAN):
            return []
        return [PLAN, *(name for name in TABLES if (self.place / name).is_file())]


def plan_form(plan: LeaveOneOut) -> dict[str, Any]:
    """What decides the bytes of a back-test, as JSON has it."""
    return {
        MADE_BY: versions(BACKTEST.packages),
        "histories": [
            {
                "name": case.name,
                "title": case.history.scenario.title,
                "digest": case.history.scenario.digest,
                "record": record_digest(case.history),
            }
            for case in plan.cases
        ],
        "calendar": plan.calendar,
        "standings": list(plan.standings),
        "reported": plan.cases[0].reported,
        "parameters": [
            {"name": each.name, "mean": each.mean, "sd": each.sd, "moves": each.moves}
            for each in plan.specification.parameters
        ],
    }


def _other_histories(was: Any, has_become: Any) -> str | None:
    """How the histories of one plan differ from those of another."""
    if not isinstance(was, list):
        return None
    names = [
        ", ".join(str(each.get("name")) for each in some if isinstance(each, dict))
        for some in (was, has_become)
    ]
    if names[0] == names[1]:
        return "a history was changed"
    return f"histories were {names[0]} and are {names[1]}"


def tables_of(found: Backtest) -> dict[str, str]:
    """The tables of a back-test as texts, by name of file."""
    methods = found.scoreboard.methods
    chances = (
        [row.get(name, "") for name in (*OF_A_CHANCE, *methods)] for row in found.chance_rows()
    )
    bins = [[name, *each] for name, of in found.reliability.items() for each in of.bins]
    texts = (
        csv_text([COLUMNS, *score_rows(found.scoreboard.lines)]),
        csv_text([(*OF_A_CHANCE, *methods), *chances]),
        csv_text([("standing", *Bin._fields), *bins]),
        csv_text([LeftOut._fields, *found.coalitions]),
    )
    return dict(zip(TABLES, texts, strict=True))


def load_backtest(folder: str | Path, verify: bool = True) -> Backtest:
    """The back-test in a folder, as it was written.

    Parameters
    ----------
    folder : str or Path
    verify : bool
        Compare every file with its checksum.

    Raises
    ------
    ResultsError
        There is none in the folder, it is not finished, or a file of it is damaged.
    """
    place = expanded(folder)
    if (place / PLAN).is_file() and not (place / MARKER).is_file():
        raise ResultsError(
            f"{folder} holds a back-test that is not finished; the same command goes on with it"
        )
    with reading(folder):
        place, told = read_manifest(folder, BACKTEST, FIELDS, _files_listed)
        check_files(place, told["files"], verify)
        coalitions = tuple(
            LeftOut(
                row["name"],
                row["title"],
                row["digest"],
                row["record"],
                int(row["days"]),
                int(row["at_risk"]),
                int(row["public"]),
            )
            for row in csv_rows(place / "coalitions.csv")
        )
        bins: dict[str, list[Bin]] = {}
        for row in csv_rows(place / "reliability.csv"):
            numbers = {name: float(row[name]) for name in Bin._fields if name != "nations"}
            found = Bin(nations=int(row["nations"]), **numbers)
            bins.setdefault(row["standing"], []).append(found)
        return Backtest(
            coalitions,
            {each.name: _fit_in(place, number) for number, each in enumerate(coalitions)},
            tuple(_forecasts(csv_rows(place / "chances.csv"))),
            Scoreboard(lines_of(csv_rows(place / "scores.csv"))),
            {
                standing: Reliability(tuple(some), float(told["reliability"][standing]))
                for standing, some in bins.items()
            },
            told["calendar"],
            told["reported"],
            told["command"],
        )


def _files_listed(told: dict[str, Any]) -> list[str]:
    """Names of the files that a provenance must list."""
    parts = (f"{PARTS}/part-{number:06d}.parquet" for number in range(len(told["scenarios"])))
    return [PLAN, *TABLES, *parts]


def _fit_in(place: Path, number: int) -> dict[str, float]:
    with stored_table(place, f"{PARTS}/part-{number:06d}.parquet") as table:
        names, values = table["parameter"].to_pylist(), table["value"].to_pylist()
        return dict(zip(names, values, strict=True))


def _forecasts(rows: Sequence[Mapping[str, str]]) -> Iterator[Forecast]:
    """Forecasts, from rows with a nation each."""
    groups: dict[tuple[str, str], list[Mapping[str, str]]] = {}
    for row in rows:
        groups.setdefault((row["coalition"], row["standing"]), []).append(row)
    for (coalition, standing), some in groups.items():
        methods = [name for name in some[0] if name not in OF_A_CHANCE and some[0][name]]
        yield Forecast(
            coalition,
            standing,
            int(some[0]["day"]),
            tuple(row["nation"] for row in some),
            np.array([float(row["joined"]) for row in some]),
            {name: np.array([float(row[name]) for row in some]) for name in methods},
        )


def _is_chances(value: object) -> bool:
    return isinstance(value, dict) and all(map(is_real, value.values()))


FIELDS: Fields = {
    "scenarios": HISTORIES,
    "calendar": (lambda value: value in get_args(Calendar), ", ".join(get_args(Calendar))),
    "reported": NUMBER,
    "reliability": (_is_chances, "a mapping of standings to numbers"),
}
