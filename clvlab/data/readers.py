"""One function per table: ``read_table`` by the table's name, with its columns named by keywords."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from clvlab.data.reading.table import Records, read_table
from clvlab.data.tables.contract import contract


class Reader(Protocol):
    """Reads one kind of table; keywords beyond those named are the contract's roles: ``customer="CustomerID"``."""

    def __call__(
        self,
        source: object,
        *,
        carry: Sequence[str] | None = None,
        timezone: str | None = None,
        date_format: str | None = None,
        mapping: str | Path | None = None,
        **columns: str | None,
    ) -> Records:
        """Read a table; see ``read_table``."""
        ...


def reader(table: str) -> Reader:
    """The reader of a table.

    Examples
    --------
    >>> import pandas as pd
    >>> read = reader("leads")
    >>> read(pd.DataFrame({"Lead Source": ["mail"], "when": ["2024-01-05"]}), date="when").frame["channel"].tolist()
    ['mail']
    """
    known = contract(table)

    def read(
        source: object,
        *,
        carry: Sequence[str] | None = None,
        timezone: str | None = None,
        date_format: str | None = None,
        mapping: str | Path | None = None,
        **columns: str | None,
    ) -> Records:
        return read_table(
            table, source, columns, carry=carry, timezone=timezone, date_format=date_format, mapping=mapping
        )

    needs = [role for role, column in known.columns.items() if column.needed]
    told = [
        f"{role} : {column.kind}. {column.means}; absent: {column.absent}." for role, column in known.columns.items()
    ]
    what = f"Read {table.replace('_', ' ')}: one row is {known.row}. See ``clvlab.read_table``."
    read.__doc__ = "\n".join([what, "", f"It needs {', '.join(needs) or 'no column'}. Columns:", *told])
    read.__name__ = read.__qualname__ = f"read_{table}"
    return read


read_campaigns = reader("campaigns")
read_complaints = reader("complaints")
read_contacts = reader("contacts")
read_customers = reader("customers")
read_events = reader("events")
read_leads = reader("leads")
read_marketing_cost = reader("marketing_cost")
read_memberships = reader("memberships")
read_opportunities = reader("opportunities")
read_order_lines = reader("order_lines")
read_payments = reader("payments")
read_referrals = reader("referrals")
read_returns = reader("returns")
read_rewards = reader("rewards")
read_subscriptions = reader("subscriptions")
read_survey = reader("surveys")
