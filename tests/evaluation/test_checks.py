"""Checks by simulation and by likelihood: right models pass, wrong ones are noticed."""

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest

import clvlab as clv
from clvlab.evaluation import scores

PARETO = {"r": 0.6, "alpha": 6.0, "s": 0.6, "beta": 8.0}
BG = {"r": 0.6, "alpha": 5.0, "a": 0.8, "b": 2.5}
HORIZON = 52.0


def customers(known: Any, n: int = 4000, seed: int = 1, horizon: float = 0.0) -> pd.DataFrame:
    ages = np.round(np.random.default_rng(seed).uniform(30.0, 80.0, n))
    return known.simulate_histories(ages, seed=seed, horizon=horizon)


@pytest.fixture(scope="module")
def by_bg() -> pd.DataFrame:
    return customers(clv.BGNBD().at(unit="week", **BG))


@pytest.fixture(scope="module")
def with_burst() -> pd.DataFrame:
    """Customers of a steady rate, most of whom also buy once or twice at a yearly feast they were all there for."""
    table = customers(clv.NBD().at(unit="week", r=0.8, alpha=12.0))
    feast = np.random.default_rng(2).binomial(5, 0.5, len(table))
    frequency = table["frequency"] + feast
    recency = np.where(feast > 0, np.maximum(table["recency"], 25.0), table["recency"])
    return table.assign(frequency=frequency, recency=recency)


def test_a_vague_prior_holds_what_was_observed(by_bg: pd.DataFrame) -> None:
    table = clv.checks.prior_predictive(clv.BGNBD(), by_bg, draws=60, seed=1)
    assert table.index.tolist() == ["0", "1", "2", "3", "4", "5", "6", "7+"]
    assert table.attrs["light"] == "green"
    assert table["observed"].sum() == pytest.approx(1.0)
    assert table["mean"].sum() == pytest.approx(1.0)
    assert ((table["low"] <= table["mean"]) & (table["mean"] <= table["high"])).all()


def test_a_prior_that_is_wrong_turns_red(by_bg: pd.DataFrame) -> None:
    never = {"alpha": clv.LogNormal(median=5000.0, spread=0.2), "r": clv.LogNormal(median=0.5, spread=0.2)}
    assert clv.checks.prior_predictive(clv.BGNBD(priors=never), by_bg, draws=60, seed=1).attrs["light"] == "red"


def test_priors_with_covariates_and_segments_are_simulated_too(by_bg: pd.DataFrame) -> None:
    few = by_bg.head(300).assign(channel=["web", "shop", "web"] * 100)
    for model in (clv.BGNBD(covariates={"alpha": ["channel"]}), clv.BGNBD(pooled_by="channel")):
        table = clv.checks.prior_predictive(model, few, draws=40, seed=1)
        assert table["mean"].sum() == pytest.approx(1.0)
        pd.testing.assert_frame_equal(table, clv.checks.prior_predictive(model, few, draws=40, seed=1))


def test_the_prior_does_not_depend_on_the_unit(by_bg: pd.DataFrame) -> None:
    days = by_bg.assign(recency=by_bg["recency"] * 7.0, T=by_bg["T"] * 7.0)
    days.attrs = {"unit": "day"}
    tables = (clv.checks.prior_predictive(clv.BGNBD(), each, draws=40, seed=1) for each in (by_bg, days))
    pd.testing.assert_frame_equal(*tables)


@pytest.mark.parametrize("known", [
    clv.BGNBD().at(unit="week", **BG),
    clv.MBGNBD().at(unit="week", **BG),
    clv.ParetoNBD().at(unit="week", **PARETO),
    clv.NBD().at(unit="week", r=0.6, alpha=8.0),
    clv.MBGCNBD(k=2).at(unit="week", **BG),
], ids=lambda fit: fit.name)  # fmt: skip
def test_the_right_model_stays_green(known: Any) -> None:
    drawn = customers(known, n=2000)
    fit = known.model.fit(drawn, draws=200)
    assert clv.checks.posterior_predictive(fit, drawn, seed=1).attrs["light"] == "green"


def test_opportunities_are_simulated_as_opportunities() -> None:
    known = clv.BGBB().at(alpha=1.2, beta=0.75, gamma=0.66, delta=2.8, unit="year")
    drawn = known.simulate_histories(np.full(3000, 6.0), seed=1)
    table = clv.checks.posterior_predictive(clv.BGBB().fit(drawn), drawn, seed=1)
    assert table.attrs["light"] == "green"
    assert table.loc["7+", "observed"] == table.loc["7+", "high"] == 0.0


