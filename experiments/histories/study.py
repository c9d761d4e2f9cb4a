"""The nation tables of the past coalitions, made from their figures by one rule.

Every formula is one short function here and one line in ``scenarios/histories/SOURCES.md``. Run

    python experiments/histories/study.py

to write ``scenarios/histories/NAME_nations.csv`` anew for every history; ``--check`` writes nothing
and exits with 1 if a table, or the leaders of a scenario, differ.
"""

from __future__ import annotations

import argparse
import csv
import io
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from math import log10
from pathlib import Path
from typing import NamedTuple

import yaml

FOLDER = Path(__file__).resolve().parents[2] / "scenarios" / "histories"
REGION = 3000.0
"""Distance of a capital from the theatre, in km, up to which a nation belongs to the region."""

N_SPENDERS = 15
"""Nations with the largest military spending that are at risk wherever they are."""

NEW_MEMBER = 5
"""Years since accession in which a nation counts as a new member of the alliance."""

USA = "USA"
Row = dict[str, str]


class Rule(NamedTuple):
    """What differs between histories where their nations are chosen and measured.

    Attributes
    ----------
    start : int
        Year in which it starts; memberships are those before it.
    figures : int
        Year of the figures. A figure of an earlier year stands in for one that is missing.
    theatre : str
    leaders : tuple of str
    aside : tuple of str
        The theatre's own nations and the adversary's, and nations that are conditions.
    asset : str or None
        The measure of who owns what was asked for; None where forces or names were.
    consents : str or None
        The condition that owners rely on.
    """

    start: int
    figures: int
    theatre: str
    leaders: tuple[str, ...]
    aside: tuple[str, ...]
    asset: str | None = None
    consents: str | None = None


RULES: Mapping[str, Rule] = {
    "libya_2011": Rule(2011, 2010, "tripoli", ("FRA", "GBR", USA), ("LBY",)),
    "iraq_2003": Rule(2003, 2002, "baghdad", (USA, "GBR"), ("IRQ",)),
    "isis_2014": Rule(2014, 2013, "baghdad", (USA,), ("IRQ", "SYR")),
    "gulf_1990": Rule(1990, 1990, "kuwait_city", (USA,), ("IRQ", "KWT")),
    "leopard_2023": Rule(
        2023, 2022, "kyiv", ("GBR", "POL"), ("UKR", "RUS", USA), "tank", "german_consent"
    ),
    "f16_2023": Rule(
        2023, 2022, "kyiv", ("DNK", "GBR", "NLD"), ("UKR", "RUS", USA), "f_16", "us_consent"
    ),
    "isaf_2001": Rule(2001, 2002, "kabul", ("GBR",), ("AFG", USA)),
}
"""By history, the rule for its table."""


