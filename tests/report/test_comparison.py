"""The words of a comparison: what they say, and what they leave unsaid."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from scipy.stats import beta

import sim
from sim.report.blocks import Figure, Table
from sim.report.comparison import (
    MAX_NATIONS,
    comparison_blocks,
    comparison_title,
    factor_text,
    with_interval,
)
from sim.results.estimates import chance
from sim.results.format import digits_of
from sim.scenario.load import scenario_from_dict
from sim.studies.compare.comparison import Comparison
from tests.results.synthetic import small_scenario
from tests.studies.compare.scenarios import made_up_comparison, one_clock, put, without_chance


def tables(comparison: Comparison) -> list[Table]:
    """The tables of a comparison: of outcomes, then of nations, for each scenario but the base."""
    return [block for block in comparison_blocks(comparison) if isinstance(block, Table)]


def texts(comparison: Comparison) -> list[str]:
    """Everything that is said outside of tables."""
    blocks = comparison_blocks(comparison)
    return [block.text for block in blocks if not isinstance(block, Table | Figure)]


def rows_of(table: Table) -> dict[str, dict[str, str]]:
    """Rows of a table by what they are of."""
    first = next(iter(table.columns))
    return {row[first]: row for row in table.rows}


def test_the_heading_names_who_is_compared_with_whom() -> None:
    assert texts(made_up_comparison())[:2] == [
        "backing announced 1, compared with as it is",
        "7 nations, 10 Mar 2025 to 6 Sep 2025, 200 runs of each, seed 0: run by run under the "
        "same luck",
    ]
    assert comparison_title(made_up_comparison(n_others=3)) == (
        "backing announced 1, backing announced 2 and backing announced 3, each compared with "
        "as it is"
    )


def test_the_heading_uses_titles_where_they_tell_scenarios_apart() -> None:
    comparison = made_up_comparison()
    named = tuple(
        scenario.model_copy(update={"title": title})
        for scenario, title in zip(comparison.scenarios, ("As it is", "Backed"), strict=True)
    )
    assert (
        comparison_title(replace(comparison, scenarios=named)) == "Backed, compared with As it is"
    )


def test_rows_hold_the_numbers_of_the_comparison() -> None:
    comparison = made_up_comparison()
    difference = comparison.differences[0]
    outcomes, nations = tables(comparison)
    rows = rows_of(outcomes)
    size, success = difference.outcome("size"), difference.outcome("success")
    assert size is not None
    assert success is not None
    digits = digits_of(size.low, size.high)
    assert rows["public nations"] == {
        "outcome": "public nations",
        "base": f"{size.base:.{digits}f}",
        "other": f"{size.other:.{digits}f}",
        "difference": with_interval(size.difference, size.low, size.high),
        "over_runs": f"{size.q05:.0f} to {size.q95:.0f}",
    }
    in_percent = (100 * x for x in (success.difference, success.low, success.high))
    assert rows["success, % of runs"]["difference"] == with_interval(*in_percent)
    first = difference.nations[0]
    assert nations.rows[0]["nation"] == f"{first.nation}  {first.name}"
    assert nations.rows[0]["difference"].startswith(
        with_interval(100 * first.difference, 100 * first.low, 100 * first.high)
    )


def test_what_is_significant_is_marked_and_nothing_else() -> None:
    comparison = made_up_comparison()
    difference = comparison.differences[0]
    nations = tuple(
        replace(nation, significant_fdr=place == 1, days_significant_fdr=place == 0)
        for place, nation in enumerate(difference.nations)
    )
    marked = replace(comparison, differences=(replace(difference, nations=nations),))
    cells = [(row["difference"], row["days"]) for row in tables(marked)[1].rows]
    assert [["*" in cell for cell in row] for row in cells[:3]] == [
        *([False, True], [True, False], [False, False])
    ]


def test_the_runs_that_were_saved_are_said_for_size_and_success() -> None:
    difference = made_up_comparison().differences[0]
    said = next(text for text in texts(made_up_comparison()) if "Shared luck" in text)
    for name in ("size", "success"):
        change = difference.outcome(name)
        assert change is not None
        assert f"of {factor_text(change.fewer_runs)} " in said


def test_runs_that_succeed_in_one_alone_are_counted_whole() -> None:
    success = {"public_size": 1, "hold": 1}
    slow, fast = (
        scenario_from_dict({**one_clock(rate).full(), "success": success}) for rate in (0.01, 0.1)
    )
    comparison = sim.compare({"slow": slow, "fast": fast}, runs=300, seed=2)
    change = comparison.differences[0].outcome("success")
    assert change is not None
    gained, lost = chance(change.n_differ, 300), chance(0, 300)
    share = f"{100 * gained.chance:.0f} % ({100 * gained.low:.0f} to {100 * gained.high:.0f})"
    assert (
        f"fast succeeds and the base does not in {share} of runs, the other way round in "
        "0 % (0.0 to 1.3)"
    ) in texts(comparison)
    assert round(100 * lost.high, 1) == 1.3


def test_where_nothing_differs_it_is_said_in_so_many_words() -> None:
    success = {"public_size": 3, "hold": 1}
    base = without_chance(10, success=success)
    other = without_chance(10, put("BBB", 3), success=success)
    comparison = sim.compare({"a": base, "b": other}, runs=10)
    outcomes, nations = tables(comparison)
    row = rows_of(outcomes)["success, % of runs"]
    assert (row["difference"], row["over_runs"]) == ("none in 10 runs", "-")
    assert not any("hared luck" in text for text in texts(comparison))
    row = rows_of(outcomes)["public nations"]
    assert (row["difference"], row["over_runs"]) == ("+1 in all 10 runs", "-")
    assert [row["nation"] for row in nations.rows] == ["BBB"]
    assert nations.rows[0]["days"] == "-8 in all 10 runs *"
    none = sim.compare({"a": base, "b": without_chance(10, success=None)}, runs=3)
    assert "No nation differs in 3 runs: up to 71 % of all runs may differ." in texts(none)


def test_what_is_alike_in_all_runs_comes_with_the_exact_bound_on_what_may_be_otherwise() -> None:
    base, other = without_chance(10), without_chance(10, put("BBB", 3))
    said = texts(sim.compare({"a": base, "b": other}, runs=10))
    high = beta.ppf(0.975, 1, 10)  # Clopper and Pearson's upper end for none of 10
    assert f"{100 * high:.2g}" == "31"
    assert "Of what is alike in 10 runs, up to 31 % of all runs may differ" in said
    assert "2 nations without a difference in 10 runs: up to 31 % of all runs may differ" in said
    assert not any("may differ" in text for text in texts(made_up_comparison()))


@pytest.mark.parametrize(("n_runs", "is_told"), [(2, False), (39, False), (40, True)])
def test_a_factor_is_printed_only_where_there_are_runs_enough(n_runs: int, is_told: bool) -> None:
    comparison = made_up_comparison(n_runs=n_runs)
    change = comparison.differences[0].outcome("size")
    assert change is not None
    text = str(texts(comparison))
    said = (
        f"saved a factor of {factor_text(change.fewer_runs)} in runs for public nations at the end"
    )
    assert (said in text) == is_told
    assert ("oo few runs to tell what shared luck saved for public nations" in text) != is_told


def test_a_nation_whose_days_cancel_out_does_differ() -> None:
    comparison = made_up_comparison()
    difference = comparison.differences[0]
    still = {"n_gained": 0, "n_lost": 0, "days": 0.0}
    first, second, *others = difference.nations
    cancels = replace(first, **still, days_low=-1.0, days_high=1.0)
    same = replace(second, **still, days_low=0.0, days_high=0.0)
    changed = replace(difference, nations=(cancels, same, *others))
    comparison = replace(comparison, differences=(changed,))
    assert cancels.differs
    assert not same.differs
    assert tables(comparison)[1].rows[0]["nation"].split()[0] == first.nation
    same_in_all = "1 nation without a difference in 200 runs: up to 1.8 % of all runs may differ"
    assert same_in_all in texts(comparison)


def test_the_same_scenario_is_said_to_be_the_same() -> None:
    base = without_chance(10)
    twin = base.with_changes({"title": "twin"})
    comparison = sim.compare({"a": base, "b": twin}, runs=3)
    assert texts(comparison)[2:] == [
        f"b is the same scenario as a (digest {base.digest[:8]}): every difference is 0."
    ]
    assert not tables(comparison)


def test_of_many_nations_the_largest_changes_are_listed_and_the_rest_counted() -> None:
    comparison = made_up_comparison(n_nations=40)
    assert len(tables(comparison)[1].rows) == MAX_NATIONS
    changed = [n for n in comparison.differences[0].nations if n.n_gained + n.n_lost or n.days]
    n_more = len(changed) - MAX_NATIONS
    said = f"and {n_more} more, with smaller changes (--nations all lists every one)"
    assert said in texts(comparison)
    assert any(
        "40 intervals, each of one nation by itself: about 2 would exclude 0" in text
        for text in texts(comparison)
    )


def test_nations_of_one_scenario_alone_are_named() -> None:
    other = without_chance(10, nations=["AAA", "DDD"])
    said = texts(sim.compare({"a": without_chance(10), "b": other}, runs=3))
    assert "Only in the base, and not compared: BBB, CCC" in said
    assert "Only in b, and not compared: DDD" in said


def test_one_run_prints_no_number_that_is_none() -> None:
    comparison = sim.compare({"a": one_clock(0.1), "b": one_clock(5.0)}, runs=1)
    text = str(comparison_blocks(comparison))
    assert "nan" not in text
    assert "1 run of each" in text
    assert "every run" not in text
    assert "Too few runs to tell" in text
    assert "Of what is alike in 1 run, up to 98 % of all runs may differ" in text


@pytest.mark.parametrize(
    ("low", "high", "digits"), [(4.0, 4.0, 2), (np.nan, np.nan, 2), (0.0, 1e-9, 4), (0, 300, 0)]
)
def test_numbers_have_as_many_digits_as_their_interval_calls_for(
    low: float, high: float, digits: int
) -> None:
    assert digits_of(low, high) == digits


def test_a_difference_that_rounds_to_nothing_has_no_sign() -> None:
    assert with_interval(-0.0001, -0.3, 0.3) == "0.0 (-0.3 to 0.3)"


class Words(HTMLParser):
    """Text of a page, and whether its tags close each other."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        assert attrs is not None
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_a_notebook_shows_the_same_with_everything_escaped() -> None:
    hostile = small_scenario(3).with_changes({"nations.N01.name": "<script>&"})
    scenarios = {"<b>base": hostile, "other": hostile.with_changes({"nations.N02.stake": 1.0})}
    comparison = sim.compare(scenarios, runs=10)
    page = comparison._repr_html_()
    reader = Words()
    reader.feed(page)
    assert reader.open == []
    assert "<script>" not in page
    assert "<b>" not in page
    text = " ".join(reader.words)
    for table in tables(comparison):
        for row in table.rows:
            assert all(cell in text for cell in row.values())


def test_quorums_that_cannot_be_compared_or_differ_are_named() -> None:
    base = small_scenario()
    asked = base.with_changes({"quorum": {"public": 2}})
    more = base.with_changes({"quorum": {"public": 3}})
    said = texts(sim.compare({"base": base, "asked": asked}, runs=5))
    assert "The quorum of the coalition is not compared: the base has none." in said
    said = texts(sim.compare({"asked": asked, "more": more}, runs=5))
    assert "The quorum of the coalition asks for something else in more than in the base." in said
