"""Comparisons: worked by hand, under shared luck, against exact laws, over common days."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import sim
from sim.engines import memory
from sim.report.comparison import comparison_notes
from sim.results.estimates import Z_95
from sim.scenario.files.errors import ScenarioError
from sim.scenario.schema import Scenario
from sim.studies.compare import compare as module
from sim.studies.compare.compare import shortened
from sim.studies.compare.comparison import Comparison
from tests.results.synthetic import small_scenario
from tests.studies.compare.scenarios import made_up_comparison, one_clock, put, without_chance


def same(one: Comparison, other: Comparison) -> bool:
    """Whether two comparisons hold the same numbers, to the last bit."""
    return all(
        (left.label, repr(left.outcomes), repr(left.nations))
        == (right.label, repr(right.outcomes), repr(right.nations))
        and all(
            np.array_equal(getattr(mine, name), getattr(theirs, name))
            for mine, theirs in zip(left.sizes, right.sizes, strict=True)
            for name in ("base", "other", "values", "counts")
        )
        for left, right in zip(one.differences, other.differences, strict=True)
    )


@pytest.fixture(scope="module")
def paris() -> dict[str, Scenario]:
    """The first scenario over sixty days, and two variants."""
    base = sim.load_scenario("paris_2025", set={"days": 60, "events": [], "success": None})
    return {
        "base": base,
        "more": base.with_changes({"conditions.us_backing.level": 0.8}),
        "less": base.with_changes({"conditions.us_backing.level": 0.1}),
    }


# By hand


def test_differences_are_those_worked_by_hand() -> None:
    base = without_chance(10, put("BBB", 8))
    other = without_chance(10, put("BBB", 3), put("CCC", 5), put("AAA", 9, "left"))
    found = sim.compare({"base": base, "other": other}, runs=20).differences[0]
    size = found.size()
    assert size.base.tolist() == [1] * 8 + [2] * 3
    assert size.other.tolist() == [1] * 3 + [2] * 2 + [3] * 4 + [2] * 2
    assert size.interval().estimate.tolist() == [0, 0, 0, 1, 1, 2, 2, 2, 1, 0, 0]
    assert size.interval().low.tolist() == size.interval().estimate.tolist()
    assert size.interval().high.tolist() == size.interval().estimate.tolist()
    assert size.quantile(0.05).tolist() == size.quantile(0.95).tolist()
    peak = found.outcome("peak_size")
    assert peak is not None
    assert (peak.base, peak.other, peak.difference, peak.n_differ) == (2, 3, 1, 20)
    assert np.isnan(peak.fewer_runs)  # the same in every run
    nations = {nation.nation: nation for nation in found.nations}
    assert [nation.nation for nation in found.nations] == ["CCC", "AAA", "BBB"]
    assert (nations["CCC"].base, nations["CCC"].other, nations["CCC"].difference) == (0, 1, 1)
    assert (nations["CCC"].n_gained, nations["CCC"].n_lost) == (20, 0)
    assert (nations["AAA"].difference, nations["AAA"].days) == (-1, 0)
    assert (nations["BBB"].difference, nations["BBB"].days) == (0, -5)
    assert (nations["CCC"].base_days, nations["CCC"].other_days) == (11, 5)
    assert nations["CCC"].days_low == nations["CCC"].days_high == -6
    assert (nations["CCC"].significant_fdr, nations["BBB"].significant_fdr) == (True, False)
    assert nations["BBB"].days_significant_fdr


def test_a_nation_that_skips_the_public_stage_counts_from_its_first_firm_day() -> None:
    base = without_chance(10)
    other = without_chance(10, put("BBB", 4, "deployed"))
    nation = sim.compare({"a": base, "b": other}, runs=2).differences[0].nations[0]
    assert (nation.nation, nation.difference, nation.other_days) == ("BBB", 1, 4)


def test_success_is_a_difference_of_chances_in_the_same_runs() -> None:
    success = {"public_size": 2, "hold": 3}
    base = without_chance(10, put("BBB", 9), success=success)  # too late to hold
    other = without_chance(10, put("BBB", 2), success=success)
    change = sim.compare({"a": base, "b": other}, runs=50).differences[0].outcome("success")
    assert change is not None
    assert (change.base, change.other, change.difference, change.high) == (0, 1, 1, 1)
    assert change.low == pytest.approx((50 - Z_95**2) / (50 + Z_95**2), abs=1e-12)
    assert (change.q05, change.q95) == (1, 1)


@pytest.mark.slow
def test_against_exact_chances_of_one_clock_the_intervals_hold_95_times_in_100() -> None:
    """A nation goes public once its hazard reaches one draw: both scenarios know its law."""
    rate, days, n_runs, times = 0.05, 10, 100, 200
    gained = np.exp(-rate * days) - np.exp(-2 * rate * days)
    never = [np.exp(-factor * rate * np.arange(days + 1)) for factor in (1, 2)]
    sooner = never[1].sum() - never[0].sum()  # the mean of days until public is this sum
    held = np.zeros(4)
    slow, fast = one_clock(rate, days), one_clock(2 * rate, days)
    for seed in range(times):
        found = sim.compare({"slow": slow, "fast": fast}, n_runs, seed).differences[0]
        nation, size = found.nations[0], found.outcome("size")
        assert size is not None
        assert (nation.n_lost, nation.difference) == (0, size.difference)
        held += [
            nation.low <= gained <= nation.high,
            nation.days_low <= sooner <= nation.days_high,
            size.low <= gained <= size.high,
            found.size().interval().low[5] <= np.exp(-0.25) - np.exp(-0.5),
        ]
    assert (np.abs(held[:3] / times - 0.95) < 4.5 * np.sqrt(0.95 * 0.05 / times)).all()
    assert held[3] / times > 0.975 - 4.5 * np.sqrt(0.975 * 0.025 / times)


# Shared luck


def test_a_scenario_against_itself_differs_in_nothing(paris: dict[str, Scenario]) -> None:
    twin = paris["base"].with_changes({"title": "Under another name"})
    comparison = sim.compare({"base": paris["base"], "twin": twin}, runs=60, seed=1)
    found = comparison.differences[0]
    assert comparison.is_same("twin")
    for change in found.outcomes:
        assert (change.difference, change.low, change.high, change.n_differ) == (0, 0, 0, 0)
        assert np.isnan(change.fewer_runs)
    for nation in found.nations:
        assert (nation.difference, nation.low, nation.high, nation.days) == (0, 0, 0, 0)
        assert (nation.significant_fdr, nation.days_significant_fdr) == (False, False)
    for size in found.sizes:
        assert size.values.tolist() == [0]


def test_a_change_without_effect_differs_in_nothing_as_far_as_the_runs_can_tell() -> None:
    other = without_chance(10, {"date": 9, "requirement": 40})
    comparison = sim.compare({"a": without_chance(10), "b": other}, runs=30)
    nation = comparison.differences[0].nations[0]
    assert not comparison.is_same("b")
    assert nation.difference == 0 < nation.high < 0.2


def test_shared_luck_saves_as_many_runs_as_is_said(paris: dict[str, Scenario]) -> None:
    """Variances of many small comparisons, paired and with luck of their own, by experiment."""
    runs, a_group = 5000, 5
    comparison = sim.compare({"base": paris["base"], "more": paris["more"]}, runs, seed=1)
    alone = {
        (label, seed): sim.run(paris[label], runs=runs, seed=seed).size[:, -1].astype(float)
        for label, seed in (("base", 1), ("more", 1), ("more", 2))
    }
    paired = alone["more", 1] - alone["base", 1]
    apart = alone["more", 2] - alone["base", 1]
    means = [each.reshape(-1, a_group).mean(axis=1) for each in (paired, apart)]
    measured = means[1].var(ddof=1) / means[0].var(ddof=1)
    change = comparison.differences[0].outcome("size")
    assert change is not None
    assert change.difference == pytest.approx(paired.mean(), abs=1e-9)
    of_ratio = 2 / np.sqrt(runs / a_group - 1)  # standard error of the logarithm of the ratio
    of_factor = 2 / np.sqrt(runs - 1)  # and of the factor, from all runs
    assert abs(np.log(measured / change.fewer_runs)) < 4.5 * np.hypot(of_ratio, of_factor)
    assert change.fewer_runs_known
    assert change.fewer_runs > 1.5


@pytest.mark.parametrize("changed", [{"MOST_RUNS_A_BLOCK": 7}, {"NATION_DAYS_A_BLOCK": 1.0}])
def test_blocks_and_workers_do_not_change_a_bit(
    paris: dict[str, Scenario], changed: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = sim.compare(paris, runs=30, seed=3, workers=2)
    for name, value in changed.items():
        monkeypatch.setattr(module, name, value)
    assert same(sim.compare(paris, runs=30, seed=3, workers=1), before)
    assert not same(sim.compare(paris, runs=30, seed=4), before)


def test_each_other_scenario_is_compared_with_the_first(paris: dict[str, Scenario]) -> None:
    found = sim.compare(paris, runs=40, seed=1)
    assert [each.label for each in found.differences] == ["more", "less"]
    for label in ("more", "less"):
        alone = sim.compare({"base": paris["base"], label: paris[label]}, runs=40, seed=1)
        assert repr(alone.differences[0].outcomes) == repr(found.difference(label).outcomes)
    turned = sim.compare({"more": paris["more"], "base": paris["base"]}, runs=40, seed=1)
    forth, back = found.differences[0].outcome("size"), turned.differences[0].outcome("size")
    assert forth is not None
    assert back is not None
    assert (forth.difference, forth.low, forth.high) == (-back.difference, -back.high, -back.low)
    assert (forth.q05, forth.fewer_runs) == (-back.q95, back.fewer_runs)


def test_quantiles_and_means_by_day_are_those_of_the_runs(paris: dict[str, Scenario]) -> None:
    found = sim.compare(paris, runs=40, seed=1).differences[0]
    base, other = (sim.run(paris[label], runs=40, seed=1) for label in ("base", "more"))
    for size in found.sizes:
        of_base, of_other = (getattr(each, size.measure).astype(float) for each in (base, other))
        difference = of_other - of_base
        assert size.base.tolist() == of_base.mean(axis=0).tolist()
        assert size.interval().estimate == pytest.approx(difference.mean(axis=0), abs=1e-12)
        assert size.mc_error() == pytest.approx(difference.std(axis=0, ddof=1) / np.sqrt(40))
        ordered = np.sort(difference, axis=0)
        assert size.quantile(0.05).tolist() == ordered[1].tolist()  # the second of forty
        assert size.quantile(0.5).tolist() == ordered[19].tolist()
    force = found.outcome("force")
    assert force is not None
    difference = np.sort(other.force.sum(axis=1) - base.force.sum(axis=1))
    assert (force.q25, force.q95) == (difference[9], difference[37])


# Scenarios that are not of one make


def test_nations_of_one_scenario_alone_are_listed_and_not_compared() -> None:
    base = without_chance(10)
    nations = [{"id": "AAA", "stage": "public"}, "BBB", {"id": "DDD", "stage": "pledged"}]
    other = without_chance(10, nations=nations)
    comparison = sim.compare({"a": base, "b": other}, runs=5)
    found = {nation.nation: nation for nation in comparison.differences[0].nations}
    assert list(found) == ["AAA", "BBB", "CCC", "DDD"]
    assert [nation.found_in for nation in found.values()] == ["both", "both", "base", "other"]
    assert (found["CCC"].base, found["CCC"].base_days) == (0, 11)
    assert (found["DDD"].other, found["DDD"].other_days) == (1, 0)
    for name in ("other", "difference", "low", "p_value", "days"):
        assert np.isnan(getattr(found["CCC"], name))
    size = comparison.differences[0].outcome("size")
    assert size is not None
    assert size.difference == 1


def test_scenarios_without_a_nation_in_common_are_compared_in_size() -> None:
    one, other = without_chance(10), without_chance(10, nations=["DDD", "EEE"])
    found = sim.compare({"a": one, "b": other}, runs=3).differences[0]
    assert found.common_nations == ()
    size = found.outcome("size")
    assert size is not None
    assert size.difference == -1


def test_kinds_and_conditions_of_one_scenario_alone_are_not_compared_and_are_said() -> None:
    level = {"level": 0.5}
    base = without_chance(10, conditions={"x": level, "y": level}, contributions={"air": {}})
    other = without_chance(10, conditions={"y": level, "z": level}, contributions={"sea": {}})
    comparison = sim.compare({"a": base, "b": other}, runs=3)
    names = [change.outcome for change in comparison.differences[0].outcomes]
    sizes = ["size", "private_size", "firm_size", "peak_size"]
    assert names == [*sizes, "force", "conditions.y", "kinds_covered"]
    assert list(comparison_notes(comparison)) == [
        "Only in b, kinds of contribution: sea.",
        "Only in the base, kinds of contribution: air.",
        "Only in b, conditions: z.",
        "Only in the base, conditions: x.",
    ]


def test_other_thresholds_of_success_are_said() -> None:
    one = {"public_size": 1, "hold": 1}
    scenarios = {
        "a": without_chance(10, success=one),
        "b": without_chance(10, success={**one, "hold": 2}),
        "c": without_chance(10),
    }
    comparison = sim.compare(scenarios, runs=3)
    assert comparison.difference("b").outcome("success") is not None
    assert comparison.difference("c").outcome("success") is None
    assert list(comparison_notes(comparison)) == [
        "Success has other thresholds in b than in the base.",
        "Success is not compared: c sets no thresholds.",
    ]


def test_scenarios_of_different_length_are_compared_over_their_common_days() -> None:
    short = without_chance(6, put("BBB", 2))
    events = (put("CCC", 4), put("BBB", 5), put("BBB", 6, "left"), put("CCC", 7, "left"))
    long = without_chance(12, *events)
    comparison = sim.compare({"short": short, "long": long}, runs=3)
    size = comparison.differences[0].size()
    assert comparison.n_days == 6
    assert size.interval().estimate.tolist() == [0, 0, -1, -1, 0, 1, 0]
    found = {nation.nation: nation for nation in comparison.differences[0].nations}
    assert (found["CCC"].difference, found["CCC"].base_days, found["CCC"].other_days) == (1, 7, 4)
    assert (found["BBB"].difference, found["BBB"].other) == (-1, 0)  # out on the last common day
    assert list(comparison_notes(comparison)) == [
        "long has 12 days and the base 6 days: compared over the first 6."
    ]
    assert comparison.scenarios == (short, long)


def test_other_start_dates_are_compared_by_day_and_said() -> None:
    base = without_chance(6, start="2025-03-10")
    later, undated = without_chance(6, start="2025-04-01"), without_chance(6)
    comparison = sim.compare({"a": base, "b": later, "c": undated}, runs=3)
    assert list(comparison_notes(comparison)) == [
        "b starts on 1 Apr 2025 and the base on 10 Mar 2025: compared by day from the start, and "
        "dated by the base.",
        "c starts without a date and the base on 10 Mar 2025: compared by day from the start, and "
        "dated by the base.",
    ]
    assert str(comparison.date(2)) == "2025-03-12"


@pytest.mark.parametrize("law", [None, {"uniform": [59, 70]}])
@pytest.mark.parametrize("days", [1, 59, 60, 61, 150])
def test_a_shortened_scenario_has_the_same_runs_to_the_last_bit(days: int, law: Any) -> None:
    whole = sim.load_scenario("paris_2025_peace_deal")
    if law is not None:
        kinds = [event.kind for event in whole.events]
        whole = whole.with_value(f"events.{kinds.index('deal')}.date", law)
    short = sim.run(shortened(whole, days), runs=20, seed=2)
    long = sim.run(whole, runs=20, seed=2)
    for name in ("size", "private_size", "firm_size"):
        assert np.array_equal(getattr(short, name), getattr(long, name)[:, : days + 1])
    reached = (long.first_day >= 0) & (long.first_day <= days)
    assert np.array_equal(short.first_day, np.where(reached, long.first_day, -1))


def test_an_event_whose_draws_would_change_cannot_be_cut_off() -> None:
    meetings = [{"date": day, "meeting": "summit"} for day in (9, 3)]
    long = without_chance(10, *meetings)
    with pytest.raises(ValueError, match="meeting 'summit' dated after that before another"):
        sim.compare({"a": without_chance(5), "b": long}, runs=2)
    in_order = without_chance(10, *reversed(meetings))
    assert sim.compare({"a": without_chance(5), "b": in_order}, runs=2).n_days == 5


# At the door


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"scenarios": {}}, "at least 2 to compare, not 0"),
        ({"scenarios": {"a": small_scenario()}}, "at least 2 to compare, not 1"),
        ({"scenarios": {"a": small_scenario(), " ": small_scenario()}}, "' ' must be text"),
        ({"scenarios": {"a": small_scenario(), 3: small_scenario()}}, "3 must be text"),
        ({"scenarios": {"a": small_scenario(), "x" * 201: small_scenario()}}, "1 to 200 letters"),
        ({"scenarios": [small_scenario()] * 2}, "must be given as a mapping of label to Scenario"),
        ({"scenarios": "a", "runs": "b"}, "a mapping of label to Scenario, such as .*, not as str"),
        ({"runs": 0}, "runs: 0 must be at least 1"),
        ({"seed": -1}, "seed: -1 must be from 0"),
        ({"workers": 0}, "workers: 0 must be at least 1"),
    ],
)
def test_wrong_arguments_are_refused_by_name(arguments: dict[str, Any], said: str) -> None:
    right = {"scenarios": {"a": small_scenario(), "b": small_scenario(6)}, "runs": 2}
    with pytest.raises(ValueError, match=said):
        sim.compare(**{**right, **arguments})


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        (5, TypeError, "with_: 5 must be 'PATH=VALUE', the path of a variant, or a mapping"),
        ([None], TypeError, "with_: None must be 'PATH=VALUE'"),
        ([["days=5"]], TypeError, r"with_: \['days=5'\] must be 'PATH=VALUE'"),
        (b"days=5", TypeError, "with_: b'days=5' must be 'PATH=VALUE'"),
        ({"days": 5}, TypeError, r"with_: 5 must be .*, as in with_={'changed': {'days': 5}}"),
        (
            [small_scenario()],
            TypeError,
            "with_: <Scenario .* is a scenario of its own, which is given beside",
        ),
        (["days"], ValueError, "with_ 'days': must have the form PATH=VALUE"),
        (["days=0"], ValueError, "with_ 'days=0': days: 0 must be a whole number"),
        ({"a": {"days": 0}}, ValueError, "with_ {'days': 0}: days: 0 must be a whole number"),
        (["no.yaml"], ValueError, "with_ 'no.yaml': no.yaml does not exist"),
        (None, ValueError, r"not as Scenario; with_ compares a single one .* with_=\['days=90'\]"),
    ],
)
def test_what_is_no_difference_is_refused_by_the_name_of_the_argument(
    given: Any, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        sim.compare(small_scenario(), runs=2, with_=given)


def test_differences_come_in_any_collection() -> None:
    base = small_scenario()
    for given in (
        ("days=5",),
        np.array(["days=5"]),
        (text for text in ["days=5"]),
        [pd.Series({"days": 5})],
    ):
        assert sim.compare(base, runs=2, with_=given).labels[1:] == ("days=5",)
    assert sim.compare(base, runs=2, with_=[{}]).labels[1:] == ("unchanged",)


def test_what_is_no_scenario_is_refused_by_its_label() -> None:
    with pytest.raises(TypeError, match="scenarios: 'b': it must be a Scenario, a shipped name"):
        sim.compare({"a": small_scenario(), "b": 5})


def test_more_runs_than_memory_holds_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "free_bytes", lambda: 10**9)
    scenarios = {"a": without_chance(), "b": without_chance(9)}
    with pytest.raises(MemoryError, match=r"100,000,000 runs of these scenarios need .* GB"):
        sim.compare(scenarios, runs=10**8)
    assert sim.compare(scenarios, runs=2).n_runs == 2
    monkeypatch.setattr(module, "free_bytes", lambda: None)
    assert memory.free_bytes is not module.free_bytes
    assert sim.compare(scenarios, runs=2).n_runs == 2


def test_progress_goes_over_all_scenarios(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_RUNS_A_BLOCK", 4)
    seen: list[tuple[int, int]] = []
    scenarios = {"a": without_chance(), "b": without_chance(9), "c": without_chance(8)}
    sim.compare(scenarios, runs=10, workers=1, progress=lambda *done: seen.append(done))
    assert {of_all for _, of_all in seen} == {30}
    done = [done for done, _ in seen]
    assert done == sorted(done)
    assert done[-1] == 30


def test_one_run_is_compared_without_any_error_being_known() -> None:
    found = sim.compare({"a": one_clock(0.1), "b": one_clock(5.0)}, runs=1).differences[0]
    size = found.outcome("size")
    assert size is not None
    assert np.isnan([size.low, size.high, size.fewer_runs]).all()
    assert np.isnan(found.size().interval().low).all()


def test_tables_hold_a_row_for_each_thing() -> None:
    comparison = made_up_comparison(n_others=2)
    outcomes, days = comparison.outcomes_table(), comparison.days_table()
    n_outcomes = len(comparison.differences[0].outcomes)
    assert len(outcomes) == 2 * n_outcomes
    assert list(outcomes.columns[:5]) == ["scenario", "outcome", "base", "other", "difference"]
    assert len(days) == 2 * 3 * 181
    assert list(days.columns) == [
        *("scenario", "measure", "day", "base", "other", "difference", "mc_error", "low", "high"),
        *("q05", "q25", "median", "q75", "q95"),
    ]
    assert len(comparison.nations_table()) == 14
    size = comparison.difference("backing announced 2").size()
    row = days[(days.scenario == "backing announced 2") & (days.measure == "size")].iloc[50]
    assert (row.day, row.difference) == (50, size.interval().estimate[50])
    assert row.q95 == size.quantile(0.95)[50]


def test_a_comparison_says_what_it_is_of() -> None:
    comparison = made_up_comparison()
    assert repr(comparison) == (
        "<Comparison of 'backing announced 1' with 'as it is': 200 runs, 180 days, seed 0>"
    )
    with pytest.raises(KeyError, match="no scenario 'as it is' beside the base"):
        comparison.difference("as it is")


def test_scenarios_are_given_by_what_differs(tmp_path):
    base = small_scenario()
    variant = tmp_path / "variant.yaml"
    variant.write_text("remove_events: 0\n", encoding="utf-8")
    level = {"conditions.us_backing.level": 0.9}
    found = sim.compare({"base": base}, runs=8, with_={"backed": level, "fewer": variant})
    assert found.labels == ("base", "backed", "fewer")
    assert found.scenarios[1] == base.with_changes(level)
    assert found.scenarios[2].events == base.events[1:]
    alone = sim.compare(base, runs=8, with_=["conditions.us_backing.level=0.9", level])
    assert alone.labels[1:] == ("us_backing.level=0.9", "us_backing.level=0.9_2")
    assert alone.is_same("us_backing.level=0.9") is False
    assert alone.scenarios[1] == alone.scenarios[2] == found.scenarios[1]


def test_a_variant_of_another_scenario_is_not_applied_to_one_in_memory(tmp_path):
    file, base = tmp_path / "base.yaml", small_scenario()
    file.write_text(base.to_yaml(), encoding="utf-8")
    variant = tmp_path / "variant.yaml"
    variant.write_text("base: base.yaml\nremove_events: 0\n", encoding="utf-8")
    assert sim.compare(base, runs=4, with_=[variant]).scenarios[1].events == base.events[1:]
    with pytest.raises(ScenarioError, match=r"variant\.yaml:1: base: its base is another scenario"):
        sim.compare(base.with_changes({"days": 9}), runs=4, with_=[variant])


def test_fewer_than_two_scenarios_are_refused_however_they_are_given():
    with pytest.raises(ValueError, match="at least 2"):
        sim.compare({"alone": small_scenario()})
    with pytest.raises(ValueError, match="not as Scenario"):
        sim.compare(small_scenario())
    with pytest.raises(ValueError, match="at least 2"):
        sim.compare({}, with_=["days=9"])
