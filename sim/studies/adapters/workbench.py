"""A scenario as a model of the EMA Workbench, and scenario discovery with it.

The Workbench [Kwakkel2017]_ runs experiments over uncertain inputs, and PRIM [FriedmanFisher1999]_
finds the box of inputs in which something happens, for example that the coalition falls short.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from inspect import signature
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.scenario.fields import whole_number
from sim.scenario.files.tree import builtin
from sim.studies.function import BY_DAY, ModelFunction

if TYPE_CHECKING:
    import pandas as pd

Ranges = Mapping[str, tuple[float, float]]


class Discovery(NamedTuple):
    """A box of inputs in which cases of interest are concentrated.

    Attributes
    ----------
    limits : dict of input to (low, high)
        Limits of the inputs that the box restricts.
    coverage : float
        Share of all cases of interest that lie in it.
    density : float
        Share of the experiments in it that are of interest.
    n_inside, n_experiments : int
    """

    limits: dict[str, tuple[float, float]]
    coverage: float
    density: float
    n_inside: int
    n_experiments: int


def workbench() -> Any:
    """The package ``ema_workbench``, imported without warnings about optional packages.

    Raises
    ------
    ImportError
        It is missing.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            import ema_workbench
            import ema_workbench.analysis.prim
        except ImportError as error:
            raise ImportError(
                "the EMA Workbench is missing: python -m pip install 'willing[exploration]'"
            ) from error
    return ema_workbench


def ema_model(
    function: ModelFunction, ranges: Ranges, replications: int = 0, name: str = "coalition"
) -> Any:
    """A model of the Workbench with the function's inputs as uncertainties.

    Parameters
    ----------
    function : ModelFunction
        From `sim.as_function`.
    ranges : mapping of input to (low, high)
        An input that takes whole numbers is drawn from the whole numbers from low to high.
    replications : int
        Number of calls for each experiment, each with other runs, whose means are returned; 0
        makes one call. An experiment then has ``replications`` times the function's runs.
    name : str

    Returns
    -------
    ema_workbench.Model or ema_workbench.ReplicatorModel
        With a scalar outcome for each of the function's, or an array outcome if it is by day.

    Raises
    ------
    ValueError
        A range is not that of an input, or one that it cannot have; there are no ranges; or the
        length of the run is varied, and an outcome has one number a day.

    Notes
    -----
    The Workbench stops at the first point that the scenario cannot have.
    """
    ema = workbench()
    kind = ema.ReplicatorModel if replications else ema.Model
    model = kind(name, function=function)
    model.uncertainties = [
        ema.IntegerParameter(each, *map(int, ends))
        if function.takes_whole(each)
        else ema.RealParameter(each, *map(float, ends))
        for each, ends in checked_ranges(function, ranges).items()
    ]
    if replications:
        first_runs = range(0, replications * function.runs, function.runs)
        model.replications = [{"first_run": first_run} for first_run in first_runs]
    outcomes = []
    varies_days = any(function.inputs[name] == "days" for name in ranges)
    for each, source in function.outcomes.items():
        is_by_day = source in BY_DAY
        if is_by_day and varies_days:
            raise ValueError(
                f"{each}: an outcome with one number a day needs runs of one length; "
                "leave days out, or this outcome"
            )
        more: dict[str, Any] = {}
        if replications:  # the Workbench passes them as a list
            more = {"variable_name": each, "function": mean_by_day if is_by_day else np.mean}
        outcomes.append((ema.ArrayOutcome if is_by_day else ema.ScalarOutcome)(each, **more))
    model.outcomes = outcomes
    return model


def checked_ranges(function: ModelFunction, ranges: Ranges) -> Ranges:
    """Ranges of a function's inputs.

    Raises
    ------
    ValueError
    """
    wrong = [name for name in ranges if name not in function.inputs]
    if wrong or not ranges:
        known = ", ".join(function.inputs)
        raise ValueError(f"ranges: {', '.join(wrong) or 'none'} given; the inputs are {known}")
    for name, (low, high) in ranges.items():
        if not low < high:
            raise ValueError(f"ranges: {name}: {low} must be below {high}")
        for end in (low, high):
            if function.takes_whole(name) and whole_number(builtin(end)) is None:
                raise ValueError(f"ranges: {name}: {end} must be a whole number")
    return ranges


def mean_by_day(replications: Any) -> NDArray[np.float64]:
    """Mean over replications of one number a day, shape (n_days + 1,)."""
    mean: NDArray[np.float64] = np.mean(replications, axis=0)
    return mean


def experiments(model: Any, n_experiments: int, seed: int = 0) -> tuple[pd.DataFrame, Any]:
    """Experiments of a model at a Latin hypercube of its uncertainties, one after another.

    Parameters
    ----------
    model : ema_workbench.Model
    n_experiments : int
    seed : int
        Of the design. Workbench 2 uses NumPy's global state, which is restored afterwards.

    Returns
    -------
    experiments : pandas.DataFrame, one row an experiment
    outcomes : dict of name to ndarray, shape (n_experiments, ...)
    """
    ema = workbench()
    perform = ema.perform_experiments
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if "uncertainty_sampling_kwargs" in signature(perform).parameters:
            more = {"uncertainty_sampling_kwargs": {"rng": seed}}
            found: tuple[pd.DataFrame, Any] = perform(
                model, scenarios=n_experiments, log_progress=True, **more
            )
            return found
        before = np.random.get_state()  # noqa: NPY002 (the Workbench's own)
        try:
            np.random.seed(seed % 2**32)  # noqa: NPY002
            found = perform(model, scenarios=n_experiments, log_progress=True)
        finally:
            np.random.set_state(before)  # noqa: NPY002
    return found


def discover(
    inputs: pd.DataFrame, is_of_interest: NDArray[np.bool_], density: float = 0.8
) -> Discovery:
    """The box of inputs that PRIM finds for the cases of interest.

    Parameters
    ----------
    inputs : pandas.DataFrame, one row an experiment, one column an input
    is_of_interest : ndarray of bool, shape (n_experiments,)
    density : float
        The box is the first along the peeling trajectory in which at least this share of the
        experiments is of interest; if there is none, the densest.

    Raises
    ------
    ValueError
        No experiment is of interest, or all of them are.
    """
    hits = np.asarray(is_of_interest, dtype=bool)
    if hits.all() or not hits.any():
        raise ValueError(f"{int(hits.sum())} of {hits.size} experiments are of interest")
    workbench()
    from ema_workbench.analysis import prim

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # Workbench 2 gives up a box less dense than its threshold; 3 has none.
        options = {"threshold": 1e-9} if "threshold" in signature(prim.Prim).parameters else {}
        box = prim.Prim(inputs, hits, **options).find_box()
        steps = box.peeling_trajectory
        dense = steps.index[steps["density"] >= density]
        step = int(dense[0]) if len(dense) else int(steps["density"].idxmax())
        limits = box.box_lims[step]
    names = [str(name) for name in inputs]
    ends = {name: (float(limits[name].iloc[0]), float(limits[name].iloc[1])) for name in names}
    whole = {name: (inputs[name].min(), inputs[name].max()) for name in names}
    restricted = {name: ends[name] for name in names if ends[name] != whole[name]}
    inside = np.logical_and.reduce(
        [inputs[name].between(low, high).to_numpy() for name, (low, high) in ends.items()]
    )
    n_inside = int(inside.sum())
    n_hits = int((inside & hits).sum())
    return Discovery(restricted, n_hits / int(hits.sum()), n_hits / n_inside, n_inside, hits.size)
