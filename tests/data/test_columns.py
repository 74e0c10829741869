"""Which column is which."""

import pytest

from clvlab.data.reading.columns import recognise
from clvlab.errors import InputError
from clvlab.notes import Note


@pytest.mark.parametrize(
    ("names", "customer", "date", "money"),
    [
        (["customer_id", "date", "number_of_cds", "dollar_value"], "customer_id", "date", "dollar_value"),
        (["Id", "Date", "Price"], "Id", "Date", "Price"),
        (["CUST", "DATE", "SALES"], "CUST", "DATE", "SALES"),
        (["客户编号", "订单日期", "金额"], "客户编号", "订单日期", "金额"),
        (["id", "customer_id", "order_date", "ship_date", "total"], "customer_id", "order_date", "total"),
    ],
)
def test_usual_names_are_recognised(names, customer, date, money):
    found = recognise(names)
    assert (found.customer, found.date, found.amount) == (customer, date, money)


@pytest.mark.parametrize(
    "names",
    [
        ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"],
        ["Invoice", "StockCode", "Description", "Quantity", "InvoiceDate", "Price", "Customer ID", "Country"],
    ],
)
def test_online_retail_is_recognised(names):
    found = recognise(names)
    assert found.customer == names[6]
    assert found.date == "InvoiceDate"
    assert (found.quantity, found.price, found.amount) == ("Quantity", names[5], None)
    assert (found.product, found.order_id) == ("StockCode", names[0])


def test_no_amount_is_allowed_and_said():
    found = recognise(["cust", "date"])
    assert not found.has_amounts
    assert found.notes == (Note("data.no_amount_column"),)


def test_a_missing_column_is_named_with_the_columns_found_and_the_remedy():
    with pytest.raises(InputError, match=r"'who', 'when'.*Pass customer="):
        recognise(["who", "when"])
    with pytest.raises(InputError, match=r"the day of the order.*Pass date="):
        recognise(["customer_id", "when"])


def test_two_columns_that_could_be_meant_are_refused():
    with pytest.raises(InputError, match=r"2 could be meant: 'Customer ID', 'CustomerID'\. Pass customer="):
        recognise(["Customer ID", "CustomerID", "date"])
    with pytest.raises(InputError, match=r"'revenue', 'amount'\. Pass amount="):
        recognise(["id", "date", "revenue", "amount"])


def test_two_products_are_left_aside_with_a_note():
    found = recognise(["id", "date", "amount", "sku", "product_id"])
    assert found.product is None
    assert found.notes == (Note("data.product_column_unclear", columns=["sku", "product_id"]),)


def test_a_stated_column_must_be_there():
    with pytest.raises(InputError, match=r"customer='Costumer' names no column.*Did you mean 'Customer'"):
        recognise(["Customer", "date"], customer="Costumer")
    with pytest.raises(InputError, match=r"attributes='Country' names no column"):
        recognise(["id", "date"], attributes=["Country"])


def test_a_stated_column_wins_over_a_recognised_one():
    found = recognise(["id", "date", "amount", "net"], amount="net")
    assert found.amount == "net"
    found = recognise(["id", "date", "amount", "quantity", "price"], price="price")
    assert (found.amount, found.quantity, found.price) == (None, "quantity", "price")


def test_contradictions_are_refused():
    with pytest.raises(InputError, match="either amount="):
        recognise(["id", "date", "a", "b", "c"], amount="a", quantity="b", price="c")
    with pytest.raises(InputError, match="cannot be two things"):
        recognise(["id", "date", "amount"], customer="id", date="id")
    with pytest.raises(InputError, match="histories use that name"):
        recognise(["id", "date", "recency"], attributes=["recency"])
    with pytest.raises(InputError, match="twice"):
        recognise(["id", "date", "c"], attributes=["c", "c"])


def test_an_attribute_is_not_taken_for_anything_else():
    found = recognise(["id", "date", "amount", "product"], attributes="product")
    assert found.product is None
    assert found.attributes == ("product",)
