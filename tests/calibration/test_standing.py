"""A scenario as of a day goes on as the record left it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.stats import chi2_contingency

import sim
from sim.calibration.forecast import forecast_scenario
from sim.calibration.history import History, load_history
from sim.calibration.likelihood import (
    coalition_of,
    coefficients_of,
    hidden_state,
    log_likelihood,
    quadrature,
)
from sim.calibration.outlook import outlook
from sim.calibration.record import Entry
from sim.calibration.replay import published_day, replayed, seen_along
from sim.calibration.standing import at_medians, hidden_draws, random_past, scenario_as_of, seen_by
from sim.core.likelihood import IN_PLAY_BY, NOT_RECORDED
from sim.core.stages import DEPLOYED, LEFT, NO_DAY, PUBLIC, STAGES, WILLING
from sim.scenario.arrays.numbers import arrays_of
from sim.scenario.load import scenario_from_dict
from tests.calibration.made_up import BEHAVIOUR, START, count, entry, history, scenario
from tests.calibration.test_outlook import ALONE

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


@pytest.mark.parametrize(("title", "found"), [("Talks", "Talks"), ("", "Untitled")])
def test_the_title_says_as_of_when(title: str, found: str) -> None:
    untitled = replace(past(), scenario=past().scenario.with_changes({"title": title}))
    assert scenario_as_of(untitled, 3).title == f"{found}, as of 2003-01-04"


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


def test_on_the_day_of_a_count_so_many_are_willing_in_every_draw() -> None:
    told = history(scenario(6, 8), [entry("N00", "public", 1), count(2, 3, 3)])
    draws = hidden_draws(
        told, 2, coefficients_of(arrays_of(told.scenario).inputs), 300, np.random.default_rng(1)
    )
    stages = np.array([values for path, values in draws.items() if path.endswith(".stage")])
    assert stages.shape == (5, 300)
    assert ((stages == "willing").sum(axis=0) == 3).all()


def test_draws_after_a_count_are_those_of_runs_that_fit_the_record() -> None:
    """Runs of the batch engine in which as many were willing, against draws, jointly."""
    without_return = {name: move for name, move in ALONE.items() if name != "return"}
    of, day = scenario(4, 3, without_return), 2
    records = sim.run(of, runs=100_000, seed=5, keep="runs").records.runs
    assert records is not None
    willing, public = np.moveaxis(np.array(records.first_day)[:, 1:, (WILLING, PUBLIC)], 2, 0)
    left = np.array(records.refusal_day)[:, 1:]
    was_willing = (willing >= 0) & (willing <= day)
    was_willing &= ~((left >= 0) & (left <= day)) & ~((public >= 0) & (public <= day))
    fits = (public[:, 0] == 1) & (public[:, 1:] < 0).all(axis=1) & (was_willing.sum(axis=1) == 2)
    ran = np.array(records.stage)[fits, 2:]
    ran[ran > PUBLIC] = LEFT

    told = history(of, [entry("N00", "public", 1), count(day, 2, 2)])
    at, n_draws = coefficients_of(arrays_of(of).inputs), 20_000
    random = np.random.default_rng(6)
    draws = hidden_draws(told, 3, at, n_draws, random, quadrature(48, 12), reported=0.0)
    names = [draws[f"nations.N0{number}.stage"] for number in (1, 2, 3)]
    drawn = np.array([[STAGES.index(stage) for stage in values] for values in names]).T
    patterns, place = np.unique(np.vstack([ran, drawn]), axis=0, return_inverse=True)
    is_run = np.arange(place.size) < len(ran)
    counts = [
        np.bincount(place.ravel()[which], minlength=len(patterns)) for which in (is_run, ~is_run)
    ]
    often = np.array(counts).sum(axis=0) >= 20
    assert often.sum() > 10
    assert chi2_contingency(np.array(counts)[:, often]).pvalue > 1e-4


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


def changed(*entries: Entry, events: Sequence[dict[str, Any]] = (), **parts: Any) -> History:
    """A small coalition with other parts, nations by their stages, and a record."""
    full = scenario(3, 8).full()
    full["events"] += events
    stages = parts.pop("stages", {})
    for nation in full["nations"]:
        nation["stage"] = stages.get(nation["id"], nation["stage"])
    return history(scenario_from_dict(full | parts), entries)


def drawn_on(past: History, day: int) -> dict[str, list[Any]]:
    at = coefficients_of(arrays_of(past.scenario).inputs)
    return hidden_draws(past, day, at, 20, np.random.default_rng(1))


def stage_as_of(past: History, nation: str, day: int) -> dict[str, float]:
    return next(each.stage for each in scenario_as_of(past, day).nations if each.id == nation)


@pytest.mark.parametrize("stage", ["public", "pledged", "deployed"])
@pytest.mark.parametrize("day", [0, 5])
def test_who_starts_public_stays_where_it_is(stage: str, day: int) -> None:
    past = changed(entry("N00", "public", 3), stages={"N00": stage, "LED": "deployed"})
    assert coalition_of(past).seen.nations == ("N01", "N02")
    assert "nations.N00.stage" not in drawn_on(past, day)
    assert stage_as_of(past, "N00", day) == {stage: 1.0}
    moves = [event for event in scenario_as_of(past, day).events if event.kind == "move"]
    assert moves == []
    led = changed(entry("LED", "public", 3), stages={"LED": "deployed"})
    assert replayed(led, 5).nations[0].stage == DEPLOYED


def test_who_starts_public_refuses_no_more_than_a_part() -> None:
    past = changed(entry("N00", "refused", 2), entry("LED", "refused", 3), stages={"N00": "public"})
    assert seen_by(past, 5) == {}
    assert stage_as_of(past, "LED", 5) == {"public": 1.0}


@pytest.mark.parametrize("first", [2, 6])
@pytest.mark.parametrize("day", [0, 4])
def test_a_date_that_is_drawn_is_refused_by_its_name(first: int, day: int) -> None:
    event = {"date": {"uniform": [first, first + 2]}, "shock": "mandate", "jump": 1}
    past = changed(events=[event])
    with pytest.raises(ValueError, match="the date of 'shock mandate' is drawn at random"):
        scenario_as_of(past, day)


RANDOM = {"uniform": [0.2, 0.4]}


@pytest.mark.parametrize(
    ("parts", "path"),
    [
        ({"conditions": {"mandate": {"level": RANDOM}}}, "conditions.mandate.level"),
        ({"conditions": {"mandate": {"level": 0.4, "start": RANDOM}}}, "conditions.mandate.start"),
        ({"conditions": {"mandate": {"level": 0.4, "speed": RANDOM}}}, "conditions.mandate.speed"),
        (
            {"conditions": {"mandate": {"level": 0.4, "volatility": 0.1}}},
            "conditions.mandate.volatility",
        ),
        ({"nations": [{"id": "LED", "stage": "public", "stake": RANDOM}]}, "nations.LED.stake"),
        ({"behaviour": {**BEHAVIOUR, "engage": {"rate": RANDOM}}}, "behaviour.engage.rate"),
        (
            {"events": [{"date": 2, "signal": "mandate", "shift": RANDOM}]},
            "events.signal.mandate.0.shift",
        ),
        (
            {"events": [{"date": 2, "signal": "mandate", "shift": RANDOM, "days": 6}]},
            "events.signal.mandate.0.shift",
        ),
        ({"tempo": {"uniform": [1, 2]}}, "tempo"),
    ],
)
def test_what_is_random_in_the_past_counts_at_its_median(parts: dict[str, Any], path: str) -> None:
    form = {
        "days": 8,
        "start": "2003-01-01",
        "nations": [{"id": "LED", "stage": "public"}, "N00"],
        "leaders": ["LED"],
        "conditions": {"mandate": {"level": 0.4}},
        "behaviour": BEHAVIOUR,
    }
    if "nations" in parts:
        parts = {"nations": [*parts["nations"], "N00"]}
    past = history(scenario_from_dict(form | parts), [entry("N00", "endorsed", 2)])
    certain = at_medians(past, 3)
    assert at_medians(past, 0) is past
    assert at_medians(certain, 3) is certain
    assert random_past(past.scenario, 3) == [path]
    assert random_past(past.scenario, 0) == random_past(certain.scenario, 3) == []
    later, wanted = (scenario_as_of(each, 3) for each in (past, certain))
    starts = [[each.start for each in of.conditions.values()] for of in (later, wanted)]
    assert starts[0] == starts[1]
    drawn = [forecast_scenario(each, 3, n_draws=30, courses=[]).draws for each in (past, certain)]
    assert drawn[0].columns == drawn[1].columns
    # From then on it is random again, unless it is over.
    is_over = path.endswith("start") or ("events" in parts and "days" not in parts["events"][0])
    assert (later.full() == wanted.full()) == is_over


def test_what_is_random_later_or_drawn_otherwise_is_not_of_the_past() -> None:
    signal = {"date": 6, "signal": "mandate", "shift": RANDOM}
    past = changed(events=[signal], behaviour={**BEHAVIOUR, "engage": {"rate": RANDOM}})
    assert random_past(past.scenario, 3) == ["behaviour.engage.rate"]
    assert random_past(past.scenario, 3, drawn=["behaviour.engage.rate"]) == []
    later = scenario_as_of(past, 3, "all")
    assert [event.first_date for event in later.events if event.kind == "signal"] == [3]


def test_a_volatility_that_is_drawn_is_named_once() -> None:
    past = changed(conditions={"mandate": {"level": 0.4, "volatility": RANDOM}})
    assert random_past(past.scenario, 3) == ["conditions.mandate.volatility"]


@pytest.mark.parametrize(
    "path", ["conditions.mandate.level", "nations.N01.support", "events.signal.mandate.0.shift"]
)
def test_joint_draws_of_what_a_day_moves_are_refused_after_the_first_day(path: str) -> None:
    """They would undo what has happened, or be those of another event."""
    drawn = scenario(3, 8).with_draws({path: [0.1, 0.2, 0.3]})
    with pytest.raises(ValueError, match=f"^{path} is drawn jointly by the scenario, which"):
        scenario_as_of(history(drawn, []), 4, "all")
    assert scenario_as_of(history(drawn, []), 0, "all").draws is not None
    of_behaviour = scenario(3, 8).with_draws({"behaviour.resolve.rate": [0.1, 0.2, 0.3]})
    assert scenario_as_of(history(of_behaviour, []), 4).draws == of_behaviour.draws


def test_what_an_event_has_moved_is_moved_from_the_median() -> None:
    opinion = {"date": 2, "opinion": "N00", "shift": 0.1}
    stakes = [{"id": "LED", "stage": "public"}, {"id": "N00", "support": RANDOM}]
    more = [*stakes, {"id": "N01", "support": RANDOM}]
    past = history(
        scenario_from_dict({"days": 8, "nations": more, "events": [opinion], "start": str(START)}),
        [],
    )
    moved, still = scenario_as_of(past, 3).nations[1:]
    assert moved.support == pytest.approx(0.4)
    assert still.support == past.scenario.nations[2].support


@pytest.mark.parametrize(("day", "is_left"), [(3, True), (4, True), (5, False), (7, False)])
def test_a_success_that_takes_more_days_than_are_left_is_left_out(day: int, is_left: bool) -> None:
    past = changed(success={"public_size": 2, "hold": 4})
    assert (scenario_as_of(past, day).success is not None) == is_left


def test_a_lasting_signal_of_tempo_lasts() -> None:
    past = changed(events=[{"date": 2, "signal": "tempo", "shift": 0.5}], tempo=2.0)
    assert [scenario_as_of(past, day).tempo for day in (1, 2)] == [2.0, 2.0 * math.exp(0.5)]


def test_who_left_has_left_until_it_joins_again() -> None:
    past = changed(entry("N00", "public", 1), entry("N00", "left", 3), entry("N00", "deployed", 5))
    assert [seen_by(past, day) for day in (0, 2, 3, 5)] == [
        {},
        {"N00": PUBLIC},
        {"N00": LEFT},
        {"N00": PUBLIC},
    ]


def test_who_endorsed_after_a_refusal_is_drawn() -> None:
    past = changed(entry("N00", "refused", 2), entry("N00", "endorsed", 4))
    assert seen_by(past, 3) == {"N00": LEFT}
    assert seen_by(past, 4) == {}
    assert set(drawn_on(past, 4)["nations.N00.stage"]) <= {"talks", "willing"}


def test_the_last_of_refusals_and_endorsements_counts() -> None:
    past = changed(
        entry("N00", "endorsed", 1),
        entry("N00", "refused", 2),
        entry("N00", "endorsed", 4),
        entry("N00", "refused", 6),
    )
    assert [seen_by(past, day) for day in (1, 3, 5, 7)] == [{}, {"N00": LEFT}, {}, {"N00": LEFT}]


def test_of_one_day_the_refusal_wins() -> None:
    past = changed(entry("N00", "refused", 2), entry("N00", "endorsed", 2))
    assert seen_by(past, 2) == {"N00": LEFT}
    assert coalition_of(past).seen.record[0, IN_PLAY_BY] == NOT_RECORDED
    assert set(drawn_on(past, 4)) >= {"climate"}


def test_an_event_that_places_a_nation_needs_the_record() -> None:
    move = {"date": 2, "move": ["N00"], "to": "pledged", "name": "Joins"}
    with pytest.raises(ValueError, match="'Joins' of day 2 puts N00 in the stage pledged"):
        scenario_as_of(changed(events=[move]), 3)
    assert scenario_as_of(changed(events=[move]), 1).days == 7
    told = scenario_as_of(changed(entry("N00", "public", 2), events=[move]), 3)
    moves = [event.first_date for event in told.events if event.kind == "move"]
    assert moves == [-1]  # once, by the record
    assert scenario_as_of(changed(events=[move], stages={"N00": "pledged"}), 3).days == 5


def test_day_0_with_the_whole_calendar_has_who_is_public_then() -> None:
    past = changed(entry("N00", "public", 0))
    later = scenario_as_of(past, 0, calendar="all")
    assert later.nations[1].stage == {"public": 1.0}
    assert replayed(past, 0).nations[1].stage == PUBLIC


def test_when_a_deal_collapses_is_a_surprise() -> None:
    past = changed(events=[{"date": 2, "deal": "peace", "collapses": 7}])
    ends = [
        event.ends
        for calendar in ("known", "all")
        for event in scenario_as_of(past, 4, calendar).events
        if event.kind == "deal"
    ]
    assert ends == [NO_DAY, 3]


@pytest.mark.parametrize(("first", "last"), [(0, 0), (-1, -1), (-9, -3)])
def test_who_refused_by_the_start_starts_as_left(first: int, last: int) -> None:
    past = changed(entry("N00", "refused", first, last), entry("N00", "public", 7))
    coalition, at = coalition_of(past), coefficients_of(arrays_of(past.scenario).inputs)
    assert coalition.seen.start[0].tolist() == [0.0, 0.0, 0.0, 1.0]
    assert log_likelihood(coalition, at).log_likelihood < 0.0
    assert seen_by(past, 0) == {"N00": LEFT}
    assert "nations.N00.stage" not in drawn_on(past, 2)
    assert outlook(past, 2, at).nations == ("N01", "N02")


def test_who_was_in_talks_again_by_the_start_is_in_play() -> None:
    past = changed(entry("N00", "refused", -5), entry("N00", "endorsed", -2))
    row = coalition_of(past).seen.record[0].tolist()
    assert row == [0, NOT_RECORDED, NOT_RECORDED, NOT_RECORDED, NOT_RECORDED]
    assert set(drawn_on(past, 2)["nations.N00.stage"]) <= {*STAGES[:3], "left"}


@pytest.mark.parametrize(
    ("first", "last", "wanted"), [(-6, 4, 2), (1, 4, 2), (-6, 1, 1), (-6, -2, -2)]
)
def test_the_middle_of_an_interval_is_of_days_from_the_first(
    first: int, last: int, wanted: int
) -> None:
    assert published_day(changed(entry("N00", "public", first, last)), "N00") == wanted
