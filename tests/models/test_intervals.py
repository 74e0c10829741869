"""Intervals hold what they promise, on customers whose truth is known."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import clvlab as clv
from clvlab.evaluation import scores

TRUTH = {"r": 0.6, "alpha": 5.0, "a": 0.8, "b": 2.5}


def simulated(n: int, seed: int, horizon: float = 26.0) -> pd.DataFrame:
    ages = np.round(np.random.default_rng(seed).uniform(20.0, 60.0, n))
    return clv.BGNBD().at(unit="week", **TRUTH).simulate_histories(ages, seed=seed, horizon=horizon)


def test_randomised_pit_of_holdout_counts_is_uniform() -> None:
    customers = simulated(20_000, seed=1)
    known = clv.BGNBD().at(unit="week", **TRUTH)
    below, at = known.count_probabilities(customers, 26.0, customers["frequency_holdout"])
    u = scores.randomised_pit(below, at, seed=2)
    assert stats.kstest(u, "uniform").pvalue > 0.01
    assert 0.88 <= scores.share_within(u) <= 0.92


def test_wrong_parameters_are_found_out_by_the_pit() -> None:
    customers = simulated(5000, seed=3)
    wrong = clv.BGNBD().at(unit="week", **(TRUTH | {"r": 2.0, "a": 3.0}))
    u = scores.randomised_pit(*wrong.count_probabilities(customers, 26.0, customers["frequency_holdout"]), seed=2)
    assert stats.kstest(u, "uniform").pvalue < 1e-6


def test_count_probabilities_are_those_of_the_interval() -> None:
    customers = simulated(300, seed=4)
    known = clv.BGNBD().at(unit="week", **TRUTH)
    forecast = known.predict(customers, 26.0)
    for end, reached in (("purchases_low", 0.05), ("purchases_high", 0.95)):
        below, at = known.count_probabilities(customers, 26.0, forecast[end])
        assert (below < reached).all()
        assert (below + at >= reached - 1e-12).all()


def test_simulated_customers_are_forecast_without_bias() -> None:
    customers = simulated(20_000, seed=5)
    forecast = clv.BGNBD().at(unit="week", **TRUTH).predict(customers, 26.0)
    error = customers["frequency_holdout"] - forecast["expected_purchases"]
    assert abs(error.mean()) < 3 * error.std() / np.sqrt(len(error))
    bought = customers["frequency_holdout"] > 0
    for low in np.arange(0.0, 1.0, 0.1):
        like = forecast["prob_purchase"].between(low, low + 0.1)
        if like.sum() > 30:
            gap = bought[like].mean() - forecast.loc[like, "prob_purchase"].mean()
            assert abs(gap) < 4 * 0.5 / np.sqrt(like.sum())


def test_futures_and_formula_agree() -> None:
    customers = simulated(200, seed=6)
    known = clv.BGNBD().at(unit="week", **TRUTH)
    draw, customer, time = known.simulate_futures(customers, 26.0, draws=400, seed=7)
    assert ((time > 0) & (time <= 26.0)).all()
    assert draw.max() < 400
    mean = np.bincount(customer, minlength=200) / 400
    expected = known.predict(customers, 26.0)["expected_purchases"]
    assert mean.sum() == pytest.approx(expected.sum(), rel=0.03)
    assert np.corrcoef(mean, expected)[0, 1] > 0.98


def covered(n: int, seeds: range) -> float:
    """How often the 90 % credible interval of expected purchases holds the expectation at the true parameters."""
    hits = []
    known = clv.BGNBD().at(unit="week", **TRUTH)
    for seed in seeds:
        customers = simulated(n, seed)
        fit: Any = clv.BGNBD().fit(customers, draws=200, seed=seed)
        some = customers.head(40)
        true, said = known.predict(some, 26.0)["expected_purchases"], fit.predict(some, 26.0)
        hits.append(true.between(said["expected_purchases_low"], said["expected_purchases_high"]).mean())
    return float(np.mean(hits))


def test_credible_intervals_cover_the_true_expectation() -> None:
    # customers of one fit share its luck: 20 fits, each within or without as one
    assert covered(1500, range(20)) > 0.75


@pytest.mark.slow
def test_credible_intervals_cover_the_true_expectation_often_enough() -> None:
    assert 0.86 <= covered(3000, range(200)) <= 0.94
