"""A study of keystones as a whole: effects, the trap of plain size, folders, refusals."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from math import isnan
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sim
from sim.report.blocks import Note
from sim.report.keystone import answer_sentences, keystone_blocks, keystone_json
from sim.report.text import to_text
from sim.results.estimates import Mean, mean_of
from sim.scenario.load import scenario_from_dict
from sim.store.folder import ResultsError
from sim.studies.design.outcomes import OutcomeError
from sim.studies.jobs.study import Columns, Job
from sim.studies.keystone import study as studies
from sim.studies.keystone.levers import LeverError, direction_of
from sim.studies.keystone.result import Keystone
from sim.studies.keystone.runs import LeverRunner
from sim.studies.keystone.study import KeystoneStudy
from tests.studies.keystone.test_runs import SCENARIO
from tests.studies.sweep.folders import bytes_in

TRAP = scenario_from_dict(
    {
        "title": "A trap",
        "days": 60,
        "nations": [
            {"id": "HUB", "stage": "willing"},  # all watch it, and it joins in most runs
            {"id": "SURE", "stage": "willing", "stake": 1.0},  # watched as well, and joins anyway
            {"id": "SHY", "stage": "willing", "stake": 0.0},  # watched as well, and never joins
            {"id": "HERMIT", "stage": "willing", "stake": 0.0},  # nobody watches it
            *({"id": f"N{number}", "stage": "willing"} for number in range(4)),
        ],
        "ties": {
            "base": 0,
            "directed": True,
            "dyads": [
                *([f"N{number}", "HUB", 2] for number in range(4)),
                *([f"N{number}", name, 1] for number in range(4) for name in ("SURE", "SHY")),
            ],
        },
        # Once in 100 days; 55 times as often with a stake of 1, and as seldom with one of 0.
        "behaviour": {"from": None, "declare": {"rate": 0.01, "stake": 8, "peers": 3.0}},
    }
)
SMALL = SCENARIO.with_changes({"events": []})


def order(found: Keystone, outcome: str, against: str = "changes") -> list[str]:
    """Names of the levers, the largest change first."""
    changes = {each.name: getattr(each, against) for each in found.levers if not each.why}
    return sorted(changes, key=lambda name: -changes[name][outcome].mean)


@pytest.fixture(scope="module")
def trap() -> Keystone:
    return sim.keystone(TRAP, runs=2000)


def test_ranking_by_plain_size_picks_the_least_likely_joiners(trap: Keystone) -> None:
    assert order(trap, "size")[0] == "SHY"
    assert order(trap, "others")[0] == "HUB"
    sizes = {each.name: each.changes["size"].mean for each in trap.levers}
    chances = {each.name: each.public.chance for each in trap.levers if each.public}
    # The hermit does nothing for anybody, and by plain size beats whoever joins anyway.
    assert trap.lever("HERMIT").changes["others"] == (0.0, 0.0, 0.0)
    assert sizes["HERMIT"] > sizes["SURE"]
    assert chances["HERMIT"] < 0.02 < 0.9 < chances["SURE"]
    assert sizes["HERMIT"] == pytest.approx(1 - chances["HERMIT"])


@pytest.fixture(scope="module")
def whole_trap() -> Keystone:
    return sim.keystone(TRAP, runs=2000, never_share=1)


def test_against_the_base_those_who_join_anyway_have_spent_their_effect(
    whole_trap: Keystone,
) -> None:
    """The two are watched alike, and differ in how likely they are to join."""
    sure, shy = whole_trap.lever("SURE"), whole_trap.lever("SHY")
    assert sure.changes["others"].high < shy.changes["others"].low
    # Against runs in which they are never public it is the other way round.
    assert sure.against_never["others"].low > shy.against_never["others"].high
    # Who is never public in the base anyway does the same against both.
    assert shy.against_never["others"].mean == pytest.approx(shy.changes["others"].mean, abs=0.02)


def test_changes_against_never_are_those_of_runs_in_which_the_nation_is_kept_from_it() -> None:
    """All of them are made here, of one nation at a time."""
    found = sim.keystone(TRAP, runs=300, never_share=1)
    for name, nation in (("HUB", 0), ("SURE", 1), ("N0", 4)):
        barred = TRAP.with_changes({f"nations.{name}.quorum": [{"public": 100_000}]})
        early = scenario_from_dict(
            {"base": TRAP, "add_events": [{"date": 1, "move": name, "to": "public"}]}
        )
        never, there = (sim.run(each, runs=300, keep="runs") for each in (barred, early))
        public = [(each.stage >= 3) & (each.stage <= 5) for each in (never, there)]
        beside = np.arange(8) != nation
        apart = [there.size[:, -1] - never.size[:, -1]]
        apart.append(public[1][:, beside].sum(axis=1) - public[0][:, beside].sum(axis=1))
        lever = found.lever(name)
        assert lever.n_never == lever.n_reached
        for outcome, differences in zip(("size", "others"), apart, strict=True):
            expected = mean_of(differences.astype(float))
            np.testing.assert_allclose(lever.against_never[outcome], expected, atol=1e-12)


def test_some_of_the_runs_tell_what_all_of_them_do(trap: Keystone, whole_trap: Keystone) -> None:
    """Whoever joins in few runs is known by all of them, the others by 6 %."""
    shy, sure = trap.lever("SHY"), trap.lever("SURE")
    assert (shy.n_reached, shy.against_never) == (
        shy.n_never,
        whole_trap.lever("SHY").against_never,
    )
    assert shy.n_never is not None
    assert shy.n_never < 30
    assert sure.n_reached is not None
    assert sure.n_never == np.ceil(0.06 * sure.n_reached) < 150
    for name in ("HUB", "SURE"):
        for outcome in ("size", "others"):
            some, all_made = (
                each.lever(name).against_never[outcome] for each in (trap, whole_trap)
            )
            assert some.low < all_made.mean < some.high
            assert 1 < (some.high - some.low) / (all_made.high - all_made.low) < 5
    # Nobody watches it: it adds itself for certain, as is known without any of these runs.
    assert trap.lever("N0").against_never["size"] == (1.0, 1.0, 1.0)
    for each, other in zip(
        trap.levers, whole_trap.levers, strict=True
    ):  # nothing else depends on it
        assert each.changes == other.changes
        assert (each.rank_low, each.rank_high) == (other.rank_low, other.rank_high)
        assert each.ties == other.ties


def test_it_is_said_by_how_many_runs_never_is_known(trap: Keystone) -> None:
    text = " ".join(to_text(keystone_blocks(trap)).split())
    made, reached = (
        sum(getattr(each, name) for each in trap.levers) for name in ("n_never", "n_reached")
    )
    least, most = trap.never_runs or (0, 0)
    assert (
        f"{made:,} of {reached:,} are also made with it kept from it, {least} to {most} of" in text
    )
    told = keystone_json(trap)
    assert told["never_share"] == 0.06
    assert [row["never_runs"] for row in told["effects"]] == [x.n_never for x in trap.levers]
    assert [row["reached_runs"] for row in told["effects"]] == [x.n_reached for x in trap.levers]
    whole = sim.keystone(TRAP, runs=100, never_share=1)
    text = " ".join(to_text(keystone_blocks(whole)).split())
    assert f"all {sum(x.n_never or 0 for x in whole.levers)} are also made with it kept" in text
    none = sim.keystone(TRAP, runs=100, never_share=0)
    assert none.never_runs is None
    assert all(not each.against_never for each in none.levers)
    assert "never" not in to_text(keystone_blocks(none))


def test_another_order_against_never_is_said_where_it_is_certain(trap: Keystone) -> None:
    hub, sure = trap.lever("HUB"), trap.lever("SURE")
    for low, is_said in ((1.2, True), (1.0, False)):
        against = dict(sure.against_never) | {"others": Mean(1.5, low, 1.8)}
        known = replace(hub, against_never={"others": Mean(1.1, 1.05, 1.15)})
        found = replace(trap, levers=(known, replace(sure, against_never=against)))
        text = " ".join(answer_sentences(found, "nations"))
        said = f"Against never being public, SURE comes before HUB, with +1.5 ({low:.1f} to 1.8)"
        assert (said in text) == is_said
        assert (f"by {sure.n_never} runs made without it" in text) == is_said


def test_the_37_nations_of_paris_are_ranked_in_the_runs_of_37_ensembles_and_a_tenth(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Both columns, by the command as it is given: runs that are made are counted."""
    n_made, run = 0, LeverRunner.run

    def counted(
        self: LeverRunner, first_run: int, n_runs: int, inputs: Any, first_days: bool
    ) -> Any:
        nonlocal n_made
        n_made += n_runs
        return run(self, first_run, n_runs, inputs, first_days)

    monkeypatch.setattr(LeverRunner, "run", counted)
    found = sim.keystone("paris_2025")
    n_nations = len(found.scenario.nations)
    assert (n_nations, found.n_runs) == (37, 1000)
    assert len([each for each in found.levers if "success" in each.against_never]) == 35
    assert n_made <= 1.05 * n_nations * found.n_runs  # some take longer, as few are made at once


