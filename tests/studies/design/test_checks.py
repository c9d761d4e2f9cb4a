"""What is varied leads somewhere, and no two paths to the same field."""

from __future__ import annotations

from typing import Any

import pytest

from sim.scenario.load import scenario_from_dict
from sim.studies.design.values import StudyError
from tests.engines.scenarios_strategy import Form
from tests.studies.sweep.made_up import study_of

FORM: Form = {
    "days": 30,
    "nations": [
        {"id": "GBR", "stake": 0.5},
        {"id": "POL", "stake": 0.9, "support": {"normal": [0.5, 0.2]}},
    ],
    "conditions": {"backing": {"level": 0.4}, "other": {"level": 0.5}},
    "events": [
        {"date": 2, "meeting": "talks"},
        {"date": 3, "deal": "peace", "probability": 0.5},
    ],
    "success": {"public_size": 1, "backing": 0.5},
}
SCENARIO = scenario_from_dict(FORM)


@pytest.mark.parametrize(
    ("vary", "message"),
    [
        (
            {"nations.*.stake": [0.9, 0.4], "nations.POL.stake": [0.3, 0.2]},
            "vary.nations.POL.stake: varies nations.POL.stake, which nations.*.stake varies",
        ),
        (
            {"nations.POL.stake": [0.3, 0.2], "nations.*.stake": [0.9, 0.4]},
            "vary.nations.*.stake: varies nations.POL.stake, which nations.POL.stake varies",
        ),
        (
            {"events.talks.weight": [1, 2], "events.0.weight": [3, 4]},
            "vary.events.0.weight: varies events.0.weight, which events.talks.weight varies",
        ),
        (
            {"events.talks": ["present", "absent"], "events.0": ["present", "absent"]},
            "vary.events.0: varies events.0, which events.talks varies already",
        ),
        (
            # Of the two options neither changes the support that the base has.
            {
                "nations.POL": [{"stake": 0.1, "threshold": 0.0}, {"stake": 0.2, "threshold": 0}],
                "nations.POL.threshold": [0.1, 0.2],
            },
            "varies nations.POL.threshold, which nations.POL varies already",
        ),
        (
            {
                "a": [{"label": "a", "set": {"days": 30}}, {"label": "b", "set": {"days": 30}}],
                "days": [31, 32],
            },
            "vary.days: varies days, which a varies already",
        ),
        (
            {"nations.POL.support": [0.1, 0.2], "nations.POL.support.normal.0": [0.4, 0.5]},
            "varies nations.POL.support.normal.0, which nations.POL.support varies already",
        ),
        (
            {"nations.*.stage": ["talks", "outside"], "nations.POL.stage": ["talks", "willing"]},
            "varies nations.POL.stage, which nations.*.stage varies already",
        ),
        (
            {"commitment": [{"value": 5}, {"value": 6}], "commitment.scale": [3, 4]},
            "varies commitment.scale, which commitment varies already",
        ),
        (
            {"commitment.scale": [3, 4], "commitment": [{"value": 5}, {"value": 6}]},
            "varies commitment.scale, which commitment.scale varies already",
        ),
        (
            {"nations.*.pledge": ["present", "absent"], "nations.POL.pledge": ["absent"]},
            "varies nations.POL.pledge, which nations.*.pledge varies already",
        ),
        (
            {"events.1": ["present", "absent"], "events.deal.peace.0.probability": [0.1, 0.2]},
            "varies events.1.probability, which events.1 varies already",
        ),
        (
            {"behaviour": ["calibrated"], "behaviour.declare.rate": [0.1, 0.2]},
            "varies behaviour.declare.rate, which behaviour varies already",
        ),
    ],
)
def test_two_paths_to_one_field_are_refused(vary: dict[str, Any], message: str) -> None:
    with pytest.raises(StudyError) as refused:
        study_of(vary, SCENARIO)
    assert len(refused.value.problems) == 1
    assert message in str(refused.value)


@pytest.mark.parametrize(
    "vary",
    [
        {"nations.POL": [{"stake": 0.1}, {"stake": 0.2}], "nations.POL.support": [0.1, 0.2]},
        {"behaviour": [{"declare": {"rate": 0.1}}], "behaviour.resolve.rate": [0.1, 0.2]},
        {"events.0": ["present", "absent"], "events.1": ["present", "absent"]},
        {"nations.POL.stake": [0.1, 0.2], "nations.GBR.stake": [0.1, 0.2]},
    ],
)
def test_two_paths_to_fields_side_by_side_go_together(vary: dict[str, Any]) -> None:
    study_of(vary, SCENARIO)


