"""``willing plot``: figures from a stored result."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.cli.errors import Failure, WrongInput, exit_after, reason_of
from sim.cli.options import Choice, PathArgument, RealNumber, WholeNumber, number_option
from sim.cli.progress import Progress
from sim.cli.stdout import say, say_json
from sim.cli.stored_result import refuse_no_result
from sim.plots.catalogue import FIGURES, WRITTEN_BY, DrawingError, figures_of, leave_out_docstrings
from sim.plots.options import OPTIONS, choose_figures, figures_with
from sim.store.folder import ensure_folder, expanded, leaving_none_empty, own_folder
from sim.store.open import open_result

if TYPE_CHECKING:
    from sim.plots.files import Attempt

EPILOG = """\b
Examples:
  willing plot results/paris_2025
  willing plot results/paris_2025 --kind tile_map --day 2025-06-01 --format svg --format pdf
  willing plot results/sweep_paris_2025 --outcome size
"""

JSON_SCHEMA = "willing.figures/1"
MOST_PIXELS = 200e6

STORED = tuple(dict.fromkeys(kind.of for kind in FIGURES.values() if kind.of != "Trace"))
"""Results that this command draws; a trace is drawn as it is made."""

KINDS_HELP = "\n\n".join(
    f"\b\nFigures of `{WRITTEN_BY[of]}`:\n"
    + "\n".join(f"  {name:<19} {FIGURES[name].shows}" for name in figures_of(of))
    for of in STORED
)


@click.command(
    epilog=EPILOG,
    help=f"""Draw figures of RESULT, the folder of a stored result.

Nothing is simulated. By default every kind of figure that suits the result is drawn.

