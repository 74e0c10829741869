"""Recent rates are compared over the same months, and say how many months those are."""

import numpy as np
import pandas as pd
import pytest

import clvlab as clv
from clvlab import churn
from clvlab.churn import story


def table(lifecycle: list[float]) -> pd.DataFrame:
    n = len(lifecycle)
    return pd.DataFrame({"active": [100] * n, "lost": [20] * (n - 3) + [4] * 3, "lifecycle_churn": lifecycle})


def test_a_fixed_mix_is_compared_with_the_months_it_is_told_for() -> None:
    """Early months lose many: a mean over them would say that the mix of tenures had turned for the better."""
    rates = table([np.nan] * 9 + [0.05] * 3)
    found = churn.recent_rates(rates)
    assert found is not None
    assert found.churn == pytest.approx((9 * 0.20 + 3 * 0.04) / 12)
    assert found.lifecycle_churn == pytest.approx(0.05)
    assert found.churn_beside == pytest.approx(0.04)
    (said,) = story.why_rates_differ(rates)
    assert "5.0% are lost a month, by customer count 4.0% in the same months" in said
    assert "tenures where few leave" in said


@pytest.mark.parametrize("months", [1, 5, 12, 30])
def test_it_says_how_many_months_there_are(months: int) -> None:
    start = pd.Timestamp("2023-01-01")
    rows = pd.DataFrame({"start": [start] * 100, "end": [start + pd.DateOffset(months=1, days=3)] * 5 + [pd.NaT] * 95})
    spells = churn.spells(rows, start="start", end="end", as_of=start + pd.DateOffset(months=months + 1, days=-1))
    rates = churn.churn_rates(spells)
    found = churn.recent_rates(rates)
    assert found is not None
    assert found.periods == min(months, 12)
    said = story.lead(spells, churn.kaplan_meier(spells), None, None, None, rates)[0]
    assert ("in the last whole month" if found.periods == 1 else f"last {found.periods} whole months") in said


def test_without_customers_there_is_none() -> None:
    assert churn.recent_rates(table([np.nan] * 4).assign(active=0)) is None


def test_value_and_count_are_of_the_same_months() -> None:
    spells = churn.spells(
        clv.datasets.subscriptions(), customer="customer_id", start="start", end="end", reason="reason"
    )
    rates = churn.churn_rates(spells, value="monthly_fee")
    found, last = churn.recent_rates(rates), rates[rates["active"] > 0].tail(12)
    assert found is not None
    assert found.value_churn == pytest.approx(np.average(last["value_churn"], weights=last["active"]))
    assert found.low < found.churn < found.high
