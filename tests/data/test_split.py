"""Calibration and holdout, against lifetimes and CDNOW's own summary."""

import numpy as np
import pandas as pd
import pytest

from clvlab.data import datasets, lifetimes_bridge
from clvlab.data.histories import histories
from clvlab.data.orders import read_orders
from clvlab.data.split import split
from clvlab.errors import InputError
from clvlab.notes import Note, Span


@pytest.fixture(scope="module")
def cdnow():
    return datasets.cdnow()


@pytest.fixture
def orders():
    days = pd.date_range("2024-01-01", periods=31, freq="D")
    rows = {"customer": ["a", "b"] * 15 + ["a"], "date": days, "amount": np.arange(31.0)}
    return read_orders(pd.DataFrame(rows))


def test_cdnow_as_published(cdnow, shared_data):
    published = pd.read_csv(shared_data / "cdnow_cbs.csv")
    found = split(cdnow, calibration_end="1997-09-30", holdout_end="1998-06-30")
    np.testing.assert_array_equal(found.holdout["frequency_holdout"], published["x.star"])
    np.testing.assert_array_equal(found.calibration["recency"], published["t.x"])
    assert found.duration == 39
    assert found.holdout["frequency_holdout"].sum() == 1882
    pd.testing.assert_frame_equal(found.calibration, histories(cdnow, end="1997-09-30"))
    # Holdout means by calibration frequency, Fader, Hardie & Lee (2005), as printed.
    group = found.calibration["frequency"].clip(upper=7)
    means = found.holdout["frequency_holdout"].groupby(group).mean().round(3)
    assert means.tolist() == [0.237, 0.697, 1.393, 1.560, 2.532, 2.947, 3.862, 6.359]


def test_equal_to_lifetimes(cdnow):
    rows = pd.read_csv(datasets.cdnow_path(), sep=r"\s+", header=None, dtype=str)
    frame = pd.DataFrame({"id": rows[1], "date": pd.to_datetime(rows[2]), "amount": rows[4].astype(float)})
    # lifetimes averages the holdout over rows, not over days: given one row per day, it agrees.
    frame = frame.groupby(["id", "date"], as_index=False)["amount"].sum()
    theirs = lifetimes_bridge.calibration_and_holdout(
        frame,
        customer_id_col="id",
        datetime_col="date",
        calibration_period_end="1997-09-30",
        observation_period_end="1998-06-30",
        freq="D",
        freq_multiplier=7,
        monetary_value_col="amount",
    )
    found = split(cdnow, calibration_end="1997-09-30", holdout_end="1998-06-30")
    for column in ("frequency", "recency", "T"):
        np.testing.assert_array_equal(found.calibration[column], theirs[f"{column}_cal"])
    np.testing.assert_array_equal(found.holdout["frequency_holdout"], theirs["frequency_holdout"])
    np.testing.assert_allclose(
        found.holdout["monetary_value_holdout"].fillna(0), theirs["monetary_value_holdout"], rtol=1e-12
    )
    assert (theirs["duration_holdout"] == found.duration).all()


def test_dates_left_unset_take_the_last_third_in_whole_units(orders):
    found = split(orders, unit="day")
    assert (f"{found.calibration_end:%m-%d}", f"{found.holdout_end:%m-%d}", found.duration) == ("01-21", "01-31", 10)
    assert found.notes == (
        Note("data.last_third_held_out", holdout=Span(10, "day"), calibration_end=found.calibration_end),
    )
    weeks = split(orders)
    assert (f"{weeks.calibration_end:%m-%d}", weeks.duration) == ("01-24", 1)
    assert f"{split(orders, holdout_end='2024-01-16', unit='day').calibration_end:%m-%d}" == "01-11"
    with pytest.raises(InputError, match="shorter unit="):
        split(orders, unit="year")


def test_the_holdout_counts_days_and_money(orders):
    found = split(orders, calibration_end="2024-01-28", unit="day").holdout
    assert found["frequency_holdout"].to_dict() == {"a": 2, "b": 1}
    assert found["value_holdout"].to_dict() == {"a": 58, "b": 29}
    assert found["monetary_value_holdout"].to_dict() == {"a": 29, "b": 29}


def test_a_holdout_without_sales_is_all_zeros_and_said():
    rows = [("a", "2024-01-01", 5.0), ("b", "2024-01-05", 6.0), ("c", "2024-02-20", 7.0)]
    orders = read_orders(pd.DataFrame(rows, columns=["customer", "date", "amount"]))
    found = split(orders, calibration_end="2024-01-31", holdout_end="2024-02-14")
    assert found.holdout["frequency_holdout"].tolist() == [0, 0]
    assert found.holdout["value_holdout"].tolist() == [0, 0]
    assert found.holdout["monetary_value_holdout"].isna().all()
    assert Note("data.nobody_buys_in_the_holdout") in found.notes


def test_dates_that_make_no_sense(orders):
    for day in ("2023-12-31", "2024-02-01"):
        with pytest.raises(InputError, match="must end within the records"):
            split(orders, calibration_end=day, holdout_end="2024-03-01")
    with pytest.raises(InputError, match="must follow the calibration"):
        split(orders, calibration_end="2024-01-20", holdout_end="2024-01-20")
    with pytest.raises(InputError, match="8 days after the last"):
        split(orders, calibration_end="2024-01-20", holdout_end="2024-02-08")
    late = split(orders, calibration_end="2024-01-20", holdout_end="2024-02-03")
    assert Note("data.holdout_beyond_the_records", n=3) in late.notes
    assert late.duration == 2


def test_refunds_in_the_holdout_of_earlier_purchases_are_said_and_do_not_leak():
    rows = [("a", "2024-01-01", 5.0), ("a", "2024-01-10", 6.0), ("a", "2024-02-01", -4.0), ("a", "2024-02-02", 9.0)]
    orders = read_orders(pd.DataFrame(rows, columns=["customer", "date", "amount"]))
    found = split(orders, calibration_end="2024-01-31", unit="day")
    assert found.calibration["past_value"].tolist() == [11.0]
    assert found.holdout["value_holdout"].tolist() == [9.0]
    assert Note("data.refunds_of_the_calibration", amount=4.0) in found.notes


def test_unknown_amounts():
    orders = read_orders(pd.DataFrame({"cust": ["a", "a"], "date": ["2024-01-01", "2024-01-09"]}))
    found = split(orders, calibration_end="2024-01-05", unit="day").holdout
    assert found["frequency_holdout"].tolist() == [1]
    assert found[["value_holdout", "monetary_value_holdout"]].isna().all(axis=None)


def test_customers_and_acquisition_restrict_both_sides(cdnow):
    found = split(cdnow, calibration_end="1997-09-30", acquired_until="1997-01-31")
    assert len(found.calibration) == len(found.holdout) == 781
    some = pd.DataFrame({"customer_id": ["0001", "0009"], "vip": [True, False]})
    found = split(cdnow, calibration_end="1997-09-30", customers=some)
    assert found.holdout.index.tolist() == ["0001", "0009"]
    assert found.calibration["vip"].tolist() == [True, False]