def test_a_feast_is_noticed(with_burst: pd.DataFrame) -> None:
    for model in (clv.NBD(), clv.BGNBD()):
        fit = model.fit(with_burst, draws=200)
        assert clv.checks.posterior_predictive(fit, with_burst, seed=1).attrs["light"] == "red", model.name


def share_within(model: Any, drawn: pd.DataFrame) -> float:
    fit = model.fit(drawn, draws=40)
    below, at = fit.count_probabilities(drawn, HORIZON, drawn["frequency_holdout"])
    return scores.share_within(scores.randomised_pit(below, at, seed=1))


def test_customers_who_left_are_noticed_in_the_holdout() -> None:
    drawn = customers(clv.ParetoNBD().at(unit="week", **PARETO), horizon=HORIZON)
    assert not 0.88 <= share_within(clv.NBD(), drawn) <= 0.92
    assert 0.88 <= share_within(clv.ParetoNBD(), drawn) <= 0.92


def test_regular_customers_are_noticed() -> None:
    # Erlang-3 gaps: seen in the likelihood of gaps, in how many bought, and in the holdout.
    truth = {"r": 2.0, "alpha": 2.0, "a": 0.5, "b": 4.0}
    drawn = customers(clv.BGCNBD(k=3).at(unit="week", **truth), n=1500, seed=3, horizon=HORIZON)
    found = {k: clv.BGCNBD(k=k).fit(drawn).log_likelihood for k in (1, 2, 3, 4)}
    assert max(found, key=lambda k: found[k]) == 3
    assert clv.checks.posterior_predictive(clv.NBD().fit(drawn), drawn, seed=1).attrs["light"] == "red"
    assert clv.checks.posterior_predictive(clv.BGCNBD(k=3).fit(drawn), drawn, seed=1).attrs["light"] == "green"
    assert not 0.88 <= share_within(clv.BGNBD(), drawn) <= 0.92
    assert 0.88 <= share_within(clv.BGCNBD(k=3), drawn) <= 0.92


def test_frequency_is_no_matter_of_spend() -> None:
    spend = clv.GammaGamma().at(p=6.25, q=3.74, v=15.44)
    with pytest.raises(clv.InputError, match="Gamma-Gamma is none"):
        clv.checks.posterior_predictive(spend, clv.datasets.cdnow_summary())


def test_dropout_is_worth_two_parameters(by_bg: pd.DataFrame) -> None:
    small, large = clv.NBD().fit(by_bg), clv.BGNBD().fit(by_bg)
    found = clv.checks.likelihood_ratio(small, large)
    assert found.statistic == pytest.approx(2 * (large.log_likelihood - small.log_likelihood))
    assert found.degrees_of_freedom == 2
    assert found.p_value < 1e-20
    assert found.at_boundary
    days = clv.checks.likelihood_ratio(small, large.to_unit("day"))
    assert days.statistic == pytest.approx(found.statistic, rel=1e-9)


def rejected(known: Any, small: Any, large: Any, seeds: range, n: int) -> float:
    """How often a true smaller model is rejected at 5 %."""
    hits = []
    for seed in seeds:
        drawn = customers(known, n=n, seed=seed)
        drawn["group"] = np.where(np.arange(n) % 2, "odd", "even")
        hits.append(clv.checks.likelihood_ratio(small.fit(drawn), large.fit(drawn)).p_value < 0.05)
    return float(np.mean(hits))


GROUPED = clv.BGNBD(covariates={"alpha": ["group"]})


def test_a_group_that_makes_no_difference_is_rarely_found() -> None:
    # 40 tests of 5 %: more than 6 would be a one in a hundred affair
    assert rejected(clv.BGNBD().at(unit="week", **BG), clv.BGNBD(), GROUPED, range(40), 400) <= 6 / 40


@pytest.mark.slow
def test_p_values_hold_their_level() -> None:
    assert 0.02 <= rejected(clv.BGNBD().at(unit="week", **BG), clv.BGNBD(), GROUPED, range(300), 1000) <= 0.08
    # nobody drops out: the p-value is an upper bound
    assert rejected(clv.NBD().at(unit="week", r=0.6, alpha=5.0), clv.NBD(), clv.BGNBD(), range(300), 1000) <= 0.05


def test_a_group_that_matters_is_found() -> None:
    halves = [customers(clv.BGNBD().at(unit="week", **BG | {"alpha": a}), n=600, seed=2) for a in (5.0, 10.0)]
    drawn = pd.concat([half.assign(group=name) for half, name in zip(halves, "ab", strict=True)], ignore_index=True)
    found = clv.checks.likelihood_ratio(clv.BGNBD().fit(drawn), GROUPED.fit(drawn))
    assert found.degrees_of_freedom == 1
    assert found.p_value < 1e-3
    assert not found.at_boundary


