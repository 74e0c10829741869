"""A company's tables together: each read by its contract, under the contract's name."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import pandas as pd

from clvlab.data.days import DateLike, as_day
from clvlab.data.order_book import Orders
from clvlab.data.orders import read_orders
from clvlab.data.reading.table import Records, read_table
from clvlab.data.sources.files import EXCEL, PARQUET, TEXT
from clvlab.data.tables.contract import tables as known_tables
from clvlab.errors import InputError, NoDay, NoRows
from clvlab.shown import Shown

ORDERS = "orders"


@dataclass(frozen=True, eq=False, repr=False)
class Company(Shown):
    """A company's tables, as known on a day.

    Attributes
    ----------
    read : mapping of str to Records or Orders
        By the name of the table's contract: "orders", "customers", "surveys", ...; each with its own ledger.
    as_of : Timestamp
        The day that counts as now.
    not_read : tuple of str
        Files of the folder that are named as no table is.
    empty : tuple of str
        Tables that were given and have no rows: as if they were not there.
    """

    read: Mapping[str, Records | Orders]
    as_of: pd.Timestamp
    not_read: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Return one line: the tables and the day."""
        return f"<company of {', '.join(self.read)}; {self.as_of:%Y-%m-%d}>"

    def __contains__(self, table: str) -> bool:
        """Whether there is such a table."""
        return table in self.read

    def __iter__(self) -> Iterator[str]:
        """Names of the tables."""
        return iter(self.read)

    def frame(self, table: str) -> pd.DataFrame:
        """The rows of a table, one column per role; orders have one row per purchase: customer, date, net amount.

        Raises
        ------
        InputError
            There is no such table.
        """
        if table not in self.read:
            raise InputError(f"There is no table of {table}; there are {', '.join(self.read) or 'none'}.")
        found = self.read[table]
        if isinstance(found, Records):
            return found.frame
        return self._bought

    @cached_property
    def _bought(self) -> pd.DataFrame:
        orders = self.read[ORDERS]
        assert isinstance(orders, Orders)
        return orders.purchases(self.as_of).rename(columns={"customer_id": "customer"})


def read_company(
    tables: str | Path | Mapping[str, object],
    *,
    as_of: DateLike | None = None,
    refunds: Literal["net", "drop"] = "net",
    date_format: str | None = None,
) -> Company:
    """Read a company's tables.

    Parameters
    ----------
    tables : path, or mapping of str to source
        A folder of files named as their contracts are (``orders.csv``, ``customers.xlsx``, ``surveys.parquet``), or
        each contract's name with a file, frame or database query; orders and tables that are read already are taken
        as they are.
    as_of : date, optional
        The day that counts as now; the last order unless given, and without orders the last day of any table.
    refunds, date_format
        As ``read_orders`` takes them; the format is that of every table's dates.

    Raises
    ------
    InputError
        No such folder, no table in it, two files of one table, a table that cannot be read, or orders without a row.
        Any other table without a row is left out, and named in ``empty``.

    Examples
    --------
    >>> bought = pd.DataFrame({"customer_id": ["a", "b"], "date": ["2024-01-05", "2024-02-01"], "amount": [10.0, 20.0]})
    >>> base = pd.DataFrame({"customer_id": ["a", "b"], "channel": ["search", "mail"]})
    >>> company = read_company({"orders": bought, "customers": base})
    >>> company
    <company of orders, customers; 2024-02-01>
    >>> company.frame("orders")["amount"].tolist()
    [10.0, 20.0]
    """
    unread: tuple[str, ...] = ()
    if isinstance(tables, str | Path):
        tables, unread = _in_folder(Path(tables))
    strange = [name for name in tables if name not in known_tables()]
    if strange:
        raise InputError(f"No table is called {', '.join(strange)}; there are {', '.join(known_tables())}.")
    read: dict[str, Records | Orders] = {}
    empty: list[str] = []
    for name, source in tables.items():
        if isinstance(source, Records | Orders):
            read[name] = source
        elif name == ORDERS:
            read[name] = read_orders(source, refunds=refunds, date_format=date_format)
        else:
            try:
                read[name] = read_table(name, source, date_format=date_format)
            except NoRows:
                empty.append(name)
    if not read:
        raise InputError("A company needs a table with rows; none was given.")
    now = _last_day(read) if as_of is None else as_day(as_of, "as_of")
    return Company(read, now, unread, tuple(empty))


def _in_folder(folder: Path) -> tuple[dict[str, object], tuple[str, ...]]:
    if not folder.is_dir():
        raise InputError(
            f"There is no folder {str(folder)!r}. It is to hold one file per table: orders.csv, customers.csv."
        )
    found: dict[str, object] = {}
    unread = []
    for file in sorted(each for each in folder.iterdir() if each.is_file() and not each.name.startswith(".")):
        name = file.name.split(".")[0].lower()
        if name not in known_tables() or not file.name.lower().endswith((*TEXT, *PARQUET, *EXCEL)):
            unread.append(file.name)
        elif name in found:
            raise InputError(f"{str(folder)!r} holds two files of {name}: {found[name]} and {file.name}. Leave one.")
        else:
            found[name] = file
    if not found:
        raise InputError(
            f"{str(folder)!r} holds no file named as a table is: orders.csv, or one of {', '.join(known_tables())}."
        )
    return found, tuple(unread)


def _last_day(read: Mapping[str, Records | Orders]) -> pd.Timestamp:
    orders = read.get(ORDERS)
    if isinstance(orders, Orders):
        return orders.last_date
    days = [
        table.frame[column].max()
        for table in read.values()
        if isinstance(table, Records)
        for column in table.frame.select_dtypes("datetime")
    ]
    known = [day for day in days if not pd.isna(day)]
    if not known:
        raise NoDay("None of the tables has a day, so nobody knows when now is: give as_of=.")
    return pd.Timestamp(max(known)).normalize()
