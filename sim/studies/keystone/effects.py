"""Effects of single levers: paired changes, how feasible each is, and ranks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import nan
from typing import NamedTuple

import numpy as np

from sim.core.layout import Reals
from sim.results.estimates import Mean, chance, fewer_runs
from sim.studies.jobs.study import Columns
from sim.studies.keystone.changes import NONE, OTHERS, Bools, changes_by_some, changes_of
from sim.studies.keystone.levers import Levers, direction_of
from sim.studies.keystone.ranks import ranks_of
from sim.studies.keystone.result import LeverEffect, SharedLuck


class Never(NamedTuple):
    """Runs in which nations are kept from the stage throughout.

    Attributes
    ----------
    places : tuple of int
        Of their levers.
    reaches : ndarray of bool, shape (n_runs, n_places)
        Where each reaches the stage in the base. The other runs are those of the base.
    is_made : ndarray of bool, shape (n_runs, n_places)
        Which of these were made.
    columns : dict of str to ndarray
        ``size``, ``own`` and the outcomes of `Singles`, a row a run that was made: all of the first
        luck, then of the second, and so on.
    """

    places: tuple[int, ...]
    reaches: Bools
    is_made: Bools
    columns: Columns


@dataclass(frozen=True)
class Singles:
    """Runs of the base and of each lever by itself, as the jobs stored them.

    Attributes
    ----------
    levers : Levers
    columns : dict of str to ndarray
        ``base_...``, a row a run; of each lever ``size``, ``own`` (whether its nation is public at
        the end), ``success`` and ``open``, a row a run and a column a lever; and the outcome by its
        name, if it is none of these.
    never : Never or None
        None if no nation was kept from the stage.
    has_success : bool
    outcome : str
    is_chance : bool
        Whether the outcome is 1 or 0 in a run.
    """

    levers: Levers
    columns: Columns
    never: Never | None
    has_success: bool
    outcome: str
    is_chance: bool

    @property
    def n_runs(self) -> int:
        """Number of runs."""
        return len(self.columns["base_size"])

    def series(self, outcome: str, place: int) -> tuple[Reals, Reals]:
        """An outcome run by run: in the base, and with the lever."""
        columns, nation = self.columns, self.levers.found[place].nation
        name = "size" if outcome == OTHERS else outcome
        base, pulled = columns[f"base_{name}"], columns[name][:, place]
        if outcome == OTHERS and nation >= 0:
            base = base - columns["base_public"][:, nation]
            pulled = pulled - columns["own"][:, place]
        return base.astype(np.float64), pulled.astype(np.float64)

    def gains(self, place: int) -> Reals:
        """What the lever adds to the outcome, run by run."""
        base, pulled = self.series(self.outcome, place)
        return pulled - base

    def changes(self, outcome: str) -> dict[int, Mean]:
        """Changes of an outcome against the base, by the place of the lever."""
        places = range(len(self.levers.found))
        found = changes_of(*self._series_of(outcome, places), self._is_chance(outcome))
        return dict(zip(places, found, strict=True))

    def changes_against_never(self, outcome: str) -> dict[int, Mean]:
        """Changes of an outcome against never being at the stage, by the place of the lever."""
        never = self.never
        if never is None:
            return {}
        base, pulled = self._series_of(outcome, never.places)
        made = never.columns["size" if outcome == OTHERS else outcome]
        before = base.copy()
        before[never.is_made] = made - never.columns["own"] if outcome == OTHERS else made
        found = changes_by_some(
            before, base, pulled, never.reaches, never.is_made, self._is_chance(outcome)
        )
        return dict(zip(never.places, found, strict=True))

    def _series_of(self, outcome: str, places: Sequence[int]) -> tuple[Reals, Reals]:
        """The same of several levers, a column each."""
        series = [self.series(outcome, place) for place in places]
        base, pulled = (np.stack(each, axis=1) for each in zip(*series, strict=True))
        return base, pulled

    def _is_chance(self, outcome: str) -> bool:
        return outcome == "success" or (outcome == self.outcome and self.is_chance)

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Outcomes of which changes are given."""
        success = ("success",) if self.has_success else ()
        return tuple(dict.fromkeys(("size", OTHERS, *success, self.outcome)))


