"""Why a nation did or did not join in a run, as three sentences."""

from __future__ import annotations

from itertools import chain
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
    quorum_asks,
    quorum_text,
)
from sim.results.format import counted, json_ready, number, percent
from sim.results.labels import condition_labels
from sim.scenario.files.variants import path_steps
from sim.scenario.quorums import quorum_terms
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
            "days_barred": len(found.barred),
            "barred_by": _bars_as_dicts(found),
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
    if found.waited == stage and found.n_waited and not isnan(waits):
        by_now = percent(1.0 - exp(-waits))
        text += f", where {by_now} of nations with the same hazards would have moved on by then"
    return f"{text}."


def _held_back(found: Why) -> str:
    """What held the nation back most while it waited."""
    if found.waited < 0 and found.joined:
        return "There was no wait to explain."
    if found.waited < 0:
        text = "no move towards it was open to it on any day that followed."
        left_out = _left_out(found)
        return f"{left_out}, and {text}" if left_out else f"N{text[1:]}"
    return " ".join(part for part in (_barred(found), _held_back_while_open(found)) if part)


def _held_back_while_open(found: Why) -> str:
    """What held the nation back most on days on which its move was open; empty without any."""
    if not found.n_waited:
        return ""
    is_barred_there = any(stage == found.waited for stage, _ in _bars(found))
    days = counted(found.n_waited, "open day" if is_barred_there else "day")
    wait = f"over {days} {AT_STAGE[found.waited]}"
    against = [each for each in found.influences if each.term <= -SLIGHT]
    if not against:
        return f"Nothing held it back much {wait}: the rest was luck."
    first, *others = against[:MOST_INFLUENCES]
    move = DOING[FORWARD_MOVES[found.waited] or ""]
    text = f"What held it back most {wait} was {influence_name(first)}, which multiplied its daily "
    text += f"hazard of {move} by {factor(first.term)}"
    verb = "; {} multiplied it by {}"
    for each in others:
        text += verb.format(influence_name(each), factor(each.term))
        verb = ", and {} by {}"
    return f"{text}."


def _bars(found: Why) -> dict[tuple[int, int], list[int]]:
    """The days on which a quorum barred the nation, by its stage and the number of the quorum."""
    trace = found.trace
    nation, bars = trace.index_of(found.nation), dict[tuple[int, int], list[int]]()
    for day in found.barred:
        for unmet in trace.unmet[day, nation]:
            stage = int(trace.considered[day, nation])
            bars.setdefault((stage, unmet.quorum), []).append(day)
    return bars


def _barred(found: Why) -> str:
    """On how many days quorums barred the nation, and what they asked for; empty if none did."""
    trace, sentences = found.trace, []
    nation, last = trace.index_of(found.nation), trace.n_days
    bars = _bars(found)
    for stage in dict.fromkeys(stage for stage, _ in bars):
        asked = {quorum: days for (there, quorum), days in bars.items() if there == stage}
        days = sorted(set(chain.from_iterable(asked.values())))
        if days[-1] == last:
            until = quorum_text(trace, nation, last)
        else:
            until = "it waited until "
            until += ", and until ".join(quorum_asks(trace, each, "were", "was") for each in asked)
        move = DOING[FORWARD_MOVES[stage] or ""]
        of_days = f"{counted(len(days), 'day')}, {_days_text(days)}"
        quorums = "A quorum" if len(asked) == 1 else "Quorums"
        sentences.append(f"{quorums} kept it from {move} on {of_days}: {until}.")
    return " ".join(sentences)


def _days_text(days: list[int]) -> str:
    """Days as a stretch, or from the first to the last where some between are missing."""
    if len(days) == 1:
        return f"day {days[0]}"
    between = "" if len(days) == days[-1] - days[0] + 1 else "between "
    return f"{between}day {days[0]} {'and' if between else 'to'} day {days[-1]}"


def _bars_as_dicts(found: Why) -> list[dict[str, Any]]:
    """Each quorum that barred the nation: its path, what it asked for, the move and the days."""
    trace = found.trace
    return [
        {
            "path": quorum_terms(trace.scenario)[quorum].key,
            "at_least": trace.quorum_numbers[quorum],
            "move": FORWARD_MOVES[stage],
            "days": len(days),
            "first_day": days[0],
            "last_day": days[-1],
        }
        for (stage, quorum), days in _bars(found).items()
    ]


def _left_out(found: Why) -> str:
    """That the initial law left the nation outside, and how likely; empty if it did not."""
    index = found.trace.index_of(found.nation)
    chance = float(found.trace.chance_in_play[index])
    if isnan(chance) or int(found.trace.stage[0, index]) != OUTSIDE:
        return ""
    return f"The initial law left it outside (its chance of talks or further was {number(chance)})"


def influence_name(influence: Influence) -> str:
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
        kinds = _levers_text(found)
        return (
            f"With the same luck, no change of one number alone ({kinds}, in steps of "
            f"{1 / STEPS:g}) would {end}."
        )
    text = f"With the same luck, the smallest single change that would {end} is "
    text += f"{_lever(found, change)} of {number(change.after)} instead of {number(change.before)}"
    if found.first_day >= 0:
        return f"{text}."
    return f"{text}; it then goes public on {day_with_number(trace, change.day)}."


def _levers_text(found: Why) -> str:
    """What people call the numbers that were tried, by their kinds."""
    steps = [path_steps(each.path) for each in found.levers]
    fields = dict.fromkeys(field for owner, _, field, *_ in steps if owner == "nations")
    if not fields:
        return "the level of a condition"
    *others, last = fields
    own = f"its own {', '.join(others)} or {last}" if others else f"its own {last}"
    has_levels = any(owner == "conditions" for owner, *_ in steps)
    return f"the level of a condition or {own}" if has_levels else own


def _lever(found: Why, change: Change) -> str:
    """What people call the number that is changed."""
    owner, key, field, *more = path_steps(change.parameter.path)
    labels = condition_labels(found.trace.scenario)
    if owner == "conditions":
        return f"{labels[key]} at a level"
    return f"its own reliance on {labels[more[0]]}" if more else f"its own {field}"
