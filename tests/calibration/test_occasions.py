"""Occasions that nobody has scheduled: how often they come, which ones, and what they change."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from scipy import stats
from scipy.special import logsumexp

from sim.calibration.forecast import (
    days_of_occasions,
    forecast,
    forecast_scenario,
    record_weights,
)
from sim.calibration.history import History, load_history, shipped_histories
from sim.calibration.likelihood import ImpossibleRecordError, coefficients_of
from sim.calibration.occasions import (
    MOST,
    RATES,
    SHAPES,
    Course,
    course_of,
    likely_calendars,
    rates_given,
    shipped_courses,
)
from sim.calibration.outlook import outlook
from sim.calibration.replay import seen_along, without_drawn_occasions
from sim.core.stages import PUBLIC, Features
from sim.scenario.arrays.numbers import arrays_of
from sim.scenario.load import load_scenario, scenario_from_dict
from tests.calibration.made_up import START, entry, history
from tests.calibration.test_outlook import ALONE

NAMES = ("N00", "N01", "N02", "N03")
VOTE = {"trigger": "vote", "weight": 0.5}
TURN = {"signal": "mandate", "shift": 1.0}
LIST = {"list": "names"}


def coalition(events: list[dict[str, Any]], days: int = 40, **sections: Any) -> History:
    """Four nations that could join, and a record in which one does."""
    form = {
        "start": START.isoformat(),
        "days": days,
        "nations": [{"id": "LED", "stage": "public"}, *({"id": name} for name in NAMES)],
        "leaders": ["LED"],
        "conditions": {"mandate": {"level": 0.4}},
        "events": events,
        "behaviour": ALONE,
        **sections,
    }
    return history(scenario_from_dict(form), [entry("N00", "public", 1)])


def test_a_course_has_its_occasions_and_the_days_on_which_they_could_come() -> None:
    course = course_of(
        coalition(
            [
                {"date": -3, **VOTE},
                {"date": 2, "meeting": "first", "participants": ["N00"]},
                {"date": 4, **VOTE},
                {"date": 4, **TURN},
                {"date": 5, "trigger": "of one", "participants": ["N03"]},
                {"date": 6, "signal": "mandate", "shift": 1, "days": 3},
                {"date": {"uniform": [7, 9]}, **LIST},
                {"date": 25, "list": "of half", "covers": ["N00", "N02"]},
                {"date": 30, "meeting": "second"},
                {"date": 30, "list": "of one", "covers": ["N03"]},
            ]
        )
    )
    kinds = [[event.kind for event in each] for each in course.apart]
    assert kinds == [["trigger", "signal"], ["list"]]
    assert [[event.kind for event in each] for each in course.at_meetings] == [[], ["list"]]
    # Early: day 1, 3 and 4, 5 to 18, 26 to 29, 31 to 40. Late: 19 to 25.
    assert course.days == (31, 7)
    assert course.counts == (1, 1)
    assert course.last == 30
    assert course_of(coalition([{"date": 4, **VOTE}]), until=3) == Course((), (), (0, 0), (3, 0), 0)


def test_the_number_of_occasions_is_negative_binomial() -> None:
    course = Course((), (), (3, 1), (40, 60), 0)
    found = rates_given([course])
    shape, early, late = np.meshgrid(SHAPES, RATES, RATES, indexing="ij")
    mean = 40 * early + 60 * late
    number = stats.nbinom.pmf(4, shape, shape / (shape + mean))
    wanted = number * stats.binom.pmf(3, 4, 40 * early / mean)
    assert found == pytest.approx(wanted / wanted.sum(), rel=1e-9)
    twice = rates_given([course, course])
    assert twice == pytest.approx(wanted**2 / (wanted**2).sum(), rel=1e-9)


def test_the_fit_takes_rates_as_much_too_low_as_its_docstring_says() -> None:
    courses = [course_of(load_history(name)) for name in shipped_histories()]
    fitted = rates_given(courses)
    # The law of one occasion a day or none, the factor of a coalition at 200 of its quantiles.
    quantiles = stats.gamma.ppf((np.arange(200) + 0.5) / 200, SHAPES[:, None]) / SHAPES[:, None]
    factor = quantiles[:, None, None]
    early, late = RATES[:, None, None] * factor, RATES[:, None] * factor
    log_chance = np.zeros(fitted.shape)
    for course in courses:
        given = -((course.days[0] - course.counts[0]) * early)
        given = given - (course.days[1] - course.counts[1]) * late
        given += course.counts[0] * np.log(-np.expm1(-early))
        given += course.counts[1] * np.log(-np.expm1(-late))
        log_chance += logsumexp(given, axis=-1)
    exact = np.exp(log_chance - logsumexp(log_chance))
    for chance, means in ((fitted, (0.0584, 0.0085)), (exact, (0.0612, 0.0086))):
        found = chance.sum(axis=(0, 2)) @ RATES, chance.sum(axis=(0, 1)) @ RATES
        assert found == pytest.approx(means, abs=6e-5)


def test_occasions_come_as_often_as_in_other_coalitions() -> None:
    vote = course_of(coalition([{"date": 1, **VOTE}])).apart[0]
    others = [Course((vote,), ((),), (8, 0), (100, 100), 0)] * 40
    drawn = likely_calendars(coalition([], days=10), 0, others, 3_000)
    numbers = np.array([len(calendar) for calendar in drawn])
    # 10 days of a chance of about 1 - exp(-0.08): rates lie on a grid, and coalitions differ.
    assert numbers.mean() == pytest.approx(0.77, abs=0.08)
    assert {event.label for calendar in drawn for event in calendar} == {"vote"}
    none = [Course((), ((),), (0, 0), (100, 100), 0)] * 40
    assert likely_calendars(coalition([], days=10), 0, none, 50) == [()] * 50
    assert likely_calendars(coalition([], days=10), 0, [], 50) == [()] * 50


def test_a_coalition_goes_on_as_it_has_begun() -> None:
    quiet = [Course((), (), (1, 0), (100, 300), 0)] * 6
    busy = coalition([{"date": day, **VOTE} for day in range(1, 11)])
    calm = coalition([])
    often, seldom = (
        np.mean([len(calendar) for calendar in likely_calendars(of, 10, quiet, 400)])
        for of in (busy, calm)
    )
    assert seldom == 0.0  # nothing has ever happened that could be repeated
    assert 1.0 < often <= MOST


def test_what_happens_on_the_day_of_a_meeting_is_for_those_who_take_part() -> None:
    listed = coalition(
        [{"date": 3, "meeting": "one"}, {"date": 3, "list": "some", "covers": ["N03"]}]
    )
    meeting = {"date": 20, "meeting": "summit", "participants": ["N01", "LED"]}
    drawn = likely_calendars(coalition([meeting]), 5, [course_of(listed)], 50)
    assert {(event.first_date, *event.covers) for each in drawn for event in each} == {
        (20, "N01", "LED")
    }
    assert all(len(calendar) == 1 for calendar in drawn)


def test_a_signal_needs_a_condition_of_its_name_or_the_only_one() -> None:
    courses = [course_of(coalition([{"date": 1, **TURN}, {"date": 2, **VOTE}]))] * 9

    def shifted(*conditions: str) -> set[str]:
        of = coalition([], conditions={name: {"level": 0.5} for name in conditions})
        calendars = likely_calendars(of, 0, courses, 200)
        return {event.signal for each in calendars for event in each if event.kind == "signal"}

    assert shifted("consent") == {"consent"}
    assert shifted("consent", "mandate") == {"mandate"}
    assert shifted("consent", "support") == set()


def test_a_calendar_knows_nothing_of_what_comes_but_meetings() -> None:
    courses = [course_of(coalition([{"date": 5, **VOTE}, {"date": 9, **LIST}]))] * 5
    past = [{"date": 2, **LIST}, {"date": 20, "meeting": "summit"}]
    later = [{"date": 12, **VOTE}, {"date": 13, **TURN}, {"date": 20, **LIST}]
    one, other = (
        likely_calendars(coalition(events), 10, courses, 40) for events in (past, past + later)
    )
    assert one == other
    assert any(one)


def test_an_outlook_is_the_mean_over_calendars() -> None:
    courses = [
        course_of(coalition([{"date": 5, **VOTE}, {"date": 9, **LIST}, {"date": 9, **TURN}]))
    ]
    events = [{"date": 2, **VOTE}, {"date": 15, "meeting": "summit"}, {"date": 17, **LIST}]
    of, day, n = coalition(events, 20), 4, 12
    at = coefficients_of(arrays_of(of.scenario).inputs)
    found = outlook(of, day, at, calendar="known", courses=courses, n_calendars=n, seed=2)
    known = of.scenario.events[:2]
    each = []
    for calendar in likely_calendars(of, day, courses, n, 2):
        there = of.scenario.model_copy(update={"events": (*known, *calendar)})
        each.append(outlook(History(there, of.entries), day, at, calendar="all"))
    assert found.chances == pytest.approx(np.mean([one.chances for one in each], axis=0), abs=1e-6)
    assert found.sizes() == pytest.approx(np.mean([one.sizes() for one in each], axis=0), abs=1e-6)
    assert len({one.chances.tobytes() for one in each}) > 3
    assert found.draws(4_000).mean(axis=0) == pytest.approx(found.chances, abs=0.04)


def test_runs_of_a_forecast_agree_with_its_outlook() -> None:
    courses = [
        course_of(coalition([{"date": 5, **VOTE}, {"date": 9, **LIST}, {"date": 9, **TURN}]))
    ]
    events = [{"date": 2, **LIST}, {"date": 15, "meeting": "summit"}]
    of = coalition(events, 20, behaviour={**ALONE, "declare": {"rate": 0.01, "listed": 4.5}})
    day, n, runs = 4, 200, 10_000
    at = coefficients_of(arrays_of(of.scenario).inputs)
    exact = outlook(of, day, at, calendar="known", courses=courses, n_calendars=n)
    found = forecast(of, day, runs, n_draws=n, courses=courses)
    assert found.records.runs is not None
    public = np.array(found.records.runs.first_day)[:, :, PUBLIC] >= 0
    by_nation = dict(zip(found.nations, public.mean(axis=0), strict=True))
    for nation, chance in zip(exact.nations, exact.chances, strict=True):
        error = np.sqrt(chance * (1.0 - chance) * (1.0 / runs + 1.0 / n))
        assert by_nation[nation] == pytest.approx(chance, abs=4.5 * error)
    without = outlook(of, day, at, calendar="scheduled")
    assert exact.chances.min() > without.chances.max() + 0.2


def test_each_draw_of_a_forecast_has_a_calendar() -> None:
    courses = [
        course_of(coalition([{"date": 5, **VOTE}, {"date": 9, **LIST}, {"date": 9, **TURN}]))
    ]
    of, day, n = coalition([{"date": 2, **VOTE}], 20), 4, 60
    later = forecast_scenario(of, day, n_draws=n, courses=courses)
    calendars = likely_calendars(of, day, courses, n)
    wanted = [len({event.first_date for event in each}) for each in calendars]
    assert days_of_occasions(later) == wanted
    assert max(wanted) > 1
    assert later.draws is not None
    for row, calendar in enumerate(calendars):
        votes = [event for event in calendar if event.kind == "trigger"]
        for number, vote in enumerate(votes, 1):
            path = f"events.unscheduled_trigger_{number}"
            assert later.draws.columns[f"{path}.date"][row] == vote.first_date - day
            assert later.draws.columns[f"{path}.weight"][row] == vote.weight
    scheduled = forecast_scenario(of, day, n_draws=n, calendar="scheduled")
    assert days_of_occasions(scheduled) == [0] * n


def test_the_shipped_law_leaves_out_the_coalition_that_is_forecast() -> None:
    libya = load_history("histories/libya_2011")
    copied = History(libya.scenario.model_copy(update={"record_file": None}), libya.entries)
    for of in (libya, copied):
        assert len(shipped_courses(of)) == 6
        assert course_of(libya) not in shipped_courses(of)
    assert len(shipped_courses(coalition([]))) == 7


def test_occasions_follow_one_another_in_every_shipped_history() -> None:
    """What the two rates of the law rest on."""
    courses = shipped_courses(coalition([]))
    counts, days = (
        np.array(each).sum(axis=0) for each in zip(*(c[2:4] for c in courses), strict=True)
    )
    assert counts.tolist() == [18, 3]
    early, late = counts / days
    assert early > 5.0 * late


def test_a_forecast_draws_its_own_occasions_in_place_of_those_of_the_scenario():
    paris = History(load_scenario("paris_2025"), ())
    left = without_drawn_occasions(paris)
    assert left.scenario.draws is None
    assert [event for event in left.scenario.events if event.drawn_date is not None] == []
    assert len(left.scenario.events) == len(load_scenario("paris_2025_scheduled").events)
    assert without_drawn_occasions(left) is left
    later = forecast_scenario(paris, 0, n_draws=20)
    assert any(path.startswith("events.unscheduled_") for path in later.draws.columns)
    own = forecast_scenario(paris, 0, n_draws=20, calendar="all").draws.columns
    assert set(paris.scenario.draws.columns) < set(own)
    assert "climate" in own


def test_other_joint_draws_of_a_scenario_stay_without_its_occasions():
    scenario = load_scenario("paris_2025").with_draws({"tempo": [1.0, 2.0]}, beside=True)
    left = without_drawn_occasions(History(scenario, ())).scenario
    assert list(left.draws.columns) == ["tempo"]


def test_a_signal_of_tempo_stays_one() -> None:
    urgent = coalition([{"date": 5, "signal": "tempo", "shift": 0.7}])
    courses = [course_of(urgent)] * 3
    drawn = likely_calendars(coalition([]), 0, courses, 200)
    signals = {event.signal for calendar in drawn for event in calendar}
    assert signals == {"tempo"}


def test_a_coalition_is_not_learned_from_under_another_first_day(libya: History) -> None:
    scenario = libya.scenario
    earlier = scenario.with_changes({"start": (scenario.start - timedelta(days=1)).isoformat()})
    assert len(shipped_courses(libya)) == len(shipped_histories()) - 1
    assert len(shipped_courses(History(earlier, libya.entries))) == len(shipped_histories()) - 1
    half = libya.entries[: len(libya.entries) // 2]
    assert len(shipped_courses(History(earlier, half))) == len(shipped_histories()) - 1


def test_nobody_knows_that_a_deal_will_collapse() -> None:
    known = coalition([{"date": 5, "deal": "truce", "collapses": 20}])
    column = Features._fields.index("deal")
    seen = seen_along(known, until=10, calendar="scheduled").outside[1, :, column]
    assert seen[6] == seen[30] > 0.0
    assert seen_along(known, until=25, calendar="scheduled").outside[1, 30, column] == 0.0


def test_draws_under_which_the_record_cannot_happen_do_not_count(libya: History) -> None:
    rates = {"behaviour.resolve.rate": [0.0, 0.02]}
    assert record_weights(libya, 20, rates).tolist() == [0.0, 1.0]
    with pytest.raises(ImpossibleRecordError):
        record_weights(libya, 20, {"behaviour.resolve.rate": [0.0, 0.0]})


@pytest.fixture(scope="module")
def libya() -> History:
    return load_history("histories/libya_2011")
