"""An ensemble: many runs of one scenario, and what they show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import date, timedelta
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from sim.results.breadth import n_parts, why_undefined
from sim.results.format import LONGEST_NAME, counted, cut
from sim.results.quorum import in_force_days
from sim.results.records import Days, Records, RunRecords
from sim.results.summary import Summary, summarise
from sim.results.tally import Tally, tallies
from sim.scenario.parts import BREADTH
from sim.scenario.schema import Scenario

if TYPE_CHECKING:
    import pandas as pd


NOT_COUNTED = "the version of willing that stored the result did not count it"


class Ensemble:
    """Runs of one scenario under one seed. Arrays are read-only; axes run (run, day, nation).

    Parameters
    ----------
    scenario : Scenario
    records : Records
        From the engine; it determines the number of runs and whether single runs were kept.
    seed : int
    first_run : int
        Number of the first run: the runs are first_run, first_run + 1, ...
    engine : str
        Name of the engine, for the provenance.
    command : str or None
        The command that made it, for the provenance.
    """

    def __init__(
        self,
        scenario: Scenario,
        records: Records,
        *,
        seed: int,
        first_run: int = 0,
        engine: str = "batch",
        command: str | None = None,
    ) -> None:
        self.scenario = scenario
        self.records = records
        self.seed = seed
        self.first_run = first_run
        self.engine = engine
        self.command = command

    @property
    def n_runs(self) -> int:
        """Number of runs."""
        return int(self.records.success_counts.sum())

    @property
    def n_days(self) -> int:
        """Last day; day 0 is the initial state."""
        return len(self.records.success_counts) - 2

    @property
    def keep(self) -> str:
        """``"runs"`` if single runs were kept, ``"summary"`` if only counts over runs."""
        return "summary" if self.records.runs is None else "runs"

    @property
    def days(self) -> NDArray[np.int64]:
        """Day numbers 0, 1, ..., n_days."""
        return np.arange(self.n_days + 1)

    @cached_property
    def nations(self) -> tuple[str, ...]:
        """Identifiers of the nations, in the order of every nation axis."""
        return tuple(nation.id for nation in self.scenario.nations)

    @property
    def kinds(self) -> tuple[str, ...]:
        """Contribution kinds, in the order of every kind axis."""
        return tuple(self.scenario.contributions)

    @property
    def condition_names(self) -> tuple[str, ...]:
        """Conditions, in the order of every condition axis."""
        return tuple(self.scenario.conditions)

    @property
    def size(self) -> Days:
        """Public size, shape (n_runs, n_days + 1): nations in stages public to deployed."""
        return self._kept("size").size

    @property
    def private_size(self) -> Days:
        """Private size, shape (n_runs, n_days + 1): public size and the undisclosed."""
        return self._kept("private_size").private_size

    @property
    def firm_size(self) -> Days:
        """Firm size, shape (n_runs, n_days + 1): nations pledged or deployed."""
        return self._kept("firm_size").firm_size

    @property
    def stage(self) -> NDArray[np.int8]:
        """Stage at the end, shape (n_runs, n_nations)."""
        return self._kept("stage").stage

    @property
    def first_day(self) -> Days:
        """First day at each stage, shape (n_runs, n_nations, 7); -1 never."""
        return self._kept("first_day").first_day

    @property
    def refusal_day(self) -> Days:
        """First day a nation left undeclared, shape (n_runs, n_nations); -1 never."""
        return self._kept("refusal_day").refusal_day

    @property
    def exit_day(self) -> Days:
        """First day a nation left after it was public, shape (n_runs, n_nations); -1 never."""
        return self._kept("exit_day").exit_day

    @property
    def pledge(self) -> NDArray[np.float64]:
        """Pledges at the end, shape (n_runs, n_nations, n_kinds), force units."""
        return self._kept("pledge").pledge

    @property
    def force(self) -> NDArray[np.float64]:
        """Public force at the end, shape (n_runs, n_kinds), force units."""
        return self._kept("force").force

    @property
    def conditions(self) -> NDArray[np.float64]:
        """Conditions at the end, shape (n_runs, n_conditions)."""
        return self._kept("conditions").conditions

    @property
    def success_day(self) -> Days:
        """First day of the first stretch that meets every threshold, shape (n_runs,); -1 never."""
        return self._kept("success_day").success_day

    @property
    def quorum_day(self) -> Days:
        """First day at whose end the coalition's quorum held, shape (n_runs,); -1 never."""
        found = self._kept("quorum_day").quorum_day
        if found is None:
            raise AttributeError("quorum_day is undefined: the coalition has no quorum")
        return found

    @property
    def in_force_day(self) -> Days:
        """Day on which that quorum takes force, shape (n_runs,); -1 never by the last day."""
        days, quorum = self.quorum_day, self.scenario.quorum
        return in_force_days(days, 0 if quorum is None else quorum.lag, self.n_days)

    @property
    def groups_covered(self) -> NDArray[np.float64]:
        """Share of groups with a public member, by day, shape (n_runs, n_days + 1)."""
        return self._share_by_day("groups_covered")

    @property
    def kinds_covered(self) -> NDArray[np.float64]:
        """Share of kinds of contribution that are pledged, by day, shape (n_runs, n_days + 1)."""
        return self._share_by_day("kinds_covered")

    @property
    def capacity_public(self) -> NDArray[np.float64]:
        """Public nations' share of all capacity, by day, shape (n_runs, n_days + 1)."""
        return self._share_by_day("capacity_public")

    @property
    def shares(self) -> tuple[str, ...]:
        """Those of these three shares that the ensemble has."""
        return tuple(name for name in BREADTH if name in self._tallies)

    def tally(self, name: str) -> Tally:
        """Runs counted by the value of one quantity on each day; kept whatever `keep` was.

        Raises
        ------
        KeyError
            The ensemble has no quantity of that name; the message lists those it has.
        """
        if name not in self._tallies:
            raise KeyError(f"no quantity {name!r}; there are {', '.join(self._tallies)}")
        return self._tallies[name]

    def date(self, day: int) -> date | None:
        """Calendar date of a day; None where the scenario has no start date."""
        start = self.scenario.start
        return None if start is None else start + timedelta(days=int(day))

    def summary(self) -> Summary:
        """Sizes, chances and spreads, as `willing run` prints them."""
        return summarise(self)

    def runs_table(self, inputs: bool = False) -> pd.DataFrame:
        """One row a run: sizes, success, force and conditions at the end.

        Parameters
        ----------
        inputs : bool
            Add what was drawn for the run: the climate, the day of a deal and every number of the
            scenario that is a distribution and of no nation, as columns ``input.<name>``.
        """
        from sim.results.tables import runs_table

        self._kept("runs_table()")
        return cast("pd.DataFrame", runs_table(self, by_day=False, inputs=inputs).to_pandas())

    def nations_table(self, inputs: bool = False) -> pd.DataFrame:
        """One row a run and nation: stage at the end, first days, pledges.

        Parameters
        ----------
        inputs : bool
            Add what was drawn for the nation in that run: its stage at the start, disposition,
            support, factors of cost and every other number that is a distribution, as columns
            ``input.<name>``.
        """
        from sim.results.tables import nations_table

        self._kept("nations_table()")
        return cast("pd.DataFrame", nations_table(self, inputs=inputs).to_pandas())

    def days_table(self) -> pd.DataFrame:
        """One row a quantity and day: mean and quantiles over runs."""
        from sim.results.tables import days_table

        table = days_table(self).drop_columns(["top", "values", "runs"])
        return cast("pd.DataFrame", table.to_pandas())

    def save(self, folder: str | Path, overwrite: bool = False) -> None:
        """Write a result folder, whole or not at all; see `sim.store.ensembles`."""
        from sim.store.ensembles import save_results

        save_results(self, folder, overwrite)

    def _repr_html_(self) -> str:
        """The summary with a chart, for notebooks."""
        from sim.report.ensemble import ensemble_html

        return ensemble_html(self)

    def __repr__(self) -> str:
        title = cut(self.scenario.title, LONGEST_NAME) or "untitled"
        sizes = ((self.n_runs, "run"), (len(self.nations), "nation"), (self.n_days, "day"))
        said = ", ".join(counted(number, noun) for number, noun in sizes)
        digest = self.scenario.digest[:12]
        return f"<Ensemble {title!r}: {said}, seed {self.seed}; digest {digest}>"

    @cached_property
    def _tallies(self) -> dict[str, Tally]:
        found = tallies(self.records, self.condition_names, self.kinds)
        return {tally.name: tally for tally in found}

    def _share_by_day(self, name: str) -> NDArray[np.float64]:
        """One of the shares; an error that says why there is none."""
        found = getattr(self._kept(name), name)
        if found is None:
            why = why_undefined(name, self.scenario) or NOT_COUNTED
            raise AttributeError(f"{name} is undefined: {why}")
        whole = n_parts(name, self.scenario)
        shares = np.asarray(found / whole if whole else found)
        shares.flags.writeable = False
        return shares

    def _kept(self, name: str) -> RunRecords:
        """Rows of single runs; an error that says what needs them where they were not kept."""
        if self.records.runs is None:
            raise AttributeError(
                f"{name} needs single runs, and this ensemble was run with keep='summary'; "
                "run it with keep='runs' to have them"
            )
        return self.records.runs


