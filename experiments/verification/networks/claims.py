"""Cascades on networks as published: Watts's window of global cascades on random graphs.

The file is ``scenarios/classics/watts_2002.yaml``; the theory stands in `watts`, how graphs are run
and counted in `global_cascades`. Theory is of infinite graphs. Where the window ends a graph of
10,000 nations is far from infinite, so numbers are compared inside the window, and of its ends is
said what a finite graph can show.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from matplotlib.axes import Axes
from scipy import stats
from scipy.optimize import brentq

import sim
from experiments.verification.evidence import Effort, Evidence, exactly, within
from experiments.verification.laws import MOST_ERRORS, anchor
from experiments.verification.networks import figures as drawing
from experiments.verification.networks.global_cascades import (
    GLOBAL_SHARE,
    SEED,
    SHIPPED,
    THRESHOLD,
    Case,
    Share,
    differences,
    frequency,
    global_size,
    graph_of,
    run_on_graph,
    shares_reached,
    shipped_graph,
)
from experiments.verification.networks.watts import (
    chance_of_a_global_cascade,
    most_ties_of_the_vulnerable,
    size_of_a_global_cascade,
    window,
)

TITLE = "Cascades on random graphs (Watts 2002)"

N_NATIONS, N_FEW = 10_000, 1_000
INSIDE = (1.5, 2.0, 3.0, 4.0, 5.0)
"""Mean degrees at which numbers are compared: far enough from both ends of the window that graphs
of 10,000 nations and infinite ones give the same to well within the errors."""
LOWER = (0.95, 1.0, 1.05, 1.1, 1.25)
UPPER = (5.5, 5.75, 6.0, 6.25)
OUTSIDE = (0.5, 0.8, 7.0, 8.0)
UPPER_FEW = (*UPPER, 6.5, 7.0, 8.0)
NO_MORE_THAN = 0.01
COMPARED = 8
ONE_SIDED = float(stats.norm.sf(MOST_ERRORS))
"""Chance of more than 4.5 normal errors on one side, 3.4e-6."""


def inside(effort: Effort) -> list[Case]:
    """Graphs at which numbers are compared."""
    if effort.quick:
        return [Case(N_FEW, degree, 6, 50) for degree in (2.0, 4.0)]
    return [Case(N_NATIONS, degree, 10, 120) for degree in INSIDE]


def outside(effort: Effort) -> list[Case]:
    """Graphs well outside the window."""
    if effort.quick:
        return [Case(N_FEW, degree, 3, 40) for degree in (0.5, 8.0)]
    return [Case(N_NATIONS, degree, 4, 50) for degree in OUTSIDE]


def near(degrees: tuple[float, ...], n_nations: int = N_NATIONS) -> list[Case]:
    """Graphs near an end of the window."""
    n_graphs, n_runs = (8, 40) if n_nations == N_NATIONS else (20, 80)
    return [Case(n_nations, degree, n_graphs, n_runs) for degree in degrees]


def evidence(effort: Effort) -> Iterator[Evidence]:
    """Lines of the table."""
    yield from _window_lines()
    yield from _plain_loop_lines(effort)
    for case in inside(effort):
        yield from _number_lines(case)
    yield _outside_line(outside(effort))
    if not effort.quick:
        yield _inside_line([*near((1.25,)), *inside(effort), *near((5.5,))])
        yield _bimodal_line(near(UPPER[:3]))
        yield _lower_end_line()
        yield from _upper_end_lines()
        yield _plane_line(plane(effort))


def figures(effort: Effort) -> Iterator[tuple[str, Axes]]:
    """The cut through Watts's window at a threshold of 0.18, and the window itself."""
    large, few = [*outside(effort), *inside(effort)], []
    if not effort.quick:
        large += [*near(LOWER), *near(UPPER)]
        few = near(UPPER_FEW, N_FEW)
    yield "watts_2002_frequency_and_size", drawing.draw_cut(large, few)
    yield "watts_2002_window", drawing.draw_window(plane(effort))


def plane(effort: Effort) -> list[Case]:
    """Small graphs over the plane of threshold and mean degree: a threshold for each K*."""
    thresholds, degrees = (0.118, 0.134, 0.155, THRESHOLD, 0.22, 0.29), (0.5, *range(1, 14))
    if effort.quick:
        thresholds, degrees = thresholds[3:4], degrees[:9]
    return [Case(N_FEW, float(z), 4, 40, phi) for phi in thresholds for z in degrees]


