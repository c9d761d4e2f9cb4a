"""Every claim of the verification study holds, and the table on record is what it gives."""

from __future__ import annotations

import csv

import pytest

from experiments.verification.evidence import FULL, QUICK, Evidence
from experiments.verification.verify import COLUMNS, FOLDER, TOPICS, figure_of, topic


def failing(lines: list[Evidence]) -> list[str]:
    return [
        f"{line.claim}: expected {line.expected}, obtained {line.obtained} ({line.error_bar})"
        for line in lines
        if not line.holds
    ]


def on_record() -> list[dict[str, str]]:
    with (FOLDER / "evidence.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("name", ["burden", "treaties"])
def test_a_topic_s_claims_hold_in_little(name):
    """Those of the other topics take longer: tests/test_experiments.py runs the study quickly."""
    lines = list(topic(name).evidence(QUICK))
    assert lines
    assert not failing(lines)


@pytest.mark.slow
@pytest.mark.parametrize("name", TOPICS)
def test_a_topic_s_claims_hold_in_full_and_are_on_record(name):
    module = topic(name)
    lines = list(module.evidence(FULL))
    assert not failing(lines)
    recorded = [row for row in on_record() if row["topic"] == module.TITLE]
    assert [(row["claim"], row["expected"]) for row in recorded] == [
        (line.claim, line.expected) for line in lines
    ]


@pytest.mark.slow
@pytest.mark.parametrize("name", TOPICS)
def test_a_topic_s_figures_are_drawn_and_kept(name):
    stems = []
    for stem, drawn in topic(name).figures(QUICK):
        figure_of(drawn).canvas.draw()
        stems.append(stem)
    assert stems
    assert all((FOLDER / "figures" / f"{stem}.png").is_file() for stem in stems)


def test_the_table_on_record_is_whole_and_every_claim_in_it_holds():
    rows = on_record()
    assert rows
    assert tuple(rows[0]) == COLUMNS
    assert {row["topic"] for row in rows} == {topic(name).TITLE for name in TOPICS}
    assert not [row["claim"] for row in rows if row["holds"] != "holds"]
