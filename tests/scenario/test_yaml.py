from __future__ import annotations

import math
import os
import time

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from sim.scenario.files.errors import ScenarioError
from sim.scenario.files.tree import plain, scalar
from sim.scenario.files.yaml import parse, read_document


def tree_and_problems(text: str):
    try:
        return parse(text, "f.yaml")
    except ScenarioError as error:
        return None, error.problems


def problem_of(text: str) -> str:
    """The first problem of a text, from parsing or beside a tree."""
    problems = tree_and_problems(text)[1]
    return str(problems[0]) if problems else ""


def test_scalars_do_not_surprise():
    text = "[NO, on, yes, 1e12, 12:30, 0777, 0o17, 0x1f, 1_000, ~, .5, 5., -.inf, 2025-03-10, '1']"
    values = plain(parse(text, "f")[0])
    assert values == [
        *("NO", "on", "yes", 1e12, "12:30", 777, 15, 31, "1_000", None, 0.5, 5.0, -math.inf),
        *("2025-03-10", "1"),
    ]


def test_a_number_of_thousands_of_digits_is_read_as_infinite():
    assert scalar("9" * 5000) == math.inf


@given(st.integers() | st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_are_read_back_as_they_are_written(number):
    assert scalar(repr(number)) == number


def test_every_value_knows_its_line():
    root, _ = parse("a: 1\nb:\n  c: [1,\n    2]\n", "f")
    inner = root.value["b"].value["c"]
    assert root.value["a"].line == 1
    assert inner.line == 3
    assert inner.value[1].line == 4


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "f.yaml:1: is empty"),
        ("# only a comment\n", "is empty"),
        ("a: [1, 2", "f.yaml:1: is not valid YAML"),
        ("a: 1\nb: '\n", "is not valid YAML"),
        ("a:\n\t- 1", "f.yaml:2: is not valid YAML: a tab cannot indent a line; write spaces"),
        ("a:\n  b: 1\n \tc: 1", "f.yaml:3: is not valid YAML: a tab cannot indent a line"),
        ("a: @b", "text that begins with @, % or ` needs quotation marks"),
        ("a: b: c", "text with ': ' in it needs quotation marks"),
        ("a: 1\n b: 2", "is not valid YAML"),
        ("a: &x 3\nb: {<<: *x}", "f.yaml:2: b.<<: 3 must be a mapping or a list of mappings"),
        ("a: &x {c: 3}\nb: {<<: [*x, 5]}", "b.<<: [{c: 3}, 5] must be a mapping or a list of"),
        ("a: &x {c: 3}\nb: {<<: *x, <<: *x}", "b.<<: is given twice; first on line 2"),
        ("a: {<<: *a}", "the alias *a has no finished anchor"),
        ("a: &a {<<: *a}", "the alias *a has no finished anchor"),
        ("a: \x07", "is not valid YAML"),
        ("a: 1\n---\nb: 1", "f.yaml:2: a second document"),
        ("a: 1\nb: 2\na: 3", "f.yaml:3: a: is given twice; first on line 1"),
        ("? [a]\n: 1", "a key must be a name"),
        ("? {a: 1}\n: 1", "a key must be a name"),
        ("a: !!python/object/apply:os.system [ls]", "tag !!python/object/apply:os.system"),
        ("a: !!python/name:os.system ''", "tag !!python/name:os.system is not allowed"),
        ("a: !thing {b: 1}", "tag !thing is not allowed"),
        ("a: !!int x", "tag !!int is not allowed"),
        ("a: !!binary aGk=", "tag !!binary"),
        ("a: *b", "the alias *b has no finished anchor"),
        ("a: &b [*b]", "the alias *b has no finished anchor"),
        ('a: "\\ud800"', "is not valid YAML"),
    ],
)
def test_a_wrong_document_gets_a_located_message(text, message):
    assert message in problem_of(text)


def test_core_tags_and_modest_aliases_are_allowed():
    root, problems = parse("a: &x [1, 2]\nb: *x\nc: !!str 5\nd: !!float 0.5\ne: !!map {}\n", "f")
    assert not problems
    assert plain(root) == {"a": [1, 2], "b": [1, 2], "c": "5", "d": 0.5, "e": {}}


