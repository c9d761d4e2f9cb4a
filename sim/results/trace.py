"""One run day by day: what each nation saw, how likely it was to move, and what it did."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from math import exp
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.core.rules.hazard import HIGHEST_LOG_HAZARD, LOWEST_LOG_HAZARD
from sim.core.rules.influence import convened_coefficient
from sim.core.stages import (
    EXIT,
    EXIT_MOVES,
    FEATURES,
    FORWARD,
    FORWARD_MOVES,
    N_FEATURES,
    PLEDGED,
    STAGES,
)
from sim.results.format import LONGEST_NAME, counted, cut, json_ready
from sim.results.trace_records import (
    DECISION,
    EventRecord,
    MoveRecord,
    PledgeRecord,
    Unmet,
    Visit,
)
from sim.scenario.arrays.numbers import arrays_of, inputs_of_run
from sim.scenario.files.suggestions import unknown
from sim.scenario.schema import Scenario

if TYPE_CHECKING:
    import pandas as pd

Reals = NDArray[np.float64]

SIDES = ("forward", "exit")
SIZES = ("public_size", "private_size", "firm_size")
SIDE_MOVES = (FORWARD_MOVES, EXIT_MOVES)

LIMIT, OWN_RULE = "limit", "own rule"
TERMS = ("rate", *FEATURES, LIMIT, OWN_RULE)
"""Terms of a log hazard: the logarithm of the rate, coefficient times feature, what the limits of
the log hazard took off, and by how much a subclass of `Nation` departs from the model's rule."""

CONVENED, LISTED = FEATURES.index("convened"), FEATURES.index("listed")

OPEN, NO_MOVE, NOT_NAMED = "open", "no move", "not named"
NO_DEAL, HELD, NOT_TOLD, NO_QUORUM = "no deal", "held", "not told", "no quorum"
ROUNDING = 1e-9
"""A log hazard as close as this to its terms follows the model's rule."""


