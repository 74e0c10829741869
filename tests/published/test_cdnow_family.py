"""Pareto/NBD and MBG/NBD on CDNOW by the public calls, as published: one unit of the last digit, unless said."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

import clvlab as clv

PERIOD = {"calibration_end": "1997-09-30", "holdout_end": "1998-06-30"}


@pytest.fixture(scope="module")
def calibration() -> pd.DataFrame:
    return clv.histories(clv.datasets.cdnow(), end="1997-09-30", unit="week")


@pytest.fixture(scope="module")
def pareto(calibration: pd.DataFrame) -> Any:
    return clv.ParetoNBD().fit(calibration, draws=10)


@pytest.fixture(scope="module")
def holdout(calibration: pd.DataFrame) -> pd.Series:
    period = clv.split(clv.datasets.cdnow(), **PERIOD)
    return period.holdout["frequency_holdout"].reindex(calibration.index)


def errors(fit: Any, calibration: pd.DataFrame, holdout: pd.Series) -> tuple[float, float, float]:
    """Total, MAE and RMSE of the forecast."""
    expected = fit.predict(calibration, horizon=39)["expected_purchases"]
    error = expected - holdout
    return expected.sum(), error.abs().mean(), np.sqrt((error**2).mean())


def test_pareto_nbd_as_in_the_paper(pareto: Any) -> None:
    # Fader & Hardie (2005), A Note on Deriving the Pareto/NBD Model; BTYD vignette
    assert pareto.params == pytest.approx({"r": 0.553, "alpha": 10.578, "s": 0.606, "beta": 11.669}, abs=1e-3)
    assert pareto.log_likelihood == pytest.approx(-9595.0, abs=0.1)
    assert pareto.diagnostics.trusted


def test_pareto_nbd_with_standard_errors(pareto: Any) -> None:
    # CLVTools, test_correctness_pnbd. Its optimiser stops short along the flat direction of s and beta, and its Hessian
    # is of differences: hence 3e-4 and 2e-4.
    published = {"r": 0.55315, "alpha": 10.57633, "s": 0.60625, "beta": 11.67150}
    assert pareto.params == pytest.approx(published, rel=3e-4)
    assert pareto.log_likelihood == pytest.approx(-9594.976, abs=1e-3)
    deviations = {"r": 0.0476264, "alpha": 0.8427222, "s": 0.1872594, "beta": 6.2105448}
    assert pareto.standard_errors == pytest.approx(deviations, rel=2e-4)
    assert pareto.summary()["std_error"].to_dict() == pytest.approx(deviations, rel=2e-4)


def test_pareto_nbd_holdout(pareto: Any, calibration: pd.DataFrame, holdout: pd.Series) -> None:
    # recomputed with SciPy
    assert holdout.sum() == 1882
    total, mae, rmse = errors(pareto, calibration, holdout)
    assert total == pytest.approx(1665.5, abs=0.1)
    assert mae == pytest.approx(0.7545, abs=1e-4)
    assert rmse == pytest.approx(1.603, abs=1e-3)


def test_pareto_nbd_holdout_means_by_frequency(pareto: Any, calibration: pd.DataFrame, holdout: pd.Series) -> None:
    # Fader, Hardie & Lee (2005), table 3
    expected = pareto.predict(calibration, horizon=39)["expected_purchases"]
    level = calibration["frequency"].clip(upper=7)
    assert level.value_counts().sort_index().tolist() == [1411, 439, 214, 100, 62, 38, 29, 64]
    means = [0.138, 0.600, 1.196, 1.714, 2.399, 2.907, 3.819, 6.403]
    np.testing.assert_allclose(expected.groupby(level).mean(), means, atol=1e-3)
    actual = [0.237, 0.697, 1.393, 1.560, 2.532, 2.947, 3.862, 6.359]
    np.testing.assert_allclose(holdout.groupby(level).mean(), actual, atol=1e-3)


def test_a_customer_with_26_purchases() -> None:
    # lifetimes, tests of ParetoNBDFitter
    known = clv.ParetoNBD().at(r=0.5534, alpha=10.5802, s=0.6061, beta=11.6562, unit="week")
    forecast = known.predict(
        pd.DataFrame({"frequency": [26.0], "recency": [30.86], "T": [31.0]}), horizon=52, unit="week"
    )
    assert forecast["prob_alive"].item() == pytest.approx(0.997918, abs=1e-6)
    assert forecast["expected_purchases"].item() == pytest.approx(25.45491, abs=1e-5)


def test_mbg_nbd_from_the_summary_file() -> None:
    # lifetimes, tests of ModifiedBetaGeoFitter
    fit = clv.MBGNBD().fit(clv.datasets.cdnow_summary(), draws=10)
    assert fit.params == pytest.approx({"r": 0.525, "alpha": 6.183, "a": 0.891, "b": 1.614}, abs=1e-3)
    assert fit.log_likelihood == pytest.approx(-9582.13268, abs=1e-5)


def test_mbg_nbd_holdout(calibration: pd.DataFrame, holdout: pd.Series) -> None:
    # recomputed with SciPy
    total, mae, rmse = errors(clv.MBGNBD().fit(calibration, draws=10), calibration, holdout)
    assert total == pytest.approx(1576.7, abs=0.1)
    assert mae == pytest.approx(0.7648, abs=1e-4)
    assert rmse == pytest.approx(1.607, abs=1e-3)


def test_the_comparison_reports_the_same_scores() -> None:
    names = {"Pareto/NBD": clv.ParetoNBD(), "MBG/NBD": clv.MBGNBD()}
    table = clv.compare({label: model.using("ml", draws=10) for label, model in names.items()}, clv.datasets.cdnow(),
                        **PERIOD).table  # fmt: skip
    assert table.loc["Pareto/NBD", ["total", "mae", "rmse"]].tolist() == pytest.approx([1665.5, 0.7545, 1.603], abs=0.1)
    assert table.loc["MBG/NBD", ["total", "mae", "rmse"]].tolist() == pytest.approx([1576.7, 0.7648, 1.607], abs=0.1)
    assert table.loc["Pareto/NBD", "mae"] == pytest.approx(0.7545, abs=1e-4)
    assert table.loc["MBG/NBD", "mae"] == pytest.approx(0.7648, abs=1e-4)
