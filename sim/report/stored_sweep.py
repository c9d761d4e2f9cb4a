"""What a stored sweep tells of its inputs: indices from given data, and scenario discovery."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sim.report.blocks import Block, Note, Table, Text
from sim.report.html import to_html
from sim.report.sensitivity import one_of
from sim.report.text import WIDEST, to_text
from sim.results.format import counted, cut, number, percent
from sim.studies.design.outcomes import outcome_label
from sim.studies.sensitivity.discovery import Discovered, Limit
from sim.studies.sensitivity.given_data import GivenData
from sim.studies.sensitivity.stored import NUMBERS, WORDS, as_dict
from sim.studies.sensitivity.sweep_analysis import SweepAnalysis

LONGEST_INPUT, LONGEST_BOX = 44, 300

GIVEN_SCHEMA, DISCOVERY_SCHEMA = "willing.given_data/1", "willing.discovery/1"

OF_GIVEN = (
    "Delta: how much of the distribution of the outcome over points is elsewhere, on average, "
    "where the input is known to a tenth of its points. PAWN: the largest distance between the two "
    "cumulative distributions, the median over such tenths. In brackets 95 %, by points drawn "
    "anew. An input without any effect has indices above 0 as well, as given beside them (its "
    "values permuted); p: how often its delta is then as large."
)
OF_BOXES = (
    "PRIM peels off parts of the ranges until {density} of the points that remain reach it. Dense: "
    "share of the points in the box that reach it. Covers: share of the points that reach it that "
    "lie in the box. In brackets 95 %. Judged by the other half: boxes found in one half of the "
    "points, and judged by the other. All this holds for the ranges of the sweep."
)


def sweep_analysis_texts(analysis: SweepAnalysis) -> dict[str, str]:
    """What `willing sensitivity SWEEP` prints and what it prints with ``--json``, by file."""
    told = sweep_analysis_json(analysis)
    as_json = json.dumps(told, indent=2, ensure_ascii=False, allow_nan=False)
    words = to_text(sweep_analysis_blocks(analysis), WIDEST)
    return {WORDS: f"{words}\n", NUMBERS: f"{as_json}\n"}


def sweep_analysis_html(analysis: SweepAnalysis) -> str:
    """What `willing sensitivity SWEEP` prints, as a piece of a page."""
    return to_html(sweep_analysis_blocks(analysis))


def sweep_analysis_json(analysis: SweepAnalysis) -> dict[str, Any]:
    """What `willing sensitivity SWEEP --json` prints, with ``--discover`` or without."""
    found = analysis.found
    told = as_dict(found)
    about = {"outcome": found.outcome, "n_points": found.n_points, "title": _title(analysis)}
    about["sentence"] = sweep_analysis_sentence(analysis)
    if isinstance(found, GivenData):
        for each in told["inputs"]:
            each["label"] = analysis.label(each["path"])
        return {"schema": GIVEN_SCHEMA, **about, **told}
    boxes = (found.box, found.again, *found.leaves)
    of_boxes = (told["box"], told["judged_by_the_other_half"], *told["leaves"])
    for each, box in zip(of_boxes, boxes, strict=True):
        each["words"] = _limits_text(analysis, box.limits)
    return {"schema": DISCOVERY_SCHEMA, **about, **told}


def sweep_analysis_blocks(analysis: SweepAnalysis) -> list[Block]:
    """What `willing sensitivity SWEEP` prints, with ``--discover`` or without."""
    told = sweep_analysis_json(analysis)
    return _discovery_blocks(told) if analysis.is_discovery else _given_data_blocks(told)


def sweep_analysis_sentence(analysis: SweepAnalysis) -> str:
    """Which input matters most, or what the outcome needs, and whether that is clear."""
    found = analysis.found
    if isinstance(found, GivenData):
        return _given_data_sentence(analysis, found)
    return _discovery_sentence(analysis, found)


def _title(analysis: SweepAnalysis) -> str:
    found, outcome = analysis.found, analysis.outcome()
    label = outcome_label(analysis.scenario, outcome)
    if isinstance(found, GivenData):
        return f"What {label} hangs on, by {counted(found.n_points, 'point')}"
    if outcome.is_chance:
        return f"Where the chance of {label} is at least {percent(found.at_least)}"
    return f"Where the mean of {label} is at least {found.at_least:g}"


# Indices from given data


def _given_data_blocks(told: Mapping[str, Any]) -> list[Block]:
    """A sentence on what matters, and a table of the indices."""
    rows = tuple(
        {
            "input": cut(each["label"], LONGEST_INPUT),
            "delta": _interval_text(each["delta"]),
            "delta_without": number(each["delta_without"]),
            "pawn": _interval_text(each["pawn"]),
            "pawn_without": number(each["pawn_without"]),
            "p": f"{each['p_value']:.3f}",
        }
        for each in told["inputs"]
    )
    columns = {
        "input": "",
        "delta": "delta",
        "delta_without": "no effect",
        "pawn": "PAWN",
        "pawn_without": "no effect",
        "p": "p",
    }
    notes = [OF_GIVEN]
    if told["mc_share"] is not None:
        share = percent(told["mc_share"])
        notes.append(f"Monte Carlo error is {share} of the variance of the outcome between points.")
    return [
        Text(told["title"], is_title=True),
        Text(told["sentence"], tight=True),
        Table("input", columns, rows, drop=("pawn_without", "pawn")),
        *(Note(each, tight=False) for each in notes),
    ]


def _given_data_sentence(analysis: SweepAnalysis, found: GivenData) -> str:
    """What matters most, and whether that is clear: it leads every other input by its interval."""
    label = outcome_label(analysis.scenario, analysis.outcome())
    clear = [each for each in found.inputs if each.is_clear]
    if not clear:
        return f"None of the inputs clearly shifts {label}."
    rivals = [
        analysis.label(each.path)
        for each in found.inputs
        if each is not clear[0] and (each.lead is None or each.lead.low <= 0)
    ]
    first = analysis.label(clear[0].path)
    if rivals:
        return f"{first} shifts {label}; whether {one_of(rivals)} does so more is not clear."
    return f"{first} shifts {label}{' most' * (len(found.inputs) > 1)}."


def _interval_text(of: Mapping[str, float]) -> str:
    return f"{of['estimate']:.2f} ({of['low']:.2f} to {of['high']:.2f})"


# Scenario discovery


def _discovery_blocks(told: Mapping[str, Any]) -> list[Block]:
    """In words where an outcome is reached, and how sure that is."""
    n_points, n_hits = told["n_points"], told["n_hits"]
    share = percent(n_hits / n_points)
    columns = {"what": "", "dense": "dense", "covers": "covers"}
    blocks: list[Block] = [
        Text(told["title"], is_title=True),
        Text(f"{n_hits:,} of {counted(n_points, 'point')} reach it ({share})", tight=True),
        Text(told["sentence"]),
        Table(
            "The box of PRIM",
            columns,
            (
                _row("found in all points", told["box"]),
                _row("judged by the other half", told["judged_by_the_other_half"]),
            ),
        ),
    ]
    if told["leaves"]:
        leaves = tuple(_row(each["words"], each) for each in told["leaves"])
        blocks.append(Table("By a classification tree", columns, leaves))
    return [*blocks, Note(OF_BOXES.format(density=percent(told["asked_density"])), tight=False)]


def _discovery_sentence(analysis: SweepAnalysis, found: Discovered) -> str:
    """What an outcome needs, in one sentence, or that no box says it."""
    outcome = analysis.outcome()
    name = outcome_label(analysis.scenario, outcome)
    if not found.box.limits:
        return f"No part of the ranges stands out for {name}."
    if not outcome.is_chance:
        name = f"a mean of at least {found.at_least:g} for {name}"
    again = found.again.density
    text = f"{name[:1].upper()}{name[1:]} needs {_limits_text(analysis, found.box.limits)}"
    low, high = percent(again.low).removesuffix(" %"), percent(again.high)
    return f"{text}: {low} to {high} of points there reach it, as judged by points not used."


def _limits_text(analysis: SweepAnalysis, limits: Sequence[Limit]) -> str:
    """Limits of a box in words."""
    parts = [f"{analysis.label(each.path)} {each.words}" for each in limits]
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def _row(name: str, box: Mapping[str, Any]) -> dict[str, str]:
    return {
        "what": cut(name, LONGEST_BOX),
        "dense": _chance_text(box["density"]),
        "covers": _chance_text(box["coverage"]),
    }


def _chance_text(of: Mapping[str, float]) -> str:
    return f"{100 * of['estimate']:.0f} % ({100 * of['low']:.0f} to {100 * of['high']:.0f})"
