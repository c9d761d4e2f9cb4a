"""The likelihood of past coalitions, with its exact gradient.

In three stages. *Forward*: for each climate and nation, the chance of its record, summed over
hidden stages and dispositions (`sim.core.likelihood`). *Coupling*: nations share a climate, and a
count of unnamed members binds them. *Backward*: the derivative to every hazard, weighted by
what the coupling says each climate and nation counts, then to coefficients, by features.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.polynomial.hermite_e import hermegauss
from scipy.special import logsumexp

from sim.calibration.history import History
from sim.calibration.observed import Observed, observed
from sim.calibration.poisson_binomial import log_chance_of_number
from sim.calibration.replay import Calendar, Undated, seen_along
from sim.core.kernel.memory import aligned_zeros
from sim.core.layout import (
    DEMAND,
    INITIAL_ODDS,
    INITIAL_WEIGHTS,
    WILLING_SHARE,
    Inputs,
    Integers,
    Reals,
)
from sim.core.likelihood import (
    DAY,
    HIDDEN_MOVES,
    LANES,
    LEAST_CHANCE,
    N_HIDDEN,
    N_MOVES,
    NOT_RECORDED,
    PUBLIC_FIRST,
    PUBLIC_LAST,
    Exposure,
    Gradient,
    Nodes,
    Room,
    add_gradient,
    fill_last_chances,
    fill_log_chances,
)
from sim.core.rules.capability import capability_asked
from sim.core.rules.hazard import HIGHEST_LOG_HAZARD, LOWEST_LOG_HAZARD
from sim.core.stages import EXIT, FEATURES, FORWARD, LEFT, N_TRAITS, OUTSIDE, WILLING
from sim.scenario.arrays.numbers import inputs_at_medians
from sim.scenario.events import DatedEvent

N_CLIMATES, N_DISPOSITIONS = 24, 7
LARGEST_CLIMATE = 4.0
LEAST_POSTERIOR = 1e-7
"""Climates less likely than this, given the record, are left out of the gradient."""

COLUMNS = ("rate", *FEATURES)
"""Columns of coefficients: log rate (of the initial law: log-odds), then features."""

DISPOSITION, CLIMATE = COLUMNS.index("disposition"), COLUMNS.index("climate")


class ImpossibleRecordError(ValueError):
    """A record cannot happen under a behaviour; the message says whose, and of which coalition."""


class Coefficients(NamedTuple):
    """What the likelihood depends on.

    Attributes
    ----------
    table : ndarray, shape (8, 17 + E)
        Rows: the moves in `sim.core.likelihood.HIDDEN_MOVES`, then the initial law. Columns:
        `COLUMNS`, then the extra ones of the coalitions. A move that is not named has the log rate
        minus infinity.
    willing_share : float
        Share of those in play that are willing on day 0.
    """

    table: Reals
    willing_share: float


def coefficients_of(inputs: Inputs) -> Coefficients:
    """Return the coefficients of a scenario's behaviour."""
    table = np.zeros((N_MOVES + 1, len(COLUMNS)))
    with np.errstate(divide="ignore"):
        for row, (stage, side) in zip(table, HIDDEN_MOVES, strict=False):
            row[0] = np.log(inputs.rate[stage, side])
            row[1:] = inputs.coefficient[stage, side]
        table[N_MOVES, 0] = np.log(inputs.initial[INITIAL_ODDS])
    table[N_MOVES, 1 : 1 + N_TRAITS] = inputs.initial[INITIAL_WEIGHTS:WILLING_SHARE]
    return Coefficients(table, float(inputs.initial[WILLING_SHARE]))


