"""Posterior draws: beside maximum likelihood, and beside the truth."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

import clvlab as clv
from clvlab.inference.factored import Groups

TRUTH = {"r": 0.8, "alpha": 6.0, "a": 0.9, "b": 3.0}


@pytest.fixture(scope="module")
def cdnow() -> pd.DataFrame:
    return clv.histories(clv.datasets.cdnow(), end="1997-09-30")


@pytest.fixture(scope="module")
def sampled(cdnow: pd.DataFrame) -> Any:
    return clv.BGNBD().fit(cdnow, method="nuts", draws=500, tune=500, chains=4, cores=2, seed=1)


@pytest.fixture(scope="module")
def peaked(cdnow: pd.DataFrame) -> Any:
    return clv.BGNBD().fit(cdnow, draws=4000, seed=1)


def test_posterior_is_where_the_likelihood_peaks(sampled: Any, peaked: Any) -> None:
    for name in ("r", "alpha", "a", "b"):
        by_nuts, by_ml = (np.log(fit.draws[name].to_numpy()) for fit in (sampled, peaked))
        assert abs(by_nuts.mean() - by_ml.mean()) < 0.5 * by_nuts.std(), name
        assert by_nuts.std() == pytest.approx(by_ml.std(), rel=0.2), name


def test_forecasts_agree_with_maximum_likelihood(sampled: Any, peaked: Any, cdnow: pd.DataFrame) -> None:
    by_nuts, by_ml = (fit.predict(cdnow, horizon=39) for fit in (sampled, peaked))
    assert by_nuts["expected_purchases"].sum() == pytest.approx(by_ml["expected_purchases"].sum(), rel=0.02)
    width = [(table["expected_purchases_high"] - table["expected_purchases_low"]).sum() for table in (by_nuts, by_ml)]
    assert width[0] == pytest.approx(width[1], rel=0.2)


def test_diagnostics_and_draws(sampled: Any) -> None:
    assert sampled.diagnostics["r_hat"] < 1.02
    assert sampled.diagnostics["divergences"] == 0
    assert sampled.draws.sizes["draw"] == 2000
    assert dict(sampled.idata["posterior"].sizes)["chain"] == 4
    assert sampled.params["r"] == pytest.approx(float(sampled.draws["r"].mean()))
    with pytest.raises(clv.FitError, match="nuts"):
        _ = sampled.aic


def test_arviz_takes_it_and_agrees(sampled: Any, cdnow: pd.DataFrame) -> None:
    import arviz as az
    import matplotlib as mpl

    mpl.use("agg")
    theirs, ours = az.loo(sampled.idata), clv.checks.loo(sampled, cdnow)
    assert theirs.elpd == pytest.approx(ours.elpd, abs=0.5)  # theirs estimates how far chains are from independent
    assert theirs.n_data_points == len(cdnow)
    assert {"r", "alpha", "a", "b"} <= set(az.plot_trace(sampled.idata).viz["plot"].data_vars)


def simulated(n: int, seed: int) -> pd.DataFrame:
    ages = np.random.default_rng(seed).uniform(20.0, 60.0, n)
    return clv.BGNBD().at(unit="week", **TRUTH).simulate_histories(ages, seed=seed)


def fitted(n: int, seed: int) -> Any:
    settings = {"draws": 250, "tune": 350, "chains": 2, "cores": 1}
    return clv.BGNBD().fit(simulated(n, seed), method="nuts", seed=seed, **settings)


def covered(fits: list[Any]) -> float:
    """Share of parameters whose 90 % posterior interval holds the truth."""
    tables = [fit.summary() for fit in fits]
    hits = [t.loc[name, "low"] < value < t.loc[name, "high"] for t in tables for name, value in TRUTH.items()]
    return float(np.mean(hits))


def test_intervals_recover_known_parameters() -> None:
    # Twelve intervals of 90 %, four from each fit: fewer than 8 would be a one in a hundred affair.
    fits = [fitted(400, seed) for seed in range(3)]
    assert covered(fits) >= 8 / 12
    np.testing.assert_array_equal(fitted(400, 0).draws["alpha"], fits[0].draws["alpha"])


@pytest.mark.slow
def test_intervals_recover_known_parameters_often_enough() -> None:
    assert 0.84 <= covered([fitted(1500, seed) for seed in range(40)]) <= 0.96


def test_options_nobody_knows_are_refused() -> None:
    with pytest.raises(clv.InputError, match="draws, tune, chains"):
        clv.BGNBD().fit(simulated(50, 1), method="nuts", drws=3)


@pytest.mark.parametrize("model", [clv.BGNBD(), clv.MBGCNBD(k=2), clv.ParetoNBD()], ids=lambda model: model.name)
def test_the_graph_agrees_with_numpy_where_gammaln_is_taken_of_distinct_values(model: Any, cdnow: pd.DataFrame) -> None:
    import pytensor
    import pytensor.tensor as pt
    from pymc_models import pytensor_namespace

    from clvlab.models.columns import columns_of

    likelihood = model.at(**dict.fromkeys(model.formula.PARAMETERS, 1.0)).likelihood(cdnow)
    groups = Groups(columns_of(cdnow, model.formula.HISTORY))
    theta = pt.dvector()
    params = {name: pt.exp(theta[i]) for i, name in enumerate(model.formula.PARAMETERS)}
    terms = model.formula.log_likelihood(**groups.values, **params, xp=pytensor_namespace())
    total = (groups.counts * terms).sum()
    at = np.array([-0.5, 1.7, -0.2, 0.9])
    value, slope = pytensor.function([theta], [total, pytensor.grad(total, theta)])(at)
    expected, gradient, _ = likelihood.derivatives(at)
    assert value == pytest.approx(expected, rel=1e-12)
    np.testing.assert_allclose(slope, gradient, rtol=1e-8, atol=1e-6)
