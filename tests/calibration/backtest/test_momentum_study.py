"""The code of the study of momentum on resolve (experiments/backtest/momentum.py)."""

from __future__ import annotations

import numpy as np

from experiments.backtest.momentum import (
    FOLDER,
    are_together,
    from_day_1,
    tables,
    with_weight,
    without_nations,
)
from sim.calibration.history import load_history
from sim.calibration.likelihood import coalition_of, coefficients_of, log_likelihood
from sim.core.likelihood import PUBLIC_FIRST, PUBLIC_LAST
from sim.scenario.arrays.numbers import arrays_of

ISIS = load_history("histories/isis_2014")


def value(coalition) -> float:
    at = coefficients_of(arrays_of(ISIS.scenario).inputs)
    return log_likelihood(coalition, at, with_gradient=False).log_likelihood


def test_the_page_has_the_tables_of_its_files() -> None:
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    for (begin, end), table in tables().items():
        assert f"{begin}\n{table}\n{end}" in page


def test_nations_that_are_known_from_a_later_list_are_left_out_and_others_stay() -> None:
    whole = coalition_of(ISIS)
    together = are_together(whole)
    rest = without_nations(whole, together)
    assert together.sum() == 23
    assert rest.seen.nations == tuple(np.array(whole.seen.nations)[~together])
    assert rest.traits.shape[0] == rest.features[0].shape[0] == rest.seen.record.shape[0] == 72
    assert value(rest) > value(whole)
    assert value(without_nations(whole, ~np.ones_like(together))) == value(whole)


def test_a_longer_interval_is_more_likely() -> None:
    whole = coalition_of(ISIS)
    together = are_together(whole)
    longer = from_day_1(whole, together)
    assert (longer.seen.record[together][:, [PUBLIC_FIRST, PUBLIC_LAST]] == (1, 35)).all()
    assert (longer.seen.record[~together] == whole.seen.record[~together]).all()
    assert value(longer) > value(whole)


def test_one_event_has_another_weight() -> None:
    changed = with_weight(ISIS, "Paris conference", 2.0)
    weights = {each.name: each.weight for each in changed.scenario.events if each.kind == "meeting"}
    assert weights == {
        "NATO summit in Wales": 1.0,
        "Jeddah meeting": 1.0,
        "Paris conference": 2.0,
        "Brussels meeting": 1.0,
    }
