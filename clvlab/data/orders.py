"""Orders: the contract between what a shop keeps and what a model needs."""

import html
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from clvlab.data.columns import Columns, recognise
from clvlab.data.ledger import bad_amount_note, ledger_text, make_ledger
from clvlab.data.lines import DUPLICATE, PURCHASE, REASONS, REFUND, UNSEEN, ZERO, make_lines
from clvlab.data.opening import Opening, opening_of
from clvlab.data.refunds import net_refunds
from clvlab.data.sources import open_source
from clvlab.data.sql import one_row
from clvlab.data.store import Store, connect
from clvlab.errors import InputError

Day = str | pd.Timestamp | Any


def as_day(value: Day, argument: str) -> pd.Timestamp:
    """Return the day of a date, whatever its type; an InputError names the argument where it is none."""
    try:
        day = pd.Timestamp(value)
    except (ValueError, TypeError):
        raise InputError(
            f"{argument}={value!r} is no date. Write it as year-month-day, such as '1997-09-30'."
        ) from None
    if day is pd.NaT:
        raise InputError(f"{argument}={value!r} is no date. Write it as year-month-day, such as '1997-09-30'.")
    return day.tz_localize(None).normalize().as_unit("s")


def day_number(day: pd.Timestamp) -> int:
    """Return the days since 1970-01-01."""
    return (day - pd.Timestamp(0)).days


def to_days(numbers: np.ndarray) -> np.ndarray:
    """Return days since 1970-01-01 as datetime64[s]."""
    return np.asarray(numbers).astype("datetime64[D]").astype("datetime64[s]")


@dataclass(frozen=True, eq=False, repr=False)
class Orders:
    """A shop's orders, one reason a row, ready to be summed up into histories.

    Made by :func:`read_orders`. Nothing in it changes; ``until`` gives the orders as they stood on a day.

    Attributes
    ----------
    source
        Name of the file, or kind of frame.
    ledger
        DataFrame: reason, used (bool), rows, amount (the source's unit), examples (tuple of the first source
        rows, 1-based). The rows add up to the rows read. "purchase" rows, and the used ones among "zero
        amount" and "duplicate", make the purchases; used refunds reduce them.
    rows_read
        Rows in the source.
    first_date, last_date
        Days (Timestamp) of the first and the last order that is used.
    attributes
        Names of the columns carried along.
    has_amounts
        Whether amounts are known; where not, every amount is NaN.
    refunds
        "net" or "drop", as asked for.
    notes
        Plain sentences: what was recognised, decided and noticed.
    """

    source: str
    ledger: pd.DataFrame
    rows_read: int
    first_date: pd.Timestamp
    last_date: pd.Timestamp
    attributes: tuple[str, ...]
    has_amounts: bool
    refunds: str
    notes: tuple[str, ...]
    columns: Columns
    _store: Store
    _end: int
    _cache: dict[str, Any] = field(default_factory=dict)

    def _cut(self, end: Day | None) -> int:
        if end is None:
            return self._end
        return min(self._end, day_number(as_day(end, "end")))

    def _counts(self) -> tuple[int, int]:
        if "counts" not in self._cache:
            customers = purchases = 0
            for block in self._store.blocks(self._end):
                purchases += len(block.code)
                customers += len(np.unique(block.code))
            self._cache["counts"] = (customers, purchases)
        return self._cache["counts"]

    @property
    def n_customers(self) -> int:
        """Number of customers with a purchase."""
        return self._counts()[0]

    @property
    def n_purchases(self) -> int:
        """Number of purchases: customers' days with orders, less those that refunds undid."""
        return self._counts()[1]

    @property
    def opening(self) -> Opening:
        """Whether the first month of the records holds an outsized share of first purchases."""
        if "opening" not in self._cache:
            firsts = [block.day[_starts(block.code)] for block in self._store.blocks(self._end)]
            days = np.concatenate(firsts) if firsts else np.empty(0, dtype=int)
            self._cache["opening"] = opening_of(days, self.first_date)
        return self._cache["opening"]

    def purchases(self, end: Day | None = None) -> pd.DataFrame:
        """Return one row a purchase, as known at ``end`` (inclusive; default the last order).

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

    def customers(self, end: Day | None = None) -> pd.DataFrame:
        """Return one row a customer, as known at ``end`` (inclusive; default the last order).

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

    def daily(self, end: Day | None = None) -> pd.DataFrame:
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

    def until(self, date: Day) -> "Orders":
        """Return the orders as they stood at the end of a day: later orders and later refunds unknown.

        The ledger still describes the whole source.
        """
        day = as_day(date, "date")
        cut = min(self._end, day_number(day))
        if day < self.first_date:
            raise InputError(
                f"No order is that early: the orders run from {self.first_date:%Y-%m-%d} to "
                f"{self.last_date:%Y-%m-%d}, and until({day:%Y-%m-%d}) was asked for."
            )
        with self._store.lock:
            row = one_row(self._store.con, "SELECT max(day) FROM days WHERE day <= ?", [cut])
        last = pd.Timestamp(to_days(np.array(row))[0])
        notes = (*self.notes, f"Seen as at {day:%Y-%m-%d}; the ledger describes the whole source.")
        return replace(self, last_date=last, notes=notes, _end=cut, _cache={})

    def describe(self) -> str:
        """Return the plain text that ``clvlab check`` prints: columns, span, counts, ledger and notes."""
        lines = [
            f"Orders from {self.source}",
            self.columns.sentence(),
            "",
            f"{'first order':<14}{self.first_date:%Y-%m-%d}",
            f"{'last order':<14}{self.last_date:%Y-%m-%d}",
            f"{'customers':<14}{self.n_customers:,}",
            f"{'purchases':<14}{self.n_purchases:,}   (a customer's orders of one day are one purchase)",
            "",
            ledger_text(self.ledger),
            "",
            *(f"- {note}" for note in (*self.notes, self.opening.sentence())),
        ]
        return "\n".join(lines)

    def __repr__(self) -> str:
        """Return one line: source, span, customers, purchases, rows refused."""
        refused = int(self.ledger.loc[~self.ledger["used"], "rows"].sum())
        return (
            f"<Orders from {self.source}: {self.first_date:%Y-%m-%d} to {self.last_date:%Y-%m-%d}, "
            f"{self.n_customers:,} customers, {self.n_purchases:,} purchases, "
            f"{refused:,} of {self.rows_read:,} rows not used>"
        )

    def _repr_html_(self) -> str:
        ledger = self.ledger.assign(examples=[", ".join(map(str, rows)) for rows in self.ledger["examples"]])
        table = ledger.to_html(index=False, escape=True, float_format="{:,.2f}".format, border=0)
        notes = "".join(f"<li>{html.escape(note)}</li>" for note in self.notes)
        return f"<p>{html.escape(repr(self)[1:-1])}</p>{table}<ul>{notes}</ul>"


