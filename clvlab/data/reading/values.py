"""A column's text as values of its kind."""

from dataclasses import dataclass

import duckdb

from clvlab.data.hiding import hidden_sql, hider
from clvlab.data.reading.keys import key_sql, trimmed_sql
from clvlab.data.reading.moments import FIRST_YEAR, LAST_YEAR, moment_sql
from clvlab.data.reading.numbers import number_sql
from clvlab.data.reading.zones import check_zone
from clvlab.data.sources.source import Source
from clvlab.data.sql import quoted
from clvlab.data.tables.contract import ColumnContract
from clvlab.notes import Note

YES = (
    *("yes", "y", "true", "t", "1", "1.0", "churned", "left", "lost", "cancelled", "canceled"),
    *("是", "有", "已流失", "对"),
)
NO = ("no", "n", "false", "f", "0", "0.0", "active", "stayed", "current", "retained", "否", "无", "未流失", "错")
LARGEST = 1e15  # above it a double no longer holds cents


def sql_name(role: str) -> str:
    """A role's name in SQL, of which some, such as ``end``, are words of SQL."""
    return f"in_{role}"


@dataclass(frozen=True)
class Typed:
    """A column on its way.

    Attributes
    ----------
    column : str
        Its name in the source.
    sql : str
        Of its value in ``raw``; NULL where missing or unreadable.
    filled : str
        SQL for whether anything stands in the cell.
    dtype : str
        Of the pandas column.
    notes : tuple of Note
    """

    column: str
    sql: str
    filled: str
    dtype: str
    notes: tuple[Note, ...] = ()

    def shown(self, role: str) -> str:
        """SQL for the value as the frame holds it."""
        held = sql_name(role)
        return f"{held}::VARCHAR AS {held}" if self.dtype == "str" else held


def typed(
    con: duckdb.DuckDBPyConnection,
    of: ColumnContract,
    column: str,
    source: Source,
    *,
    timezone: str | None,
    date_format: str | None,
) -> Typed:
    """How a column of ``raw`` becomes values, by the kind its contract gives it."""
    kind, role = source.types[column], sql_name(of.role)
    trimmed = trimmed_sql(con, role, kind)
    filled = f"coalesce({trimmed} <> '', false)" if kind == "VARCHAR" else f"{role} IS NOT NULL"
    if of.kind == "identifier":
        sql, notes = key_sql(con, role, kind, column)
        return Typed(column, hidden_sql(sql) if of.says_who else sql, filled, "str", tuple(notes))
    if of.kind == "date":
        if not _any(con, filled):
            return Typed(column, "NULL::TIMESTAMP", filled, "datetime64[us]")
        sql, notes = moment_sql(
            con,
            role,
            kind,
            column,
            zone=source.zones.get(column),
            timezone=check_zone(timezone),
            date_format=date_format,
        )
        within = f"CASE WHEN isfinite({sql}) AND year({sql}) BETWEEN {FIRST_YEAR} AND {LAST_YEAR} THEN {sql} END"
        return Typed(column, within, filled, "datetime64[us]", tuple(notes))
    if of.kind in ("amount", "number", "score"):
        sql, notes = number_sql(con, role, kind, column)
        least, most = (of.low, of.high) if of.kind == "score" else (-LARGEST, LARGEST)
        within = f"CASE WHEN isfinite({sql}) AND {sql} BETWEEN {least} AND {most} THEN {sql} END"
        return Typed(column, within, filled, "float64", tuple(notes))
    text = f"nullif({trimmed}, '')"
    if of.kind == "flag":
        said = f"lower({text})"
        yes, no = (", ".join(map(quoted, words)) for words in (YES, NO))
        sql = f"CASE WHEN {said} IN ({yes}) THEN true WHEN {said} IN ({no}) THEN false END"
        return Typed(column, sql, filled, "boolean")
    if of.role == "birth" and hider() is not None:  # its year is what is used
        text = f"nullif(regexp_extract({text}, '(18|19|20)[0-9]{{2}}'), '')"
    return Typed(column, hidden_sql(text) if of.says_who else text, filled, "str")


def _any(con: duckdb.DuckDBPyConnection, filled: str) -> bool:
    return bool(con.execute(f"SELECT count(*) FROM raw WHERE {filled}").fetchall()[0][0])
