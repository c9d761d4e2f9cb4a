"""What commands do with a result: store it, draw its figures, print it, say what was kept."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from sim.cli.errors import Failure, WrongInput, exit_after, readable, reason_of
from sim.cli.program import program
from sim.cli.signals import HungUp, stop_in_force
from sim.cli.stdout import say, say_json
from sim.core.compiling import COMPILING
from sim.report.blocks import Block
from sim.report.text import to_text
from sim.scenario.files.catalogue import shipped_scenarios
from sim.store.folder import (
    REPORT,
    ResultsError,
    atomic_folder,
    expanded,
    leaving_none_empty,
    own_folder,
)
from sim.store.kinds import Kind
from sim.store.repeats import difference, is_repeated_by, is_whole, n_runs_in

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario

Result = TypeVar("Result")


class Output(NamedTuple):
    """What kind of result a command stores, where, and how it prints it; see `output_options`."""

    kind: Kind
    folder: Path
    force: bool
    figures: bool
    as_json: bool
    quiet: bool
    unsaved: str = ""
    """Why no folder is written; empty if one is."""
    page: bool = False
    """Whether a page of the result is written into the folder."""

    @property
    def saves(self) -> bool:
        """True if a folder is written."""
        return not self.unsaved

    @property
    def kept_in(self) -> str:
        """Where finished runs are kept, as the end of a sentence."""
        if self.saves:
            return f", and are kept in {self.folder}"
        return f"; no folder is written ({self.unsaved})"


def output_of(kind: Kind, options: dict[str, Any], default: Path) -> Output:
    """What the options of a command say of its output.

    Raises
    ------
    WrongInput
        The folder is ``-``, which means standard output, where no folder can go, or a page is
        wanted and no folder is written.
    """
    if options["out"] == "-":
        raise WrongInput(
            "--out: - is standard output, and a folder is needed; write ./- for a folder of that "
            "name, or leave --out away and ask for --json"
        )
    COMPILING.is_quiet = options["quiet"]
    print_only = options.get("print_only", False)
    if print_only and options["out"] is not None:
        raise WrongInput("--print-only: it writes no folder, and --out asks for one")
    only_json = "--json without --out" if options["as_json"] and options["out"] is None else ""
    unsaved = "--print-only" if print_only else only_json
    if options.get("report") and unsaved:
        raise WrongInput(
            f"--report: the page goes into the folder of a result, and none is written ({unsaved})"
        )
    return Output(
        kind,
        expanded(options["out"] or default),
        options["force"],
        not options.get("no_figures", False),
        options["as_json"],
        options["quiet"],
        unsaved,
        options.get("report", False),
    )


def store(
    output: Output,
    write: Callable[[Path | None], tuple[Result, KeyboardInterrupt | None]],
    command: str,
    scenarios: Sequence[Scenario],
) -> tuple[Result, KeyboardInterrupt | None]:
    """Store a result; return it, and the stop that came until it was complete, if any.

    Parameters
    ----------
    output : Output
    write : callable of Path
        Runs the model and writes the result into a temporary folder, which is renamed once it is
        complete. The folder is made first, so that a place that cannot be written to is refused
        before any run. Signals are noted and do not raise, except where `write` lets them. It gets
        None if no folder is wanted.
    command : str
        What is recorded of the command: an earlier result of the same is replaced.
    scenarios : sequence of Scenario
        What it is of.

    Raises
    ------
    WrongInput
        The folder holds the result of another command.
    Failure
        The disk gave out.
    """
    answer = stop_in_force()
    answer.waits = True
    if not output.saves:
        result, stop = write(None)
        return result, stop or answer.noted
    place, kind = output.folder, output.kind
    is_repeat = not output.force and is_repeated_by(place, kind, command, scenarios)
    differs = "" if output.force or is_repeat else difference(place, kind, command, scenarios)
    if differs:
        advice = "choose another folder or overwrite it (--force)"
        raise WrongInput(f"{place} is there already: {differs}; {advice}")
    try:
        with atomic_folder(place, output.force or is_repeat, kind) as part:
            result, stop = write(part)
            if is_repeat and not is_repeated_by(place, kind, command, scenarios):
                raise WrongInput(f"{place} was changed meanwhile (--force replaces it)")
            if is_repeat and stop is not None and n_runs_in(part) < n_runs_in(place):
                there = "all" if is_whole(place) else "more"
                text = f"Stopped; the earlier result in {place}, which has {there} runs, is kept."
                raise exit_after(stop, text)
    except OSError as error:
        raise Failure(f"{reason_of(error, str(output.folder))}; nothing was kept") from error
    return result, stop or answer.noted


def finish(
    output: Output,
    *,
    draw: Callable[[Path], bool] | None,
    show: Callable[[], None],
    kept: str,
    stop: KeyboardInterrupt | None = None,
    failure: str | None = None,
) -> None:
    """Draw and print a stored result, then end the command; no error here loses the result.

    Parameters
    ----------
    output : Output
    draw : callable of Path, optional
        Draws into a folder, as `draw_figures` does, unless no figures are wanted.
    show : callable
        Prints.
    kept : str
        What is kept, said after a stop.
    stop : KeyboardInterrupt, optional
        What stopped the command before.
    failure : str, optional
        What failed before; printed last.

    Raises
    ------
    Failure
        It could not be printed, or failed before. After a stop only the stop is reported.
    click.exceptions.Exit
        The command was stopped, or something went wrong in drawing.
    """
    answer, is_right = stop_in_force(), True
    texts = [] if failure is None else [failure]
    try:
        answer.waits = False
        if draw is not None and output.figures and output.saves:
            is_right = draw(output.folder / "figures")
        if output.page:
            is_right = _write_page(output) and is_right
        if not isinstance(stop, HungUp):  # else there is nobody to read it
            show()
        answer.waits = True
    except KeyboardInterrupt as late:
        answer.waits = True
        stop = stop or late
    except OSError as error:
        answer.waits = True
        reason = f"it could not be printed: {reason_of(error, 'standard output')}"
        there = f"the {output.kind.noun} is in {output.folder}, but " if output.saves else ""
        texts.append(f"{there}{reason}")
    stop = stop or answer.noted
    if stop is not None:
        raise exit_after(stop, f"Stopped: {kept}")
    if texts:
        raise Failure("\n".join(texts))
    if not is_right:
        click.get_current_context().exit(1)


def nations_listed(asked: str | None, ids: Sequence[str]) -> tuple[str, ...] | None:
    """Nations that --nations asks for, of those that there are; None if it is not given.

    Raises
    ------
    WrongInput
        It names one that there is not.
    """
    from sim.report.ensemble import nations_asked  # heavy

    if asked is None:
        return None
    try:
        return nations_asked((name.strip() for name in asked.split(",")), ids)
    except ValueError as error:
        raise WrongInput(f"--nations: {error}") from error


def draw_figures(result: object, folder: Path, *kinds: str, **options: Any) -> bool:
    """Draw figures of a stored result; for each that fails, print a line that says why.

    Parameters
    ----------
    result : Ensemble, Comparison, Sweep or Trace
    folder : Path
        Made if need be.
    *kinds : str
        Kinds of figures, all with the same options; by default those that suit the result.

    Returns
    -------
    bool
        True if nothing went wrong.
    """
    from sim.plots.catalogue import leave_out_docstrings
    from sim.plots.files import Attempt, Order, draw_each, notes_on  # heavy

    leave_out_docstrings()
    said: list[Attempt] = []
    failed: list[str] = []
    order = Order(kinds=kinds or None, options=dict.fromkeys(kinds, options))
    try:
        with leaving_none_empty(folder):
            for attempt in draw_each(result, own_folder(folder), order):
                said += [attempt] * (attempt.is_fault or attempt.missing != "")
    except (OSError, ResultsError) as error:
        reason = reason_of(error) if isinstance(error, OSError) else error
        failed.append(f"Not drawn: {reason}")
    for note in (*notes_on(said), *failed):
        say(note, err=True)
    return not failed and not any(attempt.is_fault for attempt in said)


def _write_page(output: Output) -> bool:
    """Write the page of a stored result into its folder; if that fails, print a line that says why.

    Returns
    -------
    bool
        True if nothing went wrong.
    """
    from sim.pages.write import write_report  # heavy

    try:
        write_report(output.folder, output.folder / REPORT)
    except (OSError, ResultsError) as error:
        reason = reason_of(error) if isinstance(error, OSError) else error
        say(f"Not written: {REPORT}: {reason}", err=True)
        return False
    return True


def print_notes(notes: Iterable[str], quiet: bool) -> None:
    """Print the notes on a scenario to standard error, a line each."""
    for note in () if quiet else notes:
        say(f"Note: {note}", err=True)


def print_result(
    output: Output,
    blocks: Callable[[], list[Block]],
    as_dict: Callable[[], dict[str, Any]],
    *,
    has_more: bool = True,
) -> None:
    """Print a result, as text or as JSON, and where it is stored.

    Parameters
    ----------
    output : Output
    blocks : callable
        Makes the text.
    as_dict : callable
        Makes the JSON object.
    has_more : bool
        Whether there are more figures to draw.
    """
    figures = sorted(item.name for item in output.folder.glob("figures/*") if output.saves)
    has_page = output.saves and (output.folder / REPORT).is_file()
    if output.as_json:
        place = {"out": output.folder.as_posix(), "figures": figures} if output.saves else {}
        place |= {"report": REPORT} if has_page else {}
        found = {**as_dict(), **place}
        say_json(json.dumps(found, indent=2, ensure_ascii=False, allow_nan=False))
    elif not output.quiet:
        say(to_text(blocks()))
        if not output.saves:
            return
        names = [", ".join(figures[:-1]), *figures[-1:]] if len(figures) > 2 else figures
        drawn = f", with {' and '.join(names)} in figures/" if figures else ""
        say(f"\nWritten to {output.folder}{drawn}")
        if has_page:
            say(f"To read in a browser: {output.folder / REPORT}")
        if has_more:
            say(f"More figures: {program()} plot {shlex.quote(str(output.folder))}")


def command_line(*words: object, **options: Any) -> str:
    """A command without the paths of the machine it ran on, for provenance.

    Examples
    --------
    >>> command_line("run", "here/paris.yaml", runs=5, set=("days=9",))
    'willing run paris.yaml --runs 5 --set days=9'
    >>> command_line("forecast", "histories/libya_2011", as_of="2011-03-20")
    'willing forecast histories/libya_2011 --as-of 2011-03-20'
    """
    command, *files = map(str, words)
    shipped = shipped_scenarios()
    names = (file if file in shipped else Path(file).name for file in files)
    line = ["willing", command, *map(readable, names)]
    for option, values in options.items():
        for value in values if isinstance(values, tuple) else (values,):
            line += [f"--{option.replace('_', '-')}", str(value)]
    return shlex.join(line)
