"""What a notebook calls to show things to the reader and to hand them to the run.

Under ``clvlab report`` the folder to write to comes in the environment variable ``CLVLAB_RUN_DIR``, and
what is recorded here ends up in ``reports/index.html`` and ``reports/manifest.json``. In JupyterLab the
same calls write to ``reports/interactive/`` and show the same things in place.

Everything shown is escaped: names of customers and products may hold HTML, quotes, formulas or any script.
"""

import base64
import html
import io
import json
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from clvlab import words
from clvlab.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

Level = Literal["info", "warning", "error"]
Format = str | Callable[[Any], str]

RESULTS_FILE = ".results.json"
LARGEST_SVG = 150_000
PNG_DPI = 144
MOST_ROWS = 200

_INERT = ("=", "+", "-", "@", "\t", "\r", "\n")
_results: dict[str, Any] = {}
_interactive_folder: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One headline number, with its interval.

    Parameters
    ----------
    label : str
        What it is, in a few words.
    value : float or str
        The number (a share as a fraction of 1), or ready text.
    low, high : float, optional
        Ends of its 90 % interval, in the same unit.
    kind : {"number", "percent", "money"}
        How it is written.
    digits : int, optional
        Decimals; unset, what suits the size.
    note : str, optional
        A few words under it.
    """

    label: str
    value: float | int | str | None
    low: float | None = None
    high: float | None = None
    kind: words.Kind = "number"
    digits: int | None = None
    note: str | None = None

    def written(self) -> str:
        """Return the value as a reader sees it.

        >>> Metric(label="Customers", value=2357).written()
        '2,357'
        """
        if isinstance(self.value, str):
            return self.value
        return words.written(self.value, self.kind + ("" if self.digits is None else str(self.digits)))

    def interval(self) -> str:
        """Return the interval as a reader sees it, or nothing.

        >>> Metric(label="Alive", value=0.4, low=0.35, high=0.46, kind="percent").interval()
        '35% to 46%'
        """
        if self.low is None or self.high is None:
            return ""
        return words.interval(self.low, self.high, self.kind)


def run_folder() -> Path:
    """Folder this notebook writes files to.

    Returns
    -------
    Path
        ``CLVLAB_RUN_DIR`` under ``clvlab report``; else ``reports/interactive/`` below the working folder,
        or a temporary folder where that cannot be written.
    """
    global _interactive_folder
    given = os.environ.get("CLVLAB_RUN_DIR")
    if given:
        return Path(given)
    if _interactive_folder is None:
        folder = Path.cwd() / "reports" / "interactive"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if not os.access(folder, os.W_OK):
                raise PermissionError
        except OSError:
            folder = Path(tempfile.mkdtemp(prefix="clvlab-"))
        _interactive_folder = folder
    return _interactive_folder


def headline(
    sentences: str | Sequence[str],
    metrics: Iterable[Metric | Mapping[str, Any]] = (),
    *,
    currency: str | None = None,
) -> None:
    """Show the answer: a sentence or two and a row of numbers. It stands at the top of the page.

    Parameters
    ----------
    sentences : str or sequence of str
        The lead. The first sentence also stands on the page that lists all reports.
    metrics : iterable of Metric or mapping
        Headline numbers, in order of weight; four or fewer read best.
    currency : str, optional
        Currency of metrics of kind money.
    """
    lead = [sentences] if isinstance(sentences, str) else list(sentences)
    tiles = [m if isinstance(m, Metric) else Metric(**m) for m in metrics]
    if currency is not None:
        words.use_currency(currency)
    record(
        "headline",
        {
            "sentences": lead,
            "metrics": [asdict(m) | {"written": m.written(), "interval": m.interval()} for m in tiles],
        },
    )
    previous = _previous_metrics()
    body = "".join(f"<p>{html.escape(sentence)}</p>" for sentence in lead)
    if tiles:
        body += f'<dl class="clv-tiles">{"".join(_tile(m, previous) for m in tiles)}</dl>'
    _show(f'<section class="clv-headline">{body}</section>', role="headline")


def freshness(
    as_of: Any,
    *,
    first: Any = None,
    last: Any = None,
    rows: int | None = None,
    customers: int | None = None,
    source: str | None = None,
) -> None:
    """Say how old the data are. It stands under the page's title.

    Parameters
    ----------
    as_of : date-like
        The day the report speaks of.
    first, last : date-like, optional
        First and last day with orders.
    rows, customers : int, optional
        Rows read and customers seen.
    source : str, optional
        Where the orders came from; a path is shown by its file name.
    """
    parts = [words.say("report.as_of", when=as_of)]
    if first is not None and last is not None:
        parts.append(words.say("report.orders_from_to", first=words.date(first), last=words.date(last)))
    if rows is not None:
        parts.append(words.say("report.rows_read", n=int(rows)))
    if customers is not None:
        parts.append(words.say("report.customers_seen", n=int(customers)))
    if source is not None:
        parts.append(words.say("report.source_file", source=re.split(r"[\\/]", str(source))[-1]))
    record(
        "freshness",
        {
            "as_of": str(as_of)[:10],
            "first": None if first is None else str(first)[:10],
            "last": None if last is None else str(last)[:10],
            "rows": None if rows is None else int(rows),
            "customers": None if customers is None else int(customers),
        },
    )
    _show(f'<p class="clv-freshness">{html.escape(" · ".join(parts))}</p>', role="freshness")


def notice(text: str, level: Level = "info", *, top: bool = False) -> None:
    """Show a banner.

    Parameters
    ----------
    text : str
        What the reader should know.
    level : {"info", "warning", "error"}
        How much it matters.
    top : bool
        Show it at the top of the page, under the answer, rather than here.
    """
    if level not in ("info", "warning", "error"):
        raise InputError(f"A notice is info, warning or error, not {level!r}.")
    record("notices", [*_results.get("notices", []), {"level": level, "text": text}])
    label = words.say({"info": "report.note", "warning": "report.warning", "error": "report.error"}[level])
    _show(
        f'<div class="clv-notice clv-{level}" role="note"><strong>{html.escape(label)}.</strong> '
        f"{html.escape(text)}</div>",
        role="notice-top" if top else "notice",
    )


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
        Columns whose ``_low`` and ``_high`` columns are folded into one cell under the value.
    rows : int, optional
        Show the first so many rows, and say how many there are; 200 at most unless asked for.
    index : bool, optional
        Show the index as row heads. Unset: where it has a name or holds text.
    """
    shown = _as_pandas(frame)
    unknown = [
        c for c in [*(formats or {}), *(labels or {}), *intervals] if c not in set(_column_names(shown))
    ]
    if unknown:
        raise InputError(f"The table has no column {unknown[0]!r}; it has {', '.join(_column_names(shown))}.")
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
        markup += _write_files(shown, name)
    _show(f'<div class="clv-table">{markup}</div>', role="table")


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
    _show(_write_files(_as_pandas(frame), name), role="file")