def _window_lines() -> Iterator[Evidence]:
    known = [row for row in anchor("watts_2002")["boundary"] if row["z_lower"] is not None]
    none = [row["K_star"] for row in anchor("watts_2002")["boundary"] if row["z_lower"] is None]
    five = window(5)
    assert five is not None
    for end, place in (("lower", 0), ("upper", 1)):
        yield within(
            f"The window's {end} end at a threshold of {THRESHOLD} (K* = 5), from the "
            "vulnerable-cluster condition",
            "[Watts2002]; solved independently (anchor)",
            anchor("watts_2002")[f"phi_{THRESHOLD}"][f"z_{end}"],
            five[place],
            1e-9,
            "two solvers",
        )
    ends = [window(row["K_star"]) or (np.nan, np.nan) for row in known]
    off = [
        max(abs(low - row["z_lower"]), abs(high - row["z_upper"]))
        for (low, high), row in zip(ends, known, strict=True)
    ]
    yield within(
        f"Both ends for K* = {known[0]['K_star']} to {known[-1]['K_star']}: largest difference",
        "[Watts2002]; solved independently (anchor)",
        0.0,
        float(max(off)),
        1e-7,
        "two solvers; near z = 1 the condition is flat",
    )
    yield exactly(
        "K* for which there is no window at any mean degree",
        "[Watts2002]; solved independently (anchor)",
        none,
        [row["K_star"] for row in anchor("watts_2002")["boundary"] if not window(row["K_star"])],
    )


def _plain_loop_lines(effort: Effort) -> Iterator[Evidence]:
    scenario = sim.load_scenario(SHIPPED)
    ensemble = sim.run(scenario, runs=60, seed=SEED)
    compared = [("the shipped graph", differences(ensemble, shipped_graph(scenario), COMPARED))]
    for case in [] if effort.quick else [*near((1.1,)), *near((4.0,)), *near((6.0,))]:
        found = differences(run_on_graph(case, 0), graph_of(case, 0), COMPARED)
        compared.append((f"{case.n_nations:,} nations, z = {case.mean_degree:g}", found))
    for where, (n_runs, stages, days) in compared:
        yield exactly(
            f"On {where} the nations public in the end are those of a plain cascade loop, in each "
            f"of {n_runs} runs: nations that differ",
            "[Watts2002]; the rule run directly on the graph",
            0,
            stages if n_runs else "no run compared",
        )
        yield exactly(
            f"On {where} each goes public on the day that is its round in the plain loop, in "
            f"each of {n_runs} runs: nations that differ",
            "[Watts2002]; the rule run directly on the graph",
            0,
            days if n_runs else "no run compared",
        )


def _number_lines(case: Case) -> Iterator[Evidence]:
    degree = case.mean_degree
    yield _agrees(
        f"Share of single seeds that set off a global cascade, mean degree {degree:g}",
        "[Watts2002]: P = 1 - exp(-z (1 - u)), u = 1 - G1(1) + G1(u)",
        chance_of_a_global_cascade(degree, case.threshold),
        frequency(case),
        case,
    )
    yield _agrees(
        f"Share of nations that a global cascade reaches, mean degree {degree:g}",
        "[GleesonCahalane2007]: fixed point from an infinitesimal seed",
        size_of_a_global_cascade(degree, case.threshold),
        global_size(case),
        case,
    )


def _agrees(claim: str, source: str, law: float, share: Share, case: Case) -> Evidence:
    """Evidence from runs on several graphs: as improbable as 4.5 normal errors, by Student's t.

    The standard error is itself estimated from the graphs, with one degree of freedom fewer.
    """
    most = float(stats.t.isf(ONE_SIDED, case.n_graphs - 1))
    off = abs(share.value - law) / share.error if share.error > 0.0 else np.inf
    bar = (
        f"{most:.1f} standard errors of {share.error:.2g}, from the spread between "
        f"{case.n_graphs} graphs [Cochran1977]: t with {case.n_graphs - 1} degrees of freedom, as "
        f"improbable as {MOST_ERRORS} normal errors; off by {off:.1f}"
    )
    got = f"{share.value:.5g} ({share.n_runs:,} runs, {case.n_nations:,} nations)"
    return Evidence(claim, source, f"{law:.5g}", got, bar, bool(off <= most))


def _listed(cases: list[Case]) -> str:
    return ", ".join(f"{case.mean_degree:g}" for case in cases)


def _outside_line(cases: list[Case]) -> Evidence:
    found = [frequency(case) for case in cases]
    most = max(share.value for share in found)
    n_runs = sum(share.n_runs for share in found)
    return Evidence(
        f"Well outside the window (mean degrees {_listed(cases)}) there is no global cascade: "
        "largest share of single seeds that set one off",
        "[Watts2002]",
        "0",
        f"{most:.3g} ({n_runs} runs)",
        f"no more than {NO_MORE_THAN} at any; finite graphs",
        bool(most <= NO_MORE_THAN),
    )


def _inside_line(cases: list[Case]) -> Evidence:
    found = [frequency(case) for case in cases]
    least = min(share.low for share in found)
    return Evidence(
        f"Inside the window (mean degrees {_listed(cases)}) single seeds set off global cascades: "
        "least lower end of an interval of their share",
        "[Watts2002]",
        f"above {GLOBAL_SHARE}",
        f"{least:.3g} (least share {min(share.value for share in found):.3g})",
        "intervals of 95 %: the wider of spread between graphs and Wilson's",
        bool(least > GLOBAL_SHARE),
    )


