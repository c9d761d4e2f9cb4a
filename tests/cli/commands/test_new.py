"""``willing new``: what it writes is right, runs, and replaces nothing unasked."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

import sim
from sim.cli.group import willing
from sim.cli.scenario_text import STARTER
from sim.scenario.events import EVENT_MODELS
from sim.scenario.files.catalogue import shipped_scenarios
from sim.scenario.jsonschema import scenario_json_schema
from sim.scenario.load import load_scenario
from sim.scenario.parts import Commitment, Condition, Contribution, Memory, Nation, Ties
from sim.scenario.schema import Scenario

HOSTILE_TITLES = [
    "null",
    "2030-01-01",
    "{uniform: [0, 1]}",
    'it\'s "quoted": yes # no',
    "two\nlines\ndays: 3",
    "\\n \t tab",
    "- &anchor *alias !!python/object:os.system",
    "Überraschung, 惊喜, 🎉",
    "{base}{title}{0}",
    " spaces ",
]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder of its own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def called(*arguments: str) -> Result:
    """A call that ends as a command should."""
    result = CliRunner().invoke(willing, arguments)
    assert result.exc_info is None or result.exc_info[0] is SystemExit, result.exc_info
    return result


def test_the_starter_passes_the_check_and_the_schema() -> None:
    assert called("new").exit_code == 0
    assert called("check", "scenario.yaml").exit_code == 0
    validator = Draft202012Validator(scenario_json_schema())
    plain = json.loads(json.dumps(yaml.safe_load(STARTER.read_text("utf-8")), default=str))
    assert [error.message for error in validator.iter_errors(plain)] == []


def test_the_starter_runs_and_things_happen_in_it() -> None:
    ensemble = sim.run(load_scenario(STARTER), runs=200, seed=1)
    summary = ensemble.summary()
    assert summary.success is not None
    assert 0.2 < summary.success.chance.chance < 0.95
    assert summary.size.end.median >= summary.size.now.median + 3
    assert summary.size.end.low < summary.size.end.high
    assert summary.firm_size.end.median >= 2
    assert all(spread.median > 0 for spread in summary.force.values())


def fields_in(text: str) -> set[str]:
    """Keys that stand in a file, at any depth."""
    return set(re.findall(r"(?:^|[\s{,])([a-z_]+):(?=\s)", text, re.MULTILINE))


def test_the_starter_shows_every_field_of_a_scenario_file() -> None:
    shown = fields_in(STARTER.read_text(encoding="utf-8"))
    models = (Scenario, Nation, Ties, Condition, Contribution, Commitment, Memory)
    wanted = {field.alias or name for model in models for name, field in model.model_fields.items()}
    wanted -= {"dyads", "directed", "pledge"}  # for files that are beyond a start
    assert wanted - shown == set()


def test_the_starter_has_an_event_of_every_kind() -> None:
    kinds = {event.kind for event in load_scenario(STARTER).events}
    assert kinds == set(EVENT_MODELS)


def test_every_field_of_the_starter_has_a_comment_where_it_first_stands() -> None:
    lines = STARTER.read_text(encoding="utf-8").splitlines()
    first_of: dict[str, int] = {}
    for number, line in enumerate(lines):
        for field in fields_in(line.partition(" #")[0]):
            first_of.setdefault(field, number)
    plain = {"title", "description", "name", "neighbours", "consent", "id", "days", "events"}
    for field, number in first_of.items():
        said = "#" in lines[number] or lines[number - 1].lstrip().startswith("#")
        assert said or field in plain, lines[number]


def test_it_says_what_to_do_next_unless_it_is_to_be_quiet() -> None:
    said = called("new", "my first.yaml")
    for line in ("willing check 'my first.yaml'", "willing run 'my first.yaml'", "willing schema"):
        assert line in said.stdout
    assert called("new", "second.yaml", "--quiet").output == ""


@pytest.mark.parametrize("options", [[], ["--base", "paris_2025"]])
@pytest.mark.parametrize("title", HOSTILE_TITLES)
def test_any_title_arrives_as_it_was_given(title: str, options: list[str]) -> None:
    assert called("new", "--title", title, *options).exit_code == 0
    assert load_scenario("scenario.yaml").title == title


def test_a_title_that_is_no_text_is_refused() -> None:
    result = called("new", "--title", "\udcff")
    assert (result.exit_code, Path("scenario.yaml").exists()) == (2, False)
    assert "title: has characters that are not text" in result.stderr


def test_a_file_that_is_there_is_replaced_only_if_that_is_said() -> None:
    Path("scenario.yaml").write_text("mine", encoding="utf-8")
    refused = called("new")
    assert (refused.exit_code, Path("scenario.yaml").read_text()) == (2, "mine")
    assert "scenario.yaml is there already" in refused.stderr
    assert called("new", "--force").exit_code == 0
    assert Path("scenario.yaml").read_text(encoding="utf-8") == STARTER.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("compose.yaml", "services: {web: {image: nginx}}\n"),
        ("study.yaml", "scenario: paris_2025\nvary: {days: [9]}\n"),
        ("playbook.yml", "- hosts: all\n"),
        ("thesis.tex", "years of work"),
        ("support.csv", "id,support\nPOL,0.4\n"),
        ("photo", "\x00\x01"),
    ],
)
def test_a_file_that_is_no_scenario_is_never_replaced(name: str, text: str) -> None:
    Path(name).write_text(text, encoding="utf-8")
    result = called("new", name, "--force")
    assert (result.exit_code, Path(name).read_text(encoding="utf-8")) == (2, text)
    assert f"{name} is no scenario, and is not replaced; choose another name" in result.stderr


@pytest.mark.parametrize(
    "text", ["", "base: paris_2025\n", "nations: [\n", "days: 1\nnations: [A]\n"]
)
def test_a_scenario_whole_or_not_is_replaced_if_that_is_said(text: str) -> None:
    Path("mine.yaml").write_text(text, encoding="utf-8")
    assert called("new", "mine.yaml").exit_code == 2
    assert called("new", "mine.yaml", "--force").exit_code == 0


@pytest.mark.parametrize("options", [[], ["--base", "paris_2025"]])
def test_a_dash_writes_to_standard_output_and_nowhere_else(options: list[str]) -> None:
    result = called("new", "-", *options)
    assert (result.exit_code, list(Path().iterdir())) == (0, [])
    Path("piped.yaml").write_text(result.stdout, encoding="utf-8")
    assert called("check", "piped.yaml").exit_code == 0


BASES = [name for name in shipped_scenarios() if "/" not in name]


@pytest.mark.parametrize(
    "base",
    [pytest.param(base, marks=[pytest.mark.slow] * (base not in BASES[::9])) for base in BASES],
)
def test_a_variant_and_every_change_it_suggests_pass_the_check(base: str) -> None:
    assert called("new", "variant.yaml", "--base", base).exit_code == 0
    assert load_scenario("variant.yaml").digest == load_scenario(base).digest
    text = Path("variant.yaml").read_text(encoding="utf-8")
    kept, _, changes = text.partition("\n#\n")
    made = re.sub(r"^# ", "", changes, flags=re.MULTILINE)
    for change in re.split(r"\n(?=\w)", made.rstrip()):
        Path("changed.yaml").write_text(f"{kept}\n{change}\n", encoding="utf-8")
        assert called("check", "changed.yaml").exit_code == 0, change
    Path("changed.yaml").write_text(f"{kept}\n{made}", encoding="utf-8")
    assert load_scenario("changed.yaml").digest != load_scenario(base).digest


@pytest.mark.parametrize(
    ("base", "file", "written"),
    [
        ("base.yaml", "variant.yaml", "base.yaml"),
        ("base.yaml", "inner/variant.yaml", "../base.yaml"),
        ("inner/other.yaml", "variant.yaml", "inner/other.yaml"),
        ("link/other.yaml", "link/variant.yaml", "other.yaml"),
        ("base.yaml", "link/variant.yaml", "../../base.yaml"),
    ],
)
def test_a_base_is_written_as_its_variant_must_name_it(base: str, file: str, written: str) -> None:
    Path("inner/most").mkdir(parents=True)
    Path("link").symlink_to("inner/most")
    for place in ("base.yaml", "inner/other.yaml", "link/other.yaml"):
        Path(place).write_text("days: 9\nnations: [A]\n", encoding="utf-8")
    assert called("new", file, "--base", base).exit_code == 0
    assert yaml.safe_load(Path(file).read_text(encoding="utf-8"))["base"] == written
    assert load_scenario(file).days == 9


def test_a_base_is_never_replaced_by_its_own_variant() -> None:
    Path("mine.yaml").write_text("days: 9\nnations: [A]\n", encoding="utf-8")
    result = called("new", "mine.yaml", "--base", "mine.yaml", "--force")
    assert (result.exit_code, load_scenario("mine.yaml").days) == (2, 9)
    assert "cannot be its own base" in result.stderr


@pytest.mark.parametrize(
    ("base", "said"),
    [
        ("", "it is empty"),
        ("pariss_2025", "did you mean 'paris_2025'"),
        ("nowhere.yaml", "does not exist"),
        (".", "is a directory; a file is needed"),
        ("wrong.yaml", "days: 0"),
    ],
)
def test_a_base_that_is_wrong_leaves_no_file(base: str, said: str) -> None:
    Path("wrong.yaml").write_text("days: 0\nnations: [A]\n", encoding="utf-8")
    result = called("new", "variant.yaml", "--base", base)
    assert (result.exit_code, Path("variant.yaml").exists()) == (2, False)
    assert said in result.stderr


def test_what_it_reads_is_part_of_the_package() -> None:
    assert STARTER.is_relative_to(Path(sim.__file__).parent)


def test_a_schema_replaces_a_schema_and_nothing_else() -> None:
    for _ in range(2):
        assert called("schema", "--out", "scenario.schema.json").exit_code == 0
    before = Path("scenario.schema.json").read_text(encoding="utf-8")
    for name, text in (("mine.yaml", "nations: [A]\n"), ("data.json", '{"mine": 1}')):
        Path(name).write_text(text, encoding="utf-8")
        refused = called("schema", "--out", name)
        assert (refused.exit_code, Path(name).read_text(encoding="utf-8")) == (2, text)
        assert f"{name} is no JSON Schema, and is not replaced" in refused.stderr
    Path("empty.json").touch()
    assert called("schema", "--out", "empty.json").exit_code == 0
    assert Path("empty.json").read_text(encoding="utf-8") == before
