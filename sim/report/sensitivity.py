"""A sensitivity analysis as blocks and as JSON, with one sentence that says what it found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isnan
from typing import Any

from sim.report.blocks import Block, Note, Table, Text
from sim.report.html import to_html
from sim.results.estimates import Interval
from sim.results.format import counted, cut, digits_of, json_ready, number
from sim.studies.design.outcomes import Outcome, outcome_label
from sim.studies.sensitivity.result import Sensitivity
from sim.studies.sensitivity.screening import Screening
from sim.studies.sensitivity.variance import VarianceSplit

JSON_SCHEMA = "willing.sensitivity/1"

LONGEST_INPUT, MOST_SHOWN = 44, 12
"""Letters of an input, and inputs that are listed; the tables hold all."""

OF_SHARES = (
    "Share: of the variance of the outcome over runs, inputs drawn from these ranges: Shapley "
    "effects on its chance or mean, which add up to that of all inputs. Chance is luck by itself, "
    "the same good or bad luck whatever the inputs, and what luck and inputs do together; luck is "
    "all that is random in a run, with what the scenario draws and is no input here. Another "
    "coupling of random numbers would split the two otherwise, and leave their sum. Low, high: the "
    "outcome where the input is in the lowest and in the highest tenth of its range."
)
OF_INDICES = (
    "First: order, of the input alone. Total: with all that it has a part in. One luck: of the "
    "outcome of a run, points sharing their random numbers, variances summed over {lucks} before "
    "they are divided; what an input does together with luck is its own. Chance or mean: over "
    "lucks. Intervals of 95 %, from {blocks} of points and lucks; estimates may lie a little "
    "outside 0 to 1."
)
OF_SCREENING = (
    "Size: mean change of the outcome of a run, in either direction, over a full range, as an "
    "input steps by half of it and luck stays the same; without a low and a high, between drawn "
    "values, times 3. Effect: mean change from low to high. "
    "Spread: standard deviation of the effect on the chance or mean between points; large where it "
    "bends, or hangs on other inputs. Intervals of 95 %, from {blocks} of trajectories and lucks."
)
CAVEAT = (
    "All this holds for these ranges: a wider range makes an input matter more. Inputs are drawn "
    "independently of each other. What is not varied, and the model, is not questioned."
)


def sensitivity_html(found: Sensitivity) -> str:
    """What `willing sensitivity` prints, as a piece of a page."""
    return to_html(sensitivity_blocks(found))


def sensitivity_blocks(found: Sensitivity) -> list[Block]:
    """One sentence an outcome, then its tables."""
    study = found.study
    size = study.size
    points = f"{counted(size.n_all, 'point')} of {counted(study.n_runs, 'run')}"
    n_lucks = size.n_blocks * study.n_runs
    title = cut(found.scenario.title, 60) or "untitled scenario"
    verb = "hangs" if len(found.outcomes) == 1 else "hang"
    blocks: list[Block] = [
        Text(f"{title}: what {_outcomes_text(found)} {verb} on", is_title=True),
        Text(
            f"{counted(len(found.inputs), 'input')}, {points}, seed {study.seed}",
            tight=True,
        ),
    ]
    for outcome in study.outcomes:
        of = found.found[outcome.name]
        if isinstance(of, Screening):
            blocks += _screening_blocks(found, outcome, of)
        else:
            blocks += _split_blocks(found, outcome, of)
    lucks, of_blocks = counted(n_lucks, "luck"), counted(size.n_blocks, "block")
    texts = [OF_SCREENING] if found.is_screening else [OF_SHARES, OF_INDICES]
    notes = [each.format(lucks=lucks, blocks=of_blocks) for each in (*texts, CAVEAT)]
    return [*blocks, *(Note(each, tight=False) for each in notes)]


def _outcomes_text(found: Sensitivity) -> str:
    labels = [outcome_label(found.scenario, each) for each in found.study.outcomes]
    return " and ".join([", ".join(labels[:-1]), labels[-1]] if len(labels) > 1 else labels)


def sentence(found: Sensitivity, outcome: str | None = None) -> str:
    """What matters most to an outcome and how sure that is, and how much is chance."""
    asked = found.outcome(outcome)
    of = found.found[asked.name]
    label = outcome_label(found.scenario, asked)
    labels = [cut(found.inputs[place].label, LONGEST_INPUT) for place in found.order(asked.name)]
    order = found.order(asked.name)
    if isinstance(of, Screening):
        return _screening_sentence(of, label, labels, order)
    if not of.variance.estimate > 0:
        return f"{_first_up(label)}: the same in every run, so no input matters in these ranges."
    top = _percents(Interval(*(part[order[0]] for part in of.shares)))
    of_inputs = Interval(*(part[0] for part in of.parts))
    chance = Interval(*(1.0 - part for part in (of_inputs.estimate, of_inputs.high, of_inputs.low)))
    rest = f"All inputs together {_percents(of_inputs)}; the rest, {_percents(chance)}, is chance."
    if not of.shares.low[order[0]] > 0:
        return f"No input by itself clearly matters to {label}. {rest}"
    text = f"{_first_up(top)} of what is uncertain about {label} comes from {labels[0]}"
    if len(labels) == 1:
        return f"{text}; the rest, {_percents(chance)}, is chance."
    rivals = _rivals(of, labels)
    if not rivals:
        return f"{text}, more than from any other input. {rest}"
    return f"{text}; whether more comes from {one_of(rivals)} is not clear. {rest}"


def _rivals(of: VarianceSplit | Screening, labels: Sequence[str]) -> list[str]:
    """Inputs that may matter more than the one that seems to matter most, as labels in order."""
    is_behind = of.leads.low > 0
    return [label for label, behind in zip(labels[1:], is_behind, strict=True) if not behind]


def one_of(labels: Sequence[str]) -> str:
    """The first of some labels, and how many more there are.

    Examples
    --------
    >>> one_of(["tempo"]), one_of(["tempo", "stake"]), one_of(["tempo", "stake", "support"])
    ('tempo', 'tempo or stake', 'tempo or one of 2 others')
    """
    if len(labels) <= 2:
        return " or ".join(labels)
    return f"{labels[0]} or one of {len(labels) - 1} others"


def _screening_sentence(
    of: Screening, label: str, labels: Sequence[str], order: Sequence[int]
) -> str:
    """What changes an outcome most."""
    if not of.size.estimate[order[0]] > 0:
        return f"{_first_up(label)}: the same in every run, so no input changes it in these ranges."
    text = f"{labels[0]} changes {label} most"
    rivals = _rivals(of, labels)
    if rivals:
        text = f"{labels[0]} changes {label}; whether {one_of(rivals)} does so more is not clear"
    n_none = int((of.size.estimate == 0).sum())
    if n_none:
        text += f"; {counted(n_none, 'input')} of {len(order)} changed it in no run"
    return f"{text}."


def _first_up(text: str) -> str:
    return text[:1].upper() + text[1:]


def _percents(of: Interval) -> str:
    """A share by its interval, in percent, which holds no more than all.

    Examples
    --------
    >>> import numpy as np
    >>> _percents(Interval(*map(np.array, (0.75, 0.7, 0.803)))), _percents(Interval(0.5, 0.5, 0.5))
    ('70 to 80 %', '50 %')
    >>> _percents(Interval(*map(np.array, (0.001, -0.002, 0.004))))
    'less than 1 %'
    """
    ends = [100 * min(1.0, max(0.0, float(end))) for end in of[1:]]
    low, high = (f"{end:.0f}" for end in ends)
    if high == "0" and ends[1] > 0:
        return "less than 1 %"
    if low == "100" and ends[0] < 100:
        return "more than 99 %"
    return f"{low} %" if low == high else f"{low} to {high} %"


def _with_ends(of: Interval, place: int, scale: float = 1.0, digits: int | None = None) -> str:
    """An estimate with its interval; empty where there is none."""
    estimate, low, high = (scale * float(part[place]) for part in of)
    if isnan(estimate):
        return ""
    if low == high:  # the same in all blocks, which few points do not make certain
        digits = digits_of(low, high) if digits is None else digits
        return "none seen" if estimate == 0 else f"{estimate:.{digits}f} in all blocks"
    # More digits where the ends would look the same.
    if digits is None or f"{low:.{digits}f}" == f"{high:.{digits}f}":
        digits = digits_of(low, high)
    return f"{estimate:z.{digits}f} ({low:z.{digits}f} to {high:z.{digits}f})"


def _split_blocks(found: Sensitivity, outcome: Outcome, of: VarianceSplit) -> Iterator[Block]:
    label, mean = outcome_label(found.scenario, outcome), _mean_word(outcome)
    yield Text(sentence(found, outcome.name))
    if not of.variance.estimate > 0:
        return
    order = found.order(outcome.name)
    shown = order[:MOST_SHOWN]
    scale = 100.0 if outcome.is_chance else 1.0
    unit = ", %" if outcome.is_chance else ""
    names = [cut(found.inputs[place].label, LONGEST_INPUT) for place in shown]
    yield Table(
        f"What {label} hangs on",
        {
            "input": "",
            "range": "range",
            "share": "share, %",
            "low": f"low{unit}",
            "high": f"high{unit}",
        },
        (
            *(
                {
                    "input": name,
                    "range": found.inputs[place].range,
                    "share": _with_ends(of.shares, place, 100.0, 0),
                    "low": _end(of, place, 0, scale),
                    "high": _end(of, place, 1, scale),
                }
                for name, place in zip(names, shown, strict=True)
            ),
            *(
                {"input": text, "share": _with_ends(of.parts, part, 100.0, 0)}
                for part, text in enumerate(
                    ("all inputs", "luck by itself", "luck and inputs together")
                )
            ),
        ),
        drop=("range", "low", "high"),
    )
    if len(order) > len(shown):
        n_more = f"{len(order) - len(shown):,} more"
        yield Note(f"and {n_more} inputs, with smaller shares, in inputs.csv and --json")
    yield Table(
        f"Sobol' indices of {label}",
        {
            "input": "",
            "first_runs": "first, one luck",
            "total_runs": "total, one luck",
            "first_chance": f"first, {mean}",
            "total_chance": f"total, {mean}",
        },
        tuple(
            {
                "input": name,
                "first_runs": _with_ends(of.runs.first, place, digits=2),
                "total_runs": _with_ends(of.runs.total, place, digits=2),
                "first_chance": _with_ends(of.chance.first, place, digits=2),
                "total_chance": _with_ends(of.chance.total, place, digits=2),
            }
            for name, place in zip(names, shown, strict=True)
        ),
        drop=("first_chance", "total_chance"),
    )


def _mean_word(outcome: Outcome) -> str:
    return "chance" if outcome.is_chance else "mean"


def _end(of: VarianceSplit, place: int, end: int, scale: float) -> str:
    """Mean outcome at one end of an input."""
    values = [scale * float(part[place, end]) for part in of.ends]
    if isnan(values[0]):
        return ""
    return f"{values[0]:z.{digits_of(values[1], values[2])}f}"


def _screening_blocks(found: Sensitivity, outcome: Outcome, of: Screening) -> Iterator[Block]:
    label = outcome_label(found.scenario, outcome)
    yield Text(sentence(found, outcome.name))
    shown = found.order(outcome.name)[:MOST_SHOWN]
    digits = 2 if outcome.is_chance else None
    yield Table(
        f"What changes {label}",
        {"input": "", "range": "range", "size": "size", "effect": "effect", "spread": "spread"},
        tuple(
            {
                "input": cut(found.inputs[place].label, LONGEST_INPUT),
                "range": found.inputs[place].range,
                "size": _with_ends(of.size, place, digits=digits),
                "effect": _with_ends(of.effect, place, digits=digits),
                "spread": number(float(of.spread.estimate[place])),
            }
            for place in shown
        ),
        drop=("range", "spread"),
    )
    n_more = len(found.inputs) - len(shown)
    if n_more > 0:
        yield Note(f"and {n_more:,} more inputs, of smaller size, in inputs.csv and --json")


def sensitivity_json(found: Sensitivity) -> dict[str, Any]:
    """What `willing sensitivity --json` prints."""
    study = found.study
    ready: dict[str, Any] = json_ready(
        {
            "schema": JSON_SCHEMA,
            "title": found.scenario.title,
            "digest": found.scenario.digest,
            "method": study.method,
            "n_points": study.size.n_all,
            "n_blocks": study.size.n_blocks,
            "runs": study.n_runs,
            "seed": study.seed,
            "design_seed": study.design_seed,
            "inputs": [
                {
                    "input": each.name,
                    "label": each.label,
                    "range": each.range,
                    "paths": [member.path for member in each.members],
                }
                for each in found.inputs
            ],
            "outcomes": [
                {
                    **found.outcome_row(name),
                    "sentence": sentence(found, name),
                    "inputs_by_share": list(found.input_rows(name)),
                }
                for name in found.outcomes
            ],
        }
    )
    return ready
