"""What messages call this command, so that what they name can be typed."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from sim.cli.group import willing
from sim.cli.program import program


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The command in an environment that is not on the path, as it was typed."""
    monkeypatch.chdir(tmp_path)
    file = Path("my env/bin/willing")
    file.parent.mkdir(parents=True)
    file.touch(mode=0o755)
    monkeypatch.setattr(sys, "argv", [str(file)])
    monkeypatch.setenv("PATH", "/nowhere")
    return str(file)


@pytest.mark.skipif(os.name == "nt", reason="other names and quotes there")
def test_a_command_that_is_not_on_the_path_is_named_by_its_file(
    script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert program() == f"'{script}'"
    monkeypatch.setenv("PATH", str(tmp_path / "my env" / "bin"))
    assert program() == "willing"
    other = tmp_path / "other" / "willing"  # found first
    other.parent.mkdir()
    other.touch(mode=0o755)
    monkeypatch.setenv("PATH", f"{other.parent}:{tmp_path / 'my env' / 'bin'}")
    assert program() == f"'{script}'"


def test_run_as_a_module_it_is_named_as_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", [str(tmp_path / "sim" / "__main__.py")])
    monkeypatch.setenv("PATH", "/nowhere")
    assert program() == f"{sys.executable} -m sim"
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    assert program() == f"{Path(sys.executable).name} -m sim"


def test_called_by_another_program_it_has_its_own_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/usr/bin/pytest"])
    assert program() == "willing"


@pytest.mark.skipif(os.name == "nt", reason="other names and quotes there")
@pytest.mark.usefixtures("engine")
def test_every_command_that_names_another_names_it_so(script: str, scenario_file: Path) -> None:
    for arguments, named in (
        (["new", "own.yaml"], ["check own.yaml", "run own.yaml"]),
        (["run", "small.yaml", "--no-figures"], ["plot results/small"]),
        (["plot", "paris_2025"], ["run paris_2025"]),
    ):
        done = CliRunner().invoke(willing, arguments)
        for each in named:
            assert f"'{script}' {each}" in done.output
