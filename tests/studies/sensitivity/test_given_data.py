"""What a stored sweep tells of its inputs, without any run."""

from __future__ import annotations

import sys
import warnings
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from sim.report.stored_sweep import (
    sweep_analysis_blocks,
    sweep_analysis_json,
    sweep_analysis_sentence,
)
from sim.report.text import to_text
from sim.results.estimates import Interval
from sim.studies.sensitivity.designs import Reals
from sim.studies.sensitivity.discovery import Discovered, discovered
from sim.studies.sensitivity.given_data import (
    GivenData,
    GivenDataError,
    classes,
    delta_index,
    given_data,
    pawn_index,
    with_leads,
)
from sim.studies.sensitivity.sweep_analysis import SweepAnalysis
from sim.studies.sweep.result import Sweep
from sim.studies.sweep.sweep import sweep
from tests.studies.sensitivity.small import LEVEL, SCENARIO
from tests.studies.sensitivity.stochastic import ishigami
from tests.studies.sweep.made_up import study_of

REQUIREMENT, TOKEN = "commitment.requirement", "commitment.token"
RANGES = {
    LEVEL: {"range": [0.1, 0.9]},
    REQUIREMENT: {"range": [10, 50]},
    TOKEN: {"range": [0.0, 0.3]},
}


def made_up_sweep(outcome: str, n_points: int = 300, **keys: Any) -> Sweep:
    """A sweep whose outcome is written over: 1 where backing is above .47 and little is required.

    Its mean answers to backing alone.
    """
    study = study_of(
        keys.pop("vary", RANGES),
        SCENARIO,
        **{"design": "lhs", "points": n_points, "runs": 2, "outcomes": [outcome], **keys},
    )
    found = sweep(study)
    level = np.array(found.table[LEVEL].to_pylist())
    if outcome == "success":
        required = np.array(found.table[REQUIREMENT].to_pylist())
        values = ((level > 0.47) & (required < 24)).astype(float)
    else:
        values = level * 10.0
    table = found.table
    for name, column in ((outcome, values), (f"{outcome}.mc_error", np.full(len(level), 0.1))):
        place = table.column_names.index(name)
        table = table.set_column(place, table.schema.field(name), pa.array(column))
    return Sweep(study, table)


def told_of(sweep: Sweep, found: GivenData | Discovered) -> SweepAnalysis:
    """An analysis that found this in a sweep."""
    return SweepAnalysis(sweep.study.scenario, sweep.study.seed, found, "")


@pytest.fixture(scope="module")
def stepped() -> Sweep:
    return made_up_sweep("success")


@pytest.fixture(scope="module")
def linear() -> Sweep:
    return made_up_sweep("size")


# Indices


def test_what_has_an_effect_has_larger_indices_than_its_values_permuted(stepped: Sweep) -> None:
    found = given_data(stepped)
    assert [each.path for each in found.inputs[2:]] == [TOKEN]
    for each in found.inputs[:2]:
        assert float(each.delta.low) > 1.2 * each.delta_without
        assert float(each.pawn.low) > 1.2 * each.pawn_without
        assert each.p_value < 0.01
    assert found.inputs[2].p_value > 0.05
    assert found.mc_share == pytest.approx(0.01 / stepped.column("success").var())


def test_one_input_that_does_all_is_said_to(linear: Sweep) -> None:
    found = given_data(linear, "size")
    said = sweep_analysis_sentence(told_of(linear, found))
    assert said == "us backing: level shifts public nations most."
    assert float(found.inputs[0].delta.estimate) > 0.55


def test_pawn_is_that_of_salib() -> None:
    analysis = pytest.importorskip("SALib.analyze.pawn")
    points = np.random.default_rng(2).random((2000, 4))
    values = ishigami(points, np.arange(1))[:, 0]
    problem = {"num_vars": 4, "names": list("abcd"), "bounds": [[0, 1]] * 4}
    theirs = analysis.analyze(problem, points, values, S=10)["median"]
    ours = [pawn_index(classes(column, 10), classes(values, 10**6)) for column in points.T]
    assert ours == pytest.approx(theirs, abs=2e-3)  # its last slide lacks the largest


