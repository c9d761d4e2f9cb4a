"""A keystone study as blocks and as JSON: the answer, how sure it is, and the tables behind it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import isnan
from typing import Any

from sim.report.blocks import Block, Note, Table, Text
from sim.report.comparison import factor_text, with_interval
from sim.report.ensemble import ALL_NATIONS, nation_label
from sim.report.html import to_html
from sim.results.estimates import Mean
from sim.results.format import (
    alike,
    counted,
    cut,
    day_text,
    digits_of,
    first_of,
    json_ready,
    percent,
    signed,
)
from sim.studies.compare.changes import CHANCES
from sim.studies.keystone.changes import NONE, OTHERS
from sim.studies.keystone.levers import direction_of
from sim.studies.keystone.result import Keystone, LeverEffect, NamedPair, SetResult, ValueResult

JSON_SCHEMA = "willing.keystone/1"

MOST_LISTED, MOST_APART, MOST_PAIRS = 12, 5, 10
"""Most levers, most of those that are set apart, and most pairs that are listed."""

LONGEST_TITLE = 60

KINDS = {"nations": "nation", "meetings": "meeting", "conditions": "condition"}

CAVEAT = (
    "Changes are means over runs, each against the run of the same luck in which nothing is changed"
    "; ±: half of the 95 % interval of the Monte Carlo error, each by itself. Ranks hold for all "
    "that are ranked together, at 95 %. None of this includes uncertainty about numbers that the "
    "scenario does not draw, or about the model; nor does it say that a nation could be brought "
    "to it, or by whom."
)
"""What the numbers do and do not cover."""


def keystone_html(found: Keystone) -> str:
    """What `willing keystone` prints, as a piece of a page."""
    return to_html(keystone_blocks(found))


def keystone_blocks(found: Keystone, nations: Sequence[str] | None = None) -> list[Block]:
    """The answer in a paragraph, then tables of single levers, of sets and of values.

    Parameters
    ----------
    found : Keystone
    nations : sequence of str, optional
        Ids of the nations to list, or ``("all",)``; by default the first of each part.
    """
    blocks: list[Block] = [Text(keystone_title(found), is_title=True)]
    blocks.append(Text(_runs_text(found), tight=True))
    for kind in found.kinds:
        blocks += [Text(" ".join(answer_sentences(found, kind)), hanging=0)]
        blocks += _effect_blocks(found, kind, nations)
    blocks += _never_notes(found)
    if found.shared_luck is not None:
        blocks.append(Note(_luck_text(found)))
    if found.pairs:
        blocks += _pair_blocks(found)
    if found.sets is not None:
        blocks += _set_blocks(found, found.sets)
    if found.values is not None:
        blocks += _value_blocks(found, found.values, nations)
    return [*blocks, Note(CAVEAT, tight=False)]


def keystone_title(found: Keystone) -> str:
    """What was asked, of which scenario, on which day."""
    scenario = cut(found.scenario.title, LONGEST_TITLE) or "untitled scenario"
    return f"{_question(found)}: {scenario}"


def _question(found: Keystone) -> str:
    day = day_text(found.scenario.start, found.day)
    if found.kinds == ("meetings",):
        return "Which meeting matters most"
    if found.kinds == ("conditions",):
        return f"Which condition matters most from {day} on"
    if found.stage == "left":
        return f"Whose departure on {day} costs most"
    if found.stage == "public":
        return f"Whose announcement on {day} changes most"
    return f"Who changes most if it is {found.stage} on {day}"


def _runs_text(found: Keystone) -> str:
    scenario = found.scenario
    first, end = (day_text(scenario.start, day) for day in (0, scenario.days))
    base = [f"{found.base['size'].mean:.1f} public nations at the end"]
    if "success" in found.base:
        base.append(f"success in {percent(found.base['success'].mean)} of runs")
    return (
        f"{counted(len(scenario.nations), 'nation')}, {first} to {end}, "
        f"{counted(found.n_runs, 'run')} of the base and of each change, seed {found.seed}: "
        f"run by run under the same luck. Base: {', '.join(base)}."
    )


# The answer


def answer_sentences(found: Keystone, kind: str) -> Iterator[str]:
    """Which lever changes the outcome most, and how sure that is."""
    of_kind = found.of_kind(kind)
    ranked = [each for each in of_kind if each.rank is not None]
    if not ranked:
        apart = [each for each in of_kind if not each.why]
        noun = KINDS[kind]
        if apart:
            yield (
                f"No {noun} has a chance of at least {percent(found.feasible)} of being "
                f"{_at_stage(found)} by the end: those below are listed as less likely."
            )
        else:
            yield f"No {noun} can be changed in any run."
        return
    first = ranked[0]
    if all(each.changes[found.outcome] == NONE for each in ranked):
        what = f"changes {found.outcome_name(kind)} in any of {counted(found.n_runs, 'run')}"
        some = f"None of the {len(ranked):,} {KINDS[kind]}s that are ranked"
        only = f"{_name(first)}, the only {KINDS[kind]} that is ranked, never"
        yield f"{some if len(ranked) > 1 else only} {what}."
        if kind == "nations" and found.stage != "left" and found.outcome == OTHERS:
            yield from _trap_sentences(found, ranked)
        return
    yield _first_sentence(found, first, kind)
    yield _rank_sentence(found, first, len(ranked))
    if kind == "nations" and found.stage != "left" and found.outcome == OTHERS:
        yield from _trap_sentences(found, ranked)


def _at_stage(found: Keystone) -> str:
    return "public" if found.stage == "left" else found.stage


def _first_sentence(found: Keystone, first: LeverEffect, kind: str) -> str:
    name, what = _name(first), found.outcome_name(kind)
    change = first.changes[found.outcome]
    told = _change_text(found.outcome, change)
    end = day_text(found.scenario.start, found.scenario.days)
    likely = (
        f"Of the nations with a chance of at least {percent(found.feasible)} of being "
        f"{_at_stage(found)} by {end} in the base, "
    )
    act = "announcing" if found.stage == "public" else f"being {found.stage}"
    if kind == "meetings":
        texts = (
            f"To leave out {name} takes most from {what}: {told}.",
            f"To leave out a meeting takes nothing from {what}: each adds, and {name} least, "
            f"with {told}.",
            f"To leave out a meeting is not certain to take from {what}; {name} comes first, "
            f"with {told}.",
        )
    elif kind == "conditions":
        texts = (
            f"To move {name} adds most to {what}: {told}.",
            f"To move a condition adds nothing to {what}: each takes away, and {name} least, "
            f"with {told}.",
            f"To move a condition is not certain to add to {what}; {name} comes first, "
            f"with {told}.",
        )
    elif found.stage == "left":
        texts = (
            f"{likely}{name} would be missed most: its departure changes {what} by {told}.",
            f"{likely}none would be missed: each departure adds to {what}, and that of {name} "
            f"least, with {told}.",
            f"{likely}none is certain to be missed; {name} comes first: its departure changes "
            f"{what} by {told}.",
        )
    else:
        texts = (
            f"{likely}{name} adds most to {what} by {act} early: {told}.",
            f"{likely}none adds to {what} by {act} early: each takes away, and {name} least, "
            f"with {told}.",
            f"{likely}none is certain to add to {what} by {act} early; {name} comes first, "
            f"with {told}.",
        )
    # It does for certain what its kind is ranked by, or the opposite, or neither is certain.
    is_turned = direction_of(kind, found.stage) < 0
    low, high = (-change.high, -change.low) if is_turned else (change.low, change.high)
    return texts[0] if low > 0 else texts[1] if high < 0 else texts[2]


def _change_text(outcome: str, change: Mean) -> str:
    """A change with its interval, in percent of runs if it is one of a chance."""
    if outcome in CHANCES:
        return f"{with_interval(*(100 * each for each in change))} % of runs"
    return with_interval(*change)


def _name(lever: LeverEffect) -> str:
    return cut(lever.label, LONGEST_TITLE)


def _chance(lever: LeverEffect) -> str:
    return "" if lever.public is None else percent(lever.public.chance)


def _rank_sentence(found: Keystone, first: LeverEffect, n_ranked: int) -> str:
    if n_ranked == 1:
        return "It is the only one that is ranked."
    if first.rank_high == 1:
        return f"It is the first of {n_ranked} for certain, all ranks taken together at 95 %."
    ties = [found.label_of(name) for name in first.ties]
    return (
        f"{counted(found.n_runs, 'run')} do not tell it apart from {listed(ties)}: its rank "
        f"among {n_ranked} is 1 to {first.rank_high}, all ranks taken together at 95 %."
    )


def listed(names: Sequence[str], most: int = 4) -> str:
    """A few names as words of a sentence.

    Examples
    --------
    >>> listed(["France"]), listed(["France", "Italy", "Spain"]), listed("abcdefg")
    ('France', 'France, Italy and Spain', 'a, b, c, d and 3 more')
    """
    if len(names) == 1 or len(names) > most:
        return first_of(names, most)
    *others, last = (cut(name, LONGEST_TITLE) for name in names)
    return f"{', '.join(others)} and {last}"


def _trap_sentences(found: Keystone, ranked: Sequence[LeverEffect]) -> Iterator[str]:
    """Who would come first by plain size, among the unlikely, and against never being there."""
    there = [each for each in found.of_kind("nations") if not each.why]
    best = ranked[0].changes[OTHERS].mean
    by_size = max(there, key=lambda each: each.changes["size"].mean)
    size, others = by_size.changes["size"], by_size.changes[OTHERS]
    if by_size is not ranked[0] and others.mean <= best and size.mean > others.mean:
        yield (
            f"By plain size {_name(by_size)} would come first, with {_change_text('size', size)}: "
            f"of that, {signed(size.mean - others.mean, 2)} is itself, whose chance of being "
            f"{_at_stage(found)} is {_chance(by_size)} in the base. Plain size favours those who "
            "are least likely to join, since they add themselves."
        )
    apart = [each for each in there if not each.is_feasible]
    unlikely = max(apart, key=lambda each: each.changes[OTHERS].mean, default=by_size)
    if not unlikely.is_feasible and unlikely.changes[OTHERS].low > best:
        yield (
            f"Of those that are set apart, {_name(unlikely)} would do more for the others, "
            f"{_change_text(OTHERS, unlikely.changes[OTHERS])}, but its chance of being "
            f"{_at_stage(found)} is {_chance(unlikely)} in the base."
        )
    compared = [each for each in ranked if OTHERS in each.against_never]
    if ranked[0] not in compared:
        return
    by_never = max(compared, key=lambda each: each.against_never[OTHERS].mean)
    change = by_never.against_never[OTHERS]
    if change.low > ranked[0].against_never[OTHERS].high:  # the order is another for certain
        runs = counted(by_never.n_never or 0, "run")
        yield (
            f"Against never being {found.stage}, {_name(by_never)} comes before "
            f"{_name(ranked[0])}, with {_change_text(OTHERS, change)} by {runs} made without it: "
            "of those who join anyway, the base has the effect already."
        )


# Single levers


def _effect_blocks(found: Keystone, kind: str, nations: Sequence[str] | None) -> Iterator[Block]:
    of_kind = found.of_kind(kind)
    ranked = [each for each in of_kind if each.rank is not None]
    apart = [each for each in of_kind if each.rank is None and not each.why]
    idle = [each for each in of_kind if each.why]
    likely = f"chance of at least {percent(found.feasible)}"
    titles = ("", f"Below {percent(found.feasible)}") if kind == "nations" else ("", "")
    for some, most, title in ((ranked, MOST_LISTED, titles[0]), (apart, MOST_APART, titles[1])):
        shown = some[:most]
        if nations is not None and kind == "nations":
            shown = [each for each in some if tuple(nations) == ALL_NATIONS or each.name in nations]
        if not shown:
            continue
        yield Table(
            title or KINDS[kind].capitalize(),
            _columns(found, kind),
            tuple(_effect_row(found, each, kind) for each in shown),
            drop=("never_success", "never", "size", "extra"),
        )
        n_more = len(some) - len(shown)
        if n_more and nations is None:
            more = "--nations all lists every one" if kind == "nations" else "effects.csv has all"
            yield Note(f"and {n_more:,} more ({more})")
    if idle:
        reasons: dict[str, list[str]] = {}
        for each in idle:
            reasons.setdefault(each.why, []).append(each.name)
        texts = [f"{why}: {cut(', '.join(names), 200)}" for why, names in reasons.items()]
        yield Note(f"No effect, as it {'; '.join(texts)}")
    half_open = [each for each in (*ranked, *apart) if each.open_share < 1]
    if half_open:
        shares = [f"{each.name} {percent(1 - each.open_share)}" for each in half_open]
        yield Note(
            "Nothing is changed in the runs in which it is too late, and these count as 0: "
            f"{first_of(shares, 6)}"
        )
    yield from _alike_note(
        found.n_runs, (each for lever in (*ranked, *apart) for each in lever.changes.values())
    )
    if kind == "conditions":
        yield Note(
            "What a condition becomes is its own level, from that day on; whatever else moves it "
            "stays"
        )
    if ranked and kind == "nations":
        yield Note(
            f"{_at_stage(found).capitalize()}: chance by the end in the base, {likely} unless set "
            "apart; size counts the nation itself, others do not"
        )


def _alike_note(n_runs: int, estimates: Iterable[Mean]) -> Iterator[Note]:
    """What an interval without width says, where one of some numbers has none."""
    if any(each.low == each.high for each in estimates):
        yield Note(f"± 0: the same in all {counted(n_runs, 'run')}, though {alike(n_runs)}")


def _never_notes(found: Keystone) -> Iterator[Note]:
    """By how many runs changes against never being at the stage are known."""
    if found.never_runs is None:
        return
    held = [each for each in found.levers if each.n_never is not None]
    n_reached, n_made = (
        sum(getattr(each, name) for each in held) for name in ("n_reached", "n_never")
    )
    runs = f"all {n_made:,}" if found.has_all_never_runs else f"{n_made:,} of {n_reached:,}"
    text = f"V. never: against never being {found.stage}. Of the runs in which a nation comes to it"
    text += f", {runs} are also made with it kept from it"
    if not found.has_all_never_runs:
        least, most = found.never_runs
        text += f", {least:,} to {most:,} of each (--never-share 1: all)"
    yield Note(f"{text}; the others are those of the base")
    alike_in = [
        each.n_never if each.n_never != each.n_reached else found.n_runs
        for each in held
        if any(change.low == change.high for change in each.against_never.values())
    ]
    if alike_in:
        n = min(n for n in alike_in if n is not None)
        yield Note(f"± 0 v. never: the same in all that are made, {n:,} at least; {alike(n)}")


def _columns(found: Keystone, kind: str) -> dict[str, str]:
    columns = {"lever": ""}
    if kind == "nations":
        columns |= {"public": _at_stage(found), "size": "size"}
    columns["others"] = "others" if kind == "nations" else "public nations"
    if "success" in found.outcomes:
        columns["success"] = "success, %"
    if found.outcome not in (OTHERS, "size", "success"):
        columns["extra"] = cut(found.outcome, 24)
    if kind == "nations" and any(each.against_never for each in found.levers):
        columns["never"] = "others v. never"
        if "success" in found.outcomes:
            columns["never_success"] = "success v. never, %"
    return {**columns, "rank": "rank"}


def _effect_row(found: Keystone, each: LeverEffect, kind: str) -> dict[str, str]:
    row = {
        "lever": nation_label(each.name, each.label) if kind == "nations" else cut(each.label, 48),
        "public": "" if each.public is None else percent(each.public.chance),
        "size": half_text(each.changes["size"]),
        "others": half_text(each.changes[OTHERS]),
        "success": half_text(each.changes.get("success"), 100),
        "never": half_text(each.against_never.get(OTHERS)),
        "never_success": half_text(each.against_never.get("success"), 100),
        "rank": "",
    }
    if found.outcome not in (OTHERS, "size", "success"):
        row["extra"] = half_text(each.changes[found.outcome])
    if each.rank is not None:
        ends = (each.rank_low, each.rank_high)
        row["rank"] = f"{ends[0]}" if ends[0] == ends[1] else f"{ends[0]} to {ends[1]}"
    return row


def half_text(change: Mean | None, scale: float = 1.0) -> str:
    """A change with half of its interval.

    Examples
    --------
    >>> half_text(Mean(0.153, 0.111, 0.195)), half_text(Mean(0.011, 0.002, 0.02), 100)
    ('+0.15 ± 0.04', '+1.1 ± 0.9')
    """
    if change is None:
        return "-"
    mean, low, high = (scale * each for each in change)
    if isnan(low):
        return signed(mean, 2)
    digits = digits_of(low, high)
    return f"{signed(mean, digits)} ± {(high - low) / 2:.{digits}f}"


def _luck_text(found: Keystone) -> str:
    luck = found.shared_luck
    assert luck is not None
    what = found.outcome_name()
    return (
        f"Shared luck saved a factor of {factor_text(luck.median)} in runs for {what} (median over "
        f"{counted(luck.n_levers, 'lever')}; {factor_text(luck.low)} to {factor_text(luck.high)})"
    )


# Sets, pairs and values


def _set_blocks(found: Keystone, sets: SetResult) -> Iterator[Block]:
    rows = []
    for number, step in enumerate(sets.steps, 1):
        ties = [found.label_of(name) for name in step.ties]
        rows.append(
            {
                "lever": f"{number}. {cut(step.label, 40)}",
                "gain": half_text(step.gain, _scale(found)),
                "total": half_text(step.total, _scale(found)),
                "looked": f"{step.n_measured} of {step.n_measured + step.n_skipped}",
                "ties": first_of(ties, 2) if ties else "none",
            }
        )
    names = {"gain": "adds", "total": "together", "looked": "looked at", "ties": "ties"}
    labels = [cut(step.label, 40) for step in sets.steps]
    whole = sets.steps[-1].total
    if found.sign > 0:
        verb = "take away least" if whole.high < 0 else "add most"
    else:
        verb = "add least" if whole.low > 0 else "take away most"
    counts_others = found.outcome == OTHERS and "nations" in found.kinds
    what = "all others" if counts_others else found.outcome_name()
    yield Text(
        f"One by one, {listed(labels, len(labels))} {verb}: together they change {what} by "
        f"{_change_text(found.outcome, whole)}, in runs that had no part in choosing them.",
        hanging=0,
    )
    yield Table(
        f"Set of {len(rows)}, one by one: {_short_outcome(found)}",
        {"lever": "", **names},
        tuple(rows),
        drop=("looked", "ties"),
    )
    if len(sets.steps) < sets.n_asked:
        n = counted(sets.n_candidates, "lever")
        yield Note(f"{sets.n_asked} were asked for, and {n} can be chosen")
    beside = "; others are all nations but those of the set" if counts_others else ""
    yield Note(f"Chosen by {counted(found.n_runs, 'run')}, measured in as many new ones{beside}")
    if sets.interactions:
        beyond = [
            f"{' and '.join(pair.levers)} {half_text(pair.beyond, _scale(found))}"
            for pair in sets.interactions[:6]
        ]
        yield Note(f"Beyond what each gains alone: {'; '.join(beyond)}")
    told = [each for step in sets.steps for each in (step.gain, step.total)]
    yield from _alike_note(found.n_runs, (*told, *(pair.beyond for pair in sets.interactions[:6])))
    yield Note(_returns_text(found, sets))


def _returns_text(found: Keystone, sets: SetResult) -> str:
    tested = f"{counted(sets.n_tested, 'comparison')} with a smaller set"
    if sets.rejected:
        lever, base = sets.rejected[0]
        return (
            f"Returns do not always diminish: in {len(sets.rejected)} of {tested} a lever gains "
            f"more, such as {lever} on top of {' and '.join(base)}; greedy search may miss a "
            "better set, and there is no bound"
        )
    text = f"That returns diminish is not rejected by {tested}"
    assert sets.bound is not None
    assert sets.bound_high is not None
    scale = _scale(found)
    ends = [scale * sets.bound, scale * sets.bound_high]
    if found.sign > 0:
        comes = "the best set of that size comes to at most"
        limit = comes if sets.bound >= 0 else "no set of that size comes to more than"
        texts = [signed(end, 2) for end in ends]
    elif sets.bound <= 0:
        limit, texts = "the best set of that size takes away at most", [f"{-e:.2f}" for e in ends]
    else:
        limit, texts = "every set of that size adds at least", [signed(end, 2) for end in ends]
    text += f"; if they do, {limit} {texts[0]}, or {texts[1]} with the errors of its parts"
    if sets.losses:
        may = "do harm" if found.sign > 0 else "add"
        text += f" (by single effects alone, as {counted(len(sets.losses), 'lever')} may {may})"
    return text


def _pair_blocks(found: Keystone) -> Iterator[Block]:
    def row(pair: NamedPair) -> dict[str, str]:
        labels = " and ".join(cut(found.label_of(name), 24) for name in pair.levers)
        return {
            "pair": labels + " *" * pair.is_tied,
            "together": half_text(pair.together, _scale(found)),
            "beyond": half_text(pair.beyond, _scale(found)),
        }

    yield Table(
        f"Pairs, of {len(found.pairs):,}: {_short_outcome(found)}",
        {"pair": "", "together": "together", "beyond": "beyond both alone"},
        tuple(map(row, found.pairs[:MOST_PAIRS])),
    )
    n_tied = sum(pair.is_tied for pair in found.pairs)
    yield Note(f"* not told apart from the first: {n_tied:,} in all, all pairs taken together")
    shown = found.pairs[:MOST_PAIRS]
    yield from _alike_note(
        found.n_runs, (each for pair in shown for each in (pair.together, pair.beyond))
    )


def _value_blocks(
    found: Keystone, values: ValueResult, nations: Sequence[str] | None
) -> Iterator[Block]:
    is_size = found.outcome in (OTHERS, "size")
    counts = is_size and "nations" in found.kinds
    scale, players = _scale(found), values.players[:MOST_LISTED]
    if nations is not None:
        is_all = tuple(nations) == ALL_NATIONS
        players = tuple(each for each in values.players if is_all or each.name in nations)
    columns = {"lever": "", "value": "value"}
    if counts:
        columns |= {"own": "itself", "others": "others"}
    if values.kind == "owen":
        columns["bloc"] = "bloc"
    rows = tuple(
        {
            "lever": cut(each.label, 40),
            "value": half_text(each.value, scale),
            "own": half_text(each.own, scale),
            "others": half_text(each.others, scale),
            "bloc": cut(each.bloc, 24),
        }
        for each in players
    )
    what = "public nations" if is_size else found.outcome_name()
    names = {"shapley": "Shapley", "banzhaf": "Banzhaf", "owen": "Owen"}
    yield Table(f"{names[values.kind]} value: {what}", columns, rows, drop=("own",))
    n_more = len(values.players) - len(players)
    if n_more and nations is None:
        yield Note(f"and {n_more:,} more (--nations all lists every one)")
    total = sum(each.value.mean for each in values.players)
    apart = values.everybody.mean - values.nobody.mean
    lucks = counted(values.n_lucks, "luck")
    text = f"By {lucks}, each with "
    if values.kind == "banzhaf":
        text += "a random coalition and its complement; values need not add up to anything"
    else:
        text += (
            f"a random order and its reverse; the values add up to {scale * total:.2f}, what all "
            f"together come to ({scale * values.everybody.mean:.2f}) less what comes about without "
            f"({scale * values.nobody.mean:.2f})"
        )
        assert abs(total - apart) < 1e-9 * max(1.0, abs(apart))
    yield Note(text)
    parts = [(each.value, each.own, each.others) if counts else (each.value,) for each in players]
    yield from _alike_note(found.n_runs, (each for part in parts for each in part))
    if counts:
        yield Note(
            "A nation that announces counts itself: its value is then the higher the less likely "
            "it would join; others is what it does to the rest, and the fairer comparison"
        )
    if values.in_several:
        yield Note(
            f"In several groups, and in the bloc of the first: {first_of(values.in_several, 8)}"
        )


def _scale(found: Keystone) -> float:
    return 100.0 if found.outcome in CHANCES else 1.0


def _short_outcome(found: Keystone) -> str:
    if found.outcome == OTHERS:
        return "others" if "nations" in found.kinds else "public nations"
    return found.outcome_name() + ", %" * (found.outcome in CHANCES)


# JSON


def keystone_json(found: Keystone) -> dict[str, Any]:
    """What `willing keystone --json` prints: everything."""
    told: dict[str, Any] = json_ready(
        {
            "schema": JSON_SCHEMA,
            "scenario": {"title": found.scenario.title, "digest": found.scenario.digest},
            "question": _question(found),
            "answer": {kind: " ".join(answer_sentences(found, kind)) for kind in found.kinds},
            "n_runs": found.n_runs,
            "seed": found.seed,
            "day": found.day,
            "move": found.stage,
            "levers": list(found.kinds),
            "outcome": found.outcome,
            "feasible": found.feasible,
            "never_share": found.never_share,
            "base": {name: each._asdict() for name, each in found.base.items()},
            "shared_luck": None if found.shared_luck is None else found.shared_luck._asdict(),
            "effects": [
                {**row, "ties": each.ties}
                for row, each in zip(found.effect_rows(), found.levers, strict=True)
            ],
            "set": None,
            "pairs": list(found.pair_rows()),
            "values": None,
        }
    )
    if found.sets is not None:
        sets = found.sets
        told["set"] = json_ready(
            {
                "n_candidates": sets.n_candidates,
                "steps": [
                    {**row, "ties": step.ties}
                    for row, step in zip(found.set_rows(), sets.steps, strict=True)
                ],
                "n_tested": sets.n_tested,
                "rejected": [{"lever": lever, "on": base} for lever, base in sets.rejected],
                "losses": sets.losses,
                "bound": sets.bound,
                "bound_high": sets.bound_high,
                "bound_after": sets.bound_after,
            }
        )
    if found.values is not None:
        values = found.values
        told["values"] = json_ready(
            {
                "kind": values.kind,
                "n_lucks": values.n_lucks,
                "nobody": values.nobody._asdict(),
                "everybody": values.everybody._asdict(),
                "in_several": values.in_several,
                "players": list(found.value_rows()),
            }
        )
    return told
