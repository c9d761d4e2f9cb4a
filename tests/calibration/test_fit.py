"""A fit finds the parameters that runs were made with, and says how far it is in doubt."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

import sim
from sim.calibration.fit import Fit, NoMaximumError, Posterior, _Counted, fit
from sim.calibration.likelihood import (
    Coalition,
    ImpossibleRecordError,
    coalition_of,
    coefficients_of,
)
from sim.calibration.parameters import FittedParameter, Specification, place_of
from sim.core.layout import Reals
from sim.core.stages import PUBLIC
from sim.scenario.arrays.numbers import arrays_of
from tests.calibration.made_up import entry, history, scenario

BEHAVIOUR: dict[str, Any] = {
    "initial": {"talks": {"odds": 2.0, "climate": 0.8}, "willing": {"share": 0.2}},
    "resolve": {"rate": 0.05, "bond": 2.0, "climate": 0.5, "convened": 0.8},
    "declare": {"rate": 0.08, "convened": 1.0, "listed": 2.0},
    "decline": {"talks": {"rate": 0.01}, "willing": {"rate": 0.01}},
}

TRUTH = {
    "resolve.rate": np.log(0.05),
    "declare.rate": np.log(0.08),
    "initial.talks.odds": np.log(2.0),
    "resolve.bond": 2.0,
    "declare.convened": 1.0,
}


@cache
def coalitions() -> tuple[Coalition, ...]:
    """Records that runs of the batch engine leave."""
    of = scenario(30, 20, BEHAVIOUR)
    records = sim.run(of, runs=8, seed=11).records.runs
    assert records is not None
    past = []
    for first in np.array(records.first_day)[:, 1:, PUBLIC]:
        entries = [entry(f"N{n:02}", "public", int(day)) for n, day in enumerate(first) if day > 0]
        past.append(coalition_of(history(of, entries), reported=0.0))
    return tuple(past)


def specification(*more: FittedParameter) -> Specification:
    base = coefficients_of(arrays_of(scenario(30, 20, BEHAVIOUR)).inputs)
    parameters = [FittedParameter(path, TRUTH[path] + 0.5, 1.0, {path: 1.0}) for path in TRUTH]
    return Specification(base, (*parameters, *more))


@cache
def fitted() -> Fit:
    unseen = FittedParameter("of nothing", 3.0, 0.7, {"return.bond": 1.0})
    return fit(specification(unseen), coalitions(), starts=2, candidates=150, draws=100, seed=1)


def test_the_parameters_of_the_runs_are_found() -> None:
    found = fitted()
    distance = (found.mode[:5] - np.array(list(TRUTH.values()))) / found.standard_errors[:5]
    assert np.abs(distance).max() < 4.0
    assert (distance**2).sum() < 20.5  # one in a thousand of five
    assert (found.standard_errors[:5] < 0.95).all()


def test_all_starts_end_in_the_same_place() -> None:
    assert np.ptp(fitted().starts) < 1e-3
    assert fitted().evaluations < 250


def test_a_start_that_ends_higher_is_searched_from_again(monkeypatch: pytest.MonkeyPatch) -> None:
    search, begun = _Counted.search, []

    def stuck_at_first(self: _Counted, begin: Reals) -> tuple[Reals, float]:
        begun.append(begin)
        if len(begun) == 1:
            return begin, self.in_prior_units(begin)[0]
        return search(self, begin)

    alone = fit(specification(), coalitions()[:2], starts=1, draws=0)
    monkeypatch.setattr(_Counted, "search", stuck_at_first)
    found = fit(specification(), coalitions()[:2], starts=3, draws=0)
    assert len(begun) == 2
    assert found.mode == pytest.approx(alone.mode, abs=1e-3)
    assert found.standard_errors == pytest.approx(alone.standard_errors, rel=1e-2)
    assert found.starts[0] < found.log_posterior - 0.1
    assert found.starts[1:] == pytest.approx(found.log_posterior, abs=1e-2)


def test_a_fit_may_go_without_its_covariance() -> None:
    calls: list[tuple[int, int]] = []
    found = fit(
        specification(),
        coalitions()[:2],
        starts=2,
        with_covariance=False,
        progress=lambda *counts: calls.append(counts),
    )
    assert np.isnan(found.covariance).all()
    assert found.covariance.shape == (5, 5)
    assert found.draws.size == 0
    assert [done for done, _ in calls] == list(range(1, found.evaluations + 1))
    assert all(done <= of_all for done, of_all in calls)


def test_what_no_record_tells_keeps_its_prior() -> None:
    found = fitted()
    assert found.mode[5] == pytest.approx(3.0, abs=1e-6)
    assert found.standard_errors[5] == pytest.approx(0.7, rel=1e-4)


def test_draws_are_of_the_posterior() -> None:
    found = fitted()
    assert found.draws.shape == (100, 6)
    assert found.pareto_k < 0.7
    assert found.effective_draws > 40
    distance = (found.draws.mean(axis=0) - found.mode) / found.standard_errors
    assert np.abs(distance).max() < 0.6
    assert fit(specification(), coalitions()[:2], 1, draws=0).draws.size == 0


def test_the_gradient_of_the_posterior_is_that_of_differences() -> None:
    posterior = Posterior(specification(), coalitions()[:3])
    at = posterior.specification.means + 0.3
    value, slope = posterior.with_gradient(at)
    assert value == pytest.approx(posterior(at), rel=1e-12)
    for step, found in zip(np.eye(at.size) * 1e-4, slope, strict=True):
        wanted = (posterior(at + step) - posterior(at - step)) / 2e-4
        assert found == pytest.approx(wanted, rel=1e-5, abs=1e-4)


def test_a_tied_parameter_moves_all_its_coefficients() -> None:
    tied = FittedParameter("exits", -3.0, 1.0, {"decline.talks.rate": 1.0, "resolve.bond": -0.5})
    found = Specification(specification().base, (tied,)).coefficients(np.array([2.0]))
    assert found.table[place_of("decline.talks.rate")] == 2.0
    assert found.table[place_of("resolve.bond")] == -1.0
    assert found.table[place_of("declare.convened")] == 1.0


def test_extra_columns_may_be_fitted() -> None:
    of = scenario(4, 6, BEHAVIOUR)
    past = history(of, [entry("N01", "public", 2)])
    values = {nation.id: 0.5 + 0.5 * (nation.id == "N01") for nation in of.nations}
    coalition = coalition_of(past, extra={"host": values})
    base = coefficients_of(arrays_of(of).inputs)
    parameter = FittedParameter("host", 0.0, 1.0, {"declare.host": 1.0})
    found = fit(Specification(base, (parameter,), ("host",)), [coalition], 1, draws=0)
    assert found.mode[0] > 0.01
    with pytest.raises(ValueError, match=r"unknown coefficient 'declare\.host'"):
        Specification(base, (parameter,))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"on": {"resolve.bnd": 1.0}}, "unknown coefficient 'resolve.bnd'"),
        ({"on": {"initial.talks.convened": 1.0}}, "unknown coefficient"),
        ({"sd": 0.0}, "the sd of a prior must be above 0"),
    ],
)
def test_a_wrong_parameter_is_refused(change: dict[str, Any], message: str) -> None:
    given: dict[str, Any] = {"name": "bond", "mean": 1.0, "sd": 1.0, "on": {"resolve.bond": 1.0}}
    with pytest.raises(ValueError, match=message):
        Specification(specification().base, (FittedParameter(**{**given, **change}),))


def test_priors_may_be_changed_and_parameters_left_out() -> None:
    of = specification()
    changed = of.with_prior("resolve.bond", 0.0, 1e-3)
    assert changed.sds[of.names.index("resolve.bond")] == 1e-3
    assert of.without(["resolve.bond"]).names == tuple(p for p in TRUTH if p != "resolve.bond")
    with pytest.raises(ValueError, match="unknown parameter 'bnd'"):
        of.with_prior("bnd", 0.0, 1.0)
    with pytest.raises(ValueError, match="different names"):
        specification(FittedParameter("resolve.bond", 0.0, 1.0, {"resolve.bond": 1.0}))


def test_a_search_that_ends_where_nothing_is_finite_has_no_maximum(monkeypatch):
    counter = _Counted(Posterior(specification(), coalitions()))
    slope = np.full(len(TRUTH), np.inf)
    monkeypatch.setattr(_Counted, "in_prior_units", lambda *_: (0.0, slope))
    with np.errstate(invalid="ignore"), pytest.raises(NoMaximumError, match="no maximum"):
        counter.curvature(np.zeros(len(TRUTH)))


def test_a_candidate_under_which_a_record_cannot_happen_has_no_weight(monkeypatch):
    asked = iter([-10.0, None, -11.0])

    def posterior(*_):
        value = next(asked)
        if value is None:
            raise ImpossibleRecordError("cannot happen")
        return value

    monkeypatch.setattr(Posterior, "__call__", posterior)
    counter = _Counted(Posterior(specification(), coalitions()))
    values = np.array([counter.value(np.zeros(len(TRUTH))) for _ in range(3)])
    weights = np.exp(values - values.max())
    assert weights.tolist() == pytest.approx([1.0, 0.0, np.exp(-1.0)])
    assert counter.evaluations == 3
