"""``willing report``: one page of stored results."""

from __future__ import annotations

import json
import os
from typing import Any

import click

from sim.cli.errors import WrongInput
from sim.cli.options import PathArgument
from sim.cli.stdout import say, say_json
from sim.cli.stored_result import refuse_no_result
from sim.store.folder import REPORT, expanded

EPILOG = """\b
Examples:
  willing report results/paris_2025
  willing report results/paris_2025 results/sweep_paris_2025 --out paris.html
"""

JSON_SCHEMA = "willing.report/1"


@click.command(epilog=EPILOG)
@click.argument("results", type=PathArgument(), nargs=-1, required=True, metavar="RESULT...")
@click.option(
    "--out",
    type=PathArgument(".html"),
    metavar="FILE",
    help=f"File to write.  [default: {REPORT} in the first RESULT]",
)
@click.option("--force", is_flag=True, help="Replace a file that is no page of this command.")
@click.option("--json", "as_json", is_flag=True, help="Print what was written as one JSON object.")
@click.option("--quiet", is_flag=True, help="Print no text.")
def report(results: tuple[str, ...], **options: Any) -> None:
    """Write one HTML page of every RESULT, a folder that another command wrote.

    The page stands by itself: no other file, no network. The first RESULT heads it and gives its
    assumptions; the others, such as comparisons, sweeps and traces, follow in sections of theirs.
    """
    # Here, so that help and completion load nothing heavy.
    from sim.pages.write import check_replaceable, write_report

    if options["out"] == "-":
        raise WrongInput("--out: - is standard output, and a file is needed")
    places = [os.path.realpath(expanded(result)) for result in results]
    for number, result in enumerate(results):
        refuse_no_result(result)
        if places[number] in places[:number]:
            raise WrongInput(f"{result} is given twice")
    file = expanded(options["out"] or f"{results[0]}/{REPORT}")
    check_replaceable(file, options["force"])
    write_report(list(results), file, options["force"])
    n_bytes = file.stat().st_size
    if options["as_json"]:
        found = {
            "schema": JSON_SCHEMA,
            "out": file.as_posix(),
            "bytes": n_bytes,
            "results": list(results),
        }
        say_json(json.dumps(found, indent=2, ensure_ascii=False))
    elif not options["quiet"]:
        say(f"Written to {file} ({n_bytes / 1000:,.0f} kB)")
