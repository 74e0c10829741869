"""Histories against lifetimes, against CDNOW's own summary, and against hand counts."""

import numpy as np
import pandas as pd
import pytest

from clvlab.data import datasets, lifetimes_bridge
from clvlab.data.histories import histories
from clvlab.data.orders import read_orders
from clvlab.errors import InputError
from clvlab.notes import Note


@pytest.fixture(scope="module")
def cdnow():
    return datasets.cdnow()


@pytest.fixture(scope="module")
def cdnow_rows():
    rows = pd.read_csv(datasets.cdnow_path(), sep=r"\s+", header=None, dtype=str)
    return pd.DataFrame({"id": rows[1], "date": pd.to_datetime(rows[2]), "amount": rows[4].astype(float)})


def orders_of(*rows, **options):
    return read_orders(pd.DataFrame(list(rows), columns=["customer", "date", "amount"]), **options)


@pytest.mark.parametrize("unit", ["day", "week"])
@pytest.mark.parametrize("end", ["1997-09-30", "1998-06-30"])
def test_equal_to_lifetimes_on_cdnow(cdnow, cdnow_rows, unit, end):
    theirs = lifetimes_bridge.summary(
        cdnow_rows,
        customer_id_col="id",
        datetime_col="date",
        monetary_value_col="amount",
        observation_period_end=end,
        freq="D",
        freq_multiplier={"day": 1, "week": 7}[unit],
    )
    ours = histories(cdnow, end=end, unit=unit)
    assert ours.index.tolist() == theirs.index.tolist()
    for column in ("frequency", "recency", "T"):
        np.testing.assert_array_equal(ours[column], theirs[column])
    repeat = theirs["frequency"].to_numpy() > 0
    np.testing.assert_allclose(ours["monetary_value"][repeat], theirs["monetary_value"][repeat], rtol=1e-13)
    assert ours["monetary_value"][~repeat].isna().all()


def test_equal_to_the_published_summary_of_cdnow(cdnow, shared_data):
    published = pd.read_csv(shared_data / "cdnow_cbs.csv")
    ours = histories(cdnow, end="1997-09-30", unit="week")
    assert [int(name) for name in ours.index] == published["cust"].tolist()
    for mine, theirs in (("frequency", "x"), ("recency", "t.x"), ("T", "T.cal")):
        np.testing.assert_array_equal(ours[mine], published[theirs])
    np.testing.assert_allclose(ours["monetary_value"].fillna(0), published["m.x"], rtol=1e-12, atol=1e-12)


def test_the_columns_and_what_they_mean():
    orders = orders_of(
        ("a", "2024-01-01", 5.0),
        ("a", "2024-01-01", 6.0),
        ("a", "2024-01-15", 20.0),
        ("a", "2024-02-05", 30.0),
        ("b", "2024-01-08", 7.0),
    )
    found = histories(orders, end="2024-02-12", unit="week")
    assert found.columns.tolist() == [
        "frequency",
        "recency",
        "T",
        "monetary_value",
        "log_gap_sum",
        "past_value",
    ]
    assert set(found.dtypes.astype(str)) == {"float64"}
    assert found.loc["a"].tolist() == pytest.approx([2, 5, 6, 25, np.log(2) + np.log(3), 61])
    assert found.loc["b", ["frequency", "recency", "T", "log_gap_sum", "past_value"]].tolist() == [0, 0, 5, 0, 7]
    assert np.isnan(found.loc["b", "monetary_value"])
    assert found.attrs == {"unit": "week", "end": "2024-02-12", "start": "2024-01-01"}


