"""What a stored sweep tells of its inputs: indices from given data, and scenario discovery."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from sim.report.blocks import Block, Note, Table, Text
from sim.report.sensitivity import one_of
from sim.results.format import counted, cut, json_ready, number, percent
from sim.scenario.addresses import find_place
from sim.scenario.labels import label_of
from sim.studies.design.outcomes import outcome_label
from sim.studies.sensitivity.discovery import Box, Discovered
from sim.studies.sensitivity.given_data import GivenData
from sim.studies.sweep.result import Sweep

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


def sweep_analysis_json(sweep: Sweep, found: GivenData | Discovered) -> dict[str, Any]:
    """What `willing sensitivity SWEEP --json` prints, with ``--discover`` or without."""
    if isinstance(found, Discovered):
        return discovery_json(sweep, found)
    return given_data_json(sweep, found)


def sweep_analysis_blocks(told: Mapping[str, Any]) -> list[Block]:
    """What `willing sensitivity SWEEP` prints, with ``--discover`` or without, from its JSON."""
    return discovery_blocks(told) if told["schema"] == DISCOVERY_SCHEMA else given_data_blocks(told)


def given_data_blocks(told: Mapping[str, Any]) -> list[Block]:
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


def given_data_sentence(sweep: Sweep, found: GivenData) -> str:
    """What matters most, and whether that is clear: it leads every other input by its interval."""
    label = outcome_label(sweep.study.scenario, sweep.outcome(found.outcome))
    clear = [each for each in found.inputs if each.p_value < 0.05]
    if not clear:
        return f"None of the inputs clearly shifts {label}."
    is_behind = np.append(False, found.leads.low > 0)
    rivals = [
        _label(sweep, each.path)
        for each, behind in zip(found.inputs, is_behind, strict=True)
        if not behind and each is not clear[0]
    ]
    first = _label(sweep, clear[0].path)
    if rivals:
        return f"{first} shifts {label}; whether {one_of(rivals)} does so more is not clear."
    return f"{first} shifts {label}{' most' * (len(found.inputs) > 1)}."


def _label(sweep: Sweep, path: str) -> str:
    """What people call what is varied; the path of what has no name."""
    scenario = sweep.study.scenario
    place = find_place(scenario, path)
    return path if place is None else label_of(scenario, place.keys)


def _interval_text(of: Mapping[str, float]) -> str:
    return f"{of['estimate']:.2f} ({of['low']:.2f} to {of['high']:.2f})"


def given_data_json(sweep: Sweep, found: GivenData) -> dict[str, Any]:
    """What ``willing sensitivity SWEEP --json`` prints."""
    label = outcome_label(sweep.study.scenario, sweep.outcome(found.outcome))
    ready: dict[str, Any] = json_ready(
        {
            "schema": GIVEN_SCHEMA,
            "outcome": found.outcome,
            "n_points": found.n_points,
            "title": f"What {label} hangs on, by {counted(found.n_points, 'point')}",
            "sentence": given_data_sentence(sweep, found),
            "mc_share": found.mc_share,
            "inputs": [
                {
                    "path": each.path,
                    "label": _label(sweep, each.path),
                    "delta": dict(zip(("estimate", "low", "high"), each.delta, strict=True)),
                    "delta_without": each.delta_without,
                    "pawn": dict(zip(("estimate", "low", "high"), each.pawn, strict=True)),
                    "pawn_without": each.pawn_without,
                    "p_value": each.p_value,
                }
                for each in found.inputs
            ],
        }
    )
    return ready


# Scenario discovery


def discovery_blocks(told: Mapping[str, Any]) -> list[Block]:
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


def discovery_sentence(sweep: Sweep, found: Discovered) -> str:
    """What an outcome needs, in one sentence, or that no box says it."""
    outcome = sweep.outcome(found.outcome)
    name = outcome_label(sweep.study.scenario, outcome)
    if not found.box.limits:
        return f"No part of the ranges stands out for {name}."
    if not outcome.is_chance:
        name = f"a mean of at least {found.at_least:g} for {name}"
    again = found.again.density
    text = f"{name[:1].upper()}{name[1:]} needs {_limits_text(sweep, found.box)}"
    low, high = percent(again.low).removesuffix(" %"), percent(again.high)
    return f"{text}: {low} to {high} of points there reach it, as judged by points not used."


def _aim(sweep: Sweep, found: Discovered) -> str:
    outcome = sweep.outcome(found.outcome)
    label = outcome_label(sweep.study.scenario, outcome)
    if outcome.is_chance:
        return f"the chance of {label} is at least {percent(found.at_least)}"
    return f"the mean of {label} is at least {found.at_least:g}"


def _limits_text(sweep: Sweep, box: Box) -> str:
    """Limits of a box in words."""
    parts = []
    for path, low, high in box.limits:
        label = _label(sweep, path)
        varied = next(each for each in sweep.study.varied if each.path == path)
        if not varied.is_number:
            names = [
                str(each)
                for place, each in enumerate(varied.labels)
                if (low is None or place >= low) and (high is None or place <= high)
            ]
            parts.append(f"{label} as {' or '.join(names)}")
        elif low is None:
            parts.append(f"{label} below {_value(high)}")
        elif high is None:
            parts.append(f"{label} above {_value(low)}")
        else:
            parts.append(f"{label} from {_value(low)} to {_value(high)}")
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def _value(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"


def _row(name: str, box: Mapping[str, Any]) -> dict[str, str]:
    return {
        "what": cut(name, LONGEST_BOX),
        "dense": _chance_text(box["density"]),
        "covers": _chance_text(box["coverage"]),
    }


def _chance_text(of: Mapping[str, float]) -> str:
    return f"{100 * of['estimate']:.0f} % ({100 * of['low']:.0f} to {100 * of['high']:.0f})"


def discovery_json(sweep: Sweep, found: Discovered) -> dict[str, Any]:
    """What ``willing sensitivity SWEEP --discover --json`` prints."""

    def box(of: Box) -> dict[str, Any]:
        limits = [each._asdict() for each in of.limits]
        shares = {"density": of.density, "coverage": of.coverage}
        ends = {
            name: {"estimate": each.chance, "low": each.low, "high": each.high}
            for name, each in shares.items()
        }
        return {"limits": limits, "words": _limits_text(sweep, of), **ends}

    ready: dict[str, Any] = json_ready(
        {
            "schema": DISCOVERY_SCHEMA,
            "outcome": found.outcome,
            "at_least": found.at_least,
            "asked_density": found.asked_density,
            "n_points": found.n_points,
            "title": f"Where {_aim(sweep, found)}",
            "n_hits": found.n_hits,
            "sentence": discovery_sentence(sweep, found),
            "box": box(found.box),
            "judged_by_the_other_half": box(found.again),
            "leaves": [box(each) for each in found.leaves],
        }
    )
    return ready
