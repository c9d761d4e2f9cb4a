"""``willing export``: the tables of a stored result as CSV files or an Excel workbook."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from sim.cli.errors import Failure, WrongInput, reason_of
from sim.cli.options import Choice, PathArgument
from sim.cli.stdout import say, say_json
from sim.results.format import counted
from sim.store.files import opened
from sim.store.folder import absolute, ensure_folder, expanded, leaving_none_empty
from sim.store.kinds import RESULT
from sim.store.open import kind_in

EPILOG = """\b
Examples:
  willing export results/paris_2025 --to csv
  willing export results/paris_2025 --to xlsx --inputs --out paris.xlsx
  willing export results/sweep_paris_2025 --to csv --table points --out .
"""

JSON_SCHEMA = "willing.export/1"


@click.command(epilog=EPILOG)
@click.argument("result", type=PathArgument())
@click.option(
    "--to",
    "form",
    type=Choice(["csv", "xlsx"]),
    required=True,
    help="CSV files, one a table, or one Excel workbook with a sheet a table (needs the extra "
    "excel).",
)
@click.option(
    "--table",
    "names",
    multiple=True,
    metavar="NAME",
    help="Write this table only; may be given many times.  [default: all]",
)
@click.option(
    "--inputs",
    is_flag=True,
    help="Add what was drawn for each run to the tables of runs and nations of `willing run`: "
    "climate, dispositions, support, costs, stages at the start, and every drawn number.",
)
@click.option(
    "--out",
    type=PathArgument(".xlsx"),
    metavar="PATH",
    help="Folder of the CSV files, or workbook, to write.  [default: RESULT_csv or RESULT.xlsx]",
)
@click.option("--force", is_flag=True, help="Replace files that are there.")
@click.option("--json", "as_json", is_flag=True, help="Print what was written as one JSON object.")
@click.option("--quiet", is_flag=True, help="Print no list of files.")
def export(result: str, names: tuple[str, ...], **options: Any) -> None:
    """Write the tables of RESULT, a folder that `willing run` or another command wrote.

    Nothing is simulated. `willing run` and `forecast` give the tables runs, nations, days and
    stages; `sweep` gives points, one row a point with all that was varied and found; `compare`
    gives outcomes, nations and days; `trace` gives events, days and hazards. Results of
    `sensitivity`, `keystone`, `tipping`, `calibrate` and `backtest` give tables of their own.
    """
    # Here, so that help and completion load nothing heavy.
    from sim.store.flat_files import write_csv, write_xlsx
    from sim.studies.flat_tables import chosen_tables, flat_tables

    form, inputs, out = options["form"], options["inputs"], options["out"]
    source = expanded(result)
    if inputs and source.is_dir() and kind_in(source) != RESULT:
        raise WrongInput("--inputs: it is for a result of willing run, which holds single runs")
    tables = chosen_tables(flat_tables(result, inputs), names)
    whole = source.resolve()
    target = expanded(out) if out else whole.with_name(f"{whole.name}{ENDINGS[form]}")
    files = [target / f"{table.name}.csv" for table in tables] if form == "csv" else [target]
    _check_target(result, target, files, options["force"])
    try:
        with leaving_none_empty(target if form == "csv" else target.parent):
            if form == "csv":
                write_csv(tables, ensure_folder(target))
            else:
                ensure_folder(target.absolute().parent)
                write_xlsx(tables, target)
    except ImportError as error:
        raise WrongInput(f"--to xlsx: {error}") from error
    except OSError as error:
        raise Failure(f"{reason_of(error, str(target))}; nothing was written") from error
    shown = target if out else source.with_name(target.name) if source.name else target
    sizes = {table.name: table.n_rows for table in tables}
    if options["as_json"]:
        found = {"schema": JSON_SCHEMA, "out": shown.as_posix(), "tables": sizes}
        say_json(json.dumps(found, indent=2, ensure_ascii=False))
    elif not options["quiet"]:
        for name, n_rows in sizes.items():
            place = shown / f"{name}.csv" if form == "csv" else f"{shown}, sheet {name}"
            say(f"{place}: {counted(n_rows, 'row')}")


ENDINGS = {"csv": "_csv", "xlsx": ".xlsx"}
"""What the name of a result gets at its end, for what is exported of it."""


def _check_target(result: str, target: Path, files: list[Path], force: bool) -> None:
    """Refuse to mix files with those of a result, or to replace what is there."""
    place = absolute(target)
    if expanded(result).resolve() in (place, *place.parents):
        raise WrongInput(f"--out: {target} is in the result, which holds nothing but its own files")
    folders = [file for file in files if file.is_dir()]
    if folders:
        raise WrongInput(f"{folders[0]} is a folder; choose another name (--out)")
    is_workbook = files == [target]
    if is_workbook and target.suffix.lower() != ".xlsx":
        raise WrongInput(f"--out: the name of a workbook ends in .xlsx, and {target} does not")
    if not is_workbook and (target.name == "-" or target.suffix.lower() in (".csv", ".xlsx")):
        raise WrongInput(
            f"--out: with --to csv it is a folder for the tables, and {target} is none"
        )
    taken = [file for file in files if file.exists()]
    if taken and not force:
        raise WrongInput(
            f"{taken[0]} is there already; choose another place or replace it (--force)"
        )
    if taken and is_workbook:
        with suppress(OSError), opened(target) as stream:  # it begins as workbooks do
            if stream.read(2) == b"PK":
                return
        raise WrongInput(f"{target} is no workbook, and is not replaced; choose another name")
