"""Records of past coalitions: who did what when, from CSV files; `docs/histories.md` is the format.

A record stands beside the scenario file that names it. Each row is an event with a date, an
interval of dates or none, its publisher and how sure it is.
"""

from __future__ import annotations

import csv
import datetime
import io
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from sim.core.stages import DEPLOYED, LEFT, PLEDGED, PUBLIC, TALKS, WILLING
from sim.scenario.files.errors import Problem, ScenarioError
from sim.scenario.files.suggestions import unknown
from sim.scenario.files.yaml import read_text

EVENTS: Mapping[str, int | None] = MappingProxyType(
    {
        "endorsed": TALKS,
        "public": PUBLIC,
        "pledged": PLEDGED,
        "deployed": DEPLOYED,
        "refused": LEFT,
        "left": LEFT,
        "unnamed": WILLING,
        "noted": None,
    }
)
"""Events of a record, each with the stage that it tells of; None tells of no stage."""

JOINING = tuple(event for event, stage in EVENTS.items() if stage in (PUBLIC, PLEDGED, DEPLOYED))
"""Events after which everybody knows that a nation takes part."""

KINDS = (
    "political",
    "ground",
    "air",
    "naval",
    "logistics",
    "training",
    "funding",
    "overflight_basing",
    "unspecified",
)
"""What an event is about."""

CONFIDENCES = ("high", "medium", "low")
UNNAMED = "unnamed"
ALL_NATIONS = "ALL"
"""Stands in the column ``nation`` for a count of nations without their names."""

REQUIRED = ("nation", "first", "last", "event", "kind", "detail", "publisher", "confidence")
COLUMNS = (*REQUIRED[:5], "number", "in_scenario", *REQUIRED[5:])
NEVER_BLANK = ("nation", "event", "kind", "detail", "publisher", "confidence")

_NUMBER = re.compile(r"(\d{1,6})(?:-(\d{1,6}))?")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_NATION = re.compile(r"[A-Z]{3}")


class Entry(NamedTuple):
    """One row of a record.

    Attributes
    ----------
    nation : str
        Its id, or ``ALL`` for a count of unnamed members.
    first, last : datetime.date or None
        The earliest and the latest day on which it may have happened, the same if the day is known;
        None where nothing bounds it.
    event : str
        One of `EVENTS`.
    kind : str
        One of `KINDS`.
    number : (int, int) or None
        The least and the largest number of unnamed members.
    in_scenario : bool
        False for a nation outside the scenario, kept for the counts.
    detail, publisher, confidence : str
    line : int
        Line in the file, from 1.
    """

    nation: str
    first: datetime.date | None
    last: datetime.date | None
    event: str
    kind: str
    number: tuple[int, int] | None
    in_scenario: bool
    detail: str
    publisher: str
    confidence: str
    line: int

    @property
    def is_exact(self) -> bool:
        """True if the day is known."""
        return self.first is not None and self.first == self.last


def read_record(
    path: str, nations: Collection[str], public: Collection[str] = ()
) -> tuple[Entry, ...]:
    """The rows of a record, in the order of the file.

    Parameters
    ----------
    path : str
    nations : collection of str
        Ids of the nations of the scenario.
    public : collection of str
        Those of them that start public: they may leave without a row that makes them so.

    Raises
    ------
    ScenarioError
        With every problem of the file, one line each.
    """
    problems: list[Problem] = []
    entries: list[Entry] = []
    for line, cells in _rows(path):
        found = list(_row_problems(cells, nations))
        problems += [Problem(path, line, column, message) for column, message in found]
        if not found:
            entries.append(_entry(cells, line))
    together = _history_problems(entries, public)
    problems += [Problem(path, line, "", message) for line, message in together]
    if problems:
        raise ScenarioError(sorted(problems, key=lambda each: each.line or 0))
    return tuple(entries)