def test_who_is_likely_to_join_is_listed_first_and_the_others_apart(trap: Keystone) -> None:
    assert [each.is_feasible for each in trap.levers] == [True] * 6 + [False] * 2
    assert trap.levers[0].name == "HUB"
    assert (trap.levers[0].rank, trap.levers[0].rank_high) == (1, 1)
    assert [each.name for each in trap.levers[6:]] == ["SHY", "HERMIT"]
    assert all(each.rank is None for each in trap.levers[6:])
    everyone = sim.keystone(TRAP, runs=2000, feasible=0)
    assert everyone.levers[1].name == "SHY"
    assert everyone.levers[1].rank == 2


def test_the_text_names_the_first_and_warns_of_the_trap(trap: Keystone) -> None:
    text = " ".join(to_text(keystone_blocks(trap)).split())
    assert "HUB adds most to the other public nations by announcing early: +" in text
    assert "It is the first of 6 for certain, all ranks taken together at 95 %." in text
    assert "By plain size SHY would come first, with +1." in text
    assert "is itself, whose chance of being public is 1 % in the base" in text
    assert "favours those who are least likely to join, since they add themselves." in text


def test_a_true_keystone_that_is_unlikely_is_named_as_such() -> None:
    """In Kuran's example the tenth person brings all others out, and never comes out alone."""
    found = sim.keystone("classics/kuran_1991", runs=40)
    text = " ".join(to_text(keystone_blocks(found)).split())
    assert "P1, the only nation that is ranked, never changes the other public nations" in text
    said = "P10 would do more for the others, +8.00 (8.00 to 8.00), but its chance of being public"
    assert said in text
    assert "Plain size favours" not in text  # it does not come first by counting itself
    assert "± 0: the same in all 40 runs, though up to 8.8 % of all runs may differ" in text


