"""Generated worlds in which much happens: nations come, go, pledge, deploy and return."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from sim.core.stages import STAGES
from sim.scenario.schema import Scenario
from tests.core.kernel.worlds import nation, small

MOVES = ("engage", "resolve", "declare", "pledge", "deploy", "return")
DAYS = 6

shares = st.floats(0, 1)


@st.composite
def worlds(draw: st.DrawFn) -> Scenario:
    """Three to ten nations, two conditions, two kinds, ties, and events of most kinds."""
    names = [f"N{spot}" for spot in range(draw(st.integers(3, 10)))]
    nations = [
        nation(
            name,
            draw(st.sampled_from(STAGES)),
            stake=draw(shares),
            support=draw(shares),
            reliance={"backing": draw(shares)},
            capacity={"ground": draw(st.floats(0, 20)), "air": draw(st.floats(0, 5))},
        )
        for name in names
    ]
    group = {"members": names[: draw(st.integers(1, len(names)))], "weight": 3}
    return small(
        nations,
        DAYS,
        leaders=[names[0]],
        ties={"leaders": 2, "groups": {"g": group}, "dyads": [[*names[:2], 1.5]]},
        conditions={
            "backing": {"level": 0.4, "speed": 0.3, "volatility": 0.2, "responds": {"force": 2}},
            "other": {
                "level": {"uniform": [0.2, 0.8]},
                "responds": {"backing": 1, "public_share": 1},
            },
        },
        contributions={"ground": {"spread": 0.4}, "air": {"cost": 0.7, "aversion": 1}},
        behaviour=draw(behaviours()),
        events=draw(st.lists(events(names), max_size=6)),
        success={"public_size": draw(st.integers(0, 3)), "hold": draw(st.integers(1, 4))},
    )


@st.composite
def behaviours(draw: st.DrawFn) -> dict[str, Any]:
    """Brisk rates, and coefficients that couple nations to each other."""
    moves: dict[str, Any] = {
        name: {"rate": draw(st.floats(0.05, 1)), "peers": draw(st.floats(-2, 3)), "momentum": 1.0}
        for name in MOVES
    }
    for name in ("decline", "withdraw"):
        moves[name] = {"rate": draw(st.floats(0.02, 0.4)), "defection": 2.0, "convened": -1.0}
    return moves


def events(names: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    """Events of one day; the same nation may be moved again and again."""
    day, who = st.integers(1, DAYS), st.lists(st.sampled_from(names), min_size=1, unique=True)

    def on(**fields: Any) -> st.SearchStrategy[dict[str, Any]]:
        return st.fixed_dictionaries({"date": day, **fields})

    return st.one_of(
        on(meeting=st.just("m"), participants=st.just("all") | who),
        on(trigger=st.just("t"), participants=st.just("all") | who),
        on(list=st.just("l"), covers=st.just("all") | who),
        on(move=who, to=st.sampled_from(STAGES)),
        on(deal=st.just("d"), probability=st.sampled_from([0.3, 1.0])),
        on(opinion=who, shift=st.floats(-0.5, 0.5)),
        on(requirement=st.floats(1, 60)),
        on(shock=st.just("backing"), jump=st.floats(-2, 2)),
    )
