"""Scenarios run side by side with common random numbers, and compared run by run."""

from __future__ import annotations

import os
from collections.abc import Callable, Container, Mapping, Sequence
from itertools import chain, count
from pathlib import Path
from typing import Any

from sim.core.kernel.simulate import RandomValues
from sim.engines.block_runner import BlockRunner, as_records, new_rows, widened
from sim.engines.memory import bytes_of_ties, checked_arrays, free_bytes
from sim.engines.request import checked_request
from sim.engines.threads import OrderedThreads
from sim.results.records import SIZE_MEASURES
from sim.scenario.arrays.random import drawn_values
from sim.scenario.events import event_keys
from sim.scenario.load import scenario_of
from sim.scenario.schema import Scenario
from sim.studies.compare.comparison import Comparison
from sim.studies.compare.evaluate import evaluated
from sim.studies.compare.others import Other, as_others, label_of, other_scenario
from sim.studies.compare.paired_counts import PairedRuns, paired_runs
from sim.studies.compare.stored import LONGEST_LABEL, is_label

Given = Scenario | str | os.PathLike[str]
"""A scenario, or the file or shipped name of one."""

Progress = Callable[[int, int], None]

NATION_DAYS_A_BLOCK, MOST_RUNS_A_BLOCK = 3e7, 1024
"""Some tenths of a second's work per scenario, and a limit of the rows in memory."""

BLOCKS_PER_WORKER = 2

BYTES_A_NUMBER = 8
COPIES = 3
"""Most copies of the outcomes of all runs in memory while differences are evaluated."""


def compare(
    scenarios: Mapping[str, Given] | Given,
    runs: int = 1000,
    seed: int = 0,
    workers: int | None = None,
    progress: Progress | None = None,
    *,
    with_: Mapping[str, Other] | Sequence[Other] = (),
) -> Comparison:
    """Compare scenarios with the first of them, using common random numbers.

    Every scenario is run under the same seed and run numbers. Every draw is a function of seed,
    run, name and purpose, so run r has the same random numbers in all of them
    [GlassermanYao1992]_, and what differs in that run is due to the scenarios alone. The mean
    difference over runs still has a Monte Carlo error: other runs have other random numbers.

    Parameters
    ----------
    scenarios : mapping of label to Scenario, or Scenario, or str or path
        Two or more; the first is the base. Each may be given by its file or shipped name. With
        `with_` a single scenario is enough.
    runs : int, at least 1
        Of each scenario.
    seed : int, from 0 to 2**64 - 1
    workers : int, optional
        Threads; as many as there are processors by default. Results do not depend on it.
    progress : callable of (runs done, all runs), optional
        Over all scenarios together.
    with_ : sequence, or mapping of label to what differs, optional
        More scenarios, each the base with a difference: a mapping of path to value,
        ``"PATH=VALUE"`` or the path of a variant file, as by ``--with``.

    Returns
    -------
    Comparison

    Raises
    ------
    ValueError
        If an argument is out of range, there are fewer than two scenarios, or they are of
        different length and cannot be cut to one (see `shortened`).
    ScenarioError, TypeError
        If there is no such scenario, or something else is given.
    MemoryError
        If there is too little for the outcomes of so many runs.

    Examples
    --------
    >>> import sim
    >>> base = sim.load_scenario("paris_2025")
    >>> more = base.with_changes({"conditions.us_backing.level": 0.8})
    >>> found = sim.compare({"as it is": base, "more backing": more}, runs=200, seed=1)
    >>> bool(found.difference("more backing").outcome("size").low > 0)
    True

    The same in short:

    >>> sim.compare("paris_2025", runs=20, with_=["conditions.us_backing.level=0.8"]).labels
    ('paris_2025', 'us_backing.level=0.8')
    """
    work = ComparisonRun(with_others(scenarios, with_), runs, seed, workers)
    work.run(progress)
    comparison = work.done()
    assert comparison is not None
    return comparison


