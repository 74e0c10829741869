"""The order book: purchases, customers, totals by day, and how it shows itself."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from clvlab.data.datasets import cdnow
from clvlab.data.orders import read_orders
from clvlab.errors import InputError
from clvlab.notes import Note

ROWS = pd.DataFrame(
    {
        "customer": ["b", "a", "a", "a", "<i>c</i>"],
        "date": ["2024-01-02", "2024-01-01", "2024-01-01", "2024-01-03", "2024-01-03"],
        "amount": [4.0, 1.0, 2.0, 8.0, 16.0],
        "country": ["UK", "DE", "FR", "IT", "<b>"],
    }
)


@pytest.fixture
def orders():
    return read_orders(ROWS, attributes=["country"])


def test_purchases_are_customer_days_in_order(orders):
    found = orders.purchases()
    assert found["customer_id"].tolist() == ["<i>c</i>", "a", "a", "b"]
    assert found["amount"].tolist() == [16.0, 3.0, 8.0, 4.0]
    assert found["date"].dtype == "datetime64[s]"
    assert (orders.n_customers, orders.n_purchases, orders.rows_read) == (3, 4, 5)
    assert len(orders.purchases("2024-01-01")) == 1


def test_customers(orders):
    found = orders.customers()
    assert found.columns.tolist() == ["first_purchase", "country"]
    assert found["country"].to_dict() == {"<i>c</i>": "<b>", "a": "DE", "b": "UK"}
    assert orders.customers("2024-01-02").index.tolist() == ["a", "b"]


def test_daily_totals(orders):
    found = orders.daily()
    assert found["purchases"].tolist() == [1, 1, 2]
    assert found["new_customers"].tolist() == [1, 1, 1]
    assert found["amount"].tolist() == [3.0, 4.0, 24.0]


def test_until_is_the_orders_as_they_stood(orders):
    seen = orders.until("2024-01-02")
    assert (seen.n_customers, seen.n_purchases) == (2, 2)
    assert f"{seen.last_date:%Y-%m-%d}" == "2024-01-02"
    assert seen.purchases("2024-12-31").equals(seen.purchases())
    assert seen.ledger.equals(orders.ledger)
    assert orders.until("2025-01-01").n_purchases == 4
    with pytest.raises(InputError, match="No order is that early"):
        orders.until("2023-01-01")


def test_nothing_in_it_changes(orders):
    with pytest.raises(dataclasses.FrozenInstanceError):
        orders.rows_read = 7


def test_it_shows_itself_and_escapes_what_it_shows(orders):
    assert "3 customers, 4 purchases" in repr(orders)
    table = ROWS.rename(columns={"country": "<script>"})
    page = read_orders(table, attributes=["<script>"], customer="customer")._repr_html_()
    assert "<table" in page
    assert "<script>" not in page


def test_describe_adds_up(orders):
    said = orders.describe()
    assert [line.split() for line in said.splitlines()[1:4]] == [[role] * 2 for role in ("customer", "date", "amount")]
    assert "first_date    2024-01-01" in said
    assert any(line.split()[:3] == ["rows", "read", "5"] for line in said.splitlines())
    assert "source        CDNOW 1/10 sample" in cdnow().describe()


def test_quantity_times_price():
    frame = pd.DataFrame(
        {"user": ["a", "a", "b"], "date": "2024-01-01", "quantity": [2, -1, None], "price": [1.5, 1.0, 3.0]}
    )
    orders = read_orders(frame)
    assert orders.purchases()["amount"].tolist() == [2.0]
    assert orders.ledger.set_index("reason")["rows"]["bad amount"] == 1


def test_options_are_checked():
    for option in ("refunds", "zero_amounts", "duplicates"):
        with pytest.raises(InputError, match=f"{option}= is one of"):
            read_orders(ROWS, **{option: "perhaps"})


def test_an_attribute_with_any_name_and_type():
    frame = ROWS.assign(**{'odd "name"': [1.5, np.nan, 2.0, 3.0, 4.0], "when": pd.Timestamp("2020-01-01")})
    found = read_orders(frame, attributes=['odd "name"', "when"]).customers()
    assert found['odd "name"'].tolist()[::2] == [4.0, 1.5]
    assert np.isnan(found.loc["a", 'odd "name"'])
    assert (found["when"] == pd.Timestamp("2020-01-01")).all()


def test_a_customer_that_may_stand_for_a_missing_one_is_pointed_out():
    orders = read_orders(ROWS.assign(customer=["nan", "a", "a", "a", "b"]), customer="customer")
    assert orders.n_customers == 3
    assert Note("data.identifiers_that_say_missing", n=1, identifiers=["nan"]) in orders.notes
    assert not any(note.code == "data.identifiers_that_say_missing" for note in read_orders(ROWS).notes)
