"""Gather the evidence of all topics, write it down and draw the figures."""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.verification.evidence import FULL, QUICK, Effort, Evidence
from sim.plots.sheet import DPI

TOPICS = ("thresholds", "networks", "processes", "rescaling", "burden", "treaties")
"""Folders of this one; `claims` in each has TITLE, evidence(effort) and figures(effort)."""

FOLDER = Path(__file__).parent
COLUMNS = ("topic", *Evidence._fields)


def topic(name: str) -> ModuleType:
    """Module of a topic."""
    return import_module(f"experiments.verification.{name}.claims")


def gather(effort: Effort) -> Iterator[tuple[str, Evidence]]:
    """Title and evidence of every topic, printed as it comes."""
    for name in TOPICS:
        module = topic(name)
        print(f"\n{module.TITLE}", flush=True)
        for line in module.evidence(effort):
            print(f"  {'holds' if line.holds else 'FAILS'}  {line.claim}", flush=True)
            print(f"         expected {line.expected}; obtained {line.obtained}; {line.error_bar}")
            yield module.TITLE, line


def write_table(lines: list[tuple[str, Evidence]], file: Path) -> None:
    """Write the table of evidence: a row a claim."""
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(COLUMNS)
        for title, line in lines:
            writer.writerow([title, *line[:-1], "holds" if line.holds else "fails"])


def figure_of(drawn: Axes | Figure) -> Figure:
    """Figure that something drawn belongs to."""
    found = drawn if isinstance(drawn, Figure) else drawn.get_figure(root=True)
    assert isinstance(found, Figure)
    return found


def draw_all(effort: Effort, folder: Path) -> None:
    """Draw the figures of every topic."""
    folder.mkdir(exist_ok=True)
    for name in TOPICS:
        for stem, drawn in topic(name).figures(effort):
            figure_of(drawn).savefig(folder / f"{stem}.png", dpi=DPI)
            print(f"figures/{stem}.png", flush=True)


def main() -> int:
    """Return 0 if every claim holds, else 1."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="simulate little, write nothing")
    quick = parser.parse_args().quick
    lines = list(gather(QUICK if quick else FULL))
    failed = [line for _, line in lines if not line.holds]
    print(f"\n{len(lines) - len(failed)} of {len(lines)} claims hold")
    if not quick:
        write_table(lines, FOLDER / "evidence.csv")
        draw_all(FULL, FOLDER / "figures")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
