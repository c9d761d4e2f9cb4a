"""Figures that come with a result, which nothing that goes wrong in drawing may cost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

UNDRAWN = "willing.undrawn"
"""Entry of the command's context: whether anything went wrong in drawing."""


def draw_figures(result: object, folder: Path, *kinds: str, **options: Any) -> None:
    """Draw the figures that a result comes with; say in one line what went wrong with each.

    Parameters
    ----------
    result : Ensemble, Comparison, Sweep or Trace
    folder : Path
        Made if need be.
    *kinds : str
        Others instead, all with the same options.
    """
    from sim.plots.files import Order, draw_each

    folder.mkdir(parents=True, exist_ok=True)
    order = Order(kinds=kinds or None, options=dict.fromkeys(kinds, options))
    context = click.get_current_context()
    for attempt in draw_each(result, folder, order):
        context.meta[UNDRAWN] = context.meta.get(UNDRAWN, False) or attempt.is_fault
        if attempt.is_fault or attempt.missing:
            click.echo(attempt.note, err=True)


def exit_if_undrawn() -> None:
    """Exit status 1 where something went wrong in drawing, once all else is done."""
    context = click.get_current_context()
    if context.meta.get(UNDRAWN):
        context.exit(1)
