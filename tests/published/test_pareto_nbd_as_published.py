"""Pareto/NBD as published. Tolerance: one unit of the last printed digit, unless said."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import clvlab as clv
from clvlab.formulas import pareto_nbd
from clvlab.inference.likelihood import Likelihood
from clvlab.inference.maximum import Maximum, maximize

# lifetimes, tests of ParetoNBDFitter: its estimates on CDNOW
LIFETIMES = {"r": 0.5534, "alpha": 10.5802, "s": 0.6061, "beta": 11.6562}
CLVTOOLS = {"r": 0.55315, "alpha": 10.57633, "s": 0.60625, "beta": 11.67150}


def columns(histories: pd.DataFrame) -> dict[str, Any]:
    names = {"x": "frequency", "t_x": "recency", "T": "T"}
    return {name: histories[column].to_numpy(dtype=float) for name, column in names.items()}


def fitted(histories: pd.DataFrame) -> tuple[dict[str, float], Maximum]:
    likelihood = Likelihood(pareto_nbd, columns(histories))
    best = maximize(likelihood.derivatives, likelihood.value, np.log([0.5, 10.0, 0.5, 10.0]))
    assert best.converged
    return dict(zip(pareto_nbd.PARAMETERS, np.exp(best.at).tolist(), strict=True)), best


def forecast(histories: pd.DataFrame, params: dict[str, float], horizon: float) -> np.ndarray:
    history = columns(histories)
    after = pareto_nbd.given_alive(history["x"], history["T"], **params)
    return pareto_nbd.prob_alive(**history, **params) * pareto_nbd.expected_purchases(horizon, **after)


@pytest.fixture(scope="module")
def cdnow() -> Any:
    period = {"calibration_end": "1997-09-30", "holdout_end": "1998-06-30", "unit": "week"}
    return clv.split(clv.datasets.cdnow(), **period)


@pytest.fixture(scope="module")
def cdnow_fit(cdnow: Any) -> tuple[dict[str, float], Maximum]:
    return fitted(cdnow.calibration)


def test_maximum_on_cdnow(cdnow_fit: tuple[dict[str, float], Maximum]) -> None:
    # Fader & Hardie (2005), A Note on Deriving the Pareto/NBD Model; BTYD vignette
    params, best = cdnow_fit
    assert params == pytest.approx({"r": 0.553, "alpha": 10.578, "s": 0.606, "beta": 11.669}, abs=1e-3)
    assert best.value == pytest.approx(-9595.0, abs=0.1)


def test_maximum_and_standard_errors_from_dated_orders(cdnow: Any, cdnow_fit: tuple[dict[str, float], Maximum]) -> None:
    # CLVTools, test_correctness_pnbd. Its optimiser stops 5e-6 of log-likelihood short of the maximum, along the flat
    # direction of s and beta, and its Hessian is of differences: hence 3e-4 for parameters, 2e-4 for standard errors.
    # Ours is at least as likely.
    params, best = cdnow_fit
    assert params == pytest.approx(CLVTOOLS, rel=3e-4)
    assert best.value == pytest.approx(-9594.976, abs=1e-3)
    likelihood = Likelihood(pareto_nbd, columns(cdnow.calibration))
    theirs = np.log([CLVTOOLS[name] for name in pareto_nbd.PARAMETERS])
    assert best.value >= likelihood.value(theirs)
    errors = np.exp(best.at) * np.sqrt(np.diag(best.covariance))
    np.testing.assert_allclose(errors, [0.0476264, 0.8427222, 0.1872594, 6.2105448], rtol=2e-4)


def test_a_customer_with_26_purchases() -> None:
    # lifetimes, tests of ParetoNBDFitter
    history = pd.DataFrame({"frequency": [26], "recency": [30.86], "T": [31.0]})
    assert pareto_nbd.prob_alive(26, 30.86, 31.0, **LIFETIMES) == pytest.approx(0.997918, abs=1e-6)
    assert forecast(history, LIFETIMES, 52.0)[0] == pytest.approx(25.45491, abs=1e-5)


def test_discounted_residual_purchases() -> None:
    # recomputed by two methods for customer 0001, delta = .0027 a week (15 % a year): seven decimals
    alive = pareto_nbd.prob_alive(2, 30.43, 38.86, **LIFETIMES)
    later = pareto_nbd.discounted_residual_purchases(0.0027, **pareto_nbd.given_alive(2, 38.86, **LIFETIMES))
    assert alive * later == pytest.approx(6.4825624, abs=1e-7)


def test_holdout_of_cdnow(cdnow: Any, cdnow_fit: tuple[dict[str, float], Maximum]) -> None:
    # Fader, Hardie & Lee (2005), table 3: means by frequency; totals and errors recomputed
    expected = forecast(cdnow.calibration, cdnow_fit[0], 39.0)
    level = np.minimum(cdnow.calibration["frequency"].to_numpy(), 7)
    means = [expected[level == x].mean() for x in range(8)]
    np.testing.assert_allclose(means, [0.138, 0.600, 1.196, 1.714, 2.399, 2.907, 3.819, 6.403], atol=1e-3)
    actual = cdnow.holdout["frequency_holdout"].reindex(cdnow.calibration.index).to_numpy()
    assert actual.sum() == 1882
    assert expected.sum() == pytest.approx(1665.5, abs=0.1)
    assert np.abs(expected - actual).mean() == pytest.approx(0.7545, abs=1e-4)
    assert np.sqrt(((expected - actual) ** 2).mean()) == pytest.approx(1.603, abs=1e-3)


def test_grocery(shared_data: Path) -> None:
    # BTYDplus vignette
    orders = clv.read_orders(shared_data / "groceryElog.csv", customer="cust", date="date")
    period = clv.split(orders, calibration_end="2006-12-31", holdout_end="2007-12-30", unit="week")
    params, best = fitted(period.calibration)
    published = {"r": 0.7864, "alpha": 5.679, "s": 0.3862, "beta": 5.7178}
    digits = {"r": 1e-4, "alpha": 1e-3, "s": 1e-4, "beta": 1e-4}
    for name, value in published.items():
        assert params[name] == pytest.approx(value, abs=digits[name])
    assert best.value == pytest.approx(-15782.392, abs=1e-3)
    expected = forecast(period.calibration, params, 52.0)
    actual = period.holdout["frequency_holdout"].reindex(period.calibration.index).to_numpy()
    assert actual.sum() == 3389
    assert expected.sum() == pytest.approx(3991, abs=1)
    assert np.abs(expected - actual).mean() == pytest.approx(1.508, abs=1e-3)
