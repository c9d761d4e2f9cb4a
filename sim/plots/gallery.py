"""The figures that every result comes with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sim.plots.fan import fan_chart
from sim.plots.nations_by_day import nations_by_day
from sim.plots.style import save_figure

if TYPE_CHECKING:
    from sim.results.ensemble import Ensemble

FIGURES = {"fan_chart": fan_chart, "nations_by_day": nations_by_day}


def write_figures(ensemble: Ensemble, folder: str | Path, suffix: str = "png") -> list[str]:
    """Names of the figures written into a folder, which is made if need be.

    Parameters
    ----------
    ensemble : Ensemble
    folder : str or Path
    suffix : {"png", "svg", "pdf"}
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    names = [f"{name}.{suffix}" for name in FIGURES]
    for name, draw in zip(names, FIGURES.values(), strict=True):
        save_figure(draw(ensemble), folder / name)
    return names