class ComparisonRun:
    """A comparison in progress; if it is stopped, `done` covers the runs so far.

    Parameters
    ----------
    scenarios, runs, seed, workers
        As those of `compare`.

    Raises
    ------
    ValueError, MemoryError
        As `compare`.
    """

    def __init__(
        self,
        scenarios: Mapping[str, Given],
        runs: int = 1000,
        seed: int = 0,
        workers: int | None = None,
    ) -> None:
        found = _by_label(scenarios)
        if len(found) < 2:
            raise ValueError(
                f"scenarios: there must be at least 2 to compare, not {len(found)}; with_ makes "
                "others of the first, as in with_=['days=90']"
            )
        self.request = checked_request(runs, seed, 0, workers, keeps_runs=True)
        self.scenarios, self.labels = tuple(found.values()), tuple(found)
        self.n_days = min(scenario.days for scenario in self.scenarios)
        self._shortened = [shortened(scenario, self.n_days) for scenario in self.scenarios]
        self._runs: PairedRuns | None = None
        parts = self._bytes_needed()
        needed, free = sum(parts.values()), free_bytes()
        if free is not None and needed > free:
            advice = max(parts, key=parts.__getitem__)
            raise MemoryError(
                f"{self.request.n_runs:,} runs of these scenarios need {needed / 1e9:,.1f} GB of "
                f"memory to be compared, and {free / 1e9:,.1f} GB is free: ask for {advice}"
            )

    def run(self, progress: Progress | None = None) -> None:
        """Run, with progress as in `compare`; this may be interrupted."""
        n_runs, n_scenarios = self.request.n_runs, len(self.scenarios)
        step = self.runs_a_block()
        todo = [range(first, min(first + step, n_runs)) for first in range(0, n_runs, step)]
        n_workers = min(self.request.workers, len(todo))
        arrays = [checked_arrays(scenario, n_workers) for scenario in self._shortened]
        threads = OrderedThreads([[BlockRunner(each) for each in arrays] for _ in range(n_workers)])
        for block in threads.results(self._run_block, todo, ahead=n_workers):
            self._runs = block if self._runs is None else self._runs + block
            if progress is not None:
                progress(self._runs.n_runs * n_scenarios, n_runs * n_scenarios)

    def done(self) -> Comparison | None:
        """The comparison over the runs that are done; None if there are none."""
        if self._runs is None:
            return None
        return Comparison(
            self.scenarios,
            self.labels,
            self.request.seed,
            self._runs.n_runs,
            self.n_days,
            evaluated(self._runs, self.scenarios, self.labels),
        )

    def runs_a_block(self) -> int:
        """Number of runs of each scenario in a block."""
        fair = -(-self.request.n_runs // (self.request.workers * BLOCKS_PER_WORKER))
        largest = max(len(scenario.nations) for scenario in self.scenarios)
        short = int(NATION_DAYS_A_BLOCK / (largest * self.n_days))
        return max(1, min(MOST_RUNS_A_BLOCK, fair, short))

    def _run_block(self, runners: list[BlockRunner], numbers: range) -> PairedRuns:
        """The same runs of every scenario."""
        found = []
        for runner in runners:
            seed, n_runs = self.request.seed, len(numbers)
            drawn = RandomValues(*drawn_values(runner.arrays.drawn, seed, numbers.start, n_runs))
            rows = new_rows(n_runs, runner.sizes)
            runner.fill(rows, seed, numbers.start, drawn)
            found.append(as_records(widened(rows), runner.sizes))
        return paired_runs(self._shortened, found)

    def _bytes_needed(self) -> dict[str, int]:
        """Memory for the outcomes of every run, differences by day and ties, by what reduces it."""
        n_outcomes = sum(
            6 + len(scenario.contributions) + len(scenario.conditions)
            for scenario in self.scenarios
        )
        first, *others = (len(scenario.nations) for scenario in self.scenarios)
        n_values = sum(first + other + 1 for other in others)
        n_counts = (self.n_days + 1) * n_values * len(SIZE_MEASURES)
        n_runs = self.request.n_runs
        ties = [bytes_of_ties(each, self.request.workers) for each in self.scenarios]
        most = self.labels[ties.index(max(ties))]
        return {
            "fewer runs or scenarios": BYTES_A_NUMBER * n_runs * (n_outcomes + 2 * COPIES),
            "fewer days, nations or scenarios": BYTES_A_NUMBER * COPIES * n_counts,
            f"fewer scenarios or workers, or for smaller groups in {most}": sum(ties),
        }


def with_others(
    scenarios: Mapping[str, Given] | Given, others: Mapping[str, Other] | Sequence[Other]
) -> Mapping[str, Scenario]:
    """The scenarios of a comparison by their labels, those that differ from the first included."""
    others = as_others(others)
    first: Any = scenarios
    if not others or first == {}:  # `ComparisonRun` says what is wrong
        return first  # type: ignore[no-any-return]
    if isinstance(scenarios, Scenario):
        found = {scenarios.title[:LONGEST_LABEL] or "base": scenarios}
    elif isinstance(scenarios, str | os.PathLike):
        found = {Path(scenarios).stem: scenario_of(scenarios)}
    else:
        found = _by_label(scenarios)
        first = next(iter(found.values()))
    given = others.items() if isinstance(others, Mapping) else ((label_of(e), e) for e in others)
    for label, other in given:
        found[new_label(label, found)] = other_scenario(first, other)
    return found


def new_label(label: str, taken: Container[str]) -> str:
    """A label, with a number if it is taken.

    Examples
    --------
    >>> new_label("paris", {"paris", "paris_2"})
    'paris_3'
    """
    numbered = (f"{label}_{number}" for number in count(2))
    return next(name for name in chain([label], numbered) if name not in taken)


def _by_label(scenarios: Any) -> dict[str, Scenario]:
    """Scenarios by their labels, those that are given by file or name loaded."""
    if not isinstance(scenarios, Mapping):
        raise ValueError(
            "scenarios: they must be given as a mapping of label to Scenario, such as "
            f"{{'as it is': base, 'changed': other}}, not as {type(scenarios).__name__}; with_ "
            "compares a single one with what differs, as in with_=['days=90']"
        )
    for label in scenarios:
        if not is_label(label):
            raise ValueError(
                f"scenarios: the label {label!r} must be text of 1 to {LONGEST_LABEL} letters"
            )
    return {label: scenario_of(each, f"scenarios: {label!r}") for label, each in scenarios.items()}


def shortened(scenario: Scenario, days: int) -> Scenario:
    """A scenario that ends sooner, with runs that are identical until then.

    Parameters
    ----------
    scenario : Scenario
    days : int, at most those of the scenario

    Raises
    ------
    ValueError
        An event within the days comes, in the file, after another of its kind and label that is
        dated later than the days in every run. Its random numbers depend on how many such events
        precede it, so they would change.

    Examples
    --------
    >>> from sim.scenario.load import scenario_from_dict
    >>> late = {"date": 9, "meeting": "late"}
    >>> scenario = scenario_from_dict({"days": 10, "nations": ["GBR", "FRA"], "events": [late]})
    >>> shortened(scenario, 4).days, shortened(scenario, 4).events
    (4, ())
    """
    if days == scenario.days:
        return scenario
    is_kept = [event.first_date <= days for event in scenario.events]
    events = tuple(event for event, kept in zip(scenario.events, is_kept, strict=True) if kept)
    fields = {name: getattr(scenario, name) for name in type(scenario).model_fields}
    found = Scenario.model_construct(**{**fields, "days": days, "events": events})
    names = [name for name, kept in zip(event_keys(scenario.events), is_kept, strict=True) if kept]
    for before, after in zip(names, event_keys(found.events), strict=True):
        if before != after:
            _, kind, label = before.rpartition(".")[0].split(".", 2)
            raise ValueError(
                f"scenarios of different length are compared over their first {days} days, and "
                f"one has {kind} {label!r} dated after that before another of the same name: put "
                "them in the order of their dates, or give them names of their own"
            )
    return found
