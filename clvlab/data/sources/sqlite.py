"""SQLite, read with Python's own module.

There is an ADBC driver, but it takes a column's type from the first thousand rows: NULL there, and text later, ends the
reading ("Type mismatch"). SQLite's values have types of their own, row by row, and are taken so here.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from clvlab.data.sources.database_address import DatabaseAddress
from clvlab.data.sources.landing import land_rows
from clvlab.data.sources.table_names import KnownTable
from clvlab.data.sql import name

BLOCK = 50_000


@contextmanager
def connect(address: DatabaseAddress) -> Iterator["SqliteFile"]:
    """Open the file for reading only."""
    con = sqlite3.connect(f"{Path(address.database).absolute().as_uri()}?mode=ro", uri=True)
    try:
        con.execute("PRAGMA query_only = true")
        yield SqliteFile(con)
    finally:
        con.close()


class SqliteFile:
    """A database of SQLite."""

    def __init__(self, con: sqlite3.Connection) -> None:
        self._con = con

    def tables(self) -> Sequence[KnownTable]:
        """Every table and view."""
        found = self._con.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY name")
        return [KnownTable("main", each, True) for (each,) in found if not each.startswith("sqlite_")]

    def quote(self, each: str) -> str:
        """A name as SQL."""
        return name(each)

    def land(self, con: duckdb.DuckDBPyConnection, query: str) -> None:
        """Make the table ``source`` of a query's rows."""
        cursor = self._con.execute(query)
        land_rows(con, [str(each[0]) for each in cursor.description], iter(lambda: cursor.fetchmany(BLOCK), []))
