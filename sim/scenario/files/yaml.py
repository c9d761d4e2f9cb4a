"""YAML files read as trees, safely.

YAML is read as a stream of parser events, so that nothing is ever constructed from a tag, and
size, depth and aliases are bounded while reading.
"""

from __future__ import annotations

import codecs
import stat
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from sim.scenario.files.catalogue import SUFFIXES, files_beside
from sim.scenario.files.errors import Problem, ScenarioError, Steps
from sim.scenario.files.reach import is_in_reach
from sim.scenario.files.suggestions import closest_of
from sim.scenario.files.tree import DEEPEST, Node, is_encodable, quoted, scalar_node

PROVENANCE = "provenance.json"
"""File in every folder of results."""
LARGEST_FILE = 64 * 2**20
MOST_VALUES = 4_000_000
MOST_ALIASED = 100_000

NOT_YAML = "is not valid YAML: "
CLOSING = {"[": "]", "{": "}"}
MERGE_KEY = "<<"
"""Key that puts the entries of other mappings into one, where it has no such keys itself."""
_ADVICE = MappingProxyType(
    {
        "cannot start any token": "text that begins with @, % or ` needs quotation marks",
        "mapping values are not allowed": "text with ': ' in it needs quotation marks",
        "did not find expected key": "the lines of a mapping must be indented alike",
        "unexpected end of stream": "quotation marks that begin above are not closed",
    }
)
"""What to do about an error, by words of the parser."""

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CORE = "tag:yaml.org,2002:"


def read_text(path: str, named: Node | None = None, where: Steps = ()) -> str:
    """The text of a file that the value ``named``, at the path ``where``, refers to.

    Raises
    ------
    ScenarioError
        If it is missing, no regular file, too large, unreadable, not UTF-8 text, or outside the
        folder that may be read.
    """
    message, line = "", None
    try:
        message = _refusal(path)
        if not message:
            with Path(path).open("rb") as file:
                content = file.read(LARGEST_FILE + 1)
            message = _other_format(content)
        if not message:
            text = content.decode("utf-8-sig")
            before, zero, _ = text.partition("\0")
            if not zero:
                return text
            message, line = "is not text: it holds a zero byte", before.count("\n")
    except FileNotFoundError:
        message = "does not exist" + _nearby(path)
    except UnicodeDecodeError as error:
        message = "is not text in UTF-8; save it with that encoding"
        line = error.object[: error.start].count(b"\n")
    except (OSError, ValueError) as error:
        message = f"cannot be read: {getattr(error, 'strerror', None) or error}"
    if named is not None and line is None:
        raise ScenarioError([named.problem(where, f"{path} {message}")])
    raise ScenarioError([Problem(path, None if line is None else line + 1, "", message)])


def _refusal(path: str) -> str:
    """Why a file is not opened; empty if it is. Opening a pipe or a device could last for ever."""
    if not is_in_reach(path):  # whether there is such a file is not said
        return "lies outside the folder from which files may be read"
    status = Path(path).stat()
    if stat.S_ISDIR(status.st_mode):
        return _folder_message(path)
    if not stat.S_ISREG(status.st_mode):
        return "is not a regular file"
    if status.st_size > LARGEST_FILE:
        return f"is {status.st_size / 2**20:.0f} MB; at most {LARGEST_FILE >> 20} allowed"
    return ""


