"""The nation table of Paris 2025, made from its figures, its public record and its polls.

Every formula is one short function here and one line in ``scenarios/SOURCES.md``. Run

    python experiments/paris_2025_table/study.py

to write ``scenarios/nations/paris_2025.csv`` anew and to print the spread of support that
``scenarios/paris_2025.yaml`` carries; ``--check`` writes nothing and exits with 1 if either
differs.
"""

from __future__ import annotations

import argparse
import csv
import io
import sys
from collections import defaultdict
from collections.abc import Iterable
from math import inf, log10
from pathlib import Path
from statistics import correlation, linear_regression, mean, median, stdev
from typing import NamedTuple

SCENARIOS = Path(__file__).resolve().parents[2] / "scenarios"
TABLE = SCENARIOS / "nations" / "paris_2025.csv"
SCENARIO = SCENARIOS / "paris_2025.yaml"
COALITION_SINCE = "2025-03-02"
"""Day on which the coalition was announced: meetings from here on are talks about it."""

WILLING_BY_VOICE = {
    "open": 0.5,
    "open, not on the ground": 0.3,
    "silent": 0.2,
    "not on the ground": 0.1,
}
"""Probability that a nation in the talks has made up its mind in private, by what it has said."""

YEAR = 2025
NEW_MEMBER = 5
"""Years since accession in which a nation counts as a new member of the alliance."""

STAGES = ("outside", "talks", "willing", "public")

Row = dict[str, str]
Figures = dict[str, dict[str, float]]


class Support(NamedTuple):
    """A nation's domestic support: its value, the spread left around it, and where it is from."""

    value: float
    spread: float
    origin: str


class Line(NamedTuple):
    """A fitted line, used only within the range of the values it was fitted to."""

    intercept: float
    slope: float
    low: float
    high: float
    correlation: float
    n_nations: int

    def at(self, x: float) -> float:
        """Height of the line, held between the lowest and the highest value seen."""
        return clip(self.intercept + self.slope * x, self.low, self.high)


