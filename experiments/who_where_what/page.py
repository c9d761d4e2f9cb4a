"""The page that a minister could read, from ``page.md`` and the tables of the study."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from scipy.stats import spearmanr

import sim
from sim.report.comparison import with_interval
from sim.results.estimates import Interval
from sim.results.format import digits_of, percent

FOLDER = Path(__file__).resolve().parent

Row = dict[str, str]
Tables = dict[str, list[Row]]

PARIS = sim.load_scenario("paris_2025")
NOW = PARIS.conditions["us_backing"].level
"""The scenario's level of US backing."""

SETS = {
    "fitted": "fitted, at the most likely values",
    "drawn": "all numbers drawn",
    "theory": "example as theory has it",
    "judged": "set by judgement",
}

INPUTS = (
    *("conditions.us_backing.level=0.1:0.9", "conditions.ukrainian_acceptability.level"),
    *("commitment.requirement", "tempo", "nations.*.stake", "nations.*.support"),
    *("events.*.weight", "draws"),
)
"""Inputs whose shares are asked for."""

WHO = {
    "conditions.us_backing.level": "Washington",
    "conditions.ukrainian_acceptability.level": "Kyiv",
    "commitment.requirement": "defence staffs",
    "tempo": "the leaders: how hard they press",
    "nations.*.stake": "each capital",
    "nations.*.support": "pollsters",
    "events.*.weight": "nobody by Friday: what a meeting does",
    "draws.judged": "nobody by Friday: how nations respond",
    "draws.fitted": "nobody by Friday: how nations respond, as past coalitions tell it",
    "draws.others": "nobody: it has not happened yet",
}
"""Who could tell an input, by its name."""

NAMES = {
    "commitment.requirement": "force that is required",
    "nations.*.stake": "what is at stake for each nation",
    "nations.*.support": "support at home in each nation",
    "events.*.weight": "weight of meetings",
    "draws.judged": "numbers of the behaviour set by judgement",
    "draws.fitted": "numbers of the behaviour fitted to history",
    "draws.others": "votes, ultimatums and lists that nobody has scheduled",
}
"""What the page calls an input, where its label says too little."""

ASKED = tuple(name for name, who in WHO.items() if not who.startswith("nobody"))


def read_tables(folder: Path) -> Tables:
    """The tables of a folder by name; every cell is text."""
    found = {}
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            found[path.stem] = list(csv.DictReader(file))
    return found


def page_of(tables: Tables) -> str:
    """The page, with every number from the tables."""
    fields = who_fields(tables) | where_fields(tables) | what_fields(tables)
    fields["commands"] = "\n".join(commands(tables))
    return (FOLDER / "page.md").read_text(encoding="utf-8").format(**fields)


def commands(tables: Tables) -> Iterator[str]:
    """Commands that give the numbers of the page again, but for the figure of peers."""
    for row in tables["sets"]:
        options = f"{row['options']} " if row["options"] else ""
        yield f"willing keystone paris_2025 {options}--runs {row['runs']} --seed 1"
    along = "willing tipping paris_2025 --along conditions.us_backing.level --back"
    for options in ("", " --parameters posterior"):
        runs, scanned = (tables["levels"][0][name] for name in ("runs", "scanned"))
        yield f"{along}{options} --runs {runs} --scanned {scanned} --seed 1"
    both = " ".join(f"experiments/who_where_what/{name}.yaml" for name in ("backed", "withdrawn"))
    yield f"willing compare {both} --runs {tables['withdrawn'][0]['runs']} --seed 1"
    inputs = " ".join(
        f"--inputs '{each}'" if "*" in each else f"--inputs {each}" for each in INPUTS
    )
    sensitivity = "willing sensitivity paris_2025 --parameters posterior"
    seeds = "--outcome success --outcome size --seed 1 --design-seed 1"
    yield f"{sensitivity} {inputs} {seeds} --points {tables['luck'][0]['asked']}"
    yield f"{sensitivity} --method morris {seeds} --points {tables['screening'][0]['asked']}"


def estimate(row: Row, name: str, mark: str = "_") -> Interval:
    """A number of a row with the ends of its interval."""
    return Interval(*(float(row[f"{name}{end}"]) for end in ("", f"{mark}low", f"{mark}high")))


def told(found: Interval, scale: float = 1.0) -> str:
    """A number without a sign, with its interval."""
    number, low, high = (scale * float(part) for part in found)
    digits = digits_of(low, high)
    return f"{number:z.{digits}f} ({low:z.{digits}f} to {high:z.{digits}f})"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Rows in Markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def only(rows: Sequence[Row], **wanted: str) -> list[Row]:
    """Rows with given cells."""
    return [row for row in rows if all(row[name] == value for name, value in wanted.items())]


