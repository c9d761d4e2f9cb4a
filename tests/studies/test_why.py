"""Why a nation did or did not join: shares of conditions, and the nearest change that matters."""

from __future__ import annotations

import math
import re
from itertools import permutations
from math import factorial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import sim
from sim.core.stages import DEPLOYED, FEATURES, FORWARD, LEFT, PUBLIC, WILLING
from sim.report.blocks import Text
from sim.report.trace.run import trace_blocks
from sim.report.why import why_as_dict, why_sentences
from sim.results.tables import runs_table
from sim.results.trace import OWN_RULE
from sim.scenario.load import scenario_from_dict
from sim.store.traces import trace_as_dict
from sim.studies.why import STEPS, explained, shares_of_product

FACTORS = st.lists(st.floats(0, 1), min_size=1, max_size=5)


def small(**changes: Any) -> Any:
    """Three nations; POL waits for two conditions, and its support is random."""
    return scenario_from_dict(
        {
            "days": 40,
            "nations": [
                {"id": "GBR", "stage": "public"},
                {
                    "id": "POL",
                    "stage": "willing",
                    "stake": 0.6,
                    "support": {"uniform": [0.3, 0.7]},
                    "reliance": {"backing": 0.8, "consent": 0.4},
                    "sensitivity": {"threat": -1.0},
                },
                {"id": "CAN", "stage": "outside"},
            ],
            "conditions": {
                "backing": {"level": 0.3, "speed": 0.1, "volatility": 0.1},
                "consent": {"level": 0.6},
                "threat": {"level": 0.7},
            },
            "behaviour": {
                "resolve": {"rate": 0.05},
                "declare": {"rate": 0.05, "prospects": 3.0, "support": 2.0, "pressure": 0.5},
                "withdraw": {"rate": 0.001},
            },
            **changes,
        }
    )


@given(FACTORS)
def test_shares_of_a_product_are_its_shapley_values(factors: list[float]) -> None:
    due = np.zeros(len(factors))
    for order in permutations(range(len(factors))):
        product = 1.0
        for one in order:
            due[one] += product * factors[one] - product
            product *= factors[one]
    due /= factorial(len(factors))
    shares = shares_of_product(np.array([factors]))[0]
    assert shares == pytest.approx(due, abs=1e-12)
    assert shares.sum() == pytest.approx(np.prod(factors) - 1.0, abs=1e-12)


def test_a_factor_of_one_takes_nothing_and_equal_factors_take_the_same() -> None:
    shares = shares_of_product(np.array([[0.4, 1.0, 0.4]]))[0]
    assert shares[1] == 0.0
    assert shares[0] == shares[2] < 0.0


@pytest.mark.parametrize("run", range(4))
def test_influences_add_up_to_the_log_hazard_less_the_rate(run: int) -> None:
    found = sim.why(small(), "POL", seed=3, run=run)
    traced = found.trace
    days = np.flatnonzero(np.isfinite(traced.term_rows(1, FORWARD)[:, 0]))[: found.n_waited]
    terms = traced.term_rows(1, FORWARD)[days][:, 1 : 1 + len(FEATURES)]
    assert sum(each.term for each in found.influences) == pytest.approx(terms.sum(axis=1).mean())
    by_condition = {each.condition: each.term for each in found.influences if each.condition}
    assert set(by_condition) == {"backing", "consent", "threat"}
    assert by_condition["threat"] == pytest.approx(0.5 * -1.0 * 0.2)
    assert by_condition["backing"] < by_condition["consent"] < 0.0
    assert [each.term for each in found.influences] == sorted(e.term for e in found.influences)


def is_public(scenario: Any, nation: int, run: int) -> bool:
    """Whether a nation is public at the end of a run."""
    stage = sim.run(scenario, runs=1, seed=3, first_run=run, workers=1).stage[0, nation]
    return bool(PUBLIC <= stage <= DEPLOYED)


