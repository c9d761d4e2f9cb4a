"""What treaties and quick joining with leaders say about peers and momentum.

python experiments/joiners/study.py            # what the stored tables lack, then the page
python experiments/joiners/study.py --quick    # seconds: a few treaties, prints only
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from experiments.joiners.kinds import LED, Estimate, Population, of_families, of_led, population
from experiments.joiners.panel import FOLDER, Treaty, load_panel, load_signatories
from experiments.joiners.process import Fit, Specification, fit, specification
from experiments.joiners.skill import Score, baseline_scores, folds_of, model_scores
from sim.core.layout import Reals
from sim.plots.sheet import DPI
from sim.plots.theme import INK, NORMAL, SMALL, STAGE_COLOURS

OTHERS = ("region", "everyone", "momentum")
"""What a nation sees of others."""

AGE = ("age", "age squared")
SEEN = ("climate", "disposition")
MODELS = {
    "peers and momentum": specification(OTHERS, SEEN),
    "signature, peers and momentum": specification(OTHERS, SEEN, signature=True),
    "signature": specification((), SEEN, signature=True),
    "climate": specification((), SEEN),
    "age, peers and momentum": specification((*OTHERS, *AGE), SEEN),
    "signature, age, peers and momentum": specification((*OTHERS, *AGE), SEEN, signature=True),
}
"""Forecasts by the model. All have the climate of the treaty and dispositions of nations."""

BASELINES = ("logistic", "logistic, age", "logistic, signature", "logistic, signature, age")
BESIDE = {
    "climate": "age",
    "peers and momentum": "logistic",
    "age, peers and momentum": "logistic, age",
    "signature": "climate",
    "signature, peers and momentum": "logistic, signature",
    "signature, age, peers and momentum": "logistic, signature, age",
}
"""What each is compared with."""

MEMORIES = (91.0, 365.25, 730.0, 1461.0)
"""Days of memory that are tried."""

FITS = {
    "all bindings": specification(OTHERS),
    "with age": specification((*OTHERS, *AGE)),
    "without what regions share": specification(OTHERS, SEEN),
    "ceremonies carry their quarters": specification(OTHERS, ceremonies=True),
    "by signature": specification(OTHERS, signature=True, apart=True),
}
"""Fits to all treaties, for the coefficients."""

SIGNATORIES = "all signatories known"
"""The fit to four treaties of which all signatories are known, bound or not."""

PRIOR_SPREAD = {"peers": 2.0, "momentum": 5.0}
"""Scales of the half-normal priors of the spread between kinds."""

N_RESAMPLED = 4000
MARKERS = ("<!-- tables -->", "<!-- end of tables -->")


class Value(NamedTuple):
    """One fitted number."""

    fit: str
    name: str
    value: float
    error: float


# What is kept between runs -----------------------------------------------------------------------


def rows_in(name: str) -> list[list[str]]:
    """Rows of a table of this folder without its head; none if it is not there."""
    path = FOLDER / name
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))[1:]


def read_scores() -> list[Score]:
    """Scores that are stored."""
    return [
        Score(method, treaty, family, int(n), float(loss), float(gain), float(error))
        for method, treaty, family, n, loss, gain, error in rows_in("scores.csv")
    ]


def read_values() -> list[Value]:
    """Fitted numbers that are stored."""
    return [Value(name, what, float(x), float(y)) for name, what, x, y in rows_in("estimates.csv")]


def read_estimates() -> list[Estimate]:
    """Peers and momentum by family and kind, as stored."""
    return [
        Estimate(group, name, int(n), *map(float, rest))
        for group, name, n, *rest in rows_in("kinds.csv")
    ]


def write(name: str, rows: Sequence[tuple]) -> None:
    """Write named tuples to a table of this folder."""
    with (FOLDER / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(rows[0]._fields)
        for row in rows:
            writer.writerow([f"{x:.5g}" if isinstance(x, float) else x for x in row])


# Scores ------------------------------------------------------------------------------------------


def skill(scores: Sequence[Score]) -> float:
    """1 minus the log loss divided by that of the hazard by age."""
    gain = sum(each.gain for each in scores)
    return gain / sum(each.loss + each.gain for each in scores)


def resampled(scores: Sequence[Score], seed: int = 0) -> Reals:
    """Skills over families drawn with replacement, the same for all forecasts."""
    families = sorted({each.family for each in scores})
    gain, age = np.zeros((2, len(families)))
    for each in scores:
        place = families.index(each.family)
        gain[place] += each.gain
        age[place] += each.loss + each.gain
    drawn = np.random.default_rng(seed).integers(len(families), size=(N_RESAMPLED, len(families)))
    return np.asarray(gain[drawn].sum(axis=1) / age[drawn].sum(axis=1))


def interval(values: Reals) -> tuple[float, float]:
    """The middle 95 %."""
    low, high = np.quantile(values, (0.025, 0.975))
    return float(low), float(high)


def by_method(scores: Iterable[Score]) -> dict[str, list[Score]]:
    """Scores of each forecast, by treaty."""
    found: dict[str, list[Score]] = {}
    for each in scores:
        found.setdefault(each.method, []).append(each)
    return {name: sorted(each, key=lambda score: score.treaty) for name, each in found.items()}


def skill_table(scores: Sequence[Score]) -> str:
    """The table of skills."""
    found = by_method(scores)
    lines = [
        "| forecast | skill | 95 % | better than age in | beside | skill more by | 95 % |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name in (*BASELINES, *MODELS):
        if name not in found:
            continue
        mine = found[name]
        low, high = interval(resampled(mine))
        better = np.mean([each.gain > 0.0 for each in mine])
        other = BESIDE.get(name, "")
        beside = "| | | |"
        if other in found:
            more = resampled(mine) - resampled(found[other])
            at = skill(mine) - skill(found[other])
            beside = "| {} | {:.3f} | {:.3f} to {:.3f} |".format(other, at, *interval(more))
        lines.append(
            f"| {name} | {skill(mine):.3f} | {low:.3f} to {high:.3f} | {better:.0%} {beside}"
        )
    return "\n".join(lines)


def figure(scores: Sequence[Score]) -> Figure:
    """Skill by treaty, of the model and of a regression on the same covariates."""
    found = by_method(scores)
    model, logistic = found["signature, peers and momentum"], found["logistic, signature"]
    order = np.argsort([each.gain / (each.loss + each.gain) for each in model])
    sheet = Figure(figsize=(7.6, 4.2), layout="constrained")
    FigureCanvasAgg(sheet)
    axes = sheet.subplots()
    places = np.arange(order.size)
    for label, lines, colour in (
        ("logistic regression, same covariates", logistic, STAGE_COLOURS["talks"]),
        ("the model: signature, peers and momentum", model, STAGE_COLOURS["public"]),
    ):
        of_age = np.array([each.loss + each.gain for each in lines])[order]
        gain = np.array([each.gain for each in lines])[order] / of_age
        is_model = lines is model
        if is_model:
            error = 1.96 * np.array([each.error for each in lines])[order] / of_age
            axes.vlines(places, gain - error, gain + error, color=colour, lw=0.8, alpha=0.5)
        axes.plot(places, gain, "o" if is_model else "x", ms=3.0, color=colour, label=label)
        low, high = interval(resampled(lines))
        axes.axhspan(low, high, color=colour, alpha=0.15, lw=0)
        axes.axhline(skill(lines), color=colour, lw=1.0)
    axes.axhline(0.0, color=INK, lw=0.8)
    axes.set_xlim(-1, order.size)
    axes.set_xticks([])
    axes.set_xlabel(f"{order.size} treaties, by the skill of the model", fontsize=NORMAL)
    axes.set_ylabel("skill over the hazard by age", fontsize=NORMAL)
    axes.tick_params(labelsize=SMALL)
    axes.grid(axis="y", color="#E6E6E6", lw=0.8)
    axes.set_axisbelow(True)
    axes.legend(fontsize=SMALL, frameon=False, loc="upper left")
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return sheet


# Estimates ---------------------------------------------------------------------------------------


def values_of(name: str, found: Fit) -> list[Value]:
    """The numbers of a fit, its log-likelihood last."""
    rows = [Value(name, each, *found.of(each)) for each in found.specification.names]
    return [*rows, Value(name, "log-likelihood", found.log_likelihood, 0.0)]


def estimate_table(values: Sequence[Value], fits: Iterable[str]) -> str:
    """Coefficients, with standard errors, one fit a column."""
    fits = list(fits)
    table = {(each.fit, each.name): each for each in values}
    names = list(dict.fromkeys(each.name for each in values if each.fit in fits))
    names.sort(key="log-likelihood".__eq__)
    lines = ["| | " + " | ".join(fits) + " |", "| --- " * (len(fits) + 1) + "|"]
    for name in names:
        cells = []
        for each in fits:
            found = table.get((each, name))
            if found is None:
                cells.append("")
            elif name == "log-likelihood":
                cells.append(f"{found.value:.0f}")
            else:
                cells.append(f"{found.value:.2f} ± {found.error:.2f}")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def populations(estimates: Sequence[Estimate]) -> dict[str, dict[str, Population]]:
    """Laws of peers and momentum over families of treaties, treaties, and kinds of commitment."""
    found: dict[str, dict[str, Population]] = {}

    def add(group: str, name: str, values: Iterable[float], errors: Iterable[float]) -> None:
        law = population(np.array([*values]), np.array([*errors]), PRIOR_SPREAD[name])
        found.setdefault(group, {})[name] = law

    for name in PRIOR_SPREAD:
        for group in ("bindings", "signatories"):
            mine = [each for each in estimates if each.group == group]
            values = (getattr(each, name) for each in mine)
            add(group, name, values, (getattr(each, f"{name}_error") for each in mine))
        led = [each for each in estimates if each.group == "led"]
        treaties = [found[group][name] for group in ("bindings", "signatories")]
        values = [*(each.mean for each in treaties), *(getattr(each, name) for each in led)]
        errors = (getattr(each, f"{name}_error") for each in led)
        add("kinds", name, values, [*(each.mean_error for each in treaties), *errors])
    return found


WORDS = {"bindings": "treaties, by family", "signatories": "signatories, by treaty"}


def kinds_table(estimates: Sequence[Estimate]) -> str:
    """Peers and momentum by kind, and what a new kind may be like."""
    laws = populations(estimates)
    lines = ["| | joined | peers | momentum |", "| --- | --- | --- | --- |"]
    for group, word in WORDS.items():
        mine = [each for each in estimates if each.group == group]
        joined = sum(each.joined for each in mine)
        cells = [f"{each.mean:.2f} ± {each.mean_error:.2f}" for each in laws[group].values()]
        lines.append(f"| {word}: mean of {len(mine)} | {joined} | {' | '.join(cells)} |")
        cells = [f"{each.spread:.2f}" for each in laws[group].values()]
        lines.append(f"| {word}: standard deviation | | {' | '.join(cells)} |")
    names = {file: name for name, file in LED.items()}
    lines += [
        f"| {names[each.name]} | {each.joined} | {each.peers:.2f} ± {each.peers_error:.2f} "
        f"| {each.momentum:.2f} ± {each.momentum_error:.2f} |"
        for each in estimates
        if each.group == "led"
    ]
    cells = [f"{each.mean:.2f} ± {each.predictive:.2f}" for each in laws["kinds"].values()]
    lines.append(f"| a new kind of commitment | | {' | '.join(cells)} |")
    return "\n".join(lines)


# The study ---------------------------------------------------------------------------------------


def add_scores(panel: Sequence[Treaty]) -> list[Score]:
    """Scores of all forecasts; those that are stored are kept."""
    scores = read_scores()
    folds = folds_of(panel)
    if not scores:
        plain = baseline_scores(panel, folds, with_signature=False)
        signed = baseline_scores(panel, folds, with_signature=True)
        scores = [*plain, *(each for each in signed if each.method != "age")]
        write("scores.csv", scores)
    known = {each.method for each in scores}
    for name, spec in MODELS.items():
        if name not in known:
            scores += model_scores(panel, name, spec, folds)
            write("scores.csv", scores)
            print(f"{name}: skill {skill(by_method(scores)[name]):.3f}", flush=True)
    return scores


def add_value(
    values: list[Value], name: str, treaties: Sequence[Treaty], spec: Specification
) -> None:
    """Add the numbers of a fit, unless they are stored."""
    if name not in {each.fit for each in values}:
        values.extend(values_of(name, fit(treaties, spec, with_covariance=True)))
        write("estimates.csv", values)
        print(name, flush=True)


def fit_of(name: str, spec: Specification, values: Sequence[Value]) -> Fit:
    """A stored fit, without its covariance."""
    table = {each.name: each.value for each in values if each.fit == name}
    at = np.array([table[each] for each in spec.names])
    return Fit(spec, at, np.full((at.size, at.size), np.nan), table["log-likelihood"])


def add_kinds(panel: Sequence[Treaty], values: Sequence[Value]) -> list[Estimate]:
    """Peers and momentum by family and kind, unless they are stored."""
    estimates = read_estimates()
    if not estimates:
        name = "all bindings"
        pooled = fit_of(name, FITS[name], values)
        of_four = fit_of(SIGNATORIES, FITS["by signature"], values)
        estimates = [
            *of_families(panel, pooled, "bindings"),
            *of_families(load_signatories(), of_four, "signatories"),
            *(of_led(file)[0] for file in LED.values()),
        ]
        write("kinds.csv", estimates)
    return estimates


def write_page(scores: list[Score], values: list[Value], estimates: list[Estimate]) -> None:
    """Write the tables into the page, and the figure."""
    stored = {each.fit for each in values}
    memories = [name for memory in MEMORIES if (name := f"memory {memory:.0f}") in stored]
    tables = "\n\n".join(
        [
            "### Skill on treaties left out\n\n" + skill_table(scores),
            "### Coefficients\n\n" + estimate_table(values, (*FITS, SIGNATORIES)),
            *(
                ["### Memory of momentum\n\n" + estimate_table(values, memories)]
                if memories
                else []
            ),
            "### By kind of commitment\n\n" + kinds_table(estimates),
        ]
    )
    path = FOLDER / "README.md"
    before, rest = path.read_text(encoding="utf-8").split(MARKERS[0])
    after = rest.split(MARKERS[1])[1]
    page = f"{before}{MARKERS[0]}\n\n{tables}\n\n{MARKERS[1]}{after}"
    path.write_text(page, encoding="utf-8")
    figure(scores).savefig(FOLDER / "skill.png", dpi=DPI, metadata={"Software": None})


def quick() -> None:
    """A few treaties, seconds: the same steps, nothing written."""
    panel = [each for each in load_panel() if each.bound.sum() < 60 and each.quarters < 60][:6]
    folds = folds_of(panel, 2)
    spec = MODELS["signature, peers and momentum"]
    pooled = fit(panel, spec, with_covariance=True)
    scores = [
        *baseline_scores(panel, folds, with_signature=True),
        *model_scores(panel, "signature, peers and momentum", spec, folds),
    ]
    print(skill_table(scores))
    print(estimate_table(values_of("a few treaties", pooled), ["a few treaties"]))


def main() -> int:
    """Run the study."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="seconds; prints only")
    parser.add_argument("--redraw", action="store_true", help="the page from the stored tables")
    options = parser.parse_args()
    if options.quick:
        quick()
        return 0
    if options.redraw:
        write_page(read_scores(), read_values(), read_estimates())
        return 0
    panel, values = load_panel(), read_values()
    for name, spec in FITS.items():
        add_value(values, name, panel, spec)
    add_value(values, SIGNATORIES, load_signatories(), FITS["by signature"])
    estimates = add_kinds(panel, values)
    scores = add_scores(panel)
    for memory in MEMORIES:
        treaties = load_panel(memory)
        add_value(values, f"memory {memory:.0f}", treaties, MODELS["peers and momentum"])
    write_page(scores, values, estimates)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
