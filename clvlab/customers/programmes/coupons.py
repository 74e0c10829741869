"""Coupons and gifts: who redeemed them, after what, and at what margin. Descriptions: nobody drew who redeems."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from clvlab.customers.intervals import change, false_discovery, share
from clvlab.customers.programmes.lives import Float, Lives, Whole, lives
from clvlab.customers.programmes.problems import NotCompared, no_table
from clvlab.data.company import Company
from clvlab.data.days import day_numbers
from clvlab.notes import Note
from clvlab.shown import Shown

DAYS = 60  # after a coupon
SILENCE = (30, 90)  # days since the purchase before
ORDERS = (1, 3, 6)  # orders before: 0, 1 or 2, 3 to 5, 6 and more
UNKNOWN = "unknown"


@dataclass(frozen=True, eq=False, repr=False)
class Coupons(Shown):
    """Who redeemed coupons.

    Attributes
    ----------
    groups : DataFrame
        by ("kind", "value", "days_since", "orders_before"; all but the first only of kinds that are not always
        redeemed), group, coupons, redeemed, share with low and high (95 %
        confidence interval; coupons of one customer count together), p_value (of its share against the others'),
        differs (at most 10 % of those so marked are noise on average: Benjamini & Hochberg).
    margins : DataFrame, index redeemed (True, False)
        coupons, value (mean), profit and after_value: per coupon, profit of orders within ``days`` days after it, and
        that less the value of redeemed ones. Only coupons at least ``days`` days old. Empty where costs are unknown.
    coupons, customers, redeemed : int
    share, low, high : float
    days : int
    """

    groups: pd.DataFrame
    margins: pd.DataFrame
    coupons: int
    customers: int
    redeemed: int
    share: float
    low: float
    high: float
    days: int


def coupons(company: Company, *, days: int = DAYS) -> Coupons:
    """Describe who redeemed coupons and gifts, and what they bought afterwards.

    Parameters
    ----------
    company : Company
        Orders and rewards, of which redeemed; order lines with costs for margins.
    days : int
        After a coupon.

    Raises
    ------
    InputError
        No orders or rewards, or nothing says which were redeemed.

    Notes
    -----
    Whoever redeems a coupon buys on that day by definition: nothing here says what coupons change.

    Examples
    --------
    >>> from clvlab.data.simulate import company
    >>> found = coupons(company(500, seed=1).company())
    >>> found.low < found.share < found.high
    True
    """
    if "rewards" not in company:
        raise no_table("rewards", "Who redeemed coupons")
    table = company.frame("rewards")
    if "redeemed" not in table or table["redeemed"].isna().all():
        raise NotCompared(
            "Which rewards were redeemed needs the column redeemed in the table of rewards.",
            Note("actions_programmes.coupons.no_redeemed"),
        )
    known = lives(company)
    who = known.ids.get_indexer(pd.Index(table["customer"])).astype(np.int64)
    kept = (who >= 0) & table["redeemed"].notna().to_numpy()
    table, who = table[kept], who[kept]
    if not len(table):
        raise NotCompared("No reward is of a customer with orders.", Note("actions_programmes.coupons.of_nobody"))
    day = day_numbers(table["date"])
    used = table["redeemed"].to_numpy(bool)
    features = _features(known, table, who, day)
    groups = _groups(features[["kind"]], who, used) if "kind" in features else pd.DataFrame()
    # What is always used, as a gift that is handed over, says nothing about who redeems.
    open_ones = _ever_unused(features, used)
    groups = pd.concat(
        [groups, _groups(features[open_ones].drop(columns="kind", errors="ignore"), who[open_ones], used[open_ones])],
        ignore_index=True,
    )
    groups["differs"] = false_discovery(groups["p_value"])
    hits, of = _counted(who, used)
    value, low, high = share(hits, of)
    return Coupons(groups, _margins(known, table, who, day, used, days), len(used), len(np.unique(who)),
                   int(used.sum()), float(value), float(low), float(high), days)  # fmt: skip


def _features(known: Lives, table: pd.DataFrame, who: Whole, day: Whole) -> pd.DataFrame:
    """Groups of each coupon; days and orders are those before the coupon's own day."""
    before = known.orders.before(who, day - 1)
    bought = before - known.orders.before(who, known.first[who] - 1)
    last = known.last_day[np.maximum(before - 1, 0)]
    found = {}
    if "kind" in table:
        found["kind"] = table["kind"].astype(str).where(table["kind"].notna(), UNKNOWN).to_numpy()
    if "value" in table and table["value"].nunique() <= 10:
        found["value"] = np.array([f"{each:g}" if each == each else UNKNOWN for each in table["value"].astype(float)])
    silence = np.array(["up_to_30", "31_to_90", "over_90"])[np.searchsorted(np.array(SILENCE), day - last, side="left")]
    found["days_since"] = np.where(bought > 0, silence, "no_purchase")
    orders = np.array(["none", "1_to_2", "3_to_5", "6_and_more"])
    found["orders_before"] = orders[np.searchsorted(np.array(ORDERS), bought, side="right")]
    return pd.DataFrame(found)


def _counted(who: Whole, used: np.ndarray) -> tuple[float, float]:
    """Hits and trials as so many independent ones as coupons of customers are worth (Rao & Scott 1992)."""
    _, at = np.unique(who, return_inverse=True)
    size, hits = np.bincount(at).astype(float), np.bincount(at, weights=used.astype(float))
    n, p = float(size.sum()), float(hits.sum() / size.sum())
    if len(size) < 2 or p in (0.0, 1.0):
        return float(hits.sum()), n
    spread = float(((hits - p * size) ** 2).sum()) * len(size) / (len(size) - 1)
    worth = max(spread / (n * p * (1.0 - p)), 1.0)
    return float(hits.sum()) / worth, n / worth


def _groups(features: pd.DataFrame, who: Whole, used: np.ndarray) -> pd.DataFrame:
    rows = []
    for by in features:
        names = features[by].to_numpy()
        levels = pd.unique(names)
        for group in sorted(levels):
            inside = names == group
            hits, of = _counted(who[inside], used[inside])
            value, low, high = share(hits, of)
            p_value = np.nan
            if len(levels) > 1:
                p_value = float(change(hits, of, *_counted(who[~inside], used[~inside])).p_value)
            rows.append((by, group, int(inside.sum()), int(used[inside].sum()), float(value), float(low), float(high),
                         p_value))  # fmt: skip
    table = pd.DataFrame(rows, columns=["by", "group", "coupons", "redeemed", "share", "low", "high", "p_value"])
    return table


def _ever_unused(features: pd.DataFrame, used: np.ndarray) -> np.ndarray:
    if "kind" not in features:
        return np.ones(len(used), dtype=bool)
    always = pd.Series(used).groupby(features["kind"].to_numpy()).transform("all").to_numpy()
    return ~always if not always.all() else np.ones(len(used), dtype=bool)


def _margins(
    known: Lives, table: pd.DataFrame, who: Whole, day: Whole, used: np.ndarray, days: int
) -> pd.DataFrame:  # fmt: skip
    if known.earned is None or "value" not in table:
        return pd.DataFrame()
    old = day + days <= known.end
    if not old.any():
        return pd.DataFrame()
    profit: Float = known.earned.total("profit", who, day, day + days)
    value = np.nan_to_num(table["value"].to_numpy(float, na_value=np.nan))
    rows = pd.DataFrame({"redeemed": used, "coupons": 1, "value": value, "profit": profit,
                         "after_value": profit - value * used})[old]  # fmt: skip
    by = rows.groupby("redeemed")
    return pd.concat([by["coupons"].sum(), by[["value", "profit", "after_value"]].mean()], axis=1)
