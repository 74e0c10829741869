"""Ends of a customer's value: against futures by the hundred thousand, and from seed to seed."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import clvlab as clv
from clvlab.models.outlook import Counts
from clvlab.models.spend_law import SpendLaw
from clvlab.value.compound import Discounts, value_interval
from clvlab.value.simulated import simulated_values

OFTEN = clv.BGNBD().at(r=0.8, alpha=5.0, a=0.8, b=2.5, unit="week")
MUCH = clv.GammaGamma().at(p=6.0, q=4.0, v=15.0)


def customers(copies: int = 1) -> pd.DataFrame:
    some = pd.DataFrame(
        {
            "frequency": [0.0, 1.0, 4.0, 12.0, 30.0],
            "recency": [0.0, 9.0, 36.0, 39.0, 40.0],
            "T": 40.0,
            "monetary_value": [np.nan, 8.0, 25.0, 60.0, 14.0],
        }
    )
    found = some.loc[np.repeat(some.index, copies)].reset_index(drop=True)
    found.attrs = {"unit": "week"}
    return found


@pytest.mark.parametrize(("horizon", "rate", "within"), [(39.0, 0.0, 0.015), (52.0, 0.1, 0.02), (260.0, 0.15, 0.03)])
def test_ends_are_those_of_many_futures(horizon: float, rate: float, within: float) -> None:
    found = clv.customer_value(OFTEN, MUCH, customers(), horizon=horizon, discount_rate=rate).table
    copies, delta = 200, np.log1p(rate) * 7.0 / 365.25
    parts = simulated_values(OFTEN, MUCH, customers(copies), horizon, delta=delta, seed=3)
    drawn = np.concatenate([part for _, part in parts], axis=1)
    ends = np.quantile(drawn.reshape(-1, 5, copies), [0.05, 0.95], axis=(0, 2))
    for end, true in zip(("value_low", "value_high"), ends, strict=True):
        assert ((found[end] - true).abs() <= within * (true + found["clv"])).all(), (end, found[end] / true)


def test_one_purchase_for_sure_is_a_scaled_f() -> None:
    counts = Counts(np.array([0]), np.array([1.0]), np.array([1.0]))
    law = SpendLaw(np.full((1, 1), 1 / 6.0), np.full((1, 1), 6.0 * 15.0), np.full((1, 1), 4.0))
    ends = value_interval(counts, law, Discounts(np.ones((1, 1)), np.ones(1), np.zeros(1), np.zeros(1)))
    for end, level in zip(ends, (0.05, 0.95), strict=True):
        assert end[0] == pytest.approx(15.0 * stats.betaprime.ppf(level, 6.0, 4.0), rel=1e-6)


def test_value_in_purchases_is_the_interval_of_the_count() -> None:
    fit = clv.BGNBD().fit(clv.datasets.cdnow_summary(), unit="week")
    value = clv.customer_value(fit, None, customers(), horizon=39.0, discount_rate=0.0)
    count = fit.predict(customers(), 39.0)
    for end in ("low", "high"):
        np.testing.assert_allclose(value[f"value_{end}"], count[f"purchases_{end}"])
    later = clv.customer_value(fit, None, customers(), horizon=39.0, discount_rate=0.1)
    assert (later["value_high"] <= value["value_high"] * 1.05).all()


@pytest.fixture(scope="module")
def two_seeds() -> list[Any]:
    histories = clv.histories(clv.datasets.cdnow(), end="1997-09-30")
    found = []
    for seed in (1, 2):
        fits: Any = clv.BGNBD().fit(histories, seed=seed), clv.GammaGamma().fit(histories, seed=seed + 10)
        value = clv.customer_value(*fits, histories, horizon=52.0, seed=seed).table
        found.append(value.join(fits[0].predict(histories, 52.0)[["purchases_low", "purchases_high"]]))
    return found


def test_another_seed_moves_no_end_by_two_percent_of_what_a_customer_has_spent(two_seeds: list[Any]) -> None:
    one, other = two_seeds
    spent = one["past_value"].where(one["past_value"] > 0)
    for end in ("value_low", "value_high"):
        moved = (one[end] - other[end]).abs()
        assert (moved / spent).max() < 0.02, end
        # of who hardly buys again the expectation is small, and the end far above it
        assert (moved / one["clv"]).quantile(0.95) < 0.04, end
    # A count's end is a whole number: where P(Y <= y) is 5 or 95 % to three digits, draws decide between y and y + 1.
    for end in ("purchases_low", "purchases_high"):
        moved = (one[end] - other[end]).abs()
        assert (moved > 0).mean() < 0.01
        assert moved.max() <= 1
