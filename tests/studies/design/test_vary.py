"""The values of a path, as a study writes them."""

from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from sim.studies.design.study import study_form
from sim.studies.design.values import Label, StudyError, Varied
from sim.studies.design.vary import vary_node
from sim.studies.sweep.sweep import sweep
from tests.studies.sweep.made_up import made_up, study_of


def varied(path: str, values: Any, **keys: Any) -> Varied:
    (found,) = study_of({path: values}, **keys).varied
    return found


def from_text(text: str) -> tuple[Label, ...]:
    """Values out of a text of the command line."""
    path, node = vary_node(text)
    return varied(path, node_value(node)).labels


def node_value(node: Any) -> Any:
    """A tree as plain Python."""
    if isinstance(node.value, dict):
        return {key: node_value(child) for key, child in node.value.items()}
    if isinstance(node.value, list):
        return [node_value(child) for child in node.value]
    return node.value


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("commitment.value=0.05:0.95:7", (0.05, 0.2, 0.35, 0.5, 0.65, 0.8, 0.95)),
        ("commitment.value=0.1:0.5:5", (0.1, 0.2, 0.3, 0.4, 0.5)),
        ("nations.N00.threshold=-0.3:0.3:7", (-0.3, -0.2, -0.1, 0.0, 0.1, 0.2, 0.3)),
        ("commitment.value=1:1000:4:log", (1, 10, 100, 1000)),
        ("commitment.value=1e-3:1e3:7:log", (0.001, 0.01, 0.1, 1.0, 10.0, 100.0, 1000.0)),
        ("commitment.value=1e-12:1e3:6:log", (1e-12, 1e-9, 1e-6, 0.001, 1.0, 1000.0)),
        ("commitment.value=0:1:3", (0.0, 0.5, 1.0)),
        ("days=10:30:3", (10, 20, 30)),
        ("commitment.value=20,30,40", (20, 30, 40)),
        ("commitment.value=20, 30.5", (20, 30.5)),
        ("events.0=present,absent", ("present", "absent")),
        ("nations.N00.stage=talks,willing", ("talks", "willing")),
        ("conditions.condition_0.start=0.25,null", ("0.25", "absent")),
        ("ties.base=[1, 2]", (1, 2)),
        ("ties.base={range: [1, 2], steps: 3}", (1.0, 1.5, 2.0)),
        ("commitment.value=0.123456789012345678:0.2:2", (0.12345678901234568, 0.2)),
        ("commitment.value=1e11:100000000000.5:3", (1e11, 100000000000.25, 100000000000.5)),
    ],
)  # fmt: skip
def test_values_are_as_a_person_would_write_them(text: str, labels: tuple[Label, ...]) -> None:
    found = from_text(text)
    assert found == labels
    assert [type(label) for label in found] == [type(label) for label in labels]


def test_no_value_is_a_negative_zero() -> None:
    zeros = [
        *varied("nations.N00.threshold", {"range": [-1, 1], "steps": 21}).labels,
        *varied("nations.N00.threshold", [-0.0, 1]).labels,
        *varied("nations.N00.threshold", {"range": [-0.0, 1.0], "steps": 2}).labels,
    ]
    signs = [math.copysign(1, label) for label in zeros if label == 0]
    assert signs == [1, 1, 1]


ENDS = [(1e-7, 3e-7), (5, 1e9), (0.05, 0.95), (-3, 4), (0.1, 0.7)]
RANGES = [
    *((ends, steps) for ends in ENDS for steps in (2, 3, 7, 11, 19, 41, 97)),
    *((ends, 100_000) for ends in ENDS[:2]),
    *(pytest.param(ends, 100_000, marks=pytest.mark.slow) for ends in ENDS[2:]),
]


@pytest.mark.parametrize(("ends", "steps"), RANGES)
def test_a_range_keeps_its_ends_and_steps(ends: tuple[float, float], steps: int) -> None:
    labels = varied("nations.N00.threshold", {"range": [*ends], "steps": steps}, **LENIENT).labels
    assert (labels[0], labels[-1], len(labels)) == (*ends, steps)
    width = (ends[1] - ends[0]) / (steps - 1)
    slack = 1e-11 * max(map(abs, ends))
    gaps = [after - before for before, after in pairwise(labels)]
    assert all(abs(gap - width) <= slack for gap in gaps)