def figure(fig: "Figure", *, alt: str, caption: str | None = None) -> None:
    """Show a figure and close it.

    Parameters
    ----------
    fig : matplotlib.figure.Figure
        Shown as SVG where that is small, else as PNG.
    alt : str
        What one would tell somebody who cannot see it: kind of chart, and what it shows.
    caption : str, optional
        What to see in it.
    """
    if not alt.strip():
        raise InputError("A figure needs alternative text: say what kind of chart it is and what it shows.")
    import matplotlib
    import matplotlib.pyplot as plt
    from IPython.display import display

    described: dict[str, Any] = {"alt": alt}
    buffer = io.BytesIO()
    # a fixed salt gives the same bytes for the same figure, run after run
    with matplotlib.rc_context({"svg.hashsalt": "clvlab", "svg.fonttype": "path"}):
        fig.savefig(buffer, format="svg", bbox_inches="tight", metadata={"Date": None})
    data: dict[str, str]
    if buffer.tell() <= LARGEST_SVG:
        kind, data = "image/svg+xml", {"image/svg+xml": buffer.getvalue().decode("utf-8")}
    else:
        buffer = io.BytesIO()
        fig.savefig(buffer, format="png", bbox_inches="tight", dpi=PNG_DPI)
        content = buffer.getvalue()
        kind, data = "image/png", {"image/png": base64.b64encode(content).decode("ascii")}
        described["width"] = round(int.from_bytes(content[16:20], "big") * 96 / PNG_DPI)
    plt.close(fig)
    data["text/plain"] = alt
    role = {"role": "figure", "caption": caption or ""}
    display(data, raw=True, metadata={kind: described, "clvlab": role})
    if caption:
        _show(f'<p class="clv-caption">{html.escape(caption)}</p>', role="caption")


