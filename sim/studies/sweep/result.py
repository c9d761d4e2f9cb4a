"""A sweep: estimates at the points of a study."""

from __future__ import annotations

from functools import cached_property
from html import escape
from math import nan
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sim.results.format import LONGEST_NAME, counted, cut, first_of
from sim.scenario.files.suggestions import closest
from sim.studies.design.outcomes import SIZE_COUNTS, Outcome
from sim.studies.design.study import Study

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

ROUNDING = 1e-12
"""Relative tolerance when a precision is compared with an interval, whose ends are rounded."""


class Sweep:
    """The points of a study, all of them or those that are done.

    Parameters
    ----------
    study : Study
    table : pyarrow.Table
        One row a point; see `sim.studies.sweep.tables.points_table`.
    runs : pyarrow.Table or None
        One row a point and run, where runs were kept.
    """

    def __init__(self, study: Study, table: pa.Table, runs: pa.Table | None = None) -> None:
        self.study = study
        self.table = table
        self._runs = runs

    @property
    def n_points(self) -> int:
        """Number of points that are done."""
        return int(self.table.num_rows)

    @property
    def is_whole(self) -> bool:
        """True if every point of the study is done."""
        return self.n_points == self.study.n_points

    @property
    def paths(self) -> tuple[str, ...]:
        """What was varied, in the order of the study."""
        return self.study.paths

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Names of the outcomes."""
        return tuple(each.name for each in self.study.base_outcomes)

    @cached_property
    def problems(self) -> dict[int, str]:
        """Reasons why points could not be run, by their numbers."""
        numbers, reasons = self.table["point"].to_pylist(), self.table["problem"].to_pylist()
        pairs = zip(numbers, reasons, strict=True)
        return {number: reason for number, reason in pairs if reason is not None}

    def outcome(self, name: str) -> Outcome:
        """An outcome of the study by its name.

        Raises
        ------
        KeyError
            The study has none of that name; the message lists those it has.
        """
        for each in self.study.base_outcomes:
            if each.name == name:
                return each
        there_are = f"; there are {', '.join(self.outcomes)}"
        raise KeyError(f"no outcome {name!r}{closest(str(name), self.outcomes) or there_are}")

    def column(self, name: str) -> NDArray[Any]:
        """A column of numbers of the table, such as ``success`` or ``size.mc_error``.

        Returns
        -------
        ndarray, shape (n_points,), NaN for a point that could not be run
        """
        if name not in self.table.column_names:
            close = closest(str(name), self.table.column_names)
            raise KeyError(f"no column {name!r}{close or '; see points_table().columns'}")
        column = self.table[name].to_numpy()
        return cast("NDArray[Any]", column)

    def imprecise(self) -> tuple[int, float]:
        """Number of points that miss the precision of the study, and their largest half-width.

        0 and NaN if there are none, or the study has a number of runs and no precision.
        """
        effort = self.study.effort
        if effort.precision is None:
            return 0, nan
        halves = (self.column(f"{effort.of}.high") - self.column(f"{effort.of}.low")) / 2
        wide = halves[halves > effort.precision * (1 + ROUNDING)]
        return wide.size, float(wide.max()) if wide.size else nan

    def size_counts(self, day: int | None = None) -> NDArray[np.int64]:
        """Number of runs by public size at each point, on one of the study's days.

        Parameters
        ----------
        day : int, optional
            The last one by default.

        Returns
        -------
        ndarray, shape (n_points, most nations + 1); 0 in all of a point that could not be run
        """
        name = f"{SIZE_COUNTS}{'end' if day in (None, self.study.scenario.days) else day}"
        if name not in self.table.column_names:
            days = ", ".join(map(str, (*self.study.days, self.study.scenario.days)))
            raise KeyError(f"day {day} was not kept; there are {days}")
        rows = self.table[name].to_pylist()
        width = max((len(row) for row in rows if row is not None), default=0)
        counts = np.zeros((len(rows), width), dtype=np.int64)
        for target, row in zip(counts, rows, strict=True):
            target[: len(row or [])] = row or []
        return counts

    @property
    def runs(self) -> pa.Table | None:
        """One row a point and run; None where runs were not kept."""
        return self._runs

    def points_table(self) -> pd.DataFrame:
        """One row a point: what was varied, runs, problem, and every outcome with its error."""
        names = [name for name in self.table.column_names if not name.startswith(SIZE_COUNTS)]
        return cast("pd.DataFrame", self.table.select(names).to_pandas(use_threads=False))

    def runs_table(self) -> pd.DataFrame:
        """One row a point and run.

        Raises
        ------
        AttributeError
            The study did not keep them.
        """
        if self._runs is None:
            raise AttributeError("this sweep kept no runs; ask for them with keep='runs'")
        return cast("pd.DataFrame", self._runs.to_pandas(use_threads=False))

    def to_xarray(self) -> xr.Dataset:
        """The points as a labelled array, with what was varied as coordinates.

        In a complete grid every varied path is a dimension, so that
        ``found["success"].sel({path: value})`` finds a point. Otherwise there is one dimension
        ``point``, and the varied paths are coordinates along it. Distributions of size also have
        the dimension ``public_size``.

        Returns
        -------
        xarray.Dataset
            The columns of `points_table`, NaN for a point that could not be run;
            ``size_counts@DAY``; and what produced them as attributes.

        Raises
        ------
        ImportError
            The package xarray is missing (``pip install 'willing[xarray]'``).
        """
        try:
            import xarray as xr  # optional
        except ImportError as error:
            message = "xarray is missing: python -m pip install 'willing[xarray]'"
            raise ImportError(message) from error
        study = self.study
        is_grid = study.design.kind == "grid" and self.is_whole
        dimensions = self.paths if is_grid else ("point",)
        shape = [len(each.options) for each in study.varied] if is_grid else [self.n_points]
        variables: dict[str, Any] = {}
        for name in self.table.column_names:
            if name in self.paths or name.startswith(SIZE_COUNTS):
                continue
            if name == "problem":  # empty text where there is none
                reasons = [reason or "" for reason in self.table[name].to_pylist()]
                values = np.array(reasons, dtype=np.str_)
            else:
                values = self.column(name)
            variables[name] = (dimensions, values.reshape(shape))
        for day in (*study.days, None):
            counts = self.size_counts(day)
            name = f"{SIZE_COUNTS}{'end' if day is None else day}"
            variables[name] = ((*dimensions, "public_size"), counts.reshape(*shape, -1))
        coordinates: dict[str, Any] = {"public_size": np.arange(self.size_counts().shape[1])}
        for each in study.varied:
            labels = list(each.labels) if is_grid else self.table[each.path].to_pylist()
            coordinates[each.path] = (each.path if is_grid else "point", labels)
        if not is_grid:
            coordinates["point"] = variables.pop("point")[1]
        attributes = {
            "title": study.scenario.title,
            "scenario_digest": study.scenario.digest,
            "study_digest": study.digest,
            "seed": study.seed,
            "design": study.design.kind,
        }
        return xr.Dataset(variables, coordinates, attrs=attributes)

    def _repr_html_(self) -> str:
        """The points, for notebooks."""
        points = self.points_table().head(20).to_html(index=False, escape=True)
        return f"<p>{escape(repr(self))}</p>{points}"

    def __repr__(self) -> str:
        title = cut(self.study.scenario.title, LONGEST_NAME) or "untitled"
        done = "" if self.is_whole else f" of {self.study.n_points:,}"
        failed = f", {counted(len(self.problems), 'point')} failed" if self.problems else ""
        varied = first_of(self.paths)
        return f"<Sweep {title!r} over {varied}: {self.n_points:,}{done} points{failed}>"
