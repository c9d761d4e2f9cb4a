"""The level at which an outcome turns: `sim.tipping`."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.engines.batch import Progress
from sim.engines.request import checked_request
from sim.scenario.load import scenario_of
from sim.scenario.schema import Scenario
from sim.store.folder import expanded
from sim.store.kinds import TIPPING
from sim.store.plans import plan_in
from sim.studies.jobs.folder import load_result
from sim.studies.jobs.run import run_study
from sim.studies.tipping.levels import AlongError, Range, paths_from
from sim.studies.tipping.options import DEFAULT_SCANNED, LEAST_RUNS, Options
from sim.studies.tipping.result import Tipping
from sim.studies.tipping.study import TippingStudy
from sim.studies.tipping.tables import table_names

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["load_tipping", "tipping"]


def tipping(  # noqa: PLR0913 (all that it takes)
    scenario: Scenario | str | os.PathLike[str],
    along: str | Sequence[str] | Mapping[str, Range],
    outcome: str = "success",
    runs: int = 1000,
    seed: int = 0,
    *,
    scanned: int | None = None,
    sharpen: float | None = None,
    precision: float | None = None,
    back: bool = False,
    ramp: int | None = None,
    out: str | os.PathLike[str] | None = None,
    workers: int | None = None,
    dask: str | Client | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Tipping:
    """The level of a path at which an outcome turns.

    Under one seed a run has the same luck at every level, so that each has a threshold of its own:
    the level from which on the outcome holds, or up to which. All runs are bisected at once.

    Parameters
    ----------
    scenario : Scenario, or str or path
        A scenario, or the file or shipped name of one.
    along : str, sequence of str, or mapping of path to (low, high) or (low, high, "log") or None
        A path, as for ``--set``, or two: ``"conditions.us_backing.level"`` or
        ``"commitment.requirement=10:60"``. Without ends a number goes along the range that it may
        have, where that is one of shares, days or nations. Along two paths, the first is gone along
        at eleven levels of the second.
    outcome : str
        One that is true or not in a run: ``success``, ``size>=20``, ``public.POL``, ...
    runs : int, at least 6
        Runs that are bisected; of two paths, at each level of the second.
    seed : int
    scanned : int, optional
        Of these, runs that are tried at 41 levels, which tells how many are not monotone, and the
        level of each nation. By default 40, or all if there are fewer.
    sharpen : float, optional
        Make sharp the level at which the chance is this one, by runs near it.
    precision : float, optional
        Half the width of the interval to which; by default 0.5 % of the way.
    back : bool
        Also raise the level slowly within runs, and lower it again: is what is gained kept?
    ramp : int, optional, days
        Of the slowest way up; by default four times the length of the scenario.
    out : path, optional
        Folder to write. Each block of runs is kept there as soon as it is finished: the same call
        goes on from there.
    workers : int, optional
        Threads; as many as there are processors by default. The result does not depend on it.
    dask : str or distributed.Client, optional
        Address of a Dask scheduler, or a client of one, to make the runs instead.
    overwrite : bool
        Replace an earlier one in the folder.
    progress : callable of (runs, runs in all), optional

    Returns
    -------
    Tipping

    Raises
    ------
    ScenarioError
        There is no such scenario or path, or it cannot have an end of the range.
    AlongError, OutcomeError
        What is asked makes no sense of this scenario; the message says why.
    ResultsError
        The folder holds something else, or another process is at work there.

    Examples
    --------
    >>> import sim
    >>> scenario = sim.load_scenario("paris_2025")
    >>> found = sim.tipping(scenario, "conditions.us_backing.level", runs=48, scanned=8)
    >>> found.rises, found.levels.low < found.quantile(0.25).level < found.levels.high
    (True, True)
    """
    study = tipping_study(
        scenario_of(scenario),
        along,
        outcome,
        runs,
        seed,
        scanned=scanned,
        sharpen=sharpen,
        precision=precision,
        back=back,
        ramp=ramp,
    )
    folder = None if out is None else Path(out)
    return run_study(study, folder, workers, dask, overwrite, progress)


def tipping_study(  # noqa: PLR0913 (all that decides it)
    scenario: Scenario,
    along: str | Sequence[str] | Mapping[str, Range],
    outcome: str = "success",
    runs: int = 1000,
    seed: int = 0,
    *,
    scanned: int | None = None,
    sharpen: float | None = None,
    precision: float | None = None,
    back: bool = False,
    ramp: int | None = None,
    command: str = "",
) -> TippingStudy:
    """The study that `tipping` runs, once it is clear that it makes sense; see there.

    Parameters
    ----------
    command : str
        What is recorded to have made it; the call of `tipping` by default.
    """
    request = checked_request(runs, seed, 0, 1, keeps_runs=False)
    if request.n_runs < LEAST_RUNS:
        raise AlongError(
            f"{request.n_runs} must be at least {LEAST_RUNS}, from which on the median level has "
            "an interval",
            "runs",
        )
    n_scanned = min(DEFAULT_SCANNED, request.n_runs) if scanned is None else scanned
    paths = paths_from(along)
    asked = Options(
        tuple(paths.items()), outcome, request.n_runs, n_scanned, sharpen, precision, back, ramp
    )
    if not command:
        values = [f"{name}={value!r}" for name, value in asked._asdict().items() if name != "along"]
        command = f"sim.tipping(..., {paths!r}, seed={request.seed}, {', '.join(values)})"
    return TippingStudy(scenario, asked, request.seed, command)


def load_tipping(folder: str | Path, verify: bool = True) -> Tipping:
    """The tipping point in a folder, as it was found.

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
    plan = plan_in(expanded(folder) / str(TIPPING.plan)) or {}
    names = table_names(plan.get("options", {}))
    return load_result(folder, TIPPING, study_of, names, verify)


def study_of(options: dict[str, Any], scenario: Scenario, seed: int, command: str) -> TippingStudy:
    """The study with stored options."""
    along = tuple((path, tuple(ends)) for path, ends in options["along"])
    return TippingStudy(scenario, Options(**{**options, "along": along}), seed, command)
