"""Customers' days with orders as sorted arrays, from which any stretch of any customer's life is summed at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.data.company import Company
from clvlab.data.days import day_number, day_numbers
from clvlab.errors import InputError

Float = NDArray[np.float64]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]

NEVER = 1_000_000  # a day number after every other
_SPAN = 4_000_000  # days between one customer's days and the next one's, in keys


@dataclass(frozen=True, eq=False)
class Dated:
    """Rows of customers with a day, summed over stretches of time.

    Attributes
    ----------
    key : array of int
        Customer and day in one number, ascending.
    totals : mapping of str to array
        Running totals of what is summed, one entry more than rows.
    """

    key: Whole
    totals: Mapping[str, Float]

    def before(self, who: Whole, day: Whole) -> Whole:
        """Rows of earlier customers, and of these up to a day, the day included."""
        return np.searchsorted(self.key, who * _SPAN + day + _SPAN // 2, side="right")

    def total(self, what: str, who: Whole, after: Whole, until: Whole) -> Float:
        """Totals of customers over (after, until]; 0 where that is empty."""
        running = self.totals[what]
        return running[self.before(who, np.maximum(until, after))] - running[self.before(who, after)]


def dated(who: Whole, day: Whole, values: Mapping[str, Float]) -> Dated:
    """Sort rows by customer and day, and total them.

    >>> rows = dated(np.array([1, 0, 0]), np.array([5, 9, 3]), {"spend": np.array([1.0, 2.0, 4.0])})
    >>> rows.total("spend", np.array([0, 0, 1]), np.array([3, 0, 0]), np.array([9, 9, 4])).tolist()
    [2.0, 6.0, 0.0]
    """
    key = who * _SPAN + day + _SPAN // 2
    place = np.argsort(key, kind="stable")
    return Dated(key[place], {name: np.append(0.0, np.cumsum(each[place])) for name, each in values.items()})


@dataclass(frozen=True, eq=False)
class Lives:
    """Customers with their orders and the day each joined the programme.

    Attributes
    ----------
    ids : Index
        Customers with an order.
    first, joined : array of int
        Day number of the first order, and of joining; ``NEVER`` of who has not joined.
    end : int
        The day that counts as now.
    orders : Dated
        Sums "purchases" and "spend".
    earned : Dated or None
        Sums "profit": amount less cost of order lines.
    rewards : Dated or None
        Sums "rewards": what redeemed rewards cost.
    fees : Dated or None
        Sums "fees".
    """

    ids: pd.Index
    first: Whole
    joined: Whole
    end: int
    orders: Dated
    earned: Dated | None
    rewards: Dated | None
    fees: Dated | None

    @cached_property
    def n(self) -> int:
        """Number of customers."""
        return len(self.ids)

    @cached_property
    def last_day(self) -> Whole:
        """Days of the orders, by customer and day."""
        return self.orders.key % _SPAN - _SPAN // 2

    def history(self, who: Whole, day: Whole) -> tuple[Float, Float, Float]:
        """Repeat purchases, age at the last one and age now, in days, as known at the end of a day."""
        upto = self.orders.before(who, day)
        start = self.orders.before(who, self.first[who])
        last = np.where(upto > start, self.last_day[np.maximum(upto - 1, 0)], self.first[who])
        age = np.maximum(day - self.first[who], 0)
        return np.maximum(upto - start, 0).astype(float), (last - self.first[who]).astype(float), age.astype(float)

    def rows_of(self, what: str) -> Dated | None:
        """The rows that hold a total."""
        held = {"purchases": self.orders, "spend": self.orders, "profit": self.earned, "rewards": self.rewards,
                "fees": self.fees}  # fmt: skip
        return held[what]


def lives(company: Company, *, most: int | None = None, seed: int = 0) -> Lives:
    """Read a company's customers into arrays.

    Parameters
    ----------
    company : Company
        Its orders; memberships, order lines with costs, and rewards where they are there.
    most : int, optional
        Customers drawn at random at most.
    seed : int

    Raises
    ------
    InputError
        There is no table of orders.
    """
    if "orders" not in company:
        raise InputError("What a programme is followed by needs a table of orders, which is not there.")
    bought = company.frame("orders")
    ids = pd.Index(pd.unique(bought["customer"]), name="customer_id")
    if most is not None and len(ids) > most:
        ids = ids[np.sort(np.random.default_rng(seed).choice(len(ids), most, replace=False))]
    end = day_number(company.as_of)
    who, day, rows = _placed(bought, ids, end)
    first = np.full(len(ids), NEVER)
    np.minimum.at(first, who, day)
    spend = np.nan_to_num(rows["amount"].to_numpy(float))
    orders = dated(who, day, {"purchases": np.ones(len(who)), "spend": spend})
    joined, fees = _joined(company, ids, end)
    return Lives(ids, first, joined, end, orders, _earned(company, ids, end), _rewards(company, ids, end), fees)


def _placed(frame: pd.DataFrame, ids: pd.Index, end: int) -> tuple[Whole, Whole, pd.DataFrame]:
    who = ids.get_indexer(pd.Index(frame["customer"]))
    day = day_numbers(frame["date"])
    kept = (who >= 0) & (day <= end)
    return who[kept].astype(np.int64), day[kept], frame[kept]


def _joined(company: Company, ids: pd.Index, end: int) -> tuple[Whole, Dated | None]:
    joined = np.full(len(ids), NEVER)
    if "memberships" not in company:
        return joined, None
    who, day, rows = _placed(company.frame("memberships"), ids, end)
    np.minimum.at(joined, who, day)
    if "fee" not in rows:
        return joined, None
    fee = np.nan_to_num(rows["fee"].to_numpy(float, na_value=np.nan))
    return joined, dated(who, day, {"fees": fee})


def _earned(company: Company, ids: pd.Index, end: int) -> Dated | None:
    if "order_lines" not in company:
        return None
    lines = company.frame("order_lines")
    if not all(name in lines and not lines[name].isna().all() for name in ("customer", "date", "amount", "cost")):
        return None
    who, day, rows = _placed(lines, ids, end)
    profit = (rows["amount"] - rows["cost"]).to_numpy(float, na_value=np.nan)
    return dated(who, day, {"profit": np.nan_to_num(profit)})


def _rewards(company: Company, ids: pd.Index, end: int) -> Dated | None:
    if "rewards" not in company or "value" not in company.frame("rewards"):
        return None
    who, day, rows = _placed(company.frame("rewards"), ids, end)
    value = np.nan_to_num(rows["value"].to_numpy(float, na_value=np.nan))
    if "redeemed" in rows:
        value = value * rows["redeemed"].fillna(False).to_numpy(bool)
    return dated(who, day, {"rewards": value})
