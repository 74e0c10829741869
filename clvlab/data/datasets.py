"""Data sets that come with the installation: CDNOW's orders and the donations."""

from dataclasses import replace
from pathlib import Path

import pandas as pd

from clvlab.data.lifetimes_bridge import dataset_path
from clvlab.data.orders import Orders, read_orders
from clvlab.data.subscriptions import subscriptions as subscriptions


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
    notes = (
        (
            "CDNOW 1/10 sample (Fader, Hardie and Lee 2005): a cohort acquired from January to March 1997,"
            " orders to 1998-06-30, in dollars. The published figures calibrate to 1997-09-30."
        ),
        *orders.notes,
    )
    return replace(orders, source="CDNOW 1/10 sample", notes=notes)


def cdnow_summary() -> pd.DataFrame:
    """Return CDNOW summed up to 1997-09-30 as the lifetimes package has it, in weeks to two decimals.

    Returns
    -------
    DataFrame
        Index customer_id (1 to 2357); frequency, recency, T and monetary_value (0 where frequency is 0).
    """
    frame = pd.read_csv(dataset_path("cdnow_customers_summary_with_transactions.csv"))
    frame.columns = pd.Index(["customer_id", "frequency", "recency", "T", "monetary_value"])
    return frame.set_index("customer_id")


def donations() -> pd.DataFrame:
    """Return the recency and frequency table of 11,104 donors, one row a history.

    Donors of 1995 and the years 1996 to 2001 in which they gave again.

    Returns
    -------
    DataFrame
        frequency (years given in), recency (last such year, 1 to 6; 0 for none), n (opportunities: 6), count
        (donors).
    """
    frame = pd.read_csv(dataset_path("donations.csv"))
    return frame.rename(columns={"periods": "n", "weights": "count"})
