"""Marks of meetings and signals: which there are, and that their labels keep apart."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from sim.plots.ensemble.over_time import fan_chart
from sim.plots.event_labels import drawn_dates, ends_at_mark, meetings, place_labels, signals
from sim.plots.sheet import figure_of
from sim.scenario.load import scenario_from_dict
from tests.results.synthetic import made_up, small_scenario

shares = st.lists(st.floats(0, 1), max_size=12)


def test_meetings_before_the_start_are_not_marked_and_those_of_a_day_share_a_label() -> None:
    changed = small_scenario().with_changes({"events.0.date": -3, "events.1.date": 20})
    assert [tuple(mark) for mark in meetings(changed)] == [
        (20, "second meeting, third meeting", True)
    ]


def test_signals_say_what_shifts_and_deals_whether_they_are_certain() -> None:
    events = [
        {"date": 4, "signal": "us_backing", "shift": -2},
        {"date": 5, "signal": "us_backing", "shift": {"normal": [0, 1]}},
        {"date": 5, "signal": "tempo", "shift": 0.5},
        {"date": 6, "deal": "peace", "probability": 0.01},
        {"date": 7, "deal": "peace"},
        {"date": 8, "shock": "us_backing", "jump": 1},
    ]
    conditions = {"us_backing": {"level": 0.5}}
    form = {"days": 9, "nations": ["GBR"], "conditions": conditions, "events": events}
    assert [(mark.day, mark.label) for mark in signals(scenario_from_dict(form))] == [
        (4, "signal: us backing -2"),
        (5, "signal: us backing, signal: tempo +0.5"),
        (6, "deal possible: peace"),
        (7, "deal: peace"),
    ]


def test_an_event_whose_date_is_drawn_has_a_band_with_its_quantiles_and_no_line() -> None:
    events = [
        {"date": {"uniform": [5, 14]}, "deal": "peace"},
        {"date": {"dates": [-4, 9]}, "meeting": "summit"},
        {"date": 12, "shock": "us_backing", "jump": 1},
    ]
    changed = small_scenario().with_changes({"events": events})
    assert (meetings(changed), signals(changed)) == ([], [])
    assert [tuple(band) for band in drawn_dates(changed)] == [
        (-4, -4, 9, "summit (date drawn)", True),
        (5, 9, 14, "deal: peace (date drawn)", False),
    ]
    axes = fan_chart(made_up(changed, 2))
    written = [text.get_text() for text in axes.texts]
    assert "deal: peace (date drawn)" in written
    label = figure_of(axes).get_supxlabel().replace("\n", " ")
    assert "Lines, dashed: shocks" in label
    assert "Bars at the top: dates that are drawn once a run, 5 to 95 %, ticks at medians." in label
    alone = made_up(small_scenario().with_changes({"events": events[:1]}), 2)
    assert "Lines" not in figure_of(fan_chart(alone)).get_supxlabel()


def test_dates_that_are_drawn_jointly_are_not_marked_and_the_figure_says_so() -> None:
    events = [{"date": {"uniform": [5, 14]}, "deal": "peace"}]
    joint = small_scenario().with_changes({"events": events})
    joint = joint.with_draws({"events.peace.date": [6, 12]})
    assert drawn_dates(joint) == []
    axes = fan_chart(made_up(joint, 2))
    assert not any("peace" in text.get_text() for text in axes.texts)
    label = figure_of(axes).get_supxlabel().replace("\n", " ")
    assert "Events whose dates are drawn jointly are not marked." in label


def test_bars_of_drawn_dates_that_overlap_stand_in_rows() -> None:
    laws = [{"uniform": [2, 6]}, {"uniform": [4, 9]}, {"uniform": [10, 14]}]
    events = [{"date": law, "meeting": f"m{n}"} for n, law in enumerate(laws)]
    axes = fan_chart(made_up(small_scenario().with_changes({"events": events}), 2))
    bars = [
        bar.get_paths()[0].get_extents()
        for bar in axes.collections
        if bar.get_transform() != axes.transData and bar.get_alpha() == 0.45
    ]
    tops = [bar.y1 for bar in bars]
    assert len(tops) == 3
    assert tops[1] < bars[0].y0
    lines = {text.get_text(): text.xyann[1] for text in axes.texts}
    heights = [lines[f"m{n} (date drawn)"] for n in range(3)]
    # The further down a bar is, the further up is its label.
    assert sorted(range(3), key=lambda n: -tops[n]) == sorted(range(3), key=lambda n: heights[n])
    assert (tops[2] == tops[0]) == (heights[2] == heights[0])


def test_marks_without_room_for_a_label_are_counted_in_the_small_print() -> None:
    events = [{"date": day, "meeting": f"meeting number {day}"} for day in range(1, 11)]
    axes = fan_chart(made_up(small_scenario().with_changes({"events": events}), 2))
    n_unlabelled = len(events) - sum("number" in text.get_text() for text in axes.texts)
    assert n_unlabelled > 0
    label = figure_of(axes).get_supxlabel().replace("\n", " ")
    assert f"Lines, dotted: meetings ({n_unlabelled} without room for a label)." in label


def test_signals_are_given_room_before_meetings() -> None:
    events = [{"date": 1, "meeting": f"a meeting that is long {day}"} for day in range(3)]
    events += [{"date": day, "meeting": f"meeting number {day}"} for day in range(2, 20)]
    events += [{"date": 9, "signal": "us_backing", "shift": 1}]
    axes = fan_chart(made_up(small_scenario().with_changes({"events": events}), 2))
    assert "signal: us backing +1" in [text.get_text() for text in axes.texts]


def test_a_scenario_without_dated_events_has_no_note_of_lines() -> None:
    axes = fan_chart(made_up(small_scenario().with_changes({"events": []}), 2))
    assert "Lines" not in figure_of(axes).get_supxlabel()


@given(shares, st.data())
def test_labels_on_one_line_never_overlap_nor_leave_the_axes(
    marks: list[float], data: st.DataObject
) -> None:
    widths = [data.draw(st.floats(0.01, 1.5)) for _ in marks]
    spans: dict[int, list[tuple[float, float]]] = {}
    for mark, width, line in zip(marks, widths, place_labels(marks, widths, 3), strict=True):
        if line is not None:
            left = mark - width if ends_at_mark(mark, width) else mark
            assert left >= 0
            spans.setdefault(line, []).append((left, left + width))
    for taken in spans.values():
        assert all(one[1] <= two[0] for one, two in pairwise(sorted(taken)))


def test_every_kind_of_event_is_marked_and_named_in_the_small_print() -> None:
    events = [
        {"date": 1, "meeting": "summit"},
        {"date": 2, "shock": "us_backing", "jump": -0.5},
        {"date": 3, "proposal": "us_backing", "name": "the plan"},
        {"date": 4, "signal": "us_backing", "shift": 1},
        {"date": 5, "opinion": "all", "shift": 0.1},
        {"date": 6, "requirement": 20},
        {"date": 7, "list": "first_list"},
        {"date": 8, "move": ["GBR", "FRA"], "to": "public"},
        {"date": 9, "trigger": "a_vote"},
    ]
    form = {
        "days": 200,
        "nations": ["GBR", "FRA"],
        "conditions": {"us_backing": {"level": 0.5}},
        "events": [{**event, "date": 20 * int(str(event["date"]))} for event in events],
    }
    axes = fan_chart(made_up(scenario_from_dict(form), 5))
    assert {text.get_text() for text in axes.texts} == {
        *("summit", "shock: us backing -0.5", "the plan", "signal: us backing +1"),
        *("opinion: all +0.1", "requirement: 20", "first list", "public: GBR, FRA"),
        "a vote",
    }
    days = {line.get_xdata()[0] for line in axes.lines if len(set(line.get_xdata())) == 1}
    assert days == {20 * day for day in range(1, 10)}
    said = figure_of(axes).get_supxlabel().replace("\n", " ")
    assert (
        "Lines, dotted: meetings, dashed: signals and deals, shocks, proposals, new requirements, "
        "shifts of support, triggers, lists of members, set stages." in said
    )


def test_labels_that_are_cut_still_differ() -> None:
    long = "A meeting of the coalition of the willing, held "
    events = [
        {"date": day, "meeting": f"{long}in {place}"} for day, place in ((3, "Paris"), (9, "Kyiv"))
    ]
    shown = [mark.label for mark in meetings(small_scenario().with_changes({"events": events}))]
    assert len(set(shown)) == 2
    assert all(len(label) <= 40 for label in shown)
    assert shown[0].endswith("Paris")
