"""A tipping point as blocks and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import inf, isfinite
from typing import Any

from sim.report.blocks import Block, Note, Table, Text
from sim.report.ensemble import ALL_NATIONS, nation_label
from sim.report.html import to_html
from sim.results.estimates import Mean, mean_of
from sim.results.format import counted, cut, digits_of, json_ready, percent
from sim.studies.tipping.loop import Hysteresis
from sim.studies.tipping.result import Tipping
from sim.studies.tipping.scan import NationLevels
from sim.studies.tipping.tables import quantile_row, scan_rows, table_rows
from sim.studies.tipping.thresholds import Quantile
from sim.studies.tipping.words import interval_text, level_text, outcome_text, path_text

JSON_SCHEMA = "willing.tipping/1"

MAX_NATIONS = 12
"""Most nations that are listed; the tables hold all."""

N_LEVELS = 9
"""Levels of the curve that are listed."""

LONGEST_TITLE = 60

CAVEAT = (
    "In brackets: 95 % intervals of the Monte Carlo error, whatever the form of the curve; more "
    "runs narrow them. They do not include uncertainty about numbers that the scenario does not "
    "draw, or about the model."
)

BAND_CAVEAT = (
    "By itself: the interval of one level; all together: a band that holds the whole curve."
)


def tipping_html(found: Tipping) -> str:
    """What `willing tipping` prints, as a piece of a page."""
    return to_html(tipping_blocks(found))


def tipping_blocks(found: Tipping, nations: Sequence[str] | None = None) -> list[Block]:
    """The answer and how sure it is; then quantiles, the curve, the way back, and nations.

    Parameters
    ----------
    found : Tipping
    nations : sequence of str, optional
        Ids of the nations to list, in this order, or ``("all",)``; by default those that turn
        first.
    """
    blocks: list[Block] = [Text(title(found), is_title=True), Text(_runs_text(found), tight=True)]
    blocks.append(Text(plane_answer(found) if found.second else answer(found)))
    if found.sharpened is not None:
        blocks.append(Text(_sharpened_text(found)))
    blocks.append(Text(how_sure(found)))
    if found.second is not None:
        blocks.append(_plane_table(found))
    else:
        blocks += [_quantile_table(found), _curve_table(found)]
    if found.hysteresis is not None:
        blocks += [Text(hysteresis_answer(found)), _ramp_table(found, found.hysteresis)]
    if found.nations:
        blocks += _nation_blocks(found, nations)
    has_band = found.second is None and found.is_mostly_monotone
    return [*blocks, Note(f"{CAVEAT} {BAND_CAVEAT}" if has_band else CAVEAT, tight=False)]


def title(found: Tipping) -> str:
    """What turns along what."""
    paths = path_text(found.levels)
    if found.second is not None:
        paths += f" and {path_text(found.second)}"
    return f"{_capital(outcome_text(found))} along {paths}"


def answer(found: Tipping) -> str:
    """From which level on, or up to which, the outcome is more likely than not.

    Where many runs are not monotone: at which level the median run first turns.
    """
    middle, name = found.quantile(0.5), outcome_text(found)
    ends = found.slices[0]
    if not found.is_mostly_monotone:
        likely = f"{_first_turn(found, middle)} in the median run"
        if middle.level < inf:
            likely += ", and may turn back further up"
    elif isfinite(middle.level):
        level = interval_text(middle, found.levels, found.scenario)
        where = f"from {level} on" if found.rises else f"up to {level}"
        likely = f"is more likely than not {where}"
    else:
        is_likely = (middle.level < 0) == found.rises
        likely = f"is {'more' if is_likely else 'less'} likely than not at every level"
    low, high = _ends(found)
    return (
        f"Along {path_text(found.levels)}, {name} {likely}. Its chance is {percent(ends.at_low)} "
        f"at {low} and {percent(ends.at_high)} at {high}."
    )


def _first_turn(found: Tipping, quantile: Quantile) -> str:
    """Where a run first turns, behind the name of the outcome."""
    turned = "true" if found.rises else "false"
    if isfinite(quantile.level):
        level = interval_text(quantile, found.levels, found.scenario)
        return f"first turns {turned} at {level}"
    return (
        f"is {turned} at {_ends(found)[0]} already"
        if quantile.level < 0
        else f"turns {turned} nowhere"
    )


def how_sure(found: Tipping) -> str:
    """How many runs have no single threshold, and what that does to the levels."""
    scan = found.scan
    share = scan.not_monotone()
    middle = ""
    if found.second is not None:
        at = found.slices[len(found.slices) // 2].at
        assert at is not None
        where = level_text(at, found.second, found.scenario)
        middle = f", with {path_text(found.second)} at {where},"
    text = (
        f"How sure: of {counted(scan.n_runs, 'run')} tried at {len(scan.lowest.levels.values)} "
        f"levels{middle} {_share_text(share)} are not monotone"
    )
    if share.mean == 0:
        return f"{text}: each turns once at most, as far as these levels show."
    text += (
        ": they turn more than once, or against the direction of most, and the lowest level "
        f"counts. Bisection found another in {_share_text(scan.missed())}"
    )
    mean, low, high = scan.lowered()
    if mean < 0:
        unit = " days" if found.levels.is_date else ""
        text += f", which raises the mean level by {_mean_text(Mean(-mean, -high, -low))}{unit}"
    text += "."
    if not found.is_mostly_monotone:
        text += (
            " With so many, the curve of thresholds is not the chance by level, which the scan "
            "(scan.csv) and `willing sweep` give."
        )
    return text


def plane_answer(found: Tipping) -> str:
    """Along which curve of two paths chances are even."""
    assert found.second is not None
    even = found.even()
    name, first = outcome_text(found), path_text(found.levels)
    texts = []
    listed = even[0], even[len(even) // 2], even[-1]
    if not found.is_mostly_monotone:
        texts = [
            f"{_first_turn(found, quantile)} with {path_text(found.second)} at "
            f"{level_text(at, found.second, found.scenario)}"
            for at, quantile in listed
        ]
        return (
            f"Along {first}, in the median run, and with a chance of turning back further up, "
            f"{name} {', '.join(texts[:-1])}, and {texts[-1]}."
        )
    for at, quantile in listed:
        level = interval_text(quantile, found.levels, found.scenario)
        if isfinite(quantile.level):
            where = f"from {level} on" if found.rises else f"up to {level}"
        else:
            where = "everywhere" if (quantile.level < 0) == found.rises else "nowhere"
        texts.append(f"{where} at {level_text(at, found.second, found.scenario)}")
    return (
        f"Along {first}, where {name} is more likely than not depends on "
        f"{path_text(found.second)}: {', '.join(texts[:-1])} and {texts[-1]}."
    )


def hysteresis_answer(found: Tipping) -> str:
    """Whether what is gained on the way up is kept on the way down, beyond lag."""
    both = found.hysteresis
    assert both is not None
    slowest, without = both.slowest, both.gap_without_lag()
    gap = mean_of(slowest.gaps())
    gained, lost = ("reached", "lost") if found.rises else ("lost", "reached")
    turned = 1 - slowest.up.share_never
    counted_as = " (runs in which it is not count 0)" if turned < 1 else ""
    text = (
        f"Up and down: with the level raised over {counted(slowest.ramp.days, 'day')} and lowered "
        f"again, {outcome_text(found, both.outcome)} is {gained} in {percent(turned)} of the runs "
        "on the way up. The gap, the level there minus that at which it turns back, is "
        f"{_mean_text(gap)} on average{counted_as}; at no speed it would be {_mean_text(without)}"
    )
    if both.is_more_than_lag():
        return (
            f"{text}: more than the lag of the ramp. Once {gained}, it is {lost} again only at a "
            "lower level (hysteresis)."
        )
    return f"{text}: no more than the lag of the ramp is seen."


def _runs_text(found: Tipping) -> str:
    what = cut(found.scenario.title, LONGEST_TITLE) or "untitled scenario"
    low, high = _ends(found)
    at_each = f" at each of {len(found.slices)} levels" if found.second else ""
    return (
        f"{what}: from {low} to {high}, {counted(found.n_runs, 'run')}{at_each}, each with a "
        f"threshold of its own, seed {found.seed}; {found.n_made:,} runs of the model in all"
    )


def _ends(found: Tipping) -> tuple[str, str]:
    """Ends of the path as texts."""
    levels = found.levels
    low, high = (level_text(end, levels, found.scenario) for end in (levels.low, levels.high))
    return low, high


def _quantile_table(found: Tipping) -> Table:
    """Levels of chances; where many runs are not monotone, those by which shares of runs turn."""
    rows, is_share = [], not found.is_mostly_monotone
    for quantile in found.quantiles:
        share = quantile.share if found.rises or is_share else 1 - quantile.share
        level = interval_text(quantile, found.levels, found.scenario)
        rows.append({"chance": f"{100 * share:.0f} %", "level": level})
    what = f"Chance of {outcome_text(found)}, and where it is so"
    if is_share:
        turned = "true" if found.rises else "false"
        what = f"Share of runs in which {outcome_text(found)} has turned {turned}, and by where"
    columns = {
        "chance": "share" if is_share else "chance",
        "level": path_text(found.levels, with_unit=True),
    }
    return Table(what, columns, tuple(rows))


def _curve_table(found: Tipping) -> Table:
    """Chances by level: of scanned runs where many are not monotone."""
    if not found.is_mostly_monotone:
        return _scan_table(found)
    curve = found.chances(found.levels.grid(N_LEVELS))
    rows = []
    parts = (column.tolist() for column in curve)
    for level, chance, low, high, band_low, band_high in zip(*parts, strict=True):
        digits = digits_of(100 * low, 100 * high)
        rows.append(
            {
                "level": level_text(level, found.levels, found.scenario),
                "chance": f"{percent(chance)}",
                "alone": f"{100 * low:z.{digits}f} to {100 * high:z.{digits}f}",
                "band": f"{100 * band_low:z.0f} to {100 * band_high:z.0f}",
            }
        )
    columns = {
        "level": path_text(found.levels, with_unit=True),
        "chance": "chance",
        "alone": "by itself",
        "band": "all together",
    }
    return Table(f"Chance of {outcome_text(found)} by level", columns, tuple(rows), drop=("band",))


def _scan_table(found: Tipping) -> Table:
    listed = found.scan.lowest.levels.grid(N_LEVELS)
    cells = list(scan_rows(found))
    rows = []
    for each in (cells[at] for at in listed.tolist()):
        digits = digits_of(100 * each["low"], 100 * each["high"])
        rows.append(
            {
                "level": level_text(each["level"], found.levels, found.scenario),
                "chance": percent(each["share"]),
                "alone": f"{100 * each['low']:z.{digits}f} to {100 * each['high']:z.{digits}f}",
            }
        )
    columns = {
        "level": path_text(found.levels, with_unit=True),
        "chance": "chance",
        "alone": "95 %",
    }
    title = f"Chance of {outcome_text(found)} by level, of {found.scan.n_runs:,} scanned runs"
    return Table(title, columns, tuple(rows))


def _plane_table(found: Tipping) -> Table:
    assert found.second is not None
    low, high = _ends(found)
    rows = []
    for each, (at, quantile) in zip(found.slices, found.even(), strict=True):
        rows.append(
            {
                "second": level_text(at, found.second, found.scenario),
                "level": interval_text(quantile, found.levels, found.scenario),
                "low": percent(each.at_low),
                "high": percent(each.at_high),
            }
        )
    name = outcome_text(found)
    title, level = f"Where the chance of {name} is even", "even"
    if not found.is_mostly_monotone:
        title, level = f"Where the median run first turns, {name}", "first turn"
    columns = {
        "second": path_text(found.second, with_unit=True),
        "level": f"{level} at {path_text(found.levels, with_unit=True)}",
        "low": f"at {low}",
        "high": f"at {high}",
    }
    return Table(title, columns, tuple(rows), drop=("low", "high"))


def _ramp_table(found: Tipping, both: Hysteresis) -> Table:
    rows = []
    for loop, (up, down) in zip(both.loops, both.quantiles(), strict=True):
        rows.append(
            {
                "days": f"{loop.ramp.days:,}",
                "turned": percent(1 - loop.up.share_never),
                "up": interval_text(up, loop.up.levels, found.scenario),
                "down": interval_text(down, loop.down.levels, found.scenario),
                "gap": _mean_text(mean_of(loop.gaps())),
            }
        )
    rows.append({"days": "no speed", "gap": _mean_text(both.gap_without_lag())})
    columns = {
        "days": "days up",
        "turned": "turned",
        "up": "half of the runs by",
        "down": "back in half by",
        "gap": "mean gap",
    }
    name = outcome_text(found, both.outcome)
    return Table(f"Ramps, {name}", columns, tuple(rows), drop=("turned", "down"))


def _nation_blocks(found: Tipping, asked: Sequence[str] | None) -> Iterator[Block]:
    """Nations by the level at which they are public in half of the scanned runs."""
    medians = {each.nation: each.thresholds.quantile(0.5) for each in found.nations}
    between = [each for each in found.nations if isfinite(medians[each.nation].level)]
    listed = sorted(between, key=lambda each: medians[each.nation].level)[:MAX_NATIONS]
    if asked is not None:
        by_id = {each.nation: each for each in found.nations}
        listed = [by_id[nation] for nation in (by_id if tuple(asked) == ALL_NATIONS else asked)]
    low, high = _ends(found)
    if listed:
        yield Table(
            f"Nations, public at the end of {counted(found.scan.n_runs, 'scanned run')}",
            {"nation": "", "low": f"at {low}", "even": "in half of the runs", "high": f"at {high}"},
            tuple(_nation_row(found, each, medians[each.nation]) for each in listed),
            drop=("low", "high"),
        )
    if asked is None:
        outside = [each for each in found.nations if each not in between]
        n_public = sum((medians[each.nation].level < 0) == each.rises for each in outside)
        n_more = len(between) - len(listed)
        more = f"and {n_more:,} more between the ends; " if n_more else ""
        yield Note(
            f"{more}{n_public:,} are public in half of the runs at every level, "
            f"{len(outside) - n_public:,} at none (--nations all lists every one; more --scanned "
            "narrow their levels)",
            tight=bool(listed),
        )


def _nation_row(found: Tipping, each: NationLevels, median: Quantile) -> dict[str, str]:
    level = interval_text(median, each.thresholds.levels, found.scenario)
    return {
        "nation": nation_label(each.nation, each.name),
        "low": percent(each.at_low),
        "even": level if each.rises else f"up to {level}",
        "high": percent(each.at_high),
    }


def _sharpened_text(found: Tipping) -> str:
    root = found.sharpened
    assert root is not None
    what = f"the chance of {outcome_text(found)} is {100 * root.chance:g} %"
    if not root.n_runs:
        return f"Not sharpened: {what} nowhere between the ends."
    level = interval_text(Quantile(*root[:4]), found.levels, found.scenario)
    text = f"Sharpened: {what} at {level}, by {root.n_runs:,} runs near it"
    if not root.fits:
        return (
            f"{text}; but their chances follow no smooth curve, so that this interval is not to be "
            "trusted, and more runs of bisection (--runs) are the way."
        )
    if not root.is_reached:
        return f"{text}, which is not within {root.precision:.2g}: more --runs make more of them."
    return f"{text}, each with luck of its own."


def _share_text(share: Mean) -> str:
    low, high = 100 * share.low, 100 * share.high
    digits = max(1, digits_of(low, high))
    return f"{100 * share.mean:z.{digits}f} % ({low:z.{digits}f} to {high:z.{digits}f})"


def _share_cells(share: Mean) -> dict[str, float]:
    return {"share": share.mean, "low": share.low, "high": share.high}


def _mean_text(mean: Mean) -> str:
    digits = digits_of(mean.low, mean.high)
    text = f"{mean.mean:z.{digits}f}"
    return (
        f"{text} ({mean.low:z.{digits}f} to {mean.high:z.{digits}f})"
        if isfinite(mean.low)
        else f"{text} (no interval, of a single run)"
    )


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def tipping_json(found: Tipping) -> dict[str, Any]:
    """What `willing tipping --json` prints: all but the threshold of each run."""
    rows = {name: each for name, each in table_rows(found).items() if name != "thresholds"}
    scan, both = found.scan, found.hysteresis
    told: dict[str, Any] = {
        "schema": JSON_SCHEMA,
        "scenario": {"title": found.scenario.title, "digest": found.scenario.digest},
        "outcome": found.outcome,
        "along": [
            {"path": each.path, "low": each.low, "high": each.high, "spacing": each.spacing}
            for each in (found.levels, found.second)
            if each is not None
        ],
        "direction": "rises" if found.rises else "falls",
        "seed": found.seed,
        "n_runs": found.n_runs,
        "n_made": found.n_made,
        "answer": plane_answer(found) if found.second else answer(found),
        "how_sure": how_sure(found),
        "not_monotone": {
            "n_runs": scan.n_runs,
            **_share_cells(scan.not_monotone()),
            "missed": _share_cells(scan.missed()),
            "mean_level": scan.lowered()._asdict(),
        },
        **rows,
        "sharpened": None,
        "hysteresis": None,
    }
    if found.sharpened is not None:
        root = found.sharpened
        row = quantile_row(Quantile(*root[:4]))
        told["sharpened"] = {
            "chance": root.chance,
            **{key: cell for key, cell in row.items() if key != "share"},
            "n_runs": root.n_runs,
            "precision": root.precision,
            "is_reached": root.is_reached,
            "fits": root.fits,
        }
    if both is not None:
        ends = both.ends_without_lag()
        told["hysteresis"] = {
            "outcome": both.outcome,
            "answer": hysteresis_answer(found),
            "gaps": [
                {"days": loop.ramp.days, **mean_of(loop.gaps())._asdict()} for loop in both.loops
            ],
            "without_lag": both.gap_without_lag()._asdict(),
            "without_lag_linear": both.gap_without_lag(1.0)._asdict(),
            "up_without_lag": ends[0]._asdict(),
            "down_without_lag": ends[1]._asdict(),
            "is_more_than_lag": both.is_more_than_lag(),
        }
    return dict(json_ready(told))
