"""Births: alike nations that declare at a rate exp-linear in those who went before.

Part of `processes`; the files are ``scenarios/classics/birth_process*.yaml``.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from math import exp
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray
from scipy import stats

import sim
from experiments.verification.evidence import Effort, Evidence, law_fits, mean_agrees, within
from experiments.verification.laws import LEAST_P, Reals, anchor, chain_binomial, moments
from experiments.verification.processes.several import all_agree, all_fit, frame
from sim.plots.sheet import heading, new_axes
from sim.plots.theme import FAINT, INK, NORMAL, PRIVATE_COLOUR, PUBLIC_COLOUR, SMALL, STAGE_COLOURS
from sim.results.estimates import Z_95, quantiles
from sim.scenario.schema import Scenario

SEEDS = {"none": 11, "drawn": 12, "deterred": 13, "other": 14}
CHAIN = "StrangTuma1993, Bailey1975; exact law: chain_binomial()"
DAYS = (1, 2, 3, 5, 7, 10, 14, 20, 30, 40, 60, 100, 150)
LEAST_SD = 0.1
"""Means are compared while a law is at least so wide: else all but a few runs are the same."""


class Birth(NamedTuple):
    """Alike nations that declare at the rate rate * exp(peers * share of the others public).

    Attributes
    ----------
    words : str
    scenario : Scenario
    n_nations, n_public : int
        All, and those public on day 0.
    rate : float, per day
    peers : float
    """

    words: str
    scenario: Scenario
    n_nations: int
    n_public: int
    rate: float
    peers: float

    def law(self, n_days: int) -> Reals:
        """Law of the public size by day, shape (n_days + 1, n_nations + 1)."""
        others = self.n_nations - 1
        return chain_binomial(
            self.n_nations,
            lambda k: self.rate * exp(self.peers * k / others),
            n_days,
            self.n_public,
        )


def birth(name: str, words: str = "", **changes: Any) -> Birth:
    """A shipped birth process, its law read off its file, with other nations or numbers."""
    scenario = sim.load_scenario(f"classics/{name}")
    n_nations, n_public = changes.pop("n_nations", 30), changes.pop("n_public", 0)
    ids = [nation.id for nation in scenario.nations]
    paths = {f"behaviour.declare.{key}": value for key, value in changes.items()}
    paths |= {f"nations.{each}.stage": "public" for each in ids[:n_public]}
    paths |= {f"nations.{each}": None for each in ids[n_nations:]}
    scenario = scenario.with_changes(paths)
    declare = scenario.full()["behaviour"]["declare"]
    rate, peers = declare["rate"], declare.get("peers", 0.0)
    if not words:
        words = f"{n_nations} nations, {n_public} public, rate {rate:g}, influence {peers:g}"
    return Birth(words, scenario, n_nations, n_public, rate, peers)


def shipped_births() -> dict[str, Birth]:
    """The three shipped strengths of influence."""
    names = {"deterred": "_deterred", "none": "", "drawn": "_influenced"}
    found = {key: birth(f"birth_process{name}") for key, name in names.items()}
    return {key: one._replace(words=f"Influence {one.peers:g}") for key, one in found.items()}


def other_births() -> list[Birth]:
    """Other crowds, rates and strengths of influence."""
    numbers: tuple[dict[str, Any], ...] = (
        {"n_public": 2, "rate": 0.01, "peers": 5},
        {"n_nations": 12, "n_public": 1, "rate": 0.4, "peers": -2},
        {"n_nations": 2, "rate": 0.1, "peers": 4},
        {"n_nations": 20, "rate": 0.5, "peers": 1.5},
    )
    return [birth("birth_process", **each) for each in numbers]


def evidence(effort: Effort) -> Iterator[Evidence]:
    """Lines of the table."""
    yield from _every_day(effort)
    yield from _pure_hazard(effort.runs)
    yield from _passages(effort)
    yield from _continuous()


class Counted(NamedTuple):
    """Runs of a birth process.

    Attributes
    ----------
    size : ndarray, shape (runs, n_days + 1)
    counts : ndarray, shape (n_days + 1, n_nations + 1)
        Runs by day and size.
    """

    size: NDArray[Any]
    counts: NDArray[Any]


@cache
def counted(name: str, runs: int) -> Counted:
    """Run a shipped birth process."""
    ensemble = sim.run(shipped_births()[name].scenario, runs=runs, seed=SEEDS[name])
    return Counted(ensemble.size, ensemble.tally("size").counts)


def _every_day(effort: Effort) -> Iterator[Evidence]:
    """Law and mean of the size on many days."""
    for name, one in shipped_births().items():
        counts = counted(name, effort.runs).counts
        yield from _daily(one, counts)
    for one in [] if effort.quick else other_births():
        ensemble = sim.run(one.scenario, runs=effort.runs, seed=SEEDS["other"], keep="summary")
        yield from _daily(one, ensemble.tally("size").counts)
    yield _two_days(effort.runs)


def _daily(one: Birth, counts: NDArray[Any]) -> Iterator[Evidence]:
    law, sizes = one.law(DAYS[-1]), np.arange(one.n_nations + 1)
    claim = f"{one.words}: distribution of the public size by day"
    yield all_fit(claim, CHAIN, [(law[day], counts[day]) for day in DAYS])
    cases = [(np.repeat(sizes, counts[day]), *moments(sizes, law[day])) for day in DAYS]
    wide = [case for case in cases if case[2] >= LEAST_SD]
    days = [day for day, case in zip(DAYS, cases, strict=True) if case[2] >= LEAST_SD]
    shown = sorted({0, len(wide) // 2, len(wide) - 1})
    words = ", ".join(str(days[at]) for at in shown)
    yield all_agree(f"{one.words}: mean public size (shown: days {words})", CHAIN, wide, shown)


def _two_days(runs: int) -> Evidence:
    """How the size goes on from where it stands."""
    one, first, later = shipped_births()["drawn"], 5, 8
    now = one.law(first)[first]
    ahead = [one._replace(n_public=k).law(later - first)[-1] for k in range(31)]
    joint = (now[:, None] * np.array(ahead)).ravel()
    size = counted("drawn", runs).size
    counts = np.bincount(31 * size[:, first].astype(int) + size[:, later], minlength=31 * 31)
    claim = f"{one.words}: sizes on days {first} and {later} together"
    return law_fits(claim, CHAIN, joint, counts)


def _pure_hazard(runs: int) -> Iterator[Evidence]:
    """The table of the pure hazard: moments and chances by day."""
    known, counts = anchor("pure_hazard"), counted("none", runs).counts
    source, sizes = "binomial law; tests/anchors/pure_hazard.json", np.arange(31)
    rows = known["by_day"]
    law = {row["t"]: stats.binom.pmf(sizes, 30, -np.expm1(-0.05 * row["t"])) for row in rows}
    means, squares = [], []
    for row in rows:
        sample = np.repeat(sizes, counts[row["t"]])
        means.append((sample, row["mean"], row["sd"]))
        due = (sizes - row["mean"]) ** 2
        off = (sample - row["mean"]) ** 2
        squares.append((off, row["sd"] ** 2, moments(due, law[row["t"]])[1]))
    shown = (0, 5, len(rows) - 1)
    words = f"(shown: days {', '.join(str(rows[at]['t']) for at in shown)})"
    yield all_agree(f"Table of the constant hazard: mean size {words}", source, means, shown)
    yield all_agree(f"The same table: variance {words}", source, squares, shown)
    yield _chances(rows, counts, source)
    claim = "The same table: distribution of the size on day 20"
    yield law_fits(claim, source, np.array(known["dist_t20"]), counts[20])


def _chances(rows: list[dict[str, Any]], counts: NDArray[Any], source: str) -> Evidence:
    """Chances of none, at least half and all by day, as in the table."""
    sets = {"P_n0": slice(0, 1), "P_ge_15": slice(15, None), "P_all": slice(30, None)}
    fits = [
        stats.binomtest(
            int(counts[row["t"], which].sum()), int(counts[0].sum()), min(max(row[name], 0.0), 1.0)
        ).pvalue
        for row in rows
        for name, which in sets.items()
    ]
    return Evidence(
        f"The same table: chances of none, at least half and all on {len(rows)} days",
        source,
        f"{len(fits)} chances",
        f"{sum(p > LEAST_P for p in fits)} agree",
        f"p > {LEAST_P:g} in a binomial test each; least p = {min(fits):.2g}",
        bool(min(fits) > LEAST_P),
    )


def passage(size: NDArray[Any], goal: int) -> NDArray[np.int64]:
    """First day of each run on which the size reaches the goal; the last day if none does."""
    reached = size >= goal
    found: NDArray[np.int64] = np.where(
        reached.any(axis=1), reached.argmax(axis=1), size.shape[1] - 1
    )
    return found


def passage_law(law: Reals, goal: int) -> Reals:
    """Chances of each day to be that of `passage`: nobody goes back, so the goal absorbs."""
    by_day = law[:, goal:].sum(axis=1)
    by_day[-1] = 1.0
    found: Reals = np.maximum(np.diff(by_day, prepend=0.0), 0.0)
    return found


LENGTHS = {"deterred": (3000, 5000), "none": (600, 20_000), "drawn": (100, 100_000)}
"""Days of runs that are to go on until all are public, and how many runs at most."""


def _passages(effort: Effort) -> Iterator[Evidence]:
    """Days to half and to all."""
    for name, one in shipped_births().items():
        days, most = LENGTHS[name]
        runs, law = min(effort.runs, most), one.law(days)
        scenario = one.scenario.with_changes({"days": days})
        size = sim.run(scenario, runs=runs, seed=SEEDS[name] + 10).size
        for goal, which in ((15, "half"), (30, "all")):
            due, found = passage_law(law, goal), passage(size, goal)
            cut = f", {days} at most" if due[-1] > LEAST_P else ""
            claim = f"{one.words}: day on which {which} are public{cut} ({runs:,} runs)"
            fit = law_fits(claim, CHAIN, due, np.bincount(found, minlength=days + 1))
            mean = mean_agrees(claim, CHAIN, moments(np.arange(days + 1), due), found)
            bar = f"mean: {mean.error_bar}; distribution: {fit.error_bar}"
            yield mean._replace(error_bar=bar, holds=mean.holds and fit.holds)


def _continuous() -> Iterator[Evidence]:
    """With constant hazards a day is a time rounded up: half a day later, 1/12 more variance.

    That is all but exact, since the chance to be at the goal is flat on day 0 and at the end.
    """
    known, one, n_days = anchor("first_passage"), shipped_births()["none"], 1000
    law, source = one.law(n_days), "sums of exponentials; tests/anchors/first_passage.json"
    for goal, which in ((15, "half"), (30, "all")):
        mean, sd = moments(np.arange(n_days + 1), passage_law(law, goal))
        claim = (
            f"{one.words}: mean day on which {which} are public: half a day over continuous time"
        )
        yield within(claim, source, known[f"E_T{goal}"] + 0.5, mean, 1e-6, "sum for an integral")
        claim = f"{one.words}: standard deviation of that day ({which}), 1/12 more in the variance"
        due = float(np.sqrt(known[f"sd_T{goal}"] ** 2 + 1 / 12))
        yield within(claim, source, due, sd, 1e-6, "sum for an integral")


# --- figures --------------------------------------------------------------------------------


def figures(effort: Effort) -> Iterator[tuple[str, Axes]]:
    """File names and drawn figures."""
    yield "birth_process", _draw(effort.runs)


LOOKS = {
    "drawn": (PUBLIC_COLOUR, "o"),
    "none": (STAGE_COLOURS["pledged"], "s"),
    "deterred": (PRIVATE_COLOUR, "D"),
}
"""Colour and mark of each strength of influence."""


def _draw(runs: int) -> Axes:
    """Exact mean and range of 90 % of the runs beside simulated ones."""
    axes, last, sizes = new_axes(8.0, 4.8), 60, np.arange(31.0)
    for name, (colour, mark) in LOOKS.items():
        one = shipped_births()[name]
        law, tally = one.law(last), counted(name, runs).counts
        low, high = ((law.cumsum(axis=1) < q - 1e-12).sum(axis=1) for q in (0.05, 0.95))
        axes.fill_between(np.arange(last + 1), low, high, color=colour, alpha=0.15, lw=0)
        axes.plot(law @ sizes, color=colour, lw=1.4)
        shown = np.array([1, 3, 5, 7, 10, 13, 16, 20, *range(25, last + 1, 5)])
        for q in (0.05, 0.95):
            axes.plot(shown, quantiles(tally[shown], sizes, q), "_", color=colour, ms=7, mew=1.3)
        means, spread = np.array([moments(sizes, tally[day] / runs) for day in shown]).T
        error = Z_95 * spread / np.sqrt(runs - 1)
        axes.errorbar(shown, means, error, fmt=mark, ms=3.6, lw=1, color=colour, mec=INK, mew=0.6)
    _name_births(axes)
    axes.set(xlim=(0, last + 0.6), ylim=(0, 31))
    heading(axes, "Thirty alike nations, by how they heed each other")
    note = (
        f"[StrangTuma1993] [Bailey1975] Rate 0.05 per day x exp(influence x share of the others "
        f"public). {runs:,} runs each, seeds 11 to 13.\nBars: 95 % Monte Carlo intervals of "
        "the mean, smaller than the marks."
    )
    frame(axes, ("day", "public size, nations"), note)
    return axes


def _name_births(axes: Axes) -> None:
    """Say beside each curve what it is, and in a legend what lines and marks are."""
    places = {"drawn": (18, 28.4), "none": (33, 22.6), "deterred": (42.5, 12.2)}
    words = {
        "drawn": "influence 3: followed",
        "none": "influence 0",
        "deterred": "influence \u22123: left to each other",
    }
    for name, place in places.items():
        axes.text(*place, words[name], color=LOOKS[name][0], fontsize=NORMAL)
    looks: dict[str, Any] = {"color": FAINT}
    handles = [
        Line2D([], [], lw=1.4, label="exact mean", **looks),
        Patch(alpha=0.2, lw=0, label="exact range of 90 % of the runs", **looks),
        Line2D([], [], ls="", marker="o", ms=3.6, mec=INK, label="simulated mean", **looks),
        Line2D([], [], ls="", marker="_", ms=7, label="simulated 5 and 95 % quantiles", **looks),
    ]
    axes.legend(handles=handles, loc="lower right", fontsize=SMALL, frameon=False, ncols=2)
