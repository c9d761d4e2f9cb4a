"""What the record of a past coalition tells about its nations, as arrays for the likelihood."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.stats import binom

from sim.calibration.history import Count, History
from sim.calibration.replay import Undated, list_days, published_day
from sim.core.layout import Integers, Reals
from sim.core.likelihood import (
    HIDDEN,
    IN_PLAY_BY,
    NOT_RECORDED,
    PUBLIC_FIRST,
    PUBLIC_LAST,
    REFUSED_FIRST,
    REFUSED_LAST,
)
from sim.core.stages import LEFT, STAGES

N_COLUMNS = 5


class Observed(NamedTuple):
    """What a record tells about N nations that could join, T days long.

    Attributes
    ----------
    nations : tuple of str
        Those at risk that are not public on day 0, by the scenario or by the record.
    places : ndarray, shape (N,)
        Their places among the nations of the scenario.
    record : ndarray, shape (N, 5)
        See `sim.core.likelihood`.
    start : ndarray, shape (N, 4)
        Chances of the hidden stages on day 0, or a first one below 0 for the initial law.
    unnamed_day : int
        Day of a count of unnamed members; `NOT_RECORDED` without one.
    unnamed, unnamed_then : ndarray, shape (n + 1,)
        Chance of 0 to n unnamed members among these nations, as the source gives it: by what
        became known later, and by what was known on the day of the count.
    published : ndarray, shape (N,)
        Day on which others saw that a nation is public; after the last day for one that was not.
    one_list_day : int
        Day of the list that all names come from, or -1.
    """

    nations: tuple[str, ...]
    places: Integers
    record: Integers
    start: Reals
    unnamed_day: int
    unnamed: Reals
    unnamed_then: Reals
    published: Integers
    one_list_day: int

    def until(self, day: int) -> Observed:
        """What was known at the end of a day, day 0 included.

        A nation is public from the day on which others saw it. Where all names come from one list,
        before its day any nation may have given its word unseen: silence is no evidence.
        """
        record = self.record.copy()
        seen = self.published <= day
        record[:, PUBLIC_LAST] = np.minimum(record[:, PUBLIC_LAST], day)
        record[~seen, PUBLIC_FIRST] = record[~seen, PUBLIC_LAST] = NOT_RECORDED
        if day < self.one_list_day:
            record[:, PUBLIC_FIRST], record[:, PUBLIC_LAST] = 1, day + 1
        unheard = record[:, REFUSED_LAST] > day
        record[unheard, REFUSED_FIRST] = record[unheard, REFUSED_LAST] = NOT_RECORDED
        record[record[:, IN_PLAY_BY] > day, IN_PLAY_BY] = NOT_RECORDED
        is_counted = NOT_RECORDED < self.unnamed_day <= day
        return self._replace(
            record=record,
            unnamed_day=self.unnamed_day if is_counted else NOT_RECORDED,
            unnamed=self.unnamed_then if is_counted else np.ones(1),
        )


def observed(history: History, undated: Undated = "middle", until: int | None = None) -> Observed:
    """Return what the record of a history tells.

    Parameters
    ----------
    history : History
    undated : {"first", "middle", "last"}
        Where in an interval others are taken to have seen that a nation is public.
    until : int, optional
        Day up to which counts of unnamed members are known. Of several the last is read.

    Raises
    ------
    ValueError
        The scenario has quorums.
    """
    scenario = history.scenario
    if scenario.quorum or any(nation.quorum for nation in scenario.nations):
        raise ValueError("the likelihood does not cover quorums")
    order = {nation.id: place for place, nation in enumerate(scenario.nations)}
    nations = [nation for nation in history.at_risk if not _is_public_from_start(history, nation)]
    end = scenario.days if until is None else until
    count = next((each for each in reversed(history.unnamed) if 0 <= each.day <= end), None)
    days = [published_day(history, nation, undated) for nation in nations]
    return Observed(
        tuple(nations),
        np.array([order[nation] for nation in nations], dtype=np.int64),
        # With their shapes, so that a coalition of which all are public has arrays of no nation.
        np.array([_row(history, nation) for nation in nations], np.int64).reshape(-1, N_COLUMNS),
        np.array([_start(history, order[nation]) for nation in nations]).reshape(-1, len(HIDDEN)),
        NOT_RECORDED if count is None else count.day,
        np.ones(1) if count is None else chance_of_unnamed(history, count, later=True),
        np.ones(1) if count is None else chance_of_unnamed(history, count, later=False),
        np.array([scenario.days + 1 if day is None else day for day in days], dtype=np.int64),
        _one_list_day(history, nations),
    )


def _one_list_day(history: History, nations: list[str]) -> int:
    """The day of the list that all names come from, or -1: all could be public from day 1 on."""
    public = {history.first_public(nation) for nation in nations} - {None}
    if len(public) != 1:
        return -1
    (interval,) = public
    assert interval is not None
    is_list = all(
        interval.last in list_days(history, nation)
        for nation in nations
        if history.first_public(nation)
    )
    return int(interval.last or -1) if is_list and (interval.first or 1) <= 1 else -1


def _is_public_from_start(history: History, nation: str) -> bool:
    if history.starts_public(nation):
        return True
    interval = history.first_public(nation)
    return interval is not None and interval.last is not None and interval.last <= 0


def _row(history: History, nation: str) -> list[int]:
    """The record of one nation."""
    days = history.scenario.days
    row = [NOT_RECORDED] * N_COLUMNS
    public, refused = history.first_public(nation), history.first_refused(nation)
    endorsed = history.first(nation, "endorsed")
    if public is not None and (public.first is None or public.first <= days):
        row[PUBLIC_FIRST] = max(1, public.first or 1)
        row[PUBLIC_LAST] = days + 1 if public.last is None else min(days + 1, public.last)
    starts_refused = history.has_refused(nation, 0)
    if (
        refused is not None
        and not starts_refused
        and (refused.last is None or refused.last > 0)
        and (refused.first is None or refused.first <= days)
    ):
        row[REFUSED_FIRST] = max(1, refused.first or 1)
        row[REFUSED_LAST] = days if refused.last is None else min(days, refused.last)
    if endorsed is not None and endorsed.last is not None and endorsed.last <= days:
        # Of a day on which it refused too, the refusal counts.
        is_same_day = refused is not None and refused.is_exact and refused == endorsed
        is_over = starts_refused and endorsed.last <= 0
        row[IN_PLAY_BY] = NOT_RECORDED if is_same_day or is_over else max(0, endorsed.last)
    return row


def _start(history: History, place: int) -> list[float]:
    """Chances of the hidden stages on day 0: left by the record, or as the scenario gives them."""
    nation = history.scenario.nations[place]
    if history.has_refused(nation.id, 0):
        return [float(stage == LEFT) for stage in HIDDEN]
    if nation.is_by_law:
        return [-1.0, 0.0, 0.0, 0.0]
    return [float(nation.stage.get(STAGES[stage], 0.0)) for stage in HIDDEN]


def chance_of_unnamed(history: History, count: Count, later: bool) -> Reals:
    """Return the chance of each number of unnamed members among the nations at risk.

    All numbers from the least to the most are as likely. Of so many members, each is at risk with
    the share that nations at risk have among those that became public after the count; or, with
    what was known on its day alone, among those that were public by then.

    Parameters
    ----------
    history : History
    count : Count
    later : bool
        Whether what became known after the day of the count may be used.
    """
    days = history.scenario.days
    members = {
        entry.nation: entry.in_scenario
        for entry in history.entries
        if (interval := history.first_public(entry.nation)) is not None
        and interval.first is not None
        and interval.last is not None
        and (count.day < interval.first <= days if later else interval.last <= count.day)
    }
    share = sum(members.values()) / len(members) if members else 1.0
    total = np.arange(count.least, count.most + 1)
    at_risk = np.arange(count.most + 1)
    return np.asarray(binom.pmf(at_risk[:, None], total, share).mean(axis=1))