@pytest.mark.parametrize(("unit", "days"), [("day", 1), ("week", 7), ("month", 365.25 / 12), ("year", 365.25)])
def test_the_unit_only_scales_time(cdnow, unit, days):
    by_day = histories(cdnow, end="1997-09-30", unit="day")
    scaled = histories(cdnow, end="1997-09-30", unit=unit)
    np.testing.assert_allclose(scaled[["recency", "T"]] * days, by_day[["recency", "T"]], rtol=1e-14)
    pd.testing.assert_frame_equal(
        scaled[["frequency", "monetary_value", "past_value"]],
        by_day[["frequency", "monetary_value", "past_value"]],
    )
    np.testing.assert_allclose(
        scaled["log_gap_sum"], by_day["log_gap_sum"] - by_day["frequency"] * np.log(days), atol=1e-9
    )


def test_the_end_is_included_and_defaults_to_the_last_order():
    orders = orders_of(("a", "2024-01-01", 1.0), ("a", "2024-01-03", 1.0), ("b", "2024-01-04", 1.0))
    assert histories(orders, end="2024-01-03", unit="day").loc["a", ["frequency", "T"]].tolist() == [1, 2]
    assert histories(orders, end=pd.Timestamp("2024-01-03 18:00"), unit="day").index.tolist() == ["a"]
    assert histories(orders, unit="day").attrs["end"] == "2024-01-04"
    assert histories(orders, end="2024-02-01", unit="day").loc["b", "T"] == 28


def test_one_customer_and_nobody_who_repeats():
    one = histories(orders_of(("a", "2024-01-01", 1.0)), unit="day")
    assert one.loc["a", ["frequency", "recency", "T"]].tolist() == [0, 0, 0]
    none = histories(orders_of(("a", "2024-01-01", 1.0), ("b", "2024-01-03", 2.0)), unit="day")
    assert none["frequency"].tolist() == [0, 0]
    assert none["monetary_value"].isna().all()


def test_unknown_amounts_leave_money_unknown(shared_data):
    found = histories(read_orders(shared_data / "groceryElog.csv"), end="2006-12-31")
    assert len(found) == 1525
    assert found[["monetary_value", "past_value"]].isna().all(axis=None)


def test_attributes_are_those_of_the_first_order():
    frame = pd.DataFrame(
        {
            "customer": ["a", "a", "a", "b", "b"],
            "date": ["2024-02-01", "2024-01-01 10:00", "2024-01-01 09:00", "2024-01-05", "2024-01-05"],
            "amount": 1.0,
            "channel": ["late", "ten", "nine", "first row", "second row"],
            "size": [1, 2, 3, 4, 5],
        }
    )
    orders = read_orders(frame, attributes=["channel", "size"])
    found = histories(orders)
    assert found["channel"].tolist() == ["nine", "first row"]
    assert found["size"].tolist() == [3, 4]
    assert found.columns.tolist()[-2:] == ["channel", "size"]


def test_attributes_follow_the_first_purchase_that_stands():
    frame = pd.DataFrame(
        {
            "customer": "a",
            "date": ["2024-01-01", "2024-01-05", "2024-01-05", "2024-01-09"],
            "amount": [5.0, 7.0, 8.0, -20.0],
            "channel": ["one", "two", "three", "back"],
        }
    )
    orders = read_orders(frame, attributes=["channel"])
    assert histories(orders, end="2024-01-08")["channel"].tolist() == ["one"]
    frame.loc[3, "amount"] = -15.0
    frame.loc[4] = ["a", "2024-01-10", -5.0, "back"]
    frame.loc[5] = ["a", "2024-01-11", 1.0, "four"]
    assert histories(read_orders(frame, attributes=["channel"]))["channel"].tolist() == ["four"]


def test_restricting_by_acquisition():
    orders = orders_of(("a", "2024-01-01", 1.0), ("b", "2024-01-05", 1.0), ("c", "2024-01-09", 1.0))
    assert histories(orders, acquired_from="2024-01-05").index.tolist() == ["b", "c"]
    assert histories(orders, acquired_from="2024-01-02", acquired_until="2024-01-05").index.tolist() == ["b"]
    with pytest.raises(InputError, match="widen the dates"):
        histories(orders, acquired_from="2024-03-01")


