"""``willing schema``: the JSON Schema of scenario files."""

from __future__ import annotations

import json
from contextlib import suppress

import click

from sim.cli.errors import WrongInput
from sim.cli.options import PathArgument
from sim.cli.stdout import say
from sim.store.files import text_of
from sim.store.folder import expanded, write_atomically


@click.command(
    name="schema",
    epilog="""\b
Example:
  willing schema --out scenario.schema.json
""",
)
@click.option(
    "--out",
    type=PathArgument(".json"),
    metavar="FILE",
    help="File to write to, instead of the terminal.",
)
def schema(out: str | None) -> None:
    """Print the JSON Schema of scenario files, with which an editor checks and completes them.

    Editors with YAML support find it beside a scenario file that has this line:

    \b
      # yaml-language-server: $schema=scenario.schema.json
    """  # noqa: D301 (\b is Click's sign to keep lines as they are)
    from sim.scenario.jsonschema import scenario_json_schema  # heavy

    text = json.dumps(scenario_json_schema(), indent=2)
    if out is None:
        say(text)
    else:
        _check_replaceable(out)
        write_atomically(out, text + "\n")


def _check_replaceable(out: str) -> None:
    """Refuse a file that holds something else than a JSON Schema."""
    place, found = expanded(out), None
    try:
        if not place.is_file() or place.stat().st_size == 0:
            return
    except OSError:  # a path that cannot be: who writes says why
        return
    with suppress(OSError, ValueError, RecursionError):
        found = json.loads(text_of(place))
    if not (isinstance(found, dict) and "$schema" in found):
        raise WrongInput(f"{out} is no JSON Schema, and is not replaced; choose another name")
