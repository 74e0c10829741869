"""Every row once, under one reason, and the sums add up."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clvlab.data.datasets import cdnow
from clvlab.data.orders import read_orders
from clvlab.errors import InputError
from clvlab.notes import Note

ROWS = pd.DataFrame(
    [
        ("1", "a", "2024-01-01", "10"),
        ("2", None, "2024-01-01", "5"),
        ("3", None, "never", "abc"),
        ("4", "a", "never", "-4"),
        ("5", "a", "2024-01-02", "x12"),
        ("6", "a", "2024-01-02", "1.2.3"),
        ("7", "a", "2024-01-02", "inf"),
        ("8", "a", "2024-01-02", "nan"),
        ("9", "a", "2024-01-02", None),
        ("C10", "a", "2024-01-03", "-3"),
        ("11", "a", "2024-01-03", "-2"),
        ("12", "a", "2024-01-04", "0"),
        ("13", "a", "2024-01-05", "7"),
        ("13", "a", "2024-01-05", "7"),
        ("13", "a", "2024-01-05", "7"),
        ("C12", "b", "2024-01-05", "-9"),
        ("14", "a", "2024-01-06", "1_000"),
        ("15", "a", "2024-01-06", "1e300"),
    ],
    columns=["invoice", "customer", "date", "amount"],
)


def rows_of(orders):
    return {(row.reason, row.used): (row.rows, row.amount) for row in orders.ledger.itertuples()}


def test_one_reason_a_row_in_the_stated_order():
    orders = read_orders(ROWS, refunds="drop")
    assert rows_of(orders) == {
        ("purchase", True): (2, 17.0),
        ("missing customer", False): (2, 5.0),
        ("bad date", False): (1, -4.0),
        ("bad amount", False): (7, 0.0),
        ("cancellation or refund", False): (3, -14.0),
        ("zero amount", True): (1, 0.0),
        ("duplicate", True): (2, 14.0),
    }
    assert orders.ledger["rows"].sum() == orders.rows_read == len(ROWS)
    assert orders.ledger.set_index("reason")["examples"]["bad amount"] == (5, 6, 7, 8, 9)


def test_refunds_are_split_into_those_that_find_a_purchase_and_those_that_do_not():
    found = rows_of(read_orders(ROWS))
    assert found["cancellation or refund", True] == (2, -5.0)
    assert found["refund of an unseen purchase", False] == (1, -9.0)


def test_a_refund_matched_in_part_is_counted_once_and_its_money_split():
    frame = pd.DataFrame({"customer": "a", "date": ["2024-01-01", "2024-01-02"], "amount": [10.0, -25.0]})
    orders = read_orders(frame)
    assert rows_of(orders) == {
        ("purchase", True): (1, 10.0),
        ("cancellation or refund", True): (1, -10.0),
        ("refund of an unseen purchase", False): (0, -15.0),
    }
    assert orders.ledger["rows"].sum() == 2
    assert orders.ledger["amount"].sum() == -15.0


def test_dropping_zero_amounts_and_duplicates():
    orders = read_orders(ROWS, refunds="drop", zero_amounts="drop", duplicates="drop")
    assert rows_of(orders)["zero amount", False] == (1, 0.0)
    assert rows_of(orders)["duplicate", False] == (2, 14.0)
    assert orders.purchases()["amount"].tolist() == [10.0, 7.0]


def test_a_duplicate_is_equal_in_every_column_of_the_source():
    frame = pd.DataFrame({"customer": "a", "date": "2024-01-01", "amount": [5.0] * 3, "remark": ["x", "x", "y"]})
    assert rows_of(read_orders(frame))["duplicate", True] == (1, 5.0)
    assert rows_of(read_orders(frame[["customer", "date", "amount"]]))["duplicate", True] == (2, 10.0)


def test_amounts_that_are_no_numbers_are_shown_with_the_remedy():
    said = next(note for note in read_orders(ROWS).notes if note.code == "data.bad_amounts")
    assert said.values["n"] == rows_of(read_orders(ROWS))["bad amount", False][0]
    assert said.values["values"][:2] == ("'x12'", "'1.2.3'")
    assert said.values["rows"][:2] == (5, 6)


def test_when_every_row_is_refused_the_ledger_is_in_the_error():
    with pytest.raises(InputError, match=r"None of the 2 rows.*(?s:.)*bad amount\s+no\s+2"):
        read_orders(pd.DataFrame({"customer": ["a", "b"], "date": "2024-01-01", "amount": ["x", "y"]}))


def test_huge_amounts():
    frame = pd.DataFrame({"customer": "a", "date": "2024-01-01", "amount": [1e15, 1e12, 1.7e308, -1.7e308]})
    assert rows_of(read_orders(frame)) == {("purchase", True): (2, 1.001e15), ("bad amount", False): (2, 0.0)}


def test_without_amounts_there_is_no_money_in_the_ledger():
    orders = read_orders(pd.DataFrame({"cust": ["a", "b"], "date": "2024-01-01"}))
    assert orders.ledger["amount"].isna().all()
    assert orders.purchases()["amount"].isna().all()
    assert not orders.has_amounts


def test_order_numbers_that_all_begin_with_c_are_no_cancellations():
    frame = pd.DataFrame({"customer": "a", "date": "2024-01-01", "amount": 5.0, "order_id": ["C1", "C2", "C3"]})
    orders = read_orders(frame)
    assert rows_of(orders) == {("purchase", True): (3, 15.0)}
    assert Note("data.too_many_for_cancellations", column="order_id", n=3, rows=3) in orders.notes
    named = frame.assign(order_id=["CA-2016-1", "C-7", "CX9"])
    assert rows_of(read_orders(named)) == {("purchase", True): (3, 15.0)}


def test_a_cancellation_with_an_amount_above_zero_gives_money_back():
    frame = pd.DataFrame(
        {"customer": "a", "date": ["2024-01-01", "2024-01-02"], "amount": [9.0, 4.0], "invoice": ["1", "C2"]}
    )
    orders = read_orders(frame)
    assert orders.purchases()["amount"].tolist() == [5.0]
    assert Note("data.cancellations_above_zero", n=1) in orders.notes


def test_cdnow_keeps_its_zeros_and_its_identical_rows():
    found = rows_of(cdnow())
    assert found["zero amount", True] == (8, 0.0)
    assert found["duplicate", True][0] == 21
    assert sum(rows for rows, _ in found.values()) == 6919


def test_online_retail(shared_data):
    orders = read_orders(shared_data / "online_retail_1.parquet", refunds="drop")
    found = rows_of(orders)
    assert orders.rows_read == 541909
    assert found["missing customer", False] == (135080, pytest.approx(1447682.12, abs=0.01))
    assert found["cancellation or refund", False] == (8905, pytest.approx(-611342.09, abs=0.005))
    assert found["zero amount", True] == (40, 0.0)
    assert found["duplicate", True] == (5192, pytest.approx(24199, abs=0.5))
    used = orders.ledger[orders.ledger["used"]]
    assert used["rows"].sum() == 397924
    assert used["amount"].sum() == pytest.approx(8911407.90, abs=0.005)
    assert "17850" in orders.customers().index
    positive = read_orders(shared_data / "online_retail_1.parquet", refunds="drop", zero_amounts="drop")
    assert positive.n_customers == 4338


def test_online_retail_net_of_refunds(shared_data):
    orders = read_orders(shared_data / "online_retail_1.parquet")
    assert orders.ledger["rows"].sum() == 541909
    assert "12346" not in orders.customers().index
    used = orders.ledger.loc[orders.ledger["used"], "amount"].sum()
    assert orders.purchases()["amount"].sum() == pytest.approx(used, rel=1e-9)


VALUES = st.tuples(
    st.sampled_from(["a", "b", "c", None, " "]),
    st.sampled_from(["2024-01-01", "2024-01-02", "2024-02-01", "2024-03-01", "never", None]),
    st.sampled_from(["10", "0.1", "0.2", "0.3", "0", "-0.1", "-10", "-25.5", "x", None]),
    st.sampled_from(["p", "q", None]),
)


@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(VALUES, min_size=1, max_size=40),
    seed=st.integers(0, 2**32 - 1),
    refunds=st.sampled_from(["net", "drop"]),
    duplicates=st.sampled_from(["keep", "drop"]),
    zero_amounts=st.sampled_from(["keep", "drop"]),
)
def test_the_ledger_adds_up_and_row_order_changes_nothing(rows, seed, refunds, duplicates, zero_amounts):
    options = {"refunds": refunds, "duplicates": duplicates, "zero_amounts": zero_amounts}
    # One row that is always used, so that there is something to read.
    table = pd.DataFrame([("z", "2024-01-15", "1", "p"), *rows], columns=["customer", "date", "amount", "product"])
    orders = read_orders(table, **options)
    ledger = orders.ledger
    assert ledger["rows"].sum() == len(table)
    assert not ledger[["reason", "used"]].duplicated().any()
    amounts = pd.to_numeric(table["amount"], errors="coerce")
    assert ledger["amount"].sum() == pytest.approx(amounts.sum(), abs=1e-9)
    assert orders.purchases()["amount"].sum() == pytest.approx(ledger.loc[ledger["used"], "amount"].sum(), abs=1e-6)

    shuffled = read_orders(table.sample(frac=1, random_state=np.random.default_rng(seed)), **options)
    pd.testing.assert_frame_equal(shuffled.purchases(), orders.purchases(), check_exact=True)
    pd.testing.assert_frame_equal(shuffled.ledger.drop(columns="examples"), ledger.drop(columns="examples"), rtol=1e-12)
