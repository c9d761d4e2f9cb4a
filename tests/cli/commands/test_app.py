"""``willing app``: an address, until Ctrl-C; and what is refused before it."""

from __future__ import annotations

import builtins
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from socket import create_server
from typing import Any

import pytest
from click.testing import CliRunner, Result

import sim
from sim.app.serving import Serving
from sim.cli.group import willing
from tests.cli.tracing import SMALL

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("small.yaml").write_text(SMALL, encoding="utf-8")


@pytest.fixture
def servings(monkeypatch: pytest.MonkeyPatch) -> list[Serving]:
    """What would have been served: the command ends at once."""
    found: list[Serving] = []

    def run(self: Serving) -> None:
        found.append(self)
        self.close()

    monkeypatch.setattr(Serving, "run", run)
    monkeypatch.setattr(os, "nice", lambda _: 0)
    return found


def app(*words: str) -> Result:
    return CliRunner().invoke(willing, ["app", *words, "--no-browser"])


def test_it_prints_the_address_and_how_it_ends(servings: list[Serving]) -> None:
    result = app("small.yaml")
    assert result.exit_code == 0, result.output
    (serving,) = servings
    assert result.stdout == f"The page is at {serving.address}\nCtrl-C ends it.\n"


def test_it_opens_a_browser_with_an_address_for_once(
    servings: list[Serving], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    class Now:
        def __init__(self, _: float, call: Any, words: list[str]) -> None:
            self.call, self.words = call, words

        def start(self) -> None:
            self.call(*self.words)

    monkeypatch.setattr("sim.cli.commands.app.Timer", Now)
    monkeypatch.setattr("webbrowser.open", opened.append)
    result = CliRunner().invoke(willing, ["app", "small.yaml"])
    assert result.exit_code == 0, result.output
    assert len(opened) == 1
    assert opened[0].startswith("http://127.0.0.1:")
    assert opened[0] not in result.stdout


def test_a_result_is_opened_with_its_seed(servings: list[Serving]) -> None:
    sim.run("small.yaml", runs=5, seed=9).save("result")
    assert app("result").exit_code == 0
    pages = servings[0].pages
    assert (pages.seed, pages.name, pages.opened.folder) == (9, "scenario.yaml", Path("result"))
    wrong = app("result", "--seed", "1")
    assert (wrong.exit_code, "--seed: result is a result" in wrong.stderr) == (2, True)


def test_the_options_of_other_commands_change_what_is_opened(servings: list[Serving]) -> None:
    words = ["--set", "tempo=1.5", "--set", "events.proposal.backing.0=absent"]
    words += ["--parameters", "draws.csv"]
    Path("draws.csv").write_text("climate\n-1\n1\n", encoding="utf-8")
    assert app("small.yaml", *words).exit_code == 0
    pages = servings[-1].pages
    opened = pages.opened.open(pages.name)
    run = ["run", "small.yaml", *words, "--runs", "5", "--json"]
    told = json.loads(CliRunner().invoke(willing, run).stdout)
    assert opened.scenario.digest == told["digest"]
    assert opened.scenario.digest != sim.load_scenario("small.yaml").digest
    # Other scenarios of the page are as their files say.
    Path("other.yaml").write_text(SMALL, encoding="utf-8")
    other = pages.opened.open("other.yaml").scenario
    assert other.digest == sim.load_scenario("small.yaml").digest


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("small.yaml", "--set", "nowhere=1"), "--set: nowhere"),
        (("small.yaml", "--parameters", "nowhere.csv"), "nowhere.csv does not exist"),
        (("result", "--set", "tempo=1"), "--set: result is a result, whose scenario cannot be"),
        (("result", "--parameters", "posterior"), "--parameters: result is a result"),
    ],
)
def test_wrong_options_are_one_message(words: tuple[str, ...], part: str) -> None:
    sim.run("small.yaml", runs=5, seed=9).save("result")
    result = app(*words)
    assert (result.exit_code, part in result.stderr) == (2, True), result.stderr


def test_a_file_that_is_a_circle_of_links_is_refused() -> None:
    Path("loop.yaml").symlink_to("loop.yaml")
    result = app("loop.yaml")
    assert result.exit_code == 2, result.output
    assert "\nloop.yaml: lies outside the folder" in result.stderr


def test_the_folder_of_the_file_is_the_only_one(servings: list[Serving]) -> None:
    Path("inner").mkdir()
    Path("inner/one.yaml").write_text(SMALL, encoding="utf-8")
    assert app("inner/one.yaml").exit_code == 0
    assert servings[-1].pages.opened.folder == Path("inner")
    assert app("inner/one.yaml", "--folder", ".").exit_code == 0
    assert servings[-1].pages.name == "inner/one.yaml"
    wrong = app("small.yaml", "--folder", "inner")
    assert (wrong.exit_code, wrong.stderr) == (2, "Error: --folder: small.yaml is not in inner\n")


def test_the_most_runs_are_the_last_of_the_page(servings: list[Serving]) -> None:
    assert app("small.yaml", "--runs", "700").exit_code == 0
    assert servings[-1].pages.sizes == (200, 700)


def test_a_wrong_file_is_one_message_with_its_line() -> None:
    Path("wrong.yaml").write_text("days: 10\nnations: [GBR]\ntempo: fast\n", encoding="utf-8")
    result = app("wrong.yaml")
    assert result.exit_code == 2
    assert "1 problem in the scenario\nwrong.yaml:3: tempo: 'fast' must be" in result.stderr
    assert app("nowhere").exit_code == 2


def test_a_port_that_is_taken_is_one_message(servings: list[Serving]) -> None:
    assert app("small.yaml").exit_code == 0
    with create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = app("small.yaml", "--port", str(port))
    assert result.exit_code == 1
    assert f"--port {port}: Address already in use" in result.stderr


def test_without_the_extra_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def missing(name: str, *rest: Any) -> Any:
        if name.startswith("sim.app"):
            raise ModuleNotFoundError("No module named 'starlette'")
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", missing)
    result = app("small.yaml")
    assert result.exit_code == 2
    assert "python -m pip install 'willing[app]'" in result.stderr


@pytest.fixture
def process() -> Iterator[subprocess.Popen[str]]:
    """The command in a process of its own, as a person starts it."""
    words = [sys.executable, "-m", "sim", "app", "small.yaml", "--no-browser"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as found:
        yield found
        found.kill()


def test_ctrl_c_ends_it_quietly(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    address = re.search(r":(\d+)(/\S+)", process.stdout.readline())
    assert address is not None
    connection = HTTPConnection("127.0.0.1", int(address[1]), timeout=30)
    connection.request("GET", address[2])
    assert connection.getresponse().status == 303
    connection.close()
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert said.splitlines()[-1] == "Stopped."
    assert "Traceback" not in said
