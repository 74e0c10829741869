"""Naive forecasts by hand."""

import pandas as pd
import pytest

import clvlab as clv
from clvlab import baselines
from clvlab.evaluation.competitors import Past, period_ends

# Records of 30 days, 2024-01-01 to 2024-01-30; calibration ends on day 21.
ROWS = [
    ("ann", "2024-01-01", 10.0),
    ("ann", "2024-01-11", 30.0),
    ("ann", "2024-01-20", 50.0),
    ("bo", "2024-01-01", 20.0),
    ("cy", "2024-01-21", 40.0),
    ("ann", "2024-01-25", 70.0),
    ("cy", "2024-01-30", 90.0),
]


@pytest.fixture
def past() -> Past:
    orders = clv.read_orders(pd.DataFrame(ROWS, columns=["customer", "date", "amount"]))
    end = pd.Timestamp("2024-01-21")
    return Past(orders.until(end), clv.histories(orders, end=end, unit="day"), end, "day")


def test_the_last_period_again(past: Past) -> None:
    # a third of 21 days is 7: from the 15th to the 21st
    forecast = baselines.LastPeriod().fit(past).forecast(14.0)
    assert forecast.expected_purchases.to_dict() == pytest.approx({"ann": 2.0, "bo": 0.0, "cy": 2.0})
    assert forecast.expected_value.to_dict() == pytest.approx({"ann": 100.0, "bo": 0.0, "cy": 80.0})
    assert forecast.by_period["expected"].sum() == pytest.approx(4.0)


def test_a_last_period_of_given_length(past: Past) -> None:
    forecast = baselines.LastPeriod(periods=11.0).fit(past).forecast(11.0)
    assert forecast.expected_purchases.to_dict() == pytest.approx({"ann": 2.0, "bo": 0.0, "cy": 1.0})


def test_each_customers_mean(past: Past) -> None:
    forecast = baselines.CustomerMean().fit(past).forecast(10.0)
    # ann: two repeat purchases in 20 days, 30 on average; cy was acquired on the last day
    assert forecast.expected_purchases.to_dict() == pytest.approx({"ann": 1.0, "bo": 0.0, "cy": 0.0})
    assert forecast.expected_value.to_dict() == pytest.approx({"ann": 30.0, "bo": 0.0, "cy": 0.0})


def test_the_cohorts_mean(past: Past) -> None:
    forecast = baselines.CohortMean().fit(past).forecast(10.0)
    # all acquired in January: 2 repeat purchases in 40 customer-days, 150 spent in 5 purchases
    assert forecast.expected_purchases.tolist() == pytest.approx([0.5] * 3)
    assert forecast.expected_value.tolist() == pytest.approx([0.5 * 30.0] * 3)


def test_without_amounts_there_is_no_value() -> None:
    rows = pd.DataFrame(ROWS, columns=["customer", "date", "amount"]).drop(columns="amount")
    orders = clv.read_orders(rows)
    end = pd.Timestamp("2024-01-21")
    past = Past(orders.until(end), clv.histories(orders, end=end, unit="day"), end, "day")
    for baseline in (baselines.LastPeriod(), baselines.CustomerMean(), baselines.CohortMean()):
        forecast = baseline.fit(past).forecast(7.0)
        assert forecast.expected_value is None
        assert forecast.expected_purchases.notna().all()


@pytest.mark.parametrize(("horizon", "ends"), [(1.0, [1.0]), (2.5, [1.0, 2.0, 2.5]), (0.4, [0.4]), (3.0, [1, 2, 3])])
def test_ends_of_periods(horizon: float, ends: list[float]) -> None:
    assert period_ends(horizon).tolist() == ends
