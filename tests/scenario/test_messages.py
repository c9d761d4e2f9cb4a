"""Every way in which a scenario file can be wrong gets one clear message."""

from __future__ import annotations

import re

import pytest

from sim.scenario.load import ScenarioError, load_scenario, scenario_from_dict

START = """\
start: 2025-03-10
days: 30
nations: [GBR, FRA, {id: POL, capacity: {ground: 5}}]
conditions: {us_backing: {level: 0.5}}
contributions: {ground: {}}
"""


def problems_of(tmp_path, text: str) -> list[str]:
    file = tmp_path / "f.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError) as error:
        load_scenario(file)
    return [str(problem).replace(f"{tmp_path}/", "") for problem in error.value.problems]


ADDED = [
    ("titel: x", "f.yaml:6: titel: unknown key 'titel'; did you mean 'title'?"),
    ("days: 9", "f.yaml:6: days: is given twice; first on line 2"),
    ("title: 5", "f.yaml:6: title: 5 must be text"),
    ("title: [a]", "title: ['a'] must be text"),
    ("sources: none", "sources: 'none' must be a list"),
    ("sources: [1]", "sources.0: 1 must be text"),
    ("add_events: []", "add_events: needs a base"),
    ("leaders: GBR", "leaders: 'GBR' must be a list"),
    ("leaders: [GBR, FRE]", "leaders.1: unknown nation 'FRE'; did you mean 'FRA'?"),
    ("leaders: [GBR, GBR]", "leaders.1: the nation 'GBR' is listed twice"),
    ("leaders: [3]", "leaders.0: 3 must be an id"),
    ("tempo: 0", "tempo: 0 must be between 1e-300 and 1000000"),
    ("tempo: 1e-320", "tempo: 1e-320 must be between 1e-300 and 1000000"),
    ("tempo: {uniform: [0, 1e-310]}", "must have probability between 1e-300 and 1e+06"),
    (
        "behaviour: {initial: {talks: {odds: 1e-310}}}",
        "behaviour.initial.talks.odds: 1e-310 must be between 1e-300 and 1e100",
    ),
    (
        "behaviour: {declare: {rate: 1, zorp: 1}}",
        "behaviour.declare.zorp: unknown key 'zorp'; known: rate, stake, support, bond, "
        "capability, disposition, climate, prospects, peers, momentum, defection, convened, "
        "listed, adequacy, pressure, deal, tempo",
    ),
    (
        "quorum: {public: 1, moves: [declare, pledge, declare]}",
        "quorum.moves.2: the move 'declare' is listed twice",
    ),
    ("commitment: {demand: 2}", "commitment.demand: 2 must be between 0 and 1"),
    (
        "events: [{date: 3, shock: tempo, jump: 1}]",
        "events.0.shock: tempo is no condition; nothing but a signal shifts it",
    ),
    (
        "events: [{date: 3, proposal: tempo}]",
        "events.0.proposal: tempo is no condition; nothing but a signal shifts it",
    ),
    ("events: [{date: 3, signal: tempi, shift: 1}]", "events.0.signal: unknown condition 'tempi'"),
    ("climate: 11", "climate: 11 must be between -10 and 10"),
    ("climate: warm", "climate: 'warm' must be a number between -10 and 10 or a distribution"),
    ("ties: 3", "ties: 3 must be a mapping"),
    ("ties: {base: .nan}", "ties.base: .nan must be a number between 0 and 1000000"),
    ("ties: {base: {uniform: [0, 1]}}", "must be a number between 0 and 1000000"),
    ("ties: {bse: 1}", "ties.bse: unknown key 'bse'; did you mean 'base'?"),
    ("ties: {directed: 1}", "ties.directed: 1 must be true or false"),
    ("ties: {groups: {g: [GBR, X]}}", "ties.groups.g.members.1: unknown nation 'X'; known: GBR"),
    ("ties: {groups: {g: {weight: 2}}}", "ties.groups.g.members: is missing"),
    ("ties: {groups: [GBR]}", "ties.groups: ['GBR'] must be a mapping"),
    ("ties: {dyads: [[GBR, FRA], [FRA, GBR, 2]]}", "ties.dyads.1: FRA, GBR is given twice; first"),
    ("ties: {dyads: [[GBR, GBR]]}", "ties 'GBR' to itself"),
    ("ties: {dyads: [[GBR]]}", "ties.dyads.0: must have the form [nation, peer, weight]"),
    ("ties: {dyads: [[GBR, FRA, -1]]}", "ties.dyads.0.2: -1 must be between 0 and 1000000"),
    ("ties: {dyads: [[GBR, FRX]]}", "ties.dyads.0.1: unknown nation 'FRX'"),
    ("ties: {dyads: none.csv}", "ties.dyads: none.csv does not exist"),
    (
        "commitment: {requirement: 0}",
        "commitment.requirement: 0 must be above 0 and at most 1000000",
    ),
    ("commitment: {value: -.inf}", "commitment.value: -.inf must be between 0 and 1e12"),
    ("commitment: {convexity: 0}", "commitment.convexity: 0 must be between 0.001 and 1000000"),
    ("commitment: {token: true}", "commitment.token: true must be a number between 0 and 1"),
    ("memory: {momentum: '7'}", "it is text, so take the quotation marks away"),
    ("behaviour: calibratd", "unknown behaviour 'calibratd'; did you mean 'calibrated'?"),
    ("behaviour: none.yaml", "behaviour: none.yaml does not exist"),
    ("behaviour: 5", "behaviour: 5 must be the name of a behaviour, the path of a file, or a"),
    ("behaviour: {from: 3}", "behaviour.from: 3 must be the name of a behaviour"),
    ("behaviour: {declar: {rate: 1}}", "behaviour.declar: unknown key 'declar'; did you mean"),
    (
        "behaviour: {declare: {}}",
        "behaviour.declare.rate: is missing; it must be a number between 0",
    ),
    ("behaviour: {declare: {rate: -1}}", "behaviour.declare.rate: -1 must be between 0 and 1e100"),
    ("behaviour: {declare: {rate: 1, peer: 1}}", "unknown key 'peer'; did you mean 'peers'?"),
    (
        "behaviour: {decline: {talks: {rate: x}}}",
        "behaviour.decline.talks.rate: 'x' must be a number",
    ),
    (
        "behaviour: {decline: {rate: 1, peers: 1e10}}",
        "behaviour.decline.peers: 1e10 must be between",
    ),
    ("behaviour: {withdraw: {talks: {rate: 1}}}", "behaviour.withdraw"),
    (
        "success: {public_size: 4}",
        "success.public_size: 4 must be at most the number of nations, 3",
    ),
    ("success: {public_size: 2, hold: 31}", "success.hold: 31 must be at most the days of the run"),
    ("success: {us_backin: 0.5}", "success.us_backin: unknown condition 'us_backin'; did you mean"),
    ("success: {us_backing: 1.5}", "success.us_backing: 1.5 must be between 0 and 1"),
    ("success: {hold: 3}", "success: sets no threshold"),
    ("success: 3", "success: 3 must be a mapping"),
    ("events: 3", "events: 3 must be a list"),
    ("events: [3]", "events.0: 3 must be a mapping with a date and a kind"),
]

