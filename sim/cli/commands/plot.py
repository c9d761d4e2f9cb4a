"""``willing plot``: figures from a stored result."""

from __future__ import annotations

import json
from datetime import date, timedelta
from math import isnan
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from sim.cli.errors import Failure, WrongInput, reason_of
from sim.cli.options import OneOf, PathArgument, WholeNumber
from sim.cli.progress import Progress
from sim.cli.signals import exit_status
from sim.plots.catalogue import FIGURES, WRITTEN_BY, figures_of, suits
from sim.results.format import LONGEST_NAME, cut
from sim.scenario.files.suggestions import suggestion

if TYPE_CHECKING:
    from sim.plots.files import Attempt, Order
    from sim.results.ensemble import Ensemble
    from sim.scenario.schema import Scenario
    from sim.studies.compare.comparison import Comparison
    from sim.studies.sweep.result import Sweep

EPILOG = """\b
Examples:
  willing plot results/paris_2025
  willing plot results/paris_2025 --kind tile_map --day 2025-06-01 --format svg --format pdf
  willing plot results/sweep_paris_2025 --outcome size
"""

JSON_SCHEMA = "willing.figures/1"
MOST_PIXELS = 200e6

STORED = ("Ensemble", "Comparison", "Sweep")
"""Results that this command draws; a trace is drawn as it is made."""

KINDS_HELP = "\n\n".join(
    f"\b\nOf what `{WRITTEN_BY[of]}` wrote:\n"
    + "\n".join(f"  {name:<17} {FIGURES[name].shows}" for name in figures_of(of))
    for of in STORED
)

OPTIONS = MappingProxyType(
    {
        "days": ("--day", ("day", "days")),
        "window": ("--window", ("window",)),
        "outcome": ("--outcome", ("outcome",)),
        "across": ("--across", ("across",)),
        "by": ("--by", ("by", "up")),
    }
)
"""Options that some figures take, and what their functions call them."""


def owners(option: str) -> tuple[str, ...]:
    """Names of the figures that take an option."""
    names = set(OPTIONS[option][1])
    return tuple(name for name, kind in FIGURES.items() if names & set(kind.options))


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
@click.argument("result", type=PathArgument())
@click.option(
    "--kind",
    "kinds",
    type=OneOf([kind for of in STORED for kind in figures_of(of)]),
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
    type=PathArgument(),
    metavar="DIR",
    help="Folder to write into.  [default: figures/ in RESULT]",
)
@click.option("--force", is_flag=True, help="Replace figures in a folder given by --out.")
@click.option("--json", "as_json", is_flag=True, help="Print what was drawn as one JSON object.")
@click.option("--quiet", is_flag=True, help="Print no list of figures, notes or progress.")
def plot(result: str, **options: Any) -> None:
    """Draw figures from a stored result."""
    from sim.store.folder import expanded
    from sim.store.open import open_result

    _refuse_scenario(result)
    found = open_result(result)
    order = _order(found, options)
    own = expanded(result) / "figures"
    folder = own if options["out"] is None else expanded(options["out"])
    target = Target(
        *(folder, options["out"] is None),
        *(options["force"], options["as_json"], options["quiet"]),
    )
    kinds = order.kinds or ()
    _make_folder(target, order)
    done, stop = _draw(found, order, target)
    _tell(done, target)
    drawn = {attempt.kind for attempt in done if attempt.reason is None}
    if stop is not None:
        click.echo(_kept(len(drawn), len(kinds), target.folder), err=True)
        click.get_current_context().exit(exit_status(stop))
    if any(attempt.is_fault for attempt in done):
        click.get_current_context().exit(1)
    is_missed = any(not drawn & set(owners(name)) for name in _given(options))
    if len(drawn) < len(done) and (options["kinds"] or not drawn or is_missed):
        click.get_current_context().exit(2)


