"""The summary of an ensemble as blocks: the same in a terminal, a notebook and a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

import numpy as np

from sim.engines.request import whole
from sim.report.blocks import Block, Figure, Note, Table, Text
from sim.report.html import to_html
from sim.report.size_chart import LEGEND, size_chart
from sim.report.text import to_text
from sim.results.ensemble import Ensemble
from sim.results.estimates import Spread, order_of_arrival
from sim.results.format import CAVEAT, counted, cut, cut_apart, day_text, number, percent
from sim.results.labels import LONGEST_NAME, SHARE_LABELS, SIZE_LABELS
from sim.results.summary import NationOutlook, NowAndEnd, Summary
from sim.results.thresholds import success_words
from sim.scenario.files.suggestions import unknown

LONGEST_LINE = 96
LONGEST_ENGINE = 60
DIGEST_LETTERS = 12
MAX_NATIONS = 9
ALL_NATIONS = ("all",)
MAX_ROWS = 6
"""Most nations, and most kinds or conditions, that are listed; the tables hold all."""

PART_LABELS = {"fitted": "numbers fitted to history", "judged": "numbers set by judgement"}
REST_LABELS = {False: "the two together", True: "all else that is drawn, and all together"}


def ensemble_html(ensemble: Ensemble) -> str:
    """Title, chart of the size by day, and the numbers that `willing run` prints."""
    return summary_html(ensemble.summary(), Figure(size_chart(ensemble), LEGEND))


def summary_html(summary: Summary, *figures: Figure) -> str:
    """What made a summary, figures, and the numbers that `willing run` prints."""
    title, what, *others = summary_blocks(summary)
    engine = cut(summary.engine, LONGEST_ENGINE)
    made_by = Text(f"digest {summary.digest[:DIGEST_LETTERS]}, engine {engine}", tight=True)
    return to_html([title, what, made_by, *figures, *others])


def summary_text(
    summary: Summary, nations: str | Sequence[str] | None = None, width: int | None = None
) -> str:
    """A summary as `willing run` prints it; see `Summary.text`."""
    ids = [nation.nation for nation in summary.nations]
    if width is not None and whole("width", width) < 1:
        raise ValueError(f"width: {width} must be at least 1")
    if isinstance(nations, str):
        nations = (nations,)
    if nations is not None:
        is_list = isinstance(nations, Iterable)
        if not is_list or not all(isinstance(each, str) for each in nations):
            some = ", ".join(map(repr, ids[:2]))
            raise TypeError(
                f"nations: {nations!r} must be 'all', the id of a nation, or a list of ids such as "
                f"[{some}]"
            )
        nations = nations_asked(nations, ids)
    return to_text(summary_blocks(summary, nations), width)


def nations_asked(asked: Iterable[str], ids: Sequence[str]) -> tuple[str, ...]:
    """Nations that are asked for, each once; ``("all",)`` stays so.

    Raises
    ------
    ValueError
        A nation is not among the ids, or none is asked for.
    """
    found = tuple(dict.fromkeys(asked))
    if not found:
        raise ValueError("no nation is given; ask for all, or for ids such as POL,DEU")
    if found == ALL_NATIONS:
        return found
    for nation in found:
        if nation not in ids:
            raise ValueError(unknown("nation", nation, [*ids]))
    return found


def summary_blocks(summary: Summary, nations: Sequence[str] | None = None) -> list[Block]:
    """A summary as blocks, without those for which the scenario has nothing.

    Parameters
    ----------
    summary : Summary
    nations : sequence of str, optional
        Ids of the nations to list, in this order, or ``("all",)``; by default those that go public
        first.
    """
    first, last = _day_text(summary, 0), _day_text(summary, summary.n_days)
    title = cut(summary.title, LONGEST_LINE) or "untitled scenario"
    n_nations, runs = counted(len(summary.nations), "nation"), counted(summary.n_runs, "run")
    return [
        Text(title, is_title=True),
        Text(f"{n_nations}, {first} to {last}, {runs}, seed {summary.seed}", tight=True),
        size_table(summary),
        *success_blocks(summary),
        *quorum_blocks(summary),
        *(_public_chances(summary) if nations is None else [_asked_chances(summary, nations)]),
        *_start_lines(summary),
        *force_table(summary),
        *breadth_line(summary),
        *condition_table(summary),
        *doubt_table(summary),
        Note(CAVEAT, tight=False),
    ]


def _day_text(summary: Summary, day: int) -> str:
    start = None if summary.start is None else date.fromisoformat(summary.start)
    return day_text(start, day)


def size_table(summary: Summary) -> Table:
    """The three sizes, on day 0 and at the end."""
    columns = {"size": "", "now": "now", "end": "at the end", "mean": "mean at the end"}
    rows = []
    for measure, label in SIZE_LABELS.items():
        change: NowAndEnd = getattr(summary, measure)
        now, end = (_median_with_range(spread, whole=True) for spread in (change.now, change.end))
        rows.append({"size": label, "now": now, "end": end, "mean": _mean_with_error(change.end)})
    return Table("Size of the coalition, nations", columns, tuple(rows), ("now", "mean"))


def _mean_with_error(spread: Spread) -> str:
    """Mean with its Monte Carlo error, to one figure of that."""
    if np.isnan(spread.mc_error):
        return number(spread.mean)
    digits = 1 if spread.mc_error >= 0.095 else 2
    return f"{spread.mean:z,.{digits}f} ± {spread.mc_error:.{digits}f}"


def _median_with_range(spread: Spread, whole: bool = False) -> str:
    """Median, and the range of 90 % of the runs unless all are the same."""
    median, low, high = (
        f"{value:z.0f}" if whole else number(value)
        for value in (spread.median, spread.low, spread.high)
    )
    return median if spread.low == spread.high else f"{median} ({low} to {high})"


def success_blocks(summary: Summary) -> Iterator[Block]:
    """The chance of success, what counts as success, and by when half of it is reached."""
    success = summary.success
    if success is None:
        return
    found = success.chance
    yield Text(
        f"Chance of success: {100 * found.chance:.1f} % ± {100 * found.mc_error:.1f} "
        f"(95 % interval {100 * found.low:z.1f} % to {100 * found.high:.1f} %)"
    )
    names = {
        name.removeprefix("conditions."): _quantity_name(summary, name) for name in summary.names
    }
    yield Note(f"Success: {success_words(success.thresholds, success.hold, names)}")
    if success.median_day is not None:
        by = _day_text(summary, success.median_day)
        yield Note(f"Half of the runs that succeed have done so by {by}")


def quorum_blocks(summary: Summary) -> Iterator[Block]:
    """The chance that the coalition's quorum is in force by the end, and when."""
    quorum = summary.quorum
    if quorum is None:
        return
    found, end = quorum.chance, _day_text(summary, summary.n_days)
    yield Text(
        f"Chance that the quorum is in force by {end}: {100 * found.chance:.1f} % ± "
        f"{100 * found.mc_error:.1f} (95 % interval {100 * found.low:z.1f} % to "
        f"{100 * found.high:.1f} %)"
    )
    lag = "on that day" if quorum.lag == 0 else f"{counted(quorum.lag, 'day')} later"
    held = f"It holds at the end of some day in {100 * quorum.held.chance:.1f} % of the runs"
    yield Note(f"{held} and takes force {lag}")
    if quorum.median_day is not None:
        by = _day_text(summary, quorum.median_day)
        yield Note(f"Half of the runs in which it takes force have it in force by {by}")