@dataclass(frozen=True)
class Coalition:
    """A past coalition as the likelihood reads it. Get one from `coalition_of`.

    Attributes
    ----------
    name : str
    seen : Observed
    features : tuple of ndarray, shape (N, T + 1, 17 + E)
        By row of the coefficients but the last: 1, traits, features of the day, E extra columns.
        Rows that see the same share an array.
    traits : ndarray, shape (N, 17 + E)
        For the initial law: likewise, with zeros for the features of a day.
    reported : ndarray, shape (T + 1,)
        Chance that an exit of the day, before a public word, is in the record.
    columns : tuple of str, length 17 + E
    """

    name: str
    seen: Observed
    features: tuple[Reals, ...]
    traits: Reals
    reported: Reals
    columns: tuple[str, ...] = COLUMNS

    @property
    def days(self) -> int:
        """The last day."""
        return int(self.features[0].shape[1]) - 1

    def until(self, day: int) -> Coalition:
        """What was known of the coalition at the end of a day."""
        features = tuple(each[:, : day + 1] for each in self.features)
        seen, reported = self.seen.until(day), self.reported[: day + 1]
        return replace(self, seen=seen, features=features, reported=reported)

    def from_day(self, day: int) -> Coalition:
        """What may come after a day: the record until then, and all days.

        Every nation that is open may go public from the next day on, and leave unseen.
        """
        seen, reported = self.seen.until(day), self.reported.copy()
        reported[day + 1 :] = 0.0
        record = seen.record.copy()
        is_open = record[:, PUBLIC_LAST] == NOT_RECORDED
        record[is_open, PUBLIC_FIRST] = day + 1
        record[is_open | (record[:, PUBLIC_LAST] > day), PUBLIC_LAST] = self.days + 1
        return replace(self, seen=seen._replace(record=record), reported=reported)


def coalition_of(  # noqa: PLR0913 (all that the likelihood depends on)
    history: History,
    reported: float = 0.5,
    undated: Undated = "middle",
    until: int | None = None,
    extra: Mapping[str, Mapping[str, float]] | None = None,
    calendar: Calendar = "all",
    occasions: Sequence[DatedEvent] = (),
) -> Coalition:
    """Return a past coalition as the likelihood reads it.

    Parameters
    ----------
    history : History
    reported : float
        Chance that an exit before a public word is in the record.
    undated : {"first", "middle", "last"}
        Where in an interval others are taken to have seen that a nation is public.
    until : int, optional
        Day after which nobody else goes public in what the nations see. Of several counts of
        unnamed members the last by this day is read.
    extra : mapping, optional
        Further columns that no day changes, such as the parts of the bond: by name, the value of
        each nation, in [0, 1]; one half is neutral.
    calendar : {"all", "scheduled", "known"}
        With ``until``: after that day, all events, or only those that are scheduled.
    occasions : sequence of DatedEvent
        Events that happen as well, unless the calendar is ``all``.
    """
    scenario, extra = history.scenario, extra or {}
    seen = seen_along(history, undated, until, calendar, occasions)
    found = observed(history, undated, until)
    inputs = inputs_at_medians(scenario)
    traits = np.zeros((len(found.nations), len(COLUMNS) + len(extra)))
    traits[:, 0] = 1.0
    capability = [
        capability_asked(float(each), float(inputs.commitment[DEMAND]))
        for each in inputs.capability
    ]
    columns = {
        "stake": inputs.stake - 0.5,
        "support": inputs.support - 0.5,
        "bond": inputs.bond - 0.5,
        "capability": np.array(capability),
    }
    for name, column in columns.items():
        traits[:, COLUMNS.index(name)] = column[found.places]

    for place, values in enumerate(extra.values(), len(COLUMNS)):
        traits[:, place] = [values[nation] - 0.5 for nation in found.nations]

    def with_traits(daily: Reals) -> Reals:
        rows = np.repeat(traits[:, None, :], daily.shape[1], axis=1)
        rows[:, :, 1 + N_TRAITS : len(COLUMNS)] = daily[found.places]
        return rows

    outside, talks, willing = map(with_traits, seen)
    by_move = {(OUTSIDE, FORWARD): outside, (OUTSIDE, EXIT): outside, (LEFT, FORWARD): outside}
    by_move[WILLING, FORWARD] = willing
    features = tuple(by_move.get(move, talks) for move in HIDDEN_MOVES)
    return Coalition(
        scenario.title,
        found,
        features,
        traits,
        np.full(scenario.days + 1, reported),
        (*COLUMNS, *extra),
    )


