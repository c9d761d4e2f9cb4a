"""Time rescaling: every term of the hazards at once, from the moves of whole runs.

Runs of the readable engine are observed day by day, their hazards computed anew in `oracle`, and
the moves held against them in `martingales`. A feature left out of the computation must show.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy import stats

import sim
from experiments.verification.evidence import Effort, Evidence, exactly
from experiments.verification.laws import LEAST_P, MOST_ERRORS, Reals
from experiments.verification.rescaling.figures import Power, draw
from experiments.verification.rescaling.martingales import (
    KINDS,
    NO_KIND,
    Flags,
    Score,
    Spells,
    chances,
    choice_p,
    exponential_p,
    kind_weights,
    lag_score,
    of_kinds,
    products_of,
    same_day,
    score,
    spells,
)
from experiments.verification.rescaling.oracle import (
    FEATURES,
    N_TRAITS,
    History,
    Recomputed,
    dated,
    hazards,
    innovations,
    recompute,
)
from sim.engines.mesa.model import CoalitionModel
from sim.scenario.arrays.numbers import arrays_of

TITLE = "Time rescaling: every feature at once"

SCENARIO = Path(__file__).parent / "every_feature.yaml"
SEED = 11
RUNS, QUICK_RUNS = 300, 8
DAILY = FEATURES[N_TRAITS:]
MISTAKES = (
    *(f"without {name}" for name in FEATURES),
    *(f"with {name} a day late" for name in DAILY),
)
"""Ways to compute the hazards that are wrong and must show."""

UNRELATED = (
    "two days running that are drawn together",
    "two days running that are drawn apart",
    "two conditions on one day",
)

COUNTED = (*KINDS, "any kind")

PLAIN_TO_SEE = ("with listed a day late",)
"""Mistakes, of those with a delay, that show in the few runs of a quick study."""

MOST_DIFFERENCE = 1e-9
N_BINS = 20


class Recorded(sim.Nation):
    """A nation that writes down the hazards that it spends."""

    def __init__(self, model: CoalitionModel, place: int) -> None:
        super().__init__(model, place)
        self.spent = np.zeros((model.structure.n_days + 1, 2))

    def forward_hazard(self, features: Any) -> float:
        """Return the hazard forward, written down."""
        hazard = super().forward_hazard(features)
        self.spent[self.model.day, 0] = hazard
        return hazard

    def exit_hazard(self, features: Any) -> float:
        """Return the hazard of leaving, written down."""
        hazard = super().exit_hazard(features)
        self.spent[self.model.day, 1] = hazard
        return hazard


class Seen(NamedTuple):
    """What one run, or all of them, say.

    Attributes
    ----------
    off, cells : ndarray, shape (n_runs,)
        Largest relative difference from the engine's hazards; nation-days with a hazard.
    counts : Score
        Of each kind of move and of any.
    right, wrong : Score
        In the direction of each mistake: of the hazards as they should be, and with the mistake.
    visits : Spells
    forward, share : ndarray of bool and of float
        Of moves with two open: whether it was forward, and the probability of that.
    crowding : ndarray, shape (n_days * n_runs, 2), what `same_day` returned
    noise : ndarray, recomputed noise of conditions
    products : ndarray, shape (n, 3), what `products_of` returned
    impossible : ndarray, shape (n_runs,), moves of nations that were not at risk of them
    """

    off: Reals
    cells: Reals
    counts: Score
    right: Score
    wrong: Score
    visits: Spells
    forward: Flags
    share: Reals
    crowding: Reals
    noise: Reals
    products: Reals
    impossible: Reals


def observe(model: CoalitionModel) -> tuple[History, Reals]:
    """Let a run pass: what is observed of it, and the hazards that the engine spent."""
    support = np.array([nation.support for nation in model.nations])
    disposition = np.array([nation.disposition for nation in model.nations])
    pledge, deal = [_pledges(model)], [model.has_deal]
    while model.running:
        model.step()
        pledge.append(_pledges(model))
        deal.append(model.has_deal)
    stage, path = model.logbook.stage.astype(np.int64), model.logbook.conditions
    history = History(
        stage, np.array(pledge), path, np.array(deal), support, disposition, model.climate
    )
    return history, np.stack([nation.spent for nation in model.nations], axis=1)


def look_at(form: dict[str, Any], history: History, spent: Reals, uniform: Reals) -> Seen:
    """What one run says."""
    run = recompute(form, history)
    hazard = hazards(run)
    chance, both = chances(hazard), run.open.all(axis=-1) & run.moved.any(axis=-1)
    share = hazard[both][:, 0] / hazard[both].sum(axis=1)
    any_move, noise = np.asarray(run.moved.any(axis=-1)), innovations(form, history)
    return Seen(
        np.array([difference(hazard, spent)]),
        np.array([run.open.any(axis=-1).sum()]),
        *scores(run, hazard),
        spells(run, hazard, uniform),
        run.moved[both][:, 0],
        share,
        np.stack(same_day(chance.sum(axis=-1), any_move), axis=-1),
        noise[~np.isnan(noise)],
        products_of(noise),
        np.array([(run.moved & ~run.open).sum()]),
    )


def difference(hazard: Reals, spent: Reals) -> float:
    """Largest relative difference of hazards; infinite where one is 0 and the other is not."""
    off = np.abs(hazard - spent)
    return float(np.divide(off, spent, out=np.where(off > 0.0, np.inf, 0.0), where=spent > 0).max())


def scores(run: Recomputed, hazard: Reals) -> tuple[Score, Score, Score]:
    """Counts of moves, and moves weighted by what each mistake takes from the log hazard.

    That weight is the direction in which the likelihood of the moves tells most of the mistake.
    """
    rows = run.open.any(axis=-1)
    moved, hazard = run.moved[rows], hazard[rows]
    effect = effects(run)[rows]
    wrong = hazard[:, :, None] * np.exp(-effect)
    made = [
        score(effect[:, :, [place]], moved, chances(wrong[:, :, place]))
        for place in range(len(MISTAKES))
    ]
    return (
        score(kind_weights(run.eve.stage[rows]), moved, chances(hazard)),
        score(effect, moved, chances(hazard)),
        Score(*(np.concatenate(part) for part in zip(*made, strict=True))),
    )


def effects(run: Recomputed) -> Reals:
    """What each mistake takes from the log hazards, shape (T + 1, N, 2, n_mistakes)."""
    yesterday = np.concatenate([run.feature[:1], run.feature[:-1]])
    change = (run.feature - yesterday)[:, :, N_TRAITS:]
    return np.concatenate(
        [
            run.coefficient * run.feature[:, :, None],
            run.coefficient[..., N_TRAITS:] * change[:, :, None],
        ],
        axis=-1,
    )


@cache
def seen(quick: bool) -> Seen:
    """What all runs say together; kept, since the figure shows what the table tests."""
    scenario, n_runs = sim.load_scenario(SCENARIO), QUICK_RUNS if quick else RUNS
    arrays, form = arrays_of(scenario), scenario.full()
    shape = scenario.days + 1, len(scenario.nations)
    each = []
    for run in range(n_runs):
        uniform = np.random.default_rng([SEED, run]).random(shape)
        model = CoalitionModel(scenario, SEED, run, Recorded, arrays)
        form_of_run = dated(form, model.inputs.event_date)
        each.append(look_at(form_of_run, *observe(model), uniform))
    return Seen(*(_together(column) for column in zip(*each, strict=True)))


def _together(column: tuple[Any, ...]) -> Any:
    """Scores added up, visits and arrays joined."""
    first = column[0]
    if isinstance(first, Score):
        return Score(*(sum(part) for part in zip(*column, strict=True)))
    if isinstance(first, Spells):
        return Spells(*(np.concatenate(part) for part in zip(*column, strict=True)))
    return np.concatenate(column)


def _pledges(model: CoalitionModel) -> list[float]:
    return [float(nation.pledge.sum()) / 2.0**30 for nation in model.nations]


def evidence(effort: Effort) -> Iterator[Evidence]:
    """Lines of the table."""
    found = seen(effort.quick)
    yield same_hazards(found)
    yield exactly(
        "moves of nations that were not at risk of them",
        "docs/model.md",
        0,
        int(found.impossible.sum()),
    )
    yield from counts_agree(found.counts)
    yield features_agree(found.right)
    yield from times_agree(found)
    yield from order_agrees(found)
    yield from mistakes_show(found, effort.quick)


def same_hazards(found: Seen) -> Evidence:
    """The engine's hazards are those of the equations."""
    off, cells = float(found.off.max()), int(found.cells.sum())
    return Evidence(
        "the engine's hazards are those of docs/model.md, computed anew from the history of a run, "
        "on every day of every nation at risk",
        "docs/model.md",
        "the same",
        f"relative difference at most {off:.1g}; {cells:,} nation-days of {found.off.size} runs",
        f"{MOST_DIFFERENCE:g} (rounding); off by {off:.1g}",
        bool(off <= MOST_DIFFERENCE),
    )


