"""Global cascades in the model: random graphs as scenarios, run from one random seed.

Every scenario is ``scenarios/classics/watts_2002.yaml`` with another graph. Each nation starts
public with a chance of 1 / n by itself, and of the runs only those count in which exactly one does
(37 percent): given that there is one, it is any of them alike. A cascade is global if it reaches
more than 5 percent of the nations.

Runs on one graph share that graph, so errors come from the spread between graphs: a share of all
runs is a ratio of two sums over graphs, with the error of a ratio [Cochran1977]_.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

import sim
from experiments.verification.laws import Reals
from experiments.verification.networks.watts import Whole, cascade, random_graph
from sim.results.estimates import chance
from sim.scenario.load import scenario_from_dict
from sim.scenario.schema import Scenario

SHIPPED = "classics/watts_2002"
SEED = 2002
THRESHOLD = 0.18
GLOBAL_SHARE = 0.05
PUBLIC = 3
DAYS = ((0.85, 60), (1.4, 300), (1.9, 120), (5.2, 60), (6.4, 120), (np.inf, 60))
"""Enough for every cascade to end, up to each mean degree: they are slow near the window's ends."""
N_SMALL, SMALL_DAYS = 1_000, 150
"""Graphs so small are run for so many days in any case."""


class Case(NamedTuple):
    """Which graphs are drawn, and how often each is run."""

    n_nations: int
    mean_degree: float
    n_graphs: int
    n_runs: int
    threshold: float = THRESHOLD


class Share(NamedTuple):
    """A share of runs or of nations, its standard error, and an interval of 95 percent."""

    value: float
    error: float
    low: float
    high: float
    n_runs: int


@lru_cache(maxsize=2)
def without_ties(n_nations: int, days: int, threshold: float) -> Scenario:
    """The shipped scenario with so many nations, and nobody tied to anybody.

    Kept, as all graphs of a case have it: to check ten thousand nations takes longer than their
    runs.
    """
    form = sim.load_scenario(SHIPPED).full()
    stage = {"willing": 1.0 - 1.0 / n_nations, "public": 1.0 / n_nations}
    return scenario_from_dict(
        {
            **form,
            "days": days,
            "nations": {
                "list": [f"N{place}" for place in range(1, n_nations + 1)],
                "set": {"*": {"threshold": threshold, "stage": stage}},
            },
            "ties": {**form["ties"], "dyads": []},
            "success": {"public_size": int(GLOBAL_SHARE * n_nations) + 1, "hold": 1},
        }
    )


def network(edges: Whole, n_nations: int, days: int, threshold: float = THRESHOLD) -> Scenario:
    """The shipped scenario on another graph."""
    scenario = without_ties(n_nations, days, threshold)
    ids = [nation.id for nation in scenario.nations]
    dyads = tuple((ids[one], ids[other], 1.0) for one, other in edges.tolist())
    ties = scenario.ties.model_copy(update={"dyads": dyads})
    return scenario.model_copy(update={"ties": ties})


def graph_of(case: Case, number: int) -> Whole:
    """Edges of one graph of a case."""
    key = (SEED, case.n_nations, round(1000 * case.mean_degree), number)
    return random_graph(case.n_nations, case.mean_degree, key)


def run_on_graph(case: Case, number: int) -> sim.Ensemble:
    """Runs on one graph of a case, long enough for every cascade to end.

    Raises
    ------
    RuntimeError
        If a cascade was still going on the last day.
    """
    days = next(days for most, days in DAYS if case.mean_degree <= most)
    days = SMALL_DAYS if case.n_nations <= N_SMALL else days
    scenario = network(graph_of(case, number), case.n_nations, days, case.threshold)
    seed = SEED + 1000 * round(1000 * case.mean_degree) + number
    ensemble = sim.run(scenario, runs=case.n_runs, seed=seed, workers=1)
    if (ensemble.size[:, -1] != ensemble.size[:, -2]).any():
        raise RuntimeError(f"a cascade takes more than {days} days in {case}")
    return ensemble


