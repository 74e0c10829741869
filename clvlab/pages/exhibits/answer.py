"""The answer a page opens with: its title, how old the data are, a few sentences and the headline numbers."""

import html
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import pandas as pd

from clvlab.notes import Note
from clvlab.pages.exhibits.codec import registered
from clvlab.pages.exhibits.exhibit import Exhibit, marked
from clvlab.words import Kind, Locale

Interval = Literal["credible", "prediction", "confidence", "confidence95"]
_INTERVALS = {
    "credible": "report.credible_interval",
    "prediction": "report.prediction_interval",
    "confidence": "report.confidence_interval",
    "confidence95": "report.confidence_interval_95",
}


@registered
@dataclass(frozen=True, kw_only=True)
class Metric:
    """One headline number, with its interval.

    Parameters
    ----------
    label : Note
        What it is, in a few words. Its code is the number's identity from run to run.
    value : float
        The number; a share as a fraction of 1.
    low, high : float, optional
        Ends of its interval, in the same unit.
    interval : {"credible", "prediction", "confidence", "confidence95"}, optional
        Which interval that is.
    kind : {"number", "percent", "money"}
        How it is written.
    digits : int, optional
        Decimals; unset, what suits the size.
    note : Note, optional
        A few words under it.
    """

    label: Note
    value: float | None
    low: float | None = None
    high: float | None = None
    interval: Interval | None = None
    kind: Kind = "number"
    digits: int | None = None
    note: Note | None = None

    @property
    def identity(self) -> str:
        """What tells it from other numbers of the page, whatever the language."""
        return self.label.code

    def written(self, locale: Locale) -> str:
        """The value as a reader sees it."""
        return locale.written(self.value, self.kind + ("" if self.digits is None else str(self.digits)))

    def between(self, locale: Locale) -> str:
        """The interval as a reader sees it, or nothing."""
        if self.interval is None or self.low is None or self.high is None or self.low != self.low:
            return ""
        return locale.say(_INTERVALS[self.interval], interval=locale.interval(self.low, self.high, self.kind))


@registered
@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Title(Exhibit):
    """The title of the page: the user's own text, or a key."""

    text_of_user: str | None = None
    key: str = ""
    place: ClassVar[str] = "title"

    def html(self, locale: Locale) -> str:
        """A heading."""
        title = self.text(locale)
        return f"<h1>{html.escape(title)}</h1>" if title else ""

    def text(self, locale: Locale) -> str:
        """The title."""
        own = (self.text_of_user or "").strip()
        return own or (locale.say(self.key) if self.key else "")


@registered
@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Freshness(Exhibit):
    """How old the data are; shown under the page's title.

    Parameters
    ----------
    as_of : Timestamp, optional
        The day the report speaks of; None where no days are known.
    first, last : Timestamp, optional
        First and last day with orders.
    rows, customers : int, optional
        Rows read and customers seen.
    source : str, optional
        Where they came from; a file by its name. Unset: simulated.
    amounts : bool
        Whether the page shows amounts of money. The line then says what they are in, where no currency is given.
    """

    as_of: pd.Timestamp | None = None
    first: pd.Timestamp | None = None
    last: pd.Timestamp | None = None
    rows: int | None = None
    customers: int | None = None
    source: str | None = None
    amounts: bool = False
    place: ClassVar[str] = "freshness"

    def text(self, locale: Locale) -> str:
        """One line."""
        parts = []
        if self.as_of is not None:
            parts.append(locale.say("report.as_of", when=self.as_of))
        if self.first is not None and self.last is not None:
            parts.append(locale.say("report.orders_from_to", first=self.first, last=self.last))
        if self.rows is not None:
            parts.append(locale.say("report.rows_read", n=self.rows))
        if self.customers is not None:
            parts.append(locale.say("report.customers_seen", n=self.customers))
        source = self.source
        parts.append(locale.say("report.source_file", source=source) if source else locale.say("report.simulated"))
        if self.amounts and locale.currency is None:
            parts.append(locale.say("report.currency_of_the_records"))
        return " · ".join(parts)

    def html(self, locale: Locale) -> str:
        """A line under the title."""
        return f'<p class="clv-freshness">{html.escape(self.text(locale))}</p>'


@registered
@dataclass(frozen=True, kw_only=True)
class Before:
    """The headline numbers of an earlier run: its day, and value by identity."""

    when: str
    values: Mapping[str, float | None]


@registered
@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Answer(Exhibit):
    """A few sentences, the most important first, and a row of headline numbers. It stands at the top of the page."""

    sentences: tuple[Note, ...] = ()
    metrics: tuple[Metric, ...] = ()
    before: Before | None = None
    place: ClassVar[str] = "answer"

    def lead(self, locale: Locale) -> str:
        """The first sentence, which also stands on the page that lists all reports."""
        return next(self._said(locale), "")

    def _said(self, locale: Locale) -> Iterator[str]:
        """The sentences; one that begins with the name of a forecast begins with a capital all the same."""
        for note in self.sentences:
            text = locale.say(note)
            yield text[:1].upper() + text[1:]

    def html(self, locale: Locale) -> str:
        """Paragraphs and tiles."""
        body = "".join(f"<p>{marked(text)}</p>" for text in self._said(locale))
        return f'<section class="clv-headline">{body}{self.tiles(locale)}</section>'

    def tiles(self, locale: Locale) -> str:
        """The headline numbers alone."""
        tiles = "".join(self._tile(metric, locale) for metric in self.metrics)
        return f'<dl class="clv-tiles">{tiles}</dl>' if tiles else ""

    def _tile(self, metric: Metric, locale: Locale) -> str:
        small = [metric.between(locale), "" if metric.note is None else locale.say(metric.note)]
        lines = [f'<dd class="clv-value">{html.escape(metric.written(locale))}</dd>']
        lines += [f'<dd class="clv-small">{html.escape(text)}</dd>' for text in small if text]
        known = self.before is not None and metric.identity in self.before.values
        if self.before is not None and known:
            then = Metric(label=metric.label, value=self.before.values[metric.identity], kind=metric.kind,
                          digits=metric.digits).written(locale)  # fmt: skip
            if then != metric.written(locale):
                text = locale.say("report.previously", value=then, when=self.before.when)
                lines.append(f'<dd class="clv-small clv-before">{html.escape(text)}</dd>')
        return f"<div><dt>{html.escape(locale.say(metric.label))}</dt>{''.join(lines)}</div>"
