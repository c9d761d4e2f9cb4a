"""Is the fit to past coalitions right? Recovery, calibration, an exact sampler, and more.

Run ``python experiments/calibration_checks/study.py``. What is done is kept in CSV files of this
folder, and a second run goes on from there; ``--only`` some parts, ``--redraw`` tables and
figures from the files. ``--quick`` does a little of each part, prints it and writes nothing.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.stats import binomtest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from experiments.calibration_checks import (
    candidates,
    fatigue,
    figures,
    pledges,
    posterior_ranks,
    predictive,
    profiles,
    sampler,
    simulated,
)
from experiments.calibration_checks.candidates import with_error
from experiments.calibration_checks.kept import FOLDER, Row, read, write
from experiments.calibration_checks.uniform import p_of_chi_squared, p_of_ecdf
from sim.calibration.importance import largest_k
from sim.core.layout import Reals


def table(rows: Sequence[Mapping[str, object]]) -> str:
    """Rows as a table of the page."""
    columns = list(rows[0])
    lines = [columns, ["---"] * len(columns), *([str(row[c]) for c in columns] for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"


# Recovery ----------------------------------------------------------------------------------------


def recovery_table(rows: Sequence[Row]) -> str:
    """How many of the 95 % intervals hold the truth, by parameter and of all."""
    found = []
    usable = [row for row in rows if row["parameter"] != "none"]
    names = dict.fromkeys(row["parameter"] for row in usable)
    for name in [*names, "all"]:
        mine = [row for row in usable if name in (row["parameter"], "all")]
        held = [float(row["low"]) <= float(row["truth"]) <= float(row["high"]) for row in mine]
        distance = np.array(
            [(float(row["mode"]) - float(row["truth"])) / float(row["error"]) for row in mine]
        )
        normal = (np.abs(distance) <= 1.96).mean()
        low, high = binomtest(sum(held), len(held)).proportion_ci()
        found.append(
            {
                "parameter": name,
                "intervals": len(held),
                "hold the truth": f"{np.mean(held):.3f}",
                "95 % of that share": f"{low:.2f} to {high:.2f}",
                "mode ± 1.96 errors": f"{normal:.3f}",
                "mean of (mode - truth) / error": f"{distance.mean():+.2f}",
                "sd": f"{distance.std(ddof=1):.2f}",
            }
        )
    return table(found)


# Ranks -------------------------------------------------------------------------------------------


def names_of_ranks(rows: Sequence[Row]) -> list[str]:
    """What is ranked."""
    return [name for name in rows[0] if name not in ("replicate", "pareto_k", "effective")]


def read_ranks(file: str) -> tuple[list[Row], int]:
    """Rows with ranks, and how many replicates had no fit."""
    rows = read(file)
    ranked = [row for row in rows if row["pareto_k"]]
    return ranked, len(rows) - len(ranked)


def ranks_table(file: str, places_of: Callable[[Sequence[Row]], Reals] | None = None) -> str:
    """Tests that ranks are uniform; chi-squared where each rank is expected five times.

    ``places_of`` gives where truths lie among the draws that they are from, which luck decides.
    """
    (rows, n_without), found, n = read_ranks(file), [], simulated.N_RANKED
    names = names_of_ranks(rows)
    parameters = np.array([[int(row[name]) for name in names[:-1]] for row in rows])
    places = None if places_of is None else places_of(rows)
    for place, name in enumerate(names):
        ranks = np.array([int(row[name]) for row in rows])
        row = {"ranked": name, "mean rank, 9.5 if uniform": f"{ranks.mean():.2f}"}
        if len(rows) >= 5 * (n + 1):
            row["chi-squared, p"] = f"{p_of_chi_squared(ranks, n):.3f}"
        if places is not None:
            beyond = ranks - places[:, place] if place < len(names) - 1 else None
            row["less the truth's place"] = "" if beyond is None else with_error(beyond, 2)
        found.append(row | {"ECDF, p": f"{p_of_ecdf(ranks, n):.3f}"})
    from_middle = ((parameters - n / 2) ** 2).mean(axis=1)  # replicates are independent
    k = np.array([float(row["pareto_k"]) for row in rows])
    largest = largest_k(simulated.CANDIDATES)
    text = f"{len(rows)} replicates, {n_without} more without a fit. Squared distance of ranks of "
    text += f"parameters from the middle one: {with_error(from_middle, 1)}, "
    text += f"{n * (n + 2) / 12:.1f} if uniform, more if draws are too narrow. "
    if places is not None:
        further = from_middle - ((places - n / 2) ** 2).mean(axis=1)
        text += f"Less that of the truths' places: {with_error(further, 1)}, {n / 6:.1f} if right. "
    text += f"Pareto k of the draws: median {np.nanmedian(k):.2f}, "
    text += f"{(k > largest).mean():.0%} above {largest:.2f}.\n"
    return f"{table(found)}\n{text}"


def draw_ranks(file: str) -> None:
    """The figure of the ranks."""
    rows, _ = read_ranks(file)
    figures.draw_ranks(rows, names_of_ranks(rows), file)


# Sampler -----------------------------------------------------------------------------------------


def sampler_table() -> str:
    """The exact sampler, and beside it the draws that ship and those of a fit."""
    found, steps, shipped = sampler.real(), sampler.after_warm_up(), sampler.shipped_draws()
    exact, rows = np.concatenate(list(steps)), []
    for place, name in enumerate(found.posterior.specification.names):
        of_exact = exact[:, place]
        mean, sd = of_exact.mean(), of_exact.std()
        row = {
            "parameter": name,
            "effective": f"{sampler.effective_draws(steps[:, :, place]):.0f}",
            "R-hat": f"{sampler.r_hat(steps[:, :, place]):.3f}",
            "exact": f"{mean:.2f} ± {sd:.2f}",
        }
        for text, draws in (("shipped", shipped[:, place]), ("a fit", found.draws[:, place])):
            row[text] = f"{draws.mean():.2f} ± {draws.std():.2f}"
            row[f"sd of {text} / exact"] = f"{draws.std() / sd:.2f}"
            row[f"mean of {text} - exact, in sd"] = f"{(draws.mean() - mean) / sd:+.2f}"
        rows.append(row)
    moved = (np.diff(steps[:, :, 0], axis=1) != 0.0).mean()
    text = f"{steps.shape[0]} chains, {steps.shape[1]} kept steps each after the warm-up; "
    text += f"{moved:.0%} differ from the one before. "
    text += f"Shipped: {len(shipped)} draws, {len(np.unique(shipped, axis=0))} different ones. "
    text += f"A fit, as `willing calibrate` makes it: Pareto k {found.pareto_k:.2f}, "
    return f"{table(rows)}\n{text}{found.effective_draws:.0f} effective.\n"


def draw_sampler() -> None:
    """The figure of them."""
    found = sampler.real()
    draws = {
        "exact sampler": np.concatenate(list(sampler.after_warm_up())),
        "draws that ship": sampler.shipped_draws(),
        "draws of a fit": found.draws,
    }
    figures.draw_sampler(found.posterior.specification.names, draws)


# Predictive checks -------------------------------------------------------------------------------


def paths_table(rows: Sequence[Row]) -> str:
    """Days on which the size is within the band, and numbers of each coalition."""
    found, fitted = [], sampler.real()
    coefficients = fitted.posterior.specification.coefficients(fitted.mode)
    for (name, title), coalition in zip(
        figures.TITLES.items(), fitted.posterior.coalitions, strict=True
    ):
        along = predictive.expected_along(coalition, coefficients)
        for climate, text in predictive.CLIMATES.items():
            mine = [row for row in rows if (row["coalition"], row["climate"]) == (name, climate)]
            within = [
                float(row["low"]) <= int(row["record"]) <= float(row["high"])
                for row in mine
                if row["what"] == "size"
            ]
            by_what = {row["what"]: row for row in mine}

            def cell(what: str, of: Mapping[str, Row] = by_what) -> str:
                row = of.get(what)
                if row is None:
                    return ""
                low, high = float(row["low"]), float(row["high"])
                return f"{float(row['record']):.0f} ({low:.0f} to {high:.0f})"

            found.append(
                {
                    "coalition": title,
                    "runs with": text,
                    "days within": f"{np.mean(within):.0%}",
                    "public at the end": cell("size"),
                    "along the record": f"{along[climate]:.1f}",
                    "days with 3 or more": cell("days with 3 or more"),
                    "largest day": cell("largest day"),
                    "unnamed": cell("unnamed"),
                }
            )
    return table(found)


def unnamed_table(rows: Sequence[Row]) -> str:
    """Predicted numbers of unnamed members, and those of the source."""
    found = []
    for name in predictive.LAUNCHES:
        row: dict[str, object] = {"coalition": figures.TITLES[name]}
        for given, text in predictive.GIVEN.items():
            mine = [each for each in rows if (each["coalition"], each["given"]) == (name, given)]
            chance = np.array([float(each["chance"]) for each in mine])
            reported = np.array([float(each["reported"]) for each in mine])
            number = np.arange(chance.size)
            low, high = np.searchsorted(np.cumsum(chance), (0.1, 0.9))
            row["the source, of nations at risk"] = f"{reported @ number:.1f}"
            row[text] = f"{chance @ number:.1f} ({low} to {high})"
        found.append(row)
    return table(found)


# Profiles ----------------------------------------------------------------------------------------


def profiles_table(rows: Sequence[Row]) -> str:
    """Where each profile is within 1.92 of its maximum, by a curve through its points."""
    found = []
    for name in profiles.GRIDS:
        mine = [row for row in rows if row["coefficient"] == name]
        at = np.array([float(row["value"]) for row in mine])
        row: dict[str, object] = {"coefficient": name, "held at": mine[0]["held"] or "fitted"}
        for text, column in (("likelihood", "log_likelihood"), ("posterior", "log_posterior")):
            value = np.array([float(each[column]) for each in mine])
            fine = np.linspace(at[0], at[-1], 2001)
            curve = CubicSpline(at, value)(fine)
            inside = fine[curve > curve.max() - 1.92]
            ends = [
                f"below {at[0]:g}" if inside[0] == at[0] else f"{inside[0]:.1f}",
                f"above {at[-1]:g}" if inside[-1] == at[-1] else f"{inside[-1]:.1f}",
            ]
            is_new = text == "posterior" and mine[0]["held"]
            row[f"{text}, 95 %"] = "" if is_new else " to ".join(ends)
        found.append(row)
    return table(found)


# Parts -------------------------------------------------------------------------------------------


class Part(NamedTuple):
    """A part of the study.

    Attributes
    ----------
    rows : callable
        Works out what is missing; quickly, and writing nothing, if its argument is true.
    table : callable
        The text of the page.
    draw : callable
        Writes the figure, if there is one.
    """

    rows: Callable[[bool], object]
    table: Callable[[], str]
    draw: Callable[[], None]


def pledge_rows(quick: bool) -> None:
    """Rates of pledges and exits on record: a few seconds' work, made anew each time."""
    past = simulated.past_of(quick)
    rates, exits = pledges.rates(past), pledges.exits(past)
    if not quick:
        write("pledges", rates)
        write("exits", exits)
    print(table(rates))


