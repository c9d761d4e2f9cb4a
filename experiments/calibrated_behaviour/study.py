"""Make the shipped behaviour: fit past coalitions, and draw what they do not tell from wide priors.

Run ``python experiments/calibrated_behaviour/study.py``; ``--from FOLDER`` takes a calibration that
is there already.
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from scipy.stats import norm, qmc

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import sim
from experiments.calibrated_behaviour.judged import JUDGED
from sim.calibration.behaviour_file import behaviour_text
from sim.calibration.calibration import Calibration
from sim.core.layout import Reals
from sim.scenario.behaviour import DEFAULT_BEHAVIOUR
from sim.scenario.files.catalogue import behaviour_folder
from sim.scenario.load import load_scenario

CANDIDATES, DRAWS = 800, 512
N_JUDGED = 128
"""Lines of judged numbers: a power of two, so that they cover the priors evenly."""

PAGE = Path(__file__).with_name("README.md")
SEED = 0
DIGITS = 6
TITLE = "Fitted to seven past coalitions"


def judged_columns(behaviour: Path) -> dict[str, Reals]:
    """Draws of the numbers that no past coalition tells, by path, around those of a behaviour."""
    scenario = load_scenario("paris_2025", set=[f"behaviour={behaviour}"])
    points = qmc.Sobol(len(JUDGED), rng=np.random.default_rng(SEED)).random(N_JUDGED)
    found: dict[str, Reals] = {}
    for judged, uniform in zip(JUDGED, points.T, strict=True):
        z = norm.ppf(uniform)
        for path in judged.on:
            shipped = scenario.parameter(path).value
            assert isinstance(shipped, float), path
            if shipped != 0.0 or judged.form != "factor":
                found[path] = judged.values(shipped, z)
    return found


def write_columns(file: Path, columns: Mapping[str, Sequence[float] | Reals]) -> None:
    """Write a table of draws, its numbers to six digits."""
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(columns)
        for row in zip(*columns.values(), strict=True):
            writer.writerow([f"{number:.{DIGITS}g}" for number in row])


def write_covariance(file: Path, found: Calibration) -> None:
    """Write the covariance of the parameters, of rates and odds of their logarithms."""
    names = found.fit.specification.names
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["parameter", *names])
        for name, row in zip(names, found.fit.covariance, strict=True):
            writer.writerow([name, *(f"{number:.{DIGITS}g}" for number in row)])


def judged_table() -> str:
    """The judged numbers and their priors, as a table of the page."""
    rows = ["| number | prior | on | why it is not known |", "| --- | --- | --- | --- |"]
    for each in JUDGED:
        prior = {
            "factor": f"what ships times exp({each.sd:g} z)",
            "shift": f"what ships + {each.sd:g} z",
            "odds": f"odds of what ships times exp({each.sd:g} z)",
            "size": f"{each.sd:g} times the size of z",
        }[each.form]
        paths = ", ".join(f"`{path.removeprefix('behaviour.')}`" for path in each.on)
        rows.append(f"| {each.name} | {prior} | {paths} | {each.why} |")
    return "\n".join(rows)


def fitted_table(found: Calibration) -> str:
    """The fitted numbers, as a table of the page."""
    rows = ["| number | prior | estimate | 90 % of draws | why this prior |"]
    rows.append("| --- | --- | --- | --- | --- |")
    for each in found.rows():
        prior = f"{each['prior_mean']:g} ± {each['prior_sd']:g}"
        mode = f"{each['mode']:.2f} ± {each['standard_error']:.2f}"
        draws = f"{each['q05']:.2f} to {each['q95']:.2f}"
        rows.append(f"| {each['name']} | {prior} | {mode} | {draws} | {each['why']} |")
    return "\n".join(rows)


def write_page(found: Calibration) -> None:
    """Put the tables into the page, between its markers."""
    text = PAGE.read_text(encoding="utf-8")
    for name, table in (("fitted", fitted_table(found)), ("judged", judged_table())):
        before, rest = text.split(f"<!-- {name} -->")
        after = rest.split(f"<!-- end of {name} -->")[1]
        text = f"{before}<!-- {name} -->\n\n{table}\n\n<!-- end of {name} -->{after}"
    PAGE.write_text(text, encoding="utf-8")


def write_all(found: Calibration, folder: Path) -> None:
    """Write the behaviour, its covariance and its draws."""
    file = folder / f"{DEFAULT_BEHAVIOUR}.yaml"
    file.write_text(behaviour_text(found, TITLE), encoding="utf-8")
    write_covariance(folder / f"{DEFAULT_BEHAVIOUR}_covariance.csv", found)
    write_columns(folder / f"{DEFAULT_BEHAVIOUR}_fitted.csv", found.joint_draws)
    write_columns(folder / f"{DEFAULT_BEHAVIOUR}_judged.csv", judged_columns(file))


def main() -> int:
    """Fit, and write what ships."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--from", dest="folder", help="a calibration that is there already")
    parser.add_argument("--quick", action="store_true", help="one coalition, write nothing")
    options = parser.parse_args()
    if options.quick:
        found = sim.calibrate("histories/f16_2023", starts=1, candidates=25, draws=20)
        with tempfile.TemporaryDirectory() as folder:
            write_all(found, Path(folder))
            print(*sorted(Path(folder).iterdir()), sep="\n")
        return 0
    if options.folder:
        found = sim.load_calibration(options.folder)
    else:
        found = sim.calibrate(candidates=CANDIDATES, draws=DRAWS, seed=SEED)
    for warning in found.warnings():
        print(f"Warning: {warning}")
    write_all(found, behaviour_folder())
    write_page(found)
    print(found.table().to_string())
    return 0


if __name__ == "__main__":
    sys.exit(main())
