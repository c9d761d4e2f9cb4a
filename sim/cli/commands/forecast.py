"""``willing forecast``: a coalition as of a date, from what was public then."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.cli.commands.run import stored_runs, what_to_keep
from sim.cli.errors import WrongInput
from sim.cli.options import (
    Choice,
    PathArgument,
    ScenarioArgument,
    changes_option,
    nations_option,
    number_option,
    output_options,
    parameters_option,
    reported_option,
    runs_options,
    workers_option,
)
from sim.cli.output import (
    command_line,
    draw_figures,
    finish,
    nations_listed,
    output_of,
    print_notes,
    print_result,
)
from sim.cli.progress import Progress
from sim.cli.stdout import say
from sim.store.kinds import RESULT

if TYPE_CHECKING:
    from sim.calibration.history import History
    from sim.scenario.schema import Scenario

EPILOG = """\b
Examples:
  willing forecast histories/libya_2011 --as-of 2011-03-20
  willing forecast histories/iraq_2003 --as-of 2003-03-18 --calendar all --out results/iraq
"""


@click.command(epilog=EPILOG)
@click.argument("scenario", type=ScenarioArgument())
@click.option(
    "--as-of",
    "as_of",
    metavar="DATE",
    required=True,
    help="Date of the forecast, such as 2011-03-20; what happened up to it is known.",
)
@click.option(
    "--record",
    type=PathArgument(".csv"),
    metavar="FILE",
    help="Record of what the nations did.  [default: the one that the scenario names]",
)
@parameters_option
@click.option(
    "--calendar",
    type=Choice(["known", "scheduled", "all"]),
    default="known",
    show_default=True,
    help="Later events: scheduled meetings, and drawn occasions that are not scheduled; meetings "
    "alone; or all that the scenario has.",
)
@reported_option
@number_option("--draws", 1, 100_000, "Joint draws of what is hidden on the date.", default=1000)
@runs_options("Number of runs.", "Seed of the draws and the runs.")
@workers_option
@changes_option
@nations_option("the first to go public")
@output_options(
    RESULT, out="Folder to write.  [default: results/NAME-OF-SCENARIO_DATE]", printed="summary"
)
def forecast(scenario: str, as_of: str, changes: tuple[str, ...], **options: Any) -> None:
    """Forecast SCENARIO as of a date: run it on from what was public then.

    SCENARIO is the name of a shipped scenario or the path of a scenario file. Nations that were
    public, or had refused, by the date are so; the stages of all others, their dispositions and
    the climate of the coalition are drawn from what their record until then tells. The result is an
    ensemble like any other, and its day 0 is the date.
    """
    # Here, so that help and completion load nothing heavy.
    from sim.calibration.forecast import days_of_occasions, forecast_scenario, record_weights
    from sim.calibration.replay import without_drawn_occasions
    from sim.calibration.standing import random_past
    from sim.report.ensemble import summary_blocks
    from sim.report.json import summary_json

    output = output_of(RESULT, options, Path("results") / f"{Path(scenario).stem}_{as_of}")
    history = history_of(scenario, options["record"], changes)
    if options["calendar"] != "all":
        history = without_drawn_occasions(history)
    day = day_asked(history, as_of)
    parameters, weights = draws_of(history.scenario, options["parameters"])
    try:
        if parameters is not None:
            with Progress(output.quiet, "draws") as progress:
                weights = record_weights(
                    history, day, parameters, weights, options["reported"], progress
                ).tolist()
            say_how_many(weights, as_of, output.quiet)
        with Progress(output.quiet, "draws") as progress:
            later = forecast_scenario(
                history,
                day,
                parameters,
                weights,
                options["draws"],
                options["calendar"],
                options["seed"],
                options["reported"],
                progress=progress,
            )
    except ValueError as error:  # what the likelihood does not cover, or a record that cannot be
        raise WrongInput(f"{scenario}: {error}") from error
    say_whether_judged(history.scenario, parameters, output.quiet)
    say_what_is_at_medians(
        random_past(history.scenario, day, parameters or ()), as_of, output.quiet
    )
    if options["calendar"] == "known":
        say_which_occasions(days_of_occasions(later), output.quiet)
    listed = nations_listed(options["nations"], [nation.id for nation in later.nations])
    asked: dict[str, Any] = {name: options[name] for name in ("runs", "seed", "workers")}
    asked |= {"engine": "batch", "keep": what_to_keep(later, options["runs"], "batch", "auto")}
    print_notes(later.notes, output.quiet)

    def recorded(n_runs: int, seed: int, engine: str, keep: str) -> str:  # noqa: ARG001
        """The command as provenance records it."""
        files = {name: options[name] for name in ("record", "parameters") if options[name]}
        chosen: dict[str, Any] = {name: Path(file).name for name, file in files.items()}
        defaults = {"calendar": "known", "reported": 0.5}
        chosen |= {
            name: options[name] for name, usual in defaults.items() if options[name] != usual
        }
        return command_line(
            *("forecast", scenario),
            as_of=as_of,
            **chosen,
            draws=options["draws"],
            runs=n_runs,
            seed=seed,
            set=changes,
        )

    ensemble, stop = stored_runs(later, asked, output, recorded)
    finish(
        output,
        draw=partial(draw_figures, ensemble),
        show=lambda: print_result(
            output,
            lambda: summary_blocks(ensemble.summary(), listed),
            lambda: {**summary_json(ensemble.summary()), "notes": list(later.notes)},
        ),
        kept=f"{ensemble.n_runs:,} of {options['runs']:,} runs were finished{output.kept_in}.",
        stop=stop,
    )


def history_of(scenario: str, record: str | None, changes: tuple[str, ...]) -> History:
    """The scenario with its record, or with the one that is given."""
    from sim.calibration.history import History, record_of
    from sim.scenario.load import load_scenario

    loaded = load_scenario(scenario, set=changes)
    if loaded.start is None:
        raise WrongInput(f"{scenario}: a forecast is of a date, so the scenario needs a start")
    return History(loaded, record_of(loaded, record))


def day_asked(history: History, as_of: str) -> int:
    """The day of the scenario that a date stands for."""
    start, days = history.scenario.start, history.scenario.days
    assert start is not None
    try:
        date = datetime.date.fromisoformat(as_of)
    except ValueError:
        date = None
    if date is None or date.isoformat() != as_of:  # 20110320 would name another folder
        raise WrongInput(f"--as-of: {as_of!r} must be a calendar date such as {start.isoformat()}")
    day = history.day(date)
    if not 0 <= day < days:
        last = start + datetime.timedelta(days=days - 1)
        raise WrongInput(f"--as-of: {as_of} must lie in {start} to {last}")
    return day


def say_how_many(weights: Sequence[float], as_of: str, quiet: bool) -> None:
    """Say how many of the draws of parameters still count, given the record."""
    effective = 1.0 / sum(weight**2 for weight in weights)
    if not quiet:
        say(
            f"Note: given the record up to {as_of}, the {len(weights):,} draws of parameters are "
            f"worth {effective:,.0f}",
            err=True,
        )


def say_whether_judged(
    scenario: Scenario, parameters: Mapping[str, Sequence[float]] | None, quiet: bool
) -> None:
    """Say that the behaviour is the one set by judgement, as in the shipped histories."""
    from sim.scenario.behaviour import DEFAULT_BEHAVIOUR, REASONED  # heavy
    from sim.scenario.effects.inert import shipped_behaviours

    _, reasoned = shipped_behaviours()
    if scenario.behaviour == reasoned and parameters is None and not quiet:
        say(
            f"Note: the behaviour is {REASONED}, set by judgement; --set behaviour="
            f"{DEFAULT_BEHAVIOUR} takes the one that is fitted to past coalitions",
            err=True,
        )


def say_what_is_at_medians(paths: Sequence[str], as_of: str, quiet: bool) -> None:
    """Say what the past takes no draw of."""
    if paths and not quiet:
        named = ", ".join(paths[:2]) + (f" and {len(paths) - 2:,} more" if len(paths) > 2 else "")
        say(
            f"Note: random numbers count at their medians up to {as_of}, a volatility as 0, since "
            f"the record tells nothing of them: {named}",
            err=True,
        )


def say_which_occasions(days: Sequence[int], quiet: bool) -> None:
    """Say how many occasions that nobody has scheduled are expected."""
    if not quiet:
        ordered = sorted(days)
        low, high = ordered[len(days) // 10], ordered[-1 - len(days) // 10]
        say(
            "Note: beside scheduled meetings, votes, lists and other occasions are drawn from what "
            f"happened in other coalitions: on {sum(days) / len(days):.1f} days (80 %: {low} to "
            f"{high})",
            err=True,
        )


Draws = tuple[dict[str, list[float]] | None, list[float] | None]


def draws_of(scenario: Scenario, named: str | None) -> Draws:
    """Joint draws of the behaviour, of a table or those that come with it; their weights."""
    from sim.scenario.files.posterior import is_of_behaviour

    drawn = None if named is None else scenario.with_draws(named).draws
    if drawn is None:
        return None, None
    others = [path for path in drawn.columns if not is_of_behaviour(path)]
    if others:
        raise WrongInput(
            f"--parameters: {named} has {others[0]}, which is no number of the behaviour or of "
            "memory"
        )
    return {path: list(values) for path, values in drawn.columns.items()}, list(drawn.weights)
