"""The summary of an ensemble: sizes, chance of success, nations, force and conditions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.core.stages import LEFT
from sim.results.doubt import Doubt, doubt
from sim.results.estimates import Chance, Spread, chance, even_odds_day
from sim.results.format import LONGEST_NAME, counted, cut, json_ready, number
from sim.results.quorum import QuorumChance, quorum_chance
from sim.results.records import SIZE_MEASURES
from sim.results.requirement import requirement_chances
from sim.results.thresholds import thresholds_of

if TYPE_CHECKING:
    from sim.results.ensemble import Ensemble


@dataclass(frozen=True)
class NowAndEnd:
    """A quantity on day 0 and on the last day."""

    now: Spread
    end: Spread


@dataclass(frozen=True)
class SuccessChance:
    """The chance that every threshold holds for `hold` days in a row before the end.

    Attributes
    ----------
    chance : Chance
    thresholds : dict
        What is needed: least public size and shares, members, and the least value of conditions; a
        greatest value as ``<condition>.at_most``.
    hold : int, days
    median_day : int or None
        Day by which half of the runs that succeed have begun to; None where none does.
    """

    chance: Chance
    thresholds: dict[str, float | tuple[str, ...]]
    hold: int
    median_day: int | None


@dataclass(frozen=True)
class NationOutlook:
    """One nation's chances over runs.

    Attributes
    ----------
    nation, name : str
    public : tuple of float
        Chance of being public on each of the summary's `checkpoints`.
    at_end : Chance
        The same on the last day, with its Monte Carlo error.
    left : float
        Chance of having declined or withdrawn by the last day without having returned.
    even_odds_day : int
        First day on which it is public in at least half of the runs; -1 never.
    """

    nation: str
    name: str
    public: tuple[float, ...]
    at_end: Chance
    left: float
    even_odds_day: int


@dataclass(frozen=True)
class Summary:
    """What `willing run` reports of an ensemble; `as_dict` gives it for scripts.

    Attributes
    ----------
    title, digest, engine : str
    n_runs, seed, first_run, n_days : int
    start : str or None
        Calendar date of day 0.
    checkpoints : tuple of int
        Days for which the nations' chances are given.
    size, private_size, firm_size : NowAndEnd, nations
    success : SuccessChance or None
        None where the scenario sets no thresholds.
    quorum : QuorumChance or None
        None where the coalition has no quorum.
    nations : tuple of NationOutlook
        In the order of the scenario.
    by_law : tuple of str
        Ids of the nations whose stage on day 0 the initial law draws.
    joint_draws : str or None
        How many joint draws the scenario has and of what; None without any.
    doubt : tuple of Doubt
        How much of the variance comes from joint draws; empty without them, where single runs were
        not kept, and where too few runs share a draw.
    force : dict of Spread, force units
        At the end, by kind.
    total_force : Spread
    requirement : float or None
        Force at which odds are even, at the end; None where it is random.
    conditions : dict of NowAndEnd
    breadth : dict of NowAndEnd
        Shares of groups and kinds covered and of capacity that is public, those that are defined.
    names : dict of str
        What people call each condition and kind, by ``conditions.<name>`` and ``force.<kind>``.
    force_unit : str
    """

    title: str
    digest: str
    engine: str
    n_runs: int
    seed: int
    first_run: int
    n_days: int
    start: str | None
    checkpoints: tuple[int, ...]
    size: NowAndEnd
    private_size: NowAndEnd
    firm_size: NowAndEnd
    success: SuccessChance | None
    quorum: QuorumChance | None
    nations: tuple[NationOutlook, ...]
    by_law: tuple[str, ...]
    joint_draws: str | None
    doubt: tuple[Doubt, ...]
    force: dict[str, Spread]
    total_force: Spread
    requirement: float | None
    conditions: dict[str, NowAndEnd]
    breadth: dict[str, NowAndEnd]
    names: dict[str, str]
    force_unit: str

    def text(self, nations: str | Sequence[str] | None = None, width: int | None = None) -> str:
        """What `willing run` prints.

        Parameters
        ----------
        nations : str or sequence of str, optional
            Nations to list: ``"all"``, an id or several ids; by default those that go public first.
        width : int, optional
            Columns; by default those of the terminal, up to 96.

        Raises
        ------
        ValueError
            A nation is not in the scenario, or the width is no whole number or too small.
        TypeError
            ``nations`` has another form.
        """
        from sim.report.ensemble import summary_text

        return summary_text(self, nations, width)

    def __repr__(self) -> str:
        sizes = ((self.n_runs, "run"), (len(self.nations), "nation"), (self.n_days, "day"))
        said = ", ".join(counted(count, noun) for count, noun in sizes)
        title = cut(self.title, LONGEST_NAME) or "untitled"
        mean = f"public size at the end {number(self.size.end.mean)}"
        return f"<Summary {title!r}: {said}, seed {self.seed}; {mean}; digest {self.digest[:12]}>"

    def as_dict(self) -> dict[str, Any]:
        """Nested dictionaries, lists, numbers and strings, ready for JSON; None for a NaN."""
        found: dict[str, Any] = json_ready(asdict(self))
        del found["names"], found["force_unit"]
        if self.joint_draws is None:
            del found["joint_draws"]
        if self.doubt:
            found["doubt"] = [_doubt_as_dict(each) for each in self.doubt]
        else:
            del found["doubt"]
        return found

    def _repr_html_(self) -> str:
        """The summary as tables, for notebooks."""
        from sim.report.ensemble import summary_html

        return summary_html(self)


def summarise(ensemble: Ensemble) -> Summary:
    """Summary of an ensemble, but for `doubt` the same whether single runs were kept or not."""
    sizes = {name: _now_and_end(ensemble, name) for name in SIZE_MEASURES}
    scenario = ensemble.scenario
    return Summary(
        title=scenario.title,
        digest=scenario.digest,
        engine=ensemble.engine,
        n_runs=ensemble.n_runs,
        seed=ensemble.seed,
        first_run=ensemble.first_run,
        n_days=ensemble.n_days,
        start=None if scenario.start is None else scenario.start.isoformat(),
        checkpoints=checkpoints(ensemble.n_days),
        success=_success_chance(ensemble),
        quorum=quorum_chance(scenario, ensemble.records.quorum_counts),
        nations=_outlooks(ensemble),
        by_law=tuple(nation.id for nation in scenario.nations if nation.is_by_law),
        joint_draws=None if scenario.draws is None else scenario.draws.summary,
        doubt=doubt(ensemble),
        force={
            kind: ensemble.tally(f"force.{kind}").spread(ensemble.n_days) for kind in ensemble.kinds
        },
        total_force=ensemble.tally("force").spread(ensemble.n_days),
        requirement=_requirement_at_end(ensemble),
        conditions={
            name: _now_and_end(ensemble, f"conditions.{name}") for name in ensemble.condition_names
        },
        breadth={name: _now_and_end(ensemble, name) for name in ensemble.shares},
        names={
            **{f"conditions.{each}": scenario.condition_name(each) for each in scenario.conditions},
            **{f"force.{kind}": scenario.contribution_name(kind) for kind in ensemble.kinds},
        },
        force_unit=scenario.force_unit,
        **sizes,
    )


def _doubt_as_dict(found: Doubt) -> dict[str, Any]:
    """Shares of a variance, each with its error."""
    shares = {"luck": found.luck, "draws": found.draws, **found.parts}
    return {
        "outcome": found.outcome,
        **{name: json_ready(share._asdict()) for name, share in shares.items()},
    }


def checkpoints(n_days: int) -> tuple[int, ...]:
    """Day 0, a sixth of the way, half way, and the last day.

    Examples
    --------
    >>> checkpoints(180)
    (0, 30, 90, 180)
    >>> checkpoints(1)
    (0, 1)
    """
    return tuple(sorted({0, round(n_days / 6), round(n_days / 2), n_days}))


def _now_and_end(ensemble: Ensemble, name: str) -> NowAndEnd:
    tally = ensemble.tally(name)
    return NowAndEnd(tally.spread(0), tally.spread(ensemble.n_days))


def _success_chance(ensemble: Ensemble) -> SuccessChance | None:
    wanted = ensemble.scenario.success
    if wanted is None:
        return None
    thresholds = thresholds_of(wanted, ensemble.condition_names)
    by_day = ensemble.records.success_counts[:-1].cumsum()
    n_hits = int(by_day[-1])
    median = int(np.argmax(2 * by_day >= n_hits)) if n_hits else None
    return SuccessChance(chance(n_hits, ensemble.n_runs), thresholds, wanted.hold, median)


def _outlooks(ensemble: Ensemble) -> tuple[NationOutlook, ...]:
    at_end, n_runs = ensemble.records.stages_at_end(), ensemble.n_runs
    public = ensemble.records.runs_public() / n_runs
    even = even_odds_day(public)
    at_checkpoints = public[list(checkpoints(ensemble.n_days))]
    return tuple(
        NationOutlook(
            nation=nation.id,
            name=nation.name,
            public=tuple(float(share) for share in at_checkpoints[:, index]),
            at_end=chance(round(float(public[-1, index]) * n_runs), n_runs),
            left=float(at_end[index, LEFT] / n_runs),
            even_odds_day=int(even[index]),
        )
        for index, nation in enumerate(ensemble.scenario.nations)
    )


def _requirement_at_end(ensemble: Ensemble) -> float | None:
    """The requirement in force on the last day, where it is one number for all runs."""
    *_, at_end = requirement_chances(ensemble.scenario)
    found = {required for required, _ in at_end}
    required = found.pop()
    return float(required) if isinstance(required, int | float) and not found else None