@dataclass(frozen=True, eq=False)
class Trace:
    """One run: axes run (day, nation), day 0 included, nations in the order of the scenario.

    Attributes
    ----------
    scenario : Scenario
    seed, run : int
    engine : str
        ``mesa``, with the subclass of `Nation` where there was one.
    rate : ndarray, shape (7, 2), per day
    coefficient : ndarray, shape (7, 2, n_features)
        The run's own numbers of the behaviour, by stage, side (forward, exit) and feature.
    chance_in_play : ndarray, shape (n_nations,)
        Chance with which the initial law put a nation in talks or further; not a number where
        the stage on day 0 is given.
    stage : ndarray of int8, shape (n_days + 1, n_nations)
        Stage at the end of each day.
    considered : ndarray of int8, shape (n_days + 1, n_nations)
        Stage in which a nation considered its moves that day, after the day's events.
    held : ndarray of bool, shape (n_days + 1, n_nations)
        True if an event had moved it that day, so that no move was open to it.
    unmet : dict of (day, nation) to tuple of Unmet
        What quorums that kept the nation's move forward closed asked for in vain that day.
    features : ndarray, shape (n_days + 1, n_nations, n_features)
        In the order of `sim.core.stages.FEATURES`; not a number on day 0.
    hazards, remaining : ndarray, shape (n_days + 1, n_nations, 2)
        Hazards per day, and what was left of the thresholds before them; not a number on day 0.
    size : ndarray of int64, shape (3, n_days + 1)
        Public, private and firm size at the end of each day.
    conditions : ndarray, shape (n_days + 1, n_conditions)
    force : ndarray, shape (n_days + 1, n_kinds + 1), force units, the last in all
    requirement : ndarray, shape (n_days + 1,), force units
    has_deal : ndarray of bool, shape (n_days + 1,)
    visits : tuple of tuples of Visit, one tuple a nation
    moves, pledges, events : tuples of MoveRecord, PledgeRecord and EventRecord, in order of time
    success_day : int
        First day of the first stretch on which every threshold held; -1 for never.
    quorum_day : int
        First day at whose end the coalition's quorum held; -1 for never.
    shares : dict of ndarray, shape (n_days + 1,)
        Shares of groups and kinds covered and of capacity that is public, those that are defined.
    """

    scenario: Scenario
    seed: int
    run: int
    engine: str
    rate: Reals
    coefficient: Reals
    chance_in_play: Reals
    stage: NDArray[np.int8]
    considered: NDArray[np.int8]
    held: NDArray[np.bool_]
    unmet: dict[tuple[int, int], tuple[Unmet, ...]]
    features: Reals
    hazards: Reals
    remaining: Reals
    size: NDArray[np.int64]
    conditions: Reals
    force: Reals
    requirement: Reals
    has_deal: NDArray[np.bool_]
    visits: tuple[tuple[Visit, ...], ...]
    moves: tuple[MoveRecord, ...]
    pledges: tuple[PledgeRecord, ...]
    events: tuple[EventRecord, ...]
    success_day: int
    quorum_day: int
    shares: dict[str, Reals] = field(default_factory=dict)

    def __repr__(self) -> str:
        title = cut(self.scenario.title, LONGEST_NAME) or "untitled"
        sizes = ((len(self.nations), "nation"), (self.n_days, "day"), (len(self.moves), "move"))
        said = ", ".join(counted(number, noun) for number, noun in sizes)
        chance = f"run {self.run}, seed {self.seed}"
        return f"<Trace {title!r}: {chance}: {said}; digest {self.scenario.digest[:12]}>"

    @property
    def n_days(self) -> int:
        """Last day."""
        return self.scenario.days

    @cached_property
    def nations(self) -> tuple[str, ...]:
        """Ids of the nations, in the order of the scenario."""
        return tuple(nation.id for nation in self.scenario.nations)

    def index_of(self, nation: str) -> int:
        """Index of a nation in the scenario, by its id.

        Raises
        ------
        ValueError
            No nation has that id; the message suggests one.
        """
        if nation not in self.nations:
            raise ValueError(unknown("nation", str(nation), self.nations))
        return self.nations.index(nation)

    def date(self, day: int) -> str | None:
        """Calendar date of a day, as in 2025-03-10; None where the scenario has no calendar."""
        start = self.scenario.start
        return None if start is None else (start + timedelta(days=day)).isoformat()

    def visit(self, index: int, day: int) -> Visit:
        """The stay at a stage in which a nation considered its moves on a day.

        Raises
        ------
        ValueError
            The run has no such day.
        """
        self._check_day(day)
        return self.visits[index][int(self._visit_numbers(index)[day])]

    def status(self, index: int, day: int, side: int) -> str:
        """Whether a move was open to a nation on a day.

        Parameters
        ----------
        index, day : int
        side : int
            0 for the move forward, 1 for the exit.

        Returns
        -------
        str
            ``open``; or ``no move`` leads on from its stage; ``not named`` by the behaviour, or
            its rate is 0; ``no deal`` is in force; ``no quorum``, for it does not hold; ``held``,
            since an event had moved it that day; ``own rule`` of a subclass; ``not told`` on day 0,
            or by a subclass.

        Raises
        ------
        ValueError
            The run has no such day.
        """
        self._check_day(day)
        return str(self.status_rows(index, side, slice(day, day + 1))[0])

    def status_rows(self, index: int, side: int, days: slice = slice(None)) -> NDArray[np.str_]:
        """What `status` says, by day."""
        stage, hazard = self.considered[days, index], self.hazards[days, index, side]
        leads_on = np.array([move is not None for move in SIDE_MOVES[side]])[stage]
        named = self.rate[stage, side] > 0.0
        held = self.held[days, index]
        waits = ~self.has_deal[days] & (stage == PLEDGED) & (side == FORWARD)
        barred = np.array(
            [
                side == FORWARD and (day, index) in self.unmet
                for day in range(self.n_days + 1)[days]
            ],
            dtype=np.bool_,
        )
        is_open = leads_on & named & ~held & ~waits & ~barred
        own = np.where(is_open, hazard == 0.0, hazard > 0.0)
        return np.select(
            [np.isnan(hazard), own, ~leads_on, ~named, held, waits, barred],
            [NOT_TOLD, OWN_RULE, NO_MOVE, NOT_NAMED, HELD, NO_DEAL, NO_QUORUM],
            OPEN,
        )

    def terms(self, nation: str, day: int, side: int) -> dict[str, float]:
        """Terms of the log hazard of a nation's move on a day, by name; empty if it was not open.

        Parameters
        ----------
        nation : str
        day : int, from 1
        side : int
            0 for the move forward, 1 for the exit.

        Returns
        -------
        dict
            ``rate``, its logarithm; then coefficient times feature. Their sum is the log hazard.
            ``limit`` and ``own rule`` are there where they are not 0.

        Raises
        ------
        ValueError
            The scenario has no such nation, or the run no such day.
        """
        self._check_day(day)
        index = self.index_of(nation)
        row = self.term_rows(index, side, slice(day, day + 1))[0]
        found = dict(zip(TERMS, map(float, row), strict=True))
        if self.status(index, day, side) not in (OPEN, OWN_RULE):
            return {}
        return {name: term for name, term in found.items() if term or name not in (LIMIT, OWN_RULE)}

    def term_rows(self, index: int, side: int, days: slice = slice(None)) -> Reals:
        """Terms of a nation's log hazard by day, in the order of `TERMS`.

        Returns
        -------
        ndarray, shape (n_days + 1, 19)
            Not a number on days on which the move was not open.
        """
        stage, hazard = self.considered[days, index], self.hazards[days, index, side]
        terms = np.zeros((stage.size, len(TERMS)))
        with np.errstate(divide="ignore", invalid="ignore"):
            terms[:, 0] = np.log(self.rate[stage, side])
            features = self.features[days, index]
            terms[:, 1 : 1 + N_FEATURES] = self._coefficients(stage, side, features) * features
            total = np.cumsum(terms[:, : 1 + N_FEATURES], axis=1)[:, -1]
            within = np.clip(total, LOWEST_LOG_HAZARD, HIGHEST_LOG_HAZARD)
            own = np.log(hazard) - within
            terms[:, -2] = within - total
        terms[:, -1] = np.where(np.abs(own) <= ROUNDING, 0.0, own)
        status = self.status_rows(index, side, days)
        terms[~np.isin(status, (OPEN, OWN_RULE))] = np.nan
        # A rule of the user's own may open what the model's rule leaves shut.
        opened = (status == OWN_RULE) & (hazard > 0.0)
        terms[opened, :-1], terms[opened, -1] = 0.0, np.log(hazard[opened])
        return np.asarray(terms + 0.0)  # no -0

    def has_list_for_meetings(self, index: int, day: int, side: int) -> bool:
        """Whether a list took the place of the meetings that a nation felt on a day."""
        stage, features = self.considered[day : day + 1, index], self.features[day : day + 1, index]
        used = self._coefficients(stage, side, features)[0, CONVENED]
        own = self.coefficient[stage[0], side, CONVENED]
        return bool(used != own and features[0, CONVENED] > 0.0)

    def hazard_table(self, nation: str) -> pd.DataFrame:
        """Hazards of a nation, one row a day and side.

        Parameters
        ----------
        nation : str

        Returns
        -------
        DataFrame
            ``day`` (from 1), ``date``, ``nation``, ``stage``, ``side`` (forward, exit), ``move``,
            ``status`` (see `status`), ``hazard`` per day, ``accumulated`` since the stage was
            entered, ``threshold``, and one column a term, empty on days it was not open.
        """
        import pandas as pd

        index = self.index_of(nation)
        stage, days = self.considered[1:, index], range(1, self.n_days + 1)
        sides = []
        for side in (FORWARD, EXIT):
            columns = {
                "day": np.array(days),
                "date": [self.date(day) for day in days],
                "nation": nation,
                "stage": [STAGES[number] for number in stage],
                "side": SIDES[side],
                "move": [SIDE_MOVES[side][number] for number in stage],
                "status": self.status_rows(index, side)[1:],
                "hazard": self.hazards[1:, index, side],
                "accumulated": self.accumulated(index, side)[1:],
                "threshold": self.thresholds(index)[1:, side],
                **dict(zip(TERMS, self.term_rows(index, side)[1:].T, strict=True)),
            }
            sides.append(pd.DataFrame(columns))
        table = pd.concat(sides, ignore_index=True)
        return table.sort_values("day", kind="stable", ignore_index=True)

    @cached_property
    def event_dates(self) -> tuple[int, ...]:
        """The day of each event of the scenario in this run, in the order of the file."""
        drawn = inputs_of_run(arrays_of(self.scenario), self.seed, self.run).event_date
        return tuple(
            event.first_date if event.drawn_date is None else int(day)
            for event, day in zip(self.scenario.events, drawn, strict=True)
        )

    @cached_property
    def quorum_numbers(self) -> tuple[float, ...]:
        """What each entry of `sim.scenario.quorums.quorum_terms` asks for in this run."""
        numbers = inputs_of_run(arrays_of(self.scenario), self.seed, self.run).quorum
        return tuple(map(float, numbers))

    def event_log(self) -> list[dict[str, Any]]:
        """Moves, pledges and dated events in order of time, as plain dicts ready for JSON.

        Returns
        -------
        list of dict
            Each with ``day``, ``date`` and ``type`` (``event``, ``move`` or ``pledge``). What is
            not a finite number is None.
        """
        kinds = tuple(self.scenario.contributions)
        entries = [(each.when, "event", each.as_dict(self.nations)) for each in self.events]
        entries += [
            (pledge.when, "pledge", pledge.as_dict(self.nations, kinds)) for pledge in self.pledges
        ]
        for move in self.moves:
            decision = self._decision(move) if move.cause == DECISION else {}
            entries.append((move.when, "move", move.as_dict(self.nations) | decision))
        entries.sort(key=lambda entry: entry[0])
        return [
            {"day": when.day, "date": self.date(when.day), "type": kind, **json_ready(details)}
            for when, kind, details in entries
        ]

    def day_log(self) -> dict[str, Any]:
        """Sizes, conditions, force and requirement at the end of each day, as lists from day 0."""
        kinds = (*self.scenario.contributions, "all kinds")
        ready: dict[str, Any] = json_ready(
            {
                **dict(zip(SIZES, self.size, strict=True)),
                "conditions": dict(zip(self.scenario.conditions, self.conditions.T, strict=True)),
                "force": dict(zip(kinds, self.force.T, strict=True)),
                "requirement": self.requirement,
                "has_deal": self.has_deal,
            }
        )
        return ready

    def accumulated(self, index: int, side: int) -> Reals:
        """Hazards of a nation since it entered the stage, today's included, by day."""
        spent = self.thresholds(index)[:, side] - self.remaining[:, index, side]
        return np.asarray(spent + self.hazards[:, index, side])

    def share_waiting_longer(self, move: MoveRecord) -> float:
        """Share of nations that would wait more days than one that moved did.

        Of nations with the same hazards and other random thresholds: exp(-accumulated), that
        day's hazard included.
        """
        return exp(-float(self.accumulated(move.nation, move.side)[move.when.day]))

    def thresholds(self, index: int) -> Reals:
        """Thresholds under which a nation considered its moves, shape (n_days + 1, 2)."""
        thresholds = np.array([visit.thresholds for visit in self.visits[index]])
        return np.asarray(thresholds[self._visit_numbers(index)])

    def _check_day(self, day: int) -> None:
        if not 0 <= day <= self.n_days:
            raise ValueError(f"day: {day} must be from 0 to {self.n_days}")

    def _decision(self, move: MoveRecord) -> dict[str, Any]:
        """Hazard, threshold and terms behind a move that a nation decided."""
        nation, day, side = move.nation, move.when.day, move.side
        visit = self.visit(nation, day)
        threshold = visit.thresholds[side]
        return {
            "moment": move.when.moment,
            "days_there": day - visit.day,
            "hazard": self.hazards[day, nation, side],
            "used_before": threshold - self.remaining[day, nation, side],
            "threshold": threshold,
            "would_wait_longer": self.share_waiting_longer(move),
            "terms": self.terms(self.nations[nation], day, side),
        }

    def _coefficients(self, stage: NDArray[np.int8], side: int, features: Reals) -> Reals:
        """Coefficients by day, shape (n_days, n_features); of meetings 0 where a list stands."""
        found: Reals = self.coefficient[stage, side]
        if side == FORWARD:
            found[:, CONVENED] = [
                convened_coefficient(coefficient, int(where), listed)
                for coefficient, where, listed in zip(
                    found[:, CONVENED], stage, features[:, LISTED], strict=True
                )
            ]
        return found

    def _visit_numbers(self, index: int) -> NDArray[np.intp]:
        """Number of the visit in which a nation considered, by day; the last of a day counts."""
        first_days = [visit.first_day for visit in self.visits[index]]
        days = np.arange(self.n_days + 1)
        return np.maximum(np.searchsorted(first_days, days, side="right") - 1, 0)
