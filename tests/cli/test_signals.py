"""Ctrl-C and SIGTERM: nothing is left behind, and nobody sees a traceback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest

from sim.cli.signals import Stop, Terminated
from sim.store.ensembles import load_results
from tests.results.synthetic import small_ensemble

ROOT = Path(__file__).parents[2]

ENGINE = """
import ctypes, os, signal, sys, time
from types import ModuleType

A_BLOCK = 1000

{run}

class EnsembleRun:
    def __init__(self, scenario, **options):
        self.scenario, self.options, self.blocks = scenario, options, []

    def run(self, progress):
        n_runs = self.options["runs"]
        for first in range(0, n_runs, A_BLOCK):
            given = {**self.options, "runs": min(A_BLOCK, n_runs - first), "first_run": first}
            self.blocks.append(run(self.scenario, **given, progress=progress))

    def done(self):
        from sim.results.ensemble import join

        return join(self.blocks) if self.blocks else None

engines = sys.modules["sim.engines.run"] = ModuleType("sim.engines.run")
engines.EnsembleRun = EnsembleRun
from sim.cli.main import main

main()
"""
"""A command with a stand-in for the engine."""

WAITING_RUN = """
def run(*_, **__):
    print("running", flush=True)
    time.sleep(60)
"""

WAITING_TEXT = """
def run(*_, **__):
    exec("print('running', flush=True); time.sleep(60)", globals())
"""

STOPPED_IN_A_CALLBACK = """
def run(*_, progress, **__):
    ctypes.CFUNCTYPE(None)(lambda: os.kill(os.getpid(), signal.SIGTERM))()
    progress(1, 2)
    print("an exception in the callback was lost")
"""

STOPPED_IN_AN_ERROR = """
import click

class Failing(click.ClickException):
    def show(self, file=None):
        os.kill(os.getpid(), signal.SIGINT)

def run(*_, **__):
    raise Failing("a file that cannot be read")
"""

WAITING_IMPORT = """
import time

print("importing", flush=True)
time.sleep(60)
"""


FINISHED_RUN = """
sys.path.insert(0, os.environ["ROOT"])

def run(scenario, **options):
    from tests.results.synthetic import made_up

    wanted = (options["runs"], options["seed"], options["first_run"], options["keep"])
    return made_up(scenario, *wanted)

from {module} import {name} as before

def signalled(*given, **options):
    for number in {numbers}:
        os.kill(os.getpid(), number)
    return before(*given, **options)

import {module}
{module}.{name} = signalled
"""
"""Runs that are done at once, and signals that come as soon as the function is called."""

CLOSED_TERMINAL = """
import os, pty, signal, sys

child, terminal = pty.fork()
if child == 0:
    os.execv(sys.executable, [sys.executable, "-c", *sys.argv[1:]])
said = b""
while b"running" not in said:
    said += os.read(terminal, 1000)
os.close(terminal)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
"""A command in a terminal that is closed when it says that it runs."""


