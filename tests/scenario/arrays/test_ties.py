"""Ties: the shares of a row against a naive table of weights in exact arithmetic."""

from __future__ import annotations

import tracemalloc
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.core.layout import TieArrays
from sim.core.rules.influence import TIE_UNITS
from sim.engines.memory import BYTES_A_TIE
from sim.scenario.arrays.ties import WEIGHT_STEPS, shares_of, tie_arrays, tie_weights
from sim.scenario.load import ScenarioError, scenario_from_dict
from sim.scenario.schema import Scenario
from tests.examples import examples

ANY = settings(deadline=None, max_examples=examples(60))

weights = st.integers(0, 12).map(lambda quarters: quarters / 4)
"""Quarters, so that products of a few weights are exact."""


def tied(n_nations: int, led_by: list[str], **ties: Any) -> Scenario:
    """A scenario of some nations N0, N1, ... with ties."""
    nations = [f"N{spot}" for spot in range(n_nations)]
    return scenario_from_dict({"days": 1, "nations": nations, "leaders": led_by, "ties": ties})


@st.composite
def scenarios(draw: st.DrawFn) -> dict[str, Any]:
    """The arguments of `tied`: up to nine nations, three groups, six dyads."""
    n_nations = draw(st.integers(1, 9))
    names = [f"N{spot}" for spot in range(n_nations)]
    some = st.lists(st.sampled_from(names), min_size=1, unique=True)
    groups = draw(st.lists(st.tuples(some, weights), max_size=3))
    pairs = [(one, other) for one in names for other in names if one < other]
    chosen = draw(st.lists(st.sampled_from(pairs), max_size=6, unique=True)) if pairs else []
    return {
        "n_nations": n_nations,
        "leaders": draw(some | st.just([])),
        "base": draw(weights),
        "groups": {
            f"g{spot}": {"members": members, "weight": weight}
            for spot, (members, weight) in enumerate(groups)
        },
        "dyads": [[*pair, draw(weights)] for pair in chosen],
        "leaders_weight": draw(weights),
        "directed": draw(st.booleans()),
    }


def from_parts(parts: dict[str, Any]) -> Scenario:
    """The scenario of what `scenarios` gave."""
    ties = {name: parts[name] for name in ("base", "groups", "dyads", "directed")}
    ties["leaders"] = parts["leaders_weight"]
    return tied(parts["n_nations"], parts["leaders"], **ties)


def dense(scenario: Scenario) -> list[list[Fraction]]:
    """w_ij as the formula says, nation by nation."""
    names, ties = [nation.id for nation in scenario.nations], scenario.ties
    added = {}
    for one, other, weight in ties.dyads:
        added[one, other] = Fraction(weight)
        if not ties.directed:
            added[other, one] = Fraction(weight)

    def weight_of(one: str, other: str) -> Fraction:
        weight = Fraction(ties.base) + added.get((one, other), Fraction(0))
        for group in ties.groups.values():
            if one in group.members and other in group.members:
                weight *= Fraction(group.weight)
        if other in scenario.leaders:
            weight *= Fraction(ties.leaders)
        return Fraction(0) if one == other else weight

    return [[weight_of(one, other) for other in names] for one in names]


def rounded(share: Fraction) -> int:
    """A share in units of 2^-50, halves up."""
    return int((share * TIE_UNITS + Fraction(1, 2)).__floor__())


def full(ties: TieArrays) -> list[list[int]]:
    """The table that the base part and the sparse part stand for."""
    n_nations = ties.base.size
    table = [
        [0 if i == j else int(ties.base[i]) for j in range(n_nations)] for i in range(n_nations)
    ]
    for j in range(n_nations):
        for entry in range(ties.start[j], ties.start[j + 1]):
            table[ties.watcher[entry]][j] += int(ties.extra[entry])
    return table


@ANY
@given(scenarios())
def test_ties_are_the_shares_of_a_dense_table_rounded_once(parts):
    """Weights are whole multiples of the 2^-40 part of their row's largest but for rounding."""
    scenario = from_parts(parts)
    table, ours = dense(scenario), full(tie_arrays(scenario))
    for i, row in enumerate(table):
        largest = max([Fraction(scenario.ties.base), *row])
        steps = [round(weight * WEIGHT_STEPS / largest) if largest else 0 for weight in row]
        total = sum(steps)
        assert ours[i] == [rounded(Fraction(each, total)) if total else 0 for each in steps]


@ANY
@given(scenarios(), st.integers(0, 2**9 - 1))
def test_peers_sums_are_those_of_the_dense_table(parts, public):
    scenario = from_parts(parts)
    table, ours = dense(scenario), full(tie_arrays(scenario))
    for row, shares in zip(table, ours, strict=True):
        seen = [bool(public >> j & 1) for j in range(len(row))]
        exact = sum((w for w, is_public in zip(row, seen, strict=True) if is_public), Fraction(0))
        exact /= sum(row) or 1
        units = sum(each for each, is_public in zip(shares, seen, strict=True) if is_public)
        # each weight is rounded to 2^-40 of the largest of its row, each share to 2^-50
        largest = max(Fraction(scenario.ties.base), *row, Fraction(0))
        ratio = Fraction(largest, sum(row)) if any(row) else 0
        slack = len(row) * (ratio * Fraction(1, 2**40) + Fraction(1, 2**51))
        assert abs(Fraction(units, TIE_UNITS) - exact) <= slack


