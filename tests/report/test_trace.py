"""Single sentences of the report of a run."""

from __future__ import annotations

from math import exp
from pathlib import Path

import numpy as np
import pytest

import sim
from sim.core.stages import EXIT, FORWARD
from sim.report.blocks import Table
from sim.report.text import to_text
from sim.report.trace.nation import days_shown, hazard_blocks, nation_blocks, nations_blocks
from sim.report.trace.run import day_line, ending, longest_stretch, trace_blocks
from sim.report.trace.sentences import (
    changes_text,
    event_text,
    factors,
    hazard_text,
    luck_text,
    move_lines,
    raises_text,
    stay_text,
)
from sim.results.format import percent
from sim.results.trace import Trace
from sim.results.trace_records import DECISION, RAISED, PledgeRecord, Timestamp
from sim.scenario.load import scenario_from_dict
from sim.store.traces import trace_as_dict


class Halved(sim.Nation):
    """A nation that is half as likely to move on."""

    def forward_hazard(self, features):
        return super().forward_hazard(features) / 2.0


class ShutAtFirst(sim.Nation):
    """A nation that moves on no day before the fifth, and is then a tenth as likely to."""

    def forward_hazard(self, features):
        return 0.0 if self.model.day < 5 else super().forward_hazard(features) / 10.0


class Dreamer(sim.Nation):
    """A nation that goes public on day 2 and does not say why."""

    def consider(self):
        self.moments = [0.5, 2.0] if self.model.day == 2 else [2.0, 2.0]


def told(**changes) -> Trace:
    """A nation that declares at a known rate, and one that waits for a deal."""
    form = {
        "days": 60,
        "nations": [
            {"id": "GBR", "stage": "willing", "stake": 0.75},
            {"id": "FRA", "stage": "pledged", "capacity": {"ground": 3.0, "air": 0.0}},
        ],
        "contributions": {"ground": {}, "air": {}},
        "behaviour": {
            "from": None,
            "declare": {"rate": 0.05, "stake": 2.0},
            "deploy": {"rate": 0.5},
        },
        **changes,
    }
    nation_class = form.pop("nation_class", None)
    return sim.trace(scenario_from_dict(form), seed=1, nation_class=nation_class)


def test_a_hazard_is_the_rate_times_its_factors() -> None:
    trace = told()
    hazard = f"{0.05 * exp(0.5):.2g}"
    assert hazard_text(trace, 0, 1, FORWARD).replace("\u00a0", " ") == (
        f"hazard {hazard} a day = rate 0.05 \u00d7 stake 1.6"
    )


def test_factors_come_largest_first_and_what_is_left_out_is_counted() -> None:
    terms = {"stake": 0.2, "peers": -1.0, "deal": 0.7, "listed": 0.0, "climate": 0.01}
    assert factors(terms, 6).replace("\u00a0", " ") == (
        " \u00d7 peers 0.37 \u00d7 deal 2 \u00d7 stake 1.2, 1 smaller"
    )
    assert factors(terms, 1).endswith("peers\u00a00.37, 3 smaller")
    assert factors({"listed": 0.0}, 6) == ""


@pytest.mark.parametrize("rate", [0.05, 0.4, 1.5, 8.0])
def test_luck_is_the_share_that_waits_more_days(rate) -> None:
    trace = told(behaviour={"from": None, "declare": {"rate": rate}})
    [move] = trace.moves
    share = exp(-rate * move.when.day)
    assert luck_text(trace, move, full=False).startswith(f"{percent(share)} wait longer")
    assert " left" in luck_text(trace, move, full=True)
    [note] = [note for note in trace.event_log() if note["type"] == "move"]
    assert note["would_wait_longer"] == pytest.approx(share)


def test_a_hazard_above_any_threshold_leaves_nothing_to_luck() -> None:
    trace = told(behaviour={"from": None, "declare": {"rate": 50.0}})
    assert luck_text(trace, trace.moves[0], full=True) == "at any threshold"


