"""A table to download: CSV that is safe to open in a spreadsheet, and Parquet as it is."""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from clvlab.errors import InputError
from clvlab.pages.exhibits.codec import registered
from clvlab.pages.exhibits.exhibit import Exhibit
from clvlab.words import Locale

_INERT = ("=", "+", "-", "@", "\t", "\r", "\n")
_SPLIT = re.compile(r"([;\t\r\n][\s\"]*)(?=[=+\-@])")


@registered
@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class File(Exhibit):
    """A table written beside the page as CSV and Parquet.

    Parameters
    ----------
    name : str
        File name without extension: letters, digits, ``-`` and ``_``.
    frame : DataFrame
        What to write. A named index is written as columns.
    sizes : mapping of file name to bytes
        The files written beside the page; empty where none were.

    Notes
    -----
    In the CSV, text and heads that begin with ``= + - @``, a tab or a line break get a leading apostrophe, so that a
    spreadsheet does not run them; so does a part after a semicolon, tab or line break. Numbers stay numbers. The
    Parquet file keeps the values as they are.
    """

    name: str
    frame: pd.DataFrame
    sizes: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", self.name):
            raise InputError(f"A file name holds letters, digits, - and _ only, without extension; got {self.name!r}.")

    def html(self, locale: Locale) -> str:
        """Links to the files beside the page; where there are none, as in JupyterLab, how to save them."""
        if not self.sizes:
            text = locale.say("report.saved_by", name=self.name, n=len(self.frame))
            return f'<p class="clv-more">{html.escape(text)}</p>'
        found = " ".join(
            f'<a href="{html.escape(name)}" download>{html.escape(name)}</a>'
            f' <span class="clv-small">{_size(size, locale)}</span>'
            for name, size in self.sizes.items()
        )
        return f'<p class="clv-files">{html.escape(locale.say("report.download"))} {found}</p>'

    def save(self, folder: str | Path) -> list[Path]:
        """Write ``name.csv`` and ``name.parquet`` into a folder, which is made if need be."""
        place = Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        csv, parquet = place / f"{self.name}.csv", place / f"{self.name}.parquet"
        whole = self.frame.reset_index() if any(self.frame.index.names) else self.frame
        whole = whole.set_axis([_column(column) for column in whole.columns], axis=1)
        inert = whole.copy()
        for at in range(inert.shape[1]):
            column = inert.iloc[:, at]
            if not (pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_datetime64_any_dtype(column.dtype)):
                inert.isetitem(at, column.astype(object).map(csv_safe).to_numpy())
        inert.columns = pd.Index([csv_safe(column) for column in inert.columns])
        # the byte-order mark tells Excel that the text is UTF-8
        inert.to_csv(csv, index=False, encoding="utf-8-sig", lineterminator="\n")
        try:
            whole.to_parquet(parquet, index=False)
        except (TypeError, ValueError):  # pyarrow refuses columns of mixed types: those become text
            mixed = {column: str for column in whole.columns if whole[column].dtype == object}
            whole.astype(mixed).to_parquet(parquet, index=False)
        return [csv, parquet]


def csv_safe(value: object) -> object:
    """Make one cell inert in a spreadsheet, leaving what is not text as it is.

    So is each part of it, for spreadsheets that split at semicolons, tabs and line breaks within a cell.

    >>> csv_safe("=1+1"), csv_safe("-5"), csv_safe(-5), csv_safe("a=b"), csv_safe("a;=1+1")
    ("'=1+1", "'-5", -5, 'a=b', "a;'=1+1")
    """
    if not isinstance(value, str):
        return value
    inert = _SPLIT.sub(r"\1'", value)
    return "'" + inert if inert.startswith(_INERT) else inert


def _column(column: object) -> str:
    return " ".join(str(part) for part in column if str(part)) if isinstance(column, tuple) else str(column)


def _size(size: int, locale: Locale) -> str:
    if size >= 1e6:
        return locale.say("report.megabytes", size=size / 1e6)
    return locale.say("report.kilobytes", size=max(1, round(size / 1e3)))