@pytest.mark.parametrize(
    "run", [pytest.param(run, marks=[pytest.mark.slow] * (run != 4)) for run in range(5)]
)
def test_the_smallest_change_turns_the_run_round_and_nothing_nearer_does(run: int) -> None:
    scenario = small()
    found = sim.why(scenario, "POL", seed=3, run=run)
    assert found.joined == is_public(scenario, 1, run)
    turned = dict[tuple[str, float], float]()
    own = {lever.path: lever.value for lever in found.levers}
    drawn = float(found.trace.features[1, 1, FEATURES.index("support")] + 0.5)
    own["nations.POL.support"] = drawn
    for lever in found.levers:
        for step in range(1, STEPS):
            value = step / STEPS
            nearest = found.change is None or (
                abs(value - own[lever.path]) < abs(found.change.after - found.change.before)
            )
            if nearest and is_public(scenario.with_value(lever, value), 1, run) != found.joined:
                turned[lever.path, value] = abs(value - own[lever.path])
    assert not turned
    if found.change is not None:
        changed = scenario.with_value(found.change.parameter, found.change.after)
        assert is_public(changed, 1, run) != found.joined
        assert found.change.before == own[found.change.parameter.path]
        days = sim.run(changed, runs=1, seed=3, first_run=run, workers=1).first_day
        assert found.change.day == (days[0, 1, PUBLIC] if not found.joined else found.change.day)


def test_some_runs_are_turned_round() -> None:
    changes = [sim.why(small(), "POL", seed=3, run=run).change for run in range(5)]
    assert any(change is not None for change in changes)


def test_a_nation_without_a_way_in_is_said_to_have_had_no_wait() -> None:
    found = sim.why(small(), "CAN")
    assert (found.joined, found.day, found.waited, found.influences) == (False, -1, -1, ())
    assert why_sentences(found)[1].startswith("No move towards it was open")
    assert found.change is None
    assert "no change of one number alone" in why_sentences(found)[2]


def test_a_member_from_the_start_is_said_to_be_one() -> None:
    found = sim.why(small(), "GBR", seed=3)
    assert (found.joined, found.day) == (True, 0)
    assert why_sentences(found)[0] == "GBR is public from the start, and stays so."


@pytest.mark.parametrize(
    ("events", "said"),
    [
        (
            [(5, "talks")],
            "GBR is public from the start, but is not from day 5 on: at the end it is in the",
        ),
        (
            [(5, "talks"), (10, "public")],
            "GBR is public from the start, later is not, and is public again from day 10 on.",
        ),
        (
            [(5, "left")],
            "GBR is public from the start, but is not from day 5 on: at the end it is out.",
        ),
    ],
)
def test_a_nation_that_was_public_for_a_time_is_said_to_have_been(
    events: list[tuple[int, str]], said: str
) -> None:
    moves = [{"date": day, "move": "GBR", "to": stage} for day, stage in events]
    behaviour = {"resolve": {"rate": 1e-6}, "declare": {"rate": 1e-6}}
    found = sim.why(small(events=moves, behaviour=behaviour), "GBR")
    assert why_sentences(found)[0].startswith(said)
    assert (found.first_day, found.joined) == (0, events[-1][1] == "public")
    assert found.gone == (-1 if found.joined else 5)
    if events[-1][1] == "talks":  # it can decide again, and has waited for that since
        assert (found.waited, found.n_waited) == (1, 35)
    end = "from being public at the end" if found.joined else "keep it public to the end"
    assert end in why_sentences(found)[2]


def test_a_nation_that_is_out_may_wait_for_a_way_back() -> None:
    nations = [{"id": "GBR", "stage": "public"}, {"id": "POL", "stage": "left"}]
    found = sim.why(small(nations=nations, behaviour={"return": {"rate": 1e-6}}), "POL")
    assert why_sentences(found)[0] == "POL does not join: it is out from the start."
    assert (found.waited, found.n_waited) == (LEFT, 40)
    assert "held it back much over 40 days out" in why_sentences(found)[1]


