"""Measure what bisection of all runs costs and gives, beside a grid and a logistic curve.

Run ``python experiments/tipping/study.py``; ``--quick`` takes few runs and writes nothing.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable
from itertools import pairwise
from math import isfinite, log, sqrt
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import sim
from sim.results.estimates import Z_95, chance
from sim.scenario.schema import Scenario
from sim.studies.tipping.bisection import bisect, n_evaluations, n_on_grid
from sim.studies.tipping.level_runs import LevelRuns
from sim.studies.tipping.levels import Levels, levels_from
from sim.studies.tipping.options import DEFAULT_SCANNED
from sim.studies.tipping.root import fitted_root
from sim.studies.tipping.thresholds import Thresholds, thresholds_of

FOLDER = Path(__file__).resolve().parent
PAGES = (FOLDER / "README.md", FOLDER.parents[1] / "docs" / "tipping.md")

PATH, ENDS = "conditions.us_backing.level", (0.05, 0.95)
SHARES = (0.1, 0.5, 0.75)
N_GRID = 41
NEAR = 0.15
"""Of a logistic curve that is told where to look."""

CLOSE = 0.03
"""Of the runs that tell the true root."""

TRUTH_SEED = 1_000_003

Reals = NDArray[np.float64]
Truths = NDArray[np.bool_]


class Size(NamedTuple):
    """How much is measured."""

    n_bisected: int
    seeds: int
    n_truth: int
    grids: tuple[int, ...]


FULL = Size(1000, 12, 150_000, (342, 900, 1000, 2000))
QUICK = Size(60, 2, 2000, (40, 60))


class Ends(NamedTuple):
    """An estimate of a root and the ends of its interval."""

    estimate: float
    low: float
    high: float


class Model:
    """Runs of the scenario at levels of the path."""

    def __init__(self, scenario: Scenario) -> None:
        self.levels: Levels = levels_from(scenario, PATH, ENDS)
        self.runs = LevelRuns(scenario, self.levels)
        self.n_evaluations = n_evaluations(self.levels.last)
        grid = self.levels.grid()
        self.n_scanned = len(grid) - n_on_grid(grid, self.levels.last)  # more, for a run of a scan

    def succeeds(self, seed: int, first_run: int, values: Reals) -> Truths:
        """Whether runs succeed, each at a level of its own."""
        return self.runs.read(seed, first_run, values, lambda block: block.success_day >= 0)

    def bisected(self, seed: int, n_runs: int) -> Thresholds:
        """Thresholds of runs, each by `self.n_evaluations` runs of the model."""
        values, last = self.levels.values, self.levels.last
        changes = bisect(lambda at: self.succeeds(seed, 0, values[at]), n_runs, last)
        return thresholds_of(changes, True, self.levels)

    def grid(self, seed: int, n_runs: int) -> Truths:
        """Outcomes at 41 levels under one luck, shape (n_runs, 41)."""
        values = self.levels.values[self.levels.grid()]
        columns = [self.succeeds(seed, 0, np.full(n_runs, value)) for value in values]
        return np.stack(columns, axis=1)


def by_bisection(model: Model, seed: int, n_runs: int, share: float) -> Ends:
    """A quantile of thresholds between order statistics."""
    return Ends(*model.bisected(seed, n_runs).quantile(share)[1:])


def by_cells(model: Model, outcomes: Truths, share: float) -> Ends:
    """The same from a grid: a threshold is known up to a cell."""
    above = np.where(outcomes.any(axis=1), outcomes.argmax(axis=1), N_GRID).astype(np.int32)
    return Ends(*Thresholds(model.levels.on_grid(), above - 1, above).quantile(share)[1:])


def by_interpolation(model: Model, outcomes: Truths, share: float) -> Ends:
    """Where straight lines between the points of a grid, and between their Wilson ends, cross."""
    values, n_runs = model.levels.values[model.levels.grid()], len(outcomes)
    found = [chance(int(hits), n_runs) for hits in outcomes.sum(axis=0)]
    middle, low, high = (
        [getattr(each, name) for each in found] for name in ("chance", "low", "high")
    )
    return Ends(*(_crossing(values, line, share) for line in (middle, high, low)))


def _crossing(values: Reals, line: list[float], share: float) -> float:
    for place in range(1, len(line)):
        if line[place - 1] < share <= line[place]:
            part = (share - line[place - 1]) / (line[place] - line[place - 1])
            return float(values[place - 1] + part * (values[place] - values[place - 1]))
    return float("inf")


def by_logistic(
    model: Model, seed: int, n_runs: int, share: float, ends: tuple[float, float] = ENDS
) -> Ends:
    """The root of a logistic curve through runs between two levels, each with luck of its own."""
    low, high = ends
    x = low + (high - low) * (np.arange(n_runs) + 0.5) / n_runs
    line, covariance = logistic_line(x, model.succeeds(seed, 0, x))
    at, slope = line[0] - log(share / (1 - share)), line[1]
    # Fieller's interval: at + slope x is at most 1.96 standard errors from 0.
    a = slope**2 - Z_95**2 * covariance[1, 1]
    b = at * slope - Z_95**2 * covariance[0, 1]
    c = at**2 - Z_95**2 * covariance[0, 0]
    half = sqrt(max(0.0, b * b - a * c))
    return Ends(-at / slope, (-b - half) / a, (-b + half) / a)


def logistic_line(x: Reals, holds: Truths) -> tuple[Reals, Reals]:
    """The logistic line of greatest likelihood, and its covariance."""
    design, line = np.stack([np.ones_like(x), x]), np.zeros(2)
    for _ in range(40):
        fitted = 1 / (1 + np.exp(-(line @ design)))
        covariance = np.linalg.inv((design * (fitted * (1 - fitted))) @ design.T)
        line = line + covariance @ (design @ (holds - fitted))
    return line, covariance


def by_runs_near(model: Model, seed: int, n_runs: int, share: float) -> Ends:
    """A fifth of the runs for a window by bisection, the rest in it: what --sharpen does."""
    n_bisected = n_runs // 5 // model.n_evaluations
    window = model.bisected(seed, n_bisected).quantile(share, 0.999)
    ends = [model.levels.share(float(np.clip(end, *ENDS))) for end in window[2:]]
    n_near = n_runs - model.n_evaluations * n_bisected
    x = ends[0] + (ends[1] - ends[0]) * (np.arange(n_near) + 0.5) / n_near
    holds = model.succeeds(seed, n_bisected, model.levels.at(x))
    root = fitted_root(x, holds, share, (ends[0], ends[1]))
    return Ends(*model.levels.at(np.array(root[:3])).tolist())


def truth_of(model: Model, share: float, n_runs: int) -> float:
    """The root from very many runs close to it."""
    rough = model.bisected(TRUTH_SEED, max(60, n_runs // 50)).quantile(share).level
    ends = [model.levels.share(float(np.clip(rough + side, *ENDS))) for side in (-CLOSE, CLOSE)]
    x = ends[0] + (ends[1] - ends[0]) * (np.arange(n_runs) + 0.5) / n_runs
    levels = model.levels.at(x)
    holds = np.concatenate(
        [
            model.succeeds(TRUTH_SEED, 1_000_000 + first, levels[first : first + 10_000])
            for first in range(0, n_runs, 10_000)
        ]
    )
    root = fitted_root(x, holds, share, (ends[0], ends[1]))
    return float(model.levels.at(np.array([root.estimate]))[0])


class Line(NamedTuple):
    """What a method gives of one share, over seeds."""

    method: str
    n_made: int
    half: float
    error: float
    covered: int


def line_of(method: str, n_made: int, found: list[Ends], truth: float) -> Line:
    """Mean half width, root mean square error and coverage."""
    halves = [(each.high - each.low) / 2 for each in found]
    errors = [each.estimate - truth for each in found if isfinite(each.estimate)]
    n_covered = sum(each.low <= truth <= each.high for each in found)
    return Line(method, n_made, float(np.mean(halves)), sqrt(np.mean(np.square(errors))), n_covered)


def measured(model: Model, size: Size) -> dict[float, list[Line]]:
    """Every method, by share."""
    seeds, n_made = range(1, size.seeds + 1), model.n_evaluations * size.n_bisected
    truths = {share: truth_of(model, share, size.n_truth) for share in SHARES}
    grids = [model.grid(seed, max(size.grids)) for seed in seeds]
    lines: dict[float, list[Line]] = {}
    for share, truth in truths.items():
        methods: dict[str, Callable[[int], Ends]] = {
            "bisection": lambda seed, q=share: by_bisection(model, seed, size.n_bisected, q),
            "logistic curve, fresh luck": lambda seed, q=share: by_logistic(
                model, seed + 500, n_made, q
            ),
            f"logistic curve within {NEAR} of the root": lambda seed, q=share, at=truth: (
                by_logistic(
                    model, seed + 900, n_made, q, (max(ENDS[0], at - NEAR), min(ENDS[1], at + NEAR))
                )
            ),
            "runs near the root (--sharpen)": lambda seed, q=share: by_runs_near(
                model, seed, n_made, q
            ),
        }
        found = [
            line_of(name, n_made, [method(seed) for seed in seeds], truth)
            for name, method in methods.items()
        ]
        for n_runs in size.grids:
            for name, read in (("cells", by_cells), ("interpolated", by_interpolation)):
                of_grid = [read(model, grid[:n_runs], share) for grid in grids]
                label = f"grid of 41, {n_runs:,} runs, {name}"
                found.append(line_of(label, N_GRID * n_runs, of_grid, truth))
        lines[share] = found
        print(f"chance {share:.0%} at {truth:.4f}", *found, sep="\n", flush=True)
    return lines


def ratio(lines: list[Line], name: str, n_more: int = 0) -> str:
    """Runs of bisection, and some more, over those of a grid with as wide an interval."""
    ours = lines[0]
    n_made = ours.n_made + n_more
    halves = [(each.half, each.n_made) for each in lines if each.method.endswith(name)]
    for (wide, few), (narrow, many) in pairwise(halves):
        if narrow <= ours.half <= wide:
            part = (log(wide) - log(ours.half)) / (log(wide) - log(narrow))
            return f"{n_made / np.exp(log(few) + part * (log(many) - log(few))):.2f}"
    return f"below {n_made / halves[-1][1]:.2f}"


def table(lines: dict[float, list[Line]], n_seeds: int) -> list[str]:
    """The lines in Markdown."""
    rows = [
        "| chance | method | runs of the model | half the interval | error (RMS) | covers |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for share, found in lines.items():
        rows += [
            f"| {share:.0%} | {each.method} | {each.n_made:,} | {each.half:.4f} | {each.error:.4f} "
            f"| {each.covered} of {n_seeds} |"
            for each in found
        ]
    return rows


def ratios(lines: dict[float, list[Line]], n_of_scan: int) -> list[str]:
    """Runs of bisection over those of a grid with the same interval, in Markdown."""
    rows = [
        "| chance | with the scan, against cells | with the scan, against interpolation | "
        "bisection alone, against interpolation |",
        "| --- | --- | --- | --- |",
    ]
    for share, found in lines.items():
        asked = (("cells", n_of_scan), ("interpolated", n_of_scan), ("interpolated", 0))
        numbers = (ratio(found, *each) for each in asked)
        rows.append(f"| {share:.0%} | {' | '.join(numbers)} |")
    return rows


def write(name: str, lines: list[str]) -> None:
    """Put a table between its marks on each page that has them."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    for page in PAGES:
        text = page.read_text(encoding="utf-8") if page.exists() else ""
        if begin in text:
            new = "\n".join([begin, *lines, end])
            text = re.sub(f"{begin}.*?{end}", lambda _, new=new: new, text, flags=re.DOTALL)
            page.write_text(text, encoding="utf-8")


def main() -> None:
    """Measure, print, and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few runs, nothing written")
    is_quick = parser.parse_args().quick
    size = QUICK if is_quick else FULL
    model = Model(sim.load_scenario("paris_2025"))
    lines = measured(model, size)
    n_of_scan = model.n_scanned * min(DEFAULT_SCANNED, size.n_bisected)
    tables = {"methods": table(lines, size.seeds), "ratios": ratios(lines, n_of_scan)}
    for name, rows in tables.items():
        print("", *rows, sep="\n")
        if not is_quick:
            write(name, rows)


if __name__ == "__main__":
    main()
