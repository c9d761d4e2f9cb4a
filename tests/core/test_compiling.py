"""What is said of compiling, and how long it took."""

import io
import sys

from sim.core.compiling import Compiling


class Clock:
    """A clock that is set by hand."""

    seconds = 0.0

    def __call__(self):
        return self.seconds


def compile_for(compiling, seconds, text="Compiling ..."):
    compiling.begin(text)
    compiling.clock.seconds += seconds
    compiling.end()


def test_functions_within_functions_are_announced_and_counted_once(capsys):
    compiling = Compiling(Clock())
    compiling.begin("Compiling ...")
    compile_for(compiling, 2.0, "Compiling an inner one ...")
    assert compiling.seconds() == 2.0  # up to now
    compiling.clock.seconds += 1.0
    compiling.end()
    compiling.clock.seconds += 5.0
    assert compiling.seconds() == 3.0
    assert capsys.readouterr().err == "Compiling ...\n"


def test_what_is_compiled_later_is_announced_again(capsys):
    compiling = Compiling(Clock())
    for wait in (0.1, 4.0, 6.0):
        compiling.clock.seconds += wait
        compile_for(compiling, 1.0)
    assert capsys.readouterr().err == "Compiling ...\n" * 2
    assert compiling.seconds() == 3.0


def test_a_quiet_one_says_nothing_and_counts(capsys):
    compiling = Compiling(Clock())
    compiling.is_quiet = True
    compile_for(compiling, 1.0)
    assert (capsys.readouterr().err, compiling.seconds()) == ("", 1.0)


def test_on_a_terminal_it_is_written_over_the_bar(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "30")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    compile_for(Compiling(Clock()), 1.0)
    assert capsys.readouterr().err == "\r" + "Compiling ...".ljust(29) + "\n"


def test_it_goes_on_where_there_is_nobody_to_read(monkeypatch):
    closed = io.StringIO()
    closed.close()
    for stream in (closed, None):
        monkeypatch.setattr(sys, "stderr", stream)
        compile_for(Compiling(Clock()), 1.0)
