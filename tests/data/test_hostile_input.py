"""Hundreds of hostile inputs: each read right, listed in the ledger, or refused by a named error; none hangs."""

import itertools
import re
from pathlib import Path

import pandas as pd
import pytest
from hostile_files import FILES
from hostile_values import AMOUNTS, CUSTOMERS, DATES, Expected, Ledger, Refused, Right

from clvlab.data.orders import read_orders
from clvlab.errors import InputError

pytestmark = pytest.mark.timeout(60)


def met(orders_of: object, expected: Expected, found: object = None) -> None:
    """The outcome is the one expected, and the ledger adds up wherever there is one."""
    if isinstance(expected, Refused):
        with pytest.raises(InputError) as error:
            read_orders(orders_of)
        assert re.search(expected.words, str(error.value)), str(error.value)
        return
    orders = read_orders(orders_of)
    assert orders.ledger["rows"].sum() == orders.rows_read
    by_reason = dict(zip(orders.ledger["reason"], orders.ledger["rows"], strict=True))
    if isinstance(expected, Ledger):
        assert {reason: by_reason.get(reason, 0) for reason in expected.rows} == expected.rows
        return
    assert set(by_reason) <= {"purchase", "duplicate"}
    assert callable(found)
    assert found(orders) == expected.values


def days(orders):
    return tuple(f"{day:%Y-%m-%d}" for day in orders.purchases().sort_values("customer_id")["date"])


def amounts(orders):
    return tuple(orders.purchases().sort_values("customer_id")["amount"])


def customers(orders):
    return tuple(sorted(orders.customers().index))


def purchases(orders):
    return tuple((who, f"{day:%Y-%m-%d}", amount) for who, day, amount in orders.purchases().to_numpy().tolist())


@pytest.mark.parametrize(("written", "expected"), DATES, ids=[repr(case[0])[:60] for case in DATES])
@pytest.mark.parametrize("kind", ["frame", "csv"])
def test_dates(written, expected, kind, tmp_path):
    frame = pd.DataFrame({"customer": ["a", "b"], "date": pd.Series(written, dtype=kinds(written)), "amount": 1.0})
    met(kept(frame, kind, tmp_path), expected, days)


@pytest.mark.parametrize(("written", "expected"), AMOUNTS, ids=[repr(case[0])[:60] for case in AMOUNTS])
@pytest.mark.parametrize("kind", ["frame", "csv"])
def test_amounts(written, expected, kind, tmp_path):
    frame = pd.DataFrame(
        {"customer": ["a", "b"], "date": "2024-01-05", "amount": pd.Series(written, dtype=kinds(written))}
    )
    met(kept(frame, kind, tmp_path), expected, amounts)


@pytest.mark.parametrize(("written", "expected"), CUSTOMERS, ids=[repr(case[0])[:60] for case in CUSTOMERS])
def test_customers(written, expected):
    frame = pd.DataFrame(
        {"customer": pd.Series(written, dtype=object), "date": ["2024-01-05", "2024-01-06"], "amount": 1.0}
    )
    met(frame, expected, customers)


@pytest.mark.parametrize("name", FILES)
def test_files(name, tmp_path):
    write, expected = FILES[name]
    met(write(tmp_path), expected, purchases)


ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gbk", "gb18030")
ENDS = {"LF": "\n", "CRLF": "\r\n", "CR": "\r"}
WRITTEN = {
    "Chinese": "客户编号,下单日期,订单金额\n"
    "张三,2024年1月5日,￥1200.00\n李四,2024年2月1日,1.2万\n王五,2024年2月2日,３００\n",
    "English": "Customer No,Order Date,Order Amount\n"
    "张三,2024-01-05,1200\n李四,2024-02-01,12000\n王五,2024-02-02,300\n",
}
SAME = Right((("张三", "2024-01-05", 1200.0), ("李四", "2024-02-01", 12000.0), ("王五", "2024-02-02", 300.0)))


@pytest.mark.parametrize(("encoding", "end", "mark"), list(itertools.product(ENCODINGS, ENDS, ",;\t")))
@pytest.mark.parametrize("headings", WRITTEN)
def test_encodings(encoding, end, mark, headings, tmp_path):
    path = tmp_path / "o.csv"
    path.write_bytes(WRITTEN[headings].replace(",", mark).replace("\n", ENDS[end]).encode(encoding))
    met(path, SAME, purchases)


def kinds(written: list[object]) -> object:
    """Text stays text, and numbers are numbers; only a mix stays Python objects."""
    return "str" if all(isinstance(each, str) for each in written) else None


def kept(frame: pd.DataFrame, kind: str, folder: Path) -> object:
    if kind == "frame":
        return frame
    frame.to_csv(folder / "o.csv", index=False)
    return folder / "o.csv"
