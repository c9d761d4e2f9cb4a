"""``willing check``: what is wrong with scenario files, or what they say in full."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from sim.cli.options import ScenarioArgument, changes_option
from sim.cli.stdout import say, say_json
from sim.results.format import day_text, number, percent
from sim.scenario.files.errors import ScenarioError

if TYPE_CHECKING:
    from sim.scenario.drawn_events import DrawnEvent
    from sim.scenario.joint_draws import JointDraws
    from sim.scenario.shifts import LevelShift

MOST_LINES = 8
"""Lines on shifts, and on drawn dates, that are printed for one file."""


@click.command(
    name="check",
    epilog="""\b
Examples:
  willing check paris_2025
  willing check my_scenario.yaml --full --set conditions.us_backing.level=0.8
""",
)
@click.argument("files", type=ScenarioArgument(), nargs=-1, required=True, metavar="FILES...")
@click.option("--full", is_flag=True, help="Print each scenario with every default written out.")
@changes_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list, for scripts.")
def check(files: tuple[str, ...], full: bool, changes: tuple[str, ...], as_json: bool) -> None:
    """Check scenario FILES, or shipped scenarios by name, and list every problem with them.

    The record that the file of a past coalition names is checked as well.

    Notes say what in a file can have no effect, and why. The exit status is 0 if all are right,
    with or without notes, and 2 if any is not.
    """
    from sim.calibration.history import record_of
    from sim.scenario.drawn_events import drawn_events
    from sim.scenario.load import load_scenario  # heavy
    from sim.scenario.shifts import level_shifts

    reports: list[dict[str, Any]] = []
    for file in files:
        report: dict[str, Any] = {"file": file}
        try:
            scenario = load_scenario(file, changes)
            record = record_of(scenario)
        except ScenarioError as error:
            fields = ("file", "line", "path", "message")
            problems = [{key: getattr(each, key) for key in fields} for each in error.problems]
            report |= {"ok": False, "problems": problems}
            text = str(error)
        else:
            shifts, drawn = list(level_shifts(scenario)), list(drawn_events(scenario))
            report |= {
                "ok": True,
                "title": scenario.title,
                "nations": len(scenario.nations),
                "days": scenario.days,
                "conditions": list(scenario.conditions),
                "contributions": list(scenario.contributions),
                "events": len(scenario.events),
                "digest": scenario.digest,
                "shifts": [shift._asdict() for shift in shifts],
                "drawn_dates": [each._asdict() for each in drawn],
                "notes": list(scenario.notes),
            }
            if scenario.record_file is not None:
                report["record"] = {"file": scenario.record_file, "rows": len(record)}
            report |= draws_report(scenario.draws)
            dates = date_lines(file, drawn, scenario.start)
            notes = [f"{file}: note: {note}" for note in scenario.notes]
            if full:
                report["scenario"] = scenario.full()
                text = ("---\n" if len(files) > 1 else "") + scenario.to_yaml().rstrip("\n")
                for note in () if as_json else notes:  # not in what may be kept as a file
                    say(note, err=True)
            else:
                joint = [f"{file}: {each.summary}" for each in (scenario.draws,) if each]
                lines = [*joint, *shift_lines(file, shifts), *dates, *notes]
                text = "\n".join([ok_line(report), *lines])
        reports.append(report)
        if not as_json:
            say(text, err=not report["ok"])
    if as_json:
        say_json(json.dumps(reports, indent=2))
    if not all(report["ok"] for report in reports):
        click.get_current_context().exit(2)


def shift_lines(file: str, shifts: Sequence[LevelShift]) -> Iterator[str]:
    """What numbers on the log-odds scale do to the levels they are typed for, one line each."""
    for shift in shifts[:MOST_LINES]:
        levels = f"{shift.condition}: {number(shift.before)} -> {level_text(shift.after)}"
        medians = " (medians: it is random)" if shift.is_random else ""
        yield f"{file}: {shift.path} = {number(shift.shift)} takes {levels}{medians}"
    if len(shifts) > MOST_LINES:
        yield f"{file}: and {len(shifts) - MOST_LINES:,} more shifts (--json lists all)"


def draws_report(draws: JointDraws | None) -> dict[str, Any]:
    """What JSON has of joint draws: how many, of what, and how many equal ones tell as much."""
    if draws is None:
        return {}
    found = {"draws": draws.n_lines, "columns": list(draws.columns), "worth": draws.worth}
    return {"draws": {**found, "sha256": draws.sha256}}


def date_lines(
    file: str, drawn: Sequence[DrawnEvent], start: datetime.date | None
) -> Iterator[str]:
    """What becomes of events whose dates are drawn, one line each."""
    for event in drawn[:MOST_LINES]:
        yield date_line(file, event, start)
    if len(drawn) > MOST_LINES:
        yield f"{file}: and {len(drawn) - MOST_LINES:,} more drawn dates (--json lists all)"


def date_line(file: str, event: DrawnEvent, start: datetime.date | None) -> str:
    """When an event whose date is drawn is likely, and how often it comes to nothing."""
    first, median, last = (day_text(start, day) for day in (event.q05, event.median, event.q95))
    text = f"{file}: {event.path} is drawn: {median} in the median, 5 to 95 % {first} to {last}"
    if event.never > 0.0:
        text += f"; after the last day, and not at all, in {percent(event.never)} of runs"
    if event.void > 0.0:
        text += f"; after its collapse, and never in force, in {percent(event.void)} of runs"
    return text


def level_text(level: float) -> str:
    """A level with two decimals that never rounds to 0 or 1.

    Examples
    --------
    >>> level_text(0.799), level_text(1e-9), level_text(1.0)
    ('0.80', '<0.01', '>0.99')
    """
    return "<0.01" if level < 0.005 else ">0.99" if level >= 0.995 else f"{level:.2f}"


def ok_line(report: dict[str, Any]) -> str:
    """The report on a scenario without problems, in one line."""
    counts = {
        "nation": report["nations"],
        "day": report["days"],
        "condition": len(report["conditions"]),
        "event": report["events"],
    }
    texts = (f"{count} {noun}" + ("" if count == 1 else "s") for noun, count in counts.items())
    rows = ""
    if "record" in report:
        count = report["record"]["rows"]
        rows = f", record of {count} row" + ("" if count == 1 else "s")
    return f"{report['file']}: ok: {', '.join(texts)}{rows}; digest {report['digest'][:12]}"
