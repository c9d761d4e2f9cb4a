"""Figures of tests that do not look at them are neither laid out nor painted."""

from __future__ import annotations

from typing import Any

import pytest

from sim.plots.sheet import Sheet, image_of

FORMS = ("png", "svg", "pdf")


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Sheet]:
    """Sheets that were drawn."""
    found, draw = list[Sheet](), Sheet.draw

    def noted(sheet: Sheet, renderer: Any) -> None:
        found.append(sheet)
        draw(sheet, renderer)

    monkeypatch.setattr(Sheet, "draw", noted)
    return found


@pytest.mark.usefixtures("blank_figures")
@pytest.mark.parametrize("form", FORMS)
def test_a_blank_figure_is_not_drawn(form: str, drawn: list[Sheet]) -> None:
    image, _ = image_of(Sheet(4, 3).subplots(), form)
    assert image
    assert not drawn


@pytest.mark.parametrize("form", FORMS)
def test_any_other_is_drawn(form: str, drawn: list[Sheet]) -> None:
    image_of(Sheet(4, 3).subplots(), form)
    assert drawn
