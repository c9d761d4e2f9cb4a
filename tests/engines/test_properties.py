"""What the model promises of every run, on made-up scenarios."""

from __future__ import annotations

import copy
import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.core.rules.pledges import FORCE_UNIT
from sim.core.stages import DEPLOYED, LEFT, OUTSIDE, PLEDGED, PUBLIC, TALKS, WILLING
from sim.engines.run import run
from sim.results.ensemble import Ensemble
from sim.scenario.load import scenario_from_dict
from tests.engines.scenarios_strategy import Form, scenarios
from tests.examples import examples

N_RUNS = 12
SEEDS = st.integers(0, 2**64 - 1)
FIXED = settings(derandomize=True, deadline=None, max_examples=examples(80))
FEWER = settings(FIXED, max_examples=examples(40))
FEEDBACK = ("peers", "momentum", "defection", "adequacy")
FROM_PUBLIC = ("momentum", "defection", "adequacy")
WELCOME = ("prospects", "peers", "convened", "listed", "pressure")
COALITION = ("force", "public_share")


def ensemble_of(form: Form, seed: int, runs: int = N_RUNS) -> Ensemble:
    return run(scenario_from_dict(form), runs=runs, seed=seed, workers=1)


def moves_of(form: Form) -> list[Form]:
    """Every move that the behaviour names, with its rate and coefficients."""
    moves = []
    for name, move in form["behaviour"].items():
        if name == "initial":
            continue
        moves += [move] if "rate" in move else list(move.values())
    return moves


def moved_by_events(form: Form) -> list[str]:
    """Nations that an event of the run puts in a stage."""
    moves = [event for event in form["events"] if "move" in event and may_be_in_the_run(event)]
    return [name for event in moves for name in event["move"]]


def may_be_in_the_run(event: Form) -> bool:
    """Whether an event is, or may be drawn, after day 0."""
    return isinstance(event["date"], dict) or event["date"] > 0


def undisturbed(form: Form) -> list[int]:
    """Places of the nations that no event of the run puts in a stage."""
    moved = moved_by_events(form)
    return [place for place, nation in enumerate(form["nations"]) if nation["id"] not in moved]


def late(days: np.ndarray) -> np.ndarray:
    """Days with never after all others."""
    return np.where(days < 0, np.iinfo(days.dtype).max, days)


def without_interaction(form: Form) -> Form:
    """The scenario with nobody, and no condition, answering to what nations do."""
    form = copy.deepcopy(form)
    form.pop("quorum", None)
    for nation in form["nations"]:
        nation.pop("quorum", None)
    for move in moves_of(form):
        for feature in FEEDBACK:
            move.pop(feature, None)
    return without_answers(form, COALITION)


def without_answers(form: Form, answers: tuple[str, ...]) -> Form:
    """The scenario with conditions that do not answer to the force, by proposals neither."""
    for condition in form["conditions"].values():
        for answer in answers:
            condition["responds"].pop(answer, None)
    form["events"] = [event for event in form["events"] if "proposal" not in event]
    return form


# Bounds


@FIXED
@given(scenarios(), SEEDS)
def test_sizes_stay_in_bounds(form, seed):
    ensemble = ensemble_of(form, seed)
    assert (ensemble.firm_size >= 0).all()
    assert (ensemble.firm_size <= ensemble.size).all()
    assert (ensemble.size <= ensemble.private_size).all()
    assert (ensemble.private_size <= len(form["nations"])).all()


@FIXED
@given(scenarios(), SEEDS)
def test_sizes_at_the_end_count_the_stages(form, seed):
    ensemble = ensemble_of(form, seed)
    for size, first in ((ensemble.size, PUBLIC), (ensemble.private_size, WILLING)):
        held = (ensemble.stage >= first) & (ensemble.stage <= DEPLOYED)
        assert np.array_equal(size[:, -1], held.sum(axis=1))


@FIXED
@given(scenarios(), SEEDS)
def test_conditions_stay_between_0_and_1(form, seed):
    conditions = ensemble_of(form, seed).conditions
    assert ((conditions >= 0.0) & (conditions <= 1.0)).all()


# Moves


