"""What the server answers: numbers of the runner, and refusals in one clear message."""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

import sim
from sim.app.changes import Changes, changed_by
from sim.app.limits import Limits
from sim.app.opened import Given, OpenedScenarios
from sim.cli.group import willing
from sim.report.comparison import with_interval
from sim.report.why import why_as_dict
from sim.store.ensembles import load_results
from sim.studies.why import why_in
from tests.app.served import SIZES, Client, served
from tests.cli.tracing import SMALL

LEVEL = {"numbers": {"conditions.backing.level": 0.3}}


def wait_until(holds: Callable[[], bool], seconds: float = 20) -> None:
    """Wait for what another thread does."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_page_begins_with_what_can_be_opened(client: Client) -> None:
    start = client.get("/api/start")
    assert (start["name"], start["files"]) == ("small.yaml", ["small.yaml", "wrong.yaml"])
    assert "paris_2025" in start["shipped"]
    assert tuple(start["sizes"]) == SIZES


def test_files_that_are_not_offered_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.app.opened.MOST_FILES", 1)
    for name in ("one.yaml", "other.yaml", "third.yml"):
        (tmp_path / name).touch()
    names = OpenedScenarios(tmp_path).names()
    assert (names["files"], names["more_files"]) == (["one.yaml"], 2)


def test_the_files_of_the_page_are_there(client: Client) -> None:
    for path, kind in (
        ("/", "text/html"),
        ("/app.js", "text/javascript"),
        ("/app.css", "text/css"),
        ("/theme.css", "text/css"),
        ("/favicon.svg", "image/svg+xml"),
    ):
        answer = client.ask("GET", path)
        assert answer.status == 200
        assert answer.header("content-type").startswith(kind)


def test_a_scenario_comes_with_its_levers_tiles_and_dates(client: Client) -> None:
    found = client.get("/api/scenario")
    assert found["title"] == "A small coalition"
    assert (
        found["success"]
        == "Success: at least 4 public nations, backing at least 0.5, for 7 days running"
    )
    assert [nation["name"] for nation in found["nations"]][2] == "Poland"
    assert (found["dates"][0], found["dates"][-1]) == ("10 Mar 2025", "29 May 2025")
    assert len({(nation["x"], nation["y"]) for nation in found["nations"]}) == 4


def test_frames_have_the_numbers_of_the_summary(client: Client, folder: Path) -> None:
    body = {"scenario": client.opened(), "changes": LEVEL, "seed": "5"}
    frames = client.post("/api/run", body)
    assert [frame["runs"] for frame in frames] == list(SIZES)
    scenario = sim.load_scenario(folder / "small.yaml").with_changes(LEVEL["numbers"])
    for frame in frames:
        ensemble = sim.run(scenario, runs=frame["runs"], seed=5)
        told = ensemble.summary()
        assert frame["digest"] == scenario.digest
        assert told.success is not None
        chance = told.success.chance
        shown = frame["success"]
        assert (shown["chance"], shown["low"], shown["high"]) == (
            chance.chance,
            chance.low,
            chance.high,
        )
        end = told.size.end
        shown = frame["at_end"]
        assert (shown["median"], shown["low"], shown["high"], shown["mean"]) == (
            *(end.median, end.low, end.high),
            end.mean,
        )
        for nation, shown in zip(told.nations, frame["nations"], strict=True):
            assert shown["chance"] == nation.at_end.chance
        table = ensemble.days_table()
        sizes = table[table["measure"] == "size"]
        for name in ("q05", "q25", "median", "q75", "q95"):
            assert frame["size"][name] == sizes[name].astype(int).tolist()


def test_the_difference_is_that_of_compare(client: Client, folder: Path) -> None:
    *_, frame = client.post("/api/run", {"scenario": client.opened(), "changes": LEVEL, "seed": 5})
    base = sim.load_scenario(folder / "small.yaml")
    compared = sim.compare(base, runs=SIZES[-1], seed=5, with_=[LEVEL["numbers"]])
    (theirs,) = compared.differences
    for name in ("success", "size"):
        outcome = theirs.outcome(name)
        assert outcome is not None
        shown = frame["difference"][name]
        assert (shown["difference"], shown["low"], shown["high"]) == (
            outcome.difference,
            outcome.low,
            outcome.high,
        )
    assert (
        frame["base"]["success"]["chance"]
        == sim.run(base, SIZES[-1], 5).summary().success.chance.chance
    )


def test_a_scenario_without_success_or_dates_has_frames(folder: Path) -> None:
    (folder / "plain.yaml").write_text("days: 5\nnations: [GBR, FRA]\n", encoding="utf-8")
    with served(folder, "plain.yaml") as client:
        frame = client.post("/api/run", {"scenario": client.opened(), "changes": {}})[-1]
        assert frame["success"] is None
        assert frame["at_end"]["text"] == "0.00"
        why = {"scenario": client.opened(), "changes": {}, "nation": "FRA"}
        assert "FRA is not public at the end in " in client.post("/api/why", why)[0]["words"][0]


def test_why_says_it_in_sentences_with_a_command_for_one_run(client: Client) -> None:
    body = {"scenario": client.opened(), "changes": LEVEL, "nation": "POL", "seed": 1}
    (found,) = client.post("/api/why", body)
    assert found["words"][0].startswith("Poland (POL) is ")
    assert " % of 1,000 runs: " in found["words"][0]  # whatever the figures are of
    assert found["command"].startswith("willing why ")
    assert found["command"].endswith("--nation POL")
    status, message = client.refusal("POST", "/api/why", {**body, "nation": "XXX"})
    assert (status, "nation" in message) == (400, True)


def test_why_gives_a_command_that_explains_the_run_with_the_options_it_was_opened_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("small.yaml").write_text(SMALL, encoding="utf-8")
    Path("draws.csv").write_text("climate,tempo\n-1,1\n1,2\n", encoding="utf-8")
    first = Given("small.yaml", ("days=38",), "draws.csv")
    with served(Path(), first=first) as client:
        assert client.get("/api/scenario")["given"] == "--set days=38 --parameters draws.csv"
        asked = {"scenario": client.opened(), "changes": LEVEL, "nation": "POL", "seed": 1}
        (found,) = client.post("/api/why", asked)
    assert found["how"] == ""
    words = shlex.split(found["command"])
    assert words[0] == "willing"
    done = CliRunner().invoke(willing, [*words[1:], "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    scenario = changed_by(first.load(), Changes(LEVEL["numbers"]))
    told_by_us = why_as_dict(why_in(sim.trace(scenario, 1, int(told["run"])), "POL"))
    assert told == json.loads(json.dumps(told_by_us))


def test_a_result_is_saved_as_a_folder_that_opens(client: Client, folder: Path) -> None:
    body = {"scenario": client.opened(), "changes": LEVEL, "seed": 1, "runs": 30}
    (found,) = client.post("/api/save", body)
    stored = load_results(found["folder"])
    assert (stored.n_runs, stored.seed) == (30, 1)
    assert stored.scenario.digest == client.post("/api/run", body | {"runs": [30]})[0]["digest"]
    assert client.post("/api/save", body) == [found]  # again: the same


@pytest.mark.usefixtures("blank_figures")
def test_a_report_is_that_of_the_runs_and_of_what_the_changes_do(
    client: Client, folder: Path
) -> None:
    body = {"scenario": client.opened(), "changes": LEVEL, "seed": 1, "runs": 30}
    (found,) = client.post("/api/report", body)
    base = sim.load_scenario(folder / "small.yaml")
    assert found["file"].startswith("small-")
    assert "Content-Security-Policy" in found["html"]
    compared = sim.compare(
        {"as it was opened": base, "as changed": base.with_changes(LEVEL["numbers"])}, 30, 1
    )
    change = compared.differences[0].outcome("size")
    assert change is not None
    assert with_interval(change.difference, change.low, change.high) in found["html"]
    (plain,) = client.post("/api/report", {**body, "changes": {}})
    assert "as changed" not in plain["html"]


def test_two_pages_at_work_at_once_stay_apart(folder: Path) -> None:
    with served(folder, limits=Limits(runs=10_000_000, a_scenario=1e12, kept=1.0)) as client:
        digest = client.opened()
        low, high = (
            {"scenario": digest, "changes": {"numbers": {"conditions.backing.level": level}}}
            for level in (0.2, 0.9)
        )
        slow = {**low, "runs": [50, 10_000]}
        with client.begun("POST", "/api/run", slow, headers={"X-Willing-Page": "one"}) as one:
            first = json.loads(one.readline())
            other = client.ask(
                "POST", "/api/run", {**high, "runs": [60]}, headers={"X-Willing-Page": "other"}
            )
            last = json.loads(one.readline())
        found = json.loads(other.content)
        # The page that asked first is neither stopped nor given what the other asked for.
        assert (first["runs"], last["runs"], found["runs"]) == (50, 10_000, 60)
        assert first["digest"] == last["digest"] != found["digest"]
        for frame, body in ((last, low), (found, high)):
            scenario = sim.load_scenario(folder / "small.yaml").with_changes(
                body["changes"]["numbers"]
            )
            assert frame["digest"] == scenario.digest
            shown = sim.run(scenario, frame["runs"], 0).summary().size.end.mean
            assert frame["at_end"]["mean"] == shown


# Refusals


@pytest.mark.parametrize(
    ("body", "part"),
    [
        ({"changes": []}, "changes: it must be"),
        ({"changes": {"numbers": {"tempo": "x"}}}, "changes.numbers"),
        ({"changes": {"numbers": {"tempo": -1}}}, "tempo: -1 must be"),
        ({"changes": {"numbers": {"nowhere": 1}}}, "nowhere"),
        ({"changes": {"left_out": ["events.nowhere"]}}, "names no event"),
        ({"changes": {"announcements": {"XXX": 3}}}, "unknown nation"),
        ({"base": 5}, "changes: it must be"),
        ({"seed": -1}, "seed: it must be"),
        ({"seed": "x"}, "seed: it must be"),
        ({"seed": 2**64}, "seed: it must be"),
        ({"runs": []}, "runs: they must be"),
        ({"runs": [100, 50]}, "runs: they must be"),
        ({"runs": [0]}, "runs: they must be"),
        ({"runs": ["x"]}, "runs: they must be"),
        ({"runs": 5}, "runs: they must be"),
        ({"scenario": "x"}, "not open any more"),
    ],
)
def test_a_wrong_request_is_one_message(client: Client, body: dict[str, object], part: str) -> None:
    status, message = client.refusal("POST", "/api/run", {"scenario": client.opened(), **body})
    assert status == 400
    assert part in message
    assert "--set" not in message


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b"[" * 100_000, b'"x"'])
def test_a_body_that_is_no_object_is_refused(client: Client, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    status, message = client.refusal("POST", "/api/run", body, headers=headers)
    assert (status, "JSON" in message) == (400, True)


def test_a_body_of_another_type_is_refused(client: Client) -> None:
    """A form of another page could send it without being asked first."""
    headers = {"Content-Type": "text/plain"}
    assert client.refusal("POST", "/api/run", b"{}", headers=headers)[0] == 400


def test_a_body_over_the_limit_is_refused(client: Client) -> None:
    body = {"scenario": "x" * 1_100_000}
    status, message = client.refusal("POST", "/api/run", body)
    assert (status, message) == (413, "the request has more than 1,000,000 bytes")


def test_more_runs_than_granted_are_refused(client: Client) -> None:
    body = {"scenario": client.opened(), "changes": {}, "runs": [30_000]}
    status, message = client.refusal("POST", "/api/run", body)
    assert (status, message) == (413, "runs: 30,000 are more than 20,000")


def test_a_large_scenario_gets_fewer_runs_or_none(folder: Path) -> None:
    with served(folder, limits=Limits(a_scenario=2e6)) as client:
        frames = client.post(
            "/api/run", {"scenario": client.opened(), "changes": {}, "runs": [9000]}
        )
        assert 0 < frames[0]["runs"] < 9000
        assert frames[0]["wanted"] == frames[0]["runs"]
    with served(folder, limits=Limits(a_scenario=1e3)) as client:
        body = {"scenario": client.opened(), "changes": {}}
        status, message = client.refusal("POST", "/api/run", body)
        assert (status, "too large" in message) == (413, True)


def test_a_wrong_file_is_refused_with_its_line(client: Client) -> None:
    status, message = client.refusal("GET", "/api/scenario?name=wrong.yaml")
    assert status == 400
    assert "wrong.yaml:3: tempo: 'fast' must be" in message


OUTSIDE = "lies outside the folder from which files may be read"

FILES = {
    "one.yaml": "days: 5\nnations: [GBR, FRA]\n",
    "nations.csv": "id,stake\nGBR,0.5\n",
    "dyads.csv": "nation,peer,weight\nGBR,FRA,2\n",
    "draws.csv": "climate\n0.1\n0.2\n",
    "behaviour.yaml": "declare: {rate: 0.1}\n",
}
"""Files of every kind that a scenario may name."""

NAMING = {
    "base.yaml": "base: {place}one.yaml\n",
    "table.yaml": "days: 5\nnations: {place}nations.csv\n",
    "ties.yaml": "days: 5\nnations: [GBR, FRA]\nties: {{dyads: {place}dyads.csv}}\n",
    "joint.yaml": "days: 5\nnations: [GBR]\ndraws: {place}draws.csv\n",
    "moves.yaml": "days: 5\nnations: [GBR]\nbehaviour: {place}behaviour.yaml\n",
}
"""Scenarios that name one of them each."""


@pytest.fixture(scope="module")
def two_folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds files of every kind and links out of it; those outside are right."""
    outside = tmp_path_factory.mktemp("outside")
    inside = outside / "inside"
    inside.mkdir()
    for place in (outside, inside):
        for name, words in FILES.items():
            (place / name).write_text(words, encoding="utf-8")
    for name, words in NAMING.items():
        (inside / name).write_text(words.format(place=""), encoding="utf-8")
        (inside / f"out_{name}").write_text(words.format(place="../"), encoding="utf-8")
    (inside / "link.yaml").symlink_to(outside / "one.yaml")
    (inside / "linked").symlink_to(outside, target_is_directory=True)
    return inside


