"""The coalition as a Mesa model: readable and slow, with the same bits as the compiled kernel.

Methods have the names of the kernel's functions, so that the two can be read side by side.
"""

from __future__ import annotations

import os
from typing import NamedTuple

import mesa
import numpy as np

from sim.core.draws import CLIMATE, fill_condition_noise, one_uniform
from sim.core.draws import DEAL as DEAL_PURPOSE
from sim.core.elementary import exp, log_odds, logistic, normal_quantile
from sim.core.event_kinds import (
    CHANGES_REQUIREMENT,
    CONVENES,
    DEAL,
    JUMPS,
    LIST,
    MOVE,
    REOPENS_PLEDGES,
    SHIFTS_SUPPORT,
    SHIFTS_TARGET,
)
from sim.core.layout import (
    OF_CONVENED,
    OF_DEFECTION,
    OF_FATIGUE,
    OF_MOMENTUM,
    REQUIREMENT,
    Inputs,
    Integers,
)
from sim.core.rules.events import (
    jump_of,
    meeting_weight,
    requirement_after,
    support_after,
    target_shift,
)
from sim.core.rules.fixed_point import units_scale, whole_units
from sim.core.rules.influence import convened_after, freshness_after
from sim.core.rules.pledges import FORCE_UNIT
from sim.core.rules.success import NEVER
from sim.core.rules.tempo import log_tempo
from sim.core.stages import (
    DEPLOYED,
    EXIT,
    FORWARD,
    LEFT,
    N_DAILY,
    N_TRAITS,
    PLEDGED,
    PUBLIC_COUNT,
    PUBLIC_WEIGHT,
    STAGES,
    Features,
)
from sim.engines.memory import checked_arrays
from sim.engines.mesa.agents import Nation, SharedFeatures
from sim.engines.mesa.behaviour import moves_of
from sim.engines.mesa.calendar import Calendar, ScheduledEvent
from sim.engines.mesa.daily_rules import (
    adequacy,
    answer_to_coalition,
    answer_to_other,
    is_firm,
    is_private,
    is_public,
    next_log_odds,
    quorum_holds,
    remembered,
    share_covered,
    takes_part,
    target,
)
from sim.engines.mesa.logbook import Day, Logbook
from sim.engines.request import checked_run
from sim.scenario.arrays.numbers import Arrays, inputs_of_run
from sim.scenario.load import scenario_of
from sim.scenario.quorums import COALITION
from sim.scenario.schema import Scenario

REPORTED = {
    name: name
    for name in ("day", "public_size", "private_size", "firm_size", "total_force", "success_day")
}
"""What the model's data collector reports after each step, for Mesa's own tools."""


class ConditionInputs(NamedTuple):
    """What moves the conditions day by day, in Python's own numbers; see `Inputs`."""

    speed: list[float]
    volatility: list[float]
    to_force: list[float]
    to_public_share: list[float]
    response: list[list[float]]