EVENTS = [
    ("{date: 3}", "events.0: must have one key that says its kind, out of meeting, trigger, list"),
    ("{date: 3, meting: x}", "events.0: unknown key 'meting'; did you mean 'meeting'?"),
    ("{date: 3, meeting: x, shock: us_backing}", "events.0: has 2 kinds (meeting, shock)"),
    ("{meeting: x}", "events.0.date: is missing"),
    (
        "{date: 3, triger: vote}",
        "events.0: unknown key 'triger'; did you mean 'trigger'?",
    ),
    ("{date: 3, trigger: vote, wieght: 1}", "unknown key 'wieght'; did you mean 'weight'?"),
    ("{date: 3, trigger: x, participants: [GBX]}", "unknown nation 'GBX'; did you mean 'GBR'?"),
    ("{date: 3, trigger: x, meeting: x}", "events.0: has 2 kinds (trigger, meeting)"),
    ("{date: 3, meeting: ''}", "events.0.meeting: '' must be a label of 1 to 200 characters"),
    ("{date: 3, meeting: x, wieght: 1}", "events.0.wieght: unknown key 'wieght'; did you mean"),
    ("{date: 3, meeting: x, participants: [GBX]}", "participants.0: unknown nation 'GBX'; did you"),
    (
        "{date: 3, meeting: x, participants: []}",
        "participants: [] must be all or a list of nations",
    ),
    ("{date: 3, meeting: x, participants: al}", "participants: unknown nation 'al'"),
    ("{date: 2025-02-30, meeting: x}", "events.0.date: 2025-02-30 is not in the calendar"),
    ("{date: 2025-13-01, meeting: x}", "2025-13-01 is not in the calendar"),
    ("{date: soon, meeting: x}", "'soon' must be a calendar date such as 2025-03-10 or a day"),
    ("{date: 3.5, meeting: x}", "3.5 must be a calendar date such as 2025-03-10 or a day"),
    (
        "{date: 31, list: x}",
        "events.0.date: 2025-04-10 (day 31) must be between 2025-03-11 and 2025",
    ),
    ("{date: 2025-03-10, list: x}", "events.0.date: 2025-03-10 (day 0) must be between 2025-03-11"),
    ("{date: 1e12, meeting: x}", "1e12 must be a calendar date"),
    ("{date: 1000000000000, meeting: x}", "1000000000000 must be a whole number between -3650"),
    ("{date: -4000, meeting: x}", "events.0.date: -4000 must be a whole number between -3650"),
    ("{date: 3, proposal: us}", "events.0.proposal: unknown condition 'us'; did you mean 'us_back"),
    (
        "{date: 3, signal: us_backing}",
        "events.0.shift: is missing; it must be a number between -100",
    ),
    (
        "{date: 3, signal: us_backing, shift: 1, days: 0}",
        "days: 0 must be a whole number between 1",
    ),
    ("{date: 3, shock: us_backing, jump: 101}", "events.0.jump: 101 must be between -100 and 100"),
    ("{date: 3, deal: d, probability: 0}", "probability: 0 must be above 0 and at most 1"),
    (
        "{date: 3, deal: d, collapses: 3}",
        "events.0.collapses: 2025-03-13 (day 3) must be between 2",
    ),
    ("{date: 30, deal: d, collapses: 31}", "events.0.collapses: must be after the deal"),
    ("{date: 3, move: POL, to: publik}", "'publik' must be a stage out of outside, talks, willing"),
    ("{date: 3, move: [POL, POL], to: public}", "move.1: the nation 'POL' is listed twice"),
    ("{date: 3, move: POL}", "events.0.to: is missing; it must be a stage"),
    (
        "{date: 0, move: POL, to: talks}",
        "events.0.to: talks must be one of public, pledged, deployed",
    ),
    (
        "{date: 3, move: POL, to: public, pledge: {ground: 1}}",
        "a pledge goes only with to: pledged",
    ),
    (
        "{date: 3, move: POL, to: pledged, pledge: {ground: 6}}",
        "6 must be at most the capacity of POL",
    ),
    (
        "{date: 3, move: POL, to: pledged, pledge: {air: 1}}",
        "pledge.air: unknown contribution 'air'",
    ),
    ("{date: 3, opinion: all, shift: 2}", "events.0.shift: 2 must be between -1 and 1"),
    ("{date: 3, requirement: {normal: [-5, 0.1]}}", "must have probability between 0 and 1e+09"),
]

