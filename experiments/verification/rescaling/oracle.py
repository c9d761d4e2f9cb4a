"""The hazards of a run, computed anew from its history by the equations of docs/model.md.

Nothing here calls the engine: the numbers come from the full form of the scenario, sums over the
past are written out where the engine keeps a memory, and ties are not rounded. Arrays run (day,
nation, side of the move, feature); side 0 is forward, 1 the exit. Row 0 is day 0, on which nobody
decides.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from experiments.verification.laws import Reals

Form = dict[str, Any]
Flags = NDArray[np.bool_]
Whole = NDArray[np.int64]

OUTSIDE, TALKS, WILLING, PUBLIC, PLEDGED, DEPLOYED, LEFT = range(7)
STAGES = ("outside", "talks", "willing", "public", "pledged", "deployed", "left")
MOVES = (
    ("engage", "resolve", "declare", "pledge", "deploy", None, "return"),
    ("decline", "decline", "decline", "withdraw", "withdraw", "withdraw", None),
)
"""The moves forward and the exits, by stage; None where there is none."""

FEATURES = (
    *("stake", "support", "bond", "capability", "disposition", "climate"),
    *("prospects", "peers", "momentum", "defection", "convened"),
    *("listed", "adequacy", "pressure", "deal", "tempo"),
)
N_TRAITS = 6
"""The first six features stand for the whole of a run, but for shifts of support."""

FORCE_UNITS = 2.0**30


class History(NamedTuple):
    """What is observed of one run. T days, N nations, C conditions.

    Attributes
    ----------
    stage : ndarray of int, shape (T + 1, N), at the end of each day
    pledge : ndarray, shape (T + 1, N), force units in all, at the end of each day
    condition : ndarray, shape (T + 1, C)
    deal : ndarray of bool, shape (T + 1,), whether one is in force
    support, disposition : ndarray, shape (N,), as drawn for the run
    climate : float
    """

    stage: Whole
    pledge: Reals
    condition: Reals
    deal: Flags
    support: Reals
    disposition: Reals
    climate: float


class Eve(NamedTuple):
    """What nations decide on: the state after the events of a day, before its hazards.

    Attributes
    ----------
    stage : ndarray of int, shape (T + 1, N)
    pledge : ndarray, shape (T + 1, N), force units
    held : ndarray of bool, shape (T + 1, N), moved by an event today, so not at risk
    """

    stage: Whole
    pledge: Reals
    held: Flags


class Recomputed(NamedTuple):
    """All of a run that the law of its moves needs.

    Attributes
    ----------
    eve : Eve
    moved : ndarray of bool, shape (T + 1, N, 2)
    open : ndarray of bool, shape (T + 1, N, 2), which moves are at risk
    log_rate : ndarray, shape (T + 1, N, 2), 0 where a move is not named
    coefficient : ndarray, shape (T + 1, N, 2, 14)
    feature : ndarray, shape (T + 1, N, 14)
    """

    eve: Eve
    moved: Flags
    open: Flags
    log_rate: Reals
    coefficient: Reals
    feature: Reals


def recompute(form: Form, history: History) -> Recomputed:
    """Features, risks and moves of a run, from the scenario's full form and the run's history."""
    eve = eve_of(form, history)
    rate, coefficient = behaviour(form)
    named = rate[eve.stage] > 0.0
    may_deploy = history.deal[:, None] | (eve.stage != PLEDGED)
    is_open = named & ~eve.held[:, :, None]
    is_open[:, :, 0] &= may_deploy
    is_open[0] = False
    log_rate = np.log(np.where(named, rate[eve.stage], 1.0))
    feature = features(form, history, eve)
    weight = without_meetings(coefficient[eve.stage], eve, listed(form, history))
    return Recomputed(eve, moves(eve, history), is_open, log_rate, weight, feature)


def dated(form: Form, drawn: Whole) -> Form:
    """The full form with the dates of one run written in, without events after the last day.

    Parameters
    ----------
    form : dict
        A scenario in full.
    drawn : ndarray of int, shape (E,)
        Days that the run has drawn, by place of the event; of no use where a date is fixed.
    """
    events = [
        {**event, "date": event["date"] if fixed(event["date"]) else int(day)}
        for event, day in zip(form["events"], drawn, strict=True)
    ]
    return {**form, "events": [event for event in events if event["date"] <= form["days"]]}


def without_meetings(coefficient: Reals, eve: Eve, is_listed: Reals) -> Reals:
    """Coefficients without meetings where a list covers the willing, shape (T + 1, N, 2, n).

    On a day with a list, what the listed feel of meetings does not count in their declaring.
    """
    replaced, weight = (eve.stage == WILLING) & (is_listed > 0.0), coefficient.copy()
    weight[replaced, 0, FEATURES.index("convened")] = 0.0
    return weight


def hazards(run: Recomputed) -> Reals:
    """Hazards of both moves, per day, shape (T + 1, N, 2)."""
    total = run.log_rate + np.einsum("tnsf,tnf->tns", run.coefficient, run.feature)
    hazard: Reals = np.where(run.open, np.exp(np.clip(total, -700.0, 300.0)), 0.0)
    return hazard


def eve_of(form: Form, history: History) -> Eve:
    """The state after each day's moves by events and the collapse of a deal."""
    stage, pledge = np.roll(history.stage, 1, axis=0), np.roll(history.pledge, 1, axis=0)
    stage[0], pledge[0] = history.stage[0], history.pledge[0]
    held = np.zeros(stage.shape, dtype=bool)
    for event in (each for each in form["events"] if "move" in each and each["date"] > 0):
        to, day = STAGES.index(event["to"]), event["date"]
        for nation in named_by(form, event["move"]):
            if stage[day, nation] == to:
                continue
            stage[day, nation], held[day, nation] = to, True
            if to not in (PLEDGED, DEPLOYED):
                pledge[day, nation] = 0.0
            elif event["pledge"] is not None:
                pledge[day, nation] = stated(form, nation, event["pledge"])
    collapse = np.append(False, history.deal[:-1] & ~history.deal[1:])
    called_back = collapse[:, None] & (stage == DEPLOYED)
    return Eve(np.where(called_back, PLEDGED, stage), pledge, held | called_back)


