"""How customers differ within a period: distributions, and deciles of customers and of profit."""

import numpy as np
import pandas as pd

from clvlab.customers.audit.table import Float, PeriodTable, Whole, factors, sums
from clvlab.errors import InputError

TENTHS = 10
QUANTITIES = ("transactions", "spend", "profit", "spend_per_transaction", "margin")
SHARES = (0.0, 0.01, 0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95, 0.99, 1.0)


def decomposition(table: PeriodTable) -> pd.DataFrame:
    """Profit of each period as customers x aof x aov x margin.

    Returns
    -------
    DataFrame, index period
        customers, transactions, spend, profit, aof, aov, margin.
    """
    found = factors(sums(table.when, len(table.periods), table.transactions, table.spend, table.profit))
    return found.set_axis(table.periods, axis=0).rename_axis("period")


def deciles(table: PeriodTable, t: int) -> pd.DataFrame:
    """Ten groups of equally many customers, from those of the highest profit to those of the lowest.

    Returns
    -------
    DataFrame, index decile, 1 to 10
        customers, transactions, spend, profit, aof, aov, margin; share (of the period's profit), cumulative; highest
        and lowest (profit of a customer).
    """
    profit = table.profit[table.rows(t)]
    return _tenths(table, t, decile_of(profit))


def profit_deciles(table: PeriodTable, t: int) -> pd.DataFrame:
    """Ten groups of equal profit, from the customers of the highest: as ``deciles`` has it.

    A customer belongs to the tenth in which the profit of those before ends; who earns nothing or less is in the last.
    """
    profit = table.profit[table.rows(t)]
    order = np.argsort(-profit, kind="stable")
    total = profit.sum()
    if len(profit) and not total > 0:
        raise InputError(f"{table.periods[t]} has no profit to divide into tenths: it is {total:,.2f} in all.")
    before = (np.cumsum(profit[order]) - profit[order]) / total if len(profit) else profit
    tenth = np.empty(len(profit), dtype=np.int64)
    tenth[order] = np.clip(np.floor(before * TENTHS + 1e-9).astype(np.int64), 0, TENTHS - 1)
    tenth[profit <= 0] = TENTHS - 1
    return _tenths(table, t, tenth)


def decile_of(value: Float) -> Whole:
    """Tenth of each value, 0 the highest; equal values go by their order, so that tenths are of equal size."""
    found = np.empty(len(value), dtype=np.int64)
    found[np.argsort(-value, kind="stable")] = np.arange(len(value)) * TENTHS // max(len(value), 1)
    return found


def _tenths(table: PeriodTable, t: int, tenth: Whole) -> pd.DataFrame:
    rows = table.rows(t)
    profit = table.profit[rows]
    found = factors(sums(tenth, TENTHS, table.transactions[rows], table.spend[rows], profit))
    total = profit.sum()
    share = found["profit"] / (total if total else np.nan)
    ends = pd.Series(profit).groupby(tenth).agg(["max", "min"]).reindex(range(TENTHS))
    return found.assign(
        share=share, cumulative=share.cumsum(), highest=ends["max"], lowest=ends["min"]
    ).set_axis(pd.RangeIndex(1, TENTHS + 1, name="decile"), axis=0)  # fmt: skip


def distribution(table: PeriodTable, t: int) -> pd.DataFrame:
    """How transactions, spend, profit, spend per transaction and margin are spread over the period's customers.

    Returns
    -------
    DataFrame, index quantity
        customers (of whom it is known), mean, sd, and quantiles: "0%" (the least) to "100%" (the most).
    """
    rows = table.rows(t)
    count, spend, profit = table.transactions[rows], table.spend[rows], table.profit[rows]
    with np.errstate(divide="ignore", invalid="ignore"):
        each = dict(zip(QUANTITIES, (count, spend, profit, spend / count, np.where(spend > 0, profit / spend, np.nan)),
                        strict=True))  # fmt: skip
    found = {}
    for name, values in each.items():
        known = values[~np.isnan(values)]
        ends = np.quantile(known, SHARES) if known.size else np.full(len(SHARES), np.nan)
        found[name] = {
            "customers": known.size,
            "mean": known.mean() if known.size else np.nan,
            "sd": known.std(ddof=1) if known.size > 1 else np.nan,
            **{f"{share:.0%}": end for share, end in zip(SHARES, ends, strict=True)},
        }
    return pd.DataFrame.from_dict(found, orient="index").rename_axis("quantity")


def by_transactions(table: PeriodTable, t: int, *, most: int = 10) -> pd.DataFrame:
    """Customers by number of purchases: ``most`` means that many or more.

    Returns
    -------
    DataFrame, index times
        customers, transactions, spend, profit, aof, aov, margin; share_of_customers, share_of_profit.
    """
    rows = table.rows(t)
    count = table.transactions[rows]
    times = np.minimum(np.ceil(count).astype(np.int64), most)
    found = factors(sums(times, most + 1, count, table.spend[rows], table.profit[rows])).iloc[1:]
    total = found[["customers", "profit"]].sum()
    shares = {
        f"share_of_{name}": found[name] / total[name] if total[name] else np.nan for name in ("customers", "profit")
    }
    return found.assign(**shares).rename_axis("times")
