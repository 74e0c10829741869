"""What every report says of its orders: how fresh, how many rows, what became of each."""

from typing import TYPE_CHECKING

from clvlab import words
from clvlab.publish.blocks import freshness, notice
from clvlab.publish.tables import table

if TYPE_CHECKING:
    import pandas as pd

    from clvlab.data.order_book import Orders


def data_used(orders: "Orders", *, as_of: "pd.Timestamp | None" = None) -> str:
    """Show how fresh the data are and warn where customers were there before the records began.

    Parameters
    ----------
    orders : Orders
    as_of : Timestamp, optional
        The day the report speaks of; the last order where left out.

    Returns
    -------
    str
        A sentence on rows read, used and refused, for the lead.
    """
    freshness(
        as_of or orders.last_date,
        first=orders.first_date,
        last=orders.last_date,
        rows=orders.rows_read,
        customers=orders.n_customers,
        source=orders.source,
    )
    opening = orders.opening
    if opening.outsized:
        notice(
            words.say(
                "sentences.customers_were_there_before",
                n=opening.customers,
                all=opening.total,
                share=opening.share,
                usual=opening.even_share,
                until=opening.until,
            ),
            "warning",
            top=True,
        )
    used = int(orders.ledger.loc[orders.ledger["used"], "rows"].sum())
    refused = orders.rows_read - used
    if not refused:
        return words.say("sentences.all_rows_used", n=orders.rows_read)
    return words.say("sentences.rows_used_and_refused", n=orders.rows_read, used=used, refused=refused)


def ledger(orders: "Orders") -> None:
    """Show what became of every row read; the rows add up."""
    shown = orders.ledger.assign(
        reason=[words.say(f"reasons.{reason.replace(' ', '_')}") for reason in orders.ledger["reason"]],
        used=[words.say("tables.yes") if used else words.say("tables.no") for used in orders.ledger["used"]],
        examples=[", ".join(str(row) for row in rows) for rows in orders.ledger["examples"]],
    )
    table(
        shown,
        caption=words.say("captions.ledger", n=orders.rows_read),
        formats={"amount": "money2", "rows": "number0"},
        labels=words.heads(["reason", "used", "rows", "amount", "examples"]),
        index=False,
    )
