"""A calibration on disk: tables, a behaviour file and provenance in one folder.

    behaviour.yaml    the fitted behaviour, which a scenario may name
    parameters.csv    one row a parameter
    covariance.csv    of the parameters, by the normal approximation at the mode
    draws.csv         joint draws; paths of the scenario as header
    coalitions.csv    one row a past coalition
    provenance.json   written last

`docs/results.md` describes the columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from pathlib import Path
from typing import get_args

import numpy as np

from sim.calibration.behaviour_file import behaviour_text
from sim.calibration.calibration import Calibration, FittedCoalition
from sim.calibration.fit import Fit
from sim.calibration.likelihood import coefficients_of
from sim.calibration.parameters import (
    RATE_COLUMN,
    FittedParameter,
    Specification,
    loadings_of,
    place_of,
)
from sim.calibration.replay import Undated
from sim.core.layout import Reals
from sim.results.format import json_ready
from sim.scenario.arrays.numbers import inputs_at_medians
from sim.scenario.load import scenario_from_dict
from sim.store.csv_files import csv_rows, csv_text
from sim.store.folder import atomic_folder, reading
from sim.store.kinds import CALIBRATION
from sim.store.manifest import (
    HISTORIES,
    NUMBER,
    Fields,
    check_files,
    is_real,
    is_whole,
    read_manifest,
    write_manifest,
)

FILES = ("behaviour.yaml", "coalitions.csv", "covariance.csv", "draws.csv", "parameters.csv")


def save_calibration(calibration: Calibration, folder: str | Path, overwrite: bool = False) -> None:
    """Write a calibration as a folder, completely or not at all.

    Parameters
    ----------
    calibration : Calibration
    folder : str or Path
        Must not exist, unless `overwrite`.
    overwrite : bool
        Replace an earlier calibration.

    Raises
    ------
    ResultsError
        The folder is taken, or no folder can have that path.
    OSError
        The disk is full, read-only or failed; nothing is left behind.
    """
    with atomic_folder(folder, overwrite, CALIBRATION) as part:
        write_calibration(calibration, part)


def write_calibration(calibration: Calibration, folder: Path) -> None:
    """Write the files of a calibration into a folder that exists, the provenance last."""
    fit, rows, draws = calibration.fit, calibration.rows(), calibration.joint_draws
    names = fit.specification.names
    covariance = zip(names, fit.covariance.tolist(), strict=True)
    texts = {
        "behaviour.yaml": behaviour_text(calibration),
        "parameters.csv": csv_text([list(rows[0]), *(row.values() for row in rows)]),
        "covariance.csv": csv_text([["name", *names], *([name, *row] for name, row in covariance)]),
        "draws.csv": csv_text([list(draws), *np.column_stack(list(draws.values())).tolist()]),
        "coalitions.csv": csv_text([FittedCoalition._fields, *calibration.coalitions]),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8", newline="")
    fields = {
        "scenarios": [
            {"name": each.name, "title": each.title, "digest": each.digest, "record": each.record}
            for each in calibration.coalitions
        ],
        "reported": calibration.reported,
        "undated": calibration.undated,
        "candidates": calibration.candidates,
        "log_posterior": fit.log_posterior,
        "starts": fit.starts,
        "evaluations": fit.evaluations,
        "pareto_k": fit.pareto_k,
        "effective_draws": fit.effective_draws,
        "seed": calibration.seed,
        "command": calibration.command,
    }
    write_manifest(folder, CALIBRATION, json_ready(fields))


def load_calibration(folder: str | Path, verify: bool = True) -> Calibration:
    """Calibration of a folder, as it was saved; its draws to rounding.

    Parameters
    ----------
    folder : str or Path
    verify : bool
        Compare every file with the checksum in the provenance.

    Raises
    ------
    ResultsError
        There is no such folder, it holds no whole calibration, it was written in another layout, or
        a file in it is damaged; the message names the file.
    """
    with reading(folder):
        place, found = read_manifest(folder, CALIBRATION, FIELDS, lambda _: FILES)
        check_files(place, found["files"], verify)
        behaviour_file = str((place / "behaviour.yaml").resolve())
        scenario = scenario_from_dict({"days": 1, "nations": ["A"], "behaviour": behaviour_file})
        rows = csv_rows(place / "parameters.csv")
        parameters = tuple(
            FittedParameter(
                row["name"],
                float(row["prior_mean"]),
                float(row["prior_sd"]),
                loadings_of(row["moves"]),
                row["why"],
            )
            for row in rows
        )
        specification = Specification(coefficients_of(inputs_at_medians(scenario)), parameters)
        covariance = [
            [float(row[name]) for name in specification.names]
            for row in csv_rows(place / "covariance.csv")
        ]
        coalitions = tuple(
            FittedCoalition(
                row["name"],
                row["title"],
                row["digest"],
                row["record"],
                int(row["at_risk"]),
                int(row["public"]),
                float(row["log_likelihood"]),
                float(row["climate_mean"]),
                float(row["climate_sd"]),
            )
            for row in csv_rows(place / "coalitions.csv")
        )
        fit = Fit(
            specification,
            tuple(each.title for each in coalitions),
            np.array([float(row["mode"]) for row in rows]),
            np.array(covariance).reshape(len(rows), len(rows)),
            found["log_posterior"],
            _parameters_of(specification, csv_rows(place / "draws.csv")),
            -inf if found["pareto_k"] is None else found["pareto_k"],
            found["effective_draws"],
            np.array(found["starts"]),
            found["evaluations"],
        )
        return Calibration(
            fit,
            scenario.behaviour,
            coalitions,
            found["reported"],
            found["undated"],
            found["seed"],
            found["candidates"],
            found["command"],
        )


def _parameters_of(specification: Specification, rows: Sequence[dict[str, str]]) -> Reals:
    """Parameters of each draw, from the coefficients that they make, shape (n_draws, K)."""
    paths = list(dict.fromkeys(path for each in specification.parameters for path in each.on))
    places = [place_of(path) for path in paths]
    values = np.array([[float(row[f"behaviour.{path}"]) for path in paths] for row in rows])
    for value, (_, column) in zip(values.T, places, strict=True):
        value[:] = np.log(value) if column == RATE_COLUMN else value
    loadings = np.array([specification.loadings[:, row, column] for row, column in places])
    return np.asarray(np.linalg.lstsq(loadings, values.T)[0].T)


def _is_starts(value: object) -> bool:
    return isinstance(value, list) and len(value) > 0 and all(map(is_real, value))


FIELDS: Fields = {
    "scenarios": HISTORIES,
    "reported": NUMBER,
    "undated": (lambda value: value in get_args(Undated), ", ".join(get_args(Undated))),
    "candidates": (lambda value: is_whole(value, 1, 2**63 - 1), "a whole number of at least 1"),
    "log_posterior": NUMBER,
    "starts": (_is_starts, "a list of numbers"),
    "evaluations": (lambda value: is_whole(value, 1, 2**63 - 1), "a whole number of at least 1"),
    "pareto_k": (lambda value: value is None or is_real(value), "a number"),
    "effective_draws": NUMBER,
}