def record(key: str, value: Any) -> None:
    """Keep something with the run's results.

    Parameters
    ----------
    key : str
        Its name; recording again replaces it.
    value : object
        Anything JSON can hold. NumPy numbers are taken; NaN becomes null.
    """
    _results[key] = _plain(value)
    folder = run_folder()
    text = json.dumps(_results, ensure_ascii=False, indent=1, allow_nan=False)
    (folder / RESULTS_FILE).write_text(text, encoding="utf-8")


def csv_safe(value: Any) -> Any:
    """Make one cell inert in a spreadsheet, leaving what is not text as it is.

    >>> csv_safe("=1+1"), csv_safe("-5"), csv_safe(-5), csv_safe("a=b")
    ("'=1+1", "'-5", -5, 'a=b')
    """
    return "'" + value if isinstance(value, str) and value.startswith(_INERT) else value


def _show(markup: str, *, role: str) -> None:
    from IPython.display import display

    plain = html.unescape(re.sub(r"<[^>]+>", " ", markup))
    data = {"text/html": _style() + markup, "text/plain": " ".join(plain.split())}
    display(data, raw=True, metadata={"clvlab": {"role": role}})


def _style() -> str:
    """Styles for JupyterLab; the page made by `clvlab report` has its own."""
    if os.environ.get("CLVLAB_RUN_DIR"):
        return ""
    return (
        "<style>.clv-headline{font-size:1.1em}.clv-tiles{display:flex;flex-wrap:wrap;gap:1em;margin:.5em 0}"
        ".clv-tiles>div{border:1px solid #8884;border-radius:6px;padding:.5em 1em}"
        ".clv-tiles dt{font-size:.8em}.clv-tiles dd{margin:0}.clv-value{font-size:1.6em;font-weight:600}"
        ".clv-small,.clv-freshness,.clv-more,.clv-caption{font-size:.85em;opacity:.75}.clv-notice{border-left:4px solid #5b7fa6;padding:.5em 1em}"
        ".clv-warning{border-color:#b7791f}.clv-error{border-color:#b3372f}"
        ".clv-table caption{text-align:left}.clv-table td.num,.clv-table th.num{text-align:right}.clv-table th button{all:unset}</style>"
    )


def _tile(metric: Metric, previous: Mapping[str, Any]) -> str:
    lines = [f'<dd class="clv-value">{html.escape(metric.written())}</dd>']
    interval = metric.interval()
    if interval:
        text = words.say("report.interval_of_90", interval=interval)
        lines.append(f'<dd class="clv-small">{html.escape(text)}</dd>')
    if metric.note:
        lines.append(f'<dd class="clv-small">{html.escape(metric.note)}</dd>')
    before = previous.get("metrics", {}).get(metric.label)
    if before and before != metric.written():
        text = words.say("report.previously", value=before, when=words.date(previous["when"]))
        lines.append(f'<dd class="clv-small clv-before">{html.escape(text)}</dd>')
    return f"<div><dt>{html.escape(metric.label)}</dt>{''.join(lines)}</div>"


