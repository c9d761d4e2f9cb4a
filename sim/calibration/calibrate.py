"""Fit a behaviour to past coalitions: `sim.calibrate`."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from math import exp
from pathlib import Path
from typing import Any, get_args

import numpy as np

from sim.calibration.calibration import Calibration, FittedCoalition
from sim.calibration.fit import Fit, NoMaximumError, Posterior, Progress, fit
from sim.calibration.history import History, load_history, shipped_histories
from sim.calibration.likelihood import (
    Coalition,
    ImpossibleRecordError,
    coalition_of,
    coefficients_of,
    quadrature,
)
from sim.calibration.parameters import RATE_COLUMN, Specification, place_of
from sim.calibration.replay import Undated
from sim.calibration.specifications import with_joiners
from sim.core.layout import Reals
from sim.scenario.arrays.numbers import arrays_of, inputs_at_medians
from sim.scenario.behaviour import Behaviour

LEAST_CANDIDATES = 25
"""Fewer do not tell the tail of their weights."""

MOST_SEED = 2**64 - 1

DIGITS = 6
"""Of a fitted coefficient in a behaviour: far more than any fit tells."""

Source = str | os.PathLike[str] | History


class CalibrationError(ValueError):
    """Histories cannot be fitted to; the message says which and why."""


def calibrate(  # noqa: PLR0913 (all that a fit takes)
    histories: Source | Iterable[Source] | Mapping[str, History] | None = None,
    starts: int = 4,
    candidates: int = 250,
    draws: int = 200,
    reported: float = 0.5,
    undated: Undated = "middle",
    seed: int = 0,
    progress: Progress | None = None,
) -> Calibration:
    """Fit the behaviour of past coalitions to their records.

    Parameters
    ----------
    histories : path, name, History, an iterable of these, or mapping of name to History, optional
        Scenarios with a record; by default all that are shipped. All have the same behaviour, which
        is where coefficients come from that are not fitted.
    starts : int
        Starts of the search for the most likely parameters.
    candidates, draws : int
        Candidates that are weighted, and joint draws that are resampled from them.
    reported : float
        Chance that an exit before a public word is in the record.
    undated : {"first", "middle", "last"}
        Where in an interval others are taken to have seen that a nation is public.
    seed : int
    progress : callable of (evaluations, all of them), optional

    Returns
    -------
    Calibration

    Raises
    ------
    ScenarioError
        A history is wrong, or has no record.
    CalibrationError
        Histories have different behaviours, one cannot be fitted to, or an argument is wrong.
    """
    _check_arguments(starts, candidates, draws, reported, undated, seed)
    named = histories if isinstance(histories, Mapping) else named_histories(histories)
    past = {
        name: checked_coalition(name, partial(coalition_of, history, reported, undated))
        for name, history in named.items()
    }
    specification, behaviour = specification_for(named)
    try:
        found = fit(
            specification,
            list(past.values()),
            starts,
            candidates,
            draws,
            seed,
            progress=progress,
        )
    except (ImpossibleRecordError, NoMaximumError) as error:
        raise CalibrationError(str(error)) from error
    values = ", ".join(map(repr, named))
    call = (
        f"sim.calibrate([{values}], starts={starts}, candidates={candidates}, draws={draws}, "
        f"reported={reported!r}, undated={undated!r}, seed={seed})"
    )
    return Calibration(
        found,
        _at_mode(behaviour, found),
        tuple(_fitted_coalitions(named, past, found)),
        float(reported),
        undated,
        seed,
        candidates,
        call,
    )


def checked_coalition(name: str, make: Callable[[], Coalition]) -> Coalition:
    """A past coalition that can be fitted to.

    Raises
    ------
    CalibrationError
        The likelihood does not cover its record, or nobody could join; the message begins with its
        name.
    """
    try:
        found = make()
    except ValueError as error:
        raise CalibrationError(f"{name}: {error}") from error
    if not found.seen.nations:
        raise CalibrationError(f"{name}: no nation could join after its first day")
    return found


def specification_for(histories: Mapping[str, History]) -> tuple[Specification, Behaviour]:
    """What is fitted to histories, and the behaviour that they have in common.

    Raises
    ------
    CalibrationError
        They have none, or there is nothing in it to fit.
    """
    behaviour_is_common(histories)
    by_record: dict[str, str] = {}
    for name, history in histories.items():
        other = by_record.setdefault(record_digest(history), name)
        if other != name and history.entries:
            raise CalibrationError(f"{name} has the same record as {other}")
    scenario = next(iter(histories.values())).scenario
    specification = with_joiners(coefficients_of(inputs_at_medians(scenario)))
    if not specification.parameters:
        raise CalibrationError("the behaviour names no move before a public word: nothing to fit")
    return specification, scenario.behaviour


def named_histories(sources: Source | Iterable[Source] | None = None) -> dict[str, History]:
    """Histories by name: the stem of their file, or the title of one that is given in memory.

    Raises
    ------
    ScenarioError
        One is wrong, or has no record.
    CalibrationError
        There is none, or one is given twice.
    """
    if sources is None:
        sources = shipped_histories()
    if isinstance(sources, str | os.PathLike | History):
        sources = [sources]
    found: dict[str, History] = {}
    seen: dict[tuple[str, str], str] = {}
    for source in sources:
        history = source if isinstance(source, History) else load_history(source)
        stem = history.scenario.title if isinstance(source, History) else Path(source).stem
        stem = stem.encode("utf-8", "replace").decode("utf-8") or "history"
        taken = (f"{stem}_{number}" for number in range(2, len(found) + 3))
        name = next(each for each in (stem, *taken) if each not in found)
        content = (history.scenario.digest, record_digest(history))
        if content in seen:
            is_twice = seen[content] == stem
            same = "is given twice" if is_twice else f"is the same history as {seen[content]}"
            raise CalibrationError(f"{stem} {same}")
        seen[content] = name
        found[name] = history
    if not found:
        raise CalibrationError("there is no history to fit to")
    return found


def behaviour_is_common(histories: Mapping[str, History]) -> None:
    """Refuse histories that do not have one behaviour, made of numbers and not drawn.

    Raises
    ------
    CalibrationError
    """
    (first, base), *others = (
        (name, dict(_numbers(history.scenario.full()["behaviour"], "behaviour")))
        for name, history in histories.items()
    )
    random = next((path for path, value in base.items() if isinstance(value, dict)), None)
    if random is not None:
        raise CalibrationError(
            f"{first}: {random} is a distribution, and a fit needs a behaviour made of numbers"
        )
    for name, history in histories.items():
        if history.scenario.draws is not None:
            raise CalibrationError(f"{name}: it has joint draws, and a fit needs numbers")
        drawn = [each.path for each in arrays_of(history.scenario).drawn]
        if event := next((path for path in drawn if path.startswith("events.")), None):
            raise CalibrationError(f"{name}: {event} is drawn, and a fit needs days and numbers")
    for name, other in others:
        differs = [path for path in {**base, **other} if base.get(path) != other.get(path)]
        if differs:
            more = f" and {len(differs) - 1:,} more" if len(differs) > 1 else ""
            raise CalibrationError(
                f"{name}: its behaviour is not that of {first}: they differ in {differs[0]}{more}; "
                "histories are fitted to together if they have the same behaviour"
            )


def _numbers(part: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Numbers of a behaviour in full form by path; a distribution is a mapping."""
    if isinstance(part, dict) and "rate" not in part and "odds" not in part and "share" not in part:
        for key, value in part.items():
            yield from _numbers(value, f"{path}.{key}")
    elif isinstance(part, dict):
        yield from ((f"{path}.{key}", value) for key, value in part.items())


