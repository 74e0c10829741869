"""Gamma-Gamma on the CDNOW 1/10 sample, as published. Tolerance: one unit of the last printed digit, unless said."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import clvlab as clv

# lifetimes' full-precision estimates
LIFETIMES = {"p": 6.248802, "q": 3.744588, "v": 15.447748}


@pytest.fixture(scope="module")
def fit() -> Any:
    return clv.GammaGamma().fit(clv.histories(clv.datasets.cdnow(), end="1997-09-30", unit="week"))


@pytest.fixture(scope="module")
def summary_fit() -> Any:
    return clv.GammaGamma().fit(clv.datasets.cdnow_summary())


def test_946_customers_bought_again(fit: Any) -> None:
    # Fader & Hardie (2013), The Gamma-Gamma Model of Monetary Value
    assert fit.n_customers == 946
    assert len(fit.diagnostics.left_out["models.no_repeat_purchase"]) == 2357 - 946


def test_maximum_from_dated_orders(fit: Any) -> None:
    # CLVTools, test_correctness_gg; Fader & Hardie (2013)
    assert fit.params == pytest.approx({"p": 6.25, "q": 3.74, "v": 15.44}, abs=0.01)
    assert fit.log_likelihood == pytest.approx(-4055.9177, abs=1e-4)


def test_maximum_from_the_summary_file(summary_fit: Any) -> None:
    # lifetimes, TestGammaGammaFitter
    assert summary_fit.params == pytest.approx({"p": 6.24880, "q": 3.74459, "v": 15.44775}, abs=1e-5)
    assert summary_fit.log_likelihood == pytest.approx(-4055.92324, abs=1e-5)


def test_maximum_from_the_table_of_btyd(shared_data: Path) -> None:
    # CRAN BTYD, cdnow: m.x
    cbs = pd.read_csv(shared_data / "cdnow_cbs.csv").set_index("cust")
    found = clv.GammaGamma().fit(cbs.rename(columns={"x": "frequency", "m.x": "monetary_value"}))
    assert found.params == pytest.approx({"p": 6.25, "q": 3.74, "v": 15.44}, abs=0.01)


def test_expected_spend_of_the_first_ten_customers() -> None:
    # lifetimes, test_conditional_expected_average_profit
    published = [24.65, 18.91, 35.17, 35.17, 35.17, 71.46, 18.91, 35.17, 27.28, 35.17]
    first = clv.datasets.cdnow_summary().head(10)
    found = clv.GammaGamma().at(**LIFETIMES).predict(first)["expected_spend"]
    np.testing.assert_allclose(found, published, atol=0.01)