def _rows(path: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows by column, with their lines; what a file may leave out is blank."""
    reader = csv.reader(io.StringIO(read_text(path), newline=""), strict=True)
    header: list[str] = []
    line = 1
    try:
        for cells in reader:
            stripped = [cell.strip() for cell in cells]
            if not header:
                header = stripped
                _check_header(path, line, header)
            elif any(stripped):
                if len(cells) != len(header):
                    message = f"has {len(cells)} cells; the first line has {len(header)}"
                    raise ScenarioError([Problem(path, line, "", message)])
                yield line, dict.fromkeys(COLUMNS, "") | dict(zip(header, stripped, strict=True))
            line = reader.line_num + 1
    except csv.Error as error:
        message = f"is not a table of comma-separated values: {error}"
        raise ScenarioError([Problem(path, line, "", message)]) from None
    if not header:
        raise ScenarioError([Problem(path, 1, "", "is empty; its first line names the columns")])


def _check_header(path: str, line: int, header: list[str]) -> None:
    """Raise unless the columns are those of a record."""
    messages = [unknown("column", name, COLUMNS) for name in header if name not in COLUMNS]
    messages += [f"has no column {name}" for name in REQUIRED if name not in header]
    messages += [
        f"the column {name!r} is given twice" for name in COLUMNS if header.count(name) > 1
    ]
    if not set(header) & set(COLUMNS):  # any file: nothing of it is quoted
        messages = [f"is no record: its first line names none of {', '.join(COLUMNS)}"]
    if messages:
        raise ScenarioError(Problem(path, line, "", message) for message in messages)


def _row_problems(cells: dict[str, str], nations: Collection[str]) -> Iterator[tuple[str, str]]:
    """What is wrong with a row: column and message."""
    for column in NEVER_BLANK:
        if not cells[column]:
            yield column, "must not be blank"
    for column, known in (("event", list(EVENTS)), ("kind", KINDS), ("confidence", CONFIDENCES)):
        if cells[column] and cells[column] not in known:
            yield column, unknown(column, cells[column], known)
    if "://" in cells["publisher"]:
        yield "publisher", "must be who published it, not an address"
    yield from _nation_problems(cells, nations)
    yield from _date_problems(cells)
    yield from _number_problems(cells)


def _nation_problems(cells: dict[str, str], nations: Collection[str]) -> Iterator[tuple[str, str]]:
    nation, said = cells["nation"], cells["in_scenario"]
    if said not in ("", "yes", "no"):
        yield "in_scenario", f"{said!r} must be yes or no; blank means yes"
    elif nation == ALL_NATIONS or not nation:
        return
    elif said != "no" and nation not in nations:
        hint = "" if len(nation) != 3 else "; write no under in_scenario if it is not at risk"
        yield "nation", unknown("nation", nation, sorted(nations)) + hint
    elif said == "no" and nation in nations:
        yield "in_scenario", f"{nation!r} is in the scenario"
    elif said == "no" and not _NATION.fullmatch(nation):
        yield "nation", f"{nation!r} must be three capital letters"


def _date_problems(cells: dict[str, str]) -> Iterator[tuple[str, str]]:
    dates = []
    for column in ("first", "last"):
        date = _date(cells[column])
        if cells[column] and date is None:
            yield column, f"{cells[column]!r} must be a calendar date such as 2003-03-18, or blank"
        elif date is not None:
            dates.append(date)
    if len(dates) == 2 and dates[0] > dates[1]:
        yield "last", f"{dates[1]} must not be before {dates[0]}"
    if cells["event"] == UNNAMED and (cells["first"] != cells["last"] or not cells["first"]):
        yield "first", "a count of unnamed members needs its day"


def _number_problems(cells: dict[str, str]) -> Iterator[tuple[str, str]]:
    is_count = cells["event"] == UNNAMED
    if is_count != (cells["nation"] == ALL_NATIONS):
        yield "nation", f"{ALL_NATIONS} stands for unnamed members, and for nothing else"
    number = _number(cells["number"])
    if is_count and number is None:
        yield "number", f"{cells['number']!r} must be a number such as 15, or a range such as 12-18"
    elif number is not None and number[0] > number[1]:
        yield "number", f"{cells['number']!r} must rise"
    elif cells["number"] and not is_count:
        yield "number", "only counts of unnamed members have one"


def _history_problems(
    entries: Iterable[Entry], public: Collection[str]
) -> Iterator[tuple[int, str]]:
    """What is wrong with rows taken together: line and message."""
    seen: dict[Entry, int] = {}
    joined: dict[str, list[Entry]] = {}
    for entry in entries:
        first = seen.setdefault(entry._replace(line=0), entry.line)
        if first != entry.line:
            yield entry.line, f"is the same as line {first}"
        if entry.event in JOINING:
            joined.setdefault(entry.nation, []).append(entry)
    for entry in seen:
        before = [
            each
            for each in joined.get(entry.nation, ())
            if entry.last is None or each.first is None or each.first <= entry.last
        ]
        if entry.event == "left" and not before and entry.nation not in public:
            message = f"{entry.nation} leaves before it was public; a nation that was not refuses"
            yield seen[entry], message


def _entry(cells: dict[str, str], line: int) -> Entry:
    return Entry(
        cells["nation"],
        _date(cells["first"]),
        _date(cells["last"]),
        cells["event"],
        cells["kind"],
        _number(cells["number"]),
        cells["in_scenario"] != "no",
        cells["detail"],
        cells["publisher"],
        cells["confidence"],
        line,
    )


def _date(text: str) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        return None


def _number(text: str) -> tuple[int, int] | None:
    found = _NUMBER.fullmatch(text)
    return (int(found[1]), int(found[2] or found[1])) if found else None