def test_what_changed_since_a_nation_came_to_its_stage_is_told() -> None:
    event = {"date": 30, "opinion": "all", "shift": 0.5}
    move = {"rate": 1e-6, "support": 40.0}
    trace = told(behaviour={"from": None, "declare": move}, events=[event])
    [found] = trace.moves
    assert found.when.day >= 30
    assert changes_text(trace, found).replace("\u00a0", " ") == (
        "since it came there: support \u00d7 e^20"
    )


def waiting(*events) -> str:
    """What changed until a nation moved, which a meeting on day 20 makes it do."""
    convened = {"rate": 1e-3, "convened": 9.0}
    trace = told(
        behaviour={"from": None, "declare": convened, "deploy": convened},
        events=[*events, {"date": 20, "meeting": "summit"}],
    )
    move = next(move for move in trace.moves if move.when.day == 20 and move.cause == DECISION)
    return changes_text(trace, move).replace("\u00a0", " ")


def test_what_changed_is_counted_from_the_first_day_on_which_the_move_was_open() -> None:
    put = {"date": 3, "move": "GBR", "to": "talks"}, {"date": 4, "move": "GBR", "to": "willing"}
    assert waiting() == "since it came there: convened \u00d7 e^9"
    assert waiting(*put) == "since day 5, the first it was open: convened \u00d7 e^9"
    deal = {"date": 7, "deal": "peace"}
    gone = {"date": 1, "move": "GBR", "to": "left"}
    assert waiting(gone, deal) == "since day 7, the first it was open: convened \u00d7 e^9"
    assert waiting(gone, {**deal, "date": 20}) == ""


def test_what_held_a_nation_back_is_the_mean_over_the_days_its_move_was_open() -> None:
    event = {"date": 31, "opinion": "all", "shift": -0.5}
    behaviour = {"from": None, "declare": {"rate": 1e-6, "support": 4.0}}
    text = stay_text(told(behaviour=behaviour, events=[event]), 0, FORWARD)
    # support is 0 for 30 days, then -2
    assert "held back over the stay by support \u00d7 0.37. On" in text.replace("\u00a0", " ")
    behaviour["declare"]["support"] = 0.0
    assert "held back" not in stay_text(told(behaviour=behaviour, events=[event]), 0, FORWARD)
    shut = told(behaviour={"from": None, "declare": {"rate": 1e-6}}, nation_class=ShutAtFirst)
    text = stay_text(shut, 0, FORWARD).replace("\u00a0", " ")
    assert "held back over the stay by own rule \u00d7 0.1. On" in text


@pytest.mark.parametrize("width", [96, 80, 60, 40])
def test_no_line_of_the_story_is_wider_than_it_may_be(width: int) -> None:
    trace = sim.trace(sim.load_scenario("paris_2025"), seed=1, run=7)
    texts = [
        to_text(blocks, width)
        for blocks in (trace_blocks(trace), nations_blocks(trace, ("POL", "GBR")))
    ]
    assert max(len(line) for text in texts for line in text.splitlines()) <= width
    words = " ".join(texts[0].split())
    assert "Canada (CAN) goes public" in words
    assert "= rate 0.0016 \u00d7 listed e^7.37, 7 smaller" in words


def test_a_narrow_hazard_table_keeps_hazards_and_a_feature_and_names_what_it_left_out() -> None:
    trace = sim.trace(sim.load_scenario("paris_2025"), seed=1, run=7)
    table = to_text(hazard_blocks(trace, trace.index_of("POL")), 40)
    assert table.splitlines()[1].split() == ["day", "move", "hazard", "convened", "listed"]
    assert "Left out, for want of room: date; stage; used; threshold; " in " ".join(table.split())


def test_a_hazard_table_shows_whether_the_threshold_is_reached() -> None:
    trace = sim.trace(sim.load_scenario("paris_2025"), seed=1, run=7)
    rounded_alike = 0
    for index in range(len(trace.nations)):
        for table in hazard_blocks(trace, index):
            if not isinstance(table, Table):
                continue
            side = FORWARD if table.title == "Moves forward" else EXIT
            for row in table.rows:
                if "used" not in row:
                    continue
                day = int(row["day"].rstrip("*m"))
                used = trace.accumulated(index, side)[day]
                threshold = trace.visit(index, day).thresholds[side]
                assert (float(row["used"]) < float(row["threshold"])) == (used < threshold)
                rounded_alike += f"{used:.2g}" == f"{threshold:.2g}"
    assert rounded_alike > 3


