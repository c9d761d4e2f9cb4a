"""Check what `willing keystone` claims on Paris 2025: ranks, shared luck, and its time.

Run ``python experiments/keystone_checks/study.py``; ``--quick`` tries few runs, writes nothing.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import sim
from sim.scenario.load import load_scenario, scenario_from_dict
from sim.scenario.schema import Scenario
from sim.studies.jobs.run import run_study
from sim.studies.jobs.study import joined
from sim.studies.keystone.effects import Singles
from sim.studies.keystone.levers import Levers
from sim.studies.keystone.ranks import ranks_of
from sim.studies.keystone.study import KeystoneStudy

FOLDER = Path(__file__).resolve().parent
README = FOLDER / "README.md"
MARK_BEGIN, MARK_END = "<!-- checks: begin -->", "<!-- checks: end -->"

N_SEEDS, N_RUNS = 20, 2000
QUICK_SEEDS, QUICK_RUNS = 3, 40
N_TIMES, TIMED_RUNS = 7, 1000
FEASIBLE = 0.1

Reals = NDArray[np.float64]


class Measured(NamedTuple):
    """Effects on the others of one seed.

    Attributes
    ----------
    gains : ndarray, shape (n_runs, n_nations)
        Paired, of those that are feasible in the first seed.
    base, pulled : ndarray, shape (n_nations,)
        Means over runs of the others, in the base and with the announcement.
    """

    gains: Reals
    base: Reals
    pulled: Reals


def against_base(scenario: Scenario, n_runs: int, seed: int) -> KeystoneStudy:
    """The study of a seed that ranks nations, and measures nothing else."""
    return KeystoneStudy(scenario, seed=seed, n_runs=n_runs, never_share=0)


def singles_of(study: KeystoneStudy) -> Singles:
    """Runs of a study, one lever at a time."""
    memory = study.new_memory()
    columns = joined([study.run(memory, job) for job in next(study.steps())])
    return Singles(study.levers, columns, None, True, "others", False)


def measured(singles: Singles, places: list[int]) -> Measured:
    """Effects of some nations."""
    series = [singles.series("others", place) for place in places]
    base, pulled = (np.stack(each, axis=1) for each in zip(*series, strict=True))
    return Measured(pulled - base, base.mean(axis=0), pulled.mean(axis=0))


def ranks_over_seeds(scenario: Scenario, n_seeds: int, n_runs: int) -> dict[str, str]:
    """How ranks of one seed fit those of others, and what shared luck saves."""
    singles = singles_of(against_base(scenario, n_runs, 0))
    chances = singles.columns["base_reached"].mean(axis=0)
    levers = singles.levers.found
    places = [at for at, each in enumerate(levers) if chances[each.nation] >= FEASIBLE]
    seeds = [
        measured(singles_of(against_base(scenario, n_runs, seed)), places)
        for seed in range(n_seeds)
    ]
    pooled = np.mean([each.gains.mean(axis=0) for each in seeds], axis=0)
    true_rank = np.array([1 + int((pooled > each).sum()) for each in pooled])
    above = np.zeros((len(places), len(places)), dtype=int)
    n_apart, n_wrong_pooled, n_turned, n_held = [], 0, 0, 0
    orders = [each.gains.mean(axis=0) for each in seeds]
    for seed, each in enumerate(seeds):
        ranks = ranks_of(each.gains, seed)
        above += ranks.is_above
        n_apart.append(int(ranks.is_above.sum()))
        n_wrong_pooled += int((ranks.is_above & (pooled[:, None] <= pooled[None, :])).sum())
        n_held += int(((ranks.low <= true_rank) & (true_rank <= ranks.high)).all())
        for other in orders:
            n_turned += int((ranks.is_above & (other[:, None] < other[None, :])).sum())
    contradicted = int(((above > 0) & (above.T > 0)).sum() // 2)
    n_pairs = len(places) * (len(places) - 1) // 2
    paired = np.var([each.gains.mean(axis=0) for each in seeds], axis=0, ddof=1)
    pairs = [(a, b) for a in range(n_seeds) for b in range(n_seeds) if a != b]
    apart = np.var([seeds[a].pulled - seeds[b].base for a, b in pairs], axis=0)
    return {
        "nations that are ranked, pairs of them": f"{len(places)}, {n_pairs}",
        "pairs told apart by one seed": f"{min(n_apart)} to {max(n_apart)}",
        "pairs told apart in opposite orders by two seeds": f"{contradicted}",
        "pairs told apart in another order than that of all seeds together": f"{n_wrong_pooled}",
        "share of such pairs whose means have the other order in some other seed": (
            f"{100 * n_turned / max(1, n_seeds * sum(n_apart)):.2f} %"
        ),
        "seeds in which all ranks of all seeds together lie in their intervals": (
            f"{n_held} of {n_seeds}"
        ),
        "variance of an effect over seeds: independent seeds for the two sides, divided by one": (
            f"{np.median(apart / paired):.0f} (median), {(apart / paired).min():.0f} to "
            f"{(apart / paired).max():.0f}"
        ),
    }


def times(scenario: Scenario, n_times: int, n_runs: int) -> dict[str, str]:
    """Processor time of the study against that of plain ensembles, the least of several each."""
    announced = [
        scenario_from_dict(
            {"base": scenario, "add_events": [{"date": 1, "move": nation.id, "to": "public"}]}
        )
        for nation in scenario.nations
    ]
    for each in announced:
        sim.run(each, runs=20, workers=1)
    plain, ranked, default, whole = [], [], [], []
    for seed in range(n_times):
        begin = time.process_time()
        for each in announced:
            sim.run(each, runs=n_runs, seed=seed, workers=1, keep="summary")
        plain.append(time.process_time() - begin)
        for into, study in (
            (ranked, against_base(scenario, n_runs, seed)),
            (default, KeystoneStudy(scenario, seed=seed, n_runs=n_runs)),
            (whole, KeystoneStudy(scenario, seed=seed, n_runs=n_runs, never_share=1)),
        ):
            begin = time.process_time()
            run_study(study, workers=1)
            into.append(time.process_time() - begin)
    n_levers = len(Levers(scenario).found)
    return {
        f"{len(announced)} plain ensembles of {n_runs:,} runs": f"{min(plain):.2f} s",
        f"ranks against the base, {1 + n_levers} ensembles": (
            f"{min(ranked):.2f} s, {min(ranked) / min(plain):.2f} times"
        ),
        "and against never public, by 6 % of the runs in which a nation is public": (
            f"{min(default):.2f} s, {min(default) / min(plain):.2f} times"
        ),
        "by all of them (`--never-share 1`)": (
            f"{min(whole):.2f} s, {min(whole) / min(plain):.2f} times"
        ),
    }


def main() -> None:
    """Check, print, and write the table into the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="few runs; nothing is written")
    is_quick = parser.parse_args().quick
    scenario = load_scenario("paris_2025")
    n_seeds, n_runs = (QUICK_SEEDS, QUICK_RUNS) if is_quick else (N_SEEDS, N_RUNS)
    rows = ranks_over_seeds(scenario, n_seeds, n_runs)
    rows |= times(scenario, *((1, 40) if is_quick else (N_TIMES, TIMED_RUNS)))
    lines = [f"| {n_seeds} seeds of {n_runs:,} runs | |", "| --- | --- |"]
    lines += [f"| {what} | {found} |" for what, found in rows.items()]
    table = "\n".join(lines)
    print(table)
    if not is_quick:
        text = README.read_text(encoding="utf-8")
        marked = re.compile(f"{re.escape(MARK_BEGIN)}.*{re.escape(MARK_END)}", re.DOTALL)
        README.write_text(
            marked.sub(lambda _: f"{MARK_BEGIN}\n{table}\n{MARK_END}", text), encoding="utf-8"
        )


if __name__ == "__main__":
    main()
