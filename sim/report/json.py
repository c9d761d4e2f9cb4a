"""Results as nested dicts, lists and scalars, ready for JSON; None for what is not known."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sim.report.comparison import comparison_notes
from sim.results.format import json_ready
from sim.results.summary import Summary
from sim.studies.compare.comparison import Comparison
from sim.studies.design.outcomes import SIZE_COUNTS
from sim.studies.sweep.crossing import half_crossings_of
from sim.studies.sweep.paired import paired_differences
from sim.studies.sweep.result import Sweep


def summary_json(summary: Summary) -> dict[str, Any]:
    """What `willing run --json` prints of an ensemble."""
    return {"schema": "willing.summary/1", **summary.as_dict()}


def comparison_json(comparison: Comparison) -> dict[str, Any]:
    """What `willing compare --json` prints: all but the days, which are in days.parquet."""
    named = zip(comparison.labels, comparison.scenarios, strict=True)
    start = comparison.base.start
    found: dict[str, Any] = json_ready(
        {
            "schema": "willing.comparison/2",
            "scenarios": [
                {
                    "label": label,
                    "title": scenario.title,
                    "digest": scenario.digest,
                    "notes": list(scenario.notes),
                }
                for label, scenario in named
            ],
            "seed": comparison.seed,
            "n_runs": comparison.n_runs,
            "n_days": comparison.n_days,
            "start": None if start is None else start.isoformat(),
            "differences": [
                {
                    "scenario": difference.label,
                    "is_same": comparison.is_same(difference.label),
                    # Without the factor of fewer runs where there are too few runs to know it.
                    "outcomes": [
                        asdict(change) | ({} if change.fewer_runs_known else {"fewer_runs": None})
                        for change in difference.outcomes
                    ],
                    "nations": [asdict(nation) for nation in difference.nations],
                }
                for difference in comparison.differences
            ],
            "notes": list(comparison_notes(comparison)),
        }
    )
    return found


def sweep_json(sweep: Sweep) -> dict[str, Any]:
    """What `willing sweep --json` prints: every point, without the counts of sizes.

    Also each chance where it crosses one half, and over events or categories what each point has
    more or less than the base, run by run.
    """
    names = [name for name in sweep.table.column_names if not name.startswith(SIZE_COUNTS)]
    chances = [outcome for outcome in sweep.study.base_outcomes if outcome.is_chance]
    paired = paired_differences(sweep)
    found: dict[str, Any] = json_ready(
        {
            "schema": "willing.sweep/1",
            "digest": sweep.study.digest,
            "scenario_digest": sweep.study.scenario.digest,
            "varied": list(sweep.paths),
            "outcomes": list(sweep.outcomes),
            "n_points": sweep.n_points,
            "is_whole": sweep.is_whole,
            "n_failed": len(sweep.problems),
            "n_imprecise": sweep.imprecise()[0],
            "notes": list(sweep.study.notes),
            "points": sweep.table.select(names).to_pylist(),
            "half_crossings": [
                {"outcome": outcome.name, **crossing._asdict()}
                for outcome in chances
                for crossing in half_crossings_of(sweep, outcome)
            ],
            "differences": [
                {"point": point, "base": paired.base, "outcome": name, **found._asdict()}
                for point, by_outcome in paired.by_point.items()
                for name, found in by_outcome.items()
            ]
            if paired is not None
            else [],
        }
    )
    return found
