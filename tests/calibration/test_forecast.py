"""A forecast is an ensemble that goes on from what was known, and agrees with exact chances."""

from __future__ import annotations

import datetime
import math

import numpy as np
import pytest

from sim.calibration.forecast import day_of, forecast, forecast_scenario, record_weights
from sim.calibration.history import History
from sim.calibration.likelihood import (
    ImpossibleRecordError,
    coalition_of,
    coefficients_of,
    log_likelihood,
    quadrature,
)
from sim.calibration.outlook import outlook
from sim.core.stages import PUBLIC, WILLING
from sim.results.joining import public_days
from sim.scenario.arrays.numbers import arrays_of
from tests.calibration.made_up import entry, history, scenario
from tests.calibration.test_outlook import ALONE

DAY = 3


def past() -> History:
    entries = [entry("N00", "public", 1), entry("N01", "refused", 2), entry("N02", "public", 6)]
    return history(scenario(6, 9, ALONE), entries)


def test_runs_agree_with_exact_chances_where_nations_do_not_mind_each_other() -> None:
    runs = 20_000
    found = forecast(past(), DAY, runs=runs, n_draws=5_000, calendar="all")
    exact = outlook(past(), DAY, coefficients_of(arrays_of(past().scenario).inputs), quadrature())
    assert found.records.runs is not None
    public = np.array(found.records.runs.first_day)[:, :, PUBLIC] >= 0
    by_nation = dict(zip(found.nations, public.mean(axis=0), strict=True))
    assert by_nation["N00"] == by_nation["LED"] == 1.0
    for nation, chance in zip(exact.nations, exact.chances, strict=True):
        # Of 5,000 draws, each in some four runs.
        error = np.sqrt(chance * (1.0 - chance) * (1.0 / runs + 1.0 / 5_000))
        assert by_nation[nation] == pytest.approx(chance, abs=4.5 * error)


def test_a_forecast_starts_on_its_day_and_says_so() -> None:
    found = forecast_scenario(past(), "2003-01-04", n_draws=50)
    assert found.days == 6
    assert found.start == datetime.date(2003, 1, 4)
    assert found.title.endswith("as of 2003-01-04")
    assert found.draws is not None
    assert found.draws.n_lines == 50


def test_the_same_seed_gives_the_same_forecast() -> None:
    one, same, other = (forecast_scenario(past(), DAY, n_draws=50, seed=seed) for seed in (1, 1, 2))
    assert one.digest == same.digest != other.digest


def test_draws_of_parameters_go_with_draws_of_what_is_hidden() -> None:
    rates = {"behaviour.declare.rate": [0.01, 0.8], "behaviour.resolve.rate": [0.02, 0.5]}
    found = forecast_scenario(past(), DAY, rates, weights=[1.0, 1.0], n_draws=400)
    assert found.draws is not None
    columns = {path: np.array(values) for path, values in found.draws.columns.items()}
    is_fast = columns["behaviour.declare.rate"] == 0.8
    assert 150 < is_fast.sum() < 250
    assert ((columns["behaviour.resolve.rate"] == 0.5) == is_fast).all()
    # Who is silent where announcing is fast is less likely to be willing.
    willing = columns["nations.N05.stage"] == WILLING
    assert willing[is_fast].mean() < willing[~is_fast].mean()
    with pytest.raises(ValueError, match="the same number of draws"):
        forecast_scenario(past(), DAY, {"climate": [0.0], "behaviour.declare.rate": [0.1, 0.2]})


def test_draws_of_parameters_count_by_what_the_record_says_of_them() -> None:
    rates = {"behaviour.declare.rate": [0.01, 0.2, 0.8]}
    chances = []
    for rate in rates["behaviour.declare.rate"]:
        of = past().scenario.with_changes({"behaviour.declare.rate": rate})
        coalition = coalition_of(past(), until=DAY).until(DAY)
        value = log_likelihood(
            coalition, coefficients_of(arrays_of(of).inputs), with_gradient=False
        )
        chances.append(np.exp(value.log_likelihood))
    weights = np.array([1.0, 2.0, 1.0])
    wanted = weights * chances / (weights @ chances)
    assert record_weights(past(), DAY, rates, weights.tolist()) == pytest.approx(wanted)
    found = forecast_scenario(past(), DAY, rates, n_draws=4_000)
    assert found.draws is not None
    share = np.mean(np.array(found.draws.columns["behaviour.declare.rate"]) == 0.2)
    wanted = chances[1] / sum(chances)
    assert share == pytest.approx(wanted, abs=4.5 * np.sqrt(wanted * (1.0 - wanted) / 4_000))


