"""``willing plot``: figures from a stored result."""

from __future__ import annotations

import json
from math import isnan
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from sim.cli.drawn.kinds import (
    KINDS_HELP,
    SHOWS_OF,
    Stored,
    asked_kinds,
    options_by_kind,
    undrawn_options,
)
from sim.cli.main import exit_status, raise_if_stopped
from sim.cli.terminal.arguments import OneOf, Place, WholeNumber
from sim.cli.terminal.failures import Failure, WrongInput, reason_of
from sim.cli.terminal.progress import Progress

if TYPE_CHECKING:
    from sim.plots.gallery import Attempt, Order

EPILOG = """\b
Examples:
  willing plot results/paris_2025
  willing plot results/paris_2025 --kind tile_map --day 2025-06-01 --format svg --format pdf
  willing plot results/sweep_paris_2025 --outcome size
"""

JSON_SCHEMA = "willing.figures/1"
MOST_PIXELS = 200e6


class Inches(click.FloatRange):
    """A side of a figure."""

    name = "inches"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """The number, which lies in the range: nan does not, though it is neither below nor above.

        Raises
        ------
        click.BadParameter
        """
        found: float = super().convert(value, param, ctx)
        if isnan(found):
            self.fail(f"{value} must be from {self.min} to {self.max}", param, ctx)
        return found


class Target(NamedTuple):
    """Where figures go and how that is told."""

    folder: Path
    is_own: bool
    overwrite: bool
    as_json: bool
    quiet: bool


@click.command(
    epilog=EPILOG,
    help=f"""Draw figures from RESULT, a folder that `willing run`, `sweep` or `compare` wrote.

Nothing is simulated. Every kind that the result can show is drawn, or those asked for.

{KINDS_HELP}
""",
)
@click.argument("result", type=Place())
@click.option(
    "--kind",
    "kinds",
    type=OneOf([kind for shows in SHOWS_OF.values() for kind in shows]),
    multiple=True,
    metavar="KIND",
    help="Draw this kind; may be given many times.  [default: all]",
)
@click.option(
    "--format",
    "formats",
    type=OneOf(["png", "svg", "pdf"]),
    multiple=True,
    default=("png",),
    show_default=True,
    help="Write this format; may be given many times.",
)
@click.option("--dark", is_flag=True, help="Draw light on dark, for slides (files NAME_dark).")
@click.option("--width", type=Inches(3.5, 40), metavar="INCHES", help="Width of every figure.")
@click.option("--height", type=Inches(3.5, 60), metavar="INCHES", help="Height of every figure.")
@click.option(
    "--dpi",
    type=WholeNumber(40, 1200),
    metavar="N",
    help="Dots an inch, of PNG files.  [default: 150]",
)
@click.option(
    "--day",
    "days",
    multiple=True,
    metavar="DAY",
    help="Day of the map or of size_strip, a number or a date; for tile_maps given many times.",
)
@click.option(
    "--window",
    type=WholeNumber(1, 36_500),
    metavar="DAYS",
    help="How soon is soon after, for influence.  [default: 14]",
)
@click.option("--outcome", metavar="NAME", help="Outcome of a sweep.  [default: success, or size]")
@click.option("--across", metavar="PATH", help="Of what was varied in a sweep, what runs across.")
@click.option(
    "--by", metavar="PATH", help="The other: up a map, one line or one panel for each value."
)
@click.option(
    "--out",
    type=Place(),
    metavar="DIR",
    help="Folder to write into.  [default: figures/ in RESULT]",
)
@click.option("--force", is_flag=True, help="Replace figures in a folder given by --out.")
@click.option("--json", "as_json", is_flag=True, help="Print what was drawn as one JSON object.")
@click.option("--quiet", is_flag=True, help="Print no list of figures, notes or progress.")
def plot(result: str, **options: Any) -> None:
    """Draw figures from a stored result."""
    from sim.store.folder import expanded

    _say_if_not_run(result)
    stored = _stored(result)
    order = _order(stored, options)
    own = expanded(result) / "figures"
    folder = own if options["out"] is None else expanded(options["out"])
    target = Target(
        *(folder, options["out"] is None),
        *(options["force"], options["as_json"], options["quiet"]),
    )
    _make_folder(target, order)
    done, stop = _draw(stored, order, target)
    missing = [attempt for attempt in done if attempt.reason is not None]
    _tell(done, target)
    if stop is not None:
        n_drawn = len(done) - len(missing)
        click.echo(_kept(n_drawn, len(order.kinds), target.folder), err=True)
        click.get_current_context().exit(exit_status(stop))
    drawn = [attempt.kind for attempt in done if attempt.reason is None]
    if missing and (options["kinds"] or not drawn or undrawn_options(drawn, options)):
        click.get_current_context().exit(2)


