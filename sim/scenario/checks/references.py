"""Checks of names: each nation, condition and kind that is used must exist."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from sim.scenario.events import EVENT_MODELS, TEMPO
from sim.scenario.files.errors import Finding, Steps
from sim.scenario.files.nations import removed_nation
from sim.scenario.files.suggestions import unknown
from sim.scenario.parts import COALITION, FORMER_COALITION, KEYED_BY, QUORUM_WEIGHTS, SUCCESS_FIELDS

CONDITION_EVENTS = tuple(kind for kind, model in EVENT_MODELS.items() if model.of_condition)
NATION_FIELDS = {kind: model.nations for kind, model in EVENT_MODELS.items() if model.nations}
MOST_SUGGESTED = 100


class Names:
    """The names that a scenario defines; None where their list is itself wrong."""

    def __init__(self, data: dict[str, Any], removed: Mapping[str, str]) -> None:
        self.removed = removed
        nations = data.get("nations")
        self.nations: dict[str, None] | None = None
        if isinstance(nations, list):
            ids = (nation.get("id") for nation in nations if isinstance(nation, dict))
            self.nations = {name: None for name in ids if isinstance(name, str)}
        self.conditions = _keys(data.get("conditions", {}))
        self.kinds = _keys(data.get("contributions", {}))
        self.n_unknown = 0

    def unknown_nation(self, name: str) -> str:
        """The message on a nation that is not in the scenario; the first few suggest another."""
        if name in self.removed:
            return removed_nation(name, self.removed[name])
        self.n_unknown += 1
        if self.n_unknown > MOST_SUGGESTED:
            return f"unknown nation {name[:60]!r}"
        return unknown("nation", name, list(self.nations or ()))


def _keys(value: object) -> dict[str, None] | None:
    return dict.fromkeys(value) if isinstance(value, dict) else None


def mapping(value: object) -> dict[str, Any]:
    """A mapping as it is, an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def listed(value: object) -> list[Any]:
    """A list as it is, an empty one for anything else."""
    return value if isinstance(value, list) else []


def reference_findings(
    data: dict[str, Any], removed: Mapping[str, str] = MappingProxyType({})
) -> Iterator[Finding]:
    """What is wrong with the names that a scenario uses.

    Parameters
    ----------
    data : dict
        Plain data with the short forms written out; whatever is of a wrong type is passed over.
    removed : mapping of id to str
        Nations that variants removed, each with the place that says so.
    """
    names, conditions = Names(data, removed), mapping(data.get("conditions"))
    for index, nation in enumerate(map(mapping, listed(data.get("nations")))):
        for field, section in KEYED_BY.items():
            known = names.conditions if section == "conditions" else names.kinds
            steps: Steps = ("nations", index, field)
            yield from _used(nation.get(field), steps, section.removesuffix("s"), known)
    yield from _quorum_weights(data, names)
    yield from _ids(data.get("leaders"), ("leaders",), names)
    ties = mapping(data.get("ties"))
    for name, group in mapping(ties.get("groups")).items():
        steps = ("ties", "groups", name, "members")
        yield from _ids(mapping(group).get("members"), steps, names)
    yield from _dyad_names(ties, names)
    for name, condition in conditions.items():
        for other in mapping(mapping(condition).get("responds")):
            steps = ("conditions", name, "responds", other)
            if other == name:
                yield Finding(steps, "a condition cannot answer to itself")
            elif other not in conditions and other not in COALITION:
                others = [*COALITION, *(each for each in conditions if each != name)]
                meant = FORMER_COALITION.get(other)
                hint = f"unknown key {other!r}; it is called '{meant}' now"
                yield Finding(steps, hint if meant else unknown("condition", other, others))
    for index, event in enumerate(map(mapping, listed(data.get("events")))):
        yield from _event_names(event, ("events", index), names)
    yield from _success_names(mapping(data.get("success")), names)


