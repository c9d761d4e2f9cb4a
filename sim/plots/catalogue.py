"""Every figure: its name, what it is drawn of and shows, what it can be asked for.

Help, refusals, files and the names of `sim.plots` derive from `FIGURES`. Importing this module
loads neither NumPy nor Matplotlib.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

from sim.store.kinds import KINDS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from sim.studies.keystone.result import Keystone
    from sim.studies.sensitivity.sweep_analysis import SweepAnalysis
    from sim.studies.sweep.result import Sweep
    from sim.studies.tipping.result import Tipping


class DrawingError(ValueError):
    """There is nothing to draw in this result, or it cannot be drawn; the message says why."""


@dataclass(frozen=True)
class FigureKind:
    """A kind of figure.

    Attributes
    ----------
    name : str
        Of the function that draws it, and of its files.
    module : str
        Where that function is in `sim.plots`; begins with what the figure is drawn of.
    shows : str
        What it shows, in a few words.
    options : tuple of str
        Arguments that its function takes besides the result, `ax`, `look` and `plain`.
    by_default : bool
        Whether a command that writes such a result draws it as well.
    stem : str
        How the names of its files begin, if not with its name.
    also_of : tuple of str
        Names of further classes of results that it is drawn of.
    """

    name: str
    module: str
    shows: str
    options: tuple[str, ...] = ()
    by_default: bool = False
    stem: str = ""
    also_of: tuple[str, ...] = ()

    @property
    def of(self) -> str:
        """Name of the class of results that it is drawn of."""
        words = self.module.partition(".")[0].split("_")
        return "".join(word.capitalize() for word in words)


_KINDS = (
    FigureKind(
        "fan_chart", "ensemble.over_time", "public and private size by day", by_default=True
    ),
    FigureKind("outcomes", "ensemble.outcomes", "final size and the chance of success"),
    FigureKind(
        "nations_by_day",
        "ensemble.by_nation",
        "who is public by when",
        ("top",),
        by_default=True,
    ),
    FigureKind("stage_chart", "ensemble.over_time", "nations at each stage by day"),
    FigureKind("force_chart", "ensemble.over_time", "force by kind against the requirement"),
    FigureKind("conditions_chart", "ensemble.over_time", "conditions by day", ("names",)),
    FigureKind("breadth_chart", "ensemble.over_time", "groups, kinds and capacity covered by day"),
    FigureKind("tile_map", "ensemble.tile_map", "a map of who is public on a day", ("day",)),
    FigureKind("tile_maps", "ensemble.tile_map", "small maps of several days", ("days",)),
    FigureKind(
        "joining_order",
        "ensemble.by_nation",
        "each nation's rank in the order of joining",
        ("top",),
    ),
    FigureKind("influence", "ensemble.influence", "who goes public soon after whom", ("window",)),
    FigureKind(
        "difference_fan",
        "comparison.difference_fan",
        "difference in public size by day",
        ("other",),
        by_default=True,
    ),
    FigureKind(
        "nation_changes",
        "comparison.nation_changes",
        "chance of being public and days until then, by nation",
        ("other", "top"),
        by_default=True,
    ),
    FigureKind(
        "condition_map",
        "sweep.maps",
        "heat map over two conditions, and where success is even",
        ("outcome", "across", "up"),
    ),
    FigureKind(
        "outcome_multiples",
        "sweep.maps",
        "such maps for each value of a third",
        ("outcome", "by"),
    ),
    FigureKind(
        "outcome_lines",
        "sweep.outcome_lines",
        "an outcome along one condition, with its interval",
        ("outcome", "across", "by"),
    ),
    FigureKind(
        "size_strip",
        "sweep.size_strip",
        "the distribution of size along one condition",
        ("day", "across"),
    ),
    FigureKind(
        "outcome_scatter",
        "sweep.outcome_scatter",
        "an outcome against each input, of lhs or sobol",
        ("outcome", "across"),
    ),
    FigureKind(
        "scoreboard",
        "backtest.scoreboard",
        "log losses of the model and of baselines, by coalition",
        by_default=True,
    ),
    FigureKind(
        "reliability",
        "backtest.reliability",
        "shares that joined against their chances, with bands",
        by_default=True,
    ),
    FigureKind(
        "sensitivity_indices",
        "sensitivity.indices",
        "shares and indices of inputs, with intervals",
        ("outcome", "top"),
        by_default=True,
        also_of=("SweepAnalysis",),
    ),
    FigureKind(
        "tornado",
        "sensitivity.tornado",
        "an outcome at the low and the high end of each input",
        ("outcome", "top"),
        by_default=True,
    ),
    FigureKind(
        "variance_split",
        "sensitivity.variance",
        "shares of inputs, of luck and of both",
        by_default=True,
    ),
    FigureKind(
        "discovery_box",
        "sweep_analysis.box",
        "the part of the ranges in which an outcome is reached",
        ("outcome", "top"),
    ),
    FigureKind(
        "keystone_effects",
        "keystone.effects",
        "what each announcement does to the others, and how likely it is",
        ("top",),
        by_default=True,
    ),
    FigureKind("keystone_sets", "keystone.sets", "a set of levers, one by one", by_default=True),
    FigureKind(
        "keystone_values",
        "keystone.values",
        "Shapley, Owen or Banzhaf values",
        ("top",),
        by_default=True,
    ),
    FigureKind(
        "response_curve",
        "tipping.response_curve",
        "chance by level, with its bands and quantiles",
    ),
    FigureKind(
        "nation_levels",
        "tipping.nation_levels",
        "the level at which each nation joins",
        ("top",),
    ),
    FigureKind(
        "hysteresis_loop",
        "tipping.hysteresis_loop",
        "size as the level is raised and lowered again",
    ),
    FigureKind(
        "even_chances",
        "tipping.even_chances",
        "where chances are even in the plane of two paths",
    ),
    FigureKind(
        "hazard_chart",
        "trace",
        "why one nation moved when it did",
        ("nation", "side"),
        stem="hazard",
    ),
)

FIGURES = MappingProxyType({kind.name: kind for kind in _KINDS})
"""Kinds of figures by name, in the order in which they are drawn."""

WRITTEN_BY = MappingProxyType({kind.result: kind.command for kind in KINDS})
"""Command that stores each class of results."""


def figures_of(result: str) -> tuple[str, ...]:
    """Names of the figures that are drawn of a class of results.

    Examples
    --------
    >>> figures_of("Comparison")
    ('difference_fan', 'nation_changes')
    """
    return tuple(name for name, kind in FIGURES.items() if result in (kind.of, *kind.also_of))


def default_figures(result: object) -> tuple[str, ...]:
    """Names of the figures that are drawn of a result as soon as it is there."""
    of = type(result).__name__
    if of == "Sweep":
        return suits(cast("Sweep", result))
    if of == "Keystone":
        return parts_found(cast("Keystone", result))
    if of == "Tipping":
        return suit_tipping(cast("Tipping", result))
    if of == "SweepAnalysis":
        return suit_sweep_analysis(cast("SweepAnalysis", result))
    return tuple(name for name in figures_of(of) if FIGURES[name].by_default)


def parts_found(keystone: Keystone) -> tuple[str, ...]:
    """Names of the figures of the parts that a keystone study has."""
    parts = {"keystone_sets": keystone.sets, "keystone_values": keystone.values}
    return tuple(name for name in figures_of("Keystone") if parts.get(name, True) is not None)


def suits(sweep: Sweep) -> tuple[str, ...]:
    """Names of the figures that are worth drawing of a sweep, the most telling first.

    None where no point could be run. The others of a sweep may be drawn as well, where they can
    be; those that cannot say why.

    Parameters
    ----------
    sweep : Sweep

    Examples
    --------
    >>> import sim
    >>> levels = {"conditions.us_backing.level": [0.2, 0.8]}
    >>> suits(sim.sweep(sim.load_scenario("paris_2025"), levels, runs=20))
    ('outcome_lines', 'size_strip')
    """
    if len(sweep.problems) == sweep.n_points:
        return ()
    if sweep.study.design.kind != "grid":
        return ("outcome_scatter",)
    several = [each.labels for each in sweep.study.varied if len(each.options) > 1]
    numbers = [labels for labels in several if not any(isinstance(x, str) for x in labels)]
    maps: tuple[str, ...] = ()
    if len(numbers) >= 2:
        maps = ("outcome_multiples", "condition_map")[len(several) <= 2 :]
    return (*maps, "outcome_lines", "size_strip")


def suit_tipping(found: Tipping) -> tuple[str, ...]:
    """Names of the figures of a tipping point for which it has something."""
    if found.second is not None:
        return ("even_chances",)
    loop = ("hysteresis_loop",) if found.hysteresis is not None else ()
    return ("response_curve", "nation_levels", *loop)


def suit_sweep_analysis(found: SweepAnalysis) -> tuple[str, ...]:
    """Name of the figure of what a sweep tells: of its indices, or of where it is reached."""
    return ("discovery_box" if found.is_discovery else "sensitivity_indices",)


def drawer(name: str) -> Callable[..., Axes]:
    """Function that draws a kind of figure.

    Raises
    ------
    KeyError
        There is no such kind.
    DrawingError
        Matplotlib cannot be imported.
    """
    found = import_drawing(f"sim.plots.{FIGURES[name].module}")
    return cast("Callable[..., Axes]", getattr(found, name))


def leave_out_docstrings() -> None:
    """Have Matplotlib not write docstrings for all that can be set of what it draws.

    That is a third of its import, and no one reads them in a command.
    """
    with suppress(DrawingError):  # each figure says so
        artist = import_drawing("matplotlib.artist")
        artist.kwdoc = lambda _: ""
        artist.Artist._update_set_signature_and_docstring = staticmethod(lambda: None)


def import_drawing(module: str) -> Any:
    """A module that draws, whatever window library the environment asks for.

    A notebook hands its own to the commands that it starts, and where that is not installed,
    Matplotlib refuses to be imported. We draw into no window.

    Raises
    ------
    DrawingError
        Matplotlib cannot be imported, say because its settings cannot be read.
    """
    if "matplotlib" in sys.modules:
        return import_module(module)
    backend, log = os.environ.pop("MPLBACKEND", None), logging.getLogger("matplotlib")
    level = log.level
    log.setLevel(logging.ERROR)  # of settings that we do not follow
    try:
        found = import_module(module)
    except Exception as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DrawingError(f"Matplotlib cannot be imported: {reason}") from error
    finally:
        log.setLevel(level)
        if backend is not None:
            os.environ["MPLBACKEND"] = backend
    if backend is not None:  # for windows of the user's own
        with suppress(ValueError):
            import_module("matplotlib").rcParams["backend"] = backend
    return found