class Quadrature(NamedTuple):
    """Values that stand for the climate and for the disposition, with their chances.

    Attributes
    ----------
    climate, climate_chance : ndarray, shape (Q,)
    disposition, disposition_chance : ndarray, shape (R,)
    """

    climate: Reals
    climate_chance: Reals
    disposition: Reals
    disposition_chance: Reals


def quadrature(climates: int = N_CLIMATES, dispositions: int = N_DISPOSITIONS) -> Quadrature:
    """Return equally spaced climates on [-4, 4], and the nodes of Gauss and Hermite.

    A coalition of dozens of nations tells its climate so narrowly that the nodes of Gauss and
    Hermite miss it; the disposition of one nation is hardly told at all.
    """
    climate = np.linspace(-LARGEST_CLIMATE, LARGEST_CLIMATE, climates)
    density = np.exp(-0.5 * climate**2)
    disposition, weight = hermegauss(dispositions)
    return Quadrature(climate, density / density.sum(), disposition, weight / weight.sum())


class Value(NamedTuple):
    """The log-likelihood of a coalition.

    Attributes
    ----------
    log_likelihood : float
    climate_posterior : ndarray, shape (Q,)
        Chance of each climate, given the record.
    table : ndarray, shape (8, 17 + E)
        Derivatives to the coefficients; zeros if they were not asked for.
    willing_share : float
        Derivative to the share of the willing.
    """

    log_likelihood: float
    climate_posterior: Reals
    table: Reals
    willing_share: float


def log_likelihood(
    coalition: Coalition,
    coefficients: Coefficients,
    nodes: Quadrature | None = None,
    with_gradient: bool = True,
) -> Value:
    """Return the log-likelihood of a coalition's record, and its derivatives.

    Parameters
    ----------
    coalition : Coalition
    coefficients : Coefficients
    nodes : Quadrature, optional
    with_gradient : bool

    Raises
    ------
    ImpossibleRecordError
        The record cannot happen under these coefficients.
    """
    has_dispositions = coefficients.table[:, DISPOSITION].any()
    nodes = nodes or quadrature(dispositions=N_DISPOSITIONS if has_dispositions else 1)
    exposure = _exposure(coalition, coefficients)
    everywhere = np.arange(nodes.climate.size)
    log_chance = _log_chances(exposure, nodes, coefficients, everywhere, NOT_RECORDED)
    _refuse_impossible(coalition, log_chance)
    joint = np.log(nodes.climate_chance) + log_chance.sum(axis=1)
    counted = np.zeros_like(log_chance)
    if coalition.seen.unnamed_day != NOT_RECORDED:
        likely = np.flatnonzero(joint > joint.max() - 60.0)
        willing = _log_chances(exposure, nodes, coefficients, likely, coalition.seen.unnamed_day)
        chance = np.minimum(np.exp(willing - log_chance[likely]), 1.0)
        value, slope = log_chance_of_number(chance, coalition.seen.unnamed)
        if value.max() < 0.9 * np.log(LEAST_CHANCE):  # what cannot be has about this, not 0
            raise ImpossibleRecordError(
                f"the count of unnamed members on day {coalition.seen.unnamed_day} of "
                f"{coalition.name!r} cannot happen: by their own rows, fewer or more of its "
                "nations were willing then"
            )
        joint = np.where(np.isin(everywhere, likely), joint, -np.inf)
        joint[likely] += value
        counted[likely] = slope * chance
    total = float(logsumexp(joint))
    posterior = np.exp(joint - total)
    gradient = _no_gradient(exposure)
    if with_gradient:
        likely = np.flatnonzero(posterior > LEAST_POSTERIOR)
        chosen, room = _nodes(nodes, coefficients, likely), _room(exposure, nodes)
        weight, of_count = np.zeros((2, chosen.climate.size, exposure.in_play.size))
        weight[: likely.size] = posterior[likely, None]
        of_count[: likely.size] = counted[likely]
        add_gradient(exposure, chosen, NOT_RECORDED, weight * (1.0 - of_count), room, gradient)
        if coalition.seen.unnamed_day != NOT_RECORDED:
            day = coalition.seen.unnamed_day
            add_gradient(exposure, chosen, day, weight * of_count, room, gradient)
    return Value(
        total, posterior, _to_coefficients(coalition, gradient), float(gradient.willing_share[0])
    )


