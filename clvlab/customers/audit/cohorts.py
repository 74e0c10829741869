"""How cohorts of customers evolve, one by one and side by side, and how they make up the whole base."""

import numpy as np
import pandas as pd

from clvlab.customers.audit.one_period import TENTHS, decile_of
from clvlab.customers.audit.table import BEFORE, COLUMNS, PeriodTable, factors, sums
from clvlab.customers.intervals import share as interval_of_share
from clvlab.errors import InputError

MOST_PATTERNS = 20


def cohorts(table: PeriodTable) -> pd.DataFrame:
    """Each cohort in each period since it was acquired: profit = size x active_share x aof x aov x margin.

    Returns
    -------
    DataFrame, index (cohort, period)
        age (periods since acquisition; missing of customers of before the records), size, customers (who bought),
        active_share, transactions, spend, profit, aof, aov, margin, spend_per_active, profit_per_active. Cohort is
        "before" or a period. Customers, transactions, spend and profit add up to each period's.
    """
    periods = len(table.periods)
    code = (table.cohort + 1) * periods + table.when
    found = factors(sums(code, (periods + 1) * periods, *(getattr(table, name) for name in COLUMNS)))
    cohort, at = np.divmod(np.arange(len(found)), periods)
    cohort = cohort - 1
    size = np.bincount(table.acquired + 1, minlength=periods + 2)[: periods + 1]
    found["size"] = size[cohort + 1]
    found["age"] = np.where(cohort == BEFORE, np.nan, at - cohort)
    kept = found[(at >= cohort) & (found["size"].to_numpy() > 0)]
    with np.errstate(divide="ignore", invalid="ignore"):
        kept = kept.assign(
            active_share=kept["customers"] / kept["size"],
            spend_per_active=kept["spend"] / kept["customers"].where(kept["customers"] > 0),
            profit_per_active=kept["profit"] / kept["customers"].where(kept["customers"] > 0),
        )
    labels = [table.label(int(each)) for each in cohort[kept.index]]
    order = ["age", "size", "customers", "active_share", *COLUMNS, "aof", "aov", "margin", "spend_per_active",
             "profit_per_active"]  # fmt: skip
    index = pd.MultiIndex.from_arrays([labels, table.periods[at[kept.index]]], names=["cohort", "period"])
    return kept[order].set_axis(index, axis=0)


def c3(found: pd.DataFrame, column: str = "profit") -> pd.DataFrame:
    """Customer cohort chart: a column of ``cohorts``, one row per period, one column per cohort, the oldest first."""
    order = found.index.get_level_values("cohort").unique()
    return found.pivot_table(column, "period", "cohort", aggfunc="first", dropna=False).reindex(columns=order)


def compared(
    found: pd.DataFrame, chosen: list[str], column: str = "profit", *, by: str = "age", indexed: bool = False
) -> pd.DataFrame:
    """Cohorts side by side.

    Parameters
    ----------
    found : DataFrame
        As ``cohorts`` returns it.
    chosen : list of str
        Cohorts; "before" has no age.
    column : str
        Of ``cohorts``.
    by : {"age", "period"}
        Aligned by periods since acquisition, or by the calendar.
    indexed : bool
        As a multiple of the cohort's own first period.

    Returns
    -------
    DataFrame
        One row per age or period, one column per cohort.

    Raises
    ------
    InputError
        No such cohort or column, or ``by`` is neither.
    """
    known = list(found.index.get_level_values("cohort").unique())
    strange = [each for each in chosen if each not in known]
    if strange or not chosen:
        raise InputError(f"There is no cohort {', '.join(strange) or 'named'}; there are {', '.join(known)}.")
    if column not in found:
        raise InputError(f"There is no column {column!r} of cohorts; there are {', '.join(found.columns)}.")
    if by not in ("age", "period"):
        raise InputError(f"by= is 'age' or 'period'; found {by!r}.")
    own = found.loc[chosen].reset_index().dropna(subset=[by])
    table = own.pivot_table(column, by, "cohort", aggfunc="first", dropna=False).reindex(columns=chosen)
    if by == "age":
        table.index = table.index.astype(int)
    if indexed:
        table = table / table.bfill().iloc[0]
    return table


