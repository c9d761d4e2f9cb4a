"""What docs/histories.md and the sources of the histories say is true."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from sim.calibration.history import load_history
from sim.calibration.record import COLUMNS, EVENTS, KINDS
from sim.cli.group import willing
from tests.shown_commands import shortened

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "histories.md"
TEXT = PAGE.read_text(encoding="utf-8")


def test_the_examples_run() -> None:
    examples = doctest.DocTestParser().get_doctest(TEXT, {}, PAGE.name, str(PAGE), 0)
    failed, tried = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(examples)
    assert (failed, tried > 0) == (0, True)


def test_the_history_of_your_own_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    files = re.findall(r'```(?:yaml|csv) title="([\w.]+)"\n(.*?)```', TEXT, re.DOTALL)
    for name, text in files:
        Path(name).write_text(text, encoding="utf-8")
    (commands,) = re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
    for command in commands.splitlines():
        done = CliRunner().invoke(willing, shortened(command))
        assert done.exit_code == 0, done.output
    # On the date of the forecast one has refused and one is public; the list named a third.
    assert "2 open nations, 1 of them public by" in done.output


def test_every_column_event_and_kind_is_described() -> None:
    assert all(f"`{name}`" in TEXT for name in (*COLUMNS, *EVENTS, *KINDS))


def test_the_table_counts_the_nations_of_every_history() -> None:
    rows = re.findall(r"\| `(histories/\w+)` \|.*\| (\d+) \| (\d+) \| (\d+) \|", TEXT)
    assert len(rows) == 7
    for name, *stated in rows:
        history = load_history(name)
        days = [history.first_public(nation) for nation in history.at_risk]
        joined = [
            day
            for day in days
            if day is not None and day.last is not None and day.last <= history.scenario.days
        ]
        found = [len(history.at_risk), len(joined), sum(day.is_exact for day in joined)]
        assert [int(number) for number in stated] == found, name