def counts_agree(counts: Score) -> Iterator[Evidence]:
    """As many moves of each kind as their chances add up to."""
    for place, kind in enumerate(COUNTED):
        error = np.sqrt(counts.variance[place])
        yield _small(
            f"as many moves of {kind} as the chances of all nations and days add up to",
            "Aalen1978",
            f"{counts.expected[place]:,.1f}",
            f"{counts.observed[place]:,.0f}; exact standard error {error:.1f}",
            float(counts.z[place]),
        )


def features_agree(right: Score) -> Evidence:
    """No feature has more or less to say than its coefficient, nor on another day."""
    worst = int(np.abs(right.z).argmax())
    return _small(
        f"moves less their chances are unrelated to each of the {len(FEATURES)} features and to "
        f"the last change of {len(DAILY)}",
        "Aalen1978",
        "0",
        f"{len(MISTAKES)} weighted sums; the largest: {MISTAKES[worst]}",
        float(right.z[worst]),
    )


def times_agree(found: Seen) -> Iterator[Evidence]:
    """Rescaled times are unit exponential and independent."""
    visits = found.visits
    ended = visits.side != NO_KIND
    yield _likely(
        "hazards accumulated until a nation moves are unit exponential (visits cut short allowed "
        f"for, {N_BINS} bins)",
        "Brown2002, Haslinger2010",
        f"{ended.sum():,} moves in {ended.size:,} visits",
        exponential_p(visits.time, ended, N_BINS),
    )
    by_kind = [(exponential_p(*times, N_BINS), kind) for kind, times in of_kinds(visits)]
    least, kind = min(by_kind)
    yield _likely(
        "so are the hazards of each kind of move by itself, the other one censoring it",
        "Brown2002, Haslinger2010",
        f"{len(by_kind)} kinds; least likely: {kind}",
        least,
    )
    z, correlation = lag_score(visits)
    yield _small(
        "a nation's time does not depend on its time before (correlation)",
        "Brown2002",
        "0",
        f"{correlation:+.4f} in {(~np.isnan(visits.before)).sum():,} pairs",
        z,
    )


