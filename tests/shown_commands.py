"""Commands that helps and pages show, as tests run them."""

from __future__ import annotations

import shlex

FEW_RUNS = ("--runs", "20", "--no-figures")
MAKES_RUNS = ("run", "sweep", "compare", "keystone", "tipping", "forecast")


def shortened(command: str) -> list[str]:
    """The words of a command after ``willing``: with few runs, coarse figures or none."""
    words = shlex.split(command, comments=True)[1:]
    match words[0]:
        case "plot" if "png" in words or "--format" not in words:
            return [*words, "--dpi", "40"]
        case "calibrate":
            return [*words, "--starts", "1", "--candidates", "25"]
        case "backtest" if not any("histories/" in word for word in words):
            return [*words, "histories/libya_2011", "histories/f16_2023"]
        case "sensitivity" if not any("results/sweep_" in word for word in words):
            return [*words, "--points", "3000", "--runs", "2", "--no-figures"]
        case name if name in MAKES_RUNS:
            if "--runs" in words:
                del words[words.index("--runs") : words.index("--runs") + 2]
            return [*words, *FEW_RUNS]
    return words
