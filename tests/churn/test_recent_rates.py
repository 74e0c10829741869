"""Recent rates: the same whole months whichever way they are counted, and no month in which nobody could be lost."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from clvlab.churn import churn_rates, recent_rates, spells, spells_from_orders
from clvlab.data.orders import read_orders


def table(months: int, **columns: list[float]) -> pd.DataFrame:
    index = pd.period_range("2024-01", periods=months, freq="M", name="period")
    known = {"active": [100] * months, "lost": [3] * months, "lifecycle_churn": [0.03] * months}
    return pd.DataFrame(known | columns, index=index)


def test_by_hand() -> None:
    rates = table(3, active=[100, 200, 100], lost=[50, 10, 10], value_churn=[0.9, 0.1, 0.3])
    found = recent_rates(rates, 2)
    assert found is not None
    assert (found.months, str(found.first), str(found.last)) == (2, "2024-02", "2024-03")
    assert (found.active, found.lost) == (300.0, 20)
    wilson = stats.binomtest(20, 300).proportion_ci(0.9, method="wilson")
    assert (found.churn, found.low, found.high) == pytest.approx((20 / 300, wilson.low, wilson.high))
    assert found.value_churn == pytest.approx((200 * 0.1 + 100 * 0.3) / 300)


def test_months_are_those_there_are() -> None:
    found = recent_rates(table(11))
    assert found is not None
    assert found.months == 11
    assert recent_rates(table(2, active=[0, 0])) is None
    assert recent_rates(table(0)) is None


def test_a_fixed_mix_is_compared_over_the_months_that_have_one() -> None:
    # Over all months 20 % leave, and 4 % in those with a mix: against all of them the mix would seem to lower the rate.
    lifecycle = [np.nan, np.nan, 0.05]
    found = recent_rates(table(3, lost=[28, 28, 4], lifecycle_churn=lifecycle))
    assert found is not None
    assert found.churn == pytest.approx(0.20)
    assert (found.lifecycle_churn, found.churn_beside) == pytest.approx((0.05, 0.04))
    unknown = recent_rates(table(2, lifecycle_churn=[np.nan] * 2))
    assert unknown is not None
    assert np.isnan([unknown.value_churn, unknown.lifecycle_churn, unknown.churn_beside]).all()


@pytest.mark.parametrize(("as_of", "last"), [("2024-06-30", "2024-06"), ("2024-06-29", "2024-05")])
def test_the_month_the_records_end_in_counts_only_whole(as_of: str, last: str) -> None:
    of = spells(
        pd.DataFrame({"begin": ["2024-01-05"] * 30, "finish": ["2024-04-10"] * 10 + [None] * 20}),
        start="begin", end="finish", as_of=as_of,
    )  # fmt: skip
    found = recent_rates(churn_rates(of))
    assert found is not None
    assert (str(found.first), str(found.last)) == ("2024-02", last)


@pytest.mark.parametrize(("records_from", "first"), [("2024-01-01", "2024-01"), ("2024-01-02", "2024-02")])
def test_the_first_month_counts_only_if_watched_from_its_first_day(records_from: str, first: str) -> None:
    of = spells(
        pd.DataFrame({"begin": ["2023-01-05"] * 30, "finish": ["2024-04-10"] * 10 + [None] * 20}),
        start="begin", end="finish", as_of="2024-06-30", records_from=records_from,
    )  # fmt: skip
    found = recent_rates(churn_rates(of))
    assert found is not None
    assert str(found.first) == first


def test_months_before_silence_can_mean_leaving_do_not_count() -> None:
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta([0, 3, 170], unit="D")
    orders = read_orders(pd.DataFrame({"customer": ["ann", "bob", "cid"], "date": days, "amount": 1.0}))
    of = spells_from_orders(orders, gap=75.0, unit="day", as_of="2024-06-30")
    assert of.rule_from == pd.Timestamp("2024-03-16")
    rates = churn_rates(of)
    assert str(rates.index[0]) == "2024-02"  # the table keeps them
    found = recent_rates(rates)
    assert found is None or str(found.first) >= "2024-04"
    few = spells_from_orders(orders, gap=45.0, unit="day", as_of="2024-06-30")
    assert few.rule_from == pd.Timestamp("2024-02-15")
    counted = recent_rates(churn_rates(few))
    assert counted is None or str(counted.first) >= "2024-03"


def test_no_month_counts_where_silence_never_means_leaving() -> None:
    rates = table(6)
    rates.attrs["rule_from"] = pd.Timestamp("2024-03-16")
    found = recent_rates(rates)
    assert found is not None
    assert (found.months, str(found.first)) == (3, "2024-04")
    rates.attrs["rule_from"] = pd.Timestamp("2024-06-02")
    assert recent_rates(rates) is None
