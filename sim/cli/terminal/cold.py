"""What a command says before the wait of its first call ever, when the model is compiled."""

from __future__ import annotations

from types import MappingProxyType

import click

COMPILED_LAST = MappingProxyType({"batch": "simulate_block", "mesa": "*"})
"""Function whose machine code is there once all that an engine needs is. Mesa calls functions one
by one, and which of them comes last differs from scenario to scenario: any of them will do."""


def say_if_cold(engine: str, quiet: bool) -> None:
    """Explain the wait of the first call ever, when the model is compiled."""
    from sim.core.compiled import is_warm

    if not quiet and not is_warm(COMPILED_LAST[engine]):
        text = "Compiling the model, once for this version and computer: under a minute ..."
        click.echo(text, err=True)