REPLACED = [
    ("days: 30", "days: 0", "days: 0 must be a whole number between 1 and 36500"),
    ("days: 30", "days: 1e12", "days: 1e12 must be a whole number"),
    ("days: 30", "days: " + "9" * 400, "must be a whole number between 1 and 36500"),
    ("days: 30", "days: 30.5", "days: 30.5 must be a whole number"),
    ("days: 30", "days: '30'", "days: '30' must be a whole number"),
    ("days: 30", "", "days: is missing; it must be a whole number between 1 and 36500"),
    ("start: 2025-03-10", "start: 2025-02-30", "start: 2025-02-30 is not in the calendar"),
    ("start: 2025-03-10", "start: today", "start: 'today' must be a calendar date such as"),
    ("start: 2025-03-10", "start: 1066-10-14", "start: 1066-10-14 must be between 1700-01-01 and"),
    ("level: 0.5", "level: 0", "us_backing.level: 0 must be above 0 and below 1"),
    ("level: 0.5", "level: {uniform: [1, 2]}", "must have probability between 0 and 1"),
    ("level: 0.5", "speed: 0.5", "us_backing.level: is missing; it must be a number above 0"),
    ("level: 0.5", "level: 0.5, speed: 0", "us_backing.speed: 0 must be above 0 and at most 1"),
    (
        "level: 0.5",
        "level: 0.5, responds: {x: 1}",
        "responds.x: unknown condition 'x'; known: force",
    ),
    (
        "level: 0.5",
        "level: 0.5, responds: {breadth: 1}",
        "responds.breadth: unknown key 'breadth'; it is called 'public_share' now",
    ),
    ("level: 0.5", "level: 0.5, responds: {us_backing: 1}", "cannot answer to itself"),
    (
        "{us_backing:",
        "{US: {level: 0.5}, us_backing:",
        "conditions.US: 'US' must be a name: a small",
    ),
    ("{us_backing:", "{force: {level: 0.5}, us_backing:", "'force' has a meaning of its own here"),
    ("{us_backing:", "{tempo: {level: 0.5}, us_backing:", "'tempo' has a meaning of its own here"),
    ("{us_backing: {level: 0.5}}", "[us_backing]", "conditions: ['us_backing'] must be a mapping"),
    ("ground: {}", "ground: {weight: 0}", "contributions.ground.weight: 0 must be above 0"),
    ("ground: {}", "ground: 3", "contributions.ground: 3 must be a mapping"),
    ("ground: 5", "ground: -5", "nations.POL.capacity.ground: -5 must be between 0 and 1000000"),
    (
        "ground: 5",
        "grund: 5",
        "nations.POL.capacity.grund: unknown contribution 'grund'; did you mean",
    ),
    (
        "ground: 5",
        "ground: 5}, stake: {1: 2",
        "must be a number or one distribution out of {uniform",
    ),
    ("[GBR,", "[GBR, GBR,", "the nation 'GBR' is given twice; first on line 3"),
    ("[GBR,", "[all,", "nations.all.id: 'all' has a meaning of its own here"),
    ("[GBR,", "['G B',", "nations.G B.id: 'G B' must be an id: a letter, then"),
    ("[GBR,", "[{name: x},", "nations.0.id: is missing; it must be an id"),
    ("[GBR,", "[5,", "nations.0: 5 must be an id, or a mapping with an id"),
    ("[GBR,", "[{id: GBR, stage: tlks},", "'tlks' must be a stage out of outside, talks"),
    ("[GBR,", "[{id: GBR, stage: {talks: 0.5}},", "the probabilities add up to 0.5; they must"),
    (
        "[GBR,",
        "[{id: GBR, reliance: {us: 1}},",
        "reliance.us: unknown condition 'us'; did you mean",
    ),
    ("[GBR,", "[{id: GBR, pledge: {ground: 0}},", "only if it may start pledged or deployed"),
    (
        "id: POL,",
        "id: POL, stage: pledged, pledge: {ground: 9},",
        "9 must be at most the capacity, 5",
    ),
    (
        "id: POL,",
        "id: POL, reliance: {us_backing: 1}, sensitivity: {us_backing: 1},",
        "nations.POL.sensitivity.us_backing: us_backing is relied on as well",
    ),
    ("[GBR, FRA, {id: POL, capacity: {ground: 5}}]", "[]", "nations: is empty; at least one"),
    ("[GBR, FRA, {id: POL, capacity: {ground: 5}}]", "5", "nations: 5 must be a list of nations"),
    ("[GBR, FRA, {id: POL, capacity: {ground: 5}}]", "", "nations: is missing"),
    (
        "[GBR, FRA, {id: POL, capacity: {ground: 5}}]",
        "no.csv",
        "nations.table: no.csv does not exist",
    ),
    ("[GBR, FRA, {id: POL, capacity: {ground: 5}}]", "{set: {}}", "either table or list"),
    (
        "[GBR, FRA, {id: POL, capacity: {ground: 5}}]",
        "{list: [GBR], set: {GBX: {stake: 1}}, sett: 1}",
        "nations.set.GBX: unknown nation 'GBX'; did you mean 'GBR'?",
    ),
]


