"""The study of keystones in jobs: blocks of runs with single levers, with sets, and with values."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, TypeVar

import numpy as np

from sim.core.kernel.world import LANES
from sim.core.layout import Reals
from sim.core.stages import DEPLOYED, STAGES
from sim.engines.memory import free_bytes
from sim.results.estimates import Mean, mean_of
from sim.scenario.schema import Scenario
from sim.store.csv_files import csv_text
from sim.store.kinds import KEYSTONE, Kind
from sim.studies.design.outcomes import Outcome, find_outcomes
from sim.studies.jobs.study import (
    Column,
    Columns,
    Job,
    JobStudy,
    Steps,
    cut_into_jobs,
    joined,
)
from sim.studies.keystone.changes import OTHERS
from sim.studies.keystone.effects import Never, Singles, effects_of
from sim.studies.keystone.levers import LeverError, Levers, direction_of
from sim.studies.keystone.result import (
    Keystone,
    NamedPair,
    NamedStep,
    PlayerValue,
    SetResult,
    ValueResult,
)
from sim.studies.keystone.runs import (
    MOST_RUNS_AT_ONCE,
    LeverRunner,
    Lucks,
    Runs,
    first_due,
)
from sim.studies.keystone.sets import (
    Ask,
    Gains,
    Interaction,
    Pair,
    SetSearch,
    all_pairs,
    set_search,
)
from sim.studies.keystone.values import (
    VALUES,
    Bools,
    Worth,
    coalition_marginals,
    order_marginals,
    random_orders,
    uniforms,
)

LEAST_RUNS = 20
"""Fewest runs from which an interval means anything."""

MOST_RUNS = 1_000_000

NEVER_SHARE = 0.06
"""Of the runs in which a nation comes to the stage, how many are also made without it."""

LEAST_NEVER = 30
"""As many are made in any case, if there are so many: means of fewer may be far from normal."""

TABLES = ("effects.csv", "sets.csv", "pairs.csv", "values.csv")

SET_COLUMNS = (
    *("step", "lever", "gain", "gain_low", "gain_high", "total", "total_low", "total_high"),
    *("chosen_with", "n_measured", "n_skipped", "n_dropped", "ties"),
)
PAIR_COLUMNS = (
    *("of", "lever", "other", "together", "together_low", "together_high"),
    *("beyond", "beyond_low", "beyond_high", "tied"),
)
VALUE_COLUMNS = (
    *("lever", "label", "bloc", "value", "value_low", "value_high"),
    *("own", "own_low", "own_high", "others", "others_low", "others_high"),
)

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class KeystoneStudy(JobStudy[LeverRunner, Keystone]):
    """What is asked of a scenario; see `sim.keystone`.

    Attributes
    ----------
    scenario : Scenario
    seed, n_runs : int
    command : str
    kinds : tuple of str
    day : int
    stage : str
    levels : mapping of str to float
    feasible : float
    outcome : str
    n_together : int
        Size of the set that is looked for; 1 for none.
    pairs : bool
    value : str or None
    never_share : float
        Of the runs in which a nation comes to the stage, the share that is also made with the
        nation kept from it; 0 for none.
    """

    kind: ClassVar[Kind] = KEYSTONE

    scenario: Scenario
    seed: int = 0
    n_runs: int = 1000
    command: str = ""
    kinds: tuple[str, ...] = ("nations",)
    day: int = 1
    stage: str = "public"
    levels: Mapping[str, float] = field(default_factory=dict)
    feasible: float = 0.1
    outcome: str = OTHERS
    n_together: int = 1
    pairs: bool = False
    value: str | None = None
    never_share: float = NEVER_SHARE

    @cached_property
    def levers(self) -> Levers:
        """The levers of the scenario."""
        return Levers(self.scenario, self.kinds, self.day, self.stage, self.levels)

    @cached_property
    def held(self) -> tuple[int, ...]:
        """Places of the levers whose nations are also kept from the stage."""
        return self.levers.held if self.never_share > 0 else ()

    @cached_property
    def extra(self) -> Outcome | None:
        """The outcome, if it is none of those that every study has.

        Raises
        ------
        OutcomeError
            The scenario does not have it.
        """
        if self.outcome in (OTHERS, "size"):
            return None
        found = find_outcomes([self.outcome], self.scenario, also=[OTHERS])
        if len(found) > 1:
            raise LeverError("outcome", f"{self.outcome} is more than one; a study has one")
        return None if found[0].name == "success" else found[0]

    def problem(self) -> None:
        """Refuse what makes no sense, and more runs than memory holds.

        Raises
        ------
        LeverError, OutcomeError, MemoryError
        """
        self.levers.check()
        if not LEAST_RUNS <= self.n_runs <= MOST_RUNS:
            raise LeverError("runs", f"{self.n_runs} must be from {LEAST_RUNS} to {MOST_RUNS:,}")
        if not 0 <= self.feasible <= 1:
            raise LeverError("feasible", f"{self.feasible:g} must be from 0 to 1")
        if not 0 <= self.never_share <= 1:
            raise LeverError("never_share", f"{self.never_share:g} must be from 0 to 1")
        if self.n_together < 1:
            raise LeverError("k", f"{self.n_together} must be at least 1")
        n_levers = len(self.levers.found)
        if self.n_together > n_levers:
            raise LeverError("k", f"{self.n_together} must be at most {n_levers}, the levers")
        if self.n_together > 1 or self.pairs:
            self._check_one_direction("k" if self.n_together > 1 else "pairs")
        if self.value is not None and self.value not in VALUES:
            raise LeverError("values", f"{self.value!r} must be one of {', '.join(VALUES)}")
        if self.value == "owen" and not self.scenario.ties.groups:
            raise LeverError("values", "owen takes groups of nations (ties.groups) as blocs: none")
        _ = self.extra
        a_run = 24 * (2 * n_levers + len(self.scenario.nations))
        a_run += 8 * n_levers**2 // 2 if self.pairs else 0
        needed, free = self.n_runs * a_run, free_bytes()
        if free is not None and needed > free:
            raise MemoryError(
                f"{self.n_runs:,} runs of {n_levers:,} levers need {needed / 1e9:,.1f} GB of memory"
                f", and {free / 1e9:,.1f} GB is free: ask for fewer runs"
            )

    def _check_one_direction(self, argument: str) -> None:
        """Refuse sets of levers some of which are to add and others to take away."""
        add = [kind for kind in self.kinds if direction_of(kind, self.stage) > 0]
        take = [kind for kind in self.kinds if kind not in add]
        if add and take:
            raise LeverError(
                argument,
                f"{' and '.join(add)} are ranked by what they add, {' and '.join(take)} by what "
                f"they take away: sets and pairs are of one or the other",
            )

    def options(self) -> dict[str, Any]:
        """What decides the result beside the scenario, the seed and the code."""
        return {
            "runs": self.n_runs,
            "levers": list(self.kinds),
            "day": self.day,
            "move": self.stage,
            "level": dict(self.levels),
            "feasible": self.feasible,
            "outcome": self.outcome,
            "k": self.n_together,
            "pairs": self.pairs,
            "values": self.value,
            "never_share": self.never_share,
        }

    # What a job finds

    def columns(self, job: Job) -> dict[str, Column]:
        """What a job finds, by its name."""
        n_levers, n_nations = len(self.levers.found), len(self.scenario.nations)
        match job.name:
            case "sets":
                return {"gain": Column("float64", len(job.given["sets"]))}
            case "values":
                each = {name: Column("float64", n_levers) for name in ("total", "own")}
                return {**each, "nobody": Column("float64"), "everybody": Column("float64")}
            case "never":
                asked = {name: Column(dtype) for name, dtype in self._asked}
                return {"size": Column("int32"), "own": Column("bool"), **asked}
        found = {
            "base_size": Column("int32"),
            "base_public": Column("bool", n_nations),
            "base_reached": Column("bool", n_nations),
            "open": Column("bool", n_levers),
            "size": Column("int32", n_levers),
            "own": Column("bool", n_levers),
        }
        if self.held:
            found["reaches"] = Column("bool", len(self.held))
        for name, dtype in self._asked:
            found |= {f"base_{name}": Column(dtype), name: Column(dtype, n_levers)}
        return found

    @property
    def _asked(self) -> list[tuple[str, str]]:
        """Outcomes beside sizes, with their types."""
        found = [("success", "bool")] if self.scenario.success else []
        return found if self.extra is None else [*found, (self.extra.name, "float64")]

    def new_memory(self) -> LeverRunner:
        """What one thread works in."""
        return LeverRunner(self.levers, self.extra, self.seed)

    def run(self, memory: LeverRunner, job: Job) -> Columns:
        """Do a job."""
        lucks = Lucks(memory, job.given["first"], job.given["runs"])
        if job.name == "sets":
            return {"gain": self._gains(lucks, job.given["sets"])}
        if job.name == "values":
            return self._values(lucks)
        if job.name == "never":
            return self._never(lucks, job.given["due"])
        return self._singles(lucks)

    def _singles(self, lucks: Lucks) -> Columns:
        base = lucks.base
        found: Columns = {"open": lucks.open, "base_public": base.public}
        found |= {f"base_{name}": column for name, column in self._outcomes(base).items()}
        found["base_reached"] = self._reached(base)
        if self.held:
            found["reaches"] = lucks.reaches
        pulled = [
            {**self._outcomes(runs), "own": self._own(runs, place)}
            for place, runs in enumerate(lucks.each_pulled())
        ]
        return found | {
            name: np.stack([each[name] for each in pulled], axis=1) for name in pulled[0]
        }

    def _never(self, lucks: Lucks, due: Sequence[Sequence[int]]) -> Columns:
        """Runs with one nation kept from the stage, of each run those of the nations due in it."""
        is_due = np.zeros((lucks.n_runs, len(self.held)), dtype=np.bool_)
        for column, runs in zip(is_due.T, due, strict=True):
            column[runs] = True
        made = lucks.held(is_due)
        nations = np.array([self.levers.found[place].nation for place in self.held])
        nation = nations[np.nonzero(is_due)[1]]
        own = np.take_along_axis(made.public, nation[:, None], axis=1)[:, 0]
        return {**self._outcomes(made), "own": own}

    def _outcomes(self, runs: Runs) -> dict[str, Any]:
        found: dict[str, Any] = {"size": runs.size.astype(np.int32)}
        if self.scenario.success:
            found["success"] = runs.success
        return found | ({} if self.extra is None else {self.extra.name: runs.outcome})

    def _own(self, runs: Runs, place: int) -> Bools:
        """Whether the nation of a lever is public at the end; False for other levers."""
        nation = self.levers.found[place].nation
        return runs.public[:, nation] if nation >= 0 else np.zeros(len(runs.public), np.bool_)

    def _reached(self, runs: Runs) -> Bools:
        """Which nations are at the stage or beyond at the end; of departures, which are public."""
        if self.stage == "left":
            return runs.public
        first = STAGES.index(self.stage)
        return np.asarray((runs.stage >= first) & (runs.stage <= DEPLOYED))

    def _gains(self, lucks: Lucks, sets: Sequence[Sequence[int]]) -> Reals:
        """What sets add to the outcome, shape (n_runs, n_sets)."""
        found, base = np.empty((lucks.n_runs, len(sets))), lucks.base
        for column, places in zip(found.T, sets, strict=True):
            pulled = np.zeros(len(self.levers.found), dtype=np.bool_)
            pulled[list(places)] = True
            runs = lucks.play(pulled)
            if self.outcome == OTHERS:  # beside all that are moved
                moved = [self.levers.found[place].nation for place in places]
                rest = [n for n in range(runs.public.shape[1]) if n not in moved]
                column[:] = runs.public[:, rest].sum(axis=1) - base.public[:, rest].sum(axis=1)
            else:
                column[:] = self._worth(runs) - self._worth(base)
        return found

    def _worth(self, runs: Runs) -> Reals:
        """The outcome of each run; of the others, the size."""
        return runs.success.astype(np.float64) if self.outcome == "success" else runs.outcome

    def _values(self, lucks: Lucks) -> Columns:
        levers, names = self.levers, [lever.name for lever in self.levers.found]
        nations = np.array([lever.nation for lever in levers.found])
        counts_itself = (nations >= 0) & (self.outcome in (OTHERS, "size"))

        def game(members: Bools) -> Worth:
            runs = lucks.play(members)
            own = (runs.public[:, nations] & counts_itself).astype(np.float64)
            return Worth(self._worth(runs), own)

        luck = (self.seed, lucks.first_run, lucks.n_runs)
        if self.value == "banzhaf":
            found = coalition_marginals(game, uniforms(names, *luck) < 0.5)
        else:
            blocs = self.blocs if self.value == "owen" else None
            found = order_marginals(game, random_orders(names, *luck, blocs))
        return found._asdict()

    @cached_property
    def blocs(self) -> list[str]:
        """The bloc of each lever: the first group of its nation, or the lever by itself."""
        groups = self.scenario.ties.groups
        return [
            next(
                (f"group {name}" for name, each in groups.items() if lever.name in each.members),
                lever.name,
            )
            if lever.kind == "nations"
            else lever.name
            for lever in self.levers.found
        ]

    # Which jobs there are

    def steps(self) -> Steps[Keystone]:
        """Single levers first; then, of the feasible ones, pairs and a set; then values."""
        n_levers = len(self.levers.found)
        # So many ensembles at most: runs in which a lever changes nothing are not made.
        found = yield list(self._blocks("singles", 0, self.n_runs, 1 + n_levers))
        columns, never = joined(found), None
        if self.held:
            is_made = first_due(columns["reaches"], self.never_share, LEAST_NEVER)
            made = yield list(self._never_jobs(is_made))
            nothing = {name: np.zeros(0) for name in ("size", "own", *dict(self._asked))}
            in_them = joined(made) if made else nothing
            never = Never(self.held, columns["reaches"], is_made, in_them)
        is_chance = self.outcome == "success" or (self.extra is not None and self.extra.is_chance)
        has_success = self.scenario.success is not None
        name = self.outcome if self.extra is None else self.extra.name
        singles = Singles(self.levers, columns, never, has_success, name, is_chance)
        effects, shared_luck = effects_of(singles, self.feasible, self.seed)
        ranked = {each.name for each in effects if each.is_feasible and not each.why}
        places = [at for at, lever in enumerate(self.levers.found) if lever.name in ranked]
        known: Gains = {(place,): self.sign * singles.gains(place) for place in places}
        pairs: tuple[Pair, ...] = ()
        sets = values = None
        if self.pairs and len(places) > 1:
            pairs = yield from self._asked_of(all_pairs(known, self.n_runs))
        if self.n_together > 1 and len(places) > 1:
            most = min(self.n_together, len(places))
            sets = yield from self._asked_of(set_search(known, most, self.n_runs))
        if self.value is not None:
            n_games = 2 * n_levers + (4 if self.value == "banzhaf" else 0)
            found = yield list(self._blocks("values", 0, self.n_runs, n_games))
            values = self._value_result(joined(found))
        base: dict[str, Mean] = {
            outcome: mean_of(singles.columns[f"base_{outcome}"].astype(np.float64))
            for outcome in singles.outcomes
            if outcome != OTHERS
        }
        return Keystone(
            scenario=self.scenario,
            levers=effects,
            kinds=self.kinds,
            day=self.day,
            stage=self.stage,
            outcome=name,
            sign=self.sign,
            feasible=self.feasible,
            base=base,
            shared_luck=shared_luck,
            sets=None if sets is None else self._set_result(sets),
            pairs=tuple(self._named_pair(each.interaction, each.is_tied) for each in pairs),
            values=values,
            n_runs=self.n_runs,
            never_share=self.never_share,
            seed=self.seed,
            command=self.command,
        )

    def _never_jobs(self, is_made: Bools) -> Iterator[Job]:
        """Jobs of runs in which nations are kept from the stage, shape (n_runs, n_held)."""
        a_run = len(self.scenario.nations) * self.scenario.days * len(self.held)
        for begin, runs in cut_into_jobs(self.n_runs, a_run, LANES, MOST_RUNS_AT_ONCE):
            due = is_made[begin : begin + runs]
            if due.any():
                each = [np.flatnonzero(column).tolist() for column in due.T]
                yield Job("never", int(due.sum()), {"first": begin, "runs": runs, "due": each})

    def _blocks(
        self, name: str, first: int, n_runs: int, n_ensembles: int, **given: Any
    ) -> Iterator[Job]:
        """Jobs of a name over some runs, of about the same length."""
        a_run = len(self.scenario.nations) * self.scenario.days * n_ensembles
        for begin, runs in cut_into_jobs(n_runs, a_run, LANES, MOST_RUNS_AT_ONCE):
            yield Job(name, runs * n_ensembles, {"first": first + begin, "runs": runs, **given})

    def _asked_of(
        self, search: Generator[Ask, Reals, Answer]
    ) -> Generator[list[Job], list[Columns], Answer]:
        """What a search finds, whose questions are answered by jobs."""
        answer: Any = None
        while True:
            try:
                ask = search.send(answer)
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]
            sets = [list(each) for each in ask.sets]
            jobs = self._blocks("sets", ask.first_run, ask.n_runs, 1 + len(sets), sets=sets)
            found = yield list(jobs)
            answer = self.sign * joined(found)["gain"]

    @property
    def sign(self) -> int:
        """-1 where all levers are to take away as much as they can, else 1."""
        return max(direction_of(kind, self.stage) for kind in self.kinds)

    def n_expected(self) -> int:
        """How many runs all jobs may take, about."""
        n_levers = len(self.levers.found)
        expected: float = 1 + n_levers
        if self.held:  # as if nations came to the stage in half of the runs
            share = max(self.never_share, LEAST_NEVER / (self.n_runs / 2))
            expected += len(self.held) * min(1.0, share) / 2
        expected += n_levers * (n_levers - 1) // 2 if self.pairs else 0
        expected += n_levers * (self.n_together - 1) // 3
        expected += 2 * n_levers if self.value is not None else 0
        return int(expected * self.n_runs)

    # What is found

    def _turned(self, found: Mean) -> Mean:
        """An estimate of what is searched for as one of the outcome."""
        if self.sign > 0:
            return found
        return Mean(-found.mean, -found.high, -found.low)

    def _names(self, places: Iterable[int]) -> tuple[str, ...]:
        return tuple(self.levers.found[place].name for place in places)

    def _named_pair(self, found: Interaction, is_tied: bool = False) -> NamedPair:
        one, other = self._names(found.pair)
        return NamedPair(
            (one, other), self._turned(found.together), self._turned(found.beyond), is_tied
        )

    def _set_result(self, found: SetSearch) -> SetResult:
        steps = list[NamedStep]()
        for step in found.steps:
            lever = self.levers.found[step.lever]
            told = step._asdict() | {
                "lever": lever.name,
                "label": lever.label,
                "gain": self._turned(step.gain),
                "total": self._turned(step.total),
                "chosen_with": self.sign * step.chosen_with,
                "ties": self._names(step.ties),
            }
            steps.append(NamedStep(**told))
        bound, returns = found.bound, found.returns
        return SetResult(
            n_asked=self.n_together,
            n_candidates=len(found.candidates),
            steps=tuple(steps),
            interactions=tuple(map(self._named_pair, found.interactions)),
            n_tested=returns.n_tested,
            rejected=tuple(
                (self._names([lever])[0], self._names(base)) for lever, base in returns.rejected
            ),
            losses=self._names(returns.losses),
            bound=None if bound is None else self.sign * bound.most,
            bound_high=None if bound is None else self.sign * bound.high,
            bound_after=None if bound is None else bound.after,
        )

    def _value_result(self, columns: Columns) -> ValueResult:
        total, own = columns["total"], columns["own"]
        blocs = self.blocs if self.value == "owen" else [""] * len(self.levers.found)
        players = [
            PlayerValue(
                lever.name,
                lever.label,
                bloc.removeprefix("group ") if bloc != lever.name else "",
                mean_of(total[:, place]),
                mean_of(own[:, place]),
                mean_of(total[:, place] - own[:, place]),
            )
            for place, (lever, bloc) in enumerate(zip(self.levers.found, blocs, strict=True))
        ]
        groups = [set(group.members) for group in self.scenario.ties.groups.values()]
        several = [p.name for p in players if sum(p.name in members for members in groups) > 1]
        return ValueResult(
            kind=str(self.value),
            players=tuple(sorted(players, key=self._by_value)),
            nobody=mean_of(columns["nobody"]),
            everybody=mean_of(columns["everybody"]),
            n_lucks=len(total),
            in_several=tuple(several) if self.value == "owen" else (),
        )

    def _by_value(self, player: PlayerValue) -> float:
        """What players are sorted by; where the outcome is the others, what they do to these."""
        return -self.sign * (player.others if self.outcome == OTHERS else player.value).mean

    def tables(self, result: Keystone) -> dict[str, str]:
        """Texts of the tables that the folder holds of a result, by name of file."""
        effects = list(result.effect_rows())
        found = (
            (tuple(effects[0]), effects),
            (SET_COLUMNS, list(result.set_rows())),
            (PAIR_COLUMNS, list(result.pair_rows())),
            (VALUE_COLUMNS, list(result.value_rows())),
        )
        return {
            name: csv_text([columns, *([row[column] for column in columns] for row in rows)])
            for name, (columns, rows) in zip(TABLES, found, strict=True)
        }