def patterns(table: PeriodTable, cohort: int) -> pd.DataFrame:
    """In which periods since acquisition customers of a cohort bought.

    Returns
    -------
    DataFrame, index pattern, the most frequent first
        customers, share, profit. A pattern has a letter a period: A bought, - did not. The last row, "other", holds
        all patterns but the twenty most frequent.
    """
    since = max(cohort, 0)
    span = len(table.periods) - since
    own = np.flatnonzero(table.acquired == cohort)
    place = np.full(table.n, -1)
    place[own] = np.arange(len(own))
    there = np.zeros((len(own), span), dtype=bool)
    rows = np.flatnonzero(table.cohort == cohort)
    there[place[table.who[rows]], table.when[rows] - since] = True
    profit = np.bincount(place[table.who[rows]], weights=table.profit[rows], minlength=len(own))
    packed, where = np.unique(np.packbits(there, axis=1), axis=0, return_inverse=True)
    bits = np.unpackbits(packed, axis=1)[:, :span]
    found = pd.DataFrame({
        "pattern": ["".join("A" if bit else "-" for bit in row) for row in bits],
        "customers": np.bincount(where.ravel(), minlength=len(packed)),
        "profit": np.bincount(where.ravel(), weights=profit, minlength=len(packed)),
    }).sort_values(["customers", "pattern"], ascending=[False, False], kind="stable")  # fmt: skip
    shown, others = found.iloc[:MOST_PATTERNS], found.iloc[MOST_PATTERNS:]
    if len(others):
        rest = others[["customers", "profit"]].sum().to_frame().T.assign(pattern="other")
        shown = pd.concat([shown, rest.astype({"customers": int})])
    return shown.assign(share=shown["customers"] / max(len(own), 1)).set_index("pattern")[
        ["customers", "share", "profit"]
    ]


def repeat_buying(table: PeriodTable) -> pd.DataFrame:
    """Of each cohort, those who bought more than once so far.

    Returns
    -------
    DataFrame, index cohort
        size, again, share with low and high (95 % confidence interval). Older cohorts had longer to do so.
    """
    counts = np.bincount(table.who, weights=table.transactions, minlength=table.n)
    code = table.acquired + 1
    kept = code <= len(table.periods)
    size = np.bincount(code[kept], minlength=len(table.periods) + 1)
    again = np.bincount(code[kept], weights=(counts > 1)[kept], minlength=len(table.periods) + 1)
    labels = pd.Index([table.label(i - 1) for i in range(len(size))], name="cohort")
    share, low, high = interval_of_share(again, size)
    found = pd.DataFrame(
        {"size": size, "again": again.astype(int), "share": share, "low": low, "high": high}, index=labels
    )
    return found[found["size"] > 0]


def value_to_date(table: PeriodTable, cohort: int) -> pd.DataFrame:
    """Deciles of a cohort's customers by the profit they brought so far.

    Returns
    -------
    DataFrame, index decile, 1 (most) to 10
        customers, transactions, profit, mean (profit per customer), share (of the cohort's profit), highest, lowest.
    """
    own = np.flatnonzero(table.acquired == cohort)
    profit, count = (
        np.bincount(table.who, weights=each, minlength=table.n)[own] for each in (table.profit, table.transactions)
    )
    decile = decile_of(profit)
    made = pd.DataFrame({"profit": profit, "transactions": count}).groupby(decile).agg(
        customers=("profit", "size"), transactions=("transactions", "sum"), profit=("profit", "sum"),
        mean=("profit", "mean"), highest=("profit", "max"), lowest=("profit", "min"),
    ).reindex(range(TENTHS))  # fmt: skip
    total = profit.sum()
    made["share"] = made["profit"] / total if total else np.nan
    made["customers"] = made["customers"].fillna(0).astype(int)
    order = ["customers", "transactions", "profit", "mean", "share", "highest", "lowest"]
    return made[order].set_axis(pd.RangeIndex(1, TENTHS + 1, name="decile"), axis=0)
