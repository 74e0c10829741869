"""Tables that screen readers can read and that a click sorts."""

import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from numbers import Real

import pandas as pd

from clvlab.errors import InputError
from clvlab.notes import Note
from clvlab.pages.exhibits.cells import Cells, rest_of
from clvlab.pages.exhibits.codec import registered
from clvlab.pages.exhibits.exhibit import Exhibit, marked
from clvlab.words import Kind, Locale, digits_for

SENTENCE = 40  # characters
MOST_ROWS = 200
MOST_SORTED = 3000  # rows a page carries for sorting, searching and saving, beyond those it shows at first
_SHARED: dict[str, Kind] = {"number": "number", "percent": "percent", "money": "money"}


@registered
@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Table(Exhibit):
    """A table that sorts by a click on its heads, can be searched, and is saved as CSV by a click.

    Without JavaScript it is a plain table of the rows shown first.

    Parameters
    ----------
    key : str
        Its entry in the catalogue: ``caption``, and ``heads`` with the head of each column.
    frame : DataFrame
        What to show.
    columns : mapping of column to format
        Which columns are shown, in this order, and how (see ``Locale.written``): ``number``, ``percent`` and ``money``
        without decimals share those that suit the column. Levels of the index come first, and are named here only where
        they need a format.
    intervals : tuple of str
        Columns whose ``_low`` and ``_high`` columns are folded into one cell under the value, or stand alone where the
        value is missing.
    rows : int, optional
        Show the first so many rows, and say how many there are; 200 at most unless asked for. Sorting, searching and
        saving take all rows of ``frame``, ``MOST_SORTED`` at most.
    total : int, optional
        How many rows there are, where ``frame`` holds only the first.
    caption : Note, optional
        In place of the entry's own caption, or with what goes into it.
    heads : mapping of column to Note
        Heads that the entry cannot know, such as a competitor's name.
    in_file : bool
        Whether the page also offers all rows as a file.
    """

    key: str
    frame: pd.DataFrame
    columns: Mapping[str, str]
    intervals: tuple[str, ...] = ()
    rows: int | None = None
    total: int | None = None
    caption: Note | None = None
    heads: Mapping[str, Note] = field(default_factory=dict)
    in_file: bool = False

    def __post_init__(self) -> None:
        known = {*map(str, self.frame.columns), *map(str, self.frame.index.names)}
        ends = [f"{name}_{end}" for name in self.intervals for end in ("low", "high")]
        unknown = [name for name in [*self.columns, *self.heads, *self.intervals, *ends] if name not in known]
        if unknown:
            raise InputError(
                f"The table has no column {unknown[0]!r}; it has {', '.join(map(str, self.frame.columns))}."
            )

    def html(self, locale: Locale) -> str:
        """The table in a box that scrolls, the rows that a click may bring up, and a line on what is not shown."""
        total = len(self.frame) if self.total is None else self.total
        limit = MOST_ROWS if self.rows is None else self.rows
        kept = self.frame.head(max(limit, MOST_SORTED))
        heads, columns = [], []
        for level, name in enumerate(self.frame.index.names):
            if name is not None:
                values = pd.Series(kept.index.get_level_values(level))
                write, _ = _writer(values, values.head(limit), self.columns.get(str(name)), locale)
                heads.append(_head(self._head(str(name), locale), numeric=False))
                columns.append(Cells("th", [(html.escape(write(v)), _sort(v)) for v in values]))
        for name in self.columns:
            if name not in self.frame.index.names:
                write, numeric = _writer(kept[name], kept[name].head(limit), self.columns[name], locale)
                heads.append(_head(self._head(name, locale), numeric=numeric))
                columns.append(self._cells(kept, name, write, numeric=numeric, limit=limit, locale=locale))
        rows = zip(*(column.markup(limit) for column in columns), strict=True)
        body = "".join(f"<tr>{''.join(row)}</tr>" for row in rows)
        more = []
        if total > limit:
            more.append(locale.say("report.rows_shown_of_all", shown=limit, all=total))
            more += [locale.say("report.rows_in_file", all=total)] if self.in_file else []
        more += [] if total else [locale.say("report.empty")]
        below = f'<p class="clv-more">{html.escape(" ".join(more))}</p>' if more else ""
        caption = locale.say(self.caption or Note(f"{self.key}.caption"))
        return (
            f'<div class="clv-table" data-name="{html.escape(self.key)}"><div class="clv-scroll"><table><caption><span>'
            f"{html.escape(caption)}</span></caption><thead><tr>{''.join(heads)}</tr></thead><tbody>{body}</tbody></table>"
            f"</div>{rest_of(columns, limit)}{below}</div>"
        )

    def _head(self, name: str, locale: Locale) -> str:
        return locale.say(self.heads.get(name, f"{self.key}.heads.{name}"))

    def _cells(
        self,
        kept: pd.DataFrame,
        name: str,
        write: Callable[[object], str],
        *,
        numeric: bool,
        limit: int,
        locale: Locale,
    ) -> Cells:
        ends = [kept[f"{name}_{end}"] for end in ("low", "high")] if name in self.intervals else []
        found = []
        for place, value in enumerate(kept[name]):
            text, sort = marked(write(value)), _sort(value)
            if ends:
                low, high = (end.iloc[place] for end in ends)
                if not (pd.isna(low) or pd.isna(high)):
                    between = html.escape(locale.say("numbers.low_to_high", low=write(low), high=write(high)))
                    # an interval without a value of its own is the value, and sorts by its upper end
                    text = between if pd.isna(value) else f'{text} <span class="clv-small">{between}</span>'
                    sort = _sort(high) if pd.isna(value) else sort
            found.append((text, sort))
        # A column of sentences keeps room for a few words in a line, also where the table scrolls.
        wide = not numeric and max((len(text) for text, _ in found[:limit]), default=0) > SENTENCE
        return Cells("td", found, "num" if numeric else "wide" if wide else "")


def _head(label: str, *, numeric: bool) -> str:
    return f'<th scope="col"{' class="num"' if numeric else ""}>{html.escape(label)}</th>'


def _writer(
    values: pd.Series, first: pd.Series, spec: str | None, locale: Locale
) -> tuple[Callable[[object], str], bool]:
    """How to write the values of a column, with the decimals that suit the first, and whether they are numbers."""
    numeric = pd.api.types.is_numeric_dtype(values.dtype) and not pd.api.types.is_bool_dtype(values.dtype)
    if spec in _SHARED and numeric:
        spec = f"{spec}{digits_for(first, kind=_SHARED[spec])}"
    return (lambda value: locale.written(value, spec)), numeric and spec != "text"


def _sort(value: object) -> str | None:
    """The number or ISO date behind the written text, for the sorter; empty where it is missing, None for text."""
    if value is None or isinstance(value, bool | str):
        return None
    if isinstance(value, date):
        return None if value != value else value.isoformat()
    if isinstance(value, Real):
        return "" if value != value else repr(float(value))
    return None