def test_where_nothing_changes_that_is_said() -> None:
    found = sim.keystone("classics/granovetter_1978", runs=20)
    text = " ".join(to_text(keystone_blocks(found)).split())
    said = "None of the 100 nations that are ranked changes the other public nations in any of 20"
    assert said in text
    assert found.lever("P00").against_never["others"].mean == 99


def test_effects_are_those_of_a_comparison_with_the_event() -> None:
    """On a day before which nobody can have moved, so that every run is open to it."""
    quiet = SCENARIO.with_changes({"nations.FRA.stage": "talks"})
    found = sim.keystone(quiet, day=1, runs=400, seed=3)
    for name in ("FRA", "POL", "ITA"):
        event = {"date": 1, "move": name, "to": "public"}
        other = scenario_from_dict({"base": quiet, "add_events": [event]})
        compared = sim.compare({"base": quiet, "other": other}, runs=400, seed=3)
        assert found.lever(name).open_share == 1
        for outcome in ("size", "success"):
            change = compared.differences[0].outcome(outcome)
            assert change is not None
            expected = (change.difference, change.low, change.high)
            np.testing.assert_allclose(found.lever(name).changes[outcome], expected, atol=1e-12)


def test_an_announcement_on_day_1_is_compared_run_by_run_with_the_scenario_that_has_it() -> None:
    found = sim.keystone(SMALL, runs=400, seed=3)
    base = sim.run(SMALL, runs=400, seed=3, keep="runs")
    public = (base.stage >= 3) & (base.stage <= 5)
    for name, nation in (("DEU", 3), ("ITA", 4), ("NOR", 6)):
        lever = found.lever(name)
        other = scenario_from_dict(
            {"base": SMALL, "add_events": [{"date": 1, "move": name, "to": "public"}]}
        )
        runs = sim.run(other, runs=400, seed=3, keep="runs")
        there = (runs.stage >= 3) & (runs.stage <= 5)
        rest = [n for n in range(len(SMALL.nations)) if n != nation]
        gains = there[:, rest].sum(axis=1) - public[:, rest].sum(axis=1)
        assert lever.open_share == 1
        assert lever.changes["others"].mean == pytest.approx(gains.mean(), abs=1e-12)
        assert lever.public is not None
        assert lever.public.chance == public[:, nation].mean()
        compared = sim.compare({"base": SMALL, "other": other}, runs=400, seed=3).differences[0]
        for outcome in ("size", "success"):
            change = compared.outcome(outcome)
            assert change is not None
            expected = (change.difference, change.low, change.high)
            np.testing.assert_allclose(lever.changes[outcome], expected, atol=1e-12)


