"""Letters that the typeface of figures lacks: found in another that is installed, if any."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.cli.output import draw_figures
from sim.plots import fonts
from sim.plots.ensemble.by_nation import nations_by_day
from sim.plots.sheet import image_of, save_figure
from tests.results.synthetic import made_up, small_scenario

ONLY_STIX = "\u210a"
"""A script g, which STIX has and DejaVu Sans has not."""


def test_a_letter_is_drawn_in_an_installed_typeface_that_has_it() -> None:
    named = small_scenario().with_changes({"nations.N02.name": f"Land {ONLY_STIX}"})
    axes = nations_by_day(made_up(named, 5))
    families = {text.get_text(): text.get_fontfamily() for text in axes.get_yticklabels()}
    own, other = families[f"Land {ONLY_STIX}  N02"]
    assert own == "sans-serif"
    assert other in dict(fonts._installed())
    assert families["Nation 3  N03"] == ["sans-serif"]
    assert image_of(axes, "png", 40)[1] == ""


def test_a_letter_that_no_typeface_has_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(fonts, "_installed", lambda: ())
    named = small_scenario().with_changes({"nations.N02.name": ONLY_STIX})
    axes = nations_by_day(made_up(named, 5))
    assert ONLY_STIX in image_of(axes, "png", 40)[1]
    save_figure(axes, tmp_path / "named.png", dpi=40)
    assert caplog.messages == [
        f"named.png: the typeface lacks {ONLY_STIX}; boxes stand for these letters"
    ]


def test_the_choice_is_the_one_with_most_of_the_letters_then_the_first_by_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    have = {"b": "xy", "a": "xy", "c": "xyz"[2:], "d": ""}
    monkeypatch.setattr(fonts, "_installed", lambda: tuple((n, n) for n in sorted(have)))
    monkeypatch.setattr(fonts, "_has", lambda file, letter: letter in have[file])
    assert fonts.typefaces_with("xyz!") == ["a", "c"]
    assert fonts.typefaces_with("!") == []


def test_typefaces_of_letters_are_found_and_signs_of_mathematics_are_no_letters() -> None:
    names = dict(fonts._installed())
    assert {fonts.TYPEFACE, "STIXGeneral"} <= set(names)
    assert not any(name.startswith(("cm", "Last Resort")) for name in names)


def test_a_command_names_letters_once_for_all_its_figures(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(fonts, "_installed", lambda: ())
    named = small_scenario().with_changes({"title": ONLY_STIX, "nations.N02.name": ONLY_STIX})
    assert draw_figures(made_up(named, 5), tmp_path)
    said = f"the typeface lacks {ONLY_STIX}; boxes stand for these letters\n"
    assert capsys.readouterr().err == f"fan_chart, nations_by_day: {said}"
