"""`sim.calibrate`: what it finds, what is in its folder, and what it refuses."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sim
from sim.calibration.calibrate import (
    CalibrationError,
    named_histories,
    record_digest,
    shipped_histories,
)
from sim.calibration.forecast import forecast_scenario
from sim.calibration.history import History, load_history
from sim.calibration.importance import largest_k
from sim.calibration.likelihood import coalition_of, coefficients_of, log_likelihood
from sim.calibration.parameters import place_of
from sim.calibration.specifications import HISTORIES
from sim.scenario.arrays.numbers import arrays_of
from sim.store.folder import ResultsError
from tests.calibration.small_files import BEHAVIOUR, small_calibration, write_history

FILES = ["behaviour.yaml", "coalitions.csv", "covariance.csv", "draws.csv", "parameters.csv"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    small_calibration().save(tmp_path / "fitted")
    return tmp_path / "fitted"


def rows_of(file: Path) -> list[dict[str, str]]:
    with file.open(newline="", encoding="utf-8") as text:
        return list(csv.DictReader(text))


def test_the_table_has_prior_estimate_and_what_the_data_told() -> None:
    found = small_calibration()
    table = found.table()
    assert list(table.index) == list(found.fit.specification.names)
    resolve = HISTORIES[0]
    assert table.loc["resolve", ["prior_mean", "prior_sd"]].tolist() == [resolve.mean, resolve.sd]
    np.testing.assert_array_equal(table["mode"], found.fit.mode)
    told = 1.0 - found.fit.standard_errors / found.fit.specification.sds
    np.testing.assert_array_equal(table["told"], told)
    assert (table["q05"] <= table["q50"]).all()
    assert (table["q50"] <= table["q95"]).all()
    assert table.loc["decline", "moves"] == (
        "decline.outside.rate; decline.talks.rate; decline.willing.rate"
    )
    assert repr(found).startswith("<Calibration of 15 parameters to 2 past coalitions: Pareto k ")


def test_the_coalitions_have_their_likelihood_at_the_mode(tmp_path: Path) -> None:
    found, history = small_calibration(), load_history(write_history(tmp_path, "one"))
    one, two = found.coalitions
    assert (one.name, one.title, one.at_risk, one.public) == ("one", "The one coalition", 4, 2)
    assert (one.digest, one.record) == (history.scenario.digest, record_digest(history))
    assert one.record != two.record
    coefficients = found.fit.specification.coefficients(found.fit.mode)
    value = log_likelihood(coalition_of(history), coefficients)
    assert one.log_likelihood == pytest.approx(value.log_likelihood, rel=1e-12)
    assert 0.3 < one.climate_sd < 1.05
    prior = -0.5 * float(
        (
            ((found.fit.mode - found.fit.specification.means) / found.fit.specification.sds) ** 2
        ).sum()
    )
    total = one.log_likelihood + two.log_likelihood + prior
    assert found.fit.log_posterior == pytest.approx(total, rel=1e-9)


def test_the_digest_of_a_record_is_that_of_its_content(tmp_path: Path) -> None:
    file = write_history(tmp_path, "one")
    digest = record_digest(load_history(file))
    record = tmp_path / "record_one.csv"
    header, *rows = record.read_text().splitlines()
    record.write_text("\r\n".join([header, *reversed(rows)]) + "\r\n", newline="")
    assert record_digest(load_history(file)) == digest
    record.write_text("\n".join([header, *rows[:-1]]) + "\n")
    assert record_digest(load_history(file)) != digest


def test_a_folder_is_opened_as_it_was_saved(folder: Path) -> None:
    assert sorted(item.name for item in folder.iterdir()) == sorted([*FILES, "provenance.json"])
    saved, found = small_calibration(), sim.load_calibration(folder)
    for name in ("behaviour", "coalitions", "reported", "undated", "seed", "candidates", "command"):
        assert getattr(found, name) == getattr(saved, name), name
    assert found.fit.specification.parameters == saved.fit.specification.parameters
    for name in ("mode", "covariance", "starts"):
        np.testing.assert_array_equal(getattr(found.fit, name), getattr(saved.fit, name))
    for name in ("pareto_k", "effective_draws", "evaluations", "log_posterior", "coalitions"):
        assert getattr(found.fit, name) == getattr(saved.fit, name), name
    np.testing.assert_allclose(found.fit.draws, saved.fit.draws, rtol=1e-12, atol=1e-12)
    at_mode = (each.fit.specification.coefficients(each.fit.mode).table for each in (found, saved))
    np.testing.assert_array_equal(*at_mode)


def test_the_same_seed_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    files = [write_history(tmp_path, "one"), write_history(tmp_path, "two", 22)]
    again = sim.calibrate(files, starts=2, candidates=25, draws=20, seed=3)
    again.save(tmp_path / "again")
    for name in (*FILES, "provenance.json"):
        assert (tmp_path / "again" / name).read_bytes() == (folder / name).read_bytes(), name
    other = sim.calibrate(files, starts=1, candidates=25, draws=20, seed=4)
    assert not np.array_equal(other.fit.draws, again.fit.draws)
    assert other.fit.mode == pytest.approx(again.fit.mode, abs=0.01)


def test_a_scenario_may_name_the_fitted_behaviour(folder: Path) -> None:
    (folder.parent / "next.yaml").write_text(
        "days: 5\nnations: [FRA, NOR]\nbehaviour: fitted/behaviour.yaml\n", encoding="utf-8"
    )
    scenario = sim.load_scenario(folder.parent / "next.yaml")
    found = small_calibration()
    assert scenario.behaviour == found.behaviour
    table = coefficients_of(arrays_of(scenario).inputs).table
    wanted = found.fit.specification.coefficients(found.fit.mode).table
    np.testing.assert_allclose(table, wanted, rtol=1e-5, atol=1e-5)
    text = (folder / "behaviour.yaml").read_text(encoding="utf-8")
    assert text.startswith("# Fitted by willing to 2 past coalitions: one, two.\n")
    row = found.rows()[found.fit.specification.names.index("bond")]
    prior = f"prior {row['prior_mean']} ± {row['prior_sd']}"
    comment = f"# bond, {row['mode']:.3f} ± {row['standard_error']:.3f} ({prior})"
    assert f"  {comment}:\n  # from the least to the most, " in text
    assert text.count("# decline, ") == 3


def test_draws_are_by_paths_of_the_scenario(folder: Path, tmp_path: Path) -> None:
    header, *rows = (folder / "draws.csv").read_text(encoding="utf-8").splitlines()
    paths = header.split(",")
    values = np.array([[float(cell) for cell in row.split(",")] for row in rows])
    found, scenario = small_calibration(), load_history(write_history(tmp_path, "one")).scenario
    assert values.shape == (20, len(paths))
    assert paths == list(found.joint_draws)
    draw = found.fit.specification.coefficients(found.fit.draws[7]).table
    for path, value in zip(paths, values[7], strict=True):
        assert scenario.parameter(path).path == path
        wanted = draw[place_of(path.removeprefix("behaviour."))]
        is_log = path.endswith((".rate", ".odds"))
        assert value == pytest.approx(np.exp(wanted) if is_log else wanted, rel=1e-12)
    assert 0.0 < values[:, paths.index("behaviour.resolve.rate")].max() < 100.0


def test_a_scenario_may_run_over_the_draws(folder: Path) -> None:
    (folder.parent / "next.yaml").write_text(
        "days: 5\nnations: [FRA, NOR]\nbehaviour: fitted/behaviour.yaml\ndraws: fitted/draws.csv\n",
        encoding="utf-8",
    )
    scenario = sim.load_scenario(folder.parent / "next.yaml")
    assert scenario.draws is not None
    assert scenario.draws.n_lines == 20
    for path, values in small_calibration().joint_draws.items():
        assert list(scenario.draws.columns[path]) == values.tolist()
    assert sim.run(scenario, runs=5).n_runs == 5
    history = load_history(write_history(folder.parent, "one"))
    later = forecast_scenario(history, 8, small_calibration().joint_draws, n_draws=10)
    assert later.draws is not None
    assert set(small_calibration().joint_draws) < set(later.draws.columns)


def test_the_number_of_threads_does_not_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.calibration.fit.os.cpu_count", lambda: 1)
    files = [write_history(tmp_path, "one"), write_history(tmp_path, "two", 22)]
    found = sim.calibrate(files, starts=2, candidates=25, draws=20, seed=3)
    np.testing.assert_array_equal(found.fit.draws, small_calibration().fit.draws)
    np.testing.assert_array_equal(found.fit.covariance, small_calibration().fit.covariance)


def test_the_tables_say_what_the_fit_found(folder: Path) -> None:
    found = small_calibration().fit
    rows = rows_of(folder / "parameters.csv")
    assert [float(row["mode"]) for row in rows] == found.mode.tolist()
    medians = np.quantile(found.draws, 0.5, axis=0)
    assert [float(row["q50"]) for row in rows] == medians.tolist()
    covariance = rows_of(folder / "covariance.csv")
    assert list(covariance[0]) == ["name", *found.specification.names]
    assert float(covariance[1]["resolve"]) == found.covariance[1, 0]
    provenance = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    assert provenance["kind"] == "willing.calibration"
    assert provenance["evaluations"] == found.evaluations
    assert provenance["starts"] == found.starts.tolist()
    assert "scipy" in provenance["versions"]
    assert provenance["command"].startswith("sim.calibrate(['one', 'two'], starts=2, candidates=25")


def test_a_damaged_folder_is_refused(folder: Path) -> None:
    (folder / "draws.csv").write_text("behaviour.resolve.rate\n0.1\n", encoding="utf-8")
    with pytest.raises(ResultsError, match=r"draws\.csv has .* bytes"):
        sim.load_calibration(folder)
    with pytest.raises(ResultsError, match="holds a calibration, a fit to past coalitions"):
        sim.load_results(folder)
    provenance = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    (folder / "provenance.json").write_text(json.dumps({**provenance, "starts": ["high"]}))
    with pytest.raises(ResultsError, match=r"starts: .* must be a list of numbers"):
        sim.load_calibration(folder)


def test_nothing_is_fitted_of_moves_that_the_behaviour_does_not_name(tmp_path: Path) -> None:
    behaviour = (
        "{from: null, resolve: {rate: 0.02}, declare: {rate: 0.03}, decline: {talks: {rate: 0.01}}}"
    )
    text = write_history(tmp_path, "one", behaviour=behaviour).read_text(encoding="utf-8")
    text = text.replace("bond: 0.", "stage: talks, bond: 0.")
    (tmp_path / "one.yaml").write_text(text, encoding="utf-8")
    found = sim.calibrate(tmp_path / "one.yaml", starts=1, candidates=25, draws=5)
    assert "in play" not in found.fit.specification.names
    assert found.table().loc["decline", "moves"] == "decline.talks.rate"
    assert found.behaviour.initial is None
    assert found.behaviour.engage is None


def test_warnings_say_when_not_to_rely_on_it() -> None:
    found = replace(small_calibration(), candidates=10_000)
    fit = replace(found.fit, pareto_k=0.3, starts=np.array([-1.0, -1.05]))
    assert list(replace(found, fit=fit).warnings()) == []
    fit = replace(found.fit, pareto_k=0.82, starts=np.array([-1.0, -1.2]))
    k, spread = replace(found, fit=fit).warnings()
    assert k.startswith("Pareto k is 0.82, above 0.70: ")
    assert spread.startswith("Starts ended 0.20 apart in log posterior, more than 0.1: ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"starts": 0}, "starts: 0 must be a whole number from 1 to 1000"),
        ({"candidates": 24}, "candidates: 24 must be a whole number from 25"),
        ({"draws": 1.5}, "draws: 1.5 must be a whole number"),
        ({"reported": 1.01}, "reported: 1.01 must be a number from 0 to 1"),
        ({"undated": "lst"}, "undated: 'lst' must be one of first, middle, last"),
        ({"seed": -1}, "seed: -1 must be a whole number"),
        ({"histories": []}, "there is no history to fit to"),
    ],
)
def test_wrong_arguments_are_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(CalibrationError, match=message):
        sim.calibrate(**{"histories": "histories/libya_2011", **arguments})


def test_histories_that_cannot_be_fitted_to_are_refused(tmp_path: Path) -> None:
    one = write_history(tmp_path, "one")
    other = BEHAVIOUR.replace("bond: 1,", "bond: 1.1,")
    other = str(write_history(tmp_path, "other", behaviour=other))
    random = BEHAVIOUR.replace("bond: 1,", "bond: {normal: [1, 0.1]},")
    random = str(write_history(tmp_path, "random", behaviour=random))
    silent = str(write_history(tmp_path, "silent", behaviour="{from: null, pledge: {rate: 0.1}}"))
    drawn = load_history(one).scenario.with_draws({"behaviour.resolve.rate": [0.02, 0.03]})
    quorum = write_history(tmp_path, "quorum")
    text = quorum.read_text(encoding="utf-8").replace("id: SWE,", "id: SWE, quorum: {public: 2},")
    quorum.write_text(text, encoding="utf-8")
    for histories, message in (
        ([one, other], "other: its behaviour is not that of one: .*behaviour.resolve.bond"),
        ([one, one], "one is given twice"),
        (random, "random: behaviour.resolve.bond is a distribution"),
        (History(drawn, ()), "The one coalition: it has joint draws, and a fit needs numbers"),
        (silent, "the behaviour names no move before a public word"),
        (quorum, "quorum: the likelihood does not cover quorums"),
    ):
        with pytest.raises(CalibrationError, match=message):
            sim.calibrate(histories, starts=1, candidates=25)
    impossible = "{from: null, resolve: {rate: 0.02}, initial: {talks: {odds: 1}}}"
    file = write_history(tmp_path, "impossible", behaviour=impossible)
    with pytest.raises(CalibrationError, match="the record of NOR in 'The impossible coalition'"):
        sim.calibrate(file, starts=1, candidates=25)


def test_histories_may_be_given_in_any_form(tmp_path: Path) -> None:
    file = write_history(tmp_path, "one")
    history = load_history(file)
    assert list(named_histories(str(file))) == ["one"]
    assert list(named_histories([file])) == ["one"]
    assert list(named_histories(history)) == ["The one coalition"]
    two = History(history.scenario.with_changes({"days": 25}), history.entries)
    assert list(named_histories([history, two])) == ["The one coalition", "The one coalition_2"]
    assert shipped_histories()[0] == "histories/gulf_1990"
    assert len(shipped_histories()) == 7


@pytest.mark.slow
def test_the_shipped_histories_take_few_evaluations_and_agree() -> None:
    found = sim.calibrate()
    assert found.fit.evaluations <= 400
    assert np.ptp(found.fit.starts) < 0.01
    assert len(list(found.warnings())) == (found.fit.pareto_k > largest_k(250))
    assert found.fit.effective_draws > 10
    assert len(found.coalitions) == 7
    assert found.table()["told"].max() > 0.5


def test_events_that_are_drawn_are_refused(tmp_path):
    file = write_history(tmp_path, "one")
    text = file.read_text(encoding="utf-8")
    drawn = "{uniform: [1, 9]}"
    for event in (f"{{date: {drawn}, trigger: t}}", f"{{date: 3, trigger: t, weight: {drawn}}}"):
        file.write_text(text.replace("events:\n", f"events:\n  - {event}\n"), encoding="utf-8")
        with pytest.raises(CalibrationError, match=r"one: events.* is drawn, and a fit needs"):
            sim.calibrate([file], starts=1, candidates=25, draws=5)


def test_two_histories_with_one_record_are_refused(tmp_path):
    first, second = write_history(tmp_path, "one"), write_history(tmp_path, "two")
    text = second.read_text(encoding="utf-8")
    second.write_text(text.replace("bond: 0.9", "bond: 0.8"), encoding="utf-8")
    with pytest.raises(CalibrationError, match="two has the same record as one"):
        sim.calibrate([first, second], starts=1, candidates=25, draws=5)