def test_delta_is_about_that_of_salib() -> None:
    """They smooth distributions, which takes some of delta away."""
    analysis = pytest.importorskip("SALib.analyze.delta")
    points = np.random.default_rng(3).random((2000, 3))
    values = ishigami(points, np.arange(1))[:, 0]
    problem = {"num_vars": 3, "names": list("abc"), "bounds": [[0, 1]] * 3}
    state = np.random.get_state()  # noqa: NPY002
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = analysis.analyze(problem, points, values, num_resamples=10, seed=1)
    np.random.set_state(state)  # noqa: NPY002
    theirs = found["delta_raw"] if "delta_raw" in found else found["delta"]
    ours = [delta_index(classes(column, 10), classes(values, 20)) for column in points.T]
    assert ours == pytest.approx(theirs, abs=0.08)


def test_indices_of_known_distributions() -> None:
    x = np.repeat([0, 1], 500)
    apart: Reals = np.concatenate([np.arange(500.0), 1000.0 + np.arange(500.0)])
    assert delta_index(x, classes(apart, 20)) == pytest.approx(0.5)
    assert pawn_index(x, classes(apart, 500)) == pytest.approx(0.5)
    same = np.tile(np.arange(500.0), 2)
    assert delta_index(x, classes(same, 20)) == 0.0
    assert pawn_index(x, classes(same, 500)) == 0.0


def test_categories_are_numbered() -> None:
    vary = {LEVEL: {"range": [0.1, 0.9]}, "events.talks": ["present", "absent"]}
    found = given_data(made_up_sweep("size", 60, vary=vary))
    assert {each.path for each in found.inputs} == {LEVEL, "events.talks"}


@pytest.mark.parametrize(
    ("level", "message"),
    [
        ([0.2, 0.8], "the sweep has 2 points with size; 50 are needed"),
        ([0.5 + 1e-9 * n for n in range(60)], "size is the same at all points of the sweep"),
    ],
)
def test_a_sweep_that_tells_nothing_is_refused(level: list[float], message: str) -> None:
    bare = SCENARIO.with_changes({"behaviour.engage.rate": 0, "behaviour.declare.rate": 0})
    found = sweep(study_of({LEVEL: level}, bare, outcomes=["size"], runs=1))
    with pytest.raises(GivenDataError, match=message):
        given_data(found)


def test_indices_are_told(stepped: Sweep) -> None:
    found = given_data(stepped)
    told = sweep_analysis_json(told_of(stepped, found))
    text = to_text(sweep_analysis_blocks(told_of(stepped, found)), 96)
    assert text.startswith("What success hangs on, by 300 points\n")
    assert "Monte Carlo error is" in text
    unknown = told_of(stepped, found._replace(mc_share=None))
    assert "Monte Carlo error is" not in to_text(sweep_analysis_blocks(unknown), 96)
    assert told["schema"] == "willing.given_data/1"
    assert [each["path"] for each in told["inputs"]] == [each.path for each in found.inputs]
    nothing = found._replace(inputs=tuple(x._replace(p_value=0.5) for x in found.inputs))
    said = sweep_analysis_sentence(told_of(stepped, nothing))
    assert said == "None of the inputs clearly shifts success."


def test_of_one_input_alone_most_is_not_said(linear: Sweep) -> None:
    found = given_data(linear)
    one = told_of(linear, found._replace(inputs=found.inputs[:1]))
    assert sweep_analysis_sentence(one) == "us backing: level shifts public nations."


def test_most_is_said_only_of_an_input_that_leads_every_other(stepped: Sweep) -> None:
    found = given_data(stepped)
    inputs = tuple(each._replace(p_value=0.01) for each in found.inputs)

    def said(first_p: float, *low: float) -> str:
        led = [inputs[0]._replace(p_value=first_p)]
        for each, of in zip(inputs[1:], low, strict=True):
            led.append(each._replace(lead=Interval(*map(np.asarray, (0.2, of, 0.3)))))
        return sweep_analysis_sentence(told_of(stepped, found._replace(inputs=tuple(led))))

    first, rest = said(0.01, 0.1, 0.1).split(" shifts ")
    assert rest == "success most."
    # An interval of the third may reach further than that of the second.
    assert said(0.01, 0.1, -0.1).startswith(f"{first} shifts success; whether ")
    assert " or " not in said(0.01, 0.1, -0.1)
    assert said(0.01, -0.1, -0.1).endswith(" does so more is not clear.")
    assert " or " in said(0.01, -0.1, -0.1)
    # What leads may itself be no more than noise.
    assert f"whether {first} does so more is not clear" in said(0.5, 0.1, 0.1)


