"""The notebooks in docs/notebooks run from top to bottom, and are kept without their outputs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sim.app.explore import LivePage

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "docs/notebooks").glob("*.ipynb"))


def cells_of(notebook: Path) -> list[dict[str, Any]]:
    found = json.loads(notebook.read_text(encoding="utf-8"))
    assert found["nbformat"] == 4
    return list(found["cells"])


def test_there_is_a_notebook_for_each_kind_of_user() -> None:
    assert [each.stem for each in NOTEBOOKS] == ["analyst", "researcher", "student"]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda each: each.stem)
def test_a_notebook_is_kept_without_outputs(notebook: Path) -> None:
    cells = cells_of(notebook)
    assert cells[0]["cell_type"] == "markdown"
    assert len({cell["id"] for cell in cells}) == len(cells)
    for cell in cells:
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            assert cell["execution_count"] is None


@pytest.mark.slow
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda each: each.stem)
def test_a_notebook_runs_and_shows_a_page_that_it_closes(
    notebook: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "__main__"}
    for cell in cells_of(notebook):
        if cell["cell_type"] == "code":
            # Without a kernel: a last value is worked out like any other line.
            exec(compile("".join(cell["source"]), f"{notebook.name} {cell['id']}", "exec"), names)
    assert capsys.readouterr().out
    page = names["page"]
    assert isinstance(page, LivePage)
    assert page._repr_html_().startswith("<iframe")
    assert not page.is_open
