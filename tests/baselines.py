"""Digests of what every shipped scenario gives, so that no result changes unnoticed.

After a change that is meant to move results, say why in CHANGELOG.md, in an entry of its own under
the newest "Results change", and run

    python tests/baselines.py --because "that entry"
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import numpy as np

import sim

ROOT = Path(__file__).resolve().parents[1]
FILE = Path(__file__).with_suffix(".json")
SCENARIOS = ROOT / "scenarios"
FILES = sorted([*SCENARIOS.glob("*.yaml"), *SCENARIOS.glob("classics/*.yaml")])
N_RUNS = 40
SEED = 1
ROWS = (
    "size",
    "private_size",
    "firm_size",
    "stage",
    "first_day",
    "refusal_day",
    "exit_day",
    "success_day",
    "pledge",
    "force",
    "conditions",
)
DECIMALS = 6
"""Kept of real numbers: inputs drawn through SciPy may differ in the last digit between builds."""


def name_of(file: Path) -> str:
    """Name by which a shipped scenario is loaded."""
    return file.relative_to(SCENARIOS).with_suffix("").as_posix()


def digest(file: Path) -> str:
    """Digest of what each of a few runs of a scenario left behind."""
    ensemble = sim.run(sim.load_scenario(file), runs=N_RUNS, seed=SEED)
    found = hashlib.sha256()
    for row in ROWS:
        values = np.asarray(getattr(ensemble, row))
        if values.dtype.kind == "f":
            values = np.round(values * 10.0**DECIMALS)
        found.update(f"{row} {values.shape}".encode())
        found.update(values.astype("<i8").tobytes())
    return found.hexdigest()[:32]


def entries() -> list[str]:
    """Entries of CHANGELOG.md under its newest heading "Results change", each on one line."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    part = re.search(r"^### Results change\n(.*?)(?=^##|\Z)", text, re.MULTILINE | re.DOTALL)
    found = part.group(1) if part else ""
    return [one_line(entry) for entry in re.split(r"^- ", found, flags=re.MULTILINE)[1:]]


def one_line(text: str) -> str:
    """Text with single blanks for all white space."""
    return " ".join(text.split())


def refusal(because: str, digests: dict[str, str], record: dict[str, Any]) -> str:
    """Why a new record is refused; empty if it is not."""
    if because not in entries():
        return f"CHANGELOG.md has no entry {because!r} under its newest 'Results change'"
    before = record.get("digests", {})
    moved = [name for name in before if before[name] != digests.get(name)]
    if moved and because == record["because"]:
        return f"{', '.join(moved)}: results moved again; that needs an entry of its own"
    return ""


def main() -> None:
    """Write the digests anew, if the changelog says why."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--because", required=True, help="the changelog's entry")
    because = one_line(parser.parse_args().because)
    record = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}
    digests = {name_of(file): digest(file) for file in FILES}
    reason = refusal(because, digests, record)
    if reason:
        parser.error(reason)
    content = {"because": because, "digests": digests}
    FILE.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
