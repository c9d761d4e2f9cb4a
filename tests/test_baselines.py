"""Results of the shipped scenarios are those on record."""

from __future__ import annotations

import json

import pytest

from tests.baselines import FILE, FILES, digest, entries, name_of, refusal

RECORD = json.loads(FILE.read_text(encoding="utf-8"))
ADVICE = (
    "the results of {name} are not those on record: if that is meant, say why in CHANGELOG.md under"
    " 'Results change' and run `python tests/baselines.py --because ...`"
)


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_a_shipped_scenario_gives_the_results_on_record(file):
    name = name_of(file)
    assert digest(file) == RECORD["digests"].get(name), ADVICE.format(name=name)


def test_every_record_is_of_a_scenario_that_is_shipped():
    assert set(RECORD["digests"]) <= {name_of(file) for file in FILES}


def test_the_changelog_says_why_the_record_is_what_it_is():
    assert RECORD["because"] in entries()


def test_a_record_is_refused_without_an_entry_of_its_own():
    digests = RECORD["digests"]
    moved = {**digests, "paris_2025": "0" * 32}
    assert "no entry 'a'" in refusal("a", moved, RECORD)
    assert "paris_2025: results moved again" in refusal(RECORD["because"], moved, RECORD)
    assert not refusal(RECORD["because"], digests, RECORD)
    assert not refusal(RECORD["because"], moved, {**RECORD, "because": "an older entry"})
