"""Ensembles that are not counted by day, nation and stage: what they hold, store and refuse."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from matplotlib import pyplot as plt

import sim
from sim.cli.group import willing
from sim.results.ensemble import Ensemble, join
from sim.results.records import counts_stages
from sim.scenario.load import scenario_from_dict
from sim.scenario.schema import Scenario
from sim.store.folder import ResultsError
from tests.engines.agreement import differing

RUNS, FIRST = 12, 3
FEWER_FILES = ["public.parquet", "stages_at_end.parquet", "stages_by_day.parquet"]


@cache
def small() -> Scenario:
    """Seven nations that come, pledge, leave and come back; a success that names a member."""
    return scenario_from_dict(
        {
            "days": 20,
            "nations": [
                {"id": f"N{place}", "stage": stage, "capacity": {"ground": 2}}
                for place, stage in enumerate(
                    ("outside", "talks", "willing", "willing", "public", "pledged", "left")
                )
            ],
            "contributions": {"ground": {}},
            "behaviour": {
                "resolve": {"rate": 0.1},
                "declare": {"rate": 0.1, "peers": 1.0},
                "pledge": {"rate": 0.1},
                "return": {"rate": 0.1},
                "withdraw": {"public": {"rate": 0.05}},
            },
            "success": {"members": ["N3"]},
        }
    )


@cache
def ensemble(stage_counts: bool | None, engine: str = "batch", keep: str = "summary") -> Ensemble:
    return sim.run(
        small(), RUNS, seed=1, first_run=FIRST, engine=engine, keep=keep, stage_counts=stage_counts
    )


def test_stages_are_counted_up_to_four_million_numbers_or_when_asked() -> None:
    assert counts_stages(180, 3_000)
    assert not counts_stages(180, 10_000)
    assert counts_stages(180, 10_000, asked=True)
    assert not counts_stages(20, 7, asked=False)
    assert differing(ensemble(None).records, ensemble(True).records) == []


def test_what_is_not_counted_is_refused_with_what_to_ask_for() -> None:
    records = ensemble(False).records
    assert not records.has_stage_counts
    with pytest.raises(AttributeError, match=r"stage_counts=True \(willing run --stage-counts\)"):
        _ = records.stage_counts
    assert ensemble(True).records.has_stage_counts


@pytest.mark.parametrize("keep", ["runs", "summary"])
def test_all_else_is_the_same(keep: str) -> None:
    whole, fewer = ensemble(True, keep=keep), ensemble(False, keep=keep)
    assert fewer.summary().as_dict() == whole.summary().as_dict()
    for name in ("runs_public", "stages_by_day", "stages_at_end"):
        found = getattr(fewer.records, name)()
        assert np.array_equal(found, getattr(whole.records, name)())
    of_stages = {"stage_counts", "public_counts", "stage_day_counts", "stage_end_counts"}
    assert set(differing(whole.records, fewer.records)) == of_stages


def test_figures_are_the_same() -> None:
    for name in ("stage_chart", "nations_by_day", "tile_map"):
        images = []
        for counted in (True, False):
            canvas = getattr(sim.plots, name)(ensemble(counted)).figure.canvas
            canvas.draw()
            images.append(np.asarray(canvas.buffer_rgba()))
            plt.close("all")
        assert np.array_equal(*images), name


def test_both_engines_count_the_same() -> None:
    assert differing(ensemble(False).records, ensemble(False, "mesa").records) == []


def test_blocks_join_if_they_count_the_same() -> None:
    blocks = [
        sim.run(small(), runs, seed=1, first_run=first, keep="summary", stage_counts=False)
        for first, runs in ((FIRST, 5), (FIRST + 5, RUNS - 5))
    ]
    assert differing(join(blocks).records, ensemble(False).records) == []
    blocks[1] = sim.run(small(), RUNS - 5, seed=1, first_run=FIRST + 5, keep="summary")
    with pytest.raises(ValueError, match="differ in stage_counts"):
        join(blocks)


def test_it_is_stored_in_three_files_and_comes_back(tmp_path: Path) -> None:
    ensemble(False).save(tmp_path / "out")
    written = sorted(file.name for file in (tmp_path / "out").iterdir())
    assert written == sorted(["days.parquet", "provenance.json", "scenario.yaml", *FEWER_FILES])
    loaded = sim.load_results(tmp_path / "out")
    assert differing(loaded.records, ensemble(False).records) == []
    assert loaded.command is not None
    assert loaded.command.endswith("stage_counts=False)")
    loaded.save(tmp_path / "again")
    for name in written:
        assert (tmp_path / "again" / name).read_bytes() == (tmp_path / "out" / name).read_bytes()


@pytest.mark.parametrize("name", FEWER_FILES)
def test_counts_that_do_not_add_up_to_the_runs_are_refused(tmp_path: Path, name: str) -> None:
    ensemble(False).save(tmp_path / "out")
    file, column = tmp_path / "out" / name, "public"
    table = pd.read_parquet(file)
    table.loc[0, column] = RUNS * 7 + 1
    table.to_parquet(file, index=False)
    document = json.loads((tmp_path / "out" / "provenance.json").read_text())
    document["files"][name]["bytes"] = file.stat().st_size
    (tmp_path / "out" / "provenance.json").write_text(json.dumps(document))
    with pytest.raises(ResultsError, match=f"{name}.*runs do not add up"):
        sim.load_results(tmp_path / "out", verify=False)


def test_the_command_says_what_is_written_instead_and_writes_all_if_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sim.results.records.MOST_STAGE_COUNTS", 100)
    Path("small.yaml").write_text(small().to_yaml(), encoding="utf-8")
    words = ["run", "small.yaml", "--runs", "4", "--no-figures"]
    done = CliRunner().invoke(willing, words)
    assert done.exit_code == 0, done.output
    assert "Note: these nations and days are too many to count runs by" in done.stderr
    folder = Path("results/small")
    assert sorted(file.name for file in folder.glob("*s*.parquet") if "stages" in file.name) == [
        "stages_at_end.parquet",
        "stages_by_day.parquet",
    ]
    exported = CliRunner().invoke(willing, ["export", "results/small", "--to", "csv"])
    assert "public.csv: 147 rows" in exported.stdout
    assert "stages_at_end.csv: 7 rows" in exported.stdout

    again = CliRunner().invoke(willing, [*words, "--stage-counts"])
    assert again.exit_code == 2
    assert "--stage-counts was not given and is given" in again.stderr
    asked = CliRunner().invoke(willing, [*words, "--stage-counts", "--force"])
    assert (asked.exit_code, "Note: these" in asked.stderr) == (0, False)
    assert (folder / "stages.parquet").exists()
    loaded = sim.load_results(folder)
    assert loaded.records.stage_counts.shape == (21, 7, 7)
    assert loaded.command is not None
    assert loaded.command.endswith("--keep runs --stage-counts")