def _starts(code: np.ndarray) -> np.ndarray:
    """Places where a new customer begins in sorted codes."""
    return np.flatnonzero(np.r_[True, code[1:] != code[:-1]]) if len(code) else np.empty(0, dtype=np.intp)


def read_orders(
    source: Any,
    *,
    customer: str | None = None,
    date: str | None = None,
    amount: str | None = None,
    quantity: str | None = None,
    price: str | None = None,
    product: str | None = None,
    order_id: str | None = None,
    attributes: Sequence[str] = (),
    refunds: Literal["net", "drop"] = "net",
    zero_amounts: Literal["keep", "drop"] = "keep",
    duplicates: Literal["keep", "drop"] = "keep",
    timezone: str | None = None,
    date_format: str | None = None,
) -> Orders:
    """Read orders or order lines, and account for every row.

    Parameters
    ----------
    source
        Path of a CSV (also .tsv, .txt, and any of them with .gz), Parquet or Excel file; or a pandas, polars,
        pyarrow, DuckDB or PySpark frame.
    customer, date, amount, quantity, price, product, order_id
        Column names. Those left out are recognised by the names in common use. The amount of a line is
        ``amount``, or ``quantity`` times ``price``.
    attributes
        Columns to carry along, such as country or channel; a customer has the value of the first order.
    refunds
        "net": a refund reduces the same customer's (and, where known, product's) latest earlier purchase,
        then earlier ones. "drop": refunds are left out, and what they gave back stays counted. A refund is a row
        with an amount below zero, or with an order number of a C and digits.
    zero_amounts
        "keep": an order of amount zero is a purchase. "drop": it is left out.
    duplicates
        "keep" or "drop" rows that equal an earlier one in every column of the source.
    timezone
        Zone whose days count, such as "Europe/London", for dates that state their zone or offset.
    date_format
        strptime pattern of dates written as text, such as "%d/%m/%Y"; needed where day and month could be
        taken for each other.

    Returns
    -------
    Orders

    Raises
    ------
    InputError
        The source cannot be read, a column is missing or ambiguous, dates follow no one format, or no row can
        be used.

    Examples
    --------
    >>> import pandas as pd
    >>> from clvlab.data.orders import read_orders
    >>> frame = pd.DataFrame(
    ...     {
    ...         "customer": ["ann", "ann", "bob", None],
    ...         "date": ["2024-01-05", "2024-02-01", "2024-01-09", "2024-01-10"],
    ...         "amount": [20.0, 35.0, 12.5, 8.0],
    ...     }
    ... )
    >>> read_orders(frame).ledger[["reason", "used", "rows", "amount"]]
                 reason   used  rows  amount
    0          purchase   True     3    67.5
    1  missing customer  False     1     8.0
    """
    _check_choice("refunds", refunds, ("net", "drop"))
    _check_choice("zero_amounts", zero_amounts, ("keep", "drop"))
    _check_choice("duplicates", duplicates, ("keep", "drop"))
    store = Store(*connect())
    con = store.con
    opened = open_source(con, source)
    columns = recognise(
        list(opened.types),
        customer=customer,
        date=date,
        amount=amount,
        quantity=quantity,
        price=price,
        product=product,
        order_id=order_id,
        attributes=attributes,
    )
    lines = make_lines(con, opened, columns, timezone=timezone, date_format=date_format, duplicates=True)
    used = f"reason IN ({PURCHASE}" + (f", {ZERO})" if zero_amounts == "keep" else ")")
    if duplicates == "drop":
        used += " AND NOT EXISTS (FROM twins WHERE twins.row = lines.row)"
    store.make_days(used=used)
    net = refunds == "net" and columns.has_amounts
    store.netting = net_refunds(con, used=used) if net else None
    if columns.attributes:
        store.make_attributes(len(columns.attributes), used=used)
    ledger = make_ledger(
        con,
        netting=store.netting,
        keep_zero=zero_amounts == "keep",
        keep_duplicates=duplicates == "keep",
        has_amounts=columns.has_amounts,
    )
    shown = "amount" if columns.amount else "concat(quantity, ' x ', price)"
    hints = bad_amount_note(con, ledger, shown) if columns.has_amounts else []
    span = one_row(con, "SELECT min(day), max(day) FROM days")
    if span[0] is None:
        raise InputError(
            f"None of the {lines.rows:,} rows of {opened.name!r} can be used:\n{ledger_text(ledger)}\n"
            + "\n".join((*lines.notes, *hints))
            + "\nCheck that the columns are the right ones. "
            + columns.sentence()
        )
    store.drop_lines()
    first, last = (pd.Timestamp(day) for day in to_days(np.array(span)))
    return Orders(
        source=opened.name,
        ledger=ledger,
        rows_read=lines.rows,
        first_date=first,
        last_date=last,
        attributes=columns.attributes,
        has_amounts=columns.has_amounts,
        refunds=refunds,
        notes=(*opened.notes, *columns.notes, *lines.notes, *hints, *_ledger_notes(ledger, columns, refunds)),
        columns=columns,
        _store=store,
        _end=span[1],
    )


def _check_choice(argument: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise InputError(f"{argument}= is one of {', '.join(map(repr, choices))}; {value!r} was passed.")


def _ledger_notes(ledger: pd.DataFrame, columns: Columns, refunds: str) -> list[str]:
    notes = []
    if columns.has_amounts:
        notes.append("Amounts are in the unit of the source; no currency is assumed.")
    for reason, used, rows, amount, _ in ledger.to_numpy().tolist():
        if reason == REASONS[ZERO] and used:
            notes.append(f"{rows:,} rows of amount zero are kept as orders.")
        elif reason == REASONS[DUPLICATE] and used:
            notes.append(f"{rows:,} rows equal an earlier row in every column and are kept.")
        elif reason == UNSEEN:
            notes.append(f"Refunds of {-amount:,.2f} find no earlier purchase in these records and change nothing.")
        elif reason == REASONS[REFUND] and refunds == "drop":
            notes.append(f"{rows:,} refunds are left out; what they gave back stays counted as spent.")
    return notes