def test_one_raise_of_next_to_nothing_is_one_nation_s() -> None:
    trace = told()
    pledge = PledgeRecord(Timestamp(1, 0, 0.0, 0), 1, RAISED, (1.0, 0.0), (1.001, 0.0), None)
    assert raises_text(trace, [pledge]) == "Raised at a meeting: 1 nation by next to nothing"
    assert raises_text(trace, [pledge] * 2) == "Raised at a meeting: 2 nations by next to nothing"


def test_what_a_nation_still_waits_for_is_told_by_side() -> None:
    trace = told()
    assert stay_text(trace, 1, FORWARD) == "To deploy: not open without a peace deal."
    assert stay_text(trace, 1, EXIT) == "To withdraw: the behaviour does not name it."
    waits = told(behaviour={"from": None, "declare": {"rate": 1e-6}})
    text = stay_text(waits, 0, FORWARD)
    assert text.startswith("To go public: <1 % of its threshold used up; <1 % of nations with")
    assert "; <1 % of nations with these hazards would have done so by now" in text
    assert "On the last day: hazard 1e-06 a day = rate 1e-06." in text


def test_an_own_rule_shows_as_a_factor_and_one_that_says_nothing_as_such() -> None:
    assert "own rule\u00a00.5" in hazard_text(told(nation_class=Halved), 0, 1, FORWARD)
    dreamer = told(nation_class=Dreamer)
    moves = [line.text for move in dreamer.moves for line in move_lines(dreamer, move, None)]
    assert any("GBR goes public" in line for line in moves)
    assert any("hazard not told" in line for line in moves)
    assert luck_text(dreamer, dreamer.moves[0], full=True) == "luck not told"
    assert "not told" in to_text(trace_blocks(dreamer))


def test_the_hazard_table_does_not_say_that_traits_stay_as_they_are() -> None:
    event = {"date": 9, "opinion": "all", "shift": -0.4}
    trace = told(
        behaviour={"from": None, "declare": {"rate": 1e-6, "support": 2.0}}, events=[event]
    )
    table = to_text(hazard_blocks(trace, 0))
    rows = {row.split()[0]: row.split()[-1] for row in table.splitlines() if row[:1].isdigit()}
    assert (rows["7"], rows["14"]) == ("1", "0.45")
    assert "traits, which change only where opinion shifts," in " ".join(table.split())


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ({"meeting": "the_summit"}, "Meeting, the summit: all 2 attend"),
        (
            {"meeting": "x", "weight": 0.5, "participants": "GBR"},
            "Meeting, x (weight 0.5): 1 attends",
        ),
        ({"trigger": "a_vote"}, "Trigger, a vote: all 2 feel it"),
        (
            {"trigger": "a_vote", "weight": 2, "participants": "GBR"},
            "Trigger, a vote (weight 2): 1 feels it",
        ),
        ({"list": "names", "covers": "FRA"}, "A list is published, names: it covers FRA"),
        ({"opinion": "all", "shift": -0.1}, "Domestic support shifts by -0.10: all nations"),
        ({"requirement": 45}, "The force required becomes 45.0, from 30.0"),
        ({"shock": "mood", "jump": 1.5}, "Shock to mood: +1.50 on log-odds"),
        ({"signal": "mood", "shift": -2}, "Signal: mood now tends -2.00 on log-odds"),
        ({"signal": "tempo", "shift": 0.69315}, "Signal: the tempo is now \u00d7 2"),
        ({"deal": "peace"}, "A peace deal is signed: peace"),
        (
            {"move": "FRA", "to": "pledged"},
            "An event puts nations in pledged, where they are already",
        ),
        ({"proposal": "mood", "gain": 2, "reference": 0.5}, "The plan is put to mood: "),
    ],
)
def test_each_event_has_its_words(event, said) -> None:
    trace = told(conditions={"mood": {"level": 0.5}}, events=[{"date": 1, **event}])
    assert event_text(trace, trace.events[0]).startswith(said)