IS_TEXT = "; it is text, so take the quotation marks away"


@pytest.mark.parametrize(
    ("written", "advice"),
    [
        ("'7'", IS_TEXT),
        ("'7e0'", IS_TEXT),
        ("1_000", "; write 1000"),
        ("'1,000'", "; a number has a point for decimals, and nothing between thousands"),
        ("\u0667", "; write 7"),
        ("inf", ""),
        ("nan", ""),
        ("infinity", ""),
        ("'.inf'", ""),
        ("7 days", ""),
        ("'true'", ""),
    ],
)
def test_advice_on_text_in_place_of_a_number_fits_how_it_is_written(tmp_path, written, advice):
    (found,) = problems_of(tmp_path, START + f"memory: {{momentum: {written}}}\n")
    bare = written.strip("'")
    must = "must be a number above 0 and at most 1000000 or a distribution"
    assert found.endswith(f"memory.momentum: '{bare}' {must}{advice}")


@pytest.mark.parametrize(("line", "message"), ADDED)
def test_a_wrong_part_gets_a_message(tmp_path, line, message):
    found = problems_of(tmp_path, START + line + "\n")
    assert any(message in problem and problem.startswith("f.yaml:6:") for problem in found), found


@pytest.mark.parametrize(("event", "message"), EVENTS)
def test_a_wrong_event_gets_a_message(tmp_path, event, message):
    found = problems_of(tmp_path, START + f"events:\n  - {event}\n")
    assert any(message in problem and problem.startswith("f.yaml:7:") for problem in found), found


@pytest.mark.parametrize(("right", "wrong", "message"), REPLACED)
def test_a_wrong_value_gets_a_message(tmp_path, right, wrong, message):
    assert right in START
    found = problems_of(tmp_path, START.replace(right, wrong))
    assert any(message in problem for problem in found), found


@pytest.mark.parametrize("text", ["3", "text", "[days, nations]", "null"])
def test_a_file_that_is_no_mapping_gets_one_message(tmp_path, text):
    found = problems_of(tmp_path, text)
    assert len(found) == 1
    assert "must be a mapping with at least days and nations" in found[0]


def test_a_single_mistake_gets_a_single_message(tmp_path):
    for wrong in ("{id: GBR, stake: 2}", "{id: GBR, stage: tlks}", "{id: GBR, reliance: {u: 1}}"):
        assert len(problems_of(tmp_path, START.replace("GBR", wrong))) == 1
    for part in ("leaders: [X]", "events: [{date: 2025-02-30, meeting: x}]", "behaviour: x"):
        assert len(problems_of(tmp_path, START + part)) == 1


def test_all_problems_of_all_files_come_at_once(tmp_path):
    (tmp_path / "n.csv").write_text("id,stak,capacity.ground\nGBR,1,-2\nFRA,1,x\n")
    (tmp_path / "d.csv").write_text("nation,peer,weight\nGBR,FRX,1\nGBR,FRA,-1\n")
    (tmp_path / "b.yaml").write_text("declare: {rate: -1}\npledg: {rate: 1}\n")
    (tmp_path / "base.yaml").write_text("days: 0\nnations: n.csv\ncontributions: {ground: {}}\n")
    found = problems_of(
        tmp_path, "base: base.yaml\nties: {dyads: d.csv}\nbehaviour: b.yaml\nleaders: [GBX]\n"
    )
    assert found == [
        "f.yaml:4: leaders.0: unknown nation 'GBX'; did you mean 'GBR'?",
        "b.yaml:1: behaviour.declare.rate: -1 must be between 0 and 1e100",
        "b.yaml:2: behaviour.pledg: unknown key 'pledg'; did you mean 'pledge'?",
        "base.yaml:1: days: 0 must be a whole number between 1 and 36500",
        "d.csv:2: ties.dyads.0.1: unknown nation 'FRX'; did you mean 'FRA'?",
        "d.csv:3: ties.dyads.1.2: -1 must be between 0 and 1000000",
        "n.csv:1: unknown column 'stak'; did you mean 'stake'?",
        "n.csv:2: nations.GBR.capacity.ground: -2 must be between 0 and 1000000",
        "n.csv:3: nations.FRA.capacity.ground: 'x' must be a number between 0 and 1000000 or a "
        "distribution",
    ]


