"""Reading orders: from any source to purchases by day, with one reason per row."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from clvlab.data.days import to_days
from clvlab.data.order_book import Orders
from clvlab.data.reading.columns import Columns, recognise
from clvlab.data.reading.ledger import bad_amount_note, ledger_text, make_ledger
from clvlab.data.reading.lines import DUPLICATE, PURCHASE, REASONS, REFUND, UNSEEN, ZERO, make_lines
from clvlab.data.reading.refunds import net_refunds
from clvlab.data.sources.source import open_source
from clvlab.data.store import Store, connect
from clvlab.errors import InputError
from clvlab.notes import Note

__all__ = ["Orders", "read_orders"]


def read_orders(
    source: object,
    *,
    customer: str | None = None,
    date: str | None = None,
    amount: str | None = None,
    quantity: str | None = None,
    price: str | None = None,
    product: str | None = None,
    order_id: str | None = None,
    status: str | None = None,
    currency: str | None = None,
    attributes: Sequence[str] = (),
    refunds: Literal["net", "drop"] = "net",
    zero_amounts: Literal["keep", "drop"] = "keep",
    duplicates: Literal["keep", "drop"] = "keep",
    timezone: str | None = None,
    date_format: str | None = None,
    rates: Mapping[str, float] | None = None,
    mapping: str | Path | None = None,
) -> Orders:
    """Read orders or order lines, and account for every row.

    Parameters
    ----------
    source
        Path of a CSV (also .tsv, .txt, and any of them with .gz), Parquet or Excel file; address of a database and
        what is read from it, ``postgresql://me:${CLVLAB_PASSWORD}@host/shop#orders``; or a pandas, polars, pyarrow,
        DuckDB or PySpark frame.
    customer, date, amount, quantity, price, product, order_id, status, currency
        Column names. Those left out are recognised by the names in common use, in English and Chinese, and by those of
        CRM exports (``clvlab/data/tables/orders.toml``). The amount of a line is ``amount``, or ``quantity`` times
        ``price``. An order whose status says that it was cancelled is left out.
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
    rates
        What one unit of each currency is worth, where ``currency`` names several.
    mapping
        TOML file of a user's own headings, of the form of the file named above: ``[sources.NAME]``.

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
        status=status,
        currency=currency,
        attributes=attributes,
        mapping=mapping,
    )
    lines = make_lines(con, opened, columns, timezone=timezone, date_format=date_format, duplicates=True, rates=rates)
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
    span = store.span()
    if span is None:
        raise InputError(
            f"None of the {lines.rows:,} rows of {opened.name!r} can be used:\n{ledger_text(ledger)}\n"
            + "".join(f"{note}\n" for note in (*lines.notes, *hints))
            + f"Check that the columns are the right ones: {columns.keywords()}. Amounts must be plain numbers with a "
            "decimal point, without thousands marks or currency signs."
        )
    hints += _placeholder_note(store)
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


def _placeholder_note(store: Store) -> list[Note]:
    found = store.con.execute(
        "SELECT customer_id FROM customers "
        "WHERE lower(customer_id) IN ('nan', 'none', 'null', 'na', 'n/a', '<na>', 'unknown') ORDER BY code"
    ).fetchall()
    if not found:
        return []
    return [Note("data.identifiers_that_say_missing", n=len(found), identifiers=[row[0] for row in found])]


def _check_choice(argument: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise InputError(f"{argument}= is one of {', '.join(map(repr, choices))}; {value!r} was passed.")


def _ledger_notes(ledger: pd.DataFrame, columns: Columns, refunds: str) -> list[Note]:
    notes = []
    if columns.has_amounts:
        notes.append(Note("data.no_currency_assumed"))
    for reason, used, rows, amount, _ in ledger.to_numpy().tolist():
        if reason == REASONS[ZERO] and used:
            notes.append(Note("data.zero_amounts_kept", n=rows))
        elif reason == REASONS[DUPLICATE] and used:
            notes.append(Note("data.duplicates_kept", n=rows))
        elif reason == UNSEEN:
            notes.append(Note("data.refunds_without_purchase", amount=-amount))
        elif reason == REASONS[REFUND] and refunds == "drop":
            notes.append(Note("data.refunds_left_out", n=rows))
    return notes
