"""Shared variants and commands give the runs of the page, digit by digit."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from sim.app.changes import Changes, changed_by
from sim.app.frame import success_of
from sim.app.opened import IN_MEMORY, Given
from sim.app.share import shared
from sim.cli.group import willing
from sim.engines.run import run
from sim.scenario.load import load_scenario
from tests.cli.tracing import SMALL

ALL_KINDS = Changes(
    {
        "conditions.backing.level": 0.42,
        "nations.POL.stake": 0.55,
        "nations.CAN.stake": 0.5,
        "behaviour.declare.rate": 0.15,
        "events.defence_ministers.weight": 1.5,
        "events.first_names.date": 12,
        "success.public_size": 3,
        "days": 35,
    },
    ("events.proposal.backing.0",),
    {"POL": 20},
)


@pytest.fixture(autouse=True)
def working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("small.yaml").write_text(SMALL, encoding="utf-8")


def printed(command: str) -> dict[str, object]:
    """What a command prints as JSON."""
    words = shlex.split(command)
    assert words[0] == "willing"
    result = CliRunner().invoke(willing, [*words[1:], "--json", "--no-figures", "--force"])
    assert result.exit_code == 0, result.output
    return dict(json.loads(result.stdout))


@pytest.mark.parametrize(
    "changes",
    [
        Changes(),
        ALL_KINDS,
        Changes(ALL_KINDS.numbers, ALL_KINDS.left_out),
        Changes(announcements={"POL": 3, "CAN": 5}),
    ],
)
def test_the_commands_repeat_the_runs_of_the_page(changes: Changes) -> None:
    scenario = load_scenario("small.yaml")
    found = shared(Given("small.yaml"), scenario, changes, seed=7, runs=60)
    if found.file:
        Path(found.file).write_text(found.yaml, encoding="utf-8")
        assert 'base: "small.yaml"' in found.yaml
    assert (found.without_file == "") == bool(changes.announcements)
    on_page = success_of(run(changed_by(scenario, changes), runs=60, seed=7))
    assert on_page is not None
    for command in filter(None, (found.command, found.without_file)):
        told = printed(command)
        assert told["digest"] == found.digest
        chance = told["success"]["chance"]  # type: ignore[index]
        assert chance["chance"] == on_page["chance"]
        assert (chance["low"], chance["high"]) == (on_page["low"], on_page["high"])


GIVEN = {
    "numbers": Given("small.yaml", ("tempo=1.5", "conditions.backing.level=0.9")),
    "parts": Given("small.yaml", ("tempo=1.5", "events.proposal.backing.0=absent")),
    "table": Given("small.yaml", ("nations.CAN.stake=0.6",), "draws.csv"),
    "table, days": Given("small.yaml", ("days=38",), "draws.csv"),
    "paris": Given("paris_2025", ("tempo=1.5", "conditions.us_backing.level=0.8")),
    "paris, drawn": Given("paris_2025", ("tempo=1.5",), "posterior"),
}
"""Scenarios that are opened with --set and --parameters."""


@pytest.mark.parametrize("name", GIVEN)
def test_commands_repeat_what_was_opened_with_options(name: str) -> None:
    given = GIVEN[name]
    Path("draws.csv").write_text("climate,tempo\n-1,1\n1,2\n", encoding="utf-8")
    scenario = given.load()
    plain = shared(given, scenario, Changes(), seed=3, runs=40)
    assert plain.command == f"willing run {given.place} {given.options} --runs 40 --seed 3"
    level = next(path for path in ("backing", "us_backing") if path in scenario.conditions)
    changes = Changes({f"conditions.{level}.level": 0.42})
    found = shared(given, scenario, changes, seed=3, runs=40)
    for command, changed in (
        (plain.command, scenario),
        *((each, changed_by(scenario, changes)) for each in (found.command, found.without_file)),
    ):
        if found.file:
            Path(found.file).write_text(found.yaml, encoding="utf-8")
        told = printed(command)
        on_page = success_of(run(changed, runs=40, seed=3))
        assert on_page is not None
        assert told["digest"] == changed.digest
        assert told["success"]["chance"]["chance"] == on_page["chance"]  # type: ignore[index]
    # A file says numbers beside its base, or all of a scenario without draws.
    assert (found.file != "") == (scenario.draws is None or given.parameters is None)


def test_a_scenario_that_no_file_holds_is_shared_as_a_whole() -> None:
    scenario = load_scenario("small.yaml")
    found = shared(Given(IN_MEMORY), scenario, Changes({"tempo": 2}), seed=0, runs=20)
    assert found.without_file == ""
    Path(found.file).write_text(found.yaml, encoding="utf-8")
    assert load_scenario(found.file).digest == found.digest


def test_a_scenario_with_draws_that_no_file_holds_is_repeated_from_its_result() -> None:
    scenario = load_scenario("paris_2025")
    found = shared(Given(IN_MEMORY), scenario, Changes({"tempo": 1.1}), seed=3, runs=20)
    assert (found.file, found.without_file) == ("", "")
    assert found.how.startswith("Save the result first")
    place = Path(shlex.split(found.command)[2])
    changed = changed_by(scenario, Changes({"tempo": 1.1}))
    run(changed, runs=20, seed=3).save(place.parent)
    assert printed(found.command)["digest"] == found.digest


def test_a_path_with_blanks_is_quoted() -> None:
    Path("my folder").mkdir()
    Path("my folder/small.yaml").write_text(SMALL, encoding="utf-8")
    scenario = load_scenario("my folder/small.yaml")
    found = shared(Given("my folder/small.yaml"), scenario, Changes({"tempo": 2}), seed=0, runs=20)
    Path(found.file).write_text(found.yaml, encoding="utf-8")
    assert printed(found.command)["digest"] == printed(found.without_file)["digest"] == found.digest
