"""Conditions against the laws of a discrete Ornstein-Uhlenbeck process; part of `processes`.

The files are ``scenarios/classics/ornstein_uhlenbeck_1930*.yaml``. A run keeps a condition at its
end only; a longer run under the same seed goes on from there, so that runs of several lengths give
one path at several days.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray
from scipy import stats
from scipy.special import expit, logit

import sim
from experiments.verification.evidence import (
    Effort,
    Evidence,
    exactly,
    law_fits,
    mean_agrees,
    within,
)
from experiments.verification.laws import (
    LEAST_P,
    MOST_ERRORS,
    Reals,
    moments,
)
from experiments.verification.processes.several import all_agree, all_fit, frame
from sim.plots.sheet import heading, new_axes
from sim.plots.theme import FAINT, INK, NORMAL, PRIVATE_COLOUR, PUBLIC_COLOUR, SMALL
from sim.results.estimates import Z_95, chance
from sim.scenario.schema import Scenario

SEED = 21
SOURCE = "UhlenbeckOrnstein1930; closed form: Pull"
ALONE, SHOCKED = "ornstein_uhlenbeck_1930", "ornstein_uhlenbeck_1930_shock"
SHOCK_DAY, SHOCK = 100, 3.0
LONG = 400
"""Days after which a start is forgotten: 0.95 to this power is below 1e-8."""

BLOCK = 20_000
"""Runs at a time."""

N_BINS = 50
ROUNDING = 1e-11
"""Allowed between log-odds read off two values of a condition, each a rounded number near 1."""


class Pull(NamedTuple):
    """Log-odds that close a share of the gap to a target each day and are shaken by noise.

    Attributes
    ----------
    target, start : float, log-odds
    speed : float, share of the gap per day
    volatility : float, log-odds per day
    """

    target: float
    start: float
    speed: float
    volatility: float

    def mean(self, day: int | NDArray[Any]) -> Any:
        """Mean of a day: the gap shrinks by the factor 1 - speed each day."""
        return self.target + (self.start - self.target) * (1 - self.speed) ** day

    def sd(self, day: int | NDArray[Any]) -> Any:
        """Standard deviation of a day: the noise of each day, shrunk since."""
        kept = (1 - self.speed) ** 2
        return self.volatility * np.sqrt((1 - kept**day) / (1 - kept))

    def covariance(self, day: int, lag: int) -> float:
        """Covariance of a day and one later: what is left of the variance of the earlier."""
        return float(self.sd(day) ** 2 * (1 - self.speed) ** lag)


def evidence(effort: Effort) -> Iterator[Evidence]:
    """Lines of the table."""
    yield _one_path(min(effort.runs, BLOCK))
    yield from _transient(effort.runs)
    yield from _stationary(effort.runs)
    yield from _other_speeds(effort)
    yield _covariances(effort.runs)
    yield from _pulled_back(min(effort.runs, BLOCK))
    yield _steps(effort)


def shipped(name: str, **changes: Any) -> Scenario:
    """A shipped scenario with changes to its condition, or to its days."""
    paths = {f"conditions.backing.{key}" if key != "days" else key: changes[key] for key in changes}
    return sim.load_scenario(f"classics/{name}", set=paths)


def pull(scenario: Scenario) -> Pull:
    """Law of the scenario's condition, read off its file."""
    found = scenario.full()["conditions"]["backing"]
    return Pull(
        float(logit(found["level"])),
        float(logit(found["start"])),
        found["speed"],
        found["volatility"],
    )


@cache
def ends(name: str, day: int, runs: int) -> Reals:
    """Log-odds of the condition at the end of a day, shape (runs,)."""
    return end_of(shipped(name, days=day), runs)


def end_of(scenario: Scenario, runs: int) -> Reals:
    """Log-odds of the condition at the end of the runs, shape (runs,), in blocks."""
    values = [
        sim.run(scenario, min(BLOCK, runs - first), SEED, first_run=first).conditions[:, 0]
        for first in range(0, runs, BLOCK)
    ]
    found: Reals = logit(np.concatenate(values))
    return found