def stopped(command: list[str], number: signal.Signals, path: Path = ROOT) -> tuple[int, str]:
    """Exit status and standard error of a command that gets a signal at its first line."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(path), str(ROOT)])}
    process = subprocess.Popen(
        [sys.executable, *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline()
        process.send_signal(number)
        _, said = process.communicate(timeout=30)
    return process.returncode, said


def ended(run: str, scenario_file: Path) -> tuple[int, str, str]:
    """Exit status, standard output and standard error of a run that is stopped from within."""
    done = subprocess.run(
        [sys.executable, "-c", ENGINE.replace("{run}", run), "run", scenario_file.name],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.skipif(os.name == "nt", reason="no such signals on this system")
@pytest.mark.parametrize(
    ("number", "status"),
    [(signal.SIGINT, 130), pytest.param(signal.SIGTERM, 143, marks=pytest.mark.slow)],
)
def test_a_signal_during_a_run_leaves_no_folder(
    scenario_file: Path, number: signal.Signals, status: int
) -> None:
    program = ENGINE.replace("{run}", WAITING_RUN)
    command = ["-c", program, "run", scenario_file.name, "--out", "new"]
    assert stopped(command, number) == (status, "Stopped; nothing was kept.\n")
    assert sorted(item.name for item in scenario_file.parent.iterdir()) == [scenario_file.name]


@pytest.mark.skipif(os.name == "nt", reason="no such signals on this system")
def test_ctrl_c_in_text_that_is_executed_gives_the_exit_status(scenario_file: Path) -> None:
    """A module run by its name would end by the signal, had it been a `KeyboardInterrupt`."""
    Path("stand_in.py").write_text(ENGINE.replace("{run}", WAITING_TEXT), encoding="utf-8")
    command = ["-m", "stand_in", "run", scenario_file.name, "--out", "new"]
    found = stopped(command, signal.SIGINT, scenario_file.parent)
    assert found == (130, "Stopped; nothing was kept.\n")


@pytest.mark.skipif(os.name == "nt", reason="no such signals on this system")
def test_ctrl_c_while_an_error_is_told_gives_its_exit_status(scenario_file: Path) -> None:
    assert ended(STOPPED_IN_AN_ERROR, scenario_file) == (130, "", "")


@pytest.mark.skipif(os.name == "nt", reason="no such signals on this system")
def test_a_signal_that_is_lost_in_a_callback_stops_at_the_next_block(scenario_file: Path) -> None:
    found = ended(STOPPED_IN_A_CALLBACK, scenario_file)
    assert found == (143, "", "Stopped; nothing was kept.\n")


@pytest.mark.skipif(os.name == "nt", reason="no such signals on this system")
def test_ctrl_c_during_the_first_imports_is_quiet(tmp_path: Path) -> None:
    (tmp_path / "click.py").write_text(WAITING_IMPORT, encoding="utf-8")
    assert stopped(["-m", "sim", "--help"], signal.SIGINT, tmp_path) == (130, "")


PLACES = [
    ("sim.plots.files", "draw_each"),
    ("sim.store.ensembles", "write_results"),
    ("sim.store.ensembles", "_write"),
    ("sim.store.folder", "_put_in_place"),
    ("sim.store.folder", "_throw_away"),
    ("sim.results.ensemble", "join"),
    ("sim.cli.commands.run", "finish"),
]
SEVERAL = ([signal.SIGTERM, signal.SIGINT, signal.SIGINT], 143)
ONCE = (2, 6)  # while the tables are written, and when all is there but the last words
WITH_SIGNALS = [
    pytest.param(*place, *signals, marks=[pytest.mark.slow] * (number != at))
    for signals, at in ((SEVERAL, ONCE[0]), (([signal.SIGINT], 130), ONCE[1]))
    for number, place in enumerate(PLACES)
]


@pytest.mark.skipif(os.name == "nt", reason="no such signals on this system")
@pytest.mark.parametrize(("module", "name", "numbers", "status"), WITH_SIGNALS)
def test_finished_runs_are_kept_however_many_signals_come_while_they_are_written(
    scenario_file: Path, module: str, name: str, numbers: list[signal.Signals], status: int
) -> None:
    small_ensemble(3).save("out")
    said = {"module": module, "name": name, "numbers": [int(number) for number in numbers]}
    program = ENGINE.replace("{run}", FINISHED_RUN.format(**said))
    options = ["--runs", "20", "--out", "out", "--force", "--quiet"]
    figures = [] if name == "draw_each" else ["--no-figures"]
    done = subprocess.run(
        [sys.executable, "-c", program, "run", scenario_file.name, *options, *figures],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), "ROOT": str(ROOT)},
    )
    kept = "Stopped: 20 of 20 runs were finished, and are kept in out.\n"
    assert (done.returncode, done.stderr) == (status, kept)
    assert load_results("out").n_runs == 20
    assert sorted(item.name for item in Path().iterdir()) == ["out", scenario_file.name]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no terminals to close on this system")
def test_a_terminal_that_is_closed_stops_a_run_as_ctrl_c_does(scenario_file: Path) -> None:
    program = ENGINE.replace("{run}", WAITING_RUN)
    done = subprocess.run(
        [sys.executable, "-c", CLOSED_TERMINAL, program, "run", scenario_file.name, "--out", "out"],
        check=False,
        timeout=30,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 129
    assert sorted(item.name for item in Path().iterdir()) == [scenario_file.name]


HANGING_UP = """
    if options["first_run"] == 60:
        os.kill(os.getpid(), signal.SIGHUP)
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="no such signal on this system")
def test_what_is_finished_when_the_terminal_is_closed_is_kept(scenario_file: Path) -> None:
    said = {"module": "sim.results.ensemble", "name": "join", "numbers": []}
    run = FINISHED_RUN.format(**said).replace(
        "\n    from tests", HANGING_UP + "\n    from tests", 1
    )
    run += "\nA_BLOCK = 20\n"
    command = [sys.executable, "-c", ENGINE.replace("{run}", run), "run", scenario_file.name]
    with Path("terminal").open("w") as gone:
        done = subprocess.run(
            [*command, "--runs", "100", "--out", "out", "--no-figures"],
            stdout=gone,
            stderr=gone,
            check=False,
            env={**os.environ, "PYTHONPATH": str(ROOT), "ROOT": str(ROOT)},
        )
    assert done.returncode == 129
    assert load_results("out").n_runs == 60
    assert "Chance of success" not in Path("terminal").read_text()  # there is nobody to read it


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="no such signal on this system")
def test_a_run_that_is_to_outlive_its_terminal_does(scenario_file: Path) -> None:
    run = FINISHED_RUN.format(
        module="sim.store.ensembles", name="write_results", numbers=[int(signal.SIGHUP)]
    )
    program = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)" + ENGINE
    command = [sys.executable, "-c", program.replace("{run}", run), "run", scenario_file.name]
    done = subprocess.run(
        [*command, "--runs", "20", "--out", "out", "--no-figures", "--quiet"],
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), "ROOT": str(ROOT)},
    )
    assert done.returncode == 0
    assert load_results("out").n_runs == 20


