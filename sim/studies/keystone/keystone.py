"""Whose announcement changes the coalition most: `sim.keystone`."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.engines.batch import Progress
from sim.engines.request import whole
from sim.scenario.load import scenario_of
from sim.scenario.schema import Scenario
from sim.store.kinds import KEYSTONE
from sim.studies.jobs.folder import load_result
from sim.studies.jobs.run import run_study
from sim.studies.keystone.changes import OTHERS
from sim.studies.keystone.result import Keystone
from sim.studies.keystone.study import NEVER_SHARE, TABLES, KeystoneStudy

if TYPE_CHECKING:
    from distributed import Client


def keystone(  # noqa: PLR0913 (all that a study takes)
    scenario: Scenario | str | os.PathLike[str],
    day: int = 1,
    move: str = "public",
    k: int = 1,
    levers: Sequence[str] = ("nations",),
    level: Mapping[str, float] | None = None,
    feasible: float = 0.1,
    outcome: str = OTHERS,
    pairs: bool = False,
    values: str | None = None,
    never_share: float = NEVER_SHARE,
    runs: int = 1000,
    seed: int = 0,
    out: str | os.PathLike[str] | None = None,
    workers: int | None = None,
    dask: str | Client | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Keystone:
    """Measure what each nation's early announcement does to the others, and rank them.

    Parameters
    ----------
    scenario : Scenario, or str or path
    day : int
        On which a nation announces.
    move : str
        Stage that it is put in; ``"left"`` asks whose departure shrinks the coalition most.
    k : int
        Size of the set that is looked for; 1 for none. Sets and pairs are of levers that are all
        ranked by what they add, or all by what they take away (meetings, departures).
    levers : sequence of {"nations", "meetings", "conditions"}
        What is changed: nations announce, meetings are left out, conditions are raised.
    level : mapping of condition to float, optional
        What the own levels of conditions become from the day on, while whatever else moves them
        stays; others are raised by 1 in log-odds.
    feasible : float
        Nations whose chance of being at the stage by the end is less than this are listed apart.
    outcome : str
        By which levers are ranked: ``others``, the public nations at the end beside the one that
        announces; ``size``, ``success``, or any other outcome of a sweep, such as ``size@90``.
    pairs : bool
        Measure every pair of feasible levers.
    values : {"shapley", "banzhaf", "owen"}, optional
        Values of all levers as players of one game, whose worth is the outcome; for ``others`` it
        is the size, and what a nation does to the others is given apart.
    never_share : float
        For changes against never being at the stage: of the runs in which a nation comes to it, the
        share (and 30 at least) that is also made with the nation kept from it; 1 for all of them, 0
        for none. In the others it is not at the stage anyway.
    runs : int
        Of the base, and of each lever under the same luck.
    seed : int
    out : path, optional
        Folder, in which each block of runs is stored as soon as it is done: the same call goes on
        from there.
    workers : int, optional
        Threads; as many as there are processors by default. The result does not depend on it.
    dask : str or distributed.Client, optional
        Address of a Dask scheduler, or a client of one, to do the runs instead.
    overwrite : bool
        Replace an earlier study in the folder.
    progress : callable of (runs, runs of all jobs), optional

    Returns
    -------
    Keystone

    Raises
    ------
    ScenarioError
        The scenario is wrong.
    LeverError, OutcomeError
        What is asked for makes no sense; both are a ValueError.
    ResultsError
        The folder holds something else, or another process is at work there.
    ClusterError
        The cluster cannot be used.

    Examples
    --------
    >>> import sim
    >>> from sim.scenario.load import scenario_from_dict
    >>> scenario = scenario_from_dict({
    ...     "days": 30,
    ...     "nations": [{"id": nation, "stage": "willing"} for nation in ("GBR", "FRA", "POL")],
    ...     "ties": {"dyads": [["FRA", "GBR", 9], ["POL", "GBR", 9]]},
    ...     "behaviour": {"from": None, "declare": {"rate": 0.01, "peers": 3}}})
    >>> found = sim.keystone(scenario, runs=400)
    >>> first = found.levers[0]
    >>> first.name, first.rank_high, round(first.changes["others"].mean, 1)
    ('GBR', 1, 1.0)
    """
    loaded = scenario_of(scenario)
    asked: dict[str, Any] = {
        "day": day,
        "move": move,
        "k": k,
        "levers": [levers] if isinstance(levers, str) else list(levers),
        "level": dict(level or {}),
        "feasible": feasible,
        "outcome": outcome,
        "pairs": pairs,
        "values": values,
        "never_share": never_share,
        "runs": runs,
    }
    words = ", ".join(f"{name}={value!r}" for name, value in asked.items())
    study = study_of(asked, loaded, seed, f"sim.keystone(scenario, {words}, seed={seed})")
    return run_study(study, None if out is None else Path(out), workers, dask, overwrite, progress)


def study_of(
    asked: Mapping[str, Any], scenario: Scenario, seed: int, command: str
) -> KeystoneStudy:
    """The study that options describe, by the names that `sim.keystone` has for them."""
    return KeystoneStudy(
        scenario=scenario,
        seed=whole("seed", seed),
        n_runs=whole("runs", asked["runs"]),
        command=command,
        kinds=tuple(asked["levers"]),
        day=whole("day", asked["day"]),
        stage=asked["move"],
        levels={name: float(level) for name, level in asked["level"].items()},
        feasible=float(asked["feasible"]),
        outcome=asked["outcome"].replace(" ", ""),  # spelt as outcomes of sweeps are
        n_together=whole("k", asked["k"]),
        pairs=bool(asked["pairs"]),
        value=asked["values"],
        # Folders of before there was a choice had all runs; what opens them is the code of then.
        never_share=float(asked.get("never_share", 1)),
    )


def load_keystone(folder: str | os.PathLike[str], verify: bool = True) -> Keystone:
    """The study of keystones in a folder.

    Parameters
    ----------
    folder : str or path
    verify : bool
        Compare every file with its checksum.

    Raises
    ------
    ResultsError
        There is none in the folder, it is not finished, or a file of it is damaged.
    """
    return load_result(os.fspath(folder), KEYSTONE, study_of, TABLES, verify)
