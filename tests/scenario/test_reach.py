"""Which files a scenario may name when others wrote it, and what messages say of those files."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

import sim
from sim.scenario.files.yaml import LARGEST_FILE
from sim.scenario.load import ScenarioError, load_scenario
from sim.studies.design.file import load_study

SCENARIO = "days: 9\nnations: [GBR, FRA]\n"
DOORS = {
    "base": "base: {path}\ndays: 9\nnations: [GBR, FRA]\n",
    "table": "days: 9\nnations: {path}\n",
    "table with changes": "days: 9\nnations: {{table: {path}, set: {{GBR: {{stake: 1}}}}}}\n",
    "dyads": "days: 9\nnations: [GBR, FRA]\nties: {{dyads: {path}}}\n",
    "behaviour": "days: 9\nnations: [GBR, FRA]\nbehaviour: {path}\n",
    "behaviour with changes": "days: 9\nnations: [GBR, FRA]\nbehaviour: {{from: {path}}}\n",
}
RIGHT = {
    "base": "days: 8\nnations: [GBR]\n",
    "table": "id,stake\nGBR,1\nFRA,1\n",
    "dyads": "nation,peer\nGBR,FRA\n",
    "behaviour": "declare: {rate: 0.1}\n",
}
FOREIGN = {
    "passwords": "root:x:0:0:secret:/root:/bin/bash\nuser:x:1:1:secret:/:/bin/sh\n",
    "a key": "-----BEGIN PRIVATE KEY-----\nsecretsecretsecret\n-----END PRIVATE KEY-----\n",
    "settings": "[default]\nsecret_access_key = secret\n",
    "JSON": '{"token": "secret", "secret": 3}\n',
    "YAML": "secret: secret\nusers: [{name: secret}]\nsecret: !secret secret\n",
    "a list": "- secret\n- [secret, 5]\n",
    "a table": "secret,password\nsecret,secret\n",
    "a table with semicolons": "secret;password\nsecret;secret\n",
    "text": "secret\n",
    "broken": "secret: [secret\n\tsecret: {\n",
}


def content_for(door: str) -> str:
    return RIGHT[door.split()[0]]


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """A folder to read within, and one outside of it."""
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir()
    outside.mkdir()
    return inside, outside


def message_on(path: Path, **options) -> str:
    with pytest.raises(ScenarioError) as error:
        load_scenario(path, **options)
    return str(error.value)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("written", ["absolute", "relative", "link", "folder link", "chain"])
def test_nothing_outside_the_folder_is_read(folders, door, written):
    inside, outside = folders
    secret = outside / "file.x"
    secret.write_text(content_for(door))
    (inside / "link.x").symlink_to(secret)
    (inside / "linked").symlink_to(outside)
    (inside / "chain.x").symlink_to("linked/file.x")
    path = {
        "absolute": str(secret),
        "relative": "sub/../../outside/file.x",
        "link": "link.x",
        "folder link": "linked/file.x",
        "chain": "chain.x",
    }[written]
    (inside / "sub").mkdir()
    scenario = inside / "s.yaml"
    scenario.write_text(DOORS[door].format(path=path))
    load_scenario(scenario)
    assert "outside the folder from which files may be read" in message_on(scenario, within=inside)
    assert "s.yaml" in message_on(scenario, within=inside)
    secret.unlink()  # whether a file is there is not said either
    assert "outside the folder from which files may be read" in message_on(scenario, within=inside)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("path", ["file.x", "./sub/../file.x", "link.x", "{inside}/file.x"])
def test_files_in_the_folder_are_read(folders, monkeypatch, door, path):
    inside, _ = folders
    (inside / "sub").mkdir()
    (inside / "file.x").write_text(content_for(door))
    (inside / "link.x").symlink_to("file.x")
    (inside / "s.yaml").write_text(DOORS[door].format(path=path.format(inside=inside)))
    whole = load_scenario(inside / "s.yaml")
    assert load_scenario(inside / "s.yaml", within=inside) == whole
    monkeypatch.chdir(inside)
    assert load_scenario("s.yaml", within=".") == whole
    assert load_scenario("s.yaml", within=inside.parent) == whole
    inside.parent.joinpath("alias").symlink_to(inside)
    assert load_scenario("s.yaml", within=inside.parent / "alias") == whole


def test_shipped_scenarios_with_their_tables_and_behaviours_are_read(folders):
    inside, _ = folders
    scenario = inside / "s.yaml"
    scenario.write_text("base: paris_2025\n")
    assert load_scenario(scenario, within=inside) == sim.load_scenario("paris_2025")
    assert sim.load_scenario("paris_2025", within=inside) == sim.load_scenario("paris_2025")


def test_the_scenario_itself_and_changes_are_confined_too(folders):
    inside, outside = folders
    (outside / "s.yaml").write_text(SCENARIO)
    (outside / "d.csv").write_text(RIGHT["dyads"])
    (inside / "s.yaml").write_text(SCENARIO)
    assert "outside the folder" in message_on(outside / "s.yaml", within=inside)
    change = {"ties.dyads": str(outside / "d.csv")}
    assert load_scenario(inside / "s.yaml", change).ties.dyads
    assert "outside the folder" in message_on(inside / "s.yaml", set=change, within=inside)


@pytest.mark.parametrize("within", ["nowhere", "s.yaml", "", "\0"])
def test_what_is_no_folder_is_refused(folders, monkeypatch, within):
    inside, _ = folders
    (inside / "s.yaml").write_text(SCENARIO)
    monkeypatch.chdir(inside)
    assert "is no folder to read within" in message_on(Path("s.yaml"), within=within)


def test_the_limit_ends_with_the_call_and_reaches_no_other_thread(folders):
    inside, outside = folders
    (outside / "s.yaml").write_text(SCENARIO)
    (inside / "s.yaml").write_text(f"base: {outside}/s.yaml\n")
    found = []
    message_on(inside / "s.yaml", within=inside)
    thread = threading.Thread(target=lambda: found.append(load_scenario(inside / "s.yaml")))
    thread.start()
    thread.join()
    assert found == [load_scenario(inside / "s.yaml")]


def test_a_study_is_confined_too(folders):
    inside, outside = folders
    (outside / "s.yaml").write_text(SCENARIO)
    (outside / "b.yaml").write_text(RIGHT["behaviour"])
    (inside / "s.yaml").write_text(SCENARIO)
    study = inside / "study.yaml"
    for text in (
        f"scenario: {outside}/s.yaml\nvary: {{days: [8, 9]}}\n",
        f"scenario: s.yaml\nset: {{behaviour: {outside}/b.yaml}}\nvary: {{days: [8, 9]}}\n",
        f"scenario: s.yaml\nvary: {{scenario: [t.yaml, {outside}/s.yaml]}}\n",
        f"scenario: s.yaml\nvary: {{behaviour: [calibrated, {outside}/b.yaml]}}\n",
    ):
        study.write_text(text)
        (inside / "t.yaml").write_text(SCENARIO)
        load_study(study)
        with pytest.raises(ScenarioError, match="outside the folder"):
            load_study(study, within=inside)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("content", FOREIGN)
def test_messages_quote_nothing_of_a_file_of_another_kind(folders, door, content):
    inside, outside = folders
    (outside / "file.x").write_text(FOREIGN[content])
    (inside / "s.yaml").write_text(DOORS[door].format(path=outside / "file.x"))
    message = message_on(inside / "s.yaml")
    assert "secret" not in message
    assert "BEGIN" not in message
    assert "file.x" in message


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("kind", ["pipe", "device", "folder", "too large", "circle of links"])
def test_what_is_no_file_of_reasonable_size_is_refused_at_once(folders, door, kind):
    inside, _ = folders
    path = inside / "file.x"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "folder":
        path.mkdir()
    elif kind == "too large":
        with path.open("wb") as file:
            file.truncate(LARGEST_FILE + 1)
    else:
        path.symlink_to(path)
    (inside / "s.yaml").write_text(DOORS[door].format(path="file.x"))
    assert "file.x" in message_on(inside / "s.yaml")
    assert "file.x" in message_on(inside / "s.yaml", within=inside)


def test_a_sweep_is_confined_as_its_scenario_is(folders):
    inside, outside = folders
    (outside / "secret.csv").write_text("id,stake\nGBR,1\n", encoding="utf-8")
    (outside / "scenario.yaml").write_text(SCENARIO, encoding="utf-8")
    (inside / "own.yaml").write_text(SCENARIO, encoding="utf-8")
    (inside / "reaching.yaml").write_text(f"days: 9\nnations: {outside}/secret.csv\n", "utf-8")
    vary = "vary: {nations.GBR.stake: [0.2, 0.8]}\nruns: 1\n"
    for name, scenario in (("own", "own.yaml"), ("other", f"{outside}/scenario.yaml")):
        (inside / f"{name}_study.yaml").write_text(f"scenario: {scenario}\n{vary}", "utf-8")
    assert sim.sweep(inside / "own_study.yaml", within=inside, workers=1).column("size").size == 2
    for study in (inside / "other_study.yaml", outside / "scenario.yaml", inside / "reaching.yaml"):
        keys = {} if "study" in study.name else {"vary": {"nations.GBR.stake": [0.2]}, "runs": 1}
        with pytest.raises(ValueError, match="lies outside the folder"):
            sim.sweep(study, **keys, within=inside)