def read_rows(name: str) -> list[Row]:
    """Rows of a CSV file of the scenarios folder."""
    with (SCENARIOS / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def read_figures() -> Figures:
    """Figures by measure and nation."""
    figures: Figures = defaultdict(dict)
    for row in read_rows("nations/figures_2025.csv"):
        figures[row["measure"]][row["nation"]] = float(row["value"])
    return figures


def clip(value: float, low: float = 0.0, high: float = 1.0) -> float:
    """The value, held between the bounds."""
    return min(max(value, low), high)


def spending_standing(figures: Figures, nation: str) -> float:
    """Standing in military spending, kept just above 0 so that no nation is without capacity."""
    ranks = figures["military_spending_rank"]
    return (len(ranks) + 1 - ranks[nation]) / len(ranks)


# What a nation has done and said -----------------------------------------------------------------


def participation(record: list[Row]) -> str:
    """'coalition' if in talks since the announcement, 'near' if before or invited, else 'none'."""
    dates = [row["date"] for row in record if row["event"] == "talks"]
    if any(date >= COALITION_SINCE for date in dates):
        return "coalition"
    return "near" if dates or any(row["event"] == "invited" for row in record) else "none"


def voice(record: list[Row]) -> str:
    """The farthest that the nation's leaders have gone in public."""
    events = {row["event"] for row in record}
    for strongest in ("firm", "opposes"):
        if strongest in events:
            return strongest
    no_ground = "ground" in ruled_out(record)
    if "open" in events:
        return "open, not on the ground" if no_ground else "open"
    return "not on the ground" if no_ground else "silent"


def ruled_out(record: list[Row]) -> set[str]:
    """Kinds of contribution that the nation has ruled out."""
    return {row["kind"] for row in record if row["event"] == "ruled_out"}


def stage_law(record: list[Row]) -> dict[str, float]:
    """Probabilities of the stages on 10 March, by record class and never by nation.

    Empty where the record does not tell the stage: the initial law of the behaviour draws it.
    """
    said, part = voice(record), participation(record)
    if said == "firm":
        return {"public": 1.0}
    if said == "opposes" or part == "none":
        return {"outside": 1.0}
    if part == "near":
        return {}
    willing = WILLING_BY_VOICE[said]
    return {"talks": 1.0 - willing, "willing": willing}


# Attributes in [0, 1] ----------------------------------------------------------------------------


def stake(figures: Figures, nation: str, said: str) -> float:
    """What success is worth: nearness, a border, aid given, and a government's own stand."""
    nearness = clip((3000.0 - figures["distance_to_kyiv"][nation]) / 2500.0)
    aid = figures["aid_to_ukraine"]
    given = clip(aid.get(nation, median(aid.values())))
    stand = {"firm": 0.2, "opposes": -0.3}.get(said, 0.0)
    border = figures["borders_russia_or_ukraine"][nation]
    return clip(0.2 + 0.3 * nearness + 0.1 * border + 0.4 * given + stand)


def bond(figures: Figures, nation: str) -> float:
    """Tie to those who lead: an alliance with them, US troops hosted, and a new membership."""
    troops = clip(log10(1.0 + figures["us_troops_hosted"][nation]) / 5.0)
    is_new = YEAR - figures["nato_since"].get(nation, -inf) <= NEW_MEMBER
    return clip(0.5 * figures["nato_member"][nation] + 0.35 * troops + 0.25 * is_new)


def capability(figures: Figures, nation: str) -> float:
    """Military size on a logarithmic scale, as in the histories that the behaviour is fitted to."""
    return figures["military_scale"][nation]


def reliance_on_us_backing(figures: Figures, nation: str, record: list[Row]) -> float:
    """How far the nation needs US backing: its own condition, treaty, bases, arms and border."""
    needs = any(row["event"] == "needs" and row["kind"] == "us_backing" for row in record)
    hosts = figures["us_troops_hosted"][nation] >= 1000.0
    return clip(
        0.2
        + 0.3 * needs
        + 0.2 * figures["us_defence_pact"][nation]
        + 0.1 * hosts
        + 0.1 * (1.0 - figures["own_nuclear_weapons"][nation])
        + 0.1 * figures["borders_russia_or_ukraine"][nation]
    )


def capacities(figures: Figures, nation: str, record: list[Row]) -> dict[str, float]:
    """Most the nation could give by kind, thousand troop equivalents; 0 where ruled out."""
    size = spending_standing(figures, nation)
    most = {
        "ground": min(10.0, 0.05 * figures["military_personnel"][nation] / 1000.0),
        "air": 3.0 * size**3,
        "naval": 2.0 * size**3 * figures["sea_coast"][nation],
        "support": 3.0 * size**2,
    }
    return {kind: 0.0 if kind in ruled_out(record) else amount for kind, amount in most.items()}


# Support at home ---------------------------------------------------------------------------------


def peacekeeping_support(polls: list[Row]) -> dict[str, float]:
    """Share in favour among those with an opinion, mean over a nation's polls on peacekeeping."""
    asked = [row for row in polls if row["question"] == "peacekeeping"]
    undecided = median(
        100.0 - float(row["favour"]) - float(row["oppose"]) for row in asked if row["oppose"]
    )
    shares: dict[str, list[float]] = defaultdict(list)
    for row in asked:
        favour = float(row["favour"])
        oppose = float(row["oppose"]) if row["oppose"] else 100.0 - undecided - favour
        shares[row["nation"]].append(favour / (favour + oppose))
    return {nation: mean(values) for nation, values in shares.items()}


def unopposed_to_fighting(polls: list[Row]) -> dict[str, float]:
    """Share not opposed to sending soldiers, mean over a nation's polls on fighting."""
    shares: dict[str, list[float]] = defaultdict(list)
    for row in polls:
        if row["question"] == "fighting":
            shares[row["nation"]].append(1.0 - float(row["oppose"]) / 100.0)
    return {nation: mean(values) for nation, values in shares.items()}


def domestic_support(polls: list[Row], democracy: dict[str, float]) -> dict[str, Support]:
    """Support of every nation: polled on peacekeeping, polled on fighting, or by regression."""
    peace, fight = peacekeeping_support(polls), unopposed_to_fighting(polls)
    shifts = [peace[nation] - fight[nation] for nation in peace if nation in fight]
    spread = stdev(shifts)
    found = {nation: Support(value, 0.0, "peacekeeping poll") for nation, value in peace.items()}
    for nation, value in fight.items():
        shifted = Support(clip(value + mean(shifts)), spread, "poll on fighting")
        found.setdefault(nation, shifted)
    line = fit_line({nation: polled.value for nation, polled in found.items()}, democracy)
    for nation, value in democracy.items():
        found.setdefault(nation, Support(line.at(value), spread, "formula"))
    return found


def fit_line(support: dict[str, float], democracy: dict[str, float]) -> Line:
    """Least squares of polled support on electoral democracy."""
    pairs = sorted((democracy[nation], value) for nation, value in support.items())
    x, y = zip(*pairs, strict=True)
    slope, intercept = linear_regression(x, y)
    return Line(intercept, slope, min(y), max(y), correlation(x, y), len(pairs))


# The table ---------------------------------------------------------------------------------------


def make_rows() -> list[dict[str, str]]:
    """One row a nation, in the order of their identifiers, ready to be written."""
    figures = read_figures()
    statements, support = records(), supports()
    rows = []
    for row in sorted(read_rows("nations/names_2025.csv"), key=lambda row: row["id"]):
        nation, record = row["id"], statements[row["id"]]
        law = stage_law(record)
        numbers = {
            **{f"stage.{name}": law.get(name, 0.0) if law else None for name in STAGES},
            "stake": stake(figures, nation, voice(record)),
            "support": support[nation].value,
            "bond": bond(figures, nation),
            "capability": capability(figures, nation),
            "reliance.us_backing": reliance_on_us_backing(figures, nation, record),
            "reliance.ukrainian_acceptability": 0.6,
            **{f"capacity.{k}": v for k, v in capacities(figures, nation, record).items()},
        }
        rows.append(
            {"id": nation, "name": row["name"]}
            | {
                column: "" if number is None else f"{number:.2f}"
                for column, number in numbers.items()
            }
            | {"note": f"{participation(record)}; {voice(record)}; {support[nation].origin}"}
        )
    return rows


def records() -> dict[str, list[Row]]:
    """Statements by nation."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in read_rows("statements_2025.csv"):
        found[row["nation"]].append(row)
    return found


def supports() -> dict[str, Support]:
    """Domestic support by nation."""
    return domestic_support(read_rows("polls_2025.csv"), read_figures()["electoral_democracy"])


def spread_lines() -> list[str]:
    """The lines of ``nations.set`` that give uncertain support its spread, as YAML."""
    return [
        f"    {nation}: {{support: {{normal: [{found.value:.2f}, {found.spread:.2f}]}}}}"
        for nation, found in sorted(supports().items())
        if found.spread > 0.0
    ]


def describe_support() -> str:
    """One sentence on how support was found where no poll asked."""
    polled = {n: found.value for n, found in supports().items() if found.origin != "formula"}
    line = fit_line(polled, read_figures()["electoral_democracy"])
    return (
        f"support = {line.intercept:.2f} + {line.slope:.2f} * electoral democracy, fitted to "
        f"{line.n_nations} polled nations, correlation {line.correlation:.2f}"
    )


def as_csv(rows: Iterable[dict[str, str]]) -> str:
    """The rows as the text of a CSV file."""
    rows = list(rows)
    lines = [list(rows[0])] + [list(row.values()) for row in rows]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(lines)
    return text.getvalue()


def main() -> int:
    """Write or check the table; 1 if a check fails."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    parser.add_argument("--quick", action="store_true", help="the same: it takes no time")
    options = parser.parse_args()
    text, lines = as_csv(make_rows()), spread_lines()
    if not options.check:
        TABLE.write_text(text, encoding="utf-8")
    print(describe_support(), *lines, sep="\n")
    same_table = TABLE.read_text(encoding="utf-8") == text
    same_spread = all(line in SCENARIO.read_text(encoding="utf-8") for line in lines)
    print(
        f"{TABLE.name} is as made: {same_table}; {SCENARIO.name} carries the spread: {same_spread}"
    )
    return 0 if same_table and same_spread else 1


if __name__ == "__main__":
    sys.exit(main())