@pytest.mark.parametrize(
    "name",
    ["../one.yaml", "..%2Fone.yaml", "inside/../../one.yaml", "link.yaml", "linked/one.yaml"],
)
def test_files_outside_the_folder_are_not_read(two_folders: Path, name: str) -> None:
    with served(two_folders, "one.yaml") as client:
        assert client.opened()  # the same file within
        for each in (name, str(two_folders.parent / "one.yaml")):
            status, message = client.refusal("GET", f"/api/scenario?name={each}")
            assert (status, OUTSIDE in message) == (400, True), message


@pytest.mark.parametrize("name", NAMING)
def test_a_scenario_that_names_a_file_outside_is_refused(two_folders: Path, name: str) -> None:
    with served(two_folders, "one.yaml") as client:
        assert client.opened(name)  # that names the same file within
        status, message = client.refusal("GET", f"/api/scenario?name=out_{name}")
        assert (status, OUTSIDE in message) == (400, True), message


@pytest.mark.parametrize(
    ("name", "part"),
    [("nowhere", "does not exist"), ("%00", "no name of"), ("a" * 600, "no name of")],
)
def test_a_name_of_nothing_is_refused(client: Client, name: str, part: str) -> None:
    status, message = client.refusal("GET", f"/api/scenario?name={name}")
    assert (status, part in message) == (400, True), message


