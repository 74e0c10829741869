"""Orders in data frames of any supported library, passed to DuckDB."""

from typing import Any

import duckdb
import numpy as np
import pandas as pd

from clvlab.errors import InputError
from clvlab.notes import Note


def open_frame(con: duckdb.DuckDBPyConnection, frame: object) -> tuple[dict[str, str], list[Note]]:
    """Make the view or table ``source`` of a frame's rows.

    Parameters
    ----------
    con
        The connection that is to see the rows.
    frame
        pandas, polars, DuckDB relation, pyarrow table, or whatever narwhals knows (PySpark among them).

    Returns
    -------
    (dict, list of Note)
        Time zone by column, where the frame states one, and notes.
    """
    if isinstance(frame, pd.DataFrame):
        return open_pandas(con, frame)
    return _open_arrow(con, frame)


def open_pandas(con: duckdb.DuckDBPyConnection, frame: pd.DataFrame) -> tuple[dict[str, str], list[Note]]:
    """Make the view ``source`` of a pandas frame; DuckDB reads its arrays in place."""
    if any(name is not None for name in frame.index.names):
        frame = frame.reset_index()
    # Rows are taken by position: the index of a filtered or concatenated frame has gaps or repeats.
    frame = frame.reset_index(drop=True)
    frame = frame.set_axis([str(name) for name in frame.columns], axis=1)
    _check_names(list(frame.columns))
    zones: dict[str, str] = {}
    columns: dict[str, pd.Series] = {}
    for name, column in frame.items():
        if isinstance(column.dtype, pd.DatetimeTZDtype):
            zones[str(name)] = str(column.dtype.tz)
            column = column.dt.tz_convert("UTC").dt.tz_localize(None)
        elif isinstance(column.dtype, pd.PeriodDtype):
            column = column.dt.to_timestamp()
        elif column.dtype == object:
            column = _plain(column)
        columns[str(name)] = column
    con.register("source", pd.DataFrame(columns, index=frame.index, copy=False))
    return zones, []


def _check_names(names: list[str]) -> None:
    folded = [name.casefold() for name in names]
    twice = sorted({name for name in names if folded.count(name.casefold()) > 1})
    if twice:
        raise InputError(f"The frame names a column twice: {', '.join(map(repr, twice))}. Rename one of each.")
    if not names:
        raise InputError("The frame has no columns. Orders need a customer and a date.")


def _plain(column: pd.Series) -> pd.Series:
    """Give a column of Python objects one type: numbers, times, or text as it stands."""
    kind = pd.api.types.infer_dtype(column, skipna=True)
    if kind == "boolean":
        return column.convert_dtypes()
    if kind == "integer":  # never through float, which merges numbers of more than 15 digits
        try:
            return pd.Series([None if _missing(value) else int(value) for value in column], dtype="Int64")
        except OverflowError:
            pass
    if kind in ("floating", "mixed-integer-float", "decimal"):
        return pd.Series(np.array([np.nan if pd.isna(v) else float(v) for v in column]), dtype=float)
    if kind in ("date", "datetime", "datetime64"):
        try:
            return pd.Series(pd.to_datetime(column.to_numpy()).as_unit("us"))
        except (ValueError, TypeError, pd.errors.OutOfBoundsDatetime):
            pass
    # Several zones in one column, or several kinds of value: each is written out, and read as text.
    texts = [None if _missing(value) else str(value) for value in column]
    return pd.Series(texts, dtype="str")


def _missing(value: object) -> bool:
    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and value != value)


def _open_arrow(con: duckdb.DuckDBPyConnection, frame: object) -> tuple[dict[str, str], list[Note]]:
    import pyarrow as pa

    if isinstance(frame, duckdb.DuckDBPyRelation):
        table = frame.to_arrow_reader()
    elif isinstance(frame, (pa.Table, pa.RecordBatchReader)):
        table = frame
    else:
        table = _by_narwhals(frame)
    _check_names(table.schema.names)
    zones = {f.name: f.type.tz for f in table.schema if pa.types.is_timestamp(f.type) and f.type.tz is not None}
    con.register("source", table)
    return zones, []


def _by_narwhals(frame: Any) -> Any:
    import narwhals as nw

    try:
        known = nw.from_native(frame)
    except TypeError:
        raise InputError(
            f"Orders are read from a path or from a data frame; a {type(frame).__name__} was passed. Pass a "
            "path, or a pandas, polars, pyarrow, DuckDB or PySpark frame."
        ) from None
    if isinstance(known, nw.LazyFrame):
        return known.collect(backend="pyarrow").to_arrow()
    return known.to_arrow()