def from_one_seed(ensemble: sim.Ensemble) -> NDArray[np.bool_]:
    """Which runs begin with exactly one public nation, shape (n_runs,)."""
    return np.asarray(ensemble.size[:, 0] == 1)


@cache
def shares_reached(case: Case) -> tuple[Reals, ...]:
    """Share of nations public in the end, of each run from one seed, by graph."""

    def on_graph(number: int) -> Reals:
        ensemble = run_on_graph(case, number)
        return np.asarray(ensemble.size[from_one_seed(ensemble), -1] / case.n_nations)

    with ThreadPoolExecutor(2) as pool:
        return tuple(pool.map(on_graph, range(case.n_graphs)))


def frequency(case: Case) -> Share:
    """Share of single seeds that set off a global cascade.

    Its interval is the wider of that from the spread between graphs and Wilson's, since few
    graphs, or none with a global cascade, tell little of their spread.
    """
    reached = shares_reached(case)
    n_global = np.array([float((each > GLOBAL_SHARE).sum()) for each in reached])
    n_runs = np.array([float(each.size) for each in reached])
    between = ratio(n_global, n_runs)
    alone = chance(int(n_global.sum()), int(n_runs.sum()))
    return between._replace(low=min(between.low, alone.low), high=max(between.high, alone.high))


def global_size(case: Case) -> Share:
    """Mean share of nations that a global cascade reaches; not a number where there was none."""
    found = [each[each > GLOBAL_SHARE] for each in shares_reached(case)]
    found = [each for each in found if each.size]
    return ratio(np.array([each.sum() for each in found]), np.array([float(e.size) for e in found]))


def ratio(totals: Reals, numbers: Reals) -> Share:
    """Ratio of two sums over graphs, with its error from the spread between graphs.

    Parameters
    ----------
    totals, numbers : ndarray, shape (n_graphs,)

    Examples
    --------
    >>> ratio(np.array([1.0, 3.0]), np.array([4.0, 4.0]))[:2]
    (0.5, 0.25)
    """
    value = float(totals.sum() / numbers.sum()) if numbers.size else np.nan
    if numbers.size < 2:
        return Share(value, np.nan, np.nan, np.nan, int(numbers.sum()))
    off = totals - value * numbers
    error = float(np.sqrt(numbers.size / (numbers.size - 1) * (off**2).sum()) / numbers.sum())
    width = float(stats.t.ppf(0.975, numbers.size - 1)) * error
    low, high = max(0.0, value - width), min(1.0, value + width)
    return Share(value, error, low, high, int(numbers.sum()))


def differences(ensemble: sim.Ensemble, edges: Whole, most: int) -> tuple[int, int, int]:
    """How far runs from one seed differ from the plain loop on the graph.

    Parameters
    ----------
    most : int
        Runs that are compared at most; the first ones.

    Returns
    -------
    tuple of int
        Runs compared; nations, summed over runs, whose final stage differs; and nations whose
        day of going public differs.
    """
    joined = ensemble.first_day[:, :, PUBLIC]
    places = np.flatnonzero(from_one_seed(ensemble))[:most]
    stages = days = 0
    for place in places:
        seed = int(np.flatnonzero(joined[place] == 0)[0])
        plain = cascade(edges, joined.shape[1], seed, THRESHOLD)
        stages += int(((ensemble.stage[place] == PUBLIC) != (plain >= 0)).sum())
        days += int((joined[place] != plain).sum())
    return int(places.size), stages, days


def shipped_graph(scenario: Scenario) -> Whole:
    """Edges of the graph in the shipped file, as places of nations."""
    place = {nation.id: number for number, nation in enumerate(scenario.nations)}
    return np.array([(place[one], place[other]) for one, other, _ in scenario.ties.dyads])
