"""Threshold models as a limit: with a huge rate and a huge weight of peers, chance is gone.

A nation with a threshold of c persons joins when at least c others are public. Peers are a share
of the N - 1 others, so the threshold of the feature lies half a person lower, at
(c - 1/2) / (N - 1): the log hazard is ln(rate) + weight * (k - c + 1/2) / (N - 1), which the
weight takes to its upper clip for every k >= c and to its lower clip for every k < c. Nations
start willing and declare; everybody looks at the same yesterday, so a day is a round.
"""

from __future__ import annotations

from math import ceil

import numpy as np
import pytest
from scipy.special import ndtri

from experiments.verification.laws import anchor
from sim.engines.run import run
from sim.scenario.load import scenario_from_dict

GRANOVETTER = anchor("granovetter_1978")
KURAN = anchor("kuran_1991")
TABLE = {row["sigma"]: row["final"] for row in GRANOVETTER["quantile_mid_table"]}
N_PERSONS = 100


def crowd(thresholds, days, weight=1e6, n_public=0):
    """Persons with thresholds in numbers of others, the first of them public from the start."""
    others = len(thresholds) - 1
    nations = [
        {
            "id": f"P{place}",
            "stage": "public" if place < n_public else "willing",
            "threshold": (count - 0.5) / others,
        }
        for place, count in enumerate(thresholds)
    ]
    behaviour = {"declare": {"rate": 1e30, "peers": weight}}
    return scenario_from_dict({"days": days, "nations": nations, "behaviour": behaviour})


def path(thresholds, days=N_PERSONS + 2, engine="batch", **arguments):
    """Public size by day; that of several runs, which must not differ."""
    sizes = run(crowd(thresholds, days, **arguments), runs=3, seed=4, engine=engine).size
    assert (sizes == sizes[0]).all()
    return sizes[0].tolist()


def final(thresholds, **arguments):
    return path(thresholds, **arguments)[-1]


@pytest.mark.parametrize("weight", [1e6, 1e9])
def test_uniform_thresholds_go_off_one_person_a_day(weight):
    sizes = path(range(N_PERSONS), weight=weight)
    rounds = GRANOVETTER["uniform_sync_rounds"]
    assert sizes[: rounds + 1] == list(range(rounds + 1))
    assert sizes[-1] == GRANOVETTER["uniform_0_99"]


def test_one_person_less_ready_ends_the_riot_at_one():
    thresholds = [2 if count == 1 else count for count in range(N_PERSONS)]
    assert final(thresholds) == GRANOVETTER["threshold_1_to_2"]


@pytest.mark.parametrize(("moved", "size"), GRANOVETTER["move_k_to_kplus1"].items())
def test_a_gap_in_the_thresholds_stops_the_cascade_there(moved, size):
    gap = int(moved)
    assert final([gap + 1 if count == gap else count for count in range(N_PERSONS)]) == size


@pytest.mark.parametrize("sigma", TABLE)
def test_normal_thresholds_end_where_granovetter_s_equilibrium_lies(sigma):
    ranks = (np.arange(N_PERSONS) + 0.5) / N_PERSONS
    thresholds = [max(0, ceil(each)) for each in 25 + sigma * ndtri(ranks)]
    assert final(thresholds) == TABLE[sigma]


def test_the_readable_model_gives_granovetter_s_cascades_too():
    ranks = (np.arange(N_PERSONS) + 0.5) / N_PERSONS
    thresholds = [max(0, ceil(each)) for each in 25 + 12.5 * ndtri(ranks)]
    assert final(thresholds, days=12, engine="mesa") == TABLE[12.5]


def kuran_thresholds(case):
    """Thresholds in numbers of others, from percent of ten actors."""
    percent = KURAN[case]["thresholds"]
    return [ceil(each * len(percent) / 100) for each in percent]


@pytest.mark.parametrize("engine", ["batch", "mesa"])
@pytest.mark.parametrize("case", ["A", "A_prime"])
def test_kuran_s_sequence_unfolds_as_printed(case, engine):
    sizes = [10 * size for size in path(kuran_thresholds(case), days=15, engine=engine)]
    printed = KURAN[case]["path"]
    assert sizes == printed + [KURAN[case]["final"]] * (16 - len(printed))


@pytest.mark.parametrize("case", ["A", "A_prime"])
def test_kuran_s_equilibria_are_where_nobody_else_follows(case):
    thresholds = kuran_thresholds(case)
    stays = [
        10 * n_public
        for n_public in range(11)
        if final(thresholds, days=15, n_public=n_public) == n_public
    ]
    assert stays == KURAN[case]["all_equilibria"]


def test_one_actor_slightly_less_afraid_turns_a_society():
    before, after = kuran_thresholds("A"), kuran_thresholds("A_prime")
    assert sum(one != other for one, other in zip(before, after, strict=True)) == 1
    assert final(after, days=15) - final(before, days=15) == 8
