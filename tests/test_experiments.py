"""Every experiment runs."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
STUDIES = sorted((ROOT / "experiments").glob("*/study.py"))


@pytest.mark.slow
@pytest.mark.parametrize("study", STUDIES, ids=[study.parent.name for study in STUDIES])
def test_an_experiment_runs_quickly_when_asked_to(study, tmp_path):
    command = [sys.executable, str(study), "--quick"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout


@pytest.mark.parametrize("study", STUDIES, ids=[study.parent.name for study in STUDIES])
def test_an_experiment_says_what_it_asks(study):
    assert (study.parent / "README.md").is_file()