def test_a_rule_of_the_users_own_is_an_influence() -> None:
    class Slow(sim.Nation):
        def forward_hazard(self, features: Any) -> float:
            return super().forward_hazard(features) / 4.0

    found = explained(sim.trace(small(), seed=3, nation_class=Slow), "POL")
    own = next(each for each in found.influences if each.feature == OWN_RULE)
    assert own.term == pytest.approx(-np.log(4.0))
    assert found.levers == ()
    assert why_sentences(found)[2].startswith("`willing why` finds")


def test_data_say_what_the_sentences_say() -> None:
    found = sim.why(small(), "POL", seed=3)
    data = why_as_dict(found)
    assert data["sentences"] == list(why_sentences(found))
    assert data["joined"] == found.joined
    assert data["tried"] == [lever.path for lever in found.levers]
    assert len(data["influences"]) == len(found.influences)


def test_an_unknown_nation_is_refused_with_a_suggestion() -> None:
    with pytest.raises(ValueError, match="POL"):
        sim.why(small(), "POLL")


def test_a_run_of_a_stored_result_is_explained_as_the_run_of_its_scenario(tmp_path: Path) -> None:
    place = tmp_path / "result"
    sim.run(small(), runs=3, seed=3, first_run=4).save(place)
    stored, fresh = sim.why(place, "POL", run=6), sim.why(small(), "POL", seed=3, run=6)
    assert why_as_dict(stored) == why_as_dict(fresh)
    assert sim.why(str(place), "POL").trace.run == 4
    for choice, message in (
        ({"run": 7}, r"run: 7 is not in .*result, which has runs 4 to 6"),
        ({"seed": 3}, r"seed: .*result is a result, whose seed is 3: leave it out"),
    ):
        with pytest.raises(ValueError, match=message):
            sim.why(place, "POL", **choice)


def test_a_stored_result_of_a_rule_of_the_users_own_is_not_explained(tmp_path: Path) -> None:
    class Slow(sim.Nation):
        pass

    result = sim.run(small(days=2), runs=1, engine="mesa", nation_class=Slow)
    result.save(tmp_path / "result")
    with pytest.raises(ValueError, match=r"made by a subclass of Nation, .*Slow, whose rules"):
        sim.why(tmp_path / "result", "POL")


def test_no_nation_is_told_from_an_unknown_one() -> None:
    wrong: Any = None
    with pytest.raises(TypeError, match="nation: it must be the id of a nation, such as 'GBR'"):
        sim.why(small(), wrong)


def test_what_held_a_nation_back_names_the_move_it_waited_for() -> None:
    said = why_sentences(sim.why(small(), "POL", seed=3))[1]
    assert re.fullmatch(
        r"What held it back most over \d+ days undisclosed was too little backing, which "
        r"multiplied its daily hazard of going public by [0-9.]+; .+ multiplied it by [0-9.]+, and "
        r".+ by [0-9.]+\.",
        said,
    )
    alone = {"resolve": {"rate": 1e-6, "stake": 2.0}, "declare": {"rate": 0.05}}
    nations = ["GBR", {"id": "POL", "stage": "talks", "stake": 0.2}]
    said = why_sentences(explained(sim.trace(small(nations=nations, behaviour=alone)), "POL"))[1]
    assert said == (
        "What held it back most over 40 days in the talks was what success is worth to the nation, "
        "which multiplied its daily hazard of making up its mind by 0.55."
    )


def test_the_smallest_change_is_a_sentence() -> None:
    found = [sim.why(small(), "POL", seed=3, run=run) for run in range(5)]
    said = [why_sentences(each)[2] for each in found if each.change is not None]
    number = r"[0-9.]+ instead of [0-9.]+(; it then goes public on day \d+)?\."
    lever = r"(\w+ at a level|its own \w+|its own reliance on \w+)"
    assert said
    for each in said:
        assert re.fullmatch(rf"With the same luck, the smallest .+ is {lever} of {number}", each)


