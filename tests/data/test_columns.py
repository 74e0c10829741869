"""Which column is which."""

import pytest

from clvlab.data.reading.columns import recognise
from clvlab.errors import InputError
from clvlab.notes import Note


@pytest.mark.parametrize(
    ("names", "customer", "date", "money"),
    [
        (["customer_id", "date", "number_of_cds", "dollar_value"], "customer_id", "date", "dollar_value"),
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
        recognise(["customer", "date", "revenue", "amount"])


def test_two_products_are_left_aside_with_a_note():
    found = recognise(["customer", "date", "amount", "sku", "product_id"])
    assert found.product is None
    assert found.notes == (Note("data.column_unclear", role="product", columns=["sku", "product_id"]),)


def test_a_stated_column_must_be_there():
    with pytest.raises(InputError, match=r"customer='Costumer' names no column.*Did you mean 'Customer'"):
        recognise(["Customer", "date"], customer="Costumer")
    with pytest.raises(InputError, match=r"attributes='Country' names no column"):
        recognise(["customer", "date"], attributes=["Country"])


def test_a_stated_column_wins_over_a_recognised_one():
    found = recognise(["customer", "date", "amount", "net"], amount="net")
    assert found.amount == "net"
    found = recognise(["customer", "date", "amount", "quantity", "price"], price="price")
    assert (found.amount, found.quantity, found.price) == (None, "quantity", "price")


def test_contradictions_are_refused():
    with pytest.raises(InputError, match="either amount="):
        recognise(["customer", "date", "a", "b", "c"], amount="a", quantity="b", price="c")
    with pytest.raises(InputError, match="cannot be two things"):
        recognise(["customer", "date", "amount"], customer="date", date="date")
    with pytest.raises(InputError, match="histories use that name"):
        recognise(["customer", "date", "recency"], attributes=["recency"])
    with pytest.raises(InputError, match="twice"):
        recognise(["customer", "date", "c"], attributes=["c", "c"])


def test_an_attribute_is_not_taken_for_anything_else():
    found = recognise(["customer", "date", "amount", "product"], attributes="product")
    assert found.product is None
    assert found.attributes == ("product",)


def test_a_records_own_number_is_never_the_customer():
    with pytest.raises(InputError, match=r"'Id' is taken for the row's own number: pass customer='Id' if it is not"):
        recognise(["Id", "Date", "Price"])
    assert recognise(["Id", "Date", "Price"], customer="Id").customer == "Id"
    found = recognise(["id", "Invoice_Number", "Invoice_Date", "Account_Name", "Grand_Total", "Invoice_Owner"])
    assert (found.customer, found.date, found.amount) == ("Account_Name", "Invoice_Date", "Grand_Total")
    assert found.unknown == ("id", "Invoice_Owner")
