"""Days of a run: what is reported in which order, and which pledge goes with which move."""

from __future__ import annotations

import pytest

import sim
from sim.report.text import to_text
from sim.report.trace.nation import nation_blocks
from sim.report.trace.run import trace_blocks
from sim.report.trace.sentences import pledge_reasons
from sim.results.format import number
from sim.results.trace import Trace
from sim.scenario.load import scenario_from_dict


def story_of(trace: Trace) -> str:
    """What `willing trace` prints of a run."""
    return to_text(trace_blocks(trace))


class Frugal(sim.Nation):
    """A nation that pledges half of what the model's rule gives."""

    def choose_contributions(self):
        return super().choose_contributions() // 2


def told(nations, **changes) -> Trace:
    """Some nations, none of which moves of its own unless it is said."""
    form = {"days": 9, "nations": nations, "behaviour": {"from": None}, **changes}
    return sim.trace(scenario_from_dict(form), seed=1)


# Pledges


def pledging(*events, **changes) -> Trace:
    """Nations that give all they can where they choose: two deployed, one public."""
    offer = {"stake": 0.8, "capacity": {"ground": 8.0}}
    form = {
        "days": 6,
        "nations": [
            {"id": "GBR", "stage": "deployed", "pledge": {"ground": 0.5}, **offer},
            {"id": "FRA", "stage": "deployed", "pledge": {"ground": 8.0}, **offer},
            {"id": "DEU", "stage": "public", **offer},
        ],
        "contributions": {"ground": {}},
        "commitment": {"value": 400, "requirement": 20},
        "events": [*events, {"date": 4, "meeting": "emergency"}],
        "behaviour": {"from": None, "deploy": {"rate": 60}},
        **changes,
    }
    nation_class = form.pop("nation_class", None)
    return sim.trace(scenario_from_dict(form), seed=1, nation_class=nation_class)


def lines_of(trace: Trace, place: int, day: int) -> list[str]:
    """What is told of a nation on a day in its own story."""
    lines = to_text(nation_blocks(trace, place)).splitlines()
    first = next(at for at, line in enumerate(lines) if line.split(",")[0] == f"Day {day}")
    rest = lines[first + 1 :]
    return rest[: next(at for at, line in enumerate(rest) if not line.startswith(" "))]


COLLAPSED = {"date": 1, "deal": "truce", "collapses": 4}
PUT_BACK = {"date": 4, "move": ["GBR", "FRA"], "to": "pledged"}


@pytest.mark.parametrize(
    ("event", "moved"),
    [
        (COLLAPSED, " is called back to pledged, for the deal has collapsed"),
        (PUT_BACK, " is put in pledged by an event"),
    ],
)
def test_a_pledge_raised_or_kept_at_a_meeting_is_no_part_of_a_move_of_that_day(
    event, moved
) -> None:
    trace = pledging(event)
    raised, kept = lines_of(trace, 0, 4), lines_of(trace, 1, 4)
    assert raised[:2] == [f"  GBR{moved}", "  GBR raises its pledge by 7.50, to ground 8.00"]
    assert raised[2].startswith("    success is worth ")
    assert kept[0] == f"  FRA{moved}"
    assert kept[1].startswith("  FRA leaves its pledge at 8.00: the others give 8.00 of 20.0, and ")
    story = story_of(trace)
    assert "  Raised at a meeting: GBR by 7.50 to 8.00\n" in story
    assert "ground" not in story[story.index("Day 4") : story.index("At the end")]


def test_a_pledge_that_an_event_states_goes_with_its_move_though_a_meeting_raises_it() -> None:
    lines = lines_of(pledging({**PUT_BACK, "pledge": {"ground": 2.0}}), 0, 4)
    assert lines[0] == "  GBR is put in pledged by an event with ground 2.00"
    assert lines[1] == "  GBR raises its pledge by 6.00, to ground 8.00"