class CoalitionModel(mesa.Model):  # type: ignore[misc]
    """One run of a scenario.

    Parameters
    ----------
    scenario : Scenario, or str or path
        A scenario, or the file or shipped name of one.
    seed, run : int
        The run of `sim.run` with this seed and this run number. A seed of None counts as 0:
        `mesa.batch_run` hands it in where it is given no ``rng``.
    nation_class : type
        `Nation` or a subclass of it.
    arrays : Arrays, optional
        The scenario's arrays, to make them once for many runs.

    Attributes
    ----------
    day : int
        0 after construction; `step` adds one. `running` turns False after the last day.
    nations : list of Nation, in file order
    public_size, private_size, firm_size : int
        Nations in stages 3 to 5, 2 to 5, and 4 to 5.
    conditions : list of float
    force : ndarray of int64, shape (n_kinds,)
        Public force in units of 2**-30.
    requirement : float, force units
        Force at which the odds of success are even.
    adequacy : float
        Odds of success as a share, from the force and the requirement.
    momentum, defection : float, nations
        Memories of those who went public, and of those who left in public.
    freshness : float
        Factor of the weight of the next meeting or trigger, 1 where meetings do not tire.
    climate : float
        Random, drawn once a run: what all nations share in their inclination.
    deal : ScheduledEvent or None
        The peace deal in force.
    shifts : list of float
        Sums of the signals in force today, log-odds of each condition; the last, of ln tempo.
    jumps : list of float, one a condition, log-odds
        Sums of today's shocks and proposals.
    log_tempo : float
        Natural logarithm of the tempo today, signals included.
    moves : list of (Move, Move)
        The move forward and the exit move of every stage.
    features : ndarray, shape (n_features,)
        Room for the features of one nation, as compiled rules take them.
    collects : bool
        False for a model of which only the logbook is read: the data collector collects nothing.
    is_watched : bool
        False if only the logbook is read and nations are of the class `Nation` itself. They then
        need not look at what makes no difference by its rules.
    has_own_view, has_own_quorums, has_own_risks, has_own_hazards, has_own_moves : bool
        Whether the class of nations has rules of its own for what they see, for their quorums, for
        whether a move is open, for hazards and for moves. Such rules are asked every day.
    sides : list of tuple of int
        By stage, which moves nations consider there, forward, exit, both or none: those that the
        behaviour names, or a subclass has a rule of its own for.
    crossing : dict
        Nations that have crossed a threshold today, as its keys, in the order of the file.
    is_felt, is_seen : Features of bool
        Which features have a coefficient, and which of them nations look at.
    shared : tuple or None
        While nations consider, what `shared_features` returns.
    is_as_yesterday : bool
        True while nations consider if all that their hazards rest on, but what is a nation's own,
        is as it was yesterday.
    logbook : Logbook
    weight_units, public_weight : list
        Weights that quorums count, of each nation and of the public ones, in fixed point.

    Raises
    ------
    ValueError
        The seed or the run is out of range.
    ScenarioError, TypeError
        There is no such scenario, or it is something else.

    Examples
    --------
    >>> import sim
    >>> model = sim.CoalitionModel(sim.load_scenario("paris_2025"), seed=1, run=7)
    >>> model.step()
    >>> model.day, model.public_size >= 2
    (1, True)
    """

    scenario: Scenario = None  # type: ignore[assignment] # hides a property of Mesa 3.5
    collects = True
    requirement: float
    adequacy: float
    public_share: float
    public_size: int
    private_size: int
    firm_size: int
    n_went_public: int
    n_left_public: int
    momentum: float
    defection: float
    freshness: float
    deal: ScheduledEvent | None
    shifts: list[float]
    jumps: list[float]
    log_tempo: float
    conditions: list[float]
    condition_inputs: ConditionInputs
    pledging: list[tuple[float, Nation]]
    stages: list[int]
    considering: list[Nation]
    crossing: dict[Nation, None]
    resting: list[Nation]
    is_eventful = False
    is_as_yesterday = False
    shared: SharedFeatures | None = None
    outlook: tuple[object, ...] = ()

    def __init__(
        self,
        scenario: Scenario | str | os.PathLike[str],
        seed: int | None = 0,
        run: int = 0,
        nation_class: type[Nation] = Nation,
        arrays: Arrays | None = None,
    ) -> None:
        seed, run = checked_run(0 if seed is None else seed, run)
        super().__init__(rng=seed)
        self.agent_id_counter = 1
        self.scenario = scenario = scenario_of(scenario)
        arrays = arrays or checked_arrays(scenario)
        self.structure = arrays.structure
        self.inputs: Inputs = inputs_of_run(arrays, seed, run)
        self.seed_key, self.run_key = np.uint64(seed), np.uint64(run)
        self.n_nations, self.n_kinds = self.structure.start_pledge.shape
        self.day = 0
        self._init_shared()
        self._prepare_behaviour(nation_class)
        self._prepare_capacities()
        self._prepare_quorums()
        self._start_conditions()
        self.calendar = Calendar(scenario, self.inputs)
        self.n_changes_of_public, self.has_moved = 0, True
        self.nations = [nation_class(self, index) for index in range(self.n_nations)]
        self.logbook = Logbook(self.structure)
        self.datacollector = mesa.DataCollector(model_reporters=dict(REPORTED))
        self._start()

    def register_agent(self, agent: mesa.Agent) -> None:
        """Take in an agent, a nation or another, and number it within this model, from 1 on.

        Mesa before 3.5 counts in a dictionary of its class of agents, whose keys are models: it
        keeps every model with all its days until Python ends. Here the model counts, as in 3.5.
        """
        counters = getattr(mesa.Agent, "_ids", None)
        if counters is not None:
            counters.pop(self, None)
            agent.unique_id = self.agent_id_counter
            self.agent_id_counter += 1
        super().register_agent(agent)

    # A day

    def step(self) -> None:
        """Let one day pass.

        Raises
        ------
        RuntimeError
            The last day has passed.
        """
        self._refuse_after_last_day()
        self.day += 1
        self.momentum = remembered(self.momentum, self.n_went_public, self.keep_momentum)
        self.defection = remembered(self.defection, self.n_left_public, self.keep_defection)
        self.n_went_public = self.n_left_public = 0
        self.apply_events()
        self.step_conditions()
        self.update_adequacy()
        self.note_stages()
        self.note_outlook()
        self.crossing = {}
        for nation in self.considering:
            nation.consider()
        self.shared, self.is_as_yesterday = None, False
        if self.n_meetings > 0:
            for nation in self.resting:
                nation.forget_meetings()
        for nation in self.considering if self.has_own_moves else self.crossing:
            nation.decide()
        self.make_pledges()
        self.update_adequacy()
        self.end_day()

    def _refuse_after_last_day(self) -> None:
        if self.day >= self.structure.n_days:
            raise RuntimeError(
                f"the run ended on day {self.day}, its last; for another run make another model"
            )

    def _advance_time(self, until: float) -> None:
        """Refuse as `step` does: Mesa, from 3.5 on, plans no further step once one has failed."""
        self._refuse_after_last_day()
        super()._advance_time(until)

    def run_to_end(self) -> None:
        """Let all days pass."""
        while self.running:
            self.step()

    def step_conditions(self) -> None:
        """Move every condition by a day, from yesterday's coalition and conditions."""
        inputs, yesterday = self.condition_inputs, self.conditions
        for condition, log_odds_yesterday in enumerate(self.log_odds):
            self.log_odds[condition] = next_log_odds(
                log_odds_yesterday,
                self._target_of(condition, yesterday),
                inputs.speed[condition],
                inputs.volatility[condition],
                self.noise[condition][self.day],
                self.jumps[condition],
            )
        self.conditions = [logistic(odds) for odds in self.log_odds]

    def note_stages(self) -> None:
        """Note who is where and has moves to consider, if that has changed."""
        if not self.has_moved:
            return
        self.has_moved = False
        self.stages = [nation.stage for nation in self.nations]
        self.considering, self.resting = self.nations, []
        if not self.is_watched:
            self.considering = [nation for nation in self.nations if self.sides[nation.stage]]
            self.resting = [nation for nation in self.nations if not self.sides[nation.stage]]

    def note_outlook(self) -> None:
        """Note whether all that hazards rest on, but what is a nation's own, is as yesterday."""
        is_felt, is_seen, before = self.is_felt, self.is_seen, self.outlook
        momentum, defection, adequacy, deal, tempo = self.shared = self.shared_features()
        self.outlook = (
            self.public_size,
            self.n_changes_of_public,
            self.conditions if is_seen.prospects or is_seen.pressure else None,
            self.climate,
            momentum if is_felt.momentum else 0.0,
            defection if is_felt.defection else 0.0,
            adequacy if is_felt.adequacy else 0.0,
            deal,
            tempo,
        )
        self.is_as_yesterday = self.outlook == before and not self.has_own_view

    def shared_features(self) -> SharedFeatures:
        """Return the features that are the same for all nations, as they are now."""
        return (
            self.momentum / self.n_nations,
            self.defection / self.n_nations,
            self.adequacy,
            0.0 if self.deal is None else 1.0,
            self.log_tempo,
        )

    def make_pledges(self) -> None:
        """Let those who pledged today choose, in order; then those who reconsider."""
        if self.pledging:
            for _, nation in sorted(self.pledging, key=lambda waiting: waiting[0]):
                if nation.pledged_on < 0 and nation.is_firm:
                    self.set_pledge(nation, nation.choose_contributions())
            self.pledging = []
        if self.is_watched or self.is_eventful:
            for nation in self.nations:
                if nation.attends and nation.stage == PLEDGED and nation.pledged_on < self.day:
                    self.set_pledge(nation, nation.choose_contributions())

    def end_day(self) -> None:
        """End what lasts for a day only, and record the day."""
        if self.is_watched or self.is_eventful:
            for nation in self.nations:
                nation.is_held = nation.attends = False
                nation.listed = 0.0
        self._record_day()
        if self.collects:
            self.datacollector.collect(self)
        self.running = self.day < self.structure.n_days

    def __repr__(self) -> str:
        title = " ".join(self.scenario.title.split())[:60] or "untitled"
        at = f"day {self.day} of {self.structure.n_days}, public size {self.public_size}"
        return f"<{type(self).__name__} {title!r}: run {self.run_key}, seed {self.seed_key}, {at}>"

    # What happens to the coalition

    def enter_stage(self, nation: Nation, stage: int) -> None:
        """Move a nation to another stage; those with ties to it see it."""
        before = nation.stage
        self.logbook.record_move(self.day, nation.index, before, stage)
        self._add_to_sizes(before, -1)
        self._add_to_sizes(stage, 1)
        if is_public(stage) and not is_public(before):
            self.n_went_public += 1
            self._add_to_public(nation, 1)
        if is_public(before) and not is_public(stage):
            self._add_to_public(nation, -1)
            self.n_left_public += 1 if stage == LEFT else 0
        if nation.pledged_on >= 0 and not is_firm(stage):
            self.set_pledge(nation, np.zeros(self.n_kinds, dtype=np.int64))
            nation.pledged_on = NEVER
        nation.enter_stage(stage)
        self.has_moved = True

    def add_to_pledging(self, nation: Nation, moment: float) -> None:
        """Let a nation choose a pledge at the end of the day, in the order of moments."""
        self.pledging.append((moment, nation))

    def set_pledge(self, nation: Nation, pledge: Integers) -> None:
        """Replace a nation's pledge."""
        self.force += pledge - nation.pledge
        self.force_units = self.force.tolist()
        self.total_units = sum(self.force_units)
        self.n_kinds_covered = sum(units > 0 for units in self.force_units)
        nation.pledge = pledge
        if nation.pledged_on < 0:
            nation.pledged_on = self.day

    def update_adequacy(self) -> None:
        """Measure the adequacy of the public force as it is now."""
        self.adequacy = adequacy(self.total_force, self.requirement)

    @property
    def total_force(self) -> float:
        """Public force of all kinds, force units."""
        return self.total_units * FORCE_UNIT

    @property
    def groups_covered(self) -> float:
        """Share of the groups that have a public member; not a number without groups."""
        return share_covered(self.n_groups_covered, self.structure.groups.n_groups)

    @property
    def kinds_covered(self) -> float:
        """Share of the kinds of contribution that are pledged; not a number without kinds."""
        return share_covered(self.n_kinds_covered, self.n_kinds)

    @property
    def capacity_public(self) -> float:
        """Share of all capacity that public nations have; not a number where there is none."""
        return share_covered(float(self.public_capacity), float(self.all_capacity))

    @property
    def success_day(self) -> int:
        """First day of the first stretch on which every threshold held; -1 until then."""
        return self.logbook.success_day

    @property
    def quorum_day(self) -> int:
        """First day at whose end the coalition's quorum held; -1 until then, or without one."""
        return self.logbook.quorum_day

    def public_part(self, quorum: int) -> tuple[int, int]:
        """Return what a quorum counts as public, and the whole that it is a part of.

        A nation's quorum counts the other nations, the coalition's counts all. Of a number, the
        whole is 1.
        """
        quorums, number = self.structure.quorums, int(self.structure.quorums.nation[quorum])
        nation = self.nations[number] if number >= 0 else None
        is_counted = nation is not None and nation.is_public
        if quorums.kind[quorum] == PUBLIC_WEIGHT:
            row = int(quorums.row[quorum])
            units = self.weight_units[row]
            own = units[number] if is_counted else 0
            return self.public_weight[row] - own, sum(units)
        public = self.public_size - (1 if is_counted else 0)
        if quorums.kind[quorum] == PUBLIC_COUNT:
            return public, 1
        return public, self.n_nations - (0 if nation is None else 1)

    def is_met(self, quorum: int) -> bool:
        """Return whether what one quorum asks for holds as nations stand now."""
        part, whole = self.public_part(quorum)
        return bool(quorum_holds(float(part), float(whole), float(self.inputs.quorum[quorum])))

    def quorum_holds(self) -> bool:
        """Return whether the coalition has a quorum and all that it asks for holds."""
        asked = self.quorums_of[COALITION]
        return bool(asked) and all(map(self.is_met, asked))

    @property
    def has_deal(self) -> bool:
        """Whether a peace deal is in force."""
        return self.deal is not None

    # Dated events

    def apply_events(self) -> None:
        """Let today's events take effect: moves, then deals, then meetings and the rest."""
        if not self.calendar.events:
            return
        self.jumps = [0.0] * len(self.conditions)
        events = self.calendar.due(self.day)
        self.is_eventful = bool(events)
        for event in events:
            if event.number == MOVE:
                self.set_stage(event)
        self.update_deal()
        for event in events:
            self.apply_event(event)
        self.update_shifts()

    def apply_event(self, event: ScheduledEvent) -> None:
        """Let one event take effect that is no move; deals and signals are followed day by day."""
        if event.number in CONVENES:
            self.convene(event)
        if event.number == LIST:
            self.publish_list(event)
        if event.number in SHIFTS_SUPPORT:
            self.shift_support(event)
        if event.number in CHANGES_REQUIREMENT:
            self.change_requirement(event)
        if event.number in JUMPS:
            self.apply_jump(event)

    def apply_past_events(self) -> None:
        """Feed momentum and the memory of meetings with the events on or before day 0."""
        announced: set[Nation] = set()
        for day in range(self.calendar.first_day, 1):
            self.momentum = remembered(self.momentum, self.n_went_public, self.keep_momentum)
            self.n_went_public = 0
            for event in self.calendar.due(day):
                if event.number == MOVE:
                    newcomers = set(self.nations_of(event)) - announced
                    announced |= newcomers
                    self.n_went_public += len(newcomers)
                elif event.number in CONVENES:
                    self.convene(event)
            for nation in self.nations:
                nation.forget_meetings()
                nation.attends = False

    def nations_of(self, event: ScheduledEvent) -> list[Nation]:
        """Return the nations that an event names, in file order."""
        return [self.nations[index] for index in event.nations]

    def set_stage(self, event: ScheduledEvent) -> None:
        """Set the stage of nations; no move is open to them until tomorrow."""
        stage = STAGES.index(event.event.to)
        for nation in self.nations_of(event):
            if nation.stage == stage:
                continue
            nation.is_held = True
            self.enter_stage(nation, stage)
            if is_firm(stage) and event.pledge is not None and self.n_kinds > 0:
                self.set_pledge(nation, nation.stated_pledge(event.pledge))
            elif is_firm(stage) and nation.pledged_on < 0:
                self.add_to_pledging(nation, float(nation.index - self.n_nations))

    def update_deal(self) -> None:
        """Sign the deals that are signed today, and end the one that collapses today."""
        had_deal = self.has_deal
        if self.deal is not None and self.deal.until <= self.day:
            self.deal = None
        for event in self.calendar.in_force((DEAL,), self.day):
            if self.deal is None and self.is_signed_today(event):
                self.deal = event
        if had_deal and self.deal is None:
            self.recall_deployed()

    def is_signed_today(self, event: ScheduledEvent) -> bool:
        """Return whether a deal that is still open is signed today."""
        return (
            one_uniform(self.seed_key, self.run_key, event.key, DEAL_PURPOSE, self.day)
            < event.first
        )

    def recall_deployed(self) -> None:
        """Set deployed nations back to pledged after a deal collapsed."""
        for nation in self.nations:
            if nation.stage == DEPLOYED:
                nation.is_held = self.is_eventful = True
                self.enter_stage(nation, PLEDGED)

    def convene(self, event: ScheduledEvent) -> None:
        """Let nations attend a meeting or feel a trigger; the next weighs less by the fatigue."""
        weight = meeting_weight(event.number, event.first) * self.freshness
        for nation in self.attending(event):
            nation.convened = convened_after(nation.convened, weight)
            nation.attends = nation.attends or event.number in REOPENS_PLEDGES
        fatigue = float(self.inputs.memory[OF_FATIGUE])
        self.n_meetings += 1
        self.freshness = freshness_after(self.freshness, fatigue)

    def attending(self, event: ScheduledEvent) -> list[Nation]:
        """Return the nations that attend a meeting: those named, or of all those who take part."""
        named = self.nations_of(event)
        return [each for each in named if not event.names_all or takes_part(each.stage)]

    def publish_list(self, event: ScheduledEvent) -> None:
        """Let the nations that a list covers know that names come out today."""
        for nation in self.nations_of(event):
            nation.listed = 1.0

    def shift_support(self, event: ScheduledEvent) -> None:
        """Shift the domestic support of nations, within [0, 1]."""
        for nation in self.nations_of(event):
            nation.support = support_after(event.number, nation.support, event.first)

    def change_requirement(self, event: ScheduledEvent) -> None:
        """Change the force that is needed."""
        self.requirement = requirement_after(event.number, self.requirement, event.first)

    def apply_jump(self, event: ScheduledEvent) -> None:
        """Add a shock, or the response to a proposal, to today's jump of a condition."""
        jump = jump_of(event.number, event.first, event.second, self.adequacy)
        self.jumps[event.condition] += jump

    def update_shifts(self) -> None:
        """Add up the signals in force today, by condition; those of tempo come last."""
        self.shifts = [0.0] * (len(self.conditions) + 1)
        for event in self.calendar.in_force(SHIFTS_TARGET, self.day):
            self.shifts[event.condition] += target_shift(event.number, event.first)
        self.log_tempo = float(log_tempo(float(self.inputs.tempo[0]), self.shifts[-1]))

    # What the day is made of

    def _target_of(self, condition: int, yesterday: list[float]) -> float:
        inputs = self.condition_inputs
        from_coalition = answer_to_coalition(
            inputs.to_force[condition],
            self.adequacy,
            inputs.to_public_share[condition],
            self.public_share,
        )
        from_others = 0.0
        for response, other in zip(inputs.response[condition], yesterday, strict=True):
            from_others = answer_to_other(from_others, response, other)
        return target(
            self.level_odds[condition], from_coalition, from_others, self.shifts[condition]
        )

    def _prepare_behaviour(self, nation_class: type[Nation]) -> None:
        self.moves = moves_of(self.inputs)
        self.features = np.empty(N_DAILY)
        has_own = (
            nation_class.overrides("forward_hazard", "is_at_risk"),
            nation_class.overrides("exit_hazard", "is_at_risk"),
        )
        self.sides: list[tuple[int, ...]] = [
            tuple(side for side in (FORWARD, EXIT) if by_side[side].rate > 0.0 or has_own[side])
            for by_side in self.moves
        ]
        has_coefficient = self.inputs.coefficient[:, :, N_TRAITS:].any(axis=(0, 1))
        self.is_felt = Features(*np.atleast_1d(has_coefficient).tolist())
        overrides = nation_class.overrides
        self.has_own_view = overrides("features", "prospects", "pressure", "peers", "is_public")
        self.has_own_quorums = overrides("quorum_holds", "unmet_quorums")
        self.has_own_risks = self.has_own_quorums or overrides("is_at_risk", "traits")
        self.has_own_hazards = self.has_own_risks or overrides("forward_hazard", "exit_hazard")
        self.has_own_moves = overrides("consider", "decide")
        self.is_watched = self.collects or nation_class is not Nation
        self.is_seen = Features(*(True,) * N_DAILY) if self.is_watched else self.is_felt

    def _add_to_sizes(self, stage: int, step: int) -> None:
        self.public_size += step if is_public(stage) else 0
        self.private_size += step if is_private(stage) else 0
        self.firm_size += step if is_firm(stage) else 0

    def _add_to_public(self, nation: Nation, step: int) -> None:
        """Add a nation to all that is summed up over public nations, or take it out again."""
        self.n_changes_of_public += 1
        structure, index = self.structure, nation.index
        ties, groups = structure.ties, structure.groups
        # The ties of those that watch it, beyond those that all have; then what quorums count.
        for entry in range(ties.start[index], ties.start[index + 1]):
            watcher = self.nations[ties.watcher[entry]]
            watcher.public_ties_beyond_base += step * int(ties.extra[entry])
        for row, units in enumerate(self.weight_units):
            self.public_weight[row] += step * units[index]
        for group in groups.of[groups.start[index] : groups.start[index + 1]]:
            self.public_members[group] += step
        self.n_groups_covered = sum(members > 0 for members in self.public_members)
        self.public_capacity += step * self.capacity_units[index]

    def _record_day(self) -> None:
        self.note_stages()
        self.public_share = self.public_size / self.n_nations
        self.logbook.record_day(
            Day(
                (self.public_size, self.private_size, self.firm_size),
                self.stages,
                [*self.conditions],
                [*self.force_units, self.total_units],
                self.n_groups_covered,
                self.n_kinds_covered,
                self.capacity_public,
            )
        )
        self.logbook.record_success(self.day, self.requirement)
        self.logbook.record_quorum(self.day, self.quorum_holds())

    # Day 0

    def _init_shared(self) -> None:
        inputs = self.inputs
        climate = one_uniform(self.seed_key, self.run_key, self.structure.climate_key, CLIMATE, 0)
        given = float(inputs.given_climate[0])
        self.climate = float(normal_quantile(climate)) if np.isnan(given) else given
        self.momentum = self.defection = 0.0
        self.n_meetings, self.freshness = 0, 1.0
        self.n_went_public = self.n_left_public = 0
        self.public_size = self.private_size = self.firm_size = 0
        self.requirement = float(inputs.commitment[REQUIREMENT])
        self.keep_momentum = float(exp(-1.0 / float(inputs.memory[OF_MOMENTUM])))
        self.keep_defection = float(exp(-1.0 / float(inputs.memory[OF_DEFECTION])))
        self.keep_convened = float(exp(-1.0 / float(inputs.memory[OF_CONVENED])))
        self.deal = None
        self.crossing = {}

    def _prepare_capacities(self) -> None:
        self.capacity_force = self.inputs.weight * self.inputs.capacity
        self.capacity_total = np.zeros(self.n_nations)
        for kind in range(self.n_kinds):
            self.capacity_total += self.capacity_force[:, kind]
        self.largest_capacity = float(self.capacity_total.max())
        scale = units_scale(self.largest_capacity)
        self.capacity_units = [int(whole_units(each, scale)) for each in self.capacity_total]
        self.all_capacity, self.public_capacity = sum(self.capacity_units), 0
        self.public_members = [0] * self.structure.groups.n_groups
        self.n_groups_covered = 0
        self.force = np.zeros(self.n_kinds, dtype=np.int64)
        self.force_units = [0] * self.n_kinds
        self.total_units = self.n_kinds_covered = 0
        self.pledging = []

    def _prepare_quorums(self) -> None:
        quorums = self.structure.quorums
        self.quorums_of: dict[int, list[int]] = {COALITION: []}
        self.has_quorums = self.has_own_quorums or quorums.nation.size > 0
        for quorum, nation in enumerate(quorums.nation.tolist()):
            self.quorums_of.setdefault(nation, []).append(quorum)
        self.weight_units: list[list[int]] = []
        self.public_weight = [0] * quorums.weight_first.size
        if self.public_weight:
            flat = np.concatenate([part.ravel() for part in self.inputs])
            places = np.arange(self.n_nations)
            for first, step in zip(quorums.weight_first, quorums.weight_step, strict=True):
                weights = flat[first + step * places].tolist()
                scale = units_scale(max(weights))
                self.weight_units.append([int(whole_units(each, scale)) for each in weights])

    def _start_conditions(self) -> None:
        inputs = self.inputs
        start = np.where(np.isnan(inputs.start), inputs.level, inputs.start)
        self.level_odds = [float(log_odds(level)) for level in inputs.level]
        self.log_odds = [float(log_odds(value)) for value in start]
        self.conditions = [float(logistic(odds)) for odds in self.log_odds]
        noise = np.zeros((len(self.conditions), self.structure.n_days + 1))
        for condition, draws in enumerate(noise):
            if inputs.volatility[condition] > 0.0:
                key = self.structure.condition_key[condition]
                fill_condition_noise(draws, self.seed_key, self.run_key, key)
        self.noise: list[list[float]] = noise.tolist()
        self.condition_inputs = ConditionInputs(
            *(getattr(inputs, name).tolist() for name in ConditionInputs._fields)
        )
        self.shifts = [0.0] * (len(self.conditions) + 1)
        self.jumps = [0.0] * len(self.conditions)
        self.log_tempo = float(log_tempo(float(inputs.tempo[0]), 0.0))

    def _start(self) -> None:
        """Count the nations as they stand, look back on past events, and pledge."""
        for nation in self.nations:
            self._add_to_sizes(nation.stage, 1)
            if nation.is_public:
                self._add_to_public(nation, 1)
        self.apply_past_events()
        self.logbook.record_start([nation.stage for nation in self.nations])
        for nation in self.nations:
            if nation.is_firm:
                units = self.structure.start_pledge[nation.index]
                is_stated = self.n_kinds > 0 and not np.isnan(units[0])
                pledge = nation.stated_pledge(units) if is_stated else nation.choose_contributions()
                self.set_pledge(nation, pledge)
        self.update_adequacy()
        self._record_day()