def test_shared_luck_saves_the_runs_that_independent_seeds_would_take() -> None:
    """The factor is the ratio of two variances: that of independent differences is measured."""
    found = sim.keystone(TRAP, runs=2000, seed=0)
    other = sim.run(
        scenario_from_dict(
            {"base": TRAP, "add_events": [{"date": 1, "move": "HUB", "to": "public"}]}
        ),
        runs=2000,
        seed=1,
        keep="runs",
    )
    base = sim.run(TRAP, runs=2000, seed=0, keep="runs")
    beside = [n for n in range(8) if n != 0]
    apart = (other.stage[:, beside] == 3).sum(axis=1) - (base.stage[:, beside] == 3).sum(axis=1)
    hub = found.lever("HUB")
    paired_variance = ((hub.changes["others"].high - hub.changes["others"].low) / 3.92) ** 2 * 2000
    assert hub.fewer_runs == pytest.approx(apart.var() / paired_variance, rel=0.15)
    assert found.shared_luck is not None
    assert found.shared_luck.low <= found.shared_luck.median <= found.shared_luck.high


def test_nations_that_are_public_or_gone_have_no_effect_and_it_says_why() -> None:
    found = sim.keystone(SMALL, day=5, runs=200)
    assert [(each.name, each.why) for each in found.levers if each.why] == [
        ("GBR", "is public from the start"),
        ("ESP", "has left from the start"),
    ]
    for name in ("GBR", "ESP"):
        lever = found.lever(name)
        assert lever.changes["others"] == lever.changes["success"] == (0.0, 0.0, 0.0)
        assert lever.rank is None
    text = to_text(keystone_blocks(found))
    assert "No effect, as it is public from the start: GBR; has left from the start: ESP" in text
    assert 0 < found.lever("FRA").open_share < 1
    assert "it is too late, and these count as 0: " in " ".join(text.split())
    told = [each for each in keystone_json(found)["effects"] if each["lever"] == "ESP"]
    assert (told[0]["others"], told[0]["why"]) == (0.0, "has left from the start")


def test_a_nation_that_is_always_too_late_says_so() -> None:
    late = scenario_from_dict(
        {
            "days": 9,
            "nations": [{"id": "A", "stage": "willing"}, {"id": "B", "stage": "willing"}],
            "events": [{"date": 2, "move": "A", "to": "public"}],
            "behaviour": {"from": None, "declare": {"rate": 0.05}},
        }
    )
    found = sim.keystone(late, day=4, runs=50)
    assert found.lever("A").why == "is public, or has left, before day 4 in every run"
    assert found.lever("A").changes["size"].mean == 0
    assert found.lever("A").against_never == {}  # the scenario itself puts it there