def test_retention_that_changes_with_time() -> None:
    lost, there = np.array([131, 126, 90, 60, 42, 34, 26]), np.array([1000, 869, 743, 653, 593, 551, 517])
    table = pd.DataFrame({"period": np.arange(1, 8), "customers": there, "lost": lost})
    found = clv.checks.likelihood_ratio(clv.ShiftedBetaGeometric().fit(table), clv.BetaDiscreteWeibull().fit(table))
    assert found.degrees_of_freedom == 1
    assert found.p_value < 0.01
    assert not found.at_boundary


def test_what_cannot_be_compared_is_refused(by_bg: pd.DataFrame) -> None:
    bg, nbd = clv.BGNBD().fit(by_bg), clv.NBD().fit(by_bg)
    with pytest.raises(clv.InputError, match="not nested"):
        clv.checks.likelihood_ratio(bg, clv.MBGNBD().fit(by_bg))
    with pytest.raises(clv.InputError, match="not nested"):
        clv.checks.likelihood_ratio(bg, nbd)
    with pytest.raises(clv.InputError, match="not nested"):
        clv.checks.likelihood_ratio(bg, bg)
    with pytest.raises(clv.InputError, match="not nested"):
        clv.checks.likelihood_ratio(clv.BGCNBD(k=2).fit(by_bg), clv.BGCNBD(k=3).fit(by_bg))
    with pytest.raises(clv.InputError, match="same customers"):
        clv.checks.likelihood_ratio(nbd, clv.BGNBD().fit(by_bg.head(3000)))
    with pytest.raises(clv.InputError, match="'map'"):
        clv.checks.likelihood_ratio(nbd, clv.BGNBD().fit(by_bg, method="map"))
    with pytest.raises(clv.InputError, match="'ml'"):
        clv.checks.loo(bg, by_bg)


@pytest.fixture(scope="module")
def cdnow() -> pd.DataFrame:
    few = clv.datasets.cdnow_summary().iloc[::10]
    few.attrs["unit"] = "week"
    return few


def test_leaving_one_out_as_arviz_does(cdnow: pd.DataFrame) -> None:
    az = pytest.importorskip("arviz")
    fit = clv.BGNBD().fit(cdnow, method="laplace", draws=1000, seed=1)
    found = clv.checks.loo(fit, cdnow)
    columns = {name: cdnow[label].to_numpy() for name, label in (("x", "frequency"), ("t_x", "recency"), ("T", "T"))}
    draws = {name: fit.draws[name].to_numpy()[:, None] for name in ("r", "alpha", "a", "b")}
    with np.errstate(all="ignore"):
        each = clv.BGNBD.formula.log_likelihood(**columns, **draws)
    idata = az.from_dict(
        {"posterior": {name: values.T for name, values in draws.items()}, "log_likelihood": {"y": each[None]}}
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # arviz asks for a k below .67 of so few draws
        theirs = az.loo(idata, reff=1.0, pointwise=True)
    assert found.n_customers == len(cdnow)
    assert found.elpd == pytest.approx(float(theirs.elpd), abs=0.01)
    assert found.std_error == pytest.approx(float(theirs.se), rel=1e-3)
    assert found.p_loo == pytest.approx(float(theirs.p), abs=0.01)
    assert found.share_above == pytest.approx(float((theirs.pareto_k.to_numpy() > 0.7).mean()), abs=0.01)


def test_leaving_one_out_is_leaving_one_out(cdnow: pd.DataFrame) -> None:
    few = cdnow.iloc[:60]
    fit = clv.NBD().fit(few, method="laplace", draws=2000, seed=1)
    exact = 0.0
    for i in range(0, len(few)):
        others = clv.NBD().fit(few.drop(few.index[i]), method="laplace", draws=500, seed=1)
        one = others.likelihood(few.iloc[[i]])
        each = [one.pointwise({"r": r, "alpha": alpha})[0] for r, alpha in zip(*others.posterior.values(), strict=True)]
        exact += float(np.log(np.mean(np.exp(each))))
    assert clv.checks.loo(fit, few).elpd == pytest.approx(exact, abs=0.15)


def test_the_right_model_is_foretold_better_by_leaving_out(by_bg: pd.DataFrame) -> None:
    few = by_bg.head(1500)
    found = [clv.checks.loo(model.fit(few, method="laplace"), few) for model in (clv.BGNBD(), clv.NBD())]
    assert found[0].elpd > found[1].elpd + 20
    assert found[0].p_loo == pytest.approx(4.0, abs=1.5)
    assert found[0].share_above == 0.0
    fit = clv.GammaGamma().fit(clv.datasets.cdnow_summary(), method="laplace", draws=300)
    assert clv.checks.loo(fit, clv.datasets.cdnow_summary()).n_customers == 946