# Who should announce first


def ranked(tables: Tables, numbers: str) -> list[Row]:
    """Nations that may join under a set of numbers, the first of them first."""
    rows = [row for row in only(tables["announcements"], numbers=numbers) if row["rank"]]
    return sorted(rows, key=lambda row: int(row["rank"]))


def ties_text(rank_high: int) -> str:
    """Who may be first in place of the one that seems to be, by the end of its rank."""
    others = {1: "", 2: " or one other"}
    return others.get(rank_high, f" or one of up to {rank_high - 1} others")


def n_clear(rows: Sequence[Row], sign: int) -> int:
    """How many effects on the others are below 0, or above it, with their intervals."""
    return sum(sign * float(row["others_low" if sign > 0 else "others_high"]) > 0 for row in rows)


def who_fields(tables: Tables) -> Row:
    """What the page says on announcements."""
    rows, fields = [], {}
    for numbers, words in SETS.items():
        of_set, nations = only(tables["sets"], numbers=numbers)[0], ranked(tables, numbers)
        first, effects = nations[0], [float(row["others"]) for row in nations]
        fields |= {
            f"{numbers}_first": first["label"],
            f"{numbers}_place": f"{first['label']}{ties_text(int(first['rank_high']))}",
            f"{numbers}_effect": with_interval(*estimate(first, "others")),
            f"{numbers}_ranks": f"1 to {first['rank_high']} of {len(nations)}",
            f"{numbers}_mean": with_interval(*estimate(of_set, "mean")),
            f"{numbers}_most": f"{max(map(abs, effects)):.2f}",
            f"{numbers}_below": str(n_clear(nations, -1)),
            f"{numbers}_above": str(n_clear(nations, 1)),
            f"{numbers}_n": str(len(nations)),
            f"{numbers}_size": f"{float(of_set['size']):.1f}",
        }
        rows.append(
            [
                f"*{numbers}*: {words}",
                *(of_set[name] for name in ("peers", "announcing", "declining")),
                f"{first['label']}, {with_interval(*estimate(first, 'others'))}",
                f"1 to {first['rank_high']} of {len(nations)}",
                f"{n_clear(nations, -1)}, {n_clear(nations, 1)}",
                with_interval(*estimate(of_set, "mean")),
            ]
        )
    heads = (
        *("numbers of the behaviour", "peers", "momentum in announcing", "in declining"),
        *("first, and its effect", "its rank", "take away, add", "mean of all"),
    )
    success = [float(row["success"]) for row in ranked(tables, "fitted")]
    return fields | {
        "sets": table(heads, rows),
        "runs": f"{int(tables['sets'][0]['runs']):,}",
        "most": f"{max(float(fields[f'{numbers}_most']) for numbers in SETS):.2f}",
        "success_least": f"{100 * min(success):.1f}",
        "success_most": f"{100 * max(success):.1f}",
        "fewer_runs": f"{float(tables['sets'][0]['fewer_runs'] or 'nan'):.0f}",
        **peers_fields(tables),
    }


def peers_fields(tables: Tables) -> Row:
    """Where the sign of the mean effect turns along peers, by momentum in announcing and declining.

    Of the four lines, ``a`` has both as fitted, ``b`` none in declining, ``c`` and ``d`` that of
    theory in announcing.
    """
    fields = {"peers_runs": tables["peers"][0]["runs"]}
    fields["peers_most"] = f"{max(float(row['peers']) for row in tables['peers']):g}"
    lines = dict.fromkeys((row["announcing"], row["declining"]) for row in tables["peers"])
    for name, (announcing, declining) in zip("abcd", lines, strict=True):
        line = only(tables["peers"], announcing=announcing, declining=declining)
        below = [row["peers"] for row in line if float(row["mean_high"]) < 0]
        above = [row["peers"] for row in line if float(row["mean_low"]) > 0]
        fields[f"below_{name}"] = f"{float(below[-1]):g}" if below else "none"
        fields[f"above_{name}"] = f"{float(above[0]):g}" if above else "none"
    for row in tables["fit"]:
        name = row["parameter"].split()[-1]
        fields[f"fit_{name}"] = f"{float(row['estimate']):.1f} ± {float(row['error']):.1f}"
    return fields


# How much US backing


def level_text(row: Row) -> str:
    """The level at which the chance is a given one, or that there is none."""
    level, low, high = (float(row[name]) for name in ("level", "low", "high"))
    if level == float("inf"):
        return "none up to 0.99"
    ends = [f"{low:.2f}" if low > float("-inf") else "below 0.01"]
    ends.append(f"{high:.2f}" if high < float("inf") else "above 0.99")
    return f"{level:.2f} ({ends[0]} to {ends[1]})"