LENIENT: dict[str, Any] = {"scenario": made_up(), "runs": 1}


def test_a_value_that_is_a_number_with_a_name_is_a_category() -> None:
    vary = [
        {"label": 1, "set": {"commitment.value": 10}},
        {"label": 2.5, "set": {"ties.base": 3}},
    ]
    found = varied("what", vary)
    assert found.labels == (1, 2.5)
    assert not found.is_number
    same = [{"label": 3, "set": {"commitment.value": 3}}, 4]
    assert varied("commitment.value", same).is_number


def test_numbers_beside_names_are_names() -> None:
    found = varied("commitment.value", [10, 2.5, "present"])
    assert found.labels == ("10", "2.5", "present")
    assert [option.changes for option in found.options] == [
        {"commitment.value": 10},
        {"commitment.value": 2.5},
        {},
    ]


def test_whole_numbers_that_columns_cannot_hold_are_written_with_a_point() -> None:
    labels = varied("commitment.value", [1, 2**53, 2**53 + 2, 10**30]).labels
    assert labels == (1, 2**53, 2**53 + 2, 1e30)
    assert [type(label) for label in labels] == [int, int, float, float]


@pytest.mark.parametrize(
    ("path", "values", "message"),
    [
        ("commitment.value", [], "must be a list of 1 to 100,000 values"),
        ("commitment.value", {"values": 3}, "3 must be a list of 1 to 100,000 values"),
        ("commitment.value", [1, 2, 1], "1 is given twice"),
        ("commitment.value", [1, 1.0], "1.0 is given twice"),
        ("commitment.value", [0.0, -0.0], "0.0 is given twice"),
        ("events.0", ["absent", None], "absent is given twice"),
        (
            "what",
            [{"label": "a", "set": {}}, {"label": "a", "set": {"ties.base": 2}}],
            "a stands for two different values; write each as {label: ..., set: ...}",
        ),
        ("commitment.value", [math.nan], "nan must be finite"),
        ("commitment.value", [math.inf], "inf must be finite"),
        ("commitment.value", [10**400], "inf must be finite"),
        ("what", [{"label": math.nan, "set": {}}], "must be finite"),
        ("what", [{"label": "", "set": {}}], "label '' must be a name or a number"),
        ("what", [{"label": True, "set": {}}], "label True must be a name or a number"),
        ("what", [{"label": [1], "set": {}}], "label [1] must be a name or a number"),
        ("what", [{"label": "a", "set": [1]}], "set [1] must be a mapping of paths to values"),
        ("commitment.value", "words", "'words' must be a list of values, {range: [low, high], "),
        (
            "commitment.value",
            3,
            "3 must be a list of values, {range: [low, high], steps: number}, {values: [...], "
            "spacing: linear or log} or, with the design lhs or sobol, a distribution",
        ),
        ("commitment.value", None, "null must be a list of values"),
        ("commitment.value", {"range": [1, 2]}, "no steps: a grid needs a number of values"),
        ("commitment.value", {"range": [1, 2], "steps": 1}, "1: a grid needs a number of values"),
        ("commitment.value", {"range": [1, 2], "steps": True}, "True: a grid needs a number of"),
        ("commitment.value", {"range": [1, 2], "steps": 2.0}, "2.0: a grid needs a number of"),
        ("commitment.value", {"range": [1, 2], "steps": 10**6}, "from 2 to 100,000"),
        ("commitment.value", {"range": [2, 1], "steps": 2}, "two numbers, the lower one first"),
        ("commitment.value", {"range": [1, 1], "steps": 2}, "two numbers, the lower one first"),
        ("commitment.value", {"range": [1], "steps": 2}, "two numbers, the lower one first"),
        ("commitment.value", {"range": ["a", "b"], "steps": 2}, "two numbers, the lower one"),
        ("commitment.value", {"range": [True, 2], "steps": 2}, "two numbers, the lower one first"),
        ("commitment.value", {"range": [1, math.nan], "steps": 2}, "two numbers, the lower one"),
        ("commitment.value", {"range": [1, 1e200], "steps": 2}, "two numbers, the lower one first"),
        ("commitment.value", {"range": 3, "steps": 2}, "two numbers, the lower one first"),
        (
            "commitment.value",
            {"range": [1, 1 + 2**-52], "steps": 5},
            "has fewer than 5 different values",
        ),
        ("commitment.value", {"range": [0, 5e-324], "steps": 3}, "has fewer than 3 different"),
        (
            "commitment.value",
            {"range": [0, 2], "steps": 2, "spacing": "log"},
            "0 must be a number above 0 for the spacing log",
        ),
        (
            "commitment.value",
            {"values": [-1, 2], "spacing": "log"},
            "-1 must be a number above 0 for the spacing log",
        ),
        (
            "commitment.value",
            {"range": [1, 2], "steps": 2, "spacing": "logarithmic"},
            "spacing 'logarithmic' must be one of linear, log",
        ),
        ("commitment.value", {"range": [1, 2], "step": 2}, "'step'; did you mean 'steps'?"),
        ("commitment.value", {"values": [1, 2], "steps": 2}, "unknown key 'steps'"),
        ("commitment.value", {"normal": [1, 2]}, "{normal: [1, 2]} needs the design lhs or sobol"),
        ("behaviour", ["calibratd"], "unknown behaviour 'calibratd'; did you mean 'calibrated'?"),
        ("behaviour", ["no/such.yaml"], "no/such.yaml does not exist"),
        ("ties.dyads", ["no/such.csv"], "no/such.csv does not exist"),
        ("start", ["2025-03-10", "2025-06-01"], "is not varied, as days are counted from it; dates "
         "of events are given with --set or with whole scenarios (scenario=A,B)"),
        ("x", [{"label": "a", "set": {"start": "2025-03-10"}}], "start is not varied, as days are"),
        ("events.0", ["presnt", "absent"], "'presnt' is not an allowed value; did you mean "
         "'present'?"),
        ("commitment.value", [20, "30;40"], "'30;40' must be a number"),
        ("nations.*.stake", [0.5, "hihg"], "'hihg' must be a number"),
        ("commitment.value", [True, 1], "true must be a number"),
        ("w", [{"labl": "c", "set": {}}], "unknown key 'labl'; did you mean 'label'?"),
        ("w", [{"label": "c", "sett": {}}], "unknown key 'sett'; did you mean 'set'?"),
        ("w", [{"label": "c"}], "label alone: a value with a name is {label: ..., set: {...}}"),
        ("success.public_size", {"range": [5, 30], "steps": 5}, "11.25 must be a whole number"),
        ("commitment.value", [1.5] * 100_001, "100,001 values are too many; at most 100,000 are"),
    ],
)  # fmt: skip
def test_values_that_cannot_be_had_are_refused_in_words(
    path: str, values: Any, message: str
) -> None:
    with pytest.raises(StudyError) as refused:
        study_of({path: values})
    assert [problem.path for problem in refused.value.problems] == [f"vary.{path}"]
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"range": [1, 2], "steps": 3}, "steps belong to a grid; with lhs give low and high alone"),
        ({"range": [0, 2], "spacing": "log"}, "0 must be a number above 0 for the spacing log"),
        ({"normal": [1, -2]}, "must have sd above 0"),
        ({"uniform": [2, 1]}, "must have low below high"),
        ({"gamma": [2, 1]}, "must be a list of values"),
    ],
)
def test_ranges_and_distributions_of_drawn_designs_are_checked(values: Any, message: str) -> None:
    with pytest.raises(StudyError, match=r"vary\.commitment\.value") as refused:
        study_of({"commitment.value": values}, design="lhs", points=4)
    assert message in str(refused.value)


