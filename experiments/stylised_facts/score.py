"""What past coalitions show of each fact, and the rule by which the model shows it, or not."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import cache
from math import isnan
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.special import stdtrit

from experiments.stylised_facts.facts import DAYS, LARGEST, SIZES, Sample
from sim.results.estimates import chance

FOLDER = Path(__file__).parent

FACTS = {
    "a": "Members unnamed at launch",
    "b": "Bursts at meetings",
    "c": "More join than name a number",
    "d": "Reversals in both directions",
    "e": "The large carry most of the force",
}

SHOWN, PARTLY, MISSED = "shown", "partly", "missed"
UNDECIDED, NOT_SCORED = "undecided", "not scored"


class Claim(NamedTuple):
    """What is asked of one quantity.

    Attributes
    ----------
    fact : str
        Letter of the fact.
    text : str
        What the quantity is.
    history : str
        Which rows of history.csv it is set against; empty for none.
    neutral : float or None
        The value that must be exceeded for the fact to be there, where it has a sign that the
        model's rules do not force.
    scored : bool
        Whether a verdict is given where there is history or a sign.
    """

    fact: str
    text: str
    history: str = ""
    neutral: float | None = None
    scored: bool = True


def claims() -> dict[str, Claim]:
    """Every quantity by key, in the order of the table."""
    return {**of_launch(), **of_bursts(), **of_numbers(), **of_reversals(), **of_burden()}


def of_launch() -> dict[str, Claim]:
    """Fact (a), by definition of the launch."""
    found = {
        f"unnamed_at_{size}": Claim("a", f"unnamed when {size} are named", "unnamed")
        for size in SIZES
    }
    words = {
        "half": "unnamed when half of those named at the end are",
        "leaders_call": "unnamed on the leaders' call, 15 March",
        "ukraine_recovery_conference": "unnamed on the recovery conference, 10 July",
    }
    return found | {f"unnamed_at_{key}": Claim("a", text, "unnamed") for key, text in words.items()}


def of_bursts() -> dict[str, Claim]:
    """Fact (b), near any meeting, near those of all that take part, and near any occasion.

    The last is not scored: history counts declarations near meetings.
    """
    found = {}
    for key, what in (
        ("any", "any meeting"),
        ("all", "a meeting of all"),
        ("occasion", "a meeting, list or trigger"),
    ):
        is_scored = key != "occasion"
        near = f"declarations near {what}, over days"
        found |= {
            f"days_near_{key}": Claim("b", f"share of days within 3 days of {what}"),
            f"bursts_{key}": Claim("b", near, "bursts" * is_scored, 1.0, is_scored),
            f"bursts_{key}_control": Claim("b", "the same, meetings without effect"),
            f"bursts_{key}_against_control": Claim(
                "b", "the first over the second", "", 1.0, is_scored
            ),
        }
    return found


def of_numbers() -> dict[str, Claim]:
    """Fact (c), when twelve are named and on some days.

    By construction no more have pledged than are named: no sign is scored.
    """
    found = {"pledged_at_12": "pledged of named, when 12 are named"}
    found |= {f"pledged_on_day_{day}": f"pledged of named, day {day}" for day in DAYS}
    return {key: Claim("c", text, "pledged") for key, text in found.items()}


def of_reversals() -> dict[str, Claim]:
    """Fact (d), as shares, which are scored, and by run, which hangs on the coalition's size."""
    return {
        "withdrew": Claim("d", "withdrawn, of the ever named", "withdrew"),
        "returned": Claim("d", "come back, of those that left", "returned"),
        "withdrew_per_run": Claim("d", "withdrawals a run"),
        "left_per_run": Claim("d", "nations that left, a run"),
        "returned_per_run": Claim("d", "returns a run"),
        "runs_with_both": Claim("d", "share of runs with both"),
    }


def of_burden() -> dict[str, Claim]:
    """Fact (e), by contribution as history is told, and by capacity.

    The force of the ten largest is not scored: half of the runs have at most ten that give.
    """
    found = {}
    for n in LARGEST:
        text, name = f"force of the {n} largest contributors", f"force_{n}"
        found[name] = Claim("e", text, name, scored=n < LARGEST[-1])
    for n in LARGEST:
        found[f"capacity_{n}"] = Claim("e", f"force of the {n} of largest capacity")
    for n in LARGEST:
        text = f"the {n} of largest capacity: force over capacity"
        found[f"capacity_{n}_over_its_share"] = Claim("e", text, "", 1.0)
    found["concentration"] = Claim("e", "Herfindahl index of force over that of capacity")
    return found


# History -----------------------------------------------------------------------------------------


class Record(NamedTuple):
    """A row of history.csv: what one coalition shows of one quantity."""

    measure: str
    coalition: str
    until: str
    part: float
    whole: float
    base: float
    scored: bool
    confidence: str
    what: str
    source: str

    @property
    def value(self) -> float:
        """Share, over the share that would be expected where there is one."""
        return self.part / self.whole / self.base


class Band(NamedTuple):
    """Range of a quantity over past coalitions."""

    low: float
    high: float
    text: str


POOLED = ("withdrew", "returned")
"""Rare moves: counts of all coalitions are added up; the band is the 95 % interval of the sum."""

CLUSTERED = ("returned",)
"""Of these, those whose rate differs too much between coalitions to take cases as independent."""


@cache
def history() -> tuple[Record, ...]:
    """The rows of history.csv."""
    with (FOLDER / "history.csv").open(encoding="utf-8", newline="") as file:
        return tuple(record_of(row) for row in csv.DictReader(file))


