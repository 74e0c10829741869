"""The audit of the demo company's orders, and by category of a grocer's lines, against pandas."""

from pathlib import Path

import numpy as np
import pandas as pd

import clvlab as clv
from clvlab.customers.audit.categories import categories_of
from clvlab.customers.windows import windows


def test_the_demo_company() -> None:
    company = clv.datasets.company()
    found = clv.customers.audit(company)
    assert found.table.margin_known
    orders, lines = company.frame("orders"), company.frame("order_lines")
    year = orders["date"].dt.year
    assert found.decomposition["transactions"].tolist() == year.value_counts().sort_index().tolist()
    assert found.decomposition["customers"].tolist() == orders.groupby(year)["customer"].nunique().tolist()
    assert np.allclose(found.decomposition["spend"], orders.groupby(year)["amount"].sum())
    profit = (lines["amount"] - lines["cost"]).groupby(lines["date"].dt.year).sum()
    used = found.decomposition["profit"].sum() + found.unused["profit"].sum()
    assert np.isclose(used, profit.sum())
    for t, period in enumerate(found.periods):
        by = found.categories.decomposition(t)
        assert np.isclose(by["profit"].sum(), profit[period.year])
        product = by["active"] * by["penetration"] * by["aof"] * by["spend_per_order"] * by["margin"]
        assert np.allclose(product, by["profit"], rtol=1e-12)
    assert np.isclose(
        found.outlook["last"].sum() - found.outlook["last"]["new"], found.decomposition["profit"].iloc[-1]
    )


def test_categories_of_a_grocer(shared_data: Path) -> None:
    lines = pd.read_parquet(shared_data / "journey_transactions.parquet")
    products = pd.read_parquet(shared_data / "journey_products.parquet").set_index("product_id")["department"]
    table = pd.DataFrame({
        "customer": lines["household_id"].astype(str), "order_id": lines["basket_id"].astype(str),
        "date": lines["transaction_timestamp"].dt.normalize(), "amount": lines["sales_value"],
        "category": lines["product_id"].map(products),
    })  # fmt: skip
    whole = windows(pd.Timestamp("2017-01-01"), pd.Timestamp("2017-12-31"), "quarter")
    found = categories_of(table, whole)
    quarter = table[table["date"].dt.quarter == 2]
    by = quarter.groupby("category").agg(
        buyers=("customer", "nunique"), orders=("order_id", "nunique"), spend=("amount", "sum")
    )
    made = found.decomposition(1)
    assert set(made.index) - {"none"} == set(by.index)
    pd.testing.assert_frame_equal(
        made.loc[by.index, ["buyers", "orders", "spend"]], by, check_names=False, check_dtype=False, rtol=1e-12
    )
    assert np.isclose(made["spend"].sum(), quarter["amount"].sum())
    together = found.bought_together(1)
    pair = [set(quarter.loc[quarter["category"] == name, "customer"]) for name in ("GROCERY", "PRODUCE")]
    assert np.isclose(together.loc["GROCERY", "PRODUCE"], len(pair[0] & pair[1]) / len(pair[0]))
