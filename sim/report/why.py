"""Why a nation did or did not join in a run, as three sentences."""

from __future__ import annotations

from math import exp, isnan
from typing import Any

from sim.core.stages import FORWARD, FORWARD_MOVES, LEFT, OUTSIDE, STAGES
from sim.report.blocks import Block, Note, Text
from sim.report.trace.run import CAVEAT, trace_heading
from sim.report.trace.sentences import (
    AT_STAGE,
    DOING,
    SLIGHT,
    day_with_number,
    factor,
    nation_name,
    quorum_text,
)
from sim.results.format import counted, json_ready, number, percent
from sim.results.labels import condition_labels
from sim.scenario.files.variants import path_steps
from sim.studies.why import STEPS, Change, Influence, Why

MOST_INFLUENCES = 3

METHOD = (
    "Factors are of the daily hazard of the next move, as means over the wait. Prospects are a "
    "product over conditions; each condition has its Shapley value in it."
)


def why_blocks(found: Why) -> list[Block]:
    """The three sentences, under the heading of the run and above its caveats."""
    return [
        *trace_heading(found.trace),
        Text(" ".join(why_sentences(found)), hanging=0),
        Note(METHOD),
        Note(CAVEAT),
    ]


def why_sentences(found: Why) -> tuple[str, str, str]:
    """What became of the nation, what held it back most, and what would have turned it round."""
    return _ending(found), _held_back(found), _turned_round(found)


def why_as_dict(found: Why) -> dict[str, Any]:
    """The answer as plain data, ready for JSON."""
    change = found.change
    ready: dict[str, Any] = json_ready(
        {
            "nation": found.nation,
            "seed": found.trace.seed,
            "run": found.trace.run,
            "joined": found.joined,
            "stage": STAGES[int(found.trace.stage[-1, found.trace.index_of(found.nation)])],
            "public_day": found.day if found.day >= 0 else None,
            "first_public_day": found.first_day if found.first_day >= 0 else None,
            "public_no_more_from": found.gone if found.gone >= 0 else None,
            "waited_in": STAGES[found.waited] if found.waited >= 0 else None,
            "days_waited": found.n_waited,
            "influences": [
                {
                    "feature": each.feature,
                    "condition": each.condition or None,
                    "term": each.term,
                    "factor": exp(each.term),
                }
                for each in found.influences
            ],
            "smallest_change": change
            and {
                "path": change.parameter.path,
                "from": change.before,
                "to": change.after,
                "first_public_day": change.day if change.day >= 0 else None,
            },
            "tried": [each.path for each in found.levers],
            "sentences": why_sentences(found),
        }
    )
    return ready


def _ending(found: Why) -> str:
    """What became of the nation in the run."""
    trace = found.trace
    index = trace.index_of(found.nation)
    name, stage = nation_name(trace, index), int(trace.stage[-1, index])
    public = "is public from the start"
    if found.first_day > 0:
        public = f"goes public on {day_with_number(trace, found.first_day)}"
    if found.joined and found.day > found.first_day:
        again = day_with_number(trace, found.day)
        return f"{name} {public}, later is not, and is public again from {again} on."
    if found.joined:
        return f"{name} {public}, and stays so." if found.day == 0 else f"{name} {public}."
    if found.gone >= 0:
        gone = day_with_number(trace, found.gone)
        return f"{name} {public}, but is not from {gone} on: at the end it is {AT_STAGE[stage]}."
    if stage == LEFT:
        left = trace.visits[index][-1].day
        if left == 0:
            return f"{name} does not join: it is out from the start."
        text = f"{name} does not join: it leaves on {day_with_number(trace, left)}"
        return f"{text}, without having gone public."
    text = f"{name} does not join: at the end, {day_with_number(trace, trace.n_days)}, "
    text += f"it is {AT_STAGE[stage]}"
    waits = float(trace.accumulated(index, FORWARD)[-1])
    if found.waited == stage and not isnan(waits):
        by_now = percent(1.0 - exp(-waits))
        text += f", where {by_now} of nations with the same hazards would have moved on by then"
    return f"{text}."


def _held_back(found: Why) -> str:
    """What held the nation back most while it waited."""
    if found.waited < 0 and found.joined:
        return "There was no wait to explain."
    if found.waited < 0:
        text = f"no move towards it was open to it on any day that followed{_barred(found)}."
        left_out = _left_out(found)
        return f"{left_out}, and {text}" if left_out else f"N{text[1:]}"
    wait = f"over {counted(found.n_waited, 'day')} {AT_STAGE[found.waited]}"
    against = [each for each in found.influences if each.term <= -SLIGHT]
    if not against:
        return f"Nothing held it back much {wait}: the rest was luck."
    first, *others = against[:MOST_INFLUENCES]
    move = DOING[FORWARD_MOVES[found.waited] or ""]
    text = f"What held it back most {wait} was {_name(first)}, which multiplied its daily hazard "
    text += f"of {move} by {factor(first.term)}"
    verb = "; {} multiplied it by {}"
    for each in others:
        text += verb.format(_name(each), factor(each.term))
        verb = ", and {} by {}"
    return f"{text}."


def _barred(found: Why) -> str:
    """What a nation that a quorum bars on the last day waits for; empty for another."""
    trace = found.trace
    day, nation = trace.n_days, trace.index_of(found.nation)
    return f": {quorum_text(trace, nation, day)}" if (day, nation) in trace.unmet else ""


def _left_out(found: Why) -> str:
    """That the initial law left the nation outside, and how likely; empty if it did not."""
    index = found.trace.index_of(found.nation)
    chance = float(found.trace.chance_in_play[index])
    if isnan(chance) or int(found.trace.stage[0, index]) != OUTSIDE:
        return ""
    return f"The initial law left it outside (its chance of talks or further was {number(chance)})"


def _name(influence: Influence) -> str:
    """What people call an influence."""
    if not influence.condition:
        return influence.label
    how = "too little" if influence.feature == "prospects" else "pressure of"
    return f"{how} {influence.label}"


def _turned_round(found: Why) -> str:
    """The smallest change under which the nation ends on the other side."""
    change, trace = found.change, found.trace
    end = "make it join" if found.first_day < 0 else "keep it public to the end"
    if found.joined:
        end = "keep it from being public at the end"
    if not found.levers:
        return f"`willing why` finds the smallest single change that would {end}."
    if change is None:
        kinds = "the level of a condition or its own stake, support, bond, capability or reliance"
        return (
            f"With the same luck, no change of one number alone ({kinds}, in steps of "
            f"{1 / STEPS:g}) would {end}."
        )
    text = f"With the same luck, the smallest single change that would {end} is "
    text += f"{_lever(found, change)} of {number(change.after)} instead of {number(change.before)}"
    if found.first_day >= 0:
        return f"{text}."
    return f"{text}; it then goes public on {day_with_number(trace, change.day)}."


def _lever(found: Why, change: Change) -> str:
    """What people call the number that is changed."""
    owner, key, field, *more = path_steps(change.parameter.path)
    labels = condition_labels(found.trace.scenario)
    if owner == "conditions":
        return f"{labels[key]} at a level"
    return f"its own reliance on {labels[more[0]]}" if more else f"its own {field}"