def nothing() -> None:
    """No figure."""


PARTS = {
    "fatigue": Part(
        fatigue.rows,
        lambda: table(fatigue.summary(read("fatigue"))),
        lambda: figures.draw_fatigue(read("fatigue")),
    ),
    "sampler": Part(
        sampler.chains,
        sampler_table,
        draw_sampler,
    ),
    "candidates": Part(
        candidates.candidates,
        lambda: table(candidates.against_exact(read("candidates"))),
        nothing,
    ),
    "recovery": Part(
        lambda quick: simulated.recovery(1, 1, 5, quick=True) if quick else simulated.recovery(),
        lambda: recovery_table(read("recovery")),
        nothing,
    ),
    "ranks": Part(
        lambda quick: simulated.ranks(2, 1, 6, quick=True) if quick else simulated.ranks(),
        lambda: ranks_table("ranks"),
        lambda: draw_ranks("ranks"),
    ),
    "posterior_ranks": Part(
        lambda quick: (
            posterior_ranks.posterior_ranks(1, 1, 6, quick=True)
            if quick
            else posterior_ranks.posterior_ranks()
        ),
        lambda: ranks_table("posterior_ranks", posterior_ranks.places_of_truths),
        lambda: draw_ranks("posterior_ranks"),
    ),
    "paths": Part(
        lambda quick: predictive.paths(50, quick=True) if quick else predictive.paths(),
        lambda: paths_table(read("paths")),
        lambda: figures.draw_paths(read("paths")),
    ),
    "unnamed": Part(
        lambda quick: None if quick else predictive.unnamed(),
        lambda: unnamed_table(read("unnamed")),
        lambda: figures.draw_unnamed(read("unnamed")),
    ),
    "profiles": Part(
        profiles.profiles,
        lambda: profiles_table(read("profiles")),
        lambda: figures.draw_profiles(read("profiles")),
    ),
    "pledges": Part(
        pledge_rows,
        lambda: table(read("pledges")) + "\n" + table(read("exits")),
        nothing,
    ),
}
FILES = {"sampler": "chains"}
"""Files of the parts that are not called like them."""


def write_page(name: str, text: str) -> None:
    """Put a table into the page, between the markers of its part."""
    page = FOLDER / "README.md"
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
    before, found, rest = page.read_text(encoding="utf-8").partition(begin)
    _, ended, after = rest.partition(end)
    if not found or not ended:
        raise ValueError(f"{page.name} has no place for {name}: {begin.strip()} ... {end}")
    page.write_text(f"{before}{begin}{text}{end}{after}", encoding="utf-8")


def main() -> int:
    """Do the parts, and write what was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--quick", action="store_true", help="a little of each part, writes nothing"
    )
    parser.add_argument("--redraw", action="store_true", help="tables and figures from the files")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), metavar="PART")
    options = parser.parse_args()
    for name in options.only:
        part = PARTS[name]
        if not options.redraw:
            part.rows(options.quick)
        if not options.quick and read(FILES.get(name, name)):
            write_page(name, part.table())
            part.draw()
    return 0


if __name__ == "__main__":
    sys.exit(main())
