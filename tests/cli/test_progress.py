"""Progress: on a terminal, after a second, and gone afterwards."""

from __future__ import annotations

import errno
import io

import pytest

from sim.cli.progress import Progress, bar
from sim.core.compiling import COMPILING


class Terminal(io.StringIO):
    """A stream that a person watches."""

    def isatty(self) -> bool:
        """Yes."""
        return True


class Clock:
    """A clock that is set by hand."""

    seconds = 0.0

    def __call__(self) -> float:
        """The time it was set to."""
        return self.seconds


def quoted(stream: io.StringIO, quiet: bool = False) -> str:
    """What is written when the clock goes on by 0.6 s a step."""
    clock = Clock()
    progress = Progress(quiet, stream=stream, clock=clock)
    for step in range(1, 5):
        clock.seconds = 0.6 * step
        progress(step * 100, 400)
    return stream.getvalue()


def test_a_terminal_sees_a_bar_after_a_second() -> None:
    text = quoted(Terminal())
    assert "100 of 400" not in text
    assert "200 of 400 runs, 1 s left" in text


def test_a_file_sees_none() -> None:
    assert quoted(io.StringIO()) == ""


def test_quiet_draws_none() -> None:
    assert quoted(Terminal(), quiet=True) == ""


def test_the_bar_is_wiped_away_at_the_end() -> None:
    stream, clock = Terminal(), Clock()
    progress = Progress(stream=stream, clock=clock)
    clock.seconds = 2.0
    progress(1, 2)
    progress.close()
    assert stream.getvalue().endswith(" \r")


@pytest.mark.parametrize("done", [0, 1, 999, 1000])
def test_a_bar_has_the_same_width_from_first_to_last(done: int) -> None:
    assert len(bar(done, 1000, 1.0).split("  ")[0]) == 24


def drawn(done: int, of_all: int, unit: str, stream: io.StringIO | None = None) -> str:
    """What one call after two seconds writes to a terminal."""
    clock, stream = Clock(), stream or Terminal()
    progress = Progress(unit=unit, stream=stream, clock=clock)
    clock.seconds = 2.0
    progress(done, of_all)
    return stream.getvalue()


def test_whatever_is_counted_is_named() -> None:
    assert "3 of 9 figures, 4 s left" in drawn(3, 9, "figures")
    assert "40 of 180 days, 7 s left" in drawn(40, 180, "days")
    assert drawn(0, 1, "runs").endswith("0 of 1 run")


def test_the_time_left_does_not_count_compiling(monkeypatch: pytest.MonkeyPatch) -> None:
    stream, clock, compiled = Terminal(), Clock(), 5.0
    monkeypatch.setattr(COMPILING, "seconds", lambda: compiled)
    clock.seconds = 100.0
    progress = Progress(stream=stream, clock=clock)
    compiled, clock.seconds = 45.0, 143.0  # 40 s of the 43
    progress(3, 20)
    assert "3 of 20 runs, 17 s left" in stream.getvalue()


def test_a_narrow_terminal_sees_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    assert len(drawn(3, 9, "figures").removeprefix("\r")) <= 29


@pytest.mark.parametrize("columns", range(18, 90))
def test_where_it_is_narrow_the_bar_goes_first_then_words_and_no_number(columns: int) -> None:
    text = bar(24_231, 100_000, 3.0, columns=columns)
    assert len(text) <= columns
    assert "24,231" in text
    assert "100,000" in text
    assert "9 s" in text
    assert ("runs" in text) == (columns >= 32)
    if columns >= 60:
        assert text == bar(24_231, 100_000, 3.0)


class Gone(Terminal):
    """A terminal whose window was closed."""

    def write(self, _: str) -> int:
        """Fail as the system does."""
        raise OSError(errno.EIO, "Input/output error")


def test_work_goes_on_when_the_terminal_has_gone() -> None:
    clock = Clock()
    progress = Progress(stream=Gone(), clock=clock)
    for clock.seconds in (2.0, 3.0):
        progress(1, 2)
    progress.close()
    assert not progress.watched
