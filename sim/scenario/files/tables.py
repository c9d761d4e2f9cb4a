"""Tables of nations and of dyads, read from CSV files as trees."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import Any, NamedTuple

from sim.core.stages import STAGES
from sim.scenario.behaviour import INITIAL
from sim.scenario.files.errors import Problem, ScenarioError, Steps
from sim.scenario.files.suggestions import closest_of, unknown
from sim.scenario.files.tree import Node
from sim.scenario.files.yaml import parse_value, read_text
from sim.scenario.parts import KEYED_BY, MOST_NATIONS, Nation

NESTED_FIELDS = (*KEYED_BY, "stage")
"""Fields of a nation that a table gives in columns such as ``capacity.ground``."""

NOTE_COLUMNS = ("note", "source")
"""Columns that hold text for the reader and are not used."""

PLAIN_COLUMNS = tuple(
    name for name in Nation.model_fields if name not in NESTED_FIELDS or name == "stage"
)
MOST_DYADS = 2_000_000
MOST_DRAWS = 100_000
MOST_RAGGED = 20
"""Rows of another length that are listed one by one."""

DYAD_COLUMNS = ("nation", "peer", "weight")

_SEPARATORS = MappingProxyType({";": "semicolons", "\t": "tabs", "|": "vertical bars"})
"""What other programs put between cells. It is named and not read: with a decimal comma beside
it, a wrong guess would change numbers without a word."""
_SPREADSHEET_HINT = re.compile(r"sep=(.)", re.IGNORECASE)
_DIGITS = re.compile(r"[-+]?\d+")


def nation_table(
    path: str,
    named: Node,
    known: Mapping[str, Sequence[str]],
    steps: Steps = ("nations", "table"),
) -> tuple[list[Node], list[Problem]]:
    """The nations of a table, one mapping a row, and what is wrong with single columns and cells.

    Parameters
    ----------
    path : str
    named : Node
        The value that names the table.
    known : mapping of field to names
        Conditions under ``reliance`` and ``sensitivity``, kinds under ``capacity``, ``pledge``.
    steps : tuple
        Path of ``named``.

    Raises
    ------
    ScenarioError
        If it cannot be read as a table with a column ``id``.
    """
    names = (*PLAIN_COLUMNS, *NESTED_FIELDS)
    rows = table_rows(path, named, steps, names)
    line, header = next(rows, (1, []))
    known = {**known, "stage": (*STAGES, INITIAL)}
    _check_is_ours(path, line, header, names)
    columns: list[str] = []  # empty for each that is not used
    problems: list[Problem] = []
    for column in header:
        message = _column_problem(column, known, columns)
        if message:
            problems.append(Problem(path, line, "", message))
        columns.append("" if message or column in NOTE_COLUMNS else column)
    if "id" not in columns:
        message = "has no column id; its first line must name the columns"
        raise ScenarioError([*problems, Problem(path, line, "", message)])
    nations: list[Node] = []
    for line, cells in rows:
        row = dict(zip(columns, cells, strict=False))
        if len(cells) != len(header):  # its cells may stand under any column
            problems.append(ragged_row(path, line, cells, header))
            row = {"id": row.get("id", "")}
        nations.append(_nation_row(row, path, line, problems))
        if len(nations) > MOST_NATIONS:
            raise ScenarioError([Problem(path, line, "", f"has over {MOST_NATIONS} nations")])
    if not nations:
        problems.append(Problem(path, 1, "", "has no nations below its first line"))
    return nations, problems


def ragged_row(path: str, line: int, cells: list[str], header: list[str]) -> Problem:
    """The problem of a row that has not one cell for each column."""
    noun = "cell" if len(cells) == 1 else "cells"
    message = f"has {len(cells)} {noun}; the first line has {len(header)}"
    others = [name for separator, name in _SEPARATORS.items() if separator in cells[0]]
    if len(cells) == 1 and others:
        message += f"; cells are separated by commas, not by {others[0]}"
    elif len(cells) < len(header):
        message += "; a blank cell needs its comma"
    elif any(_DIGITS.fullmatch(left) and right.isdecimal() for left, right in pairwise(cells)):
        message += "; a comma in a number makes two cells of it: write 0.5, not 0,5"
    return Problem(path, line, "", message)


def table_rows(
    path: str, named: Node, where: Steps, names: Sequence[str]
) -> Iterator[tuple[int, list[str]]]:
    """Lines that are not blank, with their numbers; ``names`` are those that columns may have."""
    text = read_text(path, named, where)
    _check_separator(path, text, names)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for cells in reader:
            stripped = [cell.strip() for cell in cells]
            if any(stripped):
                yield line, stripped
            line = reader.line_num + 1
    except csv.Error as error:
        problem = Problem(path, line, "", f"is not a table of comma-separated values: {error}")
        raise ScenarioError([problem]) from None


def _check_separator(path: str, text: str, names: Sequence[str]) -> None:
    """Refuse a table whose first line names more columns if it is not split at commas."""
    begun = text[:100_000].splitlines()
    line, first = next(((n, each) for n, each in enumerate(begun, 1) if each.strip()), (1, ""))
    hint = _SPREADSHEET_HINT.fullmatch(first.strip())
    if hint is not None and hint[1] == ",":
        message = f"its first line must name the columns; remove {first.strip()!r}"
        raise ScenarioError([Problem(path, line, "", message)])
    if hint is not None:
        line, first = next(
            ((n, x) for n, x in enumerate(begun[line:], line + 1) if x.strip()), (line, "")
        )

    def n_named(separator: str) -> int:
        columns = (cell.strip().strip("\"'").partition(".")[0] for cell in first.split(separator))
        return sum(column.casefold() in names for column in columns)

    best = max(_SEPARATORS, key=n_named)
    if n_named(best) > n_named(","):
        message = (
            f"its cells are separated by {_SEPARATORS[best]}; they must be by commas, with points "
            "in numbers (0.5). A spreadsheet asks for the separator, or takes it from the "
            "language, when it saves a table as CSV"
        )
        raise ScenarioError([Problem(path, line, "", message)])


def _check_is_ours(path: str, line: int, header: Sequence[str], names: Sequence[str]) -> None:
    """Refuse a file of which no column is known. It may be anything, so nothing of it is quoted."""
    if header and not any(column.partition(".")[0].casefold() in names for column in header):
        columns = ", ".join(dict.fromkeys(names))
        message = f"is no table: its first line names none of the columns {columns}"
        raise ScenarioError([Problem(path, line, "", message)])


def _column_problem(column: str, known: Mapping[str, Sequence[str]], before: list[str]) -> str:
    """What is wrong with a column, given those before it; empty if it is right."""
    field, dot, name = column.partition(".")
    if column in before:
        return f"the column {column!r} is given twice"
    if field == "stage" and any(other.partition(".")[0] == "stage" for other in before):
        clash = "stage" if dot else "stage."
        if any(other.startswith(clash) and ("." in other) != bool(dot) for other in before):
            return "there are both a column stage and columns stage.NAME; use one form"
    if dot and field in NESTED_FIELDS:
        names = known.get(field, ())
        what = KEYED_BY.get(field, field).removesuffix("s")
        return "" if name in names else unknown(what, name, list(names))
    if column in PLAIN_COLUMNS or column in NOTE_COLUMNS:
        return ""
    if column in NESTED_FIELDS:
        return f"the column {column!r} must name what it is about, such as {column}.NAME"
    return unknown(
        "column", column, [*PLAIN_COLUMNS, *(f"{n}.NAME" for n in NESTED_FIELDS), *NOTE_COLUMNS]
    )


def _nation_row(cells: dict[str, str], path: str, line: int, problems: list[Problem]) -> Node:
    """A row as a mapping; a blank cell is left out."""
    entries: dict[str, Node] = {}
    for column, text in cells.items():
        if not text or not column:
            continue
        try:
            is_text = column in ("id", "name")
            value = Node(text, path, line, text) if is_text else parse_value(text, path, line)
        except ScenarioError as error:
            problems += [Problem(path, line, column, p.message) for p in error.problems]
            continue
        field, dot, name = column.partition(".")
        if dot:
            entries.setdefault(field, Node({}, path, line)).value[name] = value
        else:
            entries[column] = value
    return Node(entries, path, line)


def dyad_table(path: str, named: Node) -> Node:
    """The dyads of a table with columns nation, peer and, optionally, weight: a list of lists.

    Raises
    ------
    ScenarioError
        If it cannot be read as such a table.
    """
    rows = table_rows(path, named, ("ties", "dyads"), DYAD_COLUMNS)
    line, header = next(rows, (1, []))
    indices = _dyad_columns(header, path, line)
    dyads: list[Node] = []
    problems: list[Problem] = []
    for line, cells in rows:
        if len(cells) != len(header):
            problems.append(ragged_row(path, line, cells, header))
            continue
        nation, peer, *weight = (cells[i] for i in indices)
        dyad = [Node(nation, path, line, nation), Node(peer, path, line, peer)]
        try:
            dyad += [parse_value(text, path, line) for text in weight if text]
        except ScenarioError as error:
            problems += error.problems
        dyads.append(Node(dyad, path, line))
        if len(dyads) > MOST_DYADS:
            raise ScenarioError([Problem(path, line, "", f"has over {MOST_DYADS} dyads")])
    if problems:
        raise ScenarioError(problems)
    return Node(dyads, path, 1)


def _dyad_columns(header: list[str], path: str, line: int) -> list[int]:
    """Where nation, peer and weight stand in a row."""
    wanted = DYAD_COLUMNS
    _check_is_ours(path, line, header, wanted)
    messages = [
        *(
            unknown("column", x, [*wanted, *NOTE_COLUMNS])
            for x in header
            if x not in (*wanted, *NOTE_COLUMNS)
        ),
        *(f"the column {x!r} is given twice" for x in wanted if header.count(x) > 1),
        *(
            f"has no column {x}; its first line must name the columns"
            for x in wanted[:2]
            if x not in header
        ),
    ]
    if messages:
        raise ScenarioError(Problem(path, line, "", message) for message in messages)
    return [header.index(column) for column in wanted if column in header]


class DrawTable(NamedTuple):
    """A table of joint draws before it is known what its columns are of.

    Attributes
    ----------
    file : str
        Empty in Python.
    header : int or None
        Line of the names of the columns.
    lines : list of int
        Line of each draw; empty in Python.
    columns : dict of str to sequence
        Cells by name: text of a file, values of Python, numbers that have been checked.
    named : Node or None
        The value that names the table.
    """

    file: str
    header: int | None
    lines: list[int]
    columns: Mapping[str, Sequence[Any]]
    named: Node | None = None

    @property
    def n_lines(self) -> int:
        """Number of draws."""
        return len(next(iter(self.columns.values()), ()))


def joint_table(path: str, named: Node, names: Sequence[str], sha256: str = "") -> DrawTable:
    """The joint draws of a table whose first line has paths of a scenario.

    Parameters
    ----------
    path : str
    named : Node
        The value that names it.
    names : sequence of str
        What paths may begin with.
    sha256 : str
        Of its text, if that must be as it was stored.

    Raises
    ------
    ScenarioError
        If it cannot be read as such a table.
    """
    rows = table_rows(path, named, ("draws",), names)
    line, header = next(rows, (1, []))
    problems = list(_header_problems(path, line, header, names))
    lines, cells, n_ragged = list[int](), [list[str]() for _ in header], 0
    for number, row in rows:
        if len(row) != len(header):
            n_ragged += 1
            problems += [ragged_row(path, number, row, header)] if n_ragged <= MOST_RAGGED else []
            continue
        lines.append(number)
        for column, cell in zip(cells, row, strict=True):
            column.append(cell)
        if len(lines) > MOST_DRAWS:
            raise ScenarioError([Problem(path, number, "", f"has over {MOST_DRAWS:,} draws")])
    if n_ragged > MOST_RAGGED:
        message = f"{n_ragged - MOST_RAGGED:,} more lines have too many or too few cells"
        problems.append(Problem(path, None, "", message))
    if not lines and not problems:
        problems.append(Problem(path, line, "", "has no joint draws below its first line"))
    if sha256 and not problems:
        problems += _changed(path, read_text(path, named, ("draws",)), sha256)
    if problems:
        raise ScenarioError(problems)
    return DrawTable(path, line, lines, dict(zip(header, cells, strict=True)), named)


def _changed(path: str, text: str, sha256: str) -> Iterator[Problem]:
    """The problem of a table that is not as it was stored."""
    found = hashlib.sha256(text.replace("\r\n", "\n").encode()).hexdigest()
    if found != sha256:
        message = f"was changed: its SHA-256 is {found[:12]}..., not {sha256[:12]}..."
        yield Problem(path, None, "", message)


def _header_problems(
    path: str, line: int, header: list[str], names: Sequence[str]
) -> Iterator[Problem]:
    """What is wrong with the first line of joint draws, apart from what its paths lead to."""
    begins = {column.partition(".")[0] for column in header}
    if not any(begin in names or closest_of(begin, names) for begin in begins):
        message = "is no table of joint draws: its first line names no number of the scenario"
        raise ScenarioError([Problem(path, line, "", message)])
    for column in dict.fromkeys(header):
        if column and header.count(column) > 1:
            yield Problem(path, line, "", f"the column {column!r} is given twice")
    if "" in header:
        message = f"column {header.index('') + 1} has no name; a name is a path of a number"
        yield Problem(path, line, "", message)
