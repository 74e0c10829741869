"""Data sets that come with the installation: CDNOW's orders and the donations."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pandas as pd

from clvlab.data.company import Company, read_company
from clvlab.data.days import as_day
from clvlab.data.lifetimes_bridge import dataset_path
from clvlab.data.orders import Orders, read_orders
from clvlab.data.simulate import company as simulated_company
from clvlab.data.subscriptions import subscriptions as subscriptions
from clvlab.errors import InputError
from clvlab.notes import Note

CDNOW_SOURCE = "CDNOW 1/10 sample"
CDNOW_SPLIT = ("1997-09-30", "1998-06-30")  # calibration and holdout of the published figures


def is_cdnow(orders: Orders) -> bool:
    """Whether these are the orders of ``cdnow``."""
    return orders.source == CDNOW_SOURCE


def cdnow_path() -> Path:
    """Return the path of CDNOW's 1/10 sample: customer in the full data, customer, yyyymmdd, CDs, dollars."""
    return dataset_path("CDNOW_sample.txt")


def cdnow() -> Orders:
    """Return the orders of the CDNOW 1/10 sample.

    2,357 customers of an online music shop who first bought in the first quarter of 1997, and all their
    orders to 1998-06-30: 6,919 rows, in dollars. Customers are "0001" to "2357".

    Returns
    -------
    Orders

    Examples
    --------
    >>> cdnow().n_customers, cdnow().rows_read
    (2357, 6919)
    """
    names = ["master_id", "customer_id", "date", "number_of_cds", "dollar_value"]
    rows = pd.read_csv(cdnow_path(), sep=r"\s+", header=None, names=names, dtype={"master_id": str, "customer_id": str})
    orders = read_orders(rows)
    return replace(orders, source=CDNOW_SOURCE, notes=(Note("data.cdnow_sample"), *orders.notes))


def orders(
    file: str | Path | None = None,
    *,
    customer: str | None = None,
    date: str | None = None,
    amount: str | None = None,
    attributes: Sequence[str] = (),
    date_format: str | None = None,
    refunds: Literal["net", "drop"] = "net",
) -> Orders:
    """Return the orders of a file, or the CDNOW sample where none is named.

    Parameters
    ----------
    file : path, optional
    customer, date, amount, attributes, date_format, refunds :
        As for ``clv.read_orders``; CDNOW's columns are known.

    Raises
    ------
    InputError
        It is said how to read a file, and none is named.

    Examples
    --------
    >>> orders().source
    'CDNOW 1/10 sample'
    """
    if file is None:
        named = {"customer": customer, "date": date, "amount": amount, "attributes": tuple(attributes),
                 "date_format": date_format}  # fmt: skip
        idle = [f"{name}=" for name, value in named.items() if value]
        idle += ["refunds="] if refunds != "net" else []
        if idle:
            raise InputError(
                f"{', '.join(idle)} would say how a file of orders is read, and none is named; the CDNOW sample's "
                "columns are known. Name the file, or leave this out."
            )
        return cdnow()
    return read_orders(
        file,
        customer=customer,
        date=date,
        amount=amount,
        attributes=attributes,
        date_format=date_format,
        refunds=refunds,
    )


def attributes(*columns: str | None) -> list[str]:
    """The attributes to carry along, of columns that may be unset.

    >>> attributes("Country", None)
    ['Country']
    """
    return [column for column in columns if column]


def company(
    folder: str | Path | None = None,
    *,
    orders: str | Path | None = None,
    customer: str | None = None,
    date: str | None = None,
    amount: str | None = None,
    date_format: str | None = None,
    refunds: Literal["net", "drop"] = "net",
    as_of: str | None = None,
) -> Company:
    """Return the tables of a folder, or orders alone, or the demo company where neither is named.

    The demo company is a retailer that sells tea in Chinese and English, 3,000 customers over three years. It is
    simulated by ``clv.simulate.company()``, which also has the truth behind it; the files of ``data/demo/company`` hold
    the same tables, and ``data/README.md`` describes their columns.

    Parameters
    ----------
    folder : path, optional
        One file per table, as ``clv.read_company`` takes it.
    orders : path, optional
        A file of orders alone; customer, date, amount, date_format and refunds as ``clv.read_orders`` takes them.
    as_of : day, optional
        The day that counts as now; the last order unless given.

    Raises
    ------
    InputError
        A folder and orders both, or columns without a file of orders.

    Examples
    --------
    >>> demo = company()
    >>> len(demo.frame("customers")), f"{demo.as_of:%Y-%m-%d}"
    (3000, '2025-12-31')
    """
    if folder is not None and orders is not None:
        raise InputError("folder= and orders= were both given: a folder holds its own orders. Leave one out.")
    if orders is not None:
        read = read_orders(
            orders, customer=customer, date=date, amount=amount, date_format=date_format, refunds=refunds
        )
        return read_company({"orders": read}, as_of=as_of)
    named = {"customer": customer, "date": date, "amount": amount}
    idle = [f"{name}=" for name, value in named.items() if value]
    if idle:
        raise InputError(f"{', '.join(idle)} would say how a file of orders is read, and none is named by orders=.")
    if folder is not None:
        return read_company(folder, as_of=as_of, refunds=refunds, date_format=date_format)
    found = simulated_company().company()
    return found if as_of is None else replace(found, as_of=as_day(as_of, "as_of"))


def cdnow_summary() -> pd.DataFrame:
    """Return CDNOW's summary up to 1997-09-30 from the lifetimes package, in weeks to two decimals.

    Returns
    -------
    DataFrame
        Index customer_id (1 to 2357); frequency, recency, T and monetary_value (0 where frequency is 0).
    """
    frame = pd.read_csv(dataset_path("cdnow_customers_summary_with_transactions.csv"))
    frame.columns = pd.Index(["customer_id", "frequency", "recency", "T", "monetary_value"])
    frame = frame.set_index("customer_id")
    frame.attrs["unit"] = "week"
    return frame


def donations() -> pd.DataFrame:
    """Return the recency and frequency table of 11,104 donors, one row per history.

    Donors of 1995 and the years 1996 to 2001 in which they gave again.

    Returns
    -------
    DataFrame
        frequency (years given in), recency (last such year, 1 to 6; 0 for none), n (opportunities: 6), count
        (donors).
    """
    frame = pd.read_csv(dataset_path("donations.csv"))
    return frame.rename(columns={"periods": "n", "weights": "count"})