def where_fields(tables: Tables) -> Row:
    """What the page says on US backing."""
    fields: Row = {}
    shares = list(dict.fromkeys(row["share"] for row in tables["levels"]))
    for numbers in ("fitted", "drawn"):
        even = only(tables["levels"], numbers=numbers, share="0.5")[0]
        curve = only(tables["backing"], numbers=numbers)
        fields[f"{numbers}_even"] = level_text(even)
        fields[f"{numbers}_top"] = f"{told(chance_of(curve[-1]), 100)} %"
        near = min(curve, key=lambda row: abs(float(row["level"]) - NOW))
        fields[f"{numbers}_now"] = f"{told(chance_of(near), 100)} %"
        fields[f"{numbers}_twice"] = f"{told(estimate(even, 'twice'), 100)} %"
        slowest, no_speed = (
            only(tables["ramps"], numbers=numbers, days=days)[0]
            for days in (tables["ramps"][0]["days"], "no speed")
        )
        fields |= {
            f"{numbers}_gap": told(estimate(slowest, "gap")),
            f"{numbers}_no_lag": told(estimate(no_speed, "gap")),
            f"{numbers}_turned": percent(float(slowest["turned"])),
            f"{numbers}_loop": ", ".join(
                f"{float(slowest[name]):.1f}" for name in ("size_low", "size_high", "size_back")
            ),
        }
        for backing in ("stays", "goes"):
            row = only(tables["withdrawn"], numbers=numbers, backing=backing)[0]
            for name in ("on_day", "at_end"):
                fields[f"{numbers}_{backing}_{name}"] = told(estimate(row, name))
            for name in ("kept", "later"):
                fields[f"{numbers}_{backing}_{name}"] = f"{told(estimate(row, name), 100)} %"
    rows = [
        [f"{100 * float(share):.0f} %"]
        + [
            level_text(only(tables["levels"], numbers=numbers, share=share)[0])
            for numbers in ("fitted", "drawn")
        ]
        for share in shares
    ]
    heads = ("chance of success", *(f"level, *{name}*" for name in ("fitted", "drawn")))
    held = [
        [
            f"*{numbers}*",
            "stays at 0.8" if backing == "stays" else "falls to 0.1 on 8 June",
            *(
                fields[f"{numbers}_{backing}_{name}"]
                for name in ("on_day", "at_end", "kept", "later")
            ),
        ]
        for numbers in ("fitted", "drawn")
        for backing in ("stays", "goes")
    ]
    held_heads = (
        *("numbers", "US backing", "public, 8 June", "public, 6 September"),
        *("of runs with 20 on 8 June, still 20", "of runs without success by then, success"),
    )
    return fields | {
        "levels": table(heads, rows),
        "held": table(held_heads, held),
        "now": f"{NOW:g}",
        "backing_asked": f"{PARIS.success.conditions['us_backing']:g}",
        "size_asked": f"{PARIS.success.public_size:g}",
        "level_runs": f"{int(tables['levels'][0]['runs']):,}",
        "ramp_days": tables["ramps"][0]["days"],
        "withdrawn_runs": f"{int(tables['withdrawn'][0]['runs']):,}",
    }


def chance_of(row: Row) -> Interval:
    """The chance at a level with its interval."""
    return Interval(*(float(row[name]) for name in ("share", "low", "high")))


# What to find out


