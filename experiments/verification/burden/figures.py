"""Figures of burden sharing: the closed form or the exact mean beside what the model pledges."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from experiments.verification.burden.files import (
    SEED,
    engine_best_replies,
    game_of,
    in_order,
    pledged,
    shipped,
)
from experiments.verification.burden.game import (
    Game,
    best_reply_rounds,
    closed_pledges,
    equilibrium,
    irrevocable,
    late_map,
    totals_wanted,
)
from experiments.verification.burden.published import SCALES, sizes_at
from experiments.verification.laws import Reals
from sim.plots.sheet import figure_of, heading, new_axes
from sim.plots.theme import FAINT, INK, NORMAL, PRIVATE_COLOUR, PUBLIC_COLOUR, SMALL, STAGE_COLOURS
from sim.results.estimates import Z_95

NATION_COLOURS = ("#114477", "#4477AA", "#77AADD", "#EE8866", "#CCBB44")
"""Of the five nations of burden_sharing.yaml; tones of [Tol2021]_."""

LEAST_SHOWN = 1e-11
"""Of a distance, force units: below it rounding shows."""

PREDICTED_FROM = 0.1
"""Distance, force units, below which a round is close to linear."""

SCALE_COLOURS = (PUBLIC_COLOUR, STAGE_COLOURS["pledged"], PRIVATE_COLOUR)


def _frame(
    axes: Axes, labels: tuple[str, str], note: str, n_columns: int, order: Sequence[int] = ()
) -> None:
    """Axis labels, the legend under the axes (in another order, if given), and the small print."""
    axes.set_xlabel(labels[0], fontsize=NORMAL, color=INK)
    axes.set_ylabel(labels[1], fontsize=NORMAL, color=INK)
    axes.set_axisbelow(True)
    handles, words = axes.get_legend_handles_labels()
    places = order or range(len(words))
    axes.legend(
        [handles[place] for place in places],
        [words[place] for place in places],
        loc="upper left",
        bbox_to_anchor=(0, -0.65 / figure_of(axes).get_figheight()),
        ncols=n_columns,
        fontsize=SMALL,
        frameon=False,
        borderaxespad=0,
    )
    figure_of(axes).supxlabel(note, x=0.01, ha="left", fontsize=SMALL, color=FAINT)


def draw_requirement(quick: bool) -> Axes:
    """Who gives what over the requirement: closed form as areas, the engine as points."""
    axes = new_axes(8.0, 5.0)
    required = np.linspace(0.01, 405, 200 if quick else 2000)
    on_paper = np.array([_on_paper(float(each)) for each in required]).T
    names = [nation.id for nation in shipped("burden_sharing").nations]
    gives = on_paper.max(axis=1) > 0.0
    labels = [f"{name}, closed form" if on else "" for name, on in zip(names, gives, strict=True)]
    axes.stackplot(required, on_paper, colors=NATION_COLOURS, labels=labels, alpha=0.75, lw=0)
    axes.plot([0, 90], [0, 90], color=INK, lw=0.9, ls=":", label="force = requirement")
    axes.plot(required, on_paper.sum(axis=0), color=INK, lw=1.1, label="total, closed form")
    shown = np.array([2, 5, *range(10, 401, 10)])
    found = np.array([_by_engine(float(each)) for each in shown]).cumsum(axis=1)
    for each in np.flatnonzero(gives):
        label = "model, sums up to each nation" if each == 0 else None
        axes.plot(shown, found[:, each], "o", color="white", ms=3.4, mec=INK, mew=0.7, label=label)
    axes.set_xlim(0, 405)
    axes.set_ylim(0, 80)
    heading(axes, "More required, more pledged: up to the point of even odds")
    note = (
        "[BergstromBlumeVarian1986] burden_sharing.yaml: capacities A 25, B 20, C 30; D and E ride "
        "free at every requirement. Who values success\nmost pledges first. The closed form is for "
        "a constant cost of 1; in the model the last unit costs 0.1 % more. No chance is at work."
    )
    _frame(axes, ("requirement, force units", "force pledged, force units"), note, 2)
    return axes


def _on_paper(requirement: float) -> Reals:
    """Contributions at a requirement by the closed form."""
    game = game_of(shipped("burden_sharing"))._replace(requirement=requirement)
    return closed_pledges(totals_wanted(game), game.capacities)[:, 0]


def _by_engine(requirement: float) -> Reals:
    """Contributions at a requirement by the engine."""
    return pledged(shipped("burden_sharing", {"commitment.requirement": requirement}))


def draw_sizes(runs: int) -> Axes:
    """Olson and Zeckhauser's picture: burden over size."""
    axes = new_axes(7.4, 5.0)
    for scale, colour in zip(SCALES, SCALE_COLOURS, strict=True):
        found = sizes_at(scale, runs)
        words = f"scale {scale:g}: "
        capacities, simulated = found.capacities, found.simulated
        label = words + "equilibrium"
        axes.plot(capacities, found.in_equilibrium, color=colour, lw=1.3, label=label)
        label = words + "all orders, exact"
        axes.plot(
            capacities, found.by_order.mean(axis=0), color=colour, lw=1.1, ls="--", label=label
        )
        axes.errorbar(
            capacities,
            simulated.mean(axis=0),
            yerr=Z_95 * simulated.std(axis=0) / np.sqrt(runs),
            fmt="o",
            ms=4,
            lw=1,
            capsize=2,
            color=colour,
            label=words + "simulated",
        )
    axes.grid(axis="y", color="#EEEEEE", lw=0.8)
    axes.set_xlim(5, 104)
    axes.set_ylim(-0.02, 0.7)
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    heading(axes, "The large carry the small where success is worth more to them")
    note = (
        "[OlsonZeckhauser1966] olson_zeckhauser_1966.yaml: eight allies alike but for size, each "
        "pledging once, in an order that\nchance decides. "
        f"{runs:,} runs a scale, seed {SEED}; bars, mostly smaller than the points: 95 % Monte "
        "Carlo intervals\nof the mean. All orders: the mean of best replies in turn over the "
        "40,320 orders."
    )
    labels = ("capacity, force units", "share of capacity pledged")
    _frame(axes, labels, note, 3, order=(0, 1, 6, 2, 3, 7, 4, 5, 8))
    return axes


