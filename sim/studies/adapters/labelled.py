"""A sweep as a labelled array of xarray."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.studies.design.outcomes import SIZE_COUNTS

if TYPE_CHECKING:
    import xarray as xr

    from sim.studies.sweep.result import Sweep


def dataset(sweep: Sweep) -> xr.Dataset:
    """The points of a sweep with what was varied as coordinates.

    Of a grid every varied path is a dimension, so that ``found["success"].sel({path: value})``
    finds a point; of another design, and of a grid that is not finished, there is one dimension
    ``point`` and the varied paths are coordinates along it. Distributions of size have the
    dimension ``public_size`` as well.

    Parameters
    ----------
    sweep : Sweep

    Returns
    -------
    xarray.Dataset
        Estimates under the names of the columns of `Sweep.points_table`, NaN for a point that
        could not be run; ``size_counts@DAY``; and in its attributes what made it.

    Raises
    ------
    ImportError
        The package xarray is missing.
    """
    try:
        import xarray as xr
    except ImportError as error:
        raise ImportError("xarray is missing: python -m pip install 'willing[xarray]'") from error
    is_grid = sweep.study.design.kind == "grid" and sweep.is_whole
    dimensions = sweep.paths if is_grid else ("point",)
    shape = (
        tuple(len(each.options) for each in sweep.study.varied) if is_grid else (sweep.n_points,)
    )
    variables: dict[str, Any] = {
        name: (dimensions, _column(sweep, name).reshape(shape)) for name in _names(sweep, is_grid)
    }
    for day in (*sweep.study.days, None):
        counts = sweep.size_counts(day)
        name = f"{SIZE_COUNTS}{'end' if day is None else day}"
        variables[name] = ((*dimensions, "public_size"), counts.reshape(*shape, -1))
    width = sweep.size_counts().shape[1]
    coordinates: dict[str, Any] = {"public_size": np.arange(width)}
    for each in sweep.study.varied:
        values = list(each.labels) if is_grid else sweep.table[each.path].to_pylist()
        coordinates[each.path] = (each.path if is_grid else "point", values)
    if not is_grid:
        coordinates["point"] = sweep.table["point"].to_numpy()
    return xr.Dataset(variables, coordinates, attrs=_attributes(sweep))


def _names(sweep: Sweep, is_grid: bool) -> list[str]:
    """Columns of the points that become variables."""
    left_out = {*sweep.paths} if is_grid else {"point", *sweep.paths}
    return [
        name
        for name in sweep.table.column_names
        if name not in left_out and not name.startswith(SIZE_COUNTS)
    ]


def _column(sweep: Sweep, name: str) -> np.ndarray[Any, Any]:
    """A column of the points; no reason for a problem is an empty text."""
    if name == "problem":
        return np.array([reason or "" for reason in sweep.table[name].to_pylist()], dtype=np.str_)
    return sweep.column(name)


def _attributes(sweep: Sweep) -> dict[str, Any]:
    study = sweep.study
    return {
        "title": study.scenario.title,
        "scenario_digest": study.scenario.digest,
        "study_digest": study.digest,
        "seed": study.seed,
        "design": study.design.kind,
    }
