"""Every experiment runs."""

import subprocess
import sys
from pathlib import Path

import pytest

from experiments.who_where_what.page import contradictions, page_of, read_tables

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


def test_the_page_of_three_questions_is_that_of_its_tables_which_bear_out_its_words():
    folder = ROOT / "experiments" / "who_where_what"
    tables = read_tables(folder)
    assert (folder / "README.md").read_text(encoding="utf-8") == page_of(tables)
    assert contradictions(tables) == []
