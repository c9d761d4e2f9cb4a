"""A comparison as blocks: the same in a terminal, a notebook and a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isnan

from sim.report.blocks import Block, Note, Table, Text
from sim.report.ensemble import ALL_NATIONS, MAX_ROWS, nation_label
from sim.report.html import to_html
from sim.results.estimates import chance
from sim.results.format import (
    LONGEST_LABEL,
    alike,
    by_chance,
    counted,
    cut,
    cut_apart,
    day_text,
    digits_of,
    percent,
    signed,
)
from sim.results.labels import SIZE_LABELS, quantity_label
from sim.scenario.schema import Scenario
from sim.studies.compare.changes import (
    BASE_ALONE,
    CHANCES,
    OTHER_ALONE,
    Difference,
    NationChange,
    OutcomeChange,
)
from sim.studies.compare.comparison import Comparison

MAX_NATIONS = 12
"""Most nations that are listed; the tables hold all."""

LONGEST_TITLE = 60

WHOLE = (*SIZE_LABELS, "peak_size")
"""Outcomes that are whole numbers in every run."""

CAVEAT = (
    "In brackets: 95 % intervals of the Monte Carlo error of paired runs, which more runs would "
    "reduce; each interval by itself. Over runs: the range that contains the difference in 90 % of "
    "the runs, variation from chance that more runs do not reduce. Neither includes uncertainty "
    "about numbers that the scenarios do not draw, or about the model."
)
"""What the numbers of a comparison do and do not cover."""

COLUMNS = {"base": "base", "other": "other", "difference": "difference"}
NONE = "-"


def comparison_html(comparison: Comparison) -> str:
    """What `willing compare` prints, as a piece of a page."""
    return to_html(comparison_blocks(comparison))


def comparison_blocks(comparison: Comparison, nations: Sequence[str] | None = None) -> list[Block]:
    """What is compared; for each scenario but the base its outcomes, then its nations.

    Parameters
    ----------
    comparison : Comparison
    nations : sequence of str, optional
        Ids of the nations to list, in this order, or ``("all",)``; by default those that differ
        most.
    """
    blocks: list[Block] = [
        Text(comparison_title(comparison), is_title=True),
        Text(_runs_text(comparison), tight=True),
    ]
    names = short_labels(comparison)
    for difference in comparison.differences:
        label, base = names[difference.label], names[comparison.labels[0]]
        if comparison.is_same(difference.label):
            digest = comparison.base.digest[:8]
            said = f"is the same scenario as {base} (digest {digest}): every difference is 0."
            blocks.append(Text(f"{label} {said}"))
            continue
        blocks.append(Text(f"{label} (other), compared with {base} (base)"))
        blocks += _outcome_blocks(comparison, difference)
        blocks += _nation_blocks(comparison, difference, nations)
    has_numbers = any(isinstance(block, Table) for block in blocks)
    blocks += [Text(note, tight=n > 0) for n, note in enumerate(comparison_notes(comparison))]
    return [*blocks, *([Note(CAVEAT, tight=False)] if has_numbers else [])]


def short_labels(comparison: Comparison) -> dict[str, str]:
    """Labels of the scenarios, by themselves, cut so that no two become the same."""
    return dict(zip(comparison.labels, cut_apart(comparison.labels, LONGEST_LABEL), strict=True))


def comparison_title(comparison: Comparison) -> str:
    """Which scenarios are compared with which: by their titles where these tell them apart."""
    titles = [scenario.title for scenario in comparison.scenarios]
    if all(titles) and len(set(titles)) == len(titles):
        names = cut_apart(titles, LONGEST_TITLE)
    else:
        names = list(short_labels(comparison).values())
    base, *others, last = names
    if others:
        return f"{', '.join(others)} and {last}, each compared with {base}"
    return f"{last}, compared with {base}"


def comparison_notes(comparison: Comparison) -> Iterator[str]:
    """How scenarios differ from the base in length, calendar, parts and thresholds."""
    base = comparison.scenarios[0]
    for label, scenario in zip(comparison.labels[1:], comparison.scenarios[1:], strict=True):
        name = short_labels(comparison)[label]
        if scenario.days != base.days:
            yield (
                f"{name} has {counted(scenario.days, 'day')} and the base "
                f"{counted(base.days, 'day')}: compared over the first {comparison.n_days:,}."
            )
        if scenario.start != base.start:
            yield (
                f"{name} starts {_start_text(scenario)} and the base {_start_text(base)}: compared "
                "by day from the start, and dated by the base."
            )
        yield from _part_notes(name, scenario, base)


def _start_text(scenario: Scenario) -> str:
    return "without a date" if scenario.start is None else f"on {day_text(scenario.start, 0)}"


def _part_notes(name: str, scenario: Scenario, base: Scenario) -> Iterator[str]:
    """Kinds, conditions and thresholds that only one of two scenarios has, or that differ."""
    for noun, part, name_in in (
        ("kinds of contribution", "contributions", Scenario.contribution_name),
        ("conditions", "conditions", Scenario.condition_name),
    ):
        for where, one, other in ((name, scenario, base), ("the base", base, scenario)):
            alone = [key for key in getattr(one, part) if key not in getattr(other, part)]
            if alone:
                names = ", ".join(name_in(one, key) for key in alone)
                yield f"Only in {where}, {noun}: {cut(names, 200)}."
    if (scenario.success is None) != (base.success is None):
        without = name if scenario.success is None else "the base"
        yield f"Success is not compared: {without} sets no thresholds."
    elif scenario.success != base.success:
        yield f"Success has other thresholds in {name} than in the base."
    if (scenario.quorum is None) != (base.quorum is None):
        without = name if scenario.quorum is None else "the base"
        yield f"The quorum of the coalition is not compared: {without} has none."
    elif scenario.quorum != base.quorum:
        yield f"The quorum of the coalition asks for something else in {name} than in the base."


def _runs_text(comparison: Comparison) -> str:
    sizes = sorted({len(scenario.nations) for scenario in comparison.scenarios})
    nations = counted(sizes[0], "nation")
    if len(sizes) > 1:
        nations = f"{sizes[0]:,} to {sizes[-1]:,} nations"
    first, end = (day_text(comparison.base.start, day) for day in (0, comparison.n_days))
    runs = counted(comparison.n_runs, "run")
    return (
        f"{nations}, {first} to {end}, {runs} of each, seed {comparison.seed}: run by run "
        "under the same luck"
    )


# Outcomes


def _outcome_blocks(comparison: Comparison, difference: Difference) -> Iterator[Block]:
    listed, seen = list[OutcomeChange](), {"force": 0, "conditions": 0}
    for change in difference.outcomes:
        family, dot, _ = change.outcome.partition(".")
        if dot:
            seen[family] += 1
        if not dot or seen[family] <= MAX_ROWS:
            listed.append(change)
    n_runs = difference.n_runs
    yield Table(
        f"At the end, on {day_text(comparison.base.start, comparison.n_days)}",
        {"outcome": "", **COLUMNS, "over_runs": "over runs"},
        tuple(_outcome_row(change, n_runs, comparison.base) for change in listed),
        drop=("base", "other", "over_runs"),
        tight=True,
    )
    n_more = len(difference.outcomes) - len(listed)
    if n_more:
        yield Note(f"and {n_more:,} more in outcomes.parquet")
    yield from map(Note, _saved_runs(difference))
    success = difference.outcome("success")
    if success is not None and success.n_differ:
        gained = round((success.n_differ + success.difference * n_runs) / 2)
        shares = []
        for count in (gained, success.n_differ - gained):
            found = chance(count, n_runs)
            low, high = 100 * found.low, 100 * found.high
            ends = _ends_text(low, high, digits_of(low, high))
            shares.append(f"{percent(found.chance)} ({ends})")
        label = short_labels(comparison)[difference.label]
        yield Note(
            f"{label} succeeds and the base does not in {shares[0]} of runs, the other way round "
            f"in {shares[1]}"
        )
    if any(change.is_alike for change in listed):
        yield Note(f"Of what is alike in {counted(n_runs, 'run')}, {alike(n_runs)}")


def _outcome_row(change: OutcomeChange, n_runs: int, base: Scenario) -> dict[str, str]:
    is_chance = change.outcome in CHANCES
    scale = 100.0 if is_chance else 1.0
    low, high = scale * change.low, scale * change.high
    digits = digits_of(low, high)
    row = {
        "outcome": quantity_label(change.outcome, base) + ", % of runs" * is_chance,
        "base": f"{scale * change.base:z,.{digits}f}",
        "other": f"{scale * change.other:z,.{digits}f}",
        "difference": with_interval(scale * change.difference, low, high),
        "over_runs": _ends_text(change.q05, change.q95, 0 if change.outcome in WHOLE else digits),
    }
    if change.is_alike:
        in_one_run = 0 if change.outcome in (*WHOLE, *CHANCES) else digits
        row["difference"] = in_all_runs(scale * change.difference, n_runs, in_one_run)
    if change.is_alike or is_chance:
        row["over_runs"] = NONE
    return row


def with_interval(estimate: float, low: float, high: float) -> str:
    """A difference with its sign and its interval, to one figure of half the interval.

    Examples
    --------
    >>> with_interval(4.678, 4.567, 4.789), with_interval(-22.05, -23.9, -20.2)
    ('+4.7 (4.6 to 4.8)', '-22 (-24 to -20)')
    >>> with_interval(2.0, float("nan"), float("nan"))
    '+2.00'
    """
    digits = digits_of(low, high)
    found = signed(estimate, digits)
    return found if isnan(low) else f"{found} ({_ends_text(low, high, digits)})"


def in_all_runs(difference: float, n_runs: int, digits: int) -> str:
    """A difference that is the same in every run.

    Examples
    --------
    >>> in_all_runs(2.0, 1000, 0), in_all_runs(0.0, 1000, 0), in_all_runs(-0.25, 1, 2)
    ('+2 in all 1,000 runs', 'none in 1,000 runs', '-0.25 in 1 run')
    """
    if difference == 0:
        return f"none in {counted(n_runs, 'run')}"
    which = "" if n_runs == 1 else "all "
    return f"{signed(difference, digits)} in {which}{counted(n_runs, 'run')}"


def _ends_text(low: float, high: float, digits: int) -> str:
    return " to ".join(signed(end, digits).lstrip("+") for end in (low, high))


def _saved_runs(difference: Difference) -> Iterator[str]:
    """How many runs shared luck saved, for the size at the end and for success."""
    saved, unknown = list[str](), list[str]()
    for name, words in (("size", "public nations at the end"), ("success", "success")):
        change = difference.outcome(name)
        if change is None:
            continue
        if change.fewer_runs_known:
            in_runs = "" if saved else " in runs"
            saved.append(f"of {factor_text(change.fewer_runs)}{in_runs} for {words}")
        elif not change.is_alike or difference.n_runs == 1:
            unknown.append(words)
    if saved:
        yield f"Shared luck saved a factor {', and '.join(saved)}"
    if unknown:
        yield f"Too few runs to tell what shared luck saved for {' and '.join(unknown)}"


def factor_text(value: float) -> str:
    """A factor with two figures.

    Examples
    --------
    >>> factor_text(5.18), factor_text(1.139), factor_text(123.4)
    ('5.2', '1.1', '123')
    """
    return f"{value:,.0f}" if value >= 9.95 else f"{value:.2g}"


# Nations


def _nation_blocks(
    comparison: Comparison, difference: Difference, asked: Sequence[str] | None
) -> Iterator[Block]:
    nations, n_runs = difference.common_nations, comparison.n_runs
    changed = [nation for nation in nations if nation.differs]
    listed = changed[:MAX_NATIONS]
    if asked is not None:
        by_id = {nation.nation: nation for nation in nations}
        chosen = by_id if tuple(asked) == ALL_NATIONS else asked
        listed = [by_id[nation] for nation in chosen if nation in by_id]
    runs = counted(n_runs, "run")
    if nations and not changed:
        yield Text(f"No nation differs in {runs}: {alike(n_runs)}.")
    if listed:
        yield Table(
            f"Public on {day_text(comparison.base.start, comparison.n_days)}, % of runs",
            {"nation": "", **COLUMNS, "days": "days (- earlier)"},
            tuple(_change_row(nation, n_runs) for nation in listed),
            drop=("base", "other", "days"),
        )
        n_more, n_same = len(changed) - len(listed), len(nations) - len(changed)
        if n_more > 0 and asked is None:
            yield Note(f"and {n_more:,} more, with smaller changes (--nations all lists every one)")
        if n_same:
            yield Note(
                f"{counted(n_same, 'nation')} without a difference in {runs}: {alike(n_runs)}"
            )
        yield Note(
            f"{counted(len(nations), 'interval')}, each of one nation by itself: "
            f"{by_chance(len(nations))} would exclude 0 by chance alone; * marks what is "
            "statistically significant (false discovery rate 5 %)"
        )
        yield Note(
            "Days: mean number before a nation is first public, counted to the end; one that never "
            f"is counts {comparison.n_days + 1:,}"
        )
    for found_in, words in (
        (BASE_ALONE, "the base"),
        (OTHER_ALONE, short_labels(comparison)[difference.label]),
    ):
        names = [each.nation for each in difference.nations if each.found_in == found_in]
        if names:
            yield Note(f"Only in {words}, and not compared: {cut(', '.join(names), 200)}")


def _change_row(nation: NationChange, n_runs: int) -> dict[str, str]:
    low, high = 100 * nation.low, 100 * nation.high
    digits = digits_of(low, high)
    change = with_interval(100 * nation.difference, low, high)
    if not nation.differs:
        change = in_all_runs(0.0, n_runs, 0)
    days = with_interval(nation.days, nation.days_low, nation.days_high)
    if n_runs == 1 or nation.days_low == nation.days_high:
        days = in_all_runs(nation.days, n_runs, 0)
    return {
        "nation": nation_label(nation.nation, nation.name),
        "base": f"{100 * nation.base:z.{digits}f}",
        "other": f"{100 * nation.other:z.{digits}f}",
        "difference": change + " *" * nation.significant_fdr,
        "days": days + " *" * nation.days_significant_fdr,
    }
