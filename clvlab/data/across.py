"""Checks across tables: customers missing from the table of customers, and keys that are not unique."""

from collections.abc import Mapping

import pandas as pd

from clvlab.data.order_book import Orders
from clvlab.data.reading.table import Records
from clvlab.errors import InputError

EXAMPLES = 5
ORDER = "order_id"


def across(customers: Records, tables: Mapping[str, Records | Orders]) -> pd.DataFrame:
    """Compare tables with the table of customers, and count what does not match.

    Parameters
    ----------
    customers : Records
        As ``read_customers`` returns it: one row per customer.
    tables : mapping of str to Records or Orders
        By whatever name they are to be listed.

    Returns
    -------
    DataFrame, one row per table and finding
        table; found: "known" (rows of customers that are in the table of customers), "unknown customer" (rows of those
        who are not), "no customer" (rows that name nobody), which add up to the table's rows; "customer without rows"
        (customers that the table never names), "one order_id, several customers" (numbers
        of orders that stand for several); rows; examples (tuple of identifiers).

    Raises
    ------
    InputError
        ``customers`` is no table of customers, or a table has no customer.

    Examples
    --------
    >>> from clvlab.data.readers import read_complaints, read_customers
    >>> base = read_customers(pd.DataFrame({"customer_id": ["a", "b"]}))
    >>> cases = read_complaints(pd.DataFrame({"customer_id": ["a", "x"], "opened": "2024-01-05"}))
    >>> across(base, {"complaints": cases})[["found", "rows", "examples"]]
                       found  rows examples
    0                  known     1       ()
    1       unknown customer     1     (x,)
    2  customer without rows     1     (b,)
    """
    if customers.name != "customers":
        raise InputError(f"Tables are held against customers; a table of {customers.name} was passed.")
    known = set(customers.frame["customer"])
    rows: list[dict[str, object]] = []
    for label, table in tables.items():
        frame = _frame(table)
        if "customer" not in frame:
            raise InputError(f"The table {label!r} has no customer, so it meets no table of customers.")
        for found, n, examples in _findings(frame, known):
            rows.append({"table": label, "found": found, "rows": n, "examples": examples})
    return pd.DataFrame(rows, columns=["table", "found", "rows", "examples"])


def _frame(table: Records | Orders) -> pd.DataFrame:
    if isinstance(table, Records):
        return table.frame
    return table.purchases().rename(columns={"customer_id": "customer"})


def _findings(frame: pd.DataFrame, known: set[str]) -> list[tuple[str, int, tuple[str, ...]]]:
    names = frame["customer"]
    met, nobody = names.isin(known), names.isna()
    strangers = names[~met & ~nobody]
    found: list[tuple[str, int, tuple[str, ...]]] = [("known", int(met.sum()), ())]
    if len(strangers):
        found.append(("unknown customer", len(strangers), tuple(strangers.drop_duplicates().head(EXAMPLES))))
    if nobody.any():
        found.append(("no customer", int(nobody.sum()), ()))
    silent = sorted(known - set(names.dropna()))
    if silent:
        found.append(("customer without rows", len(silent), tuple(silent[:EXAMPLES])))
    if ORDER in frame:
        several = frame.dropna(subset=[ORDER]).groupby(ORDER, sort=True)["customer"].nunique()
        twice = several[several > 1]
        if len(twice):
            found.append((f"one {ORDER}, several customers", len(twice), tuple(map(str, twice.index[:EXAMPLES]))))
    return found
