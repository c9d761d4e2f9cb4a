"""Measure what the engines cost, in turn in one run, against bars; print one table.

Run ``python experiments/speed/study.py`` (``make bench`` also writes the table into the docs);
``--quick`` measures little and checks nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from experiments.speed import by_hand, changes, ensembles, processes
from experiments.speed.timing import ROOT, Effort, Line

PAGE = ROOT / "docs" / "performance.md"
MARK_BEGIN, MARK_END = "<!-- numbers: begin -->", "<!-- numbers: end -->"
QUICK = Effort(0.02)

PARTS: dict[str, Callable[[Effort], Iterator[Line]]] = {
    "kernel": ensembles.kernel,
    "fixed": ensembles.fixed,
    "change": changes.change,
    "sweep": changes.sweep,
    "compile": processes.first_compile,
    "command": processes.warm_command,
    "toy": by_hand.loops,
    "mesa": by_hand.agents,
    "scale": ensembles.scale,
    "memory": ensembles.memory,
    "threads": ensembles.threads,
    "large": processes.large_sweep,
}


def in_digits(value: float) -> str:
    """A number with three digits, or all of its whole part."""
    return f"{value:,.0f}" if abs(value) >= 100.0 else f"{value:#.3g}"


def cells(line: Line, is_checked: bool = True) -> list[str]:
    """What was measured, the value, and where it is checked the bar and whether it is met."""
    if line.measured is None:
        return [line.what, f"not measured: {line.unit}", "", ""]
    measured = f"{in_digits(line.measured)} {line.unit}".rstrip()
    bars = (("at most", line.at_most), ("at least", line.at_least))
    bar = " ".join(f"{words} {value:g}" for words, value in bars if value is not None)
    if not bar or not is_checked:
        return [line.what, measured, "", ""]
    return [line.what, measured, bar, "NO" if line.is_missed else "yes"]


def markdown(rows: list[list[str]]) -> list[str]:
    """Lines of a table."""
    head = [["what", "measured", "bar", "met"], ["---"] * 4]
    return [f"| {' | '.join(row)} |" for row in [*head, *rows]]


def load() -> str:
    """Number of processes that ran or waited during the last minute."""
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"


def about(load_before: str) -> str:
    """What the numbers were measured on."""
    installed = filter(find_spec, ("numba", "numpy", "mesa", "agentpy"))
    packages = ", ".join(f"{name} {version(name)}" for name in installed)
    return (
        f"Python {platform.python_version()}, {packages}; "
        f"{processor()}, {os.cpu_count()} processors; load {load_before} before and {load()} after."
    )


def processor() -> str:
    """Name of the processor."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or platform.machine()
    found = re.search(r"model name\s*: (.*)", text)
    return found[1] if found else platform.machine()


def write_between(page: Path, lines: list[str]) -> None:
    """Put lines between the marks in a page."""
    text = page.read_text(encoding="utf-8")
    before, _, rest = text.partition(MARK_BEGIN)
    _, found, after = rest.partition(MARK_END)
    if not found:
        raise ValueError(f"{page}: no {MARK_BEGIN} ... {MARK_END}")
    block = "\n".join([MARK_BEGIN, *lines, MARK_END])
    page.write_text(before + block + after, encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    """Print the table; 1 if a full measurement misses a bar."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="measure little, check nothing")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--only", nargs="+", choices=PARTS, metavar="PART", help=", ".join(PARTS))
    parser.add_argument(
        "--write-docs", action="store_true", help="write the table into docs/performance.md"
    )
    options = parser.parse_args(arguments)
    if options.write_docs and (options.quick or options.only):
        parser.error("--write-docs: only a whole, full measurement is written")
    effort, is_full = (QUICK, False) if options.quick else (Effort(), True)
    load_before, lines = load(), []
    for name in options.only or PARTS:
        for line in PARTS[name](effort):
            lines.append(line)
            row = "  ".join(filter(None, cells(line, is_full)))
            print(f"{name:<8} {row}", file=sys.stderr, flush=True)
    table = [*markdown([cells(line, is_full) for line in lines]), "", about(load_before)]
    print(json.dumps([line._asdict() for line in lines]) if options.json else "\n".join(table))
    if options.write_docs:
        write_between(PAGE, table)
    return int(is_full and any(line.is_missed for line in lines))


if __name__ == "__main__":
    raise SystemExit(main())
