"""Clocks that compete: who goes first of several nations, and which of two moves.

Part of `processes`; the files are ``scenarios/classics/plackett_1975*.yaml`` and
``competing_exits.yaml``.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import permutations
from math import exp
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

import sim
from experiments.verification.evidence import Effort, Evidence, exactly, law_fits, mean_agrees
from experiments.verification.laws import Reals, anchor
from experiments.verification.processes.several import frame
from sim.core.stages import LEFT, PLEDGED, PUBLIC
from sim.plots.sheet import heading, new_axes
from sim.plots.theme import INK, NORMAL, PUBLIC_COLOUR, SMALL
from sim.results.estimates import chance

SEED = 12

EIGHT = np.arange(1, 9) / 20
"""Rates of plackett_1975_eight.yaml, per day."""


def evidence(effort: Effort) -> Iterator[Evidence]:
    """Lines of the table."""
    yield from _orders(effort.runs)
    yield from _first_of_eight(effort.runs)
    yield from _exits(effort)


class Race(NamedTuple):
    """Runs of clocks that go off one after another.

    Attributes
    ----------
    order : ndarray of int, shape (runs, n_clocks)
        Who went first, second, ...: by pledges, which shrink with every one made before.
    day : ndarray of int, shape (runs, n_clocks)
    n_unordered : int
        Runs in which two pledges are equal, or pledges and days disagree.
    """

    order: NDArray[np.int64]
    day: NDArray[Any]
    n_unordered: int


@cache
def race(name: str, runs: int) -> Race:
    """Run a race of clocks."""
    ensemble = sim.run(sim.load_scenario(f"classics/{name}"), runs=runs, seed=SEED)
    pledge, day = ensemble.pledge[:, :, 0], ensemble.first_day[:, :, PLEDGED]
    order = np.argsort(-pledge, axis=1, kind="stable")
    falls = np.diff(np.take_along_axis(pledge, order, axis=1), axis=1) < 0
    later = np.diff(np.take_along_axis(day, order, axis=1), axis=1) >= 0
    right = falls.all(axis=1) & later.all(axis=1) & (day > 0).all(axis=1)
    return Race(order, day, int((~right).sum()))


def order_chance(rates: Reals, order: tuple[int, ...]) -> float:
    """Chance that clocks go off first in this order: each the first of those still left."""
    left, found = rates.sum(), 1.0
    for at in order:
        found *= rates[at] / left
        left -= rates[at]
    return float(found)


def _ordered(name: str, runs: int) -> Evidence:
    claim = f"{name}: runs in which pledges and days do not give one order"
    return exactly(
        claim, "each pledge takes the force so far as given", 0, race(name, runs).n_unordered
    )


def _three(runs: int) -> tuple[list[str], Reals, NDArray[Any]]:
    """Orders of three, spelled; their chances and counts."""
    known, orders = anchor("plackett_1975"), list(permutations(range(3)))
    spelled = ["".join("ABC"[at] for at in order) for order in orders]
    found = race("plackett_1975", runs).order
    counts = np.array([(found == order).all(axis=1).sum() for order in orders])
    return spelled, np.array([known["P"][word] for word in spelled]), counts


def _orders(runs: int) -> Iterator[Evidence]:
    """All orders of three clocks."""
    yield _ordered("plackett_1975", runs)
    spelled, chances, counts = _three(runs)
    claim = f"Clocks 3 : 2 : 1: chances of the orders {', '.join(spelled)}"
    expected, obtained = (
        ", ".join(f"{each:.4f}" for each in row) for row in (chances, counts / runs)
    )
    line = law_fits(claim, "Plackett1975", chances, counts)
    yield line._replace(expected=expected, obtained=obtained)


def _first_of_eight(runs: int) -> Iterator[Evidence]:
    """Who is first, who second, and when."""
    yield _ordered("plackett_1975_eight", runs)
    found, total = race("plackett_1975_eight", runs), EIGHT.sum()
    claim, source = "Eight clocks: who is first, with chances h_i / sum of h", "Plackett1975"
    yield law_fits(claim, source, EIGHT / total, np.bincount(found.order[:, 0], minlength=8))
    pairs = list(permutations(range(8), 2))
    chances = np.array([order_chance(EIGHT, pair) for pair in pairs])
    both = 8 * found.order[:, 0] + found.order[:, 1]
    counts = np.bincount(both, minlength=64)[[8 * i + j for i, j in pairs]]
    yield law_fits("Eight clocks: who is first and who second", source, chances, counts)
    first, last = found.day.min(axis=1), 12
    days = np.exp(-total * np.arange(last)) * -np.expm1(-total)
    days[-1] = 1 - days[:-1].sum()
    joint = (days[:, None] * EIGHT / total).ravel()
    places = 8 * (np.minimum(first, last) - 1).astype(int) + found.order[:, 0]
    claim = "Eight clocks: who is first and on which day, independent, the day geometric"
    yield law_fits(claim, source, joint, np.bincount(places, minlength=8 * last))


def _exits(effort: Effort) -> Iterator[Evidence]:
    """Of two moves the first: which, and when."""
    pairs = ((0.02, 0.01), (0.5, 1.0), (2.0, 1.0), (6.0, 4.0))
    for at, (forward, leave) in enumerate(pairs[:2] if effort.quick else pairs):
        rates = {"behaviour.declare.rate": forward, "behaviour.decline.willing.rate": leave}
        scenario = sim.load_scenario("classics/competing_exits", set=rates)
        first_day = sim.run(scenario, runs=effort.runs // 4, seed=SEED + at).first_day
        both = forward + leave
        law, counts = (
            exit_law(forward, leave, scenario.days),
            exit_counts(first_day, scenario.days),
        )
        words, source = f"Declare at {forward:g}, decline at {leave:g} per day", "Allison1982"
        claim = f"{words}: which move and on which day, together"
        yield law_fits(claim, f"{source}, PrenticeGloeckler1978", law, counts)
        declared, moved = counts[: scenario.days].sum(), counts[:-1].sum()
        share = forward / both
        sample = np.repeat([1.0, 0.0], [declared, moved - declared])
        claim = f"{words}: share that declares of those that move, h_f / (h_f + h_x)"
        yield mean_agrees(claim, source, (share, np.sqrt(share * (1 - share))), sample)


def exit_law(forward: float, leave: float, n_days: int) -> Reals:
    """Chances to declare on each day, to decline on each, and to stay."""
    both, days = forward + leave, np.arange(n_days)
    moves = np.exp(-both * days) * -np.expm1(-both)
    return np.concatenate([moves * forward / both, moves * leave / both, [exp(-both * n_days)]])


def exit_counts(first_day: NDArray[Any], n_days: int) -> NDArray[np.int64]:
    """Nations of all runs that declared on each day, declined on each, and stayed."""
    tallies = [
        np.bincount(first_day[:, :, stage].ravel() + 1, minlength=n_days + 2)[2:]
        for stage in (PUBLIC, LEFT)
    ]
    moved = np.concatenate(tallies)
    return np.append(moved, first_day[:, :, 0].size - moved.sum())


# --- figures --------------------------------------------------------------------------------


def figures(effort: Effort) -> Iterator[tuple[str, Axes]]:
    """File names and drawn figures."""
    yield "plackett_1975", _draw_orders(effort.runs)
    yield "plackett_1975_eight", _draw_first(effort.runs)


def _bars(axes: Axes, names: list[str], chances: Reals, counts: NDArray[Any], runs: int) -> None:
    """Exact chances as bars with their numbers, simulated shares with intervals beside them."""
    place = np.arange(len(names))
    axes.bar(place, chances, 0.66, color=PUBLIC_COLOUR, alpha=0.35, label="exact chance")
    found = [chance(int(count), runs) for count in counts]
    low, high = ([getattr(one, side) for one in found] for side in ("low", "high"))
    axes.vlines(place, low, high, color=INK, lw=1.2)
    label = "simulated, with 95 % intervals"
    axes.plot(place, counts / runs, "o", color=INK, ms=3.2, label=label)
    for at, (due, count) in enumerate(zip(chances, counts, strict=True)):
        words, top = f"{due:.4f}\n{count / runs:.4f}", max(due, count / runs)
        axes.annotate(
            words,
            (at, top),
            (0, 6),
            textcoords="offset points",
            ha="center",
            fontsize=SMALL,
            color=INK,
        )
    axes.set_xticks(place, names, fontsize=NORMAL)
    axes.set_ylim(0, 1.2 * chances.max())


def _draw_orders(runs: int) -> Axes:
    """All orders of three clocks."""
    axes, (spelled, chances, counts) = new_axes(6.4, 4.0), _three(runs)
    _bars(axes, spelled, chances, counts, runs)
    day = race("plackett_1975", runs).day
    tied = (np.diff(np.sort(day, axis=1), axis=1) == 0).any(axis=1).mean()
    heading(axes, "Who goes first, second and last of three")
    note = (
        f"[Plackett1975] Clocks A, B, C with rates 3, 2, 1 per day; {runs:,} runs, seed {SEED}. "
        f"Numbers: exact, simulated.\nIn {100 * tied:.0f} % of the runs two or all three move on "
        "one day; their order within it is read off their pledges."
    )
    frame(axes, ("order", "chance"), note)
    axes.legend(loc="upper right", fontsize=SMALL, frameon=False)
    return axes


def _draw_first(runs: int) -> Axes:
    """Who is first of eight clocks."""
    axes = new_axes(6.4, 4.0)
    counts = np.bincount(race("plackett_1975_eight", runs).order[:, 0], minlength=8)
    names = [f"{rate:g}" for rate in EIGHT]
    _bars(axes, names, EIGHT / EIGHT.sum(), counts, runs)
    heading(axes, "Who goes first of eight")
    note = (
        f"[Plackett1975] The first of eight clocks, by its rate over the sum of rates; {runs:,} "
        f"runs, seed {SEED}.\nNumbers: exact, simulated."
    )
    frame(axes, ("rate of the clock, per day", "chance to be first"), note)
    axes.legend(loc="upper left", fontsize=SMALL, frameon=False)
    return axes
