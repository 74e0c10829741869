"""Checks by simulation: right models pass, wrong ones are noticed."""

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
