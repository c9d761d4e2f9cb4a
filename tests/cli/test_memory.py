"""Memory: what a run takes up, and a refusal where it is more than there is."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from sim.cli.group import willing
from sim.engines import memory
from sim.engines.block_runner import as_records, new_rows
from sim.engines.memory import bytes_a_run, free_bytes, sizes_of
from sim.scenario.arrays.numbers import arrays_of
from sim.studies.compare import compare as compare_module
from tests.results.synthetic import small_scenario


@pytest.mark.parametrize("days", [30, 2**15 - 3, 2**15 - 2, 2**15 - 1])
def test_a_run_takes_up_what_the_engine_keeps_of_it(days: int) -> None:
    scenario = small_scenario(days=days)
    sizes = sizes_of(arrays_of(scenario))
    rows = as_records(new_rows(3, sizes), sizes)
    kept = sum(each.nbytes for each in rows.kept().values())
    assert 3 * bytes_a_run(scenario) == kept


def run_with_free(free: int | None, *options: str) -> Result:
    """Result of ``willing run`` on a machine with so much free memory."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(memory, "free_bytes", lambda: free)
        return CliRunner().invoke(willing, ["run", "small.yaml", "--no-figures", *options])


@pytest.mark.usefixtures("scenario_file")
def test_more_runs_than_memory_holds_are_refused_before_anything_is_run(
    engine: list[dict[str, Any]],
) -> None:
    free = 1000 * bytes_a_run(small_scenario())
    result = run_with_free(free - 1, "--keep", "runs", "--runs", "1000")
    assert result.exit_code == 2
    assert "--keep runs: 1,000 runs of this scenario need" in result.stderr
    assert "ask for fewer runs, or for --keep summary" in result.stderr
    assert engine == []
    assert not Path("results").exists()
    assert run_with_free(free, "--keep", "runs", "--runs", "1000").exit_code == 0


@pytest.mark.usefixtures("scenario_file", "engine")
def test_blocks_that_must_be_joined_need_twice_the_memory() -> None:
    free = 2 * 100 * bytes_a_run(small_scenario())
    options = ["--keep", "runs", "--runs", "100", "--engine", "mesa"]
    assert run_with_free(free - 1, *options).exit_code == 2
    assert run_with_free(free, *options).exit_code == 0


@pytest.mark.usefixtures("scenario_file", "engine")
@pytest.mark.parametrize(("free", "keep"), [(0, "auto"), (0, "summary"), (None, "runs")])
def test_nobody_else_is_refused(free: int | None, keep: str) -> None:
    assert run_with_free(free, "--keep", keep, "--runs", "10").exit_code == 0


@pytest.mark.skipif(sys.platform != "linux", reason="reads what Linux says")
def test_free_memory_is_part_of_all_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreadable(*_: Any, **__: Any) -> str:
        raise FileNotFoundError

    free = free_bytes()
    monkeypatch.setattr(Path, "open", unreadable)
    everything = free_bytes()
    assert free is not None
    assert everything is not None
    assert 0 < free < everything
    monkeypatch.setattr("os.sysconf", unreadable)
    assert free_bytes() is None


LARGE_GROUP = """\
days: 2
nations: {list: [NATIONS], set: {}}
ties: {groups: {all: {members: [NATIONS], weight: 2}}}
"""


@pytest.mark.usefixtures("scenario_file")
@pytest.mark.parametrize(
    "words",
    [
        ["run", "large.yaml", "--runs", "2"],
        ["run", "large.yaml", "--runs", "2", "--engine", "mesa"],
        ["compare", "large.yaml", "small.yaml", "--runs", "2"],
        ["trace", "large.yaml"],
        ["sweep", "large.yaml", "--vary", "ties.base=1,2", "--runs", "2"],
    ],
)
def test_ties_that_memory_does_not_hold_are_refused_with_their_number(
    words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = ", ".join(f"N{number}" for number in range(1200))
    Path("large.yaml").write_text(LARGE_GROUP.replace("NATIONS", ids), encoding="utf-8")
    for module in (memory, compare_module):
        monkeypatch.setattr(module, "free_bytes", lambda: 80 * 10**6)
    result = CliRunner().invoke(willing, words)
    assert result.exit_code in (1, 2)
    assert "GB of memory" in result.stderr.replace("\n", " ")
    if words[0] == "compare":
        assert "ask for fewer scenarios or workers, or for smaller groups in large" in result.stderr
    else:
        assert "1,438,800 ties that differ from the base" in result.stderr
        assert "fewer runs" not in result.stderr
    assert not list(Path().glob("results/*/*.parquet"))


@pytest.mark.usefixtures("scenario_file")
def test_fewer_runs_are_not_the_advice_where_days_and_nations_need_the_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ids = ", ".join(f"N{number}" for number in range(300))
    for name in ("long", "other"):
        text = f"days: 3000\ntitle: {name}\nnations: [{ids}]\n"
        Path(f"{name}.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(compare_module, "free_bytes", lambda: 10**6)
    result = CliRunner().invoke(willing, ["compare", "long.yaml", "other.yaml", "--runs", "2"])
    assert result.exit_code == 2
    assert "ask for fewer days, nations or scenarios" in result.stderr
