"""The digest that tells apart code of one version number."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import sim
from sim.store.code import code_digest

PACKAGE = Path(sim.__file__).parent


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The package, installed elsewhere."""
    target = tmp_path / "elsewhere" / "sim"
    shutil.copytree(PACKAGE, target, ignore=shutil.ignore_patterns("__pycache__"))
    return target


def test_it_is_the_same_wherever_the_package_lies_and_however_its_lines_end(copy: Path) -> None:
    for file in copy.rglob("*.py"):
        file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    (copy / "core" / "__pycache__").mkdir()
    (copy / "core" / "__pycache__" / "draws.cpython-313.pyc").write_bytes(b"compiled")
    assert code_digest(copy) == code_digest() == code_digest(PACKAGE)


@pytest.mark.parametrize(
    "file",
    [
        "core/rules/hazard.py",
        "core/kernel/day.py",
        "scenario/behaviours/calibrated.yaml",
        "scenario/arrays/numbers.py",
        "engines/block_runner.py",
        "engines/mesa/agents.py",
        "results/estimates.py",
        "studies/sweep/points.py",
        "studies/design/sampling.py",
        "studies/compare/evaluate.py",
    ],
)
def test_it_changes_with_whatever_can_move_a_number(copy: Path, file: str) -> None:
    text = (copy / file).read_text(encoding="utf-8")
    (copy / file).write_text(f"{text}# another\n", encoding="utf-8")
    assert code_digest(copy) != code_digest()


def test_it_changes_with_the_name_of_a_file(copy: Path) -> None:
    (copy / "core" / "draws.py").rename(copy / "core" / "drawn.py")
    assert code_digest(copy) != code_digest()


@pytest.mark.parametrize("folder", ["cli", "plots", "report"])
def test_it_stays_when_only_what_is_shown_changes(copy: Path, folder: str) -> None:
    for file in (copy / folder).rglob("*.py"):
        file.write_text("another = 1\n")
    assert code_digest(copy) == code_digest()
