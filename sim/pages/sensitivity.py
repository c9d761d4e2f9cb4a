"""What a page says of a sensitivity analysis: which inputs matter, and how much is chance."""

from __future__ import annotations

from dataclasses import replace

from sim.pages.part import HANGS, MOST_SENTENCES, KeyNumber, Part, part_of_blocks
from sim.pages.sources import ToldSweepAnalysis
from sim.report.blocks import Note, Text
from sim.report.sensitivity import sensitivity_blocks, sentence
from sim.report.stored_sweep import DISCOVERY_SCHEMA, sweep_analysis_blocks
from sim.results.format import counted, percent
from sim.studies.design.outcomes import outcome_label
from sim.studies.sensitivity.result import Sensitivity
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


def sweep_analysis_part(analysis: ToldSweepAnalysis) -> Part:
    """What a page says of a stored sweep: what its outcome hangs on, or where it is reached."""
    told, blocks = analysis.told, sweep_analysis_blocks(analysis.told)
    if told["schema"] == DISCOVERY_SCHEMA:
        box, again = told["box"], told["judged_by_the_other_half"]
        numbers = [
            KeyNumber(
                label,
                percent(of["estimate"]),
                f"95 % interval {100 * of['low']:.0f} to {100 * of['high']:.0f} %",
            )
            for label, of in (
                ("of the points in the box reach it", box["density"]),
                (
                    "of the points in a box reach it, judged by points not used to find it",
                    again["density"],
                ),
                ("of the points that reach it are in the box", box["coverage"]),
            )
        ]
    else:
        numbers = [
            KeyNumber(
                f"delta of {each['label']}",
                f"{each['delta']['estimate']:.2f}",
                f"95 % interval {each['delta']['low']:.2f} to {each['delta']['high']:.2f}; without "
                f"an effect {each['delta_without']:.2f}",
            )
            for each in told["inputs"][:3]
        ]
    notes = tuple(block.text for block in blocks if isinstance(block, Note))
    return replace(
        part_of_blocks(blocks, HANGS, small_print=notes),
        answer=(
            told["sentence"],
            f"This is of {counted(told['n_points'], 'point')} in the ranges of the sweep; others "
            "may tell otherwise.",
        ),
        numbers=tuple(numbers),
        scenarios=(analysis.scenario,),
    )