@pytest.mark.parametrize("loader", [yaml.SafeLoader, None])
def test_merge_keys_fill_in_what_is_not_given(monkeypatch, loader):
    if loader is not None:
        monkeypatch.setattr("sim.scenario.files.yaml._LOADER", loader)
    text = (
        "a: &a {x: 1, y: 2, z: {p: 1}}\n"
        "b: &b {y: 3, w: 4}\n"
        "c: {<<: *a, y: 5}\n"
        "d: {y: null, <<: *a}\n"
        "e: &e {<<: [*b, *a]}\n"
        "f:\n  <<: *e\n  z: {q: 2}\n"
        "g: {'<<': 1}\n"
        "h: <<\n"
        "i: [<<]\n"
    )
    root, problems = parse(text, "f")
    assert not problems
    found = plain(root)
    assert found["c"] == {"x": 1, "y": 5, "z": {"p": 1}}
    assert found["d"] == {"x": 1, "y": None, "z": {"p": 1}}
    assert found["e"] == {"x": 1, "y": 3, "w": 4, "z": {"p": 1}}
    assert found["f"] == {**found["e"], "z": {"q": 2}}
    assert (found["g"], found["h"], found["i"]) == ({"<<": 1}, "<<", ["<<"])
    assert found["a"] == {"x": 1, "y": 2, "z": {"p": 1}}
    assert root.value["c"].value["x"].line == 1
    same = yaml.safe_load(text.partition("g:")[0])
    assert all(found[key] == same[key] for key in "abcdef")


def merged_bomb() -> str:
    lines = ["a0: &a0 {" + ", ".join(f"k{i}: 1" for i in range(100)) + "}"]
    lines += [
        f"a{i}: &a{i} {{<<: [{', '.join([f'*a{i - 1}'] * 50)}], z{i}: 1}}" for i in range(1, 9)
    ]
    return "\n".join(lines)


def bomb() -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12)]
    return "\n".join(lines)


def chain() -> str:
    return "- &a0 [x]\n" + "".join(f"- &a{i} [*a{i - 1}]\n" for i in range(1, 5000))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (bomb(), "aliases stand for more than"),
        (merged_bomb(), "aliases stand for more than"),
        (chain(), "nested more than"),
        ("[" * 100_000, "nested more than"),
        ("{a: " * 100_000, "nested more than"),
        ("- " * 100_000, "nested more than"),
        ("? " * 100_000, "nested more than"),
        ("&a " * 1000, "is not valid YAML"),
    ],
    ids=[
        "bomb",
        "merged bomb",
        "chain",
        "flow lists",
        "flow mappings",
        "block lists",
        "keys",
        "anchors",
    ],
)
def test_a_hostile_document_is_refused_at_once(text, message):
    began = time.perf_counter()
    assert message in problem_of(text)
    assert time.perf_counter() - began < 2


def test_the_slow_parser_of_yaml_reads_the_same(monkeypatch, paris):
    text = paris.read_text(encoding="utf-8")
    fast = plain(parse(text, "f")[0])
    monkeypatch.setattr("sim.scenario.files.yaml._LOADER", yaml.SafeLoader)
    assert plain(parse(text, "f")[0]) == fast
    for hostile in (bomb(), chain(), "[" * 10_000, "{a: " * 10_000, "- " * 10_000, "a: \x07"):
        assert problem_of(hostile)


def test_files_that_are_no_text_are_refused(tmp_path):
    binary, latin, huge = (tmp_path / name for name in ("binary", "latin", "huge"))
    binary.write_bytes(b"days: 3\n\0\1\2")
    latin.write_bytes("days: 3\ntitle: é".encode("latin-1"))
    with huge.open("wb") as file:
        file.truncate(100 * 2**20)
    for path, message in [
        (binary, "binary:2: is not text: it holds a zero byte"),
        (latin, "latin:2: is not text in UTF-8"),
        (huge, "is 100 MB; at most 64 allowed"),
        (tmp_path, "is a directory"),
        (tmp_path / "huga", f"does not exist; did you mean '{(tmp_path / 'huge').as_posix()}'?"),
        (tmp_path / "no" / "file.yaml", "does not exist; nor does its folder"),
        ("/dev/null", "is not a regular file"),
        ("a\0b", "cannot be read"),
        ("x" * 5000, "cannot be read"),
    ]:
        with pytest.raises(ScenarioError) as error:
            read_document(str(path))
        assert message in str(error.value)


def test_a_pipe_is_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ScenarioError, match="not a regular file"):
        read_document(str(tmp_path / "pipe"))


def test_a_byte_order_mark_is_passed_over(tmp_path):
    (tmp_path / "f.yaml").write_bytes(b"\xef\xbb\xbfdays: 3")
    assert plain(read_document(str(tmp_path / "f.yaml"))[0]) == {"days": 3}


@given(st.text(max_size=200))
def test_any_text_gives_a_tree_or_a_located_problem(text):
    root, problems = tree_and_problems(text)
    assert root is not None or problems
    assert all(problem.file == "f.yaml" for problem in problems)
    if root is not None:
        plain(root)
        assert all(problem.line for problem in problems)