@pytest.mark.parametrize("path", ["tempo", "conditions.mandate.level", "nations.N03.stage"])
def test_parameters_are_numbers_of_the_behaviour(path: str) -> None:
    """A level that a signal has moved would be drawn as if it had not."""
    for make in (record_weights, forecast_scenario):
        with pytest.raises(ValueError, match=f"^parameters: {path} is no number of the behaviour"):
            make(past(), DAY, {path: [0.5, 1.0]})


def test_how_long_nations_remember_comes_with_the_behaviour() -> None:
    fatigue = {"memory.fatigue": [0.0, 0.5]}
    assert record_weights(past(), DAY, fatigue).sum() == pytest.approx(1.0)
    drawn = forecast_scenario(past(), DAY, fatigue, n_draws=20).draws
    assert drawn is not None
    assert "memory.fatigue" in drawn.columns


def test_draws_of_no_weight_do_not_count() -> None:
    rates = {"behaviour.declare.rate": [0.2, 0.8]}
    assert record_weights(past(), DAY, rates, [0.0, 3.0]).tolist() == [0.0, 1.0]
    # Nobody declares under the second, and the first is not to be taken.
    impossible = {"behaviour.declare.rate": [0.2, 0.0]}
    with pytest.raises(ImpossibleRecordError):
        record_weights(past(), DAY, impossible, [0.0, 1.0])


def test_a_day_may_be_a_date_a_text_or_a_number() -> None:
    day = datetime.date(2003, 1, 4)
    assert [day_of(past(), each) for each in (day, "2003-01-04", 3)] == [3, 3, 3]


def test_progress_is_told_draw_by_draw() -> None:
    parameters = {"behaviour.resolve.rate": [0.1, 0.2, 0.3]}
    told: list[tuple[int, int]] = []

    def note(done: int, of_all: int) -> None:
        told.append((done, of_all))

    weights = record_weights(past(), DAY, parameters, progress=note)
    assert told == [(1, 3), (2, 3), (3, 3)]
    told.clear()
    forecast_scenario(past(), DAY, parameters, weights.tolist(), n_draws=50, progress=note)
    assert told == [(done, len(told)) for done in range(1, len(told) + 1)]
    assert 1 <= len(told) <= 3


@pytest.mark.slow
def test_forecasts_of_simulated_coalitions_expect_what_comes() -> None:
    """With peers, momentum, a meeting and a list; one refusal in two is on record."""
    of, n_coalitions = scenario(8, 12), 250
    simulated = forecast(history(of, []), 0, runs=n_coalitions, calendar="all", seed=3)
    joins, refuses = public_days(simulated), simulated.refusal_day
    is_told = np.random.default_rng(4).random(refuses.shape) < 0.5
    more, ranks = [], []
    for run in range(n_coalitions):
        rows = [
            entry(nation, event, int(days[run, place]))
            for place, nation in enumerate(simulated.nations)
            for event, days in (("public", joins), ("refused", refuses))
            if days[run, place] > 0 and (event == "public" or is_told[run, place])
        ]
        found = forecast(history(of, rows), 4, runs=200, n_draws=200, calendar="all", seed=run)
        sizes, size = (public_days(found) >= 0).sum(axis=1), (joins[run] >= 0).sum()
        more.append(sizes.mean() - size)
        ranks.append((sizes < size).mean() + 0.5 * (sizes == size).mean())
    assert abs(np.mean(more)) < 4.5 * np.std(more) / math.sqrt(n_coalitions)
    assert abs(np.mean(ranks) - 0.5) < 4.5 * np.std(ranks) / math.sqrt(n_coalitions)