def _bimodal_line(cases: list[Case]) -> Evidence:
    reached = np.concatenate([each for case in cases for each in shares_reached(case)])
    between = int(((reached > GLOBAL_SHARE) & (reached < 1.0 - GLOBAL_SHARE)).sum())
    return exactly(
        f"Near the upper end (mean degrees {_listed(cases)}) sizes are bimodal: of "
        f"{reached.size:,} cascades those that end between {100 * GLOBAL_SHARE:g} % and "
        f"{100 * (1 - GLOBAL_SHARE):g} % of the nations",
        "[Watts2002]",
        0,
        between,
    )._replace(
        error_bar=f"none allowed among the cascades of {sum(case.n_graphs for case in cases)} "
        "graphs; chance is at work, others may differ"
    )


def _crossing(cases: list[Case]) -> float:
    """Mean degree at which the share of global cascades passes 5 %, between studied degrees.

    Linear between the two degrees at which it was last on one side and first on the other.
    """
    degrees = [case.mean_degree for case in cases]
    shares = [frequency(case).value - GLOBAL_SHARE for case in cases]
    for place in range(len(cases) - 1):
        one, other = shares[place], shares[place + 1]
        if (one > 0.0) != (other > 0.0):
            return degrees[place] + (degrees[place + 1] - degrees[place]) * one / (one - other)
    return float("nan")


def _theory_crossing(low: float, high: float) -> float:
    return float(
        brentq(lambda z: chance_of_a_global_cascade(z, THRESHOLD) - GLOBAL_SHARE, low, high)
    )


def _lower_end_line() -> Evidence:
    return within(
        "Lower end of the window: mean degree at which 5 % of single seeds set off a global "
        f"cascade, {N_NATIONS:,} nations",
        "[Watts2002]: where P = 0.05",
        _theory_crossing(1.025, 1.5),
        _crossing(near(LOWER)),
        2.0 * N_NATIONS ** (-1.0 / 3.0),
        "twice n^(-1/3), the width of a random graph's critical window",
    )


def _upper_end_lines() -> Iterator[Evidence]:
    due = _theory_crossing(3.0, 5.764)
    large, few = _crossing(near(UPPER)), _crossing(near(UPPER_FEW, N_FEW))
    yield Evidence(
        "Upper end of the window, the same: finite graphs cascade beyond it, the larger the less",
        "[Watts2002]: where P = 0.05; [Whitney2010] for finite graphs",
        f"{due:.3f} < at {N_NATIONS:,} nations < at {N_FEW:,}",
        f"{due:.3f} < {large:.3f} < {few:.3f}",
        "the order only: there is no exact law of a finite graph's excess",
        bool(due < large < few),
    )
    more, less = (frequency(near((6.0,), n)[0]) for n in (N_FEW, N_NATIONS))
    error = float(np.hypot(more.error, less.error))
    off = (more.value - less.value) / error
    yield Evidence(
        "Just beyond the upper end (mean degree 6) global cascades die out as graphs grow: share "
        f"at {N_FEW:,} less that at {N_NATIONS:,} nations",
        "[Watts2002]: 0 on an infinite graph; [Whitney2010] for finite graphs",
        "above 0",
        f"{more.value:.3f} - {less.value:.3f} = {more.value - less.value:.3f}",
        f"above {MOST_ERRORS} standard errors of {error:.2g} (spread between graphs); {off:.1f}",
        bool(off > MOST_ERRORS),
    )


def _plane_line(cases: list[Case]) -> Evidence:
    """Evidence over thresholds: on which side of 5 % the graphs lie that are near no end.

    What counts as near an end was settled with the figure in sight, not before: the line shows
    that the window follows the threshold, not how far small graphs cascade beyond it.
    """
    inner, outer = [], []
    for case in cases:
        ends = window(most_ties_of_the_vulnerable(case.threshold))
        if ends is None:
            continue
        if 1.5 <= case.mean_degree <= ends[1] - 1.0:
            inner.append(case)
        elif not 0.9 <= case.mean_degree <= ends[1] + 1.5:
            outer.append(case)
    wrong = [case for case in inner if frequency(case).value <= GLOBAL_SHARE]
    wrong += [case for case in outer if frequency(case).value > GLOBAL_SHARE]
    return exactly(
        f"At thresholds of K* = 4 to 8, {N_FEW:,} nations: of {len(inner)} mean degrees inside the "
        f"window and {len(outer)} outside, those on the wrong side of 5 % of seeds (left out: from "
        "0.9 to 1.5, and from 1 below to 1.5 above the upper end)",
        "[Watts2002]",
        0,
        len(wrong),
    )._replace(
        error_bar=f"none allowed; shares of up to {cases[0].n_graphs * cases[0].n_runs} runs on "
        f"{cases[0].n_graphs} graphs each, chance is at work"
    )
