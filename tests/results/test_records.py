"""Counts that are added up when they are asked for."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

import sim
from sim.engines import batch
from sim.engines.counts import counts_by_day
from sim.results.records import Records
from tests.results.synthetic import small_ensemble, small_scenario


def test_a_count_is_made_when_it_is_asked_for_and_once(monkeypatch):
    asked = []
    monkeypatch.setattr(batch, "counts_by_day", lambda *a: asked.append(1) or counts_by_day(*a))
    records = sim.run(small_scenario(), runs=3).records
    assert not asked
    assert records.size_counts is records.size_counts
    assert len(asked) == 1


def test_records_are_read_only_whether_given_or_made():
    records = small_ensemble().records
    later = replace(records, size_counts=lambda: np.array(records.size_counts))
    for each in (records.stage_counts, later.size_counts, records.force_top, records.runs.size):
        with pytest.raises(ValueError, match="read-only"):
            each[0] = 1
    assert np.array_equal(later.size_counts, records.size_counts)


def test_what_must_be_given_is_asked_for():
    """And what need not be is None."""
    given = {field.name: getattr(small_ensemble().records, field.name) for field in fields(Records)}
    del given["quorum_counts"], given["capacity_public_counts"]
    assert Records(**given).quorum_counts is None
    del given["size_counts"]
    with pytest.raises(TypeError, match="size_counts"):
        Records(**given)


def test_changes_of_days_add_up_to_counts_by_day():
    changes = np.arange(24, dtype=np.int32).reshape(2, 3, 4)
    days_first = np.cumsum(changes.astype(np.int64), axis=1).transpose(1, 0, 2)
    assert np.array_equal(counts_by_day(changes, 1), days_first)
    assert np.array_equal(counts_by_day(changes, 1, 1), days_first.transpose(1, 0, 2))
