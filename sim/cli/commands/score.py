"""``willing score``: how good a stored forecast was, once the record is known."""

from __future__ import annotations

import json

import click

from sim.cli.errors import WrongInput
from sim.cli.options import PathArgument, ScenarioArgument
from sim.cli.stdout import say, say_json
from sim.cli.stored_result import refuse_no_result

EPILOG = """\b
Examples:
  willing score results/libya_2011_2011-03-20 histories/libya_2011
  willing score results/libya_2011_2011-03-20 histories/libya_2011 --by 2011-04-10 --json
"""


@click.command(epilog=EPILOG)
@click.argument("forecast", type=PathArgument())
@click.argument("scenario", type=ScenarioArgument())
@click.option(
    "--record",
    type=PathArgument(".csv"),
    metavar="FILE",
    help="Record of what the nations did.  [default: the one that the scenario names]",
)
@click.option(
    "--by",
    metavar="DATE",
    help="Score who is public by this date.  [default: the last day of the forecast]",
)
@click.option("--json", "as_json", is_flag=True, help="Print the scores as one JSON object.")
def score(forecast: str, scenario: str, record: str | None, by: str | None, as_json: bool) -> None:
    """Score FORECAST, a folder that `willing forecast` wrote, against the record of SCENARIO.

    SCENARIO is the name of a shipped history or the path of a scenario file; its record must reach
    the date of the scores. Scored are the nations that were open on the date of the forecast, by
    which of them were public on the later date. Baselines beside it learn from the shipped
    histories.
    """
    # Here, so that help and completion load nothing heavy.
    from sim.calibration.backtest.forecast_scores import score_forecast
    from sim.calibration.history import load_history
    from sim.report.forecast_scores import score_blocks, score_json
    from sim.report.text import terminal_width, to_text
    from sim.store.ensembles import load_results

    refuse_no_result(forecast)
    ensemble = load_results(forecast)
    history = load_history(scenario, record)
    try:
        found = score_forecast(ensemble, history, by)
    except ValueError as error:
        subject = "--" if str(error).startswith("by: ") else f"{forecast}: "
        raise WrongInput(f"{subject}{error}") from error
    last = max((row.last or row.first or found.as_of for row in history.entries), default=None)
    if last is None or last <= found.as_of:
        say(
            f"Note: the record has no row after {found.as_of}: it may be the one of the forecast",
            err=True,
        )
    if as_json:
        say_json(json.dumps(score_json(found), ensure_ascii=False, indent=2))
    else:
        say(to_text(score_blocks(found), terminal_width()))
