"""Changes against runs of which some are made: exact where all are, and covered where not."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from sim.studies.keystone.changes import changes_by_some, changes_of
from sim.studies.keystone.runs import first_due

N_STUDIES = 1000


class Game(NamedTuple):
    """Runs of many studies, shape (n_runs, n_studies)."""

    before: NDArray[np.float64]
    base: NDArray[np.float64]
    after: NDArray[np.float64]
    differs: NDArray[np.bool_]


def numbers(n_runs: int, share: float) -> tuple[Game, float]:
    """Skewed counts whose changes go together, and the mean change of all runs."""
    rng, shape = np.random.default_rng(7), (n_runs, N_STUDIES)
    differs = rng.random(shape) < share
    base = np.round(10 + 3 * rng.normal(size=shape) + 2 * differs)
    steps = np.where(rng.random(shape) < 0.3, 2.0, 1.0)  # of one luck, for both changes
    before = base - differs * (rng.random(shape) < 0.25) * rng.choice([1, 2, 3], shape) * steps
    after = base + (rng.random(shape) < 0.2) * steps
    return Game(before, base, after, differs), 0.2 * 1.3 + share * 0.25 * 2 * 1.3


def chances(n_runs: int, share: float) -> tuple[Game, float]:
    """Outcomes that the change makes true in a twentieth of runs, and the base in a tenth."""
    rng, shape = np.random.default_rng(8), (n_runs, N_STUDIES)
    differs, base = rng.random(shape) < share, rng.random(shape) < 0.2
    after = base | (rng.random(shape) < 0.05)
    before = base & ~(differs & (rng.random(shape) < 0.1))
    found = (each.astype(np.float64) for each in (before, base, after))
    return Game(*found, differs), 0.8 * 0.05 + share * 0.2 * 0.1


@pytest.mark.parametrize("is_chance", [False, True])
def test_where_all_runs_are_made_changes_are_those_of_all(is_chance: bool) -> None:
    game, _ = (chances if is_chance else numbers)(200, 0.4)
    found = changes_by_some(*game, game.differs, is_chance)
    expected = changes_of(game.before, game.after, is_chance)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("n_runs", [200, 1000])
def test_intervals_of_some_runs_cover_the_mean_of_all(n_runs: int, share: float) -> None:
    """Nearly 95 % of numbers, though they are skewed; of chances, at least."""
    for (game, truth), is_chance in (
        (numbers(n_runs, share), False),
        (chances(n_runs, share), True),
    ):
        is_made = first_due(game.differs, 0.06, 30)
        before = np.where(is_made, game.before, game.base)
        found = np.array(changes_by_some(before, *game[1:], is_made, is_chance))
        errors = found[:, 0] - truth
        assert abs(errors.mean()) < 4.5 * errors.std() / N_STUDIES**0.5  # none is favoured
        n_covered = ((found[:, 1] <= truth) & (truth <= found[:, 2])).sum()
        assert n_covered / N_STUDIES > 0.9
        if not is_chance:
            assert n_covered / N_STUDIES < 0.98


def test_the_first_runs_that_may_differ_are_made_a_few_in_any_case() -> None:
    differs = numbers(300, 0.6)[0].differs
    differs[:, 0] = np.arange(300) % 30 == 0
    is_made = first_due(differs, 0.2, 20)
    assert is_made[:, 0].sum() == 10
    assert (is_made[:, 1:].sum(axis=0) == np.ceil(0.2 * differs[:, 1:].sum(axis=0))).all()
    assert not (is_made & ~differs).any()
    last = 299 - is_made[::-1].argmax(axis=0)
    assert all(differs[: n + 1, k].sum() == is_made[:, k].sum() for k, n in enumerate(last))


def test_what_is_the_same_in_every_run_has_no_width() -> None:
    differs = np.arange(300)[:, None] < 120
    base = np.where(differs, 3.0, 2.0)
    is_made = first_due(differs, 0.1, 50)
    (still,) = changes_by_some(base, base, base + 1, differs, is_made, is_chance=False)
    assert still == (1.0, 1.0, 1.0)
    (found,) = changes_by_some(base - 2 * is_made, base, base + 1, differs, is_made, False)
    assert found.mean == pytest.approx(1.8)  # the base is 2 more in two fifths of the runs
    assert 1.6 < found.low < found.high < 2.0
