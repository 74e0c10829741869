"""MBG/NBD as published. Tolerance: one unit of the last printed digit, unless said."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import clvlab as clv
from clvlab.formulas import mbg_nbd
from clvlab.inference.likelihood import Likelihood
from clvlab.inference.maximum import maximize


def columns(histories: pd.DataFrame) -> dict[str, Any]:
    names = {"x": "frequency", "t_x": "recency", "T": "T"}
    return {name: histories[column].to_numpy(dtype=float) for name, column in names.items()}


def fitted(histories: pd.DataFrame) -> tuple[dict[str, float], float]:
    likelihood = Likelihood(mbg_nbd, columns(histories))
    best = maximize(likelihood.derivatives, likelihood.value, np.log([0.5, 5.0, 1.0, 2.0]))
    assert best.converged
    return dict(zip(mbg_nbd.PARAMETERS, np.exp(best.at).tolist(), strict=True)), best.value


def forecast(histories: pd.DataFrame, params: dict[str, float], horizon: float) -> np.ndarray:
    history = columns(histories)
    after = mbg_nbd.given_alive(history["x"], history["T"], **params)
    return mbg_nbd.prob_alive(**history, **params) * mbg_nbd.FORWARD.expected_purchases(horizon, **after)


@pytest.mark.parametrize(("x", "t_x", "expected", "digit"), [(0, 0, -0.41792826, 1e-8), (200, 38, 100.7869098, 1e-7)])
def test_log_likelihood_of_one_history(x: int, t_x: float, expected: float, digit: float) -> None:
    # PyMC-Marketing, TestModifiedBetaGeoNBD.test_logp
    found = mbg_nbd.log_likelihood(x, t_x, 40.0, r=0.25, alpha=4.0, a=0.8, b=2.5)
    assert float(found) == pytest.approx(expected, abs=digit)


def test_maximum_from_the_summary_file() -> None:
    # lifetimes, tests of ModifiedBetaGeoFitter
    params, value = fitted(clv.datasets.cdnow_summary())
    assert params == pytest.approx({"r": 0.525, "alpha": 6.183, "a": 0.891, "b": 1.614}, abs=1e-3)
    assert value == pytest.approx(-9582.13268, abs=1e-5)


def test_holdout_of_cdnow() -> None:
    # recomputed with SciPy
    period = clv.split(clv.datasets.cdnow(), calibration_end="1997-09-30", holdout_end="1998-06-30", unit="week")
    expected = forecast(period.calibration, fitted(period.calibration)[0], 39.0)
    actual = period.holdout["frequency_holdout"].reindex(period.calibration.index).to_numpy()
    assert expected.sum() == pytest.approx(1576.7, abs=0.1)
    assert np.abs(expected - actual).mean() == pytest.approx(0.7648, abs=1e-4)
    assert np.sqrt(((expected - actual) ** 2).mean()) == pytest.approx(1.607, abs=1e-3)


def test_grocery(shared_data: Path) -> None:
    # BTYDplus vignette
    orders = clv.read_orders(shared_data / "groceryElog.csv", customer="cust", date="date")
    period = clv.split(orders, calibration_end="2006-12-31", holdout_end="2007-12-30", unit="week")
    params, value = fitted(period.calibration)
    assert params == pytest.approx({"r": 1.2569, "alpha": 6.0391, "a": 0.3683, "b": 0.7158}, abs=1e-4)
    assert value == pytest.approx(-15781.939, abs=1e-3)
    expected = forecast(period.calibration, params, 52.0)
    actual = period.holdout["frequency_holdout"].reindex(period.calibration.index).to_numpy()
    assert expected.sum() == pytest.approx(4025, abs=1)
    assert np.abs(expected - actual).mean() == pytest.approx(1.513, abs=1e-3)
