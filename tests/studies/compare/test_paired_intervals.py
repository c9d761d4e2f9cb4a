"""The experiment on intervals of comparisons: its laws by hand, its tables as pages have them."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom

from sim.results.estimates import Z_95

FOLDER = Path(__file__).parents[3] / "experiments" / "paired_intervals"


@pytest.fixture(scope="module")
def study() -> Any:
    """The experiment as a module."""
    found = importlib.util.spec_from_file_location("paired_intervals", FOLDER / "study.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_the_law_of_the_runs_that_differ_is_that_of_a_draw_from_three(study: Any) -> None:
    outcomes = study.outcomes_of(2)
    law = dict(zip(zip(outcomes.gained.tolist(), outcomes.lost.tolist(), strict=True),
                   outcomes.law(0.2, 0.1).tolist(), strict=True))  # fmt: skip
    assert law == pytest.approx(
        {(0, 0): 0.49, (0, 1): 0.14, (0, 2): 0.01, (1, 0): 0.28, (1, 1): 0.04, (2, 0): 0.04}
    )
    gained = np.bincount(study.outcomes_of(9).gained, study.outcomes_of(9).law(0.2, 0.3))
    assert gained == pytest.approx(binom.pmf(np.arange(10), 9, 0.2))


def test_rivals_of_the_score_interval_are_those_of_their_papers(study: Any) -> None:
    """Ten runs of which three are gained and one is lost, by hand."""
    outcomes = study.outcomes_of(10)
    at = (outcomes.gained == 3) & (outcomes.lost == 1)
    low, high = study.wald(outcomes)
    half = Z_95 * np.sqrt((0.4 - 0.04) / 10)
    assert (low[at], high[at]) == (pytest.approx(0.2 - half), pytest.approx(0.2 + half))
    low, high = study.agresti_min(outcomes)  # half a run more in each of four cells
    half = Z_95 * np.sqrt((5 / 12 - (2 / 12) ** 2) / 12)
    assert (low[at], high[at]) == (pytest.approx(1 / 6 - half), pytest.approx(1 / 6 + half))


def test_coverage_is_that_of_an_interval_of_one_chance_where_nothing_is_lost(study: Any) -> None:
    """Wald's interval of 20 runs, summed over the law of those gained alone."""
    chance, n_runs = 0.3, 20
    gained = np.arange(n_runs + 1)
    half = Z_95 * np.sqrt(gained / n_runs * (1 - gained / n_runs) / n_runs)
    holds = np.abs(gained / n_runs - chance) <= half
    expected = binom.pmf(gained, n_runs, chance)[holds].sum()
    found = study.coverages(n_runs, np.array([[chance, 1e-13]]))
    assert found["Wald"] == pytest.approx([expected], abs=1e-9)


@pytest.mark.slow
def test_the_tables_in_the_pages_are_what_it_gives(study: Any) -> None:
    coverage = "\n".join(study.coverage_lines(study.SIZES, study.N_PAIRS))
    for page in study.PAGES:
        marked = f"{study.MARK_BEGIN}\n{coverage}\n{study.MARK_END}"
        assert marked in page.read_text(encoding="utf-8"), f"run {FOLDER.name}/study.py again"
