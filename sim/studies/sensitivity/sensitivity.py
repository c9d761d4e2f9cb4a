"""Which inputs the outcome of a scenario hangs on, and how much is chance: `sim.sensitivity`."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.engines.batch import Progress
from sim.engines.request import whole
from sim.results.format import counted
from sim.scenario.load import scenario_of
from sim.scenario.schema import Scenario
from sim.store.kinds import SENSITIVITY
from sim.studies.design.outcomes import QUANTITIES
from sim.studies.design.study import Study
from sim.studies.jobs.folder import load_result
from sim.studies.jobs.run import run_study
from sim.studies.sensitivity.asked import ALL, asked_inputs
from sim.studies.sensitivity.designs import METHODS, least_points
from sim.studies.sensitivity.result import Sensitivity
from sim.studies.sensitivity.study import SensitivityStudy, study_of
from sim.studies.sensitivity.tables import TABLES

if TYPE_CHECKING:
    from distributed import Client

DEFAULT_POINTS = {"sobol": 10_000, "morris": 2_000}
DEFAULT_RUNS = 16
"""Runs of a point: two steps of the eight that the batch engine takes at once."""

MOST_POINTS, MOST_RUNS = 10_000_000, 1024
MOST_VALUES = 1_000_000_000
"""Outcomes of runs, all of which are in memory in the end."""


def sensitivity(  # noqa: PLR0913 (all that an analysis takes)
    scenario: Scenario | Study | str | os.PathLike[str],
    inputs: Sequence[str] | Mapping[str, Any] | str = ALL,
    outcomes: Sequence[str] | str | None = None,
    *,
    method: str = "sobol",
    points: int | None = None,
    runs: int = DEFAULT_RUNS,
    seed: int = 0,
    design_seed: int = 0,
    out: str | Path | None = None,
    workers: int | None = None,
    dask: str | Client | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Sensitivity:
    """Vary inputs of a scenario, and split the variance of its outcomes by inputs and luck.

    Parameters
    ----------
    scenario : Scenario, Study, or str or path
        A scenario, or the file or shipped name of one; or a study, whose paths are the inputs.
    inputs : sequence of str, mapping of path to values, or str
        What is varied, all independently. Texts ``PATH=VALUES`` with values as those of a sweep
        over random points, ``LOW:HIGH`` or a distribution; a path alone, or a pattern such as
        ``nations.*.stake``, for default ranges, all numbers of a pattern together as one input;
        ``draws``, the joint draws of the scenario by their parts; ``all``. Values of a mapping are
        as those of a study file; None for the default range.
    outcomes : sequence of str, optional
        As in a sweep; success by default, or size.
    method : {"sobol", "morris"}
        Split the variance, or screen many inputs by elementary effects.
    points : int, optional
        About how many points are run; by default 10,000, or 2,000 for "morris", and more where
        there are so many inputs that they would be too few.
    runs : int, at least 2
        Of each point: lucks, which all points of a block share.
    seed : int
        Of the runs.
    design_seed : int
        Of the points.
    out, workers, dask, overwrite, progress
        As for `sim.sweep`.

    Returns
    -------
    Sensitivity

    Raises
    ------
    ScenarioError, StudyError
        The scenario is wrong, or an input or an outcome cannot be had.
    ResultsError
        The folder holds something else, or another process is at work there.

    Examples
    --------
    >>> import sim
    >>> inputs = ["conditions.us_backing.level=0.1:0.9", "commitment.requirement"]
    >>> found = sim.sensitivity("paris_2025", inputs, "size", points=128, runs=2)
    >>> found.inputs[1].range, sorted(found.outcome_row())[:3]
    ('15 to 60 (log)', ['both', 'both.high', 'both.low'])
    """
    asked = [inputs] if isinstance(inputs, str) else inputs
    names = [outcomes] if isinstance(outcomes, str) else outcomes
    options: dict[str, Any] = {"method": method, "points": points, "runs": runs}
    options |= {"seed": seed, "design_seed": design_seed}
    study = sensitivity_study(scenario, asked, names, **options)
    given = ", ".join(f"{name}={value!r}" for name, value in options.items() if value is not None)
    listed = dict(asked) if isinstance(asked, Mapping) else list(asked)
    study.command = f"sim.sensitivity(..., {listed!r}, {list(study.outcome_names)!r}, {given})"
    return run_study(study, out, workers, dask, overwrite, progress)


def sensitivity_study(  # noqa: PLR0913 (as the function)
    scenario: Scenario | Study | str | os.PathLike[str],
    inputs: Sequence[str] | Mapping[str, Any] = (ALL,),
    outcomes: Sequence[str] | None = None,
    *,
    method: str = "sobol",
    points: int | None = None,
    runs: int = DEFAULT_RUNS,
    seed: int = 0,
    design_seed: int = 0,
    command: str = "",
) -> SensitivityStudy:
    """What `sensitivity` runs.

    Raises
    ------
    ValueError
        As `sensitivity`.
    """
    if method not in METHODS:
        raise ValueError(f"method: {method!r} must be one of {', '.join(METHODS)}")
    n_points = None if points is None else whole("points", points)
    n_runs = whole("runs", runs)
    for name, number, low, high in (
        ("points", n_points, 1, MOST_POINTS),
        ("runs", n_runs, 2, MOST_RUNS),
    ):
        if number is not None and not low <= number <= high:
            raise ValueError(f"{name}: {number:,} must be a number from {low} to {high:,}")
    given = scenario.varied if isinstance(scenario, Study) else ()
    base = scenario.scenario if isinstance(scenario, Study) else scenario_of(scenario)
    asked = asked_inputs(base, () if given and tuple(inputs) == (ALL,) else inputs, given)
    if outcomes is None:
        outcomes = ["size" if QUANTITIES["success"].undefined(base) else "success"]
    least = least_points(method, len(asked))
    if n_points is None:
        n_points = max(DEFAULT_POINTS[method], least)
    if n_points < least:
        raise ValueError(
            f"points: {n_points:,} are too few for {counted(len(asked), 'input')}; at least "
            f"{least:,} are needed"
        )
    study = SensitivityStudy(
        base, asked, outcomes, n_points, n_runs, method, seed, design_seed, command
    )
    n_values = study.n_expected() * len(study.outcomes)
    if n_values > MOST_VALUES:
        raise ValueError(
            f"points: {study.size.n_all:,} points of {n_runs:,} runs are more outcomes than the "
            f"{MOST_VALUES:,} that can be held"
        )
    return study


def load_sensitivity(folder: str | Path, verify: bool = True) -> Sensitivity:
    """The sensitivity analysis in a folder, evaluated anew from its parts.

    Parameters
    ----------
    folder : str or Path
    verify : bool
        Compare every file with its checksum.

    Raises
    ------
    ResultsError
        There is none in the folder, it is not finished, or a file of it is damaged.
    """
    return load_result(folder, SENSITIVITY, study_of, TABLES, verify)
