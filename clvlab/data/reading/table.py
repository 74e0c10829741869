"""One reader for every table except orders: the contract says what columns mean and which rows are refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd

from clvlab.data.hiding import shape
from clvlab.data.people import without_people
from clvlab.data.reading.headings import Headings, settle
from clvlab.data.reading.refusals import LARGEST, ledger_of, reason_sql, used_sql
from clvlab.data.reading.values import Typed, sql_name, typed
from clvlab.data.sources.source import Source, close_source, open_source, require_rows
from clvlab.data.sql import counts, first_line, name, number
from clvlab.data.store import close, connect
from clvlab.data.tables.contract import Contract, contract
from clvlab.errors import InputError
from clvlab.notes import Note
from clvlab.shown import Shown


@dataclass(frozen=True, eq=False, repr=False)
class Records(Shown):
    """A table read by its contract.

    Attributes
    ----------
    name : str
        Of the table: "customers".
    source : str
        Name of the file, or kind of frame.
    frame : DataFrame
        The rows used, in the source's order: one column per role that is filled (identifiers and categories as text,
        dates as datetime64, amounts, numbers and scores as float, flags as boolean), then the columns carried along.
    ledger : DataFrame
        reason, used (bool), rows, examples (tuple of the first source rows, 1-based). The rows add up to the rows read.
    emptied : DataFrame
        Of used rows, values that could not be read in columns a row can do without: column, rows, examples (tuple of
        what stands there). They are missing in ``frame``.
    rows_read : int
    headings : Headings
        Which column plays which role; ``headings.unknown`` are in none.
    notes : tuple of Note
    """

    name: str
    source: str
    frame: pd.DataFrame
    ledger: pd.DataFrame
    emptied: pd.DataFrame
    rows_read: int
    headings: Headings
    notes: tuple[Note, ...]

    def __repr__(self) -> str:
        """Return one line: the table, its source, rows used and refused."""
        refused = self.rows_read - len(self.frame)
        return f"<{self.name} from {self.source}: {len(self.frame):,} rows, {refused:,} of {self.rows_read:,} refused>"


def read_table(
    table: str,
    source: object,
    columns: Mapping[str, str | None] | None = None,
    *,
    carry: Sequence[str] | None = None,
    timezone: str | None = None,
    date_format: str | None = None,
    mapping: str | Path | None = None,
) -> Records:
    """Read a table, and account for every row.

    Parameters
    ----------
    table : str
        Name of its contract (``clvlab/data/tables/NAME.toml``).
    source
        Path, database query or frame, as ``read_orders`` takes it.
    columns : mapping of str to str, optional
        Role to column; what is left out is recognised.
    carry : sequence of str, optional
        Columns to carry along as they are; all that play no role unless given.
    timezone, date_format, mapping
        As ``read_orders`` takes them.

    Raises
    ------
    InputError
        The source cannot be read, a column is missing or ambiguous, or no row can be used.

    Examples
    --------
    >>> frame = pd.DataFrame({"Channel": ["search", "", "mail"], "Month": "2024-01-01", "Cost": ["1,200.00", "3", "x"]})
    >>> found = read_table("marketing_cost", frame)
    >>> found.ledger[["reason", "used", "rows"]]
                reason   used  rows
    0             used   True     1
    1  missing channel  False     1
    2         bad cost  False     1
    >>> found.frame["cost"].tolist()
    [1200.0]
    """
    known = contract(table) if mapping is None else contract(table).with_mapping(mapping)
    asked = dict(columns or {})
    unknown = [role for role in asked if role not in known.columns]
    if unknown:
        raise InputError(f"The table {table} has no {', '.join(unknown)}. It has {', '.join(known.columns)}.")
    con, folder = connect()
    try:
        opened = open_source(con, source)
        found = settle(known, list(opened.types), asked, kept=carry or ())
        kept = list(found.unknown if carry is None else carry)
        clash = [each for each in carry or () if each in known.columns]
        if clash:
            raise InputError(f"A column carried along may not be named {', '.join(clash)}, as one of the table's own.")
        kept = [each for each in kept if each not in known.columns]
        return _read(con, opened, known, found, kept, timezone=timezone, date_format=date_format)
    finally:
        close(con, folder)


def _read(
    con: duckdb.DuckDBPyConnection,
    source: Source,
    known: Contract,
    found: Headings,
    kept: Sequence[str],
    *,
    timezone: str | None,
    date_format: str | None,
) -> Records:
    taken = [f"{name(column)} AS {sql_name(role)}" for role, column in found.roles.items()]
    taken += [f"{name(column)} AS carried_{i}" for i, column in enumerate(kept)]
    taken.append(f"hash({', '.join(name(column) for column in source.types)}) AS twin")
    try:
        con.execute(f"CREATE TABLE raw AS SELECT {', '.join(taken)} FROM source")
    except duckdb.Error as error:
        raise InputError(f"{source.name!r} cannot be read: {first_line(error)}") from None
    close_source(con)
    rows = number(con, "SELECT count(*) FROM raw")
    require_rows(rows, source.name, known.row)
    values = {
        role: typed(con, known.columns[role], column, source, timezone=timezone, date_format=date_format)
        for role, column in found.roles.items()
    }
    _make_typed(con, values, len(kept))
    con.execute(f"CREATE TABLE reasons AS SELECT row, {reason_sql(known, values)} AS reason FROM typed")
    ledger = ledger_of(con, known)
    notes = [*source.notes, *found.notes, *(note for value in values.values() for note in value.notes)]
    if not ledger["used"].any():
        table = ledger[["reason", "rows", "examples"]].to_string(index=False)
        pairs = ", ".join(f"{role}={column!r}" for role, column in found.roles.items())
        raise InputError(
            f"None of the {rows:,} rows of {source.name!r} can be used as {known.table}:\n{table}\n"
            f"Check that the columns are the right ones: {pairs}."
        )
    refused = rows - int(ledger.loc[ledger["used"], "rows"].sum())
    if 2 * refused > rows:
        notes.append(Note("data.most_rows_refused", n=refused, rows=rows))
    return Records(
        name=known.table,
        source=source.name,
        frame=_frame(con, used_sql(known), values, kept),
        ledger=ledger,
        emptied=_emptied(con, used_sql(known), values),
        rows_read=rows,
        headings=found,
        notes=tuple(notes),
    )


def _make_typed(con: duckdb.DuckDBPyConnection, values: Mapping[str, Typed], carried: int) -> None:
    parts = [f"{each.sql} AS {sql_name(role)}" for role, each in values.items()]
    parts += [f"{each.filled} AS filled_{role}" for role, each in values.items()]
    parts += [f"carried_{i}" for i in range(carried)]
    con.execute(f"CREATE TABLE typed AS SELECT rowid AS row, twin, {', '.join(parts)} FROM raw")


def _frame(con: duckdb.DuckDBPyConnection, used: str, values: Mapping[str, Typed], kept: Sequence[str]) -> pd.DataFrame:
    parts = [each.shown(role) for role, each in values.items()] + [f"carried_{i}" for i in range(len(kept))]
    query = f"SELECT {', '.join(parts)} FROM typed JOIN reasons USING (row) WHERE {used} ORDER BY row"
    frame: pd.DataFrame = con.sql(query).to_arrow_table().to_pandas()
    frame.columns = pd.Index([*values, *kept])
    for role, each in values.items():
        frame[role] = frame[role].astype(pd.api.types.pandas_dtype(each.dtype))
    for column in kept:
        frame[column] = without_people(_plain(frame[column]), column)
    return frame


def _plain(column: pd.Series) -> pd.Series:
    """A column in no role: numbers where every cell is one as programs write it, else as it stands; blanks missing."""
    if not pd.api.types.is_string_dtype(column):
        return column
    text = column.astype("str").str.strip()
    text = text.mask(text == "")
    known = text.dropna()
    # 007 is a name, not the number 7, and 16 digits are more than a float holds.
    if not len(known) or not known.str.fullmatch(r"-?(0|[1-9]\d{0,14})(\.\d+)?").all():
        return text
    numbers: pd.Series = pd.to_numeric(text)
    return numbers


def _emptied(con: duckdb.DuckDBPyConnection, used: str, values: Mapping[str, Typed]) -> pd.DataFrame:
    columns = ["column", "rows", "examples"]
    if not values:  # every column is carried along as it stands
        return pd.DataFrame(columns=columns)
    odd = {role: f"filled_{role} AND typed.{sql_name(role)} IS NULL" for role in values}
    found = f"FROM typed JOIN reasons USING (row) WHERE {used}"
    how_many = counts(con, f"SELECT {', '.join(f'count(*) FILTER ({each})' for each in odd.values())} {found}")
    rows = []
    for (role, each), n in zip(values.items(), how_many, strict=True):
        if n:
            seen = con.execute(
                f"SELECT DISTINCT raw.{sql_name(role)}::VARCHAR FROM typed JOIN reasons USING (row) "
                f"JOIN raw ON raw.rowid = row WHERE {used} AND {odd[role]} ORDER BY 1 LIMIT 5"
            ).fetchall()
            rows.append({"column": each.column, "rows": n, "examples": tuple(shape(value) for (value,) in seen)})
    return pd.DataFrame(rows, columns=columns)


__all__ = ["LARGEST", "Records", "read_table"]