def test_a_page_goes_on_with_the_scenario_it_opened(folder: Path) -> None:
    file = folder / "moving.yaml"
    file.write_text("days: 5\nnations: [GBR, FRA]\n", encoding="utf-8")
    with served(folder, "moving.yaml") as client:
        before = client.opened()
        file.write_text("days: 9\nnations: [GBR, FRA]\n", encoding="utf-8")
        after = client.opened()
        assert before != after
        for digest, last in ((before, 5), (after, 9)):
            frame = client.post("/api/run", {"scenario": digest, "changes": {}})[0]
            assert frame["days"][-1] == last


def test_other_methods_and_paths_are_refused(client: Client) -> None:
    assert client.ask("GET", "/api/run").status == 405
    assert client.ask("PUT", "/api/share", {}).status == 405
    assert client.ask("GET", "/api/nowhere").status == 404
    assert client.ask("GET", "/static/../server.py").status == 404


# Work that nobody waits for


def test_a_page_that_goes_frees_its_work(folder: Path) -> None:
    with served(folder, limits=Limits(runs=10_000_000, a_scenario=1e12, kept=1.0)) as client:
        body = {"scenario": client.opened(), "changes": LEVEL, "runs": [50, 3_000_000]}
        with client.begun("POST", "/api/run", body) as answer:
            assert json.loads(answer.readline())["runs"] == 50
            assert client.pages.jobs.n_running == 1
        begin = time.monotonic()
        wait_until(lambda: client.pages.jobs.n_running == 0)
        assert time.monotonic() - begin < 10


