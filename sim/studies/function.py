"""A scenario as a plain function: a few numbers in, a few outcomes out."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from math import floor
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engines.block_runner import BlockRunner
from sim.engines.memory import checked_arrays
from sim.engines.request import checked_request, whole
from sim.results.format import counted, first_of
from sim.results.records import SIZE_MEASURES
from sim.scenario.arrays.numbers import Arrays
from sim.scenario.files.errors import ScenarioError
from sim.scenario.files.suggestions import suggestion
from sim.scenario.files.tree import as_mapping
from sim.scenario.load import scenario_of
from sim.scenario.paths import is_sure
from sim.scenario.schema import Scenario
from sim.studies.design.outcomes import (
    Outcome,
    OutcomeError,
    default_outcomes,
    find_outcomes,
    outcomes_at,
)
from sim.studies.inputs import (
    by_input,
    checked_inputs,
    given_value,
    input_named,
    rows_of_inputs,
)
from sim.studies.sweep.points import estimates_of, names_of

Reals = NDArray[np.float64]

BY_DAY = tuple(f"{name}_by_day" for name in SIZE_MEASURES)
"""Outcomes with one number a day: the mean over runs, from day 0 on."""

CHANCE = ("seed", "first_run")
"""Arguments of every call beside the inputs."""

MOST_STRUCTURES = 64
"""Combinations of inputs for which a thread caches the arrays of the scenario."""


def as_function(
    scenario: Scenario | str | PathLike[str],
    inputs: Sequence[str] | Mapping[str, str],
    outcomes: Sequence[str] | Mapping[str, str] | None = None,
    runs: int = 100,
    seed: int = 0,
) -> ModelFunction:
    """A scenario as a function of some of its numbers, for tools that explore functions.

    Parameters
    ----------
    scenario : Scenario, or str or path
        A scenario, or the file or shipped name of one.
    inputs : sequence of path, or mapping of name to path
        Numbers that the function takes, each as a keyword argument. Without names, an argument has
        the name of its path, with ``_`` for characters that names cannot have:
        ``conditions.us_backing.level`` becomes ``conditions_us_backing_level``.
    outcomes : sequence of outcome, or mapping of name to outcome, optional
        What it returns: outcomes as in a sweep (``success``, ``size@90``, ``public.POL``, see
        docs/sweeps.md), their other estimates (``success.mc_error``, ``size.q05``)
        and ``size_by_day``, ``private_size_by_day``, ``firm_size_by_day``: arrays of one number a
        day. By default those of a sweep.
    runs : int, at least 1
        Runs of each call. With one run a chance is 1 or 0, and a mean has no error (NaN).
    seed : int
        The same in every call that gives no other: calls share random numbers, so that their
        results differ because of their inputs.

    Returns
    -------
    ModelFunction
        It can be pickled, and called from several threads at once.

    Raises
    ------
    ValueError
        A name is taken twice, two inputs write the same number, a path leads nowhere, or there is
        no such outcome.
    ScenarioError
        There is no such scenario.
    TypeError
        ``scenario`` is something else.

    Examples
    --------
    >>> import sim
    >>> scenario = sim.load_scenario("paris_2025")
    >>> model = sim.as_function(scenario, {"backing": "conditions.us_backing.level"}, ["size"])
    >>> model(backing=0.9)["size"] > model(backing=0.1)["size"]
    True
    """
    request = checked_request(runs, seed, 0, 1, keeps_runs=True)
    loaded = scenario_of(scenario)
    names = _by_name(inputs, "input")
    if not names:
        raise ValueError("inputs: name at least one number of the scenario")
    if outcomes is None:
        outcomes = default_outcomes(loaded)
    return ModelFunction(
        loaded, names, _by_name(outcomes, "outcome"), runs=request.n_runs, seed=request.seed
    )


def identifier(text: str) -> str:
    """A path or outcome as a valid name of an argument.

    Examples
    --------
    >>> identifier("conditions.us_backing.level"), identifier("size>=20"), identifier("2x")
    ('conditions_us_backing_level', 'size_at_least_20', '_2x')
    """
    spelt = text.replace(">=", "_at_least_").replace("@", "_on_day_").replace("*", "all")
    name = "".join(letter if letter.isalnum() else "_" for letter in spelt)
    return f"_{name}" if name[:1].isdigit() else name


def _by_name(given: Sequence[str] | Mapping[str, str], what: str) -> dict[str, str]:
    """Paths or outcomes by name; names are unique, and those of inputs valid in Python."""
    if isinstance(given, str):
        raise ValueError(f"{what}s: {given!r} must be a list of them")
    names: dict[str, Any]
    given = as_mapping(given)
    if isinstance(given, Mapping):
        names = {str(name): text for name, text in given.items()}
    else:
        names = {identifier(str(text)): text for text in given}
    wrong = next((text for text in names.values() if not isinstance(text, str)), None)
    if wrong is not None:
        raise ValueError(f"{what}s: {wrong!r} must be text")
    if len(names) < len(given):
        raise ValueError(f"{what}s: two of them have the same name")
    if what == "input" and len(set(names.values())) < len(names):
        raise ValueError("inputs: two of them have the same path, and one would have no effect")
    for name in names:
        if what == "input" and name in ("self", *CHANCE):
            raise ValueError(
                f"inputs: {name!r} cannot be the name of an argument: it has a meaning of its own"
            )
        if what == "input" and not name.isidentifier():
            instead = f"as Python spells names; {identifier(name)!r} can"
            raise ValueError(f"inputs: {name!r} cannot be the name of an argument, {instead}")
    return names


class ModelFunction:
    """A scenario as a function; get one from `as_function`.

    Attributes
    ----------
    scenario : Scenario
    inputs : dict of name to path
    outcomes : dict of name to outcome
    runs, seed : int
    """

    def __init__(
        self,
        scenario: Scenario,
        inputs: dict[str, str],
        outcomes: dict[str, str],
        *,
        runs: int,
        seed: int,
    ) -> None:
        self.scenario, self.inputs, self.outcomes = scenario, inputs, outcomes
        self.runs, self.seed = runs, seed
        called = {
            path: path if name == identifier(path) else f"{name} ({path})"
            for name, path in inputs.items()
        }
        self._inputs = checked_inputs(scenario, called)
        self._needed, self._sources = _sources(list(outcomes.values()), scenario)
        self._whole_ranges = dict[str, tuple[int, int]]()
        self._own = threading.local()

    def __call__(self, **arguments: Any) -> dict[str, Any]:
        """Outcomes at some inputs; the others have the values of the scenario.

        Parameters
        ----------
        **arguments
            Inputs by their names, or paths; also ``seed``, and ``first_run`` for other runs of the
            seed. An input that is left out has the scenario's own value; None and NaN are refused.

        Returns
        -------
        dict
            A float for each outcome, or an array of one number a day; NaN for an outcome that the
            scenario does not have with these inputs.

        Raises
        ------
        TypeError
            There is no such input, or it is given twice.
        ValueError
            ``seed`` or ``first_run`` is not a whole number, or out of range; an input is None or
            NaN; or an outcome asks for a day after the last.
        ScenarioError
            The scenario cannot have a value.
        """
        chance = {name: whole(name, arguments.pop(name)) for name in CHANCE if name in arguments}
        by_name = dict[str, Any]()
        for given, value in arguments.items():
            name = input_named(given, self.inputs)
            if name is None:
                raise TypeError(f"unknown input {given!r}{suggestion(given, list(self.inputs))}")
            if name in by_name:
                raise TypeError(f"{name} ({self.inputs[name]}) is given by its name and its path")
            by_name[name] = self._given(name, value)
        changes = {self.inputs[name]: value for name, value in by_name.items()}
        arrays, needed, vector = self._arrays_and_vector(changes)
        runner: BlockRunner | None = getattr(self._own, "runner", None)
        if runner is None or not runner.fits(arrays):
            runner = self._own.runner = BlockRunner(arrays)
        seed, first_run = chance.get("seed", self.seed), chance.get("first_run", 0)
        checked_request(self.runs, seed, first_run, 1, keeps_runs=True)
        columns, days = list[Reals](), np.zeros((len(SIZE_MEASURES), runner.sizes.n_records))
        for block in runner.blocks(vector, seed, first_run, self.runs):
            rows = [each.values(block) for each in needed]
            columns.append(np.stack(rows, axis=-1) if rows else np.empty((len(block.stage), 0)))
            days += block.size.sum(axis=0)
        values = np.concatenate(columns)
        known: dict[str, Any] = dict(zip(BY_DAY, days / self.runs, strict=True))
        for each, column in zip(needed, values.T, strict=True):
            known |= zip(names_of(each), estimates_of(each, column), strict=True)
        sources = zip(self.outcomes, self._sources, strict=True)
        return {name: known[source] for name, source in sources}

    def rows(self, values: Any) -> dict[str, NDArray[Any]]:
        """Outcomes of many calls.

        Parameters
        ----------
        values : array_like, shape (n_calls, n_inputs), or table
            Inputs in the order of `inputs`. Of a table with names of columns, such as a DataFrame,
            the columns are taken by name or path, in any order. It has a column for each input,
            no other, and no value that is missing.

        Returns
        -------
        dict
            An array for each outcome, shape (n_calls,), or (n_calls, n_days + 1). Where runs are
            of different length, days after the end of one are NaN.

        Raises
        ------
        ValueError
            The shape or a name is wrong, a value is missing, or the scenario cannot have one. A
            note says in which row.
        """
        names = list(self.inputs)
        calls = list[dict[str, Any]]()
        found = list[dict[str, Any]]()
        rows = rows_of_inputs(values, self.inputs)
        try:
            for row in rows:  # all of them before the first takes its time
                calls.append(
                    {
                        name: self._rounded(name, self._given(name, value))
                        for name, value in zip(names, row, strict=True)
                    }
                )
            for call in calls:
                found.append(self(**call))
        except ValueError as error:
            number = len(found) if len(calls) == len(rows) else len(calls)
            error.add_note(f"in row {number} of the values, counted from 0")
            raise
        return {name: _stacked([each[name] for each in found]) for name in self.outcomes}

    def takes_whole(self, name: str) -> bool:
        """True if an input takes whole numbers alone."""
        return self._inputs[self.inputs[name]].parameter.bounds.is_whole

    def draw_whole(self, name: str, low: int, high: int) -> None:
        """Let `rows` round fractions of an input down, as of a design that draws from a range.

        Parameters
        ----------
        name : str
            An input that takes whole numbers.
        low, high : int
            Fractions from `low` to below ``high + 1`` are rounded; others are refused as ever.
        """
        self._whole_ranges[name] = (low, high)

    def _given(self, name: str, value: object) -> Any:
        """A value of an input as one of Python's own; ValueError if it is missing."""
        return given_value(self._inputs[self.inputs[name]].called, value)

    def _rounded(self, name: str, value: Any) -> Any:
        """A fraction of a design over whole numbers rounded down; any other value as it is."""
        low, high = self._whole_ranges.get(name, (0, -1))
        is_drawn = isinstance(value, float) and low < value < high + 1
        return floor(value) if is_drawn else value

    def _arrays_and_vector(self, changes: dict[str, Any]) -> tuple[Arrays, list[Outcome], Reals]:
        """Arrays of a scenario of the same structure as the changed one, its outcomes and inputs.

        Calls with the same inputs differ in a few numbers of the flat inputs, so only the first of
        them builds the arrays.
        """
        given = {path: self._inputs[path] for path in changes}
        try:
            scenario = self.scenario.with_changes(changes)
        except ScenarioError as error:
            raise by_input(error, list(given.values())) from None
        are_numbers = all(isinstance(value, int | float) for value in changes.values())
        if not are_numbers or not all(each.parameter.slots for each in given.values()):
            needed = outcomes_at(self._needed, scenario)
            arrays = checked_arrays(scenario)
            return arrays, needed, arrays.vector
        sure = tuple((path, is_sure(path, value)) for path, value in changes.items())
        structure = (sure, scenario.has_capacity)
        known: dict[Any, tuple[Arrays, list[Outcome]]]
        known = self._own.__dict__.setdefault("arrays", {})
        if structure not in known:
            if len(known) >= MOST_STRUCTURES:
                known.clear()
            needed = outcomes_at(self._needed, scenario)
            known[structure] = checked_arrays(scenario), needed
        arrays, needed = known[structure]
        vector = arrays.vector.copy()
        for path, value in changes.items():
            vector[list(given[path].parameter.slots)] = value + 0.0
        return arrays, needed, vector

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_own"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._own = threading.local()

    def __repr__(self) -> str:
        arguments, found = first_of(self.inputs), first_of(self.outcomes)
        chance = f"{counted(self.runs, 'run')}, seed {self.seed}"
        return f"<ModelFunction ({arguments}) -> {found}: {chance}>"


