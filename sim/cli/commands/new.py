"""``willing new``: a scenario file to start from."""

from __future__ import annotations

import shlex

import click

from sim.cli.errors import WrongInput
from sim.cli.options import Filled, PathArgument, ScenarioArgument
from sim.cli.program import program
from sim.cli.stdout import say
from sim.store.folder import absolute, expanded, write_atomically

STANDARD_OUTPUT = "-"


@click.command(
    name="new",
    epilog="""\b
Examples:
  willing new
  willing new backed.yaml --base paris_2025 --title "Paris, with more backing"
""",
)
@click.argument("file", type=PathArgument(".yaml", ".yml"), default="scenario.yaml")
@click.option(
    "--base",
    type=ScenarioArgument(),
    metavar="SCENARIO",
    help="Write a variant of this scenario, a file or a shipped one by name.",
)
@click.option("--title", type=Filled(), metavar="TEXT", help="Title of the scenario.")
@click.option("--force", is_flag=True, help="Replace a scenario that is there.")
@click.option("--quiet", is_flag=True, help="Do not say what to do next.")
def new(file: str, base: str | None, title: str | None, force: bool, quiet: bool) -> None:
    """Write a commented scenario to FILE, to start from. FILE is scenario.yaml if not given.

    It runs as it is, and every number in it is an example. With - for FILE it goes to standard
    output.
    """
    # Here, so that help and completion load nothing heavy.
    from sim.cli.scenario_text import is_other_file, starter, variant
    from sim.scenario.load import scenario_from_dict

    place = expanded(file)
    if file != STANDARD_OUTPUT:
        target = absolute(file)
        if not target.parent.exists():
            raise WrongInput(f"cannot write {file}: there is no folder {target.parent}")
        if target.is_file() and not force:
            raise WrongInput(
                f"{file} is there already; choose another name or replace it (--force)"
            )
        if target.is_file() and target.stat().st_size > 0 and is_other_file(target):
            raise WrongInput(f"{file} is no scenario, and is not replaced; choose another name")
    if title is not None:  # refused if no scenario may have it
        scenario_from_dict({"title": title, "days": 1, "nations": ["A"]})
    text = starter(title) if base is None else variant(base, place, title)
    if file == STANDARD_OUTPUT:
        say(text, nl=False)
        return
    write_atomically(file, text)
    if not quiet:
        name, schema = shlex.quote(file), shlex.quote(str(place.with_name("scenario.schema.json")))
        say(
            f"Written to {file}. Next:\n"
            f"  {program()} check {name}\n"
            f"  {program()} run {name}\n"
            f"  {program()} schema --out {schema}   for an editor that checks as you type"
        )