def _refuse_scenario(result: str) -> None:
    """Say what to do to whoever asks for figures of a scenario instead of a result."""
    from sim.scenario.files.catalogue import shipped_scenarios

    if Path(result).exists() or result not in shipped_scenarios():
        return
    place = Path("results") / Path(result).name
    if place.is_dir():
        raise WrongInput(f"{result} is a scenario; its result is {place}")
    raise WrongInput(f"{result} is a scenario, not a result; run it first: willing run {result}")


def _order(found: Ensemble | Comparison | Sweep, options: dict[str, Any]) -> Order:
    """What to draw and how.

    Raises
    ------
    WrongInput
        A kind is of another kind of result, or an option is for none of those to draw.
    """
    from sim.plots.files import Order, theme_of

    kinds = _kinds(found, options)
    arguments = _arguments(found, options)
    _check_files(options)
    return Order(
        kinds=kinds,
        formats=tuple(dict.fromkeys(options["formats"])),
        look=theme_of(options["dark"], options["width"], options["height"]),
        suffix="_dark" if options["dark"] else "",
        dpi=options["dpi"],
        options={
            kind: {name: arguments[name] for name in FIGURES[kind].options if name in arguments}
            for kind in kinds
        },
    )


def _kinds(found: Ensemble | Comparison | Sweep, options: dict[str, Any]) -> tuple[str, ...]:
    """Kinds to draw, each once; by default all, or of a sweep those that suit it."""
    of = type(found).__name__
    offered, asked = figures_of(of), tuple(dict.fromkeys(options["kinds"]))
    for kind in asked:
        if kind not in offered:
            raise WrongInput(
                f"--kind: {kind} is not drawn of what `{WRITTEN_BY[of]}` wrote; there are "
                f"{', '.join(offered)}"
            )
    for name in _given(options):
        if not set(owners(name)) & set(offered):
            raise WrongInput(
                f"{OPTIONS[name][0]}: no figure of what `{WRITTEN_BY[of]}` wrote takes it; it is "
                f"for {', '.join(owners(name))}"
            )
    kinds = asked or offered
    if of == "Sweep" and not asked:
        kinds = suits(found) or ("outcome_lines",)  # type: ignore[arg-type]  # which says why
    if of == "Ensemble" and len(options["days"]) > 1:
        if "tile_map" in asked:
            raise WrongInput("--day: tile_map shows one day; tile_maps shows several")
        kinds = tuple(kind for kind in kinds if kind != "tile_map")
    for name in _given(options):
        if not set(owners(name)) & set(kinds):
            taken = f"none of {', '.join(kinds)} takes it"
            taken = taken if len(kinds) > 1 else f"{kinds[0]} does not take it"
            raise WrongInput(f"{OPTIONS[name][0]}: {taken}; it is for {', '.join(owners(name))}")
    return kinds


def _given(options: dict[str, Any]) -> list[str]:
    """Options of some figures that are given."""
    return [name for name in OPTIONS if options[name] not in (None, ())]


def _arguments(found: Any, options: dict[str, Any]) -> dict[str, Any]:
    """Arguments of figures by the name that their functions have for them."""
    is_sweep = type(found).__name__ == "Sweep"
    if is_sweep:
        _check_sweep(found, options)
    given = {
        name: options[option]
        for option, (_, names) in OPTIONS.items()
        for name in names
        if option != "days" and options[option] is not None
    }
    if options["days"]:
        scenario = found.study.scenario if is_sweep else found.scenario
        days = [_day(scenario, text) for text in options["days"]]
        given |= {"day": days[0], "days": days}
    return given


