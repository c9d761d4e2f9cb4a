"""The page in a notebook: a server in a thread, as long as the object lives."""

from __future__ import annotations

import gc
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import sim
from sim.app.explore import LivePage
from sim.scenario.files.errors import ScenarioError
from sim.scenario.load import scenario_from_dict
from tests.cli.tracing import SMALL


def status_of(address: str) -> int:
    """Status of a page; 0 if nobody answers."""
    split = urlsplit(address)
    connection = HTTPConnection("127.0.0.1", split.port or 0, timeout=10)
    try:
        connection.request("GET", f"{split.path}?{split.query}")
        return connection.getresponse().status
    except ConnectionError:
        return 0
    finally:
        connection.close()


def test_the_server_stops_when_the_page_is_closed() -> None:
    page = sim.explore("burden_sharing", runs=50)
    assert status_of(page.address) == 200
    assert repr(page).endswith(", open>")
    page.close()
    page.close()
    assert status_of(page.address) == 0
    assert repr(page).endswith(", closed>")


def test_the_server_stops_with_the_object() -> None:
    page = sim.explore("burden_sharing", runs=50)
    address = page.address
    del page
    gc.collect()
    assert status_of(address) == 0


def test_a_scenario_in_memory_is_shown() -> None:
    page: LivePage = sim.explore(scenario_from_dict({"days": 3, "nations": ["GBR"]}), runs=20)
    try:
        assert status_of(page.address) == 200
        assert page.address.replace("&", "&amp;") in page._repr_html_()
    finally:
        page.close()


def test_the_representation_holds_no_token(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(SMALL, encoding="utf-8")
    page = sim.explore(tmp_path / "small.yaml", runs=20)
    try:
        assert "token" not in repr(page)
    finally:
        page.close()


def test_what_cannot_be_opened_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "wrong.yaml").write_text("days: 0\nnations: [GBR]\n", encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"wrong.yaml:1: days: 0 must be"):
        sim.explore(tmp_path / "wrong.yaml")
    with pytest.raises(ScenarioError, match="unknown scenario"):
        sim.explore("nowhere")