def _refuse_impossible(coalition: Coalition, log_chance: Reals) -> None:
    """Raise if some nation's record cannot happen in any climate."""
    impossible = log_chance.max(axis=0) < 0.99 * np.log(LEAST_CHANCE)
    if impossible.any():
        nation = coalition.seen.nations[int(np.flatnonzero(impossible)[0])]
        raise ImpossibleRecordError(
            f"the record of {nation} in {coalition.name!r} cannot happen under this behaviour"
        )


def _exposure(coalition: Coalition, coefficients: Coefficients) -> Exposure:
    """Hazards along the record, for a disposition and a climate of 0."""
    log_hazards = np.stack(
        [
            features @ row if np.isfinite(row[0]) else np.full(features.shape[:2], -np.inf)
            for features, row in zip(coalition.features, coefficients.table, strict=False)
        ]
    )
    return Exposure(
        hazards=np.where(
            np.isneginf(log_hazards),
            0.0,
            np.exp(np.clip(log_hazards, LOWEST_LOG_HAZARD, HIGHEST_LOG_HAZARD)),
        ),
        in_play=coalition.traits @ coefficients.table[N_MOVES],
        start=coalition.seen.start,
        willing_share=np.array([coefficients.willing_share]),
        record=coalition.seen.record,
        reported=coalition.reported,
    )


def _nodes(nodes: Quadrature, coefficients: Coefficients, climates: Integers) -> Nodes:
    """The chosen climates, with what they and the dispositions do to each hazard.

    The last one is repeated to fill the lanes.
    """
    n_spare = -climates.size % LANES
    climate = np.pad(nodes.climate[climates], (0, n_spare), mode="edge")
    effect = (
        climate * coefficients.table[:, CLIMATE, None]
        + (nodes.disposition[:, None] * coefficients.table[:, DISPOSITION])[:, :, None]
    )
    factor = np.exp(np.clip(effect[:, :N_MOVES], -HIGHEST_LOG_HAZARD, HIGHEST_LOG_HAZARD))
    return Nodes(
        climate,
        nodes.disposition,
        nodes.disposition_chance,
        factor,
        np.ascontiguousarray(effect[:, N_MOVES]),
    )


def _room(exposure: Exposure, nodes: Quadrature) -> Room:
    dispositions = nodes.disposition.size
    return Room(
        aligned_zeros(dispositions * exposure.hazards.shape[2] * DAY),
        np.zeros((dispositions, LANES)),
    )


def _log_chances(
    exposure: Exposure,
    nodes: Quadrature,
    coefficients: Coefficients,
    climates: Integers,
    willing_day: int,
) -> Reals:
    """Log chances of the records, by climate and nation."""
    chosen = _nodes(nodes, coefficients, climates)
    log_chance = np.empty((chosen.climate.size, exposure.in_play.size))
    fill_log_chances(exposure, chosen, willing_day, _room(exposure, nodes), log_chance)
    return log_chance[: climates.size]


def _no_gradient(exposure: Exposure) -> Gradient:
    return Gradient(
        np.zeros_like(exposure.hazards),
        np.zeros_like(exposure.in_play),
        np.zeros(1),
        np.zeros(N_MOVES + 1),
        np.zeros(N_MOVES + 1),
    )


