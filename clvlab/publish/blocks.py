"""The answer, the age of the data, banners and figures."""

import base64
import html
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from clvlab import words
from clvlab.errors import InputError
from clvlab.publish.run import previous_metrics, record, recorded, show

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Level = Literal["info", "warning", "error"]

LARGEST_SVG = 150_000
PNG_DPI = 144


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
        ends = (self.low, self.high)
        if any(end is None or end != end for end in ends):
            return ""
        return words.interval(*ends, self.kind)


def title(text: str | None) -> None:
    """Give the page a title of its own, in place of the notebook's first heading; None leaves that.

    Parameters
    ----------
    text : str or None
        The title.
    """
    if text is None or not text.strip():
        return
    from IPython.display import display

    data = {"text/html": f"<h1>{html.escape(text)}</h1>", "text/plain": text.strip()}
    display(data, raw=True, metadata={"clvlab": {"role": "title"}})


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
    previous = previous_metrics()
    body = "".join(f"<p>{html.escape(sentence)}</p>" for sentence in lead)
    if tiles:
        body += f'<dl class="clv-tiles">{"".join(_tile(m, previous) for m in tiles)}</dl>'
    show(f'<section class="clv-headline">{body}</section>', role="headline")


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
        Where the orders came from; a file by its name.
    """
    parts = [words.say("report.as_of", when=as_of)]
    if first is not None and last is not None:
        parts.append(words.say("report.orders_from_to", first=words.date(first), last=words.date(last)))
    if rows is not None:
        parts.append(words.say("report.rows_read", n=int(rows)))
    if customers is not None:
        parts.append(words.say("report.customers_seen", n=int(customers)))
    if source is not None:
        parts.append(words.say("report.source_file", source=source))
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
    show(f'<p class="clv-freshness">{html.escape(" · ".join(parts))}</p>', role="freshness")


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
    record("notices", [*recorded("notices", []), {"level": level, "text": text}])
    label = words.say({"info": "report.note", "warning": "report.warning", "error": "report.error"}[level])
    show(
        f'<div class="clv-notice clv-{level}" role="note"><strong>{html.escape(label)}</strong> '
        f"{html.escape(text)}</div>",
        role="notice-top" if top else "notice",
    )


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
        show(f'<p class="clv-caption">{html.escape(caption)}</p>', role="caption")


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
