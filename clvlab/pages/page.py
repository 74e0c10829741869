"""The base of every page: a reader's language and currency, and exhibits made for them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import pandas as pd

from clvlab.notes import Note
from clvlab.pages.exhibits import Exhibit, Figure, File, Notice, Section, Table, Title, TopNotices
from clvlab.pages.exhibits.notice import Level
from clvlab.pages.exhibits.table import MOST_SORTED
from clvlab.words import Locale


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page: its methods make exhibits, one line of a notebook each.

    Parameters
    ----------
    language : str
        The reader's.
    currency : str, optional
        ISO 4217 code of the amounts; unset, no sign is printed.
    title : str, optional
        In place of the page's own.
    """

    language: str = "en"
    currency: str | None = None
    title: str | None = None

    title_key: ClassVar[str] = ""  # of the page's own title; a notebook's first heading where there is none

    @cached_property
    def locale(self) -> Locale:
        """How the reader is told things."""
        return Locale(self.language, self.currency)

    def heading(self) -> Title:
        """The title."""
        return Title(locale=self.locale, text_of_user=self.title, key=self.title_key)

    def section(self, key: str, *parts: Exhibit | None, alone: bool = False, detail: bool = False) -> Section:
        """A part of the page; not shown where none of its exhibits is. One for who checks the numbers is a detail."""
        shown = tuple(part for part in parts if part)
        return Section(locale=self.locale, key=key, parts=shown, alone=alone, detail=detail)

    def table(
        self,
        key: str,
        frame: pd.DataFrame,
        columns: Mapping[str, str],
        *,
        intervals: tuple[str, ...] = (),
        rows: int | None = None,
        caption: Note | None = None,
        heads: Mapping[str, Note] | None = None,
        in_file: bool = False,
    ) -> Table | None:
        """A table of those columns that the frame has; None where it has no rows. An interval needs both its ends."""
        known = {*map(str, frame.columns), *map(str, frame.index.names)}
        shown = {name: spec for name, spec in columns.items() if name in known}
        if frame.empty or not shown:
            return None
        intervals = tuple(name for name in intervals if name in shown)
        ends = [f"{name}_{end}" for name in intervals for end in ("low", "high")]
        kept = frame[[*dict.fromkeys([*(n for n in shown if n in frame.columns), *ends])]]
        return Table(
            locale=self.locale,
            key=key,
            frame=kept if rows is None else kept.head(max(rows, MOST_SORTED)),  # an exhibit carries what it may show
            columns=shown,
            intervals=intervals,
            rows=rows,
            total=len(frame),
            caption=caption,
            heads=heads or {},
            in_file=in_file,
        )

    def figure(
        self, key: str, drawn_by: str, *, caption: Note | None = None, values: Mapping[str, object] | None = None,
        given: Mapping[str, object] | None = None, **more: object,
    ) -> Figure:  # fmt: skip
        """A figure, drawn by that function of ``clvlab.figures`` when it is shown."""
        return Figure(locale=self.locale, key=key, drawn_by=drawn_by, of={**(given or {}), **more}, values=values or {},
                      caption=caption)  # fmt: skip

    def notice(self, said: Note, level: Level = "info") -> Notice:
        """A banner."""
        return Notice(locale=self.locale, said=said, level=level)

    def top(self, *notices: Notice | None) -> TopNotices:
        """Banners under the answer."""
        return TopNotices(locale=self.locale, notices=tuple(each for each in notices if each))

    def file(self, name: str, frame: pd.DataFrame) -> File:
        """All rows, as a file to download."""
        return File(locale=self.locale, name=name, frame=frame)
