"""Where a forecast of a past coalition stands, what it knows, and how it is scored."""

from __future__ import annotations

import numpy as np
import pytest

from sim.calibration.backtest.case import HALF, LAUNCH, START, THIRD, Case, fit_without, score
from sim.calibration.history import load_history
from sim.calibration.likelihood import coefficients_of
from sim.calibration.parameters import FittedParameter, Specification
from sim.scenario.arrays.numbers import arrays_of
from tests.calibration.made_up import entry, history, scenario


@pytest.fixture(scope="module")
def libya() -> Case:
    return Case("libya", load_history("histories/libya_2011"))


@pytest.fixture(scope="module")
def kabul() -> Case:
    return Case("kabul", load_history("histories/isaf_2001"))


def test_days_on_which_forecasts_stand(libya: Case, kabul: Case) -> None:
    days = libya.coalition.days
    assert [libya.day_of(each) for each in (START, THIRD, HALF)] == [0, days // 3, days // 2]
    launch = libya.day_of(LAUNCH)
    assert (libya.seen.published <= launch).sum() >= 3 > (libya.seen.published < launch).sum()
    # All names for Kabul come from one list: before it, nothing is known.
    assert kabul.known_day(THIRD) == 0 < kabul.day_of(THIRD)


def test_a_launch_takes_three_nations_that_were_not_public_at_the_start() -> None:
    days = {"N00": 1, "N01": 2, "N02": 4}  # LED is public from the start
    entries = [entry(nation, "public", day) for nation, day in days.items()]
    case = Case("small", history(scenario(nations=4), entries))
    assert case.day_of(LAUNCH) == 4


def test_the_model_and_the_baselines_forecast_the_same_nations(libya: Case) -> None:
    specification = Specification(coefficients_of(arrays_of(libya.history.scenario).inputs), ())
    for standing in (START, LAUNCH, THIRD):
        forecast = libya.outlook(standing, specification, np.empty(0))
        now = libya.standing(standing, ["bond", "capability"])
        assert forecast.nations == now.nations
        assert now.covariates.shape == (len(now.nations), 2)
        assert libya.joined(now.nations).sum() == now.joined.sum()
        found = score(libya, forecast)
        assert 0.0 < found.brier < 1.0
        assert 0.0 < found.log < 5.0
    assert libya.standing(START, ["bond"]).peers.max() > 0.0  # ties to the leaders


def test_a_fit_leaves_coalitions_out(libya: Case, kabul: Case) -> None:
    base = coefficients_of(arrays_of(libya.history.scenario).inputs)
    rate = FittedParameter("declare", -4.0, 1.0, {"declare.rate": 1.0})
    specification = Specification(base, (rate,))
    with_both = fit_without([libya, kabul], specification, [])
    without = fit_without([libya, kabul], specification, ["kabul"], start=with_both.mode)
    assert without.coalitions == (libya.coalition.name,)
    assert without.mode != pytest.approx(with_both.mode)