def test_the_next_move_of_a_page_stops_the_one_before(folder: Path) -> None:
    with served(folder, limits=Limits(runs=10_000_000, a_scenario=1e12, kept=1.0)) as client:
        body = {"scenario": client.opened(), "changes": LEVEL}
        page = {"X-Willing-Page": "one"}
        slow = {**body, "runs": [50, 3_000_000]}
        with client.begun("POST", "/api/run", slow, headers=page) as before:
            before.readline()
            found = client.ask("POST", "/api/run", {**body, "runs": [60]}, headers=page)
            assert json.loads(found.content)["runs"] == 60
            assert before.read() == b""  # ended without the rest


def test_more_pages_at_once_than_granted_are_refused(folder: Path) -> None:
    limits = Limits(runs=10_000_000, a_scenario=1e12, kept=1.0, at_once=1)
    with served(folder, limits=limits) as client:
        body = {"scenario": client.opened(), "changes": LEVEL}
        one, other = {"X-Willing-Page": "one"}, {"X-Willing-Page": "other"}
        few = {**body, "runs": [60]}
        slow = {**body, "runs": [50, 3_000_000]}
        with client.begun("POST", "/api/run", slow, headers=one) as before:
            before.readline()
            status, message = client.refusal("POST", "/api/run", few, headers=other)
            assert (status, "too many" in message) == (429, True)
        wait_until(lambda: client.pages.jobs.n_running == 0)
        assert client.ask("POST", "/api/run", few, headers=other).status == 200
