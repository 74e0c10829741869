"""PostgreSQL through ADBC: its binary COPY straight into Arrow batches, inside a transaction that cannot write."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

import duckdb

from clvlab.data.sources.database_address import DatabaseAddress
from clvlab.data.sources.landing import land_batches
from clvlab.data.sources.queries import inner
from clvlab.data.sources.table_names import KnownTable
from clvlab.data.sql import name

if TYPE_CHECKING:
    from adbc_driver_manager.dbapi import Cursor

_PATIENCE = "20"  # seconds for a server to answer
_AS_THEY_ARE = ("bool", "int2", "int4", "int8", "float8", "text", "varchar")
_TIMES = ("date", "timestamp", "timestamptz")
_NUMBERS = ("numeric", "float4", "money")


def is_installed() -> bool:
    """Whether the driver is there."""
    return find_spec("adbc_driver_postgresql") is not None


@contextmanager
def connect(address: DatabaseAddress) -> Iterator["Postgresql"]:
    """Connect, and begin a transaction that only reads."""
    import adbc_driver_postgresql.dbapi as adbc

    login = quote(address.user, safe="") + (":" + quote(address.password, safe="") if address.password else "")
    host = f"[{address.host}]" if ":" in address.host else quote(address.host, safe="")
    place = host + (f":{address.port}" if address.port else "")
    options = urlencode({"connect_timeout": _PATIENCE} | address.options, quote_via=quote)
    uri = f"postgresql://{login}{'@' if login else ''}{place}/{quote(address.database, safe='')}?{options}"
    with adbc.connect(uri) as connection, connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")
        yield Postgresql(cursor)


class Postgresql:
    """A database of PostgreSQL."""

    def __init__(self, cursor: "Cursor") -> None:
        self._cursor = cursor

    def tables(self) -> Sequence[KnownTable]:
        """Every table and view that may be read; those on the search path go without a schema."""
        self._cursor.execute(
            "SELECT n.nspname::text, c.relname::text, pg_table_is_visible(c.oid) "
            "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') "
            "AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') "
            "AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') ORDER BY 1, 2"
        )
        return [KnownTable(schema, each, plain) for schema, each, plain in self._cursor.fetchall()]

    def quote(self, each: str) -> str:
        """A name as SQL."""
        return name(each)

    def land(self, con: duckdb.DuckDBPyConnection, query: str) -> None:
        """Make the table ``source`` of a query's rows."""
        schema = self._cursor.adbc_execute_schema(query)
        types = {column.name: (column.metadata or {}).get(b"POSTGRESQL:type", b"").decode() for column in schema}
        wrapped = query
        if len(types) == len(schema):  # else a column is named twice, which is said below
            parts = [f"{_carried(name(column), kind)} AS {name(column)}" for column, kind in types.items()]
            wrapped = f"SELECT {', '.join(parts)} FROM {inner(query)}"
        self._cursor.execute(wrapped)
        numbers = [column for column, kind in types.items() if kind in _NUMBERS]
        with self._cursor.fetch_record_batch() as batches:
            land_batches(con, batches, numbers=numbers)


def _carried(column: str, kind: str) -> str:
    """SQL for a column in a type that the driver carries over exactly."""
    if kind in _AS_THEY_ARE:
        return column
    if kind in _TIMES:
        # The driver turns infinity into a day 290,000 years ago.
        return f"CASE WHEN isfinite({column}) THEN {column} END"
    if kind == "money":  # which the driver hands over in cents
        return f"{column}::numeric::text"
    return f"{column}::text"