def test_a_nation_that_the_initial_law_left_outside_is_told_so():
    law = {"talks": {"odds": 1e-9}}
    scenario = scenario_from_dict(
        {"days": 3, "nations": ["GBR", "FRA"], "behaviour": {"initial": law}}
    )
    found = sim.why(scenario, "GBR")
    assert why_sentences(found)[1] == (
        "The initial law left it outside (its chance of talks or further was 0.00), and no move "
        "towards it was open to it on any day that followed."
    )


def test_a_quorum_that_bars_the_nation_is_what_held_it_back() -> None:
    form = {
        "days": 5,
        "nations": [
            {"id": "GBR", "stage": "public"},
            {"id": "POL", "stage": "willing", "quorum": {"public": 3}},
        ],
        "behaviour": {"declare": {"rate": 1}},
    }
    sentences = why_sentences(sim.why(scenario_from_dict(form), "POL"))
    assert "it waits until 3 others are public; 1 is" in sentences[1]


def waiting(quorum: Any, days: int = 5, **changes: Any) -> Any:
    """POL is willing and waits for a quorum; FRA goes public on day 3, by an event."""
    return scenario_from_dict(
        {
            "days": days,
            "nations": [
                {"id": "GBR", "stage": "public"},
                "FRA",
                {"id": "POL", "stage": "willing", "quorum": quorum},
            ],
            "behaviour": {"declare": {"rate": 1e-9}},
            "events": [{"date": 3, "move": "FRA", "to": "public"}],
            **changes,
        }
    )


def test_days_on_which_a_quorum_barred_are_told_after_it_has_opened() -> None:
    found = sim.why(waiting({"public": 2}), "POL")
    assert (found.waited, found.n_waited, found.barred) == (WILLING, 3, (1, 2))
    assert why_sentences(found)[1] == (
        "A quorum kept it from going public on 2 days, day 1 to day 2: it waited until 2 others "
        "were public. Nothing held it back much over 3 open days undisclosed: the rest was luck."
    )
    data = why_as_dict(found)
    assert data["days_barred"] == 2
    assert data["barred_by"] == [
        {
            "path": "nations.POL.quorum.0.public",
            "at_least": 2.0,
            "move": "declare",
            "days": 2,
            "first_day": 1,
            "last_day": 2,
        }
    ]


def test_a_quorum_that_bars_to_the_end_is_told_with_its_days_and_without_luck() -> None:
    found = sim.why(waiting({"public": 3}), "POL")
    assert why_sentences(found)[0] == "POL does not join: at the end, day 5, it is undisclosed."
    assert why_sentences(found)[1] == (
        "A quorum kept it from going public on 5 days, day 1 to day 5: it waits until 3 others "
        "are public; 2 are."
    )


def test_a_drawn_quorum_is_told_by_its_number_in_the_run() -> None:
    scenario = waiting({"public": {"uniform": [2.5, 9]}})
    found = sim.why(scenario, "POL", seed=4)
    table = runs_table(sim.run(scenario, runs=1, seed=4), inputs=True)
    least = table["input.nations.POL.quorum.0.public"][0].as_py()
    said = f"it waits until {math.ceil(least)} others (drawn for this run) are public; 2 are"
    assert said in why_sentences(found)[1]
    assert why_as_dict(found)["barred_by"][0]["at_least"] == least
    told = [block.text for block in trace_blocks(found.trace) if isinstance(block, Text)]
    drawn = f"Quorums drawn for this run: POL, until {math.ceil(least)} others are public"
    assert drawn in told
    assert trace_as_dict(found.trace)["drawn_quorums"] == {"nations.POL.quorum.0.public": least}


def test_less_of_what_its_own_quorum_weighs_is_no_advice() -> None:
    scenario = waiting({"weight": "stake", "at_least": 0.8}, behaviour={"declare": {"rate": 99}})
    found = sim.why(scenario, "POL")
    assert "nations.POL.stake" not in [each.path for each in found.levers]
    assert "until 80 % of all stake is public; 67 % is" in why_sentences(found)[1]
    assert "its own support, bond or capability, in steps" in why_sentences(found)[2]
