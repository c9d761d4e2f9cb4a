"""Figures look the same whatever the user's settings of Matplotlib, which are left alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import matplotlib
import pytest
from click.testing import CliRunner
from matplotlib.figure import Figure

import sim
from sim.cli.group import willing
from sim.plots.catalogue import DrawingError, drawer, figures_of
from sim.plots.files import Order, draw_each
from sim.plots.sheet import figure_of, image_of
from sim.plots.theme import LIGHT
from tests.plots.images import SCENARIO, few_of, fixed_ensemble, fixed_trace

ROOT = Path(__file__).parents[2]

ODD = {
    "savefig.bbox": "tight",
    "savefig.dpi": 30,
    "savefig.facecolor": "red",
    "figure.dpi": 33,
    "figure.constrained_layout.use": False,
    "axes.grid": True,
    "axes.facecolor": "yellow",
    "axes.spines.top": True,
    "axes.formatter.use_locale": True,
    "axes.prop_cycle": "cycler('color', ['lime'])",
    "font.weight": "bold",
    "font.size": 20,
    "font.family": "serif",
    "lines.linewidth": 6,
    "lines.marker": "x",
    "legend.frameon": True,
    "legend.loc": "center",
    "patch.edgecolor": "lime",
    "image.origin": "lower",
    "image.cmap": "jet",
    "text.usetex": True,
    "text.parse_math": True,
    "timezone": "Pacific/Auckland",
    "xtick.direction": "in",
    "xtick.bottom": False,
    "xtick.labelsize": 20,
    "date.converter": "concise",
    "path.simplify": False,
}
"""Settings that would be seen, among them one that takes LaTeX."""


def willing_in(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """What the command says, started in a folder."""
    settings = folder / "settings"
    settings.mkdir(exist_ok=True)
    for fonts in Path(matplotlib.get_cachedir()).glob("fontlist-*.json"):
        shutil.copy(fonts, settings)  # to look through the machine's fonts takes seconds
    here = {"PYTHONPATH": str(ROOT), "MPLCONFIGDIR": str(settings), **environment}
    return subprocess.run(
        [sys.executable, "-m", "sim", *words],
        check=False,
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, **here},
    )


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stored result: figures of it take no engine."""
    folder = tmp_path_factory.mktemp("stored") / "result"
    fixed_ensemble().save(folder)
    return folder