@pytest.mark.parametrize("values", ["0.1,,0.2", "0.1,", ",0.1", "a, ,b"])
def test_an_empty_value_is_refused(values: str) -> None:
    with pytest.raises(StudyError, match=r"--vary: ties\.base: a value is empty in '"):
        vary_node(f"ties.base={values}")


def test_a_name_that_is_made_up_may_be_that_of_a_key_of_a_scenario() -> None:
    values = [{"label": "early", "set": {"days": 9}}, {"label": "late", "set": {}}]
    assert varied("start", values).labels == ("early", "late")


def test_a_name_must_have_no_control_characters() -> None:
    with pytest.raises(StudyError, match="a name must have no control characters") as refused:
        study_of({"a\x1b[31mb": [{"label": "a", "set": {"days": 9}}]})
    assert "\x1b" not in str(refused.value)


@pytest.mark.parametrize("text", ["commitment.value", "=1,2", "commitment.value=", " = "])
def test_a_text_without_a_path_or_values_is_refused(text: str) -> None:
    with pytest.raises(StudyError, match="must have the form PATH=LOW:HIGH:STEPS or PATH=VALUE"):
        vary_node(text)


def test_a_text_that_is_no_yaml_is_refused_with_its_path() -> None:
    with pytest.raises(StudyError, match=r"--vary: ties\.base: is not valid YAML: the bracket \["):
        vary_node("ties.base=[1, 2")