def test_what_is_left_of_a_meeting_after_those_before_it_is_said() -> None:
    events = [{"date": 1, "meeting": "first"}, {"date": 2, "meeting": "second", "weight": 4}]
    trace = told(memory={"fatigue": 0.5}, events=events)
    assert [event_text(trace, each).split(":")[0] for each in trace.events] == [
        "Meeting, first",
        "Meeting, second (weight 4, felt as 2 after those before it)",
    ]


def test_a_list_that_takes_the_place_of_meetings_is_said_beside_the_hazard() -> None:
    move = {"rate": 1e-3, "convened": 2.0, "listed": 1.0}
    events = [{"date": 2, "meeting": "m"}, {"date": 2, "list": "names", "covers": "GBR"}]
    trace = told(
        nations=[{"id": name, "stage": "willing"} for name in ("GBR", "FRA")],
        behaviour={"from": None, "declare": move, "decline": move},
        events=events,
    )
    listed, unlisted = (trace.terms(nation, 2, FORWARD) for nation in ("GBR", "FRA"))
    assert (listed["convened"], listed["listed"]) == (0.0, 1.0)
    assert (unlisted["convened"], unlisted["listed"]) == (2.0, 0.0)
    assert trace.terms("GBR", 2, EXIT)["convened"] == 2.0
    said = "; the list counts in place of meetings"
    texts = [hazard_text(trace, 0, day, side) for day in (2, 3) for side in (FORWARD, EXIT)]
    assert [said in text for text in texts] == [True, False, False, False]
    assert said not in hazard_text(trace, 1, 2, FORWARD)


def test_an_event_of_a_kind_without_words_is_told_by_its_name_and_numbers() -> None:
    event = {"date": 1, "opinion": "FRA", "shift": -0.1}
    trace = told(events=[event])
    record = trace.events[0]._replace(kind="scandal", label="bad_press")
    assert event_text(trace, record) == "Scandal, bad press, FRA, shift -0.10"


def test_the_line_of_a_day_leaves_out_what_does_not_fit() -> None:
    conditions = {f"condition_number_{number}": {"level": 0.5} for number in range(9)}
    line = day_line(told(conditions=conditions), 1)
    assert len(line) <= 96
    assert line.endswith(", \u2026")
    assert "1 public, 1 undisclosed; force " in line


def test_the_end_says_since_when_it_succeeded_or_what_was_missing() -> None:
    wanted = {"public_size": 2, "requirement_share": 0.9, "hold": 3}
    failed = " ".join(to_text(list(ending(told(success=wanted)))).split())
    assert "% of the force required (wanted: 90 %)" in failed
    assert "There was no day on which all held." in failed
    assert "Success from day 0 on" in to_text(
        list(ending(told(success={"public_size": 1, "hold": 3})))
    )
    late = " ".join(to_text(list(ending(told(success={"public_size": 2, "hold": 60})))).split())
    assert "every threshold is met on the last day. They held together for 57 days" in late


def test_the_longest_stretch_is_that_of_days_running() -> None:
    assert longest_stretch(np.array([True, False, True, True, False])) == 2
    assert longest_stretch(np.zeros(3, dtype=bool)) == 0


def test_days_on_which_a_move_is_shut_have_one_row() -> None:
    assert list(days_shown(told(), 1, FORWARD)) == [1]
    [move] = told().moves
    assert list(days_shown(told(), 0, FORWARD)) == [1, move.when.day, 7]


def test_the_moves_that_the_manual_explains_are_printed_so() -> None:
    manual = Path(__file__).parents[2].joinpath("docs", "trace.md").read_text(encoding="utf-8")
    sample = manual.partition("Three moves and a pledge")[2].split("```")[1].strip().split("\n\n")
    runs = [*[("paris_2025", 1, 7)] * 4, ("granovetter_1978", 0, 0)]
    for (name, seed, run), shown in zip(runs, sample, strict=True):
        story = to_text(trace_blocks(sim.trace(sim.load_scenario(name), seed=seed, run=run)))
        assert " ".join(shown.split()) in " ".join(story.split())


