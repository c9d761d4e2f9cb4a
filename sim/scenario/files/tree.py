"""Trees of values, each with the file and line that it comes from.

Scalars follow YAML 1.2's core schema: ``NO`` is text, ``1e12`` a number, ``12:30`` text and
``0777`` seven hundred and seventy-seven.
"""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Iterable, KeysView, Mapping, Sequence, Set, ValuesView
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import islice
from os import PathLike, fspath
from typing import Any, NamedTuple

from sim.scenario.distribution import Distribution
from sim.scenario.files.errors import Problem, ScenarioError, Steps
from sim.scenario.files.suggestions import closest_of
from sim.scenario.joint_draws import DrawsForm, JointDraws

DEEPEST = 24
"""Largest number of collections nested in one another."""

MOST_KEYS = 100
"""Keys of a file that are looked at to tell what it is."""

_SCALARS = frozenset({str, int, float, bool, type(None)})
_PLAIN = _SCALARS | {dict, list}
"""Types of nearly all values: told by these, a value is looked at once and not ten times."""

_INTEGER = re.compile(r"[-+]?[0-9]+")
_BASED = re.compile(r"0(o[0-7]+|x[0-9a-fA-F]+)")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INFINITE = re.compile(r"[-+]?\.(inf|Inf|INF)")
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


class Source(NamedTuple):
    """What holds a value: a file, or the scenario in Python or a base inside it, by its number."""

    file: str
    inline: int


@dataclass(slots=True, eq=False)
class Node:
    """A value with the place where it is written.

    Attributes
    ----------
    value : dict of str to Node, list of Node, or a scalar
    file : str
    line : int or None
    text : str
        A scalar as it is written.
    inline : int
        Number of the base that holds it, among those that a scenario in Python holds itself.
    """

    value: Any
    file: str
    line: int | None
    text: str = ""
    inline: int = 0

    @property
    def source(self) -> Source:
        """What holds it."""
        return Source(self.file, self.inline)

    def at(self, value: Any) -> Node:
        """Another value in the same place."""
        return Node(value, self.file, self.line, self.text, self.inline)

    def get(self, key: str) -> Node | None:
        """The value under a key, None if there is none or this is no mapping."""
        return self.value.get(key) if isinstance(self.value, dict) else None

    def text_of(self, key: str) -> str:
        """The text under a key; empty if there is none."""
        found = self.get(key)
        return found.value if found is not None and isinstance(found.value, str) else ""

    def find(self, steps: Steps) -> Node:
        """The value at a path, or the last one on the way to it."""
        node = self
        for step in steps:
            if isinstance(node.value, dict):
                below = node.value.get(step)
            else:
                is_there = isinstance(node.value, list) and step in range(len(node.value))
                below = node.value[step] if is_there else None
            if below is None:
                break
            node = below
        return node

    def problem(self, path: Steps, message: str) -> Problem:
        """A problem with this value."""
        return Problem(self.file, self.line, ".".join(map(str, path)), message)


def quoted(node: Node, longest: int = 60) -> str:
    """A value as a message shows it: as it is written, and shortened."""
    if isinstance(node.value, (dict, list)):
        is_mapping = isinstance(node.value, dict)
        items = node.value.items() if isinstance(node.value, dict) else enumerate(node.value)
        parts: list[str] = []
        length = 2
        for key, item in items:
            parts.append((f"{key}: " if is_mapping else "") + quoted(item, longest))
            length += len(parts[-1]) + 2
            if length > longest:  # a long collection is not written out whole to be cut off
                break
        inside = ", ".join(parts)
        text = f"{{{inside}}}" if is_mapping else f"[{inside}]"
    else:
        text = node.text if node.text or isinstance(node.value, str) else str(node.value)
        text = repr(text) if isinstance(node.value, str) or not text else text
    return text if len(text) <= longest else text[: longest - 4] + "..." + text[-1]


