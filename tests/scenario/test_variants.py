"""Variants: nations and events added, removed and changed; bases of bases, and several at once."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from sim.scenario.events import event_keys
from sim.scenario.files import bases
from sim.scenario.load import ScenarioError, load_scenario, scenario_from_dict
from sim.studies.design.file import load_study


def variant(paris: Path, text: str, name: str = "variant.yaml") -> Path:
    """A file beside the base."""
    file = paris.with_name(name)
    file.write_text(text, encoding="utf-8")
    return file


def ids(scenario) -> list[str]:
    return [nation.id for nation in scenario.nations]


def problems_of(file: Path, **more) -> str:
    with pytest.raises(ScenarioError) as error:
        load_scenario(file, **more)
    return str(error.value).replace(f"{file.parent}/", "")


# Nations


def test_a_variant_adds_nations_which_take_what_is_set_for_all_unless_they_say_otherwise(paris):
    file = variant(
        paris,
        "base: paris.yaml\n"
        "add_nations: [{id: ITA, stake: 0.7, support: 0.9}, ESP]\n"
        "nations: {set: {'*': {capability: 0.2}, ESP: {stake: 0.1}}}\n",
    )
    base, changed = load_scenario(paris), load_scenario(file)
    assert ids(changed) == [*ids(base), "ITA", "ESP"]
    italy, spain = changed.nations[-2:]
    assert (italy.stake, italy.support, italy.capability) == (0.7, 0.9, 0.2)
    assert italy.reliance["us_backing"] == 0.5  # as set for all in the base
    assert spain.stake == 0.1
    assert spain.support == base.nations[0].support
    assert changed.nations[2].stake == base.nations[2].stake


def test_a_variant_adds_the_nations_of_a_table(paris):
    paris.with_name("more.csv").write_text("id,stake,capacity.ground\nITA,0.7,3\nESP,,2\n")
    added = load_scenario(variant(paris, "base: paris.yaml\nadd_nations: more.csv\n")).nations[-2:]
    assert [(nation.id, nation.capacity["ground"]) for nation in added] == [("ITA", 3), ("ESP", 2)]
    assert added[0].stake == 0.7


def test_a_nation_that_is_added_twice_is_refused_with_the_file_that_has_it(paris):
    file = variant(paris, "base: paris.yaml\nadd_nations: [POL]\n")
    message = "nations.5.id: the nation 'POL' is given twice; first in nations.csv:4"
    assert problems_of(file) == f"variant.yaml:2: {message}"


def test_all_that_refers_to_a_removed_nation_goes_with_it(paris):
    file = variant(paris, "base: paris.yaml\nremove_nations: [GBR, POL]\n")
    base, changed = load_scenario(paris), load_scenario(file)
    assert ids(changed) == ["FRA", "EST", "LVA"]
    assert changed.leaders == ("FRA",)
    assert changed.ties.groups["e5"].members == ("FRA",)
    assert changed.ties.dyads == (("EST", "LVA", 1.5),)
    kinds = [event.kind for event in changed.events]
    assert kinds == [event.kind for event in base.events if event.kind != "move"]
    assert changed.events[1].participants == ("FRA",)
    assert changed.loading_notes == (
        f"{file}:2: remove_nations: events without nations go too: move GBR (day -8), "
        "move POL (day 9)",
    )


def test_the_nations_that_stay_keep_all_that_is_theirs(paris):
    base = load_scenario(paris)
    changed = load_scenario(variant(paris, "base: paris.yaml\nremove_nations: GBR\n"))
    assert changed.nations == base.nations[1:]
    assert changed.behaviour == base.behaviour
    assert base.loading_notes == ()


def test_what_a_variant_says_about_a_nation_that_it_removes_is_refused(paris):
    file = variant(
        paris,
        "base: paris.yaml\nremove_nations: [POL]\nleaders: [FRA, POL]\n"
        "nations: {set: {POL: {stake: 1}}}\n",
    )
    assert problems_of(file).splitlines() == [
        "variant.yaml:3: leaders.1: unknown nation 'POL': variant.yaml:2 removes it",
        "variant.yaml:4: nations.set.POL: unknown nation 'POL': variant.yaml:2 removes it",
    ]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("remove_nations: [POLL]", "remove_nations: unknown nation 'POLL'; did you mean 'POL'?"),
        ("remove_nations: [3]", "remove_nations: 3 must be the id of a nation, or a list of ids"),
        ("add_nations: 3", "add_nations: 3 must be a list of nations or the path of a table"),
        ("add_nations: no.csv", "add_nations: no.csv does not exist"),
        ("add_nations: [{id: ITA, stake: 2}]", "nations.ITA.stake: 2 must be between 0 and 1"),
        ("remove_events: [chief]", "remove_events: unknown event 'chief'; did you mean 'chiefs'?"),
        ("remove_events: [[a]]", "remove_events: ['a'] must be the name of an event, or a list"),
        ("set_events: [a]", "set_events: ['a'] must be a mapping from names of events"),
        ("set_events: {chiefs: 3}", "set_events.chiefs: 3 must be a mapping of what changes"),
        ("set_events: {cheifs: {weight: 1}}", "unknown event 'cheifs'; did you mean 'chiefs'?"),
        (
            "set_events: {chiefs: {weigth: 1}}",
            "weigth: unknown key 'weigth'; did you mean 'weight'",
        ),
        ("set_events: {chiefs: {date: 999}}", "(day 999) must be between 2015-03-13"),
        (
            "set_events: {chiefs: {weight: 1}, meeting.chiefs.0: {weight: 2}}",
            "set_events.meeting.chiefs.0: is the same event as 'chiefs'",
        ),
        (
            "{remove_events: chiefs, set_events: {chiefs: {weight: 1}}}",
            "variant.yaml:2 removes this event",
        ),
        ("remove_nation: [POL]", "unknown key 'remove_nation'; did you mean 'remove_nations'?"),
    ],
)
def test_wrong_changes_are_refused_where_they_are_written(paris, line, message):
    text = line[1:-1].replace(", set", "\nset") if line[0] == "{" else line
    said = problems_of(variant(paris, f"base: paris.yaml\n{text}\n"))
    assert message in said
    assert all(each.startswith("variant.yaml:") for each in said.splitlines())


@pytest.mark.parametrize(
    "key", ["add_nations", "remove_nations", "remove_events", "set_events", "add_events"]
)
def test_changes_to_the_lists_of_a_base_need_a_base(paris, key):
    said = problems_of(variant(paris, f"days: 9\nnations: [A]\n{key}: []\n"))
    assert said.startswith(f"variant.yaml:3: {key}: needs a base")
    assert f"--set: {key}: is no path that can be changed" in problems_of(paris, set={key: []})


# Events


def test_events_are_removed_and_changed_by_their_names(paris):
    file = variant(
        paris,
        "base: paris.yaml\n"
        "remove_events: [chiefs, signal.us_backing.0, requirement.0]\n"
        "set_events:\n"
        "  ministers: {date: 2025-03-13, weight: null}\n"
        "  ceasefire: {probability: 0.5}\n"
        "  move.GBR.0: {to: pledged}\n"
        "add_events: [{date: 3, meeting: chiefs}]\n",
    )
    base, changed = load_scenario(paris), load_scenario(file)
    assert len(changed.events) == len(base.events) - 2
    ministers, deal = changed.events[0], changed.events[4]
    assert (ministers.date, ministers.weight) == (3, 1)
    assert ministers.participants == base.events[1].participants
    assert (deal.probability, deal.collapses) == (0.5, 144)
    assert [event.to for event in changed.events if event.kind == "move"] == ["pledged", "pledged"]
    assert (changed.events[-1].meeting, changed.events[-1].date) == ("chiefs", 3)


def test_a_name_that_several_events_have_is_refused_with_one_that_is_clear(paris):
    more = variant(paris, "base: paris.yaml\nadd_events: [{date: 9, meeting: chiefs}]\n", "m.yaml")
    file = variant(paris, "base: m.yaml\nremove_events: chiefs\n")
    assert problems_of(file) == (
        "variant.yaml:2: remove_events: 2 events have the name 'chiefs'; give kind, subject and "
        "ordinal, such as 'meeting.chiefs.0'"
    )
    file = variant(paris, "base: m.yaml\nremove_events: meeting.chiefs.1\n")
    assert load_scenario(file).events == load_scenario(paris).events
    assert len(load_scenario(more).events) == len(load_scenario(paris).events) + 1


# Bases


def test_bases_have_bases_of_any_depth(paris):
    before = "paris.yaml"
    for level in range(20):
        file = variant(
            paris,
            f"base: {before}\nnations: {{set: {{GBR: {{stake: 0.{level + 10}}}}}}}\n"
            f"add_events: [{{date: {level + 1}, meeting: m{level}}}]\n",
            f"v{level}.yaml",
        )
        before = file.name
    found = load_scenario(file)
    assert found.nations[0].stake == 0.29
    assert [event.meeting for event in found.events[-20:]] == [f"m{level}" for level in range(20)]


def test_paths_are_relative_to_the_file_that_names_them_at_every_level(paris):
    folder = paris.parent / "in" / "deep"
    folder.mkdir(parents=True)
    (folder / "more.csv").write_text("id\nITA\n")
    (folder / "b.yaml").write_text("base: ../../paris.yaml\nadd_nations: more.csv\n")
    assert ids(load_scenario(variant(paris, "base: in/deep/b.yaml\n")))[-1] == "ITA"


def test_a_longer_circle_of_bases_names_the_chain(paris):
    for name, base in (("a", "b"), ("b", "c"), ("c", "d"), ("d", "b")):
        file = variant(paris, f"base: {base}.yaml\n", f"{name}.yaml")
    said = problems_of(file.with_name("a.yaml"))
    folder = f"{paris.parent}/"
    assert said.replace(folder, "") == (
        "b.yaml:1: base: the bases go round in a circle: b.yaml, c.yaml and d.yaml"
    )


def test_two_variants_of_one_base_are_merged_in_their_order(paris):
    variant(
        paris,
        "base: paris.yaml\nconditions: {us_backing: {level: 0.2}}\nremove_nations: POL\n"
        "remove_events: [chiefs, ministers]\n",
        "opposition.yaml",
    )
    variant(
        paris,
        "base: paris.yaml\nconditions: {us_backing: {speed: 0.5}}\nadd_nations: [ITA]\n"
        "remove_events: 0\nset_events: {signal.us_backing.0: {shift: -2}}\n"
        "add_events: [{date: 5, meeting: talks}]\n",
        "deal.yaml",
    )
    both = load_scenario(variant(paris, "base: [opposition.yaml, deal.yaml]\n"))
    assert (both.conditions["us_backing"].level, both.conditions["us_backing"].speed) == (0.2, 0.5)
    assert ids(both) == ["GBR", "FRA", "EST", "LVA", "ITA"]
    kinds = [event.kind for event in both.events]
    assert kinds[:3] == ["proposal", "list", "signal"]
    assert both.events[2].shift == -2
    assert both.events[-1].meeting == "talks"
    assert not any("differ" in note for note in both.loading_notes)


def test_a_number_of_an_event_means_that_of_the_files_own_bases(paris):
    variant(paris, "base: paris.yaml\nremove_events: [0, 1]\n", "first.yaml")
    variant(paris, "base: paris.yaml\nset_events: {'2': {gain: 7}}\n", "second.yaml")
    both = load_scenario(variant(paris, "base: [first.yaml, second.yaml]\n"))
    assert both.events[0].gain == 7


@pytest.mark.parametrize(
    ("change", "n_events"),
    [
        ("title: more\n", 60),
        ("remove_events: 0\n", 11),
        ("set_events: {{'{k}': {{jump: 2}}}}\n", 60),
    ],
)
def test_a_long_chain_of_bases_that_diverge_loads_at_once(paris, change, n_events):
    events = "".join(f"  - {{date: {day}, shock: us_backing, jump: 1}}\n" for day in range(1, 61))
    variant(paris, f"base: paris.yaml\nevents:\n{events}", "doc_0.yaml")
    for k in range(1, 50):
        variant(paris, "title: another\n", f"beside_{k}.yaml")
        text = f"base: [beside_{k}.yaml, doc_{k - 1}.yaml]\n" + change.format(k=k)
        variant(paris, text, f"doc_{k}.yaml")
    for k in (15, 49):  # the shorter one ends even if each further file doubles the time
        start = time.process_time()
        found = load_scenario(paris.with_name(f"doc_{k}.yaml"))
        assert time.process_time() - start < 5
    assert len(found.events) == n_events


def test_files_that_each_list_all_earlier_ones_load_at_once(paris, monkeypatch):
    looked = []
    shipped = bases.shipped_scenarios
    monkeypatch.setattr(bases, "shipped_scenarios", lambda: looked.append(1) or shipped())
    names = ["paris.yaml"]
    for k in range(60):
        change = f"nations: {{set: {{POL: {{stake: {k / 100}}}}}}}"
        variant(paris, f"base: [{', '.join(names)}]\n{change}\n", f"doc_{k}.yaml")
        names.append(f"doc_{k}.yaml")
    found = load_scenario(paris.with_name("doc_59.yaml"))
    assert next(each for each in found.nations if each.id == "POL").stake == 0.59
    assert found.loading_notes == ()
    assert len(looked) <= 2  # of 1,830 bases that are named
    variant(paris, "base: doc_59.yaml\n", "doc_0.yaml")
    with pytest.raises(ScenarioError, match=r"the bases go round in a circle: .*doc_0.yaml"):
        load_scenario(paris.with_name("doc_59.yaml"))


def test_what_two_bases_say_differently_is_noted_and_the_later_one_holds(paris):
    text = (
        "base: paris.yaml\nconditions: {{us_backing: {{level: {}}}}}\nset_events: {{chiefs: {}}}\n"
    )
    variant(paris, text.format(0.2, "{weight: 2}"), "a.yaml")
    variant(paris, text.format(0.4, "{weight: 2}"), "b.yaml")
    folder = paris.parent
    both = load_scenario(variant(paris, "base: [a.yaml, b.yaml]\n"))
    assert both.conditions["us_backing"].level == 0.4
    assert both.loading_notes == (
        f"bases differ in conditions.us_backing.level: {folder}/a.yaml:2 says 0.2 and "
        f"{folder}/b.yaml:2 says 0.4; the latter holds",
    )
    other = load_scenario(variant(paris, "base: [b.yaml, a.yaml]\n"))
    assert other.conditions["us_backing"].level == 0.2
    decided = variant(paris, "base: [a.yaml, b.yaml]\nconditions: {us_backing: {level: 0.3}}\n")
    assert load_scenario(decided).loading_notes == ()
    assert load_scenario(decided).conditions["us_backing"].level == 0.3


@pytest.mark.parametrize(
    ("first", "second", "said_of", "is_refused"),
    [
        ("remove_nations: POL", "nations: {set: {POL: {stake: 1}}}", "a.yaml:2 removes it", True),
        ("nations: {set: {POL: {stake: 1}}}", "remove_nations: POL", "removes nations.POL", False),
        ("remove_events: chiefs", "set_events: {chiefs: {weight: 2}}", "removes this event", True),
        ("set_events: {chiefs: {weight: 2}}", "remove_events: chiefs", "events.chiefs", False),
        ("memory: {momentum: 2}", "memory: null", "b.yaml:2 removes memory", False),
        ("memory: null", "memory: {momentum: 2}", "a.yaml:2 removes memory", False),
        ("behaviour: {declare: {rate: 1}}", "behaviour: reasoned", "behaviour", False),
    ],
)
def test_a_base_that_removes_what_another_changes_is_said(
    paris, first, second, said_of, is_refused
):
    variant(paris, f"base: paris.yaml\n{first}\n", "a.yaml")
    variant(paris, f"base: paris.yaml\n{second}\n", "b.yaml")
    file = variant(paris, "base: [a.yaml, b.yaml]\n")
    said = problems_of(file) if is_refused else "\n".join(load_scenario(file).notes)
    assert said_of in said
    assert is_refused or "bases differ in" in said


def test_a_later_deal_of_one_label_has_the_draws_of_the_one_that_is_removed(paris):
    deals = "".join(
        f"  - {{date: {day}, deal: {label}, probability: 0.5}}\n"
        for day, label in ((5, "truce"), (9, "truce"), (9, "peace"))
    )
    variant(paris, f"base: paris.yaml\nevents:\n{deals}", "deals.yaml")
    file = variant(paris, "base: deals.yaml\nremove_events: deal.truce.0\n")
    whole = load_scenario(paris.with_name("deals.yaml"))
    keys = event_keys(whole.events)
    assert keys == ["events.deal.truce.0", "events.deal.truce.1", "events.deal.peace.0"]
    for cut in (load_scenario(file), whole.with_changes({"events.deal.truce.0": None})):
        assert event_keys(cut.events) == [keys[0], keys[2]]


@pytest.mark.parametrize("base", ["[]", "3", "[paris.yaml, 3]", "{a: 1}", "''", "null"])
def test_a_base_that_is_no_file_is_refused(paris, base):
    said = problems_of(variant(paris, f"base: {base}\n"))
    assert "must be the path of a scenario file or a shipped name, or a list of them" in said


def test_a_scenario_in_memory_is_a_base(paris):
    base = load_scenario(paris)
    changed = scenario_from_dict({"base": base, "remove_nations": ["POL"], "add_nations": ["ITA"]})
    assert ids(changed) == ["GBR", "FRA", "EST", "LVA", "ITA"]
    assert changed.ties.groups["e5"].members == ("GBR", "FRA")
    stacked = scenario_from_dict({"base": [base.full(), {"days": 170}], "remove_events": "chiefs"})
    assert (stacked.days, len(stacked.events)) == (170, len(base.events) - 1)


# Fewer days


def test_fewer_days_by_set_leave_later_events_out_and_say_so(paris):
    base = load_scenario(paris)
    for cut in (load_scenario(paris, ["days=50"]), base.with_changes({"days": 50})):
        assert cut.days == 50
        assert cut.events == tuple(event for event in base.events if event.date <= 50)
        (note,) = cut.loading_notes
        assert note == (
            "the run ends on day 50, so what comes later is left out: deal ceasefire (day 60)"
        )
    assert base.with_changes({"days": 170}).loading_notes == ()


def test_a_deal_in_time_that_collapses_too_late_does_not_collapse(paris):
    cut = load_scenario(paris, {"days": 100})
    assert cut.events[6].collapses is None
    assert "the collapse of deal ceasefire (day 60)" in cut.loading_notes[0]


def test_a_variant_that_is_shorter_leaves_out_later_events_of_its_base_but_not_its_own(paris):
    file = variant(paris, "base: paris.yaml\ndays: 50\n")
    assert len(load_scenario(file).events) == 11
    file = variant(paris, "base: paris.yaml\ndays: 50\nadd_events: [{date: 51, meeting: late}]\n")
    assert "variant.yaml:3: events.11.date: day 51 must be" in problems_of(file).replace(
        "2025-04-30 (day 51)", "day 51"
    )


@pytest.mark.parametrize("order", ["short.yaml, more.yaml", "more.yaml, short.yaml"])
def test_a_base_that_is_shorter_leaves_out_later_events_of_another(paris, order):
    variant(paris, "base: paris.yaml\ndays: 50\n", "short.yaml")
    variant(paris, "base: paris.yaml\nadd_events: [{date: 60, meeting: late}]\n", "more.yaml")
    found = load_scenario(variant(paris, f"base: [{order}]\n"))
    assert (found.days, len(found.events)) == (50, 11)
    assert "deal ceasefire (day 60), meeting late (day 60)" in found.loading_notes[-1]


@pytest.mark.parametrize("is_beside", [False, True])
def test_a_variant_in_python_that_is_shorter_leaves_out_later_events_too(is_beside):
    shock = {"date": 10, "shock": "us", "jump": 1}
    base = {"days": 20, "nations": ["GBR"], "conditions": {"us": {"level": 0.5}}, "events": [shock]}
    data = {"base": [base, {"days": 5}]} if is_beside else {"base": base, "days": 5}
    for given in (data, {"base": data, "title": "Short"}):
        cut = scenario_from_dict(given)
        assert (cut.days, cut.events) == (5, ())
        note = cut.loading_notes[-1]
        assert note == "the run ends on day 5, so what comes later is left out: shock us (day 10)"
    cut = scenario_from_dict({"base": scenario_from_dict(base), "days": 5})
    assert (cut.days, cut.events) == (5, ())
    for wrong in (
        {**data, "add_events": [shock]},
        {"base": {"base": {**base, "events": []}, "days": 5, "add_events": [shock]}},
    ):
        with pytest.raises(ScenarioError, match=r"date: day 10 must be between day 1 and day 5"):
            scenario_from_dict(wrong)


def test_the_days_of_a_study_leave_out_later_events_too(paris):
    study = variant(
        paris, "scenario: paris.yaml\nset: {days: 50}\nvary: {ties.base: [1, 2]}\n", "study.yaml"
    )
    assert len(load_study(study).scenario.events) == 11


def test_bases_at_every_depth_are_read_from_the_folder_alone(paris):
    inner = paris.parent / "inner"
    inner.mkdir()
    (inner / "a.yaml").write_text("base: b.yaml\n")
    (inner / "b.yaml").write_text("base: [../paris.yaml]\n")
    assert load_scenario(inner / "a.yaml") == load_scenario(paris)
    with pytest.raises(ScenarioError, match=r"b\.yaml:1: base"):
        load_scenario(inner / "a.yaml", within=inner)


def test_a_late_event_of_a_file_or_by_set_is_refused(paris):
    text = paris.read_text(encoding="utf-8").replace("days: 180", "days: 50")
    assert "paris.yaml:32: events.6.date: 2025-05-09 (day 60)" in problems_of(
        variant(paris, text, "paris.yaml")
    )
    paris.write_text(text.replace("days: 50", "days: 180"), encoding="utf-8")
    said = problems_of(paris, set={"days": 50, "events.chiefs.date": 60})
    assert "day 60) must be between" in said
    assert "--set: success.hold" in problems_of(paris, set={"days": 9, "success.hold": 10})
