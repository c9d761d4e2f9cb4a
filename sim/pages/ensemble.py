"""What a page says of an ensemble: its answer, the nations, sizes, force and conditions by day."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from sim.core.stages import LEFT
from sim.pages.blocks import Chart, OpeningTable, PageBlock, left_out
from sim.pages.charts import (
    SIZES,
    SMALL,
    Band,
    Line,
    Scale,
    bar_chart,
    day_chart,
    listed_days,
    with_days,
)
from sim.pages.part import CONDITIONS, FORCE, HANGS, JOINS, LONGEST_TITLE, SIZE, KeyNumber, Part
from sim.report.blocks import Note, Table
from sim.report.ensemble import (
    breadth_line,
    chances_table,
    condition_table,
    doubt_table,
    force_table,
    quorum_blocks,
    size_table,
    success_blocks,
)
from sim.results.ensemble import Ensemble
from sim.results.estimates import INNER, OUTER, order_of_arrival
from sim.results.format import CAVEAT, counted, cut, day_text, first_of, number, percent
from sim.results.labels import condition_labels
from sim.results.requirement import requirement_by_day
from sim.results.summary import NationOutlook, Summary
from sim.results.tally import Tally

MOST_NATIONS = 300
"""Most nations, and most sizes, that a page lists; the tables of the result hold all."""

MOST_OPENED = 100
"""Most nations with a chart of their own."""

MOST_CONDITIONS = 6

IN_TABLES = "later or less likely, in the tables of the result"

READING = (
    "Share of runs in which a nation is public on a day; 95 % interval: Monte Carlo error of the "
    "last of these. Even odds: first day on which it is public in half of the runs. Out: has "
    "declined or withdrawn by the last day, and not returned. A name opens the chances by day."
)

Reals = NDArray[np.float64]


def ensemble_part(ensemble: Ensemble) -> Part:
    """What a page says of an ensemble."""
    summary = ensemble.summary()
    first, last = (day_text(ensemble.scenario.start, day) for day in (0, ensemble.n_days))
    n_nations, days = len(ensemble.nations), counted(ensemble.n_days, "day")
    about = f"{counted(n_nations, 'nation')}, {first} to {last} ({days})"
    return Part(
        title=cut(ensemble.scenario.title, LONGEST_TITLE) or "untitled scenario",
        about=f"{about}, {counted(ensemble.n_runs, 'run')}, seed {ensemble.seed}",
        answer=tuple(_answer(ensemble, summary)),
        numbers=tuple(_key_numbers(ensemble, summary))[:3],
        sections={
            JOINS: (
                _nations(ensemble, summary),
                *left_out(n_nations, min(n_nations, MOST_NATIONS), IN_TABLES),
                Note(READING),
                *_by_law(summary),
            ),
            SIZE: tuple(_sizes(ensemble, summary)),
            FORCE: tuple(_force(ensemble, summary)),
            CONDITIONS: tuple(_conditions(ensemble, summary)),
            HANGS: tuple(doubt_table(summary)),
        },
        small_print=(*_rules(summary), CAVEAT),
        scenarios=(ensemble.scenario,),
    )


def _answer(ensemble: Ensemble, summary: Summary) -> Iterator[str]:
    """Whether it succeeds, and how large it is and how much it pledges, in two sentences."""
    end = day_text(ensemble.scenario.start, ensemble.n_days)
    size, n_nations = summary.size.end, len(summary.nations)
    public = (
        f"a median of {size.median:.0f} of {counted(n_nations, 'nation')} are public"
        f"{_between(size.low, size.high, '{:.0f}')}"
    )
    if summary.success is not None:
        found = summary.success.chance
        yield (
            f"In {100 * found.chance:.1f} % of {counted(ensemble.n_runs, 'run')} (95 % interval "
            f"{100 * found.low:z.1f} to {100 * found.high:.1f} %) the coalition reaches every "
            f"threshold of success by {end}."
        )
    now = f"{summary.size.now.median:.0f} on {day_text(ensemble.scenario.start, 0)}"
    second = f"On {end} {public}, after {now}"
    if summary.force:
        force = summary.total_force
        if summary.requirement:
            shares = [100 * x / summary.requirement for x in (force.median, force.low, force.high)]
            spread = _between(shares[1], shares[2], "{:.0f} %")
            second += f"; together they pledge {shares[0]:.0f} % of the force required{spread}"
        else:
            spread = _between(force.low, force.high, "{:.3g}")
            second += f"; together they pledge {number(force.median)} {summary.force_unit}{spread}"
    yield f"{second}."
    if summary.success is None:
        yield "The scenario sets no thresholds of success."


def _rules(summary: Summary) -> Iterator[str]:
    """What success and the quorum ask for, and by when: the small print of their chances."""
    for block in (*success_blocks(summary), *quorum_blocks(summary)):
        if isinstance(block, Note):
            yield f"{block.text}."


def _between(low: float, high: float, form: str) -> str:
    """A range of 90 % of the runs in brackets; empty where all runs are the same."""
    return "" if low == high else f" ({_range(low, high, form)})"


def _range(low: float, high: float, form: str) -> str:
    """What contains 90 % of the runs."""
    if low == high:
        return "the same in nearly every run"
    return f"90 % of runs: {form.format(low)} to {form.format(high)}"


def _key_numbers(ensemble: Ensemble, summary: Summary) -> Iterator[KeyNumber]:
    end = day_text(ensemble.scenario.start, ensemble.n_days)
    if summary.success is not None:
        found = summary.success.chance
        yield KeyNumber(
            f"chance of success by {end}",
            f"{100 * found.chance:.1f} %",
            f"95 % interval {100 * found.low:z.1f} to {100 * found.high:.1f} %",
        )
    if summary.quorum is not None:
        found = summary.quorum.chance
        yield KeyNumber(
            f"chance that the quorum is in force by {end}",
            f"{100 * found.chance:.1f} %",
            f"95 % interval {100 * found.low:z.1f} to {100 * found.high:.1f} %",
        )
    size, force = summary.size.end, summary.total_force
    yield KeyNumber(
        f"nations public on {end}, median",
        f"{size.median:.0f}",
        f"90 % of runs: {size.low:.0f} to {size.high:.0f}, of {len(summary.nations):,}",
    )
    if summary.force and summary.requirement:
        shares = [100 * x / summary.requirement for x in (force.median, force.low, force.high)]
        yield KeyNumber(
            "of the required force pledged, median",
            f"{shares[0]:.0f} %",
            _range(shares[1], shares[2], "{:.0f} %"),
        )
    elif summary.force:
        yield KeyNumber(
            f"force pledged, {summary.force_unit}, median",
            number(force.median),
            _range(force.low, force.high, "{:.3g}"),
        )
    decided = summary.private_size.end
    yield KeyNumber(
        f"nations that have decided by {end}, public or not, median",
        f"{decided.median:.0f}",
        _range(decided.low, decided.high, "{:.0f}"),
    )


# Nations


def _nations(ensemble: Ensemble, summary: Summary) -> PageBlock:
    """All nations in the order in which they go public; each opens its chances by day."""
    public = np.array([nation.public for nation in summary.nations])
    even = np.array([nation.even_odds_day for nation in summary.nations])
    already, others = order_of_arrival(public[:, 0], public[:, -1], even)
    order = [*already, *others][:MOST_NATIONS]
    by_day = ensemble.records.runs_public() / ensemble.n_runs
    left = _left_by_day(ensemble)
    table = chances_table(summary, [summary.nations[index] for index in order])
    rows = tuple(
        row
        | {
            "interval": f"{100 * nation.at_end.low:z.0f} to {100 * nation.at_end.high:.0f} %",
            "left": percent(nation.left),
        }
        for row, nation in zip(table.rows, (summary.nations[index] for index in order), strict=True)
    )
    names = list(table.columns)
    columns = {name: table.columns[name] for name in names[:-1]}
    columns |= {"interval": "95 % interval", names[-1]: table.columns[names[-1]], "left": "out"}
    opened = tuple(
        (_chances(ensemble, summary.nations[index], by_day[:, index], left, index),)
        if place < MOST_OPENED
        else ()
        for place, index in enumerate(order)
    )
    return OpeningTable(Table(table.title, columns, rows), opened)


def _by_law(summary: Summary) -> Iterator[Note]:
    """Whose stage on day 0 is not given."""
    if summary.by_law:
        names = first_of(summary.by_law, MOST_OPENED)
        yield Note(f"On day 0 the initial law of the behaviour draws the stage of {names}.")


def _left_by_day(ensemble: Ensemble) -> Reals | None:
    """Chance of having left by day and nation; None where stages were not counted."""
    if not ensemble.records.has_stage_counts:
        return None
    return np.asarray(ensemble.records.stage_counts[:, :, LEFT] / ensemble.n_runs)


def _chances(
    ensemble: Ensemble, nation: NationOutlook, public: Reals, left: Reals | None, index: int
) -> Chart:
    """A nation's chances by day."""
    start, days = ensemble.scenario.start, listed_days(ensemble.n_days)
    marks: list[Band | Line] = [Line("public", public, False)]
    legend = [("public", "public")]
    columns = {"day": "", "public": "public"}
    if left is not None and left[:, index].any():
        marks.append(Line("gone", left[:, index], False))
        legend.append(("gone", "out: declined or withdrawn"))
        columns["left"] = "out"
    said = [f"{percent(public[day])} on {day_text(start, day)}" for day in days[::4]]
    words = f"{cut(nation.name, 60)}: chance of being public by day: {', '.join(said)}."
    rows = tuple(
        {"day": day_text(start, day), "public": percent(public[day])}
        | ({} if left is None else {"left": percent(left[day, index])})
        for day in days
    )
    drawing = day_chart(marks, start, Scale(1.0, 0.5, _percent), words, SMALL)
    return Chart((drawing,), legend=tuple(legend), numbers=Table("Chances by day", columns, rows))