def effects_of(
    singles: Singles, feasible: float, seed: int
) -> tuple[tuple[LeverEffect, ...], SharedLuck | None]:
    """Effects of all levers, in their order, and how many runs shared luck saves.

    Parameters
    ----------
    singles : Singles
    feasible : float
        From which chance on a nation is listed first, and ranked.
    seed : int
    """
    levers, found = singles.levers, list[LeverEffect]()
    outcomes = singles.outcomes
    against_base = {name: singles.changes(name) for name in outcomes}
    against_never = {name: singles.changes_against_never(name) for name in outcomes}

    def effect(place: int) -> LeverEffect:
        changes = {name: some[place] for name, some in against_base.items()}
        never = {name: some[place] for name, some in against_never.items() if place in some}
        return _effect(singles, place, changes, never, feasible)

    for kind in levers.kinds:
        places = [place for place, lever in enumerate(levers.found) if lever.kind == kind]
        of_kind = [effect(place) for place in places]
        sign = direction_of(kind, levers.stage)
        first = [at for at, each in enumerate(of_kind) if each.is_feasible and not each.why]
        if first:
            gains = np.stack([sign * singles.gains(places[at]) for at in first], axis=1)
            of_kind = _ranked(of_kind, first, gains, seed)
        of_kind += [_idle(singles, place) for place in range(len(levers.idle))] * (
            kind == "nations"
        )
        found += sorted(
            of_kind,
            key=lambda each: (
                each.why != "",
                not each.is_feasible,
                -sign * each.changes[singles.outcome].mean,
            ),
        )
    return tuple(found), _shared_luck(found)


def _effect(
    singles: Singles,
    place: int,
    changes: dict[str, Mean],
    against_never: dict[str, Mean],
    feasible: float,
) -> LeverEffect:
    levers, n_runs = singles.levers, singles.n_runs
    lever = levers.found[place]
    open_share = float(singles.columns["open"][:, place].mean())
    at_stage = None
    if lever.nation >= 0:
        at_stage = chance(int(singles.columns["base_reached"][:, lever.nation].sum()), n_runs)
    base, pulled = singles.series(singles.outcome, place)
    saved = fewer_runs(base, pulled)
    n_reached = n_never = None
    if (never := singles.never) is not None and place in never.places:
        column = never.places.index(place)
        n_reached, n_never = (int(each[:, column].sum()) for each in (never.reaches, never.is_made))
    return LeverEffect(
        name=lever.name,
        label=lever.label,
        kind=lever.kind,
        public=at_stage,
        is_feasible=at_stage is None or at_stage.chance >= feasible,
        open_share=open_share,
        why="" if open_share > 0 else levers.why_closed(lever),
        changes=changes,
        against_never=against_never,
        n_reached=n_reached,
        n_never=n_never,
        rank=None,
        rank_low=None,
        rank_high=None,
        ties=(),
        fewer_runs=saved.factor if saved.is_known else nan,
    )


def _idle(singles: Singles, place: int) -> LeverEffect:
    idle, n_runs = singles.levers.idle[place], singles.n_runs
    return LeverEffect(
        name=idle.name,
        label=idle.label,
        kind="nations",
        public=chance(int(singles.columns["base_reached"][:, idle.nation].sum()), n_runs),
        is_feasible=True,
        open_share=0.0,
        why=idle.why,
        changes=dict.fromkeys(singles.outcomes, NONE),
        against_never={},
        n_reached=None,
        n_never=None,
        rank=None,
        rank_low=None,
        rank_high=None,
        ties=(),
        fewer_runs=nan,
    )


def _ranked(
    effects: Sequence[LeverEffect], places: Sequence[int], gains: Reals, seed: int
) -> list[LeverEffect]:
    """Effects with the ranks of some of them among each other."""
    found, ranks = list(effects), ranks_of(gains, seed)
    for at, place in enumerate(places):
        found[place] = replace(
            effects[place],
            rank=int(ranks.rank[at]),
            rank_low=int(ranks.low[at]),
            rank_high=int(ranks.high[at]),
            ties=tuple(effects[places[other]].name for other in ranks.ties(at)),
        )
    return found


def _shared_luck(effects: Sequence[LeverEffect]) -> SharedLuck | None:
    """How many times fewer runs shared luck takes, over the levers of which it is known."""
    known = [each.fewer_runs for each in effects if not np.isnan(each.fewer_runs)]
    if not known:
        return None
    return SharedLuck(float(np.median(known)), min(known), max(known), len(known))
