"""The inputs of a scenario as a function: which numbers they are, and their values from tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isnan
from typing import Any, NamedTuple

import numpy as np

from sim.scenario.files.errors import Problem, ScenarioError
from sim.scenario.files.suggestions import suggestion
from sim.scenario.files.tree import builtin
from sim.scenario.files.variants import SET_FILE
from sim.scenario.paths import Parameter
from sim.scenario.schema import Scenario
from sim.studies.design.values import NOT_VARIED


class Input(NamedTuple):
    """A number of a scenario that a function takes.

    Attributes
    ----------
    path : str
    called : str
        What messages call it: its name, and its path if the name is another.
    parameter : Parameter
    """

    path: str
    called: str
    parameter: Parameter


def checked_inputs(scenario: Scenario, called: Mapping[str, str]) -> dict[str, Input]:
    """The inputs of a function by path. Each can be set by itself, and no two write one field.

    Parameters
    ----------
    scenario : Scenario
    called : mapping of path to str
        What messages call each.

    Raises
    ------
    ScenarioError
        A path leads nowhere, which may be a typing error, or to what another input writes.
    """
    found, owners, problems = dict[str, Input](), dict[str, str](), list[Problem]()
    for path, name in called.items():
        if path in NOT_VARIED:
            problems.append(Problem("", None, name, NOT_VARIED[path]))
            continue
        try:
            parameter = scenario.parameter(path)
            if parameter.value is None and len(parameter.fields) == 1:
                # It may need others that are left out as well.
                scenario.with_value(parameter, parameter.bounds.some_value())
        except ScenarioError as error:
            first = error.problems[0]
            names_path = first.path == path or first.message.startswith("takes no number")
            message = first.message if names_path else f"{first.path}: {first.message}"
            problems.append(Problem("", None, name, message))
            continue
        both = [field for field in sorted(parameter.fields) if field in owners]
        if both:
            message = f"writes {both[0]}, which {owners[both[0]]} writes as well"
            problems.append(Problem("", None, name, message))
        owners |= {field: owners.get(field, name) for field in parameter.fields}
        found[path] = Input(path, name, parameter)
    if problems:
        raise ScenarioError(problems)
    return found


def by_input(error: ScenarioError, inputs: Sequence[Input]) -> ScenarioError:
    """An error of values that were set, with the names of the inputs instead of paths.

    Parameters
    ----------
    error : ScenarioError
    inputs : sequence of Input
        Those that were given.
    """
    problems = []
    for problem in error.problems:
        if problem.file == SET_FILE:
            owners = [
                each for each in inputs if problem.path in {each.path, *each.parameter.fields}
            ]
            if not owners and len(inputs) == 1:
                owners = list(inputs)
            path = owners[0].called if owners else problem.path
            problem = Problem("", None, path, problem.message)  # noqa: PLW2901
        problems.append(problem)
    return ScenarioError(dict.fromkeys(problems))


def given_value(called: str, value: object) -> Any:
    """The value of an input as one of Python's own; what is missing is none.

    Parameters
    ----------
    called : str
        What messages call the input.
    value : object

    Raises
    ------
    ValueError
        It is None, NaN or missing in another way: whether the scenario's own value is meant, or a
        cell of a table was lost, cannot be known.
    """
    found = builtin(value)
    if found is None or (isinstance(found, float) and isnan(found)):
        raise ValueError(
            f"{called}: {value} is no value; for the scenario's own value leave the input out"
        )
    return found


def input_named(given: Any, inputs: Mapping[str, str]) -> str | None:
    """The name of the input that a name or a path means; None if there is no such input.

    Parameters
    ----------
    given : Any
    inputs : mapping of name to path
        A name goes before a path that is spelt the same.
    """
    if given in inputs:
        return str(given)
    return next((name for name, path in inputs.items() if path == given), None)


def rows_of_inputs(values: Any, inputs: Mapping[str, str]) -> list[list[Any]]:
    """The inputs of many calls, a list for each call, in the order of the inputs.

    Parameters
    ----------
    values : array_like or table
        A table with names of columns has its columns taken by name: a DataFrame, a structured
        array, labelled data of xarray, a table of Arrow, a mapping of columns, or a list of
        mappings. Any other has them taken by place.
    inputs : mapping of name to path
        A column has either.

    Raises
    ------
    ValueError
        There is an unknown column, or one is missing, or the shape is wrong.
    """
    if isinstance(values, list | tuple) and values and all(isinstance(x, Mapping) for x in values):
        rows = []
        for row in values:
            names = _checked_columns([*row], inputs)
            by_name = dict(zip(names, row.values(), strict=True))
            rows.append([by_name[name] for name in inputs])
        return rows
    columns = _named_columns(values)
    if columns is not None:
        names = _checked_columns([name for name, _ in columns], inputs)
        found = {name: builtin(column) for name, (_, column) in zip(names, columns, strict=True)}
        lengths = {len(each) if isinstance(each, list) else -1 for each in found.values()}
        if len(lengths) > 1 or -1 in lengths:
            raise ValueError("values: each column must be a list, all of the same length")
        return [list(row) for row in zip(*(found[name] for name in inputs), strict=True)]
    shape = np.asarray(values, dtype=object).shape
    if len(shape) != 2 or shape[1] != len(inputs):
        raise ValueError(
            f"values: shape {shape} must be (n_calls, {len(inputs)}), in the order "
            f"{', '.join(inputs)}, or a table with these names"
        )
    table = values.to_numpy() if hasattr(values, "to_numpy") else values
    return [builtin(row) for row in builtin(table)] if shape[0] else []


def _checked_columns(given: Sequence[Any], inputs: Mapping[str, str]) -> list[str]:
    """The names of the inputs that columns stand for; columns are the inputs, each once."""
    names = list[str]()
    for column in given:
        name = input_named(column, inputs)
        if name is None:
            near = suggestion(str(column), [*inputs])
            raise ValueError(f"values: unknown column {column!r}{near}")
        if name in names:
            first = given[names.index(name)]
            raise ValueError(
                f"values: the columns {first!r} and {column!r} are the same input"
                if first != column
                else "values: two columns have the same name"
            )
        names.append(name)
    missing = [name for name in inputs if name not in names]
    if missing:
        raise ValueError(f"values: the column {missing[0]!r} is missing")
    return names


def _named_columns(values: Any) -> list[tuple[Any, Any]] | None:
    """The columns of a table, each with its name; None for one whose columns have no names."""
    names: Any = None
    if isinstance(values, Mapping):
        names = list(getattr(values, "data_vars", values))
    elif hasattr(values, "column_names"):
        names = list(values.column_names)
    elif hasattr(values, "columns"):
        names = list(values.columns)
        if all(isinstance(name, int | np.integer) for name in names):  # pandas numbers them
            return None
    elif getattr(getattr(values, "dtype", None), "names", None):
        names = list(values.dtype.names)
    elif hasattr(values, "dims") and hasattr(values, "coords"):
        return _labelled_columns(values)
    if names is None:
        return None
    if len(set(names)) < len(names):
        raise ValueError("values: two columns have the same name")
    return [(name, values[name]) for name in names]


def _labelled_columns(array: Any) -> list[tuple[Any, Any]] | None:
    """The columns of an array of xarray by the labels of its last dimension that has any."""
    for dimension in reversed(array.dims):
        labels = array.coords[dimension].values.tolist() if dimension in array.coords else []
        if len(array.dims) == 2 and labels and all(isinstance(each, str) for each in labels):
            return [(name, array.isel({dimension: i}).values) for i, name in enumerate(labels)]
    return None
