"""Databases as sources: one address in, the table ``source`` out, streamed, read only."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

import duckdb

from clvlab.data.sources import alchemy, duckdb_file, postgresql, sqlite
from clvlab.data.sources.address import read_address
from clvlab.data.sources.database_address import DatabaseAddress
from clvlab.data.sources.database_errors import said
from clvlab.data.sources.table_names import KnownTable, meant
from clvlab.errors import InputError


class Database(Protocol):
    """An open connection that only reads."""

    def tables(self) -> Sequence[KnownTable]:
        """Every table and view that may be read."""

    def quote(self, name: str) -> str:
        """A name as the database's SQL has it."""

    def land(self, con: duckdb.DuckDBPyConnection, query: str) -> None:
        """Make the table ``source`` of a query's rows."""


def open_database(con: duckdb.DuckDBPyConnection, text: str) -> str:
    """Copy what an address names into the table ``source``.

    Parameters
    ----------
    con
        The connection that is to see the rows. They arrive in batches, of which one is held at a time.
    text : str
        Address of a database: see ``read_address``.

    Returns
    -------
    str
        The address as it may be shown.

    Raises
    ------
    InputError
        The address is wrong, a driver is missing, the server cannot be reached or refuses, there is no such table, or
        the query fails or would write. No secret is in the message.
    """
    address = read_address(text)
    known: Sequence[KnownTable] = ()
    try:
        with _backend(address)(address) as database:
            known = database.tables()
            database.land(con, _query(database, address, known))
    except InputError:
        raise
    except Exception as error:  # drivers raise what they like, and their words may hold the password
        raise InputError(said(error, address, known)) from None
    return address.shown


def _backend(address: DatabaseAddress) -> Callable[[DatabaseAddress], AbstractContextManager[Database]]:
    if address.driver == "sqlite":
        return sqlite.connect
    if address.driver == "duckdb":
        return duckdb_file.connect
    if address.driver == "postgresql" and postgresql.is_installed():
        return postgresql.connect
    return alchemy.connect


def _query(database: Database, address: DatabaseAddress, known: Sequence[KnownTable]) -> str:
    if address.query is not None:
        return address.query
    table = meant(address, known)
    parts = [table.name] if table.plain else [table.schema, table.name]
    return f"SELECT * FROM {'.'.join(database.quote(part) for part in parts)}"