def normal_counts(sample: Reals, mean: float, sd: float) -> tuple[Reals, NDArray[Any]]:
    """Chances and counts of bins that are equally likely under a normal law."""
    place = np.floor(N_BINS * stats.norm.cdf(sample, mean, sd)).astype(int)
    counts = np.bincount(np.minimum(place, N_BINS - 1), minlength=N_BINS)
    return np.full(N_BINS, 1 / N_BINS), counts


def _one_path(runs: int) -> Evidence:
    """What the other claims lean on: the runs of two lengths are one path."""
    counted = sim.run(shipped(ALONE), runs=runs, seed=SEED, keep="summary")
    tally = counted.tally("conditions.backing").counts[SHOCK_DAY]
    n_bins = tally.size
    places = np.floor(n_bins * expit(ends(ALONE, SHOCK_DAY, runs))).astype(int)
    n_off = int(abs(np.bincount(places, minlength=n_bins) - tally).sum())
    claim = f"Runs that end on day {SHOCK_DAY} stand where longer ones stand that day: runs off"
    return exactly(claim, "docs/results.md", 0, n_off)


def _transient(runs: int) -> Iterator[Evidence]:
    """The way from a far start: mean, variance and law of single days."""
    law, days = pull(shipped(ALONE)), (1, 2, 5, 20, 60, 100)
    samples = [(ends(ALONE, day, runs), law.mean(day), law.sd(day)) for day in days]
    shown = range(len(days))
    words = f"on days {', '.join(str(day) for day in days)}"
    claim = f"Log-odds drawn to their target from a far start: mean {words}"
    yield all_agree(claim, SOURCE, samples, shown)
    squares = [((end - mean) ** 2, sd**2, np.sqrt(2) * sd**2) for end, mean, sd in samples]
    yield all_agree(f"The same: variance {words}", SOURCE, squares, shown)
    cases = [normal_counts(*case) for case in samples]
    yield all_fit(f"The same: normal {words}, {N_BINS} bins", SOURCE, cases)


def _stationary(runs: int) -> Iterator[Evidence]:
    """The law after a long run, of the log-odds and of the condition itself."""
    scenario = shipped(ALONE)
    law, end, words = pull(scenario), ends(ALONE, LONG, runs), f"After {LONG} days"
    sd = law.volatility / np.sqrt(law.speed * (2 - law.speed))
    claim = f"{words}: mean of the log-odds is the target"
    yield mean_agrees(claim, SOURCE, (law.target, sd), end)
    claim = f"{words}: their variance is volatility^2 / (speed (2 - speed))"
    squares = (end - law.target) ** 2
    yield mean_agrees(claim, SOURCE, (sd**2, np.sqrt(2) * sd**2), squares)
    claim = f"{words}: the log-odds are normal, {N_BINS} bins"
    yield law_fits(claim, SOURCE, *normal_counts(end, law.target, sd))
    found = stats.kstest(end, stats.norm(law.target, sd).cdf)
    yield Evidence(
        f"{words}: the same in a Kolmogorov-Smirnov test",
        SOURCE,
        "the exact law",
        f"largest distance {found.statistic:.2g} in {runs:,} runs",
        f"p > {LEAST_P:g}; p = {found.pvalue:.2g}",
        bool(found.pvalue > LEAST_P),
    )
    yield _bent(scenario, end, sd)


def _bent(scenario: Scenario, end: Reals, sd: float) -> Evidence:
    """The mean of the condition, which is not its level."""
    level = scenario.full()["conditions"]["backing"]["level"]
    mean, spread = logistic_moments(float(logit(level)), sd)
    claim = f"After {LONG} days: mean of the condition, which is not its level of {level:g}"
    line = mean_agrees(claim, "logit-normal mean by quadrature", (mean, spread), expit(end))
    apart = abs(expit(end).mean() - level) / (spread / np.sqrt(end.size))
    bar = f"{line.error_bar}; {apart:.0f} from the level"
    return line._replace(error_bar=bar, holds=line.holds and bool(apart > MOST_ERRORS))


