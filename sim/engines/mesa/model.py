"""The coalition as a Mesa model: a day in the order of the model's description.

Readable and slow, beside the compiled kernel in `sim.core.kernel`: the same bits.
"""

from __future__ import annotations

import mesa
import numpy as np

from sim.core.draws import CLIMATE, fill_condition_noise, one_uniform
from sim.core.elementary import exp, log_odds, logistic, normal_quantile
from sim.core.layout import (
    OF_CONVENED,
    OF_DEFECTION,
    OF_MOMENTUM,
    REQUIREMENT,
    Inputs,
    Reals,
)
from sim.core.rules.conditions import (
    answer_to_coalition,
    answer_to_other,
    next_log_odds,
    target,
)
from sim.core.rules.influence import remembered
from sim.core.rules.moves import is_firm, is_private, is_public
from sim.core.rules.pledges import FORCE_UNIT, adequacy
from sim.core.stages import LEFT, PLEDGED
from sim.engines.mesa.agents import Nation
from sim.engines.mesa.calendar import Calendar
from sim.engines.mesa.logbook import Logbook
from sim.scenario.arrays.numbers import Arrays, arrays_of, inputs_of_run
from sim.scenario.schema import Scenario

REPORTED = {
    name: name
    for name in ("day", "public_size", "private_size", "firm_size", "total_force", "success_day")
}
"""What the model's data collector reports after each step, for Mesa's own tools."""


