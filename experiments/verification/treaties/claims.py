"""A treaty that waits for two thresholds: the entry into force of the Paris Agreement.

The file is ``scenarios/classics/paris_agreement_2016.yaml``; the record, which is counted here by
itself, stands in its table: the day of each party's instrument and its percent of emissions.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.dates import ConciseDateFormatter, MonthLocator

import sim
from experiments.verification.evidence import Effort, Evidence, exactly
from experiments.verification.laws import Reals
from sim.plots.sheet import figure_of, heading, new_axes
from sim.plots.theme import FAINT, INK, NORMAL, PRIVATE_COLOUR, PUBLIC_COLOUR, SMALL
from sim.results.ensemble import Ensemble

TITLE = "Treaties: the Paris Agreement 2016"
NAME = "classics/paris_agreement_2016"
TABLE = Path(__file__).parents[3] / "scenarios" / f"{NAME}.csv"

N_PARTIES, PERCENT = 55, 55.0
"""What Article 21 asks for: parties, and their percent of global emissions."""
ENOUGH_PARTIES, MET, IN_FORCE = date(2016, 9, 21), date(2016, 10, 5), date(2016, 11, 4)
"""Days on record: 55 parties, both conditions met, in force on the thirtieth day after."""


def evidence(_: Effort) -> Iterator[Evidence]:
    """Lines of the table; nothing is left to chance, so the effort is always the same."""
    found, source = sim.run(NAME, runs=1), "ParisAgreement"
    parties, percent = record(found)
    n_equal = int(
        ((found.size[0] == parties) & np.isclose(_percent(found), percent, atol=1e-9)).sum()
    )
    claim = "Paris Agreement: parties bound and their percent of emissions, day by day"
    counted = "the table of the file, counted day by day"
    yield exactly(claim, counted, f"{parties.size} days equal", f"{n_equal} days equal")
    claim = "Paris Agreement: first day with 55 parties and 55 percent of emissions"
    yield exactly(claim, source, MET, found.date(int(found.quorum_day[0])))
    claim = "Paris Agreement: day of entry into force"
    yield exactly(claim, source, IN_FORCE, found.date(int(found.in_force_day[0])))
    scenario = found.scenario
    number = sim.run(scenario.with_value("quorum.at_least", 0), runs=1)
    claim = "Paris Agreement: first day with 55 parties, whatever they emit"
    yield exactly(claim, source, ENOUGH_PARTIES, number.date(int(number.quorum_day[0])))


def figures(_: Effort) -> Iterator[tuple[str, Axes]]:
    """File names and drawn figures."""
    yield "paris_agreement_2016", draw()


def record(found: Ensemble) -> tuple[Reals, Reals]:
    """Parties bound at the end of each day and their percent of emissions, from the table."""
    start = found.scenario.start
    assert start is not None
    parties, percent = np.zeros((2, found.n_days + 1))
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        day = row["note"].split(";")[0].split()[-1]
        if day[:4].isdigit():
            bound = max(0, (date.fromisoformat(day) - start).days)
            parties[bound:] += 1
            percent[bound:] += float(row["capacity.emissions"])
    return parties, percent


def _percent(found: Ensemble) -> Reals:
    """Percent of emissions of the parties bound, by day, as the model counts it."""
    total = sum(float(nation.capacity["emissions"]) for nation in found.scenario.nations)
    share: Reals = found.capacity_public[0]
    return share * total


def draw() -> Axes:
    """Both conditions by day, from the record and from the model, and the day in force."""
    axes, found = new_axes(7.2, 4.4), sim.run(NAME, runs=1)
    start = found.scenario.start
    assert start is not None
    days = [start + timedelta(days=day) for day in range(found.n_days + 1)]
    lines = zip(
        ("parties", "percent of emissions"),
        record(found),
        (found.size[0], _percent(found)),
        (PUBLIC_COLOUR, PRIVATE_COLOUR),
        strict=True,
    )
    for words, recorded, modelled, colour in lines:
        axes.step(days, recorded, where="post", color=colour, lw=1.3, label=f"{words}: record")
        axes.plot(days[::7], modelled[::7], "o", color=colour, ms=3.2, label=f"{words}: model")
    axes.axhline(N_PARTIES, color=FAINT, lw=0.9, ls="--")
    axes.text(days[2], N_PARTIES + 1.5, "both thresholds: 55", fontsize=SMALL, color=FAINT)
    met, in_force = (days[int(each[0])] for each in (found.quorum_day, found.in_force_day))
    for day, words, height in ((met, "conditions met", 0.99), (in_force, "in force", 0.2)):
        axes.axvline(day, color=INK, lw=0.9, ls=":")
        axes.annotate(
            f"{words}\n{day:%-d %B}",
            xy=(day, height),
            xycoords=("data", "axes fraction"),
            xytext=(-4 if day == met else 4, 0),
            textcoords="offset points",
            ha="right" if day == met else "left",
            va="top",
            fontsize=SMALL,
            color=INK,
        )
    axes.set_xlim(days[0], days[-1])
    axes.set_ylim(0, 130)
    axes.xaxis.set_major_locator(MonthLocator())
    axes.xaxis.set_major_formatter(ConciseDateFormatter(axes.xaxis.get_major_locator()))
    axes.set_ylabel("parties bound, and percent of emissions", fontsize=NORMAL, color=INK)
    axes.grid(axis="y", color="#EEEEEE", lw=0.8)
    axes.set_axisbelow(True)
    heading(axes, "The Paris Agreement waits for two thresholds")
    axes.legend(
        loc="upper left",
        bbox_to_anchor=(0, -0.4 / figure_of(axes).get_figheight()),
        ncols=2,
        fontsize=SMALL,
        frameon=False,
        borderaxespad=0,
    )
    note = (
        "[ParisAgreement] Instruments in force at the end of each day, from 21 April 2016; dots: "
        "each 7th day.\nNations are put where the record has them: no chance is at work."
    )
    figure_of(axes).supxlabel(note, x=0.01, ha="left", fontsize=SMALL, color=FAINT)
    return axes