@pytest.mark.parametrize(
    ("vary", "message"),
    [
        ({"backing": [0.1]}, "unknown key 'backing'; did you mean 'conditions.backing.level'?"),
        ({"conditions.backing.levl": [0.1]}, "unknown key 'levl'; did you mean 'level'?"),
        ({"conditions.baking.level": [0.1]}, "unknown condition 'baking'"),
        ({"nations.PLO.stake": [0.1]}, "unknown nation 'PLO'; did you mean 'POL'?"),
        ({"events.9.weight": [1]}, "unknown event '9'"),
        ({"events.take": ["present", "absent"]}, "unknown event 'take'; did you mean 'talks'?"),
        ({"stake": [0.1, 0.2]}, "unknown key 'stake'"),
        ({"nations..stake": [0.1]}, "is no path that can be changed"),
        ({"base": ["paris_2025"]}, "whole scenarios are given as scenario=A,B"),
        ({"nations.GBR.stake": ["high", "low"]}, "'high' must be a number between 0 and 1"),
        ({"nations.GBR.stake": [1.5, 2]}, "1.5 must be between 0 and 1"),
        ({"nations.GBR.stage": ["talk"]}, "must be a stage out of"),
        ({"days": [1.5, 2.5]}, "1.5 must be a whole number between 1 and 36500"),
        ({"days": [13, 1]}, "success.hold: 14 must be at most the days of the run, 13"),
    ],
)
def test_a_path_of_which_no_value_can_be_had_is_refused(vary: dict[str, Any], message: str) -> None:
    with pytest.raises(StudyError) as refused:
        study_of(vary, SCENARIO)
    (path,) = vary
    assert [problem.path for problem in refused.value.problems] == [f"vary.{path}"]
    assert message in str(refused.value)


@pytest.mark.parametrize(
    "vary",
    [
        {"nations.POL.stake": [0.9]},
        {"behaviour": ["calibrated", "present"]},
        {"events.0": ["present"]},
        {"title": ["", "other"]},
    ],
)
def test_a_value_that_the_base_has_already_is_one_like_others(vary: dict[str, Any]) -> None:
    study = study_of(vary, SCENARIO)
    assert study.scenario_at(study.point(0)) == SCENARIO


def test_a_range_whose_ends_cannot_be_had_is_kept_for_what_lies_between() -> None:
    study = study_of({"conditions.backing.level": {"range": [0, 1], "steps": 3}}, SCENARIO)
    assert study.scenario_at(study.point(1)).conditions["backing"].level == 0.5


def test_a_path_must_lead_somewhere_in_each_scenario_that_is_varied(tmp_path: Any) -> None:
    other = {**FORM, "nations": ["GBR"]}
    for name, form in (("one", FORM), ("other", other)):
        (tmp_path / f"{name}.yaml").write_text(scenario_from_dict(form).to_yaml())
    names = [str(tmp_path / name) for name in ("one.yaml", "other.yaml")]
    with pytest.raises(StudyError, match="unknown nation 'POL'"):
        study_of({"scenario": names, "nations.POL.stake": [0.1, 0.2]}, SCENARIO)


@pytest.mark.parametrize(
    "path",
    ["point", "n_runs", "problem", "size", "success", "success.low", "conditions.backing", "run"],
)
def test_a_path_with_the_name_of_a_column_is_refused(path: str) -> None:
    options = [{"label": "a", "set": {"days": 30}}, {"label": "b", "set": {"days": 31}}]
    with pytest.raises(StudyError, match="is the name of a column of the results") as refused:
        study_of({path: options}, SCENARIO)
    assert refused.value.problems[0].path == f"vary.{path}"
    study_of({f"{path} at first": options}, SCENARIO)


def test_a_path_may_have_the_name_of_an_outcome_that_is_not_kept() -> None:
    study = study_of({"success": ["present", "absent"]}, SCENARIO, outcomes=["size"])
    assert study.n_points == 2


@pytest.mark.parametrize(
    ("keys", "path", "message"),
    [
        (
            {"vary": {p: {"range": [0, 1], "steps": 2000} for p in ("ties.base", "ties.leaders")}},
            "vary",
            "4,000,000 points; at most 1,000,000 are allowed",
        ),
        (
            {
                "vary": {f"x{n}": [{"label": "a", "set": {}}] for n in range(30)},
                "design": "lhs",
                "points": 1_000_000,
            },
            "points",
            "1,000,000 points of 30 paths; at most 20,000,000 numbers can be drawn",
        ),
        (
            {
                "vary": {"days": [30]},
                "runs": 1_000_000,
                "outcomes": [f"size>={n}" for n in range(60)],
            },
            "outcomes",
            "1,000,000 runs of 60 outcomes a point; at most 50,000,000 numbers of one can be held",
        ),
    ],
)  # fmt: skip
def test_more_than_memory_holds_is_refused(keys: dict[str, Any], path: str, message: str) -> None:
    with pytest.raises(StudyError) as refused:
        study_of(keys.pop("vary"), SCENARIO, **keys)
    assert [(p.path, p.message) for p in refused.value.problems] == [(path, message)]


def test_days_that_make_too_many_distributions_are_refused() -> None:
    scenario = scenario_from_dict(
        {"days": 3000, "nations": [f"N{place}" for place in range(1000)], "conditions": {}}
    )
    with pytest.raises(StudyError, match="2001 days are too many for so many nations; at most"):
        study_of({"commitment.value": [1]}, scenario, days=list(range(2000)))
