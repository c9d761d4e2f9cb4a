"""Why a nation came in, or stayed out, in most runs, as sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from sim.report.trace.sentences import AT_STAGE, SLIGHT, factor, nation_name
from sim.report.why import influence_name
from sim.results.format import counted, day_text, percent
from sim.studies.why import Influence, Why
from sim.studies.why_mostly import WhyMostly

MOST_INFLUENCES = 3


def why_mostly_sentences(found: WhyMostly) -> tuple[str, ...]:
    """What became of the nation, what held it back, what drew it on, and what was looked at."""
    against = [each for each in found.influences if each.term <= -SLIGHT][:MOST_INFLUENCES]
    towards = [each for each in reversed(found.influences) if each.term >= SLIGHT]
    return tuple(
        filter(
            None,
            (
                _ending(found),
                _multiplied("What held it back most while it waited", against),
                _multiplied("What drew it on most", towards[:MOST_INFLUENCES]),
                _looked_at(found),
            ),
        )
    )


def _ending(found: WhyMostly) -> str:
    """How most runs end for the nation, and how those that were looked at do."""
    trace = found.runs[0].trace
    name = nation_name(trace, trace.index_of(found.nation))
    share = f"{percent(found.n_so / found.n_runs)} of {counted(found.n_runs, 'run')}"
    if not found.joined:
        stages = Counter(AT_STAGE[_stage_of(each)] for each in found.runs)
        ends = ", ".join(f"{stage} in {count}" for stage, count in stages.most_common())
        return f"{name} is not public at the end in {share}: of those below, {ends}."
    days = sorted(each.first_day for each in found.runs)
    if days[-1] == 0:
        return f"{name} is public at the end in {share}, and from the start."
    first, middle, last = (day_text(trace.scenario.start, days[place]) for place in _places(days))
    when = f"on {first}" if first == last else f"between {first} and {last}, {middle} in the middle"
    return f"{name} is public at the end in {share}: in those below, first {when}."


def _places(days: Sequence[int]) -> tuple[int, int, int]:
    return 0, (len(days) - 1) // 2, len(days) - 1


def _stage_of(run: Why) -> int:
    return int(run.trace.stage[-1, run.trace.index_of(run.nation)])


def _multiplied(begin: str, influences: Sequence[Influence]) -> str:
    """What some influences multiplied the daily hazard by; empty without any."""
    return f"{begin}: {'; '.join(_each(influences))}." if influences else ""


def _each(influences: Sequence[Influence]) -> Iterator[str]:
    for place, each in enumerate(influences):
        name = each.label if each.term > 0 and each.condition else influence_name(each)
        how = ", which multiplied its daily hazard of the next move by" if place == 0 else " by"
        yield f"{name}{how} {factor(each.term)}"


def _looked_at(found: WhyMostly) -> str:
    """Which runs the sentences are of."""
    numbers = ", ".join(str(each.trace.run) for each in found.runs)
    text = f"Looked at: {counted(len(found.runs), 'run')} that ended so, number {numbers}"
    if not found.n_waited:
        return f"{text}; it did not wait in any."
    return f"{text}; factors are means over {found.n_waited} of them."