def record_digest(history: History) -> str:
    """SHA-256 of the content of a record, whatever the order of its rows."""
    rows = sorted(json.dumps(each._replace(line=0), default=str) for each in history.entries)
    return hashlib.sha256("\n".join(rows).encode("utf-8", "surrogatepass")).hexdigest()


def check_reported(reported: float) -> None:
    """Refuse a chance that an exit is on record that is no chance.

    Raises
    ------
    CalibrationError
    """
    if not 0.0 <= reported <= 1.0:
        raise CalibrationError(f"reported: {reported!r} must be a number from 0 to 1")


def _check_arguments(
    starts: int, candidates: int, draws: int, reported: float, undated: str, seed: int
) -> None:
    whole: dict[str, tuple[object, int, int]] = {
        "starts": (starts, 1, 1000),
        "candidates": (candidates, LEAST_CANDIDATES, 100_000),
        "draws": (draws, 1, 100_000),
        "seed": (seed, 0, MOST_SEED),
    }
    for name, (value, least, most) in whole.items():
        if not isinstance(value, int | np.integer) or not least <= int(value) <= most:
            allowed = f"a whole number from {least} to {most}"
            raise CalibrationError(f"{name}: {value!r} must be {allowed}")
    check_reported(reported)
    if undated not in get_args(Undated):
        known = ", ".join(get_args(Undated))
        raise CalibrationError(f"undated: {undated!r} must be one of {known}")


def _at_mode(base: Behaviour, found: Fit) -> Behaviour:
    """A behaviour with the fitted coefficients at the mode."""
    specification = found.specification
    table = specification.coefficients(found.mode).table
    full = base.model_dump(by_alias=True)
    for path in (path for each in specification.parameters for path in each.on):
        row, column = place_of(path)
        value = float(table[row, column])
        *steps, name = path.split(".")
        part = full
        for step in steps:
            part = part[step]
        part[name] = float(f"{exp(value) if column == RATE_COLUMN else value:.{DIGITS}g}")
    return Behaviour.model_validate(full)


def _fitted_coalitions(
    histories: Mapping[str, History], past: Mapping[str, Coalition], found: Fit
) -> Iterator[FittedCoalition]:
    """What the fit says of each coalition."""
    climate: Reals = quadrature().climate
    posterior = Posterior(found.specification, tuple(past.values()))
    values = posterior.values(found.mode, with_gradient=False)
    for (name, history), coalition, value in zip(
        histories.items(), past.values(), values, strict=True
    ):
        mean = float(value.climate_posterior @ climate)
        yield FittedCoalition(
            name,
            history.scenario.title,
            history.scenario.digest,
            record_digest(history),
            len(coalition.seen.nations),
            int((coalition.seen.published <= coalition.days).sum()),
            value.log_likelihood,
            mean,
            float(np.sqrt(value.climate_posterior @ (climate - mean) ** 2)),
        )
