"""The theory of global cascades against brute force, and cascades against a plain loop."""

from __future__ import annotations

from math import comb, exp, factorial

import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

import sim
from experiments.verification.laws import anchor
from experiments.verification.networks.global_cascades import (
    SHIPPED,
    THRESHOLD,
    Case,
    differences,
    from_one_seed,
    graph_of,
    network,
    ratio,
    run_on_graph,
    shipped_graph,
)
from experiments.verification.networks.watts import (
    cascade,
    chance_of_a_global_cascade,
    criterion,
    most_ties_of_the_vulnerable,
    random_graph,
    size_of_a_global_cascade,
    window,
)
from sim.scenario.load import scenario_from_dict

N_LARGE = 40_000
DEGREES = (1.5, 3.0, 5.0)


def poisson(k, mean):
    return exp(-mean) * mean**k / factorial(k)


@pytest.mark.parametrize(
    ("threshold", "most"), [(0.18, 5), (0.2, 5), (0.25, 4), (1 / 3, 3), (0.5, 2), (0.51, 1)]
)
def test_a_nation_is_vulnerable_if_one_public_peer_is_enough(threshold, most):
    assert most_ties_of_the_vulnerable(threshold) == most
    assert 1 / most >= threshold > 1 / (most + 1)


@pytest.mark.parametrize("degree", DEGREES)
def test_the_criterion_is_watts_s_sum_over_the_vulnerable(degree):
    total = sum(k * (k - 1) * poisson(k, degree) for k in range(6))
    assert criterion(degree, 5) == pytest.approx(total / degree, rel=1e-12)


@pytest.mark.parametrize("row", anchor("watts_2002")["boundary"], ids=lambda row: row["K_star"])
def test_the_window_is_the_published_one(row):
    ends = window(row["K_star"])
    known = None if row["z_lower"] is None else (row["z_lower"], row["z_upper"])
    assert ends == (known if known is None else pytest.approx(known, abs=1e-9))


@pytest.mark.parametrize("degree", DEGREES)
def test_the_chance_is_where_following_ties_leads_on_for_ever(degree):
    """The extinction chance after so many steps along vulnerable nations, step by step."""
    chances = [poisson(others, degree) for others in range(5)]
    nowhere = 0.0
    for _ in range(2000):
        nowhere = 1 - sum(chances) + sum(p * nowhere**k for k, p in enumerate(chances))
    expected = 1 - sum(poisson(k, degree) * nowhere**k for k in range(60))
    assert chance_of_a_global_cascade(degree, THRESHOLD) == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("degree", DEGREES)
def test_the_chance_is_the_share_of_nations_in_or_beside_the_large_vulnerable_cluster(degree):
    edges = random_graph(N_LARGE, degree, (7, int(10 * degree)))
    n_ties = np.bincount(edges.ravel(), minlength=N_LARGE)
    soft = n_ties <= 5
    kept = edges[soft[edges].all(axis=1)]
    shape = (N_LARGE, N_LARGE)
    graph = coo_array((np.ones(len(kept)), (kept[:, 0], kept[:, 1])), shape=shape)
    cluster = connected_components(graph, directed=False)[1]
    beside = cluster == np.bincount(cluster[soft]).argmax()
    reached = edges[beside[edges].any(axis=1)]
    beside[reached] = True
    assert beside.mean() == pytest.approx(
        chance_of_a_global_cascade(degree, THRESHOLD), abs=6 / N_LARGE**0.5
    )


@pytest.mark.parametrize("degree", DEGREES)
def test_the_size_is_where_the_recursion_comes_to_rest(degree):
    """From a tiny chance, with binomials written out."""
    least = [max(1, int(np.ceil(THRESHOLD * k - 1e-9))) for k in range(40)]

    def follows(n_peers, k, q):
        return sum(
            comb(n_peers, m) * q**m * (1 - q) ** (n_peers - m) for m in range(least[k], n_peers + 1)
        )

    q = 1e-6
    for _ in range(150):
        q = sum(poisson(k - 1, degree) * follows(k - 1, k, q) for k in range(1, 30))
    expected = sum(poisson(k, degree) * follows(k, k, q) for k in range(1, 30))
    assert size_of_a_global_cascade(degree, THRESHOLD) == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize("degree", DEGREES)
def test_the_size_is_that_of_a_plain_cascade_on_a_large_graph(degree):
    edges = random_graph(N_LARGE, degree, (8, int(10 * degree)))
    shares = ((cascade(edges, N_LARGE, seed, THRESHOLD) >= 0).mean() for seed in range(40))
    reached = next(share for share in shares if share > 0.05)
    assert reached == pytest.approx(
        size_of_a_global_cascade(degree, THRESHOLD), abs=6 / N_LARGE**0.5
    )


