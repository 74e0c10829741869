"""What read_orders returns: purchases, customers and the ledger, as known now or on an earlier day."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from clvlab.data.days import DateLike, as_day, day_number, to_days
from clvlab.data.opening import Opening, opening_of
from clvlab.data.reading.columns import Columns
from clvlab.data.reading.ledger import ledger_text
from clvlab.data.store import Store
from clvlab.errors import InputError
from clvlab.notes import Note
from clvlab.shown import Shown


@dataclass(frozen=True, eq=False, repr=False)
class Orders(Shown):
    """A shop's orders, with one reason per row, ready to be summarised as histories.

    Made by :func:`read_orders`. Nothing in it changes; ``until`` gives the orders as they stood on a day.

    Attributes
    ----------
    source
        Name of the file, address of the database without its secrets, or kind of frame.
    ledger
        DataFrame: reason, used (bool), rows, amount (the source's unit), examples (tuple of the first source
        rows, 1-based). The rows add up to the rows read. "purchase" rows, and the used ones among "zero
        amount" and "duplicate", make the purchases; used refunds reduce them.
    rows_read
        Rows in the source.
    first_date, last_date
        Days (Timestamp) of the first order and of the last row that is used, order or refund.
    attributes
        Names of the columns carried along.
    has_amounts
        Whether amounts are known; where not, every amount is NaN.
    refunds
        "net" or "drop", as asked for.
    notes
        What was recognised, decided and noticed.
    """

    source: str
    ledger: pd.DataFrame
    rows_read: int
    first_date: pd.Timestamp
    last_date: pd.Timestamp
    attributes: tuple[str, ...]
    has_amounts: bool
    refunds: str
    notes: tuple[Note, ...]
    columns: Columns
    _store: Store
    _end: int

    def _cut(self, end: DateLike | None) -> int:
        if end is None:
            return self._end
        return min(self._end, day_number(as_day(end, "end")))

    @cached_property
    def _counts(self) -> tuple[int, int]:
        customers = purchases = 0
        for block in self._store.blocks(self._end):
            purchases += len(block.code)
            customers += len(np.unique(block.code))
        return customers, purchases

    @property
    def n_customers(self) -> int:
        """Number of customers with a purchase."""
        return self._counts[0]

    @property
    def n_purchases(self) -> int:
        """Number of purchases: customers' days with orders, less those that refunds undid."""
        return self._counts[1]

    @cached_property
    def opening(self) -> Opening:
        """Whether the first month of the records holds an outsized share of first purchases."""
        firsts = [block.day[_starts(block.code)] for block in self._store.blocks(self._end)]
        days = np.concatenate(firsts) if firsts else np.empty(0, dtype=int)
        return opening_of(days, self.first_date)

    def purchases(self, end: DateLike | None = None) -> pd.DataFrame:
        """Return one row per purchase, as known at ``end`` (inclusive; default the last order).

        Returns
        -------
        DataFrame
            customer_id, date, amount (what the day's orders came to, refunds up to ``end`` taken off), sorted
            by customer_id and date.
        """
        blocks = list(self._store.blocks(self._cut(end)))
        code = np.concatenate([block.code for block in blocks])
        return pd.DataFrame(
            {
                "customer_id": self._store.customer_ids().take(code).array,
                "date": to_days(np.concatenate([block.day for block in blocks])),
                "amount": np.concatenate([block.amount for block in blocks]),
            }
        )

    def customers(self, end: DateLike | None = None) -> pd.DataFrame:
        """Return one row per customer, as known at ``end`` (inclusive; default the last order).

        Returns
        -------
        DataFrame
            Index customer_id; first_purchase, and each attribute as it stood at the first order. Where the
            first day has several orders, the earliest counts, then the first row of the source.
        """
        cut = self._cut(end)
        codes, days = [], []
        for block in self._store.blocks(cut):
            at = _starts(block.code)
            codes.append(block.code[at])
            days.append(block.day[at])
        return self._describe(np.concatenate(codes), np.concatenate(days))

    def _describe(self, code: np.ndarray, first: np.ndarray) -> pd.DataFrame:
        index = self._store.customer_ids().take(code)
        frame = pd.DataFrame({"first_purchase": to_days(first)}, index=index)
        if self.attributes:
            kept = self._store.attributes(len(self.attributes))
            kept.columns = pd.Index(["code", "day", *self.attributes])
            wanted = pd.DataFrame({"code": code, "day": first})
            found = wanted.merge(kept, on=["code", "day"], how="left", validate="one_to_one")
            for column in self.attributes:
                frame[column] = found[column].array
        return frame

    def daily(self, end: DateLike | None = None) -> pd.DataFrame:
        """Return totals by day, as known at ``end`` (inclusive): date, purchases, customers, amount.

        ``purchases`` and ``customers`` are equal, as a customer's orders of one day are one purchase;
        ``customers`` counts those who buy for the first time in ``new_customers``.
        """
        cut = self._cut(end)
        days, starts, amounts = [], [], []
        for block in self._store.blocks(cut):
            first = np.zeros(len(block.code), dtype=bool)
            first[_starts(block.code)] = True
            days.append(block.day)
            starts.append(first)
            amounts.append(block.amount)
        frame = pd.DataFrame(
            {
                "date": np.concatenate(days),
                "amount": np.concatenate(amounts),
                "new": np.concatenate(starts),
            }
        )
        grouped = frame.groupby("date", sort=True)
        out = pd.DataFrame(
            {
                "purchases": grouped.size(),
                "customers": grouped.size(),
                "new_customers": grouped["new"].sum(),
                "amount": grouped["amount"].sum(min_count=1),
            }
        ).reset_index()
        out["date"] = to_days(out["date"].to_numpy())
        return out

    def until(self, date: DateLike) -> "Orders":
        """Return the orders as known at the end of a day, without later orders and refunds.

        The ledger still describes the whole source.
        """
        day = as_day(date, "date")
        cut = min(self._end, day_number(day))
        if day < self.first_date:
            raise InputError(
                f"No order is that early: the orders run from {self.first_date:%Y-%m-%d} to "
                f"{self.last_date:%Y-%m-%d}, and until({day:%Y-%m-%d}) was asked for."
            )
        _, latest = self._store.span(cut) or (cut, cut)
        last = pd.Timestamp(to_days(np.array([latest]))[0])
        notes = (*self.notes, Note("data.as_it_stood", day=day))
        return replace(self, last_date=last, notes=notes, _end=cut)

    def described(self) -> str:
        """Return a plain table: columns read, span, counts and ledger."""
        counts = {
            "source": self.source,
            **self.columns.roles,
            "first_date": f"{self.first_date:%Y-%m-%d}",
            "last_date": f"{self.last_date:%Y-%m-%d}",
            "customers": f"{self.n_customers:,}",
            "purchases": f"{self.n_purchases:,}",
        }
        lines = [f"{name:<14}{value}" for name, value in counts.items()]
        return "\n".join([*lines, "", ledger_text(self.ledger)])

    def describe(self) -> str:
        """Return a plain table: columns read, span, counts, ledger, and notes as codes with their values."""
        return "\n".join([self.described(), "", *map(str, (*self.notes, self.opening.note))])

    def __repr__(self) -> str:
        """Return one line: source, span, customers, purchases, rows refused."""
        refused = int(self.ledger.loc[~self.ledger["used"], "rows"].sum())
        return (
            f"<Orders from {self.source}: {self.first_date:%Y-%m-%d} to {self.last_date:%Y-%m-%d}, "
            f"{self.n_customers:,} customers, {self.n_purchases:,} purchases, "
            f"{refused:,} of {self.rows_read:,} rows not used>"
        )


def _starts(code: np.ndarray) -> np.ndarray:
    """Places where a new customer begins in sorted codes."""
    return np.flatnonzero(np.r_[True, code[1:] != code[:-1]]) if len(code) else np.empty(0, dtype=np.intp)