def test_departures_are_listed_by_what_they_cost() -> None:
    found = sim.keystone(SMALL, move="left", runs=300, k=2)
    changes = [each.changes["others"].mean for each in found.levers if each.rank is not None]
    assert changes == sorted(changes)
    assert all(not each.against_never for each in found.levers)
    assert found.levers[0].name == "GBR"  # which is public from the start, and watched
    assert found.sets is not None
    assert found.sets.steps[0].total.mean < 0
    if found.sets.bound is not None and found.sets.bound_high is not None:
        assert found.sets.bound_high <= found.sets.bound < 0
    text = " ".join(to_text(keystone_blocks(found)).split())
    assert "GBR would be missed most: its departure changes the other public nations by -" in text


def test_meetings_and_conditions_are_levers_too() -> None:
    found = sim.keystone(
        SCENARIO,
        levers=["nations", "meetings", "conditions"],
        level={"backing": 0.9},
        outcome="success",
        runs=300,
    )
    assert found.lever("conditions.backing").label == "backing (own level 0.9)"
    assert {each.name for each in found.of_kind("meetings")} == {
        "events.first",
        "events.second",
        "events.some_day",
    }
    backing = found.lever("conditions.backing")
    assert backing.public is None
    assert backing.is_feasible
    assert backing.changes["size"] == backing.changes["others"]
    raised = scenario_from_dict(
        {"base": SCENARIO, "add_events": [{"date": 1, "signal": "backing", "shift": 2.6026896854}]}
    )
    chances = [
        (sim.run(x, runs=300, keep="runs").success_day >= 0).mean() for x in (SCENARIO, raised)
    ]
    assert backing.changes["success"].mean == pytest.approx(chances[1] - chances[0], abs=1e-12)
    text = to_text(keystone_blocks(found))
    for words in ("Meeting", "Condition", "To leave out", "own level 0.9)", "stays"):
        assert words in text
    alone = sim.keystone(SCENARIO, levers="meetings", runs=100, k=2)
    assert to_text(keystone_blocks(alone)).startswith("Which meeting matters most")
    assert alone.sets is not None
    text = " ".join(to_text(keystone_blocks(alone)).split())
    assert "in runs for the public nations (median" in text or alone.shared_luck is None
    assert "together they change the public nations by" in text
    assert "others" not in text


def test_an_outcome_is_spelt_with_blanks_or_without() -> None:
    assert sim.keystone(TRAP, outcome=" others", runs=20).outcome == "others"
    found = sim.keystone(SMALL, outcome="success ", runs=40, k=2, values="shapley")
    assert keystone_json(found) == keystone_json(
        sim.keystone(SMALL, outcome="success", runs=40, k=2, values="shapley")
    )


@pytest.mark.parametrize(
    ("kind", "stage", "gain", "loss", "neither"),
    [
        ("nations", "public", "A adds most to", "each takes away, and A least", "none is certain"),
        ("nations", "left", "A would be missed most", "none would be missed: each", "none is cert"),
        ("meetings", "public", "A takes most from", "each adds, and A least", "is not certain to"),
        ("conditions", "left", "A adds most to", "each takes away, and A least", "is not certain"),
    ],
)
def test_the_first_sentence_claims_what_the_interval_of_the_first_says(
    trap: Keystone, kind: str, stage: str, gain: str, loss: str, neither: str
) -> None:
    sign = direction_of(kind, stage)
    for low, high, said in ((0.1, 0.3, gain), (-0.3, -0.1, loss), (-0.1, 0.1, neither)):
        ends = sorted((sign * low, sign * high))
        change = Mean(sum(ends) / 2, *ends)
        first = replace(trap.levers[0], kind=kind, label="A", changes={"others": change})
        found = replace(trap, levers=(first,), kinds=(kind,), stage=stage)
        sentence = next(answer_sentences(found, kind))
        assert said in sentence
        assert all(other not in sentence for other in {gain, loss, neither} - {said})


