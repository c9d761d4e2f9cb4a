"""The command line as a whole: light to start, clear about what it does not know."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

import sim
from sim.cli.group import COMMANDS, willing

HEAVY = ("numpy", "numba", "mesa", "pandas", "pyarrow", "matplotlib", "pydantic", "scipy")


def modules_loaded_by(code: str) -> list[str]:
    """Heavy packages that are loaded once the code has run."""
    program = f"{code}\nimport sys\nprint(*(name for name in {HEAVY} if name in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    return done.stdout.splitlines()[-1].split()


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert modules_loaded_by("import sim") == []


@pytest.mark.parametrize(
    "arguments",
    [
        *(["--help"], ["run", "--help"], ["completion", "bash"]),
        pytest.param(["--version"], marks=pytest.mark.slow),
        *(
            pytest.param([name, "--help"], marks=pytest.mark.slow)
            for name in COMMANDS
            if name != "run"
        ),
    ],
)
def test_asking_for_help_loads_nothing_heavy(arguments: list[str]) -> None:
    code = (
        f"from sim.cli.group import willing\nwilling({arguments}, standalone_mode=False)\nprint()"
    )
    assert modules_loaded_by(code) == []


def test_help_is_there_at_once() -> None:
    def seconds() -> float:
        began = os.times()
        subprocess.run([sys.executable, "-m", "sim", "--help"], check=True, capture_output=True)
        ended = os.times()
        used = ended.children_user - began.children_user
        return used + ended.children_system - began.children_system

    # Of processor time, and the least of several: a machine may be busy with something else.
    assert min(seconds() for _ in range(5)) < 0.3


def test_a_command_ends_without_taking_apart_what_it_imported() -> None:
    program = (
        "import atexit, gc\n"
        "atexit.register(lambda: print(gc.get_freeze_count()))\n"
        "from sim.cli.main import main\n"
        "main()"
    )
    command = [sys.executable, "-c", program, "--version"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    version, n_left_as_they_are = done.stdout.splitlines()
    assert version == f"willing {sim.__version__}"
    assert int(n_left_as_they_are) > 1000


def test_help_lists_every_command() -> None:
    result = CliRunner().invoke(willing, ["--help"])
    assert result.exit_code == 0
    assert all(f"  {name}  " in result.stdout for name in COMMANDS)


def test_the_version_is_that_of_the_package_and_of_its_metadata() -> None:
    assert CliRunner().invoke(willing, ["--version"]).stdout == f"willing {sim.__version__}\n"
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    assert project.get("version", sim.__version__) == sim.__version__


def test_a_mistyped_command_is_refused_with_a_suggestion() -> None:
    result = CliRunner().invoke(willing, ["rnu"])
    assert result.exit_code == 2
    assert "Did you mean 'run'?" in result.stderr


def test_public_names_are_listed_before_they_are_loaded() -> None:
    assert {"load_scenario", "run", "load_results", "Ensemble", "Nation"} <= set(dir(sim))


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = sim.nonsense