@ANY
@given(scenarios())
def test_a_row_adds_up_to_one_within_its_roundings_and_an_empty_one_to_nothing(parts):
    scenario = from_parts(parts)
    for row, shares in zip(dense(scenario), full(tie_arrays(scenario)), strict=True):
        total = Fraction(sum(shares), TIE_UNITS)
        if any(row):
            assert abs(total - 1) <= Fraction(len(row), 2**51)
        else:
            assert total == 0
        assert all(share >= 0 for share in shares)


@ANY
@given(scenarios(), st.randoms())
def test_the_order_of_groups_members_and_dyads_changes_no_bit(parts, random):
    groups = [(name, dict(group)) for name, group in parts["groups"].items()]
    for _, group in groups:
        group["members"] = random.sample(group["members"], len(group["members"]))
    shuffled = parts | {
        "groups": dict(random.sample(groups, len(groups))),
        "dyads": random.sample(parts["dyads"], len(parts["dyads"])),
        "leaders": random.sample(parts["leaders"], len(parts["leaders"])),
    }
    one, other = tie_arrays(from_parts(parts)), tie_arrays(from_parts(shuffled))
    for part, again in zip(one, other, strict=True):
        assert np.array_equal(part, again)


def test_a_group_of_everybody_whose_weight_is_next_to_nothing_shares_as_any_other():
    """Nobody is left to the base, which weighs a million times as much as the row."""
    groups = {"g": {"members": ["N0", "N1", "N2"], "weight": 1e-6}}
    table = full(tie_arrays(tied(3, ["N2"], leaders=3, groups=groups)))
    shares = [units / TIE_UNITS for units in table[0]]
    assert shares == pytest.approx([0, 1 / 4, 3 / 4], rel=1e-6)  # in steps of 2^-40 of the base


whole_numbers = st.integers(0, 2**57)


@ANY
@given(st.lists(st.tuples(whole_numbers, whole_numbers).map(sorted), min_size=1))
def test_shares_are_rounded_as_in_exact_arithmetic(pairs):
    weights = np.array([weight for weight, _ in pairs])
    shares = shares_of(weights, np.array([total for _, total in pairs]))
    exact = [rounded(Fraction(each, total)) if total else 0 for each, total in pairs]
    assert shares.tolist() == exact


@ANY
@given(scenarios())
def test_a_nation_watches_neither_itself_nor_anyone_twice(parts):
    ties = tie_arrays(from_parts(parts))
    watched = np.repeat(np.arange(ties.base.size), np.diff(ties.start))
    assert ties.start[0] == 0
    assert ties.start[-1] == ties.watcher.size == ties.extra.size
    pairs = list(zip(ties.watcher.tolist(), watched.tolist(), strict=True))
    assert len(set(pairs)) == len(pairs)
    assert all(one != other for one, other in pairs)


def test_uniform_ties_take_no_memory_and_are_equal_shares():
    ties = tie_arrays(tied(5000, []))
    assert ties.extra.size == 0
    assert np.all(ties.base == rounded(Fraction(1, 4999)))


def test_ties_take_memory_for_pairs_that_stand_out_alone():
    members = [f"N{spot}" for spot in range(10)]
    ties = tie_arrays(
        tied(3000, ["N0"], leaders=1, groups={"g": {"members": members, "weight": 2}})
    )
    assert ties.extra.size == 10 * 9


def test_listing_ties_takes_no_more_memory_than_is_reckoned_with():
    members = [f"N{spot}" for spot in range(1200)]
    scenario = tied(len(members), [], groups={"g": {"members": members, "weight": 2}})
    tracemalloc.start()
    try:
        n_ties = tie_arrays(scenario).extra.size
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < BYTES_A_TIE * n_ties


def test_a_table_worked_by_hand():
    """N0 gives N1 (1 + 2) * 3 = 9, N2 1 and N3, the leader, 4: shares 9, 1 and 4 of 14."""
    groups = {"g": {"members": ["N0", "N1"], "weight": 3}}
    dyads = [["N0", "N1", 2.0]]
    ties = tie_arrays(tied(4, ["N3"], base=1, leaders=4, groups=groups, dyads=dyads))
    shares = [units / TIE_UNITS for units in full(ties)[0]]
    assert shares == pytest.approx([0, 9 / 14, 1 / 14, 4 / 14], rel=1e-11)


