"""A title, a table and remarks, as text and as HTML."""

import html
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import singledispatch

import pandas as pd

from clvlab.notes import Note
from clvlab.words import ENGLISH
from clvlab.words.quoting import unquoted

MOST_ROWS = 12
MOST_COLUMNS = 8
MOST_REMARKS = 6
WIDTH = 100


@dataclass(frozen=True)
class Showing:
    """How a result shows itself.

    Attributes
    ----------
    title : str
        One line.
    table : DataFrame, optional
        Its first rows and columns are shown.
    remarks : sequence of str or Note
        What speaks against it, or must be known.
    """

    title: str
    table: pd.DataFrame | None = None
    remarks: Sequence[str | Note] = ()

    def text(self) -> str:
        """As a terminal shows it."""
        parts = [self.title]
        if self.table is not None and len(self.table):
            shown = self._columns()
            told = shown.head(MOST_ROWS).to_string(max_cols=MOST_COLUMNS, line_width=WIDTH * 10, float_format=_number)
            parts.append(told + self._more("\n"))
        remarks = list(self._said())
        for each in remarks[:MOST_REMARKS]:
            short = textwrap.shorten(each, 3 * WIDTH, placeholder=" ...")
            parts.append(textwrap.fill(short, WIDTH, initial_indent="- ", subsequent_indent="  "))
        if len(remarks) > MOST_REMARKS:
            parts.append(f"- and {len(remarks) - MOST_REMARKS} more remarks")
        return "\n".join(parts)

    def html(self) -> str:
        """As JupyterLab shows it."""
        parts = [f"<p><strong>{html.escape(self.title)}</strong></p>"]
        if self.table is not None and len(self.table):
            shown = self._columns().head(MOST_ROWS)
            parts.append(shown.to_html(max_cols=MOST_COLUMNS, escape=True, border=0, float_format=_number))
            parts.append(f"<p>{html.escape(self._more('').strip())}</p>" if self._more("") else "")
        remarks = "".join(f"<li>{html.escape(each)}</li>" for each in self._said())
        return "".join([*parts, f"<ul>{remarks}</ul>" if remarks else ""])

    def _columns(self) -> pd.DataFrame:
        assert self.table is not None
        return self.table.iloc[:, :MOST_COLUMNS]

    def _more(self, before: str) -> str:
        assert self.table is not None
        rows, columns = self.table.shape
        left = []
        if rows > MOST_ROWS:
            left.append(f"the first {MOST_ROWS} of {rows:,} rows")
        if columns > MOST_COLUMNS:
            left.append(f"not shown: {', '.join(map(str, self.table.columns[MOST_COLUMNS:]))}")
        return before + textwrap.shorten(f"({'; '.join(left)})", 2 * WIDTH, placeholder=" ...)") if left else ""

    def _said(self) -> Iterable[str]:
        return (said(each) if isinstance(each, Note) else each for each in self.remarks)


def said(note: Note) -> str:
    """A note as a sentence."""
    return unquoted(ENGLISH.say(note))


def _number(value: float) -> str:
    return ENGLISH.number(value)


@singledispatch
def showing(result: object) -> Showing:
    """How a result shows itself; of one without a table of its own, what it holds."""
    if not is_dataclass(result):
        return Showing(type(result).__name__)
    held = {each.name: getattr(result, each.name) for each in fields(result) if not each.name.startswith("_")}
    rows = {name: _in_short(value) for name, value in held.items()}
    return Showing(type(result).__name__, pd.Series(rows, name="holds", dtype=object).to_frame())


def _in_short(value: object) -> str:
    """A value in a few words."""
    if isinstance(value, pd.DataFrame):
        return f"table of {len(value):,} rows: {textwrap.shorten(', '.join(map(str, value.columns)), 60)}"
    if isinstance(value, pd.Series | pd.Index):
        return f"{len(value):,} values"
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, dict | list | tuple) and len(value) > 5:
        return f"{len(value):,} entries"
    shape = getattr(value, "shape", None)
    if shape:
        return f"array of {' x '.join(map(str, shape))}"
    return textwrap.shorten(repr(value), 80, placeholder=" ...")
