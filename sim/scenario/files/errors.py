"""What is wrong with a scenario, where, and what is allowed there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

MOST_SHOWN = 200
"""Problems that the text of a `ScenarioError` lists; its ``problems`` holds all."""

Steps = tuple[str | int, ...]


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    Attributes
    ----------
    file : str
        File that holds the value, or ``--set``; empty for a scenario built from Python objects.
    line : int or None
        Line in that file, from 1.
    path : str
        Where in the scenario, such as ``nations.POL.stake``; may be empty.
    message : str
        The value, and what is allowed.

    Examples
    --------
    >>> print(Problem("paris.yaml", 41, "nations.POL.stake", "1.7 must be between 0 and 1"))
    paris.yaml:41: nations.POL.stake: 1.7 must be between 0 and 1
    """

    file: str
    line: int | None
    path: str
    message: str

    def __str__(self) -> str:
        """The problem on one line."""
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        text = ": ".join(part for part in (place, self.path, self.message) if part)
        return "".join(character if character.isprintable() else "?" for character in text)


class Finding(NamedTuple):
    """Something wrong at a path of the scenario; the message says the value and what is allowed."""

    steps: Steps
    message: str


class ScenarioError(ValueError):
    """A scenario cannot be used; ``problems`` says why.

    Examples
    --------
    >>> from sim.scenario.load import scenario_from_dict
    >>> scenario_from_dict({"days": 0, "nations": ["GBR"]})
    Traceback (most recent call last):
        ...
    sim.scenario.files.errors.ScenarioError: days: 0 must be a whole number between 1 and 36500
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = list(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        """One line a problem, up to a limit."""
        lines = [str(problem) for problem in self.problems[:MOST_SHOWN]]
        hidden = len(self.problems) - MOST_SHOWN
        return "\n".join(lines + ([f"and {hidden} more problems"] if hidden > 0 else []))
