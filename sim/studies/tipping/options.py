"""What is asked of a tipping point, and the checks that it makes sense of a scenario."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sim.scenario.schema import Scenario
from sim.studies.design.outcomes import Outcome, OutcomeError, find_outcomes, outcomes_at
from sim.studies.inputs import checked_inputs
from sim.studies.tipping.levels import AlongError, Levels, Range, levels_from

DEFAULT_SCANNED = 40
"""With none of them not monotone, at most 8.8 % of all runs are."""

LEAST_RUNS = 6
"""Fewest runs of which the median has an interval, that from the least to the largest."""


class Options(NamedTuple):
    """What is asked beside the scenario and the seed.

    Attributes
    ----------
    along : tuple of (path, range)
        One path or two.
    outcome : str
    runs : int
        Runs that are bisected.
    scanned : int
        Of these, runs that are tried at every level of a grid.
    sharpen : float or None
        The chance whose level is made sharp.
    precision : float or None
        Half the width to which.
    back : bool
        Whether the level is also raised and lowered within runs.
    ramp : int or None, days
        Of the slowest way up.
    """

    along: tuple[tuple[str, Range], ...]
    outcome: str = "success"
    runs: int = 1000
    scanned: int = DEFAULT_SCANNED
    sharpen: float | None = None
    precision: float | None = None
    back: bool = False
    ramp: int | None = None


def checked_paths(scenario: Scenario, asked: Options) -> tuple[Levels, Levels | None]:
    """The levels of the path, and those of the second if there is one.

    Raises
    ------
    AlongError, ScenarioError
    """
    if not 1 <= len(asked.along) <= 2:
        raise AlongError(f"{len(asked.along)} paths; one makes a curve, two a plane", "along")
    checked_inputs(scenario, {path: path for path, _ in asked.along})
    first, *others = (levels_from(scenario, *each, n_runs=asked.runs) for each in asked.along)
    return first, others[0] if others else None


def corners_of(scenario: Scenario, levels: Levels, second: Levels | None) -> list[Scenario]:
    """The scenario at the ends of its paths.

    Raises
    ------
    ScenarioError
        Two ends do not go together.
    """
    bases = [scenario]
    if second is not None:
        bases = [scenario.with_value(second.path, end) for end in (second.low, second.high)]
    return [
        base.with_value(levels.path, end) for base in bases for end in (levels.low, levels.high)
    ]


def checked_outcome(scenario: Scenario, name: str, corners: Sequence[Scenario]) -> Outcome:
    """The outcome, which the scenario has all along its paths.

    Raises
    ------
    AlongError, OutcomeError
    """
    try:
        found = find_outcomes([name], scenario)
    except OutcomeError as error:
        has_none = name == "success" and scenario.success is None
        advice = "; give another outcome, such as size>=20" if has_none else ""
        raise OutcomeError(f"{error}{advice}") from None
    if len(found) > 1 or not found[0].is_chance:
        example = name.partition("@")[0].partition(">")[0]
        raise AlongError(
            f"{name}: it must be one that is true or not in a run, such as success or "
            f"{example}>=20",
            "outcome",
        )
    for corner in corners:
        outcomes_at(found, corner)
    return found[0]


def check_options(asked: Options, levels: Levels, second: Levels | None) -> None:
    """Refuse options that do not go together.

    Raises
    ------
    AlongError
    """
    if not 1 <= asked.scanned <= asked.runs:
        raise AlongError(
            f"{asked.scanned} must be at least 1 and at most the runs, {asked.runs}", "scanned"
        )
    if second is not None and (asked.back or asked.sharpen is not None):
        which = "back" if asked.back else "sharpen"
        raise AlongError("a plane of two paths has no way back and no root to sharpen", which)
    if asked.ramp is not None and not asked.back:
        raise AlongError("it is for the way back, which is not asked for", "ramp")
    if asked.sharpen is None:
        if asked.precision is not None:
            raise AlongError("it is for a root to sharpen, which is not asked for", "precision")
        return
    if not 0 < asked.sharpen < 1:
        raise AlongError(f"{asked.sharpen} must be a chance above 0 and below 1", "sharpen")
    if asked.precision is not None and not asked.precision > 0:
        raise AlongError(f"{asked.precision} must be above 0", "precision")
    if levels.is_whole or not levels.slots:
        raise AlongError(
            f"{levels.path} has {levels.last + 1} levels and none between them; more runs "
            "narrow the interval",
            "sharpen",
        )
