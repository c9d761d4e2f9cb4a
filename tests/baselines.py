"""Digests of what every shipped scenario gives, so that no result changes unnoticed.

After a change that is meant to move results, say why in CHANGELOG.md under "Results change" and run

    python tests/baselines.py --because "the first words of that entry"
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
from pathlib import Path

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


def reasons() -> str:
    """All that CHANGELOG.md says under the headings "Results change", on one line."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    parts = re.findall(r"^### Results change\n(.*?)(?=^##|\Z)", text, re.MULTILINE | re.DOTALL)
    return " ".join(" ".join(parts).split())


def main() -> None:
    """Write the digests anew, if the changelog says why."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--because", required=True, help="words of the changelog's entry")
    because = " ".join(parser.parse_args().because.split())
    if because not in reasons():
        parser.error(f"CHANGELOG.md does not say {because!r} under 'Results change'")
    digests = {name_of(file): digest(file) for file in FILES}
    content = {"because": because, "digests": digests}
    FILE.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