def test_the_bound_of_sets_that_take_away_is_one_of_what_they_take() -> None:
    found = sim.keystone(TRAP, runs=40, k=2)
    assert found.sets is not None
    rest = {"rejected": (), "losses": ("HUB",)}
    for sign, bound, high, said in (
        (1, 3.0, 3.2, "the best set of that size comes to at most +3.00, or +3.20 with"),
        (1, -0.3, -0.2, "no set of that size comes to more than -0.30, or -0.20 with"),
        (-1, -3.0, -3.2, "the best set of that size takes away at most 3.00, or 3.20 with"),
        (-1, 0.3, 0.2, "every set of that size adds at least +0.30, or +0.20 with"),
    ):
        sets = replace(found.sets, bound=bound, bound_high=high, **rest)
        turned = replace(found, sign=sign, sets=sets)
        text = " ".join(to_text(keystone_blocks(turned)).split())
        assert said in text
        assert f"as 1 lever may {'do harm' if sign > 0 else 'add'})" in text


def test_sets_of_departures_say_that_they_take_away() -> None:
    found = sim.keystone(SMALL, move="left", runs=100, k=2)
    assert found.sign == -1
    assert "take away most: together" in " ".join(to_text(keystone_blocks(found)).split())
    both = sim.keystone(SCENARIO, move="left", levers=["nations", "meetings"], runs=40, k=2)
    assert both.sign == -1


def test_no_width_is_explained_wherever_it_stands() -> None:
    """In Kuran's example every run goes the same way."""
    asked: dict[str, Any] = {"k": 2, "values": "shapley", "pairs": True, "feasible": 0}
    found = sim.keystone("classics/kuran_1991", runs=40, **asked)
    blocks = [each.text for each in keystone_blocks(found) if isinstance(each, Note)]
    said = "± 0: the same in all 40 runs, though up to 8.8 % of all runs may differ"
    assert sum(text == said for text in blocks) == 4  # effects, pairs, the set, values


def test_another_outcome_ranks_and_is_given_beside_the_three() -> None:
    found = sim.keystone(SMALL, outcome="size@10>=3", runs=300, values="shapley", k=2)
    assert found.outcomes == ("size", "others", "success", "size@10>=3")
    ranked = [each for each in found.levers if each.rank is not None]
    gains = [each.changes["size@10>=3"].mean for each in ranked]
    assert gains == sorted(gains, reverse=True)
    other = scenario_from_dict(
        {"base": SMALL, "add_events": [{"date": 1, "move": "DEU", "to": "public"}]}
    )
    reached = [
        (sim.run(each, runs=300, keep="runs").size[:, 10] >= 3).mean() for each in (SMALL, other)
    ]
    change = found.lever("DEU").changes["size@10>=3"].mean
    assert change == pytest.approx(reached[1] - reached[0], abs=1e-12)
    assert found.values is not None
    assert all(each.own.mean == 0 for each in found.values.players)
    assert "size@10>=3" in to_text(keystone_blocks(found))


@pytest.mark.parametrize("kind", ["shapley", "owen", "banzhaf"])
@pytest.mark.parametrize("outcome", ["others", "success"])
def test_values_add_up_over_the_lucks_that_they_were_played_with(kind: str, outcome: str) -> None:
    groups = {"one": {"members": ["FRA", "POL"]}, "two": {"members": ["POL", "NOR"]}}
    scenario = SMALL.with_changes({"ties.groups": groups})
    found = sim.keystone(scenario, values=kind, outcome=outcome, runs=100).values
    assert found is not None
    total = sum(each.value.mean for each in found.players)
    if kind != "banzhaf":
        assert abs(total - (found.everybody.mean - found.nobody.mean)) < 1e-10
    for each in found.players:
        assert abs(each.value.mean - each.own.mean - each.others.mean) < 1e-10
    base = sim.run(scenario, runs=100, keep="runs")
    worth = base.size[:, -1] if outcome == "others" else base.success_day >= 0
    assert found.nobody.mean == pytest.approx(worth.mean())
    if kind == "owen":
        blocs = {each.name: each.bloc for each in found.players}
        assert blocs == {"FRA": "one", "POL": "one", "NOR": "two", "DEU": "", "ITA": ""}
        assert found.in_several == ("POL",)


# In folders


def whole(folder: Path, **options: Any) -> Keystone:
    asked = {"runs": 120, "k": 2, "values": "shapley", "pairs": True, **options}
    return sim.keystone(SMALL, out=folder, **asked)


