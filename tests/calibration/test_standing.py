"""A scenario as of a day goes on as the record left it."""

from __future__ import annotations

import numpy as np
import pytest

from sim.calibration.history import History, load_history
from sim.calibration.likelihood import coalition_of, coefficients_of, hidden_state, quadrature
from sim.calibration.replay import seen_along
from sim.calibration.standing import hidden_draws, scenario_as_of, seen_by
from sim.core.stages import LEFT, PUBLIC, STAGES
from sim.scenario.arrays.numbers import arrays_of
from tests.calibration.made_up import count, entry, history, scenario

HISTORIES = ("libya_2011", "leopard_2023", "iraq_2003")


def past() -> History:
    entries = [
        entry("N00", "public", 1),
        entry("N01", "public", 4),
        entry("N02", "refused", 2),
        entry("N03", "endorsed", 2),
        count(2, 0, 2),
    ]
    return history(scenario(6, 8), entries)


@pytest.mark.parametrize("name", HISTORIES)
@pytest.mark.parametrize("share", [0.2, 0.6])
def test_nations_see_what_they_would_have_seen(name: str, share: float) -> None:
    record = load_history(f"histories/{name}")
    day = int(record.scenario.days * share)
    later = scenario_as_of(record, day, calendar="all")
    found, wanted = seen_along(History(later, ())), seen_along(record, until=day)
    for stage in ("talks", "willing"):
        after = getattr(wanted, stage)[:, day + 1 :]
        assert getattr(found, stage)[:, 1:] == pytest.approx(after, abs=1e-12)


def test_what_is_known_stands_and_the_rest_is_hidden() -> None:
    later = scenario_as_of(past(), 3)
    assert later.days == 5
    assert str(later.start) == "2003-01-04"
    by_id = {nation.id: nation for nation in later.nations}
    assert by_id["N00"].stage == {"public": 1.0}
    assert by_id["N02"].stage == {"left": 1.0}
    assert by_id["N01"].is_by_law
    assert seen_by(past(), 3) == {"N00": PUBLIC, "N02": LEFT}
    assert [(event.kind, event.first_date) for event in later.events] == [
        ("move", -2),
        ("meeting", -1),
    ]


def test_only_what_is_on_the_calendar_is_known_beforehand() -> None:
    later = scenario_as_of(past(), 1)
    assert [event.kind for event in later.events if event.first_date > 0] == ["meeting"]
    everything = scenario_as_of(past(), 1, calendar="all")
    kinds = [event.kind for event in everything.events if event.first_date > 0]
    assert kinds == ["meeting", "list", "signal"]
    record = past()
    assert scenario_as_of(record, 0, calendar="all") is record.scenario


def test_a_condition_stands_where_signals_have_put_it() -> None:
    before, after = (scenario_as_of(past(), day).conditions["mandate"] for day in (2, 3))
    assert (before.level, before.start) == pytest.approx((0.4, 0.4))
    level = 1.0 / (1.0 + 0.6 / 0.4 * np.exp(-1.5))
    assert (after.level, after.start) == pytest.approx((level, level))


@pytest.mark.parametrize("day", [-1, 8])
def test_a_day_out_of_range_is_refused(day: int) -> None:
    with pytest.raises(ValueError, match="the day must lie in 0 to 7"):
        scenario_as_of(past(), day)


def test_draws_are_of_what_is_hidden() -> None:
    day, n_draws, nodes = 3, 4_000, quadrature()
    at = coefficients_of(arrays_of(past().scenario).inputs)
    draws = hidden_draws(past(), day, at, n_draws, np.random.default_rng(1), nodes)
    assert set(draws) == {"climate"} | {
        f"nations.{nation}.{field}"
        for nation in ("N01", "N03", "N04", "N05")
        for field in ("disposition", "stage")
    }
    coalition = coalition_of(past(), until=day).until(day)
    exact = hidden_state(coalition, at, nodes)
    climate = np.array(draws["climate"])
    mean = exact.climate @ nodes.climate
    assert climate.mean() == pytest.approx(mean, abs=4.0 * climate.std() / np.sqrt(n_draws))
    of_stage = np.tensordot(exact.climate, exact.stage, 1).sum(axis=1)
    for nation in ("N01", "N03", "N05"):
        stages = np.array(draws[f"nations.{nation}.stage"])
        for place, stage in enumerate(("outside", "talks", "willing", "left", "public")):
            chance = of_stage[coalition.seen.nations.index(nation), place]
            error = np.sqrt(chance * (1.0 - chance) / n_draws)
            assert (stages == stage).mean() == pytest.approx(chance, abs=4.0 * error + 1e-9)
    assert set(draws["nations.N03.stage"]) <= set(STAGES)