def plot_in(folder: Path, stored: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """What ``willing plot`` says, of a stored result, into the folder ``out``."""
    words = ("plot", str(stored), "--kind", "fan_chart", "--dpi", "40", "--out", "out", "--quiet")
    return willing_in(folder, *words, **environment)


def run_in(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """What ``willing run`` says, of a small scenario, into the folder ``out``."""
    words = ("run", str(SCENARIO), "--runs", "20", "--workers", "1", "--out", "out", "--quiet")
    return willing_in(folder, *words, **environment)


@pytest.mark.parametrize("kind", few_of((*figures_of("Ensemble"), "hazard_chart")))
def test_a_figure_is_the_same_to_the_last_bit_under_any_settings(kind: str) -> None:
    def drawn() -> bytes:
        if kind == "hazard_chart":
            return image_of(sim.plots.hazard_chart(fixed_trace(), "DEU"), "png", 60)[0]
        return image_of(drawer(kind)(fixed_ensemble()), "png", 60)[0]

    before = drawn()
    with matplotlib.rc_context(ODD):  # type: ignore[arg-type]
        settings = dict(matplotlib.rcParams)
        assert drawn() == before
        assert dict(matplotlib.rcParams) == settings


@pytest.mark.slow
def test_a_matplotlibrc_changes_no_figure(tmp_path: Path, stored: Path) -> None:
    (tmp_path / "settings").mkdir()
    pictures = []
    for lines in ([], [f"{name}: {value}" for name, value in ODD.items()], ["nonsense: 3"]):
        (tmp_path / "matplotlibrc").write_text("\n".join(lines), encoding="utf-8")
        (tmp_path / "settings" / "matplotlibrc").write_text("\n".join(lines), encoding="utf-8")
        assert willing_in(tmp_path, "--version").returncode == 0
        done = plot_in(tmp_path, stored)
        assert (done.returncode, done.stderr) == (0, "")
        pictures.append((tmp_path / "out" / "fan_chart.png").read_bytes())
        willing_in(tmp_path, "run", "--help")
        (tmp_path / "out").rename(tmp_path / f"out{len(pictures)}")
    assert pictures[0] == pictures[1] == pictures[2]


@pytest.mark.parametrize(
    "backend",
    [
        "module://matplotlib_inline.backend_inline",
        *(pytest.param(name, marks=pytest.mark.slow) for name in ("qtagg", "nonsense")),
    ],
)
def test_a_notebook_s_window_library_costs_nothing(
    tmp_path: Path, stored: Path, backend: str
) -> None:
    done = plot_in(tmp_path, stored, MPLBACKEND=backend)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "out" / "fan_chart.png").exists()


def test_settings_that_cannot_be_read_cost_the_figures_and_not_the_runs(tmp_path: Path) -> None:
    (tmp_path / "matplotlibrc").write_bytes(b"font.size: \xff\xfe")
    done = run_in(tmp_path)
    assert done.returncode == 1
    first, second = done.stderr.splitlines()
    assert first.startswith("Not drawn: fan_chart: Matplotlib cannot be imported: 'utf-8' codec")
    assert second.startswith("Not drawn: nations_by_day: Matplotlib cannot be imported")
    assert sim.load_results(tmp_path / "out").n_runs == 20


def test_whatever_a_figure_raises_costs_it_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr("sim.plots.ensemble.over_time.mark_events", broken, raising=False)
    monkeypatch.setattr("sim.plots.ensemble.over_time.mark_events", broken, raising=False)
    first, second = draw_each(fixed_ensemble(), tmp_path, Order())
    assert (first.reason, first.is_fault) == ("ZeroDivisionError: by zero", True)
    assert second.files == ("nations_by_day.png",)
    monkeypatch.chdir(tmp_path)
    words = ["run", str(SCENARIO), "--runs", "20", "--out", "out"]
    done = CliRunner().invoke(willing, words)
    assert done.exit_code == 1
    assert "Not drawn: fan_chart: ZeroDivisionError: by zero\n" in done.stderr
    assert "Written to out" in done.stdout
    assert sim.load_results("out").n_runs == 20


def test_a_figure_of_the_user_s_keeps_its_size_and_settings() -> None:
    with matplotlib.rc_context({"font.family": "serif", "savefig.dpi": 50}):
        axes = Figure(figsize=(4, 3)).add_subplot()
        sim.plots.fan_chart(fixed_ensemble(), ax=axes)
        assert figure_of(axes).get_size_inches().tolist() == [4, 3]
        assert axes.title.get_fontfamily() == ["serif"]
        assert axes.get_legend().get_texts()[0].get_fontfamily() == ["serif"]
        assert axes.xaxis.label.get_size() == axes.yaxis.label.get_size() == 9


def test_a_figure_saved_by_the_user_is_ours_as_well(tmp_path: Path) -> None:
    axes = sim.plots.fan_chart(fixed_ensemble(), look=LIGHT.sized(5, 4))
    with matplotlib.rc_context(ODD):  # type: ignore[arg-type]
        figure_of(axes).savefig(tmp_path / "saved.png", dpi=50)
    picture = (tmp_path / "saved.png").read_bytes()
    assert int.from_bytes(picture[16:20], "big") == 250
    assert picture == image_of(axes, "png", 50)[0]


def test_a_figure_too_small_is_refused_under_any_settings() -> None:
    with pytest.raises(DrawingError, match="too small for it"):
        image_of(sim.plots.fan_chart(fixed_ensemble(), look=LIGHT.sized(1.0, 0.5)), "png")