def _say_if_not_run(result: str) -> None:
    """Say what to do to whoever asks for figures of a scenario instead of a result."""
    from sim.scenario.files.catalogue import shipped_scenarios

    if Path(result).exists() or result not in shipped_scenarios():
        return
    place = Path("results") / Path(result).name
    if place.is_dir():
        raise WrongInput(f"{result} is a scenario; its result is {place}")
    raise WrongInput(f"{result} is a scenario, not a result; run it first: willing run {result}")


def _stored(result: str) -> Stored:
    """What the folder holds.

    Raises
    ------
    ResultsError
        There is none, or it holds nothing that figures are drawn of.
    """
    from sim.studies.open import kind_in, opened

    found = opened(result)
    return Stored(kind_in(result) or "", found)


def _order(stored: Stored, options: dict[str, Any]) -> Order:
    from sim.plots.gallery import Order
    from sim.plots.style import DPI
    from sim.plots.theme import DARK, LIGHT

    look = (DARK if options["dark"] else LIGHT).sized(options["width"], options["height"])
    kinds, special = asked_kinds(stored, options), options_by_kind(stored, options)
    _check_files(options)
    dpi = DPI if options["dpi"] is None else options["dpi"]
    _check_pixels(options, dpi)
    return Order(
        kinds=kinds,
        formats=tuple(dict.fromkeys(options["formats"])),
        look=look,
        suffix="_dark" if options["dark"] else "",
        dpi=dpi,
        options=MappingProxyType(special),
    )


def _check_files(options: dict[str, Any]) -> None:
    """Refuse options of files that no file is written with.

    Raises
    ------
    WrongInput
    """
    if options["dpi"] is not None and "png" not in options["formats"]:
        raise WrongInput("--dpi: it is for PNG files, and --format asks for none")
    if options["force"] and options["out"] is None:
        raise WrongInput(
            "--force: it is for a folder given by --out; figures in the result itself are always "
            "replaced"
        )


def _check_pixels(options: dict[str, Any], dpi: int) -> None:
    """Refuse a PNG that takes more memory than there may be."""
    sides = (options["width"] or 8, options["height"] or 8)
    pixels = sides[0] * sides[1] * dpi**2
    if "png" in options["formats"] and pixels > MOST_PIXELS:
        raise WrongInput(
            f"--dpi: {dpi} makes {pixels / 1e6:,.0f} million pixels, and at most "
            f"{MOST_PIXELS / 1e6:,.0f} are drawn: ask for a smaller figure, or for --format pdf"
        )


def _make_folder(target: Target, order: Order) -> None:
    """Make the folder; refuse to replace figures that may not be this result's."""
    from sim.plots.gallery import file_names
    from sim.store.folder import ensure_folder

    folder = ensure_folder(target.folder)
    if target.is_own or target.overwrite:
        return
    names = [name for kind in order.kinds for name in file_names(order, kind)]
    taken = [name for name in names if (folder / name).exists()]
    if taken:
        raise WrongInput(
            f"{target.folder} holds {', '.join(taken[:3])}{' ...' if len(taken) > 3 else ''} "
            "already; choose another folder or overwrite (--force)"
        )


def _draw(
    stored: Stored, order: Order, target: Target
) -> tuple[list[Attempt], KeyboardInterrupt | None]:
    """What was drawn, and what stopped it before the last figure, if anything did."""
    from sim.plots.gallery import draw_each

    done: list[Attempt] = []
    progress = Progress(target.quiet, unit="figures")
    try:
        progress(0, len(order.kinds))
        for attempt in draw_each(stored.result, target.folder, order):
            done.append(attempt)
            progress(len(done), len(order.kinds))
            raise_if_stopped()
    except KeyboardInterrupt as stop:
        return done, stop
    except OSError as error:
        progress.close()
        n_drawn = sum(attempt.reason is None for attempt in done)
        kept = _kept(n_drawn, len(order.kinds), target.folder)
        raise Failure(f"{reason_of(error)}. {kept}") from error
    finally:
        progress.close()
    return done, None


def _tell(done: list[Attempt], target: Target) -> None:
    """Print what was drawn, and on standard error what was not and why."""
    files = [name for attempt in done for name in attempt.files]
    reasons = {attempt.kind: attempt.reason for attempt in done if attempt.reason is not None}
    if target.as_json:
        place = {"schema": JSON_SCHEMA, "out": target.folder.as_posix()}
        report = {**place, "figures": files, "not_drawn": reasons}
        click.echo(json.dumps(report, indent=2, ensure_ascii=False))
    elif not target.quiet:
        for name in files:
            click.echo(target.folder / name)
    if not target.quiet:
        for kind, reason in reasons.items():
            click.echo(f"Not drawn: {kind}: {reason}", err=True)


def _kept(n_drawn: int, n_asked: int, folder: Path) -> str:
    if n_drawn == 0:
        return "Stopped; no figure was drawn."
    return f"Stopped: {n_drawn} of {n_asked} figures were drawn, and are kept in {folder}."
