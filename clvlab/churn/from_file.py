"""Subscriptions from a file or database, read by their contract: every row is used or listed with a reason."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from clvlab.data.reading.table import Records, read_table

DATED = ("start", "end")
TENURED = ("duration", "event")


@dataclass(frozen=True, eq=False)
class SubscriptionFile:
    """A file of subscriptions.

    Attributes
    ----------
    records : Records
        With the ledger.
    table : DataFrame
        The rows used, columns named as in the file.
    columns : dict
        Role ("customer", "start", "end", "duration", "event", "reason") to column, or None.
    """

    records: Records
    table: pd.DataFrame
    columns: dict[str, str | None]


def subscription_file(source: str | Path, date_format: str | None = None, **stated: str | None) -> SubscriptionFile:
    """Read subscriptions.

    Parameters
    ----------
    source : path, or address of a database
    date_format : str, optional
        strptime pattern of dates written as text.
    **stated : str or None
        Role to column; what is left out is recognised. Tenures are read where ``duration`` or ``event`` is stated, or
        where there are no days.

    Raises
    ------
    InputError
        The file cannot be read, or none of its rows.
    """
    asked = {role: column for role, column in stated.items() if column is not None}
    records = read_table("subscriptions", source, asked, date_format=date_format)
    roles = dict(records.headings.roles)
    by_tenure = any(role in asked for role in TENURED) or "start" not in roles
    for role in DATED if by_tenure else TENURED:
        roles.pop(role, None)
    columns = {role: roles.get(role) for role in ("customer", *DATED, *TENURED, "reason")}
    return SubscriptionFile(records, records.frame.rename(columns=dict(records.headings.roles)), columns)