def test_a_wrong_change_to_all_nations_is_one_problem(tmp_path):
    nations = "nations: {list: [A, B, C], set: {'*': {stake: 2, support: 0.1}}}"
    assert problems_of(tmp_path, "days: 9\n" + nations) == [
        "f.yaml:2: nations.*.stake: 2 must be between 0 and 1"
    ]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("", "n.csv:1: has no column id"),
        ("name,stake\nx,1\n", "n.csv:1: has no column id"),
        ("id,stake\n", "n.csv:1: has no nations"),
        ("id,stake,stake\nA,1,1\n", "n.csv:1: the column 'stake' is given twice"),
        ("id,stke\nA,1\n", "n.csv:1: unknown column 'stke'; did you mean 'stake'?"),
        ("id,reliance\nA,1\n", "n.csv:1: the column 'reliance' must name what it is about"),
        ("id,reliance.us\nA,1\n", "n.csv:1: unknown condition 'us'; there are none"),
        ("id,stage.tlks\nA,1\n", "n.csv:1: unknown stage 'tlks'; did you mean 'talks'?"),
        ("id,stage,stage.talks\nA,talks,1\n", "n.csv:1: there are both a column stage and"),
        ("id,stake\nA,1\nA,1\n", "n.csv:3: nations.1.id: the nation 'A' is given twice; first"),
        ("id,stake\nA,1,5\n", "n.csv:2: has 3 cells; the first line has 2"),
        ("id,stake\n,1\n", "n.csv:2: nations.0.id: is missing"),
        ("id,stake\n\nA,high\n", "n.csv:3: nations.A.stake: 'high' must be a number between 0"),
        ("id,stake\nA,{uniform\n", "n.csv:2: stake: is not valid YAML"),
        ('id,stake\nA,"1\n', "n.csv:2: is not a table of comma-separated values"),
        ("id,stake\nA,\0\n", "n.csv:2: is not text"),
        ("id,stake,support\nA,1\n", "n.csv:2: has 2 cells; the first line has 3; a blank cell nee"),
        ("id,stake,support\nA,1,1\nB", "n.csv:3: has 1 cell; the first line has 3"),
        ("id,stake,support\nA,1,0,5\n", "n.csv:2: has 4 cells; the first line has 3; a comma in a"),
        ("id,stake\nA;1\n", "n.csv:2: has 1 cell; the first line has 2; cells are separated by c"),
        (
            'id,stake\nA,"0,5"\n',
            "n.csv:2: nations.A.stake: '0,5' must be a number between 0 and 1 o",
        ),
        ("id;stake\nA;1\n", "n.csv:1: its cells are separated by semicolons; they must be by comm"),
        ("\n\nID;Stake\nA;0,5\n", "n.csv:3: its cells are separated by semicolons"),
        ("sep=;\nid;stake\nA;0,5\n", "n.csv:2: its cells are separated by semicolons"),
        ("sep=,\nid,stake\nA,0.5\n", "n.csv:1: its first line must name the columns; remove 'sep"),
        ("id\tstake\nA\t1\n", "n.csv:1: its cells are separated by tabs"),
        ('"id"|"stake"\n"A"|"1"\n', "n.csv:1: its cells are separated by vertical bars"),
    ],
)
def test_a_wrong_table_gets_a_message(tmp_path, table, message):
    (tmp_path / "n.csv").write_text(table)
    found = problems_of(tmp_path, "days: 9\nnations: n.csv\n")
    assert any(problem.startswith(message) for problem in found), found


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("id,stake\nA,1\n".encode("utf-16"), "n.csv is text in UTF-16; save it with the encoding"),
        ("id,name\nA,Türkiye\n".encode("latin-1"), "n.csv:2: is not text in UTF-8; save it with t"),
        (b"PK\x03\x04\x14\0", "n.csv is a workbook or an archive, not text; save its sheet as CSV"),
    ],
)
def test_a_table_in_another_encoding_gets_a_message_that_says_which_to_save(
    tmp_path, content, message
):
    (tmp_path / "n.csv").write_bytes(content)
    [problem] = problems_of(tmp_path, "days: 9\nnations: n.csv\n")
    assert message in problem


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", ["", "end"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_blank_lines_and_a_byte_order_mark_change_no_table(tmp_path, end, last, mark):
    lines = ["id,stake,capacity.ground", "", '"A",0.25,', ",,", "B,0.5,2"]
    text = mark + end.join(lines) + (end if last else "")
    (tmp_path / "n.csv").write_bytes(text.encode())
    (tmp_path / "f.yaml").write_text("days: 9\nnations: n.csv\ncontributions: {ground: {}}\n")
    nations = load_scenario(tmp_path / "f.yaml").nations
    assert [(each.id, each.stake, each.capacity["ground"]) for each in nations] == [
        ("A", 0.25, 0),
        ("B", 0.5, 2),
    ]


def test_a_row_that_is_cut_off_costs_no_reference_to_its_nation(tmp_path):
    (tmp_path / "n.csv").write_text("id,stake,support\nGBR,1,1\nFRA,0.6")
    assert problems_of(tmp_path, "days: 9\nnations: n.csv\nleaders: [FRA]\n") == [
        "n.csv:3: has 2 cells; the first line has 3; a blank cell needs its comma"
    ]


