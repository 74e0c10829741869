"""Tables as files beside the page: CSV that is safe to open in a spreadsheet, and Parquet as it is."""

import html
import os
import re
from typing import TYPE_CHECKING, Any

from clvlab import words
from clvlab.errors import InputError
from clvlab.publish.run import record, recorded, run_folder, show, under_runner

if TYPE_CHECKING:
    import pandas as pd

_INERT = ("=", "+", "-", "@", "\t", "\r", "\n")


def file(frame: "pd.DataFrame", name: str) -> None:
    """Write a table beside the page as CSV and Parquet, and show links to both.

    Parameters
    ----------
    frame : pandas.DataFrame
        What to write. A named index is written as columns.
    name : str
        File name without extension: letters, digits, ``-`` and ``_``.

    Notes
    -----
    In the CSV, text and heads that begin with ``= + - @``, a tab or a line break get a leading apostrophe,
    so that a spreadsheet does not run them; numbers stay numbers. The Parquet file keeps the values as they
    are.
    """
    show(write_files(as_pandas(frame), name), role="file")


def csv_safe(value: Any) -> Any:
    """Make one cell inert in a spreadsheet, leaving what is not text as it is.

    >>> csv_safe("=1+1"), csv_safe("-5"), csv_safe(-5), csv_safe("a=b")
    ("'=1+1", "'-5", -5, 'a=b')
    """
    return "'" + value if isinstance(value, str) and value.startswith(_INERT) else value


def as_pandas(frame: Any) -> "pd.DataFrame":
    import pandas as pd

    if isinstance(frame, pd.DataFrame):
        return frame
    if isinstance(frame, pd.Series):
        return frame.to_frame()
    if hasattr(frame, "to_pandas"):
        converted: pd.DataFrame = frame.to_pandas()
        return converted
    raise InputError(f"A table is a pandas or polars data frame, not {type(frame).__name__}.")


def column_name(column: Any) -> str:
    return " ".join(str(part) for part in column if str(part)) if isinstance(column, tuple) else str(column)


def column_names(frame: "pd.DataFrame") -> list[str]:
    return [column_name(column) for column in frame.columns]


def write_files(frame: "pd.DataFrame", name: str) -> str:
    import pandas as pd

    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", name):
        raise InputError(f"A file name holds letters, digits, - and _ only, without extension; got {name!r}.")
    whole = frame.reset_index() if any(frame.index.names) else frame
    whole = whole.set_axis(column_names(whole), axis=1)
    folder = run_folder()
    csv, parquet = folder / f"{name}.csv", folder / f"{name}.parquet"

    inert = whole.copy()
    for position in range(inert.shape[1]):
        column = inert.iloc[:, position]
        if not (pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_datetime64_any_dtype(column.dtype)):
            inert.isetitem(position, column.astype(object).map(csv_safe).to_numpy())
    inert.columns = [csv_safe(column) for column in inert.columns]
    # the byte-order mark tells Excel that the text is UTF-8
    inert.to_csv(csv, index=False, encoding="utf-8-sig", lineterminator="\n")
    try:
        whole.to_parquet(parquet, index=False)
    except (TypeError, ValueError):  # pyarrow refuses columns of mixed types: those become text
        mixed = {column: str for column in whole.columns if whole[column].dtype == object}
        whole.astype(mixed).to_parquet(parquet, index=False)

    record("files", sorted({*recorded("files", []), csv.name, parquet.name}))
    base = "" if under_runner() else os.path.relpath(folder) + "/"
    links = " ".join(
        f'<a href="{html.escape(base + path.name)}" download>{html.escape(path.name)}</a>'
        f' <span class="clv-small">{_size(path.stat().st_size)}</span>'
        for path in (csv, parquet)
    )
    return f'<p class="clv-files">{html.escape(words.say("report.download"))} {links}</p>'


def _size(size: int) -> str:
    return f"{size / 1e6:,.1f} MB" if size >= 1e6 else f"{max(1, round(size / 1e3)):,} kB"
