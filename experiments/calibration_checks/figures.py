"""Figures of the checks, from the rows that are kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from experiments.calibration_checks.fatigue import LOG_RATIOS, SETS, evidence, marginal
from experiments.calibration_checks.kept import FOLDER, Row
from experiments.calibration_checks.predictive import CLIMATES, GIVEN, LAUNCHES
from experiments.calibration_checks.profiles import GRIDS
from experiments.calibration_checks.simulated import N_RANKED
from experiments.calibration_checks.uniform import band_of_ecdf, ecdf
from sim.core.layout import Reals
from sim.plots.sheet import DPI
from sim.plots.theme import FAINT, INK, NORMAL, SERIES, SMALL, STAGE_COLOURS

TITLES = {
    "gulf_1990": "Gulf 1990",
    "isaf_2001": "Kabul 2001",
    "iraq_2003": "Iraq 2003",
    "libya_2011": "Libya 2011",
    "isis_2014": "ISIS 2014",
    "leopard_2023": "Leopard 2023",
    "f16_2023": "F-16 2023",
}
BLUE, ORANGE = STAGE_COLOURS["public"], STAGE_COLOURS["willing"]


def sheet(rows: int, columns: int, width: float, height: float) -> tuple[Figure, list[Axes]]:
    """A figure with a grid of plain axes."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    grid = [figure.add_subplot(rows, columns, number + 1) for number in range(rows * columns)]
    for axes in grid:
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(labelsize=SMALL, color=INK, labelcolor=INK)
    return figure, grid


def label(axes: Axes, title: str, x: str = "", y: str = "") -> None:
    """Title and labels of axes."""
    axes.set_title(title, loc="left", fontsize=NORMAL, color=INK)
    axes.set_xlabel(x, fontsize=SMALL, color=INK)
    axes.set_ylabel(y, fontsize=SMALL, color=INK)


def save(figure: Figure, name: str) -> None:
    """Write a figure to this folder."""
    figure.savefig(FOLDER / f"{name}.png", dpi=DPI, metadata={"Software": None})


def draw_fatigue(rows: Sequence[Row]) -> None:
    """Evidence along the grid, and the marginal posterior."""
    figure, (left, right) = sheet(1, 2, 7.6, 3.1)
    for colour, name in zip(SERIES, SETS, strict=False):
        if sum(row["coalitions"] == name for row in rows) < len(LOG_RATIOS):
            continue
        at, log_evidence = evidence(rows, name)
        text = {"all seven": "all seven"}.get(name) or f"{TITLES[name]} alone"
        log_evidence = log_evidence - log_evidence.max()
        left.plot(1.0 - np.exp(at), log_evidence, "o-", color=colour, ms=3, lw=1, label=text)
        fatigue, chance = marginal(at, log_evidence)
        density = chance / np.abs(np.gradient(fatigue))
        right.plot(fatigue, density, color=colour, lw=1.4, label=text)
    left.set_ylim(-40, 2)
    right.set_xlim(-0.3, 0.8)
    right.set_ylim(0, None)
    for axes in (left, right):
        axes.axvline(0.0, color=FAINT, lw=0.8, ls=":")
        axes.legend(fontsize=SMALL, frameon=False)
    label(
        left, "(a) How well each value fits", "fatigue of meetings", "log evidence, less the best"
    )
    label(right, "(b) What the records tell", "fatigue of meetings", "density of the posterior")
    save(figure, "fatigue")


def draw_ranks(rows: Sequence[Row], names: Sequence[str], file: str) -> None:
    """ECDF of the ranks less that of the uniform law, with a simultaneous band; and histograms."""
    figure, (left, right) = sheet(1, 2, 7.6, 3.2)
    at, values = np.arange(N_RANKED), np.arange(N_RANKED + 1)
    uniform = (at + 1) / (N_RANKED + 1)
    low, high = band_of_ecdf(len(rows), N_RANKED)
    left.fill_between(at, low - uniform, high - uniform, color="#DDDDDD", lw=0, label="95 % band")
    pooled = np.zeros(N_RANKED + 1)
    for name in names:
        ranks = np.array([int(row[name]) for row in rows])
        is_likelihood = name == "log-likelihood"
        pooled += 0.0 if is_likelihood else np.bincount(ranks, minlength=N_RANKED + 1)
        left.plot(
            at,
            ecdf(ranks, N_RANKED) - uniform,
            color=ORANGE if is_likelihood else BLUE,
            lw=1.8 if is_likelihood else 0.8,
            label={names[0]: "each parameter", "log-likelihood": "log-likelihood"}.get(name),
        )
    left.axhline(0.0, color=INK, lw=0.6)
    left.legend(fontsize=SMALL, frameon=False, loc="upper right")
    reach = max((uniform - low).max(), (high - uniform).max())
    left.set_ylim(-1.5 * reach, 2.2 * reach)
    right.bar(values, pooled, color=BLUE, width=0.85)
    right.axhline(pooled.mean(), color=INK, lw=0.8)
    for axes in (left, right):
        axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    rank = f"rank of the truth among {N_RANKED} draws"
    label(left, "(a) By what is ranked", rank, "ECDF less that of uniform ranks")
    label(right, "(b) All parameters together", rank, "replicates times parameters")
    save(figure, file)


