"""Small helpers for writing SQL and reading one row of an answer."""

import re
from collections.abc import Sequence
from pathlib import Path

import duckdb

from clvlab.data.hiding import blurred, hider


def name(column: str) -> str:
    """Return a column's name as SQL."""
    return '"' + column.replace('"', '""') + '"'


def quoted(text: str) -> str:
    """Return the text as a SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def literal(path: Path) -> str:
    """Return a path as a SQL literal that names this one file: what would be wildcards stand for themselves."""
    return quoted("".join(f"[{letter}]" if letter in "*?[" else letter for letter in str(path)))


def one_row(con: duckdb.DuckDBPyConnection, query: str, values: Sequence[object] = ()) -> tuple[int | None, ...]:
    """Return the only row, of whole numbers, leaving none unread: DuckDB refuses other work until all are."""
    return con.execute(query, list(values)).fetchall()[0]


def counts(con: duckdb.DuckDBPyConnection, query: str) -> tuple[int, ...]:
    """Return the only row of an answer, 0 where a number is missing."""
    return tuple(int(found or 0) for found in one_row(con, query))


def number(con: duckdb.DuckDBPyConnection, query: str) -> int:
    """Return the only number of an answer, 0 where it is missing."""
    return counts(con, query)[0]


def first_line(error: Exception) -> str:
    """Return what an error says, without what follows; where identifiers are hidden, what it quotes by its form."""
    said = str(error).strip().splitlines()[0]
    return said if hider() is None else re.sub(r"'[^']*'|\"[^\"]*\"", lambda quoted: blurred(quoted[0]), said)
