"""Ask three questions of Paris 2025: who, where, what. Write tables, figures and the page.

Run ``python experiments/who_where_what/study.py``; ``--quick`` makes few runs, prints the page and
writes nothing; ``--page`` writes the page anew from the tables that are there, without any run.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import sim
from experiments.who_where_what.figures import draw
from experiments.who_where_what.page import INPUTS, contradictions, page_of, read_tables
from sim.results.estimates import Mean, chance, mean_of
from sim.scenario.schema import Scenario
from sim.studies.keystone.result import Keystone
from sim.studies.sensitivity.result import Sensitivity
from sim.studies.tipping.result import Tipping

FOLDER = Path(__file__).resolve().parent
SCENARIO, SEED = "paris_2025", 1
COVARIANCE = Path(sim.__file__).parent / "scenario" / "behaviours" / "calibrated_covariance.csv"
BACKING = "conditions.us_backing.level"
PEERS = ("behaviour.resolve.peers", "behaviour.declare.peers")
ANNOUNCING = "behaviour.declare.momentum"
DECLINING = ("behaviour.decline.talks.momentum", "behaviour.decline.willing.momentum")
"""Coefficients of momentum: how far recent announcements make nations announce, or say no."""

THEORY = {**dict.fromkeys(PEERS, 1.0), ANNOUNCING: 5.0}
"""As docs/calibration.md sets the cascades of theory."""

PEER_LEVELS = (-3.0, -2.0, -1.2, 0.0, 1.0, 2.0)

Row = dict[str, Any]
Tables = dict[str, list[Row]]


@dataclass(frozen=True)
class Size:
    """How much is run.

    Attributes
    ----------
    announcements, by_peers : int
        Runs of a base and of each announcement: under each set of numbers, and along peers.
    levels, withdrawn : int
        Runs that are bisected and follow ramps, and that lose US backing half-way.
    points, screened : int
        Points of the sensitivity analysis and of the screening.
    point_runs, scanned : int
    """

    announcements: int
    by_peers: int
    levels: int
    withdrawn: int
    points: int
    screened: int
    point_runs: int = 16
    scanned: int = 200


FULL = Size(4000, 400, 4000, 10_000, 40_000, 8000)
QUICK = Size(20, 20, 40, 40, 640, 1320, point_runs=2, scanned=8)


class Numbers(NamedTuple):
    """A set of numbers of the behaviour, and the options of a command that take it."""

    name: str
    scenario: Scenario
    options: str


def number_sets() -> list[Numbers]:
    """The four sets of numbers under which announcements are tried."""
    plain = sim.load_scenario(SCENARIO)
    changes = " ".join(f"--set {path}={value:g}" for path, value in THEORY.items())
    return [
        Numbers("fitted", plain, ""),
        Numbers("drawn", plain.with_draws("posterior", beside=True), "--parameters posterior"),
        Numbers("theory", plain.with_changes(THEORY), changes),
        Numbers(
            "judged", plain.with_changes({"behaviour": "reasoned"}), "--set behaviour=reasoned"
        ),
    ]


# Who should announce first


def announcements(size: Size) -> Iterator[tuple[Numbers, Keystone]]:
    """Announcements of each nation under each set of numbers."""
    for numbers in number_sets():
        yield numbers, sim.keystone(numbers.scenario, runs=size.announcements, seed=SEED)


def announcement_tables(found: Sequence[tuple[Numbers, Keystone]]) -> Tables:
    """A row a nation and set of numbers, and a row a set of numbers."""
    kept = (
        *("lever", "label", "public", "feasible", "why"),
        *("rank", "rank_low", "rank_high", "ties", "never_runs"),
    )
    nations, sets = [], []
    for numbers, study in found:
        for row in study.effect_rows():
            changes = {
                f"{name}{end}": row[f"{name}{end}"]
                for name in ("size", "others", "others_never", "success")
                for end in ("", "_low", "_high")
            }
            nations.append(
                {"numbers": numbers.name, **{name: row[name] for name in kept}, **changes}
            )
        shared = study.shared_luck
        sets.append(
            {
                "numbers": numbers.name,
                "options": numbers.options,
                "runs": study.n_runs,
                **cells("size", study.base["size"]),
                **cells("success", study.base["success"]),
                **dict(zip(("mean", "mean_low", "mean_high"), mean_effect(study), strict=True)),
                **{name: coefficient(numbers.scenario, path) for name, path in SHOWN.items()},
                "fewer_runs": None if shared is None else shared.median,
            }
        )
    return {"announcements": nations, "sets": sets}


SHOWN = {"peers": PEERS[1], "announcing": ANNOUNCING, "declining": DECLINING[0]}
"""Columns of coefficients that are much alike, of which one is shown."""


def coefficient(scenario: Scenario, path: str) -> str:
    """A coefficient of the behaviour as text: the number, or the range of 90 % of its draws."""
    draws = scenario.draws
    if draws is not None and path in draws.columns:
        low, high = np.quantile(np.array(draws.columns[path]), [0.05, 0.95])
        return f"{low:.1f} to {high:.1f}"
    value = scenario.behaviour
    for step in path.split(".")[1:]:
        value = getattr(value, step)
    return f"{value:.1f}"


def fit_table() -> list[Row]:
    """The coefficients on which the sign hangs, as past coalitions tell them."""
    with COVARIANCE.open(encoding="utf-8", newline="") as file:
        errors = {
            row["parameter"]: sqrt(float(row[row["parameter"]])) for row in csv.DictReader(file)
        }
    plain = sim.load_scenario(SCENARIO)
    return [
        {"parameter": name, "estimate": coefficient(plain, path), "error": errors[name]}
        for name, path in zip(
            ("peers", "momentum to declare", "momentum to decline"), SHOWN.values(), strict=True
        )
    ]


def mean_effect(study: Keystone) -> Mean:
    """Mean effect on the others over all nations that can still announce.

    Its interval is that of effects whose errors go together fully: at least as wide as it is.
    """
    changes = [lever.changes["others"] for lever in study.levers if not lever.why]
    return Mean(*np.mean(np.array(changes), axis=0).tolist())


def peers_table(size: Size) -> list[Row]:
    """The mean effect of an announcement along peers, with both kinds of momentum as is or not."""
    plain, rows = sim.load_scenario(SCENARIO), []
    fitted = {name: float(coefficient(plain, path)) for name, path in SHOWN.items()}
    for announcing in (fitted["announcing"], THEORY[ANNOUNCING]):
        for declining in (fitted["declining"], 0.0):
            kept = {ANNOUNCING: announcing, **dict.fromkeys(DECLINING, declining)}
            for peers in PEER_LEVELS:
                changes = dict.fromkeys(PEERS, peers) | kept
                study = sim.keystone(plain.with_changes(changes), runs=size.by_peers, seed=SEED)
                row = {"announcing": announcing, "declining": declining, "peers": peers}
                rows.append({**row, "runs": study.n_runs, **cells("mean", mean_effect(study))})
    return rows


# How much US backing


def backing(size: Size) -> Iterator[tuple[Numbers, Tipping]]:
    """Where success turns along US backing, and back: as fitted, and with all numbers drawn."""
    for numbers in number_sets()[:2]:
        found = sim.tipping(
            *(numbers.scenario, BACKING, "success", size.levels, SEED),
            scanned=size.scanned,
            back=True,
        )
        yield numbers, found


def backing_tables(found: Sequence[tuple[Numbers, Tipping]]) -> Tables:
    """The chance by level, the levels of some chances, and ramps up and down."""
    curves, levels, ramps = [], [], []
    for numbers, study in found:
        name = {"numbers": numbers.name}
        curve = study.chances(study.levels.grid(99))
        columns = (column.tolist() for column in curve)
        curves += [
            name | dict(zip(curve._fields, row, strict=True)) for row in zip(*columns, strict=True)
        ]
        twice = cells("twice", study.scan.not_monotone()[:3])
        runs = {"runs": study.n_runs, "scanned": study.scan.n_runs}
        levels += [{**name, **runs, **quantile._asdict(), **twice} for quantile in study.quantiles]
        ramps += [name | row for row in ramp_rows(study)]
    return {"backing": curves, "levels": levels, "ramps": ramps}


def ramp_rows(study: Tipping) -> Iterator[Row]:
    """A row for each ramp, and one for what a ramp of no speed would show."""
    both = study.hysteresis
    assert both is not None
    for loop in both.loops:
        mean, _, _ = loop.size_means()
        yield {
            "outcome": both.outcome,
            "days": loop.ramp.days,
            "turned": 1 - loop.up.share_never,
            **cells("gap", mean_of(loop.gaps())),
            "size_low": mean[0],
            "size_high": mean[loop.ramp.n_steps],
            "size_back": mean[-1],
        }
    no_speed = {"outcome": both.outcome, "days": "no speed", "turned": None}
    sizes = dict.fromkeys(("size_low", "size_high", "size_back"))
    yield {**no_speed, **cells("gap", both.gap_without_lag()), **sizes}


def withdrawn_table(size: Size) -> list[Row]:
    """Public nations, and runs with twenty, if high US backing stays and if it is withdrawn."""
    stays, goes = (sim.load_scenario(FOLDER / f"{name}.yaml") for name in ("backed", "withdrawn"))
    day, least = goes.events[-1].first_date, stays.success.public_size
    rows = []
    for numbers in ("fitted", "drawn"):
        both = (stays, goes)
        if numbers == "drawn":
            both = tuple(each.with_draws("posterior", beside=True) for each in both)
        found = [sim.run(each, runs=size.withdrawn, seed=SEED) for each in both]
        has_size = found[0].size[:, day] >= least
        for name, of in zip(("stays", "goes"), found, strict=True):
            on_day, at_end = of.size[:, day], of.size[:, -1]
            is_late = (of.success_day < 0) | (of.success_day > day)
            later = chance(int((is_late & (of.success_day >= 0)).sum()), int(is_late.sum()))
            kept = chance(int((at_end[has_size] >= least).sum()), int(has_size.sum()))
            rows.append(
                {
                    "numbers": numbers,
                    "backing": name,
                    "runs": size.withdrawn,
                    "day": day,
                    **cells("on_day", mean_of(on_day.astype(np.float64))),
                    **cells("at_end", mean_of(at_end.astype(np.float64))),
                    "n_reached": int(has_size.sum()),
                    **cells("kept", (kept.chance, kept.low, kept.high)),
                    "n_late": int(is_late.sum()),
                    **cells("later", (later.chance, later.low, later.high)),
                }
            )
    return rows


# What to find out


def uncertain(size: Size) -> tuple[Sensitivity, Sensitivity]:
    """A split of the variance over the inputs, and a screening of all numbers that there are."""
    scenario = number_sets()[1].scenario
    outcomes, runs = ["success", "size"], size.point_runs
    split = sim.sensitivity(
        scenario, INPUTS, outcomes, points=size.points, runs=runs, seed=SEED, design_seed=SEED
    )
    screening = sim.sensitivity(
        scenario,
        "all",
        outcomes,
        method="morris",
        points=size.screened,
        runs=runs,
        seed=SEED,
        design_seed=SEED,
    )
    return split, screening


def uncertainty_tables(size: Size, split: Sensitivity, screening: Sensitivity) -> Tables:
    """Shares of the inputs, of luck, and sizes of the elementary effects of all numbers."""
    kept = ("outcome", "input", "label", "range")
    ends = ("", ".low", ".high")
    columns = [f"{name}{end}" for name in ("share", "at_low", "at_high") for end in ends]
    shares = [
        {name: row[name] for name in (*kept, *columns)}
        for outcome in split.outcomes
        for row in split.input_rows(outcome)
    ]
    effort = {"asked": size.points, "points": split.study.size.n_all, "runs": split.study.n_runs}
    luck = [split.outcome_row(name) | effort for name in split.outcomes]
    asked = {each.name for each in split.inputs}
    sizes = [
        {name: row[name] for name in (*kept, *(f"size{end}" for end in ends))}
        | {"is_in_split": row["input"] in asked, "asked": size.screened}
        for outcome in screening.outcomes
        for row in screening.input_rows(outcome)
    ]
    return {"inputs": shares, "luck": luck, "screening": sizes}


# All of it


def cells(name: str, found: Sequence[float]) -> Row:
    """A number and its interval in three columns."""
    return dict(zip((name, f"{name}_low", f"{name}_high"), found, strict=True))


def write_tables(tables: Mapping[str, list[Row]], folder: Path) -> None:
    """Write each table into a file of its name."""
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


def all_tables(size: Size) -> Tables:
    """Everything that is asked of the model."""
    tables = announcement_tables(list(announcements(size)))
    tables |= {"peers": peers_table(size), "fit": fit_table()}
    tables |= backing_tables(list(backing(size)))
    tables["withdrawn"] = withdrawn_table(size)
    return tables | uncertainty_tables(size, *uncertain(size))


def write_page(folder: Path) -> str:
    """Figures and the page, both from the tables that the folder holds; the page is returned."""
    tables = read_tables(folder)
    draw(tables, folder)
    page = page_of(tables)
    (folder / "README.md").write_text(page, encoding="utf-8")
    return page


def main() -> int:
    """Make the tables, draw figures from them, and put the page together."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few runs, printed only")
    parser.add_argument("--page", action="store_true", help="from the tables that are there")
    options = parser.parse_args()
    if options.quick:
        with TemporaryDirectory() as folder:
            write_tables(all_tables(QUICK), Path(folder))
            print(write_page(Path(folder)))
        return 0
    if not options.page:
        write_tables(all_tables(FULL), FOLDER)
    write_page(FOLDER)
    wrong = contradictions(read_tables(FOLDER))
    print("\n".join(wrong) or "The tables bear out what page.md says.")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