def _quantity_name(summary: Summary, measure: str) -> str:
    names = cut_apart(list(summary.names.values()), LONGEST_NAME)
    return names[list(summary.names).index(measure)]


def _public_chances(summary: Summary) -> Iterator[Block]:
    public = np.array([nation.public for nation in summary.nations])
    days = np.array([nation.even_odds_day for nation in summary.nations])
    already, others = order_of_arrival(public[:, 0], public[:, -1], days)
    if already:
        names = ", ".join(summary.nations[index].nation for index in sorted(already))
        yield Text(cut(f"Already public: {names}", LONGEST_LINE))
    if not others:
        return
    listed = others[:MAX_NATIONS]
    yield chances_table(summary, [summary.nations[index] for index in listed], bool(already))
    n_more = len(others) - len(listed)
    if n_more:
        yield Note(f"and {n_more:,} more, later or less likely (--nations all shows them)")


def _start_lines(summary: Summary) -> Iterator[Block]:
    """Whose stage on day 0 is not given, and what runs draw jointly."""
    if summary.by_law:
        names = ", ".join(summary.by_law)
        line = f"Stage on day 0 drawn by the initial law: {names}"
        yield Note(cut(line, LONGEST_LINE - 2))
    if summary.joint_draws is not None:
        yield Note(f"Each run takes one of {summary.joint_draws}")


def _asked_chances(summary: Summary, nations: Sequence[str]) -> Table:
    """The nations that are asked for; all of them in the order in which they go public."""
    if tuple(nations) == ALL_NATIONS:
        public = np.array([nation.public for nation in summary.nations])
        days = np.array([nation.even_odds_day for nation in summary.nations])
        already, others = order_of_arrival(public[:, 0], public[:, -1], days)
        return chances_table(summary, [summary.nations[index] for index in [*already, *others]])
    by_id = {nation.nation: nation for nation in summary.nations}
    return chances_table(summary, [by_id[nation] for nation in nations])