def stated(form: Form, nation: int, units: dict[str, float]) -> float:
    """Force of a pledge that an event states: at most capacity, rounded down to 2**-30."""
    capacity, kinds = form["nations"][nation]["capacity"], form["contributions"]
    force = [min(units.get(kind, 0.0), capacity[kind]) * kinds[kind]["weight"] for kind in kinds]
    return sum(np.floor(each * FORCE_UNITS) / FORCE_UNITS for each in force)


def moves(eve: Eve, history: History) -> Flags:
    """Which of the two moves each nation made of its own accord, shape (T + 1, N, 2)."""
    moved = history.stage != eve.stage
    moved[0] = False
    to_left = history.stage == LEFT
    return np.stack([moved & ~to_left, moved & to_left], axis=-1)


def behaviour(form: Form) -> tuple[Reals, Reals]:
    """Rates, shape (7, 2), and coefficients, shape (7, 2, 16), by stage and side."""
    rate, coefficient = np.zeros((7, 2)), np.zeros((7, 2, len(FEATURES)))
    for side, names in enumerate(MOVES):
        for stage, name in enumerate(names):
            move = form["behaviour"].get(name, {})
            move = move.get(STAGES[stage], {}) if side == 1 else move
            rate[stage, side] = move.get("rate", 0.0)
            coefficient[stage, side] = [move.get(feature, 0.0) for feature in FEATURES]
    return rate, coefficient


def features(form: Form, history: History, eve: Eve) -> Reals:
    """The sixteen features of every nation on every day, shape (T + 1, N, 16)."""
    went_public, went_out = announcements(form, history, eve), public_exits(history, eve)
    n_nations, memory = history.stage.shape[1], form["memory"]
    public = is_public(eve.stage).astype(float)
    columns = {
        "stake": numbers(form, "stake") - 0.5,
        "support": support(form, history) - 0.5,
        "bond": numbers(form, "bond") - 0.5,
        "capability": (numbers(form, "capability") - 0.5) * form["commitment"]["demand"],
        "disposition": history.disposition,
        "climate": history.climate,
        "prospects": prospects(form, history) - 1.0,
        "peers": public @ ties(form).T - numbers(form, "threshold"),
        "momentum": faded_sum(went_public, memory["momentum"])[:, None] / n_nations,
        "defection": faded_sum(went_out, memory["defection"])[:, None] / n_nations,
        "convened": convened(form, eve),
        "listed": listed(form, history),
        "adequacy": adequacy(eve.pledge, requirement(form))[:, None],
        "pressure": (history.condition - 0.5) @ by_condition(form, "sensitivity"),
        "deal": history.deal[:, None],
        "tempo": log_tempo(form)[:, None],
    }
    return np.stack([np.broadcast_to(columns[name], eve.stage.shape) for name in FEATURES], -1)