@pytest.fixture
def small_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs of a few runs each."""
    monkeypatch.setattr("sim.studies.jobs.study.NATION_DAYS_A_JOB", 40 * 7 * 30 * 5)


@pytest.mark.usefixtures("small_jobs")
def test_a_study_is_the_same_in_memory_in_a_folder_and_opened_again(tmp_path: Path) -> None:
    found = whole(tmp_path / "out")
    opened = sim.load_keystone(tmp_path / "out")
    in_memory = sim.keystone(SMALL, runs=120, k=2, values="shapley", pairs=True, workers=1)
    told = keystone_json(in_memory)
    assert keystone_json(found) == keystone_json(opened) == told
    assert opened.command.startswith("sim.keystone(scenario, day=1, move='public', k=2")
    json.dumps(told, allow_nan=False)
    with (tmp_path / "out" / "effects.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert [row["lever"] for row in rows] == [each.name for each in found.levers]
    assert float(rows[0]["others"]) == found.levers[0].changes["others"].mean
    table = opened.table()
    assert table.loc["DEU", "others_low"] == found.lever("DEU").changes["others"].low
    assert "Keystone of 7 levers on day 1: 120 runs, seed 0" in repr(found)
    assert found._repr_html_().count("<table") >= 4


@pytest.mark.usefixtures("small_jobs")
@pytest.mark.parametrize("most", [0, 3, 9, 14])
def test_a_stopped_study_goes_on_to_the_same_bytes(
    tmp_path: Path, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole(tmp_path / "whole")
    run, n_run = KeystoneStudy.run, 0

    def stop(self: KeystoneStudy, memory: Any, job: Job) -> Columns:
        nonlocal n_run
        if n_run == most:
            raise KeyboardInterrupt
        n_run += 1
        return run(self, memory, job)

    monkeypatch.setattr(KeystoneStudy, "run", stop)
    with pytest.raises(KeyboardInterrupt):
        whole(tmp_path / "out", workers=1)
    with pytest.raises(ResultsError, match="holds a keystone study that is not finished; the same"):
        sim.load_keystone(tmp_path / "out")
    monkeypatch.setattr(KeystoneStudy, "run", run)
    whole(tmp_path / "out", workers=2)
    assert bytes_in(tmp_path / "out") == bytes_in(tmp_path / "whole")


@pytest.mark.usefixtures("small_jobs")
def test_another_study_in_the_folder_is_refused(tmp_path: Path) -> None:
    sim.keystone(SMALL, runs=40, out=tmp_path / "out")
    with pytest.raises(ResultsError, match="holds another keystone study: runs was 40 and is 60"):
        sim.keystone(SMALL, runs=60, out=tmp_path / "out")
    with pytest.raises(ResultsError, match=r"study: never_share was 0\.06 and is 1"):
        sim.keystone(SMALL, runs=40, never_share=1, out=tmp_path / "out")
    sim.keystone(SMALL, runs=60, out=tmp_path / "out", overwrite=True)
    assert sim.load_keystone(tmp_path / "out").n_runs == 60


def test_a_cluster_finds_what_threads_find(tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    options = {"n_workers": 1, "threads_per_worker": 2, "processes": False}
    with (
        distributed.LocalCluster(
            **options, dashboard_address=":0", local_directory=str(tmp_path), protocol="tcp"
        ) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        found = sim.keystone(SMALL, runs=60, k=2, dask=client)
    assert keystone_json(found) == keystone_json(sim.keystone(SMALL, runs=60, k=2))


# What there need not be


def test_a_scenario_may_have_no_success_no_condition_no_event_and_one_nation() -> None:
    behaviour = {"from": None, "declare": {"rate": 0.1}}
    one = scenario_from_dict(
        {"days": 5, "nations": [{"id": "A", "stage": "willing"}], "behaviour": behaviour}
    )
    found = sim.keystone(one, runs=50, values="shapley", pairs=True)
    assert found.outcomes == ("size", "others")
    assert found.lever("A").changes["others"] == (0.0, 0.0, 0.0)
    assert found.values is not None
    assert found.values.players[0].value.mean == pytest.approx(
        found.lever("A").changes["size"].mean
    )
    assert (found.pairs, found.sets, found.shared_luck) == ((), None, None)
    text = to_text(keystone_blocks(found))
    assert "A, the only nation that is ranked, never changes the other public nations" in text
    assert "success" not in text


def test_a_set_has_no_more_levers_than_are_feasible() -> None:
    found = sim.keystone(TRAP, runs=200, k=8)
    assert found.sets is not None
    assert len(found.sets.steps) == found.sets.n_candidates == 6
    assert "8 were asked for, and 6 levers can be chosen" in to_text(keystone_blocks(found))
    none = sim.keystone(SMALL, runs=200, k=2, feasible=1)
    assert none.sets is None
    assert "No nation has a chance of at least 100 % of being public by the end" in " ".join(
        to_text(keystone_blocks(none)).split()
    )


def test_numbers_that_are_drawn_are_drawn_in_every_run() -> None:
    drawn = TRAP.with_draws({"behaviour.declare.peers": [0.0, 3.0], "climate": [0.1, -0.3]})
    found = sim.keystone(drawn, runs=800).lever("HUB").changes["others"]
    without = sim.keystone(TRAP.with_changes({"behaviour.declare.peers": 0.0}), runs=800)
    assert without.lever("HUB").changes["others"].mean == 0
    whole = sim.keystone(TRAP, runs=800).lever("HUB").changes["others"]
    assert found.mean == pytest.approx(whole.mean / 2, abs=0.1)


def test_what_makes_no_sense_is_refused() -> None:
    for options, said in (
        ({"runs": 19}, "runs: 19 must be from 20 to 1,000,000"),
        ({"feasible": 1.5}, "feasible: 1.5 must be from 0 to 1"),
        ({"never_share": -0.1}, "never_share: -0.1 must be from 0 to 1"),
        ({"never_share": float("nan")}, "never_share: nan must be from 0 to 1"),
        ({"levers": ["nations"] * 2}, "levers: nations are given twice"),
        ({"k": 0}, "k: 0 must be at least 1"),
        ({"k": 6}, "k: 6 must be at most 5, the levers"),
        ({"values": "nucleolus"}, "values: 'nucleolus' must be one of shapley, banzhaf, owen"),
        ({"values": "owen"}, "values: owen takes groups of nations"),
        ({"outcome": "public.*"}, "outcome: public.* is more than one; a study has one"),
        ({"move": "gone"}, "move: 'gone' must be one of talks"),
        ({"day": 1.5}, "day: 1.5 must be a whole number"),
    ):
        with pytest.raises((LeverError, ValueError), match="^" + said.replace("*", r"\*")):
            sim.keystone(SMALL, **{"runs": 40, **options})
    with pytest.raises(OutcomeError, match="unknown outcome 'succes'"):
        sim.keystone(SMALL, outcome="succes")


def test_more_runs_than_memory_holds_are_refused_before_any(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(studies, "free_bytes", lambda: 10**6)
    with pytest.raises(MemoryError, match=r"^100,000 runs of 5 levers need 0\.0 GB of memory"):
        sim.keystone(SMALL, runs=100_000)


def test_a_factor_that_is_not_known_is_no_number() -> None:
    found = sim.keystone(TRAP, runs=200)
    assert isnan(found.lever("HERMIT").fewer_runs)
    row = next(row for row in keystone_json(found)["effects"] if row["lever"] == "HERMIT")
    assert row["fewer_runs"] is None


@pytest.mark.slow
def test_over_20_seeds_no_pair_that_two_of_them_tell_apart_changes_order() -> None:
    found = [sim.keystone(TRAP, runs=2000, seed=seed, feasible=0) for seed in range(20)]
    names = [each.name for each in found[0].levers]
    above = set[tuple[str, str]]()
    for study in found:
        for one in study.levers:
            assert one.rank is not None
            ranks = {each.name: each.rank for each in study.levers}
            apart = [name for name in names if name != one.name and name not in one.ties]
            above |= {(one.name, name) for name in apart if one.rank < (ranks[name] or 0)}
    assert len(above) > 10
    assert not {(other, one) for one, other in above} & above