def chances_table(summary: Summary, nations: list[NationOutlook], tight: bool = False) -> Table:
    """Chances of nations of being public, one row a nation."""
    by_day = [f"day {day}" for day in summary.checkpoints]
    headings = ["now", *(_day_text(summary, day) for day in summary.checkpoints[1:])]
    rows = []
    for nation in nations:
        even = nation.even_odds_day
        rows.append(
            {
                "nation": nation_label(nation.nation, nation.name),
                **dict(zip(by_day, map(percent, nation.public), strict=True)),
                "even odds": "-" if even < 0 else _day_text(summary, even),
            }
        )
    return Table(
        "Chance of being public",
        {"nation": "", **dict(zip(by_day, headings, strict=True)), "even odds": "even odds by"},
        tuple(rows),
        drop=(*by_day[:-1], "even odds"),
        tight=tight,
    )


def nation_label(nation: str, name: str) -> str:
    """A nation by its id, and by its name where that is another."""
    return nation if name == nation else f"{nation}  {cut(name, LONGEST_NAME)}"


def force_table(summary: Summary) -> Iterator[Block]:
    """Force at the end by kind, and the share of the requirement; nothing without any kind."""
    if not summary.force:
        return
    listed = [
        (_quantity_name(summary, f"force.{kind}"), each) for kind, each in summary.force.items()
    ]
    rows = [
        {"kind": name, "median": _median_with_range(spread), "mean": _mean_with_error(spread)}
        for name, spread in [*listed[:MAX_ROWS], ("all kinds", summary.total_force)]
    ]
    if summary.requirement:
        met = summary.total_force
        median, low, high = (
            f"{100 * value / summary.requirement:.0f} %"
            for value in (met.median, met.low, met.high)
        )
        label = f"share of the requirement, {number(summary.requirement)}"
        rows.append({"kind": label, "median": f"{median} ({low} to {high})"})
    yield Table(
        f"Public force at the end, {summary.force_unit}",
        {"kind": "", "median": "median", "mean": "mean"},
        tuple(rows),
        drop=("mean",),
    )


def breadth_line(summary: Summary) -> Iterator[Block]:
    """How broad the coalition is at the end, in one line."""
    if summary.breadth:
        shares = [
            f"{SHARE_LABELS[name]} {100 * change.end.mean:.0f} %"
            for name, change in summary.breadth.items()
        ]
        yield Note(f"Breadth at the end (means): {', '.join(shares)}")


def condition_table(summary: Summary) -> Iterator[Block]:
    """Conditions on day 0 and at the end, and what success needs of them; nothing without any."""
    if not summary.conditions:
        return
    rows = tuple(
        {
            "condition": _quantity_name(summary, f"conditions.{name}"),
            "now": _median_with_range(change.now),
            "end": _median_with_range(change.end),
            "needed": _needed_of(name, summary),
        }
        for name, change in list(summary.conditions.items())[:MAX_ROWS]
    )
    columns = {"condition": "", "now": "now", "end": "at the end", "needed": "success needs"}
    yield Table("Conditions", columns, rows, ("now", "needed"))


def doubt_table(summary: Summary) -> Iterator[Block]:
    """Where the variance between runs comes from: chance, or numbers that are not known."""
    if not summary.doubt:
        return
    labels = {"public_size": "public size", "success": "success"}
    columns = {"source": ""} | {each.outcome: labels[each.outcome] for each in summary.doubt}
    shares = [
        {"chance": each.luck}
        | ({PART_LABELS[name]: share for name, share in each.parts.items()})
        | ({} if each.parts else {"what is drawn jointly": each.draws})
        for each in summary.doubt
    ]
    rows = [
        {"source": name}
        | {
            each.outcome: f"{100 * of[name].value:z.0f} % ± {100 * of[name].error:.0f}"
            for each, of in zip(summary.doubt, shares, strict=True)
        }
        for name in shares[0]
    ]
    if summary.doubt[0].parts:
        rest = {each.outcome: f"{100 * each.rest:z.0f} %" for each in summary.doubt}
        rows.append({"source": REST_LABELS[summary.doubt[0].has_others], **rest})
    yield Table("Why runs differ at the end, share of the variance", columns, tuple(rows), ())


def _needed_of(condition: str, summary: Summary) -> str:
    """What success needs of a condition: a number alone is the least value."""
    wanted = {} if summary.success is None else summary.success.thresholds
    least, most = wanted.get(condition), wanted.get(f"{condition}.at_most")
    if most is None:
        return "" if least is None else f"{least:g}"
    return f"<= {most:g}" if least is None else f"{least:g} to {most:g}"
