"""Joint draws of the numbers of the shipped behaviour, which come with it.

They are kept as two tables: numbers that were fitted to past coalitions, drawn from their
posterior, and numbers that no past coalition tells, drawn from wide priors that rest on judgement.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from itertools import chain
from random import Random
from types import MappingProxyType
from typing import Any

from sim.scenario.behaviour import DEFAULT_BEHAVIOUR
from sim.scenario.files.catalogue import behaviour_folder
from sim.scenario.files.shorthand import written_out
from sim.scenario.files.tables import DrawTable, joint_table
from sim.scenario.files.tree import Node, plain

PARTS = ("fitted", "judged")
"""Tables of draws that come with the behaviour: from a fit, and from judgement."""

REPEATS = 4
"""Joint draws with the same fitted numbers, each with other judged ones, so that the effect of each
part can be told apart."""

FIRST_STEPS = ("behaviour", "memory")
"""What their paths begin with: how strongly nations react, and for how long they remember."""

Cells = Mapping[str, tuple[float, ...]]


def is_of_behaviour(path: str) -> bool:
    """Return whether a number may come with the behaviour: no event moves it in a run.

    Parameters
    ----------
    path : str
        Its address in the scenario.
    """
    return path.partition(".")[0] in FIRST_STEPS


@cache
def part(name: str) -> Cells:
    """One of the tables that come with the behaviour, by path of the number."""
    file = behaviour_folder() / f"{DEFAULT_BEHAVIOUR}_{name}.csv"
    table = joint_table(str(file), Node(str(file), "", None), FIRST_STEPS)
    return MappingProxyType({path: tuple(map(float, x)) for path, x in table.columns.items()})


def posterior_table(named: Node) -> DrawTable:
    """Joint draws of all numbers: every fitted line `REPEATS` times, with other judged ones.

    Parameters
    ----------
    named : Node
        The value that asks for them.
    """
    fitted, judged = map(part, PARTS)
    n_fitted, n_judged = (len(next(iter(cells.values()))) for cells in (fitted, judged))
    lines, random, of_judged = range(n_fitted * REPEATS), Random(0), list[int]()
    while len(of_judged) < len(lines):  # all come up as often, in an order of their own each time
        of_judged += random.sample(range(n_judged), n_judged)
    columns: dict[str, Any] = {
        path: [cells[line // REPEATS] for line in lines] for path, cells in fitted.items()
    }
    columns |= {path: [cells[of_judged[line]] for line in lines] for path, cells in judged.items()}
    return DrawTable("", None, [], columns, named)


@cache
def shipped_numbers() -> Mapping[str, float]:
    """What a scenario that changes nothing of the behaviour has at the paths of the draws."""
    root, _, _ = written_out(Node({}, "", None), lambda _: "")
    tree = plain(root)
    return MappingProxyType({path: _number_at(tree, path) for path in chain(*map(part, PARTS))})


def _number_at(tree: Any, path: str) -> float:
    """The number at a path of a tree; 0 where there is none, which is what it then is."""
    for step in path.split("."):
        tree = tree.get(step, {})
    return float(tree) if isinstance(tree, int | float) else 0.0