def test_leads_are_those_of_points_that_all_inputs_share(stepped: Sweep) -> None:
    found = given_data(stepped)
    first, *others = (float(each.delta.estimate) for each in found.inputs)
    assert found.inputs[0].lead is None
    leads = [each.lead for each in found.inputs[1:] if each.lead is not None]
    assert [float(each.estimate) for each in leads] == pytest.approx(
        [first - other for other in others]
    )
    assert all(each.low < each.estimate < each.high for each in leads)
    assert leads[1].low > 0  # the token does nothing


def test_more_classes_are_no_lead(stepped: Sweep) -> None:
    first, *others = given_data(stepped).inputs
    alike = [first._replace(delta_without=first.delta_without + 0.2), *others]
    resampled = np.random.default_rng(0).normal(size=(3, 200)) * 1e-3
    for fair, biased in zip(
        with_leads([first, *others], resampled)[1:], with_leads(alike, resampled)[1:], strict=True
    ):
        assert fair.lead is not None
        assert biased.lead is not None
        assert fair.lead.estimate == biased.lead.estimate
        assert fair.lead.low == pytest.approx(biased.lead.low + 0.2, abs=0.1)
        assert biased.lead.low < fair.lead.low


# Scenario discovery


def test_a_box_is_found_and_put_in_words(stepped: Sweep) -> None:
    pytest.importorskip("ema_workbench")
    found = discovered(stepped, density=0.95)
    limits = {limit.path: (limit.low, limit.high) for limit in found.box.limits}
    assert limits[LEVEL][0] == pytest.approx(0.47, abs=0.03)
    assert limits[REQUIREMENT][1] == pytest.approx(24, abs=1.5)
    assert found.box.density.chance > 0.95
    assert found.again.density.chance > 0.85
    said = sweep_analysis_sentence(told_of(stepped, found))
    assert said.startswith("Success needs ")
    assert "us backing: level above 0.4" in said
    assert "requirement below 2" in said
    (leaf, *_) = found.leaves
    assert {limit.path for limit in leaf.limits} == {LEVEL, REQUIREMENT}
    told = sweep_analysis_json(told_of(stepped, found))
    assert told["box"]["density"]["estimate"] == found.box.density.chance
    text = to_text(sweep_analysis_blocks(told_of(stepped, found)), 96)
    assert text.startswith("Where the chance of success is at least 50 %\n")


def test_a_mean_needs_a_bar(linear: Sweep) -> None:
    pytest.importorskip("ema_workbench")
    with pytest.raises(GivenDataError, match="size is no chance: say what it must reach"):
        discovered(linear)
    found = discovered(linear, at_least=5.0)
    said = sweep_analysis_sentence(told_of(linear, found))
    assert said.startswith("A mean of at least 5 for public nations needs us backing: level above")
    with pytest.raises(GivenDataError, match="none of the points reach 50 of size"):
        discovered(linear, at_least=50.0)
    with pytest.raises(KeyError, match="no outcome 'sise'; did you mean 'size'"):
        discovered(linear, "sise")


@pytest.mark.parametrize(("n_of_interest", "n_leaves"), [(30, 1), (2, 0)])
def test_one_input_is_enough_and_a_tree_may_have_no_split(
    n_of_interest: int, n_leaves: int
) -> None:
    pytest.importorskip("ema_workbench")
    levels = [round(0.1 + 0.01 * point, 2) for point in range(60)]
    found = made_up_sweep("size", vary={LEVEL: levels}, design="grid", points=None)
    box = discovered(found, at_least=10 * levels[-n_of_interest] - 0.01)
    assert box.n_hits == n_of_interest
    assert len(box.leaves) == n_leaves
    assert all(limit.path == LEVEL for leaf in box.leaves for limit in leaf.limits)


def test_without_the_workbench_a_message_says_what_to_install(
    stepped: Sweep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ema_workbench", None)
    with pytest.raises(ImportError, match=r"python -m pip install 'willing\[exploration\]'"):
        discovered(stepped)