@pytest.mark.parametrize(
    ("nation", "advice"),
    [
        (
            "{id: A, stake: '0,5'}",
            "a number has a point for decimals, and nothing between thousand",
        ),
        ("{id: A, capacity: {ground: '1,000.5'}}", "a number has a point for decimals"),
        ("{id: A, stake: 0,5}", "unknown key '5'; known: "),
        ("{id: A, stake: 0,5}", "if a number with a comma ends in it, write a point"),
    ],
)
def test_a_decimal_comma_is_named(tmp_path, nation, advice):
    text = f"days: 9\nnations:\n  - {nation}\ncontributions: {{ground: {{}}}}\n"
    [problem] = problems_of(tmp_path, text)
    assert advice in problem


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("", "d.csv:1: has no column nation"),
        ("nation,per\nA,B\n", "d.csv:1: unknown column 'per'; did you mean 'peer'?"),
        ("nation,peer,peer\nA,B,B\n", "d.csv:1: the column 'peer' is given twice"),
        ("nation,peer\nA,B,1\n", "d.csv:2: has 3 cells; the first line has 2"),
        ("nation,peer\nA,C\n", "d.csv:2: ties.dyads.0.1: unknown nation 'C'"),
        ("nation,peer\nA\n", "d.csv:2: has 1 cell; the first line has 2"),
        ("nation,peer,weight\nA,B\n", "d.csv:2: has 2 cells; the first line has 3"),
        ("nation;peer\nA;B\n", "d.csv:1: its cells are separated by semicolons"),
        ("nation,peer,weight\nA,B,[\n", "d.csv:2: is not valid YAML"),
    ],
)
def test_a_wrong_file_of_dyads_gets_a_message(tmp_path, table, message):
    (tmp_path / "d.csv").write_text(table)
    found = problems_of(tmp_path, "days: 9\nnations: [A, B]\nties: {dyads: d.csv}\n")
    assert any(problem.startswith(message) for problem in found), found


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("3", "b.yaml:1: must hold moves"),
        ("", "b.yaml:1: is empty"),
        ("a: [", "b.yaml:1: is not valid YAML"),
        ("from: reasoned", "b.yaml:1: behaviour.from: unknown key 'from'"),
    ],
)
def test_a_wrong_behaviour_file_gets_a_message(tmp_path, text, message):
    (tmp_path / "b.yaml").write_text(text)
    found = problems_of(tmp_path, "days: 9\nnations: [A, B]\nbehaviour: b.yaml\n")
    assert any(problem.startswith(message) for problem in found), found


def test_a_calendar_date_needs_a_start():
    event = {"date": "2025-03-10", "meeting": "x"}
    with pytest.raises(ScenarioError, match="so the scenario needs a start date"):
        scenario_from_dict({"days": 9, "nations": ["A"], "events": [event]})


def test_a_default_hold_must_fit_in_a_short_run_too():
    data = {"days": 9, "nations": ["A"], "success": {"public_size": 1}}
    with pytest.raises(ScenarioError, match=r"success.hold: 14 \(which it is unless it is given\)"):
        scenario_from_dict(data)


@pytest.mark.parametrize(
    ("capacity", "weight", "allowed"),
    [
        (1e6, 1000, True),
        (1e6, 1001, False),
        ({"uniform": [0, 1e6]}, 1000, True),
        ({"triangular": [0, 1, 2e6]}, {"uniform": [0, 2000]}, True),
        ({"lognormal": [0, 1]}, 1000, True),
    ],
)
def test_total_capacity_is_bounded(capacity, weight, allowed):
    nations = [{"id": name, "capacity": {"ground": capacity}} for name in "ABCD"]
    data = {"days": 9, "nations": nations, "contributions": {"ground": {"weight": weight}}}
    if allowed:
        assert scenario_from_dict(data)
        data["nations"] = [*nations, {"id": "E", "capacity": {"ground": 1e6}}]
    with pytest.raises(ScenarioError, match=r"contributions"):
        scenario_from_dict({**data, "contributions": {"ground": {"weight": 1e3 + 1}}})


def test_five_nations_at_the_largest_capacity_are_too_many():
    nations = [{"id": name, "capacity": {"ground": 1e6}} for name in "ABCDE"]
    data = {"days": 9, "nations": nations, "contributions": {"ground": {"weight": 1000}}}
    with pytest.raises(ScenarioError, match=r"add up to 5e\+09 force units.*at most 4e\+09"):
        scenario_from_dict(data)
    data["nations"] = nations[:4]
    assert scenario_from_dict(data)


@pytest.mark.parametrize(
    "value", [object(), {1, 2}, b"x", {3: 1}, "\ud800", lambda: 1, 1j, float("nan")]
)
def test_python_values_that_no_file_could_hold_are_refused(value):
    with pytest.raises(ScenarioError):
        scenario_from_dict({"days": 9, "nations": ["A"], "commitment": {"value": value}})


def test_a_dict_that_holds_itself_is_refused():
    data = {"days": 9, "nations": ["A"]}
    data["ties"] = data
    with pytest.raises(ScenarioError, match="nested more than"):
        scenario_from_dict(data)


@pytest.mark.parametrize("name", [" ", "\t\n", "\u00a0"])
def test_a_name_of_blanks_is_refused(name):
    with pytest.raises(ScenarioError, match=r"nations\.A\.name: .* not only blanks"):
        scenario_from_dict({"days": 9, "nations": [{"id": "A", "name": name}]})


