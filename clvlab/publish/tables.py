"""Tables that a screen reader reads and a click sorts."""

import html
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from clvlab import words
from clvlab.errors import InputError
from clvlab.publish.files import as_pandas, column_names, write_files
from clvlab.publish.run import show

if TYPE_CHECKING:
    import pandas as pd

Format = str | Callable[[Any], str]

MOST_ROWS = 200


def table(
    frame: "pd.DataFrame",
    *,
    caption: str,
    name: str | None = None,
    formats: Mapping[str, Format] | None = None,
    labels: Mapping[str, str] | None = None,
    intervals: Sequence[str] = (),
    rows: int | None = None,
    index: bool | None = None,
) -> None:
    """Show a table that sorts by a click on its heads.

    Parameters
    ----------
    frame : pandas.DataFrame
        What to show; a polars frame is taken too.
    caption : str
        What the reader should see in it.
    name : str, optional
        Write the whole table to ``<name>.csv`` and ``<name>.parquet`` as well, and link them below.
    formats : mapping, optional
        Column to format: ``number``, ``percent``, ``money`` (with decimals: ``number2``), ``date``,
        ``text``, or a function of one value. Unset: numbers of a column share their decimals.
    labels : mapping, optional
        Column to the head a reader sees.
    intervals : sequence of str, optional
        Columns whose ``_low`` and ``_high`` columns are folded into one cell under the value, or stand alone
        where the value is missing.
    rows : int, optional
        Show the first so many rows, and say how many there are; 200 at most unless asked for.
    index : bool, optional
        Show the index as row heads. Unset: where it has a name or holds text.
    """
    shown = as_pandas(frame)
    known = {*column_names(shown), *map(str, shown.index.names)}
    unknown = [c for c in [*(formats or {}), *(labels or {}), *intervals] if c not in known]
    if unknown:
        raise InputError(f"The table has no column {unknown[0]!r}; it has {', '.join(column_names(shown))}.")
    total = len(shown)
    limit = MOST_ROWS if rows is None else rows
    markup = _table_html(
        shown.head(limit),
        caption=caption,
        formats=formats or {},
        labels=labels or {},
        intervals=intervals,
        index=index,
    )
    if total > limit:
        more = words.say("tables.rows_shown_of_all", shown=limit, all=total)
        if name is not None:
            more += " " + words.say("tables.rows_in_file", all=total)
        markup += f'<p class="clv-more">{html.escape(more)}</p>'
    if total == 0:
        markup += f'<p class="clv-more">{html.escape(words.say("tables.empty"))}</p>'
    if name is not None:
        markup += write_files(shown, name)
    show(f'<div class="clv-table">{markup}</div>', role="table")


def _table_html(
    frame: "pd.DataFrame",
    *,
    caption: str,
    formats: Mapping[str, Format],
    labels: Mapping[str, str],
    intervals: Sequence[str],
    index: bool | None,
) -> str:
    import pandas as pd

    if index is None:
        index = any(frame.index.names) or not pd.api.types.is_integer_dtype(frame.index.dtype)
    names = column_names(frame)
    series = {name: frame.iloc[:, position] for position, name in enumerate(names)}
    folded = {f"{name}_{end}" for name in intervals for end in ("low", "high")}
    missing = sorted(folded - set(names))
    if missing:
        raise InputError(f"To show an interval the table needs the column {missing[0]!r}.")
    columns = [name for name in names if name not in folded]

    heads, cells = [], []
    row_heads: list[list[str]] = []
    if index:
        for level, level_name in enumerate(frame.index.names):
            values = frame.index.get_level_values(level)
            write, _ = _writer(pd.Series(values), formats.get(str(level_name)))
            heads.append(_head("" if level_name is None else labels.get(str(level_name), str(level_name)), False))
            row_heads.append([f'<th scope="row"{_sort_value(v)}>{html.escape(write(v))}</th>' for v in values])
    for name in columns:
        ends = [series[f"{name}_{end}"] for end in ("low", "high")] if name in intervals else []
        write, numeric = _writer(series[name], formats.get(name))
        heads.append(_head(labels.get(name, name), numeric))
        column = []
        for position, value in enumerate(series[name]):
            text = html.escape(write(value))
            if ends:
                low, high = (end.iloc[position] for end in ends)
                if not (pd.isna(low) or pd.isna(high)):
                    between = words.say("numbers.low_to_high", low=write(low), high=write(high))
                    # an interval without a value of its own is the value
                    text = html.escape(between) if pd.isna(value) else text
                    text += "" if pd.isna(value) else f' <span class="clv-small">{html.escape(between)}</span>'
            column.append(f"<td{' class="num"' if numeric else ''}{_sort_value(value)}>{text}</td>")
        cells.append(column)
    body = "".join(f"<tr>{''.join(row)}</tr>" for row in zip(*row_heads, *cells, strict=True))
    return (
        f'<div class="clv-scroll"><table><caption><span>{html.escape(caption)}</span></caption>'
        f"<thead><tr>{''.join(heads)}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _head(label: str, numeric: bool) -> str:
    return f'<th scope="col"{' class="num"' if numeric else ""}>{html.escape(label)}</th>'


def _writer(values: "pd.Series", format_: Format | None) -> tuple[Callable[[Any], str], bool]:
    """Return how to write the values of a column, and whether they are numbers."""
    import pandas as pd

    numeric = pd.api.types.is_numeric_dtype(values.dtype) and not pd.api.types.is_bool_dtype(values.dtype)
    if callable(format_):
        return (lambda value: str(format_(value))), numeric
    if format_ is not None:
        spec = format_
        if format_ in ("number", "percent", "money") and numeric:
            kind: Any = format_
            spec = f"{format_}{words.digits_for(values, kind=kind)}"
        return (lambda value: words.written(value, spec)), numeric
    if numeric:
        digits = words.digits_for(values)
        return (lambda value: words.number(value, digits)), True
    return words.written, False


def _sort_value(value: Any) -> str:
    """Give the sorter the number or ISO date behind the written text."""
    from datetime import date
    from numbers import Real

    if value is None or value is True or value is False or isinstance(value, str):
        return ""
    if isinstance(value, date):
        return "" if value != value else f' data-sort="{value.isoformat()}"'
    if isinstance(value, Real):
        return f' data-sort="{"" if value != value else float(value)!r}"'
    return ""
