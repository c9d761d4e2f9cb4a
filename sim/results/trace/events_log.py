"""What happens in one run, note by note: moves, pledges and dated events, in order of time."""

from __future__ import annotations

from typing import NamedTuple

from sim.core.rules.moves import EXIT, FORWARD, destination
from sim.core.stages import EXIT_MOVES, FORWARD_MOVES

EVENTS, MOVES, PLEDGES = range(3)
"""Parts of a day, in order: dated events, the nations' own moves, the pledges they choose."""

DECISION, EVENT, COLLAPSE = "own decision", "event", "deal collapsed"
"""Causes of a move."""

NEW, RAISED, KEPT, STATED, ERASED = "new", "raised", "kept", "stated", "erased"
"""What became of a pledge: chosen, raised or left at a meeting, stated by the scenario, lost."""


class When(NamedTuple):
    """Where in a run something happens; it sorts in order of time.

    Attributes
    ----------
    day : int
    part : int
        Part of the day.
    moment : float
        Fraction of the day at which a threshold was crossed; 0 where none was.
    order : int
        Number of the note.
    """

    day: int
    part: int
    moment: float
    order: int


class Move(NamedTuple):
    """A nation goes from one stage to another, for a `cause`; the nation by its place."""

    when: When
    nation: int
    before: int
    after: int
    cause: str

    @property
    def side(self) -> int:
        """0 for a move forward, 1 for an exit."""
        return int(destination(self.before, EXIT) == self.after)

    @property
    def name(self) -> str | None:
        """Name of the move; None where an event puts a nation where no move leads."""
        if self.side:
            return EXIT_MOVES[self.before]
        leads_there = destination(self.before, FORWARD) == self.after
        return FORWARD_MOVES[self.before] if leads_there else None


class Reasons(NamedTuple):
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


class Pledge(NamedTuple):
    """What a nation's pledge was before and after, by kind, in force units."""

    when: When
    nation: int
    how: str
    before: tuple[float, ...]
    after: tuple[float, ...]
    reasons: Reasons | None


class Happening(NamedTuple):
    """A dated event as it took effect, or what came of one.

    Attributes
    ----------
    when : When
    kind : str
        The event's kind, or ``deal opens``, ``deal signed``, ``deal collapses``, ``deal lapses``,
        ``signal ends``.
    label : str
        Label of a meeting, list or deal; condition of a signal, shock or proposal; stage of a move.
    nations : tuple of int
        Places of those who attend, are covered, shift or are moved.
    numbers : dict of str to float
        Its numbers in this run, by the name of their field, and what came of them.
    """

    when: When
    kind: str
    label: str
    nations: tuple[int, ...]
    numbers: dict[str, float]


class Visit(NamedTuple):
    """One stay of a nation at a stage.

    Attributes
    ----------
    stage, day : int
        Where, and the day it came there.
    first_day : int
        First day on which it considered there: the day after a decision of its own.
    thresholds : tuple of float
        Accumulated hazards at which it moves forward and leaves, drawn by lot on entering.
    """

    stage: int
    day: int
    first_day: int
    thresholds: tuple[float, float]