@pytest.mark.parametrize("text", ["[GBR,FRA],[DEU]", "DEU,[GBR,FRA]", "{uniform: [0, 1]},{a: b}"])
def test_values_with_brackets_are_a_list_in_brackets_which_the_message_writes(text: str) -> None:
    with pytest.raises(StudyError) as refused:
        vary_node(f"leaders={text}")
    assert str(refused.value).endswith(f"several values need brackets around them all, [{text}]")
    path, node = vary_node(f"leaders=[{text}]")
    assert (path, len(node.value)) == ("leaders", 2)


# Whole numbers


@pytest.mark.parametrize("design", ["lhs", "sobol"])
@pytest.mark.parametrize(
    ("path", "low", "high"), [("days", 20, 35), ("success.hold", 1, 4), ("events.0.date", 3, 10)]
)
def test_whole_numbers_are_drawn_with_equal_chances(
    design: str, path: str, low: int, high: int
) -> None:
    study = study_of({path: {"range": [low, high]}}, design=design, points=64)
    drawn = [study.point(number).labels[0] for number in range(64)]
    assert {type(number) for number in drawn} == {int}
    each = 64 // (high + 1 - low)
    assert Counter(drawn) == dict.fromkeys(range(low, high + 1), each)
    assert [end.label for end in study.ends[0]] == [low, high]
    read_again = study_of(study_form(study)["vary"], design=design, points=64)
    assert read_again.digest == study.digest


def test_whole_numbers_are_drawn_on_a_logarithmic_scale_too() -> None:
    text = {"range": [10, 30], "spacing": "log"}
    study = study_of({"days": text}, design="lhs", points=200)
    drawn = np.array([study.point(number).labels[0] for number in range(200)])
    assert (drawn.min(), drawn.max()) == (10, 30)
    below = math.log(18 / 10) / math.log(31 / 10)
    assert (drawn < 18).mean() == pytest.approx(below, abs=0.006)


def test_drawn_whole_numbers_are_recorded_as_such() -> None:
    vary = {"days": {"range": [20, 30]}, "commitment.value": {"range": [10, 20]}}
    found = sweep(study_of(vary, design="lhs", points=8, runs=2))
    assert not found.problems
    assert {type(days) for days in found.table.column("days").to_pylist()} == {int}
    assert {type(value) for value in found.table.column("commitment.value").to_pylist()} == {float}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"range": [10.5, 20]}, "10.5 must be a whole number"),
        (
            {"uniform": [10, 20]},
            "{uniform: [10, 20]} draws fractions, and the number must be whole",
        ),
    ],
)
def test_what_draws_no_whole_numbers_is_refused_with_what_does(values: Any, message: str) -> None:
    with pytest.raises(StudyError) as refused:
        study_of({"days": values}, design="lhs", points=4)
    assert message in str(refused.value)