def test_a_directed_dyad_is_seen_by_one_side_alone():
    both, one = (
        full(tie_arrays(tied(3, [], dyads=[["N0", "N1", 3.0]], directed=directed)))
        for directed in (False, True)
    )
    fifth = TIE_UNITS / 5
    assert both[0] == one[0] == pytest.approx([0, 4 * fifth, fifth], rel=1e-11)
    assert both[1] == pytest.approx([4 * fifth, 0, fifth], rel=1e-11)
    assert one[1] == [TIE_UNITS // 2, 0, TIE_UNITS // 2]


def test_a_heavy_tie_leaves_the_rows_that_it_is_not_in_as_they_were():
    group = {"g": {"members": ["N2", "N3"], "weight": 1.3}}
    plain, heavy = (
        full(tie_arrays(tied(5, [], groups=group, dyads=[["N0", "N1", weight]])))
        for weight in (1.0, 1e6)
    )
    assert heavy[2:] == plain[2:]


@pytest.mark.parametrize("n_nations", [1, 3])
def test_without_any_weight_nobody_watches_anybody(n_nations):
    ties = tie_arrays(tied(n_nations, [], base=0))
    assert not any(ties.base)
    assert ties.extra.size == 0


def test_a_nation_alone_has_an_empty_row():
    assert tie_arrays(tied(1, [])).base.tolist() == [0]


# Weights and numbers that are too large


def grouped(n_nations: int, **groups: Any) -> dict[str, Any]:
    """A scenario of nations N0, N1, ... in groups, as a file has it."""
    nations = [f"N{number}" for number in range(n_nations)]
    return {"days": 3, "nations": nations, "ties": {"groups": groups}}


NONE_AT_ALL = {"members": ["N0", "N1"], "weight": 0}


def alike(n_groups: int, **group: Any) -> dict[str, Any]:
    return {f"g{number}": group for number in range(n_groups)}


@pytest.mark.parametrize(
    ("groups", "more"),
    [
        (alike(52, members=["N0", "N1"], weight=1e6), {}),
        (
            {
                **alike(52, members=["N0", "N1"], weight=1e6),
                "no": {"members": ["N0", "N1"], "weight": 0},
            },
            {},
        ),
        (alike(51, members=["N0", "N1"], weight=1e6), {"dyads": [["N0", "N1", 1e6]]}),
        (alike(51, members=["N0", "N1"], weight=1e6), {"leaders": 1e6}),
    ],
)
def test_weights_that_multiply_to_infinity_are_refused_when_loaded(groups, more):
    form = grouped(3, **groups) | {"leaders": ["N1"]}
    form["ties"] |= more
    with pytest.raises(ScenarioError) as error:
        scenario_from_dict(form)
    said = "ties: the weights of N0's ties multiply to infinity, as of that to N1"
    assert str(error.value) == said


def test_weights_that_are_large_for_no_pair_are_right():
    groups = {
        **{f"a{n}": {"members": ["N0", "N1"], "weight": 1e6} for n in range(40)},
        **{f"b{n}": {"members": ["N0", "N2"], "weight": 1e6} for n in range(40)},
    }
    ties = tie_arrays(scenario_from_dict(grouped(4, **groups)))
    assert [int(extra) for extra in ties.extra[:2]] == [TIE_UNITS, TIE_UNITS]


def test_a_weight_that_makes_a_product_infinite_is_refused_by_its_path():
    groups = alike(51, members=["N0", "N1"], weight=1e6) | {"last": ["N0", "N1"]}
    scenario = scenario_from_dict(grouped(3, **groups))
    assert scenario.with_changes({"ties.groups.last.weight": 10}).ties.groups["last"].weight == 10
    with pytest.raises(ScenarioError, match="multiply to infinity"):
        scenario.with_changes({"ties.groups.last.weight": 1e6})


def test_a_group_with_too_many_pairs_is_refused_with_their_number():
    members = [f"N{number}" for number in range(10_002)]
    form = grouped(10_002, all={"members": members, "weight": 2})
    with pytest.raises(ScenarioError) as error:
        scenario_from_dict(form)
    assert str(error.value) == (
        "ties: groups, leaders and dyads make 100,030,002 ties that differ from the base; at most "
        "100,000,000 are allowed: leave the largest group out, or divide it"
    )
    form["ties"]["groups"]["all"]["weight"] = 1
    scenario = scenario_from_dict(form)
    assert tie_arrays(scenario).extra.size == 0
    with pytest.raises(ScenarioError, match="100,030,002 ties"):
        scenario.with_value("ties.groups.all.weight", 2)


@ANY
@given(scenarios())
def test_pairs_are_counted_before_they_are_listed(parts):
    scenario = from_parts(parts)
    weights = tie_weights(scenario)
    listed = sum(len(weights.row(nation.id)) for nation in scenario.nations)
    overlap = len(scenario.leaders) * len(scenario.nations) + 2 * len(scenario.ties.dyads)
    counted = weights.n_pairs(len(scenario.nations))
    assert listed <= counted <= listed + overlap
