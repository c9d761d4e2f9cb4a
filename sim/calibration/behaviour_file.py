"""The text of a behaviour file that a fit made, which a scenario may name."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping
from math import exp
from typing import Any

from sim.calibration.calibration import Calibration
from sim.results.format import counted, cut
from sim.scenario.behaviour import EXIT_MOVES, INITIAL

ALWAYS = ("rate", "odds", "share")
"""Numbers that are written down even where they are 0; a coefficient of 0 is not."""

LONGEST_NAME, WIDTH = 60, 100

FROM_LEAST_TO_MOST = ("stake", "support", "bond", "capability")
"""Features of which 1 is the way from the least to the most."""


def behaviour_text(calibration: Calibration, title: str | None = None) -> str:
    """The behaviour of a calibration as a file, with a comment on each fitted coefficient.

    Parameters
    ----------
    calibration : Calibration
    title : str, optional
        Of the behaviour; by default it says how many coalitions it is fitted to.
    """
    names = [cut(each.name, LONGEST_NAME) for each in calibration.coalitions]
    of = counted(len(names), "past coalition")
    description = (
        "Rates per day and coefficients fitted to the records of past coalitions, at the posterior "
        "mode. Numbers without a comment were not fitted: they are those of the behaviour that the "
        "histories name."
    )
    fitted_to = f"Fitted by willing to {of}: {', '.join(names)}."
    lines = [
        *textwrap.wrap(fitted_to, WIDTH, initial_indent="# ", subsequent_indent="# "),
        "# Above each fitted number: the parameter that it comes from, its estimate ± standard",
        "# error and its prior, of rates and odds as natural logarithms, and what that means.",
        f"title: {json.dumps(title or f'Fitted to {of}')}",
        f"description: {json.dumps(description)}",
        "sources:",
    ]
    for each in calibration.coalitions:
        source = f"{each.name}: scenario {each.digest[:12]}, record {each.record[:12]}"
        lines.append(f"  - {json.dumps(source)}")
    comments = _comments(calibration)
    full = calibration.behaviour.model_dump(by_alias=True)
    for move, part in full.items():
        if part is None or not any(part.values()):
            continue
        lines.append("")
        if move not in (*EXIT_MOVES, INITIAL):
            lines += _part_lines(move, part, move, comments, "")
            continue
        lines.append(f"{move}:")
        for name, inner in part.items():
            if inner is not None:
                lines += _part_lines(name, inner, f"{move}.{name}", comments, "  ")
    return "\n".join(lines) + "\n"


def _comments(calibration: Calibration) -> dict[str, str]:
    """What to say of each fitted coefficient, by path."""
    found: dict[str, str] = {}
    for row, parameter in zip(
        calibration.rows(), calibration.fit.specification.parameters, strict=True
    ):
        for path, loading in parameter.on.items():
            times = "" if loading == 1.0 else f"{loading!r} times "
            text = f"{row['mode']:z.3f} ± {row['standard_error']:.3f}"
            prior = f"prior {parameter.mean!r} ± {parameter.sd!r}"
            before = f"{found[path]}; " if path in found else ""
            found[path] = f"{before}{times}{parameter.name}, {text} ({prior})"
    return found


def _part_lines(
    name: str, part: Mapping[str, Any], path: str, comments: Mapping[str, str], indent: str
) -> list[str]:
    """A move: on one line where nothing of it is fitted, else a number a line."""
    kept = {key: value for key, value in part.items() if value != 0.0 or key in ALWAYS}
    if not any(f"{path}.{key}" in comments for key in kept):
        numbers = ", ".join(f"{key}: {json.dumps(value)}" for key, value in kept.items())
        return [f"{indent}{name}: {{{numbers}}}"]
    lines = [f"{indent}{name}:"]
    for key, value in kept.items():
        comment = comments.get(f"{path}.{key}")
        if comment is not None:
            lines += [f"{indent}  # {comment}:", f"{indent}  # {in_words(key, value)}"]
        lines.append(f"{indent}  {key}: {json.dumps(value)}")
    return lines


def in_words(name: str, value: float) -> str:
    """What a fitted number means.

    Examples
    --------
    >>> in_words("rate", 0.001)
    'once in 1,000 days where every feature is neutral'
    >>> in_words("bond", 2.6)
    'from the least to the most, 13 times'
    """
    if name == "rate":
        return f"once in {1.0 / value:,.0f} days where every feature is neutral"
    if name == "odds":
        return f"{value:.2g} to 1 where every feature is neutral"
    what = "from the least to the most" if name in FROM_LEAST_TO_MOST else "for 1 more of it"
    return f"{what}, {float(f'{exp(value):.2g}'):,g} times"
