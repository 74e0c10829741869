"""Databases that SQLAlchemy reaches: the server holds the rows, and blocks of them are fetched."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import duckdb

from clvlab.data.sources.database_address import DatabaseAddress
from clvlab.data.sources.landing import land_rows
from clvlab.data.sources.table_names import KnownTable

if TYPE_CHECKING:
    from sqlalchemy import Connection

BLOCK = 20_000
_ITS_OWN = {"information_schema", "mysql", "performance_schema", "pg_catalog", "sys"}


@contextmanager
def connect(address: DatabaseAddress) -> Iterator["AlchemyDatabase"]:
    """Connect; whatever the query does is rolled back."""
    from sqlalchemy import URL, create_engine
    from sqlalchemy.pool import NullPool

    url = URL.create(
        address.driver,
        username=address.user or None,
        password=address.password or None,
        host=address.host or None,
        port=address.port,
        database=address.database or None,
        query=address.options,
    )
    engine = create_engine(url, poolclass=NullPool, hide_parameters=True)
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SET TRANSACTION READ ONLY")
        try:
            yield AlchemyDatabase(connection)
        finally:
            connection.rollback()


class AlchemyDatabase:
    """A database behind SQLAlchemy."""

    def __init__(self, connection: "Connection") -> None:
        self._connection = connection

    def tables(self) -> Sequence[KnownTable]:
        """Every table and view; those of the default schema go without it."""
        from sqlalchemy import inspect

        inspector = inspect(self._connection)
        default = inspector.default_schema_name
        found: list[KnownTable] = []
        for schema in set(inspector.get_schema_names()) - _ITS_OWN:
            names = {*inspector.get_table_names(schema), *inspector.get_view_names(schema)}
            found += [KnownTable(schema, each, schema == default) for each in names]
        return sorted(found)

    def quote(self, each: str) -> str:
        """A name as SQL."""
        return self._connection.dialect.identifier_preparer.quote_identifier(each)

    def land(self, con: duckdb.DuckDBPyConnection, query: str) -> None:
        """Make the table ``source`` of a query's rows."""
        # Without parameters, so that a percent sign or a colon of the query stays what it is.
        result = self._connection.execution_options(stream_results=True, yield_per=BLOCK, no_parameters=True)
        with closing(result.exec_driver_sql(query)) as rows:
            land_rows(con, list(rows.keys()), rows.partitions(BLOCK))
