"""The model as a linear threshold model: spreads, sets and values against exact enumeration.

With thresholds drawn uniformly, the chance that a nation comes to follow is the share of its peers
that are public: [KempeKleinbergTardos2003] show that the nations that end public are those that
can be reached from the seeds where each nation looks at one peer, drawn by the weight of its tie.
So the expected spread on a small graph is a mean over all ways of looking.
"""

from __future__ import annotations

from functools import cache
from itertools import combinations, product
from math import factorial

import networkx as nx
import numpy as np
import pytest
from numpy.typing import NDArray

import sim
from sim.scenario.load import scenario_from_dict
from sim.scenario.schema import Scenario
from sim.studies.keystone.study import KeystoneStudy

CLUB = nx.karate_club_graph()
NEAR = (0, 1, 2, 3, 7, 13)  # its densest part: six who all know nearly all others
AROUND = (0, 1, 3, 4, 6, 10, 12, 17)
N_RUNS = 2000


def club(members: tuple[int, ...]) -> nx.Graph:
    """Part of the club of [Zachary1977], each tie as strong as any other."""
    return CLUB.subgraph(members)


def scenario_of(graph: nx.Graph) -> Scenario:
    """Nations that go public once the public share of their peers reaches their threshold."""
    nodes = sorted(graph)
    return scenario_from_dict(
        {
            "days": len(nodes) + 2,
            "nations": [
                {"id": f"N{node}", "stage": "willing", "threshold": {"uniform": [0, 1]}}
                for node in nodes
            ],
            "ties": {"base": 0, "dyads": [[f"N{a}", f"N{b}", 1] for a, b in graph.edges]},
            "behaviour": {"from": None, "declare": {"rate": 100, "peers": 1e9}},
        }
    )


@cache
def reached_chances(members: tuple[int, ...]) -> dict[frozenset[int], NDArray[np.float64]]:
    """Of every set of seeds, the exact chance of each member to end public."""
    graph, nodes = club(members), sorted(members)
    peers = [[nodes.index(peer) for peer in sorted(graph[node])] for node in nodes]
    found = {
        frozenset(seeds): np.zeros(len(nodes))
        for size in range(len(nodes) + 1)
        for seeds in combinations(range(len(nodes)), size)
    }
    ways = list(product(*peers))
    for looks_at in ways:
        # Who is reached from a seed: those who come to it by following whom they look at.
        path = []
        for node in range(len(nodes)):
            seen, at = {node}, node
            while looks_at[at] not in seen:
                at = looks_at[at]
                seen.add(at)
            path.append(seen)
        for seeds, chances in found.items():
            chances += [1.0 if seeds & seen else 0.0 for seen in path]
    return {seeds: chances / len(ways) for seeds, chances in found.items()}


def others_of(members: tuple[int, ...], seeds: frozenset[int]) -> float:
    """Expected number of public members beside the seeds."""
    return float(reached_chances(members)[seeds].sum() - len(seeds))


@pytest.mark.parametrize("members", [NEAR, AROUND])
def test_spreads_on_parts_of_the_karate_club_are_the_exact_ones(members: tuple[int, ...]) -> None:
    found = sim.keystone(scenario_of(club(members)), runs=N_RUNS, feasible=0, seed=4)
    assert found.base["size"].mean == 0
    nodes = sorted(members)
    for place, node in enumerate(nodes):
        change = found.lever(f"N{node}").changes["others"]
        error = (change.high - change.low) / (2 * 1.961)
        exact = others_of(members, frozenset([place]))
        assert abs(change.mean - exact) < 4.5 * error
        assert found.lever(f"N{node}").changes["size"].mean == pytest.approx(change.mean + 1)


def test_a_set_on_the_karate_club_is_greedy_and_its_bound_holds_the_best_one() -> None:
    found = sim.keystone(scenario_of(club(AROUND)), runs=N_RUNS, feasible=0, k=3, outcome="size")
    sets, nodes = found.sets, sorted(AROUND)
    assert sets is not None
    spread = {seeds: chances.sum() for seeds, chances in reached_chances(AROUND).items()}
    for end, step in enumerate(sets.steps, 1):
        seeds = frozenset(nodes.index(int(each.lever[1:])) for each in sets.steps[:end])
        error = (step.total.high - step.total.low) / (2 * 1.961)
        assert abs(step.total.mean - spread[seeds]) < 4.5 * error
    best = max(total for seeds, total in spread.items() if len(seeds) == 3)
    assert spread[seeds] > (1 - np.exp(-1)) * best
    assert sets.rejected == ()  # returns diminish: the spread is submodular
    assert sets.bound_high is not None
    assert best <= sets.bound_high < len(nodes) + 2