def _other_format(content: bytes) -> str:
    """The message on a file that another format's first bytes begin; empty for any other."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "is text in UTF-16; save it with the encoding UTF-8"
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return "is a workbook or an archive, not text; save its sheet as CSV in UTF-8"
    return ""


def _folder_message(path: str) -> str:
    """The message on a folder where a file is needed; a folder of results holds a scenario."""
    if not Path(path, PROVENANCE).is_file():
        return "is a directory; a file is needed"
    inside = sorted(Path(path).glob("scenario*.yaml"))
    behaviour = Path(path, "behaviour.yaml")
    if not inside and behaviour.is_file():
        return f"is a calibration; a scenario may name its behaviour {behaviour.as_posix()}"
    if not inside:
        return "is a result of willing, and holds no scenario"
    noun = "scenario is" if len(inside) == 1 else "scenarios are"
    named = ", ".join(file.as_posix() for file in inside[:4])
    return f"is a result, which willing plot opens; its {noun} {named}"


def _nearby(path: str) -> str:
    """A suggestion of a file that stands beside a missing one, of the same kind if it has any."""
    wanted, beside = Path(path), files_beside(path)
    if beside is None:
        return "; nor does its folder"
    kinds = SUFFIXES if wanted.suffix in SUFFIXES else (wanted.suffix,)
    names = {file.stem: file for file in beside if not wanted.suffix or file.suffix in kinds}
    close = closest_of(wanted.stem, list(names))
    return f"; did you mean '{names[close].as_posix()}'?" if close else ""


def read_document(
    path: str, named: Node | None = None, where: Steps = ()
) -> tuple[Node, list[Problem]]:
    """The tree of a YAML file, and the problems despite which there is one.

    Raises
    ------
    ScenarioError
        If no tree can be read from the file.
    """
    return parse(read_text(path, named, where), path)


def parse(text: str, file: str) -> tuple[Node, list[Problem]]:
    """The tree of a YAML text, and problems despite which there is one, such as a repeated key.

    Raises
    ------
    ScenarioError
        If the text is not YAML, is empty or breaks a bound.
    """
    reader = _YamlReader(file)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            reader.take(event)
    except ScenarioError:
        raise
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        reason = getattr(error, "problem", None) or getattr(error, "reason", None)
        line = None
        if mark is not None:  # which may lie behind the end of the text
            line = min(mark.line + 1, text.rstrip().count("\n") + 1)
        elif isinstance(getattr(error, "position", None), int):
            line = text[: error.position].count("\n") + 1  # type: ignore[attr-defined]
        words = _reason_in_words(reason, text, line)
        problem = Problem(file, line, "", f"{NOT_YAML}{words}")
        raise ScenarioError([*reader.problems, problem]) from None
    except (RecursionError, ValueError, OverflowError) as error:
        raise ScenarioError([Problem(file, None, "", f"{NOT_YAML}{error}")]) from None
    if reader.root is None:
        raise ScenarioError([*reader.problems, Problem(file, 1, "", "is empty")])
    return reader.root, reader.problems


def _reason_in_words(reason: str | None, text: str, line: int | None) -> str:
    """The parser's reason, and what to do about it."""
    written = "" if line is None else (text.splitlines()[line - 1 : line] or [""])[0]
    if "\t" in written[: len(written) - len(written.lstrip())]:
        return "a tab cannot indent a line; write spaces"
    reason = reason or "cannot be read"
    advice = next((advice for words, advice in _ADVICE.items() if words in reason), "")
    return f"{reason}; {advice}" if advice else reason


def parse_value(text: str, file: str, line: int | None) -> Node:
    """The value of a table's cell or of ``--set``: a scalar, or a list or mapping in brackets.

    Raises
    ------
    ScenarioError
        If brackets or quotes are used wrongly.
    """
    text = text.strip()
    if text[:1] not in ("{", "[", '"', "'"):
        return scalar_node(text, file, line)
    try:
        root, problems = parse(text, file)
    except ScenarioError as error:
        problems = error.problems
    if problems:
        messages = [
            f"{NOT_YAML}{_fault_of_value(text)}"
            if each.message.startswith(NOT_YAML)
            else each.message
            for each in problems
        ]
        pairs = zip(problems, messages, strict=True)
        raise ScenarioError([Problem(file, line, p.path, message) for p, message in pairs])
    return _on_line(root, line)


def _fault_of_value(text: str) -> str:
    """What is wrong with a value in brackets or quotation marks that is not YAML."""
    value, opened, quote = _first_value(text)
    rest = text[len(value) :].strip()
    if quote:
        return f"the quotation mark {quote} is not closed"
    if opened and rest:
        return f"{rest[0]} stands where {opened[-1]} must be closed first"
    if opened:
        return f"the bracket {opened[-1]} is not closed"
    if rest.startswith(","):
        return f"several values need brackets around them all, [{text[:80]}]"
    if rest:
        return f"{rest[:40]!r} stands behind {value[:40]!r}"
    return "a comma is missing, or a mark such as : @ % ` \\ needs quotation marks around its text"


def _first_value(text: str) -> tuple[str, list[str], str]:
    """The first value of a text, and the brackets and the quotation mark that it leaves open."""
    opened, quote, before = list[str](), "", ""
    for index, letter in enumerate(text):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'" and before in "[{,:":  # elsewhere it is part of a word
            quote = letter
        elif letter in CLOSING:
            opened.append(letter)
        elif letter in CLOSING.values():
            if CLOSING[opened[-1]] != letter:
                return text[:index], opened, ""
            opened.pop()
        if not opened and not quote:
            return text[: index + 1], [], ""
        before = before if letter.isspace() else letter
    return text, opened, quote


def _on_line(node: Node, line: int | None) -> Node:
    if isinstance(node.value, dict):
        value: Any = {key: _on_line(child, line) for key, child in node.value.items()}
    elif isinstance(node.value, list):
        value = [_on_line(child, line) for child in node.value]
    else:
        value = node.value
    return Node(value, node.file, line, node.text)


@dataclass(slots=True)
class _Open:
    """A collection whose end has not been read yet."""

    node: Node
    anchor: str | None
    key: Node | None = None
    key_lines: dict[str, int | None] = field(default_factory=dict)
    is_merge: bool = False
    merged: list[Node] = field(default_factory=list)
    n_values: int = 1
    height: int = 1