def test_a_nation_put_among_the_pledged_without_a_pledge_chooses_it_itself() -> None:
    put = {"date": 4, "move": "DEU", "to": "deployed"}
    said = "  DEU is put in deployed by an event, and pledges ground 8.00"
    trace = pledging({"date": 1, "deal": "truce", "collapses": 4}, put)
    assert lines_of(trace, 2, 4)[0] == said
    assert "  DEU is called back to pledged, for the deal has collapsed" in lines_of(trace, 2, 4)
    assert said in story_of(trace).splitlines()


def test_the_cost_told_is_that_of_the_first_unit() -> None:
    trace = told(
        contributions={"ground": {"cost": 2.0}, "air": {"cost": 1.0}},
        nations=[{"id": "GBR", "stage": "pledged", "capacity": {"ground": 90.0, "air": 90.0}}],
        commitment={"value": 3000, "convexity": 8},
    )
    [pledge] = trace.pledges
    reasons, convexity = pledge.reasons, trace.scenario.commitment.convexity
    for kind, given in enumerate(pledge.after):
        assert reasons.floor[kind] < given < reasons.capacity[kind]
        next_unit = reasons.cost[kind] * (1.0 + convexity * given / reasons.capacity[kind])
        assert next_unit == pytest.approx(reasons.price)
    [text] = pledge_reasons(trace, reasons, pledge.after)
    price = number(reasons.price)
    said = f"one more unit is worth {price}; the first unit of each costs it air 1.00 ("
    assert said in text.replace("\u00a0", " ")


def test_the_worth_of_a_unit_is_that_of_the_models_rule_where_a_nation_has_its_own() -> None:
    put = {"date": 2, "move": "DEU", "to": "pledged"}
    frugal = " ".join(" ".join(lines_of(pledging(put, nation_class=Frugal), 2, 2)).split())
    assert "at what the model's rule would give; the first unit costs it ground" in frugal
    assert frugal.endswith("and it chose by a rule of its own")
    assert "model's rule" not in " ".join(lines_of(pledging(put), 2, 2))


# Days


def test_moves_that_events_make_are_told_before_what_rests_on_them() -> None:
    events = [
        {"date": 2, "requirement": 50},
        {"date": 2, "meeting": "summit"},
        {"date": 2, "move": "FRA", "to": "talks"},
    ]
    nations = [{"id": "GBR", "stage": "willing"}, {"id": "FRA", "stage": "outside"}]
    lines = story_of(told(nations, events=events)).split("\nDay 2: ")[1].splitlines()
    assert lines[1:4] == [
        "  FRA is put in talks by an event",
        "  Meeting, summit: all 2 attend",
        "  The force required becomes 50.0, from 30.0",
    ]


def test_who_is_called_back_is_told_after_the_collapse_and_before_the_meeting() -> None:
    text = story_of(pledging(COLLAPSED)).split("\nDay 4: ")[1]
    called, met = text.index("Called back to pledged"), text.index("Meeting, emergency")
    assert text.index("The peace deal collapses") < called < met


def test_of_very_many_moves_by_events_the_rest_is_counted_by_itself() -> None:
    put = [f"N{place}" for place in range(20)]
    trace = told(
        nations=[*put, {"id": "GBR", "stage": "willing"}],
        events=[{"date": 1, "move": put, "to": "talks"}, {"date": 1, "meeting": "summit"}],
        behaviour={"from": None, "declare": {"rate": 60}},
    )
    text = story_of(trace)
    assert text.count("is put in talks by an event") == 12
    more = text.index("  and 8 more moves by events: 8 to talks")
    assert more < text.index("Meeting, summit: all 21 attend") < text.index("GBR goes public")


def test_a_nation_that_announced_several_times_is_remembered_once() -> None:
    past = [(-5, "GBR"), (-2, ["GBR", "FRA"]), (-1, "FRA")]
    events = [{"date": date, "move": who, "to": "public"} for date, who in past]
    nations = [{"id": "GBR", "stage": "public"}, {"id": "FRA", "stage": "public"}]
    text = story_of(told([*nations, "DEU"], events=events))
    assert "announcements by GBR on day -5, FRA on day -2\n" in text