def draw_sampler(names: Sequence[str], draws: Mapping[str, Reals]) -> None:
    """Intervals of all, in standard deviations of the first around its mean."""
    figure, (axes,) = sheet(1, 1, 6.8, 5.2)
    exact = next(iter(draws.values()))
    mean, sd = exact.mean(axis=0), exact.std(axis=0)
    for shift, colour, (text, each) in zip(
        (-0.25, 0.0, 0.25), (INK, ORANGE, BLUE), draws.items(), strict=True
    ):
        low, first, middle, third, high = np.quantile(
            (each - mean) / sd, (0.025, 0.25, 0.5, 0.75, 0.975), axis=0
        )
        y = np.arange(len(names)) + shift
        axes.hlines(y, low, high, color=colour, lw=1)
        axes.hlines(y, first, third, color=colour, lw=3)
        axes.plot(middle, y, "o", color="white", mec=colour, ms=4, label=text)
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.axvline(0.0, color=FAINT, lw=0.8, ls=":")
    axes.legend(
        fontsize=SMALL, frameon=False, loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=3
    )
    label(
        axes,
        "",
        "distance from the exact mean, in exact standard deviations\n"
        "(median, 50 % and 95 % intervals)",
    )
    save(figure, "sampler")


def draw_paths(rows: Sequence[Row]) -> None:
    """Size of each coalition by day, and the bands of runs."""
    figure, grid = sheet(2, 4, 9.2, 4.6)
    for axes, (name, title) in zip(grid, TITLES.items(), strict=False):
        for (climate, text), colour, alpha in zip(
            CLIMATES.items(), ("#BBBBBB", BLUE), (0.5, 0.45), strict=True
        ):
            mine = [
                row
                for row in rows
                if (row["coalition"], row["climate"], row["what"]) == (name, climate, "size")
            ]
            day = [int(row["day"]) for row in mine]
            low, high, middle = (
                [float(row[column]) for row in mine] for column in ("low", "high", "middle")
            )
            axes.fill_between(
                day, low, high, color=colour, alpha=alpha, lw=0, label=f"80 %, {text}"
            )
            axes.plot(day, middle, color=colour, lw=1)
            if climate == "own":
                axes.step(
                    day,
                    [int(row["record"]) for row in mine],
                    color=INK,
                    lw=1.3,
                    where="post",
                    label="the record",
                )
        axes.set_ylim(0, None)
        axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
        label(axes, title, "day", "nations public")
    handles, texts = grid[0].get_legend_handles_labels()
    grid[-1].axis("off")
    grid[-1].legend(handles, texts, fontsize=SMALL, frameon=False, loc="center")
    save(figure, "paths")


def draw_unnamed(rows: Iterable[Row]) -> None:
    """Chances of each number of unnamed members, given more and more."""
    rows = list(rows)
    figure, grid = sheet(1, len(LAUNCHES), 8.6, 2.9)
    for axes, name in zip(grid, LAUNCHES, strict=True):
        reported = [row for row in rows if (row["coalition"], row["given"]) == (name, "fitted")]
        axes.bar(
            [int(row["number"]) for row in reported],
            [float(row["reported"]) for row in reported],
            color="#DDDDDD",
            width=1.0,
            label="the source, of nations at risk",
        )
        for (given, text), colour in zip(GIVEN.items(), SERIES, strict=False):
            mine = [row for row in rows if (row["coalition"], row["given"]) == (name, given)]
            number = [int(row["number"]) for row in mine]
            axes.plot(
                number, [float(row["chance"]) for row in mine], color=colour, lw=1.4, label=text
            )
        axes.set_xlim(-0.5, 38)
        label(axes, TITLES[name], "unnamed members", "chance")
    figure.legend(
        *grid[0].get_legend_handles_labels(),
        fontsize=SMALL,
        frameon=False,
        loc="outside lower center",
        ncols=4,
    )
    save(figure, "unnamed")


def draw_profiles(rows: Sequence[Row]) -> None:
    """Profile log posterior and likelihood of each coefficient, less the highest."""
    figure, grid = sheet(2, (len(GRIDS) + 1) // 2, 9.2, 5.0)
    for spare in grid[len(GRIDS) :]:
        spare.axis("off")
    for axes, name in zip(grid, GRIDS, strict=False):
        mine = sorted(
            (row for row in rows if row["coefficient"] == name), key=lambda row: float(row["value"])
        )
        if not mine:
            continue
        at, held = np.array([float(row["value"]) for row in mine]), mine[0]["held"]
        columns = (
            ("log_likelihood", ORANGE, "s--", "without its prior"),
            ("log_posterior", BLUE, "o-", "with its prior"),
        )
        for column, colour, style, text in columns:
            value = np.array([float(row[column]) for row in mine])
            if column == "log_likelihood" or not held:
                axes.plot(at, value - value.max(), style, color=colour, ms=3, lw=1, label=text)
        if held:
            axes.axvline(float(held), color=FAINT, lw=0.8, ls=":", label="held at in the fit")
        axes.axhline(-1.92, color=INK, lw=0.6)
        axes.set_ylim(-6, 0.4)
        x = "natural logarithm of the rate" if name == "engage" else "coefficient"
        label(axes, name, x, "log, less the best")
    found = {
        text: h for axes in grid for h, text in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    figure.legend(
        found.values(),
        found.keys(),
        fontsize=SMALL,
        frameon=False,
        loc="outside lower center",
        ncols=3,
    )
    save(figure, "profiles")
