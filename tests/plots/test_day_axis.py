"""Days along the horizontal axis of any figure: dates, and never a time of day."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sim.plots.axes import day_axis, day_positions
from sim.plots.sheet import new_axes
from sim.plots.theme import LIGHT


@pytest.mark.parametrize("width", [3.5, 8.0])
@pytest.mark.parametrize("start", [date(2025, 3, 10), date(2026, 12, 2)])
def test_a_day_axis_has_two_dates_or_more_and_no_time_of_day(start: date, width: float) -> None:
    for days in (5, 12, 30, 55, 75, 93, 110, 130, 180, 270, 400, 500, 700, 1100, 1500, 3000):
        drawn: Any = SimpleNamespace(scenario=SimpleNamespace(start=start, days=days))
        axes = new_axes(width, 3.0, LIGHT)
        ends = day_positions(drawn, [0, days])
        axes.set_xlim(*ends)
        day_axis(axes, drawn, LIGHT)
        ticks = np.asarray(axes.get_xticks())
        written = axes.xaxis.get_major_formatter().format_ticks(ticks)  # type: ignore[arg-type]
        assert np.count_nonzero((ticks >= ends[0]) & (ticks <= ends[1])) >= 2, days
        assert ":" not in "".join([*written, axes.xaxis.get_major_formatter().get_offset()])