@FIXED
@given(scenarios(), SEEDS)
def test_a_nation_that_no_event_moves_takes_the_stages_one_by_one(form, seed):
    day = ensemble_of(form, seed).first_day[:, undisturbed(form)]
    for stage, before in ((WILLING, TALKS), (PUBLIC, WILLING), (DEPLOYED, PLEDGED)):
        entered = day[..., stage] > 0
        assert (day[..., before] >= 0)[entered].all()
        assert (day[..., before] < day[..., stage])[entered].all()
    assert not (day[..., OUTSIDE] > 0).any()


@FIXED
@given(scenarios(), SEEDS)
def test_nobody_goes_public_who_was_never_willing_unless_put_there(form, seed):
    day = ensemble_of(form, seed).first_day[:, undisturbed(form)]
    assert (day[..., WILLING][day[..., PUBLIC] > 0] >= 0).all()


@FIXED
@given(scenarios(), SEEDS)
def test_nobody_deploys_before_a_deal(form, seed):
    day = ensemble_of(form, seed).first_day[:, undisturbed(form), DEPLOYED]
    events = scenario_from_dict(form).events
    deals = [event.first_date for event in events if event.kind == "deal"]
    assert (day[day > 0] >= min(deals, default=10**6)).all()


@FIXED
@given(scenarios(), SEEDS)
def test_those_who_left_have_a_day_on_which_they_left(form, seed):
    ensemble = ensemble_of(form, seed)
    started = ensemble.first_day[..., LEFT] == 0
    went = (ensemble.refusal_day >= 0) | (ensemble.exit_day >= 0)
    assert (went | started)[ensemble.stage == LEFT].all()
    first = np.minimum(late(ensemble.refusal_day), late(ensemble.exit_day))
    left_later = ensemble.first_day[..., LEFT] > 0
    assert np.array_equal(ensemble.first_day[..., LEFT][left_later], first[left_later])


# Pledges


def most_given(form: Form) -> np.ndarray:
    """Capacity in force units, shape (nations, kinds), for a scenario without distributions."""
    return np.array(
        [
            [
                nation["capacity"].get(kind, 0.0) * contribution["weight"]
                for kind, contribution in form["contributions"].items()
            ]
            for nation in form["nations"]
        ]
    )


@FIXED
@given(scenarios(drawn=0.0), SEEDS)
def test_force_never_exceeds_capacity_and_includes_no_caveat(form, seed):
    pledge, most = ensemble_of(form, seed).pledge, most_given(form)
    assert (pledge >= 0.0).all()
    assert (pledge <= most.reshape(pledge.shape[1:])).all()


@FIXED
@given(scenarios(), SEEDS)
def test_a_kind_that_a_nation_rules_out_is_never_in_its_pledge(form, seed):
    pledge = ensemble_of(form, seed).pledge
    for place, nation in enumerate(form["nations"]):
        for kind, name in enumerate(form["contributions"]):
            if nation["capacity"].get(name, 0.0) == 0.0:
                assert (pledge[:, place, kind] == 0.0).all()


@FIXED
@given(scenarios(), SEEDS)
def test_only_the_firm_have_a_pledge_and_force_adds_pledges_up(form, seed):
    ensemble = ensemble_of(form, seed)
    firm = (ensemble.stage == PLEDGED) | (ensemble.stage == DEPLOYED)
    assert (ensemble.pledge[~firm] == 0.0).all()
    assert np.array_equal(ensemble.pledge.sum(axis=1), ensemble.force)


@FIXED
@given(scenarios(drawn=0.0), SEEDS)
def test_the_firm_who_chose_give_their_token(form, seed):
    stated = [place for place, nation in enumerate(form["nations"]) if "pledge" in nation]
    chose = [place for place in undisturbed(form) if place not in stated]
    ensemble, most = ensemble_of(form, seed), most_given(form)
    firm = (ensemble.stage == PLEDGED) | (ensemble.stage == DEPLOYED)
    for place in chose:
        capacities = most[place][most[place] > 0.0]
        if capacities.size:
            least = form["commitment"]["token"] * capacities.min() - FORCE_UNIT
            total = ensemble.pledge[:, place].sum(axis=1)
            assert (total[firm[:, place]] >= least).all()


# Draws and order