def is_foreign(node: Node, known: Sequence[str]) -> bool:
    """True if no key of a mapping is known or like a known one: the file is of another kind."""
    keys = islice(node.value, MOST_KEYS)
    return not any(key in known or closest_of(key, known) for key in keys)


def plain(node: Node) -> Any:
    """The tree as plain dicts, lists and scalars."""
    value = node.value
    if isinstance(value, dict):
        return {key: plain(child) for key, child in value.items()}
    if isinstance(value, list):
        return [plain(child) for child in value]
    return value


def scalar(text: str) -> bool | int | float | str | None:
    """The value of an unquoted scalar under YAML 1.2's core schema.

    Examples
    --------
    >>> [scalar(text) for text in ("NO", "1e3", "12:30", "0777", "~", "2025-03-10")]
    ['NO', 1000.0, '12:30', 777, None, '2025-03-10']
    """
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text) if len(text) <= 300 else float(text)
    if _BASED.fullmatch(text) and len(text) <= 300:
        return int(text, 0)
    if _FLOAT.fullmatch(text):
        return float(text)
    if _INFINITE.fullmatch(text):
        return -math.inf if text[0] == "-" else math.inf
    return math.nan if text in (".nan", ".NaN", ".NAN") else text


def scalar_node(text: str, file: str, line: int | None) -> Node:
    """An unquoted scalar as a node."""
    return Node(scalar(text), file, line, text)


def is_encodable(text: str) -> bool:
    """Whether text can be written as UTF-8: no lone surrogates."""
    return text.isascii() or not any(0xD800 <= ord(character) <= 0xDFFF for character in text)


def builtin(value: object) -> Any:
    """A value of NumPy, pandas or xarray as one of Python's own, as a file would hold it.

    Numbers become int, float or bool, and ranges, arrays and series lists. A date, and a time at
    midnight, becomes the text of the date. What is missing, as in a table, becomes NaN, and a path
    text. Anything else stays as it is; so do the items of a list.

    Examples
    --------
    >>> import numpy as np
    >>> builtin(np.float32(0.5)), builtin(range(10, 30, 10)), builtin(np.datetime64("2025-03-10"))
    (0.5, [10, 20], '2025-03-10')
    """
    if type(value) in _PLAIN:
        return value
    found: Any = value
    kind = getattr(getattr(found, "dtype", None), "kind", "")  # of NumPy, pandas and xarray
    if type(found).__name__ in ("NAType", "MaskedConstant"):
        found = math.nan
    elif isinstance(found, datetime.date):
        found = _date_text(found)
    elif isinstance(found, PathLike):
        found = fspath(found)
    elif kind == "m" or isinstance(found, datetime.timedelta):  # its unit would be lost
        found = list(found) if getattr(found, "ndim", 0) else found
    elif hasattr(found, "ndim") and not hasattr(found, "columns") and kind != "V":
        found = _from_array(found, kind)
    elif hasattr(found, "to_pylist"):  # a column of Arrow
        found = found.to_pylist()
    elif isinstance(found, Decimal | Fraction):
        found = int(found) if float(found).is_integer() else float(found)
    elif isinstance(found, Sequence | KeysView | ValuesView):
        found = found if isinstance(found, str | bytes | bytearray) else list(found)
    return found


def _from_array(array: Any, kind: str) -> Any:
    """An array, series or scalar of NumPy's kind as lists, or as one of Python's scalars."""
    if not hasattr(array, "tolist"):  # a labelled one of xarray
        array = array.values
    if kind == "M" and hasattr(array, "astype") and type(array).__module__ == "numpy":
        array = array.astype("datetime64[us]")  # from finer ones, Python would make numbers
    found = array.tolist()
    if kind != "O":
        found = _missing_as_nan(found)
    if isinstance(found, datetime.date):
        return _date_text(found)
    return float(found) if kind == "f" and not isinstance(found, list | float) else found


