"""The one door to comparisons: scenarios run side by side under the same luck."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from sim.engines.memory import free_bytes
from sim.engines.run import checked_request, run
from sim.results.records import SIZE_MEASURES
from sim.scenario.schema import Scenario
from sim.studies.compare.common_days import common_days, shortened
from sim.studies.compare.comparison import Comparison
from sim.studies.compare.evaluate import evaluated
from sim.studies.compare.paired_counts import Gathered, gather
from sim.studies.compare.stored import LONGEST_LABEL, is_label

Progress = Callable[[int, int], None]

NATION_DAYS_A_BLOCK, MOST_RUNS_A_BLOCK = 3e7, 10_000
"""Some tenths of a second's work for each scenario, and a bound on the rows in memory."""

BYTES_A_NUMBER = 8
COPIES = 3
"""Of the outcomes of all runs that are in memory when differences are evaluated, at most."""


class Comparing(NamedTuple):
    """What is to be compared.

    Attributes
    ----------
    scenarios, over_common_days : tuples of Scenario
        As they were given, and as they are run.
    labels : tuple of str
    seed, n_runs : int
    workers : int or None
    """

    scenarios: tuple[Scenario, ...]
    over_common_days: tuple[Scenario, ...]
    labels: tuple[str, ...]
    seed: int
    n_runs: int
    workers: int | None


def compare(
    scenarios: Mapping[str, Scenario],
    runs: int = 1000,
    seed: int = 0,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Compare scenarios under the same luck: the others with the first of them.

    Every scenario is run under the same seed and run numbers. Every draw is a function of seed,
    run, name and purpose, so run r is the same luck in all of them (common random numbers
    [GlassermanYao1992]_), and what differs in that run is due to the scenarios alone. The mean
    difference over runs is still known to a Monte Carlo error: other runs have other luck.

    Parameters
    ----------
    scenarios : mapping of label to Scenario
        Two or more; the first is the base.
    runs : int, at least 1
        Of each scenario.
    seed : int, from 0 to 2**64 - 1
    workers : int, optional
        Threads; as many as there are processors by default. Results do not depend on it.
    progress : callable of (runs done, all runs), optional
        Over all scenarios together.

    Returns
    -------
    Comparison

    Raises
    ------
    ValueError
        If an argument is out of range, there are fewer than two scenarios, or they are of
        different length and cannot be cut to one (see `shortened`).
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
    """
    comparing = prepared(scenarios, runs, seed, workers)
    done: Gathered | None = None
    for block in blocks(comparing, progress):
        done = block if done is None else done.with_block(block)
    assert done is not None
    return compared(comparing, done)


def prepared(
    scenarios: Mapping[str, Scenario], runs: int = 1000, seed: int = 0, workers: int | None = None
) -> Comparing:
    """What is to be compared, checked.

    Raises
    ------
    ValueError, MemoryError
        See `compare`.
    """
    _check_scenarios(scenarios)
    request = checked_request(runs, seed, 0, workers, True)
    given = tuple(scenarios.values())
    days = common_days(given)
    comparing = Comparing(
        given,
        tuple(shortened(scenario, days) for scenario in given),
        tuple(scenarios),
        request.seed,
        request.n_runs,
        workers,
    )
    _check_memory(comparing)
    return comparing


def blocks(comparing: Comparing, progress: Progress | None = None) -> Iterator[Gathered]:
    """What is kept of all runs, a block of runs at a time, in order.

    Yields
    ------
    Gathered
        After every scenario has been run so far.
    """
    scenarios = comparing.over_common_days
    size = runs_a_block(comparing)
    for first in range(0, comparing.n_runs, size):
        n_runs = min(size, comparing.n_runs - first)
        ensembles = [
            run(
                scenario,
                runs=n_runs,
                seed=comparing.seed,
                workers=comparing.workers,
                first_run=first,
                progress=_shifted(progress, comparing, len(scenarios) * first + place * n_runs),
            )
            for place, scenario in enumerate(scenarios)
        ]
        yield gather(ensembles)


def compared(comparing: Comparing, done: Gathered) -> Comparison:
    """The comparison of the runs that were done, which may be fewer than were wanted."""
    return Comparison(
        comparing.scenarios,
        comparing.labels,
        comparing.seed,
        done.n_runs,
        common_days(comparing.scenarios),
        evaluated(done, comparing.scenarios, comparing.labels),
    )


def runs_a_block(comparing: Comparing) -> int:
    """Number of runs of each scenario in a block."""
    days = common_days(comparing.scenarios)
    largest = max(len(scenario.nations) for scenario in comparing.scenarios)
    return min(MOST_RUNS_A_BLOCK, max(1, int(NATION_DAYS_A_BLOCK / (largest * days))))


def bytes_needed(comparing: Comparing) -> int:
    """Memory for the outcomes of every run and for the differences by day."""
    n_outcomes = sum(
        6 + len(scenario.contributions) + len(scenario.conditions)
        for scenario in comparing.scenarios
    )
    n_nations = [len(scenario.nations) for scenario in comparing.scenarios]
    n_days = common_days(comparing.scenarios) + 1
    n_counts = sum(n_days * (n_nations[0] + n + 1) for n in n_nations[1:]) * len(SIZE_MEASURES)
    by_run = comparing.n_runs * n_outcomes
    largest = 2 * comparing.n_runs
    return BYTES_A_NUMBER * (by_run + COPIES * (largest + n_counts))


def _check_scenarios(scenarios: Any) -> None:
    """Refuse what is no mapping of two labels or more to scenarios."""
    if not isinstance(scenarios, Mapping):
        raise ValueError(
            "scenarios: they must be given as a mapping of label to Scenario, such as "
            f"{{'as it is': base, 'changed': other}}, not as {type(scenarios).__name__}"
        )
    if len(scenarios) < 2:
        raise ValueError(f"scenarios: there must be at least 2 to compare, not {len(scenarios)}")
    for label, scenario in scenarios.items():
        if not is_label(label):
            raise ValueError(
                f"scenarios: the label {label!r} must be text of 1 to {LONGEST_LABEL} letters"
            )
        if not isinstance(scenario, Scenario):
            given = type(scenario).__name__
            raise ValueError(f"scenarios: {label!r} must be a Scenario, and is of type {given}")


def _check_memory(comparing: Comparing) -> None:
    needed, free = bytes_needed(comparing), free_bytes()
    if free is not None and needed > free:
        raise MemoryError(
            f"{comparing.n_runs:,} runs of these scenarios need {needed / 1e9:,.1f} GB of memory "
            f"to be compared, and {free / 1e9:,.1f} GB is free: ask for fewer runs or scenarios"
        )


def _shifted(progress: Progress | None, comparing: Comparing, before: int) -> Progress | None:
    """Progress over all scenarios out of that of one block of one."""
    if progress is None:
        return None
    of_all = comparing.n_runs * len(comparing.scenarios)
    return lambda done, _: progress(before + done, of_all)