SIGNALS_AT_THE_END = """
import atexit, os, signal, sys
from sim.cli import group, main

def stopped(**_):
    atexit.register(lambda: os.kill(os.getpid(), signal.SIGINT))
    with group.as_message():
        os.kill(os.getpid(), signal.SIGTERM)

group.click.echo = lambda *_, **__: os.kill(os.getpid(), signal.SIGINT)
group.willing = lambda **_: group.click.Command("x", callback=stopped)([])
main.main()
"""


@pytest.mark.skipif(os.name == "nt", reason="no such signals on this system")
def test_no_signal_after_the_first_changes_the_exit_status() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SIGNALS_AT_THE_END],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert (done.returncode, done.stderr) == (143, "")


LEFT_BEHIND = """
import sys, warnings
from sim.cli import group, main

group.willing = lambda **_: warnings.warn(group_warning("it is in .old"), stacklevel=1)
from sim.store.folder import LeftBehind as group_warning

main.main()
"""


def test_what_could_not_be_removed_is_told_in_one_line() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LEFT_BEHIND],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.stderr == "Warning: it is in .old\n"


@pytest.mark.parametrize("waits", [False, True])
def test_the_first_of_several_signals_is_the_one_that_counts(waits: bool) -> None:
    stop = Stop()
    stop.waits = waits
    for number in (signal.SIGTERM, signal.SIGINT):
        with nullcontext() if waits else pytest.raises(Terminated):
            stop(number, None)
    assert isinstance(stop.noted, Terminated)