def record_of(row: dict[str, str]) -> Record:
    """One row, read."""
    base = float(row["base_part"]) / float(row["base_whole"]) if row["base_part"] else 1.0
    part, whole = float(row["part"]), float(row["whole"])
    words = (row["confidence"], row["what"], row["source"])
    return Record(
        row["measure"],
        row["coalition"],
        row["until"],
        part,
        whole,
        base,
        row["scored"] == "yes",
        *words,
    )


def band_of(measure: str) -> Band | None:
    """Range that past coalitions give, or None for a quantity without history.

    Least to most of those scored; for rare moves the 95 % interval of their sum: that of
    [Wilson1927]_ for withdrawals, clustered by coalition for returns.
    """
    records = [record for record in history() if record.measure == measure and record.scored]
    if not records:
        return None
    if measure in POOLED:
        part, whole = (int(sum(each)) for each in zip(*[r[3:5] for r in records], strict=True))
        found = chance(part, whole)
        low, high = clustered(records) if measure in CLUSTERED else (found.low, found.high)
        return Band(low, high, f"{part} of {whole}: {span(low, high)}")
    values = [record.value for record in records]
    return Band(min(values), max(values), span(min(values), max(values)))


def clustered(records: list[Record]) -> tuple[float, float]:
    """95 % interval of a pooled share whose cases in one coalition are not independent.

    The ratio of sums, its variance from what each coalition departs from it, and Student's t with
    one degree of freedom fewer than there are coalitions; cut off at 0 and 1.
    """
    part, whole = (np.array([r[place] for r in records]) for place in (3, 4))
    n, share = len(records), part.sum() / whole.sum()
    error = np.sqrt(n / (n - 1) * ((part - share * whole) ** 2).sum()) / whole.sum()
    half = float(stdtrit(n - 1, 0.975) * error)
    return max(float(share) - half, 0.0), min(float(share) + half, 1.0)


def span(low: float, high: float) -> str:
    """Two numbers as a range."""
    return f"{low:.2f} to {high:.2f}"


# Verdicts ----------------------------------------------------------------------------------------


ROUNDING = 1e-6
"""What a share may lose by the six digits that the table on record keeps."""


def verdict(sample: Sample, claim: Claim, band: Band | None) -> str:
    """Whether the model shows what is asked.

    1. *undecided* if the 95 % Monte Carlo interval straddles the neutral value or an edge of the
       range of history: more runs would tell.
    2. *missed* if the fact has a sign and the interval lies below the neutral value.
    3. *shown* if the estimate lies in the range of history, or if history gives none.
    4. *partly* if the sign is right, or if the range that holds 90 % of the runs meets that of
       history. For rare moves the range over runs does not count: history gives their rate, and
       a single run has too few cases to have one.
    5. *missed* otherwise. A quantity with neither sign nor history is *not scored*.
    """
    nothing = band is None and claim.neutral is None
    if isnan(sample.estimate) or nothing or not claim.scored:
        return NOT_SCORED
    if claim.neutral is not None and sample.estimate <= claim.neutral:
        return UNDECIDED if sample.high > claim.neutral else MISSED
    if any(sample.low < edge < sample.high for edge in edges(claim, band)):
        return UNDECIDED
    if band is None or band.low <= sample.estimate <= band.high:
        return SHOWN
    near = claim.history not in POOLED and meets(sample.q05, sample.q95, band)
    return PARTLY if claim.neutral is not None or near else MISSED


def edges(claim: Claim, band: Band | None) -> list[float]:
    """Values on whose sides the verdict differs."""
    found = [] if band is None else [band.low, band.high]
    return found if claim.neutral is None else [*found, claim.neutral]


def meets(low: float, high: float, band: Band) -> bool:
    """Whether a range and that of history have a value in common, to the digits on record."""
    return low <= band.high + ROUNDING and high >= band.low - ROUNDING


def together(verdicts: list[str]) -> str:
    """Verdict on a fact: that of its quantities if they agree, else *partly*."""
    scored = {each for each in verdicts if each != NOT_SCORED}
    if not scored:
        return NOT_SCORED
    return scored.pop() if len(scored) == 1 else PARTLY


class Line(NamedTuple):
    """A line of the table."""

    scenario: str
    fact: str
    key: str
    quantity: str
    history: str
    sample: Sample
    verdict: str


def lines_of(scenario: str, samples: dict[str, Sample]) -> Iterator[Line]:
    """Lines of one scenario, in the order of the claims; those it cannot give are left out."""
    for key, claim in claims().items():
        if key in samples:
            band = band_of(claim.history)
            found = verdict(samples[key], claim, band)
            told = "" if band is None else band.text
            yield Line(scenario, claim.fact, key, claim.text, told, samples[key], found)


def verdicts_of(lines: list[Line]) -> dict[tuple[str, str], str]:
    """Verdict on each fact in each scenario."""
    found: dict[tuple[str, str], list[str]] = {}
    for line in lines:
        found.setdefault((line.fact, line.scenario), []).append(line.verdict)
    return {key: together(verdicts) for key, verdicts in found.items()}


# The table on record -----------------------------------------------------------------------------

COLUMNS = ("scenario", "fact", "key", "quantity", "history", *Sample._fields, "verdict")


def write_table(lines: list[Line], file: Path) -> None:
    """Write the lines as CSV, numbers to six digits."""
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(COLUMNS)
        for line in lines:
            numbers = [f"{value:.6g}" for value in line.sample]
            writer.writerow([*line[:5], *numbers, line.verdict])


def read_table(file: Path = FOLDER / "table.csv") -> list[Line]:
    """Lines of a table as they were written."""
    with file.open(encoding="utf-8", newline="") as text:
        rows = list(csv.reader(text))[1:]
    return [Line(*row[:5], Sample(*map(float, row[5:10]), int(row[10])), row[11]) for row in rows]