def test_all_pairs_of_the_karate_club_are_ordered_as_the_exact_ones() -> None:
    found = sim.keystone(scenario_of(club(NEAR)), runs=N_RUNS, feasible=0, pairs=True)
    nodes = sorted(NEAR)
    assert len(found.pairs) == 15
    for pair in found.pairs:
        seeds = frozenset(nodes.index(int(name[1:])) for name in pair.levers)
        error = (pair.together.high - pair.together.low) / (2 * 1.961)
        assert abs(pair.together.mean - others_of(NEAR, seeds)) < 4.5 * error
        alone = [others_of(NEAR, frozenset([each])) for each in seeds]
        error = (pair.beyond.high - pair.beyond.low) / (2 * 1.961)
        assert abs(pair.beyond.mean - others_of(NEAR, seeds) + sum(alone)) < 4.5 * error


@pytest.mark.parametrize("kind", ["shapley", "banzhaf"])
def test_values_on_the_karate_club_are_the_exact_ones(kind: str) -> None:
    found = sim.keystone(scenario_of(club(AROUND)), runs=N_RUNS, feasible=0, values=kind)
    values, nodes = found.values, sorted(AROUND)
    assert values is not None
    n, chances = len(nodes), reached_chances(AROUND)
    for each in values.players:
        place, total, own = nodes.index(int(each.name[1:])), 0.0, 0.0
        for seeds, before in chances.items():
            if place in seeds:
                continue
            weight = factorial(len(seeds)) * factorial(n - len(seeds) - 1) / factorial(n)
            weight = weight if kind == "shapley" else 0.5 ** (n - 1)
            after = chances[seeds | {place}]
            total += weight * (after.sum() - before.sum())
            own += weight * (after[place] - before[place])
        for estimate, exact in (
            (each.value, total),
            (each.own, own),
            (each.others, total - own),
        ):
            error = (estimate.high - estimate.low) / (2 * 1.961)
            assert abs(estimate.mean - exact) < 4.5 * error


def live_edge_spreads(graph: nx.Graph, n_draws: int) -> tuple[NDArray, NDArray]:
    """Spread of each single seed on a whole graph with its error, by drawing whom each looks at."""
    nodes, rng = sorted(graph), np.random.default_rng(0)
    peers = [[nodes.index(peer) for peer in sorted(graph[node])] for node in nodes]
    counts = np.zeros((n_draws, len(nodes)))
    for row in counts:
        looks_at = [each[rng.integers(len(each))] for each in peers]
        for node in range(len(nodes)):
            seen, at = {node}, node
            while looks_at[at] not in seen:
                at = looks_at[at]
                seen.add(at)
            row[list(seen)] += 1
    return counts.mean(axis=0), counts.std(axis=0) / n_draws**0.5


def test_spreads_on_the_whole_karate_club_are_those_of_another_way_to_draw_them() -> None:
    expected, expected_error = live_edge_spreads(CLUB, 4000)
    found = sim.keystone(scenario_of(CLUB), runs=N_RUNS, feasible=0)
    for node in sorted(CLUB):
        change = found.lever(f"N{node}").changes["size"]
        error = np.hypot((change.high - change.low) / (2 * 1.961), expected_error[node])
        assert abs(change.mean - expected[node]) < 4.5 * error
    assert {found.levers[0].name, found.levers[1].name} == {"N0", "N33"}  # the two rivals


def test_the_number_of_runs_of_a_job_depends_on_the_study_alone() -> None:
    study = KeystoneStudy(scenario_of(CLUB), n_runs=N_RUNS, feasible=0.0)
    jobs = next(study.steps())
    assert sum(job.given["runs"] for job in jobs) == N_RUNS
    assert {job.given["runs"] % 8 for job in jobs[:-1]} <= {0}
