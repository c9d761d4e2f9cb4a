"""Paris 2025 gives no degenerate result: its values let some join, and the levers move it.

Bounds are generous on purpose. They say what kind of result the values must not give, not what
will happen; seeds are fixed.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import sim
from sim.core.stages import DEPLOYED
from sim.scenario.events import Meeting

ROOT = Path(__file__).resolve().parents[2]
N_RUNS = 2000
SEED = 1
US_BACKING = "conditions.us_backing.level"
ACCEPTABILITY = "conditions.ukrainian_acceptability.level"
LOW_TO_HIGH = (0.05, 0.35, 0.65, 0.9)
VARIANTS = ("us_withdraws", "us_backstop", "peace_deal", "scheduled", "russian_opposition")
ERRORS = 4.5
"""Monte Carlo standard errors that a difference must exceed to be one."""

Reals = NDArray[np.float64]


@cache
def paris(
    variant: str = "", changed: str = "", level: float = 0.0, *, drawn: bool = False
) -> sim.Ensemble:
    scenario = sim.load_scenario(ROOT / "scenarios" / f"paris_2025{variant and '_' + variant}.yaml")
    if drawn:
        scenario = scenario.with_draws("posterior", beside=True)
    if changed:
        scenario = scenario.with_changes({changed: level})
    return sim.run(scenario, runs=N_RUNS, seed=SEED)


def size_at_end(ensemble: sim.Ensemble) -> Reals:
    return ensemble.size[:, -1].astype(float)


def chance_of_success(ensemble: sim.Ensemble) -> float:
    return float((ensemble.success_day >= 0).mean())


def share_of_force(ensemble: sim.Ensemble, of_nations: Reals) -> float:
    """Mean over the runs with any force of the share that some nations' pledges are of it."""
    force = ensemble.force.sum(axis=1)
    return float((of_nations[force > 0.0] / force[force > 0.0]).mean())


def pledges(ensemble: sim.Ensemble) -> Reals:
    return ensemble.pledge.sum(axis=2)


def days_on_day_or_two_after_a_large_meeting(ensemble: sim.Ensemble) -> set[int]:
    scenario, days = ensemble.scenario, set()
    for event in scenario.events:
        is_meeting = isinstance(event, Meeting)
        if is_meeting and (event.participants == "all" or len(event.participants) > 20):
            held = event.date if isinstance(event.date, int) else (event.date - scenario.start).days
            days.update(range(held, held + 3))
    return {day for day in days if 1 <= day <= ensemble.n_days}


def mean_and_error(differences: Reals) -> tuple[float, float]:
    return float(differences.mean()), float(differences.std(ddof=1) / np.sqrt(len(differences)))


def test_not_everyone_joins_and_not_no_one() -> None:
    size = size_at_end(paris())
    assert 15 <= np.median(size) <= 28
    assert np.mean((size < 5) | (size > 33)) < 0.02
    assert 8 <= np.quantile(size, 0.95) - np.quantile(size, 0.05) <= 24


@pytest.mark.parametrize("level", LOW_TO_HIGH)
def test_at_no_level_of_us_backing_does_everyone_join_or_no_one(level: float) -> None:
    size = size_at_end(paris(changed=US_BACKING, level=level))
    assert np.quantile(size, 0.05) >= 5
    assert np.quantile(size, 0.95) <= 34


@pytest.mark.parametrize("condition", [US_BACKING, ACCEPTABILITY])
def test_a_better_condition_makes_a_larger_coalition(condition: str) -> None:
    sizes = [size_at_end(paris(changed=condition, level=level)) for level in LOW_TO_HIGH]
    for worse, better in pairwise(sizes):
        gain, error = mean_and_error(better - worse)
        assert gain > ERRORS * error
    assert sizes[-1].mean() - sizes[0].mean() > 6


def test_success_goes_from_hardly_ever_to_mostly_and_is_neither_at_base() -> None:
    chances = [chance_of_success(paris(changed=US_BACKING, level=level)) for level in LOW_TO_HIGH]
    assert chances == sorted(chances)
    assert chances[0] < 0.02
    assert chances[-1] > 0.75
    assert 0.05 < chance_of_success(paris()) < 0.6


@pytest.mark.parametrize(("variant", "most"), [("", 30), ("scheduled", 15)])
def test_nations_go_public_in_bursts_around_meetings(variant: str, most: float) -> None:
    """Most where lists come on days of meetings as well, as they do in the draws of the base."""
    ensemble = paris(variant)
    went = np.diff(ensemble.size, axis=1).clip(min=0).mean(axis=0)
    near = days_on_day_or_two_after_a_large_meeting(ensemble)
    on = [went[day - 1] for day in range(1, ensemble.n_days + 1) if day in near]
    off = [went[day - 1] for day in range(1, ensemble.n_days + 1) if day not in near]
    assert 3 < np.mean(on) / np.mean(off) < most


