"""Pareto/GGG on BTYDplus' grocery data: posterior medians as published, up to priors and Monte Carlo error."""

from pathlib import Path

import arviz as az
import numpy as np
import pandas as pd
import pytest

import clvlab as clv
from clvlab.inference import gibbs
from clvlab.inference.priors import LogNormal

# BTYDplus' vignette: medians of 2 chains under Gamma(.001, .001) priors
MEDIANS = {"t": 1.695, "gamma": 0.373, "r": 0.948, "alpha": 5.243, "s": 0.432, "beta": 4.348}
PRIORS = {"t": 1.0, "gamma": 1.0, "r": 1.0, "alpha": 10.0, "s": 0.5, "beta": 10.0}
TOTAL = 3815  # purchases expected in the year after


@pytest.fixture(scope="module")
def histories(shared_data: Path) -> pd.DataFrame:
    orders = clv.read_orders(shared_data / "groceryElog.csv", customer="cust", date="date")
    return clv.histories(orders, end="2006-12-31", unit="week")


def test_the_published_medians_forecast_what_is_published(histories: pd.DataFrame) -> None:
    fit = clv.ParetoGGG().at(**MEDIANS, unit="week")
    assert fit.predict(histories, 52.0)["expected_purchases"].sum() == pytest.approx(TOTAL, rel=0.02)


@pytest.mark.slow
def test_medians_and_holdout_by_the_likelihood(histories: pd.DataFrame) -> None:
    fit = clv.ParetoGGG().fit(histories, method="laplace", draws=500, seed=1)
    assert fit.method == "laplace"
    for name, median in MEDIANS.items():
        draws = fit.draws[name].to_numpy()
        assert abs(np.median(draws) - median) < 0.4 * draws.std(), name
    assert fit.predict(histories, 52.0)["expected_purchases"].sum() == pytest.approx(TOTAL, rel=0.01)


@pytest.mark.slow
def test_medians_and_holdout_by_the_sampler(histories: pd.DataFrame) -> None:
    names = {"x": "frequency", "t_x": "recency", "T": "T", "log_gap_sum": "log_gap_sum"}
    columns = {name: histories[column].to_numpy() for name, column in names.items()}
    priors = {name: LogNormal(median=median, spread=1.5) for name, median in PRIORS.items()}
    found = gibbs.sample(columns, priors, draws=1500, tune=700, chains=4, seed=1)
    for name, draws in found["params"].items():
        assert float(az.rhat(draws)) < 1.05, name
        assert abs(np.median(draws) - MEDIANS[name]) < 0.4 * draws.std(), name
    totals = gibbs.future_counts(columns, found["individuals"], 52.0, seed=2).sum(axis=1)
    assert totals.mean() == pytest.approx(TOTAL, abs=50)
