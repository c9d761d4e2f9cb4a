"""A study of a tipping point in jobs: bisections, scans, ramps, and runs near a root."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import count
from math import inf, log
from typing import Any, ClassVar

import numpy as np

from sim.core.kernel.world import LANES
from sim.engines.block_runner import RunBlock
from sim.engines.memory import check_memory, checked_arrays, sizes_of
from sim.results.records import SIZE_MEASURES
from sim.scenario.schema import Scenario
from sim.store.kinds import TIPPING, Kind
from sim.studies.jobs.study import (
    Column,
    Columns,
    Job,
    JobStudy,
    Steps,
    cut_into_jobs,
    joined,
)
from sim.studies.tipping.bisection import (
    Changes,
    Positions,
    Truths,
    bisect,
    n_evaluations,
    n_on_grid,
)
from sim.studies.tipping.level_runs import LevelRuns, is_public
from sim.studies.tipping.loop import Hysteresis, loop_of
from sim.studies.tipping.options import (
    Options,
    check_options,
    checked_outcome,
    checked_paths,
    corners_of,
)
from sim.studies.tipping.ramp import (
    Passages,
    Ramp,
    RampRuns,
    bar_of,
    check_ramp,
    ramp_scenario,
    ramps_of,
)
from sim.studies.tipping.result import SharpRoot, Slice, Tipping
from sim.studies.tipping.root import (
    FIRST_RUNS_FACTOR,
    MOST_GROWTH,
    WINDOW_CONFIDENCE,
    Root,
    fitted_root,
    n_needed,
)
from sim.studies.tipping.scan import (
    NationLevels,
    Scan,
    Turns,
    changes_of,
    nation_levels,
    turns_of,
)
from sim.studies.tipping.tables import tipping_tables
from sim.studies.tipping.thresholds import Thresholds, rises_along, thresholds_of

MOST_RUNS_A_JOB = 4096

N_SLICES = 11
"""Levels of a second path."""

PRECISION = 0.005
"""Of the way: half the width to which a root is sharpened, unless it is given."""

MOST_STAGES = 6
"""How often the runs near a root are added to, at most."""


class Memory:
    """What one thread works in: runs along the path, at one level of the second."""

    def __init__(self) -> None:
        self.slice: int | None = None
        self.runs: LevelRuns | None = None


class TippingStudy(JobStudy[Memory, Tipping]):
    """The level at which an outcome turns.

    Parameters
    ----------
    scenario : Scenario
    asked : Options
    seed : int
    command : str

    Raises
    ------
    AlongError, OutcomeError, ScenarioError
        It cannot be asked of the scenario.
    """

    kind: ClassVar[Kind] = TIPPING

    def __init__(self, scenario: Scenario, asked: Options, seed: int, command: str) -> None:
        self.scenario, self.asked, self.seed, self.command = scenario, asked, seed, command
        self.levels, self.second = checked_paths(scenario, asked)
        self.corners = corners_of(scenario, self.levels, self.second)
        self.outcome = checked_outcome(scenario, asked.outcome, self.corners)
        check_options(asked, self.levels, self.second)
        self.bar, self.ramps = (0, 0.0), tuple[Ramp, ...]()
        if asked.back:
            check_ramp(self.levels)
            self.bar = bar_of(self.outcome, scenario)
            self.ramps = ramps_of(scenario, asked.ramp)

    # What a study in jobs is asked

    def options(self) -> dict[str, Any]:
        """What decides the result beside the scenario and the seed."""
        paths = [self.levels] if self.second is None else [self.levels, self.second]
        # Paths last: a message about another study in the folder is cut short.
        others = {key: value for key, value in self.asked._asdict().items() if key != "along"}
        return {**others, "along": [[each.path, each.ends] for each in paths]}

    def columns(self, job: Job) -> dict[str, Column]:
        """What a job finds."""
        n_nations = len(self.scenario.nations)
        match job.name:
            case "bisect":
                ends = dict.fromkeys(("at_low", "at_high"), Column("bool"))
                return ends | dict.fromkeys(("below", "above"), Column("int32"))
            case "scan":
                grid = {"holds": Column("bool", len(self.levels.grid()))}
                return (
                    grid
                    | self.columns(Job("bisect", 0))
                    | {
                        "public_at_low": Column("bool", n_nations),
                        "public_first": Column("int16", n_nations),
                        "public_n_changes": Column("int16", n_nations),
                    }
                )
            case "ramp":
                steps = 2 * self.ramps[job.given["ramp"]].n_steps + 1
                ways = dict.fromkeys(("up", "down"), Column("int32"))
                return ways | {"size": Column("int32", steps)}
            case _:
                return {"x": Column("float64"), "has_turned": Column("bool")}

    def new_memory(self) -> Memory:
        """What one thread works in."""
        return Memory()

    def run(self, memory: Memory, job: Job) -> Columns:
        """Do a job."""
        first, n_runs = job.given["first"], job.given["runs"]
        if job.name == "ramp":
            ramp = RampRuns(self.scenario, self.levels, self.ramps[job.given["ramp"]])
            rises = job.given["rises"]
            return ramp.passages(self.seed, first, n_runs, self.bar, rises)._asdict()
        place = job.given["slice"]
        if memory.runs is None or memory.slice != place:
            memory.runs = None  # frees its memory before the next is laid out
            memory.slice, memory.runs = place, LevelRuns(self._scenario_at(place), self.levels)
        if job.name == "bisect":
            runs, last = memory.runs, self.levels.last
            return bisect(lambda at: self._holds_at(runs, first, at), n_runs, last)._asdict()
        if job.name == "scan":
            return self._scanned(memory.runs, first, n_runs)
        begin, end = job.given["window"]
        # Evenly over the window, and evenly from job to job.
        x = begin + (end - begin) * (np.arange(n_runs) + 0.5) / n_runs
        holds = memory.runs.read(self.seed, first, self.levels.at(x), self._holds)
        return {"x": x, "has_turned": holds == job.given["rises"]}

    def _holds(self, block: RunBlock) -> Truths:
        return np.asarray(self.outcome.values(block) > 0)

    def _holds_and_public(self, block: RunBlock) -> Truths:
        return np.column_stack([self._holds(block), is_public(block)])

    def _holds_at(self, runs: LevelRuns, first: int, positions: Positions) -> Truths:
        """The outcome of some runs, each at a position of its own."""
        return runs.read(self.seed, first, self.levels.values[positions], self._holds)

    def _scanned(self, runs: LevelRuns, first: int, n_runs: int) -> Columns:
        """Runs at every level of the grid, and bisected: at first by what is known of these."""
        grid, last = self.levels.grid(), self.levels.last
        found = np.stack(
            [
                runs.read(self.seed, first, np.full(n_runs, value), self._holds_and_public)
                for value in self.levels.values[grid]
            ],
            axis=-1,
        )
        holds, evaluation = found[:, 0], count()
        n_known = n_on_grid(grid, last)

        def holds_at(positions: Positions) -> Truths:
            if next(evaluation) < n_known:
                return np.asarray(holds[np.arange(n_runs), np.searchsorted(grid, positions)])
            return self._holds_at(runs, first, positions)

        public = turns_of(found[:, 1:])._asdict()
        return {
            "holds": holds,
            **bisect(holds_at, n_runs, last)._asdict(),
            **{f"public_{name}": each for name, each in public.items()},
        }

    def _scenario_at(self, place: int) -> Scenario:
        """The scenario at a level of the second path."""
        if self.second is None:
            return self.scenario
        return self.scenario.with_value(self.second.path, self.slices[place])

    @cached_property
    def slices(self) -> list[float]:
        """Levels of the second path."""
        if self.second is None:
            return []
        return [float(value) for value in self.second.values[self.second.grid(N_SLICES)]]

    # Jobs

    def steps(self) -> Steps[Tipping]:
        """Bisect and scan; then go up and down; then sharpen."""
        asked, n_slices = self.asked, max(1, len(self.slices))
        middle = n_slices // 2
        scans = list(self._jobs("scan", 0, asked.scanned, middle))
        bisections = [
            list(self._jobs("bisect", asked.scanned * (place == middle), asked.runs, place))
            for place in range(n_slices)
        ]
        jobs = [*scans, *(job for each in bisections for job in each)]
        n_made = sum(job.n_runs for job in jobs)
        found = iter((yield jobs))
        scanned = joined([next(found) for _ in scans])
        changes = []
        for place, jobs in enumerate(bisections):
            parts = [next(found) for _ in jobs]
            if place == middle:  # the first of its runs are those that were scanned
                parts.insert(0, {name: scanned[name] for name in Changes._fields})
            changes.append(Changes(**joined(parts)))
        at_low, at_high = (
            np.concatenate([getattr(each, end) for each in changes])
            for end in ("at_low", "at_high")
        )
        rises = rises_along(at_low, at_high)
        thresholds = [thresholds_of(each, rises, self.levels) for each in changes]
        scan, nations = self._scan_of(scanned, thresholds[middle], rises)
        hysteresis = None
        if self.ramps:
            ways = [list(self._ramp_jobs(place, rises)) for place in range(len(self.ramps))]
            n_made += sum(job.n_runs for each in ways for job in each)
            found = iter((yield [job for each in ways for job in each]))
            passages = [Passages(**joined([next(found) for _ in each])) for each in ways]
            loops = (
                loop_of(each, ramp, self.levels)
                for each, ramp in zip(passages, self.ramps, strict=True)
            )
            measure, least = self.bar
            name = f"{SIZE_MEASURES[measure]}>={least:g}"
            hysteresis = Hysteresis(tuple(loops), name)
        sharpened = None
        if asked.sharpen is not None:
            sharpened = yield from self._sharpened(thresholds[0], asked.sharpen, rises)
            n_made += sharpened.n_runs
        ats: list[float | None] = [*self.slices] or [None]
        return Tipping(
            self.scenario,
            asked.outcome,
            self.levels,
            self.second,
            rises,
            tuple(
                Slice(at, each, float(ends.at_low.mean()), float(ends.at_high.mean()))
                for at, each, ends in zip(ats, thresholds, changes, strict=True)
            ),
            scan,
            nations,
            sharpened,
            hysteresis,
            self.seed,
            asked.runs,
            n_made,
            self.command,
        )

    def _scan_of(
        self, columns: Columns, thresholds: Thresholds, rises: bool
    ) -> tuple[Scan, tuple[NationLevels, ...]]:
        """The scan, and the level of each nation."""
        holds = columns["holds"]
        grid = self.levels.on_grid()
        lowest = thresholds_of(changes_of(turns_of(holds)), rises, grid)
        n = self.asked.scanned
        same = Thresholds(self.levels, thresholds.below[:n], thresholds.above[:n])
        scan = Scan(holds, lowest, same, rises)
        if self.second is not None:
            return scan, ()
        return scan, tuple(
            nation_levels(
                nation.id,
                nation.name,
                Turns._make(columns[f"public_{name}"][:, i] for name in Turns._fields),
                grid,
            )
            for i, nation in enumerate(self.scenario.nations)
        )

    def _sharpened(self, thresholds: Thresholds, chance: float, rises: bool) -> Steps[SharpRoot]:
        """Runs near a root, until its interval is narrow enough."""
        share = chance if rises else 1 - chance  # of runs that have turned
        rough, window = (
            thresholds.quantile(share, *confidence) for confidence in ((), (WINDOW_CONFIDENCE,))
        )
        precision = self.asked.precision or self._precision_at(rough.level)
        if abs(rough.level) == inf:
            return SharpRoot(chance, *rough[1:], n_runs=0, precision=precision, fits=True)
        begin = max(window.low, self.levels.low)
        end = min(window.high, self.levels.high)
        ends = self.levels.share(begin), self.levels.share(end)
        most = MOST_GROWTH * thresholds.n_runs
        wanted = int(FIRST_RUNS_FACTOR * thresholds.n_runs)
        half = (min(rough.high, end) - max(rough.low, begin)) / 2
        x, has_turned = np.empty(0), np.empty(0, dtype=np.bool_)
        for _ in range(MOST_STAGES):
            wanted = max(n_needed(wanted, half, precision, most), min(most, len(x) + LANES))
            jobs = list(self._root_jobs(thresholds.n_runs + len(x), wanted - len(x), ends, rises))
            found = yield jobs
            new = joined(found)
            x = np.concatenate([x, new["x"]])
            has_turned = np.concatenate([has_turned, new["has_turned"]])
            root = self._in_levels(fitted_root(x, has_turned, share, ends), window.low, window.high)
            half = (root.high - root.low) / 2
            if half <= precision or len(x) >= most:
                break
        return SharpRoot(chance, root.estimate, root.low, root.high, len(x), precision, root.fits)

    def _precision_at(self, level: float) -> float:
        """The precision by default: its share of the way, in levels about this one."""
        low, high = self.levels.low, self.levels.high
        if self.levels.spacing == "log":
            return PRECISION * min(max(level, low), high) * log(high / low)
        return PRECISION * (high - low)

    def _in_levels(self, root: Root, least: float, most: float) -> Root:
        """A root as levels, unbounded where it is at an end of the path that it may lie beyond."""
        at = self.levels.at(np.array(root[:3]))
        low = -inf if root.low == 0 and least == -inf else float(at[1])
        high = inf if root.high == 1 and most == inf else float(at[2])
        return Root(float(at[0]), low, high, root.fits)

    def _jobs(self, name: str, first: int, end: int, place: int) -> Iterator[Job]:
        """Bisections or scans of the runs from the first up to the end, block by block."""
        n_tries = self._n_tries(name == "scan")
        for begin, runs in self._blocks(end - first, self.scenario.days * n_tries):
            yield Job(name, runs * n_tries, {"first": first + begin, "runs": runs, "slice": place})

    def _n_tries(self, is_scan: bool) -> int:
        """Runs of the model for a threshold, and for one of a run that is scanned as well."""
        levels, grid = self.levels, self.levels.grid()
        if not levels.slots:
            return levels.last + 1  # at most, and of each level all runs
        n_bisected = n_evaluations(levels.last)
        return n_bisected + (len(grid) - n_on_grid(grid, levels.last) if is_scan else 0)

    def _ramp_jobs(self, place: int, rises: bool) -> Iterator[Job]:
        for first, runs in self._blocks(self.asked.runs, self.ramps[place].n_days):
            yield Job("ramp", runs, {"first": first, "runs": runs, "ramp": place, "rises": rises})

    def _root_jobs(
        self, after: int, n_runs: int, window: tuple[float, float], rises: bool
    ) -> Iterator[Job]:
        for first, runs in self._blocks(n_runs, self.scenario.days):
            given = {"first": after + first, "runs": runs, "slice": 0}
            yield Job("near", runs, {**given, "window": list(window), "rises": rises})

    def _blocks(self, n_runs: int, n_days: int) -> Iterator[tuple[int, int]]:
        """First runs and numbers of runs, each of so many days."""
        work = len(self.scenario.nations) * n_days
        return cut_into_jobs(n_runs, work, LANES, MOST_RUNS_A_JOB)

    def n_expected(self) -> int:
        """About how many runs it takes."""
        asked = self.asked
        n = self._n_tries(False) * (asked.runs * max(1, len(self.slices)) - asked.scanned)
        n += self._n_tries(True) * asked.scanned
        n += asked.runs * len(self.ramps)
        return n + (5 * asked.runs if asked.sharpen is not None else 0)

    def tables(self, result: Tipping) -> dict[str, str]:
        """Texts of the tables, by name of file."""
        return tipping_tables(result)

    def notes(self) -> Iterator[str]:
        """What the scenario has at its paths that counts for nothing, one line each."""
        for levels in (self.levels, self.second):
            if levels is not None and self.scenario.parameter(levels.path).is_random:
                yield f"{levels.path} is drawn in the scenario; here it has the levels of the path"

    def problem(self) -> None:
        """Raise what is wrong with it before any run: too little memory."""
        check_memory(sizes_of(checked_arrays(self.corners[0])), 1)
        if self.ramps:
            longest = ramp_scenario(self.scenario, self.levels, self.ramps[0])
            check_memory(sizes_of(checked_arrays(longest)), 1)
