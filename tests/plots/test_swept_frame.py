"""What figures of sweeps have round them: words, axes, choice, lettering, and how they look."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.legend import Legend
from matplotlib.testing.compare import compare_images
from matplotlib.text import Text

import sim
from sim.plots.catalogue import DrawingError, drawer, figures_of, suits
from sim.plots.sheet import figure_of, fitted, save_figure
from sim.plots.sweep.frame import ticks_of
from sim.plots.sweep.grid import Axis, axis_name, base_number, cell_edges, grid_axes
from sim.plots.sweep.words import outcome_label, outcome_unit, outcome_words
from sim.plots.theme import DARK, LIGHT, Theme
from sim.studies.sweep.result import Sweep
from tests.plots.lettering import misplaced
from tests.plots.made_up_sweeps import (
    ACCEPTABILITY,
    BACKING,
    LONG,
    MEETING,
    REQUIREMENT,
    base,
    long_names,
    made_up_sweep,
    many_names,
    square,
    steps,
)
from tests.plots.test_lettering import SIZES

# Words


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("nations.*.stake", "all nations: stake"),
        ("nations.POL.capacity.ground", "POL: ground capacity (thousand troops)"),
        ("nations.POL.stage", "POL: stage"),
        ("conditions.us_backing.responds.force", "US backing: response to force (log-odds)"),
        ("conditions.us_backing.speed", "US backing: speed (share of the way per day)"),
        ("events.chiefs_of_defence", "event: chiefs of defence"),
        ("commitment.requirement", "requirement (thousand troops)"),
        ("behaviour.decline.talks.rate", "decline from talks: rate (per day)"),
        ("behaviour", "behaviour"),
        ("memory.momentum", "memory of momentum (days)"),
        ("success.public_size", "success: public size (nations)"),
        ("ties.groups.visegrad.weight", "group visegrad: weight"),
        ("what_washington_says", "what_washington_says"),
        ("contributions.ground.cost", "ground: cost (cost units per force unit)"),
        ("days", "length of the run (days)"),
    ],
)
def test_a_path_is_put_in_words_with_its_unit(path: str, words: str) -> None:
    assert axis_name(sim.load_scenario("paris_2025"), path) == words


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("success", "chance of success"),
        ("size", "mean public size on 9 May 2025 (nations)"),
        ("private_size@30", "mean private size on 9 Apr 2025 (nations)"),
        ("peak_size", "mean largest public size (nations)"),
        ("force", "mean force on 9 May 2025 (force units)"),
        ("force.ground", "mean ground force on 9 May 2025 (force units)"),
        ("conditions.backing", "mean backing on 9 May 2025"),
        ("conditions.backing>=0.5", "chance that backing is at least 0.5 on 9 May 2025"),
        ("size@30>=5", "chance of public size of at least 5 on 9 Apr 2025"),
        ("public.POL", "chance that POL is public on 9 May 2025"),
    ],
)
def test_an_outcome_is_put_in_words_with_its_day_and_unit(name: str, words: str) -> None:
    nothing = made_up_sweep({BACKING: [0.2]}, outcomes=[name], cannot=lambda _: True)
    outcome = nothing.outcome(name)
    unit = outcome_unit(nothing, outcome)
    assert outcome_words(nothing, outcome) + (f" ({unit})" if unit else "") == words


def test_conditions_and_kinds_go_by_their_names_and_units() -> None:
    scenario = base().with_changes({
        "conditions.backing.name": "US backing",
        "contributions.ground.name": "land",
        "contributions.ground.unit": "thousand troops",
    })  # fmt: skip
    names = ["conditions.backing", "force.ground", "force"]
    nothing = made_up_sweep(
        {BACKING: [0.2]}, outcomes=names, cannot=lambda _: True, scenario=scenario
    )
    found = [outcome_label(nothing, nothing.outcome(name)) for name in names]
    assert found == [
        "mean US backing",
        "mean land force (thousand troops)",
        "mean force (force units)",
    ]
    assert grid_axes(nothing)[BACKING].name == "US backing: level"


def test_where_the_length_of_the_run_is_varied_there_is_no_last_day() -> None:
    sweep = made_up_sweep({"days": [60, 70]}, outcomes=["size"])
    assert outcome_words(sweep, sweep.outcome("size")) == "mean public size at the end"


def test_small_print_keeps_a_number_and_its_percent_sign_on_one_line() -> None:
    text = "with its 95 % interval along it " * 3
    for points in range(60, 200, 5):
        assert not any(line.startswith("%") for line in fitted(text, points))
        assert " ".join(fitted(text, points)) == text.strip()


def test_lines_of_small_print_are_as_wide_as_measured() -> None:
    wide, narrow = fitted("W" * 8 + " WWWW" * 20, 200), fitted("i" * 8 + " iiii" * 20, 200)
    assert len(wide) > len(narrow) > 1


# Axes


def test_a_base_value_is_found_by_id_by_label_by_number_and_for_all() -> None:
    full = base()
    assert base_number(full, BACKING) == 0.4
    assert base_number(full, "nations.POL.stake") == 0.9
    assert base_number(full, "events.second_meeting.weight") == 1.0
    assert base_number(full, "events.1.shift") == 1.5
    assert base_number(full, "nations.*.threshold") == 0.0
    for path in (
        "nations.*.stake",
        "nations.3.stake",
        "nations.POL.stage",
        "conditions.else.level",
    ):
        assert base_number(full, path) is None
    drawn = base().with_changes({BACKING: {"uniform": [0.2, 0.6]}})
    assert base_number(drawn, BACKING) is None


def test_an_axis_knows_the_value_nearest_to_the_base_scenario() -> None:
    vary = {BACKING: [0.7, 0.3, 0.1], MEETING: ["absent", "present"], "nations.*.stake": [0.9, 0.1]}
    vary[REQUIREMENT] = {"values": [1, 30, 1000], "spacing": "log"}
    axes = grid_axes(made_up_sweep(vary, cannot=lambda _: True))
    assert [axes[path].labels[axes[path].nearest] for path in vary] == [0.3, "present", 0.9, 30]
    assert axes[BACKING].labels == (0.1, 0.3, 0.7)
    assert axes[MEETING].base_place == 1
    assert axes[BACKING].base_place is None


def test_whole_scenarios_have_a_base_too() -> None:
    sweep = made_up_sweep(
        {"scenario": ["classics/birth_process", "classics/watts_2002"]},
        cannot=lambda _: True,
        outcomes=["size"],
    )
    assert grid_axes(sweep)["scenario"].base_place is None


@pytest.mark.parametrize("is_log", [False, True])
def test_cells_meet_half_way_and_each_holds_its_value(is_log: bool) -> None:
    positions = np.array([0.1, 0.12, 0.5, 3.0, 40.0])
    edges = cell_edges(positions, is_log)
    assert ((edges[:-1] < positions) & (positions < edges[1:])).all()
    middles = (
        np.sqrt(positions[1:] * positions[:-1])
        if is_log
        else positions[:-1] / 2 + positions[1:] / 2
    )
    assert edges[1:-1] == pytest.approx(middles)
    assert cell_edges(np.array([0.0])).tolist() == [-0.5, 0.5]


def axis(*labels: Any, is_log: bool = False) -> Axis:
    """An axis of some values."""
    return Axis("path", labels, np.arange(len(labels)), is_log)


def test_ticks_are_short_values_or_round_numbers_where_there_is_room() -> None:
    assert ticks_of(axis(10, 20, 50), 300).labels == ["10", "20", "50"]
    assert ticks_of(axis(10, 20, 50), 60).labels == ["10", "50"]
    odd = [0.05 + 0.1125 * place for place in range(9)]
    assert ticks_of(axis(*odd), 300).labels == ["0.2", "0.4", "0.6", "0.8"]
    logs = np.geomspace(5, 500, 9).tolist()
    assert ticks_of(axis(*logs, is_log=True), 400).places == [5, 10, 20, 50, 100, 200, 500]
    thousands = np.geomspace(1, 10_000, 7).tolist()
    names = ticks_of(axis(*thousands, is_log=True), 400).labels
    assert names == ["1", "10", "100", "1,000", "10,000"]
    assert ticks_of(axis("a", "b"), 300).labels == ["a", "b"]


# Choice


@pytest.mark.parametrize(
    ("vary", "more", "kinds"),
    [
        ({BACKING: [0.2, 0.8]}, {}, ("outcome_lines", "size_strip")),
        ({MEETING: ["present", "absent"]}, {}, ("outcome_lines", "size_strip")),
        (
            {BACKING: [0.2, 0.8], ACCEPTABILITY: [0.2, 0.8]},
            {},
            ("condition_map", "outcome_lines", "size_strip"),
        ),
        (
            {BACKING: [0.2, 0.8], MEETING: ["present", "absent"], ACCEPTABILITY: [0.2, 0.8]},
            {},
            ("outcome_multiples", "condition_map", "outcome_lines", "size_strip"),
        ),
        ({BACKING: [0.2, 0.8], ACCEPTABILITY: [0.2]}, {}, ("outcome_lines", "size_strip")),
        ({BACKING: [0.2, 0.8]}, {"design": "lhs", "points": 9}, ("outcome_scatter",)),
        ({BACKING: [0.2, 0.8]}, {"cannot": lambda _: True}, ()),
    ],
)
def test_kinds_suit_what_is_varied_and_can_be_drawn(
    vary: dict[str, Any], more: dict[str, Any], kinds: tuple[str, ...]
) -> None:
    sweep = made_up_sweep(vary, **more)
    assert suits(sweep) == kinds
    for kind in kinds:
        drawer(kind)(sweep)


# Lettering


def _fine() -> Sweep:
    return square(41, runs=20, cannot=lambda v: v[BACKING] > 0.88)


def _odd() -> Sweep:
    vary = {REQUIREMENT: steps(5, 500, 9, spacing="log"), BACKING: [0.1, 0.12, 0.5, 0.9]}
    return made_up_sweep(vary, lambda v: v[BACKING], is_missing=lambda number: number % 5 == 1)


def _boxes() -> Sweep:
    levels = steps(0.1, 0.9, 5)
    return made_up_sweep(
        {REQUIREMENT: many_names(7), BACKING: levels, ACCEPTABILITY: levels}, runs=20
    )


def _long() -> Sweep:
    levels = steps(0.1, 0.9, 5)
    vary = {f"conditions.{LONG}.level": levels, f"conditions.{LONG[:-1]}2.level": levels}
    vary[f"conditions.{LONG}.speed"] = [0.2, 0.4]
    return made_up_sweep(vary, lambda v: min(v.values()), scenario=long_names(), runs=20)


def _names() -> Sweep:
    return made_up_sweep({REQUIREMENT: many_names(37)}, runs=20)


def _rows_and_lines() -> Sweep:
    vary = {"nations.POL.stage": ["talks", "willing", "public"], MEETING: ["present", "absent"]}
    return made_up_sweep(vary, runs=20)


def _drawn() -> Sweep:
    vary = {BACKING: {"range": [0.1, 0.9]}, REQUIREMENT: {"range": [1, 100], "spacing": "log"}}
    vary |= {MEETING: ["present", "absent"], "nations.*.reliance.backing": {"range": [0, 1]}}
    return made_up_sweep(vary, lambda v: v[BACKING], design="lhs", points=64)


def _drawn_long() -> Sweep:
    vary = {f"conditions.{LONG}.level": {"range": [0.1, 0.9]}, REQUIREMENT: many_names(9)}
    return made_up_sweep(vary, scenario=long_names(), design="lhs", points=64)


def _single() -> Sweep:
    return made_up_sweep({BACKING: [0.5]})


CASES: dict[str, tuple[Callable[[], Sweep], tuple[str, ...]]] = {
    "41 by 41, some failing": (_fine, ("condition_map",)),
    "log and uneven, unfinished": (_odd, ("condition_map", "outcome_lines", "size_strip")),
    "panels by category": (_boxes, ("outcome_multiples",)),
    "long names": (_long, ("outcome_multiples", "condition_map", "outcome_lines", "size_strip")),
    "37 categories": (_names, ("outcome_lines", "size_strip")),
    "two lists of categories": (_rows_and_lines, ("outcome_lines",)),
    "a Latin hypercube": (_drawn, ("outcome_scatter",)),
    "a Latin hypercube with long names": (_drawn_long, ("outcome_scatter",)),
    "one point": (_single, ("outcome_lines",)),
}


@cache
def sweep_of(case: str) -> Sweep:
    """The sweep of a case."""
    return CASES[case][0]()


every_size = pytest.mark.parametrize(
    "size",
    [pytest.param(size, marks=[pytest.mark.slow] * (size != "as it comes")) for size in SIZES],
)


@every_size
@pytest.mark.parametrize(
    ("case", "kind"), [(c, kind) for c, (_, kinds) in CASES.items() for kind in kinds]
)
def test_no_lettering_overlaps_or_is_cut_off(case: str, kind: str, size: str) -> None:
    try:
        figure = figure_of(drawer(kind)(sweep_of(case), look=LIGHT.sized(*SIZES[size])))
    except DrawingError as reason:
        assert "inches of height" in str(reason)  # noqa: PT017 (either way is right)
        assert size == "as small as may be"
        return
    assert misplaced(figure) == []


@pytest.mark.parametrize("size", list(SIZES)[:2])
@pytest.mark.parametrize("kind", ["condition_map", "outcome_lines"])
def test_nor_where_a_mean_is_drawn(kind: str, size: str) -> None:
    look = LIGHT.sized(*SIZES[size])
    figure = figure_of(
        drawer(kind)(sweep_of("log and uneven, unfinished"), outcome="size", look=look)
    )
    assert misplaced(figure) == []


# Images

BASELINE = Path(__file__).with_name("baseline_swept")
LOOK = LIGHT.sized(6.0, 4.5)
TOLERANCE = 4.0
"""Root mean square of the difference, out of 255; see tests/plots/test_images.py."""

PICTURED = {
    "condition_map": lambda: square(9, cannot=lambda v: v[BACKING] == 0.9),
    "outcome_multiples": lambda: sweep_of("panels by category"),
    "outcome_lines": lambda: square(7),
    "size_strip": lambda: square(7),
    "outcome_scatter": lambda: sweep_of("a Latin hypercube"),
}


def write_image(kind: str, file: Path, look: Theme = LOOK) -> None:
    """Draw one figure without its lettering, its axes in places that lettering cannot move."""
    axes = drawer(kind)(PICTURED[kind](), look=look)
    figure = figure_of(axes)
    figure.set_layout_engine("none")
    axes.set_position((0.05, 0.05, 0.8, 0.9))
    for bar in figure.axes[1:]:
        if bar.get_label() == "<colorbar>":
            bar.set_position((0.9, 0.05, 0.05, 0.9))
    for artist in figure.findobj(lambda artist: isinstance(artist, Text | Legend)):
        artist.set_visible(False)
    save_figure(axes, file, dpi=60)


@pytest.mark.parametrize("kind", figures_of("Sweep"))
def test_a_figure_looks_as_it_did(kind: str, tmp_path: Path) -> None:
    drawn, dark = tmp_path / f"{kind}.png", tmp_path / f"{kind}_dark.png"
    write_image(kind, drawn)
    difference = compare_images(str(BASELINE / drawn.name), str(drawn), TOLERANCE)
    assert difference is None, (
        f"look at it; if it is right: python -m tests.plots.test_swept_frame\n{difference}"
    )
    write_image(kind, dark, DARK.sized(LOOK.width, LOOK.height))
    assert compare_images(str(BASELINE / drawn.name), str(dark), TOLERANCE) is not None


@pytest.mark.parametrize(
    "kind",
    [
        "size_strip",
        *(pytest.param(k, marks=pytest.mark.slow) for k in ("condition_map", "outcome_scatter")),
    ],
)
def test_the_same_sweep_gives_the_same_file(kind: str, tmp_path: Path) -> None:
    for name in ("one.svg", "other.svg"):
        save_figure(drawer(kind)(PICTURED[kind]()), tmp_path / name)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "other.svg").read_bytes()


if __name__ == "__main__":
    BASELINE.mkdir(exist_ok=True)
    for name in figures_of("Sweep"):
        write_image(name, BASELINE / f"{name}.png")
