"""What a page says of a sensitivity analysis: which inputs matter, and how much is chance."""

from __future__ import annotations

from dataclasses import replace

from sim.pages.part import HANGS, MOST_SENTENCES, KeyNumber, Part, part_of_blocks
from sim.report.blocks import Note, Text
from sim.report.sensitivity import sensitivity_blocks, sentence
from sim.report.stored_sweep import sweep_analysis_blocks, sweep_analysis_sentence
from sim.results.format import counted, percent
from sim.studies.design.outcomes import outcome_label
from sim.studies.sensitivity.discovery import Discovered
from sim.studies.sensitivity.result import Sensitivity
from sim.studies.sensitivity.sweep_analysis import SweepAnalysis
from sim.studies.sensitivity.variance import VarianceSplit


def sensitivity_part(sensitivity: Sensitivity) -> Part:
    """What a page says of a sensitivity analysis: which input matters most, and how much chance."""
    blocks, scenario = sensitivity_blocks(sensitivity), sensitivity.scenario
    notes = tuple(block.text for block in blocks if isinstance(block, Note) and not block.tight)
    answer = [sentence(sensitivity, outcome) for outcome in sensitivity.outcomes]
    outcome = sensitivity.outcome()
    label, found = outcome_label(scenario, outcome), sensitivity.found[outcome.name]
    numbers = []
    if isinstance(found, VarianceSplit) and found.variance.estimate > 0:
        places = sensitivity.order()[:2]
        shares = [
            (f"of the variance of {label}: {sensitivity.inputs[place].label}", found.shares, place)
            for place in places
        ]
        shares.append((f"of the variance of {label}: all inputs", found.parts, 0))
        numbers = [
            KeyNumber(
                words,
                percent(float(of.estimate[place])),
                f"95 % interval {100 * of.low[place]:z.0f} to {100 * of.high[place]:z.0f} %",
            )
            for words, of, place in shares
        ]
    about = next(each.text for each in blocks if isinstance(each, Text) and not each.is_title)
    return replace(
        part_of_blocks(blocks, HANGS, about, notes),
        answer=tuple(answer[:MOST_SENTENCES]),
        numbers=tuple(numbers),
        scenarios=(scenario,),
    )


def sweep_analysis_part(analysis: SweepAnalysis) -> Part:
    """What a page says of a stored sweep: what its outcome hangs on, or where it is reached."""
    found, blocks = analysis.found, sweep_analysis_blocks(analysis)
    if isinstance(found, Discovered):
        numbers = [
            KeyNumber(
                label,
                percent(of.chance),
                f"95 % interval {100 * of.low:.0f} to {100 * of.high:.0f} %",
            )
            for label, of in (
                ("of the points in the box reach it", found.box.density),
                (
                    "of the points in a box reach it, judged by points not used to find it",
                    found.again.density,
                ),
                ("of the points that reach it are in the box", found.box.coverage),
            )
        ]
    else:
        numbers = [
            KeyNumber(
                f"delta of {analysis.label(each.path)}",
                f"{each.delta.estimate:.2f}",
                f"95 % interval {each.delta.low:.2f} to {each.delta.high:.2f}; without an effect "
                f"{each.delta_without:.2f}",
            )
            for each in found.inputs[:3]
        ]
    notes = tuple(block.text for block in blocks if isinstance(block, Note))
    return replace(
        part_of_blocks(blocks, HANGS, small_print=notes),
        answer=(
            sweep_analysis_sentence(analysis),
            f"This is of {counted(found.n_points, 'point')} in the ranges of the sweep; others "
            "may tell otherwise.",
        ),
        numbers=tuple(numbers),
        scenarios=(analysis.scenario,),
    )
