"""Recent rates are compared over the same months, and say how many months those are."""

import numpy as np
import pandas as pd
import pytest

from clvlab import churn
from clvlab.data import datasets
from clvlab.data.subscriptions import subscriptions


def table(lifecycle: list[float]) -> pd.DataFrame:
    n = len(lifecycle)
    months = pd.period_range("2024-01", periods=n, freq="M")
    rows = {"active": [100] * n, "lost": [20] * (n - 3) + [4] * 3, "lifecycle_churn": lifecycle}
    return pd.DataFrame(rows, index=months)


def test_a_fixed_mix_is_compared_with_the_months_it_is_told_for() -> None:
    """Early months lose many: a mean over them would say that the mix of tenures had turned for the better."""
    found = churn.recent_rates(table([np.nan] * 9 + [0.05] * 3))
    assert found is not None
    assert found.churn == pytest.approx((9 * 0.20 + 3 * 0.04) / 12)
    assert found.lifecycle_churn == pytest.approx(0.05)
    assert found.churn_beside == pytest.approx(0.04)
    assert np.isnan(found.value_churn)


@pytest.mark.parametrize("months", [1, 5, 12, 30])
def test_it_says_how_many_months_there_are(months: int) -> None:
    start = pd.Timestamp("2023-01-01")
    rows = pd.DataFrame({"start": [start] * 100, "end": [start + pd.DateOffset(months=1, days=3)] * 5 + [pd.NaT] * 95})
    spells = churn.spells(rows, start="start", end="end", as_of=start + pd.DateOffset(months=months + 1, days=-1))
    found = churn.recent_rates(churn.churn_rates(spells))
    assert found is not None
    assert found.months == min(months, 12)
    assert found.last == pd.Period(start, freq="M") + months
    assert found.first == found.last - (found.months - 1)


def test_the_month_in_which_the_records_end_counts_only_if_it_is_whole() -> None:
    start = pd.Timestamp("2023-01-15")
    rows = pd.DataFrame({"start": [start] * 9, "end": pd.NaT})
    for as_of, last in (("2023-12-30", "2023-11"), ("2023-12-31", "2023-12")):
        found = churn.recent_rates(churn.churn_rates(churn.spells(rows, start="start", end="end", as_of=as_of)))
        assert found is not None
        assert (str(found.first), str(found.last)) == ("2023-02", last)
        assert found.months == int(last[-2:]) - 1


def test_months_in_which_silence_cannot_tell_yet_do_not_count() -> None:
    spells = churn.spells_from_orders(datasets.cdnow(), gap=6.0)
    assert spells.rule_from == pd.Timestamp("1997-07-03")
    rates = churn.churn_rates(spells)
    assert rates.index[0] == pd.Period("1997-02", "M")
    assert rates["lost"].iloc[:5].eq(0).all()  # nobody can be told to have left
    found = churn.recent_rates(rates, periods=100)
    assert found is not None
    assert str(found.first) == "1997-08"
    assert found.lost == rates.loc["1997-08":, "lost"].sum() > 0
    assert found.months == len(rates.loc["1997-08":])


def test_without_customers_there_is_none() -> None:
    assert churn.recent_rates(table([np.nan] * 4).assign(active=0)) is None


def test_value_and_count_are_of_the_same_months() -> None:
    spells = churn.spells(subscriptions(), customer="customer_id", start="start", end="end", reason="reason")
    rates = churn.churn_rates(spells, value="monthly_fee")
    found, last = churn.recent_rates(rates), rates[rates["active"] > 0].tail(12)
    assert found is not None
    assert found.value_churn == pytest.approx(np.average(last["value_churn"], weights=last["active"]))
    assert found.low < found.churn < found.high