class _YamlReader:
    """Builds the tree from parser events, within the bounds."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.root: Node | None = None
        self.problems: list[Problem] = []
        self.open: list[_Open] = []
        self.anchors: dict[str, tuple[Node, int, int]] = {}
        self.n_values = 0
        self.n_aliased = 0
        self.n_documents = 0

    def take(self, event: Any) -> None:
        """One parser event."""
        if isinstance(event, yaml.ScalarEvent):
            if self.open and self.open[-1].key is None:
                self.open[-1].is_merge = event.value == MERGE_KEY and event.implicit[0]
            self._put(self._scalar(event), event.anchor, 1, 0)
        elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            self._start(event)
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            ended = self.open.pop()
            for each in ended.merged:  # a key that is given is not replaced, wherever it stands
                ended.node.value = {**each.value, **ended.node.value}
            self._put(ended.node, ended.anchor, ended.n_values, ended.height)
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event)
        elif isinstance(event, yaml.DocumentStartEvent):
            self.n_documents += 1
            if self.n_documents > 1:
                self._stop(event, "a second document begins; only one is allowed in a file")

    def _stop(self, event: Any, message: str) -> None:
        line = event.start_mark.line + 1
        raise ScenarioError([*self.problems, Problem(self.file, line, self._path(), message)])

    def _path(self) -> str:
        """The path of what is being read, through all open collections."""
        steps = []
        for frame in self.open:
            if isinstance(frame.node.value, list):
                steps.append(str(len(frame.node.value)))
            elif frame.key is not None and not isinstance(frame.key.value, (dict, list)):
                steps.append(frame.key.text[:60])
        return ".".join(filter(None, steps))

    def _scalar(self, event: Any) -> Node:
        line = event.start_mark.line + 1
        text, tag = event.value, event.tag
        if tag is None and event.implicit[0]:
            node = scalar_node(text, self.file, line)
        elif tag in (None, "!", _CORE + "str"):
            node = Node(text, self.file, line, text)
        else:
            node = scalar_node(text, self.file, line)
            kind = type(node.value).__name__
            if tag != _CORE + {"NoneType": "null"}.get(kind, kind):
                self._refuse_tag(event, f"'{text[:40]}'")
        if isinstance(node.value, str) and not is_encodable(node.value):
            self._add_problem(line, "has characters that are not text")
        return node

    def _refuse_tag(self, event: Any, value: str) -> None:
        tag = event.tag.replace(_CORE, "!!")[:60]
        self._add_problem(event.start_mark.line + 1, f"the tag {tag} is not allowed (on {value})")

    def _add_problem(self, line: int, message: str) -> None:
        self.problems.append(Problem(self.file, line, self._path(), message))

    def _start(self, event: Any) -> None:
        is_mapping = isinstance(event, yaml.MappingStartEvent)
        if event.tag not in (None, "!", _CORE + ("map" if is_mapping else "seq")):
            self._refuse_tag(event, "a mapping" if is_mapping else "a list")
        if len(self.open) >= DEEPEST:
            self._stop(event, f"is nested more than {DEEPEST} deep")
        node = Node({} if is_mapping else [], self.file, event.start_mark.line + 1)
        self.open.append(_Open(node, event.anchor))

    def _alias(self, event: Any) -> None:
        found = self.anchors.get(event.anchor)
        if found is None:
            self._stop(event, f"the alias *{event.anchor} has no finished anchor above it")
            return
        node, n_values, height = found
        self.n_aliased += n_values
        if self.n_aliased > MOST_ALIASED:
            self._stop(event, f"aliases stand for more than {MOST_ALIASED} values")
        if len(self.open) + height > DEEPEST:
            self._stop(event, f"is nested more than {DEEPEST} deep")
        self._put(node, None, n_values, height)
        self.n_values -= n_values

    def _put(self, node: Node, anchor: str | None, n_values: int, height: int) -> None:
        """A finished value into the collection that holds it."""
        self.n_values += 1
        if self.n_values > MOST_VALUES:
            place = Problem(self.file, node.line, self._path(), f"has over {MOST_VALUES} values")
            raise ScenarioError([*self.problems, place])
        if anchor is not None:
            self.anchors[anchor] = (node, n_values, height)
        if not self.open:
            self.root = node
            return
        frame = self.open[-1]
        frame.n_values += n_values
        frame.height = max(frame.height, height + 1)
        if isinstance(frame.node.value, list):
            frame.node.value.append(node)
        elif frame.key is None:
            frame.key = node
        else:
            self._add_entry(frame, frame.key, node)
            frame.key = None

    def _add_entry(self, frame: _Open, key: Node, node: Node) -> None:
        """A value under its key into a mapping; one in brackets has the line of its key."""
        name = key.text
        if isinstance(key.value, (dict, list)):
            self._add_problem(key.line or 1, "a key must be a name, not a mapping or a list")
        elif name in frame.key_lines:
            first = frame.key_lines[name]
            self._add_problem(key.line or 1, f"is given twice; first on line {first}")
        elif frame.is_merge:
            frame.key_lines[name] = key.line
            sources = node.value if isinstance(node.value, list) else [node]
            if all(isinstance(each.value, dict) for each in sources):
                frame.merged = sources
            else:
                message = f"{quoted(node)} must be a mapping or a list of mappings, such as *anchor"
                self._add_problem(key.line or 1, message)
        else:
            frame.key_lines[name] = key.line
            if isinstance(node.value, (dict, list)):
                node = Node(node.value, node.file, key.line, node.text)
            frame.node.value[name] = node
