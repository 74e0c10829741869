"""How customers changed from one period to another: who stayed, left and came, and who moved up or down."""

import numpy as np
import pandas as pd

from clvlab.customers.audit.bridge import bridge
from clvlab.customers.audit.one_period import TENTHS, decile_of
from clvlab.customers.audit.table import COLUMNS, Float, PeriodTable, Whole, factors, sums
from clvlab.customers.intervals import share as interval_of_share

GROUPS = ("both", "first_only", "second_only")
MOVES = ("up", "same", "down", "gone", "came")
ABSENT = TENTHS


def overlap(table: PeriodTable, first: int, second: int) -> pd.DataFrame:
    """Customers of both periods, of the first alone and of the second alone.

    Returns
    -------
    DataFrame, index group ("both", "first_only", "second_only")
        customers; new (of second_only: acquired after the first period); of each period, "_before" and "_after":
        transactions, spend, profit, aof, aov, margin; change (of profit). The last three rows' profits add up to the
        periods' own.
    """
    group = _groups(table, first, second)
    found = pd.DataFrame(
        {"customers": [int((group == g).sum()) for g in range(3)]}, index=pd.Index(GROUPS, name="group")
    )
    found["new"] = [int(((group == g) & (table.acquired > first)).sum()) for g in range(3)]
    for t, when in ((first, "before"), (second, "after")):
        rows = table.rows(t)
        own = factors(sums(group[table.who[rows]], 3, *(getattr(table, name)[rows] for name in COLUMNS)))
        for name in (*COLUMNS, "aof", "aov", "margin"):
            found[f"{name}_{when}"] = own[name].to_numpy()
    return found.assign(change=found["profit_after"] - found["profit_before"])


def _groups(table: PeriodTable, first: int, second: int) -> Whole:
    """Group of each customer; -1 of who bought in neither."""
    there = [np.zeros(table.n, dtype=bool) for _ in range(2)]
    for t, flags in zip((first, second), there, strict=True):
        flags[table.who[table.rows(t)]] = True
    before, after = there
    return np.select([before & after, before, after], [0, 1, 2], -1)


def bought_again(table: PeriodTable) -> pd.DataFrame:
    """Of each period's buyers, those who bought in the next.

    Returns
    -------
    DataFrame, index period (all but the last)
        customers, again, share with low and high (95 % confidence interval).
    """
    rows = []
    for t in range(len(table.periods) - 1):
        group = _groups(table, t, t + 1)
        rows.append((int((group == 0).sum() + (group == 1).sum()), int((group == 0).sum())))
    counts = np.array(rows, dtype=float).reshape(-1, 2)
    share, low, high = interval_of_share(counts[:, 1], counts[:, 0])
    return pd.DataFrame(
        {"customers": counts[:, 0].astype(int), "again": counts[:, 1].astype(int), "share": share, "low": low,
         "high": high}, index=table.periods[:-1].rename("period"),
    )  # fmt: skip


def profit_bridge(table: PeriodTable, first: int, second: int) -> pd.DataFrame:
    """From the profit of one period to that of another, step by step.

    Returns
    -------
    DataFrame, index step
        "before"; "lost" (customers of the first period alone); "aof", "aov", "margin" and "remainder" of customers of
        both; "returned" and "new" (customers of the second alone, acquired before or after the first period's end);
        "after". Column profit: the first and last are profits, the others add up to their difference.
    """
    found = overlap(table, first, second)
    both = found.loc["both"]
    sides = [
        pd.Series({name: both[f"{name}_{when}"] for name in ("aof", "aov", "margin", "profit")})
        for when in ("before", "after")
    ]
    for side in sides:
        side["customers"] = both["customers"]
    parts = bridge(*sides)
    rows = table.rows(second)
    who = table.who[rows]
    came = _groups(table, first, second)[who] == 2
    fresh = table.acquired[who] > first
    steps = {
        "before": float(found["profit_before"].sum()),
        "lost": -float(found["profit_before"].to_numpy()[1]),
        **{name: float(parts[name]) for name in ("aof", "aov", "margin")},
        "remainder": float(parts["remainder"] + parts["customers"]),
        "returned": float(table.profit[rows][came & ~fresh].sum()),
        "new": float(table.profit[rows][came & fresh].sum()),
        "after": float(found["profit_after"].sum()),
    }
    return pd.Series(steps, name="profit").rename_axis("step").to_frame()


def switching(table: PeriodTable, first: int, second: int) -> pd.DataFrame:
    """How many customers moved from each decile of profit to each: on the first period's bounds.

    Returns
    -------
    DataFrame, index and columns 1 to 10 and "absent"
        Customers. Absent in both are those acquired by the end of the second period who bought in neither.
    """
    old, new = _places(table, first, second)
    base = table.acquired <= second
    counts = np.zeros((TENTHS + 1, TENTHS + 1), dtype=np.int64)
    np.add.at(counts, (old[base], new[base]), 1)
    names = pd.Index([*range(1, TENTHS + 1), "absent"], dtype=object)
    return pd.DataFrame(counts, index=names.rename("before"), columns=names.rename("after"))


def moves(table: PeriodTable, first: int, second: int) -> pd.DataFrame:
    """Customers by how they moved between deciles of profit on the first period's bounds.

    Returns
    -------
    DataFrame, index move ("up", "same", "down", "gone", "came")
        customers, profit_before, profit_after, change. Their profits add up to the periods'.
    """
    old, new = _places(table, first, second)
    there = (old != ABSENT) | (new != ABSENT)
    move = np.select([old == ABSENT, new == ABSENT, new < old, new == old], [4, 3, 0, 1], 2)
    profits = [table.of(t, "profit") for t in (first, second)]
    found: dict[str, np.ndarray] = {"customers": np.bincount(move[there], minlength=len(MOVES))}
    for name, profit in zip(("profit_before", "profit_after"), profits, strict=True):
        found[name] = np.bincount(move, weights=profit, minlength=len(MOVES))
    made = pd.DataFrame(found, index=pd.Index(MOVES, name="move"))
    return made.assign(change=made["profit_after"] - made["profit_before"])


def _places(table: PeriodTable, first: int, second: int) -> tuple[Whole, Whole]:
    """Decile of each customer in both periods, 0 the highest; 10 of who did not buy."""
    rows, later = table.rows(first), table.rows(second)
    profit = table.profit[rows]
    decile = decile_of(profit)
    old, new = (np.full(table.n, ABSENT) for _ in range(2))
    old[table.who[rows]] = decile
    if len(profit):
        new[table.who[later]] = np.searchsorted(-_lowest(profit, decile), -table.profit[later], side="left").clip(
            max=TENTHS - 1
        )
    else:
        new[table.who[later]] = decile_of(table.profit[later])
    # Of equal profits at a bound the deciles themselves say who is in which.
    both = (old != ABSENT) & (new != ABSENT)
    level = np.flatnonzero(both)
    unchanged = table.of(first, "profit")[level] == table.of(second, "profit")[level]
    new[level[unchanged]] = old[level[unchanged]]
    return old, new


def _lowest(profit: Float, decile: Whole) -> Float:
    """The lowest profit of each decile; of a decile that nobody is in, that of the one before."""
    found = np.full(TENTHS, np.inf)
    np.minimum.at(found, decile, profit)
    return np.minimum.accumulate(found)
