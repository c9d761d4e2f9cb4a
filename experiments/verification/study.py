"""Reproduce published models and exact laws, and write the table of evidence.

Run ``python experiments/verification/study.py``; ``--quick`` simulates little and draws nothing.
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    runpy.run_module("experiments.verification.verify", run_name="__main__")
