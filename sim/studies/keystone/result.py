"""What a study of keystones found: effects of single levers, sets of them, and values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from sim.results.estimates import Chance, Mean
from sim.results.format import counted
from sim.results.labels import quantity_label
from sim.scenario.schema import Scenario
from sim.studies.keystone.changes import OTHERS

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class LeverEffect:
    """What pulling one lever does.

    Attributes
    ----------
    name : str
        Id of the nation, path of the meeting or condition.
    label : str
        What people call it.
    kind : {"nations", "meetings", "conditions"}
    public : Chance or None
        Of a nation: the chance that it is at the stage, or beyond, at the end in the base. This is
        how feasible its announcement is; of a departure, the chance that it is public.
    is_feasible : bool
        Whether that is at least what was asked for; other levers always are.
    open_share : float
        Share of the runs in which the lever changes anything.
    why : str
        Why it changes nothing in any run; empty if it does.
    changes : mapping of str to Mean
        Paired changes against the base by outcome: ``size`` with the mover, ``others``,
        ``success`` if the scenario sets thresholds, and the outcome that was asked for.
    against_never : mapping of str to Mean
        The same against runs in which the nation never comes to the stage; empty where it cannot be
        kept from it, or was not, and of other levers.
    n_reached, n_never : int or None
        Runs of the base in which the nation comes to the stage, and of these those that were also
        made with the nation kept from it; the other runs of the base are that already.
    rank, rank_low, rank_high : int or None
        Among the feasible levers of its kind, with intervals that hold for all of them together.
    ties : tuple of str
        Names of those that it is not told apart from.
    fewer_runs : float
        How many times as many runs the change of the outcome would take with independent luck; NaN
        where it is not known.
    """

    name: str
    label: str
    kind: str
    public: Chance | None
    is_feasible: bool
    open_share: float
    why: str
    changes: Mapping[str, Mean]
    against_never: Mapping[str, Mean]
    n_reached: int | None
    n_never: int | None
    rank: int | None
    rank_low: int | None
    rank_high: int | None
    ties: tuple[str, ...]
    fewer_runs: float


class SharedLuck(NamedTuple):
    """How many times as many runs the changes would take with independent luck.

    Attributes
    ----------
    median, low, high : float
        Over levers of which it is known: the median, the least and the most.
    n_levers : int
    """

    median: float
    low: float
    high: float
    n_levers: int


class NamedStep(NamedTuple):
    """A lever that was added to a set; see `sim.studies.keystone.sets.SetStep`."""

    lever: str
    label: str
    gain: Mean
    total: Mean
    chosen_with: float
    n_measured: int
    n_skipped: int
    n_dropped: int
    ties: tuple[str, ...]


class NamedPair(NamedTuple):
    """Two levers, what they gain together, and beyond what each gains alone."""

    levers: tuple[str, str]
    together: Mean
    beyond: Mean
    is_tied: bool
    """Of all pairs: not told apart from the best."""


@dataclass(frozen=True)
class SetResult:
    """A set of levers that was put together one by one.

    Attributes
    ----------
    n_asked, n_candidates : int
        Size that was asked for, and levers that could be chosen.
    steps : tuple of NamedStep
    interactions : tuple of NamedPair
        Of the pairs of the set.
    n_tested : int
        Comparisons by which diminishing returns were tested.
    rejected : tuple of (str, tuple of str)
        Levers that gain more on top of a set than on top of a smaller one.
    losses : tuple of str
        Levers that lose.
    bound, bound_high : float or None
        The most that any set of the size gains if returns diminish, by the estimates and with their
        errors; None where that is rejected.
    bound_after : int or None
        Size of the set from which it was found.
    """

    n_asked: int
    n_candidates: int
    steps: tuple[NamedStep, ...]
    interactions: tuple[NamedPair, ...]
    n_tested: int
    rejected: tuple[tuple[str, tuple[str, ...]], ...]
    losses: tuple[str, ...]
    bound: float | None
    bound_high: float | None
    bound_after: int | None


class PlayerValue(NamedTuple):
    """The value of a lever as a player.

    Attributes
    ----------
    name, label : str
    bloc : str
        Empty unless players come in blocs.
    value, own, others : Mean
        The value; what of it the nation is itself; and the rest, what it does to the others.
    """

    name: str
    label: str
    bloc: str
    value: Mean
    own: Mean
    others: Mean


@dataclass(frozen=True)
class ValueResult:
    """Values of all levers as players of one game.

    Attributes
    ----------
    kind : {"shapley", "banzhaf", "owen"}
    players : tuple of PlayerValue
        The largest value first; where the outcome is the others, by what they do to these.
    nobody, everybody : Mean
        Worth of no lever and of all.
    n_lucks : int
        Each with an order and its reverse, or a coalition and its complement.
    in_several : tuple of str
        Of Owen's: nations in several groups, which stand in the first of them.
    """

    kind: str
    players: tuple[PlayerValue, ...]
    nobody: Mean
    everybody: Mean
    n_lucks: int
    in_several: tuple[str, ...]


@dataclass(frozen=True)
class Keystone:
    """Whose announcement changes the coalition most. Get one from `sim.keystone`.

    Attributes
    ----------
    scenario : Scenario
    levers : tuple of LeverEffect
        By kind: feasible ones first, the largest effect first; then the others; then those that
        change nothing.
    kinds : tuple of str
    day : int
    stage : str
        That nations are put in.
    outcome : str
        By which levers are ranked, and sets and values are measured.
    sign : int
        -1 where sets and pairs are those that take away most, else 1.
    feasible : float
        From which chance on a nation counts as feasible.
    base : mapping of str to Mean
        Means in the base: ``size``, ``success`` and the outcome.
    shared_luck : SharedLuck or None
    sets : SetResult or None
    pairs : tuple of NamedPair
        All pairs of feasible levers, if they were asked for, the best first.
    values : ValueResult or None
    n_runs, seed : int
    never_share : float
        Of the runs in which a nation comes to the stage, the share that was to be made with the
        nation kept from it.
    command : str
        What made it.
    """

    scenario: Scenario
    levers: tuple[LeverEffect, ...]
    kinds: tuple[str, ...]
    day: int
    stage: str
    outcome: str
    sign: int
    feasible: float
    base: Mapping[str, Mean]
    shared_luck: SharedLuck | None
    sets: SetResult | None
    pairs: tuple[NamedPair, ...]
    values: ValueResult | None
    n_runs: int
    seed: int
    never_share: float
    command: str

    def of_kind(self, kind: str) -> tuple[LeverEffect, ...]:
        """Levers of a kind, in their order."""
        return tuple(lever for lever in self.levers if lever.kind == kind)

    def lever(self, name: str) -> LeverEffect:
        """The lever of a name.

        Raises
        ------
        KeyError
        """
        for each in self.levers:
            if each.name == name:
                return each
        raise KeyError(name)

    def outcome_name(self, kind: str | None = None) -> str:
        """What the outcome is called in a sentence, of levers of a kind; by default of all."""
        if self.outcome == OTHERS:
            beside = "nations" in self.kinds if kind is None else kind == "nations"
            return "the other public nations" if beside else "the public nations"
        if self.outcome == "success":
            return "the chance of success"
        return quantity_label(self.outcome, self.scenario)

    def label_of(self, name: str) -> str:
        """What people call a lever."""
        return self.lever(name).label

    @property
    def never_runs(self) -> tuple[int, int] | None:
        """Fewest and most runs of a nation that were made with it kept from the stage.

        None if none was kept from it.
        """
        made = [each.n_never for each in self.levers if each.n_never is not None]
        return (min(made), max(made)) if made else None

    @property
    def has_all_never_runs(self) -> bool:
        """Whether all were made in which it makes a difference that a nation is kept from it."""
        return all(each.n_never == each.n_reached for each in self.levers)

    def effect_rows(self) -> Iterator[dict[str, Any]]:
        """One row a lever: its chance, its changes with their intervals, its rank."""
        for each in self.levers:
            row: dict[str, Any] = {
                "lever": each.name,
                "label": each.label,
                "kind": each.kind,
                "public": None if each.public is None else each.public.chance,
                "public_low": None if each.public is None else each.public.low,
                "public_high": None if each.public is None else each.public.high,
                "feasible": each.is_feasible,
                "open_share": each.open_share,
                "why": each.why,
                "reached_runs": each.n_reached,
                "never_runs": each.n_never,
                "rank": each.rank,
                "rank_low": each.rank_low,
                "rank_high": each.rank_high,
                "ties": "; ".join(each.ties),
                "fewer_runs": each.fewer_runs,
            }
            for against, changes in (("", each.changes), ("_never", each.against_never)):
                for outcome in self.outcomes:
                    row |= _cells(f"{outcome}{against}", changes.get(outcome))
            yield row

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Outcomes of which there are changes."""
        return tuple(dict.fromkeys(name for each in self.levers for name in each.changes))

    def set_rows(self) -> Iterator[dict[str, Any]]:
        """One row a lever of the set, in the order in which they were added."""
        for number, step in enumerate(self.sets.steps if self.sets else (), 1):
            yield {
                "step": number,
                "lever": step.lever,
                **_cells("gain", step.gain),
                **_cells("total", step.total),
                "chosen_with": step.chosen_with,
                "n_measured": step.n_measured,
                "n_skipped": step.n_skipped,
                "n_dropped": step.n_dropped,
                "ties": "; ".join(step.ties),
            }

    def pair_rows(self) -> Iterator[dict[str, Any]]:
        """One row a pair: all pairs if they were asked for, and those of the set."""
        for of, pairs in (
            ("all", self.pairs),
            ("set", self.sets.interactions if self.sets else ()),
        ):
            for pair in pairs:
                yield {
                    "of": of,
                    "lever": pair.levers[0],
                    "other": pair.levers[1],
                    **_cells("together", pair.together),
                    **_cells("beyond", pair.beyond),
                    "tied": pair.is_tied,
                }

    def value_rows(self) -> Iterator[dict[str, Any]]:
        """One row a player: its value, what of it it is itself, and what it does to the others."""
        for each in self.values.players if self.values else ():
            yield {
                "lever": each.name,
                "label": each.label,
                "bloc": each.bloc,
                **_cells("value", each.value),
                **_cells("own", each.own),
                **_cells("others", each.others),
            }

    def table(self) -> pd.DataFrame:
        """Effects by lever; see `effect_rows`."""
        import pandas as pd  # only for those who ask

        return pd.DataFrame(list(self.effect_rows())).set_index("lever")

    def _repr_html_(self) -> str:
        from sim.report.keystone import keystone_html  # a facade, for notebooks

        return keystone_html(self)

    def __repr__(self) -> str:
        levers, runs = counted(len(self.levers), "lever"), counted(self.n_runs, "run")
        return f"<Keystone of {levers} on day {self.day}: {runs}, seed {self.seed}>"


def _cells(name: str, found: Mean | None) -> dict[str, float | None]:
    """An estimate in three columns."""
    values = (None, None, None) if found is None else found
    return dict(zip((name, f"{name}_low", f"{name}_high"), values, strict=True))