def is_public(stage: Whole) -> Flags:
    """Whether a stage is public, pledged or deployed."""
    found: Flags = (stage >= PUBLIC) & (stage < LEFT)
    return found


def announcements(form: Form, history: History, eve: Eve) -> dict[int, float]:
    """How many went public on each day: before day 1 those whom a dated move names, once each."""
    counts, known = {}, set()
    for event in sorted(form["events"], key=lambda each: each["date"]):
        if "move" in event and event["date"] <= 0:
            new = set(named_by(form, event["move"])) - known
            known |= new
            counts[event["date"]] = counts.get(event["date"], 0.0) + len(new)
    before = np.roll(history.stage, 1, axis=0)
    for day in range(1, len(before)):
        by_event = is_public(eve.stage[day]) & ~is_public(before[day])
        by_choice = is_public(history.stage[day]) & ~is_public(eve.stage[day])
        counts[day] = float(by_event.sum() + by_choice.sum())
    return counts


def public_exits(history: History, eve: Eve) -> dict[int, float]:
    """How many went from a public stage to left on each day, by an event or by choice."""
    before, counts = np.roll(history.stage, 1, axis=0), {}
    for day in range(1, len(before)):
        by_event = is_public(before[day]) & (eve.stage[day] == LEFT)
        by_choice = is_public(eve.stage[day]) & (history.stage[day] == LEFT)
        counts[day] = float(by_event.sum() + by_choice.sum())
    return counts


def faded_sum(counts: dict[int, float], memory: float) -> Reals:
    """Sum over days d < t of the count of d times exp(-(t - d) / memory), shape (T + 1,)."""
    days = np.array(list(counts))
    ago = np.arange(days.max() + 1)[:, None] - days
    weight = np.where(ago > 0, np.exp(-np.maximum(ago, 0) / memory), 0.0)
    return np.asarray(weight @ np.array(list(counts.values())))


def convened(form: Form, eve: Eve) -> Reals:
    """The sum of meetings and triggers, each faded by its age, shape (T + 1, N).

    Every one held before, whoever attended, takes a share of the weight of the next.
    """
    felt, days = np.zeros(eve.stage.shape), np.arange(len(eve.stage))
    left_by_each = 1.0 - form["memory"]["fatigue"]
    held = [each for each in form["events"] if "meeting" in each or "trigger" in each]
    held.sort(key=lambda each: (each["date"], "trigger" in each))
    for place, event in enumerate(held):
        stage = eve.stage[max(event["date"], 0)]
        attends = np.zeros(stage.shape, dtype=bool)
        attends[named_by(form, event["participants"])] = True
        if event["participants"] == "all":
            attends = (stage >= TALKS) & (stage < LEFT)
        ago = days - event["date"]
        fading = np.exp(-np.maximum(ago, 0) / form["memory"]["convened"])
        weight = np.where(ago >= 0, event["weight"] * left_by_each**place * fading, 0.0)
        felt += weight[:, None] * attends
    return felt


def listed(form: Form, history: History) -> Reals:
    """1 on a day on which a list covers the nation, shape (T + 1, N)."""
    covered = np.zeros(history.stage.shape)
    for event in (each for each in form["events"] if "list" in each):
        covered[event["date"], named_by(form, event["covers"])] = 1.0
    return covered


def support(form: Form, history: History) -> Reals:
    """Domestic support with every shift so far, within [0, 1] after each, shape (T + 1, N)."""
    level = np.repeat(history.support[None, :], len(history.stage), axis=0)
    for event in sorted(form["events"], key=lambda each: each["date"]):
        if "opinion" in event:
            who, day = named_by(form, event["opinion"]), event["date"]
            level[day:, who] = np.clip(level[day, who] + event["shift"], 0.0, 1.0)
    return level


def prospects(form: Form, history: History) -> Reals:
    """Product over conditions of 1 - reliance (1 - X), shape (T + 1, N)."""
    doubt = 1.0 - history.condition[:, :, None]
    product: Reals = (1.0 - by_condition(form, "reliance")[None] * doubt).prod(axis=1)
    return product


