"""Pareto/GGG beyond what every model promises: covariates, draws of customers, its sampler."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

import clvlab as clv
from clvlab.inference import laplace
from clvlab.inference.priors import Gamma

TRUTH = {"t": 4.0, "gamma": 1.5, "r": 1.0, "alpha": 4.0, "s": 0.7, "beta": 12.0}


def known(**other: float) -> Any:
    return clv.ParetoGGG().at(unit="week", **{**TRUTH, **other})


def simulated(n: int, seed: int, **other: float) -> pd.DataFrame:
    return known(**other).simulate_histories(np.repeat([20.0, 45.0], n // 2), seed=seed)


@pytest.fixture(scope="module")
def channels() -> pd.DataFrame:
    """Customers of two channels: the web's buy half as often."""
    table = pd.concat([simulated(220, 1), simulated(200, 2, alpha=8.0)], ignore_index=True)
    table["channel"] = ["shop"] * 220 + ["web"] * 200
    table.attrs = {"unit": "week"}
    return table


@pytest.fixture
def few_proposals(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tenth of what Laplace weighs, for tests of something else: each takes 10 ms."""
    monkeypatch.setattr(laplace, "LEAST", 50)


@pytest.mark.usefixtures("few_proposals")
def test_a_known_coefficient_is_recovered(channels: pd.DataFrame) -> None:
    fit = clv.ParetoGGG(covariates={"alpha": ["channel"]}).fit(channels, draws=60)
    assert abs(fit.params["alpha:channel=web"] - np.log(2.0)) < 3.0 * fit.standard_errors["alpha:channel=web"]
    assert fit.standard_errors["alpha:channel=web"] < 0.3
    table = fit.predict(channels.iloc[[0, -1]].assign(channel=["web", "shop"]), 10)
    assert table.notna().all(axis=None)
    by_channel = [
        fit.new_customer([20.0], of={"channel": each})["expected_purchases"].iloc[0] for each in ("shop", "web")
    ]
    assert by_channel[1] < 0.8 * by_channel[0]
    with pytest.raises(clv.InputError, match="takes no covariates"):
        clv.ParetoGGG(covariates={"alpha": ["channel"]}).fit(channels, method="gibbs", draws=10, tune=10)


@pytest.mark.slow
def test_a_channel_that_matters_is_found(channels: pd.DataFrame) -> None:
    fits = (clv.ParetoGGG(covariates=each).fit(channels, draws=60) for each in ({}, {"alpha": ["channel"]}))
    assert clv.checks.likelihood_ratio(*fits).p_value < 1e-3


def test_a_new_customer_buys_as_in_the_story() -> None:
    fit = known()
    said = fit.new_customer([2.0, 10.0, 40.0])["expected_purchases"]
    for time, expected in said.items():
        counts = fit.simulate_histories(np.full(30_000, time), seed=3)["frequency"]
        assert expected == pytest.approx(counts.mean(), abs=4.0 * counts.std() / np.sqrt(30_000) + 3e-3 * expected)


def test_drawn_futures_are_those_expected() -> None:
    customers, fit = simulated(60, 4), known()
    draw, customer, time = fit.simulate_futures(customers, 26.0, draws=1000, seed=5)
    assert ((time >= 0.0) & (time <= 26.0)).all()
    counts = np.zeros((1000, len(customers)))
    np.add.at(counts, (draw, customer), 1.0)
    said = fit.predict(customers, 26.0)
    # 200 draws of each customer's own rates, five futures each
    luck = 4.0 * np.sqrt((counts.var(axis=0) / 200).sum())
    assert counts.mean(axis=0).sum() == pytest.approx(said["expected_purchases"].sum(), abs=luck)
    assert np.corrcoef(counts.mean(axis=0), said["expected_purchases"])[0, 1] > 0.98
    below, at, crps = fit.count_scores(customers, 26.0, customers["frequency"] * 0.0)
    np.testing.assert_allclose(1.0 - at, said["prob_purchase"], atol=4 * 0.5 / np.sqrt(1000))
    assert (below == 0.0).all()
    assert (crps >= 0.0).all()


def test_who_may_leave_later_leaves() -> None:
    customers, fit = simulated(60, 6), known()
    now, later = fit.prob_alive(customers)["prob_alive"], fit.prob_alive(customers, ahead=20.0)["prob_alive"]
    assert (later < now).all()
    np.testing.assert_allclose(fit.prob_dropout(customers, 20.0)["prob_dropout"], now - later, rtol=1e-9)
    np.testing.assert_allclose(fit.predict(customers, 5.0)["prob_alive"], now, rtol=1e-9)


def test_its_methods() -> None:
    customers = simulated(60, 7)
    with pytest.raises(clv.InputError, match="ml, map, laplace, gibbs; found 'nuts'"):
        clv.ParetoGGG().fit(customers, method="nuts")
    with pytest.raises(clv.InputError, match="no priors but log-normal"):
        clv.ParetoGGG(priors={"t": Gamma(2.0, 1.0)}).fit(customers, method="gibbs", draws=10, tune=10)
    with pytest.raises(clv.InputError, match="not pooled"):
        clv.ParetoGGG(pooled_by="country")
    fit = clv.ParetoGGG().fit(customers, method="gibbs", draws=150, tune=100, chains=2)
    assert fit.method == "gibbs"
    assert fit.log_likelihood == pytest.approx(fit.score(customers), rel=1e-12)
    assert not fit.diagnostics.trusted  # so few draws
    table = fit.predict(customers, 10.0)
    assert (table["expected_purchases_low"] < table["expected_purchases_high"]).all()


@pytest.mark.parametrize("horizon", [30.0, 2000.0, np.inf])
def test_discounted_purchases_at_random_are_those_of_pareto_nbd(horizon: float) -> None:
    plain = {name: TRUTH[name] for name in ("r", "alpha", "s", "beta")}
    customers = simulated(40, 8, t=1e6, gamma=1e6)
    ours, theirs = (
        clv.residual_transactions(fit, customers, discount_rate=0.15, horizon=horizon)["residual_transactions"]
        for fit in (known(t=1e6, gamma=1e6), clv.ParetoNBD().at(unit="week", **plain))
    )
    np.testing.assert_allclose(ours, theirs, rtol=3e-3)


def test_its_customers_have_a_value() -> None:
    customers, spend = simulated(60, 9), clv.GammaGamma().at(p=6.0, q=4.0, v=15.0)
    customers["monetary_value"] = np.where(customers["frequency"] > 0, 30.0, np.nan)
    found = clv.customer_value(known(), spend, customers, horizon=26.0, discount_rate=0.1)
    residual = clv.residual_transactions(known(), customers, discount_rate=0.1, horizon=26.0)["residual_transactions"]
    np.testing.assert_allclose(found["clv"], residual * found["expected_spend"], rtol=1e-9)
    assert found.total["value_low"] < found.total["clv"] < found.total["value_high"]


def test_it_is_told_apart_from_pareto_nbd_by_customers_left_out() -> None:
    customers = simulated(160, 10)
    regular, plain = (model.fit(customers, method="laplace", draws=400) for model in (clv.ParetoGGG(), clv.ParetoNBD()))
    assert regular.method == "laplace"
    ours, theirs = (clv.checks.loo(fit, customers) for fit in (regular, plain))
    assert ours.elpd > theirs.elpd + 10.0
    assert ours.share_above < 0.05
    shown = clv.checks.posterior_predictive(regular, customers)
    assert shown.attrs["light"] == "green"


@pytest.mark.usefixtures("few_proposals")
def test_where_laplace_fails_with_covariates_it_says_so(
    channels: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(laplace, "TRUSTED", -9.0)
    with pytest.raises(
        clv.FitError, match=r"cannot be trusted here.*Gibbs sampler takes no covariates.*fewer covariates"
    ):
        clv.ParetoGGG(covariates={"alpha": ["channel"]}).fit(channels.iloc[::6], method="laplace", draws=50)


def test_totals_are_those_of_the_customers() -> None:
    customers, fit = simulated(80, 11), known()
    said = fit.predict(customers, 26.0)["expected_purchases"].sum()
    assert fit.expected_totals(customers, np.array([13.0, 26.0]))[1] == pytest.approx(said, rel=0.03)