class Figures:
    """Figures by measure, nation and year."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.by_measure: dict[str, dict[str, dict[int, float]]] = defaultdict(
            lambda: defaultdict(dict)
        )
        for row in rows:
            years = self.by_measure[row["measure"]][row["nation"]]
            years[int(row["year"])] = float(row["value"])

    def latest(self, measure: str, nation: str, year: int) -> float | None:
        """The figure of a year, or of the last year before it that has one."""
        years = self.by_measure[measure].get(nation, {})
        before = [each for each in years if each <= year]
        return years[max(before)] if before else None

    def of_year(self, measure: str, nation: str, year: int) -> float:
        """The figure of a year; 0 without one."""
        return self.by_measure[measure].get(nation, {}).get(year, 0.0)

    def fixed(self, measure: str, nation: str, without: float) -> float:
        """The only figure of a nation, whatever its year; another number without one."""
        return next(iter(self.by_measure[measure].get(nation, {}).values()), without)


def read_rows(name: str) -> list[Row]:
    """Rows of a CSV file of the folder."""
    with (FOLDER / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def clip(value: float, low: float = 0.0, high: float = 1.0) -> float:
    """The value, held between the bounds."""
    return min(max(value, low), high)


# Which nations -----------------------------------------------------------------------------------


def is_ally(figures: Figures, rule: Rule, nation: str) -> bool:
    """True for a member of the alliance, and for allies of the United States where they lead."""
    is_member = figures.fixed("nato_since", nation, 9999) < rule.start
    has_pact = figures.of_year("us_defence_pact", nation, rule.figures) > 0.0
    return is_member or (USA in rule.leaders and has_pact)


def is_at_risk(figures: Figures, rule: Rule, nation: str) -> bool:
    """True if one rule for all says that a nation could have joined."""
    if nation in rule.aside or figures.fixed("independent_since", nation, 0) > rule.start:
        return False
    return (
        is_ally(figures, rule, nation)
        or is_in_union(figures, rule, nation)
        or figures.fixed(f"distance_to_{rule.theatre}", nation, 1e9) < REGION
        or 0 < figures.of_year("military_spending_rank", nation, rule.figures) <= N_SPENDERS
    )


def is_in_union(figures: Figures, rule: Rule, nation: str) -> bool:
    """True for a member of the European Union, or of the Community before it."""
    has_left = nation == "GBR" and rule.start > 2020
    return figures.fixed("eu_since", nation, 9999) < rule.start and not has_left


# Attributes in [0, 1] ----------------------------------------------------------------------------


def bond(figures: Figures, rule: Rule, nation: str) -> float:
    """Tie to those who lead: an alliance, US troops hosted, and a new or coming membership."""
    troops = figures.latest("us_troops_hosted", nation, rule.figures) or 0.0
    since = figures.fixed("nato_since", nation, -9999)
    is_new = 0 < rule.start - since <= NEW_MEMBER
    is_aspirant = figures.of_year("nato_aspirant", nation, rule.figures) > 0.0
    return clip(
        0.5 * is_ally(figures, rule, nation)
        + 0.35 * clip(log10(1.0 + troops) / 5.0)
        + 0.25 * (is_new or is_aspirant)
    )


def capability(figures: Figures, rule: Rule, nation: str) -> float:
    """Military size on a logarithmic scale, or ownership of what was asked for."""
    if rule.asset == "tank":
        other = figures.fixed("owns_other_western_tank", nation, 0.0)
        return max(figures.fixed("owns_leopard_2", nation, 0.0), other)
    if rule.asset == "f_16":
        return figures.fixed("owns_f_16", nation, 0.0)
    return figures.latest("military_scale", nation, rule.figures) or 0.0


def reliances(figures: Figures, rule: Rule, nation: str) -> dict[str, float]:
    """How far the nation needs a mandate, or the consent of the maker of what it owns."""
    if rule.consents == "german_consent":
        owns = figures.fixed("owns_leopard_2", nation, 0.0) * (nation != "DEU")
        return {"german_consent": 0.9 * owns}
    if rule.consents == "us_consent":
        return {"us_consent": 0.9 * figures.fixed("owns_f_16", nation, 0.0)}
    democracy = figures.latest("electoral_democracy", nation, rule.figures)
    return {"mandate": 0.3 * (0.5 if democracy is None else democracy)}


# The tables --------------------------------------------------------------------------------------


def make_rows(figures: Figures, names: Mapping[str, str], rule: Rule) -> list[Row]:
    """One row a nation, in the order of their identifiers, ready to be written."""
    rows = []
    for nation in sorted(names):
        leads = nation in rule.leaders
        if not leads and not is_at_risk(figures, rule, nation):
            continue
        numbers = {
            "bond": bond(figures, rule, nation),
            "capability": capability(figures, rule, nation),
            **{f"reliance.{k}": v for k, v in reliances(figures, rule, nation).items()},
        }
        rows.append(
            {"id": nation, "name": names[nation], "stage": "public" if leads else "initial"}
            | {column: f"{number:.2f}" for column, number in numbers.items()}
            | {"note": "leads" if leads else why(figures, rule, nation)}
        )
    return rows


def why(figures: Figures, rule: Rule, nation: str) -> str:
    """Why a nation is at risk, in words."""
    rank = figures.of_year("military_spending_rank", nation, rule.figures)
    reasons = {
        "ally": is_ally(figures, rule, nation),
        "European Union": is_in_union(figures, rule, nation),
        "region": figures.fixed(f"distance_to_{rule.theatre}", nation, 1e9) < REGION,
        "spender": 0 < rank <= N_SPENDERS,
    }
    return "; ".join(reason for reason, holds in reasons.items() if holds)


def as_csv(rows: list[Row]) -> str:
    """The rows as the text of a CSV file."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def tables() -> dict[str, str]:
    """The text of the table of every history."""
    figures = Figures(read_rows("figures.csv"))
    names = {row["id"]: row["name"] for row in read_rows("names.csv")}
    return {name: as_csv(make_rows(figures, names, rule)) for name, rule in RULES.items()}


def leaders_of(name: str) -> tuple[str, ...]:
    """The leaders that the scenario of a history names; empty if there is no scenario."""
    path = FOLDER / f"{name}.yaml"
    if not path.exists():
        return ()
    return tuple(yaml.safe_load(path.read_text(encoding="utf-8"))["leaders"])


def main() -> int:
    """Write or check the tables; 1 if a check fails."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    parser.add_argument("--quick", action="store_true", help="the same: it takes no time")
    options = parser.parse_args()
    is_right = True
    for name, text in tables().items():
        path = FOLDER / f"{name}_nations.csv"
        if not options.check:
            path.write_text(text, encoding="utf-8")
        same = path.exists() and path.read_text(encoding="utf-8") == text
        same_leaders = leaders_of(name) == RULES[name].leaders
        print(
            f"{path.name}: {text.count(chr(10)) - 1} nations, as made: {same}; "
            f"leaders as in the scenario: {same_leaders}"
        )
        is_right = is_right and same and same_leaders
    return 0 if is_right else 1


if __name__ == "__main__":
    sys.exit(main())