def _to_coefficients(coalition: Coalition, gradient: Gradient) -> Reals:
    """Derivatives to the coefficients, from those to log hazards: features times derivatives."""
    table = np.zeros((N_MOVES + 1, coalition.traits.shape[1]))
    for row, features, of_hazard in zip(table, coalition.features, gradient.hazards, strict=False):
        row[:] = np.einsum("it,itk->k", of_hazard, features)
    table[N_MOVES] = gradient.in_play @ coalition.traits
    table[:, DISPOSITION], table[:, CLIMATE] = gradient.disposition, gradient.climate
    return table


class Counted(NamedTuple):
    """What a count of unnamed members says of Q climates, N nations and R dispositions.

    Attributes
    ----------
    number : ndarray, shape (n + 1,)
        Chance of the count if 0 to n nations were willing on its day.
    willing : ndarray, shape (Q, N)
        Chance of each nation of having been willing on that day, given its own record alone.
    stage : ndarray, shape (2, Q, N, R, 5)
        As `Hidden.stage`, for a nation that was not willing on that day, and for one that was.
    """

    number: Reals
    willing: Reals
    stage: Reals


class Hidden(NamedTuple):
    """What is hidden on the last day, given the record: Q climates, N nations, R dispositions.

    Attributes
    ----------
    climate : ndarray, shape (Q,)
        Chance of each climate.
    stage : ndarray, shape (Q, N, R, 5)
        Joint chance of each disposition and stage, by climate and nation: the hidden stages, then
        public within the interval of the record. Sums to 1.
    counted : Counted, optional
        Of a count of unnamed members, which ties nations together; else they are independent
        within a climate.
    """

    climate: Reals
    stage: Reals
    counted: Counted | None = None


def hidden_state(
    coalition: Coalition, coefficients: Coefficients, nodes: Quadrature | None = None
) -> Hidden:
    """Return what is hidden at the end of the last day, given the record until then.

    Parameters
    ----------
    coalition : Coalition
        Often of `Coalition.until`.
    coefficients : Coefficients
    nodes : Quadrature, optional
    """
    nodes = nodes or quadrature()
    value = log_likelihood(coalition, coefficients, nodes, with_gradient=False)
    exposure = _exposure(coalition, coefficients)
    chosen = _nodes(nodes, coefficients, np.arange(nodes.climate.size))

    def chances(willing_day: int) -> Reals:
        shape = (chosen.climate.size, exposure.in_play.size, nodes.disposition.size, N_HIDDEN + 1)
        stage = np.zeros(shape)
        fill_last_chances(exposure, chosen, willing_day, _room(exposure, nodes), stage)
        return stage[: nodes.climate.size]

    def given(stage: Reals) -> Reals:
        total = np.maximum(stage.sum(axis=(2, 3), keepdims=True), LEAST_CHANCE)
        return np.asarray(stage / total)

    stage, day = chances(NOT_RECORDED), coalition.seen.unnamed_day
    if day == NOT_RECORDED:
        return Hidden(value.climate_posterior, given(stage))
    # A count tells of each nation how likely it was willing then.
    with_willing = chances(day)
    total = np.maximum(stage.sum(axis=(2, 3)), LEAST_CHANCE)
    prior = np.minimum(with_willing.sum(axis=(2, 3)) / total, 1.0)
    _, slope = log_chance_of_number(prior, coalition.seen.unnamed)
    share = (prior * (1.0 + (1.0 - prior) * slope))[:, :, None, None]
    by_willing = np.stack([given(np.maximum(stage - with_willing, 0.0)), given(with_willing)])
    return Hidden(
        value.climate_posterior,
        (1.0 - share) * by_willing[0] + share * by_willing[1],
        Counted(coalition.seen.unnamed, prior, by_willing),
    )