def _missing_as_nan(found: Any) -> Any:
    """What an array that cannot hold None gave for what is missing: None would mean "removed"."""
    if isinstance(found, list):
        return [_missing_as_nan(each) for each in found]
    return math.nan if found is None else found


def _date_text(date: datetime.date) -> str | float:
    """A date as a file writes it, with the time of day if that is not midnight; NaN for none."""
    if str(date) == "NaT":  # pandas' missing date
        return math.nan
    if isinstance(date, datetime.datetime) and date.time() == datetime.time():
        date = date.date()
    return date.isoformat()


def as_mapping(given: Any) -> Any:
    """A series of pandas whose labels are text as the mapping that it is; anything else as it is.

    Examples
    --------
    >>> import pandas as pd
    >>> as_mapping(pd.Series({"days": 20})), as_mapping(["days=20"])
    ({'days': 20}, ['days=20'])
    """
    is_series = hasattr(given, "index") and hasattr(given, "to_dict")
    is_named = is_series and all(isinstance(label, str) for label in given.index)
    return given.to_dict() if is_named else given


def tree_from(value: object, file: str = "", path: Steps = ()) -> Node:
    """A tree from Python's, NumPy's and pandas' mappings, lists and scalars, without lines.

    Raises
    ------
    ScenarioError
        If something in it is none of these, or it is nested too deep.
    """
    if len(path) > DEEPEST:
        raise _not_a_value(file, path[:4], f"is nested more than {DEEPEST} deep")
    if type(value) in _SCALARS:
        return _leaf(value, file, path)
    value = builtin(value)
    if isinstance(value, DrawsForm):
        return Node(value.draws, file, None)
    if isinstance(value, Mapping):
        entries = {}
        for given, child in value.items():
            key = builtin(given)  # dates are keys where each has a weight, and so are days
            key = str(key) if isinstance(key, int) and not isinstance(key, bool) else key
            if not isinstance(key, str) or not is_encodable(key):
                raise _not_a_value(file, path, f"the key {given!r} must be text")
            entries[key] = tree_from(child, file, (*path, key))
        return Node(entries, file, None)
    if isinstance(value, list):
        return Node([tree_from(x, file, (*path, i)) for i, x in enumerate(value)], file, None)
    if isinstance(value, Distribution):
        return tree_from(value.as_dict(), file, path)
    return _leaf(value, file, path)


def _leaf(value: Any, file: str, path: Steps) -> Node:
    """One of Python's scalars, or joint draws."""
    if type(value) is float:
        return Node(value, file, None, str(value).removesuffix(".0"))
    if isinstance(value, JointDraws):
        return Node(value, file, None)
    if not isinstance(value, (str, int, float, type(None))):
        raise _not_a_value(file, path, f"a {type(value).__name__} {_no_part(value)}")
    if isinstance(value, str) and not is_encodable(value):
        raise _not_a_value(file, path, "has characters that are not text")
    if isinstance(value, int) and abs(value) >= 10**300:
        value = math.inf if value > 0 else -math.inf
    text = str(value)
    if value is None or isinstance(value, bool):
        text = "null" if value is None else text.lower()
    elif isinstance(value, float):  # of a class of its own
        text = text.removesuffix(".0")
    return Node(value, file, None, text)


def _no_part(value: Any) -> str:
    """Why a value is no part of a scenario, and what to write instead."""
    if isinstance(value, Set):
        return "is no part of a scenario, as it has no order; write it as a list"
    if hasattr(value, "columns") and hasattr(value, "to_dict"):
        return "is no part of a scenario; a list of its rows is .to_dict('records')"
    if hasattr(value, "__iter__") and not isinstance(value, bytes | bytearray):
        return "is no part of a scenario; write it as a list"
    return "is no part of a scenario"


def _not_a_value(file: str, path: Iterable[str | int], message: str) -> ScenarioError:
    return ScenarioError([Problem(file, None, ".".join(map(str, path)), message)])
