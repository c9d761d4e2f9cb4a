"""Quick moves leave nothing behind."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path

import pytest

from tests.app.served import Client, served

FEW, MANY = 100, 1000
MOST_GROWTH = 25e6
"""Bytes by which the process may grow over the moves: a tenth of what single frames would take."""


def bytes_in_use() -> int:
    """Memory of this process that is in use, as the system counts it."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def move(client: Client, digest: str, number: int) -> None:
    """A move of a slider, which the next one stops after the first frame."""
    level = 0.2 + 0.6 * (number % 997) / 997
    body = {
        "scenario": digest,
        "changes": {"numbers": {"conditions.backing.level": level}},
        "runs": [20, 2000],
    }
    with client.begun("POST", "/api/run", body, headers={"X-Willing-Page": "one"}) as answer:
        assert answer.readline().startswith(b"{")


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is read from /proc")
def test_a_thousand_quick_moves_leak_no_memory(folder: Path) -> None:
    with served(folder) as client:
        digest = client.opened()
        for number in range(FEW):
            move(client, digest, number)
        before = bytes_in_use()
        for number in range(MANY):
            move(client, digest, FEW + number)
        assert bytes_in_use() - before < MOST_GROWTH
        assert client.pages.jobs.n_running <= 2
