"""Paths and ranges as people write them, the lattice of their levels, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sim.scenario.files.errors import ScenarioError
from sim.scenario.load import scenario_from_dict
from sim.studies.tipping.levels import (
    LEAST_PARTS,
    MOST_SCENARIOS,
    N_SCANNED_LEVELS,
    AlongError,
    levels_from,
    paths_from,
    split_along,
)

SCENARIO = scenario_from_dict(
    {
        "start": "2025-03-10",
        "days": 60,
        "nations": ["A", "B", {"id": "C", "stage": {"talks": 0.5, "willing": 0.5}}],
        "ties": {"leaders": 2},
        "conditions": {"backing": {"level": 0.4}},
        "events": [
            {"date": "2025-03-20", "meeting": "summit"},
            {"date": "2025-03-25", "list": "a : b = c"},
        ],
        "success": {"public_size": 2},
    }
)


@pytest.mark.parametrize(
    ("path", "low", "high", "last", "n_slots"),
    [
        ("conditions.backing.level", 0.01, 0.99, 1280, 1),
        ("nations.*.stake", 0.0, 1.0, 1280, 3),
        ("nations.A.support", 0.0, 1.0, 1280, 1),
        ("events.summit.date", 1, 60, 59, 1),
        ("success.public_size", 0, 3, 3, 0),
    ],
)
def test_shares_days_and_sizes_have_a_range_of_their_own(
    path: str, low: float, high: float, last: int, n_slots: int
) -> None:
    found = levels_from(SCENARIO, path)
    assert (found.low, found.high, found.last, len(found.slots)) == (low, high, last, n_slots)
    assert (np.diff(found.values) > 0).all()


@pytest.mark.parametrize("n_runs", [6, 1000, 1500, 10_000, 1_000_000])
def test_more_runs_have_closer_levels_which_are_those_of_the_grid_as_well(n_runs: int) -> None:
    few, many = (levels_from(SCENARIO, "tempo", (1, 2), n_runs=n) for n in (1000, n_runs))
    np.testing.assert_array_equal(many.values[many.grid()], few.values[few.grid()])
    parts = many.last / (N_SCANNED_LEVELS - 1)
    assert parts >= LEAST_PARTS * (n_runs / 1000) ** 0.5
    assert parts == LEAST_PARTS or parts < 2 * LEAST_PARTS * (n_runs / 1000) ** 0.5
    assert levels_from(SCENARIO, "success.public_size", n_runs=n_runs).last == 3


def test_levels_are_written_as_people_write_numbers() -> None:
    found = levels_from(SCENARIO, "conditions.backing.level", (0.05, 0.95))
    assert found.values[found.grid()].tolist()[:3] == [0.05, 0.0725, 0.095]
    assert found.values[-1] == 0.95
    assert len(found.grid()) == 41


def test_dates_are_days_and_may_be_written_as_dates() -> None:
    found = levels_from(SCENARIO, *split_along("events.summit.date=2025-03-12:2025-04-01"))
    assert (found.low, found.high, found.is_date, found.is_whole) == (2, 22, True, True)
    assert found.values.tolist() == list(range(2, 23))
    several = {"events.summit.date": (pd.Timestamp("2025-03-12"), pd.Timestamp("2025-04-01"))}
    assert levels_from(SCENARIO, *next(iter(paths_from(several).items()))).high == 22


def test_on_a_log_scale_levels_lie_closer_at_the_low_end() -> None:
    found = levels_from(SCENARIO, *split_along("tempo=0.25:4:log"))
    assert found.values[found.last // 2] == 1.0
    assert found.middle(0.25, 4.0) == 1.0
    assert found.share(0.5) == pytest.approx(0.25)
    assert found.at(np.array([0.0, 0.75, 1.0])).tolist() == [0.25, 2.0, 4.0]


def test_a_number_that_the_inputs_do_not_hold_has_few_levels() -> None:
    assert levels_from(SCENARIO, "ties.leaders", (1, 5)).last == 40
    assert levels_from(SCENARIO, "days", (30, 60)).last == 30
    with pytest.raises(AlongError, match=rf"at most {MOST_SCENARIOS} can be tried"):
        levels_from(SCENARIO, "days", (30, 600))


def test_a_coarser_grid_of_whole_numbers_knows_no_single_number() -> None:
    dates = levels_from(SCENARIO, "events.summit.date")
    assert not dates.on_grid().is_whole
    assert dates.on_grid().values.tolist() == dates.values[dates.grid()].tolist()
    assert levels_from(SCENARIO, "success.public_size").on_grid().is_whole


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tempo", "tempo has no range of its own; give one, tempo=LOW:HIGH"),
        ("days", "days has no range of its own"),
        ("tempo=2:1", "2 must be below 1, the low end first"),
        ("tempo=1", "must have the form PATH, PATH=LOW:HIGH or PATH=LOW:HIGH:log"),
        ("tempo=1:2:3:4", "must have the form PATH"),
        ("=1:2", "must have the form PATH"),
        ("", "'' must have the form PATH"),
        ("tempo=1:2:lgo", "spacing 'lgo' must be one of linear, log"),
        ("events.summit.date=1:20:log", "log is for numbers above 0, not for whole numbers"),
        ("nations.A.threshold=0:1:log", "log is for numbers above 0, not for 0"),
        ("tempo=1:1.0000000000001", "are too close to each other"),
    ],
)
def test_what_is_no_range_is_refused(text: str, said: str) -> None:
    with pytest.raises(AlongError, match=said):
        levels_from(SCENARIO, *split_along(text))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("conditions.bakcing.level", "unknown condition 'bakcing'; did you mean 'backing'"),
        ("nations.A.stake=0:2", "nations.A.stake: 2 must be between 0 and 1"),
        ("nations.A.stake=low:1", "'low' must be a number"),
        ("nations.C.stage.talks", "the probabilities add up to"),
        ("nations.A.stage", "takes no number"),
        ("start", "is not varied"),
        ("events.summit.date=2025-03-12:2026-04-01", "events.summit.date"),
    ],
)
def test_what_the_scenario_cannot_have_is_refused_in_its_words(text: str, said: str) -> None:
    with pytest.raises(ScenarioError, match=said):
        levels_from(SCENARIO, *split_along(text))


def test_paths_come_as_texts_or_as_a_mapping() -> None:
    assert paths_from("tempo=1:2") == {"tempo": (1, 2)}
    assert paths_from(["tempo=1:2:log", "days=3:4"]) == {"tempo": (1, 2, "log"), "days": (3, 4)}
    assert paths_from({"tempo": np.array([1.0, 2.0]), "x": None}) == {
        "tempo": (1.0, 2.0),
        "x": None,
    }
    with pytest.raises(AlongError, match="tempo is given twice; two paths make a plane"):
        paths_from(["tempo=1:2", "tempo=2:3"])
    with pytest.raises(AlongError, match="must be \\(low, high\\)"):
        paths_from({"tempo": 3})