@pytest.fixture
def surroundings(tmp_path, monkeypatch):
    """A working folder with a scenario, a table of one letter, and a result."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.yaml").write_text(START, encoding="utf-8")
    (tmp_path / "o.csv").write_text("id\nA\n", encoding="utf-8")
    (tmp_path / "no").mkdir()
    for name in ("provenance.json", "scenario.yaml"):
        (tmp_path / "results" / "small").mkdir(parents=True, exist_ok=True)
        (tmp_path / "results" / "small" / name).touch()


@pytest.mark.usefixtures("surroundings")
@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("small", "small: unknown scenario 'small'; did you mean 'small.yaml'?"),
        ("smal.yaml", "smal.yaml: does not exist; did you mean 'small.yaml'?"),
        ("./small", "small: does not exist; did you mean 'small.yaml'?"),
        ("small.yml", "small.yml: does not exist; did you mean 'small.yaml'?"),
        ("smal", "smal: unknown scenario 'smal'; did you mean 'small.yaml'?"),
        ("results/smal", "results/smal: does not exist; did you mean 'results/small'?"),
        (
            "results/small",
            "results/small: is a result, which willing plot opens; its scenario is "
            "results/small/scenario.yaml",
        ),
        ("results", "results: is a directory; a file is needed"),
        ("no.csv", "no.csv: does not exist"),
        ("wats_2002", "wats_2002: unknown scenario 'wats_2002'; did you mean 'watts_2002'? (or"),
        (
            "classics/wats_2002",
            "classics/wats_2002: unknown scenario 'classics/wats_2002'; did you mean "
            "'classics/watts_2002'? (or",
        ),
        ("nowhere/zzzz", "nowhere/zzzz: does not exist; nor does its folder"),
    ],
)
def test_a_scenario_that_is_not_there_gets_the_closest_that_is(written, said):
    with pytest.raises(ScenarioError) as error:
        load_scenario(written)
    (problem,) = map(str, error.value.problems)
    assert problem.startswith(said)
    assert problem.endswith("?") or "mean" not in problem or "(or write" in problem


def test_known_scenarios_are_listed_once_each_and_those_in_folders_last():
    with pytest.raises(ScenarioError) as error:
        load_scenario("qqqqqqqq")
    known = str(error.value).partition("known: ")[2].split(" and ")[0].split(", ")
    assert known[0] == "paris_2025"
    assert len(set(known)) == len(known)
    assert not any("/" in name for name in known)


def test_a_circle_of_bases_is_the_only_problem_and_names_each_file_once(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "self.yaml").write_text("base: self.yaml\n", encoding="utf-8")
    with pytest.raises(ScenarioError) as error:
        load_scenario("self.yaml")
    said = "self.yaml:1: base: the bases go round in a circle: self.yaml"
    assert str(error.value) == said
    (tmp_path / "a.yaml").write_text("base: b.yaml\n", encoding="utf-8")
    (tmp_path / "b.yaml").write_text("base: a.yaml\n", encoding="utf-8")
    with pytest.raises(ScenarioError) as error:
        load_scenario("a.yaml")
    assert str(error.value) == "a.yaml:1: base: the bases go round in a circle: a.yaml and b.yaml"


@pytest.mark.parametrize("identifier", ["true", "null", "3", "[A]"])
def test_a_wrong_id_is_one_problem(tmp_path, identifier):
    [problem] = problems_of(tmp_path, f"days: 9\nnations: [{{id: {identifier}}}]\n")
    assert "must be an id" in problem


def test_countries_that_yaml_once_took_for_words_are_ids(tmp_path):
    (tmp_path / "f.yaml").write_text("days: 9\nnations: [NO, yes, {id: on}, y, {id: OFF}]\n")
    ids = [nation.id for nation in load_scenario(tmp_path / "f.yaml").nations]
    assert ids == ["NO", "yes", "on", "y", "OFF"]
    (tmp_path / "f.csv").write_text("id,name\nNO,Norway\nno,null\n")
    (tmp_path / "f.yaml").write_text("days: 9\nnations: f.csv\n")
    nations = load_scenario(tmp_path / "f.yaml").nations
    assert [(nation.id, nation.name) for nation in nations] == [("NO", "Norway"), ("no", "null")]


@pytest.mark.parametrize(
    ("part", "forms"),
    [
        (
            "behaviour: 7.5",
            "behaviour: 7.5 must be the name of a behaviour, the path of a file, or a ",
        ),
        (
            "behaviour: {decline: 1}",
            "must be a mapping with a rate, or one such mapping for each of",
        ),
        ("ties: {dyads: 7.5}", "must be a list of [nation, peer, weight], or the path of a table"),
        ("ties: {dyads: [1]}", "must be [nation, peer] or [nation, peer, weight]"),
        (
            "ties: {groups: {g: 1}}",
            "must be a list of nations, or a mapping with members and a weig",
        ),
        (
            "events: [{date: true, meeting: x}]",
            "must be a calendar date such as 2025-03-10 or a da",
        ),
        ("events: [{date: 1, opinion: 3, shift: 1}]", "must be all or a list of nations"),
        ("memory: {momentum: x}", "must be a number above 0 and at most 1000000 or a distribution"),
        ("memory: {momentum: {a: 1}}", "must be a number or one distribution out of {uniform: "),
    ],
)
def test_a_message_names_every_form_that_a_field_may_have(tmp_path, part, forms):
    [problem] = problems_of(tmp_path, START + part)
    assert forms in problem


@pytest.mark.parametrize("stage", ["3", "[talks]", "null"])
def test_a_wrong_stage_or_nation_is_told_every_form(tmp_path, stage):
    [problem] = problems_of(tmp_path, f"days: 9\nnations: [{{id: A, stage: {stage}}}]\n")
    assert "must be a stage, or a mapping from stages to probabilities" in problem
    [problem] = problems_of(tmp_path, "days: 9\nnations: [A, 3]\n")
    assert problem == "f.yaml:2: nations.1: 3 must be an id, or a mapping with an id"


WITHOUT_LISTS = {
    "days": 20,
    "nations": ["GBR", "FRA"],
    "ties": {"groups": {"e2": {"members": ["GBR"]}, "none": {"members": []}}},
    "events": [
        {"date": 3, "meeting": "m"},
        {"date": 4, "list": "l", "covers": "all"},
        {"date": 5, "opinion": "all", "shift": 0.1},
    ],
    "success": {"public_size": 1, "hold": 1},
    "quorum": {"public": 1},
}


@pytest.mark.parametrize(
    ("path", "value", "whole"),
    [
        ("success.members.0", "FRA", "success.members=[FRA]"),
        ("leaders.0", "FRA", "leaders=[FRA]"),
        ("sources.3", "here", "sources=[here]"),
        ("quorum.moves.0", "pledge", "quorum.moves=[pledge]"),
        ("ties.groups.none.members.0", "FRA", "ties.groups.none.members=[FRA]"),
        ("ties.dyads.0", "[GBR, FRA, 1]", "ties.dyads=[...]"),
        ("ties.dyads.0.2", "3", "ties.dyads=[...]"),
        ("events.0.participants.0", "FRA", "events.0.participants=[FRA]"),
        ("events.1.covers.0", "FRA", "events.1.covers=[FRA]"),
        ("events.2.opinion.0", "FRA", "events.2.opinion=[FRA]"),
    ],
)
def test_an_item_of_a_list_that_is_not_there_is_told_how_to_set_the_list(path, value, whole):
    scenario = scenario_from_dict(WITHOUT_LISTS)
    for change in (
        lambda: scenario_from_dict(WITHOUT_LISTS, set=[f"{path}={value}"]),
        lambda: scenario.with_changes([f"{path}={value}"]),
    ):
        with pytest.raises(ScenarioError) as refused:
            change()
        head = path if whole != "ties.dyads=[...]" else "ties.dyads.0"
        assert str(refused.value) == (
            f"--set: {head}: an item of a list that is empty or not there cannot be set; set the "
            f"whole list, as in {whole}"
        )
    if "..." not in whole:
        scenario.with_changes([whole])  # what the message says is right


def test_several_items_of_no_list_are_told_of_the_list_of_them_all():
    with pytest.raises(ScenarioError, match=r"as in leaders=\[FRA, GBR\]$"):
        scenario_from_dict(WITHOUT_LISTS, set=["leaders.0=FRA", "leaders.1=GBR"])


def test_a_place_beyond_the_end_of_a_list_is_told_the_places_that_it_has():
    with pytest.raises(ScenarioError) as refused:
        scenario_from_dict(WITHOUT_LISTS, set=["ties.groups.e2.members.5=FRA"])
    message = "--set: ties.groups.e2.members.5: unknown place in a list '5'; known: 0"
    assert str(refused.value) == message


def test_of_many_names_the_last_are_counted_only_where_that_takes_less_room():
    with pytest.raises(ScenarioError) as refused:
        scenario_from_dict({"days": 1, "nations": ["A"], "zorp": 1})
    assert re.search(r"known: title, .*, success and [0-9]+ more$", str(refused.value))


WITH_A_DEAL = {
    "days": 20,
    "start": "2025-03-10",
    "nations": ["GBR", {"id": "FRA", "quorum": {"public": 1}}],
    "events": [{"deal": "peace", "date": 5, "collapses": 10}],
}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            "events.peace.date=12",
            "--set: events.0.date: 12 must be before the collapse of the deal, on day 10",
        ),
        (
            "events.peace.collapses=4",
            "--set: events.0.collapses: 2025-03-14 (day 4) must be between 2025-03-16 and "
            "2025-03-30, day 6 to 20",
        ),
        (
            "nations.GBR.quorum.0.public=1",
            "--set: nations.GBR.quorum.0: unknown quorum '0'; there are none; write quorum.public, "
            "quorum.share, or quorum with weight and at_least",
        ),
        (
            "nations.FRA.quorum.1.public=1",
            "--set: nations.FRA.quorum.1: unknown quorum '1'; known: 0",
        ),
        (
            "quorum.0.public=1",
            "--set: quorum.0: the coalition has one quorum; write quorum.public, quorum.share, or "
            "quorum with weight and at_least",
        ),
    ],
)
def test_a_change_that_fits_nothing_is_blamed_itself(change, message):
    with pytest.raises(ScenarioError) as refused:
        scenario_from_dict(WITH_A_DEAL, set=[change])
    assert str(refused.value) == message