{KINDS_HELP}
""",
)
@click.argument("result", type=PathArgument())
@click.option(
    "--kind",
    "kinds",
    type=Choice(list(dict.fromkeys(kind for of in STORED for kind in figures_of(of)))),
    multiple=True,
    metavar="KIND",
    help="Draw this kind; may be given many times.  [default: all]",
)
@click.option(
    "--format",
    "formats",
    type=Choice(["png", "svg", "pdf"]),
    multiple=True,
    default=("png",),
    show_default=True,
    help="Write this format; may be given many times.",
)
@click.option("--dark", is_flag=True, help="Draw light on dark, for slides (files NAME_dark).")
@click.option(
    "--plain",
    is_flag=True,
    help="Leave out titles, small print and events, for journals (files NAME_plain).",
)
@click.option("--width", type=RealNumber(3.5, 40), metavar="INCHES", help="Width of every figure.")
@click.option(
    "--height", type=RealNumber(3.5, 60), metavar="INCHES", help="Height of every figure."
)
@number_option("--dpi", 40, 1200, "Dots per inch of PNG files.  [default: 150]")
@click.option(
    "--day",
    multiple=True,
    metavar="DAY",
    help="Day shown by tile_map or size_strip, a number or a date; for tile_maps, may be given "
    "many times.",
)
@click.option(
    "--window",
    type=WholeNumber(1, 36_500),
    metavar="DAYS",
    help="How many days count as soon after, for influence.  [default: 14]",
)
@click.option(
    "--top",
    type=WholeNumber(1, 100_000),
    metavar="N",
    help="Draw N nations or inputs only, of those that change most in nation_changes, or that come "
    "first.",
)
@click.option(
    "--outcome",
    metavar="NAME",
    help="Outcome of a sweep or an analysis.  [default: success, or the first]",
)
@click.option("--across", metavar="PATH", help="Varied path of a sweep on the horizontal axis.")
@click.option(
    "--by",
    metavar="PATH",
    help="Second varied path: the vertical axis of a map, else one line or panel for each value.",
)
@click.option(
    "--out",
    type=PathArgument(),
    metavar="DIR",
    help="Folder to write into.  [default: figures/ in RESULT]",
)
@click.option("--force", is_flag=True, help="Replace figures in a folder given by --out.")
@click.option("--json", "as_json", is_flag=True, help="Print what was drawn as one JSON object.")
@click.option("--quiet", is_flag=True, help="Print no list of figures, notes or progress.")
def plot(result: str, **options: Any) -> None:
    """Draw figures from a stored result."""
    # Here, so that help and completion load nothing heavy.
    from sim.plots.files import Order, draw_each, file_names, notes_on, theme_of

    refuse_no_result(result)
    leave_out_docstrings()
    found = open_result(result)
    given = {name: options[name] for name in OPTIONS if options[name] not in (None, ())}
    try:
        arguments = choose_figures(found, options["kinds"], given)
    except DrawingError as error:
        raise WrongInput(str(error)) from error
    order = Order(
        kinds=tuple(arguments),
        formats=tuple(dict.fromkeys(options["formats"])),
        look=theme_of(options["dark"], options["width"], options["height"], options["plain"]),
        suffix="_dark" * options["dark"] + "_plain" * options["plain"],
        dpi=options["dpi"],
        options=arguments,
    )
    folder = expanded(options["out"] or Path(result) / "figures")
    names = [name for kind in arguments for name in file_names(order, kind)]
    _check_files(options, names, folder)
    done: list[Attempt] = []
    stop: KeyboardInterrupt | None = None
    try:
        with (
            leaving_none_empty(folder),
            Progress(options["quiet"], unit="figures") as progress,
        ):
            ensure_folder(folder) if options["out"] else own_folder(folder)
            progress(0, len(arguments))
            for attempt in draw_each(found, folder, order):
                done.append(attempt)
                progress(len(done), len(arguments))
    except KeyboardInterrupt as raised:
        stop = raised
    except OSError as error:
        raise Failure(f"{reason_of(error)}. {_kept(done, len(arguments), folder)}") from error

    _print_files(done, folder, options["as_json"], options["quiet"])
    for note in notes_on([each for each in done if each.is_fault or not options["quiet"]]):
        say(note, err=True)
    if stop is not None:
        raise exit_after(stop, _kept(done, len(arguments), folder))
    drawn = {attempt.kind for attempt in done if attempt.reason is None}
    is_missed = any(not drawn & set(figures_with(option)) for option in given)
    if any(attempt.is_fault for attempt in done):
        click.get_current_context().exit(1)
    if len(drawn) < len(done) and (options["kinds"] or not drawn or is_missed):
        click.get_current_context().exit(2)


def _check_files(options: dict[str, Any], names: list[str], folder: Path) -> None:
    """Refuse options that no file takes, a PNG too large for memory, and files that are there."""
    if options["dpi"] is not None and "png" not in options["formats"]:
        raise WrongInput(
            "--dpi: it is for PNG files, and --format asks for none: add --format png, or leave "
            "out --dpi"
        )
    if options["force"] and options["out"] is None:
        raise WrongInput(
            "--force: it is for a folder given by --out; figures in the result itself are always "
            "replaced"
        )
    dpi = options["dpi"] or 150
    pixels = (options["width"] or 8) * (options["height"] or 8) * dpi**2
    if "png" in options["formats"] and pixels > MOST_PIXELS:
        raise WrongInput(
            f"--dpi: {dpi} makes {pixels / 1e6:,.0f} million pixels, and at most "
            f"{MOST_PIXELS / 1e6:,.0f} are drawn: ask for a smaller figure, or for --format pdf"
        )
    taken = [name for name in names if (folder / name).exists()]
    if taken and options["out"] and not options["force"]:
        raise WrongInput(
            f"{folder} holds {', '.join(taken[:3])}{' ...' if len(taken) > 3 else ''} "
            "already; choose another folder or overwrite (--force)"
        )


def _print_files(done: list[Attempt], folder: Path, as_json: bool, quiet: bool) -> None:
    """Print what was drawn, and as JSON also what was not and why."""
    files = [name for attempt in done for name in attempt.files]
    if as_json:
        reasons = {attempt.kind: attempt.reason for attempt in done if attempt.reason is not None}
        place = {"schema": JSON_SCHEMA, "out": folder.as_posix()}
        report = {**place, "figures": files, "not_drawn": reasons}
        say_json(json.dumps(report, indent=2, ensure_ascii=False))
    elif not quiet:
        for name in files:
            say(folder / name)


def _kept(done: list[Attempt], n_asked: int, folder: Path) -> str:
    n_drawn = sum(attempt.reason is None for attempt in done)
    if n_drawn == 0:
        return "Stopped; no figure was drawn."
    return f"Stopped: {n_drawn} of {n_asked} figures were drawn, and are kept in {folder}."
