"""A table read as it is, without a contract for its columns."""

from pathlib import Path

import duckdb
import pandas as pd

from clvlab.data.sources.source import open_source, require_rows
from clvlab.data.sql import first_line
from clvlab.data.store import close, connect
from clvlab.errors import InputError


def read_wide(path: str | Path) -> pd.DataFrame:
    """Read a file's columns as they are; text that holds numbers alone becomes numbers.

    Parameters
    ----------
    path : path
        CSV in any encoding, Parquet or Excel.

    Raises
    ------
    InputError
        There is no such file, it cannot be read, or it has no rows.
    """
    con, folder = connect()
    try:
        opened = open_source(con, Path(path))
        try:
            found = con.execute("SELECT * FROM source").df()
        except duckdb.Error as error:
            raise InputError(f"{opened.name!r} cannot be read: {first_line(error)}") from None
        require_rows(len(found), opened.name, "a row of the table")
    finally:
        close(con, folder)
    return found.apply(_as_numbers)


def _as_numbers(column: pd.Series) -> pd.Series:
    if not pd.api.types.is_string_dtype(column) and column.dtype != object:
        return column
    numbers = pd.to_numeric(column.replace(r"^\s*$", None, regex=True), errors="coerce")
    return numbers if (numbers.notna() | column.isna() | (column.astype("str").str.strip() == "")).all() else column