def _stacked(values: list[Any]) -> NDArray[Any]:
    """One entry a call; arrays of different length are filled up with NaN."""
    lengths = {len(value) for value in values if isinstance(value, np.ndarray)}
    if len(lengths) < 2:
        return np.array(values)
    table = np.full((len(values), max(lengths)), np.nan)
    for row, value in zip(table, values, strict=True):
        row[: len(value)] = value
    return table


def _sources(texts: list[str], scenario: Scenario) -> tuple[list[Outcome], list[str]]:
    """Outcomes of each run that are needed, and the name of the estimate that each text means."""
    needed: dict[str, Outcome] = {}
    sources = []
    for text in texts:
        if text in BY_DAY:
            sources.append(text)
            continue
        outcome, source = _outcome_and_estimate(text, scenario)
        needed[outcome.name] = outcome
        sources.append(source)
    return list(needed.values()), sources


def _outcome_and_estimate(text: str, scenario: Scenario) -> tuple[Outcome, str]:
    """The outcome that a text names, and the name of the estimate."""
    try:
        found = find_outcomes([text], scenario)
        estimate = found[0].name
    except OutcomeError:
        found, estimate = [], text
        with suppress(OutcomeError):
            found = find_outcomes([text.rpartition(".")[0]], scenario)
        if not found or estimate not in names_of(found[0]):
            raise
    if len(found) != 1:
        raise OutcomeError(f"{text!r} stands for {len(found)} outcomes; name each of them")
    return found[0], estimate
