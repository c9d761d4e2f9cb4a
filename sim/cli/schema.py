"""``willing schema``: the JSON Schema of scenario files."""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.command(
    name="schema",
    epilog="""\b
Example:
  willing schema --out scenario.schema.json

Then begin a scenario file with this line, for editors that check YAML:

\b
  # yaml-language-server: $schema=scenario.schema.json
""",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="File to write to, instead of the terminal.",
)
def schema(out: Path | None) -> None:
    """Print the JSON Schema of scenario files, with which an editor checks and completes them."""
    from sim.scenario.json_schema import scenario_json_schema

    text = json.dumps(scenario_json_schema(), indent=2)
    if out is None:
        click.echo(text)
    else:
        out.write_text(text + "\n", encoding="utf-8")
