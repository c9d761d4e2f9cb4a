"""Commands that helps and pages show, as tests run them."""

from __future__ import annotations

import shlex

FEW_RUNS = ("--runs", "20", "--no-figures")
TWO_HISTORIES = ("histories/isaf_2001", "histories/libya_2011")
FEWEST_EVALUATIONS = ("--starts", "1", "--candidates", "25")
MAKES_RUNS = ("run", "sweep", "compare", "keystone", "tipping", "forecast")


def shortened(command: str) -> list[str]:
    """The words of a command after ``willing``: few runs or histories, coarse figures or none."""
    words = shlex.split(command, comments=True)[1:]
    match words[0]:
        case "plot" if "png" in words or "--format" not in words:
            return [*words, "--dpi", "40"]
        case "calibrate" | "backtest" as name:
            named = () if any("histories/" in word for word in words) else TWO_HISTORIES
            fewest = FEWEST_EVALUATIONS if name == "calibrate" else ()
            return [*words, *named, *fewest]
        case "sensitivity" if not any("results/sweep_" in word for word in words):
            return [*words, "--points", "3000", "--runs", "2", "--no-figures"]
        case name if name in MAKES_RUNS:
            if "--runs" in words:
                del words[words.index("--runs") : words.index("--runs") + 2]
            return [*words, *FEW_RUNS]
    return words
