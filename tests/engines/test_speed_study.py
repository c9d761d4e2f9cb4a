"""The benchmark: what is a bar missed, what is written where, and rivals that follow our rule."""

from __future__ import annotations

import json
import shutil
from itertools import count

import numpy as np
import pytest

from experiments.speed import by_hand, study
from experiments.speed.timing import Effort, Line, Times, aligned, in_turn, process_of


def test_a_bar_is_missed_beyond_it_and_never_where_nothing_was_measured():
    assert [Line("a", value, at_most=2.0).is_missed for value in (1.9, 2.0, 2.1)] == [0, 0, 1]
    assert [Line("a", value, at_least=2.0).is_missed for value in (1.9, 2.0, 2.1)] == [1, 0, 0]
    assert not Line("a", 5.0).is_missed
    assert not Line("a", None, "no C compiler", at_most=2.0).is_missed


def test_a_row_says_value_bar_and_verdict_and_why_there_is_none():
    assert study.cells(Line("a", 1234.5, "GB", at_most=2.0)) == ["a", "1,234 GB", "at most 2", "NO"]
    assert study.cells(Line("a", 2.0, at_least=1.9)) == ["a", "2.00", "at least 1.9", "yes"]
    assert study.cells(Line("a", 2.0, at_least=1.9), is_checked=False) == ["a", "2.00", "", ""]
    assert study.cells(Line("a", None, "no C compiler"))[1] == "not measured: no C compiler"


def test_works_are_called_in_turn_and_compared_round_by_round():
    calls = []
    times = in_turn({"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, 2)
    assert calls == ["a", "b"] * 3  # the first calls, which may compile, are not measured
    assert all(found.seconds.shape == found.exps.shape == (2,) for found in times.values())

    drifting, steady = np.array([1.0, 2.0, 9.0]), np.ones(3)
    slow, fast = Times(4.0 * drifting, steady), Times(drifting, steady)
    assert slow.over(fast) == 4.0
    assert slow.per(2.0).over(fast) == 2.0


def test_the_unit_counts_numpy_exp():
    """A clock that goes on by 3 seconds at each look, over exps that take next to no time."""
    ticks = count(step=3.0)
    (found,) = in_turn({"a": lambda: None}, 3, clock=lambda: next(ticks)).values()
    assert (found.seconds == 3.0).all()
    assert (found.exps > 3.0 / 1e-6).all()
    assert all(aligned(n_numbers).ctypes.data % 64 == 0 for n_numbers in range(20, 40))


def test_a_process_is_measured_with_what_it_printed():
    found = process_of("-c", "sum(range(10**6)); print('done')")
    assert found.output.strip() == "done"
    assert 0.0 < found.processor < 60.0
    assert 0.0 < found.memory < 1.0


@pytest.fixture
def parts(monkeypatch):
    """Two parts of which the second misses its bar."""
    made = {
        "good": lambda _: iter([Line("good thing", 1.0, at_most=2.0)]),
        "bad": lambda _: iter([Line("bad thing", 3.0, at_most=2.0)]),
    }
    monkeypatch.setattr(study, "PARTS", made)


def test_a_missed_bar_is_the_exit_status_of_a_full_measurement(parts, capsys):
    assert study.main([]) == 1
    assert "| bad thing | 3.00 | at most 2 | NO |" in capsys.readouterr().out
    assert study.main(["--quick"]) == 0
    assert study.main(["--only", "good"]) == 0
    assert "bad" not in capsys.readouterr().out.split("good thing")[-1]


def test_the_measurements_are_one_json_object(parts, capsys):
    study.main(["--json", "--only", "good"])
    (line,) = json.loads(capsys.readouterr().out)
    assert (line["what"], line["measured"], line["at_most"]) == ("good thing", 1.0, 2.0)


def test_the_table_replaces_what_is_between_the_marks_and_nothing_else(
    parts, tmp_path, monkeypatch
):
    page = tmp_path / "page.md"
    page.write_text(f"before\n{study.MARK_BEGIN}\nold\n{study.MARK_END}\nafter\n", "utf-8")
    monkeypatch.setattr(study, "PAGE", page)
    study.main(["--write-docs"])
    text = page.read_text("utf-8")
    assert text.startswith(f"before\n{study.MARK_BEGIN}\n| what | measured | bar | met |\n")
    assert text.endswith(f"\n{study.MARK_END}\nafter\n")
    assert "old" not in text
    for part in (["--quick"], ["--only", "good"]):
        with pytest.raises(SystemExit):
            study.main(["--write-docs", *part])
    assert page.read_text("utf-8") == text


def test_the_page_on_performance_has_the_table_between_marks():
    text = study.PAGE.read_text("utf-8")
    table = text.partition(study.MARK_BEGIN)[2].partition(study.MARK_END)[0]
    assert table.startswith("\n| what | measured | bar | met |\n")


@pytest.mark.parametrize("module", [*by_hand.LOOPS, *by_hand.AGENTS])
def test_a_rival_s_mean_public_size_at_the_end_is_ours(module):
    if module == "agentpy_by_hand":
        pytest.importorskip("agentpy")
    if module == "c_loop" and shutil.which("cc") is None:
        pytest.skip("there is no C compiler")
    assert by_hand.why_missing(module) is None
    assert by_hand.disagreement(module, 300 if module in by_hand.AGENTS else 4000) < 4.5


def test_a_rival_that_cannot_be_measured_says_why(monkeypatch):
    monkeypatch.setitem(by_hand.LOOPS, "nowhere", "a loop that is not there")
    (line,) = [line for line in by_hand.loops(Effort(0.001)) if line.measured is None]
    assert study.cells(line)[1] == "not measured: experiments.speed.rivals.nowhere is not installed"
