"""``willing check``: what is wrong with scenario files, or what they say in full."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from sim.cli.options import ScenarioArgument, changes_option

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario


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

    The exit status is 0 if all are right and 2 if any is not.
    """
    from sim.scenario.load import ScenarioError, load_scenario

    reports: list[dict[str, Any]] = []
    for file in files:
        try:
            scenario = load_scenario(file, changes)
        except ScenarioError as error:
            problems = [_problem(problem) for problem in error.problems]
            reports.append({"file": file, "ok": False, "problems": problems})
            if not as_json:
                click.echo(str(error), err=True)
        else:
            reports.append(_report(file, scenario, full))
            if not as_json:
                click.echo(_full_text(scenario, len(files) > 1) if full else _line(reports[-1]))
    if as_json:
        click.echo(json.dumps(reports, indent=2))
    if not all(report["ok"] for report in reports):
        click.get_current_context().exit(2)


def _problem(problem: Any) -> dict[str, Any]:
    return {key: getattr(problem, key) for key in ("file", "line", "path", "message")}


def _report(file: str, scenario: Scenario, full: bool) -> dict[str, Any]:
    """What is said of a scenario that is right."""
    report: dict[str, Any] = {
        "file": file,
        "ok": True,
        "title": scenario.title,
        "nations": len(scenario.nations),
        "days": scenario.days,
        "conditions": list(scenario.conditions),
        "contributions": list(scenario.contributions),
        "events": len(scenario.events),
        "digest": scenario.digest,
    }
    return {**report, "scenario": scenario.full()} if full else report


def _line(report: dict[str, Any]) -> str:
    """A report on one line."""
    counts = [_count(report["nations"], "nation"), _count(report["days"], "day")]
    counts += [_count(len(report["conditions"]), "condition"), _count(report["events"], "event")]
    return f"{report['file']}: ok: {', '.join(counts)}; digest {report['digest'][:12]}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")


def _full_text(scenario: Scenario, one_of_many: bool) -> str:
    return ("---\n" if one_of_many else "") + scenario.to_yaml().rstrip("\n")
