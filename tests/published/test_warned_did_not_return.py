"""Of those on the warning list, the share that did not return lies inside its stated interval, on real records.

Each is judged at its last two or more ends, a horizon apart, from earlier ends alone. CDNOW, which is always here, is
judged in tests/churn/test_backtest.py.
"""

from pathlib import Path

import pandas as pd
import pytest

import clvlab as clv
from clvlab import churn


def retail(folder: Path) -> clv.Orders:
    lines = pd.read_parquet(folder / "online_retail_1.parquet", columns=["CustomerID", "InvoiceDate", "Quantity",
                                                                         "UnitPrice"])  # fmt: skip
    lines["amount"] = lines["Quantity"] * lines["UnitPrice"]
    return clv.read_orders(lines, customer="CustomerID", date="InvoiceDate", amount="amount")


def grocery(folder: Path) -> clv.Orders:
    return clv.read_orders(folder / "groceryElog.csv", customer="cust", date="date")


def journey(folder: Path) -> clv.Orders:
    lines = pd.read_parquet(folder / "journey_transactions.parquet", columns=["household_id", "transaction_timestamp",
                                                                              "sales_value"])  # fmt: skip
    days = lines.assign(date=lines["transaction_timestamp"].dt.normalize())
    days = days.groupby(["household_id", "date"], as_index=False)["sales_value"].sum()
    return clv.read_orders(days[days["sales_value"] > 0], customer="household_id", date="date", amount="sales_value")


REAL = [(retail, 3.0, 2), (grocery, 3.0, 5), pytest.param(journey, 1.0, 6, marks=pytest.mark.slow)]


@pytest.mark.parametrize(("records", "horizon", "ends"), REAL)
def test_of_those_warned(shared_data: Path, records: object, horizon: float, ends: int) -> None:
    assert callable(records)
    found = churn.backtest(records(shared_data), horizon=horizon, seed=1)
    warned = found.groups[found.groups["group"] == "warned"]
    assert len(warned) == ends
    assert warned["inside"].all()
    assert found.belief is not None
    assert found.belief.closer == "model"
