"""BG/NBD on the CDNOW 1/10 sample, as published. Tolerance: one unit of the last printed digit, unless said."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import clvlab as clv
from clvlab.formulas import bg_nbd

PERIOD = {"calibration_end": "1997-09-30", "holdout_end": "1998-06-30"}
# lifetimes' full-precision estimates from its summary file
LIFETIMES = {"r": 0.24259291, "alpha": 4.41353177, "a": 0.79288605, "b": 2.42575323}
ROUNDED = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}


@pytest.fixture(scope="module")
def calibration() -> pd.DataFrame:
    return clv.histories(clv.datasets.cdnow(), end="1997-09-30", unit="week")


@pytest.fixture(scope="module")
def fit(calibration: pd.DataFrame) -> Any:
    return clv.BGNBD().fit(calibration)


@pytest.fixture(scope="module")
def summary_fit() -> Any:
    return clv.BGNBD().fit(clv.datasets.cdnow_summary(), unit="week")


@pytest.fixture(scope="module")
def comparison() -> Any:
    return clv.compare({"BG/NBD": clv.BGNBD()}, clv.datasets.cdnow(), spend=clv.GammaGamma(), **PERIOD)


def test_maximum_as_in_the_paper(fit: Any) -> None:
    # Fader, Hardie & Lee (2005), table 2
    assert fit.params == pytest.approx(ROUNDED, abs=1e-3)
    assert fit.log_likelihood == pytest.approx(-9582.4, abs=0.1)


def test_maximum_from_dated_orders(fit: Any, calibration: pd.DataFrame) -> None:
    # CLVTools, test_correctness_bgnbd: seven digits. Its optimiser stops 8e-6 short of the maximum along the flat
    # direction of a and b, hence 1e-5: ours is at least as likely.
    published = {"r": 0.2425945, "alpha": 4.4136019, "a": 0.7929199, "b": 2.4258881}
    assert fit.params == pytest.approx(published, rel=1e-5)
    assert fit.log_likelihood == pytest.approx(-9582.429, abs=1e-3)
    assert fit.log_likelihood >= clv.BGNBD().at(unit="week", **published).score(calibration)


def test_maximum_from_the_summary_file(summary_fit: Any) -> None:
    # lifetimes, tests of BetaGeoFitter, to full precision: eight decimals
    assert summary_fit.params == pytest.approx(LIFETIMES, rel=1e-6)
    assert summary_fit.log_likelihood == pytest.approx(-9582.42556, abs=1e-5)


def test_maximum_from_the_table_of_btyd(shared_data: Path) -> None:
    # CRAN BTYD, cdnowElog summed up to weeks; Fader, Hardie & Lee (2005)
    cbs = pd.read_csv(shared_data / "cdnow_cbs.csv").set_index("cust")
    histories = cbs.rename(columns={"x": "frequency", "t.x": "recency", "T.cal": "T"})[["frequency", "recency", "T"]]
    found = clv.BGNBD().fit(histories, unit="week")
    assert found.params == pytest.approx(ROUNDED, abs=1e-3)
    assert found.log_likelihood == pytest.approx(-9582.4, abs=0.1)


def test_our_histories_are_those_of_btyd(shared_data: Path, calibration: pd.DataFrame) -> None:
    # CRAN BTYD, cdnowElog: x, t.x, T.cal to full precision; m.x in dollars, 0 where x is 0
    cbs = pd.read_csv(shared_data / "cdnow_cbs.csv")
    ours = calibration[["frequency", "recency", "T"]].to_numpy()
    np.testing.assert_allclose(ours, cbs[["x", "t.x", "T.cal"]].to_numpy(), rtol=1e-12)
    np.testing.assert_allclose(calibration["monetary_value"].fillna(0.0).to_numpy(), cbs["m.x"], rtol=1e-9)


@pytest.mark.parametrize(
    ("t", "expected"),
    [(0.1429, 0.0078), (1, 0.0532), (3, 0.1506), (31.8571, 1.0405), (32, 1.0437), (78, 1.8580)],
)
def test_expected_purchases_of_a_new_customer(t: float, expected: float) -> None:
    # Fader & Hardie's spreadsheet, as in lifetimes' tests; at 78 lifetimes prints 1.8576, at rounded parameters
    assert float(bg_nbd.expected_purchases(t, **LIFETIMES)) == pytest.approx(expected, abs=1e-4)


def test_conditional_expectation() -> None:
    # Fader, Hardie & Lee (2005), section on customer 0001
    ann = pd.DataFrame({"frequency": [2.0], "recency": [30.43], "T": [38.86]})
    found = clv.BGNBD().at(unit="week", **ROUNDED).predict(ann, horizon=39, unit="week")
    assert found["expected_purchases"].iloc[0] == pytest.approx(1.226, abs=1e-3)


@pytest.mark.parametrize(("y", "t", "expected", "digit"), [(10, 2, 1.07869e-07, 1e-12), (0, 39, 0.5737864, 1e-7)])
def test_probability_of_a_count(y: int, t: float, expected: float, digit: float) -> None:
    # lifetimes, test_probability_of_n_purchases_up_to_time, at the rounded parameters
    assert float(bg_nbd.pmf(y, t, **ROUNDED)) == pytest.approx(expected, abs=digit)


def test_probabilities_of_eleven_to_twenty() -> None:
    # lifetimes, test_probability_of_n_purchases_up_to_time: P(X(30) = 11..20), at the rounded parameters
    published = [0.0019995214, 0.0015170236, 0.0011633150, 0.0009003148, 0.0007023638,
                 0.0005517902, 0.0004361913, 0.0003467171, 0.0002769613, 0.0002222260]  # fmt: skip
    np.testing.assert_allclose(bg_nbd.pmf(np.arange(11, 21), 30.0, **ROUNDED), published, atol=1e-10, rtol=0)


@pytest.mark.parametrize(("x", "t_x", "expected", "digit"), [(0, 0, -0.59947382, 1e-8), (200, 38, 100.7956931, 1e-7)])
def test_log_likelihood_of_one_history(x: int, t_x: float, expected: float, digit: float) -> None:
    # PyMC-Marketing, TestBetaGeoNBD.test_logp
    found = bg_nbd.log_likelihood(x, t_x, 40.0, r=0.25, alpha=4.0, a=0.8, b=2.5)
    assert float(found) == pytest.approx(expected, abs=digit)


def test_holdout_means_by_frequency(comparison: Any) -> None:
    # Fader, Hardie & Lee (2005), table 3 and figure 6
    table = comparison.by_frequency.set_index("frequency")
    assert table["customers"].tolist() == [1411, 439, 214, 100, 62, 38, 29, 64]
    actual = [0.237, 0.697, 1.393, 1.560, 2.532, 2.947, 3.862, 6.359]
    expected = [0.225, 0.523, 1.044, 1.520, 2.164, 2.654, 3.504, 6.157]
    np.testing.assert_allclose(table["actual"], actual, atol=1e-3)
    np.testing.assert_allclose(table["expected"], expected, atol=1e-3)


def test_holdout_total_and_errors(comparison: Any) -> None:
    # recomputed with SciPy for the paper's split; 1,882 as in Fader, Hardie & Lee (2005)
    assert comparison.actual["purchases"] == 1882
    assert comparison.actual["customers"] == 2357
    row = comparison.table.loc["BG/NBD"]
    assert row["total"] == pytest.approx(1653.4, abs=0.1)
    assert row["mae"] == pytest.approx(0.7855, abs=1e-4)
    assert row["rmse"] == pytest.approx(1.608, abs=1e-3)


def test_holdout_counts_are_those_of_btyd(shared_data: Path, comparison: Any) -> None:
    # CRAN BTYD, cdnowElog: x.star, purchases in the 39-week holdout
    cbs = pd.read_csv(shared_data / "cdnow_cbs.csv")
    assert comparison.split.holdout["frequency_holdout"].tolist() == cbs["x.star"].tolist()


def test_cumulative_tracking_of_what_happened(shared_data: Path, comparison: Any) -> None:
    # CRAN BTYD, cdnow_cu_tracking: cumulative repeat transactions by the end of each week from 1997-01-01
    published = pd.read_csv(shared_data / "cdnow_cu_tracking.csv")
    actual = comparison.tracking.query("series == 'actual'")
    week_1_ends = pd.Timestamp("1997-01-07")
    ours = actual.set_index("date")["cumulative"]
    weeks = [week_1_ends + pd.Timedelta(weeks=int(week) - 1) for week in published["week"]]
    np.testing.assert_array_equal(ours.reindex(weeks), published["cum_repeat"])


def test_cumulative_forecast_starts_from_what_was_known(comparison: Any) -> None:
    forecast = comparison.tracking.query("competitor == 'BG/NBD' and phase == 'holdout'")
    known = comparison.tracking.query("series == 'actual' and period == 0")["cumulative"].item()
    assert forecast["cumulative"].iloc[-1] == pytest.approx(known + comparison.table.loc["BG/NBD", "total"], rel=1e-9)