def test_of_dates_that_are_drawn_jointly_the_report_says_those_that_come() -> None:
    law = {"date": {"uniform": [1, 31]}}
    form = {
        "days": 30,
        "nations": [{"id": "GBR", "stage": "talks"}],
        "events": [{**law, "list": "first"}, {**law, "list": "second"}],
    }
    draws = {"events.first.date": [4], "events.second.date": [31]}
    traced = sim.trace(scenario_from_dict(form).with_draws(draws), seed=1)
    text = " ".join(to_text(trace_blocks(traced)).split())
    assert "Dates drawn for this run: first, day 4" in text
    assert "second" not in text


def test_the_report_says_which_dates_were_drawn_and_what_does_not_happen_for_them() -> None:
    events = [
        {"date": {"dates": [4]}, "meeting": "m"},
        {"date": {"dates": [-2]}, "meeting": "past"},
        {"date": {"dates": [5]}, "signal": "backing", "shift": 1, "days": 2},
        {"date": {"dates": {"6": 1e-9, "31": 1}}, "list": "names"},
        {"date": {"dates": {"6": 1e-9, "20": 1}}, "deal": "peace", "collapses": 20},
        {"date": 8, "requirement": 3},
    ]
    form = {
        "days": 30,
        "start": "2025-03-10",
        "nations": [{"id": "GBR", "stage": "talks"}],
        "conditions": {"backing": {"level": 0.5}},
        "events": events,
    }
    traced = sim.trace(scenario_from_dict(form), seed=1)
    assert traced.event_dates == (4, -2, 5, 31, 20, 8)
    text = " ".join(to_text(trace_blocks(traced)).split())
    assert (
        "Dates drawn for this run: m, 14 Mar 2025 (day 4); past, 8 Mar 2025 (day -2); signal to "
        "backing, 15 Mar 2025 (day 5); names, 10 Apr 2025 (day 31), after the end, so that it does "
        "not happen; peace, 30 Mar 2025 (day 20), after its collapse, so that it is never in force"
    ) in text
    assert "1 attends: GBR (date drawn)" in text.replace("all 1 attend", "1 attends: GBR")
    assert "Signal: backing now tends +1.00 on log-odds (date drawn)" in text
    assert "The force required becomes 3" in text
    assert text.count("(date drawn)") == 2
    drawn = [entry["event"] for entry in traced.event_log() if entry.get("date_drawn")]
    assert drawn == ["meeting", "meeting", "signal"]
    assert trace_as_dict(traced)["drawn_dates"]["events.list.names.0.date"] == 31


def test_stages_that_the_initial_law_drew_are_told_with_their_chances():
    law = {"talks": {"odds": 3, "bond": 2 * np.log(3)}}
    nations = ["GBR", {"id": "FRA", "bond": 1}, {"id": "POL", "stage": "left"}]
    trace = sim.trace(
        scenario_from_dict({"days": 2, "nations": nations, "behaviour": {"initial": law}})
    )
    story = to_text(trace_blocks(trace))
    assert "By the initial law, with the chance of talks or further: GBR 0.75, FRA 0.90" in story
    told = to_text(nations_blocks(trace, ("FRA",)))
    assert "on day 0, by the initial law (chance of talks or further 0.90)" in told
    assert "by the initial law (" not in to_text(nations_blocks(trace, ("POL",)))
    assert np.isnan(trace.chance_in_play).tolist() == [False, False, True]
    assert trace_as_dict(trace)["chance_in_play"] == pytest.approx({"GBR": 0.75, "FRA": 0.9})


def test_capability_is_told_with_the_demand_that_scales_it() -> None:
    form = {"days": 2, "nations": [{"id": "GBR", "capability": 0.9}]}
    for demand, said in (
        (1, "capability 0.90,"),
        (0.25, "capability 0.90 (a demand of 0.25 makes +0.10 of +0.40),"),
        (0, "capability 0.90 (a demand of 0.00 makes +0.00 of +0.40),"),
    ):
        traced = sim.trace(scenario_from_dict({**form, "commitment": {"demand": demand}}))
        assert said in nation_blocks(traced, 0)[0].text