def order_agrees(found: Seen) -> Iterator[Evidence]:
    """Which move of two, moves of one day, and the noise of conditions."""
    yield _likely(
        "of two open moves forward comes with probability h_f / (h_f + h_x), in 20 bins of it",
        "PrenticeGloeckler1978",
        f"{found.share.size:,} moves; probability {found.share.min():.2g} to "
        f"{found.share.max():.2g}",
        choice_p(found.forward, found.share, N_BINS),
    )
    excess, variance = found.crowding.sum(axis=0)
    yield _small(
        "nations move independently of each other within a day (variance of a day's moves)",
        "exact: 2 V^2 and the fourth cumulants",
        "sum of p (1 - p)",
        f"{excess:+,.0f} over {len(found.crowding):,} days",
        float(excess / np.sqrt(variance)),
    )
    counts = np.histogram(stats.norm.cdf(found.noise), N_BINS, (0.0, 1.0))[0]
    yield _likely(
        "conditions less the drift of their equation are standard normal noise, in 20 bins",
        "UhlenbeckOrnstein1930",
        f"{found.noise.size:,} days of 3 conditions",
        float(stats.chisquare(counts).pvalue),
    )
    for column, words in enumerate(UNRELATED):
        products = found.products[:, column]
        yield _small(
            f"the noise of {words} is uncorrelated",
            "exact: the product of two standard normals has variance 1",
            "0",
            f"mean product {products.sum() / np.count_nonzero(products):+.2g}",
            float(products.sum() / np.sqrt(np.count_nonzero(products))),
        )


def mistakes_show(found: Seen, quick: bool) -> Iterator[Evidence]:
    """Wrongly computed hazards are found out by the same statistics."""
    for mistake, wrong, right in zip(MISTAKES, found.wrong.z, found.right.z, strict=True):
        if quick and "late" in mistake and mistake not in PLAIN_TO_SEE:
            continue
        yield Evidence(
            f"power: hazards {mistake} are found out",
            "the same statistic, of wrongly computed hazards",
            f"|z| > {MOST_ERRORS}",
            f"z = {wrong:+.1f}",
            f"in exact standard errors; rightly computed {right:+.1f}",
            bool(abs(wrong) > MOST_ERRORS),
        )


def _small(claim: str, source: str, expected: str, obtained: str, z: float) -> Evidence:
    """Evidence from a standardised sum: at most 4.5 exact standard errors."""
    bar = f"{MOST_ERRORS} exact standard errors; off by {z:+.2f}"
    return Evidence(claim, source, expected, obtained, bar, bool(abs(z) <= MOST_ERRORS))


def _likely(claim: str, source: str, cases: str, p: float) -> Evidence:
    """Evidence from a chi-square test: p above 1e-5."""
    bar = f"p > {LEAST_P:g} in a chi-square test; p = {p:.2g}"
    return Evidence(claim, source, "the exact law", cases, bar, bool(p > LEAST_P))


def figures(effort: Effort) -> Iterator[tuple[str, Axes | Figure]]:
    """Rescaled times against the exponential law, and what leaving out a feature does."""
    found = seen(effort.quick)
    note = f"{sim.load_scenario(SCENARIO).title} · {found.off.size} runs · seed {SEED}"
    power = Power(FEATURES, found.right.z, found.wrong.z)
    yield "time_rescaling", draw(found.visits, power, note)