@pytest.mark.parametrize("degree", [0.5, 1.0, 5.8, 8.0])
def test_outside_the_window_theory_knows_no_global_cascade(degree):
    assert chance_of_a_global_cascade(degree, THRESHOLD) == 0.0
    assert size_of_a_global_cascade(degree, THRESHOLD) == 0.0


def test_a_hand_worked_cascade_stops_at_the_hub():
    """A path 0-1-2 ends at hub 2 of six ties: one public peer of six is less than 0.18."""
    edges = np.array([[1, 0], [2, 1], *([leaf, 2] for leaf in range(3, 8))])
    assert cascade(edges, 9, 0, 0.18).tolist() == [0, 1] + [-1] * 7
    assert cascade(edges, 9, 0, 0.16).tolist() == [0, 1, 2, 3, 3, 3, 3, 3, -1]


def test_a_random_graph_has_no_pair_twice_and_each_pair_alike():
    edges = random_graph(500, 4.0, (1,))
    assert (edges[:, 0] > edges[:, 1]).all()
    assert edges.min() >= 0
    assert edges.max() < 500
    assert len(np.unique(edges, axis=0)) == len(edges)
    counts = np.zeros((4, 4))
    for seed in range(1000):
        one, other = random_graph(4, 1.5, (2, seed)).T
        counts[one, other] += 1
    pairs = counts[np.tril_indices(4, -1)]
    assert np.abs(pairs - 500).max() < 4.5 * 250**0.5


def plain_rounds(edges, n_nations, seed):
    """The rule once more, in plain Python: rounds in which nations go public."""
    peers = {place: [] for place in range(n_nations)}
    for one, other in edges.tolist():
        peers[one].append(other)
        peers[other].append(one)
    rounds, day, changed = {seed: 0}, 0, True
    while changed:
        day += 1
        new = [
            place
            for place, tied in peers.items()
            if place not in rounds
            and tied
            and sum(peer in rounds for peer in tied) / len(tied) >= THRESHOLD
        ]
        rounds.update(dict.fromkeys(new, day))
        changed = bool(new)
    return [rounds.get(place, -1) for place in range(n_nations)]


@pytest.mark.parametrize("engine", ["batch", "mesa"])
def test_the_model_s_days_are_the_rounds_of_a_plain_cascade(engine):
    n_nations, edges = 60, random_graph(60, 3.0, (3,))
    scenario = network(edges, n_nations, 25)
    ensemble = sim.run(scenario, runs=12, seed=5, engine=engine)
    one = np.flatnonzero(from_one_seed(ensemble))
    assert one.size > 2
    for place in one:
        days = ensemble.first_day[place, :, 3]
        seed = int(np.flatnonzero(days == 0)[0])
        assert days.tolist() == plain_rounds(edges, n_nations, seed)
        assert days.tolist() == cascade(edges, n_nations, seed, THRESHOLD).tolist()


def test_a_graph_that_takes_the_place_of_another_passes_all_checks():
    first, second = (network(random_graph(60, 3.0, (key,)), 60, 25) for key in (3, 4))
    assert first != second
    for scenario in (first, second):
        again = scenario_from_dict(scenario.full())
        assert again == scenario
        assert again.digest == scenario.digest


def test_a_run_that_differs_from_the_plain_loop_is_told():
    case = Case(200, 3.0, 1, 30)
    ensemble, edges = run_on_graph(case, 0), graph_of(case, 0)
    n_runs = int(from_one_seed(ensemble).sum())
    assert differences(ensemble, edges, 100) == (n_runs, 0, 0)
    assert differences(ensemble, graph_of(case, 1), 100)[1] > 0


def test_the_shipped_graph_is_the_one_its_file_names():
    edges = shipped_graph(sim.load_scenario(SHIPPED))
    drawn = random_graph(1000, 4.0, (2002,))
    assert sorted(np.sort(edges).tolist()) == sorted(np.sort(drawn).tolist())


def test_the_error_of_a_share_comes_from_the_spread_between_graphs():
    same = ratio(np.array([2.0, 2.0, 2.0]), np.array([4.0, 4.0, 4.0]))
    apart = ratio(np.array([1.0, 3.0]), np.array([4.0, 4.0]))
    assert (same.value, same.error, same.n_runs) == (0.5, 0.0, 12)
    assert (apart.value, apart.error) == (0.5, 0.25)