def test_the_two_organisers_carry_less_than_half_of_the_force_on_average() -> None:
    ensemble = paris()
    pledged = pledges(ensemble)
    organisers = [ensemble.nations.index(nation) for nation in ("GBR", "FRA")]
    assert 0.25 < share_of_force(ensemble, pledged[:, organisers].sum(axis=1)) < 0.5


def test_neither_do_the_two_first_to_pledge() -> None:
    ensemble = paris()
    when = ensemble.first_day[:, :, 4].astype(float)
    when[when < 0] = np.inf
    first = np.argsort(when, axis=1, kind="stable")[:, :2]
    carried = np.take_along_axis(pledges(ensemble), first, axis=1).sum(axis=1)
    assert share_of_force(ensemble, carried) < 0.5


def test_one_nation_does_not_carry_it_all_and_not_all_carry_the_same() -> None:
    ensemble = paris()
    ordered = np.sort(pledges(ensemble), axis=1)
    assert share_of_force(ensemble, ordered[:, -1]) < 0.45
    assert 0.6 < share_of_force(ensemble, ordered[:, -5:].sum(axis=1)) < 0.95


@pytest.mark.parametrize("level", LOW_TO_HIGH)
def test_more_are_willing_to_join_than_to_name_a_number(level: float) -> None:
    ensemble = paris(changed=US_BACKING, level=level)
    assert 0.4 < ensemble.firm_size[:, -1].sum() / ensemble.size[:, -1].sum() < 0.75


def test_force_is_neither_a_token_nor_all_that_there_is() -> None:
    ensemble = paris()
    capacity = sum(sum(nation.capacity.values()) for nation in ensemble.scenario.nations)
    force = ensemble.force.sum(axis=1)
    assert np.median(force) > 8
    assert np.quantile(force, 0.95) < capacity / 3


def test_leaving_is_rare_after_a_public_word_and_frequent_before() -> None:
    ensemble = paris()
    refusals = (ensemble.refusal_day >= 0).sum(axis=1).mean()
    exits = (ensemble.exit_day >= 0).sum(axis=1).mean()
    assert 0.2 < exits < 1.0
    assert 5 < refusals < 14


def test_a_fifth_or_more_of_the_private_coalition_is_unnamed_when_twelve_are_public() -> None:
    ensemble = paris()
    reached = (ensemble.size >= 12).any(axis=1)
    runs = np.flatnonzero(reached)
    days = (ensemble.size >= 12).argmax(axis=1)[runs]
    unnamed = 1.0 - ensemble.size[runs, days] / ensemble.private_size[runs, days]
    assert reached.mean() > 0.9
    assert 0.2 < unnamed.mean() < 0.5


@pytest.mark.parametrize(
    ("variant", "sign"),
    [
        ("us_withdraws", -1),
        ("us_backstop", 1),
        ("peace_deal", 1),
        ("scheduled", -1),
        ("russian_opposition", -1),
    ],
)
def test_a_variant_moves_results_in_its_direction_beyond_luck(variant: str, sign: int) -> None:
    base, changed = paris(), paris(variant)
    for quantity in (
        size_at_end,
        lambda ensemble: ensemble.force.sum(axis=1),
        lambda ensemble: (ensemble.success_day >= 0).astype(float),
    ):
        moved, error = mean_and_error(sign * (quantity(changed) - quantity(base)))
        assert moved > ERRORS * error


@pytest.mark.parametrize("variant", ["", *VARIANTS])
def test_forces_deploy_after_a_deal_only(variant: str) -> None:
    deployed = (paris(variant).stage == DEPLOYED).sum(axis=1)
    if variant == "peace_deal":
        assert 2 < deployed.mean() < 20
        days = paris(variant).first_day[:, :, DEPLOYED]
        assert days[days >= 0].min() >= 63
    else:
        assert deployed.max() == 0


def test_the_table_in_the_sources_is_what_the_scenarios_give() -> None:
    text = (ROOT / "scenarios" / "SOURCES.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (.+?) \| (\d+) \[(\d+), (\d+)\] \|.* (\d+) % \| [\d.]+ \|$", text, re.M)
    assert len(rows) == 12
    for name, *numbers, success in rows:
        ensemble = row_of_the_sources(name)
        size = size_at_end(ensemble)
        for stated, q in zip(numbers, (0.5, 0.05, 0.95), strict=True):
            assert abs(int(stated) - np.quantile(size, q)) <= 1
        assert int(success) / 100 == pytest.approx(chance_of_success(ensemble), abs=0.05)


def row_of_the_sources(name: str) -> sim.Ensemble:
    if name.startswith("base"):
        return paris(drawn="posterior" in name)
    if name.startswith("`"):
        return paris(name.strip("`"))
    what, level = name.rsplit(" ", 1)
    path = {"US backing": US_BACKING, "acceptability": ACCEPTABILITY}[what]
    return paris(changed=path, level=float(level))
