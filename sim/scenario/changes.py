"""A scenario with other values at some of its paths.

A plain number is replaced, and all other parts are shared with the original scenario. It is checked
by itself and with the numbers that it must fit. Every other change goes through a tree and all
checks, as a file does.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any

from pydantic_core import PydanticCustomError

from sim.scenario.addresses import Keys, Place, closest_path, find_place, replaced
from sim.scenario.arrays.kept import take_over
from sim.scenario.behaviour import INITIAL
from sim.scenario.build import Changes, build
from sim.scenario.checks.limits import MOST_FORCE, MOST_PAIRS
from sim.scenario.distribution import Distribution, upper_end
from sim.scenario.events import EVENT_MODELS, PlacedNation
from sim.scenario.fields import Number
from sim.scenario.files.errors import Problem, ScenarioError
from sim.scenario.files.nations import ALL
from sim.scenario.files.tables import DrawTable
from sim.scenario.files.tree import Node, as_mapping, builtin, tree_from
from sim.scenario.files.variants import SET_FILE, changed_paths
from sim.scenario.joint_draws import DRAWS, POSTERIOR, WEIGHT, JointNumber
from sim.scenario.parts import Nation
from sim.scenario.tie_weights import LARGEST_LOG

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario

EVENT_FIELDS = {field for model in EVENT_MODELS.values() for field in model.numbers}


def changed(scenario: Scenario, changes: Changes) -> Scenario:
    """A scenario with some values changed; `Scenario.with_changes` says how.

    Raises
    ------
    ScenarioError
        A path names nothing, or the changed scenario would be wrong.
    """
    changes = as_mapping(changes)
    found = _with_numbers(scenario, changes) if isinstance(changes, Mapping) else None
    if found is not None:
        return found
    try:
        return build(type(scenario), _tree_of(scenario), "", changes, [])
    except ScenarioError as error:
        raise with_full_paths(scenario, changes, error) from None


def drawn_jointly(
    scenario: Scenario,
    draws: Mapping[str, Sequence[Any]] | str | PathLike[str],
    weights: Sequence[float] | None,
    beside: bool,
) -> Scenario:
    """A scenario with joint draws beside or in place of others; `Scenario.with_draws` says how."""
    if not isinstance(draws, str | PathLike) and not hasattr(draws, "keys"):
        message = f"{str(draws)[:60]} must be a mapping of paths, a data frame, or a path"
        raise ScenarioError([Problem("", None, DRAWS, message)])
    if isinstance(draws, str | PathLike):
        if weights is not None:
            message = "are in the table itself, in a column of this name"
            raise ScenarioError([Problem("", None, WEIGHT, message)])
        table = Node(fspath(draws), "", None)
    else:
        table = Node(_table_of(draws, weights), "", None)
    root = _tree_of(scenario)
    if beside and scenario.draws is not None:
        table = Node([root.value[DRAWS], table], "", None)
    return build(type(scenario), root.at({**root.value, DRAWS: table}), "", {}, [])


def with_parameters(scenario: Scenario, changes: Sequence[str], parameters: str) -> Scenario:
    """A scenario with joint draws of parameters beside those that it has, and its changes kept.

    Parameters
    ----------
    scenario : Scenario
        With the changes made.
    changes : sequence of str
        What was set, as ``PATH=VALUE``: it stays, whatever is drawn.
    parameters : str
        ``posterior``, or the path of a table; see `Scenario.with_draws`.

    Raises
    ------
    ScenarioError

    Examples
    --------
    >>> from sim.scenario.load import scenario_from_dict
    >>> scenario = scenario_from_dict({"days": 10, "nations": ["GBR", "FRA"]})
    >>> with_parameters(scenario, (), "posterior").draws
    <JointDraws: 2,048 joint draws of 107 numbers; sha256 90f9f56be39b>
    """
    drawn = scenario.with_draws(parameters, beside=True)
    if parameters == POSTERIOR:
        return drawn  # which leaves out what was set
    return changed(drawn, [each for each in changes if _is_drawn(drawn, each)])


def _is_drawn(scenario: Scenario, change: str) -> bool:
    """Whether a change is of something that joint draws of a scenario have a column of."""
    path = change.partition("=")[0].strip()
    columns = () if scenario.draws is None else scenario.draws.columns
    return any(f"{column}.".startswith(f"{path}.") for column in columns) or "*" in path


def _table_of(draws: Mapping[str, Sequence[Any]], weights: Sequence[float] | None) -> DrawTable:
    """Joint draws in Python as a table whose columns have one length."""
    columns = {str(path): builtin(draws[path]) for path in draws}
    if weights is not None:
        columns[WEIGHT] = builtin(weights)
    problems = [
        Problem("", None, path, f"{str(each)[:60]} must be a list of values, one for each draw")
        for path, each in columns.items()
        if not isinstance(each, list)
    ]
    if not problems and len(set(map(len, columns.values()))) > 1:
        lengths = ", ".join(f"{path} {len(each)}" for path, each in columns.items())
        problems = [Problem("", None, DRAWS, f"the columns have different lengths: {lengths}")]
    elif not problems and columns and not all(columns.values()):
        problems = [Problem("", None, DRAWS, "there are no joint draws")]
    if problems:
        raise ScenarioError(problems)
    return DrawTable("", None, [], columns)


def _tree_of(scenario: Scenario) -> Node:
    """The tree of a scenario, as a file in full form holds it."""
    full = scenario.full()
    for nation in full["nations"]:
        if INITIAL in nation["stage"]:  # the default where there is a law, and only there
            del nation["stage"]
    return tree_from(full)


def _with_numbers(scenario: Scenario, changes: Mapping[str, object]) -> Scenario | None:
    """A scenario with other numbers, if they are surely right; None leaves them to all checks."""
    for path, value in changes.items():
        number = builtin(value)
        if not isinstance(number, int | float) or isinstance(number, bool):
            return None
        place = find_place(scenario, str(path))
        if place is None or not _is_free(scenario, place):
            return None
        if any(isinstance(each, JointNumber) for each in place.values(scenario)):
            return None  # its column is to be left out of the draws
        assert place.type.marker is not None
        try:
            checked = place.type.marker.checked(number)
        except PydanticCustomError:
            return None
        before, scenario = scenario, replaced(scenario, place.keys, checked)
        for cached in ("digest", "notes"):  # of the scenario before
            scenario.__dict__.pop(cached, None)
        take_over(scenario, before, place, checked)
        if not _fits(scenario, place.keys):
            return None
    return scenario


def _is_free(scenario: Scenario, place: Place) -> bool:
    """Whether a number stands there, and no check but those of `_fits` sees it with others."""
    match place.keys:
        case ("conditions", _, "start") | ("nations", _, "disposition") | ("tempo" | "climate",):
            return True
        case (
            ("nations", _, "stake" | "support" | "bond" | "capability" | "threshold")
            | ("nations", _, "reliance" | "sensitivity" | "capacity", _)
            | ("conditions" | "contributions" | "behaviour", *_)
            | ("commitment" | "memory", _)
            | ("ties", "base" | "leaders")
            | ("ties", "groups", _, "weight")
        ):
            is_free = True
        case ("events", _, field):
            is_free = field in EVENT_FIELDS
        case _:
            is_free = False
    is_parameter = isinstance(place.keys[-1], int)  # of a distribution, which has bounds of its own
    return is_free and not is_parameter and None not in place.values(scenario)


def _fits(scenario: Scenario, keys: Keys) -> bool:
    """Whether a number that was changed surely fits those that it is checked together with."""
    match keys:
        case ("nations", nation, "reliance" | "sensitivity", str(name)):
            return not any(
                _is_nonzero(each.reliance[name]) and _is_nonzero(each.sensitivity[name])
                for each in _nations_at(scenario, nation)
            )
        case ("nations", nation, "capacity", _):
            pledging = {
                each.id for each in _nations_at(scenario, nation) if each.pledge is not None
            }
            ids = {each.id for each in _nations_at(scenario, nation)}
            for event in scenario.events:
                if isinstance(event, PlacedNation) and event.pledge is not None:
                    pledging |= ids.intersection(event.move)
            return not pledging and _force_is_small(scenario)
        case ("contributions", _, "weight"):
            return _force_is_small(scenario)
        case ("ties", *_):
            return _ties_are_small(scenario)
    return True


def _nations_at(scenario: Scenario, nation: str | int) -> Sequence[Nation]:
    """All nations, or the one of a number."""
    return scenario.nations if nation == ALL else [scenario.nations[int(nation)]]


def _is_nonzero(number: Number) -> bool:
    return isinstance(number, Distribution) or number != 0


def _force_is_small(scenario: Scenario) -> bool:
    """Whether all capacities stay clear of the most force that sums can hold."""
    force = 0.0
    for kind, contribution in scenario.contributions.items():
        units = sum(upper_end(nation.capacity[kind]) for nation in scenario.nations)
        force += upper_end(contribution.weight) * units
    return force < 0.999 * MOST_FORCE


def _ties_are_small(scenario: Scenario) -> bool:
    """Whether all weights of ties together stay clear of infinity, and groups are small."""
    ties = scenario.ties
    n_pairs = sum(len(group.members) ** 2 for group in ties.groups.values())
    if n_pairs + len(scenario.leaders) * len(scenario.nations) + len(ties.dyads) > MOST_PAIRS / 2:
        return False
    weights = [ties.base, ties.leaders, *(group.weight for group in ties.groups.values())]
    weights.append(1.0 + max((weight for _, _, weight in ties.dyads), default=0.0))
    return sum(math.log(max(weight, 1.0)) for weight in weights) < LARGEST_LOG


def with_full_paths(scenario: Scenario, changes: Changes, error: ScenarioError) -> ScenarioError:
    """The error of wrong changes, with the full path suggested for one that is nearly right."""
    paths = changed_paths(changes)
    problems = list(error.problems)
    for index, problem in enumerate(problems):
        begin, _, rest = problem.message.partition("; ")
        is_unknown = problem.file == SET_FILE and begin.startswith("unknown key")
        if is_unknown and ("." not in problem.path or rest.startswith("known: ")):
            under = f"{problem.path}."
            meant = next((path for path in paths if f"{path}.".startswith(under)), problem.path)
            close = closest_path(scenario, meant)
            if close:
                problems[index] = replace(problem, message=f"{begin}; did you mean '{close}'?")
    return ScenarioError(problems)
