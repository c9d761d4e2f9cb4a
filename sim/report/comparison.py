"""A comparison in words and cells: the same in a terminal and in a notebook."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from math import isnan
from typing import TYPE_CHECKING

from sim.report.ensemble import LONGEST_NAME, MAX_ROWS, Part
from sim.report.html import part_html
from sim.results.estimates import chance
from sim.results.format import (
    LONGEST_LABEL,
    alike,
    by_chance,
    counted,
    cut,
    day_text,
    digits_of,
    percent,
)
from sim.studies.compare.changes import BASE_ALONE, OTHER_ALONE

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario
    from sim.studies.compare.changes import Difference, NationChange, OutcomeChange
    from sim.studies.compare.comparison import Comparison

MAX_NATIONS = 12
"""Most nations that are listed; the rest is in the tables."""

WHOLE = ("size", "private_size", "firm_size", "peak_size")
"""Outcomes that are whole numbers in every run."""

CAVEAT = (
    "In brackets: 95 % intervals of the Monte Carlo error, run by run, which more runs would "
    "shrink; each by itself. Over runs: the range that holds the difference in "
    "90 % of the runs, a spread of luck that more runs do not shrink. Neither holds doubt about "
    "the scenarios' numbers, which are judgements, not calibrated, or about the model."
)
"""What the numbers of a comparison do and do not cover."""

NAMES = {
    "success": "success, % of runs",
    "size": "public nations",
    "private_size": "public and undisclosed",
    "firm_size": "pledged or deployed",
    "peak_size": "most public on a day",
    "force": "force, all kinds",
}
NONE = "-"
TOO_FEW = "too few runs to tell"


def heading(comparison: Comparison) -> tuple[str, str]:
    """What is compared, and what was run, when and how often."""
    *others, last = [cut(label, LONGEST_LABEL) for label in comparison.labels[1:]]
    named = f"{', '.join(others)} and {last}" if others else last
    each = ", each" if others else ","
    title = f"{named}{each} compared with {cut(comparison.labels[0], LONGEST_LABEL)}"
    sizes = sorted({len(scenario.nations) for scenario in comparison.scenarios})
    nations = counted(sizes[0], "nation")
    if len(sizes) > 1:
        nations = f"{sizes[0]:,} to {sizes[-1]:,} nations"
    first, end = (day_text(comparison.base.start, day) for day in (0, comparison.n_days))
    runs = counted(comparison.n_runs, "run")
    return title, (
        f"{nations}, {first} to {end}, {runs} of each, seed {comparison.seed}: run by run "
        "under the same luck"
    )


def comparison_parts(comparison: Comparison) -> list[Part]:
    """Parts under the heading: for each scenario but the base its outcomes, then its nations."""
    found = []
    for difference in comparison.differences:
        if comparison.is_same(difference.label):
            found.append(Part([_same(comparison, difference.label)], [], [], []))
            continue
        found.append(_outcomes(comparison, difference))
        found.append(_nations(comparison, difference))
    notes = list(comparison_notes(comparison))
    return [*found, Part(notes, [], [], [])] if notes else found


def comparison_notes(comparison: Comparison) -> Iterator[str]:
    """What a reader must know of scenarios that are not of one make."""
    base = comparison.scenarios[0]
    for label, scenario in zip(comparison.labels[1:], comparison.scenarios[1:], strict=True):
        name = cut(label, LONGEST_LABEL)
        if scenario.days != base.days:
            yield (
                f"{name} has {counted(scenario.days, 'day')} and the base "
                f"{counted(base.days, 'day')}: compared over the first {comparison.n_days:,}."
            )
        if scenario.start != base.start:
            yield (
                f"{name} starts {_start(scenario)} and the base {_start(base)}: compared by day "
                "from the start, and dated by the base."
            )
        yield from _unlike(name, scenario, base)


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
    found = _signed(estimate, digits)
    return found if isnan(low) else f"{found} ({_range(low, high, digits)})"


def comparison_html(comparison: Comparison) -> str:
    """Title and the tables that `willing compare` prints, as a piece of a page."""
    title, what = heading(comparison)
    found = comparison_parts(comparison)
    caveat = CAVEAT if any(part.rows for part in found) else ""
    parts = "".join(map(part_html, found))
    return (
        '<div style="max-width:60em;line-height:1.4">'
        f'<p style="margin:.2em 0;font-size:1.2em;font-weight:600">{escape(title)}</p>'
        f'<p style="margin:.2em 0">{escape(what)}</p>{parts}'
        f'<p style="margin:.3em 0;opacity:.8;font-size:.9em;max-width:46em">{escape(caveat)}</p>'
        "</div>"
    )


def _signed(value: float, digits: int) -> str:
    """A number with its sign; 0 has none."""
    text = f"{value:+,.{digits}f}"
    return text if text.strip("+-0.") else text[1:]


def _range(low: float, high: float, digits: int) -> str:
    return " to ".join(_signed(end, digits).lstrip("+") for end in (low, high))


def _start(scenario: Scenario) -> str:
    return "without a date" if scenario.start is None else f"on {day_text(scenario.start, 0)}"


def _same(comparison: Comparison, label: str) -> str:
    return (
        f"{cut(label, LONGEST_LABEL)} is the same scenario as "
        f"{cut(comparison.labels[0], LONGEST_LABEL)} (digest {comparison.base.digest[:8]}): every "
        "difference is 0."
    )


def _unlike(name: str, scenario: Scenario, base: Scenario) -> Iterator[str]:
    """What only one of two scenarios has, or has otherwise, of what is compared."""
    for noun, ours, theirs in (
        ("kinds of contribution", scenario.contributions, base.contributions),
        ("conditions", scenario.conditions, base.conditions),
    ):
        for where, names in (
            (name, [each for each in ours if each not in theirs]),
            ("the base", [each for each in theirs if each not in ours]),
        ):
            if names:
                yield f"Only in {where}, {noun}: {cut(', '.join(names), 200)}."
    if (scenario.success is None) != (base.success is None):
        without = name if scenario.success is None else "the base"
        yield f"Success is not compared: {without} sets no thresholds."
    elif scenario.success != base.success:
        yield f"Success has other thresholds in {name} than in the base."


def _outcomes(comparison: Comparison, difference: Difference) -> Part:
    day = day_text(comparison.base.start, comparison.n_days)
    label = cut(difference.label, LONGEST_LABEL)
    base = cut(comparison.labels[0], LONGEST_LABEL)
    shown, n_more = _listed(difference.outcomes)
    details = [f"and {n_more:,} more in outcomes.parquet"] if n_more else []
    n_runs = difference.n_runs
    details += [*_luck(difference), *_of_success(difference, label)]
    if any(change.is_alike for change in shown):
        details.append(f"Of what is alike in {counted(n_runs, 'run')}, {alike(n_runs)}")
    return Part(
        [f"{label} (other), compared with {base} (base)"],
        [f"At the end, on {day}", "base", "other", "difference", "over runs"],
        [_outcome_cells(change, n_runs) for change in shown],
        details,
        main=3,
    )


def _listed(outcomes: tuple[OutcomeChange, ...]) -> tuple[list[OutcomeChange], int]:
    """Outcomes to list, of many kinds and conditions the first, and how many more there are."""
    shown, seen = [], {"force": 0, "conditions": 0}
    for change in outcomes:
        family, dot, _ = change.outcome.partition(".")
        if dot:
            seen[family] += 1
        if not dot or seen[family] <= MAX_ROWS:
            shown.append(change)
    return shown, len(outcomes) - len(shown)


def _outcome_cells(change: OutcomeChange, n_runs: int) -> list[str]:
    scale = 100.0 if change.outcome == "success" else 1.0
    family, _, name = change.outcome.partition(".")
    label = NAMES.get(change.outcome) or (f"force: {name}" if family == "force" else name)
    low, high = scale * change.low, scale * change.high
    digits = digits_of(low, high)
    said = with_interval(scale * change.difference, low, high)
    if change.is_alike:
        of_one = 0 if change.outcome in (*WHOLE, "success") else digits
        said = of_all(scale * change.difference, n_runs, of_one)
    has_spread = change.outcome != "success" and not change.is_alike
    spread = _range(change.q05, change.q95, 0 if change.outcome in WHOLE else digits)
    return [
        cut(label, LONGEST_NAME),
        *(f"{scale * mean:,.{digits}f}" for mean in (change.base, change.other)),
        said,
        spread if has_spread else NONE,
    ]


def of_all(difference: float, n_runs: int, digits: int) -> str:
    """A difference that is the same in so many runs, which gives it no interval.

    Examples
    --------
    >>> of_all(2.0, 1000, 0), of_all(0.0, 1000, 0), of_all(-0.25, 1, 2)
    ('+2 in all 1,000 runs', 'none in 1,000 runs', '-0.25 in 1 run')
    """
    text = _signed(difference, digits)
    which = "" if n_runs == 1 or difference == 0 else "all "
    return f"{text if difference else 'none'} in {which}{counted(n_runs, 'run')}"


def _luck(difference: Difference) -> Iterator[str]:
    """What shared luck saved, for the size at the end and for success, or why nobody can tell."""
    saved, others = list[str](), list[str]()
    for name, words in (("size", "public nations at the end"), ("success", "success")):
        change = difference.outcome(name)
        if change is None:
            continue
        if change.fewer_runs_known:
            saved.append(f"{factor(change.fewer_runs)} in runs for {words}")
        else:
            others.append(f"{words}: {_why_unknown(change, difference.n_runs)}")
    if saved:
        yield f"Shared luck saved a factor of {' and of '.join(saved)}"
    if others:
        yield f"What shared luck saved is not known: {'; '.join(others)}"


def factor(value: float) -> str:
    """A factor with two figures.

    Examples
    --------
    >>> factor(5.18), factor(1.139), factor(123.4)
    ('5.2', '1.1', '123')
    """
    return f"{value:,.0f}" if value >= 9.95 else f"{value:.2g}"


def _why_unknown(change: OutcomeChange, n_runs: int) -> str:
    if not change.is_alike or n_runs == 1:
        return TOO_FEW
    said = "the same difference in all" if change.n_differ else "no difference in"
    return f"{said} {counted(n_runs, 'run')}"


def _of_success(difference: Difference, label: str) -> Iterator[str]:
    """In what share of runs one scenario succeeds and the other does not."""
    change = difference.outcome("success")
    if change is None or change.n_differ == 0:
        return
    n_runs = difference.n_runs
    gained = round((change.n_differ + change.difference * n_runs) / 2)
    ours, theirs = (_share(count, n_runs) for count in (gained, change.n_differ - gained))
    yield (
        f"In {ours} of runs {label} succeeds and the base does not, in {theirs} the other way round"
    )


def _share(count: int, n_runs: int) -> str:
    """A share of the runs in percent, with its interval."""
    found = chance(count, n_runs)
    low, high = 100 * found.low, 100 * found.high
    return f"{percent(found.chance)} ({_range(low, high, digits_of(low, high))})"


def _nations(comparison: Comparison, difference: Difference) -> Part:
    day = day_text(comparison.base.start, comparison.n_days)
    ranked = difference.common_nations
    changed = [nation for nation in ranked if nation.differs]
    shown, n_runs = changed[:MAX_NATIONS], comparison.n_runs
    runs = counted(n_runs, "run")
    header = [f"Public on {day}, % of runs", "base", "other", "difference", "days (- earlier)"]
    return Part(
        [] if shown or not ranked else [f"No nation differs in {runs}: {alike(n_runs)}."],
        header if shown else [],
        [_nation_cells(nation, n_runs) for nation in shown],
        [*_below(comparison, ranked, changed), *_in_one(difference)],
        main=3,
    )


def _nation_cells(nation: NationChange, n_runs: int) -> list[str]:
    low, high = 100 * nation.low, 100 * nation.high
    digits = digits_of(low, high)
    name = nation.nation
    if nation.name != nation.nation:
        name = f"{nation.nation}  {cut(nation.name, LONGEST_NAME)}"
    days = with_interval(nation.days, nation.days_low, nation.days_high)
    if n_runs == 1 or nation.days_low == nation.days_high:
        days = of_all(nation.days, n_runs, 0)
    return [
        name,
        *(f"{100 * share:.{digits}f}" for share in (nation.base, nation.other)),
        with_interval(100 * nation.difference, low, high) + " *" * nation.significant_fdr,
        days + " *" * nation.days_significant_fdr,
    ]


def _below(
    comparison: Comparison, ranked: tuple[NationChange, ...], changed: list[NationChange]
) -> Iterator[str]:
    """What stands under the table of nations."""
    if not changed:
        return
    n_more = len(changed) - MAX_NATIONS
    if n_more > 0:
        yield f"and {n_more:,} more, with smaller changes"
    if len(changed) < len(ranked):
        n_same = counted(len(ranked) - len(changed), "nation")
        runs = counted(comparison.n_runs, "run")
        yield f"{n_same} without a difference in {runs}: {alike(comparison.n_runs)}"
    yield (
        f"{counted(len(ranked), 'interval')}, each of one nation by itself: "
        f"{by_chance(len(ranked))} would exclude 0 by chance alone; * marks what is "
        "statistically significant (false discovery rate 5 %)"
    )
    yield (
        "Days: mean number before a nation is first public, counted to the end; one that never is "
        f"counts {comparison.n_days + 1:,}"
    )


def _in_one(difference: Difference) -> Iterator[str]:
    """Nations that only one of the scenarios has."""
    for where, words in (
        (BASE_ALONE, "the base"),
        (OTHER_ALONE, cut(difference.label, LONGEST_LABEL)),
    ):
        names = [nation.nation for nation in difference.nations if nation.found_in == where]
        if names:
            yield f"Only in {words}, and not compared: {cut(', '.join(names), 200)}"