def draw_convergence() -> Axes:
    """How far rounds of best replies are from the equilibrium."""
    axes, base = new_axes(7.0, 4.8), game_of(shipped("burden_sharing"))
    base = base._replace(values=base.values[::-1], capacities=base.capacities[::-1])
    cases = zip((10.0, 1.0, 0.1, 0.001), (*SCALE_COLOURS, INK), ("o", "o", "o", "s"), strict=True)
    for convexity, colour, mark in cases:
        game = base._replace(convexity=convexity)
        end = equilibrium(game)[:, 0]
        away = np.array([pledges[:, 0] - end for pledges in best_reply_rounds(game)])
        far = abs(away).max(axis=1)
        kept = far > LEAST_SHOWN
        label = f"convexity {convexity:g}: best replies of the rule"
        axes.plot(
            np.flatnonzero(kept) + 1,
            far[kept],
            mark,
            color=colour,
            label=label,
            ms=3.2 if mark == "o" else 6,
            mfc=colour if mark == "o" else "none",
        )
        _draw_prediction(axes, game, away, colour)
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.set_xlim(0, None)
    axes.set_ylim(LEAST_SHOWN, 100)
    axes.grid(axis="y", color="#EEEEEE", lw=0.8)
    heading(axes, "Best replies come to rest where theory puts the equilibrium")
    note = (
        "[CornesHartley2007] [MondererShapley1996] The nations of burden_sharing.yaml, the least "
        "interested replying first, from nothing\npledged. Equilibrium: the root of X = sum g(X). "
        "Prediction: the Hessian of the potential, from the first distance below 0.1.\n"
        "Points below 1e-11 are not shown: rounding. No chance is at work."
    )
    labels = ("round of best replies", "largest distance of a pledge, force units")
    _frame(axes, labels, note, 2)
    return axes


def _draw_prediction(axes: Axes, game: Game, away: Reals, colour: str) -> None:
    """Distances that the linear map of late rounds predicts, from the first round below 0.1."""
    partly, late = late_map(game)
    start = int((abs(away).max(axis=1) < PREDICTED_FROM).argmax())
    now, line = away[start, partly], []
    while (now.size > 1) and abs(now).max() > LEAST_SHOWN:
        line.append(abs(now).max())
        now = late @ now
    if line:
        label = f"convexity {game.convexity:g}: prediction"
        rounds = np.arange(start + 1, start + 1 + len(line))
        axes.plot(rounds, line, color=colour, lw=1, ls="--", label=label)


def draw_orders() -> Axes:
    """Who gives what in equilibrium and if nobody ever takes back a pledge."""
    axes, scenario = new_axes(7.4, 4.2), shipped("burden_sharing")
    game = game_of(scenario)
    orders = np.array(list(permutations(range(game.n_nations))))
    by_engine = np.array([pledged(in_order(scenario, order.tolist())) for order in orders])
    on_paper = irrevocable(game, orders)
    rows = (
        ("equilibrium of best replies", equilibrium(game)[:, 0], engine_best_replies(scenario, 20)),
        ("most interested first", on_paper[0], by_engine[0]),
        ("mean of all 120 orders", on_paper.mean(axis=0), by_engine.mean(axis=0)),
        ("least interested first", on_paper[-1], by_engine[-1]),
    )
    for spot, (_, due, found) in enumerate(rows):
        starts = np.concatenate([[0.0], due.cumsum()[:-1]])
        axes.barh(spot, due, left=starts, height=0.62, color=NATION_COLOURS, alpha=0.75, lw=0)
        _name_parts(axes, spot, starts, due, [nation.id for nation in scenario.nations])
        sums = found.cumsum()[due > 0.5]
        label = "model, sums up to each nation" if spot == 0 else None
        axes.plot(sums, [spot] * sums.size, "o", color="white", mec=INK, mew=0.8, ms=5, label=label)
        axes.text(due.sum() + 1.2, spot, f"{due.sum():.1f}", va="center", fontsize=SMALL, color=INK)
    axes.barh(0, 0, color=FAINT, alpha=0.75, label="theory: on paper, A to E")
    axes.set_yticks(range(len(rows)), [words for words, _, _ in rows], fontsize=SMALL)
    axes.invert_yaxis()
    axes.set_xlim(0, 82)
    heading(axes, "Pledges are never lowered, so the order decides who gives")
    note = (
        "[BergstromBlumeVarian1986] burden_sharing.yaml. Theory: the root of X = sum g(X); best "
        "replies in turn by bisection.\nModel: 20 rounds of replies by the engine, and one run of "
        "it for each order; no chance is at work."
    )
    _frame(axes, ("force pledged, force units", ""), note, 2)
    return axes


def _name_parts(axes: Axes, spot: int, starts: Reals, due: Reals, names: list[str]) -> None:
    """A nation's letter in its part of a bar, where there is room for it."""
    for name, start, width in zip(names, starts, due, strict=True):
        if width > 3:
            middle = start + width / 2
            axes.text(middle, spot, name, ha="center", va="center", fontsize=SMALL, color=INK)
