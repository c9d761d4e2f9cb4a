"""A table of joint draws put into a scenario: each column in place of the number that it is of."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate, product
from math import prod
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic_core import PydanticCustomError

from sim.core.stages import STAGES
from sim.scenario.addresses import (
    Keys,
    Place,
    address_steps,
    draw_keys,
    event_steps,
    find_place,
    replaced,
    value_at,
)
from sim.scenario.arrays.slots import slots_of
from sim.scenario.drawn_date import DrawnDate
from sim.scenario.events import LONGEST_RUN
from sim.scenario.fields import Between, Marker, OneOf, Whole
from sim.scenario.files.errors import Problem, ScenarioError
from sim.scenario.files.nations import ALL
from sim.scenario.files.suggestions import unknown
from sim.scenario.files.tables import DrawTable
from sim.scenario.files.tree import builtin, scalar
from sim.scenario.files.variants import path_of, path_steps
from sim.scenario.joint_draws import (
    POSTERIOR,
    WEIGHT,
    JointDraws,
    JointStages,
    is_stage,
    joint_date,
    joint_number,
)

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario

WEIGHTS = Between(0, 1e100, fixed=True)
A_STAGE = OneOf("stage", STAGES)
LENGTH = len(("behaviour", "declare", "rate"))
"""Steps to a number of the behaviour."""

MOST_CROSSED = 2048
"""Joint draws up to which every line of a table comes with every line of the others."""


class Column(NamedTuple):
    """Where the cells of a column go: a number, or the stage of a nation.

    Attributes
    ----------
    path : str
    keys : tuple
    marker : Marker
        What each cell may be.
    name : str
        What its table calls it.
    table : DrawTable
    """

    path: str
    keys: Keys
    marker: Marker
    name: str
    table: DrawTable


class Part(NamedTuple):
    """The joint draws of one table.

    Attributes
    ----------
    columns : dict of str to array of float
        By path.
    weights : array of float
    """

    columns: dict[str, array[float]]
    weights: array[float]


def with_columns(
    scenario: Scenario,
    tables: Sequence[DrawTable],
    changes: Collection[str],
    removed: Mapping[str, str],
) -> tuple[Scenario, list[Problem]]:
    """A scenario with joint draws, and what is wrong with their tables.

    Parameters
    ----------
    scenario : Scenario
        Without any.
    tables : sequence of DrawTable
        Drawn from independently of each other.
    changes : collection of str
        Paths of values that were set; a column at, above or below one is left out.
    removed : mapping of id to str
        Nations that a variant removed. Their columns are left out.

    Returns
    -------
    scenario : Scenario
    problems : list of Problem
        If there are any, the scenario is as it was given.
    """
    left_out = [
        *(_canonical(scenario, path) for path in changes),
        *(("nations", x) for x in removed),
    ]
    places: dict[str, Column] = {}
    parts, problems = list[Part](), list[Problem]()
    for table in tables:
        # What is set as a whole, the posterior follows: it has numbers that stay as they ship.
        is_posterior = table.named is not None and table.named.value == POSTERIOR
        skipped = [
            each
            for each in left_out
            if not (is_posterior and each[0] == "behaviour" and len(each) < LENGTH)
        ]
        part, found = _part_of(scenario, table, skipped, places)
        parts += [part] if part.columns else []
        problems += found
    if problems or not parts:
        return scenario, problems
    draws = _beside(parts)
    for path, column in places.items():
        scenario = replaced(scenario, column.keys, _drawn(scenario, draws, path, column.keys))
    return scenario.model_copy(update={"draws": draws}), []


def _part_of(
    scenario: Scenario,
    table: DrawTable,
    left_out: Sequence[Sequence[str]],
    places: dict[str, Column],
) -> tuple[Part, list[Problem]]:
    """The columns of one table, and what is wrong with it; their places are added to others."""
    slots, of_events = slots_of(scenario), event_steps(scenario)
    weights, problems = _weights(table)
    names = [name for name in table.columns if name != WEIGHT]
    if not names:
        message = "names no number of the scenario, such as climate or behaviour.declare.rate"
        problems.append(Problem(table.file, table.header, "", message))
    values: dict[str, array[float]] = {}
    for name in names:
        if any(_is_within(path_steps(name), each) for each in left_out):
            continue
        try:
            found = list(_columns_of(scenario, name, table, slots, of_events))
        except ScenarioError as error:
            message = error.problems[0].message
            problems.append(Problem(table.file, table.header, name, message))
            continue
        numbers, wrong = _checked(table.columns[name], found[0].marker, table, name)
        problems += wrong
        for column in found:
            if column.path in places:
                other = places[column.path]
                where = "" if other.table is table else f" of {other.table.file or 'other draws'}"
                message = f"{column.path} is given twice, by the column {other.name}{where} too"
                problems.append(Problem(table.file, table.header, name, message))
            elif not any(_is_within(path_steps(column.path), each) for each in left_out):
                places[column.path] = column
                values[column.path] = numbers
    return Part(values, weights), problems


def _beside(parts: Sequence[Part]) -> JointDraws:
    """Joint draws of several tables that are independent of each other.

    Short tables are crossed: every line with every line of the others. Of long ones lines are
    taken as often as their weights say, each table in a fixed random order of its own. The longest
    keeps its order, so that a run takes the same line of it whatever stands beside it.
    """
    if len(parts) == 1:
        return JointDraws(*parts[0])
    sizes = [len(part.weights) for part in parts]
    if prod(sizes) <= MOST_CROSSED:
        crossed = product(*map(range, sizes))
        lines = [list(each) for each in zip(*crossed, strict=True)]
        weights = [
            prod(part.weights[line] for part, line in zip(parts, each, strict=True))
            for each in zip(*lines, strict=True)
        ]
    else:
        n = max(MOST_CROSSED, *sizes)
        lines = [_resampled(part.weights, n) for part in parts]
        longest = sizes.index(max(sizes))
        for number, of_part in enumerate(lines):
            if number != longest:
                Random(number).shuffle(of_part)
        weights = [1.0] * n
    columns = {
        path: array("d", [values[line] for line in of_part])
        for part, of_part in zip(parts, lines, strict=True)
        for path, values in part.columns.items()
    }
    return JointDraws(columns, weights)


def _resampled(weights: Sequence[float], n: int) -> list[int]:
    """Lines of a table in order, n in all, each as often as its weight says."""
    sums = list(accumulate(weights))
    return [bisect_right(sums, (index + 0.5) / n * sums[-1]) for index in range(n)]


def _drawn(scenario: Scenario, draws: JointDraws, path: str, keys: Keys) -> Any:
    """What takes the place of a number, of a date, or of the stages of a nation."""
    if is_stage(path):
        return JointStages(joint_number(draws, path, None), scenario.nations[int(keys[1])].stage)
    owner = value_at(scenario, keys)
    if isinstance(owner, DrawnDate):
        return joint_date(draws, path, owner)
    return joint_number(draws, path, owner)


def _canonical(scenario: Scenario, path: str) -> Sequence[str]:
    """The steps of a path; of a number, those of its address."""
    place = find_place(scenario, path)
    return path_steps(path) if place is None else address_steps(scenario, place.keys)


def _is_within(steps: Sequence[str], others: Sequence[str]) -> bool:
    """Whether one path begins with another, whose star stands for every nation, or it with that."""
    pairs = list(zip(steps, others, strict=False))
    return bool(pairs) and all(other in (one, ALL) for one, other in pairs)


def _columns_of(
    scenario: Scenario,
    name: str,
    table: DrawTable,
    slots: Mapping[str, int],
    of_events: Sequence[tuple[str, ...]],
) -> Iterator[Column]:
    """What a column is of: one number, date or stage, or for a star one of each nation.

    Raises
    ------
    ScenarioError
        With one problem, of which the message counts.
    """
    steps = path_steps(name)
    ids = [nation.id for nation in scenario.nations]
    if len(steps) == 3 and (steps[0], steps[2]) == ("nations", "stage"):
        if steps[1] not in (*ids, ALL):
            raise _refusal(unknown("nation", steps[1], ids))
        for index, nation in enumerate(ids):
            if steps[1] in (nation, ALL):
                yield Column(
                    f"nations.{nation}.stage", ("nations", index, "stage"), A_STAGE, name, table
                )
        return
    place = find_place(scenario, name)
    if place is None:
        scenario.parameter(name)  # raises, and says what is meant
        raise _refusal("takes no number")
    keys, marker = place.keys, _cell_of(scenario, place)
    if marker is None:
        raise _refusal("is the same in all runs, so that it cannot be drawn")
    if not all(key in slots for key in draw_keys(scenario, keys)):
        raise _refusal("is not in the scenario; give it a value there")
    singles: list[Keys] = [keys]
    if ALL in keys[1:2]:
        singles = [("nations", index, *keys[2:]) for index in range(len(ids))]
    for single in singles:
        path = path_of(address_steps(scenario, single, of_events))
        yield Column(path, single, marker, name, table)


def _cell_of(scenario: Scenario, place: Place) -> Marker | None:
    """What a cell of a column may be; None if the number is the same in all runs."""
    marker = place.type.marker
    if isinstance(place.owner, DrawnDate):
        return Whole(scenario.events[int(place.keys[1])].earliest_allowed, LONGEST_RUN)
    if not isinstance(marker, Between) or marker.fixed:
        return None
    return replace(marker, fixed=True)


def _refusal(message: str) -> ScenarioError:
    return ScenarioError([Problem("", None, "", message)])


def _checked(
    cells: Sequence[Any], marker: Marker, table: DrawTable, name: str
) -> tuple[array[float], list[Problem]]:
    """The cells of a column as numbers, and the problem of the first that is wrong."""
    if isinstance(cells, array):  # of draws that a scenario has had
        return cells, []
    numbers, wrong = array("d"), list[tuple[int, str]]()
    known: dict[str, float] = {}  # a date has few values, on many lines
    for index, cell in enumerate(cells):
        if isinstance(cell, str) and cell in known:
            numbers.append(known[cell])
            continue
        value: Any = cell
        if marker is not A_STAGE:
            value = scalar(cell) if isinstance(cell, str) else builtin(cell)
        try:
            checked = marker.checked(value)
        except PydanticCustomError as error:
            text = repr(cell[:60]) if isinstance(value, str) else str(cell)[:60]
            is_blank = value in ("", None)
            wrong.append((index, f"{'a blank cell' if is_blank else text} {error.message()}"))
        else:
            numbers.append(STAGES.index(checked) if marker is A_STAGE else checked)
            if isinstance(cell, str):
                known[cell] = numbers[-1]
    if not wrong:
        return numbers, []
    (index, message), n_others = wrong[0], len(wrong) - 1
    message += "" if table.lines else f" (draw {index})"
    if n_others:
        message += f"; {n_others:,} more cells of the column are wrong"
    line = table.lines[index] if table.lines else None
    return numbers, [Problem(table.file, line, name, message)]


def _weights(table: DrawTable) -> tuple[array[float], list[Problem]]:
    """The weight of each line, 1 unless a column says otherwise."""
    given = table.columns.get(WEIGHT)
    if given is None:
        return array("d", [1.0] * table.n_lines), []
    weights, problems = _checked(given, WEIGHTS, table, WEIGHT)
    if not problems and not any(weights):
        message = "every weight is 0; at least one draw needs a weight above 0"
        problems = [Problem(table.file, table.header, WEIGHT, message)]
    return weights, problems
