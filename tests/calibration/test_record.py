"""A record is read as it is written, and every fault of it is one clear line."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from sim.calibration.history import Count, Interval, load_history
from sim.calibration.record import COLUMNS, EVENTS, Entry, read_record
from sim.scenario.load import ScenarioError, load_scenario

SCENARIO = "record: record.csv\nstart: 2011-03-10\ndays: 30\nnations: [FRA, GBR, NOR, SWE]\n"
LEADERS = "leaders: [FRA]\n"
HEADER = ",".join(COLUMNS)
RIGHT = "NOR,2011-03-18,2011-03-18,public,air,,,Will take part,AFP,high"


def record(folder: Path, *rows: str, header: str = HEADER) -> Path:
    path = folder / "record.csv"
    path.write_text("\n".join((header, *rows)) + "\n", encoding="utf-8")
    (folder / "past.yaml").write_text(SCENARIO + LEADERS, encoding="utf-8")
    return path


def entries(folder: Path, *rows: str) -> tuple[Entry, ...]:
    return read_record(str(record(folder, *rows)), ["FRA", "GBR", "NOR", "SWE"])


def message(folder: Path, *rows: str, header: str = HEADER) -> str:
    path = record(folder, *rows, header=header)
    with pytest.raises(ScenarioError) as error:
        read_record(str(path), ["FRA", "GBR", "NOR", "SWE"])
    return str(error.value).replace(f"{path}:", "record:")


def test_a_row_is_read_as_it_is_written(tmp_path: Path) -> None:
    (entry,) = entries(tmp_path, RIGHT)
    day = datetime.date(2011, 3, 18)
    assert entry == Entry(
        "NOR", day, day, "public", "air", None, True, "Will take part", "AFP", "high", 2
    )
    assert entry.is_exact


def test_an_interval_and_a_blank_are_kept(tmp_path: Path) -> None:
    within, later, unknown = entries(
        tmp_path,
        "NOR,2011-03-01,2011-03-31,public,air,,,In March,AFP,high",
        "SWE,2011-03-20,,pledged,air,,,After that,AFP,low",
        "GBR,,,deployed,air,,,Some day,AFP,low",
    )
    assert (within.last, within.is_exact) == (datetime.date(2011, 3, 31), False)
    assert (later.first, later.last) == (datetime.date(2011, 3, 20), None)
    assert (unknown.first, unknown.last) == (None, None)


def test_columns_that_may_be_left_out_are_blank(tmp_path: Path) -> None:
    short = [name for name in COLUMNS if name not in ("number", "in_scenario")]
    path = record(tmp_path, RIGHT.replace(",,,", ","), header=",".join(short))
    (entry,) = read_record(str(path), ["NOR"])
    assert entry.in_scenario
    assert entry.number is None


@pytest.mark.parametrize(("written", "read"), [("15", (15, 15)), ("12-18", (12, 18))])
def test_a_count_of_unnamed_members_is_a_number_or_a_range(
    tmp_path: Path, written: str, read: tuple[int, int]
) -> None:
    row = f"ALL,2011-03-18,2011-03-18,unnamed,unspecified,{written},,Some more,AFP,high"
    (entry,) = entries(tmp_path, row)
    assert entry.number == read


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("NOR", "NRO"), "record:2: nation: unknown nation 'NRO'; did you mean 'NOR'?"),
        (("NOR", "DNK"), "write no under in_scenario if it is not at risk"),
        ((",,,", ",,no,"), "record:2: in_scenario: 'NOR' is in the scenario"),
        ((",,,", ",,maybe,"), "record:2: in_scenario: 'maybe' must be yes or no"),
        (("public", "publik"), "record:2: event: unknown event 'publik'; did you mean 'public'?"),
        (("air", "aire"), "record:2: kind: unknown kind 'aire'; did you mean 'air'?"),
        (("high", "sure"), "record:2: confidence: unknown confidence 'sure'"),
        (("2011-03-18", "18 March"), "record:2: first: '18 March' must be a calendar date"),
        (("2011-03-18", "2011-02-30"), "record:2: first: '2011-02-30' must be a calendar date"),
        (("2011-03-18", "2011-03-19"), "record:2: last: 2011-03-18 must not be before 2011-03-19"),
        (("AFP", ""), "record:2: publisher: must not be blank"),
        (("AFP", "https://a.b/c"), "record:2: publisher: must be who published it"),
        ((",,,", ",3,,"), "record:2: number: only counts of unnamed members have one"),
        (("NOR", "ALL"), "record:2: nation: ALL stands for unnamed members"),
        (("public", "left"), "record:2: NOR leaves before it was public"),
    ],
)
def test_a_fault_of_a_row_is_one_line_with_its_place(
    tmp_path: Path, change: tuple[str, str], expected: str
) -> None:
    text = message(tmp_path, RIGHT.replace(*change, 1))
    assert expected in text
    assert text.count("\n") == 0


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (
            "ALL,2011-03-18,2011-03-18,unnamed,unspecified,,,Some,AFP,high",
            "must be a number such as",
        ),
        ("ALL,2011-03-18,2011-03-18,unnamed,unspecified,9-3,,Some,AFP,high", "'9-3' must rise"),
        ("ALL,2011-03-18,,unnamed,unspecified,15,,Some,AFP,high", "needs its day"),
        ("NOR,2011-03-18", "has 2 cells; the first line has 10"),
    ],
)
def test_a_faulty_count_or_row_is_refused(tmp_path: Path, row: str, expected: str) -> None:
    assert expected in message(tmp_path, row)


def test_a_row_that_is_repeated_is_refused(tmp_path: Path) -> None:
    assert message(tmp_path, RIGHT, RIGHT) == "record:3: is the same as line 2"


def test_all_faults_are_reported_at_once_and_in_order(tmp_path: Path) -> None:
    text = message(tmp_path, RIGHT.replace("air", "aire"), RIGHT.replace("high", "sure"))
    assert [line.split(" ")[0] for line in text.splitlines()] == ["record:2:", "record:3:"]


def test_a_file_that_is_no_record_is_not_quoted(tmp_path: Path) -> None:
    text = message(tmp_path, "secret,secret", header="secret,password")
    assert "secret" not in text
    assert "is no record" in text


def test_a_nation_outside_the_scenario_is_kept_for_the_counts(tmp_path: Path) -> None:
    record(tmp_path, RIGHT, "TON,2011-03-19,2011-03-19,public,air,,no,Too,AFP,high")
    history = load_history(tmp_path / "past.yaml")
    assert history.at_risk == ("GBR", "NOR", "SWE")
    assert history.n_public(datetime.date(2011, 3, 18)) == 1
    assert history.n_public(datetime.date(2011, 3, 19)) == 2


def test_days_are_counted_from_the_start_and_the_first_word_counts(tmp_path: Path) -> None:
    record(
        tmp_path,
        "NOR,2011-03-20,2011-03-20,public,air,,,On a list,AFP,high",
        "NOR,2011-03-18,2011-03-22,pledged,air,,,Six aircraft,AFP,high",
        "NOR,,2011-03-30,deployed,air,,,There by then,AFP,high",
        "SWE,2011-03-12,2011-03-12,endorsed,political,,,In talks,AFP,high",
        "ALL,2011-03-15,2011-03-15,unnamed,unspecified,3-5,,More,AFP,medium",
    )
    history = load_history(tmp_path / "past.yaml")
    assert history.first_public("NOR") == Interval(8, 10)
    assert history.first_public("SWE") is None
    assert history.first("SWE", "endorsed") == Interval(2, 2)
    assert history.unnamed == (Count(5, 3, 5),)


def test_who_leaves_is_not_counted_and_may_come_back(tmp_path: Path) -> None:
    record(
        tmp_path,
        RIGHT,
        "NOR,2011-03-19,2011-03-19,left,air,,,Off the list,AFP,high",
        "NOR,2011-03-23,2011-03-23,public,air,,,Back on it,AFP,high",
    )
    history = load_history(tmp_path / "past.yaml")
    counts = [history.n_public(datetime.date(2011, 3, day)) for day in (17, 18, 19, 22, 23)]
    assert counts == [0, 1, 0, 0, 1]


def test_a_nation_is_public_for_certain_at_the_end_of_its_interval(tmp_path: Path) -> None:
    record(tmp_path, "NOR,2011-03-18,2011-03-22,public,air,,,Some day,AFP,high")
    history = load_history(tmp_path / "past.yaml")
    on = datetime.date(2011, 3, 20)
    assert (history.n_public(on), history.n_public(on, possibly=True)) == (0, 1)


def test_a_scenario_without_a_record_is_no_history(tmp_path: Path) -> None:
    path = tmp_path / "plain.yaml"
    path.write_text("days: 9\nnations: [GBR]\n", encoding="utf-8")
    with pytest.raises(ScenarioError, match="has no key record, so it is no history"):
        load_history(path)


def test_a_record_needs_a_start(tmp_path: Path) -> None:
    record(tmp_path, RIGHT)
    path = tmp_path / "undated.yaml"
    path.write_text("record: record.csv\ndays: 9\nnations: [NOR]\n", encoding="utf-8")
    with pytest.raises(ScenarioError, match="its scenario needs a start"):
        load_history(path)


def test_a_record_is_no_part_of_the_scenario(tmp_path: Path) -> None:
    record(tmp_path, RIGHT)
    scenario = load_scenario(tmp_path / "past.yaml")
    (tmp_path / "plain.yaml").write_text(
        SCENARIO.replace("record: record.csv\n", "") + LEADERS, encoding="utf-8"
    )
    plain = load_scenario(tmp_path / "plain.yaml")
    assert scenario == plain
    assert scenario.digest == plain.digest
    assert "record" not in scenario.full()
    assert (scenario.record_file, plain.record_file) == (str(tmp_path / "record.csv"), None)


def test_a_variant_of_a_history_has_its_record(tmp_path: Path) -> None:
    record(tmp_path, RIGHT)
    (tmp_path / "below").mkdir()
    variant = tmp_path / "below" / "variant.yaml"
    variant.write_text("base: ../past.yaml\ndays: 20\n", encoding="utf-8")
    assert load_history(variant).first_public("NOR") == Interval(8, 8)


def test_the_key_record_must_name_a_file(tmp_path: Path) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text("record: [1]\ndays: 9\nnations: [GBR]\n", encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"record: .* must be the path of a record"):
        load_scenario(path)


def test_every_event_has_a_stage_or_none() -> None:
    assert {stage for stage in EVENTS.values() if stage is not None} == {1, 2, 3, 4, 5, 6}


def test_a_variant_without_a_nation_has_the_record_without_it(tmp_path: Path) -> None:
    record(tmp_path, RIGHT, RIGHT.replace("NOR", "SWE"))
    variant = tmp_path / "variant.yaml"
    variant.write_text("base: past.yaml\nremove_nations: [NOR]\n", encoding="utf-8")
    found = load_history(variant)
    assert {entry.nation for entry in found.entries} == {"SWE"}
    assert load_scenario(variant).removed_nations == {"NOR"}