def _percent(share: float) -> str:
    return f"{100 * share:g} %"


# Size


def _sizes(ensemble: Ensemble, summary: Summary) -> Iterator[PageBlock]:
    yield _fan(ensemble)
    yield from _final_sizes(ensemble)
    yield size_table(summary)
    yield from breadth_line(summary)


def _fan(ensemble: Ensemble) -> Chart:
    """Public and private size by day."""
    public, private = ensemble.tally("size"), ensemble.tally("private_size").quantile(0.5)
    legend = [
        ("public", "public, median"),
        ("band-inner", "50 % of runs"),
        ("band-outer", "90 % of runs"),
        ("private", "private (public and undisclosed), median"),
    ]
    marks: list[Band | Line] = [*_bands(public), Line("private", private)]
    top = max(float(public.quantile(OUTER[1]).max()), float(private.max()), 1.0)
    success = ensemble.scenario.success
    needs = ""
    if success is not None and success.public_size is not None:
        marks.append(Line("needed", np.full(ensemble.n_days + 1, float(success.public_size))))
        top = max(top, success.public_size)
        legend.append(("needed", f"success needs {success.public_size:,}"))
        needs = f" Success needs {success.public_size:,}."
    marks.append(Line("public", public.quantile(0.5)))
    table = _by_day(ensemble, public, "{:.0f}")
    words = f"Public size by day, nations. {_in_words(table)}{needs}"
    return with_days(
        Chart((), "Public size by day", tuple(legend), table),
        marks,
        ensemble.scenario.start,
        Scale(top * 1.04, unit="nations"),
        words,
    )


