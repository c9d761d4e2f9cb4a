"""The study of joiners: its likelihood against brute force and the model's, and its scores."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from experiments.joiners.kinds import LED, population
from experiments.joiners.panel import (
    FEATURES,
    FOLDER,
    Treaty,
    day_of,
    load_nations,
    load_panel,
    rows_of,
)
from experiments.joiners.process import (
    CLIMATES,
    EVERYWHERE,
    Forecast,
    features_of,
    fit,
    forecast,
    log_likelihood,
    log_loss,
    nodes_of,
    specification,
)
from experiments.joiners.skill import (
    cells_of,
    folds_of,
    hazard_by_age,
    ridge_logistic,
    score_of,
)
from experiments.joiners.study import (
    FITS,
    MARKERS,
    OTHERS,
    SIGNATORIES,
    estimate_table,
    kinds_table,
    read_estimates,
    read_scores,
    read_values,
    skill_table,
)
from sim.calibration.history import load_history
from sim.calibration.likelihood import COLUMNS, Coalition, Coefficients, quadrature
from sim.calibration.likelihood import log_likelihood as of_coalition
from sim.calibration.observed import Observed
from sim.core.likelihood import N_MOVES, NOT_RECORDED
from sim.core.rules.influence import remembered
from sim.core.stages import WILLING

SPEC = specification(OTHERS, signature=True, apart=True, ceremonies=True)
VALUES = np.array([-2.0, 0.7, 1.0, 0.5, -0.4, 0.6, 2.0, 1.5, 0.3, 0.2, 0.5, 0.6, 0.7])
QUARTERS = 7


def treaty_of(ends, enters, signed, region):
    """A treaty of two regions over seven quarters, with made-up features."""
    random = np.random.default_rng(3)
    features = np.ones((QUARTERS, 2, len(FEATURES)))
    features[:, :, 1:] = random.uniform(0.0, 0.6, (QUARTERS, 2, len(FEATURES) - 1))
    mass = np.array([False, True, False, False, True, False, False])
    return Treaty(
        "made up",
        "made up",
        features,
        np.array(region),
        np.array(enters),
        np.array(ends),
        np.array(signed),
        mass,
    )


@pytest.fixture
def treaty():
    """Bound with and without signature, never bound, there late, signed in the last quarter."""
    return treaty_of(
        ends=[2, QUARTERS, 4, 0, QUARTERS, 5],
        enters=[0, 0, 1, 0, 3, 0],
        signed=[1, 3, 9, 9, 9, 9],
        region=[0, 0, 0, 1, 1, 1],
    )


@pytest.fixture(scope="module")
def panel():
    return load_panel()


def chance_by_hand(treaty, place, parameters, hidden):
    """Chance of the record of a nation, quarter by quarter."""
    chance = 1.0
    table = features_of(treaty, ceremonies=True)
    for quarter in range(treaty.enters[place], min(treaty.ends[place] + 1, treaty.quarters)):
        state = int(treaty.signed[place] <= quarter)
        at = table[quarter, treaty.region[place]]
        hazard = np.exp(at @ parameters.table[state] + hidden @ parameters.spread)
        is_bound = quarter == treaty.ends[place]
        chance *= 1.0 - np.exp(-hazard) if is_bound else np.exp(-hazard)
    return chance


def test_the_likelihood_is_the_sum_over_all_that_is_hidden(treaty):
    parameters, nodes = SPEC.parameters(VALUES), nodes_of(SPEC)
    climates = np.linspace(-6.0, 6.0, 25)
    total = 0.0
    for climate in climates:
        joint = np.exp(-0.5 * climate**2) / np.sqrt(2.0 * np.pi) * (climates[1] - climates[0])
        for region in (0, 1):
            members = np.flatnonzero(treaty.region == region)
            of_region = 0.0
            for local, local_chance in zip(nodes.local, nodes.local_chance, strict=True):
                product = local_chance
                for place in members:
                    product *= sum(
                        chance
                        * chance_by_hand(
                            treaty, place, parameters, np.array([climate, local, disposition])
                        )
                        for disposition, chance in zip(nodes.disposition, nodes.chance, strict=True)
                    )
                of_region += product
            joint *= of_region
        total += joint
    found = log_likelihood(treaty, features_of(treaty, True), parameters, climates, nodes)
    assert found.total == pytest.approx(np.log(total), rel=1e-12)


def test_its_gradient_agrees_with_differences(treaty):
    nodes, features = nodes_of(SPEC), features_of(treaty, True)

    def total(values):
        parameters = SPEC.parameters(values)
        return log_likelihood(treaty, features, parameters, CLIMATES, nodes, False).total

    found = log_likelihood(treaty, features, SPEC.parameters(VALUES), CLIMATES, nodes)
    slope = np.tensordot(SPEC.loadings, found.table, 2) + SPEC.spreads @ found.spread
    steps = 1e-5 * np.eye(VALUES.size)
    by_difference = [(total(VALUES + step) - total(VALUES - step)) / 2e-5 for step in steps]
    assert slope == pytest.approx(by_difference, rel=1e-6, abs=1e-8)


def test_it_is_the_likelihood_of_the_model_where_all_are_willing():
    """A day of the model is a quarter here, and *declare* is to be bound."""
    ends, region = [2, QUARTERS, 4, 0, QUARTERS, 5], [0, 0, 0, 1, 1, 1]
    treaty = treaty_of(ends, [0] * 6, [9] * 6, region)
    spec = specification(OTHERS, ("climate", "disposition"))
    values = np.array([-2.0, 1.0, -0.4, 2.0, 0.6, 0.8])
    places = {"region": "peers", "everyone": "adequacy", "momentum": "momentum"}
    n_nations = len(ends)
    features = np.zeros((n_nations, QUARTERS + 1, len(COLUMNS)))
    features[:, :, 0] = 1.0
    table = np.zeros((N_MOVES + 1, len(COLUMNS)))
    table[:N_MOVES, 0] = -np.inf
    declare = table[WILLING]
    declare[0] = values[0]
    for name, value in zip(OTHERS, values[1:], strict=False):
        column = COLUMNS.index(places[name])
        seen = treaty.features[:, :, FEATURES.index(name)]
        features[:, 1:, column] = seen[:, region].T
        declare[column] = value
    declare[COLUMNS.index("climate")], declare[COLUMNS.index("disposition")] = values[-2:]
    record = np.full((n_nations, 5), NOT_RECORDED)
    for place, end in enumerate(ends):
        if end < QUARTERS:
            record[place, 3:] = end + 1
    seen = Observed(
        tuple("ABCDEF"),
        np.arange(n_nations),
        record,
        np.tile([0.0, 0.0, 1.0, 0.0], (n_nations, 1)),
        NOT_RECORDED,
        np.ones(1),
        np.ones(1),
        np.full(n_nations, QUARTERS + 1),
        -1,
    )
    coalition = Coalition(
        "made up",
        seen,
        (features,) * N_MOVES,
        np.zeros((n_nations, len(COLUMNS))),
        np.full(QUARTERS + 1, 0.5),
    )
    nodes = quadrature(climates=96, dispositions=5)
    expected = of_coalition(coalition, Coefficients(table, 0.0), nodes, with_gradient=False)
    found = log_likelihood(
        treaty, treaty.features, spec.parameters(values), EVERYWHERE, nodes_of(spec), False
    )
    # The model's climates end at 4 standard deviations.
    assert found.total == pytest.approx(expected.log_likelihood, abs=2e-4)


def test_forecasts_multiply_to_the_likelihood_where_nothing_is_hidden(treaty):
    values = np.where(SPEC.spreads.any(axis=1), 0.0, VALUES)
    found = log_likelihood(
        treaty, features_of(treaty, True), SPEC.parameters(values), EVERYWHERE, nodes_of(SPEC)
    )
    assert -log_loss(forecast(treaty, SPEC, values)) == pytest.approx(found.total, rel=1e-9)


def test_a_climate_is_learned_from_the_past_alone(treaty):
    spec = specification((), ("climate",))
    values = np.array([-2.0, 1.0])
    made = forecast(treaty, spec, values)
    later = treaty._replace(ends=np.where(treaty.ends > 2, QUARTERS, treaty.ends))
    other = forecast(later, spec, values)
    early = made.quarter <= 2
    assert made.chance[early] == pytest.approx(other.chance[other.quarter <= 2])
    nodes = np.exp(-0.5 * CLIMATES**2)
    first = -np.expm1(-np.exp(values[0] + CLIMATES)) @ nodes / nodes.sum()
    assert made.chance[0] == pytest.approx(first, rel=1e-9)


def test_a_fit_finds_the_numbers_that_made_the_bindings():
    random, truth = np.random.default_rng(1), np.array([-3.0, 1.5, 0.8])
    shifts = truth[2] * random.standard_normal(25)
    truth[2] = np.sqrt((shifts**2).mean())  # what these treaties can tell of the spread
    spec = specification(("momentum",), ("climate",))
    made = []
    for shift in shifts:
        treaty = treaty_of([QUARTERS] * 60, [0] * 60, [9] * 60, np.repeat([0, 1], 30))
        features = treaty.features.copy()
        features[:, :, 3] = random.uniform(0.0, 1.0, (QUARTERS, 1))
        hazard = np.exp(features @ spec.parameters(truth).table[0] + shift)[:, treaty.region]
        crossed = random.random(hazard.shape) < -np.expm1(-hazard)
        ends = np.where(crossed.any(axis=0), crossed.argmax(axis=0), QUARTERS)
        made.append(treaty._replace(features=features, ends=ends))
    found = fit(made, spec, with_covariance=True)
    assert np.abs((found.values - truth) / found.errors).max() < 3.0
    assert found.errors.max() < 0.3


# The panel ---------------------------------------------------------------------------------------


def test_an_amendment_is_in_the_family_of_its_parent(panel):
    family = {each.name: each.family for each in panel}
    assert family["UNNFCC_1997P:UNFCCC_1992A"] == family["UNFCCC_1992A"]
    assert len({family[name] for name in family if name.startswith("MNSDOL")}) == 1
    # Opened together and bound on the same days.
    assert family["ENRGCT_1994A"] == family["EE05CT_1994P"]
    for fold, other in itertools.combinations(folds_of(panel), 2):
        families = [{panel[place].family for place in each} for each in (fold, other)]
        assert not families[0] & families[1]


def test_momentum_is_that_of_the_model(panel):
    memory, name = 365.25, "UNFCCC_1992A"
    [treaty] = [each for each in panel if each.name == name]
    [opened] = [day_of(row["opened"]) for row in rows_of("treaties.csv") if row["treaty"] == name]
    days = [day_of(row["bound"]) for row in rows_of("bindings.csv") if row["treaty"] == name]
    felt, four_years = 0.0, 1461  # a whole number of days and of quarters
    for day in range(opened + 1, opened + four_years + 1):
        felt = remembered(felt, days.count(day - 1), np.exp(-1.0 / memory))
    members = [int(row["since"]) for row in rows_of("nations.csv")]
    n_nations = sum(year + 1 <= 1996 for year in members)
    assert treaty.features[16, 0, 3] == pytest.approx(felt / n_nations, rel=1e-9)


def test_shares_are_of_those_that_were_bound_before(panel):
    name, quarters = "UNFCCC_1992A", 8
    [treaty] = [each for each in panel if each.name == name]
    [opened] = [day_of(row["opened"]) for row in rows_of("treaties.csv") if row["treaty"] == name]
    day = opened + 365.25 * quarters / 4
    there = {
        row["nation"]: row["region"]
        for row in rows_of("nations.csv")
        if day_of(f"{int(row['since']) + 1}-01-01") <= day
    }
    bound = {
        row["nation"]
        for row in rows_of("bindings.csv")
        if row["treaty"] == name and day_of(row["bound"]) < day and row["nation"] in there
    }
    everyone = len(bound) / (len(there) - 1)
    assert treaty.features[quarters, 0, 2] == pytest.approx(everyone)
    for place, region in enumerate(load_nations().regions):
        members = {nation for nation in there if there[nation] == region}
        share = min(len(bound & members) / max(len(members) - 1, 1), 1.0)
        assert treaty.features[quarters, place, 1] == pytest.approx(share)


def test_no_nation_is_a_signatory_after_it_was_bound():
    rows = [row for name in ("bindings.csv", "signatories.csv") for row in rows_of(name)]
    assert all(row["signed"] < row["bound"] for row in rows if row["signed"] and row["bound"])


# Scores ------------------------------------------------------------------------------------------


def test_cells_count_every_nation_quarter_once(treaty):
    cells = cells_of(treaty, with_signature=True)
    last = np.minimum(treaty.ends + 1, treaty.quarters)
    assert cells.at_risk.sum() == (last - treaty.enters).sum()
    assert cells.bound.sum() == treaty.bound.sum()
    made = forecast(treaty, SPEC, VALUES)
    assert made.at_risk.sum() == cells.at_risk.sum()
    assert made.bound[made.signed == 1].sum() == cells.bound[cells.signed == 1].sum() == 1


def test_the_hazard_by_age_is_the_share_bound_in_a_quarter(treaty):
    many = [cells_of(treaty, False)] * 1000
    by_age = hazard_by_age(many, QUARTERS)
    # One of five in the first quarter; in the third one of five is bound, one of them there late.
    assert by_age[0] == pytest.approx(1.0 / 4.0, abs=0.02)
    made = many[0]._replace(chance=by_age[many[0].quarter])
    assert score_of("age", treaty, made, by_age).gain == 0.0


def cells_with(quarter, at_risk, bound, chance):
    """A forecast of groups of nations, each by its quarter."""
    nothing = np.zeros(len(quarter), dtype=int)
    return Forecast(*map(np.array, (quarter, nothing, nothing, at_risk, bound, chance)))


def test_gains_of_a_quarter_are_added_before_they_are_squared(treaty):
    made = cells_with([0, 0, 2], [2, 1, 1], [1, 1, 0], [0.4, 0.5, 0.2])
    found = score_of("made up", treaty, made, np.array([0.2, 0.2, 0.1]))
    first = np.log(0.4 / 0.2) + np.log(0.6 / 0.8) + np.log(0.5 / 0.2)
    third = np.log(0.8 / 0.9)
    assert found.gain == pytest.approx(first + third)
    assert found.error == pytest.approx(np.hypot(first, third))


def test_the_error_of_a_gain_is_no_smaller_than_its_spread_where_nations_go_together(treaty):
    random, chance, by_age, at_risk, quarters = np.random.default_rng(2), 0.15, 0.10, 40, 8
    shares = (0.05, 0.25)  # of nations bound in a quarter: a bad one or a good one
    off, errors = np.empty((2, 4000))
    expected = chance * np.log(chance / by_age)
    expected += (1.0 - chance) * np.log((1.0 - chance) / (1.0 - by_age))
    for place in range(off.size):
        bound = random.binomial(at_risk, random.choice(shares, quarters))
        made = cells_with(range(quarters), [at_risk] * quarters, bound, np.full(quarters, chance))
        found = score_of("made up", treaty, made, np.full(quarters, by_age))
        off[place] = found.gain - quarters * at_risk * expected
        errors[place] = found.error
    apart = off**2 - errors**2
    assert apart.mean() < 4.5 * apart.std() / np.sqrt(off.size)
    # What is expected of a quarter stays in the squares.
    assert (errors**2).mean() < 1.2 * (off**2).mean()


def test_a_fit_tells_the_likelihood_without_the_prior(treaty):
    spec = specification(("momentum",), ("climate",))
    found = fit([treaty], spec, prior_sd=0.5)
    table = features_of(treaty, False)
    at = log_likelihood(treaty, table, spec.parameters(found.values), EVERYWHERE, nodes_of(spec))
    assert abs(found.values[1:]).max() > 0.05  # so that the prior would show
    assert found.log_likelihood == pytest.approx(at.total, abs=1e-3)


def test_without_a_penalty_a_regression_of_two_groups_gives_their_shares():
    table = np.array([[1.0, 0.0], [1.0, 1.0]])
    at = ridge_logistic(table, np.array([100, 50]), np.array([20, 30]), ridge=0.0)
    assert 1.0 / (1.0 + np.exp(-table @ at)) == pytest.approx([0.2, 0.6], abs=1e-6)
    towards = ridge_logistic(table, np.array([100, 50]), np.array([20, 30]), ridge=1e6)
    assert abs(towards[1]) < 1e-3


def test_kinds_that_are_alike_are_averaged_and_others_spread():
    alike = population(np.array([2.0, 2.0, 2.0]), np.array([1.0, 0.1, 1.0]), prior_spread=1e-6)
    assert alike.mean == pytest.approx(2.0)
    assert alike.mean_error == pytest.approx((1.0 + 100.0 + 1.0) ** -0.5, rel=1e-6)
    values = 1.0 + 3.0 * np.random.default_rng(0).standard_normal(4000)
    wide = population(values, np.full(4000, 0.01), prior_spread=10.0)
    assert wide.spread == pytest.approx(3.0, abs=0.15)
    assert wide.predictive == pytest.approx(np.hypot(wide.spread, wide.mean_error), rel=1e-3)


def test_the_histories_of_this_study_load():
    for name in LED.values():
        history = load_history(FOLDER / f"{name}.yaml")
        assert len(history.at_risk) > 50


def test_the_page_says_what_is_stored():
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    tables = page.split(MARKERS[0])[1].split(MARKERS[1])[0]
    assert skill_table(read_scores()) in tables
    assert estimate_table(read_values(), (*FITS, SIGNATORIES)) in tables
    assert kinds_table(read_estimates()) in tables