class CoalitionModel(mesa.Model):  # type: ignore[misc]
    """One run of a scenario.

    Parameters
    ----------
    scenario : Scenario
    seed, run : int
        The run of `sim.run` with this seed and this run number.
    nation_class : type
        `Nation` or a subclass of it.
    arrays : Arrays, optional
        The scenario's arrays, to spare their making for every run.

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
    logbook : Logbook

    Examples
    --------
    >>> import sim
    >>> model = sim.CoalitionModel(sim.load_scenario("paris_2025"), seed=1, run=7)
    >>> model.step()
    >>> model.day, model.public_size >= 2
    (1, True)
    """

    scenario: Scenario = None  # type: ignore[assignment] # hides a property of Mesa 3.5
    momentum: float
    defection: float
    adequacy: float
    public_share: float
    requirement: float
    climate: float
    keep_momentum: float
    keep_defection: float
    keep_convened: float
    went_public: int
    went_out: int
    public_size: int
    private_size: int
    firm_size: int
    calendar: Calendar
    pledging: list[tuple[float, Nation]]

    def __init__(
        self,
        scenario: Scenario,
        seed: int = 0,
        run: int = 0,
        nation_class: type[Nation] = Nation,
        arrays: Arrays | None = None,
    ) -> None:
        super().__init__(rng=seed)
        self.scenario = scenario
        arrays = arrays or arrays_of(scenario)
        self.structure = arrays.structure
        self.inputs: Inputs = inputs_of_run(arrays, seed, run)
        self.seed_key, self.run_key = np.uint64(seed), np.uint64(run)
        self.n_nations, self.n_kinds = self.structure.start_pledge.shape
        self.day = 0
        self._begin_shared()
        self._begin_capacities()
        self._begin_conditions()
        self.nations = [nation_class(self, place) for place in range(self.n_nations)]
        self.logbook = Logbook(self)
        self.datacollector = mesa.DataCollector(model_reporters=dict(REPORTED))
        self._begin_coalition()

    # A day

    def step(self) -> None:
        """Let one day pass."""
        self.day += 1
        self.momentum = remembered(self.momentum, self.went_public, self.keep_momentum)
        self.defection = remembered(self.defection, self.went_out, self.keep_defection)
        self.went_public = self.went_out = 0
        self.calendar.take_effect(self.day)
        self.step_conditions()
        self.take_stock()
        for nation in self.nations:
            nation.consider()
        for nation in self.nations:
            nation.decide()
        self.hear_pledges()
        self.take_stock()
        self.end_day()

    def run_to_end(self) -> None:
        """Let all days pass."""
        while self.running:
            self.step()

    def step_conditions(self) -> None:
        """Move every condition by a day, from yesterday's coalition and conditions."""
        before = list(self.conditions)
        public_share = self.public_share
        for place, noise in enumerate(self.noise):
            self.log_odds[place] = next_log_odds(
                self.log_odds[place],
                self._aim(place, before, public_share),
                float(self.inputs.speed[place]),
                float(self.inputs.volatility[place]),
                float(noise[self.day]),
                self.calendar.jumps[place],
            )
            self.conditions[place] = float(logistic(self.log_odds[place]))

    def hear_pledges(self) -> None:
        """Let those who pledged today choose, in order; then those who reconsider."""
        for _, nation in sorted(self.pledging, key=lambda waiting: waiting[0]):
            if nation.pledged_on < 0 and nation.is_firm:
                self.put_pledge(nation, nation.choose_contributions())
        self.pledging = []
        for nation in self.nations:
            reconsiders = nation.attends and nation.stage == PLEDGED
            if reconsiders and nation.pledged_on < self.day:
                self.put_pledge(nation, nation.choose_contributions())

    def end_day(self) -> None:
        """Release whom an event held back, and write the day down."""
        for nation in self.nations:
            nation.is_held = nation.attends = False
            nation.listed = 0.0
        self.public_share = self.public_size / self.n_nations
        self.logbook.write_day()
        self.datacollector.collect(self)
        self.running = self.day < self.structure.n_days

    # What happens to the coalition

    def move(self, nation: Nation, stage: int) -> None:
        """Move a nation to another stage; those with ties to it see it."""
        before = nation.stage
        self.logbook.write_move(nation, stage)
        self._count(before, -1)
        self._count(stage, 1)
        if is_public(stage) and not is_public(before):
            self.went_public += 1
            self._tell_watchers(nation, 1)
        if is_public(before) and not is_public(stage):
            self._tell_watchers(nation, -1)
            self.went_out += 1 if stage == LEFT else 0
        if not is_firm(stage):
            self.put_pledge(nation, np.zeros(self.n_kinds, dtype=np.int64))
            nation.pledged_on = -1
        nation.settle(stage)

    def await_pledge(self, nation: Nation, moment: float) -> None:
        """Put a nation on the list of those who choose a pledge at the end of the day."""
        self.pledging.append((moment, nation))

    def put_pledge(self, nation: Nation, pledge: np.ndarray) -> None:
        """Put contributions in place of a nation's pledge."""
        self.force += pledge - nation.pledge
        nation.pledge = pledge
        if nation.pledged_on < 0:
            nation.pledged_on = self.day

    def take_stock(self) -> None:
        """Measure the adequacy of the public force as it is now."""
        self.adequacy = float(adequacy(int(self.force.sum()) * FORCE_UNIT, self.requirement))

    @property
    def total_force(self) -> float:
        """Public force of all kinds, force units."""
        return int(self.force.sum()) * FORCE_UNIT

    @property
    def success_day(self) -> int:
        """First day of the first stretch on which every threshold held; -1 until then."""
        return self.logbook.success_day

    @property
    def has_deal(self) -> bool:
        """Whether a peace deal is in force."""
        return self.calendar.deal is not None

    def _count(self, stage: int, step: int) -> None:
        self.public_size += step if is_public(stage) else 0
        self.private_size += step if is_private(stage) else 0
        self.firm_size += step if is_firm(stage) else 0

    def _tell_watchers(self, nation: Nation, step: int) -> None:
        ties = self.structure.ties
        for entry in range(ties.start[nation.place], ties.start[nation.place + 1]):
            watcher = self.nations[ties.watcher[entry]]
            watcher.public_ties_beyond_base += step * int(ties.extra[entry])

    def _aim(self, place: int, before: list[float], public_share: float) -> float:
        inputs = self.inputs
        from_coalition = answer_to_coalition(
            float(inputs.to_force[place]),
            self.adequacy,
            float(inputs.to_breadth[place]),
            public_share,
        )
        from_others = 0.0
        for response, other in zip(inputs.response[place], before, strict=True):
            from_others = answer_to_other(from_others, float(response), other)
        shift = self.calendar.shifts[place]
        return target(self.level_odds[place], from_coalition, from_others, shift)

    def _begin_shared(self) -> None:
        inputs = self.inputs
        climate = one_uniform(self.seed_key, self.run_key, self.structure.climate_key, CLIMATE, 0)
        self.climate = float(normal_quantile(climate))
        self.momentum = self.defection = 0.0
        self.went_public = self.went_out = 0
        self.public_size = self.private_size = self.firm_size = 0
        self.requirement = float(inputs.commitment[REQUIREMENT])
        self.keep_momentum = float(exp(-1.0 / float(inputs.memory[OF_MOMENTUM])))
        self.keep_defection = float(exp(-1.0 / float(inputs.memory[OF_DEFECTION])))
        self.keep_convened = float(exp(-1.0 / float(inputs.memory[OF_CONVENED])))
        self.calendar = Calendar(self)

    def _begin_capacities(self) -> None:
        self.capacity_force = self.inputs.weight * self.inputs.capacity
        self.capacity_total = np.zeros(self.n_nations)
        for kind in range(self.n_kinds):
            self.capacity_total += self.capacity_force[:, kind]
        self.largest_capacity = float(self.capacity_total.max())
        self.force = np.zeros(self.n_kinds, dtype=np.int64)
        self.pledging = []

    def _begin_conditions(self) -> None:
        inputs = self.inputs
        start = np.where(np.isnan(inputs.start), inputs.level, inputs.start)
        self.level_odds = [float(log_odds(level)) for level in inputs.level]
        self.log_odds = [float(log_odds(value)) for value in start]
        self.conditions = [float(logistic(odds)) for odds in self.log_odds]
        self.noise = [self._noise(place) for place in range(len(self.conditions))]

    def _noise(self, place: int) -> Reals:
        noise = np.zeros(self.structure.n_days + 1)
        if self.inputs.volatility[place] > 0.0:
            key = self.structure.condition_key[place]
            fill_condition_noise(noise, self.seed_key, self.run_key, key)
        return noise

    def _begin_coalition(self) -> None:
        for nation in self.nations:
            self._count(nation.stage, 1)
            if nation.is_public:
                self._tell_watchers(nation, 1)
        self.calendar.remember_past()
        self.logbook.write_start()
        for nation in self.nations:
            if nation.is_firm:
                units = self.structure.start_pledge[nation.place]
                is_stated = self.n_kinds > 0 and not np.isnan(units[0])
                pledge = nation.stated(units) if is_stated else nation.choose_contributions()
                self.put_pledge(nation, pledge)
        self.take_stock()
        self.public_share = self.public_size / self.n_nations
        self.logbook.write_day()
