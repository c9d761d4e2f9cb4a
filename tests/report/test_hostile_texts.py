"""Titles, names and labels of others steer no terminal and run nothing in a notebook."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import sim
from sim.report.comparison import comparison_blocks
from sim.report.ensemble import summary_blocks
from sim.report.json import comparison_json, summary_json, sweep_json
from sim.report.sweep import sweep_blocks
from sim.report.text import to_text
from sim.report.trace.nation import nations_blocks
from sim.report.trace.run import trace_blocks
from sim.scenario.load import scenario_from_dict
from sim.scenario.schema import Scenario
from sim.studies.design.file import study_from

TAGS = {
    *("div", "p", "figure", "figcaption", "table", "caption", "thead", "tbody", "tr", "th", "td"),
    *("svg", "title", "path", "text"),
}
ATTRIBUTES = {
    *("style", "scope", "class", "border", "role", "viewbox", "width", "height", "xmlns", "fill"),
    *("d", "stroke", "stroke-opacity", "stroke-width", "stroke-dasharray", "fill-opacity"),
    *("x", "y", "text-anchor"),
}
PIECES = [
    *("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "</td></table></svg>", "<!--"),
    *('" onload="alert(1)', "'><b>", "&lt;i&gt;", "&#60;u&#62;", "]]>", "<svg/onload=alert(1)>"),
    *("\x1b[31m", "\x1b]0;owned\x07", "\x9b2J", "\x7f", "\x08\x08", "\r", "\u202e", "\u2066"),
    *("Poland", " ", "\u00e9", "\u200d", "\U0001f600"),
]
HOSTILE = st.lists(st.sampled_from(PIECES), min_size=1, max_size=4).map(lambda x: "x" + "".join(x))
STEERING = {chr(code) for code in (*range(32), 127, *range(0x80, 0xA0))} - {"\n", "\t"}
STEERING |= set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029")


class Seen(HTMLParser):
    """Tags and attributes that a browser would see."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)


def scenario_of(text: str, **more: Any) -> Scenario:
    """A scenario that has a text wherever one of a user's own is allowed."""
    name = text[:58]
    form: dict[str, Any] = {
        "title": text,
        "description": text,
        "sources": [text],
        "days": 6,
        "nations": [
            {"id": "GBR", "name": name, "stage": "public", "capacity": {"ground": 2}},
            {"id": "FRA", "name": f"2{name}", "stage": "willing", "reliance": {"backing": 0.5}},
            {"id": "POL", "name": f"3{name}", "stage": "talks"},
        ],
        "conditions": {"backing": {"level": 0.5, "name": name}},
        "contributions": {"ground": {"name": name, "unit": name[:20]}},
        "events": [
            {"date": 2, "meeting": "one", "name": name},
            {"date": 3, "shock": "backing", "jump": 1, "name": f"2{name}"},
        ],
        "behaviour": {"resolve": {"rate": 0.5}, "declare": {"rate": 0.5}},
        "success": {"public_size": 2, "hold": 1},
    }
    return scenario_from_dict({**form, **more})


def results(text: str) -> dict[str, Any]:
    """Every kind of result, of a scenario with a text in every place."""
    scenario = scenario_of(text)
    label = text[:40]
    options = [{"label": label, "set": {"days": 5}}, {"label": "other", "set": {"days": 4}}]
    vary = {"case": options, "events.0": ["present", "absent"]}
    study = study_from({"vary": vary, "runs": 3}, scenario)
    ensemble = sim.run(scenario, runs=3, workers=1)
    scenarios = {label: scenario, f"2{label}": scenario.with_changes({"days": 6})}
    return {
        "ensemble": ensemble,
        "summary": ensemble.summary(),
        "comparison": sim.compare(scenarios, runs=3, workers=1),
        "sweep": sim.sweep(study, workers=1),
        "trace": sim.trace(scenario),
    }


def in_words(found: dict[str, Any]) -> dict[str, str]:
    """What is printed of each result."""
    trace = found["trace"]
    blocks = {
        "summary": summary_blocks(found["summary"]),
        "comparison": comparison_blocks(found["comparison"]),
        "sweep": sweep_blocks(found["sweep"]),
        "trace": trace_blocks(trace),
        "nation": nations_blocks(trace, ("FRA",)),
    }
    texts = {name: to_text(each) for name, each in blocks.items()}
    return texts | {f"{name} itself": repr(each) for name, each in found.items()}


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=HOSTILE)
def test_no_text_of_a_scenario_becomes_markup_or_steers_a_terminal(text: str) -> None:
    check(text)


def check(text: str) -> None:
    found = results(text)
    for name, each in found.items():
        if hasattr(each, "_repr_html_"):
            seen = Seen(each._repr_html_())
            assert seen.tags <= TAGS, name
            assert seen.attributes <= ATTRIBUTES, name
            assert "x" in seen.text
    for name, words in in_words(found).items():
        assert not STEERING & set(words), name
    for each in (
        summary_json(found["summary"]),
        comparison_json(found["comparison"]),
        sweep_json(found["sweep"]),
    ):
        assert json.loads(json.dumps(each)) == each


@pytest.mark.parametrize("piece", PIECES)
def test_the_full_form_holds_every_text_exactly(piece: str, tmp_path) -> None:
    scenario = scenario_of(f"x{piece}x")
    full = scenario.to_yaml()
    assert not STEERING & set(full)
    (tmp_path / "f.yaml").write_text(full, encoding="utf-8", newline="")
    assert sim.load_scenario(tmp_path / "f.yaml") == scenario