def _previous_metrics() -> Mapping[str, Any]:
    path = os.environ.get("CLVLAB_PREVIOUS")
    if not path or not Path(path).is_file():
        return {}
    found: Mapping[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
    return found


def _as_pandas(frame: Any) -> "pd.DataFrame":
    import pandas as pd

    if isinstance(frame, pd.DataFrame):
        return frame
    if isinstance(frame, pd.Series):
        return frame.to_frame()
    if hasattr(frame, "to_pandas"):
        converted: pd.DataFrame = frame.to_pandas()
        return converted
    raise InputError(f"A table is a pandas or polars data frame, not {type(frame).__name__}.")


def _column_name(column: Any) -> str:
    return " ".join(str(part) for part in column if str(part)) if isinstance(column, tuple) else str(column)


def _column_names(frame: "pd.DataFrame") -> list[str]:
    return [_column_name(column) for column in frame.columns]


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
    names = _column_names(frame)
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
            heads.append(
                _head("" if level_name is None else labels.get(str(level_name), str(level_name)), False)
            )
            row_heads.append(
                [f'<th scope="row"{_sort_value(v)}>{html.escape(write(v))}</th>' for v in values]
            )
    for name in columns:
        ends = [series[f"{name}_{end}"] for end in ("low", "high")] if name in intervals else []
        write, numeric = _writer(series[name], formats.get(name))
        heads.append(_head(labels.get(name, name), numeric))
        column = []
        for position, value in enumerate(series[name]):
            text = html.escape(write(value))
            if ends:
                low, high = (write(end.iloc[position]) for end in ends)
                between = words.say("numbers.low_to_high", low=low, high=high)
                text += f' <span class="clv-small">{html.escape(between)}</span>'
            column.append(f"<td{' class="num"' if numeric else ''}{_sort_value(value)}>{text}</td>")
        cells.append(column)
    body = "".join(f"<tr>{''.join(row)}</tr>" for row in zip(*row_heads, *cells, strict=True))
    return (
        f'<div class="clv-scroll"><table><caption>{html.escape(caption)}</caption>'
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


def _write_files(frame: "pd.DataFrame", name: str) -> str:
    import pandas as pd

    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", name):
        raise InputError(f"A file name holds letters, digits, - and _ only, without extension; got {name!r}.")
    whole = frame.reset_index() if any(frame.index.names) else frame
    whole = whole.set_axis(_column_names(whole), axis=1)
    folder = run_folder()
    csv, parquet = folder / f"{name}.csv", folder / f"{name}.parquet"

    inert = whole.copy()
    for position in range(inert.shape[1]):
        column = inert.iloc[:, position]
        if not (
            pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_datetime64_any_dtype(column.dtype)
        ):
            inert.isetitem(position, column.astype(object).map(csv_safe).to_numpy())
    inert.columns = [csv_safe(column) for column in inert.columns]
    # the byte-order mark tells Excel that the text is UTF-8
    inert.to_csv(csv, index=False, encoding="utf-8-sig", lineterminator="\n")
    try:
        whole.to_parquet(parquet, index=False)
    except (TypeError, ValueError):  # pyarrow refuses columns of mixed types: those become text
        mixed = {column: str for column in whole.columns if whole[column].dtype == object}
        whole.astype(mixed).to_parquet(parquet, index=False)

    record("files", sorted({*_results.get("files", []), csv.name, parquet.name}))
    base = "" if os.environ.get("CLVLAB_RUN_DIR") else os.path.relpath(folder) + "/"
    links = " ".join(
        f'<a href="{html.escape(base + path.name)}" download>{html.escape(path.name)}</a>'
        f' <span class="clv-small">{_size(path.stat().st_size)}</span>'
        for path in (csv, parquet)
    )
    return f'<p class="clv-files">{html.escape(words.say("report.download"))}: {links}</p>'


def _size(size: int) -> str:
    return f"{size / 1e6:,.1f} MB" if size >= 1e6 else f"{max(1, round(size / 1e3)):,} kB"


def _plain(value: Any) -> Any:
    """Turn into what JSON holds: NumPy numbers into Python's, NaN into null, dates into text."""
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set):
        return [_plain(v) for v in value]
    if hasattr(value, "item") and getattr(value, "shape", None) == ():
        value = value.item()
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else None
    if value is None or isinstance(value, str | int | bool):
        return value
    return str(value)
