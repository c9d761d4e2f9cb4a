"""Points of the unit cube as runs of a scenario: each a row of inputs of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from sim.core.kernel.simulate import RandomValues
from sim.engines.block_runner import BlockRunner
from sim.engines.memory import checked_arrays
from sim.scenario.addresses import draw_keys, find_place, replaced
from sim.scenario.arrays.numbers import Arrays
from sim.scenario.arrays.slots import slots_of
from sim.scenario.distribution import distribution_from
from sim.scenario.fields import Between, Date
from sim.scenario.files.errors import ScenarioError
from sim.scenario.files.nations import ALL
from sim.scenario.joint_draws import JointDate, JointNumber
from sim.scenario.schema import Scenario
from sim.studies.design.outcomes import Outcome, outcomes_at
from sim.studies.design.values import Varied, scenario_with
from sim.studies.sensitivity.designs import Integers, Reals
from sim.studies.sensitivity.draws import DrawPart, draw_part, part_paths
from sim.studies.sensitivity.inputs import Input, as_input_error

MOST_STRUCTURES = 64
"""Scenarios of values without a place in the flat inputs of which arrays are kept."""

ENDS = np.array([0.0, 1.0])


class Given(NamedTuple):
    """Where the values of an input go.

    Attributes
    ----------
    coordinate : int
        Of the points.
    slots : ndarray of int
        In the flat inputs.
    source : Varied or DrawPart
        What the coordinate is a quantile of: a number for all slots, or a line with one for each.
    """

    coordinate: int
    slots: Integers
    source: Varied | DrawPart


class Prepared(NamedTuple):
    """A scenario whose inputs are drawn, so that each run may be given its own.

    Attributes
    ----------
    arrays : Arrays
    outcomes : tuple of Outcome
        As the scenario has them.
    given : tuple of Given
    """

    arrays: Arrays
    outcomes: tuple[Outcome, ...]
    given: tuple[Given, ...]

    def values_at(self, shares: Reals) -> tuple[Integers, Reals]:
        """Slots, and their values at some points, shape (n_points, n_slots)."""
        slots, columns = [np.empty(0, dtype=np.int64)], [np.empty((len(shares), 0))]
        for coordinate, of_input, source in self.given:
            share = shares[:, coordinate]
            if isinstance(source, DrawPart):
                columns.append(source.at(share))
            else:
                number = numbers_at(source, share)
                columns.append(np.repeat(number[:, None], len(of_input), axis=1))
            slots.append(of_input)
        return np.concatenate(slots), np.concatenate(columns, axis=1)


def numbers_at(varied: Varied, shares: Reals) -> Reals:
    """Numbers of a path at quantiles between 0 and 1."""
    drawn = varied.drawn(shares)
    if varied.distribution is None:
        labels = [float(option.label) for option in varied.options]
        drawn = np.take(labels, drawn)
    return np.asarray(drawn, dtype=np.float64)


def is_flat(scenario: Scenario, varied: Varied, slots: Mapping[str, int]) -> bool:
    """True if the flat inputs of a scenario have a place for what is varied."""
    place = find_place(scenario, varied.path)
    if place is None or not varied.is_number:
        return False
    marker = place.type.marker
    if isinstance(marker, Date):
        return True
    if not isinstance(marker, Between) or marker.fixed:
        return False
    return all(key in slots for key in draw_keys(scenario, place.keys))


def coordinates_of(inputs: Sequence[Input]) -> Iterator[tuple[int, Varied | str]]:
    """Every coordinate of the points with the path or the part of the draws that it is of."""
    coordinate = 0
    for each in inputs:
        for source in each.members or (each.part,):
            yield coordinate, source
            coordinate += 1


class Structures:
    """A scenario with its inputs drawn, once for all that the flat inputs have no place for.

    Threads may share it.

    Parameters
    ----------
    scenario : Scenario
    inputs : sequence of Input
    outcomes : sequence of Outcome
        As the scenario has them.
    """

    def __init__(
        self, scenario: Scenario, inputs: Sequence[Input], outcomes: Sequence[Outcome]
    ) -> None:
        self.scenario, self.outcomes = scenario, tuple(outcomes)
        sources, slots = list(coordinates_of(inputs)), slots_of(scenario)
        self.whole = [
            (coordinate, source)
            for coordinate, source in sources
            if isinstance(source, Varied) and not is_flat(scenario, source, slots)
        ]
        places = {coordinate for coordinate, _ in self.whole}
        self.flat = [each for each in sources if each[0] not in places]
        self._known: dict[tuple[Any, ...], Prepared] = {}
        self._making = threading.Lock()

    def at(self, shares: Reals) -> Iterator[tuple[Prepared, Integers]]:
        """Prepared scenarios, each with the places of the points that are runs of it."""
        if not self.whole:
            yield self.prepared(()), np.arange(len(shares))
            return
        drawn = [varied.drawn(shares[:, at]) for at, varied in self.whole]
        keys = np.stack(drawn, axis=1)
        _, first, which = np.unique(keys, axis=0, return_index=True, return_inverse=True)
        for number, place in enumerate(first):
            key = tuple(values[place].item() for values in drawn)
            yield self.prepared(key), np.flatnonzero(which.ravel() == number)

    def prepared(self, key: tuple[Any, ...]) -> Prepared:
        """The scenario with some values of what has no place in the flat inputs.

        Raises
        ------
        ScenarioError
            No scenario may have these values.
        """
        with self._making:
            if key not in self._known:
                while len(self._known) >= MOST_STRUCTURES:
                    self._known.pop(next(iter(self._known)))
                changes: dict[str, Any] = {}
                for (_, varied), value in zip(self.whole, key, strict=True):
                    changes |= varied.drawn_option(value).changes
                changed = scenario_with(self.scenario, changes) if changes else self.scenario
                self._known[key] = self._prepare(changed)
            return self._known[key]

    def _prepare(self, scenario: Scenario) -> Prepared:
        """A scenario with its flat inputs drawn."""
        drawn = with_laws(
            scenario, [source for _, source in self.flat if isinstance(source, Varied)]
        )
        arrays, slots = checked_arrays(drawn), slots_of(drawn)
        joint = {
            each.distribution.path: each.slot
            for each in arrays.drawn
            if isinstance(each.distribution, JointNumber | JointDate)
        }
        given = []
        for coordinate, source in self.flat:
            if isinstance(source, Varied):
                place = find_place(drawn, source.path)
                assert place is not None
                at = [slots[key] for key in draw_keys(drawn, place.keys)]
                given.append(Given(coordinate, np.array(at, dtype=np.int64), source))
            elif drawn.draws is not None and scenario.draws is not None:
                # Without columns of numbers that are inputs by themselves.
                columns = part_paths(scenario.draws)[source]
                part = draw_part(drawn.draws, [each for each in columns if each in joint])
                at = [joint[path] for path in part.paths]
                given.append(Given(coordinate, np.array(at, dtype=np.int64), part))
        return Prepared(arrays, tuple(outcomes_at(self.outcomes, drawn)), tuple(given))

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_known": {}, "_making": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._making = threading.Lock()


class PointRunner:
    """Runs points; the memory of one thread.

    Parameters
    ----------
    structures : Structures
        May be shared.
    """

    def __init__(self, structures: Structures) -> None:
        self.structures = structures
        self._runner: BlockRunner | None = None

    def values(self, shares: Reals, seed: int, first_run: int, n_runs: int) -> Reals:
        """Outcomes of points.

        Parameters
        ----------
        shares : ndarray, shape (n_points, n_coordinates), between 0 and 1
        seed, first_run, n_runs : int
            Every point has these runs, so that the same luck is that of the same run.

        Returns
        -------
        ndarray, shape (n_outcomes, n_points, n_runs)
        """
        found = np.empty((len(self.structures.outcomes), len(shares), n_runs))
        for prepared, places in self.structures.at(shares):
            runner = self._runner
            if runner is None or not runner.fits(prepared.arrays):
                self._runner = runner = None  # frees its memory before the next is laid out
                self._runner = runner = BlockRunner(prepared.arrays, counts=False)
            given = RandomValues(*prepared.values_at(shares[places]))
            blocks = runner.points(prepared.arrays.vector, seed, first_run, n_runs, given)
            values = [[each.values(block) for each in prepared.outcomes] for block in blocks]
            found[:, places] = np.concatenate(values, axis=1).reshape(len(found), -1, n_runs)
        return found


def with_laws(scenario: Scenario, flat: Sequence[Varied]) -> Scenario:
    """A scenario that draws some numbers, from whatever law: each run is given its own.

    Numbers that joint draws have, and dates, are set with all checks. The others, which may be
    thousands, are put in their places: their ends have been checked.
    """
    checked, placed = dict[str, Any](), list[tuple[Varied, Between]]()
    columns = set() if scenario.draws is None else set(scenario.draws.columns)
    for varied in flat:
        place = find_place(scenario, varied.path)
        if place is None or is_own_law(scenario, varied):
            continue
        is_alone = ALL not in place.keys[1:2] and varied.path not in columns
        if is_alone and isinstance(place.type.marker, Between):
            placed.append((varied, place.type.marker))
        else:
            low, high = numbers_at(varied, ENDS).tolist()
            ends = [int(low), int(high)] if varied.whole is not None else [low, high]
            checked[varied.path] = {"uniform": ends}
    drawn = scenario.with_changes(checked) if checked else scenario
    for varied, marker in placed:
        place = find_place(drawn, varied.path)
        assert place is not None
        law: dict[object, object] = {"uniform": numbers_at(varied, ENDS).tolist()}
        drawn = replaced(drawn, place.keys, distribution_from(law, marker.low, marker.high))
    return drawn.model_copy()  # without what is cached of the one before


def is_own_law(scenario: Scenario, varied: Varied) -> bool:
    """True if the scenario itself draws a number, and from the distribution that is varied."""
    place = find_place(scenario, varied.path)
    return place is not None and place.owner == varied.distribution


def check_ends(scenario: Scenario, inputs: Sequence[Input]) -> None:
    """Refuse inputs of which a scenario cannot have all low ends together, or all high ones.

    A number between two that a scenario may have is one that it may have.

    Raises
    ------
    StudyError
    """
    members = [each for one in inputs for each in one.members if each.is_number]
    for end in range(len(ENDS)):
        changes: dict[str, Any] = {}
        for varied in members:
            if not is_own_law(scenario, varied):
                drawn = varied.drawn(ENDS)[end]
                changes |= varied.drawn_option(drawn).changes
        try:
            scenario_with(scenario, changes)
        except ScenarioError as error:
            raise as_input_error(error) from None