def _bands(tally: Tally, is_stepped: bool = True) -> list[Band]:
    """Ranges of 90 and of 50 % of the runs."""
    return [
        Band(mark, tally.quantile(low), tally.quantile(high), is_stepped)
        for mark, (low, high) in (("band-outer", OUTER), ("band-inner", INNER))
    ]


def _by_day(ensemble: Ensemble, tally: Tally, form: str, scale: float = 1.0) -> Table:
    """Median and ranges on some days."""
    ends = (0.5, *INNER, *OUTER)
    by_day = {end: scale * tally.quantile(end) for end in ends}
    rows = []
    for day in listed_days(ensemble.n_days):
        median, q25, q75, q05, q95 = (form.format(by_day[end][day]) for end in ends)
        rows.append(
            {
                "day": day_text(ensemble.scenario.start, day),
                "median": median,
                "inner": f"{q25} to {q75}",
                "outer": f"{q05} to {q95}",
            }
        )
    columns = {"day": "", "median": "median", "inner": "50 % of runs", "outer": "90 % of runs"}
    return Table("Day", columns, tuple(rows))


def _in_words(table: Table) -> str:
    """A few rows of such a table as sentences, for who does not see the drawing."""
    step = max(1, (len(table.rows) - 1) // 3)
    rows = [*table.rows[:-1:step], table.rows[-1]]
    said = [f"{row['median']} on {row['day']} (90 % of runs {row['outer']})" for row in rows]
    return f"Median {'; '.join(said)}."


def _final_sizes(ensemble: Ensemble) -> Iterator[PageBlock]:
    """How many runs end at which public size."""
    tally, end = ensemble.tally("size"), day_text(ensemble.scenario.start, ensemble.n_days)
    shares = tally.counts[-1] / ensemble.n_runs
    success = ensemble.scenario.success
    least = None if success is None else success.public_size
    spread = tally.spread(ensemble.n_days)
    likeliest = int(tally.values[shares.argmax()])
    words = (
        f"Public size on {end}, share of runs: median {spread.median:.0f}, 90 % of runs "
        f"{spread.low:.0f} to {spread.high:.0f}, most often {likeliest} "
        f"({percent(float(shares.max()))} of runs)."
    )
    legend = [("bar", "runs by public size")]
    if least is not None:
        reached = float(shares[tally.values >= least].sum())
        said = f"{least:,} nations or more, as success needs: {percent(reached)} of runs"
        words += f" {said[0].upper()}{said[1:]}."
        legend = [("bar", f"fewer than {least:,}"), ("bar reached", said)]
    rows = tuple(
        {"size": f"{value:,.0f}", "share": f"{100 * share:.1f} %"}
        for value, share in zip(tally.values, shares, strict=True)
        if share > 0
    )
    labels = f"nations public on {end}", words
    drawings = tuple(bar_chart(tally.values, shares, least, labels, size) for size in SIZES)
    table = Table("Nations", {"size": "", "share": "share of runs"}, rows[:MOST_NATIONS])
    yield Chart(drawings, f"Public size on {end}", tuple(legend), table)
    yield from left_out(len(rows), len(table.rows), "of larger sizes")


# Force and conditions


def _force(ensemble: Ensemble, summary: Summary) -> Iterator[PageBlock]:
    if not summary.force:
        return
    total, unit = ensemble.tally("force"), summary.force_unit
    low, middle, high = requirement_by_day(ensemble.scenario).T
    marks: list[Band | Line] = [*_bands(total, False)]
    legend = [
        ("public", "force pledged in public, median"),
        ("band-inner", "50 % of runs"),
        ("band-outer", "90 % of runs"),
        ("required", "requirement"),
    ]
    if (low < high).any():
        marks.append(Band("band-required", low, high))
        legend.append(("band-required", "requirement, 90 % of runs"))
    marks.append(Line("required", middle))
    top = max(float(total.quantile(OUTER[1]).max()), float(high.max()))
    success = ensemble.scenario.success
    needs = f" The requirement is {number(float(middle[-1]))} on the last day"
    if success is not None and success.requirement_share:
        share = success.requirement_share
        marks.append(Line("needed", share * middle))
        top = max(top, float((share * middle).max()))
        legend.append(("needed", f"success needs {100 * share:.3g} % of it"))
        needs += f", and success needs {100 * share:.3g} % of it"
    marks.append(Line("public", total.quantile(0.5), False))
    table = _by_day(ensemble, total, "{:.1f}")
    words = f"Force pledged in public by day, {unit}. {_in_words(table)}{needs}."
    caption = f"Force pledged in public by day, {unit}"
    yield with_days(
        Chart((), caption, tuple(legend), table),
        marks,
        ensemble.scenario.start,
        Scale(top * 1.04, _finest(top), unit=unit),
        words,
    )
    yield from force_table(summary)


def _finest(top: float) -> float:
    """Least step of ticks up to so much."""
    return float(10 ** np.floor(np.log10(top) - 1)) if top > 0 else 1.0


def _conditions(ensemble: Ensemble, summary: Summary) -> Iterator[PageBlock]:
    names, success = condition_labels(ensemble.scenario), ensemble.scenario.success
    for condition in ensemble.condition_names[:MOST_CONDITIONS]:
        tally = ensemble.tally(f"conditions.{condition}")
        legend = [
            ("public", "median"),
            ("band-inner", "50 % of runs"),
            ("band-outer", "90 % of runs"),
        ]
        marks: list[Band | Line] = [*_bands(tally, False)]
        needs = ""
        for bounds, side in (
            ({} if success is None else success.conditions, "at least"),
            ({} if success is None else success.at_most, "at most"),
        ):
            if condition in bounds:
                marks.append(Line("needed", np.full(ensemble.n_days + 1, bounds[condition])))
                legend.append(("needed", f"success needs {side} {bounds[condition]:g}"))
                needs += f" Success needs {side} {bounds[condition]:g}."
        marks.append(Line("public", tally.quantile(0.5), False))
        table = _by_day(ensemble, tally, "{:.2f}")
        caption = f"{names[condition]}, from 0 to 1"
        words = f"{caption}, by day. {_in_words(table)}{needs}"
        yield with_days(
            Chart((), caption, tuple(legend), table),
            marks,
            ensemble.scenario.start,
            Scale(1.0, 0.1),
            words,
        )
    n_all = len(ensemble.condition_names)
    yield from left_out(n_all, min(n_all, MOST_CONDITIONS), "in days.parquet")
    yield from condition_table(summary)
