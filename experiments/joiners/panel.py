"""Who was bound by which treaty when, in quarters since each treaty opened.

What nations saw at the start of a quarter are the features of the model: shares of peers that are
bound, and momentum by its own law of memory. A nation that is not yet bound sees the same as all
others of its region, so features stand by quarter and region.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np

from sim.core.layout import Integers, Reals

FOLDER = Path(__file__).resolve().parent
QUARTER = 365.25 / 4
"""Days in a quarter."""

LAST_DAY = date(2012, 12, 31)
"""The source is complete until about then: 134 bindings in 2012, 92 in 2013, 45 in 2014."""

WITH_ALL_SIGNATORIES = {
    "nuclear tests": ("1996-09-24", "2012-12-31"),
    "criminal court": ("1998-07-17", "2012-12-31"),
    "cluster munitions": ("2008-12-03", "2012-12-31"),
    "Paris Agreement": ("2016-04-22", "2022-12-31"),
}
"""Treaties of `signatories.csv`: when each opened, and the last day that is used."""

NEVER = np.iinfo(int).max // 2

LEFT_OUT = {"INTRTT_1994A": "its dates are those of the agreement of 1983 before it"}

SAME_DAYS = 0.5
"""Treaties with this share of bindings by the same nation on the same day are of one family."""

MASS_DAY = 5
"""So many nations bound on one day are taken for a ceremony."""

FEATURES = ("constant", "region", "everyone", "momentum", "age", "age squared")
"""Columns of the features: 1, shares of the region and of all that are bound, momentum, and the log
of 1 plus the quarters since opening, less 3, with its square."""

TYPICAL_AGE = 3.0


class Treaty(NamedTuple):
    """Bindings of one treaty, and what nations saw.

    Attributes
    ----------
    name, family : str
    features : ndarray, shape (T, G, 6), by quarter since opening and region: `FEATURES`
    region : ndarray of int, shape (N,), sorted
        Of the nations that may be bound by it: all that did not start bound.
    enters, ends : ndarray of int, shape (N,)
        First quarter at risk, and the quarter of the binding or T.
    signed : ndarray of int, shape (N,)
        First quarter at risk as a signatory; above ``ends`` for one that was bound without.
    mass : ndarray of bool, shape (T,)
        Whether the quarter has a day on which many were bound.
    """

    name: str
    family: str
    features: Reals
    region: Integers
    enters: Integers
    ends: Integers
    signed: Integers
    mass: Integers

    @property
    def quarters(self) -> int:
        """Number of quarters."""
        return int(self.features.shape[0])

    @property
    def bound(self) -> Integers:
        """Whether each nation is bound by the last quarter, shape (N,)."""
        return np.asarray(self.ends < self.quarters)


@dataclass(frozen=True)
class Nations:
    """The nations at risk, with places by their codes.

    Attributes
    ----------
    codes : tuple of str, length N
    regions : tuple of str, length G
    region : ndarray of int, shape (N,)
    since : ndarray of int, shape (N,), days of the proleptic calendar
    """

    codes: tuple[str, ...]
    regions: tuple[str, ...]
    region: Integers
    since: Integers


def rows_of(name: str) -> list[dict[str, str]]:
    """Rows of a table of this folder."""
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def day_of(text: str) -> int:
    """A date of a table as a number of days."""
    return date.fromisoformat(text).toordinal()


def load_nations() -> Nations:
    """Members of the United Nations in 2012, each from 1 January after it became a state.

    Those that became one by 1945 are there from the start.
    """
    rows = rows_of("nations.csv")
    regions = tuple(sorted({row["region"] for row in rows}))
    return Nations(
        tuple(row["nation"] for row in rows),
        regions,
        np.array([regions.index(row["region"]) for row in rows]),
        np.array([date(int(row["since"]) + 1, 1, 1).toordinal() for row in rows]),
    )


def families_of(bindings: dict[str, dict[str, int]]) -> dict[str, str]:
    """The family of each treaty: what its code names as its parent, else itself.

    Treaties that share half of their bindings to the day, such as a treaty and the protocol that
    was open beside it, are put together as well.
    """
    family = {
        name: (name.partition(":")[2] or name).rpartition("_")[0] or name for name in bindings
    }
    for name, days in bindings.items():
        for other, other_days in bindings.items():
            same = len(days.items() & other_days.items())
            if family[name] == family[other] or name >= other:
                continue
            if same >= SAME_DAYS * min(len(days), len(other_days)):
                old, new = family[other], family[name]
                family = {key: new if value == old else value for key, value in family.items()}
    return family


def load_panel(memory_days: float = 365.25) -> list[Treaty]:
    """Return the treaties, in the order in which they opened.

    Parameters
    ----------
    memory_days : float
        Of momentum: an announcement fades by ``exp(-1 / memory_days)`` a day.
    """
    nations = load_nations()
    places = {code: place for place, code in enumerate(nations.codes)}
    bound: dict[str, dict[str, int]] = defaultdict(dict)
    signed: dict[str, dict[str, int]] = defaultdict(dict)
    for row in rows_of("bindings.csv"):
        bound[row["treaty"]][row["nation"]] = day_of(row["bound"])
        if row["signed"]:
            signed[row["treaty"]][row["nation"]] = day_of(row["signed"])
    family = families_of(bound)
    panel = []
    for row in rows_of("treaties.csv"):
        name = row["treaty"]
        if name in LEFT_OUT:
            continue
        days = np.full(len(places), NEVER)
        signatures = days.copy()
        for table, into in ((bound, days), (signed, signatures)):
            for nation, day in table[name].items():
                into[places[nation]] = day
        opened = day_of(row["opened"])
        span = (opened, LAST_DAY.toordinal())
        panel.append(_treaty(name, family[name], nations, span, days, signatures, memory_days))
    return panel


def load_signatories(memory_days: float = 365.25) -> list[Treaty]:
    """Return the four treaties of which all signatories are known, bound or not."""
    nations = load_nations()
    places = {code: place for place, code in enumerate(nations.codes)}
    found = []
    for name, (first, last) in WITH_ALL_SIGNATORIES.items():
        days = np.full(len(places), NEVER)
        signatures = days.copy()
        for row in rows_of("signatories.csv"):
            if row["treaty"] != name:
                continue
            place = places[row["nation"]]
            days[place] = day_of(row["bound"]) if row["bound"] else NEVER
            signatures[place] = day_of(row["signed"]) if row["signed"] else NEVER
        span = (day_of(first), day_of(last))
        found.append(_treaty(name, name, nations, span, days, signatures, memory_days))
    return found


def _treaty(  # noqa: PLR0913 (all that a treaty is made of)
    name: str,
    family: str,
    nations: Nations,
    span: tuple[int, int],
    days: Integers,
    signatures: Integers,
    memory_days: float,
) -> Treaty:
    """A treaty from its first and last day, and those on which each nation was bound and signed."""
    opened, last_day = span
    n_quarters = int((last_day - opened) // QUARTER)
    starts = opened + QUARTER * np.arange(n_quarters)

    def quarter_of(day: Integers) -> Integers:
        after = np.floor((day - opened) / QUARTER)
        return np.asarray(np.clip(after, 0, n_quarters), dtype=int)

    exists = nations.since <= starts[:, None]
    is_bound = (days < starts[:, None]) & exists
    member = np.eye(len(nations.regions))[nations.region]
    in_region = exists @ member
    region_share = (is_bound @ member) / np.maximum(in_region - 1.0, 1.0)
    n_nations = exists.sum(axis=1)
    fading = np.where(
        days < starts[:, None], np.exp(-np.clip(starts[:, None] - days, 0, None) / memory_days), 0.0
    )
    features = np.ones((n_quarters, len(nations.regions), len(FEATURES)))
    features[:, :, 1] = np.minimum(region_share, 1.0)
    features[:, :, 2] = np.minimum(is_bound.sum(axis=1) / (n_nations - 1.0), 1.0)[:, None]
    features[:, :, 3] = (fading.sum(axis=1) / n_nations)[:, None]
    age = np.log1p(np.arange(n_quarters)) - TYPICAL_AGE
    features[:, :, 4], features[:, :, 5] = age[:, None], age[:, None] ** 2
    entry_day = np.maximum(nations.since, opened)
    at_risk = (days > entry_day) & (entry_day < opened + QUARTER * n_quarters)
    enters = np.asarray(np.ceil((entry_day - opened) / QUARTER), dtype=int)[at_risk]
    ends = quarter_of(days)[at_risk]
    keep = (ends >= enters) & (enters < n_quarters)
    ends, enters = ends[keep], enters[keep]
    signed = np.maximum(quarter_of(signatures)[at_risk][keep] + 1, enters)
    order = np.argsort(nations.region[at_risk][keep], kind="stable")
    unique, n_on_day = np.unique(days[days >= opened], return_counts=True)
    mass = np.zeros(n_quarters + 1, dtype=bool)
    mass[quarter_of(unique[n_on_day >= MASS_DAY])] = True
    return Treaty(
        name,
        family,
        features,
        nations.region[at_risk][keep][order],
        enters[order],
        ends[order],
        signed[order],
        mass[:n_quarters],
    )