def requirement(form: Form) -> Reals:
    """Force of even odds in force on each day, shape (T + 1,)."""
    level = np.full(form["days"] + 1, float(form["commitment"]["requirement"]))
    for event in sorted(form["events"], key=lambda each: each["date"]):
        if "requirement" in event:
            level[event["date"] :] = event["requirement"]
    return level


def log_tempo(form: Form) -> Reals:
    """Logarithm of the tempo on each day, signals in force included, shape (T + 1,)."""
    level = np.full(form["days"] + 1, np.log(form["tempo"]))
    for event in form["events"]:
        if event.get("signal") == "tempo":
            end = form["days"] + 1 if event["days"] is None else event["date"] + event["days"]
            level[event["date"] : end] += event["shift"]
    return level


def adequacy(pledge: Reals, needed: Reals) -> Reals:
    """C / (C + Q) by day, shape (T + 1,)."""
    force = pledge.sum(axis=1)
    return np.asarray(force / (force + needed))


def ties(form: Form) -> Reals:
    """How much each nation watches each other, shape (N, N), rows adding up to 1."""
    names, given = [nation["id"] for nation in form["nations"]], form["ties"]
    weight = np.full((len(names), len(names)), float(given["base"]))
    for nation, peer, extra in given["dyads"]:
        pair = names.index(nation), names.index(peer)
        weight[pair] += extra
        if not given["directed"]:
            weight[pair[::-1]] += extra
    for group in given["groups"].values():
        inside = np.isin(names, group["members"])
        weight[np.ix_(inside, inside)] *= group["weight"]
    weight[:, np.isin(names, form["leaders"])] *= given["leaders"]
    np.fill_diagonal(weight, 0.0)
    row = weight.sum(axis=1, keepdims=True)
    return np.divide(weight, row, out=np.zeros_like(weight), where=row > 0.0)


def innovations(form: Form, history: History) -> Reals:
    """Noise of each condition and day that explains its path, shape (T, C); nan where unknown.

    Unknown is the noise of a day on which a drawn shock fell: the shock is not observed.
    """
    odds = np.log(history.condition / (1.0 - history.condition))
    answers = {
        "force": adequacy(history.pledge, requirement(form)),
        "public_share": is_public(history.stage).mean(axis=1),
        **dict(zip(form["conditions"], history.condition.T - 0.5, strict=True)),
    }
    noise = np.empty((form["days"], odds.shape[1]))
    for place, (name, given) in enumerate(form["conditions"].items()):
        shift, jump = pushes(form, name, answers["force"])
        pulls = [gain * answers[to][:-1] for to, gain in given["responds"].items()]
        target = np.log(given["level"] / (1.0 - given["level"])) + np.sum(pulls, axis=0) + shift
        drift = (1.0 - given["speed"]) * odds[:-1, place] + given["speed"] * target
        noise[:, place] = (odds[1:, place] - drift - jump) / given["volatility"]
    return noise


def pushes(form: Form, name: str, strength: Reals) -> tuple[Reals, Reals]:
    """Signals in force and jumps of a condition on days 1 to T; nan for a drawn shock."""
    days = np.arange(1, form["days"] + 1)
    shift, jump = np.zeros(days.size), np.zeros(days.size)
    for event in form["events"]:
        if event.get("signal") == name:
            ends = np.inf if event["days"] is None else event["date"] + event["days"]
            shift += event["shift"] * ((days >= event["date"]) & (days < ends))
        elif event.get("shock") == name:
            jump[days == event["date"]] += event["jump"] if fixed(event["jump"]) else np.nan
        elif event.get("proposal") == name:
            gap = strength[event["date"] - 1] - event["reference"]
            jump[days == event["date"]] += event["gain"] * gap
    return shift, jump


def fixed(number: object) -> bool:
    """Whether a number of the scenario is no distribution."""
    return isinstance(number, (int, float))


def named_by(form: Form, named: str | list[str]) -> list[int]:
    """Places of the nations that an event names; of all for the word all."""
    ids = [nation["id"] for nation in form["nations"]]
    return [place for place, each in enumerate(ids) if named == "all" or each in named]


def numbers(form: Form, field: str) -> Reals:
    """A field of every nation, shape (N,); the scenario must fix it."""
    return np.array([float(nation[field]) for nation in form["nations"]])


def by_condition(form: Form, field: str) -> Reals:
    """Reliances or sensitivities, shape (C, N)."""
    rows = [[nation[field][name] for nation in form["nations"]] for name in form["conditions"]]
    return np.array(rows, dtype=float)
