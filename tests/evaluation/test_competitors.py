"""Competitors besides the models: what they learn from, and what they forecast."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from simulated_orders import PERIOD, simulated

import clvlab as clv
from clvlab import baselines
from clvlab.evaluation.competitors import Past, Weights, label_window
from clvlab.evaluation.competitors.stacking import convex_weights
from clvlab.notes import Note, Span


def past_of(orders: Any, end: str, unit: str = "week") -> Past:
    day = pd.Timestamp(end)
    return Past(orders.until(day), clv.histories(orders, end=day, unit=unit), day, unit)


@pytest.fixture(scope="module")
def orders() -> Any:
    return clv.read_orders(simulated(1500, seed=11), attributes=["country"])


def test_labels_end_at_the_calibration_end_and_leave_half_for_features(orders: Any) -> None:
    past = past_of(orders, "2020-09-30")
    window = label_window(past, 39.0)
    assert window.length == pytest.approx(past.span / 2, abs=0.15)
    assert window.before.end + pd.Timedelta(days=round(7 * window.length)) == past.end
    bought = orders.purchases("2020-09-30")
    inside = bought[bought["date"] > window.before.end]
    assert window.purchases.sum() == inside["customer_id"].isin(window.before.histories.index).sum()
    assert 1.2 < window.growth < 39.0 / window.length
    (note,) = window.notes
    assert note.code == "evaluation.learned_from_a_shorter_window"
    assert note.values == {
        "window": Span(window.length, "week"), "horizon": Span(39.0, "week"), "growth": window.growth
    }  # fmt: skip
    short = label_window(past, 10.0)
    assert (short.length, short.growth, short.notes) == (10.0, 1.0, ())


def test_boosting_learns_and_its_intervals_hold(orders: Any) -> None:
    found = clv.compare(
        {"learner": clv.competitors.GradientBoosting(), "cohort": baselines.CohortMean()}, orders,
        calibration_end="2020-12-31", horizon=13.0,
    )  # fmt: skip
    row = found.table.loc["learner"]
    assert row["auc"] > 0.7
    assert row["gini"] > 0.5
    assert row["mae"] < found.table.loc["cohort", "mae"]
    # conformal on the quarter before; customers drop out meanwhile, so it is not exactly 90 %
    assert 0.85 < row["coverage"] < 0.97
    assert 0.85 < row["value_coverage"] < 0.97
    assert row["calibration_error"] < 0.08


def test_boosting_says_when_there_is_too_little() -> None:
    few = clv.read_orders(simulated(30, seed=12))
    found = clv.compare({"learner": clv.competitors.GradientBoosting(), "mean": baselines.CustomerMean()}, few)
    assert "at least 50 customers" in found.table.loc["learner", "failed"]


def test_boosting_does_without_amounts() -> None:
    rows = simulated(300, seed=13).drop(columns="amount")
    found = clv.compare({"learner": clv.competitors.GradientBoosting()}, clv.read_orders(rows), **PERIOD)
    assert found.table.loc["learner", "failed"] == ""
    assert np.isnan(found.table.loc["learner", "value_mae"])


def test_rfm_cells_take_what_their_like_did(orders: Any) -> None:
    past = past_of(orders, "2020-12-31")
    forecast = clv.competitors.RFMCells().fit(past).forecast(10.0)
    window = label_window(past, 10.0)
    # The cells' means are of all customers who were known: with nobody moving between cells totals would be equal.
    assert forecast.expected_purchases.sum() == pytest.approx(window.purchases.sum(), rel=0.35)
    known = past.histories
    often = known["frequency"] >= 4
    idle = known["T"] - known["recency"]
    lately, long_ago = often & (idle < idle.quantile(0.2)), often & (idle > idle.quantile(0.8))
    assert forecast.expected_purchases[lately].mean() > forecast.expected_purchases[long_ago].mean()


def test_the_retention_formula_by_hand() -> None:
    """Two customers a quarter after quarter; one comes once and never again."""
    days = [f"2020-{month:02d}-15" for month in (1, 4, 7, 10)]
    rows = pd.DataFrame(
        {
            "customer": ["a"] * 4 + ["b"] * 4 + ["c"],
            "date": days + days + ["2020-04-15"],
            "amount": [10.0] * 9,
        }
    )
    orders = clv.read_orders(rows)
    forecast = clv.competitors.RetentionFormula().fit(past_of(orders, "2020-12-31")).forecast(13.0)
    # Of three whole quarters, five customer-quarters lie before the last one; four of them were followed.
    expected = 13.0 * 7 / (365.25 / 4) * 4 / 5
    assert forecast.expected_purchases.to_dict() == pytest.approx({"a": expected, "b": expected, "c": 0.0})
    assert forecast.expected_value["a"] == pytest.approx(10.0 * expected)


def test_historic_value_goes_on() -> None:
    rows = pd.DataFrame({"customer": ["a", "a", "b"], "date": ["2020-01-01", "2020-03-01", "2020-03-31"],
                         "amount": [10.0, 20.0, 5.0]})  # fmt: skip
    forecast = clv.competitors.HistoricValue().fit(past_of(clv.read_orders(rows), "2020-03-31")).forecast(26.0)
    assert forecast.expected_value["a"] == pytest.approx(30.0 / (90 / 7) * 26)
    assert forecast.expected_value["b"] == pytest.approx(5.0 / (365.25 / 12 / 7) * 26)


def test_a_year_ago_again() -> None:
    """One customer buys every week in December and monthly otherwise."""
    days = [
        *pd.date_range("2019-01-01", "2020-11-30", freq="30D"),
        *pd.date_range("2019-12-02", "2019-12-30", freq="7D"),
    ]
    orders = clv.read_orders(pd.DataFrame({"customer": "a", "date": days, "amount": 1.0}))
    past = past_of(orders, "2020-11-28")
    forecast = baselines.SeasonalNaive().fit(past).forecast(4.0)
    a_year_ago = [day for day in days if 0 < (day - (past.end - pd.Timedelta(days=364))).days <= 28]
    assert forecast.by_period["expected"].sum() == len(a_year_ago) >= 4
    assert forecast.expected_purchases["a"] == len(a_year_ago)
    with pytest.raises(clv.InputError, match="no records yet"):
        baselines.SeasonalNaive().fit(past_of(orders, "2019-06-30")).forecast(4.0)


def test_stacking_weighs_by_what_came_before(orders: Any) -> None:
    field = {"BG/NBD": clv.BGNBD(), "cohort mean": baselines.CohortMean()}
    found = clv.competitors.Stacking(field).fit(past_of(orders, "2020-09-30")).forecast(20.0)
    assert isinstance(found.fit, Weights)
    weights = found.fit.weights
    assert sum(weights.values()) == pytest.approx(1.0)
    assert weights["BG/NBD"] > 0.8
    each = [Note("evaluation.weight", competitor=key, share=share) for key, share in weights.items()]
    assert found.notes == (Note("evaluation.stacked_with_weights", weights=each),)


def test_weights_are_the_best_convex_ones() -> None:
    rng = np.random.default_rng(1)
    forecasts = rng.gamma(1.0, 1.0, (400, 3))
    actual = forecasts @ [0.2, 0.5, 0.3] + rng.normal(0.0, 0.1, 400)
    found = convex_weights(forecasts, actual)
    assert found == pytest.approx([0.2, 0.5, 0.3], abs=0.02)
    assert found.sum() == pytest.approx(1.0, abs=1e-9)
    for _ in range(200):
        other = rng.dirichlet(np.ones(3))
        assert ((forecasts @ found - actual) ** 2).sum() <= ((forecasts @ other - actual) ** 2).sum() + 1e-6


def test_a_segment_of_three_is_forecast_by_the_fit_to_all(orders: Any) -> None:
    past = past_of(orders, "2020-09-30")
    country = past.histories["country"].astype(object).copy()
    country.iloc[:3] = "tiny"
    known = past.histories.assign(country=country)
    known.attrs = past.histories.attrs
    from dataclasses import replace

    past = replace(past, histories=known)
    apart = clv.competitors.Separate(clv.BGNBD(), "country").fit(past).forecast(13.0)
    assert apart.expected_purchases.index.equals(known.index)
    assert apart.expected_purchases.notna().all()
    whole = clv.BGNBD().fit(known).predict(known, 13.0)["expected_purchases"]
    if apart.notes:
        tiny = Note("evaluation.segment_of_few", segment="tiny", n=3)
        assert apart.notes == (Note("evaluation.segments_forecast_by_the_fit_to_all", segments=[tiny]),)
        np.testing.assert_allclose(apart.expected_purchases.iloc[:3], whole.iloc[:3], rtol=1e-6)
    with pytest.raises(clv.InputError, match="no attribute plan"):
        clv.competitors.Separate(clv.BGNBD(), "plan").fit(past)


def test_the_default_set_is_quick_and_of_every_kind() -> None:
    field = clv.competitors.default()
    assert len(field) >= 15
    assert not [name for name, each in field.items() if getattr(each, "method", None) == "nuts"]
    found = clv.compare(field, clv.read_orders(simulated(200, seed=14)), spend=clv.GammaGamma(), **PERIOD)
    assert (found.table["failed"] == "").all()
    assert found.table["value_mae"].notna().all()


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_pooling_lies_between_apart_and_together() -> None:
    """Two countries that buy at different rates, and one of three customers."""
    rows = simulated(600, seed=31)
    often = rows[rows["country"] == "UK"]
    twice = often.assign(date=often["date"] + pd.Timedelta(days=3))
    few = rows[rows["customer"].isin(rows["customer"].unique()[:3])].assign(country="three")
    few = few.assign(customer="x" + few["customer"])
    orders = clv.read_orders(pd.concat([rows, twice, few], ignore_index=True), attributes=["country"])
    found = clv.compare(clv.competitors.three_ways(clv.MBGNBD, "country", seed=1), orders, seed=1, **PERIOD)
    assert (found.table["failed"] == "").all()
    table = found.by_segment("country")
    assert set(table["segment"]) == {"UK", "法国", "three"}
    assert table.groupby("segment")["customers"].first()["three"] == 3
    errors = found.table["mae"]
    assert errors["MBG/NBD:pooled"] < 1.02 * errors.min()