def logistic_moments(mean: float, sd: float) -> tuple[float, float]:
    """Mean and standard deviation of the logistic function of a normal variable."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(120)
    return moments(expit(mean + sd * nodes), weights / weights.sum())


def _other_speeds(effort: Effort) -> Iterator[Evidence]:
    """The law after a long run, at other speeds and volatilities."""
    pairs = ((1.0, 0.5), (0.5, 1.0), (0.2, 0.1), (0.02, 0.05))
    runs = min(effort.runs, BLOCK)
    cases = []
    for speed, volatility in pairs[: 2 if effort.quick else None]:
        days = int(np.ceil(-30 / np.log1p(-speed))) if speed < 1 else 5
        scenario = shipped(ALONE, speed=speed, volatility=volatility, days=days)
        sd = volatility / np.sqrt(speed * (2 - speed))
        cases.append(normal_counts(end_of(scenario, runs), pull(scenario).target, sd))
    words = ", ".join(f"({speed:g}, {noise:g})" for speed, noise in pairs[: len(cases)])
    yield all_fit(f"The same law at other (speed, volatility): {words}", SOURCE, cases)


def _covariances(runs: int) -> Evidence:
    """Days apart: what is left of the noise."""
    law, day, lags = pull(shipped(ALONE)), 120, (1, 2, 5, 20, 60)
    first = ends(ALONE, day, runs) - law.mean(day)
    cases = []
    for lag in lags:
        later = ends(ALONE, day + lag, runs) - law.mean(day + lag)
        due = law.covariance(day, lag)
        sd = np.sqrt(law.sd(day) ** 2 * law.sd(day + lag) ** 2 + due**2)
        cases.append((first * later, due, float(sd)))
    words = ", ".join(str(lag) for lag in lags)
    claim = f"Autocovariance of the log-odds at lags of {words} days falls by 1 - speed a day"
    return all_agree(claim, SOURCE, cases, range(len(lags)))


def _pulled_back(runs: int) -> Iterator[Evidence]:
    """Without noise, and against the same run without a shock: no chance is left."""
    still, days = shipped(ALONE, volatility=0), (1, 10, 50, 200)
    law = pull(still)
    off = [abs(end_of(still.with_changes({"days": day}), 1)[0] - law.mean(day)) for day in days]
    claim = "Without noise the log-odds close the gap by the factor 1 - speed a day: largest error"
    yield within(claim, SOURCE, 0.0, max(off), ROUNDING, "rounding")
    lags = (0, 1, 2, 5, 10, 20, 40, 80)
    off = []
    for lag in lags:
        day = SHOCK_DAY + lag
        moved = ends(SHOCKED, day, runs) - ends(ALONE, day, runs)
        off.append(float(abs(moved - SHOCK * (1 - law.speed) ** lag).max()))
    claim = (
        f"A shock of {SHOCK:g} less the same run without it is {SHOCK:g} (1 - speed)^k after k "
        f"days, k = {', '.join(str(lag) for lag in lags)}: largest error of {runs:,} runs"
    )
    yield within(claim, SOURCE, 0.0, max(off), ROUNDING, "rounding")


def _steps(effort: Effort) -> Evidence:
    """A continuous process looked at in steps: the same law whatever the step."""
    rate, noise, time = 0.1, 0.3, 10
    start = pull(shipped(ALONE))
    mean = start.target + (start.start - start.target) * np.exp(-rate * time)
    sd = noise * np.sqrt(-np.expm1(-2 * rate * time) / (2 * rate))
    cuts = (1, 4) if effort.quick else (1, 4, 24)
    cases = []
    for cut in cuts:
        speed = -np.expm1(-rate / cut)
        volatility = noise * np.sqrt(-np.expm1(-2 * rate / cut) / (2 * rate))
        scenario = shipped(ALONE, speed=speed, volatility=volatility, days=time * cut)
        cases.append(normal_counts(end_of(scenario, effort.runs), mean, sd))
    words = ", ".join(str(cut) for cut in cuts)
    claim = (
        f"A continuous process of rate {rate:g} has its law of time {time} at {words} steps per "
        "unit of time, with speed 1 - exp(-rate step)"
    )
    return all_fit(claim, "Gillespie1996", cases)


# --- figures --------------------------------------------------------------------------------


def figures(effort: Effort) -> Iterator[tuple[str, Axes]]:
    """File names and drawn figures."""
    yield "ornstein_uhlenbeck_1930", _draw_paths(min(effort.runs, BLOCK))
    yield "ornstein_uhlenbeck_1930_stationary", _draw_stationary(effort.runs)


def _draw_exact(axes: Axes, law: Pull) -> None:
    """Mean and range by day, with the shock and without, and the stationary range."""
    days = np.arange(201)
    gone = np.where(days < SHOCK_DAY, 0.0, SHOCK * (1 - law.speed) ** (days - SHOCK_DAY))
    mean, z = law.mean(days) + gone, stats.norm.ppf(0.95)
    for part in np.split(days, [SHOCK_DAY]):
        first = part[0] == 0
        low, high = (mean - z * law.sd(days))[part], (mean + z * law.sd(days))[part]
        label = "exact range of 90 % of the runs" if first else None
        axes.fill_between(part, low, high, color=PUBLIC_COLOUR, alpha=0.18, lw=0, label=label)
        label = "exact mean" if first else None
        axes.plot(part, mean[part], color=PUBLIC_COLOUR, lw=1.4, label=label)
    later = days[SHOCK_DAY:]
    label = "exact mean without the shock"
    axes.plot(later, law.mean(later), color=FAINT, lw=1, ls="--", label=label)
    for side, label in ((-z, "range of the stationary law"), (z, None)):
        place = law.target + side * law.sd(10**6)
        axes.axhline(place, color=PUBLIC_COLOUR, lw=1, ls=":", label=label)


def _draw_paths(runs: int) -> Axes:
    """The way from a far start, the stationary band, and the way back after a shock."""
    axes, law = new_axes(8.0, 4.8), pull(shipped(ALONE))
    _draw_exact(axes, law)
    _draw_simulated(axes, runs)
    axes.axvline(SHOCK_DAY, color=FAINT, lw=0.9, ls=":")
    words = f"shock of {SHOCK:g} on day {SHOCK_DAY}"
    axes.text(SHOCK_DAY + 3, 3.35, words, va="top", fontsize=SMALL, color=FAINT)
    axes.set(xlim=(0, 201), ylim=(-3.6, 3.5))
    other = axes.secondary_yaxis("right")
    values = [0.03, 0.1, 0.2, 0.5, 0.8, 0.9, 0.97]
    other.set_yticks(logit(values), [f"{value:g}" for value in values], fontsize=SMALL)
    other.set_ylabel("value of the condition", fontsize=NORMAL, color=INK)
    heading(axes, "A condition drawn back to its level")
    note = (
        f"[UhlenbeckOrnstein1930] Level 0.2, start 0.9, speed {law.speed:g}, volatility "
        f"{law.volatility:g}. Simulated: {runs:,} runs, seed {SEED}; thin lines: three of them.\n"
        "Bars: 95 % Monte Carlo intervals of the mean and of the ends of the range, mostly smaller "
        "than the marks."
    )
    frame(axes, ("day", "log-odds of the condition"), note)
    axes.legend(loc="upper left", bbox_to_anchor=(0.175, 1.02), fontsize=SMALL, frameon=False)
    return axes


def _draw_simulated(axes: Axes, runs: int) -> None:
    """Means, ranges and three whole paths of the shocked condition."""
    days = np.array([2, 5, *range(10, SHOCK_DAY, 10), *range(SHOCK_DAY, 201, 10)])
    found = [ends(SHOCKED if day >= SHOCK_DAY else ALONE, int(day), runs) for day in days]
    means = np.array([sample.mean() for sample in found])
    errors = [Z_95 * sample.std(ddof=1) / np.sqrt(runs) for sample in found]
    looks: dict[str, Any] = {"color": INK, "lw": 1, "zorder": 3}
    axes.errorbar(days, means, errors, fmt="o", ms=3.2, label="simulated mean", **looks)
    for share in (0.05, 0.95):
        ranks = stats.binom.ppf([0.025, 0.5, 0.975], runs, share).astype(int)
        low, middle, high = np.array([np.sort(sample)[ranks] for sample in found]).T
        label = "simulated 5 and 95 % quantiles" if share < 0.5 else None
        bars = (middle - low, high - middle)
        axes.errorbar(days, middle, bars, fmt="_", ms=7, mew=1.3, label=label, **looks)
    each = range(1, 201)
    paths = [ends(SHOCKED if day >= SHOCK_DAY else ALONE, day, 3) for day in each]
    axes.plot(each, np.array(paths), color=PRIVATE_COLOUR, lw=0.7, alpha=0.8)


def _draw_stationary(runs: int) -> Axes:
    """The condition after a long run: its law, its mean and its level."""
    axes, scenario = new_axes(6.4, 4.2), shipped(ALONE)
    law, values = pull(scenario), expit(ends(ALONE, LONG, runs))
    sd = law.volatility / np.sqrt(law.speed * (2 - law.speed))
    edges = np.linspace(0, 1, 41)
    grid = np.linspace(1e-4, 1 - 1e-4, 800)
    density = stats.norm.pdf(logit(grid), law.target, sd) / (grid * (1 - grid))
    axes.plot(grid, density, color=PUBLIC_COLOUR, lw=1.5, label="exact density")
    counts = np.histogram(values, edges)[0]
    share = [chance(int(count), runs) for count in counts]
    width = edges[1]
    middle = edges[:-1] + width / 2
    due = np.diff(stats.norm.cdf(logit(edges), law.target, sd)) / width
    axes.bar(middle, due, width, color=PUBLIC_COLOUR, alpha=0.18, label="exact share of a bin")
    low, high = (
        np.array([getattr(one, side) for one in share]) / width for side in ("low", "high")
    )
    axes.vlines(middle, low, high, color=INK, lw=1)
    label = "simulated, with 95 % intervals"
    axes.plot(middle, counts / runs / width, "o", color=INK, ms=2.6, label=label)
    mean, level = logistic_moments(law.target, sd)[0], expit(law.target)
    _mark(axes, level, f"level {level:.3g} ", "right", FAINT)
    _mark(axes, mean, f" mean {mean:.3f}, simulated {values.mean():.3f}", "left", PRIVATE_COLOUR)
    axes.set(xlim=(0, 1), ylim=(0, 1.18 * density.max()))
    heading(axes, "The mean of a condition is not its level")
    note = (
        f"[UhlenbeckOrnstein1930] Speed {law.speed:g}, volatility {law.volatility:g}; day {LONG}; "
        f"{runs:,} runs, seed {SEED}.\nThe log-odds are normal about the level; the logistic curve "
        "bends."
    )
    frame(axes, ("value of the condition", "density"), note)
    axes.legend(loc="center right", fontsize=SMALL, frameon=False)
    return axes


def _mark(axes: Axes, place: float, words: str, side: str, colour: str) -> None:
    axes.axvline(place, color=colour, lw=1, ls="--")
    top = axes.get_xaxis_transform()
    axes.text(place, 0.985, words, transform=top, ha=side, va="top", fontsize=SMALL, color=colour)
