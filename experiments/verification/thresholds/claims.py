"""Threshold models as published: Granovetter's riots and Kuran's revolutions.

The files are ``scenarios/classics/granovetter_1978*.yaml`` and ``kuran_1991*.yaml``; how they are
threshold models stands in `crowds`, beside the arithmetic and the laws that they are held to.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray
from scipy.optimize import brentq

import sim
from experiments.verification.evidence import (
    Effort,
    Evidence,
    exactly,
    law_fits,
    mean_agrees,
    within,
)
from experiments.verification.laws import MOST_ERRORS, Reals, anchor, errors_off, moments
from experiments.verification.thresholds.crowds import (
    N_PERSONS,
    SEED,
    SHIPPED_SPREAD,
    SIZES,
    WIDTH,
    counts,
    crowd,
    crowd_law,
    drawn_thresholds,
    final,
    final_law,
    final_law_in_digits,
    jump,
    model_jump,
    quantile_thresholds,
    rounds,
    shipped,
    survival,
)
from experiments.verification.thresholds.figures import (
    draw_cascade,
    draw_kuran,
    draw_law,
    draw_spread,
)
from sim.scenario.schema import Scenario

TITLE = "Thresholds: Granovetter 1978, Kuran 1991"

SPREADS = (8.0, 11.0, 12.5, 13.0, 15.0, 20.0, 30.0)
"""Standard deviations of thresholds drawn at random, people; on both sides of the jump."""


def evidence(effort: Effort) -> Iterator[Evidence]:
    """Lines of the table."""
    yield from _uniform()
    yield from _normal(effort)
    yield from _random(effort)
    yield from _kuran()


def figures(effort: Effort) -> Iterator[tuple[str, Axes]]:
    """File names and drawn figures."""
    yield "granovetter_1978_cascade", draw_cascade()
    yield "granovetter_1978_spread", draw_spread(min(effort.runs, 1000), effort.quick)
    yield "granovetter_1978_random", draw_law(effort.runs)
    yield "kuran_1991", draw_kuran()


def same_path(claim: str, source: str, path: list[int], sizes: NDArray[Any]) -> Evidence:
    """Evidence from sizes by day: those of every run follow a path and stay where it ends."""
    due = np.array(path + [path[-1]] * (sizes.shape[1] - len(path)))
    worst = sizes[(sizes != due).sum(axis=1).argmax()]
    bar = "none: exact, in every run on every day"
    return Evidence(claim, source, _words(due), _words(worst), bar, bool((worst == due).all()))


def _words(path: NDArray[Any]) -> str:
    settled = int((path == path[-1]).argmax())
    sizes = [str(each) for each in path[: settled + 1]]
    if len(sizes) > 12:
        sizes = [*sizes[:3], "...", *sizes[-2:]]
    return f"{', '.join(sizes)} from day {settled} on"


def _uniform() -> Iterator[Evidence]:
    known, source = anchor("granovetter_1978"), "Granovetter1978"
    path = list(range(known["uniform_sync_rounds"] + 1))
    for engine, runs in (("batch", 20), ("mesa", 1)):
        sizes = sim.run(shipped("granovetter_1978"), runs=runs, seed=SEED, engine=engine).size
        claim = f"Thresholds 0 to 99: one person a day until all act (engine {engine})"
        yield same_path(claim, source, path, sizes)
    sizes = sim.run(shipped("granovetter_1978_one_changed"), runs=20, seed=SEED).size
    one = [0, known["threshold_1_to_2"]]
    yield same_path("Threshold 1 changed to 2: the first acts alone", source, one, sizes)
    ends = {int(moved): size for moved, size in known["move_k_to_kplus1"].items()}
    found = {
        moved: final(shipped("granovetter_1978", {f"nations.P{moved:02d}.threshold": share}))
        for moved, share in ((moved, (moved + 0.5) / 99) for moved in ends)
    }
    yield exactly("A threshold k raised by one stops the cascade at k", source, ends, found)


def _normal(effort: Effort) -> Iterator[Evidence]:
    """Thresholds at the quantiles of a normal distribution."""
    table = {row["sigma"]: row["final"] for row in anchor("granovetter_1978")["quantile_mid_table"]}
    found = {sigma: final(crowd(quantile_thresholds(sigma))) for sigma in table}
    n_equal = sum(found[sigma] == size for sigma, size in table.items())
    yield exactly(
        f"Thresholds at the quantiles (i - 1/2)/100 of Normal(25, sigma): the final sizes at "
        f"{len(table)} values of sigma from {min(table)} to {max(table)} people",
        "Granovetter1978; computed from the definition",
        f"{len(table)} equal",
        f"{n_equal} equal",
    )
    pair = [final(shipped(f"granovetter_1978_{name}")) for name in ("normal", "normal_wider")]
    claim = "Standard deviations of 12.5 and 13 people (the shipped files) end far apart"
    yield exactly(claim, "Granovetter1978", [table[12.5], table[13]], pair)
    yield from _jumps((100,) if effort.quick else (100, 1000))


def _jumps(crowds: tuple[int, ...]) -> Iterator[Evidence]:
    """Where crowds at the quantiles jump, beside the tangency of the continuous law."""
    found = {n_persons: model_jump(n_persons) for n_persons in crowds}
    for n_persons, place in found.items():
        claim = f"A crowd of {n_persons:,} jumps where N F(k) reaches k + 1/2 at every k (sigma, %)"
        why = "twice the width of the bisection"
        yield within(claim, "closed form: jump()", jump(n_persons), place, 2 * WIDTH, why)
    critical = anchor("granovetter_1978")["tangency_mean25_N100"]["sigma_c"]
    order = [critical, *(found[n_persons] for n_persons in sorted(crowds, reverse=True))]
    yield Evidence(
        "Finite crowds jump later than the continuous law, the less so the larger they are",
        "Granovetter1978; tangency of 100 F(r) and r",
        f"above {critical:.4f}, falling with the size of the crowd",
        ", ".join(f"{place:.4f} (N = {n_persons:,})" for n_persons, place in found.items()),
        "none: an order",
        bool((np.diff(order) > 0).all()),
    )


def _random(effort: Effort) -> Iterator[Evidence]:
    """Thresholds drawn anew in each run."""
    spreads = (12.5, 20.0) if effort.quick else SPREADS
    source = "exact recursion: crowd_law()"
    laws = {sigma: crowd_law(survival(sigma), N_PERSONS + 1) for sigma in spreads}
    yield _two_ways({sigma: law[-1] for sigma, law in laws.items()})
    for sigma, law in laws.items():
        runs = counts(sigma, effort.runs)
        words = f"Thresholds drawn from Normal(25, {sigma:g})"
        yield law_fits(f"{words}: distribution of the final size", source, law[-1], runs[-1])
        sample = np.repeat(SIZES, runs[-1])
        claim = f"{words}: mean final size, people"
        yield mean_agrees(claim, source, moments(SIZES, law[-1]), sample)
        if sigma == SHIPPED_SPREAD:
            yield law_fits(f"{words}: distribution of the size on day 3", source, law[3], runs[3])
    yield _run_by_run(20 if effort.quick else 500)
    yield _climb(effort.runs)


def _run_by_run(runs: int) -> Evidence:
    """Every run of the shipped file against the arithmetic of the thresholds that it drew."""
    scenario = shipped("granovetter_1978_random")
    sizes = sim.run(scenario, runs=runs, seed=SEED).size
    n_equal = 0
    for run, thresholds in enumerate(drawn_thresholds(scenario, runs)):
        path = rounds(thresholds)
        due = path + [path[-1]] * (sizes.shape[1] - len(path))
        n_equal += int((sizes[run] == due).all())
    claim = "Drawn thresholds: the size on every day of a run is that of the thresholds it drew"
    source = "arithmetic: rounds()"
    return exactly(claim, source, f"{runs} runs equal", f"{n_equal} runs equal")


def _two_ways(laws: dict[float, Reals]) -> Evidence:
    """The recursion against the triangular equations."""
    off = [abs(law - final_law_in_digits(survival(sigma))).max() for sigma, law in laws.items()]
    claim = (
        "The law of the final size for drawn thresholds, found in two ways: largest difference "
        f"of a chance over {len(laws)} standard deviations"
    )
    return within(claim, "triangular equations, 200 digits", 0.0, max(off), 1e-12, "rounding")


def _climb(runs: int) -> Evidence:
    """Where the mean with drawn thresholds passes 10 and 90 people, beside the quantiles' jump."""
    ends = (10.0, 90.0)
    places = [
        float(brentq(lambda s, end=end: SIZES @ final_law(s) - end, 10, 17, xtol=1e-6))
        for end in ends
    ]
    samples = [np.repeat(SIZES, counts(place, runs, SEED + 1)[-1]) for place in places]
    sds = [moments(SIZES, final_law(place))[1] for place in places]
    off = [errors_off(*case) for case in zip(samples, ends, sds, strict=True)]
    leap = [rounds(quantile_thresholds(jump() + side))[-1] for side in (-WIDTH, WIDTH)]
    errors = " and ".join(f"{sd / np.sqrt(runs):.2g}" for sd in sds)
    return Evidence(
        "Drawn thresholds have no sharp jump: the mean final size climbs from 10 to 90 people "
        f"while sigma goes from {places[0]:.2f} to {places[1]:.2f}; the crowd at the quantiles "
        f"leaps from {leap[0]} to {leap[1]} at {jump():.4f}",
        "exact recursion: crowd_law()",
        "10 and 90 people",
        " and ".join(f"{sample.mean():.4g}" for sample in samples),
        f"{MOST_ERRORS} exact standard errors of {errors}; off by {off[0]:.1f} and {off[1]:.1f}",
        bool(max(off) <= MOST_ERRORS and places[1] - places[0] > 1 and leap[1] - leap[0] > 80),
    )