def join(ensembles: Sequence[Ensemble], lazily: bool = False) -> Ensemble:
    """One ensemble from blocks of the same scenario and seed with consecutive run numbers.

    Parameters
    ----------
    ensembles : sequence of Ensemble
    lazily : bool
        Add counts up when they are first asked for. Until then the blocks stay in memory.

    Raises
    ------
    ValueError
        Blocks differ in scenario, seed, engine or what they keep, or leave a gap between runs.
    """
    first = ensembles[0]
    if len(ensembles) == 1:
        return first
    _check_blocks(ensembles)
    records = [block.records for block in ensembles]
    counts: dict[str, Any] = {
        field.name: partial(_added_up, records, field.name)
        for field in fields(Records)
        if field.name.endswith("_counts") and first.records.__dict__[field.name] is not None
    }
    if not lazily:
        counts = {name: added_up() for name, added_up in counts.items()}
    if not first.records.has_stage_counts:
        counts["stage_counts"] = None
    rows = [each.runs for each in records if each.runs is not None]
    columns: dict[str, Any] = {
        name: np.concatenate([getattr(each, name) for each in rows])
        for name in (rows[0].kept() if rows else ())
    }
    return Ensemble(
        first.scenario,
        replace(first.records, runs=RunRecords(**columns) if rows else None, **counts),
        seed=first.seed,
        first_run=first.first_run,
        engine=first.engine,
        command=first.command,
    )


def _check_blocks(ensembles: Sequence[Ensemble]) -> None:
    """Refuse blocks that are not of one scenario and seed, or leave a gap between runs."""
    first = ensembles[0]
    next_run = first.first_run
    for block in ensembles:
        for name in ("seed", "engine", "keep"):
            if getattr(block, name) != getattr(first, name):
                raise ValueError(f"blocks to join differ in {name}")
        if block.records.has_stage_counts != first.records.has_stage_counts:
            raise ValueError("blocks to join differ in stage_counts")
        if block.scenario is not first.scenario and block.scenario.digest != first.scenario.digest:
            raise ValueError("blocks to join differ in their scenario")
        if block.first_run != next_run:
            raise ValueError(f"a block starts at run {block.first_run}, not at run {next_run}")
        next_run += block.n_runs
    if any(
        not np.array_equal(each.records.force_top, first.records.force_top) for each in ensembles
    ):
        raise ValueError("blocks to join count force on different scales")


def _added_up(records: Sequence[Records], name: str) -> NDArray[np.int64]:
    """Counts of blocks, added up."""
    return np.asarray(np.add.reduce([getattr(each, name) for each in records]))