@FIXED
@given(scenarios(), SEEDS)
def test_a_nation_more_without_interaction_changes_no_other(form, seed):
    form = without_interaction(form)
    larger = copy.deepcopy(form)
    larger["nations"].insert(len(form["nations"]) // 2, {"id": "NEW", "stage": "willing"})
    new = len(form["nations"]) // 2
    before, after = ensemble_of(form, seed), ensemble_of(larger, seed)
    for name in ("first_day", "stage", "refusal_day", "exit_day"):
        others = np.delete(getattr(after, name), new, axis=1)
        assert np.array_equal(getattr(before, name), others)
    assert np.array_equal(before.conditions, after.conditions)


@FIXED
@given(scenarios(), SEEDS)
def test_a_nation_more_leaves_the_first_day_of_the_others_to_the_same_luck(form, seed):
    larger = copy.deepcopy(form)
    larger["nations"].append({"id": "NEW"})
    before, after = ensemble_of(form, seed).first_day, ensemble_of(larger, seed).first_day
    assert np.array_equal(before == 0, after[:, :-1] == 0)


@FIXED
@given(scenarios(), SEEDS, st.randoms(use_true_random=False))
def test_another_order_of_the_nations_permutes_the_results(form, seed, rng):
    """With ties, momentum and defection: only pledges of one day know an order."""
    form = copy.deepcopy(form)
    for move in moves_of(form):
        move.pop("adequacy", None)
    form = without_answers(form, ("force",))
    order = list(range(len(form["nations"])))
    rng.shuffle(order)
    shuffled = {**form, "nations": [form["nations"][place] for place in order]}
    before, after = ensemble_of(form, seed), ensemble_of(shuffled, seed)
    for name in ("first_day", "stage", "refusal_day", "exit_day"):
        assert np.array_equal(getattr(before, name)[:, order], getattr(after, name))
    for name in ("size", "private_size", "firm_size", "conditions"):
        assert np.array_equal(getattr(before, name), getattr(after, name))


@FIXED
@given(scenarios(), SEEDS)
def test_another_name_of_a_nation_changes_nothing(form, seed):
    renamed = copy.deepcopy(form)
    for nation in renamed["nations"]:
        nation["name"] = f"Kingdom of {nation['id']}"
    before, after = ensemble_of(form, seed), ensemble_of(renamed, seed)
    assert np.array_equal(before.first_day, after.first_day)
    assert np.array_equal(before.pledge, after.pledge)


# The exact property of the page on the model


def monotone(form: Form, rng: random.Random) -> Form:
    """The scenario made to fulfil the property's premises.

    Two of them beside those about coefficients: a proposal answers to the force, and a dated
    move may put a nation that is ahead back to where it then waits anew. Quorums stay: they bar
    moves forward only.
    """
    form = copy.deepcopy(form)
    form["behaviour"] = {
        name: move
        for name, move in form["behaviour"].items()
        if name not in ("decline", "withdraw")
    }
    for move in form["behaviour"].values():
        for feature in FROM_PUBLIC:
            move.pop(feature, None)
        for feature in set(WELCOME) & set(move):
            move[feature] = at_least_0(move[feature])
    for nation in form["nations"]:
        sensitivity = nation["sensitivity"]
        nation["sensitivity"] = {name: at_least_0(each) for name, each in sensitivity.items()}
    for condition in form["conditions"].values():
        responds = condition["responds"]
        condition["responds"] = {name: at_least_0(each) for name, each in responds.items()}
        condition["level"] = rng.uniform(0.05, 0.6)
    form = without_answers(form, ("force",))
    form["events"] = [e for e in form["events"] if "move" not in e or not may_be_in_the_run(e)]
    return form


def at_least_0(number: Any) -> Any:
    """A number without its sign, or a distribution kept above 0."""
    return {"uniform": [0.0, 3.0]} if isinstance(number, dict) else abs(number)


def pressed(form: Form) -> Form:
    """The scenario in which the first condition is a threat, on which nothing but nations looks.

    All are sensitive to it below 0 and nobody relies on it: its fall does what the rise of another
    condition does.
    """
    form = copy.deepcopy(form)
    for name, condition in form["conditions"].items():
        condition["responds"].pop("condition_0", None)
        condition["responds"] = {} if name == "condition_0" else condition["responds"]
    for number, nation in enumerate(form["nations"]):
        nation["reliance"].pop("condition_0", None)
        nation["sensitivity"]["condition_0"] = -0.5 * (number % 7)
    return form


def raised(form: Form, rng: random.Random) -> Form:
    """The scenario with a better level of some of its conditions."""
    better = copy.deepcopy(form)
    for condition in better["conditions"].values():
        if rng.random() < 0.7:
            condition["level"] += rng.choice((1e-9, 1e-3, 0.1, 0.35))
    return better


def with_calendar(form: Form, rng: random.Random) -> Form:
    """The scenario with meetings that tire, triggers and lists on nearly every day."""
    ids, days = [nation["id"] for nation in form["nations"]], form["days"]

    def some() -> Any:
        return rng.choice(("all", rng.sample(ids, rng.randint(1, len(ids)))))

    events = []
    for day in range(-2, days + 1):
        kind = rng.choice(("meeting", "trigger", "list"))
        if kind == "list" and day > 0:
            events.append({"date": day, "list": "names", "covers": some()})
        if kind != "list" or rng.random() < 0.5:
            convening = rng.choice(("meeting", "trigger"))
            events.append({"date": day, convening: "m", "participants": some(), "weight": 2})
    memory = {**form["memory"], "convened": 5, "fatigue": rng.choice((0, 0.2, 0.7))}
    moves = {name: move for name, move in form["behaviour"].items() if name != "initial"}
    behaviour = form["behaviour"] | {
        name: {**move, "convened": rng.choice((0.5, 2)), "listed": rng.choice((0, 0.5, 3))}
        for name, move in moves.items()
    }
    return {
        **form,
        "events": [*form["events"], *events],
        "memory": memory,
        "behaviour": behaviour,
    }


@FIXED
@given(scenarios(n_events=0), SEEDS, st.randoms(use_true_random=False))
def test_a_better_condition_delays_nobody_though_meetings_tire_and_lists_take_their_place(
    form, seed, rng
):
    form = with_calendar(monotone(form, rng), rng)
    worse, better = ensemble_of(form, seed), ensemble_of(raised(form, rng), seed)
    assert (late(better.first_day)[..., 1:LEFT] <= late(worse.first_day)[..., 1:LEFT]).all()
    assert (better.size >= worse.size).all()


@settings(derandomize=True, deadline=None, max_examples=examples(250))
@given(
    scenarios(),
    SEEDS,
    st.randoms(use_true_random=False),
)
def test_a_better_condition_makes_no_nation_later_and_no_coalition_smaller(form, seed, rng):
    form = monotone(form, rng)
    worse, better = ensemble_of(form, seed), ensemble_of(raised(form, rng), seed)
    assert (late(better.first_day)[..., 1:LEFT] <= late(worse.first_day)[..., 1:LEFT]).all()
    assert (better.size >= worse.size).all()
    assert (better.private_size >= worse.private_size).all()
    assert (better.firm_size >= worse.firm_size).all()
    assert (better.conditions >= worse.conditions).all()
    for name in {"groups_covered", "capacity_public"} & set(better.shares):
        assert (getattr(better, name) >= getattr(worse, name)).all()


@pytest.mark.parametrize("has_calendar", [False, True], ids=["as written", "calendar"])
@FIXED
@given(
    form=scenarios(n_conditions=2),
    seed=SEEDS,
    rng=st.randoms(use_true_random=False),
)
def test_a_stronger_threat_makes_no_nation_earlier_and_no_coalition_larger(
    has_calendar, form, seed, rng
):
    form = pressed(monotone(form, rng))
    form = with_calendar(form, rng) if has_calendar else form
    stronger = copy.deepcopy(form)
    stronger["conditions"]["condition_0"]["level"] += rng.choice((1e-9, 0.1, 0.35))
    free, threatened = ensemble_of(form, seed), ensemble_of(stronger, seed)
    assert (late(threatened.first_day)[..., 1:LEFT] >= late(free.first_day)[..., 1:LEFT]).all()
    assert (threatened.size <= free.size).all()
    assert (threatened.private_size <= free.private_size).all()


@pytest.mark.parametrize("has_calendar", [False, True], ids=["as written", "calendar"])
@FIXED
@given(form=scenarios(), seed=SEEDS, rng=st.randoms(use_true_random=False))
def test_a_higher_tempo_makes_no_nation_later_and_no_coalition_smaller(
    has_calendar, form, seed, rng
):
    form = monotone(form, rng)
    form = with_calendar(form, rng) if has_calendar else form
    for move in moves_of(form):
        move["tempo"] = rng.choice((0.0, 0.5, 1.0, 3.0))
    form["tempo"] = rng.choice((0.1, 1.0, 5.0))
    hastened = {**form, "tempo": form["tempo"] * rng.choice((1.0 + 1e-9, 1.5, 10.0))}
    slow, fast = ensemble_of(form, seed), ensemble_of(hastened, seed)
    assert (late(fast.first_day)[..., 1:LEFT] <= late(slow.first_day)[..., 1:LEFT]).all()
    assert (fast.size >= slow.size).all()
    assert (fast.private_size >= slow.private_size).all()


def so_far(days: np.ndarray) -> np.ndarray:
    """First days in each stage from talks to deployed or one beyond, which may be skipped."""
    backwards = late(days)[..., LEFT - 1 : 0 : -1]
    return np.minimum.accumulate(backwards, axis=-1)[..., ::-1]


def bound(form: Form, rng: random.Random) -> Form:
    """The scenario in which a bond favours moves and starts, and no quorum counts it."""
    form = copy.deepcopy(form)
    for move in moves_of(form):
        move["bond"] = rng.choice((0.0, 0.5, 3.0))
    if "initial" in form["behaviour"]:
        form["behaviour"]["initial"]["talks"]["bond"] = rng.choice((0.0, 1.0, 30.0))
    quorums = [each for nation in form["nations"] for each in nation.get("quorum", [])]
    for quorum in (*quorums, form.get("quorum", {})):
        if quorum.get("weight") == "bond":
            quorum["weight"] = "stake"
    for nation in form["nations"]:
        nation["bond"] = rng.uniform(0.0, 0.8)
    return form


@pytest.mark.parametrize("has_calendar", [False, True], ids=["as written", "calendar"])
@FEWER
@given(form=scenarios(), seed=SEEDS, rng=st.randoms(use_true_random=False))
def test_a_closer_bond_delays_nobody_and_makes_no_coalition_smaller(has_calendar, form, seed, rng):
    form = bound(monotone(form, rng), rng)
    form = with_calendar(form, rng) if has_calendar else form
    closer = copy.deepcopy(form)
    for nation in closer["nations"]:
        if rng.random() < 0.5:
            nation["bond"] += rng.choice((1e-9, 0.05, 0.2))
    loose, close = ensemble_of(form, seed), ensemble_of(closer, seed)
    assert (so_far(close.first_day) <= so_far(loose.first_day)).all()
    for name in ("size", "private_size", "firm_size", "conditions"):
        assert (getattr(close, name) >= getattr(loose, name)).all()


def test_a_closer_bond_may_bar_a_nation_where_a_quorum_counts_bonds():
    quorum = {"weight": "bond", "at_least": 0.5}
    form: Form = {
        "days": 3,
        "nations": [{"id": "A", "stage": "willing", "quorum": quorum}, {"id": "B"}],
        "behaviour": {"declare": {"rate": 100, "bond": 1}},
    }
    form["nations"][1]["stage"] = "public"
    scenario = scenario_from_dict(form)
    closer = scenario.with_changes({"nations.A.bond": 0.6})
    last = [int(run(each, runs=1, seed=1).size[0, -1]) for each in (scenario, closer)]
    assert last == [2, 1]


@FEWER
@given(scenarios(), SEEDS, st.randoms(use_true_random=False))
def test_meetings_that_tire_less_delay_nobody_and_make_no_coalition_smaller(form, seed, rng):
    form = with_calendar(monotone(form, rng), rng)
    most = rng.choice((0.1, 0.5, 0.95))
    tired, fresh = (
        ensemble_of({**form, "memory": {**form["memory"], "fatigue": fatigue}}, seed)
        for fatigue in (most, most * rng.choice((0.0, 0.5, 1.0 - 1e-9)))
    )
    assert (late(fresh.first_day)[..., 1:LEFT] <= late(tired.first_day)[..., 1:LEFT]).all()
    for name in ("size", "private_size", "firm_size", "conditions"):
        assert (getattr(fresh, name) >= getattr(tired, name)).all()
