"""Excel workbooks: sheets of the same columns read as one."""

import warnings
from pathlib import Path

import duckdb
import pandas as pd

from clvlab.data.sources.frames import open_pandas
from clvlab.data.sql import first_line
from clvlab.errors import InputError
from clvlab.notes import Note


def read_excel(con: duckdb.DuckDBPyConnection, path: Path) -> list[Note]:
    try:
        with warnings.catch_warnings():
            # openpyxl warns of styles and extensions it leaves aside; none of them touches a cell's value.
            warnings.simplefilter("ignore", UserWarning)
            sheets = pd.read_excel(path, sheet_name=None, dtype=object)
    except Exception as error:
        raise InputError(f"{path.name!r} is not a readable Excel workbook: {first_line(error)}") from None
    filled = {name: sheet for name, sheet in sheets.items() if len(sheet.columns)}
    if not filled:
        raise InputError(f"{path.name!r} is empty. Orders need a header line and one line per order.")
    first, *others = filled
    same = [first, *(name for name in others if list(filled[name].columns) == list(filled[first].columns))]
    open_pandas(con, pd.concat([filled[name] for name in same], ignore_index=True))
    notes: list[Note] = []
    if len(same) > 1:
        notes.append(Note("data.sheets_read_together", sheets=[str(name) for name in same]))
    left = [name for name in filled if name not in same]
    if left:
        notes.append(Note("data.sheets_left_aside", sheet=str(first), others=[str(name) for name in left]))
    return notes
