"""Why a nation ended as it did in most runs: means over some of the runs that ended so."""

from __future__ import annotations

import re

import numpy as np
import pytest

import sim
from sim.core.stages import DEPLOYED, PUBLIC
from sim.report.why_mostly import why_mostly_sentences
from sim.results.ensemble import Ensemble
from sim.scenario.files.yaml import parse
from sim.scenario.load import scenario_from_dict, scenario_from_tree
from sim.studies.why import explained
from sim.studies.why_mostly import why_mostly
from tests.cli.tracing import SMALL


@pytest.fixture(scope="module")
def ensemble() -> Ensemble:
    scenario = scenario_from_tree(parse(SMALL, "small.yaml")[0], "", None, [])
    return sim.run(scenario, runs=60, seed=2, first_run=10)


@pytest.mark.parametrize("nation", ["POL", "CAN", "GBR"])
def test_the_runs_looked_at_are_the_first_that_ended_as_most_did(
    ensemble: Ensemble, nation: str
) -> None:
    found = why_mostly(ensemble, nation, n_runs=5)
    at_end = ensemble.stage[:, ensemble.nations.index(nation)]
    public = (at_end >= PUBLIC) & (at_end <= DEPLOYED)
    assert found.joined == (public.mean() >= 0.5)
    so = np.flatnonzero(public == found.joined)
    assert [run.trace.run for run in found.runs] == [10 + int(run) for run in so[:5]]
    assert (found.n_so, found.n_runs) == (len(so), 60)


def test_influences_are_means_over_the_runs_with_a_wait(ensemble: Ensemble) -> None:
    found = why_mostly(ensemble, "CAN", n_runs=4)
    alone = [explained(run.trace, "CAN") for run in found.runs]
    waited = [each for each in alone if each.influences]
    assert found.n_waited == len(waited) > 0
    for influence in found.influences:
        terms = [
            each.term
            for run in waited
            for each in run.influences
            if (each.feature, each.condition) == (influence.feature, influence.condition)
        ]
        assert influence.term == pytest.approx(sum(terms) / len(waited))
    assert [each.term for each in found.influences] == sorted(e.term for e in found.influences)


def test_sentences_say_how_most_runs_end_and_what_was_looked_at(ensemble: Ensemble) -> None:
    ending, *_, looked_at = why_mostly_sentences(why_mostly(ensemble, "CAN", n_runs=4))
    assert re.match(r"Canada \(CAN\) is (not )?public at the end in \d+ % of 60 runs: ", ending)
    assert looked_at.startswith("Looked at: 4 runs that ended so, number ")
    start = why_mostly_sentences(why_mostly(ensemble, "GBR", n_runs=2))
    assert start[0].startswith("United Kingdom (GBR) is public at the end in ")


def test_a_nation_that_is_public_from_the_start_never_waited() -> None:
    scenario = scenario_from_dict({"days": 3, "nations": [{"id": "GBR", "stage": "deployed"}]})
    found = why_mostly(sim.run(scenario, runs=4), "GBR")
    assert (found.joined, found.influences, found.n_waited) == (True, (), 0)
    assert why_mostly_sentences(found) == (
        "GBR is public at the end in 100 % of 4 runs, and from the start.",
        "Looked at: 4 runs that ended so, number 0, 1, 2, 3; it did not wait in any.",
    )


def test_an_unknown_nation_is_refused(ensemble: Ensemble) -> None:
    with pytest.raises(ValueError, match="there is no 'XXX'"):
        why_mostly(ensemble, "XXX")


def test_progress_may_stop_it(ensemble: Ensemble) -> None:
    def stop(done: int, wanted: int) -> None:
        assert (done, wanted) == (0, 8)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        why_mostly(ensemble, "POL", progress=stop)
