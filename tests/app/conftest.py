"""A small scenario in a folder, and a server of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app.served import Client, served
from tests.app.shown import RUNS
from tests.cli.tracing import SMALL


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a scenario and a file that is none."""
    found = tmp_path_factory.mktemp("folder")
    (found / "small.yaml").write_text(SMALL, encoding="utf-8")
    (found / "wrong.yaml").write_text("days: 10\nnations: [GBR]\ntempo: fast\n", encoding="utf-8")
    return found


@pytest.fixture(scope="module")
def client(folder: Path) -> Iterator[Client]:
    """A client of a server of the small scenario."""
    with served(folder) as found:
        yield found


@pytest.fixture(scope="module")
def page_client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A server of the small scenario, for pages in a browser."""
    folder = tmp_path_factory.mktemp("page")
    (folder / "small.yaml").write_text(SMALL, encoding="utf-8")
    (folder / "wrong.yaml").write_text("days: 10\nnations: [GBR]\ntempo: fast\n", encoding="utf-8")
    with served(folder, sizes=RUNS) as client:
        yield client


@pytest.fixture(scope="module")
def paris_client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A server of the main scenario."""
    with served(tmp_path_factory.mktemp("paris"), "paris_2025", sizes=RUNS) as client:
        yield client