def _check_sweep(sweep: Sweep, options: dict[str, Any]) -> None:
    """Refuse an outcome, a path or days that the sweep does not have."""
    known = {"outcome": sweep.outcomes, "across": sweep.paths, "by": sweep.paths}
    for name, names in known.items():
        asked = options[name]
        if asked is not None and asked not in names:
            shown = cut(asked, LONGEST_NAME)
            raise WrongInput(f"--{name}: it has no {shown!r}{suggestion(asked, names)}")
    across, by = options["across"], options["by"]
    if across is not None and across == by:
        raise WrongInput(f"--by: {by!r} runs across already; choose another, or leave one of them")
    if len(options["days"]) > 1:
        raise WrongInput("--day: a figure of a sweep shows one day")
    kept = (*sweep.study.days, sweep.study.scenario.days)
    for text in options["days"]:
        if _day(sweep.study.scenario, text) not in kept:
            there_are = ", ".join(map(str, kept))
            raise WrongInput(f"--day: {text!r} was not kept; there are {there_are}")


def _day(scenario: Scenario, text: str) -> int:
    """A day of the run out of its number or its date."""
    start, last = scenario.start, scenario.days
    allowed = f"a day from 0 to {last}"
    if start is not None:
        allowed += f" or a date from {start} to {start + timedelta(last)}"
    try:
        if start is not None and "-" in text[1:]:
            day = (date.fromisoformat(text) - start).days
        else:
            day = int(text)
    except ValueError:
        day = -1
    if not 0 <= day <= last:
        raise WrongInput(f"--day: {text!r} must be {allowed}")
    return day


def _check_files(options: dict[str, Any]) -> None:
    """Refuse options of files that no file is written with, and a PNG too large for memory."""
    if options["dpi"] is not None and "png" not in options["formats"]:
        raise WrongInput("--dpi: it is for PNG files, and --format asks for none")
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


def _make_folder(target: Target, order: Order) -> None:
    """Make the folder; refuse to replace figures that may not be this result's."""
    from sim.plots.files import file_names
    from sim.store.folder import ensure_folder

    folder = ensure_folder(target.folder)
    if target.is_own or target.overwrite:
        return
    names = [name for kind in order.kinds or () for name in file_names(order, kind)]
    taken = [name for name in names if (folder / name).exists()]
    if taken:
        raise WrongInput(
            f"{target.folder} holds {', '.join(taken[:3])}{' ...' if len(taken) > 3 else ''} "
            "already; choose another folder or overwrite (--force)"
        )


def _draw(
    found: Ensemble | Comparison | Sweep, order: Order, target: Target
) -> tuple[list[Attempt], KeyboardInterrupt | None]:
    """What was drawn, and what stopped it before the last figure, if anything did."""
    from sim.plots.files import draw_each

    done: list[Attempt] = []
    kinds = order.kinds or ()
    progress = Progress(target.quiet, unit="figures")
    try:
        progress(0, len(kinds))
        for attempt in draw_each(found, target.folder, order):
            done.append(attempt)
            progress(len(done), len(kinds))
    except KeyboardInterrupt as stop:
        return done, stop
    except OSError as error:
        progress.close()
        n_drawn = sum(attempt.reason is None for attempt in done)
        kept = _kept(n_drawn, len(kinds), target.folder)
        raise Failure(f"{reason_of(error)}. {kept}") from error
    finally:
        progress.close()
    return done, None


def _tell(done: list[Attempt], target: Target) -> None:
    """Print what was drawn, and on standard error what was not and why."""
    files = [name for attempt in done for name in attempt.files]
    if target.as_json:
        reasons = {attempt.kind: attempt.reason for attempt in done if attempt.reason is not None}
        place = {"schema": JSON_SCHEMA, "out": target.folder.as_posix()}
        report = {**place, "figures": files, "not_drawn": reasons}
        click.echo(json.dumps(report, indent=2, ensure_ascii=False))
    elif not target.quiet:
        for name in files:
            click.echo(target.folder / name)
    for attempt in done:
        if attempt.note and (attempt.is_fault or not target.quiet):
            click.echo(attempt.note, err=True)


def _kept(n_drawn: int, n_asked: int, folder: Path) -> str:
    if n_drawn == 0:
        return "Stopped; no figure was drawn."
    return f"Stopped: {n_drawn} of {n_asked} figures were drawn, and are kept in {folder}."
