"""Names that begin alike are told apart wherever they are cut: in figures and in tables."""

from __future__ import annotations

from typing import Any

import sim
from sim.plots.sheet import figure_of
from sim.report.comparison import comparison_blocks
from sim.report.ensemble import summary_blocks
from sim.report.sweep import sweep_blocks
from sim.report.text import to_text
from sim.results.ensemble import Ensemble
from sim.scenario.load import scenario_from_dict
from sim.scenario.schema import Scenario
from tests.results.synthetic import made_up, small_scenario
from tests.studies.compare.scenarios import put, without_chance

LONG = "The willingness of parliaments and voters to "


def with_alike_names() -> Scenario:
    """A scenario of which conditions, kinds and nations have names that begin alike."""
    nations = [{"id": f"Province_{place}", "stage": "talks"} for place in "ABC"]
    conditions = {name: {"level": 0.5, "name": f"{LONG}{name}"} for name in ("pay", "fight")}
    kinds = {name: {"name": f"Troops that are said to be ready {name}"} for name in ("now", "soon")}
    form: dict[str, Any] = {"days": 9, "nations": nations}
    form |= {"conditions": conditions, "contributions": kinds}
    form["success"] = {"pay": 0.6, "fight": 0.4, "hold": 1}
    return scenario_from_dict(form)


def ensemble() -> Ensemble:
    """A made-up ensemble of it."""
    return made_up(with_alike_names(), 20)


def legend(axes: Any) -> list[str]:
    """Labels in the legend."""
    return [text.get_text() for text in axes.get_legend().get_texts()]


def test_conditions_and_kinds_differ_in_legends() -> None:
    for draw in (sim.plots.conditions_chart, sim.plots.force_chart):
        shown = legend(draw(ensemble()))
        assert len(set(shown)) == len(shown) >= 2


def test_thresholds_differ_in_the_narrowest_figure() -> None:
    look = sim.plots.LIGHT.sized(3.5)
    rows = figure_of(sim.plots.outcomes(ensemble(), look=look)).axes[1].texts
    names = [text.get_text() for text in rows[::2]]
    assert len(set(names)) == len(names) == 3


def test_codes_differ_on_tiles() -> None:
    codes = [text.get_text() for text in sim.plots.tile_map(ensemble()).texts[::2]]
    assert sorted(codes) == ["Pr…_A", "Pr…_B", "Pr…_C"]


def test_conditions_and_kinds_differ_in_the_summary() -> None:
    text = to_text(summary_blocks(ensemble().summary()))
    rows = [
        line.strip() for line in text.splitlines() if line.strip().startswith(("The w", "Troops"))
    ]
    assert len({row[:28] for row in rows}) == len(rows) == 4


def test_scenarios_differ_in_figures_and_tables_of_comparisons() -> None:
    base = "A plan for the coalition of the willing, variant "
    scenarios = {
        f"{base}{name}": without_chance(9, *events)
        for name, events in {"zero": (), "one": (put("BBB", 3),), "two": (put("BBB", 4),)}.items()
    }
    comparison = sim.compare(scenarios, runs=3)
    assert len(set(legend(sim.plots.nation_changes(comparison)))) == 2
    titles = [
        axes.get_title(loc="left") for axes in figure_of(sim.plots.difference_fan(comparison)).axes
    ]
    assert len(set(titles)) == 2
    headings = [
        line for line in to_text(comparison_blocks(comparison)).splitlines() if "(other)" in line
    ]
    assert len(set(headings)) == 2


def test_categories_differ_in_figures_and_tables_of_sweeps() -> None:
    base = "Coalition of the Willing, Paris, variant of "
    policy = [
        {"label": f"{base}{year} with backing", "set": {"events.0.weight": weight}}
        for year, weight in ((2025, 1.0), (2026, 2.0))
    ]
    swept = sim.sweep(small_scenario(), {"policy": policy}, runs=20, workers=1)
    for kind in ("outcome_lines", "size_strip"):
        axes = getattr(sim.plots, kind)(swept)
        shown = [label.get_text() for label in axes.get_yticklabels()]
        assert len(set(shown)) == 2
    said = to_text(sweep_blocks(swept))
    assert "of 2025 with" in said
    assert "of 2026 with" in said
