"""DuckDB's own files, opened beside the connection that reads: read only, its rows handed over in Arrow batches."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import duckdb

from clvlab.data.sources.database_address import DatabaseAddress
from clvlab.data.sources.landing import land_batches
from clvlab.data.sources.queries import inner
from clvlab.data.sources.table_names import KnownTable
from clvlab.data.sql import name

BLOCK = 100_000
_AS_THEY_ARE = ("BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT",
                "FLOAT", "DOUBLE", "DECIMAL", "VARCHAR", "DATE", "TIMESTAMP")  # fmt: skip


@contextmanager
def connect(address: DatabaseAddress) -> Iterator["DuckdbFile"]:
    """Open the file for reading only."""
    con = duckdb.connect(address.database, read_only=True)
    try:
        con.execute("SET python_enable_replacements = false")  # a name is a table's, never a variable's of Python
        yield DuckdbFile(con)
    finally:
        con.close()


class DuckdbFile:
    """A database of DuckDB."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con

    def tables(self) -> Sequence[KnownTable]:
        """Every table and view; those of the schema main go without it."""
        found = self._con.execute(
            "SELECT table_schema, table_name FROM information_schema.tables WHERE table_catalog = current_database() "
            "ORDER BY ALL"
        ).fetchall()
        return [KnownTable(schema, each, schema == "main") for schema, each in found]

    def quote(self, each: str) -> str:
        """A name as SQL."""
        return name(each)

    def land(self, con: duckdb.DuckDBPyConnection, query: str) -> None:
        """Make the table ``source`` of a query's rows."""
        # Both may have to put rows aside on disk; one folder is cleared away for both.
        memory, folder = con.execute(
            "SELECT current_setting('memory_limit'), current_setting('temp_directory')"
        ).fetchall()[0]
        self._con.execute(f"SET memory_limit = '{memory}'")
        if folder:
            self._con.execute(f"SET temp_directory = '{folder}'")
        described = self._con.execute(f"DESCRIBE {query}").fetchall()
        types = {str(row[0]): str(row[1]) for row in described}
        # Integers of 128 bits become doubles on the way through Arrow, and other types extensions: they go as text.
        wide = [column for column, kind in types.items() if kind in ("HUGEINT", "UHUGEINT", "BIGNUM")]
        parts = [
            name(column)
            if kind.startswith(_AS_THEY_ARE) and not kind.endswith("]")
            else f"{name(column)}::VARCHAR AS {name(column)}"
            for column, kind in types.items()
        ]
        wrapped = query if len(described) > len(types) else f"SELECT {', '.join(parts)} FROM {inner(query)}"
        land_batches(con, self._con.sql(wrapped).to_arrow_reader(BLOCK), numbers=wide)
