"""The audit by product category, from order lines."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from clvlab.customers.audit.table import Float, Whole
from clvlab.customers.windows import Windows
from clvlab.errors import InputError
from clvlab.shown import Shown

NO_CATEGORY = "none"  # lines whose category is not known


@dataclass(frozen=True, eq=False, repr=False)
class Categories(Shown):
    """Lines of orders by category.

    Attributes
    ----------
    names : Index
        Categories; "none" of lines without one.
    customer, when, day, order, category : arrays of int, shape (lines,)
        Whose, in which period (-1 outside whole ones), on which day, of which order, of which category.
    spend, profit : arrays, shape (lines,)
    periods : PeriodIndex
    margin_known : bool
        Whether profit is one, and not spend.
    unused : int
        Lines without a customer, a day or an amount, which are in none of this.
    """

    names: pd.Index
    customer: Whole
    when: Whole
    day: Whole
    order: Whole
    category: Whole
    spend: Float
    profit: Float
    periods: pd.PeriodIndex
    margin_known: bool
    unused: int

    def decomposition(self, t: int) -> pd.DataFrame:
        """Profit of each category in a period: active x penetration x aof x spend_per_order x margin.

        Returns
        -------
        DataFrame, index category, the most profit first
            active (customers of the period, the same in each row), buyers, penetration, orders (with a line of it), aof
            (of its buyers), spend, spend_per_order, margin, profit, share (of the period's profit). Spend and profit
            add up to the period's.
        """
        rows = np.flatnonzero(self.when == t)
        k, category = len(self.names), self.category[rows]
        active = int(np.unique(self.customer[rows]).size)
        found = pd.DataFrame({
            "active": active,
            "buyers": _distinct(category, self.customer[rows], k),
            "orders": _distinct(category, self.order[rows], k),
            "spend": np.bincount(category, weights=self.spend[rows], minlength=k),
            "profit": np.bincount(category, weights=self.profit[rows], minlength=k),
        }, index=self.names.rename("category"))  # fmt: skip
        found = found[found["orders"] > 0]
        total = found["profit"].sum()
        with np.errstate(divide="ignore", invalid="ignore"):
            made = found.assign(
                penetration=found["buyers"] / max(active, 1),
                aof=found["orders"] / found["buyers"],
                spend_per_order=found["spend"] / found["orders"],
                margin=np.where(found["spend"] != 0, found["profit"] / found["spend"], np.nan),
                share=found["profit"] / total if total else np.nan,
            )
        order = ["active", "buyers", "penetration", "orders", "aof", "spend", "spend_per_order", "margin", "profit",
                 "share"]  # fmt: skip
        return made[order].sort_values("profit", ascending=False, kind="stable")

    def bought_together(self, t: int) -> pd.DataFrame:
        """Customers of a period who bought from both of two categories.

        Returns
        -------
        DataFrame, one row and one column per category
            Share of the row's buyers who bought of the column's category too; 1 on the diagonal.
        """
        rows = np.flatnonzero(self.when == t)
        pairs = np.unique(self.customer[rows] * len(self.names) + self.category[rows])
        who, category = np.unique(pairs // len(self.names), return_inverse=True)[1], pairs % len(self.names)
        bought = csr_array(
            (np.ones(len(pairs)), (who, category)), shape=(int(who.max(initial=-1)) + 1, len(self.names))
        )
        both = (bought.T @ bought).toarray()
        kept = np.flatnonzero(np.diag(both) > 0)
        shares = both[np.ix_(kept, kept)] / np.diag(both)[kept][:, None]
        names = self.names[kept]
        return pd.DataFrame(shares, index=names.rename("category"), columns=names.rename("also"))

    @cached_property
    def _first_day(self) -> Whole:
        found = np.full(int(self.customer.max(initial=-1)) + 1, np.iinfo(np.int64).max)
        np.minimum.at(found, self.customer, self.day)
        return found

    def bought_first(self, until: int, *, within: int = 365) -> pd.DataFrame:
        """What customers bought on their first day, and what they did within a year.

        Parameters
        ----------
        until : int
            Last day of the records, in days since 1970.
        within : int
            Days; who was watched for less is left out.

        Returns
        -------
        DataFrame, index category, the most customers first
            customers (with it on their first day; a customer may be of several), share (of all customers watched so
            long), again (share who bought on another day within so many days), spend (per customer, first day
            included). Customers differ in more than what they bought first: no proof that a category makes them stay.
        """
        k = len(self.names)
        first = self._first_day
        watched = until - first >= within
        mine = watched[self.customer] & (self.day - first[self.customer] <= within)
        later = np.zeros(len(first), dtype=bool)
        later[self.customer[mine & (self.day > first[self.customer])]] = True
        spend = np.bincount(self.customer[mine], weights=self.spend[mine], minlength=len(first))
        opening = mine & (self.day == first[self.customer])
        pairs = np.unique(self.category[opening] * len(first) + self.customer[opening])
        category, who = np.divmod(pairs, max(len(first), 1))
        customers = np.bincount(category, minlength=k)
        with np.errstate(divide="ignore", invalid="ignore"):
            found = pd.DataFrame({
                "customers": customers, "share": customers / max(int(watched.sum()), 1),
                "again": np.bincount(category, weights=later[who], minlength=k) / customers,
                "spend": np.bincount(category, weights=spend[who], minlength=k) / customers,
            }, index=self.names.rename("category"))  # fmt: skip
        return found[found["customers"] > 0].sort_values("customers", ascending=False, kind="stable")


def categories_of(lines: pd.DataFrame, periods: Windows, *, margin: float | None = None) -> Categories:
    """Lines of orders by category and period.

    Parameters
    ----------
    lines : DataFrame
        customer, date, amount, category; order_id, where one customer's orders of a day are told apart; cost, where
        margins are to be known.
    periods : Windows
    margin : float, optional
        Share of spend that is earned; unset, amount less cost, or else profit is spend.

    Raises
    ------
    InputError
        A column is missing.
    """
    lacking = [name for name in ("customer", "date", "amount", "category") if name not in lines]
    if lacking:
        raise InputError(
            f"Categories need the column {', '.join(lacking)} of the table of order lines, which is not there."
        )
    amount = lines["amount"].to_numpy(float, na_value=np.nan)
    costed = margin is None and "cost" in lines and not lines["cost"].isna().all()
    cost = lines["cost"].to_numpy(float, na_value=np.nan) if costed else np.zeros(len(lines))
    earned = amount - cost if margin is None else amount * margin
    date = lines["date"].to_numpy().astype("datetime64[D]")
    known = lines["customer"].notna().to_numpy() & ~np.isnat(date) & ~np.isnan(earned)
    day = date[known].astype(np.int64)
    kept = lines.loc[known]
    customer = pd.factorize(kept["customer"])[0]
    order = pd.factorize(kept["order_id"])[0] if "order_id" in kept else _pairs(customer, day)
    category, names = pd.factorize(kept["category"], sort=True)
    if (category < 0).any():
        category = np.where(category < 0, len(names), category)
        names = pd.Index([*names, NO_CATEGORY])
    return Categories(
        names=pd.Index([str(name) for name in names]), customer=customer, when=np.asarray(periods.of(day)), day=day,
        order=np.asarray(order), category=np.asarray(category), spend=amount[known], profit=earned[known],
        periods=periods.index, margin_known=costed or margin is not None, unused=int((~known).sum()),
    )  # fmt: skip


def _pairs(customer: Whole, day: Whole) -> Whole:
    return np.asarray(np.unique(customer * (int(day.max(initial=0)) + 1) + day, return_inverse=True)[1])


def _distinct(group: Whole, what: Whole, groups: int) -> NDArray[np.int64]:
    """How many different ones each group has."""
    size = int(what.max(initial=0)) + 1
    return np.bincount(np.unique(group * size + what) // size, minlength=groups)
