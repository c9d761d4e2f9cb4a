"""Whatever happens to a result folder, it is opened or refused in words, and soon."""

from __future__ import annotations

import os
import random
import shutil
import time
from contextlib import suppress
from pathlib import Path

import pytest
from click.testing import CliRunner

from sim.cli.group import willing
from sim.scenario.load import ScenarioError
from sim.store.ensembles import load_results
from sim.store.folder import ResultsError
from sim.store.open import open_result
from sim.studies.compare.stored import load_comparison
from sim.studies.sweep.folder import load_sweep
from tests.results.synthetic import small_ensemble
from tests.store.spoiling import spoil

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names")

STORED = Path(__file__).parent / "folders_0_1"
FOLDERS = sorted(item.name for item in STORED.iterdir() if item.is_dir())
SLOWEST_SECONDS = 20.0


def opened(folder: Path) -> None:
    """Open a folder in every way in which it can be opened; each may refuse it."""
    for load in (open_result, load_results, load_comparison, load_sweep):
        began = time.perf_counter()
        with suppress(ResultsError, ScenarioError):
            load(folder)
        assert time.perf_counter() - began < SLOWEST_SECONDS


def called(*arguments: str) -> None:
    """Call a command, which must end with a message and not with a traceback."""
    result = CliRunner().invoke(willing, list(arguments))
    assert result.exit_code in (0, 1, 2), (arguments, result.output)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    assert "Traceback" not in result.output


def check(tmp_path: Path, name: str, seeds: range, with_commands: bool) -> None:
    """Spoil copies of a folder, each in its own way, and open them."""
    for seed in seeds:
        luck = random.Random(seed)
        folder = tmp_path / f"{name} {seed}"
        shutil.copytree(STORED / name, folder)
        if name.startswith("sweep") and luck.random() < 0.4:
            (folder / "provenance.json").unlink()  # as of a sweep that was stopped
        how = ", ".join(spoil(folder, luck) for _ in range(luck.choice([1, 1, 1, 2])))
        try:
            opened(folder)
            if with_commands:
                called("plot", str(folder), "--quiet")
                called("trace", str(folder), "--quiet")
        except BaseException as error:
            error.add_note(f"{name}, seed {seed}: {how}")
            raise
        shutil.rmtree(folder)


@pytest.mark.parametrize("name", FOLDERS)
def test_a_spoilt_folder_is_opened_or_refused_in_words(tmp_path: Path, name: str) -> None:
    check(tmp_path, name, range(12), with_commands=False)


@pytest.mark.slow
@pytest.mark.usefixtures("blank_figures")
@pytest.mark.parametrize("name", FOLDERS)
def test_folders_spoilt_in_many_ways_are_opened_or_refused_in_words(
    tmp_path: Path, name: str
) -> None:
    check(tmp_path, name, range(100, 180), with_commands=True)


@pytest.mark.parametrize("seed", range(8))
def test_a_spoilt_folder_is_replaced_or_refused_in_words(tmp_path: Path, seed: int) -> None:
    folder = tmp_path / "out"
    shutil.copytree(STORED / "result_runs", folder)
    spoil(folder, random.Random(seed))
    with suppress(ResultsError):
        small_ensemble(6).save(folder, overwrite=True)
        assert load_results(folder).n_runs == 6