def what_fields(tables: Tables) -> Row:
    """What the page says on what is uncertain."""
    by_outcome = {
        outcome: {row["input"]: row for row in only(tables["inputs"], outcome=outcome)}
        for outcome in ("success", "size")
    }
    success, size = by_outcome["success"], by_outcome["size"]
    rows = [
        [
            NAMES.get(name, row["label"]),
            row["range"].replace(" (log)", "").replace(", even in its logarithm", ""),
            WHO[name],
            share_text(row),
            ends_text(row, is_chance=True),
            share_text(size[name]),
            ends_text(size[name], is_chance=False),
        ]
        for name, row in success.items()
    ]
    luck = {row["outcome"]: row for row in tables["luck"]}
    chances = [chance_share(luck[outcome]) for outcome in ("success", "size")]
    rows.append(["chance", "", "nobody", share_of(chances[0]), "", share_of(chances[1]), ""])
    heads = (
        *("what", "range", "who could tell", "share of success, %", "success, low to high"),
        *("share of public nations, %", "nations, low to high"),
    )
    asked = [row for name, row in success.items() if name in ASKED]
    sums = [sum(float(row[f"share{end}"]) for row in asked) for end in ("", ".low", ".high")]
    first = max(asked, key=lambda row: float(row["share"]))
    unasked = [row for name, row in success.items() if name not in ASKED]
    sizes = only(tables["screening"], outcome="success")
    left_out = [
        f"{row['label']} {told(estimate(row, 'size', '.'))}"
        for row in only(sizes, is_in_split="False")
    ]
    return {
        "inputs": table(heads, rows),
        "asked_first": first["label"].removesuffix(": level"),
        "asked_first_range": first["range"],
        "asked_first_share": f"{share_text(first)} %",
        "asked_first_ends": ends_text(first, is_chance=True),
        "asked_sum": f"{share_of(Interval(*map(float, sums)))} %",
        "asked_first_size": told(estimate(only(sizes, input=first["input"])[0], "size", ".")),
        "unasked_first_share": (
            f"{share_text(max(unasked, key=lambda row: float(row['share'])))} %"
        ),
        "chance_share": f"{share_of(chances[0])} %",
        "size_chance_share": f"{share_of(chances[1])} %",
        "judged_size_share": f"{share_text(size['draws.judged'])} %",
        "n_screened": str(len(sizes)),
        "left_out": "; ".join(left_out[:3]),
        "points": f"{int(tables['luck'][0]['points']):,}",
        "point_runs": tables["luck"][0]["runs"],
    }


def share_text(row: Row) -> str:
    """A share of the variance in percent with its interval."""
    return share_of(estimate(row, "share", "."))


def share_of(found: Interval) -> str:
    """A share in percent with its interval, within 0 and 100."""
    number, low, high = (100 * min(1.0, max(0.0, float(part))) for part in found)
    digits = digits_of(low, high) if f"{low:.0f}" == f"{high:.0f}" else 0
    return f"{number:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def ends_text(row: Row, is_chance: bool) -> str:
    """The outcome where an input is low and where it is high; empty where it has no ends."""
    if row["at_low"] == "nan":
        return ""
    ends = (float(row["at_low"]), float(row["at_high"]))
    return " to ".join(percent(end) if is_chance else f"{end:.1f}" for end in ends)


def chance_share(row: Row) -> Interval:
    """The share of chance: all that is not the inputs'."""
    low, high = (1 - float(row[f"inputs.{end}"]) for end in ("high", "low"))
    return Interval(1 - float(row["inputs"]), low, high)


# Whether the words hold


def contradictions(tables: Tables) -> list[str]:
    """What ``page.md`` says in words and the tables do not bear out."""
    return [text for text, holds in _claims(tables) if not holds]


def _claims(tables: Tables) -> Iterator[tuple[str, bool]]:
    sets = {numbers: ranked(tables, numbers) for numbers in SETS}
    for numbers, sign in (("fitted", -1), ("drawn", -1), ("theory", 1), ("judged", 1)):
        is_clear = n_clear(sets[numbers], sign) == len(sets[numbers])
        yield f"{numbers}: every announcement changes the others in one direction", is_clear
    for numbers, sign in (("fitted", 1), ("drawn", 1), ("judged", -1)):
        found = _rank_correlation(sets[numbers])
        yield f"{numbers}: who is likely to come anyway changes least", sign * found > 0.5
    drawn = only(tables["levels"], numbers="drawn", share="0.5")[0]
    yield "drawn: no level makes success likelier than not", drawn["low"] == "inf"
    gaps = [float(row["gap_high"]) for row in tables["ramps"]]
    yield "no gap between the ways up and down is above 0", max(gaps) < 0
    held = {(row["numbers"], row["backing"]): row for row in tables["withdrawn"]}
    for numbers in ("fitted", "drawn"):
        stays, goes = (held[numbers, backing] for backing in ("stays", "goes"))
        yield f"{numbers}: nine in ten keep twenty without backing", float(goes["kept_low"]) > 0.9
        is_less = float(goes["at_end_high"]) < float(stays["at_end_low"])
        yield f"{numbers}: fewer come once backing is withdrawn", is_less
        yield f"{numbers}: hardly any succeed without backing", float(goes["later_high"]) < 0.05
    shares = [row for row in only(tables["inputs"], outcome="success") if row["input"] in ASKED]
    first, second = sorted(shares, key=lambda row: -float(row["share"]))[:2]
    is_first = float(first["share.low"]) > float(second["share.high"])
    is_backing = first["input"] == "conditions.us_backing.level"
    yield "US backing has the largest share of what can be asked about", is_backing and is_first


def _rank_correlation(rows: Sequence[Row]) -> float:
    """Of the chance of being public in the base with the effect on the others."""
    columns = [[float(row[name]) for row in rows] for name in ("public", "others")]
    return float(spearmanr(*columns).statistic)
