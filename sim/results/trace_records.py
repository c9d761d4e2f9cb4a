"""Records of one run: moves, pledges and dated events, in order of time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sim.core.rules.moves import MOVE_FORWARD, MOVE_OUT, destination
from sim.core.stages import EXIT_MOVES, FORWARD_MOVES, STAGES

EVENTS, MOVES, PLEDGES = range(3)
"""Parts of a day, in order: dated events, the nations' own moves, the pledges they choose."""

DECISION, EVENT, COLLAPSE = "own decision", "event", "deal collapsed"
"""Causes of a move."""

NEW, RAISED, KEPT, STATED, ERASED = "new", "raised", "kept", "stated", "erased"
"""What became of a pledge: chosen, raised or left at a meeting, stated by the scenario, lost."""


class Timestamp(NamedTuple):
    """Time of a record within a run; timestamps sort in order of time.

    Attributes
    ----------
    day : int
    part : int
        Part of the day.
    moment : float
        Fraction of the day at which a threshold was crossed; 0 where none was.
    order : int
        Number of the record.
    """

    day: int
    part: int
    moment: float
    order: int


class MoveRecord(NamedTuple):
    """A nation, by its index, goes from stage `before` to stage `after`, for a `cause`."""

    when: Timestamp
    nation: int
    before: int
    after: int
    cause: str

    @property
    def side(self) -> int:
        """0 for a move forward, 1 for an exit."""
        return int(destination(self.before, MOVE_OUT) == self.after)

    @property
    def name(self) -> str | None:
        """Name of the move; None where an event sets a stage to which no move leads."""
        if self.side:
            return EXIT_MOVES[self.before]
        leads_there = destination(self.before, MOVE_FORWARD) == self.after
        return FORWARD_MOVES[self.before] if leads_there else None

    def as_dict(self, nations: Sequence[str]) -> dict[str, Any]:
        """Return the move with names in place of numbers."""
        return {
            "nation": nations[self.nation],
            "move": self.name,
            "from": STAGES[self.before],
            "to": STAGES[self.after],
            "cause": self.cause,
        }


class PledgeReasons(NamedTuple):
    """What a chosen pledge rested on.

    Attributes
    ----------
    value : float
        What success was worth to the nation, in units of cost.
    others, requirement : float, force units
        Force that the others had pledged by then, and the force of even odds.
    price : float
        Shadow price: what one more unit of force was worth at the pledge that the model's rule
        gives, in units of cost. Where `is_own_rule`, the nation pledged something else.
    cost : tuple of float, one a kind
        Of the first unit of force.
    capacity, floor : tuple of float, one a kind, force units
        The most it can give; the least, from its earlier pledge and the token.
    is_own_rule : bool
        Whether a subclass of `Nation` chose otherwise than the model's rule would have.
    """

    value: float
    others: float
    requirement: float
    price: float
    cost: tuple[float, ...]
    capacity: tuple[float, ...]
    floor: tuple[float, ...]
    is_own_rule: bool


class PledgeRecord(NamedTuple):
    """A nation's pledge before and after, by kind, in force units."""

    when: Timestamp
    nation: int
    how: str
    before: tuple[float, ...]
    after: tuple[float, ...]
    reasons: PledgeReasons | None

    def as_dict(self, nations: Sequence[str], kinds: Sequence[str]) -> dict[str, Any]:
        """Return the pledge with names in place of numbers, and its reasons where it has any."""

        def by_kind(amounts: tuple[float, ...]) -> dict[str, float]:
            return dict(zip(kinds, amounts, strict=True))

        found: dict[str, Any] = {
            "nation": nations[self.nation],
            "how": self.how,
            "before": by_kind(self.before),
            "after": by_kind(self.after),
        }
        if self.reasons is not None:
            reasons = self.reasons
            found["reasons"] = reasons._asdict() | {
                "cost": by_kind(reasons.cost),
                "capacity": by_kind(reasons.capacity),
                "floor": by_kind(reasons.floor),
            }
        return found


class EventRecord(NamedTuple):
    """A dated event as it took effect, or what came of one.

    Attributes
    ----------
    when : Timestamp
    kind : str
        The event's kind, or ``deal opens``, ``deal signed``, ``deal collapses``, ``deal lapses``,
        ``signal ends``.
    label : str
        Label of a meeting, list or deal; condition of a signal, shock or proposal, ``tempo``
        for a signal of it; stage of a move.
    nations : tuple of int
        Indices of the nations that attend, are covered, shift or are moved.
    numbers : dict of str to float
        Its numbers in this run, by the name of their field, and what came of them.
    is_drawn : bool
        True if it is of this day because its date was drawn for the run.
    """

    when: Timestamp
    kind: str
    label: str
    nations: tuple[int, ...]
    numbers: dict[str, float]
    is_drawn: bool = False

    def as_dict(self, nations: Sequence[str]) -> dict[str, Any]:
        """Return the event with names in place of numbers."""
        return {
            "event": self.kind,
            "label": self.label,
            "nations": [nations[index] for index in self.nations],
            **self.numbers,
            **({"date_drawn": True} if self.is_drawn else {}),
        }


class Unmet(NamedTuple):
    """Something that a quorum asked for and that did not hold on a day.

    Attributes
    ----------
    quorum : int
        Its number among the entries of `sim.scenario.arrays.quorums.quorum_terms`.
    part, whole : int
        What was public of what there is: nations, or units of weight; of a number, 1.
    """

    quorum: int
    part: int
    whole: int


class Visit(NamedTuple):
    """One stay of a nation at a stage.

    Attributes
    ----------
    stage, day : int
        The stage, and the day on which the nation entered it.
    first_day : int
        First day on which it considered there: the day after a decision of its own.
    thresholds : tuple of float
        Accumulated hazards at which it moves forward and leaves, random, drawn on entering.
    """

    stage: int
    day: int
    first_day: int
    thresholds: tuple[float, float]
