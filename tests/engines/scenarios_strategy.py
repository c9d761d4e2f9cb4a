"""Whole scenarios, made up: every kind of event, number and tie that a file may hold.

Hypothesis chooses the outline (`Plan`), so that a failing scenario shrinks; the numbers follow
from the plan's luck, so that a plan written into a test is the same scenario in any process.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, NamedTuple

from hypothesis import strategies as st

from sim.core.stages import FEATURES, FORWARD_MOVES, STAGES, Features, Traits

Form = dict[str, Any]

ANNOUNCED = ("public", "pledged", "deployed")
EXITS = {
    "decline": ("outside", "talks", "willing"),
    "withdraw": ("public", "pledged", "deployed"),
}
EVENTS = (
    "meeting",
    "list",
    "proposal",
    "signal",
    "shock",
    "deal",
    "move",
    "opinion",
    "requirement",
)
OF_CONDITIONS = ("proposal", "signal", "shock")
LATER_FEATURES = ("bond", "tempo")
"""They are written from a luck of their own, so that the plans in tests stay what they were."""
FIRST_FEATURES = [feature for feature in FEATURES if feature not in LATER_FEATURES]
MOVE_BY_THEMSELVES = ("prospects", "pressure", "momentum", "defection", "convened")
"""Features that may change on a day on which nothing happens, and all hazards with them."""
OF_A_DAY = tuple(name for name in Features._fields if name != "peers")
EARLIEST_DAY = -20


class Plan(NamedTuple):
    """The outline of a made-up scenario.

    Attributes
    ----------
    n_nations, n_days, n_conditions, n_kinds, n_events : int
    drawn : float
        Share of the numbers that are distributions.
    pace : float
        Log to base 10 of the median rate of a move, per day.
    luck : int
        All other numbers follow from it.
    is_quiet : bool
        No hazard changes by itself, and in half of such scenarios nobody can leave: on days on
        which nothing happens, hazards are those of yesterday. All else stays what it was.
    """

    n_nations: int = 6
    n_days: int = 12
    n_conditions: int = 2
    n_kinds: int = 2
    n_events: int = 8
    drawn: float = 0.2
    pace: float = -1.0
    luck: int = 0
    is_quiet: bool = False


def plans(**fixed: Any) -> st.SearchStrategy[Plan]:
    """Outlines from one nation on one day to twelve on 25; `fixed` holds some of it fixed."""
    free = {
        "n_nations": st.integers(1, 12),
        "n_days": st.integers(1, 25),
        "n_conditions": st.integers(0, 6),
        "n_kinds": st.integers(0, 4),
        "n_events": st.integers(0, 16),
        "drawn": st.sampled_from((0.0, 0.2, 0.7)),
        "pace": st.sampled_from((-2.0, -1.0, 0.0)),
        "luck": st.integers(0, 2**32 - 1),
        "is_quiet": st.sampled_from((False, False, True)),
    }
    chosen = {name: st.just(value) for name, value in fixed.items()}
    return st.builds(Plan, **{**free, **chosen})


def scenarios(**fixed: Any) -> st.SearchStrategy[Form]:
    """Scenarios as dicts for `sim.scenario.load.scenario_from_dict`."""
    return plans(**fixed).map(scenario_of)


@st.composite
def resting_scenarios(draw: st.DrawFn) -> Form:
    """Scenarios whose hazards rest while nobody moves and nothing is dated: days are skipped.

    Success and the coalition's quorum, which are looked for every day, are in a few of them alone.
    In a third, peers are all that is felt, and in most of those nobody can leave.
    """
    form = draw(
        scenarios(
            n_nations=draw(st.sampled_from((1, 3, 6, 16, 17, 33))),
            n_days=draw(st.sampled_from((1, 2, 12, 60, 150))),
            n_conditions=0,
            n_events=draw(st.sampled_from((0, 1, 2, 4, 12))),
            is_quiet=True,
        )
    )
    kept = draw(st.sampled_from((None, None, "success", "quorum")))
    left_out = {"success", "quorum"} - {kept}
    form = {key: value for key, value in form.items() if key not in left_out}
    if draw(st.integers(0, 2)) == 0:
        exits = draw(st.sampled_from(((), tuple(EXITS), tuple(EXITS))))
        form["behaviour"] = without((*OF_A_DAY, *exits), form["behaviour"])
        for move in form["behaviour"].values():
            if "rate" in move:
                move.setdefault("peers", 2.0)
    return form


def draws_of_behaviour(form: Form) -> dict[str, list[float]]:
    """Four joint draws: all is felt, nobody leaves, peers alone are felt of a day, and both."""
    columns = {}
    for name, numbers in form["behaviour"].items():
        if name == "initial":
            continue
        moves = numbers if "rate" not in numbers else dict.fromkeys(EXITS.get(name, ()), numbers)
        by_path = {f"{name}.{stage}": move for stage, move in moves.items()} or {name: numbers}
        for path, move in by_path.items():
            for key, value in move.items():
                of_exit = 0.0 if name in EXITS and key == "rate" else value
                of_peers = 0.0 if key in OF_A_DAY else value
                of_both = of_exit if of_peers else 0.0
                columns[f"behaviour.{path}.{key}"] = [value, of_exit, of_peers, of_both]
    return columns


def scenario_of(plan: Plan) -> Form:
    """The made-up scenario of a plan."""
    return Writer(plan).scenario()


class Writer:
    """Writes one scenario from the luck of its plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        outline = repr(plan).replace(f", is_quiet={plan.is_quiet}", "")
        self.luck = random.Random(outline)
        self.other_luck = random.Random(f"{outline}, later fields")
        self.luck_of_starts = random.Random(f"starts of {outline}")
        self.luck_of_dates = random.Random(f"dates of {outline}")
        self.luck_of_wants = random.Random(f"climate and dispositions of {outline}")
        self.luck_of_exits = random.Random(f"exits of {outline}")
        self.ids = [f"N{place:02d}" for place in range(plan.n_nations)]
        self.conditions = [f"condition_{place}" for place in range(plan.n_conditions)]
        self.kinds = [f"kind_{place}" for place in range(plan.n_kinds)]

    def scenario(self) -> Form:
        """The whole file."""
        luck = self.luck
        self.nations = [self.nation(name) for name in self.ids]
        self.has_law = self.luck_of_starts.random() < 0.5
        if self.has_law:
            self.leave_to_law()
        for nation in self.nations:
            nation.update(self.want("disposition"))
        return {
            "days": self.plan.n_days,
            "nations": self.nations,
            "leaders": self.some(self.ids, least=0),
            "ties": self.ties(),
            "conditions": {name: self.condition(name) for name in self.conditions},
            "contributions": {kind: self.contribution() for kind in self.kinds},
            "commitment": self.commitment(),
            "memory": {
                **{name: self.number(0.01, 30.0) for name in ("momentum", "defection", "convened")},
                "fatigue": self.aside(lambda: self.luck.choice((0.0, self.number(0.0, 0.9)))),
            },
            **self.want("climate"),
            "tempo": self.aside(lambda: self.luck.choice((1.0, self.number(0.05, 20.0)))),
            "events": [self.event() for _ in range(self.plan.n_events)],
            "behaviour": self.behaviour(),
            **({"success": self.success()} if luck.random() < 0.7 else {}),
            **self.quorums(),
        }

    # Numbers and choices

    def number(self, low: float, high: float) -> float | Form:
        """A number, or a distribution that may reach beyond what its field allows."""
        luck = self.luck
        first, second = sorted(round(luck.uniform(low, high), 6) for _ in range(2))
        middle, width = (first + second) / 2, max(second - first, 1e-3)
        if luck.random() >= self.plan.drawn:
            return luck.choice((first, second, middle))
        kinds: list[Form] = [
            {"uniform": [first, first + width]},
            {"normal": [middle, width]},
            {"triangular": [first, first + width / 3, first + width]},
        ]
        if low >= 0.0:
            kinds.append({"beta": [luck.uniform(0.5, 5.0), luck.uniform(0.5, 5.0)]})
            kinds.append({"lognormal": [luck.uniform(-3.0, -0.5), luck.uniform(0.1, 0.7)]})
        return luck.choice(kinds)

    def aside(self, write: Callable[[], Any]) -> Any:
        """What is written from the other luck, so that all else of a plan stays as it is."""
        self.luck, self.other_luck = self.other_luck, self.luck
        written = write()
        self.luck, self.other_luck = self.other_luck, self.luck
        return written

    def share(self) -> float | Form:
        """A number in [0, 1], now and then one of its ends."""
        return self.luck.choice((self.number(0.0, 1.0),) * 6 + (0.0, 1.0))

    def some(self, names: list[str], least: int = 1) -> list[str]:
        """Some of the names, in any order."""
        return self.luck.sample(names, self.luck.randint(min(least, len(names)), len(names)))

    def given(self, names: list[str], write: Callable[[], Any], chance: float = 0.7) -> Form:
        """A mapping that leaves out some of the names."""
        return {name: write() for name in names if self.luck.random() < chance}

    # Sections of the file

    def nation(self, name: str) -> Form:
        """A nation that relies on some conditions and feels the pressure of others."""
        luck = self.luck
        relied_on = self.some(self.conditions, least=0)
        pressing = [each for each in self.conditions if each not in relied_on]
        capacity = self.given(
            self.kinds, lambda: luck.choice((0.0, *(self.number(0.0, 20.0) for _ in range(3))))
        )
        stages = self.stages()
        nation = {
            "id": name,
            "stage": stages,
            **self.given(["stake", "support", "capability"], self.share),
            **self.aside(lambda: self.given(["bond"], self.share)),
            "threshold": luck.choice((0.0, self.number(-0.5, 1.0))),
            "reliance": {each: self.share() for each in relied_on},
            "sensitivity": self.given(pressing, lambda: self.number(-4.0, 4.0)),
            "capacity": capacity,
        }
        if {"pledged", "deployed"} & set(stages) and luck.random() < 0.5:
            nation["pledge"] = self.pledge([nation])
        return nation

    def quorums(self) -> Form:
        """What some nations, and the coalition, wait for."""
        luck = self.luck
        for nation in self.nations:
            if luck.random() < 0.3:
                nation["quorum"] = [self.quorum() for _ in range(luck.randint(1, 2))]
        of_all = {**self.quorum(), "lag": luck.randint(0, self.plan.n_days)}
        if luck.random() < 0.5:
            of_all["moves"] = []
        return {"quorum": of_all} if luck.random() < 0.5 else {}

    def quorum(self) -> Form:
        """A number, a share, a weight, or several, and the moves that they bar."""
        luck = self.luck
        names = ["stake", "support", "bond", "capability", *(f"capacity.{k}" for k in self.kinds)]
        weighed = {"weight": luck.choice(names), "at_least": self.share()}
        asked = luck.choice(
            (
                {"public": self.number(0.0, 4.0)},
                {"share": self.share()},
                weighed,
                {"public": 1, **weighed},
            )
        )
        moves = [move for move in FORWARD_MOVES if move]
        return {**asked, **({"moves": self.some(moves)} if luck.random() < 0.5 else {})}

    def stages(self) -> Form:
        """A distribution over initial stages, in sixteenths."""
        names = self.luck.sample(STAGES, self.luck.randint(1, 4))
        cuts = sorted(self.luck.sample(range(1, 16), len(names) - 1))
        parts = [high - low for low, high in zip([0, *cuts], [*cuts, 16], strict=True)]
        return {name: part / 16 for name, part in zip(names, parts, strict=True)}

    def leave_to_law(self) -> None:
        """Leave the stage of some nations to the initial law, in so many words or without any."""
        luck = self.luck_of_starts
        for nation in self.nations:
            if "pledge" not in nation and luck.random() < 0.7:
                nation["stage"] = "initial"
                if luck.random() < 0.5:
                    del nation["stage"]

    def want(self, field: str) -> Form:
        """A climate or disposition where one is given, else nothing."""
        luck = self.luck_of_wants
        number = round(luck.uniform(-3.0, 3.0), 6)
        choice: Form | float = {"normal": [number, 0.5]} if luck.random() < 0.3 else number
        return {field: choice} if luck.random() < 0.4 else {}

    def initial_law(self) -> Form:
        """An initial law with coefficients of some of the fixed features."""
        luck = self.luck_of_starts
        chosen = luck.sample(Traits._fields, luck.randint(0, len(Traits._fields)))
        odds = luck.choice((1e-100, 1e100, *(luck.uniform(0.1, 9.0) for _ in range(6))))
        numbers = {name: luck.uniform(-3.0, 3.0) for name in chosen}
        share = luck.choice((0.0, 1.0, *(luck.random() for _ in range(4))))
        if luck.random() < self.plan.drawn:
            odds, share = {"lognormal": [0.0, 1.0]}, {"beta": [2.0, 3.0]}
            numbers = {name: {"normal": [value, 1.0]} for name, value in numbers.items()}
        law: Form = {"talks": {"odds": odds, **numbers}}
        return {**law, "willing": {"share": share}} if luck.random() < 0.8 else law

    def pledge(self, nations: list[Form]) -> Form:
        """A stated pledge within the capacity of several nations; 0.1 where it is drawn."""
        most = {
            kind: min(
                0.1 if isinstance(units, dict) else units
                for units in (nation["capacity"].get(kind, 0.0) for nation in nations)
            )
            for kind in self.kinds
        }
        return {kind: units * self.luck.random() for kind, units in most.items()}

    def ties(self) -> Form:
        """Groups that may overlap, and dyads in one or both directions."""
        luck = self.luck
        pairs = [(one, other) for one in self.ids for other in self.ids if one < other]
        chosen = luck.sample(pairs, luck.randint(0, min(6, len(pairs))))
        base = luck.choice((0.0, 1.0, 0.3))
        leaders = luck.choice((1.0, 0.0, luck.uniform(0.0, 5.0)))
        self.groups = {
            f"group_{place}": {"members": self.some(self.ids), "weight": luck.uniform(0.0, 4.0)}
            for place in range(luck.randint(0, 3))
        }
        return {
            "base": base,
            "leaders": leaders,
            "groups": self.groups,
            "dyads": [[*luck.sample(pair, 2), luck.uniform(0.0, 3.0)] for pair in chosen],
            "directed": luck.random() < 0.5,
        }

    def condition(self, name: str) -> Form:
        """A condition that may stand still, drift, jump about and answer to everything."""
        luck = self.luck
        others = ["force", "public_share", *(each for each in self.conditions if each != name)]
        return {
            "level": self.number(0.02, 0.98),
            **({"start": self.number(0.02, 0.98)} if luck.random() < 0.4 else {}),
            "speed": luck.choice((1.0, self.number(0.02, 0.9))),
            "volatility": luck.choice((0.0, self.number(0.0, 1.0))),
            "responds": self.given(others, lambda: self.number(-3.0, 3.0), 0.5),
        }

    def contribution(self) -> Form:
        """A kind of contribution, cheap or dear."""
        return {
            "weight": self.number(0.1, 3.0),
            "cost": self.number(0.05, 3.0),
            "aversion": self.number(0.0, 3.0),
            "spread": self.luck.choice((0.0, self.number(0.0, 1.0))),
        }

    def commitment(self) -> Form:
        """A game of pledges in which some give all, some a token and some nothing."""
        return {
            "requirement": self.number(0.5, 60.0),
            "value": self.number(0.0, 500.0),
            "scale": self.luck.choice((0.0, 1.0, self.number(0.0, 2.0))),
            "convexity": self.luck.choice((0.001, self.number(0.01, 5.0))),
            "token": self.luck.choice((0.0, 0.02, self.share())),
            "demand": self.aside(lambda: self.luck.choice((1.0, self.share()))),
        }

    # Events

    def event(self) -> Form:
        """An event of any kind; one of a condition only where there are conditions."""
        kinds = [kind for kind in EVENTS if self.conditions or kind not in OF_CONDITIONS]
        kind = self.luck.choice(kinds)
        self.date = self.day(EARLIEST_DAY if kind in ("meeting", "move") else 1)
        return {"date": self.law_of_date(), **getattr(self, f"a_{kind}")()}

    def law_of_date(self) -> Any:
        """The date as it is, or now and then a law of days from it on, some beyond the run."""
        luck, date = self.luck_of_dates, self.date
        if luck.random() >= self.plan.drawn:
            return date
        last = date + luck.randint(0, self.plan.n_days)
        laws: list[Form] = [
            {"uniform": [date, last]},
            {"triangular": [date, (date + last) // 2, last + 1]},
            {"normal": [date + 2, luck.uniform(0.5, 5.0)]},
            {"dates": [date, last + 1]},
            {"dates": {str(date): 1, str(date + 3): luck.uniform(0.1, 3.0)}},
        ]
        return luck.choice(laws)

    def day(self, first: int) -> int:
        """A day of the run or before it, the first three more often than others."""
        soon, last = min(3, self.plan.n_days), self.plan.n_days
        return self.luck.choice((self.luck.randint(1, soon), self.luck.randint(first, last)))

    def who(self) -> Any:
        """All nations, or those named."""
        return self.luck.choice(("all", self.some(self.ids)))

    def a_meeting(self) -> Form:
        """A meeting under one of two labels, or now and then a trigger."""
        label, weight = self.luck.choice("AB"), self.number(0.0, 3.0)
        kind = self.aside(lambda: self.luck.choice(("meeting", "meeting", "trigger")))
        return {kind: label, "participants": self.who(), "weight": weight}

    def a_list(self) -> Form:
        """A list of names."""
        return {"list": "names", "covers": self.who()}

    def a_proposal(self) -> Form:
        """The plan is put to a condition."""
        name = self.luck.choice(self.conditions)
        return {"proposal": name, "gain": self.number(-4.0, 4.0), "reference": self.share()}

    def a_signal(self) -> Form:
        """A shift of a condition or of the tempo, for some days or for good."""
        name, days = self.luck.choice(self.conditions), self.luck.choice((None, 1, 3, 30))
        name = self.aside(lambda: self.luck.choice((name, name, "tempo")))
        return {"signal": name, "shift": self.number(-3.0, 3.0), "days": days}

    def a_shock(self) -> Form:
        """A jump of a condition."""
        return {"shock": self.luck.choice(self.conditions), "jump": self.number(-3.0, 3.0)}

    def a_deal(self) -> Form:
        """A deal, sure or not, that may collapse."""
        deal = {"deal": "peace", "probability": self.luck.choice((1.0, self.number(0.05, 0.9)))}
        if self.date < self.plan.n_days and self.luck.random() < 0.6:
            deal["collapses"] = self.luck.randint(self.date + 1, self.plan.n_days)
        return deal

    def a_move(self) -> Form:
        """Nations are put in a stage; before the run begins, they announced something."""
        named = self.some(self.ids)[:3]
        stage = self.luck.choice(STAGES if self.date > 0 else ANNOUNCED)
        move: Form = {"move": named, "to": stage}
        if stage in ("pledged", "deployed") and self.luck.random() < 0.5:
            move["pledge"] = self.pledge([each for each in self.nations if each["id"] in named])
        return move

    def a_opinion(self) -> Form:
        """Domestic support shifts."""
        return {"opinion": self.who(), "shift": self.number(-0.8, 0.8)}

    def a_requirement(self) -> Form:
        """Another force is needed."""
        return {"requirement": self.number(0.5, 60.0)}

    # Behaviour and success

    def behaviour(self) -> Form:
        """Most moves, the exits once or by the stage that is left."""
        moves = self.given([move for move in FORWARD_MOVES if move], self.move, 0.85)
        for move, stages in EXITS.items():
            by_stage = self.given(list(stages), self.exit)
            if by_stage:
                moves[move] = self.luck.choice((self.exit(), by_stage))
        if self.has_law:
            moves["initial"] = self.initial_law()
        return self.quiet(moves) if self.plan.is_quiet else moves

    def quiet(self, moves: Form) -> Form:
        """Moves whose hazards change when something happens and at no other time."""
        has_exits = self.luck_of_exits.random() < 0.5
        return without((*MOVE_BY_THEMSELVES, *(() if has_exits else EXITS)), moves)

    def coefficient(self) -> float | Form:
        """What a feature does to a move."""
        return self.number(-3.0, 3.0)

    def exit(self) -> Form:
        """A move out, rarer than a move forward."""
        return self.move(rarer=1.0)

    def move(self, rarer: float = 0.0) -> Form:
        """A rate, now and then 0 or huge, and coefficients of any of the features."""
        luck = self.luck
        usual = 10.0 ** (self.plan.pace - rarer + luck.uniform(-1.0, 1.0))
        rate = luck.choice((self.number(usual / 2, usual * 2),) * 12 + (0.0, 1e30))
        coefficients = self.given(FIRST_FEATURES, self.coefficient, 0.4)
        coefficients |= self.aside(lambda: self.given([*LATER_FEATURES], self.coefficient, 0.4))
        if luck.random() < 0.1:
            coefficients[luck.choice(FIRST_FEATURES)] = luck.choice((-1e9, 1e9))
        return {"rate": rate, **coefficients}

    def success(self) -> Form:
        """At least one threshold, for some days running."""
        luck = self.luck
        size = luck.randint(0, self.plan.n_nations)
        others = self.given(["requirement_share", *self.conditions], luck.random, 0.3)
        hold = luck.randint(1, min(4, self.plan.n_days))
        others |= {
            name: self.bounds(others[name]) for name in self.conditions if name in others
        } | self.given(self.shares(), lambda: luck.choice((0.0, 0.25, 0.5, 1.0)), 0.4)
        if luck.random() < 0.3:
            others["members"] = self.some(self.ids)[:2]
        return {"public_size": size, **others, "hold": hold}

    def bounds(self, least: float) -> float | Form:
        """A least value of a condition, a greatest one, or both."""
        most = self.luck.uniform(least, 1.0)
        return self.luck.choice(
            (least, {"at_least": least}, {"at_most": most}, {"at_least": least, "at_most": most})
        )

    def shares(self) -> list[str]:
        """Shares that say how broad the coalition is, those that the scenario has."""
        has = {
            "groups_covered": bool(self.groups),
            "kinds_covered": bool(self.kinds),
            "capacity_public": any(any(each["capacity"].values()) for each in self.nations),
        }
        return [name for name, is_there in has.items() if is_there]


def without(names: tuple[str, ...], form: Form) -> Form:
    """A form without the keys of these names, at any depth."""
    return {
        key: without(names, value) if isinstance(value, dict) else value
        for key, value in form.items()
        if key not in names
    }
