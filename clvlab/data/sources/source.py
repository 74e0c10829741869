"""Where orders come from: one call that shows DuckDB a path, a database or a frame as the relation ``source``."""

import os
from dataclasses import dataclass
from pathlib import Path

import duckdb

from clvlab.data.sources.address import is_database
from clvlab.data.sources.database import open_database
from clvlab.data.sources.files import open_file
from clvlab.data.sources.frames import open_frame
from clvlab.errors import NoRows
from clvlab.notes import Note


@dataclass(frozen=True)
class Source:
    """A source as DuckDB sees it.

    Attributes
    ----------
    name
        What people would call it: the file's name, a database's address without its secrets, or the kind of frame.
    types
        DuckDB type by column name, in the source's order.
    zones
        Time zone by column name, for the columns that hold instants with a zone.
    notes
        What was decided on the way.
    """

    name: str
    types: dict[str, str]
    zones: dict[str, str]
    notes: tuple[Note, ...] = ()


def open_source(con: duckdb.DuckDBPyConnection, source: object) -> Source:
    """Make the relation ``source`` on the connection.

    Raises
    ------
    InputError
        The path, database or frame cannot be read, or has no columns.
    """
    zones: dict[str, str] = {}
    notes: list[Note] = []
    if isinstance(source, str) and is_database(source):
        name = open_database(con, source)
    elif isinstance(source, (str, os.PathLike)):
        path = Path(source).expanduser()
        zones, notes = open_file(con, path)
        name = path.name
    else:
        zones, notes = open_frame(con, source)
        name = _frame_name(source)
    described = con.execute("SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM source)").fetchall()
    return Source(name, {column: str(kind) for column, kind in described}, zones, tuple(notes))


def _frame_name(frame: object) -> str:
    if isinstance(frame, duckdb.DuckDBPyRelation):
        return "DuckDB relation"
    return f"{type(frame).__module__.partition('.')[0]} {type(frame).__name__}"


def close_source(con: duckdb.DuckDBPyConnection) -> None:
    """Release the source once its rows are copied."""
    kinds = con.execute("SELECT table_type FROM information_schema.tables WHERE table_name = 'source'").fetchall()
    con.unregister("source")
    if kinds == [("VIEW",)]:
        con.execute("DROP VIEW IF EXISTS source")
    else:
        con.execute("DROP TABLE IF EXISTS source")


def require_rows(rows: int, name: str, row: str = "an order or order line") -> None:
    """Say plainly that a source has a header and nothing under it."""
    if rows == 0:
        raise NoRows(f"{name!r} has columns but no rows. Each row is {row}.")