def _success_names(success: dict[str, Any], names: Names) -> Iterator[Finding]:
    """Success takes conditions and members that there are."""
    yield from _ids(success.get("members"), ("success", "members"), names)
    if names.conditions is None:
        return
    known = dict.fromkeys((*SUCCESS_FIELDS, *names.conditions))
    for field in ("conditions", "at_most"):
        yield from _used(success.get(field), ("success", field), "condition", known)


def _quorum_weights(data: dict[str, Any], names: Names) -> Iterator[Finding]:
    """The weight that a quorum counts is a number that every nation has."""
    quorums: list[tuple[Steps, Any]] = [(("quorum",), data.get("quorum"))]
    for index, nation in enumerate(map(mapping, listed(data.get("nations")))):
        for place, quorum in enumerate(listed(nation.get("quorum"))):
            quorums.append((("nations", index, "quorum", place), quorum))
    known = [*QUORUM_WEIGHTS, *(f"capacity.{kind}" for kind in names.kinds or ())]
    for steps, quorum in quorums:
        weight = mapping(quorum).get("weight")
        if isinstance(weight, str) and names.kinds is not None and weight not in known:
            yield Finding((*steps, "weight"), unknown("weight", weight, known))


def _used(
    given: object, steps: Steps, what: str, known: dict[str, None] | None
) -> Iterator[Finding]:
    """The keys of a mapping that must be known names."""
    if known is None:
        return
    for name in mapping(given):
        if name not in known:
            yield Finding((*steps, name), unknown(what, name, list(known)))


def _ids(ids: object, steps: Steps, names: Names) -> Iterator[Finding]:
    """Ids of nations, one alone or a list in which none comes twice."""
    is_one = isinstance(ids, str)
    before: set[str] = set()
    for index, name in enumerate([ids] if is_one else listed(ids)):
        if not isinstance(name, str):
            continue
        place = steps if is_one else (*steps, index)
        if name in before:
            yield Finding(place, f"the nation {name!r} is listed twice")
        elif names.nations is not None and name not in names.nations:
            yield Finding(place, names.unknown_nation(name))
        before.add(name)


def _dyad_names(ties: dict[str, Any], names: Names) -> Iterator[Finding]:
    """Every dyad joins two different nations, and none is given twice."""
    directed = ties.get("directed") is True
    before: dict[tuple[str, str], int] = {}
    for index, dyad in enumerate(listed(ties.get("dyads"))):
        steps: Steps = ("ties", "dyads", index)
        if not isinstance(dyad, list) or len(dyad) != 3:
            yield Finding(steps, "must have the form [nation, peer, weight]")
            continue
        nation, peer = dyad[:2]
        if not isinstance(nation, str) or not isinstance(peer, str):
            continue
        for place, name in enumerate((nation, peer)):
            if names.nations is not None and name not in names.nations:
                yield Finding((*steps, place), names.unknown_nation(name))
        if nation == peer:
            yield Finding(steps, f"ties {nation!r} to itself")
        pair = (nation, peer) if directed or nation < peer else (peer, nation)
        if pair in before:
            yield Finding(steps, f"{nation}, {peer} is given twice; first as dyad {before[pair]}")
        before.setdefault(pair, index)


def _event_names(event: dict[str, Any], steps: Steps, names: Names) -> Iterator[Finding]:
    for kind in CONDITION_EVENTS:
        name = event.get(kind)
        if not isinstance(name, str) or names.conditions is None or name in names.conditions:
            continue
        if name != TEMPO:
            known = [*names.conditions, TEMPO] if kind == "signal" else list(names.conditions)
            yield Finding((*steps, kind), unknown("condition", name, known))
        elif kind != "signal":
            message = "tempo is no condition; nothing but a signal shifts it"
            yield Finding((*steps, kind), message)
    for kind, field in NATION_FIELDS.items():
        if kind in event and not (event.get(field) == "all" and kind != "move"):
            yield from _ids(event.get(field), (*steps, field), names)
    if "move" in event:
        yield from _used(event.get("pledge"), (*steps, "pledge"), "contribution", names.kinds)
