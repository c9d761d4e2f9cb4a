"""A link inside a result leads no figure out of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from sim.cli.group import willing
from tests.results.synthetic import small_ensemble


def test_figures_are_not_drawn_where_a_link_leads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    small_ensemble(20).save(tmp_path / "result")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "fan_chart.png").write_text("mine")
    (tmp_path / "result" / "figures").symlink_to(tmp_path / "elsewhere")
    refused = CliRunner().invoke(willing, ["plot", "result", "--kind", "fan_chart"])
    assert refused.exit_code == 2
    assert "figures is a link, and nothing is written where it leads; remove it" in refused.stderr
    assert (tmp_path / "elsewhere" / "fan_chart.png").read_text() == "mine"
    asked = ["plot", "result", "--kind", "fan_chart", "--out", "result/figures", "--force"]
    assert CliRunner().invoke(willing, asked).exit_code == 0  # whoever names it wants it
    assert (tmp_path / "elsewhere" / "fan_chart.png").read_bytes()[:4] == b"\x89PNG"