def test_a_frame_of_customers_restricts_and_adds_columns():
    orders = orders_of(("7", "2024-01-01", 1.0), ("8", "2024-01-05", 1.0), ("9", "2024-01-09", 1.0))
    crm = pd.DataFrame({"customer_id": [9.0, 7.0], "segment": ["gold", "tin"]})
    found = histories(orders, customers=crm)
    assert found["segment"].to_dict() == {"7": "tin", "9": "gold"}
    assert found.attrs["unit"] == "week"
    assert histories(orders, customers=crm.set_index("customer_id"))["segment"].to_dict() == found["segment"].to_dict()
    with pytest.raises(InputError, match=r"names 1 customers without a purchase.*'42'"):
        histories(orders, customers=pd.DataFrame({"customer_id": ["7", "42"]}))
    with pytest.raises(InputError, match="one row per customer"):
        histories(orders, customers=pd.DataFrame({"customer_id": ["7", "7"]}))
    with pytest.raises(InputError, match="Rename them"):
        histories(orders, customers=pd.DataFrame({"customer_id": ["7"], "T": [1]}))


def test_ends_and_units_that_make_no_sense():
    orders = orders_of(("a", "2024-01-01", 1.0))
    with pytest.raises(InputError, match=r"need an order by their end: end=2023-12-31"):
        histories(orders, end="2023-12-31")
    with pytest.raises(InputError, match="is no date"):
        histories(orders, end="yesterday-ish")
    with pytest.raises(InputError, match="quarter"):
        histories(orders, unit="quarter")


def test_opportunities_are_whole_periods_after_the_first():
    orders = orders_of(
        ("a", "1995-03-01", 1.0),
        ("a", "1995-11-01", 1.0),
        ("a", "1996-02-01", 1.0),
        ("a", "1996-07-01", 1.0),
        ("a", "1998-12-31", 1.0),
        ("b", "1996-12-31", 1.0),
        ("a", "2000-02-01", 1.0),
    )
    found = histories(orders, end="1999-12-31", unit="year", opportunities=True)
    assert found.loc["a", ["frequency", "recency", "T"]].tolist() == [2, 3, 4]
    assert found.loc["b", ["frequency", "recency", "T"]].tolist() == [0, 0, 3]
    cut = histories(orders, end="2000-06-30", unit="year", opportunities=True)
    assert cut.loc["a", ["frequency", "recency", "T"]].tolist() == [2, 3, 4]
    weeks = histories(
        orders_of(("a", "2024-01-01", 1.0), ("a", "2024-01-08", 1.0)), end="2024-01-21", unit="week", opportunities=True
    )
    assert weeks.loc["a", ["frequency", "recency", "T"]].tolist() == [1, 1, 2]


def test_blocks_of_customers_give_what_one_block_gives(cdnow, monkeypatch):
    whole = histories(cdnow, end="1997-09-30")
    monkeypatch.setattr("clvlab.data.store._BLOCK", 500)
    pd.testing.assert_frame_equal(histories(cdnow, end="1997-09-30"), whole, check_exact=True)
    assert len(list(cdnow._store.blocks(cdnow._end))) > 10


def test_when_refunds_undo_everything_nobody_is_left():
    orders = orders_of(("a", "2024-01-01", 5.0), ("a", "2024-01-02", -5.0))
    assert (orders.n_customers, orders.n_purchases) == (0, 0)
    assert orders.opening.note == Note("data.no_purchase_stands")
    with pytest.raises(InputError, match="No customer has a first purchase"):
        histories(orders)


def test_a_block_of_customers_who_all_come_later(monkeypatch):
    monkeypatch.setattr("clvlab.data.store._BLOCK", 1)
    orders = orders_of(("a", "2024-01-01", 1.0), ("b", "2024-01-05", 1.0), ("c", "2024-01-02", 1.0))
    for opportunities in (False, True):
        found = histories(orders, end="2024-01-03", unit="day", opportunities=opportunities)
        assert found.index.tolist() == ["a", "c"]
