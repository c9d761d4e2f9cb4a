"""A sweep as a labelled array holds what the sweep holds."""

from __future__ import annotations

import numpy as np
import pytest

import sim
from sim.scenario.load import scenario_from_dict

SCENARIO = scenario_from_dict(
    {
        "days": 20,
        "nations": [{"id": name, "stage": "talks", "reliance": {"backing": 1}} for name in "ABCD"],
        "conditions": {"backing": {"level": 0.4}},
        "behaviour": {
            "resolve": {"rate": 0.2},
            "declare": {"rate": 0.1, "prospects": 2, "momentum": 5},
        },
    }
)
LEVEL = "conditions.backing.level"


def test_a_grid_has_a_dimension_for_each_path() -> None:
    vary = {LEVEL: [0.2, 0.8], "memory.momentum": [1, 7, 14]}
    sweep = sim.sweep(SCENARIO, vary, runs=20, days=[5])
    found = sweep.to_xarray()
    assert len(set(sweep.column("size"))) > 3  # else points could be mixed up unseen
    assert found["size"].dims == tuple(vary)
    assert found["size"].shape == (2, 3)
    for place, point in enumerate(map(sweep.study.point, range(6))):
        at = dict(zip(vary, point.labels, strict=True))
        assert found["size"].sel(at) == sweep.column("size")[place]
        np.testing.assert_array_equal(found["size_counts@5"].sel(at), sweep.size_counts(5)[place])
    assert found.attrs["scenario_digest"] == SCENARIO.digest


def test_points_of_another_design_stand_in_a_row() -> None:
    vary = {LEVEL: {"range": [0.2, 0.8]}, "memory.momentum": [1, 7]}
    sweep = sim.sweep(SCENARIO, vary, design="lhs", points=6, runs=10)
    found = sweep.to_xarray()
    assert found["size"].dims == ("point",)
    np.testing.assert_array_equal(found[LEVEL], sweep.column(LEVEL))
    np.testing.assert_array_equal(found["size"], sweep.column("size"))


def test_categories_are_labels_and_failures_are_nan_with_a_reason() -> None:
    levels = {"range": [0.5, 1], "steps": 2}
    sweep = sim.sweep(SCENARIO, {"behaviour": ["calibrated"], LEVEL: levels}, runs=10)
    found = sweep.to_xarray()
    assert found["behaviour"].item() == "calibrated"
    assert np.isnan(found["size"].sel({LEVEL: 1})).all()
    assert "below 1" in found["problem"].sel({LEVEL: 1}).item()


def test_without_xarray_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    sweep = sim.sweep(SCENARIO, {LEVEL: [0.2, 0.8]}, runs=2)
    monkeypatch.setitem(__import__("sys").modules, "xarray", None)
    with pytest.raises(ImportError, match=r"willing\[xarray\]"):
        sweep.to_xarray()
