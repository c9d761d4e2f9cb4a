"""A sweep in plain words, as wide as the terminal."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pytest

from sim.plots.sweep.words import value_text
from sim.report.comparison import with_interval
from sim.report.sweep import chance_text, estimate_text, label_texts, sweep_blocks
from sim.report.text import to_text
from sim.results.estimates import chance
from sim.results.format import number, percent
from sim.scenario.load import scenario_from_dict
from sim.studies.sweep.result import Sweep
from sim.studies.sweep.sweep import sweep
from tests.cli.sweeping import LEVEL, SCENARIO
from tests.studies.sweep.made_up import study_of


def sweep_text(found: Sweep, width: int) -> str:
    """What `willing sweep` prints."""
    return to_text(sweep_blocks(found), width)


@pytest.fixture(scope="module")
def wide() -> Sweep:
    """A sweep over two paths, some of whose points fail."""
    vary = {LEVEL: [0.1, 0.5, 1], "events.talks": ["present", "absent"]}
    return sweep(study_of(vary, SCENARIO, runs=40, seed=1))


@pytest.mark.parametrize("width", [40, 60, 96])
def test_the_text_is_as_wide_as_the_terminal(wide: Sweep, width: int) -> None:
    narrow = sweep(study_of({LEVEL: [0.1, 0.5, 1]}, SCENARIO, runs=40))
    for found in (wide, narrow):
        text = sweep_text(found, width)
        assert max(len(line) for line in text.splitlines()) <= width
        assert "share their luck" in " ".join(text.split())


def test_of_a_wide_design_the_extremes_are_told(wide: Sweep) -> None:
    text = sweep_text(wide, 96)
    values = wide.column("size")
    low, high = int(values[:4].argmin()), int(values[:4].argmax())
    least, most = (estimate_text(wide, wide.outcome("size"), place) for place in (low, high))
    assert f"public nations: from {least} to {most}" in text
    where = f"{LEVEL}={wide.column(LEVEL)[low]:g}, events.talks={wide.column('events.talks')[low]}"
    n_least = (values == values[low]).sum()
    assert f"least at {n_least} points, the first {where}" in " ".join(text.split())
    assert "6 points, 40 runs each, seed 1" in text


def test_a_point_that_could_not_be_run_has_a_dash(wide: Sweep) -> None:
    assert estimate_text(wide, wide.outcome("size"), 4) == "-"
    narrow = sweep(study_of({LEVEL: [0.1, 1]}, SCENARIO, runs=40))
    row = next(line for line in sweep_text(narrow, 96).splitlines() if line.startswith("  1 "))
    assert set(row.split()[1:]) == {"-"}


def test_a_sweep_all_of_whose_points_failed_is_told_without_numbers(wide: Sweep) -> None:
    narrow = sweep(study_of({LEVEL: [0.1, 1]}, SCENARIO, runs=40))
    for found, points in ((wide, "2 points"), (narrow, "1 point")):
        failed = Sweep(found.study, found.table.take(list(found.problems)))
        assert len(failed.problems) == failed.n_points
        text = sweep_text(failed, 96)
        assert f"{points}, 40 runs each" in text
        assert not re.search(r"\bnan\b", text)


def test_one_run_a_point_has_no_interval() -> None:
    found = sweep(study_of({LEVEL: [0.1]}, SCENARIO, runs=1))
    assert "[" not in estimate_text(found, found.outcome("size"), 0)
    assert "nan" not in sweep_text(found, 96)


def test_long_names_are_cut_short() -> None:
    vary = {"title": ["t" * 200, "\x1b[31mred"]}
    text = sweep_text(sweep(study_of(vary, SCENARIO, runs=2)), 96)
    assert "\x1b" not in text
    assert max(map(len, text.splitlines())) <= 96


def test_a_chance_lies_in_its_interval_as_printed() -> None:
    rng = np.random.default_rng(0)
    for n_runs in (40, 1000, 40_000):
        for hits in (0, 1, n_runs, *rng.integers(0, n_runs, 50).tolist()):
            found = chance(hits, n_runs)
            text = chance_text(found.chance, found.low, found.high)
            value, low, high = map(float, re.findall(r"[\d.]+", text))
            assert low <= value <= high
            assert low < high
            assert (value in (0, 100)) <= (hits in (0, n_runs))


def test_points_that_are_less_precise_than_asked_are_counted() -> None:
    keys = {"runs": None, "precision": 0.1, "precision_of": "size", "most_runs": 300}
    found = sweep(study_of({LEVEL: [0.1, 0.5, 0.9]}, SCENARIO, seed=1, **keys))
    halves = (found.column("size.high") - found.column("size.low")) / 2
    wide = halves > 0.1
    assert wide.sum() > 0
    assert found.imprecise() == (wide.sum(), halves.max())
    text = " ".join(sweep_text(found, 96).split())
    widest = f"{halves.max():.2g}"
    assert f"after 300 runs: {wide.sum()} of 3 points, the widest +/- {widest}" in text


def test_points_that_are_all_precise_are_not_spoken_of() -> None:
    keys = {"runs": None, "precision": 0.9, "precision_of": "size"}
    found = sweep(study_of({LEVEL: [0.1, 0.5]}, SCENARIO, **keys))
    assert found.imprecise()[0] == 0
    text = sweep_text(found, 96)
    assert "Less precise" not in text
    assert "2 points, 200 runs each, until the interval of size is +/- 0.9" in text


def test_where_many_points_are_the_least_their_number_is_told() -> None:
    vary = {LEVEL: [0.1, 0.5], "title": ["one", "other"]}
    text = " ".join(sweep_text(sweep(study_of(vary, SCENARIO, runs=40)), 96).split())
    assert f"least at 2 points, the first {LEVEL}=" in text


@pytest.mark.parametrize("width", [60, 96])
def test_zero_has_no_sign_whatever_was_rounded_to_it(width: int) -> None:
    few = sweep(study_of({"days": [10, 15]}, SCENARIO, runs=20, outcomes=["force", "size"]))
    for name, values in {
        "force": [1.2, 0.1],
        "force.low": [-0.4, -0.004],
        "force.high": [2.8, 0.2],
    }.items():
        place = few.table.column_names.index(name)
        few.table = few.table.set_column(place, name, pa.array(values))
    force = [estimate_text(few, few.outcome("force"), point) for point in (0, 1)]
    assert force == ["1 [0 to 3]", "0.1 [0.0 to 0.2]"]
    assert "-0" not in sweep_text(few, width)
    assert float(few.column("force.low")[0]) == -0.4  # as it is, for whoever reads the numbers


def test_rounded_numbers_have_no_sign_of_their_own_in_any_text() -> None:
    assert (number(-0.004), number(-0.0), percent(-0.0)) == ("0.00", "0.00", "0 %")
    assert (label_texts([-0.0]), value_text(-0.0), value_text(-0.5)) == (["0"], "0", "-0.5")
    assert chance_text(0.0, -1e-18, 0.16) == "0 % [0 to 16]"
    assert with_interval(-0.2, -3.1, 2.7) == "0 (-3 to 3)"


def test_two_paths_print_a_table_that_fits_80_columns(wide: Sweep) -> None:
    text = sweep_text(wide, 80)
    row = next(line for line in text.splitlines() if line.startswith("  0.5, absent "))
    assert estimate_text(wide, wide.outcome("size"), 3) in row
    assert max(map(len, text.splitlines())) <= 80


def test_a_large_grid_over_two_paths_prints_the_first_outcome_at_every_point() -> None:
    vary = {LEVEL: [round(0.05 * step, 2) for step in range(1, 12)], "days": [20, 25, 30, 35]}
    found = sweep(study_of(vary, SCENARIO, runs=4))
    text = sweep_text(found, 80)
    assert "from left to right: length of the run (days)" in text
    lines = text.splitlines()
    [heading] = [place for place, line in enumerate(lines) if line.endswith(" 35")]
    assert [line.split()[0] for line in lines[heading + 1 : heading + 12]] == [
        f"{level:g}" for level in vary[LEVEL]
    ]
    turned = sweep_text(sweep(study_of(dict(reversed(vary.items())), SCENARIO, runs=4)), 80)
    assert lines[heading : heading + 12] == [
        line for line in turned.splitlines() if line in lines[heading : heading + 12]
    ]


def test_no_force_is_reported_where_nobody_can_contribute() -> None:
    bare = scenario_from_dict({"days": 9, "nations": ["GBR", "FRA"]})
    assert "force" not in sweep_text(sweep(study_of({"days": [8, 9]}, bare)), 96)
    assert "force" in sweep_text(sweep(study_of({"days": [18, 19]}, SCENARIO)), 96)


def test_the_level_of_even_odds_is_said_where_success_crosses_one_half() -> None:
    fast = {"behaviour.declare.rate": [0.001, 0.2, 0.5]}
    found = sweep(study_of(fast, SCENARIO, runs=40))
    first, last = (found.column("success")[place] for place in (0, -1))
    assert first < 0.5 < last
    text = " ".join(sweep_text(found, 96).split())
    assert "Even odds: success is 50 % at about 0." in text
    after = int(np.argmax(found.column("success") > 0.5))
    below, above = fast["behaviour.declare.rate"][after - 1 : after + 1]
    assert f"on a straight line between the points {below:g} and {above:g}" in text
    never = sweep(study_of({"behaviour.declare.rate": [0.001, 0.002]}, SCENARIO, runs=40))
    assert "Even odds" not in sweep_text(never, 96)
    names = sweep(study_of({"events.talks": ["present", "absent"]}, SCENARIO, runs=40))
    assert "Even odds" not in sweep_text(names, 96)


def test_whether_the_quorum_takes_force_is_reported_where_the_scenario_has_one() -> None:
    scenario = scenario_from_dict(
        {
            "days": 5,
            "nations": [{"id": "A", "stage": "public"}, {"id": "B", "stage": "talks"}],
            "behaviour": {},
            "quorum": {"public": 1},
        }
    )
    study = study_of({"quorum.public": [1, 2]}, scenario, runs=4, outcomes=None)
    assert "quorum in force" in to_text(sweep_blocks(sweep(study)), 100)


def test_an_outcome_that_some_points_do_not_have_is_told_of_the_others() -> None:
    form = {"days": 3, "nations": ["GBR"], "quorum": {"public": 0}}
    vary = {"quorum": ["present", "absent"], "commitment.value": [1, 2]}
    text = sweep_text(sweep(study_of(vary, scenario_from_dict(form))), 96)
    assert re.search(r"quorum in force: 100 % \[.*\] at every point that has it", text)


def test_lists_are_written_as_in_a_file() -> None:
    vary = {"leaders": [["GBR"], ["GBR", "FRA"], "absent"]}
    scenario = scenario_from_dict({"days": 3, "nations": ["GBR", "FRA"]})
    text = sweep_text(sweep(study_of(vary, scenario)), 96)
    assert "  [GBR, FRA] " in text
    assert "'" not in text
    assert value_text("['GBR', 'FRA']") == "[GBR, FRA]"