def _kuran() -> Iterator[Evidence]:
    known, source = anchor("kuran_1991"), "Kuran1991"
    means, ends = {}, {}
    for case, name in (("A", "kuran_1991"), ("A_prime", "kuran_1991_one_changed")):
        scenario, printed, words = shipped(name), known[case], case.replace("_prime", "'")
        percent = 100 / len(scenario.nations) * sim.run(scenario, runs=20, seed=SEED).size
        path = [*printed["path"], printed["final"]]
        claim = f"Sequence {words}: opposition by round, percent"
        yield same_path(claim, source, path, percent.astype(int))
        claim = f"Sequence {words}: the states from which nobody follows, percent"
        yield exactly(claim, source, printed["all_equilibria"], _equilibria(scenario))
        means[words] = round(float(np.mean(_percent(scenario))), 6)
        ends[words] = int(percent[0, -1])
    yield exactly(
        "The mean threshold moves by a point and the outcome from 10 to 90 percent",
        source,
        [[known[case]["mean_threshold"], known[case]["final"]] for case in ("A", "A_prime")],
        [[means[words], ends[words]] for words in ("A", "A'")],
    )


def _percent(scenario: Scenario) -> Reals:
    """Thresholds of a scenario in percent of society, from shares half a person lower."""
    shares = np.array([nation.threshold for nation in scenario.nations], dtype=np.float64)
    found: Reals = 100 * (shares * (shares.size - 1) + 0.5) / shares.size
    return found


def _equilibria(scenario: Scenario) -> list[int]:
    """Percent public, the readiest first, from which nobody else follows."""
    ids = [nation.id for nation in scenario.nations]
    stays = []
    for n_public in range(len(ids) + 1):
        public = {f"nations.{each}.stage": "public" for each in ids[:n_public]}
        if final(scenario.with_changes(public)) == n_public:
            stays.append(100 * n_public // len(ids))
    return stays
